"""ninjs 1.0 to 3.1: the IPTC's news in JSON, one item, a list of items, or ``{"items": [...]}``.

ninjs 2 made lists of what had one name for each form (``headlines``, ``bodies``) and gave lists
the plural; ninjs 3 wrote two words as in ``versionCreated``. Nothing else changed its meaning, so
every item is read under the names of ninjs 1 (`_renamed`), whatever it says of its version. The
fields of other producers (Superdesk's ``guid``, ``source``, ``service``, ``priority``) are read
too.

JSON Lines is not this module's matter: every line is a document of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dateline import text
from dateline.article import Article, Association, Concept, Location, Name
from dateline.errors import InputError
from dateline.formats import Item, Skipped, nitf, wirecopy, xmldoc
from dateline.formats.drafting import (
    Draft,
    concept_of,
    each,
    split_notepad,
    strictest,
    textless,
)
from dateline.formats.jsondoc import Fields, decode, described, opening, point
from dateline.providers import catalogue
from dateline.records import RawDocument

_MEDIA = frozenset({"picture", "audio", "video", "graphic"})
# The last two are not the standard's: TT's, and others', for what is going to happen.
_TEXTLESS = _MEDIA | {"composite", "component", "event", "planning"}
_TYPES = _TEXTLESS | {"text"}
#: what makes an item of ninjs 3 an event, or the plan to cover one
_PLANS = ("eventdetails", "plannedcoverage")
#: roles of descriptions; the standard has no list of them
_FOR_READERS = frozenset({"main", "text", "summary", "abstract", "teaser", "lead", "caption"})
# Names of ninjs 2 and 3, in small letters, to those of ninjs 1.
_FIRST_NAMES = {
    "by": "byline",
    "embargoeduntil": "embargoed",
    "genres": "genre",
    "infosources": "infosource",
    "organisations": "organisation",
    "people": "person",
    "places": "place",
    "subjects": "subject",
}


class Ninjs:
    """See the module."""

    name = "ninjs"
    version = 3
    rank = 500

    def recognises(self, head: bytes) -> bool:
        """Any JSON object or array: what lacks a field is refused by its name in `parse`."""
        return opening(head) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself; a bad one does not stop the rest. Raises InputError."""
        data = decode(document.value)
        if isinstance(data, dict) and "uri" not in data:
            lists = (data.get(name) for name in ("items", "item"))  # the second is Superdesk's
            data = next((found for found in lists if isinstance(found, list)), data)
        if isinstance(data, dict):
            return [read_item(data, document.received)]
        if isinstance(data, list):
            if not data:
                raise InputError("a list without items", found="[]", expected="ninjs items")
            return each(data, lambda value: _one(value, document.received))
        raise InputError(
            "not a ninjs item", found=described(data), expected="an object, or a list of objects"
        )


def _one(value: Any, received: dt.datetime) -> Item:
    if not isinstance(value, dict):
        raise InputError("not a ninjs item", found=described(value), expected="an object")
    return read_item(value, received)


def _renamed(data: dict[str, Any]) -> dict[str, Any]:
    """An item under the names of ninjs 1; what stands under its name of ninjs 1 goes before."""
    plain = dict(data)
    for name, value in data.items():
        small = name.lower()
        plain.setdefault(_FIRST_NAMES.get(small, small), value)
    return plain


# --- an item -------------------------------------------------------------------------------------


