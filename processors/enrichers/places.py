"""Places: where the dateline's city lies, and what is sure about the other places named.

The dateline's city gets country, coordinates and GeoNames id in ``dateline``, and counts in
``place`` (one more mention of it, since the parser took the dateline off the body). Other places
get country, coordinates and GeoNames id, a canonical name and a confidence where the name, what
stands beside it, where the article was filed and what else it speaks of say which is meant
(`processors.whereabouts`), and none where they do not. Names of one article that turn out to be
the same place become one. Adjectives (``Berliner``, ``russisch``) are set aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from dateline.article import FOUND, Article, Dateline, Entity, Name
from dateline.settings import Settings
from processors import countries, folding
from processors.gazetteer import Gazetteer, Place, config, regions, stands_alone
from processors.whereabouts import (
    PART_AFTER,
    PART_BEFORE,
    SURE,
    WATER_AFTER,
    WATER_BEFORE,
    Evidence,
    Meaning,
    Whereabouts,
    part_kind,
)

#: what may stand after a city in a text: ``, Texas``, ``, N.H.``
_AFTER = re.compile(r", [A-Z][\w.-]+(?: [A-Z][\w.-]+){0,2}")
#: `` (Oder)``, `` (La Réunion)``, `` (Oregon, USA)``
_BRACKET = re.compile(r" \((?P<name>[^\W\d_][^()\n]{1,40})\)")
#: small words of a region's name: ``Pays de la Loire``
_SMALL = frozenset("de du des d la le les et en of the and der die das am an im in und".split())
#: who may stand in brackets behind a city, too
_SOURCES = frozenset({"reuters", "bloomberg", "keystone", "keystone-sda", "keystone-ats"})
#: the rest of a city's whole name: `` an der Oder``, `` im Üechtland``, `` ob der Tauber``,
#: ``-sur-l'Oder``; only where the gazetteer has it (not ``Berlin am Montag``)
_REST = re.compile(
    r" (?:(?:an|ob|vor|auf|in) der |a\. ?d\. ?|o\. ?d\. ?|am |im |i\. |bei |on the )"
    r"(?P<name>[^\W\d_a-zäöü][\w-]+)"
    r"|-(?:sur|sous|en|lès|upon|on)-[\w'’-]+"
)
#: a city's name as a whole, which says what the city means by itself in the same article
_WHOLE = re.compile(rf"(?P<own>[^\W\d_][\w.]*)(?P<rest>{_REST.pattern}| \([^()]+\)|/[\w-]+)")
#: `` in Ontario``, `` im US-Bundesstaat Texas``, `` dans l'État de New York``
_INSIDE = re.compile(
    r" (?:in|im|au|en|dans l['’])(?: the| der| (?=US-)|(?=[ÉE]tat)| )?"
    r"(?:(?:US-)?(?:Bundesstaat|Bundesland|Provinz|Kanton|Staat) "
    r"|(?:U\.S\. )?(?:state|province) of |[ÉE]tat (?:américain )?(?:du |de |d['’]))?"
    r" ?(?P<name>[A-ZÉÎ][\w.-]+(?: [A-Z][\w.-]+)?)"
)
#: ``, dans l'Isère``, `` dans le Rhône``, ``, en Seine-Saint-Denis``, ``, au Liban``
_DANS = re.compile(
    r"(?P<comma>,?) (?P<how>dans l['’]|dans l(?:a|es?) |en |aux? )"
    r"(?:(?:département|canton) (?:de la |de l['’]|du |des |de |d['’]))?"
    r"(?P<name>[^\W\d_a-zéèà][\w-]+(?:['’][\w-]+)?(?: [A-ZÉÎ][\w-]+)?)"
)
#: ``dans le Figaro`` is no region; and ``en France et en Italie`` goes on with a list
_PAPERS = frozenset("express figaro humanité monde obs opinion parisien point tribune".split())
_DANS_LIST = re.compile(r",? (?:et|ou) (?:en|aux?|à|dans) |, (?:en|aux?|à|dans) ")
#: what follows a US state where it is the next of a list, and what comes before
_LIST_GOES_ON = re.compile(
    r",? (?:and|or|und|oder|et|ou|&) [A-Z]|, (?P<name>[A-Z][\w.-]+(?: [A-Z][\w.-]+)?)"
)
_LIST_BEFORE = re.compile(r"(?P<name>[A-Z][\w.-]+)(?:, (?:and |or )?| (?:and|or|und|et) )$")
#: what no city has before it, unless as a part of its name: ``La Haye``, ``au Caire``
_ARTICLE = re.compile(
    r"(?<!\w)(?:(?:der|die|das|dem|den|des|am|im|zum|zur|vom|beim|la|le|au|du) |l['’])$",
    re.IGNORECASE,
)
#: agencies of one country, whose towns they mean first: Freiburg, which is Fribourg
_AGENCIES = dict.fromkeys(("sda", "ats", "keystone-sda", "keystone-ats", "awp"), "CH")
#: people of a town of its own name that a part of a country is not told from by its name alone
_TOWN = 50_000
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|-(?=[^\W\d_])){3,}")


class Places:
    """Sets coordinates in ``dateline`` and ``place``."""

    name = "places"
    version = 4
    after = ("names",)

    def __init__(self, settings: Settings) -> None:
        self._gazetteer = Gazetteer(settings.data_path / "cache")
        self._whereabouts = Whereabouts(self._gazetteer, settings.gazetteer_language)
        self._language = settings.gazetteer_language

    def setup(self, languages: Iterable[str]) -> None:
        self._gazetteer.load()

    def config(self) -> dict[str, str]:
        return {"gazetteer": config(), "language": self._language}

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        return [self._one(article) for article in articles]

    def _one(self, article: Article) -> Article:
        dateline, language = article.dateline, (article.language or "").split("-")[0]
        city: Place | None = None
        if dateline is not None and dateline.city is not None:
            city = self._filed_in(dateline)
        evidence = Evidence(language, city, _words(article), _agency_of(dateline))
        mentions = _mentions(article)
        said = self._take_down(article, mentions, evidence)
        home = _title_case(dateline.city) if dateline is not None and dateline.city else None
        settled = self._whereabouts.city(city) if city else None
        if dateline is not None and home is not None:
            if settled is None and not _stands_beside(dateline):
                settled = self._city_of(home, evidence)
            dateline = _filed(dateline, settled)
        places: list[tuple[Name, Meaning | None]] = []
        for name in article.place:
            if name.creator != FOUND:
                places.append((name, None))
            elif (
                dateline
                and home
                and self._is_home(name, home, dateline, language, mentions)
                and not _is_elsewhere(name, settled, said, mentions)
            ):
                places.append((name, _called(settled, home)))
            elif not self._whereabouts.is_adjective(name.name, language):
                places.append((name, self._of(name, mentions, said, evidence)))
        if home is not None:
            places.append((Name(name=home, creator=FOUND, count=1), _called(settled, home)))
        return msgspec.structs.replace(article, dateline=dateline, place=_merged(places))

    def _filed_in(self, dateline: Dateline) -> Place | None:
        filed = _filed_from(dateline)
        at_home = _agency_of(dateline)
        if at_home and dateline.country_code is None:
            city = self._gazetteer.city(filed, country=at_home)
            if city is not None:
                return city
        return self._gazetteer.city(filed, country=dateline.country_code)

    def _is_home(
        self,
        name: Name,
        home: str,
        dateline: Dateline,
        language: str,
        mentions: dict[str, list[_Mention]],
    ) -> bool:
        """Whether a name is the dateline's city: no mention calls it a part of a country, and it is
        no country's or part's name, unless the table of cities has it, too, or the dateline says
        more: ``PERU, Ind.``"""
        if not _is_of_home(name.name, home, language):
            return False
        forms = (folding.folded(form) for form in (name.name, *name.aliases))
        if any(mention.is_part for form in forms for mention in mentions.get(form, ())):
            return False
        return (
            bool(stands_alone(home))
            or _stands_beside(dateline)
            or all(large.code is None for large in countries.by_name(folding.folded(home)))
        )

    def _city_of(self, home: str, evidence: Evidence) -> Meaning | None:
        """The dateline's city by what the article speaks of: ``PORTLAND (AP)``."""
        meaning = self._whereabouts.of(home, evidence, dateline=True)
        return meaning if meaning and meaning.location else None

    def _take_down(
        self, article: Article, mentions: dict[str, list[_Mention]], evidence: Evidence
    ) -> dict[str, Place | None]:
        """All that the article says by itself; and the cities that what follows them tells, None
        where it says that it is another one than is known."""
        said: dict[str, Place | None] = {}
        for name, several in mentions.items():
            place = self._beside(several)
            bare = any(not mention.beside for mention in several)
            if place is not None and bare and _is_country(name):
                # 'Mexico, Mo.' and 'Mexico': the country may be meant, too
                said[name] = None
            elif place is not None:
                said[name] = place
                evidence.names(name, place.country_code, place.admin)
            elif any(self._is_left_open(mention) for mention in several):
                said[name] = None
        told = [name.name for name in article.place]
        if article.dateline is not None:
            told += re.split(r"[/,(]| und | and | et ", article.dateline.text)[1:]
        for text in told:
            if folding.folded(text) not in said:
                self._whereabouts.take_down(text.strip(), evidence)
        evidence.people = {
            word.casefold()
            for entity in article.entities
            if entity.label == "PER"
            for word in entity.text.split(" ")
        }
        return said

    def _of(
        self,
        name: Name,
        mentions: dict[str, list[_Mention]],
        said: dict[str, Place | None],
        evidence: Evidence,
    ) -> Meaning | None:
        forms = [folding.folded(form) for form in (name.name, *name.aliases)]
        for form in forms:
            if form in said:
                place = said[form]
                return self._whereabouts.city(place) if place else None
        stand = [mention for form in forms for mention in mentions.get(form, ())]
        kinds = {mention.kind for mention in stand}
        parts = [mention for mention in stand if mention.is_part]
        if parts and len(parts) < len(stand) and self._is_town(name.name):
            # 'New York state' and 'New York': all that is sure of both is the country
            meaning = self._whereabouts.of(name.name, evidence, kind=parts[0].kind)
            code = meaning.country_code if meaning else None
            return meaning and Meaning(None, meaning.confidence, code, form=name.name)
        if kinds != {"no city"}:
            kinds -= {"no city", None}
        if len(kinds) > 1 or any(self._contradicts(mentions.get(form, ())) for form in forms):
            return None
        kind = kinds.pop() if kinds else None
        if kind == "no city" and evidence.language == "fr":
            # 'du Havre': the article is the city's own
            for article in ("Le", "La"):
                if stands_alone(f"{article} {name.name}"):
                    return self._whereabouts.of(f"{article} {name.name}", evidence)
        meaning = self._whereabouts.of(name.name, evidence, kind=kind)
        if meaning is None and name.canonical not in (None, name.name):
            # an editor says what it is
            meaning = self._whereabouts.of(str(name.canonical), evidence, kind=kind)
            return meaning._replace(form=name.name) if meaning else None
        if meaning is not None and meaning.form is None and parts:
            # 'Landkreis München' is no München
            return meaning._replace(form=parts[0].whole)
        return meaning

    def _is_town(self, name: str) -> bool:
        return stands_alone(name) is not None or any(
            city.own and city.population >= _TOWN for city in self._gazetteer.candidates(name)
        )

    def _beside(self, mentions: Iterable[_Mention]) -> Place | None:
        """The one city that what stands beside the mentions says."""
        said = {place.geonames_id: place for place in self._all_beside(mentions)}
        return next(iter(said.values())) if len(said) == 1 else None

    def _contradicts(self, mentions: Iterable[_Mention]) -> bool:
        return len({place.geonames_id for place in self._all_beside(mentions)}) > 1

    def _all_beside(self, mentions: Iterable[_Mention]) -> Iterator[Place]:
        for mention in mentions:
            for after in mention.beside:
                place = self._gazetteer.city(mention.text + after)
                # 'London, Washington and Paris' lists cities, 'Paris, Canada and Japan' who met
                if place is None or place.confidence < SURE:
                    continue
                alone = self._gazetteer.city(mention.text, in_text=True) if _lists(after) else place
                if alone is None or alone.geonames_id == place.geonames_id:
                    yield place
                    break

    def _is_left_open(self, mention: _Mention) -> bool:
        """Whether what stands beside a name says that it is none of those that are known:
        ``London (Neverland)``; or may say so."""
        alone = self._gazetteer.city(mention.text, in_text=True)
        if mention.stated is not None:
            if any(self._all_beside([mention])):
                return False
            if alone is None:
                return True
            stated = folding.folded(mention.stated)
            # 'Lemberg (Lwiw)' is the same city, and the Alsace is nowhere but in France
            same = (one.geonames_id for one in self._gazetteer.candidates(mention.stated))
            part = (one.code for one in countries.by_name(stated) if one.admin == "-")
            return alone.geonames_id not in same and alone.country_code not in part
        found = (self._gazetteer.city(mention.text + after) for after in mention.doubtful)
        return any(
            place is not None and (alone is None or place.geonames_id != alone.geonames_id)
            for place in found
        )


