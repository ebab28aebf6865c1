"""Each stage killed with SIGKILL in mid-stream and started again: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dateline.connections import elasticsearch_client, kafka_admin
from dateline.offsets import ends
from dateline.settings import Settings
from dateline.topics import Topics
from tests.integration.whole import account, documents, ninjs, start, wait_for, write

pytestmark = pytest.mark.servers

STORIES = 120
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


def lay(folder: Path) -> None:
    """Half of the stories have two versions, the older one arriving last."""
    for n in range(STORIES):
        item = ninjs(
            f"urn:test:{n}", TEXT.format(n=n), version="2", versioncreated="2026-05-02T10:00:00Z"
        )
        write(folder, f"{n:04d}-b.json", item)
        if n % 2:
            older = {**item, "version": "1", "versioncreated": "2026-05-01T10:00:00Z"}
            write(folder, f"{n:04d}-c.json", {**older, "body_text": "Alt. " + TEXT.format(n=n)})


@pytest.mark.parametrize("victim", ["produce", "process", "sink"])
def test_a_killed_stage_loses_and_doubles_nothing(
    victim: str, settings: Settings, processes: Processes, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    commands: dict[str, list[str | Path]] = {
        "produce": ["produce", inbox],
        "process": ["process"],
        "sink": ["sink"],
    }
    lay(inbox)
    running = {name: processes.start(*command) for name, command in commands.items()}
    topics = Topics.of(settings)
    topic = {"produce": topics.raw, "process": topics.enriched, "sink": None}[victim]

    with kafka_admin(settings) as admin, elasticsearch_client(settings) as client:

        def begun() -> bool:
            """Whether the victim has begun its work; it is killed in the middle of it."""
            if topic is None:
                options = client.options(ignore_status=404)
                found = options.count(index=f"{settings.index_prefix}articles-000001")
                return bool(found.body.get("count", 0))
            return topic in admin.list_topics() and sum(ends(admin, topic).values()) > 0

        wait_for(begun, what=f"{victim} begins")
    processes.kill(running[victim])
    processes.start(*commands[victim])

    def finished() -> bool:
        found = account(settings)
        return not found["in_flight"] and found["items"] >= STORIES * 3 // 2

    wait_for(finished, patience=150, what="everything passes")
    found = account(settings)
    assert found["faults"] == {}, found["listed"]
    outcomes = found["outcomes"]
    assert outcomes["indexed"] == STORIES
    assert outcomes["superseded"] == STORIES // 2
    # A killed producer may publish again what it had not noted as published.
    assert outcomes["duplicate"] == found["items"] - STORIES * 3 // 2
    assert outcomes["duplicate"] == 0 or victim == "produce"
    with elasticsearch_client(settings) as client:
        shown = documents(client, f"{settings.index_prefix}articles")
    assert len(shown) == STORIES
    assert {document["version"] for document in shown.values()} == {2}
