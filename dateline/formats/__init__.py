"""Wire formats: bytes in, articles out. One file each, found by entry point.

A new format is one module with a class that keeps the `Format` promise and one line under
``[project.entry-points."dateline.formats"]``; a user's own package can register one the same way.

Reading is pure: the same bytes and headers give the same items, on any machine, at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from importlib.metadata import entry_points
from typing import Protocol

import msgspec

from dateline import text
from dateline.article import Article, Provenance
from dateline.errors import DatelineError, InputError, UsageError, Where
from dateline.records import RawDocument
from dateline.versions import content_hash

GROUP = "dateline.formats"
#: how much of a document `Format.recognises` is shown
HEAD = 64 * 1024
#: refused items of one document that are named one by one: a megabyte of commas between brackets
#: must not become a million dead letters
REFUSED_MOST = 10_000


class Skipped(msgspec.Struct, frozen=True, kw_only=True):
    """An item without text of its own (a picture, a package that only refers)."""

    reason: str
    uri: str | None = None


Item = Article | Skipped | DatelineError

#: the document that is being read: a draft falls back on what its feed declares
_reading: ContextVar[RawDocument | None] = ContextVar("reading", default=None)


def reading() -> RawDocument | None:
    """The document that `read` is reading."""
    return _reading.get()


class Format(Protocol):
    """One wire format.

    name: as in the header ``format``. version: raised when the same bytes are read differently;
    it goes into ``provenance.parser``. rank: lower is asked first when formats are detected, so
    that the choosy come before those that take anything.
    """

    name: str
    version: int
    rank: int

    def recognises(self, head: bytes) -> bool:
        """Whether a document that begins with these bytes (at most `HEAD`) is this format's.

        It may be any bytes at all; must not raise, and must be quick.
        """
        ...

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """The document's items in order. A bad item is yielded as an InputError, so that the
        rest goes on; an unreadable document raises InputError. Of ``provenance`` only ``flaw``
        is the format's."""
        ...


@cache
def registered() -> dict[str, Format]:
    """All formats by name, in the order in which they are asked."""
    found: list[Format] = [point.load()() for point in entry_points(group=GROUP)]
    return {f.name: f for f in sorted(found, key=lambda f: (f.rank, f.name))}


def by_name(name: str) -> Format:
    """Raises UsageError that lists the known ones."""
    known = registered()
    if name not in known:
        raise UsageError(
            f"unknown format {name!r}",
            expected=f"one of {', '.join(known)}",
        )
    return known[name]


def detect(document: bytes, where: Where) -> Format:
    """The format of a document, from its bytes. Raises InputError."""
    head = document[:HEAD]
    for candidate in registered().values():
        if candidate.recognises(head):
            return candidate
    shown = head[:40].decode("utf-8", "backslashreplace")
    found = f"{len(document)} bytes beginning {shown!r}" if document else "an empty document"
    for candidate in registered().values():
        # Optional in a format: why it does not take these bytes, in a few words.
        if document and (refusal := getattr(candidate, "refusal", None)) and (why := refusal(head)):
            found += f" ({why})"
    raise InputError(
        "not a wire format that Dateline reads",
        where=where,
        found=found,
        expected=f"one of {', '.join(registered())}",
        remedy="name it with --format if you know it.",
    )


def read(document: RawDocument) -> list[Item]:
    """All items of a document, articles with their provenance.

    Never raises for bad input: an unreadable document is a list of one InputError. Beyond
    `REFUSED_MOST` refused items the others are one InputError at the end, which tells how many.
    """
    try:
        known = by_name(document.format)
    except UsageError as error:
        # A record may come from a machine with more formats installed than this one.
        return [
            InputError(
                f"format {document.format!r} is not known here",
                where=document.where,
                expected=error.expected,
                remedy="install the package that reads it, then retry the dead letter.",
            )
        ]
    items: list[Item] = []
    refused = 0
    token = _reading.set(document)
    try:
        for item in known.parse(document):
            number = len(items)
            if isinstance(item, Article):
                item = _finish(item, document, known, number)
            if isinstance(item, DatelineError):
                refused += 1
                if refused > REFUSED_MOST:
                    continue
                item.at(**_known(document.where), item=number)
            items.append(item)
    except InputError as error:
        error.at(**_known(document.where))
        items.append(error)
    except Exception as error:  # noqa: BLE001 - a parser's bug must cost one document, not the wire
        items.append(failed(known.name, error).at(**_known(document.where)))
    finally:
        _reading.reset(token)
    if refused > REFUSED_MOST:
        items.append(
            InputError(
                "more refused items in one document than are named one by one",
                where=document.where,
                found=f"{refused - REFUSED_MOST} more",
                expected=f"at most {REFUSED_MOST}",
                remedy="the document is kept whole in the first of its dead letters.",
            ).at(item=len(items))
        )
    if not items:
        items.append(InputError("a document without any item", where=document.where))
    return items


def failed(name: str, error: Exception) -> InputError:
    """What a parser's own mistake becomes: a refusal of the item, or of the document."""
    return InputError(
        f"the {name} parser failed",
        found=f"{type(error).__name__}: {error}",
        remedy="please report it with the document; it is kept in the dead letters.",
    )


def _finish(article: Article, document: RawDocument, known: Format, number: int) -> Item:
    place = document.position
    # What the document does not say, its feed's owner may.
    article = msgspec.structs.replace(
        article,
        language=article.language or text.language_tag(document.language or ""),
        provider=article.provider or document.provider,
    )
    provenance = Provenance(
        feed=document.feed,
        format=known.name,
        location=document.location,
        received=document.received,
        sha256=document.sha256,
        content=content_hash(article),
        item=number,
        parser=f"{known.name}/{known.version}",
        flaw=article.provenance.flaw,
        topic=place.topic if place else None,
        partition=place.partition if place else None,
        offset=place.offset if place else None,
    )
    finished = msgspec.structs.replace(article, provenance=provenance)
    try:
        # Whatever a parser builds must be what the schema says: better dead here than in the index.
        return msgspec.convert(msgspec.to_builtins(finished), Article)
    except msgspec.ValidationError as error:
        return InputError(
            "an article that breaks the schema",
            where=document.where,
            found=str(error),
            remedy="this is the parser's fault; please report it with the document.",
        ).at(item=number)


def _known(where: Where) -> dict[str, object]:
    return {k: v for k, v in msgspec.structs.asdict(where).items() if v is not None}
