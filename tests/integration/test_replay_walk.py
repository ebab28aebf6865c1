"""The walk of docs/replay.md, typed as it stands there, while searches hammer the alias."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dateline.connections import elasticsearch_client, find_servers
from dateline.settings import Settings
from tests.conftest import ROOT
from tests.walk import commands, plain, walking

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

PAGE = ROOT / "docs" / "replay.md"
#: the story that is withdrawn on the way
KILLED = "urn:nordpress:2026:river-court"


class Hammer(threading.Thread):
    """Searches the alias again and again; keeps what must not be."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(daemon=True)
        self.settings = settings
        self.ended = threading.Event()
        #: set once the kill has been through
        self.dead = threading.Event()
        #: set while there are articles to be found
        self.full = threading.Event()
        self.searches = 0
        self.generations: set[str] = set()
        self.wrong: list[str] = []

    def run(self) -> None:
        with elasticsearch_client(self.settings) as client:
            while not self.ended.is_set():
                full, dead = self.full.is_set(), self.dead.is_set()
                if not full:
                    time.sleep(0.05)
                    continue
                found = client.search(index="articles", size=100, source_includes=["uri"])
                hits = found["hits"]["hits"]
                indices = {hit["_index"] for hit in hits}
                uris = {hit["_source"]["uri"] for hit in hits}
                self.searches += 1
                self.generations |= indices
                if len(indices) != 1:
                    self.wrong.append(f"{len(hits)} hits of {indices or 'no generation'}")
                if found["_shards"]["failed"]:
                    self.wrong.append(str(found["_shards"]))
                if dead and KILLED in uris:
                    self.wrong.append(f"{KILLED} is shown by {indices}")
                if len(uris) != len(hits):
                    self.wrong.append("a story twice")


@contextmanager
def hammering(data_dir: Path) -> Iterator[Hammer]:
    hammer = Hammer(find_servers(Settings(data_dir=str(data_dir))))
    hammer.start()
    try:
        yield hammer
    finally:
        hammer.ended.set()
        hammer.join(30)


def test_the_walk_prints_what_the_page_says(tmp_path: Path) -> None:
    steps = commands(PAGE.read_text(encoding="utf-8"))
    assert len(steps) > 20
    with walking(tmp_path) as walk:
        assert plain(walk.type(steps[0].line)) == plain(steps[0].output)
        with hammering(tmp_path / "data") as hammer:
            for step in steps[1:-1]:
                printed = walk.type(step.line)
                assert plain(printed) == plain(step.output), step.line
                if "run ../seeds" in step.line:
                    hammer.full.set()
                if "run kill.json" in step.line:
                    hammer.dead.set()
        assert plain(walk.type(steps[-1].line)) == plain(steps[-1].output)
    assert hammer.wrong == []
    assert hammer.searches > 100
    assert {name[-6:] for name in hammer.generations} == {"000001", "000002"}
