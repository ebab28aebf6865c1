"""What a sink owes its group: a position that was not committed is committed later.

The consumer here is a fake that refuses commits as it is told; the real one does so while its group
is being rebalanced. Nothing else of Kafka is asked.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError, RebalanceInProgressError

from dateline.article import Article, Provenance, encode
from dateline.errors import NewerSchema
from dateline.records import EnrichedHeaders, Headers, Position
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.versions import content_hash
from sinks import consuming
from sinks.generations import Generation
from sinks.stage import Run, _Feeder

TOPIC = "articles.enriched"


class FakeConsumer:
    """Two partitions; ``refusals`` are raised, one for each commit, until there are none."""

    _coordinator = SimpleNamespace(rebalance_in_progress=lambda: False)

    def __init__(self) -> None:
        self.assigned = {0, 1}
        self.positions = {0: 0, 1: 0}
        self.committed_: dict[int, int] = {}
        self.refusals: list[Exception] = []

    def assignment(self) -> set[TopicPartition]:
        return {TopicPartition(TOPIC, partition) for partition in self.assigned}

    def position(self, place: TopicPartition, timeout_ms: int) -> int:
        return self.positions[place.partition]

    def commit(self, offsets: Mapping[TopicPartition, Any], timeout_ms: int) -> None:
        if self.refusals:
            raise self.refusals.pop()
        for place, offset in offsets.items():
            self.committed_[place.partition] = offset.offset

    def committed(self, place: TopicPartition, timeout_ms: int) -> int | None:
        return self.committed_.get(place.partition)


def feeder(until: dict[int, int] | None = None) -> tuple[_Feeder, list[str]]:
    told: list[str] = []
    run = Run(
        Settings(),
        Topics.of(Settings()),
        threading.Event(),
        until,
        lambda: dt.datetime.now(dt.UTC),
        told.append,
        lambda _provider: "versioncreated",
    )
    generation = Generation(
        number=1,
        id="x",
        index="articles-000001",
        state="complete",
        created=dt.datetime.now(dt.UTC),
        template=1,
    )
    return _Feeder(run, generation), told


def test_a_commit_that_failed_is_made_good_by_the_next_of_any_partition() -> None:
    sink, told = feeder()
    consumer: Any = FakeConsumer()
    consumer.refusals = [KafkaTimeoutError(), RebalanceInProgressError()]
    sink._commit(consumer, {0: 10})
    sink._commit(consumer, {})
    assert consumer.committed_ == {}
    sink._commit(consumer, {1: 7})
    assert consumer.committed_ == {0: 10, 1: 7}
    assert len(told) == 1 and "not committed yet" in told[0]


def test_what_another_sink_has_now_is_not_committed() -> None:
    sink, _ = feeder()
    consumer: Any = FakeConsumer()
    consumer.assigned = {1}
    sink._commit(consumer, {0: 10, 1: 7})
    consumer.assigned = {0, 1}
    sink._commit(consumer, {})
    assert consumer.committed_ == {1: 7}


def test_a_position_that_went_back_goes_forward_again_when_nothing_is_in_hand() -> None:
    """A batch of before a rebalance was committed after another sink had come further."""
    sink, _ = feeder()
    consumer: Any = FakeConsumer()
    consumer.committed_, consumer.positions = {0: 100}, {0: 100, 1: 0}
    sink._commit(consumer, {0: 50})
    assert consumer.committed_[0] == 50
    sink._commit(consumer, sink._positions(consumer))
    assert consumer.committed_ == {0: 100}
    assert sink._positions(consumer) == {}


def test_what_came_in_the_moment_of_the_stop_is_not_committed() -> None:
    """A poll brings records, and the stop comes before they are looked at: they wait in memory, and
    the consumer's position is past them already."""
    sink, _ = feeder()

    class Stopping(FakeConsumer):
        def poll(self, timeout_ms: int) -> dict[TopicPartition, list[Any]]:
            self.positions[0] = 3
            sink.run_.stop.set()
            known = EnrichedHeaders(enriched=1, raw=Position("articles.raw", 0, 1), item=0, items=1)
            return {TopicPartition(TOPIC, 0): [record(at, known.headers()) for at in range(3)]}

    consumer: Any = Stopping()
    sink._commit(consumer, {0: 0})
    with ThreadPoolExecutor(1) as writer:
        sink._feed(consumer, client=None, writer=writer)  # type: ignore[arg-type]
    assert consumer.committed_ == {0: 0}


def test_the_end_of_a_run_is_seen_with_records_waiting() -> None:
    sink, _ = feeder(until={0: 10, 1: 0})
    consumer: Any = FakeConsumer()
    sink._backlog = [object()]
    sink._commit(consumer, {0: 12})
    assert sink._reached(consumer)


def record(offset: int, headers: Headers) -> Any:
    plain = Article(uri=f"urn:np:{offset}", title="A")
    provenance = Provenance(received=dt.datetime.now(dt.UTC), content=content_hash(plain))

    class Polled(msgspec.Struct):
        topic: str
        partition: int
        offset: int
        headers: Headers
        value: bytes

    value = encode(msgspec.structs.replace(plain, provenance=provenance))
    return Polled(TOPIC, 0, offset, headers, value)


def test_what_came_before_a_newer_record_is_still_written() -> None:
    sink, _ = feeder()
    known = EnrichedHeaders(enriched=1, raw=Position("articles.raw", 0, 1), item=0, items=1)
    newer = [(name, b"99" if name == "schema" else value) for name, value in known.headers()]
    sink._backlog = [record(0, known.headers()), record(1, newer), record(2, known.headers())]
    consumer: Any = FakeConsumer()
    batch = sink._gather(consumer, idle=True)
    assert [one.position.offset for one in batch.records] == [0]
    assert batch.offsets == {0: 1}
    assert isinstance(sink._newer, NewerSchema)
    # Nothing of it, nor after it, is ever taken.
    assert sink._gather(consumer, idle=True).records == []


def test_a_consumer_that_could_not_read_does_not_blind_the_watchdog(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says so once, and that it reads on; but only a write that waits counts as an outage."""
    monkeypatch.setattr(consuming, "RETRY", 0.0)
    sink, told = feeder()
    consumer: Any = FakeConsumer()
    known = EnrichedHeaders(enriched=1, raw=Position("articles.raw", 0, 0), item=0, items=1)
    answers: list[Any] = [
        KafkaTimeoutError(),
        KafkaTimeoutError(),
        {},
        {TopicPartition(TOPIC, 0): [record(0, known.headers())]},
    ]

    def poll(timeout_ms: int) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    consumer.poll = poll
    for _ in range(4):
        sink._poll(consumer, 0.0)
        assert not sink.waits
    assert [line.partition(":")[0] for line in told] == [
        "generation 1 waits",
        "generation 1 reads on",
    ]
    sink._away("Elasticsearch")
    assert sink.waits
    sink._back()
    assert not sink.waits
