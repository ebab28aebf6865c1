"""RSS of all versions: every item is an article, and what is wrong with one breaks no feed."""

from __future__ import annotations

import datetime as dt
from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline import formats
from dateline.article import Article, Concept
from dateline.errors import InputError, Where
from dateline.formats import Skipped
from dateline.identity import identity_of
from tests.reading import read_as

RECEIVED = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "cc": "http://backend.userland.com/creativeCommonsRssModule",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())
TITLE = "<title>Lightship returns to Skarholm</title>"


def feed(*items: str, channel: str = "", root: str = DECLARED) -> str:
    """A feed of these items."""
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f'<rss version="2.0" {root}><channel>{channel}{inner}</channel></rss>'


def read(value: str | bytes) -> list[formats.Item]:
    """Items of a feed."""
    return read_as("rss", value, received=RECEIVED, location="test.xml")


def articles(*items: str, channel: str = "") -> list[Article]:
    """The articles of these items, of which each must be one."""
    found = read(feed(*items, channel=channel))
    assert all(isinstance(item, Article) for item in found), found
    return [item for item in found if isinstance(item, Article)]


def article(item: str, *, channel: str = "") -> Article:
    """The article of this item."""
    (found,) = articles(item, channel=channel)
    return found


def detected(value: str | bytes) -> str:
    """The format that a document is taken for."""
    data = value.encode() if isinstance(value, str) else value
    return formats.detect(data, Where()).name


def test_a_whole_item() -> None:
    found = article(
        """<title>Whitby &amp;amp; Staithes share a lifeboat</title>
        <link>https://harbour.example/2026/lifeboat</link>
        <guid isPermaLink="false">harbour-311</guid>
        <pubDate>Thu, 12 Mar 2026 07:40:00 GMT</pubDate>
        <atom:updated>2026-03-12T09:00:00Z</atom:updated>
        <dc:creator>Edith Garbutt</dc:creator><dc:creator>Tom Frankland</dc:creator>
        <category>Lifeboats</category>
        <category domain="https://harbour.example/desks">Coast</category>
        <category>medtop:20000139</category>
        <media:keywords>rescue, North Sea</media:keywords>
        <description>Two stations will train together.</description>
        <content:encoded><![CDATA[<p>Two lifeboat stations will train together from
        April&nbsp;&ndash; for good.</p><h3>A shared roster</h3><p>Both crews agreed.</p>
        ]]></content:encoded>
        <dc:rights>© Harbour Notes 2026</dc:rights>
        <dcterms:rightsHolder>Harbour Notes Ltd</dcterms:rightsHolder>
        <cc:license>https://licences.example/by</cc:license>
        <source url="https://coast.example/rss">Coast Wire</source>
        <prism:expirationDate>2026-04-01</prism:expirationDate>
        <prism:doi>10.1000/311</prism:doi>
        <enclosure url="/audio/bell.mp3" type="audio/mpeg" length="1"/>""",
        channel="<link>https://harbour.example/</link><language>en-gb</language>"
        "<dc:publisher>Harbour Notes</dc:publisher>",
    )
    assert found.uri == "harbour-311"
    assert found.headline == "Whitby & Staithes share a lifeboat"
    assert found.body_text == (
        "Two lifeboat stations will train together from April\xa0– for good.\n\n"
        "A shared roster\n\nBoth crews agreed."
    )
    assert found.crossheads == ["A shared roster"]
    assert found.description_text == "Two stations will train together."
    assert found.byline == "Edith Garbutt, Tom Frankland"
    assert found.versioncreated == dt.datetime(2026, 3, 12, 9, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2026, 3, 12, 7, 40, tzinfo=dt.UTC)
    assert found.expires == dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    assert (found.language, found.language_declared) == ("en-GB", "en-gb")
    assert (found.provider, found.provider_declared) == ("harbour-notes", "Harbour Notes")
    assert found.keywords == ["Lifeboats", "rescue", "North Sea"]
    assert found.subject == [
        Concept(name="Coast", scheme="https://harbour.example/desks"),
        Concept(code="20000139", scheme="medtop", qcode="medtop:20000139"),
    ]
    assert found.copyrightnotice == "© Harbour Notes 2026"
    assert found.copyrightholder == "Harbour Notes Ltd"
    assert found.usageterms == "https://licences.example/by"
    assert [name.name for name in found.infosource] == ["Coast Wire"]
    assert found.altids == {"link": "https://harbour.example/2026/lifeboat", "doi": "10.1000/311"}
    assert [one.uri for one in found.associations] == ["https://harbour.example/audio/bell.mp3"]


