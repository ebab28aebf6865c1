"""Gaps in transmission numbers: exactly what was lost is named, and nothing that was not."""

from __future__ import annotations

import datetime as dt
import random
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from dateline.transmissions import (
    LATE,
    NEAR,
    OVER_THE_END,
    Arrival,
    Gap,
    Number,
    find_gaps,
    parse,
)

T0 = dt.datetime(2026, 5, 4, 6, tzinfo=dt.UTC)
END = 9999


def came(
    numbers: Iterable[int | str], *, begin: dt.datetime = T0, minutes: float = 1, day: str = "1"
) -> list[Arrival]:
    """One a minute; a number means the same text wherever it stands with the same ``day``."""
    return [
        Arrival(
            received=begin + dt.timedelta(minutes=minutes * place),
            number=number if isinstance(number, str) else f"{number:04d}",
            content=f"{day}/{number}",
        )
        for place, number in enumerate(numbers)
    ]


def missing(*parts: list[Arrival]) -> list[str]:
    """Each gap as ``0005`` or ``0005-0009``."""
    return [told(gap) for gap in find_gaps([one for part in parts for one in part])]


def told(gap: Gap) -> str:
    return gap.first if gap.count == 1 else f"{gap.first}-{gap.last}"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0123", Number("", 123, 4)),
        ("bdt0123", Number("bdt", 123, 4)),
        ("a0105", Number("a", 105, 4)),
        ("20260501NP0017", Number("20260501NP", 17, 4)),
        ("7", Number("", 7, 1)),
        ("0000", None),
        ("bdt0000", None),
        ("20260501123731041", None),
        ("tag:example.com,2031:newsml_KBN0FL0ZP_2", None),
        ("bdt", None),
        ("", None),
        ("٣٤", None),
    ],
)
def test_what_a_number_is(text: str, number: Number | None) -> None:
    assert parse(text) == number


def test_missing_numbers_are_named_with_the_receipts_around_them() -> None:
    (gap,) = find_gaps(came(["bdt0007", "bdt0008", "bdt0012"]))
    assert gap == Gap(
        first="bdt0009",
        last="bdt0011",
        count=3,
        after=T0 + dt.timedelta(minutes=1),
        before=T0 + dt.timedelta(minutes=2),
    )


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([1, 2, 3], []),
        ([], []),
        ([5], []),
        ([5, 8], ["0006-0007"]),
        # out of order, the very first number too
        ([11, 13, 12, 14], []),
        ([13, 11, 12, 14], []),
        ([13, 10, 12, 14], ["0011"]),
        # sent again, the last, an older one, a whole block
        ([11, 12, 12, 13], []),
        ([11, 12, 11, 13], []),
        ([11, 12, 13, 14, 11, 12, 13, 15], []),
        ([11, 13, 14, 11, 13, 15], ["0012"]),
        # over the end of the count; zero is no number
        ([9998, 9999, 1, 2], []),
        ([9998, 9999, 0, 1, 2], []),
        ([9997, 3], ["9998-9999", "0001-0002"]),
        ([9998, 2, 9999, 3, 1], []),
        ([9997, 300, 301, 302], ["9998-9999", "0001-0299"]),
        # far ahead: also while nothing more has come
        ([1, 500], ["0002-0499"]),
        ([1, 500, 2, 501, 502, 503], ["0003-0499"]),
        ([1, 150, 60, 151, 152], ["0002-0059", "0061-0149"]),
        ([100, 4000, 4001, 4002, 4003], ["0101-3999"]),
        # another count begins: no gap of thousands
        ([120, 121, 7700, 7701, 7702, 7704], ["7703"]),
        ([7700, 7701, 120, 121, 122, 124], ["0123"]),
        ([1671, 1672, 1, 2, 3, 5], ["0004"]),
        ([1671, 1672, 3, 4, 5, 6], ["0001-0002"]),
        ([1669, 1671, 1, 1670, 2, 3, 4], []),
        ([1671, 2, 1, 3, 5, 4], []),
        # strays
        ([100, 101, 9000, 102, 103, 104], []),
        ([100, 101, 700, *range(102, 120)], []),
        # two counts side by side under one name
        ([n for i in range(40) for n in (100 + i, 3200 + i)], []),
    ],
)
def test_rules(numbers: list[int], expected: list[str]) -> None:
    assert missing(came(numbers)) == expected


def test_numbers_without_leading_zeros_are_told_without() -> None:
    assert missing(came(["97", "98", "101"])) == ["99-100"]


def test_each_prefix_is_a_series() -> None:
    assert missing(came(["a0001", "b0004", "a0002", "b0006", "a0003"])) == ["b0005"]


def test_a_small_service_that_begins_anew_each_day() -> None:
    """Its numbers never rise above yesterday's, and the same number is another text."""
    days = [
        came([n for n in range(1, 13) if n not in lost], day=f"{day}", begin=T0 + day * one_day)
        for day, lost in enumerate(([], [5], [1, 7, 8]))
        for one_day in [dt.timedelta(days=1)]
    ]
    assert missing(*days) == ["0005", "0001", "0007-0008"]


