"""What an account says: numbers by outcome, and what does not add up."""

from __future__ import annotations

from collections import Counter

import msgspec

#: how many disagreements of each kind are listed; all are counted
LISTED = 20

OUTCOMES = (
    "indexed",
    "superseded",
    "withdrawn",
    "withheld",
    "embargoed",
    "duplicate",
    "dead",
    "skipped",
)


class Disagreement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that does not add up (or, of kind ``in flight``, does not yet)."""

    kind: str
    what: str
    detail: str = ""


class Account(msgspec.Struct, kw_only=True):
    """Items in, and what became of them.

    items: all that came, by item. outcomes: number by outcome. in_flight: records that a stage
    has not passed yet. by_receipt: versions that equal the newest in everything but content, so
    that the receipt alone decided. faults: number of disagreements by kind; listed: the first of
    each kind. in_flight_listed: the first of what is in flight. recorded: items that have their
    entry in the ledger. dead_open: those of the dead whose letters nobody retried or dropped.
    """

    generation: int
    items: int
    outcomes: dict[str, int]
    in_flight: int
    faults: dict[str, int]
    listed: list[Disagreement]
    by_receipt: int = 0
    in_flight_listed: list[Disagreement] = []
    recorded: int = 0
    dead_open: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every item is accounted for, and index and ledger agree."""
        return not self.faults and self.items == sum(self.outcomes.values())

    def line(self) -> str:
        """The account as one line."""
        parts = " + ".join(self._told(name, count) for name, count in self.outcomes.items())
        sign = "=" if self.items == sum(self.outcomes.values()) else "≠"
        tail = f" ({self.in_flight} records still in flight)" if self.in_flight else ""
        if self.by_receipt:
            tail += f" ({self.by_receipt} versions decided by their receipt alone)"
        return f"{self.items} items in {sign} {parts}{tail}"

    def _told(self, name: str, count: int) -> str:
        if name == "dead" and self.dead_open != count:
            return f"{count} dead ({self.dead_open} open)"
        return f"{count} {name}"


class Faults:
    """Counts everything, keeps the first of each kind."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.listed: list[Disagreement] = []

    def add(self, kind: str, what: str, detail: str = "") -> None:
        """Count one, and list it while there is room."""
        self.counts[kind] += 1
        if self.counts[kind] <= LISTED:
            self.listed.append(Disagreement(kind, what, detail))
