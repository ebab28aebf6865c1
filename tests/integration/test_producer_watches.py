"""A watched folder: a finished file goes within a second, a half-written one waits."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dateline.connections import kafka_admin
from dateline.offsets import ends
from dateline.reading import read_topic
from dateline.settings import Settings
from dateline.topics import Topics
from producers import feeds
from producers.producer import ProduceResult, produce

pytestmark = pytest.mark.servers
DEADLINE = 30.0


class Watching:
    """A producer on a folder, in a thread of its own."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.told: list[str] = []
        self.result: ProduceResult | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(folder,))
        self._thread.start()

    def _run(self, folder: Path) -> None:
        self.result = produce(
            self.settings, [str(folder)], once=False, stop=self._stop, report=self.told.append
        )

    def values(self) -> list[bytes]:
        """All in the raw topic."""
        topic = Topics.of(self.settings).raw
        with kafka_admin(self.settings) as admin:
            if topic not in admin.list_topics():
                return []
            until = ends(admin, topic)
        return [record.value for record in read_topic(self.settings, topic, until)]

    def end(self) -> None:
        """Stop it; it must end by itself."""
        self._stop.set()
        self._thread.join(timeout=DEADLINE)
        assert not self._thread.is_alive()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return inbox


@pytest.fixture
def watching(settings: Settings, folder: Path) -> Iterator[Watching]:
    """A producer that has taken notice of the folder."""
    (folder / "first.json").write_bytes(item(0))
    started = Watching(settings, folder)
    try:
        until(lambda: started.values() == [item(0)])
        yield started
    finally:
        started.end()


def item(number: int) -> bytes:
    """A small ninjs item."""
    return json.dumps({"uri": f"urn:test:{number}", "headline": f"Item {number}"}).encode()


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, not for a time."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_new_files_go_also_from_new_folders(watching: Watching, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "a.json").write_bytes(item(1))
    until(lambda: item(1) in watching.values())


def test_a_half_written_file_waits(
    watching: Watching, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Where the system does not tell who writes, a machine that stalls for this long would fail.
    monkeypatch.setattr(feeds, "SETTLED", 5.0)
    whole = item(2)
    with (folder / "slow.json").open("wb") as file:
        for at in range(0, len(whole), 4):
            file.write(whole[at : at + 4])
            file.flush()
            time.sleep(0.1)
    until(lambda: whole in watching.values())
    assert watching.told == []
    assert len(watching.values()) == 2


def test_a_file_renamed_into_place_goes(watching: Watching, folder: Path) -> None:
    (folder / "b.json.part").write_bytes(item(3))
    (folder / "c.json").write_bytes(item(4))
    until(lambda: item(4) in watching.values())
    assert item(3) not in watching.values()
    (folder / "b.json.part").rename(folder / "b.json")
    until(lambda: item(3) in watching.values())


def test_a_folder_that_goes_and_comes_back_is_named_and_watched_again(
    watching: Watching, folder: Path
) -> None:
    folder.rename(folder.with_name("away"))
    until(lambda: any(f"{folder}: cannot be read" in line for line in watching.told))
    folder.mkdir()
    (folder / "d.json").write_bytes(item(5))
    until(lambda: item(5) in watching.values())
    # What is swapped in between two looks is another folder all the same.
    other = folder.with_name("other")
    other.mkdir()
    (other / "e.json").write_bytes(item(6))
    folder.rename(folder.with_name("old"))
    other.rename(folder)
    until(lambda: item(6) in watching.values())
    (folder / "f.json").write_bytes(item(7))
    until(lambda: item(7) in watching.values())


def test_a_growing_file_of_lines_gives_each_line_once(watching: Watching, folder: Path) -> None:
    with (folder / "wire.jsonl").open("wb") as file:
        for number in range(10, 40):
            line = item(number) + b"\n"
            file.write(line[:9])
            file.flush()
            time.sleep(0.05)
            file.write(line[9:])
            file.flush()
    until(lambda: item(39) in watching.values())
    assert sorted(watching.values()) == sorted([item(0), *map(item, range(10, 40))])
    assert watching.told == []


def test_a_restart_publishes_only_what_is_new(
    settings: Settings, watching: Watching, folder: Path
) -> None:
    watching.end()
    (folder / "while-away.json").write_bytes(item(5))
    again = Watching(settings, folder)
    try:
        until(lambda: item(5) in again.values())
    finally:
        again.end()
    assert again.result is not None
    assert (again.result.published, again.result.unchanged) == (1, 1)
