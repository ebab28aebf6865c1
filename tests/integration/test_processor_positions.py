"""What the stage's consumer commits: only what was confirmed, in order, of this assignment."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest

from processors.confirmed import ConfirmedConsumer, Gap


class Partition(NamedTuple):
    topic: str
    partition: int


HERE = Partition("raw", 0)


def consumer(committed: int | None, gaps: set[Any] | None = None) -> Any:
    """The account alone, without a broker or an event loop."""
    made = ConfirmedConsumer.__new__(ConfirmedConsumer)
    made._confirmed = {}
    made._revoked = set()
    made._chosen = None
    made._gaps = set() if gaps is None else gaps
    made._committed_offset = defaultdict(lambda: None, {HERE: committed})
    made.app = SimpleNamespace(consumer_generation_id=3)
    made.assignment = lambda: {HERE}
    return made


def message(offset: int, generation: int = 3, tp: Partition = HERE) -> Any:
    return SimpleNamespace(tp=tp, offset=offset, generation_id=generation)


def test_positions_follow_what_is_confirmed() -> None:
    made = consumer(committed=5)
    assert list(made._filter_tps_with_pending_acks()) == []
    for offset in (5, 6, 7):
        made.confirm(message(offset))
    assert made._new_offset(HERE) == 8
    assert list(made._filter_tps_with_pending_acks()) == [HERE]


def test_faust_itself_moves_nothing() -> None:
    made = consumer(committed=5)
    assert made.ack(message(5)) is False
    assert made._new_offset(HERE) is None


@pytest.mark.parametrize("committed", [None, 0, 5])
def test_a_jump_is_refused_and_once_known_a_hole(committed: int | None) -> None:
    gaps: set[Any] = set()
    ahead = (committed or 0) + 1
    first = consumer(committed, gaps)
    with pytest.raises(Gap):
        first.confirm(message(ahead))
    assert first._new_offset(HERE) is None
    again = consumer(committed, gaps)
    again.confirm(message(ahead))
    assert again._new_offset(HERE) == ahead + 1


def test_messages_of_another_assignment_or_already_done_change_nothing() -> None:
    made = consumer(committed=5)
    made.confirm(message(5, generation=2))
    made.confirm(message(5, tp=Partition("raw", 1)))
    made.confirm(message(3))
    assert made._new_offset(HERE) is None
    made.confirm(message(5))
    made.confirm(message(5))
    assert made._new_offset(HERE) == 6
