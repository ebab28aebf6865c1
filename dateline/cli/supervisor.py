"""Stages as child processes: started, started again when they die, stopped.

A stage that dies is started again after a pause that doubles each time, so that a server that
comes back is not met by a crowd. A stage that stayed up for a while begins with the short pause
again. Where another start cannot help, the supervisor says so and gives up:

- its settings or topics are wrong, and will be (UsageError's exit status);
- it stopped on purpose, since nearly all is bad (TooManyBad's; see `dateline.breaker`);
- it died many times within some minutes, and its position never moved meanwhile.

An outage is none of these: while a server is away, the stage is tried again for as long as it
takes.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence

import msgspec

from dateline.errors import DatelineError, TooManyBad, Unavailable, UsageError
from dateline.lifeline import GRACE
from dateline.settings import PREFIX, Settings, as_environment

Report = Callable[[str], None]
#: how far a stage has come (anything that changes as it works); raises Unavailable in an outage
Position = Callable[[], Hashable]

#: seconds before the first new start and before the last; doubled in between
PAUSE_FIRST, PAUSE_LAST = 0.5, 30.0
#: Stages that died together shall not start together: each pause is up to this much longer.
JITTER = 0.25
#: seconds that a stage must stay up to begin with the first pause again
STEADY = 60.0
#: deaths without progress after which another start is not going to help, within so many seconds
MOST_DEATHS, WINDOW = 8, 300.0
_LAST_PORT = 65_535
#: of a pipeline, below the command that runs it: the processor and the sink
STAGES = 2


class Restarts:
    """When a stage is started again, and when no more. Pure: the clock is given."""

    def __init__(
        self,
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._name = name
        self._clock = clock
        self._jitter = jitter
        self._began = clock()
        self._pause = PAUSE_FIRST
        self._deaths: deque[float] = deque(maxlen=MOST_DEATHS)
        self._position: Hashable = None

    def began(self) -> None:
        """The stage was started."""
        self._began = self._clock()

    def died(self, status: int | None, position: Position | None = None) -> float:
        """Seconds to wait before the next start.

        status: its exit status; None where it could not be started at all. position: how far it
        has come; without one, only the time it stayed up counts as progress.

        Raises TooManyBad or Unavailable where another start cannot help.
        """
        if status == TooManyBad.exit_status:
            raise TooManyBad(
                f"the {self._name} stage stopped itself, since nearly all is bad",
                remedy="its message is above; what is not done waits in Kafka. Mend the cause, or "
                "see that it is meant so (`dateline dead list`), and start again.",
            )
        if status == UsageError.exit_status:
            raise Unavailable(
                f"the {self._name} stage cannot run like this",
                found=f"exit status {status}",
                remedy="its message is above; starting it again would not help.",
            )
        now = self._clock()
        if now - self._began >= STEADY:
            self._pause = PAUSE_FIRST
        if self._came_on(position):
            self._deaths.clear()
        self._deaths.append(now)
        if len(self._deaths) == MOST_DEATHS and now - self._deaths[0] <= WINDOW:
            raise Unavailable(
                f"the {self._name} stage does not stay up",
                found=f"{how(status)}, {MOST_DEATHS} deaths within "
                f"{now - self._deaths[0]:.0f} s without any progress",
                remedy="its messages are above; `dateline doctor` may know more.",
            )
        pause = self._pause
        self._pause = min(2 * pause, PAUSE_LAST)
        return pause * (1 + JITTER * self._jitter())

    def _came_on(self, position: Position | None) -> bool:
        if position is None:
            return False
        try:
            found = position()
        except Unavailable:
            return True  # an outage: it may well die of that, and live once it is over
        except DatelineError:
            return False
        before, self._position = self._position, found
        return found != before


def how(status: int | None) -> str:
    """An exit status in words."""
    if status is None:
        return "it could not be started"
    return f"signal {-status}" if status < 0 else f"exit status {status}"


def below(settings: Settings, number: int | None = None) -> Settings:
    """Settings of a stage that another command starts: it logs as people read it unless told
    otherwise, and takes no port of its parent's.

    number: by which its ``metrics_port`` comes after the parent's; without one, any that is free.
    Raises UsageError where there is no such port.
    """
    port = settings.metrics_port
    if port:
        port = 0 if number is None else port + number
        if port > _LAST_PORT:
            raise UsageError(
                "metrics_port leaves no port for the stages: each takes the next",
                found=str(settings.metrics_port),
                expected=f"{_LAST_PORT - STAGES} at most, or 0 for any that is free",
            )
    text = "text" if settings.log_format == "auto" else settings.log_format
    return msgspec.structs.replace(settings, metrics_port=port, log_format=text)


class Stage:
    """One stage as a child process that is started again when it dies.

    position: see `Restarts.died`. module: whose ``-m`` the child is. The child ends when this
    process does, however that ends (see `dateline.lifeline`).
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        settings: Settings,
        position: Position | None = None,
        clock: Callable[[], float] = time.monotonic,
        module: str = "dateline",
    ) -> None:
        self.name = name
        self._module = module
        self._arguments = list(arguments)
        self._settings = settings
        self._position = position
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._clock = clock
        self._restarts = Restarts(name, clock=clock)
        #: when it is started again; None while it runs
        self._due: float | None = None
        # Whoever waits and whoever watches may both find it dead.
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the running child."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the child. Raises Unavailable."""
        try:
            self._start()
        except OSError as error:
            raise Unavailable(
                f"the {self.name} stage cannot be started", found=str(error)
            ) from error

    def _start(self) -> None:
        reading, writing = os.pipe()
        environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environ |= as_environment(self._settings)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module, *self._arguments, "--lifeline", str(reading)],
                stdin=subprocess.DEVNULL,
                pass_fds=(reading,),
                env=environ,
                # Ctrl-C goes to this process alone: it stops the stages in their order.
                start_new_session=True,
            )
        except OSError:
            os.close(writing)
            raise
        finally:
            os.close(reading)
        if self._lifeline is not None:
            os.close(self._lifeline)
        self._lifeline = writing
        self._restarts.began()

    def keep_alive(self, report: Report) -> None:
        """See that the child runs: to be called again and again, it never waits.

        Raises TooManyBad or Unavailable where another start does not help.
        """
        with self._lock:
            if self._due is None and self._process is not None and self._process.poll() is not None:
                self._died(self._process.returncode, report)
            elif self._due is not None and self._clock() >= self._due:
                self._due = None
                try:
                    self._start()
                except OSError as error:
                    report(f"the {self.name} stage cannot be started: {error}")
                    self._died(None, report)

    def _died(self, status: int | None, report: Report) -> None:
        pause = self._restarts.died(status, self._position)
        self._due = self._clock() + pause
        report(f"the {self.name} stage ended ({how(status)}); it starts again in {pause:.1f} s")

    def ended(self) -> int | None:
        """The child's exit status once it has ended, until it is started again."""
        return self._process.poll() if self._process else None

    def ask_to_stop(self) -> None:
        """SIGTERM: it finishes its batch, commits and leaves its group."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, grace: float = GRACE) -> None:
        """Wait for its end, and make sure of it."""
        if self._process is not None:
            self.ask_to_stop()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None
