"""Charts: Lens panels by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kibana.rules.problem import Fields, Found, One, Problem

_NUMBERS = ("long", "integer", "byte", "float")
#: operation to the types of field that it takes
OPERATIONS: dict[str, tuple[str, ...]] = {
    "terms": ("keyword", "boolean", *_NUMBERS),
    "date_histogram": ("date",),
    "count": (),
    "unique_count": ("keyword", "boolean", "date", *_NUMBERS),
    "max": ("date", *_NUMBERS),
    "min": ("date", *_NUMBERS),
    "sum": _NUMBERS,
    "average": _NUMBERS,
    "median": _NUMBERS,
    "last_value": ("keyword", "boolean", "date", *_NUMBERS),
}
GROUPING = frozenset({"terms", "date_histogram"})
RECORDS = "___records___"
KINDS = ("lnsXY", "lnsDatatable", "lnsMetric", "lnsPie")
REFERENCE = "indexpattern-datasource-layer-"


def check(one: One, at: str, chart: Mapping[str, Any]) -> Found:
    """Problems of one chart; ``one`` has its references (under their names in the chart)."""
    kind = chart.get("visualizationType")
    if kind not in KINDS:
        yield one.problem("panel", f"{at}: visualizationType", kind, " or ".join(KINDS))
    state = chart.get("state")
    try:
        layers = dict(state["datasourceStates"]["formBased"]["layers"])  # type: ignore[index]
        drawn = dict(state["visualization"])  # type: ignore[index]
    except (KeyError, TypeError, ValueError):
        yield one.problem(
            "panel", f"{at}: state", "no layers", "datasourceStates.formBased.layers, visualization"
        )
        return
    columns: set[str] = set()
    for name, layer in layers.items():
        columns |= set(layer.get("columns", {}))
        for fields in one.view(f"{at}: layer {name}", f"{REFERENCE}{name}"):
            if isinstance(fields, Problem):
                yield fields
                continue
            yield from one.query(f"{at}: query", chart["state"].get("query"), fields)
            yield from _layer(one, f"{at}: layer {name}", layer, fields)
    used = list(_used(drawn))
    for column in used:
        if column not in columns:
            yield one.problem("column", f"{at}: visualization", column, "a column of the layer")
    for column in sorted(columns - set(used)):
        yield one.problem("column", f"{at}: {column}", "a column that is not drawn", "its use")
    for layer_id in _layers(drawn):
        if layer_id not in layers:
            yield one.problem("column", f"{at}: visualization", layer_id, "a layer that is there")


def _layer(one: One, at: str, layer: Mapping[str, Any], fields: Fields) -> Found:
    columns: dict[str, Any] = layer.get("columns", {})
    order = layer.get("columnOrder", [])
    if sorted(order) != sorted(columns):
        yield one.problem("column", f"{at}: columnOrder", order, f"each of {sorted(columns)} once")
    grouping = [columns[name].get("isBucketed") for name in order if name in columns]
    if grouping != sorted(grouping, reverse=True):
        yield one.problem("column", f"{at}: columnOrder", order, "groups before numbers")
    for name, column in columns.items():
        yield from _column(one, f"{at}: {name}", column, columns, fields)


def _column(
    one: One, at: str, column: Mapping[str, Any], columns: Mapping[str, Any], fields: Fields
) -> Found:
    operation = column.get("operationType")
    if operation not in OPERATIONS:
        yield one.problem("column", at, operation, f"one of {', '.join(OPERATIONS)}")
        return
    if column.get("isBucketed") is not (operation in GROUPING):
        yield one.problem("column", at, column.get("isBucketed"), "isBucketed as its operation is")
    if not column.get("label"):
        yield one.problem("label", at, "no label", "a label")
    if operation == "count":
        if column.get("sourceField") != RECORDS:
            yield one.problem("column", at, column.get("sourceField"), RECORDS)
    else:
        yield from one.field(at, column.get("sourceField"), fields, OPERATIONS[operation])
    if "filter" in column:
        yield from one.query(f"{at}: filter", column["filter"], fields)
    params = column.get("params", {})
    if operation == "terms":
        by = params.get("orderBy", {})
        target = columns.get(by.get("columnId"), {})
        if by.get("type") == "column" and (not target or target.get("isBucketed")):
            yield one.problem("column", f"{at}: orderBy", by.get("columnId"), "a column of numbers")
        if not isinstance(params.get("size"), int) or not 0 < params["size"] <= 1000:
            yield one.problem("column", f"{at}: size", params.get("size"), "1 to 1000")
    if operation == "last_value":
        yield from one.field(f"{at}: sortField", params.get("sortField"), fields, ("date",))


def _used(drawn: Mapping[str, Any]) -> Iterator[str]:
    """The columns that a visualization names."""
    for layer in [drawn, *drawn.get("layers", ())]:
        for key in ("xAccessor", "splitAccessor", "metricAccessor", "breakdownByAccessor"):
            if layer.get(key):
                yield layer[key]
        for key in ("accessors", "primaryGroups", "secondaryGroups", "metrics"):
            yield from layer.get(key) or ()
        for column in layer.get("columns") or ():
            yield column["columnId"]
    if sorting := drawn.get("sorting"):
        yield sorting["columnId"]


def _layers(drawn: Mapping[str, Any]) -> Iterator[str]:
    for layer in [drawn, *drawn.get("layers", ())]:
        if "layerId" in layer:
            yield layer["layerId"]
