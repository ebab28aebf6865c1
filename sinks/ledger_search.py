"""Questions to the ledger: entries in order, counts, and how a story stands in the index now.

Entries are read in pages of one moment's view, so memory is bounded by a page however many there
are, and what is written meanwhile is neither missed nor seen twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dateline.connections import elasticsearch_foreign, elasticsearch_told
from dateline.errors import Unavailable
from dateline.identity import document_id
from dateline.ledger import Entry
from dateline.records import Position
from dateline.settings import Settings
from dateline.transmissions import Arrival
from sinks import generations, ledger
from sinks.documents import decode_standing, instant

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

Query = dict[str, Any]
Now = Literal["shown", "withdrawn", "withheld", "embargoed"]

#: what is under way, for errors
_READING, _STANDING = "reading the ledger", "asking the index how stories stand"
_PAGE = 1000
#: how long the server keeps the view between two pages: somebody may be reading with a pager
_KEEP = "10m"
#: a total order: two records may share a receipt
_BY_RECEIPT = ("received", "partition", "offset", "item", "dead")
#: what gaps need of an entry
_NUMBERED = ("received", "provider", "service", "transmission", "content")
#: what counts can be told apart by
DIMENSIONS = (
    "provider", "service", "day", "feed", "format", "language", "outcome", "update_kind",
)  # fmt: skip
#: how many feeds a question about one story's dead letters names
_FEEDS = 100


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries are meant; what is None does not matter. since, until: of the receipt, from
    and before, to the millisecond. service: of the article, or of its transmission."""

    provider: str | None = None
    service: str | None = None
    feed: str | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None

    def filters(self) -> list[Query]:
        """As Elasticsearch asks for them."""
        found: list[Query] = [
            {"term": {name: value}}
            for name in ("provider", "feed")
            if (value := getattr(self, name)) is not None
        ]
        if self.service is not None:
            names = ("service", "transmission.service")
            either = [{"term": {name: self.service}} for name in names]
            found.append({"bool": {"should": either}})
        times = {"gte": instant(self.since), "lt": instant(self.until)}
        times = {name: value for name, value in times.items() if value is not None}
        if times:
            found.append({"range": {"received": times}})
        return found


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a story stands in the serving generation.

    now: of its newest version. content, received, topic, partition, offset, item: of the entry
    that is shown.
    """

    now: Now
    content: str
    received: dt.datetime | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    item: int = 0

    def of(self, entry: Entry) -> str | None:
        """``now`` of the entry that it shows, ``same`` of the same text sent again, None else."""
        if self._shows(entry):
            return self.now
        return "same" if entry.content is not None and entry.content == self.content else None

    def _shows(self, entry: Entry) -> bool:
        if self.offset is None:
            return entry.content == self.content and entry.received == self.received
        place = (self.topic, self.partition, self.offset, self.item, self.received)
        return place == (
            entry.topic, entry.partition, entry.offset, entry.item or 0, entry.received
        )  # fmt: skip


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How many versions came with these values (None: the entry has none); by outcome."""

    values: dict[str, str | None]
    outcomes: dict[str, int]

    @property
    def total(self) -> int:
        """Of all outcomes."""
        return sum(self.outcomes.values())


# --- entries -------------------------------------------------------------------------------------


def in_window(
    client: Elasticsearch, settings: Settings, window: Window, limit: int | None = None
) -> Iterator[Entry]:
    """The latest entries, newest first. Raises Unavailable, also where there is no ledger."""
    query = {"bool": {"filter": window.filters()}}
    yield from _entries(client, settings, query, newest_first=True, limit=limit)


def of_story(
    client: Elasticsearch,
    settings: Settings,
    names: Sequence[str],
    window: Window,
    version: int | None = None,
    newest: int | None = None,
) -> Iterator[Entry]:
    """Every entry whose uri or identity is one of ``names``, oldest first; of these only the
    ``newest``. Raises Unavailable."""
    either = [{"terms": {field: list(names)}} for field in ("uri", "identity")]
    filters: list[Query] = [{"bool": {"should": either}}, *window.filters()]
    if version is not None:
        filters.append({"term": {"version": version}})
    query = {"bool": {"filter": filters}}
    if newest is None:
        yield from _entries(client, settings, query, newest_first=False)
    else:
        last = list(_entries(client, settings, query, newest_first=True, limit=newest))
        yield from reversed(last)