class _Mention(msgspec.Struct, frozen=True):
    """A place's name in the text, with what stands beside it. kind: as `Whereabouts.of` has it.
    whole: the name with the word that says that it is a part of a country. stated: the region that
    the place is in, so that with an unknown one it is unknown. doubtful: as beside, where it may as
    well be the next of a list."""

    text: str
    beside: tuple[str, ...]
    kind: str | None
    whole: str
    stated: str | None = None
    doubtful: tuple[str, ...] = ()

    @property
    def is_part(self) -> bool:
        return self.kind is not None and self.kind.startswith("part")


def _mentions(article: Article) -> dict[str, list[_Mention]]:
    """Folded name -> its mentions."""
    found: dict[str, list[_Mention]] = {}
    for entity in article.entities:
        if entity.label == "LOC":
            mention = _mention(getattr(article, entity.field) or "", entity)
            found.setdefault(folding.folded(entity.text), []).append(mention)
    for several in list(found.values()):
        # 'Frankfurt an der Oder' says what 'Frankfurt' is
        match = _WHOLE.fullmatch(several[0].text)
        alike = found.get(folding.folded(match["own"])) if match else None
        if match and alike is not None:
            alike.append(_Mention(match["own"], (match["rest"],), None, match["own"]))
    return found


def _mention(text: str, entity: Entity) -> _Mention:
    before = text[max(0, entity.start - 30) : entity.start]
    after = text[entity.end : entity.end + 60]
    kind, whole = None, entity.text
    head, tail = PART_BEFORE.search(before), PART_AFTER.match(after)
    if head or tail:
        said = (head[0] if head else "", tail[0] if tail else "")
        kind, whole = part_kind(" ".join(said)), entity.text.join(said)
    elif WATER_BEFORE.search(before) or WATER_AFTER.match(after):
        kind = "water"
    elif _ARTICLE.search(before):
        kind = "no city"
    beside, stated, doubtful = _said_beside(entity.text, before, after)
    return _Mention(entity.text, beside, kind, whole, stated, doubtful)


