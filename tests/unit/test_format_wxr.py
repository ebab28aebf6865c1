"""WordPress exports: what was published is an article, what was taken back is not shown."""

from __future__ import annotations

import datetime as dt
import time
from html import escape

import pytest

from dateline import formats
from dateline.article import Article, Concept
from dateline.errors import Where
from dateline.formats import Skipped
from tests.reading import read_as

RSS = (
    '<rss version="2.0" xmlns:wp="http://wordpress.org/export/1.2/" '
    'xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/">'
)


def export(*items: str) -> str:
    """An export of these items."""
    inner = "".join(f"<item>{item}</item>" for item in items)
    return f"{RSS}<channel><link>https://w.example</link><language>de</language>{inner}</channel></rss>"


def post(
    content: str = "Text.", *, status: str = "publish", kind: str = "post", more: str = ""
) -> str:
    """An item."""
    return (
        "<title>Neue Fähre</title><link>https://w.example/faehre/</link>"
        '<guid isPermaLink="false">https://w.example/?p=7</guid>'
        f"<content:encoded>{escape(content)}</content:encoded><wp:post_id>7</wp:post_id>"
        f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>{more}"
    )


def read(value: str) -> list[formats.Item]:
    """Items of an export."""
    return read_as(
        "wxr", value, received=dt.datetime(2026, 5, 2, tzinfo=dt.UTC), location="export.xml"
    )


def article(*items: str) -> Article:
    """The last item's article."""
    found = read(export(*items))[-1]
    assert isinstance(found, Article), found
    return found


def test_a_whole_post() -> None:
    found = article(
        post(
            more="<dc:creator>ada</dc:creator><excerpt:encoded>Kurz.</excerpt:encoded>"
            "<pubDate>Thu, 12 Mar 2026 07:40:00 +0000</pubDate>"
            "<wp:post_date>2026-03-12 08:40:00</wp:post_date>"
            "<wp:post_date_gmt>2026-03-12 07:40:00</wp:post_date_gmt>"
            "<wp:post_modified_gmt>2026-03-13 06:00:00</wp:post_modified_gmt>"
            '<category domain="category" nicename="kueste">Küste</category>'
            '<category domain="post_tag" nicename="f">Fähren</category>'
        )
    )
    assert (found.uri, found.headline, found.byline) == (
        "https://w.example/?p=7",
        "Neue Fähre",
        "ada",
    )
    assert (found.body_text, found.description_text) == ("Text.", "Kurz.")
    assert found.firstcreated == dt.datetime(2026, 3, 12, 7, 40, tzinfo=dt.UTC)
    assert found.versioncreated == dt.datetime(2026, 3, 13, 6, tzinfo=dt.UTC)
    assert found.keywords == ["Fähren"]
    assert found.subject == [Concept(code="kueste", scheme="category", name="Küste")]
    assert found.altids == {"link": "https://w.example/faehre/", "post_id": "7"}
    assert found.language == "de"


@pytest.mark.parametrize("kind", ["attachment", "revision", "nav_menu_item", "wp_template"])
def test_what_is_no_copy_is_skipped(kind: str) -> None:
    (found,) = read(export(post(kind=kind)))
    assert found == Skipped(reason=f"{kind} without text", uri="https://w.example/?p=7")


@pytest.mark.parametrize("status", ["draft", "auto-draft", "pending", "inherit"])
def test_what_was_never_published_is_skipped(status: str) -> None:
    (found,) = read(export(post(status=status)))
    assert isinstance(found, Skipped)
    assert status in found.reason


def test_pages_are_articles_too() -> None:
    assert article(post(kind="page")).pubstatus == "usable"


def test_what_was_thrown_away_is_withdrawn_and_what_is_private_withheld() -> None:
    assert article(post(status="trash")).pubstatus == "canceled"
    assert article(post(status="private")).pubstatus == "withheld"
    secret = post(more="<wp:post_password>x</wp:post_password>")
    assert article(secret).pubstatus == "withheld"


def test_what_is_scheduled_has_an_embargo() -> None:
    date = "<wp:post_date_gmt>2026-06-01 10:00:00</wp:post_date_gmt>"
    found = article(post(status="future", more=date))
    assert found.embargoed == dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)
    assert article(post(status="future")).pubstatus == "withheld"


def test_a_time_of_zeros_is_none() -> None:
    zeros = "<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>"
    assert article(post(more=zeros)).versioncreated is None


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ("One.\nLine.\n\n<b>Two</b> &amp; three.", "One.\nLine.\n\nTwo & three."),
        ("<h2>Head</h2>\nOne.\n\n<ul>\n <li>a</li>\n <li>b</li>\n</ul>", "Head\n\nOne.\n\na\n\nb"),
        (
            "<!-- wp:paragraph -->\n<p>One\ntwo.</p>\n<!-- /wp:paragraph -->\n\n"
            "<!-- wp:image --><figure><img src='/a.jpg'><figcaption>Pier</figcaption></figure>",
            "One two.",
        ),
        (
            'One [sic] [button color="red"]two[/button] [contact_form] [...].',
            "One [sic] two [...].",
        ),
        ("[quote]One.[/quote]", "One."),
        ("One.\n\n<pre>a\n\nb</pre>", "One.\n\na\n\nb"),
    ],
)
def test_text_is_as_wordpress_shows_it(content: str, body: str) -> None:
    assert article(post(content)).body_text == body


def test_a_hostile_post_takes_time_in_proportion() -> None:
    began = time.process_time()
    article(post("[a " + "=" * 100_000))
    assert time.process_time() - began < 10  # quadratic would be minutes


def test_pictures() -> None:
    attachment = (
        "<title>pier.jpg</title><guid>https://w.example/?p=9</guid><wp:post_id>9</wp:post_id>"
        "<wp:post_type>attachment</wp:post_type><wp:status>inherit</wp:status>"
        "<excerpt:encoded>The pier</excerpt:encoded>"
        "<wp:attachment_url>https://w.example/pier.jpg</wp:attachment_url>"
    )
    meta = (
        "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>9</wp:meta_value>"
        "</wp:postmeta>"
    )
    content = (
        '[caption id="a" width="3"]<a href="#"><img src="/boat.jpg"></a> A boat[/caption]\n\nText.'
    )
    found = article(attachment, post(content, more=meta))
    assert found.body_text == "Text."
    assert [(one.uri, one.caption) for one in found.associations] == [
        ("https://w.example/pier.jpg", "The pier"),
        ("https://w.example/boat.jpg", "A boat"),
    ]


def test_it_is_told_from_a_feed() -> None:
    assert formats.detect(export(post()).encode(), Where()).name == "wxr"
    assert formats.detect(b"<rss><channel/></rss>", Where()).name == "rss"
