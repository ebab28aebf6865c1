"""dpa digitalwires: one JSON object for each version of a story, by dpa and its partners.

After the examples and the model of dpa's own converters to NewsML-G2 and IPTC 7901. The same story
comes in all three, so it is read here as it is read there: what a ``category`` says is what G2's
elements say (``dnltype:dpasubject`` is a subject, ``dnltype:desk`` too), and the notes are those
of ``ednotes``. The ``notepad`` in HTML says them again, for readers; it counts where the list is
silent.

A document is one entry, a list of entries, or ``{"entries": [...]}``. What cannot be read of an
entry is absent, but for its identity, status, copy, order and embargo, which are refused by name.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from dateline import text
from dateline.article import Article, Association, Concept, Name
from dateline.errors import InputError
from dateline.formats import Item, Skipped, wirecopy
from dateline.formats.drafting import Draft, each, status_of, textless
from dateline.formats.jsondoc import Fields, decode, described, opening, point
from dateline.records import RawDocument

# Its own name for itself, or keys that nobody else's items have together.
_NAMED = re.compile(rb'"format"\s*:\s*"digitalwires@')
_URN = re.compile(rb'"urn"\s*:')
_CREATED = re.compile(rb'"version_created"\s*:')
_SUBJECTS = ("dnltype:desk", "dnltype:dpasubject", "dnltype:subject")


class Digitalwires:
    """See the module."""

    name = "digitalwires"
    version = 2
    rank = 300

    def recognises(self, head: bytes) -> bool:
        """By its ``format``, or by ``urn`` and ``version_created``."""
        plain = opening(head)
        if plain is None:
            return False
        if _NAMED.search(plain):
            return True
        return _URN.search(plain) is not None and _CREATED.search(plain) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each entry by itself; a bad one does not stop the rest. Raises InputError."""
        data = decode(document.value)
        if isinstance(data, dict) and isinstance(data.get("entries"), list) and "urn" not in data:
            data = data["entries"]
        if isinstance(data, list) and not data:
            raise InputError("a list without entries", found="[]", expected="digitalwires entries")
        entries = data if isinstance(data, list) else [data]
        return each(entries, lambda entry: _entry(entry, document))


def _entry(data: Any, document: RawDocument) -> Article | Skipped:
    if not isinstance(data, dict):
        raise InputError("not a digitalwires entry", found=described(data), expected="an object")
    strict, told = Fields(data), Fields(data, forgiving=True)
    urn = strict.line("urn")
    if urn is None:
        raise InputError(
            "an entry without an identity",
            found=f"keys {', '.join(sorted(data)[:8]) or 'none'}",
            expected="a string",
        ).at(field="urn")
    status = status_of(strict.raw("pubstatus"))
    copy = told if status == "canceled" else strict
    categories = _categories(told)
    draft = Draft(urn, _first(categories, "dnltype:provider"), document.received)
    draft.status = status
    draft.headline = copy.line("headline")
    draft.byline = copy.line("byline")
    draft.paragraphs, draft.headings = _copy(copy)
    if filed := copy.line("dateline"):
        draft.dateline = wirecopy.declared_dateline(filed)
    draft.read_copy("\n".join(map(_note, told.objects("ednotes"))))
    if draft.body is None and not draft.withdrawn and (media := _media(told, urn)):
        return textless(media, draft.uri)

    deciding = told if draft.withdrawn else strict
    draft.order(data.get("version"), deciding.stated("version_created"))
    draft.embargo(deciding.stated("embargoed"))
    _read_notes(draft, told)
    draft.signals = _signals(told, categories)
    draft.description = told.block("teaser") or next(_descriptions(told), None)
    asserted = draft.key or "provider"
    article = draft.article(
        contentcreated=told.instant("content_created", draft.zone),
        keywords=[name for entry in categories["dnltype:keyword"] if (name := entry.line("name"))],
        located=_first(categories, "dnltype:located"),
        urgency=told.integer("urgency", 1, 9),
        genre=_concepts(categories, "dnltype:genre"),
        subject=_concepts(categories, *_SUBJECTS),
        service=_first(categories, "dnltype:wire"),
        copyrightnotice=told.block("copyrightnotice"),
        usageterms=told.block("usageterms"),
        creditline=told.line("creditline"),
        infosource=_names(categories, asserted, "dnltype:infosource"),
        associations=_associations(told),
        language=told.raw("language"),
        person=_names(categories, asserted, "dnltype:person"),
        organisation=_names(categories, asserted, "dnltype:organisation"),
        place=_names(categories, asserted, "dnltype:geosubject", "dnltype:poi"),
    )
    return textless("entry", draft.uri) if draft.says_nothing else article


def _media(fields: Fields, urn: str) -> str | None:
    """What an entry is that comes with nothing but itself: a picture is its own association."""
    for entry in fields.objects("associations"):
        if entry.line("urn") == urn:
            kind = entry.line("type") or "item"
            return "picture" if kind == "image" else kind
    return None


