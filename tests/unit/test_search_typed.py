"""What people type into a search means what they mean, or it is said what to type instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from dateline.cli import run_command
from dateline.errors import UsageError
from sinks import template, typed
from sinks.search import words
from sinks.spellings import written


@pytest.mark.parametrize(
    "query",
    [
        "„Die Linke“",
        "„Die Linke”",
        '„Die Linke"',
        "“Die Linke”",
        "”Die Linke”",
        "»Die Linke«",
        "»Die Linke»",
        "«Die Linke»",
        "‚Die Linke‘",
        "‘Die Linke’",
        "‹Die Linke›",
        "›Die Linke‹",
    ],
)
def test_typographic_quotation_marks_make_a_phrase(query: str) -> None:
    assert typed.lucene(query) == '"Die Linke"'
    assert typed.lucene(f"title:{query} AND ({query})~2") == (
        'title:"Die Linke" AND ("Die Linke")~2'
    )


def test_what_only_looks_like_a_quotation_stays() -> None:
    for query in ("rock’n’roll", "Berlin’s Hafen’s", "d‘Arc", '"a „b“ c"', r"\„a b“", "5 › 4"):
        assert typed.lucene(query) == query
    assert typed.lucene("‘it’s late’ „a“ und “b”") == '"it’s late" "a" und "b"'
    assert typed.lucene("„a\\b“") == '"a\\\\b"'


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("‘Abd al-Rahman met ‘Ali’ today", '‘Abd al-Rahman met "Ali" today'),
        ("5 “ und 6 ” Rohre", "5 “ und 6 ” Rohre"),
        ("„a „b c“", '„a "b c"'),
        ("“a “b c”", '“a "b c"'),
        ("»a »b c«", '»a "b c"'),
        ("‹a ‹b c›", '‹a "b c"'),
        ("‚a ‚b c‘", '‚a "b c"'),
        ("„ b c“ ” b c” » b c« „b c “", "„ b c“ ” b c” » b c« „b c “"),
        # The French put blanks inside, which do not break.
        ("« Le Monde » «\u00a0Le Monde\u202f»", '"Le Monde" "Le Monde"'),
        ("« Le « Le Monde »", '« Le "Le Monde"'),
        ("„Er sagte ‚ja‘ dazu“", '"Er sagte ‚ja‘ dazu"'),
    ],
)
def test_only_a_mark_that_opens_and_one_that_closes_make_a_phrase(query: str, read: str) -> None:
    assert typed.lucene(query) == read


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("um 10:30 Uhr", 'um "10:30" Uhr'),
        ("(Bayern 2:1) -3:0 10:30–12:00?", '(Bayern "2:1") -"3:0" "10:30–12:00"'),
        ("@timestamp:2026-01-31T10:00:00Z", '@timestamp:"2026-01-31T10:00:00Z"'),
        ("@timestamp:>2026-01-31T10:00:00.5+01:00", r"@timestamp:>2026-01-31T10\:00\:00.5+01\:00"),
        ("x:(>=10:00 AND <12:00)", r"x:(>=10\:00 AND <12\:00)"),
        ("10:3* 10:?0", r"10\:3* 10:?0"),
        (r'"um 10:30" 10\:30 [10:00 TO 12:00]', r'"um 10:30" 10\:30 [10:00 TO 12:00]'),
        ("urgency:1 v1:2 a-10:30", "urgency:1 v1:2 a-10:30"),
    ],
)
def test_a_time_or_a_result_is_a_phrase_and_as_a_value_one_value(query: str, read: str) -> None:
    assert typed.lucene(query) == read


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("Wer gewinnt die Wahl?", "Wer gewinnt die Wahl"),
        ("Wirklich?? Wer", "Wirklich Wer"),
        ("Qui gagne\u00a0? Qui ?", "Qui gagne  Qui "),
        # Before what ends a clause, a quotation or a speaker's name.
        ("Wer?, wo?. Wie?; Wirklich?: Ja", "Wer, wo. Wie; Wirklich Ja"),
        ("Wer gewinnt?“ fragt er", "Wer gewinnt“ fragt er"),
        ("Trupp?,en a?:b title:Trupp?, x", "Trupp?,en a?:b title:Trupp?, x"),
        ('„Wer gewinnt?“ "Wer?"?', '"Wer gewinnt?" "Wer?"'),
        # A wildcard within a word, before a parenthesis, behind a field's name, or escaped.
        ("Trup?e (Trupp?)", "Trup?e (Trupp?)"),
        (r"title:Trupp? title: Trupp? a\?", r"title:Trupp? title: Trupp? a\?"),
    ],
)
def test_a_question_mark_at_the_end_is_a_question_s(query: str, read: str) -> None:
    assert typed.lucene(query) == read


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("Tor! Tor!", "Tor Tor"),
        ("Was nun?! (Tor!) „Hilfe!“ ruft", 'Was nun (Tor) "Hilfe!" ruft'),
        ("Ja!, nein! title:Tor! Feuer !", "Ja, nein title:Tor Feuer "),
        ("Aus!: Ende 2:1!", 'Aus Ende "2:1"'),
        # What stands before a word is NOT.
        ("!Hafen a !b (!c) ! d e!f g*!h*", "!Hafen a !b (!c) ! d e!f g*!h*"),
        (r'"Tor!" a\! title:!b', r'"Tor!" a\! title:!b'),
    ],
)
def test_an_exclamation_mark_at_a_word_s_end_is_none_of_lucene_s(query: str, read: str) -> None:
    assert typed.lucene(query) == read


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("Bayern siegt 3 : 1 (1 : 0)", 'Bayern siegt "3:1" ("1:0")'),
        ("2: 1 10 :30 Uhr", '"2:1" "10:30" Uhr'),
        ("urgency: 1 version:2 title:x", "urgency: 1 version:2 title:x"),
    ],
)
def test_a_result_may_hold_blanks(query: str, read: str) -> None:
    assert typed.lucene(query) == read
    assert typed.unknown(query, template.leaves()) == []


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("Schüler:innen Student*innen Lehrer:in", r"Schüler\:innen Student\*innen Lehrer\:in"),
        ("Ärzt:innen-Mangel (lehrer*in)?", r"Ärzt\:innen-Mangel (lehrer\*in)"),
        (
            "title:Schüler:innen Ärzt:innen-Mangel: Was",
            r"title:Schüler\:innen Ärzt\:innen-Mangel\: Was",
        ),
        ("Schüler:innen : Streik Lehrer:in?", r"Schüler\:innen\: Streik Lehrer\:in"),
        # A field, another word, a wildcard, a phrase.
        ("title:innen title:in", "title:innen title:in"),
        (
            '*minister*in Bund*inter Lehrer*in* "Lehrer*in"',
            '*minister*in Bund*inter Lehrer*in* "Lehrer*in"',
        ),
    ],
)
def test_german_words_for_women_and_men_are_words(query: str, read: str) -> None:
    assert typed.lucene(query) == read
    assert typed.unknown(query, template.leaves()) == []


def test_what_is_pasted_is_read_as_articles_are_written() -> None:
    assert (
        typed.normal("Mu\u0308ller Bun\u00addes\u00adtag\u00a0x\u202fy\u2007z")
        == "Müller Bundestag x y z"
    )
    assert typed.lucene("Mu\u0308ller\u00a0OR\u00a0Bun\u00addestag") == "Müller OR Bundestag"
    assert typed.unknown("x\u00a0ti\u00adtle:y", template.leaves()) == []


def test_a_word_with_a_slash_is_no_field() -> None:
    for query in ("Ukraine/Russland: Streik", r"Ukraine\/Russland : Streik"):
        assert typed.lucene(query).replace("\\: ", "\\:") == r"Ukraine\/Russland\:Streik"
        assert typed.unknown(query, template.leaves()) == []
    assert typed.lucene("a/b/c-d:e uri:x/y:z") == r"a\/b\/c-d\:e uri:x\/y\:z"


def test_a_slash_is_a_slash_and_no_regular_expression() -> None:
    assert typed.lucene("24/7 Schleswig/Holstein") == r"24\/7 Schleswig\/Holstein"
    assert typed.lucene("/(a|b){1,200}/") == r"\/(a|b){1,200}\/"
    assert words("/a/")["query_string"]["query"] == r"\/a\/"
    # A date's sum in a range is none.
    ranged = "@timestamp:[now-7d/d TO now/d]"
    assert typed.lucene(ranged) == ranged


def test_an_address_is_a_phrase() -> None:
    assert typed.lucene("https://example.com/a?b=c") == '"https://example.com/a?b=c"'
    assert typed.lucene("(uri:http://example.com/a) x") == '(uri:"http://example.com/a") x'
    assert typed.lucene("uri:http://example.com/*") == r"uri:http\:\/\/example.com\/*"
    assert typed.unknown("https://example.com/a", template.leaves()) == []


def test_wildcards_have_a_limit() -> None:
    assert typed.lucene("*minister* Trup?en*") == "*minister* Trup?en*"
    for query in ("*a" * 40, "a* " * 60, "„x“ " + "*a" * 40, "a*OR*b*" * 4, "(a?b)" * 51):
        with pytest.raises(UsageError, match="too many wildcards"):
            typed.lucene(query)
    # Words are what Lucene takes for one, with blanks or without.
    for query in ('"' + "*a" * 40 + '"', "(a*)(b*)" * 11, "a*!b*" * 11, "Wahl? " * 51, r"a\*" * 51):
        assert typed.lucene(query)


def test_only_the_limit_that_was_passed_is_named() -> None:
    with pytest.raises(UsageError, match=r"found 51 words with \* or \?; expected 50 at most$"):
        typed.lucene("a?b " * 51)
    with pytest.raises(UsageError, match=r"found 11 \* in a word; expected 10 at most$"):
        typed.lucene("*a" * 11)


def test_a_query_has_a_length() -> None:
    assert typed.lucene("a " * 2500)
    with pytest.raises(UsageError, match="found 5001 characters; expected 5000 at most"):
        typed.lucene("a" * 5001)


@pytest.mark.parametrize(
    "piece",
    [
        "[",
        "{",
        "/",
        '"',
        "‘",
        "’",
        "‚",
        "“",
        "”",
        "„",
        "»",
        "›",
        "«",
        "‹",
        "1:1",
        " -1:",
        "a: ",
        "?",
    ],
)
def test_a_long_query_is_read_as_fast_as_it_is_long(piece: str) -> None:
    """Were the rest looked at again for each of these, nobody would wait for the end."""
    query = (piece + "a" * 500 + " ") * 10_000
    assert isinstance(typed.unknown(query, {}), list)


@pytest.mark.parametrize(
    "piece",
    [
        "a-",
        "a.",
        "1-",
        "1,",
        "1,-",
        "1,+",
        "a‘",
        "\\",
        "\\/",
        '\\"',
        "*",
        "?",
        "!",
        "?!",
        "A*in-",
        "/\\a",
    ],
)
def test_so_is_a_long_word(piece: str) -> None:
    assert typed.unknown(piece * 200_000, {}) == []


@pytest.mark.parametrize(
    ("query", "unknown"),
    [
        ("foo:bar", ["foo"]),
        ("Fußball: Bayern", ["Fußball"]),
        ("12:30 Uhr 2:1 @timestamp:>2026-01-31T10:00:00Z x", []),
        ("@timestamp:>31a:b foo:x:y", ["foo"]),
        ("urn:newsml:example.com:1", ["urn"]),
        ("versioncreatd:[2020 TO 2021] OR -foo:x", ["versioncreatd", "foo"]),
        ('(tilte:"a b")', ["tilte"]),
        ("person:Putin", ["person"]),
        ("_exists_:embargod", ["embargod"]),
        ("_exists_:altids.link _exists_:title.link", ["title.link"]),
        (r"foo\-bar:x tit\le:x", ["foo-bar"]),
        ('_exists_:"person" _exists_: "dateline.city" _exists_:"embargod"', ["embargod"]),
        ('"_exists_:x" _exists_:(a OR b)', []),
        ("title:a headline:(b c) version:>2 @timestamp:[a TO b] person.name.keyword:c", []),
        ("_exists_:person _exists_:embargoed _id:1 text.de:x altids.any:1", []),
        (r'"foo:bar" foo\:bar text.\*:x *:* [foo:a TO b]', []),
    ],
)
def test_fields_that_do_not_exist_are_named(query: str, unknown: list[str]) -> None:
    assert typed.unknown(query, template.leaves()) == unknown


@pytest.mark.parametrize(
    ("field", "near"),
    [
        ("versioncreatd", "versioncreated"),
        ("Headline", "headline"),
        ("provder", "provider"),
        ("person", "person.name"),
        ("city", "dateline.city"),
    ],
)
def test_with_those_that_may_be_meant(field: str, near: str) -> None:
    assert typed.near(field, template.leaves())[0] == near
    assert near in str(typed.no_such_field([field], template.leaves()))


def test_operators_in_small_letters_or_in_german_are_seen() -> None:
    meant = typed.words_meant_as_operators
    assert meant("Hafen oder Brand und Feuer ODER x") == ["oder", "und", "ODER"]
    assert meant("Hafen or not Brand") == ["or", "not"]
    assert meant('Hafen OR Brand AND "a or b" NOT x') == []
    assert meant("or Hafen and") == []
    assert meant("(Hafen or Brand)AND title:or x") == ["or"]
    # Blanks that do not break separate words here, and an ideographic one does for Lucene, too.
    assert meant("Hafen\u00a0or\u00a0Brand") == ["or"]
    assert meant("Hafen\u3000or\nBrand") == ["or"]
    assert [typed.operator(word) for word in ("oder", "und", "nicht")] == ["OR", "AND", "NOT"]


def test_a_person_and_a_place_have_all_their_spellings() -> None:
    assert {"Zelensky", "Zelenskyy"} <= set(written("person", "Selenskyj"))
    assert set(map(str.casefold, written("person", "selenskyj"))) == {
        form.casefold() for form in written("person", "Zelensky")
    }
    assert {"Kyiv", "Kiev"} <= set(written("place", "Kiew"))
    # A whole name finds no one else of that surname.
    assert all(" " in form for form in written("person", "Wolodymyr Selenskyj"))
    assert written("person", "Mara Steiner") == ("Mara Steiner",)
    # A country and a state: nobody can say which.
    assert written("place", "Georgia") == ("Georgia",)
    assert "Georgia" not in written("place", "Georgien")


def test_a_message_shows_no_long_query_whole() -> None:
    assert typed.shortened("Hafen") == "'Hafen'"
    assert len(typed.shortened("Hafen " * 1000)) < 110


@pytest.mark.parametrize("word", ["-Hafen", "-hafen"])
def test_a_word_to_leave_out_that_looks_like_an_option(
    word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_command(["search", "Hamburg", word]) == 2
    assert "dateline search -- Hamburg -Hafen" in capsys.readouterr().err
    assert run_command(["search", "--langauge", "de", "Hafen"]) == 2
    assert "--language" in capsys.readouterr().err
