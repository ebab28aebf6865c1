"""JSON Lines: every line is one document of its own.

Splitting is streaming: a file of any length takes the memory of its longest permitted line. A
line above the limit is measured and hashed, but only its beginning is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import msgspec

from dateline import text
from dateline.errors import DatelineError
from dateline.records import OVERSIZED_KEPT

#: names that say so themselves
SUFFIXES = frozenset({".jsonl", ".ndjson", ".jsonlines", ".ldjson"})
_BOM = b"\xef\xbb\xbf"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line that is not blank.

    number: counts from 1. data: its bytes without line end; only the first 64 kB where it is
    ``oversized``. size, sha256: of the whole line. end: bytes of the stream up to and with its
    line end. prefix: SHA-256 of those. complete: whether a line end stands after it.
    """

    number: int
    data: bytes
    size: int
    sha256: str
    end: int
    prefix: str
    complete: bool
    oversized: bool


class Splitter:
    """Takes bytes as they come, gives lines. ``limit``: the longest permitted line in bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._number = 0
        self._end = 0
        self._prefix = hashlib.sha256()
        self._kept = bytearray()
        self._size = 0
        self._hash = hashlib.sha256()
        self._last = b""

    def skip(self, data: bytes, lines: int = 0) -> None:
        """Bytes (and their number of lines) that were dealt with before."""
        self._prefix.update(data)
        self._end += len(data)
        self._number += lines

    @property
    def prefix(self) -> str:
        """SHA-256 of all up to the end of the last line."""
        return self._prefix.copy().hexdigest()

    def feed(self, data: bytes) -> Iterator[Line]:
        """Lines that ``data`` completes."""
        start = 0
        while (at := data.find(b"\n", start)) >= 0:
            self._take(data[start:at])
            start = at + 1
            yield from self._finish(newline=True)
        self._take(data[start:])

    def end(self) -> Iterator[Line]:
        """What is left when nothing more comes: a line without its end."""
        if self._size:
            yield from self._finish(newline=False)

    def _take(self, data: bytes) -> None:
        if not data:
            return
        self._prefix.update(data)
        # The carriage return of a line end is not the line's, so the last byte is hashed late.
        self._hash.update(self._last + data[:-1])
        self._last = data[-1:]
        self._size += len(data)
        if len(self._kept) <= self._limit:
            self._kept += data[: self._limit + 2 - len(self._kept)]

    def _finish(self, *, newline: bool) -> Iterator[Line]:
        self._number += 1
        self._end += self._size + newline
        if newline:
            self._prefix.update(b"\n")
        size = self._size
        if self._last == b"\r" and newline:
            size -= 1
        else:
            self._hash.update(self._last)
        data = bytes(self._kept[: min(size, self._limit + 1)])
        digest = self._hash.hexdigest()
        self._kept, self._size, self._hash, self._last = bytearray(), 0, hashlib.sha256(), b""
        oversized = size > self._limit
        if oversized or data.removeprefix(_BOM).strip():
            yield Line(
                number=self._number,
                data=data[:OVERSIZED_KEPT] if oversized else data,
                size=size,
                sha256=digest,
                end=self._end,
                prefix=self.prefix,
                complete=newline,
                oversized=oversized,
            )


def is_json_lines(name: str, head: bytes) -> bool:
    """Whether a document is JSON Lines: by its name, or because its first two lines are one JSON
    object each (``head`` need not reach further)."""
    if PurePath(name).suffix.lower() in SUFFIXES:
        return True
    first, newline, rest = head.removeprefix(_BOM).lstrip().partition(b"\n")
    if not newline or not first.startswith(b"{") or not rest.lstrip().startswith(b"{"):
        return False
    return is_json(first)


def is_json(data: bytes) -> bool:
    """Whether these bytes are one whole JSON value, in any character set that is read."""
    try:
        _value(data)
    except (DatelineError, msgspec.DecodeError, ValueError, RecursionError):
        return False
    return True


def no_document(line: bytes) -> str | None:
    """What a line of JSON Lines is that can be no document; None where it is an object, or a list
    that holds one."""
    try:
        value = _value(line)
    except DatelineError as error:
        return f"{error.what}, {error.found}"
    except (msgspec.DecodeError, ValueError, RecursionError):
        return "no JSON value"
    if isinstance(value, dict):
        return None
    if isinstance(value, list):
        objects = any(isinstance(entry, dict) for entry in value)
        return None if objects else "a list without an object"
    if isinstance(value, str):
        return "a string"
    if value is None or isinstance(value, bool):
        return "null" if value is None else "a boolean"
    return "a number"


def _value(data: bytes) -> Any:
    # Most lines are UTF-8, and those are not copied.
    plain = data.removeprefix(_BOM)
    if not data.isascii():
        read = text.decode(data)
        plain = plain if read.charset == "utf-8" else read.text.encode()
    return msgspec.json.decode(plain)
