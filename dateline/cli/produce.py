"""``dateline produce``: feeds to the raw topic."""

from __future__ import annotations

import threading

import click

from dateline.cli.options import Feeds, with_feeds, with_settings
from dateline.cli.output import log_to_stderr, tell
from dateline.cli.run import stop_on_signals
from dateline.connections import find_servers
from dateline.metrics.stage import watching
from dateline.settings import Settings


@click.command()
@with_feeds(once="End when all that is there is published.")
@with_settings
def produce(feeds: Feeds, settings: Settings) -> int:
    """Publish FEEDs: a file, a folder (watched unless --once), an address (polled unless --once),
    - for standard input, or the name of a feed that dateline.toml lists; without any, all of those.
    """
    from producers.producer import produce as publish

    stop = threading.Event()
    stop_on_signals(stop)
    log_to_stderr(settings, "producer", service=not feeds.once)
    with watching(settings, "producer") as watch:
        result = publish(
            find_servers(settings, elasticsearch=False),
            feeds.feeds,
            once=feeds.once,
            format=feeds.format,
            again=feeds.again,
            stop=stop,
            report=tell,
            watch=watch,
        )
    told = f"published {result.published}, refused {result.refused}, unchanged {result.unchanged}"
    tell(told + (f"; feeds that fail: {', '.join(result.failing)}" if result.failing else ""))
    if stop.is_set():
        return 130
    return 1 if result.refused or result.failing else 0
