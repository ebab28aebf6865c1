"""A feed taken apart: each entry a document of its own, for producers that fetch feeds.

An entry's document is a whole feed of its format that holds only that entry and what the feed says
for all of them, so that the same parser reads the same article out of it. What changes from one
fetch to the next although no entry has (``lastBuildDate``, ``ttl``, a feed's own ``updated``) is
left out: equal entries give equal bytes. What was damaged is an entry too, whose document is
refused where it is read, so that it is kept with the reason.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from lxml import etree

from dateline.errors import InputError
from dateline.formats import atom, feeds, jsonfeed, rss
from dateline.formats.feeds import Told
from dateline.formats.xmldoc import Damage, Element
from dateline.records import sha256


class _Frame(msgspec.Struct, frozen=True):
    """A feed's document before and after the place where its entries stand."""

    before: bytes
    after: bytes


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry.

    key: its identity within the feed, the ``uri`` of its article. fingerprint: of what it says.
    Its id, its links and its dates are no part of that: there are programs that make new ones for
    every fetch. frame: what stands around it in its document, which is put together when it is
    asked for: a small feed may have a large head and many entries. link: where its story stands.
    damage: why it cannot be read, where it cannot.
    """

    key: str
    fingerprint: str
    inner: bytes
    frame: _Frame = _Frame(b"", b"")
    link: str | None = None
    damage: str | None = None

    @property
    def document(self) -> bytes:
        """The feed with this entry alone."""
        return self.frame.before + self.inner + self.frame.after


def split(data: bytes, format_name: str, *, by_link: bool = False) -> list[Entry]:
    """A feed's entries in its order; a document of another format is one. Raises InputError.

    by_link: the feed's ids are worth nothing (they differ from fetch to fetch), so that an entry
    is known by its link.
    """
    reader = _READERS.get(format_name)
    if reader is None:
        digest = sha256(data)
        return [Entry(key=digest, fingerprint=digest, inner=data)]
    return reader(data, by_link)


def _fingerprint(entry: Told) -> str:
    pictures = [
        [(picture.uri or "").partition("?")[0], picture.caption]
        for copy in (entry.content, entry.summary)
        for picture in copy.pictures
    ]
    said = msgspec.to_builtins(entry)
    for name in ("id", "link", "altids", "published", "created", "associations"):
        said.pop(name)
    said["content"], said["summary"] = entry.content.paragraphs, entry.summary.paragraphs
    said["pictures"] = pictures + [
        [(picture.uri or "").partition("?")[0], picture.caption] for picture in entry.associations
    ]
    return sha256(msgspec.json.encode(said, order="deterministic"))


def _identified(
    entries: Sequence[Told], by_link: bool, known: Callable[[Sequence[Told]], list[str | None]]
) -> list[tuple[str | None, bool]]:
    """Of each the identity, and whether its document must say it because it could not be told
    from the entry alone."""
    alone = [known([entry])[0] for entry in entries]
    if by_link:
        for entry in entries:
            entry.id = None if entry.link else entry.id
    uris = known(entries)
    return [(uri, uri is not None and uri != by) for uri, by in zip(uris, alone, strict=True)]


# --- XML -----------------------------------------------------------------------------------------

_MARKER = "dateline-entry"
_T = TypeVar("_T")
_XML = "{http://www.w3.org/XML/1998/namespace}"
_MARKED = re.compile(rb"<(?:[\w.-]+:)?dateline-entry(?:\s[^<>]*)?/>")
_RSS_HEADER = frozenset(
    "title link language copyright managingeditor dc:language dc:publisher dc:rights dc:creator "
    "dcterms:rights dcterms:license dcterms:accessrights cc:license atom:rights atom:link".split()
)
_ATOM_HEADER = frozenset(
    "id title author rights copyright link atom:id atom:title atom:author atom:rights "
    "atom:copyright atom:link dc:publisher dc:rights dc:language".split()
)
#: of a feed's links; others lead to further pages of it, which move on
_RELATIONS = frozenset({"alternate", "self", "license"})
#: bytes of one part of a feed's head, and of all of it: every entry's document repeats it
_LONGEST_PART, _LONGEST_HEAD = 4 * 1024, 64 * 1024
#: bytes of all those repetitions
_HEADS = 64 * 1024 * 1024


def _rss(data: bytes, by_link: bool) -> list[Entry]:
    feed = rss.read(data)
    entries = [rss.told(item, feed.header) for item in feed.items]
    bare = [_fingerprint(rss.told(item, rss.NOTHING)) for item in feed.items]

    def known(told: Sequence[Told]) -> list[str | None]:
        return feeds.identities(told, home=feed.header.link, sharing=rss.SHARING)

    most = _most(len(feed.items) + len(feed.damage))
    outermost = feed.root if feed.channel is None else feed.channel
    if outermost is feed.root:
        root = _shell(feed.root, _RSS_HEADER, most)
        frames = {feed.root: _frame(root, root, most)}
    else:
        root = _shell(outermost, _RSS_HEADER, most, within=feed.root)
        frames = {feed.root: _frame(root, root, most), outermost: _frame(root, root[0], most)}
    found = []
    for item, entry, (uri, unsaid), fingerprint in zip(
        feed.items, entries, _identified(entries, by_link, known), bare, strict=True
    ):
        if unsaid:
            _say(item, "guid", uri, isPermaLink="false")
        frame = frames.get(item.getparent(), frames[outermost])
        found.append(_entry(item, frame, uri, entry.link, fingerprint))
    return _with_damage(found, feed.damage, frames[outermost])


def _atom(data: bytes, by_link: bool) -> list[Entry]:
    feed = atom.read(data)
    entries = [atom.told(entry, feed) for entry in feed.entries]
    bare = [_fingerprint(atom.told(entry, atom.without_header(feed))) for entry in feed.entries]

    def known(told: Sequence[Told]) -> list[str | None]:
        return feeds.identities(told, home=feed.home, own=feed.id, sharing=atom.SHARING)

    frame = _Frame(b"", b"")
    if feed.entries != [feed.root]:
        most = _most(len(feed.entries) + len(feed.damage))
        root = _shell(feed.root, _ATOM_HEADER, most)
        frame = _frame(root, root, most)
    found = []
    for element, entry, (uri, unsaid), fingerprint in zip(
        feed.entries, entries, _identified(entries, by_link, known), bare, strict=True
    ):
        if unsaid:
            _say(element, "id", uri)
        found.append(_entry(element, frame, uri, entry.link, fingerprint))
    return _with_damage(found, feed.damage, frame)


def _most(entries: int) -> int:
    """Bytes of a head that so many entries repeat."""
    return min(_LONGEST_HEAD, _HEADS // max(1, entries))


def _fitting(parts: Iterable[_T], size: Callable[[_T], int], most: int) -> Iterator[_T]:
    """Of a head those parts that it has room for."""
    for part in parts:
        own = size(part)
        if own <= min(most, _LONGEST_PART):
            most -= own
            yield part


def _shell(
    feed: Element, names: frozenset[str], most: int, *, within: Element | None = None
) -> Element:
    """A feed's element with those of its children that are its header, or (within) the root around
    it; a root speaks the language that stood around it."""
    shell = copy.deepcopy(feed if within is None else within)
    channel = shell if within is None else shell[within.index(feed)]
    if within is not None:
        shell[:] = [channel]
    header = [one for one in channel if feeds.named(one) in names and _stays(one)]
    # What is around them needs room, too.
    channel[:] = list(_fitting(header, _size, most * 3 // 4))
    for one in (shell, channel, *channel):
        one.tail = None
        if one.get("rel") == "self":
            one.set("href", _base(one.get("href", "")))
    for around in feed.iterancestors() if within is None else ():
        for name, value in around.attrib.items():
            if name.startswith(_XML) and shell.get(name) is None:
                shell.set(name, value)
    return shell


def _base(address: str) -> str:
    """Of a feed's own address what others are relative to: the rest may be somebody's key."""
    return re.split("[?#]", address, maxsplit=1)[0]


def _size(one: Element) -> int:
    return len(etree.tostring(one, with_tail=False))


def _stays(one: Element) -> bool:
    return one.get("href") is None or one.get("rel", "alternate") in _RELATIONS


def _frame(root: Element, shell: Element, most: int) -> _Frame:
    marker = etree.SubElement(shell, _MARKER)
    whole = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    shell.remove(marker)
    before, after = _MARKED.split(whole, maxsplit=1)
    if (size := len(before) + len(after)) > most:
        raise InputError(
            "a feed whose head is larger than any",
            found=f"{size} bytes before its entries",
            expected=f"at most {most} before so many",
        )
    return _Frame(before, after)


def _say(entry: Element, name: str, uri: str | None, **attributes: str) -> None:
    """Makes an identity the entry's own."""
    for one in [one for one in entry if feeds.named(one) in {name, f"atom:{name}"}]:
        entry.remove(one)
    own = entry.tag.rpartition("}")[0]
    said = etree.SubElement(entry, f"{own}}}{name}" if own else name, attributes)
    said.text = uri


