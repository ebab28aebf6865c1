"""Counting: the metrics of the catalogue in a registry of one process.

A meter that nobody asks (no port is set) counts nothing and costs a call.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dateline.errors import DatelineError
from dateline.metrics import catalogue
from dateline.metrics.catalogue import LABELS, Metric

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

#: characters of a label's value that are kept
_VALUE = 100
OTHER = "other"
_PLACES = re.compile(r"""(["'`«“„]).*?["'`»”“]|\S*[/:|@\\]\S+|\d+""")


class Meter:
    """The metrics of one stage; safe to share between threads. Silent unless ``counting``.

    Label values are cut, and limited in number (`dateline.metrics.catalogue.LABELS`).
    """

    def __init__(self, stage: str, *, counting: bool) -> None:
        self.stage = stage
        self.counting = counting
        self._refreshing: list[Callable[[], None]] = []
        self._series: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._known: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._made: dict[str, Any] = {}
        self.registry: CollectorRegistry | None = None
        if counting:
            self._make()

    def _make(self) -> None:
        import prometheus_client as prometheus

        self.registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self.registry)
        kinds: dict[str, Any] = {
            "counter": prometheus.Counter,
            "gauge": prometheus.Gauge,
            "histogram": prometheus.Histogram,
        }
        for one in catalogue.CATALOGUE:
            if self.stage not in one.stages:
                continue
            more = {"buckets": one.buckets} if one.kind == "histogram" else {}
            self._made[one.name] = kinds[one.kind](
                one.name, one.meaning, ("stage", *one.labels), registry=self.registry, **more
            )

    def add(self, metric: Metric, amount: float = 1, /, **labels: str) -> None:
        """To a counter."""
        if self.counting:
            self._of(metric, labels).inc(amount)

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        """A gauge."""
        if self.counting:
            self._of(metric, labels).set(value)

    def observe(self, metric: Metric, value: float, /, **labels: str) -> None:
        """One value of a histogram."""
        if self.counting:
            self._of(metric, labels).observe(value)

    def forget(self, metric: Metric, /, **labels: str) -> None:
        """Tell no more of a gauge: what it spoke of is gone."""
        if self.counting:
            values = tuple(self._value(name, labels[name]) for name in metric.labels)
            with self._lock:
                if self._series.pop((metric.name, values), None) is not None:
                    self._made[metric.name].remove(self.stage, *values)

    def follow(self, metric: Metric, total: Callable[[], float], /, **labels: str) -> None:
        """A counter of what somebody else counts: looked at before each answer."""
        seen = 0.0

        def look() -> None:
            nonlocal seen
            now = total()
            self.add(metric, max(0.0, now - seen), **labels)
            seen = now

        self.before_each_answer(look)

    def before_each_answer(self, look: Callable[[], None]) -> None:
        """Call it whenever somebody asks, to set what is cheaper to know then."""
        if self.counting:
            self._refreshing.append(look)

    def answer(self) -> CollectorRegistry:
        """The registry, brought up to date."""
        assert self.registry is not None
        for look in self._refreshing:
            look()
        return self.registry

    def _of(self, metric: Metric, labels: dict[str, str]) -> Any:
        key = (metric.name, tuple(labels[name] for name in metric.labels))
        # Only what was seen before: others' texts must not fill this table either.
        series = self._series.get(key)
        if series is not None:
            return series
        values = tuple(self._value(name, labels[name]) for name in metric.labels)
        with self._lock:
            key = (metric.name, values)
            series = self._series.get(key)
            if series is None:
                series = self._made[metric.name].labels(self.stage, *values)
                self._series[key] = series
            return series

    def _value(self, label: str, value: str) -> str:
        most = LABELS.get(label)
        if most is None or not value:
            return value
        value = value[:_VALUE]
        with self._lock:
            known = self._known.setdefault(label, set())
            if value in known:
                return value
            if len(known) >= most:
                return OTHER
            known.add(value)
            return value


def reason_of(error: DatelineError | str) -> str:
    """What is wrong, as a label: without the names, numbers and places of the one case."""
    what = error if isinstance(error, str) else error.what
    return " ".join(_PLACES.sub("…", what[:400]).split())[:_VALUE]


def silent(stage: str) -> Meter:
    """One that counts nothing."""
    return Meter(stage, counting=False)


def seconds_since(instant: Any) -> float:
    """Since a time-zone aware moment, by this machine's clock; never negative."""
    return max(0.0, time.time() - float(instant.timestamp()))
