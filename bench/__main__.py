"""``make bench``: what Dateline's speed and memory are, as ratios measured in one run."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec

PARTS = (
    "servers",
    "raw",
    "enriched",
    "latency",
    "scaling",
    "storage",
    "careless",
    "metrics",
    "flood",
    "pressure",
    "folder",
    "replay",
    "formats",
    "entities",
    "language",
    "memory",
    "reconcile",
    "security",
    "search",
)

_NEED_SERVERS = {
    "raw", "enriched", "latency", "scaling", "storage", "careless", "metrics", "flood", "pressure",
    "folder", "replay",
}  # fmt: skip


def main() -> int:
    """Run the parts asked for and print them; exit status 1 when nothing could be measured."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"any of {', '.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=5, help="measurements; medians are printed")
    parser.add_argument("--stories", type=int, default=2400, help="for a round of the pipeline")
    parser.add_argument("--documents", type=int, default=8000, help="for a round of the sink")
    parser.add_argument("--processes", type=int, default=min(os.cpu_count() or 1, 2))
    parser.add_argument("--articles", type=int, default=60_000, help="of the flood")
    parser.add_argument("--archive", type=int, default=200_000, help="articles that are searched")
    parser.add_argument("--files", type=int, default=100_000, help="in the folder")
    parser.add_argument("--news", type=Path, help="storage: real texts, JSON Lines")
    parser.add_argument("--large", action="store_true", help="reconcile: ten million ids, too")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    parts = given.parts or list(PARTS)
    for part in parts:
        if part not in PARTS:
            parser.error(f"unknown part {part}: one of {', '.join(PARTS)}")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as folder:
        if "servers" in parts:
            from bench import servers

            found["servers"] = servers.measure(Path(folder) / "starts", rounds=given.rounds)
            _print("The embedded servers", found["servers"], given.json)
        _with_servers(parts, Path(folder), given, found)
    if "formats" in parts:
        from bench import formats

        found["formats"] = formats.measure(rounds=given.rounds)
        _print("Wire formats, items/s on one core, and a peer's", found["formats"], given.json)
    if "entities" in parts:
        from bench import entities

        found["entities"] = entities.measure(rounds=given.rounds)
        _print("Entities, words/s on one core", found["entities"], given.json)
    if "language" in parts:
        from bench import language

        found["language"] = language.measure()
        _print("Languages: share that is right, and speed", found["language"], given.json)
    if "memory" in parts:
        from bench import memory

        found["memory"] = memory.measure()
        _print("Memory of make demo", found["memory"], given.json)
    if "reconcile" in parts:
        from bench import reconcile

        sizes = (*reconcile.SIZES, reconcile.LARGE) if given.large else reconcile.SIZES
        found["reconcile"] = reconcile.measure(sizes)
        _print("The account of generated archives", found["reconcile"], given.json)
    if "security" in parts:
        _security(given, found)
    if "search" in parts:
        _search(given, found)
    if given.json:
        print(msgspec.json.encode(found).decode())
    return 0


def _security(given: argparse.Namespace, found: dict[str, Any]) -> None:
    from bench import security

    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as folder:
        found["security"] = security.measure(
            Path(folder),
            documents=given.documents,
            stories=given.stories // 4,
            rounds=given.rounds,
        )
    _print("TLS and passwords, as shares of none", found["security"], given.json)


def _search(given: argparse.Namespace, found: dict[str, Any]) -> None:
    from bench import search
    from dateline.embedded import EmbeddedStack

    # Servers of its own: what other parts left in the index would be searched, too.
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as folder:
        with EmbeddedStack(Path(folder) / "servers") as stack:
            found["search"] = search.measure(
                stack, Path(folder) / "search", documents=given.archive, rounds=given.rounds
            )
        title = "Searches while articles come in, against the quiet index"
        _print(title, found["search"], given.json)


def _with_servers(
    parts: list[str], folder: Path, given: argparse.Namespace, found: dict[str, Any]
) -> None:
    from bench import (
        careless,
        enriched_to_search,
        flood,
        latency,
        metrics,
        pressure,
        raw_to_search,
        replay,
        scaling,
        storage,
    )
    from bench import (
        folder as folder_of_files,
    )
    from dateline.embedded import EmbeddedStack

    if not _NEED_SERVERS & set(parts):
        return
    with EmbeddedStack(folder / "servers") as stack:
        if "raw" in parts or "latency" in parts:
            found["raw"] = raw_to_search.measure(
                stack,
                folder / "raw",
                stories=given.stories,
                rounds=given.rounds,
                processes=given.processes,
            )
            _print("Raw topic to searchable, against bare nlp.pipe", found["raw"], given.json)
        if "enriched" in parts:
            found["enriched"] = enriched_to_search.measure(
                stack, folder / "enriched", count=given.documents, rounds=given.rounds
            )
            _print(
                "Enriched topic to searchable, against a bare bulk loop",
                found["enriched"],
                given.json,
            )
        if "latency" in parts:
            found["latency"] = latency.measure(
                stack,
                folder / "latency",
                rate=found["raw"]["pipeline, stories/s"] / 2,
                seconds=20,
                processes=given.processes,
            )
            _print("Publish to searchable at half that load, seconds", found["latency"], given.json)
        if "scaling" in parts:
            found["scaling"] = scaling.measure(stack, folder / "scaling", stories=given.stories)
            _print(
                "Raw topic to enriched, by workers x language processes, and the law",
                found["scaling"],
                given.json,
            )
        if "storage" in parts:
            found["storage"] = storage.measure(
                stack,
                folder / "storage",
                stories=given.stories * 2,
                processes=given.processes,
                news=given.news,
            )
            _print("What an article takes on disk, bytes", found["storage"], given.json)
        if "careless" in parts:
            found["careless"] = careless.measure(
                stack,
                folder / "careless",
                stories=given.stories // 2,
                rounds=given.rounds,
                processes=given.processes,
            )
            _print(
                "The guarantees, against the same pipeline without waiting",
                found["careless"],
                given.json,
            )
        if "metrics" in parts:
            found["metrics"] = metrics.measure(
                stack,
                folder / "metrics",
                stories=given.stories // 2,
                rounds=given.rounds,
                processes=given.processes,
            )
            _print("Metrics, against the same pipeline without", found["metrics"], given.json)
        if "flood" in parts:
            found["flood"] = flood.measure(stack, folder / "flood", articles=given.articles)
            _print("Memory under a flood of tiny articles, MB", found["flood"], given.json)
        if "pressure" in parts:
            found["pressure"] = pressure.measure(
                stack, folder / "pressure", processes=given.processes
            )
            _print("Memory under pressure, MB", found["pressure"], given.json)
        if "folder" in parts:
            found["folder"] = folder_of_files.measure(stack, folder / "folder", files=given.files)
            _print("A folder of files", found["folder"], given.json)
        if "replay" in parts:
            found["replay"] = replay.measure(
                stack,
                folder / "replay",
                documents=given.documents,
                processes=given.processes,
            )
            _print("Replays", found["replay"], given.json)


def _print(title: str, facts: dict[str, Any], quiet: bool) -> None:
    if quiet:
        print(f"{title}: measured", file=sys.stderr)
        return
    print(f"\n{title}")
    for name, value in facts.items():
        print(f"  {name:32} {_shown(value)}", flush=True)


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3g}" if value < 100 else f"{value:.0f}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return "[" + " ".join(_shown(inner) for inner in value) + "]"
    return str(value)


if __name__ == "__main__":
    sys.exit(main())
