"""Which of the places of one name an article means, and how sure that is.

Every place that a name may mean has a weight: the gazetteer's (people, a name of its own, a
capital), or a fixed one for countries, their parts and the cities that a world desk names without
more. What else the article says multiplies it: where it was filed, and what countries and parts of
countries it speaks of. A place's share of the sum is the probability that it is this one of them;
times the probability that the name is a place of such a size at all, it is the confidence.

The factors are judged, not learnt: `tests/judged` holds sentences with what they mean, and
``python -m tests.judged`` prints how often each band of confidence is right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from dateline.article import Location
from processors import cities, countries, folding
from processors.countries import Language, Large
from processors.gazetteer import (
    Candidate,
    Gazetteer,
    Place,
    is_far_fetched_capital,
    large_ids,
    neighbours,
    stands_alone,
)

#: a confidence below this is none: nothing is said
SURE = 0.9
SURE_IN_DATELINE = 0.75

#: weights that compare to the gazetteer's (people x 20 x 10 for a capital)
_KNOWN = 2e10
_ELSEWHERE = 1e9
#: a part of a country that is called after a city that is known: New York
_NAMED_AS_CITY = 3e6
#: whoever else may be called so: a village, a person
_SOMEBODY = 1.1e5
#: where the table of cities leaves a name open: only what the article says can close it
_OPEN = 10.0
#: a foreign name of one place that is another's own
_FAR_FETCHED = 1 / 30

#: what the article names, and where it was filed
_COUNTRY_NAMED = 100.0
_NEIGHBOUR_NAMED = 20.0
_PART_NAMED = 3_000.0
_CITY_OF_PART_NAMED = 300.0
_FILED_IN_COUNTRY = 30.0
_FILED_IN_PART = 50_000.0
#: from a capital or a metropolis comes news of all the world
_FILED_IN_PART_HUB = 3_000.0
_HUB = 2_000_000
_FILED_NEAR = 20.0
_NEAR_KM = 100.0
_AT_HOME = 5.0

#: people of a town that a city of the table gives way to, in a country that the article was filed
#: from or speaks of; and the table's confidence beside a smaller one where it was filed
_RIVAL = 90_000
_WITH_RIVALS = 0.95
#: where desks write a town's state beside it (Athens, Ga.): by itself it is the capital abroad
_WITH_STATE = frozenset({"US", "CA"})
#: Washington, which is a government more often than a town near the article
_GOVERNMENTS = frozenset({4140963})
_HOME = {"de": ("DE", "AT", "CH"), "fr": ("FR", "BE", "CH")}

#: names that are another thing in one language
_BY_LANGUAGE: dict[tuple[str, str], tuple[str | None, str | None]] = {
    ("de", "georgia"): ("US", "GA"),
    ("de", "jordan"): (None, None),
    # the river, which is what 'Amazon' beside it is, too, or the company
    ("de", "amazonas"): (None, None),
}
#: cities that are a country or a people in every other language
_CITY_BY_LANGUAGE = {
    ("fr", "mexico"): 3530597,
    ("it", "roma"): 3169070,
    ("es", "roma"): 3169070,
    ("pt", "roma"): 3169070,
}
#: countries that people are called
_FIRST_NAMES = frozenset({"chad", "georgia", "jordan", "india", "kenya"})

#: second halves that are a part of any city: Paris-Nord, Berlin-Mitte, Köln-Altstadt
_QUARTER = re.compile(
    r"(?:nord|süd|sud|ost|est|west|ouest)(?:ost|west|est|ouest|stadt)?|mitte|centre|zentrum|stadt"
    r"|city|(?:alt|neu|innen|vor)stadt|hafen|flughafen|hauptbahnhof|hbf",
    re.IGNORECASE,
)
#: and those that the gazetteer does not have, of the cities that German copy names with them
_QUARTERS = frozenset(
    """
    bornheim bornstedt babelsberg bogenhausen bockenheim cannstatt chorweiler connewitz ehrenfeld
    feuerbach giesing gohlis gorbitz grünau gostenhof höchst kalk kreuzviertel langwasser
    lindenthal linden mülheim neuperlach nippes pasing plagwitz porz prohlis
    riem sachsenhausen schwabing sendling silberhöhe stöcken tempelhof unterbilk untertürkheim
    vahrenheide vaihingen zuffenhausen
    """.split()
)
#: km from a city's middle that its quarters lie within
_QUARTER_KM = 40.0

_ARTICLES = re.compile(r"(?:der|die|das|den|dem|the|la|le|les|el) +|l['’] ?", re.IGNORECASE)
#: ``Ostukraine``, ``Nord-Gaza``, ``northern Iraq``, ``sud du Liban``
_DIRECTION = re.compile(
    r"(?:(?:nord|ost|süd|west|zentral|mittel|nordost|nordwest|südost|südwest)(?:-|(?=\w))"
    r"|(?:nördliche|östliche|südliche|westliche|zentrale)[nrs]? "
    r"|(?:north|south|east|west|central|northern|southern|eastern|western|north-?eastern"
    r"|north-?western|south-?eastern|south-?western|upper|lower|mainland|rural|occupied)[ -]"
    r"|(?:nord|sud|est|ouest|centre)-?(?:est|ouest)? (?:de la |de l['’]|du |de |d['’]))",
    re.IGNORECASE,
)
#: words of a name that say that it is a part of a country
_PART = (
    r"(?:US-)?(?:Bundesstaat|Bundesland|Staat|Provinz|Region|Oblast|Gebiet|Gouvernement|Kanton"
    r"|Landkreis|Kreis|Bezirk)(?:e?s)?"
    r"|(?:U\.?S\.? )?(?:[Ss]tate|[Pp]rovince|[Rr]egion|[Oo]blast|[Cc]ounty) of"
    r"|(?:[ÉE]tat|[Pp]rovince|[Rr]égion|[Oo]blast|[Cc]anton|[Dd]épartement)(?: américain)?"
    r" (?:du|de l['’]|de la|des|de|d['’])"
)
#: the countries whose parts are called so: there is no Kanton of Freiburg in Germany
_COUNTRIES_OF_WORD = {
    "kanton": ("CH",),
    "landkreis": ("DE",),
    "county": ("US", "GB", "IE"),
    "oblast": ("RU", "UA", "BY", "BG", "KZ", "KG"),
}
PART_BEFORE = re.compile(rf"(?<!\w)(?:{_PART}) ?$")
PART_AFTER = re.compile(r"(?:'s|’s)?[ -](?:[Ss]tate|[Pp]rovince|[Rr]egion|[Oo]blast|County)\b")
_PART_WITHIN = re.compile(rf"(?:{_PART}) ?(?=\w)|(?<=\w) (?:State|Province|Region|Oblast|County)$")
#: words beside a name that say that it is water or a mountain
WATER_BEFORE = re.compile(
    r"(?<!\w)(?:Fluss|Flusse?s|Strom|River|river|Lake|fleuve|rivière|lac|mont|Mount|Mt\.?) $"
)
WATER_AFTER = re.compile(r" (?:River|river|Sea|Lake|Valley|Delta|Bay|Canyon|Mountains)\b")


class Meaning(NamedTuple):
    """What a name means. Without a code it is a sea, a continent or the like.

    name: canonical. same: equal for names that mean the same place. form: of the name in the
    text, less a genitive's ``s``.
    """

    name: str | None
    confidence: float
    country_code: str | None = None
    location: Location | None = None
    geonames_id: int | None = None
    same: object = None
    form: str | None = None


class Evidence:
    """What an article says about where its places are.

    language: the article's, two letters. filed: the dateline's city, where that is known. words:
    of the text, asked for only where they may decide. agency: code of the country whose agency
    filed it, where its towns' names are in question.
    """

    def __init__(
        self,
        language: str,
        filed: Place | None,
        words: Iterable[str],
        agency: str | None = None,
    ) -> None:
        self.language = language
        self.agency = agency
        self.filed = filed
        self.people: frozenset[str] | set[str] = frozenset()
        self._words = words
        self._spoken: set[str] | None = None
        self._codes: dict[str, set[str]] = {}
        self._parts: dict[tuple[str, str], set[str]] = {}
        self._cities: dict[tuple[str, str], set[str]] = {}

    def names(self, name: str, code: str, part: str | None = None, *, city: bool = False) -> None:
        """Take down that a folded name is of a country, and of a part of it or a city there."""
        self._codes.setdefault(code, set()).add(name)
        if part:
            (self._cities if city else self._parts).setdefault((code, part), set()).add(name)

    def _of_part(self, name: str, code: str, part: str | None) -> float:
        if part and self._parts.get((code, part), set()) - {name}:
            return _PART_NAMED
        if part and self._cities.get((code, part), set()) - {name}:
            return _CITY_OF_PART_NAMED
        return 1.0

    def factor(
        self,
        name: str,
        code: str | None,
        part: str | None,
        rivals: Collection[str | None] = (),
        spoken: bool = False,
    ) -> float:
        """How much likelier the rest of the article makes a place in a country or part of it.

        name: the folded name that is in question, which is no evidence for itself. rivals: codes
        of all the countries that it may be. spoken: look at the text's words, too.
        """
        if code is None:
            return 1.0
        filed = self.filed
        if filed is not None and filed.country_code == code:
            if part and filed.admin == part:
                hub = filed.capital or filed.population >= _HUB
                return _FILED_IN_PART_HUB if hub else _FILED_IN_PART
            return _FILED_IN_COUNTRY * self._of_part(name, code, part)
        at_home = _AT_HOME if code in _HOME.get(self.language, ()) and filed is None else 1.0
        of_part = self._of_part(name, code, part)
        if of_part > 1.0:
            return of_part * at_home
        if self._codes.get(code, set()) - {name} or (spoken and code in self.spoken):
            return _COUNTRY_NAMED * at_home
        if part is None:
            # Few countries are named, and many have many neighbours.
            for one in self._codes.keys() & neighbours().get(code, frozenset()):
                if one not in rivals and self._codes[one] - {name}:
                    return _NEIGHBOUR_NAMED * at_home
        return at_home

    @property
    def spoken(self) -> set[str]:
        """Codes of the countries whose adjectives and peoples stand in the text."""
        if self._spoken is None:
            self._spoken = countries.spoken_of(self._words)
        return self._spoken

    def speaks_of(self, name: str, code: str | None, *, spoken: bool = True) -> bool:
        """Whether it was filed in a country, or names it otherwise than by the folded name."""
        if code is None:
            return False
        filed = self.filed is not None and self.filed.country_code == code
        named = bool(self._codes.get(code, set()) - {name})
        return filed or named or (spoken and code in self.spoken)

    def near(self, lat: float, lon: float) -> bool:
        """Whether a place (degrees) is near where the article was filed."""
        if self.filed is None:
            return False
        return _km(self.filed.location, lat, lon) <= _NEAR_KM


class _Option(NamedTuple):
    """weight: before evidence. likely: that it is a place of this kind at all."""

    weight: float
    likely: float
    code: str | None
    part: str | None
    large: Large | None = None
    city: Candidate | None = None


class Whereabouts:
    """Names of places to what they mean. language: of canonical names."""

    def __init__(self, gazetteer: Gazetteer, language: Language) -> None:
        self._gazetteer = gazetteer
        self._language = language

    def take_down(self, name: str, evidence: Evidence) -> None:
        """What a name is evidence of by itself: a country, a part of it, a city that is known."""
        folded = folding.folded(name)
        known = countries.by_name(folded) if len(name) > 3 or name == "USA" else ()
        geonames_id = stands_alone(name)
        if len(known) == 1 and geonames_id is None:
            (large,) = known
            if large.code is not None:
                evidence.names(folded, large.code, large.admin if large.admin != "-" else None)
        elif geonames_id and not known:
            city = self._gazetteer.by_id(geonames_id)
            if city is not None:
                evidence.names(folded, city.country_code, city.admin, city=True)

    def of(
        self, name: str, evidence: Evidence, *, kind: str | None = None, dateline: bool = False
    ) -> Meaning | None:
        """What a name means in this article, None where that is not sure.

        kind: `part_kind` or ``water``, where the words beside it say so; ``no city`` where only an
        article does, which cities have in none of the languages. dateline: it stands there, so
        less is asked for.
        """
        for form, of_it in _forms(name, evidence.language):
            options = self._options(form, evidence, of_it or kind)
            if not options:
                continue
            if of_it == "quarter" and not self._has_quarter(form, name):
                # 'Nice-Matin' is a paper
                continue
            if of_it in ("within", "quarter"):
                genitive = name.endswith("s") and not form.endswith("s")
                shown = name[:-1] if genitive else name
                return self._within(shown, form, options, evidence)
            meaning = self._chosen(form, options, evidence, of_it or kind, dateline)
            if of_it and meaning is not None:
                return meaning._replace(form=name)
            if meaning is not None and self._is_quarter(form, meaning, evidence):
                continue
            if meaning is not None or any(option.weight >= _KNOWN for option in options):
                return meaning
        return None

    def city(self, place: Place) -> Meaning:
        """A city that is known already."""
        name = cities.canonical(place.geonames_id, self._language) or place.name
        return Meaning(
            name,
            place.confidence,
            place.country_code,
            place.location,
            place.geonames_id,
            place.geonames_id,
        )

    def is_adjective(self, name: str, language: str) -> bool:
        """``russischen``, ``French``, ``Berliner``: no place, though a recogniser said so."""
        genitive = name[:-1] if language == "de" and name.endswith("s") else name
        if any(_is_known(form) for form in (name, genitive)):
            return False
        if countries.adjective_of(name) is not None:
            return not any(c.own and c.population >= 100_000 for c in self._candidates(name))
        if language != "de" or not name.endswith("er") or len(name) < 5:
            return False
        if any(candidate.own for candidate in self._candidates(name)):
            return False
        stem = name[:-2]
        return any(
            stands_alone(base) or countries.by_name(folding.folded(base))
            for base in (stem, f"{stem}en", f"{stem[:-1]}en", f"{stem}e")
        )

    def _is_quarter(self, name: str, meaning: Meaning, evidence: Evidence) -> bool:
        """Whether a town's name is rather that of a part of a city that the article is about:
        ``East London`` in a story from London."""
        direction = _DIRECTION.match(name)
        whole = stands_alone(name[direction.end() :]) if direction else None
        city = self._gazetteer.by_id(whole) if whole else None
        return (
            city is not None
            and city.country_code != meaning.country_code
            and evidence.speaks_of(folding.folded(name), city.country_code)
            and not evidence.speaks_of(folding.folded(name), meaning.country_code)
        )

    def _has_quarter(self, city: str, name: str) -> bool:
        """Whether the second half of a compound is a part of the city that the first one is: any
        city's, or a place that lies there."""
        last = name.partition("-")[2]
        ends = {last, last.removesuffix("s")}
        if any(_QUARTER.fullmatch(end) or end.casefold() in _QUARTERS for end in ends):
            return True
        place = self._gazetteer.by_id(stands_alone(city) or 0)
        return place is not None and any(
            one.country_code == place.country_code
            and _km(place.location, one.lat, one.lon) <= _QUARTER_KM
            for end in ends
            for form in (f"{city}-{end}", end)
            for one in self._candidates(form)
        )

    def _candidates(self, name: str) -> tuple[Candidate, ...]:
        return self._gazetteer.candidates(name)

    def _options(self, name: str, evidence: Evidence, kind: str | None) -> list[_Option]:
        folded = folding.folded(name)
        large = countries.by_name(folded) or countries.by_name(folding.plain(folded))
        fixed = _BY_LANGUAGE.get((evidence.language, folded))
        if kind and kind.startswith("part"):
            # 'Bundesstaat Amazonas' says that it is no river
            fixed = None
        if fixed is not None:
            large = tuple(one for one in large if (one.code, one.admin) == fixed)
        if len(name) < len("Ohio") and not (name.isupper() and len(name) > 1):
            # shorter names of parts are abbreviations: 'Ga.', 'La.'
            large = tuple(one for one in large if one.admin is None)
        table = _CITY_BY_LANGUAGE.get((evidence.language, folded)) or stands_alone(name)
        options: list[_Option] = []
        candidates = self._candidates(name) if fixed is None and len(name) > 1 else ()
        if table and all(candidate.geonames_id != table for candidate in candidates):
            candidates = (*self._by_id(table), *candidates)
        with_own = any(candidate.own for candidate in candidates)
        whole = {one.code for one in large if one.code and one.admin is None}
        for one in candidates:
            if one.geonames_id == table:
                options.append(
                    _Option(_KNOWN + one.weight, 0.99, one.country_code, one.admin, city=one)
                )
            elif one.country_code not in whole:
                far_fetched = with_own and not one.own and table is None
                weight = one.weight * (_FAR_FETCHED if far_fetched else 1.0)
                options.append(_Option(weight, _likely(one), one.country_code, one.admin, city=one))
        for each in large:
            if each.code is None:
                options.append(_Option(_ELSEWHERE, 0.99, None, None, large=each))
            elif not table:
                options.append(_Option(_KNOWN, 0.99, each.code, each.admin, large=each))
            elif each.admin:
                options.append(_Option(_NAMED_AS_CITY, 0.99, each.code, each.admin, large=each))
        return options

    def _by_id(self, geonames_id: int) -> Iterator[Candidate]:
        place = self._gazetteer.by_id(geonames_id)
        if place is not None:
            for candidate in self._candidates(place.name):
                if candidate.geonames_id == geonames_id:
                    yield candidate

    def _chosen(
        self,
        name: str,
        options: list[_Option],
        evidence: Evidence,
        kind: str | None,
        dateline: bool,
    ) -> Meaning | None:
        if kind == "water":
            options = [option for option in options if option.code is None]
        elif kind == "no city":
            options = [option for option in options if option.large]
        elif kind and kind.startswith("part"):
            codes = _COUNTRIES_OF_WORD.get(kind.removeprefix("part "))
            if codes:
                options = [o for o in options if o.code in codes]
            parts = [o for o in options if o.large and o.large.admin]
            # 'US state', 'Pakistan province': the country is meant
            whole = any(o.large and o.large.code and not o.large.admin for o in options)
            if not parts and not whole:
                return self._around(name, options, evidence, codes)
            options = parts or options
        if not options:
            return None
        best, confidence = self._best(name, options, evidence, kind, dateline, spoken=False)
        if (confidence < 0.97 or best.weight < max(o.weight for o in options)) and evidence.spoken:
            best, confidence = self._best(name, options, evidence, kind, dateline, spoken=True)
        if confidence < (SURE_IN_DATELINE if dateline else SURE):
            return None
        return self._meaning(name, best, confidence)

    def _best(
        self,
        name: str,
        options: list[_Option],
        evidence: Evidence,
        kind: str | None,
        dateline: bool,
        *,
        spoken: bool,
    ) -> tuple[_Option, float]:
        folded = folding.folded(name)
        rivals = {option.code for option in options}
        weights = []
        for option in options:
            factor = evidence.factor(folded, option.code, option.part, rivals, spoken)
            if option.city and evidence.near(option.city.lat, option.city.lon):
                factor *= _FILED_NEAR
            weights.append((option.weight * factor, factor, option))
        weight, factor, best = max(weights, key=lambda one: one[:2])
        rest = 0.0 if dateline or kind else _SOMEBODY
        if stands_alone(name) == 0 and kind in (None, "no city"):
            rest = max(option.weight for option in options) * _OPEN
        likely = best.likely
        if best.city:
            table = best.weight >= _KNOWN
            known = table or best.city.own or evidence.speaks_of(folded, best.code, spoken=spoken)
            if not known:
                # a foreign name, and nothing speaks of the country: Tokyo's 'Edo'
                if is_far_fetched_capital(best.city, name):
                    likely = 0.0
                elif dateline:
                    likely = max(likely, 0.95)
            elif dateline:
                likely = max(likely, 0.95)
            elif likely < 0.98:
                likely += 0.08 if factor >= _PART_NAMED else 0.05 if factor > _AT_HOME else 0.0
        if folded in evidence.people and _may_be_a_person(folded, best, factor):
            likely *= 0.8
        share = weight / (sum(one[0] for one in weights) + rest)
        confidence = min(likely, 0.99) * share
        if not dateline:
            towns = [option for option in options if self._bears(option, folded, evidence)]
            confidence = min(confidence, _ceiling(folded, best, towns, evidence, spoken))
        return best, round(confidence, 2)

    def _bears(self, option: _Option, folded: str, evidence: Evidence) -> bool:
        """Whether a town may be called so by itself: Santiago de Compostela, but not Syracuse,
        which was Milan."""
        town = option.city
        if town is None or option.code == evidence.agency:
            return town is not None
        return town.own or (
            town.population >= _RIVAL
            and folding.folded(self._gazetteer.place(town.row, 1.0).name).startswith(f"{folded} ")
        )

    def _meaning(self, name: str, option: _Option, confidence: float) -> Meaning:
        if option.city:
            place = self._gazetteer.place(option.city.row, confidence)
            return self.city(place)._replace(form=name)
        assert option.large is not None
        large = option.large
        canonical = large.canonical(self._language)
        if large.code is None:
            return Meaning(canonical, confidence, same=("elsewhere", large.names), form=name)
        return Meaning(
            canonical,
            confidence,
            large.code,
            geonames_id=large_ids().get((large.code, large.admin)),
            same=(large.code, large.names),
            form=name,
        )

    def _within(
        self, name: str, form: str, options: list[_Option], evidence: Evidence
    ) -> Meaning | None:
        """What lies within a place: ``Ostukraine``, ``Berlin-Mitte``. The country is known."""
        whole = self._chosen(form, options, evidence, None, dateline=False)
        if whole is None or whole.country_code is None:
            return None
        confidence = round(whole.confidence * 0.95, 2)
        return (
            Meaning(None, confidence, whole.country_code, form=name) if confidence >= SURE else None
        )

    def _around(
        self,
        name: str,
        options: list[_Option],
        evidence: Evidence,
        codes: tuple[str, ...] | None,
    ) -> Meaning | None:
        """The region that is called after a city: ``Oblast Charkiw``. The country is known where
        only one has such regions, the city is of the table, or the article speaks of it."""
        if codes and len(codes) == 1 and options:
            return Meaning(None, _WITH_RIVALS, codes[0])
        city = self._chosen(name, options, evidence, None, dateline=False) if options else None
        if city is None or city.country_code is None:
            return None
        if not stands_alone(name) and not evidence.speaks_of(
            folding.folded(name), city.country_code
        ):
            return None
        return Meaning(None, city.confidence, city.country_code)


