"""Dashboards: panels, where they lie, what they refer to, controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kibana.rules import lens, vocabulary
from kibana.rules.problem import Found, One, Problem
from kibana.rules.shape import Shape

#: of the oldest schema, which refuses others
_ATTRIBUTES: dict[str, Shape] = {
    "title": str,
    "description": str,
    "panelsJSON": str,
    "optionsJSON": str,
    "timeRestore": bool,
    "timeFrom": vocabulary.TIME,
    "timeTo": vocabulary.TIME,
    "refreshInterval": vocabulary.REFRESH,
    "controlGroupInput": vocabulary.CONTROL_GROUP,
    "kibanaSavedObjectMeta": dict,
    "hits": float,
    "version": float,
}
_CONTROLS = ("panelsJSON", "controlStyle", "chainingSystem", "ignoreParentSettingsJSON")
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
    for value in one.part("optionsJSON", vocabulary.OPTIONS):
        if isinstance(value, Problem):
            yield value
    used: set[str] = set()
    for panels in one.part("panelsJSON", [dict]):
        if isinstance(panels, Problem):
            used |= _prefixed(one, "")
            yield panels
            continue
        shaped = []
        for panel in panels:
            wrong = one.shaped(f"panel {panel.get('panelIndex')}", panel, vocabulary.PANEL)
            yield from wrong
            if wrong:
                used |= _prefixed(one, f"{panel.get('panelIndex')}:")
            else:
                shaped.append(panel)
        yield from _boxes(one, shaped)
        for panel in shaped:
            yield from _panel(one, panel, used)
    meta = one.attributes.get("kibanaSavedObjectMeta")
    if isinstance(meta, dict):
        source = meta.get("searchSourceJSON")
        for value in one.search_source(source, one.context.all_fields()):
            if isinstance(value, Problem):
                yield value
    yield from _controls(one, used)
    for reference in one.references:
        if reference["name"] not in used:
            yield one.problem("reference", "references", reference["name"], "a name that is used")


def _prefixed(one: One, prefix: str) -> set[str]:
    """The references of a part that cannot be looked into: whether it uses them is not known."""
    return {name for given in one.references if (name := given["name"]).startswith(prefix)}


def _boxes(one: One, panels: Sequence[Mapping[str, Any]]) -> Found:
    beside: list[tuple[str, Mapping[str, int]]] = []
    seen: set[str] = set()
    for panel in sorted(panels, key=lambda panel: panel["gridData"]["y"]):
        name, box = panel["panelIndex"], panel["gridData"]
        at = f"panel {name}"
        if name in seen:
            yield one.problem("panel", at, "its panelIndex twice", "one of its own")
        seen.add(name)
        if box["i"] != name:
            yield one.problem("grid", at, f"gridData.i {box['i']!r}", "the panelIndex")
        if box["x"] + box["w"] > _WIDTH:
            found = f"{box['x']}+{box['w']}"
            yield one.problem("grid", at, found, f"a place within {_WIDTH} columns")
        beside = [(other, its) for other, its in beside if its["y"] + its["h"] > box["y"]]
        over = next((other for other, its in beside if _meet(box, its)), None)
        if over is not None:
            yield one.problem("grid", at, f"it lies over {over}", "a free place")
        beside.append((name, box))


def _meet(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    return all(
        one[start] < other[start] + other[size] and other[start] < one[start] + one[size]
        for start, size in (("x", "w"), ("y", "h"))
    )


def _panel(one: One, panel: Mapping[str, Any], used: set[str]) -> Found:
    name, kind = panel["panelIndex"], panel["type"]
    at = f"panel {name}"
    if panel.get("panelRefName") is not None:
        full = f"{name}:{panel['panelRefName']}"
        used.add(full)
        if kind not in _BY_REFERENCE:
            yield one.problem("panel", at, f"type {kind!r}", " or ".join(_BY_REFERENCE))
        elif one.referred(full, kind) is None:
            yield one.problem(
                "reference", f"{at}: panelRefName", full, f"the name of a reference to a {kind}"
            )
        return
    chart = panel["embeddableConfig"].get("attributes")
    if kind not in _BY_VALUE or not isinstance(chart, dict):
        used |= _prefixed(one, f"{name}:")
        yield one.problem(
            "panel",
            at,
            f"type {kind!r}, no panelRefName",
            "lens with attributes, or a panelRefName",
        )
        return
    own: Any = chart.get("references")
    if one.shaped(at, own, vocabulary.REFERENCES):
        used |= _prefixed(one, f"{name}:")
        own = []  # Told with the rest of the chart.
    for reference in own:
        full = f"{name}:{reference['name']}"
        used.add(full)
        outer = one.referred(full, reference["type"])
        if outer is None or outer["id"] != reference["id"]:
            found = f"{full} is {outer and outer['id']}"
            yield one.problem("reference", at, found, reference["id"])
    inner = One({"attributes": chart, "references": own}, one.context)
    inner.name = one.name
    yield from lens.check(inner, at, chart)


def _controls(one: One, used: set[str]) -> Found:
    group = one.attributes.get("controlGroupInput")
    if not isinstance(group, dict):
        return
    for key in group:
        if key not in _CONTROLS:
            yield one.problem(
                "attribute", f"controlGroupInput.{key}", "unknown", ", ".join(_CONTROLS)
            )
    at = "controlGroupInput.ignoreParentSettingsJSON"
    for settings in one.parsed(at, group.get("ignoreParentSettingsJSON", "{}"), dict):
        if isinstance(settings, Problem):
            yield settings
        else:
            yield from one.shaped(at, settings, vocabulary.PARENT_SETTINGS)
    for controls in one.parsed("controlGroupInput.panelsJSON", group.get("panelsJSON", "{}"), dict):
        if isinstance(controls, Problem):
            used |= _prefixed(one, "controlGroup_")
            yield controls
            continue
        for name, control in controls.items():
            yield from _control(one, name, control, used)


def _control(one: One, name: str, control: object, used: set[str]) -> Found:
    at = f"control {name}"
    full = f"controlGroup_{name}:optionsListDataView"
    used.add(full)
    wrong = one.shaped(at, control, vocabulary.CONTROL)
    yield from wrong
    if wrong or not isinstance(control, dict):
        used |= _prefixed(one, f"controlGroup_{name}:")
        return
    given = control["explicitInput"]
    if control["type"] != "optionsListControl" or given["id"] != name:
        used |= _prefixed(one, f"controlGroup_{name}:")
        yield one.problem(
            "panel", at, f"{control['type']} {given['id']}",
            f"an optionsListControl with the id {name}",
        )  # fmt: skip
        return
    for fields in one.view(at, full):
        if isinstance(fields, Problem):
            yield fields
        else:
            yield from one.field(at, given["fieldName"], fields, _LISTED)
