"""Reuters Connect: an answer of Reuters' API, one item or those of a search."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from dateline import formats
from dateline.article import Article
from dateline.errors import InputError, Where
from dateline.formats import Skipped
from dateline.formats.reuters_connect import ReutersConnect
from tests.reading import read_as


def item(**fields: Any) -> dict[str, Any]:
    """An item as the API answers it."""
    return {
        "uri": "tag:reuters.com,2026:newsml_L1N0X0001",
        "type": "text",
        "usn": "L1N0X0001",
        "versionCreated": "2026-01-01T10:00:00.000Z",
        "firstCreated": "2026-01-01T09:00:00.000Z",
        "slug": "NORTHLAND-BRIDGE/",
        "language": "en",
        "byLine": "Jane Doe",
        "headLine": "UPDATE 1-Bridge reopens",
        "bodyXhtml": "<html><body><p>Jan 1 (Reuters) - The bridge is\nopen.</p></body></html>",
        "urgency": 3,
        "keyword": None,
        "subject": [{"name": "Roads", "code": "N2:ROAD"}, {"name": None, "code": "plain"}],
        **fields,
    }


def read(sent: Any) -> list[formats.Item]:
    """Items of a document."""
    value = json.dumps(sent).encode()
    return read_as(
        "reuters-connect",
        value,
        received=dt.datetime(2026, 1, 2, tzinfo=dt.UTC),
        location="test.json",
    )


def article(**fields: Any) -> Article:
    """The article of these fields."""
    (found,) = read({"data": {"item": item(**fields)}})
    assert isinstance(found, Article), found
    return found


def test_a_whole_item() -> None:
    found = article(caption="The bridge.", keyword=["bridges"])
    assert (found.uri, found.provider) == ("tag:reuters.com,2026:newsml_L1N0X0001", "reuters")
    assert found.versioncreated == dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)
    assert (found.headline, found.title) == ("UPDATE 1-Bridge reopens", "Bridge reopens")
    assert (found.slugline, found.byline) == ("NORTHLAND-BRIDGE/", "Jane Doe")
    assert (found.urgency, found.language, found.keywords) == (3, "en", ["bridges"])
    assert found.body_text == "The bridge is open."
    assert found.description_text == "The bridge."
    assert found.altids == {"usn": "L1N0X0001"}
    assert [(s.code, s.scheme, s.name, s.qcode) for s in found.subject] == [
        ("ROAD", "N2", "Roads", "N2:ROAD"),
        ("plain", None, None, None),
    ]


def test_a_version_belongs_to_its_family() -> None:
    found = article(uri=None, versionedGuid="tag:reuters.com,2026:newsml_L1N0X0001:5")
    assert (found.uri, found.version) == ("tag:reuters.com,2026:newsml_L1N0X0001", 5)


def test_pictures_are_skipped_and_cancellations_obeyed() -> None:
    (skipped,) = read({"data": {"item": item(type="picture", bodyXhtml=None)}})
    assert isinstance(skipped, Skipped)
    assert article(pubStatus="canceled", bodyXhtml=None, subject=5).pubstatus == "canceled"


def test_a_search_finds_several_and_a_bad_one_does_not_stop_the_rest() -> None:
    first, second = read({"data": {"search": {"items": [5, item()]}}})
    assert isinstance(first, InputError)
    assert isinstance(second, Article)


@pytest.mark.parametrize("sent", [[], {"data": {"search": {"items": []}}}, 5, {}, {"data": None}])
def test_what_is_no_answer_is_refused(sent: Any) -> None:
    (found,) = read(sent)
    assert isinstance(found, InputError)


def test_it_is_recognised_by_its_names() -> None:
    sent = json.dumps({"data": {"item": item()}}).encode()
    assert formats.detect(sent, Where()).name == "reuters-connect"
    assert not ReutersConnect().recognises(b'{"uri": "x", "headline": "x"}')
    assert not ReutersConnect().recognises(b'"headLine":')
