"""The searches that Kibana makes of saved objects, translated into Elasticsearch's.

What a chart, a map, a list, a control asks for is known from the object; how Kibana puts it is
approximated where it depends on the screen (the width of a step of time, the precision of a grid).
Not translated: the second request that counts "other" values, and what a visitor adds by hand.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from kibana import kql, lucene
from kibana.cookbook import RECIPES
from kibana.kql import Fields
from kibana.saved import SEARCH_SOURCE_INDEX, Object

Body = dict[str, Any]

#: groups of a list of values above a dashboard
_LISTED = 10
#: of the grid under a map of the whole world (zoom 1, resolution "fine")
_PRECISION = 5
_METRICS = {
    "max": "max",
    "min": "min",
    "sum": "sum",
    "average": "avg",
    "unique_count": "cardinality",
}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One search. object, at: whose. index: the data view's title."""

    object: str
    at: str
    index: str
    body: Body


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A data view: the index it stands for, its field of time, the index's fields."""

    title: str
    time: str
    fields: Fields


def views(objects: Sequence[Object], indices: Mapping[str, Fields]) -> dict[str, View]:
    """The data views by id."""
    return {
        one["id"]: View(
            title=one["attributes"]["title"],
            time=one["attributes"]["timeFieldName"],
            fields=indices[one["attributes"]["title"]],
        )
        for one in objects
        if one["type"] == "index-pattern"
    }


def of_objects(objects: Sequence[Object], known: Mapping[str, View]) -> Iterator[Request]:
    """Every search that the objects make; they have passed `kibana.check`."""
    for one in objects:
        name = f"{one['type']}:{one['id']}"
        if one["type"] == "search":
            yield _list(name, one, known)
        elif one["type"] == "map":
            yield from _map(name, one, known)
        elif one["type"] == "dashboard":
            yield from _dashboard(name, one, known)


def of_cookbook(known: Mapping[str, View]) -> Iterator[tuple[str, Request, Request]]:
    """Name of each recipe, with its search in Lucene's syntax and in KQL."""
    for recipe in RECIPES:
        view = known[recipe.view]

        def request(
            query: Body, syntax: str, view: View = view, name: str = recipe.name
        ) -> Request:
            body = {"size": 0, "track_total_hits": True, "query": query}
            return Request(object="cookbook", at=f"{name} ({syntax})", index=view.title, body=body)

        yield (
            recipe.name,
            request(lucene.translate(recipe.lucene), "lucene"),
            request(kql.translate(recipe.kql, view.fields), "kql"),
        )


def translated(query: Mapping[str, str], fields: Fields) -> Body:
    """A query of either language."""
    if query["language"] == "kuery":
        return kql.translate(query["query"], fields)
    return lucene.translate(query["query"])


