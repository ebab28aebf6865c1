"""Clocks that jump by days, forth and back, in every stage: what the providers declare decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.pipeline import pipeline

pytestmark = [pytest.mark.servers, pytest.mark.faults]

JUMPS = "0 172800 -172800 86400 -86400 /20"


def test_a_clock_that_jumps_changes_nothing_that_is_shown(
    stack: EmbeddedStack, tmp_path: Path
) -> None:
    with pipeline(stack, tmp_path, sink_batch=30) as line:
        line.start("process", clock=JUMPS)
        line.start("sink", clock=JUMPS)
        world = line.world(120)
        producer = line.start("produce", "--once", *line.lay(world), clock=JUMPS)
        assert producer.wait() == 1, producer.said()
        line.assert_holds()
        line.dismiss()
