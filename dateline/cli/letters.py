"""Dead letters for the commands: which are meant, and what is said of them."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import click
import msgspec

from dateline.cli.options import Instant
from dateline.cli.output import plain, tell
from dateline.connections import kafka_admin
from dateline.errors import InputError, UsageError
from dateline.offsets import ends, existing
from dateline.reading import TopicRecord, read_topic
from dateline.records import DeadLetter, Position, letter_id, letter_place
from dateline.seeking import Seeker
from dateline.settings import Settings
from dateline.settled import Settled, read_settled
from dateline.topics import Topics


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which dead letters are meant; what is None does not matter.

    kind: the error's class, in any case. since, until: when it died (from, before). match: text in
    the reason or the location, in any case. generation: of the replay that it died in.
    """

    stage: str | None = None
    feed: str | None = None
    format: str | None = None
    kind: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    match: str | None = None
    generation: int | None = None

    def takes(self, letter: DeadLetter) -> bool:
        """Whether this letter is one of them."""
        for name in ("stage", "feed", "format", "generation"):
            wanted = getattr(self, name)
            if wanted is not None and getattr(letter, name) != wanted:
                return False
        if self.kind is not None and letter.kind.lower() != self.kind.lower():
            return False
        # A letter of another program's may not know its zone.
        died = letter.died if letter.died.tzinfo else letter.died.replace(tzinfo=dt.UTC)
        if self.since is not None and died < self.since:
            return False
        if self.until is not None and died >= self.until:
            return False
        if self.match is None:
            return True
        wanted = self.match.casefold()
        return any(wanted in (text or "").casefold() for text in (letter.error, letter.location))


_FILTERS = (
    click.option("--stage", type=click.Choice(["produce", "process", "sink"]), help="Who refused."),
    click.option("--feed", metavar="NAME", help="The feed that it came with."),
    click.option("--format", metavar="F", help="The wire format."),
    click.option("--kind", metavar="K", help="The kind of error: InputError, ..."),
    click.option("--since", type=Instant(), help="Died from then on: 2026-03-01, or 24h, 7d."),
    click.option("--until", type=Instant(), help="Died before then."),
    click.option("--match", metavar="TEXT", help="In the reason or the location."),
    click.option("--generation", type=int, metavar="N", help="Died in the replay into it."),
)


def with_filter(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the filters; it is called with ``wanted`` in their place."""

    @functools.wraps(command)
    def called(*args: Any, **kwargs: Any) -> Any:
        given = {name: kwargs.pop(name) for name in Filter.__struct_fields__}
        return command(*args, wanted=Filter(**given), **kwargs)

    for option in reversed(_FILTERS):
        called = option(called)
    return called


class Letter(NamedTuple):
    """A dead letter, and what was done with it."""

    number: str
    letter: DeadLetter
    settled: Settled | None


def letters_of(settings: Settings, wanted: Filter, *, settled: bool) -> Iterator[Letter]:
    """Every letter that is wanted, in order. settled: also those that are no longer open."""
    topic = Topics.of(settings).dead
    with kafka_admin(settings) as admin:
        if topic not in existing(admin):
            return
        until = ends(admin, topic)
    # Marks after the end: of a letter that is read here, none is missed.
    marks = read_settled(settings)
    for record in read_topic(settings, topic, until):
        try:
            letter = _letter(record, marks)
        except InputError as error:
            tell(plain(error))
            continue
        if (settled or letter.settled is None) and wanted.takes(letter.letter):
            yield letter


def _letter(record: TopicRecord, marks: dict[tuple[int, int], Settled]) -> Letter:
    """Raises InputError, NewerSchema."""
    place = record.position
    letter = DeadLetter.read(record.value, record.headers, place)
    return Letter(letter_id(place), letter, marks.get((place.partition, place.offset)))


def letters_by_id(settings: Settings, numbers: Iterable[str]) -> Iterator[Letter]:
    """These letters alone, without reading the topic. Raises UsageError, InputError."""
    places = {number: _position(settings, number) for number in numbers}
    marks = read_settled(settings)
    with Seeker(settings) as seeker:
        for number, place in places.items():
            record = seeker.get(place)
            if record is None:
                raise UsageError(
                    f"no dead letter {plain(number)}",
                    remedy="`dateline dead list --all` shows their ids.",
                )
            yield _letter(record, marks)


def _position(settings: Settings, number: str) -> Position:
    try:
        return Position(Topics.of(settings).dead, *letter_place(number))
    except ValueError as error:
        raise UsageError(
            f"no id of a dead letter: {plain(number)}",
            expected="one such as 0-12",
            remedy="`dateline dead list` shows their ids.",
        ) from error


def place_of(letter: DeadLetter) -> str:
    """The feed and the location, else the exact position of what was refused."""
    if letter.location is None:
        return str(letter.raw or letter.origin or letter.feed or "")
    told = letter.location
    if letter.feed is not None and not told.startswith(letter.feed):
        told = f"{letter.feed}: {told}"
    if letter.item is not None and (letter.items or 1) > 1:
        told += f", item {letter.item}"
    return told


def fate_of(settled: Settled) -> str:
    """What was done with a letter, when, and why, in a few words."""
    told = f"{settled.how} {settled.when:%Y-%m-%d %H:%M:%S}"
    if settled.raw is not None:
        told += f" as {settled.raw}"
    return f"{told} ({settled.note})" if settled.note else told


def facts_of(letter: Letter) -> dict[str, object]:
    """All that is known of it but the bytes, as JSON shows it; what is not known is absent."""
    facts = msgspec.to_builtins(msgspec.structs.replace(letter.letter, value=b""), builtin_types=())
    facts.pop("value")
    for name in ("raw", "origin", "position"):
        place = getattr(letter.letter, name)
        facts[name] = str(place) if place else None
    if letter.settled is not None:
        mark = letter.settled
        when = msgspec.to_builtins(mark.when)
        facts["settled"] = {"how": mark.how, "when": when, "note": mark.note}
        if mark.raw is not None:
            facts["settled"]["raw"] = str(mark.raw)
    return {"id": letter.number, **{k: v for k, v in facts.items() if v is not None}}


def as_line(facts: dict[str, object]) -> str:
    """One line of JSON in which no character is left that a terminal would obey."""
    text = msgspec.json.encode(facts).decode()
    # Control characters below 0x20 are escaped already. The others stand within strings alone.
    return _OBEYED.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


_OBEYED = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
