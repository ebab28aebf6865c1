"""The account's sources as they are: topics in Kafka, index and ledger in Elasticsearch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from dateline.offsets import Offsets
from dateline.reading import TopicRecord, read_topic
from dateline.reconcile.snapshot import Hit, Snapshot, Topic
from dateline.scanning import every_document
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


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
        yield from every_document(
            self._client, self._snapshot.index, ["uri", "pubstatus", "standing"]
        )

    def entries(self) -> Iterator[Hit]:
        """Every entry of the ledger: where it lies and what it says."""
        if self._snapshot.ledger is not None:
            fields = ["outcome", "received", "topic", "partition", "offset", "item", "dead"]
            yield from every_document(self._client, self._snapshot.ledger, fields)

    def _name(self, topic: Topic) -> str:
        name: str = getattr(self._topics, topic)
        return name
