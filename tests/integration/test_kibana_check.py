"""Kibana's objects and cookbook on the real Elasticsearch, over a few articles that are known.

Articles and agencies are invented.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.article import Article, Concept, Dateline, Location, Name, Provenance
from dateline.cli import run_command
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.ledger import of_article
from dateline.settings import Settings
from dateline.versions import content_hash
from kibana import build
from kibana.cookbook import RECIPES
from kibana.probe import fields_there, probe
from kibana.queries import highlight, of_cookbook, views
from sinks import generations, ledger
from sinks.writer import Incoming, write

pytestmark = pytest.mark.servers

NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
STEINER = Name(
    name="Steiner", canonical="Mara Steiner", aliases=["Mara Steiner"], creator="dateline", count=2
)
MEDIGER = Name(name="Jan Mediger", canonical="Jan Mediger", creator="dateline", count=1)
OSLO = Name(
    name="Oslo",
    canonical="Oslo",
    creator="dateline",
    count=1,
    country_code="NO",
    location=Location(lat=59.91, lon=10.75),
    geonames_id=3143244,
)
GENEVA = Dateline(
    text="Genf (np)",
    city="Genf",
    country_code="CH",
    location=Location(lat=46.2, lon=6.15),
)
SPORT = Concept(code="15000000", scheme="medtop", name="sport", qcode="medtop:15000000")
OLDER = NOW - dt.timedelta(days=3)

#: name to its fields; `hours` before now it was made
ARTICLES: dict[str, dict[str, Any]] = {
    # Both words, in inflections, in two fields; one of them alone.
    "troops": {
        "title": "Truppen ziehen ab",
        "body_text": "Sie standen an den Grenzen.",
        "de": True,
    },
    "troops-alone": {
        "title": "Truppen feiern",
        "body_text": "Ein Fest in der Kaserne.",
        "de": True,
    },
    "flood": {"title": "Hochwasser am Fluss", "body_text": "Die Pegel steigen.", "de": True},
    "drought": {"title": "Dürre im Süden", "body_text": "Felder liegen trocken.", "de": True},
    "left": {"title": "Die Linke wählt", "body_text": "Ein Parteitag in der Halle.", "de": True},
    # The same words, but not beside each other.
    "left-hand": {
        "title": "Die Hand, die rechte, nicht linke",
        "body_text": "Ein Rat.",
        "de": True,
    },
    # One person, written in two ways; another who shares the name.
    "steiner": {"title": "Ein Gespräch", "person": [STEINER], "de": True},
    "steiner-full": {
        "title": "A talk",
        "person": [
            Name(name="Mara Steiner", canonical="Mara Steiner", creator="dateline", count=1)
        ],
    },
    "other-steiner": {
        "title": "A chess player",
        "person": [
            Name(name="Otto Steiner", canonical="Otto Steiner", creator="dateline", count=1)
        ],
    },
    "mediger": {"title": "A carpenter", "person": [MEDIGER]},
    "urgent": {"title": "Eil: Brücke gesperrt", "provider": "nordpress", "urgency": 2, "de": True},
    "calm": {"title": "Ausstellung eröffnet", "provider": "nordpress", "urgency": 6, "de": True},
    "urgent-elsewhere": {"title": "Bridge closed", "provider": "meridian", "urgency": 1},
    "geneva": {"title": "Talks go on", "provider": "nordpress", "dateline": GENEVA},
    "geneva-meridian": {"title": "Talks end", "provider": "meridian", "dateline": GENEVA},
    "steel": {"title": "Stahlwerk hält an", "body_text": "Ein Ofen.", "de": True},
    "steel-in-body": {"title": "Ofen aus", "body_text": "Das Stahlwerk schweigt.", "de": True},
    "oslo-today": {"title": "Ferry on time", "place": [OSLO]},
    "oslo-older": {"title": "Ferry late", "place": [OSLO], "hours": 72},
    "embargo-over": {"title": "Harvest survey", "embargoed": NOW - dt.timedelta(hours=1)},
    # Not found by anybody yet.
    "embargo-runs": {"title": "Next survey", "embargoed": NOW + dt.timedelta(days=900)},
    "sport": {"title": "Rudern in Wien", "language": "de-AT", "subject": [SPORT]},
    "sport-english": {"title": "Rowing", "language": "en", "subject": [SPORT]},
    "corrected": {"title": "Seven boats, not six", "update_kind": ["correction"]},
    "killed": {"title": "Withdrawn", "update_kind": ["kill"], "pubstatus": "canceled"},
    "update": {"title": "Boats, more", "update_kind": ["update"]},
}
EXPECTED = {
    "both-words": {"troops"},
    "either-word": {"flood", "drought"},
    "phrase": {"left"},
    "person-by-part": {"steiner", "steiner-full", "other-steiner"},
    "person-exact": {"steiner", "steiner-full"},
    "urgent-from-agency": {"urgent"},
    "dateline-without": {"geneva"},
    "beginning": {"steel"},
    "last-day": {"oslo-today"},
    "had-embargo": {"embargo-over"},
    "subject-and-language": {"sport"},
    "corrections": {"corrected", "killed"},
}


def article(name: str, given: dict[str, Any]) -> Article:
    given = dict(given)
    received = NOW - dt.timedelta(minutes=5, hours=given.pop("hours", 0))
    if given.pop("de", False):
        given["language"] = "de"
    plain = Article(uri=f"urn:known:{name}", **given)
    origin = Provenance(
        feed="known", format="ninjs", received=received, content=content_hash(plain),
        topic="articles.raw", partition=0, offset=list(ARTICLES).index(name),
    )  # fmt: skip
    return msgspec.structs.replace(plain, provenance=origin)


@pytest.fixture(scope="module")
def known(stack: EmbeddedStack) -> Iterator[Settings]:
    """The articles and their ledger, under a prefix of their own."""
    settings = msgspec.structs.replace(
        Settings(), elasticsearch_url=stack.elasticsearch_url, index_prefix="kibana-"
    )
    read = [article(name, given) for name, given in ARTICLES.items()]
    with elasticsearch_client(settings) as client:
        generation = generations.ensure(client, settings)
        book = ledger.ensure(client, settings)
        batch = [Incoming(article=one, enriched=0) for one in read]
        write(client, generation.index, batch, lambda _provider: "versioncreated")
        entries = [
            of_article(
                one,
                "withdrawn" if one.pubstatus == "canceled" else "indexed",
                items=1,
                written=NOW,
            )
            for one in read
        ]
        ledger.record(client, book.index, entries, tries=3)
        client.indices.refresh(index=[generation.index, book.index])
        yield settings
        client.indices.delete(index=[generation.index, book.index])


@pytest.fixture
def environment(known: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The command meets the same servers."""
    monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", str(known.elasticsearch_url))
    monkeypatch.setenv("DATELINE_INDEX_PREFIX", known.index_prefix)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("environment")
