"""Which language an article is in: a declared tag, a guess, or neither."""

from __future__ import annotations

from typing import Any

import pytest

from dateline.article import Article, DetectedLanguage
from dateline.settings import Settings
from processors.enrichers.language import CANDIDATES, ENOUGH, LONG, Language, decide, sample

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


@pytest.fixture(scope="module")
def detector() -> Language:
    return Language(Settings())


def told(enricher: Language, /, **fields: Any) -> Article:
    (result,) = enricher.enrich([Article(uri="u", title="t", **fields)])
    return result


@pytest.mark.parametrize(("text", "code"), [(GERMAN, "de"), (ENGLISH, "en"), (FRENCH, "fr")])
def test_text_of_a_paragraph_tells_its_language(detector: Language, text: str, code: str) -> None:
    article = told(detector, body_text=text)
    assert article.language == code
    assert article.language_detected is not None
    assert article.language_detected.code == code
    assert article.language_detected.confidence > 0.98


def test_the_declared_tag_keeps_its_region(detector: Language) -> None:
    assert told(detector, body_text=GERMAN, language="de-AT").language == "de-AT"


def test_a_wrong_declaration_loses_against_long_and_sure_text(detector: Language) -> None:
    article = told(detector, body_text=ENGLISH, language="de", language_declared="de")
    assert article.language == "en"
    assert article.language_declared == "de"


def test_a_declaration_stands_against_short_text(detector: Language) -> None:
    short = "The company announced on Monday that it will open a plant."
    assert ENOUGH < len(short) < LONG
    assert told(detector, body_text=short, language="de").language == "de"


def test_an_alert_of_three_words_is_not_guessed(detector: Language) -> None:
    article = told(detector, headline="Putin in Kursk")
    assert article.language is None
    assert article.language_detected is None
    assert told(detector, headline="Putin in Kursk", language="de").language == "de"


def test_figures_have_no_language(detector: Language) -> None:
    assert told(detector, body_text="1:0 2:3 4:1 0:0 1:1 5:2 3:3 2:2 1:4 0:1 7:0").language is None


@pytest.mark.parametrize(
    ("declared", "detected", "decided"),
    [("nb", "no", "nb"), ("no", "da", "no"), ("hr", "sr", "hr"), ("zh-TW", "zh", "zh-TW")],
)
def test_near_relatives_are_not_told_apart_by_statistics(
    declared: str, detected: str, decided: str
) -> None:
    assert decide(declared, DetectedLanguage(code=detected, confidence=1.0), 500) == decided


def test_the_rule_at_its_edges() -> None:
    sure = DetectedLanguage(code="en", confidence=0.99)
    unsure = DetectedLanguage(code="en", confidence=0.5)
    assert decide(None, None, 0) is None
    assert decide("de", None, 500) == "de"
    assert decide(None, sure, ENOUGH) == "en"
    assert decide(None, sure, ENOUGH - 1) is None
    assert decide(None, unsure, 500) is None
    assert decide("de", sure, LONG) == "en"
    assert decide("de", sure, LONG - 1) == "de"
    assert decide("de", unsure, 500) == "de"


def test_the_sample_is_the_start_of_the_body_in_whole_words() -> None:
    article = Article(uri="u", title="t", headline="Kopf", body_text="Wort " * 500)
    text = sample(article)
    assert 400 < len(text) <= 500
    assert text.endswith("Wort")
    short = Article(uri="u", title="t", headline="Kopf", body_text="Kurz", ednote_nonpublic="Tel.")
    assert sample(short) == "Kopf\nKurz"


def test_every_candidate_is_known_to_the_detector(detector: Language) -> None:
    assert set(detector._load().labels) == set(CANDIDATES)
