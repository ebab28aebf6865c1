"""``dateline produce``: feeds to the raw topic."""

from __future__ import annotations

import threading

import click

from dateline.cli.options import with_settings
from dateline.cli.output import tell
from dateline.cli.run import stop_on_signals
from dateline.connections import find_servers
from dateline.settings import Settings


@click.command()
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...")
@click.option("--once", is_flag=True, help="End when all that is there is published.")
@click.option("--format", "format_", metavar="F", help="The wire format, instead of detecting it.")
@click.option("--feed", metavar="NAME", help="Name of the feed, instead of its folder.")
@click.option("--again", is_flag=True, help="Publish what was published before, too.")
@with_settings
def produce(
    feeds: tuple[str, ...],
    once: bool,
    format_: str | None,
    feed: str | None,
    again: bool,
    settings: Settings,
) -> int:
    """Publish FEEDs: a file, a folder (watched unless --once), - for standard input."""
    from producers.producer import produce as publish

    stop = threading.Event()
    stop_on_signals(stop)
    result = publish(
        find_servers(settings),
        list(feeds),
        once=once,
        format=format_,
        feed=feed,
        again=again,
        stop=stop,
        report=tell,
    )
    tell(f"published {result.published}, refused {result.refused}, unchanged {result.unchanged}")
    if stop.is_set():
        return 130
    return 1 if result.refused else 0
