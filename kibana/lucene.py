"""Lucene's query syntax, as Kibana sends it: which fields it names, and the request."""

from __future__ import annotations

import re
from typing import Any

#: as `query:queryString:options` of deploy/kibana.yml has it
OPTIONS = {"analyze_wildcard": True, "default_operator": "AND"}
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|\\.|[\[{][^\]}]*[\]}]')
_NAMED = re.compile(r"(?<![\w.@:])([A-Za-z_@][\w.@]*):")
_EXISTS = re.compile(r"_exists_:\s*([\w.@]+)")


def translate(query: str) -> dict[str, Any]:
    """The query that Kibana sends, less the time zone; an empty one finds all."""
    if not query.strip():
        return {"match_all": {}}
    return {"query_string": {"query": query, **OPTIONS}}


def names(query: str) -> set[str]:
    """The fields that a query names."""
    bare = _QUOTED.sub(" ", query)
    return (set(_NAMED.findall(bare)) | set(_EXISTS.findall(bare))) - {"_exists_"}
