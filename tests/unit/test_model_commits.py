"""No committed position ever passes a record that is not finished: both stages against a model.

Generated schedules drive the real accounts of the processor (`_Batches` and `ConfirmedConsumer` in
a real Faust app) and of the sink (`_Feeder`): batches that end in any order or fail, commits that
fail, partitions that are lost and come back, stops. Kafka and Elasticsearch are a few dicts here.
The model is the set of records that are truly finished. After every step each committed position
is at most the first that is not; at the end, once nothing fails any more, everything is finished
and committed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Literal

import msgspec
import pytest
from aiokafka.errors import KafkaTimeoutError
from faust.types import TP
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kafka import TopicPartition, errors

from dateline.article import Article, Provenance, encode
from dateline.errors import Defect, InputError, NewerSchema, Unavailable
from dateline.records import DeadLetter, EnrichedHeaders, Position
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.versions import content_hash
from processors import stage as processing
from processors.app import make_app
from processors.confirmed import Gap
from processors.work import Outcome, Output, Record
from sinks import consuming, ledger
from sinks import stage as sinking
from sinks.generations import Generation
from sinks.stage import Run, _Feeder
from sinks.writer import Incoming, Result

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PARTITIONS = 2
#: the folder is the same for all examples on purpose: nothing of theirs lies in it
HEALTH = [HealthCheck.function_scoped_fixture]
Place = tuple[int, int]


class Kafka:
    """One topic and one group's positions. ``logs`` holds the offsets that exist: a log may have
    holes. ``finished``: the truth about each record, told by whoever saw its output safe."""

    def __init__(self, logs: Sequence[Sequence[int]]) -> None:
        self.logs = [sorted(log) for log in logs]
        self.finished: set[Place] = set()
        self.committed: dict[int, int] = {}
        #: the first commit that passed something, as it is to be reported
        self.violation: str | None = None

    def end(self, partition: int) -> int:
        return self.logs[partition][-1] + 1 if self.logs[partition] else 0

    def after(self, partition: int, offset: int) -> list[int]:
        """Offsets from this one on."""
        return [one for one in self.logs[partition] if one >= offset]

    def unfinished(self, partition: int) -> int:
        """The first offset that is not finished; the end where all are."""
        open_ = (at for at in self.logs[partition] if (partition, at) not in self.finished)
        return next(open_, self.end(partition))

    def commit(self, offsets: Mapping[int, int]) -> None:
        for partition, offset in offsets.items():
            self.committed[partition] = offset
            first = self.unfinished(partition)
            if offset > first and self.violation is None:
                # Not raised here: whoever commits may hide it.
                self.violation = f"committed {offset} of {partition}, {first} is not finished"

    def others_do(self, partition: int, count: int, before: Place | None = None) -> None:
        """Another worker has the partition, finishes so many records and commits them."""
        start = self.committed.get(partition, 0)
        for offset in self.after(partition, start)[:count]:
            if (partition, offset) == before:
                return
            self.finished.add((partition, offset))
            self.commit({partition: offset + 1})

    def done(self) -> bool:
        return all(
            self.committed.get(partition, 0) == self.end(partition)
            for partition in range(PARTITIONS)
        )

    def check(self) -> None:
        assert self.violation is None, self.violation


#: offsets of each partition: consecutive, with a hole here and there
logs = st.lists(
    st.tuples(st.integers(4, 40), st.sets(st.integers(1, 39), max_size=3)).map(
        lambda drawn: [at for at in range(drawn[0]) if at not in drawn[1]]
    ),
    min_size=PARTITIONS,
    max_size=PARTITIONS,
)
#: what happens next (a name), and a seed for its details
Step = tuple[str, int]


def schedules(weights: Mapping[str, int], steps: int) -> st.SearchStrategy[list[Step]]:
    """So many steps, each action as often as its weight says; a simpler one has more rests."""
    names = ["rest", *(name for name, weight in weights.items() for _ in range(weight))]
    step = st.tuples(st.sampled_from(names), st.integers(0, 9999))
    return st.lists(step, min_size=steps, max_size=steps)


# -- the processor


class Thread:
    """What Faust's consumer asks of its thread: the assignment, positions, commits."""

    def __init__(self, kafka: Kafka, topic: str) -> None:
        self.kafka = kafka
        self.topic = topic
        self.assigned: set[int] = set()
        #: commits on their way: the broker has not decided yet
        self.under_way: list[tuple[dict[int, int], int, asyncio.Future[bool]]] = []
        self.generation = 0

    def assignment(self) -> set[Any]:
        return {TP(self.topic, partition) for partition in self.assigned}

    async def seek_to_committed(self) -> dict[Any, int]:
        return {
            TP(self.topic, partition): self.kafka.committed[partition]
            for partition in self.assigned
            if partition in self.kafka.committed
        }

    async def commit(self, offsets: Mapping[Any, int]) -> bool:
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        told = {tp.partition: offset for tp, offset in offsets.items()}
        self.under_way.append((told, self.generation, future))
        return await future

    def decide(self, number: int) -> None:
        """The broker answers: it takes a commit of the present generation alone."""
        offsets, generation, future = self.under_way.pop(number % len(self.under_way))
        taken = generation == self.generation
        if taken:
            self.kafka.commit(offsets)
        if not future.done():
            future.set_result(taken)


