"""What RSS, Atom and JSON Feed have alike: what an entry is known by, its text, its pictures.

A format tells what an entry says (`Told`); here that becomes an article. Feeds are written by
programs of all kinds, so hardly anything in one is refused: what cannot be read is absent, and
costs neither the entry nor the feed.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from urllib.parse import urljoin

import msgspec

from dateline import text, times
from dateline.article import Association, Concept, Name, Provenance, PubStatus
from dateline.errors import DatelineError
from dateline.formats import Item, Skipped, failed, reading
from dateline.formats.drafting import Draft, textless
from dateline.formats.xmldoc import Damage, Element, inner_html
from dateline.providers import catalogue

#: of a time that names none, and whose feed and provider have none: what every reader of feeds
#: takes it for. The order of versions does not depend on it, since a feed keeps to one.
ZONE = "Etc/UTC"
_LONGEST_LINK = 4000


class Copy(msgspec.Struct, kw_only=True):
    """Text of an entry: its paragraphs, which of them are headings, the pictures that stood in
    it."""

    paragraphs: list[str] = []
    headings: list[str] = []
    pictures: list[Association] = []

    def __bool__(self) -> bool:
        return bool(self.paragraphs or self.pictures)

    @property
    def text(self) -> str | None:
        """All of it; None where there is none."""
        return text.join(self.paragraphs)


class Told(msgspec.Struct, kw_only=True):
    """What a feed tells of one entry, in whichever format. Times are as sent."""

    id: str | None = None
    link: str | None = None
    headline: str | None = None
    byline: str | None = None
    summary: Copy = msgspec.field(default_factory=Copy)
    content: Copy = msgspec.field(default_factory=Copy)
    #: of each the first that can be read counts
    published: list[str] = []
    created: list[str] = []
    expires: list[str] = []
    embargo: str | None = None
    language: str | None = None
    provider: str | None = None
    status: PubStatus | None = None
    notice: str | None = None
    holder: str | None = None
    terms: str | None = None
    keywords: list[str] = []
    subject: list[Concept] = []
    sources: list[str] = []
    associations: list[Association] = []
    altids: dict[str, str] = {}
    #: why it is no article, if it is none
    unwanted: str | None = None


# --- articles ------------------------------------------------------------------------------------


def items(
    entries: Sequence[Told],
    uris: Sequence[str | None],
    received: dt.datetime,
    *,
    flaw: str | None = None,
    damage: Iterable[Damage] = (),
) -> Iterator[Item]:
    """Every entry by itself, and what was damaged where it stood."""
    pending = list(damage)[::-1]
    for number, (entry, uri) in enumerate(zip(entries, uris, strict=True)):
        while pending and pending[-1].after <= number:
            yield pending.pop().error
        try:
            yield _item(entry, uri, received, flaw)
        except DatelineError as error:
            yield error
        except Exception as error:  # noqa: BLE001 - a bug must cost one entry, not those behind it
            document = reading()
            yield failed(document.format if document else "feed's", error)
    yield from (one.error for one in reversed(pending))
    if not entries and not damage:
        yield Skipped(reason="feed without entries")


def _item(entry: Told, uri: str | None, received: dt.datetime, flaw: str | None) -> Item:
    if entry.unwanted is not None:
        return Skipped(reason=entry.unwanted, uri=uri)
    if uri is None:
        return textless("entry", entry.id)
    draft = Draft(uri, entry.provider, received)
    draft.status = entry.status
    draft.headline = entry.headline
    draft.byline = entry.byline
    full = entry.content if entry.content.paragraphs else entry.summary
    draft.paragraphs = list(full.paragraphs)
    draft.headings = list(full.headings)
    draft.read_copy()
    if draft.body is None and draft.headline is None and not draft.withdrawn:
        return textless("entry", draft.uri)

    zone = draft.zone or ZONE
    published = _time(entry.published, zone)
    created = _time(entry.created, zone)
    draft.created_at(created)
    if entry.embargo is not None:
        ends = times.parse_feed(entry.embargo, zone=zone)
        draft.embargo(ends or entry.embargo)
    if entry.summary is not full and entry.summary.text != full.text:
        draft.description = entry.summary.text
    expires = _time(entry.expires, zone)
    pictures = [*entry.associations, *entry.content.pictures, *entry.summary.pictures]
    creator = draft.key or "provider"
    return draft.article(
        firstcreated=published.instant if published else None,
        expires=expires.instant if expires else None,
        language=entry.language,
        keywords=list(dict.fromkeys(entry.keywords)),
        subject=entry.subject,
        altids=_altids(entry, uri),
        copyrightnotice=entry.notice,
        copyrightholder=entry.holder,
        usageterms=entry.terms,
        infosource=[Name(name=name, creator=creator) for name in dict.fromkeys(entry.sources)],
        associations=_distinct(pictures),
        provenance=Provenance(flaw=flaw),
    )


def _altids(entry: Told, uri: str) -> dict[str, str]:
    told = {"link": entry.link, "id": entry.id if entry.id != uri else None, **entry.altids}
    return {name: value for name, value in told.items() if value}


def _distinct(pictures: list[Association]) -> list[Association]:
    """One of each address, that with a caption."""
    found: dict[str | None, Association] = {}
    for picture in pictures:
        other = found.setdefault(picture.uri, picture)
        if other.caption is None:
            found[picture.uri] = picture
    return list(found.values())


def _time(said: list[str], zone: str) -> times.Declared | None:
    read = (times.parse_feed(words, zone=zone) for words in said)
    return next((found for found in read if found is not None), None)


# --- identity ------------------------------------------------------------------------------------


def identities(
    entries: Sequence[Told], *, home: str | None, own: str | None = None, sharing: int
) -> list[str | None]:
    """What each entry is known by: its id, else its link, else its text.

    An id that ``sharing`` entries of different links have in common is none (some programs write
    the same one everywhere), nor is the feed's own; neither is a link that leads to the feed's page
    (home), nor one that different stories share. None: an entry of which nothing is known.
    """
    by_id: dict[str, list[Told]] = defaultdict(list)
    by_link: dict[str, set[str | None]] = defaultdict(set)
    for entry in entries:
        if entry.id:
            by_id[entry.id].append(entry)
    unfit = {id_ for id_, group in by_id.items() if id_ == own or _common(group, sharing)}
    for entry in entries:
        if entry.link and (not entry.id or entry.id in unfit):
            by_link[entry.link].add(entry.headline)
    found: list[str | None] = []
    for entry in entries:
        if entry.id and entry.id not in unfit:
            found.append(entry.id)
        elif entry.link and not _same(entry.link, home) and len(by_link[entry.link]) == 1:
            found.append(entry.link)
        else:
            found.append(_by_text(entry))
    return found


#: so many titles under one id and one link are no versions of a story
_TITLES_MOST = 2


def _common(group: list[Told], sharing: int) -> bool:
    if len({entry.link for entry in group if entry.link}) > 1:
        return len(group) >= sharing
    return len({entry.headline for entry in group}) > _TITLES_MOST


def _same(link: str, home: str | None) -> bool:
    return home is not None and link.rstrip("/") == home.rstrip("/")


def _by_text(entry: Told) -> str | None:
    body = entry.content.text or entry.summary.text
    whole = "\n\n".join(part for part in (entry.headline, body) if part)
    return f"urn:dateline:sha256:{text.text_hash(whole)}" if whole else None


def agency(*declared: str | None) -> str | None:
    """The first that names somebody who publishes, as sent: any name but a mail address or a
    link."""
    return next((name for name in declared if name and not re.search(r"@|://", name)), None)


_RIGHTS_WORDS = re.compile(
    r"©|\(c\)|\bcopyright\b|\b(?:19|20)\d\d\b|\ball rights reserved\b|[-–—.,;:|]+", re.IGNORECASE
)


def known_agency(*declared: str | None) -> str | None:
    """The first that is the name of a known agency, as sent, signs and years of rights left out:
    a feed's title or its copyright."""
    known = catalogue().known
    for name in declared:
        for said in (name, " ".join(_RIGHTS_WORDS.sub(" ", (name or "")[:200]).split())):
            if said and known(said):
                return said
    return None


