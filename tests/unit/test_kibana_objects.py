"""The saved objects are what the code writes, and pass the importer's rules and ours.

Each rule is broken once, in an object that ships, and named with what was found and expected.
"""

from __future__ import annotations

import contextlib
import copy
import fnmatch
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from dateline.cli import run_command
from dateline.mappings import fields_of
from dateline.settings import Settings
from kibana import build, dashboards, data_views, kql, lucene, maps, searches
from kibana.check import problems
from kibana.cookbook import RECIPES
from kibana.prefix import prefixed
from kibana.rules.problem import Problem
from sinks import generations, ledger, template

ROOT = Path(__file__).resolve().parents[2]
FIELDS = template.leaves()
LEDGER = fields_of(ledger.mappings())
INDICES = {
    generations.alias(Settings()): FIELDS,
    generations.desk_alias(Settings()): FIELDS,
    ledger.alias(Settings()): LEDGER,
}
OBJECTS: list[dict[str, Any]] = [json.loads(line) for line in build.content().splitlines()]
BY_ID = {one["id"]: one for one in OBJECTS}


# --- what ships --------------------------------------------------------------------------------


def test_the_file_is_what_the_code_writes() -> None:
    """After a change of code, or of the agencies' names: python -m kibana.build"""
    assert build.TARGET.read_bytes() == build.content().encode("utf-8")


def test_the_file_has_no_problem() -> None:
    assert problems(build.TARGET.read_text(encoding="utf-8"), INDICES) == []


def test_the_command_says_so_and_that_nothing_was_run(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["kibana", "check", "--data-dir", str(tmp_path)]) == 0
    told = capsys.readouterr()
    assert told.out == "3 index-pattern, 5 search, 1 map, 4 dashboard; 0 problems\n"
    assert "no query was run" in told.err


