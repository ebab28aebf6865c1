"""Charts: Lens panels by value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kibana.rules import vocabulary
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
REFERENCE = "indexpattern-datasource-layer-"


def check(one: One, at: str, chart: Mapping[str, Any]) -> Found:
    """Problems of one chart; ``one`` has its references (under their names in the chart)."""
    wrong = one.shaped(at, chart, vocabulary.CHART)
    yield from wrong
    if wrong:
        return
    state = chart["state"]
    kind, drawn = chart["visualizationType"], state["visualization"]
    layers: dict[str, Any] = state["datasourceStates"]["formBased"]["layers"]
    columns: set[str] = set()
    for name, layer in layers.items():
        here = f"{at}: layer {name}"
        wrong = one.shaped(here, layer, vocabulary.LAYER)
        yield from wrong
        if isinstance(layer.get("columns"), dict):
            columns |= set(layer["columns"])
        for fields in one.view(here, f"{REFERENCE}{name}"):
            if isinstance(fields, Problem):
                yield fields
                continue
            yield from one.query(f"{at}: query", state["query"], fields)
            yield from one.filters(f"{at}: filters", state["filters"], fields)
            if not wrong:
                yield from _layer(one, here, layer, fields)
    if kind not in vocabulary.VISUALIZATIONS:
        kinds = " or ".join(vocabulary.VISUALIZATIONS)
        yield one.problem("panel", f"{at}: visualizationType", kind, kinds)
        return
    wrong = one.shaped(f"{at}: visualization", drawn, vocabulary.VISUALIZATIONS[kind])
    yield from wrong
    if not wrong:
        yield from _drawn(one, at, drawn, columns, layers)


def _drawn(
    one: One, at: str, drawn: Mapping[str, Any], columns: set[str], layers: Mapping[str, Any]
) -> Found:
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
    columns, order = layer["columns"], layer["columnOrder"]
    if sorted(order) != sorted(columns):
        yield one.problem("column", f"{at}: columnOrder", order, f"each of {sorted(columns)} once")
    grouping = [bool(columns[name].get("isBucketed")) for name in order if name in columns]
    if grouping != sorted(grouping, reverse=True):
        yield one.problem("column", f"{at}: columnOrder", order, "groups before numbers")
    for name, column in columns.items():
        yield from _column(one, f"{at}: {name}", column, columns, fields)


def _column(
    one: One, at: str, column: Mapping[str, Any], columns: Mapping[str, Any], fields: Fields
) -> Found:
    operation = column.get("operationType")
    if not isinstance(operation, str) or operation not in OPERATIONS:
        yield one.problem("column", at, operation, f"one of {', '.join(OPERATIONS)}")
        return
    wrong = one.shaped(at, column, vocabulary.COLUMN_SHAPES[operation])
    yield from wrong
    if wrong:
        return
    if column["isBucketed"] is not (operation in GROUPING):
        yield one.problem("column", at, column["isBucketed"], "isBucketed as its operation is")
    if not column["label"]:
        yield one.problem("label", at, "no label", "a label")
    field = column["sourceField"]
    if operation != "count":
        yield from one.field(at, field, fields, OPERATIONS[operation])
    elif field != RECORDS:
        # A count of a field is of the documents that have it.
        yield from one.field(at, field, fields)
    if column.get("filter") is not None:
        yield from one.query(f"{at}: filter", column["filter"], fields)
    if operation == "terms":
        by = column["params"]["orderBy"]
        target = columns.get(by.get("columnId"), {})
        if by["type"] == "column" and target.get("isBucketed") is not False:
            yield one.problem("column", f"{at}: orderBy", by["columnId"], "a column of numbers")
        for name in column["params"].get("secondaryFields") or ():
            yield from one.field(f"{at}: secondaryFields", name, fields, OPERATIONS[operation])
    if operation == "last_value":
        sort_field = column["params"]["sortField"]
        yield from one.field(f"{at}: sortField", sort_field, fields, ("date",))


_ONE = (
    "xAccessor", "splitAccessor", "metric", "metricAccessor", "secondaryMetricAccessor",
    "maxAccessor", "breakdownByAccessor", "trendlineTimeAccessor", "trendlineMetricAccessor",
    "trendlineSecondaryMetricAccessor", "trendlineBreakdownByAccessor",
)  # fmt: skip
_SEVERAL = ("accessors", "splitAccessors", "primaryGroups", "secondaryGroups", "metrics")


def _used(drawn: Mapping[str, Any]) -> Iterator[str]:
    """The columns that a visualization names; it has its shape."""
    for layer in [drawn, *drawn.get("layers", ())]:
        for key in _ONE:
            if layer.get(key):
                yield layer[key]
        for key in _SEVERAL:
            yield from layer.get(key) or ()
        for column in layer.get("columns") or ():
            yield column["columnId"]
    if sorted_by := (drawn.get("sorting") or {}).get("columnId"):
        # Of a column laid across: the values it stands under, and its id.
        yield sorted_by.rpartition("---")[2]


def _layers(drawn: Mapping[str, Any]) -> Iterator[str]:
    """The layers of columns that a visualization names; notes on a chart have none."""
    for layer in [drawn, *drawn.get("layers", ())]:
        if "layerId" in layer and layer.get("layerType") != "annotations":
            yield layer["layerId"]
    if drawn.get("trendlineLayerId"):
        yield drawn["trendlineLayerId"]
