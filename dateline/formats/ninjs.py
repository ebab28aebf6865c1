"""ninjs 1.0 to 1.6: the IPTC's news in JSON, one item, a list of items, or ``{"items": [...]}``.

The fields of other producers of ninjs (Superdesk's ``guid``, ``source``, ``service``,
``priority``) are read too. ninjs 2 and 3 rename most fields; their pictures are skipped and their
cancellations obeyed (those parts are equal), the rest is refused by name rather than half read.

JSON Lines is not this module's matter: every line is a document of its own.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dateline import text
from dateline.article import Article, Association, Concept, Name
from dateline.errors import InputError
from dateline.formats import Item, Skipped, wirecopy
from dateline.formats.drafting import Draft, split_notepad, status_of, textless
from dateline.formats.jsondoc import Fields, decode, described
from dateline.providers import Catalogue, catalogue
from dateline.records import RawDocument

_MEDIA = frozenset({"picture", "audio", "video", "graphic"})
_TEXTLESS = _MEDIA | {"composite", "component"}
_TYPES = _TEXTLESS | {"text"}
_NEWER = ("headlines", "bodies", "descriptions")


class Ninjs:
    """See the module."""

    name = "ninjs"
    version = 1
    rank = 500

    def recognises(self, head: bytes) -> bool:
        """Any JSON object or array: what lacks a field is refused by its name in `parse`."""
        opening = head[:400].removeprefix(b"\xef\xbb\xbf")
        if opening.startswith((b"\xff\xfe", b"\xfe\xff")):
            opening = opening[2:].replace(b"\0", b"")
        return re.match(rb"\s*(?:\{(?!\\rtf)|\[\s*(?:[{\]]|\Z))", opening) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself; a bad one does not stop the rest. Raises InputError."""
        data = decode(document.value)
        if isinstance(data, dict) and isinstance(data.get("items"), list) and "uri" not in data:
            data = data["items"]
        if isinstance(data, dict):
            return [_item(data, document.received)]
        if isinstance(data, list):
            if not data:
                raise InputError("a list without items", found="[]", expected="ninjs items")
            return [_one(value, document.received) for value in data]
        raise InputError(
            "not a ninjs item", found=described(data), expected="an object, or a list of objects"
        )


def _one(value: Any, received: dt.datetime) -> Item:
    if not isinstance(value, dict):
        return InputError("not a ninjs item", found=described(value), expected="an object")
    try:
        return _item(value, received)
    except InputError as error:
        return error


# --- an item -------------------------------------------------------------------------------------


