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


#: who writes what is told as events, where a stage logs so
_events: logging.Handler | None = None
#: hides the secrets of the command's settings
_hide: Callable[[str], str] | None = None


def hide_secrets(settings: Settings | None) -> None:
    """From now on `tell` tells none of these settings' secrets: a server may send back in an error
    what it was sent. None: there are no settings."""
    from dateline.settings import SECRETS

    global _hide  # noqa: PLW0603 - there is one standard error
    _hide = None
    if settings is not None and any(getattr(settings, name) for name in SECRETS):
        from dateline.logs import Redaction

        _hide = Redaction.of(settings).hide


def tell(line: str, *, fatal: bool = False) -> None:
    """Progress and reports go to standard error; results alone to standard output.

    fatal: it is why the command ends.
    """
    if _events is not None:
        from dateline.logs import say

        say(_events, line, fatal=fatal)  # which hides the same
        return
    if _hide is not None:
        line = _hide(line)
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


def log_to_stderr(settings: Settings, stage: str, *, service: bool = True) -> None:
    """What a stage logs, and what `tell` says from now on: see `dateline.logs`.

    service: it runs until it is stopped; what ends by itself speaks to whoever waits for it.
    """
    from dateline import logs

    global _events  # noqa: PLW0603 - there is one standard error
    hide_secrets(settings)
    handler = logs.set_up(settings, stage, service=service, escape=plain)
    _events = handler if logs.as_json(settings, service=service) else None


def as_lines() -> None:
    """A command begins: until it says otherwise, what it tells is for people."""
    global _events  # noqa: PLW0603
    _events = None


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
