"""Throughput of the processor by workers, language processes and cores, and the law it follows.

Measured is the way from the raw topic to confirmed enriched records, without the sink, with the
processor's processes held on one core or two. A story costs processor time at two places: in a
language process (the model) and in its worker (Faust, Kafka's client, the pipe between the two).
So the throughput should be the smallest of

- workers x language processes / time in a language process: they are all busy;
- workers / time in a worker: a worker is one loop;
- cores / the sum of both: the cores are busy.

Both times are taken from the run of one worker on its own cores. `law` is what follows from them
for each run, `law / measured` how far it is off.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import psutil

from bench import pipeline, texts
from dateline import offsets
from dateline.cli.supervisor import Stage
from dateline.connections import kafka_admin
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics

#: workers, language processes of each
RUNS = ((1, 1), (2, 1), (4, 1), (1, 2), (1, 4))
WARM = 400
#: of a run, at its end, that does not count: one partition is done later than another
_TAIL = 0.05
_PATIENCE = 600.0


def law(workers: int, processes: int, cores: int, a_story: pipeline.Spent) -> float:
    """Stories a second, of seconds of processor time that a story takes."""
    return min(
        workers * processes / a_story.language,
        workers / a_story.own,
        cores / (a_story.own + a_story.language),
    )


@contextmanager
def held_on(cores: int) -> Iterator[None]:
    """Processes that are started meanwhile run on the first so many cores."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(before)[:cores])
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _wait(admin: Any, settings: Settings, count: float) -> float:
    topic = Topics.of(settings).enriched
    return pipeline.reached(
        lambda: sum(offsets.ends(admin, topic).values()), count, "were enriched", _PATIENCE
    )


def run(
    stack: EmbeddedStack, folder: Path, *, stories: int, workers: int, processes: int, cores: int
) -> tuple[float, pipeline.Spent]:
    """Stories a second, and seconds of processor time that a story took."""
    settings = pipeline.settings_for(stack, str(folder), processes)
    sender = pipeline.producer(settings)
    with ExitStack() as until:
        admin = until.enter_context(kafka_admin(settings))
        ensure_topics(admin, settings)
        stages: list[Stage] = []
        with held_on(cores):
            for number in range(workers):
                own = msgspec.structs.replace(settings, data_dir=str(folder / str(number)))
                stage = Stage("process", ["process"], own)
                until.callback(stage.stop)
                stage.start()
                stages.append(stage)
        pipeline.publish_raw(settings, texts.stories(WARM, name="warm"), sender)
        _wait(admin, settings, WARM)
        _all_work(stages, processes)
        load = texts.stories(stories, name=folder.name)
        with ExitStack() as paused:
            for stage in stages:
                paused.enter_context(pipeline.paused(stage))
            pipeline.publish_raw(settings, load, sender)
            before = pipeline.spent(stages)
            begun = time.perf_counter()
        counted = (1 - _TAIL) * stories
        took = _wait(admin, settings, WARM + counted) - begun
        _wait(admin, settings, WARM + stories)
        spent = pipeline.spent(stages).since(before)
    sender.close()
    return counted / took, pipeline.Spent(spent.own / stories, spent.language / stories)


def _all_work(stages: list[Stage], processes: int) -> None:
    """Each worker has started its language processes and rests."""
    deadline = time.perf_counter() + _PATIENCE
    while time.perf_counter() < deadline:
        psutil.cpu_percent(percpu=True)
        if all(len(pipeline.tree(stage)) > processes for stage in stages):
            time.sleep(3.0)
            if sum(psutil.cpu_percent(percpu=True)) < 60:
                return
        time.sleep(0.5)
    raise SystemExit("bench: the workers did not come to rest")


def measure(stack: EmbeddedStack, folder: Path, *, stories: int) -> dict[str, Any]:
    """By cores and run: stories a second, what the law says, and how far it is off."""
    found: dict[str, Any] = {}
    for cores in range(1, min(len(os.sched_getaffinity(0)), 2) + 1):
        a_story: pipeline.Spent | None = None
        for workers, processes in RUNS:
            name = f"{cores} cores, {workers} x {processes}"
            rate, spent = run(
                stack,
                folder / name.replace(" ", ""),
                stories=stories,
                workers=workers,
                processes=processes,
                cores=cores,
            )
            print(f"{name}: {rate:.1f} stories/s", file=sys.stderr, flush=True)
            a_story = a_story or spent
            said = law(workers, processes, cores, a_story)
            found[name] = {
                "stories/s": rate,
                "law": said,
                "law / measured": said / rate,
                "worker, ms/story": 1e3 * spent.own,
                "language, ms/story": 1e3 * spent.language,
            }
    return found
