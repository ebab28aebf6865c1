"""From bytes to text by rule, and from lines to paragraphs."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline import text
from dateline.errors import InputError


@pytest.mark.parametrize(
    ("data", "declared", "charset", "expected"),
    [
        ("Größe".encode(), None, "utf-8", "Größe"),
        ("Größe".encode(), "iso-8859-1", "utf-8", "Größe"),  # the declaration lies
        ("Größe".encode("cp1252"), None, "cp1252", "Größe"),
        ("„Größe“ – 5 €".encode("cp1252"), "iso-8859-1", "cp1252", "„Größe“ – 5 €"),
        ("Größe".encode("cp1252"), "utf-8", "cp1252", "Größe"),
        ("Größe €".encode("iso-8859-15"), "iso-8859-15", "iso8859-15", "Größe €"),
        ("Łódź".encode("iso-8859-2"), "latin2", "iso8859-2", "Łódź"),
        ("Größe".encode("cp1252"), "no-such-charset", "cp1252", "Größe"),
        ("Größe".encode("cp1252"), "unicode_escape", "cp1252", "Größe"),
        ("Größe".encode("utf-8-sig"), "latin1", "utf-8", "Größe"),
        ("Größe".encode("utf-16"), None, "utf-16-le", "Größe"),
        (b"\xfe\xff" + "Größe".encode("utf-16-be"), None, "utf-16-be", "Größe"),
    ],
)
def test_character_sets(data: bytes, declared: str | None, charset: str, expected: str) -> None:
    assert text.decode(data, declared) == text.Decoded(expected, charset)


def test_damaged_utf8_is_refused_with_its_position() -> None:
    whole = "Die Größe der Bäume überraschte Käufer, sagte Müller.".encode()
    with pytest.raises(InputError) as caught:
        text.decode(whole[:-8] + b"\xc3" + whole[-8:])
    assert caught.value.found == f"byte 0xc3 at position {len(whole) - 8}"


def test_control_and_invisible_characters_go_and_what_was_meant_stays() -> None:
    assert text.clean("a\x01\x02b\x1fc\x07") == "abc"
    assert text.clean("Bundes\u00adregierung\ufeff") == "Bundesregierung"
    assert text.clean("\x93Ja\x94 \x96 nein") == "“Ja” – nein"  # cp1252 converted as Latin-1
    assert text.clean("a\r\nb\rc\u2028d") == "a\nb\nc\nd"
    assert text.clean("Mu\u0308ller") == "Müller"


@given(st.text())
def test_clean_text_is_nfc_without_controls_and_stays_so(anything: str) -> None:
    cleaned = text.clean(anything)
    assert text.clean(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t" for c in cleaned)


def test_hard_wrapped_lines_are_joined() -> None:
    wrapped = (
        "Nordstadt (xyz) - Mayor Erna Beispiel says that the old ferry will\n"
        "cross the sound again in spring, and that nobody shall pay more until\n"
        "summer.\n"
        "\n"
        "The council of the island wants to decide about it in two weeks.\n"
    )
    parts = text.paragraphs(wrapped)
    assert len(parts) == 2
    assert parts[0].endswith("nobody shall pay more until summer.")


def test_a_sentence_goes_on_after_a_line_that_is_not_full() -> None:
    wrapped = (
        "The office for everything that swims, flies and creeps met on\n"
        "Wednesday. It will meet again when the\n"
        "Counterinvestigations are over, says the chair of the office.\n"
    )
    (whole,) = text.paragraphs(wrapped)
    assert "met on Wednesday. It will meet again when the Counterinvestigations are" in whole


def test_a_list_between_wrapped_paragraphs_keeps_its_lines() -> None:
    prose = (
        "The office for everything that swims, flies and creeps met on\n"
        "Wednesday and named the three winners of the year.\n"
    )
    winners = "Erika Muster, Nordstadt, for her Beetle\nMax Beispiel, Suedstadt, for his Newt"
    assert text.paragraphs(f"{prose}\n{winners}\n\n{prose}")[1] == winners


def test_indented_lines_begin_paragraphs() -> None:
    wrapped = (
        "   The first paragraph is wrapped at some sixty characters and goes\n"
        "on here with its second line, which ends.\n"
        "   The second paragraph begins with an indent, like the first, and\n"
        "it is wrapped too.\n"
    )
    assert [part[:9] for part in text.paragraphs(wrapped)] == ["The first", "The secon"]


def test_long_lines_are_paragraphs() -> None:
    first, second = "Ein langer Satz. " * 12, "Noch einer. " * 15
    assert text.paragraphs(f"{first}\n{second}") == [first.strip(), second.strip()]


@pytest.mark.parametrize(
    "table",
    [
        "Verein          Sp  Pkt\nBayern          12   30\nBremen          12   27",
        "1\tMüller\t58,3\n2\tMaier\t59,1",
        "Bayern - Bremen 2:1\nHSV - Köln 0:0",
    ],
)
def test_tables_keep_their_lines(table: str) -> None:
    assert text.paragraphs(f"Ergebnisse vom Samstag:\n\n{table}\n\nEnde.")[1] == table


def test_html_becomes_paragraphs() -> None:
    found = text.read_html(
        "<p>A &amp; B&nbsp;C<br/>D</p><h2>Kopf</h2><script>x < y</script><ul><li>1</li><li>2"
        "</ul><table><tr><th>a</th><td>b</td></tr><tr><td>c</td></tr></table>5 < 6 <!-- c -->!"
    )
    assert found.paragraphs == ["A & B\xa0C\nD", "Kopf", "1", "2", "a\tb\nc", "5 < 6 !"]
    assert found.headings == ["Kopf"]


@pytest.mark.parametrize(
    ("rows", "read"),
    [
        ("<tr><td><p>Nord</p></td><td><p>1</p></td></tr><tr><td>Süd</td><td>2</td></tr>", None),
        ("<tr><td><div>Nord</div><td><b>1</b><tr><td><p>Süd<td>2", None),
        ("<tr><td>Nord<br/></td><td>1</td></tr><tr><td><p>Süd</p></td><td>2</td></tr>", None),
        ("<tr><td>Nord<br/>Ost</td><td><ul><li>1</li><li>2</li></ul></td></tr>", ["Nord Ost\t1 2"]),
        ("<tr><td>Nord</td></tr><tr><td>Süd</td></tr>", ["Nord\nSüd"]),
        ("<tr><td></td><td>a</td></tr><tr><td>Nord</td><td></td><td>1</td></tr>", ["a\nNord\t\t1"]),
        # Tables that lay out a page
        ("<tr><td><p>Der Damm hält.</p><p>Mehr.</p></td></tr>", ["Der Damm hält.", "Mehr."]),
        (
            f"<tr><td>Menü</td><td><p>{'Lang. ' * 50}x</p><p>Mehr.</p></td></tr>",
            ["Menü", f"{'Lang. ' * 50}x", "Mehr."],
        ),
        (
            "<tr><td><table><tr><td>Nord</td><td>1</td></tr><tr><td>Süd</td><td>2</td></tr></table>"
            "</td></tr>",
            None,
        ),
    ],
)
def test_a_row_is_a_line_whatever_its_cells_hold(rows: str, read: list[str] | None) -> None:
    found = text.read_html(f"<p>Vorn.</p><table>{rows}</table><p>Ende.</p>").paragraphs
    assert found == ["Vorn.", *(read or ["Nord\t1\nSüd\t2"]), "Ende."]


@pytest.mark.parametrize(
    "hostile",
    [
        "<table><tr><td>" * 60_000,
        "<" * 300_000,
        "<!--" * 90_000,
        '<a "' * 90_000,
        "<p>" * 90_000,
        "&" * 300_000,
        "<script>" + "</script" * 90_000,
        "<br " * 90_000 + "</q" * 90_000,
    ],
)
def test_html_takes_time_in_proportion(hostile: str) -> None:
    began = time.process_time()
    text.read_html(hostile)
    text.read_marked(hostile)
    assert time.process_time() - began < 10  # quadratic would be minutes


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("Eins.\n\nZwei.", ["Eins.", "Zwei."]),
        ("<p>Eins.</p>", ["Eins."]),
        ("<p>Damm &amp; Deich</p>", ["Damm & Deich"]),
        ("Damm &amp; <b>Deich</b>, a=1&copy=2", ["Damm & Deich, a=1&copy=2"]),
        ("Der Wert lag <5 Prozent, in Vik bei >7.", ["Der Wert lag <5 Prozent, in Vik bei >7."]),
        ("Erika <e@example.org>, <https://x.org/>", ["Erika <e@example.org>, <https://x.org/>"]),
        ("<p>Erika <e@example.org></p>", ["Erika <e@example.org>"]),
        ("Eins<br/>zwei, 1 < 2 und 3 > 2", ["Eins\nzwei, 1 < 2 und 3 > 2"]),
        ("<Person>Erika</Person> kam", ["Erika kam"]),
        ("", []),
    ],
)
def test_markup_that_was_left_standing_is_read_and_what_only_looks_like_it_stays(
    source: str, read: list[str]
) -> None:
    assert text.read_marked(source).paragraphs == read


def test_the_identity_of_a_text_is_no_matter_of_its_spaces() -> None:
    assert text.text_hash("Der Damm\nhält. ") == text.text_hash("Der  Damm hält.")
    assert text.text_hash("Der Damm hält!") != text.text_hash("Der Damm hält.")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Dr. Müller kam am 3. Mai. Er ging.", "Dr. Müller kam am 3. Mai."),
        ("Rund 14.000 Soldaten kamen. Danach nicht.", "Rund 14.000 Soldaten kamen."),
        ("The U.S. Congress met. It left.", "The U.S. Congress met."),
        ("J. R. Smith said so. He left.", "J. R. Smith said so."),
        ("„Nein!“ Das sagte er.", "„Nein!“"),
        ("„Nein!“, sagte er. Dann ging er.", "„Nein!“, sagte er."),
        ("Ohne Punkt\n\nZweiter Absatz.", "Ohne Punkt"),
        ("", None),
    ],
)
def test_first_sentence(body: str, expected: str | None) -> None:
    assert text.first_sentence(body) == expected


def test_an_endless_sentence_is_cut_at_a_word() -> None:
    found = text.first_sentence("Wort " * 200)
    assert found is not None
    assert len(found) <= 302
    assert found.endswith("Wort …")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("de", "de"), ("DE_at", "de-AT"), ("eng", "en"), ("zh-hans-cn", "zh-Hans-CN"),
        ("und", None), ("Deutsch, bitte", None), ("", None),
    ],
)  # fmt: skip
def test_language_tags(declared: str, expected: str | None) -> None:
    assert text.language_tag(declared) == expected


def test_words_are_counted() -> None:
    assert text.count_words("Drei Wörter – hier 4.") == 4
