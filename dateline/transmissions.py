"""Missing transmission numbers: which numbers of an agency's running count never came.

A number is a prefix and up to six digits: ``0123``, ``bdt0123``, ``a0105``, ``20260501NP0017``. The
prefix is part of the series; the digits count. More digits are a timestamp and no count, a prefix
of more than 20 characters is an identifier and no series, and zero is no number. A count has four
digits at least, so it runs from 1 to 9999 and then again from 1, or to the largest number of five
or six digits.

Numbers are looked at in the order of receipt, and these are the rules, for a series whose highest
number so far is the *head*:

- The next number moves the head on. So does one up to `NEAR` ahead, over the end of the count too;
  those between are missing.
- A missing number that comes within `LATE` of the one that jumped over it was only late.
- The head again, or a number again with the same content, is a re-send and changes nothing.
- Anything else opens a *rival*: a number far ahead, or one that falls back. It may be a stray, and
  is forgotten when nothing follows it. When `CONFIRM` numbers in a row follow there while the head
  stands still, the series has gone on there:
  - far ahead (up to half of the count; over its end up to `OVER_THE_END`) what lies between is
    missing;
  - otherwise it was set back, as many agencies do at midnight: what the old count still had before
    it nobody can know. It begins at 1, so that 1 to ``first - 1`` are missing where that are
    fewer than `NEAR`; a set-back count that begins higher began there.
- So a jump of more than half of the count, 120 to 7700, is another count and no gap of thousands.
- Two counts that run side by side under one name (the head goes on while the rival does) are no gap
  either: of such a rival nothing is reported.

Numbers before the first and after the last cannot be known. What a re-send is can be told only
where arrivals have a content: without it, three old numbers in a row look like a count set back.

Pure; memory is bounded by what `KEPT`, `SERIES` and `OPEN` say.
"""

from __future__ import annotations

import bisect
import datetime as dt
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator

import msgspec

#: a step forward by so many numbers is believed at once
NEAR = 100
#: so many numbers in a row make a rival the series
CONFIRM = 3
#: how long after the gap was seen a missing number counts as late; then the gap is reported
LATE = dt.timedelta(hours=6)
#: a jump over the end of the count is one up to here; more is a count that was set back
OVER_THE_END = 500
#: the very first number may itself have come too early: so many before it, for so long
EARLY, EARLY_FOR = 20, dt.timedelta(minutes=15)
#: a head that moved on so often beside a rival is a count of its own
PARALLEL = 10
#: numbers of a series whose contents are remembered, series at once, gaps of one not yet reported
KEPT, SERIES, OPEN = 10_000, 32, 10_000
#: digits of a count: at least, for the end that it runs to, and at most
_LEAST, _MOST = 4, 6

