"""The processor on a real Kafka: nothing passed by, nothing lost, bad input set aside."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from dateline.article import decode
from dateline.connections import kafka_admin, kafka_options
from dateline.errors import NewerSchema
from dateline.identity import partition_of, raw_key
from dateline.offsets import committed, ends
from dateline.records import DeadLetter, EnrichedHeaders, Position, RawDocument, sha256
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics, max_record_bytes
from processors.app import group_of
from processors.confirmed import ConfirmedConsumer
from processors.stage import run_processor

pytestmark = pytest.mark.servers

TEXT = (
    "Die Bundesregierung hat am Montag in Berlin neue Hilfen angekündigt. "
    "Der Minister sprach mit Angela Merkel und Vertretern der Vereinten Nationen in Genf."
)
#: seconds that anything may take on a busy machine
LONG = 120.0


def ninjs(number: int | str, **fields: Any) -> bytes:
    told = {
        "uri": f"urn:test:{number}",
        "version": "1",
        "headline": f"Meldung {number}",
        "body_text": f"{TEXT} Das ist die Nummer {number}.",
        "language": "de",
        "versioncreated": "2026-01-01T12:00:00Z",
    }
    return json.dumps(told | fields).encode()


@pytest.fixture
def topics(settings: Settings) -> Topics:
    admin = kafka_admin(settings)
    try:
        return ensure_topics(admin, settings)
    finally:
        admin.close()


def publish(
    settings: Settings,
    values: Sequence[bytes],
    *,
    headers: Callable[[RawDocument], list[tuple[str, bytes]]] = RawDocument.headers,
    partition: int | None = None,
) -> None:
    from kafka import KafkaProducer

    producer = KafkaProducer(**kafka_options(settings), max_request_size=max_record_bytes(settings))
    sent = []
    for number, value in enumerate(values):
        document = RawDocument(
            value=value,
            feed="test",
            format="ninjs",
            location=f"test:{number}",
            received=dt.datetime.now(dt.UTC),
            sha256=sha256(value),
        )
        identity = document.sha256
        sent.append(
            producer.send(
                Topics.of(settings).raw,
                key=raw_key(identity, document.sha256),
                value=value,
                headers=headers(document),
                partition=partition_of(identity, settings.topic_partitions)
                if partition is None
                else partition,
            )
        )
    for future in sent:
        future.get(timeout=30)
    producer.close()


def records(settings: Settings, topic: str) -> list[Any]:
    """All records of a topic now."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        **kafka_options(settings), enable_auto_commit=False, auto_offset_reset="earliest"
    )
    try:
        parts = [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic))]
        consumer.assign(parts)
        consumer.seek_to_beginning(*parts)
        end = consumer.end_offsets(parts)
        found: list[Any] = []
        deadline = time.monotonic() + 30
        while any(consumer.position(part) < end[part] for part in parts):
            assert time.monotonic() < deadline
            for batch in consumer.poll(timeout_ms=500).values():
                found += batch
        return found
    finally:
        consumer.close()


def enriched_numbers(settings: Settings) -> Counter[str]:
    found = records(settings, Topics.of(settings).enriched)
    return Counter(record.key.decode() for record in found)


def raw_ends(settings: Settings) -> dict[int, int]:
    admin = kafka_admin(settings)
    try:
        return ends(admin, Topics.of(settings).raw)
    finally:
        admin.close()


def positions(settings: Settings, generation: int | None = None) -> dict[int, int]:
    admin = kafka_admin(settings)
    try:
        return committed(admin, group_of(settings, generation), Topics.of(settings).raw)
    finally:
        admin.close()


def wait(condition: Callable[[], bool], seconds: float = LONG) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition was never met"
        time.sleep(0.1)


def caught_up(settings: Settings) -> bool:
    position = positions(settings)
    return all(position.get(p, 0) >= end for p, end in raw_ends(settings).items())


def process_all(settings: Settings, **options: Any) -> int:
    """Run a worker here until all that lies in the raw topic is committed."""
    return run_processor(settings, until=raw_ends(settings), **options)


WORKER = """
import sys, msgspec
from dateline.settings import Settings
from processors import stage

settings = msgspec.json.decode(sys.argv[1], type=Settings)
if len(sys.argv) > 2:
    sys.path.insert(0, sys.argv[2])
    stage.TARGET = "held_work:make"
sys.exit(stage.run_processor(settings, ready=lambda: print("ready", flush=True)))
"""
# The right work, but a record that says "held" waits for its gate to open.
HELD = """
import time
from pathlib import Path
from processors.work import make as right

def make(config):
    work = right(config)
    def held(records):
        while any(b"held" in record.value for record in records) and not Path(GATE).exists():
            time.sleep(0.05)
        return work(records)
    return held
"""


def hold(folder: Path) -> Path:
    """Write the module ``held_work`` into a folder; the gate that lets it go on once it exists."""
    gate = folder / "gate"
    (folder / "held_work.py").write_text(f"GATE = {str(gate)!r}\n{HELD}")
    return gate


