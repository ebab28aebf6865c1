"""What the guarantees cost: the pipeline against the same one that commits without waiting.

Both are the very stages; the careless ones acknowledge raw records once their outputs are on the
way, and commit enriched ones once they are read (`bench.careless_stage`). In turn, on the same
servers, in one run.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

from bench import pipeline, texts
from dateline.embedded import EmbeddedStack

#: stories that are worked through first: models are loaded, Java has compiled
WARM = 200


def _seconds(
    stack: EmbeddedStack, folder: Path, module: str, stories: int, processes: int
) -> float:
    settings = pipeline.settings_for(stack, str(folder), processes)
    sender = pipeline.producer(settings)
    load = texts.stories(stories, name=folder.name)
    with pipeline.stages(settings, "process", "sink", module=module) as running:
        pipeline.publish_raw(settings, texts.stories(WARM, name="warm"), sender)
        pipeline.wait_searchable(settings, WARM)
        with pipeline.paused(running["process"]):
            pipeline.publish_raw(settings, load, sender)
            begun = time.perf_counter()
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
