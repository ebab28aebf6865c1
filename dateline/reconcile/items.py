"""Item by item of each raw record: its one outcome, and its one entry in the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import msgspec

from dateline.reconcile.account import LISTED, Disagreement, Faults
from dateline.reconcile.notes import (
    DEAD,
    DUE,
    ENRICHED,
    OURS,
    SETTLED,
    SKIPPED,
    TAKEN,
    UNDATED,
    Buckets,
    Entered,
    Evidence,
    Label,
)
from dateline.records import Position

_TOLD = {ENRICHED: "an article", DEAD: "dead", SKIPPED: "skipped"}


class _Item(msgspec.Struct):
    """What was noted of one item. received: receipts that the topics know of. entries: what the
    ledger says, by receipt."""

    label: Label = Label.NONE
    said: int = 0
    received: tuple[int, ...] = ()
    entries: dict[int, int] = {}


class Tally(msgspec.Struct):
    """What all items came to. dead_open: dead ones whose letters nobody settled. waiting: raw
    records, and items, that a stage has yet to pass."""

    outcomes: Counter[Label] = msgspec.field(default_factory=Counter)
    items: int = 0
    recorded: int = 0
    dead_open: int = 0
    waiting: int = 0
    waiting_listed: list[Disagreement] = []

    def waits(self, what: str, detail: str) -> None:
        """Count it, and list it while there is room."""
        self.waiting += 1
        if len(self.waiting_listed) < LISTED:
            self.waiting_listed.append(Disagreement("in flight", what, detail))


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """One bucket of items: the raw records ``begin`` to ``end`` (exclusive) of a partition.

    topic: the raw one's name; None for documents that the producer refused, which lie at the
    positions of their dead letters. passed: where the processor goes on. ledger: whether there is
    one that could be asked.
    """

    topic: str | None
    partition: int
    begin: int
    end: int
    passed: int
    ledger: bool

    def name(self, offset: int, item: int | None = None) -> str:
        """How faults name it."""
        if self.topic is None:
            return f"dead letter {-1 - self.partition}-{offset}"
        place = Position(self.topic, self.partition, offset)
        return str(place) if item is None else f"{place} item {item}"


def settle_items(buckets: Buckets, shelf: Shelf, faults: Faults, tally: Tally) -> None:
    """Count the items of one bucket, and find those that are lost or not recorded."""
    expected: dict[int, int] = {}
    found: dict[int, dict[int, _Item]] = {}
    for note in buckets.items.read(buckets.items_bucket(shelf.partition, shelf.begin)):
        items = found.get(note.offset) or found.setdefault(note.offset, {})
        item = items.get(note.item) or items.setdefault(note.item, _Item())
        if isinstance(note, Evidence):
            item.said |= note.said
            item.label = min(item.label, note.label)
            if note.received is not None and note.received not in item.received:
                item.received += (note.received,)
            if note.said & OURS:
                before = expected.get(note.offset, 1)
                expected[note.offset] = max(before, note.items, note.item + 1)
        elif isinstance(note, Entered):
            item.entries[note.received] = note.said
        else:
            item.label = min(item.label, note.label)
    for offset in range(shelf.begin, shelf.end):
        items = found.get(offset, {})
        fates = [one for one in items.values() if one.label is not Label.NONE]
        _count(shelf, offset, fates, expected.get(offset, 1), faults, tally)
        if shelf.ledger and items:
            _check_entries(shelf, offset, items, faults, tally)


def _count(
    shelf: Shelf, offset: int, fates: Sequence[_Item], expected: int, faults: Faults, tally: Tally
) -> None:
    for item in fates:
        if item.label is Label.WAITING:
            tally.waits(shelf.name(offset), "belongs to another provider; not buried yet")
            continue
        tally.outcomes[item.label] += 1
        tally.items += 1
        if item.label in (Label.DEAD, Label.DISPLACED) and not item.said & SETTLED:
            tally.dead_open += 1
    lacking = expected - len(fates)
    if lacking <= 0 or shelf.topic is None:
        return
    if offset < shelf.passed:
        tally.items += lacking
        faults.add(
            "missing", shelf.name(offset), f"{lacking} of {expected} items without any outcome"
        )
    else:
        tally.waits(shelf.name(offset), "not enriched yet")


def _check_entries(
    shelf: Shelf, offset: int, items: dict[int, _Item], faults: Faults, tally: Tally
) -> None:
    for number, item in sorted(items.items()):
        what = shelf.name(offset, number)
        if not item.said & (ENRICHED | DEAD | SKIPPED):
            # Nothing in the topics. Of a topic that was deleted and made again the ledger has older
            # entries at the same places; this one's receipt is that of the record that lies here.
            receipts = {received for one in items.values() for received in one.received}
            if receipts & item.entries.keys():
                faults.add("unknown", what, "in the ledger, but not in the topics")
            continue
        entries = [
            said
            for received, said in item.entries.items()
            if item.said & UNDATED or not item.received or received in item.received
        ]
        if not entries:
            if item.said & DUE:
                told = item.label.name.lower() if item.label is not Label.NONE else "passed"
                faults.add("unrecorded", what, f"{told}, but not in the ledger")
            continue
        if item.label is not Label.NONE:
            tally.recorded += 1
        for said in entries:
            if not item.said & said:
                faults.add("misrecorded", what, f"{_TOLD[said]} in the ledger alone")
            elif said != ENRICHED and item.said & TAKEN and item.label.alive:
                told = item.label.name.lower()
                faults.add("misrecorded", what, f"{_TOLD[said]} in the ledger, but {told}")
        if len(entries) > 1:
            faults.add("misrecorded", what, f"{len(entries)} entries in the ledger")
