"""One poll of a feed over HTTP: what came, page by page, and which entries are in it.

Each entry of a feed (RSS, Atom, JSON Feed), and each item of an API's list, is a document of its
own; anything else is published whole. What the pages are taken for is decided here; which of their
entries are news, by whoever takes them (`producers.network`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from dateline import formats, text
from dateline.errors import DatelineError, InputError
from dateline.formats import entries, xmldoc
from dateline.records import OVERSIZED_KEPT, sha256
from dateline.settings import Settings
from producers import pacing, paging
from producers.access import Access
from producers.feeds import Arrival, Feed, Reader
from producers.http import Answer, Fetcher, FetchFailed
from producers.paging import Kind
from producers.splitting import Splitter, is_json_lines
from producers.table import Source

#: formats of which each entry is published by itself, as `dateline.formats.entries` divides them
OF_ENTRIES = frozenset({"rss", "atom", "json-feed"})
_TEXT = "plaintext"
#: bytes of a page that is read only while there is room: its tree takes many times that
LARGE = 1024 * 1024
#: characters of an entry's key that its location shows
_KEY = 200
#: an item is published without its text after so many polls that failed by it: where its server
#: does not have it, or has no such text; where it fails otherwise, which may be an outage
PATIENCE, LONG_PATIENCE = 3, 10
_NOT_THERE = frozenset({404, 410})
_NO_TEXT = _NOT_THERE | {200}
#: what says nothing of an item: who we are is not known, or not now
_NOT_ITS_FAULT = frozenset({401, 403, 407, 429})
_GONE = frozenset({400, 404, 410, 422})
_ENCODING = re.compile(rb"<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")


class Entry(NamedTuple):
    """One document of a page. key: what it is known by in its feed. fingerprint: what changes when
    it does. format: None where it is to be detected. link: where its story stands, if no other
    entry's does. text: the address of a document that belongs into it."""

    key: str
    fingerprint: str
    document: bytes
    format: str | None
    link: str | None = None
    text: str | None = None
    kind: Kind = Kind()


class Page(msgspec.Struct, kw_only=True):
    """One answer. url: without secrets. format: what it was taken for. next: the next page's
    address. resume: whether that is where the next poll begins. last: this poll looks at no further
    one, and the next shall, if there is news here. asked: seconds for which its server says that it
    holds."""

    url: str
    format: str
    entries: Iterable[Entry]
    next: str | None = None
    resume: bool = False
    last: bool = False
    asked: float = 0.0


class Outcome(msgspec.Struct, kw_only=True):
    """How a poll ended. etag, modified: of its first page, which was at ``url``. unchanged: the
    server said that nothing is new. cursor: where the next poll begins. resuming: news will come
    there. more: there are pages that were not looked at. asked: as in `Page`."""

    url: str
    etag: str | None = None
    modified: str | None = None
    unchanged: bool = False
    cursor: str | None = None
    resuming: bool = False
    more: bool = False
    asked: float = 0.0


