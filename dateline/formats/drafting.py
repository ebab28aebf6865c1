"""From what a format declares to an article: what all formats do alike with the copy itself.

A format fills a `Draft` in two steps. First what the copy is read by: headline, slugline, byline,
paragraphs, the declared status. `Draft.read_copy` takes dateline, byline, embargo and notepad off
the copy and knows then whether the item withdraws its story. After that come the fields of a kind
(times, versions): a withdrawal must not fail, and its story stay in sight, because of a field that
has nothing to do with it, so what cannot be read of one is absent. `Draft.article` ends it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from dateline import headlines, text, times
from dateline.article import Article, Concept, Dateline, PubStatus
from dateline.errors import DatelineError, InputError
from dateline.formats import Item, Skipped, failed, reading, wirecopy
from dateline.formats.jsondoc import LARGEST, described
from dateline.providers import Provider, catalogue

_STATUS: dict[str, PubStatus] = {
    "usable": "usable",
    "withheld": "withheld",
    "canceled": "canceled",
    "cancelled": "canceled",
}
# The last part of a signal, in lower case, to the kind of update that it says.
_SIGNALS = {
    "correction": "correction",
    "update": "update",
    "replace": "update",
    "writethru": "writethru",
    "kill": "kill",
    "hold": "hold",
}
_QCODE = re.compile(r"(?P<scheme>[A-Za-z][\w.-]*):(?P<code>[\w.-]+)\Z")
# The usual aliases of the IPTC's vocabularies, by the last part of their address.
_ALIASES = {"mediatopic": "medtop", "subjectcode": "subj", "newsprovider": "nprov"}
# Where a sentence begins, or a remark in brackets.
_SENTENCE = re.compile(r"\A|[.!?;:]\s+|\s(?=[(\[])")
_SENTENCE_END = re.compile(r"(?<!\d)[.!?:](?=\s)")
_SENTENCE_MOST = 200
#: an order from a time so long before the receipt is a story's, which tells of an embargo
_BYGONE = dt.timedelta(days=366)
#: after so long a day, or a month, is over in every zone
_OVER = {"day": dt.timedelta(hours=36), "month": dt.timedelta(days=31, hours=12)}


def status_of(declared: str | None) -> PubStatus | None:
    """``usable``, ``stat:canceled``, ``Cancelled`` as one of three; None where nothing is sent.

    Raises InputError for what is neither.
    """
    if declared is None or not declared.strip():
        return None
    word = re.split(r"[:/#]", declared.strip())[-1].lower()
    if word not in _STATUS:
        raise InputError(
            "an unknown status",
            found=repr(declared[:60]),
            expected="usable, withheld or canceled",
        ).at(field="pubstatus")
    return _STATUS[word]


def strictest(declared: Iterable[str | None]) -> PubStatus | None:
    """Of several statuses the one that hides most; see `status_of`."""
    known = {status_of(one) for one in declared}
    return next((one for one in ("canceled", "withheld", "usable") if one in known), None)


class Draft:
    """One item on its way to an article; see the module for the order of things.

    sent: the identity as it stands there. declared: whose item it says it is. ``uri`` is the
    identity in its provider's one form, ``key`` the provider's, ``rules`` what is known of it.
    ``status`` is what the format says of it, None where it says nothing, so that words may.
    """

    def __init__(
        self, sent: str, declared: str | None, received: dt.datetime, *, key: str | None = None
    ) -> None:
        known = catalogue()
        document = reading()
        self.received = received
        self.declared = declared
        self.key = key or known.of_uri(sent) or known.normalise(declared)
        if document is not None:
            self.key = self.key or document.provider
        self._feed_zone = document.zone if document is not None else None
        self.rules: Provider = known.get(self.key)
        self.uri = known.canonical(self.key, sent)
        self.status: PubStatus | None = None
        self.headline: str | None = None
        self.slugline: str | None = None
        self.byline: str | None = None
        self.description: str | None = None
        self.ednote: str | None = None
        self.dateline: Dateline | None = None
        self.paragraphs: list[str] = []
        self.headings: list[str] = []
        self.notes: list[str] = []
        self.signals: list[str] = []
        self.kinds: list[str] = []
        self.pubstatus: PubStatus = "usable"
        self.body: str | None = None
        self.crossheads: list[str] = []
        self.version: int | None = None
        self.embargoed: dt.datetime | None = None
        self._created: times.Declared | None = None
        self._unreadable = False
        self._orders: list[str] = []
        self._implied: list[str] = []
        self._ednote: list[str] = []
        self._tags = headlines.Tags()

    @property
    def zone(self) -> str | None:
        """Of times without one: what is declared of the feed, else of the provider."""
        return self._feed_zone or self.rules.zone

    @property
    def _since(self) -> dt.datetime:
        return self.received - _BYGONE

    @property
    def withdrawn(self) -> bool:
        """Whether the item withdraws its story; known after `read_copy`."""
        return self.pubstatus == "canceled"

    @property
    def says_nothing(self) -> bool:
        """Whether a usable item has nothing that could be read, and would take the text off its
        story. To withdraw one, or hold it back, needs none. Known once `embargo` is."""
        told = self.body or self.headline or self.description
        holds = self._unreadable or self.embargoed is not None
        return not told and not holds and self.pubstatus == "usable"

    # --- the copy --------------------------------------------------------------------------------

    def read_copy(self, note: str | None = None) -> None:
        """Notepad, embargo, headline, byline and dateline are taken off the paragraphs, and
        words that withdraw are obeyed where the format itself says nothing.

        note: what the format says to editors besides the copy.
        """
        parts, notes = split_notepad(self.paragraphs, copy=True)
        self.paragraphs = parts
        self.notes += notes
        self._take_head(0)
        self._take_embargo()
        self._take_head(0)  # it may have stood below the embargo
        if start := wirecopy.preface(parts):
            self._take_head(start)
        if parts and (filed := wirecopy.take_dateline(parts[start])) is not None:
            self.dateline = _completed(self.dateline, filed.dateline)
            parts[start : start + 1] = [filed.rest] if filed.rest.strip() else []
        elif parts and self.dateline is not None:
            parts[start] = wirecopy.after_place(parts[start], self.dateline) or parts[start]
        within = set(parts[:-1])
        self.crossheads = [part for part in self.headings if part in within]
        self.crossheads = self.crossheads or wirecopy.crossheads(parts)
        self.body = text.join(parts)
        self._tags = headlines.read(
            self.headline,
            slug=self.slugline,
            body=self.body,
            note="\n".join([note or "", *self.notes]),
            markers=self.rules.markers,
        )
        self.pubstatus = self.status or self._tags.withdraws or "usable"

    def _take_head(self, start: int) -> None:
        """Lines that say again what the elements say, or would: headline and byline; those that
        begin the paragraph at ``start``."""
        parts, said = self.paragraphs, (self.headline or "").casefold()
        while start < len(parts):
            line, _, below = parts[start].partition("\n")
            first = " ".join(line.split())
            if len(parts) == start + 1 and not below.strip():
                return  # the body is what is left
            if len(first) <= 100 and wirecopy.is_byline(first):
                self.byline = self.byline or first
            elif first.casefold() != said and first != self.byline:
                return
            parts[start : start + 1] = [below] if below.strip() else []

    def _take_embargo(self) -> None:
        """Lines that order an embargo, from where desks put them: above the copy, and below it.
        One so long that it may be prose orders, and stays."""
        parts = self.paragraphs
        edges = [number for number in range(len(parts)) if number < 2 or number >= len(parts) - 2]
        for number in edges:
            lines = parts[number].split("\n")
            ordered = {line for line in lines if wirecopy.is_embargo(line, since=self._since)}
            for line in filter(ordered.__contains__, lines):
                if len(line) > wirecopy.LONGEST_ORDER:
                    self._implied.append(line)
                    ordered.remove(line)
                else:
                    self._orders.append(line.strip())
            if ordered:
                parts[number] = "\n".join(line for line in lines if line not in ordered)
        parts[:] = [part for part in parts if part.strip()]

    # --- what orders versions, and when they show ------------------------------------------------

    def order(self, version: Any, created: str | None) -> None:
        """``version`` and ``versioncreated`` as sent. Raises InputError.

        A cancellation must hold. So its time, where it has no zone, is UTC; where it has none, or
        one that cannot be read at all, it is the receipt's, since a kill that is ordered before the
        story it kills does nothing. Its version is refused only where that alone orders.
        """
        if not self.withdrawn:
            self.version = _version(version)
            if created:
                self._created = times.parse(created, field="versioncreated", zone=self.zone)
            return
        zone = self.zone or "Etc/UTC"
        if created:
            try:
                self._created = times.parse(created, field="versioncreated", zone=zone)
            except InputError:
                said = times.find_instant(created[:200], zone=zone)
                self._created = times.Declared(said or self.received)
        self._created = self._created or times.Declared(self.received)
        try:
            self.version = _version(version)
        except InputError:
            if self.rules.order == "version":
                raise

    def created_at(self, instant: dt.datetime | times.Declared | None) -> None:
        """``versioncreated`` where a format has read it by itself; of a cancellation without one
        it is the receipt, see `order`."""
        if instant is None and self.withdrawn:
            instant = self.received
        self._created = times.Declared(instant) if isinstance(instant, dt.datetime) else instant

    def instant(self, name: str, value: str | None) -> dt.datetime | None:
        """Another time. Raises InputError, but for a withdrawal."""
        if not value or not value.strip():
            return None
        try:
            return times.parse(value, field=name, zone=self.zone).instant
        except InputError:
            if self.withdrawn:
                return None
            raise

    def embargo(self, value: str | dt.datetime | times.Declared | None) -> None:
        """The end of an embargo, as sent or as read by the format; empty or no time: it holds
        without an end. So does one that names no more than a day: it opens earlier in one zone than
        in another, and which is meant is not said. None where the format declares none."""
        if value is None:
            return
        if isinstance(value, str) and not value.strip():
            self._unreadable = self.rules.empty_embargo != "ignore"
            return
        try:
            if isinstance(value, str):
                value = times.parse(value, field="embargoed", zone=self.zone)
        except InputError:
            self._unreadable = True
            return
        ends = value if isinstance(value, times.Declared) else times.Declared(value)
        if ends.precision and ends.instant + _OVER[ends.precision] > self.received:
            self._unreadable = True
        else:
            self.embargoed = ends.instant

    # --- the end ---------------------------------------------------------------------------------

    def article(self, **fields: Any) -> Article:
        """The article; fields: those of `Article` that need nothing more than to be passed on."""
        tags = self._tags
        ednote, more = _split_note((self.ednote or "").split("\n"))
        told = [self.headline or "", *ednote, *more, *self.notes]
        words = [*wirecopy.embargoes_in(told, self._since), *self._orders, *self._implied]
        if self.embargoed is None and words:
            ends = (wirecopy.embargo_end(line, self.zone) for line in words)
            self.embargoed = next((end for end in ends if end is not None), None)
            self._unreadable = self.embargoed is None
        pubstatus = self.pubstatus
        if self._unreadable and pubstatus == "usable":
            pubstatus = "withheld"
        body, language = self.body, fields.pop("language", None)
        title = (
            tags.title
            or text.first_sentence(body or "")
            or text.first_sentence(self.description or "")
            or self.headline
            or self.slugline
            or self.uri
        )
        return Article(
            uri=self.uri,
            title=title,
            pubstatus=pubstatus,
            version=self.version,
            versioncreated=self._created.instant if self._created else None,
            date_precision=self._created.precision if self._created else None,
            embargoed=self.embargoed,
            headline=self.headline,
            slugline=self.slugline,
            byline=self.byline,
            description_text=self.description,
            ednote=text.block("\n".join([*ednote, *self._orders])),
            ednote_nonpublic=text.block("\n".join([*more, *self.notes])),
            body_text=body,
            crossheads=self.crossheads,
            dateline=self.dateline,
            provider=self.key,
            provider_declared=self.declared,
            signal=self.signals,
            update_kind=self._update_kinds(),
            update_number=tags.number,
            language=text.language_tag(language) if language else None,
            language_declared=text.one_line(language or ""),
            wordcount=text.count_words(body or ""),
            charcount=len(body or ""),
            **fields,
        )

    def withdrawal(self, other: str, *, replaced: bool = False) -> Article:
        """What a notice does that cancels *another* document, or an item that replaces one: a
        withdrawal of that, by the same provider, at the notice's time. It works by identity, so
        wherever the record of the other lies and whoever comes first."""
        uri = catalogue().canonical(self.key, other)
        created = self._created or times.Declared(self.received)
        return Article(
            uri=uri,
            title=self.headline or uri,
            pubstatus="canceled",
            versioncreated=created.instant,
            date_precision=created.precision,
            headline=self.headline,
            provider=self.key,
            provider_declared=self.declared,
            update_kind=[] if replaced else ["kill"],
        )

    def _update_kinds(self) -> list[str]:
        """Of words, then of signals, then what the format knows."""
        said = (_SIGNALS.get(re.split(r"[:/#]", signal)[-1].lower()) for signal in self.signals)
        kinds = [*self._tags.kinds, *(kind for kind in said if kind), *self.kinds]
        return list(dict.fromkeys(kinds))


def concept_of(uri: str) -> Concept:
    """A concept that an address names, as in ``http://cv.iptc.org/newscodes/mediatopic/01000000``:
    its last part is the code, the rest the scheme, under its usual alias where that is one of the
    IPTC's; and the same in short: ``medtop:01000000``. An address of another form is the code."""
    if short := _QCODE.match(uri):
        return Concept(code=short["code"], scheme=short["scheme"], qcode=uri)
    scheme, code = uri[: (at := max(uri.rfind("/"), uri.rfind("#")))], uri[at + 1 :]
    if not code or not scheme.startswith(("http://", "https://")):
        return Concept(code=uri)
    return within(scheme, code)