class SlowPool:
    """A pool whose batches end when, and in the order in which, the schedule says so."""

    def __init__(self) -> None:
        self.batches: list[tuple[list[Record], asyncio.Future[list[Outcome]]]] = []

    async def run(self, records: list[Record]) -> list[Outcome]:
        future: asyncio.Future[list[Outcome]] = asyncio.get_running_loop().create_future()
        self.batches.append((records, future))
        return await future


class Wire:
    """One output topic: a record is finished once its output is confirmed here."""

    def __init__(self, kafka: Kafka) -> None:
        self.kafka = kafka
        self.sends: list[tuple[Place, asyncio.Future[None]]] = []

    async def send(self, *, key: bytes, value: bytes, headers: Any) -> asyncio.Future[None]:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        partition, offset = msgspec.json.decode(value)
        self.sends.append(((partition, offset), future))
        return future

    def answer(self, number: int, error: Exception | None) -> None:
        place, future = self.sends.pop(number % len(self.sends))
        if error is None:
            # Safe, whether or not anybody still waits for it.
            self.kafka.finished.add(place)
        if future.done():
            return
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)


class Processor:
    """One worker, its Kafka, and another worker that has whatever this one loses."""

    #: actions, and how often each comes
    WEIGHTS: ClassVar[dict[str, int]] = {
        "deliver": 10,
        "work_ends": 10,
        "answer": 12,
        "commit": 5,
        "decide": 1,
        "pass_by": 3,
        "work_fails": 2,
        "revoke": 1,
        "assign": 1,
        "stop": 1,
    }

    def __init__(
        self, folder: str, logs: list[list[int]], newer: Place | None, only: bool = False
    ) -> None:
        """only: a partial replay; what is missing in the logs was not chosen."""
        self.loop = asyncio.new_event_loop()
        self.kafka = Kafka(logs)
        self.chosen: Any = SimpleNamespace(next=self.next_chosen) if only else None
        self.newer = newer
        self.settings = msgspec.structs.replace(
            Settings(),
            kafka_bootstrap_servers="127.0.0.1:9",  # nobody ever connects
            data_dir=folder,
            nlp_in_flight=3,
        )
        self.topic = Topics.of(self.settings).raw
        self.gaps: set[Any] = set()
        self.passed_by: set[Place] = set()
        #: partition to where it is read on
        self.reading: dict[int, int] = {}
        self.chance = random.Random(0)
        self.start()

    def step(self, name: str, seed: int) -> None:
        self.chance = random.Random(seed)
        getattr(self, name)(self.chance)
        self.check()

    def check(self) -> None:
        self.kafka.check()
        # A jump is an alarm only where a record was passed by, or the log has a hole.
        for _topic, partition, expected, came in self.gaps:
            between = {(partition, at) for at in self.kafka.after(partition, expected) if at < came}
            assert between <= self.passed_by, f"{between - self.passed_by} were not passed by"
            if self.chosen is not None:
                assert between, "what was not chosen is no jump"

    def next_chosen(self, partition: int, offset: int) -> int | None:
        """See `dateline.selection.Chosen`."""
        return next(iter(self.kafka.after(partition, offset)), None)

    # -- the life of a worker

    def start(self) -> None:
        """Make an app, as `_Stage` does after an outage or a start."""
        self.run(self._start())
        self.revoked = False
        self.assigned(set(range(PARTITIONS)))

    async def _start(self) -> None:
        self.pool = SlowPool()
        self.wire = Wire(self.kafka)
        started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        started.set_result(None)
        batches = processing._Batches(self.settings, None, self.pool, started)  # type: ignore[arg-type]
        app = make_app(self.settings, batches.accept, gaps=self.gaps, chosen=self.chosen)

        async def nothing(*_: Any) -> None: ...

        app.producer = SimpleNamespace(flush=nothing)
        consumer = app.transport.create_consumer(
            callback=nothing, on_partitions_revoked=nothing, on_partitions_assigned=nothing
        )
        self.thread = consumer._thread = Thread(self.kafka, self.topic)
        app.consumer = consumer
        batches.attach(app, {"enriched": self.wire})
        self.app, self.consumer, self.batches = app, consumer, batches
        self.fetched: list[Any] = []
        self.accepting: asyncio.Task[None] | None = None

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        async def settled() -> None:
            await coroutine
            for _ in range(20):
                await asyncio.sleep(0)

        self.loop.run_until_complete(settled())

    def settle(self) -> None:
        self.run(asyncio.sleep(0))
        failure = self.batches.failure
        if failure is not None:
            assert isinstance(failure, Gap | NewerSchema | Defect), repr(failure)
            if isinstance(failure, NewerSchema):
                assert self.newer is not None
                assert self.kafka.committed.get(self.newer[0], 0) <= self.newer[1]
            self.stop(self.chance)

    # -- what may happen

    def rest(self, chance: random.Random) -> None:
        self.settle()

    def fetch(self) -> None:
        for partition, position in list(self.reading.items()):
            for offset in self.kafka.after(partition, position)[:3]:
                message = SimpleNamespace(
                    tp=TP(self.topic, partition),
                    topic=self.topic,
                    partition=partition,
                    offset=offset,
                    value=b"x",
                    headers=[],
                    generation_id=self.thread.generation,
                )
                self.fetched.append(SimpleNamespace(message=message))
                self.reading[partition] = offset + 1

    def deliver(self, chance: random.Random) -> None:
        """The agent's next batch; it waits while as many as allowed are in work."""
        if self.accepting is not None and not self.accepting.done():
            return
        if not self.fetched:
            if self.revoked:
                self.assign(chance)
            self.fetch()
        if not self.fetched:
            return
        count = chance.randint(1, 4)
        events, self.fetched = self.fetched[:count], self.fetched[count:]
        self.accepting = self.loop.create_task(self.batches.accept(events))
        self.settle()
        assert len(self.batches._tasks) <= self.settings.nlp_in_flight

    def work_ends(self, chance: random.Random) -> None:
        """Of any batch, in any order."""
        for _ in range(min(chance.randint(1, 2), len(self.pool.batches))):
            records, future = self.pool.batches.pop(chance.randrange(len(self.pool.batches)))
            if not future.cancelled():
                future.set_result([self.outcome(record) for record in records])
        self.settle()

    def work_fails(self, chance: random.Random) -> None:
        if self.pool.batches:
            _records, future = self.pool.batches.pop(chance.randrange(len(self.pool.batches)))
            if not future.cancelled():
                future.set_exception(Defect("the work function failed"))
            self.settle()

    def outcome(self, record: Record) -> Outcome:
        place = (record.position.partition, record.position.offset)
        if place == self.newer:
            return Outcome([], stop=NewerSchema("a newer record"))
        return Outcome([Output("enriched", b"k", msgspec.json.encode(place), [])])

    def answer(self, chance: random.Random) -> None:
        """Kafka confirms outputs, in any order, or the client gives one up."""
        for number in range(min(chance.randint(1, 5), len(self.wire.sends))):
            fails = number == 0 and chance.random() < 0.2
            at = chance.randrange(len(self.wire.sends))
            self.wire.answer(at, KafkaTimeoutError() if fails else None)
        self.settle()

    def commit(self, chance: random.Random) -> None:
        """Begins a commit; the broker's answer may take its time."""
        self.loop.create_task(self.consumer.commit())
        self.settle()
        if chance.random() < 0.7:
            self.decide(chance)

    def decide(self, chance: random.Random) -> None:
        if self.thread.under_way:
            self.thread.decide(0)
            self.settle()

    def pass_by(self, chance: random.Random) -> None:
        """Faust has ways to lose an event between the fetch and the agent; once at one place."""
        if not self.fetched:
            return
        number = chance.randrange(len(self.fetched))
        message = self.fetched[number].message
        if (message.partition, message.offset) not in self.passed_by:
            self.passed_by.add((message.partition, message.offset))
            del self.fetched[number]

    def revoke(self, chance: random.Random) -> None:
        """The group prepares to rebalance: until it has, the consumer still shows what it had."""
        if not self.revoked:
            self.revoked = True
            self.run(self.consumer.on_partitions_revoked(self.thread.assignment()))
            self.reading = {}

    def assign(self, chance: random.Random) -> None:
        """What this worker loses, another has meanwhile; events read before may still come."""
        self.revoke(chance)
        assigned = {p for p in range(PARTITIONS) if chance.random() < 0.75}
        if chance.random() < 0.5:
            self.fetched.clear()
        for partition in set(range(PARTITIONS)) - assigned:
            self.kafka.others_do(partition, chance.choice([0, 0, 3, 9]), self.newer)
        self.assigned(assigned)

    def assigned(self, assigned: set[int]) -> None:
        async def told() -> None:
            self.thread.generation += 1
            self.thread.assigned = set(assigned)
            self.app.consumer_generation_id = self.thread.generation
            await self.consumer.on_partitions_assigned(
                self.thread.assignment(), self.thread.generation
            )
            await self.consumer.perform_seek()

        self.run(told())
        self.revoked = False
        self.reading = {p: self.kafka.committed.get(p, 0) for p in assigned}

    def stop(self, chance: random.Random) -> None:
        """With batches in work, then started again; the answer to the last commit may be lost."""
        self.end_app(answered=chance.random() < 0.5)
        self.start()

    def end_app(self, answered: bool) -> None:
        self.run(self.batches.finish(0))
        last = self.loop.create_task(self.consumer.commit_and_end_transactions())
        self.run(asyncio.sleep(0))
        while self.thread.under_way and answered:
            self.thread.decide(0)
            self.run(asyncio.sleep(0))
        last.cancel()
        if self.accepting is not None:
            self.accepting.cancel()

    def end_well(self) -> None:
        """No more faults: all is finished and committed in a bounded number of steps."""
        self.newer = None  # somebody installed the newer program
        chance = self.chance
        self.stop(chance)
        for _ in range(200):
            if self.kafka.done():
                break
            self.deliver(chance)
            self.work_ends(chance)
            while self.wire.sends:
                self.wire.answer(0, None)
            self.settle()
            self.commit(chance)
            self.decide(chance)
            self.check()
        assert self.kafka.done(), (self.kafka.committed, self.kafka.logs)
        for partition in range(PARTITIONS):
            assert self.kafka.unfinished(partition) == self.kafka.end(partition)

    def close(self) -> None:
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.run(asyncio.sleep(0))
        self.loop.close()


