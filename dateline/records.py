"""What lies in the topics: the headers around the bytes, and how they are read and written.

Headers are the only part of a record that Dateline adds to a raw document, so all it knows of
the receipt is there. Every record carries the number of its schema; one that is newer than this
program stops the stage (`NewerSchema`), because guessing would lose something.

Header values are UTF-8 text. Unknown headers are left alone.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from dateline import article
from dateline.errors import DatelineError, InputError, NewerSchema, Where

#: newest schema of the records that this program can read; those of ``articles.enriched`` hold
#: articles, which have a number of their own (`dateline.article.SCHEMA`)
SCHEMA = 1

Headers = list[tuple[str, bytes]]
Stage = Literal["produce", "process", "sink"]

#: bytes of an oversized document that a dead letter keeps
OVERSIZED_KEPT = 64 * 1024


def utc_now() -> dt.datetime:
    """Now, timezone-aware: the default of every ``clock`` parameter."""
    return dt.datetime.now(dt.UTC)


def sha256(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


#: as many as Kafka (and the index) can number: partitions, and items of a document; offsets
Small = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
Large = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]


class Position(msgspec.Struct, frozen=True):
    """Where a record lies in Kafka."""

    topic: str
    partition: Small
    offset: Large

    def __str__(self) -> str:
        return f"{self.topic}[{self.partition}]@{self.offset}"

    @property
    def coded(self) -> str:
        """As it stands in headers and keys: ``topic|partition|offset``."""
        return f"{self.topic}|{self.partition}|{self.offset}"


class RawDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One received document: the value of a record in ``articles.raw`` and its headers.

    feed: the name under which it came. format: name of the wire format. location: where in the
    feed (path, ``path:LINE`` for JSON Lines, an URL). received: when. position: once in Kafka.
    language, zone, provider: what the feed's owner says of a document that does not say it itself:
    a language's tag, the name of the zone of times without one, a provider's key.
    """

    value: bytes
    feed: str
    format: str
    location: str
    received: dt.datetime
    sha256: str
    language: str | None = None
    zone: str | None = None
    provider: str | None = None
    position: Position | None = None

    @property
    def where(self) -> Where:
        """For errors."""
        place = self.position
        return Where(
            feed=self.feed,
            location=self.location,
            topic=place.topic if place else None,
            partition=place.partition if place else None,
            offset=place.offset if place else None,
        )

    def headers(self) -> Headers:
        """The headers of its record."""
        return _encode(
            schema=str(SCHEMA),
            feed=self.feed,
            format=self.format,
            location=self.location,
            received=self.received.isoformat(),
            sha256=self.sha256,
            language=self.language,
            zone=self.zone,
            provider=self.provider,
        )

    @classmethod
    def read(
        cls, value: bytes, headers: Iterable[tuple[str, bytes | None]], position: Position
    ) -> RawDocument:
        """From a record. Raises NewerSchema, or InputError where a header is missing or bad."""
        known = decode_headers(headers, position)
        try:
            received = dt.datetime.fromisoformat(known["received"])
            if received.tzinfo is None:
                raise ValueError("no time zone")
            if (zone := known.get("zone")) is not None:
                ZoneInfo(zone)
            return cls(
                value=value,
                feed=known["feed"],
                format=known["format"],
                location=known["location"],
                received=received,
                sha256=known["sha256"],
                language=known.get("language"),
                zone=zone,
                provider=known.get("provider"),
                position=position,
            )
        except (KeyError, ValueError, OSError) as error:
            raise InputError(
                "a raw record without Dateline's headers",
                where=where_of(position),
                found=f"{type(error).__name__}: {error}",
                expected="headers schema, feed, format, location, received, sha256",
                remedy="publish with `dateline produce`, or set these headers.",
            ) from error


