"""Each kind of fault is found, and listed with what a person looks for: an id, a position."""

from __future__ import annotations

import datetime as dt
import sys
from typing import Any

import msgspec
import pytest

from dateline.cli.reconcile import _progress
from dateline.ledger import Entry
from dateline.lineage import Lineage
from dateline.reading import TopicRecord
from dateline.reconcile import OUTCOMES, Account, Disagreement, Snapshot, intake
from dateline.records import DeadLetter, Position, SkippedNotice, schema_headers
from dateline.versions import Standing
from tests.unit.reconciled import (
    NOW,
    OTHERS,
    RAW,
    T0,
    TOPICS,
    Given,
    Item,
    Received,
    Wire,
    account,
)


def through(*received: Received) -> Wire:
    """A wire whose stages are through with these documents."""
    wire = Wire()
    for one in received:
        wire.receive(one)
    wire.process(len(wire.raw))
    wire.sink(len(wire.enriched))
    wire.keep(len(wire.dead), len(wire.skipped))
    return wire


def story(number: int = 0, **given: Any) -> Received:
    return Received([Item(story=number, **given)])


def document(given: Given, uri: str) -> dict[str, Any]:
    (found,) = [one for one in given.documents_.values() if one["uri"] == uri]
    return found


def entry(given: Given, offset: int, item: int = 0) -> dict[str, Any]:
    (found,) = [
        one
        for one in given.entries_.values()
        if one.get("offset") == offset and one.get("item", 0) == item
    ]
    return found


def found_in(given: Given, snapshot: Snapshot | None = None) -> Account:
    return account(given, snapshot or given.wire.snapshot())


def test_a_story_that_the_index_lacks_is_missing() -> None:
    given = Given(through(story(1), story(2)))
    given.documents_ = {i: one for i, one in given.documents_.items() if one["uri"] != "urn:np:2"}
    found = found_in(given)
    assert found.listed == [Disagreement("missing", "urn:np:2", "not in the index")]
    assert (found.faults, found.balanced) == ({"missing": 1}, False)


def test_an_item_that_left_no_trace_is_missing() -> None:
    wire = through(story(1), Received([Item(story=2), Item(kind="skipped")]))
    wire.skipped.clear()
    given = Given(wire)
    found = found_in(given)
    assert found.listed[0] == Disagreement(
        "missing", f"{RAW}[0]@1", "1 of 2 items without any outcome"
    )
    assert (found.items, sum(found.outcomes.values())) == (3, 2)
    assert "3 items in ≠ 2 indexed" in found.line()


def test_an_older_version_in_the_index_is_stale() -> None:
    older = Given(through(story(1, text="A", created=0)))
    given = Given(through(story(1, text="A", created=0), story(1, text="B", created=1)))
    given.documents_ = older.documents_
    (fault,) = found_in(given).listed
    assert (fault.kind, fault.what) == ("stale", "urn:np:1")
    shown = msgspec.json.decode(document(older, "urn:np:1")["standing"], type=Standing).shown
    assert fault.detail.startswith(f"shows {shown}, newest ")


def test_a_document_whose_order_cannot_be_read_is_stale() -> None:
    for broken in ({"standing": "{"}, {"standing": None}, {}):
        given = Given(through(story(1)))
        kept = {"uri": "urn:np:1", "pubstatus": "usable"}
        given.documents_ = {number: {**kept, **broken} for number in given.documents_}
        (fault,) = found_in(given).listed
        assert (fault.kind, fault.what) == ("stale", "urn:np:1")
        assert fault.detail.startswith("its order cannot be read")


def test_a_withdrawn_story_that_is_shown_is_resurrected() -> None:
    given = Given(through(story(1), story(1, text="B", created=1, pubstatus="canceled")))
    assert found_in(given).faults == {}
    document(given, "urn:np:1")["pubstatus"] = "usable"
    (fault,) = found_in(given).listed
    assert (fault.kind, fault.what) == ("resurrected", "urn:np:1")


def test_a_document_that_no_topic_knows_is_unknown() -> None:
    given = Given(through(story(1)))
    # Somebody else's id need not be a hash.
    given.documents_["by hand"] = {"uri": "urn:np:stranger", "pubstatus": "usable"}
    given.documents_["without all"] = {}
    found = found_in(given)
    assert {(fault.kind, fault.what) for fault in found.listed} == {
        ("unknown", "urn:np:stranger"),
        ("unknown", "without all"),
    }


