"""A child process that never outlives its parent.

The parent keeps the writing end of a pipe; the child watches the reading end. When the parent
ends, in whatever way, the pipe closes and the child is asked to stop, then made to.
"""

from __future__ import annotations

import os
import signal
import threading
import time

#: what a stage needs at most to finish its batch and to leave its group
GRACE = 10.0


def watch(descriptor: int) -> None:
    """Watch the reading end in a thread: SIGTERM to this process when it closes, then the end."""

    def wait() -> None:
        try:
            while os.read(descriptor, 1):
                pass
        except OSError:
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(GRACE)
        os._exit(1)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
