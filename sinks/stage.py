"""The sink as a stage: enriched articles from Kafka into every generation that must be fed.

Each generation has a thread with a consumer of its own group, so that one that is being built
does not hold up the one that serves. A thread reads the next batch while the last one is being
written, and commits offsets only after the write and the dead letters of everything before them
are confirmed: a killed sink repeats at most two batches, which changes nothing in the index.

When Elasticsearch or Kafka stay away, the same batch is tried again for as long as it takes. The
consumer keeps polling with its partitions paused meanwhile, so that its group does not give up
on it. Records of a newer schema stop the stage.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.article import decode
from dateline.connections import elasticsearch_client, kafka_admin, kafka_connected
from dateline.errors import Defect, InputError, NewerSchema, Unavailable
from dateline.identity import identity_of
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    utc_now,
    where_of,
)
from dateline.settings import Settings
from dateline.topics import CODEC, ENRICHED_GROWTH, Topics, ensure_topics, max_record_bytes
from sinks import generations
from sinks.writer import Displaced, Incoming, Odds, Result, Rules, write

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaConsumer, KafkaProducer

    from sinks.generations import Generation

Clock = Callable[[], dt.datetime]
Report = Callable[[str], None]

#: seconds between two looks for generations that came or went
DISCOVERY = 2.0
#: seconds between two tries while a server stays away
_RETRY = 1.0
#: seconds one poll waits for records
_POLL = 0.25
#: seconds between two polls of a consumer that waits for a write: far below max_poll_interval_ms
_KEEP_ALIVE = 2.0
#: bytes one fetch brings at most, from all partitions: what waits in memory is a few of these
_FETCH_BYTES = 8 * 1024 * 1024
#: bytes of values in one batch, which is as much again in each of its forms
_BATCH_BYTES = 16 * 1024 * 1024
#: of one batch, some three seconds, before somebody is told that Elasticsearch is away
_TRIES = 5
#: Batches being written at once: while Elasticsearch works on one, another is folded and encoded.
_IN_HAND = 3
#: seconds Kafka has to confirm a commit or a dead letter before it counts as away
_KAFKA_PATIENCE = 30.0
#: seconds between two looks whether the end of a run (``until``) is reached
_LOOK = 0.5


class Counters(msgspec.Struct, kw_only=True):
    """What one run has done, per generation: outcomes, and how many records were read."""

    read: Counter[int] = msgspec.field(default_factory=Counter)
    outcomes: dict[int, Counter[str]] = msgspec.field(default_factory=dict)

    def count(self, generation: int, results: Sequence[Result], records: int) -> None:
        """Add one batch."""
        self.read[generation] += records
        counted = self.outcomes.setdefault(generation, Counter())
        counted.update(result.outcome for result in results)


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """One record that was read, and what it holds: an article, the reason why none, or neither
    (it is meant for another generation)."""

    value: bytes
    position: Position
    headers: EnrichedHeaders | None = None
    incoming: Incoming | None = None
    error: InputError | None = None


class _Batch(msgspec.Struct, kw_only=True):
    """Consecutive records of each partition; ``offsets`` is where each goes on after them."""

    records: list[_Record] = []
    offsets: dict[int, int] = {}
    size: int = 0


def run_sink(
    settings: Settings,
    *,
    generations: Sequence[int] | None = None,
    stop: threading.Event,
    until: Mapping[int, int] | None = None,
    clock: Clock = utc_now,
    report: Report = lambda _line: None,
    rules: Rules | None = None,
) -> Counters:
    """Feed generations (all that exist, discovered anew, unless named) until ``stop`` is set.

    until: partition of ``articles.enriched`` to offset; the run ends by itself once the groups'
    committed offsets have reached it. report: one line for whatever somebody should see.
    rules: provider's key to its rule (`dateline.providers.order_of` unless given).
    A stop finishes and commits the batch in hand. Raises Unavailable where a server is away at the
    start, NewerSchema, UsageError, Defect.
    """
    if rules is None:
        from dateline.providers import order_of

        rules = order_of
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
    run = _Run(settings, topics, stop, until, clock, report, rules)
    try:
        return run.feed(None if generations is None else list(generations))
    finally:
        run.close()


class _Run:
    """What the feeders of one run share: the producer of dead letters, the counters, the first
    error."""

    def __init__(
        self,
        settings: Settings,
        topics: Topics,
        stop: threading.Event,
        until: Mapping[int, int] | None,
        clock: Clock,
        report: Report,
        rules: Rules,
    ) -> None:
        self.settings, self.topics, self.until = settings, topics, until
        self.clock, self.report, self.rules = clock, report, rules
        self.counters = Counters()
        self.lock = threading.Lock()
        self.failed: BaseException | None = None
        #: set by the caller, or by the first feeder that fails
        self.stop, self.abort = stop, threading.Event()
        self._producer: KafkaProducer | None = None

    def stopping(self) -> bool:
        return self.stop.is_set() or self.abort.is_set()

    def feed(self, wanted: list[int] | None) -> Counters:
        # By the index's UUID: one that was deleted and made again has the old one's number.
        feeders: dict[str, _Feeder] = {}
        gone: list[_Feeder] = []
        with elasticsearch_client(self.settings) as client:
            generations.ensure(client, self.settings, clock=self.clock)
            try:
                looked = -DISCOVERY
                while not self.stopping():
                    found = None
                    if time.monotonic() - looked >= DISCOVERY:
                        found = self._fed(client, wanted)
                        looked = time.monotonic()
                    if found is not None:
                        for known in set(feeders) - {one.id for one in found}:
                            feeders[known].leave()
                            gone.append(feeders.pop(known))
                            self.report(f"generation {gone[-1].number} is gone; no longer fed")
                        for one in found:
                            if one.id not in feeders:
                                feeders[one.id] = _Feeder(self, one)
                                feeders[one.id].start()
                    running = [feeder for feeder in feeders.values() if feeder.is_alive()]
                    if self.until is not None and feeders and not running:
                        break
                    self.stop.wait(0.1)
            finally:
                self.abort.set()
                for feeder in [*feeders.values(), *gone]:
                    feeder.join()
        if self.failed is not None:
            raise self.failed
        return self.counters

    def _fed(self, client: Elasticsearch, wanted: list[int] | None) -> list[Generation] | None:
        """The generations that were begun and are wanted; None while nobody answers.

        Raises UsageError for a wanted one that does not exist.
        """
        try:
            existing = generations.fed(client, self.settings)
            if wanted is None and not existing:
                # Somebody wiped Elasticsearch while the sink runs.
                generations.ensure(client, self.settings, clock=self.clock)
                existing = generations.fed(client, self.settings)
            if wanted is None:
                return existing
            for number in set(wanted) - {one.number for one in existing}:
                # It exists, but was not begun: somebody may be about to, unless an end is set.
                missing = generations.by_number(client, self.settings, number)
                if self.until is not None:
                    raise generations.not_begun(missing)
        except Unavailable:
            return None
        return [one for one in existing if one.number in wanted]

    def fail(self, error: BaseException) -> None:
        with self.lock:
            if self.failed is None:
                self.failed = error
        self.abort.set()

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        """Send dead letters and wait for their confirmation. Raises Unavailable."""
        from kafka.errors import KafkaError

        if not letters:
            return
        try:
            sent = [
                self._dead_letters().send(
                    self.topics.dead,
                    value=letter.value,
                    key=letter.sha256.encode(),
                    headers=letter.headers(),
                )
                for letter in letters
            ]
            for future in sent:
                future.get(timeout=_KAFKA_PATIENCE)
        except (KafkaError, OSError) as error:
            # An idempotent producer that met a fatal error never works again: make another.
            self.close()
            raise Unavailable(
                f"dead letters cannot be written to {self.topics.dead}",
                found=f"{type(error).__name__}: {error}",
            ) from error

    def _dead_letters(self) -> KafkaProducer:
        from kafka import KafkaProducer

        with self.lock:
            if self._producer is None:
                self._producer = kafka_connected(
                    KafkaProducer,
                    self.settings,
                    compression_type=CODEC,
                    max_request_size=max_record_bytes(self.settings),
                )
            return self._producer

    def close(self) -> None:
        with self.lock:
            producer, self._producer = self._producer, None
        if producer is not None:
            producer.close(timeout=5)


class _Feeder(threading.Thread):
    """Feeds one generation."""

    def __init__(self, run: _Run, generation: Generation) -> None:
        super().__init__(name=f"sink-{generation.number:06d}", daemon=True)
        self.run_ = run
        self.number = generation.number
        self.index = generation.index
        self.group = generations.group_of(run.settings, generation)
        self._left = threading.Event()
        #: records that a poll brought while their batch had no room or was not wanted yet
        self._backlog: list[Any] = []
        #: a newer Dateline's record: raised once all before it is written
        self._newer: NewerSchema | None = None
        #: partition to the offset that is yet to be committed, and to the one that was last
        self._owed: dict[int, int] = {}
        self._paid: dict[int, int] = {}
        self._commit_failed = False
        self._looked = 0.0
        self._waiting_for: str | None = None
        self._odds = Odds()

    def leave(self) -> None:
        """Stop without an error: the generation is gone."""
        self._left.set()

    def _stopping(self) -> bool:
        return self._left.is_set() or self.run_.stopping()

    def run(self) -> None:
        try:
            with (
                elasticsearch_client(self.run_.settings) as client,
                ThreadPoolExecutor(_IN_HAND, f"{self.name}-writer") as writer,
            ):
                consumer = self._consumer()
                try:
                    self._feed(consumer, client, writer)
                finally:
                    # Leaves the group, so that another sink takes over at once.
                    consumer.close(autocommit=False, timeout_ms=5000)
        except Unavailable as error:
            if not self._stopping():
                self.run_.fail(error)
            else:
                # Asked to stop while a server is away: what is not written is read again.
                self.run_.report(f"generation {self.number} stopped with records waiting: {error}")
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.run_.fail(error)

    def _consumer(self) -> KafkaConsumer:
        from kafka import KafkaConsumer
        from kafka.errors import KafkaError

        settings = self.run_.settings
        while True:
            try:
                consumer: KafkaConsumer = kafka_connected(
                    KafkaConsumer,
                    settings,
                    group_id=self.group,
                    enable_auto_commit=False,
                    # An offset that is not there any more is an alarm, not a jump; a new group
                    # is set to the beginning in `_poll`.
                    auto_offset_reset="none",
                    session_timeout_ms=int(settings.session_timeout * 1000),
                    heartbeat_interval_ms=int(settings.session_timeout * 1000 / 4),
                    max_poll_records=settings.sink_batch,
                    fetch_max_bytes=_FETCH_BYTES,
                    max_partition_fetch_bytes=_FETCH_BYTES // 4,
                    receive_message_max_bytes=2 * max_record_bytes(settings) + 4 * _FETCH_BYTES,
                    fetch_max_wait_ms=100,
                    allow_auto_create_topics=False,
                )
                consumer.subscribe([self.run_.topics.enriched])
                return consumer
            except (KafkaError, OSError) as error:
                self._away(f"Kafka: {type(error).__name__}: {error}")
                if self._stopping():
                    raise Unavailable(
                        "Kafka does not answer", found=f"{type(error).__name__}: {error}"
                    ) from error

    def _feed(
        self, consumer: KafkaConsumer, client: Elasticsearch, writer: ThreadPoolExecutor
    ) -> None:
        # Oldest first. While Elasticsearch works on one batch the next is folded and encoded; two
        # versions of a story in two of them meet as two sinks would, by their `if_seq_no`.
        in_hand: deque[tuple[_Batch, Future[None]]] = deque()

        def finish_oldest() -> None:
            batch, future = in_hand[0]
            self._await(consumer, future)
            future.result()
            self._commit(consumer, batch.offsets)
            in_hand.popleft()

        try:
            while not self._stopping():
                batch = self._gather(consumer, idle=not in_hand)
                while in_hand and (len(in_hand) == _IN_HAND or in_hand[0][1].done()):
                    finish_oldest()
                if batch.offsets:
                    in_hand.append((batch, writer.submit(self._write, client, batch)))
                elif in_hand:
                    finish_oldest()
                elif self._newer is not None:
                    raise self._newer
                else:
                    self._commit(consumer, self._positions(consumer))
                # Asked while records keep coming, too: there may be no end of them.
                if self._reached(consumer):
                    return
        finally:
            # Also on the way out with an error: what was written need not be written again. Up to
            # the first that failed: nothing is committed past a record that is not written.
            while in_hand:
                batch, future = in_hand.popleft()
                future.result()
                self._commit(consumer, batch.offsets)

    def _gather(self, consumer: KafkaConsumer, *, idle: bool) -> _Batch:
        """The next batch: full, or what came within the linger (nothing, where nothing did)."""
        settings = self.run_.settings
        batch = _Batch()
        deadline: float | None = None
        while not self._stopping() and self._newer is None:
            while self._backlog:
                if len(batch.records) >= settings.sink_batch or batch.size >= _BATCH_BYTES:
                    return batch
                try:
                    self._add(batch, self._backlog[0])
                except NewerSchema as error:
                    self._newer = error
                    return batch
                del self._backlog[0]
            if batch.offsets and deadline is None:
                deadline = time.monotonic() + settings.sink_linger
            if deadline is not None and time.monotonic() >= deadline:
                return batch
            if deadline is not None:
                wait = max(0.0, deadline - time.monotonic())
            else:
                wait = _POLL if idle else settings.sink_linger
            before = len(self._backlog)
            self._poll(consumer, wait)
            if len(self._backlog) == before and not batch.offsets:
                return batch
        return batch

    def _poll(self, consumer: KafkaConsumer, seconds: float) -> None:
        """Records go to the backlog. Raises Defect where an offset is out of range."""
        from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

        try:
            polled = consumer.poll(timeout_ms=int(seconds * 1000))
        except NoOffsetForPartitionError as error:
            # A new group, or a new partition: begin at the beginning. (A listener would do too,
            # but 3.0 has lost partitions that were assigned while one ran.)
            consumer.seek_to_beginning(*error.args[0])
            return
        except OffsetOutOfRangeError as error:
            raise Defect(
                f"records are missing from {self.run_.topics.enriched}: the place where "
                f"generation {self.number} goes on is not there",
                found=str(error),
                expected="a topic that keeps everything for ever",
                remedy="find out who deleted records; `dateline replay` builds a new generation.",
            ) from error
        except (KafkaError, OSError) as error:
            if not getattr(error, "retriable", False):
                raise Unavailable(
                    f"the sink may not read {self.run_.topics.enriched}",
                    found=f"{type(error).__name__}: {error}",
                    remedy="see that this user may read the topic and its consumer groups.",
                ) from error
            self._away(f"Kafka: {type(error).__name__}: {error}")
            return
        for records in polled.values():
            self._backlog.extend(records)

    def _add(self, batch: _Batch, record: Any) -> None:
        """Raises NewerSchema; the batch is then as it was."""
        batch.records.append(self._record(record))
        batch.offsets[record.partition] = record.offset + 1
        batch.size += len(record.value or b"")

    def _record(self, record: Any) -> _Record:
        """What a record holds. Raises NewerSchema."""
        position = Position(record.topic, record.partition, record.offset)
        value: bytes = record.value or b""
        headers: EnrichedHeaders | None = None
        try:
            headers = EnrichedHeaders.read(record.headers, position)
            if headers.generation not in (None, self.number):
                return _Record(value=b"", position=position)
            article = decode(value)
            if article.provenance.received is None or article.provenance.content is None:
                raise InputError(
                    "an enriched article without its provenance",
                    where=where_of(position),
                    expected="provenance.received and provenance.content",
                )
        except InputError as error:
            return _Record(value=value, position=position, headers=headers, error=error)
        except (msgspec.DecodeError, ValueError) as error:
            bad = InputError(
                "an enriched record that is no article",
                where=where_of(position),
                found=str(error),
                expected="an article as `dateline process` writes it",
            )
            return _Record(value=value, position=position, headers=headers, error=bad)
        incoming = Incoming(article=article, enriched=headers.enriched)
        return _Record(value=value, position=position, headers=headers, incoming=incoming)

    def _write(self, client: Elasticsearch, batch: _Batch) -> None:
        """In the writer's thread: write, bury, count. Returns only when all is confirmed."""
        articles = [
            (record, record.incoming) for record in batch.records if record.incoming is not None
        ]
        while True:
            try:
                results = write(
                    client,
                    self.index,
                    [incoming for _record, incoming in articles],
                    self.run_.rules,
                    self.run_.clock,
                    on_displaced=self._bury_displaced,
                    stop=self._stopping,
                    tries=_TRIES,
                    odds=self._odds,
                )
                letters = [
                    self._letter(record, record.error) for record in batch.records if record.error
                ]
                for (record, _incoming), result in zip(articles, results, strict=True):
                    if result.error is not None:
                        letters.append(self._letter(record, result.error))
                self.run_.bury(letters)
            except Unavailable as error:
                if self._stopping():
                    raise
                self._away(str(error))
                continue
            break
        self._back()
        refused = [Result(outcome="refused") for record in batch.records if record.error]
        with self.run_.lock:
            self.run_.counters.count(self.number, [*results, *refused], len(batch.records))
        for letter in letters:
            self.run_.report(f"refused {letter.error}")
        for (_record, incoming), result in zip(articles, results, strict=True):
            identity = identity_of(incoming.article)
            if result.resurrected:
                self.run_.report(
                    f"{identity}: withdrawn before, shown again by a newer usable version"
                )
            if result.overruled:
                self.run_.report(
                    f"{identity}: a withdrawal came that is older than the version shown; "
                    "the story stays"
                )

    def _letter(self, record: _Record, error: InputError) -> DeadLetter:
        headers, incoming = record.headers, record.incoming
        provenance = incoming.article.provenance if incoming else None
        if provenance is not None:
            error.at(feed=provenance.feed, location=provenance.location)
        error.at(**_where(record.position))
        letter = DeadLetter.of(
            error,
            record.value,
            stage="sink",
            died=self.run_.clock(),
            item=headers.item if headers else None,
            items=headers.items if headers else None,
            origin=record.position,
            generation=headers.generation if headers else None,
            limit=self.run_.settings.max_document_bytes * ENRICHED_GROWTH,
        )
        return msgspec.structs.replace(
            letter,
            raw=headers.raw if headers else None,
            refused_by=self.number,
            feed=provenance.feed if provenance else None,
            format=provenance.format if provenance else None,
            location=provenance.location if provenance else None,
            received=provenance.received if provenance else None,
        )

    def _bury_displaced(self, displaced: list[Displaced]) -> None:
        letters: list[DeadLetter] = []
        for one in displaced:
            provenance = one.provenance
            letter = DeadLetter.of(
                one.error, one.article, stage="sink", died=self.run_.clock(), item=provenance.item
            )
            raw = None
            if None not in (provenance.topic, provenance.partition, provenance.offset):
                raw = Position(provenance.topic, provenance.partition, provenance.offset)  # type: ignore[arg-type]
            letters.append(
                msgspec.structs.replace(
                    letter,
                    raw=raw,
                    refused_by=self.number,
                    feed=provenance.feed,
                    format=provenance.format,
                    location=provenance.location,
                    received=provenance.received,
                )
            )
        self.run_.bury(letters)
        for letter in letters:
            self.run_.report(f"refused {letter.error}")

    def _await(self, consumer: KafkaConsumer, in_hand: Future[None]) -> None:
        """Until the write is done; the group must see that this consumer lives."""
        from concurrent.futures import wait

        paused: set[Any] = set()
        while not wait([in_hand], timeout=_KEEP_ALIVE).done:
            paused = set(consumer.assignment())
            consumer.pause(*paused)
            # A rebalance may bring partitions that are not paused: nothing they bring is lost.
            self._poll(consumer, 0.1)
        if paused:
            consumer.resume(*(paused & set(consumer.assignment())))

    def _positions(self, consumer: KafkaConsumer) -> dict[int, int]:
        """Where each partition goes on; with nothing in hand, all before it is dealt with.

        That it differs from what was committed last is rare: a commit that failed, or one for a
        partition that was another sink's meanwhile and had come further.
        """
        from kafka.errors import KafkaError

        found: dict[int, int] = {}
        for place in consumer.assignment():
            try:
                position = consumer.position(place, timeout_ms=0)
            except (KafkaError, OSError):
                continue
            known = self._paid.get(place.partition)
            if known is not None and position is not None and position != known:
                found[place.partition] = position
        return found

    def _commit(self, consumer: KafkaConsumer, offsets: Mapping[int, int]) -> None:
        """Everything before these offsets is in the index or among the dead letters.

        A commit that fails costs no article; it is owed, and tried again with the next one. Who
        waits for the group's position must not wait for ever.
        """
        from kafka import TopicPartition
        from kafka.errors import KafkaError
        from kafka.structs import OffsetAndMetadata

        topic = self.run_.topics.enriched
        self._owed.update(offsets)
        assigned = {place.partition for place in consumer.assignment()}
        # What is another sink's now is read again by it, from where it was committed.
        self._owed = {p: offset for p, offset in self._owed.items() if p in assigned}
        if not self._owed:
            return
        try:
            consumer.commit(
                {
                    TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)
                    for partition, offset in self._owed.items()
                },
                timeout_ms=int(_KAFKA_PATIENCE * 1000),
            )
        except (KafkaError, OSError) as error:
            if not self._commit_failed:
                self.run_.report(
                    f"generation {self.number}: offsets not committed yet "
                    f"({type(error).__name__}: {error})"
                )
            self._commit_failed = True
            return
        self._commit_failed = False
        self._paid.update(self._owed)
        self._owed.clear()

    def _reached(self, consumer: KafkaConsumer) -> bool:
        """Whether the group has committed all that this run is for; asked now and then."""
        from kafka import TopicPartition
        from kafka.errors import KafkaError

        if self.run_.until is None or time.monotonic() - self._looked < _LOOK:
            return False
        self._looked = time.monotonic()
        topic = self.run_.topics.enriched
        try:
            return all(
                end <= 0
                or (consumer.committed(TopicPartition(topic, partition), timeout_ms=5000) or 0)
                >= end
                for partition, end in self.run_.until.items()
            )
        except (KafkaError, OSError):
            return False

    def _away(self, what: str) -> None:
        """Say once that something is away, and wait a moment."""
        if self._waiting_for is None:
            self.run_.report(f"generation {self.number} waits: {what}")
        self._waiting_for = what
        deadline = time.monotonic() + _RETRY
        while not self._stopping() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _back(self) -> None:
        if self._waiting_for is not None:
            self._waiting_for = None
            self.run_.report(f"generation {self.number} goes on")


def _where(position: Position) -> dict[str, Any]:
    return {
        "topic": position.topic,
        "partition": position.partition,
        "offset": position.offset,
    }
