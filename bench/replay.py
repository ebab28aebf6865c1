"""What a replay costs: without language work, of the stale part alone, and for live articles.

- from enriched records: the command, from its start to its end, as a share of a bare bulk loop that
  writes the same documents;
- ``--stale`` where 5 % are: as a multiple of what it must cost, which is the same command on those
  5 % alone, the scan, and taking over the rest, each measured by itself;
- taking over: read and written by this program (what a replay does), beside a clone by the server,
  and how long that would have blocked the writes of live articles;
- publish to searchable of live articles while a replay runs, beside the same without one.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bench import enriched_to_search, latency, pipeline, texts
from dateline.article import Article
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.embedded import EmbeddedStack
from dateline.offsets import ends, set_committed
from dateline.selection import Selection
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics

#: of all stories
STALE = 0.05
_OLD = "0.0.0"


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "dateline", *arguments]


def _timed(settings: Settings, *arguments: str) -> float:
    """Seconds of ``dateline replay``."""
    begun = time.perf_counter()
    ended = subprocess.run(
        _command("replay", *arguments),
        env=pipeline.environment(settings),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if ended.returncode != 0:
        raise SystemExit(f"bench: the replay failed: {ended.stderr.decode()[-2000:]}")
    return time.perf_counter() - begun


def archive(settings: Settings, count: int, *, stale: int, name: str) -> list[Article]:
    """An archive as the stages would have left it: raw and enriched records, one generation, the
    ledger. The first ``stale`` stories were made by another model. Returns what was enriched."""
    few = texts.stories(200, name=name)
    made = enriched_to_search.enriched(200, name)
    raws = []
    for number in range(count):
        plain = msgspec.json.decode(few[number % len(few)])
        plain["uri"] = f"urn:dateline:bench:{name}:{number}"
        raws.append(msgspec.json.encode(plain))
    sender = pipeline.producer(settings)
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
        placed = pipeline.publish_raw(settings, raws, sender)
        # What lies there was enriched already.
        from processors.app import group_of

        set_committed(admin, group_of(settings), topics.raw, ends(admin, topics.raw))
    articles = []
    for number, place in enumerate(placed):
        article = made[number % len(made)]
        provenance = msgspec.structs.replace(
            article.provenance, topic=place.topic, partition=place.partition, offset=place.offset
        )
        if number < stale:
            provenance = msgspec.structs.replace(provenance, model_version=_OLD)
        uri = f"urn:dateline:bench:{name}:{number}"
        articles.append(msgspec.structs.replace(article, uri=uri, provenance=provenance))
    with pipeline.stages(settings, "sink"):
        enriched_to_search.publish(settings, articles, sender, placed)
        pipeline.wait_searchable(settings, count)
        _until_recorded(settings, count)
    sender.close()
    return articles


def _until_recorded(settings: Settings, count: int) -> None:
    from sinks import ledger

    alias = ledger.alias(settings)
    with elasticsearch_client(settings) as client:
        pipeline.reached(
            lambda: int(client.count(index=alias)["count"]), count, "came into the ledger"
        )


def _made_anew(
    settings: Settings, stack: EmbeddedStack, folder: Path, count: int
) -> dict[str, float]:
    """`--stale`, and each of its parts by itself."""
    from processors.provenance import Today
    from sinks import generations
    from sinks.selecting import Wanted, select
    from sinks.takeover import take_over

    stale = int(count * STALE)
    alone = pipeline.settings_for(stack, str(folder / "alone"), settings.nlp_processes)
    archive(alone, stale, stale=stale, name="alone")
    archive(settings, count, stale=stale, name="stale")
    found = {"of those alone": _timed(alone)}
    with elasticsearch_client(settings) as client:
        source = generations.by_number(client, settings, 1)
        into = generations.create_next(client, settings)
        with Selection(folder / "selection", create=True) as selection:
            begun = time.perf_counter()
            wanted = Wanted(stale=True)
            made = Today(settings).stale
            select(client, settings, source, wanted, selection, stale=made, there=None)
            found["scan"] = time.perf_counter() - begun
            begun = time.perf_counter()
            take_over(client, settings, source, into, selection)
            found["taking over"] = time.perf_counter() - begun
        found["clone"], found["clone, writes blocked"] = _clone(client, source.index)
        generations.drop(client, settings, into.number)
    found["--stale"] = _timed(settings, "--stale")
    return found


def _clone(client: Any, index: str) -> tuple[float, float]:
    """Seconds until a clone can be searched, and of those how long its source takes no writes."""
    target = f"{index}-clone"
    begun = time.perf_counter()
    client.indices.put_settings(index=index, settings={"index.blocks.write": True})
    try:
        client.indices.clone(index=index, target=target, wait_for_active_shards="1")
    finally:
        client.indices.put_settings(index=index, settings={"index.blocks.write": None})
    blocked = time.perf_counter() - begun
    client.cluster.health(index=target, wait_for_status="yellow", timeout="60s")
    client.indices.put_settings(index=target, settings={"index.blocks.write": None})
    took = time.perf_counter() - begun
    client.indices.delete(index=target)
    return took, blocked


@contextmanager
def _replaying(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        _command("replay"),
        env=pipeline.environment(settings),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def _live(settings: Settings, count: int, rate: float, seconds: float) -> dict[str, Any]:
    archive(settings, count, stale=0, name="live")
    sender = pipeline.producer(settings)
    alias = f"{settings.index_prefix}articles"

    def publish(value: bytes) -> None:
        pipeline.publish_raw(settings, [value], sender)

    def observed(name: str) -> list[float]:
        load = texts.stories(int(rate * seconds), name=name)
        return latency.observe(settings, alias, publish, load, rate)

    with pipeline.stages(settings, "process", "sink"):
        observed("warm")
        before = observed("before")
        with _replaying(settings) as process:
            # Its models are loaded, and it works.
            topics = Topics.of(settings)
            with kafka_admin(settings) as admin:

                def enriched() -> int:
                    return sum(ends(admin, topics.enriched).values())

                pipeline.reached(enriched, enriched() + 200, "were enriched")
            during = observed("during")
            went_on = process.poll() is None
    sender.close()
    normal, beside = latency.percentiles(before), latency.percentiles(during)
    return {
        "live stories/s": rate,
        "normal, seconds": normal,
        "during a replay, seconds": beside,
        "p95, times": beside["p95"] / normal["p95"],
        "the replay outlasted it": went_on,
    }


def measure(
    stack: EmbeddedStack, folder: Path, *, documents: int, processes: int
) -> dict[str, Any]:
    """The whole of it. documents: of the archive of which a part is stale; that from which nothing
    is enriched again has four times as many, since the command's own start must not count."""
    from sinks import generations

    settings = pipeline.settings_for(stack, str(folder / "enriched"), processes)
    made = archive(settings, 4 * documents, stale=0, name="enriched")
    again = _timed(settings, "--from", "enriched")
    with elasticsearch_client(settings) as client:
        index = generations.index_of(settings, 900_000)
        client.indices.create(index=index)
        bare = enriched_to_search.bare(client, settings, index, made)
        client.indices.delete(index=index)

    settings = pipeline.settings_for(stack, str(folder / "stale"), processes)
    parts = _made_anew(settings, stack, folder, documents)
    must = parts["of those alone"] + parts["scan"] + parts["taking over"]

    settings = pipeline.settings_for(stack, str(folder / "live"), processes)
    live = _live(settings, documents // 2, rate=20, seconds=20)
    return {
        "documents": len(made),
        "from enriched records, documents/s": len(made) / again,
        "a bare bulk loop, documents/s": len(made) / bare,
        "share": bare / again,
        "documents of which 5 % are stale": documents,
        "--stale, its parts, seconds": parts,
        "--stale, times its parts": parts["--stale"] / must,
        **live,
    }
