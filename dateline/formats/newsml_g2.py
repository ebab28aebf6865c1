"""NewsML-G2: the IPTC's family of news items in XML, whatever its version and namespace.

After the NewsML-G2 specification 2.35 and its implementation guide. An item stands alone or in the
``itemSet`` of a ``newsMessage``; of its parts ``itemMeta`` says what becomes of it, ``contentMeta``
what it is about, ``contentSet`` holds the copy. Only news items have copy; packages, concepts and
plans are skipped, unless they are canceled.

The standard leaves open where much of it stands and which codes are used; what agencies make of
that is data: the tables below (an agency's codes are its own, so they need not be told apart by
agency), and ``providers.toml``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

from dateline import text
from dateline.article import (
    Article,
    Association,
    Concept,
    Dateline,
    Location,
    Name,
    Provenance,
    Transmission,
)
from dateline.errors import InputError
from dateline.formats import Item, Skipped, nitf, wirecopy, xmldoc
from dateline.formats.drafting import Draft, digit, each, strictest, taken_back, textless, within
from dateline.formats.nitf import optional
from dateline.formats.xmldoc import Element, child, local
from dateline.providers import catalogue
from dateline.records import RawDocument

_MESSAGE = "newsMessage"
_NEWS = "newsItem"
_ITEMS = frozenset(
    {_NEWS, "packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"}
)
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

# --- what the standard's vocabularies and those of agencies mean; last parts, in small letters ---

#: kinds of update that no word of a signal says: Reuters' editorial states
_SIGNAL_KINDS = {"edStat:U": "update", "edStat:C": "correction", "edStat:D": "kill"}
#: headlines beside the one that heads the story
_MINOR_HEADLINES = frozenset(
    "subtitle subtitle1 subtitle2 subheadline subhead subheading kicker overline strapline short "
    "7901 deck teaser web seo alternative".split()
)
#: descriptions of a picture (Reuters repeats slug and headline there), and for machines
_NO_DESCRIPTIONS = frozenset({"caption", "semantics"})
#: names for machines, where another is there
_MINOR_NAMES = frozenset({"mnemonic", "short"})
#: notes that are not to be published, by ``pubconstraint`` or by role
_NONPUBLIC = frozenset({"nonpublic", "private", "internal", "contacts", "dpacontacts"})
#: notes that order an embargo, where the item tells no time
_EMBARGOES = frozenset({"embargo", "embargotext"})
#: dpa's rendering for readers of what its other notes say one by one
_NOTEPAD = "notepad"
_REPLACED = frozenset({"replaces", "supersedes", "previousversion"})
_CANCELED = frozenset({"cancels", "kills", "withdraws"})
_PICTURES = frozenset({"picture", "photo", "graphic"})
#: ANSA's relations to pictures that say no class
_PICTURE_LINKS = frozenset({"featuremedia", "photogallery"})
#: types of the standard's concepts that have a field of their own
_TYPED = {
    "cpnat:person": "person",
    "cpnat:organisation": "organisation",
    "cpnat:geoArea": "place",
    "cpnat:poi": "place",
}
#: types that agencies give their own codes; these stay subjects, too
_ALSO_PLACES = frozenset({"cptType:5", "cptype:city", "cptype:country", "cptype:region"})
_FIELDS = {**_TYPED, **dict.fromkeys(_ALSO_PLACES, "place")}
#: how programs write that there is nothing (dpa's converter does, of terms)
_NOTHING = frozenset({"None", "null"})
_TT_SUBJECT = re.compile(r"(?P<scheme>\w+):(?P<code>\d{8}):(?P<name>\w+)")
#: the IPTC's vocabulary of providers; other addresses are their own
_PROVIDER_CODE = "/newsprovider/"
_HOST = re.compile(r"https?://(?:www\.)?([^/?#\s]+)", re.IGNORECASE)
_LONGEST_ID = 400
_BEFORE_LAST = re.compile(r"[:/#]")

# --- what the copy is written in ---

# Classes of dpa's XHTML: parts that its metadata usually say too; the last one always.
_SAID_ELSEWHERE = frozenset({"teaser", "byline", "embargoed", "notepad", "genre"})
_XHTML_DROPPED = frozenset({"figcaption"})
# What the header of HTML 5 holds that is no copy: headings, dates, lists of keywords.
_HEADER = "header"
_OF_HEADER = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "time", "ul", "ol", "nav"})
_TT_DROPPED = frozenset({"BILD", "BYLINE", "DAT"})
_TT_NAMES = {
    "text": "div",
    "ingress": "div",
    "brodtext": "div",
    "rubrik": "h2",
    "mellis": "h2",
    "citat": "p",
}
_PROSE = frozenset({"p", "pre"})
_XHTML = "{http://www.w3.org/1999/xhtml}"
_XHTML_BLOCKS = frozenset(
    "article blockquote div h1 h2 h3 h4 h5 h6 li main section table td".split()
)
_WITHIN_LINE = frozenset("a b i em strong span u sub sup small".split())
_LAID_OUT = re.compile(r"\n\S[^\n]*\n(?: {2,}\S|\t\S)|\A\S[^\n]*\n {2,}\S[^\n]*\n\S")
_IN_COLUMNS = re.compile(r"\n\S++(?: \S++)*+ {3,}\S[^\n]*\n")
_BLANK_LINE = re.compile(r"\n(?=[ \t\n])[ \t]*\n")
_INDENTED = re.compile(r" {2,}[^\s*•-]")
_COLUMNS = re.compile(r"\S {3,}\S")
# One alone may be put around text that has its own lines.
_IS_HTML = re.compile(r"<(?:p|br|div|h[1-6]|table|ul|ol)(?=[\s/>])", re.IGNORECASE)


class NewsMLG2:
    """See the module."""

    name = "newsml-g2"
    version = 2
    rank = 150

    def recognises(self, head: bytes) -> bool:
        """By the root, which no other format has."""
        root = xmldoc.peek(head)
        return root is not None and (root.name == _MESSAGE or root.name in _ITEMS)

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself; a bad one does not stop the rest. Raises InputError."""
        read = xmldoc.read(document.value)
        name = local(read.root)
        if name in _ITEMS:
            items, header = [read.root], _parts(None)
        elif name == _MESSAGE:
            parts = _parts(read.root)
            items = [one for group in parts.all("itemset") for one in group if local(one)]
            header = _parts(parts.first("header"))
        else:
            raise InputError(
                "not a NewsML-G2 item", found=f"<{name}>", expected=f"<{_MESSAGE}> or <{_NEWS}>"
            )
        if not any(local(one) in _ITEMS for one in items):
            raise InputError("a message without items", expected="an item in its itemSet")
        message = _Message(
            received=document.received,
            flaw=read.flaw,
            sender=header.line("sender"),
            priority=digit(header.line("priority")),
            number=(header.line("transmitid") or "")[:_LONGEST_ID] or None,
        )
        return each(items, lambda item: _item(item, message))


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    """What the items of a document share. priority and number: the transmission's."""

    received: dt.datetime
    flaw: str | None
    sender: str | None
    priority: int | None
    number: str | None


