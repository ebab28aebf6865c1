"""A processor that is asked to stop is gone in time, whatever still waits in one of its threads."""

from __future__ import annotations

import signal
import subprocess
import sys

# The worker's app and its servers are left out; what hangs is its look at Kafka.
_WORKER = """
import asyncio, time
from dateline.settings import Settings
from processors import stage

async def nothing(*_):
    return None

async def until_stopped(self, starting, watch, stopped):
    print("ready", flush=True)
    await stopped.wait()

def hangs(self):
    print("asking", flush=True)
    time.sleep(120)

stage.DEADLINE, stage.LOOK = 1.0, 0.0
stage._check_topics = lambda settings: None
stage._Looker.look = hangs
stage._Stage._check_positions = nothing
stage._Stage._one_app = until_stopped
stage.Pool.start = nothing
raise SystemExit(stage.run_processor(Settings(), languages=()))
"""


def test_a_thread_that_waits_for_kafka_holds_nobody() -> None:
    worker = subprocess.Popen(
        [sys.executable, "-c", _WORKER], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
    )
    try:
        assert worker.stdout is not None
        assert {worker.stdout.readline(), worker.stdout.readline()} == {b"ready\n", b"asking\n"}
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    finally:
        worker.kill()
        worker.wait()
