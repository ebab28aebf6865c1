"""The pool: a death is no verdict, nobody outlives the parent, nothing is lost or invented."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from dateline.errors import Defect, Unavailable
from processors import pool as pools
from processors.pool import Killed, Pool, WorkFailed
from tests.waiting import until

# What the processes run lies in a module of its own, as the pool imports by name.
WORK = """
import os, signal, sys, time
from pathlib import Path

hoard = []

def make(config):
    if config.get("broken"):
        raise RuntimeError("no model")
    folder = Path(config["folder"])

    def work(items):
        for item in items:
            if item == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            if item == "exit":
                os._exit(3)
            if item == "hang":
                (folder / "begun").touch()
                time.sleep(600)
            if item == "raise":
                raise ValueError("a bug")
            if item == "fat":
                hoard.append(bytearray(os.urandom(1024) * 1024 * 64))
            if item == "once":
                flag = folder / "once"
                if not flag.exists():
                    flag.touch()
                    os._exit(4)
            if item == "threads":
                item = os.environ["OMP_NUM_THREADS"]
        return [f"{os.getpid()}" if i == "pid" else f"did {item if i == 'threads' else i}"
                for i in items]

    return work
"""


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "pool_work.py").write_text(WORK)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "pool_work:make"


@contextmanager
def made(target: str, tmp_path: Path, **options: Any) -> Iterator[Pool]:
    told = {"processes": 1, "timeout": 20.0, "memory_mb": 4000} | options
    config = {"folder": str(tmp_path)} | told.pop("config", {})
    pool = Pool(target, config, **told)
    try:
        yield pool
    finally:
        pool.close()


def run(pool: Pool, *items: str) -> list[Any]:
    return asyncio.run(pool.run(list(items)))


def start(pool: Pool) -> None:
    asyncio.run(pool.start())


def test_results_come_in_order_from_all_processes(target: str, tmp_path: Path) -> None:
    with made(target, tmp_path, processes=2) as pool:

        async def all_of_it() -> list[list[Any]]:
            await pool.start()
            return await asyncio.gather(*(pool.run([f"{n}a", f"{n}b"]) for n in range(20)))

        assert asyncio.run(all_of_it()) == [[f"did {n}a", f"did {n}b"] for n in range(20)]
        assert len(pool.pids) == 2
        assert pool.done == 20


def test_each_process_computes_with_one_thread(target: str, tmp_path: Path) -> None:
    with made(target, tmp_path) as pool:
        start(pool)
        assert run(pool, "threads") == ["did 1"]


@pytest.mark.parametrize("item", ["kill", "exit"])
def test_only_what_alone_kills_three_processes_is_given_up(
    target: str, tmp_path: Path, item: str
) -> None:
    with made(target, tmp_path) as pool:
        start(pool)
        items = ["a", "b", item, "c", "d", "e", "f", "g"]
        results = run(pool, *items)
        assert [r for r in results if not isinstance(r, Killed)] == [
            f"did {i}" for i in items if i != item
        ]
        (killed,) = [r for r in results if isinstance(r, Killed)]
        assert results.index(killed) == 2
        assert killed.deaths == 3
        assert ("SIGKILL" if item == "kill" else "exit status 3") in killed.how
        # halving eight, four, two, and three times alone
        assert pool.deaths == 6


def test_a_death_alone_is_no_verdict(target: str, tmp_path: Path) -> None:
    with made(target, tmp_path) as pool:
        start(pool)
        assert run(pool, "a", "once", "b") == ["did a", "did once", "did b"]
        assert pool.deaths == 1


def test_a_hung_process_is_ended_and_the_rest_is_done(target: str, tmp_path: Path) -> None:
    # What is well is given up only if it, too, misses this three times in a row.
    with made(target, tmp_path, timeout=2.0) as pool:
        start(pool)
        results = run(pool, "hang", "a")
        assert isinstance(results[0], Killed)
        assert "no answer" in results[0].how
        assert results[1] == "did a"


def test_an_idle_process_that_was_killed_is_replaced(target: str, tmp_path: Path) -> None:
    with made(target, tmp_path) as pool:
        start(pool)
        (old,) = pool.pids
        os.kill(old, signal.SIGKILL)
        until(lambda: not pool.pids)
        assert run(pool, "a") == ["did a"]
        assert pool.pids != [old]


def test_where_everything_dies_nothing_is_given_up_for_ever(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "STREAK", 2)
    with made(target, tmp_path) as pool:
        start(pool)
        with pytest.raises(Defect, match="whatever they are given"):
            run(pool, "kill", "kill", "kill")


def test_a_bug_in_the_work_is_raised_not_taken_for_the_items_fault(
    target: str, tmp_path: Path
) -> None:
    with made(target, tmp_path) as pool:
        start(pool)
        with pytest.raises(WorkFailed, match="a bug"):
            run(pool, "a", "raise")
        assert run(pool, "a") == ["did a"]


def test_a_process_that_cannot_start_is_said_aloud(target: str, tmp_path: Path) -> None:
    with (
        made(target, tmp_path, config={"broken": True}) as pool,
        pytest.raises(Unavailable, match="no model"),
    ):
        start(pool)


def test_a_fat_process_is_replaced(
    target: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "RECYCLE_AFTER", 2)
    with made(target, tmp_path, memory_mb=60) as pool:
        start(pool)
        first = run(pool, "pid")
        run(pool, "fat")
        assert run(pool, "pid") != first
        assert pool.recycled == 1
        assert pool.deaths == 0


def test_closing_ends_the_processes_and_whoever_waits(target: str, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    with made(target, tmp_path) as pool:

        async def closed_at_work() -> None:
            await pool.start()
            waiting = asyncio.ensure_future(pool.run(["hang"]))
            while not begun.exists():
                await asyncio.sleep(0.01)
            pool.close()
            with pytest.raises(Unavailable):
                await waiting

        asyncio.run(closed_at_work())
        until(lambda: not pool.pids)


PARENT = """
import asyncio, sys
sys.path.insert(0, sys.argv[1])
from processors.pool import Pool

async def main():
    pool = Pool("pool_work:make", {"folder": sys.argv[1]}, processes=2, timeout=600, memory_mb=4000)
    await pool.start()
    print(*pool.pids, flush=True)
    await asyncio.gather(pool.run(["hang"]), pool.run(["a"]))
    await asyncio.sleep(600)

asyncio.run(main())
"""


def test_children_do_not_outlive_a_killed_parent(target: str, tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert parent.stdout is not None
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(children) == 2
        assert all(child.is_running() for child in children)
    finally:
        parent.kill()
        parent.wait()
    gone, alive = psutil.wait_procs(children, timeout=60)
    assert not alive
    assert len(gone) == 2