def within(scheme: str, code: str) -> Concept:
    """A code of the vocabulary that has this address, under the alias of those of the IPTC."""
    alias = _ALIASES.get(scheme.rpartition("/")[2])
    qcode = f"{alias}:{code}" if alias else None
    return Concept(code=code or None, scheme=alias or scheme or None, qcode=qcode)


def _completed(declared: Dateline | None, filed: Dateline) -> Dateline:
    """The declared dateline; what it leaves open is taken from the copy's own."""
    if declared is None:
        return filed
    missing = {
        name: told
        for name, told in msgspec.structs.asdict(filed).items()
        if told is not None and getattr(declared, name) is None
    }
    return msgspec.structs.replace(declared, **missing)


def taken_back(
    draft: Draft, own: Item, *, canceled: Iterable[str] = (), replaced: Iterable[str] = ()
) -> list[Item]:
    """Other documents of the provider that an item takes out of use: those that it cancels, and
    those that it replaces. These stay while it is held back itself, or cannot be read: nothing
    would be there in their place."""
    found: list[Item] = [draft.withdrawal(other) for other in canceled]
    held = isinstance(own, Article) and (
        own.pubstatus == "withheld" or (own.embargoed or draft.received) > draft.received
    )
    if not held and not isinstance(own, DatelineError):
        found += [draft.withdrawal(other, replaced=True) for other in replaced]
    return found


