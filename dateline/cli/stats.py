"""``dateline stats``: how much came, from whom, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from dateline.cli.letters import as_line
from dateline.cli.options import with_settings
from dateline.cli.output import tell
from dateline.cli.window import Zone, print_table, with_window
from dateline.connections import elasticsearch_client, find_servers
from dateline.settings import Settings

if TYPE_CHECKING:
    from sinks.ledger_search import Count, Window

#: in the order of the columns; others than these come behind
_OUTCOMES = (
    "indexed", "superseded", "withdrawn", "withheld", "embargoed", "duplicate", "refused",
    "dead", "skipped",
)  # fmt: skip


class Dimensions(click.ParamType):
    """Names with commas between them."""

    name = "DIMENSION,..."

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """The names in order, each once. Raises click.BadParameter."""
        from sinks.ledger_search import DIMENSIONS

        names = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
        unknown = [name for name in names if name not in DIMENSIONS]
        if unknown:
            self.fail(f"{unknown[0]!r} is none of {', '.join(DIMENSIONS)}", param, ctx)
        return names


@click.command()
@with_window("provider", "service", "feed", "since", "until")
@click.option(
    "--by",
    type=Dimensions(),
    default="provider,service,day",
    show_default=True,
    help="What to count by: provider, service, day, feed, format, language, outcome, update_kind.",
)
@click.option("--time-zone", type=Zone(), default="UTC", show_default=True, help="Of the days.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def stats(
    window: Window, by: tuple[str, ...], time_zone: str, as_json: bool, settings: Settings
) -> int:
    """How many versions came, by provider, service and day of receipt, and what became of them.

    The outcome is that of the moment when a version came. By update_kind one that is of two kinds
    (a correction and a lead) is counted with each.
    """
    settings = find_servers(settings, kafka=False)
    with elasticsearch_client(settings) as client:
        from sinks import ledger_search

        if as_json:
            for one in ledger_search.counts(client, settings, by, window, time_zone=time_zone):
                facts: dict[str, object] = {**one.values, "total": one.total}
                if "outcome" not in by:
                    facts["outcomes"] = {name: one.outcomes[name] for name in _order(one.outcomes)}
                click.echo(as_line(facts))
            return 0
        # Which columns there are must be known before the first row.
        all_of_it = ledger_search.count(client, settings, window)
        found = ledger_search.counts(client, settings, by, window, time_zone=time_zone)
        outcomes = [] if "outcome" in by else _order(all_of_it.outcomes)
        columns = [*by, "total", *outcomes]
        print_table(columns, _rows(found, by, outcomes), numbers=["total", *outcomes])
    tell(f"{all_of_it.total} versions")
    return 0


def _rows(
    found: Iterator[Count], by: Sequence[str], outcomes: Sequence[str]
) -> Iterator[list[object]]:
    for one in found:
        yield [
            *(one.values[name] for name in by),
            one.total,
            *(one.outcomes.get(name) for name in outcomes),
        ]


def _order(outcomes: Iterable[str]) -> list[str]:
    known = {name: place for place, name in enumerate(_OUTCOMES)}
    return sorted(outcomes, key=lambda name: (known.get(name, len(known)), name))
