"""NewsML 1.0 to 1.2, the IPTC's envelope of news items before NewsML-G2.

After the IPTC's DTDs and vocabularies and the AFP's, ANA's, ANP's, ATS's, Belga's, EFE's, Kyodo's,
Reuters's and TASS's documents. Every ``NewsItem`` is an item, one within a component of another
too. Its components are its parts: text, pictures with their captions, renditions. Texts that are
not equivalents of each other are one body, since they stand and fall with their item.

``RevisionId`` says with ``Update`` what a revision is: N is whole; A is nothing but new management
data, U a list of changes to elements of the previous revision. The two are applied where that one
stands in the same document, and refused where not: read as whole, they would take the text off the
story. A status that takes the story out of use needs no text and is obeyed.
"""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec
from lxml import etree

from dateline import text
from dateline.article import (
    Article,
    Association,
    Concept,
    Dateline,
    Location,
    Name,
    Provenance,
    PubStatus,
    Transmission,
)
from dateline.errors import InputError
from dateline.formats import Item, Skipped, nitf, wirecopy, xmldoc
from dateline.formats.drafting import Draft, digit, each, status_of, textless
from dateline.formats.jsondoc import LARGEST
from dateline.formats.nitf import Copy, optional, unique, vocabulary
from dateline.formats.xmldoc import Element, attribute, child, children, local, value
from dateline.providers import catalogue
from dateline.records import RawDocument

_ROOTS = frozenset({"NewsML", "NewsItem"})
# The NewsML URN (RFC 3085): provider, date, item, which may hold colons; a revision at the end.
_PUBLIC = re.compile(
    r"(?P<head>urn:newsml:[^:]+:(?P<date>(?:19|20)\d{2}-?[01]\d-?[0-3]\d[^:]*):)(?P<item>.+)\Z",
    re.IGNORECASE,
)
_UNDATED = re.compile(r"(?P<head>urn:newsml:[^:]+:)(?P<item>.+)\Z", re.IGNORECASE)
_NAMESPACE = re.compile(r"urn:newsml:", re.IGNORECASE)
_REVISION = re.compile(r"\d+[NUA]?\Z")
# A Duid need be unique in its document only; so long a number is unique in the world.
_UNIQUE = re.compile(r"[0-9A-Fa-f]{16,40}\Z|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\Z")
_EMBARGOED = "embargoed"
_HIDDEN = frozenset({"canceled", "withheld", _EMBARGOED})
#: each has its story read once more; no wire sends that many at once
_CHANGES_MOST = 10


