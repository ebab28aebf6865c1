"""Pages of a feed or an API: where the next one is, and which items are a record each.

Pure functions of what came. Items are cut out of a page as they stand there, byte by byte; what
other systems do is data (`KINDS`), and what none of them does a feed may say itself (key paths
``next`` and ``items`` in ``dateline.toml``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urljoin

import msgspec

_BOM = b"\xef\xbb\xbf"

Path = Sequence[str]


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """How pages of one API are built; all are key paths.

    marks: keys that make it this API's. next: to the address of the next page. items: to the list
    whose items are a record each. resume: the last page's ``next`` is where news will come. around:
    what is put around an item to make it the document that its format knows. key, fingerprint:
    within an item, what it is known by, and what changes with it. text: within an item, to the
    address of a document that belongs into the item: beside that address, as ``content``.
    """

    marks: Path = ()
    next: Path | None = None
    items: Path | None = None
    resume: bool = False
    around: str | None = None
    key: Path | None = None
    fingerprint: Path | None = None
    text: Path | None = None


KINDS = (
    # AP Media API: a page ends in the address where the news after it will be; the text of an
    # item is a NITF document of its own.
    Kind(
        marks=("api_version", "data"),
        next=("data", "next_page"),
        items=("data", "items"),
        resume=True,
        around="data",
        key=("item", "altids", "itemid"),
        fingerprint=("item", "altids", "etag"),
        text=("item", "renditions", "nitf", "href"),
    ),
)
# Of all others. The first is JSON Feed's, those with ``_links`` HAL's.
_NEXTS = (
    ("next_url",),
    ("links", "next"),
    ("links", "next", "href"),
    ("_links", "next", "href"),
    ("next",),
)
#: what these hold may be something else: a number, a token
_ADDRESS = re.compile(r"https?://|[/?]", re.IGNORECASE)
_LISTS = (("items",), ("entries",))
#: what an item is known by, in whichever format
_KEYS = ("uri", "urn", "guid", "id", "@id")
#: a page with one of these is an item itself, whatever lists it holds
_ITEMS_OWN = ("uri", "urn", "guid", "headline")


class Page(msgspec.Struct, kw_only=True):
    """What a page in JSON holds. next: the next one's address, as it stands there. items: each as
    it stands there; None where it is not divided. kind: how it is built."""

    next: str | None = None
    items: list[bytes] | None = None
    kind: Kind = msgspec.field(default_factory=Kind)


def read(data: bytes, *, next_path: str | None = None, items_path: str | None = None) -> Page:
    """A page of JSON; of anything else, one that is not divided and has no next.

    next_path, items_path: as a feed says it, keys with dots between them. Never raises.
    """
    plain = data.removeprefix(_BOM)
    opening = plain[:64].lstrip()[:1]
    if opening == b"[":
        return Page(items=_objects(plain))
    if opening != b"{":
        return Page()
    kind = next((kind for kind in KINDS if all(_at(plain, (key,)) for key in kind.marks)), None)
    found = Page()
    if kind is not None:
        found.kind, found.next, found.items = (
            kind,
            _string(plain, kind.next),
            _list(plain, kind.items),
        )
    elif not any(_at(plain, (key,)) for key in _ITEMS_OWN):
        guessed = filter(None, (_string(plain, path) for path in _NEXTS))
        found.next = next(filter(_ADDRESS.match, guessed), None)
        lists = (_list(plain, path) for path in _LISTS)
        found.items = next((items for items in lists if items is not None), None)
    if next_path:
        found.next = _string(plain, next_path.split("."))
    if items_path:
        found.items = _list(plain, items_path.split("."))
    return found


def _list(data: bytes, path: Path | None) -> list[bytes] | None:
    found = _at(data, path) if path else None
    return None if found is None else _objects(found)


def link_next(headers: Mapping[str, str]) -> str | None:
    """The address of ``rel="next"`` in a ``Link`` header (RFC 8288)."""
    for target, parameters in _links(headers.get("link", "")[:16_384]):
        rel = _REL.search(parameters)
        if rel and "next" in (rel[1] or rel[2]).lower().split():
            return target
    return None


_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
_LINK = re.compile(r"<([^<>]*)>([^<]*)")


def _links(header: str) -> Iterator[tuple[str, str]]:
    for found in _LINK.finditer(header):
        yield found[1].strip(), found[2]


# The Atom link of RFC 5005, in the feed's own head.
_ATOM_LINK = re.compile(rb"<(?:[\w.-]+:)?link\b([^<>]*)>")
_NEXT = re.compile(rb"\brel\s*=\s*[\"'](?:next)[\"']")
_HREF = re.compile(rb"\bhref\s*=\s*[\"']([^\"'<>]+)[\"']")
_ENTRY = re.compile(rb"<(?:[\w.-]+:)?(?:entry|item)\b")


def xml_next(data: bytes) -> str | None:
    """The address of the next page in the head of an RSS or Atom document (RFC 5005)."""
    head = data[:262_144]
    begun = _ENTRY.search(head)
    head = head[: begun.start()] if begun else head
    for link in _ATOM_LINK.finditer(head):
        if _NEXT.search(link[1]) and (found := _HREF.search(link[1])):
            return found[1].decode("utf-8", "replace").replace("&amp;", "&").strip()
    return None


def joined(base: str, address: str) -> str:
    """An address on a page, which may be relative. Raises ValueError."""
    return urljoin(base, address.strip())


# --- items ---------------------------------------------------------------------------------------


def key_of(item: bytes, kind: Kind) -> str | None:
    """What an item is known by; None where nothing says it."""
    if kind.key and (found := _string(item, kind.key)):
        return found
    keys = _object(item)
    for name in _KEYS if keys else ():
        value = _decoded(keys[name]) if keys and name in keys else None
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
    return None


def fingerprint_of(item: bytes, kind: Kind) -> str | None:
    """What changes when an item does, if it says so itself."""
    return _string(item, kind.fingerprint)


def text_of(item: bytes, kind: Kind) -> str | None:
    """The address of the document that belongs into an item; None where none does, or where it
    is there already."""
    if kind.text is None or _string(item, (*kind.text[:-1], "content")):
        return None
    return _string(item, kind.text)


def with_text(item: bytes, kind: Kind, content: str) -> bytes:
    """An item with the document that belongs into it."""
    if kind.text is None:
        return item
    data = msgspec.json.decode(item)
    place = data
    for key in kind.text[:-1]:
        place = place[key]
    place["content"] = content
    return msgspec.json.encode(data)


def document_of(item: bytes, kind: Kind) -> bytes:
    """The document that an item is a record of."""
    if kind.around is None:
        return item
    return b'{"' + kind.around.encode() + b'":' + item + b"}"


# --- JSON, no deeper than it is asked for ---------------------------------------------------------

_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_ERRORS = (msgspec.DecodeError, ValueError, RecursionError)


def _object(data: bytes) -> dict[str, bytes] | None:
    try:
        return {name: bytes(value) for name, value in _OBJECT.decode(data).items()}
    except _ERRORS:
        return None


def _objects(data: bytes) -> list[bytes] | None:
    """The items of a list of objects; None for anything else."""
    try:
        items = [bytes(item) for item in _LIST.decode(data)]
    except _ERRORS:
        return None
    return items if all(item[:1] == b"{" for item in items) else None


def _at(data: bytes, path: Path | None) -> bytes | None:
    """What stands at a path of keys, as it stands there."""
    found: bytes | msgspec.Raw = data
    for key in path or ():
        try:
            inner = _OBJECT.decode(found).get(key)
        except _ERRORS:
            return None
        if inner is None:
            return None
        found = inner
    return bytes(found)


def _string(data: bytes, path: Path | None) -> str | None:
    found = _at(data, path) if path else None
    value = _decoded(found) if found is not None and found[:1] == b'"' else None
    return value.strip() or None if isinstance(value, str) else None


def is_json(data: bytes) -> bool:
    """Whether it is a whole value."""
    try:
        msgspec.json.decode(data, type=msgspec.Raw)
    except _ERRORS:
        return False
    return True


def _decoded(value: bytes) -> Any:
    try:
        return msgspec.json.decode(value)
    except _ERRORS:
        return None
