"""What the processor tells of itself: metrics, health, and a line for each step of an article."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from dateline.logs import Note, at, step
from dateline.metrics import catalogue as metrics
from dateline.metrics.meter import reason_of, seconds_since
from dateline.metrics.stage import Watch
from dateline.offsets import Offsets

if TYPE_CHECKING:
    from dateline.breaker import Breaker
    from processors.models import ModelInfo
    from processors.pool import Pool
    from processors.work import Outcome, Record

log = logging.getLogger("processors.stage")

#: seconds: the event loop only moves bytes, so it turns many times a second
_TURN, _TICK = 60.0, 1.0


class Observer:
    """Of one worker. generation: of the replay that it works for."""

    def __init__(self, watch: Watch, raw: str, generation: int | None) -> None:
        """raw: the raw topic's name."""
        self._meter = watch.meter
        self._watch = watch
        self._raw = raw
        self._replay = generation is not None
        self._generation = "" if generation is None else str(generation)
        self._loop = watch.health.loop("events", _TURN)

    def began(
        self,
        pool: Pool,
        breaker: Breaker,
        models: Iterable[ModelInfo],
        hindered: Callable[[], str | None],
    ) -> None:
        """Before anything was read. hindered: why it cannot work now."""
        self._watch.health.ready_unless(hindered)
        meter = self._meter
        for model in models:
            told = {"language": model.language, "model": model.name, "version": model.version}
            meter.set(metrics.MODELS, 1, **told)
        meter.follow(metrics.NLP_ENDED, lambda: pool.deaths, how="died")
        meter.follow(metrics.NLP_ENDED, lambda: pool.recycled, how="replaced")
        steps: set[str] = set()

        def look() -> None:
            meter.set(metrics.NLP, len(pool.pids))
            meter.set(metrics.NLP_MEMORY, pool.resident)
            meter.set(metrics.BREAKER, breaker.half_open, generation=self._generation)
            for name in pool.seconds.keys() - steps:
                steps.add(name)
                meter.follow(metrics.MODEL, lambda name=name: pool.seconds[name], step=name)  # type: ignore[misc]

        meter.before_each_answer(look)

    async def ticks(self) -> None:
        """As long as the event loop turns."""
        while True:
            self._loop.turned()
            await asyncio.sleep(_TICK)

    def looked(self, position: Offsets, end: Offsets) -> None:
        """How far its group has come."""
        self._watch.waiting.look(self._raw, self._generation, position, end)

    def confirmed(
        self, records: Sequence[Record], outcomes: Sequence[Outcome], seconds: float
    ) -> None:
        """All outputs of these are safe. seconds: since the batch began."""
        if not records:
            return
        self._meter.observe(metrics.BATCH, len(records))
        self._meter.observe(metrics.BATCH_TIME, seconds)
        for record, outcome in zip(records, outcomes, strict=True):
            if self._meter.counting and not self._replay:
                self._late(record)
            for output in outcome.outputs:
                reason = reason_of(output.reason) if output.reason else ""
                self._meter.add(
                    metrics.OUTCOMES,
                    outcome=output.topic,
                    reason=reason,
                    generation=self._generation,
                )
                step(
                    log,
                    output.topic,
                    uri=output.uri,
                    raw=record.position,
                    **at(record.position),
                    reason=output.reason,
                    generation=self._generation or None,
                )

    def _late(self, record: Record) -> None:
        headers = dict(record.headers)
        received = headers.get("received")
        if received is None or "retry_of" in headers:
            return
        try:
            instant = dt.datetime.fromisoformat(received.decode())
            self._meter.observe(metrics.LATENCY, seconds_since(instant))
        except (ValueError, OverflowError, OSError):
            pass  # nobody of ours wrote it; its dead letter says so

    def refused(self, record: Record, message: str) -> None:
        """Tell of a dead letter."""
        note = Note("", event="refused", raw=record.position, **at(record.position))
        log.warning("refused %s", message, extra=note.fields)

    def retried(self, records: int) -> None:
        """Kafka did not confirm these."""
        self._meter.add(metrics.RETRIES, records, what="kafka_send")

    def began_anew(self) -> None:
        """With another consumer."""
        self._meter.add(metrics.RETRIES, what="app")
