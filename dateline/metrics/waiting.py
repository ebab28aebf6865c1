"""How far a stage is behind: what it has not passed, in records and in time.

The stage's watchdog looks at positions anyway and tells them here. When the oldest record began to
wait must be read from Kafka: every few seconds, one record for each partition where something
waits, in a thread of its own with one client; while nothing waits, nothing is read.
"""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from dateline.errors import DatelineError
from dateline.metrics.catalogue import LAG, OLDEST, TOPIC
from dateline.metrics.meter import Meter, seconds_since
from dateline.offsets import Offsets, lag
from dateline.progress import Beginnings, first_waiting
from dateline.records import Position
from dateline.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

#: seconds between two readings of the oldest records
EVERY = 5.0


class Waiting:
    """Of all groups of one process; `look` may be called by any thread."""

    def __init__(self, settings: Settings, meter: Meter) -> None:
        self._settings = settings
        self._meter = meter
        self._lock = threading.Lock()
        #: topic and generation to the first records that were not passed
        self._places: dict[tuple[str, str], list[Position]] = {}
        #: of those when the oldest began to wait; None while nobody knows
        self._since: dict[tuple[str, str], dt.datetime | None] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        meter.before_each_answer(self._tell)

    def look(self, topic: str, generation: str, position: Offsets, end: Offsets) -> None:
        """How far a group has come in its topic."""
        if not self._meter.counting:
            return
        self._meter.set(LAG, lag(end, position), topic=topic, generation=generation)
        self._meter.set(TOPIC, sum(end.values()), topic=topic)
        with self._lock:
            places = self._places[topic, generation] = first_waiting(topic, end, position)
            if not places:
                self._since.pop((topic, generation), None)
            elif self._thread is None:
                self._thread = threading.Thread(target=self._read, name="oldest", daemon=True)
                self._thread.start()

    def forget(self, topic: str, generation: str) -> None:
        """Its group is gone."""
        with self._lock:
            self._places.pop((topic, generation), None)
            self._since.pop((topic, generation), None)
        self._meter.forget(LAG, topic=topic, generation=generation)
        self._meter.forget(OLDEST, topic=topic, generation=generation)

    def close(self) -> None:
        """Read no more."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(EVERY)

    def _tell(self) -> None:
        with self._lock:
            ages = {
                name: 0.0 if not places else self._age(name)
                for name, places in self._places.items()
            }
        for (topic, generation), age in ages.items():
            if age is not None:
                self._meter.set(OLDEST, age, topic=topic, generation=generation)

    def _age(self, name: tuple[str, str]) -> float | None:
        since = self._since.get(name)
        return None if since is None else seconds_since(since)

    def _read(self) -> None:
        beginnings: Beginnings | None = None
        while not self._over.is_set():
            with self._lock:
                places = {name: list(found) for name, found in self._places.items() if found}
            try:
                if places:
                    beginnings = beginnings or Beginnings(self._settings)
                    self._note(places, beginnings.of(_each(places.values())))
            except DatelineError:
                # Kafka is away, or a file of the settings is: others say so. What waits grows older
                # meanwhile.
                if beginnings is not None:
                    beginnings.close()
                beginnings = None
            self._over.wait(EVERY)
        if beginnings is not None:
            beginnings.close()

    def _note(
        self, places: dict[tuple[str, str], list[Position]], came: dict[Position, dt.datetime]
    ) -> None:
        with self._lock:
            for name, found in places.items():
                known = [came[place] for place in found if place in came]
                if known and name in self._places:
                    self._since[name] = min(known)


def _each(lists: Iterable[list[Position]]) -> set[Position]:
    return {place for places in lists for place in places}
