"""Places: where the dateline's city lies, and what is sure about the other places named.

The dateline's city gets country, coordinates and GeoNames id in ``dateline``, and counts in
``place`` (one more mention of it, since the parser took the dateline off the body). Other places
get a country by its name, coordinates only where the name is unmistakable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from dateline.article import FOUND, Article, Dateline, Name
from dateline.settings import Settings
from processors.gazetteer import Gazetteer, Place, config


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
            city = self._gazetteer.city(dateline.city, hint=_hint(dateline))
            if city is not None:
                dateline = msgspec.structs.replace(
                    dateline,
                    country_code=dateline.country_code or city.country_code,
                    location=dateline.location or city.location,
                    geonames_id=city.geonames_id,
                )
        places = [self._place(name) for name in article.place]
        if dateline is not None and dateline.city is not None:
            places = _counted(places, dateline, city)
        return msgspec.structs.replace(article, dateline=dateline, place=places)

    def _place(self, name: Name) -> Name:
        if name.creator != FOUND:
            return name
        code = self._gazetteer.country(name.name)
        if code is not None:
            return msgspec.structs.replace(name, country_code=code)
        city = self._gazetteer.city(name.name, in_text=True)
        return _located(name, city) if city else name


def _located(name: Name, city: Place) -> Name:
    return msgspec.structs.replace(
        name,
        country_code=city.country_code,
        location=city.location,
        geonames_id=city.geonames_id,
    )


def _hint(dateline: Dateline) -> str | None:
    """What stands after the city: ``PARIS, Texas (AP)`` -> ``Texas``."""
    if dateline.country_code is not None:
        return dateline.country_code
    city = dateline.city or ""
    if "," in city or "(" in city:
        return None  # part of the city as parsed: the gazetteer splits it
    _, found, rest = dateline.text.partition(city)
    if not found or not rest.startswith(","):
        return None
    part = rest[1:].split("(")[0].split(",")[0].strip(" -–—_")
    # 'STOCKHOLM, Aug 29, 2014 (AFP)': that is the date
    return part if part and not any(char.isdigit() for char in part) else None


def _counted(places: list[Name], dateline: Dateline, city: Place | None) -> list[Name]:
    """The dateline's city among the places: one more mention, or a new name."""
    shown = _title_case(dateline.city or "")
    for at, place in enumerate(places):
        same_name = place.name.casefold() == shown.casefold()
        same_city = city is not None and place.geonames_id == city.geonames_id
        if place.creator == FOUND and (same_name or same_city):
            counted = msgspec.structs.replace(place, count=(place.count or 0) + 1)
            places[at] = _located(counted, city) if city else counted
            return places
    name = Name(name=shown, creator=FOUND, count=1)
    return [*places, _located(name, city) if city else name]


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
