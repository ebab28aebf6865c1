"""Whether the places where a group goes on are in the log; where not, that is an alarm, no jump.

Nobody else would say so: aiokafka goes on with the earliest record that there is, and Faust drops
as done what then comes below the old place, new records among it.
"""

from __future__ import annotations

from dateline.errors import Defect, Where
from dateline.offsets import Offsets


def check(topic: str, group: str, begin: Offsets, position: Offsets, end: Offsets) -> None:
    """Raises Defect for a committed position that is before its log's beginning or past its end.

    To be read in this order: the log only grows meanwhile, and the positions with it.
    """
    for partition, offset in sorted(position.items()):
        # Work commits what is past a record. 0 was set by somebody (`dateline replay`) and means
        # what no position does: from the beginning, wherever that is.
        if offset == 0:
            continue
        first, last = begin.get(partition, 0), end.get(partition, 0)
        if not first <= offset <= last:
            found = f"a log that begins at {first} and ends at {last}"
            raise missing(topic, partition, offset, group, found)


def missing(topic: str, partition: int, offset: int, group: str, found: str) -> Defect:
    """What to raise for a position that is not there any more."""
    return Defect(
        f"records are missing from {topic}: the place where the processor goes on is not there",
        where=Where(topic=topic, partition=partition, offset=offset),
        found=found,
        expected="a topic that keeps everything for ever",
        remedy="find out who deleted records, or how Kafka lost them, and publish what they held "
        "again (`dateline produce --again`). Then stop every processor and let their group begin "
        f"anew, which changes nothing of what is done: `kafka-consumer-groups --group {group} "
        f"--topic {topic} --reset-offsets --to-earliest --execute`; at last `dateline reconcile` "
        "tells whether anything lacks.",
    )
