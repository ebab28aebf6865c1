"""A feed taken apart says of each entry what the whole feed says of it, and nothing that moves."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from dateline import formats
from dateline.article import Article
from dateline.errors import InputError, Where
from dateline.formats.entries import Entry, split
from dateline.records import RawDocument, sha256

DC = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/slash/"'


def rss(*items: str, channel: str = "<language>de</language>", built: str = "10:00") -> bytes:
    """An RSS feed."""
    inner = "".join(f"<item>{item}</item>" for item in items)
    return (
        f'<?xml version="1.0"?><rss version="2.0" {DC}><channel><title>Küste</title>'
        f"<link>https://a.example/</link>{channel}"
        f"<lastBuildDate>Thu, 12 Mar 2026 {built}:00 GMT</lastBuildDate><ttl>5</ttl>{inner}"
        "</channel></rss>"
    ).encode()


def rdf() -> bytes:
    """An RSS 1.0 feed."""
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="x"><title>Küste</title><link>https://a.example/</link>'
        "<dc:rights>© Küste</dc:rights></channel>"
        '<item rdf:about="urn:1"><title>Eins</title><dc:date>2026-03-12T10:00Z</dc:date></item>'
        '<item rdf:about="urn:2"><title>Zwei</title><link>2.html</link></item></rdf:RDF>'
    ).encode()


def atom(updated: str = "2026-03-12T10:00:00Z") -> bytes:
    """An Atom feed."""
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://a.example/x/">'
        f"<title>Nordpress</title><updated>{updated}</updated><author><name>Ada</name></author>"
        '<link rel="next" href="?page=2"/><rights>© Küste</rights>'
        '<entry><id>urn:1</id><title>Eins</title><link href="1.html"/>'
        '<content type="xhtml"><h:div xmlns:h="http://www.w3.org/1999/xhtml"><h:p>Text.</h:p>'
        "</h:div></content></entry>"
        "<entry><id>urn:2</id><title>Zwei</title><author><name>Tom</name></author></entry></feed>"
    ).encode()


def json_feed() -> bytes:
    """A JSON Feed."""
    items = [
        {"id": n, "title": f"Nr. {n}", "url": f"/{n}", "content_text": "Text."} for n in (1, 2)
    ]
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "home_page_url": "https://a.example/",
            "author": {"name": "Ada"},
            "expired": False,
            "items": items,
        }
    ).encode()


def read(value: bytes, name: str) -> list[formats.Item]:
    """Items of a document."""
    document = RawDocument(
        value=value,
        feed="test",
        format=name,
        location="x",
        received=dt.datetime(2026, 5, 2, tzinfo=dt.UTC),
        sha256=sha256(value),
    )
    return formats.read(document)


ONE = "<title>Eins</title><guid>1</guid><link>/1</link><dc:creator>Ada</dc:creator>"
TWO = "<title>Zwei</title><link>/2</link><description>Text &amp;amp; mehr</description>"
LINKLESS = "<title>Drei</title>"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (rss(ONE, TWO, LINKLESS, "<guid>4</guid>"), "rss"),
        (rss(ONE).replace(b" xmlns:dc", b" xmlns:other"), "rss"),
        (rss(ONE, ONE.replace("/1", "/other")), "rss"),
        (rdf(), "rss"),
        (atom(), "atom"),
        (b"<html xml:lang='fr'>" + atom().replace(b' xml:lang="de"', b"") + b"</html>", "atom"),
        (b'<entry xmlns="http://www.w3.org/2005/Atom"><id>1</id><title>E</title></entry>', "atom"),
        (json_feed(), "json-feed"),
    ],
)  # fmt: skip
def test_an_entry_alone_is_the_same_article(value: bytes, name: str) -> None:
    whole = read(value, name)
    entries = split(value, name)
    assert len(entries) == len(whole)
    for entry, item in zip(entries, whole, strict=True):
        assert formats.detect(entry.document, Where()).name == name
        (alone,) = read(entry.document, name)
        if isinstance(item, Article):
            assert isinstance(alone, Article)
            assert alone.uri == item.uri == entry.key
            assert alone.altids.get("link") == entry.link
            expected = {**item.altids}
            expected.pop("id", None)
            assert (alone.title, alone.body_text, alone.byline, alone.language, alone.altids) == (
                item.title,
                item.body_text,
                item.byline,
                item.language,
                expected,
            )
            if "id" not in item.altids:
                assert alone.provenance.content == item.provenance.content
        else:
            assert alone == item


def only(value: bytes, name: str = "rss", *, by_link: bool = False) -> Entry:
    """The first entry."""
    return split(value, name, by_link=by_link)[0]


def test_what_moves_with_every_fetch_is_no_part_of_an_entry() -> None:
    assert only(rss(ONE)) == only(rss(ONE, built="11:00"))
    assert only(atom(), "atom") == only(atom("2026-03-13T00:00:00Z"), "atom")
    assert only(rss(ONE, TWO)).document == only(rss(ONE)).document


@pytest.mark.parametrize(
    "more",
    [
        "<slash:comments>7</slash:comments>",
        "<pubDate>Thu, 12 Mar 2026 10:00:00 GMT</pubDate>",
        "<comments>https://a.example/1#c</comments>",
    ],
)
def test_a_count_or_a_new_date_is_no_new_content(more: str) -> None:
    assert only(rss(ONE + more)).fingerprint == only(rss(ONE)).fingerprint


@pytest.mark.parametrize(
    "changed",
    [
        ONE.replace("Eins", "Einz"),
        ONE.replace("Ada", "Tom"),
        ONE + "<description>Text</description>",
        ONE + "<category>Küste</category>",
        ONE + "<enclosure url='/p.jpg'/>",
    ],
)
def test_whatever_is_read_of_an_entry_is_in_its_fingerprint(changed: str) -> None:
    assert only(rss(changed)).fingerprint != only(rss(ONE)).fingerprint


def test_a_new_guid_alone_is_seen_by_who_compares_link_and_fingerprint() -> None:
    first, again = only(rss(ONE)), only(rss(ONE.replace(">1<", ">8c1f<")))
    assert first.key != again.key
    assert (first.link, first.fingerprint) == (again.link, again.fingerprint)


def test_a_feed_whose_ids_are_worth_nothing_is_known_by_its_links() -> None:
    for value, name, uri in (
        (rss(ONE), "rss", "https://a.example/1"),
        (atom(), "atom", "https://a.example/x/1.html"),
        (json_feed(), "json-feed", "https://a.example/1"),
    ):
        entry = only(value, name, by_link=True)
        (alone,) = read(entry.document, name)
        assert isinstance(alone, Article)
        assert entry.key == alone.uri == uri


def test_damage_is_an_entry_that_is_refused_where_it_is_read() -> None:
    value = rss(ONE, "<title>Half a <b>tag</title>", TWO)
    first, damaged, last = split(value, "rss")
    assert (first.damage, last.damage) == (None, None)
    assert damaged.damage is not None
    (refused,) = read(damaged.document, "rss")
    assert isinstance(refused, InputError)
    assert split(value, "rss")[1] == damaged


@pytest.mark.parametrize("kept", [-1, -12, -30])
def test_a_feed_that_is_cut_off_says_so_at_its_end(kept: int) -> None:
    value = rss(ONE, TWO)
    *whole, damaged = split(value[: value.index(b"</channel>") + kept], "rss")
    assert [entry.key for entry in whole] == [entry.key for entry in split(value, "rss")][
        : len(whole)
    ]
    (refused,) = read(damaged.document, "rss")
    assert isinstance(refused, InputError)


def test_bytes_that_are_no_utf_8_cost_their_entry() -> None:
    value = rss("<title>Über Küsten, Möwen, Fähren</title><guid>0</guid>", ONE, TWO)
    first, damaged, last = split(value.replace(b"Eins", b"Eins\xff"), "rss")
    assert damaged.damage is not None
    (refused,) = read(damaged.document, "rss")
    assert isinstance(refused, InputError)
    assert (first.key, last.key) == ("0", "https://a.example/2")


def test_what_is_no_feed_is_one_document() -> None:
    (entry,) = split(b"any text", "plaintext")
    assert entry.document == b"any text"
    assert entry.key == entry.fingerprint == sha256(b"any text")


def test_what_cannot_be_read_at_all_is_refused() -> None:
    for name in ("rss", "atom", "json-feed"):
        with pytest.raises(InputError):
            split(b"<rss", name)


def test_a_head_of_megabytes_is_not_repeated_in_each_entry() -> None:
    long = b"x" * 2_000_000
    items = b"".join(
        b"<item><guid>https://example.org/%d</guid><title>Pegel</title></item>" % n
        for n in range(200)
    )
    end = b"</channel></rss>"
    feed = b"<rss version='2.0'><channel><title>" + long + b"</title>" + items + end
    entries = split(feed, "rss")
    assert len(entries) == 200
    assert max(len(entry.document) for entry in entries) < 10_000
    feed = b"<rss version='2.0' a='" + long + b"'><channel>" + items + end
    with pytest.raises(InputError, match="head"):
        split(feed, "rss")


@pytest.mark.parametrize("name", ["rss", "atom", "json-feed"])
def test_a_small_feed_stays_small(name: str) -> None:
    """Its head has many parts, each of them as long as may be."""
    many, part = 3000, "x" * 3000
    if name == "rss":
        head = "".join(f"<category/><link>{part}</link>" for _ in range(20))
        value = f"<rss version='2.0'><channel>{head}{'<item><guid>1</guid></item>' * many}"
        value += "</channel></rss>"
    elif name == "atom":
        head = "".join(f"<author><name>{part}</name></author>" for _ in range(20))
        value = f"<feed xmlns='http://www.w3.org/2005/Atom'>{head}"
        value += "<entry><id>1</id></entry>" * many + "</feed>"
    else:
        keys = ("title", "home_page_url", "feed_url", "language", "author", "authors")
        feed = {"version": "https://jsonfeed.org/version/1.1"} | dict.fromkeys(keys, part)
        value = json.dumps({**feed, "items": [{"id": "1"}] * many})
    entries = split(value.encode(), name)
    assert len(entries) == many
    assert len({id(entry.frame) for entry in entries}) == 1, "it is held once"
    assert sum(len(entry.document) for entry in entries) < 65 * 1024 * 1024


def test_a_head_of_megabytes_in_json_is_not_repeated_either() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "x" * 2_000_000,
        "items": [{"id": str(n), "content_text": "Der Pegel steigt."} for n in range(200)],
    }
    entries = split(json.dumps(feed).encode(), "json-feed")
    assert max(len(entry.document) for entry in entries) < 10_000