def test_the_command_names_what_is_broken(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "mine.ndjson"
    file.write_text(build.content().replace('"dateline.city"', '"dateline.town"'), encoding="utf-8")
    assert run_command(["kibana", "check", "mine.ndjson", "--offline"]) == 1
    expected = (
        "search:dateline-ticker: columns: rule field: found 'dateline.town'; expected a field"
    )
    assert expected in capsys.readouterr().err
    assert run_command(["kibana", "check", "mine.ndjson", "--offline", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)["problems"]
    assert {"object", "rule", "at", "found", "expected"} == set(told[0])


def test_what_a_file_of_others_holds_is_shown_as_text(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "theirs.ndjson").write_text('{"type":"\\u001b[31m\\ud800"}\n' + "[" * 100_000)
    for more in ([], ["--json"]):
        assert run_command(["kibana", "check", "theirs.ndjson", "--offline", *more]) == 1
        told = capsys.readouterr()
        assert "\x1b" not in told.out + told.err and "31m" in told.out + told.err
    monkeypatch.setenv("DATELINE_INDEX_PREFIX", "desk-")
    assert run_command(["kibana", "check", "theirs.ndjson", "--offline"]) == 1


def test_one_data_view_for_each_alias() -> None:
    views = [one for one in OBJECTS if one["type"] == "index-pattern"]
    assert {one["attributes"]["title"] for one in views} == set(INDICES)
    assert len({one["attributes"]["name"] for one in views}) == len(views)


def test_an_index_prefix_goes_before_the_data_views_titles_alone() -> None:
    changed = [json.loads(line) for line in prefixed(build.content(), "desk1-").splitlines()]
    for before, after in zip(OBJECTS, changed, strict=True):
        if before["type"] == "index-pattern":
            assert after["attributes"].pop("title") == "desk1-" + before["attributes"]["title"]
            before = {**before, "attributes": dict(before["attributes"])}
            del before["attributes"]["title"]
        assert before == after
    indices = {f"desk1-{name}": fields for name, fields in INDICES.items()}
    assert problems(prefixed(build.content(), "desk1-"), indices) == []
    assert prefixed("{broken\n", "desk1-") == "{broken\n"


def test_whatever_people_read_is_english_and_german() -> None:
    labels = [*data_views.ARTICLE_LABELS.values(), *data_views.LEDGER_LABELS.values()]
    for one in OBJECTS:
        labels.append(one["attributes"].get("name") or one["attributes"]["title"])
        if one["type"] == "dashboard":
            for panel in json.loads(one["attributes"]["panelsJSON"]):
                labels.append(panel["title"])
            controls = json.loads(one["attributes"]["controlGroupInput"]["panelsJSON"])
            labels += [control["explicitInput"]["title"] for control in controls.values()]
    for label in labels:
        english, slash, german = label.partition(" / ")
        assert english and slash and german, label


def test_what_is_of_no_use_to_readers_is_not_fetched_and_the_rest_is() -> None:
    def hidden(field: str) -> bool:
        return any(fnmatch.fnmatchcase(field, pattern) for pattern in data_views.ARTICLE_HIDDEN)

    for field in ("entities", "provenance.feed", "provenance.sha256", "standing", "text.de"):
        assert field in FIELDS and hidden(field), field
    assert not any(hidden(field) for field in data_views.ARTICLE_LABELS)


def test_the_default_view_of_kibana_is_one_of_them() -> None:
    settings = yaml.safe_load((ROOT / "deploy" / "kibana.yml").read_text(encoding="utf-8"))
    overrides = settings["uiSettings.overrides"]
    assert BY_ID[overrides["defaultIndex"]]["type"] == "index-pattern"
    for name in ("query:queryString:options", "timepicker:timeDefaults"):
        assert isinstance(json.loads(overrides[name]), dict)
    # What the check runs is what that Kibana sends.
    assert json.loads(overrides["query:queryString:options"]) == lucene.OPTIONS


def test_ticker_is_by_time_and_research_by_score() -> None:
    ticker, research = BY_ID[searches.TICKER], BY_ID[searches.RESEARCH]
    assert ticker["attributes"]["sort"] == [["@timestamp", "desc"]]
    assert research["attributes"]["sort"] == [["_score", "desc"], ["@timestamp", "desc"]]
    columns = ["urgency", "provider", "service", "update_kind", "title", "dateline.city"]
    assert ticker["attributes"]["columns"] == research["attributes"]["columns"] == columns


def test_kills_are_looked_for_where_they_are() -> None:
    """The aliases of articles hide withdrawn ones, so a dashboard about them asks the ledger."""
    dashboard = BY_ID[dashboards.CORRECTIONS]
    for reference in dashboard["references"]:
        if reference["type"] == "index-pattern":
            assert reference["id"] == data_views.LEDGER


def test_agencies_are_no_top_organisations() -> None:
    for identifier in (dashboards.NEWSROOM, dashboards.ENTITIES):
        for panel in json.loads(BY_ID[identifier]["attributes"]["panelsJSON"]):
            if panel["panelIndex"] in ("organisations", "with-organisations"):
                states = panel["embeddableConfig"]["attributes"]["state"]["datasourceStates"]
                group = states["formBased"]["layers"]["layer"]["columns"]["group"]
                assert {"Reuters", "AFP", "dpa"} <= set(group["params"]["exclude"])


def test_the_documentation_has_every_recipe() -> None:
    text = (ROOT / "docs" / "kibana.md").read_text(encoding="utf-8")
    assert len(RECIPES) == 12
    for recipe in RECIPES:
        for told in (recipe.question, recipe.frage, f"`{recipe.lucene}`", f"`{recipe.kql}`"):
            assert told in text, told


def test_multi_fields_and_what_is_only_kept_are_known() -> None:
    assert FIELDS["person.name"] == "text"
    assert FIELDS["person.name.keyword"] == "keyword"
    assert FIELDS["dateline.location"] == "geo_point"
    assert FIELDS["entities"] == "object"
    assert "person" not in FIELDS


# --- each rule, broken -------------------------------------------------------------------------


Change = Callable[[Any], Any]


def broken(identifier: str, change: Change) -> list[Problem]:
    """Problems of all that ships, with one object changed in place."""
    changed = copy.deepcopy(OBJECTS)
    change(next(one for one in changed if one["id"] == identifier))
    return problems("\n".join(json.dumps(one) for one in changed), INDICES)


def attribute(name: str, value: Any) -> Change:
    """None takes it away."""

    def change(one: dict[str, Any]) -> None:
        if value is None:
            del one["attributes"][name]
        else:
            one["attributes"][name] = value

    return change


def key(name: str, value: Any) -> Change:
    def change(one: dict[str, Any]) -> None:
        if value is None:
            del one[name]
        else:
            one[name] = value

    return change


def inside(name: str, alter: Change) -> Change:
    """Change what an attribute holds as JSON."""

    def change(one: dict[str, Any]) -> None:
        value = json.loads(one["attributes"][name])
        alter(value)
        one["attributes"][name] = json.dumps(value)

    return change


def source(**changes: Any) -> Change:
    def change(one: dict[str, Any]) -> None:
        meta = one["attributes"]["kibanaSavedObjectMeta"]
        meta["searchSourceJSON"] = json.dumps({**json.loads(meta["searchSourceJSON"]), **changes})

    return change


def panel(name: str, alter: Change) -> Change:
    return inside(
        "panelsJSON", lambda panels: alter(next(p for p in panels if p["panelIndex"] == name))
    )


def chart(name: str, alter: Change) -> Change:
    return panel(name, lambda one: alter(one["embeddableConfig"]["attributes"]))


def layer(name: str, alter: Change) -> Change:
    return chart(
        name, lambda one: alter(one["state"]["datasourceStates"]["formBased"]["layers"]["layer"])
    )


def column(name: str, of: str, **changes: Any) -> Change:
    return layer(name, lambda one: one["columns"][of].update(changes))


def control(name: str, alter: Change) -> Change:
    def change(one: dict[str, Any]) -> None:
        group = one["attributes"]["controlGroupInput"]
        controls = json.loads(group["panelsJSON"])
        alter(controls[name])
        group["panelsJSON"] = json.dumps(controls)

    return change


def map_layer(alter: Change) -> Change:
    return inside("layerListJSON", lambda layers: alter(layers[0]))


VIEW, TICKER, NEWS = data_views.ARTICLES, searches.TICKER, dashboards.NEWSROOM
FEEDS, MAP = dashboards.FEEDS, maps.DATELINES
UNTITLED = '{"titel":{"customLabel":"x"}}'
TWICE = '{"title":{"customLabel":"x"},"uri":{"customLabel":"x"}}'
LONG = json.dumps({"title": {"customDescription": "x" * 301}})
NOWHERE = {"type": "search", "id": "x", "name": "n"}

#: object, what is done to it, and then: rule, part of where, part of what is found
BROKEN: list[tuple[str, Change, str, str, str]] = [
    # The envelope, of every type.
    (VIEW, key("references", None), "envelope", "references", "nothing"),
    (VIEW, key("updated_at", "now"), "envelope", "updated_at", "a key of one Kibana's own"),
    (VIEW, key("id", ""), "envelope", "id", "''"),
    (VIEW, key("attributes", []), "envelope", "attributes", "others"),
    (VIEW, key("type", "canvas-workpad"), "type", "line 1", "'canvas-workpad'"),
    (VIEW, key("typeMigrationVersion", "10.1.0"), "version", "typeMigrationVersion", "10.1.0"),
    (VIEW, key("coreMigrationVersion", "9.0.0"), "version", "coreMigrationVersion", "9.0.0"),
    (VIEW, key("coreMigrationVersion", "8"), "version", "coreMigrationVersion", "8"),
    (NEWS, key("typeMigrationVersion", "10.3.0"), "version", "typeMigrationVersion", "10.3.0"),
    (VIEW, key("references", [NOWHERE]), "reference", "references: n", "search:x"),
    (VIEW, key("references", [{**NOWHERE, "name": ""}]), "reference", "search:x", "nothing"),
    (VIEW, key("references", ["x"]), "shape", "references[0]", "'x'"),
    (NEWS, attribute("panelsJSON", '["x"]'), "shape", "panelsJSON: [0]", "'x'"),
    # Data views.
    (VIEW, attribute("title", "articels"), "index", "title", "articels"),
    (VIEW, attribute("timeFieldName", "versioncreatd"), "field", "timeFieldName", "versioncreatd"),
    (VIEW, attribute("timeFieldName", "title"), "field type", "timeFieldName", "title (text)"),
    (VIEW, attribute("name", ""), "attribute", "name", "nothing"),
    (VIEW, attribute("colour", "red"), "attribute", "colour", "an unknown attribute"),
    (VIEW, attribute("fieldFormatMap", {}), "attribute", "fieldFormatMap", "{}"),
    (VIEW, attribute("fieldAttrs", UNTITLED), "field", "fieldAttrs", "'titel'"),
    (VIEW, attribute("fieldAttrs", '{"title":{"label":"x"}}'), "attribute", "title", "label"),
    (VIEW, attribute("fieldAttrs", TWICE), "label", "fieldAttrs: uri", "the label of title"),
    (VIEW, attribute("fieldAttrs", LONG), "label", "fieldAttrs: title", "a long description"),
    (VIEW, attribute("fieldAttrs", "{"), "json", "fieldAttrs", "Expecting"),
    (VIEW, attribute("fields", "{}"), "json", "fields", "{}"),
    (VIEW, attribute("fieldFormatMap", '{"words":{}}'), "field", "fieldFormatMap", "'words'"),
    (VIEW, attribute("sourceFilters", '[{"value":"entites*"}]'), "field", "source", "entites*"),
    (VIEW, attribute("sourceFilters", '["entities*"]'), "shape", "sourceFilters", "entities*"),
    # Saved searches.
    (TICKER, attribute("title", None), "attribute", "title", "nothing"),
    (TICKER, attribute("tabs", []), "attribute", "tabs", "an unknown attribute"),
    (TICKER, attribute("columns", ["titel"]), "field", "columns", "'titel'"),
    (TICKER, attribute("sort", [["title", "desc"]]), "field type", "sort", "title (text)"),
    (TICKER, attribute("sort", [["urgency", "down"]]), "column", "sort", "['urgency', 'down']"),
    (TICKER, attribute("kibanaSavedObjectMeta", {}), "json", "searchSourceJSON", "nothing"),
    (TICKER, source(indexRefName="index"), "reference", "indexRefName", "the name 'index'"),
    (TICKER, source(filter={}), "shape", "filter", "{}"),
    (TICKER, source(query="fire"), "shape", "query", "fire"),
    (TICKER, source(query={"query": "x", "language": "sql"}), "query", "query", "'sql'"),
    (TICKER, source(query={"query": "titel:x", "language": "lucene"}), "field", "query", "'titel'"),
    (TICKER, source(query={"query": "titel: x", "language": "kuery"}), "field", "query", "'titel'"),
    (TICKER, source(query={"query": "(x", "language": "kuery"}), "query", "query", "(x"),
    # Dashboards: panels and where they lie.
    (NEWS, attribute("panelsJSON", "[{]"), "json", "panelsJSON", "Expecting"),
    (NEWS, attribute("optionsJSON", "x"), "json", "optionsJSON", "Expecting"),
    (NEWS, attribute("tags", []), "attribute", "tags", "an unknown attribute"),
    (NEWS, attribute("timeFrom", None), "attribute", "timeFrom", "nothing"),
    (NEWS, source(query={"query": "x:y", "language": "lucene"}), "field", "query", "'x'"),
    (
        NEWS,
        panel("ticker", lambda one: one.update(panelIndex="people")),
        "panel",
        "panel people",
        "its panelIndex twice",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one["gridData"].update(i="x")),
        "grid",
        "panel ticker",
        "gridData.i 'x'",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one["gridData"].update(x=1)),
        "grid",
        "panel ticker",
        "1+48",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one["gridData"].update(y=20)),
        "grid",
        "panel ticker",
        "it lies over ",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one["gridData"].pop("w")),
        "shape",
        "panel ticker: gridData.w",
        "nothing",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one.update(panelRefName="panel_x")),
        "reference",
        "panel ticker: panelRefName",
        "ticker:panel_x",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one.update(type="map")),
        "reference",
        "panel ticker: panelRefName",
        "ticker:panel_ticker",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one.update(type="visualization")),
        "panel",
        "panel ticker",
        "type 'visualization'",
    ),
    (
        NEWS,
        panel("people", lambda one: one["embeddableConfig"].clear()),
        "panel",
        "panel people",
        "no panelRefName",
    ),
    (
        NEWS,
        lambda one: one["references"].append({**NOWHERE, "type": "search", "id": TICKER}),
        "reference",
        "references",
        "n",
    ),
    (
        NEWS,
        chart("people", lambda one: one["references"][0].update(id=data_views.LEDGER)),
        "reference",
        "panel people",
        "dateline-articles",
    ),
    # Charts.
    (
        NEWS,
        chart("people", lambda one: one.update(visualizationType="lnsCake")),
        "panel",
        "panel people: visualizationType",
        "lnsCake",
    ),
    (
        NEWS,
        chart("people", lambda one: one["state"].pop("visualization")),
        "shape",
        "panel people: state.visualization",
        "nothing",
    ),
    (
        NEWS,
        chart("people", lambda one: one.update(references=[])),
        "reference",
        "panel people: layer layer",
        "indexpattern-datasource-layer-layer",
    ),
    (
        NEWS,
        chart("people", lambda one: one["state"]["query"].update(query="persn:x")),
        "field",
        "panel people: query",
        "'persn'",
    ),
    (
        NEWS,
        chart(
            "people", lambda one: one["state"]["visualization"]["layers"][0].update(xAccessor="x")
        ),
        "column",
        "panel people: visualization",
        "x",
    ),
    (
        NEWS,
        chart("people", lambda one: one["state"]["visualization"]["layers"][0].pop("xAccessor")),
        "column",
        "panel people: group",
        "a column that is not drawn",
    ),
    (
        NEWS,
        chart("people", lambda one: one["state"]["visualization"]["layers"][0].update(layerId="l")),
        "column",
        "panel people: visualization",
        "l",
    ),
    (
        NEWS,
        layer("people", lambda one: one["columnOrder"].pop()),
        "column",
        "panel people: layer layer: columnOrder",
        "['group']",
    ),
    (
        NEWS,
        layer("people", lambda one: one["columnOrder"].reverse()),
        "column",
        "panel people: layer layer: columnOrder",
        "['number', 'group']",
    ),
    (
        NEWS,
        column("people", "group", sourceField="person.name"),
        "field type",
        "panel people: layer layer: group",
        "person.name (text)",
    ),
    (
        NEWS,
        column("people", "group", sourceField="person.nam"),
        "field",
        "panel people: layer layer: group",
        "'person.nam'",
    ),
    (
        NEWS,
        column("by-provider", "time", sourceField="provider"),
        "field type",
        "by-provider: layer layer: time",
        "provider (keyword)",
    ),
    (
        NEWS,
        column("people", "number", sourceField="titel"),
        "field",
        "panel people: layer layer: number",
        "'titel'",
    ),
    (
        NEWS,
        column("people", "number", operationType="sum_of_it"),
        "column",
        "panel people: layer layer: number",
        "sum_of_it",
    ),
    (
        NEWS,
        column("people", "number", isBucketed=True),
        "column",
        "panel people: layer layer: number",
        "True",
    ),
    (
        NEWS,
        column("people", "number", label=""),
        "label",
        "panel people: layer layer: number",
        "no label",
    ),
    (
        NEWS,
        column("urgent", "number", filter={"query": "urgncy:1", "language": "lucene"}),
        "field",
        "panel urgent: layer layer: number: filter",
        "'urgncy'",
    ),
    (
        NEWS,
        layer(
            "people", lambda one: one["columns"]["group"]["params"]["orderBy"].update(columnId="x")
        ),
        "column",
        "panel people: layer layer: group: orderBy",
        "x",
    ),
    (
        NEWS,
        layer("people", lambda one: one["columns"]["group"]["params"].update(size=0)),
        "shape",
        "panel people: layer layer: group: params.size",
        "0",
    ),
    (
        FEEDS,
        column("silent-feeds", "last", sourceField="feed"),
        "field type",
        "silent-feeds: layer layer: last",
        "feed (keyword)",
    ),
    (
        FEEDS,
        column("silent-feeds", "last", operationType="last_value", params={"sortField": "feed"}),
        "field type",
        "silent-feeds: layer layer: last: sortField",
        "feed (keyword)",
    ),
    # What Kibana calls things, and the forms of its parts.
    (NEWS, attribute("timeFrom", "nosuch"), "attribute", "timeFrom", "'nosuch'"),
    (NEWS, attribute("timeTo", "2026-13-45"), "attribute", "timeTo", "'2026-13-45'"),
    (NEWS, attribute("timeTo", 5), "attribute", "timeTo", "5"),
    (NEWS, attribute("refreshInterval", {"pause": True}), "attribute", "value", "nothing"),
    (
        NEWS,
        attribute("refreshInterval", {"pause": True, "value": -1}),
        "attribute",
        "refreshInterval: value",
        "-1",
    ),
    (NEWS, inside("optionsJSON", lambda one: one.update(useMargins="yes")), "shape", "use", "yes"),
    (
        NEWS,
        lambda one: one["attributes"]["controlGroupInput"].update(controlStyle="nosuch"),
        "attribute",
        "controlGroupInput: controlStyle",
        "'nosuch'",
    ),
    (
        NEWS,
        lambda one: one["attributes"]["controlGroupInput"].update(chainingSystem="nosuch"),
        "attribute",
        "controlGroupInput: chainingSystem",
        "'nosuch'",
    ),
    (
        NEWS,
        control("language", lambda one: one.update(type="nosuch")),
        "panel",
        "control",
        "nosuch",
    ),
    (NEWS, control("language", lambda one: one.update(width="wide")), "shape", "width", "'wide'"),
    (
        NEWS,
        panel("ticker", lambda one: one.pop("panelRefName")),
        "panel",
        "panel ticker",
        "type 'search', no panelRefName",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one.pop("embeddableConfig")),
        "shape",
        "panel ticker: embeddableConfig",
        "nothing",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one["gridData"].update(w=1.5)),
        "shape",
        "panel ticker: gridData.w",
        "1.5",
    ),
    (
        NEWS,
        panel("ticker", lambda one: one["gridData"].update(y=-1)),
        "shape",
        "panel ticker: gridData.y",
        "-1",
    ),
    (
        NEWS,
        chart("people", lambda one: one.update(type="nosuch")),
        "shape",
        "panel people: type",
        "'nosuch'",
    ),
    (
        NEWS,
        chart("people", lambda one: one["state"].update(filters="nosuch")),
        "shape",
        "panel people: state.filters",
        "'nosuch'",
    ),
    (
        NEWS,
        chart(
            "people",
            lambda one: one["state"].update(filters=[{"meta": {"type": "phrase", "key": "persn"}}]),
        ),
        "field",
        "panel people: filters[0].meta.key",
        "'persn'",
    ),
    (
        NEWS,
        chart(
            "people",
            lambda one: one["state"]["visualization"]["layers"][0].update(seriesType="nosuch"),
        ),
        "shape",
        "panel people: visualization: layers[0].seriesType",
        "'nosuch'",
    ),
    (
        NEWS,
        chart(
            "people",
            lambda one: one["state"]["visualization"]["layers"][0].update(layerType="nosuch"),
        ),
        "shape",
        "panel people: visualization: layers[0].layerType",
        "'nosuch'",
    ),
    (
        NEWS,
        chart(
            "people",
            lambda one: (
                one.update(visualizationType="lnsPie"),
                one["state"]["visualization"].update(shape="nosuch"),
            ),
        ),
        "shape",
        "panel people: visualization: shape",
        "'nosuch'",
    ),
    (
        NEWS,
        column("people", "number", dataType="nosuch"),
        "shape",
        "panel people: layer layer: number: dataType",
        "'nosuch'",
    ),
    (
        NEWS,
        column("people", "number", isBucketed="no"),
        "shape",
        "panel people: layer layer: number: isBucketed",
        "'no'",
    ),
    (
        NEWS,
        layer("people", lambda one: one["columns"]["group"].pop("sourceField")),
        "shape",
        "panel people: layer layer: group: sourceField",
        "nothing",
    ),
    (
        NEWS,
        column("people", "number", params={"format": {"id": "nosuch"}}),
        "shape",
        "panel people: layer layer: number: params.format.id",
        "'nosuch'",
    ),
    (
        NEWS,
        layer("people", lambda one: one["columns"]["group"]["params"].update(orderDirection="up")),
        "shape",
        "panel people: layer layer: group: params.orderDirection",
        "'up'",
    ),
    (
        NEWS,
        layer("people", lambda one: one["columns"]["group"]["params"]["orderBy"].update(type="x")),
        "shape",
        "panel people: layer layer: group: params.orderBy.type",
        "'x'",
    ),
    (
        NEWS,
        column("urgent", "number", filter={"query": "a", "language": "nosuch"}),
        "query",
        "panel urgent: layer layer: number: filter",
        "'nosuch'",
    ),
    (
        NEWS,
        column("urgent", "number", filter={"query": "title:(fire", "language": "lucene"}),
        "query",
        "panel urgent: layer layer: number: filter",
        "its end in 'title:(fire'",
    ),
    (
        NEWS,
        column("urgent", "number", filter={"query": "title: (fire", "language": "kuery"}),
        "query",
        "panel urgent: layer layer: number: filter",
        "'title: (fire'",
    ),
    (TICKER, attribute("columns", ["title", 5]), "attribute", "columns: [1]", "5"),
    (TICKER, attribute("viewMode", "nosuch"), "attribute", "viewMode", "'nosuch'"),
    (TICKER, attribute("breakdownField", "providr"), "field", "breakdownField", "'providr'"),
    (VIEW, attribute("fieldAttrs", '{"title":{"customLabel":5}}'), "shape", "customLabel", "5"),
    (VIEW, attribute("fieldFormatMap", '{"title":{"id":"nosuch"}}'), "shape", "id", "'nosuch'"),
    (VIEW, attribute("runtimeFieldMap", '{"x":{"type":"nosuch"}}'), "shape", "x.type", "'nosuch'"),
    (
        MAP,
        map_layer(lambda one: one.update(type="nosuch")),
        "shape",
        "layer datelines: type",
        "'no",
    ),
    (
        MAP,
        map_layer(lambda one: one.update(type="RASTER_TILE")),
        "panel",
        "datelines: type",
        "RAST",
    ),
    (MAP, map_layer(lambda one: one.update(maxZoom=25)), "shape", "datelines: maxZoom", "25"),
    (MAP, map_layer(lambda one: one.update(minZoom=9, maxZoom=8)), "shape", "minZoom", "9"),
    (MAP, inside("mapStateJSON", lambda one: one.update(zoom=25)), "shape", "zoom", "25"),
    (MAP, inside("mapStateJSON", lambda one: one["center"].update(lat=91)), "shape", "lat", "91"),
    (
        MAP,
        map_layer(lambda one: one["sourceDescriptor"].update(type="ES_SEARCH", scalingType="x")),
        "shape",
        "layer datelines: sourceDescriptor: scalingType",
        "'x'",
    ),
    # Controls.
    (
        NEWS,
        control("language", lambda one: one["explicitInput"].update(fieldName="title")),
        "field type",
        "control language",
        "title (text)",
    ),
    (
        NEWS,
        control("language", lambda one: one["explicitInput"].update(id="x")),
        "panel",
        "control language",
        "optionsListControl x",
    ),
    (
        NEWS,
        lambda one: one["attributes"]["controlGroupInput"].update(panelsJSON="{"),
        "json",
        "controlGroupInput.panelsJSON",
        "Expecting",
    ),
    (
        NEWS,
        lambda one: one["attributes"]["controlGroupInput"].update(ignoreParentSettingsJSON="["),
        "json",
        "controlGroupInput.ignoreParentSettingsJSON",
        "Expecting",
    ),
    (
        NEWS,
        lambda one: one["attributes"]["controlGroupInput"].update(colour="red"),
        "attribute",
        "controlGroupInput.colour",
        "unknown",
    ),
    (
        NEWS,
        lambda one: one["references"].pop(),
        "reference",
        "control language",
        "controlGroup_language:optionsListDataView",
    ),
    # Maps.
    (MAP, attribute("mapStateJSON", "{"), "json", "mapStateJSON", "Expecting"),
    (MAP, attribute("layerListJSON", "[]"), "panel", "layerListJSON", "no layer"),
    (MAP, attribute("bounds", {}), "attribute", "bounds", "an unknown attribute"),
    (
        MAP,
        map_layer(lambda one: one["sourceDescriptor"].update(type="EMS_TMS")),
        "service",
        "layer datelines: sourceDescriptor",
        "EMS_TMS",
    ),
    (
        MAP,
        map_layer(lambda one: one["sourceDescriptor"].update(geoField="dateline.city")),
        "field type",
        "layer datelines: geoField",
        "dateline.city (text)",
    ),
    (
        MAP,
        map_layer(lambda one: one["sourceDescriptor"].update(indexPatternRefName="x")),
        "reference",
        "layer datelines: indexPatternRefName",
        "the name 'x'",
    ),
    (
        MAP,
        map_layer(
            lambda one: one["sourceDescriptor"].update(
                metrics=[{"type": "terms", "field": "dateline.city"}]
            )
        ),
        "field type",
        "layer datelines: metrics",
        "dateline.city (text)",
    ),
    (
        MAP,
        map_layer(lambda one: one["sourceDescriptor"].update(metrics=[{"type": "sum"}])),
        "column",
        "layer datelines: metrics",
        "sum",
    ),
    (
        MAP,
        map_layer(
            lambda one: one["style"]["properties"]["iconSize"]["options"]["field"].update(name="x")
        ),
        "column",
        "layer datelines: iconSize",
        "x",
    ),
    (
        MAP,
        map_layer(lambda one: one.update(query={"query": "x:1", "language": "lucene"})),
        "field",
        "layer datelines: query",
        "'x'",
    ),
]


