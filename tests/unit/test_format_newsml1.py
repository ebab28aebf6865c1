"""NewsML 1.x: every item of a file, with what its revision, status and parts mean."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline import formats
from dateline.article import Article
from dateline.errors import InputError
from dateline.formats import Skipped
from dateline.formats.newsml1 import NewsML1
from dateline.versions import content_hash
from tests.reading import read_as

STORY = "<p>The ferry to Skarholm sails again. It was repaired in May.</p>"


def read(value: str | bytes) -> list[formats.Item]:
    """Items of a document."""
    return read_as(
        "newsml1", value, received=dt.datetime(2026, 1, 2, tzinfo=dt.UTC), location="test.xml"
    )


def newsml(*items: str, envelope: str = "") -> str:
    """A document of items."""
    return f"<NewsML><NewsEnvelope>{envelope}</NewsEnvelope>{''.join(items)}</NewsML>"


def identified(
    *,
    provider: str | None = "meridian.example",
    date: str | None = "20260312",
    item: str | None = "ferry-1",
    revision: str = '<RevisionId PreviousRevision="0" Update="N">1</RevisionId>',
    public: str | None = None,
) -> str:
    """What identifies an item."""
    named = (
        ("ProviderId", provider),
        ("DateId", date),
        ("NewsItemId", item),
        ("PublicIdentifier", public),
    )
    told = "".join(f"<{name}>{value}</{name}>" for name, value in named if value is not None)
    return f"<Identification><NewsIdentifier>{told}{revision}</NewsIdentifier></Identification>"


def managed(
    status: str | None = "Usable", more: str = "", created: str = "20260312T080000+0000"
) -> str:
    """An item's management data."""
    stated = f'<Status FormalName="{status}"/>' if status is not None else ""
    return (
        f"<NewsManagement><ThisRevisionCreated>{created}</ThisRevisionCreated>{stated}{more}"
        "</NewsManagement>"
    )


def lines(headline: str | None = "Ferry sails again", more: str = "") -> str:
    """An item's lines."""
    head = f"<HeadLine>{headline}</HeadLine>" if headline is not None else ""
    return f"<NewsLines>{head}{more}</NewsLines>"


def text(data: str = STORY, role: str | None = None, **attributes: str) -> str:
    """A component that is a text."""
    named = "".join(f' {name}="{value}"' for name, value in attributes.items())
    stated = f'<Role FormalName="{role}"/>' if role else ""
    return (
        f"<NewsComponent{named}>{stated}<ContentItem><DataContent>{data}</DataContent>"
        "</ContentItem></NewsComponent>"
    )


def photo(href: str, role: str = "Main", before: str = "") -> str:
    """A component that is a picture."""
    return (
        f'<NewsComponent><Role FormalName="{role}"/>{before}<ContentItem Href="{href}">'
        '<MediaType FormalName="Photo"/></ContentItem></NewsComponent>'
    )


def item(
    content: str | None = None,
    *,
    identity: str | None = None,
    management: str | None = None,
    headline: str | None = "Ferry sails again",
    more_lines: str = "",
    metadata: str = "",
) -> str:
    """An item; ``content``: what its component holds besides lines and metadata."""
    held = text() if content is None else content
    return (
        f"<NewsItem>{identity or identified()}{management or managed()}<NewsComponent>"
        f"{lines(headline, more_lines)}{metadata}{held}</NewsComponent></NewsItem>"
    )


def one(document: str) -> Article:
    """The only item of a document, an article."""
    (found,) = read(document)
    assert isinstance(found, Article), found
    return found


def refused(document: str) -> InputError:
    """The only item of a document, an error."""
    (found,) = read(document)
    assert isinstance(found, InputError), found
    return found


def skipped(document: str) -> Skipped:
    """The only item of a document, one without a text."""
    (found,) = read(document)
    assert isinstance(found, Skipped), found
    return found


def revision(number: int, update: str, previous: int | None = None) -> str:
    before = number - 1 if previous is None else previous
    return f'<RevisionId PreviousRevision="{before}" Update="{update}">{number}</RevisionId>'


# --- whose item, and which ---------------------------------------------------------------------


FERRY = "urn:newsml:meridian.example:20260312:ferry-1"


