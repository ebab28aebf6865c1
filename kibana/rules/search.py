"""Saved searches."""

from __future__ import annotations

from kibana.rules.problem import Fields, Found, One, Problem

#: of the schema before model version 6; `tabs` came then, and Kibana makes them itself
_ATTRIBUTES: dict[str, type] = {
    "title": str,
    "description": str,
    "columns": list,
    "sort": list,
    "grid": dict,
    "rowHeight": int,
    "rowsPerPage": int,
    "hideChart": bool,
    "breakdownField": str,
    "kibanaSavedObjectMeta": dict,
    "isTextBasedQuery": bool,
    "usesAdHocDataView": bool,
    "timeRestore": bool,
    "timeRange": dict,
    "refreshInterval": dict,
    "viewMode": str,
    "hideAggregatedPreview": bool,
    "hits": int,
    "version": int,
}
#: types of a field that Elasticsearch sorts by
SORTABLE = ("keyword", "date", "long", "integer", "byte", "float", "boolean")


def check(one: One) -> Found:
    """Problems of one saved search."""
    yield from one.known_attributes(_ATTRIBUTES, ("title", "columns", "sort"))
    meta = one.attributes.get("kibanaSavedObjectMeta") or {}
    fields: Fields | None = None
    for value in one.search_source(meta.get("searchSourceJSON"), None):
        if isinstance(value, Problem):
            yield value
            continue
        reference = one.referred(str(value.get("indexRefName")), "index-pattern")
        fields = one.context.views.get(reference["id"]) if reference else None
    if fields is None:
        return
    for column in one.attributes.get("columns") or ():
        yield from one.field("columns", column, fields)
    for given in one.attributes.get("sort") or ():
        if not isinstance(given, list) or len(given) != 2 or given[1] not in ("asc", "desc"):
            yield one.problem("column", "sort", given, '[field, "asc" or "desc"]')
        elif given[0] != "_score":
            yield from one.field("sort", given[0], fields, SORTABLE)
