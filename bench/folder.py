"""A folder of a hundred thousand files: when the first record lies in Kafka, and what it costs.

The folder is full before `dateline produce FOLDER --once` starts, as after a weekend without it.
Memory is the producer's own (unique set size), noted whenever another tenth of the files is in the
topic; the last note against the first is what matters.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline
from dateline.connections import kafka_admin
from dateline.embedded import EmbeddedStack
from dateline.offsets import ends
from dateline.topics import Topics, ensure_topics

FILES = 100_000
_LOOK = 0.02
_PATIENCE = 3600.0


def lay(folder: Path, files: int) -> None:
    """So many tiny articles, a file each."""
    folder.mkdir(parents=True)
    for number in range(files):
        item = {
            "uri": f"urn:example:folder:{number}",
            "versioncreated": "2026-05-04T10:00:00Z",
            "language": "de",
            "headline": f"Pegelstand Nummer {number}",
            "body_text": f"Der Pegel steht bei {number} Zentimetern.",
        }
        (folder / f"{number:06}.json").write_bytes(msgspec.json.encode(item))


def measure(stack: EmbeddedStack, folder: Path, *, files: int = FILES) -> dict[str, Any]:
    """Seconds until the first record, of the folder at once and watched; files/s; megabytes at
    each tenth."""
    lay(folder / "wire", files)
    watched, _, _ = _follow(stack, folder, "watched.", 1, once=False)
    first, took, notes = _follow(stack, folder, "once.", files, once=True)
    return {
        "files": files,
        "seconds to the first record": first,
        "the same, watched": watched,
        "files/s": files / took,
        "produce, MB": [round(mb) for mb in notes],
        "last against first": notes[-1] / notes[0],
    }


def _follow(
    stack: EmbeddedStack, folder: Path, prefix: str, files: int, *, once: bool
) -> tuple[float, float, list[float]]:
    """Seconds until the first record and until so many, and megabytes at each tenth of them."""
    settings = msgspec.structs.replace(
        pipeline.settings_for(stack, str(folder / prefix), 1), topic_prefix=prefix
    )
    topic = Topics.of(settings).raw
    notes: list[float] = []
    first = None
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
        begun = time.perf_counter()
        with pipeline.producing(settings, folder / "wire", once=once) as producer:
            while (passed := sum(ends(admin, topic).values())) < files:
                took = time.perf_counter() - begun
                if first is None and passed:
                    first = took
                if passed * 10 // files > len(notes):
                    notes.append(pipeline.megabytes(pipeline.tree(producer)))
                if producer.poll() is not None or took > _PATIENCE:
                    raise SystemExit(f"bench: {passed} of {files} files were published")
                time.sleep(_LOOK if first is None else 20 * _LOOK)
            took = time.perf_counter() - begun
    return first or took, took, notes
