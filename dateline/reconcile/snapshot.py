"""Where the stages stood when an account was begun, and where all it compares comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, Protocol

import msgspec

from dateline.lineage import Lineage, Results
from dateline.offsets import Offsets
from dateline.reading import TopicRecord

Topic = Literal["settled", "dead", "skipped", "enriched"]
#: id and (some) fields of a document
Hit = tuple[str, Mapping[str, Any]]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Committed offsets and ends of topics at one moment."""

    index: str
    raw_passed: Offsets
    raw_end: Offsets
    enriched_passed: Offsets
    enriched_end: Offsets
    #: how the generation was built, which decides what counts for it; and what partial replays of
    #: its lineage reprocessed
    lineage: Lineage
    results: Results = {}
    dead_end: Offsets
    skipped_end: Offsets
    #: of the marks on dead letters; empty where nobody ever made one
    settled_end: Offsets = {}
    #: index of the ledger, None where there is none; and how far it has the dead letters and the
    #: skipped items
    ledger: str | None = None
    ledger_dead_passed: Offsets = {}
    ledger_skipped_passed: Offsets = {}

    @property
    def generation(self) -> int:
        """Its number."""
        return self.lineage.number

    def end(self, topic: Topic) -> Offsets:
        """Where the account ends."""
        ends: Offsets = getattr(self, f"{topic}_end")
        return ends


class Sources(Protocol):
    """The topics, the index and the ledger; each is read once, from its beginning to its end."""

    def end(self, topic: Topic) -> Offsets:
        """The topic's end now. Raises Unavailable."""

    def records(
        self, topic: Topic, until: Offsets, begin: Offsets | None = None
    ) -> Iterable[TopicRecord]:
        """See `dateline.reading.read_topic`."""

    def count(self) -> int:
        """How many documents the index holds, about."""

    def documents(self) -> Iterable[Hit]:
        """Every document of the index: ``uri``, ``pubstatus``, ``standing``."""

    def entries(self) -> Iterable[Hit]:
        """Every entry of the ledger."""
