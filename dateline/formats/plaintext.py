"""Agency plain text: rights line, headline, byline, dateline, paragraphs; each of them optional.

The form of the copy that agencies hand out as text files:

    date 2025-04 Quelle: (c) Copyright Thomson Reuters 2025. Click For Restrictions - URL

    Seoul (Reuters) - First paragraph ...

It is asked last, since almost anything can be read as text. Wires with a transmission header
(IPTC 7901, ANPA 1312, ZCZC), mail, markup and binary data are refused rather than read wrongly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from dateline import headlines, text, times
from dateline.article import Article, PubStatus
from dateline.errors import InputError
from dateline.formats import wirecopy
from dateline.formats.wirecopy import Filed
from dateline.providers import catalogue
from dateline.records import RawDocument, sha256

#: version of the normalisation that the identity of a text without one is hashed from
NORMALISATION = "dateline-text-1"
#: a dateline further down is a quotation or another story
_DATELINE_WITHIN = 40
_LONGEST_HEADLINE = 160

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
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_RIGHTS = re.compile(
    r"\s*(?:date\s+(?P<date>\d{4}(?:-\d{2}){0,2})\s+)?(?:Quelle|Source)\s*:\s*"
    r"(?P<notice>(?:\(c\)|©|Copyright).*)\Z",
    re.IGNORECASE,
)
_DATE_LINE = re.compile(r"\s*date\s+(?P<date>\d{4}(?:-\d{2}){0,2})\s*\Z")
_HOLDER = re.compile(
    r"(?:(?:\(c\)|©|Copyright)\s*)+(?:\d{4}(?:-\d{4})?[,\s]+)?(?:by\s+)?"
    r"(?P<holder>[^\W\d_][^.,;|\n]{1,80}?)(?:[,\s]+\d{4}(?:-\d{4})?)?\s*(?=[.,;|]|\Z|\s-\s)",
    re.IGNORECASE,
)
_TERMS = re.compile(r"Click For Restrictions.*|https?://\S+", re.IGNORECASE)
_NOTICE = re.compile(r"(?:\(c\)|©|Copyright\b)", re.IGNORECASE)
_SOURCE = re.compile(r"(?:Source|Quelle)\s*:\s*(?P<source>\S.{0,100})\Z")
_RELEASE = re.compile(r"(?:MEDIA|PRESS|NEWS) RELEASE\b.{0,40}\Z")
_SLUG = re.compile(r"[^\s/]+(?:/[^\s/]+)*/\Z|[A-Z0-9]+(?:[-/][A-Z0-9]+)+/?(?: \([^()]{1,60}\))?\Z")


class _Head(msgspec.Struct, kw_only=True):
    """What stands above the body."""

    headline: str | None = None
    description: list[str] = []
    byline: str | None = None
    slugline: str | None = None
    creditline: str | None = None
    embargo: str | None = None
    notice: str | None = None
    date: times.Declared | None = None


class PlainText:
    """See the module."""

    name = "plaintext"
    version = 1
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
        if data.startswith(_WIDE_BOMS):
            return  # UTF-16 is full of NULs; the decoder judges it
        for pattern, found in _NOT_TEXT:
            if pattern.match(data.removeprefix(b"\xef\xbb\xbf")):
                raise InputError("not plain text", found=found, expected="agency plain text")
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
    lines, notes = _split_notepad(lines)
    head = _Head(description=[])
    lines = _take_rights(lines, head)
    filed, lines = _split_head(lines, head)

    parts = text.paragraphs("\n".join(lines))
    if parts and head.byline is None and len(parts) > 1 and wirecopy.is_byline(parts[0]):
        head.byline = parts.pop(0)
    if len(parts) > 1 and len(parts[-1]) <= 250 and _NOTICE.match(parts[-1]):
        head.notice = head.notice or parts[-1]
        parts.pop()
    body = text.join(parts)
    headline = text.one_line(head.headline or "")
    if body is None and headline is None:
        raise InputError("no text besides headers", expected="a headline or a body")

    opening = headline or (body or "")[:400]
    tags = headlines.read(opening, slug=head.slugline, body=body if headline else None)
    title = (
        (tags.title if headline else text.first_sentence(tags.title or ""))
        or text.first_sentence(body or "")
        or opening
    )
    if headline is None and body is not None and tags.withdraws is None:
        title = text.first_sentence(headlines.read(body).title or body) or title
    holder = _HOLDER.match(head.notice or "")
    declared = filed.dateline.source if filed and filed.provider else None
    declared = declared or (holder["holder"].strip() if holder else None)
    provider = catalogue().normalise(declared)

    embargoed = None
    pubstatus: PubStatus = tags.withdraws or "usable"
    if head.embargo is not None:
        embargoed = wirecopy.embargo_end(head.embargo, catalogue().get(provider).zone)
        if embargoed is None and pubstatus == "usable":
            pubstatus = "withheld"  # never invented; the words stand in the editor's note
    terms = _TERMS.search(head.notice or "")
    return Article(
        uri=f"urn:dateline:sha256:{text_hash(cleaned)}",
        title=" ".join(title.split()),
        pubstatus=pubstatus,
        versioncreated=head.date.instant if head.date else None,
        date_precision=head.date.precision if head.date else None,
        embargoed=embargoed,
        headline=headline,
        slugline=head.slugline,
        byline=text.one_line(head.byline or ""),
        description_text=text.join(head.description),
        ednote=text.one_line(head.embargo or ""),
        ednote_nonpublic=text.block("\n".join(notes)),
        body_text=body,
        crossheads=wirecopy.crossheads(parts),
        dateline=filed.dateline if filed else None,
        provider=provider,
        provider_declared=declared,
        service=filed.service if filed else None,
        creditline=head.creditline,
        copyrightholder=holder["holder"].strip() if holder else None,
        copyrightnotice=head.notice,
        usageterms=terms[0].strip() if terms else None,
        update_kind=tags.kinds,
        update_number=tags.number,
        wordcount=text.count_words(body or ""),
        charcount=len(body or ""),
    )


def text_hash(cleaned: str) -> str:
    """Hash of a text that has no identity of its own: white space does not count, nor does the
    character set; the version of this rule does."""
    return sha256(f"{NORMALISATION}\n{' '.join(cleaned.split())}".encode())


def _split_notepad(lines: list[str]) -> tuple[list[str], list[str]]:
    for number, line in enumerate(lines):
        if wirecopy.opens_notepad(line):
            return lines[:number], lines[number:]
    return lines, []


def _take_rights(lines: list[str], head: _Head) -> list[str]:
    """Without the rights line, if it stands among the first three that are not blank."""
    seen = 0
    for number, line in enumerate(lines):
        if not line.strip():
            continue
        found = _RIGHTS.match(line) or _DATE_LINE.match(line)
        if found:
            told = found.groupdict()
            head.notice = text.one_line(told.get("notice") or "")
            if told.get("date"):
                head.date = _month_or_day(told["date"])
            return lines[:number] + lines[number + 1 :]
        seen += 1
        if seen == 3:
            break
    return lines


def _month_or_day(declared: str) -> times.Declared | None:
    if len(declared) == 4:
        return None  # a year alone orders nothing
    return times.parse(declared, field="date")


def _split_head(lines: list[str], head: _Head) -> tuple[Filed | None, list[str]]:
    """Takes the head off; returns the dateline and the body's lines, the dateline taken off."""
    for number, line in enumerate(lines[:_DATELINE_WITHIN]):
        filed = wirecopy.take_dateline(line)
        if filed is None and number + 1 < len(lines) and 40 < len(line) < 100:
            # A hard-wrapped line may break inside the dateline.
            filed = wirecopy.take_dateline(f"{line.strip()} {lines[number + 1].strip()}")
            if filed is not None and filed.rest and lines[number + 1].strip().endswith(filed.rest):
                _read_head(lines[:number], head)
                return filed, [filed.rest, *lines[number + 2 :]]
            filed = None
        if filed is not None:
            _read_head(lines[:number], head)
            return filed, [filed.rest, *lines[number + 1 :]]
    return None, _undated(lines, head)


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
    if wirecopy.is_embargo(line):
        head.embargo = line.strip() if head.embargo is None else f"{head.embargo} {line.strip()}"
    elif head.byline is None and wirecopy.is_byline(line):
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