# --- identity ------------------------------------------------------------------------------------


def test_a_guid_is_the_identity_as_sent_and_belongs_to_its_feed() -> None:
    found = article(
        f"{TITLE}<guid isPermaLink='false'> 4711 </guid><link>https://a.example/1</link>"
    )
    assert found.uri == "4711"
    assert identity_of(found) == "test|4711"


@pytest.mark.parametrize("guid", ["", "<guid/>", "<guid>  \n </guid>"])
def test_without_a_guid_the_link_is_the_identity(guid: str) -> None:
    channel = "<link>https://a.example/news/</link>"
    found = article(f"{TITLE}{guid}<link>1.html</link>", channel=channel)
    assert found.uri == "https://a.example/news/1.html"


def test_without_guid_and_link_the_text_is_whatever_its_white_space() -> None:
    first = article(f"{TITLE}<description>She was gone for a year.</description>")
    again = article(f"{TITLE} <description>She was  gone\nfor a year.</description>")
    other = article(f"{TITLE}<description>She was gone for two years.</description>")
    assert first.uri.startswith("urn:dateline:sha256:")
    assert first.uri == again.uri != other.uri


def test_one_guid_for_all_items_is_none() -> None:
    found = articles(
        *(
            f"<title>Story {n}</title><guid>feed</guid><link>https://a.example/{n}</link>"
            for n in (1, 2)
        )
    )
    assert [one.uri for one in found] == ["https://a.example/1", "https://a.example/2"]
    assert found[0].altids["id"] == "feed"


def test_two_versions_of_a_story_in_one_feed_are_one_story() -> None:
    link = "<guid>x</guid><link>https://a.example/1</link>"
    found = articles(f"<title>Ferry late</title>{link}", f"<title>Ferry sunk</title>{link}")
    assert [one.uri for one in found] == ["x", "x"]


def test_a_link_to_the_feeds_own_page_names_no_story() -> None:
    found = articles(
        "<title>One</title><link>https://a.example</link>",
        "<title>Two</title><link>https://a.example/</link>",
        channel="<link>https://a.example/</link>",
    )
    assert len({one.uri for one in found}) == 2
    assert all(one.uri.startswith("urn:dateline:sha256:") for one in found)


def test_a_link_that_different_stories_share_names_none() -> None:
    link = "<link>https://a.example/live</link>"
    found = articles(f"<title>One</title>{link}", f"<title>Two</title>{link}")
    assert len({one.uri for one in found}) == 2


def test_the_way_round_is_left_out_of_the_link() -> None:
    found = read(
        feed(
            f"{TITLE}<guid>1</guid><link>https://proxy.example/~r/1</link>"
            "<fb:origLink>https://a.example/1</fb:origLink>",
            root='xmlns:fb="http://rssnamespace.org/feedburner/ext/1.0"',
        )
    )
    assert isinstance(found[0], Article)
    assert found[0].altids == {"link": "https://a.example/1"}


def test_links_are_relative_to_the_nearest_base() -> None:
    item = f"{TITLE}<link>one.html</link>"
    (found,) = read(
        '<rss xml:base="https://a.example/x/"><channel xml:base="y/">'
        f"<link>https://b.example/</link><item>{item}</item></channel></rss>"
    )
    assert isinstance(found, Article)
    assert found.uri == "https://a.example/x/y/one.html"


# --- text ----------------------------------------------------------------------------------------


def test_a_description_alone_is_the_text() -> None:
    found = article(f"{TITLE}<description>She was gone for a year.</description>")
    assert found.body_text == "She was gone for a year."
    assert found.description_text is None


def test_a_description_that_says_the_same_is_not_said_twice() -> None:
    found = article(
        f"{TITLE}<description>She was gone.</description>"
        "<content:encoded>&lt;p&gt;She was gone.&lt;/p&gt;</content:encoded>"
    )
    assert (found.body_text, found.description_text) == ("She was gone.", None)


