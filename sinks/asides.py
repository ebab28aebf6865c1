"""Words that are searched at a place of a text, and are not shown there.

Behind *Truppenentsendung* its parts, behind *U.S.* the bare letters, behind *Lehrer:innen* both
words that it stands for, behind *Köln* in English what it is without umlauts: each between `OPEN`
and `CLOSE`, which are private-use characters. No wire copy holds those, and analyzers pass over
them; so the words are found at their place, no analyzer has to know of it, and whoever shows a
passage takes them out again (`without`). Why the analyzers do not do it: docs/decisions/0013.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set
from functools import lru_cache
from typing import NamedTuple

from sinks.compounds import parts

OPEN, CLOSE = "\ue003", "\ue004"
#: Letters of a word at most: more are no word (or several, of a script without spaces), compounds
#: are cut in the square of them, and words are kept.
_LONGEST = 100
#: words kept of each kind: some 20 MB at most
_KEPT = 50_000
#: a control character, which no text of an article holds
_BETWEEN = "\x1f"

# Both begin with a set of letters: Python skips to those, which is five times as fast.
#: an acronym with its full stops; of German, whose analyzer knows umlauts, long nouns, and those
#: that name women and men at once, with a sign between or a capital within
_GERMAN = re.compile(
    r"([A-ZÄÖÜ](?:[a-zäöüß]+(?:(?:[:*_]|/-?)in(?:nen)?|In(?:nen)?)(?![A-ZÄÖÜa-zäöüß])"
    r"|[A-ZÄÖÜa-zäöüß]{6,}|\.(?:[A-ZÄÖÜ]\.)+))"
)
_BOTH = re.compile(r"(\w[a-zäöüß]+)(?:[:*_]|/-?|(?=I))([iI]n(?:nen)?)")
#: Else what has an umlaut, or two vowels that may be one, and may be a name: in small letters
#: nobody writes an umlaut as two.
_OTHER = re.compile(
    r"([A-ZÀ-ÖØ-Þ](?:\.(?:[A-ZÀ-ÖØ-Þ]\.)+|(?<=[ÄÖÜÅØÆ])\w+|[a-z]*(?:[äöüåøæ]|(?<=[AOUaou])e)\w*))"
)
_SPELT = {"ä": "ae", "æ": "ae", "ö": "oe", "ø": "oe", "ü": "ue", "å": "aa"}
_SPELT |= {short.upper(): long.capitalize() for short, long in _SPELT.items()}
_UMLAUT = re.compile("|".join(_SPELT))
_LONG = re.compile("([aouAOU])e")
#: a word (both of its parts, where there is a sign between) and its aside
_ASIDE = re.compile(rf"((?:\w+(?:[:*]|/-?)(?=in))?[\w.]*){OPEN}([^{OPEN}{CLOSE}]*)(?:{CLOSE}|\Z)")


def aside(words: Iterable[str]) -> str:
    """Words as they are put into a text."""
    return f"{OPEN}{' '.join(words)}{CLOSE}"


def with_asides(texts: Iterable[str], language: str, whole: Set[str]) -> list[str]:
    """Texts with what their words are also found by.

    language: the field of ``text`` that they will lie in. whole: words of names of persons and
    places, in small letters: they are no compounds, and may have lost an umlaut (``Mueller``).
    """
    german = language == "de"
    also = _german if german else _other
    # All at once: a call for each of the many short ones takes longer than their text.
    pieces = (_GERMAN if german else _OTHER).split(_BETWEEN.join(texts))
    for at in range(1, len(pieces), 2):
        if len(pieces[at]) > _LONGEST:
            continue
        found = also(pieces[at])
        if found is not None and found.holds(whole):
            pieces[at] = found.written
    return "".join(pieces).split(_BETWEEN)


class _Also(NamedTuple):
    """What a word is also found by: as it is ``written``, with its aside; if it is the name of a
    person or a place, if it is none, or (None) whatever it is. names: what it is such a name by."""

    written: str
    if_name: bool | None
    names: tuple[str, str]

    def holds(self, whole: Set[str]) -> bool:
        return self.if_name is None or self.if_name != whole.isdisjoint(self.names)


def _also(word: str, words: Iterable[str], *, if_name: bool | None) -> _Also:
    small = word.lower()
    return _Also(word + aside(words), if_name, (small, small.removesuffix("s")))


# Copy repeats its words: most are looked up.
@lru_cache(maxsize=_KEPT)
def _german(word: str) -> _Also | None:
    if word[1] == ".":
        return _also(word, [word.replace(".", "")], if_name=None)
    if both := _BOTH.fullmatch(word):
        return _also(word, [both[1], both[1] + both[2].lower()], if_name=None)
    words = parts(word)
    return _also(word, words, if_name=False) if words else None


@lru_cache(maxsize=_KEPT)
def _other(word: str) -> _Also:
    if word[1] == ".":
        return _also(word, [word.replace(".", "")], if_name=None)
    if (spelt := without_umlauts(word)) != word:
        return _also(word, [spelt], if_name=None)
    return _also(word, [_LONG.sub(r"\1", word)], if_name=True)


def without_umlauts(word: str) -> str:
    """``Koeln``, ``Aalborg``, ``Koebenhavn``."""
    return _UMLAUT.sub(lambda umlaut: _SPELT[umlaut[0]], word)


def without(passage: str, mark: Callable[[str], str], marked: str) -> str:
    """A passage as it is shown.

    mark: puts marks around a word, which stand where a word of its aside was found. marked: what
    a mark begins with. A passage may begin or end within an aside.
    """
    opened, closed = passage.find(OPEN), passage.find(CLOSE)
    if closed >= 0 and not 0 <= opened < closed:
        passage = passage[closed + 1 :]

    def shown(found: re.Match[str]) -> str:
        return mark(found[1]) if found[1] and marked in found[2] else found[1]

    return _ASIDE.sub(shown, passage).strip()
