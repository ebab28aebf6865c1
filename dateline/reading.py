"""Reading a topic from its beginning to a fixed end, outside of any consumer group."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from dateline.connections import kafka_connected
from dateline.errors import Unavailable
from dateline.offsets import Offsets
from dateline.records import Position
from dateline.settings import Settings
from dateline.topics import max_record_bytes

#: A topic that gives nothing for this long while records are known to be there is an outage.
PATIENCE = 30.0
_POLL_MS = 1_000


class TopicRecord(NamedTuple):
    """One record as it lies in the topic. timestamp: Kafka's, milliseconds since 1970."""

    position: Position
    key: bytes | None
    value: bytes
    headers: list[tuple[str, bytes | None]]
    timestamp: int | None = None


def read_topic(
    settings: Settings, topic: str, until: Offsets, begin: Offsets | None = None
) -> Iterator[TopicRecord]:
    """Every record from ``begin`` (0) up to the offsets ``until``, partition by partition in order.

    Memory is bounded by one fetch. Raises Unavailable.
    """
    from kafka import KafkaConsumer, TopicPartition
    from kafka.errors import KafkaError

    begin = begin or {}
    waiting = {p: end for p, end in until.items() if end > begin.get(p, 0)}
    if not waiting:
        return
    consumer: Any = None
    try:
        consumer = kafka_connected(
            KafkaConsumer,
            settings,
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_partition_fetch_bytes=max(1 << 20, max_record_bytes(settings)),
        )
        consumer.assign([TopicPartition(topic, partition) for partition in waiting])
        for partition in waiting:
            consumer.seek(TopicPartition(topic, partition), begin.get(partition, 0))
        idle = 0.0
        while waiting:
            polled = consumer.poll(timeout_ms=_POLL_MS)
            idle = 0.0 if polled else idle + _POLL_MS / 1000
            if idle >= PATIENCE:
                raise Unavailable(
                    f"topic {topic} gives no more records",
                    found=f"nothing for {PATIENCE:.0f} s, up to {waiting} expected",
                )
            for place, records in polled.items():
                end = until[place.partition]
                for record in records:
                    if record.offset >= end:
                        break
                    yield TopicRecord(
                        Position(topic, record.partition, record.offset),
                        record.key,
                        record.value or b"",
                        list(record.headers or ()),
                        record.timestamp,
                    )
                # A position moves on past records that hold no data too.
                if place.partition in waiting and consumer.position(place) >= end:
                    del waiting[place.partition]
                    consumer.pause(place)
    except (KafkaError, OSError) as error:
        raise Unavailable(
            f"topic {topic} cannot be read", found=f"{type(error).__name__}: {error}"
        ) from error
    finally:
        if consumer is not None:
            consumer.close()
