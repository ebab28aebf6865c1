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

import contextlib
import datetime as dt
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Container, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.article import decode
from dateline.breaker import Bad, Breaker
from dateline.connections import close_producer, elasticsearch_client, kafka_admin, kafka_connected
from dateline.errors import InputError, NewerSchema, Unavailable
from dateline.identity import identity_of
from dateline.ledger import of_article
from dateline.lineage import Lineage, Results, holds
from dateline.logs import Note
from dateline.metrics.stage import Watch
from dateline.offsets import committed, ends, members
from dateline.providers import order_of
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    utc_now,
    where_of,
)
from dateline.selection import Chosen
from dateline.settings import Settings
from dateline.structs import prepare
from dateline.topics import CODEC, ENRICHED_GROWTH, Topics, ensure_topics, max_record_bytes
from dateline.watchdog import Stalled, Watchdog
from sinks import generations, ledger
from sinks.consuming import KAFKA_PATIENCE, POLL, Consuming
from sinks.observer import Observer, refusal
from sinks.recorder import Recorder
from sinks.writer import Displaced, Incoming, Odds, Result, Rules, write

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer

    from sinks.generations import Generation

Clock = Callable[[], dt.datetime]
Report = Callable[[str], None]

#: seconds between two looks for generations that came or went
DISCOVERY = 2.0
#: bytes of values in one batch, which is as much again in each of its forms
_BATCH_BYTES = 16 * 1024 * 1024
#: of one batch, some three seconds, before somebody is told that Elasticsearch is away
_TRIES = 5
#: Batches being written at once: while Elasticsearch works on one, another is folded and encoded.
_IN_HAND = 3
#: seconds between two looks whether the end of a run (``until``) is reached
_LOOK = 0.5


#: seconds between two looks at the positions; without any move and any attempt for so many seconds
#: the sink has hung (a request that gets no answer is an attempt after a minute)
_WATCH, _STALL = 5.0, 180.0
#: looks in a row that find records waiting and nobody in the group, before a thread joins again
_DROPPED = 4
#: seconds that threads are waited for after that, each
_HUNG = 2.0


class History:
    """Which enriched records a generation is built from (see `dateline.lineage`).

    base: how the generation was built whose records they are. results: of its partial replays.
    chosen: of a partial replay, the raw records whose articles are written. refused: items (their
    raw partition, offset, number) that the ledger calls dead, and that may be taken now.
    """

    def __init__(
        self,
        generation: int,
        base: Lineage,
        results: Results,
        chosen: Chosen | None = None,
        refused: Container[tuple[int, int, int]] = (),
    ) -> None:
        self.generation, self.refused = generation, refused
        self._base, self._results, self._chosen = base, results, chosen

    def takes(self, headers: EnrichedHeaders, position: Position) -> bool:
        """Whether a record is one of them."""
        raw = headers.raw
        if self._chosen is not None and (raw.partition, raw.offset) not in self._chosen:
            return False
        place = (position.partition, position.offset)
        return holds(self._base, self._results, headers.generation, raw, place)


def history_group(group: str) -> str:
    """The consumer group that brings a generation's history, by that which feeds it."""
    return f"{group}-history"


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
    history: History | None = None,
    clock: Clock = utc_now,
    report: Report = lambda _line: None,
    rules: Rules | None = None,
    watch: Watch | None = None,
) -> Counters:
    """Feed generations (all that exist, discovered anew, unless named) until ``stop`` is set.

    until: partition of ``articles.enriched`` to offset; the run ends by itself once the groups'
    committed offsets have reached it. report: one line for whatever somebody should see.
    rules: provider's key to its rule (`dateline.providers.order_of` unless given).
    watch: is told how it does.
    history: what lies before the place from which a generation is fed, for one that is built from
    enriched records; it names the generation, which nobody else feeds yet, and needs ``until``.
    A stop finishes and commits the batch in hand. Raises Unavailable where a server is away at the
    start, TooManyBad (`dateline.breaker`), NewerSchema, UsageError, Defect.
    """
    prepare()
    rules = rules or order_of
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
    watch = watch or Watch(settings, "sink")
    run = Run(settings, topics, stop, until, clock, report, rules, history, watch)
    try:
        return run.feed(None if generations is None else list(generations))
    finally:
        run.close()


