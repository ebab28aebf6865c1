"""Agency plain text is read for what it is; what is no text is refused with the reason."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dateline import formats, text
from dateline.article import Article
from dateline.errors import InputError, Where
from dateline.formats import wirecopy
from tests.reading import read_as

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
    return read_as(name, copy, received=RECEIVED, location="test.txt")


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


@pytest.mark.parametrize(
    ("name", "city", "date", "source"),
    [
        ("aap_asianet_1.tst", "Austin", "Feb. 1, 2017", "PRNewswire-AsiaNet"),
        ("aap_asianet_2.tst", "London", "Feb. 1, 2017", "PRNewswire"),
        ("aap_asianet_6.tst", "London", "Feb. 1", "PRNewswire-AsiaNet"),
    ],
)
def test_real_releases_lose_their_head(
    shared: Path, name: str, city: str, date: str, source: str
) -> None:
    data = (shared / "wires" / "plain-text" / name).read_bytes()
    found = article(data)
    head, _, sent = text.decode(data).text.partition(f"{city.upper()}, ")
    assert found.dateline is not None
    assert (found.dateline.city, found.dateline.date) == (city, date)
    assert (found.dateline.source, found.provider) == (source, "pr-newswire")
    creditline, slugline, *headline = head.split("\n")
    assert creditline.strip() == f"Source: {found.creditline}"
    assert found.slugline == slugline.strip()
    assert found.headline == found.title == " ".join(" ".join(headline).split())
    # Every word of the body, and none of the head.
    body = sent.partition("--\r\n")[2].split()
    assert text.clean(" ".join(body)).split() == (found.body_text or "").split()


@pytest.mark.parametrize(("name", "crossheads"), [("aap_IDN38100.tst", 0), ("aap_IDY21020.tst", 3)])
def test_real_bulletins_are_all_body(shared: Path, name: str, crossheads: int) -> None:
    data = (shared / "wires" / "plain-text" / name).read_bytes()
    found = article(data)
    assert (found.headline, found.dateline, found.provider) == (None, None, None)
    assert (found.body_text or "").split() == data.decode().split()
    assert len(found.crossheads) == crossheads


def test_what_a_peer_asserts_of_real_plain_text(shared: Path) -> None:
    lines = (shared / "wires" / "EXPECTED.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines if line.startswith("plain-text/")]
    assert {row[0] for row in rows} == {
        "plain-text/aap_AAP201606060716291.tst",
        "plain-text/aap_ticker_sample.txt",
    }
    # The one is tagged and another format's; of the other the peer makes up a headline.
    (refused,) = read((shared / "wires" / "plain-text/aap_AAP201606060716291.tst").read_bytes())
    assert isinstance(refused, InputError)
    assert refused.found == "a tagged telex (zczc)"
    ticker = article((shared / "wires" / "plain-text/aap_ticker_sample.txt").read_bytes())
    (opening,) = (
        json.loads(row[3]) for row in rows if row[1] == "body_html" and "ticker" in row[0]
    )
    assert (ticker.body_text or "").startswith(opening.removeprefix("<pre>"))
    assert ticker.headline is None


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


@pytest.mark.parametrize(
    ("copy", "first"),
    [
        (
            "Berlin (dpa) - Der Bundestag hat am Montag das\n"
            "Gesetz zum Schutz der Deiche beschlossen. Die\n"
            "Mehrheit war groß, der Streit davor auch.\n",
            "Der Bundestag hat am Montag das Gesetz zum Schutz der Deiche beschlossen.",
        ),
        (
            "LONDON (Reuters) - The harbour office said late on\n"
            "Wednesday that no ship would leave before the fog\n"
            "lifted. Some did.\n",
            "The harbour office said late on Wednesday that no ship would leave before the fog "
            "lifted.",
        ),
        (
            "PARIS, 3 mars (AFP) - Le port de la ville a reçu\n"
            "Monsieur Exemple et sa barque, qui rentraient de\n"
            "loin. Ils repartent demain.\n",
            "Le port de la ville a reçu Monsieur Exemple et sa barque, qui rentraient de loin.",
        ),
        (
            "RIO DE JANEIRO AND SAO PAULO, Brazil, Nov. 3,\n2017 (Reuters) - The dam held through\n"
            "the night. More.\n",
            "The dam held through the night.",
        ),
    ],
)
def test_the_first_sentence_of_wrapped_copy_stays_whole(copy: str, first: str) -> None:
    found = article(copy)
    assert found.title == first
    assert (found.body_text or "").startswith(first)
    assert "\n" not in (found.body_text or "")


LONG = (
    "Ein Absatz aus laufendem Text, der so lang ist, dass ihn niemand "
    + "für eine " * 12
    + "Zeile."
)


def test_a_dateline_below_running_text_is_no_head() -> None:
    copy = f"{LONG}\n\n{LONG}\n\n{LONG}\n\nParis (AFP) - Text.\n"
    found = article(copy)
    assert (found.headline, found.description_text, found.dateline) == (None, None, None)
    assert found.body_text == copy.strip()


def test_one_teaser_may_stand_between_headline_and_dateline() -> None:
    for between in ("\n\n", "\n"):
        found = article(f"Damm geprüft{between}{LONG}\n\nParis (AFP) - Text.\n")
        assert (found.headline, found.description_text) == ("Damm geprüft", LONG)
        assert found.body_text == "Text."


@pytest.mark.parametrize(
    ("rights", "date", "notice", "creditline"),
    [
        ("date 2025-04 Quelle: dpa", "2025-04-01", None, "dpa"),
        ("date 2025-04 Source: dpa-infocom", "2025-04-01", None, "dpa-infocom"),
        ("date 2025-04-28 Quelle: (c) dpa 2025.", "2025-04-28", "(c) dpa 2025.", None),
        ("date 2025-04-28T10:00:00Z Quelle: (c) dpa", "2025-04-28T10:00", "(c) dpa", None),
        ("(c) Copyright dpa 2025. Some terms", None, "(c) Copyright dpa 2025. Some terms", None),
        ("Copyright dpa 2025", None, "Copyright dpa 2025", None),
        ("date 2025-13 Quelle: (c) dpa 2025.", None, "(c) dpa 2025.", None),
        ("date 2025 Quelle: (c) dpa 2025.", None, "(c) dpa 2025.", None),
    ],
)  # fmt: skip
def test_forms_of_the_rights_line(
    rights: str, date: str | None, notice: str | None, creditline: str | None
) -> None:
    for head, headline in (("", None), ("Damm geprüft\n\n", "Damm geprüft")):
        found = article(f"{rights}\n\n{head}Berlin (dpa) - Der Damm hält.\n")
        expected = dt.datetime.fromisoformat(date).replace(tzinfo=dt.UTC) if date else None
        assert (found.versioncreated, found.copyrightnotice) == (expected, notice)
        assert (found.creditline, found.provider) == (creditline, "dpa")
        assert (found.headline, found.body_text) == (headline, "Der Damm hält.")


def test_the_terms_may_stand_on_a_line_of_their_own() -> None:
    found = article(
        "date 2025-04 Quelle: (c) dpa 2025.\nClick For Restrictions - https://x.org\n\n"
        "Berlin (dpa) - Der Damm hält.\n"
    )
    assert found.copyrightnotice == "(c) dpa 2025. Click For Restrictions - https://x.org"
    assert found.usageterms == "Click For Restrictions - https://x.org"
    assert found.headline is None


def test_the_rights_line_names_the_provider_where_no_dateline_does() -> None:
    found = article("date 2025-04 Source: Agence France-Presse\n\nPort fermé\n\nLe port dort.\n")
    assert (found.headline, found.provider) == ("Port fermé", "afp")


def test_a_story_about_copyright_keeps_its_words() -> None:
    found = article("Copyright-Streit beendet\n\nBerlin (dpa) - Eins.\n\nCopyright ist teuer.\n")
    assert (found.headline, found.copyrightnotice) == ("Copyright-Streit beendet", None)
    assert found.body_text == "Eins.\n\nCopyright ist teuer."


@pytest.mark.parametrize("crosshead", ["GROSSE SORGE", "GROßE SORGE", "DER 3. VERSUCH"])
def test_crossheads(crosshead: str) -> None:
    assert wirecopy.crossheads(["Eins.", crosshead, "Zwei."]) == [crosshead]
    assert wirecopy.crossheads([crosshead, "Große Sorge", "5 : 3", crosshead]) == []


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
