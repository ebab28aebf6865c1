"""The account's sources as they are: topics in Kafka, index and ledger in Elasticsearch."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from dateline.errors import Unavailable
from dateline.offsets import Offsets
from dateline.reading import TopicRecord, read_topic
from dateline.reconcile.snapshot import Hit, Snapshot, Topic
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: documents of one page: an order of a few hundred bytes each, seldom tens of kilobytes
_PAGE = 1000
#: how long the server keeps the view that is paged through, from one page to the next
_KEEP = "5m"


class Servers:
    """See `Sources`. Raises what the Elasticsearch client raises, too."""

    def __init__(
        self,
        settings: Settings,
        client: Elasticsearch,
        snapshot: Snapshot,
        end: Callable[[str], Offsets],
    ) -> None:
        """end: end of a topic by its name."""
        self._settings = settings
        self._client = client
        self._snapshot = snapshot
        self._end = end
        self._topics = Topics.of(settings)

    def end(self, topic: Topic) -> Offsets:
        """The topic's end now. Raises Unavailable."""
        return self._end(self._name(topic))

    def records(
        self, topic: Topic, until: Offsets, begin: Offsets | None = None
    ) -> Iterable[TopicRecord]:
        """See `read_topic`."""
        return read_topic(self._settings, self._name(topic), until, begin)

    def count(self) -> int:
        """How many documents the index holds, about."""
        return int(self._client.count(index=self._snapshot.index)["count"])

    def documents(self) -> Iterator[Hit]:
        """Every document of the index, without its text."""
        yield from _all(self._client, self._snapshot.index, ["uri", "pubstatus", "standing"])

    def entries(self) -> Iterator[Hit]:
        """Every entry of the ledger: where it lies and what it says."""
        if self._snapshot.ledger is not None:
            fields = ["outcome", "received", "topic", "partition", "offset", "item", "dead"]
            yield from _all(self._client, self._snapshot.ledger, fields)

    def _name(self, topic: Topic) -> str:
        name: str = getattr(self._topics, topic)
        return name


def _all(client: Elasticsearch, index: str, fields: list[str]) -> Iterator[Hit]:
    """Every document as it was at one moment, in pages. Raises Unavailable where a shard is out."""
    # What was written, and confirmed, before this moment must be seen.
    client.indices.refresh(index=index)
    view = client.open_point_in_time(index=index, keep_alive=_KEEP)["id"]
    try:
        after: list[Any] | None = None
        while True:
            page = client.search(
                pit={"id": view, "keep_alive": _KEEP},
                size=_PAGE,
                sort=["_shard_doc"],
                search_after=after,
                source_includes=fields,
                track_total_hits=False,
            )
            if page["_shards"]["failed"] or page["timed_out"]:
                raise Unavailable(
                    f"a part of {index} cannot be read",
                    found=str(page["_shards"].get("failures", "timed out"))[:2000],
                )
            view = page["pit_id"]
            hits = page["hits"]["hits"]
            for hit in hits:
                yield hit["_id"], hit["_source"]
            if len(hits) < _PAGE:
                return
            after = hits[-1]["sort"]
    finally:
        from elasticsearch import ApiError, TransportError

        # The server forgets it by itself, too.
        with contextlib.suppress(ApiError, TransportError):
            client.close_point_in_time(id=view)
