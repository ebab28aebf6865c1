"""`replay` builds a whole generation beside the serving one; `switch` and `rollback` move to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client
from dateline.settings import Settings
from tests.integration.whole import account, dateline, documents, ninjs, write

pytestmark = pytest.mark.servers


def plain(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Without the standing, which holds the time of the enrichment."""
    return {
        key: {name: value for name, value in document.items() if name != "standing"}
        for key, document in found.items()
    }


def test_a_replay_is_complete_switched_to_and_rolled_back(
    settings: Settings, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    when, later = "2026-05-01T10:00:00Z", "2026-05-02T10:00:00Z"
    for n in range(12):
        write(inbox, f"{n}.json", ninjs(f"urn:test:{n}", f"Meldung {n}.", versioncreated=when))
    write(
        inbox,
        "kill.json",
        ninjs("urn:test:3", "Meldung 3.", versioncreated=later, pubstatus="canceled"),
    )
    (inbox / "bad.json").write_bytes(b"{")
    assert dateline(settings, "run", inbox, "--once").returncode == 1

    replayed = dateline(settings, "replay")
    assert replayed.returncode == 0, replayed.stderr.decode()
    alias = f"{settings.index_prefix}articles"
    with elasticsearch_client(settings) as client:
        first = documents(client, f"{alias}-000001")
        second = documents(client, f"{alias}-000002")
        assert plain(second) == plain(first)
        assert list(client.indices.get_alias(name=alias)) == [f"{alias}-000001"]
    assert account(settings)["faults"] == {}
    other = dateline(settings, "reconcile", "--generation", "2", "--json")
    assert msgspec.json.decode(other.stdout)["faults"] == {}

    assert dateline(settings, "index", "switch").returncode == 0
    with elasticsearch_client(settings) as client:
        assert list(client.indices.get_alias(name=alias)) == [f"{alias}-000002"]

    # What comes now comes into both, so a rollback resurrects nothing.
    write(
        inbox,
        "kill2.json",
        ninjs("urn:test:5", "Meldung 5.", versioncreated=later, pubstatus="canceled"),
    )
    assert dateline(settings, "run", inbox, "--once").returncode == 0
    assert dateline(settings, "index", "rollback").returncode == 0
    listed = msgspec.json.decode(dateline(settings, "index", "list", "--json").stdout)
    assert [(row["generation"], row["serving"]) for row in listed] == [(1, True), (2, False)]
    found = dateline(settings, "search", "Meldung", "--json", "--size", "50")
    shown = {hit["uri"] for hit in msgspec.json.decode(found.stdout)["hits"]}
    assert shown == {f"urn:test:{n}" for n in range(12)} - {"urn:test:3", "urn:test:5"}
    assert account(settings)["faults"] == {}
