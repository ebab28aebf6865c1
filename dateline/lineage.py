"""What a generation of the index was made of: which enriched records, and which verdicts, count.

Of one raw record there may be several enrichments in the topics: the live one, and one of each
replay, marked with its generation. Which of them a generation holds follows from how it was built:

- the first holds what is marked for nobody (live);
- a replay of everything holds its own marks, and live articles from where it began;
- a partial one holds its own marks of the raw records that it reprocessed, live articles from where
  it began, and of all else what the generation that it took over held;
- a replay from enriched records enriches nothing, and holds what the generation held that it read.

So a generation remembers its `Lineage`, which outlives the generations that it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from dateline.errors import InputError
from dateline.offsets import Offsets
from dateline.reading import read_topic
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    SkippedNotice,
    decode_headers,
)
from dateline.settings import Settings
from dateline.topics import Topics

#: raw records that a replay enriched again: all before `raw_until`, those with results, none
Reprocessed = Literal["all", "some", "none"]


#: the topics that say what became of a raw record, by their short names
VERDICTS: tuple[Literal["enriched", "dead", "skipped"], ...] = ("enriched", "dead", "skipped")


class Lineage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one generation was built.

    enriched_from: live articles from there on are its own (none given: all). dead_from,
    skipped_from: its verdicts lie from there on. raw_until: a replay of
    everything reprocessed what lies before. base: the generation whose documents it took over, or
    whose enriched records it read.
    """

    number: int
    enriched_from: Offsets = {}
    raw_until: Offsets = {}
    dead_from: Offsets = {}
    skipped_from: Offsets = {}
    reprocessed: Reprocessed = "all"
    base: Lineage | None = None

    def chain(self) -> Iterator[Lineage]:
        """Itself, its base, the base of that."""
        one: Lineage | None = self
        while one is not None:
            yield one
            one = one.base

    def noted(self) -> dict[str, Any]:
        """As a generation remembers it (JSON)."""
        plain: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return plain

    @property
    def partial(self) -> list[int]:
        """Numbers of those whose `Results` must be known."""
        return [one.number for one in self.chain() if one.reprocessed == "some"]


def read(number: int, noted: Mapping[str, Any]) -> Lineage:
    """The lineage in what a generation remembers of its replay (`sinks.generations`)."""
    known = noted.get("lineage")
    if known is not None:
        lineage = msgspec.convert(known, Lineage, strict=False, str_keys=True)
        return msgspec.structs.replace(lineage, number=number)
    # Of a replay by an older Dateline, which always was one of everything; or of the first.
    return Lineage(
        number=number,
        enriched_from=_offsets(noted.get("enriched_from")),
        raw_until=_offsets(noted.get("raw_until")),
    )


def _offsets(noted: Any) -> Offsets:
    return msgspec.convert(noted or {}, Offsets, strict=False, str_keys=True)


class Positions:
    """A set of positions, one bit each: it grows with the topic at most, not with what is put in.

    ends: positions from there on are never in it.
    """

    _PAGE = 1 << 16

    def __init__(self, ends: Offsets) -> None:
        self._ends = ends
        self._pages: dict[tuple[int, int], bytearray] = {}

    def add(self, partition: int, offset: int) -> None:
        """Put one in."""
        if 0 <= offset < self._ends.get(partition, 0):
            page, bit = divmod(offset, self._PAGE)
            bits = self._pages.setdefault((partition, page), bytearray(self._PAGE // 8))
            bits[bit >> 3] |= 1 << (bit & 7)

    def __contains__(self, place: tuple[int, int]) -> bool:
        page, bit = divmod(place[1], self._PAGE)
        bits = self._pages.get((place[0], page))
        return bits is not None and bool(bits[bit >> 3] & 1 << (bit & 7))


#: generation to the raw records of which something came out when it was built
Results = Mapping[int, Positions]


def results(
    settings: Settings, lineage: Lineage, raw_end: Offsets, ends: Mapping[str, Offsets]
) -> Results:
    """What the partial replays of a lineage reprocessed, as the topics tell.

    ends: of the topics ``enriched``, ``dead`` and ``skipped``, which are read from the beginning
    where there is any such replay. Raises Unavailable, NewerSchema.
    """
    found = {number: Positions(raw_end) for number in lineage.partial}
    if not found:
        return {}
    partial = [one for one in lineage.chain() if one.number in found]
    topics = Topics.of(settings)
    for name in VERDICTS:
        # Marks of a replay lie behind its beginning; a number may have been another's before, of an
        # Elasticsearch that is gone. A partition may be younger than a replay.
        begun = {one.number: getattr(one, f"{name}_from") for one in partial}
        first = {
            partition: min(known.get(partition, 0) for known in begun.values())
            for partition in ends[name]
        }
        for record in read_topic(settings, getattr(topics, name), ends[name], first):
            place = record.position
            try:
                mark, raw = _verdict(name, record.value, record.headers, place)
            except (InputError, msgspec.DecodeError, OverflowError):
                continue
            if mark is None or mark not in found or raw is None:
                continue
            if place.offset >= begun[mark].get(place.partition, 0):
                found[mark].add(raw.partition, raw.offset)
    return found


def _verdict(
    name: str, value: bytes, headers: Any, position: Position
) -> tuple[int | None, Position | None]:
    if name == "enriched":
        told = EnrichedHeaders.read(headers, position)
        return told.generation, told.raw
    if name == "dead":
        letter = DeadLetter.read(value, headers, position)
        return (None, None) if letter.stage == "sink" else (letter.generation, letter.raw)
    decode_headers(headers, position)  # one of a newer schema may mean something else
    notice = SkippedNotice.decode(value)
    return notice.generation, notice.raw


def holds(
    lineage: Lineage, known: Results, mark: int | None, raw: Position, place: tuple[int, int]
) -> bool:
    """Whether an enriched record went into the index of a generation.

    mark: the generation that asked for it. place: partition and offset in the enriched topic.
    """
    for one in lineage.chain():
        begun = place[1] >= one.enriched_from.get(place[0], 0)
        if mark == one.number or mark is None:
            if begun:
                return True
            if mark is not None:
                return False
        if one.reprocessed == "all" or (raw.partition, raw.offset) in known.get(one.number, ()):
            return False
        # Taken over was what the base held when this one began.
        if begun:
            return False
    return False


def concerns(lineage: Lineage, known: Results, mark: int | None, raw: Position | None) -> bool:
    """Whether what became of a raw record (dead, skipped) is what this generation was told of it.

    mark: of the verdict.
    """
    for one in lineage.chain():
        if mark == one.number:
            return True
        if raw is None:
            return mark is None
        if one.reprocessed == "all":
            return mark is None and raw.offset >= one.raw_until.get(raw.partition, 0)
        if (raw.partition, raw.offset) in known.get(one.number, ()):
            return False
    return False
