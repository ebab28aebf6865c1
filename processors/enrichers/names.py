"""Names: the mentions of one person, organisation or place, merged within the article.

Wire copy names a person in full once and by surname after; German puts an ``s`` on a genitive.
Merged are, among mentions of one label:

- spellings that differ in case, spaces, hyphens, apostrophes or an abbreviation's dots only;
- in German, a genitive with its base form, where the base stands in the same article
  (``Putins`` with ``Putin``); in any language where the ending says so by itself (``Putin's``);
- a person's surname, first name or title-and-name with the one full name that holds it
  (``Kim``, ``Machthaber Kim Jong Un``, ``Kim Jong Un``);
- an acronym with what it stands for, where the text says so: ``Vereinte Nationen (UN)``.

Who reigns goes by a first name, so such a title stays: ``Prinz Harry`` is not Harry Kane.
A short form that fits two full names is left by itself: wrong is worse than twice. The entities
stay as they are, and so do names that the provider asserts.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

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
    premierministerin premier regierungschef regierungschefin staatschef machthaber general
    sprecher sprecherin us-präsident kremlchef trainer
    mr mrs ms sir lord lady president chancellor prime secretary senator governor judge justice
    captain leader
    m mme mlle monsieur madame président présidente ministre général
    """.split()
)
#: Titles of those who are known by their first names: a part of the name, not of a surname's.
REIGNING = frozenset(
    """
    papst könig königin kaiser kaiserin prinz prinzessin kronprinz kronprinzessin
    pope king queen emperor prince princess
    pape roi reine prince princesse
    """.split()
)
_ARTICLES = frozenset("der die das the".split())
#: particles that belong to the surname
_PARTICLES = frozenset("von van de der den del della di da dos du la le el al bin ibn ben".split())
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "\u2011": "-", "\u2010": "-"})
_ACRONYM = re.compile(r"\s*\((?P<inner>[^()\s]{2,10})\)")
_SPACES = re.compile(r"\s+")
#: ``U.S.``, ``Washington D.C.``: the last dot belongs to the name
_ABBREVIATED = re.compile(r"(?:^|[\s.])[^\W\d_]\.$")
#: ``Merz' Sprecher``: the recogniser took in what is the person's
_OWNED = re.compile(r"(?<=[sxzß])' |'s ")
_DOTTED = re.compile(r"\b([^\W\d_])\.")
_MARKS = " \"'»«„“”‚›‹,;:()[]-–"
_NUMERAL = re.compile(r"[ivx]+")
_WORD_BEFORE = re.compile(r"(\w+) \Z")
_NOUN_AFTER = re.compile(r" [^\W\d_][^\W\d_]")
#: words of a name that are looked at from either end; more is a recogniser's slip
_LONGEST = 8
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
            pairs = acronyms(article, mentions)
            owners = None
            if (article.language or "").split("-")[0] == "de":
                owners = {_key(_clean(e.text, label)) for e in mentions if _owns(article, e)}
            if label == "PER":
                mentions = [_with_title(article, e) for e in mentions]
            found = merge(mentions, label, pairs, owners)
            changed[field] = asserted + [
                Name(name=name, creator=FOUND, count=count) for name, count in found
            ]
        return msgspec.structs.replace(article, **changed)


def merge(
    mentions: Sequence[Entity],
    label: str,
    joined: Iterable[tuple[str, str]] = (),
    owners: Collection[str] | None = None,
) -> list[tuple[str, int]]:
    """(name, mentions) of each thing named, most often named first, then as they appear.

    joined: (short, long) forms that the text itself says are one. owners: in German, the names
    (folded) that a noun follows, which may be genitives; None in a language without them.
    """
    counts: Counter[str] = Counter()
    shown: dict[str, Counter[str]] = {}
    for mention in mentions:
        text = _clean(mention.text, label)
        key = _key(text)
        if not key or (label != "ORG" and not any(map(str.isalpha, key))):
            continue
        counts[key] += 1
        shown.setdefault(key, Counter())[text] += 1
    into: dict[str, str] = {}
    if owners is not None:
        into = _genitives(counts, shown, owners, persons=label == "PER")
    for short, long in joined:
        a, b = _key(_clean(short, label)), _key(_clean(long, label))
        if a in counts and b in counts and a != b:
            _join(into, a, b)
    if label == "PER":
        _persons(counts, into)
        # unless somebody is called so: Aaron Judge
        for key in [key for key in counts if key not in into and _names_nobody(key)]:
            del counts[key]
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


def _with_title(article: Article, mention: Entity) -> Entity:
    """The mention with the title before it, where that is a part of the name."""
    field = getattr(article, mention.field) or ""
    before = _WORD_BEFORE.search(field, max(0, mention.start - 20), mention.start)
    if before is None or before[1].casefold() not in REIGNING:
        return mention
    title = before[1][:1].upper() + before[1][1:]
    return msgspec.structs.replace(mention, text=f"{title} {mention.text}")