def _copy(fields: Fields) -> tuple[list[str], list[str]]:
    """Paragraphs of the article and of its box, which is printed with it; and their headings."""
    found = [text.read_html(fields.raw(name) or "") for name in ("article_html", "infobox_html")]
    paragraphs = [paragraph for part in found for paragraph in part.paragraphs]
    return paragraphs, [heading for part in found for heading in part.headings]


# --- notes ---------------------------------------------------------------------------------------


def _read_notes(draft: Draft, fields: Fields) -> None:
    """Notes that may be published, and those that may not: all that are not said to be. One whose
    role is an embargo orders one where the entry itself tells no time."""
    notes = [note for note in fields.objects("ednotes") if _note(note)]
    public = [_note(note) for note in notes if note.data.get("is_publishable") is True]
    nonpublic = [_note(note) for note in notes if note.data.get("is_publishable") is not True]
    if not notes:
        pad = fields.data.get("notepad")
        notepad = fields.of(pad if isinstance(pad, dict) else {}, "notepad.")
        public, nonpublic = _section(notepad, "public_html"), _section(notepad, "nonpublic_html")
    draft.ednote = text.block("\n".join(public))
    draft.notes += nonpublic
    orders = [_note(note) for note in notes if (note.line("role") or "").endswith(":embargo")]
    if orders and fields.stated("embargoed") is None:
        ends = (wirecopy.embargo_end(order, draft.zone) for order in orders)
        end = next((end for end in ends if end is not None), None)
        draft.embargo(end or "")


def _note(note: Fields) -> str:
    """It is plain text: ``<desk@example.org>`` in it is an address and no element."""
    lines = (" ".join(line.split()) for line in (note.raw("ednote") or "").split("\n"))
    return text.block("\n".join(lines)) or ""


def _section(notepad: Fields, name: str) -> list[str]:
    paragraphs = text.read_html(notepad.raw(name) or "").paragraphs
    return ["\n\n".join(paragraphs)] if paragraphs else []


def _signals(fields: Fields, categories: Categories) -> list[str]:
    found = [entry.line("qcode", "name") for entry in categories["dnltype:signal"]]
    return list(dict.fromkeys([*fields.strings("signal"), *filter(None, found)]))


def _descriptions(fields: Fields) -> Iterator[str]:
    found = (entry.block("description") for entry in fields.objects("descriptions"))
    return (told for told in found if told)


# --- categories ----------------------------------------------------------------------------------

Categories = dict[str, list[Fields]]


def _categories(fields: Fields) -> Categories:
    """By type, in the order sent."""
    found: Categories = defaultdict(list)
    for entry in fields.objects("categories"):
        found[entry.line("type") or ""].append(entry)
    return found


def _first(categories: Categories, kind: str) -> str | None:
    return next((name for entry in categories[kind] if (name := entry.line("name"))), None)


def _of(categories: Categories, *kinds: str) -> Iterator[Fields]:
    return (entry for kind in kinds for entry in categories[kind])


def _concepts(categories: Categories, *kinds: str) -> list[Concept]:
    """Each once: AP's list names some twice."""
    found: dict[tuple[str | None, str | None], Concept] = {}
    for entry in _of(categories, *kinds):
        name, qcode = entry.line("name"), entry.line("qcode")
        scheme, code = _split(qcode)
        if name or qcode:
            concept = Concept(code=code, scheme=scheme, name=name, qcode=qcode)
            found.setdefault((name, qcode), concept)
    return list(found.values())


def _names(categories: Categories, creator: str, *kinds: str) -> list[Name]:
    found = []
    for entry in _of(categories, *kinds):
        scheme, code = _split(entry.line("qcode"))
        feature = entry.data.get("geojson")
        place = feature.get("properties") if isinstance(feature, dict) else None
        known = entry.of(place if isinstance(place, dict) else {}, "geojson.properties.")
        if shown := known.line("name") or entry.line("name") or code:
            found.append(
                Name(
                    name=shown,
                    creator=creator,
                    code=code,
                    scheme=scheme,
                    rel=_last(entry.line("role")),
                    location=point(feature),
                )
            )
    return found


def _last(code: str | None) -> str | None:
    """``crole:source`` is ``source``."""
    return (code or "").rpartition(":")[2] or None


def _split(qcode: str | None) -> tuple[str | None, str | None]:
    """Scheme and code."""
    scheme, colon, code = (qcode or "").partition(":")
    return (scheme or None, code or None) if colon else (None, scheme or None)


def _associations(fields: Fields) -> list[Association]:
    found = []
    for entry in fields.objects("associations"):
        association = Association(
            uri=entry.line("urn"),
            caption=entry.block("caption") or entry.line("headline"),
            creditline=entry.line("creditline"),
        )
        if association != Association():
            found.append(association)
    return found