class NewsML1:
    """See the module."""

    name = "newsml1"
    version = 2
    rank = 210

    def recognises(self, head: bytes) -> bool:
        """By its root; G2's begin with a small letter."""
        root = xmldoc.peek(head)
        return root is not None and root.name in _ROOTS

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each NewsItem by itself; a bad one does not stop the rest. Raises InputError."""
        read = xmldoc.read(document.value)
        items = list(read.root.iter("{*}NewsItem"))
        if items:
            reader = _Reader(read, document.received)
            return each(items, reader.read)
        if child(read.root, "TopicSet") is not None or child(read.root, "Catalog") is not None:
            return [textless("topic set", None)]
        raise InputError(
            "NewsML 1 without an item", found=f"<{local(read.root)}>", expected="<NewsItem>"
        )


# --- a document ----------------------------------------------------------------------------------


class _Envelope(msgspec.Struct, frozen=True):
    """What is said of the transmission."""

    priority: int | None
    service: str | None
    number: str | None


class _Revision(msgspec.Struct, frozen=True):
    """Which revision an item is, and of what kind."""

    number: str | None
    previous: str | None
    update: str


class _Reader:
    """Items of one document, in order: a later one may change an earlier one."""

    def __init__(self, document: xmldoc.Document, received: dt.datetime) -> None:
        self.flaw = document.flaw
        self.received = received
        self.envelope = _envelope(child(document.root, "NewsEnvelope"))
        self.topics = _Topics([document.root], None)
        self._whole: dict[str, tuple[Element, str | None]] = {}
        self._changes = 0

    def read(self, item: Element) -> Article | Skipped:
        """One item. Raises InputError."""
        identifier = child(item, "Identification", "NewsIdentifier")
        revision = _revision(item, identifier)
        uri = _identity(item, identifier)
        if revision.update != "N":
            if _told(item) in _HIDDEN:
                return _article(item, uri, revision, self)
            item = self._changed(item, uri, revision)
            revision = msgspec.structs.replace(revision, update="N")
        if uri is not None:
            self._whole[uri] = item, revision.number
        return _article(item, uri, revision, self)

    def _changed(self, item: Element, uri: str | None, revision: _Revision) -> Element:
        """The previous revision of this document, changed as this one says. Raises InputError."""
        base, number = self._whole.pop(uri or "", (None, None))
        self._changes += 1
        if base is None or number != revision.previous or self._changes > _CHANGES_MOST:
            raise InputError(
                "a change to a revision that is not in this document",
                found=f"revision {revision.number or '?'} of {uri or 'an item without identity'}, "
                f"which changes {revision.previous or '?'}",
                expected="the whole revision (Update N)",
                remedy="ask the provider for whole revisions; the story stays as it was.",
            ).at(field="RevisionId")
        named = {duid: one for one in base.iter() if (duid := one.get("Duid"))}
        for update in children(item, "Update"):
            for change in list(children(update)):
                _apply(change, named)
        for name in ("Identification", "NewsManagement"):
            old, new = child(base, name), child(item, name)
            if old is not None and new is not None:
                base.replace(old, new)
        return base


def _envelope(envelope: Element | None) -> _Envelope:
    if envelope is None:
        return _Envelope(None, None, None)
    services = [
        told
        for name in ("NewsService", "NewsProduct")
        for one in children(envelope, name)
        if (told := attribute(one, "FormalName"))
    ]
    return _Envelope(
        digit(_formal(child(envelope, "Priority"))),
        services[0] if services else None,
        value(child(envelope, "TransmissionId")),
    )


def _formal(element: Element | None) -> str | None:
    """A formal name; some write it as text."""
    return attribute(element, "FormalName") or value(element)


def _apply(change: Element, named: dict[str, Element]) -> None:
    """``InsertBefore``, ``InsertAfter``, ``Replace`` or ``Delete`` at one of the named elements.
    Raises InputError."""
    name, reference = local(change), attribute(change, "DuidRef")
    target = named.get((reference or "").removeprefix("#"))
    if (
        target is None
        or target.getparent() is None
        or local(target) in _ROOTS
        or name not in ("InsertBefore", "InsertAfter", "Replace", "Delete")
    ):
        raise InputError(
            "a change that cannot be applied",
            found=f"{name} at {reference!r}",
            expected="the Duid of an element of the previous revision",
        ).at(field="Update")
    new = list(change)
    named |= {duid: one for each_new in new for one in each_new.iter() if (duid := one.get("Duid"))}
    for one in reversed(new) if name == "InsertAfter" else new:
        if name == "InsertAfter":
            target.addnext(one)
        else:
            target.addprevious(one)
    if name in ("Replace", "Delete"):
        target.getparent().remove(target)


def _revision(item: Element, identifier: Element | None) -> _Revision:
    """By its attribute, and by what it holds: a first revision changes nothing."""
    element = child(identifier, "RevisionId")
    update = (attribute(element, "Update") or "N").upper()
    previous = attribute(element, "PreviousRevision")
    if child(item, "Update") is not None:
        update = "U"
    elif update not in ("U", "A") or _is_whole(item, update, previous):
        update = "N"
    return _Revision(value(element), previous, update)


def _is_whole(item: Element, update: str, previous: str | None) -> bool:
    """Whether a revision is whole that says it is none: a first one changes nothing, and one that
    has no list of changes, but a headline and a text, brings these."""
    components = list(children(item, "NewsComponent"))
    if not components or previous == "0":
        return bool(components)
    return update == "U" and all(
        any(value(one) for component in components for one in component.iter(f"{{*}}{name}"))
        for name in ("HeadLine", "DataContent")
    )


def _identity(item: Element, identifier: Element | None) -> str | None:
    """The public identifier less its revision, where it names provider, date and item (or the
    item as it is named beside it); else the three as they stand beside it. What names no item
    (``urn:newsml:www.belga.be``) is none."""
    public = value(child(identifier, "PublicIdentifier"))
    provider, date = value(child(identifier, "ProviderId")), value(child(identifier, "DateId"))
    own, revision = value(child(identifier, "NewsItemId")), value(child(identifier, "RevisionId"))
    found = _PUBLIC.match(public) if public else None
    if found and (date is None or _day(found["date"]) == _day(date)):
        return found["head"] + _unrevised(found["item"], own, revision)
    undated = _UNDATED.match(public) if public else None
    if undated and own and _unrevised(undated["item"], own, revision) == own:
        return undated["head"] + own
    if own:
        return ":".join(["urn:newsml", provider, date or "", own]) if provider else own
    for element in (item, child(item, "NewsComponent")):
        if (duid := attribute(element, "Duid")) and _UNIQUE.match(duid):
            return duid
    return public if public and not _NAMESPACE.match(public) else None


def _day(date: str) -> str:
    return date.replace("-", "")[:8]


def _unrevised(sent: str, own: str | None, revision: str | None) -> str:
    rest, colon, last = sent.rpartition(":")
    if not colon or sent == own:
        return sent
    return rest if last.rstrip("NUA") == revision or _REVISION.match(last) else sent


def _told(item: Element) -> str:
    """The status of an item, in lower case; empty where none is sent."""
    told = (_formal(child(item, "NewsManagement", "Status")) or "").lower()
    return "canceled" if told == "cancelled" else told


# --- the parts of an item ------------------------------------------------------------------------

# Roles in lower case. The IPTC's, and those of agencies.
_CAPTIONS = frozenset({"caption", "legend"})
_TITLES = frozenset({"title", "headline", "head"})
_SUMMARIES = frozenset({"abstract", "summary", "description", "teaser"})
_SMALLER = frozenset({"thumbnail", "preview", "quicklook", "icon", "thumb"})
_KINDS = {
    "photo": "picture",
    "image": "picture",
    "graphic": "graphic",
    "animation": "graphic",
    "audio": "audio",
    "video": "video",
}
_FORMATS = {
    "jpeg": "picture",
    "jpg": "picture",
    "gif": "picture",
    "png": "picture",
    "tiff": "picture",
    "mp3": "audio",
    "mpeg3": "audio",
    "wav": "audio",
    "mp4": "video",
    "mpeg4": "video",
    "mpeg": "video",
    "flv": "video",
}


class _Media(msgspec.Struct):
    """Pictures (or the like) that are renditions of one, with its caption."""

    component: Element | None = None
    renditions: list[tuple[str, str]] = []
    captions: list[str] = []
    titles: list[str] = []


class _Part(msgspec.Struct, frozen=True):
    """A text: where it stands, and as what."""

    component: Element
    role: str
    data: Element
    media: _Media | None


class _Story:
    """What an item consists of."""

    def __init__(self, item: Element) -> None:
        self._components: list[tuple[Element, _Media | None]] = []
        self.parts: list[_Part] = []
        self.media: list[_Media] = []
        self.kinds: list[str] = []
        self.refers = False
        top = list(children(item, "NewsComponent"))
        is_vocabulary = child(item, "TopicSet") is not None
        self.is_empty = not top and not is_vocabulary
        self._walk(top, attribute(item, "lang"))
        kind = "composite" if self.refers else "topic set" if is_vocabulary else "item"
        self.kind = next(iter(self.kinds), kind)

    def components(self, parts: list[_Part]) -> list[Element]:
        """Those that are about the copy: all but pictures' that it does not stand beside."""
        beside = {id(part.media) for part in parts}
        return [
            component
            for component, media in self._components
            if media is None or id(media) in beside
        ]

    def _walk(self, top: list[Element], language: str | None) -> None:
        """Components in order, each after the one that it is part of."""
        walk: list[tuple[Element, str, _Media | None, bool]] = [
            (component, "", None, True) for component in reversed(top)
        ]
        while walk:
            component, role, media, is_top = walk.pop()
            role = (_formal(child(component, "Role")) or role).lower()
            inner = list(children(component, "NewsComponent"))
            contents = list(children(component, "ContentItem"))
            renders = any(_kind(content) for content in contents)
            beside = {one for one in inner if any(map(_kind, children(one, "ContentItem")))}
            if media is None and (renders or (beside and not is_top)):
                media = self._new_media(component)
            self._components.append((component, media))
            self.refers |= next(children(component, "NewsItemRef", "NewsItem"), None) is not None
            self._contents(component, role, contents, media)
            shared: _Media | None = None
            following = []
            for one in _chosen(component, inner, language):
                own = media
                is_form = one in beside and child(one, "NewsLines") is None
                if own is None and (is_form or (beside and _role_of(one) in _CAPTIONS)):
                    own = shared = shared or self._new_media(None)
                following.append((one, role, own, False))
            walk += reversed(following)

    def _new_media(self, component: Element | None) -> _Media:
        self.media.append(media := _Media(component))
        return media

    def _contents(
        self, component: Element, role: str, contents: list[Element], media: _Media | None
    ) -> None:
        """Contents of one component are one thing in several forms: the first text counts."""
        texts = []
        for content in contents:
            href = attribute(content, "Href")
            if kind := _kind(content):
                self.kinds.append(kind)
                if media is not None:
                    media.renditions.append((role, href or ""))
            elif (data := _data(content)) is not None:
                texts.append(data)
            else:
                self.refers |= href is not None
        filled = next((one for one in texts if len(one) or (one.text or "").strip()), None)
        if filled is None:
            return
        if media is not None and role in _CAPTIONS | _TITLES:
            told = text.block("\n".join(_read(filled).paragraphs))
            (media.captions if role in _CAPTIONS else media.titles).append(told or "")
        else:
            self.parts.append(_Part(component, role, filled, media))

    def copies(self) -> tuple[list[_Part], list[Copy]]:
        """The parts that are the copy, and what they say: texts beside pictures only where there
        is no other."""
        for within in (False, True):
            parts = [
                part
                for part in self.parts
                if (part.media is not None) is within
                and part.role not in _CAPTIONS | _TITLES | _SUMMARIES
            ]
            read = [(part, copy) for part in parts if (copy := _read(part.data)).paragraphs]
            if read:
                return [part for part, _ in read], [copy for _, copy in read]
        return [], []

    def said(self, roles: frozenset[str]) -> str | None:
        """The text of the first part in one of these roles."""
        return next(
            (
                told
                for part in self.parts
                if part.role in roles
                and part.media is None
                and (told := text.block("\n\n".join(_read(part.data).paragraphs)))
            ),
            None,
        )

    def associations(self) -> list[Association]:
        found = []
        for media in self.media:
            larger = (href for role, href in media.renditions if href and role not in _SMALLER)
            lines = child(media.component, "NewsLines")
            captions = [told for told in (*media.captions, *media.titles) if told]
            association = Association(
                uri=next(larger, None)
                or next((href for _, href in media.renditions if href), None),
                caption=(captions[0] if captions else None) or value(child(lines, "HeadLine")),
                creditline=value(child(lines, "CreditLine")) or value(child(lines, "ByLine")),
            )
            if media.renditions and association != Association():
                found.append(association)
        return found