# --- an item -------------------------------------------------------------------------------------


def _item(item: Element, message: _Message) -> Item | list[Item]:
    parts = _parts(item)
    meta, content = _parts(parts.first("itemmeta")), _parts(parts.first("contentmeta"))
    name = local(item)
    guid = text.one_line(item.get("guid") or "")
    if name not in _ITEMS:
        return Skipped(reason=f"<{name[:40]}> in an itemSet", uri=guid)
    if guid is None:
        if name != _NEWS:
            return textless(name, None)
        raise InputError(
            "an item without an identity", found=f"<{name}>", expected="an attribute"
        ).at(field="guid")
    draft = Draft(guid, _provider(parts, meta, content, message), message.received)
    signals = [code for one in meta.all("signal") if (code := _code(one))]
    draft.status = strictest(map(_code, meta.all("pubstatus")))
    if draft.status is None and any(_SIGNAL_KINDS.get(code) == "kill" for code in signals):
        draft.status = "canceled"
    kind = _kind(name, meta)
    if name != _NEWS and draft.status != "canceled":
        return textless(kind, draft.uri)

    copy = _copy(parts)
    draft.headline = _headline(content) or copy.headline
    draft.slugline = content.line("slugline")
    draft.byline = content.line("by")
    declared = _dateline(content)
    draft.dateline = declared if declared and declared.source else copy.dateline
    draft.description = _description(content) or copy.description
    draft.paragraphs = _without_heads(copy, [*content.lines("headline"), draft.headline or ""])
    draft.headings = copy.headings
    last = draft.paragraphs[-1] if len(draft.paragraphs) > 1 else ""
    if any(re.match(pattern, last) for pattern in draft.rules.routing):
        draft.paragraphs.pop()
    public, nonpublic, _ = _notes(meta)
    draft.read_copy("\n".join([*public, *nonpublic]))
    draft.byline = draft.byline or copy.byline
    draft.dateline = draft.dateline or declared
    draft.signals = signals
    replaced, canceled = _withdrawn(draft, meta, content)
    own: Item
    try:
        # A notice that takes a story back, or holds it, needs no text; nor does its news of others.
        if draft.pubstatus == "usable" and _lacks_text(kind, draft, meta):
            if replaced or canceled:
                _order(draft, item, meta, content)
            own = textless(_NEWS if kind == "text" else kind, draft.uri)
        else:
            own = _article(item, parts, meta, content, draft, copy, replaced, message)
    except InputError as error:
        own = error
    return [own, *taken_back(draft, own, canceled=canceled, replaced=replaced)]