def _owns(article: Article, mention: Entity) -> bool:
    """Whether a noun follows: ``Wladimir Putins Rede``, not ``Serena Williams gewann``."""
    after = _NOUN_AFTER.match(getattr(article, mention.field) or "", mention.end)
    return after is not None and after[0][1].isupper() and after[0][2].islower()


def _clean(text: str, label: str) -> str:
    """As shown: one line, no quotation marks around, no genitive apostrophe, no title."""
    text = _SPACES.sub(" ", text.translate(_APOSTROPHES)).lstrip(_MARKS + ".").rstrip(_MARKS)
    if text.endswith("'s"):
        text = text[:-2]
    if not _ABBREVIATED.search(text):
        text = text.rstrip(_MARKS + ".")
    if label == "PER":
        words = text.split(" ")
        while len(words) > 1 and words[0].casefold().rstrip(".") in TITLES:
            words = words[1:]
        text = _OWNED.split(" ".join(words))[0]
    return text


def _names_nobody(key: str) -> bool:
    """Whether it is a title alone: ``Kanzler``, ``Prime Minister``, ``le roi``. ``King`` may be
    a surname."""
    words = key.split(" ")
    titles = TITLES if len(words) == 1 else TITLES | REIGNING | _ARTICLES | _PARTICLES
    return all(word in titles for word in words)


def _key(text: str) -> str:
    return _SPACES.sub(" ", _DOTTED.sub(r"\1", text).replace("-", " ")).strip().casefold()


def _genitives(
    counts: Counter[str], shown: dict[str, Counter[str]], owners: Collection[str], persons: bool
) -> dict[str, str]:
    """``putins`` into ``putin`` where both stand; ``nordkoreas`` too. ``paris`` stays: there
    is no ``pari``; so does ``williams`` beside a ``serena williams`` that is no genitive."""
    into: dict[str, str] = {}
    endings = [key for key in counts if key.endswith("s") and len(key) > 2]
    for key in endings:
        base = key[:-1]
        if " " in key and base in counts:
            into[key] = base
        elif " " in key and persons and key in owners and base.rpartition(" ")[2] in counts:
            # 'Wladimir Putins Rede' beside 'Putin': the whole base form is not in the text
            counts[base] = 0
            shown[base] = Counter({text[:-1]: n for text, n in shown[key].items()})
            into[key] = base
    first: dict[str, set[str]] = {}
    last: dict[str, set[str]] = {}
    for key in counts:
        if " " in key and key not in into:
            first.setdefault(key.partition(" ")[0], set()).add(key)
            last.setdefault(key.rpartition(" ")[2], set()).add(key)
    for key in endings:
        base = key[:-1]
        if " " in key or (persons and key in last):
            continue
        if base in counts:
            into[key] = base
        elif persons:
            # 'Putins' beside 'Wladimir Putin' only, 'Xis Besuch' beside 'Xi Jinping' only
            holders = last.get(base, set()) | (first.get(base, set()) if key in owners else set())
            if len(holders) == 1:
                into[key] = next(iter(holders))
    return into


def _persons(counts: Counter[str], into: dict[str, str]) -> None:
    """A part of a name into the one longest name of the article that holds it."""
    names = [key for key in counts if _root(into, key) == key]
    words: dict[str, tuple[str, ...]] = {}
    reigning: set[str] = set()
    holding: dict[tuple[str, ...], list[str]] = {}
    for key in names:
        parts = tuple(key.split(" "))
        if len(parts) > 1 and parts[0] in REIGNING:
            reigning.add(key)
            parts = parts[1:]
        words[key] = parts
        # at either end, surname or first name, never a middle
        sizes = range(1, min(len(parts), _LONGEST) + 1)
        for part in {parts[:n] for n in sizes} | {parts[-n:] for n in sizes}:
            holding.setdefault(part, []).append(key)

    def holds(long: str, short: str) -> bool:
        mine, other = words[short], words[long]
        if len(mine) == len(other):
            # 'Franziskus' is 'Papst Franziskus', 'Prinz Mohammed bin Salman' goes without
            return long != short and (
                (long in reigning) > (short in reigning)
                if len(mine) == 1
                else (short in reigning) > (long in reigning)
            )
        if short in reigning and len(mine) == 1:
            return long in reigning or _NUMERAL.fullmatch(other[-1]) is not None
        return True

    def holders(key: str) -> list[str]:
        return [other for other in holding.get(words[key], ()) if holds(other, key)]

    for key in names:
        if len(key) < 2 or key in _PARTICLES:
            continue
        found = holders(key)
        among = set(found)
        # Longer names that hold one another are one person; two that do not are two.
        longest: list[str] = []
        for other in found:
            if among.isdisjoint(holders(other)):
                longest.append(other)
                if len(longest) > 1:
                    break
        if len(longest) == 1:
            _join(into, key, longest[0])


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