@pytest.mark.parametrize(("identifier", "change", "rule", "at", "found"), BROKEN)
def test_each_rule_can_be_broken(
    identifier: str, change: Change, rule: str, at: str, found: str
) -> None:
    named = broken(identifier, change)
    matching = [one for one in named if one.rule == rule and at in one.at and found in one.found]
    assert matching, "\n".join(map(str, named)) or "no problem"
    assert all(one.object and one.expected for one in named)


SEARCHED = {"type": "ES_SEARCH", "scalingType": "MVT", "tooltipProperties": ["title", "_id"]}
PHRASE = {"meta": {"alias": None, "type": "phrase", "key": "provider", "params": {"query": "dpa"}}}
NOTES = {"layerId": "notes", "layerType": "annotations", "annotations": []}
SLICES = {"primaryGroups": ["group"], "metrics": ["number"]}
PIE = {"shape": "donut", "layers": [{"layerId": "layer", "layerType": "data", **SLICES}]}


@pytest.mark.parametrize(
    ("identifier", "change"),
    [
        *(
            (NEWS, attribute("timeFrom", time))
            for time in ("now", "now/d", "now-7d/d", "now+1M", "2026-01-31T10:00:00.000Z", "2026")
        ),
        (NEWS, attribute("refreshInterval", {"pause": True, "value": 0, "new": 1})),
        (NEWS, inside("optionsJSON", lambda one: one.update(newer="x"))),
        (NEWS, panel("ticker", lambda one: one["embeddableConfig"].update(newer="x"))),
        (NEWS, chart("people", lambda one: one["state"].update(filters=[PHRASE]))),
        (NEWS, chart("people", lambda one: one["state"]["visualization"]["layers"].append(NOTES))),
        (
            NEWS,
            chart(
                "people",
                lambda one: (
                    one.update(visualizationType="lnsPie"),
                    one["state"].update(visualization=PIE),
                ),
            ),
        ),
        (NEWS, column("people", "number", params=None, newer="x")),
        (NEWS, column("people", "number", sourceField="provider")),
        (NEWS, column("people", "number", params={"format": {"id": "bits", "params": {}}})),
        (TICKER, attribute("columns", ["_id", "title"])),
        (TICKER, source(query={"query": "_index:x* AND (a OR -b)", "language": "lucene"})),
        (MAP, map_layer(lambda one: one["sourceDescriptor"].update(SEARCHED))),
        (
            MAP,
            inside("layerListJSON", lambda one: one.append({"id": "g", "type": "LAYER_GROUP"})),
        ),
        (MAP, map_layer(lambda one: one.update(query=None, newer="x"))),
    ],
)
def test_what_kibana_saves_is_no_problem(identifier: str, change: Change) -> None:
    """Values that ours do not have, and keys that newer versions add."""
    assert broken(identifier, change) == []


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, "[" * 900 + "]" * 900, '{"x":NaN}', '{"x":' + "9" * 5000 + "}", '"\\ud800"'],
)
def test_json_that_nobody_would_write_is_a_problem_that_can_be_told(text: str) -> None:
    for identifier, name in ((NEWS, "panelsJSON"), (MAP, "mapStateJSON"), (VIEW, "fieldAttrs")):
        found = broken(identifier, attribute(name, text))
        assert found and msgspec.json.encode(found)
        assert all(len(problem.found) <= 500 for problem in found)
    assert problems(text, INDICES)


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("kuery", "altids.link: x"), ("kuery", "altids.a.b > 1"), ("kuery", "altids.link: *"),
        ("kuery", "person: *"), ("lucene", "altids.link:x"), ("lucene", "_exists_:altids.link"),
        ("lucene", "_exists_:person"), ('lucene', '_exists_:"person"'),
        ("lucene", "_exists_:dateline"), ("lucene", "_exists_:_id"),
    ],
)  # fmt: skip
def test_a_query_may_ask_for_a_key_of_a_field_and_whether_there_is_an_object(
    language: str, query: str
) -> None:
    assert broken(TICKER, source(query={"query": query, "language": language})) == []


