"""A small model of the stages, for the tests of the account.

`Wire` writes the topics, the index and the ledger as the stages do, and can be stopped anywhere.
`Given` is what it wrote as the account's sources, to be damaged.
"""

from __future__ import annotations

import datetime as dt
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dateline.article import Article, Provenance, encode
from dateline.errors import InputError
from dateline.identity import document_id, identity_of
from dateline.ledger import Entry, of_article, of_dead, of_skipped
from dateline.lineage import Lineage
from dateline.offsets import Offsets
from dateline.reading import TopicRecord
from dateline.reconcile import Account, Snapshot, join
from dateline.reconcile.snapshot import Topic
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    RawDocument,
    SkippedNotice,
    schema_headers,
)
from dateline.settings import Settings
from dateline.settled import Settled
from dateline.topics import Topics
from dateline.versions import Standing, content_hash, merge, micros

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
NOW = T0 + dt.timedelta(days=30)
TOPICS = Topics.of(Settings())
RAW = TOPICS.raw
PARTITIONS = 2
#: this account's generation, and that of a replay which goes on beside it
OURS, OTHERS = 1, 2


class Item(msgspec.Struct, frozen=True):
    """One item of a document that is received: an article, or what cannot be one."""

    kind: str = "article"
    story: int = 0
    text: str = "A"
    created: int | None = 0
    provider: str | None = "np"
    pubstatus: str = "usable"
    embargoed: bool = False


class Received(msgspec.Struct, frozen=True):
    """A document. twice: enriched again after a crash. refused: by the producer already."""

    items: list[Item]
    partition: int = 0
    twice: bool = False
    refused: bool = False


class Document(msgspec.Struct):
    """What the model of the index holds of a story."""

    identity: str
    pubstatus: str
    standing: Standing
    origin: Provenance


class Enriched(NamedTuple):
    record: TopicRecord
    headers: EnrichedHeaders
    article: Article