@pytest.mark.parametrize(
    ("public", "uri"),
    [
        (f"{FERRY}:1", FERRY),
        (f"{FERRY}:1N", FERRY),
        (FERRY, FERRY),
        (f"{FERRY}:sea:ferry-9:1", f"{FERRY}:sea:ferry-9"),
        ("urn:newsml:a.example:20260312T080000Z:x:12", "urn:newsml:a.example:20260312T080000Z:x"),
        ("urn:newsml:www.meridian.example:ferry-1:1N", "urn:newsml:www.meridian.example:ferry-1"),
        # names no item, or another and no date: the parts beside it do
        ("urn:newsml:www.meridian.example", FERRY),
        ("urn:newsml:www.meridian.example:46250506:1N", FERRY),
        ("urn:newsml:www.meridian.example:20200506:1N", FERRY),
        (None, FERRY),
    ],
)
def test_the_identity_is_that_of_the_story_whatever_its_revision(
    public: str | None, uri: str
) -> None:
    assert one(newsml(item(identity=identified(public=public)))).uri == uri


def test_revisions_of_one_story_have_one_identity_though_the_item_id_counts_them() -> None:
    first, second = (
        one(
            newsml(
                item(
                    identity=identified(
                        item=f"ferry-1-v{number}",
                        revision=revision(number, "N"),
                        public=f"urn:newsml:meridian.example:20260312:ferry-1:{number}",
                    )
                )
            )
        )
        for number in (1, 2)
    )
    assert first.uri == second.uri
    assert (first.version, second.version) == (1, 2)


def test_a_revision_may_be_named_instead_of_counted() -> None:
    named = '<RevisionId PreviousRevision="0" Update="N">rev-b7</RevisionId>'
    found = one(newsml(item(identity=identified(public=f"{FERRY}:rev-b7", revision=named))))
    assert (found.uri, found.version) == (FERRY, None)


def test_a_number_that_is_unique_in_the_world_identifies_an_item_without_an_id() -> None:
    identity = identified(date=None, item=None, revision="")
    document = newsml(
        f"<NewsItem>{identity}{managed()}<NewsComponent Duid='03AE43258389003A6A95'>"
        f"{lines()}{text()}</NewsComponent></NewsItem>"
    )
    found = one(document)
    assert found.uri == "03AE43258389003A6A95"
    assert found.version is None


def test_without_any_identity_the_text_is_one() -> None:
    def uri(headline: str) -> str:
        identity = identified(item="", public="urn:newsml:www.meridian.example", revision="")
        return one(newsml(item(identity=identity, headline=headline))).uri

    assert uri("Fire on the quay").startswith("urn:dateline:sha256:")
    assert uri("Fire on the quay") == uri("Fire  on the quay")
    assert uri("Fire on the quay") != uri("Fire in the port")


def test_a_cancellation_that_names_no_item_is_refused() -> None:
    error = refused(newsml(item(identity=identified(item=None), management=managed("Canceled"))))
    assert error.where.field == "NewsIdentifier"


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        ("meridian.example", "meridian"),
        ("www.Meridian.example", "meridian"),
        ("news.meridian.co.example", "meridian"),
        ("MERIDIAN", "meridian"),
        ("unheard.example", "unheard-example"),
    ],
)
def test_an_agency_is_known_by_its_name_on_the_internet(sent: str, key: str) -> None:
    assert one(newsml(item(identity=identified(provider=sent)))).provider == key


def test_a_change_of_status_has_the_same_provider_as_its_story() -> None:
    party = '<Provider><Party FormalName="Meridian News"/></Provider>'
    administrative = f"<AdministrativeMetadata>{party}</AdministrativeMetadata>"
    story = one(newsml(item(metadata=administrative)))
    notice = one(
        newsml(f"<NewsItem>{identified(revision=revision(2, 'A'))}{managed('Canceled')}</NewsItem>")
    )
    assert story.provider == notice.provider == "meridian"
    assert story.provider_declared == "Meridian News"
    assert notice.provider_declared == "meridian.example"


# --- all items of a document -------------------------------------------------------------------


def test_every_item_of_a_document_is_read_and_a_bad_one_does_not_stop_the_rest() -> None:
    found = read(
        newsml(
            item(identity=identified(item="a")),
            item(identity=identified(item="b"), management=managed(created="yesterday")),
            item(identity=identified(item="c")),
        )
    )
    assert [type(one) for one in found] == [Article, InputError, Article]
    assert [one.uri[-1] for one in found if isinstance(one, Article)] == ["a", "c"]


def test_an_item_within_a_component_is_an_item_of_its_own() -> None:
    inner = item(identity=identified(item="inner"), headline="Bridge closed")
    package = item(f"<NewsComponent>{inner}</NewsComponent>", headline="News of the day")
    outer, found = read(newsml(package))
    assert isinstance(outer, Skipped)
    assert outer.reason == "composite without text"
    assert isinstance(found, Article)
    assert found.headline == "Bridge closed"


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("<NewsML><TopicSet/></NewsML>", "topic set without text"),
        (
            newsml(f"<NewsItem>{identified()}{managed()}<TopicSet/></NewsItem>"),
            "topic set without text",
        ),
        (
            newsml(item('<NewsComponent><NewsItemRef NewsItem="x"/></NewsComponent>')),
            "composite without text",
        ),
        (newsml(item(photo("a.jpg"))), "picture without text"),
        (newsml(item("", headline=None)), "item without text"),
    ],
)
def test_what_has_no_text_of_its_own_is_skipped(document: str, reason: str) -> None:
    assert skipped(document).reason == reason


