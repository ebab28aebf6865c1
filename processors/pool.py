"""A small pool of spawned processes that outlives what happens in them.

Why not the standard one: a death must cost a batch at most and never the pool, a hung process
must be ended, a fat one replaced, and no process may survive its parent.

Each process is started by its own command line (never forked: the parent has threads, and models
do not survive a fork), told what to run by module and function, and joined by one duplex pipe.
The parent drives each from a thread of its own, so the event loop never blocks.

A dead or hung process is no verdict on its batch: the batch is halved until an item stands alone,
and only what ALONE ends a process `TRIES` times in a row is given up, as `Killed`. Where processes
die whatever they are given (the machine is out of memory, a library is broken), nothing is given
up: after `STREAK` such verdicts without one success the pool raises, and the stage ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import pickle
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from dateline.errors import Defect, Unavailable
from processors import tally

log = logging.getLogger(__name__)

#: kind, results or what is wrong, resident bytes, seconds by step
_Answer = tuple[str, Any, int, dict[str, float]]

#: deaths with one item alone before that item is given up
TRIES = 3
#: items given up in a row, without one success, after which it is not the items
STREAK = 8
#: a process that cannot even start: how often in a row before it is said aloud
STARTS = 3
#: seconds for imports and models on a slow, busy machine
START_TIMEOUT = 600.0
#: a process that outgrew its memory is replaced no sooner than after this many batches, or a
#: limit below the size of the models would replace it for ever
RECYCLE_AFTER = 8
#: one thread each: two processes on two cores gain nothing from more, and lose much
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "VECLIB_MAXIMUM_THREADS",
        "NUMEXPR_NUM_THREADS",
    ),
    "1",
)


class Killed(msgspec.Struct, frozen=True):
    """In the place of a result: this item alone ended a process ``deaths`` times."""

    deaths: int
    how: str


class WorkFailed(Defect):
    """The work function raised: a bug of ours, not the item's fault."""


class _Died(Exception):
    """The process ended or was ended in the middle of a batch."""