def _role_of(component: Element) -> str:
    return (_formal(child(component, "Role")) or "").lower()


def _chosen(component: Element, inner: list[Element], language: str | None) -> list[Element]:
    """Components that are equivalents of each other say one thing: the one in the item's language
    that has a text, else the first that has one; else all."""
    if (attribute(component, "EquivalentsList") or "").lower() != "yes":
        return inner
    written = [one for one in inner if next(one.iter("{*}DataContent"), None) is not None]
    if not written:
        return inner
    alike = (one for one in written if language and attribute(one, "lang") == language)
    return [next(alike, written[0])]


def _kind(content: Element) -> str | None:
    """What a content is if it is no text."""
    media = (_formal(child(content, "MediaType")) or "").lower()
    if media in _KINDS:
        return _KINDS[media]
    if _data(content) is not None or media == "text":
        return None
    mime = (_formal(child(content, "MimeType")) or "").lower()
    if mime.partition("/")[0] in _KINDS:
        return _KINDS[mime.partition("/")[0]]
    return _FORMATS.get((_formal(child(content, "Format")) or "").lower())


def _data(content: Element) -> Element | None:
    """The data of a content; those in an encoding (Base64) where they are text behind it."""
    if (plain := child(content, "DataContent")) is not None:
        return plain
    encoding = child(content, "Encoding")
    encoded = child(encoding, "DataContent")
    told = (attribute(encoding, "Notation") or "").lower()
    if encoded is None or told != "base64":
        return None
    try:
        read = text.decode(base64.b64decode("".join(encoded.itertext()))).text
    except (ValueError, InputError):
        return None
    # Pictures and documents hold bytes that are no text.
    if not read.strip() or _NO_TEXT.search(read):
        return None
    decoded = etree.Element("DataContent")
    decoded.text = text.clean(read)
    return decoded