#: readings of what stands beside, the region that it says, and readings that may be a list's
_Beside = tuple[tuple[str, ...], str | None, tuple[str, ...]]


def _said_beside(name: str, before: str, after: str) -> _Beside:
    if any(code for code, _ in regions(name)) and stands_alone(name) is None:
        # a list: 'Wyoming, Michigan and Ohio'
        return _state_beside(name, before, after)
    if match := _BRACKET.match(after):
        return _in_brackets(name, match["name"])
    if match := _DANS.match(after):
        said = _dans(name, match, after[match.end() :])
        if said != ((), None, ()):
            return said
    if match := _AFTER.match(after):
        return tuple(_readings(match[0])), None, ()
    beside = tuple(_rests(match)) if (match := _REST.match(after)) else ()
    if match := _INSIDE.match(after):
        words = match["name"].split(" ")
        beside += tuple(
            f" ({part})"
            for part in (" ".join(words), words[0])
            if any(admin for _, admin in regions(part)) and len(part) >= len("Ohio")
        )
    return beside, None, ()


def _rests(match: re.Match[str]) -> Iterator[str]:
    """The rest of a city's name, abbreviations spelt out: `` a. d. Oder``, `` on the Oder``."""
    river, text = match["name"], match[0]
    if river and text.startswith(" on the "):
        yield f" an der {river}"
        yield f" am {river}"
    elif river and text.startswith((" a.", " o.", " i.")):
        yield f" {({'a': 'an der', 'o': 'ob der', 'i': 'im'})[text[1]]} {river}"
    else:
        yield text


