"""Atom 1.0 and 0.3: what an entry does not say, its feed says for it."""

from __future__ import annotations

import base64
import datetime as dt
import time

import pytest

from dateline import formats
from dateline.article import Article, Concept
from dateline.errors import InputError, Where
from dateline.formats import Skipped
from tests.reading import read_as

RECEIVED = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)
ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
TITLE = "<title>Un voilier rentre</title>"
ID = "<id>tag:brise.example,2026:1</id>"


def feed(*entries: str, header: str = "", attributes: str = ATOM) -> str:
    """A feed of these entries."""
    inner = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return f"<feed {attributes}>{header}{inner}</feed>"


def read(value: str | bytes) -> list[formats.Item]:
    """Items of a feed."""
    return read_as("atom", value, received=RECEIVED, location="test.xml")


def article(entry: str, **around: str) -> Article:
    """The article of this entry."""
    (found,) = read(feed(entry, **around))
    assert isinstance(found, Article), found
    return found


def test_a_whole_entry() -> None:
    found = article(
        f"""{ID}<title type="html">Un voilier &amp;eacute;cole &lt;em&gt;rentre&lt;/em&gt;</title>
        <link rel="alternate" href="/gabier"/><link rel="enclosure" href="/g.mp3" title="Le son"/>
        <published>2026-03-12T07:30:00Z</published><updated>2026-03-12T08:00:00Z</updated>
        <author><name>Solenn Tanguy</name></author><author><name>Yann Le Gall</name></author>
        <category term="mer" label="La mer" scheme="https://brise.example/desks"/>
        <category term="Concarneau"/>
        <rights>© Brise marine</rights><link rel="license" href="https://licences.example/by"/>
        <summary>Quarante élèves.</summary>
        <content type="xhtml" xml:lang="fr-CA"><div xmlns="http://www.w3.org/1999/xhtml">
        <p>Le Gabier est rentré.</p><h2>À bord</h2><p>Ils étaient quarante.</p>
        <img src="g.jpg" alt="Le Gabier"/></div></content>""",
        header='<link href="https://brise.example/news/"/>',
        attributes=f'{ATOM} xml:lang="fr"',
    )
    assert found.uri == "tag:brise.example,2026:1"
    assert found.headline == "Un voilier école rentre"
    assert found.body_text == "Le Gabier est rentré.\n\nÀ bord\n\nIls étaient quarante."
    assert found.crossheads == ["À bord"]
    assert found.description_text == "Quarante élèves."
    assert found.byline == "Solenn Tanguy, Yann Le Gall"
    assert found.versioncreated == dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2026, 3, 12, 7, 30, tzinfo=dt.UTC)
    assert found.language == "fr-CA"
    assert found.keywords == ["Concarneau"]
    assert found.subject == [
        Concept(code="mer", name="La mer", scheme="https://brise.example/desks")
    ]
    assert (found.copyrightnotice, found.usageterms) == (
        "© Brise marine",
        "https://licences.example/by",
    )
    assert found.altids == {"link": "https://brise.example/gabier"}
    assert [(one.uri, one.caption) for one in found.associations] == [
        ("https://brise.example/g.mp3", "Le son"),
        ("https://brise.example/news/g.jpg", "Le Gabier"),
    ]


def test_what_an_entry_leaves_out_its_feed_says() -> None:
    header = (
        "<title>Nordpress</title><rights>© Nordpress</rights><author><name>Ada Holm</name></author>"
        '<link rel="license" href="https://licences.example/by"/>'
    )
    found = article(ID + TITLE, header=header, attributes=f'{ATOM} xml:lang="de"')
    assert (found.byline, found.copyrightnotice, found.language) == (
        "Ada Holm",
        "© Nordpress",
        "de",
    )
    assert (found.provider, found.usageterms) == ("nordpress", "https://licences.example/by")


def test_what_a_feed_says_is_read_once_for_all_its_entries() -> None:
    authors = "".join(f"<author><name>N{number}</name></author>" for number in range(3000))
    began = time.process_time()
    entries = [f"<entry><id>urn:x:{number}</id><title>T</title></entry>" for number in range(3000)]
    assert len(read(feed(*entries, header=authors))) == 3000
    assert time.process_time() - began < 20  # for each again it would be minutes


def test_an_entry_from_another_feed_keeps_its_author_and_says_where_it_is_from() -> None:
    source = "<source><title>Coast</title><author><name>Tom</name></author></source>"
    found = article(ID + TITLE + source, header="<author><name>Ada</name></author>")
    assert found.byline == "Tom"
    assert [name.name for name in found.infosource] == ["Coast"]


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("<title>Salt &amp;amp; &lt;b&gt;Tar</title>", "Salt &amp; <b>Tar"),
        ('<title type="text">1 &lt; 2</title>', "1 < 2"),
        ('<title type="html">Salt &amp;amp; &lt;b&gt;Tar</title>', "Salt & Tar"),
        (
            '<title type="xhtml"><x:div xmlns:x="http://www.w3.org/1999/xhtml">Salt '
            "<x:b>&amp;</x:b> Tar</x:div></title>",
            "Salt & Tar",
        ),
    ],
)
def test_a_title_is_what_its_type_says(title: str, seen: str) -> None:
    assert article(ID + title).headline == seen