def read_item(data: dict[str, Any], received: dt.datetime) -> Article | Skipped:
    """One item, of any version. Raises InputError."""
    sent = Fields(data).line("uri", "guid")
    if sent is None:
        raise InputError(
            "an item without an identity",
            found=f"keys {', '.join(sorted(data)[:8]) or 'none'}",
            expected="a string",
        ).at(field="uri")
    # Under both of its names it may say two things.
    statuses = [name for name in data if name.lower() == "pubstatus"]
    status = strictest(map(Fields(data).raw, statuses))
    data = _renamed(data)
    fields = Fields(data, forgiving=status == "canceled")
    draft = Draft(sent, _declared_provider(fields), received)
    draft.status = status
    kind = (fields.line("type") or "").lower()

    draft.headline = fields.line("headline") or _headline(fields)
    draft.slugline = fields.line("slugline")
    draft.byline = fields.line("byline")
    draft.paragraphs, draft.headings, draft.notes = _body(fields)
    draft.read_copy(Fields(data, forgiving=True).block("ednote"))

    fields = Fields(data, forgiving=draft.withdrawn)
    if draft.body is None and kind and kind not in _TYPES:
        fields.refuse("type", kind, f"one of {', '.join(sorted(_TYPES))}")
    draft.description = _description(fields)
    if not draft.withdrawn and (lacking := _textless(kind, draft, data)):
        return textless(lacking, draft.uri)
    draft.order(_version(fields), fields.stated("versioncreated"))
    draft.embargo(fields.stated("embargoed"))
    draft.ednote = fields.block("ednote")
    draft.signals = [signal for entry in fields.objects("signal") if (signal := _code(entry))]
    asserted = draft.key or "provider"
    article = draft.article(
        firstcreated=draft.instant("firstcreated", fields.raw("firstcreated")),
        contentcreated=draft.instant("contentcreated", fields.raw("contentcreated")),
        expires=draft.instant("expires", fields.raw("expires")),
        keywords=fields.strings("keywords"),
        located=fields.line("located"),
        urgency=fields.integer("urgency", 1, 9),
        priority=fields.integer("priority", 1, 9),
        genre=_concepts(fields, "genre"),
        subject=_concepts(fields, "subject"),
        service=next(_each(fields, "service", lambda f: f.line("name", "code")), None),
        altids=_altids(fields),
        copyrightholder=fields.line("copyrightholder"),
        copyrightnotice=fields.block("copyrightnotice"),
        usageterms=fields.block("usageterms"),
        creditline=fields.line("creditline"),
        infosource=_names(fields, "infosource", asserted),
        associations=_associations(fields),
        language=fields.raw("language"),
        person=_names(fields, "person", asserted),
        organisation=_names(fields, "organisation", asserted),
        place=_names(fields, "place", asserted),
    )
    return textless(kind or "item", draft.uri) if draft.says_nothing else article


def _textless(kind: str, draft: Draft, data: dict[str, Any]) -> str | None:
    """What an item without text of its own is; None for one with text. The body of a picture is
    none where it only says again what describes it."""
    if draft.body is not None:
        said = kind in _MEDIA and text.one_line(draft.body) == text.one_line(
            draft.description or ""
        )
        return kind if said else None
    if kind in _TEXTLESS:
        return kind
    planned = draft.headline is None and any(name in data for name in _PLANS)
    return "event" if planned else None


def _declared_provider(fields: Fields) -> str | None:
    """Whose item it is: what says so outright, else of its sources, else who holds the rights."""

    def told(name: str) -> str | None:
        value = fields.data.get(name)
        return text.one_line(value) if isinstance(value, str) else None

    return catalogue().declared(
        (told("provider"),),
        (told("source"),),
        _each(fields, "infosource", lambda entry: entry.line("name")),
        (told("copyrightholder"),),
    )


def _version(fields: Fields) -> Any:
    """As sent, but for what is neither a number nor a string."""
    value = fields.data.get("version")
    if value is not None and value != "" and not isinstance(value, int | float | str):
        raise fields.wrong("version", value, "an integer")
    return value


def _named(fields: Fields, prefix: str) -> list[str]:
    return sorted(name for name in fields.data if name.startswith(prefix))


# --- the copy ------------------------------------------------------------------------------------

#: lines at either end of the copy among which a byline or an embargo may stand
_EDGE = 4


