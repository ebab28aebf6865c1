"""Whatever comes in has one entry in the ledger, however often it is read."""

from __future__ import annotations

import datetime as dt
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.article import Article, Provenance
from dateline.connections import elasticsearch_client
from dateline.ledger import Entry, of_article
from dateline.settings import Settings
from sinks import ledger
from sinks.stage import run_sink
from tests.integration.whole import dateline, ninjs, wait_for, write

pytestmark = pytest.mark.servers

T0 = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)


def entries(settings: Settings) -> list[Entry]:
    with elasticsearch_client(settings) as client:
        client.indices.refresh(index=ledger.alias(settings))
        hits = client.search(index=ledger.alias(settings), size=1000)["hits"]["hits"]
    found = [msgspec.convert(hit["_source"], Entry) for hit in hits]
    assert {hit["_id"] for hit in hits} == {entry.id for entry in found}
    return found


def article(offset: int, **more: Any) -> Article:
    return Article(
        uri=f"urn:example:{offset}",
        title="Titel",
        provenance=Provenance(
            received=T0, content="c", topic="articles.raw", partition=0, offset=offset, item=0
        ),
        **more,
    )


def outcomes(settings: Settings) -> dict[str, int]:
    counted: dict[str, int] = {}
    for entry in entries(settings):
        counted[entry.outcome] = counted.get(entry.outcome, 0) + 1
    return counted


def test_every_item_has_its_entry_through_the_whole_pipeline(
    settings: Settings, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    story = ninjs("urn:example:deich", "Der Deich hält. So sagt es das Amt.", version="1")
    write(inbox, "1.json", {**story, "versioncreated": "2026-05-01T10:00:00Z"})
    newer = {**story, "version": "2", "versioncreated": "2026-05-01T11:00:00Z"}
    write(inbox, "2.json", newer)
    write(
        inbox,
        "3.json",
        {
            **newer,
            "pubstatus": "canceled",
            "version": "3",
            "versioncreated": "2026-05-01T12:00:00Z",
        },
    )
    write(inbox, "4.json", {"uri": "urn:example:bild", "type": "picture"})
    (inbox / "5.json").write_bytes(b'{"uri": "urn:example:kaputt", "type": "text", "version":')
    run = dateline(settings, "run", inbox, "--once")
    assert run.returncode == 1, run.stderr.decode()

    wait_for(lambda: len(entries(settings)) == 5, what="five entries")
    by_version = {entry.version: entry for entry in entries(settings) if entry.identity}
    assert by_version[3].outcome == "withdrawn"
    assert by_version[3].raw is not None and by_version[3].raw.topic.endswith("articles.raw")
    assert {entry.uri for entry in by_version.values()} == {"urn:example:deich"}
    (dead,) = (entry for entry in entries(settings) if entry.outcome == "dead")
    assert dead.stage == "produce" and dead.dead == "0-0" and dead.raw is None
    assert dead.location is not None and dead.location.endswith("5.json")
    (skipped,) = (entry for entry in entries(settings) if entry.outcome == "skipped")
    assert skipped.uri == "urn:example:bild" and skipped.feed == dead.feed

    # Read again from the beginning, by the sink of another generation: the same entries.
    before = sorted(entries(settings), key=lambda entry: entry.id)
    replayed = dateline(settings, "replay")
    assert replayed.returncode == 0, replayed.stderr.decode()
    assert sorted(entries(settings), key=lambda entry: entry.id) == before


def test_who_is_alive_is_never_dead_again_whoever_comes_first(settings: Settings) -> None:
    alive = of_article(article(1), "indexed", items=1, written=T0)
    dead = msgspec.structs.replace(alive, outcome="dead", reason="unreadable")
    for order in ((alive, dead), (dead, alive)):
        with elasticsearch_client(settings) as client:
            ledger.ensure(client, settings)
            for entry in order:
                ledger.record(client, ledger.index_of(settings), [entry], tries=3)
            assert outcomes(settings) == {"indexed": 1}
            client.indices.delete(index=ledger.index_of(settings))


def test_an_entry_that_the_index_refuses_is_kept_without_what_it_refuses(
    settings: Settings,
) -> None:
    huge = of_article(article(1, version=2**70), "indexed", items=1, written=T0)
    good = of_article(article(2, version=2), "indexed", items=1, written=T0)
    with elasticsearch_client(settings) as client:
        ledger.ensure(client, settings)
        ledger.record(client, ledger.index_of(settings), [huge, good], tries=3)
    kept = {entry.offset: entry for entry in entries(settings)}
    assert kept[2].version == 2
    assert kept[1].version is None and "refused" in (kept[1].reason or "")


def test_a_ledger_that_is_wiped_while_the_sink_runs_is_made_again(settings: Settings) -> None:
    stop = threading.Event()
    sink = threading.Thread(target=lambda: run_sink(settings, stop=stop), daemon=True)
    sink.start()
    try:
        with elasticsearch_client(settings) as client:
            first = wait_for(lambda: ledger.find(client, settings), what="the ledger")
            client.indices.delete(index=first.index)
            again = wait_for(lambda: ledger.find(client, settings), what="another ledger")
            assert again.id != first.id
    finally:
        stop.set()
        sink.join(30)
