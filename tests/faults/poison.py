"""Language work that some articles kill, or hang: what a spaCy process runs in the faults.

An article whose document holds `KILLS` ends its process with SIGKILL, as the kernel does when
memory is short; one that holds `HANGS` never comes back.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from processors.work import Outcome, Record, Worker
from processors.work import make as make_work
from tests.faults.clocks import Jumping
from tests.faults.patching import set_default

KILLS = "Giftwort-toetet"
HANGS = "Giftwort-haengt"


def make(config: Mapping[str, Any]) -> Callable[[Sequence[Record]], list[Outcome]]:
    """As `processors.work.make`."""
    if told := os.environ.get("FAULTS_CLOCK"):
        set_default(Worker.__init__, "clock", Jumping(told))
    work = make_work(config)

    def poisoned(records: Sequence[Record]) -> list[Outcome]:
        for record in records:
            if KILLS.encode() in record.value:
                os.kill(os.getpid(), signal.SIGKILL)
            while HANGS.encode() in record.value:
                time.sleep(1)
        return work(records)

    return poisoned
