"""Whether a mention only says where something was heard: ``laut KCNA``, ``(Reuters)``,
``told the Financial Times``.

The words are data, ``citing.toml`` beside this module, which explains them. Only agencies, papers
and stations cite: known ones (`processors.known`, ``providers.toml``), those that copy calls so
(``die Nachrichtenagentur X``), and those whose name says it (``Neustädter Anzeiger``).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterable
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

from dateline import providers

#: characters that are looked at before and after a mention
_BEFORE, _AFTER = 160, 60
_QUOTES = "\"'„“”»«‚‘’›‹"
_QUOTED = frozenset(_QUOTES)
#: between the words that cite and the name: articles, adjectives, ``state-run``; in small letters
_SMALL = r"(?:[^\W\d_A-ZÄÖÜÉÀÈÍÓÚ][\w-]*['’]?\s*(?<=[\s'’])){0,4}"
_DAYS = (
    r"(?:Montag|Dienstag|Mittwoch|Donnerstag|Freitag|Samstag|Sonnabend|Sonntag|Monday|Tuesday|"
    r"Wednesday|Thursday|Friday|Saturday|Sunday)\w*"
)
#: another that is cited before it: ``laut Xinhua und Tass``
_FIRST = (
    rf"[{_QUOTES}]?[^\W\d_a-z][\w-]*(?:\s[^\W\d_a-z][\w-]*){{0,2}}[{_QUOTES}]?"
    r"(?:,|\s+(?:and|und|et|sowie|y|e|en|i|och))\s+"
)
#: stands in the place of a person in the text that the patterns see
PERSON = "\ue000"
_SIGNATURE = re.compile(r"[a-z]{2,4}\Z")


class Words(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A language's words; see ``citing.toml``."""

    kinds: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    surely_before: tuple[str, ...] = ()
    surely_after: tuple[str, ...] = ()
    surely_next: tuple[str, ...] = ()
    itself: tuple[str, ...] = ()


class _Patterns:
    """One language's words as patterns."""

    def __init__(self, words: Words, of_all: Words) -> None:
        kind = rf"(?:(?:{_any(words.kinds)})\s+)?"
        called = rf"[{_QUOTES}]?{kind}[{_QUOTES}]?\Z"
        self.kind = re.compile(rf"\b(?:{_any(words.kinds)})\s+[{_QUOTES}]?\Z", re.IGNORECASE)
        self._near = re.compile(
            rf"(?<!\w)(?i:{_any(words.before)})\s+{_SMALL}(?:{kind}{_FIRST}{_SMALL})?{called}"
        )
        self._far = re.compile(
            rf"(?<!\w)(?i:{_any(words.says)})\b[^.!?\n]*?"
            rf"(?:(?<=\s)[^\W\d_A-ZÄÖÜ][\w-]*|{_DAYS}|{PERSON}),?\s+"
            rf"(?:{_any(words.to)})(?:\s+|(?<=['’])){_SMALL}{called}"
            if words.says
            else r"(?!)"
        )
        # The verb itself may lead to the name: 'sagte der dpa'.
        self._next = re.compile(
            rf"(?<!\w)(?i:{_any(words.says)})\s+(?:{_any(words.to)})(?:\s+|(?<=['’]))"
            rf"{_SMALL}{called}"
        )
        self._after = re.compile(
            rf"[{_QUOTES}]?,?\s+(?:[a-zäöüéèà]+\s+){{0,2}}?(?i:{_any(words.after)})(?!\w)"
        )
        self._compound = re.compile(rf"-(?:{_any(words.nouns)})(?!\w)")
        self.nouns = frozenset(words.nouns)
        self.doubtful = frozenset({*of_all.doubtful, *words.doubtful})
        self.papers = frozenset({*of_all.papers, *words.papers}) | self.doubtful
        # 'X said it would': about itself
        self._itself = re.compile(
            rf"[{_QUOTES}]?,?\s+(?:{_any(words.after)})\s+(?:on\s+)?(?:{_DAYS}\s+)?(?:that\s+)?"
            rf"(?:{_any(words.itself)})(?!\w)",
            re.IGNORECASE,
        )
        self._surely_before = re.compile(
            rf"(?<!\w)(?:{_any(words.surely_before)})\s+[{_QUOTES}]?\Z", re.IGNORECASE
        )
        # 'X reported on Monday', not 'X reported a loss'
        self._surely_after = re.compile(
            rf"[{_QUOTES}]?,?\s+(?:{_any(words.surely_after)})"
            rf"(?:\s*[.,;:]|\s*\Z|\s+(?:{_any(words.surely_next)}|{_DAYS})(?!\w))",
            re.IGNORECASE,
        )

    def cites(self, before: str, after: str) -> bool:
        """By what stands on either side of a name."""
        return bool(
            self._near.search(before)
            or self._next.search(before)
            or self._far.search(before)
            or (self._after.match(after) and not self._itself.match(after))
            or self._compound.match(after)
        )

    def surely(self, before: str, after: str) -> bool:
        """Whether what stands on either side of a name is said of papers and agencies only."""
        return not self._itself.match(after) and bool(
            self.kind.search(before)
            or self._surely_before.search(before)
            or self._surely_after.match(after)
            or self._compound.match(after)
            or ({before[-1:], after[:1]} <= _QUOTED)
        )