def _in_brackets(name: str, inside: str) -> _Beside:
    """`` (La Réunion)`` says where it is, `` (AFP)``, `` (Platz 3)`` and `` (he said)`` do not."""
    parts = [inside, *inside.split(", ")] if ", " in inside else [inside]
    beside = [f" ({part})" for part in parts]
    # 'Freiburg (Breisgau)'
    beside += [f" {word} {inside}" for word in ("im", "ob der") if len(parts) == 1]
    words = re.split(r"[ '’]", inside.replace(",", ""))
    named = all(word[:1].isupper() or word in _SMALL for word in words) and inside[0].isupper()
    is_region = (
        named
        and len(words) <= 5
        and not inside.isupper()
        and not any(char.isdigit() for char in inside)
        and inside.casefold() not in _SOURCES
        and (bool(stands_alone(name)) or not countries.by_name(folding.folded(name)))
    )
    return tuple(beside), inside if is_region else None, ()


def _dans(name: str, match: re.Match[str], rest: str) -> _Beside:
    """What a French text says with a preposition; without a comma it must be a known part."""
    if match["comma"] and match["how"].startswith("au") and stands_alone(name):
        # 'la foire de Paris, au Texas': it may as well be where Paris goes
        return (), None, ()
    words = match["name"].split(" ")
    readings = [part for part in (" ".join(words), words[0]) if regions(part)]
    beside = tuple(f" ({part})" for part in readings)
    of_part = any(admin for part in readings for _, admin in regions(part))
    if _DANS_LIST.match(rest):
        return (), None, beside
    if not match["comma"]:
        return (beside if of_part else ()), None, ()
    if match["how"].startswith("dans"):
        paper = folding.folded(words[0]) in _PAPERS
        return beside, None if paper else (readings or [" ".join(words)])[0], ()
    return beside, readings[0] if of_part else None, ()


