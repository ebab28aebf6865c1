"""What desks say in words, as data: kinds of versions, notices, embargoes, notepads, bylines.

The shipped ones stand in ``words.toml`` beside this module, which explains them;
``[words.LANGUAGE]`` tables in ``dateline.toml`` of the working folder add to them. Here they are
read, checked and made into patterns; `dateline.headlines` and `dateline.formats.wirecopy` know
where in the copy they count.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from dateline import settings
from dateline.errors import UsageError

_LONGEST_WORD = 60
_LONGEST_PHRASE = 200
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")


class Markers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Kind of a version to the words that say it; of a language, or of one provider."""

    correction: tuple[str, ...] = ()
    refile: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    lead: tuple[str, ...] = ()
    writethru: tuple[str, ...] = ()
    summary: tuple[str, ...] = ()
    repeat: tuple[str, ...] = ()
    alert: tuple[str, ...] = ()
    kill: tuple[str, ...] = ()
    hold: tuple[str, ...] = ()

    def of_kind(self) -> Iterator[tuple[str, str]]:
        """Each word with its kind."""
        for kind in KINDS:
            for word in getattr(self, kind):
                yield kind, word


KINDS: tuple[str, ...] = Markers.__struct_fields__
NO_MARKERS = Markers()


class Words(Markers, frozen=True, kw_only=True):
    """The words of one language; see ``words.toml``."""

    titled: tuple[str, ...] = ()
    glued: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()
    desks: tuple[str, ...] = ()
    kill_notice: tuple[str, ...] = ()
    hold_notice: tuple[str, ...] = ()
    confirms_kill: tuple[str, ...] = ()
    confirms_hold: tuple[str, ...] = ()
    confirms_copy: tuple[str, ...] = ()
    embargo: tuple[str, ...] = ()
    embargo_word: tuple[str, ...] = ()
    embargo_capitals: tuple[str, ...] = ()
    embargo_time: tuple[str, ...] = ()
    embargo_day: tuple[str, ...] = ()
    embargo_dated: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    clock: tuple[str, ...] = ()
    notepad: tuple[str, ...] = ()
    notepad_line: tuple[str, ...] = ()
    notepad_contact: tuple[str, ...] = ()
    byline: tuple[str, ...] = ()
    byline_joins: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


_LISTS = tuple(name for name in Words.__struct_fields__ if name != "without")
_OF_KINDS = ("titled", "glued", "counted", "doubtful")
_PLAIN = ("desks", "days", "clock", "byline", "byline_joins")
_PHRASES = tuple(name for name in _LISTS if name not in {*KINDS, *_OF_KINDS, *_PLAIN})


class Lexicon:
    """The words of all languages. A later language decides about a word that stands in two."""

    def __init__(self, languages: Mapping[str, Words]) -> None:
        self.languages = dict(languages)

    def desks(self) -> frozenset[str]:
        """The words that call the desks, in capitals, however spelt."""
        listed = (word for called in self.every("desks") for word in called.split())
        return frozenset(as_key(spelt) for word in listed for spelt in spellings(word))

    def every(self, name: str) -> list[str]:
        """The words of one list, of all languages, each once."""
        return list(
            dict.fromkeys(
                word for known in self.languages.values() for word in getattr(known, name)
            )
        )


def load(own: Any = None) -> Lexicon:
    """The shipped words and a user's ``[words]`` table. Raises UsageError."""
    shipped = msgspec.convert(
        tomllib.loads(files("dateline").joinpath("words.toml").read_text("utf-8")),
        dict[str, Words],
    )
    try:
        added = msgspec.convert(own or {}, dict[str, Words])
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{settings.FILE}: bad [words]",
            found=str(error),
            expected="tables [words.LANGUAGE] of lists of words",
            remedy="the lists are explained in dateline/words.toml.",
        ) from error
    # Own languages come last: they decide.
    kept = {language: words for language, words in shipped.items() if language not in added}
    for language, words in added.items():
        place = f"[words.{language}]"
        if not _LANGUAGE.match(language):
            raise UsageError(
                f"{settings.FILE}: bad {place}",
                found=repr(language),
                expected="the tag of a language, such as es",
            )
        check(words, place)
        kept[language] = _joined(shipped.get(language, Words()), words, place)
    return Lexicon(kept)


