"""From topics, index and ledger to notes: what each record says, and nothing of its text."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from dateline.article import Article, Instant, Provenance, PubStatus
from dateline.errors import InputError
from dateline.identity import identity_of
from dateline.lineage import Positions, concerns, holds
from dateline.offsets import Offsets
from dateline.reading import TopicRecord
from dateline.reconcile.account import LISTED, Disagreement, Faults
from dateline.reconcile.notes import (
    DEAD,
    DUE,
    ENRICHED,
    OURS,
    SETTLED,
    SKIPPED,
    TAKEN,
    UNDATED,
    Buckets,
    Entered,
    Evidence,
    Indexed,
    Label,
    Moved,
    Received,
    place_of_letter,
)
from dateline.reconcile.snapshot import Snapshot
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    SkippedNotice,
    decode_headers,
    letter_place,
)
from dateline.settled import Settled
from dateline.topics import Topics
from dateline.versions import micros

#: of a record that no stage of ours wrote; a number may be larger than any note can hold
_UNREADABLE = (InputError, msgspec.DecodeError, OverflowError)


class _Origin(msgspec.Struct):
    """Of an article's provenance what the order of versions depends on."""

    received: Instant
    content: str
    feed: str | None = None
    parser: str | None = None
    model: str | None = None
    model_version: str | None = None
    config: str | None = None


class _Brief(msgspec.Struct):
    """Of an article the same: its text is never decoded."""

    uri: str
    provenance: _Origin
    pubstatus: PubStatus = "usable"
    provider: str | None = None
    version: int | None = None
    versioncreated: Instant | None = None
    embargoed: Instant | None = None

    @property
    def identity(self) -> str:
        """See `dateline.identity`."""
        origin = Provenance(feed=self.provenance.feed)
        return identity_of(
            Article(uri=self.uri, title=self.uri, provider=self.provider, provenance=origin)
        )

    @property
    def enrichment(self) -> str:
        """All that enriched it as one text: only equal or not, and an order, are asked of it."""
        origin = self.provenance
        parts = (origin.parser, origin.model, origin.model_version, origin.config)
        return "|".join(part or "" for part in parts)


class _Placed(msgspec.Struct):
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    item: int | None = None
    received: Instant | None = None


class _Displayed(msgspec.Struct):
    """What an article that a dead letter holds says of its raw record."""

    provenance: _Placed


class _Order(msgspec.Struct):
    """Of a stored `Standing` what must be as the topics say."""

    declared: tuple[int, int, int]
    shown: str


class _Entry(msgspec.Struct):
    """Of `dateline.ledger.Entry` what places it."""

    outcome: str
    received: Instant
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    item: int | None = None
    dead: str | None = None