def poll(
    source: Source,
    fetcher: Fetcher,
    access: Access,
    take: Callable[[Page], bool],
    *,
    cursor: str | None = None,
    known: Callable[[str], tuple[str | None, str | None]] = lambda _url: (None, None),
    deep: bool = False,
    beyond: bool = False,
    again: bool = False,
    room: AbstractContextManager[object] = nullcontext(),  # noqa: B008 - it holds nothing
) -> Outcome:
    """Ask for a feed's pages, and give each to ``take``, which tells whether there was news in it.

    cursor: where to begin. known: ETag and Last-Modified that are known of an address. deep: also
    pages behind one without news are looked at. beyond: and those behind the last that may be
    followed, by the next poll, since one that was cut off found news up to there. again: it is not
    the first poll of this feed, so what lies behind the last page that may be followed is taken up
    by the next if there is news on it. room: is entered while a large page is taken apart.
    Raises FetchFailed and other InputErrors, Stopped.
    """
    url = cursor or access.location
    outcome = Outcome(url=access.bare(url), cursor=cursor)
    visited: set[str] = set()
    number = 0
    while True:
        etag, modified = known(access.bare(url)) if number == 0 else (None, None)
        try:
            answer = fetcher.get(
                url, access, etag=etag, modified=modified, ca_certs=source.ca_certs
            )
        except FetchFailed as error:
            if number == 0 and url != access.location and error.status in _GONE:
                # An address that was given for a while only.
                url, deep, beyond = access.location, True, True
                outcome = Outcome(url=access.bare(url))
                continue
            if number == 0:
                raise
            if error.status in _NOT_THERE:
                return outcome
            error.what = f"the next page: {error.what}"
            error.remedy = (
                error.remedy or "say pages = 1 under [feeds] to ask for the first page alone."
            )
            raise
        number += 1
        visited.add(access.bare(url))
        if number == 1:
            outcome.etag, outcome.modified = answer.etag, answer.modified
        if answer.status != 200:
            outcome.unchanged = number == 1
            outcome.asked = max(outcome.asked, pacing.freshness(answer.headers, fetcher.clock()))
            return outcome
        with room if answer.size > LARGE else nullcontext():
            page = understand(answer, source, access)
        following = _following(page, access, visited)
        page.last = again and following is not None and number >= source.pages
        news = take(page)
        page.entries = ()
        if number == 1:
            outcome.asked = max(page.asked, pacing.freshness(answer.headers, fetcher.clock()))
        outcome.more, outcome.resuming = following is not None, page.resume
        if page.resume:
            outcome.cursor = following or outcome.cursor
            if following is None or number >= source.pages:
                return outcome
        else:
            outcome.cursor = None
            if following is None or not (news or deep):
                return outcome
            if number >= source.pages:
                outcome.cursor = following if again and (news or beyond) else None
                return outcome
        url = following


def _following(page: Page, access: Access, visited: set[str]) -> str | None:
    if page.next is None:
        return None
    try:
        following = access.bare(paging.joined(page.url, page.next))
    except ValueError:
        return None
    return None if following in visited else following


# --- what a page is ------------------------------------------------------------------------------


def understand(answer: Answer, source: Source, access: Access) -> Page:
    """What an answer is taken for. Raises FetchFailed where it is nothing that a feed sends."""
    data = answer.read()
    url = access.bare(answer.url)
    try:
        form = source.format or formats.detect(data, InputError("").where).name
    except InputError as error:
        raise _no_feed(error, answer, access) from None
    if source.format is None and form == _TEXT and not urlsplit(url).path.endswith(".txt"):
        # Almost anything can be read as text, the excuses of servers too.
        raise _no_feed(
            InputError("not a feed", found=f"{len(data)} bytes of text"),
            answer,
            access,
            remedy=f'say so if it is wire copy: format = "{_TEXT}" under [feeds], or --format.',
        )
    if form in OF_ENTRIES:
        _see_that_it_is(form, data, answer, access)
        page = Page(url=url, format=form, entries=_entries(data, form, source, answer, access))
        page.next = paging.xml_next(data) or paging.read(data).next
        page.asked = pacing.ttl(data)
    else:
        page = _other(data, form, source, answer, access)
    page.next = page.next or paging.link_next(answer.headers)
    if source.resume is not None:
        page.resume = source.resume
    return page


def _other(data: bytes, form: str, source: Source, answer: Answer, access: Access) -> Page:
    url = access.bare(answer.url)
    found = paging.read(data, next_path=source.next, items_path=source.items)
    if found.items is not None and (source.items or _stand_alone(found, form)):
        items = _items(found.items, found.kind, source.format if source.items else form)
        return Page(url=url, format=form, entries=items, next=found.next, resume=found.kind.resume)
    if is_json_lines(urlsplit(url).path, data[:65_536]):
        return Page(url=url, format=form, entries=_lines(data, source, answer, access))
    _see_that_it_is(form, data, answer, access)
    # Where a redirect leads may be another address each time.
    asked = access.bare(answer.asked)
    key = "" if asked == access.bare(access.location) else asked
    entry = Entry(key, sha256(data), data, form)
    if not answer.whole:
        _see_that_it_is_all_there(entry, source, access)
    return Page(url=url, format=form, entries=[entry], next=found.next)