def test_newsml_without_an_item_is_refused() -> None:
    assert refused("<NewsML/>").expected == "<NewsItem>"


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"<NewsML>", True),
        (b'\xef\xbb\xbf<?xml version="1.0"?><NewsML Version="1.2">', True),
        (b'<!DOCTYPE NewsML [<!ENTITY % nitf SYSTEM "n.dtd"> %nitf;]><NewsML>', True),
        (b'<NewsML xmlns="http://iptc.org/std/NewsML/2003-10-10/">', True),
        (b"<newsItem>", False),
        (b"<newsMessage>", False),
        (b"<nitf>", False),
        (b"NewsML", False),
        (b"", False),
    ],
)
def test_it_is_known_by_its_root(head: bytes, known: bool) -> None:
    assert NewsML1().recognises(head) is known


def test_a_namespace_and_an_external_document_type_change_nothing() -> None:
    namespace = "http://iptc.org/std/NewsML/2003-10-10/"
    document = newsml(item()).replace("<NewsML>", f'<NewsML xmlns="{namespace}">')
    typed = '<!DOCTYPE NewsML PUBLIC "x" "x.dtd" [<!ENTITY % nitf SYSTEM "n.dtd"> %nitf;]>'
    plain = one(newsml(item()))
    for found in (one(document), one(typed + document)):
        assert content_hash(found) == content_hash(plain)


def test_a_document_that_is_not_well_formed_is_read_and_says_so() -> None:
    found = one(newsml(item(text("<p>Fish & chips</p>"))))
    assert found.body_text == "Fish & chips"
    assert found.provenance.flaw


# --- revisions that are not whole --------------------------------------------------------------


@pytest.mark.parametrize(
    ("update", "content", "headline"),
    [
        ("U", "", "New head"),
        ("u", text(), None),
        ("U", text(" "), "New head"),
        ("A", text(), "New"),
    ],
)
def test_a_change_to_a_revision_elsewhere_is_refused_and_not_read_as_whole(
    update: str, content: str, headline: str | None
) -> None:
    error = refused(
        newsml(item(content, identity=identified(revision=revision(2, update)), headline=headline))
    )
    assert error.where.field == "RevisionId"
    assert error.remedy is not None


def test_an_update_that_brings_headline_and_text_is_whole() -> None:
    identity = identified(revision=revision(2, "U"))
    found = one(newsml(item(identity=identity, headline="New head")))
    assert (found.version, found.headline) == (2, "New head")
    assert found.body_text is not None


def test_a_number_larger_than_any_is_absent_where_the_time_orders() -> None:
    identity = identified(revision=revision(20260312080000123456, "N", 0))
    found = one(newsml(item(identity=identity)))
    assert (found.version, found.versioncreated) == (
        None,
        dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC),
    )
    untimed = "<NewsManagement><Status FormalName='Usable'/></NewsManagement>"
    assert refused(newsml(item(identity=identity, management=untimed))).where.field == "version"


def test_changes_without_their_flag_are_none_the_less_no_whole_revision() -> None:
    change = (
        f"<NewsItem>{identified(revision=revision(2, 'N'))}{managed()}"
        "<Update><Delete DuidRef='a'/></Update></NewsItem>"
    )
    assert refused(newsml(change)).where.field == "RevisionId"


def test_a_first_revision_changes_nothing_whatever_its_flag() -> None:
    assert one(newsml(item(identity=identified(revision=revision(1, "U"))))).body_text


def test_new_management_data_apply_to_the_revision_before_in_the_same_document() -> None:
    data = managed(more="<Urgency FormalName='2'/>", created="20260312T090000+0000")
    change = f"<NewsItem>{identified(revision=revision(2, 'A'))}{data}</NewsItem>"
    first, second = read(newsml(item(), change))
    assert isinstance(first, Article)
    assert isinstance(second, Article)
    assert (first.version, first.urgency) == (1, None)
    assert (second.version, second.urgency) == (2, 2)
    assert second.body_text == first.body_text
    assert second.versioncreated == dt.datetime(2026, 3, 12, 9, tzinfo=dt.UTC)


def test_changes_to_an_older_revision_than_the_one_in_the_document_are_refused() -> None:
    newer = identified(revision=revision(3, "N"))
    change = f"<NewsItem>{identified(revision=revision(3, 'A', 2))}{managed()}</NewsItem>"
    found = read(newsml(item(identity=newer), change))
    assert [type(one) for one in found] == [Article, InputError]


