"""RSS 0.90 to 2.0, RSS 1.0 (RDF) and 1.1, with the extensions that news feeds use: Dublin Core,
content, Media RSS, PRISM, Atom.

Every item is an article by itself. Of its several dates that of its last change is the version's
and ``pubDate`` the story's. Full text is ``content:encoded``; where there is only a
``description``, that is the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import msgspec

from dateline.article import Association, Concept
from dateline.formats import Item, feeds, xmldoc
from dateline.formats.feeds import Children, Copy, Told
from dateline.formats.xmldoc import Damage, Element
from dateline.records import RawDocument

#: so many entries of different links that have one guid in common have none
SHARING = 2

_RDF = re.compile(r"purl\.org/rss/1\.0|purl\.org/net/rss1\.1|netscape\.com/rdf/simple")
_AROUND = frozenset({"rss", "rdf", "channel", "items"})
_CODE = re.compile(r"(?:medtop:)?\d{8}\Z")


class Rss:
    """See the module."""

    name = "rss"
    version = 2
    rank = 220

    def recognises(self, head: bytes) -> bool:
        """``rss``, or an RDF document of RSS's vocabulary (other vocabularies are no news)."""
        root = xmldoc.peek(head)
        if root is None:
            return False
        return root.name.lower() == "rss" or (
            root.name in {"RDF", "Channel"} and _RDF.search(root.attributes) is not None
        )

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself. Raises InputError."""
        feed = read(document.value)
        entries = [told(item, feed.header) for item in feed.items]
        uris = feeds.identities(entries, home=feed.header.link, sharing=SHARING)
        return feeds.items(entries, uris, document.received, flaw=feed.flaw, damage=feed.damage)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel says for all of its items."""

    link: str | None
    address: str | None
    language: str | None
    provider: str | None
    notice: str | None
    terms: str | None


#: of a channel that says nothing
NOTHING = Header(link=None, address=None, language=None, provider=None, notice=None, terms=None)


