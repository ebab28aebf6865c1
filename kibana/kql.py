"""KQL as an Elasticsearch query: Kibana's own language, which Kibana translates in the browser.

Ours, and a part of it: words, ``"phrases"``, ``*``, ``field: value``, ``field: (a or b)``, ``<``,
``<=``, ``>``, ``>=``, ``and``, ``or``, ``not``, parentheses. Grammar and translation follow what
Kibana 9 documents and does (its package ``kbn-es-query``, which is published nowhere); what it has
and this does not (``nested: { ... }``, wildcards in a field's name) is refused, never guessed.
Words side by side are one value, of which any word may match: that is KQL's, not ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from dateline.errors import UsageError

Query = dict[str, Any]
#: full field name to its type in the mapping
Fields = Mapping[str, str]

#: a backslash takes its meaning from what follows; words end at these
_SPECIAL = '\\():<>"*{}'
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<open>\() | (?P<close>\)) | (?P<operator><=|>=|<|>) | (?P<colon>:) | (?P<brace>[{}])
    | (?P<phrase>"(?:[^"\\]|\\.)*") | (?P<word>(?:[^\s\\():<>"{}]|\\.)+)
    )""",
    re.VERBOSE,
)
_RANGES = {"<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
#: characters that a query string takes for its own, but for ``*``
_QUERY_STRING = re.compile(r'([+\-=&|!(){}\[\]^"~?:\\/ ])')


class UnreadableKql(UsageError):
    """What this translation cannot read: wrong, or more than it knows."""


class _Token(msgspec.Struct, frozen=True):
    kind: str
    text: str
    at: int


def translate(query: str, fields: Fields) -> Query:
    """The query that Kibana would send, less its dates' time zone. Raises UnreadableKql."""
    if not query.strip():
        return {"match_all": {}}
    return _Parser(query, fields).whole()


def names(query: str) -> set[str]:
    """The fields that a query looks into. Raises UnreadableKql."""
    return _parsed(query).named if query.strip() else set()


def existing(query: str) -> set[str]:
    """The fields that it asks for with ``field: *``, which may be objects. Raises UnreadableKql."""
    return _parsed(query).existing if query.strip() else set()


def _parsed(query: str) -> _Parser:
    parser = _Parser(query, {})
    parser.whole()
    return parser


def _tokens(query: str) -> Iterator[_Token]:
    at = 0
    end = len(query.rstrip())
    while at < end:
        found = _TOKEN.match(query, at)
        if found is None:
            raise UnreadableKql(
                f"the KQL query {query!r} cannot be read",
                found=f"{query[at:].strip()!r} at {at}",
                expected="a quotation mark that is closed, a backslash before a character",
            )
        kind = found.lastgroup or ""
        text = found.group(kind)
        if kind == "word" and text.lower() in ("and", "or", "not"):
            kind = text.lower()
        yield _Token(kind, text, found.start(found.lastgroup or 0))
        at = found.end()


class _Parser:
    """One query; each method takes what it reads off the tokens."""

    def __init__(self, query: str, fields: Fields) -> None:
        self._query = query
        self._fields = fields
        self._tokens = [*_tokens(query), _Token("end", "", len(query))]
        self._at = 0
        self.named: set[str] = set()
        self.existing: set[str] = set()

    def whole(self) -> Query:
        found = self._either(self._clause)
        self._take("end")
        return found

    def _next(self, ahead: int = 0) -> _Token:
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def _take(self, *kinds: str) -> _Token:
        token = self._next()
        if token.kind not in kinds:
            raise UnreadableKql(
                f"the KQL query {self._query!r} cannot be read",
                found=f"{token.text or 'its end'!r} at {token.at}",
                expected=" or ".join(kinds),
            )
        self._at += 1
        return token

    def _either(self, part: Callable[[], Query]) -> Query:
        return _any(self._row("or", lambda: _all(self._row("and", lambda: self._maybe_not(part)))))

    def _row(self, joined: str, part: Callable[[], Query]) -> list[Query]:
        found = [part()]
        while self._next().kind == joined:
            self._take(joined)
            found.append(part())
        return found

    def _maybe_not(self, part: Callable[[], Query]) -> Query:
        if self._next().kind == "not":
            self._take("not")
            return {"bool": {"must_not": [part()]}}
        return part()

    def _clause(self) -> Query:
        if self._next().kind == "open":
            return self._within(self._clause)
        if self._next(1).kind == "operator":
            field, operator = self._field(), self._take("operator").text
            value, _ = self._literal()
            self.named.add(field)
            return {"range": {field: {_RANGES[operator]: value}}}
        if self._next(1).kind == "colon":
            field = self._field()
            self._take("colon")
            return self._values(field)
        return self._anywhere(*self._literal())

    def _within(self, part: Callable[[], Query]) -> Query:
        self._take("open")
        found = self._either(part)
        self._take("close")
        return found

    def _values(self, field: str) -> Query:
        if self._next().kind == "open":
            return self._within(lambda: self._values(field))
        return self._is(field, *self._literal())

    def _field(self) -> str:
        token = self._take("word", "phrase")
        field = _plain(token)
        if token.kind == "word" and _has_wildcard(token.text):
            raise UnreadableKql(
                f"the KQL query {self._query!r} is more than this check can translate",
                found=f"the field {token.text!r}",
                expected="the name of one field",
            )
        return field

    def _literal(self) -> tuple[str, str]:
        """A value and its kind: ``phrase``, ``word`` or ``wildcard``."""
        token = self._take("word", "phrase")
        if token.kind == "phrase":
            return _plain(token), "phrase"
        # Words side by side are one value.
        parts = [token]
        while self._next().kind == "word" and self._next(1).kind not in ("colon", "operator"):
            parts.append(self._take("word"))
        if any(_has_wildcard(one.text) for one in parts):
            return " ".join(_query_string(one.text) for one in parts), "wildcard"
        return " ".join(_plain(one) for one in parts), "word"

    @staticmethod
    def _anywhere(value: str, kind: str) -> Query:
        if value == "*" and kind == "wildcard":
            return {"query_string": {"query": "*"}}
        if kind == "wildcard":
            return {"query_string": {"query": value}}
        how = "phrase" if kind == "phrase" else "best_fields"
        return {"multi_match": {"type": how, "query": value, "lenient": True}}

    def _is(self, field: str, value: str, kind: str) -> Query:
        if value == "*" and kind == "wildcard":
            self.existing.add(field)
            return {"exists": {"field": field}}
        self.named.add(field)
        mapped = self._fields.get(field)
        if kind == "wildcard":
            if mapped == "keyword":
                return {"wildcard": {field: {"value": value}}}
            return {"query_string": {"fields": [field], "query": value}}
        if mapped == "date":
            return {"range": {field: {"gte": value, "lte": value}}}
        if mapped == "keyword":
            return {"term": {field: {"value": value}}}
        return {"match_phrase" if kind == "phrase" else "match": {field: value}}


def _any(found: list[Query]) -> Query:
    if len(found) == 1:
        return found[0]
    return {"bool": {"should": found, "minimum_should_match": 1}}


def _all(found: list[Query]) -> Query:
    return found[0] if len(found) == 1 else {"bool": {"filter": found}}


def _has_wildcard(text: str) -> bool:
    return "*" in re.sub(r"\\.", "", text)


def _plain(token: _Token) -> str:
    text = token.text[1:-1] if token.kind == "phrase" else token.text
    return re.sub(r"\\(.)", r"\1", text)


def _query_string(text: str) -> str:
    """A word with ``*``, all else escaped for a query string."""
    return "*".join(_QUERY_STRING.sub(r"\\\1", part) for part in text.split("*"))
