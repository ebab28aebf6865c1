"""``dateline trace``: the way of one article through all stages, with times."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from dateline.cli.history import never, spellings
from dateline.cli.letters import as_line
from dateline.cli.options import with_settings
from dateline.cli.output import console, plain
from dateline.connections import (
    elasticsearch_client,
    elasticsearch_told,
    find_servers,
    kafka_admin,
)
from dateline.errors import InputError
from dateline.identity import document_id, is_absolute
from dateline.ledger import Entry
from dateline.passage import Passage, Step, followed, waiting
from dateline.progress import Counted
from dateline.records import Position, utc_now
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaAdminClient
    from rich.text import Text

    from sinks.generations import Generation

#: of a record, as logs and this command write it
_POSITION = re.compile(r"(?P<topic>[\w.-]+)\[(?P<partition>\d{1,9})\]@(?P<offset>\d{1,18})")
_COLOURS = {"dead": "red", "waits": "yellow", "searchable": "green", "shown": "green"}
#: versions that are followed at most, the latest
_LATEST = 20


@click.command()
@click.argument("uri")
@click.option(
    "--limit",
    type=click.IntRange(1, 1000),
    default=_LATEST,
    show_default=True,
    help="Only so many versions, the latest.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def trace(uri: str, limit: int, as_json: bool, settings: Settings) -> int:
    """The way of one article: when it was received, published, enriched, indexed, searchable; where
    it lies; in which generations it stands; or where it waits, and why it died.

    URI is the story's as it was sent, or its identity, or the place of a raw record as logs write
    it: 'articles.raw[2]@17'. Times are UTC.

    Exit status 1: nothing of it ever came.
    """
    place = _place(uri, settings)
    names = spellings(uri)
    settings = find_servers(settings)
    with elasticsearch_client(settings) as client, kafka_admin(settings) as admin:
        from dateline.seeking import Seeker

        entries = _entries(client, settings, place, names, limit)
        shown = 0
        with Seeker(settings) as seeker:
            fed = _fed(client, settings)
            for entry in entries:
                passage = followed(entry, settings, seeker, admin)
                passage.steps += _standing(client, settings, fed, entry)
                _show(passage, as_json=as_json)
                shown += 1
        if place is None:
            for passage in _under_way(client, settings, admin, names, fed):
                _show(passage, as_json=as_json)
                shown += 1
        if not shown:
            raise _nothing(client, settings, uri, place)
    return 0


def _place(uri: str, settings: Settings) -> Position | None:
    found = _POSITION.fullmatch(uri)
    if found is None or found["topic"] != Topics.of(settings).raw:
        return None
    return Position(found["topic"], int(found["partition"]), int(found["offset"]))


def _entries(
    client: Elasticsearch,
    settings: Settings,
    place: Position | None,
    names: list[str],
    limit: int,
) -> list[Entry]:
    """Raises Unavailable."""
    from sinks import ledger, ledger_search

    if ledger.find(client, settings) is None:
        return []  # no sink has run yet: all that there is waits
    if place is not None:
        return list(ledger_search.of_record(client, settings, place))[:limit]
    window = ledger_search.Window()
    return list(ledger_search.of_story(client, settings, names, window, newest=limit))


def _fed(client: Elasticsearch, settings: Settings) -> list[tuple[Generation, bool]]:
    """Generations that are fed, and whether each serves."""
    from sinks import generations

    serving = generations.serving(client, settings)
    number = None if serving is None else serving.number
    return [(one, one.number == number) for one in generations.fed(client, settings)]


def _standing(
    client: Elasticsearch, settings: Settings, fed: list[tuple[Generation, bool]], entry: Entry
) -> Iterator[Step]:
    """How it stands in each generation, and whether a search finds it. Raises Unavailable."""
    from dateline.history import OUTSIDE
    from sinks import generations, ledger_search

    if entry.identity is None or entry.outcome in OUTSIDE:
        return
    for one, serves in fed:
        standing = ledger_search.standings_in(client, one.index, [entry.identity], utc_now()).get(
            entry.identity
        )
        state = "absent" if standing is None else standing.of(entry) or "superseded"
        yield Step(
            stage="index",
            event=state,
            generation=one.number,
            note="serves" if serves else None,
        )
        if not serves or state != "shown":
            continue
        with generations.surroundings("searching for it"):
            found = client.count(
                index=generations.alias(settings),
                query={"ids": {"values": [document_id(entry.identity)]}},
            )
        seen = elasticsearch_told(found.body, Counted, "searching for it").count
        yield Step(
            stage="index",
            event="searchable" if seen else "waits",
            at=entry.written + _interval(settings) if seen else None,
            generation=one.number,
            note="at the latest" if seen else "for the next refresh",
        )


def _interval(settings: Settings) -> dt.timedelta:
    """Of refreshes, as far as it is one of seconds or less (``1s``, ``500ms``)."""
    found = re.fullmatch(r"(\d+)(ms|s)", settings.index_refresh_interval)
    if found is None:
        return dt.timedelta(0)
    return dt.timedelta(milliseconds=int(found[1]) * (1 if found[2] == "ms" else 1000))


def _under_way(
    client: Elasticsearch,
    settings: Settings,
    admin: KafkaAdminClient,
    names: Iterable[str],
    fed: list[tuple[Generation, bool]],
) -> Iterator[Passage]:
    """What no sink has recorded yet. Raises Unavailable."""
    from dateline.offsets import existing
    from processors.app import group_of as processor_group
    from sinks import generations

    if Topics.of(settings).raw not in existing(admin):
        return
    serving = next((one for one, serves in fed if serves), None)
    sink = None if serving is None else generations.group_of(settings, serving)
    for identity in filter(is_absolute, names):
        yield from waiting(identity, settings, admin, processor_group(settings), sink)


def _nothing(
    client: Elasticsearch, settings: Settings, uri: str, place: Position | None
) -> Exception:
    from sinks import ledger

    if place is not None or ledger.find(client, settings) is None:
        return InputError(
            f"nothing is known of {plain(uri, 300)}",
            remedy="a raw record that no sink has dealt with yet is found by its story's uri; "
            "`dateline status` shows what waits.",
        )
    return never(client, settings, uri)


# --- showing -------------------------------------------------------------------------------------


def _show(passage: Passage, *, as_json: bool) -> None:
    if as_json:
        click.echo(as_line(msgspec.to_builtins(passage)))
        return
    out = console()
    for line in _lines(passage):
        out.print(line, soft_wrap=True)


def _lines(passage: Passage) -> Iterator[Text]:
    """The version; below it a line for each step: when, how long since the receipt, what, where."""
    from rich.text import Text

    name = passage.identity or passage.uri or str(passage.raw or "not in the raw topic")
    told = [plain(name, 300)]
    if passage.version is not None:
        told.append(f"version {passage.version}")
    if passage.pubstatus is not None:
        told.append(plain(passage.pubstatus, 20))
    yield Text("  ".join(told), "bold")
    start = next((step.at for step in passage.steps if step.at is not None), None)
    for step in passage.steps:
        yield Text.assemble(
            (f"  {_clock(step.at):24}", "cyan"),
            (f"{_since(step.at, start):>10}  ", "dim"),
            f"{step.stage:10}",
            (f"{plain(step.event, 20):12}", _COLOURS.get(step.event, "")),
            (_rest(step), "dim"),
        )


def _rest(step: Step) -> str:
    told = []
    if step.position is not None:
        told.append(str(step.position))
    if step.generation is not None:
        told.append(f"generation {step.generation}")
    told += [plain(part, 400) for part in (step.note, step.reason) if part]
    return " · ".join(told)


def _clock(instant: dt.datetime | None) -> str:
    if instant is None:
        return "-"
    return f"{instant.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def _since(instant: dt.datetime | None, start: dt.datetime | None) -> str:
    if instant is None or start is None or instant == start:
        return ""
    from dateline.cli.status import span

    seconds = (instant - start).total_seconds()
    sign = "-" if seconds < 0 else "+"
    if abs(seconds) >= 60:
        return f"{sign}{span(abs(seconds))}"
    told = f"{abs(seconds):.2f}"
    return f"+{told} s" if told == "0.00" else f"{sign}{told} s"
