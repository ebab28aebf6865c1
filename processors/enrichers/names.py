"""Names: the mentions of one person, organisation or place, merged within the article.

Wire copy names a person in full once and by surname after; German puts an ``s`` on a genitive and
hangs names together (``Merkel-Regierung``). Merged are, among mentions of one label:

- spellings that differ in case, spaces, hyphens, apostrophes, umlauts or an abbreviation's dots;
- in German, a genitive with its base form, where the base stands in the same article
  (``Putins`` with ``Putin``) or is known, and an adjective's endings (``Deutschen Bank``); in any
  language where the ending says so by itself (``Putin's``);
- a person's surname, first name or title-and-name with the one full name that holds it
  (``Kim``, ``Machthaber Kim Jong Un``, ``Kim Jong Un``);
- an acronym with what it stands for, where the text says so: ``Vereinte Nationen (UN)``,
  ``UN (Vereinte Nationen)``;
- what the table of known names says is one: ``Selenskyj``, ``Volodymyr Zelensky``
  (`processors.known`). It gives names their ``canonical`` form, too.

A compound counts for the name that it begins with (``Merkel-Regierung``, ``UN-Sicherheitsrat``,
``Trump-backed``), unless it is a name itself (``Müller-Westernhagen``, ``Berlin-Mitte``). Pairs are
two (``Krawietz/Pütz``). An organisation that is only cited has the role ``source``
(`processors.citing`).

Who reigns goes by a first name, so such a title stays: ``Prinz Harry`` is not Harry Kane.
A short form that fits two full names is left by itself: wrong is worse than twice. The entities
stay as they are, and so do names that the provider asserts.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial
from typing import NamedTuple

import msgspec

from dateline.article import FOUND, Article, Entity, Name
from dateline.settings import Settings
from processors import citing, corrections
from processors.compounds import HYPHEN, TEXT, WORDS, Base, Mention, unlabelled
from processors.enrichers.corrections import Corrected
from processors.known import Entry, Index, folded, known, uninflected

#: the article's list for each label; MISC is of too many kinds for one
LISTS = {"PER": "person", "ORG": "organisation", "LOC": "place"}

TITLES = WORDS["titles"]
REIGNING = WORDS["reigning"]
_TITLE_ENDINGS = tuple(WORDS["title_endings"])
#: particles that belong to the surname
_PARTICLES = frozenset("von van de der den del della di da dos du la le el al bin ibn ben".split())
_ARTICLES = frozenset("der die das the le la les l'".split())
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "´": "'", "`": "'", "\u2011": "-", "\u2010": "-"})
_ACRONYM = re.compile(r"\s*\((?:kurz:? |short:? )?[\"„“]?(?P<inner>[^()\s\"“”]{2,10})[\"“”]?\)")
_EXPANSION = re.compile(r"\s*\((?P<inner>[^()\n]{6,80})\)")
_SPACES = re.compile(r"\s+")
#: ``U.S.``, ``Washington D.C.``: the last dot belongs to the name
_ABBREVIATED = re.compile(r"(?:^|[\s.])[^\W\d_]\.$")
#: ``Merz' Sprecher``: the recogniser took in what is the person's
_OWNED = re.compile(r"(?<=[sxzß])' |'s ")
_MARKS = " \"'»«„“”‚›‹,;:()[]-–"
_NUMERAL = re.compile(r"[ivx]+")
_FIRST_LADY = re.compile(r"\bfirst \Z", re.IGNORECASE)
_ARTICLE_BEFORE = re.compile(r"\b(?:der|die|das|dem|den|des|the|le|la)\s+\Z", re.IGNORECASE)
#: ``Flughafen „Willy Brandt“``, ``aéroport de Charles de Gaulle``
_NOUN_BEFORE = re.compile(r"([^\W\d_][\w-]*)\s+(?:(?:de|du|di|von|la|le)\s+){0,2}[\"„“«]?\s?\Z")
_NOUN_BEHIND = re.compile(r"[\"“”»]?[\s-]+(?:International[\s-]+)?([^\W\d_]+)")
#: between somebody in the genitive and who is theirs: ``Kims Schwester Kim Yo Jong``
_THEIRS = re.compile(r"(?:['’]s?)?(?: [^\W\d_][\w-]*){1,4} ")
_SENTENCE_END = re.compile(r"[.!?\n]")
_YOUNGER = frozenset({"jr", "jr.", "junior", "sr", "sr.", "senior"})
_NOUN_AFTER = re.compile(r" [^\W\d_][^\W\d_]")
_UMLAUT = re.compile(r"(?<![aeoq])([aou])e")
_UMLAUTS = {"a": "ä", "o": "ö", "u": "ü"}
_PAIR = re.compile(r"\s*/\s*")
#: words of a name that are looked at from either end; more is a recogniser's slip
_LONGEST = 8
#: acronyms of English names that stand beside the name in another language
_ENGLISH = frozenset({"UN", "UNO", "NATO", "UNHCR", "UNICEF", "UNESCO", "IAEA", "ILO", "FAO"})


def _pattern(words: str) -> str:
    """For one of the words of ``names.toml``, where ``_`` is a blank."""
    longest_first = sorted(WORDS[words], key=lambda word: (-len(word), word))
    return "|".join(re.escape(word).replace("_", r"\s+") for word in longest_first)


#: ends of words: ``US-Präsident``, ``Bundeskanzler``
_OFFICES = tuple(WORDS["offices"])
_OFFICE_BEHIND = re.compile(
    rf",\s+(?:[\w-]{{1,30}}(?:\s+|['’])){{0,3}}?[\w-]{{0,30}}?(?:{_pattern('offices')})\b",
    re.IGNORECASE,
)


class Ties(NamedTuple):
    """What the text says of who is whose; all names are folded.

    titled: who stands with an office of which there is one (``Kanzler Merz``). kin: who is told to
    be somebody's relative. apart: (short, full) that are two.
    """

    titled: frozenset[str] = frozenset()
    kin: frozenset[str] = frozenset()
    apart: frozenset[tuple[str, str]] = frozenset()


_NO_TIES = Ties()


class Merged(msgspec.Struct, frozen=True):
    """One thing named. name: its best form; aliases: its others; entry: who that is, if known."""

    name: str
    count: int
    aliases: list[str]
    entry: Entry | None = None
    cited: bool = False


class Names(Corrected):
    """Adds to ``person``, ``organisation`` and ``place`` what the entities say."""

    name = "names"
    version = 3
    after: tuple[str, ...] = ("entities", "corrections")

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._language = settings.gazetteer_language

    def config(self) -> dict[str, str]:
        words = hashlib.sha256(TEXT.encode()).hexdigest()[:12]
        told = {"known": known().version, "words": words, "citing": citing.version()}
        return {**super().config(), **told, "language": self._language}

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        return [self._one(article) for article in articles]

    def _one(self, article: Article) -> Article:
        language = _primary(article)
        pairs = acronyms(article, article.entities)
        mentions = list(self._mentions(article, language, pairs))
        owners = None
        if language == "de":
            owners = {_key(_clean(e.text, e.label)) for e in article.entities if _owns(article, e)}
        ties = _ties(article, language)
        changed: dict[str, list[Name]] = {}
        for label, field in LISTS.items():
            asserted = [n for n in getattr(article, field) if n.creator != FOUND]
            mine = [mention for mention in mentions if mention.label == label]
            found = merge(mine, label, pairs, owners, language, ties) if mine else []
            changed[field] = asserted + [self._name(one, label) for one in found]
        return msgspec.structs.replace(article, **changed)

    def _name(self, one: Merged, label: str) -> Name:
        canonical = one.entry.name(self._language) if one.entry else one.name
        return Name(
            name=one.name,
            creator=FOUND,
            canonical=self.table.merged((one.name, canonical), label) or canonical,
            aliases=one.aliases,
            role="source" if one.cited else None,
            count=one.count,
        )

    def _mentions(
        self, article: Article, language: str | None, pairs: Iterable[tuple[str, str]]
    ) -> Iterator[Mention]:
        """All that is to be merged: less what is no name, and with what compounds hold."""
        table = self.table if self.table.sets_aside else None
        labels = _labels_of(article.entities, pairs)
        texts = _Texts(article, language)
        plain: list[Mention] = []
        compounds: list[Entity] = []
        for entity in article.entities:
            if table and table.is_never(entity.text, entity.label, article.language):
                plain.append(Mention(entity.text, entity.label, counts=False))
                continue
            hyphen = HYPHEN.search(entity.text, entity.text.rfind(" ") + 1)
            if hyphen and entity.component != corrections.FILE:
                compounds.append(entity)
                continue
            plain += self._plain(article, entity, labels, texts)
        clean = partial(_clean, language=language)
        base = Base((mention for mention in plain if mention.counts), language, clean)
        for entity in compounds:
            inner = base.of_mention(entity.text, entity.label)
            if inner is None:
                plain += self._plain(article, entity, labels, texts)
            else:
                yield from inner
        yield from _split(plain, language)
        yield from unlabelled(article, base)

    def _plain(
        self, article: Article, entity: Entity, labels: dict[str, str], texts: _Texts
    ) -> Iterator[Mention]:
        label: str = entity.label
        if entity.component != corrections.FILE:
            label = labels.get(entity.text) or _known_label(entity, texts) or label
        if label == "MISC" or (label != "ORG" and entity.text.islower()):
            return  # 'russischen': what is in small letters is no name of a place or person
        text = _with_title(article, entity, texts.language) if label == "PER" else entity.text
        yield Mention(text, label, label == "ORG" and texts.cites(entity))


class _Texts:
    """An article's texts with its persons masked, made when an agency is found in them."""

    def __init__(self, article: Article, language: str | None) -> None:
        self._article = article
        self._language = language
        self._masked: dict[str, str] = {}

    @property
    def language(self) -> str | None:
        return self._language

    @cached_property
    def _known(self) -> frozenset[str]:
        person = known().person
        found = (
            person.full(entity.text, self._language)
            for entity in self._article.entities
            if entity.label == "PER"
        )
        return frozenset(entry.en for entry in found if entry is not None)

    @cached_property
    def _full_names(self) -> list[list[str]]:
        names = (
            _clean(entity.text, "PER", self._language).split(" ")
            for entity in self._article.entities
            if entity.label == "PER"
        )
        return [words for words in names if len(words) > 1]

    @cached_property
    def parts(self) -> frozenset[str]:
        """The words of the persons' full names, as they are spelt."""
        return frozenset(word for words in self._full_names for word in words)

    @cached_property
    def surnames(self) -> frozenset[str]:
        """The last words of the persons' full names, as they are spelt."""
        return frozenset(words[-1] for words in self._full_names)

    def has_person(self, who: Entry) -> bool:
        """Whether somebody who is known stands here with the full name."""
        return who.en in self._known

    def field(self, entity: Entity) -> str:
        """The text that an entity stands in."""
        return getattr(self._article, entity.field) or ""

    def cites(self, entity: Entity) -> bool:
        """Whether it is an agency or a paper, and only cited here."""
        name, language = entity.text, self._language
        entry = known().organisation.full(name, language)
        if (entry is None or entry.kind is None) and not citing.is_provider(name):
            if entry is not None:
                return False
            if not citing.called_so(self._before(entity), language) and not (
                citing.is_outlet(name, language)
                and (not citing.is_doubtful(name, language) or self.surely(entity))
            ):
                return False
        return citing.cited(self._mask(entity.field), entity.start, entity.end, language)

    def surely(self, entity: Entity) -> bool:
        """Whether it is cited as nobody but a paper or an agency is."""
        return citing.surely(self.field(entity), entity.start, entity.end, self._language)

    def _before(self, entity: Entity) -> str:
        return self.field(entity)[max(0, entity.start - 40) : entity.start]

    def is_namesake(self, entity: Entity) -> bool:
        """Whether it is what is called after somebody: ``Flughafen Willy Brandt``."""
        before = _NOUN_BEFORE.search(self._before(entity))
        after = _NOUN_BEHIND.match(self.field(entity), entity.end)
        nouns = (match[1].casefold() for match in (before, after) if match is not None)
        return any(noun in WORDS["namesakes"] or noun.endswith(_NAMESAKES) for noun in nouns)

    def has_article(self, entity: Entity) -> bool:
        """Whether an article stands before it: ``der Spiegel``."""
        return _ARTICLE_BEFORE.search(self._before(entity)) is not None

    def _mask(self, field: str) -> str:
        if field not in self._masked:
            text: str = getattr(self._article, field) or ""
            pieces: list[str] = []
            end = 0
            persons = (e for e in self._article.entities if e.label == "PER" and e.field == field)
            for entity in sorted(persons, key=lambda e: e.start):
                start = max(entity.start, end)
                if start < entity.end and not _is_organisation(entity, self):
                    pieces += (text[end:start], citing.PERSON * (entity.end - start))
                    end = entity.end
            self._masked[field] = "".join(pieces) + text[end:]
        return self._masked[field]


