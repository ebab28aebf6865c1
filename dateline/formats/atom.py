"""Atom 1.0 (RFC 4287) and 0.3: feeds, and entries that are documents of their own.

``updated`` is the version's time, ``published`` the story's. What a feed says of its author, its
rights and its language holds for entries that say nothing themselves (RFC 4287, 4.2). Entries that
were deleted (RFC 6721) withdraw what they name.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator

import msgspec

from dateline import text
from dateline.article import Association, Concept
from dateline.errors import InputError
from dateline.formats import Item, feeds, rss, xmldoc
from dateline.formats.feeds import Children, Copy, Told
from dateline.formats.xmldoc import Damage, Element
from dateline.records import RawDocument

#: more than two, since RFC 4287 allows versions of an entry in one feed
SHARING = 3
ENTRIES = ("entry", "deleted-entry")

_ATOM = re.compile(r"www\.w3\.org/2005/Atom|purl\.org/atom/ns", re.IGNORECASE)
_NAMESPACE = re.compile(r"\bxmlns\s*=")
_FEED = re.compile(rb"<feed\b[^<>]{0,2000}www\.w3\.org/2005/Atom")


class Atom:
    """See the module."""

    name = "atom"
    version = 2
    rank = 230

    def recognises(self, head: bytes) -> bool:
        """A feed or an entry in Atom's namespace; a feed in none; a feed within an HTML page."""
        root = xmldoc.peek(head)
        if root is None:
            return False
        if root.name == "html":
            return _FEED.search(head) is not None
        if _ATOM.search(root.attributes):
            return root.name in {"feed", "entry"}
        return root.name == "feed" and _NAMESPACE.search(root.attributes) is None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each entry by itself. Raises InputError."""
        feed = read(document.value)
        entries = [told(entry, feed) for entry in feed.entries]
        uris = feeds.identities(entries, home=feed.home, own=feed.id, sharing=SHARING)
        return feeds.items(entries, uris, document.received, flaw=feed.flaw, damage=feed.damage)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed: its element (the entry, where one is the whole document), what it says for all
    entries, and those."""

    root: Element
    id: str | None
    home: str | None
    address: str | None
    provider: str | None
    byline: str | None
    language: str | None
    notice: str | None
    terms: str | None
    entries: list[Element]
    flaw: str | None
    damage: list[Damage]


def read(data: bytes) -> Feed:
    """Raises InputError."""
    document = xmldoc.read_entries(data, *ENTRIES, within=frozenset({"feed"}))
    root = document.root
    if xmldoc.local(root) == "html":
        root = next((one for one in root.iter() if xmldoc.local(one) == "feed"), None)
        if root is None:
            raise InputError("no Atom feed", found="a page in HTML", expected="a feed in it")
    alone = xmldoc.local(root) == "entry"
    said = Children(None if alone else root)
    links = list(_all(said, "link"))
    home = _href(links, "alternate")
    address = home or _href(links, "self")
    return Feed(
        root=root,
        id=None if alone else said.plain("atom:id", "id"),
        home=feeds.resolved(feeds.base_of(root, address), home),
        address=address,
        provider=feeds.agency(*said.lines("dc:publisher"))
        or feeds.known_agency(_line(said, "title"), _authors(said), _line(said, "rights")),
        byline=_authors(said),
        language=said.plain("dc:language"),
        notice=_line(said, "rights", "copyright") or said.line("dc:rights"),
        terms=_href(links, "license"),
        entries=[root] if alone else list(xmldoc.children(root, *ENTRIES)),
        flaw=document.flaw,
        damage=document.damage,
    )


def without_header(feed: Feed) -> Feed:
    """As if the feed said nothing for its entries."""
    return msgspec.structs.replace(
        feed, address=None, provider=None, byline=None, language=None, notice=None, terms=None
    )


# --- an entry ------------------------------------------------------------------------------------


