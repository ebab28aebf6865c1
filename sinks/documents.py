"""Articles as documents of the index, and back. Pure.

A document is the article, less what must not be indexed, plus three fields of the sink's own:

- ``@timestamp``: the later of ``versioncreated`` and ``embargoed``, else the receipt that is
  shown, so that a re-send does not move it;
- ``standing``: the order it holds (`dateline.versions.Standing`), one opaque JSON string;
- ``text``: all its text again, as a list in the one field of its language, with what its words are
  also found by (`sinks.asides`), and with other spellings of its names (`sinks.spellings`).

A canceled article leaves a tombstone: identity, order and dates, not a word of text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from dateline.article import Article, Name, Provenance
from dateline.versions import Decision, Standing
from sinks.asides import aside, with_asides, without_umlauts
from sinks.spellings import spellings
from sinks.template import language_field

Document = dict[str, Any]

#: what a tombstone keeps of a withdrawn article
_TOMBSTONE = (
    "uri",
    "pubstatus",
    "version",
    "versioncreated",
    "firstcreated",
    "contentcreated",
    "embargoed",
    "expires",
    "date_precision",
    "provider",
    "provider_declared",
    "service",
    "transmission",
    "signal",
    "update_kind",
    "update_number",
    "replaces",
    "language",
    "provenance",
)
#: the sink's own fields
_OWN = ("@timestamp", "standing", "text")
#: parts of the provenance that come from the raw record, not from the enrichment
_RAW = (
    "feed",
    "format",
    "location",
    "received",
    "sha256",
    "content",
    "item",
    "topic",
    "partition",
    "offset",
)


def document(article: Article, standing: Standing) -> Document:
    """The document of an article that wins; the article shows its origin already
    (`dateline.versions.with_origin`)."""
    # `now` and Elasticsearch's dates want strings; msgspec writes RFC 3339.
    plain: Document = msgspec.to_builtins(article)
    plain.pop("ednote_nonpublic", None)
    plain["pubstatus"] = article.pubstatus
    if article.pubstatus == "canceled":
        plain = {name: plain[name] for name in _TOMBSTONE if name in plain}
    else:
        texts = searched_texts(article)
        if texts:
            plain["text"] = {language_field(article.language): texts}
    plain["@timestamp"] = instant(
        timestamp(article.versioncreated, article.embargoed, article.provenance)
    )
    plain["standing"] = encode_standing(standing)
    return plain


def amendment(decision: Decision, stored: Standing, dates: Mapping[str, Any]) -> Document:
    """The partial document that makes the stored one remember what came, and show its origin.

    stored: what it remembers now, which tells what origin it shows. dates: its
    ``versioncreated`` and ``embargoed``, where it has them. A partial update merges objects, so
    a part that the former origin had and the new one lacks is set to null.
    """
    partial: Document = {"standing": encode_standing(decision.standing)}
    before = _raw_part(stored.contents[stored.shown].origin)
    after = _raw_part(decision.origin)
    if after != before:
        gone = dict.fromkeys(name for name in before if name not in after)
        partial["provenance"] = {**after, **gone}
        partial["@timestamp"] = instant(
            timestamp(
                parse_instant(dates.get("versioncreated")),
                parse_instant(dates.get("embargoed")),
                decision.origin,
            )
        )
    return partial


def _raw_part(origin: Provenance) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(origin)
    return {name: plain[name] for name in _RAW if name in plain}


def apply_amendment(stored: Document, partial: Document) -> Document:
    """What the server makes of a partial update (objects merge, all else is replaced)."""
    merged = dict(stored)
    for name, value in partial.items():
        old = merged.get(name)
        merged[name] = (
            apply_amendment(old, value)
            if isinstance(old, dict) and isinstance(value, dict)
            else value
        )
    return merged


def article_json(stored: Mapping[str, Any]) -> bytes:
    """The article that a stored document shows, as JSON (for a dead letter)."""
    plain = {name: value for name, value in stored.items() if name not in _OWN}
    return msgspec.json.encode(_without_nulls(plain))


def provenance_of(stored: Mapping[str, Any]) -> Provenance:
    """Of the raw record that a stored document shows."""
    return msgspec.convert(_without_nulls(stored.get("provenance", {})), Provenance)


def _without_nulls(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _without_nulls(value) for key, value in node.items() if value is not None}
    if isinstance(node, list):
        return [_without_nulls(value) for value in node]
    return node


def searched_texts(article: Article) -> list[str]:
    """All that a word without a field name is looked for in, in reading order.

    The dateline's city is found as a place (its names are there in every spelling).
    """
    head = article.headline or article.title
    texts: list[str | None] = [head]
    if article.title not in head:
        texts.append(article.title)
    texts += [article.description_text, article.body_text, article.slugline]
    texts += article.keywords
    texts.append(article.byline)
    for names in (article.person, article.organisation, article.place, article.infosource):
        texts += [form for name in names for form in _forms(name)]
    if article.dateline is not None:
        texts.append(article.dateline.source)
    texts += [association.caption for association in article.associations]
    texts.append(article.provider)
    language = language_field(article.language)
    # The same words twice in one field would count twice in the score.
    once = dict.fromkeys(text for text in texts if text)
    found = with_asides(once, language, frozenset(_whole(article)))
    # An aside each: a passage may begin and end between any two of them.
    beside = (dict.fromkeys((word, without_umlauts(word))) for word in _beside(article, language))
    if asides := " ".join(map(aside, beside)):
        found.append(asides)
    return found


def _forms(name: Name) -> tuple[str, ...]:
    return (name.name, *name.aliases, name.canonical or name.name)


def _whole(article: Article) -> list[str]:
    """Words of names of persons and places, in small letters."""
    forms = [form for name in (*article.person, *article.place) for form in _forms(name)]
    return " ".join(forms).lower().replace("-", " ").split()


def _beside(article: Article, language: str) -> list[str]:
    """Words that the article's names are searched by, too, and that are not in their forms."""
    words: dict[str, None] = {}
    for kind in ("person", "organisation", "place"):
        for name in getattr(article, kind):
            known = spellings(kind, name.canonical or name.name, language)
            if known:
                own = " ".join(_forms(name)).replace("-", " ").split()
                words |= dict.fromkeys(word for word in known if word not in own)
    return list(words)


def searched_anew(stored: Document) -> Document:
    """A stored document with its ``text`` made again, by what this program knows."""
    if "text" not in stored:
        return stored
    article = msgspec.json.decode(article_json(stored), type=Article)
    texts = searched_texts(article)
    return {**stored, "text": {language_field(article.language): texts}}


def timestamp(
    versioncreated: dt.datetime | None, embargoed: dt.datetime | None, origin: Provenance
) -> dt.datetime | None:
    """When the article counts as published: see the module."""
    given = [moment for moment in (versioncreated, embargoed) if moment is not None]
    return max(given) if given else origin.received


def instant(moment: dt.datetime | None) -> str | None:
    """RFC 3339 in UTC, as the index sorts it."""
    if moment is None:
        return None
    return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


def parse_instant(text: str | None) -> dt.datetime | None:
    """What `instant` (or msgspec) wrote."""
    return None if text is None else msgspec.convert(text, dt.datetime)


_standing_encoder = msgspec.json.Encoder(order="deterministic")
_standing_decoder = msgspec.json.Decoder(Standing)


def encode_standing(standing: Standing) -> str:
    """As one JSON string, the same for equal standings."""
    return _standing_encoder.encode(standing).decode()


def decode_standing(text: str) -> Standing:
    """Raises msgspec.ValidationError."""
    return _standing_decoder.decode(text)
