"""The processor's loop: raw records in, outputs confirmed, then, in order, positions moved on.

One task for each batch: language work in the pool, sends, confirmations. Up to
``settings.nlp_in_flight`` batches are in work at once; each waits for the one before it before it
confirms, so a partition's position never passes a record in work. A batch that holds dead letters
sends only after all batches before it were judged by the circuit breaker, and itself.

What can go wrong, and what then happens:

- a bad record: a dead letter, confirmed like any output;
- Kafka is away: sends are repeated until they succeed, nothing is confirmed meanwhile; where the
  consumer itself breaks, the app is made anew and goes on from what was committed;
- a newer Dateline's record: everything before it is finished, then NewerSchema (exit status 3);
- nearly all is bad: TooManyBad (`dateline.breaker`), before the dead letters of that batch;
- a bug: Defect; nothing of its batch is confirmed, and the supervisor starts the stage again;
- positions that are not in the log any more: Defect, before records are taken and at every look;
- records wait, but nothing moves: `dateline.watchdog` raises Stalled.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import random
import signal
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from socket import gaierror
from typing import Any

from dateline.breaker import Bad, Breaker
from dateline.connections import kafka_admin
from dateline.errors import DatelineError, Defect, InputError, TooManyBad, Unavailable
from dateline.metrics.stage import Watch
from dateline.offsets import Offsets, begins, check_group, committed, ends
from dateline.records import Position, utc_now
from dateline.selection import Chosen, Selection
from dateline.settings import Settings
from dateline.structs import prepare
from dateline.topics import Topics, ensure_topics
from dateline.watchdog import Watchdog
from processors import corrections, positions
from processors.app import group_of
from processors.models import chosen as chosen_models
from processors.observer import Observer
from processors.pool import Killed, Pool, processes_for
from processors.work import Outcome, Output, Record, dead_record

log = logging.getLogger(__name__)

#: what runs in the processes: see `processors.pool`
TARGET = "processors.work:make"
#: seconds between attempts to send while Kafka refuses; doubled up to the last, with jitter
RETRY_FIRST, RETRY_LAST = 0.5, 15.0
#: seconds at the end for batches in work (they would only be done again), and for Faust
FINISH, CLOSE = 4.0, 5.0
#: seconds after a signal to stop at which the process is gone, whatever still waits in it
DEADLINE = 13.0
#: seconds between two looks at positions: where an end is awaited, and for the watchdog
LOOK_UNTIL, LOOK = 0.3, 5.0


def run_processor(
    settings: Settings,
    *,
    generation: int | None = None,
    until: Mapping[int, int] | None = None,
    only: Path | None = None,
    ready: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
    languages: Iterable[str] | None = None,
    watch: Watch | None = None,
) -> int:
    """Run one worker until SIGTERM or SIGINT; returns 0, or 130 after SIGINT.

    generation: of the replay that this worker is for. until: raw partition to end offset; returns
    once the group's committed offsets have reached them. only: the file of a selection
    (`dateline.selection`): all other records are passed over. ready: called when the worker can
    work. stop: another way to end it, for callers in a thread. languages: whose models to load at
    the start; without it, those of the models that ship or are one's own. watch: is told how it
    does.

    Raises UsageError, Unavailable, NewerSchema, TooManyBad, Defect: see the module's docstring.
    """
    prepare()
    corrections.watched(settings).start(keep=True)
    if languages is None:
        from processors.models import available

        known = available(settings.models_dir)
        languages = {info.language for info in known if info.origin != "official"}
    selection = Selection(only) if only is not None else None
    watch = watch or Watch(settings, "processor")
    stage = _Stage(settings, generation, until, selection, ready, tuple(languages), watch)
    try:
        asyncio.run(stage.run(stop or threading.Event()))
    finally:
        if selection is not None:
            selection.close()
        # Not before: asyncio waits for threads, and one may be asking a Kafka that does not answer.
        if stage.deadline is not None:
            stage.deadline.cancel()
    return 130 if stage.interrupted else 0


def _check_topics(settings: Settings) -> None:
    admin = kafka_admin(settings)
    try:
        ensure_topics(admin, settings)
    finally:
        admin.close()


class _Broken(Exception):
    """The app broke on Kafka's account: make another."""


