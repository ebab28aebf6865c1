"""Agency plain text: rights line, headline, byline, dateline, paragraphs; each of them optional.

The form of the copy that agencies hand out as text files:

    date 2025-04 Quelle: (c) Copyright Thomson Reuters 2025. Click For Restrictions - URL

    Seoul (Reuters) - First paragraph ...

It is asked last, since almost anything can be read as text. Wires with a transmission header
(IPTC 7901, ANPA 1312, ZCZC), mail, markup and binary data are refused rather than read wrongly.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterable

import msgspec

from dateline import headlines, text, times
from dateline.article import Article, PubStatus
from dateline.errors import InputError
from dateline.formats import reading, wirecopy
from dateline.formats.wirecopy import Filed
from dateline.providers import catalogue
from dateline.records import RawDocument

#: a dateline further down is a quotation or another story
_DATELINE_WITHIN = 40
#: an order stands above the text, however many titles it has
_UNDATED_BLOCKS = 5
_LONGEST_HEADLINE = 160
_LONGEST_TEASER = 400
#: of a line that may be prose, so much goes into the note
_OPENING = 200
#: an order from a time so long before the receipt is a story's, which tells of an embargo
_BYGONE = dt.timedelta(days=366)

_NOT_TEXT = (
    (re.compile(rb"\s*<(?:[?!]|/?[A-Za-z][\w:.-]*[\s/>])"), "markup (XML or HTML)"),
    (re.compile(rb"\s*(?:\{(?!\\rtf)|\[\s*[\[{\"\]])"), "JSON"),
    (re.compile(rb"%PDF-|\{\\rtf|PK\x03\x04|\x89PNG|GIF8|\xff\xd8\xff|\x1f\x8b"), "a binary file"),
    (re.compile(rb"\s*(?:\x16+\s*)*\x01"), "a transmission header (7901 or ANPA)"),
    (re.compile(rb"\s*\x01?[a-z]{3}\d{4} \d [a-z]{1,3} \d+ +\S+ \d+"), "an IPTC 7901 header"),
    (re.compile(rb"\s*ZCZC\b"), "a telex header (ZCZC)"),
    (re.compile(rb"zczc\r?\n[A-Z]{2}#"), "a tagged telex (zczc)"),
    (re.compile(rb"\s*(?:Received|Return-Path|Delivered-To|MIME-Version|Message-ID): "), "mail"),
)
# Separators that wires put into text; they are dropped. Anything else below 20 is not text.
_WIRE_CONTROLS = frozenset(
    b"\t\n\v\f\r\x02\x03\x04\x07\x08\x0e\x0f\x10\x11\x13\x16\x19\x1a\x1e\x1f"
)
# UTF-32 first: its little-endian mark begins with UTF-16's.
_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Markup and JSON stay what they are behind control characters.
_MARKED = frozenset(pattern for pattern, _ in _NOT_TEXT[:2])
_IGNORED = bytes(range(0x21)) + codecs.BOM_UTF8
# The whole rights line, or one of the lines that it is sometimes broken into.
_RIGHTS = re.compile(
    r"\s*date\s+(?P<date>\d{4}\S{0,30})\s+(?i:Quelle|Source)\s*:\s*(?P<source>\S.{0,300})\Z"
)
_DATE_LINE = re.compile(r"\s*date\s+(?P<date>\d{4}\S{0,30})\s*\Z")
_COPYRIGHT = (
    r"(?i:\(c\)|©)|(?i:Copyright)\s+(?:(?i:\(c\)|©|by\b)|\d{4}|(?:[^\W\d_][^\s\d]*\s+){1,6}\d{4}\b)"
)
_NOTICE = re.compile(rf"(?:{_COPYRIGHT})")
_RIGHTS_ALONE = re.compile(
    rf"\s*(?:(?i:Quelle|Source)\s*:\s*)?(?P<notice>(?:{_COPYRIGHT}).{{0,300}})\Z"
)
_TERMS_LINE = re.compile(r"\s*(?P<terms>Click For Restrictions.{0,200})\Z", re.IGNORECASE)
_HOLDER = re.compile(
    r"(?:(?:\(c\)|©|Copyright)\s*)+(?:\d{4}(?:-\d{4})?[,\s]+)?(?:by\s+)?"
    r"(?P<holder>[^\W\d_][^.,;|\n]{1,80}?)(?:[,\s]+\d{4}(?:-\d{4})?)?\s*(?=[.,;|]|\Z|\s-\s)",
    re.IGNORECASE,
)
_TERMS = re.compile(r"Click For Restrictions.*|https?://\S+", re.IGNORECASE)
_SOURCE = re.compile(r"(?:Source|Quelle)\s*:\s*(?P<source>\S.{0,100})\Z")
_RELEASE = re.compile(r"(?:MEDIA|PRESS|NEWS) RELEASE\b.{0,40}\Z")
_SLUG = re.compile(r"[^\s/]+(?:/[^\s/]+)*/\Z|[A-Z0-9]+(?:[-/][A-Z0-9]+)+/?(?: \([^()]{1,60}\))?\Z")

# A point, or a remark on the story such as "(Berichtigung: ...)": long, and no running text.
_REMARK = re.compile(r"[*•–—-]\s|\(.*\)\Z")


class _Head(msgspec.Struct, kw_only=True):
    """What stands above the body."""

    headline: str | None = None
    description: list[str] = []
    byline: str | None = None
    slugline: str | None = None
    creditline: str | None = None
    orders: list[str] = []
    notice: str | None = None
    source: str | None = None
    date: times.Declared | None = None


class PlainText:
    """See the module."""

    name = "plaintext"
    version = 3
    rank = 900

    def recognises(self, head: bytes) -> bool:
        """Anything that is text, holds a letter, and is not one of `_NOT_TEXT`."""
        return self.refusal(head) is None

    def refusal(self, head: bytes) -> str | None:
        """Why these bytes are not plain text; None where they may be."""
        try:
            self._refuse(head)
        except InputError as error:
            return error.found
        return None

    def parse(self, document: RawDocument) -> Iterable[Article]:
        """One article. Raises InputError."""
        self._refuse(document.value)
        cleaned = text.clean(text.decode(document.value).text)
        if not any(map(str.isalnum, cleaned)):
            raise InputError("a text without a word", expected="wire copy")
        return [_article(cleaned)]

    @staticmethod
    def _refuse(data: bytes) -> None:
        if not data.strip():
            raise InputError("an empty document", found=f"{len(data)} bytes", expected="wire copy")
        wide = next((charset for mark, charset in _WIDE_BOMS if data.startswith(mark)), None)
        told = data.decode(wide, "ignore").encode("utf-8", "ignore") if wide else data
        told = told.removeprefix(b"\xef\xbb\xbf")
        for pattern, found in _NOT_TEXT:
            if pattern.match(told) or (pattern in _MARKED and pattern.match(told.lstrip(_IGNORED))):
                raise InputError("not plain text", found=found, expected="agency plain text")
        if wide:
            return  # UTF-16 is full of NULs; the decoder judges it
        for at, byte in enumerate(data) if _CONTROL.search(data) else ():
            if byte == 0x7F or (byte < 0x20 and byte not in _WIRE_CONTROLS):
                raise InputError(
                    "not plain text",
                    found=f"byte 0x{byte:02x} at position {at}",
                    expected="text without control characters",
                )


_CONTROL = re.compile(
    b"[" + b"".join(rb"\x%02x" % c for c in [*range(0x20), 0x7F] if c not in _WIRE_CONTROLS) + b"]"
)


def _article(cleaned: str) -> Article:
    lines = [line.rstrip() for line in cleaned.split("\n")]
    head = _Head()
    lines = _take_rights(lines, head)
    lines, notes = _split_notepad(lines)
    filed, parts = _split_head(lines, head)
    if parts and head.byline is None and len(parts) > 1 and wirecopy.is_byline(parts[0]):
        head.byline = parts.pop(0)
    if len(parts) > 1 and len(parts[-1]) <= 250 and _NOTICE.match(parts[-1]):
        head.notice = head.notice or parts[-1]
        parts.pop()
    body = text.join(parts)
    headline = text.one_line(head.headline or "")
    if body is None and headline is None:
        raise InputError("no text besides headers", expected="a headline or a body")

    holder = _HOLDER.match(head.notice or "")
    declared = filed.dateline.source if filed and filed.provider else None
    declared = declared or (holder["holder"].strip() if holder else head.source)
    document = reading()
    provider = catalogue().normalise(declared) or (document.provider if document else None)
    rules = catalogue().get(provider)

    opening = headline or (body or "")[:400]
    tags = headlines.read(
        opening,
        slug=head.slugline,
        body=body if headline else None,
        note="\n".join(notes),
        markers=rules.markers,
    )
    title = (
        (tags.title if headline else text.first_sentence(tags.title or ""))
        or text.first_sentence(body or "")
        or opening
    )
    if headline is None and body is not None and tags.withdraws is None:
        title = (
            text.first_sentence(headlines.read(body, markers=rules.markers).title or body) or title
        )
    kinds, number = tags.kinds, tags.number
    if filed and headline is None:  # "UPDATE 2-Berlin (Reuters) -": it went with the dateline
        tagged = headlines.read(filed.dateline.text, markers=rules.markers)
        kinds = [*tagged.kinds, *(kind for kind in kinds if kind not in tagged.kinds)]
        number = tagged.number if number is None else number

    embargoed = None
    pubstatus: PubStatus = tags.withdraws or "usable"
    orders = " ".join(head.orders)
    told = orders or " ".join(wirecopy.embargoes_in([headline or ""], _since()))
    if told:
        zone = (document.zone if document else None) or rules.zone
        embargoed = wirecopy.embargo_end(told, zone)
        if embargoed is None and pubstatus == "usable":
            pubstatus = "withheld"  # never invented; the words stand in the editor's note
    terms = _TERMS.search(head.notice or "")
    return Article(
        uri=f"urn:dateline:sha256:{text.text_hash(cleaned)}",
        title=" ".join(title.split()),
        pubstatus=pubstatus,
        versioncreated=head.date.instant if head.date else None,
        date_precision=head.date.precision if head.date else None,
        embargoed=embargoed,
        headline=headline,
        slugline=head.slugline,
        byline=text.one_line(head.byline or ""),
        description_text=text.join(head.description),
        ednote=text.one_line(orders),
        ednote_nonpublic=text.block("\n".join(notes)),
        body_text=body,
        crossheads=wirecopy.crossheads(parts),
        dateline=filed.dateline if filed else None,
        provider=provider,
        provider_declared=declared,
        service=filed.service if filed else None,
        creditline=head.creditline or head.source,
        copyrightholder=holder["holder"].strip() if holder else None,
        copyrightnotice=head.notice,
        usageterms=terms[0].strip() if terms else None,
        update_kind=kinds,
        update_number=number,
        wordcount=text.count_words(body or ""),
        charcount=len(body or ""),
    )


def _take_rights(lines: list[str], head: _Head) -> list[str]:
    """Without the lines on rights, if they stand among the first three that are not blank."""
    kept: list[str] = []
    seen = 0
    for number, line in enumerate(lines):
        if seen == 3:
            return kept + lines[number:]
        if line.strip() and not _take_right(line, head):
            seen += 1
            kept.append(line)
        elif not line.strip():
            kept.append(line)
    return kept


def _take_right(line: str, head: _Head) -> bool:
    if found := _RIGHTS.match(line) or _DATE_LINE.match(line):
        head.date = head.date or _month_or_day(found["date"])
        source = found.groupdict().get("source")
        if source and _NOTICE.match(source):
            head.notice = text.one_line(source)
        elif source:
            head.source = text.one_line(source)
    elif found := _RIGHTS_ALONE.match(line):
        head.notice = text.one_line(f"{head.notice or ''} {found['notice']}")
    elif found := _TERMS_LINE.match(line):
        head.notice = text.one_line(f"{head.notice or ''} {found['terms']}")
    else:
        return False
    return True


def _month_or_day(declared: str) -> times.Declared | None:
    if len(declared) == 4:
        return None  # a year alone orders nothing
    try:
        return times.parse(declared, field="date")
    except InputError:
        return None  # the story counts, not its rights line


#: lines below one that are looked at to tell whether it opens a notepad
_BELOW = 6


def _split_notepad(lines: list[str]) -> tuple[list[str], list[str]]:
    """The copy without the notepad, which goes on to the dateline if that is below, else to the
    end of the copy."""
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    for number, line in enumerate(lines):
        lead = number == first
        if not wirecopy.opens_notepad(line, lines[number + 1 : number + 1 + _BELOW], lead=lead):
            continue
        below = None if _find_dateline(lines[:number]) is not None else _find_dateline(lines)
        if below is None:
            return lines[:number], lines[number:]
        body, more = _split_notepad(lines[below:])
        return [*lines[:number], "", *body], [*lines[number:below], *more]
    return lines, []


def _find_dateline(lines: list[str]) -> int | None:
    """The number of the line that begins with a dateline."""
    for number, line in enumerate(lines[:_DATELINE_WITHIN]):
        if wirecopy.take_dateline(line) is not None:
            return number
        after = lines[number + 1].strip() if number + 1 < len(lines) else ""
        if after and 40 < len(line) < 100:
            # A hard-wrapped line may break inside the dateline.
            filed = wirecopy.take_dateline(f"{line.strip()} {after}")
            alone = wirecopy.take_dateline(after)
            whole = alone is not None and alone.dateline.city is not None
            broken = alone is None or (filed is not None and filed.dateline.date is not None)
            if filed is not None and after.endswith(filed.rest) and broken and not whole:
                return number
    return None


def _split_head(lines: list[str], head: _Head) -> tuple[Filed | None, list[str]]:
    """Takes the head off; returns the dateline, and the body's paragraphs without it."""
    number = _find_dateline(lines)
    if number is None or _holds_body(lines[:number]):
        body = _take_embargoes(lines, head, first=_UNDATED_BLOCKS)
        return None, text.paragraphs("\n".join(_undated(body, head)))
    _read_head(_take_embargoes(lines[:number], head, first=number), head)
    below = _take_embargoes(lines[number + 1 :], head, first=2, goes_on=True)
    body = [lines[number], *below]
    # Before the dateline goes: without it the first line looks as if it were not full.
    parts = text.paragraphs("\n".join(body))
    filed = wirecopy.take_dateline(parts[0])
    if filed is None:
        # Broken inside the dateline, and not seen as a wrap.
        opening = " ".join("\n".join(parts[:2]).split("\n", 1))
        filed = wirecopy.take_dateline(opening)
        if filed is None:
            return None, parts
        parts[:2] = [opening]
    rest = filed.rest
    if _is_embargo(rest):
        rest = _note_embargo(rest, head)
    parts[:1] = [rest] if rest.strip() else []
    return filed, parts