#: ends of the nouns that say so: ``Parkstadion``; not ``Ausschuss`` as ``USS``
_NAMESAKES = tuple(word for word in WORDS["namesakes"] if len(word) > 4)


def _labels_of(entities: Iterable[Entity], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Labels of acronyms: those of what the text says they stand for."""
    if not pairs:
        return {}
    labels = {entity.text: entity.label for entity in entities if entity.label in LISTS}
    return {short: labels[long] for short, long in pairs if long in labels}


def _known_label(entity: Entity, texts: _Texts) -> str | None:
    """The label of a known name that the recogniser took for something else, where its spelling
    leaves no doubt: ``Wladimir Putin``, ``NATO``; an agency where it is cited."""
    label = entity.label
    if label != "PER" and _is_person(entity, texts):
        return "PER"
    return "ORG" if label != "ORG" and _is_organisation(entity, texts) else None


def _is_person(entity: Entity, texts: _Texts) -> bool:
    """Whether a name that the recogniser took for something else is a person's."""
    text, label = entity.text, entity.label
    if " " in text and known().person.full(text, texts.language) is not None:
        return not texts.is_namesake(entity)
    if label not in ("LOC", "ORG"):
        return False
    # 'Macron' is a brand, too
    who = known().person.alone(text)
    if who is not None and texts.has_person(who):
        return not texts.is_namesake(entity)
    if label == "LOC" or text not in texts.surnames:
        return False
    # 'Bloomberg' beside 'Michael Bloomberg'
    entry = known().organisation.full(text, texts.language)
    return (
        entry is not None
        and entry.kind is not None
        and not texts.surely(entity)
        and not texts.has_article(entity)
    )


def _is_organisation(entity: Entity, texts: _Texts) -> bool:
    """Whether a name that the recogniser took for something else is an organisation's. Agencies'
    are first names, too (``Sana``, ``Petra``), so a person's is one in capitals only."""
    text, label = entity.text, entity.label
    entry = known().organisation.full(text, texts.language)
    if entry is None or (" " not in text and text in texts.parts):
        return False
    if text.isupper() and (len(text) >= 3 or entry.kind is None):
        return True
    if " " in text and label != "LOC":
        return True
    return label != "PER" and entry.kind is not None and texts.cites(entity)


def _split(mentions: Sequence[Mention], language: str | None) -> Iterator[Mention]:
    """Pairs as two: ``Krawietz/Pütz``; other than persons only where both are named by themselves,
    since ``Halle/Saale`` is one, and so is ``CDU/CSU``."""
    single: set[tuple[str, str]] | None = None
    for mention in mentions:
        parts = _PAIR.split(mention.text) if "/" in mention.text else ()
        if len(parts) < 2 or not all(len(part) > 1 and part[0].isalpha() for part in parts):
            yield mention
            continue
        if mention.label == "PER":
            apart = all(part[0].isupper() for part in parts)
        else:
            if single is None:
                single = {(m.text, m.label) for m in mentions}
            organisations = known().organisation
            apart = organisations.full(mention.text, language) is None and all(
                (part, mention.label) in single
                or (mention.label == "ORG" and organisations.full(part, language) is not None)
                for part in parts
            )
        if apart:
            for part in parts:
                yield msgspec.structs.replace(mention, text=part)
        else:
            yield mention


# --- merging -------------------------------------------------------------------------------------


def merge(
    mentions: Sequence[Mention],
    label: str,
    joined: Iterable[tuple[str, str]] = (),
    owners: Collection[str] | None = None,
    language: str | None = None,
    ties: Ties = _NO_TIES,
) -> list[Merged]:
    """Each thing named, most often named first, then as they appear.

    joined: (short, long) forms that the text itself says are one. owners: in German, the names
    (folded) that a noun follows, which may be genitives; None in a language without them.
    language: the article's primary tag. ties: what the text says of who is whose.
    """
    counts: Counter[str] = Counter()
    uncited: set[str] = set()
    shown: dict[str, Counter[str]] = {}
    for mention in mentions:
        text = _clean(mention.text, label, language)
        key = _key(text)
        if not key or (label != "ORG" and not any(map(str.isalpha, key))):
            continue
        counts[key] += mention.counts
        shown.setdefault(key, Counter())[text] += 1
        if mention.counts and not mention.cited:
            uncited.add(key)
    index = {"PER": known().person, "ORG": known().organisation}.get(label)
    into: dict[str, str] = {}
    if owners is not None:
        into = _genitives(counts, shown, owners, ties, language, persons=label == "PER")
        _known_genitives(counts, shown, into, index, language)
        _spelt_out(counts, into)
        if label != "PER":
            _inflected(counts, into)
    inflected = set(into)
    spelt_out: list[tuple[str, str]] = []
    for short, long in joined:
        a, b = (_key(_clean(text, label, language)) for text in (short, long))
        if a in counts and b in counts and a != b:
            spelt_out.append((a, b))
            _join(into, a, b)
    if label == "ORG":  # 'La Palma' is not Palma
        _with_more(counts, into)
    entries = _entries(counts, shown, into, index, language) if index else {}
    for a, b in spelt_out:
        # The text says itself what its acronym means, and that is not who the table has for it.
        if a in entries and b not in entries and not _shares_a_word(b, entries[a]):
            del entries[a]
    if label == "PER":
        _persons(counts, shown, into, entries, ties)
        _alone(counts, shown, into, entries, ties)
        # unless somebody is called so: Aaron Judge
        for key in [key for key in counts if key not in into and _names_nobody(key)]:
            del counts[key]
    return _ranked(counts, shown, into, inflected, entries, uncited)


def _shares_a_word(key: str, entry: Entry) -> bool:
    """Whether a folded name has a word in common with any of an entry's, endings aside."""
    known_ = {word[:4] for form, _ in entry.forms() for word in _key(form).split() if len(word) > 3}
    return any(word[:4] in known_ for word in key.split() if len(word) > 3)


def _ranked(
    counts: Counter[str],
    shown: dict[str, Counter[str]],
    into: dict[str, str],
    inflected: Collection[str],
    entries: dict[str, Entry],
    uncited: set[str],
) -> list[Merged]:
    members: dict[str, list[str]] = {}
    for key in counts:
        members.setdefault(_root(into, key), []).append(key)
    order = {key: at for at, key in enumerate(counts)}
    merged = []
    for root, keys in list(members.items()):
        if not any(counts[key] for key in keys):
            del members[root]
            continue
        name = _shown(shown[root])
        forms = dict.fromkeys(
            _shown(shown[key]) for key in keys if key not in inflected and counts[key]
        )
        forms.pop(name, None)
        who = {entries[key].en: entries[key] for key in keys if key in entries}
        merged.append(
            Merged(
                name=name,
                count=sum(counts[key] for key in keys),
                aliases=list(forms),
                entry=next(iter(who.values())) if len(who) == 1 else None,
                cited=uncited.isdisjoint(keys),
            )
        )
    at = {one.name: order[root] for one, root in zip(merged, members, strict=True)}
    return sorted(merged, key=lambda one: (-one.count, at[one.name]))


def acronyms(article: Article, mentions: Iterable[Entity]) -> list[tuple[str, str]]:
    """(acronym, expansion) where a mention is followed by one in brackets, or the other way round.

    ``Europäische Zentralbank (EZB)`` counts as the letters are in the words, in order, and
    ``Vereinte Nationen (UN)`` as one of those that no language but English spells out;
    ``Bayern München (GER)`` says something else. Behind a person stands the party or the country
    (``Serpil Midyatli (SPD)``), behind a place whose it is (``Austria (UN)``): of those only the
    words' first letters are an acronym, as of ``Alexandria Ocasio-Cortez (AOC)``.
    """
    pairs: list[tuple[str, str]] = []
    mentions = list(mentions)
    # What is a place once, or a person, is that in brackets, too.
    labels = {
        mention.text: label
        for label in ("ORG", "MISC", "PER", "LOC")
        for mention in mentions
        if mention.label == label
    }

    def abbreviates(short: str, long: str, label: str | None) -> bool:
        return _is_initials(short, long) if label in ("PER", "LOC") else _abbreviates(short, long)

    for mention in mentions:
        field = getattr(article, mention.field) or ""
        at = mention.end
        if field[at : at + 1] == "(" or field[at + 1 : at + 2] == "(":
            short = _ACRONYM.match(field, at)
            if short and abbreviates(short["inner"], mention.text, mention.label):
                pairs.append((short["inner"], mention.text))
                continue
            if (
                short
                and mention.label == "ORG"
                and _shortens(short["inner"], mention.text)
                and labels.get(short["inner"]) != "LOC"
            ):
                pairs.append((short["inner"], mention.text))
                continue
            long = _EXPANSION.match(field, at)
            if long and abbreviates(mention.text, long["inner"], labels.get(long["inner"])):
                pairs.append((mention.text, long["inner"]))
        if mention.text.endswith(")"):
            # the recogniser may have taken the brackets in
            whole, _, inner = mention.text.rpartition(" (")
            if abbreviates(inner[:-1], whole, mention.label) or (
                mention.label == "ORG" and _shortens(inner[:-1], whole)
            ):
                pairs.append((inner[:-1], mention.text))
            elif abbreviates(whole, inner[:-1], labels.get(inner[:-1])):
                pairs.append((whole, mention.text))
    return pairs


def _abbreviates(short: str, long: str) -> bool:
    if sum(char.isupper() for char in short) < 2 or " " in short or len(short) >= len(long):
        return False
    if short in _ENGLISH:
        return True
    return _holds_letters(short, long)


def _is_initials(short: str, long: str) -> bool:
    """``AOC``, ``USA``: the first letters of all words, or of those with a capital."""
    first = [word[0] for word in re.split(r"[\s-]+", long) if word[:1].isalpha()]
    capitals = "".join(letter for letter in first if letter.isupper())
    return len(short) > 1 and short.replace(".", "").upper() in (
        capitals,
        "".join(first).upper(),
    )


def _shortens(short: str, long: str) -> bool:
    """Whether what stands in brackets right behind is the short form though it has one capital
    only: ``Bundesanstalt für Finanzdienstleistungsaufsicht (Bafin)``."""
    return (
        short[:1].isupper()
        and short[1:].islower()
        and short.isalpha()
        and 2 * len(short) < len(long)
        and not long.startswith(short)
        and _holds_letters(short, long)
    )


def _holds_letters(short: str, long: str) -> bool:
    letters = iter(long.casefold())
    return long[:1].casefold() == short[:1].casefold() and all(
        char in letters for char in short.casefold() if char.isalnum()
    )


def _primary(article: Article) -> str | None:
    return article.language.lower().partition("-")[0] if article.language else None


def _with_title(article: Article, mention: Entity, language: str | None) -> str:
    """The mention with the title before it, where that is a part of the name."""
    field = getattr(article, mention.field) or ""
    lead = field[max(0, mention.start - 30) : mention.start]
    if mention.text.startswith("Lady ") and _FIRST_LADY.search(lead):
        return mention.text[len("Lady ") :]
    words = lead.split()[-2:] if lead.endswith(" ") else []
    title = words[-1].lstrip(_MARKS) if words else ""
    if title.casefold() not in REIGNING:
        return mention.text
    if language in ("de", "en") and not title[0].isupper():
        return mention.text
    if words[0].casefold() in WORDS["not_reigning"]:
        return mention.text
    return f"{title[0].upper()}{title[1:]} {mention.text}"


def _ties(article: Article, language: str | None) -> Ties:
    """What the text says of who is whose."""
    titled: set[str] = set()
    kin: set[str] = set()
    apart: set[tuple[str, str]] = set()
    last: tuple[Entity, list[str]] | None = None
    for entity in article.entities:
        if entity.label != "PER":
            continue
        field = getattr(article, entity.field) or ""
        name = _clean(entity.text, "PER", language)
        keys = [_key(name)]
        if language == "de" and _owns(article, entity):
            keys.append(keys[0].removesuffix("s"))
        lead = field[max(0, entity.start - 40) : entity.start]
        lead += entity.text[: max(0, entity.text.find(name))]
        role, two = _last_words(lead)
        full = " " in name
        if (
            role.endswith(_OFFICES)
            or two in WORDS["offices"]
            or (
                full
                and field.startswith(",", entity.end)
                and _OFFICE_BEHIND.match(field, entity.end)
            )
        ):
            titled.update(keys)
        related = full and (role in WORDS["kin"] or two in WORDS["kin"])
        if related:
            kin.update(keys)
        if full and last is not None and last[0].field == entity.field:
            between = field[last[0].end : entity.start]
            if (related and len(between) < 60 and not _SENTENCE_END.search(between)) or (
                _THEIRS.fullmatch(between) and _is_genitive(last[0], between, language, article)
            ):
                apart.update((short, key) for short in last[1] for key in keys)
        last = entity, keys
    return Ties(frozenset(titled), frozenset(kin), frozenset(apart))


def _last_words(lead: str) -> tuple[str, str]:
    """The last word before a name, and the last two with ``_`` between; empty if none is right
    there."""
    if not lead[-1:].isspace():
        return "", ""
    words = lead.casefold().split()[-2:]
    last = words[-1].rstrip(",") if words else ""
    return last, f"{words[0]}_{last}" if len(words) > 1 else ""


def _is_genitive(mention: Entity, after: str, language: str | None, article: Article) -> bool:
    return (
        after[0] in "'’"
        or mention.text.endswith(("'s", "’s"))
        or (language == "de" and _owns(article, mention))
    )


def _owns(article: Article, mention: Entity) -> bool:
    """Whether a noun follows: ``Wladimir Putins Rede``, not ``Serena Williams gewann``."""
    if not mention.text.endswith("s"):
        return False
    after = _NOUN_AFTER.match(getattr(article, mention.field) or "", mention.end)
    return after is not None and after[0][1].isupper() and after[0][2].islower()


@lru_cache(maxsize=20_000)
def _clean(text: str, label: str, language: str | None = None) -> str:
    """As shown: one line, no quotation marks around, no genitive apostrophe, no title."""
    text = _SPACES.sub(" ", text.translate(_APOSTROPHES)).lstrip(_MARKS + ".").rstrip(_MARKS)
    if text.endswith("'s"):
        text = text[:-2]
    if not _ABBREVIATED.search(text):
        text = text.rstrip(_MARKS + ".")
    if "(" in text:
        # 'Frankfurt (Oder)' is a name, 'Vereinte Nationen (UN)' is two
        text = f"{text})" if label == "LOC" else text.partition(" (")[0]
    if label == "PER":
        words = text.split(" ")
        if len(words) > 2 and text.casefold().startswith("first lady "):
            words = words[2:]
        while (
            len(words) > 1
            and _is_title(words, language)
            # 'Sheikh Hasina' is known by her title
            and known().person.full(" ".join(words), language) is None
        ):
            words = words[1:]
        text = _OWNED.split(" ".join(words))[0]
    return text


def _is_title(words: Sequence[str], language: str | None) -> bool:
    first = words[0].casefold()
    if first in ("m", "m."):
        return language == "fr"  # 'M. Night Shyamalan'
    if first in TITLES or first.rstrip(".") in TITLES:
        return True
    if first in _ARTICLES:
        return words[1].casefold() in TITLES
    return first not in REIGNING and first.endswith(_TITLE_ENDINGS)


def _names_nobody(key: str) -> bool:
    """Whether it is a title alone: ``Kanzler``, ``Prime Minister``, ``le roi``. ``King`` may be
    a surname."""
    words = key.split(" ")
    titles = TITLES if len(words) == 1 else TITLES | REIGNING | _ARTICLES | _PARTICLES
    return all(word in titles for word in words)


_key = folded


def _genitives(
    counts: Counter[str],
    shown: dict[str, Counter[str]],
    owners: Collection[str],
    ties: Ties,
    language: str | None,
    *,
    persons: bool,
) -> dict[str, str]:
    """``putins`` into ``putin`` where both stand; ``nordkoreas`` too. ``paris`` stays: there
    is no ``pari``; so does ``williams`` beside a ``serena williams`` that is no genitive, and
    ``lukas`` beside a ``lukas roth``."""
    into: dict[str, str] = {}
    endings = [
        key
        for key in counts
        if key.endswith("s") and len(key) > 2 and not _is_known(_shown(shown[key]), language)
    ]
    for key in endings:
        base = key[:-1]
        if " " in key and base in counts:
            into[key] = base
        elif " " in key and persons and key in owners and base.rpartition(" ")[2] in counts:
            # 'Wladimir Putins Rede' beside 'Putin': the whole base form is not in the text
            _to_base(counts, shown, into, key)
    first: dict[str, set[str]] = {}
    last: dict[str, set[str]] = {}
    for key in counts:
        if " " in key and key not in into:
            first.setdefault(key.partition(" ")[0], set()).add(key)
            last.setdefault(key.rpartition(" ")[2], set()).add(key)
    for key in endings:
        base = key[:-1]
        if " " in key or (persons and (key in last or key in first)):
            continue
        if base in counts and (not persons or key in owners):
            into[key] = base
        elif persons:
            # 'Putins' beside 'Wladimir Putin' only, 'Xis Besuch' beside 'Xi Jinping' only
            holders = last.get(base, set()) | (first.get(base, set()) if key in owners else set())
            mine = {holder for holder in holders if (base, holder) not in ties.apart}
            if len(mine) == 1:
                into[key] = next(iter(mine))
            elif holders and not mine:
                # 'Kims Schwester Kim Yo Jong' is about another Kim
                _to_base(counts, shown, into, key)
    return into


def _is_known(text: str, language: str | None) -> bool:
    """Whether it is somebody's or something's name as it stands: ``Siemens``."""
    return (
        _who(known().person, text, language) is not None
        or known().organisation.full(text, language) is not None
    )


def _to_base(
    counts: Counter[str], shown: dict[str, Counter[str]], into: dict[str, str], key: str
) -> None:
    """A genitive into its base form, which does not stand in the text by itself."""
    base = key[:-1]
    if base not in counts:
        counts[base] = 0
        shown[base] = Counter({text[:-1]: n for text, n in shown[key].items()})
    into[key] = base


def _known_genitives(
    counts: Counter[str],
    shown: dict[str, Counter[str]],
    into: dict[str, str],
    index: Index | None,
    language: str | None,
) -> None:
    """``Putins`` by itself, where a ``Putin`` is known and no ``Putins`` is."""
    if index is None:
        return
    for key in [key for key in counts if key.endswith("s") and key not in into]:
        text = _shown(shown[key])
        if text.endswith("S"):
            continue  # an acronym's last letter: DWS is no genitive of DW
        if _who(index, text, language) is None and _who(index, text[:-1], language) is not None:
            # a surname that ends in s, of a full name that is here
            if any(other.endswith(f" {key}") for other in counts):
                continue
            _to_base(counts, shown, into, key)


def _spelt_out(counts: Counter[str], into: dict[str, str]) -> None:
    """``soeder`` into ``söder`` where both stand: wires are often plain ASCII."""
    for key in [key for key in counts if key not in into]:
        umlauts = _UMLAUT.sub(lambda match: _UMLAUTS[match[1]], key) if "e" in key else key
        if umlauts != key and umlauts in counts:
            _join(into, key, umlauts)


def _inflected(counts: Counter[str], into: dict[str, str]) -> None:
    """``deutschen bank`` into ``deutsche bank`` where both stand."""
    forms: dict[str, list[str]] = {}
    for key in counts:
        if " " in key and key not in into:
            forms.setdefault(uninflected(key), []).append(key)
    for alike in forms.values():
        if len(alike) > 1:
            best = min(alike, key=lambda key: _ENDINGS.find(key.partition(" ")[0][-2:] + " "))
            for key in alike:
                _join(into, key, best)


#: endings of a name's first word, the one that it has by itself first
_ENDINGS = "es er en em "


def _with_more(counts: Counter[str], into: dict[str, str]) -> None:
    """``the guardian`` into ``guardian``, ``quittwerke ag`` into ``quittwerke``, if both stand."""
    for key in [key for key in counts if " " in key and key not in into]:
        first, _, rest = key.partition(" ")
        if first in WORDS["articles"] and rest in counts:
            _join(into, key, rest)
        before, _, last = key.rpartition(" ")
        if last in WORDS["legal_forms"] and before in counts:
            _join(into, key, before)


def _who(index: Index, text: str, language: str | None) -> Entry | None:
    return index.full(text, language) or index.alone(text)


def _entries(
    counts: Counter[str],
    shown: dict[str, Counter[str]],
    into: dict[str, str],
    index: Index,
    language: str | None,
) -> dict[str, Entry]:
    """Key to who is known by it; keys of one who is known become one."""
    entries: dict[str, Entry] = {}
    same: dict[str, list[str]] = {}
    for key in counts:
        entry = index.full(_shown(shown[key]), language)
        if entry is not None:
            entries[key] = entry
            same.setdefault(entry.en, []).append(key)
    for keys in same.values():
        if len(keys) > 1:
            best = min(keys, key=lambda key: (" " not in key, -counts[key]))
            for key in keys:
                _join(into, key, best)
    return entries


def _alone(
    counts: Counter[str],
    shown: dict[str, Counter[str]],
    into: dict[str, str],
    entries: dict[str, Entry],
    ties: Ties,
) -> None:
    """A surname that means one person wherever nobody else of that name is named."""
    for key in [key for key in counts if key not in into and key not in entries]:
        entry = known().person.alone(_shown(shown[key]))
        if entry is None:
            continue
        full = next((k for k, known_ in entries.items() if known_ is entry), None)
        others = (other for other in counts if other not in (key, full) and " " in other)
        if any(
            f" {key} " in f" {other} "
            and _root(into, other) != key
            # 'President Biden' is not 'his son Hunter Biden'
            and not (key in ties.titled and other not in ties.titled)
            for other in others
        ):
            continue
        entries[key] = entry
        if full is not None:
            _join(into, key, full)
    # two spellings of one surname
    first: dict[str, str] = {}
    for key, entry in entries.items():
        if first.setdefault(entry.en, key) != key:
            _join(into, key, first[entry.en])


def _persons(
    counts: Counter[str],
    shown: dict[str, Counter[str]],
    into: dict[str, str],
    entries: dict[str, Entry],
    ties: Ties,
) -> None:
    """A part of a name into the one longest name of the article that holds it."""
    who = {key: entries.get(key) or known().person.alone(_shown(shown[key])) for key in counts}
    names = [key for key in counts if _root(into, key) == key]
    words: dict[str, tuple[str, ...]] = {}
    reigning: set[str] = set()
    holding: dict[tuple[str, ...], list[str]] = {}
    for key in names:
        # 'Jean' is no part of 'Jean-Claude Roux'
        parts = tuple(map(_key, _shown(shown[key]).split(" ")))
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

    def is_another(long: str, short: str) -> bool:
        if (short, long) in ties.apart:
            return True
        entry = who[short]
        if entry is not None and entries.get(long) is not entry:
            # 'Trump' is not 'Melania Trump'
            return long in entries or not _may_be(entry, words[long])
        return (
            short in ties.titled
            and long not in ties.titled
            and (long in ties.kin or long not in entries)
        )

    def holders(key: str) -> list[str]:
        return [
            other
            for other in holding.get(words[key], ())
            if holds(other, key) and not is_another(other, key)
        ]

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


def _may_be(entry: Entry, words: Sequence[str]) -> bool:
    """Whether a full name that is not known as theirs may be another spelling of it: the first
    names begin alike."""
    return words[-1] not in _YOUNGER and any(
        form[:3].casefold() == words[0][:3] for form, _ in entry.forms()
    )


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
    if len(forms) == 1:
        (best,) = forms
    else:
        best = min(forms, key=lambda text: (text.isupper() and len(text) > 4, -forms[text]))
    return unicodedata.normalize("NFC", best)