class Run:
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
        history: History | None = None,
        watch: Watch | None = None,
    ) -> None:
        self.observer = Observer(watch or Watch(settings, "sink"), settings)
        self.settings, self.topics, self.until = settings, topics, until
        self.history = history
        self.clock, self.report, self.rules = clock, report, rules
        self.counters = Counters()
        self.lock = threading.Lock()
        self.failed: BaseException | None = None
        #: set by the caller, or by the first feeder that fails
        self.stop, self.abort = stop, threading.Event()
        self._producer: KafkaProducer | None = None
        #: what `watch` looks at
        self.watched: list[Consuming] = []
        #: what the watchdog says of Kafka while that does not answer it
        self._away: str | None = None
        self.observer.began(self._hindered)

    def _hindered(self) -> str | None:
        """Why it does not work now: one of its threads waits for something."""
        if self._away is not None:
            return self._away
        with self.lock:
            watched = list(self.watched)
        return next((told for one in watched if (told := one.hindered)), None) or (
            None if watched else "starting"
        )

    def stopping(self) -> bool:
        return self.stop.is_set() or self.abort.is_set()

    def feed(self, wanted: list[int] | None) -> Counters:
        # By the index's UUID: one that was deleted and made again has the old one's number.
        feeders: dict[str, _Feeder] = {}
        recorders: list[Recorder] = []
        recorded: str | None = None
        gone: list[Consuming] = []
        with elasticsearch_client(self.settings) as client:
            generations.ensure(client, self.settings, clock=self.clock)
            ledger.ensure(client, self.settings)
            watcher = threading.Thread(target=self.watch, name="watchdog", daemon=True)
            watcher.start()
            try:
                looked = -DISCOVERY
                while not self.stopping():
                    self.observer.turned()
                    found = into = None
                    if time.monotonic() - looked >= DISCOVERY:
                        found, into = self._fed(client, wanted)
                        looked = time.monotonic()
                    if found is not None:
                        for known in set(feeders) - {one.id for one in found}:
                            feeders[known].leave()
                            self.report(f"{feeders[known].what} is gone; no longer fed")
                            gone.append(feeders.pop(known))
                        for one in found:
                            if one.id not in feeders:
                                feeders[one.id] = _Feeder(self, one)
                                feeders[one.id].start()
                    # One that takes what a generation lacks ends by itself: it is nobody's ledger.
                    if into is not None and into.id != recorded and self.until is None:
                        for recorder in recorders:
                            recorder.leave()
                        gone += recorders
                        recorded = into.id
                        recorders = [
                            Recorder(self, into, topic)
                            for topic in (self.topics.dead, self.topics.skipped)
                        ]
                        for recorder in recorders:
                            recorder.start()
                    running = [feeder for feeder in feeders.values() if feeder.is_alive()]
                    if self.until is not None and feeders and not running:
                        break
                    with self.lock:
                        self.watched = [*feeders.values(), *recorders]
                    self.stop.wait(0.1)
            finally:
                self.abort.set()
                patience = _HUNG if isinstance(self.failed, Stalled) else None
                for thread in [*feeders.values(), *recorders, *gone]:
                    thread.join(patience)
        if self.failed is not None:
            raise self.failed
        return self.counters

    def _fed(
        self, client: Elasticsearch, wanted: list[int] | None
    ) -> tuple[list[Generation] | None, ledger.Ledger | None]:
        """The generations that were begun and are wanted, and the ledger; None while nobody
        answers.

        Raises UsageError for a wanted one that does not exist.
        """
        try:
            if self.history is not None:
                one = generations.by_number(client, self.settings, self.history.generation)
                return [one], None
            existing = generations.fed(client, self.settings)
            if wanted is None and not existing:
                # Somebody wiped Elasticsearch while the sink runs.
                generations.ensure(client, self.settings, clock=self.clock)
                existing = generations.fed(client, self.settings)
            # The same for the ledger, which has nobody else to look after it.
            into = ledger.find(client, self.settings) or ledger.ensure(client, self.settings)
            if wanted is None:
                return existing, into
            for number in set(wanted) - {one.number for one in existing}:
                # It exists, but was not begun: somebody may be about to, unless an end is set.
                missing = generations.by_number(client, self.settings, number)
                if self.until is not None:
                    raise generations.not_begun(missing)
        except Unavailable:
            return None, None
        return [one for one in existing if one.number in wanted], into

    def watch(self) -> None:
        """In a thread of its own: see to it that what waits is worked on. See `_STALL`."""
        watched: dict[Consuming, _Watched] = {}
        admin: KafkaAdminClient | None = None
        while not self.abort.wait(_WATCH) and not self.stop.is_set():
            with self.lock:
                alive = [one for one in self.watched if one.is_alive()]
            watched = {one: watched.get(one) or _Watched(one) for one in alive}
            try:
                admin = admin or kafka_admin(self.settings)
                for one in watched.values():
                    one.look(admin)
                self._away = None
            except Unavailable as error:
                self._away = str(error)
                for one in watched.values():
                    one.dog.outage()
                if admin is not None:
                    with contextlib.suppress(Exception):
                        admin.close()
                admin = None
            except Stalled as error:
                self.fail(error)
            self.observer.watched()
        if admin is not None:
            admin.close()

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
                future.get(timeout=KAFKA_PATIENCE)
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
            close_producer(producer, timeout=5)


