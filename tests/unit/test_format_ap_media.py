"""AP media JSON: an item and the NITF document that holds its text make one article."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline import formats
from dateline.article import Article
from dateline.errors import DatelineError, InputError, Where
from dateline.formats import Skipped
from dateline.formats.ap_media import ApMedia
from dateline.providers import catalogue
from tests.reading import read_as

RECEIVED = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
ITEMID = "0123456789abcdef0123456789abcdef"
LINK = "https://api.ap.org/media/v/content/0123/download?type=text&format=NITF"
NITF = """<?xml version="1.0" encoding="utf-8"?>
<nitf><head><docdata><doc-id regsrc="AP"/></docdata></head><body><body.head>
<hedline><hl1>Bridge reopens</hl1></hedline>
<byline>By JANE DOE<byttl>AP Writer</byttl></byline>
<distributor>The Associated Press</distributor></body.head><body.content><block>
<p>SPRINGFIELD, Ill. (AP) — The bridge is open &amp; free.</p>
<hl2>What comes next</hl2>
<media media-type="image"><media-caption>Nobody reads this.</media-caption></media>
<p>More on Friday.</p></block></body.content></body></nitf>"""


def item(text: str | None = NITF, **fields: Any) -> dict[str, Any]:
    """An AP item, with the document that holds its text put to it."""
    nitf = {"title": "NITF Story Download", "href": LINK}
    if text is not None:
        nitf["content"] = text
    return {
        "uri": f"https://api.ap.org/media/v/content/{ITEMID}?qt=abc&et=0a1aza0c0",
        "altids": {"itemid": ITEMID, "etag": f"{ITEMID}_0a1aza0c0", "transref": "a0123"},
        "version": 1,
        "type": "text",
        "urgency": 4,
        "editorialpriority": "r",
        "language": "en",
        "versioncreated": "2026-01-01T10:00:00Z",
        "firstcreated": "2026-01-01T09:00:00Z",
        "pubstatus": "usable",
        "signals": ["newscontent"],
        "headline": "Bridge reopens after three years",
        "provider": "AP",
        "renditions": {"nitf": nitf},
        **fields,
    }


def response(*items: dict[str, Any]) -> dict[str, Any]:
    """What the API answers: one item, or a page of a feed."""
    if len(items) == 1:
        return {"api_version": "2.2", "data": {"meta": {}, "item": items[0]}}
    return {"data": {"updated": "x", "items": [{"meta": {}, "item": one} for one in items]}}


def read(sent: Any) -> list[formats.Item]:
    """Items of a document."""
    value = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    return read_as("ap-media", value, received=RECEIVED, location="test.json")


def article(text: str | None = NITF, **fields: Any) -> Article:
    """The article of an item with these fields."""
    (found,) = read(response(item(text, **fields)))
    assert isinstance(found, Article), found
    return found


def refused(text: str | None = NITF, **fields: Any) -> DatelineError:
    """Why an item with these fields is refused."""
    (found,) = read(response(item(text, **fields)))
    assert isinstance(found, InputError), found
    return found


def test_item_and_text_make_one_article() -> None:
    found = article(
        slugline="BC-Bridge, 1st Ld-Writethru",
        headline_extended="It took three years.",
        description_summary="The bridge is open again.",
        ednote="Eds: CORRECTS: Spelling of Springfield. With AP Photos.",
        editorialtypes=["Lead"],
        editorialrole="FullStory",
        profile="Spot Development",
        fixture={"code": "f1", "name": "Bridges"},
        bylines=[{"by": "By JANE DOE and JOHN ROE", "title": "AP Writers"}, {"by": "By A. NOTHER"}],
        located="SPRINGFIELD, Ill.",
        datelinelocation={
            "city": "Springfield", "countrycode": "USA",
            "geometry_geojson": {"type": "Point", "coordinates": [-89.64, 39.8]},
        },
        description_creditline="ASSOCIATED PRESS",
        copyrightnotice="Copyright 2026 The Associated Press.",
        usageterms=["For editorial use only.", "No archive."],
        keywords=["Bridge"],
        infosource=[{"name": "AP", "type": "AP"}],
        person=[{"name": "Jane Doe", "code": "p1", "scheme": "http://cv.ap.org/id/",
                 "rels": ["direct", "ancestor"]}],
        organisation=[{"name": "City of Springfield", "code": "o1"}],
        subject=[{"code": "a", "name": "a", "rels": ["category"]},
                 {"code": "s1", "name": "Bridges", "scheme": "http://cv.ap.org/id/"}],
        place=[{"name": "Springfield", "code": "c1",
                "geometry_geojson": {"type": "Point", "coordinates": [-89.64, 39.8]}}],
        associations={"1": {"uri": "https://api.ap.org/x", "altids": {"itemid": "f" * 32},
                            "type": "picture", "headline": "The bridge"}},
    )  # fmt: skip
    assert (found.uri, found.provider, found.provider_declared) == (ITEMID, "ap", "AP")
    assert (found.version, found.urgency, found.priority) == (1, 4, 4)
    assert found.versioncreated == dt.datetime(2026, 1, 1, 10, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)
    assert found.headline == "Bridge reopens after three years"
    assert found.slugline == "BC-Bridge, 1st Ld-Writethru"
    assert found.update_kind == ["lead", "writethru", "correction"]
    assert found.byline == "By JANE DOE and JOHN ROE, By A. NOTHER"
    assert found.body_text == "The bridge is open & free.\n\nWhat comes next\n\nMore on Friday."
    assert found.crossheads == ["What comes next"]
    assert found.dateline is not None
    assert (found.dateline.text, found.dateline.city) == ("SPRINGFIELD, Ill. (AP)", "Springfield")
    assert found.dateline.location is not None
    assert (found.dateline.location.lat, found.dateline.location.lon) == (39.8, -89.64)
    assert found.located == "SPRINGFIELD, Ill."
    assert found.description_text == "The bridge is open again."
    assert found.ednote == "Eds: CORRECTS: Spelling of Springfield. With AP Photos."
    assert [g.name for g in found.genre] == ["Spot Development", "FullStory", "Bridges"]
    assert found.usageterms == "For editorial use only.\nNo archive."
    assert found.copyrightnotice == "Copyright 2026 The Associated Press."
    assert found.creditline == "ASSOCIATED PRESS"
    assert found.keywords == ["Bridge"]
    assert [(s.code, s.scheme, s.rel) for s in found.subject] == [
        ("a", None, "category"),
        ("s1", "http://cv.ap.org/id/", None),
    ]
    assert [(p.name, p.code, p.rel, p.creator) for p in found.person] == [
        ("Jane Doe", "p1", "direct", "ap")
    ]
    assert [o.name for o in found.organisation] == ["City of Springfield"]
    assert found.place[0].location is not None
    assert found.altids["transref"] == "a0123"
    assert [(a.uri, a.caption) for a in found.associations] == [("f" * 32, "The bridge")]
    assert found.signal == ["newscontent"]


def test_what_the_item_leaves_out_its_text_may_say() -> None:
    found = article(headline=None)
    assert (found.headline, found.byline) == ("Bridge reopens", "By JANE DOE AP Writer")


def test_the_dateline_is_what_the_item_is_located_at_where_the_copy_has_none() -> None:
    bare = NITF.replace("SPRINGFIELD, Ill. (AP) — ", "")
    found = article(bare, located="SPRINGFIELD, Ill.").dateline
    assert found is not None
    assert (found.text, found.city) == ("SPRINGFIELD, Ill.", "Springfield")
    assert article(bare).dateline is None


def test_a_text_that_was_announced_and_is_not_there_is_refused() -> None:
    error = refused(None)
    assert error.where.field == "renditions.nitf.content"
    assert "HTTP feed" in (error.remedy or "")
    assert refused(None, description_summary="A summary is not the story.").where.field
    assert refused("").where.field == "renditions.nitf.content"


def test_an_item_that_announces_no_text_is_what_it_says() -> None:
    found = article(None, renditions={}, description_summary="More to come.")
    assert (found.title, found.body_text) == ("Bridge reopens after three years", None)


def test_a_text_may_stand_in_the_item_itself() -> None:
    found = article(None, body_html="<p>NEW YORK (AP) — It is <b>open</b>.</p><p>More.</p>")
    assert found.body_text == "It is open.\n\nMore."
    beside = {**response(item(None)), "nitf": {"body_html": "<p>Open.</p>"}}
    (paired,) = read(beside)
    assert isinstance(paired, Article)
    assert paired.body_text == "Open."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<html><body><p>Please log in</p></body></html>", "no NITF"),
        ("<nitf><body>", "not well-formed"),
        ("no XML at all", ""),
    ],
)
def test_a_text_that_is_not_nitf_is_refused(text: str, said: str) -> None:
    error = refused(text)
    assert error.where.field == "renditions.nitf.content"
    assert said in str(error)


def test_a_flawed_text_says_so() -> None:
    flawed = NITF.replace("&amp; free", "& free")
    found = article(flawed)
    assert found.body_text is not None
    assert found.body_text.startswith("The bridge is open & free.")
    assert found.provenance.flaw is not None


@pytest.mark.parametrize("status", ["canceled", "Canceled", "withheld"])
def test_an_order_to_take_a_story_away_needs_no_text(status: str) -> None:
    found = article(None, pubstatus=status)
    assert (found.pubstatus, found.uri) == (status.lower(), ITEMID)


def test_a_cancellation_is_obeyed_whatever_else_is_wrong() -> None:
    found = article(
        "<nitf><body>",
        pubstatus="canceled", type="picture", headline=5, urgency="x", signals=5, renditions="x",
        subject=7, associations=8, versioncreated="yesterday",
    )  # fmt: skip
    assert (found.pubstatus, found.version, found.versioncreated) == ("canceled", 1, RECEIVED)
    assert article("<nitf><body>", pubstatus="canceled").pubstatus == "canceled"


def test_an_embargo_is_a_time() -> None:
    release = dt.datetime(2026, 1, 3, 5, tzinfo=dt.UTC)
    for status in ("embargoed", "usable"):
        found = article(pubstatus=status, embargoed="2026-01-03T05:00:00Z")
        assert (found.embargoed, found.pubstatus) == (release, "usable")
    assert article(pubstatus="embargoed").pubstatus == "withheld"
    assert article(embargoed="soon").pubstatus == "withheld"


def test_what_is_for_editors_only_is_withheld() -> None:
    assert article(signals=["apwhollyowned"]).pubstatus == "withheld"
    assert article(signals=["apwhollyowned"], pubstatus="canceled").pubstatus == "canceled"
    assert article(signals=None).pubstatus == "usable"  # a response that leaves them out


def test_the_request_is_no_identity() -> None:
    other = f"https://api.ap.org/media/v/content/{ITEMID}?qt=other&et=0a9aza0c0"
    assert article().uri == article(uri=other).uri == ITEMID
    assert (
        article(altids={}, uri=f"https://mirror.example/media/v/content/{ITEMID}?x=1").uri == ITEMID
    )
    assert refused(altids={}, uri="https://api.ap.org/?x=1").where.field == "altids.itemid"


@pytest.mark.parametrize(
    "uri",
    [
        f"tag:ap.org,2011:{ITEMID}",
        f"https://api.ap.org/media/v/content/{ITEMID}?qt=x",
        f"https://api.ap.org/media/v2.2/content/{ITEMID}",
    ],
)
def test_other_transmissions_of_the_item_share_its_identity(uri: str) -> None:
    assert catalogue().of_uri(uri) == "ap"
    assert catalogue().canonical("ap", uri) == ITEMID


def test_the_editors_urgency_and_the_priority_of_the_transmission_are_two_things() -> None:
    letters = [(letter, article(editorialpriority=letter).priority) for letter in "fubrdx"]
    assert letters == [("f", 1), ("u", 2), ("b", 3), ("r", 4), ("d", 5), ("x", None)]
    assert article(urgency=None).urgency is None


@pytest.mark.parametrize("kind", ["picture", "video", "graphic", "audio"])
def test_items_without_text_are_skipped(kind: str) -> None:
    sent = item(None, type=kind, renditions={"main": {"href": LINK}}, description_caption="Bridge")
    assert read(response(sent)) == [Skipped(reason=f"{kind} without text", uri=ITEMID)]


def test_a_page_of_a_feed_is_several_items_and_a_bad_one_does_not_stop_the_rest() -> None:
    first, second, third = read(response(item(altids=5, uri=None), item(), item(None)))
    assert isinstance(first, InputError)
    assert isinstance(second, Article)
    assert isinstance(third, InputError)
    assert (first.where.item, third.where.item) == (0, 2)


def test_an_item_may_come_alone_or_in_a_list() -> None:
    for sent in (item(), {"item": item()}, [item()], [response(item())]):
        (found,) = read(sent)
        assert isinstance(found, Article)
        assert found.uri == ITEMID


@pytest.mark.parametrize(
    "sent", [b"[]", b'{"data": {"items": []}}', b"5", b"{}", b"{", b'{"data": 5}', b"[[]]"]
)
def test_what_is_no_item_is_refused(sent: bytes) -> None:
    (found,) = read(sent)
    assert isinstance(found, InputError)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"pubstatus": "draft"}, "pubstatus"),
        ({"version": [1]}, "version"),
        ({"versioncreated": "yesterday"}, "versioncreated"),
        ({"versioncreated": 5}, "versioncreated"),
        ({"headline": 5}, "headline"),
    ],
)
def test_what_decides_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    assert refused(**fields).where.field == field


@pytest.mark.parametrize(
    "fields",
    [
        {"urgency": "high", "firstcreated": "once", "expires": 7, "language": 5, "located": []},
        {"subject": [5], "person": {"name": 5}, "place": "x", "keywords": 5, "bylines": 5},
        {"associations": [5, {"uri": "x"}], "usageterms": {}, "datelinelocation": 5},
        {"place": [{"name": "X", "geometry_geojson": {"type": "Point", "coordinates": ["a", 1]}}]},
    ],
)
def test_what_only_describes_is_absent_where_it_cannot_be_read(fields: dict[str, Any]) -> None:
    assert article(**fields).wordcount == 11


def test_it_is_recognised_by_its_ids_before_other_json() -> None:
    for sent in (item(), response(item()), response(item(), item()), [item()]):
        assert formats.detect(json.dumps(sent).encode(), Where()).name == "ap-media"
    ninjs = {"uri": "urn:x", "altids": {"itemid": "(ap):x"}, "headline": "x"}
    for other in (json.dumps(ninjs).encode(), b'{"itemid": "x"}', b"<altids/>", b"", b"{"):
        assert not ApMedia().recognises(other)


@given(st.binary(max_size=300))
def test_any_bytes_are_recognised_or_not(head: bytes) -> None:
    assert ApMedia().recognises(head) in (True, False)
