"""Taking over the documents that a partial replay does not reprocess, standing and all. What is
searched of them is made anew, as this program makes it.

It is done before any sink feeds the new generation, from a view of the serving one that holds all
that the new one will not be fed. So nothing can come in between: what changes meanwhile lies
behind the place from which the new generation is fed, and comes into it that way.

Documents are read and written by this program rather than cloned by the server: a clone
write-blocks its source, which is fed, and a client that dies at the wrong moment would leave it so;
nor could it have another mapping. See docs/decisions/0009.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.errors import Defect, Unavailable
from dateline.scanning import every_document
from dateline.selection import Selection, place_of
from dateline.settings import Settings
from dateline.topics import Topics
from sinks.bulk import EXPLAINED, Item, Pause, persist
from sinks.documents import searched_anew
from sinks.generations import Generation, surroundings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: documents that one request reads, with all their text
_PAGE = 500
#: tries of one page, some half a minute, before whoever waits is told
_TRIES = 8

Progress = Callable[[int], None]
_encoder = msgspec.json.Encoder()


class Stopped(Exception):
    """Somebody asked for it."""


def take_over(
    client: Elasticsearch,
    settings: Settings,
    source: Generation,
    into: Generation,
    reprocessed: Selection,
    *,
    progress: Progress = lambda _count: None,
    stop: Callable[[], bool] = lambda: False,
    pause: Pause = time.sleep,
) -> int:
    """Copy every document of ``source`` but those of the stories reprocessed; returns how many.

    To do it again, after a crash, adds what lacks. progress: told how many were looked at. Raises
    Unavailable, Stopped.
    """
    copied = looked = 0
    raw = Topics.of(settings).raw
    with unrefreshed(client, settings, into.index), surroundings("taking over documents"):
        hits = every_document(client, source.index, page=_PAGE)
        while some := dict(islice(hits, _PAGE)):
            kept = some.keys() - reprocessed.among(list(some)) - _read_again(some, raw, reprocessed)
            _write(client, into.index, {one: some[one] for one in kept}, stop, pause)
            copied += len(kept)
            looked += len(some)
            progress(looked)
            if stop():
                raise Stopped
    return copied


def _read_again(documents: Mapping[str, Any], raw: str, reprocessed: Selection) -> set[str]:
    """Those whose original is read again, though the ledger knows it as another story's: an older
    parser gave it another identity."""
    places = {
        document: place
        for document, source in documents.items()
        if (place := place_of(source.get("provenance", {}), raw)) is not None
    }
    again = reprocessed.records_among(list(places.values()))
    return {document for document, place in places.items() if place in again}


@contextmanager
def unrefreshed(client: Elasticsearch, settings: Settings, index: str) -> Iterator[None]:
    """Fill an index that nobody searches yet: a refresh for each second would cost half as much
    again. Raises Unavailable."""
    _set_refresh(client, index, "-1")
    try:
        yield
    finally:
        _set_refresh(client, index, settings.index_refresh_interval)


def _write(
    client: Elasticsearch,
    index: str,
    documents: Mapping[str, Any],
    stop: Callable[[], bool],
    pause: Pause,
) -> None:
    def refused(item: Item) -> Item:
        raise Defect(
            "the new generation refuses a document of the old one",
            found=item.explained,
            remedy="please report it; a replay without a selection does not copy.",
        )

    def gives_up(trouble: str) -> Exception:
        if stop():
            return Stopped()
        return Unavailable(
            f"Elasticsearch cannot write to {index}",
            found=trouble[:EXPLAINED],
            remedy="nothing is lost; run `dateline replay` again, and it goes on.",
        )

    # One that is there was taken over before a crash.
    items = list(_items(documents))
    persist(client, index, items, refused, gives_up, stop=stop, pause=pause, tries=_TRIES)


def _items(documents: Mapping[str, Any]) -> Iterator[Item]:
    for document, source in documents.items():
        line = _encoder.encode({"create": {"_id": document}})
        yield Item(data=line + b"\n" + _encoder.encode(searched_anew(source)) + b"\n")


def _set_refresh(client: Elasticsearch, index: str, interval: str) -> None:
    with surroundings("setting the refresh interval"):
        client.indices.put_settings(index=index, settings={"index": {"refresh_interval": interval}})
