"""ninjs 1.0 to 1.6: the IPTC's news in JSON, one item, a list of items, or ``{"items": [...]}``.

The fields of other producers of ninjs (Superdesk's ``guid``, ``source``, ``service``,
``priority``) are read too. ninjs 2 and 3 rename most fields; their pictures are skipped and their
cancellations obeyed (those parts are equal), the rest is refused by name rather than half read.

JSON Lines is not this module's matter: every line is a document of its own.
"""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from dateline import headlines, text, times
from dateline.article import Article, Association, Concept, Dateline, Name, PubStatus
from dateline.errors import DatelineError, InputError
from dateline.formats import Item, Skipped, wirecopy
from dateline.providers import Catalogue, catalogue
from dateline.records import RawDocument

_MEDIA = frozenset({"picture", "audio", "video", "graphic"})
_TEXTLESS = _MEDIA | {"composite", "component"}
_TYPES = _TEXTLESS | {"text"}
_STATUS: dict[str, PubStatus] = {
    "usable": "usable",
    "withheld": "withheld",
    "canceled": "canceled",
    "cancelled": "canceled",
}
#: the largest integer that the index can hold
_LARGEST = 2**63 - 1
_NEWER = ("headlines", "bodies", "descriptions")
_SIGNALS = {
    "correction": "correction",
    "update": "update",
    "replace": "update",
    "writethru": "writethru",
    "kill": "kill",
    "hold": "hold",
}


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
        data = _decode(document.value)
        if isinstance(data, dict) and isinstance(data.get("items"), list) and "uri" not in data:
            data = data["items"]
        if isinstance(data, dict):
            return [_item(data, document.received)]
        if isinstance(data, list):
            if not data:
                raise InputError("a list without items", found="[]", expected="ninjs items")
            return [_one(value, document.received) for value in data]
        raise InputError(
            "not a ninjs item", found=_kind(data), expected="an object, or a list of objects"
        )


def _one(value: Any, received: dt.datetime) -> Item:
    if not isinstance(value, dict):
        return InputError("not a ninjs item", found=_kind(value), expected="an object")
    try:
        return _item(value, received)
    except InputError as error:
        return error


# --- JSON ----------------------------------------------------------------------------------------

_AT_BYTE = re.compile(r" \(byte (\d+)\)\Z")


def _decode(value: bytes) -> Any:
    """Strict JSON (no NaN, no key twice). Raises InputError with line and column."""
    read = text.decode(value)
    plain = value if read.charset == "utf-8" else read.text.encode("utf-8", "replace")
    plain = plain.removeprefix(b"\xef\xbb\xbf")
    try:
        data = msgspec.json.decode(plain)
        # msgspec keeps the last of two values under one key; which one was meant nobody knows.
        json.loads(plain, object_pairs_hook=_refuse_doubles)
    except msgspec.DecodeError as error:
        raise _malformed(plain, str(error)) from error
    except RecursionError as error:
        raise InputError("JSON nested too deeply", expected="a ninjs item") from error
    except ValueError as error:
        raise InputError("JSON that Python cannot read", found=str(error)) from error
    return data


def _refuse_doubles(pairs: list[tuple[str, Any]]) -> None:
    # Nested objects come first; nothing has to be kept of them.
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise InputError(
                "a key that stands twice in one object", found=repr(key), expected="each key once"
            ).at(field=key)
        seen.add(key)


def _malformed(plain: bytes, message: str) -> DatelineError:
    found = _AT_BYTE.search(message)
    at = min(int(found.group(1)), len(plain)) if found else len(plain)
    before = plain[:at]
    line = before.count(b"\n") + 1
    column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
    what = _AT_BYTE.sub("", message).removeprefix("JSON is malformed: ")
    if plain[at:].strip() == b"":
        what = "it ends too early"
    return InputError(
        f"malformed JSON: {what}",
        found=f"column {column}: {plain[at : at + 30].decode('utf-8', 'replace')!r}",
        expected="one JSON value",
    ).at(line=line)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return f"a number ({str(value)[:40]})"
    if isinstance(value, str):
        return f"a string ({value[:40]!r})"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "null"


