"""Of files that are gone a producer keeps nothing in memory, and knows them if they come back."""

from __future__ import annotations

import itertools
import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.records import sha256
from dateline.settings import Settings
from dateline.topics import Topics
from producers import feeds, producer
from producers.feeds import Folder, Reader, shown
from producers.positions import Positions
from producers.publisher import Confirmed
from tests.waiting import LONG, until


class Kafka:
    """A publisher that injects a delay: only so many of the records are confirmed."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.confirms = sys.maxsize
        self._waiting: deque[tuple[int, Confirmed]] = deque()

    def send(self, _topic: str, *, value: bytes, confirmed: Confirmed, **_: Any) -> None:
        self._waiting.append((len(self.written), confirmed))
        self.written.append(value)

    def poll(self) -> None:
        while self._waiting and self._waiting[0][0] < self.confirms:
            offset, confirmed = self._waiting.popleft()
            confirmed(0, offset)

    def drain(self) -> bool:
        self.confirms = sys.maxsize
        self.poll()
        return True

    def close(self) -> None:
        pass


class Watching:
    """A producer on a folder, in a thread of its own, without a Kafka."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, *, again: bool) -> None:
        self.settings = msgspec.structs.replace(
            Settings(), data_dir=str(folder.with_name("data")), topic_prefix="t."
        )
        self.kafka = Kafka()
        self.stage: producer._Stage | None = None
        self._folder = folder
        self._feed = Folder(folder)
        self._again = again
        self._ended = False
        self._stop = threading.Event()
        stage = producer._Stage

        def made(*arguments: Any) -> producer._Stage:
            self.stage = stage(*arguments)
            return self.stage

        patch.setattr(producer, "raw_topic", lambda _: (Topics.of(self.settings), 1, "place"))
        patch.setattr(producer, "Publisher", lambda *_, **__: self.kafka)
        patch.setattr(producer, "open_feed", lambda *_: self._feed)
        patch.setattr(producer, "_Stage", made)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        until(lambda: self.stage is not None)
        patch.setattr(producer, "_Stage", stage)

    def _run(self) -> None:
        producer.produce(self.settings, ["folder"], once=False, again=self._again, stop=self._stop)
        self._ended = True

    @property
    def unchanged(self) -> int:
        """Files that were read and held nothing new."""
        assert self.stage is not None
        return self.stage.result.unchanged

    def read(self) -> set[str]:
        """Names of the files that the stage or the reader keeps something of."""
        assert self.stage is not None
        kept = (self.stage._reader._newest, self.stage._under_way, self.stage._marks)
        return {Path(path).name for one in kept for _feed, path in list(one)}

    def saved(self, name: str) -> str | None:
        """Hash of what is on disk of a file."""
        positions = Positions(self.settings.data_path, "place")
        try:
            mark = positions.get(shown(self._folder), shown(self._folder / name))
        finally:
            positions.close()
        return mark.sha256 if mark else None

    def watched(self) -> set[str]:
        """Names of the files that the watch keeps something of."""
        return {path.name for path in list(self._feed._done)}

    def end(self) -> None:
        """Stop it; it must end by itself, and well."""
        self._stop.set()
        self._thread.join(timeout=LONG)
        assert self._ended


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder."""
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return inbox


@pytest.fixture
def watch(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Watching]]:
    """Starts a producer on the folder."""
    started: list[Watching] = []

    def start(*, again: bool = False) -> Watching:
        started.append(Watching(monkeypatch, folder, again=again))
        return started[-1]

    yield start
    for one in started:
        one.end()


def item(number: int) -> bytes:
    """A small ninjs item."""
    return json.dumps({"uri": f"urn:test:{number}", "headline": f"Item {number}"}).encode()


def put(path: Path, data: bytes, hour: int = 0) -> Path:
    """A file that is finished when it appears; modified in that hour of 1970."""
    hidden = path.with_name(f".{path.name}")
    hidden.write_bytes(data)
    os.utime(hidden, (hour * 3600, hour * 3600))
    return hidden.rename(path)


@pytest.mark.parametrize("again", [False, True])
def test_of_hundreds_of_files_that_are_picked_up_nothing_is_kept(
    folder: Path, watch: Callable[..., Watching], again: bool
) -> None:
    watching = watch(again=again)
    put(folder / "stays.json", item(0))
    sent = 1
    for round_ in range(6):
        here = [put(folder / f"{round_}-{n}.json", item(100 * round_ + n)) for n in range(48)]
        here.append(put(folder / f"{round_}.jsonl", item(1) + b"\n" + item(2) + b"\n"))
        here.append(put(folder / f"{round_}-refused.json", b"no JSON"))
        sent += 48 + 2 + 1
        until(lambda: len(watching.kafka.written) == sent)  # noqa: B023 - called at once
        for path in here:
            path.unlink()
    until(lambda: watching.watched() == {"stays.json"})
    until(lambda: watching.read() == set())
    # What is there is known nevertheless.
    put(folder / "stays.json", item(0), hour=1)
    until(lambda: watching.unchanged == 1)
    assert len(watching.kafka.written) == sent


@pytest.mark.parametrize("again", [False, True])
def test_a_file_of_the_same_name_is_compared_with_the_one_before_it(
    folder: Path, watch: Callable[..., Watching], again: bool
) -> None:
    def pick_up() -> None:
        until(lambda: watching.watched() == {"a.json"})
        path.unlink()
        until(lambda: watching.watched() == watching.read() == set())

    path = put(folder / "a.json", item(1))
    watching = watch()
    until(lambda: watching.kafka.written == [item(1)])
    watching.end()

    # What an earlier run published comes once more with --again, and only once.
    watching = watch(again=again)
    known = [item(1)] if again else []
    until(lambda: len(watching.kafka.written) + watching.unchanged == 1)
    assert watching.kafka.written == known
    unchanged = watching.unchanged
    pick_up()
    put(path, item(1), hour=1)
    until(lambda: watching.unchanged == unchanged + 1)
    assert watching.kafka.written == known
    pick_up()
    put(path, item(2), hour=2)
    until(lambda: watching.kafka.written == [*known, item(2)])
    pick_up()
    put(path, item(1), hour=3)
    until(lambda: watching.kafka.written == [*known, item(2), item(1)])


def test_a_file_that_is_not_confirmed_is_known_though_it_is_gone(
    folder: Path, watch: Callable[..., Watching]
) -> None:
    watching = watch()
    watching.kafka.confirms = 0
    path = put(folder / "a.json", item(1))
    until(lambda: watching.kafka.written == [item(1)])
    put(path, item(2), hour=1)
    until(lambda: watching.kafka.written == [item(1), item(2)])
    path.unlink()
    until(lambda: watching.watched() == set())
    # Of two records the first is confirmed and its position saved: that is not the file's last.
    watching.kafka.confirms = 1
    until(lambda: watching.saved("a.json") == sha256(item(1)))
    put(path, item(2), hour=2)
    until(lambda: watching.unchanged == 1)
    assert watching.read() == {"a.json"}
    watching.kafka.confirms = 2
    until(lambda: watching.read() == set())
    assert watching.saved("a.json") == sha256(item(2))
    assert watching.kafka.written == [item(1), item(2)]


def test_files_that_go_while_nobody_tells_are_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A network drive tells nothing of what other hosts do there."""
    monkeypatch.setattr("watchfiles.watch", lambda *_, **__: itertools.repeat(set()))
    monkeypatch.setattr(feeds, "RESCAN", 0.0)
    paths = [put(folder / f"{n}.json", item(n)) for n in range(5)]
    feed = Folder(folder)
    arrivals = feed.arrivals(Reader(Settings(), once=False))
    for _ in range(5):
        assert next(arrival for arrival in arrivals if arrival is not None).document is not None
    for path in paths[1:]:
        path.unlink()
    # When the next scan comes depends on how long the last one took.
    until(lambda: next(arrivals) is None and list(feed._done) == paths[:1])