@pytest.mark.timeout(900)  # a failure is made as small as can be first
@given(
    logs=logs,
    newer=st.sampled_from([None, None, (0, 3), (1, 5)]),
    only=st.booleans(),
    steps=schedules(Processor.WEIGHTS, 100),
)
@settings(max_examples=80, deadline=None, print_blob=True, suppress_health_check=HEALTH)
def test_the_processor_commits_nothing_unfinished(
    tmp_path: Path,
    logs: list[list[int]],
    newer: Place | None,
    only: bool,
    steps: list[Step],
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        # Between two tries there is nothing to wait for here.
        patched.setattr(processing, "RETRY_FIRST", 0.0)
        processor = Processor(str(tmp_path), logs, newer, only)
        try:
            for name, seed in steps:
                processor.step(name, seed)
            processor.end_well()
        finally:
            processor.close()


# -- the sink

#: what a record of the enriched topic is: an article that is written, one that the index refuses,
#: bytes that are no article, one for another generation
Kind = Literal["good", "refused", "broken", "other"]
#: what may be asked of the surroundings, and then not be given: before it is done, or after
Effect = Literal["write", "ledger", "bury"]


class Polled(msgspec.Struct):
    """The part of a consumer record that is used."""

    topic: str
    partition: int
    offset: int
    headers: list[tuple[str, bytes]]
    value: bytes


class Work(Future[None]):
    """A batch in a writer's thread that works when the schedule lets it, or when waited for."""

    def __init__(self, call: Callable[[], None]) -> None:
        super().__init__()
        self._call = call
        self._begun = False

    def go_on(self) -> None:
        if self._begun:
            return
        self._begun = True
        try:
            self._call()
        except BaseException as error:  # noqa: BLE001 - as an executor does
            self.set_exception(error)
        else:
            self.set_result(None)

    def result(self, timeout: float | None = None) -> None:
        self.go_on()
        super().result(timeout)


class Writer:
    """In the place of the executor: batches in hand, each a `Work`."""

    def __init__(self) -> None:
        self.works: list[Work] = []

    def submit(self, call: Callable[..., None], *given: Any) -> Work:
        work = Work(lambda: call(*given))
        self.works = [one for one in self.works if not one.done()] + [work]
        return work


class Consumer:
    """A Kafka consumer whose every poll is a step of the schedule (`Sink.step`)."""

    _coordinator = SimpleNamespace(rebalance_in_progress=lambda: False)

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.assigned: set[int] = set(range(PARTITIONS))
        self.paused: set[int] = set()
        #: partition to where it goes on; none where that is not known yet
        self.positions: dict[int, int] = {}
        self.rejoining = False

    def _place(self, partition: int) -> TopicPartition:
        return TopicPartition(self.sink.topic, partition)

    def assignment(self) -> set[TopicPartition]:
        return {self._place(partition) for partition in self.assigned}

    def pause(self, *places: TopicPartition) -> None:
        assert {place.partition for place in places} <= self.assigned
        self.paused |= {place.partition for place in places}

    def resume(self, *places: TopicPartition) -> None:
        assert {place.partition for place in places} <= self.assigned
        self.paused -= {place.partition for place in places}

    def seek_to_beginning(self, *places: TopicPartition) -> None:
        self.positions |= {place.partition: 0 for place in places}

    def position(self, place: TopicPartition, timeout_ms: int) -> int:
        if place.partition not in self.positions:
            raise errors.KafkaTimeoutError
        return self.positions[place.partition]

    def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Polled]]:
        self.sink.step()
        unknown = self.assigned - set(self.positions)
        for partition in unknown & set(self.sink.kafka.committed):
            self.positions[partition] = self.sink.kafka.committed[partition]
        if new := [self._place(partition) for partition in self.assigned - set(self.positions)]:
            raise errors.NoOffsetForPartitionError(new)
        if self.sink.failing_polls:
            self.sink.failing_polls -= 1
            raise errors.NodeNotReadyError
        polled: dict[TopicPartition, list[Polled]] = {}
        for partition in sorted(self.assigned - self.paused):
            room = min(self.sink.bringing, self.sink.settings.sink_batch)
            offsets = self.sink.kafka.after(partition, self.positions[partition])[:room]
            if offsets:
                polled[self._place(partition)] = [
                    self.sink.record(partition, offset) for offset in offsets
                ]
                self.positions[partition] = offsets[-1] + 1
                self.sink.bringing -= len(offsets)
        return polled

    def commit(self, offsets: Mapping[TopicPartition, Any], timeout_ms: int) -> None:
        told = {place.partition: known.offset for place, known in offsets.items()}
        assert set(told) <= self.assigned
        if self.rejoining:
            raise errors.RebalanceInProgressError
        fault = self.sink.commit_faults.pop() if self.sink.commit_faults else None
        if fault != "before":
            self.sink.kafka.commit(told)
        if fault is not None:
            raise errors.KafkaTimeoutError

    def rebalance(self, assigned: set[int]) -> None:
        """Whatever was kept starts again from what is committed, too: the old protocol does so."""
        self.assigned, self.paused, self.positions = assigned, set(), {}