def _list(name: str, one: Object, known: Mapping[str, View]) -> Request:
    """As Discover asks: sorted, with the fields to show, every match marked."""
    source = json.loads(one["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    target = next(r["id"] for r in one["references"] if r["name"] == SEARCH_SOURCE_INDEX)
    view = known[target]
    sort = [
        {"_score": {"order": order}}
        if field == "_score"
        else {field: {"order": order, "unmapped_type": "boolean"}}
        for field, order in one["attributes"]["sort"]
    ]
    body = {
        "size": 50,
        "track_total_hits": True,
        "query": translated(source["query"], view.fields),
        "sort": sort,
        "track_scores": True,
        "fields": [{"field": view.time}, *({"field": c} for c in one["attributes"]["columns"])],
        "_source": False,
        "highlight": highlight(),
    }
    return Request(object=name, at="list", index=view.title, body=body)


def highlight() -> Body:
    """What Discover marks: each match, in the field that matched."""
    return {
        "pre_tags": ["@kibana-highlighted-field@"],
        "post_tags": ["@/kibana-highlighted-field@"],
        "fields": {"*": {}},
        "fragment_size": 2147483647,
    }


def _map(name: str, one: Object, known: Mapping[str, View]) -> Iterator[Request]:
    for layer in json.loads(one["attributes"]["layerListJSON"]):
        source = layer.get("sourceDescriptor")
        if source is None:
            continue  # A group of layers.
        reference = source["indexPatternRefName"]
        view = known[next(r["id"] for r in one["references"] if r["name"] == reference)]
        field = source["geoField"]
        world = {"top_left": {"lat": 89, "lon": -180}, "bottom_right": {"lat": -89, "lon": 180}}
        filters: list[Body] = [{"geo_bounding_box": {field: world}}, _since(view, "now-7d")]
        if layer.get("query") is not None:
            filters.append(translated(layer["query"], view.fields))
        body: Body = {"query": {"bool": {"filter": filters}}}
        if source["type"] == "ES_GEO_GRID":
            metrics: Body = {"centroid": {"geo_centroid": {"field": field}}}
            for number, metric in enumerate(source.get("metrics") or ()):
                if metric["type"] == "terms":
                    metrics[f"m{number}"] = {"terms": {"field": metric["field"], "size": 1}}
            grid = {"field": field, "precision": _PRECISION}
            body |= {"size": 0, "aggs": {"grid": {"geotile_grid": grid, "aggs": metrics}}}
        yield Request(object=name, at=f"layer {layer['id']}", index=view.title, body=body)


def _dashboard(name: str, one: Object, known: Mapping[str, View]) -> Iterator[Request]:
    since = one["attributes"].get("timeFrom", "now-7d")
    for panel in json.loads(one["attributes"]["panelsJSON"]):
        chart = (panel.get("embeddableConfig") or {}).get("attributes")
        if panel["type"] != "lens" or chart is None:
            continue  # of the object that it refers to
        for layer_id, layer in chart["state"]["datasourceStates"]["formBased"]["layers"].items():
            wanted = f"indexpattern-datasource-layer-{layer_id}"
            view = known[next(r["id"] for r in chart["references"] if r["name"] == wanted)]
            body = {
                "size": 0,
                "track_total_hits": True,
                "query": {
                    "bool": {
                        "filter": [
                            _since(view, since),
                            translated(chart["state"]["query"], view.fields),
                        ]
                    }
                },
                "aggs": aggregations(layer, view.fields),
            }
            yield Request(
                object=name, at=f"panel {panel['panelIndex']}", index=view.title, body=body
            )
    controls = json.loads(
        (one["attributes"].get("controlGroupInput") or {}).get("panelsJSON", "{}")
    )
    for control, given in controls.items():
        wanted = f"controlGroup_{control}:optionsListDataView"
        view = known[next(r["id"] for r in one["references"] if r["name"] == wanted)]
        field = given["explicitInput"]["fieldName"]
        aggs = {
            "suggestions": {"terms": {"field": field, "size": _LISTED}},
            "count": {"cardinality": {"field": field}},
        }
        body = {"size": 0, "query": _since(view, since), "aggs": aggs}
        yield Request(object=name, at=f"control {control}", index=view.title, body=body)


def _since(view: View, since: str) -> Body:
    return {
        "range": {view.time: {"gte": since, "lte": "now", "format": "strict_date_optional_time"}}
    }


def aggregations(layer: Mapping[str, Any], fields: Fields) -> Body:
    """The columns of a Lens layer: groups within groups, numbers innermost."""
    columns = layer["columns"]
    order = layer["columnOrder"]
    numbers = {n: c for n in order if not (c := columns[n])["isBucketed"]}
    inner: Body = {}
    for name, column in numbers.items():
        inner |= _number(name, column, fields)
    for name in reversed([n for n in order if columns[n]["isBucketed"]]):
        column = columns[name]
        group = _group(column, columns)
        # What a group is ordered by is asked for beside the groups within it.
        sorted_by = column.get("params", {}).get("orderBy", {}).get("columnId")
        beside = _number(sorted_by, columns[sorted_by], fields) if sorted_by else {}
        inner = {name: {**group, **({"aggs": {**beside, **inner}} if beside or inner else {})}}
    return inner


def _group(column: Mapping[str, Any], columns: Mapping[str, Any]) -> Body:
    field, params = column["sourceField"], column["params"]
    if column["operationType"] == "date_histogram":
        # "auto" fits the steps to the screen; which step makes no difference to whether it runs.
        return {"date_histogram": {"field": field, "fixed_interval": "3h", "min_doc_count": 0}}
    by = params["orderBy"]
    path = "_key" if by["type"] != "column" else _path(by["columnId"], columns[by["columnId"]])
    asked: Body = {
        "field": field,
        "size": params["size"],
        "order": {path: params["orderDirection"]},
    }
    for key in ("include", "exclude"):
        if params.get(key):
            asked[key] = params[key]
    return {"terms": asked}


def _path(name: str, column: Mapping[str, Any]) -> str:
    """What a terms aggregation calls a number that it is ordered by."""
    if column["operationType"] == "count":
        return f"{name}-filter" if column.get("filter") else "_count"
    return f"{name}-filter>{name}" if column.get("filter") else name


def _number(name: str, column: Mapping[str, Any], fields: Fields) -> Body:
    operation, field = column["operationType"], column["sourceField"]
    own: Body
    if operation == "count":
        own = {}
    elif operation == "median":
        own = {name: {"percentiles": {"field": field, "percents": [50]}}}
    elif operation == "last_value":
        sort = [{column["params"]["sortField"]: {"order": "desc"}}]
        asked = {"size": 1, "sort": sort, "docvalue_fields": [field], "_source": False}
        own = {name: {"top_hits": asked}}
    else:
        own = {name: {_METRICS[operation]: {"field": field}}}
    if not column.get("filter"):
        return own
    filtered: Body = {"filter": translated(column["filter"], fields)}
    return {f"{name}-filter": {**filtered, **({"aggs": own} if own else {})}}
