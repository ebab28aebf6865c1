"""German compounds, so that their parts find them: ``Entsendung`` finds *Truppenentsendung*.

A compound is cut where its parts are nouns that are frequent enough beside the compound itself
(Koehn and Knight 2003: the geometric mean of the parts' frequencies against the whole's); the last
one may be inflected, those before it have what German puts in between (``Friedens-``, ``Schul-``).
The nouns are data, ``nouns.txt.gz`` beside this module, which ``models/recipe/nouns.py`` makes.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

#: shortest compound, and shortest part, in letters
_WHOLE, _PART = 7, 2
#: shorter nouns are mostly chance
_LONG = 4
#: but for those that compounds are made of, and those that they end with
_SHORT = frozenset(
    "amt arm art bad bau bus eis erz gas hof öl ort rat see tee tor uni wal weg zoo zug".split()
)
_SHORT_LAST = frozenset("amt bad bau bus hof rat tor weg zoo zug".split())
#: what is no noun, but stands before many
_BEFORE = frozenset(
    """
    atom aussen doppel ersatz extra fach gesamt gross grund haupt höchst hoch impf innen klein
    mindest national nord ost sonder sozial spitzen süd vize west zentral
    """.split()
)
#: What ends a word mostly without being a noun in it: names of countries, towns and days, and what
#: words are derived with. `Land` finds *Deutschland* no more than `Tag` finds *Montag*.
_ENDINGS = frozenset(
    """
    amen annien bach berg bergen britannien burg burger dienst dorf ecken egger eile ente enten erin
    feld frau furt gartner gärtner halt heim heit ionen keit land landes lands lich lichen lings
    logen maier mann meier meyer nation nationen rate raten reich reiche reichs rinnen rungen schaft
    stein tag tage tagen teil teile teils tum ung
    """.split()
)
#: of an inflected last part, and between parts
_INFLECTED = ("s", "n", "en", "es", "e", "er", "ern")
_BETWEEN = ("s", "es", "n", "en", "e", "er")
#: frequencies, as logarithms: of what is in no table; of `_BEFORE`; how much rarer than the whole
#: the parts may be; what each further part, an ending and a lost ``e`` cost
_UNKNOWN, _COMMON, _RARER = -17.75, -10.0, 3.0
_FURTHER, _INFLECTION, _LINK, _LOST = 0.6, 0.5, 0.3, 0.7
#: parts of one compound, at most
_PARTS = 4
#: umlauts as ASCII
_ASCII = {"ae": "ä", "oe": "ö", "ue": "ü"}
_SPELT = re.compile("|".join(_ASCII))


def parts(word: str) -> tuple[str, ...]:
    """What a German noun is also found by, as it is written there; nothing if it is no compound.

    Of three parts and more, all but the first and all but the last as well.
    """
    pieces, at = [], 0
    for length in _lengths(word):
        pieces.append(word[at : at + length])
        at += length
    if len(pieces) > 2:
        pieces += ["".join(pieces[1:]), "".join(pieces[:-1])]
    return tuple(pieces)


def _lengths(word: str) -> list[int]:
    """Of the parts as they are written; umlauts may be: ``Aussenpolitik``, ``Kraeftespiel``."""
    for spelt in (_ASCII, {}):
        letters = _letters(word.lower(), spelt)
        parts = parts_of("".join(letter for letter, _ in letters))
        if not parts:
            continue
        lengths, at = [], 0
        for part in parts:
            lengths.append(sum(length for _, length in letters[at : at + len(part)]))
            at += len(part)
        return lengths
    return []


def _letters(word: str, spelt: dict[str, str]) -> list[tuple[str, int]]:
    """Letters as the table has them, each with its length in the word."""
    if not spelt:
        return list(_sharp(word))
    letters: list[tuple[str, int]] = []
    at = 0
    for found in _SPELT.finditer(word):
        letters += _sharp(word[at : found.start()])
        letters.append((spelt[found[0]], 2))
        at = found.end()
    if not at:
        return []
    return [*letters, *_sharp(word[at:])]


def _sharp(word: str) -> Iterator[tuple[str, int]]:
    for letter in word:
        if letter == "ß":
            yield from (("s", 1), ("s", 0))
        else:
            yield letter, 1


def parts_of(word: str) -> list[str]:
    """The parts of a word in small letters with ``ss`` for ``ß``; none where it is no compound."""
    nouns = _nouns()
    best: tuple[float, list[str]] = (nouns.get(word, _UNKNOWN) - _RARER, [])
    if len(word) < _WHOLE:
        return []
    begun: list[tuple[int, float, list[str]]] = [(0, 0.0, [])]
    while begun:
        at, total, parts = begun.pop()
        if parts and len(word) - at > _PART:
            last = _last(word[at:])
            score = 0.0 if last is None else (total + last) / (len(parts) + 1)
            score -= _FURTHER * (len(parts) - 1)
            if last is not None and score > best[0]:
                best = (score, [*parts, word[at:]])
        if len(parts) == _PARTS - 1:
            continue
        for end in range(at + _PART, len(word) - _PART):
            before = _before(word[at:end])
            if before is not None:
                begun.append((end, total + before, [*parts, word[at:end]]))
    return best[1]


def _noun(word: str) -> float | None:
    return _nouns().get(word) if len(word) >= _LONG or word in _SHORT else None


@lru_cache(maxsize=50_000)
def _last(word: str) -> float | None:
    if word in _ENDINGS or (len(word) < _LONG and word not in _SHORT_LAST):
        return None
    known = _noun(word)
    if known is not None:
        return known
    for ending in _INFLECTED:
        if word.endswith(ending) and len(word) - len(ending) >= _LONG:
            known = _noun(word.removesuffix(ending))
            if known is not None:
                return known - _INFLECTION
    return None


@lru_cache(maxsize=50_000)
def _before(word: str) -> float | None:
    if word in _BEFORE:
        return _COMMON
    found = [known] if (known := _noun(word)) is not None else []
    for link in _BETWEEN:
        if word.endswith(link) and len(word) - len(link) >= _LONG:
            known = _noun(word.removesuffix(link))
            if known is not None:
                found.append(known - _LINK)
    if len(word) >= _LONG and (known := _noun(word + "e")) is not None:
        found.append(known - _LOST)
    return max(found, default=None)


@cache
def _nouns() -> dict[str, float]:
    """Some forty thousand, and the logarithms of their frequencies."""
    data = gzip.decompress(files("sinks").joinpath("nouns.txt.gz").read_bytes()).decode()
    lines = (line.partition(" ") for line in data.splitlines())
    return {word: -int(tenths) / 10 for word, _, tenths in lines}
