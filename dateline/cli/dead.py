"""``dateline dead``: what was refused, why, the original bytes, and what to do with it."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.letters import (
    Filter,
    Letter,
    as_line,
    facts_of,
    fate_of,
    letters_by_id,
    letters_of,
    place_of,
    with_filter,
)
from dateline.cli.options import with_settings
from dateline.cli.output import console, plain, tell
from dateline.connections import find_servers
from dateline.errors import DatelineError, UsageError
from dateline.records import letter_id
from dateline.settings import Settings

if TYPE_CHECKING:
    from producers.retry import Chosen

#: rows of the table that people get; filters or ``--json`` show the others
ROWS = 1_000


@click.group()
def dead() -> None:
    """Dead letters: documents and items that could not be read or indexed."""


@dead.command("list")
@with_filter
@click.option("--all", "all_", is_flag=True, help="Also those that were retried or dropped.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def list_(wanted: Filter, all_: bool, as_json: bool, settings: Settings) -> int:
    """One line for each open dead letter: its id, when, which stage, where, why."""
    letters = letters_of(find_servers(settings), wanted, settled=all_)
    if as_json:
        for letter in letters:
            click.echo(as_line(facts_of(letter)))
        return 0
    latest: deque[Letter] = deque(maxlen=ROWS)
    count = 0
    for letter in letters:
        bare = msgspec.structs.replace(letter.letter, value=b"")
        latest.append(letter._replace(letter=bare))
        count += 1
    if not count:
        tell("no dead letters" if all_ or wanted != Filter() else "no open dead letters")
        return 0
    console().print(_table(latest, with_settled=all_))
    if count > len(latest):
        tell(f"the latest {len(latest)} of {count}; filters or --json show the others")
    return 0


def _table(letters: Iterable[Letter], *, with_settled: bool) -> Any:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    folded = {"where", "why", "settled"}
    for name in ("id", "when", "stage", "where", "bytes", "why", "settled")[: 6 + with_settled]:
        table.add_column(
            name,
            justify="right" if name == "bytes" else "left",
            overflow="fold",
            no_wrap=name not in folded,
        )
    for number, letter, settled in letters:
        row = [
            number,
            f"{letter.died:%Y-%m-%d %H:%M:%S}",
            letter.stage,
            place_of(letter),
            str(letter.size),
            letter.error,
        ]
        if with_settled:
            row.append(fate_of(settled) if settled else "")
        # As text: a name in brackets is no markup, and an escape sequence is none, either.
        table.add_row(*(Text(plain(cell)) for cell in row))
    return table


@dead.command()
@click.argument("number", metavar="ID")
@click.option("--raw", is_flag=True, help="Only the original bytes, as they came.")
@with_settings
def show(number: str, raw: bool, settings: Settings) -> int:
    """All that is known of one dead letter, and its original bytes."""
    (found,) = letters_by_id(find_servers(settings), [number])
    letter = found.letter
    if raw:
        sys.stdout.flush()
        sys.stdout.buffer.write(letter.value)
        sys.stdout.buffer.flush()
        return 0
    facts = facts_of(found)
    if found.settled is not None:
        facts["settled"] = fate_of(found.settled)
    for name, value in facts.items():
        click.echo(f"{name:12} {plain(value)}")
    click.echo()
    sys.stdout.flush()
    if sys.stdout.isatty():
        click.echo(for_terminal(letter.value))
    else:
        sys.stdout.buffer.write(letter.value)
        click.echo()
    if letter.truncated:
        tell(f"only the first {len(letter.value)} of {letter.size} bytes were kept")
    return 0


def for_terminal(value: bytes) -> str:
    """Bytes of others as text that a terminal shows and does not obey; lines and tabs stay."""
    lines = value.decode("utf-8", "backslashreplace").split("\n")
    return "\n".join("\t".join(map(plain, line.split("\t"))) for line in lines)


def _selected(
    settings: Settings, numbers: tuple[str, ...], wanted: Filter, every: bool, *, settled: bool
) -> Iterator[Letter]:
    """Raises UsageError where neither or both of ids and filters say which letters are meant."""
    selected = every or wanted != Filter()
    if numbers and selected:
        raise UsageError("ids and filters at once", remedy="give either ids or filters.")
    if not numbers and not selected:
        raise UsageError(
            "no dead letter is named", expected="ids, at least one filter, or --every for all"
        )
    settings = find_servers(settings)
    if numbers:
        return letters_by_id(settings, numbers)
    return letters_of(settings, wanted, settled=settled)


def _open_ones(
    letters: Iterable[Letter], *, again: bool, refused: Callable[[str, str], None]
) -> list[Chosen]:
    """What must be known of each; of a million letters, not their bytes."""
    from producers.retry import Chosen

    chosen = []
    for number, letter, settled in letters:
        if settled is not None and not again:
            refused(number, f"it was {fate_of(settled)}; `dead retry --again` takes it")
        else:
            chosen.append(Chosen.of(letter))
    return chosen


class _Refusals:
    """Names each letter that is left as it is, and counts."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, number: str, reason: object) -> None:
        self.count += 1
        tell(f"{number}: {plain(reason)}")


