"""What leading words of a headline or slug say about a story: update, correction, lead, kill, ...

Agencies put it in words in front of the headline (``UPDATE 2-``, ``2ND LEAD``, ``(Berichtigung:
...)``). The words are data (`dateline.words`), by language and by provider; here is where they
count. The headline itself stays as sent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from itertools import islice
from typing import Literal

import msgspec

from dateline.words import (
    NO_MARKERS,
    Lexicon,
    Markers,
    Phrases,
    any_of,
    as_key,
    lexicon,
    phrases,
    spellings,
)

Withdraws = Literal["canceled", "withheld"]

_ORDINAL = r"(?:ST|ND|RD|TH|\.|ER|E|ª|º|°|:A)"
# Associated Press: "1st Ld-Writethru", in the slug or in front of the headline.
_WRITETHRU = re.compile(
    r"(?:\b|(?<=_))(?:(?P<n>\d{1,2})(?:st|nd|rd|th)\s?)?"
    r"(?:(?P<ld>Ld|Lead)(?P<wt>-Writethr[ou]+(?:gh)?)?|(?P<only>Writethr(?:u|ough)))\b"
)
_BEHIND_WRITETHRU = re.compile(r"\s*[-–—:,/]+\s*|\s+|$")
_NUMBERED = re.compile(r"(?P<w>.*?\w)(?:\s+(?P<n>\d{1,2}))?\Z")
_LETTERS = re.compile(r"\w+")
_FIRST = re.compile(r"\s*\(?\s*(?P<word>\w+)")
#: a notice begins here, after a call to the desks
_HEAD = 160
#: no desk piles up more; a hostile headline might
_TAGS_MOST = 10
#: a word that withdraws is confirmed here; where so much text stands, it is a story
_OPENING = 400
_LONGEST_NOTICE = 5000
_LONGEST_REFERENCE = 60
#: in a headline no notice ends it that began further from its end
_END = 80
# Where they begin.
_LINE = re.compile(r"\A\s*|\n\s*")
_SENTENCE = re.compile(rf"{_LINE.pattern}|[.!?:]\s+")
_PARTS_MOST = 20
_QUOTES = frozenset("\"'»«„“”‘’")


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """What the words say. ``title`` is the headline without them (None where nothing is left);
    ``withdraws`` is set only where the item is clearly a notice."""

    kinds: list[str] = []
    number: int | None = None
    title: str | None = None
    withdraws: Withdraws | None = None


class _Word(msgspec.Struct, frozen=True):
    kind: str
    #: of the languages that have it, or "" of a provider's own
    languages: frozenset[str]
    doubtful: bool = False
    glued: bool = False
    #: counts only with a number
    numbered: bool = False


class _Tag(msgspec.Struct, frozen=True, kw_only=True):
    """One that leads a headline; ``languages`` is empty where its word is of none."""

    kinds: list[str]
    number: str | None
    length: int
    languages: frozenset[str] = frozenset()


class _Around(msgspec.Struct, frozen=True):
    """Words that lead and end a headline (``++ ... ++``), or only end it (``... (#)``)."""

    kind: str
    before: str
    after: re.Pattern[str]


def read(
    headline: str | None,
    *,
    slug: str | None = None,
    body: str | None = None,
    note: str | None = None,
    markers: Markers = NO_MARKERS,
) -> Tags:
    """The update kinds that lead ``headline`` or stand in ``slug``, in the order found.

    Only leading words count: a story *about* a kill is none. ``KILL KILL KILL``, ``HOLD HOLD
    HOLD`` and ``MANDATORY KILL`` always make a notice, after a call to the desks too
    (``Achtung Redaktionen:``), at the headline's end, in the slug, or as one of the first lines of
    ``body`` or ``note``; a single ``WITHDRAWN-`` or ``KILL:`` only where ``body`` is empty
    or says in its first lines that something is withdrawn. Words that events share with copy
    (``PERUTTU:``) are no tags at all unless the first lines confirm them; nor is a word without a
    colon (``KILL-Foo``), unless they speak of copy that is taken back.

    markers: words that count only for the item's provider.
    """
    return _reader(lexicon(), markers).read(headline or "", slug or "", body or "", note or "")


@cache
def _reader(known: Lexicon, markers: Markers) -> _Reader:
    return _Reader(known, markers)


class _Patterns:
    """Some words as patterns."""

    def __init__(self, words: Collection[str], counted: Collection[str], titled: Collection[str]):
        any_word = any_of(words)
        # Without parentheses a tag is written in capitals, so that "Update on the talks" is none.
        self.bare = re.compile(
            rf"\s*(?P<before>\d{{1,2}}){_ORDINAL}?\s?(?P<w1>{any_of(counted)})"
            rf"(?:\s+ALL)?(?:\s*[-–—:/]+\s*|\s+|$)"
            rf"|\s*(?P<w2>{any_word})(?:\s+(?P<after>\d{{1,2}}))?"
            # Reuters glues some to the headline with a hyphen; others begin a compound.
            rf"(?:\s*[:/–—]\s*|\s+-+\s*|-+\s+|\s*$|(?<=\d)-+|(?<!\w)(?=\()|(?P<glued>-))"
        )
        # In title or lower case it needs a colon or a dash, and is left to words that nobody
        # begins a headline of another meaning with ("Kill: a film", "Lead: how it harms").
        self.titled = re.compile(
            rf"\s*(?:(?P<before>\d{{1,2}}){_ORDINAL}?\s*)?(?P<w>{any_of(titled)})"
            r"(?:\s+(?P<after>\d{1,2}))?\s*(?::|\s[-–—])\s+",
            re.IGNORECASE,
        )
        self.parentheses = re.compile(
            rf"\s*\((?:(?P<before>\d{{1,2}}){_ORDINAL}?\s*)?(?P<w>{any_word})(?!\w)"
            r"(?:\s+(?P<after>\d{1,2})(?![\d.:]))?(?P<rest>[^()]{0,300})\)\s*[-–—:]?\s*",
            re.IGNORECASE,
        )


class _Reader:
    """The words as patterns."""

    def __init__(self, known: Lexicon, markers: Markers) -> None:
        self._words: dict[str, _Word] = {}
        self._around: list[_Around] = []
        titled: list[str] = []
        counted: list[str] = []
        for language, words in known.languages.items():
            self._add(words, language, words.doubtful, words.glued)
            titled += map(as_key, words.titled)
            counted += [as_key(spelt) for word in words.counted for spelt in spellings(word)]
        self._add(markers, "", (), tuple(word for _, word in markers.of_kind()))
        self._confirms = {
            kind: {
                language: Phrases([say for name in lists for say in getattr(words, name)])
                for language, words in known.languages.items()
            }
            for kind, lists in _CONFIRMED_BY.items()
        }

        self._titled = frozenset(titled)
        self._counted = frozenset(counted)
        self._by_first: dict[str, list[str]] = {}
        for word in self._words:
            self._by_first.setdefault(_first(word), []).append(word)
        self._patterns: dict[str, _Patterns] = {}
        self._noticed = self._notices(known)
        self._ending, self._in_slugs, self._perhaps = self._further_notices(known)

    def _add(
        self, words: Markers, language: str, doubtful: tuple[str, ...], glued: tuple[str, ...]
    ) -> None:
        for kind, listed in words.of_kind():
            before, dots, after = listed.partition("...")
            if dots:
                self._around.append(_Around(kind, before.strip(), _ending(after.strip())))
                continue
            word, numbered = listed.removesuffix("#").strip(), listed.endswith("#")
            for spelt in map(as_key, spellings(word)):
                same = self._words.get(spelt)
                same = same if same is not None and same.kind == kind else None
                self._words[spelt] = _Word(
                    kind,
                    frozenset({language}) | (same.languages if same else frozenset()),
                    doubtful=listed in doubtful and (same is None or same.doubtful),
                    glued=listed in glued or (same is not None and same.glued),
                    numbered=numbered and (same is None or same.numbered),
                )

    def _notices(self, known: Lexicon) -> re.Pattern[str]:
        """Words that nothing but a notice begins with; in capitals, so that a story about one is
        none."""
        desks = any_of(known.desks())
        withdraw = {key: word for key, word in self._words.items() if word.kind in _WITHDRAW}
        notices = [*known.every("kill_notice"), *known.every("hold_notice")]
        said = [word for phrase in notices for word in _LETTERS.findall(phrase.upper())]
        spelt = (spelling for word in said for spelling in spellings(word))
        self._noticing = frozenset(map(_first, withdraw)).union(spelt)
        sure = any_of(key for key, word in withdraw.items() if not word.doubtful)
        doubtful = any_of(key for key, word in withdraw.items() if word.doubtful)
        kills = phrases(known.every("kill_notice"), capitals=True)
        holds = phrases(known.every("hold_notice"), capitals=True)
        return re.compile(
            rf"\W*+(?:(?i:(?:{desks})\b\W*+){{1,5}})?"
            rf"(?:\b(?P<sure>{sure})\b(?:\W+(?P=sure)\b)+\W*"
            rf"|\b(?P<doubtful>{doubtful})\b(?:\W+(?P=doubtful)\b){{2,}}\W*"
            rf"|(?:(?P<kill>{kills})|(?P<hold>{holds}))(?:\s*[:!.,(]\s*|\s+[-–—]+\s*|\s*\Z))"
        )

    def _further_notices(self, known: Lexicon) -> tuple[re.Pattern[str], ...]:
        """The same at a headline's end (``Foo - KILL KILL KILL``) and anywhere in a slug; and words
        at the head with no colon behind them (``BC-KILL-Foo``), which may be a story's."""
        sure = any_of(
            key for key, word in self._words.items() if word.kind in _WITHDRAW and not word.doubtful
        )
        kills = phrases(known.every("kill_notice"), capitals=True)
        holds = phrases(known.every("hold_notice"), capitals=True)
        often = rf"(?<!\w)(?P<sure>{sure})\b(?:\W+(?P=sure)\b)"
        return (
            re.compile(rf"\s*[-–—:/(\[]\s*{often}{{2,}}[^\w\"'»«„“”‘’]*\Z"),
            re.compile(rf"{often}+|(?:(?P<kill>{kills})|(?P<hold>{holds}))(?=\s*(?:[,(]|\Z))"),
            re.compile(
                rf"\s*(?:[A-Z]{{2,3}}-+)?(?:(?P<kill>{kills})|(?P<hold>{holds})|(?P<sure>{sure})\b)"
                r"[\s-]+"
            ),
        )

    def _kind_of(self, noticed: re.Match[str]) -> str:
        told = noticed.groupdict()
        said = told["sure"] or told.get("doubtful")
        return self._words[said].kind if said else "kill" if told["kill"] else "hold"

    def _notice_in(self, text: str, parts: re.Pattern[str]) -> str | None:
        """The kind of a notice that one of the first parts is: ``KILL KILL KILL``. A cry
        (``KILL KILL KILL, they sang``) is none.

        parts: where they begin.
        """
        opening = text[:_OPENING]
        if self._noticing.isdisjoint(_LETTERS.findall(opening)):
            return None
        for start in islice(parts.finditer(opening), _PARTS_MOST):
            if opening[start.end() : start.end() + 1] in _QUOTES:
                continue
            line = opening[start.end() :].partition("\n")[0]
            noticed = self._noticed.match(line)
            if noticed is None:
                continue
            kind, rest = self._kind_of(noticed), line[noticed.end() :]
            if _is_reference(rest) or self._confirmed(kind, frozenset(), rest):
                return kind
        return None

    # --- reading -----------------------------------------------------------------------------

    def read(self, headline: str, slug: str, body: str, note: str) -> Tags:
        """See `read`."""
        kinds: list[str] = []
        number: int | None = None
        rest = headline
        withdraws: Withdraws | None = None
        languages: frozenset[str] = frozenset()
        opening = body[:_OPENING]
        # Where there is nothing but a headline, it must say itself what is withdrawn.
        confirming = opening or headline[:_OPENING]

        looked_at = _LETTERS.findall(rest[:_HEAD])
        noticed = None if self._noticing.isdisjoint(looked_at) else self._noticed.match(rest)
        if noticed:
            kind = self._kind_of(noticed)
            withdraws = _WITHDRAW[kind]
            _add(kinds, kind)
            rest = rest[noticed.end() :]
        elif found := self._notice_around(headline, slug, body, note):
            kind, rest = found
            withdraws = _WITHDRAW[kind]
            _add(kinds, kind)

        for around in self._around:
            if inner := _within(rest, around):
                rest, counted = inner
                _add(kinds, around.kind)
                number = counted if number is None else number

        for _ in range(_TAGS_MOST):
            tag = self._leading(rest, confirming)
            if tag is None:
                break
            _add(kinds, *tag.kinds)
            if not _WITHDRAW.keys().isdisjoint(tag.kinds):
                languages |= tag.languages
            number = int(tag.number) if number is None and tag.number else number
            rest = rest[tag.length :]

        for listed, told in self._in_slug(slug):
            _add(kinds, *listed)
            number = int(told) if number is None and told else number

        if withdraws is None and len(body) < _LONGEST_NOTICE:
            for kind in ("kill", "hold"):
                if kind in kinds and (not opening or self._confirmed(kind, languages, opening)):
                    withdraws = _WITHDRAW[kind]
                    break
        return Tags(kinds=kinds, number=number, title=rest.strip() or None, withdraws=withdraws)

    def _notice_around(
        self, headline: str, slug: str, body: str, note: str
    ) -> tuple[str, str] | None:
        """The kind of a notice that does not lead the headline, and the headline without it."""
        letters = _LETTERS.findall(headline[:_HEAD] + " " + headline[-_END:])
        if not self._noticing.isdisjoint(letters):
            if ended := self._ending.search(headline, max(0, len(headline) - _END)):
                return self._kind_of(ended), headline[: ended.start()]
            perhaps = self._perhaps.match(headline) if len(body) < _LONGEST_NOTICE else None
            if perhaps and self._confirmed("copy", frozenset(), body[:_OPENING]):
                return self._kind_of(perhaps), headline[perhaps.end() :]
        slug = slug[:_HEAD].upper()
        if not self._noticing.isdisjoint(_LETTERS.findall(slug)) and (
            noticed := self._in_slugs.search(slug)
        ):
            return self._kind_of(noticed), headline
        kind = self._notice_in(body, _LINE) or self._notice_in(note, _SENTENCE)
        return (kind, headline) if kind else None

    def _leading(self, text: str, confirming: str) -> _Tag | None:
        """The tag that leads ``text``.

        confirming: must confirm a doubtful word.
        """
        if patterns := self._beginning_as(text):
            if found := patterns.parentheses.match(text):
                if not _explains(found["rest"]):
                    return None
                return self._tag(found, found["w"], confirming)
            if found := patterns.bare.match(text):
                said = found["w1"] or found["w2"]
                if not found["glued"] or self._words[said].glued:
                    return self._tag(found, said, confirming)
            if found := patterns.titled.match(text):
                return self._tag(found, found["w"], confirming)
        found = _WRITETHRU.match(text)
        if found and (found["n"] or found["wt"] or found["only"]):
            sign = _BEHIND_WRITETHRU.match(text, found.end())
            if sign:
                return _Tag(kinds=_ap_kinds(found), number=found["n"], length=sign.end())
        return None

    def _beginning_as(self, text: str) -> _Patterns | None:
        """The patterns of those words that begin as ``text`` does; most headlines begin with none,
        and all words in one pattern take their time."""
        found = _FIRST.match(text)
        if found is None:
            return None
        first = "" if found["word"][0].isdigit() else found["word"].upper()
        if first and first not in self._by_first:
            return None
        if first not in self._patterns:
            words = frozenset(self._by_first[first] if first else self._words)
            self._patterns[first] = _Patterns(words, self._counted & words, self._titled & words)
        return self._patterns[first]

    def _tag(self, found: re.Match[str], said: str, confirming: str) -> _Tag | None:
        number = found["before"] or found["after"]
        word = self._words.get(as_key(said))  # None: letters that are alike, but not the same
        if word is None or (word.numbered and not number):
            return None
        if word.doubtful and not self._confirmed(word.kind, word.languages, confirming):
            return None
        return _Tag(kinds=[word.kind], number=number, length=found.end(), languages=word.languages)

    def _in_slug(self, slug: str) -> Iterator[tuple[list[str], str | None]]:
        for found in _WRITETHRU.finditer(slug):
            yield _ap_kinds(found), found["n"]
        for part in _listed(slug):
            tag = _NUMBERED.match(part)
            word = self._words.get(tag["w"]) if tag else None
            if tag and word and not word.doubtful and word.kind not in _WITHDRAW:
                yield [word.kind], tag["n"]

    def _confirmed(self, kind: str, languages: frozenset[str], opening: str) -> bool:
        """Whether the first lines say that something is withdrawn or held, in a language of the
        word. An English word, which all agencies use, or a provider's own: in any."""
        patterns = self._confirms[kind]
        if not languages or languages & {"en", ""}:
            return any(pattern.search(opening) for pattern in patterns.values())
        return any(
            patterns[language].search(opening)
            for language in (*sorted(languages), "en")
            if language in patterns
        )


def _first(word: str) -> str:
    found = _LETTERS.search(word)
    return found[0] if found else ""


_WITHDRAW: dict[str, Withdraws] = {"kill": "canceled", "hold": "withheld"}
#: which lists confirm what: a kill, a hold, and that it is copy that is spoken of
_CONFIRMED_BY = {
    "kill": ("confirms_kill", "confirms_copy"),
    "hold": ("confirms_hold",),
    "copy": ("confirms_copy",),
}


def _is_reference(rest: str) -> bool:
    """Whether no more follows a notice on its line than what it is about: ``dpa 157``."""
    rest = rest.strip()
    return len(rest) <= _LONGEST_REFERENCE and not rest.endswith((".", "!", "?", ",", ";"))


def _listed(slug: str) -> list[str]:
    """What Reuters lists behind a slug: ``USA-WEATHER/ (UPDATE 1, PIX, CORRECTED)``."""
    name, bracket, listed = slug.rstrip().rpartition("(")
    if not bracket or len(listed) > 80 or not listed.endswith(")") or not name.endswith(("/", " ")):
        return []
    return [part.strip() for part in listed[:-1].split(",")]


def _ending(words: str) -> re.Pattern[str]:
    """A pattern for words that end a headline; ``#`` in them is a number."""
    before, sign, after = words.partition("#")
    number = r"(?P<n>\d{1,2})" if sign else ""
    return re.compile(rf"{re.escape(before)}{number}{re.escape(after)}\Z", re.IGNORECASE)


def _within(headline: str, around: _Around) -> tuple[str, int | None] | None:
    """What stands between such words, and their number."""
    text = headline.strip()
    if not text.startswith(around.before):
        return None
    start = len(around.before)
    # Only the end is searched, which a hostile headline might make long.
    ended = around.after.search(text, max(start, len(text) - 80))
    if ended is None:
        return None
    inner = text[start : ended.start()]
    # "+++ ... +++" is another sign.
    if around.before and inner.startswith(around.before[-1]):
        return None
    if ended[0] and inner.endswith(ended[0][0]):
        return None
    number = ended["n"] if "n" in ended.re.groupindex else None
    return (inner.strip(), int(number) if number else None) if inner.strip() else None


def _explains(rest: str) -> bool:
    """``(Berichtigung: im 2. Absatz)``, ``(Zusammenfassung 14.00)``, ``(Eil)``; but not
    ``(Update on Ukraine talks)``, where the word begins a sentence of its own, nor
    ``(KORR-Bericht)``, where it begins a compound."""
    if re.match(r"-\w*[^\W\d_]", rest):
        return False
    rest = rest.strip()
    return not rest or rest[0] in ":-–—,;" or rest[0].isdigit()


def _ap_kinds(found: re.Match[str]) -> list[str]:
    kinds = ["lead"] if found["ld"] else []
    return [*kinds, "writethru"] if found["wt"] or found["only"] else kinds


def _add(kinds: list[str], *more: str) -> None:
    kinds.extend(kind for kind in more if kind not in kinds)