def _state_beside(name: str, before: str, after: str) -> _Beside:
    """A country's name with a US state beside it is a town's: ``Peru, Ind.``; a state's is not,
    nor is a list: ``Mexico, Texas and Ohio``."""
    known, match = regions(name), _AFTER.match(after)
    if match is None or all(admin for _, admin in known) or any(c == "US" for c, _ in known):
        return (), None, ()
    words = match[0].removeprefix(", ").split(" ")
    for size in range(len(words), 0, -1):
        state = " ".join(words[:size])
        meant = countries.by_name(folding.folded(state)) or countries.by_name(
            folding.folded(state.rstrip("."))
        )
        parts = [one for one in meant if one.code is not None]
        if len(parts) == 1 and parts[0].code == "US" and parts[0].admin not in (None, "-"):
            break
        if state.rstrip(".") in _POSTAL and not name.isupper():
            break
    else:
        return (), None, ()
    rest = after[2 + len(state) :]
    short = state.endswith(".") and state[:-1] not in _spelt(parts)
    state = state if short else state.rstrip(".")
    if not short and state not in _spelt(parts) and state not in _POSTAL:
        # 'Miss Universe'; Washington is a government
        return (), None, ()
    beside = (f", {state}",)
    listed = _LIST_GOES_ON.match(rest)
    goes_on = listed is not None and (listed["name"] is None or _is_place(listed["name"]))
    came = _LIST_BEFORE.search(before)
    # 'In Mexico, Virginia Giuffre said'
    is_name = not short and rest[:1] == " " and rest[1:2].isupper()
    if not short and (goes_on or is_name or (came is not None and _is_place(came["name"]))):
        return (), None, beside
    return beside, state, ()