def of_record(client: Elasticsearch, settings: Settings, raw: Position) -> Iterator[Entry]:
    """The entries of one raw record, one for each of its items. Raises Unavailable."""
    place = {"topic": raw.topic, "partition": raw.partition, "offset": raw.offset}
    filters = [{"term": {name: value}} for name, value in place.items()]
    yield from _entries(client, settings, {"bool": {"filter": filters}}, newest_first=False)


def numbered(
    client: Elasticsearch, settings: Settings, window: Window
) -> Iterator[tuple[str | None, Iterator[Arrival]]]:
    """Transmission numbers: (provider, arrivals in the order of receipt), one after the other for
    each service of a transmission; what has none comes together, with the article's service.
    Raises Unavailable.
    """
    filters = [{"exists": {"field": "transmission.number"}}, *window.filters()]
    order = [_sort(name, "asc") for name in ("provider", "transmission.service", *_BY_RECEIPT)]
    sources = _pages(client, settings, {"bool": {"filter": filters}}, order, _NUMBERED)
    for (provider, _), group in itertools.groupby(
        sources, key=lambda source: (source.get("provider"), source["transmission"].get("service"))
    ):
        yield provider, map(_arrival, group)


def _arrival(source: dict[str, Any]) -> Arrival:
    told = source["transmission"]
    return Arrival(
        received=msgspec.convert(source["received"], dt.datetime),
        number=told["number"],
        service=told.get("service") or source.get("service"),
        content=source.get("content"),
    )


def _entries(
    client: Elasticsearch,
    settings: Settings,
    query: Query,
    *,
    newest_first: bool,
    limit: int | None = None,
) -> Iterator[Entry]:
    direction = "desc" if newest_first else "asc"
    order = [_sort(name, direction) for name in _BY_RECEIPT]
    for source in _pages(client, settings, query, order, limit=limit):
        yield elasticsearch_told(source, Entry, _READING)


def _sort(field: str, direction: str) -> Query:
    return {field: {"order": direction, "missing": "_last"}}