def _km(there: Location, lat: float, lon: float) -> float:
    """Between two places (degrees) that are not far from each other."""
    north = (lat - there.lat) * 111.2
    east = (lon - there.lon) * 111.2 * math.cos(math.radians(lat))
    return math.hypot(north, east)


def _may_be_a_person(folded: str, option: _Option, factor: float) -> bool:
    """Whether a name that a person in the article has, too, is rather the person's."""
    if option.city is None:
        return folded in _FIRST_NAMES
    large = option.city.population >= 500_000
    return factor < (_COUNTRY_NAMED if large else _PART_NAMED)


def _ceiling(
    folded: str, best: _Option, towns: list[_Option], evidence: Evidence, spoken: bool
) -> float:
    """How sure a city of the table can be where the article speaks of another country that has a
    town of that name, and not of the city's: Berlin in a story from Montpelier, Vermont."""
    if best.city is None or best.weight < _KNOWN or best.city.geonames_id in _GOVERNMENTS:
        return 1.0
    if evidence.speaks_of(folded, best.code, spoken=spoken):
        return 1.0
    filed, ceiling = evidence.filed, 1.0
    # a desk of the world writes of the world; a town's of its own country first
    local = filed is not None and cities.canonical(filed.geonames_id, "en") is None
    hub = filed is not None and (filed.capital or filed.population >= _HUB)
    for option in towns:
        town = option.city
        if town is None or not evidence.speaks_of(folded, option.code, spoken=spoken):
            continue
        there = filed is not None and filed.country_code == option.code
        if there and option.code == evidence.agency:
            return 0.0
        stated = best.city.capital and not local and option.code in _WITH_STATE
        if town.population >= _RIVAL and not stated:
            return 0.0
        if there and town.own:
            near = local or (not hub and evidence.near(town.lat, town.lon))
            ceiling = min(ceiling, 0.0 if near else _WITH_RIVALS)
    return ceiling