class _Stage:
    """One worker; makes as many apps, one after the other, as outages demand."""

    def __init__(
        self,
        settings: Settings,
        generation: int | None,
        until: Mapping[int, int] | None,
        selection: Selection | None,
        ready: Callable[[], None] | None,
        languages: Sequence[str],
        watch: Watch,
    ) -> None:
        self.settings = settings
        self.generation = generation
        self.until = until
        self.selection = selection
        self.ready = ready
        self.interrupted = False
        self.deadline: threading.Timer | None = None
        self.gaps: set[Any] = set()
        self.breaker = _breaker(settings, generation)
        self.away: str | None = None
        self.observer = Observer(watch, Topics.of(settings).raw, generation)
        self.pool = Pool(
            TARGET,
            {"settings": settings, "generation": generation, "languages": tuple(languages)},
            processes=processes_for(settings.nlp_processes),
            timeout=settings.nlp_timeout,
            memory_mb=settings.nlp_memory_mb,
        )
        self.observer.began(self.pool, self.breaker, chosen_models(settings), self._hindered)

    def _hindered(self) -> str | None:
        if self.away is not None:
            return self.away
        return "starting" if self.consumer is None else None

    async def run(self, stop: threading.Event) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_unheard)
        stopped = asyncio.Event()

        def terminate() -> None:
            stopped.set()
            # With Kafka away Faust may wait for ever; what is not committed is read again.
            self.deadline = threading.Timer(DEADLINE, os._exit, [130 if self.interrupted else 0])
            self.deadline.daemon = True
            self.deadline.start()

        def interrupt() -> None:
            self.interrupted = True
            terminate()

        # Not in a thread: there `stop` is the way.
        with contextlib.suppress(ValueError, RuntimeError):
            loop.add_signal_handler(signal.SIGTERM, terminate)
            loop.add_signal_handler(signal.SIGINT, interrupt)
        # Loading the models takes longest: all else happens meanwhile.
        starting = asyncio.create_task(self.pool.start())
        tasks = [
            asyncio.create_task(_event(stop, stopped)),
            asyncio.create_task(self.observer.ticks()),
        ]
        delay = RETRY_FIRST
        try:
            await asyncio.to_thread(_check_topics, self.settings)
            watch = asyncio.create_task(self._watch(stopped))
            tasks.append(watch)
            while not stopped.is_set():
                began = time.monotonic()
                try:
                    await self._check_positions()
                    await self._one_app(starting, watch, stopped)
                except _Broken as error:
                    if time.monotonic() - began > 60:
                        delay = RETRY_FIRST
                    log.warning("starting again from what is committed: %s", error)
                    self.observer.began_anew()
                    with contextlib.suppress(asyncio.TimeoutError):
                        await asyncio.wait_for(stopped.wait(), delay)
                    delay = min(delay * 2, RETRY_LAST)
            if watch.done() and not watch.cancelled():
                watch.result()
        finally:
            starting.cancel()
            for task in tasks:
                task.cancel()
            self.pool.close()
            await asyncio.gather(starting, *tasks, return_exceptions=True)

    async def _check_positions(self) -> None:
        """Before an app takes records: what it commits would hide what `_watch` looks for.

        Raises _Broken, Defect.
        """

        def look() -> None:
            looker = self._looker()
            try:
                looker.look()
                looker.check_rights()
            finally:
                looker.close()

        try:
            await asyncio.to_thread(look)
        except Unavailable as error:
            raise _Broken(str(error)) from error

    async def _one_app(
        self, starting: asyncio.Task[None], watch: asyncio.Task[None], stopped: asyncio.Event
    ) -> None:
        """Run an app until the end is asked for. Raises _Broken, DatelineError."""
        from processors.app import make_app, outputs

        batches = _Batches(
            self.settings, self.generation, self.pool, starting, self.breaker, self.observer
        )
        app = make_app(
            self.settings,
            batches.accept,
            generation=self.generation,
            gaps=self.gaps,
            chosen=None if self.selection is None else Chosen(self.selection),
        )
        batches.attach(app, outputs(app, self.settings))
        self.consumer = None
        try:
            async with _stopping(app, batches):
                try:
                    await app.start()
                    await starting
                except Exception as error:
                    raise _as_error(error) from error
                self.consumer = app.consumer
                if self.ready is not None:
                    self.ready()
                    self.ready = None
                await _first(stopped.wait(), batches.failed.wait(), _crashed(app), _done(watch))
        finally:
            self.consumer = None
        if batches.failure is not None:
            raise _as_error(batches.failure)
        if app.crash_reason is not None and not stopped.is_set():
            raise _as_error(app.crash_reason)
        if watch.done():
            watch.result()

    # -- looking from outside

    async def _watch(self, stopped: asyncio.Event) -> None:
        """Set ``stopped`` when the end is reached; raise Stalled when nothing moves.

        Raises Defect where a position is not in the log any more.
        """
        # The slowest that may be right: a batch that hangs, and is done again by halves.
        dog = Watchdog(2 * self.settings.nlp_timeout + 60, stage="processor")
        looker = self._looker()
        try:
            while True:
                await asyncio.sleep(LOOK if self.until is None else LOOK_UNTIL)
                try:
                    position, end = await asyncio.to_thread(looker.look)
                except Unavailable as error:
                    dog.outage()
                    if self.away is None:
                        log.warning("%s; the processor waits, nothing is lost", error)
                    self.away = str(error)
                    continue
                self.observer.looked(position, end)
                if self.away is not None:
                    self.away = None
                    log.warning("Kafka answers again")
                if self.until is not None:
                    if all(position.get(p, 0) >= o for p, o in self.until.items()):
                        stopped.set()
                        return
                    end = dict(self.until)
                ours = self._assigned() or set(end)
                waiting = any(end[p] > position.get(p, 0) for p in ours if p in end)
                # Others' progress says nothing of this worker.
                here = {p: offset for p, offset in position.items() if p in ours}
                passed_over = getattr(self.consumer, "passed_over", 0)
                working = (self.pool.done, self.pool.deaths, passed_over)
                dog.look(here, waiting, working=working)
        finally:
            looker.close()

    def _looker(self) -> _Looker:
        group = group_of(self.settings, self.generation)
        return _Looker(self.settings, group, Topics.of(self.settings).raw)

    def _assigned(self) -> set[int]:
        consumer = self.consumer
        if consumer is None:
            return set()
        try:
            return {tp.partition for tp in consumer.assignment()}
        except Exception:  # noqa: BLE001 - Faust's consumer between two lives
            return set()

    consumer: Any = None


