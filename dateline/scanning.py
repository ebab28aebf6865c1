"""Reading a whole index in pages, as it was at one moment."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dateline.errors import Unavailable

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: documents of the first page, before anybody knows how large they are; bytes that a page aims at
_FIRST, _BYTES = 50, 8 * 1024 * 1024
#: how long the server keeps the view that is paged through, from one page to the next
_KEEP = "5m"

Item = TypeVar("Item")
#: id and source of a document
Hit = tuple[str, dict[str, Any]]


def chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """So many at a time, the last ones fewer."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def _page(client: Elasticsearch, index: str, **asked: Any) -> Any:
    from elasticsearch import NotFoundError

    try:
        return client.search(**asked)
    except NotFoundError as error:
        raise Unavailable(
            f"the view of {index} that was being read is gone",
            found=str(error)[:500],
            remedy="Elasticsearch was started again, or this took too long; try once more.",
        ) from error


def every_document(
    client: Elasticsearch,
    index: str,
    fields: Sequence[str] | bool = True,
    *,
    page: int = 1000,
    query: Mapping[str, Any] | None = None,
) -> Iterator[Hit]:
    """Every document (of those that a query finds), in no order; memory holds one page.

    fields: of the source; False for none (it is then empty), True for all. page: documents that
    one request brings at most; where they are large, it brings fewer.
    Raises Unavailable where a shard is out, and what the client raises.
    """
    # What was written, and confirmed, before this moment must be seen.
    client.indices.refresh(index=index)
    view = client.open_point_in_time(index=index, keep_alive=_KEEP)["id"]
    wanted: dict[str, Any] = (
        {"source": fields} if isinstance(fields, bool) else {"source_includes": list(fields)}
    )
    try:
        after: list[Any] | None = None
        size = min(page, _FIRST)
        while True:
            found = _page(
                client,
                index,
                pit={"id": view, "keep_alive": _KEEP},
                size=size,
                query=query,
                sort=["_shard_doc"],
                search_after=after,
                track_total_hits=False,
                **wanted,
            )
            if found["_shards"]["failed"] or found["timed_out"]:
                raise Unavailable(
                    f"a part of {index} cannot be read",
                    found=str(found["_shards"].get("failures", "timed out"))[:2000],
                )
            view = found["pit_id"]
            hits = found["hits"]["hits"]
            for hit in hits:
                yield hit["_id"], hit.get("_source", {})
            if len(hits) < size:
                return
            after = hits[-1]["sort"]
            # Elasticsearch does not tell the length of a large answer.
            length = len(msgspec.json.encode([hit.get("_source") for hit in hits])) + 1
            size = max(1, min(page, 4 * size, len(hits) * _BYTES // length))
    finally:
        from elasticsearch import ApiError, TransportError

        # The server forgets it by itself, too.
        with contextlib.suppress(ApiError, TransportError):
            client.close_point_in_time(id=view)
