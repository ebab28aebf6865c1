"""Which language an article is in: a declared tag, a guess, or neither."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.article import Article, DetectedLanguage
from dateline.settings import Settings
from processors.enrichers.language import (
    CANDIDATES,
    FREQUENT,
    LETTERS,
    LONG,
    SAMPLE,
    VERY_SURE,
    Language,
    clean,
    count_letters,
    count_words,
    decide,
    excerpts,
    is_text,
    sample,
    why,
)

GERMAN = (
    "Die Regierung hat am Montag angekündigt, dass die Hilfen für die Gemeinden im kommenden Jahr "
    "verdoppelt werden. Der Minister sagte vor Journalisten, die Mittel würden schon im Frühjahr "
    "ausgezahlt, und zwar ohne einen neuen Antrag der Bürgermeister."
)
ENGLISH = (
    "The company announced on Monday that it will open a new plant next year and hire more than "
    "two hundred people. Its chief executive told reporters that the decision had been taken after "
    "long talks with the local authorities and with the unions."
)
FRENCH = (
    "Le gouvernement a annoncé lundi que les aides aux communes seraient doublées l'an prochain. "
    "Le ministre a déclaré devant la presse que les fonds seraient versés dès le printemps, sans "
    "nouvelle demande de la part des maires."
)
SPANISH = (
    "El gobierno anunció el lunes que las ayudas a los municipios se duplicarán el próximo año. "
    "El ministro dijo a los periodistas que los fondos se pagarán ya en primavera, sin que los "
    "alcaldes tengan que presentar una nueva solicitud."
)
DANISH = (
    "Regeringen meddelte mandag, at støtten til kommunerne bliver fordoblet næste år. Ministeren "
    "sagde til journalisterne, at pengene bliver udbetalt allerede til foråret, uden at "
    "borgmestrene skal indsende en ny ansøgning."
)
NORWEGIAN = (
    "Regjeringen opplyste mandag at støtten til kommunene blir doblet neste år. Statsråden sa til "
    "journalistene at pengene blir utbetalt allerede til våren, uten at ordførerne må sende inn en "
    "ny søknad."
)


@pytest.fixture(scope="module")
def detector() -> Language:
    return Language(Settings())


def told(enricher: Language, /, **fields: Any) -> Article:
    (result,) = enricher.enrich([Article(uri="u", title="t", **fields)])
    return result


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GERMAN, "de"),
        (ENGLISH, "en"),
        (FRENCH, "fr"),
        (SPANISH, "es"),
        (DANISH, "da"),
        (NORWEGIAN, "no"),
    ],
)
def test_text_of_a_paragraph_tells_its_language(detector: Language, text: str, code: str) -> None:
    article = told(detector, body_text=text)
    assert article.language == code
    assert article.language_detected is not None
    assert article.language_detected.code == code
    assert article.language_detected.confidence > VERY_SURE


@pytest.mark.parametrize("text", [GERMAN, ENGLISH, FRENCH])
def test_capitals_change_nothing(detector: Language, text: str) -> None:
    assert (
        told(detector, body_text=text.upper()).language == told(detector, body_text=text).language
    )


def test_capitals_are_read_as_small_letters_where_they_prevail() -> None:
    assert clean("GROßFEUER IM HAFEN (np)") == "großfeuer im hafen (np)"
    assert clean("Feuer in einer Halle von VW") == "Feuer in einer Halle von VW"


def test_umlauts_written_out_are_german_all_the_same(detector: Language) -> None:
    ascii_only = GERMAN.translate({0xFC: "ue", 0xE4: "ae"})
    assert told(detector, body_text=ascii_only).language == "de"


# --- declared ------------------------------------------------------------------------------------


def test_the_declared_tag_keeps_its_region(detector: Language) -> None:
    assert told(detector, body_text=GERMAN, language="de-AT").language == "de-AT"


@pytest.mark.parametrize(
    ("declared", "text", "decided"),
    [
        ("de", ENGLISH, "en"),
        ("en", GERMAN, "de"),
        ("de", FRENCH, "fr"),
        ("fr-FR", SPANISH, "es"),
        # A Danish desk that passes on Norwegian copy.
        ("da", NORWEGIAN, "no"),
        ("nb", DANISH, "da"),
    ],
)
def test_a_wrong_declaration_loses_against_long_and_sure_text(
    detector: Language, declared: str, text: str, decided: str
) -> None:
    article = told(detector, body_text=text, language=declared, language_declared=declared)
    assert article.language == decided
    assert article.language_declared == declared


def test_a_declaration_stands_against_short_text(detector: Language) -> None:
    short = "The company announced on Monday that it will open a plant."
    assert LETTERS < count_letters(short) < LONG
    assert told(detector, body_text=short, language="de").language == "de"


def test_a_declared_language_that_the_detector_does_not_know_is_believed(
    detector: Language,
) -> None:
    romansh = (
        "La regenza ha annunzià glindesdi che ils agids per las vischnancas vegnian dublegiads "
        "l'onn proxim. Il minister ha ditg als schurnalists che ils daners vegnian pajads gia la "
        "primavaira, senza ina nova dumonda dals presidents."
    )
    assert told(detector, body_text=romansh, language="rm").language == "rm"
    # However sure it is of another.
    assert detector.share([romansh], "it", "rm") == 0


@pytest.mark.parametrize(
    ("declared", "detected", "decided"),
    [("nb", "no", "nb"), ("nn", "no", "nn"), ("hr", "sr", "hr"), ("zh-TW", "zh", "zh-TW")],
)
def test_near_relatives_are_not_told_apart_by_statistics(
    declared: str, detected: str, decided: str
) -> None:
    assert decide(declared, DetectedLanguage(code=detected, confidence=1.0), 500) == decided


# --- two languages in one text -------------------------------------------------------------------


def test_a_boilerplate_does_not_decide_for_a_release(detector: Language) -> None:
    release = "\n\n".join([ENGLISH] * 3)
    for body in (f"{release}\n\n{GERMAN}", f"{GERMAN[:90]}\n\n{release}"):
        assert told(detector, body_text=body, language="de").language == "en"
        assert told(detector, body_text=body).language == "en"


@pytest.mark.parametrize("declared", ["de", "en"])
def test_a_release_in_two_languages_stays_what_it_was_declared(
    detector: Language, declared: str
) -> None:
    for body in (f"{GERMAN}\n\n{ENGLISH}", f"{ENGLISH}\n\n{GERMAN}"):
        assert told(detector, body_text=body * 2, language=declared).language == declared


def test_most_of_the_text_must_be_in_another_language_than_declared() -> None:
    sure = DetectedLanguage(code="en", confidence=1.0)
    assert decide("de", sure, 400, share=0.75) == "en"
    assert decide("de", sure, 400, share=0.5) == "de"


def test_the_body_decides_not_a_headline_in_another_language(detector: Language) -> None:
    article = told(detector, headline="Government to double aid for towns", body_text=GERMAN)
    assert article.language == "de"


# --- short and strange text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "alert",
    [
        "Putin in Kursk",
        "Bundeskanzlerin überraschend zurückgetreten",
        "Fed holds rates",
        "US-Präsident spricht morgen",
        "Séisme en Turquie",
        "Терамот во Скопје",
        "지진 발생 속보",
    ],
)
def test_an_alert_of_three_words_is_not_guessed(detector: Language, alert: str) -> None:
    for fields in ({"headline": alert}, {"headline": alert, "body_text": f"{alert}."}):
        article = told(detector, **fields)
        assert (article.language, article.language_detected) == (None, None)
    assert told(detector, headline=alert, language="de").language == "de"


@pytest.mark.parametrize(
    ("headline", "code"),
    [
        ("Feuer im Hafen von Bremerhaven gelöscht", "de"),
        ("Ferry crews on the Irish Sea call for a strike", "en"),
        ("Un théâtre de Londres rouvre ses portes après onze ans", "fr"),
        ("Los olivareros esperan una cosecha mejor este año", "es"),
        ("Поезда с зерном пойдут через новую границу", "ru"),
        ("首相が辞任の意向を表明", "ja"),
        ("总统宣布明年将举行新的选举", "zh"),
        ("대통령이 내년 선거를 앞두고 사임 의사를 밝혔다", "ko"),
        ("นายกรัฐมนตรีประกาศลาออกจากตำแหน่ง", "th"),
    ],
)
def test_a_headline_of_some_words_tells_its_language(
    detector: Language, headline: str, code: str
) -> None:
    assert told(detector, headline=headline).language == code


@pytest.mark.parametrize(
    "names",
    [
        "Lindner, Petrov, Dubois, Okafor",
        "Lindner - Petrov 6:4, Dubois - Okafor 7:6, Kern - Ito 6:1",
    ],
)
def test_names_alone_are_in_no_language(detector: Language, names: str) -> None:
    assert told(detector, headline=names).language is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "1:0 2:3 4:1 0:0 1:1 5:2 3:3 2:2 1:4 0:1 7:0",
        "+++ *** --- +++ *** ---",
        "Index 4711,25 0,3 12.3 DAX 18004,11 -0,2 13.3 MDAX 25114,97 1,1 14.3 TecDAX 3321,08 0,7 "
        "15.3 SDAX 13904,55 0,1 16.3 Bund 132,07 -0,1",
        "https://www.nordpress.example/die-regierung-hat-am-montag-angekuendigt-dass-die-hilfen",
        "redaktion@nordpress.example www.nordpress.example/und/die/welt @nordpress",
    ],
)
def test_figures_signs_and_addresses_have_no_language(detector: Language, text: str) -> None:
    article = told(detector, body_text=text or None)
    assert (article.language, article.language_detected) == (None, None)
    assert told(detector, body_text=text or None, language="de").language == "de"


def test_an_address_does_not_take_part(detector: Language) -> None:
    link = "https://news.example/the-government-of-the-united-states-of-america-and-the-people "
    assert "https" not in clean(f"{GERMAN} {link}")
    assert told(detector, body_text=link * 4 + GERMAN).language == "de"


@pytest.mark.parametrize(
    "text",
    [
        # Russian and Greek in Latin letters: the detector takes them for Czech and Finnish.
        "Vchera v Moskve sostoyalas vstrecha ministrov inostrannykh del dvukh stran, na kotoroy "
        "obsuzhdalis voprosy torgovli i bezopasnosti. Ministr zayavil zhurnalistam, chto "
        "peregovory budut prodolzheny na sleduyushchey nedele.",
        "I kyvernisi anakoinose ti Deftera oti i afksisi tin voithia pros tous dimous to epomeno "
        "etos. O ypourgos eipe stous dimosiografous oti ta chrimata tha dothoun tin anoiksi.",
    ],
)
def test_long_text_that_the_detector_is_not_sure_of_stays_without(
    detector: Language, text: str
) -> None:
    assert count_letters(text) >= LONG
    assert told(detector, body_text=text).language is None


# --- the rule ------------------------------------------------------------------------------------


def test_the_rule_at_its_edges() -> None:
    very = DetectedLanguage(code="en", confidence=VERY_SURE)
    half = DetectedLanguage(code="en", confidence=0.5)
    hardly = DetectedLanguage(code="en", confidence=0.29)
    assert decide(None, None, 0) is None
    assert decide("de", None, 500) == "de"
    assert decide(None, half, 19) is None
    assert decide(None, half, 20) == "en"
    assert decide(None, very, LETTERS) == "en"
    assert decide(None, very, LETTERS - 1) is None
    assert decide(None, hardly, LONG - 1) is None
    assert decide(None, half, LONG - 1) == "en"
    assert decide(None, half, LONG) is None
    assert decide("de", very, LONG) == "en"
    assert decide("de", very, LONG - 1) == "de"
    assert decide("de", half, 500) == "de"


def test_the_rule_is_explained() -> None:
    article = Article(
        uri="u",
        title="t",
        body_text=ENGLISH,
        language="en",
        language_declared="DE",
        language_detected=DetectedLanguage(code="en", confidence=1.0),
    )
    assert why(article) == (
        "Declared de, detected en (1.00), decided en: the text is long and the detector very sure."
    )


def test_rare_languages_are_told_from_those_of_wires(detector: Language) -> None:
    luxembourgish = (
        "D'Regierung huet e Méindeg ugekënnegt, datt d'Hëllefe fir d'Gemengen d'nächst Joer "
        "verduebelt ginn. De Minister sot virun de Journalisten, d'Suen géife schonn am Fréijoer "
        "ausbezuelt."
    )
    assert told(detector, body_text=luxembourgish).language == "lb"


def test_every_language_of_wires_is_known_to_the_detector(detector: Language) -> None:
    assert set(detector._load().labels) >= CANDIDATES > FREQUENT


# --- what the detector is shown ------------------------------------------------------------------


def test_a_long_body_is_sampled_from_end_to_end_in_whole_words() -> None:
    body = " ".join(f"Wort{number}" for number in range(2000))
    parts = excerpts(body)
    assert sum(map(len, parts)) <= SAMPLE
    assert [body.index(part) / len(body) for part in parts] == pytest.approx(
        [0, 0.25, 0.5, 0.75], abs=0.01
    )
    for part in parts:
        assert set(part.split()) <= set(body.split())


def test_headline_and_description_help_only_where_the_body_is_short() -> None:
    short = Article(uri="u", title="t", headline="Kopf", body_text="Kurz", ednote_nonpublic="Tel.")
    assert sample(short) == ["Kopf", "Kurz"]
    assert sample(Article(uri="u", title="t", headline="Kopf", body_text=GERMAN)) == [GERMAN]
    alone = Article(uri="u", title="t", headline="Kopf", description_text="Worum es geht")
    assert sample(alone) == ["Kopf", "Worum es geht"]


@given(st.text())
def test_any_text_can_be_sampled(text: str) -> None:
    parts = excerpts(text)
    assert all(part in text for part in parts)
    assert sum(map(len, parts)) <= max(SAMPLE, 0)
    is_text(clean(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Putin in Kursk", 3),
        ("Kern - Ito 6:1", 2),
        ("", 0),
        ("Feuer im Hafen. FEUER IM HAFEN", 3),
        ("首相が辞任", 2),
        ("地震", 1),
    ],
)
def test_words_are_counted_in_scripts_without_spaces_too(text: str, words: int) -> None:
    assert count_words(text) == words
