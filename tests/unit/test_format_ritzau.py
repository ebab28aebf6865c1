"""Ritzau's RBNews: Danish time, and booleans that say what a version does."""

from __future__ import annotations

import datetime as dt
from html import escape

import pytest

from dateline import formats
from dateline.article import Article, Concept
from dateline.errors import InputError, Where
from dateline.formats import Skipped
from tests.reading import read_as

NIL = 'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'


def news(**elements: str) -> str:
    """An item."""
    told = {
        "NewsID": "0f1e",
        "PublishDate": "2026-03-12T08:40:00.5",
        "headline": "Ny færge til Skarholm",
        "version": "2",
        "content": escape("<p>Færgen sejler.</p><p>Den er grøn.</p>"),
        **elements,
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    return f"<RBNews {NIL}>{inner}</RBNews>"


def read(value: str) -> list[formats.Item]:
    """Items of a document."""
    return read_as(
        "ritzau", value, received=dt.datetime(2026, 5, 2, tzinfo=dt.UTC), location="test.xml"
    )


def article(**elements: str) -> Article:
    """The article of these elements."""
    (found,) = read(news(**elements))
    assert isinstance(found, Article), found
    return found


def test_a_whole_item() -> None:
    found = article(
        strapline="NU/FÆRGE-I",
        subtitle="Den er &amp;quot;grøn&amp;quot;",
        town="Skarholm",
        origin="/ritzau/",
        sectionID="3",
        section="Indland",
        HistID="H-1",
        Priority="3",
        IPTCList="<a:int xmlns:a='urn:a'>06000000</a:int>",
        ISIN="<a:string xmlns:a='urn:a'>DK0000000001</a:string>",
        SubjectKeyword="<a:string xmlns:a='urn:a'>færger</a:string>",
        byLine="Ane Holm",
        byLinePhone="33000000",
        TilRedaktionen="Ring til rederiet.",
    )
    assert (found.uri, found.version, found.headline) == ("0f1e", 2, "Ny færge til Skarholm")
    assert found.body_text == "Færgen sejler.\n\nDen er grøn."
    assert found.description_text == 'Den er "grøn"'
    assert found.versioncreated == dt.datetime(2026, 3, 12, 7, 40, 0, 500000, tzinfo=dt.UTC)
    assert (found.slugline, found.byline, found.creditline) == (
        "NU/FÆRGE-I",
        "Ane Holm",
        "/ritzau/",
    )
    assert (found.located, found.priority, found.urgency) == ("Skarholm", 3, None)
    assert found.ednote_nonpublic == "Ring til rederiet.\n33000000"
    assert found.subject == [
        Concept(code="3", name="Indland"),
        Concept(code="06000000", scheme="iptc"),
        Concept(code="DK0000000001", scheme="isin"),
    ]
    assert found.keywords == ["færger"]
    assert found.altids == {"HistID": "H-1"}
    assert found.provider == "ritzau"


def test_what_is_nil_is_absent() -> None:
    (found,) = read(news().replace("<headline>Ny færge til Skarholm<", '<headline i:nil="true"><'))
    assert isinstance(found, Article)
    assert (found.headline, found.title) == (None, "Færgen sejler.")


def test_what_was_escaped_twice_is_read_as_meant() -> None:
    sent = escape(escape("<p>Let's &amp; go</p>", quote=False).replace("'", "&amp;apos;"))
    found = article(content=sent.replace("&amp;lt;", "&lt;").replace("&amp;gt;", "&gt;"))
    assert found.body_text == "Let's & go"


@pytest.mark.parametrize("sent", [{"Annuleret": "true"}, {"Status": "Annulled news"}])
def test_an_annulled_item_is_withdrawn_even_when_it_is_empty(sent: dict[str, str]) -> None:
    found = article(content="", headline="", PublishDate="", **sent)
    assert found.pubstatus == "canceled"


def test_kinds_of_update() -> None:
    assert article(Korrektion="true", NyVersion="true").update_kind == ["correction", "update"]
    assert article(Korrektion="false").update_kind == []


def test_what_it_replaces_is_withdrawn_with_it() -> None:
    new, old = read(news(replacedID="0a0b"))
    assert isinstance(new, Article)
    assert isinstance(old, Article)
    assert new.replaces == ["0a0b"]
    assert (old.uri, old.pubstatus, old.provider) == ("0a0b", "canceled", "ritzau")


def test_what_a_notice_without_a_text_replaces_is_withdrawn() -> None:
    own, old = read(news(headline="", content="", replacedID="0a0b"))
    assert isinstance(own, Skipped)
    assert isinstance(old, Article)
    assert (old.uri, old.pubstatus, old.update_kind) == ("0a0b", "canceled", [])


def test_each_item_of_an_answer_by_itself() -> None:
    answer = (
        '<XMLNewsQueuedResponse xmlns="http://q.example/"><Result><ListOfRBNews xmlns="">'
        f"{news(NewsID='')}{news()}{news(headline='', content='')}"
        "</ListOfRBNews></Result></XMLNewsQueuedResponse>"
    )
    assert formats.detect(answer.encode(), Where()).name == "ritzau"
    first, second, third = read(answer)
    assert isinstance(first, InputError)
    assert first.where.field == "NewsID"
    assert isinstance(second, Article)
    assert third == Skipped(reason="item without text", uri="0f1e")


def test_an_answer_without_news_tells_its_message() -> None:
    (found,) = read("<XMLNewsResponse><errormsg>wrong password</errormsg></XMLNewsResponse>")
    assert isinstance(found, InputError)
    assert found.found == "wrong password"
