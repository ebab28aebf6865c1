"""Each promise broken once, and the test that must notice.

``FAULTS_MUTANT=commit-before-bulk`` breaks that one in every stage that a test starts. `make
test-faults` runs each mutant's own test with it set and reports which assertion caught it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from tests.faults.patching import wrap


class Mutant(msgspec.Struct, frozen=True, kw_only=True):
    """promise: what it breaks. command: in which stage. test: who must notice (a pytest id).
    apply: breaks it, in the process of that stage."""

    promise: str
    command: str
    test: str
    apply: Callable[[], None]


def _ack_before_confirm() -> None:
    from processors import stage

    # The raw records are acknowledged, and the sends then take as long as a slow broker lets them.
    def batch(original: Callable[..., Any]) -> Callable[..., Any]:
        async def wrapped(self: Any, events: list[Any], before: Any) -> None:
            for event in events:
                self._app.consumer.confirm(event.message)
            await asyncio.sleep(2)
            await original(self, events, before)

        return wrapped

    wrap(stage._Batches, "_batch", batch)


def _commit_before_bulk() -> None:
    from sinks import stage

    def gather(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Any, consumer: Any, **named: Any) -> Any:
            batch = original(self, consumer, **named)
            self._commit(consumer, batch.offsets)
            return batch

        return wrapped

    wrap(stage._Feeder, "_gather", gather)


def _position_before_confirm() -> None:
    from producers import producer

    def send(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(
            self: Any, topic: Any, key: Any, value: Any, headers: Any, mark: Any, *more: Any
        ) -> None:
            if mark is not None:
                self._positions.save([mark])
            original(self, topic, key, value, headers, mark, *more)

        return wrapped

    wrap(producer._Stage, "_send", send)


def _arrival_order() -> None:
    from dateline import versions

    # Nothing that a provider declares counts: the receipt alone is left.
    wrap(versions, "_by", lambda _original: lambda _rule, _created, _version: (0, 0, 0))


def _item_error_ignored() -> None:
    from sinks import bulk

    wrap(bulk, "_verdict", lambda _original: lambda _result: ("done", ""))


def _condition_left_out() -> None:
    from sinks import writer

    def operation(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(identity: str, stored: Any, folded: Any) -> Any:
            made = original(identity, stored, folded)
            action, _, source = made.data.partition(b"\n")
            (kind, place), *_ = msgspec.json.decode(action).items()
            kind = "index" if kind == "create" else kind
            bare = msgspec.json.encode({kind: {"_id": place["_id"]}})
            return msgspec.structs.replace(made, data=bare + b"\n" + source)

        return wrapped

    wrap(writer, "_operation", operation)


def _outage_passed_by() -> None:
    from dateline.errors import Unavailable
    from sinks import stage
    from sinks.writer import Result

    def write(original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(client: Any, index: str, batch: Any, *given: Any, **named: Any) -> Any:
            try:
                return original(client, index, batch, *given, **named)
            except Unavailable:
                return [Result(outcome="indexed") for _one in batch]

        return wrapped

    wrap(stage, "write", write)


def _dead_letter_forgotten() -> None:
    from sinks import stage

    wrap(stage.Run, "bury", lambda _original: lambda _self, _letters: None)


def _batch_given_up_whole() -> None:
    from processors import pool

    def run(_original: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(self: Any, items: list[Any]) -> list[Any]:
            process = self._idle.get()
            try:
                process = self._ready(process)
                try:
                    return list(self._batch(process, items))
                except pool._Died as error:
                    process.end()
                    return [self._verdict(str(error)) for _item in items]
            finally:
                self._idle.put(process)

        return wrapped

    wrap(pool.Pool, "_run", run)


_POINTS = "tests/faults/test_points.py::test_a_stage_that_ends_there_loses_nothing"

MUTANTS = {
    "ack-before-confirm": Mutant(
        promise="a raw record is acked when its outputs are confirmed, not before",
        command="process",
        test=f"{_POINTS}[process.committed-SIGKILL]",
        apply=_ack_before_confirm,
    ),
    "commit-before-bulk": Mutant(
        promise="the sink commits what is written, not what is read",
        command="sink",
        test=f"{_POINTS}[sink.read-SIGKILL]",
        apply=_commit_before_bulk,
    ),
    "position-before-confirm": Mutant(
        promise="the producer remembers what Kafka has confirmed, not what it has read",
        command="produce",
        test=f"{_POINTS}[produce.before-send-SIGKILL]",
        apply=_position_before_confirm,
    ),
    "arrival-order": Mutant(
        promise="the provider's order decides which version wins, not the arrival",
        command="sink",
        test="tests/faults/test_orders.py::test_every_order_of_versions_shows_the_newest",
        apply=_arrival_order,
    ),
    "item-error-ignored": Mutant(
        promise="each item's error in a bulk answer is looked at",
        command="sink",
        test="tests/faults/test_bulk.py::test_a_bulk_that_fails_is_written_whole[items-dropped]",
        apply=_item_error_ignored,
    ),
    "condition-left-out": Mutant(
        promise="a write succeeds only where nothing changed since what stands was read",
        command="sink",
        test="tests/faults/test_two_sinks.py::test_a_sink_that_wakes_up_late_overwrites_nothing",
        apply=_condition_left_out,
    ),
    "outage-passed-by": Mutant(
        promise="a batch that Elasticsearch does not take is tried again, not passed by",
        command="sink",
        test="tests/faults/test_bulk.py::test_a_bulk_that_fails_is_written_whole[status-503]",
        apply=_outage_passed_by,
    ),
    "dead-letter-forgotten": Mutant(
        promise="what the index does not take is kept among the dead letters",
        command="sink",
        test="tests/faults/test_dead.py::test_every_refusal_lies_among_the_dead_letters",
        apply=_dead_letter_forgotten,
    ),
    "batch-given-up-whole": Mutant(
        promise="only the article that ends its process alone is given up",
        command="process",
        test="tests/faults/test_poison.py::test_only_the_article_that_kills_is_dead",
        apply=_batch_given_up_whole,
    ),
}


def break_promise(name: str, command: str) -> None:
    """Apply a mutant where it belongs to this stage. Raises SystemExit for an unknown one."""
    if name not in MUTANTS:
        raise SystemExit(f"faults: no mutant {name}; there are {', '.join(MUTANTS)}")
    if MUTANTS[name].command == command:
        MUTANTS[name].apply()