def check(markers: Markers, place: str) -> None:
    """Raises UsageError where a word can be none, or stands for two kinds.

    place: the table, for the message.
    """
    kinds: dict[str, str] = {}
    for kind, word in markers.of_kind():
        letters = r"[^\s#.]" if "..." in word else r"\w"
        if not re.search(letters, word) or len(word) > _LONGEST_WORD or word.count("...") > 1:
            raise UsageError(
                f"{settings.FILE}: bad {place}: {kind}",
                found=repr(word[:80]),
                expected=f"a word or a few, {_LONGEST_WORD} letters at most",
            )
        if kinds.setdefault(as_key(word), kind) != kind:
            raise UsageError(
                f"{settings.FILE}: bad {place}: {word} says two things",
                found=f"{kinds[as_key(word)]} and {kind}",
                expected="one kind",
            )
    for name in (*_PLAIN, *_PHRASES) if isinstance(markers, Words) else ():
        for phrase in getattr(markers, name):
            if wrong := _not_plain(phrase) if name in _PLAIN else _wrong(phrase):
                raise UsageError(
                    f"{settings.FILE}: bad {place}: {name}",
                    found=repr(phrase[:80]),
                    expected=wrong,
                )


def _joined(shipped: Words, own: Words, place: str) -> Words:
    """Both, without what the user does not want."""
    unwanted = {as_key(word) for word in own.without}
    known = {as_key(word) for name in _LISTS for word in getattr(shipped, name)}
    if missing := [word for word in own.without if as_key(word) not in known]:
        raise UsageError(
            f"{settings.FILE}: bad {place}: without",
            found=repr(missing[0]),
            expected="a word that dateline/words.toml lists for this language",
        )
    retold = {as_key(word) for _, word in own.of_kind()}
    lists: dict[str, tuple[str, ...]] = {}
    for name in _LISTS:
        # A word that the user gives another kind keeps no other.
        out = unwanted | retold if name in KINDS else unwanted
        left = [word for word in getattr(shipped, name) if as_key(word) not in out]
        lists[name] = tuple(dict.fromkeys([*left, *getattr(own, name)]))
    joined = Words(**lists)
    said = {as_key(word) for _, word in joined.of_kind()}
    for name in _OF_KINDS:
        for word in getattr(joined, name):
            if as_key(word) not in said:
                raise UsageError(
                    f"{settings.FILE}: bad {place}: {name}",
                    found=repr(word),
                    expected="a word that stands in a list of a kind, too",
                )
    return joined


@cache
def lexicon() -> Lexicon:
    """The words of this process: shipped, and ``dateline.toml`` of the working folder."""
    return load(settings.document(Path.cwd() / settings.FILE).get("words"))


# --- spelling ------------------------------------------------------------------------------------

_WRITTEN_OUT = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss", "ł": "l"}
    | {"Ä": "AE", "Ö": "OE", "Ü": "UE", "Å": "AA", "Ø": "OE", "Æ": "AE", "Ł": "L"}
)
_BARE = str.maketrans({"ø": "o", "Ø": "O", "æ": "ae", "Æ": "AE", "ß": "ss", "ł": "l", "Ł": "L"})


def spellings(word: str) -> list[str]:
    """As it is, without accents, and with its umlauts written out: wires are often plain ASCII."""
    word = unicodedata.normalize("NFC", word)
    plain = (word, _unmarked(word.translate(_BARE)), _unmarked(word.translate(_WRITTEN_OUT)))
    return list(dict.fromkeys(plain))


