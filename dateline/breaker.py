"""The circuit breaker: a stage that refuses too much stops, instead of dead-lettering everything.

A parser that broke, a mapping that takes nothing, a feed that sends another format: then nearly
all is bad, and thousands of dead letters are nobody's wish. So more than ``breaker_share`` of the
last ``breaker_window`` records of a worker being bad is `TooManyBad`, raised before the dead
letters of the batch at hand are sent; nothing of that batch is committed, and it is read again
when the cause is mended.

closed
    The rule above. Nothing is judged before a whole window was seen.
half-open
    After a trip, that is while its file lies in the data folder: a supervisor that starts the
    stage again must not let another window of dead letters through. Every batch is judged by
    itself, and all since the start together, until a whole window has passed; then the file is
    removed. A handful of bad records (`_FEW`) is let through even so: on a quiet wire, where
    records come one by one, a single bad one must not stop a stage that was mended.
off
    ``breaker_share = 1``: a person has looked and lets the bad records through. The file goes with
    the first batch.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import os
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from dateline.errors import TooManyBad
from dateline.records import Position, utc_now
from dateline.settings import PREFIX, Settings

log = logging.getLogger(__name__)

#: of the most frequent reasons so many are told
_REASONS = 3
#: bad records that trip no half-open breaker; of a window of less than `_FEW` times 4, its fourth
_FEW = 5
#: characters of a reason that are kept: the window holds hundreds of them
_REASON_CHARS = 200


class Bad(msgspec.Struct, frozen=True):
    """The verdict on a bad record. reason: what is wrong, without names and numbers of the one
    record, so that the same fault is counted together. position: where the record lies."""

    reason: str
    position: Position


class Breaker:
    """Judges the records of one worker; safe to share between threads.

    name: of the kind of worker, as its file is called: ``breaker-NAME.json``. folder: of that
    file, the data folder. Workers of one kind and one folder share the file, not the window.
    """

    def __init__(
        self,
        name: str,
        settings: Settings,
        folder: Path,
        *,
        clock: Callable[[], dt.datetime] = utc_now,
    ) -> None:
        self.path = folder / f"breaker-{name}.json"
        self._name = name
        self._share = settings.breaker_share
        self._clock = clock
        self._lock = threading.Lock()
        self._window: deque[Bad | None] = deque(maxlen=settings.breaker_window)
        self._bad = 0
        #: records that a half-open breaker must still let pass
        self._left = settings.breaker_window if self._lies() else 0
        self._few = min(_FEW, settings.breaker_window // 4 or 1)
        #: of those that a half-open one has let pass: bad ones, all
        self._passed = (0, 0)
        self._tripped: TooManyBad | None = None

    @property
    def half_open(self) -> bool:
        """Whether each batch is judged by itself, since the last worker tripped."""
        return self._left > 0

    def check(self, verdicts: Sequence[Bad | None]) -> None:
        """Judge a batch: for each record None, or why it is bad.

        Call it in the order of the batches, and before the dead letters of this one are sent.
        Raises TooManyBad; from then on at every call, since what is in work elsewhere is read
        again, too.
        """
        with self._lock:
            if self._tripped is None:
                bad = self._too_many(verdicts)
                if bad is None:
                    return
                self._tripped = self._trip(*bad)
            raise self._tripped

    def _too_many(self, verdicts: Sequence[Bad | None]) -> tuple[list[Bad], int] | None:
        """The bad ones, and of how many, if they are too many."""
        if self._share >= 1:
            if self._left:
                self._close()
            return None
        if self._left:
            bad = [one for one in verdicts if one is not None]
            self._passed = (self._passed[0] + len(bad), self._passed[1] + len(verdicts))
            for many, of in ((len(bad), len(verdicts)), self._passed):
                if bad and many >= self._few and many > self._share * of:
                    return bad, len(verdicts)
        for verdict in verdicts:
            if len(self._window) == self._window.maxlen:
                self._bad -= self._window[0] is not None
            self._window.append(verdict)
            self._bad += verdict is not None
            full = len(self._window) == self._window.maxlen
            # While half-open, batches are judged alone: the window only fills.
            if full and not self._left and self._bad > self._share * len(self._window):
                return [one for one in self._window if one is not None], len(self._window)
        if self._left:
            self._left = max(0, self._left - len(verdicts))
            if not self._left:
                self._close()
        return None

    def _trip(self, bad: list[Bad], of: int) -> TooManyBad:
        count = Counter(one.reason[:_REASON_CHARS] for one in bad)
        first = {one.reason[:_REASON_CHARS]: one.position for one in reversed(bad)}
        reasons = [(reason, times) for reason, times in count.most_common(_REASONS)]
        told = "; ".join(f"{times} times {what!r}, as {first[what]}" for what, times in reasons)
        rest = len(count) - len(reasons)
        after = "" if not self._left else " right after the last stop"
        error = TooManyBad(
            f"{self._name} stops: too many bad records{after}",
            found=f"{len(bad)} of {of} ({told}{f'; and {rest} other reasons' if rest else ''})",
            expected=f"at most {self._share:g} of them (breaker_share)",
            remedy="mend the cause and start it again: nothing of the last batch is dead-lettered "
            "or committed. If these records are rightly refused, let them through once with "
            f"{PREFIX}BREAKER_SHARE=1 in the environment of `dateline process`, `sink` or `run`.",
        )
        self._write(len(bad), of, reasons)
        return error

    # -- the file

    def _lies(self) -> bool:
        try:
            return self.path.exists()
        except OSError as error:
            log.warning("%s cannot be looked at (%s); taken as absent", self.path, error)
            return False

    def _write(self, bad: int, of: int, reasons: list[tuple[str, int]]) -> None:
        """Leave word for the next start. A disk that takes nothing must not hide the trip."""
        note = msgspec.json.encode(
            {"tripped": self._clock(), "bad": bad, "of": of, "reasons": dict(reasons)}
        )
        written: str | None = None
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, written = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(note + b"\n")
                file.flush()
                os.fsync(file.fileno())
            Path(written).replace(self.path)
        except OSError as error:
            log.warning("%s cannot be written (%s); the next start begins closed", self.path, error)
            if written is not None:
                with contextlib.suppress(OSError):
                    Path(written).unlink(missing_ok=True)

    def _close(self) -> None:
        self._left = 0
        try:
            self.path.unlink(missing_ok=True)
            log.warning("%s: records pass again", self._name)
        except OSError as error:
            log.warning("%s cannot be removed (%s)", self.path, error)
