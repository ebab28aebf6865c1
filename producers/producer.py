"""Feeds to ``articles.raw``: the first stage.

The value of a record is exactly the bytes that came. What cannot be read at all goes to
``articles.dead`` with the reason; a document with at least one readable item is published, and the
processor deals with its items one by one.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from dateline import formats
from dateline.article import Article
from dateline.connections import kafka_admin
from dateline.errors import DatelineError, Unavailable, UsageError
from dateline.formats import Item, Skipped
from dateline.identity import identity_of, partition_of, raw_key
from dateline.metrics.stage import Watch
from dateline.records import DeadLetter, Position, RawDocument, utc_now
from dateline.settings import Settings
from dateline.structs import prepare
from dateline.topics import Topics, ensure_topics
from producers.feeds import Arrival, Clock, Reader, open_feed
from producers.observer import Observer
from producers.positions import Mark, Positions
from producers.publisher import Publisher
from producers.table import Source, given

if TYPE_CHECKING:
    from producers.network import Network

Report = Callable[[str], None]
#: positions go to disk at most this often (seconds); a crash repeats what came since
SAVE_EVERY = 0.5
#: documents of one feed after which the next has its turn
TURN = 100


class ProduceResult(msgspec.Struct, kw_only=True):
    """published: documents confirmed by Kafka. refused: documents, and items of published ones,
    that cannot be read. unchanged: files that hold nothing new. failing: names of the feeds that
    did not answer as they should when they were asked last. end_offsets: for each partition of
    the raw topic, the offset after the last record published."""

    published: int = 0
    refused: int = 0
    unchanged: int = 0
    failing: list[str] = []
    end_offsets: dict[int, int] = {}


def produce(
    settings: Settings,
    feeds: Sequence[str | Source],
    *,
    once: bool,
    format: str | None = None,  # noqa: A002 - the flag's name
    feed: str | None = None,
    again: bool = False,
    stop: threading.Event | None = None,
    report: Report = lambda _message: None,
    clock: Clock = utc_now,
    watch: Watch | None = None,
) -> ProduceResult:
    """Publish all that the feeds hold and, unless ``once``, what comes to watched folders.

    feeds: as on the command line, or as listed. format: None detects it. feed: a name for those
    that have none of their own, instead of the folder's.
    again: also what was published before. stop: set to end soon. report: is told of each refusal.
    watch: is told how it does.
    Returns when the feeds end (``once``, or nothing that goes on among them) or ``stop`` is set.
    Raises UsageError, Unavailable.
    """
    prepare()
    stop = stop or threading.Event()
    if not feeds:
        raise UsageError("no feed", expected="files, folders, addresses, or - for standard input")
    sources = [given(one) if isinstance(one, str) else one for one in feeds]
    sources = [one if one.name else msgspec.structs.replace(one, name=feed) for one in sources]
    opened = [(one, open_feed(one.location, one.name)) for one in sources if not one.polled]
    polled = [one for one in sources if one.polled]
    if format is not None:
        formats.by_name(format)
    topics, partitions, place = raw_topic(settings)
    observer = Observer(watch or Watch(settings, "producer"), topics.raw)
    positions = Positions(settings.data_path, place, again=again)
    try:
        reader = Reader(
            settings,
            format=format,
            known=positions.get,
            once=once,
            stop=stop,
            clock=clock,
        )
        arriving = [one.arrivals(reader.of(source)) for source, one in opened]
        network: Network | None = None
        if polled:
            # Only here: what speaks HTTP takes a quarter of a second to import.
            from producers.aftermath import look_up
            from producers.network import Network

            prepare()  # these bring types of their own
            network = Network(polled, positions, settings, again=again)
            look_up(settings, topics, positions, network.polled)
            arriving.append(network.arrivals(reader))
        publisher = Publisher(settings, report=report, stop=stop, observer=observer)
        observer.began(publisher, lambda: [] if network is None else network.states)
        try:
            stage = _Stage(
                settings, topics, partitions, publisher, positions, reader, report, clock, observer
            )
            for arrival in _interleaved(arriving, stop):
                if arrival is not None:
                    stage.take(arrival)
                publisher.poll()
                stage.save()
                if stop.is_set():
                    break
            publisher.drain()
            stage.save(now=True)
        finally:
            publisher.close()
            if network is not None:
                network.end()
        if network is not None:
            stage.result.failing = network.failing
    finally:
        positions.close()
    return stage.result


def _interleaved(
    sources: list[Iterator[Arrival | None]], stop: threading.Event
) -> Iterator[Arrival | None]:
    """All feeds by turns: a quiet one (it yields None) lets the next have its turn, and a busy
    one does after a while."""
    turns = deque(sources)
    while turns and not stop.is_set():
        source = turns[0]
        ended = True
        for number, arrival in enumerate(source, 1):
            if arrival is not None or len(turns) == 1:
                yield arrival
            if stop.is_set():
                return
            if arrival is None or number >= TURN:
                ended = False
                break
        if ended:
            turns.popleft()
        else:
            turns.rotate(-1)
            yield None


def raw_topic(settings: Settings) -> tuple[Topics, int, str]:
    """The topics, the raw topic's number of partitions, and the place that positions are bound to.

    Raises UsageError, Unavailable.
    """
    from kafka.errors import KafkaError

    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
        try:
            cluster = admin.describe_cluster()
            (raw,) = admin.describe_topics([topics.raw])
        except KafkaError as error:
            raise Unavailable(
                "the raw topic cannot be described", found=f"{type(error).__name__}: {error}"
            ) from error
    place = f"{cluster.get('cluster_id')}/{raw.get('topic_id')}/{topics.raw}"
    return topics, len(raw["partitions"]), place


class _Stage:
    """Turns arrivals into records, and confirmations into positions and counts."""

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        partitions: int,
        publisher: Publisher,
        positions: Positions,
        reader: Reader,
        report: Report,
        clock: Clock,
        observer: Observer,
    ) -> None:
        self.result = ProduceResult(end_offsets={})
        self._limit = settings.max_document_bytes
        self._topics = topics
        self._partitions = partitions
        self._publisher = publisher
        self._positions = positions
        self._reader = reader
        self._report = report
        self._clock = clock
        self._observer = observer
        self._marks: dict[tuple[str, str], Mark] = {}
        self._under_way: Counter[tuple[str, str]] = Counter()
        self._saved = time.monotonic()

    def take(self, arrival: Arrival) -> None:
        """Publish a document, or its refusal."""
        if arrival.note is not None:
            self._report(arrival.note)
            return
        if arrival.unchanged:
            self.result.unchanged += 1
            self._observer.unchanged(arrival)
            if arrival.mark is not None and not self._under_way[_file(arrival.mark)]:
                self._marks[_file(arrival.mark)] = arrival.mark
            return
        if arrival.refused is not None:
            self._refuse(arrival, arrival.refused)
            return
        document = arrival.document
        if document is None:
            return
        items = formats.read(document)
        errors = [item for item in items if isinstance(item, DatelineError)]
        if len(errors) == len(items):
            for error in errors[1:]:
                self._name(error, arrival)
            self._refuse(arrival, errors[0])
            return
        for error in errors:
            self._name(error, arrival)
        self._publish(arrival, document, items)

    def save(self, *, now: bool = False) -> None:
        """Positions of confirmed documents to disk, every now and then."""
        if self._marks and (now or time.monotonic() - self._saved >= SAVE_EVERY):
            self._positions.save(self._marks.values())
            for file in self._marks:
                if not self._under_way[file]:
                    self._reader.remembered(*file)
            self._marks.clear()
            self._saved = time.monotonic()

    def _name(self, error: DatelineError, arrival: Arrival) -> None:
        if arrival.line is not None:
            # The location says path:LINE already; a line within that line helps nobody.
            error.where = msgspec.structs.replace(error.where, line=None)
        self.result.refused += 1
        self._report(self._observer.refused(error, arrival))

    def _refuse(self, arrival: Arrival, error: DatelineError) -> None:
        self._name(error, arrival)
        document = arrival.document
        if document is None:
            return  # there are no bytes to keep
        letter = DeadLetter.of(
            error, document.value, stage="produce", died=self._clock(), document=document
        )
        letter = msgspec.structs.replace(
            letter,
            size=arrival.size,
            sha256=document.sha256,
            line=arrival.line or letter.line,
            format=None if document.format == "unknown" else document.format,
        )
        self._send(
            self._topics.dead,
            document.sha256.encode(),
            letter.value,
            letter.headers(),
            arrival,
            None,
        )

    def _publish(self, arrival: Arrival, document: RawDocument, items: list[Item]) -> None:
        key, partition = key_and_partition(document, items, self._partitions)
        self._send(self._topics.raw, key, document.value, document.headers(), arrival, partition)

    def _send(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        headers: list[tuple[str, bytes]],
        arrival: Arrival,
        partition: int | None,
    ) -> None:
        mark = arrival.mark
        if mark is not None:
            self._under_way[_file(mark)] += 1

        def confirmed(where: int, offset: int) -> None:
            if partition is not None:
                self.result.published += 1
                ends = self.result.end_offsets
                ends[where] = max(ends.get(where, 0), offset + 1)
                if arrival.document is not None:
                    place = Position(topic, where, offset)
                    self._observer.published(arrival.document, key, place)
            if mark is not None:
                file = _file(mark)
                self._under_way[file] -= 1
                if not self._under_way[file]:
                    del self._under_way[file]
                self._marks[file] = mark
            if arrival.confirmed is not None:
                arrival.confirmed()

        self._publisher.send(
            topic, key=key, value=value, headers=headers, confirmed=confirmed, partition=partition
        )


def key_and_partition(
    document: RawDocument, items: list[Item], partitions: int
) -> tuple[bytes, int]:
    """Where a document goes in the raw topic: by the identity of its first item, else its hash."""
    identity = first_identity(items) or document.sha256
    return raw_key(identity, document.sha256), partition_of(identity, partitions)


def first_identity(items: list[Item]) -> str | None:
    """Identity of the first item that has one; None where none can be read."""
    for item in items:
        if isinstance(item, Article):
            return identity_of(item)
        if isinstance(item, Skipped) and item.uri is not None:
            return item.uri
    return None


def _file(mark: Mark) -> tuple[str, str]:
    return (mark.feed, mark.path)
