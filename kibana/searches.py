"""Saved searches: what editors open, and lists inside dashboards.

Discover puts the field of time before the columns by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from kibana.data_views import ARTICLES, DESK, LEDGER
from kibana.saved import SEARCH_SOURCE_INDEX, Object, refer, saved, search_source

TICKER = "dateline-ticker"
RESEARCH = "dateline-research"
HELD = "dateline-held"
CORRECTIONS = "dateline-corrections"
REFUSED = "dateline-refused"

_ARTICLE = ("urgency", "provider", "service", "update_kind", "title", "dateline.city")
_NEWEST = (("@timestamp", "desc"),)
_RECEIVED = (("received", "desc"),)
#: versions that put right, hold or take back, in the ledger
CHANGES = "update_kind:(correction OR refile OR kill OR hold) OR pubstatus:(canceled OR withheld)"


def _search(
    identifier: str,
    title: str,
    description: str,
    view: str,
    columns: Sequence[str],
    sort: Sequence[tuple[str, str]],
    query: str = "",
) -> Object:
    """A saved search; query: Lucene's syntax, as the desk's default is."""
    attributes = {
        "title": title,
        "description": description,
        "columns": list(columns),
        "sort": [list(one) for one in sort],
        "grid": {},
        "hideChart": False,
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": search_source(
                query, highlightAll=True, version=True, indexRefName=SEARCH_SOURCE_INDEX
            )
        },
    }
    reference = refer("index-pattern", view, SEARCH_SOURCE_INDEX)
    return saved("search", identifier, attributes, [reference])


def searches() -> list[Object]:
    """All of them."""
    return [
        _search(
            TICKER,
            "Ticker / Ticker",
            "The newest first. / Das Neueste zuerst.",
            ARTICLES,
            _ARTICLE,
            _NEWEST,
        ),
        _search(
            RESEARCH,
            "Research / Recherche",
            "The best match first, the newest among equals. / "
            "Das Passendste zuerst, bei Gleichem das Neueste.",
            ARTICLES,
            _ARTICLE,
            (("_score", "desc"), *_NEWEST),
        ),
        _search(
            HELD,
            "Held back or under embargo / Zurückgehalten oder mit Sperrfrist",
            "What the desk knows and readers do not yet. / Was der Desk schon weiß.",
            DESK,
            ("pubstatus", "embargoed", *_ARTICLE),
            _NEWEST,
            "pubstatus:withheld OR embargoed:>now",
        ),
        _search(
            CORRECTIONS,
            "Corrections and kills / Berichtigungen und Rückzüge",
            "Every version that corrects, holds or takes back. / "
            "Jede Fassung, die berichtigt, anhält oder zurückzieht.",
            LEDGER,
            ("provider", "service", "update_kind", "pubstatus", "outcome", "version", "uri"),
            _RECEIVED,
            CHANGES,
        ),
        _search(
            REFUSED,
            "Refused / Abgelehnt",
            "What could not be read or indexed; `dateline dead show` tells why. / "
            "Was nicht gelesen werden konnte; `dateline dead show` sagt, warum.",
            LEDGER,
            ("feed", "format", "provider", "stage", "kind", "dead"),
            _RECEIVED,
            "outcome:dead",
        ),
    ]