def _any(words: Iterable[str]) -> str:
    """A pattern for one of these words; ``*`` is more letters; of none: never."""
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return (
        "|".join(
            re.escape(word).replace(r"\*", r"\w*").replace(r"\ ", r"\s+").replace("'", "['’]")
            for word in longest_first
        )
        or r"(?!)"
    )


@cache
def _tables() -> dict[str, Words]:
    text = files("processors").joinpath("citing.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Words])


@lru_cache(maxsize=64)
def patterns(language: str | None) -> _Patterns:
    """Of a language's primary tag; of one without words: those of English, which all quote."""
    tables = _tables()
    return _Patterns(tables.get(language or "en", tables["en"]), tables["any"])


@lru_cache(maxsize=10_000)
def is_provider(name: str) -> bool:
    """Whether ``providers.toml`` or a user's own list describes it."""
    return providers.catalogue().known(name) is not None


def is_outlet(name: str, language: str | None) -> bool:
    """Whether its name says that it is a paper or a station: ``Neustädter Anzeiger``."""
    first, _, last = name.rpartition(" ")
    return bool(first) and last in patterns(language).papers


def is_doubtful(name: str, language: str | None) -> bool:
    """Whether companies are called so, too: ``Canada Post``, ``American Express``."""
    return name.rpartition(" ")[2] in patterns(language).doubtful


def surely(text: str, start: int, end: int, language: str | None) -> bool:
    """Whether something that stands there is cited as only papers and agencies are: ``told the X``,
    ``(X)``, ``the newspaper X``. text: of the field."""
    before = text[max(0, start - _BEFORE) : start]
    after = text[end : end + _AFTER]
    return _bracketed(before, after) or patterns(language).surely(before, after)


def called_so(before: str, language: str | None) -> bool:
    """Whether the copy says what it is: ``die Nachrichtenagentur X``. before: the text before."""
    return patterns(language).kind.search(before) is not None


def cited(text: str, start: int, end: int, language: str | None) -> bool:
    """Whether an agency or a paper that stands there is only cited.

    text: of the field, with `PERSON` for each letter of persons' names, so that offsets hold.
    """
    before = text[max(0, start - _BEFORE) : start]
    after = text[end : end + _AFTER]
    if _bracketed(before, after):
        return True
    return patterns(language).cites(_last_sentence(before), after)


def _bracketed(before: str, after: str) -> bool:
    """``(Reuters)``, ``(dpa/lno)``, ``(AFP/Reuters)``, ``(Quelle: dpa)``: nothing else is there."""
    opened = before.rfind("(")
    closed = after.find(")")
    if opened < 0 or closed < 0 or len(before) - opened > 30 or closed > 30:
        return False
    inside = re.split(r"[/,;:]\s*|\s+-\s+", before[opened + 1 :] + after[:closed])
    return ")" not in before[opened:] and all(
        not part.strip() or " " not in part.strip() for part in inside
    )


def _last_sentence(before: str) -> str:
    """What stands before a name in its sentence; ``U.S.`` and ``z. B.`` end none."""
    cut = 0
    for stop in re.finditer(r"(?<=\w\w)[.!?][\"“”»«]?\s+(?=[\"„“»«]?[A-ZÄÖÜ])|\n", before):
        cut = stop.end()
    return _collapsed(before[cut:])


def _collapsed(text: str) -> str:
    return re.sub(rf"{PERSON}+(?:\s+{PERSON}+)*", PERSON, text)


@cache
def version() -> str:
    """Short hash of the words, and of the names of all providers: a user may add some."""
    words = files("processors").joinpath("citing.toml").read_bytes()
    names = "\n".join(sorted(providers.catalogue().names()))
    return hashlib.sha256(words + names.encode()).hexdigest()[:12]
