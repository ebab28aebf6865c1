"""Memory under pressure: documents of the largest size, and an Elasticsearch that hardly works.

Memory is what a stage's processes have for themselves (unique set size, where the system tells
it), the language processes' by themselves; the highest of each stretch is shown.

base: some thousand tiny articles, for comparison.
slow: Elasticsearch runs for a quarter of a second in every two, so that the sink falls behind.
largest: a hundred documents of the largest size that is taken. A text of that size would take
minutes of language work, which is another matter than memory: so two in five have a short text and
as many keywords as there is room for, one has a text of 84 kB, and two are white space for the
most part.
"""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import psutil

from bench import pipeline
from dateline.cli.supervisor import Stage
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.embedded import EmbeddedStack, read_servers
from dateline.errors import Unavailable
from dateline.offsets import committed, ends
from dateline.settings import Settings
from dateline.topics import Topics
from processors.app import group_of as processor_group
from sinks import generations

#: tiny articles for comparison, and while Elasticsearch is slow
BASE, SLOW = 6_000, 30_000
#: documents of the largest size
LARGEST = 100
#: seconds between two looks at memory
_LOOK = 0.25
#: seconds in which a stage must get on
_PATIENCE = 600.0
#: seconds that Elasticsearch stands still and runs, by turns, and for how long
_STILL, _RUNS, _SLOW_FOR = 1.75, 0.25, 40.0

Memory = Callable[[], float]


class Passed:
    """How many articles have passed each stage, as Kafka knows it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topics = Topics.of(settings)
        self._admin = kafka_admin(settings)

    def __call__(self) -> dict[str, int]:
        """Records, by stage; ``waiting``: what the sink has not passed. Raises Unavailable."""
        raw = sum(ends(self._admin, self._topics.raw).values())
        done = committed(self._admin, processor_group(self._settings), self._topics.raw)
        indexed = 0
        with elasticsearch_client(self._settings) as client:
            for one in generations.fed(client, self._settings):
                group = generations.group_of(self._settings, one)
                indexed = sum(committed(self._admin, group, self._topics.enriched).values())
        enriched = sum(ends(self._admin, self._topics.enriched).values())
        return {
            "produce": raw,
            "process": sum(done.values()),
            "sink": indexed,
            "waiting": enriched - indexed,
        }

    def close(self) -> None:
        """Leave."""
        self._admin.close()


class Watch(threading.Thread):
    """Looks at memory all the time; a mark takes the highest since the mark before it."""

    def __init__(self, memory: dict[str, Memory]) -> None:
        super().__init__(name="watch", daemon=True)
        self._memory = memory
        self._peak = dict.fromkeys(memory, 0.0)
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def run(self) -> None:
        """Until `end`."""
        while not self._ended.wait(_LOOK):
            for stage, memory in self._memory.items():
                now = memory()
                with self._lock:
                    self._peak[stage] = max(self._peak[stage], now)

    def take(self) -> dict[str, float]:
        """The peaks since the last call, MB."""
        with self._lock:
            peak, self._peak = self._peak, dict.fromkeys(self._peak, 0.0)
        return peak

    def end(self) -> None:
        """Stop looking."""
        self._ended.set()
        self.join()


def tiny(count: int, path: Path) -> None:
    """So many articles of a few words each, as JSON Lines; the file's name tells them apart."""
    name = path.stem.encode()
    with path.open("wb") as file:
        for number in range(count):
            file.write(
                b'{"uri":"urn:dateline:%b:%d","type":"text","version":"1","language":"de",'
                b'"versioncreated":"2026-01-01T00:00:00Z","headline":"Lage %d",'
                b'"body_text":"Es regnet."}\n' % (name, number, number)
            )


