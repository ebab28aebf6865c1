"""Small records in bucket files: what makes a join of any size fit into memory.

A record goes into the bucket that its key's hash (or its offset) names, so all that must meet is in
one bucket, and a bucket is small. Writes gather in memory up to a fixed total; a bucket that is
read comes back in the order in which it was written, and its file is gone afterwards.

On disk a bucket is a row of blocks: compressed length and number of records (two unsigned
little-endian 32-bit integers), then so many records in MessagePack, compressed with zstd.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

import msgspec
import zstandard

from dateline.errors import Unavailable

Record = TypeVar("Record", bound=msgspec.Struct)

#: bytes of records that wait in memory to be written, in all buckets together
BUFFERED = 12 * 1024 * 1024
#: Bytes of one block at most: decoded, its records take some eight times as much.
_BLOCK = 32 * 1024
_HEAD = struct.Struct("<II")
_PREFIX = "dateline-reconcile-"
_LOCK = "lock"
#: Seconds after which a folder that nobody has locked was left: its owner locks it at once.
_LEFT_AFTER = 60.0


class Spill(Generic[Record]):
    """Buckets of records in a folder. Not for several threads.

    name: what the names of its files begin with. kind: type of the records (a union of tagged
    structs). buffered: bytes that wait in memory.
    """

    def __init__(self, folder: Path, name: str, kind: object, buffered: int = BUFFERED) -> None:
        self._folder = folder
        self._name = name
        self._buffered = buffered
        self._encode_into = msgspec.msgpack.Encoder().encode_into
        self._decode = msgspec.msgpack.Decoder(list[kind]).decode  # type: ignore[valid-type]
        self._compress = zstandard.ZstdCompressor(level=1).compress
        self._decompress = zstandard.ZstdDecompressor().decompress
        self._buffers: dict[str, bytearray] = {}
        self._counts: dict[str, int] = {}
        self._held = 0

    def add(self, bucket: str, record: Record) -> None:
        """Put a record into a bucket.

        Raises Unavailable where the disk is full, OverflowError for a number of over 64 bits.
        """
        buffer = self._buffers.get(bucket)
        if buffer is None:
            buffer = self._buffers[bucket] = bytearray()
            self._counts[bucket] = 0
        before = len(buffer)
        try:
            self._encode_into(record, buffer, -1)
        except OverflowError:
            del buffer[before:]  # what of it was encoded already
            raise
        self._counts[bucket] += 1
        self._held += len(buffer) - before
        if len(buffer) >= _BLOCK:
            self._flush(bucket)
        elif self._held >= self._buffered:
            # One after the other: no more than one file is open, however many buckets there are.
            for name in list(self._buffers):
                self._flush(name)

    def read(self, bucket: str) -> Iterator[Record]:
        """The records of a bucket, in the order they came; it is empty afterwards."""
        path = self._path(bucket)
        try:
            with path.open("rb") as file:
                while head := file.read(_HEAD.size):
                    length, count = _HEAD.unpack(head)
                    yield from self._block(count, self._decompress(file.read(length)))
            path.unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            raise _no_disk(self._folder, error) from error
        rest = self._buffers.pop(bucket, None)
        if rest is not None:
            self._held -= len(rest)
            yield from self._block(self._counts.pop(bucket), bytes(rest))

    def _path(self, bucket: str) -> Path:
        return self._folder / f"{self._name}-{bucket}"

    def _block(self, count: int, data: bytes) -> list[Record]:
        # MessagePack's head of an array of `count` elements makes one message of them.
        found: list[Record] = self._decode(b"\xdd" + count.to_bytes(4, "big") + data)
        return found

    def _flush(self, bucket: str) -> None:
        buffer = self._buffers.pop(bucket)
        data = self._compress(buffer)
        try:
            with self._path(bucket).open("ab") as file:
                file.write(_HEAD.pack(len(data), self._counts.pop(bucket)))
                file.write(data)
        except OSError as error:
            raise _no_disk(self._folder, error) from error
        self._held -= len(buffer)


def _no_disk(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"the account's notes cannot be kept in {folder}",
        found=f"{type(error).__name__}: {error}",
        remedy="make room there (some 200 bytes for each version that ever came), or set TMPDIR.",
    )


@contextlib.contextmanager
def scratch(preferred: Path | None = None) -> Iterator[Path]:
    """A folder of our own in ``preferred``, where that can be written, else in TMPDIR.

    It is removed however the block ends; those that a kill left there are removed first.
    Raises Unavailable.
    """
    home = preferred if preferred is not None and preferred.is_dir() else None
    try:
        try:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=home))
        except PermissionError:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    except OSError as error:
        raise _no_disk(home or Path(tempfile.gettempdir()), error) from error
    try:
        with _locked(folder) as ours:
            if ours is None:
                raise Unavailable(f"{folder} is in use by another account")
            _sweep(folder)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(own: Path) -> None:
    """Remove what accounts left that were killed: nobody holds their lock."""
    for left in own.parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if left == own or time.time() - left.stat().st_mtime < _LEFT_AFTER:
                continue
            with _locked(left) as unused:
                if unused is not None:
                    shutil.rmtree(left, ignore_errors=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[BinaryIO | None]:
    """The folder's lock file, None where another process holds it."""
    with (folder / _LOCK).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file
