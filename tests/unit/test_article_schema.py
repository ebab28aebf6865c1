"""The article: typed, validated, its schema published; absent is absent."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from dateline import article as articles
from dateline.article import Article, Entity, Location, Name

ROOT = Path(__file__).resolve().parents[2]
FULL = Article(
    uri="urn:np:1",
    title="T",
    headline="T",
    body_text="Kim in Seoul",
    versioncreated=dt.datetime(2025, 4, 1, tzinfo=dt.UTC),
    date_precision="month",
    entities=[Entity(text="Kim", label="PER", start=0, end=3, field="body_text")],
    place=[Name(name="Seoul", creator="dateline", count=1, location=Location(lat=37.5, lon=127))],
)


def test_what_is_written_can_be_read_and_keeps_its_schema() -> None:
    encoded = articles.encode(FULL)
    assert articles.decode(encoded) == FULL
    schema = json.loads((ROOT / "docs" / "article.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(json.loads(encoded))


def test_the_published_schema_is_the_codes() -> None:
    published = json.loads((ROOT / "docs" / "article.schema.json").read_text(encoding="utf-8"))
    assert published == json.loads(json.dumps(articles.json_schema())), "run `make schema`"


def test_absent_is_absent_and_pubstatus_is_always_there() -> None:
    plain = json.loads(articles.encode(Article(uri="urn:x:1", title="T")))
    assert plain == {
        "uri": "urn:x:1",
        "title": "T",
        "pubstatus": "usable",
        "provenance": {},
    }


def test_a_month_keeps_its_form() -> None:
    assert b'"versioncreated":"2025-04-01T00:00:00Z"' in articles.encode(FULL)


@pytest.mark.parametrize(
    "wrong",
    [
        {"headline": ""},
        {"headline": None},
        {"urgency": 0},
        {"urgency": 10},
        {"pubstatus": "gone"},
        {"versioncreated": "2025-04-01T00:00:00"},
        {"version": -1},
        {"unknown": 1},
        {"entities": [{"text": "x", "label": "GPE", "start": 0, "end": 1, "field": "headline"}]},
    ],
)
def test_what_breaks_the_schema_is_refused_by_both(wrong: dict[str, object]) -> None:
    document = {"uri": "urn:x:1", "title": "T", "pubstatus": "usable", **wrong}
    if wrong != {"headline": None}:  # msgspec reads null as absent; we never write it
        with pytest.raises(msgspec.ValidationError):
            articles.decode(json.dumps(document).encode())
    if "versioncreated" not in wrong:  # formats are annotations in JSON Schema
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, articles.json_schema())
