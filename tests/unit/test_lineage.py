"""Which enrichment of a raw record a generation holds, through replays of all and of a part."""

from __future__ import annotations

import pytest

from dateline import lineage
from dateline.errors import NewerSchema
from dateline.lineage import Lineage, Positions, concerns, holds, read
from dateline.records import Position, SkippedNotice, schema_headers

#: partition 0 of the enriched topic: live articles up to 10, 10 to 20 the replay into 2, then live
#: ones up to 30, the partial replay into 3 up to 35, then live ones
FIRST = Lineage(number=1)
WHOLE = Lineage(number=2, enriched_from={0: 10}, raw_until={0: 10})
PART = Lineage(number=3, enriched_from={0: 30}, reprocessed="some", base=WHOLE)
AGAIN = Lineage(number=4, enriched_from={0: 50}, reprocessed="none", base=PART)


def known() -> dict[int, Positions]:
    reprocessed = Positions({0: 100})
    reprocessed.add(0, 5)
    return {3: reprocessed}


def raw(offset: int) -> Position:
    return Position("articles.raw", 0, offset)


def held(one: Lineage, mark: int | None, offset: int, place: int) -> bool:
    return holds(one, known(), mark, raw(offset), (0, place))


def test_the_first_holds_what_is_live() -> None:
    assert held(FIRST, None, 3, 3)
    assert held(FIRST, None, 25, 25)
    assert not held(FIRST, 2, 3, 13)


def test_a_whole_replay_holds_its_own_and_live_ones_from_its_beginning() -> None:
    assert held(WHOLE, 2, 3, 13)
    assert not held(WHOLE, None, 3, 3)
    assert held(WHOLE, None, 12, 22)
    # Its number was another's, before Elasticsearch was wiped.
    assert not held(WHOLE, 2, 3, 8)


def test_a_partial_one_holds_what_its_base_held_of_all_else() -> None:
    assert held(PART, 3, 5, 31)
    assert not held(PART, 2, 5, 15)  # reprocessed since
    assert held(PART, 2, 6, 16)
    assert not held(PART, None, 6, 6)
    assert held(PART, None, 12, 22)
    assert held(PART, None, 40, 40)
    assert not held(PART, 2, 40, 45)  # of a base that goes on
    assert not held(PART, 4, 5, 55)


def test_from_enriched_records_it_holds_what_they_were() -> None:
    for mark, offset, place in [(3, 5, 31), (2, 6, 16), (None, 12, 22), (None, 40, 40)]:
        assert held(AGAIN, mark, offset, place)
    assert held(AGAIN, None, 60, 60)
    assert not held(AGAIN, 2, 5, 15)
    assert not held(AGAIN, None, 5, 5)


def test_a_verdict_concerns_whom_it_was_said_for() -> None:
    for one, mark, offset, expected in [
        (FIRST, None, 3, True),
        (WHOLE, None, 3, False),
        (WHOLE, 2, 3, True),
        (WHOLE, None, 12, True),
        (PART, 2, 5, False),
        (PART, 3, 5, True),
        (PART, 2, 6, True),
        (PART, None, 12, True),
        (AGAIN, 2, 6, True),
        (AGAIN, 2, 5, False),
    ]:
        assert concerns(one, known(), mark, raw(offset)) is expected, (one.number, mark, offset)
    assert concerns(PART, known(), None, None)


def test_it_is_remembered_and_read_again() -> None:
    assert read(4, {"lineage": AGAIN.noted()}) == AGAIN
    assert AGAIN.partial == [3]
    assert read(1, {}) == FIRST
    marked = Lineage(number=4, dead_from={0: 7}, skipped_from={1: 2}, base=FIRST)
    assert read(4, {"lineage": marked.noted()}) == marked
    older = {"enriched_from": {"0": 10}, "raw_until": {"0": 10}}
    assert read(2, older) == WHOLE


def test_a_notice_of_a_newer_schema_is_no_verdict_to_read() -> None:
    place = Position("articles.skipped", 0, 7)
    notice = SkippedNotice(reason="picture", raw=Position("articles.raw", 0, 1), item=0, items=1)
    told = lineage._verdict("skipped", notice.encode(), schema_headers(), place)
    assert told == (None, notice.raw)
    with pytest.raises(NewerSchema):
        lineage._verdict("skipped", notice.encode(), [("schema", b"99")], place)
