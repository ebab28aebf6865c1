"""The account of any topics, index and ledger is what counting by hand in plain dicts says.

A small model of the stages (`Wire`) writes the topics, the index and the ledger, some of it after
the snapshot; then things are lost, altered or forged. `by_hand` says what must be found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, NamedTuple

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.article import Article
from dateline.identity import document_id, identity_of
from dateline.reconcile import LISTED, OUTCOMES, Account, Snapshot
from dateline.records import DeadLetter, SkippedNotice
from dateline.settled import Settled
from dateline.versions import Standing, merge, shown_as
from tests.unit.reconciled import (
    NOW,
    OTHERS,
    OURS,
    PARTITIONS,
    RAW,
    Given,
    Item,
    Received,
    Wire,
    account,
    listed,
)

ItemPlace = tuple[int, int, int]


class ByHand(NamedTuple):
    """What of an account is compared."""

    items: int
    outcomes: dict[str, int]
    by_receipt: int
    dead_open: int
    faults: dict[str, Counter[str]]

    @classmethod
    def of(cls, found: Account) -> ByHand:
        return cls(found.items, found.outcomes, found.by_receipt, found.dead_open, listed(found))


def by_hand(given: Given, at: Snapshot) -> ByHand:
    """The account with everything in memory."""
    wire, faults = given.wire, defaultdict[str, Counter[str]](Counter)
    fate: dict[ItemPlace, set[str]] = defaultdict(set)
    #: what any record says of an item, also one after the snapshot: article, dead, skipped
    said: dict[ItemPlace, set[str]] = defaultdict(set)
    due: set[ItemPlace] = set()
    taken: set[ItemPlace] = set()
    expected: Counter[tuple[int, int]] = Counter()
    buried: set[tuple[int, int]] = set()
    refused: dict[int, bool] = {}
    marks = [Settled.read(one.value, one.headers, one.position) for one in wire.settled]
    settled = {mark.dead.offset for mark in marks[: at.settled_end.get(0, 0)]}
    done: set[ItemPlace] = set()

    for number, record in enumerate(wire.dead):
        letter = DeadLetter.read(record.value, record.headers, record.position)
        before = number < at.dead_end.get(0, 0)
        if letter.stage == "sink" and letter.origin is not None and before:
            buried.add((letter.origin.partition, letter.origin.offset))
        if letter.raw is None:
            if before:
                refused[number] = number < at.ledger_dead_passed[0]
            continue
        place = (letter.raw.partition, letter.raw.offset, letter.item or 0)
        said[place].add("dead")
        if number in settled and before:
            done.add(place)
        if number < at.ledger_dead_passed[0]:
            due.add(place)
        if before and letter.stage != "sink" and letter.generation in (None, OURS):
            fate[place].add("dead")
            expected[place[:2]] = max(expected[place[:2]], letter.items or 1)
    for number, record in enumerate(wire.skipped):
        notice = SkippedNotice.decode(record.value)
        place = (notice.raw.partition, notice.raw.offset, notice.item)
        said[place].add("skipped")
        if number < at.ledger_skipped_passed[0]:
            due.add(place)
        if number < at.skipped_end.get(0, 0) and notice.generation in (None, OURS):
            fate[place].add("skipped")
            expected[place[:2]] = max(expected[place[:2]], notice.items)

    standings: dict[str, tuple[Standing, Article]] = {}
    brought: dict[str, list[tuple[ItemPlace, str]]] = defaultdict(list)
    unsettled: set[str] = set()
    for one in wire.enriched:
        position, headers, article = one.record.position, one.headers, one.article
        place = (headers.raw.partition, headers.raw.offset, headers.item)
        identity = identity_of(article)
        said[place].add("article")
        if position.offset >= at.enriched_end.get(position.partition, 0):
            unsettled.add(identity)
            continue
        if headers.generation not in (None, OURS):
            continue
        expected[place[:2]] = max(expected[place[:2]], headers.items)
        if (position.partition, position.offset) in buried:
            fate[place].add("dead")
            continue
        passed = position.offset < at.enriched_passed.get(position.partition, 0)
        if passed:
            due.add(place)
            taken.add(place)
        stored = standings.get(identity)
        decision = merge(
            stored[0] if stored else None,
            article,
            enriched=headers.enriched,
            rule="versioncreated",
            now=NOW,
            stored_pubstatus=stored[1].pubstatus if stored else None,
        )
        if decision.outcome == "refused":
            if not passed:
                fate[place].add("waiting")
            continue
        if not passed:
            unsettled.add(identity)
        if decision.displaced and stored:
            _close(fate, brought.pop(identity), stored[0].shown, "displaced")
        shown = article if decision.action == "replace" else stored[1]  # type: ignore[index]
        standings[identity] = (decision.standing, shown)
        brought[identity].append((place, article.provenance.content or ""))
    for identity, versions in brought.items():
        standing, shown = standings[identity]
        _close(fate, versions, standing.shown, shown_as(shown, NOW))

    order = [*OUTCOMES[:1], *OUTCOMES[2:5], "superseded", "duplicate", "displaced", "waiting"]
    order += ["skipped", "dead"]
    outcome = {place: min(fates, key=order.index) for place, fates in fate.items()}
    outcomes = Counter(outcome.values())
    dead_open = sum(
        told in ("dead", "displaced") and place not in done for place, told in outcome.items()
    ) + len(refused.keys() - settled)
    outcomes["dead"] += outcomes.pop("displaced", 0) + len(refused)
    del outcomes["waiting"]
    items = sum(outcomes.values())
    for partition, end in at.raw_end.items():
        for offset in range(end):
            known = sum(place[:2] == (partition, offset) for place in fate)
            lacking = (expected[partition, offset] or 1) - known
            if lacking and offset < at.raw_passed.get(partition, 0):
                items += lacking
                faults["missing"][f"{RAW}[{partition}]@{offset}"] += 1

    _compare_index(given, standings, unsettled, faults)
    for number, is_due in refused.items():
        dead = [e for e in given.entries_.values() if e.get("dead") == f"0-{number}"]
        dead = [entry for entry in dead if "topic" not in entry]
        _compare_entries(f"dead letter 0-{number}", dead, {"dead"}, is_due, False, faults)
    at_place: dict[ItemPlace, list[dict[str, Any]]] = defaultdict(list)
    for entry in given.entries_.values():
        if "topic" in entry:
            at_place[entry["partition"], entry["offset"], entry.get("item", 0)].append(entry)
    for place in said.keys() | at_place.keys():
        if place[1] >= at.raw_end[place[0]]:
            continue
        what = f"{RAW}[{place[0]}]@{place[1]} item {place[2]}"
        if place not in said:
            faults["unknown"][what] += 1
            continue
        alive = place in taken and outcome.get(place) in order[:6]
        _compare_entries(what, at_place[place], said[place], place in due, alive, faults)
    by_receipt = sum(len(standing.contents) - 1 for standing, _ in standings.values())
    told = {name: outcomes[name] for name in OUTCOMES}
    return ByHand(items, told, by_receipt, dead_open, dict(faults))


def _close(
    fate: dict[ItemPlace, set[str]], brought: list[tuple[ItemPlace, str]], shown: str, winner: str
) -> None:
    first: dict[str, ItemPlace] = {}
    for place, content in brought:
        if first.setdefault(content, place) != place:
            fate[place].add("duplicate")
    for content, place in first.items():
        fate[place].add(winner if content == shown else "superseded")


def _compare_index(
    given: Given,
    standings: dict[str, tuple[Standing, Article]],
    unsettled: set[str],
    faults: dict[str, Counter[str]],
) -> None:
    documents = dict(given.documents_)
    for identity, (standing, shown) in standings.items():
        document = documents.pop(document_id(identity), None)
        if identity in unsettled:
            continue
        if document is None:
            faults["missing"][identity] += 1
        elif shown.pubstatus == "canceled" and document["pubstatus"] != "canceled":
            faults["resurrected"][identity] += 1
        else:
            held = msgspec.json.decode(document["standing"], type=Standing)
            if (held.declared, held.shown) != (standing.declared, standing.shown):
                faults["stale"][identity] += 1
    for document in documents.values():
        if document["uri"] not in unsettled:
            faults["unknown"][document["uri"]] += 1


def _compare_entries(
    what: str,
    entries: list[dict[str, Any]],
    said: set[str],
    due: bool,
    alive: bool,
    faults: dict[str, Counter[str]],
) -> None:
    if not entries and due:
        faults["unrecorded"][what] += 1
    for entry in entries:
        recorded = entry["outcome"] if entry["outcome"] in ("dead", "skipped") else "article"
        if recorded not in said or (alive and recorded != "article"):
            faults["misrecorded"][what] += 1


items = st.builds(
    Item,
    kind=st.sampled_from(["article"] * 6 + ["skipped", "dead"]),
    story=st.integers(0, 3),
    text=st.sampled_from("ABC"),
    created=st.none() | st.integers(0, 2),
    provider=st.sampled_from(["np", "np", "np", None, "other"]),
    pubstatus=st.sampled_from(["usable", "usable", "withheld", "canceled"]),
    embargoed=st.booleans(),
)
documents = st.builds(
    Received,
    items=st.lists(items, min_size=1, max_size=3),
    partition=st.integers(0, PARTITIONS - 1),
    twice=st.sampled_from([False, False, True]),
    refused=st.sampled_from([False] * 7 + [True]),
)


@st.composite
def accounts(draw: st.DrawFn, *, losses: bool) -> tuple[Given, Snapshot]:
    """A snapshot in the middle of things; the stages go on, then something is lost or forged."""
    received = draw(st.lists(documents, min_size=1, max_size=14))
    wire = Wire()

    def up_to(limit: int) -> int:
        # Everything, more often than not: else little is settled and little can be wrong.
        return limit if draw(st.booleans()) else draw(st.integers(0, limit))

    before = up_to(len(received))
    for one in received[:before]:
        wire.receive(one)
    wire.process(up_to(len(wire.raw)))
    if draw(st.booleans()):
        wire.process(up_to(wire.processed), OTHERS)
    wire.sink(up_to(len(wire.enriched)))
    wire.keep(up_to(len(wire.dead)), up_to(len(wire.skipped)))
    for number in range(len(wire.dead)):
        if draw(st.integers(0, 3)) == 0:
            wire.settle(number)
    snapshot = wire.snapshot()
    for one in received[before:]:
        wire.receive(one)
    wire.process(draw(st.integers(wire.processed, len(wire.raw))))
    wire.sink(draw(st.integers(wire.sunk, len(wire.enriched))))
    wire.keep(up_to(len(wire.dead)), up_to(len(wire.skipped)))
    given_ = Given(wire)
    if losses:
        for _ in range(draw(st.integers(1, 4))):
            _damage(draw, given_)
    return given_, snapshot


def _damage(draw: st.DrawFn, given_: Given) -> None:
    kind = draw(st.sampled_from(["lost", "stale", "shown", "stranger", "unentered", "misentered"]))
    table = given_.entries_ if "entered" in kind else given_.documents_
    if not table:
        return
    number = draw(st.sampled_from(sorted(table)))
    if kind in ("lost", "unentered"):
        del table[number]
    elif kind == "stale":
        standing = msgspec.json.decode(table[number]["standing"])
        standing["shown"] = "0" * 32
        table[number]["standing"] = msgspec.json.encode(standing).decode()
    elif kind == "shown":
        table[number]["pubstatus"] = "usable"
    elif kind == "stranger":
        table[document_id("urn:np:stranger")] = {**table[number], "uri": "urn:np:stranger"}
    else:
        table[number]["outcome"] = draw(st.sampled_from(["dead", "skipped", "indexed"]))


sizes = st.tuples(st.sampled_from([1, 2, 1000]), st.sampled_from([0, 200, 1 << 20]))


@settings(max_examples=300, deadline=None)
@given(made=accounts(losses=False), size=sizes)
def test_without_loss_everything_is_accounted_for(
    made: tuple[Given, Snapshot], size: tuple[int, int]
) -> None:
    given_, snapshot = made
    found = account(given_, snapshot, *size)
    assert ByHand.of(found) == by_hand(given_, snapshot)
    assert (found.faults, found.listed) == ({}, [])
    assert found.balanced


@settings(max_examples=400, deadline=None)
@given(made=accounts(losses=True), size=sizes)
def test_whatever_is_lost_is_found_whatever_the_buckets(
    made: tuple[Given, Snapshot], size: tuple[int, int]
) -> None:
    given_, snapshot = made
    found = account(given_, snapshot, *size)
    expected = by_hand(given_, snapshot)
    assert ByHand.of(found) == expected
    assert found.faults == {kind: names.total() for kind, names in expected.faults.items()}
    assert found.balanced == (not expected.faults)


def test_all_are_counted_and_only_the_first_are_listed() -> None:
    wire = Wire()
    for story in range(LISTED + 15):
        wire.receive(Received([Item(story=story)]))
    wire.process(len(wire.raw))
    wire.sink(len(wire.enriched))
    given_ = Given(wire)
    given_.documents_.clear()
    given_.entries_.clear()
    found = account(given_, wire.snapshot())
    assert found.faults == {"missing": LISTED + 15, "unrecorded": LISTED + 15}
    assert Counter(fault.kind for fault in found.listed) == {
        "missing": LISTED,
        "unrecorded": LISTED,
    }