#: US states that two capitals may say behind a country's name; ``LA`` is a city, ``IN`` a word
_POSTAL = frozenset("IL KY MD MI MN MO NC NH NJ NM NY OH OK PA SC SD TN TX VT WI WV".split())


def _spelt(parts: Iterable[countries.Large]) -> set[str]:
    names = {name for one in parts for name in one.names}
    return names | ({"New York"} if "New York (state)" in names else set())


def _is_place(name: str) -> bool:
    return bool(stands_alone(name)) or bool(regions(name.rstrip(".")) or regions(name))


def _is_country(folded: str) -> bool:
    return stands_alone(folded) is None and any(admin is None for _, admin in regions(folded))


def _is_elsewhere(
    name: Name,
    settled: Meaning | None,
    said: dict[str, Place | None],
    mentions: dict[str, list[_Mention]],
) -> bool:
    """Whether every mention of the dateline's city says that it is another: ``Frankfurt an der
    Oder`` in a story from Frankfurt am Main."""
    form = folding.folded(name.name)
    place, several = said.get(form), mentions.get(form, ())
    return (
        place is not None
        and settled is not None
        and place.geonames_id != settled.geonames_id
        and all(mention.beside for mention in several)
    )


def _readings(after: str) -> Iterable[str]:
    """What follows, and less and less of it: ``, New York Mayor``, ``, New York``."""
    words = after.split(" ")
    for size in range(len(words), 1, -1):
        reading = " ".join(words[:size])
        # 'Nantes, La Rochelle' says nothing of Louisiana
        if reading.endswith((".", ")")) or len(reading) >= len(", Ohio"):
            yield reading


def _lists(beside: str) -> bool:
    """Whether the words after a comma may as well be the next of a list."""
    words = beside.strip(", ")
    return beside.startswith(",") and (
        bool(stands_alone(words)) or all(part is None for _, part in regions(words))
    )


def _words(article: Article) -> Iterator[str]:
    """The text's words, read when they are asked for."""
    for text in (article.headline, article.body_text):
        yield from set(_WORD.findall(text or ""))


def _agency_of(dateline: Dateline | None) -> str | None:
    """Code of the country of the dateline's agency, where that decides."""
    source = dateline.source if dateline is not None else None
    return _AGENCIES.get((source or "").casefold())


def _filed(dateline: Dateline, meaning: Meaning | None) -> Dateline:
    if meaning is None:
        return dateline
    return msgspec.structs.replace(
        dateline,
        country_code=dateline.country_code or meaning.country_code,
        location=dateline.location or meaning.location,
        geonames_id=meaning.geonames_id,
    )


def _stands_beside(dateline: Dateline) -> bool:
    """Whether more stands beside the city, which was not enough or was of no use."""
    return _split_off(dateline) is not None or "(" in (dateline.city or "")


def _filed_from(dateline: Dateline) -> str:
    """The city with what stands beside it: ``PARIS, Texas (AP)`` -> ``Paris, Texas``."""
    beside = _split_off(dateline)
    return dateline.city or "" if beside is None else f"{dateline.city}{beside}"


