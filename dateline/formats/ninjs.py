"""ninjs 1.0 to 1.6: the IPTC's news in JSON, one item, a list of items, or ``{"items": [...]}``.

The fields of other producers of ninjs (Superdesk's ``guid``, ``source``, ``service``,
``priority``) are read too. ninjs 2 and 3 rename most fields; their pictures are skipped and their
cancellations obeyed (those parts are equal), the rest is refused by name rather than half read.

JSON Lines is not this module's matter: every line is a document of its own.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from dateline import headlines, text, times
from dateline.article import Article, Association, Concept, Name, PubStatus
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
            return [_item(data)]
        if isinstance(data, list):
            if not data:
                raise InputError("a list without items", found="[]", expected="ninjs items")
            return [_one(value) for value in data]
        raise InputError(
            "not a ninjs item", found=_kind(data), expected="an object, or a list of objects"
        )


def _one(value: Any) -> Item:
    if not isinstance(value, dict):
        return InputError("not a ninjs item", found=_kind(value), expected="an object")
    try:
        return _item(value)
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
    keys = [key for key, _ in pairs]
    if len(set(keys)) == len(keys):
        return
    double = next(key for key in keys if keys.count(key) > 1)
    raise InputError(
        "a key that stands twice in one object", found=repr(double), expected="each key once"
    ).at(field=double)


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
    """Typed access to one JSON object. Null and the empty string are absent."""

    def __init__(self, data: dict[str, Any], path: str = "") -> None:
        self.data = data
        self._path = path

    def wrong(self, name: str, value: Any, expected: str) -> DatelineError:
        return InputError("a value of the wrong kind", found=_kind(value), expected=expected).at(
            field=self._path + name
        )

    def raw(self, name: str) -> str | None:
        """A string as it stands. Raises InputError."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise self.wrong(name, value, "a string")
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
            raise self.wrong(name, value, expected)
        return value

    def instant(self, name: str, zone: str | None) -> times.Declared | None:
        value = self.raw(name)
        return None if value is None else times.parse(value, field=self._path + name, zone=zone)

    def objects(self, name: str) -> Iterator[_Fields]:
        """The objects of a list; a single one and plain strings (as ``name``) are taken too."""
        value = self.data.get(name)
        if value is None or value == "":
            return
        for number, entry in enumerate(value if isinstance(value, list) else [value]):
            if entry is None or entry == "":
                continue
            if isinstance(entry, str):
                entry = {"name": entry}
            if not isinstance(entry, dict):
                raise self.wrong(f"{name}[{number}]", entry, "an object")
            yield _Fields(entry, f"{self._path}{name}[{number}].")


def _unmarked(value: str) -> str:
    return "\n\n".join(text.read_html(value).paragraphs) if text.has_markup(value) else value


# --- an item -------------------------------------------------------------------------------------


