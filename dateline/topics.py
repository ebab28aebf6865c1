"""The topics: names, policies, creation, and a check at every start.

All are kept for ever, never compacted: the last record of a key is not the newest version of its
story, so compaction would lose versions, and a time limit would lose the archive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings

if TYPE_CHECKING:
    from kafka import KafkaAdminClient

#: A record of an enriched article is larger than its raw document (each entity names its place).
ENRICHED_GROWTH = 4
#: what headers and framing may add to a value
OVERHEAD = 64 * 1024
CODEC = "zstd"


class Topics(msgspec.Struct, frozen=True):
    """The names under one prefix. settled: what people did with the dead letters."""

    raw: str
    enriched: str
    dead: str
    skipped: str
    settled: str

    @classmethod
    def of(cls, settings: Settings) -> Topics:
        """The names that these settings mean."""
        prefix = settings.topic_prefix
        return cls(*(f"{prefix}articles.{name}" for name in cls.__struct_fields__))


def max_record_bytes(settings: Settings) -> int:
    """Largest record that any topic must take, in bytes."""
    return settings.max_document_bytes * ENRICHED_GROWTH + OVERHEAD


def in_sync(settings: Settings) -> int:
    """Replicas that must have a record before Kafka confirms it (`min.insync.replicas`; everything
    here is sent with ``acks=all``). All but one: one broker may be lost without losing what was
    confirmed, and without stopping."""
    return settings.topic_min_insync_replicas or max(1, settings.topic_replication - 1)


def required_config(settings: Settings) -> dict[str, str]:
    """Configuration of every topic: kept for ever, compressed by the producers' codec."""
    return {
        "min.insync.replicas": str(in_sync(settings)),
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "compression.type": CODEC,
        "max.message.bytes": str(max_record_bytes(settings)),
    }


def ensure_topics(admin: KafkaAdminClient, settings: Settings) -> Topics:
    """Create what is missing, check what is there; returns the names.

    Raises UsageError where a topic would lose records or refuse ours (it is never changed behind
    its owner's back), Unavailable where the brokers do not answer or do not allow it.
    """
    from kafka.admin import ConfigResource, ConfigResourceType
    from kafka.errors import AuthorizationError, KafkaError, TopicAlreadyExistsError

    if in_sync(settings) > settings.topic_replication:
        raise UsageError(
            "topic_min_insync_replicas is more than topic_replication: nothing could be written",
            found=str(settings.topic_min_insync_replicas),
            expected=f"at most {settings.topic_replication}",
        )
    topics = Topics.of(settings)
    names = msgspec.structs.astuple(topics)
    config = required_config(settings)
    try:
        present = set(admin.list_topics())
        for name in names:
            if name in present:
                continue
            partitioned = name in (topics.raw, topics.enriched)
            try:
                admin.create_topics(
                    {
                        name: {
                            "num_partitions": settings.topic_partitions if partitioned else 1,
                            "replication_factor": settings.topic_replication,
                            "configs": config,
                        }
                    },
                    wait_for_metadata=True,
                )
            except TopicAlreadyExistsError:
                pass  # another stage started at the same moment
        admin.wait_for_topics(list(names))
        described = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name) for name in names],
            config_filter="all",
        )
        replicas = _replicas(admin, names)
    except AuthorizationError as error:
        raise Unavailable(
            f"this user may not create or check the topics ({', '.join(names)})",
            found=_told(error),
            remedy="let somebody who may create them first, and give this user Describe and "
            "DescribeConfigs on all five (docs/clusters.md, Rights).",
        ) from error
    except KafkaError as error:
        raise Unavailable(
            "the topics cannot be created or checked",
            found=_told(error),
            remedy="see `dateline status`; as many brokers must run as topic_replication says.",
        ) from error
    for name in names:
        if "cleanup.policy" not in described.get("topic", {}).get(name, {}):
            raise Unavailable(
                f"this user may not see how topic {name} is configured",
                remedy="give it DescribeConfigs on all five (docs/clusters.md, Rights): each start "
                "checks that none of them loses articles.",
            )
        if replicas.get(name, 0) < settings.topic_replication:
            raise UsageError(
                f"topic {name} has fewer replicas than topic_replication says",
                found=str(replicas.get(name, 0)),
                expected=str(settings.topic_replication),
                remedy="give it more (kafka-reassign-partitions), or lower topic_replication.",
            )
        _check(name, described["topic"][name], config)
    return topics


def _told(error: Exception) -> str:
    """What the broker says. kafka-python's own text is the whole request and its answer."""
    said = [one for one in re.findall(r"error_message='([^']+)'", str(error)) if one]
    return f"{type(error).__name__}: {', '.join(said) or str(error)[:300]}"


def _replicas(admin: KafkaAdminClient, names: Sequence[str]) -> dict[str, int]:
    """Topic to the replicas of that of its partitions which has the fewest. Raises KafkaError."""
    found = admin.describe_topics(list(names))
    return {
        topic["name"]: min(len(one["replica_nodes"]) for one in topic["partitions"])
        for topic in found
        if topic["partitions"]
    }


def _check(name: str, actual: dict[str, Any], config: dict[str, str]) -> None:
    for key, expected in config.items():
        found = (actual.get(key) or {}).get("value")
        if key == "compression.type":
            continue  # a matter of space, not of loss
        if key in ("max.message.bytes", "min.insync.replicas"):
            if found is not None and int(found) >= int(expected):
                continue
        elif found == expected:
            continue
        raise UsageError(
            f"topic {name} would lose or refuse articles: {key}",
            found=str(found),
            expected=expected,
            remedy=f"kafka-configs --alter --topic {name} --add-config {key}={expected} sets it.",
        )
