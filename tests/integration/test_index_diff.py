"""`index diff` shows what a switch would change; `switch` refuses to lose; `drop` by age, too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client, kafka_admin
from dateline.identity import document_id
from dateline.offsets import ends
from dateline.settings import Settings
from dateline.topics import Topics
from sinks import generations
from tests.integration.whole import dateline, ninjs, write

pytestmark = pytest.mark.servers


def diff(settings: Settings, *arguments: str) -> dict[str, Any]:
    ended = dateline(settings, "index", "diff", "--json", *arguments)
    assert ended.returncode == 0, ended.stderr.decode()
    return msgspec.json.decode(ended.stdout, type=dict[str, Any])


def test_a_switch_is_seen_before_it_is_made(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    for n in range(8):
        write(inbox, f"{n}.json", ninjs(f"urn:test:{n}", f"Meldung {n}. Der Rat tagt in Dresden."))
    assert dateline(settings, "run", inbox, "--once").returncode == 0
    alone = dateline(settings, "index", "diff")
    assert alone.returncode == 2 and b"nothing to compare generation 1 with" in alone.stderr

    assert dateline(settings, "replay").returncode == 0
    assert diff(settings)["changes"]["same"] == 8
    said = dateline(settings, "index", "diff")
    assert b"changes nothing: 8 documents, each the same" in said.stdout

    # A worse replay, made by hand: a story lacks, another has other names and another language.
    index = f"{settings.index_prefix}articles-000002"
    with elasticsearch_client(settings) as client:
        client.delete(index=index, id=document_id("urn:test:3"))
        entities = [{"text": "<Rat>", "label": "PER", "start": 4, "end": 9, "field": "body_text"}]
        client.update(
            index=index,
            id=document_id("urn:test:5"),
            doc={"language": "nl", "entities": entities},
            refresh=True,
        )
    judged = tmp_path / "judged.jsonl"
    judged.write_text('{"query": "Rat Dresden", "relevant": ["urn:test:3", "urn:test:4"]}\n')
    page = tmp_path / "diff.html"
    found = diff(settings, "--html", str(page), "--queries", str(judged))
    changes = found["changes"]
    assert (changes["gone"]["count"], changes["added"]["count"], changes["changed"]) == (1, 0, 1)
    assert changes["lost"]["examples"][0]["uri"] == "urn:test:3"
    assert found["share_lost"] == 1 / 8
    assert {one["label"]: one["gained"] for one in changes["entities"]}["PER"] == 1
    assert [(one["old"], one["new"]) for one in changes["languages"]] == [("de", "nl")]
    assert [one["lost"] for one in found["relevance"]["queries"]] == [["urn:test:3"]]
    shown = page.read_text()
    assert "&lt;Rat&gt;" in shown and "<Rat>" not in shown and "urn:test:3" in shown

    table = dateline(settings, "index", "diff")
    assert table.returncode == 0
    for told in ("1 gone, 1 changed, 6 the same", "urn:test:3", "nl", "PER", "language"):
        assert told in table.stdout.decode(), table.stdout.decode()

    # What it lacks comes first, and nothing is switched where that takes too long.
    produced = write(inbox, "late.json", ninjs("urn:test:9", "Meldung 9."))
    assert dateline(settings, "produce", produced, "--once").returncode == 0
    topics = Topics.of(settings)
    with kafka_admin(settings) as admin:
        until = msgspec.json.encode({str(p): o for p, o in ends(admin, topics.raw).items()})
    assert dateline(settings, "process", "--until", until.decode()).returncode == 0
    late = dateline(settings, "index", "switch", "--within", "0", "--max-lost", "100%")
    assert late.returncode == 3 and b"did not catch up within 0 s" in late.stderr
    listed = msgspec.json.decode(dateline(settings, "index", "list", "--json").stdout)
    assert [row["generation"] for row in listed if row["serving"]] == [1]

    refused = dateline(settings, "index", "switch")
    assert refused.returncode == 2
    assert "would lose 1 of 8 articles" in refused.stderr.decode()
    assert dateline(settings, "index", "switch", "--max-lost", "12%").returncode == 2
    assert dateline(settings, "index", "switch", "--max-lost", "0.125").returncode == 0
    # The other way round, once it serves: against the one that served before.
    assert diff(settings)["changes"]["gone"]["count"] == 1
    assert dateline(settings, "index", "rollback").returncode == 0


def test_generations_are_dropped_by_number_and_age(settings: Settings) -> None:
    with elasticsearch_client(settings) as client:
        generations.ensure(client, settings)
        for _ in range(3):
            created = generations.create_next(client, settings)
            generations.begin(client, settings, created.number)
            generations.mark_complete(client, settings, created.number)
        assert generations.switch(client, settings, 2) == (1, 2)

    def numbers() -> list[int]:
        listed = dateline(settings, "index", "list", "--json").stdout
        return [row["generation"] for row in msgspec.json.decode(listed)]

    unclear = dateline(settings, "index", "drop")
    assert unclear.returncode == 2 and b"what to drop is not clear" in unclear.stderr
    kept = dateline(settings, "index", "drop", "--older-than", "1h")
    assert kept.returncode == 0 and b"no generation to drop" in kept.stderr
    # 1 is the one to go back to, 2 serves
    assert dateline(settings, "index", "drop", "--keep", "1").returncode == 0
    assert numbers() == [1, 2, 4]
    assert dateline(settings, "index", "drop", "--older-than", "0m").returncode == 0
    assert numbers() == [1, 2]
