"""A clock that jumps, in the place of the system's: that of a test machine is not ours to set.

``FAULTS_CLOCK="0 172800 -172800 /40"``: these many seconds are added by turns, each for 40 looks.
Only what takes its time from a ``clock`` parameter sees it: receipts, dead letters, enrichment
times, the outcome of embargoes. The index opens embargoes by Elasticsearch's own clock.
"""

from __future__ import annotations

import datetime as dt
import itertools

from dateline.records import utc_now


class Jumping:
    """Callable like `utc_now`."""

    def __init__(self, told: str) -> None:
        steps, _, looks = told.partition("/")
        self._looks = int(looks or 50)
        self._steps = itertools.cycle([dt.timedelta(seconds=float(one)) for one in steps.split()])
        self._left = 0
        self._step = dt.timedelta()

    def __call__(self) -> dt.datetime:
        if not self._left:
            self._left, self._step = self._looks, next(self._steps)
        self._left -= 1
        return utc_now() + self._step
