"""Alert rules and dashboard speak of metrics, labels and remedies that exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import promql_parser as promql
import pytest
import yaml

from dateline.metrics.catalogue import CATALOGUE, PROCESS

ROOT = Path(__file__).resolve().parents[2]
ALERTS = yaml.safe_load((ROOT / "deploy/monitoring/alerts.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [rule for group in ALERTS["groups"] for rule in group["rules"]]
DASHBOARD = json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text(encoding="utf-8"))

#: Prometheus adds these itself
_SCRAPE = frozenset({"instance", "job"})
#: what Grafana puts in the place of its variables
_VARIABLES = {"$__rate_interval": "5m", "$stage": "sink"}


def _known() -> dict[str, frozenset[str]]:
    """Every name under which samples are exposed, and their labels."""
    known = dict.fromkeys(PROCESS, _SCRAPE)
    for metric in CATALOGUE:
        labels = _SCRAPE | {"stage", *metric.labels}
        for name in metric.series:
            known[name] = labels | {"le"} if name.endswith("_bucket") else labels
    return known


KNOWN = _known()


class Wrong(NamedTuple):
    what: str
    name: str


def wrong(expression: str) -> set[Wrong]:
    """What a query names that does not exist. Raises ValueError where it cannot be parsed."""
    found: set[Wrong] = set()
    _labels(promql.parse(expression), found)
    return found


def _labels(node: Any, found: set[Wrong]) -> frozenset[str]:
    """The labels that a part of a query can have; adds to ``found`` what it asks for in vain."""
    if isinstance(node, promql.MatrixSelector):
        return _labels(node.vector_selector, found)
    if isinstance(node, promql.VectorSelector):
        labels = KNOWN.get(node.name or "")
        if labels is None:
            found.add(Wrong("metric", str(node.name)))
            return frozenset()
        asked = {matcher.name for matcher in node.matchers.matchers}
        found.update(Wrong("label", name) for name in asked - labels)
        return labels
    if isinstance(node, promql.AggregateExpr):
        inner = _labels(node.expr, found)
        if node.modifier is None:
            return frozenset()
        by = set(node.modifier.labels)
        found.update(Wrong("label", name) for name in by - inner)
        kept = node.modifier.type == promql.AggModifierType.By
        return frozenset(inner & by if kept else inner - by)
    if isinstance(node, promql.BinaryExpr):
        left, right = _labels(node.lhs, found), _labels(node.rhs, found)
        matching = getattr(node.modifier, "matching", None)
        if matching is not None:
            for side in (left, right):
                found.update(Wrong("label", name) for name in set(matching.labels) - side)
        return left | right if str(node.op) == "or" else left or right
    if isinstance(node, promql.Call):
        inner = frozenset[str]()
        for argument in node.args:
            inner |= _labels(argument, found)
        if node.func.name == "histogram_quantile":
            if "le" not in inner:
                found.add(Wrong("label", "le"))
            inner -= {"le"}
        return inner
    if isinstance(node, promql.ParenExpr | promql.UnaryExpr | promql.SubqueryExpr):
        return _labels(node.expr, found)
    return frozenset()


def panels() -> Iterator[dict[str, Any]]:
    for panel in DASHBOARD["panels"]:
        yield panel
        yield from panel.get("panels", [])


def queries() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each query of the dashboard: its panel, itself, and its target."""
    for panel in panels():
        for target in panel.get("targets", []):
            query = target["expr"]
            for name, value in _VARIABLES.items():
                query = query.replace(name, value)
            yield panel["title"], query, target


@pytest.mark.parametrize("rule", RULES, ids=[rule["alert"] for rule in RULES])
def test_every_metric_and_label_of_an_alert_exists(rule: dict[str, Any]) -> None:
    assert wrong(rule["expr"]) == set()
    labels = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
    found: set[Wrong] = set()
    assert labels <= _labels(promql.parse(rule["expr"]), found) | {"stage"}
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")


def test_every_metric_and_label_of_the_dashboard_exists() -> None:
    assert {(title, one) for title, query, _ in queries() for one in wrong(query)} == set()
    for title, query, target in queries():
        found: set[Wrong] = set()
        shown = set(re.findall(r"{{(\w+)}}", target.get("legendFormat", "")))
        assert shown <= _labels(promql.parse(query), found), title


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("dateline_lag_recordz > 1", Wrong("metric", "dateline_lag_recordz")),
        ('dateline_ready{stag="sink"}', Wrong("label", "stag")),
        ("sum by (feed) (dateline_ready)", Wrong("label", "feed")),
        ("max(dateline_ready) and on (stage) dateline_ready", Wrong("label", "stage")),
        ("histogram_quantile(0.9, sum(rate(dateline_latency_seconds_bucket[5m])))",
         Wrong("label", "le")),
        ("rate(dateline_latency_seconds[5m])", Wrong("metric", "dateline_latency_seconds")),
    ],
)  # fmt: skip
def test_what_does_not_exist_is_found(query: str, told: Wrong) -> None:
    assert told in wrong(query)


def test_a_query_that_cannot_be_parsed_is_found() -> None:
    with pytest.raises(ValueError, match="parenthesis"):
        wrong("sum(dateline_ready")


def test_every_metric_is_watched_or_shown() -> None:
    """One that nobody looks at need not be counted."""
    shown = " ".join([*(rule["expr"] for rule in RULES), *(query for _, query, _ in queries())])
    # Health is asked at /live; the dashboard shows its other half.
    unseen = {metric.name for metric in CATALOGUE if metric.name not in shown}
    assert unseen == set()


def test_every_alert_has_its_remedy_and_every_remedy_its_alert() -> None:
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    section = text.split("## What to do for each alert\n", 1)[1]
    section = re.split(r"^## ", section, maxsplit=1, flags=re.MULTILINE)[0]
    headings = re.findall(r"^### (\w+)$", section, re.MULTILINE)
    assert headings == [rule["alert"] for rule in RULES]
    for rule in RULES:
        anchor = f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["annotations"]["remedy"] == anchor
    for part in section.split("### ")[1:]:
        assert len(part.split()) > 20, "a heading is no remedy"


def test_the_dashboard_can_be_laid_out() -> None:
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    names = {one["name"] for one in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?(\w+)\}?", json.dumps(DASHBOARD["panels"])))
    assert used <= names | {"__rate_interval"}
