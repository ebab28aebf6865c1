"""The pool against a model: whatever dies or hangs, healthy items get their results, in order.

The processes here are objects that die, hang, grow fat or do not start as a generated plan says,
so that thousands of deaths take no time; real processes die in ``tests/unit/test_pool.py``.
Every event is logged, and what the pool may do is worked out from that log alone.
"""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.errors import Defect, Unavailable
from processors import pool as pools
from processors.pool import RECYCLE_AFTER, STARTS, STREAK, TRIES, Killed, Pool

ALWAYS = 10**9
Manner = Literal["kill", "hang"]


class Poison(msgspec.Struct, frozen=True):
    """An item that ends its process so many times, then works."""

    times: int
    manner: Manner


class World:
    """What befalls processes. ``log``: one entry for each batch given to one of them."""

    def __init__(
        self,
        poisons: Mapping[int, Poison],
        *,
        failing_starts: Mapping[int, int] | None = None,
        dying_idle: frozenset[int] = frozenset(),
        fat: bool = False,
    ) -> None:
        self.lock = threading.Lock()
        self.left = {item: poison.times for item, poison in poisons.items()}
        self.poisons = poisons
        #: number of a start to how many starts from there on fail
        self.failing = {
            number + more for number, many in (failing_starts or {}).items() for more in range(many)
        }
        #: numbers of batches after which the process dies while nobody needs it
        self.dying_idle = dying_idle
        self.resident = 2**40 if fat else 1
        self.starts = self.failed_starts = self.idle_deaths = 0
        self.alive = self.most_alive = 0
        self.log: list[tuple[Literal["ok", "died"], tuple[int, ...]]] = []

    def verdicts(self) -> Iterator[tuple[int, int]]:
        """Items that may be given up, each with the streak it makes: those that ended a process
        alone, `TRIES` times in a row."""
        alone: dict[int, int] = {}
        streak = 0
        for what, items in self.log:
            if what == "ok":
                streak = 0
            elif len(items) == 1:
                alone[items[0]] = alone.get(items[0], 0) + 1
                if alone[items[0]] == TRIES:
                    streak += 1
                    yield items[0], streak


class Process:
    """In the place of a spawned process."""

    def __init__(self, target: str, world: World) -> None:
        self.world = world
        self.batches = 0
        self.ended = False
        with world.lock:
            self._fails = world.starts in world.failing
            world.starts += 1
            self.pid = world.starts
            self.alive = True
            world.alive += 1
            world.most_alive = max(world.most_alive, world.alive)

    def wait_ready(self) -> None:
        if self._fails:
            with self.world.lock:
                self.world.failed_starts += 1
            raise pools._Died("did not start")

    def work(self, items: list[int], timeout: float) -> tuple[list[str], int, dict[str, float]]:
        world = self.world
        assert self.alive and not self.ended, "a batch was given to a dead process"
        self.batches += 1
        with world.lock:
            for item in items:
                if world.left.get(item, 0) > 0:
                    world.left[item] -= 1
                    world.log.append(("died", tuple(items)))
                    self._die()
                    hung = world.poisons[item].manner == "hang"
                    raise pools._Died("no answer" if hung else "killed by SIGKILL")
            if len(world.log) in world.dying_idle:
                world.idle_deaths += 1
                self._die()
            world.log.append(("ok", tuple(items)))
        return [f"did {item}" for item in items], world.resident, {"parse": 0.5}

    def _die(self) -> None:
        if self.alive:
            self.alive = False
            self.world.alive -= 1

    def kill(self) -> None:
        with self.world.lock:
            self._die()

    def end(self) -> None:
        self.kill()
        self.ended = True


@contextmanager
def pool_of(world: World, processes: int) -> Iterator[Pool]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pools, "_Process", Process)
        pool = Pool("nowhere:none", world, processes=processes, timeout=1.0, memory_mb=1)
        try:
            asyncio.run(pool.start())
            yield pool
        finally:
            pool.close()
    assert world.alive == 0, "a process outlived the pool"


def check(world: World, items: list[int], results: list[Any]) -> None:
    """Each item has its own result, or was given up for what it did alone."""
    given_up = {item for item, _streak in world.verdicts()}
    assert len(results) == len(items)
    for item, result in zip(items, results, strict=True):
        if isinstance(result, Killed):
            assert item in given_up, f"{item} was given up without three deaths alone"
            assert result.deaths == TRIES
            hung = world.poisons[item].manner == "hang"
            assert ("no answer" if hung else "SIGKILL") in result.how
        else:
            assert result == f"did {item}"
            assert item not in given_up
    for item, poison in world.poisons.items():
        if poison.times == ALWAYS:
            assert item in given_up
        elif poison.times < TRIES:
            assert item not in given_up


def check_costs(world: World, batches: list[list[int]], pool: Pool) -> None:
    """What it may cost at most.

    Halving a batch of n leads to one item in ceil(log2 n) steps, each of which that item may end,
    and then it has `TRIES` tries alone. A process is started at first, and for each that is gone.
    """
    died = sum(what == "died" for what, _items in world.log)
    bound = sum(
        min(world.poisons[item].times, math.ceil(math.log2(len(batch))) + TRIES)
        for batch in batches
        for item in batch
        if item in world.poisons
    )
    assert died == pool.deaths <= bound
    assert world.starts <= (
        pool.size + died + world.failed_starts + world.idle_deaths + pool.recycled
    )
    assert world.most_alive <= pool.size


