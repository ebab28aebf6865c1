"""AP Media API: The Associated Press's JSON, one response, one item, or a page of a feed.

After the AP's own documentation of the API (Content metadata fields, Identifying publishable
content) and real responses.

**The story's text is not in the JSON.** It lies in a NITF document that ``renditions.nitf.href``
links to, and reading fetches nothing. So whoever fetches (the HTTP feed) makes one record of the
pair: the item as it came, with the fetched document as a string under
``renditions.nitf.content``. One article comes of both: what the item says goes before what the
document says again.

An item that announces a text which is not with it is refused, and kept as a dead letter: an article
of its headline alone would look like an alert, and coming later than its whole it would take the
text off the story. A cancellation, and an order to withhold, need no text and are obeyed without.

An item whose ``signals`` do not hold ``newscontent`` (an advisory, a daybook) is for editors only,
says the AP; it is withheld: the desk sees it, readers do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dateline import text
from dateline.article import (
    Article,
    Association,
    Concept,
    Dateline,
    Name,
    Provenance,
    PubStatus,
)
from dateline.errors import InputError
from dateline.formats import Item, Skipped, nitf, wirecopy, xmldoc
from dateline.formats.drafting import Draft, each, status_of, textless
from dateline.formats.jsondoc import Fields, decode, described, opening, point
from dateline.records import RawDocument

_PROVIDER = "ap"
_KEY = re.compile(rb'"altids"\s*:\s*\{[^{}]*?"itemid"\s*:\s*"(?P<own>[0-9a-f]{32}")?')
_WRAPPED = re.compile(rb'"item"\s*:\s*\{')
_WITHIN_URI = re.compile(r"/content/(?P<itemid>[0-9a-f]{32})\b")
_PUBLISHABLE = "newscontent"
# The letters of the ANPA header, which `editorialpriority` still holds.
_PRIORITIES = {"f": 1, "u": 2, "b": 3, "r": 4, "d": 5}
_KINDS = {
    "clarification": "correction",
    "corrective": "correction",
    "elimination": "kill",
    "kill": "kill",
    "lead": "lead",
    "update": "update",
    "withhold": "hold",
    "writethru": "writethru",
}
# "Eds: CORRECTS: Spelling of the name": how a new version says why it came.
_NOTED = re.compile(r"\b(?P<word>CORRECTS|CLARIFIES|UPDATES)\b")
_NOTED_KINDS = {"CORRECTS": "correction", "CLARIFIES": "correction", "UPDATES": "update"}
_TEXT = "text"


class ApMedia:
    """See the module."""

    name = "ap-media"
    version = 2
    rank = 310

    def recognises(self, head: bytes) -> bool:
        """By ``altids.itemid``: within an ``item``, or of the AP's own form."""
        plain = opening(head)
        found = _KEY.search(plain) if plain is not None else None
        if plain is None or found is None:
            return False
        return found["own"] is not None or _WRAPPED.search(plain) is not None

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself; a bad one does not stop the rest. Raises InputError."""
        return each(_items(decode(document.value)), lambda item: _item(item, document))


def _items(data: Any) -> Iterator[Any]:
    """Of a response (``data.item``), a feed's page (``data.items[].item``), or items alone."""
    page = _within(data, "data")
    if isinstance(page, dict) and isinstance(page.get("items"), list):
        page = page["items"]
    if isinstance(page, list):
        if not page:
            raise InputError("a page without items", found="[]", expected="items")
        yield from (_within(_within(entry, "data"), "item") for entry in page)
        return
    item = _within(page, "item")
    # Superdesk keeps its half of the pair beside ``data``.
    beside = data.get("nitf") if isinstance(data, dict) else None
    if isinstance(beside, dict) and isinstance(item, dict):
        item = {**item, "body_html": beside.get("body_html")}
    yield item


def _within(value: Any, name: str) -> Any:
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict | list) else value


# --- an item -------------------------------------------------------------------------------------


