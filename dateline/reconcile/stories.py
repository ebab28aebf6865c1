"""Story by story: which version wins by the topics, and whether the index shows that one.

A bucket is folded record by record, so it takes memory for its stories, not for their versions.
What became of each version is then settled content by content, in buckets of its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec

from dateline.article import Article, Provenance, PubStatus
from dateline.reconcile.account import Faults
from dateline.reconcile.notes import (
    Buckets,
    Indexed,
    Label,
    Labelled,
    Received,
    Verdict,
    Version,
)
from dateline.versions import Rule, Standing, merge, rule_for, shown_as

_LABELS = {
    "indexed": Label.INDEXED,
    "withdrawn": Label.WITHDRAWN,
    "withheld": Label.WITHHELD,
    "embargoed": Label.EMBARGOED,
}


class _Story(msgspec.Struct):
    """What the topics say of one identity. pubstatus, embargoed: of the version in sight."""

    identity: str
    standing: Standing
    pubstatus: PubStatus
    embargoed: dt.datetime | None
    #: how often its owner displaced what another provider had withdrawn under its name
    epoch: int = 0
    in_flight: bool = False


def settle_stories(
    buckets: Buckets,
    number: int,
    faults: Faults,
    rules: Callable[[str | None], Rule],
    now: dt.datetime,
) -> int:
    """Fold one bucket of stories and compare it with the index.

    Notes for each version which content it brought. Returns how many versions equal the newest in
    everything but content.
    """
    stories: dict[bytes, _Story] = {}
    indexed: dict[bytes, Indexed] = {}
    moved: set[bytes] = set()
    for note in buckets.stories.read(str(number)):
        if isinstance(note, Received):
            _receive(buckets, stories, note, rules, now)
        elif isinstance(note, Indexed):
            indexed[note.document] = note
        else:
            moved.add(note.document)
    for document, story in stories.items():
        verdict = _LABELS[shown_as(story, now)]
        buckets.version(Verdict(document, story.standing.shown, story.epoch, verdict))
        found = indexed.pop(document, None)
        if story.in_flight or document in moved:
            continue
        fault = _fault(story, found)
        if fault is not None:
            faults.add(fault[0], story.identity, fault[1])
    for document, found in indexed.items():
        if document not in moved:
            faults.add("unknown", found.what, "in the index, but not in the topics")
    return sum(len(story.standing.contents) - 1 for story in stories.values())


def _receive(
    buckets: Buckets,
    stories: dict[bytes, _Story],
    note: Received,
    rules: Callable[[str | None], Rule],
    now: dt.datetime,
) -> None:
    """Fold one enriched article into its story, just as the sink does."""
    article = _article(note)
    story = stories.get(note.document)
    stored = story.standing if story else None
    decision = merge(
        stored,
        article,
        enriched=note.enriched,
        rule=rule_for(stored, article, rules),
        now=now,
        stored_pubstatus=story.pubstatus if story else None,
    )
    if decision.outcome == "refused":
        # The sink will bury it; where it has passed it and did not, the item is missing.
        if note.in_flight:
            buckets.item(note.partition, Labelled(note.offset, note.item, Label.WAITING))
        return
    if story is None:
        story = _Story(note.identity, decision.standing, note.pubstatus, note.embargoed)
        stories[note.document] = story
    elif decision.displaced:
        verdict = Verdict(note.document, story.standing.shown, story.epoch, Label.DISPLACED)
        buckets.version(verdict)
        story.epoch += 1
    story.standing = decision.standing
    if decision.action == "replace":
        story.pubstatus, story.embargoed = note.pubstatus, note.embargoed
    story.in_flight |= note.in_flight
    buckets.version(
        Version(
            document=note.document,
            content=note.content,
            epoch=story.epoch,
            partition=note.partition,
            offset=note.offset,
            item=note.item,
        )
    )


def _article(note: Received) -> Article:
    """As much of the article as `merge` looks at."""
    return Article(
        uri=note.identity,
        title=note.identity,
        pubstatus=note.pubstatus,
        provider=note.provider,
        version=note.version,
        versioncreated=note.versioncreated,
        embargoed=note.embargoed,
        provenance=Provenance(
            received=note.received,
            content=note.content,
            config=note.config,
            partition=note.partition,
            offset=note.offset,
            item=note.item,
        ),
    )


def _fault(story: _Story, found: Indexed | None) -> tuple[str, str] | None:
    """(kind, detail) of what does not agree."""
    if found is None:
        return "missing", "not in the index"
    if story.pubstatus == "canceled" and found.pubstatus != "canceled":
        return "resurrected", "withdrawn, but the index shows it"
    if found.shown is None:
        return "stale", f"its order cannot be read, newest {story.standing.shown}"
    if (found.declared, found.shown) != (story.standing.declared, story.standing.shown):
        return "stale", f"shows {found.shown}, newest {story.standing.shown}"
    return None


def settle_versions(buckets: Buckets, number: int) -> None:
    """Label the items of one bucket of versions.

    The first item that brought a content stands for it; each other is a duplicate.
    """
    first: dict[tuple[bytes, str, int], tuple[int, int, int]] = {}
    verdicts: dict[tuple[bytes, str, int], Label] = {}
    for note in buckets.versions.read(str(number)):
        if isinstance(note, Verdict):
            verdicts[note.document, note.content, note.epoch] = note.label
            continue
        place = (note.partition, note.offset, note.item)
        # The same item again is the same version: it was enriched twice.
        if first.setdefault((note.document, note.content, note.epoch), place) != place:
            buckets.item(note.partition, Labelled(note.offset, note.item, Label.DUPLICATE))
    for key, (partition, offset, item) in first.items():
        label = verdicts.get(key, Label.SUPERSEDED)
        buckets.item(partition, Labelled(offset, item, label))