class _Fields:
    """Typed access to one JSON object. Null and the empty string are absent.

    ``forgiving``: what cannot be read is absent too. So a cancellation is read: it must not fail,
    and the story stay in sight, because of a field that has nothing to do with it.
    """

    def __init__(self, data: dict[str, Any], path: str = "", *, forgiving: bool = False) -> None:
        self.data = data
        self._path = path
        self._forgiving = forgiving

    def of(self, data: dict[str, Any], path: str) -> _Fields:
        """An object within this one, read likewise."""
        return _Fields(data, self._path + path, forgiving=self._forgiving)

    def wrong(self, name: str, value: Any, expected: str) -> DatelineError:
        return InputError("a value of the wrong kind", found=_kind(value), expected=expected).at(
            field=self._path + name
        )

    def refuse(self, name: str, value: Any, expected: str) -> None:
        """Raises InputError that names the field; returns where this object is forgiven."""
        if not self._forgiving:
            raise self.wrong(name, value, expected)

    def raw(self, name: str) -> str | None:
        """A string as it stands. Raises InputError."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.refuse(name, value, "a string")
            return None
        return value

    def line(self, *names: str) -> str | None:
        """The first that is there, cleaned, on one line, without markup."""
        for name in names:
            value = self.raw(name)
            if value is not None and (line := text.one_line(_unmarked(value))):
                return line
        return None

    def block(self, *names: str) -> str | None:
        """Likewise, lines kept."""
        for name in names:
            value = self.raw(name)
            if value is not None and (found := text.block(_unmarked(value))):
                return found
        return None

    def integer(self, name: str, low: int, high: int) -> int | None:
        value = self.data.get(name)
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value) if len(value) < 25 else _LARGEST + 1
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or value == "" or (value == 0 and low == 1 and value is not False):
            return None  # 0 is how some systems write "no urgency"
        expected = f"an integer from {low} to {high}"
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(name, value, expected)
            return None
        return value

    def instant(self, name: str, zone: str | None) -> times.Declared | None:
        value = self.raw(name)
        if value is None:
            return None
        try:
            return times.parse(value, field=self._path + name, zone=zone)
        except InputError:
            if self._forgiving:
                return None
            raise

    def objects(self, name: str, *, numbers: bool = False) -> Iterator[_Fields]:
        """The objects of a list; a single one and plain strings (as ``name``) are taken too, and
        plain ``numbers`` where they are wanted."""
        value = self.data.get(name)
        if value is None or value == "":
            return
        for number, entry in enumerate(value if isinstance(value, list) else [value]):
            if entry is None or entry == "":
                continue
            if numbers and isinstance(entry, int | float) and not isinstance(entry, bool):
                entry = str(entry)
            if isinstance(entry, str):
                entry = {"name": entry}
            if isinstance(entry, dict):
                yield self.of(entry, f"{name}[{number}].")
            else:
                self.refuse(f"{name}[{number}]", entry, "an object")


def _unmarked(value: str) -> str:
    return "\n\n".join(text.read_html(value).paragraphs) if text.has_markup(value) else value


# --- an item -------------------------------------------------------------------------------------


def _item(data: dict[str, Any], received: dt.datetime) -> Article | Skipped:
    fields = _Fields(data)
    sent = fields.line("uri", "guid")
    if sent is None:
        raise InputError(
            "an item without an identity",
            found=f"keys {', '.join(sorted(data)[:8]) or 'none'}",
            expected="a string",
        ).at(field="uri")
    status = fields.raw("pubstatus")
    declared_status = (status or "usable").strip().lower()
    if declared_status not in _STATUS:
        raise fields.wrong("pubstatus", status, "usable, withheld or canceled")
    pubstatus = _STATUS[declared_status]
    if pubstatus == "canceled":
        fields = _Fields(data, forgiving=True)
    known = catalogue()
    declared = _declared_provider(fields, known)
    key = known.of_uri(sent) or known.normalise(declared)
    uri = known.canonical(key, sent)
    zone = known.get(key).zone
    kind = (fields.line("type") or "").lower()
    if kind and kind not in _TYPES and not any(name in data for name in _NEWER):
        fields.refuse("type", kind, f"one of {', '.join(sorted(_TYPES))}")
    newer = [name for name in _NEWER if name in data]
    if newer and pubstatus != "canceled":
        if kind in _MEDIA:
            return Skipped(reason=f"{kind} without text", uri=uri)
        raise InputError(
            "ninjs 2 or 3 is not read yet",
            found=f"key {newer[0]}",
            expected="ninjs 1.0 to 1.6",
        )

    headline = fields.line("headline")
    slugline = fields.line("slugline")
    copy = _copy(fields, headline)
    body = text.join(copy.paragraphs)
    if body is None and kind in _TEXTLESS and pubstatus != "canceled":
        return Skipped(reason=f"{kind} without text", uri=uri)

    tags = headlines.read(headline, slug=slugline, body=body)
    if status is None and tags.withdraws is not None:
        pubstatus = tags.withdraws
        if pubstatus == "canceled":
            fields = _Fields(data, forgiving=True)
    version, created = _order(data, key, received, withdrawn=pubstatus == "canceled")
    ednote, notes = _split_notepad((fields.block("ednote") or "").split("\n"))
    embargoed, unreadable = _embargo(fields, zone)
    words = [*_embargoes(ednote), *copy.embargo]
    if embargoed is None and words:
        ends = (wirecopy.embargo_end(line, zone) for line in words)
        embargoed = next((end for end in ends if end is not None), None)
        unreadable = embargoed is None
    elif known.get(key).empty_embargo == "ignore":
        unreadable = False
    if unreadable and pubstatus == "usable":
        pubstatus = "withheld"
    signals = [signal for entry in fields.objects("signal") if (signal := _code(entry))]
    description = fields.block("description_text", "description_html", "description_xhtml")
    description = description or fields.block(*_named(fields, "description_"))
    title = (
        tags.title
        or text.first_sentence(body or "")
        or text.first_sentence(description or "")
        or headline
        or slugline
        or uri
    )
    language = fields.raw("language")
    asserted = key or "provider"
    kinds = [*tags.kinds]
    for signal in signals:
        kind_of = _SIGNALS.get(re.split(r"[:/#]", signal)[-1].lower())
        if kind_of and kind_of not in kinds:
            kinds.append(kind_of)
    return Article(
        uri=uri,
        title=title,
        pubstatus=pubstatus,
        version=version,
        versioncreated=created.instant if created else None,
        date_precision=created.precision if created else None,
        firstcreated=_instant(fields, "firstcreated", zone),
        contentcreated=_instant(fields, "contentcreated", zone),
        embargoed=embargoed,
        expires=_instant(fields, "expires", zone),
        headline=headline,
        slugline=slugline,
        byline=copy.byline,
        description_text=description,
        keywords=_strings(fields, "keywords"),
        ednote=text.block("\n".join([*ednote, *copy.embargo])),
        ednote_nonpublic=text.block("\n".join([*notes, *copy.notes])),
        body_text=body,
        crossheads=copy.crossheads,
        dateline=copy.dateline,
        located=fields.line("located"),
        urgency=fields.integer("urgency", 1, 9),
        priority=fields.integer("priority", 1, 9),
        genre=_concepts(fields, "genre"),
        subject=_concepts(fields, "subject"),
        provider=key,
        provider_declared=declared,
        service=next(_each(fields, "service", lambda f: f.line("name", "code")), None),
        altids=_altids(fields),
        copyrightholder=fields.line("copyrightholder"),
        copyrightnotice=fields.block("copyrightnotice"),
        usageterms=fields.block("usageterms"),
        creditline=fields.line("creditline"),
        infosource=_names(fields, "infosource", asserted),
        signal=signals,
        update_kind=kinds,
        update_number=tags.number,
        associations=_associations(fields),
        language=text.language_tag(language) if language else None,
        language_declared=text.one_line(language or ""),
        person=_names(fields, "person", asserted),
        organisation=_names(fields, "organisation", asserted),
        place=_names(fields, "place", asserted),
        wordcount=text.count_words(body or ""),
        charcount=len(body or ""),
    )


def _declared_provider(fields: _Fields, known: Catalogue) -> str | None:
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


def _order(
    data: dict[str, Any], key: str | None, received: dt.datetime, *, withdrawn: bool
) -> tuple[int | None, times.Declared | None]:
    """``version`` and ``versioncreated``: what the version is ordered by. Raises InputError.

    A cancellation must hold. So its time, where it has no zone, is UTC; where it cannot be read at
    all it is the receipt's, since a kill that is ordered before the story it kills does nothing.
    Its version is refused only where nothing else orders it.
    """
    provider = catalogue().get(key)
    fields = _Fields(data)
    if not withdrawn:
        return _version(fields), fields.instant("versioncreated", provider.zone)
    forgiving = _Fields(data, forgiving=True)
    zone = provider.zone or "Etc/UTC"
    sent = data.get("versioncreated")
    created = forgiving.instant("versioncreated", zone)
    if created is None and sent not in (None, ""):
        said = times.find_instant(sent[:200], zone=zone) if isinstance(sent, str) else None
        created = times.Declared(said or received)
    alone = provider.order == "version" or created is None
    return _version(fields if alone else forgiving), created


def _version(fields: _Fields) -> int | None:
    """The version where it is an integer; ``1.2`` and the like order nothing and are absent."""
    value = fields.data.get("version")
    if isinstance(value, str) and not value.strip().isdecimal():
        return None
    if isinstance(value, float) and not value.is_integer():
        return None
    return fields.integer("version", 0, _LARGEST)


def _embargo(fields: _Fields, zone: str | None) -> tuple[dt.datetime | None, bool]:
    """When an embargo ends, and whether one is declared whose end is empty or unreadable."""
    if fields.data.get("embargoed") == "":
        return None, True
    try:
        return _instant(fields, "embargoed", zone), False
    except InputError:
        if isinstance(fields.data["embargoed"], str):
            return None, True
        raise


def _instant(fields: _Fields, name: str, zone: str | None) -> dt.datetime | None:
    declared = fields.instant(name, zone)
    return declared.instant if declared else None


def _named(fields: _Fields, prefix: str) -> list[str]:
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
_SENTENCE = re.compile(r"\A|[.!?;:]\s+")


class _Copy(msgspec.Struct, kw_only=True):
    """What the body holds, each part where it belongs. ``embargo`` and ``notes`` are lines."""

    paragraphs: list[str] = []
    crossheads: list[str] = []
    byline: str | None = None
    dateline: Dateline | None = None
    embargo: list[str] = []
    notes: list[str] = []


def _copy(fields: _Fields, headline: str | None) -> _Copy:
    """The body, its notepad, embargo, headline, byline and dateline taken off."""
    parts, headed, notes = _body(fields)
    copy = _Copy(paragraphs=parts, byline=fields.line("byline"), notes=notes)
    _take_head(copy, headline)
    _take_embargo(copy)
    _take_head(copy, headline)  # it may have stood below the embargo
    if parts and (filed := wirecopy.take_dateline(parts[0])) is not None:
        copy.dateline = filed.dateline
        parts[:1] = [filed.rest] if filed.rest.strip() else []
    body = set(parts[:-1])
    copy.crossheads = [part for part in headed if part in body] or wirecopy.crossheads(parts)
    return copy


def _take_head(copy: _Copy, headline: str | None) -> None:
    """Leading lines that say again what the elements say, or would: headline and byline."""
    parts, said = copy.paragraphs, (headline or "").casefold()
    while parts:
        line, _, below = parts[0].partition("\n")
        first = " ".join(line.split())
        if len(parts) == 1 and not below.strip():
            return  # the body is what is left
        if len(first) <= 100 and wirecopy.is_byline(first):
            copy.byline = copy.byline or first
        elif first.casefold() != said and first != copy.byline:
            return
        parts[:1] = [below] if below.strip() else []


def _take_embargo(copy: _Copy) -> None:
    """Lines that order an embargo, from where desks put them: above the copy, and below it."""
    parts = copy.paragraphs
    edges = [number for number in range(len(parts)) if number < 2 or number >= len(parts) - 2]
    for number in edges:
        lines = parts[number].split("\n")
        ordered = [line for line in lines if wirecopy.is_embargo(line)]
        if ordered:
            copy.embargo += [line.strip() for line in ordered]
            parts[number] = "\n".join(line for line in lines if line not in ordered)
    parts[:] = [part for part in parts if part.strip()]


def _embargoes(ednote: list[str]) -> Iterator[str]:
    """From where a sentence of a note orders an embargo: ``Foto folgt. Sperrfrist: ...``."""
    for line in ednote:
        for start in _SENTENCE.finditer(line):
            if wirecopy.is_embargo(sentence := line[start.end() : start.end() + 200]):
                yield sentence


def _split_notepad(lines: list[str]) -> tuple[list[str], list[str]]:
    """Lines (or paragraphs, which may be of several) before the editor's notepad, and its own."""
    for number, part in enumerate(lines):
        within = part.split("\n")
        for at, line in enumerate(within):
            if wirecopy.opens_notepad(line):
                before = ["\n".join(within[:at])] if at else []
                return [*lines[:number], *before], ["\n".join(within[at:]), *lines[number + 1 :]]
    return lines, []