def test_changes_apply_to_the_revision_before_in_the_same_document() -> None:
    story = (
        text("<p>First.</p>", Duid="one")
        + text("<p>Second.</p>", Duid="two")
        + text("<p>Third.</p>", Duid="three")
    )
    update = (
        f"<Update><Replace DuidRef='one'>{text('<p>Better.</p>')}</Replace></Update>"
        f"<Update><InsertAfter DuidRef='two'>{text('<p>After.</p>')}{text('<p>Then.</p>')}"
        "</InsertAfter>"
        f"<InsertBefore DuidRef='two'>{text('<p>Before.</p>')}</InsertBefore>"
        "<Delete DuidRef='three'/></Update>"
    )
    change = f"<NewsItem>{identified(revision=revision(2, 'U'))}{managed()}{update}</NewsItem>"
    _, found = read(newsml(item(story), change))
    assert isinstance(found, Article)
    assert found.body_text == "Better.\n\nBefore.\n\nSecond.\n\nAfter.\n\nThen."
    assert found.headline == "Ferry sails again"


def test_a_change_that_cannot_be_applied_is_refused_and_so_is_what_builds_on_it() -> None:
    def change(number: int, target: str) -> str:
        return (
            f"<NewsItem>{identified(revision=revision(number, 'U'))}{managed()}"
            f"<Update><Delete DuidRef='{target}'/></Update></NewsItem>"
        )

    found = read(newsml(item(text(Duid="one")), change(2, "nowhere"), change(3, "one")))
    assert [type(one) for one in found] == [Article, InputError, InputError]


@pytest.mark.parametrize(
    ("status", "pubstatus"),
    [("Canceled", "canceled"), ("Withheld", "withheld"), ("Embargoed", "withheld")],
)
def test_a_change_of_status_that_hides_is_obeyed_without_the_text(
    status: str, pubstatus: str
) -> None:
    """An embargo too is kept without an end: the story would come back without its text."""
    until = "<StatusWillChange><DateAndTime>20260313T000000Z</DateAndTime></StatusWillChange>"
    found = one(
        newsml(
            f"<NewsItem>{identified(revision=revision(2, 'A'))}{managed(status, until)}</NewsItem>"
        )
    )
    assert (found.pubstatus, found.embargoed, found.body_text) == (pubstatus, None, None)
    assert found.uri == one(newsml(item())).uri


def test_an_item_without_content_is_refused_since_it_would_blank_its_story() -> None:
    error = refused(newsml(f"<NewsItem>{identified()}{managed()}</NewsItem>"))
    assert error.where.field == "NewsComponent"


# --- when it may be shown ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "pubstatus"),
    [
        ("Usable", "usable"),
        ("USABLE", "usable"),
        (None, "usable"),
        ("Withheld", "withheld"),
        ("Canceled", "canceled"),
        ("Cancelled", "canceled"),
    ],
)
def test_status(sent: str | None, pubstatus: str) -> None:
    assert one(newsml(item(management=managed(sent)))).pubstatus == pubstatus


def test_a_status_that_nobody_knows_is_refused() -> None:
    assert refused(newsml(item(management=managed("Open")))).where.field == "pubstatus"


def test_words_withdraw_where_no_status_is_sent() -> None:
    document = newsml(item(management=managed(None), headline="KILL KILL KILL Ferry"))
    assert one(document).pubstatus == "canceled"


def test_a_cancellation_is_never_skipped() -> None:
    for content in (
        "",
        photo("a.jpg"),
        '<NewsComponent><NewsItemRef NewsItem="x"/></NewsComponent>',
    ):
        document = newsml(item(content, management=managed("Canceled"), headline=None))
        assert one(document).pubstatus == "canceled"


def test_a_cancellation_holds_although_its_time_cannot_be_read() -> None:
    found = one(newsml(item(management=managed("Canceled", created="noon"))))
    assert found.pubstatus == "canceled"
    assert found.versioncreated == dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def change_at(status: str, time: str = "20260313T060000+0100") -> str:
    return (
        f'<StatusWillChange><FutureStatus FormalName="{status}"/><DateAndTime>{time}</DateAndTime>'
        "</StatusWillChange>"
    )


@pytest.mark.parametrize("status", ["Embargoed", "Withheld"])
def test_an_embargo_ends_when_the_status_will_change(status: str) -> None:
    found = one(newsml(item(management=managed(status, change_at("Usable")))))
    assert found.embargoed == dt.datetime(2026, 3, 13, 5, tzinfo=dt.UTC)
    assert found.pubstatus == "usable"


