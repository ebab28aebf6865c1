"""What is remembered of polled feeds: which entries were published, and when to ask again.

It lies in the database of the positions (`producers.positions`), bound to cluster and topic as
those are. An entry counts as seen when Kafka has confirmed it. Before entries are sent they are
noted as under way: of those that a killed producer leaves so, the next one looks up in the topics
whether they arrived (`producers.aftermath`), so that nothing is published twice, and nothing lost.

An entry is remembered by its key and, where it has one of its own, by its link: some programs make
new keys at every poll.

Entries are compared with what their feed held *last*: so a story that is changed back is news,
while several entries under one key (some feeds give all of theirs the same) are none each time.
Those are held last together: where one is found again, the others count as found with it, although
the page they stand on was not looked at.
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Container, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from dateline.errors import Unavailable
from producers.positions import FILE, Positions

#: an entry that its feed has not held for so long (seconds) is forgotten, if the feed has no pages
#: that are seldom looked at
KEPT = 30 * 86_400
#: and so are the oldest beyond so many rows (two for an entry with a link) that it holds no more
MOST = 100_000
#: entries that stay as they are are noted as still there once in this time (seconds), or with news
TOUCHED = 86_400

_TABLES = (
    """CREATE TABLE IF NOT EXISTS polled (
        id INTEGER PRIMARY KEY, place TEXT NOT NULL, feed TEXT NOT NULL, address TEXT NOT NULL,
        state TEXT NOT NULL, UNIQUE (place, feed, address)
    )""",
    """CREATE TABLE IF NOT EXISTS entry (
        polled INTEGER NOT NULL, key BLOB NOT NULL, fingerprint BLOB NOT NULL,
        poll INTEGER NOT NULL, held INTEGER NOT NULL, sent BLOB,
        PRIMARY KEY (polled, key, fingerprint)
    ) WITHOUT ROWID""",
)
# Of entries under one key those that were held last together stay so.
_HELD_TOGETHER = """
UPDATE entry SET poll = ?4 WHERE polled = ?1 AND key = ?2 AND poll < ?4 AND poll =
    (SELECT poll FROM entry WHERE polled = ?1 AND key = ?2 AND fingerprint = ?3)
"""
_HELD = """
INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?4, NULL)
ON CONFLICT (polled, key, fingerprint) DO UPDATE SET poll = ?4, held = ?4
"""


class State(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One feed between two polls; instants are seconds since 1970.

    location: as it may be shown. place: a hash of it. validated: hash of the address that
    ``etag`` and ``modified`` are of. cursor: where the next poll begins, None for the location.
    resuming: whether news comes there, else it is where one goes on with what lay behind the
    last page. unfinished: a poll has found something and not come to its end. beyond: it found
    news on the last page that it might follow. poll: number of the last one, that grows (its
    time, in seconds, if no clock was set back). began: when it really did. touched: the last
    one that noted what is still there. interval: between polls. due: the next one.
    left_alone_until: the server wants it. success, news, failure: when the last was. error: of
    the last failure, None once the feed answers again. failures: in a row. items: published in
    all. rekeyed: polls in a row that had most entries as they were under other keys. held_up:
    entries whose text could not be had, by their hashes, and in how many polls.
    """

    location: str
    place: str | None = None
    validated: str | None = None
    etag: str | None = None
    modified: str | None = None
    cursor: str | None = None
    resuming: bool = False
    unfinished: bool = False
    beyond: bool = False
    poll: int = 0
    began: float = 0.0
    touched: int = 0
    interval: float = 0.0
    due: float = 0.0
    left_alone_until: float = 0.0
    success: float | None = None
    news: float | None = None
    failure: float | None = None
    error: str | None = None
    failures: int = 0
    items: int = 0
    rekeyed: int = 0
    held_up: dict[str, int] = {}


class Row(NamedTuple):
    """An entry as it is remembered: hashes of its key and of its content."""

    key: bytes
    fingerprint: bytes


class UnderWay(NamedTuple):
    """An entry that was sent, and not confirmed before its producer ended."""

    polled: int
    feed: str
    row: Row
    began: float
    sha256: str


