"""The account: what came in against what the index shows.

Every item of every raw record, and every document that the producer refused, has exactly one
outcome. What is expected is computed from the topics alone, by the same pure order that the sink
uses; then the index is asked whether it agrees. What does not agree is listed by kind:

- missing: an item without any outcome, or a story that is not in the index
- stale: the index shows another version than the newest received
- resurrected: the index shows a story that is withdrawn
- unknown: the index holds a story that never came through the topics
- unreadable: a topic holds a record that no stage of ours wrote

The stages go on meanwhile. So the topics are read up to a snapshot, then the index; what does not
agree is only listed where nothing came for that story after the snapshot.

Memory grows with the numbers of records and stories, not with their texts.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from dateline.article import Article, decode
from dateline.errors import InputError
from dateline.identity import document_id, identity_of
from dateline.offsets import Offsets
from dateline.providers import order_of
from dateline.reading import read_topic
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Position,
    SkippedNotice,
    decode_headers,
    utc_now,
)
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.versions import Standing, merge, rule_for, shown_as

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: how many disagreements of each kind are listed; all are counted
LISTED = 20
_LOOK_UP = 500

OUTCOMES = (
    "indexed",
    "superseded",
    "withdrawn",
    "withheld",
    "embargoed",
    "duplicate",
    "dead",
    "skipped",
)


class Disagreement(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that does not add up."""

    kind: str
    what: str
    detail: str = ""


class Account(msgspec.Struct, kw_only=True):
    """Items in, and what became of them.

    items: all that came, by item. outcomes: number by outcome. in_flight: records that a stage
    has not passed yet. by_receipt: versions that equal the newest in everything but content, so
    that the receipt alone decided. faults: number of disagreements by kind; listed: the first of
    each kind.
    """

    generation: int
    items: int
    outcomes: dict[str, int]
    in_flight: int
    faults: dict[str, int]
    listed: list[Disagreement]
    by_receipt: int = 0

    @property
    def balanced(self) -> bool:
        """Whether every item is accounted for and the index agrees."""
        return not self.faults and self.items == sum(self.outcomes.values())

    def line(self) -> str:
        """The account as one line."""
        parts = " + ".join(f"{count} {name}" for name, count in self.outcomes.items())
        sign = "=" if self.items == sum(self.outcomes.values()) else "≠"
        tail = f" ({self.in_flight} records still in flight)" if self.in_flight else ""
        if self.by_receipt:
            tail += f" ({self.by_receipt} versions decided by their receipt alone)"
        return f"{self.items} items in {sign} {parts}{tail}"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Where the stages stood when the account was begun."""

    generation: int
    index: str
    raw_passed: Offsets
    raw_end: Offsets
    enriched_passed: Offsets
    enriched_end: Offsets
    #: Of a replayed generation: live articles before here, and what became of raw records before
    #: there, are the other generations' matter. Empty for the first.
    enriched_from: Offsets
    raw_until: Offsets
    dead_end: Offsets
    skipped_end: Offsets


class _Story(msgspec.Struct):
    """What the topics say of one identity."""

    standing: Standing
    shown: Article
    received: Counter[str]
    in_flight: bool = False


class _Raw(msgspec.Struct):
    """What became of one raw record: ``fates`` by item."""

    items: int = 1
    fates: dict[int, str] = {}


class _Book:
    """Everything the topics say."""

    def __init__(self, snapshot: Snapshot, now: dt.datetime) -> None:
        self.snapshot = snapshot
        self.now = now
        self.raw: dict[tuple[int, int], _Raw] = {}
        self.stories: dict[str, _Story] = {}
        self.outcomes: Counter[str] = Counter()
        self.refused_by_sink: set[tuple[int, int]] = set()

    def concerns(self, generation: int | None, raw: Position | None) -> bool:
        """Whether what became of a raw record is what this generation was told of it."""
        if generation is None:
            return raw is None or raw.offset >= self.snapshot.raw_until.get(raw.partition, 0)
        return generation == self.snapshot.generation

    def is_fed(self, generation: int | None, place: tuple[int, int]) -> bool:
        """Whether this generation's sink reads an enriched record."""
        # Before its beginning lie live articles of others, and of a replay whose number was given
        # again after Elasticsearch was wiped.
        begun = place[1] >= self.snapshot.enriched_from.get(place[0], 0)
        return begun and generation in (None, self.snapshot.generation)

    def fate(self, raw: Position, item: int, items: int, fate: str) -> bool:
        """Note an item's fate; whether it is the first time that it had this one.

        An enriched item is alive whatever else was said of it: an earlier attempt may have died.
        """
        entry = self.raw.setdefault((raw.partition, raw.offset), _Raw())
        entry.items = max(entry.items, items, item + 1)
        before = entry.fates.get(item)
        if before in (fate, "enriched"):
            return False
        entry.fates[item] = fate
        return True

    def receive(self, article: Article, headers: EnrichedHeaders, *, in_flight: bool) -> None:
        """Fold one enriched article into its story, just as the sink does."""
        identity = identity_of(article)
        story = self.stories.get(identity)
        decision = merge(
            story.standing if story else None,
            article,
            enriched=headers.enriched,
            rule=rule_for(story.standing if story else None, article, order_of),
            now=self.now,
            stored_pubstatus=story.shown.pubstatus if story else None,
        )
        if decision.outcome == "refused":
            # The sink will bury it; where it has passed it and did not, the item is missing.
            if in_flight:
                self.fate(headers.raw, headers.item, headers.items, "waiting")
            return
        bare = Article(
            uri=article.uri,
            title=article.uri,
            pubstatus=article.pubstatus,
            embargoed=article.embargoed,
        )
        if story is None:
            story = _Story(decision.standing, bare, Counter())
            self.stories[identity] = story
        elif decision.displaced:
            self._close(story, winner="dead")
            story.received = Counter()
        story.standing = decision.standing
        if decision.action == "replace":
            story.shown = bare
        story.in_flight |= in_flight
        if self.fate(headers.raw, headers.item, headers.items, "enriched"):
            story.received[article.provenance.content or ""] += 1

    def close(self) -> None:
        """Turn what was received of each story into outcomes."""
        for story in self.stories.values():
            self._close(story, winner=shown_as(story.shown, self.now))

    def _close(self, story: _Story, winner: str) -> None:
        for content, count in story.received.items():
            self.outcomes["duplicate"] += count - 1
            self.outcomes[winner if content == story.standing.shown else "superseded"] += 1