def _order(draft: Draft, item: Element, meta: _Parts, content: _Parts) -> None:
    draft.order(item.get("version"), meta.line("versioncreated") or content.line("contentmodified"))


def _article(
    item: Element,
    parts: _Parts,
    meta: _Parts,
    content: _Parts,
    draft: Draft,
    copy: _Copy,
    replaced: list[str],
    message: _Message,
) -> Article:
    """The article of a draft whose copy is read."""
    created = content.line("contentcreated")
    _order(draft, item, meta, content)
    _read_notes(draft, meta, copy)
    draft.kinds = [kind for code in draft.signals if (kind := _SIGNAL_KINDS.get(code))]
    first = meta.line("firstcreated")
    if first is None and draft.rules.first_created == "contentcreated":
        first = created
    holders = (_named(one) or one.get("qcode") for one in _rights(parts, "copyrightholder"))
    asserted = draft.key or "provider"
    subjects = [found for element in content.all("subject") if (found := _subject(element))]
    return draft.article(
        firstcreated=optional(draft, "firstcreated", first),
        contentcreated=optional(draft, "contentcreated", created),
        keywords=list(dict.fromkeys(content.lines("keyword"))),
        located=_first(_named(one) for one in content.all("located")),
        urgency=digit(content.line("urgency")),
        priority=message.priority,
        genre=_once(one for element in content.all("genre") if (one := _concept(element))),
        subject=_once(one.concept for one in subjects if one.stays),
        service=_first(_tail(one) or _name(one) for one in meta.all("service")),
        transmission=Transmission(number=message.number) if message.number else None,
        altids=_altids(content),
        copyrightholder=text.one_line(_first(holders) or ""),
        copyrightnotice=_all_lines(_rights(parts, "copyrightnotice")),
        usageterms=_all_lines(_rights(parts, "usageterms")),
        creditline=content.line("creditline"),
        infosource=_sources(content, asserted),
        replaces=replaced,
        associations=[*_pictures(meta, parts), *copy.pictures],
        language=_language(item, content),
        person=_names(subjects, "person", asserted),
        organisation=_names(subjects, "organisation", asserted),
        place=_names(subjects, "place", asserted, parts),
        provenance=Provenance(flaw=message.flaw),
    )


def _read_notes(draft: Draft, meta: _Parts, copy: _Copy) -> None:
    """Notes to editors, and the embargo, of which words count where no time is declared; those in
    the copy where the metadata say nothing."""
    public, nonpublic, orders = _notes(meta)
    if meta.all("embargoed"):
        draft.embargo(meta.line("embargoed") or "")
    elif copy.embargoed:
        draft.embargo(copy.embargoed)
    elif orders := orders or copy.orders:
        ends = (wirecopy.embargo_end(order, draft.zone) for order in orders)
        end = next((end for end in ends if end is not None), None)
        draft.embargo(end or "")
    if not meta.all("embargoed"):
        public += copy.orders
    if not meta.all("ednote"):
        public += copy.notepad_public
        nonpublic += copy.notepad
    draft.ednote = text.block("\n".join([*public, *copy.public]))
    draft.notes += [*nonpublic, *copy.nonpublic]


def _all_lines(elements: Iterable[Element]) -> str | None:
    """What all of them say, each once, since terms of several kinds stand in as many elements;
    those in another language than the first are its translations."""
    found: dict[str, str | None] = {}
    for element in elements:
        if line := _lines(element):
            found.setdefault(line, element.get(_LANGUAGE))
    first = next(iter(found.values()), None)
    return "\n".join(line for line, language in found.items() if language in (None, first)) or None


def _first(found: Iterable[str | None]) -> str | None:
    """The first that says something."""
    return next(filter(None, found), None)


def _kind(name: str, meta: _Parts) -> str:
    """What an item is of: for a news item its class, ``text`` or ``picture``."""
    if name != _NEWS:
        return name
    told = _tail(meta.first("itemclass"))
    return told.lower() if told else _NEWS


def _lacks_text(kind: str, draft: Draft, meta: _Parts) -> bool:
    if draft.body is not None:
        return False
    if kind not in {"text", _NEWS}:
        return True
    told = draft.headline or draft.description
    return told is None and not meta.all("embargoed")


def _provider(parts: _Parts, meta: _Parts, content: _Parts, message: _Message) -> str | None:
    """Whose item it is, as declared: its provider's, else its sender's; where it has neither, of
    those who wrote it or hold the rights."""
    provider = meta.first("provider")
    holders = _rights(parts, "copyrightholder")
    return catalogue().declared(
        _told(provider) if provider is not None else (),
        (message.sender,),
        (name for element in content.all("infosource") for name in _told(element)),
        (name for element in holders for name in _told(element)),
    )