def _unmarked(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def as_key(word: str) -> str:
    """A word as it is looked up by, whatever its case and spaces."""
    return " ".join(unicodedata.normalize("NFC", word).upper().split())


def any_of(words: Iterable[str]) -> str:
    """A pattern for one of these words as they stand, the longest first; of none: never."""
    longest_first = sorted(set(words), key=lambda word: (-len(word), word))
    return "|".join(re.escape(word) for word in longest_first) or r"(?!)"


# --- phrases -------------------------------------------------------------------------------------

_SIGN = re.compile(r"\s*\.\.\.\s*|\s+|[\[\]|*#:'’]")
# Figures may hold a full stop, of a date or an hour.
_SAME_SENTENCE = r"\b(?:[^.!?]|(?<=\d)\.|\.(?=\d)){0,80}?\b"


def phrases(listed: Iterable[str], *, capitals: bool = False) -> str:
    """A pattern for one of these phrases, as ``words.toml`` writes them; of none: never.

    capitals: only in capitals; for patterns that do not ignore case.
    """
    return "|".join(_pattern(phrase, capitals) for phrase in listed) or r"(?!)"


def _pattern(phrase: str, capitals: bool) -> str:
    found: list[str] = [r"\A\W*" if phrase.startswith("^") else r"(?<!\w)"]
    phrase = phrase.removeprefix("^")
    end = 0
    for sign in [*_SIGN.finditer(phrase), None]:
        word = phrase[end : sign.start() if sign else None]
        if word:
            spelt = spellings(word.upper() if capitals else word)
            found.append(f"(?:{any_of(spelt)})" if len(spelt) > 1 else re.escape(spelt[0]))
        if sign is not None:
            told = sign[0].strip()
            found.append(_SIGNS.get(told, r"\s{1,9}"))
            end = sign.end()
    # Behind a figure or a colon no word ends.
    return "".join(found) + r"(?:(?<=[\d:.])|(?!\w))"


_SIGNS = {
    "[": "(?:", "|": "|", "]": ")", "*": r"\w*", "#": r"\d{1,4}", ":": r"\s*:", "'": "['’]",
    "’": "['’]", "...": _SAME_SENTENCE,
}  # fmt: skip


class Phrases:
    """Phrases to look for. Most copy holds none of them, which is seen at its words: only where a
    phrase's first word is there, its pattern is tried.

    behind: a pattern for what must follow. capitals: only in capitals.
    """

    def __init__(self, listed: Iterable[str], *, behind: str = "", capitals: bool = False) -> None:
        listed = list(listed)
        self._pattern = re.compile(
            f"(?:{phrases(listed, capitals=capitals)}){behind}", 0 if capitals else re.IGNORECASE
        )
        firsts = {first for phrase in listed for first in _firsts(phrase)}
        self._words = frozenset(first for first in firsts if not first.endswith("*"))
        self._beginnings = tuple(first[:-1] for first in firsts if first.endswith("*"))

    def match(self, text: str, at: int, word: str) -> re.Match[str] | None:
        """One that stands there, where this word (in capitals) begins."""
        return self._pattern.match(text, at) if self.may_begin(word) else None

    def search(self, text: str) -> re.Match[str] | None:
        """The first one anywhere."""
        words = _WORD.findall(text.upper())
        there = not self._words.isdisjoint(words) or (
            self._beginnings and any(word.startswith(self._beginnings) for word in words)
        )
        return self._pattern.search(text) if there else None

    def may_begin(self, word: str) -> bool:
        """Whether one begins with this word, which is in capitals."""
        return word in self._words or word.startswith(self._beginnings)


_WORD = re.compile(r"\w+")
_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_VARIANTS_MOST = 500


def _variants(phrase: str) -> list[str]:
    """A phrase once for each choice within its brackets; a few more than are allowed at most."""
    pending, whole = [phrase], list[str]()
    while pending and len(whole) <= _VARIANTS_MOST:
        choice = _INNERMOST.search(pending[-1])
        one = pending.pop()
        if choice is None:
            whole.append(one)
        else:
            told = choice[1].split("|")
            pending += [one[: choice.start()] + part + one[choice.end() :] for part in told]
    return whole


def _firsts(phrase: str) -> Iterator[str]:
    """The first words of a phrase, in capitals, however spelt; ``*`` behind a beginning."""
    for variant in _variants(phrase.removeprefix("^")):
        first = _WORD.search(variant)
        if first:
            more = variant[first.end() : first.end() + 1] == "*"
            for spelt in spellings(first[0].upper()):
                yield spelt + "*" * more


def _not_plain(word: str) -> str | None:
    """What a plain word should be, None where it is one."""
    plain = re.search(r"\w", word) and not re.search(r"[\[\]|*#^]", word)
    return None if plain and len(word) <= _LONGEST_WORD else "plain words, without signs"


def _wrong(phrase: str) -> str | None:
    """What a phrase should be, None where it is well written."""
    if not re.search(r"\w", phrase) or len(phrase) > _LONGEST_PHRASE:
        return f"words, {_LONGEST_PHRASE} letters at most"
    depth = 0
    for at, letter in enumerate(phrase):
        depth += (letter == "[") - (letter == "]")
        if depth < 0 or (letter == "|" and depth == 0):
            return "brackets in pairs, and | only within"
        if letter == "*" and not re.match(r"\w\*(?:[\s|\]]|\Z)", phrase[at - 1 : at + 2] or "*"):
            return "* only at the end of a word"
    if depth:
        return "brackets in pairs, and | only within"
    if phrase.count("...") > 1:
        return "... only once"
    variants = _variants(phrase)
    if len(variants) > _VARIANTS_MOST:
        return f"{_VARIANTS_MOST} variants at most"
    if not all(re.match(r"\^?\s*\w", variant) for variant in variants):
        return "a letter or a figure at its beginning"
    return None