@pytest.mark.parametrize("more", ["", change_at("Usable", "soon"), change_at("Canceled")])
def test_an_embargo_without_an_end_is_held(more: str) -> None:
    found = one(newsml(item(management=managed("Embargoed", more))))
    assert (found.pubstatus, found.embargoed) == ("withheld", None)


def test_a_usable_story_expires_when_it_will_be_withdrawn() -> None:
    found = one(newsml(item(management=managed("Usable", change_at("Canceled")))))
    assert found.pubstatus == "usable"
    assert found.expires == dt.datetime(2026, 3, 13, 5, tzinfo=dt.UTC)


def test_an_advisory_is_for_the_desk() -> None:
    document = newsml(item(management=managed(more='<NewsItemType FormalName="Advisory"/>')))
    assert one(document).pubstatus == "withheld"


# --- fields ------------------------------------------------------------------------------------


def test_a_whole_item() -> None:
    found = one(
        newsml(
            item(
                management=managed(
                    more="<FirstCreated>20260312T070000Z</FirstCreated><Urgency FormalName='3'/>"
                    "<AssociatedWith NewsItem='urn:newsml:meridian.example:20260312:pic'/>"
                    "<AssociatedWith FormalName='Photo'/><Instruction FormalName='sig:correction'/>"
                ),
                headline="UPDATE 2-Ferry sails again",
                more_lines="<SubHeadLine>After a year</SubHeadLine>"
                "<ByLine>By MORAG SINCLAIR</ByLine>"
                "<DateLine>SKARHOLM, March 12 (Meridian) -</DateLine><SlugLine>Ferry</SlugLine>"
                "<CreditLine>Meridian</CreditLine><CopyrightLine>(c) Meridian 2026</CopyrightLine>"
                "<RightsLine>No archives</RightsLine><KeywordLine>SEA</KeywordLine>"
                "<NewsLine><NewsLineType FormalName='AdvisoryLine'/>"
                "<NewsLineText>CORRECTS year in second paragraph</NewsLineText></NewsLine>"
                "<NewsLine><NewsLineType FormalName='ProductLine'/>"
                "<NewsLineText>(Picture)</NewsLineText></NewsLine>",
                metadata="<AdministrativeMetadata>"
                "<Provider><Party FormalName='Meridian'/></Provider>"
                "<Source><Party FormalName='Port Office'/></Source></AdministrativeMetadata>"
                "<RightsMetadata>"
                "<Copyright><CopyrightHolder>Meridian Ltd</CopyrightHolder></Copyright>"
                "<UsageRights><UsageType>Online only</UsageType><Geography>Europe</Geography>"
                "</UsageRights></RightsMetadata>"
                "<DescriptiveMetadata><Language FormalName='en_gb'/><Genre FormalName='Feature'/>"
                "<SubjectCode><SubjectDetail FormalName='04015001'/>"
                "<SubjectMatter FormalName='04015000'/>"
                "<SubjectQualifier FormalName='04015001'/></SubjectCode>"
                "<SubjectCode><Subject FormalName='SEA' Scheme='desk'/><Subject FormalName=''/>"
                "</SubjectCode><Location HowPresent='Origin'>"
                "<Property FormalName='City' Value='Skarholm'/></Location>"
                "<Location HowPresent='Event'><Property FormalName='Country' Value='NOR'/>"
                "<Property FormalName='City' Value='Vik'/>"
                "<Property FormalName='Latitude' Value='60.1'/>"
                "<Property FormalName='Longitude' Value='5.2'/></Location>"
                "<Property FormalName='Keyword' Value='ferry'/></DescriptiveMetadata>",
            ),
            envelope="<TransmissionId>0123</TransmissionId><NewsService FormalName='SEA-WIRE'/>"
            "<NewsProduct FormalName='P1'/><Priority FormalName='5'/>",
        )
    )
    assert found.headline == "UPDATE 2-Ferry sails again"
    assert found.title == "Ferry sails again"
    assert found.update_kind == ["update", "correction"]
    assert found.update_number == 2
    assert found.signal == ["sig:correction"]
    assert (found.urgency, found.priority) == (3, 5)
    assert found.firstcreated == dt.datetime(2026, 3, 12, 7, tzinfo=dt.UTC)
    assert found.versioncreated == dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC)
    assert found.byline == "By MORAG SINCLAIR"
    assert found.slugline == "Ferry"
    assert found.description_text == "After a year"
    assert found.dateline is not None
    assert (found.dateline.city, found.dateline.date) == ("Skarholm", "March 12")
    assert found.creditline == "Meridian"
    assert found.copyrightnotice == "(c) Meridian 2026"
    assert found.copyrightholder == "Meridian Ltd"
    assert found.usageterms == "No archives\nOnline only\nEurope"
    assert found.keywords == ["ferry", "SEA"]
    assert found.ednote == "CORRECTS year in second paragraph"
    assert (found.language, found.language_declared) == ("en-GB", "en_gb")
    assert [genre.name for genre in found.genre] == ["Feature"]
    assert [(one.code, one.scheme) for one in found.subject] == [
        ("04015001", "IptcSubjectCodes"),
        ("04015000", "IptcSubjectCodes"),
        ("SEA", "desk"),
    ]
    assert found.located == "Skarholm"
    (place,) = found.place
    assert (place.name, place.code, place.rel) == ("Vik", "NOR", "event")
    assert place.location is not None
    assert (place.location.lat, place.location.lon) == (60.1, 5.2)
    assert found.service == "SEA-WIRE"
    assert found.transmission is not None
    assert (found.transmission.service, found.transmission.number) == ("SEA-WIRE", "0123")
    assert [source.name for source in found.infosource] == ["Port Office"]
    assert [one.uri for one in found.associations] == ["urn:newsml:meridian.example:20260312:pic"]
    assert found.altids["newsitemid"] == "ferry-1"


