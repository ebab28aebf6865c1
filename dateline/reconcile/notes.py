"""What is noted of topics, index and ledger: small records that meet in buckets (`Spill`).

Three families of buckets:

- ``stories``, by document id: what was received of each story, and what the index shows;
- ``versions``, by document id and content: which items brought the same content;
- ``items``, by partition and offset of the raw record: what became of each item, and whether the
  ledger says so. Documents that never came to the raw topic lie there too, by the position of
  their dead letter (`place_of_letter`).
"""

from __future__ import annotations

import datetime as dt
import zlib
from enum import IntEnum
from pathlib import Path
from typing import Final

import msgspec

from dateline.article import PubStatus
from dateline.offsets import Offsets
from dateline.reconcile.spill import Spill


class Label(IntEnum):
    """What became of an item. An item that has several is counted under the lowest.

    displaced: it was shown until the identity's owner came; a dead letter. waiting: a stage that
    has not come to it yet will bury it.
    """

    INDEXED = 0
    WITHDRAWN = 1
    WITHHELD = 2
    EMBARGOED = 3
    SUPERSEDED = 4
    DUPLICATE = 5
    DISPLACED = 6
    WAITING = 7
    SKIPPED = 8
    DEAD = 9
    NONE = 10

    @property
    def alive(self) -> bool:
        """Whether the index took it."""
        return self <= Label.DUPLICATE


# What records of the topics say of an item; plain numbers, since there are millions of them.
#: by a record that this generation is fed with
OURS: Final = 1
#: by an enriched record, a dead letter, a notice, whichever generation it is for
ENRICHED: Final = 2
DEAD: Final = 4
SKIPPED: Final = 8
#: whoever keeps the ledger has passed the record, so the entry must be there
DUE: Final = 16
#: the sink has passed the enriched record and did not refuse it
TAKEN: Final = 32
#: its receipt is not known, so an entry with any receipt may be its own
UNDATED: Final = 64
#: its dead letter was retried or dropped
SETTLED: Final = 128


class _Note(msgspec.Struct, array_like=True, gc=False):
    pass


class Received(_Note, tag=1):
    """Stories: one article, with all that its order depends on. enriched: microseconds."""

    document: bytes
    identity: str
    in_flight: bool
    partition: int
    offset: int
    item: int
    enriched: int
    received: dt.datetime
    content: str
    config: str
    pubstatus: PubStatus
    provider: str | None
    version: int | None
    versioncreated: dt.datetime | None
    embargoed: dt.datetime | None


class Indexed(_Note, tag=2):
    """Stories: a document of the index; ``shown`` is None where its order cannot be read."""

    document: bytes
    what: str
    pubstatus: str | None
    declared: tuple[int, int, int] | None
    shown: str | None


class Moved(_Note, tag=3):
    """Stories: an article came after the snapshot."""

    document: bytes


class Version(_Note, tag=4):
    """Versions: an item brought this content. epoch: how often the story was displaced before."""

    document: bytes
    content: str
    epoch: int
    partition: int
    offset: int
    item: int


class Verdict(_Note, tag=5):
    """Versions: what became of the content that was shown last in an epoch."""

    document: bytes
    content: str
    epoch: int
    label: Label


class Evidence(_Note, tag=6):
    """Items: a record of a topic about an item. received: its receipt, microseconds."""

    offset: int
    item: int
    items: int
    said: int
    label: Label
    received: int | None


class Labelled(_Note, tag=7):
    """Items: what became of an item, once that is known."""

    offset: int
    item: int
    label: Label


class Entered(_Note, tag=8):
    """Items: an entry of the ledger. said: DEAD, SKIPPED, or ENRICHED for every other outcome."""

    offset: int
    item: int
    said: int
    received: int


StoryNote = Received | Indexed | Moved
VersionNote = Version | Verdict
ItemNote = Evidence | Labelled | Entered


def place_of_letter(partition: int, offset: int) -> tuple[int, int]:
    """Where a document is noted that has no raw record: no partition has such a number."""
    return -1 - partition, offset


class Buckets:
    """Which bucket a note goes into: so many that each holds about ``ids`` stories, or items.

    folder: an empty one. buffered: bytes that wait in memory to be written. stories: how many
    stories there are at most. records, outcomes: of the raw topic, and of the topics that say what
    became of them (a raw record may hold many items).
    """

    def __init__(
        self, folder: Path, buffered: int, *, ids: int, stories: int, records: int, outcomes: int
    ) -> None:
        self.stories: Spill[StoryNote] = Spill(folder, "stories", StoryNote, buffered // 3)
        self.versions: Spill[VersionNote] = Spill(folder, "versions", VersionNote, buffered // 3)
        self.items: Spill[ItemNote] = Spill(folder, "items", ItemNote, buffered // 3)
        self.number = max(1, -(-stories // ids))
        self.width = max(1, ids * max(1, records) // max(1, records, outcomes))

    def story(self, note: StoryNote) -> None:
        """Put it where everything about its story is."""
        number = int.from_bytes(note.document[:8], "big") % self.number
        self.stories.add(str(number), note)

    def version(self, note: VersionNote) -> None:
        """Put it where everything about this content of its story is."""
        # Not by story alone: of one story there may be more versions than memory holds.
        number = zlib.crc32(note.content.encode(), zlib.crc32(note.document)) % self.number
        self.versions.add(str(number), note)

    def item(self, partition: int, note: ItemNote) -> None:
        """Put it where everything about its raw record is."""
        self.items.add(self.items_bucket(partition, note.offset), note)

    def items_bucket(self, partition: int, offset: int) -> str:
        """The name of the bucket of a raw record."""
        return f"{partition}-{offset // self.width}"

    def ranges(self, ends: Offsets) -> list[tuple[int, int, int]]:
        """(partition, first offset, the one after the last) of all buckets of items."""
        return [
            (partition, begin, min(end, begin + self.width))
            for partition, end in ends.items()
            for begin in range(0, end, self.width)
        ]
