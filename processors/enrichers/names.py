"""Names: the mentions of one person, organisation or place, merged within the article.

Wire copy names a person in full once and by surname after; German puts an ``s`` on a genitive.
Merged are, among mentions of one label:

- spellings that differ in case, spaces, hyphens or apostrophes only;
- a genitive with its base form, where the base stands in the same article (``Putins`` with
  ``Putin``), or the ending says so by itself (``Putin's``, ``Grass'``);
- a person's surname, first name or title-and-name with the one full name that holds it
  (``Kim``, ``Machthaber Kim Jong Un``, ``Kim Jong Un``);
- an acronym with what it stands for, where the text says so: ``Vereinte Nationen (UN)``.

A short form that fits two full names is left by itself: wrong is worse than twice. The entities
stay as they are, and so do names that the provider asserts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from dateline.article import FOUND, Article, Entity, Name
from dateline.settings import Settings

#: the article's list for each label; MISC is of too many kinds for one
LISTS = {"PER": "person", "ORG": "organisation", "LOC": "place"}

#: Words before a name that are no part of it. Lower case; the recogniser sometimes takes them in.
TITLES = frozenset(
    """
    herr frau dr prof professor professorin präsident präsidentin kanzler kanzlerin bundeskanzler
    bundeskanzlerin minister ministerin außenminister außenministerin innenminister
    innenministerin finanzminister finanzministerin verteidigungsminister
    verteidigungsministerin ministerpräsident ministerpräsidentin premierminister
    premierministerin premier regierungschef regierungschefin staatschef machthaber papst könig
    königin prinz prinzessin general sprecher sprecherin us-präsident kremlchef trainer
    mr mrs ms sir lord lady president chancellor prime secretary senator governor king queen
    prince princess pope judge justice captain leader
    m mme mlle monsieur madame président présidente ministre roi reine pape général
    """.split()
)
#: particles that belong to the surname
_PARTICLES = frozenset("von van de der den del della di da dos du la le el al bin ibn ben".split())
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "\u2011": "-", "\u2010": "-"})
_ACRONYM = re.compile(r"\s*\((?P<inner>[^()\s]{2,10})\)")
_SPACES = re.compile(r"\s+")
#: acronyms of English names that stand beside the name in another language
_ENGLISH = frozenset({"UN", "UNO", "NATO", "UNHCR", "UNICEF", "UNESCO", "IAEA", "ILO", "FAO"})


class Names:
    """Adds to ``person``, ``organisation`` and ``place`` what the entities say."""

    name = "names"
    version = 1
    after = ("entities",)

    def __init__(self, settings: Settings) -> None:
        pass

    def setup(self, languages: Iterable[str]) -> None:
        pass

    def config(self) -> dict[str, str]:
        return {}

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        return [self._one(article) for article in articles]

    def _one(self, article: Article) -> Article:
        changed: dict[str, list[Name]] = {}
        for label, field in LISTS.items():
            asserted = [n for n in getattr(article, field) if n.creator != FOUND]
            mentions = [e for e in article.entities if e.label == label]
            found = merge(mentions, label, acronyms(article, mentions))
            changed[field] = asserted + [
                Name(name=name, creator=FOUND, count=count) for name, count in found
            ]
        return msgspec.structs.replace(article, **changed)


def merge(
    mentions: Sequence[Entity], label: str, joined: Iterable[tuple[str, str]] = ()
) -> list[tuple[str, int]]:
    """(name, mentions) of each thing named, most often named first, then as they appear.

    joined: (short, long) forms that the text itself says are one.
    """
    counts: Counter[str] = Counter()
    shown: dict[str, Counter[str]] = {}
    for mention in mentions:
        text = _clean(mention.text, label)
        key = _key(text)
        if not key:
            continue
        counts[key] += 1
        shown.setdefault(key, Counter())[text] += 1
    if not counts:
        return []
    into = _genitives(counts)
    for short, long in joined:
        a, b = _key(_clean(short, label)), _key(_clean(long, label))
        if a in counts and b in counts and a != b:
            _join(into, a, b)
    if label == "PER":
        _persons(counts, into)
    total: dict[str, int] = {}
    for key, count in counts.items():
        root = _root(into, key)
        total[root] = total.get(root, 0) + count
    order = {key: at for at, key in enumerate(counts)}
    ranked = sorted(total, key=lambda key: (-total[key], order[key]))
    return [(_shown(shown[key]), total[key]) for key in ranked]


def acronyms(article: Article, mentions: Iterable[Entity]) -> list[tuple[str, str]]:
    """(acronym, expansion) where a mention is followed by one in brackets.

    ``Europäische Zentralbank (EZB)`` counts as the letters are in the words, in order, and
    ``Vereinte Nationen (UN)`` as one of those that no language but English spells out;
    ``Bayern München (GER)`` says something else.
    """
    pairs: list[tuple[str, str]] = []
    for mention in mentions:
        field = getattr(article, mention.field) or ""
        match = _ACRONYM.match(field, mention.end)
        if match and _abbreviates(match["inner"], mention.text):
            pairs.append((match["inner"], mention.text))
        else:
            # the recogniser may have taken the brackets in
            whole, _, inner = mention.text.rpartition(" (")
            if inner.endswith(")") and _abbreviates(inner[:-1], whole):
                pairs.append((inner[:-1], mention.text))
    return pairs


def _abbreviates(short: str, long: str) -> bool:
    if sum(char.isupper() for char in short) < 2:
        return False
    if short in _ENGLISH:
        return True
    letters = iter(long.casefold())
    return long[:1].casefold() == short[:1].casefold() and all(
        char in letters for char in short.casefold() if char.isalnum()
    )


def _clean(text: str, label: str) -> str:
    """As shown: one line, no quotation marks around, no genitive apostrophe, no title."""
    text = _SPACES.sub(" ", text.translate(_APOSTROPHES)).strip(" \"'»«„“”‚›‹,.;:()[]-–")
    if text.endswith("'s"):
        text = text[:-2]
    if label == "PER":
        words = text.split(" ")
        while len(words) > 1 and words[0].casefold().rstrip(".") in TITLES:
            words = words[1:]
        text = " ".join(words)
    return text


def _key(text: str) -> str:
    return _SPACES.sub(" ", text.replace("-", " ")).strip().casefold()


def _genitives(counts: Counter[str]) -> dict[str, str]:
    """``putins`` into ``putin`` where both stand; ``nordkoreas`` too. ``paris`` stays: there
    is no ``pari``. Also ``grass`` out of ``grass'``, whose apostrophe `_clean` took off."""
    into: dict[str, str] = {}
    words = {word for key in counts for word in key.split(" ")}
    for key in counts:
        if not key.endswith("s") or len(key) < 4:
            continue
        base = key[:-1].rstrip("'")
        if base in counts:
            into[key] = base
        elif " " not in key and base in words:
            # 'Putins' beside 'Wladimir Putin' only: as good as 'Putin'
            holders = [other for other in counts if other.split(" ")[-1] == base]
            if len(holders) == 1:
                into[key] = holders[0]
        elif " " in key and base.split(" ")[-1] in counts:
            # 'Wladimir Putins' beside 'Putin' only: the base form is not in the text
            into[base.split(" ")[-1]] = key
    return into