def _item(data: dict[str, Any]) -> Article | Skipped:
    fields = _Fields(data)
    known = catalogue()
    sent = fields.line("uri", "guid")
    if sent is None:
        raise InputError(
            "an item without an identity",
            found=f"keys {', '.join(sorted(data)[:8]) or 'none'}",
            expected="a string",
        ).at(field="uri")
    declared = _declared_provider(fields, known)
    key = known.of_uri(sent) or known.normalise(declared)
    uri = known.canonical(key, sent)
    kind = (fields.line("type") or "").lower()
    if kind and kind not in _TYPES and not any(name in data for name in _NEWER):
        raise fields.wrong("type", kind, f"one of {', '.join(sorted(_TYPES))}")
    status = fields.raw("pubstatus")
    declared_status = (status or "usable").strip().lower()
    if declared_status not in _STATUS:
        raise fields.wrong("pubstatus", status, "usable, withheld or canceled")
    pubstatus = _STATUS[declared_status]
    newer = [name for name in _NEWER if name in data]
    if newer and pubstatus != "canceled":
        if kind in _MEDIA:
            return Skipped(reason=f"{kind} without text", uri=uri)
        raise InputError(
            "ninjs 2 or 3 is not read yet",
            found=f"key {newer[0]}",
            expected="ninjs 1.0 to 1.6",
        )

    parts, headed = _body(fields)
    zone = known.get(key).zone
    filed = None
    byline = fields.line("byline")
    if parts:
        if len(parts) > 1 and (parts[0] == byline or (byline is None and _leads(parts[0]))):
            byline = byline or parts[0]
            parts.pop(0)
        filed = wirecopy.take_dateline(parts[0])
        if filed is not None:
            parts[:1] = [filed.rest] if filed.rest.strip() else []
    body = text.join(parts)
    if body is None and kind in _TEXTLESS and pubstatus != "canceled":
        return Skipped(reason=f"{kind} without text", uri=uri)

    headline = fields.line("headline")
    slugline = fields.line("slugline")
    tags = headlines.read(headline, slug=slugline, body=body)
    if status is None and tags.withdraws is not None:
        pubstatus = tags.withdraws
    embargoed, unreadable = _embargo(fields, zone)
    if unreadable and pubstatus == "usable" and known.get(key).empty_embargo == "hold":
        pubstatus = "withheld"
    created = fields.instant("versioncreated", zone)
    signals = [signal for entry in fields.objects("signal") if (signal := _code(entry))]
    description = fields.block("description_text", "description_html", "description_xhtml")
    description = description or fields.block(*_named(fields, "description_"))
    title = (
        tags.title
        or text.first_sentence(description or "")
        or text.first_sentence(body or "")
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
        version=_version(fields),
        versioncreated=created.instant if created else None,
        date_precision=created.precision if created else None,
        firstcreated=_instant(fields, "firstcreated", zone),
        contentcreated=_instant(fields, "contentcreated", zone),
        embargoed=embargoed,
        expires=_instant(fields, "expires", zone),
        headline=headline,
        slugline=slugline,
        byline=byline,
        description_text=description,
        keywords=_strings(fields, "keywords"),
        ednote=fields.block("ednote"),
        body_text=body,
        crossheads=[part for part in headed if part in parts[:-1]] or wirecopy.crossheads(parts),
        dateline=filed.dateline if filed else None,
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


def _leads(paragraph: str) -> bool:
    return len(paragraph) <= 100 and wirecopy.is_byline(paragraph)


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


def _version(fields: _Fields) -> int | None:
    """The version where it is an integer; ``"1.2"`` and the like order nothing and are absent."""
    value = fields.data.get("version")
    if isinstance(value, str) and not value.strip().isdecimal():
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


def _body(fields: _Fields) -> tuple[list[str], list[str]]:
    """Paragraphs of the body, and which of them are headings.

    Of several forms plain text wins, unless it is one lump and the markup knows its paragraphs.
    """
    plain: list[str] = []
    marked = text.Markup([], [])
    for name in sorted(_named(fields, "body_"), key=_by_preference):
        value = fields.raw(name)
        if value is None:
            continue
        is_html = name.endswith("html") or (name != "body_text" and text.has_markup(value))
        if is_html and not marked.paragraphs:
            marked = text.read_html(value)
        elif not is_html and not plain:
            plain = text.paragraphs(text.clean(value))
    whole = sum(map(len, plain))
    if marked.paragraphs and (
        not plain
        or (
            (len(plain) == 1 < len(marked.paragraphs))
            and sum(map(len, marked.paragraphs)) * 10 >= whole * 9
        )
    ):
        return list(marked.paragraphs), marked.headings
    return plain, []


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
    return list(_each(fields, name, lambda entry: entry.line("name")))


def _altids(fields: _Fields) -> dict[str, str]:
    value = fields.data.get("altids")
    if value is None or value == "":
        return {}
    if isinstance(value, list):
        entries = [_Fields(entry) for entry in value if isinstance(entry, dict)]
        pairs = [(entry.line("role"), _scalar(entry, "value")) for entry in entries]
        return {role: told for role, told in pairs if role and told}
    if not isinstance(value, dict):
        raise fields.wrong("altids", value, "an object")
    entry = _Fields(value, "altids.")
    return {name: told for name in value if name and (told := _scalar(entry, name))}


def _associations(fields: _Fields) -> list[Association]:
    value = fields.data.get("associations")
    if value is None or value == "":
        return []
    if not isinstance(value, dict | list):
        raise fields.wrong("associations", value, "an object of items")
    found = []
    for entry in value.values() if isinstance(value, dict) else value:
        if not isinstance(entry, dict):
            continue  # null is how a desk removes a picture
        item = _Fields(entry, "associations.")
        association = Association(
            uri=item.line("uri", "guid"),
            caption=item.block("description_text", "description_html", "description_xhtml")
            or item.line("headline"),
            creditline=item.line("creditline", "byline", "copyrightholder"),
        )
        if association != Association():
            found.append(association)
    return found