_NUMBER = re.compile(r"(?P<prefix>.{0,20}?)(?P<digits>[0-9]+)\Z", re.DOTALL)


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """One number as it came. content: anything that is equal for the same text sent again.
    service: whose numbers these are, where arrivals of several come in one stream."""

    received: dt.datetime
    number: str
    service: str | None = None
    content: str | None = None


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers that never came, all in a row: ``first`` to ``last``, ``count`` of them.

    after, before: receipts of the numbers around the jump that showed it (of a count that was set
    back: of the last of the old count and the first of the new).
    """

    first: str
    last: str
    count: int
    after: dt.datetime
    before: dt.datetime
    service: str | None = None


class Number(msgspec.Struct, frozen=True):
    """A transmission number taken apart; width: its digits as written."""

    prefix: str
    value: int
    width: int


def parse(text: str) -> Number | None:
    """None for what is no running number: no digits at the end, too many of them, or zero."""
    found = _NUMBER.match(text.strip())
    if found is None or len(found["digits"]) > _MOST or not int(found["digits"]):
        return None
    return Number(found["prefix"], int(found["digits"]), len(found["digits"]))


def find_gaps(arrivals: Iterable[Arrival]) -> Iterator[Gap]:
    """The gaps in the numbers of one provider, which came in this order.

    A gap is yielded when nothing can fill it any more, at the latest at the end.
    """
    series: OrderedDict[tuple[str | None, str, int], _Series] = OrderedDict()
    for arrival in arrivals:
        number = parse(arrival.number)
        if number is None:
            continue
        key = (arrival.service, number.prefix, max(_LEAST, number.width))
        if key not in series:
            series[key] = _Series(*key)
            if len(series) > SERIES:
                yield from series.popitem(last=False)[1].finish()
        series.move_to_end(key)
        yield from series[key].take(number, arrival)
    for one in series.values():
        yield from one.finish()


class _Missing(msgspec.Struct):
    """Positions that did not come, both ends included."""

    first: int
    last: int
    after: dt.datetime
    before: dt.datetime


class _Run:
    """One stretch of a count that goes on. A position is a number that does not begin again at
    the end of the count, so that positions can be compared."""

    def __init__(self, position: int, arrival: Arrival, end: int) -> None:
        self.end = end
        self.first = self.head = position
        self.first_at = self.head_at = arrival.received
        self.open: list[_Missing] = []
        self.numbers: dict[int, str | None] = {position: arrival.content}
        # Where the beginning is known, or no longer asked for, nothing is too early.
        self.early = (max(position - EARLY, position - self.value(position) + 1), position - 1)
        # Of a rival: numbers in a row while the head stood still; steps of the head beside it.
        self.streak = 1
        self.overtaken = 0

    def value(self, position: int) -> int:
        return (position - 1) % self.end + 1

    def position(self, value: int) -> int:
        """The nearest to the head, but far ahead only within this round of the count."""
        half = self.end // 2
        ahead = (value - self.value(self.head) + half) % self.end - half
        if ahead > OVER_THE_END and self.value(self.head) + ahead > self.end:
            ahead -= self.end
        return self.head + ahead

    def repeats(self, position: int, content: str | None) -> bool:
        return position == self.head or (
            content is not None and self.numbers.get(position) == content
        )

    def advance(self, position: int, arrival: Arrival) -> None:
        if position > self.head + 1:
            self.miss(self.head + 1, position - 1, self.head_at, arrival.received)
        self.head, self.head_at = position, arrival.received
        self.note(position, arrival)

    def fill(self, position: int, arrival: Arrival) -> bool:
        """Whether it was missing and is only late, or came before the first."""
        at = bisect.bisect_right(self.open, position, key=lambda gap: gap.first) - 1
        if at >= 0 and position <= self.open[at].last:
            gap = self.open[at]
            if arrival.received - gap.before > LATE:
                return False
            rest = [
                _Missing(first, last, gap.after, gap.before)
                for first, last in ((gap.first, position - 1), (position + 1, gap.last))
                if first <= last
            ]
            self.open[at : at + 1] = rest
        elif (
            self.early[0] <= position <= self.early[1]
            and arrival.received - self.first_at <= EARLY_FOR
        ):
            if position + 1 < self.first:
                gap = _Missing(position + 1, self.first - 1, arrival.received, self.first_at)
                self.open.insert(0, gap)
            self.first, self.early = position, (self.early[0], position - 1)
        else:
            return False
        self.note(position, arrival)
        return True

    def miss(self, first: int, last: int, after: dt.datetime, before: dt.datetime) -> None:
        self.open.append(_Missing(first, last, after, before))

    def note(self, position: int, arrival: Arrival) -> None:
        self.numbers[position] = arrival.content
        if len(self.numbers) > KEPT:
            del self.numbers[next(iter(self.numbers))]


class _Series:
    """One prefix: the run that goes on, and what may become the next."""

    def __init__(self, service: str | None, prefix: str, width: int) -> None:
        self.service = service
        self.prefix = prefix
        self.end = 10**width - 1
        self.width = width
        self.run: _Run | None = None
        self.rival: _Run | None = None

    def take(self, number: Number, arrival: Arrival) -> Iterator[Gap]:
        self.width = min(self.width, number.width)  # so that 98, 99, 101 are not padded
        run = self.run
        if run is None:
            self.run = _Run(number.value, arrival, self.end)
            return
        rival = self._rival(arrival)
        while run.open and (arrival.received - run.open[0].before > LATE or len(run.open) > OPEN):
            yield from self._gaps(run.open.pop(0))
        position = run.position(number.value)
        ahead = position - run.head
        beside = rival.position(number.value) if rival else 0
        if run.repeats(position, arrival.content):
            return
        if rival and rival.repeats(beside, arrival.content):
            return
        if ahead == 1:
            self._advance(run, position, arrival)
        elif rival and beside == rival.head + 1:
            yield from self._follow(run, rival, beside, arrival)
        elif run.fill(position, arrival):
            return
        elif rival and self._belongs(run, rival, beside, ahead, arrival):
            yield from self._follow(run, rival, beside, arrival)
        elif 0 < ahead <= NEAR:
            self._advance(run, position, arrival)
        else:
            self.rival = _Run(position, arrival, self.end)
            value = number.value
            if ahead > 0:
                # All between came too early, if the jump is one.
                self.rival.early = (run.head + 1, position - 1)
            elif value <= NEAR:
                self.rival.early = (0, -1)
                if value > 1:
                    self.rival.miss(
                        position - value + 1, position - 1, run.head_at, arrival.received
                    )

    def finish(self) -> Iterator[Gap]:
        run, rival = self.run, self.rival
        if run is None:
            return
        if rival and rival.first > run.head and rival.overtaken <= PARALLEL:
            self._absorb(run, rival)
        for missing in run.open:
            yield from self._gaps(missing)

    def _rival(self, arrival: Arrival) -> _Run | None:
        rival = self.rival
        if rival and not rival.streak and arrival.received - rival.head_at > LATE:
            self.rival = None  # a stray
        return self.rival

    def _belongs(self, run: _Run, rival: _Run, beside: int, ahead: int, arrival: Arrival) -> bool:
        """Whether a number that does not follow directly goes with the rival."""
        step = beside - rival.head
        if step > 0:
            most = self.end // 2 if rival.first > run.head else NEAR
            return step <= most and not 0 < ahead < step
        return not 0 < ahead <= min(NEAR, -step) and rival.fill(beside, arrival)

    def _advance(self, run: _Run, position: int, arrival: Arrival) -> None:
        rival = self.rival
        in_front = rival is not None and rival.first > run.head
        run.advance(position, arrival)
        if rival is not None:
            rival.streak, rival.overtaken = 0, rival.overtaken + 1
            if in_front and run.head >= rival.first - 1:
                self._absorb(run, rival)

    def _follow(self, run: _Run, rival: _Run, position: int, arrival: Arrival) -> Iterator[Gap]:
        if position > rival.head:
            rival.advance(position, arrival)
        rival.streak += 1
        if rival.streak < CONFIRM:
            return
        if rival.first > run.head and rival.overtaken <= PARALLEL:
            self._absorb(run, rival)
            return
        for missing in run.open:
            yield from self._gaps(missing)
        rival.streak = rival.overtaken = 0
        self.run, self.rival = rival, None

    def _absorb(self, run: _Run, rival: _Run) -> None:
        """The rival lies ahead, and the series has come to it or gone on there."""
        if rival.first > run.head:
            if rival.first > run.head + 1:
                run.miss(run.head + 1, rival.first - 1, run.head_at, rival.first_at)
            run.open += rival.open
        else:
            # The head stepped over some of the rival's numbers, which had come.
            for position, content in rival.numbers.items():
                run.fill(position, Arrival(received=rival.head_at, number="", content=content))
            run.open += [gap for gap in rival.open if gap.first > run.head]
        for position, content in rival.numbers.items():
            run.numbers.setdefault(position, content)
        if rival.head > run.head:
            run.head, run.head_at = rival.head, rival.head_at
        while len(run.numbers) > KEPT:
            del run.numbers[next(iter(run.numbers))]
        self.rival = None

    def _gaps(self, missing: _Missing) -> Iterator[Gap]:
        """In two where the count ends in between."""
        first = missing.first
        while first <= missing.last:
            value = (first - 1) % self.end + 1
            last = min(missing.last, first + self.end - value)
            yield Gap(
                first=self._written(value),
                last=self._written(value + last - first),
                count=last - first + 1,
                after=missing.after,
                before=missing.before,
                service=self.service,
            )
            first = last + 1

    def _written(self, value: int) -> str:
        return f"{self.prefix}{value:0{self.width}d}"
