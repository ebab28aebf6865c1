"""Makes ``kibana/dateline.ndjson``: the data views that editors search in.

    python -m kibana.build

Labels are English and German, since a label is one text for all who use a Kibana.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

TARGET = Path(__file__).with_name("dateline.ndjson")

#: What the exports of Kibana 8.8 and later say of themselves. Versions only go forward there: an
#: object that claims a newer one than the importing Kibana knows is refused.
CORE_VERSION = "8.8.0"
DATA_VIEW_VERSION = "8.0.0"

#: alias to (id, name)
VIEWS = {
    "articles": ("dateline-articles", "Articles / Meldungen"),
    "articles-desk": (
        "dateline-articles-desk",
        "Articles, desk (withheld and embargoed too) / "
        "Meldungen, Desk (auch zurückgehaltene und mit Sperrfrist)",
    ),
}
TIME_FIELD = "@timestamp"

#: field to its label
LABELS = {
    "@timestamp": "Time / Zeit",
    "title": "Title / Titel",
    "headline": "Headline / Schlagzeile",
    "description_text": "Lead / Vorspann",
    "body_text": "Text / Text",
    "slugline": "Slugline / Stichwortzeile",
    "keywords": "Keywords / Stichwörter",
    "byline": "Byline / Autorenzeile",
    "ednote": "Editor's note / Redaktioneller Hinweis",
    "provider": "Agency / Agentur",
    "service": "Service / Dienst",
    "urgency": "Urgency / Priorität (Redaktion)",
    "priority": "Priority / Priorität (Übertragung)",
    "pubstatus": "Status / Status",
    "embargoed": "Embargo until / Sperrfrist bis",
    "versioncreated": "This version / Diese Fassung",
    "firstcreated": "First version / Erste Fassung",
    "version": "Version / Fassung",
    "update_kind": "Kind of update / Art der Neufassung",
    "update_number": "Update number / Nummer der Neufassung",
    "language": "Language / Sprache",
    "genre.name": "Genre / Textsorte",
    "subject.name": "Subject / Thema",
    "subject.qcode": "Subject code / Themencode",
    "dateline.city": "Dateline / Ortsmarke",
    "dateline.country_code": "Dateline: country / Ortsmarke: Land",
    "dateline.location": "Dateline: position / Ortsmarke: Lage",
    "person.name": "Persons / Personen",
    "organisation.name": "Organisations / Organisationen",
    "place.name": "Places / Orte",
    "person.name.keyword": "Person / Person",
    "organisation.name.keyword": "Organisation / Organisation",
    "place.name.keyword": "Place / Ort",
    "place.location": "Place: position / Ort: Lage",
    "wordcount": "Words / Wörter",
    "uri": "Identity / Kennung",
}

#: Kept in every document, of no use to who reads: not fetched for lists.
HIDDEN = ("entities*", "provenance*", "standing", "text.*", "crossheads")


def _json(value: object) -> str:
    """As inside an attribute: Kibana keeps these as strings."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def data_view(alias: str) -> dict[str, Any]:
    """One saved object of type ``index-pattern``, which is what a data view is called inside."""
    identifier, name = VIEWS[alias]
    return {
        "id": identifier,
        "type": "index-pattern",
        "attributes": {
            "title": alias,
            "name": name,
            "timeFieldName": TIME_FIELD,
            # The aliases begin with the first sink: the import may be earlier.
            "allowNoIndex": True,
            "fields": "[]",
            "fieldAttrs": _json({field: {"customLabel": told} for field, told in LABELS.items()}),
            "fieldFormatMap": "{}",
            "runtimeFieldMap": "{}",
            "sourceFilters": _json([{"value": pattern} for pattern in HIDDEN]),
        },
        "references": [],
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": DATA_VIEW_VERSION,
    }


def content() -> str:
    """The file: one object a line."""
    return "".join(_json(data_view(alias)) + "\n" for alias in VIEWS)


def main() -> int:
    """Write the file."""
    TARGET.write_text(content(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
