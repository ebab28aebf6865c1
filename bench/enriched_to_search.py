"""From the enriched topic to searchable, as a share of a bare bulk loop.

The bare loop sends the very documents that the sink makes, ready encoded, in the same chunks, to an
index of the same template, and looks at nothing.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline, texts
from dateline import article as articles
from dateline.article import Article
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.formats import read
from dateline.identity import identity_of
from dateline.records import EnrichedHeaders, Position, RawDocument, sha256, utc_now
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.versions import micros, standing_of

_POLL = 0.05


def enriched(count: int, name: str) -> list[Article]:
    """Enriched articles: a few go through the real enrichers, their copies get new identities."""
    from processors.enrichers import Pipeline

    documents = []
    for number, value in enumerate(texts.stories(count, name=name)):
        documents.append(
            RawDocument(
                value=value,
                feed="bench",
                format="ninjs",
                location=f"bench:{number}",
                received=utc_now(),
                sha256=sha256(value),
                position=Position("bench", 0, number),
            )
        )
    parsed = [item for document in documents for item in read(document)]
    found = [item for item in parsed if isinstance(item, Article)]
    return [item for item in Pipeline.of(Settings()).enrich(found) if isinstance(item, Article)]


def publish(
    settings: Settings, made: list[Article], sender: Any, raw: list[Position] | None = None
) -> None:
    """Lay articles into the enriched topic as the processor does. raw: where their originals lie,
    for those that have any."""
    topic = Topics.of(settings).enriched
    sent = []
    for number, article in enumerate(made):
        headers = EnrichedHeaders(
            enriched=micros(utc_now()),
            raw=Position("bench", 0, number) if raw is None else raw[number],
            item=0,
            items=1,
        )
        sent.append(
            sender.send(
                topic,
                key=identity_of(article).encode(),
                value=articles.encode(article),
                headers=headers.headers(),
            )
        )
    sender.flush()
    for future in sent:
        future.get(60)


def copies(made: list[Article], count: int, name: str) -> list[Article]:
    """``count`` articles with identities of their own, from fewer texts."""
    return [
        msgspec.structs.replace(made[n % len(made)], uri=f"urn:dateline:bench:{name}:{n}")
        for n in range(count)
    ]


def bare(client: Any, settings: Settings, index: str, made: list[Article]) -> float:
    """Seconds of a bare bulk loop, until a search sees all of it."""
    from sinks.documents import document

    ready: list[tuple[bytes, bytes]] = []
    for number, article in enumerate(made):
        standing = standing_of(article, enriched=0, rule="versioncreated")
        body = document(article, standing)
        action = {"create": {"_id": sha256(f"{index}{number}".encode())}}
        ready.append((msgspec.json.encode(action), msgspec.json.encode(body)))
    chunk = settings.sink_batch
    begun = time.perf_counter()
    for start in range(0, len(ready), chunk):
        payload = b"".join(b"%b\n%b\n" % pair for pair in ready[start : start + chunk])
        reply = client.perform_request(
            "POST",
            f"/{index}/_bulk",
            headers={"content-type": "application/x-ndjson", "accept": "application/json"},
            body=payload,
        )
        if reply.body["errors"]:
            raise SystemExit("bench: the bare loop's documents were refused")
    # Searchable by the same rule as the sink's: when the refresh interval lets a search see it.
    while client.count(index=index)["count"] < len(ready):
        time.sleep(_POLL)
    return time.perf_counter() - begun


def measure(stack: EmbeddedStack, folder: Path, *, count: int, rounds: int) -> dict[str, Any]:
    """Median documents a second of both, and the share, round by round."""
    from sinks import generations

    settings = pipeline.settings_for(stack, str(folder), 1)
    made = enriched(200, "sink")
    shares, ours, theirs = [], [], []
    sender = pipeline.producer(settings)
    with (
        pipeline.stages(settings, "sink") as running,
        elasticsearch_client(settings) as client,
    ):
        # A Java virtual machine is slow until it has compiled what is used: warm both ways.
        total = count
        publish(settings, copies(made, total, "warm"), sender)
        pipeline.wait_searchable(settings, total)
        for number in range(rounds):
            load = copies(made, count, f"round{number}")
            with pipeline.paused(running["sink"]):
                publish(settings, load, sender)
                begun = time.perf_counter()
            total += count
            ours.append(pipeline.wait_searchable(settings, total) - begun)
            index = generations.index_of(settings, 900_000 + number)
            client.indices.create(index=index)
            theirs.append(bare(client, settings, index, load))
            client.indices.delete(index=index)
            shares.append(theirs[-1] / ours[-1])
    sender.close()
    return {
        "documents": count,
        "bytes each": len(articles.encode(made[0])),
        "bare bulk loop, documents/s": count / statistics.median(theirs),
        "sink, documents/s": count / statistics.median(ours),
        "share": statistics.median(shares),
        "shares": shares,
    }
