"""`reconcile` accounts for every item, and finds what is lost, stale, resurrected or unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dateline import reconcile
from dateline.cli.reconcile import account_of
from dateline.connections import elasticsearch_client
from dateline.identity import document_id
from dateline.settings import Settings
from tests.integration.whole import account, dateline, ninjs, write

pytestmark = pytest.mark.servers


@pytest.fixture
def index(settings: Settings, tmp_path: Path) -> str:
    """An index of a few stories, one of them withdrawn; returns its name."""
    inbox = tmp_path / "inbox"
    when = {"versioncreated": "2026-05-01T10:00:00Z"}
    later = {"versioncreated": "2026-05-02T10:00:00Z"}
    write(inbox, "1.json", ninjs("urn:test:plain", "Eine Meldung.", **when))
    write(inbox, "2.json", ninjs("urn:test:killed", "Falsch.", **when))
    write(inbox, "3.json", ninjs("urn:test:killed", "Falsch.", **later, pubstatus="canceled"))
    write(inbox, "4.json", ninjs("urn:test:held", "Noch nicht.", **when, pubstatus="withheld"))
    write(
        inbox, "5.json", ninjs("urn:test:later", "Bald.", **when, embargoed="2199-01-01T00:00:00Z")
    )
    write(inbox, "6.json", ninjs("urn:test:updated", "Alt.", **when))
    write(inbox, "7.json", ninjs("urn:test:updated", "Neu.", **later))
    write(inbox, "8.json", ninjs("urn:test:plain", "Eine Meldung.", **when))
    picture = {"uri": "urn:test:picture", "type": "picture", "headline": "Bild"}
    write(inbox, "9.json", picture)
    (inbox / "bad.json").write_bytes(b'{"uri": "urn:test:bad", ')
    ended = dateline(settings, "run", inbox, "--once")
    assert ended.returncode == 1, ended.stderr.decode()
    assert "bad.json" in ended.stderr.decode()
    return f"{settings.index_prefix}articles-000001"


def test_every_item_is_accounted_for_and_every_fault_is_found(
    index: str, settings: Settings
) -> None:
    found = account(settings)
    assert found["faults"] == {}, found["listed"]
    assert found["outcomes"] == {
        "indexed": 2,
        "superseded": 2,
        "withdrawn": 1,
        "withheld": 1,
        "embargoed": 1,
        "duplicate": 1,
        "dead": 1,
        "skipped": 1,
    }
    assert found["items"] == 10
    assert dateline(settings, "reconcile").returncode == 0

    with elasticsearch_client(settings) as client:

        def put(identity: str, source: dict[str, Any]) -> None:
            client.index(index=index, id=document_id(identity), document=source, refresh=True)

        def get(identity: str) -> dict[str, Any]:
            return dict(client.get(index=index, id=document_id(identity))["_source"])

        killed, plain, updated = map(get, ("urn:test:killed", "urn:test:plain", "urn:test:updated"))

        put("urn:test:killed", {**killed, "pubstatus": "usable"})
        assert account(settings)["faults"] == {"resurrected": 1}
        put("urn:test:killed", killed)

        put("urn:test:updated", {**updated, "standing": plain["standing"]})
        assert account(settings)["faults"] == {"stale": 1}
        put("urn:test:updated", updated)

        put("urn:test:stranger", plain)
        assert account(settings)["faults"] == {"unknown": 1}
        client.delete(index=index, id=document_id("urn:test:stranger"), refresh=True)

        client.delete(index=index, id=document_id("urn:test:plain"), refresh=True)
        assert account(settings)["faults"] == {"missing": 1}
        ended = dateline(settings, "reconcile")
        assert ended.returncode == 1
        assert "missing: urn:test:plain" in ended.stdout.decode()


def test_what_comes_while_it_looks_is_no_fault(
    index: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wire does not stop for an account: a new story, a kill and an update in the middle."""
    read = reconcile._read_enriched

    def read_then_more_comes(*given: Any) -> None:
        read(*given)
        more, now = tmp_path / "more", {"versioncreated": "2026-05-03T10:00:00Z"}
        write(more, "1.json", ninjs("urn:test:new", "Eben erst.", **now))
        write(more, "2.json", ninjs("urn:test:plain", "Falsch.", **now, pubstatus="canceled"))
        write(more, "3.json", ninjs("urn:test:updated", "Noch neuer.", **now))
        assert dateline(settings, "run", more, "--once").returncode == 0

    monkeypatch.setattr(reconcile, "_read_enriched", read_then_more_comes)
    account = account_of(settings)
    assert (account.faults, account.items, account.balanced) == ({}, 10, True)
    monkeypatch.undo()
    assert account_of(settings).items == 13