def _body(fields: Fields) -> tuple[list[str], list[str], list[str]]:
    """Paragraphs of the body, which of them are headings, and the notepad's lines.

    Of several forms plain text wins, unless it is one lump and the markup knows its paragraphs.
    """
    plain: list[str] = []
    plain_notes: list[str] = []
    marked: list[str] = []
    marked_notes: list[str] = []
    headings: list[str] = []
    for name, value in _forms(fields):
        if story := None if marked else _nitf(value):
            headings = story.headings
            marked, marked_notes = split_notepad(story.paragraphs, copy=True)
            continue
        source = None if name.endswith("html") else text.as_lines(value)
        if source is None and not marked:
            found = text.read_html(_unescaped(value))
            headings = found.headings
            marked, marked_notes = split_notepad(list(found.paragraphs), copy=True)
        elif source is not None and not plain:
            lines, plain_notes = split_notepad(text.clean(source).split("\n"), copy=True)
            plain = text.paragraphs("\n".join(_set_apart(lines)))
    whole = sum(map(len, plain))
    if marked and (
        not plain or (len(plain) == 1 < len(marked) and sum(map(len, marked)) * 10 >= whole * 9)
    ):
        return marked, headings, [line for part in marked_notes for line in (part, "")]
    return plain, [], plain_notes


def _unescaped(value: str) -> str:
    """HTML that was escaped as a whole, once too often, as what it is."""
    if text.has_tags(value) or not text.is_html(plain := text.resolved(value)):
        return value
    return plain


def _nitf(value: str) -> nitf.Copy | None:
    """A form that is a NITF document; None for another, and for one that cannot be read."""
    root = xmldoc.peek(value[:4096].encode()) if value.lstrip()[:1] == "<" else None
    if root is None or root.name != "nitf":
        return None
    try:
        return nitf.copy(xmldoc.read(value.encode("utf-8", "replace")).root)
    except InputError:
        return None


def _forms(fields: Fields) -> Iterator[tuple[str, str]]:
    """The body's forms under their names of ninjs 1, plain text first."""
    for name in sorted(_named(fields, "body_"), key=_by_preference):
        if (value := fields.raw(name)) is not None:
            yield name, value
    bodies = [_as_in_1(body) for body in fields.objects("bodies")]
    for name, body in sorted(bodies, key=lambda found: _by_preference(found[0])):
        if (value := body.raw("value")) is not None:
            yield name, value


def _as_in_1(body: Fields) -> tuple[str, Fields]:
    """A body of ninjs 2 or 3 by its media type; without one, by its role."""
    kind = (body.line("contenttype", "contentType") or body.line("role") or "").lower()
    if "xhtml" in kind:
        return "body_xhtml", body
    if "html" in kind:
        return "body_html", body
    return ("body_xml" if "xml" in kind or "nitf" in kind else "body_text"), body


def _headline(fields: Fields) -> str | None:
    """Of ninjs 2 and 3: the one whose role is main, else the first."""
    found = list(fields.objects("headlines"))
    main = [entry for entry in found if entry.line("role") == "main"]
    told = (entry.line("value", "name") for entry in [*main, *found])
    return next((value for value in told if value), None)


def _description(fields: Fields) -> str | None:
    """Of ninjs 1, else of ninjs 2 and 3: one for readers before one that says who wrote it."""
    plain = fields.block("description_text", "description_html", "description_xhtml")
    if plain := plain or fields.block(*_named(fields, "description_")):
        return plain
    found = list(fields.objects("descriptions"))
    found.sort(key=lambda entry: (entry.line("role") or "main").lower() not in _FOR_READERS)
    return next((told for entry in found if (told := entry.block("value", "name"))), None)


def _set_apart(lines: list[str]) -> list[str]:
    """With bylines and embargoes at both ends as paragraphs of their own: joined with the line
    below, as if it were a wrap, they would take the story's first words with them."""
    written = [number for number, line in enumerate(lines) if line.strip()]
    edges = {*written[:_EDGE], *written[-_EDGE:]}
    apart: list[str] = []
    for number, line in enumerate(lines):
        special = number in edges and (wirecopy.is_embargo(line) or wirecopy.is_byline(line))
        apart += ["", line, ""] if special else [line]
    return apart


