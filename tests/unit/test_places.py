"""Places: where a dateline's city lies, in any language's spelling, or silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dateline.article import Article, Dateline, Entity, Name
from dateline.formats.wirecopy import take_dateline
from dateline.settings import Settings
from processors import cities, countries
from processors.enrichers.places import Places
from processors.gazetteer import Gazetteer, regions
from tests.judged.places import Case, answers, cases


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
        ("Halle/Saale", "DE", 2911522),
        ("Georgetown, Guyana", "GY", 3378644),
        ("Odessa", "UA", 698740),
        ("Ostrau", "CZ", 3068799),
        ("Bruges", "BE", 2800931),
        ("Barcelona", "ES", 3128760),
        ("St. Petersburg", "RU", 498817),
        ("ST. PETERSBURG, Fla.", "US", 4171563),
        ("Heidelberg", "DE", 2907911),
        ("Orléans", "FR", 2989317),
        ("ORLEANS", "FR", 2989317),
        ("Posen", "PL", 3088171),
        ("Alexandrien", "EG", 361058),
        ("Brixen", "IT", 3181550),
        ("Dili", "TL", 1645457),
        # its own name, against a larger place that is called so abroad
        ("Viborg", "DK", 2610319),
    ],
)
def test_a_city_is_found(gazetteer: Gazetteer, name: str, country: str, geonames_id: int) -> None:
    place = gazetteer.city(name)
    assert place is not None
    assert (place.country_code, place.geonames_id) == (country, geonames_id)


@pytest.mark.parametrize(
    "name",
    [
        "Valencia",
        "Springfield",
        "Mar-a-Lago",
        "Halle",
        "Windsor",
        "Saint-Denis",
        "Nirgendwo",
        "",
        "-",
        "Halle (Mond)",
        "London, Neverland",
        "Barcelona, Iowa",
        # a far larger place abroad is called so too, or was
        "Abadan",
        "Alessandria",
        "Salisbury",
        "White House",
    ],
)
def test_nothing_is_said_where_it_is_not_sure(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.city(name) is None


def test_a_text_is_asked_for_more_certainty_than_a_dateline(gazetteer: Gazetteer) -> None:
    assert gazetteer.city("Davos") is not None
    assert gazetteer.city("Davos", in_text=True) is None
    assert gazetteer.city("Moskau", in_text=True) is not None


@pytest.mark.parametrize("name", ["Straßburg", "Geneva", "Cologne", "Philadelphia", "Ramallah"])
def test_cities_whose_names_stand_alone_are_sure_in_a_text_too(
    gazetteer: Gazetteer, name: str
) -> None:
    assert gazetteer.city(name, in_text=True) is not None


@pytest.mark.parametrize("name", ["Africa", "Mosel", "Kreta"])
def test_a_foreign_name_is_not_enough_in_a_text(gazetteer: Gazetteer, name: str) -> None:
    assert gazetteer.city(name, in_text=True) is None


def test_the_table_of_cities_names_places_of_the_gazetteer_once(gazetteer: Gazetteer) -> None:
    lines = [line.split(" ", 2) for line in cities.TABLE.strip().splitlines()]
    names = [name for _, _, several in lines for name in countries.columns(several)[1]]
    names += [name for line in cities.OPEN.strip().splitlines() for name in line.split("|")]
    assert len(names) == len(set(names))
    for country, geonames_id, several in lines:
        for name in countries.columns(several)[1]:
            place = gazetteer.city(name)
            assert place is not None, name
            assert (place.country_code, place.geonames_id) == (country, int(geonames_id)), name


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Nordkorea", [("KP", None)]),
        ("États-Unis", [("US", None)]),
        ("UKRAINE", [("UA", None)]),
        ("Saudi-Arabien", [("SA", None)]),
        ("Niederlanden", [("NL", None)]),
        ("N.H.", [("US", "NH")]),
        ("TX", [("US", "TX")]),
        ("Ontario", [("CA", "08")]),
        ("Georgia", [("GE", None), ("US", "GA")]),
        ("tx", []),
        ("Neverland", []),
    ],
)
def test_countries_and_their_parts_by_their_names(
    name: str, meant: list[tuple[str, str | None]]
) -> None:
    assert regions(name) == meant


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
    assert article.place == [
        Name(name="Springfield", canonical="Springfield", creator="dateline", count=1)
    ]
    assert article.dateline == Dateline(text="SPRINGFIELD (AP)", city="SPRINGFIELD")


@pytest.mark.parametrize(
    ("copy", "country"),
    [
        ("PARIS, Texas (AP) — The fair", "US"),
        ("PARIS, Aug 29, 2014 (AFP) - The fair", "FR"),
        ("BIRMINGHAM, Ala. (AP) — The fair", "US"),
        ("MANCHESTER, N.H. (AP) — The fair", "US"),
        ("MOSCOW, Idaho (AP) — The fair", "US"),
        ("VANCOUVER, Washington (AP) — The fair", "US"),
        ("BARCELONA, Spain (AP) — The fair", "ES"),
        ("LONDON, Ontario (AP) — The fair", "CA"),
        ("PERTH, Scotland (Reuters) - The fair", "GB"),
        ("ATLANTA, Georgia (Reuters) - The fair", "US"),
        ("TBILISI, Georgia (Reuters) - The fair", "GE"),
        ("LONDON, Neverland (AP) — The fair", None),
        ("LONDON /PRNewswire/ -- The fair", "GB"),
        ("Berlin/Moskau (dpa) - Die Messe", "DE"),
        ("Brüssel/Luxemburg (dpa) - Die Messe", "BE"),
    ],
)
def test_the_region_after_the_city_decides(
    settings: Settings, copy: str, country: str | None
) -> None:
    filed = take_dateline(copy)
    assert filed is not None
    article = enriched(settings, dateline=filed.dateline)
    assert article.dateline is not None
    assert article.dateline.country_code == country
    assert [p.country_code for p in article.place] == [country]


def test_two_cities_of_one_name_and_the_river_tells_which(settings: Settings) -> None:
    found = []
    for copy in ("Frankfurt/Oder (dpa) - Die Messe", "FRANKFURT/MAIN (dpa) - Die Messe"):
        filed = take_dateline(copy)
        assert filed is not None
        found.append(enriched(settings, dateline=filed.dateline).place[0].geonames_id)
    assert found == [2925535, 2925533]


def told(settings: Settings, text: str, *names: str, **fields: object) -> dict[str, Name]:
    """Places found in a text in which the names stand."""
    entities = []
    for name in names:
        at = text.index(name)
        entities.append(
            Entity(text=name, label="LOC", start=at, end=at + len(name), field="body_text")
        )
    place = [Name(name=name, creator="dateline", count=1) for name in dict.fromkeys(names)]
    article = enriched(settings, body_text=text, entities=entities, place=place, **fields)
    return {found.name: found for found in article.place}


def test_the_region_after_a_city_in_the_text_decides_too(settings: Settings) -> None:
    found = told(settings, "Rain fell in Paris, Texas, and in Frankfurt (Oder).", "Paris", "Texas")
    assert found["Paris"].geonames_id == 4717560
    assert (found["Texas"].country_code, found["Texas"].location) == ("US", None)
    found = told(settings, "Regen fiel in Frankfurt (Oder).", "Frankfurt")
    assert found["Frankfurt"].geonames_id == 2925535


def test_a_list_of_places_is_no_region(settings: Settings) -> None:
    found = told(
        settings, "Talks in Paris, Canada and Geneva, New York and Rome.", "Paris", "Geneva"
    )
    assert (found["Paris"].country_code, found["Geneva"].country_code) == ("FR", "CH")


def test_what_the_dateline_leaves_open_no_mention_of_it_settles(settings: Settings) -> None:
    filed = take_dateline("LONDON, Neverland (AP) — The mayor of London spoke.")
    assert filed is not None
    found = told(settings, filed.rest, "London", dateline=filed.dateline)
    assert found == {"London": Name(name="London", canonical="London", creator="dateline", count=2)}


def test_a_name_that_is_a_country_and_a_state_is_left_open(settings: Settings) -> None:
    found = told(settings, "Voters in Georgia and Ontario", "Georgia", "Ontario")
    assert (found["Georgia"].country_code, found["Georgia"].location) == (None, None)
    assert (found["Ontario"].country_code, found["Ontario"].location) == ("CA", None)


def test_a_german_genitive_is_the_place_itself(settings: Settings) -> None:
    names = ("Frankreichs", "Österreichs", "Berlins", "Roms", "Bayerns", "Paris", "Honduras")
    found = told(
        settings,
        " und ".join(names),
        *names,
        language="de-DE",
        dateline=Dateline(text="Berlin (dpa)", city="Berlin"),
    )
    assert {name: place.country_code for name, place in found.items()} == {
        "Frankreich": "FR",
        "Österreich": "AT",
        "Berlin": "DE",
        "Rom": "IT",
        "Bayern": "DE",
        "Paris": "FR",
        "Honduras": "HN",
    }
    assert found["Berlin"].count == 2


def test_a_genitive_and_its_base_form_count_together(settings: Settings) -> None:
    names = ("Italiens", "Italien", "Nirgendwos")
    found = told(settings, " und ".join(names), *names, language="de")
    assert {name: place.count for name, place in found.items()} == {"Italien": 2, "Nirgendwos": 1}


def test_english_has_no_genitive_without_an_apostrophe(settings: Settings) -> None:
    assert list(told(settings, "Berlins", "Berlins", language="en")) == ["Berlins"]


def test_what_the_provider_asserts_is_left_alone(settings: Settings) -> None:
    asserted = Name(name="Moskau", creator="dpa", code="1")
    article = enriched(
        settings, place=[asserted, Name(name="Russland", creator="dateline", count=1)]
    )
    assert article.place == [
        asserted,
        Name(
            name="Russland",
            canonical="Russia",
            creator="dateline",
            count=1,
            country_code="RU",
            geonames_id=2017370,
            confidence=0.99,
        ),
    ]


KYIV = ("Kiew", "Kyjiw", "Kiev", "Kyiv", "Київ", "Kiews")
NORTH_KOREA = ("Nordkorea", "North Korea", "Corée du Nord", "Nordkoreas")
USA = ("USA", "U.S.", "US", "Vereinigte Staaten", "United States", "États-Unis")


@pytest.mark.parametrize(
    ("forms", "meant"),
    [
        (KYIV, {("Kyiv", "UA", 703448)}),
        (NORTH_KOREA, {("North Korea", "KP", 1873107)}),
        (USA, {("United States", "US", 6252001)}),
        (("Georgia (US)",), {("Georgia (US)", "US", 4197000)}),
    ],
)
def test_one_facet_holds_every_form_of_a_place(
    settings: Settings, forms: tuple[str, ...], meant: set[tuple[str, str, int]]
) -> None:
    found = set()
    for form in forms:
        (place,) = told(settings, f"Aus {form} kam nichts.", form, language="de").values()
        found.add((place.canonical, place.country_code, place.geonames_id))
    assert found == meant


@pytest.mark.parametrize(
    ("language", "canonical"),
    [
        ("de", {"Kiew", "Nordkorea", "Georgia", "Rhein", "Waghäusel"}),
        ("en", {"Kyiv", "North Korea", "Georgia (US)", "Rhine", "Waghäusel"}),
        ("fr", {"Kiev", "Corée du Nord", "Géorgie (États-Unis)", "Rhin", "Waghäusel"}),
    ],
)
def test_canonical_names_are_in_the_language_that_is_set(
    settings: Settings, language: str, canonical: set[str]
) -> None:
    chosen = msgspec.convert(
        msgspec.structs.asdict(settings) | {"gazetteer_language": language}, Settings
    )
    filed = Dateline(text="Waghäusel (dpa)", city="Waghäusel")
    names = ("Kyjiw", "North Korea", "Georgia", "Rhein")
    found = told(chosen, " und ".join(names), *names, language="de", dateline=filed)
    assert {place.canonical for place in found.values()} == canonical


def test_names_of_one_article_that_are_one_place_become_one(settings: Settings) -> None:
    names = ("USA", "Vereinigten Staaten", "Kyjiw")
    text = "Die USA und die Vereinigten Staaten, auch Kyjiw."
    found = told(
        settings, text, *names, language="de", dateline=Dateline(text="Kiew (dpa)", city="Kiew")
    )
    assert {(p.name, p.count, tuple(p.aliases)) for p in found.values()} == {
        ("USA", 2, ("Vereinigten Staaten",)),
        ("Kyjiw", 2, ("Kiew",)),
    }


def test_the_most_frequent_form_gives_the_name(settings: Settings) -> None:
    article = enriched(
        settings,
        place=[
            Name(name="Kyjiw", creator="dateline", count=1, aliases=["Kyjiws"]),
            Name(name="Kiew", creator="dateline", count=4),
        ],
    )
    (place,) = article.place
    assert (place.name, place.count) == ("Kiew", 5)
    assert place.aliases == ["Kyjiw", "Kyjiws"]


def test_a_base_form_that_does_not_stand_in_the_article_is_no_alias(settings: Settings) -> None:
    text = "Kyjiw schweigt, Kiews Botschafter nicht, auch Kyjiw."
    found = told(settings, text, "Kyjiw", "Kiews", language="de")
    assert {name: place.aliases for name, place in found.items()} == {"Kyjiw": ["Kiews"]}


def test_an_editors_canonical_name_stays(settings: Settings) -> None:
    article = enriched(
        settings, place=[Name(name="Kiew", canonical="Kyjiw (Stadt)", creator="dateline", count=1)]
    )
    (place,) = article.place
    assert (place.canonical, place.geonames_id) == ("Kyjiw (Stadt)", 703448)


def test_a_country_has_no_coordinates(settings: Settings) -> None:
    (place,) = told(settings, "La France refuse.", "France", language="fr").values()
    assert (place.country_code, place.geonames_id, place.location) == ("FR", 3017382, None)


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de", "Berliner"),
        ("de", "Münchner"),
        ("de", "russischen"),
        ("de", "Franzosen"),
        ("en", "French"),
        ("en", "South Korean"),
        ("fr", "Russes"),
        ("fr", "Américains"),
    ],
)
def test_adjectives_and_peoples_are_no_places(settings: Settings, language: str, name: str) -> None:
    assert told(settings, f"Xx {name} xx", name, language=language) == {}


@pytest.mark.parametrize("name", ["Australiens", "Trier", "Hannover", "Chile", "Polen"])
def test_places_that_look_like_adjectives_are_places(settings: Settings, name: str) -> None:
    (place,) = told(settings, f"Xx {name} xx", name, language="de").values()
    assert place.country_code is not None


JUDGED = list(cases())


@pytest.fixture(scope="module")
def answered(settings: Settings) -> list[tuple[Case, str, float]]:
    places = Places(settings)
    return [(case, *answers(places, case)) for case in JUDGED]


@pytest.mark.parametrize("number", range(len(JUDGED)), ids=lambda number: JUDGED[number].shown)
def test_no_judged_place_is_put_where_it_is_not(
    answered: list[tuple[Case, str, float]], number: int
) -> None:
    case, answer, confidence = answered[number]
    assert answer in (case.meant, "-"), confidence


def test_nearly_all_judged_places_that_can_be_known_are_found(
    answered: list[tuple[Case, str, float]],
) -> None:
    known = [(case, answer) for case, answer, _ in answered if case.meant != "-"]
    assert sum(answer == case.meant for case, answer in known) >= 0.97 * len(known)


@pytest.mark.parametrize("low", [0.9, 0.95, 0.98])
def test_a_confidence_is_no_promise_that_is_not_kept(
    answered: list[tuple[Case, str, float]], low: float
) -> None:
    said = [answer == case.meant for case, answer, sure in answered if sure >= low]
    assert sum(said) >= low * len(said)


def test_the_state_and_the_city_of_one_name_stay_two(settings: Settings) -> None:
    text = "Washington state officials said so. The White House in Washington did not."
    filed = Dateline(text="WASHINGTON (AP)", city="WASHINGTON")
    at = [text.index("Washington"), text.rindex("Washington")]
    article = enriched(
        settings,
        body_text=text,
        dateline=filed,
        entities=[
            Entity(text="Washington", label="LOC", start=one, end=one + 10, field="body_text")
            for one in at
        ],
        place=[Name(name="Washington", creator="dateline", count=2)],
    )
    found = [(p.country_code, p.geonames_id, p.location is None, p.count) for p in article.place]
    assert found == [("US", None, True, 2), ("US", 4140963, False, 1)]


@pytest.mark.parametrize(
    ("text", "name", "shown"),
    [
        ("Voters in Los Angeles County lined up.", "Los Angeles County", "Los Angeles County"),
        ("Voters in Los Angeles County lined up.", "Los Angeles", "Los Angeles County"),
        ("Im Landkreis München wird gebaut.", "München", "Landkreis München"),
        ("Im Kanton Freiburg wird gebaut.", "Kanton Freiburg", "Kanton Freiburg"),
        ("Im Oblast Charkiw fiel Strom aus.", "Charkiw", "Oblast Charkiw"),
    ],
)
def test_a_region_is_not_in_the_facet_of_its_city(
    settings: Settings, text: str, name: str, shown: str
) -> None:
    (place,) = told(settings, text, name, language="de").values()
    assert (place.name, place.canonical) == (shown, shown)
    assert (place.geonames_id, place.location) == (None, None)


def test_a_datelines_country_is_not_its_capital(settings: Settings) -> None:
    filed = Dateline(text="KUWAIT (Reuters)", city="KUWAIT")
    text = "Kuwait said that it would pump less."
    article = enriched(
        settings,
        body_text=text,
        dateline=filed,
        entities=[Entity(text="Kuwait", label="LOC", start=0, end=6, field="body_text")],
        place=[Name(name="Kuwait", creator="dateline", count=1)],
    )
    assert [(p.canonical, p.geonames_id) for p in article.place] == [
        ("Kuwait", 285570),
        ("Kuwait City", 285787),
    ]


def test_an_island_and_a_town_of_like_names_are_two(settings: Settings) -> None:
    found = told(settings, "Palma is busy, La Palma is calm.", "La Palma", "Palma")
    assert {name: place.canonical for name, place in found.items()} == {
        "La Palma": "La Palma",
        "Palma": "Palma de Mallorca",
    }


FRANKFURT, FRANKFURT_ODER, FRIBOURG, FREIBURG = 2925533, 2925535, 2660718, 2925177


@pytest.mark.parametrize(
    ("text", "name", "meant"),
    [
        ("In Frankfurt an der Oder begann ein Prozess.", "Frankfurt", FRANKFURT_ODER),
        ("In Frankfurt a. d. Oder begann ein Prozess.", "Frankfurt", FRANKFURT_ODER),
        ("In Freiburg im Üechtland begann ein Prozess.", "Freiburg", FRIBOURG),
        ("In Freiburg im Breisgau begann ein Prozess.", "Freiburg", FREIBURG),
        ("In Frankfurt am Main begann ein Prozess.", "Frankfurt", FRANKFURT),
        ("In Rothenburg ob der Tauber brennt es.", "Rothenburg", 2844056),
        ("In Neustadt an der Weinstraße brennt es.", "Neustadt", 2864054),
        # what is no part of the name
        ("In Frankfurt am Montag begann ein Prozess.", "Frankfurt", FRANKFURT),
        ("In Frankfurt im Mai begann ein Prozess.", "Frankfurt", FRANKFURT),
        ("In Hamburg an der Spitze steht niemand.", "Hamburg", 2911298),
    ],
)
def test_the_rest_of_a_german_name_says_which_city(
    settings: Settings, text: str, name: str, meant: int
) -> None:
    (place,) = told(settings, text, name, language="de").values()
    assert place.geonames_id == meant


def test_a_whole_name_says_what_the_short_one_is_later(settings: Settings) -> None:
    text = "In Frankfurt an der Oder begann ein Prozess. Im fernen Frankfurt schwieg man."
    whole, at = "Frankfurt an der Oder", text.rindex("Frankfurt")
    article = enriched(
        settings,
        language="de",
        body_text=text,
        entities=[
            Entity(text=whole, label="LOC", start=3, end=3 + len(whole), field="body_text"),
            Entity(text="Frankfurt", label="LOC", start=at, end=at + 9, field="body_text"),
        ],
        place=[
            Name(name=whole, creator="dateline", count=1),
            Name(name="Frankfurt", creator="dateline", count=1),
        ],
    )
    assert [(p.geonames_id, p.count) for p in article.place] == [(FRANKFURT_ODER, 2)]


def test_the_datelines_city_is_not_another_that_the_text_tells_from_it(settings: Settings) -> None:
    filed = Dateline(text="FRANKFURT (dpa)", city="FRANKFURT")
    entity = Entity(text="Frankfurt", label="LOC", start=3, end=12, field="body_text")
    for text, meant in (
        ("In Frankfurt an der Oder begann ein Prozess.", {FRANKFURT, FRANKFURT_ODER}),
        ("In Frankfurt begann ein Prozess.", {FRANKFURT}),
    ):
        article = enriched(
            settings,
            language="de",
            body_text=text,
            dateline=filed,
            entities=[entity],
            place=[Name(name="Frankfurt", creator="dateline", count=1)],
        )
        assert {p.geonames_id for p in article.place} == meant


@pytest.mark.parametrize(
    ("text", "name", "country", "geonames_id"),
    [
        ("Police in Mexico, Missouri, closed the road.", "Mexico", "US", 4398103),
        ("Police in Mexico, Mo., closed the road.", "Mexico", "US", 4398103),
        ("The fair is in Mexico, Missouri.", "Mexico", "US", 4398103),
        ("Police in Peru, Ind., closed the road.", "Peru", "US", 4924733),
        # towns that the gazetteer does not have
        ("Police in Cuba, N.Y., closed the road.", "Cuba", None, None),
        ("Police in Cuba, New York, closed the road.", "Cuba", None, None),
        # lists, and what only begins like a state
        ("Mexico, Canada and Peru met.", "Mexico", "MX", 3996063),
        ("Trade of Mexico, Texas and Ohio grew.", "Mexico", "MX", 3996063),
        ("Trade of Peru, Ohio, Texas and Utah grew.", "Peru", "PE", 3932488),
        ("In Mexico, Virginia Moser spoke.", "Mexico", "MX", 3996063),
        ("In Mexico, Miss Universe spoke.", "Mexico", "MX", 3996063),
        ("In Peru, Washington has friends.", "Peru", "PE", 3932488),
        ("Georgia, Armenia and Iran met.", "Armenia", "AM", 174982),
        # a list, or two towns: nobody knows
        ("Police in Mexico, Missouri, and Peru, Indiana, met.", "Mexico", None, None),
    ],
)
def test_a_countrys_name_beside_a_state_is_a_towns(
    settings: Settings, text: str, name: str, country: str | None, geonames_id: int | None
) -> None:
    (place,) = told(settings, text, name, language="en").values()
    assert (place.country_code, place.geonames_id) == (country, geonames_id)


def test_a_town_and_a_country_of_one_name_in_one_text_are_left_open(settings: Settings) -> None:
    text = "In Mexico, Mo., they buy parts. Mexico sells them."
    article = enriched(
        settings,
        language="en",
        body_text=text,
        entities=[
            Entity(text="Mexico", label="LOC", start=at, end=at + 6, field="body_text")
            for at in (text.index("Mexico"), text.rindex("Mexico"))
        ],
        place=[Name(name="Mexico", creator="dateline", count=2)],
    )
    assert [(p.country_code, p.geonames_id) for p in article.place] == [(None, None)]


VIENNA, VIENNE = 2761369, 2969284


@pytest.mark.parametrize(
    ("text", "name", "geonames_id"),
    [
        ("À Saint-Denis (La Réunion), la foire ouvre.", "Saint-Denis", 935264),
        ("À Vienne (Isère), la foire ouvre.", "Vienne", VIENNE),
        ("À Vienne, dans l'Isère, la foire ouvre.", "Vienne", VIENNE),
        ("À Vienne, en Isère, la foire ouvre.", "Vienne", VIENNE),
        ("À Vienne dans l'Isère, la foire ouvre.", "Vienne", VIENNE),
        ("À Vienne, en Autriche, la foire ouvre.", "Vienne", VIENNA),
        # regions that are not known
        ("À Vienne (Pays de Nulle-Part), la foire ouvre.", "Vienne", None),
        ("À Vienne (Neverland), la foire ouvre.", "Vienne", None),
        ("À Vienne, dans l'Ormois, la foire ouvre.", "Vienne", None),
        ("À Barcelone (Iowa), la foire ouvre.", "Barcelone", None),
        # a part of the city's own country, another name of it, and what is no region
        ("À Lyon (Rhône), la foire ouvre.", "Lyon", 2996944),
        ("À Strasbourg (Alsace), la foire ouvre.", "Strasbourg", 2973783),
        ("À Lviv (Lemberg), la foire ouvre.", "Lviv", 702550),
        ("À Paris (AFP), la foire ouvre.", "Paris", 2988507),
        ("À Paris (Reuters), la foire ouvre.", "Paris", 2988507),
        ("À Paris (il y vit), la foire ouvre.", "Paris", 2988507),
        ("À Paris (Salle 4), la foire ouvre.", "Paris", 2988507),
        ("La maire de Paris, dans Le Figaro, refuse.", "Paris", 2988507),
        ("La maire de Paris, dans le Figaro, refuse.", "Paris", 2988507),
        ("La maire de Paris, en Italie et en Grèce, refuse.", "Paris", 2988507),
    ],
)
def test_a_region_with_a_french_city_decides(
    settings: Settings, text: str, name: str, geonames_id: int | None
) -> None:
    (place,) = told(settings, text, name, language="fr").values()
    assert place.geonames_id == geonames_id
    assert (place.country_code is None) == (geonames_id is None)


def test_a_department_by_itself_is_no_name_that_is_known() -> None:
    assert regions("Isère") == [("FR", "84")]
    assert countries.by_name("isère") == ()


@pytest.mark.parametrize(
    ("language", "name", "country"),
    [
        ("fr", "Nice-Matin", None),
        ("fr", "Lyon-Mag", None),
        ("de", "Köln-Marathon", None),
        ("de", "Berlin-Mitte", "DE"),
        ("de", "Berlin-Kreuzberg", "DE"),
        ("de", "Hamburg-Altona", "DE"),
        ("de", "München-Schwabing", "DE"),
        ("fr", "Paris-Nord", "FR"),
        ("fr", "Clermont-Ferrand", "FR"),
    ],
)
def test_a_compound_is_in_a_city_only_where_it_is_a_part_of_it(
    settings: Settings, language: str, name: str, country: str | None
) -> None:
    (place,) = told(settings, f"Xx {name}, xx", name, language=language).values()
    assert place.country_code == country


@pytest.mark.parametrize(
    ("language", "text", "country"),
    [
        ("de", "Am Amazonas brennt es.", None),
        ("de", "Amazon, Amazonas und so weiter.", None),
        ("de", "Im Bundesstaat Amazonas brennt es.", "BR"),
        ("en", "Police in Amazonas state said so.", "BR"),
    ],
)
def test_the_river_is_no_state_in_german(
    settings: Settings, language: str, text: str, country: str | None
) -> None:
    (place,) = told(settings, text, "Amazonas", language=language).values()
    assert place.country_code == country