def _see_that_it_is(form: str, data: bytes, answer: Answer, access: Access) -> None:
    """Of the format that was said. Raises FetchFailed."""
    if not formats.by_name(form).recognises(data[: formats.HEAD]):
        raise _no_feed(
            InputError("not of the format that the feed has", found=f"{len(data)} bytes"),
            answer,
            access,
            expected=form,
        )


def _stand_alone(page: paging.Page, form: str) -> bool:
    """Whether each item of a page is what the page is, too, so that none needs what is around."""
    if page.kind.marks or not page.items:
        return True
    first = page.items[0][: formats.HEAD]
    return all(
        known.recognises(first) if known.name == form else not known.recognises(first)
        for known in _asked_before(form)
    )


def _asked_before(form: str) -> Iterator[formats.Format]:
    for known in formats.registered().values():
        yield known
        if known.name == form:
            return


def _entries(
    data: bytes, form: str, source: Source, answer: Answer, access: Access
) -> Iterator[Entry]:
    found = entries.split(data, form, by_link=source.by_link)
    links = Counter(one.link for one in found)

    def each() -> Iterator[Entry]:
        for one in found:
            if one.damage is not None and not answer.whole:
                raise _cut_off(one.damage, access)
            link = one.link if links[one.link] == 1 else None
            yield Entry(one.key, one.fingerprint, one.document, form, link)

    return each()


def _items(items: list[bytes], kind: Kind, form: str | None) -> Iterator[Entry]:
    for item in items:
        own = paging.fingerprint_of(item, kind) or sha256(item)
        yield Entry(
            key=paging.key_of(item, kind) or own,
            fingerprint=own,
            document=item if paging.text_of(item, kind) else paging.document_of(item, kind),
            format=form,
            text=paging.text_of(item, kind),
            kind=kind,
        )


def _lines(data: bytes, source: Source, answer: Answer, access: Access) -> Iterator[Entry]:
    splitter = Splitter(len(data))
    for part, ended in ((splitter.feed(data), True), (splitter.end(), answer.whole)):
        for line in part:
            if not ended and not paging.is_json(line.data):
                raise _cut_off(f"{len(line.data)} bytes of a line", access)
            key = paging.key_of(line.data, Kind()) or line.sha256
            yield Entry(key, line.sha256, line.data, source.format)


def _see_that_it_is_all_there(entry: Entry, source: Source, access: Access) -> None:
    """Of an answer whose end is not marked. Raises FetchFailed where nothing of it can be read."""
    shown = access.shown(access.location)
    reader = Reader(Settings()).of(source, entry.format)
    document, _ = reader.document(
        entry.document, feed=shown, location=shown, size=0, sha256=entry.fingerprint
    )
    items = formats.read(document)
    errors = [item for item in items if isinstance(item, DatelineError)]
    if len(errors) == len(items):
        raise _cut_off(errors[0].what, access)


def _cut_off(found: str, access: Access) -> DatelineError:
    return FetchFailed(
        "the answer stops in the middle, or cannot be read",
        found=access.hide(found),
        expected="a whole document; the server does not say how long it is",
    ).at(location=access.shown(access.location))


def _no_feed(
    error: DatelineError,
    answer: Answer,
    access: Access,
    *,
    expected: str | None = None,
    remedy: str | None = None,
) -> FetchFailed:
    kind = answer.headers.get("content-type", "no Content-Type")[:80]
    failed = FetchFailed(
        error.what,
        found=access.hide(f"{error.found}, sent as {kind!a}"),
        expected=expected or error.expected,
        remedy=remedy,
    )
    failed.at(location=access.shown(answer.url))
    return failed


# --- documents -----------------------------------------------------------------------------------


