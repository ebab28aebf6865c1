"""Ritzau's own XML: ``RBNews`` items, alone or in the answer of its queue.

Its times have no zone and are Denmark's. Booleans say what a version does: ``Annuleret``
(withdrawn), ``Korrektion``, ``NyVersion``; ``replacedID`` names another story that this one
replaces.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterable

from dateline.article import Article, Concept, Name, Provenance
from dateline.errors import InputError
from dateline.formats import Item, feeds, xmldoc
from dateline.formats.drafting import Draft, digit, each, taken_back, textless
from dateline.formats.xmldoc import Element, child, children, value
from dateline.records import RawDocument

_IN_ANSWER = re.compile(rb"<(?:[\w-]+:)?(?:RBNews|ListOfRBNews)\b")
# Some of its sources escape twice.
_LEFT = re.compile(r"&(?:amp|apos|quot|lt|gt|nbsp|#\d{1,7});")
_WITHDRAWN = re.compile(r"annul|delet|cancel|slet", re.IGNORECASE)


class Ritzau:
    """See the module."""

    name = "ritzau"
    version = 2
    rank = 250

    def recognises(self, head: bytes) -> bool:
        """Its element, as the root or within an answer of its service."""
        root = xmldoc.peek(head)
        if root is None:
            return False
        answer = root.name.startswith("XMLNews") and _IN_ANSWER.search(head) is not None
        return root.name in {"RBNews", "ListOfRBNews"} or answer

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself. Raises InputError."""
        read = xmldoc.read(document.value)
        news = [one for one in read.root.iter() if xmldoc.local(one) == "RBNews"]
        if not news:
            raise InputError(
                "an answer without news",
                found=_message(read.root) or xmldoc.local(read.root),
                expected="RBNews",
            )
        return each(news, lambda one: _items(one, document.received, read.flaw))


def _message(root: Element) -> str | None:
    return next((value(one) for one in root.iter() if xmldoc.local(one) == "errormsg"), None)


def _items(news: Element, received: dt.datetime, flaw: str | None) -> Item | list[Item]:
    said = {xmldoc.local(one): one for one in reversed(news) if xmldoc.local(one)}
    sent = value(said.get("NewsID"))
    if sent is None:
        raise InputError("an item without an identity", expected="NewsID").at(field="NewsID")
    draft = Draft(sent, "Ritzau", received)
    if _true(said, "Annuleret") or _WITHDRAWN.search(value(said.get("Status")) or ""):
        draft.status = "canceled"
    draft.headline = feeds.line(_raw(said, "headline"))
    draft.slugline = value(said.get("strapline"))
    draft.byline = value(said.get("byLine"))
    copy = feeds.copy_of(_raw(said, "content"))
    draft.paragraphs = [_LEFT.sub(_again, part) for part in copy.paragraphs]
    draft.headings = [_LEFT.sub(_again, part) for part in copy.headings]
    draft.notes = [
        note
        for name in ("TilRedaktionen", "byLineEmail", "byLinePhone")
        if (note := feeds.copy_of(_raw(said, name)).text)
    ]
    draft.read_copy()
    replaced = [
        other
        for name in ("Replaces", "replacedID")
        if (other := value(said.get(name))) and other not in {sent, "0"}
    ]
    replaced = list(dict.fromkeys(replaced))
    lacks_text = draft.body is None and draft.headline is None and draft.pubstatus == "usable"
    if lacks_text and not replaced:
        return textless("item", draft.uri)
    draft.order(value(said.get("version")), value(said.get("PublishDate")))
    own: Item = textless("item", draft.uri)
    if not lacks_text:
        own = _article(draft, said, replaced, flaw)
    return [own, *taken_back(draft, own, replaced=replaced)]


def _article(
    draft: Draft, said: dict[str, Element], replaced: list[str], flaw: str | None
) -> Article:
    draft.description = feeds.line(_raw(said, "subtitle"))
    draft.kinds = [
        kind
        for name, kind in (("Korrektion", "correction"), ("NyVersion", "update"))
        if _true(said, name)
    ]
    return draft.article(
        **_fields(said, draft), replaces=replaced, provenance=Provenance(flaw=flaw)
    )


def _fields(said: dict[str, Element], draft: Draft) -> dict[str, object]:
    section = value(said.get("section"))
    history = value(said.get("HistID"))
    return {
        "firstcreated": draft.instant("firstcreated", value(said.get("PublishDate"))),
        "located": value(said.get("town")),
        "priority": digit(value(said.get("Priority"))),
        "keywords": _strings(said, "SubjectKeyword"),
        "subject": [
            *([Concept(code=value(said.get("sectionID")), name=section)] if section else []),
            *(Concept(code=code, scheme="iptc") for code in _strings(said, "IPTCList")),
            *(Concept(code=code, scheme="isin") for code in _strings(said, "ISIN")),
        ],
        "altids": {"HistID": history} if history else {},
        "creditline": value(said.get("origin")),
        "organisation": [
            Name(name=name, creator=draft.key or "provider") for name in _strings(said, "Companies")
        ],
    }


def _raw(said: dict[str, Element], name: str) -> str | None:
    element = said.get(name)
    return None if element is None else "".join(element.itertext())


def _again(found: re.Match[str]) -> str:
    return html.unescape(found[0])


def _true(said: dict[str, Element], name: str) -> bool:
    return (value(said.get(name)) or "").lower() in {"true", "1"}


def _strings(said: dict[str, Element], name: str) -> list[str]:
    """Of a list, whose elements are named after their type."""
    parent = said.get(name)
    entries = children(parent) if parent is not None else ()
    found = (value(child(one, "Name") if len(one) else one) for one in entries)
    return [one for one in found if one]