@pytest.mark.parametrize(
    ("language", "query"),
    [
        ("kuery", "person: x"), ("kuery", 'person: "*"'), ("kuery", "person: (* or x)"),
        ("kuery", "person.nam: *"), ("kuery", "perso: *"), ("kuery", "title.link: x"),
        ("lucene", "person:x"), ("lucene", "_exists_:perso"), ("lucene", "_exists_:title.link"),
        ("lucene", "altids.:x"), ("lucene", "_exists_:person person:x"),
    ],
)  # fmt: skip
def test_an_object_has_no_value_and_other_fields_have_no_keys(language: str, query: str) -> None:
    found = broken(TICKER, source(query={"query": query, "language": language}))
    assert [one.rule for one in found] == ["field"]


def filtered(query: Any, kind: str = "phrase", key: str = "provider") -> list[Problem]:
    """Problems of a list and a chart with such a filter, which are the same."""
    filters = [{"meta": {"type": kind, "key": key}, "query": query}]
    found = broken(TICKER, source(filter=filters))
    chart_s = broken(NEWS, chart("people", lambda one: one["state"].update(filters=filters)))
    assert [one.rule for one in chart_s] == [one.rule for one in found]
    return found


@pytest.mark.parametrize(
    ("query", "kind", "key"),
    [
        ({"match_phrase": {"provider": "dpa"}}, "phrase", "provider"),
        ({"term": {"altids.link": {"value": "x"}}}, "phrase", "altids.link"),
        ({"terms": {"provider": ["dpa"], "boost": 1}}, "phrases", "provider"),
        (
            {"bool": {"should": [{"match_phrase": {"provider": "a"}}], "minimum_should_match": 1}},
            "phrases",
            "provider",
        ),
        ({"range": {"urgency": {"gte": 1}}}, "range", "urgency"),
        ({"exists": {"field": "person"}}, "exists", "person"),
        ({"bool": {"must_not": {"match": {"title": "x"}}}}, "custom", "query"),
        ({"span_term": {"title": "x"}}, "custom", "query"),
        ({"match_all": {}}, "custom", "query"),
    ],
)
def test_a_filter_s_query_may_be_any_that_elasticsearch_has(
    query: Any, kind: str, key: str
) -> None:
    assert filtered(query, kind, key) == []