def test_all_that_ships_passes_and_every_query_runs(capsys: pytest.CaptureFixture[str]) -> None:
    status = run_command(["kibana", "check", "--json"])
    report = json.loads(capsys.readouterr().out)
    assert report["problems"] == []
    assert status == 0 and report["elasticsearch"] is True
    shipped = build.objects()
    # As many as there are charts, lists, maps and controls.
    charts = sum(
        panel["type"] == "lens"
        for one in shipped
        if one["type"] == "dashboard"
        for panel in json.loads(one["attributes"]["panelsJSON"])
    )
    controls = sum(
        len(json.loads(one["attributes"]["controlGroupInput"]["panelsJSON"]))
        for one in shipped
        if one["type"] == "dashboard"
    )
    others = sum(one["type"] in ("search", "map") for one in shipped)
    assert report["queries"] == charts + controls + others
    assert report["recipes"] == {name: len(found) for name, found in EXPECTED.items()}


@pytest.mark.parametrize("name", [recipe.name for recipe in RECIPES])
def test_a_recipe_finds_what_it_should_in_both_syntaxes(known: Settings, name: str) -> None:
    with elasticsearch_client(known) as client:
        prefix = known.index_prefix
        aliases = {alias: prefix + alias for alias in ("articles", "articles-desk", "ledger")}
        indices = {alias: fields_there(client, there) for alias, there in aliases.items()}
        for recipe, *both in of_cookbook(views(build.objects(), indices)):
            if recipe != name:
                continue
            for request in both:
                hits = client.search(
                    index=prefix + request.index, query=request.body["query"], size=100
                )["hits"]["hits"]
                found = {hit["_source"]["uri"].removeprefix("urn:known:") for hit in hits}
                assert found == EXPECTED[name], request.at


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        # Elasticsearch alone knows: a number that is none, a distance between words that is none.
        ({"query": "urgency:[1 TO high]", "language": "lucene"}, "high"),
        ({"query": "title:fire~soon", "language": "lucene"}, "soon"),
    ],
)
def test_a_query_that_does_not_run_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, str], told: str
) -> None:
    shipped = [json.loads(line) for line in build.content().splitlines()]
    (ticker,) = (one for one in shipped if one["id"] == "dateline-ticker")
    lines = [*(one for one in shipped if one["type"] == "index-pattern"), ticker]
    meta = ticker["attributes"]["kibanaSavedObjectMeta"]
    meta["searchSourceJSON"] = json.dumps(
        {**json.loads(meta["searchSourceJSON"]), "query": changed}
    )
    (tmp_path / "broken.ndjson").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    assert run_command(["kibana", "check", "broken.ndjson"]) == 1
    problem = capsys.readouterr().err
    assert "search:dateline-ticker: list: rule elasticsearch: found" in problem
    assert told in problem