def _item(data: Any, document: RawDocument) -> Article | Skipped:
    if not isinstance(data, dict):
        raise InputError("not an AP item", found=described(data), expected="an object")
    strict, told = Fields(data), Fields(data, forgiving=True)
    itemid = _itemid(strict)
    if itemid is None:
        raise InputError(
            "an item without an identity",
            found=f"keys {', '.join(sorted(data)[:8]) or 'none'}",
            expected="a string",
        ).at(field="altids.itemid")
    declared = (strict.raw("pubstatus") or "").strip().lower()
    status = "usable" if declared == "embargoed" else status_of(declared)
    draft = Draft(itemid, told.line("provider"), document.received, key=_PROVIDER)
    draft.signals = told.strings("signals")
    draft.status = _shown(status, draft.signals)
    copy, flaw = _copy(strict, forgiving=status == "canceled")
    headed = told if status == "canceled" else strict
    draft.headline = headed.line("headline") or copy.headline
    draft.slugline = told.line("slugline")
    draft.byline = _byline(told) or copy.byline
    draft.paragraphs, draft.headings, draft.notes = copy.paragraphs, copy.headings, copy.notes
    draft.read_copy(told.block("ednote"))
    if draft.body is None and not draft.withdrawn and status != "withheld":
        kind = (told.line("type") or _TEXT).lower()
        if kind != _TEXT:
            return textless(kind, draft.uri)
        _refuse_half(told)

    deciding = told if draft.withdrawn else strict
    draft.order(data.get("version"), deciding.stated("versioncreated"))
    embargo = deciding.stated("embargoed")
    draft.embargo("" if embargo is None and declared == "embargoed" else embargo)
    draft.ednote = text.block("\n".join([told.block("ednote") or "", *copy.ednote]))
    draft.kinds = _kinds(told, draft.ednote)
    draft.description = told.block("description_summary", "headline_extended") or copy.abstract
    draft.dateline = _dateline(draft.dateline or copy.dateline, told)
    return draft.article(
        firstcreated=told.instant("firstcreated", draft.zone),
        expires=told.instant("expires", draft.zone),
        keywords=told.strings("keywords"),
        located=told.line("located") or copy.located,
        urgency=told.integer("urgency", 1, 9),
        priority=_PRIORITIES.get((told.line("editorialpriority") or "").lower()),
        genre=_genres(told),
        subject=_concepts(told, "subject"),
        altids=_altids(told),
        copyrightnotice=told.block("copyrightnotice"),
        usageterms=text.block("\n".join(told.strings("usageterms"))),
        creditline=told.line("description_creditline"),
        infosource=_names(told, "infosource"),
        associations=_associations(told) or copy.associations,
        language=told.raw("language"),
        person=_names(told, "person"),
        organisation=_names(told, "organisation", "organization", "company"),
        place=_names(told, "place"),
        provenance=Provenance(flaw=flaw),
    )


def _itemid(fields: Fields) -> str | None:
    """What stays the same through all versions, says the AP; never the ``uri``, whose query is
    another with each request (the path holds the id)."""
    altids = fields.data.get("altids")
    own = fields.of(altids if isinstance(altids, dict) else {}, "altids.").line("itemid")
    within = _WITHIN_URI.search(fields.line("uri") or "")
    return own or (within["itemid"] if within else None)


def _shown(status: PubStatus | None, signals: list[str]) -> PubStatus | None:
    """An item for editors only is withheld. Where signals are left out of a response, nothing is
    known of that."""
    if status in (None, "usable") and signals and _PUBLISHABLE not in signals:
        return "withheld"
    return status


# --- the copy ------------------------------------------------------------------------------------


def _copy(fields: Fields, *, forgiving: bool) -> tuple[nitf.Copy, str | None]:
    """What the text's own document says, and what is wrong with it. Raises InputError, unless it
    is forgiven: a cancellation needs no text."""
    rendition = _rendition(fields)
    try:
        if content := rendition.raw("content"):
            document = xmldoc.read(content.encode("utf-8", "replace"))
            if (root := xmldoc.local(document.root)) != "nitf":
                raise InputError("a text that is no NITF", found=f"<{root}>", expected="<nitf>")
            return nitf.copy(document.root), document.flaw
        found = text.read_html(fields.raw("body_html") or "")
        return nitf.Copy(paragraphs=found.paragraphs, headings=found.headings), None
    except InputError as error:
        if not forgiving:
            raise error.at(field="renditions.nitf.content") from None
        return nitf.Copy(), None


