"""The map of datelines: points from ``geo_point`` fields, without tiles.

No layer asks a service outside (Elastic's Maps Service, tile servers), so the map works in a
newsroom without an internet; each point bears the name of its most frequent city instead of lying
on a drawn one. Kibana serves the letters itself. Whoever may ask outside adds a base map by
*Add layer* (docs/kibana.md).
"""

from __future__ import annotations

from typing import Any

from kibana.data_views import ARTICLES
from kibana.saved import Object, as_text, refer, saved

DATELINES = "dateline-map-datelines"
#: Kibana's name of the reference from the n-th layer
REFERENCE = "layer_0_source_index_pattern"


def maps() -> list[Object]:
    """All of them."""
    return [_datelines()]


def _datelines() -> Object:
    city = "dateline.city.keyword"
    layer = {
        "id": "datelines",
        "label": "Datelines / Ortsmarken",
        "type": "GEOJSON_VECTOR",
        "visible": True,
        "alpha": 0.8,
        "minZoom": 0,
        "maxZoom": 24,
        "joins": [],
        "sourceDescriptor": {
            "id": "datelines-source",
            "type": "ES_GEO_GRID",
            "geoField": "dateline.location",
            "requestType": "point",
            "resolution": "FINE",
            "metrics": [
                {"type": "count", "label": "Articles / Meldungen"},
                {"type": "terms", "field": city, "label": "City / Ort"},
            ],
            "applyGlobalQuery": True,
            "applyGlobalTime": True,
            "applyForceRefresh": True,
            "indexPatternRefName": REFERENCE,
        },
        "style": {
            "type": "VECTOR",
            "isTimeAware": True,
            "properties": {
                "fillColor": _static("color", "#54B399"),
                "lineColor": _static("color", "#ffffff"),
                "lineWidth": _static("size", 1),
                "iconSize": _dynamic("doc_count", minSize=6, maxSize=28),
                "labelText": _dynamic(f"terms_of_{city}"),
                "labelSize": _static("size", 13),
                "labelColor": _static("color", "#343741"),
            },
        },
    }
    attributes = {
        "title": "Datelines / Ortsmarken",
        "description": "Where the articles come from. / Woher die Meldungen kommen.",
        "layerListJSON": as_text([layer]),
        "mapStateJSON": as_text(
            {
                "zoom": 1.4,
                "center": {"lon": 10, "lat": 30},
                "timeFilters": {"from": "now-7d", "to": "now"},
                "refreshConfig": {"isPaused": True, "interval": 0},
                "query": {"query": "", "language": "lucene"},
                "filters": [],
                "settings": {"autoFitToDataBounds": True, "backgroundColor": "#f5f7fa"},
            }
        ),
        "uiStateJSON": as_text({"isLayerTOCOpen": False, "openTOCDetails": []}),
    }
    return saved("map", DATELINES, attributes, [refer("index-pattern", ARTICLES, REFERENCE)])


def _static(option: str, value: object) -> dict[str, Any]:
    return {"type": "STATIC", "options": {option: value}}


def _dynamic(field: str, **more: object) -> dict[str, Any]:
    return {"type": "DYNAMIC", "options": {"field": {"name": field, "origin": "source"}, **more}}
