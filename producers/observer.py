"""What the producer tells of itself: metrics, health, and a line for each step of a document."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from dateline.errors import DatelineError
from dateline.logs import Note, at, step
from dateline.metrics import catalogue as metrics
from dateline.metrics.meter import reason_of, seconds_since
from dateline.metrics.stage import Watch
from dateline.records import Position, RawDocument

if TYPE_CHECKING:
    from producers.feeds import Arrival
    from producers.publisher import Publisher
    from producers.seen import State

log = logging.getLogger(__name__)

#: seconds in which its loop turns even while a large document is read and Kafka is away
_TURN = 120.0


class Observer:
    """Of one run of the producer."""

    def __init__(self, watch: Watch, raw: str) -> None:
        """raw: the raw topic's name."""
        self._meter = watch.meter
        self._watch = watch
        self._raw = raw
        self._loop = watch.health.loop("feeds", _TURN)

    def began(
        self, publisher: Publisher, polled: Callable[[], Iterable[tuple[str, State]]]
    ) -> None:
        """It is connected; polled: the feeds over HTTP and how each does."""
        self._watch.health.ready_unless(lambda: publisher.trouble)

        def look() -> None:
            records, oldest = publisher.unconfirmed
            age = 0.0 if oldest is None else max(0.0, time.monotonic() - oldest)
            self._meter.set(metrics.LAG, records, topic=self._raw, generation="")
            self._meter.set(metrics.OLDEST, age, topic=self._raw, generation="")
            for feed, state in polled():
                self._meter.set(metrics.FEED_FAILURES, state.failures, feed=feed)
                if state.success is not None:
                    self._meter.set(metrics.FEED_SUCCESS, state.success, feed=feed)
                if state.due:
                    self._meter.set(metrics.FEED_NEXT, state.due, feed=feed)

        self._meter.before_each_answer(look)

    def turned(self) -> None:
        """Its loop came round, or waits for Kafka with open eyes."""
        self._loop.turned()

    def published(self, document: RawDocument, key: bytes, place: Position) -> None:
        """Kafka has confirmed it. key: of its record."""
        feed = document.feed
        self._count("published", feed)
        self._meter.add(metrics.FEED_BYTES, len(document.value), feed=feed)
        self._meter.set(metrics.FEED_LAST, document.received.timestamp(), feed=feed)
        self._meter.observe(metrics.LATENCY, seconds_since(document.received))
        step(
            log,
            "published",
            uri=key.partition(b"\0")[0].decode(errors="replace"),
            raw=place,
            **at(place),
            feed=feed,
            location=document.location,
            format=document.format,
        )

    def refused(self, error: DatelineError, arrival: Arrival) -> Note:
        """Nothing can be read of it, or of an item; returns what to report."""
        feed = arrival.document.feed if arrival.document else error.where.feed
        reason = reason_of(error)
        self._count("refused", feed or "", reason)
        return Note(
            f"refused {error}",
            event="refused",
            feed=feed,
            location=error.where.location,
            line=error.where.line,
            item=error.where.item,
            reason=reason,
        )

    def unchanged(self, arrival: Arrival) -> None:
        """A file that holds nothing new."""
        self._count("unchanged", arrival.mark.feed if arrival.mark else "")

    def sent_again(self, records: int) -> None:
        """Kafka did not confirm them."""
        self._meter.add(metrics.RETRIES, records, what="kafka_send")

    def _count(self, outcome: str, feed: str, reason: str = "") -> None:
        self._meter.add(metrics.OUTCOMES, outcome=outcome, reason=reason, generation="")
        self._meter.add(metrics.FEED_DOCUMENTS, feed=feed, outcome=outcome)
