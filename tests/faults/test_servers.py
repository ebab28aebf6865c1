"""Kafka and Elasticsearch are killed, stand still and run out of disk while stories come."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.crew import gauge, wait_until
from tests.faults.pipeline import Pipeline, pipeline
from tests.faults.servers import Servers, blocked, flood, look_at_the_disk_often

pytestmark = [pytest.mark.servers, pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """A stack of this module's own: others must not lose theirs."""
    with EmbeddedStack(tmp_path_factory.mktemp("own-stack")) as started:
        yield Servers(started)


@pytest.fixture
def line(servers: Servers, tmp_path: Path) -> Iterator[Pipeline]:
    """A pipeline at work: half of its stories published, the rest about to be."""
    with pipeline(servers.stack, tmp_path, sink_batch=20, nlp_batch=8) as laid:
        laid.start("process")
        laid.start("sink")
        laid.publish(laid.world(80))
        laid.start("produce", *laid.lay(laid.world(150)))
        with gauge(laid.settings) as now:
            before = now.look().published
            wait_until(lambda: now.look().published > before, "the second half begins", pause=0.02)
        yield laid
        # Where the producer did not get to the end of it, another does.
        laid.crew.assert_up()


def finish(line: Pipeline) -> None:
    """The producer ends, another publishes what it has left, and everything holds."""
    for producer in line.crew.of("produce"):
        line.crew.leave(producer)
    again = line.start("produce", "--once", *line.folders)
    assert again.wait() in (0, 1), again.said()
    line.assert_holds()
    line.dismiss()


def test_kafka_is_killed_and_started_again(line: Pipeline, servers: Servers) -> None:
    servers.restart_kafka(1.0)
    finish(line)


def test_elasticsearch_is_killed_and_started_again(line: Pipeline, servers: Servers) -> None:
    servers.restart_elasticsearch(1.0)
    finish(line)


def test_both_are_killed(line: Pipeline, servers: Servers) -> None:
    servers.restart_elasticsearch()
    servers.restart_kafka()
    finish(line)


@pytest.mark.parametrize("name", ["kafka", "elasticsearch"])
def test_a_server_stands_still(name: str, line: Pipeline, servers: Servers) -> None:
    servers.pause(name, 1.5 * line.settings.session_timeout)
    finish(line)


def test_kafkas_disk_is_full(line: Pipeline, servers: Servers) -> None:
    servers.fill_kafkas_disk()
    finish(line)


def test_elasticsearch_is_read_only_at_its_flood_stage(line: Pipeline, servers: Servers) -> None:
    look_at_the_disk_often(line.settings)
    index = f"{line.settings.index_prefix}articles-000001"
    (sink,) = line.crew.of("sink")
    with flood(line.settings):
        line.publish(line.world(60))
        wait_until(lambda: "waits" in sink.said(), "the sink says that it waits")
        assert blocked(line.settings, index)
    finish(line)
    assert "goes on" in sink.said()
