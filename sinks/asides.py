"""Words that are searched at a place of a text, and are not shown there.

Behind *Truppenentsendung* its parts, behind *U.S.* the bare letters, behind *Köln* in English what
it is without umlauts: each between `OPEN` and `CLOSE`, which are private-use characters. No wire
copy holds those, and analyzers pass over them; so the words are found at their place, no analyzer
has to know of it, and whoever shows a passage takes them out again (`without`). Why the analyzers
do not do it: docs/decisions/0013.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Set

from sinks.compounds import parts

OPEN, CLOSE = "\ue003", "\ue004"
#: a control character, which no text of an article holds
_BETWEEN = "\x1f"

# Both begin with a set of letters: Python skips to those, which is five times as fast.
#: an acronym with its full stops; of German, whose analyzer knows umlauts, long nouns
_GERMAN = re.compile(r"[A-ZÄÖÜ](?:[A-ZÄÖÜa-zäöüß]{6,}|\.(?:[A-ZÄÖÜ]\.)+)")
#: Else what has an umlaut, or two vowels that may be one, and may be a name: in small letters
#: nobody writes an umlaut as two.
_OTHER = re.compile(
    r"[A-ZÀ-ÖØ-Þ](?:\.(?:[A-ZÀ-ÖØ-Þ]\.)+|(?<=[ÄÖÜÅØÆ])\w+|[a-z]*(?:[äöüåøæ]|(?<=[AOUaou])e)\w*)"
)
_SPELT = {"ä": "ae", "æ": "ae", "ö": "oe", "ø": "oe", "ü": "ue", "å": "aa"}
_SPELT |= {short.upper(): long.capitalize() for short, long in _SPELT.items()}
_UMLAUT = re.compile("|".join(_SPELT))
_LONG = re.compile("([aouAOU])e")
_ASIDE = re.compile(rf"([\w.]*){OPEN}([^{OPEN}{CLOSE}]*)(?:{CLOSE}|\Z)")


def aside(words: Iterable[str]) -> str:
    """Words as they are put into a text."""
    return f"{OPEN}{' '.join(words)}{CLOSE}"


def with_asides(texts: Iterable[str], language: str, whole: Set[str]) -> list[str]:
    """Texts with what their words are also found by.

    language: the field of ``text`` that they will lie in. whole: words of names of persons and
    places, in small letters: they are no compounds, and may have lost an umlaut (``Mueller``).
    """
    german = language == "de"

    def add(found: re.Match[str]) -> str:
        word = found[0]
        if word[1] == ".":
            words: tuple[str, ...] = (word.replace(".", ""),)
        elif german:
            words = parts(word)
            if not words or _is_name(word, whole):
                return word
        elif (spelt := without_umlauts(word)) != word:
            words = (spelt,)
        elif _is_name(word, whole):
            words = (_LONG.sub(r"\1", word),)
        else:
            return word
        return f"{word}{OPEN}{' '.join(words)}{CLOSE}"

    # All at once: a call for each of the many short ones takes longer than their text.
    joined = _BETWEEN.join(texts)
    return (_GERMAN if german else _OTHER).sub(add, joined).split(_BETWEEN)


def without_umlauts(word: str) -> str:
    """``Koeln``, ``Aalborg``, ``Koebenhavn``."""
    return _UMLAUT.sub(lambda umlaut: _SPELT[umlaut[0]], word)


def _is_name(word: str, whole: Set[str]) -> bool:
    small = word.lower()
    return small in whole or small.removesuffix("s") in whole


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