def _rendition(fields: Fields) -> Fields:
    renditions = fields.data.get("renditions")
    story = renditions.get("nitf") if isinstance(renditions, dict) else None
    return fields.of(story if isinstance(story, dict) else {}, "renditions.nitf.")


def _refuse_half(fields: Fields) -> None:
    """Raises InputError where a text was announced that is not here."""
    if _rendition(fields).line("href"):
        raise InputError(
            "an AP item without its text",
            found="a link in renditions.nitf.href",
            expected="the document it leads to, as a string",
            remedy="let an HTTP feed take the wire, which fetches both, or put it there.",
        ).at(field="renditions.nitf.content")


def _byline(fields: Fields) -> str | None:
    told = [by for entry in fields.objects("bylines") if (by := entry.line("by", "name"))]
    return ", ".join(told) or None


def _dateline(filed: Dateline | None, fields: Fields) -> Dateline | None:
    """The copy's, else ``located`` (which is the dateline, says the AP), and where that lies."""
    if filed is None and (located := fields.line("located")):
        filed = wirecopy.declared_dateline(located)
    place = fields.data.get("datelinelocation")
    if filed is None or not isinstance(place, dict):
        return filed
    city = fields.of(place, "datelinelocation.").line("city")
    return msgspec.structs.replace(
        filed, city=city or filed.city, location=point(place.get("geometry_geojson"))
    )


def _kinds(fields: Fields, ednote: str | None) -> list[str]:
    types = (_KINDS.get(kind.lower()) for kind in fields.strings("editorialtypes"))
    noted = (_NOTED_KINDS[found["word"]] for found in _NOTED.finditer(ednote or ""))
    return [kind for kind in (*types, *noted) if kind]


# --- concepts ------------------------------------------------------------------------------------


def _rel(entry: Fields) -> str | None:
    return next(iter(entry.strings("rels")), None)


def _concepts(fields: Fields, name: str) -> list[Concept]:
    found = []
    for entry in fields.objects(name):
        concept = Concept(
            code=entry.scalar("code"),
            scheme=entry.line("scheme"),
            name=entry.line("name"),
            rel=_rel(entry),
        )
        if concept.code or concept.name:
            found.append(concept)
    return found


def _genres(fields: Fields) -> list[Concept]:
    """What kind of text it is: its content type, its role, the regular feature that it is of."""
    named = [line for name in ("profile", "editorialrole") if (line := fields.line(name))]
    return [*(Concept(name=name) for name in named), *_concepts(fields, "fixture")]


def _names(fields: Fields, *names: str) -> list[Name]:
    found = []
    for entry in (entry for name in names for entry in fields.objects(name)):
        code = entry.scalar("code")
        if shown := entry.line("name") or code:
            found.append(
                Name(
                    name=shown,
                    creator=_PROVIDER,
                    code=code,
                    scheme=entry.line("scheme"),
                    rel=_rel(entry),
                    location=point(entry.data.get("geometry_geojson")),
                )
            )
    return found


def _altids(fields: Fields) -> dict[str, str]:
    value = fields.data.get("altids")
    altids = fields.of(value if isinstance(value, dict) else {}, "altids.")
    return {name: told for name in altids.data if name and (told := altids.scalar(name))}


def _associations(fields: Fields) -> list[Association]:
    """The AP names them by numbers: ``{"1": {...}}``."""
    value = fields.data.get("associations")
    named = {"associations": list(value.values())} if isinstance(value, dict) else fields.data
    found = (
        Association(
            uri=_itemid(item),
            caption=item.block("description_caption", "headline"),
            creditline=item.line("description_creditline"),
        )
        for item in fields.of(named, "").objects("associations")
    )
    return [association for association in found if association != Association()]
