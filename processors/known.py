"""Persons and organisations that world news names in many spellings: who is meant, and the one name
that all articles have for them.

The table is data, ``known.toml`` beside this module, which explains it. Nothing is known of a name
that could be another's.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal

import msgspec

Kind = Literal["agency", "outlet"]

_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "\u2011": "-", "\u2010": "-"})
_DOTTED = re.compile(r"\b([^\W\d_])\.")
_SPACES = re.compile(r"[\s\-]+")
_TAGGED = re.compile(r"([a-z]{2}):(.+)")
#: what German adds to an adjective; a name's last word is a noun
_ENDING = re.compile(r"(?<=\w\w\w)(?:e[nrsm]?)(?= )")
#: a shorter name in capitals may be another's: ``FARS``, ``BILD`` are long enough
_CAPITALS_FROM = 4


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person or organisation; see ``known.toml``."""

    en: str
    de: str | None = None
    fr: str | None = None
    also: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    kind: Kind | None = None

    def name(self, language: str) -> str:
        """The one name in ``de``, ``en`` or ``fr``."""
        return {"de": self.de, "fr": self.fr}.get(language) or self.en

    def forms(self) -> Iterator[tuple[str, str | None]]:
        """Each spelling, and the language that it is confined to."""
        for form in (self.en, self.de, self.fr, *self.also):
            if form is not None:
                tagged = _TAGGED.fullmatch(form)
                yield (tagged[2], tagged[1]) if tagged else (form, None)


class Index:
    """Entries by their spellings."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self._full: dict[str, list[tuple[str, str | None, Entry]]] = {}
        self._alone: dict[str, list[tuple[str, str | None, Entry]]] = {}
        self._inflected: dict[str, Entry] = {}
        for entry in entries:
            for form, language in entry.forms():
                self._full.setdefault(folded(form), []).append((form, language, entry))
                if language in (None, "de"):
                    self._inflected.setdefault(uninflected(folded(form)), entry)
            for form in entry.alone:
                self._alone.setdefault(folded(form), []).append((form, None, entry))

    def full(self, text: str, language: str | None = None) -> Entry | None:
        """Who has this full name, or this acronym; language: primary tag of the article's."""
        key = folded(text)
        entry = _meant(self._full.get(key, ()), text, language)
        if entry is None and language == "de" and " " in key:
            entry = self._inflected.get(uninflected(key))
        return entry

    def alone(self, text: str) -> Entry | None:
        """Who is meant by a surname where nobody else has it."""
        return _meant(self._alone.get(folded(text), ()), text, None)


def _meant(
    known: list[tuple[str, str | None, Entry]] | tuple[()], text: str, language: str | None
) -> Entry | None:
    for form, only, entry in known:
        if only is not None and only != language:
            continue
        spelt = text.translate(_APOSTROPHES)
        if " " in form or spelt == form or spelt.replace(".", "") == form.replace(".", ""):
            return entry
        if len(form) >= _CAPITALS_FROM and text == form.upper():
            return entry
    return None


class Known(msgspec.Struct, frozen=True):
    """The table. version: short hash of it."""

    person: Index
    organisation: Index
    version: str


@cache
def known() -> Known:
    """The table that ships."""
    data = files("processors").joinpath("known.toml").read_bytes()
    tables = msgspec.convert(tomllib.loads(data.decode()), dict[str, tuple[Entry, ...]])
    return Known(
        person=Index(tables["person"]),
        organisation=Index(tables["organisation"]),
        version=hashlib.sha256(data).hexdigest()[:12],
    )


@lru_cache(maxsize=20_000)
def folded(text: str) -> str:
    """A name as it is compared: whatever its case, hyphens, apostrophes, an abbreviation's dots."""
    text = unicodedata.normalize("NFC", text).translate(_APOSTROPHES)
    return _SPACES.sub(" ", _DOTTED.sub(r"\1", text)).strip().casefold()


def uninflected(key: str) -> str:
    """A folded German name without its adjectives' endings: ``vereinten nationen`` is
    ``vereint nationen``."""
    return _ENDING.sub("", key)
