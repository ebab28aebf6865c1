"""Places: where the dateline's city lies, and what is sure about the other places named.

The dateline's city gets country, coordinates and GeoNames id in ``dateline``, and counts in
``place`` (one more mention of it, since the parser took the dateline off the body). Other places
get a country by its name, coordinates only where the name is unmistakable or what follows it in
the text says which is meant (``Paris, Texas``). A German genitive (``Frankreichs``) that is
nothing by itself is the place without its ``s``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import msgspec

from dateline.article import FOUND, Article, Dateline, Name
from dateline.settings import Settings
from processors.gazetteer import Gazetteer, Place, config, regions, stands_alone

#: what may stand after a city in a text: ``, Texas``, ``, N.H.``, `` (Oder)``
_AFTER = re.compile(r", [A-Z][\w.-]+(?: [A-Z][\w.-]+){0,2}| \([A-Z]\w+\)")


class Places:
    """Sets coordinates in ``dateline`` and ``place``."""

    name = "places"
    version = 1
    after = ("names",)

    def __init__(self, settings: Settings) -> None:
        self._gazetteer = Gazetteer(settings.data_path / "cache")

    def setup(self, languages: Iterable[str]) -> None:
        self._gazetteer.load()

    def config(self) -> dict[str, str]:
        return {"gazetteer": config()}

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        return [self._one(article) for article in articles]

    def _one(self, article: Article) -> Article:
        dateline = article.dateline
        city: Place | None = None
        if dateline is not None and dateline.city is not None:
            city = self._gazetteer.city(_filed_from(dateline), country=dateline.country_code)
            if city is not None:
                dateline = msgspec.structs.replace(
                    dateline,
                    country_code=dateline.country_code or city.country_code,
                    location=dateline.location or city.location,
                    geonames_id=city.geonames_id,
                )
        home = _title_case(dateline.city) if dateline is not None and dateline.city else None
        german, following = _is_german(article), _following(article)
        places = [
            self._place(name, german, following, home) if name.creator == FOUND else name
            for name in article.place
        ]
        if home is not None:
            places = _counted(places, home, city)
        return msgspec.structs.replace(article, dateline=dateline, place=_summed(places))

    def _place(
        self, name: Name, german: bool, following: dict[str, list[str]], home: str | None
    ) -> Name:
        """The name with all that is sure. home: the dateline's city, which is settled already."""
        if german and self._is_genitive(name.name, home):
            name = msgspec.structs.replace(name, name=name.name[:-1])
        if _same(name.name, home):
            return name
        code = _country(name.name)
        if code is not None:
            return msgspec.structs.replace(name, country_code=code)
        if regions(name.name) and stands_alone(name.name) is None:
            return name
        alone = self._gazetteer.city(name.name, in_text=True)
        after = following.get(name.name.casefold(), ())
        return _located(name, self._beside(name.name, after, alone))

    def _is_genitive(self, name: str, home: str | None) -> bool:
        """``Berlins`` and no place ``Berlins``."""
        if not name.endswith("s") or _same(name, home) or self._known(name):
            return False
        return _same(name[:-1], home) or self._known(name[:-1])

    def _known(self, name: str) -> bool:
        return bool(_country(name) or self._gazetteer.city(name, in_text=True))

    def _beside(self, name: str, following: Iterable[str], alone: Place | None) -> Place | None:
        """The city that what follows a mention says, else the one that the name means alone."""
        said: dict[int, Place] = {}
        for after in following:
            for beside in _readings(after):
                place = self._gazetteer.city(name + beside)
                # 'London, Washington and Paris' lists cities, 'Paris, Canada and Japan' who met
                if place and not (alone and _lists(beside)):
                    said[place.geonames_id] = place
                    break
        if not said:
            return alone
        return next(iter(said.values())) if len(said) == 1 else None


def _country(name: str) -> str | None:
    """The code of a country, or of the one that a part belongs to: ``Bayern``, ``Ontario``.
    None for ``Georgia``, which is two, and for a city of that name: ``New York``."""
    if stands_alone(name) is not None:
        return None
    # the shorter names of parts are abbreviations
    meant = {code for code, part in regions(name) if part is None or len(name) >= len("Ohio")}
    return meant.pop() if len(meant) == 1 else None


def _following(article: Article) -> dict[str, list[str]]:
    """What may tell a place from its namesakes, after the mentions of it."""
    following: dict[str, list[str]] = {}
    for mention in article.entities:
        if mention.label == "LOC":
            after = _AFTER.match(getattr(article, mention.field) or "", mention.end)
            if after:
                following.setdefault(mention.text.casefold(), []).append(after[0])
    return following


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


def _located(name: Name, city: Place | None) -> Name:
    if city is None:
        return name
    return msgspec.structs.replace(
        name,
        country_code=city.country_code,
        location=city.location,
        geonames_id=city.geonames_id,
    )


def _filed_from(dateline: Dateline) -> str:
    """The city with what stands beside it: ``PARIS, Texas (AP)`` -> ``Paris, Texas``."""
    city = dateline.city or ""
    at = dateline.text.casefold().find(city.casefold())
    rest = dateline.text[at + len(city) :] if at >= 0 else ""
    if "," in city or "(" in city or not rest.startswith((",", "/")):
        return city
    beside = re.split(r"[(/,]", rest[1:])[0].strip(" -–—_")
    # 'STOCKHOLM, Aug 29, 2014 (AFP)': that is the date
    if not beside or any(char.isdigit() for char in beside):
        return city
    return f"{city}{rest[0]} {beside}"


def _counted(places: list[Name], home: str, city: Place | None) -> list[Name]:
    """The dateline's city among the places: one more mention, or a new name."""
    for at, place in enumerate(places):
        same_city = city is not None and place.geonames_id == city.geonames_id
        if place.creator == FOUND and (_same(place.name, home) or same_city):
            counted = msgspec.structs.replace(place, count=(place.count or 0) + 1)
            places[at] = _located(counted, city)
            return places
    return [*places, _located(Name(name=home, creator=FOUND, count=1), city)]


def _summed(places: Iterable[Name]) -> list[Name]:
    """Found names that have become one, with the sum of their mentions."""
    summed: dict[object, Name] = {}
    for at, place in enumerate(places):
        key = place.name.casefold() if place.creator == FOUND else at
        if key in summed:
            count = (summed[key].count or 0) + (place.count or 0)
            place = msgspec.structs.replace(summed[key], count=count)
        summed[key] = place
    return list(summed.values())


def _same(name: str, other: str | None) -> bool:
    return other is not None and name.casefold() == other.casefold()


def _is_german(article: Article) -> bool:
    return (article.language or "").split("-")[0] == "de"


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
