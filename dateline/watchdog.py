"""Whether a stage that has work to do does any: one rule for every stage.

A stage that hangs (a lost wake-up, a consumer that its group forgot) ends nothing by itself, and
nobody starts it again. So it looks at itself from outside, every few seconds, and `Stalled` ends it
when records wait and nothing has moved for too long.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from dateline.errors import Defect

#: A stall must be seen in so many looks at least. A machine that slept, or a process that was
#: stopped, comes back to a clock that has run on; it has not stalled, and gets time to work.
LOOKS = 4


class Stalled(Defect):
    """A stage hangs: its threads cannot be waited for, the process must end."""


class Watchdog:
    """Raises Stalled once records have waited for ``stall`` seconds without any sign of life.

    stall: far above what the slowest piece of work may take. Look more often than every ``stall``
    / `LOOKS` seconds: of a longer time between two looks only so much counts.
    Not for use by several threads at once.
    """

    def __init__(
        self, stall: float, clock: Callable[[], float] = time.monotonic, *, stage: str = "stage"
    ) -> None:
        self.stall = stall
        self._clock = clock
        self._stage = stage
        self._looked: float | None = None
        self._seen: object = None
        self._still = 0.0

    def look(self, position: object, waiting: bool, working: object = ()) -> None:
        """One look: what is committed, whether more than that is there, and other signs of work.

        position, working: compared with those of the last look; what they are made of does not
        matter. working may hold what moves before the position does (batches done, processes that
        were replaced, an outage that the stage itself waits out). Raises Stalled.
        """
        now = self._clock()
        passed = 0.0 if self._looked is None else now - self._looked
        self._looked = now
        seen = (position, working)
        if seen != self._seen or not waiting:
            self._seen, self._still = seen, 0.0
            return
        self._still += min(passed, self.stall / LOOKS)
        if self._still >= self.stall:
            raise Stalled(
                f"records wait, but the {self._stage} makes no progress",
                found=f"nothing for {self._still:.0f} s at {position}",
                remedy="it ends, so that its supervisor starts another.",
            )

    def outage(self) -> None:
        """A server is away: nobody can work, so nobody stalls. The time begins anew."""
        self._looked = self._clock()
        self._still = 0.0
