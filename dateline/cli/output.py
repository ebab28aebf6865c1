"""What the commands say: results on standard output, all else on standard error."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from dateline.settings import Settings

#: What a terminal would obey rather than show: control characters, line and paragraph separators,
#: the marks that turn the direction of writing, and what UTF-8 cannot hold.
_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
#: return to the first column, and erase the line
_ERASE = "\r\x1b[K"


def plain(text: object, limit: int | None = None) -> str:
    """Text of others for a terminal: control characters escaped (``\\x1b``, ``\\n``).

    limit: characters at most; what is longer is cut and ends in an ellipsis.
    """
    # What is cut off need not be escaped first: a value may have millions of characters.
    told = str(text)
    rest = limit is not None and len(told) > limit
    told = _CONTROLS.sub(_escaped, told if limit is None else told[:limit])
    if limit is not None and (rest or len(told) > limit):
        return told[: max(0, limit - 1)] + "…"
    return told


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode("ascii")


def tell(line: str) -> None:
    """Progress and reports go to standard error; results alone to standard output."""
    # Nobody may read it (a full disk, a pipe whose reader has gone): the work goes on.
    with contextlib.suppress(OSError):
        print(f"{_ERASE if sys.stderr.isatty() else ''}{line}", file=sys.stderr, flush=True)


class Progress:
    """How far a command has come, told again while it works, and only where it changed.

    On a terminal one line that is written over; elsewhere plain lines, ``every`` seconds apart at
    least.
    """

    def __init__(
        self,
        *,
        terminal: bool | None = None,
        every: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._every = every
        self._clock = clock
        self._shown = ""
        self._told = clock()

    def show(self, line: str) -> None:
        """Say it, if it is news."""
        if line == self._shown:
            return
        if self._terminal:
            # The cursor stays at the beginning: whatever a stage writes meanwhile stands there.
            self._write(f"{_ERASE}{line}\r")
        elif self._clock() - self._told < self._every:
            return
        else:
            tell(line)
        self._shown, self._told = line, self._clock()

    def end(self) -> None:
        """Leave an empty line on a terminal."""
        if self._terminal and self._shown:
            self._write(_ERASE)
        self._shown = ""

    @staticmethod
    def _write(text: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def log_to_stderr(settings: Settings) -> None:
    """What the stages log, from ``log_level`` on; of the libraries only what matters."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for package in ("dateline", "producers", "processors", "sinks"):
        logging.getLogger(package).setLevel(settings.log_level.upper())


def console() -> Console:
    """For results on standard output: colours on a terminal only, its width or 100 columns."""
    from rich.console import Console

    class Output(Console):
        def on_broken_pipe(self) -> None:
            # rich would end with status 1; a reader that has seen enough is no failure.
            raise  # noqa: PLE0704 - called while the BrokenPipeError is handled

    return Output(
        file=sys.stdout,
        highlight=False,
        soft_wrap=False,
        width=None if sys.stdout.isatty() else 100,
    )