class Pool:
    """N processes that run ``target(config)``'s result on batches of items.

    target: ``module:function``; called in the process with ``config`` (anything that pickles),
    it returns the work: a function from a list of items to a list of as many results.
    """

    def __init__(
        self,
        target: str,
        config: Any,
        *,
        processes: int,
        timeout: float,
        memory_mb: int,
    ) -> None:
        """timeout: seconds for one batch. memory_mb: resident megabytes beyond which a process
        is replaced. Nothing is started before `start`."""
        self.size = processes
        self._told = (target, config)
        self._timeout = timeout
        self._memory = memory_mb * 1024 * 1024
        self._threads = ThreadPoolExecutor(processes, thread_name_prefix="nlp")
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._all: set[_Process] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._streak = 0
        #: batches done, deaths, replacements: for the watchdog and for reports
        self.done = 0
        self.deaths = 0
        self.recycled = 0
        #: what the processes said of their work (`processors.tally`), and the memory of each
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._resident: dict[_Process, int] = {}

    async def start(self) -> None:
        """Start all processes and wait until each is warm. Raises Unavailable."""
        loop = asyncio.get_running_loop()
        for _ in range(self.size):
            self._idle.put(self._new())
        waiting = [loop.run_in_executor(self._threads, self._warm) for _ in range(self.size)]
        await asyncio.gather(*waiting)

    async def run(self, items: Sequence[Any]) -> list[Any]:
        """Results of the items in order, `Killed` in the place of each that was given up.

        Raises WorkFailed where the work function raised, Unavailable where no process starts.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._run, list(items))

    def close(self) -> None:
        """End all processes now; batches in work are lost (their `run` raises Unavailable)."""
        with self._lock:
            self._closed = True
            processes = list(self._all)
        for process in processes:
            process.kill()
        # Pipes and leashes belong to the threads: only the idle ones are free to be closed here.
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().end()
        self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def pids(self) -> list[int]:
        """Of the processes that are alive now."""
        with self._lock:
            return [p.pid for p in self._all if p.alive]

    @property
    def resident(self) -> int:
        """Bytes of memory of the largest process, after its last batch."""
        with self._lock:
            return max((size for p, size in self._resident.items() if p.alive), default=0)

    # -- in the threads

    def _warm(self) -> None:
        process = self._idle.get()
        try:
            process = self._ready(process)
        finally:
            self._idle.put(process)

    def _run(self, items: list[Any]) -> list[Any]:
        results: list[Any] = [None] * len(items)
        todo = [(0, len(items), 0)]  # first, last, deaths with this one item alone
        process = self._idle.get()
        try:
            while todo:
                first, last, deaths = todo.pop()
                process = self._ready(process)
                try:
                    results[first:last] = self._batch(process, items[first:last])
                except _Died as error:
                    process.end()
                    half = (first + last) // 2
                    if last - first > 1:
                        todo += [(half, last, 0), (first, half, 0)]
                    elif deaths + 1 < TRIES:
                        todo.append((first, last, deaths + 1))
                    else:
                        results[first] = self._verdict(str(error))
        finally:
            self._idle.put(process)
        return results

    def _batch(self, process: _Process, items: list[Any]) -> list[Any]:
        """Raises _Died, WorkFailed."""
        try:
            results, resident, seconds = process.work(items, self._timeout)
        except _Died as error:
            self._refuse_if_closed(error)
            with self._lock:
                self.deaths += 1
            log.warning("a process for language work died: %s (%d items)", error, len(items))
            raise
        if len(results) != len(items):
            raise WorkFailed(
                "the work function lost items", found=str(len(results)), expected=str(len(items))
            )
        with self._lock:
            self._streak = 0
            self.done += 1
            for step, taken in seconds.items():
                self.seconds[step] += taken
            self._resident[process] = resident
        if resident > self._memory and process.batches >= RECYCLE_AFTER:
            log.info("replacing a process for language work of %d MB", resident // 1024 // 1024)
            with self._lock:
                self.recycled += 1
            process.end()  # the next batch finds it gone and starts another
        return results

    def _verdict(self, how: str) -> Killed:
        with self._lock:
            self._streak += 1
            streak = self._streak
        if streak >= STREAK:
            raise Defect(
                "processes for language work die whatever they are given",
                found=how,
                remedy="see free memory and the messages above; no article was given up for it.",
            )
        return Killed(TRIES, how)

    def _ready(self, process: _Process) -> _Process:
        """The process, or another where it is gone, ready for work. Raises Unavailable."""
        for attempt in range(STARTS + 1):
            try:
                process.wait_ready()
                if process.alive:
                    return process
            except _Died as error:
                process.end()
                self._refuse_if_closed(error)
                log.warning("a process for language work did not start: %s", error)
                if attempt == STARTS:
                    raise Unavailable(
                        "no process for language work starts",
                        found=str(error),
                        remedy="see the messages above, and `dateline doctor`.",
                    ) from error
            self._refuse_if_closed(None)
            self._drop(process)
            process = self._new()
        return process

    def _refuse_if_closed(self, error: Exception | None) -> None:
        if self._closed:
            raise Unavailable("the pool was closed") from error

    def _new(self) -> _Process:
        process = _Process(*self._told)
        with self._lock:
            self._all.add(process)
            closed = self._closed
        if closed:
            process.kill()
        return process

    def _drop(self, process: _Process) -> None:
        process.end()
        with self._lock:
            self._all.discard(process)
            self._resident.pop(process, None)


class _Process:
    """One spawned process, as its parent sees it."""

    def __init__(self, target: str, config: Any) -> None:
        ours, theirs = socket.socketpair()
        # The read end closes in the child when this process ends, however it ends.
        watched, self._leash = os.pipe()
        self._pipe = Connection(ours.detach())
        self._ready = False
        self.batches = 0
        command = f"from processors.pool import child; child({theirs.fileno()}, {watched})"
        self._child = subprocess.Popen(
            # -P: the working folder of a service is nobody's place for modules
            [sys.executable, "-P", "-c", command],
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr if _has_file(sys.stderr) else subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), watched),
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        theirs.close()
        os.close(watched)
        with contextlib.suppress(OSError):
            self._send((target, config))

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def alive(self) -> bool:
        return self._child.poll() is None

    def wait_ready(self) -> None:
        """Raises _Died."""
        if not self._ready:
            kind, told, _, _ = self._receive(START_TIMEOUT)
            if kind != "ready":
                self.end()
                raise _Died(str(told))
            self._ready = True

    def work(self, items: list[Any], timeout: float) -> tuple[list[Any], int, dict[str, float]]:
        """Results, the resident bytes after them, and what it says of the work. Raises _Died,
        WorkFailed."""
        self.batches += 1
        try:
            self._send((items, timeout))
        except OSError as error:
            raise _Died(self._how()) from error
        kind, told, resident, seconds = self._receive(timeout)
        if kind == "failed":
            raise WorkFailed("the work function failed", found=str(told))
        return told, resident, seconds

    def kill(self) -> None:
        """End it, whatever it does; safe from any thread."""
        if self.alive:
            self._child.kill()

    def end(self) -> None:
        """Kill it and close what belongs to it; only by the thread that drives it."""
        self.kill()
        self._child.wait()
        with contextlib.suppress(OSError):
            self._pipe.close()
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1

    def _send(self, told: Any) -> None:
        self._pipe.send_bytes(pickle.dumps(told, protocol=pickle.HIGHEST_PROTOCOL))

    def _receive(self, timeout: float) -> _Answer:
        try:
            if not self._pipe.poll(timeout):
                self._child.kill()
                raise _Died(f"no answer in {timeout:g} s")
            answer: _Answer = pickle.loads(self._pipe.recv_bytes())  # noqa: S301 - our own child
            return answer
        except (EOFError, OSError) as error:
            raise _Died(self._how()) from error

    def _how(self) -> str:
        try:
            code = self._child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "closed its pipe"
        if code >= 0:
            return f"exit status {code}"
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"


def child(pipe: int, leash: int) -> None:
    """The life of a process: told what to run, it answers batches until its parent is gone."""
    import faulthandler

    with contextlib.suppress(OSError, RuntimeError):
        faulthandler.enable(2)  # what kills it is told
    # Ctrl-C goes to the whole foreground group; the parent decides when this one ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_watch, args=(leash,), daemon=True).start()
    connection = Connection(pipe)

    def answer(kind: str, told: Any, resident: int = 0) -> None:
        answered: _Answer = (kind, told, resident, tally.take())
        connection.send_bytes(pickle.dumps(answered, pickle.HIGHEST_PROTOCOL))

    try:
        target, config = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our parent
        module, _, name = target.partition(":")
        work: Callable[[list[Any]], list[Any]]
        work = getattr(importlib.import_module(module), name)(config)
    except (EOFError, OSError):
        return
    except Exception as error:  # noqa: BLE001 - told to the parent, which decides
        answer("broken", f"{type(error).__name__}: {error}"[:2000])
        return
    try:
        answer("ready", None)
        while True:
            items, timeout = pickle.loads(connection.recv_bytes())  # noqa: S301 - from our parent
            # A watchdog in C: it also ends a process that hangs in native code and holds the
            # interpreter's lock, when no parent is left to kill it.
            faulthandler.dump_traceback_later(timeout + 3, exit=True)
            try:
                results = work(items)
            except MemoryError:
                os._exit(70)
            except Exception as error:
                log.exception("the work function failed")
                answer("failed", f"{type(error).__name__}: {error}"[:2000])
            else:
                answer("done", results, resident_bytes())
            finally:
                faulthandler.cancel_dump_traceback_later()
    except (EOFError, OSError):
        return  # the parent closed the pipe


def _watch(leash: int) -> None:
    """End this process when its parent does: the pipe's other end closes with it."""
    with contextlib.suppress(OSError):
        while os.read(leash, 1):
            pass
    os._exit(71)


def resident_bytes() -> int:
    """Of this process; the peak where the system does not tell the present."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a thousand times
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        import psutil

        return int(psutil.Process().memory_info().rss)


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _has_file(stream: Any) -> bool:
    try:
        stream.fileno()
    except (AttributeError, OSError, ValueError):
        return False
    return True


def processes_for(setting: int) -> int:
    """``nlp_processes`` 0: as many as there are cores, four at most."""
    return setting or min(cores(), 4)
