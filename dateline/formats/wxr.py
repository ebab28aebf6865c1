"""WordPress's export (WXR 1.0 to 1.2): RSS whose items are what a site holds, published or not.

Posts and pages are articles. Attachments are pictures of those that refer to them; revisions, menu
items and whatever else is no copy, and drafts were never published. What was thrown away is
withdrawn, what only some may read is withheld, what is scheduled has an embargo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from dateline.article import Association, Concept, PubStatus
from dateline.formats import Item, feeds, rss, xmldoc
from dateline.formats.feeds import Children, Copy, Told
from dateline.formats.xmldoc import Element
from dateline.records import RawDocument

_EXPORT = re.compile(r"wordpress\.org/export/")
_COPY = frozenset({"post", "page", ""})
_STATUS: dict[str, PubStatus] = {"trash": "canceled", "private": "withheld"}
_PUBLISHED = frozenset({"publish", "future", ""})
_NO_TIME = "0000-00-00 00:00:00"


class Wxr:
    """See the module."""

    name = "wxr"
    version = 2
    rank = 210

    def recognises(self, head: bytes) -> bool:
        """RSS that declares WordPress's own namespace."""
        root = xmldoc.peek(head)
        return (
            root is not None and root.name == "rss" and _EXPORT.search(root.attributes) is not None
        )

    def parse(self, document: RawDocument) -> Iterable[Item]:
        """Each item by itself. Raises InputError."""
        feed = rss.read(document.value)
        pictures = dict(filter(None, map(_attachment, feed.items)))
        entries = [_told(item, feed.header, pictures) for item in feed.items]
        uris = feeds.identities(entries, home=feed.header.link, sharing=rss.SHARING)
        return feeds.items(entries, uris, document.received, flaw=feed.flaw, damage=feed.damage)


def _attachment(item: Element) -> tuple[str, Association] | None:
    """A picture by the number that posts name it by."""
    said = Children(item)
    number = said.plain("wp:post_id")
    picture = feeds.associated(
        said.plain("wp:attachment_url"), said.line("excerpt:encoded", "title")
    )
    return (number, picture) if number and picture else None


def _told(item: Element, header: rss.Header, pictures: dict[str, Association]) -> Told:
    said = Children(item)
    entry = rss.told(item, header, copy=False)
    status = (said.plain("wp:status") or "").lower()
    kind = (said.plain("wp:post_type") or "").lower()
    base = feeds.base_of(item, header.address)
    entry.content = _content(said, base)
    entry.summary = feeds.copy_of(said.raw("excerpt:encoded", "description"), base)
    published = _times(said, "wp:post_date_gmt")
    modified = _times(said, "wp:post_modified_gmt")
    entry.published = [*published, *entry.published]
    entry.created = [*modified, *published, *entry.created]
    entry.keywords, entry.subject = _categories(said)
    entry.associations = [
        *(pictures[number] for number in _thumbnails(said) if number in pictures),
        *entry.associations,
    ]
    if number := said.plain("wp:post_id"):
        entry.altids["post_id"] = number
    entry.status = _STATUS.get(status)
    if said.plain("wp:post_password"):
        entry.status = entry.status or "withheld"
    if status == "future":
        entry.embargo = next(iter(entry.published), "")
    if kind not in _COPY:
        entry.unwanted = f"{kind} without text"
    elif status not in _PUBLISHED and entry.status is None:
        entry.unwanted = f"{status}: never published"
    return entry


def _times(said: Children, name: str) -> list[str]:
    """WordPress writes its times in UTC without saying so."""
    return [f"{time}Z" for time in said.all_plain(name) if time != _NO_TIME]


def _thumbnails(said: Children) -> list[str]:
    metas = (Children(meta) for meta in said.each("wp:postmeta"))
    named = ((meta.plain("wp:meta_key"), meta.plain("wp:meta_value")) for meta in metas)
    return [value for key, value in named if key == "_thumbnail_id" and value]


def _categories(said: Children) -> tuple[list[str], list[Concept]]:
    """Tags are keywords, categories (and a site's own taxonomies) subjects."""
    keywords: list[str] = []
    subject: list[Concept] = []
    for one in said.each("category"):
        name = feeds.line("".join(one.itertext()))
        scheme = xmldoc.attribute(one, "domain")
        if name and scheme in {None, "post_tag", "tag"}:
            keywords.append(name)
        elif name:
            code = xmldoc.attribute(one, "nicename")
            subject.append(Concept(code=code, scheme=scheme, name=name))
    return keywords, subject


# --- text ----------------------------------------------------------------------------------------

_EDITED_IN_BLOCKS = re.compile(r"<!--\s*wp:")
_CAPTION = re.compile(
    r"\[(?:wp_)?caption\b[^\[\]]*\](?P<picture>\s*(?:<a\b[^<>]*>\s*)?<img\b[^<>]*>(?:\s*</a>)?)"
    r"(?P<told>[^\[\]]*)\[/(?:wp_)?caption\]",
    re.IGNORECASE,
)
# In brackets stands what programs put in: with attributes, an underscore or a hyphen in its name,
# or a second one that closes it. "[sic]" stays.
_SHORTCODE = re.compile(
    r"\[/[A-Za-z][\w-]*\]|\[[A-Za-z][\w-]*(?:\s[^\[\]<>=]*=[^\[\]<>]*|\s*/)\]|"
    r"\[[A-Za-z]+[_-][\w-]+\]|\[(?:gallery|audio|video|playlist|embed)\b[^\[\]]*\]"
)
_CLOSED = re.compile(r"\[/(?P<name>[A-Za-z][\w-]*)\]")
_KEPT_LINES = re.compile(
    r"(<(?:pre|script|style)\b.*?(?:</(?:pre|script|style)\s*>|\Z))", re.S | re.I
)


def _content(said: Children, base: str | None) -> Copy:
    source = said.raw("content:encoded")
    if source is None:
        return Copy()
    source = _CAPTION.sub(r"<figure>\g<picture><figcaption>\g<told></figcaption></figure>", source)
    closed = {found["name"] for found in _CLOSED.finditer(source)}
    source = _SHORTCODE.sub("", source)
    for name in sorted(closed)[:_CODES_MOST]:
        source = re.sub(rf"\[{re.escape(name)}\b[^\[\]]*\]", "", source)
    if _EDITED_IN_BLOCKS.search(source) is None:
        source = _with_paragraphs(source)
    return feeds.copy_of(source, base, certain=True)


#: names of shortcodes that one post uses
_CODES_MOST = 40


def _with_paragraphs(source: str) -> str:
    """Blank lines end paragraphs and lines are lines, as WordPress itself shows what was written in
    its older editor."""
    parts = _KEPT_LINES.split(source.replace("\r\n", "\n"))
    for number in range(0, len(parts), 2):
        broken = re.sub(r"\n[ \t]*\n\s*", "<p>", parts[number])
        parts[number] = broken.replace("\n", "<br>")
    return "".join(parts)