def _item(data: dict[str, Any], received: dt.datetime) -> Article | Skipped:
    fields = Fields(data)
    sent = fields.line("uri", "guid")
    if sent is None:
        raise InputError(
            "an item without an identity",
            found=f"keys {', '.join(sorted(data)[:8]) or 'none'}",
            expected="a string",
        ).at(field="uri")
    status = status_of(fields.raw("pubstatus"))
    fields = Fields(data, forgiving=status == "canceled")
    draft = Draft(sent, _declared_provider(fields, catalogue()), received)
    draft.status = status
    kind = (fields.line("type") or "").lower()
    if kind and kind not in _TYPES and not any(name in data for name in _NEWER):
        fields.refuse("type", kind, f"one of {', '.join(sorted(_TYPES))}")
    newer = [name for name in _NEWER if name in data]
    if newer and status != "canceled":
        if kind in _MEDIA:
            return textless(kind, draft.uri)
        raise InputError(
            "ninjs 2 or 3 is not read yet",
            found=f"key {newer[0]}",
            expected="ninjs 1.0 to 1.6",
        )

    draft.headline = fields.line("headline")
    draft.slugline = fields.line("slugline")
    draft.byline = fields.line("byline")
    draft.paragraphs, draft.headings, draft.notes = _body(fields)
    draft.read_copy()
    if draft.body is None and kind in _TEXTLESS and status != "canceled":
        return textless(kind, draft.uri)

    fields = Fields(data, forgiving=draft.withdrawn)
    draft.order(_version(fields), _created(fields))
    draft.embargo(_embargo(fields))
    draft.ednote = fields.block("ednote")
    draft.signals = [signal for entry in fields.objects("signal") if (signal := _code(entry))]
    description = fields.block("description_text", "description_html", "description_xhtml")
    draft.description = description or fields.block(*_named(fields, "description_"))
    asserted = draft.key or "provider"
    return draft.article(
        firstcreated=draft.instant("firstcreated", fields.raw("firstcreated")),
        contentcreated=draft.instant("contentcreated", fields.raw("contentcreated")),
        expires=draft.instant("expires", fields.raw("expires")),
        keywords=_strings(fields, "keywords"),
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


def _declared_provider(fields: Fields, known: Catalogue) -> str | None:
    """Whose item it is: what says so outright, else a source or holder that is a known agency.

    Never the dateline: a cancellation comes without a body and must have the same provider.
    """
    for name in ("provider", "source"):
        value = fields.data.get(name)
        if isinstance(value, str) and (line := text.one_line(value)):
            return line
    named = list(_each(fields, "infosource", lambda entry: entry.line("name")))
    holder = fields.data.get("copyrightholder")
    if isinstance(holder, str) and (line := text.one_line(holder)):
        named.append(line)
    return next((name for name in named if known.known(name)), named[0] if named else None)


def _version(fields: Fields) -> Any:
    """As sent, but for what is neither a number nor a string."""
    value = fields.data.get("version")
    if value is not None and value != "" and not isinstance(value, int | float | str):
        raise fields.wrong("version", value, "an integer")
    return value


def _created(fields: Fields) -> str | None:
    value = fields.data.get("versioncreated")
    if value is None or value == "" or isinstance(value, str):
        return value or None
    fields.refuse("versioncreated", value, "a string")
    return str(value)


def _embargo(fields: Fields) -> str | None:
    value = fields.data.get("embargoed")
    if value is None or isinstance(value, str):
        return value
    fields.refuse("embargoed", value, "a string")
    return None


def _named(fields: Fields, prefix: str) -> list[str]:
    return sorted(name for name in fields.data if name.startswith(prefix))


# --- the copy ------------------------------------------------------------------------------------

# Markup in a field for plain text: elements that make paragraphs (then all of it is HTML, and its
# line ends mean nothing), and those within a line. ``<https://...>`` and ``a < b`` are neither.
_PARAGRAPHED = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|table|tr|td|blockquote|section|article|pre|html|body)\b[^<>]*>",
    re.IGNORECASE,
)
_LINE_END = re.compile(r"<br\b[^<>]*>\n?", re.IGNORECASE)
_WITHIN_LINE = re.compile(
    r"</?(?:a|abbr|b|cite|code|em|font|i|img|mark|q|s|small|span|strong|sub|sup|time|u)\b[^<>]*>",
    re.IGNORECASE,
)
# With its semicolon: "a=1&copy=2" holds no reference.
_REFERENCE = re.compile(r"&(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
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
    for name in sorted(_named(fields, "body_"), key=_by_preference):
        value = fields.raw(name)
        if value is None:
            continue
        is_html = name.endswith("html") or _PARAGRAPHED.search(value) is not None
        if is_html and not marked:
            found = text.read_html(value)
            headings = found.headings
            marked, marked_notes = split_notepad(list(found.paragraphs))
        elif not is_html and not plain:
            lines, plain_notes = split_notepad(text.clean(_without_tags(value)).split("\n"))
            plain = text.paragraphs("\n".join(_set_apart(lines)))
    whole = sum(map(len, plain))
    if marked and (
        not plain or (len(plain) == 1 < len(marked) and sum(map(len, marked)) * 10 >= whole * 9)
    ):
        return marked, headings, [line for part in marked_notes for line in (part, "")]
    return plain, [], plain_notes


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


def _without_tags(value: str) -> str:
    """Plain text in which markup was left standing, its own lines kept."""
    bare = _WITHIN_LINE.sub("", _LINE_END.sub("\n", value))
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), bare)


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
        concept = Concept(
            code=_scalar(entry, "code"),
            scheme=entry.line("scheme"),
            name=entry.line("name"),
            rel=entry.line("rel"),
            qcode=entry.line("qcode"),
        )
        if concept.code or concept.name or concept.qcode:
            found.append(concept)
    return found


def _names(fields: Fields, name: str, creator: str) -> list[Name]:
    found = []
    for entry in fields.objects(name):
        code = _scalar(entry, "code")
        shown = entry.line("name") or code
        if shown is not None:
            found.append(
                Name(
                    name=shown,
                    creator=creator,
                    code=code,
                    scheme=entry.line("scheme"),
                    rel=entry.line("rel"),
                )
            )
    return found


def _scalar(entry: Fields, name: str) -> str | None:
    """Codes are strings by the standard, numbers in the wild."""
    value = entry.data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return entry.line(name)


def _strings(fields: Fields, name: str) -> list[str]:
    entries = fields.objects(name, numbers=True)
    return [found for entry in entries if (found := entry.line("name"))]


def _altids(fields: Fields) -> dict[str, str]:
    value = fields.data.get("altids")
    if value is None or value == "":
        return {}
    if isinstance(value, list):
        entries = [fields.of(entry, "altids.") for entry in value if isinstance(entry, dict)]
        pairs = [(entry.line("role"), _scalar(entry, "value")) for entry in entries]
        return {role: told for role, told in pairs if role and told}
    if not isinstance(value, dict):
        fields.refuse("altids", value, "an object")
        return {}
    entry = fields.of(value, "altids.")
    return {name: told for name in value if name and (told := _scalar(entry, name))}


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
        item = fields.of(entry, "associations.")
        association = Association(
            uri=item.line("uri", "guid"),
            caption=item.block("description_text", "description_html", "description_xhtml")
            or item.line("headline"),
            creditline=item.line("creditline", "byline", "copyrightholder"),
        )
        if association != Association():
            found.append(association)
    return found