@pytest.mark.parametrize(
    ("query", "rule", "found"),
    [
        ({"match_frase": {"provider": "dpa"}}, "query", "match_frase"),
        ({"bool": {"filter": [{"macth": {"title": "x"}}]}}, "query", "macth"),
        ({"match_phrase": {"provdier": "dpa"}}, "field", "'provdier'"),
        ({"bool": {"should": [{"term": {"provdier": "dpa"}}]}}, "field", "'provdier'"),
        ({"exists": {"field": "provdier"}}, "field", "'provdier'"),
        ({"match_phrase": {"person": "x"}}, "field", "'person'"),
        ({"match_phrase": {"urgency": 1}}, "field", "'urgency'"),
        ({"match_phrase": "dpa"}, "query", "dpa"),
        ({"bool": {"must": ["dpa"]}}, "query", "dpa"),
    ],
)
def test_a_filter_asks_for_its_field_with_a_query_that_there_is(
    query: Any, rule: str, found: str
) -> None:
    told = filtered(query)
    assert [one.rule for one in told] == [rule]
    assert found in told[0].found and "[0].query" in told[0].at


@pytest.mark.parametrize("language", ["lucene", "kuery"])
def test_a_query_that_nests_deep_is_a_problem(language: str) -> None:
    deep = {"query": "(" * 50_000, "language": language}
    assert [one.rule for one in broken(TICKER, source(query=deep))] == ["query"]


