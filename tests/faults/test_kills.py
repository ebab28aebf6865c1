"""Each stage killed with SIGKILL in mid-stream and started again: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dateline.connections import elasticsearch_client, kafka_admin
from dateline.offsets import committed, ends
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics
from processors.app import group_of as process_group
from sinks import generations
from tests.integration.whole import (
    account,
    account_if_any,
    documents,
    ninjs,
    start,
    wait_for,
    write,
)

pytestmark = pytest.mark.servers

#: by the stage that is killed; the producer publishes hundreds before anybody can look, and must
#: have a middle to be killed in
STORIES = {"produce": 2500, "process": 600, "sink": 600}
TEXT = (
    "Der Hafen von Nordstadt bleibt am {n}. Tag gesperrt. Bürgermeisterin Erna Beispiel sprach in "
    "Kiew und Moskau mit Vertretern der Reederei Musterline. Nummer {n} der Liste bleibt offen."
)


class Processes:
    """Background commands that are ended with the test, each by its own process id."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str | Path) -> subprocess.Popen[bytes]:
        process = start(self.settings, *arguments)
        self.running.append(process)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        self.running.remove(process)


@pytest.fixture
def processes(settings: Settings) -> Iterator[Processes]:
    started = Processes(settings)
    yield started
    for process in started.running:
        process.terminate()
    for process in started.running:
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()


def lay(folder: Path, stories: int) -> int:
    """Half of the stories have two versions, the older one arriving last. How many files."""
    for n in range(stories):
        item = ninjs(
            f"urn:test:{n}", TEXT.format(n=n), version="2", versioncreated="2026-05-02T10:00:00Z"
        )
        write(folder, f"{n:04d}-b.json", item)
        if n % 2:
            older = {**item, "version": "1", "versioncreated": "2026-05-01T10:00:00Z"}
            write(folder, f"{n:04d}-c.json", {**older, "body_text": "Alt. " + TEXT.format(n=n)})
    return stories + stories // 2


@pytest.mark.parametrize(
    "victim",
    [
        "produce",
        # What stands for these two in `make test` are the named points (test_points.py).
        pytest.param("process", marks=pytest.mark.faults),
        pytest.param("sink", marks=pytest.mark.faults),
    ],
)
def test_a_killed_stage_loses_and_doubles_nothing(
    victim: str, settings: Settings, processes: Processes, tmp_path: Path
) -> None:
    if victim != "produce":
        # Small batches, so that there is a middle to be killed in.
        settings = msgspec.structs.replace(settings, nlp_batch=4, sink_batch=5)
    processes.settings = settings
    stories = STORIES[victim]
    inbox = tmp_path / "inbox"
    commands: dict[str, list[str | Path]] = {
        "produce": ["produce", inbox],
        "process": ["process"],
        "sink": ["sink"],
    }
    records = lay(inbox, stories)
    topics = Topics.of(settings)

    with kafka_admin(settings) as admin, elasticsearch_client(settings) as client:
        ensure_topics(admin, settings)

        def done(stage: str) -> int:
            """Records that a stage has passed: all that it must not lose again."""
            if stage == "produce":
                return sum(ends(admin, topics.raw).values())
            if stage == "process":
                return sum(committed(admin, process_group(settings), topics.raw).values())
            if generations.serving(client, settings) is None:
                return 0
            group = generations.group_of(settings, generations.by_number(client, settings, 1))
            return sum(committed(admin, group, topics.enriched).values())

        # Those before the victim are through before it begins, those after it wait for it.
        for stage, command in commands.items():
            running = processes.start(*command)
            if stage == victim:
                wait_for(lambda: done(victim) >= 20, what=f"{victim} begins", pause=0.01)
                processes.kill(running)
                assert done(victim) < records, "it was killed too late to prove anything"
                processes.start(*command)
            wait_for(
                lambda stage=stage: done(stage) >= records,  # type: ignore[misc]
                patience=150,
                what=f"{stage} is through",
            )

    def finished() -> bool:
        found = account_if_any(settings)
        return found is not None and not found["in_flight"]

    wait_for(finished, patience=150, what="everything passes")
    found = account(settings)
    assert found["faults"] == {}, found["listed"]
    outcomes = found["outcomes"]
    assert outcomes["indexed"] == stories
    assert outcomes["superseded"] == stories // 2
    # A killed producer may publish again what it had not noted as published.
    assert outcomes["duplicate"] == found["items"] - records
    assert outcomes["duplicate"] == 0 or victim == "produce"
    with elasticsearch_client(settings) as client:
        shown = documents(client, f"{settings.index_prefix}articles")
    assert len(shown) == stories
    assert {document["version"] for document in shown.values()} == {2}