class Sink:
    """One feeder after the other, their Kafka and their index, and another sink beside them."""

    #: polls without trouble in which all must be done
    PATIENCE = 200
    WEIGHTS: ClassVar[dict[str, int]] = {
        "bring": 8,
        "work_goes_on": 9,
        "commits_fail": 2,
        "polls_fail": 1,
        "effects_fail": 2,
        "breaks": 1,
        "group_rejoins": 1,
        "group_rebalances": 2,
        "stops": 2,
    }

    def __init__(
        self, folder: str, logs: list[list[int]], kinds: list[Kind], newer: Place | None
    ) -> None:
        self.kafka = Kafka(logs)
        self.kinds = kinds
        self.newer = newer
        self.settings = msgspec.structs.replace(
            Settings(), data_dir=folder, sink_batch=4, sink_linger=0.0
        )
        self.topic = Topics.of(self.settings).enriched
        self.steps: deque[Step] = deque()
        self.patience = self.PATIENCE
        self.failed_last = False
        self.bringing = self.failing_polls = 0
        self.commit_faults: list[str] = []
        self.effect_faults: list[tuple[Effect, bool]] = []
        self.broken = False
        #: what was done for each record
        self.written: set[Place] = set()
        self.recorded: set[Place] = set()
        self.buried: set[Place] = set()
        self.pass_others()

    # -- records, and what is done with them

    def kind(self, partition: int, offset: int) -> Kind:
        return self.kinds[(partition * 7 + offset) % len(self.kinds)]

    def pass_others(self) -> None:
        """Nothing is to be done with what another generation asked for, once it can be read."""
        places = {(partition, at) for partition, log in enumerate(self.kafka.logs) for at in log}
        others = {place for place in places if self.kind(*place) == "other"}
        self.kafka.finished |= others - {self.newer}

    def record(self, partition: int, offset: int) -> Polled:
        kind = self.kind(partition, offset)
        known = EnrichedHeaders(
            enriched=1,
            raw=Position("articles.raw", partition, offset),
            item=0,
            items=1,
            generation=2 if kind == "other" else None,
        )
        headers: list[tuple[str, bytes]] = list(known.headers())
        if (partition, offset) == self.newer:
            headers = [(n, b"99" if n == "schema" else value) for n, value in headers]
        if kind == "broken":
            return Polled(self.topic, partition, offset, headers, b"{")
        plain = Article(uri=f"urn:np:{partition}:{offset}", title="A")
        provenance = Provenance(
            received=T0,
            content=content_hash(plain),
            topic="articles.raw",
            partition=partition,
            offset=offset,
            item=0,
        )
        value = encode(msgspec.structs.replace(plain, provenance=provenance))
        return Polled(self.topic, partition, offset, headers, value)

    def effect(self, what: Effect, places: set[Place], done: set[Place]) -> None:
        """Done, or not, or done without an answer. Raises Unavailable."""
        fault = next((one for one in self.effect_faults if one[0] == what), None)
        if fault is not None:
            self.effect_faults.remove(fault)
        if fault is None or fault[1]:
            done |= places
            for place in places:
                needs = (
                    [self.written, self.recorded] if self.kind(*place) == "good" else [self.buried]
                )
                if all(place in where for where in needs):
                    self.kafka.finished.add(place)
        if fault is not None:
            raise Unavailable(f"{what} failed")

    def write(
        self, _client: Any, _index: str, batch: Sequence[Incoming], *_: Any, **__: Any
    ) -> Any:
        if self.broken:
            self.broken = False
            raise Defect("a bug")
        places = [_place_of(one.article) for one in batch]
        good = {place for place in places if self.kind(*place) == "good"}
        self.effect("write", good, self.written)
        return [
            Result(outcome="indexed")
            if place in good
            else Result(outcome="refused", error=InputError("the index refuses it"))
            for place in places
        ]

    def record_in_ledger(self, _client: Any, _index: str, entries: Any, **_: Any) -> None:
        places = {(entry.partition, entry.offset) for entry in entries}
        assert places <= self.written, "recorded before it was written"
        self.effect("ledger", places, self.recorded)

    def bury(self, letters: Sequence[DeadLetter]) -> None:
        origins = [letter.origin for letter in letters if letter.origin is not None]
        assert len(origins) == len(letters)
        self.effect("bury", {(one.partition, one.offset) for one in origins}, self.buried)

    # -- the life of a sink

    def run(self) -> BaseException | None:
        """One feeder, until the schedule stops it or its error ends it; returns the error."""
        self.stop = threading.Event()
        run = Run(
            self.settings,
            Topics.of(self.settings),
            self.stop,
            None,
            lambda: T0,
            lambda _line: None,
            lambda _provider: "versioncreated",
        )
        run.bury = self.bury  # type: ignore[method-assign]
        generation = Generation(
            number=1, id="x", index="i", state="complete", created=T0, template=1
        )
        self.feeder = _Feeder(run, generation)
        self.consumer, self.writer = Consumer(self), Writer()
        client: Any = None
        feeding: Any = self.feeder._feed
        try:
            feeding(self.consumer, client, self.writer)
        except (Defect, NewerSchema, Unavailable) as error:
            if isinstance(error, NewerSchema):
                assert self.newer is not None
                # All before it is done, and it is not passed.
                assert self.kafka.committed.get(self.newer[0], 0) <= self.newer[1]
                assert not isinstance(error, Unavailable)
            return error
        finally:
            # What was in a writer's hands when the process ended may be done, or not.
            for work in self.writer.works:
                if len(self.writer.works) % 2:
                    work.go_on()
            self.kafka.check()
        return None

    def step(self) -> None:
        """What happens during one poll."""
        self.kafka.check()
        assert len(self.writer.works) <= sinking._IN_HAND
        self.bringing = 0
        if self.steps:
            name, seed = self.steps.popleft()
            getattr(self, name)(random.Random(seed))
            return
        # No more trouble: the group is at peace, and everything goes on.
        self.patience -= 1
        self.effect_faults, self.broken = [], False
        # But the very last commit fails, too: no later one comes to make it good.
        ends = {partition: self.kafka.end(partition) for partition in range(PARTITIONS)}
        last = not self.failed_last and self.consumer.positions == ends
        self.commit_faults = ["before"] if last else []
        self.failed_last = self.failed_last or last
        self.consumer.rejoining = False
        if self.consumer.assigned != set(range(PARTITIONS)):
            self.consumer.rebalance(set(range(PARTITIONS)))
        for work in self.writer.works:
            work.go_on()
        self.bringing = 3
        if self.kafka.done() or self.patience < 0:
            self.stop.set()

    def rest(self, chance: random.Random) -> None: ...

    def bring(self, chance: random.Random) -> None:
        self.bringing = chance.randint(1, 6)

    def work_goes_on(self, chance: random.Random) -> None:
        """In any order; and records may come meanwhile."""
        waiting = [work for work in self.writer.works if not work.done()]
        chance.shuffle(waiting)
        for work in waiting[: chance.randint(1, 3)]:
            work.go_on()
        self.bringing = chance.choice([0, 0, 3])

    def commits_fail(self, chance: random.Random) -> None:
        self.commit_faults = chance.choices(["before", "after"], k=chance.randint(1, 3))

    def polls_fail(self, chance: random.Random) -> None:
        self.failing_polls = 1

    def effects_fail(self, chance: random.Random) -> None:
        effects: list[Effect] = ["write", "ledger", "bury"]
        self.effect_faults = [
            (chance.choice(effects), chance.random() < 0.5) for _ in range(chance.randint(1, 3))
        ]
        self.bringing = chance.choice([0, 3])

    def breaks(self, chance: random.Random) -> None:
        self.broken = chance.random() < 0.5

    def group_rejoins(self, chance: random.Random) -> None:
        """No commit is taken until the group knows who has what."""
        self.consumer.rejoining = True

    def group_rebalances(self, chance: random.Random) -> None:
        self.consumer.rejoining = False
        assigned = {p for p in range(PARTITIONS) if chance.random() < 0.75}
        for partition in set(range(PARTITIONS)) - assigned:
            self.kafka.others_do(partition, chance.choice([0, 2, 4, 40]), self.newer)
        self.consumer.rebalance(assigned)

    def stops(self, chance: random.Random) -> None:
        """The signal comes while a poll is under way, which may still bring something."""
        self.stop.set()
        self.bringing = chance.choice([0, 3])