def _told(element: Element) -> list[str]:
    """The ways in which an element names a party: its name, a literal, the end of its code."""
    uri = element.get("uri") or ""
    code = _last(element.get("qcode")) or (_last(uri) if _PROVIDER_CODE in uri else _host(uri))
    found = (_named(element), code, xmldoc.value(element))
    return list(dict.fromkeys(name for name in found if name))


def _host(uri: str) -> str | None:
    """Of an address that names a party: ``http://www.example.com/about`` is ``example.com``."""
    found = _HOST.match(uri)
    return text.one_line(found[1]) if found else None


def _headline(content: _Parts) -> str | None:
    """The one that heads the story: without a role before one with a role, none that is minor."""
    best: tuple[bool, int, str] | None = None
    for element in content.all("headline"):
        line = xmldoc.value(element)
        if line is None or not _MINOR_HEADLINES.isdisjoint(_last_parts(element.get("role"))):
            continue
        rank = digit(element.get("rank")) or 1
        order = (bool(element.get("role")), rank, line)
        if best is None or order[:2] < best[:2]:
            best = order
    return best[2] if best else None


def _without_heads(copy: _Copy, headlines: list[str]) -> list[str]:
    """The copy without leading headings that are headlines, whatever their role."""
    said = {line.casefold() for line in headlines}
    parts, headings = copy.paragraphs, set(copy.headings)
    start = 0
    while start < len(parts) and parts[start] in headings and parts[start].casefold() in said:
        start += 1
    return parts[start:]


def _dateline(content: _Parts) -> Dateline | None:
    """Of its element. Where that names no source (Reuters puts a timestamp there, STT a city) a
    dateline in the copy says more."""
    line = content.line("dateline")
    return wirecopy.declared_dateline(line) if line else None


def _description(content: _Parts) -> str | None:
    for element in content.all("description"):
        if _NO_DESCRIPTIONS.isdisjoint(_last_parts(element.get("role"))) and (
            found := _lines(element)
        ):
            return found
    return None


def _notes(meta: _Parts) -> tuple[list[str], list[str], list[str]]:
    """Notes to editors: what may be published, what may not, and which of both order an embargo."""
    public: list[str] = []
    nonpublic: list[str] = []
    orders: list[str] = []
    notepads: list[Element] = []
    for element in meta.all("ednote"):
        roles = _said(element, "role")
        if _NOTEPAD in roles:
            notepads.append(element)
        elif found := _lines(element):
            constraint = _said(element, "pubconstraint")
            private = not _NONPUBLIC.isdisjoint([*roles, *constraint])
            (nonpublic if private else public).append(found)
            if not _EMBARGOES.isdisjoint(roles):
                orders.append(found)
    if not public and not nonpublic:
        for element in notepads:
            _read_notepad(element, public, nonpublic)
    return public, nonpublic, orders


def _read_notepad(element: Element, public: list[str], nonpublic: list[str]) -> None:
    """dpa's notepad in XHTML: its sections say which part is which; all else is not public."""
    for section in element.iter():
        classes = (section.get("class") or "").split() if local(section) else []
        public_part = "np-public" in classes
        if (public_part or "np-nonpublic" in classes) and (found := xmldoc.lines(section)):
            (public if public_part else nonpublic).append(found)


def _withdrawn(draft: Draft, meta: _Parts, content: _Parts) -> tuple[list[str], list[str]]:
    """Identities of other items: those that this one replaces, and those that it cancels."""
    own_way = draft.rules.replaces
    own_way = own_way if own_way and own_way.signal in draft.signals else None
    replaced: list[str] = []
    canceled: list[str] = []
    for link in meta.all("link"):
        other = link.get("residref")
        relation = _said(link, "rel")
        if other is None and not relation and own_way and own_way.link:
            other, relation = link.get(own_way.link), ("replaces",)
        if other and not _REPLACED.isdisjoint(relation):
            replaced.append(other)
        elif other and not _CANCELED.isdisjoint(relation):
            canceled.append(other)
    if own_way and own_way.own:
        numbers = {
            element.get("type"): xmldoc.value(element) or "" for element in content.all("altid")
        }
        own, other = numbers.get(own_way.own), numbers.get(own_way.other)
        if own and other and draft.uri.endswith(own):
            replaced.append(draft.uri.removesuffix(own) + other)
    return _others(draft, replaced), _others(draft, canceled)


def _others(draft: Draft, found: list[str]) -> list[str]:
    known = catalogue()
    lines = (text.one_line(other) for other in found)
    uris = (known.canonical(draft.key, line) for line in lines if line)
    return list(dict.fromkeys(uri for uri in uris if uri != draft.uri))


def _language(item: Element, content: _Parts) -> str | None:
    tags = [element.get("tag") for element in content.all("language")]
    declared: str | None = next((tag for tag in [*tags, item.get(_LANGUAGE)] if tag), None)
    return declared


