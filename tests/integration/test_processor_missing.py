"""Positions that are not there any more stop the processor: an alarm, not a jump."""

from __future__ import annotations

import functools
import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from dateline.connections import kafka_admin, kafka_connected
from dateline.errors import Defect, Where
from dateline.offsets import committed, ends, set_committed
from dateline.records import RawDocument, sha256, utc_now
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics
from processors import positions, stage
from processors.app import group_of
from processors.stage import run_processor
from tests.integration.whole import ninjs, wait_for

pytestmark = pytest.mark.servers


class Wire:
    """The raw topic: what comes into it, and what is lost from it."""

    def __init__(self, settings: Settings, admin: KafkaAdminClient, producer: Any) -> None:
        self.settings, self.admin, self.producer = settings, admin, producer
        self.topics: Topics = ensure_topics(admin, settings)

    def publish(self, count: int, partition: int = 0) -> None:
        for number in range(count):
            item = ninjs(f"urn:test:{partition}:{number}", "Text.", language="und")
            value = msgspec.json.encode(item)
            document = RawDocument(
                value=value,
                feed="test",
                format="ninjs",
                location="test",
                received=utc_now(),
                sha256=sha256(value),
            )
            self.producer.send(
                self.topics.raw, value, headers=document.headers(), partition=partition
            ).get(timeout=30)

    def delete(self, before: int, partition: int = 0) -> None:
        self.admin.delete_records({TopicPartition(self.topics.raw, partition): before})

    def begin_at(self, position: Mapping[int, int], generation: int | None = None) -> None:
        group = group_of(self.settings, generation)
        self.position(generation)  # waits for a new cluster to have a place for groups
        set_committed(self.admin, group, self.topics.raw, dict(position))

    def position(self, generation: int | None = None) -> dict[int, int]:
        return committed(self.admin, group_of(self.settings, generation), self.topics.raw)

    def enriched(self) -> int:
        return sum(ends(self.admin, self.topics.enriched).values())

    def run(self, **options: Any) -> int:
        return run_processor(self.settings, languages=(), **options)


@pytest.fixture
def wire(settings: Settings) -> Iterator[Wire]:
    producer = kafka_connected(KafkaProducer, settings)
    with kafka_admin(settings) as admin:
        yield Wire(settings, admin, producer)
    producer.close()