def test_every_item_and_every_refused_document_must_be_in_the_ledger() -> None:
    items = [Item(story=1), Item(kind="dead"), Item(kind="skipped")]
    given = Given(through(Received(items), Received([Item()], refused=True)))
    assert (found_in(given).faults, found_in(given).recorded) == ({}, 4)
    given.entries_.clear()
    found = found_in(given)
    assert {(fault.kind, fault.what, fault.detail) for fault in found.listed} == {
        ("unrecorded", f"{RAW}[0]@0 item 0", "indexed, but not in the ledger"),
        ("unrecorded", f"{RAW}[0]@0 item 1", "dead, but not in the ledger"),
        ("unrecorded", f"{RAW}[0]@0 item 2", "skipped, but not in the ledger"),
        ("unrecorded", "dead letter 0-0", "dead, but not in the ledger"),
    }
    assert found.recorded == 0


def test_without_a_ledger_that_is_said_once() -> None:
    wire = through(story(1), story(2))
    snapshot = msgspec.structs.replace(wire.snapshot(), ledger=None)
    found = account(Given(wire), snapshot)
    assert found.faults == {"unrecorded": 1}
    (fault,) = found.listed
    assert fault.what == "the ledger" and "`dateline sink`" in fault.detail
    assert found.in_flight == 0


def test_the_ledger_may_not_say_something_else_than_the_topics() -> None:
    given = Given(through(story(1), Received([Item(kind="dead")])))
    entry(given, 0)["outcome"] = "dead"
    entry(given, 1)["outcome"] = "indexed"
    assert {(fault.kind, fault.what, fault.detail) for fault in found_in(given).listed} == {
        ("misrecorded", f"{RAW}[0]@0 item 0", "dead in the ledger alone"),
        ("misrecorded", f"{RAW}[0]@1 item 0", "an article in the ledger alone"),
    }


def test_what_is_alive_may_not_be_dead_in_the_ledger_though_it_died_elsewhere() -> None:
    """In a replay with a worse parser the item died; that must not hide that it is alive."""
    wire = through(story(1))
    raw, at = wire.raw[0][0], T0
    letter = DeadLetter(
        value=b"?",
        stage="process",
        kind="InputError",
        error="no text",
        died=NOW,
        sha256="0",
        size=1,
        received=at,
        item=0,
        items=1,
        raw=raw,
        generation=OTHERS,
    )
    headers: Any = letter.headers()
    wire.dead.append(TopicRecord(Position(TOPICS.dead, 0, 0), None, b"?", headers))
    wire.keep(1, 0)
    given = Given(wire)
    found = found_in(given)
    assert (found.faults, found.outcomes["dead"], found.outcomes["indexed"]) == ({}, 0, 1)
    entry(given, 0)["outcome"] = "dead"
    (fault,) = found_in(given).listed
    assert (fault.kind, fault.detail) == ("misrecorded", "dead in the ledger, but indexed")


def test_two_entries_of_one_item_are_one_too_many() -> None:
    """A record without Dateline's headers has no receipt: only its dying tells when it came."""
    wire = through(story(1))
    raw = wire.raw[0][0]
    for number in range(2):
        letter = DeadLetter(
            value=b"?",
            stage="process",
            kind="InputError",
            error="no headers",
            died=NOW + dt.timedelta(seconds=number),
            sha256="0",
            size=1,
            raw=msgspec.structs.replace(raw, offset=1),
        )
        headers: Any = letter.headers()
        wire.dead.append(TopicRecord(Position(TOPICS.dead, 0, number), None, b"?", headers))
    wire.raw_end[0] = 2
    wire.keep(2, 0)
    (fault,) = found_in(Given(wire)).listed
    assert (fault.kind, fault.what) == ("misrecorded", f"{RAW}[0]@1 item 0")
    assert fault.detail == "2 entries in the ledger"


def test_entries_of_a_topic_that_was_made_again_are_none_of_ours() -> None:
    """A raw topic that was deleted counts from 0 again; the ledger keeps what was there before."""
    given = Given(through(story(1)))
    before = {**entry(given, 0), "received": "2020-01-01T00:00:00Z", "outcome": "dead"}
    given.entries_["before"] = before
    given.entries_["another item"] = {**before, "item": 7}
    given.entries_["other topics"] = {**entry_of(given), "topic": "elsewhere.raw", "item": 8}
    given.entries_["after the end"] = {**entry_of(given), "offset": 5}
    found = found_in(given)
    assert (found.faults, found.recorded) == ({}, 1)


def test_an_entry_of_an_item_that_never_came_is_unknown() -> None:
    given = Given(through(story(1)))
    given.entries_["forged"] = {**entry_of(given), "item": 3}
    assert found_in(given).listed == [
        Disagreement("unknown", f"{RAW}[0]@0 item 3", "in the ledger, but not in the topics")
    ]


def entry_of(given: Given) -> dict[str, Any]:
    return next(one for one in given.entries_.values() if one.get("offset") == 0)


