"""What is done with raw records: bytes in, encoded records for the other topics out.

Pure given the models: no server, no clock but the one that is handed in. It runs inside the
spaCy processes, so that the event loop of the stage only moves bytes; `enrich_documents` is the
same way for the command line, without a server.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Literal

import msgspec

from dateline import article as articles
from dateline import logs
from dateline.article import Article
from dateline.errors import DatelineError, InputError, NewerSchema
from dateline.formats import Skipped, read
from dateline.identity import identity_of
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Headers,
    Position,
    RawDocument,
    SkippedNotice,
    schema_headers,
    sha256,
    utc_now,
)
from dateline.settings import Settings
from dateline.topics import OVERHEAD, max_record_bytes
from dateline.versions import micros
from processors import corrections, tally
from processors.enrichers import Pipeline

log = logging.getLogger(__name__)

#: bytes of a document in each dead letter of its items but the first, which has the whole of it
EXCERPT = 1024
TOO_LARGE = "the enriched article is too large for the topic"

Topic = Literal["enriched", "dead", "skipped"]
Clock = Callable[[], Any]


class Record(msgspec.Struct, frozen=True):
    """One record of the raw topic as it came."""

    value: bytes
    headers: list[tuple[str, bytes | None]]
    position: Position


class Output(msgspec.Struct, frozen=True):
    """One record to be sent: ``topic`` is which of ours, not its name.

    uri: identity of the story, where it is known. reason: why it is dead or skipped.
    """

    topic: Topic
    key: bytes | None
    value: bytes
    headers: Headers
    uri: str | None = None
    reason: str | None = None


class Outcome(msgspec.Struct, frozen=True):
    """What one raw record came to. Either outputs (never none), or the reason to stop the
    stage before this record: a newer Dateline wrote it. bad: what is wrong where all its items
    are dead (the first one's reason)."""

    outputs: list[Output]
    stop: NewerSchema | None = None
    bad: str | None = None

    @property
    def buries(self) -> bool:
        """Whether there is a dead letter among the outputs."""
        return any(output.topic == "dead" for output in self.outputs)

    @property
    def refusals(self) -> list[str]:
        """What the dead letters among the outputs say."""
        return [
            value.decode()
            for output in self.outputs
            if output.topic == "dead"
            for name, value in output.headers
            if name == "error"
        ]


class Worker:
    """Turns batches of raw records into outputs; lives as long as its process."""

    def __init__(
        self,
        settings: Settings,
        *,
        generation: int | None = None,
        pipeline: Pipeline | None = None,
        clock: Callable[[], Any] = utc_now,
    ) -> None:
        """generation: the one that a replay is for; it marks every record."""
        self.settings = settings
        self.generation = generation
        self.pipeline = pipeline or Pipeline.of(settings)
        self.clock = clock
        self.limit = max_record_bytes(settings) - OVERHEAD

    def process(self, records: Sequence[Record]) -> list[Outcome]:
        """One outcome for each record, in order. Bad input never raises."""
        outcomes: list[Outcome | None] = [None] * len(records)
        documents: dict[int, RawDocument] = {}
        items: dict[int, list[Any]] = {}
        for at, record in enumerate(records):
            try:
                document = RawDocument.read(record.value, record.headers, record.position)
            except NewerSchema as error:
                outcomes[at] = Outcome([], stop=error)
                continue
            except InputError as error:
                dead = self._dead(error, record.value, origin=record.position)
                outcomes[at] = Outcome([dead], bad=error.what)
                continue
            documents[at] = document
            with tally.timed("parse"):
                items[at] = list(read(document))
        self._enrich(items)
        for at, document in documents.items():
            outcomes[at] = self._outcome(document, items[at])
        return [outcome for outcome in outcomes if outcome is not None]

    def _enrich(self, items: dict[int, list[Any]]) -> None:
        """Put the enriched articles of all documents in the places of the parsed ones."""
        places = [
            (at, number)
            for at, found in items.items()
            for number, item in enumerate(found)
            if isinstance(item, Article)
        ]
        enriched = self.pipeline.enrich([items[at][number] for at, number in places])
        for (at, number), result in zip(places, enriched, strict=True):
            if isinstance(result, InputError):
                result.at(item=number)
            items[at][number] = result

    def _outcome(self, document: RawDocument, items: Sequence[Any]) -> Outcome:
        outputs = self._outputs(document, items)
        if any(output.topic != "dead" for output in outputs):
            return Outcome(outputs)
        first = next((item for item in items if isinstance(item, DatelineError)), None)
        return Outcome(outputs, bad=first.what if first else TOO_LARGE)

    def _outputs(self, document: RawDocument, items: Sequence[Any]) -> list[Output]:
        position = document.position
        assert position is not None
        outputs: list[Output] = []
        letters = _Letters(document)
        for number, item in enumerate(items):
            if isinstance(item, Article):
                outputs.append(self._article(item, letters, position, number, len(items)))
            elif isinstance(item, Skipped):
                notice = SkippedNotice(
                    reason=item.reason,
                    raw=position,
                    item=number,
                    items=len(items),
                    uri=item.uri,
                    generation=self.generation,
                    feed=document.feed,
                    format=document.format,
                    location=document.location,
                    received=document.received,
                )
                outputs.append(
                    Output(
                        "skipped",
                        None,
                        notice.encode(),
                        schema_headers(),
                        uri=item.uri,
                        reason=item.reason,
                    )
                )
            else:
                error = item.at(**_known(document))
                outputs.append(self._dead_item(error, letters, number, len(items)))
        return outputs

    def _article(
        self, article: Article, letters: _Letters, position: Position, item: int, items: int
    ) -> Output:
        value = articles.encode(article)
        if len(value) > self.limit:
            error = InputError(
                TOO_LARGE,
                where=letters.document.where,
                found=f"{len(value)} bytes",
                expected=f"at most {self.limit}",
                remedy="raise max_document_bytes, and max.message.bytes of the topics.",
            ).at(item=item)
            return self._dead_item(error, letters, item, items)
        headers = EnrichedHeaders(
            enriched=micros(self.clock()),
            raw=position,
            item=item,
            items=items,
            generation=self.generation,
        )
        identity = identity_of(article)
        return Output("enriched", identity.encode(), value, headers.headers(), uri=identity)

    def _dead(self, error: DatelineError, value: bytes, *, origin: Position) -> Output:
        """The dead letter of a record of which nothing is known but its bytes."""
        letter = DeadLetter.of(
            error,
            value,
            stage="process",
            died=self.clock(),
            origin=origin,
            generation=self.generation,
            limit=self.settings.max_document_bytes,
        )
        letter = msgspec.structs.replace(letter, raw=origin)
        return Output("dead", None, letter.value, letter.headers(), reason=error.what)

    def _dead_item(self, error: DatelineError, letters: _Letters, item: int, items: int) -> Output:
        letter = DeadLetter.of(
            error,
            letters.kept(),
            stage="process",
            died=self.clock(),
            document=letters.document,
            item=item,
            items=items,
            generation=self.generation,
            limit=self.settings.max_document_bytes,
        )
        letter = msgspec.structs.replace(letter, size=letters.size, sha256=letters.sha256)
        return Output("dead", None, letter.value, letter.headers(), reason=error.what)


class _Letters:
    """What the dead letters of one document keep of it.

    The first has the whole; every other an excerpt, with the size and hash of the whole and, in
    ``raw``, where the whole lies. Together they are never more than twice the document: else a
    document of a megabyte with thousands of bad items would come to gigabytes.
    """

    def __init__(self, document: RawDocument) -> None:
        self.document = document
        self.size = len(document.value)
        self._left = self.size
        self._first = True

    @cached_property
    def sha256(self) -> str:
        """Of the document's bytes as they lie in the raw topic."""
        return sha256(self.document.value)

    def kept(self) -> bytes:
        """For the next letter."""
        if self._first:
            self._first = False
            return self.document.value
        excerpt = self.document.value[: min(EXCERPT, self._left)]
        self._left -= len(excerpt)
        return excerpt


def dead_record(
    record: Record, error: InputError, settings: Settings, generation: int | None, died: Any
) -> Outcome:
    """The outcome of a record that no process survived: one dead letter of the whole."""
    document: RawDocument | None
    try:
        document = RawDocument.read(record.value, record.headers, record.position)
        error.at(**_known(document))
    except InputError:
        document = None
    letter = DeadLetter.of(
        error,
        record.value,
        stage="process",
        died=died,
        document=document,
        origin=record.position,
        generation=generation,
        limit=settings.max_document_bytes,
    )
    output = Output("dead", None, letter.value, letter.headers(), reason=error.what)
    return Outcome([output], bad=error.what)


def enrich_documents(
    documents: Iterable[RawDocument], settings: Settings, *, pipeline: Pipeline | None = None
) -> Iterator[Article | Skipped | DatelineError]:
    """Every item of every document in order, articles enriched: ``dateline annotate``.

    Documents are taken in batches of ``settings.nlp_batch``, and nothing is held longer.
    """
    worker = pipeline or Pipeline.of(settings)
    batch: list[Any] = []

    def flush() -> Iterator[Article | Skipped | DatelineError]:
        places = [at for at, item in enumerate(batch) if isinstance(item, Article)]
        enriched = worker.enrich([batch[at] for at in places])
        for at, result in zip(places, enriched, strict=True):
            if isinstance(result, InputError):
                origin = batch[at].provenance
                result.at(feed=origin.feed, location=origin.location, item=origin.item)
            batch[at] = result
        yield from batch
        batch.clear()

    for document in documents:
        batch.extend(read(document))
        if len(batch) >= settings.nlp_batch:
            yield from flush()
    yield from flush()


def make(config: Mapping[str, Any]) -> Callable[[Sequence[Record]], list[Outcome]]:
    """What a spaCy process runs: see `processors.pool`.

    config: ``settings``, ``generation``, ``languages`` to warm.
    """
    logs.set_up(config["settings"], "processor", service=True)
    # The stage has seen at its start that the editor's table is good.
    corrections.watched(config["settings"]).resume()
    worker = Worker(config["settings"], generation=config.get("generation"))
    worker.pipeline.setup(config.get("languages") or ())
    return worker.process


def _known(document: RawDocument) -> dict[str, Any]:
    place = msgspec.structs.asdict(document.where)
    return {name: value for name, value in place.items() if value is not None}
