"""How far the pipeline has come: what lies in the topics, who has passed it, what became of it.

The one source for whoever shows it (`dateline status`, `dateline run`), so that they agree. Which
groups follow which topics is the caller's to say: the stages know their names.

What waits is told in records and in time: ten thousand records may be a second's work or a night's
outage, the age of the oldest says which.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.closing import Closing
from dateline.connections import elasticsearch_told, kafka_connected
from dateline.errors import Unavailable
from dateline.offsets import Offsets, committed, ends, existing, lag
from dateline.records import Position, utc_now
from dateline.settings import Settings
from dateline.settled import read_settled
from dateline.topics import Topics, max_record_bytes

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaAdminClient

Clock = Callable[[], dt.datetime]
#: stage to the first record that it has not passed, for each partition where there is one
Waiting = dict[str, list[Position]]

#: seconds in which the oldest records must have been read; what was not is not shown
_PATIENCE = 5.0
#: bytes one fetch brings at most from each partition (one record always comes whole)
_FETCH_BYTES = 64 * 1024
#: more outcomes than there are
_OUTCOMES = 50


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """A consumer group that everything in its topics must pass. stage: how it is shown."""

    stage: str
    group: str
    topics: tuple[str, ...]


class Server(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One server. health: of Elasticsearch, as it says itself."""

    address: str | None
    up: bool
    health: str | None = None


def _no_outcomes() -> dict[str, dict[str, int]]:
    return {"total": {}, "last_24h": {}}


class PolledFeed(msgspec.Struct, kw_only=True):
    """A feed over HTTP. location: without credentials. last_success, last_error: when its server
    last gave what was asked for, and last did not. error: of the last poll, None where that
    succeeded. next_poll: None for one that was never polled. items: published in all."""

    name: str
    location: str
    last_success: dt.datetime | None = None
    last_error: dt.datetime | None = None
    error: str | None = None
    failures: int = 0
    next_poll: dt.datetime | None = None
    items: int = 0


class RunningStage(msgspec.Struct, kw_only=True):
    """A stage on this machine that can be asked how it does (`dateline.metrics.stage`). ready:
    what it answers, ``ready`` or why not."""

    stage: str
    pid: int
    url: str
    ready: str


class Facts(msgspec.Struct, kw_only=True):
    """What is known; a server that did not answer leaves its part empty.

    topics: name to records. lag: stage to records that it has not passed. oldest: stage to seconds
    for which the oldest of these has waited, 0 where none does, None where it could not be read.
    documents: stories of the serving generation by what is shown of them, and its number. outcomes:
    versions ever received by what became of them, in total and of the last 24 hours. dead_open:
    dead letters that nobody has settled. feeds: those over HTTP, listed or polled from here.
    stages: those that run here and can be asked.
    """

    servers: dict[str, Server]
    topics: dict[str, int] = {}
    lag: dict[str, int] = {}
    oldest: dict[str, float | None] = {}
    documents: dict[str, int] = {}
    outcomes: dict[str, dict[str, int]] = msgspec.field(default_factory=_no_outcomes)
    dead_open: int | None = None
    feeds: list[PolledFeed] = []
    stages: list[RunningStage] = []


def nothing_known(settings: Settings) -> Facts:
    """Before anybody was asked."""
    return Facts(
        servers={
            "kafka": Server(address=settings.kafka_bootstrap_servers, up=False),
            "elasticsearch": Server(address=settings.elasticsearch_url, up=False),
        }
    )


def from_kafka(
    facts: Facts, settings: Settings, admin: KafkaAdminClient, followers: Sequence[Follower]
) -> Waiting:
    """Fill in topics and lag; returns where each stage goes on. Raises Unavailable."""
    present = existing(admin)
    facts.servers["kafka"].up = True
    # Positions before ends: what comes in between waits, and no lag is ever negative.
    passed = {
        (one.stage, topic): committed(admin, one.group, topic)
        for one in followers
        for topic in one.topics
        if topic in present
    }
    names = msgspec.structs.astuple(Topics.of(settings))
    end = {name: ends(admin, name) for name in names if name in present}
    facts.topics = {name: sum(offsets.values()) for name, offsets in end.items()}
    waiting: Waiting = {}
    for (stage, topic), position in passed.items():
        facts.lag[stage] = facts.lag.get(stage, 0) + lag(end[topic], position)
        waiting.setdefault(stage, []).extend(first_waiting(topic, end[topic], position))
    return waiting