_NO_TEXT = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")
_WHOLE_NITF = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!DOCTYPE[^>\[]*>\s*)?<nitf[\s>]")
_MARKUP = frozenset(
    "p br hl2 pre ul ol li dl table tr td block bq div blockquote h1 h2 h3 h4 nitf html body span "
    "b i em strong a q person org location".split()
)
_DOCUMENTS = frozenset({"nitf", "html", "body", "body.content"})


def _read(data: Element) -> Copy:
    """What a content says: NITF or parts of it, XHTML, those as characters, or plain text."""
    elements = list(children(data))
    if not elements:
        return _read_characters("".join(data.itertext()))
    whole = next((one for one in elements if local(one).lower() in _DOCUMENTS), None)
    if whole is not None:
        return nitf.copy(whole)
    if any(local(one).lower() in _MARKUP for one in elements):
        return nitf.copy(data)
    if any(local(one).lower() in _MARKUP for one in data.iter()):
        return nitf.copy(data)
    told = text.one_line(" ".join(data.itertext()))  # data in an XML of their own
    return Copy(paragraphs=[told] if told else [])


def _read_characters(source: str) -> Copy:
    if _WHOLE_NITF.match(source):
        try:
            return nitf.copy(xmldoc.read(source.encode("utf-8", "replace")).root)
        except InputError:
            pass  # then it is HTML, however broken
    found = text.read_marked(source)
    return Copy(paragraphs=found.paragraphs, headings=found.headings)


# --- an item -------------------------------------------------------------------------------------

# What an AdvisoryLine or the like begins with, to the kind of update that it says.
_ADVISED = {
    "updates": "update",
    "update": "update",
    "adds": "update",
    "recasts": "update",
    "corrects": "correction",
    "correction": "correction",
    "corrected": "correction",
    "rectifie": "correction",
    "rectificatif": "correction",
    "actualise": "update",
    "actualisation": "update",
}
# NewsLines that say what comes with a story, not what to mind.
_NO_NOTE = frozenset({"productline", "caption", "catchword", "storytype", "seriesline"})
_HEADLINES = ("HeadLine", "Headline")
_RIGHTS_LINES = frozenset({"rightsline", "usageterms", "restrictions"})