def _holds_body(lines: list[str]) -> bool:
    """Whether running text stands above a dateline, besides one short teaser below a headline."""
    parts = [line for part in text.paragraphs("\n".join(lines)) for line in part.split("\n")]
    told = [part for part in parts if not _REMARK.match(part) and not _is_special(part)]
    running = [
        number
        for number, part in enumerate(told)
        if len(part) > _LONGEST_HEADLINE
        or (len(part) > 100 and part.rstrip("\"'»«“”’)").endswith((".", "!", "?", ":", "…")))
    ]
    if len(running) == 1:
        return running[0] == 0 or len(told[running[0]]) > _LONGEST_TEASER
    return bool(running)


def _is_special(line: str) -> bool:
    return _is_embargo(line) or _take_special(line, _Head())


def _is_embargo(line: str) -> bool:
    return wirecopy.is_embargo(line, since=_since())


def _since() -> dt.datetime | None:
    document = reading()
    return document.received - _BYGONE if document else None


def _take_embargoes(
    lines: list[str], head: _Head, *, first: int, goes_on: bool = False
) -> list[str]:
    """Without the lines that order an embargo, in the first blocks and in the last two.

    In prose "goods embargoed for years" may begin a line: further lines of a block count only
    where they begin like one. goes_on: the lines go on with a block that began above them.
    """
    kept: list[str] = []
    total = len(_blocks(lines)) + int(goes_on and bool(lines) and not lines[0].strip())
    block, fresh = int(goes_on), not goes_on
    for line in lines:
        if not line.strip():
            fresh = True
        elif fresh:
            block += 1
        looked_at = block <= first or block > total - 2
        starts = fresh or line.lstrip(" *#!=([<–—-")[:1].isupper()
        if line.strip() and looked_at and starts and _is_embargo(line):
            line = _note_embargo(line, head)
            if not line:
                fresh = False
                continue
        fresh = not line.strip()
        kept.append(line)
    return kept


