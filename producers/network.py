"""All feeds over HTTP of one run: each polled by a thread of its own, none held up by another.

A poll tells which entries are news, notes them as under way, and hands them over; when Kafka has
confirmed them, they count as seen. Only when that is so of all of them is the poll at its end, and
the next one planned. What is handed over waits in a belt of limited size: while Kafka takes
nothing, no feed is read.
"""

from __future__ import annotations

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from dateline import text
from dateline.errors import InputError
from dateline.records import sha256
from dateline.settings import Settings
from producers import pacing
from producers.access import Access
from producers.feeds import TICK, Arrival, Feed, Reader
from producers.http import Clock, Fetcher, FetchFailed, Stopped, Wait
from producers.polling import (
    Entry,
    Outcome,
    Page,
    arrival,
    completed,
    fault_of_ours,
    is_input,
    patience,
    poll,
    without_text,
)
from producers.positions import Positions
from producers.seen import TOUCHED, Row, Seen, State, short_hash
from producers.table import Source

#: bytes that wait to be published at most, beside one document
BELT = 16 * 1024 * 1024
#: entries that are noted as under way at a time, and bytes of them
_BATCH, _BATCH_BYTES = 200, 4 * 1024 * 1024
#: after so many polls in a row with most entries under new keys, they are known by their links
_REKEYED = 2
#: large pages that are in memory at one time
_PAGES = 2
#: texts of items that cannot be had in one poll: then it is not worth asking for more
_TEXTS = 10
#: seconds that all threads may take to end
_END = 10.0


class _Belt:
    """Documents on their way from the pollers to the publisher."""

    def __init__(self, most: int, stop: threading.Event) -> None:
        self._most = most
        self._stop = stop
        self._waiting: deque[Arrival] = deque()
        self._bytes = 0
        self._changed = threading.Condition()

    def put(self, one: Arrival) -> None:
        """Blocks while too much waits. Raises Stopped."""
        with self._changed:
            while self._bytes > self._most:
                if self._stop.is_set():
                    raise Stopped
                self._changed.wait(TICK)
            self._waiting.append(one)
            self._bytes += _size(one)
            self._changed.notify_all()

    def take(self, seconds: float) -> Arrival | None:
        """The next one; None where none comes in time."""
        with self._changed:
            if not self._waiting:
                self._changed.wait(seconds)
            if not self._waiting:
                return None
            one = self._waiting.popleft()
            self._bytes -= _size(one)
            self._changed.notify_all()
            return one

    def wake(self) -> None:
        """Whoever waits to take something looks again."""
        with self._changed:
            self._changed.notify_all()


def _size(one: Arrival) -> int:
    return len(one.document.value) if one.document else 0