# --- text ----------------------------------------------------------------------------------------

# Tags that make no difference to paragraphs, most of all in markup; taking them away at once is
# several times faster than reading them one by one.
_SPAN = re.compile(
    r"</?(?:a|b|code|em|font|i|small|span|strong|sub|sup|u)(?=[\s>])"
    r"(?:[^<>\"']++|\"[^\"<>]*+\"|'[^'<>]*+')*+>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?(?:-->|\Z)", re.DOTALL)


def line(source: str | None) -> str | None:
    """A title as people see it: without tags that HTML knows, references resolved. ``a < b`` and
    ``<3`` are no tags."""
    if source is None:
        return None
    return text.one_line(text.without_tags(source, within=" "))


def copy_of(source: str | None, base: str | None = None, *, certain: bool = False) -> Copy:
    """Text that may be HTML (RSS never says), or is so for certain: then whatever looks like a tag
    is one. Where it has no elements that make paragraphs, its own lines do."""
    if source is None or not source.strip():
        return Copy()
    source, pictures = take_pictures(source, base)
    if text.is_html(source):
        found = text.read_html(_SPAN.sub("", source))
        return Copy(paragraphs=found.paragraphs, headings=found.headings, pictures=pictures)
    if certain:
        bare = _ANY_TAG.sub("", source) if "<" in source else source
        copy = plain(text.resolved(re.sub(r"[ \t]+", " ", bare)))
    else:
        copy = plain(text.without_tags(source))
    copy.pictures = pictures
    return copy


