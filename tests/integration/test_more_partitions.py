"""Topics that get more partitions while stages run: nothing is lost, and the newest still wins.

A story's later versions then lie in another partition than its earlier ones.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dateline import offsets
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.settings import Settings
from dateline.topics import Topics
from tests.integration.whole import (
    account,
    account_if_any,
    dateline,
    documents,
    ninjs,
    start,
    wait_for,
    write,
)

pytestmark = pytest.mark.servers

STORIES = 24


def test_stages_go_on_with_more_partitions(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    topics = Topics.of(settings)
    first, second, third = (f"2026-05-0{day}T10:00:00Z" for day in (1, 2, 3))
    for n in range(STORIES):
        write(inbox, f"{n}.json", ninjs(f"urn:test:{n}", f"Meldung {n}.", versioncreated=first))
    running = start(settings, "run", inbox)
    try:
        wait_for(lambda: _done(settings, STORIES), what="the first versions are searchable")
        with kafka_admin(settings) as admin:
            wider = 3 * settings.topic_partitions
            admin.create_partitions(dict.fromkeys((topics.raw, topics.enriched), wider))
            wait_for(lambda: len(offsets.ends(admin, topics.raw)) == wider, what="more partitions")
        # While they run: they learn of it by themselves, at the latest after their metadata's age.
        for n in range(STORIES):
            kind = {"pubstatus": "canceled"} if n % 3 == 0 else {}
            write(
                inbox,
                f"{n}-2.json",
                ninjs(f"urn:test:{n}", f"Berichtigung {n}.", versioncreated=second, **kind),
            )
        wait_for(lambda: _done(settings, 2 * STORIES), 400, "the corrections are searchable")
    finally:
        running.terminate()
        running.wait(60)
    for n in range(STORIES):
        write(inbox, f"{n}-3.json", ninjs(f"urn:test:{n}-b", f"Neues {n}.", versioncreated=third))
    assert dateline(settings, "run", inbox, "--once").returncode == 0
    assert account(settings)["faults"] == {}
    with kafka_admin(settings) as admin:
        used = [number for number, end in offsets.ends(admin, topics.raw).items() if end]
        assert max(used) >= settings.topic_partitions, "no record went to the new partitions"

    replayed = dateline(settings, "replay")
    assert replayed.returncode == 0, replayed.stderr.decode()
    other = dateline(settings, "reconcile", "--generation", "2", "--json")
    assert msgspec.json.decode(other.stdout)["faults"] == {}
    alias = f"{settings.index_prefix}articles"
    with elasticsearch_client(settings) as client:
        told = [documents(client, f"{alias}-00000{generation}") for generation in (1, 2)]
    for documents_ in told:
        withdrawn = {key for key, one in documents_.items() if one["pubstatus"] == "canceled"}
        assert len(documents_) == 2 * STORIES
        assert len(withdrawn) == STORIES // 3
        assert not any("Meldung" in (one.get("headline") or "") for one in documents_.values())


def _done(settings: Settings, items: int) -> bool:
    found = account_if_any(settings)
    return bool(
        found and found["items"] == items and not found["in_flight"] and found["faults"] == {}
    )
