"""Whether a stage lives, and whether it works: two questions, of two askers.

Live: its loops turn. Who is not live must be ended and started again; an outage of a server is no
reason for that. Ready: it is connected and takes what comes. Who is not ready waits for something,
and what that is can be read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping

Clock = Callable[[], float]


class Loop:
    """One loop that must turn at least every ``within`` seconds while it lives."""

    def __init__(self, within: float, clock: Clock) -> None:
        self.within = within
        self._clock = clock
        self._turned = clock()

    def turned(self) -> None:
        """It came round."""
        self._turned = self._clock()

    @property
    def age(self) -> float:
        """Seconds since it last did."""
        return max(0.0, self._clock() - self._turned)


class Health:
    """Of one stage; safe to ask from any thread."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._loops: dict[str, Loop] = {}
        #: why it does not work now; None for one that does
        self._hindered: Callable[[], str | None] = lambda: "starting"
        self._ending = False

    def loop(self, name: str, within: float) -> Loop:
        """Watch a loop from now on; within: seconds, far above what one turn may take."""
        with self._lock:
            self._loops[name] = Loop(within, self._clock)
            return self._loops[name]

    def ready_unless(self, hindered: Callable[[], str | None]) -> None:
        """How to find out what keeps the stage from working: None where nothing does."""
        self._hindered = hindered

    def ends(self) -> None:
        """From now on it takes nothing new."""
        self._ending = True

    @property
    def ages(self) -> Mapping[str, float]:
        """Seconds since each loop turned."""
        with self._lock:
            return {name: loop.age for name, loop in self._loops.items()}

    def dead(self) -> str | None:
        """Which loop stands still; None where none does."""
        with self._lock:
            still = [
                f"{name}: {loop.age:.0f} s, at most {loop.within:.0f}"
                for name, loop in self._loops.items()
                if loop.age > loop.within
            ]
        return f"a loop stands still ({'; '.join(still)})" if still else None

    def hindered(self) -> str | None:
        """Why it does not work now; None for one that does."""
        if self._ending:
            return "ending"
        return self.dead() or self._hindered()
