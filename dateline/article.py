"""The article: what every wire format is read into and what the index holds.

Names follow the IPTC's ninjs 1.x where it has one. What a provider did not send is absent:
never invented, never an empty string. The two exceptions are ``pubstatus`` (the standards'
default is ``usable``) and ``title``.

Texts are NFC, without markup or control characters. Instants are timezone-aware.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

#: number of the article's schema; goes into the header of every enriched record. 2: names have
#: `canonical`, `aliases`, `role` and `confidence`. Articles of all earlier numbers are read.
SCHEMA = 2

Text = Annotated[str, Meta(min_length=1)]
Instant = Annotated[dt.datetime, Meta(tz=True)]
PubStatus = Literal["usable", "withheld", "canceled"]
Label = Literal["PER", "LOC", "ORG", "MISC"]

#: ``creator`` of names that Dateline found; any other is the provider's assertion
FOUND = "dateline"


class _Part(msgspec.Struct, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Base of all parts: keyword-only, absent fields are left out, unknown ones refused."""


class Location(_Part):
    """WGS 84 degrees; Elasticsearch reads it as a geo_point."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


class Dateline(_Part):
    """Where a story was filed: ``Seoul (Reuters) -``, taken off the body.

    ``text`` is as sent, without the dash; ``date`` is as sent; ``geonames_id`` names the city.
    """

    text: Text
    city: Text | None = None
    date: Text | None = None
    source: Text | None = None
    country_code: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    location: Location | None = None
    geonames_id: int | None = None


class Concept(_Part):
    """A subject, genre or the like: code within a scheme, and its name. ``qcode`` is both."""

    code: Text | None = None
    scheme: Text | None = None
    name: Text | None = None
    rel: Text | None = None
    qcode: Text | None = None


class Transmission(_Part):
    """The agency's running number of a transmission within one of its services."""

    service: Text | None = None
    number: Text | None = None


class Association(_Part):
    """A picture (or other item) that comes with the article."""

    uri: Text | None = None
    caption: Text | None = None
    creditline: Text | None = None


class DetectedLanguage(_Part):
    """What the detector says: BCP 47 code, and a probability between 0 and 1."""

    code: Text
    confidence: Annotated[float, Meta(ge=0, le=1)]


class Entity(_Part):
    """One mention, as it stands in the text; ``start`` and ``end`` count code points of
    ``field`` (end is exclusive), so ``text == getattr(article, field)[start:end]``."""

    text: Text
    label: Label
    start: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=1)]
    field: Literal["headline", "body_text"]
    component: Text | None = None
    model: Text | None = None


class Name(_Part):
    """A person, organisation or place the article is about.

    ``creator`` tells the provider's assertions (its key, or ``provider``) from what was found
    (``dateline``). ``count`` is the number of mentions found; absent for mere assertions.

    Of what was found: ``name`` is the article's own best form, ``aliases`` are the other forms in
    it, ``canonical`` is one form across articles, which facets show (an editor's, else the
    gazetteer's, else ``name``). ``role`` is ``source`` for who is only cited. ``confidence`` is of
    a place's position, from 0 to 1.
    """

    name: Text
    creator: Text
    canonical: Text | None = None
    aliases: list[Text] = []
    role: Literal["source"] | None = None
    count: Annotated[int, Meta(ge=1)] | None = None
    code: Text | None = None
    scheme: Text | None = None
    rel: Text | None = None
    country_code: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    location: Location | None = None
    geonames_id: int | None = None
    confidence: Annotated[float, Meta(ge=0, le=1)] | None = None


class Provenance(_Part):
    """Of the raw record: enough to explain and redo every field.

    ``sha256`` is the raw record's, ``content`` the hash of what the parser read out of it
    (see `dateline.versions.content_hash`); ``item`` counts from 0 within the record. ``model``,
    ``model_version`` and ``config`` name what enriched it; ``parser`` is ``format/version``.
    ``flaw`` is what was wrong with a document that could be read all the same.
    """

    feed: Text | None = None
    format: Text | None = None
    location: Text | None = None
    received: Instant | None = None
    sha256: Text | None = None
    content: Text | None = None
    item: Annotated[int, Meta(ge=0)] | None = None
    parser: Text | None = None
    flaw: Text | None = None
    model: Text | None = None
    model_version: Text | None = None
    config: Text | None = None
    topic: Text | None = None
    partition: int | None = None
    offset: int | None = None


