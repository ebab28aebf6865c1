"""A real Kafka and a real Elasticsearch as child processes, without Docker.

>>> with EmbeddedStack(Path("data")) as stack:          # doctest: +SKIP
...     print(stack.kafka_bootstrap, stack.elasticsearch_url)

``docs/decisions/0002-embedded-servers.md`` says how and why.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .doctor import Check, checks
    from .errors import (
        DataDirInUse,
        EmbeddedError,
        FetchError,
        JavaMissing,
        PortTaken,
        ServerDied,
    )
    from .fetch import ensure_fetched
    from .foreground import run_detached, run_foreground
    from .servers import Server, Servers, read_servers, stop_servers
    from .stack import EmbeddedStack

__all__ = [
    "Check",
    "DataDirInUse",
    "EmbeddedError",
    "EmbeddedStack",
    "FetchError",
    "JavaMissing",
    "PortTaken",
    "Server",
    "ServerDied",
    "Servers",
    "checks",
    "ensure_fetched",
    "read_servers",
    "run_detached",
    "run_foreground",
    "stop_servers",
]

#: Loaded when first asked for: ``python -m dateline.embedded.fetch`` would else find itself
#: loaded already, and Python warns of that.
_HOMES = {
    "doctor": ("Check", "checks"),
    "errors": (
        "DataDirInUse",
        "EmbeddedError",
        "FetchError",
        "JavaMissing",
        "PortTaken",
        "ServerDied",
    ),
    "fetch": ("ensure_fetched",),
    "foreground": ("run_detached", "run_foreground"),
    "servers": ("Server", "Servers", "read_servers", "stop_servers"),
    "stack": ("EmbeddedStack",),
}
_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    return value