def largest(limit: int, path: Path) -> None:
    """Documents of just that many bytes, one a line."""
    with path.open("wb") as file:
        for number in range(LARGEST):
            document: dict[str, Any] = {
                "uri": f"urn:dateline:largest:{number}",
                "type": "text",
                "version": "1",
                "language": "de",
                "versioncreated": "2026-01-01T00:00:00Z",
                "headline": f"Lage {number}",
                "body_text": "Es regnet.",
            }
            kind = number % 5
            if kind in (0, 1):
                # As many keywords as there is room for; the index takes those that are short.
                room = limit - 400
                document["keywords"] = [f"wort{n:07d}" for n in range(room // 14)]
            elif kind == 2:
                document["body_text"] = "\n\n".join(["Es regnet in Dresden."] * 4000)
            value = msgspec.json.encode(document)
            # White space is part of the document as it came, and of nothing that is made of it.
            file.write(value[:-1] + b" " * (limit - len(value)) + b"}\n")


@contextmanager
def slowed(pid: int) -> Iterator[None]:
    """Let a process run for a moment only, again and again."""
    process = psutil.Process(pid)
    over = threading.Event()

    def turns() -> None:
        while not over.is_set():
            process.suspend()
            over.wait(_STILL)
            process.resume()
            over.wait(_RUNS)

    thread = threading.Thread(target=turns, name="slowed")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)


class _Load:
    """One pipeline and what is seen of it."""

    def __init__(self, settings: Settings, running: dict[str, Stage]) -> None:
        self.settings = settings
        self.running = running
        self.producer: subprocess.Popen[bytes] | None = None
        self.passed = Passed(settings)
        self.watch = Watch(
            {
                "produce": self._of_producer,
                "process": lambda: pipeline.megabytes(pipeline.tree(running["process"])[:1]),
                "language": lambda: pipeline.megabytes(pipeline.tree(running["process"])[1:]),
                "sink": lambda: pipeline.megabytes(pipeline.tree(running["sink"])),
            }
        )

    def _of_producer(self) -> float:
        return pipeline.megabytes(pipeline.tree(self.producer)) if self.producer else 0.0

    def publish_and_wait(self, path: Path) -> dict[str, float]:
        """Highest megabytes of each stage until all of it has passed."""
        last, moved = self._look(), time.monotonic()
        self.watch.take()
        with pipeline.producing(self.settings, path) as process:
            self.producer = process
            while True:
                now = self._look()
                # Some may be dead, or have no text: what matters is that nothing waits.
                through = now["process"] == now["produce"] and not now["waiting"]
                if process.poll() is not None and through:
                    break
                if now != last:
                    moved, last = time.monotonic(), now
                if time.monotonic() - moved > _PATIENCE:
                    raise SystemExit(f"bench: nothing moves any more: {now}")
                time.sleep(_LOOK)
            self.producer = None
        return self.watch.take()

    def _look(self) -> dict[str, int]:
        for _ in range(60):
            with suppress(Unavailable):
                return self.passed()
            time.sleep(1.0)
        raise SystemExit("bench: the servers do not answer")

    def slow(self, elasticsearch: int, path: Path) -> dict[str, Any]:
        """What piles up, and where, while Elasticsearch hardly works."""
        with pipeline.producing(self.settings, path) as process:
            process.wait()
            begun = self._look()
            self.watch.take()
            with slowed(elasticsearch):
                time.sleep(_SLOW_FOR / 2)
                half = self.watch.take()
                time.sleep(_SLOW_FOR / 2)
                whole = self.watch.take()
            end = self._look()
        return {
            "waiting for the sink, before": begun["waiting"],
            "waiting for the sink, after": end["waiting"],
            "indexed meanwhile": end["sink"] - begun["sink"],
            "MB, first half": half,
            "MB, second half": whole,
        }


def measure(stack: EmbeddedStack, folder: Path, *, processes: int) -> dict[str, Any]:
    """Highest megabytes of each stage under each load."""
    settings = pipeline.settings_for(stack, str(folder), processes)
    folder.mkdir(parents=True, exist_ok=True)
    servers = read_servers(stack.data_dir)
    if servers is None:
        raise SystemExit("bench: the servers are up, but servers.json is not there")
    tiny(BASE, folder / "base.jsonl")
    tiny(SLOW, folder / "slow.jsonl")
    largest(settings.max_document_bytes, folder / "largest.jsonl")
    told: dict[str, Any] = {}
    with pipeline.stages(settings, "process", "sink") as running:
        load = _Load(settings, running)
        load.watch.start()
        try:
            told["base, MB"] = load.publish_and_wait(folder / "base.jsonl")
            slow = load.slow(servers.elasticsearch.pid, folder / "slow.jsonl")
            told |= {f"slow, {name}": value for name, value in slow.items()}
            load.publish_and_wait(folder / "slow.jsonl")  # until what is left of it is through
            told["largest, MB"] = load.publish_and_wait(folder / "largest.jsonl")
        finally:
            load.watch.end()
            load.passed.close()
    return told
