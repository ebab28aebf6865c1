"""NITF, the IPTC's News Industry Text Format, 2.5 to 3.6: a document, and the copy within another.

After the IPTC's DTDs and the AAP's, AP's, Canadian Press's, dpa's, EFE's, NTB's and PA's documents.
`copy` reads the text itself: NewsML carries it too.

``management-status`` says whether this document may be used, ``management-idref-status`` the same
of the one that ``management-doc-idref`` names. ``date.release`` is when the receiver may publish:
later than the issue, or with the status ``embargoed``, it is an embargo.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from dateline import text
from dateline.article import Article, Association, Concept, Dateline, Name, Provenance, Transmission
from dateline.errors import InputError
from dateline.formats import Item, Skipped, wirecopy, xmldoc
from dateline.formats.drafting import Draft, digit, status_of, taken_back, textless
from dateline.formats.xmldoc import Element, attribute, child, children, local, value
from dateline.identity import is_absolute
from dateline.providers import catalogue
from dateline.records import RawDocument

#: the vocabulary of 8-digit codes, as NewsML 1 names it
SUBJECT_CODES = "IptcSubjectCodes"
_EIGHT_DIGITS = re.compile(r"\d{8}\Z")
_EMBARGOED = "embargoed"
# What a status of another document says of it besides the standard's four.
_REPLACED = frozenset({"replaced", "superseded"})
# Without "T", and zeros for the time where there is none: the IPTC's own recommendation. With a
# zone they are a time all the same: an embargo must not end hours before it.
_TIME = re.compile(r"(?P<day>\d{8})T?(?P<clock>\d{6})(?P<zone>Z|[+-]\d{2}:?\d{2})?\Z")
_TIMESTAMP = re.compile(r"\d{4}-?\d{2}-?\d{2}(?:T|\s\d|\d{6}|\Z)")


class Nitf:
    """See the module."""

    name = "nitf"
    version = 2
    rank = 220

    def recognises(self, head: bytes) -> bool:
        """By its root."""
        root = xmldoc.peek(head)
        return root is not None and root.name == "nitf"

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """The document, and what it says of another. Raises InputError."""
        read = xmldoc.read(document.value)
        if local(read.root) != "nitf":
            raise InputError("not NITF", found=f"<{local(read.root)}>", expected="<nitf>")
        return _items(read, document)


# --- the document --------------------------------------------------------------------------------

# Names of ``meta`` elements, which the standard leaves to everybody, to what they hold.
_METAS = {
    "slugline": "slugline",
    "slug": "slugline",
    "anpa-keyword": "slugline",
    "ntbstikkord": "slugline",
    "anpa-sequence": "number",
    "ntbiptcsequence": "number",
    "service": "service",
    "anpa-service": "service",
    "ntbtjeneste": "service",
    "priority": "priority",
    "aap-priority": "priority",
    "ntbprioritet": "priority",
    "category": "category",
    "anpa-category": "category",
    "categoria": "category",
    "copyright": "copyright",
    "source": "source",
    "aap-source": "source",
    "ntbkilde": "source",
    "origin": "source",
    "keywords": "keywords",
}


class _Head(msgspec.Struct, frozen=True):
    """What stands above the body: elements by name (``docdata``'s and its parent's, since some
    write the one's into the other), and contents of ``meta`` by what they hold."""

    docdata: Element | None
    elements: dict[str, list[Element]]
    metas: dict[str, str]
    title: str | None

    def first(self, name: str, of: str) -> str | None:
        """An attribute of the first element of that name that has it."""
        return next(self.all(name, of), None)

    def all(self, name: str, of: str) -> Iterator[str]:
        """An attribute of all elements of that name."""
        found = (attribute(element, of) for element in self.elements.get(name, ()))
        return (told for told in found if told)


def _head(root: Element) -> _Head:
    head = child(root, "head")
    docdata = child(head, "docdata")
    elements: defaultdict[str, list[Element]] = defaultdict(list)
    for parent in (docdata, head):
        for element in parent if parent is not None else ():
            elements[local(element)].append(element)
    metas: dict[str, str] = {}
    for meta in elements["meta"]:
        holds = _METAS.get((attribute(meta, "name") or "").lower())
        content = attribute(meta, "content")
        if holds and content:
            metas.setdefault(holds, content)
    return _Head(docdata, elements, metas, value(child(head, "title")))


def _items(read: xmldoc.Document, document: RawDocument) -> list[Item]:
    root = read.root
    head = _head(root)
    found = copy(root)
    found.headline = found.headline or head.title
    told = (attribute(head.docdata, "management-status") or "").lower()
    own_id = head.first("doc-id", "id-string")
    sent = own_id or (None if told == "canceled" else _hashed(found))
    draft = Draft(
        sent or f"urn:dateline:sha256:{document.sha256}", _provider(head, found), document.received
    )
    own: Item
    try:
        if sent is None and told == "canceled":
            raise InputError(
                "a cancellation that does not say of what",
                found="no id-string",
                expected="an identity",
            ).at(field="doc-id")
        own = _own(draft, head, found, told, read)
    except InputError as error:
        own = error
    # What it says of another is obeyed all the same.
    another = _of_another(draft, head, told, own)
    items = another if sent is None and another else [own, *another]
    return [*items, *_unheard(items)]


def _unheard(items: list[Item]) -> Iterator[Item]:
    """A story that names its provider in the body alone, and has an identity that only its
    provider knows, is out of reach of a notice without a body. The notice holds for stories that
    name nobody, and is reported."""
    for item in items:
        if (
            isinstance(item, Article)
            and item.pubstatus != "usable"
            and item.provider is None
            and not is_absolute(item.uri)
        ):
            yield InputError(
                "a notice that does not say whose story it takes back",
                found=f"{item.uri!r} and no provider",
                expected="a regsrc, or a holder of the copyright",
                remedy="set the provider of this feed, and send the document again.",
            ).at(field="doc-id")


def _own(
    draft: Draft, head: _Head, found: Copy, told: str, read: xmldoc.Document
) -> Article | Skipped:
    draft.status = None if told == _EMBARGOED else status_of(told)
    draft.headline = found.headline
    draft.slugline = head.metas.get("slugline") or _only(_keywords(head))
    draft.byline = found.byline
    draft.dateline = found.dateline
    draft.paragraphs, draft.headings, draft.notes = found.paragraphs, found.headings, found.notes
    draft.read_copy("\n".join([*head.all("ed-msg", "info"), *found.ednote]))
    hides = draft.pubstatus != "usable" or told == _EMBARGOED
    if draft.body is None and draft.headline is None and not hides:
        return textless(found.kind, head.first("doc-id", "id-string"))
    issued = _time(head.first("date.issue", "norm") or head.first("pubdata", "date.publication"))
    draft.order(head.first("du-key", "version"), issued)
    return _article(draft, head, found, told, issued, read)


def _hashed(found: Copy) -> str | None:
    """Of a document without an identity its text is one: the same again is the same story."""
    whole = text.join([found.headline or "", *found.paragraphs])
    return f"urn:dateline:sha256:{text.text_hash(whole)}" if whole else None


def _provider(head: _Head, found: Copy) -> str | None:
    """Whose document it is: who registered it, sent it, is its source; else who holds the rights;
    what the body says comes last, which a cancellation does not have."""
    return catalogue().declared(
        head.all("doc-id", "regsrc"),
        _senders(head),
        (head.metas.get("source"),),
        head.all("doc.copyright", "holder"),
        head.all("doc.rights", "owner"),
        (found.copyrightholder,),
        (found.distributor,),
    )


def _senders(head: _Head) -> Iterator[str]:
    for listed in head.elements.get("del-list", ()):
        for sender in children(listed, "from-src"):
            if name := attribute(sender, "src-name"):
                yield name


def _article(
    draft: Draft,
    head: _Head,
    found: Copy,
    told: str,
    issued: str | None,
    read: xmldoc.Document,
) -> Article:
    release = _time(head.first("date.release", "norm"))
    if told == _EMBARGOED:
        draft.embargo(release or "")
    elif _later(draft, release, issued):
        draft.embargo(release)
    corrections = list(head.all("correction", "info"))
    draft.ednote = text.block("\n".join([*head.all("ed-msg", "info"), *corrections, *found.ednote]))
    if head.elements.get("correction"):
        draft.kinds.append("correction")
    draft.description = found.abstract or found.subheadline
    asserted = draft.key or "provider"
    identified = _identified(head, asserted)
    body = child(read.root, "body")
    return draft.article(
        firstcreated=optional(draft, "firstcreated", issued),
        contentcreated=optional(draft, "contentcreated", _time(found.created)),
        expires=optional(draft, "expires", _time(head.first("date.expire", "norm"))),
        keywords=list(dict.fromkeys([*_keywords(head), *_listed(head.metas.get("keywords"))])),
        located=found.located,
        urgency=digit(head.first("urgency", "ed-urg")),
        priority=digit(head.metas.get("priority")),
        genre=_genres(head),
        subject=[*subjects(child(read.root, "head")), *_scoped(head), *identified.concepts],
        service=head.metas.get("service"),
        transmission=_transmission(head),
        altids=_altids(draft, head),
        copyrightholder=head.first("doc.copyright", "holder") or found.copyrightholder,
        copyrightnotice=found.copyrightnotice or head.metas.get("copyright"),
        usageterms=_terms(head) or found.usageterms,
        infosource=_named([found.distributor], asserted),
        replaces=_replaced(draft, head),
        associations=found.associations,
        language=attribute(read.root, "baselang")
        or attribute(read.root, "lang")
        or attribute(body, "lang")
        or attribute(child(body, "body.content"), "lang"),
        person=unique([*identified.person, *_mentioned(found, "person", asserted)]),
        organisation=unique([*identified.organisation, *_mentioned(found, "org", asserted)]),
        place=unique(
            [
                *_events(head, asserted),
                *identified.place,
                *_mentioned(found, "location", asserted),
            ]
        ),
        provenance=Provenance(flaw=read.flaw),
    )


def _time(norm: str | None) -> str | None:
    """A time as ISO 8601 has it."""
    found = _TIME.match(norm) if norm else None
    if norm is None or found is None:
        return norm
    if found["clock"] == "000000" and found["zone"] is None and "T" not in norm:
        return found["day"]
    return f"{found['day']}T{found['clock']}{found['zone'] or ''}"


def _later(draft: Draft, release: str | None, issued: str | None) -> bool:
    """Whether a document is to appear after its issue. What is no time (``YYYYMMDD...``, a form
    that nobody filled in) orders nothing by itself."""
    after = optional(draft, "embargoed", release)
    if after is None:
        return False
    before = optional(draft, "versioncreated", issued)
    return before is None or after > before


def _other(draft: Draft, head: _Head) -> str | None:
    other = attribute(head.docdata, "management-doc-idref")
    return other if other and catalogue().canonical(draft.key, other) != draft.uri else None


def _replaced(draft: Draft, head: _Head) -> list[str]:
    other = _other(draft, head)
    said = (attribute(head.docdata, "management-idref-status") or "").lower()
    return [catalogue().canonical(draft.key, other)] if other and said in _REPLACED else []


def _of_another(draft: Draft, head: _Head, told: str, own: Item) -> list[Item]:
    """What a document says of another one, by that one's identity."""
    other = _other(draft, head)
    if other is None:
        return []
    said = (attribute(head.docdata, "management-idref-status") or told).lower()
    if said in _REPLACED:
        return taken_back(draft, own, replaced=[other])
    try:
        status = "withheld" if said == _EMBARGOED else status_of(said) or "usable"
    except InputError as error:
        return [error.at(field="management-idref-status")]
    if status == "usable":
        return []  # its text is not here
    notice = draft.withdrawal(other)
    if status == "withheld":
        notice = msgspec.structs.replace(notice, pubstatus="withheld", update_kind=["hold"])
    return [notice]


# --- fields --------------------------------------------------------------------------------------


def optional(draft: Draft, name: str, sent: str | None) -> dt.datetime | None:
    """A time that decides nothing; absent where it cannot be read."""
    try:
        return draft.instant(name, sent)
    except InputError:
        return None


def _only(names: list[str]) -> str | None:
    """One single key is how desks write the slug."""
    return names[0] if len(names) == 1 else None


def _keywords(head: _Head) -> list[str]:
    found = []
    for listed in head.elements.get("key-list", ()):
        for keyword in children(listed, "keyword"):
            if told := attribute(keyword, "key") or value(keyword):
                found.append(told)
    return found


def _listed(sent: str | None) -> list[str]:
    return [told for part in (sent or "").split(",") if (told := text.one_line(part))]


def _genres(head: _Head) -> list[Concept]:
    """The kind of text: its type, its properties, the regular feature that it is of."""
    found = []
    for tobject in head.elements.get("tobject", ()):
        if told := attribute(tobject, "tobject.type"):
            found.append(Concept(name=told, scheme="tobject.type"))
        for one in children(tobject, "tobject.property"):
            if told := attribute(one, "tobject.property.type"):
                found.append(Concept(name=told))
    return found + [Concept(code=code, scheme="fixture") for code in head.all("fixture", "fix-id")]


def subjects(head: Element | None) -> list[Concept]:
    """Subjects of a NITF document's ``head``; of a code's three names the most exact one."""
    found: dict[str | None, Concept] = {}
    tobject = child(head, "tobject")
    for subject in children(tobject, "tobject.subject") if tobject is not None else ():
        sent = attribute(subject, "tobject.subject.refnum") or attribute(
            subject, "tobject.subject.code"
        )
        names = (
            attribute(subject, f"tobject.subject.{one}") for one in ("detail", "matter", "type")
        )
        name = next((told for told in names if told), None)
        if sent or name:
            scheme = attribute(subject, "tobject.subject.ipr")
            concept = Concept(code=sent, scheme=vocabulary(sent, scheme), name=name)
            found.setdefault(concept.code or concept.name, concept)
    return list(found.values())


def vocabulary(code: str | None, scheme: str | None) -> str | None:
    """The vocabulary that a code is of: where none is named, eight digits are the IPTC's."""
    if code and _EIGHT_DIGITS.match(code) and scheme in (None, "IPTC"):
        return SUBJECT_CODES
    return scheme


def _scoped(head: _Head) -> list[Concept]:
    found = [Concept(name=name, scheme="doc-scope") for name in head.all("doc-scope", "scope")]
    if category := head.metas.get("category"):
        found.append(Concept(code=category, scheme="category"))
    return found


class _Identified(msgspec.Struct):
    """What ``identified-content`` lists."""

    person: list[Name] = []
    organisation: list[Name] = []
    place: list[Name] = []
    concepts: list[Concept] = []


def _identified(head: _Head, creator: str) -> _Identified:
    found = _Identified()
    lists = {"person": found.person, "org": found.organisation, "location": found.place}
    for listed in head.elements.get("identified-content", ()):
        for one in listed:
            name = _place(one) if local(one) == "location" else value(one)
            if local(one) in lists and name:
                lists[local(one)].append(_name(one, name, creator))
            elif local(one) in ("classifier", "object.title", "event") and (
                told := name or attribute(one, "value")
            ):
                found.concepts.append(
                    Concept(
                        name=told,
                        scheme=attribute(one, "type") or attribute(one, "idsrc") or local(one),
                        code=attribute(one, "value"),
                    )
                )
    return found


def _name(element: Element, name: str, creator: str) -> Name:
    return Name(
        name=name,
        creator=creator,
        code=attribute(element, "value") or attribute(element, "location-code"),
        scheme=attribute(element, "idsrc") or attribute(element, "code-source"),
    )


def _mentioned(found: Copy, kind: str, creator: str) -> list[Name]:
    """Names that are marked in the copy: the provider's assertions."""
    return [
        Name(name=name, creator=creator, code=code, scheme=scheme)
        for of, name, code, scheme in found.marked
        if of == kind
    ]


def _events(head: _Head, creator: str) -> list[Name]:
    """Where the events took place."""
    found = []
    for place in head.elements.get("evloc", ()):
        country = attribute(place, "iso-cc")
        names = (attribute(place, one) for one in ("city", "county-dist", "state-prov"))
        if name := next((told for told in names if told), None) or value(place) or country:
            scheme = "iso-3166" if country else None
            found.append(Name(name=name, creator=creator, code=country, scheme=scheme, rel="event"))
    return found


def _named(names: Iterable[str | None], creator: str) -> list[Name]:
    return [Name(name=name, creator=creator) for name in names if name]


def unique(names: Iterable[Name]) -> list[Name]:
    """Each name once, as it came first."""
    found: dict[str, Name] = {}
    for name in names:
        found.setdefault(name.name, name)
    return list(found.values())


def _transmission(head: _Head) -> Transmission | None:
    number = head.metas.get("number")
    if number is None or not number.strip("0"):
        return None
    return Transmission(service=head.metas.get("service"), number=number)


def _altids(draft: Draft, head: _Head) -> dict[str, str]:
    found = {"doc-id": head.first("doc-id", "id-string"), "du-key": head.first("du-key", "key")}
    return {name: told for name, told in found.items() if told and told != draft.uri}


def _terms(head: _Head) -> str | None:
    told = [
        term
        for rights in head.elements.get("doc.rights", ())
        for name in ("limitations", "type", "geography")
        if (term := attribute(rights, name))
    ]
    return text.block("\n".join(told))


# --- the copy ------------------------------------------------------------------------------------

# What stands for which element of HTML.
_AS_HTML = {
    "hl1": "h1",
    "hl2": "h2",
    "block": "div",
    "hedline": "div",
    "bq": "blockquote",
    "nitf-table": "div",
    "custom-table": "div",
    "caption": "p",
    "credit": "p",
    "datasource": "p",
    "tagline": "p",
    "byline": "p",
    "dateline": "p",
    "abstract": "div",
}
_NO_COPY = frozenset(
    {"media", "note", "body.head", "nitf-table-metadata", "nitf-colgroup", "bibliography"}
)
_MARKED = ("person", "org", "location")
_POSSESSIVE = re.compile(r"['’]s?\Z")
_MEDIA_KINDS = {"image": "picture", "photo": "picture", "graphic": "graphic"}
# Lines broken by a wire: so long at most, and mostly filled.
_WIRE_LINE = range(50, 100)
_FILLED = 0.7
_ENOUGH = 3


class Copy(msgspec.Struct, kw_only=True):
    """What a NITF body says. ``ednote`` and ``notes`` are notes to editors that may be published,
    and that may not; ``marked`` are names marked in the text: element, name, code, scheme."""

    paragraphs: list[str] = []
    headings: list[str] = []
    headline: str | None = None
    subheadline: str | None = None
    byline: str | None = None
    dateline: Dateline | None = None
    located: str | None = None
    created: str | None = None
    abstract: str | None = None
    ednote: list[str] = []
    notes: list[str] = []
    associations: list[Association] = []
    marked: list[tuple[str, str, str | None, str | None]] = []
    copyrightholder: str | None = None
    copyrightnotice: str | None = None
    usageterms: str | None = None
    distributor: str | None = None
    kind: str = "item"


def copy(element: Element) -> Copy:
    """The copy of a document, of its ``body``, or of any element that holds such markup (XHTML
    too): tables as lines with a tab between cells, pictures as associations."""
    body = element if local(element) == "body" else child(element, "body")
    body = element if body is None else body
    content = child(body, "body.content")
    found = Copy()
    if (head := child(body, "body.head")) is not None:
        _read_head(head, found)
    content = body if content is None else content
    _read_apart(content, found)
    headed = _read_block_heads(content, found)
    read = xmldoc.markup(content, drop=_NO_COPY, skip=headed.__contains__, rename=_as_html)
    found.paragraphs = [one for part in _unwrapped(content, read.paragraphs) for one in _bare(part)]
    found.headings = read.headings
    if (end := child(body, "body.end")) is not None and content is not body:
        found.paragraphs += xmldoc.markup(end, drop=_NO_COPY, rename=_as_html).paragraphs
    return found


def _bare(paragraph: str) -> list[str]:
    """Without markup that was escaped, such as code to embed a player."""
    if not text.has_tags(paragraph):
        return [paragraph]
    return text.read_html(paragraph).paragraphs


def _as_html(element: Element) -> str:
    name = local(element)
    return _AS_HTML.get(name, name)


def _read_head(head: Element, found: Copy) -> None:
    bylines = []
    for part in head:
        match local(part):
            case "hedline":
                found.headline = found.headline or value(child(part, "hl1"))
                found.subheadline = found.subheadline or value(child(part, "hl2"))
                if found.subheadline == found.headline:
                    found.subheadline = None
            case "byline":
                bylines.append(_spaced(part))
            case "distributor":
                found.distributor = found.distributor or value(part)
            case "dateline":
                _read_dateline(part, found)
            case "abstract":
                summary = xmldoc.markup(part, drop=_NO_COPY, rename=_as_html).paragraphs
                found.abstract = text.block("\n\n".join(summary))
            case "note":
                _read_note(part, found)
            case "rights":
                _read_rights(part, found)
            case "copyrite":
                found.copyrightnotice = value(part)
                found.copyrightholder = value(child(part, "copyrite.holder"))
            case "media":
                _read_media(part, found)
    found.byline = ", ".join(byline for byline in bylines if byline) or None


def _spaced(element: Element) -> str | None:
    """Text of elements that nothing but their tags may keep apart."""
    told = text.one_line(" ".join(element.itertext()))
    return re.sub(" (?=[,.;:])", "", told) if told else None


def _place(location: Element) -> str | None:
    """A location on one line: parts that nothing separates get a comma."""
    parts = [told for part in location if (told := value(part))]
    between = [location.text or "", *(part.tail or "" for part in location)]
    if len(parts) > 1 and not any(one.strip() for one in between):
        return ", ".join(parts)
    return value(location)


def _read_dateline(element: Element, found: Copy) -> bool:
    """Some write a time where the day of the dateline belongs; it is no part of one. Gives whether
    there is one."""
    location, date = child(element, "location"), child(element, "story.date")
    day = value(date)
    found.created = found.created or attribute(date, "norm")
    if location is not None:
        told = _place(location)
    else:
        own = [element.text or "", *(part.tail or "" for part in element)]
        told = text.one_line(" ".join(own))
    if day and _TIMESTAMP.match(day):
        day = None
    line = " ".join(part for part in (told, day) if part)
    filed = wirecopy.declared_dateline(line) if line else None
    if filed is None or (told is None and day is None):
        return False
    city = value(child(location, "city"))
    filed = msgspec.structs.replace(
        filed, city=wirecopy.city_of(city) if city else filed.city, date=day or filed.date
    )
    found.dateline, found.located = filed, city or filed.city
    return True


def _read_note(note: Element, found: Copy) -> None:
    """``npa`` is a note that is not for publication, says the standard."""
    told = text.block("\n".join(xmldoc.markup(note, rename=_as_html).paragraphs))
    if told is None:
        return
    if attribute(note, "noteclass") == "cpyrtnote":
        found.copyrightnotice = found.copyrightnotice or told
    elif attribute(note, "type") == "npa":
        found.notes.append(told)
    else:
        found.ednote.append(told)


def _read_rights(rights: Element, found: Copy) -> None:
    found.copyrightholder = found.copyrightholder or value(child(rights, "rights.owner"))
    terms = [
        told
        for name in ("rights.limitations", "rights.type", "rights.geography")
        if (told := value(child(rights, name)))
    ]
    found.usageterms = text.block("\n".join(terms))


def _read_apart(content: Element, found: Copy) -> None:
    """What stands in the copy and is no part of it, and names that are marked there."""
    for part in content.iter("{*}media", "{*}note", *(f"{{*}}{name}" for name in _MARKED)):
        if next(part.iterancestors("{*}media", "{*}note"), None) is not None:
            continue
        name = local(part)
        if name == "media":
            _read_media(part, found)
        elif name == "note":
            _read_note(part, found)
        else:
            said = _place(part) if name == "location" else value(part)
            if said and (said := _POSSESSIVE.sub("", said)):
                code, scheme = attribute(part, "value"), attribute(part, "idsrc")
                found.marked.append((name, said, code, scheme))


def _read_block_heads(content: Element, found: Copy) -> set[Element]:
    """Byline and dateline of the first block, where the head of the body has none, so that they are
    no copy. Those of further blocks are: each is a story of its own."""
    taken: set[Element] = set()
    block = next(content.iter("{*}block"), None)
    for part in block if block is not None else ():
        name = local(part)
        if name == "byline" and found.byline is None and (told := _spaced(part)):
            found.byline = told
            taken.add(part)
        elif name == "dateline" and found.dateline is None and _read_dateline(part, found):
            taken.add(part)
    return taken


def _read_media(media: Element, found: Copy) -> None:
    ids = (
        attribute(one, "value")
        for one in children(media, "media-metadata")
        if attribute(one, "name") == "media-id"
    )
    sources = (attribute(one, "source") for one in children(media, "media-reference"))
    association = Association(
        uri=next((told for told in (*ids, *sources) if told), None),
        caption=xmldoc.lines(child(media, "media-caption")),
        creditline=value(child(media, "media-producer")),
    )
    if association != Association():
        found.associations.append(association)
        kind = (attribute(media, "media-type") or "image").lower()
        found.kind = _MEDIA_KINDS.get(kind, kind)


def _unwrapped(content: Element, paragraphs: list[str]) -> list[str]:
    """Paragraphs whose lines a wire has broken, by ``br`` or in ``pre``, joined again; tables stay
    as they are."""
    if not _is_wrapped(paragraphs):
        return paragraphs
    tables: set[str] = set()
    for table in content.iter("{*}table"):
        if next(table.iterancestors("{*}table"), None) is None:
            tables.update(xmldoc.markup(table, rename=_as_html).paragraphs)
    joined: list[str] = []
    run: list[str] = []
    for part in paragraphs:
        if part not in tables:
            run.append(part)
            continue
        joined += [*text.paragraphs("\n\n".join(run)), part]
        run = []
    return joined + text.paragraphs("\n\n".join(run))


def _is_wrapped(paragraphs: list[str]) -> bool:
    """Whether most lines that do not end a paragraph are as full as those of a wire."""
    broken = [
        line
        for part in paragraphs
        if "\n" in part and "\t" not in part
        for line in part.split("\n")[:-1]
    ]
    if len(broken) < _ENOUGH:
        return False
    width = max(map(len, broken))
    return width in _WIRE_LINE and sum(len(one) >= width * _FILLED for one in broken) * 2 > len(
        broken
    )
