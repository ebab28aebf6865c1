"""Agency plain text is read for what it is; what is no text is refused with the reason."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dateline import formats
from dateline.article import Article
from dateline.errors import InputError, Where
from dateline.formats import wirecopy
from dateline.records import RawDocument, sha256

RECEIVED = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)

SAMPLE = """\
 date 2025-04 Quelle: (c) Copyright Thomson Reuters 2025. Click For Restrictions - https://x.org/c

Seoul (Reuters) - Der erste Absatz nennt Dr. Kim und 14.000 Soldaten. Ein zweiter Satz.

Der zweite Absatz.

PUTIN DANKT KIM

Der dritte Absatz, am Montag.
"""


def read(copy: str | bytes, name: str = "plaintext") -> list[formats.Item]:
    """Items of a document."""
    value = copy if isinstance(copy, bytes) else copy.encode()
    document = RawDocument(
        value=value,
        feed="test",
        format=name,
        location="test.txt",
        received=RECEIVED,
        sha256=sha256(value),
    )
    return formats.read(document)


def article(copy: str | bytes) -> Article:
    """The one article of a document."""
    (item,) = read(copy)
    assert isinstance(item, Article), item
    return item


def test_the_form_of_the_projects_first_sample() -> None:
    found = article(SAMPLE)
    assert found.headline is None
    assert found.title == "Der erste Absatz nennt Dr. Kim und 14.000 Soldaten."
    assert found.versioncreated == dt.datetime(2025, 4, 1, tzinfo=dt.UTC)
    assert found.date_precision == "month"
    assert found.dateline is not None
    assert (found.dateline.text, found.dateline.city) == ("Seoul (Reuters)", "Seoul")
    assert found.dateline.source == "Reuters"
    assert found.body_text is not None
    assert found.body_text.startswith("Der erste Absatz")
    assert found.body_text.count("\n\n") == 3
    assert found.crossheads == ["PUTIN DANKT KIM"]
    assert (found.provider, found.provider_declared) == ("reuters", "Reuters")
    assert found.copyrightholder == "Thomson Reuters"
    assert found.copyrightnotice is not None
    assert found.copyrightnotice.startswith("(c) Copyright Thomson Reuters 2025.")
    assert found.usageterms == "Click For Restrictions - https://x.org/c"
    assert found.wordcount == 23
    assert found.charcount == len(found.body_text)


def test_the_first_sample_itself(shared: Path) -> None:
    (path,) = (shared / "seeds").glob("*.txt")
    found = article(path.read_bytes())
    assert found.dateline is not None
    assert found.dateline.city == "Seoul"
    assert found.crossheads == ["PUTIN DANKT KIM"]
    assert found.headline is None
    assert found.title.endswith("gegen die Ukraine bestätigt.")


def test_the_real_plain_text_files_are_read_or_refused_with_a_reason(shared: Path) -> None:
    for path in sorted((shared / "wires" / "plain-text").iterdir()):
        for item in read(path.read_bytes()):
            assert isinstance(item, Article) or (item.found and item.expected), path  # type: ignore[union-attr]


def test_identity_is_the_text_not_its_bytes() -> None:
    other_form = SAMPLE.replace("\n", "\r\n").encode("cp1252") + b"\r\n\r\n"
    assert article(other_form).uri == article(SAMPLE).uri
    assert article(SAMPLE).uri.startswith("urn:dateline:sha256:")
    assert article(SAMPLE.replace("14.000", "15.000")).uri != article(SAMPLE).uri


@pytest.mark.parametrize(
    ("opening", "city", "date", "source", "provider"),
    [
        ("Seoul (Reuters) - Text.", "Seoul", None, "Reuters", "reuters"),
        ("Waghäusel (dpa) - Text.", "Waghäusel", None, "dpa", "dpa"),
        ("Hannover (dpa/lni) - Text.", "Hannover", None, "dpa/lni", "dpa"),
        ("Berlin/Moskau (dpa) - Text.", "Berlin", None, "dpa", "dpa"),
        ("Frankfurt/Main (dpa-AFX) - Text.", "Frankfurt", None, "dpa-AFX", "dpa-afx"),
        ("STOCKHOLM, Aug 29, 2014 (AFP) - Text.", "Stockholm", "Aug 29, 2014", "AFP", "afp"),
        ("PARIS, 3 mars (AFP) - Texte.", "Paris", "3 mars", "AFP", "afp"),
        ("PARIS, 3 mars 2024 (AFP) - Texte.", "Paris", "3 mars 2024", "AFP", "afp"),
        ("NEW YORK (AP) _ Text.", "New York", None, "AP", "ap"),
        ("GROSSETO, Italy (AP) -- Text.", "Grosseto", None, "AP", "ap"),
        ("DEN HAAG (ANP) — Text.", "Den Haag", None, "ANP", "anp"),
        (
            "RIO DE JANEIRO, Nov. 3 (Reuters) - Text.",
            "Rio de Janeiro",
            "Nov. 3",
            "Reuters",
            "reuters",
        ),
        ("BRISBANE, Oct 12 AAP - Text.", "Brisbane", "Oct 12", "AAP", "aap"),
        (
            "AUSTIN, Texas, Feb. 1, 2017 /PRNewswire/ -- Text.",
            "Austin",
            "Feb. 1, 2017",
            "PRNewswire",
            "pr-newswire",
        ),
        ("Berlin (AFP) Die Regierung handelt.", "Berlin", None, "AFP", "afp"),
        ("(Reuters) - Text.", None, None, "Reuters", "reuters"),
        (
            "Saint-Denis de La Réunion (AFP) - Texte.",
            "Saint-Denis de La Réunion",
            None,
            "AFP",
            "afp",
        ),
    ],
)
def test_datelines(
    opening: str, city: str | None, date: str | None, source: str, provider: str
) -> None:
    found = wirecopy.take_dateline(opening)
    assert found is not None
    assert (found.dateline.city, found.dateline.date) == (city, date)
    assert (found.dateline.source, found.provider) == (source, provider)
    assert found.rest.split()[0] in {"Text.", "Texte.", "Die"}
    assert not found.dateline.text.endswith(("-", "_", "—"))


@pytest.mark.parametrize(
    "opening",
    [
        "Angela Merkel (CDU) - so heißt sie - kam.",
        "Die Agentur meldete (dpa) - das war falsch.",
        "Berlin (dpa) hat es gemeldet.",
        "Der Minister sagte am Montag in Berlin (Reuters berichtete) - nichts.",
        "Berlin - Ein Satz.",
        "Result (2) - a list.",
    ],
)
def test_what_is_no_dateline(opening: str) -> None:
    assert wirecopy.take_dateline(opening) is None


def test_headline_byline_and_slug_above_the_dateline() -> None:
    found = article(
        "Yemen/conflict/\n"
        "UPDATE 2-Peace talks to take place in Sweden =\n"
        "Von Andrej Sokolow, dpa\n\n"
        "* First point\n* Second point\n\n"
        "Washington (dpa) - The talks will be held. More.\n\nSecond.\n"
    )
    assert found.slugline == "Yemen/conflict/"
    assert found.headline == "UPDATE 2-Peace talks to take place in Sweden"
    assert found.title == "Peace talks to take place in Sweden"
    assert (found.update_kind, found.update_number) == (["update"], 2)
    assert found.byline == "Von Andrej Sokolow, dpa"
    assert found.description_text == "* First point\n* Second point"
    assert found.body_text == "The talks will be held. More.\n\nSecond."


def test_a_headline_without_dateline_is_a_short_line_without_full_stop() -> None:
    found = article("Hafen gesperrt\n\nDer Hafen ist gesperrt. Grund ist Nebel.\n")
    assert (found.headline, found.body_text) == (
        "Hafen gesperrt",
        "Der Hafen ist gesperrt. Grund ist Nebel.",
    )
    assert article("Der Hafen ist gesperrt.\n\nGrund ist Nebel.\n").headline is None


def test_an_alert_has_no_headline() -> None:
    found = article("EILMELDUNG: Minister Huber tritt zurück\n")
    assert found.headline is None
    assert found.update_kind == ["alert"]
    assert found.title == "Minister Huber tritt zurück"


def test_an_embargo_with_a_readable_time() -> None:
    found = article(
        "Bilanz vorgelegt\nSperrfrist: 12. Mai 2025, 18.00 Uhr\n\nBerlin (dpa) - Text.\n"
    )
    assert found.embargoed == dt.datetime(2025, 5, 12, 16, tzinfo=dt.UTC)
    assert found.pubstatus == "usable"
    assert found.ednote == "Sperrfrist: 12. Mai 2025, 18.00 Uhr"
    assert found.body_text == "Text."


@pytest.mark.parametrize(
    "words", ["Sperrfrist: Montag früh", "HOLD FOR RELEASE", "SOUS EMBARGO jusqu'à nouvel ordre"]
)
def test_an_embargo_that_cannot_be_read_is_held(words: str) -> None:
    found = article(f"{words}\n\nBerlin (dpa) - Text.\n")
    assert (found.pubstatus, found.embargoed) == ("withheld", None)
    assert found.ednote == words


def test_a_story_about_an_embargo_is_none() -> None:
    found = article("Embargo gegen Russland verschärft\n\nBrüssel (dpa) - Das Embargo gilt.\n")
    assert (found.pubstatus, found.ednote) == ("usable", None)


def test_what_is_for_editors_only_never_reaches_the_body() -> None:
    found = article(
        "Berlin (dpa) - Text.\n\n# Notizblock\n\n## Kontakte\n- Autor: Erika Muster, +49 30 1234\n"
    )
    assert found.body_text == "Text."
    assert found.ednote_nonpublic is not None
    assert "+49 30 1234" in found.ednote_nonpublic
    other = article("PARIS (AFP) - Texte.\n\nNot for publication: call 01 23\n")
    assert other.body_text == "Texte."


def test_a_kill_notice_withdraws_and_a_story_about_one_does_not() -> None:
    notice = article("KILL KILL KILL\n\nBitte verwenden Sie die Meldung dpa 157 nicht.\n")
    assert (notice.pubstatus, notice.update_kind) == ("canceled", ["kill"])
    story = article("Kill-Switch für Autos gefordert\n\nBerlin (dpa) - Text über einen Kill.\n")
    assert (story.pubstatus, story.update_kind) == ("usable", [])


def test_a_copyright_line_at_the_end_is_no_paragraph() -> None:
    found = article("PARIS (AFP) - Texte.\n\nCopyright 2024 AFP. All rights reserved.\n")
    assert found.body_text == "Texte."
    assert found.copyrightnotice == "Copyright 2024 AFP. All rights reserved."
    assert found.copyrightholder == "AFP"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"Berlin (dpa) - Te\x00xt", "byte 0x00 at position 17"),
        (b"abc\x1bdef", "byte 0x1b at position 3"),
        (b'<?xml version="1.0"?><nitf/>', "markup"),
        (b"<html><p>Text</p></html>", "markup"),
        (b'{"uri": "x"}', "JSON"),
        (b"%PDF-1.7 text", "binary"),
        (b"\x16\x16\x01z6715\x1f_", "transmission header"),
        (b"eca0124 3 i 93  dpa 1888\r\n\r\nText", "7901"),
        (b"ZCZC AAP\r\n%A\r\nText", "telex"),
        (b"Received: by mail\r\nSubject: x\r\n\r\nText", "mail"),
    ],
)
def test_what_is_no_plain_text_is_refused_with_what_was_found(data: bytes, found: str) -> None:
    (item,) = read(data)
    assert isinstance(item, InputError)
    assert found in str(item)
    assert item.expected
    with pytest.raises(InputError):
        if formats.detect(data, Where()).name != "plaintext":
            raise InputError("another format's")


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=2000), st.sampled_from(["plaintext", "ninjs"]))
@example(b"\xff\xfe", "plaintext")
@example(b"Berlin (dpa) - ", "plaintext")
@example(b"[" * 100_000, "ninjs")
def test_any_bytes_are_read_or_refused(data: bytes, name: str) -> None:
    items = read(data, name)
    assert items
    assert not any("parser failed" in str(item) or "schema" in str(item) for item in items)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "Berlin (dpa) - ",
                "\n",
                "\n\n",
                "Sperrfrist: ",
                "KILL KILL KILL",
                "Von Max Muster",
                " =",
                "12. Mai 2025, 18 Uhr",
                "# Notizblock",
                "(c) Copyright X 2025",
                "date 2025-04 Quelle: ",
                "PUTIN DANKT KIM",
                "Ein Satz. ",
                "\t",
                "a/b/",
                "(Eil) ",
                "\u00ad",
                "UPDATE 2-",
                "(",
                ")",
            ]
        ),
        max_size=25,
    ).map("".join)
)
def test_any_wire_copy_is_read_or_refused(copy: str) -> None:
    for item in read(copy):
        assert isinstance(item, Article) or "parser failed" not in str(item)
