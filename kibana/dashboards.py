"""Dashboards: newsroom, corrections and kills, feed health, entity explorer."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import msgspec

from kibana import lens, maps, searches
from kibana.data_views import ARTICLES, LEDGER
from kibana.lens import Chart, count, distinct, latest, terms
from kibana.saved import Object, Reference, as_text, refer, saved, search_source

NEWSROOM = "dateline-newsroom"
CORRECTIONS = "dateline-corrections-and-kills"
FEEDS = "dateline-feed-health"
ENTITIES = "dateline-entities"


def _agencies() -> tuple[str, ...]:
    """The names of the shipped agencies, as articles have them."""
    shipped = tomllib.loads(files("dateline").joinpath("providers.toml").read_text("utf-8"))
    return tuple(sorted({name for known in shipped.values() for name in known.get("names", ())}))


#: columns of a dashboard's grid
WIDTH = 48
PERSON = "person.canonical.keyword"
ORGANISATION = "organisation.canonical.keyword"
PLACE = "place.canonical.keyword"
#: Agencies are among an article's organisations where they are cited. `role` says so, but of one of
#: several plain objects, which no aggregation can look at one by one. So they are left out by name.
AGENCIES = _agencies()


class Panel(msgspec.Struct, frozen=True, kw_only=True):
    """One panel: a chart by value, or another object (type, id).

    id: unique within its dashboard. box: x, y, width, height in the grid.
    """

    id: str
    box: tuple[int, int, int, int]
    chart: Chart | None = None
    other: tuple[str, str] | None = None
    title: str = ""

    def state(self) -> dict[str, Any]:
        """As ``panelsJSON`` holds it."""
        x, y, width, height = self.box
        state: dict[str, Any] = {
            "version": "8.7.0",
            "type": "lens" if self.other is None else self.other[0],
            "gridData": {"x": x, "y": y, "w": width, "h": height, "i": self.id},
            "panelIndex": self.id,
            "embeddableConfig": {"enhancements": {}},
        }
        if self.other is None:
            state["embeddableConfig"]["attributes"] = self.chart
        else:
            state["panelRefName"] = f"panel_{self.id}"
        title = self.title or (self.chart or {}).get("title")
        if title:
            state["title"] = title
        return state

    def references(self) -> list[Reference]:
        """As the dashboard holds them: each name with the panel's id before it."""
        if self.other is not None:
            return [refer(*self.other, f"{self.id}:panel_{self.id}")]
        return [
            refer(one["type"], one["id"], f"{self.id}:{one['name']}")
            for one in (self.chart or {})["references"]
        ]


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """A list of values above the panels that they all obey. single: one value at a time."""

    id: str
    field: str
    title: str
    view: str = ARTICLES
    single: bool = False


def dashboards() -> list[Object]:
    """All of them."""
    return [_newsroom(), _corrections(), _feeds(), _entities()]


def _dashboard(
    identifier: str,
    title: str,
    description: str,
    panels: Sequence[Panel],
    controls: Sequence[Control],
    since: str,
) -> Object:
    attributes: dict[str, Any] = {
        "title": title,
        "description": description,
        "panelsJSON": as_text([panel.state() for panel in panels]),
        "optionsJSON": as_text(
            {
                "useMargins": True,
                "syncColors": True,
                "syncCursor": True,
                "syncTooltips": False,
                "hidePanelTitles": False,
            }
        ),
        "timeRestore": True,
        "timeFrom": since,
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": 60_000},
        "controlGroupInput": {
            "controlStyle": "oneLine",
            # Each list offers what is left by those before it.
            "chainingSystem": "HIERARCHICAL",
            "panelsJSON": as_text(
                {one.id: _control(order, one) for order, one in enumerate(controls)}
            ),
            "ignoreParentSettingsJSON": as_text(
                {
                    "ignoreFilters": False,
                    "ignoreQuery": False,
                    "ignoreTimerange": False,
                    "ignoreValidations": False,
                }
            ),
        },
        "kibanaSavedObjectMeta": {"searchSourceJSON": search_source()},
    }
    references = [one for panel in panels for one in panel.references()]
    references += [
        refer("index-pattern", one.view, f"controlGroup_{one.id}:optionsListDataView")
        for one in controls
    ]
    return saved("dashboard", identifier, attributes, references)


def _control(order: int, one: Control) -> dict[str, Any]:
    return {
        "order": order,
        "width": "medium",
        "grow": True,
        "type": "optionsListControl",
        "explicitInput": {
            "id": one.id,
            "fieldName": one.field,
            "title": one.title,
            "selectedOptions": [],
            "singleSelect": one.single,
            "enhancements": {},
        },
    }


_ARTICLES = "Articles / Meldungen"
_VERSIONS = "Versions / Fassungen"