class _Watched:
    """What the watchdog knows of one thread."""

    def __init__(self, consuming: Consuming) -> None:
        self.dog = Watchdog(_STALL, stage=f"sink ({consuming.what})")
        self._one = consuming
        self._without = 0

    def look(self, admin: KafkaAdminClient) -> None:
        """Raises Unavailable, Stalled."""
        one = self._one
        position = committed(admin, one.group, one.topic)
        end = ends(admin, one.topic)
        if one.run_.history is None:
            one.run_.observer.looked(one.topic, one.generation, position, end)
        behind = {p for p, offset in end.items() if offset > position.get(p, 0)}
        # kafka-python 3.0 was seen to fall out of its group, alive, and not to join again.
        self._without = self._without + 1 if behind and not members(admin, one.group) else 0
        if self._without and self._without % _DROPPED == 0:
            one.join_again()
        if one.waits:
            self.dog.outage()
        self.dog.look(position, bool(self._without or behind & one.assigned), one.attempts)


class _Feeder(Consuming):
    """Feeds one generation."""

    def __init__(self, run: Run, generation: Generation) -> None:
        group = generations.group_of(run.settings, generation)
        super().__init__(
            run,
            name=f"sink-{generation.number:06d}",
            what=f"generation {generation.number}",
            topic=run.topics.enriched,
            group=group if run.history is None else history_group(group),
        )
        self.number = generation.number
        self.index = generation.index
        #: a newer Dateline's record: raised once all before it is written
        self._newer: NewerSchema | None = None
        self._looked = 0.0
        self._odds = Odds()
        self._breaker = Breaker(
            f"{run.settings.topic_prefix}sink-{self.number:06d}",
            run.settings,
            run.settings.data_path,
        )
        self.generation = str(self.number)
        self._observer = run.observer.feeding(
            self.number, self.index, lambda: self._breaker.half_open, live=run.history is None
        )

    def work(self, consumer: KafkaConsumer) -> None:
        """See `Consuming`."""
        with (
            elasticsearch_client(self.run_.settings) as client,
            ThreadPoolExecutor(_IN_HAND, f"{self.name}-writer") as writer,
        ):
            self._feed(consumer, client, writer)

    def ends(self) -> None:
        """See `Consuming`."""
        self._observer.ends()

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
                wait = POLL if idle else settings.sink_linger
            before = len(self._backlog)
            self._poll(consumer, wait)
            if len(self._backlog) == before and not batch.offsets:
                return batch
        return batch

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
            if not self._takes(headers, position):
                return _Record(value=b"", position=position)
            article = decode(value)
            if article.provenance.received is None or article.provenance.content is None:
                raise InputError(
                    "an enriched article without its provenance",
                    where=where_of(position),
                    expected="provenance.received and provenance.content",
                )
        except InputError as error:
            if headers is None and self.run_.history is not None:
                return _Record(value=b"", position=position)  # refused when it came
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

    def _takes(self, headers: EnrichedHeaders, position: Position) -> bool:
        if self.run_.history is not None:
            return self.run_.history.takes(headers, position)
        return headers.generation in (None, self.number)

    def _write(self, client: Elasticsearch, batch: _Batch) -> None:
        """In the writer's thread: write, bury, count. Returns only when all is confirmed."""
        articles = [
            (record, record.incoming) for record in batch.records if record.incoming is not None
        ]
        results: list[Result] | None = None
        letters: list[DeadLetter] | None = None
        buried = False
        begun = time.monotonic()
        while True:
            try:
                if results is None:
                    results = write(
                        client,
                        self.index,
                        [incoming for _record, incoming in articles],
                        self.run_.rules,
                        self.run_.clock,
                        on_displaced=self._bury_displaced,
                        stop=self._stopping,
                        pause=self._pause,
                        tries=_TRIES,
                        odds=self._odds,
                    )
                if letters is None:
                    letters = self._letters(batch, articles, results)
                    self._breaker.check(_verdicts(batch, articles, results))
                if not buried:
                    self.run_.bury(letters)
                    buried = True
                self._record_in_ledger(client, articles, results)
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
        self._observer.wrote(
            [
                (incoming.article, record.headers, record.position, result)
                for (record, incoming), result in zip(articles, results, strict=True)
            ],
            [(record.error, record.position) for record in batch.records if record.error],
            len(batch.records),
            time.monotonic() - begun,
        )
        for letter in letters:
            self.run_.report(refusal(letter))
        for (_record, incoming), result in zip(articles, results, strict=True):
            identity = identity_of(incoming.article)
            if result.resurrected:
                self.run_.report(
                    Note(
                        f"{identity}: withdrawn before, shown again by a newer usable version",
                        event="resurrected",
                        uri=identity,
                    )
                )
            if result.overruled:
                self.run_.report(
                    Note(
                        f"{identity}: a withdrawal came that is older than the version shown; "
                        "the story stays",
                        event="overruled",
                        uri=identity,
                    )
                )

    def _letters(
        self,
        batch: _Batch,
        articles: Sequence[tuple[_Record, Incoming]],
        results: Sequence[Result],
    ) -> list[DeadLetter]:
        letters = [self._letter(record, record.error) for record in batch.records if record.error]
        for (record, _incoming), result in zip(articles, results, strict=True):
            if result.error is not None:
                letters.append(self._letter(record, result.error))
        return letters

    def _record_in_ledger(
        self,
        client: Elasticsearch,
        articles: Sequence[tuple[_Record, Incoming]],
        results: Sequence[Result],
    ) -> None:
        """What was refused comes into the ledger with its dead letter (`sinks.recorder`)."""
        history = self.run_.history
        now = self.run_.clock()
        entries = [
            of_article(
                incoming.article,
                result.outcome,
                raw=record.headers.raw,
                item=record.headers.item,
                items=record.headers.items,
                written=now,
            )
            for (record, incoming), result in zip(articles, results, strict=True)
            if result.error is None
            and record.headers is not None
            # All else was recorded by whoever fed the generation that is read.
            and (history is None or _item(record.headers) in history.refused)
        ]
        if history is not None and not entries:
            return
        ledger.record(
            client,
            ledger.index_of(self.run_.settings),
            entries,
            stop=self._stopping,
            pause=self._pause,
            tries=_TRIES,
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
            self.run_.report(refusal(letter))

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


def _item(headers: EnrichedHeaders) -> tuple[int, int, int]:
    return headers.raw.partition, headers.raw.offset, headers.item


def _verdicts(
    batch: _Batch, articles: Sequence[tuple[_Record, Incoming]], results: Sequence[Result]
) -> list[Bad | None]:
    """Of this generation's records, in the order in which they were read."""
    refused = {
        record.position: (result.error, identity_of(incoming.article))
        for (record, incoming), result in zip(articles, results, strict=True)
        if result.error is not None
    }
    verdicts: list[Bad | None] = []
    for record in batch.records:
        if record.error is not None:
            verdicts.append(Bad(record.error.what, record.position))
        elif record.position in refused:
            error, identity = refused[record.position]
            verdicts.append(Bad(error.what.replace(identity, "of a story"), record.position))
        elif record.incoming is not None:
            verdicts.append(None)
    return verdicts


def _where(position: Position) -> dict[str, Any]:
    return {
        "topic": position.topic,
        "partition": position.partition,
        "offset": position.offset,
    }