def _pages(
    client: Elasticsearch,
    settings: Settings,
    query: Query,
    order: Sequence[Query],
    fields: Sequence[str] | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    left = limit
    with _view(client, settings) as view:
        after: list[Any] | None = None
        while left is None or left > 0:
            size = _PAGE if left is None else min(_PAGE, left)
            page = view.search(
                query=query,
                size=size,
                sort=list(order),
                search_after=after,
                source_includes=fields,
                track_total_hits=False,
            )
            hits = elasticsearch_told(page, _Page, _READING).hits.hits
            for hit in hits:
                yield hit.source
            if len(hits) < size:
                return
            after = hits[-1].sort
            left = None if left is None else left - size


class _Hit(msgspec.Struct):
    source: dict[str, Any] = msgspec.field(name="_source")
    sort: list[Any]


class _Hits(msgspec.Struct):
    hits: list[_Hit]


class _Page(msgspec.Struct):
    hits: _Hits


class _Opened(msgspec.Struct):
    id: str


class _Shards(msgspec.Struct):
    failed: int
    failures: list[Any] = []


class _Seen(msgspec.Struct):
    """Of every answer of a view."""

    shards: _Shards = msgspec.field(name="_shards")
    timed_out: bool
    pit_id: str


class _View:
    """The ledger as it was at one moment."""

    def __init__(self, client: Elasticsearch, name: str) -> None:
        self._client = client
        self.name = name
        opened = client.open_point_in_time(index=name, keep_alive=_KEEP).body
        self.id = elasticsearch_told(opened, _Opened, _READING).id

    def search(self, **request: Any) -> Mapping[str, Any]:
        """Raises Unavailable where a part did not answer: nothing may be missing in silence."""
        with generations.surroundings(_READING):
            page = self._client.search(pit={"id": self.id, "keep_alive": _KEEP}, **request)
        seen = elasticsearch_told(page.body, _Seen, _READING)
        if seen.shards.failed or seen.timed_out:
            raise Unavailable(
                f"a part of {self.name} cannot be read",
                found=str(seen.shards.failures or "timed out")[:2000],
            )
        self.id = seen.pit_id
        answer: Mapping[str, Any] = page.body
        return answer


@contextlib.contextmanager
def _view(client: Elasticsearch, settings: Settings) -> Iterator[_View]:
    from elasticsearch import ApiError, NotFoundError, TransportError

    name = ledger.alias(settings)
    with generations.surroundings(_READING):
        try:
            view = _View(client, name)
        except NotFoundError as error:
            raise _missing(name) from error
    try:
        yield view
    finally:
        with contextlib.suppress(ApiError, TransportError):
            client.close_point_in_time(id=view.id)


def _missing(name: str) -> Unavailable:
    return Unavailable(
        "there is no ledger yet",
        found=f"no alias {name}",
        remedy="`dateline sink` (or `dateline run`) makes it and records what comes.",
    )


# --- around a story ------------------------------------------------------------------------------


def standings(
    client: Elasticsearch, settings: Settings, identities: Sequence[str], now: dt.datetime
) -> dict[str, Standing]:
    """How these stories stand in the serving generation, by identity; those it lacks are absent,
    as are all where none serves. Raises Unavailable."""
    if not identities:
        return {}
    serving = generations.serving(client, settings)
    if serving is None:
        return {}
    return standings_in(client, serving.index, identities, now)


def standings_in(
    client: Elasticsearch, index: str, identities: Sequence[str], now: dt.datetime
) -> dict[str, Standing]:
    """The same of any generation, by its index."""
    with generations.surroundings(_STANDING):
        reply = client.mget(
            index=index,
            ids=[document_id(identity) for identity in identities],
            source_includes=["standing", "pubstatus", "embargoed", "provenance"],
        )
    documents = elasticsearch_told(reply.body, _Documents, _STANDING).docs
    if len(documents) != len(identities):
        raise elasticsearch_foreign(f"{len(documents)} of {len(identities)} documents", _STANDING)
    return {
        identity: _standing(document.source, now)
        for identity, document in zip(identities, documents, strict=True)
        if document.found and document.source is not None
    }


def _standing(source: _Source, now: dt.datetime) -> Standing:
    origin = source.provenance
    state: Now = "shown"
    if source.pubstatus == "canceled":
        state = "withdrawn"
    elif source.pubstatus == "withheld":
        state = "withheld"
    elif source.embargoed is not None and source.embargoed > now:
        state = "embargoed"
    try:
        content = decode_standing(source.standing).shown
    except msgspec.DecodeError as error:
        raise elasticsearch_foreign(str(error), _STANDING) from error
    return Standing(
        now=state,
        content=content,
        received=origin.received,
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        item=origin.item,
    )


class _Origin(msgspec.Struct):
    received: dt.datetime | None = None
    topic: str | None = None
    partition: int | None = None
    offset: int | None = None
    item: int = 0


class _Source(msgspec.Struct):
    standing: str
    pubstatus: str
    embargoed: dt.datetime | None = None
    provenance: _Origin = msgspec.field(default_factory=_Origin)


class _Document(msgspec.Struct):
    found: bool = False
    source: _Source | None = msgspec.field(name="_source", default=None)


class _Documents(msgspec.Struct):
    docs: list[_Document]


def count_dead(
    client: Elasticsearch, settings: Settings, feeds: Sequence[str], window: Window
) -> int:
    """Dead letters that came with these feeds: any of them may be a version of the story."""
    filters = [
        {"term": {"outcome": "dead"}},
        {"terms": {"feed": list(feeds)[:_FEEDS]}},
        # Where it could be read whose it is, it is listed with its story.
        *window.filters(),
    ]
    query = {"bool": {"filter": filters, "must_not": [{"exists": {"field": "identity"}}]}}
    with generations.surroundings("counting dead letters"):
        found: int = client.count(index=ledger.alias(settings), query=query)["count"]
    return found


def near(client: Elasticsearch, settings: Settings, uri: str, most: int = 3) -> list[str]:
    """Stories that came with a uri which begins as this one does, up to its last part."""
    begin = uri.rstrip(":/|-#")
    cut = max(begin.rfind(mark) for mark in ":/|-#") + 1
    if cut == 0:
        return []
    with generations.surroundings("looking for similar uris"):
        found = client.search(
            index=ledger.alias(settings),
            size=0,
            query={"prefix": {"uri": begin[:cut]}},
            aggs={"near": {"terms": {"field": "uri", "size": most}}},
        )
    return [
        bucket.key
        for bucket in elasticsearch_told(
            found.body, _Near, "looking for similar uris"
        ).aggregations.near.buckets
    ]


class _Bucket(msgspec.Struct):
    key: str


class _Buckets(msgspec.Struct):
    buckets: list[_Bucket]


class _Alike(msgspec.Struct):
    near: _Buckets


class _Near(msgspec.Struct):
    aggregations: _Alike


# --- counts --------------------------------------------------------------------------------------


class Counted(msgspec.Struct, kw_only=True):
    """total: versions, each once. outcomes: those that occur, and how often."""

    total: int
    outcomes: dict[str, int]


def count(client: Elasticsearch, settings: Settings, window: Window) -> Counted:
    """All versions in the window, by outcome. Raises Unavailable."""
    with _view(client, settings) as view:
        found = view.search(
            query={"bool": {"filter": window.filters()}},
            size=0,
            track_total_hits=True,
            aggs={"outcomes": {"terms": {"field": "outcome", "size": 100}}},
        )
    buckets = found["aggregations"]["outcomes"]["buckets"]
    return Counted(
        total=found["hits"]["total"]["value"],
        outcomes={bucket["key"]: bucket["doc_count"] for bucket in buckets},
    )


def counts(
    client: Elasticsearch,
    settings: Settings,
    by: Sequence[str],
    window: Window,
    *,
    time_zone: str = "UTC",
) -> Iterator[Count]:
    """Versions counted by some of `DIMENSIONS`, sorted by their values, those without any last.

    Days are those of the receipt in ``time_zone``. A version with two update kinds is counted with
    each. Raises Unavailable.
    """
    sources = [_source(name, time_zone) for name in dict.fromkeys([*by, "outcome"])]
    values: dict[str, str | None] | None = None
    outcomes: dict[str, int] = {}
    with _view(client, settings) as view:
        after: dict[str, Any] | None = None
        while True:
            composite: dict[str, Any] = {"size": _PAGE, "sources": sources}
            if after is not None:
                composite["after"] = after
            found = view.search(
                query={"bool": {"filter": window.filters()}},
                size=0,
                track_total_hits=False,
                aggs={"rows": {"composite": composite}},
            )["aggregations"]["rows"]
            for bucket in found["buckets"]:
                # Outcome comes last in the order, so what belongs to one row comes in a row.
                row = {name: bucket["key"][name] for name in by}
                if values is not None and row != values:
                    yield Count(values=values, outcomes=outcomes)
                    outcomes = {}
                values = row
                outcome = bucket["key"]["outcome"]
                outcomes[outcome] = outcomes.get(outcome, 0) + bucket["doc_count"]
            after = found.get("after_key")
            if after is None:
                break
    if values is not None:
        yield Count(values=values, outcomes=outcomes)


def _source(name: str, time_zone: str) -> Query:
    if name == "day":
        day = {
            "field": "received",
            "calendar_interval": "1d",
            "time_zone": time_zone,
            "format": "yyyy-MM-dd",
        }
        return {name: {"date_histogram": day}}
    terms = {"field": name, "missing_bucket": True, "missing_order": "last"}
    return {name: {"terms": terms}}