@pytest.mark.parametrize(
    "content",
    [
        '<content type="html">&lt;p&gt;One &amp;amp; two.&lt;p&gt;Three.&lt;/p&gt;</content>',
        '<content type="text">One &amp; two.\n\nThree.</content>',
        "<content>&lt;p&gt;One &amp;amp; two.&lt;/p&gt;&lt;p&gt;Three.&lt;/p&gt;</content>",
        '<content type="text/plain">One &amp; two.\n\nThree.</content>',
        '<content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>One &amp; two.'
        "</h:p><h:p>Three.</h:p></h:div></content>",
        '<summary>One &amp; two.\n\nThree.</summary><content type="image/png">aGVsbG8=</content>',
        '<summary>One &amp; two.\n\nThree.</summary><content src="https://a.example/1"/>',
        '<content type="text">teaser</content>'
        '<content type="html">&lt;p&gt;One &amp;amp; two.&lt;p&gt;Three.</content>',
    ],
)
def test_a_text_is_what_its_type_says(content: str) -> None:
    assert article(ID + TITLE + content).body_text == "One & two.\n\nThree."


def test_atom_0_3() -> None:
    encoded = base64.b64encode("<p>Elle est <b>rentrée</b>.</p>".encode()).decode()
    document = f"""<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="fr">
      <title>Brise</title><modified>2026-03-12T09:00:00Z</modified>
      <entry><title mode="escaped" type="text/html">L&amp;apos;école</title>
      <link rel="alternate" type="text/html" href="https://brise.example/1"/>
      <id>tag:brise.example,2026:1</id><issued>2026-03-12T07:00:00Z</issued>
      <modified>2026-03-12T08:00:00Z</modified>
      <content type="text/html" mode="base64">{encoded}</content></entry></feed>"""
    assert formats.detect(document.encode(), Where()).name == "atom"
    (found,) = read(document)
    assert isinstance(found, Article)
    assert (found.headline, found.body_text) == ("L'école", "Elle est rentrée.")
    assert found.versioncreated == dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2026, 3, 12, 7, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "document",
    [
        f"<entry {ATOM}>{ID}{TITLE}</entry>",
        f"<feed><entry>{ID}{TITLE}</entry></feed>",
        f"<?xml version='1.0'?><html><body><feed {ATOM}><entry>{ID}{TITLE}</entry></feed></body>"
        "</html>",
        '<a:feed xmlns:a="http://www.w3.org/2005/Atom"><a:entry><a:id>tag:brise.example,2026:1'
        "</a:id><a:title>Un voilier rentre</a:title></a:entry></a:feed>",
    ],
)
def test_an_entry_alone_a_feed_without_namespace_and_one_in_a_page(document: str) -> None:
    assert formats.detect(document.encode(), Where()).name == "atom"
    (found,) = read(document)
    assert isinstance(found, Article)
    assert (found.uri, found.headline) == ("tag:brise.example,2026:1", "Un voilier rentre")


def test_a_page_without_a_feed_is_no_atom() -> None:
    with pytest.raises(InputError, match="not a wire format"):
        formats.detect(b"<html><body><p>No feed</p></body></html>", Where())


def test_a_deleted_entry_withdraws_its_story() -> None:
    deleted = (
        '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0" '
        'ref="tag:brise.example,2026:1" when="2026-03-13T08:00:00Z"/>'
    )
    other = "<entry><id>tag:brise.example,2026:2</id>" + TITLE + "</entry>"
    first, second = read(f"<feed {ATOM}>{deleted}{other}</feed>")
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.uri, first.pubstatus) == ("tag:brise.example,2026:1", "canceled")
    assert first.versioncreated == dt.datetime(2026, 3, 13, 8, tzinfo=dt.UTC)
    assert second.pubstatus == "usable"


def test_an_entry_without_text_and_a_draft_are_skipped() -> None:
    draft = (
        '<app:control xmlns:app="http://www.w3.org/2007/app"><app:draft>yes</app:draft>'
        "</app:control>"
    )
    assert read(feed(ID, ID.replace(":1", ":2") + TITLE + draft)) == [
        Skipped(reason="entry without text", uri="tag:brise.example,2026:1"),
        Skipped(reason="draft", uri="tag:brise.example,2026:2"),
    ]


def test_the_feeds_own_id_is_no_entrys() -> None:
    found = article(
        f'<id>urn:feed</id>{TITLE}<link href="https://brise.example/1"/>',
        header="<id>urn:feed</id>",
    )
    assert found.uri == "https://brise.example/1"


def test_one_id_is_one_story_even_where_its_link_changed() -> None:
    entries = [f'{ID}{TITLE}<link href="https://brise.example/{n}"/>' for n in (1, 2)]
    assert {item.uri for item in read(feed(*entries)) if isinstance(item, Article)} == {
        "tag:brise.example,2026:1"
    }


def test_a_feed_that_is_cut_off_keeps_its_whole_entries() -> None:
    whole = feed(*(f"<id>urn:{n}</id>{TITLE}" for n in range(3)))
    first, second, error = read(whole[: whole.index("<id>urn:2") + 12])
    assert [getattr(item, "uri", None) for item in (first, second)] == ["urn:0", "urn:1"]
    assert isinstance(error, InputError)
    assert error.where.item == 2


def test_times_that_cannot_be_read_are_absent() -> None:
    found = article(f"{ID}{TITLE}<updated>never</updated><published>2026-03-12</published>")
    assert found.versioncreated == found.firstcreated == dt.datetime(2026, 3, 12, tzinfo=dt.UTC)
    assert found.date_precision == "day"