def completed(entry: Entry, page: Page, fetcher: Fetcher, access: Access, source: Source) -> bytes:
    """The document of an entry, with what belongs into it fetched. Raises FetchFailed."""
    if entry.text is None:
        return entry.document
    try:
        answer = fetcher.get(paging.joined(page.url, entry.text), access, ca_certs=source.ca_certs)
        data = answer.read()
        if xmldoc.peek(data) is None:
            raise InputError(
                "the text of an item is no XML", found=f"{len(data)} bytes", expected="NITF"
            )
        encoding = _ENCODING.match(data[:400].lstrip())
        read = text.decode(data, encoding[1].decode() if encoding else None)
        item = paging.with_text(entry.document, entry.kind, read.text)
    except FetchFailed:
        raise
    except (InputError, ValueError, KeyError, TypeError, msgspec.MsgspecError) as error:
        failed = FetchFailed(
            "the text of an item cannot be read",
            found=access.hide(f"{type(error).__name__}: {error}")[:200],
        )
        failed.status = 200
        raise failed.at(location=access.shown(page.url)) from None
    return paging.document_of(item, entry.kind)


def without_text(entry: Entry) -> bytes:
    """The document of an entry without what belongs into it."""
    return paging.document_of(entry.document, entry.kind)


def patience(error: FetchFailed) -> float:
    """In how many polls an item is waited for whose text failed so."""
    if error.postponed or error.status in _NOT_ITS_FAULT:
        return math.inf
    return PATIENCE if error.status in _NO_TEXT else LONG_PATIENCE


def arrival(entry: Entry, document: bytes, page: Page, reader: Reader, access: Access) -> Arrival:
    """An entry as a document that came. reader: of its feed."""
    size = len(document)
    shown = text.one_line(entry.key[: 2 * _KEY]) or ""
    location = text.one_line(access.shown(page.url)) or ""
    location += f"#{access.hide(shown)[:_KEY]}" if shown else ""
    found, refused = reader.document(
        document[:OVERSIZED_KEPT] if size > reader.limit else document,
        feed=reader.feed or access.shown(access.location),
        location=location,
        size=size,
        sha256=sha256(document),
    )
    return Arrival(document=found, refused=refused, size=size)


def is_input(error: Exception) -> bool:
    """Whether an error may come of what a feed sent, and not of our own surroundings."""
    return not isinstance(error, DatelineError | OSError | MemoryError)


def fault_of_ours(error: Exception, access: Access) -> InputError:
    """What such an error is told as: it costs one feed."""
    return InputError(
        "what came cannot be read; this is Dateline's fault",
        found=access.hide(f"{type(error).__name__}: {error}")[:300],
        remedy="please report it with the feed's address.",
    )


class Glance(Feed):
    """A feed over HTTP read once, its first page alone, and remembered nowhere."""

    def __init__(self, source: Source, name: str | None = None) -> None:
        self._source = source if name is None else msgspec.structs.replace(source, name=name)

    def arrivals(self, reader: Reader) -> Iterator[Arrival | None]:
        source = self._source
        if reader.format is not None:
            source = msgspec.structs.replace(source, format=reader.format)
        access = Access(source.location, source.credentials)
        fetcher = Fetcher(reader.settings, clock=reader.clock, wait=reader.stop.wait)
        try:
            access.renew()
            answer = fetcher.get(access.location, access, ca_certs=source.ca_certs)
            page = understand(answer, source, access)
            for entry in page.entries:
                try:
                    document = completed(entry, page, fetcher, access, source)
                except FetchFailed as error:
                    if patience(error) == math.inf:
                        raise
                    yield Arrival(refused=error.at(feed=source.feed, location=source.shown))
                    continue
                yield arrival(entry, document, page, reader.of(source, entry.format), access)
        except InputError as error:
            yield Arrival(refused=error.at(feed=source.feed, location=source.shown))
        except Exception as error:
            if not is_input(error):
                raise
            refused = fault_of_ours(error, access)
            yield Arrival(refused=refused.at(feed=source.feed, location=source.shown))
        finally:
            fetcher.close()
