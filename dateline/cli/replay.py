"""``dateline replay``: build the next generation of the index from the topics.

The order of the first steps is what makes it whole:

1. the index is created, and not fed by anybody yet;
2. the end of the enriched topic is noted, and becomes the beginning of the new generation's
   consumer group: from there on it takes every live article, as the serving one does;
3. the end of the raw topic is noted: all before it is parsed and enriched again, and marked for
   the new generation alone;
4. only then may sinks feed it.

A raw record after (3) was not enriched before (2), so the live processor's article of it lies
after (2). What is in both ways is the same article twice, which the sink's order settles.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import tell
from dateline.cli.run import Stage, stop_on_signals
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.offsets import Offsets, committed, ends, lag, set_committed
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from sinks.generations import Generation

_POLL = 0.5
_TOLD_EVERY = 5.0


@click.command()
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@with_settings
def replay(workers: int, settings: Settings) -> int:
    """Parse and enrich everything again into a new generation of the index.

    Searches see nothing of it until `dateline index switch`. Live articles go into both
    meanwhile. A replay that was stopped or killed goes on where it was.
    """
    from processors.app import group_of as processor_group
    from sinks import generations

    settings = find_servers(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    with ExitStack() as stack:
        admin = stack.enter_context(kafka_admin(settings))
        client = stack.enter_context(elasticsearch_client(settings))
        topics = ensure_topics(admin, settings)
        generations.ensure(client, settings)
        building = _unfinished(client, settings)
        if building is None:
            building = _begin(admin, client, settings, topics)
            tell(f"generation {building.number} begun")
        else:
            tell(f"going on with generation {building.number}")
        until: Offsets = {int(p): end for p, end in building.replay["raw_until"].items()}
        number = str(building.number)
        encoded = msgspec.json.encode({str(p): end for p, end in until.items()}).decode()
        stages = [
            Stage("replay", ["process", "--replay", number, "--until", encoded], settings)
            for _ in range(workers)
        ]
        stages.append(Stage("sink", ["sink", "--generation", number], settings))
        for stage in stages:
            stack.callback(stage.stop)
            stage.start()

        group = processor_group(settings, generation=building.number)
        into = generations.group_of(settings, building)

        def to_enrich() -> int:
            return lag(until, committed(admin, group, topics.raw))

        def to_index() -> int:
            return lag(enriched, committed(admin, into, topics.enriched))

        if not _wait(to_enrich, "enriched", stages, stop):
            return 130
        enriched = ends(admin, topics.enriched)
        if not _wait(to_index, "indexed", stages, stop):
            return 130
        generations.mark_complete(client, settings, building.number)
        with generations.surroundings("counting documents"):
            stories = client.count(index=building.index)["count"]
        tell(
            f"generation {building.number} is complete: {stories} stories; "
            f"`dateline index switch` lets it serve"
        )
    return 0


def _unfinished(client: Elasticsearch, settings: Settings) -> Generation | None:
    from sinks import generations

    found = [
        one
        for one in generations.list_generations(client, settings)
        if one.state == "building" and "raw_until" in one.replay
    ]
    return found[-1] if found else None


def _begin(admin: Any, client: Elasticsearch, settings: Settings, topics: Topics) -> Generation:
    """The steps of the module's docstring."""
    from processors.app import group_of as processor_group
    from sinks import generations

    created = generations.create_next(client, settings)
    enriched_from = ends(admin, topics.enriched)
    set_committed(admin, generations.group_of(settings, created), topics.enriched, enriched_from)
    raw_until = ends(admin, topics.raw)
    # The number may have been another generation's, of an Elasticsearch that is gone.
    group = processor_group(settings, generation=created.number)
    set_committed(admin, group, topics.raw, dict.fromkeys(raw_until, 0))
    return generations.begin(
        client,
        settings,
        created.number,
        replay={
            "raw_until": {str(p): end for p, end in raw_until.items()},
            "enriched_from": {str(p): end for p, end in enriched_from.items()},
        },
    )


def _wait(waiting: Any, done: str, stages: list[Stage], stop: threading.Event) -> bool:
    """Until nothing waits; False when asked to stop."""
    begun = told = time.monotonic()
    first = left = waiting()
    while left:
        if stop.wait(_POLL):
            tell("stopped; `dateline replay` goes on from here")
            return False
        for stage in stages:
            if stage.ended() != 0:
                stage.keep_alive(tell)
        left = waiting()
        now = time.monotonic()
        if left and now - told >= _TOLD_EVERY:
            told = now
            rate = (first - left) / (now - begun)
            remaining = f", about {left / rate:.0f} s left" if rate > 0 else ""
            tell(f"{left} to be {done}, {rate:.0f}/s{remaining}")
    tell(f"all {done}")
    return True