class _Faults:
    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.listed: list[Disagreement] = []

    def add(self, kind: str, what: str, detail: str = "") -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= LISTED:
            self.listed.append(Disagreement(kind, what, detail))


class _Suspect(NamedTuple):
    """A story of which the index says something else than the topics did."""

    document: str
    kind: str
    what: str
    detail: str


def reconcile(
    settings: Settings,
    client: Elasticsearch,
    snapshot: Snapshot,
    enriched_end: Callable[[], Offsets],
    clock: Callable[[], dt.datetime] = utc_now,
) -> Account:
    """Compare the topics with one generation of the index.

    enriched_end: the end of the enriched topic when it is called. Raises Unavailable, NewerSchema,
    and what the Elasticsearch client raises.
    """
    topics = Topics.of(settings)
    book = _Book(snapshot, clock())
    faults = _Faults()

    refused = _read_dead(settings, topics, snapshot, book, faults)
    _read_skipped(settings, topics, snapshot, book, faults)
    _read_enriched(settings, topics, snapshot, book, faults)
    book.close()

    items = refused
    waiting = 0
    book.outcomes["dead"] += refused
    for place in _places(snapshot.raw_end):
        entry = book.raw.get(place)
        passed = place[1] < snapshot.raw_passed.get(place[0], 0)
        expected = entry.items if entry else 1
        fates = entry.fates if entry else {}
        for fate in fates.values():
            if fate == "waiting":
                waiting += 1
            elif fate != "enriched":
                book.outcomes[fate] += 1
        items += sum(fate != "waiting" for fate in fates.values())
        lacking = expected - len(fates)
        if lacking and passed:
            items += lacking
            where = Position(topics.raw, *place)
            faults.add("missing", str(where), f"{lacking} of {expected} items without any outcome")
        elif lacking:
            waiting += 1
    suspects = list(_compare(client, snapshot.index, book.stories))
    if suspects:
        moved = _moved_since(settings, topics, snapshot, enriched_end())
        for document, kind, what, detail in suspects:
            if document not in moved:
                faults.add(kind, what, detail)
    waiting += sum(
        max(0, end - snapshot.enriched_passed.get(partition, 0))
        for partition, end in snapshot.enriched_end.items()
    )
    return Account(
        generation=snapshot.generation,
        items=items,
        outcomes={name: book.outcomes.get(name, 0) for name in OUTCOMES},
        in_flight=waiting,
        faults=dict(faults.counts),
        listed=faults.listed,
        by_receipt=sum(len(story.standing.contents) - 1 for story in book.stories.values()),
    )


