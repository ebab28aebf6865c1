"""The topics: names, policies, creation, and a check at every start.

All are kept for ever, never compacted: the last record of a key is not the newest version of its
story, so compaction would lose versions, and a time limit would lose the archive.
"""

from __future__ import annotations

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


def required_config(settings: Settings) -> dict[str, str]:
    """Configuration of every topic: kept for ever, compressed by the producers' codec."""
    return {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "-1",
        "compression.type": CODEC,
        "max.message.bytes": str(max_record_bytes(settings)),
    }


def ensure_topics(admin: KafkaAdminClient, settings: Settings) -> Topics:
    """Create what is missing, check what is there; returns the names.

    Raises UsageError where a topic would lose records or refuse ours (it is never changed behind
    its owner's back), Unavailable where the brokers do not answer.
    """
    from kafka.admin import ConfigResource, ConfigResourceType
    from kafka.errors import KafkaError, TopicAlreadyExistsError

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
    except KafkaError as error:
        raise Unavailable(
            "the topics cannot be created or checked",
            found=f"{type(error).__name__}: {error}",
            remedy="see that Kafka runs and that this user may describe and create topics.",
        ) from error
    for name in names:
        _check(name, described["topic"][name], config)
    return topics


def _check(name: str, actual: dict[str, Any], config: dict[str, str]) -> None:
    for key, expected in config.items():
        found = (actual.get(key) or {}).get("value")
        if key == "compression.type":
            continue  # a matter of space, not of loss
        if key == "max.message.bytes":
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