def test_content_without_a_word_leaves_the_text_to_the_description() -> None:
    found = article(
        f"{TITLE}<description>She was gone.</description>"
        "<content:encoded>&lt;img src='https://a.example/p.jpg'&gt;</content:encoded>"
    )
    assert found.body_text == "She was gone."
    assert [one.uri for one in found.associations] == ["https://a.example/p.jpg"]


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("Salt &amp;amp; Tar", "Salt & Tar"),
        ("<![CDATA[Salt &amp; Tar]]>", "Salt & Tar"),
        ("Salt &amp; Tar", "Salt & Tar"),
        ("&lt;b&gt;Salt&lt;/b&gt; prices rise", "Salt prices rise"),
        ("Tide &lt; 3 metres, ferry &lt;3", "Tide < 3 metres, ferry <3"),
        ("Caf&#233; &amp;eacute;t&amp;#233;", "Café été"),
        ("Ask https://a.example/?a=1&amp;copy=2", "Ask https://a.example/?a=1&copy=2"),
        ("\n  Two\n  lines ", "Two lines"),
    ],
)
def test_a_headline_is_what_people_see(sent: str, seen: str) -> None:
    assert article(f"<title>{sent}</title><guid>1</guid>").headline == seen


def test_lines_make_paragraphs_where_no_element_does() -> None:
    description = "<b>Rosenau</b> has a tram.\n\nIt runs &amp; runs."
    found = article(f"{TITLE}<description>{escape(description)}</description>")
    assert found.body_text == "Rosenau has a tram.\n\nIt runs & runs."


def test_a_caption_is_no_part_of_the_story() -> None:
    html = (
        "<p>The tram runs.</p><figure><img src='/t.jpg' alt='x'>"
        "<figcaption>Tram 7 <b>in May</b></figcaption></figure><p>It is green.</p>"
        "<figure><blockquote>We like it.</blockquote></figure>"
        "<img src='/pixel.gif' width='1' height='1'>"
    )
    found = article(
        f"{TITLE}<content:encoded>{escape(html)}</content:encoded>",
        channel="<link>https://a.example/</link>",
    )
    assert found.body_text == "The tram runs.\n\nIt is green.\n\nWe like it."
    assert [(one.uri, one.caption) for one in found.associations] == [
        ("https://a.example/t.jpg", "Tram 7 in May")
    ]


def test_media_come_with_their_caption_and_credit_once() -> None:
    found = article(
        f"""{TITLE}<guid>1</guid><media:content url="https://a.example/1.jpg" medium="image">
        <media:title>Pier</media:title><media:description>The pier at dawn</media:description>
        <media:credit>Photo: Ada Holm</media:credit></media:content>
        <media:group><media:title>Crossing</media:title>
        <media:content url="https://a.example/2-low.mp4"/>
        <media:content url="https://a.example/2.mp4" isDefault="true"/></media:group>
        <media:thumbnail url="https://a.example/small.jpg"/>
        <enclosure url="https://a.example/1.jpg" type="image/jpeg" length="9"/>"""
    )
    assert [(one.uri, one.caption, one.creditline) for one in found.associations] == [
        ("https://a.example/1.jpg", "The pier at dawn", "Photo: Ada Holm"),
        ("https://a.example/2.mp4", "Crossing", None),
    ]


def test_wire_copy_in_a_feed_is_read_as_wire_copy() -> None:
    found = article(
        "<title>UPDATE 2-Lock at Rosenau closed</title><guid>1</guid><description>"
        "Rosenau (Nordpress) - The lock is closed.</description>"
    )
    assert (found.title, found.update_kind) == ("Lock at Rosenau closed", ["update"])
    assert found.dateline is not None
    assert (found.dateline.city, found.body_text) == ("Rosenau", "The lock is closed.")


def test_a_kill_in_a_feed_withdraws_even_without_a_date() -> None:
    found = article("<title>KILL KILL KILL Lock at Rosenau</title><guid>1</guid>")
    assert found.pubstatus == "canceled"
    assert found.versioncreated == RECEIVED


def test_an_embargo_to_a_day_holds() -> None:
    item = TITLE + "<guid>1</guid><prism:embargoDate>2035-05-12</prism:embargoDate>"
    assert (article(item).pubstatus, article(item).embargoed) == ("withheld", None)


def test_an_embargo_that_cannot_be_read_holds() -> None:
    item = TITLE + "<guid>1</guid><prism:embargoDate>{}</prism:embargoDate>"
    found = article(item.format("2026-03-12T18:00:00Z"))
    assert found.embargoed == dt.datetime(2026, 3, 12, 18, tzinfo=dt.UTC)
    assert article(item.format("tonight")).pubstatus == "withheld"


def test_an_item_without_title_and_text_is_skipped() -> None:
    (found,) = read(feed("<guid>1</guid><pubDate>Thu, 12 Mar 2026 07:40:00 GMT</pubDate>"))
    assert found == Skipped(reason="entry without text", uri="1")


