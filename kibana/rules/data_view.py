"""Data views (type ``index-pattern``)."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from typing import Any

from kibana.rules import vocabulary
from kibana.rules.problem import Found, One, Problem
from kibana.rules.shape import Shape

_ATTRIBUTES: dict[str, Shape] = {
    "title": str,
    "name": str,
    "timeFieldName": str,
    "allowNoIndex": bool,
    "allowHidden": bool,
    "type": str,
    "typeMeta": str,
    "fields": str,
    "fieldAttrs": str,
    "fieldFormatMap": str,
    "runtimeFieldMap": str,
    "sourceFilters": str,
}
_JSON: dict[str, Shape] = {
    "fields": [dict],
    "fieldAttrs": vocabulary.FIELD_ATTRIBUTES,
    "fieldFormatMap": vocabulary.FIELD_FORMATS,
    "runtimeFieldMap": vocabulary.RUNTIME_FIELDS,
    "sourceFilters": vocabulary.SOURCE_FILTERS,
    "typeMeta": dict,
}
_OF_FIELD = frozenset({"customLabel", "customDescription", "count"})
#: longest description of a field that Kibana accepts
_LONGEST = 300


def check(one: One) -> Found:
    """Problems of one data view."""
    yield from one.known_attributes(_ATTRIBUTES, ("name",))
    indices = one.context.indices
    title = one.attributes.get("title")
    if not isinstance(title, str) or title not in indices:
        yield one.problem("index", "title", title, f"one of {', '.join(sorted(indices))}")
        return
    fields = indices[title]
    yield from one.field(
        "timeFieldName", one.attributes.get("timeFieldName"), fields, ("date", "date_nanos")
    )
    parsed: dict[str, Any] = {}
    for name, shape in _JSON.items():
        for value in one.part(name, shape):
            if isinstance(value, Problem):
                yield value
            else:
                parsed[name] = value
    known = {**fields, **dict.fromkeys(parsed.get("runtimeFieldMap", {}), "runtime")}
    for name in ("fieldAttrs", "fieldFormatMap"):
        for field in parsed.get(name, {}):
            yield from one.field(name, field, known)
    yield from _labels(one, parsed.get("fieldAttrs", {}))
    for entry in parsed.get("sourceFilters", []):
        pattern = entry["value"]
        if not any(fnmatch.fnmatchcase(field, pattern) for field in fields):
            yield one.problem("field", "sourceFilters", pattern, "a pattern that a field matches")


def _labels(one: One, attributes: Mapping[str, Any]) -> Found:
    labels: dict[str, str] = {}
    for field, given in attributes.items():
        at = f"fieldAttrs: {field}"
        if given.keys() - _OF_FIELD:
            yield one.problem("attribute", at, given, f"only {', '.join(sorted(_OF_FIELD))}")
            continue
        if len(given.get("customDescription") or "") > _LONGEST:
            yield one.problem("label", at, "a long description", f"{_LONGEST} characters at most")
        label = given.get("customLabel")
        if label is None:
            continue
        if label in labels:
            yield one.problem("label", at, f"the label of {labels[label]}", "a label of its own")
        labels[label] = field