class Article(_Part):
    """One version of one story. Field by field: the contract's table in ``docs/article.md``."""

    uri: Text
    title: Text
    pubstatus: PubStatus = "usable"
    version: Annotated[int, Meta(ge=0)] | None = None
    versioncreated: Instant | None = None
    firstcreated: Instant | None = None
    contentcreated: Instant | None = None
    embargoed: Instant | None = None
    expires: Instant | None = None
    date_precision: Literal["month", "day"] | None = None
    headline: Text | None = None
    slugline: Text | None = None
    byline: Text | None = None
    description_text: Text | None = None
    keywords: list[Text] = []
    ednote: Text | None = None
    ednote_nonpublic: Text | None = None
    body_text: Text | None = None
    crossheads: list[Text] = []
    dateline: Dateline | None = None
    located: Text | None = None
    urgency: Annotated[int, Meta(ge=1, le=9)] | None = None
    priority: Annotated[int, Meta(ge=1, le=9)] | None = None
    genre: list[Concept] = []
    subject: list[Concept] = []
    provider: Text | None = None
    provider_declared: Text | None = None
    service: Text | None = None
    transmission: Transmission | None = None
    altids: dict[str, str] = {}
    copyrightholder: Text | None = None
    copyrightnotice: Text | None = None
    usageterms: Text | None = None
    creditline: Text | None = None
    infosource: list[Name] = []
    signal: list[Text] = []
    update_kind: list[Text] = []
    update_number: Annotated[int, Meta(ge=0)] | None = None
    replaces: list[Text] = []
    associations: list[Association] = []
    language: Text | None = None
    language_declared: Text | None = None
    language_detected: DetectedLanguage | None = None
    entities: list[Entity] = []
    person: list[Name] = []
    organisation: list[Name] = []
    place: list[Name] = []
    wordcount: Annotated[int, Meta(ge=0)] | None = None
    charcount: Annotated[int, Meta(ge=0)] | None = None
    provenance: Provenance = msgspec.field(default_factory=Provenance)

    def __post_init__(self) -> None:
        # Runs after decoding too: a naive instant would be shifted by somebody's zone later.
        for name in INSTANTS:
            value = getattr(self, name)
            if value is not None and value.tzinfo is None:
                raise ValueError(f"{name} has no time zone: {value.isoformat()}")


INSTANTS = ("versioncreated", "firstcreated", "contentcreated", "embargoed", "expires")

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Article)


def encode(article: Article) -> bytes:
    """One article as JSON, keys in a fixed order (UTF-8, no newline).

    Fields that hold their default are left out, but for ``pubstatus``, which is always there.
    """
    return _encoder.encode(to_builtins(article))


def to_builtins(article: Article) -> dict[str, Any]:
    """The article as plain dicts and lists, times as RFC 3339 strings."""
    plain: dict[str, Any] = msgspec.to_builtins(article)
    plain.setdefault("pubstatus", article.pubstatus)
    return plain


def decode(data: bytes) -> Article:
    """Read what `encode` wrote. Raises msgspec.ValidationError (names the field)."""
    return _decoder.decode(data)


def json_schema() -> dict[str, Any]:
    """The article's JSON Schema (draft 2020-12), as published in ``docs/article.schema.json``."""
    (_article,), components = msgspec.json.schema_components(
        [Article], ref_template="#/$defs/{name}"
    )
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:dateline:schema:article:{SCHEMA}",
        "title": "Dateline article",
        **components.pop("Article"),
        "$defs": components,
    }
    schema["required"] = sorted({*schema["required"], "pubstatus"})
    _forbid_null(schema)
    _dedent(schema)
    return schema


def _dedent(node: Any) -> None:
    """Descriptions are docstrings, which Python keeps with their indentation before 3.13."""
    for value in node.values() if isinstance(node, dict) else node:
        if isinstance(value, dict | list):
            _dedent(value)
    if isinstance(node, dict) and isinstance(node.get("description"), str):
        node["description"] = inspect.cleandoc(node["description"])


def _forbid_null(node: Any) -> None:
    """Absent means absent: ``null`` never stands in a document, so the schema refuses it."""
    if isinstance(node, dict):
        options = node.get("anyOf")
        if isinstance(options, list):
            kept = [o for o in options if o != {"type": "null"}]
            if len(kept) == 1:
                del node["anyOf"]
                node.update(kept[0])
                if node.get("default", 0) is None:
                    del node["default"]
            else:
                node["anyOf"] = kept
        if node.get("default", 0) is None:
            del node["default"]
        for value in node.values():
            _forbid_null(value)
    elif isinstance(node, list):
        for value in node:
            _forbid_null(value)


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
