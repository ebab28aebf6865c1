"""Named points of the three stages, at which a process can be made to end or to stop.

``FAULTS_AT="sink.after-bulk:3:SIGKILL"`` makes a stage send itself SIGKILL (the default) when it
passes that point for the third time. SIGSTOP leaves it standing there: the paused worker that
wakes up when another has taken over.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.faults.patching import wrap

#: point to what has happened when it is passed, and what has not
POINTS = {
    "produce.before-send": "a document is read, nothing is sent",
    "produce.after-send": "handed to the client, not confirmed",
    "produce.acknowledged": "confirmed by Kafka, not yet noted as confirmed",
    "produce.confirmed": "confirmed and noted, position not saved",
    "produce.saved": "position saved",
    "process.before-send": "enriched, nothing is sent",
    "process.sending": "some outputs of a batch handed to the client, none confirmed",
    "process.after-send": "all outputs confirmed, the raw records not",
    "process.confirmed": "a raw record confirmed, not committed",
    "process.committed": "offsets committed",
    "sink.read": "a batch is read, nothing is written",
    "sink.before-bulk": "what stands is read, the bulk is not sent",
    "sink.after-bulk": "bulk written; neither ledger nor dead letters",
    "sink.after-bury": "dead letters confirmed; not committed",
    "sink.after-ledger": "ledger written; not committed",
    "sink.before-commit": "all is written, offsets not committed",
    "sink.committed": "offsets committed",
}


class Armed:
    """What is to happen where: parsed from ``FAULTS_AT`` (several with commas between them)."""

    def __init__(self, told: str) -> None:
        self._at: dict[tuple[str, int], signal.Signals] = {}
        self._passages: Counter[str] = Counter()
        self._lock = threading.Lock()
        for one in filter(None, told.split(",")):
            point, nth, name = (*one.split(":"), "SIGKILL")[:3]
            if point not in POINTS:
                raise SystemExit(f"faults: no point {point}; there are {', '.join(POINTS)}")
            self._at[point, int(nth)] = signal.Signals[name]

    def passed(self, point: str) -> None:
        """Count the passage; where it is the one, the process gets its signal."""
        with self._lock:
            self._passages[point] += 1
            due = self._at.pop((point, self._passages[point]), None)
        if due is not None:
            print(f"faults: {due.name} at {point}", file=sys.stderr, flush=True)
            os.kill(os.getpid(), due)


def before(passed: Callable[[str], None], point: str) -> Callable[[Any], Any]:
    """A wrapper that passes the point before each call."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            passed(point)
            return original(*given, **named)

        return wrapped

    return make


def after(passed: Callable[[str], None], point: str) -> Callable[[Any], Any]:
    """A wrapper that passes the point after each call that returns."""

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            result = original(*given, **named)
            passed(point)
            return result

        return wrapped

    return make


def in_producer(passed: Callable[[str], None]) -> None:
    """Put the points of ``dateline produce`` in their places."""
    from producers import positions, publisher

    wrap(publisher.Publisher, "send", before(passed, "produce.before-send"))
    wrap(publisher.Publisher, "_hand_over", after(passed, "produce.after-send"))
    wrap(positions.Positions, "save", before(passed, "produce.confirmed"))
    wrap(positions.Positions, "save", after(passed, "produce.saved"))

    def poll(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Any) -> None:
            front = self._waiting[0] if self._waiting else None
            if front is not None and front.future is not None and front.future.is_done:
                passed("produce.acknowledged")
            original(self)

        return wrapped

    wrap(publisher.Publisher, "poll", poll)


def in_processor(passed: Callable[[str], None]) -> None:
    """Put the points of ``dateline process`` in their places."""
    from processors import confirmed, stage

    def send(original: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(self: Any, outputs: Any) -> None:
            passed("process.before-send")
            await original(self, outputs)
            passed("process.after-send")

        return wrapped

    class Sending:
        """One of Faust's topics."""

        def __init__(self, topic: Any) -> None:
            self._topic = topic

        async def send(self, **named: Any) -> Any:
            future = await self._topic.send(**named)
            passed("process.sending")
            return future

    def attach(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Any, app: Any, topics: dict[str, Any]) -> None:
            original(self, app, {name: Sending(topic) for name, topic in topics.items()})

        return wrapped

    def commit(original: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(self: Any, offsets: Any) -> Any:
            committed = await original(self, offsets)
            if offsets and committed:
                passed("process.committed")
            return committed

        return wrapped

    wrap(stage._Batches, "_send", send)
    wrap(stage._Batches, "attach", attach)
    wrap(confirmed.ConfirmedConsumer, "confirm", after(passed, "process.confirmed"))
    # Faust's own step: inherited, so it is looked up and laid over it.
    confirmed.ConfirmedConsumer._commit = commit(confirmed.ConfirmedConsumer._commit)


def in_sink(passed: Callable[[str], None]) -> None:
    """Put the points of ``dateline sink`` in their places."""
    from sinks import consuming, stage, writer

    wrap(stage._Feeder, "_write", before(passed, "sink.read"))
    wrap(writer, "send", before(passed, "sink.before-bulk"))
    wrap(stage, "write", after(passed, "sink.after-bulk"))
    wrap(stage._Feeder, "_record_in_ledger", after(passed, "sink.after-ledger"))

    def bury(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Any, letters: Any) -> None:
            original(self, letters)
            if letters:
                passed("sink.after-bury")

        return wrapped

    def commit(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Any, consumer: Any, offsets: Any) -> None:
            ours = isinstance(self, stage._Feeder) and offsets
            if ours:
                passed("sink.before-commit")
            original(self, consumer, offsets)
            if ours and not self._owed:
                passed("sink.committed")

        return wrapped

    wrap(stage.Run, "bury", bury)
    wrap(consuming.Consuming, "_commit", commit)


IN = {"produce": in_producer, "process": in_processor, "sink": in_sink}