def digit(sent: str | None) -> int | None:
    """An urgency or a priority, 1 to 9; absent where it is neither."""
    return int(sent) if sent is not None and re.fullmatch(r"[1-9]", sent) else None


def textless(kind: str, uri: str | None) -> Skipped:
    """An item that is recognised and not wanted."""
    return Skipped(reason=f"{kind} without text", uri=uri)


def each(items: Iterable[Any], read: Any) -> Iterator[Item]:
    """``read(item)`` of each, a bad one as its InputError: it does not stop the rest, nor does
    one that the format itself fails on.

    read: gives one item, or several.
    """
    for item in items:
        try:
            found = read(item)
        except InputError as error:
            found = error
        except Exception as error:  # noqa: BLE001 - a bug must cost one item, not those behind it
            document = reading()
            found = failed(document.format if document else "item's", error)
        yield from found if isinstance(found, list) else (found,)


#: lines below a heading that are looked at to tell whether it opens a notepad, and their letters
_BELOW = 6
_BELOW_LETTERS = 1000
_LONGEST_HEADING = 80


def split_notepad(lines: list[str], *, copy: bool = False) -> tuple[list[str], list[str]]:
    """Lines (or paragraphs, which may be of several) before the editor's notepad, and its own.

    copy: whether they are the story's, so that the first one may be its lead.
    """
    for number, part in enumerate(lines):
        within = part.split("\n")
        for at, line in enumerate(within):
            below = _below(lines, number, within, at) if len(line) <= _LONGEST_HEADING else []
            if wirecopy.opens_notepad(line, below, lead=copy and not number and not at):
                before = ["\n".join(within[:at])] if at else []
                return [*lines[:number], *before], ["\n".join(within[at:]), *lines[number + 1 :]]
    return list(lines), []


