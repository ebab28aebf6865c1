"""From publish to searchable at half the pipeline's load, beside the floor of the refresh interval.

The floor is what a bare index call at the same rate sees: nothing can be found before the next
refresh, whoever writes it.
"""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline, texts
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings

_POLL = 0.03


def percentiles(seconds: list[float]) -> dict[str, float]:
    """p50, p95 and p99, in seconds."""
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}


def observe(
    settings: Settings, alias: str, send: Callable[[bytes], None], load: list[bytes], rate: float
) -> list[float]:
    """Send the load at a rate and watch each document appear; seconds from send to seen."""
    sent: dict[str, float] = {}
    seen: dict[str, float] = {}
    lock = threading.Lock()

    def sending() -> None:
        begun = time.perf_counter()
        for number, value in enumerate(load):
            wait = begun + number / rate - time.perf_counter()
            if wait > 0:
                time.sleep(wait)
            with lock:
                sent[msgspec.json.decode(value)["uri"]] = time.perf_counter()
            send(value)

    thread = threading.Thread(target=sending)
    thread.start()
    deadline = time.perf_counter() + len(load) / rate + 60
    with elasticsearch_client(settings) as client:
        while len(seen) < len(load) and time.perf_counter() < deadline:
            with lock:
                waiting = [uri for uri in sent if uri not in seen]
            if waiting:
                reply = client.search(
                    index=alias,
                    query={"terms": {"uri": waiting[:1000]}},
                    size=min(len(waiting), 1000),
                    source=False,
                    docvalue_fields=[{"field": "uri"}],
                )
                now = time.perf_counter()
                for hit in reply["hits"]["hits"]:
                    seen.setdefault(hit["fields"]["uri"][0], now)
            time.sleep(_POLL)
    thread.join()
    if len(seen) < len(load):
        raise SystemExit(f"bench: {len(load) - len(seen)} articles never became searchable")
    return [seen[uri] - sent[uri] for uri in sent]


def measure(
    stack: EmbeddedStack, folder: Path, *, rate: float, seconds: float, processes: int
) -> dict[str, Any]:
    """Percentiles of the pipeline and of the floor at ``rate`` stories a second."""
    settings = pipeline.settings_for(stack, str(folder), processes)
    sender = pipeline.producer(settings)
    count = max(100, int(rate * seconds))
    alias = f"{settings.index_prefix}articles"
    with pipeline.stages(settings, "process", "sink"):
        warm = texts.stories(64 * processes, name="latencywarm")
        pipeline.publish_raw(settings, warm, sender)
        pipeline.wait_searchable(settings, len(warm))

        def publish(value: bytes) -> None:
            pipeline.publish_raw(settings, [value], sender)

        found = observe(settings, alias, publish, texts.stories(count, name="latency"), rate)
    with elasticsearch_client(settings) as client:
        bare = f"{settings.index_prefix}floor"
        client.indices.create(
            index=bare,
            mappings={"properties": {"uri": {"type": "keyword"}}},
            settings={
                "refresh_interval": settings.index_refresh_interval,
                "number_of_shards": settings.index_shards,
                "number_of_replicas": 0,
            },
        )

        def index(value: bytes) -> None:
            client.index(index=bare, document={"uri": msgspec.json.decode(value)["uri"]})

        floor = observe(settings, bare, index, texts.stories(count, name="floor"), rate)
        client.indices.delete(index=bare)
    sender.close()
    return {
        "stories/s": rate,
        "stories": count,
        "pipeline": percentiles(found),
        "floor": percentiles(floor),
    }
