"""JSON documents, read strictly, and typed access to what stands in them.

What every format in JSON shares: errors name the line, the column and the key.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from dateline import text, times
from dateline.article import Location
from dateline.errors import DatelineError, InputError

#: the largest integer that the index can hold
LARGEST = 2**63 - 1

_AT_BYTE = re.compile(r" \(byte (\d+)\)\Z")
_OPENING = re.compile(rb"\s*(?:\{(?!\\rtf)|\[\s*(?:[{\]]|\Z))")


def opening(head: bytes) -> bytes | None:
    """The beginning of a document that may be a JSON object or a list of some, without a byte
    order mark, so that keys can be looked for in it; None for what is something else."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[2:].replace(b"\0", b"")
    head = head.removeprefix(b"\xef\xbb\xbf")
    return head if _OPENING.match(head, 0, 400) else None


def decode(value: bytes) -> Any:
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
        raise InputError("JSON nested too deeply", expected="an item of news") from error
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
    if found is None and "truncated" not in message:
        return InputError(f"malformed JSON: {what}", expected="one JSON value")
    if plain[at:].strip() == b"":
        what = "it ends too early"
    return InputError(
        f"malformed JSON: {what}",
        found=f"column {column}: {plain[at : at + 30].decode('utf-8', 'replace')!r}",
        expected="one JSON value",
    ).at(line=line)


def described(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return f"a number ({str(value)[:40]})"
    if isinstance(value, str):
        return f"a string ({value[:40]!r})"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "null"


class Fields:
    """Typed access to one JSON object. Null and the empty string are absent.

    ``forgiving``: what cannot be read is absent too. So a cancellation is read: it must not fail,
    and the story stay in sight, because of a field that has nothing to do with it.
    """

    def __init__(self, data: dict[str, Any], path: str = "", *, forgiving: bool = False) -> None:
        self.data = data
        self._path = path
        self._forgiving = forgiving

    def of(self, data: dict[str, Any], path: str) -> Fields:
        """An object within this one, read likewise."""
        return Fields(data, self._path + path, forgiving=self._forgiving)

    def wrong(self, name: str, value: Any, expected: str) -> DatelineError:
        return InputError(
            "a value of the wrong kind", found=described(value), expected=expected
        ).at(field=self._path + name)

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

    def stated(self, name: str) -> str | None:
        """What decides when an item shows, or before which: a string as it stands, the empty one
        too. What is no string is refused; where it is forgiven it is a time that nobody can read.
        """
        value = self.data.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse(name, value, "a string")
            return str(value)
        return value

    def line(self, *names: str) -> str | None:
        """The first that is there, cleaned, on one line, without markup."""
        for name in names:
            value = self.raw(name)
            if value is not None and (line := text.one_line(unmarked(value))):
                return line
        return None

    def block(self, *names: str) -> str | None:
        """Likewise, lines kept."""
        for name in names:
            value = self.raw(name)
            if value is not None and (found := text.block(unmarked(value))):
                return found
        return None

    def integer(self, name: str, low: int, high: int) -> int | None:
        value = self.data.get(name)
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value) if len(value) < 25 else LARGEST + 1
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if value is None or value == "" or (value == 0 and low == 1 and value is not False):
            return None  # 0 is how some systems write "no urgency"
        expected = f"an integer from {low} to {high}"
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(name, value, expected)
            return None
        return value

    def scalar(self, name: str) -> str | None:
        """A code: a string by the standards, a number in the wild."""
        value = self.data.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return self.line(name)

    def strings(self, name: str) -> list[str]:
        """The strings of a list, numbers among them too; a single one is taken as a list."""
        entries = self.objects(name, numbers=True)
        return [found for entry in entries if (found := entry.line("name"))]

    def instant(self, name: str, zone: str | None) -> dt.datetime | None:
        value = self.raw(name)
        if value is None:
            return None
        try:
            return times.parse(value, field=self._path + name, zone=zone).instant
        except InputError:
            if self._forgiving:
                return None
            raise

    def objects(self, name: str, *, numbers: bool = False) -> Iterator[Fields]:
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


def point(geometry: Any) -> Location | None:
    """Where a GeoJSON point lies (RFC 7946: longitude first), or the one of a feature; None for
    any other shape and for what is nowhere on Earth."""
    if isinstance(geometry, dict) and isinstance(geometry.get("geometry"), dict):
        geometry = geometry["geometry"]
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    found = geometry.get("coordinates")
    if not isinstance(found, list) or len(found) not in (2, 3):
        return None
    lon, lat = found[:2]
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in (lon, lat)):
        return None
    return Location(lat=float(lat), lon=float(lon)) if abs(lat) <= 90 and abs(lon) <= 180 else None


def unmarked(value: str) -> str:
    return "\n\n".join(text.read_html(value).paragraphs) if text.has_markup(value) else value
