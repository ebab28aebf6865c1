"""The ledger's entry: one for each version that was ever received, without a word of its text.

Each item of each raw record has one entry, whatever became of it, and each document that the
producer refused has one. So the ledger answers what the index of articles cannot, which holds the
newest version of each story alone: what came, when, as which version, and what became of it.

``outcome`` is what became of the item when it came (`dateline.versions.Outcome`, ``dead`` or
``skipped``); what is shown of the story now is the index's to say. The entry's id is made of where
the item lies in the raw topic, so an item that is read twice has one entry.

How entries reach Elasticsearch is in `sinks.ledger`.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import msgspec

from dateline.article import Article, Instant, Transmission
from dateline.errors import Defect
from dateline.identity import document_id, identity_of
from dateline.records import DeadLetter, Position, SkippedNotice, letter_id
from dateline.versions import micros


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One received version.

    received: the raw record's receipt (of a refusal that kept none: when it was refused).
    written: when the sink wrote the entry. identity, document: of the story, and its ``_id`` among
    the articles. topic, partition, offset, item, items: where it lies in the raw topic; absent for
    what the producer refused. content: hash of what it says (`dateline.versions.content_hash`).
    stage, kind, reason, dead: of a dead letter who refused it, the error's class, the message, and
    its id for ``dateline dead show``; ``reason`` also says why an item was skipped.
    """

    received: Instant
    written: Instant
    outcome: str
    identity: str | None = None
    document: str | None = None
    uri: str | None = None
    provider: str | None = None
    service: str | None = None
    transmission: Transmission | None = None
    version: int | None = None
    versioncreated: Instant | None = None
    embargoed: Instant | None = None
    pubstatus: str | None = None
    language: str | None = None
    update_kind: list[str] = []
    update_number: int | None = None
    signal: list[str] = []
    replaces: list[str] = []
    feed: str | None = None
    format: str | None = None
    location: str | None = None
    sha256: str | None = None
    content: str | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    item: int | None = None
    items: int | None = None
    stage: str | None = None
    kind: str | None = None
    reason: str | None = None
    dead: str | None = None

    @property
    def raw(self) -> Position | None:
        """Where the raw record lies."""
        if self.topic is None or self.partition is None or self.offset is None:
            return None
        return Position(self.topic, self.partition, self.offset)

    @property
    def id(self) -> str:
        """The entry's ``_id``."""
        if self.raw is None:
            return entry_id(None, self.dead or "", self.received)
        return entry_id(self.raw, self.item or 0, self.received)


def entry_id(raw: Position | None, item: int | str, received: dt.datetime) -> str:
    """``_id`` of the entry of an item: hexadecimal SHA-256, shortened to 32 digits.

    The receipt is part of it, since a topic that was deleted and made again counts from 0 again.
    """
    name = f"{raw}|{item}|{micros(received)}"
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def of_article(
    article: Article,
    outcome: str,
    *,
    items: int,
    written: dt.datetime,
    raw: Position | None = None,
    item: int | None = None,
) -> Entry:
    """The entry of an article that the sink dealt with. Raises Defect without a receipt.

    raw, item: where it lies, as its record's headers say; else its provenance is asked.
    """
    origin = article.provenance
    if origin.received is None:
        raise Defect(f"article {article.uri} has no receipt in its provenance")
    identity = identity_of(article)
    return Entry(
        received=origin.received,
        written=written,
        outcome=outcome,
        identity=identity,
        document=document_id(identity),
        uri=article.uri,
        provider=article.provider,
        service=article.service,
        transmission=article.transmission,
        version=article.version,
        versioncreated=article.versioncreated,
        embargoed=article.embargoed,
        pubstatus=article.pubstatus,
        language=article.language,
        update_kind=article.update_kind,
        update_number=article.update_number,
        signal=article.signal,
        replaces=article.replaces,
        feed=origin.feed,
        format=origin.format,
        location=origin.location,
        sha256=origin.sha256,
        content=origin.content,
        topic=raw.topic if raw else origin.topic,
        partition=raw.partition if raw else origin.partition,
        offset=raw.offset if raw else origin.offset,
        item=(origin.item or 0) if item is None else item,
        items=items,
    )


def of_dead(letter: DeadLetter, *, written: dt.datetime) -> Entry:
    """The entry of a dead letter; of one whose article could be read, the sink knows more."""
    raw, place = letter.raw, letter.position
    return Entry(
        received=letter.received or letter.died,
        written=written,
        outcome="dead",
        feed=letter.feed,
        format=letter.format,
        location=letter.location,
        sha256=letter.sha256,
        topic=raw.topic if raw else None,
        partition=raw.partition if raw else None,
        offset=raw.offset if raw else None,
        item=(letter.item or 0) if raw else None,
        items=(letter.items or 1) if raw else None,
        stage=letter.stage,
        kind=letter.kind,
        reason=letter.error,
        dead=letter_id(place) if place else None,
    )


def of_skipped(notice: SkippedNotice, *, otherwise: dt.datetime, written: dt.datetime) -> Entry:
    """The entry of an item without text of its own; ``otherwise`` is its receipt where the notice
    (of an older Dateline) does not say."""
    return Entry(
        received=notice.received or otherwise,
        written=written,
        outcome="skipped",
        uri=notice.uri,
        feed=notice.feed,
        format=notice.format,
        location=notice.location,
        topic=notice.raw.topic,
        partition=notice.raw.partition,
        offset=notice.raw.offset,
        item=notice.item,
        items=notice.items,
        reason=notice.reason,
    )
