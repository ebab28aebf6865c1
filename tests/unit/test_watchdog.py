"""A stage is ended when it has work and does none, and for no other reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.errors import Defect
from dateline.watchdog import Watchdog

STALL = 100.0
LOOK = 5.0


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def dog(clock: Clock) -> Watchdog:
    return Watchdog(STALL, clock, stage="sink")


def test_records_that_wait_while_nothing_moves_are_a_stall(dog: Watchdog, clock: Clock) -> None:
    looks = 0
    with pytest.raises(Defect, match="the sink makes no progress; found nothing for 100 s at"):
        while clock.now < 2000:
            dog.look({0: 7}, waiting=True)
            looks += 1
            clock.now += LOOK
    assert looks == STALL / LOOK


@pytest.mark.parametrize("moves", ["position", "working"])
def test_whatever_moves_is_life(moves: str, dog: Watchdog, clock: Clock) -> None:
    for number in range(200):
        slowly = number // 19  # just before the patience ends
        dog.look(slowly if moves == "position" else 7, True, slowly if moves == "working" else ())
        clock.now += LOOK


def test_who_has_nothing_to_do_is_not_stalled(dog: Watchdog, clock: Clock) -> None:
    for number in range(200):
        dog.look(7, waiting=number % 20 != 0)
        clock.now += LOOK


def test_an_outage_is_not_a_stall(dog: Watchdog, clock: Clock) -> None:
    for number in range(200):
        if number % 19 == 18:
            dog.outage()
        else:
            dog.look(7, waiting=True)
        clock.now += LOOK


def test_time_in_which_nobody_looked_is_no_proof(dog: Watchdog, clock: Clock) -> None:
    """The machine slept: the stage gets time to work before it is judged."""
    dog.look(7, waiting=True)
    for _ in range(3):
        clock.now += 100 * STALL
        dog.look(7, waiting=True)
    clock.now += LOOK
    dog.look(8, waiting=True)


def test_after_it_came_on_the_whole_time_begins_again(dog: Watchdog, clock: Clock) -> None:
    for position in (7, 8):
        for _ in range(20):
            dog.look(position, waiting=True)
            clock.now += LOOK
    with pytest.raises(Defect):
        dog.look(8, waiting=True)


@given(st.lists(st.tuples(st.integers(0, 2), st.booleans(), st.floats(0.1, 20.0)), max_size=80))
def test_it_never_ends_a_stage_earlier_than_it_says(
    looks: list[tuple[int, bool, float]],
) -> None:
    clock = Clock()
    dog = Watchdog(STALL, clock)
    still_since, before = clock.now, None
    for position, waiting, passes in looks:
        if position != before or not waiting:
            still_since, before = clock.now, position
        try:
            dog.look(position, waiting)
        except Defect:
            assert clock.now - still_since >= STALL
            return
        clock.now += passes
