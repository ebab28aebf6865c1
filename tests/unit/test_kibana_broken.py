"""Whatever is broken in what ships is told, and nothing that is broken makes the check stumble.

Each kind of place in the shipped objects, however deep, is given a value of another type, an
invented one, or none. Where that is no problem is written down here; all else must be told.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from dateline.mappings import fields_of
from kibana import build, dashboards, data_views, maps, searches
from kibana.check import problems
from kibana.rules.problem import Problem
from sinks import ledger, template

_FIELDS = template.leaves()
INDICES = {
    "articles": _FIELDS,
    "articles-desk": _FIELDS,
    "ledger": fields_of(ledger.mappings()),
}
#: panels that between them have every kind of chart, column and reference that ships
KEPT = {"urgent", "by-provider", "people", "map", "ticker", "silent-feeds"}
#: attributes that hold JSON in a text
_TEXTS = {"fields", "fieldAttrs", "fieldFormatMap", "runtimeFieldMap", "sourceFilters"}

Path = tuple[str | int, ...]


class Text(msgspec.Struct):
    """A text of JSON, opened."""

    value: Any


def opened(value: Any, name: str | int = "") -> Any:
    if isinstance(value, dict):
        return {key: opened(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [opened(item) for item in value]
    if isinstance(value, str) and (str(name).endswith("JSON") or name in _TEXTS):
        return Text(opened(json.loads(value)))
    return value


def closed(value: Any) -> Any:
    if isinstance(value, Text):
        return json.dumps(closed(value.value))
    if isinstance(value, dict):
        return {key: closed(item) for key, item in value.items()}
    return [closed(item) for item in value] if isinstance(value, list) else value


def inner(value: Any) -> Any:
    return value.value if isinstance(value, Text) else value


def walk(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every place within."""
    value = inner(value)
    if isinstance(value, (dict, list)):
        for key in list(value) if isinstance(value, dict) else range(len(value)):
            yield (*path, key)
            yield from walk(value[key], (*path, key))


def kind_of(whole: Any, path: Path) -> str:
    """The place without what is a name of its own: alike for each field, column of an operation,
    panel, and chart of a type."""
    told: list[str] = [whole["type"]]
    node, chart = whole, ""
    for step in path:
        above, node = told[-1], inner(node)
        child = inner(node[step])
        chart = node.get("visualizationType", chart) if isinstance(node, dict) else chart
        if isinstance(step, int) or above in ("fieldAttrs", "panelsJSON", "layers"):
            told.append("*")
        elif above == "columns":
            told.append(child["operationType"])
        else:
            told.append(f"visualization of {chart}" if step == "visualization" else step)
        node = child
    return ".".join(told)


def shipped() -> dict[str, dict[str, Any]]:
    """Some of what ships, opened: one of each type, of dashboards two with some panels."""
    wanted = {data_views.ARTICLES, searches.TICKER, maps.DATELINES}
    wanted |= {dashboards.NEWSROOM, dashboards.FEEDS}
    found = {}
    for line in build.TARGET.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        if one["id"] not in wanted:
            continue
        one = opened(one)
        if one["type"] == "dashboard":
            panels = one["attributes"]["panelsJSON"].value
            gone = {p["panelIndex"] for p in panels} - KEPT
            panels[:] = [p for p in panels if p["panelIndex"] not in gone]
            one["references"] = [
                r for r in one["references"] if r["name"].partition(":")[0] not in gone
            ]
        found[one["id"]] = one
    return found


OBJECTS = shipped()
#: what those refer to, as small as it can be
OTHERS = [one for one in build.objects() if one["id"] in (searches.TICKER, maps.DATELINES)]
for _one in build.objects()[:3]:
    _one["attributes"]["fieldAttrs"] = "{}"
    OTHERS.append(_one)
#: one of each kind of place, with the object that it is in
PLACES: dict[str, tuple[str, Path]] = {}
for _id, _one in OBJECTS.items():
    for _path in walk(_one):
        PLACES.setdefault(kind_of(_one, _path), (_id, _path))


