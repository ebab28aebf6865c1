"""What befalls the two servers: killed, standing still, out of disk."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack, read_servers
from dateline.settings import Settings

#: above any disk: at such watermarks every disk is full
_FULL = {"low": "900pb", "high": "900pb", "flood_stage": "900pb"}
_WATERMARK = "cluster.routing.allocation.disk.watermark"
#: how often Elasticsearch looks at the disk; 10 s is the least that it takes
_LOOKS = "10s"


class Servers:
    """The two of one stack, for use by several threads. A method that kills one starts it again,
    too, on its old port and data; it returns the seconds from the start until it answers."""

    def __init__(self, stack: EmbeddedStack) -> None:
        self.stack = stack
        self._lock = threading.Lock()

    def restart_kafka(self, away: float = 0.0, *, killed: bool = True) -> float:
        """SIGKILL (unless it has died by itself), and started after ``away`` seconds."""
        with self._lock:
            self.stack.kill_kafka()
            time.sleep(away)
            began = time.monotonic()
            self.stack.start_kafka()
            return time.monotonic() - began

    def restart_elasticsearch(self, away: float = 0.0) -> float:
        """Likewise."""
        with self._lock:
            self.stack.kill_elasticsearch()
            time.sleep(away)
            began = time.monotonic()
            self.stack.start_elasticsearch()
            return time.monotonic() - began

    def pause(self, name: str, seconds: float) -> None:
        """SIGSTOP: connections stay open, nobody answers."""
        with self._lock:
            process = psutil.Process(self.pid(name))
            process.suspend()
            try:
                time.sleep(seconds)
            finally:
                process.resume()

    def fill_kafkas_disk(self, patience: float = 20.0) -> float:
        """No file of the broker may grow until it gives up, as it does when the disk is full;
        then there is room again and it is started. A limit to the size of its files stands in for
        the disk: the same writes fail, with EFBIG in the place of ENOSPC.
        """
        with self._lock:
            pid = self.pid("kafka")
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            deadline = time.monotonic() + patience
            while self.stack.poll() is None and time.monotonic() < deadline:
                time.sleep(0.1)
        return self.restart_kafka()

    def pid(self, name: str) -> int:
        """Of ``kafka`` or ``elasticsearch``."""
        known = read_servers(self.stack.data_dir)
        assert known is not None, "the servers do not run"
        return (known.kafka if name == "kafka" else known.elasticsearch).pid


def look_at_the_disk_often(settings: Settings) -> None:
    """As often as Elasticsearch allows, so that a flood comes and goes within a test."""
    _put(settings, {"cluster.info.update.interval": _LOOKS})


@contextmanager
def flood(settings: Settings, patience: float = 60.0) -> Iterator[None]:
    """Elasticsearch takes its disk for full, by its own watermarks: the block is its own, and it
    takes it off by itself some time after the block has ended."""
    index = f"{settings.index_prefix}articles-000001"
    _put(settings, {f"{_WATERMARK}.{name}": value for name, value in _FULL.items()})
    try:
        deadline = time.monotonic() + patience
        while not blocked(settings, index):
            assert time.monotonic() < deadline, "the flood stage is not reached"
            time.sleep(0.2)
        yield
    finally:
        _put(settings, {f"{_WATERMARK}.{name}": None for name in _FULL})


def blocked(settings: Settings, index: str) -> bool:
    """Whether the flood stage has made an index read-only."""
    with elasticsearch_client(settings) as client:
        found: Any = client.indices.get_settings(index=index, name="index.blocks.*")
        return bool(found.body.get(index, {}).get("settings"))


def _put(settings: Settings, persistent: dict[str, Any]) -> None:
    with elasticsearch_client(settings) as client:
        client.cluster.put_settings(persistent=persistent)


def fill_disk_of(pid: int) -> None:
    """No file of this process may grow from now on, until it is started again."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
