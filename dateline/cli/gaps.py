"""``dateline gaps``: transmission numbers that never came."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import click

from dateline.cli.letters import as_line
from dateline.cli.options import with_settings
from dateline.cli.output import tell
from dateline.cli.window import print_table, seconds, with_window
from dateline.connections import elasticsearch_client, find_servers
from dateline.settings import Settings

if TYPE_CHECKING:
    from dateline.transmissions import Gap
    from sinks.ledger_search import Window


class _Found(NamedTuple):
    provider: str | None
    gap: Gap


@click.command()
@with_window("provider", "service", "since", "until")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def gaps(window: Window, as_json: bool, settings: Settings) -> int:
    """Missing transmission numbers, for each provider and service: stories that never came.

    Exit status 0: none; 1: some are missing; 3: unreachable. What was lost before the first and
    after the last number that came cannot be known. Times are UTC.
    """
    settings = find_servers(settings, kafka=False)
    count = missing = 0

    def counted(found: Iterator[_Found]) -> Iterator[_Found]:
        nonlocal count, missing
        for one in found:
            count, missing = count + 1, missing + one.gap.count
            yield one

    with elasticsearch_client(settings) as client:
        from dateline.transmissions import find_gaps
        from sinks.ledger_search import numbered

        found = counted(
            _Found(provider, gap)
            for provider, arrivals in numbered(client, settings, window)
            for gap in find_gaps(arrivals)
        )
        if as_json:
            for one in found:
                click.echo(as_line(_facts(one)))
        else:
            columns = ("provider", "service", "first", "last", "missing", "after", "before")
            print_table(columns, map(_row, found), numbers=["missing"])
    if count == 0:
        tell("no gaps")
        return 0
    numbers, places = "" if missing == 1 else "s", "" if count == 1 else "s"
    tell(f"{missing} number{numbers} missing in {count} gap{places}")
    return 1


def _row(found: _Found) -> tuple[object, ...]:
    gap = found.gap
    return (
        found.provider,
        gap.service,
        gap.first,
        gap.last,
        gap.count,
        seconds(gap.after),
        seconds(gap.before),
    )


def _facts(found: _Found) -> dict[str, object]:
    gap = found.gap
    return {
        "provider": found.provider,
        "service": gap.service,
        "first": gap.first,
        "last": gap.last,
        "missing": gap.count,
        "after": gap.after,
        "before": gap.before,
    }