def _altids(content: _Parts) -> dict[str, str]:
    """By the last part of their type, and of their environment, where several have one."""
    found: dict[str, str] = {}
    for element in content.all("altid"):
        told = xmldoc.value(element) or text.one_line(element.get("id") or "")
        kind = _last(element.get("type")) or "altid"
        environment = _last(element.get("environment"))
        if told:
            found.setdefault(f"{kind} {environment}" if environment else kind, told[:_LONGEST_ID])
    return found


def _rights(parts: _Parts, name: str) -> Iterator[Element]:
    for info in parts.all("rightsinfo"):
        for element in info:
            if local(element).lower() == name and element.text not in _NOTHING:
                yield element


# --- concepts ------------------------------------------------------------------------------------


class _Subject(msgspec.Struct, frozen=True):
    """field: of the article, where the concept is a person, an organisation or a place; stays:
    whether it is a subject all the same. country: of a place, in two letters."""

    concept: Concept
    field: str | None
    stays: bool
    country: str | None


def _subject(element: Element) -> _Subject | None:
    qcode = element.get("qcode")
    if qcode and not len(element) and element.get("literal") is None:
        return _nameless(qcode)
    concept = _concept(element)
    if concept is None:
        return None
    kind = element.get("type")
    field = _FIELDS.get(kind)
    if field is None or concept.name is None:
        return _Subject(concept, None, True, None)
    country = None
    if field == "place":
        same = (one.get("qcode") or "" for one in xmldoc.children(element, "sameAs"))
        country = next((code for one in same if (code := _country(one))), None)
    return _Subject(concept, field, kind in _ALSO_PLACES, country)


@lru_cache(maxsize=4096)
def _nameless(qcode: str) -> _Subject | None:
    """A code and nothing else: most of Reuters' subjects, dozens in a story, the same every day."""
    line, scheme, code = _taken_apart(qcode)
    concept = Concept(code=code, scheme=scheme, qcode=line)
    return _Subject(concept, None, True, None) if line else None


def _country(qcode: str) -> str | None:
    found = re.fullmatch(r"iso3166-1a2:([A-Z]{2})", qcode)
    return found[1] if found else None


def _concept(element: Element) -> Concept | None:
    """A controlled value: by ``qcode``, by ``uri``, or by ``literal``, with its name."""
    if len(element) and (main := child(element, "mainConcept")) is not None:
        element = main
    name = _named(element)
    if qcode := element.get("qcode"):
        qcode, scheme, code = _taken_apart(qcode)
        if qcode:
            return Concept(code=code, scheme=scheme, name=name, qcode=qcode)
    if uri := text.one_line(element.get("uri") or ""):
        address, _, code = uri.rpartition("/")
        return msgspec.structs.replace(within(address, code), name=name)
    literal = text.one_line(element.get("literal") or "")
    if literal and (iptc := _TT_SUBJECT.fullmatch(literal)):
        named = _name(element) or iptc["name"]
        return Concept(code=iptc["code"], scheme=iptc["scheme"], name=named, qcode=literal)
    return Concept(code=literal, name=name) if literal or name else None


def _once(concepts: Iterable[Concept]) -> list[Concept]:
    """STT repeats the broader ones."""
    found: dict[tuple[str | None, ...], Concept] = {}
    for one in concepts:
        found.setdefault((one.qcode, one.code, one.name), one)
    return list(found.values())


@lru_cache(maxsize=4096)
def _taken_apart(qcode: str) -> tuple[str | None, str | None, str | None]:
    """A qcode on one line, its scheme and its code."""
    line = text.one_line(qcode)
    scheme, colon, code = (line or "").partition(":")
    return (line, scheme or None, code or None) if colon else (line, None, line)


def _names(
    subjects: list[_Subject], field: str, creator: str, asserted: _Parts | None = None
) -> list[Name]:
    """asserted: where the item says more of its concepts, such as where a place lies."""
    named = [one for one in subjects if one.field == field]
    lies = _positions(asserted) if asserted is not None and named else {}
    return [
        Name(
            name=one.concept.name,
            creator=creator,
            code=one.concept.qcode and one.concept.code,
            scheme=one.concept.scheme,
            country_code=one.country,
            location=lies.get(one.concept.qcode or one.concept.code or ""),
        )
        for one in named
        if one.concept.name
    ]


def _positions(parts: _Parts) -> dict[str, Location]:
    """Where concepts lie, by the code or literal that the item gives them."""
    found: dict[str, Location] = {}
    for element in parts.all("assert"):
        code = _code(element)
        for details in xmldoc.children(element, "POIDetails", "geoAreaDetails"):
            if code and (lies := _location(child(details, "position"))):
                found[code] = lies
    return found