class Wire:
    """The stages in a few lines: what each has done by now."""

    def __init__(self) -> None:
        self.raw: list[tuple[Position, Received]] = []
        self.enriched: list[Enriched] = []
        self.dead: list[TopicRecord] = []
        self.skipped: list[TopicRecord] = []
        self.settled: list[TopicRecord] = []
        self.raw_end: Offsets = dict.fromkeys(range(PARTITIONS), 0)
        self.processed = self.sunk = self.kept_dead = self.kept_skipped = 0
        self.index: dict[str, Document] = {}
        self.ledger: dict[str, Entry] = {}

    def receive(self, received: Received) -> None:
        at = T0 + dt.timedelta(seconds=len(self.raw) + len(self.dead))
        if received.refused:
            error = InputError("no wire format", remedy="none")
            letter = DeadLetter.of(error, b"\0", stage="produce", died=at)
            self._bury(msgspec.structs.replace(letter, received=at))
            return
        place = Position(RAW, received.partition, self.raw_end[received.partition])
        self.raw_end[received.partition] += 1
        self.raw.append((place, received))

    def process(self, until: int, generation: int | None = None) -> None:
        for number in range(self.processed if generation is None else 0, until):
            place, received = self.raw[number]
            for _ in range(2 if received.twice else 1):
                for item, one in enumerate(received.items):
                    self._item(place, received, item, one, number, generation)
        if generation is None:
            self.processed = max(self.processed, until)

    def _item(
        self,
        raw: Position,
        received: Received,
        item: int,
        one: Item,
        number: int,
        generation: int | None,
    ) -> None:
        items = len(received.items)
        at = T0 + dt.timedelta(seconds=number)
        if one.kind == "skipped":
            notice = SkippedNotice(
                reason="a picture",
                raw=raw,
                item=item,
                items=items,
                received=at,
                generation=generation,
            )
            place = Position("articles.skipped", 0, len(self.skipped))
            headers: Any = schema_headers()
            self.skipped.append(TopicRecord(place, None, notice.encode(), headers))
        elif one.kind == "dead":
            document = RawDocument(
                value=b"?",
                feed="f",
                format="ninjs",
                location="l",
                received=at,
                sha256="0",
                position=raw,
            )
            self._bury(
                DeadLetter.of(
                    InputError("no text"),
                    b"?",
                    stage="process",
                    died=at,
                    document=document,
                    item=item,
                    items=items,
                    generation=generation,
                )
            )
        else:
            article = _article(one, raw, item, at)
            told = EnrichedHeaders(
                enriched=micros(at), raw=raw, item=item, items=items, generation=generation
            )
            partition = zlib.crc32(identity_of(article).encode()) % PARTITIONS
            offset = sum(r.record.position.partition == partition for r in self.enriched)
            place = Position("articles.enriched", partition, offset)
            record = TopicRecord(place, None, encode(article), told.headers())  # type: ignore[arg-type]
            self.enriched.append(Enriched(record, told, article))

    def sink(self, until: int) -> None:
        for one in self.enriched[self.sunk : until]:
            if one.headers.generation in (None, OURS):
                self._index(one)
            else:
                # The other generation's sink has it: its index is not looked at here.
                self._enter(of_article(one.article, "indexed", items=1, written=NOW))
        self.sunk = max(self.sunk, until)

    def _index(self, one: Enriched) -> None:
        article, identity = one.article, identity_of(one.article)
        stored = self.index.get(identity)
        decision = merge(
            stored.standing if stored else None,
            article,
            enriched=one.headers.enriched,
            rule="versioncreated",
            now=NOW,
            stored_pubstatus=stored.pubstatus if stored else None,
        )
        letter = DeadLetter.of(
            InputError("belongs to another"),
            b"{}",
            stage="sink",
            died=NOW,
            item=one.headers.item,
            items=one.headers.items,
        )
        letter = msgspec.structs.replace(letter, refused_by=OURS)
        if decision.outcome == "refused":
            self._bury(
                msgspec.structs.replace(
                    letter,
                    raw=one.headers.raw,
                    origin=one.record.position,
                    received=article.provenance.received,
                )
            )
            return
        if decision.displaced and stored is not None:
            origin = stored.origin
            raw = Position(RAW, origin.partition or 0, origin.offset or 0)
            self._bury(
                msgspec.structs.replace(
                    letter, raw=raw, item=origin.item, items=None, received=origin.received
                )
            )
        status = article.pubstatus if decision.action == "replace" else stored.pubstatus  # type: ignore[union-attr]
        self.index[identity] = Document(identity, status, decision.standing, decision.origin)
        self._enter(of_article(article, decision.outcome, items=one.headers.items, written=NOW))

    def keep(self, dead: int, skipped: int) -> None:
        """The ledger's keeper goes through dead letters and notices."""
        for record in self.dead[self.kept_dead : dead]:
            letter = DeadLetter.read(record.value, record.headers, record.position)
            self._enter(of_dead(letter, written=NOW))
        for record in self.skipped[self.kept_skipped : skipped]:
            notice = SkippedNotice.decode(record.value)
            self._enter(of_skipped(notice, otherwise=NOW, written=NOW))
        self.kept_dead = max(self.kept_dead, dead)
        self.kept_skipped = max(self.kept_skipped, skipped)

    def settle(self, dead: int) -> None:
        """Somebody drops a dead letter."""
        letter = self.dead[dead].position
        mark = Settled(dead=letter, how="dropped", when=NOW)
        place = Position(TOPICS.settled, 0, len(self.settled))
        headers: Any = schema_headers()
        self.settled.append(TopicRecord(place, mark.key(), mark.encode(), headers))

    def _enter(self, entry: Entry) -> None:
        before = self.ledger.get(entry.id)
        if before is None or entry.outcome not in ("dead", "skipped"):
            self.ledger[entry.id] = entry

    def _bury(self, letter: DeadLetter) -> None:
        place = Position("articles.dead", 0, len(self.dead))
        headers: Any = letter.headers()
        self.dead.append(TopicRecord(place, None, letter.value, headers))

    def snapshot(self) -> Snapshot:
        passed = Counter(place.partition for place, _ in self.raw[: self.processed])
        sunk = Counter(one.record.position.partition for one in self.enriched[: self.sunk])
        return Snapshot(
            index="articles-000001",
            raw_passed=dict(passed),
            raw_end=dict(self.raw_end),
            enriched_passed=dict(sunk),
            enriched_end=self.ends("enriched"),
            lineage=Lineage(number=OURS),
            dead_end=self.ends("dead"),
            skipped_end=self.ends("skipped"),
            settled_end=self.ends("settled"),
            ledger="ledger-000001",
            ledger_dead_passed={0: self.kept_dead},
            ledger_skipped_passed={0: self.kept_skipped},
        )

    def topic(self, topic: Topic) -> list[TopicRecord]:
        if topic == "enriched":
            return [one.record for one in self.enriched]
        records: list[TopicRecord] = getattr(self, topic)
        return records

    def ends(self, topic: Topic) -> Offsets:
        return dict(Counter(record.position.partition for record in self.topic(topic)))


