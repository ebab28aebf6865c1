"""What a document is searched by: compounds by their parts, names by their other spellings."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dateline.article import Article, Name, Provenance
from dateline.versions import standing_of
from models.recipe import spellings as recipe
from sinks.asides import CLOSE, OPEN, with_asides, without
from sinks.compounds import parts
from sinks.documents import article_json, document, searched_anew, searched_texts
from sinks.spellings import spellings
from tests.judged.search import around, judged, queries, seeds


@pytest.mark.parametrize(
    ("word", "cut"),
    [
        ("Truppenentsendung", "Truppen|entsendung"),
        ("Außenminister", "Außen|minister"),
        ("Friedensverhandlungen", "Friedens|verhandlungen"),
        ("Schulschließungen", "Schul|schließungen"),
        ("Bundesverfassungsgericht", "Bundes|verfassungs|gericht"),
        ("Hochwasserschutz", "Hoch|wasser|schutz"),
        ("Grossbrand", "Gross|brand"),
        ("Straßenbau", "Straßen|bau"),
        ("Streitkraefteabzug", "Streit|kraefte|abzug"),
        ("STAUDAMM", "STAU|DAMM"),
        ("Ölpreise", "Öl|preise"),
    ],
)
def test_a_compound_is_cut_where_its_parts_are_nouns(word: str, cut: str) -> None:
    found = parts(word)
    pieces = cut.split("|")
    assert found[: len(pieces)] == tuple(pieces)
    if len(pieces) > 2:
        whole = (word[len(pieces[0]) :], word[: -len(pieces[-1])])
        assert found[len(pieces) :] == whole


@pytest.mark.parametrize(
    "word",
    "Deutschland Finnland Montag Vertrag Regensburg Hamburg Ministerium Regierung Studenten "
    "Information Urteil Vorteil Mannheim Brandenburg Steinmeier Entscheidung Wissenschaft "
    "Großbritannien Musikerin Kombination Österreich Unternehmen".split(),
)
def test_what_only_looks_like_one_stays_whole(word: str) -> None:
    assert parts(word) == ()


def test_names_are_no_compounds_and_may_have_lost_an_umlaut() -> None:
    names = frozenset({"bauernfeind", "mueller"})
    assert OPEN not in with_asides(["Bauernfeinds Rede"], "de", names)[0]
    assert with_asides(["Mueller, poet, Poe"], "en", names) == [
        f"Mueller{OPEN}Muller{CLOSE}, poet, Poe"
    ]


def test_what_is_too_long_for_a_word_has_no_parts() -> None:
    """Nor is it looked at for them: that would take hours for a megabyte of letters."""
    assert OPEN in with_asides(["Friedenstruppenentsendung"], "de", frozenset())[0]
    for letters in ("Friedens" + "truppenentsendung" * 100_000, "K" + "ö" * 1_000_000):
        for language in ("de", "en"):
            assert with_asides([letters], language, frozenset()) == [letters]


def test_umlauts_and_acronyms_stand_beside_the_word_either_way() -> None:
    assert with_asides(["U.S. in Köln"], "en", frozenset()) == [
        f"U.S.{OPEN}US{CLOSE} in Köln{OPEN}Koeln{CLOSE}"
    ]
    assert with_asides(["Ålesund", "København"], "no", frozenset()) == [
        f"Ålesund{OPEN}Aalesund{CLOSE}",
        f"København{OPEN}Koebenhavn{CLOSE}",
    ]
    assert with_asides(["Köln"], "de", frozenset()) == ["Köln"]


@pytest.mark.parametrize("sign", [":", "*", "_", "/", "/-"])
def test_women_and_men_named_at_once_are_found_by_either_word(sign: str) -> None:
    whole: frozenset[str] = frozenset()
    found = with_asides([f"Die Lehrer{sign}innen, eine Ärzt{sign}in."], "de", whole)
    assert found == [
        f"Die Lehrer{sign}innen{OPEN}Lehrer Lehrerinnen{CLOSE}, "
        f"eine Ärzt{sign}in{OPEN}Ärzt Ärztin{CLOSE}."
    ]
    for text in (f"Berlin{sign}innenpolitisch", f"Berlin{sign} innen", f"am See{sign}inne"):
        assert with_asides([text], "de", whole) == [text]
    assert with_asides(["PolitikerInnen"], "de", whole) == [
        f"PolitikerInnen{OPEN}Politiker Politikerinnen{CLOSE}"
    ]


@pytest.mark.parametrize(
    ("passage", "shown"),
    [
        (f"die Lehrer:innen{OPEN}<Lehrer> Lehrerinnen{CLOSE} in", "die <Lehrer:innen> in"),
        (f"um 10:30 in Bern{OPEN}<Berne>{CLOSE}", "um 10:30 in <Bern>"),
        (
            f"die Truppenentsendung{OPEN}Truppen <Entsendung>{CLOSE} ist",
            "die <Truppenentsendung> ist",
        ),
        (f"die <Truppe>{OPEN}x{CLOSE} ist", "die <Truppe> ist"),
        (f"<Entsendung>{CLOSE} ist da", "ist da"),
        (f"da ist die Truppenentsendung{OPEN}Truppen <Ent", "da ist die <Truppenentsendung>"),
        (f"{OPEN}Kiew{CLOSE} {OPEN}<Kiev>{CLOSE}", ""),
        ("ohne <alles>", "ohne <alles>"),
    ],
)
def test_a_passage_is_shown_without_asides_and_the_mark_moves_to_the_word(
    passage: str, shown: str
) -> None:
    assert without(passage, lambda word: f"<{word}>", "<") == shown


def test_a_name_is_searched_by_what_else_it_is_known_as() -> None:
    assert "Selenskyj" in spellings("person", "Volodymyr Zelensky", "en")
    assert {"Kiew", "Kiev", "Kyjiw"} <= set(spellings("place", "Kyiv", "en"))
    # Two are called so; small words and abbreviations say nothing.
    assert spellings("place", "Georgia", "en") == ()
    assert not {"Man.", "of", "Man"} & set(spellings("place", "Manitoba", "en"))
    # The Union is not whatever speaks of the EU.
    assert "Union" not in spellings("organisation", "Europäische Union", "de")
    article = Article(
        uri="u",
        title="Talks in Kyiv",
        language="en",
        place=[Name(name="Kyiv", canonical="Kyiv", creator="dateline", count=1)],
    )
    assert f"{OPEN}Kiew{CLOSE}" in searched_texts(article)[-1]
    assert searched_texts(Article(uri="u", title="Talks", language="en")) == ["Talks"]


def test_the_list_of_spellings_is_what_the_tables_of_the_processors_say() -> None:
    """Where this fails: ``python -m models.recipe.spellings``."""
    assert recipe.OUTPUT.read_text("utf-8") == recipe.text()


def test_text_is_made_anew_for_a_document_that_is_taken_over() -> None:
    article = Article(
        uri="u",
        title="Truppenentsendung",
        language="de",
        body_text="Köln",
        provenance=Provenance(received=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), content="0"),
    )
    stored: dict[str, Any] = document(
        article, standing_of(article, enriched=0, rule="versioncreated")
    )
    older = {**stored, "text": {"de": ["Truppenentsendung", "Köln"]}}
    assert searched_anew(older) == stored
    assert OPEN not in article_json(stored).decode()
    assert searched_anew({"uri": "u", "pubstatus": "canceled"}) == {
        "uri": "u",
        "pubstatus": "canceled",
    }


def test_every_answer_of_the_judged_queries_is_an_article() -> None:
    known = {article.uri.rpartition(":")[2] for article in judged()}
    for stem, article in seeds():
        known |= {stem, article.uri.rpartition(":")[2]}
    asked = queries()
    assert len(asked) >= 60 and len({one.typed + one.group for one in asked}) == len(asked)
    for one in asked:
        assert one.answers.keys() <= known, one
    texts = " ".join(str(article.body_text) for article in around(50))
    assert not {"Entsendung", "Minister", "Putin"} & set(texts.split())