def _body(fields: _Fields) -> tuple[list[str], list[str], list[str]]:
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
            marked, marked_notes = _split_notepad(list(found.paragraphs))
        elif not is_html and not plain:
            lines, plain_notes = _split_notepad(text.clean(_without_tags(value)).split("\n"))
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


def _each(fields: _Fields, name: str, of: Callable[[_Fields], str | None]) -> Iterator[str]:
    return (value for entry in fields.objects(name) if (value := of(entry)))


def _code(entry: _Fields) -> str | None:
    """A signal as one word: ``sig:correction``."""
    code, scheme = entry.line("code"), entry.line("scheme")
    joined = f"{scheme}:{code}" if code and scheme else code
    return entry.line("qcode") or joined or entry.line("name")


def _concepts(fields: _Fields, name: str) -> list[Concept]:
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


def _names(fields: _Fields, name: str, creator: str) -> list[Name]:
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


def _scalar(entry: _Fields, name: str) -> str | None:
    """Codes are strings by the standard, numbers in the wild."""
    value = entry.data.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return entry.line(name)


def _strings(fields: _Fields, name: str) -> list[str]:
    entries = fields.objects(name, numbers=True)
    return [found for entry in entries if (found := entry.line("name"))]


def _altids(fields: _Fields) -> dict[str, str]:
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


def _associations(fields: _Fields) -> list[Association]:
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