def _article(
    item: Element, uri: str | None, revision: _Revision, reader: _Reader
) -> Article | Skipped:
    story = _Story(item)
    parts, copies = story.copies()
    components = story.components(parts)
    lines = _Lines(components)
    own = _around(parts, components) if parts else lines
    headline = (
        own.first(*_HEADLINES)
        or story.said(_TITLES)
        or next((copy.headline for copy in copies if copy.headline), None)
        or lines.first(*_HEADLINES)
    )
    told = _told(item)
    if not parts and not _is_heard(story, told, headline):
        if story.is_empty:
            raise InputError(
                "an item without content, which would take the text off its story",
                found=uri or "no identity",
                expected="a NewsComponent",
            ).at(field="NewsComponent")
        return textless(story.kind, uri)
    management = child(item, "NewsManagement")
    draft = _drafted(item, uri or _hashed(headline, copies, told), components, reader)
    draft.status = _status(told, revision, management)
    draft.headline = headline
    draft.slugline = own.first("SlugLine")
    draft.byline = own.first("ByLine") or next((c.byline for c in copies if c.byline), None)
    draft.description = own.first("SubHeadLine")
    filed = _filed(own, copies)
    draft.dateline = filed if filed is not None and filed.city else None
    for number, (part, copy) in enumerate(zip(parts, copies, strict=True)):
        _add(draft, part, copy, first=number == 0)
    draft.read_copy("\n".join(_notes(lines, components, copies)))
    draft.dateline = draft.dateline or filed

    created = value(child(management, "ThisRevisionCreated"))
    draft.order(_ordering(draft, revision.number, created), created)
    end = _released(management)
    if revision.update == "N" and (told == _EMBARGOED or (told == "withheld" and end)):
        draft.embargo(end or "")
    return _filled(draft, item, story, components, lines, copies, reader)


def _ordering(draft: Draft, number: str | None, created: str | None) -> str | None:
    """The number of a revision; absent where it is larger than any that Dateline keeps (some count
    by the clock), unless it is what orders."""
    large = number is not None and number.isdecimal() and len(number) >= len(str(LARGEST))
    decides = created is None or draft.rules.order == "version"
    return None if large and not decides and int((number or "0")[:30]) > LARGEST else number


def _around(parts: list[_Part], components: list[Element]) -> _Lines:
    """The lines of the first part, and of what it is a part of."""
    first = parts[0].component
    around = {first, *first.iterancestors("{*}NewsComponent")}
    return _Lines([component for component in components if component in around])


def _is_heard(story: _Story, told: str, headline: str | None) -> bool:
    """Whether an item without a text is one all the same: a notice that withdraws, one that keeps
    a story back, an alert that is nothing but its headline."""
    if told == "canceled":
        return True
    refers = bool(story.kinds) or story.refers
    return not refers and (told in _HIDDEN or headline is not None)


def _hashed(headline: str | None, copies: list[Copy], told: str) -> str:
    """Of an item without an identity its text is one. Raises InputError for a cancellation."""
    whole = text.join([headline or "", *(one for copy in copies for one in copy.paragraphs)])
    if whole is None or told == "canceled":
        raise InputError(
            "an item without an identity", found="no NewsItemId", expected="a NewsIdentifier"
        ).at(field="NewsIdentifier")
    return f"urn:dateline:sha256:{text.text_hash(whole)}"


def _drafted(item: Element, sent: str, components: list[Element], reader: _Reader) -> Draft:
    """Whose item it is says the identifier: management data alone must have the same provider."""
    own = value(child(item, "Identification", "NewsIdentifier", "ProviderId"))
    parties = (_party(child(one, "AdministrativeMetadata", "Provider")) for one in components)
    declared = next((party for party in parties if party), None) or own
    known = catalogue()
    key = known.of_uri(sent) or (_agency(own) if own else known.normalise(declared))
    return Draft(sent, declared, reader.received, key=key)


def _agency(own: str) -> str | None:
    """The key of a ProviderId: by the standard it is a name on the Internet, ``www.afp.com``."""
    known = catalogue()
    labels = own.split(".")[:-1]
    found = (known.known(name) for name in (own, *reversed(labels)))
    return next((key for key in found if key), None) or known.normalise(own)


def _party(element: Element | None) -> str | None:
    found = (_formal(party) for party in children(element, "Party")) if element is not None else ()
    return next((told for told in found if told), None)


def _status(told: str, revision: _Revision, management: Element | None) -> PubStatus | None:
    """A story that is taken out of use without its text stays so until it comes whole."""
    if told in (_EMBARGOED, "withheld") and revision.update != "N":
        return "withheld"
    if told == _EMBARGOED or (told == "withheld" and _released(management)):
        return None
    status = status_of(told)
    advisory = (_formal(child(management, "NewsItemType")) or "").lower() == "advisory"
    # "A non-publishable communication", says the IPTC's vocabulary: for the desk, not for readers.
    return "withheld" if advisory and status in (None, "usable") else status


