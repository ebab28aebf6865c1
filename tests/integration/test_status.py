"""``dateline status`` on the real servers: what waits, how long, and what became of the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaProducer

from dateline import progress
from dateline.cli.status import gather, span
from dateline.connections import elasticsearch_client, kafka_admin, kafka_connected
from dateline.ledger import Entry
from dateline.offsets import set_committed
from dateline.records import (
    EnrichedHeaders,
    Position,
    RawDocument,
    schema_headers,
    sha256,
    utc_now,
)
from dateline.settings import Settings
from dateline.settled import How, Settled
from dateline.topics import Topics, ensure_topics
from processors.app import group_of as processor_group
from sinks import generations, ledger
from tests.integration.whole import dateline, ninjs, write

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def topics(settings: Settings) -> Topics:
    with kafka_admin(settings) as admin:
        return ensure_topics(admin, settings)


@pytest.fixture
def producer(settings: Settings) -> Iterator[KafkaProducer]:
    made = kafka_connected(KafkaProducer, settings)
    yield made
    made.close()


def raw(producer: KafkaProducer, topics: Topics, partition: int, received: dt.datetime) -> None:
    document = RawDocument(
        value=b"text",
        feed="test",
        format="plaintext",
        location="test",
        received=received,
        sha256=sha256(b"text"),
    )
    producer.send(topics.raw, b"text", headers=document.headers(), partition=partition).get(
        timeout=30
    )


def asked(settings: Settings, expected: int = 0) -> dict[str, Any]:
    ended = dateline(settings, "status", "--json")
    assert ended.returncode == expected, ended.stderr.decode()
    return msgspec.json.decode(ended.stdout, type=dict[str, Any])


def test_the_oldest_of_what_waits_is_told_for_each_stage(
    settings: Settings, topics: Topics, producer: KafkaProducer
) -> None:
    now = utc_now()
    for partition, hours in ((0, 9), (0, 3), (0, 1), (1, 2), (2, 8)):
        raw(producer, topics, partition, now - hours * HOUR)
    enriched = EnrichedHeaders(
        enriched=int((now - 5 * HOUR).timestamp() * 1e6),
        raw=Position(topics.raw, 0, 0),
        item=0,
        items=1,
    )
    producer.send(topics.enriched, b"{}", headers=enriched.headers(), partition=3).get(timeout=30)
    with kafka_admin(settings) as admin, elasticsearch_client(settings) as client:
        # Passed: the one of nine hours and that of eight.
        set_committed(admin, processor_group(settings), topics.raw, {0: 1, 2: 1})
        serving = generations.ensure(client, settings)
        facts = asked(settings)
        assert facts["topics"] == {
            topics.raw: 5,
            topics.enriched: 1,
            topics.dead: 0,
            topics.skipped: 0,
            topics.settled: 0,
        }
        assert facts["lag"] == {"processor": 3, "sink, generation 1": 1}
        assert facts["oldest"]["processor"] == pytest.approx(3 * 3600, abs=300)
        assert facts["oldest"]["sink, generation 1"] == pytest.approx(5 * 3600, abs=300)
        assert facts["documents"] == {
            "indexed": 0,
            "embargoed": 0,
            "withheld": 0,
            "withdrawn": 0,
            "generation": 1,
        }
        assert facts["dead_open"] == 0

        group = generations.group_of(settings, serving)
        set_committed(admin, group, topics.enriched, {3: 1})
        facts = asked(settings)
        assert facts["lag"]["sink, generation 1"] == 0
        assert facts["oldest"]["sink, generation 1"] == 0

    shown = dateline(settings, "status")
    lines = [line.rstrip() for line in shown.stdout.decode().splitlines()]
    assert any(topics.enriched in line and line.endswith("1 record") for line in lines)
    assert any("processor" in line and "3 waiting, the oldest for 3 h" in line for line in lines)
    assert any("sink, generation 1" in line and line.endswith("none") for line in lines)


def test_places_in_one_partition_are_all_read_and_records_of_others_do_no_harm(
    settings: Settings, topics: Topics, producer: KafkaProducer
) -> None:
    """Generations are at different places; whoever writes to the topic may write nonsense."""
    now = utc_now()
    for hours in range(3):
        raw(producer, topics, 0, now - hours * HOUR)
    producer.send(
        topics.raw, b"x", headers=[("received", b"\xffnonsense")], partition=0, timestamp_ms=1000
    ).get(timeout=30)
    places = [Position(topics.raw, 0, offset) for offset in range(4)]
    found = progress.came(settings, places)
    assert [found[place] for place in places[:3]] == [now - hours * HOUR for hours in range(3)]
    assert found[places[3]] == dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)


def entry(number: int, outcome: str, received: dt.datetime) -> Entry:
    return Entry(
        received=received, written=received, outcome=outcome, topic="t", partition=0, offset=number
    )


def test_outcomes_are_counted_in_total_and_of_the_last_day(
    settings: Settings, topics: Topics
) -> None:
    none: dict[str, dict[str, int]] = {"total": {}, "last_24h": {}}
    now = utc_now()
    with elasticsearch_client(settings) as client:
        assert asked(settings)["outcomes"] == none
        into = ledger.ensure(client, settings)
        assert asked(settings)["outcomes"] == none
        came = [("indexed", 1), ("indexed", 30), ("superseded", 23), ("dead", 25)]
        entries = [
            entry(number, outcome, now - hours * HOUR)
            for number, (outcome, hours) in enumerate(came)
        ]
        ledger.record(client, into.index, entries, tries=5)
        client.indices.refresh(index=into.index)
    assert asked(settings)["outcomes"] == {
        "total": {"indexed": 2, "dead": 1, "superseded": 1},
        "last_24h": {"indexed": 1, "superseded": 1},
    }
    shown = dateline(settings, "status").stdout.decode()
    assert "2 indexed, 1 dead, 1 superseded" in shown
    assert "last 24 h" in shown


def test_open_dead_letters_are_those_that_nobody_settled(
    settings: Settings, topics: Topics, producer: KafkaProducer
) -> None:
    for _ in range(3):
        producer.send(topics.dead, b"bad", headers=schema_headers()).get(timeout=30)
    assert asked(settings)["dead_open"] == 3
    # The last mark of a letter counts, and one letter may have several.
    hows: tuple[How, ...] = ("retried", "dropped")
    for how in hows:
        mark = Settled(dead=Position(topics.dead, 0, 0), how=how, when=utc_now())
        producer.send(topics.settled, mark.encode(), key=mark.key(), headers=schema_headers()).get(
            timeout=30
        )
    facts = asked(settings)
    assert (facts["dead_open"], facts["topics"][topics.settled]) == (2, 2)
    assert "2 letters" in dateline(settings, "status").stdout.decode()


def test_what_a_server_that_is_away_does_not_say_the_other_one_does(
    settings: Settings, topics: Topics, producer: KafkaProducer
) -> None:
    raw(producer, topics, 0, utc_now())
    gone = msgspec.structs.replace(settings, elasticsearch_url="http://127.0.0.1:9")
    facts = asked(gone, expected=3)
    assert [server["up"] for server in facts["servers"].values()] == [True, False]
    assert facts["lag"] == {"processor": 1}

    with elasticsearch_client(settings) as client:
        generations.ensure(client, settings)
    gone = msgspec.structs.replace(settings, kafka_bootstrap_servers="127.0.0.1:9")
    facts = asked(gone, expected=3)
    assert [server["up"] for server in facts["servers"].values()] == [False, True]
    assert facts["documents"]["generation"] == 1
    assert (facts["topics"], facts["lag"], facts["dead_open"]) == ({}, {}, None)


def test_without_an_address_the_other_server_is_still_asked(settings: Settings) -> None:
    known = msgspec.structs.replace(settings, kafka_bootstrap_servers=None)
    facts = asked(known, expected=3)
    assert facts["servers"]["kafka"] == {"address": None, "up": False}
    assert facts["servers"]["elasticsearch"]["up"] is True
    shown = dateline(known, "status")
    assert shown.returncode == 3
    assert b"not asked" in shown.stdout
    assert b"no Kafka to talk to" in shown.stderr


def test_an_address_in_brackets_is_shown_whole(settings: Settings) -> None:
    odd = msgspec.structs.replace(settings, elasticsearch_url="http://[fe80::1]:9")
    assert "http://[fe80::1]:9" in dateline(odd, "status").stdout.decode()


def test_a_run_once_ends_with_everything_in_the_ledger(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write(inbox, "good.json", ninjs("urn:test:1", "Der Rat hat entschieden. Alles bleibt."))
    write(inbox, "picture.json", {"uri": "urn:test:2", "type": "picture", "headline": "Ein Bild"})
    (inbox / "bad.json").write_bytes(b'{"uri": "urn:test:3", }')
    ended = dateline(settings, "run", inbox, "--once")
    assert ended.returncode == 1, ended.stderr.decode()
    facts, failed = gather(settings)
    assert failed == []
    assert facts.outcomes["last_24h"] == {"dead": 1, "indexed": 1, "skipped": 1}
    assert facts.lag == {"processor": 0, "sink, generation 1": 0, "ledger": 0}
    assert facts.oldest == {"processor": 0, "sink, generation 1": 0, "ledger": 0}
    assert facts.documents["indexed"] == 1


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (7500, "2 h 5 min"),
        (86400, "1 d 0 h"),
        (99 * 3600, "4 d 3 h"),
    ],
)
def test_times_are_told_as_people_do(seconds: float, told: str) -> None:
    assert span(seconds) == told