def _top(field: str, title: str, *, size: int = 15, exclude: Sequence[str] = ()) -> Chart:
    group = terms(field, title, size=size, by="number", exclude=exclude)
    return lens.bars(ARTICLES, title, group, count(_ARTICLES))


def _split(view: str, field: str, title: str, *, label: str, query: str = "") -> Chart:
    split = terms(field, title, size=12, by="number")
    return lens.stacked(view, title, split, count(label), query)


def _newsroom() -> Object:
    panels = [
        Panel(
            id="articles",
            box=(0, 0, 8, 6),
            chart=lens.figure(ARTICLES, _ARTICLES, count(_ARTICLES)),
        ),
        Panel(
            id="urgent",
            box=(0, 6, 8, 6),
            chart=lens.figure(
                ARTICLES,
                "Urgent (1 to 3) / Eilig (1 bis 3)",
                count("Urgent / Eilig", "urgency:[1 TO 3]"),
            ),
        ),
        Panel(
            id="by-provider",
            box=(8, 0, 20, 12),
            chart=_split(ARTICLES, "provider", "By agency / Nach Agentur", label=_ARTICLES),
        ),
        Panel(
            id="by-language",
            box=(28, 0, 20, 12),
            chart=_split(ARTICLES, "language", "By language / Nach Sprache", label=_ARTICLES),
        ),
        Panel(id="people", box=(0, 12, 12, 16), chart=_top(PERSON, "Persons / Personen")),
        Panel(
            id="organisations",
            box=(12, 12, 12, 16),
            chart=_top(ORGANISATION, "Organisations / Organisationen", exclude=AGENCIES),
        ),
        Panel(id="places", box=(24, 12, 12, 16), chart=_top(PLACE, "Places / Orte")),
        Panel(
            id="map",
            box=(36, 12, 12, 16),
            other=("map", maps.DATELINES),
            title="Datelines / Ortsmarken",
        ),
        Panel(
            id="ticker",
            box=(0, 28, 48, 18),
            other=("search", searches.TICKER),
            title="Ticker / Ticker",
        ),
    ]
    controls = [
        Control(id="provider", field="provider", title="Agency / Agentur"),
        Control(id="service", field="service", title="Service / Dienst"),
        Control(id="language", field="language", title="Language / Sprache"),
    ]
    return _dashboard(
        NEWSROOM,
        "Newsroom / Newsroom",
        "What comes in, from whom, about whom and from where. / "
        "Was kommt, von wem, über wen und woher.",
        panels,
        controls,
        "now-24h",
    )


def _corrections() -> Object:
    per_agency = {
        "provider": terms("provider", "Agency / Agentur", size=50, by="corrections"),
        "corrections": count("Corrections / Berichtigungen", "update_kind:correction"),
        "refiles": count("Refiles / Neuaussendungen", "update_kind:refile"),
        "kills": count("Kills / Rückzüge", "pubstatus:canceled OR update_kind:kill"),
        "holds": count("Held back / Zurückgehalten", "pubstatus:withheld OR update_kind:hold"),
        "all": count(_VERSIONS),
    }
    panels = [
        Panel(
            id="corrections",
            box=(0, 0, 8, 6),
            chart=lens.figure(
                LEDGER,
                "Corrections / Berichtigungen",
                count("Corrections / Berichtigungen", "update_kind:correction"),
            ),
        ),
        Panel(
            id="kills",
            box=(0, 6, 8, 6),
            chart=lens.figure(
                LEDGER,
                "Kills / Rückzüge",
                count("Kills / Rückzüge", "pubstatus:canceled OR update_kind:kill"),
            ),
        ),
        Panel(
            id="over-time",
            box=(8, 0, 40, 12),
            chart=_split(
                LEDGER,
                "update_kind",
                "Kinds of update / Arten der Neufassung",
                label=_VERSIONS,
                query=searches.CHANGES,
            ),
        ),
        Panel(
            id="per-agency",
            box=(0, 12, 24, 14),
            chart=lens.table(LEDGER, "By agency / Nach Agentur", per_agency, sort="corrections"),
        ),
        Panel(
            id="held",
            box=(24, 12, 24, 14),
            other=("search", searches.HELD),
            title="Held back or under embargo / Zurückgehalten oder mit Sperrfrist",
        ),
        Panel(
            id="list",
            box=(0, 26, 48, 18),
            other=("search", searches.CORRECTIONS),
            title="Corrections and kills / Berichtigungen und Rückzüge",
        ),
    ]
    controls = [
        Control(id="provider", field="provider", title="Agency / Agentur", view=LEDGER),
        Control(id="service", field="service", title="Service / Dienst", view=LEDGER),
    ]
    return _dashboard(
        CORRECTIONS,
        "Corrections and kills / Berichtigungen und Rückzüge",
        "What agencies took back, held or put right, from every version received. / "
        "Was Agenturen zurückzogen, anhielten oder berichtigten, aus jeder Fassung.",
        panels,
        controls,
        "now-7d",
    )


