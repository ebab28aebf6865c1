"""Compounds: ``Merkel-Regierung`` counts for Merkel, whatever the recogniser took it for.

A compound counts for the longest name that it begins with and that stands in the article by itself,
or for a known acronym (``UN-Sicherheitsrat``). Names that have a hyphen stay names:
``Müller-Westernhagen``, ``Berlin-Mitte``, ``EU-Kommission``. German hangs nouns onto names, English
words in small letters (``Trump-backed``).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

import msgspec

from dateline.article import Article
from processors import citing
from processors.known import folded, known

#: the words around names, which ``names.toml`` explains
TEXT = files("processors").joinpath("names.toml").read_text("utf-8")
WORDS = {name: frozenset(words.split()) for name, words in tomllib.loads(TEXT).items()}
_HEADS = tuple(WORDS["heads"])
#: the first word is bounded, since each letter before a dot may begin one
_COMPOUND = re.compile(r"(?<![\w/-])[^\W\d_][\w.&]{0,40}(?:[-\u2010\u2011]\w+)+(?![\w/-])")
HYPHEN = re.compile(r"[-\u2010\u2011]")
#: parts of a name at the beginning of a compound; a word of a thousand hyphens is no name
_MOST_PARTS = 8
_LAST_WORD = re.compile(r"([^\W\d_]+)\s+\Z")
#: agencies that write themselves in small letters
_LOWER = frozenset({"dpa", "epd", "taz", "awp", "dts", "ots"})


class Mention(msgspec.Struct, frozen=True):
    """A mention as names are merged from it. cited: it only says where something was heard.
    counts: not, if an editor has said that it is never a name."""

    text: str
    label: str
    cited: bool = False
    counts: bool = True


class Base:
    """The names of an article that a compound may begin with, and their labels."""

    def __init__(
        self, mentions: Iterable[Mention], language: str | None, clean: Callable[[str, str], str]
    ) -> None:
        """clean: of a mention's text and label, the name without what is no part of it."""
        self._language = language
        self._labels: dict[str, str] = {}
        self._german = language == "de"
        surnames: list[str] = []
        for mention in mentions:
            text = clean(mention.text, mention.label)
            self._add(text, mention.label)
            if mention.label == "PER" and " " in text:
                surnames.append(text.rpartition(" ")[2])
        # Behind what stands there by itself: 'UN-Sicherheitsrat' is nobody's, 'Kim Jong Un' or not.
        self._surnames: dict[str, str] = {}
        for surname in surnames:
            if folded(surname) not in self._labels:
                self._surnames[folded(surname)] = surname
                self._add(surname, "PER")

    def _add(self, text: str, label: str) -> None:
        key = folded(text)
        self._labels.setdefault(key, label)
        if self._german and key.endswith("s"):
            self._labels.setdefault(key[:-1], label)

    def of_mention(self, text: str, label: str) -> list[Mention] | None:
        """What a compound counts for that the recogniser took for a name; None: for itself."""
        organisations = known().organisation
        if organisations.full(text, self._language) is not None:
            return None
        if " " in text:
            *before, tail = HYPHEN.split(text)
            name = "-".join(before)
            whole = _is_head(tail) and self._labels.get(folded(name)) == label == "PER"
            return [Mention(name, label)] if whole else None
        parts = _parts(text)
        tail = parts[-1]
        if len(parts) < 2:
            found = self._found(parts[0])
            return None if found is None else [self._mention(parts[0], found, tail)]
        if _is_head(tail):
            heads = self._heads(parts)
            if heads:
                return heads
            name = "-".join(parts[:-1])
            if label == "PER":
                return [Mention(name, "PER")]
        if label != "PER" and self._is_acronym(parts[0]):
            return [self._mention(parts[0], "ORG", tail)]
        return None

    def of_word(self, text: str, before: str) -> list[Mention]:
        """What a compound counts for that the recogniser passed over. before: what stands there."""
        if known().organisation.full(text, self._language) is not None:
            return [Mention(text, "ORG")]
        parts = _parts(text)
        tail = parts[-1]
        if len(parts) < 2:
            found = self._found(parts[0])
            return [] if found is None else [self._mention(parts[0], found, tail)]
        if self._german or tail[0].islower():
            heads = self._heads(parts)
        else:
            # 'the Trump-Putin summit': two who are named by themselves
            heads = [
                Mention(part, "PER") for part in parts if self._labels.get(folded(part)) == "PER"
            ]
            return heads if len(heads) == len(parts) else []
        if not heads and self._is_acronym(parts[0]):
            heads = [self._mention(parts[0], "ORG", tail)]
        if not heads or heads[0].label == "ORG" or not tail[0].isupper() or _is_head(tail):
            return heads
        word = _LAST_WORD.search(before)
        return heads if word and word[1].casefold() in WORDS["determiners"] else []

    def _heads(self, parts: Sequence[str]) -> list[Mention]:
        """The name at the beginning, the longest there is; of persons, others behind it, too."""
        for size in range(min(len(parts) - 1, _MOST_PARTS), 0, -1):
            name = "-".join(parts[:size])
            label = self._found(name)
            if label is None and _is_head(parts[-1]) and known().person.alone(name) is not None:
                label = "PER"
            if label is None:
                continue
            more = [
                Mention(part, "PER")
                for part in parts[size:-1]
                if label == "PER" and self._labels.get(folded(part)) == "PER"
            ]
            return [self._mention(name, label, parts[-1]), *more]
        return []

    def _mention(self, name: str, label: str, tail: str) -> Mention:
        """In ``dpa-Informationen`` an agency is cited, in ``dpa-Chef`` it is not."""
        return Mention(
            name, label, label == "ORG" and tail in citing.patterns(self._language).nouns
        )

    def _found(self, name: str) -> str | None:
        surname = self._surnames.get(folded(name))
        if surname is not None and name.isupper() and not surname.isupper():
            return None
        return self._labels.get(folded(name)) if name[:1].isupper() or name in _LOWER else None

    def _is_acronym(self, name: str) -> bool:
        entry = known().organisation.full(name, self._language)
        if entry is None or len(name) < 2:
            return False
        return (
            name[1:] != name[1:].lower()
            or name.casefold() in WORDS["compounding"]
            or any(form == name.upper() and form != name for form, _ in entry.forms())
        )


@lru_cache(maxsize=10_000)
def _parts(text: str) -> tuple[str, ...]:
    """A compound's parts, without ``pro``, ``Anti`` and the like before them."""
    parts = HYPHEN.split(text)
    while len(parts) > 1 and parts[0].casefold() in WORDS["prefixes"]:
        parts = parts[1:]
    return tuple(parts)


@lru_cache(maxsize=10_000)
def _is_head(word: str) -> bool:
    """Whether a compound's last part is a noun that no name ends with."""
    return word.casefold().endswith(_HEADS)


def unlabelled(article: Article, base: Base) -> Iterator[Mention]:
    """What the compounds hold that are in no entity."""
    for field in ("headline", "body_text"):
        text: str = getattr(article, field) or ""
        if "-" not in text and "\u2011" not in text and "\u2010" not in text:
            continue
        taken = sorted((e.start, e.end) for e in article.entities if e.field == field)
        at = 0
        for word in _COMPOUND.finditer(text):
            while at < len(taken) and taken[at][1] <= word.start():
                at += 1
            if at < len(taken) and taken[at][0] < word.end():
                continue
            yield from base.of_word(word[0], text[max(0, word.start() - 20) : word.start()])