def _place_of(article: Article) -> Place:
    partition, offset = article.uri.rsplit(":", 2)[1:]
    return int(partition), int(offset)


@pytest.mark.timeout(900)
@given(
    logs=logs,
    kinds=st.lists(
        st.sampled_from(["good", "good", "good", "refused", "broken", "other"]),
        min_size=1,
        max_size=12,
    ),
    newer=st.sampled_from([None, None, (0, 3), (1, 5)]),
    steps=schedules(Sink.WEIGHTS, 60),
)
@settings(max_examples=250, deadline=None, print_blob=True, suppress_health_check=HEALTH)
def test_the_sink_commits_nothing_unfinished(
    tmp_path: Path,
    logs: list[list[int]],
    kinds: list[Kind],
    newer: Place | None,
    steps: list[Step],
) -> None:
    sink = Sink(str(tmp_path), logs, kinds, newer)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sinking, "write", sink.write)
        patched.setattr(ledger, "record", sink.record_in_ledger)
        # Nothing here needs time.
        patched.setattr(consuming, "RETRY", 0.0)
        patched.setattr(consuming, "_KEEP_ALIVE", 0.0)
        sink.steps = deque(steps)
        while sink.steps:
            sink.run()
            # Without trouble even the feeder that had it comes to the end.
            assert sink.patience >= 0, (sink.kafka.committed, sink.kafka.logs)
        sink.newer = None  # somebody installed the newer program
        sink.pass_others()
        sink.patience = sink.PATIENCE
        assert sink.run() is None and sink.patience >= 0
    assert sink.kafka.done(), (sink.kafka.committed, sink.kafka.logs)
    for partition in range(PARTITIONS):
        assert sink.kafka.unfinished(partition) == sink.kafka.end(partition)
