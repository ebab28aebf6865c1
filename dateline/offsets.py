"""How far each stage has come: committed offsets against the ends of the topics."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from dateline.errors import Unavailable

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

#: partition to offset
Offsets = dict[int, int]
T = TypeVar("T")

#: A new cluster creates its topic of group positions when the first group asks: some seconds.
_PATIENCE = 20.0


def existing(admin: KafkaAdminClient) -> set[str]:
    """Names of the topics that there are. Raises Unavailable."""
    from kafka.errors import KafkaError

    try:
        return set(_patiently(admin.list_topics))
    except (KafkaError, OSError) as error:
        raise _unavailable("the list of topics", error) from error


def begins(admin: KafkaAdminClient, topic: str) -> Offsets:
    """For each partition the offset of the first record that is left: 0 where nobody deleted any.

    Raises Unavailable.
    """
    from kafka.admin import OffsetSpec

    return _bounds(admin, topic, OffsetSpec.EARLIEST, "beginning")


def ends(admin: KafkaAdminClient, topic: str) -> Offsets:
    """For each partition the offset that its next record will get. Raises Unavailable."""
    from kafka.admin import OffsetSpec

    return _bounds(admin, topic, OffsetSpec.LATEST, "end")


def since(admin: KafkaAdminClient, topic: str, instant: float) -> Offsets:
    """For each partition the offset of the first record from then on (seconds since 1970), by the
    records' own times; its end where there is none. Raises Unavailable.
    """
    end = ends(admin, topic)
    found = _bounds(admin, topic, max(0, int(instant * 1000)), "records since a moment")
    return {
        partition: offset if 0 <= offset <= end[partition] else end[partition]
        for partition, offset in found.items()
        if partition in end
    }


def _bounds(admin: KafkaAdminClient, topic: str, which: Any, name: str) -> Offsets:
    from kafka import TopicPartition
    from kafka.errors import KafkaError

    try:
        (described,) = _patiently(lambda: admin.describe_topics([topic]))
        partitions = [
            TopicPartition(topic, partition["partition_index"])
            for partition in described["partitions"]
        ]
        wanted = dict.fromkeys(partitions, which)
        found = _patiently(lambda: admin.list_partition_offsets(wanted))
    except (KafkaError, OSError) as error:
        raise _unavailable(f"the {name} of topic {topic}", error) from error
    return {place.partition: found[place].offset for place in partitions}


def committed(admin: KafkaAdminClient, group: str, topic: str) -> Offsets:
    """Partition to the offset that the group goes on from; {} for a group that never committed."""
    from kafka.errors import GroupIdNotFoundError, KafkaError

    try:
        found = _patiently(lambda: admin.list_group_offsets([group])).get(group, {})
    except GroupIdNotFoundError:
        return {}
    except (KafkaError, OSError) as error:
        raise _unavailable(f"the position of group {group}", error) from error
    return {
        place.partition: offset.offset
        for place, offset in found.items()
        if place.topic == topic and offset.offset >= 0
    }


def check_group(admin: KafkaAdminClient, group: str) -> None:
    """See that this user may be a member of a group: aiokafka, told that it may not, waits for ever
    and says nothing.

    Asked by a commit for a topic that does not exist, which commits nothing: Kafka looks at the
    group first. Raises Unavailable.
    """
    from kafka import TopicPartition
    from kafka.errors import GroupAuthorizationFailedError, KafkaError
    from kafka.structs import OffsetAndMetadata

    nowhere = TopicPartition(f"{group}.nothing", 0)
    try:
        wanted = {nowhere: OffsetAndMetadata(0, "", -1)}
        told = _patiently(lambda: admin.alter_group_offsets(group, wanted)).get(nowhere)
    except GroupAuthorizationFailedError as error:
        told = type(error)
    except (KafkaError, OSError) as error:
        raise _unavailable(f"the rights on group {group}", error) from error
    if told is GroupAuthorizationFailedError or isinstance(told, GroupAuthorizationFailedError):
        raise Unavailable(
            f"this user may not read as group {group}",
            found="GroupAuthorizationFailedError",
            expected="the right Read on it",
            remedy="give it that (docs/clusters.md, Rights).",
        )


def members(admin: KafkaAdminClient, group: str) -> int:
    """How many consumers a group has now; 0 for one that does not exist. Raises Unavailable."""
    from kafka.errors import GroupIdNotFoundError, KafkaError

    try:
        found = _patiently(lambda: admin.describe_groups([group]))
    except GroupIdNotFoundError:
        return 0
    except (KafkaError, OSError) as error:
        raise _unavailable(f"the members of group {group}", error) from error
    return len(found.get(group, {}).get("members") or ())


def set_committed(admin: KafkaAdminClient, group: str, topic: str, offsets: Offsets) -> None:
    """Let a group without members begin at these offsets. Raises Unavailable."""
    from kafka import TopicPartition
    from kafka.errors import KafkaError, NoError
    from kafka.structs import OffsetAndMetadata

    try:
        wanted = {
            TopicPartition(topic, partition): OffsetAndMetadata(offset, "", -1)
            for partition, offset in offsets.items()
        }

        def alter() -> Any:
            found = admin.alter_group_offsets(group, wanted)
            # Each partition has an answer of its own; a new cluster's coordinator may be elsewhere.
            for kind in found.values():
                if getattr(kind, "retriable", False):
                    raise kind
            return found

        result = _patiently(alter)
    except (KafkaError, OSError) as error:
        raise _unavailable(f"the position of group {group}", error) from error
    failed = {str(place): str(kind) for place, kind in result.items() if kind is not NoError}
    if failed:
        raise Unavailable(f"group {group} could not be positioned", found=str(failed))


def lag(end: Mapping[int, int], position: Mapping[int, int]) -> int:
    """Records before ``end`` that the position has not passed.

    Topics here are kept for ever, so a partition without a position begins at 0.
    """
    return sum(max(0, offset - position.get(partition, 0)) for partition, offset in end.items())


def _patiently(call: Callable[[], T]) -> T:
    """Call again while the brokers say that it is worth trying again."""
    from kafka.errors import KafkaError

    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return call()
        except KafkaError as error:
            if not error.retriable or time.monotonic() >= deadline:
                raise
        time.sleep(0.2)


def _unavailable(what: str, error: BaseException) -> Unavailable:
    return Unavailable(
        f"{what} cannot be read from Kafka",
        found=f"{type(error).__name__}: {error}",
        remedy="see `dateline status`.",
    )
