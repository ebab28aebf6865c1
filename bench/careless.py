"""What the guarantees cost: the pipeline against the same one that commits without waiting.

Both are the very stages; the careless ones acknowledge raw records once their outputs are on the
way, and commit enriched ones once they are read (`bench.careless_stage`). In turn, on the same
servers, in one run.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from bench import pipeline, texts
from dateline.connections import kafka_admin
from dateline.embedded import EmbeddedStack
from dateline.settings import PREFIX, Settings, as_environment
from dateline.topics import ensure_topics

#: stories that are worked through first: models are loaded, Java has compiled
WARM = 200


@contextmanager
def stages(settings: Settings, module: str) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """Processor and sink of a module that takes the command line's arguments."""
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
    environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    environ |= as_environment(settings)
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", module, name], stdin=subprocess.DEVNULL, env=environ
        )
        for name in ("process", "sink")
    }
    try:
        yield started
    finally:
        for process in started.values():
            process.send_signal(signal.SIGTERM)
        for process in started.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def _seconds(
    stack: EmbeddedStack, folder: Path, module: str, stories: int, processes: int
) -> float:
    settings = pipeline.settings_for(stack, str(folder), processes)
    sender = pipeline.producer(settings)
    load = texts.stories(stories, name=folder.name)
    with stages(settings, module) as running:
        pipeline.publish_raw(settings, texts.stories(WARM, name="warm"), sender)
        pipeline.wait_searchable(settings, WARM)
        stopped = _family(running["process"])
        for one in stopped:
            one.suspend()
        pipeline.publish_raw(settings, load, sender)
        begun = time.perf_counter()
        for one in stopped:
            one.resume()
        took = pipeline.wait_searchable(settings, WARM + stories) - begun
    sender.close()
    return took


def measure(
    stack: EmbeddedStack, folder: Path, *, stories: int, rounds: int, processes: int
) -> dict[str, Any]:
    """Stories a second of both, and the share, round by round; who goes first alternates."""
    careful: list[float] = []
    careless: list[float] = []
    ways = (("dateline", careful), ("bench.careless_stage", careless))
    for number in range(rounds):
        for module, times in ways if number % 2 else reversed(ways):
            place = folder / f"{module.rpartition('.')[2]}-{number}"
            times.append(_seconds(stack, place, module, stories, processes))
    shares = [theirs / ours for ours, theirs in zip(careful, careless, strict=True)]
    return {
        "stories": stories,
        "processes": processes,
        "careless, stories/s": stories / statistics.median(careless),
        "with the guarantees, stories/s": stories / statistics.median(careful),
        "share": statistics.median(shares),
        "shares": shares,
    }