def _persons(counts: Counter[str], into: dict[str, str]) -> None:
    """A part of a name into the one longest name of the article that holds it."""
    names = [key for key in counts if _root(into, key) == key]
    parts = {key: key.split(" ") for key in names}
    for key in sorted(names, key=lambda k: (len(parts[k]), k)):
        mine = parts[key]
        if len(mine) == 1 and (len(key) < 3 or key in _PARTICLES):
            continue
        holders = [
            other for other in names if len(parts[other]) > len(mine) and _holds(parts[other], mine)
        ]
        # Longer names that hold one another are one person; two that do not are two.
        longest = [
            h for h in holders if not any(o != h and _holds(parts[o], parts[h]) for o in holders)
        ]
        if len(longest) == 1:
            _join(into, key, longest[0])


def _holds(long: Sequence[str], short: Sequence[str]) -> bool:
    """Whether the words stand together at either end: surname or first name, never a middle."""
    size = len(short)
    if size >= len(long):
        return False
    return list(long[-size:]) == list(short) or list(long[:size]) == list(short)


def _join(into: dict[str, str], short: str, long: str) -> None:
    a, b = _root(into, short), _root(into, long)
    if a != b:
        into[a] = b


def _root(into: dict[str, str], key: str) -> str:
    while key in into:
        key = into[key]
    return key


def _shown(forms: Counter[str]) -> str:
    """The most frequent spelling; not the one in capitals if there is another."""
    best = min(forms, key=lambda text: (text.isupper() and len(text) > 5, -forms[text]))
    return unicodedata.normalize("NFC", best)