def test_without_a_headline_there_is_none_and_the_first_sentence_is_shown() -> None:
    document = newsml(
        item(management=managed(more='<NewsItemType FormalName="Alert"/>'), headline="")
    )
    found = one(document)
    assert found.headline is None
    assert found.title == "The ferry to Skarholm sails again."
    assert found.update_kind == ["alert"]


def test_an_alert_that_is_nothing_but_its_headline_is_an_article() -> None:
    found = one(newsml(item("", headline="FERRY AGROUND")))
    assert (found.headline, found.body_text) == ("FERRY AGROUND", None)


def test_a_formal_name_may_stand_as_text_and_a_bad_one_is_absent() -> None:
    assert one(newsml(item(management=managed(more="<Urgency>2</Urgency>")))).urgency == 2
    found = one(
        newsml(
            item(management=managed(more='<Urgency FormalName="DEFAULT"/>')),
            envelope='<Priority FormalName="0"/>',
        )
    )
    assert (found.urgency, found.priority) == (None, None)


def test_a_time_that_orders_nothing_is_absent_where_it_cannot_be_read() -> None:
    more = "<FirstCreated>at dawn</FirstCreated>"
    assert one(newsml(item(management=managed(more=more)))).firstcreated is None


def test_what_orders_revisions_must_be_readable() -> None:
    error = refused(newsml(item(management=managed(created="at dawn"))))
    assert error.where.field == "versioncreated"


@pytest.mark.parametrize("line", ["20260312", "12.3.2026 16:02:09 CET", "March 12"])
def test_a_dateline_that_is_a_time_gives_way_to_the_one_in_the_copy(line: str) -> None:
    copy = "<p>VIK, Norway (Meridian) - The quay is dry.</p>"
    found = one(newsml(item(text(copy), more_lines=f"<DateLine>{line}</DateLine>")))
    assert found.dateline is not None
    assert found.dateline.city == "Vik"
    assert found.body_text == "The quay is dry."
    bare = one(newsml(item(more_lines=f"<DateLine>{line}</DateLine>"))).dateline
    assert bare is not None
    assert (bare.text, bare.city) == (line, None)


def test_a_copyright_line_that_is_an_agency_s_name_names_the_holder() -> None:
    found = one(newsml(item(more_lines="<CopyrightLine>Meridian</CopyrightLine>")))
    assert (found.copyrightnotice, found.copyrightholder) == ("Meridian", "Meridian")
    found = one(newsml(item(more_lines="<CopyrightLine>All rights reserved</CopyrightLine>")))
    assert found.copyrightholder is None


def test_topics_name_subjects_people_and_places() -> None:
    topics = (
        "<TopicSet><Topic Duid='t1'><TopicType FormalName='SubjectMatter'/>"
        "<FormalName Scheme='IptcSubjectCodes'>04015000</FormalName>"
        "<Description xml:lang='en' Variant='Category'>TRN</Description>"
        "<Description xml:lang='fr' Variant='Name'>Transports</Description>"
        "<Description xml:lang='en' Variant='Name'>Transport</Description></Topic>"
        "<Topic Duid='t2'><TopicType FormalName='Person'/>"
        "<FormalName Scheme='who'>p7</FormalName><Description>Hamish Rennie</Description></Topic>"
        "<Topic Duid='t3'><TopicType FormalName='Company'/>"
        "<FormalName>Quay Ltd</FormalName></Topic>"
        "</TopicSet>"
    )
    metadata = (
        "<DescriptiveMetadata><Language FormalName='en'/>"
        "<SubjectCode><SubjectMatter FormalName='04015000'/></SubjectCode>"
        "<TopicOccurrence Topic='#t2' HowPresent='Prominent'/><TopicOccurrence Topic='#t3'/>"
        "<TopicOccurrence Topic='#t9'/></DescriptiveMetadata>"
    )
    within = one(newsml(item(metadata=topics + metadata)))
    above = one(newsml(topics, item(metadata=metadata)))
    for found in (within, above):
        assert [subject.name for subject in found.subject] == ["Transport"]
        (person,) = found.person
        assert (person.name, person.code, person.rel) == ("Hamish Rennie", "p7", "prominent")
        assert [organisation.name for organisation in found.organisation] == ["Quay Ltd"]


