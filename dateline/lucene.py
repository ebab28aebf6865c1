"""Lucene's query syntax, cut into its parts as Lucene's own parser cuts it.

Whatever stands in a query, it is read in time that grows as its length does: queries come from
anybody, and in files of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

#: what separates words, within a class of characters, too; a non-breaking space does not
BLANK = " \t\n\r\u3000"
PHRASE = r'"(?:[^"\\]++|\\.)*+"'
REGEX = r"/(?:[^/\\]++|\\.)*+/"
RANGE = r"[\[{][^\[\]{}]*+[\]}]"
#: what ends a word, within a class
ENDS = rf'{BLANK}!()\[\]{{}}"^~:/\\'
_PART = re.compile(
    rf"""
    (?P<phrase>{PHRASE}) | (?P<range>{RANGE}) | (?P<regex>{REGEX})
    | (?P<term>(?:[^{ENDS}+\-]|\\.)(?:[^{ENDS}]++|\\.)*+)
    | (?P<colon>:) | [{BLANK}]++ | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_COLON = re.compile(rf"[{BLANK}]*+:")
#: several names, or ones that only Lucene can tell
_NO_NAME = re.compile(r"[*?\\]")
#: a character that stands for itself; the other is a character's number
_ESCAPED = re.compile(r"\\([^u])", re.DOTALL)
_EXISTS = "_exists_"


class Part(NamedTuple):
    """One part of a query.

    kind: ``field`` (a name before a colon), ``term`` (a word), ``phrase``, ``range``, ``regex``, or
    ``other``: a sign. text: as it stands there. field: the name whose value it is, where that
    stands right before it; empty elsewhere.
    """

    kind: str
    text: str
    field: str


def parts(query: str) -> Iterator[Part]:
    """What a query consists of, in order, without blanks and colons.

    What stands behind a field's colon is a value, whatever colons come next.
    """
    named, behind = "", False
    for found in _PART.finditer(query):
        kind, text = found.lastgroup, found.group()
        if kind is None:
            continue
        if kind == "colon":
            behind = True
            continue
        of = named if behind else ""
        if kind == "term" and not behind and _COLON.match(query, found.end()):
            kind, named = "field", text
        behind = False
        yield Part(kind, text, of)


def fields(query: str) -> list[str]:
    """The fields that a query looks into, as it names them, without backslashes, each once; those
    whose names hold a wildcard or a character's number (``\\u0041``) left out."""
    return _names(one.text for one in parts(query) if one.kind == "field" and one.text != _EXISTS)


def existing(query: str) -> list[str]:
    """The fields that a query asks for with ``_exists_``, in quotation marks or without."""
    return _names(
        one.text.strip('"')
        for one in parts(query)
        if one.field == _EXISTS and one.kind in ("term", "phrase")
    )


def _names(told: Iterator[str]) -> list[str]:
    names = dict.fromkeys(_ESCAPED.sub(r"\1", one) for one in told)
    return [one for one in names if one and not _NO_NAME.search(one)]
