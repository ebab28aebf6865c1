"""Press releases in the XML of the Nordic agencies' services for publishers (``release``).

Every element is always there, so an empty ``embargo`` is none. Times (``dd.MM.yyyy HH:mm``) are
the service's own, which its address tells; where it does not, only their day is known.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from dateline import text, times
from dateline.article import Article, Association, Concept, Provenance
from dateline.errors import InputError
from dateline.formats import Item, Skipped, feeds, xmldoc
from dateline.formats.drafting import Draft, each, textless
from dateline.formats.xmldoc import Element, attribute, child, children, value
from dateline.providers import catalogue
from dateline.records import RawDocument

_ROOTS = frozenset({"release", "releases"})
_OWN = re.compile(rb"<(?:longurl|leadtext|publicationDate|contactsAsText|boilerplate)\b")


class PressRelease:
    """See the module."""

    name = "press-release"
    version = 2
    rank = 240

    def recognises(self, head: bytes) -> bool:
        """A release or several, with elements that only this vocabulary has."""
        root = xmldoc.peek(head)
        return root is not None and root.name in _ROOTS and _OWN.search(head) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each release by itself. Raises InputError."""
        read = xmldoc.read(document.value)
        root = read.root
        several = [root] if xmldoc.local(root) == "release" else list(children(root, "release"))
        return each(several, lambda release: _item(release, document.received, read.flaw))


def _item(release: Element, received: dt.datetime, flaw: str | None) -> Article | Skipped:
    link = value(child(release, "longurl"))
    sent = attribute(release, "id") or link
    if sent is None:
        raise InputError("a release without an identity", expected="an attribute id").at(
            field="uri"
        )
    draft = Draft(sent, value(child(release, "publisher", "name")), received)
    draft.headline = value(child(release, "title"))
    body = feeds.copy_of(_source(child(release, "body")), link)
    boilerplate = feeds.copy_of(_source(child(release, "boilerplate")), link)
    draft.paragraphs = [*body.paragraphs, *boilerplate.paragraphs]
    draft.headings = body.headings
    draft.notes = list(_contacts(release))
    lead = feeds.copy_of(_source(child(release, "leadtext")), link).text
    if not draft.paragraphs and lead:
        draft.paragraphs = lead.split("\n\n")
        lead = None
    draft.read_copy()
    if draft.body is None and draft.headline is None and not draft.withdrawn:
        return textless("release", draft.uri)

    known = catalogue()
    zone = draft.zone or known.get(known.of_uri(link or "")).zone
    published = _time(child(release, "publicationDate"), zone)
    draft.created_at(published)
    if embargo := value(child(release, "embargo")):
        draft.embargo(times.parse_feed(embargo, zone=zone) or embargo)
    draft.description = lead
    keywords = value(child(release, "keywords")) or ""
    return draft.article(
        firstcreated=published.instant if published else None,
        language=attribute(release, "lang"),
        keywords=[word for part in re.split(r"[,;]", keywords) if (word := part.strip())],
        subject=list(_concepts(child(release, "categories"), "category")),
        genre=list(_concepts(release, "type")),
        altids={"link": link} if link else {},
        associations=[*_associations(release, link), *body.pictures],
        provenance=Provenance(flaw=flaw),
    )


def _source(element: Element | None) -> str | None:
    """HTML, escaped or not."""
    if element is None:
        return None
    found: str | None = xmldoc.inner_html(element) if len(element) else element.text
    return found


def _time(element: Element | None, zone: str | None) -> times.Declared | None:
    words = value(element)
    if words is None:
        return None
    found = times.parse_feed(words, zone=zone)
    if found is None:
        day = re.match(r"\S+", words)
        found = times.parse_feed(day[0]) if day else None
    return found


def _contacts(release: Element) -> Iterator[str]:
    """Names with telephone numbers and addresses: for editors only."""
    if told := xmldoc.lines(child(release, "contactsAsText")):
        yield told
    for contact in children(release, "contacts"):
        for one in children(contact, "contact"):
            said = (value(child(one, name)) for name in ("name", "title", "phone", "email"))
            if found := ", ".join(part for part in said if part):
                yield found


def _concepts(parent: Element | None, name: str) -> Iterator[Concept]:
    for one in children(parent, name) if parent is not None else ():
        code, label = attribute(one, "id"), value(child(one, "label"))
        if code or label:
            yield Concept(code=code, name=label)


def _associations(release: Element, base: str | None) -> Iterator[Association]:
    """Images and documents; the publisher's logo is none of the story's."""
    found = [
        (value(child(one, "url")), value(child(one, "caption")) or value(child(one, "title")))
        for several in children(release, "images", "documents")
        for one in children(several)
    ]
    found.append((value(child(release, "videothumbnailurl")), _first_line(release)))
    for address, caption in found:
        if picture := feeds.associated(feeds.resolved(base, address), caption):
            yield picture


def _first_line(release: Element) -> str | None:
    return text.one_line(value(child(release, "videodescription")) or "")
