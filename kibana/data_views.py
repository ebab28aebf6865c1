"""Data views: one for each alias, with labels.

Labels are English and German in one text, since a label is the same for all who use a Kibana.
"""

from __future__ import annotations

from kibana.saved import Object, as_text, saved

ARTICLES = "dateline-articles"
DESK = "dateline-articles-desk"
LEDGER = "dateline-ledger"

#: field of the articles to its label
ARTICLE_LABELS = {
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
    "person.canonical.keyword": "Person / Person",
    "organisation.canonical.keyword": "Organisation / Organisation",
    "place.canonical.keyword": "Place / Ort",
    "person.name.keyword": "Person, as written / Person, Schreibweise der Meldung",
    "organisation.name.keyword": "Organisation, as written / "
    "Organisation, Schreibweise der Meldung",
    "place.name.keyword": "Place, as written / Ort, Schreibweise der Meldung",
    "organisation.role": "Organisation: only a source / Organisation: nur Quelle",
    "place.confidence": "Place: certainty / Ort: Sicherheit",
    "place.location": "Place: position / Ort: Lage",
    "wordcount": "Words / Wörter",
    "uri": "Identity / Kennung",
}

#: field of the ledger to its label
LEDGER_LABELS = {
    "received": "Received / Eingang",
    "written": "Recorded / Verbucht",
    "outcome": "What became of it / Was daraus wurde",
    "provider": "Agency / Agentur",
    "service": "Service / Dienst",
    "feed": "Feed / Quelle",
    "format": "Format / Format",
    "pubstatus": "Status / Status",
    "update_kind": "Kind of update / Art der Neufassung",
    "update_number": "Update number / Nummer der Neufassung",
    "version": "Version / Fassung",
    "versioncreated": "This version / Diese Fassung",
    "embargoed": "Embargo until / Sperrfrist bis",
    "language": "Language / Sprache",
    "uri": "Identity / Kennung",
    "replaces": "Replaces / Ersetzt",
    "stage": "Refused by / Abgelehnt von",
    "kind": "Kind of error / Art des Fehlers",
    "dead": "Dead letter / Unzustellbar",
    "transmission.number": "Number / Nummer",
}

#: Kept in every article, of no use to who reads: not fetched for lists.
ARTICLE_HIDDEN = ("entities*", "provenance*", "standing", "text.*", "crossheads")
#: Kept in every entry: where the original lies, hashes.
LEDGER_HIDDEN = ("sha256", "content", "document", "identity", "topic", "partition", "offset")

#: alias (without a prefix) to id, name, field of time, labels, hidden fields
VIEWS: dict[str, tuple[str, str, str, dict[str, str], tuple[str, ...]]] = {
    "articles": (
        ARTICLES,
        "Articles / Meldungen",
        "@timestamp",
        ARTICLE_LABELS,
        ARTICLE_HIDDEN,
    ),
    "articles-desk": (
        DESK,
        "Articles, desk (withheld and embargoed too) / "
        "Meldungen, Desk (auch zurückgehaltene und mit Sperrfrist)",
        "@timestamp",
        ARTICLE_LABELS,
        ARTICLE_HIDDEN,
    ),
    "ledger": (
        LEDGER,
        "Ledger (every version received, without text) / Eingangsbuch (jede Fassung, ohne Text)",
        "received",
        LEDGER_LABELS,
        LEDGER_HIDDEN,
    ),
}


def time_field(view: str) -> str:
    """The field of time of a data view, by its id."""
    return next(given[2] for given in VIEWS.values() if given[0] == view)


def data_view(alias: str) -> Object:
    """One saved object of type ``index-pattern``, which is what a data view is called inside."""
    identifier, name, time, labels, hidden = VIEWS[alias]
    attributes = {
        "title": alias,
        "name": name,
        "timeFieldName": time,
        # The aliases begin with the first sink: the import may be earlier.
        "allowNoIndex": True,
        "fields": "[]",
        "fieldAttrs": as_text({field: {"customLabel": told} for field, told in labels.items()}),
        "fieldFormatMap": "{}",
        "runtimeFieldMap": "{}",
        "sourceFilters": as_text([{"value": pattern} for pattern in hidden]),
    }
    return saved("index-pattern", identifier, attributes)
