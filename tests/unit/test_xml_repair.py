"""XML with mistakes is read where what was meant is beyond doubt, else refused whole:
no paragraph of a story is lost in silence."""

from __future__ import annotations

import time

import pytest

from dateline import formats
from dateline.errors import InputError, Where
from dateline.formats import xmldoc, xmlrepair


def story(content: str) -> str:
    """A document whose body this is."""
    return f"<story><head><id>1</id></head><body><content>{content}</content><end/></body></story>"


def paragraphs(document: str) -> list[str]:
    """What a format finds in the body."""
    found = xmldoc.child(xmldoc.read(document.encode()).root, "body", "content")
    return xmldoc.markup(found).paragraphs


@pytest.mark.parametrize(
    ("content", "read"),
    [
        ("<p>Eins.</p></p><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<p>Eins.</p></p></p></p></p></p></p><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<block><p>Eins.</p></block></block><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<p lead=yes>Eins.</p><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<p>Eins. <img src=deich.jpg/></p><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<p lead>Eins.</p><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<p>Eins.<p>Zwei.", ["Eins.", "Zwei."]),
        ("<p>Eins <b>fett.</p><p>Zwei.</p>", ["Eins fett.", "Zwei."]),
        ("<p>Eins <b><i>schräg.</b></i> Mehr.</p>", ["Eins schräg. Mehr."]),
        ("<p>Eins.<br>Zwei.</p><p>Drei.</p>", ["Eins.\nZwei.", "Drei."]),
        ("<p>1 < 2 & 3 > 2, ein <3 dem Deich</p>", ["1 < 2 & 3 > 2, ein <3 dem Deich"]),
        ("<p>Erika <e.muster@example.org></p>", ["Erika <e.muster@example.org>"]),
        ("<p>Siehe <https://example.org/a>.</p>", ["Siehe <https://example.org/a>."]),
        ("<p>Eins <!-- a -- b --> mehr.</p>", ["Eins mehr."]),
        ("<p k='1' k='2'>Eins.</p><p>Zwei.</p>", ["Eins.", "Zwei."]),
        ("<p>Eins & <![CDATA[zwei & drei]]></p>", ["Eins & zwei & drei"]),
    ],
)
def test_mistakes_that_leave_no_doubt_are_mended(content: str, read: list[str]) -> None:
    assert paragraphs(story(content)) == read
    assert xmldoc.read(story(content).encode()).flaw


@pytest.mark.parametrize(
    "content",
    [
        "<p>Eins.</p></content><p>Zwei.</p>",
        "<block><p>Eins.</p></block><p>Zwei.</p></block>",
        "<p>Eins.</p></story><p>Zwei.</p>",
        "<p>Eins.</p><note><p>Intern.</p><p>Zwei.</p>",
        "<p>Eins.</p><!-- <p>Zwei.</p>",
        "<p>Eins.</p><![CDATA[ <p>Zwei.</p>",
        "<p>Eins.</p><? <p>Zwei.</p>",
    ],
)
def test_where_text_could_be_lost_nothing_is_read(content: str) -> None:
    with pytest.raises(InputError, match="not well-formed"):
        xmldoc.read(story(content).encode())


def test_two_documents_in_one_are_refused_rather_than_the_second_dropped() -> None:
    with pytest.raises(InputError, match="not well-formed"):
        xmldoc.read((story("<p>Eins.</p>") + story("<p>Zwei.</p>")).encode())


def test_a_document_that_is_cut_off_is_refused() -> None:
    with pytest.raises(InputError, match="not well-formed"):
        xmldoc.read(story("<p>Eins.</p>")[:-9].encode())


def test_a_character_in_two_halves_is_one_and_what_is_none_goes() -> None:
    halves = "<p>Glück &#55357;&#56832; &#xD83D;&#xDE00; &#0xD83D; auf</p>"
    assert paragraphs(story(halves.replace("&#0x", "&#x"))) == ["Glück 😀 😀 auf"]
    for none in ("&#xD800;", "&#56832;", "&#xFFFE;", "&#x110000;", "&#99999999999;", "&#0;"):
        assert paragraphs(story(f"<p>Glück{none} auf</p>")) == ["Glück auf"]
    assert paragraphs(story("<p>a&#9;&#228;&#x1F600;&#x10FFFD;</p>"))[0].endswith("ä😀\U0010fffd")


@pytest.mark.parametrize("before", ["\x01", "\x00", "\x02\r\n", "\ufeff", "\x1b \x07"])
def test_control_characters_before_a_document_leave_it_xml(before: str) -> None:
    document = f'{before}<?xml version="1.0" encoding="utf-8"?>{story("<p>Deich</p>")}'.encode()
    root = xmldoc.peek(document)
    assert root is not None
    assert root.name == "story"
    assert xmldoc.read(document).root.tag == "story"
    with pytest.raises(InputError, match="markup"):
        formats.detect(document, Where(location="test"))


@pytest.mark.parametrize("charset", ["utf-16", "utf-32", "utf-8-sig"])
def test_markup_is_no_plain_text_whatever_it_is_written_in(charset: str) -> None:
    document = f'<?xml version="1.0"?>{story("<p>Größe</p>")}'.encode(charset)
    root = xmldoc.peek(document)
    assert root is not None
    assert root.name == "story"
    with pytest.raises(InputError, match="markup"):
        formats.detect(document, Where(location="test"))


def test_a_parameter_entity_may_stand_further_apart() -> None:
    typed = '<!DOCTYPE story [<!ENTITY  % more SYSTEM "more.dtd"> %more;]>'
    assert paragraphs(typed + story("<p>Deich</p>")) == ["Deich"]
    with pytest.raises(InputError, match="entities of its own"):
        xmldoc.read((typed.replace("% more", "more") + story("")).encode())


@pytest.mark.parametrize(
    "hostile",
    ['<a b="' * 100_000, "<a>" * 200_000, "<!--" * 200_000, "</p>" * 200_000, "<a " * 200_000],
)
def test_a_hostile_document_takes_time_in_proportion(hostile: str) -> None:
    started = time.monotonic()
    xmlrepair.repaired(f"<x>{hostile}</x>")
    assert time.monotonic() - started < 5
