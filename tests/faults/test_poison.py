"""An article that kills its spaCy process, or hangs it, costs itself and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.oracle import poisoned
from tests.faults.pipeline import pipeline
from tests.faults.poison import HANGS
from tests.integration.whole import dateline

pytestmark = pytest.mark.servers


def test_only_the_article_that_kills_is_dead(stack: EmbeddedStack, tmp_path: Path) -> None:
    with pipeline(stack, tmp_path, nlp_batch=4) as line:
        line.start("process")
        line.start("sink")
        line.publish(line.world(30, poison=1))
        line.assert_holds()
        told = dateline(line.settings, "dead", "list", "--json").stdout.decode()
        assert "killed by SIGKILL, 3 times, with this document alone" in told


@pytest.mark.faults
def test_only_the_article_that_hangs_is_dead(stack: EmbeddedStack, tmp_path: Path) -> None:
    with pipeline(stack, tmp_path, nlp_batch=2, nlp_timeout=4.0) as line:
        line.start("process")
        line.start("sink")
        world = line.world(20)
        world.refuse(poisoned("urn:faults:haengt", HANGS))
        line.publish(world)
        line.assert_holds()
        told = dateline(line.settings, "dead", "list", "--json").stdout.decode()
        assert "no answer in 4 s, 3 times, with this document alone" in told