@st.composite
def plans(draw: st.DrawFn, shares: Sequence[float]) -> tuple[list[list[int]], dict[int, Poison]]:
    """Batches of items, each item once, and which are poisonous: one of these shares of them."""
    sizes = draw(st.lists(st.integers(1, 33), min_size=1, max_size=6))
    batches, first = [], 0
    for size in sizes:
        batches.append(list(range(first, first + size)))
        first += size
    share = draw(st.sampled_from(shares))
    chance = draw(st.randoms(use_true_random=False))
    return batches, {
        item: Poison(
            times=chance.choice([1, 2, TRIES, TRIES + 2, 8, ALWAYS, ALWAYS, ALWAYS]),
            manner=chance.choice(["kill", "hang"]),
        )
        for item in range(first)
        if chance.random() < share
    }


@settings(max_examples=100, deadline=None, print_blob=True)
@given(
    plan=plans([0.0, 0.05, 0.2, 0.5]),
    processes=st.integers(1, 3),
    # Never `STARTS` in a row: that is told, see below.
    failing=st.dictionaries(
        st.integers(0, 9).map(lambda n: n * (STARTS + 1)), st.integers(1, STARTS - 1), max_size=3
    ),
    dying_idle=st.frozensets(st.integers(0, 40), max_size=3),
    fat=st.booleans(),
)
def test_healthy_items_get_their_results_and_only_what_kills_alone_is_given_up(
    plan: tuple[list[list[int]], dict[int, Poison]],
    processes: int,
    failing: dict[int, int],
    dying_idle: frozenset[int],
    fat: bool,
) -> None:
    batches, poisonous = plan
    world = World(poisonous, failing_starts=failing, dying_idle=dying_idle, fat=fat)
    with pytest.MonkeyPatch.context() as patched:
        # That rule has a test of its own; with several processes chance decides who makes a row.
        patched.setattr(pools, "STREAK", ALWAYS)
        with pool_of(world, processes) as pool:

            async def all_of_it() -> list[list[Any]]:
                return await asyncio.gather(*(pool.run(batch) for batch in batches))

            results = asyncio.run(all_of_it())
    for batch, result in zip(batches, results, strict=True):
        assert len(result) == len(batch)
    check(world, list(chain(*batches)), list(chain(*results)))
    check_costs(world, batches, pool)
    done = sum(what == "ok" for what, _items in world.log)
    assert pool.done == done
    if not fat:
        assert pool.recycled == 0
    else:
        # A limit below the size of the models must not replace a process after each batch.
        assert pool.recycled * RECYCLE_AFTER <= done


@settings(max_examples=100, deadline=None, print_blob=True)
@given(plan=plans([0.2, 0.6, 0.9, 1.0]), one_by_one=st.booleans())
def test_where_nothing_lives_nothing_more_is_given_up(
    plan: tuple[list[list[int]], dict[int, Poison]], one_by_one: bool
) -> None:
    """The rule of `STREAK`: so many verdicts in a row, without one success between them."""
    batches, poisonous = plan
    if one_by_one:
        batches = [[item] for batch in batches for item in batch]
    world = World(poisonous)
    items: list[int] = []
    results: list[Any] = []
    raised = False
    with pool_of(world, 1) as pool:
        for batch in batches:
            try:
                results += asyncio.run(pool.run(batch))
                items += batch
            except Defect as error:
                assert "whatever they are given" in str(error)
                raised = True
                break
    streaks = [streak for _item, streak in world.verdicts()]
    assert raised == (STREAK in streaks)
    assert max(streaks, default=0) <= STREAK
    if raised:
        # Told at once: nothing was tried after that verdict.
        what, last = world.log[-1]
        assert what == "died" and len(last) == 1 and streaks[-1] == STREAK
        kept = [one for one in results if isinstance(one, Killed)]
        assert len(kept) < len(streaks)
    else:
        check(world, items, results)
        check_costs(world, batches, pool)


poisons = st.builds(
    Poison,
    times=st.sampled_from([1, 2, TRIES, TRIES + 2, 8, ALWAYS, ALWAYS]),
    manner=st.sampled_from(["kill", "hang"]),
)


@settings(max_examples=60, deadline=None, print_blob=True)
@given(
    at=st.integers(0, 6),
    many=st.integers(1, 12),
    poisonous=st.dictionaries(st.integers(0, 15), poisons, max_size=3),
)
def test_processes_that_do_not_start_are_told_and_the_pool_is_usable_again(
    at: int, many: int, poisonous: dict[int, Poison]
) -> None:
    world = World(poisonous, failing_starts={at: many})
    batch = list(range(16))
    told = 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pools, "_Process", Process)
        pool = Pool("nowhere:none", world, processes=1, timeout=1.0, memory_mb=1)
        results: list[Any] | None = None
        try:
            while results is None:
                # Deaths count for one run: a batch that is given again starts anew.
                world.log.clear()
                try:
                    asyncio.run(pool.start()) if not world.starts else None
                    results = asyncio.run(pool.run(batch))
                except Unavailable as error:
                    told += 1
                    assert "no process for language work starts" in str(error)
        finally:
            pool.close()
    check(world, batch, results)
    # A look at a process that died finds `STARTS` failures before it is said, one at a process
    # that never started one more.
    assert told <= world.failed_starts // STARTS
    if world.failed_starts < STARTS:
        assert told == 0
    if world.failed_starts > STARTS:
        assert told > 0