@contextmanager
def worker(
    settings: Settings, *, ready: bool = True, held: Path | None = None
) -> Iterator[subprocess.Popen[str]]:
    """A worker in a process of its own; with the work of ``held_work`` in the folder ``held``."""
    command = [sys.executable, "-c", WORKER, msgspec.json.encode(settings).decode()]
    command += [str(held)] if held else []
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        if ready:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


def test_raw_bytes_become_an_enriched_article_that_names_its_origin(
    settings: Settings, topics: Topics
) -> None:
    publish(settings, [ninjs(1)])
    assert process_all(settings) == 0
    (record,) = records(settings, topics.enriched)
    article = decode(record.value)
    assert record.key == b"urn:test:1"
    assert article.language == "de"
    assert article.body_text is not None
    for entity in article.entities:
        assert getattr(article, entity.field)[entity.start : entity.end] == entity.text
    headers = EnrichedHeaders.read(
        record.headers, Position(record.topic, record.partition, record.offset)
    )
    assert (headers.item, headers.items, headers.generation) == (0, 1, None)
    assert headers.raw.topic == topics.raw
    assert article.provenance.offset == headers.raw.offset == 0
    assert article.provenance.config
    assert records(settings, topics.dead) == []


def test_bad_records_are_set_aside_and_the_rest_goes_on(settings: Settings, topics: Topics) -> None:
    good, broken, headless = ninjs("good"), b"{ not json", ninjs("headless")
    publish(settings, [good, broken], partition=0)
    publish(settings, [headless], headers=lambda document: [("schema", b"1")], partition=0)
    publish(settings, [ninjs("after")], partition=0)
    assert process_all(settings) == 0
    assert set(enriched_numbers(settings)) == {"urn:test:good", "urn:test:after"}
    letters = {
        letter.value: letter
        for record in records(settings, topics.dead)
        for letter in [
            DeadLetter.read(
                record.value,
                record.headers,
                Position(record.topic, record.partition, record.offset),
            )
        ]
    }
    assert set(letters) == {broken, headless}
    refused = letters[broken]
    assert (refused.stage, refused.kind, refused.feed) == ("process", "InputError", "test")
    assert refused.raw == refused.origin == Position(topics.raw, 0, 1)
    assert refused.sha256 == sha256(broken)
    assert letters[headless].origin == Position(topics.raw, 0, 2)
    assert "headers" in letters[headless].error


def test_an_enriched_article_too_large_for_its_topic_is_set_aside(
    settings: Settings, topics: Topics
) -> None:
    small = msgspec.structs.replace(settings, max_document_bytes=2_500)
    assert max_record_bytes(small) < max_record_bytes(settings)
    large = ninjs("large", body_text="Wort " * 30_000, language="und")
    publish(settings, [large, ninjs("small", body_text="x", language="und")], partition=0)
    admin = kafka_admin(settings)
    try:
        until = ends(admin, topics.raw)
    finally:
        admin.close()
    assert run_processor(small, until=until) == 0
    (letter,) = records(settings, topics.dead)
    assert b"too large" in dict(letter.headers)["error"]
    assert set(enriched_numbers(settings)) == {"urn:test:small"}


def test_a_newer_schema_stops_the_stage_before_its_record(
    settings: Settings, topics: Topics
) -> None:
    publish(settings, [ninjs("before")], partition=0)
    publish(
        settings,
        [ninjs("newer")],
        headers=lambda d: [(n, b"99" if n == "schema" else v) for n, v in d.headers()],
        partition=0,
    )
    publish(settings, [ninjs("behind")], partition=0)
    with pytest.raises(NewerSchema) as caught:
        process_all(settings)
    assert caught.value.exit_status == 3
    assert positions(settings).get(0) == 1
    assert set(enriched_numbers(settings)) == {"urn:test:before"}
    assert records(settings, topics.dead) == []


def test_a_replay_has_a_group_of_its_own_and_marks_what_it_writes(
    settings: Settings, topics: Topics
) -> None:
    publish(settings, [ninjs(1), b"broken"])
    process_all(settings)
    process_all(settings, generation=7)
    assert positions(settings, 7) == positions(settings)
    for topic in (topics.enriched, topics.dead):
        marks = [dict(r.headers).get("generation") for r in records(settings, topic)]
        assert sorted(marks, key=str) == sorted([None, b"7"], key=str)


