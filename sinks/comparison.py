"""Two generations of the index compared, document by document: what a switch would change.

The old one is read from end to end, and each page looked up in the new one by its ids; then the
ids of the new one, to see which the old one lacks. What lacks is looked up once more at the end:
live articles come into both, but not in the same moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dateline.records import utc_now
from dateline.scanning import chunks, every_document
from sinks import generations
from sinks.changes import Changes, Gathering
from sinks.generations import Generation

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: documents of a page with all their text; ids alone
_PAGE, _IDS = 200, 2000
#: documents that are looked up once more at the end; above that they are taken to be gone
_DOUBTFUL = 10_000
#: enough to tell whether a document is found by a search
_SEEN = ("uri", "title", "pubstatus", "embargoed", "provider", "@timestamp")

Progress = Callable[[int], None]
Fields = Sequence[str] | bool


def compare(
    client: Elasticsearch,
    old: Generation,
    new: Generation,
    *,
    texts: bool = True,
    clock: Callable[[], dt.datetime] = utc_now,
    progress: Progress = lambda _count: None,
) -> Changes:
    """All that differs. progress: told now and then how many documents were compared.

    texts: without them only what is found and what is not, in a fraction of the time.
    Raises Unavailable, UsageError (from `generations.surroundings`).
    """
    fields: Fields = True if texts else _SEEN
    gathering = Gathering(old.number, new.number, clock())
    page = _PAGE if texts else _IDS
    doubtful: list[str] = []
    compared = 0
    with generations.surroundings("comparing two generations"):
        for hits in chunks(every_document(client, old.index, fields, page=page), page):
            there = _get(client, new.index, [document for document, _ in hits], fields)
            for document, source in hits:
                if document not in there and len(doubtful) < _DOUBTFUL:
                    doubtful.append(document)
                    continue
                gathering.take(source, there.get(document))
            compared += len(hits)
            progress(compared)
        for hits in chunks(every_document(client, new.index, False, page=_IDS), _IDS):
            ids = [document for document, _ in hits]
            known = _get(client, old.index, ids, False)
            lacking = [document for document in ids if document not in known]
            for some in chunks(lacking, _PAGE):
                if len(doubtful) + len(some) <= _DOUBTFUL:
                    doubtful.extend(some)
                    continue
                for source in _get(client, new.index, some, fields).values():
                    gathering.take(None, source)
            compared += len(lacking)
            progress(compared)
        for some in chunks(doubtful, _PAGE):
            before = _get(client, old.index, some, fields)
            after = _get(client, new.index, some, fields)
            for document in some:
                if document in before or document in after:
                    gathering.take(before.get(document), after.get(document))
    return gathering.changes()


def _get(
    client: Elasticsearch, index: str, ids: Sequence[str], fields: Fields
) -> dict[str, dict[str, Any]]:
    """Those that are there, as they are now, refreshed or not."""
    if not ids:
        return {}
    wanted: dict[str, Any] = (
        {"source": fields} if isinstance(fields, bool) else {"source_includes": list(fields)}
    )
    found = client.mget(index=index, ids=list(ids), **wanted)
    return {one["_id"]: one.get("_source", {}) for one in found["docs"] if one.get("found")}
