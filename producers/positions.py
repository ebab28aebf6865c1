"""How far each file of each feed was published: remembered after the broker's confirmation.

A small SQLite database in the data folder: its transactions are atomic and on disk when they
return, and two producers may use it at once. What is remembered is bound to the Kafka cluster and
to the topic's id, since a new cluster, or a topic deleted and made again, holds nothing of it.
What is known of polled feeds lies in it, too (`producers.seen`).
"""

from __future__ import annotations

import contextlib
import fcntl
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from dateline.errors import Unavailable

FILE = "positions.sqlite3"
_COLUMNS = """(
    place TEXT NOT NULL, feed TEXT NOT NULL, path TEXT NOT NULL,
    size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL,
    offset INTEGER NOT NULL, lines INTEGER NOT NULL, finished INTEGER NOT NULL,
    PRIMARY KEY (place, feed, path)
) WITHOUT ROWID"""
_ASK = """
SELECT size, mtime_ns, sha256, offset, lines, finished FROM position
WHERE place = ? AND feed = ? AND path = ?
"""
_SAVE = "INSERT OR REPLACE INTO position VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
# The same of what this run alone has saved: a temporary table grows on disk, not in memory, and
# goes with the run.
_ASK_OWN = _ASK.replace("position", "temp.own")
_SAVE_OWN = _SAVE.replace("position", "temp.own")


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its resolved path, size and modification time (ns) when it was read; the first
    ``offset`` bytes and ``lines`` lines of it are published, and ``sha256`` is theirs.
    ``finished`` when there was nothing more to publish."""

    feed: str
    path: str
    size: int
    mtime_ns: int
    sha256: str
    offset: int
    lines: int = 0
    finished: bool = False


class Positions:
    """All marks of one place (cluster and topic). Raises Unavailable where the disk fails.

    again: what was saved before counts for nothing until it is saved anew.
    """

    def __init__(self, data_path: Path, place: str, *, again: bool = False) -> None:
        self.place = place
        self._again = again
        # Polled feeds have threads of their own.
        self._lock = threading.RLock()
        self._claims: list[IO[bytes]] = []
        try:
            data_path.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(
                data_path / FILE, timeout=30, isolation_level=None, check_same_thread=False
            )
            # A journal that is deleted works on every file system; FULL waits for the disk.
            self._database.execute("PRAGMA synchronous = FULL")
            self._database.execute(f"CREATE TABLE IF NOT EXISTS position {_COLUMNS}")
            if again:
                self._database.execute(f"CREATE TEMP TABLE own {_COLUMNS}")
        except (sqlite3.Error, OSError) as error:
            raise _unavailable(data_path / FILE, error) from error
        self._file = data_path / FILE

    def get(self, feed: str, path: str) -> Mark | None:
        """What is remembered of a file."""
        with self.reading() as database:
            row = database.execute(
                _ASK_OWN if self._again else _ASK, (self.place, feed, path)
            ).fetchone()
        if row is None:
            return None
        size, mtime_ns, sha256, offset, lines, finished = row
        return Mark(
            feed=feed,
            path=path,
            size=size,
            mtime_ns=mtime_ns,
            sha256=sha256,
            offset=offset,
            lines=lines,
            finished=bool(finished),
        )

    def save(self, marks: Iterable[Mark]) -> None:
        """All of them, or none; on disk when this returns."""
        rows = [(self.place, *msgspec.structs.astuple(mark)) for mark in marks]
        if not rows:
            return
        with self.writing() as database:
            database.executemany(_SAVE, rows)
            if self._again:
                database.executemany(_SAVE_OWN, rows)

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The database, for this thread alone. Raises Unavailable."""
        with self._lock:
            try:
                yield self._database
            except sqlite3.Error as error:
                raise _unavailable(self._file, error) from error

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Likewise; all that is written within is on disk afterwards, or nothing of it."""
        with self.reading() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    def claim(self, number: int) -> bool:
        """Whether the polled feed of this number is ours alone now, until `close`, or a kill."""
        path = self._file.parent / "polled" / f"{number}.lock"
        try:
            path.parent.mkdir(exist_ok=True)
            file = path.open("wb")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
        except OSError as error:
            raise _unavailable(path, error) from error
        self._claims.append(file)
        return True

    def close(self) -> None:
        """Nothing is pending: `save` has written all."""
        with self._lock:
            self._database.close()
        for file in self._claims:
            file.close()


def _unavailable(file: Path, error: Exception) -> Unavailable:
    return Unavailable(
        "the positions of the feeds cannot be kept",
        found=f"{file}: {error}",
        remedy="see that the data folder is writable and its disk is not full.",
    )
