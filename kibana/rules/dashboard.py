"""Dashboards: panels, where they lie, what they refer to, controls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kibana.rules import lens
from kibana.rules.problem import Fields, Found, One, Problem

#: of the oldest schema, which refuses others
_ATTRIBUTES: dict[str, type] = {
    "title": str,
    "description": str,
    "panelsJSON": str,
    "optionsJSON": str,
    "timeRestore": bool,
    "timeFrom": str,
    "timeTo": str,
    "refreshInterval": dict,
    "controlGroupInput": dict,
    "kibanaSavedObjectMeta": dict,
    "hits": int,
    "version": int,
}
_CONTROLS: dict[str, type] = {
    "panelsJSON": str,
    "controlStyle": str,
    "chainingSystem": str,
    "ignoreParentSettingsJSON": str,
}
#: what a panel may be; `visualization` and the like need rules of their own first
_BY_VALUE = ("lens",)
_BY_REFERENCE = ("search", "map")
_WIDTH = 48
_LISTED = ("keyword", "boolean", "long", "integer", "byte")


def check(one: One) -> Found:
    """Problems of one dashboard."""
    yield from one.known_attributes(
        _ATTRIBUTES, ("title", "panelsJSON", "optionsJSON", "kibanaSavedObjectMeta")
    )
    if one.attributes.get("timeRestore"):
        for name in ("timeFrom", "timeTo"):
            if not one.attributes.get(name):
                yield one.problem("attribute", name, "nothing", "a time, since timeRestore is on")
    for value in one.parsed("optionsJSON", one.attributes.get("optionsJSON"), dict):
        if isinstance(value, Problem):
            yield value
    used: set[str] = set()
    for panels in one.parsed("panelsJSON", one.attributes.get("panelsJSON"), list):
        if isinstance(panels, Problem):
            yield panels
            continue
        yield from _boxes(one, panels)
        for panel in panels:
            yield from _panel(one, panel, used)
    meta = one.attributes.get("kibanaSavedObjectMeta") or {}
    for value in one.search_source(meta.get("searchSourceJSON"), _all_fields(one)):
        if isinstance(value, Problem):
            yield value
    yield from _controls(one, used)
    for reference in one.references:
        if reference.get("name") not in used:
            yield one.problem(
                "reference", "references", f"{reference.get('name')}", "a name that a panel uses"
            )


def _all_fields(one: One) -> Fields:
    return {name: kind for fields in one.context.views.values() for name, kind in fields.items()}


def _boxes(one: One, panels: list[dict[str, Any]]) -> Found:
    taken: dict[tuple[int, int], str] = {}
    seen: set[str] = set()
    for panel in panels:
        name = str(panel.get("panelIndex"))
        at = f"panel {name}"
        if name in seen:
            yield one.problem("panel", at, "its panelIndex twice", "one of its own")
        seen.add(name)
        box = panel.get("gridData") or {}
        if box.get("i") != panel.get("panelIndex"):
            yield one.problem("grid", at, f"gridData.i {box.get('i')!r}", "the panelIndex")
        try:
            x, y, width, height = (int(box[key]) for key in "xywh")
        except (KeyError, TypeError, ValueError):
            yield one.problem("grid", at, box, "x, y, w, h as numbers")
            continue
        if x < 0 or y < 0 or width < 1 or height < 1 or x + width > _WIDTH:
            yield one.problem("grid", at, f"{x}+{width}", f"a place within {_WIDTH} columns")
            continue
        cells = [(column, row) for column in range(x, x + width) for row in range(y, y + height)]
        if over := {taken[cell] for cell in cells if cell in taken}:
            yield one.problem("grid", at, f"it lies over {', '.join(sorted(over))}", "a free place")
        taken.update(dict.fromkeys(cells, name))


def _panel(one: One, panel: Mapping[str, Any], used: set[str]) -> Found:
    name = str(panel.get("panelIndex"))
    at = f"panel {name}"
    kind = panel.get("type")
    if "panelRefName" in panel:
        full = f"{name}:{panel['panelRefName']}"
        used.add(full)
        if kind not in _BY_REFERENCE:
            yield one.problem("panel", at, f"type {kind!r}", " or ".join(_BY_REFERENCE))
        elif one.referred(full, str(kind)) is None:
            yield one.problem(
                "reference", f"{at}: panelRefName", full, f"the name of a reference to a {kind}"
            )
        return
    chart = (panel.get("embeddableConfig") or {}).get("attributes")
    if kind not in _BY_VALUE or not isinstance(chart, dict):
        yield one.problem(
            "panel",
            at,
            f"type {kind!r}, no panelRefName",
            "lens with attributes, or a panelRefName",
        )
        return
    own = chart.get("references") or []
    for reference in own:
        full = f"{name}:{reference.get('name')}"
        used.add(full)
        outer = one.referred(full, str(reference.get("type")))
        if outer is None or outer["id"] != reference.get("id"):
            yield one.problem(
                "reference", at, f"{full} is {outer and outer['id']}", f"{reference.get('id')}"
            )
    inner = One({"attributes": chart, "references": own}, one.context)
    inner.name = one.name
    yield from lens.check(inner, at, chart)


def _controls(one: One, used: set[str]) -> Found:
    group = one.attributes.get("controlGroupInput")
    if group is None:
        return
    for key in group:
        if key not in _CONTROLS:
            yield one.problem(
                "attribute", f"controlGroupInput.{key}", "unknown", ", ".join(_CONTROLS)
            )
    for value in one.parsed(
        "controlGroupInput.ignoreParentSettingsJSON",
        group.get("ignoreParentSettingsJSON", "{}"),
        dict,
    ):
        if isinstance(value, Problem):
            yield value
    for controls in one.parsed("controlGroupInput.panelsJSON", group.get("panelsJSON"), dict):
        if isinstance(controls, Problem):
            yield controls
            continue
        for name, control in controls.items():
            at = f"control {name}"
            given = control.get("explicitInput") or {}
            if control.get("type") != "optionsListControl" or given.get("id") != name:
                yield one.problem(
                    "panel", at, f"{control.get('type')} {given.get('id')}",
                    f"an optionsListControl with the id {name}",
                )  # fmt: skip
                continue
            full = f"controlGroup_{name}:optionsListDataView"
            used.add(full)
            for fields in one.view(at, full):
                if isinstance(fields, Problem):
                    yield fields
                else:
                    yield from one.field(at, given.get("fieldName"), fields, _LISTED)