def _released(management: Element | None) -> str | None:
    """When a status ends that keeps a story back."""
    for change in children(management, "StatusWillChange") if management is not None else ():
        if (_formal(child(change, "FutureStatus")) or "usable").lower() == "usable":
            return value(child(change, "DateAndTime"))
    return None


def _expires(management: Element | None) -> str | None:
    """When a usable story goes out of use."""
    for change in children(management, "StatusWillChange") if management is not None else ():
        if (_formal(child(change, "FutureStatus")) or "").lower() in ("canceled", "withheld"):
            return value(child(change, "DateAndTime"))
    return None


def _add(draft: Draft, part: _Part, copy: Copy, *, first: bool) -> None:
    own = value(child(part.component, "NewsLines", "HeadLine"))
    if not first and own and own != draft.headline:
        draft.paragraphs.append(own)
        draft.headings.append(own)
    draft.paragraphs += copy.paragraphs
    draft.headings += copy.headings
    draft.notes += copy.notes


def _filed(lines: _Lines, copies: list[Copy]) -> Dateline | None:
    """The line, where it names a place; some write a time there."""
    line = lines.first("DateLine")
    filed = wirecopy.declared_dateline(line) if line else None
    if filed is None or not filed.city:
        filed = next((copy.dateline for copy in copies if copy.dateline), filed)
    return filed


class _Lines:
    """``NewsLines`` of the components that are no picture's, from the outermost inwards."""

    def __init__(self, components: list[Element]) -> None:
        self._lines = [
            lines for one in components if (lines := child(one, "NewsLines")) is not None
        ]

    def all(self, *names: str) -> Iterator[str]:
        for lines in self._lines:
            for line in children(lines, *names):
                if told := value(line):
                    yield told

    def first(self, *names: str) -> str | None:
        return next(self.all(*names), None)

    @cached_property
    def typed(self) -> list[tuple[str, str]]:
        """Lines of types that the standard does not know: type (in lower case) and text."""
        return [
            ((_formal(child(line, "NewsLineType")) or "").lower(), told)
            for lines in self._lines
            for line in children(lines, "NewsLine")
            for written in children(line, "NewsLineText")
            if (told := xmldoc.lines(written))
        ]


def _notes(lines: _Lines, components: list[Element], copies: list[Copy]) -> list[str]:
    """What is said to editors."""
    notes = [told for kind, told in lines.typed if kind not in _NO_NOTE | _RIGHTS_LINES]
    notes += _properties(_within(components, "AdministrativeMetadata"), "EditorialInfo")
    return notes + [note for copy in copies for note in copy.ednote]


def _filled(
    draft: Draft,
    item: Element,
    story: _Story,
    components: list[Element],
    lines: _Lines,
    copies: list[Copy],
    reader: _Reader,
) -> Article:
    management = child(item, "NewsManagement")
    asserted = draft.key or "provider"
    administrative = _within(components, "AdministrativeMetadata")
    descriptive = _Described(components, item, asserted, reader.topics)
    notes = _notes(lines, components, copies)
    draft.ednote = text.block("\n".join(notes))
    draft.signals = [
        told for one in _of(management, "Instruction") if (told := attribute(one, "FormalName"))
    ]
    draft.kinds = _kinds(management, notes)
    draft.description = (
        story.said(_SUMMARIES)
        or next((copy.abstract for copy in copies if copy.abstract), None)
        or draft.description
    )
    rights = _Rights(components, lines, copies)
    return draft.article(
        firstcreated=optional(draft, "firstcreated", value(child(management, "FirstCreated"))),
        contentcreated=optional(
            draft, "contentcreated", next((c.created for c in copies if c.created), None)
        ),
        expires=optional(draft, "expires", _expires(management)),
        keywords=list(dict.fromkeys([*descriptive.keywords, *lines.all("KeywordLine")])),
        located=descriptive.located or next((c.located for c in copies if c.located), None),
        urgency=digit(_formal(child(management, "Urgency"))),
        priority=reader.envelope.priority
        or digit(next(iter(_properties(administrative, "Priority")), None)),
        genre=descriptive.genre,
        subject=descriptive.subjects(story.parts),
        service=reader.envelope.service or _package(administrative),
        transmission=_transmission(reader.envelope),
        altids=_altids(item, draft),
        copyrightholder=rights.holder,
        copyrightnotice=rights.notice,
        usageterms=rights.terms,
        creditline=lines.first("CreditLine"),
        infosource=unique(
            Name(name=told, creator=asserted)
            for one in administrative
            for source in children(one, "Source")
            if (told := _party(source))
        ),
        associations=[
            *story.associations(),
            *(one for copy in copies for one in copy.associations),
            *_associated(management),
        ],
        language=descriptive.language,
        person=unique([*descriptive.person, *_marked(copies, "person", asserted)]),
        organisation=unique([*descriptive.organisation, *_marked(copies, "org", asserted)]),
        place=unique([*descriptive.place, *_marked(copies, "location", asserted)]),
        provenance=Provenance(flaw=reader.flaw),
    )


