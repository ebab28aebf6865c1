"""Dead letters and skipped items into the ledger, from the topics in which they lie.

One thread for each of the two topics. Nobody waits for them but whoever wants the ledger whole
(`dateline run --once`, `dateline reconcile`), so they take small batches, one after the other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.article import decode
from dateline.connections import elasticsearch_client
from dateline.errors import Defect, InputError, Unavailable
from dateline.ledger import Entry, of_article, of_dead, of_skipped
from dateline.records import DeadLetter, Position, SkippedNotice, decode_headers
from sinks import ledger
from sinks.consuming import POLL, Consuming

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaConsumer

    from sinks.stage import Run

#: entries written at once, at most
_BATCH = 500
#: of one batch, some three seconds, before somebody is told that Elasticsearch is away
_TRIES = 5


class Recorder(Consuming):
    """Records one of the two topics."""

    def __init__(self, run: Run, into: ledger.Ledger, topic: str) -> None:
        super().__init__(
            run,
            name=f"ledger-{topic}",
            what=f"the ledger of {topic}",
            topic=topic,
            group=ledger.group_of(run.settings, into, topic),
        )
        self._index = into.index

    def work(self, consumer: KafkaConsumer) -> None:
        """See `Consuming`."""
        with (
            elasticsearch_client(self.run_.settings) as client,
            ThreadPoolExecutor(1, f"{self.name}-writer") as writer,
        ):
            while not self._stopping():
                if not self._backlog:
                    self._poll(consumer, POLL)
                batch, self._backlog = self._backlog[:_BATCH], self._backlog[_BATCH:]
                if batch:
                    entries = [entry for record in batch if (entry := self._entry(record))]
                    future = writer.submit(self._write, client, entries)
                    self._await(consumer, future)
                    future.result()
                    self._commit(consumer, {one.partition: one.offset + 1 for one in batch})
                else:
                    self._commit(consumer, self._positions(consumer))

    def _write(self, client: Elasticsearch, entries: Sequence[Entry]) -> None:
        while True:
            try:
                ledger.record(
                    client,
                    self._index,
                    entries,
                    stop=self._stopping,
                    pause=self._pause,
                    tries=_TRIES,
                )
            except Unavailable as error:
                if self._stopping():
                    raise
                self._away(str(error))
                continue
            self._back()
            return

    def _entry(self, record: Any) -> Entry | None:
        """Raises NewerSchema. None where nobody of ours wrote it: `dateline reconcile` names it."""
        place = Position(record.topic, record.partition, record.offset)
        value: bytes = record.value or b""
        headers = list(record.headers or ())
        try:
            if self.topic == self.run_.topics.skipped:
                decode_headers(headers, place)
                came = dt.datetime.fromtimestamp(record.timestamp / 1000, dt.UTC)
                return of_skipped(
                    SkippedNotice.decode(value), otherwise=came, written=self.run_.clock()
                )
            letter = DeadLetter.read(value, headers, place)
        except (InputError, msgspec.DecodeError):
            return None
        return self._dead(letter)

    def _dead(self, letter: DeadLetter) -> Entry:
        known = of_dead(letter, written=self.run_.clock())
        if letter.stage != "sink" or letter.truncated:
            return known
        try:
            # What the index refused is an article: the ledger can say of which story.
            article = decode(letter.value)
            told = of_article(
                article,
                "dead",
                raw=known.raw,
                item=known.item,
                items=known.items or 1,
                written=known.written,
            )
        except (msgspec.DecodeError, ValueError, Defect):
            return known
        return msgspec.structs.replace(
            told, stage=known.stage, kind=known.kind, reason=known.reason, dead=known.dead
        )
