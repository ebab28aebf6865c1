"""The account: what came in against what index and ledger show.

Every item of every raw record, and every document that the producer refused, has exactly one
outcome. What is expected is computed from the topics alone, by the same pure order that the sink
uses; then index and ledger are asked whether they agree. What does not agree is listed by kind:

- missing: an item without any outcome, or a story that is not in the index
- stale: the index shows another version than the newest received
- resurrected: the index shows a story that is withdrawn
- unknown: index or ledger hold what never came through the topics
- unrecorded: an item without its entry in the ledger
- misrecorded: the ledger says dead, skipped or taken of an item, and the topics something else
- unreadable: a topic holds a record that no stage of ours wrote, or the ledger such an entry

The stages go on meanwhile. So the topics are read up to a snapshot, then index and ledger, then
what came to the topics since: of a story for which something came, nothing is listed.

However much came, memory stays the same. All that is read becomes small notes in bucket files on
disk (`Buckets`), so many that what belongs together fits into memory, bucket by bucket: stories by
their document's id (`stories`), raw records by their offsets (`items`). It is a partitioned hash
join, with these sides: topics, index, ledger.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from dateline.offsets import Offsets, lag
from dateline.providers import order_of
from dateline.reconcile.account import LISTED, OUTCOMES, Account, Disagreement, Faults
from dateline.reconcile.intake import Intake
from dateline.reconcile.items import Shelf, Tally, settle_items
from dateline.reconcile.notes import Buckets, Label, place_of_letter
from dateline.reconcile.snapshot import Snapshot, Sources, Topic
from dateline.reconcile.spill import BUFFERED, scratch
from dateline.reconcile.stories import settle_stories, settle_versions
from dateline.records import utc_now
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.versions import Rule

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

__all__ = [
    "LISTED",
    "OUTCOMES",
    "Account",
    "Disagreement",
    "Snapshot",
    "Sources",
    "join",
    "reconcile",
]

#: what is done, how many of them so far, of how many about
Progress = Callable[[str, int, int], None]
One = TypeVar("One")

#: stories, and items, that one bucket holds: some twenty megabytes while it is looked at
IDS = 10_000
#: records between two reports of progress
_REPORTED = 1_000
#: in this order: marks before the letters they are on, letters before the records they bury
_TOPICS: tuple[Topic, ...] = ("settled", "dead", "skipped", "enriched")
#: those that say what became of an item
_OUTCOMES = _TOPICS[1:]


def reconcile(
    settings: Settings,
    client: Elasticsearch,
    snapshot: Snapshot,
    end: Callable[[str], Offsets],
    *,
    clock: Callable[[], dt.datetime] = utc_now,
    progress: Progress | None = None,
) -> Account:
    """Compare the topics with one generation of the index, and with the ledger.

    end: the end of a topic (its name) when it is called. Raises Unavailable (also for a full
    disk), NewerSchema, and what the Elasticsearch client raises.
    """
    from dateline.reconcile.servers import Servers

    with scratch(settings.data_path) as folder:
        return join(
            Servers(settings, client, snapshot, end),
            snapshot,
            folder,
            topics=Topics.of(settings),
            now=clock(),
            progress=progress,
        )


def join(
    sources: Sources,
    snapshot: Snapshot,
    folder: Path,
    *,
    topics: Topics,
    now: dt.datetime,
    rules: Callable[[str | None], Rule] = order_of,
    ids: int = IDS,
    buffered: int = BUFFERED,
    progress: Progress | None = None,
) -> Account:
    """The account of what the sources give, in ``folder`` (an empty one) and little memory.

    now: tells embargoed from indexed. ids, buffered: how large buckets and write buffers get;
    the account does not depend on them. Raises as `reconcile` does.
    """
    told = progress or _nothing
    faults = Faults()
    documents = sources.count()
    enriched = sum(snapshot.enriched_end.values())
    others = sum(snapshot.dead_end.values()) + sum(snapshot.skipped_end.values())
    buckets = Buckets(
        folder,
        buffered,
        ids=ids,
        stories=max(enriched, documents),
        records=sum(snapshot.raw_end.values()),
        outcomes=enriched + others,
    )
    intake = Intake(snapshot, topics, buckets, faults)
    _take_in(sources, snapshot, intake, documents, told)
    if snapshot.ledger is None:
        faults.add(
            "unrecorded",
            "the ledger",
            "there is none; `dateline sink` makes it, `dateline replay` records what came before",
        )

    by_receipt = 0
    for number in _counted("comparing stories", range(buckets.number), buckets.number, told):
        by_receipt += settle_stories(buckets, number, faults, rules, now)
    for number in _counted("counting versions", range(buckets.number), buckets.number, told):
        settle_versions(buckets, number)
    shelves = list(_shelves(snapshot, buckets, topics.raw))
    tally = Tally()
    for shelf in _counted("counting items", shelves, len(shelves), told):
        settle_items(buckets, shelf, faults, tally)

    in_flight = tally.waiting + lag(snapshot.enriched_end, snapshot.enriched_passed)
    if snapshot.ledger is not None:
        in_flight += lag(snapshot.dead_end, snapshot.ledger_dead_passed)
        in_flight += lag(snapshot.skipped_end, snapshot.ledger_skipped_passed)
    outcomes = {name: tally.outcomes[Label[name.upper()]] for name in OUTCOMES}
    outcomes["dead"] += tally.outcomes[Label.DISPLACED]
    return Account(
        generation=snapshot.generation,
        items=tally.items,
        outcomes=outcomes,
        in_flight=in_flight,
        faults=dict(faults.counts),
        listed=faults.listed,
        by_receipt=by_receipt,
        in_flight_listed=[*tally.waiting_listed, *intake.in_flight][:LISTED],
        recorded=tally.recorded,
        dead_open=tally.dead_open,
    )


def _take_in(
    sources: Sources, snapshot: Snapshot, intake: Intake, documents: int, told: Progress
) -> None:
    for topic in _TOPICS:
        until = snapshot.end(topic)
        records = sources.records(topic, until)
        getattr(intake, topic)(_counted(f"reading {topic}", records, sum(until.values()), told))
    intake.documents(_counted("reading the index", sources.documents(), documents, told))
    if snapshot.ledger is not None:
        # It holds an entry for each item: as many as there are records of what became of them.
        entries = sum(sum(snapshot.end(topic).values()) for topic in _OUTCOMES)
        intake.entries(_counted("reading the ledger", sources.entries(), entries, told))
    # Whatever index and ledger showed lies before these ends.
    since = {topic: sources.end(topic) for topic in _OUTCOMES}
    for topic, until in since.items():
        begin = snapshot.end(topic)
        records = sources.records(topic, until, begin)
        intake.later(topic, _counted(f"reading later {topic}", records, lag(until, begin), told))


def _shelves(snapshot: Snapshot, buckets: Buckets, raw_topic: str) -> Iterator[Shelf]:
    ledger = snapshot.ledger is not None
    for partition, begin, end in buckets.ranges(snapshot.raw_end):
        yield Shelf(
            topic=raw_topic,
            partition=partition,
            begin=begin,
            end=end,
            passed=snapshot.raw_passed.get(partition, 0),
            ledger=ledger,
        )
    refused = {place_of_letter(p, 0)[0]: end for p, end in snapshot.dead_end.items()}
    for partition, begin, end in buckets.ranges(refused):
        yield Shelf(topic=None, partition=partition, begin=begin, end=end, passed=0, ledger=ledger)


def _counted(what: str, them: Iterable[One], of: int, told: Progress) -> Iterator[One]:
    done = 0
    for done, one in enumerate(them, 1):
        if done % _REPORTED == 1:
            told(what, done, of)
        yield one
    told(what, done, of)


def _nothing(what: str, done: int, of: int) -> None:
    pass
