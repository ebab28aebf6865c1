"""What all saved objects share: their envelope, versions, references.

Versions only go forward: an object that claims a newer one than the importing Kibana knows is
refused, one that claims an older one is migrated. So each type claims what Kibana's own samples do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

#: what the exports of Kibana 8.8 and later say of themselves
CORE_VERSION = "8.8.0"
#: type to the version that is claimed. `search`: before `tabs` came (and became required for a
#: while); `dashboard`: by what its panels are migrated too, those by value
VERSIONS = {
    "index-pattern": "8.0.0",
    "search": "7.9.3",
    "map": "8.4.0",
    "dashboard": "8.7.0",
}
#: Kibana's name of the reference from a search to its data view
SEARCH_SOURCE_INDEX = "kibanaSavedObjectMeta.searchSourceJSON.index"

Object = dict[str, Any]
Reference = dict[str, str]


def as_text(value: object) -> str:
    """As inside an attribute: Kibana keeps such parts as strings of JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def refer(kind: str, identifier: str, name: str) -> Reference:
    """A reference from an object to another, by a name that the object uses for it."""
    return {"type": kind, "id": identifier, "name": name}


def saved(
    kind: str, identifier: str, attributes: dict[str, Any], references: Iterable[Reference] = ()
) -> Object:
    """One object, as a line of the file holds it."""
    return {
        "id": identifier,
        "type": kind,
        "attributes": attributes,
        "references": list(references),
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": VERSIONS[kind],
    }


def search_source(query: str = "", language: str = "lucene", **more: Any) -> str:
    """``searchSourceJSON``."""
    return as_text({"query": {"query": query, "language": language}, "filter": [], **more})