# --- the text, in whatever form ----------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        "<nitf><body><body.content><p>One.</p><p>Two.</p></body.content></body></nitf>",
        "<p>One.</p><p>Two.</p>",
        "<html><body><div>One.</div><p>Two.</p></body></html>",
        "<![CDATA[<P>One.</P><P>Two.</P>]]>",
        "&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;",
        '<![CDATA[<?xml version="1.0"?><nitf><body><body.content><p>One.</p><p>Two.</p>'
        "</body.content></body></nitf>]]>",
        "One.\n\nTwo.",
        "\n   One.\n\n   Two.\n",
    ],
)
def test_a_text_is_read_in_whatever_form(data: str) -> None:
    assert one(newsml(item(text(data)))).body_text == "One.\n\nTwo."


def test_tags_within_lines_do_not_take_the_lines_away() -> None:
    data = "<![CDATA[Fire on the <b>quay</b> of Vik.\n\nNobody hurt.<ref id='1'/>]]>"
    assert one(newsml(item(text(data)))).body_text == "Fire on the quay of Vik.\n\nNobody hurt."


def test_data_in_an_xml_of_their_own_keep_their_words_apart() -> None:
    result = "<Result><Home>Vik</Home><Score>1</Score></Result>"
    assert one(newsml(item(text(result)))).body_text == "Vik 1"
    assert one(newsml(item(text(f"<![CDATA[{result}]]>")))).body_text == "Vik 1"


def test_of_equivalents_one_is_read_in_the_language_of_the_item() -> None:
    both = text("<p>English.</p>", **{"xml:lang": "en"}) + text(
        "<p>Norsk.</p>", **{"xml:lang": "nb"}
    )
    listed = f"<NewsComponent EquivalentsList='yes'>{both}</NewsComponent>"
    assert one(newsml(item(listed))).body_text == "English."
    document = newsml(item(listed)).replace("<NewsItem>", "<NewsItem xml:lang='nb'>")
    assert one(document).body_text == "Norsk."
    assert one(newsml(item(both))).body_text == "English.\n\nNorsk."


def test_of_several_contents_of_one_component_the_first_text_is_read() -> None:
    contents = (
        "<ContentItem Href='a.pdf'><MimeType FormalName='application/pdf'/></ContentItem>"
        "<ContentItem><Format FormalName='NITF'/><DataContent><p>Text.</p></DataContent>"
        "</ContentItem>"
        "<ContentItem><Format FormalName='ascii'/><DataContent>Text.</DataContent></ContentItem>"
    )
    assert one(newsml(item(contents))).body_text == "Text."


def test_title_lead_and_body_are_one_story_and_a_further_part_has_its_headline() -> None:
    parts = (
        text("Ferry sails again", "Title")
        + text("Lead.", "Lead")
        + text("Body.", "Body")
        + text("In short.", "Abstract")
        + f"<NewsComponent>{lines('What it cost')}"
        "<ContentItem><DataContent>Much.</DataContent></ContentItem></NewsComponent>"
    )
    assert one(newsml(item(parts, headline=None))).headline == "Ferry sails again"
    found = one(newsml(item(parts)))
    assert found.body_text == "Lead.\n\nBody.\n\nWhat it cost\n\nMuch."
    assert found.crossheads == ["What it cost"]
    assert found.description_text == "In short."


def test_a_title_that_is_a_part_is_the_headline_where_no_line_is() -> None:
    parts = text("Ferry sails again", "Title") + text("Body.", "Body")
    found = one(newsml(item(parts, headline=None)))
    assert (found.headline, found.body_text) == ("Ferry sails again", "Body.")


# --- pictures ----------------------------------------------------------------------------------