def dead_open(settings: Settings, topics: dict[str, int]) -> int:
    """Dead letters without a mark; topics: name to records. Raises Unavailable, NewerSchema."""
    names = Topics.of(settings)
    letters = topics.get(names.dead, 0)
    if not letters or not topics.get(names.settled):
        return letters
    # Marks are few: people make them. One letter may have several, so they are not just counted.
    return max(0, letters - len(read_settled(settings)))


def first_waiting(topic: str, end: Offsets, passed: Offsets) -> list[Position]:
    """Of each partition where something waits, the first record that was not passed."""
    return [
        Position(topic, partition, passed.get(partition, 0))
        for partition, offset in end.items()
        if offset > passed.get(partition, 0)
    ]


def oldest(settings: Settings, waiting: Waiting, clock: Clock = utc_now) -> dict[str, float | None]:
    """See `Facts.oldest`. Raises Unavailable."""
    since = came(settings, {place for places in waiting.values() for place in places})
    now = clock()
    found: dict[str, float | None] = {}
    for stage, places in waiting.items():
        known = [since[place] for place in places if place in since]
        found[stage] = _age(known, now) if known or not places else None
    return found


def _age(since: list[dt.datetime], now: dt.datetime) -> float:
    # Clocks of several hosts differ: what came in the future has waited for no time.
    return max(0.0, round((now - min(since)).total_seconds(), 3)) if since else 0.0


def came(settings: Settings, places: Iterable[Position]) -> dict[Position, dt.datetime]:
    """When each of these records began to wait: see `Beginnings.of`. Raises Unavailable."""
    wanted = set(places)
    if not wanted:
        return {}
    with Beginnings(settings) as beginnings:
        return beginnings.of(wanted)


class Beginnings(Closing):
    """Finds out when records began to wait, again and again with one client; a context manager.

    Not for use by several threads at once. Raises Unavailable.
    """

    def __init__(self, settings: Settings) -> None:
        from kafka import KafkaConsumer
        from kafka.errors import KafkaError

        try:
            self._consumer: Any = kafka_connected(
                KafkaConsumer,
                settings,
                enable_auto_commit=False,
                # Where records were deleted, the oldest that is left says least wrong.
                auto_offset_reset="earliest",
                max_partition_fetch_bytes=_FETCH_BYTES,
                receive_message_max_bytes=2 * max_record_bytes(settings) + 64 * _FETCH_BYTES,
            )
        except (KafkaError, OSError) as error:
            raise _unread(error) from error

    def close(self) -> None:
        """Let the client go."""
        self._consumer.close()

    def of(self, places: Iterable[Position]) -> dict[Position, dt.datetime]:
        """When each of these records began to wait: a raw one was received, an enriched one
        enriched, a retried one published again.

        Reads one record for each place and bounds its time: a place that could not be read is
        missing.
        """
        from kafka.errors import KafkaError

        try:
            return self._of(deque(sorted(set(places), key=str)))
        except (KafkaError, OSError) as error:
            raise _unread(error) from error

    def _of(self, left: deque[Position]) -> dict[Position, dt.datetime]:
        from kafka import TopicPartition

        consumer = self._consumer
        found: dict[Position, dt.datetime] = {}
        deadline = time.monotonic() + _PATIENCE
        while left and time.monotonic() < deadline:
            # Several groups may wait at different places of one partition: one after the other.
            wanted: dict[Any, Position] = {}
            for _ in range(len(left)):
                place = left.popleft()
                partition = TopicPartition(place.topic, place.partition)
                if partition in wanted:
                    left.append(place)
                else:
                    wanted[partition] = place
            consumer.assign(list(wanted))
            consumer.resume(*wanted)
            for partition, place in wanted.items():
                consumer.seek(partition, place.offset)
            while wanted and time.monotonic() < deadline:
                for partition, records in consumer.poll(timeout_ms=200, max_records=50).items():
                    if records and partition in wanted:
                        instant = _came(records[0])
                        place = wanted.pop(partition)
                        if instant is not None:
                            found[place] = instant
                        consumer.pause(partition)
        return found


