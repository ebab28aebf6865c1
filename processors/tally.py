"""What a language process says of its own work: seconds by step.

The work adds here, in whatever process it runs; the pool takes it along with each batch's results
and adds up what its processes said. So nothing is shared between processes but their pipes.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

_seconds: defaultdict[str, float] = defaultdict(float)


@contextmanager
def timed(step: str) -> Iterator[None]:
    """Add the time that this takes, also where it fails."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        _seconds[step] += time.perf_counter() - begun


def take() -> dict[str, float]:
    """What was added since the last time."""
    told = dict(_seconds)
    _seconds.clear()
    return told
