"""Which stories a partial replay reprocesses, found in the ledger and in the serving generation.

A story is reprocessed whole: every raw record that ever brought a version of it goes through parser
and models again, and nothing of its document is taken over. To lay one new reading over a document
that another parser made could not be decided by the order of versions, since both have the same
dates and the same receipt. For the same reason a raw record of several items takes all their
stories with it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.errors import UsageError
from dateline.identity import document_id
from dateline.scanning import chunks, every_document
from dateline.selection import Place, Selection, place_of
from dateline.settings import Settings
from dateline.topics import Topics
from sinks import ledger
from sinks.generations import Generation, surroundings
from sinks.ledger_search import Window
from sinks.search import of_language, unreadable, words

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Query = dict[str, Any]
#: provenance (as stored) and language of a document to whether it would be made otherwise today
Stale = Callable[[Mapping[str, Any], str | None], bool]
Progress = Callable[[int], None]

#: stories, and raw records, that one question to the ledger names
_STORIES, _RECORDS = 500, 200
#: of a document what tells how it was made
_MADE = ("language", "provenance")
_ENTRY = ("document", "topic", "partition", "offset", "items")


class Wanted(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be reprocessed; what is None or False does not matter, and all that is given must
    hold of one received version.

    since, until: of the receipt. identity: the story's ``uri`` or identity. query: as in a search;
    it is asked of the generation that serves. stale: what another parser, model, enricher or
    configuration made than today's would be. dead: dead letters (alone, or beside stale ones).
    """

    since: dt.datetime | None = None
    until: dt.datetime | None = None
    provider: str | None = None
    feed: str | None = None
    format: str | None = None
    language: str | None = None
    identity: str | None = None
    query: str | None = None
    stale: bool = False
    dead: bool = False

    @property
    def everything(self) -> bool:
        """Whether nothing was chosen."""
        return self == Wanted()

    @property
    def by_document(self) -> bool:
        """Whether the documents of the index must be asked."""
        return self.stale or self.query is not None

    def filters(self) -> list[Query]:
        """Of entries of the ledger."""
        window = Window(provider=self.provider, feed=self.feed, since=self.since, until=self.until)
        found = window.filters()
        if self.format is not None:
            found.append({"term": {"format": self.format}})
        if self.language is not None:
            found.append(of_language(self.language))
        if self.identity is not None:
            either = [{"term": {name: self.identity}} for name in ("uri", "identity")]
            found.append({"bool": {"should": either}})
        return found


def select(
    client: Elasticsearch,
    settings: Settings,
    source: Generation,
    wanted: Wanted,
    into: Selection,
    *,
    stale: Stale,
    there: Mapping[int, tuple[int, int]] | None,
    progress: Progress = lambda _count: None,
) -> None:
    """Fill a selection and finish it.

    source: the generation whose other documents are taken over. there: beginning and end of the raw
    topic's partitions; a story of which an original is not there (deleted, or in another topic) is
    left as it is; None where originals are not needed. progress: told now and then how many
    documents or entries were looked at. Raises Unavailable, UsageError (there is no ledger, or the
    query cannot be read).
    """
    book = ledger.find(client, settings)
    if book is None:
        raise no_ledger()
    raw = Topics.of(settings).raw
    found = _Found(client, book.index, source.index, raw, into, there, progress)
    with surroundings("selecting what is to be reprocessed"):
        if wanted.by_document:
            with unreadable(wanted.query or ""):
                found.documents(wanted, stale)
        elif not wanted.dead:
            found.stories(wanted)
        if wanted.dead or not wanted.by_document:
            # Whatever came to nothing may come to something: with the same bytes, another parser.
            found.nothing(wanted, ("dead",) if wanted.dead else ("dead", "skipped"))
        found.close()
    into.finish()


def no_ledger() -> UsageError:
    """What to say where there is nothing to choose from."""
    return UsageError(
        "there is no ledger to choose from",
        expected="the index that `dateline sink` makes when it starts",
        remedy="`dateline replay` without a selection reprocesses everything, and records it.",
    )


