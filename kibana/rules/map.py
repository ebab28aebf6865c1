"""Maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kibana.rules import vocabulary
from kibana.rules.problem import Fields, Found, One, Problem
from kibana.rules.search import SORTABLE
from kibana.rules.shape import Shape

_ATTRIBUTES: dict[str, Shape] = {
    "title": str,
    "description": str,
    "version": float,
    "layerListJSON": str,
    "mapStateJSON": str,
    "uiStateJSON": str,
}
_POSITIONS = ("geo_point", "geo_shape")
_GROUPED = ("keyword", "boolean", "long", "integer", "byte")


def check(one: One) -> Found:
    """Problems of one map."""
    yield from one.known_attributes(_ATTRIBUTES, ("title", "layerListJSON"))
    for value in one.part("uiStateJSON", vocabulary.UI_STATE):
        if isinstance(value, Problem):
            yield value
    for state in one.part("mapStateJSON", vocabulary.MAP_STATE):
        if isinstance(state, Problem):
            yield state
            continue
        fields = one.context.all_fields()
        if state.get("query") is not None:
            yield from one.query("mapStateJSON: query", state["query"], fields)
        if state.get("filters") is not None:
            yield from one.filters("mapStateJSON: filters", state["filters"], fields)
    for layers in one.part("layerListJSON", [dict]):
        if isinstance(layers, Problem):
            yield layers
            continue
        if not layers:
            yield one.problem("panel", "layerListJSON", "no layer", "one at least")
        for layer in layers:
            yield from _layer(one, f"layer {layer.get('id')}", layer)


def _layer(one: One, at: str, layer: Mapping[str, Any]) -> Found:
    wrong = one.shaped(at, layer, vocabulary.MAP_LAYER)
    yield from wrong
    if wrong or layer["type"] == vocabulary.GROUP_LAYER:
        return
    low, high = layer.get("minZoom") or 0, layer.get("maxZoom")
    if high is not None and low > high:
        yield one.problem("shape", f"{at}: minZoom", low, f"{high} (maxZoom) at most")
    source = layer.get("sourceDescriptor") or {}
    kind = source.get("type")
    if not isinstance(kind, str) or kind not in vocabulary.MAP_SOURCES:
        yield one.problem(
            "service", f"{at}: sourceDescriptor", kind, " or ".join(vocabulary.MAP_SOURCES)
        )
        return
    if layer["type"] not in vocabulary.SHOWN_BY[kind]:
        yield one.problem(
            "panel", f"{at}: type", layer["type"], " or ".join(vocabulary.SHOWN_BY[kind])
        )
    wrong = one.shaped(f"{at}: sourceDescriptor", source, vocabulary.MAP_SOURCES[kind])
    yield from wrong
    if wrong:
        return
    for fields in one.view(f"{at}: indexPatternRefName", source["indexPatternRefName"]):
        if isinstance(fields, Problem):
            yield fields
            continue
        yield from _fields(one, at, source, fields)
        yield from _metrics(one, at, source, fields)
        if layer.get("query") is not None:
            yield from one.query(f"{at}: query", layer["query"], fields)
    yield from _styled(one, at, layer, source)


def _fields(one: One, at: str, source: Mapping[str, Any], fields: Fields) -> Found:
    yield from one.field(f"{at}: geoField", source["geoField"], fields, _POSITIONS)
    for key, types in (("sortField", SORTABLE), ("topHitsSplitField", _GROUPED)):
        if source.get(key):
            yield from one.field(f"{at}: {key}", source[key], fields, types)
    for name in source.get("tooltipProperties") or ():
        yield from one.field(f"{at}: tooltipProperties", name, fields)


def _styled(one: One, at: str, layer: Mapping[str, Any], source: Mapping[str, Any]) -> Found:
    """What a grid's points are drawn by is something that they have."""
    known = set(_results(source))
    for name, style in ((layer.get("style") or {}).get("properties") or {}).items():
        field = style["options"].get("field") if style else None
        if source["type"] != "ES_GEO_GRID" or field is None or field["origin"] != "source":
            continue
        if field["name"] not in known:
            yield one.problem(
                "column", f"{at}: {name}", field["name"], f"one of {', '.join(sorted(known))}"
            )


def _metrics(one: One, at: str, source: Mapping[str, Any], fields: Fields) -> Found:
    for metric in source.get("metrics") or ():
        if metric.get("type") == "terms":
            yield from one.field(f"{at}: metrics", metric.get("field"), fields, ("keyword",))
        elif metric.get("type") != "count":
            yield one.problem("column", f"{at}: metrics", metric.get("type"), "count or terms")


def _results(source: Mapping[str, Any]) -> Iterator[str]:
    """What a grid's points have: a metric's name is its type, ``_of_`` and its field."""
    yield "doc_count"
    for metric in source.get("metrics") or ():
        if "field" in metric:
            yield f"{metric['type']}_of_{metric['field']}"