def at(identifier: str, path: Path) -> Any:
    node: Any = OBJECTS[identifier]
    for step in path:
        node = inner(node)[step]
    return inner(node)


def told(identifier: str, path: Path, value: Any) -> list[Problem]:
    """The problems with that value there; Ellipsis: with nothing."""
    one = copy.deepcopy(OBJECTS[identifier])
    node: Any = one
    for step in path[:-1]:
        node = inner(node[step])
    node = inner(node)
    if value is ...:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    lines = [other for other in OTHERS if other["id"] != identifier]
    found = problems("\n".join(map(json.dumps, [*lines, closed(one)])), INDICES)
    for problem in found:
        assert problem.object and problem.at and problem.found and problem.expected
        # What no rule was ready for: the last resort.
        assert problem.expected != "parts as in what Kibana exports", (path, value, problem)
    return found


#: texts that people choose: titles and labels, queries, names that nothing refers to, colours
FREE = {
    "name", "title", "description", "customLabel", "label", "query", "id", "color",
    "backgroundColor",
}  # fmt: skip
#: without these no part of its kind works, wherever it stands
NEEDED = {
    "accessors", "attributes", "columnOrder", "columns", "coreMigrationVersion", "dataType",
    "datasourceStates", "direction", "embeddableConfig", "explicitInput", "fieldName", "formBased",
    "from", "geoField", "gridData", "h", "i", "indexPatternRefName", "indexRefName", "interval",
    "isBucketed", "isPaused", "isVisible", "kibanaSavedObjectMeta", "language", "lat", "layerId",
    "layerListJSON", "layers", "legend", "lon", "metricAccessor", "metrics", "name",
    "operationType", "options", "optionsJSON", "order", "orderBy", "orderDirection", "origin",
    "panelIndex", "panelRefName", "panelsJSON", "pause", "references", "requestType",
    "searchSourceJSON", "seriesType", "sort", "sourceDescriptor", "sourceField",
    "splitAccessor", "state", "timeFieldName", "timeFrom", "timeTo", "to",
    "typeMigrationVersion", "value", "visualizationType", "w", "xAccessor", "y",
}  # fmt: skip
#: one of these is of another type than whatever stands there
TYPES = ("nosuch", 5, ["nosuch"])


def test_places_of_every_depth_are_broken() -> None:
    assert len(PLACES) > 300
    columns = "dashboard.attributes.panelsJSON.*.embeddableConfig.attributes.state.datasourceStates"
    assert f"{columns}.formBased.layers.*.columns.terms.params.orderBy.columnId" in PLACES
    unbroken = [*OTHERS, *(closed(OBJECTS[one]) for one in (dashboards.NEWSROOM, dashboards.FEEDS))]
    assert problems("\n".join(map(json.dumps, unbroken)), INDICES) == []


@pytest.mark.parametrize("identifier", OBJECTS)
def test_a_value_of_another_type_is_told(identifier: str) -> None:
    for kind, (one, path) in PLACES.items():
        if one == identifier:
            for value in TYPES:
                there = at(one, path)
                if not isinstance(value, (int, float) if type(there) is float else type(there)):
                    assert told(one, path, value), (kind, value)


@pytest.mark.parametrize("identifier", OBJECTS)
def test_an_invented_text_is_told(identifier: str) -> None:
    for kind, (one, path) in PLACES.items():
        if one == identifier and isinstance(at(one, path), str) and path[-1] not in FREE:
            # Lens keeps there how the values of a field are shown: it has more than we know of.
            assert told(one, path, "nosuch") or kind.endswith("parentFormat.id"), kind


@pytest.mark.parametrize("identifier", OBJECTS)
def test_what_a_part_needs_is_missed(identifier: str) -> None:
    for kind, (one, path) in PLACES.items():
        if one == identifier and isinstance(path[-1], str):
            for value in (..., None):
                assert told(one, path, value) or path[-1] not in NEEDED, (kind, value)
