"""One ordinary command of the product, with faults laid into its process.

    python -m tests.faults.stage sink

runs ``dateline sink`` with its named points armed. Production code holds no hook for any of this.
The environment says what is to happen:

- ``FAULTS_AT``: a signal at a named point (`tests.faults.points`)
- ``FAULTS_MUTANT``: one promise broken (`tests.faults.mutants`)
- ``FAULTS_CLOCK``: a clock that jumps (`tests.faults.clocks`)
- ``FAULTS_TIMEOUT``: seconds for Elasticsearch to answer, in the place of a minute
- ``FAULTS_LIFELINE``: descriptor of a pipe; the process ends when it closes
"""

from __future__ import annotations

import faulthandler
import io
import os
import signal
import sys
import time
from collections.abc import Sequence

from tests.faults import mutants, points
from tests.faults.clocks import Jumping
from tests.faults.patching import set_default, wrap


def prepare(command: str) -> None:
    """Lay the faults that the environment tells of into this process."""
    points.IN[command](points.Armed(os.environ.get("FAULTS_AT", "")).passed)
    if name := os.environ.get("FAULTS_MUTANT"):
        mutants.break_promise(name, command)
    if told := os.environ.get("FAULTS_TIMEOUT"):
        from dateline import connections

        set_default(connections.elasticsearch_client, "timeout", float(told))
    if told := os.environ.get("FAULTS_CLOCK"):
        _set_clock(command, Jumping(told))
    if command == "process":
        from processors import stage

        wrap(stage, "TARGET", lambda _target: "tests.faults.poison:make")


def _set_clock(command: str, clock: Jumping) -> None:
    if command == "produce":
        from producers.producer import produce

        set_default(produce, "clock", clock)
    elif command == "sink":
        from sinks.stage import run_sink

        set_default(run_sink, "clock", clock)
    # The processor's clock runs in its spaCy processes: see `tests.faults.poison`.


class Stamped(io.TextIOWrapper):
    """Standard error with the time before each line: who failed first is half of the answer."""

    _begun = False

    def write(self, text: str) -> int:
        stamp = time.strftime("%H:%M:%S ")
        lines = text.splitlines(keepends=True)
        for line in lines:
            super().write(line if self._begun else stamp + line)
            self._begun = not line.endswith("\n")
        return len(text)


def main(arguments: Sequence[str]) -> int:
    """Run one command line of produce, process or sink; its exit status."""
    from dateline.cli import run_command
    from dateline.lifeline import watch

    sys.stderr = Stamped(sys.stderr.buffer, "utf-8", "backslashreplace", line_buffering=True)
    # SIGUSR1: where each thread is just now; where it was when C crashed.
    faulthandler.enable(2)
    faulthandler.register(signal.SIGUSR1, file=2)
    if told := os.environ.get("FAULTS_LIFELINE"):
        watch(int(told))
    prepare(arguments[0])
    return run_command(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
