"""Memory of each stage under a flood of tiny articles.

They are a file of JSON Lines; the producer reads it, and all stages work at once. Every fifth is in
German; the others are in a language without a model, so that half a million pass within the hour.
Each stage's memory (unique set size: what it alone has) is noted whenever another `MARK` of
articles has passed it. What matters is that the last notes are as the first ones after the start:
a stage holds what it has just fetched, so a single note may be a fifth off; medians of `NOTES`
are compared.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import psutil

from bench import pipeline
from dateline.cli.supervisor import Stage
from dateline.connections import kafka_admin
from dateline.embedded import EmbeddedStack
from dateline.offsets import committed, ends
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics

#: articles between two notes
MARK = 10_000
#: the first note of a stage that is compared with its last: caches are full by then
FIRST = 50_000
#: notes whose median is compared: from `FIRST` on, and the last
NOTES = 6
GERMAN = ("Pegel in Zentimetern:", "Der Pegel steht bei {} Zentimetern.")
DUTCH = ("Waterstand in centimeters:", "Het water staat op een hoogte van {} centimeters.")
_LOOK = 0.5
Process = Stage | subprocess.Popen[bytes]
_PATIENCE = 7200.0


def lay(path: Path, articles: int) -> None:
    """A file of so many tiny articles, one a line."""
    with path.open("wb") as file:
        for number in range(articles):
            item = {
                "uri": f"urn:example:flood:{number}",
                "type": "text",
                "pubstatus": "usable",
                "language": "nl" if number % 5 else "de",
                "versioncreated": "2026-05-04T10:00:00Z",
                "headline": f"{DUTCH[0] if number % 5 else GERMAN[0]} {number}",
                "body_text": (DUTCH if number % 5 else GERMAN)[1].format(number),
            }
            file.write(msgspec.json.encode(item) + b"\n")


def measure(stack: EmbeddedStack, folder: Path, *, articles: int) -> dict[str, Any]:
    """MB of each stage at each mark, and the median of the last `NOTES` as a share of that of the
    first ones from `FIRST` on (from the second note on, where fewer articles came)."""
    settings = pipeline.settings_for(stack, str(folder), 2)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "flood.jsonl"
    lay(path, articles)
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
    stages = {name: Stage(name, [name], settings) for name in ("process", "sink")}
    notes: dict[str, list[tuple[int, float]]] = {}
    begun = time.perf_counter()
    try:
        for stage in stages.values():
            stage.start()
        with pipeline.producing(settings, path) as producer:
            _watch(settings, {"produce": producer, **stages}, articles, notes)
    finally:
        for stage in stages.values():
            stage.stop()
    found: dict[str, Any] = {
        "articles": articles,
        "articles/s": articles / (time.perf_counter() - begun),
    }
    for name, noted in notes.items():
        levels = [mb for passed, mb in noted if passed >= FIRST] or [mb for _, mb in noted[1:]]
        found[f"{name}, MB"] = [round(mb) for _passed, mb in noted]
        last, first = median(levels[-NOTES:]), median(levels[:NOTES])
        found[f"{name}, last against {FIRST}th"] = last / first
    return found


def _watch(
    settings: Settings,
    stages: Mapping[str, Process],
    articles: int,
    notes: dict[str, list[tuple[int, float]]],
) -> None:
    deadline = time.monotonic() + _PATIENCE
    with kafka_admin(settings) as admin:
        while time.monotonic() < deadline:
            passed = _passed(admin, settings)
            for name, stage in stages.items():
                for role, processes in _roles(name, stage).items():
                    noted = notes.setdefault(role, [])
                    last = noted[-1][0] if noted else -MARK
                    if passed[name] // MARK > last // MARK and processes:
                        noted.append((passed[name], pipeline.megabytes(processes)))
            if passed["sink"] >= articles:
                return
            time.sleep(_LOOK)
    raise SystemExit(f"bench: the flood of {articles} articles did not pass")


def _roles(name: str, stage: Process) -> dict[str, list[psutil.Process]]:
    family = pipeline.tree(stage)
    if name != "process":
        return {name: family}
    return {"process": family[:1], "spaCy": family[1:]}


def _passed(admin: Any, settings: Settings) -> dict[str, int]:
    """Articles that each stage has passed."""
    from dateline.connections import elasticsearch_client
    from processors.app import group_of
    from sinks import generations

    topics = Topics.of(settings)
    sunk = 0
    with elasticsearch_client(settings) as client:
        one = generations.serving(client, settings)
        if one is not None:
            group = generations.group_of(settings, one)
            sunk = sum(committed(admin, group, topics.enriched).values())
    return {
        "produce": sum(ends(admin, topics.raw).values()),
        "process": sum(committed(admin, group_of(settings), topics.raw).values()),
        "sink": sunk,
    }