class _Looker:
    """Reads positions with a client of its own, so that a broken consumer is seen from outside."""

    def __init__(self, settings: Settings, group: str, topic: str) -> None:
        self._settings = settings
        self._group = group
        self._topic = topic
        self._admin: Any = None

    def look(self) -> tuple[Offsets, Offsets]:
        """Where the group goes on in each of the topic's partitions, and their ends.

        Raises Unavailable; Defect where one of its positions is not there any more.
        """
        try:
            if self._admin is None:
                self._admin = kafka_admin(self._settings)
            # In this order: see `positions.check`.
            begin = begins(self._admin, self._topic)
            position = committed(self._admin, self._group, self._topic)
            end = ends(self._admin, self._topic)
        except Unavailable:
            self.close()
            raise
        positions.check(self._topic, self._group, begin, position, end)
        # Nobody waits for what was deleted before a group began.
        return {p: position.get(p) or first for p, first in begin.items()}, end

    def check_rights(self) -> None:
        """See that the group may be joined. Raises Unavailable."""
        if self._admin is None:
            self._admin = kafka_admin(self._settings)
        check_group(self._admin, self._group)

    def close(self) -> None:
        """Leave; may be called again."""
        if self._admin is not None:
            with contextlib.suppress(Exception):
                self._admin.close()
            self._admin = None


