"""`reconcile` accounts for every item, and finds what is lost, stale, resurrected or unknown, and
what the ledger does not say."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.cli.reconcile import account_of
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.identity import document_id
from dateline.reconcile.intake import Intake
from dateline.records import Position
from dateline.settings import Settings, as_environment
from dateline.topics import ensure_topics
from sinks import generations, ledger
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
    assert found["items"] == found["recorded"] == 10
    assert (found["in_flight"], found["in_flight_listed"]) == (0, [])
    ended = dateline(settings, "reconcile")
    assert (ended.returncode, ended.stderr) == (0, b""), "progress is for terminals"

    with elasticsearch_client(settings) as client:

        def put(identity: str, source: dict[str, Any]) -> None:
            client.index(index=index, id=document_id(identity), document=source, refresh=True)

        def get(identity: str) -> dict[str, Any]:
            return dict(client.get(index=index, id=document_id(identity))["_source"])

        killed, plain, updated = map(get, ("urn:test:killed", "urn:test:plain", "urn:test:updated"))

        put("urn:test:killed", {**killed, "pubstatus": "usable"})
        assert account_of(settings).faults == {"resurrected": 1}
        put("urn:test:killed", killed)

        put("urn:test:updated", {**updated, "standing": plain["standing"]})
        assert account_of(settings).faults == {"stale": 1}
        put("urn:test:updated", updated)

        put("urn:test:stranger", plain)
        assert account_of(settings).faults == {"unknown": 1}
        client.delete(index=index, id=document_id("urn:test:stranger"), refresh=True)

        client.delete(index=index, id=document_id("urn:test:plain"), refresh=True)
        assert account_of(settings).faults == {"missing": 1}
        ended = dateline(settings, "reconcile")
        assert ended.returncode == 1
        assert "missing: urn:test:plain" in ended.stdout.decode()
    assert list(settings.data_path.glob("dateline-reconcile-*")) == []


def test_what_the_ledger_lacks_or_says_wrongly_is_found(index: str, settings: Settings) -> None:
    entries = ledger.index_of(settings)
    with elasticsearch_client(settings) as client:

        def entry(**terms: Any) -> tuple[str, dict[str, Any], str]:
            """(id, source, how the account names it) of the one entry that has these."""
            query = {"bool": {"filter": [{"term": {name: is_}} for name, is_ in terms.items()]}}
            (hit,) = client.search(index=entries, query=query)["hits"]["hits"]
            source = dict(hit["_source"])
            what = f"dead letter {source.get('dead')}"
            if "topic" in source:
                place = Position(source["topic"], source["partition"], source["offset"])
                what = f"{place} item {source['item']}"
            return hit["_id"], source, what

        def put(number: str, source: dict[str, Any]) -> None:
            client.index(index=entries, id=number, document=source, refresh=True)

        killed = entry(identity="urn:test:killed", outcome="withdrawn")
        picture, refused = entry(outcome="skipped"), entry(outcome="dead")
        for number, source, what in (killed, picture, refused):
            client.delete(index=entries, id=number, refresh=True)
            found = account_of(settings)
            assert (found.faults, found.recorded) == ({"unrecorded": 1}, 9), what
            assert found.listed[0].what == what
            put(number, source)

        for (number, source, what), outcome in (
            (killed, "dead"),
            (picture, "indexed"),
            (refused, "skipped"),
        ):
            put(number, {**source, "outcome": outcome})
            found = account_of(settings)
            assert found.faults == {"misrecorded": 1}, what
            assert found.listed[0].what == what
            put(number, source)

        put("forged", {**killed[1], "item": 9})
        assert account_of(settings).faults == {"unknown": 1}

        client.indices.delete(index=entries)
        ended = dateline(settings, "reconcile")
        assert ended.returncode == 1
        assert ended.stdout.decode().count("unrecorded: ") == 1


def test_what_comes_while_it_looks_is_no_fault(
    index: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wire does not stop for an account: a new story, a kill and an update in the middle."""
    read = Intake.enriched

    def read_then_more_comes(*given: Any) -> None:
        read(*given)
        more, now = tmp_path / "more", {"versioncreated": "2026-05-03T10:00:00Z"}
        write(more, "1.json", ninjs("urn:test:new", "Eben erst.", **now))
        write(more, "2.json", ninjs("urn:test:plain", "Falsch.", **now, pubstatus="canceled"))
        write(more, "3.json", ninjs("urn:test:updated", "Noch neuer.", **now))
        assert dateline(settings, "run", more, "--once").returncode == 0

    monkeypatch.setattr(Intake, "enriched", read_then_more_comes)
    account = account_of(settings)
    assert (account.faults, account.items, account.balanced) == ({}, 10, True)
    monkeypatch.undo()
    assert account_of(settings).items == 13


def test_an_account_that_is_ended_leaves_nothing_behind(settings: Settings) -> None:
    """Whoever watches ends what takes too long: with SIGTERM, as `timeout` does."""
    settings.data_path.mkdir(exist_ok=True)
    with kafka_admin(settings) as admin, elasticsearch_client(settings) as client:
        ensure_topics(admin, settings)
        generations.ensure(client, settings)
        ledger.ensure(client, settings)
    assert dateline(settings, "reconcile").returncode == 0
    code = (
        "import os, signal, sys\n"
        "from dateline.cli import run_command\n"
        "from dateline.reconcile.intake import Intake\n"
        "Intake.documents = lambda *_: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.exit(run_command(['reconcile']))\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **as_environment(settings)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (130, b""), ended.stderr.decode()
    assert list(settings.data_path.glob("dateline-reconcile-*")) == []


def test_without_servers_it_says_so_with_status_3(settings: Settings) -> None:
    """Monitors must tell "not balanced" from "nobody answers"."""
    away = msgspec.structs.replace(settings, elasticsearch_url="http://127.0.0.1:9")
    ended = dateline(away, "reconcile", "--json")
    assert (ended.returncode, ended.stdout) == (3, b"")
