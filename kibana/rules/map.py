"""Maps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kibana.rules.problem import Fields, Found, One, Problem

_ATTRIBUTES: dict[str, type] = {
    "title": str,
    "description": str,
    "version": int,
    "layerListJSON": str,
    "mapStateJSON": str,
    "uiStateJSON": str,
}
#: sources that ask our Elasticsearch and nobody else
_OURS = ("ES_GEO_GRID", "ES_SEARCH")
_POSITIONS = ("geo_point", "geo_shape")


def check(one: One) -> Found:
    """Problems of one map."""
    yield from one.known_attributes(_ATTRIBUTES, ("title", "layerListJSON"))
    for name in ("mapStateJSON", "uiStateJSON"):
        if name in one.attributes:
            for value in one.parsed(name, one.attributes[name], dict):
                if isinstance(value, Problem):
                    yield value
    for layers in one.parsed("layerListJSON", one.attributes.get("layerListJSON"), list):
        if isinstance(layers, Problem):
            yield layers
            continue
        if not layers:
            yield one.problem("panel", "layerListJSON", "no layer", "one at least")
        for layer in layers:
            yield from _layer(one, f"layer {layer.get('id')}", layer)


def _layer(one: One, at: str, layer: Mapping[str, Any]) -> Found:
    source = layer.get("sourceDescriptor") or {}
    kind = source.get("type")
    if kind not in _OURS:
        yield one.problem("service", f"{at}: sourceDescriptor", kind, " or ".join(_OURS))
        return
    for fields in one.view(f"{at}: indexPatternRefName", source.get("indexPatternRefName")):
        if isinstance(fields, Problem):
            yield fields
            continue
        yield from one.field(f"{at}: geoField", source.get("geoField"), fields, _POSITIONS)
        yield from _metrics(one, at, source, fields)
        if "query" in layer:
            yield from one.query(f"{at}: query", layer["query"], fields)
    known = set(_results(source))
    for name, style in (layer.get("style") or {}).get("properties", {}).items():
        if style.get("type") == "DYNAMIC":
            field = style.get("options", {}).get("field", {}).get("name")
            if kind == "ES_GEO_GRID" and field not in known:
                yield one.problem(
                    "column", f"{at}: {name}", field, f"one of {', '.join(sorted(known))}"
                )


def _metrics(one: One, at: str, source: Mapping[str, Any], fields: Fields) -> Found:
    for metric in source.get("metrics", ()):
        if metric.get("type") == "terms":
            yield from one.field(f"{at}: metrics", metric.get("field"), fields, ("keyword",))
        elif metric.get("type") != "count":
            yield one.problem("column", f"{at}: metrics", metric.get("type"), "count or terms")


def _results(source: Mapping[str, Any]) -> Iterator[str]:
    """What a grid's points have: a metric's name is its type, ``_of_`` and its field."""
    yield "doc_count"
    for metric in source.get("metrics", ()):
        if "field" in metric:
            yield f"{metric['type']}_of_{metric['field']}"
