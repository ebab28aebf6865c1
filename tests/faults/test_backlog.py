"""What the sink has read ahead and not written is never committed.

Found by the runs at random: while a slow write is awaited, a rebalance brings records of partitions
that are not paused. When all older batches are done, "where each partition goes on" lies behind
those records, which wait in memory; a sink that dies then must not have committed that.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import msgspec
import pytest

from dateline.records import EnrichedHeaders, Position
from sinks import consuming
from tests.unit.test_sink_commits import TOPIC, FakeConsumer, feeder, record

HEADERS = EnrichedHeaders(enriched=1, raw=Position("articles.raw", 0, 1), item=0, items=1).headers()


class Rebalanced(FakeConsumer):
    """Brings one record to a batch, three times; then, while those are written, one more."""

    def __init__(self, slow: threading.Event) -> None:
        super().__init__()
        self.offset = 0
        self.slow = slow
        self.paused = False

    def poll(self, timeout_ms: int) -> dict[Any, list[Any]]:
        if self.offset < 3 or (self.paused and self.offset < 4):
            self.offset += 1
            self.positions[0] = self.offset
            if self.offset == 4:
                self.slow.set()
            return {(TOPIC, 0): [record(self.offset - 1, HEADERS)]}
        time.sleep(timeout_ms / 1000)
        return {}

    def pause(self, *_places: Any) -> None:
        self.paused = True

    def resume(self, *_places: Any) -> None:
        self.paused = False


@pytest.mark.timeout(60)
def test_nothing_is_committed_past_what_waits_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    sink, _ = feeder()
    sink.run_.settings = msgspec.structs.replace(sink.run_.settings, sink_batch=1)
    slow = threading.Event()
    consumer: Any = Rebalanced(slow)
    written: list[int] = []
    ahead: list[tuple[int, int]] = []

    def write(_client: Any, batch: Any) -> None:
        if batch.offsets == {0: 1}:
            slow.wait(10)
        written.extend(one.position.offset for one in batch.records)
        if 3 in written:
            sink.run_.stop.set()

    def commit(offsets: Any, timeout_ms: int) -> None:
        FakeConsumer.commit(consumer, offsets, timeout_ms)
        if consumer.committed_[0] > len(written):
            ahead.append((consumer.committed_[0], len(written)))

    monkeypatch.setattr(consumer, "commit", commit)
    monkeypatch.setattr(sink, "_write", write)
    # As ever, but sooner: a write that takes this long is slow.
    monkeypatch.setattr(consuming, "_KEEP_ALIVE", 0.1)
    monkeypatch.setattr("sinks.stage.POLL", 0.01)
    client: Any = None
    with ThreadPoolExecutor(3) as writer:
        sink._feed(consumer, client, writer)
    assert sorted(written) == [0, 1, 2, 3]
    assert ahead == [], "committed, not written yet"