def test_a_field_that_the_index_lacks_is_named(known: Settings) -> None:
    """The index is asked, not the template: it may be of an older Dateline."""
    from kibana.check import problems

    with elasticsearch_client(known) as client:
        fields = fields_there(client, f"{known.index_prefix}articles")
        book = fields_there(client, f"{known.index_prefix}ledger")
    older = {name: kind for name, kind in fields.items() if not name.startswith("person.canonical")}
    found = problems(build.content(), {"articles": older, "articles-desk": older, "ledger": book})
    assert {problem.rule for problem in found} == {"field"}
    assert any("control person" in problem.at for problem in found)


def test_recipes_that_differ_between_the_syntaxes_are_named(
    known: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    slip = msgspec.structs.replace(RECIPES[0], kql="Truppe or Grenze")
    monkeypatch.setattr("kibana.queries.RECIPES", (slip,))
    prefix = known.index_prefix
    shipped = json.loads(json.dumps(build.objects()[:3]))
    for one in shipped:
        one["attributes"]["title"] = prefix + one["attributes"]["title"]
    with elasticsearch_client(known) as client:
        names = [one["attributes"]["title"] for one in shipped]
        indices = {name: fields_there(client, name) for name in names}
        (problem,) = probe(client, shipped, indices).problems
    assert (problem.rule, problem.at) == ("cookbook", "both-words")
    assert problem.found == "1 by Lucene's syntax, 2 by KQL"


def test_without_an_index_it_says_so(
    stack: EmbeddedStack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", stack.elasticsearch_url)
    monkeypatch.setenv("DATELINE_INDEX_PREFIX", "nowhere-")
    monkeypatch.chdir(tmp_path)
    assert run_command(["kibana", "check"]) == 3
    assert run_command(["kibana", "check", "--offline"]) == 0


def test_what_kibana_marks_and_what_it_does_not(known: Settings) -> None:
    """docs/decisions/0012: a word as typed is marked in the columns, an inflection in `text`."""
    with elasticsearch_client(known) as client:

        def marked(word: str) -> set[str]:
            answer = client.search(
                index=f"{known.index_prefix}articles",
                query={"query_string": {"query": word}},
                highlight=highlight(),
                size=100,
            )
            hits = {hit["_source"]["uri"]: hit for hit in answer["hits"]["hits"]}
            return set(hits["urn:known:troops"]["highlight"])

        assert marked("Grenzen") == {"body_text", "text.de"}
        assert marked("Grenze") == {"text.de"}