def _feeds() -> Object:
    def last(field: str, label: str) -> dict[str, lens.Column]:
        return {
            "of": terms(field, label, size=200, by="last", ascending=True),
            "last": latest("received", "Last receipt / Letzter Eingang"),
            "all": count(_VERSIONS),
            "stories": distinct("document", "Stories / Geschichten"),
            "dead": count("Refused / Abgelehnt", "outcome:dead"),
            "again": count("Sent again / Doppelt", "outcome:duplicate"),
        }

    refused = {
        "feed": terms("feed", "Feed / Quelle", size=30, by="number"),
        "stage": terms("stage", "Refused by / Abgelehnt von", size=5, by="number"),
        "kind": terms("kind", "Kind of error / Art des Fehlers", size=10, by="number"),
        "number": count("Refused / Abgelehnt", "outcome:dead"),
    }
    panels = [
        Panel(
            id="by-feed",
            box=(0, 0, 24, 12),
            chart=_split(LEDGER, "feed", "Receipts by feed / Eingang nach Quelle", label=_VERSIONS),
        ),
        Panel(
            id="by-outcome",
            box=(24, 0, 24, 12),
            chart=_split(
                LEDGER,
                "outcome",
                "What became of it / Was daraus wurde",
                label=_VERSIONS,
            ),
        ),
        Panel(
            id="silent-feeds",
            box=(0, 12, 24, 14),
            chart=lens.table(
                LEDGER,
                "Feeds, the longest silent first / Quellen, die stillste zuerst",
                last("feed", "Feed / Quelle"),
                sort="last",
                ascending=True,
            ),
        ),
        Panel(
            id="silent-agencies",
            box=(24, 12, 24, 14),
            chart=lens.table(
                LEDGER,
                "Agencies, the longest silent first / Agenturen, die stillste zuerst",
                last("provider", "Agency / Agentur"),
                sort="last",
                ascending=True,
            ),
        ),
        Panel(
            id="refused-by-kind",
            box=(0, 26, 24, 14),
            chart=lens.table(
                LEDGER, "Refused, by kind / Abgelehnt, nach Art", refused, sort="number"
            ),
        ),
        Panel(
            id="refused",
            box=(24, 26, 24, 14),
            other=("search", searches.REFUSED),
            title="Refused / Abgelehnt",
        ),
    ]
    controls = [
        Control(id="feed", field="feed", title="Feed / Quelle", view=LEDGER),
        Control(id="format", field="format", title="Format / Format", view=LEDGER),
    ]
    return _dashboard(
        FEEDS,
        "Feed health / Zustand der Quellen",
        "What came, when last, and what was refused. / Was kam, wann zuletzt, was abgelehnt wurde.",
        panels,
        controls,
        "now-7d",
    )


def _entities() -> Object:
    panels = [
        Panel(
            id="over-time",
            box=(0, 0, 48, 10),
            chart=_split(ARTICLES, "provider", "Articles over time / Verlauf", label=_ARTICLES),
        ),
        Panel(
            id="with-people",
            box=(0, 10, 16, 16),
            chart=_top(PERSON, "Together with persons / Zusammen mit Personen", size=20),
        ),
        Panel(
            id="with-organisations",
            box=(16, 10, 16, 16),
            chart=_top(
                ORGANISATION,
                "Together with organisations / Zusammen mit Organisationen",
                size=20,
                exclude=AGENCIES,
            ),
        ),
        Panel(
            id="with-places",
            box=(32, 10, 16, 16),
            chart=_top(PLACE, "Together with places / Zusammen mit Orten", size=20),
        ),
        Panel(
            id="map",
            box=(0, 26, 20, 18),
            other=("map", maps.DATELINES),
            title="Datelines / Ortsmarken",
        ),
        Panel(
            id="list",
            box=(20, 26, 28, 18),
            other=("search", searches.TICKER),
            title="Articles / Meldungen",
        ),
    ]
    controls = [
        Control(id="person", field=PERSON, title="Person / Person", single=True),
        Control(id="organisation", field=ORGANISATION, title="Organisation / Organisation"),
        Control(id="place", field=PLACE, title="Place / Ort"),
    ]
    return _dashboard(
        ENTITIES,
        "Entity explorer / Personen, Organisationen, Orte",
        "Choose one person: with whom, where and when. / Eine Person wählen: mit wem, wo und wann.",
        panels,
        controls,
        "now-30d",
    )