class _Batches:
    """Batches in work, for as long as one app lives."""

    def __init__(
        self,
        settings: Settings,
        generation: int | None,
        pool: Pool,
        starting: asyncio.Task[None],
        breaker: Breaker | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        self._generation = generation
        self._pool = pool
        self._starting = starting
        self._breaker = breaker or _breaker(settings, generation)
        self._observer = observer or Observer(
            Watch(settings, "processor"), Topics.of(settings).raw, generation
        )
        #: those that the breaker has not judged, in their order
        self._unjudged: deque[_Verdicts] = deque()
        self._slots = asyncio.Semaphore(settings.nlp_in_flight)
        self._last: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._topics: dict[str, Any] = {}
        self._app: Any = None
        self._closing = False
        #: why the stage must end, set once
        self.failure: BaseException | None = None
        self.failed = asyncio.Event()

    def attach(self, app: Any, topics: dict[str, Any]) -> None:
        """Whose consumer confirms, and where outputs go."""
        self._app = app
        self._topics = topics

    async def accept(self, events: Sequence[Any]) -> None:
        """Take a batch from the agent; waits while as many as allowed are in work.

        Never raises: an exception in the agent would pass its events by. After a failure it
        waits for ever, until the app is stopped.
        """
        await self._slots.acquire()
        if self.failure is not None or self._closing:
            await asyncio.Event().wait()
        task = asyncio.create_task(self._batch(list(events), self._last))
        self._last = task
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def finish(self, seconds: float) -> None:
        """Wait for the batches in work, then drop the rest: they will be read again.

        Where the breaker stopped the stage, those that it let through before are finished, too.
        """
        self._closing = True
        if self._tasks and (self.failure is None or isinstance(self.failure, TooManyBad)):
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and self.failure is None:
            self.failure = error
            self.failed.set()

    async def _batch(self, events: list[Any], before: asyncio.Task[None] | None) -> None:
        # Tasks begin in the order in which they were made.
        verdicts = _Verdicts()
        self._unjudged.append(verdicts)
        await asyncio.shield(self._starting)
        begun = time.monotonic()
        records = [_record(event) for event in events]
        results = await self._pool.run(records)
        outcomes = [
            self._given_up(record, result) if isinstance(result, Killed) else result
            for record, result in zip(records, results, strict=True)
        ]
        good = next((at for at, o in enumerate(outcomes) if o.stop is not None), len(outcomes))
        verdicts.found = [
            None if outcome.bad is None else Bad(outcome.bad, record.position)
            for record, outcome in zip(records[:good], outcomes[:good], strict=True)
        ]
        self._judge()
        if any(outcome.buries for outcome in outcomes[:good]):
            await verdicts.passed
        await self._send([output for o in outcomes[:good] for output in o.outputs])
        if before is not None:
            # Not cancelled with this one; and where it failed, nothing after it is confirmed.
            await asyncio.shield(before)
        await verdicts.passed
        for event in events[:good]:
            self._app.consumer.confirm(event.message)
        self._observer.confirmed(records[:good], outcomes[:good], time.monotonic() - begun)
        for record, outcome in zip(records[:good], outcomes[:good], strict=True):
            for message in outcome.refusals:
                self._observer.refused(record, message)
        if good < len(outcomes):
            stop = outcomes[good].stop
            assert stop is not None
            raise stop

    def _judge(self) -> None:
        """Let the breaker judge, in their order, all batches whose verdicts are there."""
        while self._unjudged and (found := self._unjudged[0].found) is not None:
            passed = self._unjudged.popleft().passed
            try:
                self._breaker.check(found)
            except TooManyBad as error:
                passed.set_exception(error)
                passed.exception()  # its task may be gone before it looks
            else:
                passed.set_result(None)

    def _given_up(self, record: Record, killed: Killed) -> Outcome:
        error = InputError(
            "language work on this document ended its process each time",
            found=f"{killed.how}, {killed.deaths} times, with this document alone",
            remedy="please report it with the document; it is kept in the dead letters.",
        ).at(
            topic=record.position.topic,
            partition=record.position.partition,
            offset=record.position.offset,
        )
        assert isinstance(error, InputError)
        return dead_record(record, error, self._settings, self._generation, utc_now())

    async def _send(self, outputs: Sequence[Output]) -> None:
        """Send all and wait until each is confirmed, however long Kafka is away."""
        from aiokafka.errors import KafkaError, MessageSizeTooLargeError

        delay = RETRY_FIRST
        todo = list(outputs)
        while todo:
            results = await asyncio.gather(*map(self._send_one, todo), return_exceptions=True)
            again: list[Output] = []
            for output, result in zip(todo, results, strict=True):
                if not isinstance(result, BaseException):
                    continue
                if isinstance(result, MessageSizeTooLargeError):
                    raise Defect(
                        f"topic {output.topic} refuses a record of {len(output.value)} bytes",
                        found=str(result),
                        remedy="raise max.message.bytes of the topic; nothing was passed by.",
                    ) from result
                if not isinstance(result, KafkaError | OSError | asyncio.TimeoutError):
                    raise result
                again.append(output)
                reason = result
            todo = again
            if todo:
                log.warning("%d records not confirmed yet: %r", len(todo), reason)
                self._observer.retried(len(todo))
                # Workers that lost Kafka together shall not come back together.
                await asyncio.sleep(delay * random.uniform(0.5, 1.0))
                delay = min(delay * 2, RETRY_LAST)

    async def _send_one(self, output: Output) -> None:
        topic = self._topics[output.topic]
        confirmed: Awaitable[Any] = await topic.send(
            key=output.key, value=output.value, headers=list(output.headers)
        )
        await confirmed


class _Verdicts:
    """What the breaker is told of one batch (``found``, once its work is done), and its answer:
    ``passed`` is done when this batch and all before it were judged, or raises TooManyBad."""

    def __init__(self) -> None:
        self.found: list[Bad | None] | None = None
        self.passed: asyncio.Future[None] = asyncio.get_running_loop().create_future()


def _breaker(settings: Settings, generation: int | None) -> Breaker:
    return Breaker(group_of(settings, generation), settings, settings.data_path)


def _record(event: Any) -> Record:
    message = event.message
    headers = message.headers or []
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return Record(
        value=message.value or b"",
        headers=[(str(name), value) for name, value in pairs],
        position=Position(message.topic, message.partition, message.offset),
    )


@contextlib.asynccontextmanager
async def _stopping(app: Any, batches: _Batches) -> Any:
    """However it ends: batches in work first, then Faust, both bounded in time."""
    try:
        yield
    finally:
        await batches.finish(FINISH)
        try:
            await asyncio.wait_for(app.stop(), CLOSE)
        except TimeoutError:
            log.warning("Faust did not stop in %g s; left behind", CLOSE)
        except Exception as error:  # noqa: BLE001 - it ends; what was not committed is read again
            log.warning("Faust stopped with %r", error)


async def _first(*waits: Awaitable[Any]) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _event(stop: threading.Event, stopped: asyncio.Event) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)
    stopped.set()