class Feed(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's channel and items, as elements."""

    root: Element
    channel: Element | None
    header: Header
    items: list[Element]
    flaw: str | None
    damage: list[Damage]


def read(data: bytes) -> Feed:
    """Raises InputError."""
    document = xmldoc.read_entries(data, "item", within=_AROUND)
    root = document.root
    channels = [root] if feeds.named(root) == "channel" else []
    channels += [one for one in root if feeds.named(one) == "channel"]
    items = [
        item
        for parent in (*channels, root)
        for inner in (parent, *(one for one in parent if feeds.named(one) == "items"))
        for item in inner
        if feeds.named(item) == "item"
    ]
    channel = channels[0] if channels else None
    return Feed(
        root=root,
        channel=channel,
        header=_header(root, channel),
        items=list(dict.fromkeys(items)),
        flaw=document.flaw,
        damage=document.damage,
    )


def _header(root: Element, channel: Element | None) -> Header:
    said = Children(channel)
    outermost = channel if channel is not None else root
    own = next(
        (one.get("href") for one in said.each("atom:link") if one.get("rel") == "self"), None
    )
    address = feeds.resolved(own, said.plain("link")) or own
    notice = said.line("copyright", "dc:rights", "dcterms:rights", "atom:rights")
    publisher = feeds.agency(*said.lines("dc:publisher"))
    return Header(
        link=feeds.resolved(feeds.base_of(outermost, address), said.plain("link")),
        address=address,
        language=said.plain("language", "dc:language")
        or feeds.language_of(outermost)
        or feeds.language_of(root),
        provider=publisher
        or feeds.known_agency(
            said.line("title"), notice, said.line("dc:creator", "managingeditor")
        ),
        notice=notice,
        terms=_terms(said),
    )


# --- an item -------------------------------------------------------------------------------------


def told(item: Element, header: Header, *, copy: bool = True) -> Told:
    """What an item says. copy: with its texts."""
    said = Children(item)
    base = feeds.base_of(item, header.address)
    link = _link(said, base)
    identifier = said.plain("dc:identifier")
    published = said.all_plain(
        "pubdate", "atom:published", "atom:issued", "dcterms:issued", "dcterms:created",
        "prism:publicationdate",
    )  # fmt: skip
    changed = said.all_plain(
        "atom:updated", "atom:modified", "dcterms:modified", "dc:modified",
        "prism:modificationdate", "modified",
    )  # fmt: skip
    keywords, subject = _categories(said)
    summary, content = _copies(said, base) if copy else (Copy(), Copy())
    return Told(
        id=said.plain("guid", "atom:id")
        or xmldoc.attribute(item, "about")
        or (identifier if link is None else None),
        link=link,
        headline=said.line("title", "dc:title", "media:title", "itunes:title"),
        byline=_byline(said),
        summary=summary,
        content=content,
        published=published,
        created=[*changed, *said.all_plain("dc:date", "dcterms:date"), *published],
        expires=said.all_plain("expirationdate", "prism:expirationdate", "prism:killdate"),
        embargo=said.plain("prism:embargodate"),
        language=said.plain("dc:language", "language")
        or feeds.language_of(item)
        or header.language,
        provider=feeds.agency(*said.lines("dc:publisher")) or header.provider,
        notice=said.line(
            "dc:rights", "dcterms:rights", "copyright", "atom:rights", "media:copyright",
            "prism:copyright",
        )
        or header.notice,
        holder=said.line("dcterms:rightsholder", "dc:rightsholder"),
        terms=_terms(said) or header.terms,
        keywords=keywords,
        subject=subject,
        sources=[
            name
            for name in said.lines("source", "dc:source", "dc:contributor")
            if "://" not in name
        ],
        associations=list(_associations(said, base)),
        altids={
            name: value
            for name, value in (("identifier", identifier), ("doi", said.plain("prism:doi")))
            if value
        },
    )  # fmt: skip


def _copies(said: Children, base: str | None) -> tuple[Copy, Copy]:
    """Summary and full text."""
    summary = said.copy(
        base, "description", "atom:summary", "itunes:summary", "dc:description",
        "dcterms:abstract", "media:description",
    )  # fmt: skip
    content = said.copy(base, "content:encoded", certain=True) or said.copy(
        base, "content", "atom:content", "xhtml:body", "xhtml:div", "?:full-text", "fulltext"
    )
    return summary, content


def _link(said: Children, base: str | None) -> str | None:
    """Where the story stands: what leads there without a detour comes first."""
    found = said.plain("feedburner:origlink", "link")
    if found is None:
        others = (one for one in said.each("link", "atom:link") if one.get("href"))
        leading = (one for one in others if one.get("rel", "alternate") == "alternate")
        found = next((one.get("href") for one in leading), None)
    if found is None and (guid := said.first("guid")) is not None:
        address = said.plain("guid") or ""
        permanent = {name.lower(): value for name, value in guid.attrib.items()}.get("ispermalink")
        if permanent != "false" and address.startswith(("http://", "https://", "/")):
            found = address
    return feeds.resolved(base, found)


def _byline(said: Children) -> str | None:
    names = said.lines("dc:creator") or said.lines("author") or said.lines("itunes:author")
    if not names:
        authors = (Children(author) for author in said.each("atom:author"))
        names = [name for author in authors if (name := author.line("atom:name"))]
    return ", ".join(dict.fromkeys(names)) or None


def _terms(said: Children) -> str | None:
    """The licence, in words or its address."""
    links = (one for one in said.each("atom:link") if one.get("rel") == "license")
    for one in (*said.each("dcterms:license", "cc:license", "dcterms:accessrights"), *links):
        value = feeds.line("".join(one.itertext()))
        found = value or xmldoc.attribute(one, "resource") or xmldoc.attribute(one, "href")
        if found:
            return found
    return None


def _categories(said: Children) -> tuple[list[str], list[Concept]]:
    """Keywords, and what names the scheme that it is of."""
    keywords = said.lines("dc:subject")
    subject: list[Concept] = []
    for one in said.each("category", "media:category"):
        name = feeds.line("".join(one.itertext()))
        scheme = xmldoc.attribute(one, "domain") or xmldoc.attribute(one, "scheme")
        if name and (scheme or _CODE.match(name)):
            subject.append(concept(name, scheme=scheme))
        elif name:
            keywords.append(name)
    for several in said.lines("media:keywords", "itunes:keywords", "dc:keyword", "keywords"):
        keywords += [word for part in several.split(",") if (word := part.strip())]
    return keywords, subject


def concept(term: str, *, scheme: str | None = None, name: str | None = None) -> Concept:
    """A category: its term is a code where it looks like the IPTC's or has a name besides."""
    if name is None and not _CODE.match(term):
        return Concept(name=term, scheme=scheme)
    if term.startswith("medtop:"):
        return Concept(code=term.removeprefix("medtop:"), scheme="medtop", name=name, qcode=term)
    return Concept(code=term, scheme=scheme, name=name)


def _associations(said: Children, base: str | None) -> Iterator[Association]:
    yield from media(said, base)
    others = [(one.get("url"), None) for one in said.each("enclosure")]
    others += [
        (one.get("href"), one.get("title"))
        for one in said.each("atom:link")
        if one.get("rel") == "enclosure"
    ]
    others += [(xmldoc.attribute(one, "resource"), None) for one in said.each("enc:enclosure")]
    others += [
        (one.get("href") or Children(one).plain("url") or one.text, None)
        for one in said.each("image", "itunes:image")
    ]
    for address, caption in others:
        if found := feeds.associated(feeds.resolved(base, address), caption):
            yield found


def media(said: Children, base: str | None) -> Iterator[Association]:
    """Media RSS: what comes with an entry; its thumbnail only where that is all."""
    found = [(one, [Children(one), said]) for one in said.each("media:content")]
    for group in map(Children, said.each("media:group")):
        # Several forms of one thing.
        forms = [*group.each("media:content")]
        default = (one for one in forms if one.get("isDefault") == "true")
        one = next(default, forms[0] if forms else None)
        if one is not None:
            found.append((one, [Children(one), group, said]))
    for one, around in found:
        about = around[:-1]  # what the item says is about the item, but for its credit
        caption = _first(about, "media:description") or _first(about, "media:title")
        credit = _first(around, "media:credit")
        if picture := feeds.associated(feeds.resolved(base, one.get("url")), caption, credit):
            yield picture
    for one in () if found else said.each("media:thumbnail"):
        if picture := feeds.associated(feeds.resolved(base, one.get("url"))):
            yield picture


def _first(around: list[Children], name: str) -> str | None:
    return next((value for one in around if (value := one.line(name))), None)
