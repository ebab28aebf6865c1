"""The way of one version of a story through the stages, with times: what `dateline trace` shows.

What is known by position is read by position. Of an enriched record only the partition is known,
and that it was written between the raw record and the ledger's entry: so that stretch is looked
through, up to `MOST` records from either end. Of what is in no ledger yet, the records that the
stages have not passed are looked through, up to as many.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec

from dateline.errors import DatelineError, NewerSchema
from dateline.identity import is_absolute, partition_of
from dateline.ledger import Entry
from dateline.offsets import committed, ends, since
from dateline.reading import TopicRecord, read_topic
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    RawDocument,
    letter_place,
)
from dateline.seeking import Seeker
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

#: records that are looked through at most from either end of a stretch
MOST = 5_000
#: clocks of several machines differ: so much is added to a stretch on both ends
_SLACK = dt.timedelta(seconds=30)


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one stage did with it, or has not done yet.

    at: when; absent where nobody knows. position: of the record that the stage wrote. note: for
    people, whatever else is known.
    """

    stage: str
    event: str
    at: dt.datetime | None = None
    position: Position | None = None
    generation: int | None = None
    reason: str | None = None
    note: str | None = None


class Passage(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One version, and its steps in the order in which they come."""

    uri: str | None
    identity: str | None
    version: int | None = None
    pubstatus: str | None = None
    raw: Position | None = None
    item: int | None = None
    outcome: str | None = None
    steps: list[Step] = []


def followed(entry: Entry, settings: Settings, seeker: Seeker, admin: KafkaAdminClient) -> Passage:
    """The way of a version that the ledger knows, up to the sink. Raises Unavailable."""
    passage = Passage(
        uri=entry.uri,
        identity=entry.identity,
        version=entry.version,
        pubstatus=entry.pubstatus,
        raw=entry.raw,
        item=entry.item,
        outcome=entry.outcome,
        steps=[_received(entry.received, entry.feed, entry.location)],
    )
    published: dt.datetime | None = None
    if entry.raw is not None:
        record = seeker.get(entry.raw)
        published = _instant(record)
        passage.steps.append(_published(record, entry.raw))
    if entry.outcome == "dead" and entry.stage != "sink":
        passage.steps.append(_died(entry, settings, seeker))
        return passage
    if entry.outcome == "skipped":
        passage.steps.append(
            Step(stage="processor", event="skipped", at=entry.written, reason=entry.reason)
        )
        return passage
    passage.steps.append(_enriched(entry, settings, admin, published or entry.received))
    if entry.outcome == "dead":
        passage.steps.append(_died(entry, settings, seeker))
    else:
        passage.steps.append(Step(stage="sink", event=entry.outcome, at=entry.written))
    return passage


def waiting(
    identity: str,
    settings: Settings,
    admin: KafkaAdminClient,
    processor: str,
    sink: str | None,
) -> list[Passage]:
    """Versions that the stages have not passed yet. processor, sink: their consumer groups; None
    for no sink. Raises Unavailable."""
    if not is_absolute(identity):
        return []  # whose it is decides where it lies, and nobody said
    topics = Topics.of(settings)
    found = _waiting_raw(identity, settings, admin, topics.raw, processor)
    if sink is not None:
        found += _waiting_enriched(identity, settings, admin, topics.enriched, sink)
    return found


def _waiting_raw(
    identity: str, settings: Settings, admin: KafkaAdminClient, topic: str, group: str
) -> list[Passage]:
    begin = f"{identity}\0".encode()
    end = ends(admin, topic)
    partition = partition_of(identity, len(end))
    first = committed(admin, group, topic).get(partition, 0)
    found = []
    for record in _stretch(settings, topic, partition, first, end[partition]):
        if not (record.key or b"").startswith(begin):
            continue
        steps = [
            *_beginning(record),
            Step(
                stage="processor",
                event="waits",
                note=f"{record.position.offset - first} records of its partition before it",
            ),
        ]
        found.append(Passage(uri=identity, identity=identity, raw=record.position, steps=steps))
    return found


def _waiting_enriched(
    identity: str, settings: Settings, admin: KafkaAdminClient, topic: str, group: str
) -> list[Passage]:
    end = ends(admin, topic)
    partition = enriched_partition(identity, len(end))
    first = committed(admin, group, topic).get(partition, 0)
    found = []
    with Seeker(settings) as seeker:
        for record in _stretch(settings, topic, partition, first, end[partition]):
            headers = _headers(record)
            if record.key != identity.encode() or headers is None:
                continue
            before = seeker.get(headers.raw)
            steps = [
                *([] if before is None else _beginning(before)),
                _step_enriched(record, headers),
                Step(
                    stage="sink",
                    event="waits",
                    note=f"{record.position.offset - first} records of its partition before it",
                ),
            ]
            found.append(
                Passage(
                    uri=identity,
                    identity=identity,
                    raw=headers.raw,
                    item=headers.item,
                    steps=steps,
                )
            )
    return found


def enriched_partition(identity: str, partitions: int) -> int:
    """Where the processor's client puts an article: Kafka's own partitioner, by the key."""
    from kafka.partitioner.default import murmur2

    return (int(murmur2(identity.encode())) & 0x7FFFFFFF) % partitions


# --- steps ---------------------------------------------------------------------------------------


def _received(received: dt.datetime, feed: str | None, location: str | None) -> Step:
    said = feed is not None and (location or "").startswith(feed)
    note = " · ".join(part for part in (None if said else feed, location) if part)
    return Step(stage="producer", event="received", at=received, note=note or None)


def _published(record: TopicRecord | None, place: Position) -> Step:
    if record is None:
        return Step(
            stage="producer", event="published", position=place, note="not in the topic any more"
        )
    again = any(name == "retry_of" for name, _ in record.headers)
    return Step(
        stage="producer",
        event="published",
        at=_instant(record),
        position=place,
        note="again, by `dateline dead retry`" if again else None,
    )


def _beginning(record: TopicRecord) -> list[Step]:
    """Of a raw record: received and published."""
    try:
        document = RawDocument.read(record.value, record.headers, record.position)
    except NewerSchema:
        raise
    except DatelineError:
        return [_published(record, record.position)]
    return [
        _received(document.received, document.feed, document.location),
        _published(record, record.position),
    ]


def _died(entry: Entry, settings: Settings, seeker: Seeker) -> Step:
    stages = {"produce": "producer", "process": "processor", "sink": "sink"}
    step = Step(
        stage=stages.get(entry.stage or "", "processor"),
        event="dead",
        at=entry.written,
        reason=entry.reason,
        note=f"dateline dead show {entry.dead}" if entry.dead else None,
    )
    if entry.dead is None:
        return step
    partition, offset = letter_place(entry.dead)
    place = Position(Topics.of(settings).dead, partition, offset)
    record = seeker.get(place)
    if record is None:
        return step
    try:
        letter = DeadLetter.read(record.value, record.headers, place)
    except NewerSchema:
        raise
    except DatelineError:
        return step
    return msgspec.structs.replace(step, at=letter.died, position=place)


def _enriched(
    entry: Entry, settings: Settings, admin: KafkaAdminClient, published: dt.datetime
) -> Step:
    unknown = Step(stage="processor", event="enriched")
    topic = Topics.of(settings).enriched
    if entry.identity is None or entry.raw is None:
        return unknown
    end = ends(admin, topic)
    partition = enriched_partition(entry.identity, len(end))
    first = since(admin, topic, (published - _SLACK).timestamp())[partition]
    last = since(admin, topic, (entry.written + _SLACK).timestamp())[partition]
    looked = 0
    for begin, stop in _ends_of(first, last):
        for record in _stretch(settings, topic, partition, begin, stop):
            looked += 1
            headers = _headers(record)
            if (
                headers is not None
                and headers.raw == entry.raw
                and headers.item == (entry.item or 0)
                and headers.generation is None
            ):
                return _step_enriched(record, headers)
    return msgspec.structs.replace(
        unknown, note=f"not among the {looked} of {last - first} records that were looked through"
    )


def _step_enriched(record: TopicRecord, headers: EnrichedHeaders) -> Step:
    return Step(
        stage="processor",
        event="enriched",
        at=dt.datetime.fromtimestamp(headers.enriched / 1e6, dt.UTC),
        position=record.position,
        generation=headers.generation,
        note=_model(record.value),
    )


class _Provenance(msgspec.Struct, frozen=True):
    model: str | None = None
    model_version: str | None = None


class _Enriched(msgspec.Struct, frozen=True):
    provenance: _Provenance = _Provenance()


def _model(value: bytes) -> str | None:
    try:
        origin = msgspec.json.decode(value, type=_Enriched).provenance
    except msgspec.DecodeError:
        return None
    return " ".join(part for part in (origin.model, origin.model_version) if part) or None


# --- records -------------------------------------------------------------------------------------


def _ends_of(first: int, last: int) -> list[tuple[int, int]]:
    """The stretch, or its two ends where it is long."""
    if last - first <= 2 * MOST:
        return [(first, last)]
    return [(first, first + MOST), (last - MOST, last)]


def _stretch(
    settings: Settings, topic: str, partition: int, first: int, last: int
) -> Iterator[TopicRecord]:
    last = min(last, first + 2 * MOST)
    with closing(
        read_topic(settings, topic, {partition: last}, {partition: first})  # type: ignore[type-var]
    ) as records:
        yield from records


def _headers(record: TopicRecord) -> EnrichedHeaders | None:
    try:
        return EnrichedHeaders.read(record.headers, record.position)
    except NewerSchema:
        raise
    except DatelineError:
        return None


def _instant(record: TopicRecord | None) -> dt.datetime | None:
    if record is None or record.timestamp is None or record.timestamp < 0:
        return None
    return dt.datetime.fromtimestamp(record.timestamp / 1000, dt.UTC)
