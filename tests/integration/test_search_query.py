"""What people type is found, ranked and marked; what cannot be read is explained."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from dateline.article import Article, Dateline, Name, Provenance
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings
from dateline.versions import content_hash
from sinks import generations
from sinks.search import MARK_END, MARK_START, SearchResult, hints, search
from sinks.writer import Incoming, write

pytestmark = pytest.mark.servers

NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def name(text: str) -> Name:
    return Name(name=text, creator="dateline", count=1)


ARTICLES: list[dict[str, Any]] = [
    {
        "uri": "urn:np:troops",
        "title": "Truppen ziehen ab",
        "headline": "UPDATE 1-Truppen ziehen ab",
        "body_text": "Die Soldaten verließen am Montag die Stadt.\n\nEin Sprecher bestätigte das.",
        "language": "de",
        "person": [name("Wladimir Putin"), name("Kim Jong Un")],
        "place": [
            name("Seoul"),
            Name(name="Kiew", creator="dateline", canonical="Kyiv", aliases=["Kyjiw"], count=1),
        ],
        "dateline": Dateline(text="Seoul (np)", city="Seoul", country_code="KR"),
        "provider": "np",
    },
    {
        "uri": "urn:np:harbour",
        "title": "Fire in the harbour",
        "body_text": "Soldiers helped to fight the fire.",
        "language": "en-GB",
        "person": [name("Jong Smith"), name("Kim Miller"), name("Wolodymyr Selenskyj")],
        "place": [name("Kiel")],
    },
    {
        "uri": "urn:np:school",
        "title": "Schüler:innen protestieren in Köln",
        "body_text": "Lehrer*innen kamen hinzu. Ball ging 3 : 1 ins Netz, Ukraine/Russland: Tor!",
        "language": "de",
        "person": [name("Cem Özdemir")],
    },
    {"uri": "urn:np:held", "title": "Truppen", "language": "de", "pubstatus": "withheld"},
    {
        "uri": "urn:np:embargoed",
        "title": "Truppen",
        "language": "de",
        "embargoed": dt.datetime(2999, 1, 1, tzinfo=dt.UTC),
    },
    {"uri": "urn:np:old", "title": "Truppen", "language": "de", "hours": -48},
    {"uri": "urn:np:new", "title": "Truppen", "language": "de", "hours": -1},
]


@pytest.fixture(scope="module")
def indexed(stack: EmbeddedStack) -> Iterator[Settings]:
    settings = msgspec.structs.replace(
        Settings(), elasticsearch_url=stack.elasticsearch_url, index_prefix="search-"
    )
    with elasticsearch_client(settings) as client:
        generation = generations.ensure(client, settings)
        batch = []
        for given in ARTICLES:
            given = dict(given)
            received = NOW + dt.timedelta(hours=given.pop("hours", 0))
            article = Article(**given)
            provenance = Provenance(received=received, content=content_hash(article))
            article = msgspec.structs.replace(article, provenance=provenance)
            batch.append(Incoming(article=article, enriched=0))
        write(client, generation.index, batch, lambda _provider: "versioncreated")
        client.indices.refresh(index=generation.index)
        yield settings
        client.indices.delete(index=generation.index)


def ask(settings: Settings, query: str, **filters: Any) -> SearchResult:
    with elasticsearch_client(settings) as client:
        return search(client, settings, query, **filters)


def found(settings: Settings, query: str, **filters: Any) -> list[str]:
    return [hit.uri.removeprefix("urn:np:") for hit in ask(settings, query, **filters).hits]


def test_a_hit_tells_what_a_list_shows(indexed: Settings) -> None:
    result = ask(indexed, "Soldat")
    (hit,) = result.hits
    assert result.total == 1
    assert (hit.title, hit.city, hit.provider, hit.language) == (
        "Truppen ziehen ab",
        "Seoul",
        "np",
        "de",
    )
    assert hit.timestamp == NOW
    assert hit.highlights[0].startswith(f"Die {MARK_START}Soldaten{MARK_END} verließen")


def test_two_words_meet_though_they_stand_in_different_fields(indexed: Settings) -> None:
    assert found(indexed, "Truppe Sprecher") == ["troops"]
    assert found(indexed, "Truppe Seoul Putin") == ["troops"]
    assert found(indexed, "Truppe Feuerwehr") == []


def test_lucene_syntax(indexed: Settings) -> None:
    assert found(indexed, '"verließen am Montag"') == ["troops"]
    assert set(found(indexed, "fire OR Soldat")) == {"harbour", "troops"}
    assert found(indexed, "Truppe NOT Soldat") == ["new", "old"]
    assert found(indexed, "person.name:putin") == ["troops"]
    assert found(indexed, "harb*") == ["harbour"]
    assert found(indexed, "version:none-such-number harbour") == []


def test_typographic_quotation_marks_and_slashes(indexed: Settings) -> None:
    assert found(indexed, "„verließen am Montag“") == ["troops"]
    assert found(indexed, "„am verließen Montag“") == []
    assert found(indexed, "Soldaten/Sprecher") == ["troops"]


def test_times_and_questions(indexed: Settings) -> None:
    yesterday = (NOW - dt.timedelta(hours=24)).isoformat()
    assert found(indexed, f"Truppe @timestamp:<{yesterday}") == ["old"]
    assert "old" not in found(indexed, f"Truppe @timestamp:(>={yesterday})")
    assert found(indexed, f"Truppe @timestamp:{NOW.isoformat()} Putin") == ["troops"]
    assert found(indexed, "Truppe um 10:30") == []
    assert found(indexed, "Soldaten verließen Stadt?") == ["troops"]
    assert found(indexed, "Soldaten verließen Stadt ?") == ["troops"]
    assert found(indexed, '_exists_:"dateline" fire OR _exists_:"dateline.city"') == ["troops"]


def test_a_regular_expression_occupies_nobody(indexed: Settings) -> None:
    """Read as one, the server would work on it for minutes."""
    with pytest.raises(UsageError, match="no regular expressions"):
        ask(indexed, "/(a|b|c|d|e){1,200}{1,200}/")


def test_a_field_that_does_not_exist_is_named(indexed: Settings) -> None:
    with pytest.raises(UsageError, match="near versioncreated"):
        ask(indexed, "versioncreatd:[2020 TO 2021]")
    # A field of an index that another Dateline made.
    with elasticsearch_client(indexed) as client:
        index = generations.index_of(indexed, 1)
        client.indices.put_mapping(index=index, properties={"newer": {"type": "keyword"}})
    assert found(indexed, "newer:none") == []


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("Truppe oder Feuerwehr", '"oder" is looked for as a word here'),
        ("versioncreated:[sometime TO now]", "failed to parse date field [sometime]"),
        ("version:none-such-number", "none-such-number"),
        ("Truppe Feuerwehr", None),
    ],
)
def test_what_finds_nothing_may_be_meant_otherwise(
    indexed: Settings, query: str, hint: str | None
) -> None:
    assert found(indexed, query) == []
    with elasticsearch_client(indexed) as client:
        told = hints(client, indexed, query)
    assert [hint in one for one in told if hint] == ([True] if hint else [])
    assert len(told) == (1 if hint else 0)


def test_neither_withheld_nor_embargoed_nor_old_before_new(indexed: Settings) -> None:
    assert set(found(indexed, "Truppe")) == {"troops", "old", "new"}
    assert found(indexed, "title:Truppen", since=NOW - dt.timedelta(hours=3))[-1] != "old"
    listed = found(indexed, "*")
    assert listed.index("new") < listed.index("old")
    assert {"held", "embargoed"} <= set(found(indexed, "Truppe", desk=True))


def test_filters(indexed: Settings) -> None:
    assert set(found(indexed, "*", language="en")) == {"harbour"}
    assert set(found(indexed, "", person="Putin")) == {"troops"}
    assert set(found(indexed, "", person="putin wladimir")) == {"troops"}
    for spelling in ("Selenskyj", "Zelensky", "volodymyr zelenskyy"):
        assert set(found(indexed, "", person=spelling)) == {"harbour"}
    # Two people's names do not make a third one's.
    assert set(found(indexed, "", person="Kim Jong")) == {"troops"}
    assert set(found(indexed, "", place="kiel")) == {"harbour"}
    assert set(found(indexed, "", place="Seoul")) == {"troops"}
    for spelling in ("Kiew", "Kyiv", "kyjiw"):
        assert set(found(indexed, "", place=spelling)) == {"troops"}
        assert found(indexed, spelling) == ["troops"]
    assert found(indexed, "", since=NOW - dt.timedelta(hours=2), language="de")[-1] == "new"


@pytest.mark.parametrize("query", ['"no end', "AND AND", "title:(a", "[1 TO"])
def test_a_query_that_cannot_be_read_is_shown_with_what_to_do(
    indexed: Settings, query: str
) -> None:
    with pytest.raises(UsageError) as told:
        ask(indexed, query)
    assert repr(query) in str(told.value) and told.value.remedy


def test_without_an_index_it_says_so(indexed: Settings) -> None:
    with pytest.raises(Unavailable, match="no index"):
        ask(msgspec.structs.replace(indexed, index_prefix="nowhere-"), "x")


@pytest.mark.parametrize(
    "query",
    [
        "Schüler",
        "Schülerinnen",
        "Schüler:innen",
        "Schüler:innen protestieren",
        "Schüler*innen",
        "Lehrer Lehrerinnen",
        "Lehrer*innen",
        "Ball 3 : 1",
        "3:1",
        "Ukraine/Russland: Tor!",
        "Tor! Tor!",
        "K\u00f6ln?, Lehrer",
        "Ko\u0308ln",
        "Schu\u0308\u00adler Ball",
        "Leh\u00adrer\u00a0OR\u00a0xyzzy",
    ],
)
def test_what_is_pasted_is_found(indexed: Settings, query: str) -> None:
    with elasticsearch_client(indexed) as client:
        assert [hit.uri for hit in search(client, indexed, query).hits] == ["urn:np:school"]


def test_a_name_is_found_however_its_letters_are_composed(indexed: Settings) -> None:
    with elasticsearch_client(indexed) as client:
        for name in ("Özdemir", "O\u0308zdemir"):
            found = search(client, indexed, "*", person=name)
            assert [hit.uri for hit in found.hits] == ["urn:np:school"]