def test_what_a_bug_touched_is_not_committed(
    settings: Settings, topics: Topics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "buggy_work.py").write_text(
        "from processors.work import make as right\n"
        "def make(config):\n"
        "    work = right(config)\n"
        "    def wrong(records):\n"
        "        if any(b'bug' in record.value for record in records):\n"
        "            raise RuntimeError('a bug of ours')\n"
        "        return work(records)\n"
        "    return wrong\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("processors.stage.TARGET", "buggy_work:make")
    single = msgspec.structs.replace(settings, nlp_batch=1)
    values = [ninjs(n) for n in range(5)] + [ninjs("bug")] + [ninjs(n) for n in range(6, 40)]
    publish(settings, values, partition=0)
    with pytest.raises(Exception, match="a bug of ours"):
        process_all(single)
    assert positions(settings).get(0, 0) <= 5
    assert records(settings, topics.dead) == []
    # the next worker, without the bug, takes up from there
    monkeypatch.undo()
    process_all(settings)
    assert set(enriched_numbers(settings)) == {
        f"urn:test:{n}" for n in [*range(5), "bug", *range(6, 40)]
    }


def test_no_position_ever_passes_a_record_in_work(
    settings: Settings, topics: Topics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One record is held back while hundreds behind it are done."""
    gate = hold(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("processors.stage.TARGET", "held_work:make")
    commits: list[Any] = []
    commit = ConfirmedConsumer.commit

    async def counted(consumer: ConfirmedConsumer, *args: Any, **options: Any) -> Any:
        result = await commit(consumer, *args, **options)
        commits.append(result)
        return result

    monkeypatch.setattr(ConfirmedConsumer, "commit", counted)
    many = msgspec.structs.replace(settings, nlp_batch=4, nlp_processes=2, nlp_in_flight=4)
    publish(settings, [ninjs("held"), *(ninjs(n) for n in range(40))], partition=0)
    publish(settings, [ninjs(f"b{n}") for n in range(40)], partition=1)
    stop, ended = threading.Event(), []

    def run() -> None:
        ended.append(run_processor(many, stop=stop))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        # batches after the held one are done and sent, though it is not
        wait(lambda: len(enriched_numbers(settings)) >= 4)
        # and since then Faust has committed twice whatever it takes to be done
        done = len(commits)
        wait(lambda: len(commits) >= done + 2)
        assert positions(settings).get(0, 0) == 0
        gate.touch()
        wait(lambda: caught_up(settings))
    finally:
        gate.touch()
        stop.set()
        thread.join(60)
    assert ended == [0]
    assert len(enriched_numbers(settings)) == 81


def test_a_killed_worker_loses_nothing(settings: Settings, topics: Topics, tmp_path: Path) -> None:
    hold(tmp_path)  # its gate never opens: however late the kill, something is left to be done
    wanted = [*(ninjs(n) for n in range(300)), ninjs("held"), *(ninjs(n) for n in range(300, 600))]
    few = msgspec.structs.replace(settings, nlp_batch=4, nlp_processes=2)
    with worker(few, held=tmp_path) as first:
        publish(settings, wanted)
        wait(lambda: sum(positions(settings).values()) > 20)
        children = psutil.Process(first.pid).children(recursive=True)
        assert children
        first.kill()
        first.wait()
        assert not caught_up(settings)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive
    with worker(few):
        wait(lambda: caught_up(settings))
    found = enriched_numbers(settings)
    assert set(found) == {f"urn:test:{n}" for n in [*range(600), "held"]}
    assert records(settings, topics.dead) == []


def test_two_workers_share_the_partitions_and_one_may_leave(
    settings: Settings, topics: Topics
) -> None:
    with worker(settings) as first, worker(settings) as second:
        publish(settings, [ninjs(n) for n in range(300)])
        wait(lambda: sum(positions(settings).values()) > 50)
        first.send_signal(signal.SIGTERM)
        assert first.wait(20) == 0
        wait(lambda: caught_up(settings))
        second.send_signal(signal.SIGTERM)
        assert second.wait(20) == 0
    assert set(enriched_numbers(settings)) == {f"urn:test:{n}" for n in range(300)}


def test_what_alone_kills_a_process_is_set_aside(
    settings: Settings, topics: Topics, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "deadly_work.py").write_text(
        "import os\n"
        "from processors.work import make as right\n"
        "def make(config):\n"
        "    work = right({**config, 'languages': ()})\n"
        "    def deadly(records):\n"
        "        if any(b'deadly' in record.value for record in records):\n"
        "            os.kill(os.getpid(), 9)\n"
        "        return work(records)\n"
        "    return deadly\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("processors.stage.TARGET", "deadly_work:make")
    publish(
        settings,
        [ninjs(1, language="xx"), ninjs("deadly"), ninjs(2, language="xx")],
        partition=0,
    )
    assert process_all(settings) == 0
    (letter,) = records(settings, topics.dead)
    headers: Mapping[str, bytes] = dict(letter.headers)
    assert letter.value == ninjs("deadly")
    assert b"SIGKILL" in headers["error"]
    assert headers["stage"] == b"process"
    assert headers["raw"] == f"{topics.raw}|0|1".encode()
    assert set(enriched_numbers(settings)) == {"urn:test:1", "urn:test:2"}


def test_the_pid_is_gone_when_stopped(settings: Settings, topics: Topics) -> None:
    with worker(settings) as only:
        children = psutil.Process(only.pid).children(recursive=True)
        only.send_signal(signal.SIGINT)
        assert only.wait(20) == 130
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive
        assert not psutil.pid_exists(only.pid) or only.poll() is not None
        assert os.getpid() != only.pid
