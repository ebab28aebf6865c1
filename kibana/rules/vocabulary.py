"""What Kibana calls things, and what its parts look like: data for `kibana.rules.shape`.

Facts of Kibana 8.7 to 9, read in its source (the schemas and types of dashboard, controls, lens,
maps, discover, data views). A list of values is complete for those versions; an object has further
keys where Kibana has them and nothing here reads them.
"""

from __future__ import annotations

import datetime as dt
import re

from kibana.rules.shape import By, Each, Either, Shape, Span, Such

# --- what several types share -------------------------------------------------------------------

_DATE_MATH = re.compile(r"(?:[+-]\d*(?:ms|[smhdwMy])|/(?:ms|[smhdwMy]))*")
_DIRECTIONS = ("asc", "desc")
_WHOLE = Span(0, whole=True)
_SIDES = ("top", "bottom", "left", "right")


def is_time(text: str) -> bool:
    """Whether the time picker can read it: ``now-24h/d``, an ISO date, ``2026-01-01||+1M/d``."""
    if text.startswith("now"):
        return _DATE_MATH.fullmatch(text, 3) is not None
    date, _, change = text.partition("||")
    return _DATE_MATH.fullmatch(change) is not None and any(
        _is_date(date + rest) for rest in ("", "-01", "-01-01")
    )