class Given:
    """A wire as the account's sources; hits are what losses left of index and ledger."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.documents_: dict[str, dict[str, Any]] = {
            document_id(one.identity): {
                "uri": one.identity,
                "pubstatus": one.pubstatus,
                "standing": msgspec.json.encode(one.standing).decode(),
            }
            for one in wire.index.values()
        }
        self.entries_: dict[str, dict[str, Any]] = {
            number: msgspec.to_builtins(entry) for number, entry in wire.ledger.items()
        }

    def end(self, topic: Topic) -> Offsets:
        return self.wire.ends(topic)

    def records(
        self, topic: Topic, until: Offsets, begin: Offsets | None = None
    ) -> Iterator[TopicRecord]:
        for record in self.wire.topic(topic):
            partition, offset = record.position.partition, record.position.offset
            if (begin or {}).get(partition, 0) <= offset < until.get(partition, 0):
                yield record

    def count(self) -> int:
        return len(self.documents_)

    def documents(self) -> Iterable[tuple[str, dict[str, Any]]]:
        return list(self.documents_.items())

    def entries(self) -> Iterable[tuple[str, dict[str, Any]]]:
        return list(self.entries_.items())


def _article(one: Item, raw: Position, item: int, received: dt.datetime) -> Article:
    parsed = Article(
        uri=f"urn:np:{one.story}",
        title=one.text,
        body_text=f"Text {one.text}.",
        provider=one.provider,
        pubstatus=one.pubstatus,  # type: ignore[arg-type]
        versioncreated=None if one.created is None else T0 + dt.timedelta(days=one.created),
        embargoed=NOW + dt.timedelta(days=1) if one.embargoed else None,
    )
    provenance = Provenance(
        received=received,
        content=content_hash(parsed),
        feed="f",
        parser="ninjs/1",
        topic=raw.topic,
        partition=raw.partition,
        offset=raw.offset,
        item=item,
    )
    return msgspec.structs.replace(parsed, provenance=provenance)


def account(
    given: Given,
    snapshot: Snapshot,
    ids: int = 3,
    buffered: int = 500,
    progress: Callable[[str, int, int], None] | None = None,
) -> Account:
    with tempfile.TemporaryDirectory() as folder:
        found = join(
            given,
            snapshot,
            Path(folder),
            topics=TOPICS,
            now=NOW,
            rules=lambda _provider: "versioncreated",
            ids=ids,
            buffered=buffered,
            progress=progress,
        )
        assert list(Path(folder).iterdir()) == [], "notes were never read"
        return found


def listed(found: Account) -> dict[str, Counter[str]]:
    """Kind of fault to what it was found in."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for fault in found.listed:
        names[fault.kind][fault.what] += 1
    return dict(names)