def test_an_entry_that_cannot_be_read_is_named() -> None:
    given = Given(through(story(1)))
    given.entries_["x1"] = {"outcome": "dead", "received": "yesterday"}
    given.entries_["x2"] = {"outcome": "dead", "received": "2026-01-01T00:00:00Z", "dead": "one"}
    found = found_in(given)
    assert [fault.what for fault in found.listed] == [
        "entry x1 of the ledger",
        "entry x2 of the ledger",
    ]
    assert found.faults == {"unreadable": 2}


def test_records_that_no_stage_wrote_are_unreadable() -> None:
    wire = through(story(1))
    for topic in ("dead", "skipped"):
        place = Position(getattr(TOPICS, topic), 0, 0)
        getattr(wire, topic).append(TopicRecord(place, None, b"{}", []))
    wire.keep(0, 0)
    wire.kept_dead = wire.kept_skipped = 1
    found = found_in(Given(wire))
    assert [(fault.kind, fault.what) for fault in found.listed] == [
        ("unreadable", f"{TOPICS.dead}[0]@0"),
        ("unreadable", f"{TOPICS.skipped}[0]@0"),
    ]


def test_numbers_that_nothing_of_ours_writes_harm_nobody() -> None:
    """Whoever may write to the topics can put anything there: named, and the rest still adds up."""
    huge, raw = "9" * 30, f"{RAW}|0|0"
    forged: dict[str, list[dict[str, str]]] = {
        "enriched": [
            {"raw": raw, "item": f"{huge}/{huge}", "enriched": "1"},
            {"raw": raw, "item": "0/1", "enriched": huge},
            {"raw": f"{RAW}|0|-1", "item": "0/1", "enriched": "1", "generation": "7"},
        ],
        "dead": [
            {"raw": raw, "item": f"{huge}/1", **LETTER},
            {"raw": f"{RAW}|-1|-1", **LETTER},
            {"raw": raw, "item": "0/1", **LETTER, "stage": "sink", "origin": f"x|0|{huge}"},
        ],
    }
    wire = through(story(1))
    article = wire.enriched[0]
    for topic, records in forged.items():
        for headers in records:
            place = Position(getattr(TOPICS, topic), article.record.position.partition, 0)
            place = msgspec.structs.replace(place, offset=len(getattr(wire, topic)))
            told = [(name, value.encode()) for name, value in headers.items()]
            record = TopicRecord(place, None, article.record.value, [*told, ("schema", b"1")])
            if topic == "enriched":
                wire.enriched.append(article._replace(record=record))
            else:
                wire.dead.append(record)
    wire.sunk = len(wire.enriched)
    found = found_in(Given(wire))
    assert found.faults == {"unreadable": 6}, found.listed
    assert (found.items, found.outcomes["indexed"], found.in_flight) == (1, 1, 3)


LETTER = {
    "stage": "process",
    "kind": "InputError",
    "error": "forged",
    "died": "2026-03-01T12:00:00",  # in no zone
    "sha256": "0",
    "size": "1",
}


def test_what_is_in_flight_is_listed_and_no_fault() -> None:
    wire = Wire()
    for number in range(3):
        wire.receive(story(number))
    wire.receive(Received([Item(kind="dead")]))
    wire.receive(story(4))
    wire.process(4)
    wire.sink(2)
    found = account(Given(wire), wire.snapshot())
    assert found.faults == {}
    assert found.balanced
    assert found.in_flight == 3
    assert found.in_flight_listed == [
        Disagreement("in flight", f"{RAW}[0]@4", "not enriched yet"),
        Disagreement("in flight", f"{TOPICS.dead}[0]@0", "not in the ledger yet"),
        Disagreement("in flight", "urn:np:2", "not indexed yet"),
    ]
    assert "(3 records still in flight)" in found.line()


def test_a_letter_that_was_settled_is_no_longer_open() -> None:
    wire = through(Received([Item(kind="dead")]), Received([Item()], refused=True), story(3))
    found = found_in(Given(wire))
    assert (found.outcomes["dead"], found.dead_open) == (2, 2)
    assert " 2 dead " in found.line()
    wire.settle(0)
    found = found_in(Given(wire))
    assert (found.outcomes["dead"], found.dead_open) == (2, 1)
    assert " 2 dead (1 open) " in found.line()


