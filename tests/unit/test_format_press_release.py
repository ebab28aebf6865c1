"""Press releases: what is for readers is the article, whom editors may call is not."""

from __future__ import annotations

import datetime as dt
from html import escape

import pytest

from dateline import formats
from dateline.article import Article, Concept
from dateline.errors import InputError, Where
from tests.reading import read_as

LINK = "https://www.ntbinfo.no/pressemelding/ny-ferje?releaseId=41"


def release(*, body: str = "<p>Ferja g&aring;r.</p>", link: str = LINK, **elements: str) -> str:
    """A release as the service writes it: elements that hold nothing are there too."""
    names = ("boilerplate", "contactsAsText", "embargo", "keywords", "leadtext", "publicationDate")
    more = "".join(f"<{name}>{elements.pop(name, '')}</{name}>" for name in names)
    more += "".join(f"<{name}>{inner}</{name}>" for name, inner in elements.items())
    return (
        f'<release id="41" lang="no"><longurl>{link}</longurl><body>{escape(body)}</body>{more}'
        "<title>Ny ferje til Skarholm</title></release>"
    )


def read(value: str) -> list[formats.Item]:
    """Items of a document."""
    return read_as(
        "press-release", value, received=dt.datetime(2026, 5, 2, tzinfo=dt.UTC), location="test.xml"
    )


def article(value: str) -> Article:
    """The only article."""
    (found,) = read(value)
    assert isinstance(found, Article), found
    return found


def test_a_whole_release() -> None:
    found = article(
        release(
            body="<p>Ferja g&aring;r.</p><p>Den er gr&oslash;nn.</p>",
            boilerplate="Skarholm Ferje har tre skip.",
            leadtext="Ferja er her.",
            publicationDate="12.03.2026 08:40",
            keywords="ferje, kyst",
            type="<label>Pressemelding</label>",
            categories='<category id="5"><label>Samferdsel</label></category>',
            images="<image id='1'><url>https://www.ntbinfo.no/f.jpg</url>"
            "<caption>Ferja</caption></image>",
            logos="<logo><url>https://www.ntbinfo.no/logo.png</url></logo>",
            contacts="<contact><name>Kari Vik</name><phone>900 00 000</phone></contact>",
            publisher="<name>Skarholm Ferje</name>",
        )
    )
    assert (found.uri, found.headline) == ("41", "Ny ferje til Skarholm")
    assert found.body_text == "Ferja går.\n\nDen er grønn.\n\nSkarholm Ferje har tre skip."
    assert found.description_text == "Ferja er her."
    assert found.ednote_nonpublic == "Kari Vik, 900 00 000"
    assert (found.provider, found.provider_declared) == ("skarholm-ferje", "Skarholm Ferje")
    assert found.versioncreated == dt.datetime(2026, 3, 12, 7, 40, tzinfo=dt.UTC)
    assert found.firstcreated == found.versioncreated
    assert found.keywords == ["ferje", "kyst"]
    assert found.subject == [Concept(code="5", name="Samferdsel")]
    assert found.genre == [Concept(name="Pressemelding")]
    assert found.language == "no"
    assert found.altids == {"link": LINK}
    assert [(one.uri, one.caption) for one in found.associations] == [
        ("https://www.ntbinfo.no/f.jpg", "Ferja")
    ]


def test_an_empty_embargo_is_none_and_a_full_one_is_the_services_time() -> None:
    assert article(release()).pubstatus == "usable"
    found = article(release(embargo="12.07.2026 06:00"))
    assert found.embargoed == dt.datetime(2026, 7, 12, 4, tzinfo=dt.UTC)


@pytest.mark.parametrize("embargo", ["i morgen", "12.07.2026"])
def test_an_embargo_without_an_hour_holds(embargo: str) -> None:
    found = article(release(embargo=embargo))
    assert (found.pubstatus, found.embargoed) == ("withheld", None)


def test_where_nobody_tells_the_zone_a_time_is_its_day() -> None:
    sent = {"publicationDate": "12.03.2026 00:40", "embargo": "12.07.2026 06:00"}
    found = article(release(link="https://other.example/41", **sent))
    assert found.versioncreated == dt.datetime(2026, 3, 12, tzinfo=dt.UTC)
    assert found.date_precision == "day"
    assert found.pubstatus == "withheld"


def test_a_lead_alone_is_the_text() -> None:
    found = article(release(body="", leadtext="&lt;p&gt;Ferja er her.&lt;/p&gt;"))
    assert (found.body_text, found.description_text) == ("Ferja er her.", None)


def test_several_releases_and_one_without_identity() -> None:
    nameless = release(link="").replace(' id="41"', "")
    first, second = read(f"<releases>{nameless}{release()}</releases>")
    assert isinstance(first, InputError)
    assert first.where.field == "uri"
    assert isinstance(second, Article)


def test_it_is_known_by_its_elements() -> None:
    assert formats.detect(release().encode(), Where()).name == "press-release"
    with pytest.raises(InputError, match="not a wire format"):
        formats.detect(b"<release><version>1.0</version></release>", Where())
