"""A real Kafka and a real Elasticsearch as child processes, without Docker.

>>> with EmbeddedStack(Path("data")) as stack:          # doctest: +SKIP
...     print(stack.kafka_bootstrap, stack.elasticsearch_url)

``docs/decisions/0002-embedded-servers.md`` says how and why.
"""

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
