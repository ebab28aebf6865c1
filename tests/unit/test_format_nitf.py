"""NITF: documents with what their head says of them, and the copy that NewsML carries too."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dateline import formats
from dateline.article import Article
from dateline.errors import InputError
from dateline.formats import Skipped
from dateline.formats.nitf import Nitf, copy
from tests.reading import read_as

ISSUED = '<date.issue norm="20260312T080000+0100"/>'
STORY = "<p>The ferry to Skarholm sails again. It was repaired in May.</p>"


def read(value: str | bytes) -> list[formats.Item]:
    """Items of a document."""
    return read_as(
        "nitf", value, received=dt.datetime(2026, 5, 2, tzinfo=dt.UTC), location="test.xml"
    )


def nitf(
    body: str = STORY,
    *,
    docdata: str = ISSUED,
    docid: str = '<doc-id id-string="ferry-1" regsrc="Meridian"/>',
    status: str = "",
    head: str = "",
    body_head: str = "<hedline><hl1>Ferry sails again</hl1></hedline>",
    body_end: str = "",
) -> str:
    """A document. ``status``: attributes of docdata."""
    return (
        f"<nitf><head>{head}<docdata {status}>{docid}{docdata}</docdata></head><body>"
        f"<body.head>{body_head}</body.head><body.content>{body}</body.content>{body_end}"
        "</body></nitf>"
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


# --- whose document, and which -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "known"),
    [
        (b"<nitf>", True),
        (b"<nitf ", True),
        (b'<?xml version="1.0"?>\n<!DOCTYPE nitf SYSTEM "nitf.dtd">\n<nitf version="x">', True),
        (b'<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/">', True),
        (b"<NewsML>", False),
        (b"<nitfs>", False),
        (b"nitf", False),
        (b"", False),
    ],
)
def test_it_is_known_by_its_root(head: bytes, known: bool) -> None:
    assert Nitf().recognises(head) is known


def test_versions_of_a_dpa_story_have_the_identity_that_they_have_in_other_formats() -> None:
    story = "urn:newsml:dpa.com:20090101:260312-99-000123"
    for sent in (
        "urn-newsml-dpa-com-20090101-260312-99-000123:1773298802000",
        "urn-newsml-dpa-com-20090101-260312-99-000123:1773299902000",
        "urn-newsml-dpa-com-20090101-260312-99-000123",
    ):
        found = one(nitf(docid=f'<doc-id id-string="{sent}" regsrc="dpa-infocom"/>'))
        assert (found.uri, found.provider) == (story, "dpa")
        assert found.altids["doc-id"] == sent


def test_versions_of_an_ntb_story_are_counted_in_the_id() -> None:
    first, second = (
        one(
            nitf(
                docid=f'<doc-id id-string="NTB0a1b_{number:02}" regsrc="NTB"/>',
                docdata=f'{ISSUED}<du-key key="ferje" version="{number + 1}"/>',
            )
        )
        for number in (0, 1)
    )
    assert first.uri == second.uri == "NTB0a1b"
    assert (first.version, second.version) == (1, 2)
    assert first.altids["du-key"] == "ferje"


def test_without_an_identity_the_text_is_one() -> None:
    def uri(body: str) -> str:
        return one(nitf(body, docid='<doc-id regsrc="AP"/>')).uri

    assert uri("<p>Scores.</p>").startswith("urn:dateline:sha256:")
    assert uri("<p>Scores.</p>") == uri("<p> Scores. </p>")
    assert uri("<p>Scores.</p>") != uri("<p>Other scores.</p>")


def test_whose_a_document_is_says_its_head_before_its_body() -> None:
    registered = '<doc-id id-string="1" regsrc="desk-7"/>'
    sent = '<del-list><from-src src-name="AP" level-number="1"/></del-list>'
    holder = '<doc.copyright holder="Someone" year="2026"/>'
    body = "<distributor>Meridian</distributor>"
    nameless = '<doc-id id-string="1"/>'
    for docid, docdata, declared in [
        (registered, sent + holder, "desk-7"),
        (nameless, holder + sent, "AP"),
        (nameless, holder, "Someone"),
        (nameless, "", "Meridian"),
    ]:
        assert one(nitf(docid=docid, docdata=docdata, body_head=body)).provider_declared == declared


def test_a_cancellation_without_a_body_has_the_provider_of_its_story() -> None:
    docid = '<doc-id id-string="1" regsrc="SHIPWIRE"/>'
    story = one(nitf(docid=docid, body_head="<distributor>Meridian</distributor>"))
    canceled = 'management-status="canceled"'
    notice = one(f"<nitf><head><docdata {canceled}>{docid}{ISSUED}</docdata></head></nitf>")
    assert (story.provider, notice.provider) == ("shipwire", "shipwire")


@pytest.mark.parametrize("status", ["canceled", "withheld"])
def test_a_notice_that_may_not_reach_its_story_is_obeyed_and_reported(status: str) -> None:
    told = f'management-status="{status}"'
    notice, error = read(nitf("", status=told, docid='<doc-id id-string="1"/>', body_head=""))
    assert isinstance(notice, Article)
    assert (notice.uri, notice.pubstatus, notice.provider) == ("1", status, None)
    assert isinstance(error, InputError)
    assert error.where.field == "doc-id"
    absolute = '<doc-id id-string="urn:ferry:1"/>'
    assert one(nitf("", status=told, docid=absolute, body_head="")).pubstatus == status


# --- when it may be shown ----------------------------------------------------------------------

RELEASE = '<date.release norm="20260313T060000+0100"/>'


@pytest.mark.parametrize(
    ("status", "pubstatus"),
    [
        ("", "usable"),
        ('management-status="usable"', "usable"),
        ('management-status="withheld"', "withheld"),
        ('management-status="canceled"', "canceled"),
    ],
)
def test_status(status: str, pubstatus: str) -> None:
    assert one(nitf(status=status)).pubstatus == pubstatus


def test_a_status_that_nobody_knows_is_refused() -> None:
    assert refused(nitf(status='management-status="parked"')).where.field == "pubstatus"


def test_an_embargo_ends_with_the_release() -> None:
    found = one(nitf(status='management-status="embargoed"', docdata=ISSUED + RELEASE))
    assert found.embargoed == dt.datetime(2026, 3, 13, 5, tzinfo=dt.UTC)
    assert found.pubstatus == "usable"


def test_a_release_after_the_issue_is_an_embargo_though_the_status_is_usable() -> None:
    found = one(nitf(status='management-status="usable"', docdata=ISSUED + RELEASE))
    assert found.embargoed == dt.datetime(2026, 3, 13, 5, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "norm", ["20260312T080000+0100", "20260311T080000+0100", "", "YYYYMMDD000000-HHMM"]
)
def test_another_release_is_none(norm: str) -> None:
    found = one(nitf(docdata=f'{ISSUED}<date.release norm="{norm}"/>'))
    assert (found.embargoed, found.pubstatus) == (None, "usable")


@pytest.mark.parametrize("release", ["", '<date.release norm=""/>', '<date.release norm="soon"/>'])
def test_an_embargo_without_a_readable_end_is_held(release: str) -> None:
    found = one(nitf(status='management-status="embargoed"', docdata=ISSUED + release))
    assert (found.embargoed, found.pubstatus) == (None, "withheld")


def test_words_order_an_embargo_too() -> None:
    note = '<ed-msg info="Embargoed until 18.00 GMT 12 March 2026"/>'
    found = one(nitf(docdata=ISSUED + note))
    assert found.embargoed == dt.datetime(2026, 3, 12, 18, tzinfo=dt.UTC)


# --- what it says of another -------------------------------------------------------------------


def other(status: str | None, own: str = "usable", idref: str = "ferry-0") -> str:
    said = f' management-idref-status="{status}"' if status else ""
    return f'management-status="{own}" management-doc-idref="{idref}"{said}'


def test_a_document_withdraws_another_one() -> None:
    own, withdrawn = read(nitf(status=other("canceled")))
    assert isinstance(own, Article)
    assert isinstance(withdrawn, Article)
    assert (own.uri, own.pubstatus) == ("ferry-1", "usable")
    assert (withdrawn.uri, withdrawn.pubstatus) == ("ferry-0", "canceled")
    assert withdrawn.provider == own.provider
    assert withdrawn.versioncreated == own.versioncreated


def test_a_status_without_one_of_the_other_is_the_other_s_too() -> None:
    own, withdrawn = read(nitf(status=other(None, own="canceled")))
    assert isinstance(own, Article)
    assert isinstance(withdrawn, Article)
    assert (own.pubstatus, withdrawn.pubstatus) == ("canceled", "canceled")


@pytest.mark.parametrize("status", ["withheld", "embargoed"])
def test_a_document_keeps_another_one_back(status: str) -> None:
    _, held = read(nitf(status=other(status)))
    assert isinstance(held, Article)
    assert (held.uri, held.pubstatus, held.update_kind) == ("ferry-0", "withheld", ["hold"])


def test_a_document_replaces_another_one() -> None:
    own, withdrawn = read(nitf(status=other("superseded")))
    assert isinstance(own, Article)
    assert isinstance(withdrawn, Article)
    assert own.replaces == ["ferry-0"]
    assert (withdrawn.uri, withdrawn.pubstatus) == ("ferry-0", "canceled")


@pytest.mark.parametrize("status", [other("usable"), other("canceled", idref="ferry-1")])
def test_a_document_that_says_nothing_new_of_another_one_is_one_item(status: str) -> None:
    assert len(read(nitf(status=status))) == 1


def test_a_notice_that_cannot_be_read_itself_withdraws_all_the_same() -> None:
    own, withdrawn = read(nitf(status=other("canceled"), docdata='<date.issue norm="at dawn"/>'))
    assert isinstance(own, InputError)
    assert isinstance(withdrawn, Article)
    assert (withdrawn.uri, withdrawn.pubstatus) == ("ferry-0", "canceled")


def test_a_notice_without_an_identity_or_a_text_withdraws_all_the_same() -> None:
    docid = '<doc-id regsrc="Meridian"/>'
    notice = nitf("", status=other("canceled", own="canceled"), docid=docid, body_head="")
    (withdrawn,) = read(notice)
    assert isinstance(withdrawn, Article)
    assert (withdrawn.uri, withdrawn.pubstatus) == ("ferry-0", "canceled")


def test_a_cancellation_that_does_not_say_of_what_is_refused() -> None:
    error = refused(nitf(status='management-status="canceled"', docid='<doc-id regsrc="AP"/>'))
    assert error.where.field == "doc-id"


def test_a_cancellation_without_a_text_is_never_skipped() -> None:
    found = one(nitf("", status='management-status="canceled"', body_head=""))
    assert (found.uri, found.pubstatus, found.body_text) == ("ferry-1", "canceled", None)


@pytest.mark.parametrize("status", ["withheld", "embargoed"])
def test_a_notice_without_a_text_that_keeps_a_story_back_is_never_skipped(status: str) -> None:
    found = one(nitf("", status=f'management-status="{status}"', body_head=""))
    assert (found.uri, found.pubstatus) == ("ferry-1", "withheld")


def test_an_embargo_ends_at_midnight_in_its_own_zone() -> None:
    release = '<date.release norm="20270512000000-0400"/>'
    found = one(nitf(docdata=ISSUED + release))
    assert found.embargoed == dt.datetime(2027, 5, 12, 4, tzinfo=dt.UTC)


def test_a_document_without_a_text_is_skipped() -> None:
    (found,) = read(nitf("", body_head=""))
    assert found == Skipped(reason="item without text", uri="ferry-1")
    picture = '<media media-type="image"><media-caption>The ferry</media-caption></media>'
    (found,) = read(nitf(picture, body_head=""))
    assert found == Skipped(reason="picture without text", uri="ferry-1")


# --- fields ------------------------------------------------------------------------------------


def test_a_whole_document() -> None:
    found = one(
        nitf(
            head='<meta name="anpa-keyword" content="BC-Ferry,2nd Ld-Writethru"/>'
            '<meta name="anpa-sequence" content="0417"/><meta name="service" content="SEA"/>'
            '<meta name="priority" content="4"/><meta name="category" content="t"/>'
            '<meta name="keywords" content="sea, ferry"/>'
            '<tobject tobject.type="news"><tobject.property tobject.property.type="Feature"/>'
            '<tobject.subject tobject.subject.refnum="04015001" tobject.subject.type="Economy" '
            'tobject.subject.matter="Transport" tobject.subject.detail="Shipping"/>'
            '<tobject.subject tobject.subject.ipr="Meridian" tobject.subject.code="SEA"/>'
            "</tobject>",
            docdata=f'{ISSUED}<date.expire norm="20260412T080000+0100"/><urgency ed-urg="2"/>'
            '<correction info="Corrects the year" id-string="ferry-0"/>'
            '<ed-msg info="Adds quote"/><fixture fix-id="sea-diary"/><doc-scope scope="Coast"/>'
            '<evloc city="Vik" iso-cc="NOR"/><key-list><keyword key="ferry"/>'
            '<keyword>quay</keyword></key-list><doc.copyright holder="Meridian Ltd" year="2026"/>'
            '<doc.rights type="Online" limitations="No archives" geography="Europe"/>'
            "<identified-content><person value='p7' idsrc='who'>Hamish Rennie</person>"
            "<org>Quay Ltd</org><location><city>Vik</city><country>Norway</country></location>"
            "<location location-code='7'/><classifier type='topic' value='c1'>Ferries</classifier>"
            "</identified-content>",
            body_head="<hedline><hl1>Ferry sails again</hl1><hl2>After a year</hl2></hedline>"
            "<note type='npa'><body.content><p>Call the desk</p></body.content></note>"
            "<note><p>Pictures to follow</p></note>"
            "<byline>By <person>MORAG SINCLAIR</person><byttl>Sea Editor</byttl></byline>"
            "<distributor>Meridian Wire</distributor>"
            "<dateline><location><city>SKARHOLM</city><country>Norway</country></location>"
            "<story.date norm='20260312T070000+0100'>March 12</story.date></dateline>"
            "<abstract><p>In short.</p></abstract><copyrite>(c) Meridian</copyrite>",
            body="<p>SKARHOLM, Norway (Meridian) - The ferry of <org value='q'>Quay Ltd</org> and "
            "<person>Liv Berg's</person> crew sails again.</p>",
            body_end="<body.end><tagline>Ola Nes contributed.</tagline></body.end>",
        ).replace("<nitf>", "<nitf baselang='en-gb'>")
    )
    assert (found.headline, found.description_text) == ("Ferry sails again", "In short.")
    assert found.slugline == "BC-Ferry,2nd Ld-Writethru"
    assert found.update_kind == ["lead", "writethru", "correction"]
    assert found.update_number == 2
    assert found.byline == "By MORAG SINCLAIR Sea Editor"
    assert found.dateline is not None
    assert found.dateline.text == "SKARHOLM, Norway March 12"
    assert (found.dateline.city, found.dateline.date) == ("Skarholm", "March 12")
    assert found.located == "SKARHOLM"
    assert found.body_text == (
        "The ferry of Quay Ltd and Liv Berg's crew sails again.\n\nOla Nes contributed."
    )
    assert found.versioncreated == dt.datetime(2026, 3, 12, 7, tzinfo=dt.UTC)
    assert found.firstcreated == found.versioncreated
    assert found.contentcreated == dt.datetime(2026, 3, 12, 6, tzinfo=dt.UTC)
    assert found.expires == dt.datetime(2026, 4, 12, 7, tzinfo=dt.UTC)
    assert (found.urgency, found.priority) == (2, 4)
    assert found.ednote == "Adds quote\nCorrects the year\nPictures to follow"
    assert found.ednote_nonpublic == "Call the desk"
    assert found.keywords == ["ferry", "quay", "sea"]
    assert [(one.name, one.scheme, one.code) for one in found.genre] == [
        ("news", "tobject.type", None),
        ("Feature", None, None),
        (None, "fixture", "sea-diary"),
    ]
    assert [(one.code, one.scheme, one.name) for one in found.subject] == [
        ("04015001", "IptcSubjectCodes", "Shipping"),
        ("SEA", "Meridian", None),
        (None, "doc-scope", "Coast"),
        ("t", "category", None),
        ("c1", "topic", "Ferries"),
    ]
    assert (found.service, found.copyrightholder) == ("SEA", "Meridian Ltd")
    assert found.transmission is not None
    assert (found.transmission.service, found.transmission.number) == ("SEA", "0417")
    assert found.copyrightnotice == "(c) Meridian"
    assert found.usageterms == "No archives\nOnline\nEurope"
    assert [source.name for source in found.infosource] == ["Meridian Wire"]
    assert [(one.name, one.code) for one in found.person] == [
        ("Hamish Rennie", "p7"),
        ("Liv Berg", None),
    ]
    assert [organisation.name for organisation in found.organisation] == ["Quay Ltd"]
    assert [(one.name, one.code, one.rel) for one in found.place] == [
        ("Vik", "NOR", "event"),
        ("Vik, Norway", None, None),
    ]
    assert {one.creator for one in (*found.person, *found.place)} == {"meridian"}
    assert found.language == "en-GB"


def test_the_title_is_the_headline_where_no_other_is() -> None:
    found = one(nitf(head="<title>1 FERRY Vik</title>", body_head=""))
    assert found.headline == "1 FERRY Vik"


def test_one_single_key_is_the_slug() -> None:
    keys = '<key-list><keyword key="SEA FERRY"/></key-list>'
    assert one(nitf(docdata=ISSUED + keys)).slugline == "SEA FERRY"
    assert one(nitf(docdata=ISSUED + keys + keys)).slugline is None


@pytest.mark.parametrize(
    ("norm", "instant", "precision"),
    [
        ("20260312T080000+0100", dt.datetime(2026, 3, 12, 7, tzinfo=dt.UTC), None),
        ("20260312080000Z", dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC), None),
        ("2026-03-12T08:00:00+01:00", dt.datetime(2026, 3, 12, 7, tzinfo=dt.UTC), None),
        ("2026-03-12 08:00:00+00:00", dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC), None),
        ("20260312T000000+0100", dt.datetime(2026, 3, 11, 23, tzinfo=dt.UTC), None),
        # the provider's zone
        ("20260312T080000", dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC), None),
        # what the standard recommends where there is no time of day
        ("20260312000000", dt.datetime(2026, 3, 12, tzinfo=dt.UTC), "day"),
        ("20260312000000-0500", dt.datetime(2026, 3, 12, 5, tzinfo=dt.UTC), None),
        ("20260312", dt.datetime(2026, 3, 12, tzinfo=dt.UTC), "day"),
    ],
)
def test_times(norm: str, instant: dt.datetime, precision: str | None) -> None:
    found = one(nitf(docdata=f'<date.issue norm="{norm}"/>'))
    assert (found.versioncreated, found.date_precision) == (instant, precision)


def test_what_orders_versions_must_be_readable_and_the_rest_may_be_absent() -> None:
    assert refused(nitf(docdata='<date.issue norm="dawn"/>')).where.field == "versioncreated"
    found = one(nitf(docdata=f'{ISSUED}<date.expire norm="YYYYMMDD"/><urgency ed-urg="high"/>'))
    assert (found.expires, found.urgency) == (None, None)


def test_the_day_of_publication_stands_in_for_the_issue() -> None:
    found = one(nitf(docdata='<pubdata date.publication="20260312T080000Z"/>'))
    assert found.versioncreated == dt.datetime(2026, 3, 12, 8, tzinfo=dt.UTC)


def test_a_time_in_the_dateline_is_no_part_of_it() -> None:
    body_head = (
        "<hedline><hl1>Ferry sails again</hl1></hedline>"
        "<dateline><story.date norm='20260312T080000Z'>20260312T080000Z</story.date></dateline>"
    )
    found = one(nitf("<p>Vik, 12 mar (EFE).- La nave zarpa.</p>", body_head=body_head))
    assert found.dateline is not None
    assert (found.dateline.text, found.dateline.city) == ("Vik, 12 mar (EFE)", "Vik")
    assert found.body_text == "La nave zarpa."
    assert one(nitf(body_head=body_head)).dateline is None


def test_the_place_of_the_dateline_is_taken_off_the_body_too() -> None:
    body_head = "<hedline><hl1>Ferry</hl1></hedline><dateline><location>Vik</location></dateline>"
    assert (
        one(nitf("<p>VIK - The quay is dry.</p>", body_head=body_head)).body_text
        == "The quay is dry."
    )
    found = one(nitf("<p>Vik-based sailors wait.</p>", body_head=body_head))
    assert found.body_text == "Vik-based sailors wait."


def test_a_document_that_is_not_well_formed_is_read_and_says_so() -> None:
    found = one(nitf("<p>See x.example/a?b=1&c=2 for more.</p>"))
    assert found.body_text == "See x.example/a?b=1&c=2 for more."
    assert found.provenance.flaw


# --- the copy ----------------------------------------------------------------------------------


def body(content: str) -> list[str]:
    """Paragraphs of a body."""
    return copy(etree.fromstring(f"<body><body.content>{content}</body.content></body>")).paragraphs


def test_crossheads_are_known() -> None:
    found = one(nitf("<p>First.</p><hl2>What it cost</hl2><p>Much.</p>"))
    assert found.body_text == "First.\n\nWhat it cost\n\nMuch."
    assert found.crossheads == ["What it cost"]


def test_tables_keep_their_lines() -> None:
    table = (
        "<table><tr><th>For</th><th>Against</th></tr><tr><td>412</td><td>37</td></tr>"
        "<tr><td>a long line that would look as if a wire had broken it here</td><td/></tr></table>"
    )
    assert body(f"<p>Votes:</p><block>{table}</block><p>Over.</p>") == [
        "Votes:",
        "For\tAgainst\n412\t37\na long line that would look as if a wire had broken it here",
        "Over.",
    ]


def test_lines_that_a_wire_has_broken_are_joined_but_a_table_s_are_not() -> None:
    broken = (
        "The harbour of Skarholm was closed on Thursday while divers looked<br/>"
        "for the anchor that the ferry had lost there in the autumn storms,<br/>"
        "and it stayed closed until the evening, the port office said in a<br/>"
        "statement."
    )
    rows = "<table>" + "<tr><td>results of the local vote on the quay in the north</td></tr>" * 3
    found = body(f"<p>{broken}</p>{rows}</table>")
    assert "\n" not in found[0]
    assert found[0].endswith("said in a statement.")
    assert found[1].count("\n") == 2


def test_lines_that_somebody_meant_stay() -> None:
    assert body("<p>Ferry office<br/>12 Quay Road<br/>Skarholm<br/>Norway</p>") == [
        "Ferry office\n12 Quay Road\nSkarholm\nNorway"
    ]


def test_lists_quotes_and_layout_are_paragraphs() -> None:
    content = (
        "<ul><li>One</li><li>Two</li></ul>"
        "<bq><block><p>Quoted.</p></block><credit>A man</credit></bq>"
        "<pre>Vik   1\nHavn  2</pre>"
    )
    assert body(content) == ["One", "Two", "Quoted.", "A man", "Vik   1\nHavn  2"]


def test_code_that_embeds_something_is_no_text() -> None:
    embedded = "&lt;div class='x'&gt;&lt;/div&gt;&lt;script src='y'&gt;&lt;/script&gt;"
    assert body(f"<p>Read.</p><p>{embedded}</p><p>a &lt; b</p>") == ["Read.", "a < b"]


def test_pictures_and_notes_stand_apart() -> None:
    content = (
        "<p>First.</p><media media-type='image'><media-metadata name='media-id' value='pic-7'/>"
        "<media-reference source='small.jpg'/><media-caption><p>The <person>Liv Berg</person></p>"
        "</media-caption><media-producer><person>Ola Nes</person></media-producer></media>"
        "<media><media-reference data-location='#photo0'/></media>"
        "<note type='npa'><p>Telephone 12345</p></note>"
        "<note noteclass='cpyrtnote'><p>(c) M</p></note>"
        "<p>Second.</p>"
    )
    found = one(nitf(content))
    assert found.body_text == "First.\n\nSecond."
    (association,) = found.associations
    assert (association.uri, association.caption, association.creditline) == (
        "pic-7",
        "The Liv Berg",
        "Ola Nes",
    )
    assert (found.ednote_nonpublic, found.copyrightnotice) == ("Telephone 12345", "(c) M")
    assert found.person == []


@pytest.mark.parametrize(
    "source",
    [
        "<nitf><body><body.content><p>One.</p></body.content></body></nitf>",
        '<nitf xmlns="http://iptc.org/std/NITF/2006-10-18/"><body><body.content><p>One.</p>'
        "</body.content></body></nitf>",
        "<body><body.content><block><p>One.</p></block></body.content></body>",
        "<html><head><title>x</title></head><body><p>One.</p></body></html>",
        "<inlineXML><p>One.</p></inlineXML>",
    ],
)
def test_the_copy_is_found_in_whatever_holds_it(source: str) -> None:
    assert copy(etree.fromstring(source)).paragraphs == ["One."]


# --- whatever comes ----------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=40),
    st.sampled_from(["doc-id", "date.issue", "hl1", "p", "docdata", "body.content"]),
    st.binary(max_size=4),
)
def test_nothing_that_comes_breaks_it(said: str, name: str, noise: bytes) -> None:
    start, _, end = nitf().partition(f"<{name}")
    document = f"{start}<{name} norm='x'>{said}</{name}>".encode("utf-8", "replace")
    for found in read(document + noise + f"<{name}{end}".encode()):
        if isinstance(found, InputError):
            assert "failed" not in found.what
            assert "schema" not in found.what


def test_the_first_block_may_hold_byline_and_dateline() -> None:
    block = "<block><dateline>PARIS</dateline><byline>By Me</byline><p>First.</p></block>"
    further = "<block><byline>By You</byline><p>Second.</p></block>"
    found = one(nitf(block + further))
    assert (found.byline, found.body_text) == ("By Me", "First.\n\nBy You\n\nSecond.")
    assert found.dateline is not None
    assert found.dateline.city == "Paris"
    headed = one(nitf(block, body_head="<byline><person>A. Other</person></byline>"))
    assert headed.byline == "A. Other"


def test_a_message_to_editors_kills_where_no_status_is_sent() -> None:
    kill = '<ed-msg info="KILL KILL KILL - do not use"/>'
    assert one(nitf(docdata=ISSUED + kill)).pubstatus == "canceled"
