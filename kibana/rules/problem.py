"""What is wrong with an object, and what rules share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal

import msgspec

from kibana import kql, lucene
from kibana.kql import UnreadableKql

Rule = Literal[
    "envelope",
    "shape",
    "unique",
    "type",
    "version",
    "attribute",
    "json",
    "reference",
    "index",
    "field",
    "field type",
    "label",
    "query",
    "panel",
    "grid",
    "column",
    "service",
    "elasticsearch",
    "cookbook",
]
Fields = Mapping[str, str]
Found = Iterator["Problem"]


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is broken.

    object: ``type:id``, or the line where there is none. at: where in it.
    """

    object: str
    rule: Rule
    at: str
    found: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.object}: {self.at}: rule {self.rule}: "
            f"found {self.found}; expected {self.expected}"
        )


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What an object is checked against.

    indices: what data views may stand for, with its fields. views: ids of the file's data views to
    the fields they show. present: type and id of every object in the file.
    """

    indices: Mapping[str, Fields]
    views: Mapping[str, Fields]
    present: frozenset[tuple[str, str]]


class One:
    """One object under check; `problem` names it."""

    def __init__(self, whole: Mapping[str, Any], context: Context) -> None:
        self.name = f"{whole.get('type')}:{whole.get('id')}"
        self.attributes: dict[str, Any] = dict(whole["attributes"])
        self.references: list[dict[str, str]] = list(whole["references"])
        self.context = context

    def problem(self, rule: Rule, at: str, found: object, expected: str) -> Problem:
        """What is wrong with it."""
        told = found if isinstance(found, str) else repr(found)
        return Problem(
            object=self.name, rule=rule, at=at, found=told or "nothing", expected=expected
        )

    def known_attributes(self, known: Mapping[str, type], required: Iterable[str]) -> Found:
        """Kibana refuses others, and these with another type."""
        for name, value in self.attributes.items():
            if name not in known:
                yield self.problem(
                    "attribute", name, "an unknown attribute", f"one of {', '.join(known)}"
                )
            elif not isinstance(value, known[name]):
                yield self.problem(
                    "attribute", name, type(value).__name__, f"a {known[name].__name__}"
                )
        for name in required:
            if not self.attributes.get(name):
                yield self.problem("attribute", name, "nothing", "a value")

    def parsed(self, at: str, text: object, kind: type) -> Iterator[Problem | Any]:
        """A string of JSON, read: yields its value, or the problem."""
        try:
            value = json.loads(text) if isinstance(text, str) else None
        except json.JSONDecodeError as error:
            yield self.problem("json", at, f"{error}", f"JSON with a {kind.__name__}")
            return
        if not isinstance(value, kind):
            yield self.problem(
                "json", at, type(value if isinstance(text, str) else text).__name__,
                f"a string of JSON with a {kind.__name__}",
            )  # fmt: skip
            return
        yield value

    def referred(self, name: str, kind: str) -> dict[str, str] | None:
        """The reference of this name and type."""
        for one in self.references:
            if one.get("name") == name and one.get("type") == kind:
                return one
        return None

    def view(self, at: str, name: object) -> Iterator[Problem | Fields]:
        """The fields of the data view that a reference of this name leads to, or the problem."""
        reference = self.referred(str(name), "index-pattern")
        if reference is None:
            yield self.problem(
                "reference", at, f"the name {name!r}", "the name of a reference to an index-pattern"
            )
        elif reference["id"] in self.context.views:
            yield self.context.views[reference["id"]]
        # One that leads nowhere is named where references are looked at.

    def field(self, at: str, name: object, fields: Fields, types: Iterable[str] = ()) -> Found:
        """A field must be there, with one of the types (any, where none is told)."""
        types = tuple(types)
        if str(name) not in fields:
            yield self.problem("field", at, repr(name), "a field of the index")
        elif types and fields[str(name)] not in types:
            yield self.problem(
                "field type", at, f"{name} ({fields[str(name)]})", f"{' or '.join(types)}"
            )

    def query(self, at: str, query: object, fields: Fields) -> Found:
        """``{"query": text, "language": "kuery" or "lucene"}``, with fields that are there."""
        if not isinstance(query, dict) or not isinstance(query.get("query"), str):
            yield self.problem("query", at, query, "an object with query and language")
            return
        language = query.get("language")
        if language not in ("kuery", "lucene"):
            yield self.problem("query", at, f"language {language!r}", "kuery or lucene")
            return
        try:
            named = (kql if language == "kuery" else lucene).names(query["query"])
        except UnreadableKql as error:
            yield self.problem("query", at, str(error), "KQL that can be read")
            return
        for name in sorted(named):
            yield from self.field(at, name, fields)

    def search_source(
        self, text: object, fields: Fields | None
    ) -> Iterator[Problem | dict[str, Any]]:
        """``searchSourceJSON``; fields: of its data view, None: `indexRefName` leads to it."""
        at = "kibanaSavedObjectMeta.searchSourceJSON"
        for value in self.parsed(at, text, dict):
            if isinstance(value, Problem):
                yield value
                return
            if fields is None:
                for seen in self.view(f"{at}: indexRefName", value.get("indexRefName")):
                    if isinstance(seen, Problem):
                        yield seen
                    else:
                        fields = seen
            if fields is not None:
                yield from self.query(f"{at}: query", value.get("query"), fields)
            if not isinstance(value.get("filter"), list):
                yield self.problem("attribute", f"{at}: filter", value.get("filter"), "a list")
            yield value
