"""Feeds: where raw documents come from. Files, folders (watched, if wanted), standard input; those
over HTTP are in `producers.polling`.

A feed yields an `Arrival` for each document, readable or not, and None when nothing came for a
moment, so that whoever reads it can look after other things.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import select
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from copy import copy
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

import msgspec

from dateline import formats
from dateline.errors import DatelineError, InputError
from dateline.records import OVERSIZED_KEPT, RawDocument, utc_now
from dateline.settings import Settings
from producers.positions import Mark
from producers.splitting import SUFFIXES, Line, Splitter, is_json, is_json_lines, no_document
from producers.table import Source, given
from producers.writers import being_written

#: a file that has not changed for this long (seconds), and that nobody known holds open for
#: writing, is taken to be finished
SETTLED = 0.4
#: how often (seconds) a watched feed yields None, looks at unsettled files, and at everything
TICK = 0.1
RESCAN = 10.0
#: files that a look at everything takes between two looks at what has changed, and the share of
#: the time that such looks may take
SCANNED = 500
SCANNING = 0.05
#: a file that keeps changing while it is read is given up for now after so many readings
_READINGS = 5
_CHUNK = 1024 * 1024
_UNFINISHED = re.compile(
    r"\.|.*(?:~|\.tmp|\.temp|\.part|\.partial|\.crdownload|\.swp|\.filepart)\Z"
)
#: the format of what is nothing else, and names that nothing else has
_TEXT, _NO_TEXT = "plaintext", ".json"

Clock = Callable[[], dt.datetime]


class Arrival(msgspec.Struct, kw_only=True):
    """One document as it came.

    document: its value is cut to 64 kB, and ``size`` larger, where it is above the limit.
    refused: why it cannot be read at all. line: of JSON Lines. mark: what to remember of the file
    once Kafka has confirmed this document; ``unchanged`` when there is nothing but that. confirmed:
    is called then. note: what is to be reported; there is no document then.
    """

    document: RawDocument | None = None
    refused: DatelineError | None = None
    size: int = 0
    line: int | None = None
    mark: Mark | None = None
    unchanged: bool = False
    confirmed: Callable[[], None] | None = None
    note: str | None = None


class Reader:
    """What all feeds of one run share: limits, the format (None: detect it), what is known.

    feed, language, zone, provider: the name of one feed, and what is said of it; see `of`.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        format: str | None = None,  # noqa: A002 - the flag's name
        known: Callable[[str, str], Mark | None] = lambda _feed, _path: None,
        once: bool = True,
        stop: threading.Event | None = None,
        clock: Clock = utc_now,
        stdin: BinaryIO | None = None,
    ) -> None:
        self.settings = settings
        self.limit = settings.max_document_bytes
        self.format = format
        self.feed: str | None = None
        self.language: str | None = None
        self.zone: str | None = None
        self.provider: str | None = None
        self._known = known
        self._newest: dict[tuple[str, str], Mark] = {}
        self.once = once
        self.stop = stop or threading.Event()
        self.clock = clock
        self.stdin = stdin
        if format is not None:
            formats.by_name(format)

    def of(self, source: Source, format: str | None = None) -> Reader:  # noqa: A002
        """The same for one feed, with what is said of it. format: what its documents are; goes
        after the one of the command line."""
        found = copy(self)
        found.format = self.format or format or source.format
        found.feed = source.feed
        found.language, found.zone = source.language, source.zone
        found.provider = source.provider
        return found

    def known(self, feed: str, path: str) -> Mark | None:
        """What was read of a file in this run, else what is remembered of it on disk."""
        return self._newest.get((feed, path)) or self._known(feed, path)

    def passed(self, mark: Mark) -> None:
        """A file was read so far in this run; Kafka may not have confirmed it yet."""
        self._newest[mark.feed, mark.path] = mark

    def remembered(self, feed: str, path: str) -> None:
        """All that was read of a file is confirmed and on disk: there ``known`` finds it. In
        memory it would lie for as long as the run, which may see millions of files come and go."""
        self._newest.pop((feed, path), None)

    def document(
        self, data: bytes, *, feed: str, location: str, size: int, sha256: str
    ) -> tuple[RawDocument, DatelineError | None]:
        """The raw document, and why it is refused if its format is not known or it is too big."""
        refused: DatelineError | None = None
        document = RawDocument(
            value=data,
            feed=feed,
            format=self.format or "unknown",
            location=location,
            received=self.clock(),
            sha256=sha256,
            language=self.language,
            zone=self.zone,
            provider=self.provider,
        )
        if size > self.limit:
            refused = InputError(
                "a document above the size limit",
                where=document.where,
                found=f"{size} bytes",
                expected=f"at most {self.limit}",
                remedy="raise max_document_bytes, on every stage, if it is wanted.",
            )
        elif self.format is None:
            try:
                found = formats.detect(data, document.where)
                if found.name == _TEXT and location.lower().endswith(_NO_TEXT):
                    # Almost anything can be read as text; here its name says that it is none.
                    raise InputError(
                        "a file named as JSON that holds none",
                        where=document.where,
                        found=f"{len(data)} bytes beginning {_beginning(data)!r}",
                        expected="a JSON object, or a list of objects",
                        remedy="name it .jsonl if it is JSON Lines, .txt if it is text.",
                    )
                document = msgspec.structs.replace(document, format=found.name)
            except InputError as error:
                refused = error
        return document, refused


