"""Saved searches."""

from __future__ import annotations

from typing import Any

from kibana.rules import vocabulary
from kibana.rules.problem import Fields, Found, One, Problem
from kibana.rules.shape import Shape

#: of the schema before model version 6; `tabs` came then, and Kibana makes them itself
_ATTRIBUTES: dict[str, Shape] = {
    "title": str,
    "description": str,
    "columns": vocabulary.COLUMNS,
    "sort": list,
    "grid": vocabulary.GRID,
    "rowHeight": float,
    "rowsPerPage": float,
    "hideChart": bool,
    "breakdownField": str,
    "kibanaSavedObjectMeta": dict,
    "isTextBasedQuery": bool,
    "usesAdHocDataView": bool,
    "timeRestore": bool,
    "timeRange": vocabulary.TIME_RANGE,
    "refreshInterval": vocabulary.REFRESH,
    "viewMode": vocabulary.VIEW_MODES,
    "hideAggregatedPreview": bool,
    "hits": float,
    "version": float,
}
#: types of a field that Elasticsearch sorts by
SORTABLE = ("keyword", "date", "long", "integer", "byte", "float", "boolean")


def check(one: One) -> Found:
    """Problems of one saved search."""
    yield from one.known_attributes(_ATTRIBUTES, ("title", "columns", "sort"))
    meta = one.attributes.get("kibanaSavedObjectMeta")
    text = meta.get("searchSourceJSON") if isinstance(meta, dict) else None
    fields: Fields | None = None
    for value in one.search_source(text, None):
        if isinstance(value, Problem):
            yield value
            continue
        reference = one.referred(str(value.get("indexRefName")), "index-pattern")
        fields = one.context.views.get(reference["id"]) if reference else None
    if fields is None:
        return
    for column in _listed(one, "columns"):
        if isinstance(column, str):  # Others have been told with the attributes.
            yield from one.field("columns", column, fields)
    if one.attributes.get("breakdownField"):
        yield from one.field("breakdownField", one.attributes["breakdownField"], fields)
    for given in _listed(one, "sort"):
        if not isinstance(given, list) or len(given) != 2 or given[1] not in ("asc", "desc"):
            yield one.problem("column", "sort", given, '[field, "asc" or "desc"]')
        elif given[0] != "_score":
            yield from one.field("sort", given[0], fields, SORTABLE)


def _listed(one: One, name: str) -> list[Any]:
    given = one.attributes.get(name)
    return given if isinstance(given, list) else []
