"""How else a name is written: in other languages, in other transliterations, as an acronym.

An editor types ``Selenskyj``, and the article says Zelenskyy. What else its names are known as
(``spellings.txt`` beside this module, made of the processors' tables by
``models/recipe/spellings.py``) is searched with an article's text, and shown nowhere.

Of persons the canonical forms count, and the surname of all others; of places single words, and
canonical forms in the languages that are not the article's; of organisations single words only:
*Union* would else find whatever speaks of the EU. Abbreviations with a full stop count nowhere.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

import msgspec

#: of the canonical forms in a line
_LANGUAGES = ("de", "en", "fr")
_WORD = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*\.?")


class _Known(msgspec.Struct, frozen=True):
    """canonical: in `_LANGUAGES`. others: all further forms."""

    canonical: tuple[str, ...]
    others: tuple[str, ...]


@lru_cache(maxsize=20_000)
def spellings(kind: str, name: str, language: str | None) -> tuple[str, ...]:
    """Words that a name is also searched by, each once; none of a name that is not known.

    kind: ``person``, ``organisation`` or ``place``. name: canonical, in any of the three languages.
    language: primary tag of the article's.
    """
    known = _table().get((kind, name))
    if known is None:
        return ()
    words: dict[str, None] = {}
    for language_, form in zip(_LANGUAGES, known.canonical, strict=True):
        if kind == "person" or (kind == "place" and language_ != language):
            words |= dict.fromkeys(_WORD.findall(form))
    for form in (*known.canonical, *known.others):
        found = _WORD.findall(form)
        if len(found) == 1 or kind == "person":
            words |= dict.fromkeys(found[-1:])
    return tuple(word for word in words if _counts(word))


def written(kind: str, name: str) -> tuple[str, ...]:
    """All forms under which a name is known, itself first; those of one word where it is one, else
    those of several, so that nobody else's first name or surname is found by a whole name.

    kind: as above. name: in any known form, case, with or without accents.
    """
    known = _forms().get((kind, _key(name)))
    if known is None:
        return (name,)
    whole = " " in name.strip()
    forms = (form for form in (*known.canonical, *known.others) if (" " in form) == whole)
    same = (form for form in forms if _forms().get((kind, _key(form))) == known)
    return tuple(dict.fromkeys([name, *same]))


def _key(name: str) -> str:
    bare = unicodedata.normalize("NFKD", " ".join(name.casefold().split()))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


@cache
def _forms() -> dict[tuple[str, str], _Known | None]:
    """By each of their forms; None where that may be several."""
    forms: dict[tuple[str, str], _Known | None] = {}
    for kind, known in _lines():
        for key in {_key(form) for form in (*known.canonical, *known.others)}:
            forms[kind, key] = None if (kind, key) in forms else known
    return forms


def _counts(word: str) -> bool:
    """Not the small words within a name (``von``, ``of``), nor ``Man.`` for Manitoba."""
    return len(word) > 1 and not word.islower() and "." not in word


@cache
def _table() -> dict[tuple[str, str], _Known]:
    known: dict[tuple[str, str], _Known] = {}
    several: set[tuple[str, str]] = set()
    for kind, one in _lines():
        for name in dict.fromkeys(one.canonical):
            if (kind, name) in known:
                several.add((kind, name))  # Georgia is two
            known[kind, name] = one
    return {key: one for key, one in known.items() if key not in several}


def _lines() -> Iterator[tuple[str, _Known]]:
    for line in files("sinks").joinpath("spellings.txt").read_text("utf-8").splitlines():
        kind, canonical, others = line.split("\t")
        yield kind, _Known(tuple(canonical.split("|")), tuple(filter(None, others.split("|"))))