class Feed:
    """One feed; `arrivals` reads it."""

    def arrivals(self, reader: Reader) -> Iterator[Arrival | None]:
        """Every document; ends when there are no more (never, for a watched folder), and soon
        after ``reader.stop`` is set."""
        raise NotImplementedError


def open_feed(argument: str, name: str | None = None) -> Feed:
    """The feed that an argument of the command line means. Raises UsageError."""
    if argument == "-":
        return StandardInput(name or "stdin")
    source = given(argument)
    if source.polled:
        from producers.polling import Glance

        return Glance(source, name)
    path = Path(argument)
    if _is_folder(path):
        return Folder(path, name)
    return File(path, name)


def documents(
    argument: str,
    settings: Settings,
    *,
    format: str | None = None,  # noqa: A002 - the flag's name
    feed: str | None = None,
) -> Iterator[RawDocument | DatelineError]:
    """The documents of a feed that is read once and remembered nowhere, or why each is refused.

    Raises UsageError.
    """
    reader = Reader(settings, format=format)
    for arrival in open_feed(argument, feed).arrivals(reader):
        if arrival is None:
            continue
        if arrival.refused is not None:
            yield arrival.refused
        elif arrival.document is not None:
            yield arrival.document


# --- files ---------------------------------------------------------------------------------------