# --- fields --------------------------------------------------------------------------------------


def _of(element: Element | None, *names: str) -> Iterator[Element]:
    return children(element, *names) if element is not None else iter(())


def _within(components: list[Element], *names: str) -> list[Element]:
    return [one for component in components for one in children(component, *names)]


def _properties(elements: Iterable[Element], name: str) -> list[str]:
    return [
        told
        for element in elements
        for one in children(element, "Property")
        if attribute(one, "FormalName") == name and (told := attribute(one, "Value"))
    ]


def _package(administrative: list[Element]) -> str | None:
    """Service and product that a desk has put a story into, where the envelope names none."""
    for element in administrative:
        for one in children(element, "Property"):
            if attribute(one, "FormalName") == "NewsPackage":
                told = _properties([one], "NewsService") + _properties([one], "NewsProduct")
                if told:
                    return "/".join(told)
    return None


def _transmission(envelope: _Envelope) -> Transmission | None:
    if envelope.number is None or not envelope.number.strip("0"):
        return None
    return Transmission(service=envelope.service, number=envelope.number)


def _altids(item: Element, draft: Draft) -> dict[str, str]:
    identification = child(item, "Identification")
    found = {
        "publicidentifier": value(child(identification, "NewsIdentifier", "PublicIdentifier")),
        "newsitemid": value(child(identification, "NewsIdentifier", "NewsItemId")),
        "namelabel": value(child(identification, "NameLabel")),
    }
    return {name: told for name, told in found.items() if told and told != draft.uri}


def _kinds(management: Element | None, notes: list[str]) -> list[str]:
    kinds = (
        ["alert"] if (_formal(child(management, "NewsItemType")) or "").lower() == "alert" else []
    )
    words = (re.split(r"[\s:,.]", note, maxsplit=1)[0] for note in notes)
    return kinds + [_ADVISED[word.lower()] for word in words if word.lower() in _ADVISED]


def _associated(management: Element | None) -> list[Association]:
    uris = (attribute(one, "NewsItem") for one in _of(management, "AssociatedWith"))
    return [Association(uri=uri) for uri in uris if uri]


def _marked(copies: list[Copy], kind: str, creator: str) -> list[Name]:
    return [
        Name(name=name, creator=creator, code=code, scheme=scheme)
        for copy in copies
        for of, name, code, scheme in copy.marked
        if of == kind
    ]


class _Rights:
    """Holder, notice and terms, from the lines and from the metadata."""

    def __init__(self, components: list[Element], lines: _Lines, copies: list[Copy]) -> None:
        self.notice = lines.first("CopyrightLine") or next(
            (copy.copyrightnotice for copy in copies if copy.copyrightnotice), None
        )
        metadata = _within(components, "RightsMetadata")
        holders = (value(child(one, "Copyright", "CopyrightHolder")) for one in metadata)
        self.holder = next((told for told in holders if told), None)
        if self.holder is None and self.notice and catalogue().known(self.notice):
            self.holder = self.notice  # nothing but an agency's name
        self.holder = self.holder or next(
            (copy.copyrightholder for copy in copies if copy.copyrightholder), None
        )
        terms = [*lines.all("RightsLine")]
        terms += [told for kind, told in lines.typed if kind in _RIGHTS_LINES]
        terms += [told for one in metadata for told in self._usage(one)]
        terms += [copy.usageterms for copy in copies if copy.usageterms]
        self.terms = text.block("\n".join(dict.fromkeys(terms)))

    @staticmethod
    def _usage(metadata: Element) -> Iterator[str]:
        for rights in children(metadata, "UsageRights"):
            for term in children(
                rights, "UsageType", "Geography", "Limitations", "StartDate", "EndDate"
            ):
                if told := value(term):
                    yield told


# Of a Topic, in lower case, to what it is a name of.
_TOPICS = {
    "person": "person",
    "people": "person",
    "organisation": "organisation",
    "organization": "organisation",
    "company": "organisation",
    "location": "place",
    "place": "place",
    "country": "place",
    "city": "place",
    "region": "place",
}