def _split_off(dateline: Dateline) -> str | None:
    """What stands beside the city with its mark: ``, Texas``, ``/Oder``."""
    city = dateline.city or ""
    at = dateline.text.casefold().find(city.casefold())
    rest = dateline.text[at + len(city) :] if at >= 0 else ""
    if "," in city or "(" in city or not rest.startswith((",", "/")):
        return None
    beside = re.split(r"[(/,]", rest[1:])[0].strip(" -–—_")
    # 'STOCKHOLM, Aug 29, 2014 (AFP)': that is the date
    if not beside or any(char.isdigit() for char in beside):
        return None
    return f"{rest[0]} {beside}"


def _is_of_home(name: str, home: str, language: str) -> bool:
    """Whether a name is the dateline's city, or a German genitive of it."""
    folded, city = folding.folded(name), folding.folded(home)
    return folded == city or (language == "de" and folded == f"{city}s")


def _called(meaning: Meaning | None, form: str) -> Meaning:
    """The meaning of a name whose form is another: ``Berlins``."""
    return (meaning or Meaning(None, 0.0, same=("home", form)))._replace(form=form)


def _merged(places: Iterable[tuple[Name, Meaning | None]]) -> list[Name]:
    """Found names that mean one place as one, with the sum of their mentions; the most frequent
    gives its form, the others that stand in the article are its aliases."""
    merged: dict[object, Name] = {}
    most: dict[object, int] = {}
    forms: dict[object, dict[str, None]] = {}
    for at, (name, meaning) in enumerate(places):
        if name.creator != FOUND:
            merged[at] = name
            continue
        found = _with(name, meaning)
        key: object = (meaning.same if meaning else None) or folding.folded(found.name)
        forms.setdefault(key, {}).update(dict.fromkeys((name.name, *name.aliases)))
        other = merged.get(key)
        count = found.count or 0
        if other is not None:
            found = _joined(found, other) if count > most[key] else _joined(other, found)
        most[key] = max(count, most.get(key, 0))
        merged[key] = found
    for key, stand in forms.items():
        aliases = [form for form in stand if form != merged[key].name]
        merged[key] = msgspec.structs.replace(merged[key], aliases=aliases)
    return list(merged.values())


def _joined(into: Name, other: Name) -> Name:
    """One name of two of the same place; the first gives its form."""
    decided = next((name.canonical for name in (into, other) if _is_decided(name)), None)
    sure = into if (into.confidence or 0) >= (other.confidence or 0) else other
    return msgspec.structs.replace(
        into,
        count=(into.count or 0) + (other.count or 0),
        canonical=decided or into.canonical,
        country_code=sure.country_code,
        location=sure.location,
        geonames_id=sure.geonames_id,
        confidence=sure.confidence,
    )


def _is_decided(name: Name) -> bool:
    """Whether somebody gave it a canonical name already: an editor."""
    return name.canonical is not None and name.canonical != name.name


def _with(name: Name, meaning: Meaning | None) -> Name:
    """The name with what it means."""
    form = (meaning and meaning.form) or name.name
    canonical = name.canonical if _is_decided(name) else (meaning and meaning.name) or form
    if meaning is None or meaning.country_code is None:
        return msgspec.structs.replace(name, name=form, canonical=canonical)
    return msgspec.structs.replace(
        name,
        name=form,
        canonical=canonical,
        country_code=meaning.country_code,
        location=meaning.location,
        geonames_id=meaning.geonames_id,
        confidence=meaning.confidence,
    )


def _title_case(city: str) -> str:
    """STOCKHOLM -> Stockholm, RIO DE JANEIRO -> Rio de Janeiro; others as sent."""
    if not city.isupper() or len(city) < 4:
        return city
    small = {"de", "do", "da", "del", "la", "le", "am", "an", "der", "den", "im", "of", "the"}
    words = city.split(" ")
    return " ".join(
        word.lower()
        if at and word.lower() in small
        else "-".join(map(str.capitalize, word.split("-")))
        for at, word in enumerate(words)
    )