class File(Feed):
    """One file, read once. Its feed is the folder it lies in.

    What is not there yet is waited for, unless ``reader.once``: it may become a folder, too.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self._path = path
        self._name = name

    def arrivals(self, reader: Reader) -> Iterator[Arrival | None]:
        while not reader.once and is_missing(self._path):
            if reader.stop.wait(TICK):
                return
            yield None
        if _is_folder(self._path):
            yield from Folder(self._path, self._name).arrivals(reader)
            return
        try:
            resolved = self._path.resolve(strict=True)
        except (OSError, RuntimeError) as error:
            yield _unreadable(self._path, self._name, error)
            return
        yield from read_file(resolved, self._name or shown(resolved.parent), reader)


def read_file(path: Path, feed: str, reader: Reader) -> Iterator[Arrival]:
    """The documents of a file that is finished (or grows by whole lines, as JSON Lines do).

    One that changes while it is read is read again; nothing is yielded of a version that was
    seen only in part.
    """
    location = shown(path)
    for _ in range(_READINGS):
        try:
            # Never waits, whatever a name turns out to be (a pipe without a writer would).
            number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            yield _unreadable(path, feed, error)
            return
        with open(number, "rb", buffering=0) as file:  # noqa: PTH123 - of a descriptor
            before = os.fstat(number)
            if not stat.S_ISREG(before.st_mode):
                yield _refusal(path, feed, "not a file", _kind(before.st_mode), "a regular file")
                return
            known = reader.known(feed, location)
            if known is not None and known.finished and _same(known, before):
                yield Arrival(unchanged=True)
                return
            try:
                head = file.read(_CHUNK)
                file.seek(0)
                if is_json_lines(path.name, head):
                    yield from _read_lines(file, before, location, feed, known, reader)
                    return
                arrival = _read_whole(file, before, location, feed, known, reader)
            except OSError as error:
                yield _unreadable(path, feed, error)
                return
            after = os.fstat(number)
        if _signature(before) == _signature(after):
            if arrival.mark is not None:
                reader.passed(arrival.mark)
            yield arrival
            return
        if reader.stop.wait(SETTLED):
            return
    # Left for later: a watched folder comes back to it, and so does the next run.
    yield _refusal(
        path, feed, "a file that keeps changing", "changes while it was read", "a finished file"
    )


def _read_whole(
    file: BinaryIO,
    status: os.stat_result,
    location: str,
    feed: str,
    known: Mark | None,
    reader: Reader,
) -> Arrival:
    digest, kept, size = hashlib.sha256(), bytearray(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
        if len(kept) <= reader.limit:
            kept += chunk
    data = bytes(kept[:OVERSIZED_KEPT] if size > reader.limit else kept)
    sha256 = digest.hexdigest()
    mark = Mark(
        feed=feed,
        path=location,
        size=size,
        mtime_ns=status.st_mtime_ns,
        sha256=sha256,
        offset=size,
        finished=True,
    )
    if known is not None and known.finished and (known.size, known.sha256) == (size, sha256):
        return Arrival(unchanged=True, mark=mark)
    document, refused = reader.document(
        data, feed=feed, location=location, size=size, sha256=sha256
    )
    return Arrival(document=document, refused=refused, size=size, mark=mark)


def _read_lines(
    file: BinaryIO,
    status: os.stat_result,
    location: str,
    feed: str,
    known: Mark | None,
    reader: Reader,
) -> Iterator[Arrival]:
    splitter = Splitter(reader.limit)
    if known is not None and not _resume(file, splitter, known):
        splitter = Splitter(reader.limit)
        file.seek(0)
    mark = Mark(
        feed=feed,
        path=location,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        sha256=splitter.prefix,
        offset=file.tell(),
        lines=known.lines if known is not None and file.tell() == known.offset else 0,
    )
    waiting: Arrival | None = None
    for line in _lines(file, splitter):
        if waiting is not None:
            yield waiting
            waiting = None
        if not line.complete and not (is_json(line.data) and not line.oversized):
            if not reader.once:
                break  # half a line: its writer will go on
            # Named and kept, but not passed: what is added to the line later makes it whole.
            waiting = _line(line, location, feed, reader)
            break
        mark = msgspec.structs.replace(mark, sha256=line.prefix, offset=line.end, lines=line.number)
        waiting = _line(line, location, feed, reader)
        waiting.mark = mark
    mark = msgspec.structs.replace(mark, finished=True)
    reader.passed(mark)
    if waiting is None:
        yield Arrival(unchanged=True, mark=mark)
        return
    waiting.mark = mark
    yield waiting


def _lines(file: BinaryIO, splitter: Splitter) -> Iterator[Line]:
    while chunk := file.read(_CHUNK):
        yield from splitter.feed(chunk)
    yield from splitter.end()


def _resume(file: BinaryIO, splitter: Splitter, known: Mark) -> bool:
    """Whether the file still begins with what was published of it; reads up to there."""
    left = known.offset
    while left:
        chunk = file.read(min(left, _CHUNK))
        if not chunk:
            return False
        splitter.skip(chunk)
        left -= len(chunk)
    splitter.skip(b"", known.lines)
    return splitter.prefix == known.sha256


def _line(line: Line, location: str, feed: str, reader: Reader) -> Arrival:
    document, refused = reader.document(
        line.data,
        feed=feed,
        location=f"{location}:{line.number}",
        size=line.size,
        sha256=line.sha256,
    )
    # Detection would take half a line of JSON, or a number, for something else: plain text.
    if not line.oversized and (found := no_document(line.data)) is not None:
        refused = InputError(
            "a line that is not a document",
            where=document.where,
            found=f"{found} ({len(line.data)} bytes beginning {_beginning(line.data)!r})",
            expected="a JSON object, or a list of objects, on each line",
        )
    return Arrival(document=document, refused=refused, size=line.size, line=line.number)


def _beginning(data: bytes) -> str:
    return data[:40].decode("utf-8", "backslashreplace")


# --- folders -------------------------------------------------------------------------------------


class Folder(Feed):
    """All files below a folder; unless ``reader.once``, it is watched for new and changed ones.

    Hidden files and those named as unfinished (``.part``, ``.tmp``, ``~``) are left alone until
    they are renamed. A watched folder that goes away (a network drive, say) is named, and watched
    again once it is back.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self._path = path.resolve()
        self._name = name or shown(self._path)
        # Of the files that are still there: as what the watch read each, or gave it up.
        self._done: dict[Path, tuple[int, int, int]] = {}

    def arrivals(self, reader: Reader) -> Iterator[Arrival | None]:
        if reader.once:
            for path in self._files(self._path):
                if reader.stop.is_set():
                    return
                yield from self._read(path, reader)
            return
        yield from self._watch(reader)

    def _watch(self, reader: Reader) -> Iterator[Arrival | None]:
        gone = False
        while not reader.stop.is_set():
            root = _place(self._path)
            if root is not None:
                gone = False
                try:
                    yield from self._watch_root(root, reader)
                except FileNotFoundError:
                    if _place(self._path) is not None:
                        raise
            elif not gone:
                gone = True
                yield _unreadable(self._path, self._name, FileNotFoundError("is gone"))
            else:
                reader.stop.wait(TICK)
                yield None

    def _watch_root(self, root: tuple[int, int], reader: Reader) -> Iterator[Arrival | None]:
        """Until another folder, or none, stands in its place: a watcher would not notice."""
        from watchfiles import watch

        unsettled: dict[Path, _Unsettled] = {}
        everything: Iterator[Path] = iter(())
        next_scan, took = 0.0, 0.0
        changes = watch(
            self._path,
            watch_filter=None,
            debounce=50,
            step=20,
            rust_timeout=int(TICK * 1000),
            yield_on_timeout=True,
            stop_event=reader.stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )
        for changed in changes:
            if _place(self._path) != root:
                return
            now = time.monotonic()
            candidates = {path for _, name in changed if not self._ignored(path := Path(name))}
            # Also what the watcher cannot have seen: files of folders that were moved in, files
            # from before it, overflows, other hosts. A part at a time: of a folder of many
            # thousands the first are published at once, and what is new need not wait for the last.
            for folder in [path for path in candidates if path.is_dir()]:
                everything = chain(self._files(folder), everything)
            part = list(islice(everything, SCANNED))
            if not part and now >= next_scan:
                # the files that were read, too: to see which of them are gone
                everything, took = chain(self._files(self._path), list(self._done)), 0.0
                part = list(islice(everything, SCANNED))
            if part:
                candidates.update(part)
                took += time.monotonic() - now
                next_scan = time.monotonic() + max(RESCAN, took / SCANNING)
            for path in candidates:
                if path not in unsettled:
                    unsettled[path] = _Unsettled(path)
            settled: dict[Path, tuple[int, int, int]] = {}
            for path in sorted(unsettled):
                state = _look(path)
                if state is None:
                    del unsettled[path]
                    self._done.pop(path, None)
                elif self._done.get(path) == state:
                    del unsettled[path]
                elif unsettled[path].settled(state, now):
                    settled[path] = state
            # Of a file of lines only whole ones are taken, so its writer need not be done.
            writing = being_written(path for path in settled if not unsettled[path].by_lines)
            for path, state in settled.items():
                if path in writing:
                    unsettled[path].wait(now)
                    continue
                del unsettled[path]
                self._done[path] = state
                yield from self._read(path, reader)
                if reader.stop.is_set():
                    return
            yield None

    def _read(self, path: Path, reader: Reader) -> Iterator[Arrival]:
        try:
            resolved = path.resolve(strict=True)
        except FileNotFoundError:
            if path.is_symlink():
                yield _unreadable(path, self._name, FileNotFoundError("a link to nothing"))
            return  # moved away since it was seen
        except (OSError, RuntimeError) as error:
            yield _unreadable(path, self._name, error)
            return
        yield from read_file(resolved, self._name, reader)

    def _files(self, below: Path) -> Iterator[Path]:
        seen: set[tuple[int, int]] = set()
        for folder, folders, files in os.walk(below, followlinks=True):
            place = _place(Path(folder))
            if place is None or place in seen:
                folders.clear()  # gone meanwhile, or a link back into the folder
                continue
            seen.add(place)
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(files) if not _unfinished(name))

    def _ignored(self, path: Path) -> bool:
        parts = path.relative_to(self._path).parts if path.is_relative_to(self._path) else ()
        if not parts or any(part.startswith(".") for part in parts[:-1]):
            return True
        return _unfinished(parts[-1])


