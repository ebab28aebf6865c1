"""JSON Feed 1 and 1.1."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from dateline import formats
from dateline.article import Article
from dateline.errors import InputError, Where
from dateline.formats import Skipped
from tests.reading import read_as

VERSION = "https://jsonfeed.org/version/1.1"


def read(data: Any) -> list[formats.Item]:
    """Items of a feed."""
    value = json.dumps(data, ensure_ascii=False).encode()
    return read_as(
        "json-feed", value, received=dt.datetime(2026, 5, 2, tzinfo=dt.UTC), location="feed.json"
    )


def article(item: dict[str, Any], **feed: Any) -> Article:
    """The article of this item."""
    (found,) = read({"version": VERSION, **feed, "items": [item]})
    assert isinstance(found, Article), found
    return found


def test_a_whole_item() -> None:
    found = article(
        {
            "id": "https://tidal.example/1",
            "url": "/1",
            "title": "Turbine &amp; school",
            "content_html": "<p>It began to turn.</p><h2>Power</h2><p>It heats a school.</p>",
            "content_text": "other",
            "summary": "A turbine.",
            "image": "https://tidal.example/t.jpg",
            "date_published": "2026-03-12T08:10:00Z",
            "date_modified": "2026-03-12T09:10:00+01:00",
            "authors": [{"name": "Magnus Linklater"}, {"name": "Inga Flett"}],
            "tags": ["energy", "Orkney"],
            "language": "en-GB",
            "attachments": [{"url": "/t.mp3", "mime_type": "audio/mpeg", "title": "Hum"}],
        },
        home_page_url="https://tidal.example/",
        title="Tidal Post",
    )
    assert (found.uri, found.headline) == ("https://tidal.example/1", "Turbine & school")
    assert found.body_text == "It began to turn.\n\nPower\n\nIt heats a school."
    assert found.crossheads == ["Power"]
    assert found.description_text == "A turbine."
    assert found.byline == "Magnus Linklater, Inga Flett"
    assert found.versioncreated == dt.datetime(2026, 3, 12, 8, 10, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2026, 3, 12, 8, 10, tzinfo=dt.UTC)
    assert found.keywords == ["energy", "Orkney"]
    assert found.language == "en-GB"
    assert found.altids == {"link": "https://tidal.example/1"}
    assert [(one.uri, one.caption) for one in found.associations] == [
        ("https://tidal.example/t.jpg", None),
        ("https://tidal.example/t.mp3", "Hum"),
    ]


def test_version_1_has_one_author_and_the_feed_speaks_for_its_items() -> None:
    feed = {"author": {"name": "Ada Holm"}, "language": "de", "title": "Nordpress"}
    found = article({"id": 7, "content_text": "One.\n\nTwo."}, **feed)
    assert (found.uri, found.byline, found.language) == ("7", "Ada Holm", "de")
    assert (found.provider, found.headline, found.body_text) == ("nordpress", None, "One.\n\nTwo.")


@pytest.mark.parametrize("id_", [None, "", " ", {}])
def test_without_an_id_the_link_is_the_identity(id_: Any) -> None:
    item = {"id": id_, "title": "T", "external_url": "https://other.example/1"}
    assert article(item).uri == "https://other.example/1"


def test_one_id_for_all_items_is_none() -> None:
    items = [{"id": "x", "title": f"T{n}", "url": f"https://a.example/{n}"} for n in (1, 2)]
    found = read({"version": VERSION, "items": items})
    assert [item.uri for item in found if isinstance(item, Article)] == [
        "https://a.example/1",
        "https://a.example/2",
    ]


def test_what_is_wrong_with_an_item_costs_neither_it_nor_the_feed() -> None:
    broken = {
        "id": "1",
        "title": "T",
        "date_published": 5,
        "tags": 3,
        "authors": "Ada",
        "image": [],
    }
    first, second, third = read({"version": VERSION, "items": [broken, "x", {"id": "2"}]})
    assert isinstance(first, Article)
    assert (first.headline, first.versioncreated, first.byline) == ("T", None, "Ada")
    assert isinstance(second, InputError)
    assert second.where.item == 1
    assert third == Skipped(reason="entry without text", uri="2")


@pytest.mark.parametrize(
    "data",
    [
        {"version": VERSION, "items": []},
        {"version": "http://jsonfeed.org/version/1", "title": "x"},
        {"feed_url": "https://a.example/", "items": [], "version": VERSION},
        {"items": [{"content_html": "x", "id": "1"}], "title": "sorted keys"},
    ],
)
def test_it_is_known_by_its_version_or_its_keys(data: Any) -> None:
    value = json.dumps(data).encode()
    assert formats.detect(value, Where()).name == "json-feed"
    assert formats.detect(b"\xef\xbb\xbf\n" + value, Where()).name == "json-feed"


@pytest.mark.parametrize(
    "data",
    [{"uri": "urn:1", "headline": "x", "version": "1"}, {"items": [{"uri": "1"}]}, [{"uri": "1"}]],
)
def test_other_json_is_not_taken_for_it(data: Any) -> None:
    assert formats.detect(json.dumps(data).encode(), Where()).name != "json-feed"


def test_no_items_and_no_list() -> None:
    assert read({"version": VERSION, "items": []}) == [Skipped(reason="feed without entries")]
    (found,) = read({"version": VERSION, "items": {"id": "1"}})
    assert isinstance(found, InputError)
    assert found.where.field == "items"