def _is_date(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


TIME = Such(is_time, "a time such as now, now-24h or 2026-01-31T00:00:00Z")
TIME_RANGE: Shape = {"from": TIME, "to": TIME}
#: value: milliseconds
REFRESH: Shape = {"pause": bool, "value": Span(0), "display?": str, "section?": float}
REFERENCES: Shape = [{"type": str, "id": str, "name": str}]
FILTERS: Shape = [
    {
        "meta": {
            "alias?": str,
            "disabled?": bool,
            "negate?": bool,
            "type?": str,
            "key?": str,
            "index?": str,
        },
        "query?": dict,
        "$state?": {"store": ("appState", "globalState")},
    }
]
SEARCH_SOURCE: Shape = {
    "query": dict,
    "filter": FILTERS,
    "highlightAll?": bool,
    "version?": bool,
    "indexRefName?": str,
}
#: kinds of filter whose ``meta.key`` is a field
FIELD_FILTERS = ("phrase", "phrases", "range", "exists")
#: of a value; those of Elasticsearch's fields, and one of Lens
_FORMATS = (
    "_source", "bits", "boolean", "bytes", "color", "currency", "custom", "date", "date_nanos",
    "duration", "geo_point", "histogram", "ip", "number", "percent", "relative_date",
    "static_lookup", "string", "truncate", "url",
)  # fmt: skip
#: what every index has, though no mapping says so
META_FIELDS = frozenset({"_id", "_index", "_source", "_score", "_ignored"})

# --- data views ---------------------------------------------------------------------------------

FIELD_ATTRIBUTES: Shape = Each(
    {"customLabel?": str, "customDescription?": str, "count?": Span(0, whole=True)}
)
FIELD_FORMATS: Shape = Each({"id?": _FORMATS, "params?": dict})
RUNTIME_FIELDS: Shape = Each(
    {
        "type": (
            "keyword", "long", "double", "date", "ip", "boolean", "geo_point", "composite", "lookup"
        ),
        "script?": {"source": str},
    }
)  # fmt: skip
SOURCE_FILTERS: Shape = [{"value": str}]

# --- searches -----------------------------------------------------------------------------------

COLUMNS: Shape = [str]
GRID: Shape = {"columns?": Each({"width?": Span(0)})}
VIEW_MODES = ("documents", "patterns", "aggregated")

# --- dashboards ---------------------------------------------------------------------------------

OPTIONS: Shape = {
    "useMargins?": bool,
    "syncColors?": bool,
    "syncCursor?": bool,
    "syncTooltips?": bool,
    "hidePanelTitles?": bool,
}
_VERSION = re.compile(r"\d+\.\d+\.\d+")
PANEL: Shape = {
    "type": str,
    "panelIndex": str,
    "gridData": {
        "x": _WHOLE,
        "y": _WHOLE,
        "w": Span(1, whole=True),
        "h": Span(1, whole=True),
        "i": str,
    },
    "embeddableConfig": {"enhancements?": dict},
    "panelRefName?": str,
    "title?": str,
    "version?": Such(
        lambda text: _VERSION.match(text) is not None, "a version of Kibana such as 8.7.0"
    ),
}
CONTROL_GROUP: Shape = {
    "controlStyle?": ("oneLine", "twoLine"),
    "chainingSystem?": ("HIERARCHICAL", "NONE"),
}
PARENT_SETTINGS: Shape = {
    "ignoreFilters?": bool,
    "ignoreQuery?": bool,
    "ignoreTimerange?": bool,
    "ignoreValidations?": bool,
}
CONTROL: Shape = {
    "type": str,
    "order": _WHOLE,
    "width?": ("auto", "small", "medium", "large"),
    "grow?": bool,
    "explicitInput": {
        "id": str,
        "fieldName": str,
        "title?": str,
        "selectedOptions?": [Either((str, float))],
        "singleSelect?": bool,
        "existsSelected?": bool,
        "exclude?": bool,
        "hideExclude?": bool,
        "hideExists?": bool,
        "hideSort?": bool,
        "hideActionBar?": bool,
        "runPastTimeout?": bool,
        "searchTechnique?": ("prefix", "wildcard", "exact"),
        "sort?": {"by": ("_count", "_key"), "direction": _DIRECTIONS},
        "placeholder?": str,
        "enhancements?": dict,
    },
}

# --- charts -------------------------------------------------------------------------------------

CHART: Shape = {
    "title?": str,
    "description?": str,
    "type?": ("lens",),
    "visualizationType": str,
    "references": REFERENCES,
    "state": {
        "visualization": dict,
        "query": dict,
        "filters": FILTERS,
        "datasourceStates": {"formBased": {"layers": Each(dict)}},
        "internalReferences?": REFERENCES,
        "adHocDataViews?": dict,
    },
}
LAYER: Shape = {"columns": Each(dict), "columnOrder": [str], "incompleteColumns?": dict}

_SERIES = (
    "bar", "bar_stacked", "bar_percentage_stacked", "bar_horizontal", "bar_horizontal_stacked",
    "bar_horizontal_percentage_stacked", "area", "area_stacked", "area_percentage_stacked", "line",
)  # fmt: skip
_Y_CONFIG: Shape = [{"forAccessor": str, "axisMode?": ("auto", "left", "right", "bottom")}]
_AXES: Shape = {"x?": bool, "yLeft?": bool, "yRight?": bool}
_ROW_HEIGHTS = ("auto", "single", "custom")
_ID: Shape = {"layerId": str}
_DATA = ("data",)
#: ``visualizationType`` to the ``visualization`` that goes with it
VISUALIZATIONS: dict[str, Shape] = {
    "lnsXY": {
        "preferredSeriesType?": _SERIES,
        "legend": {"isVisible": bool, "position?": _SIDES},
        "valueLabels?": ("hide", "show", "inside", "outside"),
        "fittingFunction?": (
            "None", "Zero", "Linear", "Carry", "Lookahead", "Average", "Nearest"
        ),
        "endValue?": ("None", "Zero", "Nearest"),
        "axisTitlesVisibilitySettings?": _AXES,
        "tickLabelsVisibilitySettings?": _AXES,
        "gridlinesVisibilitySettings?": _AXES,
        "layers": [
            By(
                "layerType",
                {
                    "data": {
                        "layerId": str,
                        "seriesType": _SERIES,
                        "accessors": [str],
                        "xAccessor?": str,
                        "splitAccessor?": str,
                        "splitAccessors?": [str],
                        "yConfig?": _Y_CONFIG,
                    },
                    "referenceLine": {"layerId": str, "accessors": [str], "yConfig?": _Y_CONFIG},
                    "annotations": _ID,
                },
                usual="data",
            )
        ],
    },
    "lnsDatatable": {
        "layerId": str,
        "layerType": _DATA,
        "columns": [
            {
                "columnId": str,
                "width?": Span(0),
                "hidden?": bool,
                "isTransposed?": bool,
                "alignment?": ("left", "right", "center"),
            }
        ],
        "sorting?": {"columnId?": str, "direction": (*_DIRECTIONS, "none")},
        "rowHeight?": _ROW_HEIGHTS,
        "rowHeightLines?": float,
        "headerRowHeight?": _ROW_HEIGHTS,
        "headerRowHeightLines?": float,
        "paging?": {"size": _WHOLE, "enabled": bool},
    },
    "lnsMetric": {
        "layerId": str,
        "layerType": _DATA,
        "metricAccessor?": str,
        "secondaryMetricAccessor?": str,
        "maxAccessor?": str,
        "breakdownByAccessor?": str,
        "maxCols?": Span(1, whole=True),
        "showBar?": bool,
        "progressDirection?": ("vertical", "horizontal"),
        "trendlineLayerId?": str,
        "trendlineLayerType?": ("metricTrendline",),
        "trendlineTimeAccessor?": str,
        "trendlineMetricAccessor?": str,
        "trendlineSecondaryMetricAccessor?": str,
        "trendlineBreakdownByAccessor?": str,
    },
    "lnsPie": {
        "shape": ("pie", "donut", "treemap", "mosaic", "waffle"),
        "layers": [
            {
                "layerId": str,
                "layerType": _DATA,
                "primaryGroups?": [str],
                "secondaryGroups?": [str],
                "metrics?": [str],
                "metric?": str,
                "numberDisplay?": ("hidden", "percent", "value"),
                "categoryDisplay?": ("default", "inside", "hide"),
                "legendDisplay?": ("default", "show", "hide"),
                "legendPosition?": _SIDES,
            }
        ],
    },
}  # fmt: skip

_DATA_TYPES = (
    "string", "number", "date", "boolean", "document", "ip", "histogram", "geo_point", "geo_shape",
    "counter", "gauge", "murmur3", "ip_range", "date_range", "number_range",
)  # fmt: skip
_FORMAT: Shape = {
    "id": _FORMATS,
    "params?": {
        "decimals?": _WHOLE,
        "suffix?": str,
        "compact?": bool,
        "pattern?": str,
        "fromUnit?": str,
        "toUnit?": str,
    },
}
_INTERVAL = re.compile(r"\d*(?:ms|[smhdwMqy])")
_ORDER: Shape = By(
    "type",
    {
        "column": {"columnId": str},
        "alphabetical": {"fallback?": bool},
        "rare": {"maxDocCount": Span(0)},
        "significant": {},
        "custom": {},
    },
)
_NUMBER_PARAMS: Shape = {"emptyAsNull?": bool, "format?": _FORMAT}


def _column(types: tuple[str, ...], **more: Shape) -> Shape:
    """A column whose values have one of these types; more: what its operation adds."""
    shape: dict[str, Shape] = {
        "label": str,
        "customLabel?": bool,
        "dataType": types,
        "isBucketed": bool,
        "scale?": ("ordinal", "interval", "ratio"),
        "sourceField": str,
        "filter?": dict,
        "timeScale?": ("s", "m", "h", "d"),
        "timeShift?": str,
        "reducedTimeRange?": str,
        "params?": _NUMBER_PARAMS,
    }
    if "params" in more:
        del shape["params?"]
    return {**shape, **more}


_NUMBER = _column(("number",))
_EXTREME = _column(("number", "date"))
#: ``operationType`` to the column that goes with it
COLUMN_SHAPES: dict[str, Shape] = {
    "terms": _column(
        _DATA_TYPES,
        params={
            "size": Span(1, 10_000, whole=True),
            "orderBy": _ORDER,
            "orderDirection": _DIRECTIONS,
            "orderAgg?": dict,
            "otherBucket?": bool,
            "missingBucket?": bool,
            "accuracyMode?": bool,
            "include?": [Either((str, float))],
            "exclude?": [Either((str, float))],
            "includeIsRegex?": bool,
            "excludeIsRegex?": bool,
            "secondaryFields?": [str],
            "parentFormat?": {"id": str},
            "format?": _FORMAT,
        },
    ),
    "date_histogram": _column(
        ("date",),
        params={
            "interval": Such(
                lambda text: text == "auto" or _INTERVAL.fullmatch(text) is not None,
                "auto, or a step of time such as 3h",
            ),
            "ignoreTimeRange?": bool,
            "includeEmptyRows?": bool,
            "dropPartials?": bool,
        },
    ),
    "last_value": _column(
        _DATA_TYPES, params={"sortField": str, "showArrayValues?": bool, "format?": _FORMAT}
    ),
    "count": _NUMBER,
    "unique_count": _NUMBER,
    "sum": _NUMBER,
    "average": _NUMBER,
    "median": _NUMBER,
    "max": _EXTREME,
    "min": _EXTREME,
}

# --- maps ---------------------------------------------------------------------------------------

_ZOOM = Span(0, 24)
_LAT = Span(-90, 90)
MAP_STATE: Shape = {
    "zoom?": _ZOOM,
    # A map can be turned round more than once.
    "center?": {"lat": _LAT, "lon": float},
    "timeFilters?": TIME_RANGE,
    "refreshConfig?": {"isPaused": bool, "interval": Span(0)},
    "query?": dict,
    "filters?": FILTERS,
    "settings?": {
        "autoFitToDataBounds?": bool,
        "backgroundColor?": str,
        "disableInteractive?": bool,
        "disableTooltipControl?": bool,
        "hideToolbarOverlay?": bool,
        "hideLayerControl?": bool,
        "hideViewControl?": bool,
        "initialLocation?": (
            "LAST_SAVED_LOCATION", "FIXED_LOCATION", "BROWSER_LOCATION", "AUTO_FIT_TO_BOUNDS"
        ),
        "fixedLocation?": {"lat": _LAT, "lon": float, "zoom": _ZOOM},
        "browserLocation?": {"zoom": _ZOOM},
        "minZoom?": _ZOOM,
        "maxZoom?": _ZOOM,
    },
}  # fmt: skip
UI_STATE: Shape = {"isLayerTOCOpen?": bool, "openTOCDetails?": [str]}
#: layers in layers, without a source
GROUP_LAYER = "LAYER_GROUP"
_MAP_LAYERS = (
    "GEOJSON_VECTOR", "MVT_VECTOR", "BLENDED_VECTOR", "HEATMAP", "RASTER_TILE", "EMS_VECTOR_TILE",
    GROUP_LAYER,
)  # fmt: skip
#: what is the same everywhere, or goes by a field
_STYLES = (
    "fillColor", "lineColor", "lineWidth", "icon", "iconSize", "iconOrientation", "labelText",
    "labelColor", "labelSize", "labelBorderColor",
)  # fmt: skip
_STYLED: Shape = By(
    "type",
    {
        "STATIC": {
            "options": {"color?": str, "size?": Span(0), "orientation?": float, "value?": str}
        },
        "DYNAMIC": {
            "options": {
                "field?": {"name": str, "origin": ("source", "join")},
                "minSize?": Span(0),
                "maxSize?": Span(0),
            }
        },
    },
)
MAP_LAYER: Shape = {
    "id": str,
    "type": _MAP_LAYERS,
    "sourceDescriptor?": dict,
    "label?": str,
    "alpha?": Span(0, 1),
    "visible?": bool,
    "minZoom?": _ZOOM,
    "maxZoom?": _ZOOM,
    "includeInFitToBounds?": bool,
    "areLabelsOnTop?": bool,
    "joins?": [dict],
    "query?": dict,
    "style?": {
        "type?": ("VECTOR", "HEATMAP", "TILE", "EMS_VECTOR_TILE"),
        "isTimeAware?": bool,
        "properties?": {
            **{f"{name}?": _STYLED for name in _STYLES},
            "symbolizeAs?": {"options": {"value": ("circle", "icon")}},
            "labelBorderSize?": {"options": {"size": ("NONE", "SMALL", "MEDIUM", "LARGE")}},
        },
    },
}
_OF_ELASTICSEARCH: dict[str, Shape] = {
    "id": str,
    "geoField": str,
    "indexPatternRefName": str,
    "applyGlobalQuery?": bool,
    "applyGlobalTime?": bool,
    "applyForceRefresh?": bool,
}
#: type of the source to its shape: those that ask our Elasticsearch and nobody else
MAP_SOURCES: dict[str, Shape] = {
    "ES_GEO_GRID": {
        **_OF_ELASTICSEARCH,
        "requestType": ("point", "grid", "hex", "heatmap"),
        "resolution?": ("COARSE", "FINE", "MOST_FINE", "SUPER_FINE"),
        "metrics?": [{"type": str, "field?": str, "label?": str}],
    },
    "ES_SEARCH": {
        **_OF_ELASTICSEARCH,
        "scalingType?": ("LIMIT", "CLUSTERS", "TOP_HITS", "MVT"),
        "filterByMapBounds?": bool,
        "tooltipProperties?": [str],
        "sortField?": str,
        "sortOrder?": _DIRECTIONS,
        "topHitsSplitField?": str,
        "topHitsSize?": Span(1, whole=True),
    },
}
#: type of the source to the layers that can show it
SHOWN_BY: dict[str, tuple[str, ...]] = {
    "ES_GEO_GRID": ("GEOJSON_VECTOR", "MVT_VECTOR", "HEATMAP"),
    "ES_SEARCH": ("GEOJSON_VECTOR", "MVT_VECTOR", "BLENDED_VECTOR"),
}