def told(entry: Element, feed: Feed) -> Told:
    """What an entry says."""
    if xmldoc.local(entry) == "deleted-entry":
        return _deleted(entry, feed)
    said = Children(entry)
    base = feeds.base_of(entry, feed.address)
    source = Children(next(_all(said, "source"), None))
    links = list(_all(said, "link"))
    content = _best(_all(said, "content"))
    summary = _copy(next(_all(said, "summary"), None), feed.address)
    if not summary.paragraphs:
        summary = said.copy(base, "media:description", "dc:description")
    published = _plain(said, "published", "issued", "created")
    changed = _plain(said, "updated", "modified")
    keywords, subject = _categories(said)
    origin = _line(source, "title")
    return Told(
        id=next(iter(_plain(said, "id")), None),
        link=feeds.resolved(base, said.plain("feedburner:origlink") or _href(links, "alternate")),
        headline=_line(said, "title") or said.line("media:title", "dc:title"),
        byline=_authors(said) or said.line("dc:creator") or _authors(source) or feed.byline,
        summary=summary,
        content=_copy(content, feed.address),
        published=published,
        created=[*changed, *said.all_plain("dc:date"), *published],
        language=(feeds.language_of(content) if content is not None else None)
        or feeds.language_of(entry)
        or said.plain("dc:language")
        or next((found for one in entry.iterancestors() if (found := feeds.language_of(one))), None)
        or feed.language,
        provider=feeds.agency(*said.lines("dc:publisher")) or feed.provider,
        notice=_line(said, "rights", "copyright")
        or said.line("dc:rights", "media:copyright")
        or _line(source, "rights")
        or feed.notice,
        terms=feeds.resolved(base, _href(links, "license"))
        or said.line("dcterms:license", "cc:license")
        or feed.terms,
        keywords=keywords,
        subject=subject,
        sources=[origin] if origin else [],
        associations=list(_associations(said, links, base)),
        unwanted="draft" if _is_draft(said) else None,
    )


def _deleted(entry: Element, feed: Feed) -> Told:
    """RFC 6721: ``ref`` is the entry's id, ``when`` the time at which it went."""
    when = entry.get("when")
    return Told(
        id=xmldoc.attribute(entry, "ref"),
        created=[when] if when else [],
        status="canceled",
        provider=feed.provider,
    )


def _is_draft(said: Children) -> bool:
    return any(
        (Children(one).plain("app:draft") or "") == "yes" for one in said.each("app:control")
    )


# Atom's own elements; a feed in no namespace has them bare.


def _all(said: Children, *names: str) -> Iterator[Element]:
    for name in names:
        yield from said.each(f"atom:{name}", name)


def _plain(said: Children, *names: str) -> list[str]:
    return [value for name in names for value in said.all_plain(f"atom:{name}", name)]


def _line(said: Children, *names: str) -> str | None:
    """A text construct on one line."""
    for one in _all(said, *names):
        if found := " ".join((_copy(one, None).text or "").split()):
            return found
    return None


def _authors(said: Children) -> str | None:
    names = (Children(author).plain("atom:name", "name") for author in _all(said, "author"))
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _href(links: list[Element], rel: str) -> str | None:
    found = (one.get("href") for one in links if one.get("rel", "alternate") == rel)
    return next((address for address in found if address), None)


# --- text ----------------------------------------------------------------------------------------

_MARKED = re.compile(
    r"html|xhtml|text/html|(?:application|text)/(?:\w+\+)?xml|application/\w+\+xml"
)


def _best(contents: Iterable[Element]) -> Element | None:
    """Of several (RFC 4287 allows one) that which keeps its paragraphs."""
    several = list(contents)
    marked = (one for one in several if _MARKED.match((one.get("type") or "").lower()))
    return next(marked, several[0] if several else None)


def _copy(element: Element | None, address: str | None) -> Copy:
    """A text construct or content: plain text unless its type says otherwise, or says nothing and
    paragraphs of HTML stand there. What is neither is no copy."""
    if element is None:
        return Copy()
    if len(element):
        base = feeds.base_of(element, address)
        return feeds.copy_of(xmldoc.inner_html(element), base, certain=True)
    source = element.text or ""
    kind = (element.get("type") or "text").lower()
    if element.get("mode") == "base64":
        source = _decoded(source)
    marked = _MARKED.match(kind) is not None
    if marked or (element.get("type") is None and text.is_html(source)):
        return feeds.copy_of(source, feeds.base_of(element, address), certain=marked)
    return feeds.plain(source) if kind.startswith("text") else Copy()


def _decoded(source: str) -> str:
    try:
        return base64.b64decode(source, validate=False).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""


# --- the rest ------------------------------------------------------------------------------------


def _categories(said: Children) -> tuple[list[str], list[Concept]]:
    """Keywords, and what names the scheme that it is of."""
    keywords = said.lines("dc:subject")
    subject: list[Concept] = []
    for one in _all(said, "category"):
        term = xmldoc.attribute(one, "term")
        name = feeds.line(one.get("label")) or feeds.line(one.text)
        scheme = xmldoc.attribute(one, "scheme")
        if scheme and (term or name):
            shown = name if name != term else None
            subject.append(rss.concept(term or name or "", scheme=scheme, name=shown))
        elif name or term:
            keywords.append(name or term or "")
    return keywords, subject


def _associations(said: Children, links: list[Element], base: str | None) -> Iterator[Association]:
    for one in links:
        if one.get("rel") == "enclosure" and (
            found := feeds.associated(feeds.resolved(base, one.get("href")), one.get("title"))
        ):
            yield found
    yield from rss.media(said, base)