class _Found:
    def __init__(
        self,
        client: Elasticsearch,
        book: str,
        source: str,
        raw: str,
        into: Selection,
        there: Mapping[int, tuple[int, int]] | None,
        progress: Progress,
    ) -> None:
        self._client, self._book, self._source, self._raw = client, book, source, raw
        self._into, self._there, self._progress = into, there, progress
        self._looked = 0

    def documents(self, wanted: Wanted, stale: Stale) -> None:
        """Stories by what the index shows of them, of those of which the ledger has a version as
        it is wanted."""
        query = words(wanted.query) if wanted.query is not None else None
        if query is not None:
            # A tombstone has no words, and is chosen by everything but words.
            query = {"bool": {"must": [query], "must_not": [_tombstone()]}}
        filters = wanted.filters()
        fields = _MADE if wanted.stale else False
        hits = every_document(self._client, self._source, fields, query=query)
        for some in chunks(self._told(hits), _STORIES):
            chosen = {
                document
                for document, source in some
                if not wanted.stale or stale(source.get("provenance", {}), source.get("language"))
            }
            if filters and chosen:
                known = [*filters, {"terms": {"document": list(chosen)}}]
                chosen = {entry["document"] for entry in self._entries(known, ("document",))}
            self._into.add_stories(chosen)

    def stories(self, wanted: Wanted) -> None:
        """Stories of which a version is as it is wanted."""
        # What the sink refused may be another provider's of the same name.
        alive = {"bool": {"must_not": [{"term": {"outcome": "dead"}}]}}
        known = [*wanted.filters(), {"exists": {"field": "document"}}, alive]
        if wanted == Wanted(identity=wanted.identity) and wanted.identity is not None:
            self._into.add_stories([document_id(wanted.identity)])
        for some in chunks(self._told(self._entries(known, ("document",))), _STORIES):
            self._into.add_stories({entry["document"] for entry in some})

    def nothing(self, wanted: Wanted, outcomes: Sequence[str]) -> None:
        """Raw records that came to nothing."""
        known = [*wanted.filters(), {"terms": {"outcome": list(outcomes)}}]
        for some in chunks(self._told(self._entries(known, _ENTRY)), _RECORDS):
            self._take(some)

    def close(self) -> None:
        """Follow stories to their raw records, those to their other stories, until all is in."""
        while some := self._into.to_follow(_STORIES):
            # What is shown is read again in any case: the ledger may be younger than the index, or
            # know the story by another identity, of an older parser.
            self._add(self._shown(some))
            for entries in chunks(self._entries([{"terms": {"document": some}}], _ENTRY), 2000):
                self._take(entries)
            self._into.followed(some)
        # Nothing must be laid over what stays as it is.
        for some in chunks(self._into.left_stories(), _STORIES):
            theirs = self._entries([{"terms": {"document": some}}], _ENTRY)
            alone = [one for one in theirs if (one.get("items") or 1) == 1]
            self._into.remove_raw(place for one in alone if (place := place_of(one, self._raw)))

    def _shown(self, documents: Sequence[str]) -> list[Mapping[str, Any]]:
        found = self._client.mget(
            index=self._source, ids=list(documents), source_includes=["provenance"]
        )
        return [
            {**one["_source"].get("provenance", {}), "document": one["_id"]}
            for one in found["docs"]
            if one.get("found")
        ]

    def _add(self, entries: Sequence[Mapping[str, Any]]) -> dict[Place, int]:
        """Select the raw records of entries; returns them, and how many items each has."""
        places: dict[Place, int] = {}
        gone: set[str] = set()
        for entry in entries:
            place = place_of(entry, self._raw)
            if place is not None and self._is_there(place):
                places[place] = entry.get("items") or 1
            elif entry.get("document") is not None:
                gone.add(entry["document"])
        self._into.add_raw(places)
        self._into.leave(gone)
        return places

    def _take(self, entries: Sequence[Mapping[str, Any]]) -> None:
        places = self._add(entries)
        several = [place for place, items in places.items() if items > 1]
        for some in chunks(several, _RECORDS):
            either = [
                {"bool": {"filter": [{"term": {"partition": p}}, {"term": {"offset": o}}]}}
                for p, o in some
            ]
            known: list[Query] = [
                {"bool": {"should": either}},
                {"term": {"topic": self._raw}},
                {"exists": {"field": "document"}},
            ]
            others = self._entries(known, ("document",))
            self._into.add_stories({entry["document"] for entry in others})

    def _entries(
        self, filters: Sequence[Query], fields: Sequence[str]
    ) -> Iterator[Mapping[str, Any]]:
        query = {"bool": {"filter": list(filters)}}
        for _id, entry in every_document(self._client, self._book, fields, query=query):
            yield entry

    def _is_there(self, place: Place) -> bool:
        if self._there is None:
            return True
        begin, end = self._there.get(place[0], (0, 0))
        return begin <= place[1] < end

    def _told(self, them: Iterable[Any]) -> Iterator[Any]:
        for one in them:
            self._looked += 1
            if self._looked % 1000 == 0:
                self._progress(self._looked)
            yield one


def _tombstone() -> Query:
    return {"term": {"pubstatus": "canceled"}}