def _location(position: Element | None) -> Location | None:
    if position is None:
        return None
    try:
        lat, lon = float(position.get("latitude", "")), float(position.get("longitude", ""))
    except ValueError:
        return None
    return Location(lat=lat, lon=lon) if abs(lat) <= 90 and abs(lon) <= 180 else None


def _sources(content: _Parts, creator: str) -> list[Name]:
    found = []
    for element in content.all("infosource"):
        concept = _concept(element)
        shown = _named(element) or _tail(element)
        if concept and shown:
            found.append(
                Name(
                    name=shown,
                    creator=creator,
                    code=concept.code,
                    scheme=concept.scheme,
                    rel=_last(element.get("role")),
                )
            )
    return found


def _named(element: Element) -> str | None:
    """The name of a concept, else its literal."""
    name = _name(element) if len(element) else None
    if name is None and (literal := element.get("literal")):
        name = text.one_line(literal)
    return name


def _name(element: Element) -> str | None:
    """One for people before one for machines."""
    first = None
    for name in xmldoc.children(element, "name"):
        line = xmldoc.value(name)
        if line and _MINOR_NAMES.isdisjoint(_last_parts(name.get("role"))):
            return line
        first = first or line
    return first


def _code(element: Element | None) -> str | None:
    """A controlled value as sent; an empty element says nothing."""
    if element is None:
        return None
    for name in ("qcode", "uri", "literal"):
        if found := text.one_line(element.get(name) or ""):
            return found
    return xmldoc.value(element)


def _tail(element: Element | None) -> str | None:
    """The end of a code, or a literal."""
    if element is None:
        return None
    code = _last(element.get("qcode") or element.get("uri"))
    return code or text.one_line(element.get("literal") or "")


@lru_cache(maxsize=4096)
def _last(code: str | None) -> str | None:
    """``dpasrv:bdt`` and ``http://.../dpasrv/bdt`` are ``bdt``."""
    return text.one_line(_BEFORE_LAST.split(code.rstrip("/"))[-1]) if code else None


@lru_cache(maxsize=4096)
def _last_parts(codes: str | None) -> tuple[str, ...]:
    """The last parts of a list of codes, in small letters."""
    return tuple(_BEFORE_LAST.split(code)[-1].lower() for code in (codes or "").split())


def _said(element: Element, name: str) -> tuple[str, ...]:
    """The last parts of what an attribute lists as codes, and its twin as addresses (``@rel`` and
    ``@reluri``)."""
    return (*_last_parts(element.get(name)), *_last_parts(element.get(f"{name}uri")))


# --- pictures ------------------------------------------------------------------------------------


def _pictures(meta: _Parts, parts: _Parts) -> Iterator[Association]:
    """Pictures that the item links to, and those that it brings with it."""
    for link in meta.all("link"):
        kind = (_tail(child(link, "itemClass")) or "").lower()
        is_picture = (
            kind in _PICTURES
            or (link.get("contenttype") or "").startswith("image/")
            or not _PICTURE_LINKS.isdisjoint(_said(link, "rel"))
        )
        if is_picture:
            told = xmldoc.value(child(link, "description")) or xmldoc.value(child(link, "title"))
            yield from _association(link.get("residref") or link.get("href"), told, None)
    seen: set[str] = set()
    for content in parts.all("contentset"):
        for element in xmldoc.children(content, "remoteContent"):
            uri = element.get("residref") or element.get("href")
            if uri in seen or not (element.get("contenttype") or "").startswith("image/"):
                continue
            seen.add(uri or "")
            yield from _association(uri, xmldoc.value(child(element, "altText")), None)


def _association(uri: str | None, caption: str | None, credit: str | None) -> Iterator[Association]:
    found = Association(uri=text.one_line(uri or ""), caption=caption, creditline=credit)
    if found != Association():
        yield found


# --- the copy ------------------------------------------------------------------------------------


class _Copy(msgspec.Struct, kw_only=True):
    """Text that an item holds, with what stands only there of what its metadata should say.
    ``public`` and ``nonpublic`` are notes to editors. ``embargoed`` is the end of an embargo,
    ``orders`` what orders it; with ``notepad_public`` and ``notepad`` (the part that is not) they
    are what metadata usually say, and count where these are silent."""

    paragraphs: list[str] = []
    headings: list[str] = []
    headline: str | None = None
    byline: str | None = None
    dateline: Dateline | None = None
    description: str | None = None
    pictures: list[Association] = []
    public: list[str] = []
    nonpublic: list[str] = []
    embargoed: str | None = None
    orders: list[str] = []
    notepad_public: list[str] = []
    notepad: list[str] = []


def _copy(parts: _Parts) -> _Copy:
    """The first content that is text; several are renditions of one."""
    spare = _Copy()
    for content in parts.all("contentset"):
        for element in content:
            name = local(element)
            if name == "inlineXML":
                found = _inline_xml(element)
            elif name == "inlineData":
                found = _inline_data(element)
            else:
                continue
            if found.paragraphs:
                return found
            spare = found if found.headline and not spare.headline else spare
    return spare


