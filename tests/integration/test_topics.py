"""Topics are created with policies that lose nothing, and checked at every start."""

from __future__ import annotations

import msgspec
import pytest
from kafka.admin import ConfigResource, ConfigResourceType

from dateline.connections import kafka_admin
from dateline.errors import Unavailable, UsageError
from dateline.offsets import committed, ends, lag, set_committed
from dateline.settings import Settings
from dateline.topics import CODEC, ensure_topics, in_sync

pytestmark = pytest.mark.servers


def test_topics_are_kept_for_ever_and_never_compacted(settings: Settings) -> None:
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
        assert ensure_topics(admin, settings) == topics
        names = msgspec.structs.astuple(topics)
        described = admin.describe_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name) for name in names], config_filter="all"
        )["topic"]
        for name in names:
            config = {key: found["value"] for key, found in described[name].items()}
            assert config["cleanup.policy"] == "delete"
            assert config["retention.ms"] == config["retention.bytes"] == "-1"
            assert config["compression.type"] == CODEC
            assert int(config["max.message.bytes"]) > settings.max_document_bytes
        assert len(ends(admin, topics.raw)) == settings.topic_partitions
        assert len(ends(admin, topics.dead)) == len(ends(admin, topics.settled)) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [("cleanup.policy", "compact"), ("retention.ms", "604800000"), ("max.message.bytes", "1000")],
)
def test_a_topic_that_would_lose_articles_is_refused(
    settings: Settings, key: str, value: str
) -> None:
    with kafka_admin(settings) as admin:
        name = f"{settings.topic_prefix}articles.raw"
        admin.create_topics({name: {"num_partitions": 1, "configs": {key: value}}})
        with pytest.raises(UsageError) as refused:
            ensure_topics(admin, settings)
        assert key in str(refused.value) and value in str(refused.value)
        assert "--add-config" in str(refused.value)


def test_replicas_are_asked_for_and_checked(settings: Settings) -> None:
    """One broker: more than one replica can be asked for, not be had."""

    def wanting(**more: int) -> Settings:
        return msgspec.structs.replace(settings, **more)

    assert in_sync(wanting(topic_replication=3)) == 2
    assert in_sync(wanting(topic_replication=1)) == 1
    with kafka_admin(settings) as admin:
        with pytest.raises(Unavailable, match="target replication factor of 3") as refused:
            ensure_topics(admin, wanting(topic_replication=3))
        assert "CreatableTopic" not in str(refused.value)
        with pytest.raises(UsageError, match="topic_min_insync_replicas"):
            ensure_topics(admin, wanting(topic_min_insync_replicas=2))
        topics = ensure_topics(admin, settings)
        with pytest.raises(UsageError, match="fewer replicas than topic_replication") as few:
            ensure_topics(admin, wanting(topic_replication=2))
        assert topics.raw in str(few.value)


def test_a_group_can_be_positioned_and_its_lag_read(settings: Settings) -> None:
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
        assert committed(admin, "nobody", topics.raw) == {}
        set_committed(admin, f"{settings.topic_prefix}group", topics.raw, {0: 0, 2: 0})
        found = committed(admin, f"{settings.topic_prefix}group", topics.raw)
        assert found == {0: 0, 2: 0}
    assert lag({0: 5, 1: 3, 2: 0}, {0: 2}) == 6


def test_no_broker_is_unavailable(settings: Settings) -> None:
    gone = msgspec.structs.replace(settings, kafka_bootstrap_servers="127.0.0.1:9")
    with pytest.raises(Unavailable):
        kafka_admin(gone)
