"""What comes back from the topics alone, and from the three of them that hold the archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline import offsets
from dateline.connections import elasticsearch_client, kafka_admin, kafka_options
from dateline.settings import Settings
from dateline.topics import CODEC, Topics, ensure_topics
from tests.integration.whole import account, dateline, documents, ninjs, write

pytestmark = pytest.mark.servers


FIRST, SECOND = "2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"


def test_indices_and_ledger_come_back_from_the_topics(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    before, told, history = _an_archive(settings, inbox)
    with elasticsearch_client(settings) as client:
        ours = list(client.indices.get(index=f"{settings.index_prefix}*"))
        assert len(ours) >= 2, "the generation and the ledger"
        for name in ours:
            client.indices.delete(index=name)
        client.indices.delete_index_template(name=f"{settings.index_prefix}*")

    assert dateline(settings, "run", inbox, "--once").returncode in (0, 1)
    with elasticsearch_client(settings) as client:
        assert documents(client, f"{settings.index_prefix}articles-000001") == before
    assert account(settings) == told
    assert _history(settings) == history


def test_raw_dead_and_settled_records_are_the_archive(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    before, told, _ = _an_archive(settings, inbox)
    elsewhere = msgspec.structs.replace(
        settings,
        topic_prefix=f"restored.{settings.topic_prefix}",
        index_prefix=f"restored-{settings.index_prefix}",
        data_dir=str(tmp_path / "restored"),
    )
    with kafka_admin(elsewhere) as admin:
        ensure_topics(admin, elsewhere)
    theirs, ours = Topics.of(settings), Topics.of(elsewhere)
    for name in ("raw", "dead", "settled"):
        _copy(settings, getattr(theirs, name), getattr(ours, name))

    (tmp_path / "nothing").mkdir()
    assert dateline(elsewhere, "run", tmp_path / "nothing", "--once").returncode in (0, 1)
    assert account(elsewhere) == told
    with elasticsearch_client(elsewhere) as client:
        after = documents(client, f"{elsewhere.index_prefix}articles-000001")
    assert _read(after) == _read(before)


def _an_archive(
    settings: Settings, inbox: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Any], list[dict[str, Any]]]:
    """Documents of the index, account and one history, of stories that were corrected, withdrawn
    and refused."""
    for n in range(8):
        write(inbox, f"{n}.json", ninjs(f"urn:test:{n}", f"Meldung {n}.", versioncreated=FIRST))
    for n, kind in ((1, {"pubstatus": "canceled"}), (2, {})):
        write(
            inbox,
            f"{n}-2.json",
            ninjs(f"urn:test:{n}", f"Berichtigung {n}.", versioncreated=SECOND, **kind),
        )
    (inbox / "bad.json").write_bytes(b"{")
    assert dateline(settings, "run", inbox, "--once").returncode == 1
    told = account(settings)
    assert told["faults"] == {}
    assert told["outcomes"]["dead"] == 1
    history = _history(settings)
    assert len(history) == 2
    with elasticsearch_client(settings) as client:
        found = documents(client, f"{settings.index_prefix}articles-000001")
    assert len(found) == 8
    return found, told, history


def _history(settings: Settings) -> list[dict[str, Any]]:
    """Of the corrected story, without the times when the ledger was written."""
    lines = dateline(settings, "history", "urn:test:2", "--json").stdout.splitlines()
    found = [msgspec.json.decode(line, type=dict[str, Any]) for line in lines]
    return [{name: value for name, value in one.items() if name != "written"} for one in found]


def _read(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without the time of the enrichment and the topic's name, which are others."""
    for one in found.values():
        del one["standing"]
        assert one["provenance"].pop("topic").endswith("articles.raw")
    return found


def _copy(settings: Settings, source: str, target: str) -> None:
    """Every record as it is, to the same partition; what a mirror of a topic does."""
    from kafka import KafkaConsumer, KafkaProducer, TopicPartition

    with kafka_admin(settings) as admin:
        ends = offsets.ends(admin, source)
    wanted = sum(ends.values())
    consumer = KafkaConsumer(**kafka_options(settings), auto_offset_reset="earliest")
    consumer.assign([TopicPartition(source, number) for number in ends])
    producer = KafkaProducer(**kafka_options(settings), compression_type=CODEC)
    copied = 0
    while copied < wanted:
        for records in consumer.poll(timeout_ms=1000).values():
            for one in records:
                producer.send(
                    target,
                    value=one.value,
                    key=one.key,
                    headers=list(one.headers),
                    partition=one.partition,
                    timestamp_ms=one.timestamp,
                ).get(30)
                copied += 1
    producer.close()
    consumer.close()