def _by_preference(name: str) -> tuple[int, str]:
    order = ("body_text", "body_html", "body_xhtml")
    return (order.index(name) if name in order else len(order), name)


def _each(fields: Fields, name: str, of: Callable[[Fields], str | None]) -> Iterator[str]:
    return (value for entry in fields.objects(name) if (value := of(entry)))


def _code(entry: Fields) -> str | None:
    """A signal as one word: ``sig:correction``."""
    code, scheme = entry.line("code"), entry.line("scheme")
    joined = f"{scheme}:{code}" if code and scheme else code
    return entry.line("qcode") or joined or entry.line("name")


def _concepts(fields: Fields, name: str) -> list[Concept]:
    found = []
    for entry in fields.objects(name):
        named = _identified(entry)
        concept = Concept(
            code=named.code,
            scheme=named.scheme,
            name=entry.line("name"),
            rel=entry.line("rel"),
            qcode=entry.line("qcode") or named.qcode,
        )
        if concept.code or concept.name or concept.qcode:
            found.append(concept)
    return found


def _names(fields: Fields, name: str, creator: str) -> list[Name]:
    found = []
    for entry in fields.objects(name):
        named = _identified(entry)
        shown = entry.line("name") or named.code
        if shown is not None:
            found.append(
                Name(
                    name=shown,
                    creator=creator,
                    code=named.code,
                    scheme=named.scheme,
                    rel=entry.line("rel"),
                    location=_located(entry),
                )
            )
    return found


def _identified(entry: Fields) -> Concept:
    """Code and scheme of a concept. ninjs 2 and 3 write them as one: a ``uri`` whose last part is
    the code (as all of the IPTC's own are), or a ``literal``, which has no scheme unless the
    ``uri`` ends with it."""
    code, literal, uri = entry.scalar("code"), entry.scalar("literal"), entry.line("uri")
    if code or not (literal or uri):
        return Concept(code=code, scheme=entry.line("scheme"))
    named = concept_of(uri) if uri else Concept()
    if literal and literal != named.code:
        return Concept(code=literal, scheme=entry.line("scheme"))
    return named


def _located(entry: Fields) -> Location | None:
    """Where a place lies: ``geometry_geojson`` to ninjs 1.6, ``geojson``, ``geoJSON``."""
    named = ("geometry_geojson", "geojson", "geoJSON")
    return next((found for name in named if (found := point(entry.data.get(name)))), None)


def _altids(fields: Fields) -> dict[str, str]:
    value = fields.data.get("altids")
    if value is None or value == "":
        return {}
    if isinstance(value, list):
        entries = [fields.of(entry, "altids.") for entry in value if isinstance(entry, dict)]
        pairs = [(entry.line("role"), entry.scalar("value")) for entry in entries]
        return {role: told for role, told in pairs if role and told}
    if not isinstance(value, dict):
        fields.refuse("altids", value, "an object")
        return {}
    entry = fields.of(value, "altids.")
    return {name: told for name in value if name and (told := entry.scalar(name))}


def _associations(fields: Fields) -> list[Association]:
    value = fields.data.get("associations")
    if value is None or value == "":
        return []
    if not isinstance(value, dict | list):
        fields.refuse("associations", value, "an object of items")
        return []
    found = []
    for entry in value.values() if isinstance(value, dict) else value:
        if not isinstance(entry, dict):
            continue  # null is how a desk removes a picture
        item = fields.of(_renamed(entry), "associations.")
        association = Association(
            uri=item.line("uri", "guid"),
            caption=_description(item) or item.line("headline") or _headline(item),
            creditline=item.line("creditline", "byline", "copyrightholder"),
        )
        if association != Association():
            found.append(association)
    return found