def short_hash(text: str) -> bytes:
    """A hash for comparing, whatever the text holds."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]


class Seen:
    """All that is remembered of one feed. Raises Unavailable where the disk fails.

    address: tells apart feeds of one name, "" for those that are listed. number: of the feed in
    the database.
    """

    def __init__(self, positions: Positions, feed: str, address: str, location: str) -> None:
        self._positions = positions
        prepare(positions)
        with positions.writing() as database:
            database.execute(
                "INSERT OR IGNORE INTO polled (place, feed, address, state) VALUES (?, ?, ?, ?)",
                (positions.place, feed, address, _encoded(State(location=location))),
            )
            self.number, state = database.execute(
                "SELECT id, state FROM polled WHERE place = ? AND feed = ? AND address = ?",
                (positions.place, feed, address),
            ).fetchone()
        self.state = _decoded(state)
        self.state.location = location

    def save(self) -> None:
        """The state alone."""
        with self._positions.writing() as database:
            self._save(database)

    def lies_at(self, place: str) -> None:
        """A hash of where the feed lies. Of its server nothing is known where that has changed; its
        entries are the same."""
        if self.state.place not in (None, place):
            self.state = msgspec.structs.replace(
                self.state,
                cursor=None,
                resuming=False,
                etag=None,
                modified=None,
                validated=None,
                due=0.0,
                left_alone_until=0.0,
                failures=0,
                error=None,
            )
        self.state.place = place

    def forget(self) -> None:
        """As if the feed had never been read."""
        self.state = State(location=self.state.location, place=self.state.place)
        with self._positions.writing() as database:
            database.execute("DELETE FROM entry WHERE polled = ?", (self.number,))
            self._save(database)

    def is_news(self, row: Row, poll: int) -> bool | None:
        """Whether an entry is not as the feed held it last; None where this poll had it already."""
        with self._positions.reading() as database:
            known = database.execute(
                "SELECT fingerprint, poll, sent FROM entry WHERE polled = ? AND key = ?",
                (self.number, row.key),
            ).fetchall()
        if any(one == row.fingerprint and number == poll for one, number, _ in known):
            return None
        before = [(one, number) for one, number, sent in known if number < poll and sent is None]
        last = max((number for _, number in before), default=0)
        return (row.fingerprint, last) not in before

    def is_known(self, key: bytes) -> bool:
        """Whether anything is remembered under a key."""
        with self._positions.reading() as database:
            found = database.execute(
                "SELECT 1 FROM entry WHERE polled = ? AND key = ? LIMIT 1", (self.number, key)
            ).fetchone()
        return found is not None

    def under_way(self, rows: Sequence[tuple[Row, bytes]], poll: int) -> None:
        """Note entries, with the hashes of their documents, before they are sent."""
        self.state.unfinished, self.state.poll = True, poll
        with self._positions.writing() as database:
            database.executemany(
                "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?, ?, ?)",
                [(self.number, *row, poll, poll, sha256) for row, sha256 in rows],
            )
            self._save(database)

    def confirmed(self, rows: Iterable[Row]) -> None:
        """Kafka has these."""
        with self._positions.writing() as database:
            database.executemany(
                "UPDATE entry SET sent = NULL WHERE polled = ? AND key = ? AND fingerprint = ?",
                [(self.number, *row) for row in rows],
            )

    def still_there(self, rows: Iterable[Row], poll: int) -> None:
        """The feed holds these as before, if only under other keys."""
        found = [(self.number, *row, poll) for row in rows]
        with self._positions.writing() as database:
            database.executemany(_HELD_TOGETHER, found)
            database.executemany(_HELD, found)

    def finished(self, poll: int, *, more: bool = False, unfinished: bool = False) -> None:
        """A poll has come to its end: save the state, forget what has long been gone.

        more: the feed has pages that were not looked at, and may hold anything. unfinished: what
        an earlier poll did not come to is still to be read.
        """
        self.state.unfinished, self.state.poll = unfinished, poll
        with self._positions.writing() as database:
            if self.state.touched == poll:
                oldest = 0 if more else poll - KEPT
                database.execute(
                    "DELETE FROM entry WHERE polled = ? AND held < ?", (self.number, oldest)
                )
                database.execute(
                    "DELETE FROM entry WHERE polled = ?1 AND held < ?2 AND (key, fingerprint) IN "
                    "(SELECT key, fingerprint FROM entry WHERE polled = ?1 ORDER BY held DESC "
                    "LIMIT -1 OFFSET ?3)",
                    (self.number, poll, MOST),
                )
            self._save(database)

    def _save(self, database: sqlite3.Connection) -> None:
        database.execute(
            "UPDATE polled SET state = ? WHERE id = ?", (_encoded(self.state), self.number)
        )


def prepare(positions: Positions) -> None:
    """Make the tables, if they are not there."""
    with positions.writing() as database:
        for table in _TABLES:
            database.execute(table)


def left_under_way(positions: Positions, polled: Container[int]) -> list[UnderWay]:
    """Entries of which nobody knows whether they arrived. polled: numbers of the feeds that this
    run has for itself; what others have under way is theirs."""
    prepare(positions)
    with positions.reading() as database:
        rows = database.execute(
            "SELECT id, feed, state, key, fingerprint, sent FROM entry JOIN polled ON polled = id "
            "WHERE place = ? AND sent IS NOT NULL",
            (positions.place,),
        ).fetchall()
    return [
        UnderWay(number, feed, Row(key, fingerprint), _decoded(state).began, sent.hex())
        for number, feed, state, key, fingerprint, sent in rows
        if number in polled
    ]


def settle(positions: Positions, arrived: Iterable[UnderWay], lost: Iterable[UnderWay]) -> None:
    """What became of them: those that arrived were published, the others never were."""
    with positions.writing() as database:
        for statement, entries in (
            ("UPDATE entry SET sent = NULL", arrived),
            ("DELETE FROM entry", lost),
        ):
            database.executemany(
                f"{statement} WHERE polled = ? AND key = ? AND fingerprint = ?",
                [(one.polled, *one.row) for one in entries],
            )


def remembered(data_path: Path, topic: str) -> list[tuple[str, str, State]]:
    """Name, address and state of every feed that was polled for a raw topic of that name: the
    latest, where several topics had it. For whoever only looks. Raises Unavailable."""
    path = data_path / FILE
    if not path.is_file():
        return []
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=10)
        ) as database:
            rows = database.execute("SELECT place, feed, address, state FROM polled").fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return []
        raise _unreadable(path, error) from error
    except sqlite3.Error as error:
        raise _unreadable(path, error) from error
    found: dict[tuple[str, str], State] = {}
    for place, feed, address, encoded in rows:
        state = _decoded(encoded)
        # A place is CLUSTER/TOPIC'S ID/TOPIC; topics have no slash in their names.
        if place.rpartition("/")[2] == topic:
            known = found.get((feed, address))
            if known is None or known.poll <= state.poll:
                found[feed, address] = state
    return [(feed, address, state) for (feed, address), state in sorted(found.items())]


def _unreadable(path: Path, error: Exception) -> Unavailable:
    return Unavailable(
        "what is remembered of the feeds cannot be read",
        found=f"{path}: {error}",
        remedy="see that the data folder is readable.",
    )


def _encoded(state: State) -> str:
    return msgspec.json.encode(state).decode()


def _decoded(state: str) -> State:
    return msgspec.json.decode(state, type=State)