def _inline_xml(element: Element) -> _Copy:
    root = next(xmldoc.children(element), None)
    if root is None:
        return _plain(element.text or "")
    if reader := _READERS.get(local(root)):
        return reader(root)
    inner = next((one for one in element.iter() if local(one) in _READERS), None)
    if inner is not None:
        return _READERS[local(inner)](inner)
    if any(_is_block(one) for one in element.iterdescendants()):
        return _body(element)
    data = next((one for one in element.iter() if local(one) == "DataContent"), None)
    return _Copy() if data is None else _blocks(data)  # results, events: data, and no copy


def _is_block(element: Element) -> bool:
    """Whether it is what copy stands in: a paragraph in whatever namespace, another of XHTML's."""
    name = local(element)
    return name in _PROSE or (name in _XHTML_BLOCKS and element.tag.startswith(_XHTML))


def _html(root: Element) -> _Copy:
    body = child(root, "body")
    copy = _body(root if body is None else body)
    if copy.headline is None:
        copy.headline = xmldoc.value(child(root, "head", "title"))
    return copy


def _body(body: Element) -> _Copy:
    if child(body, "TEXT") is not None:
        return _tt(body)
    plain = _plain_paragraphs(body)
    if plain is None:
        return _blocks(body)
    if len(body) == 0 or child(body, "pre") is not None or any(map(_is_laid_out, plain)):
        return _plain("\n\n".join(plain))
    parts = (part for raw in plain for part in (_BLANK_LINE.split(raw) if "\n" in raw else (raw,)))
    lines = (text.collapsed(text.clean(part)).strip() for part in parts)
    return _Copy(paragraphs=[line for line in lines if line])


def _plain_paragraphs(body: Element) -> list[str] | None:
    """The texts of a body of nothing but paragraphs; None for any other."""
    found = [body.text or ""]
    for element in body:
        if local(element) not in _PROSE or element.get("class"):
            return None
        if len(element) and any(
            local(one) not in _WITHIN_LINE for one in element.iterdescendants()
        ):
            return None
        found.append("".join(element.itertext()) if len(element) else element.text or "")
        if element.tail and not element.tail.isspace():
            found.append(element.tail)
    return found


def _is_laid_out(raw: str) -> bool:
    """Whether lines within a paragraph were laid out by hand (Reuters' older stories are one
    paragraph each): indents begin some of them, or there are columns. What a program has indented
    has no line that is not."""
    indented = "\n  " in raw or "\n\t" in raw
    return (indented and _LAID_OUT.search(raw) is not None) or (
        "   " in raw and "\n" in raw and _IN_COLUMNS.search(raw) is not None
    )


def _blocks(body: Element) -> _Copy:
    """XHTML: its copy, and apart from it what metadata say."""
    copy = _Copy()

    def is_apart(element: Element) -> bool:
        name, classes = local(element), element.get("class")
        if name in _OF_HEADER and _is_of_header(element):
            return True
        if not classes or _SAID_ELSEWHERE.isdisjoint(classes := classes.split()):
            return False
        _read_apart(element, classes, copy)
        return True

    found = xmldoc.markup(body, drop=_XHTML_DROPPED, skip=is_apart)
    copy.paragraphs, copy.headings = found.paragraphs, found.headings
    copy.headline = _first_heading(body)
    return copy


def _is_of_header(element: Element) -> bool:
    """Whether it stands in a header; those are not deep."""
    for _ in range(4):
        element = element.getparent()
        if element is None or local(element) == _HEADER:
            break
    return element is not None and local(element) == _HEADER


def _read_apart(element: Element, classes: list[str], copy: _Copy) -> None:
    """A part of dpa's XHTML that is none of the copy."""
    if "byline" in classes:
        copy.byline = xmldoc.value(element)
    elif "teaser" in classes:
        copy.description = copy.description or xmldoc.lines(element)
    elif "embargoed" in classes:
        copy.embargoed = copy.embargoed or text.one_line(element.get("data-datetime") or "")
        copy.orders.append(xmldoc.value(element) or "")
    elif "notepad" in classes:
        _read_notepad(element, copy.notepad_public, copy.notepad)
        if not copy.notepad_public and not copy.notepad and (told := xmldoc.lines(element)):
            copy.notepad.append(told)


def _first_heading(body: Element) -> str | None:
    """The heading that a body begins with."""
    element = body
    for _ in range(4):
        element = next(xmldoc.children(element), None)
        if element is None or local(element) == "h1":
            break
    return xmldoc.value(element) if element is not None and local(element) == "h1" else None


