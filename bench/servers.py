"""How long the embedded servers take to start, stop and come back, and what they weigh."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from dateline.embedded import EmbeddedStack, read_servers


def _seconds(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def measure(folder: Path, *, rounds: int) -> dict[str, Any]:
    """Seconds of each (one list entry a round), and resident megabytes once up."""
    told: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        told.setdefault(name, []).append(value)

    for number in range(rounds):
        data = folder / f"round{number}"
        for name in ("first start", "later start"):
            stack = EmbeddedStack(data, report=lambda _line: None)
            note(f"{name}, s", _seconds(stack.start))
            if name == "later start":
                servers = read_servers(data)
                if servers is None:
                    raise SystemExit("bench: the servers are up, but servers.json is not there")
                for server, process in (
                    ("Kafka", servers.kafka),
                    ("Elasticsearch", servers.elasticsearch),
                ):
                    resident = psutil.Process(process.pid).memory_info().rss
                    note(f"{server}, MB", resident / 1e6)
                stack.kill_elasticsearch()
                note("Elasticsearch back after a kill, s", _seconds(stack.start_elasticsearch))
                stack.kill_kafka()
                note("Kafka back after a kill, s", _seconds(stack.start_kafka))
            note("stop, s", _seconds(stack.stop))
    return dict(told)