def plain(source: str | None) -> Copy:
    """Text that is no markup, whatever it looks like."""
    return Copy(paragraphs=text.paragraphs(text.clean(source or "")))


# --- links and pictures --------------------------------------------------------------------------


def resolved(base: str | None, link: str | None) -> str | None:
    """A link as an absolute one, where the base allows; None where there is none."""
    link = text.one_line(link or "")
    if link is None or len(link) > _LONGEST_LINK:
        return None
    try:
        return urljoin(base, link) if base else link
    except ValueError:  # "http://[" is no address, but perhaps an identity
        return link


_FIGURE_TAG = re.compile(r"<(?P<end>/?)figure\b[^<>]*>", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption\b[^<>]*>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b(?P<rest>[^<>]*)>", re.IGNORECASE)
_WORDED = re.compile(r"<(?:blockquote|table|pre|ul|ol)\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?P<name>src|alt|width|height)\s*=\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^\s\"'>]+))",
    re.IGNORECASE,
)
#: of a picture that counts readers and is none
_PIXEL = frozenset({"0", "1", "0px", "1px"})


def take_pictures(source: str, base: str | None) -> tuple[str, list[Association]]:
    """HTML without its figures, whose captions are no part of the story, and all its pictures."""
    if "<" not in source:
        return source, []
    pictures: list[Association] = []
    kept: list[str] = []
    position = 0
    start: int | None = None
    for tag in _FIGURE_TAG.finditer(source):
        if not tag["end"]:
            start = tag.start()
            continue
        figure = source[start : tag.start()] if start is not None else ""
        image = _IMAGE.search(figure)
        if image is not None and not _WORDED.search(figure):
            caption = _CAPTION.search(figure)
            told = text.read_html(figure[caption.end() :]).paragraphs if caption else []
            kept.append(source[position:start])
            pictures += [*_pictured(kept[-1], base), *_pictured(image[0], base, text.join(told))]
            position = tag.end()
        start = None
    kept.append(source[position:])
    return "".join(kept), [*pictures, *_pictured(kept[-1], base)]


def _pictured(source: str, base: str | None, caption: str | None = None) -> list[Association]:
    found = []
    for image in _IMAGE.finditer(source):
        told = {
            one["name"].lower(): html.unescape(one["a"] or one["b"] or one["c"] or "")
            for one in _ATTRIBUTE.finditer(image["rest"])
        }
        if told.get("width") in _PIXEL or told.get("height") in _PIXEL:
            continue
        if picture := associated(resolved(base, told.get("src")), caption or told.get("alt")):
            found.append(picture)
    return found


def associated(
    uri: str | None, caption: str | None = None, credit: str | None = None
) -> Association | None:
    """A picture or another file that comes with an entry; None where it has no address."""
    if uri is None or uri.startswith(("data:", "cid:", "javascript:")):
        return None
    return Association(
        uri=uri,
        caption=text.block("\n\n".join(copy_of(caption).paragraphs)) if caption else None,
        creditline=line(credit),
    )


# --- elements ------------------------------------------------------------------------------------

# Namespaces by the prefix that everybody uses. Compared in small letters, without what ends them;
# those of PRISM and WordPress hold a version.
_NAMESPACES = {
    "": "",
    "http://purl.org/rss/1.0": "",
    "http://purl.org/net/rss1.1": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://channel.netscape.com/rdf/simple/0.9": "",
    "http://backend.userland.com/rss": "",
    "http://backend.userland.com/rss2": "",
    "http://backend.userland.com/rss091": "",
    "http://blogs.law.harvard.edu/tech/rss": "",
    "http://www.w3.org/2005/atom": "atom",
    "http://purl.org/atom/ns": "atom",
    "http://purl.org/dc/elements/1.0": "dc",
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://purl.org/rss/1.0/modules/dcterms": "dcterms",
    "http://purl.oclc.org/net/rss_2.0/enc": "enc",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "http://purl.org/rss/1.0/modules/prism": "prism",
    "http://backend.userland.com/creativecommonsrssmodule": "cc",
    "http://cyber.law.harvard.edu/rss/creativecommonsrssmodule.html": "cc",
    "http://web.resource.org/cc": "cc",
    "http://creativecommons.org/ns": "cc",
    "http://purl.org/atompub/tombstones/1.0": "at",
    "http://www.w3.org/2007/app": "app",
    "http://www.w3.org/1999/xhtml": "xhtml",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
}
_VERSIONED = re.compile(
    r"(?P<prism>https?://prismstandard\.org/namespaces/(?:[\d.]+/)?basic\b)|"
    r"https?://wordpress\.org/export/[\d.]+(?P<wp>\Z)|"
    r"https?://wordpress\.org/export/[\d.]+/(?P<excerpt>excerpt\Z)"
)


def named(element: Element) -> str:
    """``dc:creator``, ``pubdate``: an element's name in small letters, with the usual prefix of
    its namespace (none: RSS's own; ``?``: one that nothing is known of)."""
    tag = element.tag
    return _named(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=2048)
def _named(tag: str) -> str:
    if not tag.startswith("{"):
        return tag.lower()  # a prefix that nobody declared stands there as it is
    namespace, _, name = tag[1:].lower().rpartition("}")
    namespace = namespace.rstrip("/#")
    prefix = _NAMESPACES.get(namespace)
    if prefix is None:
        versioned = _VERSIONED.match(namespace)
        prefix = (versioned.lastgroup if versioned else None) or "?"
    return f"{prefix}:{name}" if prefix else name


class Children:
    """The child elements of one element, by name (see `named`)."""

    def __init__(self, element: Element | None) -> None:
        self._by_name: dict[str, list[Element]] = {}
        for one in element if element is not None else ():
            self._by_name.setdefault(named(one), []).append(one)

    def each(self, *names: str) -> Iterator[Element]:
        """All of these names, those of the first name first."""
        for name in names:
            yield from self._by_name.get(name, ())

    def first(self, *names: str) -> Element | None:
        """The first, by the order of names."""
        return next(self.each(*names), None)

    def raw(self, *names: str) -> str | None:
        """The text of the first that has any, as it stands."""
        for one in self.each(*names):
            value = "".join(one.itertext())
            if value.strip():
                return value
        return None

    def line(self, *names: str) -> str | None:
        """Likewise, on one line, as people see it."""
        return line(self.raw(*names))

    def lines(self, *names: str) -> list[str]:
        """The text of each that has any."""
        values = (line("".join(one.itertext())) for one in self.each(*names))
        return [value for value in values if value]

    def plain(self, *names: str) -> str | None:
        """The first on one line, nothing resolved or taken away: an identity, a link."""
        value = self.raw(*names)
        return text.one_line(value) if value is not None else None

    def all_plain(self, *names: str) -> list[str]:
        """Likewise each that has any: times."""
        values = (text.one_line("".join(one.itertext())) for one in self.each(*names))
        return [value for value in values if value]

    def copy(self, base: str | None, *names: str, certain: bool = False) -> Copy:
        """The first that has any text, or pictures: HTML, or XHTML that stands there unescaped."""
        for one in self.each(*names):
            source = inner_html(one) if len(one) else one.text
            found = copy_of(source, base, certain=certain or len(one) > 0)
            if found:
                return found
        return Copy()


_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def base_of(element: Element, outermost: str | None) -> str | None:
    """What links within an element are relative to: ``xml:base`` of it and all around it, on top
    of the feed's own address."""
    bases = [one.get(_BASE) for one in (element, *element.iterancestors()) if one.get(_BASE)]
    found = outermost
    for base in reversed(bases):
        found = resolved(found, base)
    return found


def language_of(element: Element) -> str | None:
    """``xml:lang`` of an element itself."""
    found: str | None = element.get(_LANG)
    return found
