"""Places: where a dateline's city lies, in any language's spelling, or silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dateline.article import Article, Dateline, Name
from dateline.settings import Settings
from processors.enrichers.places import Places
from processors.gazetteer import Gazetteer


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=str(tmp_path_factory.mktemp("places")))


@pytest.fixture(scope="module")
def gazetteer(settings: Settings) -> Iterator[Gazetteer]:
    yield Gazetteer(settings.data_path / "cache")


@pytest.mark.parametrize(
    ("name", "country", "geonames_id"),
    [
        ("Kiew", "UA", 703448),
        ("Moskau", "RU", 524901),
        ("Peking", "CN", 1816670),
        ("Den Haag", "NL", 2747373),
        ("Genf", "CH", 2660646),
        ("Mailand", "IT", 3173435),
        ("Warschau", "PL", 756135),
        ("Prag", "CZ", 3067696),
        ("Lissabon", "PT", 2267057),
        ("Neu-Delhi", "IN", 1261481),
        ("Köln", "DE", 2886242),
        ("Waghäusel", "DE", 2815487),
        ("Londres", "GB", 2643743),
        ("Genève", "CH", 2660646),
        ("GENEVE", "CH", 2660646),
        ("Pékin", "CN", 1816670),
        ("STOCKHOLM", "SE", 2673730),
        ("Seoul", "KR", 1835848),
        ("Vienne", "AT", 2761369),
        ("Davos", "CH", 2661039),
        ("Islamabad", "PK", 1176615),
        ("Washington", "US", 4140963),
        ("PARIS", "FR", 2988507),
        ("PARIS, Texas", "US", 4717560),
        ("Athens, Ga.", "US", 4180386),
        ("Frankfurt", "DE", 2925533),
        ("Frankfurt (Oder)", "DE", 2925535),
        ("FRANKFURT/MAIN", "DE", 2925533),
        ("Gaza-Stadt", "PS", 281133),
        ("Karlsruhe/Berlin", "DE", 2892794),
    ],
)
def test_a_city_is_found(gazetteer: Gazetteer, name: str, country: str, geonames_id: int) -> None:
    place = gazetteer.city(name)
    assert place is not None
    assert (place.country_code, place.geonames_id) == (country, geonames_id)


@pytest.mark.parametrize(
    "name", ["Valencia", "Springfield", "Mar-a-Lago", "Halle", "Nirgendwo", "", "-", "Halle (Mond)"]
)
def test_nothing_is_said_where_it_is_not_sure(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.city(name) is None


def test_a_text_is_asked_for_more_certainty_than_a_dateline(gazetteer: Gazetteer) -> None:
    assert gazetteer.city("Davos") is not None
    assert gazetteer.city("Davos", in_text=True) is None
    assert gazetteer.city("Moskau", in_text=True) is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [("Nordkorea", "KP"), ("États-Unis", "US"), ("UKRAINE", "UA"), ("Saudi-Arabien", "SA")],
)
def test_countries_by_their_names(name: str, code: str) -> None:
    assert Gazetteer.country(name) == code


def test_a_broken_or_forbidden_cache_changes_no_answer(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert Gazetteer(tmp_path / "file").city("Kiew") is not None
    good = Gazetteer(tmp_path / "cache")
    good.load()
    (index,) = (tmp_path / "cache").iterdir()
    index.write_bytes(b"broken")
    again = Gazetteer(tmp_path / "cache").city("Kiew")
    assert again == good.city("Kiew")


def enriched(settings: Settings, **fields: object) -> Article:
    article = msgspec.convert({"uri": "u", "title": "t"} | fields, Article)
    (result,) = Places(settings).enrich([article])
    return result


def test_the_datelines_city_counts_among_the_places(settings: Settings) -> None:
    article = enriched(settings, dateline=Dateline(text="Seoul (Reuters)", city="Seoul"))
    assert article.dateline is not None
    assert article.dateline.country_code == "KR"
    assert article.dateline.geonames_id == 1835848
    assert article.dateline.location is not None
    (place,) = article.place
    assert (place.name, place.count, place.creator) == ("Seoul", 1, "dateline")
    assert (place.country_code, place.geonames_id) == ("KR", 1835848)
    assert place.location == article.dateline.location


def test_another_spelling_in_the_text_is_the_same_city(settings: Settings) -> None:
    article = enriched(
        settings,
        dateline=Dateline(text="KIEW (dpa)", city="KIEW"),
        place=[Name(name="Kiew", creator="dateline", count=2)],
    )
    assert [(p.name, p.count) for p in article.place] == [("Kiew", 3)]


def test_a_city_that_is_not_sure_still_counts_without_coordinates(settings: Settings) -> None:
    article = enriched(settings, dateline=Dateline(text="SPRINGFIELD (AP)", city="SPRINGFIELD"))
    assert article.place == [Name(name="Springfield", creator="dateline", count=1)]
    assert article.dateline == Dateline(text="SPRINGFIELD (AP)", city="SPRINGFIELD")


def test_the_region_after_the_city_decides_and_a_date_does_not(settings: Settings) -> None:
    texas = enriched(settings, dateline=Dateline(text="PARIS, Texas (AP)", city="PARIS"))
    france = enriched(settings, dateline=Dateline(text="PARIS, Aug 29, 2014 (AFP)", city="PARIS"))
    assert texas.place[0].country_code == "US"
    assert france.place[0].country_code == "FR"


def test_what_the_provider_asserts_is_left_alone(settings: Settings) -> None:
    asserted = Name(name="Moskau", creator="dpa", code="1")
    article = enriched(
        settings, place=[asserted, Name(name="Russland", creator="dateline", count=1)]
    )
    assert article.place == [
        asserted,
        Name(name="Russland", creator="dateline", count=1, country_code="RU"),
    ]
