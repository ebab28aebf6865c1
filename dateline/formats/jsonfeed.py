"""JSON Feed 1.0 and 1.1.

``date_modified`` is the version's time, ``date_published`` the story's. The feed's authors and its
language hold for items that name none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dateline import text
from dateline.article import Association
from dateline.errors import DatelineError, InputError
from dateline.formats import Item, feeds
from dateline.formats.feeds import Told
from dateline.formats.jsondoc import Fields, decode, described, opening
from dateline.records import RawDocument

#: so many items of different links that have one id in common have none
SHARING = 2

_VERSION = re.compile(rb"\"version\"\s*:\s*\"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version")
# Keys may be sorted, and its version far behind its items.
_OWN_KEYS = re.compile(
    rb"\"(?:home_page_url|feed_url|content_html|content_text|date_published)\"\s*:"
)
_ITEMS = re.compile(rb"\"items\"\s*:\s*\[")


class JsonFeed:
    """See the module."""

    name = "json-feed"
    version = 2
    rank = 300

    def recognises(self, head: bytes) -> bool:
        """Its version's address; or items, and keys that only it has."""
        plain = opening(head)
        if plain is None or not plain.lstrip().startswith(b"{"):
            return False
        if _VERSION.search(plain):
            return True
        return _ITEMS.search(plain) is not None and _OWN_KEYS.search(plain) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself. Raises InputError."""
        data = read(document.value)
        whole = [entry for entry in data["items"] if isinstance(entry, dict)]
        header = header_of(data)
        entries = [told(entry, header) for entry in whole]
        uris = feeds.identities(entries, home=header.home, sharing=SHARING)
        found = feeds.items(entries, uris, document.received)
        if not data["items"]:
            return found
        return _in_place(data["items"], found)


def _in_place(values: list[Any], found: Iterator[Item]) -> Iterator[Item]:
    """Items where they stand, among what is none."""
    for value in values:
        yield next(found) if isinstance(value, dict) else _no_item(value)


def _no_item(value: Any) -> DatelineError:
    return InputError("not an item of a feed", found=described(value), expected="an object")


def read(value: bytes) -> dict[str, Any]:
    """The feed's object, whose ``items`` are a list. Raises InputError."""
    data = decode(value)
    if not isinstance(data, dict):
        raise InputError("not a JSON Feed", found=described(data), expected="an object")
    if not isinstance(data.get("items"), list):
        raise InputError(
            "a JSON Feed without items", found=described(data.get("items")), expected="a list"
        ).at(field="items")
    return data


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says for all of its items, read once: it may be large. ``home`` is the page that
    the feed belongs to, ``base`` what addresses are relative to."""

    home: str | None = None
    base: str | None = None
    authors: str | None = None
    language: str | None = None
    provider: str | None = None


#: of a feed that says nothing
NOTHING = Header()


def header_of(feed: dict[str, Any]) -> Header:
    """The feed's own part."""
    said = Fields(feed, forgiving=True)
    home = feeds.resolved(said.raw("feed_url"), said.raw("home_page_url"))
    authors = _authors(said)
    return Header(
        home=home,
        base=home or said.raw("feed_url"),
        authors=authors,
        language=said.raw("language"),
        provider=feeds.known_agency(said.line("title"), authors),
    )


# --- an item -------------------------------------------------------------------------------------


def told(item: dict[str, Any], header: Header) -> Told:
    """What an item says."""
    said = Fields(item, forgiving=True)
    base = header.base
    content = feeds.copy_of(said.raw("content_html"), base, certain=True)
    if not content.paragraphs:
        content.paragraphs = feeds.plain(said.raw("content_text")).paragraphs
    published, modified = said.raw("date_published"), said.raw("date_modified")
    return Told(
        id=_id(said),
        link=feeds.resolved(base, said.raw("url") or said.raw("external_url")),
        headline=feeds.line(said.raw("title")),
        byline=_authors(said) or header.authors,
        summary=feeds.copy_of(said.raw("summary"), base),
        content=content,
        published=[published] if published else [],
        created=[time for time in (modified, published) if time],
        language=said.raw("language") or header.language,
        provider=header.provider,
        keywords=said.strings("tags"),
        associations=list(_associations(said, base)),
    )


def _id(said: Fields) -> str | None:
    """A string; numbers are made strings, as the standard says."""
    value = said.data.get("id")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return text.one_line(said.raw("id") or "")


def _authors(said: Fields) -> str | None:
    """Version 1.1's list, else version 1's only one."""
    listed = [name for author in said.objects("authors") if (name := author.line("name"))]
    names = listed or [name for one in said.objects("author") if (name := one.line("name"))]
    return ", ".join(dict.fromkeys(names)) or None


def _associations(said: Fields, base: str | None) -> Iterator[Association]:
    found: list[tuple[str | None, str | None]]
    found = [(said.raw("image"), None), (said.raw("banner_image"), None)]
    found += [(one.raw("url"), one.line("title")) for one in said.objects("attachments")]
    for address, caption in found:
        if picture := feeds.associated(feeds.resolved(base, address), caption):
            yield picture