def test_pictures_of_a_story_come_with_caption_and_credit_in_their_largest_form() -> None:
    picture = (
        "<NewsComponent Duid='photo0'>"
        + lines("The ferry", "<CreditLine>Foto Fjord</CreditLine><ByLine>Liv Berg</ByLine>")
        + "<AdministrativeMetadata><Provider><Party FormalName='Foto Fjord'/></Provider>"
        + "</AdministrativeMetadata>"
        + text("<p>The ferry at the quay.</p>", "Caption")
        + photo("small.jpg", "Thumbnail")
        + photo("large.jpg", "HighDef")
        + "</NewsComponent>"
    )
    found = one(newsml(item(text() + picture)))
    (association,) = found.associations
    assert (association.uri, association.caption, association.creditline) == (
        "large.jpg",
        "The ferry at the quay.",
        "Foto Fjord",
    )
    assert found.body_text == "The ferry to Skarholm sails again. It was repaired in May."
    assert (found.byline, found.creditline, found.provider_declared) == (
        None,
        None,
        "meridian.example",
    )


def test_pictures_with_lines_of_their_own_are_several_and_forms_of_one_are_one() -> None:
    def with_lines(name: str) -> str:
        return photo(f"{name}.jpg", before=lines(name.title()))

    found = one(newsml(item(text() + with_lines("ferry") + with_lines("quay"))))
    assert [(one.uri, one.caption) for one in found.associations] == [
        ("ferry.jpg", "Ferry"),
        ("quay.jpg", "Quay"),
    ]
    caption = text("<p>The ferry.</p>", "Caption")
    found = one(newsml(item(text() + caption + photo("small.jpg", "Preview") + photo("a.jpg"))))
    assert [(one.uri, one.caption) for one in found.associations] == [("a.jpg", "The ferry.")]


def test_a_picture_with_a_caption_is_a_picture() -> None:
    parts = (
        text("<p>The ferry at the quay.</p>", "Caption")
        + photo("a.jpg")
        + photo("b.jpg", "Preview")
    )
    assert skipped(newsml(item(parts))).reason == "picture without text"


def test_a_film_with_a_script_is_an_article_with_what_is_said_of_it() -> None:
    film = (
        "<NewsComponent xml:lang='nb'><Role FormalName='Video'/>"
        + lines("Ferja", "<CreditLine>Meridian</CreditLine>")
        + text("Ferja", "Title")
        + text("Pictures of the ferry, without sound.", "Body")
        + "<NewsComponent><ContentItem Href='a.mp4'><Format FormalName='Mpeg4'/></ContentItem>"
        + "</NewsComponent></NewsComponent>"
    )
    found = one(newsml(item(film)))
    assert found.body_text == "Pictures of the ferry, without sound."
    assert found.headline == "Ferry sails again"
    assert (found.creditline, found.language) == ("Meridian", "nb")
    assert [association.uri for association in found.associations] == ["a.mp4"]


# --- whatever comes ----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=40),
    st.sampled_from(
        ["Status", "Urgency", "ThisRevisionCreated", "HeadLine", "DataContent", "NewsItemId"]
    ),
    st.binary(max_size=4),
)
def test_nothing_that_comes_breaks_it(said: str, name: str, noise: bytes) -> None:
    start, _, end = newsml(item()).partition(f"<{name}")
    document = f"{start}<{name} FormalName='x'>{said}</{name}>".encode("utf-8", "replace")
    for found in read(document + noise + f"<{name}{end}".encode()):
        if isinstance(found, InputError):
            assert "failed" not in found.what
            assert "schema" not in found.what


# --- encoded contents ----------------------------------------------------------------------------


def encoded(value: bytes, before: str = "") -> str:
    held = base64.b64encode(value).decode()
    return (
        f'<NewsComponent><ContentItem>{before}<Encoding Notation="Base64"><DataContent>{held}'
        "</DataContent></Encoding></ContentItem></NewsComponent>"
    )


def test_a_text_in_base64_is_the_copy() -> None:
    assert one(newsml(item(encoded(STORY.encode())))).body_text == (
        "The ferry to Skarholm sails again. It was repaired in May."
    )
    plain = encoded("Für Skarholm.\n\nMehr.".encode("cp1252"))
    assert one(newsml(item(plain))).body_text == "Für Skarholm.\n\nMehr."


@pytest.mark.parametrize("value", [bytes(range(256)), b"\x89PNG\r\n\x1a\n\x00\x00"])
def test_a_picture_in_base64_is_none(value: bytes) -> None:
    found = skipped(newsml(item(encoded(value, '<MimeType FormalName="image/png"/>'))))
    assert "picture" in found.reason


def test_a_kill_in_editorial_information_is_obeyed_where_no_status_is_sent() -> None:
    note = (
        "<AdministrativeMetadata>"
        '<Property FormalName="EditorialInfo" Value="KILL KILL KILL - do not use"/>'
        "</AdministrativeMetadata>"
    )
    silent = managed(status=None)
    assert one(newsml(item(management=silent, metadata=note))).pubstatus == "canceled"