class Intake:
    """Notes what the topics say up to a snapshot, then index and ledger, then what came since.

    Each topic once: marks first, then dead letters, at last the enriched records.
    """

    def __init__(
        self, snapshot: Snapshot, topics: Topics, buckets: Buckets, faults: Faults
    ) -> None:
        self._snapshot = snapshot
        self._topics = topics
        self._buckets = buckets
        self._faults = faults
        self._refused_by_sink = Positions(snapshot.enriched_end)
        self._settled = Positions(snapshot.dead_end)
        self._brief = msgspec.json.Decoder(_Brief)
        #: the first records that the sink, or the keeper of the ledger, has not come to
        self.in_flight: list[Disagreement] = []

    def settled(self, records: Iterable[TopicRecord]) -> None:
        """Marks on dead letters up to the snapshot. Raises NewerSchema."""
        for record in records:
            with contextlib.suppress(InputError):
                mark = Settled.read(record.value, record.headers, record.position)
                if mark.dead.topic == self._topics.dead:
                    self._settled.add(mark.dead.partition, mark.dead.offset)

    def dead(self, records: Iterable[TopicRecord]) -> None:
        """Dead letters up to the snapshot. Raises NewerSchema."""
        for record in records:
            try:
                letter = DeadLetter.read(record.value, record.headers, record.position)
                said = DEAD | self._due(record, self._snapshot.ledger_dead_passed)
                if (record.position.partition, record.position.offset) in self._settled:
                    said |= SETTLED
                if letter.stage == "sink":
                    if letter.origin is not None and self._refused_here(letter):
                        self._refused_by_sink.add(letter.origin.partition, letter.origin.offset)
                    self._letter(letter, said, Label.NONE)
                elif self._concerns(letter.generation, letter.raw):
                    self._letter(letter, said | OURS, Label.DEAD)
                else:
                    self._letter(letter, said, Label.NONE)
            except _UNREADABLE as error:
                self._faults.add("unreadable", str(record.position), str(error))

    def skipped(self, records: Iterable[TopicRecord]) -> None:
        """Notices up to the snapshot. Raises NewerSchema."""
        for record in records:
            try:
                notice = _read_notice(record)
                said = self._due(record, self._snapshot.ledger_skipped_passed)
                if self._concerns(notice.generation, notice.raw):
                    self._notice(notice, said | OURS, Label.SKIPPED)
                else:
                    self._notice(notice, said, Label.NONE)
            except _UNREADABLE as error:
                self._faults.add("unreadable", str(record.position), str(error))

    def enriched(self, records: Iterable[TopicRecord]) -> None:
        """Enriched records up to the snapshot. Raises NewerSchema."""
        passed = self._snapshot.enriched_passed
        for record in records:
            place = (record.position.partition, record.position.offset)
            in_flight = place[1] >= passed.get(place[0], 0)
            buried = place in self._refused_by_sink
            try:
                headers = EnrichedHeaders.read(record.headers, record.position)
                if not self._is_fed(headers, place):
                    self._enriched_item(headers, ENRICHED, Label.NONE)
                elif buried:
                    self._enriched_item(headers, ENRICHED | OURS, Label.DEAD)
                else:
                    self._article(self._brief.decode(record.value), headers, in_flight=in_flight)
            except _UNREADABLE as error:
                # Whoever wrote it did not come through the processor, so it is no item of ours.
                if not buried and not in_flight:
                    self._faults.add("unreadable", str(record.position), str(error))

    def _article(self, article: _Brief, headers: EnrichedHeaders, *, in_flight: bool) -> None:
        identity, origin = article.identity, article.provenance
        self._buckets.story(
            Received(
                document=_document(identity),
                identity=identity,
                in_flight=in_flight,
                partition=headers.raw.partition,
                offset=headers.raw.offset,
                item=headers.item,
                enriched=headers.enriched,
                received=origin.received,
                content=origin.content,
                config=article.enrichment,
                pubstatus=article.pubstatus,
                provider=article.provider,
                version=article.version,
                versioncreated=article.versioncreated,
                embargoed=article.embargoed,
            )
        )
        if in_flight:
            self._waits(identity, "not indexed yet")
        said = ENRICHED | OURS if in_flight else ENRICHED | OURS | DUE | TAKEN
        self._enriched_item(headers, said, Label.NONE, origin.received)

    def documents(self, hits: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Documents of the index: id, and ``uri``, ``pubstatus``, ``standing`` of each."""
        for number, source in hits:
            order: _Order | None = None
            with contextlib.suppress(KeyError, TypeError, msgspec.DecodeError):
                order = msgspec.json.decode(source["standing"], type=_Order)
            self._buckets.story(
                Indexed(
                    document=_document_of(number),
                    what=str(source.get("uri") or number),
                    pubstatus=source.get("pubstatus"),
                    declared=order.declared if order else None,
                    shown=order.shown if order else None,
                )
            )

    def entries(self, hits: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        """Entries of the ledger: id, and the fields of `_Entry` of each."""
        for number, source in hits:
            try:
                entry = msgspec.convert(source, _Entry)
                place = self._place(entry)
            except (msgspec.ValidationError, ValueError, OverflowError) as error:
                self._faults.add("unreadable", f"entry {number} of the ledger", str(error))
                continue
            if place is None:
                continue
            said = {"dead": DEAD, "skipped": SKIPPED}.get(entry.outcome, ENRICHED)
            self._buckets.item(
                place[0],
                Entered(
                    offset=place[1],
                    item=entry.item or 0,
                    said=said,
                    received=micros(entry.received),
                ),
            )

    def later(self, topic: str, records: Iterable[TopicRecord]) -> None:
        """What came after the snapshot: it explains what index and ledger say of it already.

        topic: ``enriched``, ``dead`` or ``skipped``. Raises NewerSchema.
        """
        for record in records:
            with contextlib.suppress(*_UNREADABLE):
                if topic == "dead":
                    letter = DeadLetter.read(record.value, record.headers, record.position)
                    self._letter(letter, DEAD, Label.NONE)
                elif topic == "skipped":
                    self._notice(_read_notice(record), 0, Label.NONE)
                else:
                    headers = EnrichedHeaders.read(record.headers, record.position)
                    self._enriched_item(headers, ENRICHED, Label.NONE)
                    article = self._brief.decode(record.value)
                    self._buckets.story(Moved(document=_document(article.identity)))

    def _refused_here(self, letter: DeadLetter) -> bool:
        """Whether this generation lacks what a sink refused: its own did, or that of a generation
        whose documents it took over."""
        place = letter.origin
        if place is None or letter.refused_by is None:
            return True
        for one in self._snapshot.lineage.chain():
            if letter.refused_by == one.number:
                return True
            # It read the record itself, live or once more, and took it.
            if one.reprocessed == "none" or place.offset >= one.enriched_from.get(
                place.partition, 0
            ):
                return False
        return False

    def _concerns(self, generation: int | None, raw: Position | None) -> bool:
        """Whether what became of a raw record is what this generation was told of it."""
        return concerns(self._snapshot.lineage, self._snapshot.results, generation, raw)

    def _is_fed(self, headers: EnrichedHeaders, place: tuple[int, int]) -> bool:
        """Whether an enriched record went into this generation's index."""
        lineage, results = self._snapshot.lineage, self._snapshot.results
        return holds(lineage, results, headers.generation, headers.raw, place)

    def _due(self, record: TopicRecord, passed: Offsets) -> int:
        if record.position.offset < passed.get(record.position.partition, 0):
            return DUE
        if self._snapshot.ledger is not None:
            self._waits(str(record.position), "not in the ledger yet")
        return 0

    def _waits(self, what: str, detail: str) -> None:
        if len(self.in_flight) < LISTED:
            self.in_flight.append(Disagreement("in flight", what, detail))

    def _notice(self, notice: SkippedNotice, said: int, label: Label) -> None:
        said |= SKIPPED if notice.received is not None else SKIPPED | UNDATED
        self._evidence(notice.raw, notice.item, notice.items, said, label, notice.received)

    def _letter(self, letter: DeadLetter, said: int, label: Label) -> None:
        received = letter.received or letter.died
        if received.tzinfo is None:  # of a letter that another program wrote
            received = received.replace(tzinfo=dt.UTC)
        if letter.raw is not None:
            self._evidence(letter.raw, letter.item or 0, letter.items or 1, said, label, received)
            return
        place = letter.position
        assert place is not None
        if place.offset < self._snapshot.dead_end.get(place.partition, 0):
            partition, offset = place_of_letter(place.partition, place.offset)
            self._note(partition, offset, 0, 1, said, label, received)
        if letter.stage == "sink":
            # The record had no headers of ours; the ledger goes by what its article says.
            with contextlib.suppress(msgspec.DecodeError):
                origin = msgspec.json.decode(letter.value, type=_Displayed).provenance
                if None not in (origin.topic, origin.partition, origin.offset):
                    raw = Position(origin.topic, origin.partition, origin.offset)  # type: ignore[arg-type]
                    self._evidence(raw, origin.item or 0, 1, DEAD, Label.NONE, origin.received)

    def _enriched_item(
        self,
        headers: EnrichedHeaders,
        said: int,
        label: Label,
        received: dt.datetime | None = None,
    ) -> None:
        self._evidence(headers.raw, headers.item, headers.items, said, label, received)

    def _evidence(
        self,
        raw: Position,
        item: int,
        items: int,
        said: int,
        label: Label,
        received: dt.datetime | None,
    ) -> None:
        # What became of a record that came after the snapshot is the next account's.
        if 0 <= raw.offset < self._snapshot.raw_end.get(raw.partition, 0):
            self._note(raw.partition, raw.offset, item, items, said, label, received)

    def _note(
        self,
        partition: int,
        offset: int,
        item: int,
        items: int,
        said: int,
        label: Label,
        received: dt.datetime | None,
    ) -> None:
        note = Evidence(
            offset=offset,
            item=item,
            items=items,
            said=said,
            label=label,
            received=None if received is None else micros(received),
        )
        self._buckets.item(partition, note)

    def _place(self, entry: _Entry) -> tuple[int, int] | None:
        """Where an entry's item is noted; None where that came after the snapshot, or is of
        topics that are not these. Raises ValueError."""
        if entry.topic is None or entry.partition is None or entry.offset is None:
            place = letter_place(entry.dead or "")
            known = 0 <= place[1] < self._snapshot.dead_end.get(place[0], 0)
            return place_of_letter(*place) if known else None
        if entry.topic != self._topics.raw:
            return None
        known = 0 <= entry.offset < self._snapshot.raw_end.get(entry.partition, 0)
        return (entry.partition, entry.offset) if known else None


def _read_notice(record: TopicRecord) -> SkippedNotice:
    decode_headers(record.headers, record.position)  # raises NewerSchema
    return SkippedNotice.decode(record.value)


def _document(identity: str) -> bytes:
    """What names a story in the notes: half of its document's id is enough."""
    return hashlib.sha256(identity.encode()).digest()[:16]


def _document_of(number: str) -> bytes:
    """The same from ``_id``; one that no sink gave belongs to no story."""
    with contextlib.suppress(ValueError):
        if len(number) == 64:
            return bytes.fromhex(number)[:16]
    return _document(f"_id|{number}")