def _unread(error: BaseException) -> Unavailable:
    return Unavailable(
        "the oldest records cannot be read", found=f"{type(error).__name__}: {error}"
    )


def _came(record: Any) -> dt.datetime | None:
    """By the stage's own header, else by Kafka's time of the record."""
    headers = {name: value for name, value in record.headers or () if value is not None}
    try:
        if enriched := headers.get("enriched"):
            return dt.datetime.fromtimestamp(int(enriched) / 1e6, dt.UTC)
        instant = headers.get("died") or headers.get("received")
        # What `dead retry` publishes keeps its first receipt, but waits only since then.
        if instant and ("died" in headers or "retry_of" not in headers):
            return dt.datetime.fromisoformat(instant.decode()).astimezone(dt.UTC)
    except (ValueError, OverflowError, OSError):
        pass  # nobody of ours wrote it; the stage that reads it will say so
    if record.timestamp is None or record.timestamp < 0:
        return None
    return dt.datetime.fromtimestamp(record.timestamp / 1000, dt.UTC)


def documents(client: Elasticsearch, index: str) -> dict[str, int]:
    """Stories of one generation by what is shown of them now. Raises the client's errors,
    Unavailable."""
    later = {"range": {"embargoed": {"gt": "now"}}}
    usable = {"term": {"pubstatus": "usable"}}
    queries: dict[str, Any] = {
        "indexed": {"bool": {"filter": [usable], "must_not": [later]}},
        "embargoed": {"bool": {"filter": [usable, later]}},
        "withheld": {"term": {"pubstatus": "withheld"}},
        "withdrawn": {"term": {"pubstatus": "canceled"}},
    }
    what = "counting the articles"
    return {
        name: elasticsearch_told(client.count(index=index, query=query).body, Counted, what).count
        for name, query in queries.items()
    }


def outcomes(client: Elasticsearch, ledger: str) -> dict[str, dict[str, int]]:
    """Entries of the ledger by outcome: ``total`` and ``last_24h`` (by receipt), {} each where no
    sink has made one yet. Raises the client's errors, Unavailable."""
    by_outcome = {"terms": {"field": "outcome", "size": _OUTCOMES}}
    found = client.options(ignore_status=404).search(
        index=ledger,
        size=0,
        track_total_hits=False,
        allow_partial_search_results=False,
        aggregations={
            "total": by_outcome,
            "last_24h": {
                "filter": {"range": {"received": {"gte": "now-24h"}}},
                "aggregations": {"outcome": by_outcome},
            },
        },
    )
    told = elasticsearch_told(found.body, _Outcomes, "counting what came").aggregations
    if told is None:
        return _no_outcomes()
    return {"total": told.total.counts(), "last_24h": told.last_24h.outcome.counts()}


class Counted(msgspec.Struct):
    """Elasticsearch's answer to how many documents there are."""

    count: int


class _Bucket(msgspec.Struct):
    key: str
    doc_count: int


class _Terms(msgspec.Struct):
    buckets: list[_Bucket]

    def counts(self) -> dict[str, int]:
        return {bucket.key: bucket.doc_count for bucket in self.buckets}


class _Day(msgspec.Struct):
    outcome: _Terms


class _ByOutcome(msgspec.Struct):
    total: _Terms
    last_24h: _Day


class _Outcomes(msgspec.Struct):
    #: none where there is no ledger yet
    aggregations: _ByOutcome | None = None