@pytest.mark.parametrize(
    "query",
    [
        "title:(fire", "title:fire)", '"open', "a AND", "AND a", "a OR OR b", "a AND NOT",
        "NOT NOT a", "title:", "a:b:c", "priority:-5", "title:NOT x", "x^", "[1 TO 5", "n:[1 5]",
        "a/b", "()", "a\\", "{", "^2",
    ],
)  # fmt: skip
def test_what_lucene_cannot_read_is_told_without_asking_it(query: str) -> None:
    """Each was asked of an Elasticsearch 9.5, and so were those below."""
    assert lucene.fault(query)


@pytest.mark.parametrize(
    "query",
    [
        "", "  ", "title:fire", "(a OR b) AND NOT c", "a -b +c !d", "a && b || c", "- a", "a - b",
        "a-b", 'title:"x y"~2', "x~ y~1 z^2", "n:[1 TO 5}", "n:[* TO 5]", "n:>=5", "n:(>1 AND <5)",
        "d:[now-1d TO now]", 'd:["2020-01-01" TO "2020-02-01"]', "/a.*/", "f:/x/", "*", "*:*",
        "f:*", "(a)^2", "a\\:b", "a\\/b", '"10:30"', "10:30", "and", "ANDa", "&&a", "a? b*",
        "f : a", "a\nb", "http://x",
    ],
)  # fmt: skip
def test_what_lucene_reads_is_not_refused(query: str) -> None:
    assert lucene.fault(query) is None