class _Unsettled:
    """A file that may still be written to."""

    def __init__(self, path: Path) -> None:
        self.by_lines = path.suffix.lower() in SUFFIXES
        self._state: tuple[int, int, int] | None = None
        self._since = 0.0
        self._born = time.monotonic()
        self._not_before = 0.0

    def settled(self, state: tuple[int, int, int], now: float) -> bool:
        """Whether it has been as it is for a while. An empty file is about to be written."""
        if state != self._state:
            self._state, self._since = state, now
        _, size, mtime_ns = state
        age = time.time() - mtime_ns / 1e9
        quiet = age >= SETTLED or now - self._since >= SETTLED
        # Of a growing file of lines the whole ones are taken, now and then, while it grows.
        going_on = self.by_lines and now - self._born >= SETTLED
        return size > 0 and now >= self._not_before and (quiet or going_on)

    def wait(self, now: float) -> None:
        """Somebody writes to it: not to be looked at in every tick, for that may take hours."""
        self._not_before = now + SETTLED


def _unfinished(name: str) -> bool:
    return _UNFINISHED.match(name.lower()) is not None


def _place(folder: Path) -> tuple[int, int] | None:
    """Which folder it is, None where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _look(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return (0, 1, 0) if path.is_symlink() else None
    except OSError:
        return (0, 1, 0)  # read_file says what is wrong with it, once
    if stat.S_ISDIR(status.st_mode):
        return None
    if not stat.S_ISREG(status.st_mode):
        return (status.st_ino, 1, 0)
    return _signature(status)


# --- standard input ------------------------------------------------------------------------------


class StandardInput(Feed):
    """One document, or JSON Lines as they come. Nothing of it can be remembered."""

    def __init__(self, name: str = "stdin") -> None:
        self._name = name

    def arrivals(self, reader: Reader) -> Iterator[Arrival | None]:
        stream = reader.stdin or sys.stdin.buffer
        head = b""
        lines: bool | None = None
        splitter = Splitter(reader.limit)
        digest, size = hashlib.sha256(), 0
        for chunk in _chunks(stream, reader.stop):
            if chunk is None:
                yield None
                continue
            if lines is None:
                head += chunk
                lines = _stream_of_lines(head, reader.limit)
                if lines is None:
                    continue
                chunk, head = head, b""
            if lines:
                for line in splitter.feed(chunk):
                    yield _line(line, "stdin", self._name, reader)
                continue
            digest.update(chunk)
            size += len(chunk)
            head += chunk[: max(0, reader.limit + 1 - len(head))]
        if reader.stop.is_set():
            return
        if lines:
            for line in splitter.end():
                yield _line(line, "stdin", self._name, reader)
            return
        if lines is None:
            digest.update(head)
            size = len(head)
        if size == 0:
            return  # nothing came, so nothing is refused
        data = head[:OVERSIZED_KEPT] if size > reader.limit else head
        document, refused = reader.document(
            data, feed=self._name, location="stdin", size=size, sha256=digest.hexdigest()
        )
        yield Arrival(document=document, refused=refused, size=size)


def _stream_of_lines(head: bytes, limit: int) -> bool | None:
    """Whether a stream that begins so is JSON Lines; None while that cannot be said."""
    begun = head.lstrip()
    if begun and not begun.startswith((b"{", b"\xef\xbb\xbf{")):
        return False
    first, newline, _ = begun.partition(b"\n")
    if newline:
        return is_json(first)
    return False if len(head) > limit else None


def _chunks(stream: BinaryIO, stop: threading.Event) -> Iterator[bytes | None]:
    """What comes, None while nothing does; ends with the stream, or when asked to."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        while chunk := stream.read(_CHUNK):
            yield chunk
        return
    while not stop.is_set():
        ready, _, _ = select.select([number], [], [], TICK)
        if not ready:
            yield None
            continue
        chunk = os.read(number, _CHUNK)
        if not chunk:
            return
        yield chunk


# --- names and refusals --------------------------------------------------------------------------


def shown(path: Path) -> str:
    """A path as text that any header and terminal takes, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _refusal(path: Path, feed: str | None, what: str, found: str, expected: str) -> Arrival:
    error = InputError(what, found=found, expected=expected)
    error.at(feed=feed, location=shown(path))
    return Arrival(refused=error)


def _unreadable(path: Path, feed: str | None, error: Exception) -> Arrival:
    # str(OSError) repeats the path, which stands in front of the message already.
    found = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return _refusal(path, feed, "cannot be read", found, "a readable file")


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "something else")


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def is_missing(path: Path) -> bool:
    """Whether there is nothing by that name; what cannot be looked at is there."""
    try:
        return not (path.exists() or path.is_symlink())
    except OSError:
        return False


def _signature(status: os.stat_result) -> tuple[int, int, int]:
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _same(known: Mark, status: os.stat_result) -> bool:
    return (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns)