class EnrichedHeaders(msgspec.Struct, frozen=True, kw_only=True):
    """Headers of a record in ``articles.enriched``.

    enriched: when, microseconds since 1970. generation: the one that asked for it, None for all
    (live). raw: position of the raw record. item, items: which of its items this is, of how many.
    """

    enriched: int
    raw: Position
    item: int
    items: int
    generation: int | None = None

    def headers(self) -> Headers:
        """As Kafka wants them."""
        return _encode(
            schema=str(article.SCHEMA),
            enriched=str(self.enriched),
            raw=_place(self.raw),
            item=f"{self.item}/{self.items}",
            generation=None if self.generation is None else str(self.generation),
        )

    @classmethod
    def read(
        cls, headers: Iterable[tuple[str, bytes | None]], position: Position
    ) -> EnrichedHeaders:
        """Raises NewerSchema, or InputError."""
        known = decode_headers(headers, position, newest=article.SCHEMA)
        try:
            item, items = known["item"].split("/")
            generation = known.get("generation")
            return cls(
                enriched=msgspec.convert(int(known["enriched"]), Large),
                raw=_read_position(known["raw"]),
                item=_count(item),
                items=_count(items),
                generation=None if generation is None else int(generation),
            )
        except (KeyError, ValueError) as error:
            raise InputError(
                "an enriched record without Dateline's headers",
                where=where_of(position),
                found=f"{type(error).__name__}: {error}",
                expected="headers schema, enriched, raw, item",
            ) from error


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """One record of ``articles.dead``: the original bytes, and why they lie there.

    stage: who refused. error: the whole message. kind: the error's class. raw: the raw record's
    position (absent when it never came to Kafka). origin: position of the record that the stage
    read (sink: an enriched one). size: of the original, when the value was cut. generation: the
    one that a replay was for; None for live articles. refused_by: the generation of the index that
    did not take it (stage ``sink``); others may have. language, zone, provider: the raw document's.
    """

    value: bytes
    stage: Stage
    kind: str
    error: str
    died: dt.datetime
    sha256: str
    size: int
    feed: str | None = None
    format: str | None = None
    location: str | None = None
    received: dt.datetime | None = None
    line: int | None = None
    item: int | None = None
    items: int | None = None
    raw: Position | None = None
    origin: Position | None = None
    generation: int | None = None
    refused_by: int | None = None
    language: str | None = None
    zone: str | None = None
    provider: str | None = None
    position: Position | None = None

    @property
    def truncated(self) -> bool:
        """Whether the value is only the beginning of the original."""
        return len(self.value) < self.size

    @classmethod
    def of(
        cls,
        error: DatelineError,
        value: bytes,
        *,
        stage: Stage,
        died: dt.datetime,
        document: RawDocument | None = None,
        item: int | None = None,
        items: int | None = None,
        origin: Position | None = None,
        generation: int | None = None,
        limit: int | None = None,
    ) -> DeadLetter:
        """A dead letter for ``value``; above ``limit`` bytes only the first 64 kB are kept."""
        cut = limit is not None and len(value) > limit
        return cls(
            value=value[:OVERSIZED_KEPT] if cut else value,
            stage=stage,
            kind=type(error).__name__,
            error=str(error),
            died=died,
            sha256=sha256(value),
            size=len(value),
            feed=document.feed if document else error.where.feed,
            format=document.format if document else None,
            location=document.location if document else error.where.location,
            received=document.received if document else None,
            line=error.where.line,
            item=item,
            items=items,
            raw=document.position if document else None,
            origin=origin or (document.position if document else None),
            generation=generation,
            language=document.language if document else None,
            zone=document.zone if document else None,
            provider=document.provider if document else None,
        )

    def headers(self) -> Headers:
        """As Kafka wants them."""
        return _encode(
            schema=str(SCHEMA),
            stage=self.stage,
            kind=self.kind,
            error=self.error,
            died=self.died.isoformat(),
            sha256=self.sha256,
            size=str(self.size),
            feed=self.feed,
            format=self.format,
            location=self.location,
            received=self.received.isoformat() if self.received else None,
            line=None if self.line is None else str(self.line),
            item=None if self.item is None else f"{self.item}/{self.items or 1}",
            raw=_place(self.raw),
            origin=_place(self.origin),
            generation=None if self.generation is None else str(self.generation),
            refused_by=None if self.refused_by is None else str(self.refused_by),
            language=self.language,
            zone=self.zone,
            provider=self.provider,
        )

    @classmethod
    def read(
        cls, value: bytes, headers: Iterable[tuple[str, bytes | None]], position: Position
    ) -> DeadLetter:
        """From a record. Raises NewerSchema, or InputError."""
        known = decode_headers(headers, position)
        try:
            item, _, items = known.get("item", "").partition("/")
            received = known.get("received")
            return cls(
                value=value,
                stage=msgspec.convert(known["stage"], Stage),
                kind=known["kind"],
                error=known["error"],
                died=_instant(known["died"]),
                sha256=known["sha256"],
                size=int(known["size"]),
                feed=known.get("feed"),
                format=known.get("format"),
                location=known.get("location"),
                received=_instant(received) if received else None,
                line=int(known["line"]) if "line" in known else None,
                item=_count(item) if item else None,
                items=_count(items) if items else None,
                raw=_read_place(known.get("raw")),
                origin=_read_place(known.get("origin")),
                generation=int(known["generation"]) if "generation" in known else None,
                refused_by=int(known["refused_by"]) if "refused_by" in known else None,
                language=known.get("language"),
                zone=known.get("zone"),
                provider=known.get("provider"),
                position=position,
            )
        except (KeyError, ValueError, msgspec.ValidationError) as error:
            raise InputError(
                "a dead letter without Dateline's headers",
                where=where_of(position),
                found=f"{type(error).__name__}: {error}",
                expected="headers schema, stage, kind, error, died, sha256, size",
            ) from error