def test_what_gave_way_to_the_owner_is_dead_and_its_contents_count_anew() -> None:
    """Nobody may withdraw what another has not sent: the owner's article takes its place."""
    unnamed = {"provider": None, "text": "A", "pubstatus": "canceled"}
    wire = through(
        story(1, **unnamed, created=0),
        story(1, provider="other", text="B", created=1, pubstatus="canceled"),
        story(1, provider="np", text="C", created=2),
        story(1, **unnamed, created=0),
    )
    found = found_in(Given(wire))
    assert found.faults == {}, found.listed
    # What no provider signed is received once under each owner: neither is the other's re-send.
    assert {name: count for name, count in found.outcomes.items() if count} == {
        "indexed": 1,
        "superseded": 2,
        "dead": 1,
    }


def test_an_article_that_the_sink_refused_is_dead() -> None:
    given = Given(through(story(1, provider="np"), story(1, provider="other", text="B")))
    found = found_in(given)
    assert (found.faults, found.outcomes["indexed"], found.outcomes["dead"]) == ({}, 1, 1)
    del given.entries_[next(i for i, one in given.entries_.items() if one["outcome"] == "dead")]
    (fault,) = found_in(given).listed
    assert (fault.kind, fault.what) == ("unrecorded", f"{RAW}[0]@1 item 0")


def test_a_replayed_generation_answers_for_what_it_was_fed_with() -> None:
    """Of raw records before its end only what the replay made of them; live articles from there."""
    wire = Wire()
    wire.receive(story(1))
    wire.receive(Received([Item(kind="dead")]))
    wire.process(2)
    wire.sink(1)
    begun = wire.snapshot()
    wire.process(2, OTHERS)
    wire.receive(story(2))
    wire.process(3)
    wire.keep(len(wire.dead), 0)
    wire.index.clear()
    wire.sunk = 0
    for one in wire.enriched[1:]:
        wire._index(one)
    wire.sunk = len(wire.enriched)
    snapshot = msgspec.structs.replace(
        wire.snapshot(),
        lineage=Lineage(number=OTHERS, enriched_from=begun.enriched_end, raw_until=begun.raw_end),
    )
    given = Given(wire)
    found = account(given, snapshot)
    assert found.faults == {}, found.listed
    assert (found.items, found.outcomes["indexed"], found.outcomes["dead"]) == (3, 2, 1)
    # And without the replay's own records it is not answered for.
    kept = [one for one in wire.enriched if one.headers.generation is None]
    assert len(kept) == 2
    another = msgspec.structs.replace(snapshot.lineage, number=OTHERS + 1)
    snapshot = msgspec.structs.replace(snapshot, lineage=another)
    assert account(given, snapshot).faults["missing"] == 2


def test_a_notice_without_a_receipt_is_recorded_under_any() -> None:
    """Notices of an older Dateline do not say when their documents came."""
    wire = through(story(1))
    notice = SkippedNotice(
        reason="a picture", raw=Position(RAW, 0, 1), item=0, items=1, uri="urn:np:p"
    )
    headers: Any = schema_headers()
    place = Position(TOPICS.skipped, 0, 0)
    wire.skipped.append(TopicRecord(place, None, notice.encode(), headers))
    wire.raw_end[0] = 2
    wire.keep(0, 1)
    found = found_in(Given(wire))
    assert (found.faults, found.recorded) == ({}, 2)


def test_it_tells_how_far_it_has_come() -> None:
    told: dict[str, tuple[int, int]] = {}
    wire = through(story(1), story(2), Received([Item(kind="dead")]))
    account(Given(wire), wire.snapshot(), progress=lambda what, *done: told.update({what: done}))
    assert {what: told[what] for what in list(told)[:6]} == {
        "reading settled": (0, 0),
        "reading dead": (1, 1),
        "reading skipped": (0, 0),
        "reading enriched": (2, 2),
        "reading the index": (2, 2),
        "reading the ledger": (3, 3),
    }
    assert all(done == of for done, of in told.values())


def test_progress_is_shown_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with _progress() as told:
        assert told is None
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with _progress() as told:
        assert told is not None
        told("reading enriched", 2_000, 10_000)
    assert "reading enriched: 2,000 of 10,000" in capsys.readouterr().err


def test_the_account_as_json_stays_what_monitors_read() -> None:
    found = msgspec.json.decode(msgspec.json.encode(found_in(Given(through(story(1))))))
    assert found == {
        "generation": 1,
        "items": 1,
        "outcomes": {**dict.fromkeys(OUTCOMES, 0), "indexed": 1},
        "in_flight": 0,
        "faults": {},
        "listed": [],
        "by_receipt": 0,
        "in_flight_listed": [],
        "recorded": 1,
        "dead_open": 0,
    }


def test_entries_are_read_as_the_ledger_writes_them() -> None:
    """The account reads a part of `Entry`: a field that is renamed there must be found here."""
    assert set(intake._Entry.__struct_fields__) <= set(Entry.__struct_fields__)