class _Described:
    """``DescriptiveMetadata`` of the components that are no picture's."""

    def __init__(
        self, components: list[Element], item: Element, creator: str, topics: _Topics
    ) -> None:
        self._creator = creator
        self._topics = _Topics([*components, item], topics)
        # "DescriptiveMetada" is how TASS writes it.
        self._metadata = _within(components, "DescriptiveMetadata", "DescriptiveMetada")
        languages = [_formal(one) for one in self._each("Language")]
        languages += [attribute(one, "lang") for one in (*components, item)]
        self.language = next((told for told in languages if told), None)
        self.keywords = _properties(self._metadata, "Keyword")
        self.genre = [
            Concept(name=told, scheme=attribute(one, "Scheme"))
            for one in self._each("Genre")
            if (told := attribute(one, "FormalName"))
        ]
        self.located: str | None = None
        self.person: list[Name] = []
        self.organisation: list[Name] = []
        self.place: list[Name] = []
        self._occurring: list[Concept] = []
        self._locate()
        self._occur()

    def _each(self, *names: str) -> Iterator[Element]:
        return (one for metadata in self._metadata for one in children(metadata, *names))

    def _locate(self) -> None:
        """Where a story is from, and where its events took place."""
        places = [(one, attribute(one, "HowPresent") or "Origin") for one in self._each("Location")]
        places += [
            (one, "Origin")
            for one in self._each("Property")
            if attribute(one, "FormalName") == "Location"
        ]
        places += [(metadata, "Origin") for metadata in self._metadata]
        for element, how in places:
            city = next(iter(_properties([element], "City")), None)
            if how == "Origin":
                self.located = self.located or city
                continue
            code = next(iter(_properties([element], "Country")), None)
            if name := city or next(iter(_properties([element], "CountryArea")), None) or code:
                self.place.append(
                    Name(
                        name=name,
                        creator=self._creator,
                        code=code,
                        rel=how.lower(),
                        location=_position(element),
                    )
                )

    def _occur(self) -> None:
        for occurrence in self._each("TopicOccurrence"):
            topic = self._topics.by_id((attribute(occurrence, "Topic") or "").removeprefix("#"))
            if topic is None:
                continue
            formal = next(children(topic, "FormalName"), None)
            name = self._called(topic) or value(formal)
            if name is None:
                continue
            kind = _TOPICS.get((_formal(child(topic, "TopicType")) or "").lower())
            code, scheme = value(formal), attribute(formal, "Scheme")
            rel = (attribute(occurrence, "HowPresent") or "").lower() or None
            if kind is None:
                self._occurring.append(Concept(code=code, scheme=scheme, name=name, rel=rel))
            else:
                getattr(self, kind).append(
                    Name(name=name, creator=self._creator, code=code, scheme=scheme, rel=rel)
                )

    def _called(self, topic: Element) -> str | None:
        """A topic's name, in the item's language if there is one."""
        told = [
            (attribute(one, "lang") or "", name)
            for one in children(topic, "Description")
            if attribute(one, "Variant") != "Category" and (name := value(one))
        ]
        language = (self.language or "").lower()[:2]
        alike = (name for of, name in told if of.lower()[:2] == language)
        return next(alike, None) or next((name for _, name in told), None)

    def _name(self, code: str) -> str | None:
        topic = self._topics.by_code(code)
        return self._called(topic) if topic is not None else None

    def subjects(self, parts: list[_Part]) -> list[Concept]:
        """Each code once, with the name that the document gives it."""
        within = [
            concept
            for part in parts
            for one in children(part.data, "nitf")
            for concept in nitf.subjects(child(one, "head"))
        ]
        named = {one.code: one.name for one in within}
        found: dict[str | None, Concept] = {}
        for subject in (one for code in self._each("SubjectCode") for one in children(code)):
            if code := attribute(subject, "FormalName"):
                scheme = attribute(subject, "Scheme") or attribute(subject, "Vocabulary")
                name = self._name(code) or named.get(code)
                found.setdefault(
                    code, Concept(code=code, scheme=vocabulary(code, scheme), name=name)
                )
        for concept in (*within, *self._occurring):
            found.setdefault(concept.code or concept.name, concept)
        return list(found.values())


class _Topics:
    """Topics of the TopicSets that stand directly within some elements, or further out."""

    def __init__(self, elements: list[Element], outer: _Topics | None) -> None:
        self._outer = outer
        topics = [
            topic
            for element in elements
            for listed in children(element, "TopicSet")
            for topic in children(listed, "Topic")
        ]
        self._by_id = {duid: topic for topic in topics if (duid := attribute(topic, "Duid"))}
        self._by_code = {
            code: topic
            for topic in topics
            for formal in children(topic, "FormalName")
            if (code := value(formal))
        }

    def by_id(self, duid: str) -> Element | None:
        found = self._by_id.get(duid)
        return self._outer.by_id(duid) if found is None and self._outer is not None else found

    def by_code(self, code: str) -> Element | None:
        found = self._by_code.get(code)
        return self._outer.by_code(code) if found is None and self._outer is not None else found


def _position(element: Element) -> Location | None:
    try:
        latitude, longitude = (
            float(_properties([element], name)[0]) for name in ("Latitude", "Longitude")
        )
    except (ValueError, IndexError):
        return None
    if abs(latitude) <= 90 and abs(longitude) <= 180:
        return Location(lat=latitude, lon=longitude)
    return None