class Network(Feed):
    """The feeds of one run that are polled. `arrivals` starts them, `end` must be called after it.

    again: what was published before counts for nothing. chance: random numbers from 0 to 1. wait:
    as of `Fetcher`, between two polls.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        positions: Positions,
        settings: Settings,
        *,
        again: bool = False,
        fetcher: Fetcher | None = None,
        chance: Callable[[], float] = random.random,
        wait: Wait | None = None,
    ) -> None:
        self._wait = wait
        self._sources = list({(one.feed, address_of(one)): one for one in sources}.values())
        self._positions = positions
        self._settings = settings
        self._again = again
        self._fetcher = fetcher
        self._chance = chance
        self._ours: list[tuple[Source, Seen]] = []
        self._elsewhere: list[str] = []
        for source in self._sources:
            seen = seen_of(source, positions)
            if positions.claim(seen.number):
                self._ours.append((source, seen))
            else:
                self._elsewhere.append(source.feed)
        self._pollers: list[_Poller] = []
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self._broken: BaseException | None = None

    @property
    def polled(self) -> set[int]:
        """Numbers of the feeds that this run has for itself."""
        return {seen.number for _, seen in self._ours}

    @property
    def states(self) -> list[tuple[str, State]]:
        """Each feed that this run polls, and how it does."""
        return [(source.feed, seen.state) for source, seen in self._ours]

    @property
    def failing(self) -> list[str]:
        """Names of the feeds whose last poll failed, and of those that another producer polls."""
        return sorted([*self._elsewhere, *(one.feed for one in self._pollers if one.failing)])

    def arrivals(self, reader: Reader) -> Iterator[Arrival | None]:
        belt = _Belt(BELT, reader.stop)
        wait = self._wait or reader.stop.wait
        fetcher = self._fetcher or Fetcher(self._settings, clock=reader.clock, wait=wait)
        self._fetcher = fetcher
        room = threading.BoundedSemaphore(_PAGES)
        for name in self._elsewhere:
            note = f"feed {name}: another producer polls it; this one leaves it alone"
            yield Arrival(note=note)
        for source, seen in self._ours:
            if self._again:
                seen.forget()
            self._pollers.append(
                _Poller(source, seen, fetcher, belt, reader, self._chance, wait, room, self._over)
            )
        for one in self._pollers:
            # A daemon: a name server that does not answer must not hold up the end.
            thread = threading.Thread(
                target=self._run, args=(one, belt), name=f"poll {one.feed}"[:60], daemon=True
            )
            thread.start()
            self._threads.append(thread)
        yield from self._arriving(belt, reader.stop)

    def _arriving(self, belt: _Belt, stop: threading.Event) -> Iterator[Arrival | None]:
        while True:
            alive = any(thread.is_alive() for thread in self._threads)
            one = belt.take(TICK if alive else 0)
            if self._broken is not None:
                raise self._broken
            if one is None and not alive:
                return
            if stop.is_set():
                return
            yield one

    def end(self) -> None:
        """Nothing is published or confirmed any more: what is known by now is kept."""
        self._over.set()
        if self._fetcher is not None:
            self._fetcher.close()
        for one in self._pollers:
            one.wake()
        deadline = time.monotonic() + _END
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _run(self, one: _Poller, belt: _Belt) -> None:
        try:
            one.run()
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - raised in the main thread
            if not self._over.is_set():
                self._broken = error
        finally:
            belt.wake()


def seen_of(source: Source, positions: Positions) -> Seen:
    """What is remembered of a feed. Raises Unavailable."""
    seen = Seen(positions, source.feed, address_of(source), source.shown)
    seen.lies_at(short_hash(source.location).hex())
    return seen


def address_of(source: Source) -> str:
    """What tells apart feeds of one name; a listed one keeps its memory when it moves."""
    return "" if source.listed else short_hash(source.location).hex()


class _Poller:
    """Polls one feed, in a thread of its own."""

    def __init__(
        self,
        source: Source,
        seen: Seen,
        fetcher: Fetcher,
        belt: _Belt,
        reader: Reader,
        chance: Callable[[], float],
        wait: Wait,
        room: threading.BoundedSemaphore,
        over: threading.Event,
    ) -> None:
        if reader.format is not None:
            source = msgspec.structs.replace(source, format=reader.format)
        self.feed = source.feed
        self.failing = False
        self._source = source
        self._seen = seen
        self._access = Access(source.location, source.credentials)
        self._fetcher = fetcher
        self._belt = belt
        self._reader = reader.of(source)
        self._stop = reader.stop
        self._clock: Clock = reader.clock
        self._once = reader.once
        self._chance = chance
        self._wait = wait
        self._room = room
        self._over = over
        self._sent = 0
        self._entries = self._rekeyed = 0
        self._lacked: list[FetchFailed] = []
        self._found = self._touching = self._moved = False
        self._arrived: deque[Sequence[Row]] = deque()
        self._news = threading.Condition()

    def run(self) -> None:
        """Until the end of the run, or one poll. Raises Stopped, Unavailable."""
        while not self._stop.is_set():
            if not self._once and self._wait(self._pause()):
                return
            self.poll()
            if self._once:
                return

    def wake(self) -> None:
        """Whoever waits for confirmations looks again."""
        with self._news:
            self._news.notify_all()

    def _pause(self) -> float:
        state = self._seen.state
        # Neither bounds that were changed nor a clock that was set back silence a feed for long.
        most = pacing.LONGEST if state.failures or state.left_alone_until else self._source.slowest
        return min(max(0.0, state.due - self._now()), (1 + pacing.JITTER) * most)

    def _now(self) -> float:
        return self._clock().timestamp()

    # --- a poll ----------------------------------------------------------------------------------

    def poll(self) -> None:
        """One poll, to its end: all that it found is confirmed then. Raises Stopped."""
        state = self._seen.state
        state.began = self._now()
        number = max(int(state.began), state.poll + 1)
        self._found = False
        self._touching = number - state.touched >= TOUCHED
        if state.rekeyed >= _REKEYED:
            self._source = msgspec.structs.replace(self._source, by_link=True)
        self._entries = self._rekeyed = 0
        self._lacked.clear()
        failed: InputError | None = None
        outcome: Outcome | None = None
        try:
            self._see_that_it_may_be_asked()
            self._access.renew()
            outcome = poll(
                self._source,
                self._fetcher,
                self._access,
                lambda page: self._take(page, number),
                cursor=state.cursor,
                known=self._validators,
                deep=state.unfinished,
                beyond=state.beyond,
                again=state.success is not None,
                room=self._room,
            )
        except InputError as error:
            failed = error
        except Stopped:
            self._settle()
            raise
        except Exception as error:
            if not is_input(error):
                raise
            failed = fault_of_ours(error, self._access)
        if not self._settle():
            raise Stopped
        if self._lacked:
            # What else there was is published; from here on again, or it is never asked for.
            failed, state.unfinished = failed or self._lacked[0], True
        if failed is not None:
            self._failed(failed)
        elif outcome is not None:
            self._succeeded(outcome, number)

    def _see_that_it_may_be_asked(self) -> None:
        left = self._seen.state.left_alone_until - self._now()
        if 0 < left <= pacing.LONGEST * (1 + pacing.JITTER):
            error = FetchFailed(
                "the server wants to be left alone",
                found=f"a Retry-After that ends in {left:.0f} s",
            )
            error.asked, error.postponed = left, True
            raise error

    def _validators(self, url: str) -> tuple[str | None, str | None]:
        state = self._seen.state
        if state.unfinished or state.validated != short_hash(url).hex():
            return None, None
        return state.etag, state.modified

    def _succeeded(self, outcome: Outcome, number: int) -> None:
        state, source, now = self._seen.state, self._source, self._now()
        if not outcome.unchanged:
            state.touched = number if self._touching else state.touched
            state.etag, state.modified = outcome.etag, outcome.modified
            state.validated = short_hash(outcome.url).hex()
            state.resuming = outcome.resuming
            if state.rekeyed < _REKEYED:
                most = 2 * self._rekeyed > self._entries
                state.rekeyed = state.rekeyed + 1 if most else 0
        # Where nothing is, and nothing will come, there is nothing to go on with.
        state.cursor = outcome.cursor if state.resuming or not outcome.unchanged else None
        state.held_up = {}
        state.beyond = state.beyond and outcome.unchanged
        state.interval = pacing.next_interval(
            state.interval or source.fastest,
            news=self._found,
            fastest=source.fastest,
            slowest=source.slowest,
        )
        state.due = now + pacing.wait(
            state.interval, asked=outcome.asked, slowest=source.slowest, chance=self._chance()
        )
        state.left_alone_until = 0.0
        state.success = now
        state.news = now if self._found else state.news
        again, state.error, state.failures = state.error is not None, None, 0
        self.failing = False
        unread = outcome.unchanged and state.unfinished
        self._seen.finished(number, more=outcome.more, unfinished=unread)
        if again and not self._once:
            self._report("answers again")
        moved = self._access.moved.get(self._access.location)
        if moved is not None and not self._moved:
            self._moved = True
            self._report(f"has moved for good to {self._access.shown(moved)}")

    def _failed(self, error: InputError) -> None:
        state, source, now = self._seen.state, self._source, self._now()
        asked = getattr(error, "asked", 0.0)
        before, self.failing = state.error, True
        error.at(feed=source.feed, location=source.shown)
        told = text.one_line(self._access.hide(str(error))) or error.what
        if not getattr(error, "postponed", False):
            state.failures += 1
            state.failure, state.error = now, told
        state.due = now + pacing.after_failure(
            max(1, state.failures),
            fastest=source.fastest,
            slowest=source.slowest,
            asked=asked,
            chance=self._chance(),
        )
        if getattr(error, "postponed", False):
            state.due = now + asked * (1 + pacing.JITTER * self._chance())
        if asked:
            state.left_alone_until = now + asked
        self._seen.save()
        # Every poll of a feed that is away for a night would say the same.
        if self._once or (state.failures == 1 and before is None):
            self._report(told)

    def _report(self, note: str) -> None:
        feed = self._source.feed
        self._belt.put(Arrival(note=f"feed {note if note.startswith(feed) else f'{feed}: {note}'}"))

    # --- its entries -----------------------------------------------------------------------------

    def _take(self, page: Page, number: int) -> bool:
        """Hand over what is news on a page; whether anything is. Raises FetchFailed, Stopped."""
        ready: list[_Ready] = []
        here: set[Row] = set()
        still: list[Row] = []
        size, news = 0, False
        try:
            for entry in page.entries:
                if self._stop.is_set():
                    raise Stopped
                rows = _rows(entry)
                told = None if rows[0] in here else self._is_news(rows, number)
                here.add(rows[0])
                self._entries += 1
                if told is False:
                    still += rows
                if not told:
                    continue
                news = self._found = True
                self._seen.state.beyond |= page.last
                document = self._document(entry, page, rows[0])
                if document is None:
                    continue
                reader = self._reader.of(self._source, entry.format)
                ready.append(_Ready(rows, arrival(entry, document, page, reader, self._access)))
                size += len(document)
                if len(ready) >= _BATCH or size >= _BATCH_BYTES:
                    self._hand_over(ready, number)
                    ready, size = [], 0
        finally:
            # Also of a page that could not be read to its end.
            self._hand_over(ready, number)
        if still and (self._found or self._touching or self._rekeyed):
            self._seen.still_there(still, number)
        return news

    def _document(self, entry: Entry, page: Page, row: Row) -> bytes | None:
        """The document of an entry; None where its text cannot be had now, but others may. Raises
        FetchFailed, Stopped."""
        try:
            return completed(entry, page, self._fetcher, self._access, self._source)
        except FetchFailed as error:
            if error.postponed or error.asked or error.status == 429:
                raise
            held_up, name = self._seen.state.held_up, (row.key + row.fingerprint).hex()
            held_up[name] = held_up.get(name, 0) + 1
            if held_up[name] > patience(error):
                return without_text(entry)
            self._lacked.append(error)
            if len(self._lacked) >= _TEXTS:
                raise
            return None

    def _is_news(self, rows: Sequence[Row], number: int) -> bool | None:
        """As `Seen.is_news`; what has another key than before, but nothing else, is none."""
        told = self._seen.is_news(rows[0], number)
        if not told or len(rows) == 1 or self._seen.is_known(rows[0].key):
            return told
        if self._seen.is_news(rows[1], number):
            return True
        self._rekeyed += 1
        return False

    def _hand_over(self, ready: list[_Ready], number: int) -> None:
        if not ready:
            return
        if self._stop.is_set():
            raise Stopped
        self._seen.under_way(
            [(row, _hash(one.arrival)) for one in ready for row in one.rows], number
        )
        for one in ready:
            one.arrival.confirmed = self._confirming(one.rows)
            self._sent += 1
            self._belt.put(one.arrival)
        self._note()

    def _confirming(self, rows: Sequence[Row]) -> Callable[[], None]:
        def confirmed() -> None:
            with self._news:
                self._arrived.append(rows)
                self._news.notify_all()

        return confirmed

    def _note(self) -> None:
        """What Kafka has confirmed by now is seen."""
        with self._news:
            arrived = list(self._arrived)
            self._arrived.clear()
        if arrived:
            self._sent -= len(arrived)
            self._seen.state.items += len(arrived)
            self._seen.confirmed(row for rows in arrived for row in rows)

    def _settle(self) -> bool:
        """Wait until all that was handed over is confirmed; whether it is."""
        while self._sent:
            with self._news:
                if not self._arrived and not self._over.is_set():
                    self._news.wait(1.0)
            over = self._over.is_set()
            self._note()
            if over:
                break
        if self._sent:
            self._seen.save()
        return not self._sent


class _Ready(NamedTuple):
    """An entry that is to be handed over, and how it is remembered."""

    rows: Sequence[Row]
    arrival: Arrival


def _rows(entry: Entry) -> list[Row]:
    """How an entry is remembered: by its key, and by its link."""
    fingerprint = short_hash(entry.fingerprint)
    keys = dict.fromkeys(short_hash(one) for one in (entry.key, entry.link) if one is not None)
    return [Row(key, fingerprint) for key in keys]


def _hash(one: Arrival) -> bytes:
    return bytes.fromhex(one.document.sha256 if one.document else sha256(b""))