async def _crashed(app: Any) -> None:
    # Faust's own event is replaced when a service starts again: so look rather than wait.
    while not app.crashed and not app.should_stop:
        await asyncio.sleep(0.1)


async def _done(task: asyncio.Task[None]) -> None:
    await asyncio.wait([task])


def _unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Of a send that failed, Faust's own future has the error too, and nobody asks for it there:
    in an outage that would be a page of log for each record."""
    from aiokafka.errors import KafkaError

    if not isinstance(context.get("exception"), KafkaError | ConnectionError):
        loop.default_exception_handler(context)


def _as_error(failure: BaseException) -> BaseException:
    """What a failure means for the stage: `_Broken` where Kafka may be the cause, else ours."""
    from aiokafka.errors import (
        GroupAuthorizationFailedError,
        KafkaError,
        TopicAuthorizationFailedError,
    )
    from faust.exceptions import NotReady, ProducerSendError

    from processors.confirmed import Gap

    if isinstance(failure, DatelineError | asyncio.CancelledError):
        return failure
    if isinstance(failure, TopicAuthorizationFailedError | GroupAuthorizationFailedError):
        return _Broken(
            f"{type(failure).__name__}: {failure}; this user needs the right to read it "
            "(docs/clusters.md, Rights)"
        )
    away = (KafkaError, ProducerSendError, NotReady, Gap, ConnectionError, TimeoutError, gaierror)
    if isinstance(failure, away):
        return _Broken(f"{type(failure).__name__}: {failure}")
    defect = Defect("the processor failed", found=f"{type(failure).__name__}: {failure}")
    defect.__cause__ = failure
    return defect