def _entry(
    element: Element, frame: _Frame, uri: str | None, link: str | None, fingerprint: str
) -> Entry:
    inner = etree.tostring(element, encoding="utf-8", with_tail=False)
    return Entry(
        key=uri or f"urn:dateline:sha256:{fingerprint}",
        fingerprint=fingerprint,
        inner=inner,
        frame=frame,
        link=link,
    )


def _with_damage(found: list[Entry], damage: list[Damage], frame: _Frame) -> list[Entry]:
    for one in reversed(damage):
        source = one.source
        if "\ufffd" in source:
            source = source[: source.rfind("</")]  # what is damaged must not look whole
        digest = sha256(source.encode())
        entry = Entry(
            key=f"urn:dateline:sha256:{digest}",
            fingerprint=digest,
            inner=source.encode(),
            frame=_Frame(frame.before, b""),
            damage=str(one.error),
        )
        found.insert(one.after, entry)
    return found


# --- JSON ----------------------------------------------------------------------------------------

_JSON_HEADER = ("version", "title", "home_page_url", "feed_url", "language", "author", "authors")
_encoder = msgspec.json.Encoder(order="deterministic")


def _json(data: bytes, by_link: bool) -> list[Entry]:
    feed = jsonfeed.read(data)
    said = [name for name in _JSON_HEADER if name in feed]
    most = _most(len(feed["items"]))
    fitting = _fitting(said, lambda name: len(_encoder.encode(feed[name])) + len(name) + 4, most)
    header = {name: feed[name] for name in fitting}
    if isinstance(address := header.get("feed_url"), str):
        header["feed_url"] = _base(address)
    before = _encoder.encode(header).removesuffix(b"}") + (b"," if header else b"")
    frame = _Frame(before + b'"items":[', b"]}")
    items = [item for item in feed["items"] if isinstance(item, dict)]
    own = jsonfeed.header_of(feed)
    entries = [jsonfeed.told(item, own) for item in items]

    def known(told: Sequence[Told]) -> list[str | None]:
        return feeds.identities(told, home=own.home, sharing=jsonfeed.SHARING)

    whole = zip(items, entries, _identified(entries, by_link, known), strict=True)
    found = []
    for value in feed["items"]:
        digest = sha256(_encoder.encode(value))
        uri, link, damage = None, None, None
        if isinstance(value, dict):
            value, entry, (uri, unsaid) = next(whole)
            digest = _fingerprint(jsonfeed.told(value, jsonfeed.NOTHING))
            link = entry.link
            if unsaid:
                value = {**value, "id": uri}
        else:
            damage = "not an item of a feed"
        found.append(
            Entry(
                key=uri or f"urn:dateline:sha256:{digest}",
                fingerprint=digest,
                inner=_encoder.encode(value),
                frame=frame,
                link=link,
                damage=damage,
            )
        )
    return found


_READERS: dict[str, Callable[[bytes, bool], list[Entry]]] = {
    "rss": _rss,
    "atom": _atom,
    "json-feed": _json,
}