def test_a_number_that_comes_late_fills_its_gap_only_for_a_while() -> None:
    after = T0 + dt.timedelta(minutes=1)
    in_time = came([6], begin=after + LATE)
    too_late = came([6], begin=after + LATE + dt.timedelta(seconds=1))
    assert missing(came([5, 7]), in_time) == []
    assert missing(came([5, 7]), too_late) == ["0006"]


def test_a_gap_is_told_before_the_end_of_the_stream() -> None:
    def for_ever() -> Iterator[Arrival]:
        yield from came([5, 7])
        yield from came(range(8, 20), begin=T0 + LATE + dt.timedelta(hours=1))
        raise AssertionError("read on")

    assert told(next(find_gaps(for_ever()))) == "0006"


# --- any sequence, any loss ----------------------------------------------------------------------


@st.composite
def losses(draw: st.DrawFn) -> tuple[list[int], set[int]]:
    """(positions in the order in which they came, some of them twice; positions that were sent).

    Some numbers are lost alone, some in blocks; a number may come a few places later than sent.
    """
    begin = draw(st.integers(1, END))
    sent: list[int] = []
    kept: list[int] = []
    position = begin
    for block in draw(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 400)), max_size=8)):
        stays, goes = block
        lost = draw(st.sets(st.integers(1, stays - 1))) if stays > 1 else set()
        kept += [position + n for n in range(stays) if n not in lost]
        sent += range(position, position + stays + goes)
        position += stays + goes
    chosen = random.Random(draw(st.integers(0, 999)))
    most = draw(st.sampled_from([0, 0, 3, 6]))
    # Whether a number before the very first was sent at all nobody can know, so the first stay.
    late = [n + chosen.randint(0, most if n > most else 0) for n in range(len(kept))]
    came_in = [p for _, p in sorted(zip(late, kept, strict=True))]
    for _ in range(draw(st.integers(0, 5)) if came_in else 0):
        at = chosen.randrange(len(came_in))
        came_in.insert(chosen.randint(at + 1, len(came_in)), came_in[at])
    return came_in, set(sent)


@given(losses())
@settings(max_examples=300, deadline=None)
def test_exactly_what_was_lost_is_found(case: tuple[list[int], set[int]]) -> None:
    positions, sent = case
    head = positions[0] if positions else 0
    for position in positions:
        # More than that over the end is a count that was set back.
        over = (position - 1) // END > (head - 1) // END
        assume(not over or position - head <= OVER_THE_END)
        head = max(head, position)
    arrivals = came([(p - 1) % END + 1 for p in positions])
    found = [
        value for gap in find_gaps(arrivals) for value in range(int(gap.first), int(gap.last) + 1)
    ]
    known = {p for p in sent if positions and min(positions) < p < max(positions)}
    lost = {(p - 1) % END + 1 for p in known - set(positions)}
    assert sorted(found) == sorted(lost)


@given(
    st.lists(
        st.tuples(st.integers(200, 400), st.sets(st.integers(1, 380), max_size=60)), max_size=5
    )
)
@settings(max_examples=200, deadline=None)
def test_a_count_that_begins_anew_each_day(days: list[tuple[int, set[int]]]) -> None:
    """What is lost at a day's end nobody can know; at its beginning it is, unless it is much."""
    arrivals: list[Arrival] = []
    expected: list[int] = []
    for day, (sent, lost) in enumerate(days):
        stays = [n for n in range(1, sent + 1) if n not in lost]
        if stays[0] > NEAR:
            return
        arrivals += came(stays, begin=T0 + dt.timedelta(days=day), day=f"{day}")
        expected += [n for n in lost if (day > 0 or n > stays[0]) and n < stays[-1]]
    found = [
        value for gap in find_gaps(arrivals) for value in range(int(gap.first), int(gap.last) + 1)
    ]
    assert sorted(found) == sorted(expected)


@given(st.lists(st.tuples(st.text("0159ab", max_size=7), st.integers(0, 60 * 24 * 3))))
@settings(max_examples=300, deadline=None)
def test_any_numbers_at_all_give_gaps_that_are_some(numbers: list[tuple[str, int]]) -> None:
    times = sorted(minute for _, minute in numbers)
    arrivals = [
        Arrival(received=T0 + dt.timedelta(minutes=minute), number=number)
        for (number, _), minute in zip(numbers, times, strict=True)
    ]
    for gap in find_gaps(arrivals):
        first, last = parse(gap.first), parse(gap.last)
        assert first is not None
        assert last is not None
        assert gap.count == last.value - first.value + 1 >= 1


def test_memory_is_bounded() -> None:
    """Ever new prefixes, and a count with every second number lost."""

    def arrivals() -> Iterator[Arrival]:
        for n in range(24_000):
            received = T0 + dt.timedelta(seconds=n)
            yield Arrival(received=received, number=f"{2 * n % END + 1:04d}", content=f"c{n}")
            yield Arrival(received=received, number=f"{n:x}-0001", content=f"c{n}")

    tracemalloc.start()
    try:
        found = sum(1 for _ in find_gaps(arrivals()))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found > 4_000
    assert most < 30_000_000
