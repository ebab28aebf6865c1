"""What the sink tells of itself: metrics, health, and a line for each step of an article."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dateline.identity import identity_of
from dateline.logs import Note, at, step
from dateline.metrics import catalogue as metrics
from dateline.metrics.meter import Meter, reason_of, seconds_since
from dateline.metrics.stage import Watch
from dateline.offsets import Offsets
from sinks.visible import Visible

if TYPE_CHECKING:
    from dateline.article import Article
    from dateline.errors import InputError
    from dateline.records import DeadLetter, EnrichedHeaders, Position
    from dateline.settings import Settings
    from sinks.writer import Result

log = logging.getLogger("sinks.stage")

#: seconds: both ask servers, each of which may take a minute to say that it is away
_MAIN, _WATCHDOG = 300.0, 180.0


class Observer:
    """Of one run of the sink."""

    def __init__(self, watch: Watch, settings: Settings) -> None:
        self.meter = watch.meter
        self._watch = watch
        self._settings = settings
        self._main = watch.health.loop("generations", _MAIN)
        self._dog = watch.health.loop("watchdog", _WATCHDOG)

    def began(self, hindered: Callable[[], str | None]) -> None:
        """hindered: why it cannot work now."""
        self._watch.health.ready_unless(hindered)

    def turned(self) -> None:
        """It looked for generations, or is about to."""
        self._main.turned()

    def watched(self) -> None:
        """The watchdog looked."""
        self._dog.turned()

    def looked(self, topic: str, generation: str, position: Offsets, end: Offsets) -> None:
        """How far a group has come. generation: empty for the ledger's."""
        self._watch.waiting.look(topic, generation, position, end)

    def feeding(self, number: int, index: str, half_open: Callable[[], bool], *, live: bool) -> Fed:
        """A generation is fed from now on. half_open: whether its breaker is. live: what comes is
        news, not history."""
        return Fed(self.meter, Visible(self._settings, index, self._found), number, half_open, live)

    def _found(self, received: dt.datetime) -> None:
        self.meter.observe(metrics.SEARCHABLE, seconds_since(received))

    def left(self, topic: str, generation: str) -> None:
        """It is fed no longer."""
        self._watch.waiting.forget(topic, generation)

    def retried(self, what: str) -> None:
        """See `dateline.metrics.catalogue.RETRIES`."""
        self.meter.add(metrics.RETRIES, what=what)


def refusal(letter: DeadLetter) -> Note:
    """What to report of a dead letter of the sink."""
    place = at(letter.origin) if letter.origin else {}
    return Note(f"refused {letter.error}", event="refused", raw=letter.raw, **place)


class Fed:
    """Of one generation that is fed; made by `Observer.feeding`."""

    def __init__(
        self,
        meter: Meter,
        visible: Visible,
        number: int,
        half_open: Callable[[], bool],
        live: bool,
    ) -> None:
        self._meter, self._visible, self._live = meter, visible, live
        self._generation = generation = str(number)
        meter.set(metrics.GENERATION, 1, generation=generation)
        meter.before_each_answer(
            lambda: meter.set(metrics.BREAKER, half_open(), generation=generation)
        )

    def ends(self) -> None:
        """Nobody feeds it here any more."""
        self._visible.close()
        self._meter.forget(metrics.GENERATION, generation=self._generation)

    def wrote(
        self,
        articles: Sequence[tuple[Article, EnrichedHeaders | None, Position, Result]],
        refused: Sequence[tuple[InputError, Position]],
        records: int,
        seconds: float,
    ) -> None:
        """A batch is confirmed, dead letters and ledger included. articles: with what became of
        each; refused: records that hold none. records: of the batch. seconds: it took."""
        if not records:
            return
        self._meter.observe(metrics.BATCH, records)
        self._meter.observe(metrics.BATCH_TIME, seconds)
        for error, position in refused:
            self._outcome("refused", error)
            step(log, "refused", **at(position), reason=error.what, generation=self._generation)
        for article, headers, position, result in articles:
            self._outcome(result.outcome, result.error)
            step(
                log,
                result.outcome,
                uri=identity_of(article),
                raw=headers.raw if headers else None,
                **at(position),
                reason=result.error.what if result.error else None,
                generation=self._generation,
            )
        if not self._meter.counting:
            return
        live = [
            (article, result)
            for article, headers, _, result in articles
            if self._live and headers is not None and headers.generation is None
        ]
        for article, _ in live:
            provider, received = article.provider or "", article.provenance.received
            self._meter.add(metrics.ARTICLES, provider=provider, generation=self._generation)
            if received is not None:
                self._meter.observe(metrics.LATENCY, seconds_since(received))
                self._meter.set(metrics.PROVIDER_LAST, received.timestamp(), provider=provider)
        self._visible.sample(article for article, result in live if result.outcome == "indexed")

    def _outcome(self, outcome: str, error: InputError | None) -> None:
        self._meter.add(
            metrics.OUTCOMES,
            outcome=outcome,
            reason=reason_of(error) if error else "",
            generation=self._generation,
        )
