"""What a partial replay reprocesses: stories, and the raw records that brought them.

A file in the data folder (SQLite), written once by ``dateline replay`` and read by its workers, so
that memory does not grow with the archive and a replay that was killed goes on with the very same
selection.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from dateline.closing import Closing
from dateline.errors import Unavailable
from dateline.settings import Settings

#: positions of one partition that are read at a time
_CHUNK = 10_000
#: variables of one question: SQLite takes some 32,000
_ASKED = 5_000

_TABLES = """
CREATE TABLE story (document BLOB PRIMARY KEY, followed INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX to_follow ON story (document) WHERE followed = 0;
CREATE INDEX as_it_is ON story (document) WHERE followed = 2;
CREATE TABLE raw (partition INTEGER, "offset" INTEGER, PRIMARY KEY (partition, "offset"))
    WITHOUT ROWID;
CREATE TABLE state (finished INTEGER NOT NULL);
"""

#: (partition, offset) in the raw topic
Place = tuple[int, int]


def path_of(settings: Settings, generation: str) -> Path:
    """Where the selection of a generation (its index's UUID) lies."""
    return settings.data_path / "replay" / f"{generation}.sqlite3"


def place_of(origin: Mapping[str, Any], raw: str) -> Place | None:
    """Where an original lies, by a provenance or an entry of the ledger as it is stored; None where
    that is not in this raw topic."""
    partition, offset = origin.get("partition"), origin.get("offset")
    if origin.get("topic") != raw or partition is None or offset is None:
        return None
    return partition, offset


class Selection(Closing):
    """The file, open; a context manager. One thread at a time.

    Raises Unavailable where it is not there, not finished, or cannot be written (a full disk).
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        self._path = path
        try:
            if create:
                path.parent.mkdir(parents=True, exist_ok=True)
                for old in path.parent.glob(f"{path.name}*"):
                    old.unlink()
                self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
                # Nobody reads it before it is finished, and it is made anew where it is not.
                self._db.executescript(
                    f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {_TABLES}"
                )
            else:
                self._db = sqlite3.connect(
                    f"{path.resolve().as_uri()}?mode=ro",
                    uri=True,
                    isolation_level=None,
                    check_same_thread=False,
                )
                if self._db.execute("SELECT finished FROM state").fetchone() is None:
                    raise sqlite3.OperationalError("it was not finished")
        except (OSError, sqlite3.Error) as error:
            raise Unavailable(
                "the selection of this replay cannot be used",
                found=f"{path}: {error}",
                expected="the file that `dateline replay` wrote when it began",
                remedy="go on where it was begun (the same data folder), or drop the generation "
                "and begin again.",
            ) from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    # -- writing

    def add_stories(self, documents: Iterable[str]) -> None:
        """Select stories, by the ``_id`` of their documents."""
        self._many("INSERT OR IGNORE INTO story (document) VALUES (?)", map(_one, documents))

    def to_follow(self, most: int) -> list[str]:
        """Some of the stories whose raw records are not selected yet."""
        asked = "SELECT document FROM story WHERE followed = 0 LIMIT ?"
        return [_text(found) for (found,) in self._db.execute(asked, [most])]

    def followed(self, documents: Iterable[str]) -> None:
        """The raw records of these are selected."""
        unless = "UPDATE story SET followed = 1 WHERE document = ? AND followed = 0"
        self._many(unless, map(_one, documents))

    def leave(self, documents: Iterable[str]) -> None:
        """These cannot be reprocessed: their originals are not in the topic any more."""
        kept = "INSERT OR REPLACE INTO story (document, followed) VALUES (?, 2)"
        self._many(kept, map(_one, documents))

    def left_stories(self) -> Iterator[str]:
        """Those that `leave` was told of."""
        for (found,) in self._db.execute("SELECT document FROM story WHERE followed = 2"):
            yield _text(found)

    def remove_raw(self, places: Iterable[Place]) -> None:
        """These raw records are not to be read again."""
        self._many('DELETE FROM raw WHERE partition = ? AND "offset" = ?', list(places))

    def add_raw(self, places: Iterable[Place]) -> None:
        """Select raw records."""
        self._many('INSERT OR IGNORE INTO raw (partition, "offset") VALUES (?, ?)', places)

    def finish(self) -> None:
        """It is whole, and safe on disk."""
        self._do("PRAGMA synchronous = FULL")
        self._do("PRAGMA journal_mode = DELETE")
        self._do("INSERT INTO state VALUES (1)")

    def _many(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        try:
            self._db.execute("BEGIN")
            self._db.executemany(statement, rows)
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._full(error) from error

    def _do(self, statement: str) -> None:
        try:
            self._db.execute(statement)
        except sqlite3.Error as error:
            raise self._full(error) from error

    def _full(self, error: Exception) -> Unavailable:
        return Unavailable(
            "the selection cannot be written",
            found=f"{self._path}: {error}",
            remedy="see that there is room on the disk, and run `dateline replay` again.",
        )

    # -- reading

    def stories(self) -> int:
        """How many are selected."""
        return int(self._db.execute("SELECT count(*) FROM story").fetchone()[0]) - self.left()

    def left(self) -> int:
        """How many were meant, and cannot be reprocessed."""
        asked = "SELECT count(*) FROM story WHERE followed = 2"
        return int(self._db.execute(asked).fetchone()[0])

    def records(self) -> int:
        """How many raw records are selected."""
        return int(self._db.execute("SELECT count(*) FROM raw").fetchone()[0])

    def among(self, documents: Sequence[str]) -> set[str]:
        """Those of these stories that are selected."""
        found: set[str] = set()
        for begin in range(0, len(documents), _ASKED):
            some = [_key(one) for one in documents[begin : begin + _ASKED]]
            marks = ",".join("?" * len(some))
            asked = f"SELECT document FROM story WHERE document IN ({marks}) AND followed < 2"  # noqa: S608
            found.update(_text(known) for (known,) in self._db.execute(asked, some))
        return found

    def records_among(self, places: Sequence[Place]) -> set[Place]:
        """Those of these raw records that are selected."""
        found: set[Place] = set()
        for begin in range(0, len(places), _ASKED):
            some = places[begin : begin + _ASKED]
            rows = ",".join("(?,?)" for _ in some)
            asked = (
                f'SELECT partition, "offset" FROM raw '  # noqa: S608
                f'WHERE (partition, "offset") IN (VALUES {rows})'
            )
            found.update(self._db.execute(asked, [one for place in some for one in place]))
        return found

    def bounds(self) -> dict[int, tuple[int, int]]:
        """Of each partition that has any: the first selected offset, and the one after the last."""
        asked = 'SELECT partition, min("offset"), max("offset") + 1 FROM raw GROUP BY partition'
        return {partition: (first, end) for partition, first, end in self._db.execute(asked)}

    def waiting(self, partition: int, offset: int) -> int:
        """How many records of a partition are selected from an offset on."""
        asked = 'SELECT count(*) FROM raw WHERE partition = ? AND "offset" >= ?'
        return int(self._db.execute(asked, [partition, offset]).fetchone()[0])

    def _chunk(self, partition: int, start: int) -> list[int]:
        asked = (
            'SELECT "offset" FROM raw WHERE partition = ? AND "offset" >= ?'
            ' ORDER BY "offset" LIMIT ?'
        )
        return [found for (found,) in self._db.execute(asked, [partition, start, _CHUNK])]


class Chosen:
    """The raw records of a selection, asked for in (nearly) rising order: what a worker needs.

    Holds some thousand positions of each partition.
    """

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        #: partition to the offset from which the chunk is complete, and the chunk
        self._known: dict[int, tuple[int, list[int]]] = {}

    def next(self, partition: int, offset: int) -> int | None:
        """The first selected offset from this one on; None where there is none."""
        start, chunk = self._known.get(partition, (-1, []))
        if start < 0 or offset < start or (chunk and offset > chunk[-1]):
            chunk = self._selection._chunk(partition, offset)
            self._known[partition] = (offset, chunk)
        at = bisect_left(chunk, offset)
        return chunk[at] if at < len(chunk) else None

    def __contains__(self, place: Place) -> bool:
        return self.next(*place) == place[1]


def _key(document: str) -> bytes:
    """As half as many bytes, where it is the hash that the sink gives."""
    try:
        return b"\0" + bytes.fromhex(document)
    except ValueError:
        return document.encode()


def _text(key: bytes) -> str:
    return key[1:].hex() if key[:1] == b"\0" else key.decode()


def _one(document: str) -> tuple[bytes]:
    return (_key(document),)
