"""A partial replay: what is chosen is reprocessed, all else taken over, and nothing lacks."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client, kafka_admin
from dateline.identity import document_id
from dateline.offsets import ends
from dateline.reading import read_topic
from dateline.records import EnrichedHeaders
from dateline.selection import Selection
from dateline.settings import Settings
from dateline.topics import Topics
from processors.provenance import Today
from sinks import generations
from sinks.selecting import Wanted, select
from tests.conftest import ROOT
from tests.integration.whole import dateline, documents, ninjs, write

pytestmark = pytest.mark.servers

FIRST, LATER, LAST = (f"2026-05-0{day}T10:00:00Z" for day in (1, 2, 3))


def older_model(folder: Path, version: str = "0.0.1") -> Path:
    """The German model that ships, as if it were an older one."""
    made = folder / "de"
    shutil.copytree(ROOT / "models" / "de_dateline_news", made)
    meta = msgspec.json.decode((made / "meta.json").read_bytes())
    (made / "meta.json").write_bytes(msgspec.json.encode({**meta, "version": version}))
    return folder


def run(settings: Settings, inbox: Path, status: int = 0) -> None:
    ended = dateline(settings, "run", inbox, "--once")
    assert ended.returncode == status, ended.stderr.decode()


def replay(settings: Settings, *arguments: str) -> str:
    ended = dateline(settings, "replay", *arguments)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stderr.decode()


def index(settings: Settings, number: int) -> dict[str, dict[str, Any]]:
    """Every document of a generation, by its uri."""
    with elasticsearch_client(settings) as client:
        found = documents(client, f"{settings.index_prefix}articles-{number:06d}")
    return {one["uri"]: one for one in found.values()}


def marked(settings: Settings, number: int) -> list[tuple[str, str]]:
    """Uri and version of what the enriched topic holds for a generation alone."""
    topics = Topics.of(settings)
    with kafka_admin(settings) as admin:
        until = ends(admin, topics.enriched)
    found = []
    for record in read_topic(settings, topics.enriched, until):
        if EnrichedHeaders.read(record.headers, record.position).generation == number:
            article = msgspec.json.decode(record.value)
            found.append((article["uri"], article.get("versioncreated", "")))
    return sorted(found)


def faults(settings: Settings, number: int) -> dict[str, int]:
    ended = dateline(settings, "reconcile", "--generation", str(number), "--json")
    assert ended.returncode in (0, 1), ended.stderr.decode()
    account = msgspec.json.decode(ended.stdout)
    assert account["faults"] == {}, account["listed"]
    outcomes: dict[str, int] = {name: count for name, count in account["outcomes"].items() if count}
    return outcomes


def made_by(document: dict[str, Any]) -> str | None:
    version: str | None = document["provenance"].get("model_version")
    return version


def test_what_is_stale_is_made_anew_and_all_else_taken_over(
    settings: Settings, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    older = msgspec.structs.replace(settings, models_dir=str(older_model(tmp_path / "models")))
    english = {"language": "en"}
    for n in range(4):
        write(inbox, f"de{n}.json", ninjs(f"urn:de:{n}", f"Meldung {n}. Der Rat tagt in Dresden."))
        text = f"Report {n}. The council of the city meets in London on Friday."
        write(inbox, f"en{n}.json", ninjs(f"urn:en:{n}", text, **english))
    # Versions of a story, a kill; one document with two items; and what nobody can read.
    newer = ninjs("urn:de:0", "Meldung 0 neu. Der Rat tagte in Bonn.", versioncreated=LATER)
    write(inbox, "de0b.json", newer)
    write(inbox, "de1k.json", ninjs("urn:de:1", "Weg.", versioncreated=LATER, pubstatus="canceled"))
    both = [
        ninjs("urn:two:de", "Zwei auf einmal. Der Landtag in Mainz tagt heute."),
        ninjs("urn:two:en", "Two at once. The parliament in London meets today.", **english),
    ]
    write(inbox, "two.json", {"items": both})
    (inbox / "bad.json").write_bytes(b"{")
    run(older, inbox, 1)
    before = index(settings, 1)
    assert made_by(before["urn:de:2"]) == "0.0.1" != made_by(before["urn:en:2"])

    # With the same model nothing is stale, and nothing is made.
    assert "nothing is to be reprocessed" in replay(older, "--stale")
    number = 3  # the number is not given again
    said = replay(settings, "--stale")
    assert "7 records are enriched again, of 6 stories" in said, said
    after = index(settings, number)
    assert after.keys() == before.keys()
    chosen = {uri for uri in before if uri.startswith("urn:de:")} | {"urn:two:de", "urn:two:en"}
    for uri, document in after.items():
        if uri not in chosen:
            assert document == before[uri]
        elif uri != "urn:two:en":
            assert made_by(document) not in (None, "0.0.1"), uri
    # A tombstone is made by its language's model, too; and each version went the whole way.
    assert [uri for uri, _ in marked(settings, number)] == [
        "urn:de:0", "urn:de:0", "urn:de:1", "urn:de:1", "urn:de:2", "urn:de:3",
        "urn:two:de", "urn:two:en",
    ]  # fmt: skip
    outcomes = faults(settings, number)
    assert outcomes == faults(settings, 1)
    assert outcomes["dead"] == 1

    # What comes now comes into both: to what was taken over, and to what was reprocessed.
    write(inbox, "k1.json", ninjs("urn:en:1", "Gone.", versioncreated=LAST, pubstatus="canceled"))
    write(inbox, "k2.json", ninjs("urn:de:2", "Weg.", versioncreated=LAST, pubstatus="canceled"))
    write(inbox, "c.json", ninjs("urn:de:3", "Meldung 3, berichtigt.", versioncreated=LAST))
    run(settings, inbox)
    for one in (1, number):
        known = index(settings, one)
        assert known["urn:en:1"]["pubstatus"] == known["urn:de:2"]["pubstatus"] == "canceled"
        assert known["urn:de:3"]["headline"] == "Meldung 3, berichtigt"
        faults(settings, one)
    assert dateline(settings, "index", "switch").returncode == 0
    assert dateline(settings, "index", "rollback").returncode == 0
    # Another partial replay on top of the partial one: what holds there holds here.
    assert dateline(settings, "index", "switch", str(number)).returncode == 0
    replay(settings, "--language", "en")
    outcomes = faults(settings, number + 1)
    assert {uri for uri, _ in marked(settings, number + 1)} == {
        "urn:en:0", "urn:en:1", "urn:en:2", "urn:en:3", "urn:two:de", "urn:two:en",
    }  # fmt: skip
    assert outcomes["withdrawn"] == 3


def test_what_is_chosen(settings: Settings, tmp_path: Path) -> None:
    """Each way to choose, asked of the real ledger and index."""
    inbox, other = tmp_path / "inbox", tmp_path / "other"
    for n, (provider, city) in enumerate([("dpa", "Dresden"), ("dpa", "Bonn"), ("afp", "Kiel")]):
        text = f"Meldung {n + 1}. Der Rat der Stadt tagt am Freitag in {city}."
        item = ninjs(f"urn:x:{n + 1}", text, provider=provider, versioncreated=FIRST)
        write(other if provider == "afp" else inbox, f"{n}.json", item)
    # Another version, of which Bonn is not said: the story is chosen by the one that is shown.
    first = ninjs("urn:x:1", "Bonn. Erste Fassung.", provider="dpa", versioncreated="2026-04-01")
    write(inbox, "first.json", first)
    plain = inbox / "plain.txt"
    plain.write_text("Hochwasser\n\nDer Fluss steigt seit Tagen weiter an.\n")
    fourth = ninjs("urn:x:4", "Meldung 4. Mehr ist nicht bekannt.", provider="afp")
    write(other, "two.json", {"items": [fourth, {"uri": 1}]})
    assert dateline(settings, "run", inbox, other, "--once").returncode == 1
    (untitled,) = (one for uri, one in index(settings, 1).items() if not uri.startswith("urn:x"))
    uris = {document_id(f"urn:x:{n}"): n for n in (1, 2, 3, 4)}

    def chosen(
        there: dict[int, tuple[int, int]] | None = None, **given: Any
    ) -> tuple[set[int], int]:
        """Numbers of the stories (0 for the text), and how many raw records."""
        with (
            elasticsearch_client(settings) as client,
            Selection(tmp_path / "selection", create=True) as into,
        ):
            source = generations.by_number(client, settings, 1)
            wanted = Wanted(**given)
            stale = Today(settings).stale
            select(client, settings, source, wanted, into, stale=stale, there=there)
            known = [*uris, document_id(untitled["uri"])]
            stories = {uris.get(document, 0) for document in into.among(known)}
            assert into.stories() == len(stories)
            return stories, into.records()

    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    assert chosen(provider="dpa") == ({1, 2}, 3)
    assert chosen(feed=str(other)) == ({3, 4}, 2)
    assert chosen(identity="urn:x:1") == ({1}, 2)
    assert chosen(query="Dresden") == ({1}, 2)
    assert chosen(query="Bonn") == ({2}, 1)
    assert chosen(query="Dresden OR Bonn OR Kiel", provider="dpa") == ({1, 2}, 3)
    assert chosen(query="provider:afp", feed=str(inbox)) == (set(), 0)
    assert chosen(format="plaintext") == ({0}, 1)
    assert chosen(language="de") == ({0, 1, 2, 3, 4}, 6)
    assert chosen(language="de-AT") == (set(), 0)
    assert chosen(since=now - hour) == ({0, 1, 2, 3, 4}, 6)
    assert chosen(until=now - hour) == (set(), 0)
    assert chosen(since=now - hour, until=now, provider="afp") == ({3, 4}, 2)
    # What is dead may come to something; and with it goes what came in the same document.
    assert chosen(dead=True) == ({4}, 1)
    assert chosen(dead=True, feed=str(inbox)) == (set(), 0)
    # Of a story whose original was deleted from the topic nothing could be made: it stays.
    place = index(settings, 1)["urn:x:2"]["provenance"]
    there = dict.fromkeys(range(settings.topic_partitions), (0, 100))
    assert chosen(there, provider="dpa") == ({1, 2}, 3)
    for deleted in ((place["offset"] + 1, 100), (0, place["offset"])):
        there[place["partition"]] = deleted
        stories, records = chosen(there, provider="dpa")
        assert 2 not in stories and records < 3
    assert chosen(stale=True) == (set(), 0)
    assert chosen(stale=True, dead=True) == ({4}, 1)


def test_dead_letters_alone(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write(inbox, "1.json", ninjs("urn:x:1", "Eine Meldung."))
    write(inbox, "2.json", {"items": [ninjs("urn:x:2", "Noch eine."), {"uri": 1}]})
    run(settings, inbox, 1)
    before = index(settings, 1)
    assert "1 records are enriched again, of 1 stories" in replay(settings, "--dead")
    assert [uri for uri, _ in marked(settings, 2)] == ["urn:x:2"]
    after = index(settings, 2)
    assert after.keys() == before.keys() and after["urn:x:1"] == before["urn:x:1"]
    # It is as dead for the new generation, and was said so for it alone.
    letters = [
        msgspec.json.decode(line)
        for line in dateline(settings, "dead", "list", "--json").stdout.splitlines()
    ]
    assert [letter.get("generation") for letter in letters] == [None, 2]
    assert faults(settings, 2) == faults(settings, 1)


def test_from_enriched_records_nothing_is_enriched(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    older = msgspec.structs.replace(settings, models_dir=str(older_model(tmp_path / "models")))
    for n in range(3):
        text = f"Meldung {n}. Der Rat der Stadt tagt in Dresden."
        write(inbox, f"{n}.json", ninjs(f"urn:e:{n}", text, versioncreated=FIRST))
    write(inbox, "c.json", ninjs("urn:e:1", "Meldung 1, neu.", versioncreated=LATER))
    write(inbox, "en.json", ninjs("urn:e:en", "The council meets in London.", language="en"))
    run(older, inbox)
    replay(settings, "--stale")
    assert dateline(settings, "index", "switch").returncode == 0
    write(inbox, "late.json", ninjs("urn:e:late", "Spät. Noch eine Meldung aus Bonn."))
    run(settings, inbox)

    # As good as the generation that serves: its own enrichment where it has one.
    replay(settings, "--from", "enriched")
    assert marked(settings, 3) == []
    served, again = index(settings, 2), index(settings, 3)
    assert again == served
    assert made_by(again["urn:e:1"]) not in (None, "0.0.1")
    faults(settings, 3)
    replay(settings, "--from", "enriched", "--identity", "urn:e:1")
    assert index(settings, 4) == served
    faults(settings, 4)
    # A kill that came meanwhile holds there as well.
    write(inbox, "k.json", ninjs("urn:e:1", "Weg.", versioncreated=LAST, pubstatus="canceled"))
    run(settings, inbox)
    assert {index(settings, n)["urn:e:1"]["pubstatus"] for n in (1, 2, 3, 4)} == {"canceled"}
    with elasticsearch_client(settings) as client:
        found = client.get(
            index=f"{settings.index_prefix}articles-000004", id=document_id("urn:e:1")
        )
        assert "body_text" not in found["_source"]


def test_a_selection_that_makes_no_sense(settings: Settings, tmp_path: Path) -> None:
    run(settings, write(tmp_path, "1.json", ninjs("urn:x:1", "Eine Meldung.")))
    for arguments, told in [
        (["--stale", "--from", "enriched"], "must be parsed and enriched again"),
        (["--dead", "--query", "Bonn"], "a search finds no dead letters"),
        (["--query", "(Bonn"], "cannot be read"),
    ]:
        ended = dateline(settings, "replay", *arguments)
        assert ended.returncode == 2
        assert told in ended.stderr.decode()
    # Nothing is left of it that would have to be dropped.
    listed = msgspec.json.decode(dateline(settings, "index", "list", "--json").stdout)
    assert [row["generation"] for row in listed] == [1]