def test_a_feed_without_items_is_no_error() -> None:
    assert read(feed(channel=TITLE)) == [Skipped(reason="feed without entries")]


# --- times ---------------------------------------------------------------------------------------


def test_an_item_without_a_date_has_none() -> None:
    channel = "<pubDate>Thu, 12 Mar 2026 07:40:00 GMT</pubDate>"
    found = article(f"{TITLE}<guid>1</guid>", channel=channel)
    assert (found.versioncreated, found.firstcreated) == (None, None)


def test_of_several_dates_the_first_that_can_be_read_counts() -> None:
    found = article(
        f"{TITLE}<guid>1</guid><dc:date>1773301200</dc:date>"
        "<pubDate>Thu, 12 Mar 2026 07:40:00 GMT</pubDate><dcterms:modified>soon</dcterms:modified>"
    )
    assert found.versioncreated == found.firstcreated
    assert found.firstcreated == dt.datetime(2026, 3, 12, 7, 40, tzinfo=dt.UTC)


def test_a_time_without_zone_is_utc_and_the_providers_own_where_it_is_known() -> None:
    sent = f"{TITLE}<guid>1</guid><pubDate>Thu, 12 Mar 2026 07:40:00</pubDate>"
    assert article(sent).firstcreated == dt.datetime(2026, 3, 12, 7, 40, tzinfo=dt.UTC)
    known = article(sent, channel="<dc:publisher>Nordpress</dc:publisher>")
    assert known.firstcreated == dt.datetime(2026, 3, 12, 6, 40, tzinfo=dt.UTC)


# --- whose it is ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("channel", "provider"),
    [
        ("<dc:publisher>Tidal Post</dc:publisher>", "tidal-post"),
        ("<dc:publisher>desk@tidal.example</dc:publisher>", None),
        ("<title>Nordpress</title>", "nordpress"),
        ("<title>News of the coast</title>", None),
        ("<copyright>Copyright © 2026 Meridian. All rights reserved.</copyright>", "meridian"),
        ("<copyright>© 2026 The Coast</copyright>", None),
    ],
)
def test_a_provider_is_who_says_so_or_a_known_agency(channel: str, provider: str | None) -> None:
    assert article(f"{TITLE}<guid>1</guid>", channel=channel).provider == provider


def test_an_item_speaks_its_own_language_and_has_its_own_rights() -> None:
    channel = "<language>en</language><copyright>© The Coast</copyright>"
    own, other = articles(
        f"{TITLE}<guid>1</guid><dc:language>de</dc:language><dc:rights>© Rosenau</dc:rights>",
        f"{TITLE}<guid>2</guid>",
        channel=channel,
    )
    assert (own.language, own.copyrightnotice) == ("de", "© Rosenau")
    assert (other.language, other.copyrightnotice) == ("en", "© The Coast")


# --- versions of RSS -----------------------------------------------------------------------------


