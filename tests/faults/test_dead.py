"""Whatever is refused, by whichever stage, is kept and accounted for: too large, unreadable,
another provider's."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.crew import wait_through
from tests.faults.pipeline import LIMIT, pipeline
from tests.integration.whole import dateline

pytestmark = pytest.mark.servers


def test_every_refusal_lies_among_the_dead_letters(stack: EmbeddedStack, tmp_path: Path) -> None:
    with pipeline(stack, tmp_path) as line:
        line.start("process")
        line.start("sink")
        world = line.world(40)
        line.publish(world)
        wait_through(line.crew)
        # Whose a story is, its first article has settled; so its claimants come now.
        claimed = line.world(0)
        for uri in list(world.expected)[:3]:
            claimed.claim(uri)
        line.publish(claimed)
        told = line.assert_holds()
        listed = dateline(line.settings, "dead", "list", "--json").stdout.splitlines()
        letters = [msgspec.json.decode(one) for one in listed]
        assert told["outcomes"]["dead"] == len(letters)
        assert {one["stage"] for one in letters} >= {"produce", "sink"}
        large = [one for one in letters if one["size"] > LIMIT]
        assert large and all(one["stage"] == "produce" for one in large)
        line.dismiss()
