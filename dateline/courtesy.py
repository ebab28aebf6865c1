"""Giving way: work that can wait leaves the processors to work that cannot."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

#: the least there is: where live articles need all of a machine, some 1 or 2 % are left
_NICE = 19
#: Linux shares processors among sessions first and among the processes of each after that, so
#: where this file is there, niceness alone would mean nothing to the other stages
_SESSION = Path("/proc/self/autogroup")


def give_way() -> None:
    """From now on this process, and what it starts, gets what others leave.

    It must be the leader of a session of its own, as stages under a supervisor are.
    """
    with contextlib.suppress(OSError):
        os.nice(_NICE - os.nice(0))
    if hasattr(os, "getsid") and os.getsid(0) == os.getpid():
        with contextlib.suppress(OSError):
            _SESSION.write_text(str(_NICE))