def test_rss_1_is_known_by_what_its_items_are_about() -> None:
    document = f"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
      xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
      <channel rdf:about="https://a.example/"><title>Coast</title><dc:language>fr</dc:language>
      <items><rdf:Seq><rdf:li rdf:resource="https://a.example/id/1"/></rdf:Seq></items></channel>
      <item rdf:about="https://a.example/id/1">{TITLE}<link>https://a.example/1</link>
      <dc:date>2026-03-12T07:40:00Z</dc:date></item></rdf:RDF>"""
    assert detected(document) == "rss"
    (found,) = read(document)
    assert isinstance(found, Article)
    assert found.uri == "https://a.example/id/1"
    assert found.language == "fr"
    assert found.versioncreated == dt.datetime(2026, 3, 12, 7, 40, tzinfo=dt.UTC)
    assert found.firstcreated is None


@pytest.mark.parametrize(
    "document",
    [
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel/><item>{TITLE}</item></rdf:RDF>',
        f'<rss version="0.91"><channel><item>{TITLE}</item></channel></rss>',
        '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//X//DTD RSS 0.91//EN" "http://x.example/d">'
        f'<rss version="0.91"><channel><item>{TITLE}</item></channel></rss>',
        f'<rss version="2.0" xmlns="http://backend.userland.com/rss2"><channel><item>{TITLE}</item>'
        "</channel></rss>",
        f"\n <!-- made by hand --><rss><channel/><item>{TITLE}</item></rss>",
    ],
)
def test_other_versions(document: str) -> None:
    assert detected(document) == "rss"
    (found,) = read(document)
    assert isinstance(found, Article)
    assert found.headline == "Lightship returns to Skarholm"


@pytest.mark.parametrize(
    "document",
    [
        "<note><to>Ana</to></note>",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:skos="http://www.w3.org/2004/02/skos/core#"><skos:Concept/></rdf:RDF>',
    ],
)
def test_other_xml_is_no_feed(document: str) -> None:
    with pytest.raises(InputError, match="not a wire format"):
        detected(document)


def test_a_prefix_that_nobody_declared_is_what_everybody_means_by_it() -> None:
    (found,) = read(feed(f"{TITLE}<guid>1</guid><dc:creator>Ada Holm</dc:creator>", root=""))
    assert isinstance(found, Article)
    assert found.byline == "Ada Holm"
    assert found.provenance.flaw


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("cp1252", "ISO-8859-1"),
        ("cp1252", "windows-1252"),
        ("cp1252", None),
        ("utf-8", "ISO-8859-1"),
        ("utf-8", "nonsense"),
        ("koi8-r", "koi8-r"),
        ("utf-16", "utf-16"),
    ],
)
def test_character_sets(charset: str, declared: str | None) -> None:
    title = "Паром вернулся" if charset == "koi8-r" else "Fähre für 5 € – endlich"
    prolog = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    (found,) = read((prolog + feed(f"<title>{title}</title>")).encode(charset))
    assert isinstance(found, Article)
    assert found.headline == title


# --- damage --------------------------------------------------------------------------------------

ITEMS = [f"<title>Story {n} über Fähren</title><guid>{n}</guid>" for n in range(4)]


def split(items: list[formats.Item]) -> tuple[list[str], list[InputError]]:
    """Identities of the articles, and the errors."""
    uris = [item.uri for item in items if isinstance(item, Article)]
    return uris, [item for item in items if isinstance(item, InputError)]


def test_a_feed_that_is_cut_off_keeps_its_whole_items_wherever_it_is_cut() -> None:
    whole = feed(*ITEMS).encode()
    ends = [
        whole.index(f"<guid>{n}</guid></item>".encode()) + len("<guid>0</guid></item>")
        for n in range(4)
    ]
    closed = whole.index(b"</channel>") + len(b"</channel>")
    for cut in range(whole.index(b"<item>") + 6, closed):
        uris, errors = split(read(whole[:cut]))
        assert uris == [str(n) for n in range(4) if ends[n] <= cut], cut
        assert len(errors) == 1, cut
    assert split(read(whole[:closed])) == (["0", "1", "2", "3"], [])


def test_an_item_that_is_not_well_formed_costs_only_itself() -> None:
    items = [*ITEMS[:2], "<title>Half a <b>tag</title><guid>bad</guid>", *ITEMS[2:]]
    found = read("<?xml version='1.0'?>\n" + feed(*items))
    uris, (error,) = split(found)
    assert uris == ["0", "1", "2", "3"]
    assert found[2] is error
    assert error.where.line == 2
    assert error.where.item == 2


def test_an_item_in_damaged_utf_8_costs_only_itself() -> None:
    value = feed(*ITEMS).encode().replace("Story 1 über".encode(), b"Story 1 \xfcber")
    uris, (error,) = split(read(value))
    assert uris == ["0", "2", "3"]
    assert "damaged UTF-8" in str(error)


def test_what_stands_after_the_end_is_no_matter() -> None:
    uris, errors = split(read(feed(*ITEMS) + "<script>count()</script>"))
    assert (uris, errors) == (["0", "1", "2", "3"], [])


def test_what_is_quoted_in_a_damaged_feed_is_no_item() -> None:
    quoted = f"<![CDATA[<item>{ITEMS[3]}</item>]]><!-- <item>{ITEMS[2]}</item> -->"
    items = [f"<title>How feeds work</title><guid>x</guid><description>{quoted}</description>"]
    uris, errors = split(read(feed(*items, "<title>Half")))
    assert (uris, len(errors)) == (["x"], 1)


def test_entities_of_its_own_are_refused() -> None:
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaa">]>' + feed("<title>&a;</title>")
    (found,) = read(bomb)
    assert isinstance(found, InputError)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 40))
def test_no_bytes_crash_it(inserted: bytes, at: int, removed: int) -> None:
    whole = feed(*ITEMS, channel=TITLE).encode()
    for item in read(whole[:at] + inserted + whole[at + removed :]):
        assert not (isinstance(item, InputError) and "parser failed" in str(item)), item
