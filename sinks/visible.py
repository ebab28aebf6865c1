"""When what was written can be found: a sample of it is looked for until a search sees it.

A bulk request that succeeded is safe, but no search finds its documents before the next refresh.
How long that takes nobody tells, so it is tried: of each batch some new articles, twice a second
one small search for those that were not seen yet.
"""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from dateline.connections import elasticsearch_client
from dateline.identity import document_id, identity_of
from dateline.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from dateline.article import Article

#: of one batch, and in all that are looked for at once
_OF_BATCH, _AT_ONCE = 5, 50
#: seconds between two looks, and after which one is given up: another version overtook it
_EVERY, _PATIENCE = 0.5, 60.0


class _Sought(NamedTuple):
    content: str
    received: dt.datetime
    until: float


class Visible:
    """Looks for samples in one index; found: is told when each of them was received."""

    def __init__(
        self, settings: Settings, index: str, found: Callable[[dt.datetime], None]
    ) -> None:
        self._settings = settings
        self._index = index
        self._found = found
        self._sought: dict[str, _Sought] = {}
        self._changed = threading.Condition()
        self._over = False
        self._thread: threading.Thread | None = None

    def sample(self, written: Iterable[Article]) -> None:
        """Articles that were just written as new ones."""
        with self._changed:
            for number, article in enumerate(written):
                if number >= _OF_BATCH or len(self._sought) >= _AT_ONCE or self._over:
                    break
                origin = article.provenance
                if origin.content is not None and origin.received is not None:
                    self._sought[document_id(identity_of(article))] = _Sought(
                        origin.content, origin.received, time.monotonic() + _PATIENCE
                    )
            if self._sought and self._thread is None:
                self._thread = threading.Thread(target=self._look, name="visible", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def close(self) -> None:
        """Look no more; nobody waits for it."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _look(self) -> None:
        from elasticsearch import ApiError, TransportError

        with elasticsearch_client(self._settings, timeout=10.0) as client:
            while True:
                with self._changed:
                    while not self._sought and not self._over:
                        self._changed.wait()
                    if self._over:
                        return
                    sought = dict(self._sought)
                try:
                    seen = self._seen(client, sought)
                except (ApiError, TransportError):
                    seen = set()  # away or busy: the sink itself says so
                now = time.monotonic()
                with self._changed:
                    for name, one in sought.items():
                        if name in seen or one.until < now:
                            self._sought.pop(name, None)
                    self._changed.wait_for(lambda: self._over, timeout=_EVERY)

    def _seen(self, client: Elasticsearch, sought: dict[str, _Sought]) -> set[str]:
        reply = client.search(
            index=self._index,
            query={"ids": {"values": list(sought)}},
            size=len(sought),
            source_includes=["provenance.content"],
            track_total_hits=False,
        )
        seen = set()
        for hit in reply["hits"]["hits"]:
            one = sought[hit["_id"]]
            if hit["_source"].get("provenance", {}).get("content") == one.content:
                seen.add(hit["_id"])
                self._found(one.received)
        return seen