class SkippedNotice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Value (JSON) of a record in ``articles.skipped``: an item without text of its own.

    It is not dead (nothing is wrong with it) and not an article; without this record nobody
    could tell that it was not lost.
    """

    reason: str
    raw: Position
    item: Small
    items: Small
    uri: str | None = None
    generation: int | None = None
    feed: str | None = None
    format: str | None = None
    location: str | None = None
    received: dt.datetime | None = None

    def encode(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def decode(cls, value: bytes) -> SkippedNotice:
        """Raises msgspec.ValidationError."""
        notice = msgspec.json.decode(value, type=cls)
        if notice.received is None:
            return notice
        return msgspec.structs.replace(notice, received=_in_utc(notice.received))


def letter_id(place: Position) -> str:
    """How people and the ledger name a dead letter: ``partition-offset`` of its record."""
    return f"{place.partition}-{place.offset}"


def letter_place(number: str) -> tuple[int, int]:
    """Partition and offset of an id that `letter_id` made. Raises ValueError."""
    found = re.fullmatch(r"(\d{1,9})-(\d{1,18})", number, re.ASCII)
    if found is None:
        raise ValueError(f"no id of a dead letter: {number[:100]!r}")
    return int(found[1]), int(found[2])


def schema_headers() -> Headers:
    """The least that every record carries."""
    return _encode(schema=str(SCHEMA))


def where_of(position: Position) -> Where:
    """A Kafka position as the place of an error."""
    return Where(topic=position.topic, partition=position.partition, offset=position.offset)


def decode_headers(
    headers: Iterable[tuple[str, bytes | None]] | Mapping[str, bytes],
    position: Position,
    *,
    newest: int = SCHEMA,
) -> dict[str, str]:
    """Headers as text, the last of a name wins. newest: schema that can be read.

    Raises NewerSchema, or InputError.
    """
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    known: dict[str, str] = {}
    try:
        for name, value in pairs or ():
            if value is not None:
                known[name] = value.decode()
        schema = int(known.get("schema", "0"))
    except ValueError as error:
        raise InputError(
            "unreadable headers", where=where_of(position), found=str(error), expected="UTF-8 text"
        ) from error
    if schema > newest:
        raise NewerSchema(
            f"a record of schema {schema}, written by a newer Dateline",
            where=where_of(position),
            found=str(schema),
            expected=f"at most {newest}",
            remedy="upgrade Dateline here; nothing was lost, the stage goes on from this record.",
        )
    return known


def _place(position: Position | None) -> str | None:
    return None if position is None else position.coded


def _read_place(text: str | None) -> Position | None:
    if not text:
        return None
    return _read_position(text)


def _read_position(text: str) -> Position:
    topic, partition, offset = text.rsplit("|", 2)
    return msgspec.convert(
        {"topic": topic, "partition": int(partition), "offset": int(offset)}, Position
    )


def _count(text: str) -> int:
    return msgspec.convert(int(text), Small)


def _instant(text: str) -> dt.datetime:
    """Others' programs leave the zone away; ours write UTC."""
    return _in_utc(dt.datetime.fromisoformat(text))


def _in_utc(instant: dt.datetime) -> dt.datetime:
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=dt.UTC)


def _encode(**values: str | None) -> Headers:
    return [(name, value.encode()) for name, value in values.items() if value is not None]
