"""The sink between the real Kafka and the real Elasticsearch: nothing lost, nothing twice."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from dateline.article import Article, Provenance, encode
from dateline.connections import elasticsearch_client, kafka_admin, kafka_options
from dateline.errors import Defect, NewerSchema, TooManyBad
from dateline.identity import document_id
from dateline.offsets import committed, ends, set_committed
from dateline.records import DeadLetter, EnrichedHeaders, Headers, Position
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics
from dateline.versions import content_hash
from dateline.watchdog import Stalled
from sinks import generations, stage
from sinks.stage import DISCOVERY, Counters, run_sink

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaAdminClient

pytestmark = pytest.mark.servers

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PATIENCE = 60.0


def article(story: int, text: str = "A", *, created: int = 0, **changes: Any) -> Article:
    plain = Article(
        **{
            "uri": f"urn:np:{story}",
            "title": text,
            "body_text": f"{text} was said",
            "language": "en",
            "provider": "np",
            "versioncreated": T0 + dt.timedelta(seconds=created),
            **changes,
        }
    )
    provenance = Provenance(
        feed="np", format="ninjs", location="a.json", received=T0, content=content_hash(plain)
    )
    return msgspec.structs.replace(plain, provenance=provenance)


def headers(number: int = 0, generation: int | None = None) -> Headers:
    return EnrichedHeaders(
        enriched=number,
        raw=Position("articles.raw", 0, number),
        item=0,
        items=1,
        generation=generation,
    ).headers()


class Wire:
    """Both servers, as a test sees them."""

    def __init__(self, settings: Settings, admin: KafkaAdminClient, client: Elasticsearch) -> None:
        self.settings, self.admin, self.client = settings, admin, client
        self.topics: Topics = ensure_topics(admin, settings)

    def publish(self, *records: tuple[bytes, Headers]) -> None:
        from kafka import KafkaProducer

        producer = KafkaProducer(**kafka_options(self.settings))
        try:
            sent = [
                producer.send(self.topics.enriched, value=value, headers=given)
                for value, given in records
            ]
            for future in sent:
                future.get(timeout=30)
        finally:
            producer.close()

    def publish_articles(self, *articles: Article) -> None:
        self.publish(*((encode(one), headers(number)) for number, one in enumerate(articles)))

    def until(self) -> dict[int, int]:
        return ends(self.admin, self.topics.enriched)

    def run(self, **options: Any) -> Counters:
        """To the end of what lies in the topic now."""
        given = {"stop": threading.Event(), "until": self.until(), "rules": rule, **options}
        return run_sink(given.pop("settings", self.settings), **given)

    def count(self, number: int = 1) -> int:
        index = generations.index_of(self.settings, number)
        self.client.indices.refresh(index=index)
        return int(self.client.count(index=index)["count"])

    def dead(self) -> list[DeadLetter]:
        from kafka import KafkaConsumer, TopicPartition

        consumer = KafkaConsumer(**kafka_options(self.settings), auto_offset_reset="earliest")
        try:
            place = TopicPartition(self.topics.dead, 0)
            end = ends(self.admin, self.topics.dead)[0]
            consumer.assign([place])
            consumer.seek_to_beginning(place)
            letters: list[DeadLetter] = []
            deadline = time.monotonic() + PATIENCE
            while consumer.position(place) < end:
                assert time.monotonic() < deadline
                for records in consumer.poll(timeout_ms=200).values():
                    letters += [
                        DeadLetter.read(
                            one.value,
                            one.headers,
                            Position(one.topic, one.partition, one.offset),
                        )
                        for one in records
                    ]
            return letters
        finally:
            consumer.close()


def rule(_provider: str | None) -> Any:
    return "versioncreated"


@pytest.fixture
def wire(settings: Settings) -> Iterator[Wire]:
    settings = msgspec.structs.replace(settings, session_timeout=6.0)
    with kafka_admin(settings) as admin, elasticsearch_client(settings) as client:
        yield Wire(settings, admin, client)
        for one in generations.list_generations(client, settings):
            client.indices.delete(index=one.index)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited for {what}"
        time.sleep(0.05)


@contextmanager
def running(
    settings: Settings, **options: Any
) -> Iterator[tuple[threading.Event, Future[Counters]]]:
    """A sink in a thread of its own, ended with the block."""
    stop = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        future = thread.submit(run_sink, settings, stop=stop, rules=rule, **options)
        try:
            yield stop, future
        finally:
            stop.set()


def test_everything_is_indexed_and_a_second_run_finds_nothing_to_do(wire: Wire) -> None:
    wire.publish_articles(*(article(n) for n in range(50)))
    first = wire.run()
    assert first.outcomes == {1: {"indexed": 50}}
    assert wire.count() == 50
    assert wire.run().read == {}


def test_bad_records_are_dead_letters_that_say_why_and_the_rest_goes_on(wire: Wire) -> None:
    told: list[str] = []
    wire.publish(
        (encode(article(1)), headers(0)),
        (b'{"uri": 5', headers(1)),
        (b"{}", headers(2)),
        (encode(article(2)), [("schema", b"1")]),
        (encode(msgspec.structs.replace(article(3), provenance=Provenance())), headers(4)),
        (encode(article(4, version=2**70)), headers(5)),
        (encode(article(5)), headers(6)),
    )
    counters = wire.run(report=told.append)
    assert counters.outcomes == {1: {"indexed": 2, "refused": 5}}
    assert wire.count() == 2
    letters = wire.dead()
    assert len(letters) == 5 and len(told) >= 5
    assert {letter.stage for letter in letters} == {"sink"}
    (cut,) = [letter for letter in letters if letter.value == b'{"uri": 5']
    assert cut.origin is not None and cut.origin.topic == wire.topics.enriched
    assert cut.raw == Position("articles.raw", 0, 1)
    (large,) = [letter for letter in letters if b"urn:np:4" in letter.value]
    assert "version" in large.error and large.feed == "np"


def test_another_providers_article_is_a_dead_letter(wire: Wire) -> None:
    theirs = article(1, "B", created=9, provider="other", pubstatus="canceled")
    theirs = msgspec.structs.replace(
        theirs,
        provenance=msgspec.structs.replace(theirs.provenance, received=T0 + dt.timedelta(hours=1)),
    )
    wire.publish_articles(article(1, "A"), theirs)
    wire.run()
    (letter,) = wire.dead()
    assert b'"other"' in letter.value and "belongs to another provider" in letter.error
    held = wire.client.get(index=generations.index_of(wire.settings, 1), id=document_id("urn:np:1"))
    assert held["_source"]["title"] == "A"


def test_a_record_of_a_newer_schema_stops_the_stage_before_it(wire: Wire) -> None:
    wire.publish((encode(article(1)), [*headers(0), ("schema", b"99")]))
    with pytest.raises(NewerSchema):
        wire.run()
    assert wire.dead() == []
    assert sum(committed_by(wire).values()) == 0


def group(wire: Wire, number: int = 1) -> str:
    generation = generations.by_number(wire.client, wire.settings, number)
    return generations.group_of(wire.settings, generation)


def committed_by(wire: Wire, number: int = 1) -> dict[int, int]:
    if not generations.list_generations(wire.client, wire.settings):
        return {}
    return committed(wire.admin, group(wire, number), wire.topics.enriched)


def test_a_missing_offset_is_an_alarm_not_a_jump(wire: Wire) -> None:
    wire.publish_articles(*(article(n) for n in range(8)))
    generations.ensure(wire.client, wire.settings)
    beyond = dict.fromkeys(wire.until(), 1000)
    set_committed(wire.admin, group(wire), wire.topics.enriched, beyond)
    with pytest.raises(Defect, match="missing"):
        wire.run(until={0: 2000})


def test_a_generation_is_fed_with_what_is_meant_for_it(wire: Wire) -> None:
    generations.ensure(wire.client, wire.settings)
    with running(wire.settings) as (_stop, future):
        wire.publish(
            (encode(article(1)), headers(0)),
            (encode(article(2)), headers(1, generation=2)),
        )
        wait_until(lambda: future.done() or wire.count() == 1, "the live article")
        # A generation that is begun while sinks run is found, and fed from the beginning.
        generations.create_next(wire.client, wire.settings)
        generations.begin(wire.client, wire.settings, 2)
        wait_until(lambda: future.done() or wire.count(2) == 2, "both in the new generation")
        wire.publish((encode(article(3)), headers(2)))
        wait_until(
            lambda: future.done() or (wire.count(1), wire.count(2)) == (2, 3), "both are fed"
        )
        # One that is dropped is left alone, and does not come back.
        generations.drop(wire.client, wire.settings, 2)
        wire.publish((encode(article(4)), headers(3)))
        wait_until(lambda: future.done() or wire.count(1) == 3, "the serving one goes on")
        assert not future.done()
    future.result(PATIENCE)
    assert [one.number for one in generations.list_generations(wire.client, wire.settings)] == [1]


def test_a_stop_commits_what_was_written_and_leaves_the_group(wire: Wire) -> None:
    with running(wire.settings) as (stop, future):
        wire.publish_articles(*(article(n) for n in range(20)))
        wait_until(
            lambda: (
                future.done() or len(generations.list_generations(wire.client, wire.settings)) == 1
            ),
            "a generation",
        )
        wait_until(lambda: future.done() or wire.count() == 20, "all indexed")
        stop.set()
        assert future.result(PATIENCE).outcomes == {1: {"indexed": 20}}
    assert sum(committed_by(wire).values()) == 20
    # The group is empty: its place may be set by hand at once.
    set_committed(wire.admin, group(wire), wire.topics.enriched, {0: 0})


def test_a_generation_is_not_fed_before_it_is_told_where_to_begin(wire: Wire) -> None:
    generations.ensure(wire.client, wire.settings)
    wire.publish_articles(*(article(n) for n in range(5)))
    with running(wire.settings) as (_stop, future):
        made = generations.create_next(wire.client, wire.settings)
        end = wire.until()
        # As long as it takes a sink to find a generation, twice over.
        later = time.monotonic() + 2 * DISCOVERY
        wait_until(lambda: future.done() or time.monotonic() > later, "time to pass")
        # Kafka refuses this while the group has members.
        set_committed(
            wire.admin, generations.group_of(wire.settings, made), wire.topics.enriched, end
        )
        generations.begin(wire.client, wire.settings, made.number)
        wire.publish((encode(article(9)), headers(9)))
        wait_until(lambda: future.done() or wire.count() == 6, "the serving one")
        wait_until(lambda: future.done() or wire.count(2) == 1, "the new one, from there on")
    future.result(PATIENCE)
    assert wire.count(2) == 1


def test_a_wiped_elasticsearch_is_filled_again(wire: Wire) -> None:
    wire.publish_articles(*(article(n) for n in range(20)))
    wire.run()
    wire.client.indices.delete(index=generations.index_of(wire.settings, 1))
    wire.run()
    assert wire.count() == 20
    # ... also under a sink that runs: the place of the old index is not the new one's.
    with running(wire.settings) as (_stop, future):
        before = group(wire)
        wait_until(
            lambda: future.done() or bool(wire.admin.describe_groups([before])[before]["members"]),
            "the sink to feed it",
        )
        wire.client.indices.delete(index=generations.index_of(wire.settings, 1))
        wait_until(lambda: future.done() or bool(found(wire)), "a new index")
        wait_until(lambda: future.done() or wire.count() == 20, "everything again")
        assert not future.done()
    future.result(PATIENCE)


def found(wire: Wire) -> list[generations.Generation]:
    return generations.list_generations(wire.client, wire.settings)


def test_two_sinks_share_the_work(wire: Wire) -> None:
    wire.publish_articles(*(article(n) for n in range(200)))
    until = wire.until()
    with ThreadPoolExecutor(2) as two:
        runs = [
            two.submit(run_sink, wire.settings, stop=threading.Event(), until=until, rules=rule)
            for _ in range(2)
        ]
        done = [one.result(PATIENCE * 2) for one in runs]
    assert wire.count() == 200
    assert committed_by(wire) == {p: end for p, end in until.items() if end}
    assert sum(one.read[1] for one in done) >= 200


# Elasticsearch is slow here, so that a kill meets a batch that is being written.
_SINK = """
import sys, threading, time, signal, msgspec
from dateline.settings import Settings
from sinks import stage
from sinks.stage import run_sink
write = stage.write
def slow(*given, **named):
    time.sleep(0.15)
    return write(*given, **named)