def _note_embargo(line: str, head: _Head) -> str:
    """Keeps an order for the editor's note; returns what is more than an order: text."""
    order = line.strip()
    head.orders.append(order[:_OPENING])
    return line if len(order) > wirecopy.LONGEST_ORDER else ""


def _read_head(lines: list[str], head: _Head) -> None:
    for found in _blocks(lines):
        rest = [line for line in found if not _take_special(line, head)]
        if not rest:
            continue
        if head.headline is not None:
            head.description.append("\n".join(rest))
            continue
        # The last line but one of a hard-wrapped headline is nearly full.
        headline = [rest.pop(0)]
        while rest and len(headline[-1]) >= 50 and len(" ".join(headline)) < _LONGEST_HEADLINE:
            headline.append(rest.pop(0))
        head.headline = _without_equals(" ".join(headline))
        if rest:
            head.description.append("\n".join(rest))


def _undated(lines: list[str], head: _Head) -> list[str]:
    """Without a dateline only form tells a headline: one short line of its own, no full stop."""
    blocks = _blocks(lines)
    while blocks:
        while blocks[0] and _take_special(blocks[0][0], head):
            blocks[0].pop(0)
        if not blocks[0]:
            blocks.pop(0)
            continue
        first = blocks[0]
        if head.headline is None and _is_headline(first, more=len(blocks) > 1):
            head.headline = _without_equals(" ".join(first))
            blocks.pop(0)
            continue
        break
    return [line for found in blocks for line in [*found, ""]]


def _is_headline(lines: list[str], *, more: bool) -> bool:
    whole = " ".join(lines)
    if not more or len(whole) > _LONGEST_HEADLINE or len(lines) > 2:
        return False
    if len(lines) == 2 and len(lines[0]) < 50:
        return False
    return not whole.rstrip("\"'»“”").endswith((".", ":", ";", ","))


def _take_special(line: str, head: _Head) -> bool:
    if head.byline is None and wirecopy.is_byline(line):
        head.byline = _without_equals(line)
    elif head.creditline is None and (found := _SOURCE.match(line)):
        head.creditline = found["source"].strip()
    elif head.slugline is None and (_SLUG.match(line.strip()) or _RELEASE.match(line)):
        head.slugline = line.strip()
    else:
        return False
    return True


def _without_equals(line: str) -> str:
    # dpa ends the lines of its head with " =".
    return re.sub(r"\s+=\s*\Z", "", line.strip())


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line.strip())
        elif blocks[-1]:
            blocks.append([])
    return [found for found in blocks if found]
