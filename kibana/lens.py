"""Charts: Lens panels by value, as they lie in a dashboard's ``panelsJSON``.

A chart is columns (what Lens calls its dimensions: groups, then numbers) and how they are drawn.
The form is that of Kibana 8.7, which the dashboard claims; newer ones migrate it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kibana.data_views import time_field
from kibana.saved import Reference, refer

#: the one layer of a chart, and the name of its reference to a data view
LAYER = "layer"
LAYER_REFERENCE = f"indexpattern-datasource-layer-{LAYER}"
#: Lens's name of "the documents themselves"
RECORDS = "___records___"

Column = dict[str, Any]
Chart = dict[str, Any]


def count(label: str, query: str = "") -> Column:
    """How many documents; query (Lucene): of those that match it alone."""
    column = _metric("count", RECORDS, label)
    if query:
        column["filter"] = {"query": query, "language": "lucene"}
    return column


def distinct(field: str, label: str) -> Column:
    """How many different values."""
    return _metric("unique_count", field, label)


def latest(field: str, label: str) -> Column:
    """The latest of a field of time."""
    return _metric("max", field, label, type_="date", empty_as_null=True)


def _metric(
    operation: str, field: str, label: str, *, type_: str = "number", empty_as_null: bool = False
) -> Column:
    return {
        "label": label,
        "customLabel": True,
        "dataType": type_,
        "operationType": operation,
        "isBucketed": False,
        "scale": "ratio",
        "sourceField": field,
        "params": {"emptyAsNull": empty_as_null},
    }


def terms(
    field: str,
    label: str,
    *,
    size: int,
    by: str,
    ascending: bool = False,
    exclude: Sequence[str] = (),
) -> Column:
    """The values with the most of the column ``by`` (its id). exclude: values, exactly."""
    return {
        "label": label,
        "customLabel": True,
        "dataType": "string",
        "operationType": "terms",
        "isBucketed": True,
        "scale": "ordinal",
        "sourceField": field,
        "params": {
            "size": size,
            "orderBy": {"type": "column", "columnId": by},
            "orderDirection": "asc" if ascending else "desc",
            "otherBucket": False,
            "missingBucket": False,
            "parentFormat": {"id": "terms"},
            "include": [],
            "exclude": list(exclude),
            "includeIsRegex": False,
            "excludeIsRegex": False,
        },
    }


def over_time(view: str, label: str) -> Column:
    """Steps of time, as wide as the chart needs."""
    return {
        "label": label,
        "customLabel": True,
        "dataType": "date",
        "operationType": "date_histogram",
        "isBucketed": True,
        "scale": "interval",
        "sourceField": time_field(view),
        "params": {"interval": "auto", "includeEmptyRows": True, "dropPartials": False},
    }


def stacked(view: str, title: str, split: Column, number: Column, query: str = "") -> Chart:
    """Bars over time, split by a column that is ordered by ``number``."""
    columns = {
        "split": split,
        "time": over_time(view, "Time / Zeit"),
        "number": number,
    }
    return _chart(view, title, "lnsXY", columns, _xy("bar_stacked", "time", "split"), query)


def bars(view: str, title: str, group: Column, number: Column, query: str = "") -> Chart:
    """Horizontal bars, the longest first."""
    columns = {"group": group, "number": number}
    return _chart(view, title, "lnsXY", columns, _xy("bar_horizontal", "group"), query)


def _xy(kind: str, x: str, split: str | None = None) -> dict[str, Any]:
    layer: dict[str, Any] = {
        "layerId": LAYER,
        "layerType": "data",
        "seriesType": kind,
        "xAccessor": x,
        "accessors": ["number"],
    }
    if split is not None:
        layer["splitAccessor"] = split
    return {
        "legend": {"isVisible": split is not None, "position": "right"},
        "valueLabels": "hide",
        "fittingFunction": "None",
        "axisTitlesVisibilitySettings": {"x": False, "yLeft": False, "yRight": False},
        "tickLabelsVisibilitySettings": {"x": True, "yLeft": True, "yRight": True},
        "gridlinesVisibilitySettings": {"x": True, "yLeft": True, "yRight": True},
        "preferredSeriesType": kind,
        "layers": [layer],
    }


def table(
    view: str, title: str, columns: Mapping[str, Column], *, sort: str, ascending: bool = False
) -> Chart:
    """A table; sort: id of the column that it is sorted by."""
    drawn = {
        "layerId": LAYER,
        "layerType": "data",
        "columns": [{"columnId": one} for one in columns],
        "sorting": {"columnId": sort, "direction": "asc" if ascending else "desc"},
        "rowHeight": "single",
        "rowHeightLines": 1,
    }
    return _chart(view, title, "lnsDatatable", columns, drawn, "")


def figure(view: str, title: str, number: Column, query: str = "") -> Chart:
    """One large number."""
    drawn = {"layerId": LAYER, "layerType": "data", "metricAccessor": "number"}
    return _chart(view, title, "lnsMetric", {"number": number}, drawn, query)


def _chart(
    view: str,
    title: str,
    kind: str,
    columns: Mapping[str, Column],
    drawn: Mapping[str, Any],
    query: str,
) -> Chart:
    """What lies under ``embeddableConfig.attributes``."""
    layer = {"columns": dict(columns), "columnOrder": list(columns), "incompleteColumns": {}}
    return {
        "title": title,
        "type": "lens",
        "visualizationType": kind,
        "references": [reference(view)],
        "state": {
            "visualization": dict(drawn),
            "query": {"query": query, "language": "lucene"},
            "filters": [],
            "datasourceStates": {"formBased": {"layers": {LAYER: layer}}},
            "internalReferences": [],
            "adHocDataViews": {},
        },
    }


def reference(view: str) -> Reference:
    """From a chart to its data view."""
    return refer("index-pattern", view, LAYER_REFERENCE)
