"""Which positions of the processor are there, and what is said of those that are not."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from faust.transport.drivers.aiokafka import Consumer

from dateline.errors import Defect, Where
from dateline.offsets import Offsets
from processors.confirmed import ConfirmedConsumer
from processors.positions import check


@pytest.mark.parametrize(
    "position",
    [
        {},
        {0: 700},  # what waits first is the first that is left
        {0: 900},  # nothing waits
        {0: 0},  # set by `dateline replay`: from the beginning
        {0: 800, 1: 0},
    ],
)
def test_positions_in_the_log_and_none_at_all_are_fine(position: Offsets) -> None:
    check("raw", "group", {0: 700, 1: 0}, position, {0: 900, 1: 0})


@pytest.mark.parametrize(("partition", "offset"), [(0, 901), (0, 699), (1, 1), (2, 1)])
def test_a_position_out_of_the_log_is_an_alarm(partition: int, offset: int) -> None:
    with pytest.raises(Defect) as caught:
        check("raw", "group", {0: 700, 1: 0}, {3: 5, partition: offset}, {0: 900, 1: 0, 3: 5})
    error = caught.value
    assert error.where == Where(topic="raw", partition=partition, offset=offset)
    if partition == 0:
        assert error.found == "a log that begins at 700 and ends at 900"
    assert error.expected is not None
    assert error.remedy is not None
    assert "--group group --topic raw --reset-offsets" in error.remedy
    assert "dateline reconcile" in error.remedy


class Partition(NamedTuple):
    topic: str
    partition: int


HERE = Partition("raw", 0)


#: what is committed when so many offsets come in a row
Life = tuple[int | None, list[int]]


def read(monkeypatch: pytest.MonkeyPatch, lives: Sequence[Life]) -> list[int]:
    """The offsets that get through; a fake below, since no broker loses records when asked to."""
    made: Any = ConfirmedConsumer.__new__(ConfirmedConsumer)
    made._came = {}
    made._chosen = None
    made.app = SimpleNamespace(conf=SimpleNamespace(id="group"))
    through: list[int] = []

    async def all_of_them() -> None:
        for committed, offsets in lives:

            async def getmany(
                _consumer: Any, _timeout: float, offsets: Sequence[int] = offsets
            ) -> AsyncIterator[Any]:
                for offset in offsets:
                    yield HERE, SimpleNamespace(offset=offset)

            monkeypatch.setattr(Consumer, "getmany", getmany)
            made._committed_offset = defaultdict(lambda: None, {HERE: committed})
            async for _, message in made.getmany(1.0):
                through.append(message.offset)

    asyncio.run(all_of_them())
    return through


@pytest.mark.parametrize(
    "lives",
    [
        [(None, [0, 1]), (1, [2])],
        [(5, [5, 6]), (5, [7])],
        [(5, [5, 6, 7]), (5, [5, 6])],  # a seek to what is committed
        [(None, [0, 1]), (None, [0, 1])],
        # a late fetch, of a partition that was another worker's meanwhile
        [(5, [5, 6]), (20, [7, 8]), (20, [20, 21])],
    ],
)
def test_what_is_read_again_from_what_is_committed_is_no_alarm(
    monkeypatch: pytest.MonkeyPatch, lives: list[Life]
) -> None:
    assert read(monkeypatch, lives) == [offset for _, offsets in lives for offset in offsets]


@pytest.mark.parametrize(
    "lives", [[(5, [0])], [(5, [5, 6]), (5, [0])], [(5, [5, 0])], [(3, [3, 4, 5]), (5, [4])]]
)
def test_what_is_behind_all_that_was_read_and_committed_is_an_alarm(
    monkeypatch: pytest.MonkeyPatch, lives: list[Life]
) -> None:
    with pytest.raises(Defect, match=r"raw\[0\]@5: records are missing from raw"):
        read(monkeypatch, lives)