def test_every_query_that_ships_can_be_read() -> None:
    for recipe in RECIPES:
        assert lucene.fault(recipe.lucene) is None


def test_lines_that_are_no_objects_and_ids_that_come_twice() -> None:
    line = build.content().splitlines()[0]

    def rules(text: str) -> list[tuple[str, str]]:
        return [(one.object, one.rule) for one in problems(text, INDICES)]

    assert rules(f"{line}\n{line}\n") == [("index-pattern:dateline-articles", "unique")]
    assert rules(f"{line}\n{{\n") == [("line 2", "json")]
    assert rules(f"{line}\n[]\n") == [("line 2", "json")]
    assert rules("\n") == [("file", "envelope")]
    assert rules(f"\ufeff{line}\n") == [("line 1", "json")]
    # As Kibana's own exports end.
    assert rules(f'{line}\n\n{{"exportedCount":1}}\n') == []


@pytest.mark.parametrize("key", ["attributes", "id", "type", "references"])
@pytest.mark.parametrize("value", ["nosuch", 5, None, ["a"], {"a": 1}])
def test_whatever_stands_in_an_object_s_parts_is_a_problem_and_no_crash(
    key: str, value: Any
) -> None:
    for one in OBJECTS:
        others = [json.dumps(other) for other in OBJECTS if other is not one]
        found = problems("\n".join([*others, json.dumps({**one, key: value})]), INDICES)
        # A name that nothing refers to is as good as another.
        assert found or (key == "id" and isinstance(value, str))


