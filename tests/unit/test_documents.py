"""What the index holds of an article: everything that may be shown, nothing that may not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from dateline.article import (
    Article,
    Association,
    Concept,
    Dateline,
    DetectedLanguage,
    Entity,
    Location,
    Name,
    Provenance,
    Transmission,
    decode,
)
from dateline.versions import Decision, Standing, standing_of
from sinks import documents
from sinks.asides import without
from sinks.template import mappings

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def full_article(**changes: Any) -> Article:
    """Every field is set, so that a new one cannot be forgotten here or in the mapping."""
    name = Name(
        name="Erika Muster",
        creator="dateline",
        canonical="Erika Mustermann",
        aliases=["Muster"],
        role="source",
        confidence=0.5,
        count=2,
        code="1",
        scheme="x",
        rel="about",
        country_code="DE",
        location=Location(lat=1, lon=2),
        geonames_id=3,
    )
    concept = Concept(code="1", scheme="medtop", name="Politik", rel="main", qcode="medtop:1")
    article = Article(
        uri="urn:np:1",
        title="Feuer im Hafen",
        version=3,
        versioncreated=T0,
        firstcreated=T0,
        contentcreated=T0,
        embargoed=T0,
        expires=T0,
        date_precision="day",
        headline="UPDATE 2-Feuer im Hafen",
        slugline="hafen-feuer",
        byline="Von Erika Muster",
        description_text="Lagerhalle brennt",
        keywords=["Hafen"],
        ednote="Neu: Zitat",
        ednote_nonpublic="Telefon 0000",
        body_text="Es brennt.\n\nLÖSCHARBEITEN",
        crossheads=["LÖSCHARBEITEN"],
        dateline=Dateline(
            text="Kiel (np)",
            city="Kiel",
            date="1. März",
            source="np",
            country_code="DE",
            location=Location(lat=54.3, lon=10.1),
            geonames_id=1,
        ),
        located="Kiel",
        urgency=4,
        priority=5,
        genre=[concept],
        subject=[concept],
        provider="np",
        provider_declared="Nordpress",
        service="bas",
        transmission=Transmission(service="bas", number="0157"),
        altids={"any.key": "1"},
        copyrightholder="np",
        copyrightnotice="(c)",
        usageterms="none",
        creditline="np",
        infosource=[name],
        signal=["sig:update"],
        update_kind=["update"],
        update_number=2,
        replaces=["urn:np:0"],
        associations=[Association(uri="urn:np:p", caption="Flammen", creditline="np")],
        language="de",
        language_declared="de-DE",
        language_detected=DetectedLanguage(code="de", confidence=0.9),
        entities=[Entity(text="Es", label="MISC", start=0, end=2, field="body_text")],
        person=[name],
        organisation=[msgspec.structs.replace(name, name="Feuerwehr Kiel")],
        place=[msgspec.structs.replace(name, name="Kiel")],
        wordcount=3,
        charcount=10,
        provenance=Provenance(
            feed="f",
            format="ninjs",
            location="a.json",
            received=T0,
            sha256="0" * 64,
            content="c0",
            item=0,
            parser="ninjs/1",
            model="m",
            model_version="1",
            config="c",
            topic="articles.raw",
            partition=0,
            offset=7,
        ),
    )
    return msgspec.structs.replace(article, **changes)


def standing(article: Article) -> Standing:
    return standing_of(article, enriched=1, rule="versioncreated")


def indexed(**changes: Any) -> documents.Document:
    article = full_article(**changes)
    return documents.document(article, standing(article))


def _unmapped(document: dict[str, Any], mapping: dict[str, Any], path: str = "") -> list[str]:
    missing: list[str] = []
    for name, value in document.items():
        known = mapping["properties"].get(name)
        if known is None:
            missing.append(path + name)
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "properties" in known:
                missing += _unmapped(one, known, f"{path}{name}.")
    return missing


def test_the_full_article_sets_every_field() -> None:
    unset = [
        name
        for name in Article.__struct_fields__
        if name != "pubstatus" and not getattr(full_article(), name)
    ]
    assert unset == []


def test_every_field_of_the_article_has_its_place_in_the_strict_mapping() -> None:
    assert _unmapped(indexed(), mappings()) == []


def test_the_editors_notepad_is_never_indexed() -> None:
    for pubstatus in ("usable", "withheld", "canceled"):
        assert b"Telefon" not in msgspec.json.encode(indexed(pubstatus=pubstatus))


def test_a_withdrawn_article_leaves_no_word_of_text() -> None:
    tombstone = indexed(pubstatus="canceled")
    said = msgspec.json.encode(tombstone).decode()
    for word in ("Feuer", "brennt", "Erika", "Hafen", "Flammen", "Kiel", "hafen", "Politik"):
        assert word not in said
    assert tombstone["uri"] == "urn:np:1"
    assert tombstone["pubstatus"] == "canceled"
    assert tombstone["update_kind"] == ["update"]
    assert documents.decode_standing(tombstone["standing"]).provider == "np"


def test_all_that_is_searched_lies_in_the_one_field_of_its_language() -> None:
    document = indexed(language="de-AT")
    assert list(document["text"]) == ["de"]
    # Behind its words stands what they are also found by: tests/unit/test_search_texts.py.
    said = "\n".join(without(text, str, "<") for text in document["text"]["de"])
    for words in (
        "UPDATE 2-Feuer im Hafen",
        "Lagerhalle brennt",
        "Es brennt.",
        "hafen-feuer",
        "Von Erika Muster",
        "Feuerwehr Kiel",
        "Flammen",
    ):
        assert words in said
    # a name in all its forms
    assert {"Erika Muster", "Muster", "Erika Mustermann"} <= set(document["text"]["de"])
    assert "Neu: Zitat" not in said


@pytest.mark.parametrize(
    ("language", "field"),
    [
        (None, "und"),
        ("ja", "ja"),
        ("pt-BR", "pt"),
        ("zh-Hant-TW", "zh"),
        ("nb", "no"),
        ("tlh", "und"),
    ],
)
def test_language_fields(language: str | None, field: str) -> None:
    assert list(indexed(language=language)["text"]) == [field]


def test_the_timestamp_is_the_later_of_creation_and_embargo_else_the_receipt() -> None:
    hour = dt.timedelta(hours=1)
    assert indexed(embargoed=T0 + hour)["@timestamp"] == "2026-03-01T13:00:00Z"
    assert indexed(embargoed=T0 - hour)["@timestamp"] == "2026-03-01T12:00:00Z"
    origin = msgspec.structs.replace(full_article().provenance, received=T0 + 5 * hour)
    document = indexed(versioncreated=None, embargoed=None, provenance=origin)
    assert document["@timestamp"] == "2026-03-01T17:00:00Z"


def test_an_amendment_replaces_standing_and_origin_and_nothing_else() -> None:
    stored = indexed(versioncreated=None, embargoed=None)
    earlier = Provenance(feed="other", received=T0 - dt.timedelta(hours=2), content="c0", offset=1)
    decision = Decision(
        outcome="duplicate", action="amend", standing=standing(full_article()), origin=earlier
    )
    before = documents.decode_standing(stored["standing"])
    amended = documents.apply_amendment(stored, documents.amendment(decision, before, stored))
    assert documents.provenance_of(amended) == msgspec.structs.replace(
        earlier, parser="ninjs/1", model="m", model_version="1", config="c"
    )
    assert amended["@timestamp"] == "2026-03-01T10:00:00Z"
    same = set(stored) - {"standing", "provenance", "@timestamp"}
    assert {name: amended[name] for name in same} == {name: stored[name] for name in same}


def test_the_article_can_be_read_back_from_its_document() -> None:
    article = full_article()
    assert decode(documents.article_json(indexed())) == msgspec.structs.replace(
        article, ednote_nonpublic=None
    )


def test_equal_standings_are_equal_strings() -> None:
    one, other = standing(full_article()), standing(full_article())
    assert documents.encode_standing(one) == documents.encode_standing(other)
    assert documents.decode_standing(documents.encode_standing(one)) == one
