"""Waiting for a condition, not for a time: how busy the machine is decides nothing."""

from __future__ import annotations

import time
from collections.abc import Callable

#: seconds that anything may take on a busy machine
LONG = 60.0


def until(condition: Callable[[], bool], seconds: float = LONG) -> None:
    """Raises AssertionError if it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