def _read_dead(
    settings: Settings, topics: Topics, snapshot: Snapshot, book: _Book, faults: _Faults
) -> int:
    """Note the dead letters; returns how many documents the producer refused."""
    refused = 0
    for record in read_topic(settings, topics.dead, snapshot.dead_end):
        try:
            letter = DeadLetter.read(record.value, record.headers, record.position)
        except InputError as error:
            faults.add("unreadable", str(record.position), str(error))
            continue
        if letter.stage == "sink":
            if letter.origin is not None and letter.refused_by in (None, snapshot.generation):
                book.refused_by_sink.add((letter.origin.partition, letter.origin.offset))
        elif not book.concerns(letter.generation, letter.raw):
            continue
        elif letter.raw is None:
            refused += 1
        else:
            book.fate(letter.raw, letter.item or 0, letter.items or 1, "dead")
    return refused


def _read_skipped(
    settings: Settings, topics: Topics, snapshot: Snapshot, book: _Book, faults: _Faults
) -> None:
    for record in read_topic(settings, topics.skipped, snapshot.skipped_end):
        try:
            decode_headers(record.headers, record.position)  # raises NewerSchema
            notice = SkippedNotice.decode(record.value)
        except (InputError, msgspec.DecodeError) as error:
            faults.add("unreadable", str(record.position), str(error))
            continue
        if book.concerns(notice.generation, notice.raw):
            book.fate(notice.raw, notice.item, notice.items, "skipped")


def _read_enriched(
    settings: Settings, topics: Topics, snapshot: Snapshot, book: _Book, faults: _Faults
) -> None:
    for record in read_topic(settings, topics.enriched, snapshot.enriched_end):
        place = (record.position.partition, record.position.offset)
        in_flight = place[1] >= snapshot.enriched_passed.get(place[0], 0)
        buried = place in book.refused_by_sink
        try:
            headers = EnrichedHeaders.read(record.headers, record.position)
            if not book.is_fed(headers.generation, place):
                continue
            if buried:
                book.fate(headers.raw, headers.item, headers.items, "dead")
                continue
            article = decode(record.value)
        except (InputError, msgspec.ValidationError, msgspec.DecodeError) as error:
            # Whoever wrote it did not come through the processor, so it is no item of ours.
            if not buried and not in_flight:
                faults.add("unreadable", str(record.position), str(error))
            continue
        book.receive(article, headers, in_flight=in_flight)


def _moved_since(settings: Settings, topics: Topics, snapshot: Snapshot, end: Offsets) -> set[str]:
    """Documents of the stories of which an article came after the snapshot."""
    moved: set[str] = set()
    for record in read_topic(settings, topics.enriched, end, snapshot.enriched_end):
        with contextlib.suppress(msgspec.DecodeError, ValueError):
            moved.add(document_id(identity_of(decode(record.value))))
    return moved


def _compare(client: Elasticsearch, index: str, stories: dict[str, _Story]) -> Iterator[_Suspect]:
    """What the index shows of each story, against what it should."""
    found = 0
    entries = list(stories.items())
    for begin in range(0, len(entries), _LOOK_UP):
        chunk = entries[begin : begin + _LOOK_UP]
        reply = client.mget(
            index=index,
            ids=[document_id(identity) for identity, _ in chunk],
            source_includes=["standing", "pubstatus"],
        )
        for (identity, story), document in zip(chunk, reply["docs"], strict=True):
            found += bool(document.get("found"))
            if not story.in_flight and (fault := _fault(story, document)):
                yield _Suspect(document["_id"], fault[0], identity, fault[1])
    client.indices.refresh(index=index)
    if client.count(index=index)["count"] > found:
        known = {document_id(identity) for identity in stories}
        for hit in _all_documents(client, index):
            if hit["_id"] not in known:
                uri = hit.get("_source", {}).get("uri", hit["_id"])
                yield _Suspect(hit["_id"], "unknown", uri, "in the index, but not in the topics")


def _fault(story: _Story, document: Any) -> tuple[str, str] | None:
    """(kind, detail) of what does not agree."""
    if not document.get("found"):
        return "missing", "not in the index"
    source = document["_source"]
    standing = msgspec.json.decode(source["standing"], type=Standing)
    if story.shown.pubstatus == "canceled" and source["pubstatus"] != "canceled":
        return "resurrected", "withdrawn, but the index shows it"
    if (standing.declared, standing.shown) != (story.standing.declared, story.standing.shown):
        return "stale", f"shows {standing.shown}, newest {story.standing.shown}"
    return None


def _all_documents(client: Elasticsearch, index: str) -> Iterator[Any]:
    from elasticsearch.helpers import scan

    yield from scan(client, index=index, query={"_source": ["uri"]}, size=1000)


def _places(ends: Offsets) -> Iterable[tuple[int, int]]:
    return ((partition, offset) for partition, end in ends.items() for offset in range(end))
