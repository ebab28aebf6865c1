"""Two sinks on one partition, after a pause that is longer than the session."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.crew import gauge, wait_through, wait_until
from tests.faults.pipeline import pipeline

pytestmark = pytest.mark.servers


def test_a_sink_that_wakes_up_late_overwrites_nothing(stack: EmbeddedStack, tmp_path: Path) -> None:
    with pipeline(stack, tmp_path, topic_partitions=1) as line, gauge(line.settings) as now:
        line.start("process")
        world = line.world(0)
        uris = [f"urn:faults:pause:{number}" for number in range(10)]

        def item(uri: str, version: int) -> dict[str, object]:
            return {
                "uri": uri,
                "type": "text",
                "pubstatus": "usable",
                "language": "de",
                "copyrightholder": "Faultwire",
                "version": str(version),
                "versioncreated": f"2026-02-01T0{version}:00:00Z",
                "headline": f"Version {version} von {uri[-1]}",
                "body_text": "Der Hafen von Nordstadt bleibt gesperrt, sagte Erna Beispiel.",
            }

        # The first sink has read what stands (nothing) and is about to write: it stands still.
        paused = line.start("sink", at="sink.before-bulk:1:SIGSTOP")
        world.add(*(item(uri, 1) for uri in uris))
        line.publish(world)

        def pauses() -> bool:
            line.crew.assert_up()
            return paused.stopped

        wait_until(pauses, "the first sink pauses")
        # Another takes over when the session is out, writes the same and what is newer.
        line.start("sink")
        newer = line.world(0)
        newer.add(*(item(uri, 2) for uri in uris))
        line.publish(newer)
        wait_through(line.crew)
        indexed = now.look().indexed

        paused.signal(signal.SIGCONT)
        line.assert_holds()
        # Both go on, and the position of the group does not go back.
        line.publish(line.world(30))
        line.assert_holds()
        assert now.look().indexed > indexed
        assert paused.alive, paused.said()
        line.dismiss()
