"""The ledger in Elasticsearch: the index, and how entries are written into it.

An entry is written after its article and before the offset is committed, so whatever the sink has
passed is in both. Entries of dead letters and skipped items come from their topics, through
a consumer group of the ledger's own (`sinks.recorder`).

An item may have been dead once and alive later (a replay with a better parser) or be met by several
generations; its one entry then says the best that became of it, whoever comes first: each kind of
outcome has a rank, which is the document's external version.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.connections import elasticsearch_foreign, elasticsearch_told
from dateline.errors import Defect, Unavailable
from dateline.ledger import Entry
from dateline.scanning import every_document
from dateline.selection import place_of
from dateline.settings import Settings
from dateline.topics import Topics
from sinks import generations
from sinks.bulk import Client, Item, Pause, persist
from sinks.template import DATE, KEYWORD, STORED, sizes

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: raised with every change of the mapping
VERSION = 1
_LOOKING = "looking for the ledger"
#: external version of an entry by its outcome; every other outcome is an article's
_RANK = {"dead": 1, "skipped": 1}
_ARTICLE_RANK = 2
#: others may make or delete the index at the same moment, but not each time
_ATTEMPTS = 3
#: what is kept of an entry that the index refuses: where it lies and what became of it
_LEAST = (
    "received",
    "written",
    "outcome",
    "document",
    "sha256",
    "topic",
    "partition",
    "offset",
    "item",
    "items",
    "stage",
    "dead",
)

_LONG = {"type": "long"}
_INTEGER = {"type": "integer"}
_encoder = msgspec.json.Encoder()


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """The index behind the alias; id is its UUID, drawn anew whenever it is created."""

    index: str
    id: str


def alias(settings: Settings) -> str:
    """What searches name."""
    return f"{settings.index_prefix}ledger"


def index_of(settings: Settings) -> str:
    """The one index behind the alias: writers name it, so that it is never made by a slip."""
    return f"{alias(settings)}-000001"


def group_of(settings: Settings, ledger: Ledger, topic: str) -> str:
    """Consumer group that brings one topic, the dead letters' or that of skipped items, into this
    index.

    One for each: members of one group that read different topics can be left without partitions,
    where the one that shares them out has not heard of the other's topic yet.
    """
    return f"{settings.topic_prefix}dateline-ledger-{ledger.id}-{topic.rpartition('.')[2]}"


def mappings() -> dict[str, Any]:
    """Strict; field by field that of `dateline.ledger.Entry`."""
    properties: dict[str, Any] = {
        **dict.fromkeys(("received", "written", "versioncreated", "embargoed"), DATE),
        **dict.fromkeys(
            (
                "outcome",
                "identity",
                "document",
                "uri",
                "provider",
                "service",
                "pubstatus",
                "language",
                "update_kind",
                "signal",
                "replaces",
                "feed",
                "format",
                "sha256",
                "content",
                "topic",
                "stage",
                "kind",
                "dead",
            ),
            KEYWORD,
        ),
        **dict.fromkeys(("location", "reason"), STORED),
        **dict.fromkeys(("version", "update_number", "offset"), _LONG),
        **dict.fromkeys(("partition", "item", "items"), _INTEGER),
        "transmission": {
            "dynamic": "strict",
            "properties": {"service": KEYWORD, "number": KEYWORD},
        },
    }
    return {"dynamic": "strict", "date_detection": False, "properties": properties}


def index_template(settings: Settings) -> dict[str, Any]:
    """Body of ``PUT _index_template``."""
    return {
        "index_patterns": [f"{settings.index_prefix}ledger-*"],
        "priority": 500,
        "version": VERSION,
        "allow_auto_create": False,
        "template": {
            "settings": {"index": sizes(settings)},
            "mappings": {**mappings(), "_meta": _meta()},
        },
        "_meta": _meta(),
    }


def find(client: Elasticsearch, settings: Settings) -> Ledger | None:
    """The ledger, None where no sink has made it yet. Raises Unavailable, UsageError."""
    with generations.surroundings(_LOOKING):
        found = client.options(ignore_status=404).indices.get(
            index=alias(settings), filter_path="*.settings.index.uuid"
        )
    if found.meta.status == 404:
        return None
    told = elasticsearch_told(found.body, dict[str, generations.Described], _LOOKING)
    if len(told) != 1:
        raise elasticsearch_foreign(f"{len(told)} indices behind {alias(settings)}", _LOOKING)
    ((index, described),) = told.items()
    return Ledger(index=index, id=described.settings.index.uuid)


def ensure(client: Elasticsearch, settings: Settings) -> Ledger:
    """See that template, index and alias are there and up to date; returns the ledger.

    Raises NewerSchema where a newer program was here, Unavailable, UsageError.
    """
    from elasticsearch import BadRequestError

    with generations.surroundings("preparing the ledger"):
        index = index_of(settings)
        client.indices.put_index_template(name=alias(settings), **index_template(settings))
        for _ in range(_ATTEMPTS):
            ledger = find(client, settings)
            if ledger is not None:
                _upgrade(client, ledger)
                generations.raise_replicas(client, settings, [ledger.index])
                return ledger
            try:
                client.indices.create(index=index, aliases={alias(settings): {}})
            except BadRequestError as error:
                if error.error != "resource_already_exists_exception":
                    raise
    raise Unavailable(
        f"index {index} is there, but not behind the alias {alias(settings)}",
        remedy=f"point the alias {alias(settings)} at it.",
    )


def _upgrade(client: Elasticsearch, ledger: Ledger) -> None:
    """New fields before new code writes. Raises NewerSchema."""
    found = client.indices.get_mapping(index=ledger.index, filter_path="*.mappings._meta")
    known = found.body[ledger.index]["mappings"]["_meta"]["dateline"]["template"]
    generations.not_newer(known, VERSION, f"index {ledger.index}")
    if known < VERSION:
        client.indices.put_mapping(
            index=ledger.index, properties=mappings()["properties"], meta=_meta()
        )


def _meta() -> dict[str, Any]:
    return {"dateline": {"template": VERSION}}


def refused_by_sinks(client: Elasticsearch, settings: Settings) -> set[tuple[int, int, int]]:
    """Items (raw partition, offset, number) that a sink refused and none took, as far as is known.
    Raises Unavailable."""
    book = find(client, settings)
    if book is None:
        return set()
    query = {"bool": {"filter": [{"term": {"outcome": "dead"}}, {"term": {"stage": "sink"}}]}}
    fields = ("topic", "partition", "offset", "item")
    raw = Topics.of(settings).raw
    with generations.surroundings("looking for what was refused"):
        return {
            (*place, one.get("item") or 0)
            for _id, one in every_document(client, book.index, fields, query=query)
            if (place := place_of(one, raw)) is not None
        }


def record(
    client: Client,
    index: str,
    entries: Sequence[Entry],
    *,
    stop: Callable[[], bool] = lambda: False,
    pause: Pause = time.sleep,
    tries: int,
) -> None:
    """Write entries; returns once each is there, or one of a rank as high was before.

    Writing the same entries again changes nothing. Raises Unavailable after ``tries``, or sooner
    where ``stop`` says so.
    """
    waiting = [_item(entry) for entry in entries]
    least: dict[int, Entry] = {
        id(item): entry for item, entry in zip(waiting, entries, strict=True)
    }

    def refused(item: Item) -> Item:
        entry = least.pop(id(item), None)
        if entry is None:
            raise Defect("the ledger refuses an entry", found=item.explained)
        return _item(_reduced(entry, item.explained))

    def gives_up(trouble: str) -> Exception:
        return Unavailable(
            "Elasticsearch cannot write to the ledger",
            found=trouble,
            remedy="nothing is lost: what was not recorded is read again.",
        )

    persist(client, index, waiting, refused, gives_up, stop=stop, pause=pause, tries=tries)


def _item(entry: Entry) -> Item:
    rank = _RANK.get(entry.outcome, _ARTICLE_RANK)
    place = {"_id": entry.id, "version": rank, "version_type": "external"}
    return Item(data=_encoder.encode({"index": place}) + b"\n" + _encoder.encode(entry) + b"\n")


def _reduced(entry: Entry, why: str) -> Entry:
    """What no mapping refuses: a number that is no long, say, must not hide that it came."""
    kept = {name: getattr(entry, name) for name in _LEAST}
    return Entry(**kept, reason=f"the rest was refused: {why}"[:2000])
