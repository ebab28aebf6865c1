"""What is wrong with an object, and what rules share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from dateline.mappings import has
from kibana import kql, lucene
from kibana.kql import UnreadableKql
from kibana.rules import dsl
from kibana.rules.shape import Shape, faults, shown
from kibana.rules.vocabulary import FIELD_FILTERS, META_FIELDS, SEARCH_SOURCE

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
#: longest part of a problem, in characters
_LONGEST = 500


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that is broken.

    object: ``type:id``, or the line where there is none. at: where in it. Whatever the file holds,
    each is a text that UTF-8 can hold, and of some length at most.
    """

    object: str
    rule: Rule
    at: str
    found: str
    expected: str

    def __post_init__(self) -> None:
        for name in ("object", "at", "found", "expected"):
            text = getattr(self, name)[:_LONGEST].encode("utf-8", "backslashreplace").decode()
            msgspec.structs.force_setattr(self, name, text)

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

    def all_fields(self) -> Fields:
        """Of every data view: what asks several."""
        return {name: kind for fields in self.views.values() for name, kind in fields.items()}


def read_json(text: str) -> Any:
    """JSON as Kibana reads it: no NaN. Raises ValueError, for what nests too deep, too."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("it nests too deep") from error


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


class One:
    """One object under check; `problem` names it."""

    def __init__(self, whole: Mapping[str, Any], context: Context) -> None:
        self.name = f"{whole.get('type')}:{whole.get('id')}"
        self.attributes: dict[str, Any] = dict(whole["attributes"])
        self.references: list[dict[str, str]] = list(whole["references"])
        self.context = context

    def problem(self, rule: Rule, at: str, found: object, expected: str) -> Problem:
        """What is wrong with it."""
        told = found if isinstance(found, str) else shown(found)
        return Problem(
            object=self.name, rule=rule, at=at, found=told or "nothing", expected=expected
        )

    def shaped(self, at: str, value: object, shape: Shape) -> list[Problem]:
        """Where a part has not the shape that Kibana gives it (`kibana.rules.shape`)."""
        return [
            self.problem("shape", f"{at}: {path}" if path else at, found, expected)
            for path, found, expected in faults(value, shape)
        ]

    def known_attributes(self, known: Mapping[str, Shape], required: Iterable[str]) -> Found:
        """Kibana refuses others, and these with another type."""
        for name, value in self.attributes.items():
            if name not in known:
                yield self.problem(
                    "attribute", name, "an unknown attribute", f"one of {', '.join(known)}"
                )
                continue
            for path, found, expected in faults(value, known[name]):
                yield self.problem(
                    "attribute", f"{name}: {path}" if path else name, found, expected
                )
        for name in required:
            if not self.attributes.get(name):
                yield self.problem("attribute", name, "nothing", "a value")

    def parsed(self, at: str, text: object, kind: type) -> Iterator[Problem | Any]:
        """A string of JSON, read: yields its value, or the problem."""
        wanted = f"a string of JSON with {'a list' if kind is list else 'an object'}"
        if not isinstance(text, str):
            yield self.problem("json", at, "nothing" if text is None else text, wanted)
            return
        try:
            value = read_json(text)
        except ValueError as error:
            yield self.problem("json", at, f"{error}", wanted)
            return
        if isinstance(value, kind):
            yield value
        else:
            yield self.problem("json", at, value, wanted)

    def part(self, name: str, shape: Shape) -> Iterator[Problem | Any]:
        """An attribute that holds JSON of some shape, if it is there: yields its value, or the
        problems."""
        text = self.attributes.get(name)
        if not isinstance(text, str):
            return  # Of the wrong type, or missing: told with the other attributes.
        for value in self.parsed(name, text, list if isinstance(shape, list) else dict):
            yield from (
                [value]
                if isinstance(value, Problem)
                else self.shaped(name, value, shape) or [value]
            )

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
        if not types and name in META_FIELDS:
            return
        if str(name) not in fields:
            yield self.problem("field", at, repr(name), "a field of the index")
        elif types and fields[str(name)] not in types:
            yield self.problem(
                "field type", at, f"{name} ({fields[str(name)]})", f"{' or '.join(types)}"
            )

    def asked(self, at: str, name: object, fields: Fields, *, objects: bool = False) -> Found:
        """A name that a query asks for can be asked for (`dateline.mappings.has`)."""
        if not has(fields, str(name), objects=objects):
            yield from self.field(at, name, fields)

    def query(self, at: str, query: object, fields: Fields) -> Found:
        """``{"query": text, "language": "kuery" or "lucene"}``, with fields that are there."""
        if not isinstance(query, dict) or not isinstance(query.get("query"), str):
            yield self.problem("query", at, query, "an object with query and language")
            return
        language = query.get("language")
        if language not in ("kuery", "lucene"):
            yield self.problem("query", at, f"language {language!r}", "kuery or lucene")
            return
        text = query["query"]
        if language == "lucene" and (fault := lucene.fault(text)):
            yield self.problem("query", at, f"{fault} in {shown(text)}", "what Lucene can read")
            return
        try:
            syntax = kql if language == "kuery" else lucene
            named, existing = syntax.names(text), syntax.existing(text)
        except UnreadableKql as error:
            found = f"{error.found} in {shown(text)}"
            yield self.problem("query", at, found, error.expected or "KQL that can be read")
            return
        except RecursionError:
            yield self.problem("query", at, shown(text), "KQL that nests less deep")
            return
        for name in sorted(named | existing):
            yield from self.asked(at, name, fields, objects=name not in named)

    def filters(self, at: str, filters: Sequence[Mapping[str, Any]], fields: Fields) -> Found:
        """Each filter that narrows by a field does so by one that is there, and its query asks for
        that with what Elasticsearch has; they have their shape."""
        for number, one in enumerate(filters):
            kind = one["meta"].get("type")
            if kind in FIELD_FILTERS:
                where, name = f"{at}[{number}].meta.key", one["meta"].get("key")
                yield from self.asked(where, name, fields, objects=kind == "exists")
            if isinstance(query := one.get("query"), dict):
                key = one["meta"].get("key") if kind in FIELD_FILTERS else None
                yield from self._filter(f"{at}[{number}].query", query, key, fields)

    def _filter(self, at: str, query: Mapping[str, Any], key: str | None, fields: Fields) -> Found:
        """key: the field that the filter is named by, None where it is by none."""
        try:
            queries = list(dict.fromkeys(dsl.asked(query)))
        except (AttributeError, TypeError):
            yield self.problem("query", at, query, "an object for each query")
            return
        for kind, name in queries:
            if not dsl.known(kind):
                yield self.problem("query", at, repr(kind), "a query that Elasticsearch has")
            if name is None:
                continue
            wrong = list(self.asked(at, name, fields, objects=kind == "exists"))
            yield from wrong
            if not wrong and key is not None and name != key:
                yield self.problem("field", at, repr(name), f"{key!r}, as meta.key has it")

    def search_source(
        self, text: object, fields: Fields | None
    ) -> Iterator[Problem | dict[str, Any]]:
        """``searchSourceJSON``; fields: of its data view, None: `indexRefName` leads to it."""
        at = "kibanaSavedObjectMeta.searchSourceJSON"
        for value in self.parsed(at, text, dict):
            if isinstance(value, Problem):
                yield value
                return
            wrong = self.shaped(at, value, SEARCH_SOURCE)
            yield from wrong
            if fields is None:
                for seen in self.view(f"{at}: indexRefName", value.get("indexRefName")):
                    if isinstance(seen, Problem):
                        yield seen
                    else:
                        fields = seen
            if not wrong and fields is not None:
                yield from self.query(f"{at}: query", value["query"], fields)
                yield from self.filters(f"{at}: filter", value["filter"], fields)
            yield value