def _below(lines: list[str], number: int, within: list[str], at: int) -> list[str]:
    """The lines that follow one; some of them."""
    parts = (part[:_BELOW_LETTERS] for part in lines[number + 1 : number + 1 + _BELOW])
    found = [
        *within[at + 1 : at + 1 + _BELOW],
        *(line for part in parts for line in part.split("\n")),
    ]
    return found[:_BELOW]


def _split_note(lines: list[str]) -> tuple[list[str], list[str]]:
    """The lines of a note to editors that may be published, and those that may not, which may begin
    within a line: ``Foto folgt. Nicht zur Veröffentlichung: ...``."""
    public, more = split_notepad(lines)
    for number, line in enumerate(public):
        for start in _SENTENCE.finditer(line):
            rest = line[start.end() : start.end() + _SENTENCE_MOST]
            end = _SENTENCE_END.search(rest)
            # By itself: what comes behind it may order an embargo besides.
            if wirecopy.opens_notepad(rest[: end.end()] if end else rest):
                kept = [*public[:number], line[: start.end()].rstrip()]
                return kept, [line[start.end() :], *public[number + 1 :], *more]
    return public, more


def _version(value: Any) -> int | None:
    """The version where it is an integer; ``1.2`` and the like order nothing and are absent."""
    if isinstance(value, str):
        value = value.strip()
        if not value.isdecimal():
            return None
        value = int(value) if len(value) < 25 else LARGEST + 1
    if isinstance(value, float):
        if not value.is_integer():
            return None
        value = int(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST:
        raise InputError(
            "a version that is no number",
            found=described(value),
            expected=f"an integer from 0 to {LARGEST}",
        ).at(field="version")
    return value
