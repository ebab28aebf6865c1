"""Single records by their position, without reading what lies before them."""

from __future__ import annotations

import time
from typing import Any

from dateline.closing import Closing
from dateline.connections import kafka_connected, kafka_silent
from dateline.errors import Unavailable
from dateline.reading import PATIENCE, TopicRecord
from dateline.records import Position
from dateline.settings import Settings

#: Bytes of one fetch: of what comes with the record that was asked for, nothing is of use. A
#: larger record comes all the same, since brokers give one batch whatever its size.
_FETCH = 64 * 1024
_POLL_MS = 1_000


class Seeker(Closing):
    """Reads records one by one with one client, outside of any consumer group; a context manager.

    Quickest where positions come in order. Raises Unavailable.
    """

    def __init__(self, settings: Settings) -> None:
        from kafka import KafkaConsumer
        from kafka.errors import KafkaError

        try:
            self._consumer: Any = kafka_connected(
                KafkaConsumer,
                settings,
                enable_auto_commit=False,
                auto_offset_reset="none",
                max_partition_fetch_bytes=_FETCH,
            )
        except (KafkaError, OSError) as error:
            raise kafka_silent(settings, error) from error
        #: where each partition began and ended when it was first asked for
        self._bounds: dict[Any, tuple[int, int]] = {}
        self._assigned: Any = None
        #: offset that comes next without seeking
        self._next_offset: int | None = None

    def close(self) -> None:
        """Let the client go."""
        self._consumer.close()

    def get(self, position: Position) -> TopicRecord | None:
        """The record that lies there; None where there is none."""
        from kafka import TopicPartition
        from kafka.errors import KafkaError

        place = TopicPartition(position.topic, position.partition)
        try:
            begin, end = self._bounds_of(place)
            if not begin <= position.offset < end:
                return None
            if place != self._assigned:
                self._consumer.assign([place])
                self._assigned, self._next_offset = place, None
            if self._next_offset != position.offset:
                self._consumer.seek(place, position.offset)
            self._next_offset = None
            return self._next(place, position)
        except (KafkaError, OSError) as error:
            raise Unavailable(
                f"{position} cannot be read", found=f"{type(error).__name__}: {error}"
            ) from error

    def _bounds_of(self, place: Any) -> tuple[int, int]:
        if place not in self._bounds:
            if place.partition not in (self._consumer.partitions_for_topic(place.topic) or ()):
                return 0, 0
            begin = self._consumer.beginning_offsets([place])[place]
            self._bounds[place] = begin, self._consumer.end_offsets([place])[place]
        return self._bounds[place]

    def _next(self, place: Any, position: Position) -> TopicRecord | None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            polled = self._consumer.poll(timeout_ms=_POLL_MS, max_records=1)
            for record in polled.get(place, ()):
                if record.offset != position.offset:
                    return None  # a hole in the log
                self._next_offset = position.offset + 1
                return TopicRecord(
                    position,
                    record.key,
                    record.value or b"",
                    list(record.headers or ()),
                    record.timestamp,
                )
            if self._consumer.position(place) > position.offset:
                return None
        raise Unavailable(f"{position} cannot be read", found=f"nothing for {PATIENCE:.0f} s")
