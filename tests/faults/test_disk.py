"""The disk of a producer's positions is full: it says so and ends; nothing is skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.crew import wait_until
from tests.faults.pipeline import pipeline
from tests.faults.servers import fill_disk_of

pytestmark = [pytest.mark.servers, pytest.mark.faults]


def test_positions_that_cannot_be_kept_skip_nothing(stack: EmbeddedStack, tmp_path: Path) -> None:
    with pipeline(stack, tmp_path) as line:
        line.start("process")
        line.start("sink")
        producer = line.start("produce", *line.lay(line.world(30)))
        wait_until(lambda: (tmp_path / "data/positions.sqlite3").exists(), "positions are kept")
        fill_disk_of(producer.pid)
        more = line.lay(line.world(60))
        for folder in more:
            for file in folder.iterdir():
                file.rename(line.folders[0] / f"more-{file.name}")
        assert producer.wait() == 3, producer.said()
        assert "the positions of the feeds cannot be kept" in producer.said()

        again = line.start("produce", "--once", *line.folders)
        assert again.wait() == 1, again.said()
        line.assert_holds()
        line.dismiss()
