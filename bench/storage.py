"""What an article takes on disk, where: the sizing of `docs/operations.md` rests on it.

The generated stories repeat their sentences, so that topics hold them in a fraction of what real
copy takes; ``--news`` names a file of real texts instead (JSON Lines with ``title``, ``text`` and
``lang``, plain or .xz), each of which comes once. Indices are measured after a flush, in the
segments that Elasticsearch has merged them to by itself.
"""

from __future__ import annotations

import lzma
import statistics
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline, texts
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings
from dateline.topics import Topics


def _topics(settings: Settings) -> dict[str, int]:
    """Bytes of each topic's log on its brokers, all replicas together."""
    with kafka_admin(settings) as admin:
        brokers = admin.describe_log_dirs()
    sizes: dict[str, int] = {}
    for broker in brokers:
        for folder in broker["log_dirs"]:
            for topic in folder["topics"]:
                size = sum(part["partition_size"] for part in topic["partitions"])
                sizes[topic["name"]] = sizes.get(topic["name"], 0) + size
    return sizes


def _indices(settings: Settings) -> dict[str, int]:
    with elasticsearch_client(settings) as client:
        pattern = f"{settings.index_prefix}*"
        client.indices.flush(index=pattern)
        told = client.indices.stats(index=pattern, metric="store")["indices"]
    return {name: one["primaries"]["store"]["size_in_bytes"] for name, one in told.items()}


def documents_of(news: Path, count: int) -> list[bytes]:
    """ninjs documents of the first so many texts of a file."""
    with lzma.open(news) if news.suffix == ".xz" else news.open("rb") as lines:
        texts_ = [msgspec.json.decode(line) for line, _ in zip(lines, range(count), strict=False)]
    return [
        msgspec.json.encode(
            {
                "uri": f"urn:dateline:bench:news:{number}",
                "type": "text",
                "pubstatus": "usable",
                "versioncreated": "2026-01-01T00:00:00Z",
                "language": one["lang"],
                "headline": one["title"],
                "body_text": one["text"],
            }
        )
        for number, one in enumerate(texts_)
    ]


def measure(
    stack: EmbeddedStack, folder: Path, *, stories: int, processes: int, news: Path | None = None
) -> dict[str, Any]:
    """Bytes of an article in each topic and index. news: a file of texts in place of stories."""
    settings = pipeline.settings_for(stack, str(folder), processes)
    sender = pipeline.producer(settings)
    documents = documents_of(news, stories) if news else texts.stories(stories, name="storage")
    stories = len(documents)
    with pipeline.stages(settings, "process", "sink"):
        pipeline.publish_raw(settings, documents, sender)
        pipeline.wait_searchable(settings, stories)
    sender.close()
    topics, names = _topics(settings), Topics.of(settings)
    found: dict[str, Any] = {
        "articles": stories,
        "words": statistics.mean(
            len(msgspec.json.decode(document)["body_text"].split()) for document in documents
        ),
        "as received": statistics.mean(len(document) for document in documents),
        "raw topic": topics[names.raw] / stories,
        "enriched topic": topics[names.enriched] / stories,
    }
    for name, size in sorted(_indices(settings).items()):
        found[name.removeprefix(settings.index_prefix)] = size / stories
    return found
