"""What Elasticsearch's own queries, as a filter holds them, ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: queries whose body has the field as its key
_BY_FIELD = frozenset(
    {
        "match", "match_phrase", "match_phrase_prefix", "match_bool_prefix", "term", "terms",
        "terms_set", "range", "prefix", "wildcard", "regexp", "fuzzy", "intervals",
    }
)  # fmt: skip
#: beside the field in such a body
_OPTIONS = frozenset({"boost", "_name"})
#: queries that hold others, to the keys of their bodies that do
_HOLDS = {
    "bool": ("must", "should", "filter", "must_not"),
    "boosting": ("positive", "negative"),
    "constant_score": ("filter",),
    "dis_max": ("queries",),
    "function_score": ("query",),
    "nested": ("query",),
    "script_score": ("query",),
}
#: every query that Elasticsearch 9 has, but for those whose names begin with ``span_``
_KNOWN = (
    _BY_FIELD
    | _HOLDS.keys()
    | {
        "combined_fields", "distance_feature", "exists", "geo_bounding_box", "geo_distance",
        "geo_grid", "geo_polygon", "geo_shape", "has_child", "has_parent", "ids", "knn",
        "match_all", "match_none", "more_like_this", "multi_match", "parent_id", "percolate",
        "pinned", "query_string", "rank_feature", "rule", "script", "semantic", "shape",
        "simple_query_string", "sparse_vector", "text_expansion", "weighted_tokens", "wrapper",
    }
)  # fmt: skip


class Asked(NamedTuple):
    """One query. kind: its type. field: what it looks into, None where it names none this way."""

    kind: str
    field: str | None


def asked(query: Mapping[str, Any]) -> Iterator[Asked]:
    """A query and those within it. Raises AttributeError and TypeError where one is no object."""
    for kind, body in query.items():
        fields: list[str | None] = [None]
        if kind in _BY_FIELD:
            fields = [name for name, _ in body.items() if name not in _OPTIONS]
        elif kind == "exists":
            fields = [str(body.get("field"))]
        yield from (Asked(kind, field) for field in fields)
        for key in _HOLDS.get(kind, ()):
            within = body.get(key) or ()
            for one in within if isinstance(within, list) else [within] if within else []:
                yield from asked(one)


def known(kind: str) -> bool:
    """Whether Elasticsearch has such a query."""
    return kind in _KNOWN or kind.startswith("span_")