def _likely(city: Candidate) -> float:
    """That a name in a text is this place, or another of its name, rather than anything else."""
    if not city.own:
        return 0.88 if city.population >= 100_000 else 0.6
    for people, likely in ((500_000, 0.98), (100_000, 0.96), (50_000, 0.93), (20_000, 0.88)):
        if city.population >= people:
            return likely
    return 0.84


def _forms(name: str, language: str) -> Iterator[tuple[str, str | None]]:
    """(form, kind) to look for, as they are to be tried. Of kind ``within`` is what is only a
    part of it, of kind ``quarter`` what may be one of a city."""
    yield name, None
    bare = _ARTICLES.sub("", name, count=1) if _ARTICLES.match(name) else name
    if bare != name:
        yield bare, None
    if bare.endswith(("'s", "’s")):
        bare = bare[:-2]
        yield bare, None
    if language == "de" and len(bare) > 3:
        if bare.endswith(("s", "'", "’")):
            yield bare[:-1], None
        if bare.endswith("-Stadt"):
            yield bare.removesuffix("-Stadt"), None
        if bare.endswith("es"):
            yield bare[:-2], None
    part = _PART_WITHIN.sub("", bare, count=1)
    if part != bare:
        yield part, part_kind(bare)
        return
    direction = _DIRECTION.match(bare)
    if direction:
        rest = bare[direction.end() :]
        for form in (rest, rest.removesuffix("s")) if language == "de" else (rest,):
            # 'Westerland' is no west of Erland: what is left is large, or was set apart
            if countries.by_name(folding.folded(form)) or (
                bare[direction.end() - 1] in "- " and stands_alone(form)
            ):
                yield form[:1].upper() + form[1:], "within"
    first, hyphen, last = bare.partition("-")
    if (
        hyphen
        and stands_alone(first)
        and last[:1].isupper()
        and last.isalpha()
        and not (stands_alone(last) or countries.by_name(folding.folded(last)))
    ):
        yield first, "quarter"


def part_kind(words: str) -> str:
    """The kind of a name beside which a word says that it is a part of a country, with the word
    where only some countries have such parts: ``part``, ``part county``."""
    said = (word for word in _COUNTRIES_OF_WORD if re.search(rf"\b{word}", words, re.IGNORECASE))
    return " ".join(("part", *list(said)[:1]))


def _is_known(name: str) -> bool:
    return stands_alone(name) is not None or bool(countries.by_name(folding.folded(name)))