def _say(line: str) -> None:
    # Whoever reads it may leave (head): the work goes on.
    with contextlib.suppress(BrokenPipeError):
        click.echo(line)


def _stop_on_signals() -> threading.Event:
    from dateline.cli.run import stop_on_signals

    stop = threading.Event()
    stop_on_signals(stop)
    return stop


@dead.command()
@click.argument("numbers", nargs=-1, metavar="[ID]...")
@with_filter
@click.option("--every", is_flag=True, help="All open ones.")
@click.option("--again", is_flag=True, help="Also what was retried or dropped before.")
@with_settings
def retry(
    numbers: tuple[str, ...], wanted: Filter, every: bool, again: bool, settings: Settings
) -> int:
    """Publish the original documents of dead letters once more: by ID, by filters, or --every.

    A document takes its old place in the order of its story's versions. One that still cannot be
    read is not published, and named with the present reason.
    """
    from producers.retry import retry as publish

    refusals = _Refusals()
    letters = _selected(settings, numbers, wanted, every, settled=again)
    chosen = _open_ones(letters, again=again, refused=refusals)
    settings, stop = find_servers(settings), _stop_on_signals()

    def refused(letter: Chosen, error: DatelineError) -> None:
        refusals(letter_id(letter.dead), error)

    result = publish(
        settings,
        chosen,
        stop=stop,
        report=lambda message: tell(plain(message)),
        refused=refused,
        marked=lambda mark: _say(f"{letter_id(mark.dead)} retried as {mark.raw}"),
    )
    left = f", {refusals.count} left as they are" if refusals.count else ""
    tell(f"retried {result.settled} dead letters, published {result.documents} documents{left}")
    if stop.is_set():
        return 130
    return 1 if refusals.count else 0


@dead.command()
@click.argument("numbers", nargs=-1, metavar="[ID]...")
@with_filter
@click.option("--every", is_flag=True, help="All open ones.")
@click.option("--note", metavar="TEXT", help="Why, for those who look later.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_settings
def drop(
    numbers: tuple[str, ...],
    wanted: Filter,
    every: bool,
    note: str | None,
    yes: bool,
    settings: Settings,
) -> int:
    """Count dead letters no longer as open: by ID, by filters, or --every.

    Nothing is deleted: `list --all` and `show` still know them, and `retry --again` takes them.
    """
    from producers.retry import drop as mark_dropped

    refusals = _Refusals()
    letters = _selected(settings, numbers, wanted, every, settled=False)
    chosen = _open_ones(letters, again=False, refused=refusals)
    if chosen and not numbers and not yes and sys.stdin.isatty():
        click.confirm(f"drop {len(chosen)} dead letters?", abort=True, err=True)
    settings, stop = find_servers(settings), _stop_on_signals()
    count = mark_dropped(
        settings,
        chosen,
        note=note or None,
        stop=stop,
        report=lambda message: tell(plain(message)),
        marked=lambda mark: _say(f"{letter_id(mark.dead)} dropped"),
    )
    tell(f"dropped {count} dead letters" + (f", {refusals.count} not" if refusals.count else ""))
    if stop.is_set():
        return 130
    return 1 if refusals.count else 0