def test_the_fields_that_a_query_names() -> None:
    assert lucene.names('title:fire AND person.name:"a: b" @timestamp:[now-1d TO now]') == {
        "title",
        "person.name",
        "@timestamp",
    }
    assert lucene.names("_exists_:embargoed (urgency:1 OR x\\:y)") == {"urgency"}
    assert lucene.existing('_exists_:embargoed _exists_:"a.b" urgency:1') == {"embargoed", "a.b"}
    assert lucene.names('"at 10:30" OR fire') == set()
    assert lucene.names('/a:b/ _exists_:"dateline.city" title:10:30 text.\\*:x text.*:y') == {
        "title",
    }


@pytest.mark.parametrize("piece", ["[", "[a TO ", "{", "(", "/", '"', "a: ", " ", "x^"])
def test_a_long_query_in_a_file_is_read_as_fast_as_it_is_long(piece: str) -> None:
    """Were the rest looked at again for each of these, nobody would wait for the end."""
    query = (piece + "a" * 500 + " ") * 10_000
    assert isinstance(lucene.names(query), set)
    assert len(lucene.fault(query) or "") < 100
    with contextlib.suppress(kql.UnreadableKql, RecursionError):
        kql.names(query)


@pytest.mark.parametrize("piece", ["a-", "a.", "-", "\\", '\\"', "\\/"])
def test_so_is_a_long_word_in_a_file(piece: str) -> None:
    assert lucene.names(piece * 200_000) == set()
    assert len(lucene.fault(piece * 200_000) or "") < 100
