"""Options of the commands on the ledger: which entries, and how they are shown."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from dateline.cli.options import Instant
from dateline.cli.output import console, plain
from dateline.scanning import chunks

if TYPE_CHECKING:
    from sinks.ledger_search import Window

#: characters of one field that are shown; ``--json`` has all
SHOWN = 60
#: rows under one heading: a table needs its widths, so it is made of so many at a time
_ROWS = 500


class Moment(Instant):
    """As `Instant`, or a time of today: 14:05."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """An instant that knows its zone. Raises click.BadParameter."""
        if re.fullmatch(r"\d{1,2}:\d{2}(:\d{2})?", value):
            today = dt.datetime.now().astimezone()
            value = f"{today:%Y-%m-%d}T{value:0>5}"
        return super().convert(value, param, ctx)


class Zone(click.ParamType):
    """The name of a time zone."""

    name = "ZONE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, checked. Raises click.BadParameter."""
        try:
            return ZoneInfo(value).key
        except (KeyError, ValueError, OSError):
            self.fail(f"{value!r} is no time zone such as UTC or Europe/Berlin", param, ctx)


_OPTIONS = {
    "provider": click.option("--provider", metavar="P", help="Only this agency's (dpa, afp, ...)."),
    "service": click.option("--service", metavar="S", help="Only this service's."),
    "feed": click.option("--feed", metavar="NAME", help="Only what came with this feed."),
    "since": click.option(
        "--since", type=Moment(), help="Received from then on: 2026-03-01, 14:05, 24h, 7d."
    ),
    "until": click.option("--until", type=Moment(), help="Received before then."),
}


def with_window(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command these options; it is called with ``window`` in their place."""

    def given(command: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(command)
        def called(*args: Any, **kwargs: Any) -> Any:
            from sinks.ledger_search import Window

            window: Window = Window(**{name: kwargs.pop(name) for name in names})
            return command(*args, window=window, **kwargs)

        for name in reversed(names):
            called = _OPTIONS[name](called)
        return called

    return given


def seconds(instant: dt.datetime) -> str:
    """In UTC, as all tables show times."""
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, numbers: Iterable[str] = ()
) -> int:
    """Print rows, a heading above every few hundred; returns how many there were.

    None is shown as ``-``. numbers: columns aligned to the right. Values are shown as text that a
    terminal does not obey, cut where they are very long.
    """
    from rich.table import Table
    from rich.text import Text

    out, count = console(), 0
    right = frozenset(numbers)
    for chunk in chunks(rows, _ROWS):
        table = Table(box=None, pad_edge=False, header_style="dim")
        for name in columns:
            table.add_column(name, justify="right" if name in right else "left", overflow="fold")
        for row in chunk:
            table.add_row(*(Text("-" if cell is None else plain(cell, SHOWN)) for cell in row))
        out.print(table)
        count += len(chunk)
    return count