def _nitf(root: Element) -> _Copy:
    """NITF within NewsML-G2 says what the metadata may have left out."""
    found = nitf.copy(root)
    return _Copy(
        paragraphs=found.paragraphs,
        headings=found.headings,
        headline=found.headline or xmldoc.value(child(root, "head", "title")),
        byline=found.byline,
        dateline=found.dateline,
        description=found.abstract,
        pictures=found.associations,
        public=found.ednote,
        nonpublic=found.notes,
    )


def _tt(body: Element) -> _Copy:
    """TT's own form: a story and boxes beside it, each with head, lead, copy and pictures."""
    found = xmldoc.markup(
        body, drop=_TT_DROPPED, rename=lambda one: _TT_NAMES.get(local(one).lower(), local(one))
    )
    copy = _Copy(paragraphs=found.paragraphs, headings=found.headings)
    story = child(body, "TEXT")
    copy.headline = xmldoc.value(child(story, "RUBRIK"))
    copy.byline = xmldoc.value(child(story, "BYLINE"))
    if place := xmldoc.value(child(story, "DAT", "ORT")):
        source = xmldoc.value(child(story, "DAT", "SOURCE"))
        city = None if place.isupper() and len(place) < 4 else wirecopy.city_of(place)  # "EU"
        copy.dateline = Dateline(text=place, city=city, source=source)
    for one in xmldoc.children(body, "TEXT"):
        for picture in xmldoc.children(one, "BILD"):
            copy.pictures += _association(
                xmldoc.value(child(picture, "BILDFIL")),
                xmldoc.value(child(picture, "BILDTEXT")),
                xmldoc.value(child(picture, "BILDSKAPARE")),
            )
    return copy


# By local name.
_READERS: dict[str, Callable[[Element], _Copy]] = {
    "html": _html,
    "nitf": _nitf,
    "body": _body,
    "BODY": _body,
}


def _inline_data(element: Element) -> _Copy:
    """Text in characters: plain, or HTML that is written as text."""
    kind = (element.get("contenttype") or "text/plain").lower()
    if element.get("encoding") or not kind.startswith(("text/", "application/xhtml")):
        return _Copy()
    value = "".join(element.itertext())
    if "html" in kind or len(_IS_HTML.findall(value, 0, 20_000)) > 1:
        found = text.read_html(value)
        return _Copy(paragraphs=found.paragraphs, headings=found.headings)
    return _plain(text.without_tags(value, within="\n"))


def _plain(value: str) -> _Copy:
    first, *lines = text.clean(value).split("\n")
    # What a program has indented with the elements around it is not the writer's indent.
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    return _Copy(paragraphs=_set_by_hand([first, *(line[indent:] for line in lines)]))


def _set_by_hand(lines: list[str]) -> list[str]:
    """Paragraphs of plain text: where an indent begins one, what is not indented goes on with it,
    however short its lines (a table's rows begin and end with themselves); the rest by the rules
    for all plain text."""
    paragraphs: list[str] = []
    rest: list[str] = []
    number = 0
    while number < len(lines):
        end = number + 1
        if _INDENTED.match(lines[number]) and not _COLUMNS.search(lines[number]):
            while end < len(lines) and lines[end][:1].strip() and not _COLUMNS.search(lines[end]):
                end += 1
        if end > number + 1:
            paragraphs += text.paragraphs("\n".join(rest))
            rest = []
            paragraphs.append(" ".join(line.strip() for line in lines[number:end]))
        else:
            rest.append(lines[number])
        number = end
    return paragraphs + text.paragraphs("\n".join(rest))


# --- elements ------------------------------------------------------------------------------------


class _Parts:
    """The children of an element by their local names in small letters, since not everybody
    writes them as the standard does; one pass over them."""

    def __init__(self, found: dict[str, list[Element]]) -> None:
        self._found = found

    def all(self, name: str) -> list[Element]:
        return self._found.get(name, [])

    def first(self, name: str) -> Element | None:
        found = self._found.get(name)
        return found[0] if found else None

    def lines(self, name: str) -> Iterator[str]:
        """What each says, on one line; empty ones say nothing."""
        for element in self._found.get(name, ()):
            if line := xmldoc.value(element):
                yield line

    def line(self, name: str) -> str | None:
        return next(self.lines(name), None)


def _parts(element: Element | None) -> _Parts:
    found: dict[str, list[Element]] = {}
    for one in element if element is not None else ():
        if isinstance(tag := one.tag, str):
            found.setdefault(_small(tag), []).append(one)
    return _Parts(found)


@lru_cache(maxsize=4096)
def _small(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _lines(element: Element) -> str | None:
    """What an element says, its lines kept where they are the writer's: those that a program has
    indented are one."""
    if len(element):
        return xmldoc.lines(element)
    value: Any = element.text or ""
    lines = [line for line in value.split("\n")[1:] if line.strip()]
    if all(line[0] in " \t" for line in lines):
        return text.one_line(value)
    return text.block(value)