stage.write = slow
settings = msgspec.json.decode(sys.argv[1], type=Settings)
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
run_sink(settings, stop=stop, rules=lambda _provider: "versioncreated",
         report=lambda line: print(line, file=sys.stderr, flush=True))
"""


def test_killed_in_mid_stream_and_started_again_it_loses_and_doubles_nothing(wire: Wire) -> None:
    settings = msgspec.structs.replace(wire.settings, sink_batch=50, sink_linger=0.0)
    stories, versions = 300, 4
    newest = {
        n: article(n, f"version {versions - 1}", created=versions - 1) for n in range(stories)
    }
    # The newest comes first: what gets lost of it, nothing later makes good.
    for version in reversed(range(versions)):
        wire.publish_articles(
            *(article(n, f"version {version}", created=version) for n in range(stories))
        )
    total = stories * versions
    # The only sink is killed twice and ended properly once.
    for ending in (signal.SIGKILL, signal.SIGKILL, signal.SIGTERM):
        before = sum(committed_by(wire).values())
        sink = subprocess.Popen(
            [sys.executable, "-c", _SINK, msgspec.json.encode(settings).decode()],
            env={**os.environ, "PYTHONFAULTHANDLER": "1"},
        )
        try:
            if ending == signal.SIGKILL:
                wait_until(
                    lambda begun=before: sum(committed_by(wire).values()) > begun,  # type: ignore[misc]
                    "some progress",
                )
            else:
                wait_until(lambda: sum(committed_by(wire).values()) >= total, "the end")
            sink.send_signal(ending)
            status = sink.wait(PATIENCE)
        finally:
            if sink.poll() is None:
                sink.kill()
                sink.wait()
        assert status == (-signal.SIGKILL if ending == signal.SIGKILL else 0)
        if ending == signal.SIGKILL:
            assert sum(committed_by(wire).values()) < total, "killed too late to prove anything"
    assert wire.count() == stories
    index = generations.index_of(wire.settings, 1)
    found = wire.client.search(index=index, size=stories, source_includes=["uri", "title"])
    assert {hit["_source"]["uri"]: hit["_source"]["title"] for hit in found["hits"]["hits"]} == {
        one.uri: one.title for one in newest.values()
    }
    assert wire.dead() == []


def test_a_sink_that_refuses_nearly_all_stops_before_it_buries_them(wire: Wire) -> None:
    settings = msgspec.structs.replace(wire.settings, breaker_window=40, sink_batch=10)
    wire.publish_articles(*(article(n) for n in range(30)))
    wire.run(settings=settings)
    wire.publish(*((b"no article", headers(n)) for n in range(200)))
    with pytest.raises(TooManyBad, match=r"of 40 .*no article"):
        wire.run(settings=settings)
    buried = len(wire.dead())
    assert buried < 40
    # Started again it stops at once, and buries nothing more.
    with pytest.raises(TooManyBad):
        wire.run(settings=settings)
    assert len(wire.dead()) == buried
    # Until a person lets them through.
    wire.run(settings=msgspec.structs.replace(settings, breaker_share=1.0))
    assert len(wire.dead()) >= 200 and wire.count() == 30


def test_a_sink_that_hangs_ends_itself_so_that_it_is_started_again(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("_WATCH", 0.2), ("_STALL", 3.0), ("_HUNG", 0.2)):
        monkeypatch.setattr(stage, name, seconds)
    hung, free = threading.Event(), threading.Event()

    def write(*_given: Any, **_named: Any) -> Any:
        hung.set()
        free.wait(PATIENCE)
        return []

    monkeypatch.setattr(stage, "write", write)
    wire.publish_articles(article(1))
    try:
        with pytest.raises(Stalled, match="no progress"):
            wire.run()
    finally:
        free.set()
    assert hung.is_set()
    monkeypatch.undo()
    wire.run()
    assert wire.count() == 1


def test_a_sink_that_its_group_has_lost_joins_again(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Lost:
        """Alive, in no group, and without a notion of it: as kafka-python's was seen to be."""

        _coordinator = SimpleNamespace(rebalance_in_progress=lambda: False)

        def poll(self, timeout_ms: int) -> dict[Any, Any]:
            time.sleep(timeout_ms / 1000)
            return {}

        def assignment(self) -> set[Any]:
            return set()

        def close(self, **_given: Any) -> None:
            pass

        def committed(self, _place: Any, **_given: Any) -> None:
            return None

    monkeypatch.setattr(stage, "_WATCH", 0.5)
    made: list[Any] = []
    real = stage._Feeder._consumer

    def consumer(self: Any) -> Any:
        made.append(Lost() if not made else real(self))
        return made[-1]

    monkeypatch.setattr(stage._Feeder, "_consumer", consumer)
    wire.publish_articles(article(1))
    said: list[str] = []
    wire.run(report=said.append)
    assert wire.count() == 1 and len(made) == 2
    assert any("joins again" in line for line in said)
