"""Options that many commands share, and the settings made of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from dateline.settings import load

Command = TypeVar("Command", bound=Callable[..., Any])

_SERVERS = (
    click.option("--data-dir", type=click.Path(file_okay=False), help="Folder of Dateline's own."),
    click.option(
        "--kafka", "kafka_bootstrap_servers", metavar="HOST:PORT", help="Kafka's address."
    ),
    click.option(
        "--elasticsearch", "elasticsearch_url", metavar="URL", help="Elasticsearch's address."
    ),
    click.option("--topic-prefix", help="Put before the names of topics and groups."),
)
_NAMES = ("data_dir", "kafka_bootstrap_servers", "elasticsearch_url", "topic_prefix")


def with_settings(command: Command) -> Command:
    """Give a command the server options; it is called with ``settings`` in their place."""

    @functools.wraps(command)
    def called(*args: Any, **kwargs: Any) -> Any:
        flags = {name: kwargs.pop(name) for name in _NAMES}
        return command(*args, settings=load(flags), **kwargs)

    for option in reversed(_SERVERS):
        called = option(called)
    return called  # type: ignore[return-value]
