"""One server as a child process: started, watched, stopped, killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from .errors import EmbeddedError
from .java_runtime import find_java, java_environment

LOG_CONFIGURATION = Path(__file__).with_name("log4j2.properties")

#: Five times the usual calls before the costly second compiler sets in: a start takes clearly less
#: of the processor, and indexing as much as before (docs/decisions/0002).
LATE_SECOND_COMPILER = (
    "-XX:Tier4InvocationThreshold=25000",
    "-XX:Tier4MinInvocationThreshold=3000",
    "-XX:Tier4CompileThreshold=75000",
    "-XX:Tier4BackEdgeThreshold=200000",
)

#: Lines of a server's log that an error shows.
TAIL_LINES = 15


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a server. ``name`` is its folder's, too; ``run`` marks its command line."""

    name: str
    folder: Path
    run: str
    jvm_options: tuple[str, ...]
    main_class: str
    arguments: tuple[str, ...]

    def command(self) -> list[str]:
        """The whole command line, to be run in ``folder``."""
        return [
            str(find_java().executable),
            *LATE_SECOND_COMPILER,
            *self.jvm_options,
            f"-Ddateline.run={self.run}",
            f"-Ddateline.server={self.name}",
            f"-Dlog4j2.configurationFile={LOG_CONFIGURATION}",
            "-Dlog4j2.disable.jmx=true",
            "-Dlog4j.shutdownHookEnabled=false",
            "-Djava.awt.headless=true",
            # Native libraries are unpacked here: /tmp may forbid to run them, and a killed
            # process leaves them behind.
            "-Djava.io.tmpdir=tmp",
            self.main_class,
            str(os.getpid()),
            *self.arguments,
        ]


class ServerProcess:
    """A started server. Lives in a session of its own, so a terminal's Ctrl-C does not reach it."""

    def __init__(self, launch: Launch, lock: int) -> None:
        """Starts it. ``lock``: a descriptor that the child inherits and so holds until it ends.

        Raises EmbeddedError when its folder cannot be written to or Java cannot be executed.
        """
        self.launch = launch
        try:
            self._process = self._started(lock)
        except OSError as error:
            raise EmbeddedError(
                f"cannot start {launch.name} in {launch.folder}",
                found=str(error),
                expected="a data folder that this user may write to",
                remedy="give another one with --data-dir, or mend its permissions",
            ) from error
        self._log_start = self._log_size()

    def _started(self, lock: int) -> subprocess.Popen[bytes]:
        launch, folder = self.launch, self.launch.folder
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        shutil.rmtree(folder / "tmp", ignore_errors=True)
        (folder / "tmp").mkdir()
        console = folder / "logs" / "console.log"
        if console.exists():
            console.replace(console.with_name("console.previous.log"))
        with console.open("wb") as output:
            return subprocess.Popen(
                launch.command(),
                cwd=folder,
                env=java_environment(),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=(lock,),
            )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """None while it runs; negative when a signal ended it."""
        return self._process.poll()

    def ask_to_stop(self) -> None:
        """Does not wait. The signal besides the pipe: a forked child may hold the pipe open."""
        if self.exit_status is None:
            self._process.send_signal(signal.SIGTERM)
        self._close_pipe()

    def wait(self, deadline: float) -> bool:
        """Until it has ended, or the monotonic clock passes the deadline. Whether it ended."""
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        return True

    def kill(self) -> None:
        """SIGKILL, and waits until the kernel has taken it away."""
        self._process.kill()
        self._process.wait()
        self._close_pipe()

    def _close_pipe(self) -> None:
        pipe: IO[bytes] | None = self._process.stdin
        if pipe is not None:
            pipe.close()

    def _log_file(self) -> Path:
        return self.launch.folder / "logs" / f"{self.launch.name}.log"

    def _log_size(self) -> int:
        try:
            return self._log_file().stat().st_size
        except FileNotFoundError:
            return 0

    def said(self) -> str:
        """What it printed and logged since it was started, as far as it matters: the last part."""
        console = self.launch.folder / "logs" / "console.log"
        return _last_part(console, 0) + _last_part(self._log_file(), self._log_start)

    def tail(self) -> str:
        """The last lines of that."""
        return "\n".join(deque(self.said().splitlines(), TAIL_LINES))


def _last_part(path: Path, start: int) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            begin = start if start <= size else 0  # rolled over meanwhile
            file.seek(max(begin, size - 20_000))
            return file.read().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""


def write_file(path: Path, content: str) -> None:
    """Writes at once or not at all; a reader never sees half a file."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(content, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise EmbeddedError(
            f"cannot write {path}",
            found=error.strerror or str(error),
            expected="a data folder that this user may write to",
            remedy="give another one with --data-dir, or mend its permissions",
        ) from error
