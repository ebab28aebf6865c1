"""Versions, duplicates, a kill and a late original in every order: one and the same is shown."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.pipeline import pipeline

pytestmark = pytest.mark.servers


def _versions(uri: str, *, killed: bool) -> list[dict[str, Any]]:
    """Three versions, the first twice, the last a kill or not."""

    def item(version: int, status: str = "usable", **more: Any) -> dict[str, Any]:
        return {
            "uri": uri,
            "type": "text",
            "pubstatus": status,
            "language": "en",
            "copyrightholder": "Faultwire",
            "version": str(version),
            "versioncreated": f"2026-02-0{version}T10:00:00Z",
            "headline": f"Take {version} {status}",
        } | more

    text = "The ferry to Eastport sails again, Captain Jane Sample said in Dublin. Take {}."
    first, second = (item(at, body_text=text.format(at)) for at in (1, 2))
    last = item(3, "canceled") if killed else item(3, body_text=text.format(3))
    return [first, second, last, first]


def test_every_order_of_versions_shows_the_newest(stack: EmbeddedStack, tmp_path: Path) -> None:
    # Batches smaller than a round, so that the versions of a story meet in the index.
    with pipeline(stack, tmp_path, sink_batch=15, nlp_batch=16) as line:
        line.start("process")
        line.start("sink")
        world = line.world(0)
        orders = [
            [versions[at] for at in order]
            for killed in (False, True)
            for number, order in enumerate(itertools.permutations(range(4)))
            for versions in [_versions(f"urn:faults:order:{killed}:{number}", killed=killed)]
        ]
        for arrivals in zip(*orders, strict=True):
            world.add(*arrivals)
        line.publish(world)
        told = line.assert_holds()
        assert told["outcomes"]["withdrawn"] == told["outcomes"]["indexed"] == 24
        assert told["outcomes"]["duplicate"] == 48
        line.dismiss()
