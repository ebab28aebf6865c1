"""Dead letters once more: the original document to ``articles.raw`` again, as it came.

The headers are those of the first time, the receipt above all: so the document takes its old place
in the order of its story's versions, and can never win over a newer one. One header is added:
``retry_of``, the dead letter's position.

First the document is confirmed, then the letter is marked as settled. A crash in between repeats
the retry, which is harmless: it is the same content with the same receipt.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import msgspec

from dateline import formats
from dateline.connections import kafka_admin
from dateline.errors import DatelineError, InputError
from dateline.records import (
    DeadLetter,
    Headers,
    Position,
    RawDocument,
    schema_headers,
    sha256,
    utc_now,
    where_of,
)
from dateline.seeking import Seeker
from dateline.settings import Settings
from dateline.settled import Settled
from dateline.topics import Topics, ensure_topics
from producers.feeds import Clock
from producers.producer import key_and_partition, raw_topic
from producers.publisher import Publisher, Report

#: header of a raw record that was published again: which dead letter was retried
RETRY_OF = "retry_of"

Marked = Callable[[Settled], None]


class Chosen(msgspec.Struct, frozen=True, gc=False):
    """What must be known of a dead letter to deal with it; not its bytes.

    dead: its position. raw: of the whole document, None where it never came to Kafka. item: which
    item died. sha256: of the document, where the letter knows. received: the document's.
    """

    dead: Position
    raw: Position | None
    item: int | None
    sha256: str | None
    received: float | None

    @classmethod
    def of(cls, letter: DeadLetter) -> Chosen:
        """Of a letter that was read from its topic."""
        assert letter.position is not None
        raw = letter.raw
        if raw is None and letter.stage == "process":
            raw = letter.origin  # the stage reads raw records: a record that no process survived
        return cls(
            dead=letter.position,
            raw=raw,
            item=letter.item,
            # The sink's letters hold the enriched article, and its hash.
            sha256=None if letter.stage == "sink" else letter.sha256,
            received=letter.received.timestamp() if letter.received else None,
        )


class RetryResult(msgspec.Struct, kw_only=True):
    """documents: published and confirmed. settled: letters marked. refused: letters that stay
    open since their documents cannot be published, or still cannot be read."""

    documents: int = 0
    settled: int = 0
    refused: int = 0


def retry(
    settings: Settings,
    letters: Iterable[Chosen],
    *,
    stop: threading.Event | None = None,
    report: Report = lambda _message: None,
    refused: Callable[[Chosen, DatelineError], None] = lambda _letter, _error: None,
    marked: Marked = lambda _mark: None,
    clock: Clock = utc_now,
) -> RetryResult:
    """Publish the documents of these letters again, each once, and mark the letters as retried.

    refused: is told of each letter that stays open, and why. marked: of each mark that Kafka has
    confirmed. report: of outages. Returns early when ``stop`` is set.
    Raises Unavailable, UsageError, NewerSchema.
    """
    stop = stop or threading.Event()
    topics, partitions, _place = raw_topic(settings)
    marks = _Marks(settings, topics, stop, report, marked)
    ready: deque[tuple[list[Chosen], Position]] = deque()
    result = RetryResult()

    def settle() -> None:
        while ready:
            group, raw = ready.popleft()
            result.documents += 1
            for one in group:
                marks.write(Settled(dead=one.dead, how="retried", when=clock(), raw=raw))

    try:
        with Seeker(settings) as seeker:
            for group in _by_document(letters):
                if stop.is_set():
                    break
                try:
                    document, headers = _document(seeker, group[0])
                    items = _readable(document, group)
                except InputError as error:
                    result.refused += len(group)
                    for one in group:
                        refused(one, error)
                    continue
                key, partition = key_and_partition(document, items, partitions)

                # A mark is sent from here, not from within a confirmation: that would nest.
                def confirmed(at: int, offset: int, group: list[Chosen] = group) -> None:
                    ready.append((group, Position(topics.raw, at, offset)))

                headers.append((RETRY_OF, group[0].dead.coded.encode()))
                marks.publisher.send(
                    topics.raw,
                    key=key,
                    value=document.value,
                    headers=headers,
                    confirmed=confirmed,
                    partition=partition,
                )
                settle()
        while marks.publisher.drain() and ready:
            settle()
    finally:
        marks.publisher.close()
    result.settled = marks.confirmed
    return result


def drop(
    settings: Settings,
    letters: Iterable[Chosen],
    *,
    note: str | None = None,
    stop: threading.Event | None = None,
    report: Report = lambda _message: None,
    marked: Marked = lambda _mark: None,
    clock: Clock = utc_now,
) -> int:
    """Mark these letters as dropped: they no longer count as open. Returns how many were.

    Nothing is deleted. note: why. The rest as `retry`. Raises Unavailable, UsageError.
    """
    stop = stop or threading.Event()
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
    marks = _Marks(settings, topics, stop, report, marked)
    try:
        for letter in letters:
            if stop.is_set():
                break
            marks.write(Settled(dead=letter.dead, how="dropped", when=clock(), note=note))
        marks.publisher.drain()
    finally:
        marks.publisher.close()
    return marks.confirmed


class _Marks:
    """Writes marks, and counts those that are confirmed."""

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        stop: threading.Event,
        report: Report,
        marked: Marked,
    ) -> None:
        self.confirmed = 0
        self.publisher = Publisher(settings, report=report, stop=stop)
        self._topic = topics.settled
        self._marked = marked

    def write(self, mark: Settled) -> None:
        def confirmed(_partition: int, _offset: int) -> None:
            self.confirmed += 1
            self._marked(mark)

        self.publisher.send(
            self._topic,
            key=mark.key(),
            value=mark.encode(),
            headers=schema_headers(),
            confirmed=confirmed,
        )


def _by_document(letters: Iterable[Chosen]) -> list[list[Chosen]]:
    """Letters of one document together, in the order in which the documents lie in Kafka."""
    groups: dict[Position, list[Chosen]] = {}
    for letter in letters:
        groups.setdefault(letter.raw or letter.dead, []).append(letter)
    order = sorted(groups, key=lambda place: (place.topic, place.partition, place.offset))
    return [groups[place] for place in order]


def _document(seeker: Seeker, letter: Chosen) -> tuple[RawDocument, Headers]:
    """The whole document and the headers it came with. Raises InputError, NewerSchema."""
    if letter.raw is None:
        document = _of_letter(seeker, letter)
        return document, document.headers()
    record = seeker.get(letter.raw)
    if record is None:
        raise InputError(
            "the raw record of this dead letter is not there",
            where=where_of(letter.raw),
            remedy="publish the document from its source again: `dateline produce --again`.",
        )
    document = RawDocument.read(record.value, record.headers, record.position)
    # A topic that was deleted and made again has other records at the same positions.
    other = (letter.sha256 is not None and letter.sha256 != sha256(document.value)) or (
        letter.received is not None and letter.received != document.received.timestamp()
    )
    if other:
        raise InputError(
            "the raw record is not the document that died",
            where=where_of(letter.raw),
            found=f"{document.location}, received {document.received.isoformat()}",
            remedy="publish the document from its source again: `dateline produce --again`.",
        )
    kept = [(name, value) for name, value in record.headers if value is not None]
    return document, [(name, value) for name, value in kept if name != RETRY_OF]


def _of_letter(seeker: Seeker, chosen: Chosen) -> RawDocument:
    """The document of a letter that has the only copy of it."""
    record = seeker.get(chosen.dead)
    if record is None:
        raise InputError("there is no such dead letter", where=where_of(chosen.dead))
    letter = DeadLetter.read(record.value, record.headers, chosen.dead)
    if letter.stage != "produce":
        raise InputError(
            "no raw record is known of this dead letter",
            where=where_of(chosen.dead),
            found=f"a letter of stage {letter.stage} without its position",
            remedy="publish the document from its source again: `dateline produce --again`.",
        )
    if letter.truncated:
        raise InputError(
            "only the beginning of this document was kept",
            where=where_of(chosen.dead),
            found=f"{len(letter.value)} of {letter.size} bytes",
            remedy="raise max_document_bytes on every stage, then publish it from its source "
            f"again: `dateline produce --once --again` {letter.location or ''}".rstrip(),
        )
    received = letter.received
    if letter.feed is None or letter.location is None or received is None or not received.tzinfo:
        raise InputError(
            "a dead letter that does not say where its document came from",
            where=where_of(chosen.dead),
            expected="headers feed, location, received",
        )
    document = RawDocument(
        value=letter.value,
        feed=letter.feed,
        format=letter.format or "unknown",
        location=letter.location,
        received=received,
        sha256=letter.sha256,
        language=letter.language,
        zone=letter.zone,
        provider=letter.provider,
    )
    if letter.format is None:
        known = formats.detect(document.value, document.where)
        document = msgspec.structs.replace(document, format=known.name)
    return document


def _readable(document: RawDocument, letters: Sequence[Chosen]) -> list[formats.Item]:
    """The document's items. Raises InputError, the present reason, where none of those that died
    can be read now. What dies later on (enriching, indexing) can only be tried."""
    items = formats.read(document)
    numbers = [letter.item for letter in letters if letter.item is not None]
    # Another version of a parser may count the items otherwise.
    exact = len(numbers) == len(letters) and max(numbers) < len(items)
    died = [items[number] for number in numbers] if exact else items
    errors = [item for item in died if isinstance(item, DatelineError)]
    if len(errors) == len(died):
        raise errors[0] if errors else InputError("there is no item in it", where=document.where)
    return items