@pytest.fixture
def no_look_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the records had been there until a moment ago."""

    async def nothing(_stage: Any) -> None: ...

    monkeypatch.setattr(stage._Stage, "_check_positions", nothing)


@pytest.mark.parametrize("until", [None, {0: 2000}])
@pytest.mark.parametrize("generation", [None, 2])
def test_a_position_past_the_end_is_an_alarm_before_anything_is_taken(
    wire: Wire, until: dict[int, int] | None, generation: int | None
) -> None:
    wire.publish(3)
    wire.begin_at({0: 1000}, generation)
    with pytest.raises(Defect, match="records are missing") as caught:
        wire.run(until=until, generation=generation, ready=lambda: pytest.fail("it began"))
    error = caught.value
    assert error.exit_status == 1
    assert error.where == Where(topic=wire.topics.raw, partition=0, offset=1000)
    assert error.found == "a log that begins at 0 and ends at 3"
    assert f"--group {group_of(wire.settings, generation)} " in str(error.remedy)
    assert (wire.position(generation), wire.enriched()) == ({0: 1000}, 0)


def test_a_position_before_the_logs_beginning_is_an_alarm_until_a_person_sets_it(
    wire: Wire,
) -> None:
    wire.publish(8)
    wire.begin_at({0: 3})
    wire.delete(before=5)
    until = ends(wire.admin, wire.topics.raw)
    with pytest.raises(Defect, match="records are missing") as caught:
        wire.run(until=until)
    assert caught.value.found == "a log that begins at 5 and ends at 8"
    assert (wire.position(), wire.enriched()) == ({0: 3}, 0)
    wire.begin_at({0: 5})
    assert wire.run(until=until) == 0
    assert (wire.position(), wire.enriched()) == ({0: 8}, 3)


@pytest.mark.parametrize("position", [{}, {0: 0, 1: 0}])
def test_a_group_that_never_was_anywhere_begins_with_what_is_left(
    wire: Wire, position: dict[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    """A position of 0 is what `dateline replay` sets."""
    wire.publish(8)
    wire.publish(4, partition=1)
    wire.delete(before=5)
    wire.delete(before=4, partition=1)
    wire.begin_at(position)
    with caplog.at_level(logging.ERROR, logger="processors"):
        assert wire.run(until=ends(wire.admin, wire.topics.raw)) == 0
    assert wire.position()[0] == 8
    assert wire.enriched() >= 3  # a jump makes it begin again once
    # It is told, though: nobody but the log's reader may know of these.
    assert f"records 0 to 4 are missing from {wire.topics.raw}[0]" in caplog.text


@pytest.mark.usefixtures("no_look_at_the_start")
@pytest.mark.parametrize(
    ("lose", "until"),
    [
        (lambda wire: wire.begin_at({0: 1000}), None),
        (lambda wire: wire.delete(before=5), {0: 2000}),
    ],
)
def test_a_position_that_is_lost_while_nothing_comes_is_seen(
    wire: Wire, lose: Callable[[Wire], None], until: dict[int, int] | None
) -> None:
    wire.publish(5)
    wire.begin_at({0: 3})
    lose(wire)
    with pytest.raises(Defect, match="records are missing"):
        wire.run(until=until)


@pytest.mark.usefixtures("no_look_at_the_start")
def test_a_log_that_was_cut_and_filled_up_between_two_looks_is_seen(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker really sends the consumer back; that a look finds nothing is a fake, as if others
    had published a thousand records by then."""
    monkeypatch.setattr(positions, "check", lambda *_given: None)
    wire.publish(5)
    wire.begin_at({0: 1000})
    with pytest.raises(Defect, match="records are missing") as caught:
        wire.run()
    assert caught.value.found == "offset 0, which came next"
    assert (wire.position(), wire.enriched()) == ({0: 1000}, 0)


WORKER = """
import sys, msgspec
from dateline.settings import Settings
from processors import stage

stage.LOOK = 3600.0
settings = msgspec.json.decode(sys.argv[1], type=Settings)
sys.exit(stage.run_processor(settings, languages=()))
"""


def test_records_that_are_deleted_under_a_worker_are_no_jump(wire: Wire, tmp_path: Path) -> None:
    """Between two looks of its own; it starts again from what is committed, and that is gone."""
    wire.publish(5)
    log = tmp_path / "log"
    command = [sys.executable, "-c", WORKER, msgspec.json.encode(wire.settings).decode()]
    with log.open("wb") as errors, subprocess.Popen(command, stderr=errors) as worker:
        try:
            wait_for(lambda: wire.position() == {0: 5}, what="it has caught up")
            worker.send_signal(signal.SIGSTOP)
            # One by one: a fetch on its way brings the first alone.
            wire.publish(4)
            wire.delete(before=9)
            wire.publish(2)
            worker.send_signal(signal.SIGCONT)
            assert worker.wait(120) == 1
        finally:
            worker.kill()
    assert b"records are missing" in log.read_bytes()
    assert wire.position()[0] < 9


def test_a_worker_that_is_at_the_end_is_not_stopped(wire: Wire) -> None:
    stop = threading.Event()
    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(wire.run(stop=stop)))
    thread.start()

    def done(count: int) -> bool:
        return wire.position() == {0: count}

    try:
        for count in (3, 6, 9):
            wire.publish(3)
            wait_for(functools.partial(done, count), what=f"{count} done")
            wire.delete(before=count)  # what is done may go
    finally:
        stop.set()
        thread.join(60)
    assert ended == [0]
