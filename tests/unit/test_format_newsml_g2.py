"""NewsML-G2: what the standard means by its elements, and what agencies make of it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline import formats, providers
from dateline.article import Article
from dateline.errors import DatelineError, InputError, UsageError, Where
from dateline.formats import Skipped
from tests.reading import read_as

NAMESPACE = "http://iptc.org/std/nar/2006-10-01/"


def read(value: str | bytes) -> list[formats.Item]:
    """Items of a document."""
    return read_as(
        "newsml-g2", value, received=dt.datetime(2026, 1, 2, tzinfo=dt.UTC), location="test.xml"
    )


def item(
    meta: str = "",
    content: str = "",
    body: str = "<p>Der Damm hält.</p>",
    *,
    attributes: str = 'guid="urn:test:1"',
    kind: str = "text",
    rights: str = "",
    name: str = "newsItem",
    contents: str | None = None,
) -> str:
    """One item without the message around it."""
    if contents is None:
        contents = (
            '<inlineXML contenttype="application/xhtml+xml">'
            f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html></inlineXML>'
        )
    return (
        f'<{name} xmlns="{NAMESPACE}" standard="NewsML-G2" {attributes}>'
        f"<rightsInfo>{rights}</rightsInfo>"
        f'<itemMeta><itemClass qcode="ninat:{kind}"/>{meta}</itemMeta>'
        f"<contentMeta>{content}</contentMeta>"
        f"<contentSet>{contents}</contentSet></{name}>"
    )


def message(*items: str, header: str = "") -> str:
    return (
        f'<newsMessage xmlns="{NAMESPACE}"><header>{header}</header>'
        f"<itemSet>{''.join(items)}</itemSet></newsMessage>"
    )


def articles(value: str | bytes) -> list[Article]:
    found = read(value)
    assert all(isinstance(one, Article) for one in found), found
    return [one for one in found if isinstance(one, Article)]


def article(*args: Any, **kwargs: Any) -> Article:
    """The article of one such item."""
    (found,) = articles(item(*args, **kwargs))
    return found


def skipped(value: str) -> Skipped:
    (found,) = read(value)
    assert isinstance(found, Skipped), found
    return found


def refused(value: str) -> DatelineError:
    (found,) = read(value)
    assert isinstance(found, InputError), found
    return found


def test_a_whole_item() -> None:
    (found,) = articles(
        message(
            item(
                '<provider qcode="nprov:dpa"><name>dpa</name></provider>'
                "<versionCreated>2025-04-28T07:15:00+02:00</versionCreated>"
                "<firstCreated>2025-04-28T05:00:00Z</firstCreated>"
                '<pubStatus qcode="stat:usable"/><service qcode="dpasrv:bdt"><name>Basis</name>'
                "</service><edNote>Achtung, neue Zahlen</edNote>"
                '<signal qcode="sig:correction"/>',
                "<urgency>2</urgency><contentCreated>2025-04-27T20:00:00Z</contentCreated>"
                "<located><name>Musterstadt</name></located>"
                '<infoSource literal="Feuerwehr" role="isrol:originfo"/>'
                '<altId type="x:number">17</altId><language tag="de"/>'
                '<genre qcode="genre:Current"><name>Bericht</name></genre>'
                '<subject qcode="medtop:20000139"><name>Notfall</name></subject>'
                "<slugline>Wetter/Damm</slugline><headline>Damm &amp; Deich halten</headline>"
                "<by>Von Max Muster</by><creditline>dpa</creditline>"
                '<description role="drol:summary">Kurz gesagt.</description>'
                "<keyword>Damm</keyword><keyword> Deich </keyword><keyword/>",
                "<p>Musterstadt (dpa) - Erster Absatz.</p><h2>Kopf</h2><p>Zweiter.</p>",
                attributes='guid="urn:newsml:dpa.com:20090101:x-1" version="3" xml:lang="de"',
                rights='<copyrightHolder literal="dpa"/><copyrightNotice>(c) dpa</copyrightNotice>'
                "<usageTerms>Nur intern</usageTerms>",
            ),
            header="<sender>dpa.com</sender><transmitId>0123</transmitId><priority>5</priority>",
        )
    )
    assert (found.uri, found.version) == ("urn:newsml:dpa.com:20090101:x-1", 3)
    assert (found.provider, found.provider_declared, found.service) == ("dpa", "dpa", "bdt")
    assert found.versioncreated == dt.datetime(2025, 4, 28, 5, 15, tzinfo=dt.UTC)
    assert found.firstcreated == dt.datetime(2025, 4, 28, 5, tzinfo=dt.UTC)
    assert found.contentcreated == dt.datetime(2025, 4, 27, 20, tzinfo=dt.UTC)
    assert (found.headline, found.slugline) == ("Damm & Deich halten", "Wetter/Damm")
    assert (found.byline, found.creditline) == ("Von Max Muster", "dpa")
    assert (found.description_text, found.keywords) == ("Kurz gesagt.", ["Damm", "Deich"])
    assert (found.urgency, found.priority) == (2, 5)
    assert found.transmission is not None
    assert found.transmission.number == "0123"
    assert (found.language, found.located) == ("de", "Musterstadt")
    assert found.dateline is not None
    assert (found.dateline.city, found.dateline.source) == ("Musterstadt", "dpa")
    assert found.body_text == "Erster Absatz.\n\nKopf\n\nZweiter."
    assert found.crossheads == ["Kopf"]
    assert (found.copyrightholder, found.copyrightnotice) == ("dpa", "(c) dpa")
    assert found.usageterms == "Nur intern"
    assert found.ednote == "Achtung, neue Zahlen"
    assert (found.signal, found.update_kind) == (["sig:correction"], ["correction"])
    assert [(c.scheme, c.code, c.name, c.qcode) for c in found.subject] == [
        ("medtop", "20000139", "Notfall", "medtop:20000139")
    ]
    assert [c.qcode for c in found.genre] == ["genre:Current"]
    assert [(n.name, n.rel) for n in found.infosource] == [("Feuerwehr", "originfo")]
    assert found.altids == {"number": "17"}


def test_empty_elements_say_nothing() -> None:
    found = article(
        "<versionCreated/><firstCreated/><edNote/>",
        "<urgency/><slugline/><headline/><by/><dateline/><located><name/></located>"
        '<keyword/><creator literal=""/><description role="drol:summary"/>',
        rights='<copyrightHolder literal=""/><copyrightNotice/><usageTerms/>',
    )
    said = {name for name in found.__struct_fields__ if getattr(found, name) not in (None, [], {})}
    assert said == {
        "uri", "title", "pubstatus", "body_text", "wordcount", "charcount", "provenance",
    }  # fmt: skip


# --- which documents, and which of their items ---------------------------------------------------


@pytest.mark.parametrize(
    "opening",
    [
        f'<newsItem xmlns="{NAMESPACE}" guid="a">',
        '<newsItem guid="a">',
        f'<?xml version="1.0"?>\n<!-- SNI -->\n<n:newsMessage xmlns:n="{NAMESPACE}">',
        '<packageItem xmlns="http://iptc.org/std/nar/2005-04-01/">',
        "<planningItem>",
        "\ufeff<knowledgeItem>",
    ],
)
def test_the_root_tells_the_format(opening: str) -> None:
    assert formats.detect(opening.encode(), Where()).name == "newsml-g2"


@pytest.mark.parametrize("opening", ["<NewsML>", "<nitf>", "<NewsItem>", "newsItem", "<news>", ""])
def test_others_are_no_g2(opening: str) -> None:
    assert not formats.by_name("newsml-g2").recognises(opening.encode())


@pytest.mark.parametrize("namespace", ["", 'xmlns="http://iptc.org/std/nar/2005-04-01/"'])
def test_the_namespace_does_not_matter(namespace: str) -> None:
    plain = item(content="<headline>Kopf</headline>").replace(f'xmlns="{NAMESPACE}"', namespace)
    assert articles(plain)[0].headline == "Kopf"


def test_a_prefix_does_not_matter() -> None:
    (found,) = articles(
        f'<g:newsItem xmlns:g="{NAMESPACE}" guid="urn:test:1"><g:contentMeta>'
        "<g:headline>Kopf</g:headline></g:contentMeta></g:newsItem>"
    )
    assert found.headline == "Kopf"


def test_a_bad_item_does_not_stop_the_others() -> None:
    bad = item('<pubStatus qcode="stat:perhaps"/>')
    nameless = item(attributes="")
    first, second, third, last = read(message(bad, item(), nameless, item()))
    assert isinstance(first, InputError)
    assert (first.where.field, first.where.item) == ("pubstatus", 0)
    assert isinstance(third, InputError)
    assert third.where.field == "guid"
    assert isinstance(second, Article)
    assert isinstance(last, Article)
    assert last.provenance.item == 3


@pytest.mark.parametrize(
    "name", ["packageItem", "conceptItem", "knowledgeItem", "planningItem", "catalogItem"]
)
def test_items_that_are_no_news_are_skipped_but_their_cancellation_is_not(name: str) -> None:
    found = skipped(item(name=name))
    assert (found.uri, found.reason) == ("urn:test:1", f"{name} without text")
    (canceled,) = articles(item('<pubStatus qcode="stat:canceled"/>', name=name))
    assert (canceled.uri, canceled.pubstatus) == ("urn:test:1", "canceled")


def test_a_package_without_an_identity_is_skipped() -> None:
    package, news = read(message("<packageItem><itemRef/></packageItem>", item()))
    assert package == Skipped(reason="packageItem without text")
    assert isinstance(news, Article)


def test_an_item_without_text_is_skipped_and_one_with_text_is_an_article() -> None:
    picture = '<remoteContent contenttype="image/jpeg" href="http://example.org/a.jpg"/>'
    caption = "<headline>Damm</headline><description>Der Damm.</description>"
    found = skipped(item(content=caption, kind="picture", contents=picture))
    assert found.reason == "picture without text"
    assert skipped(item(contents="")).reason == "newsItem without text"
    assert article(kind="composite").body_text == "Der Damm hält."


def test_an_alert_is_a_headline_alone() -> None:
    found = article(content="<headline>Damm gebrochen</headline>", contents="")
    assert (found.headline, found.body_text) == ("Damm gebrochen", None)


def test_a_message_without_items_is_refused() -> None:
    assert "without items" in str(refused(message()))


def test_what_is_not_well_formed_is_read_and_flagged() -> None:
    (found,) = articles(item(body="<p>Damm & Deich</p>"))
    assert found.body_text == "Damm & Deich"
    assert found.provenance.flaw is not None


# --- identity, status, versions, times -----------------------------------------------------------


@pytest.mark.parametrize(
    "guid", ["tag:reuters.com,2031:newsml_L1N0TEST", "tag_reuters.com_2031_newsml_L1N0TEST"]
)
def test_reuters_names_have_one_form(guid: str) -> None:
    found = article(attributes=f'guid="{guid}"')
    assert (found.uri, found.provider) == ("tag:reuters.com,2031:newsml_L1N0TEST", "reuters")


def test_a_cancellation_has_the_identity_of_its_story_and_no_body() -> None:
    meta = (
        '<provider literal="reuters.com"/><versionCreated>2031-01-04T{}:00:00Z</versionCreated>'
        '<pubStatus qcode="stat:{}"/><signal qcode="edStat:{}"/>'
    )
    story = article(
        meta.format(15, "usable", "C"),
        attributes='guid="tag_reuters.com_2031_newsml_L1" version="978"',
    )
    kill = article(
        meta.format(16, "canceled", "D"),
        "<headline>CORRECTED-Dam holds</headline>",
        attributes='guid="tag:reuters.com,2031:newsml_L1" version="15"',
        contents="",
    )
    assert kill.uri == story.uri
    assert (story.pubstatus, story.update_kind) == ("usable", ["correction"])
    assert (kill.pubstatus, kill.body_text) == ("canceled", None)
    assert (kill.headline, kill.version) == ("CORRECTED-Dam holds", 15)
    assert "kill" in kill.update_kind


def test_a_deletion_that_says_no_status_is_a_cancellation() -> None:
    found = article('<signal qcode="edStat:D"/>', "<headline>Damm</headline>", contents="")
    assert found.pubstatus == "canceled"


def test_nothing_stops_a_cancellation() -> None:
    found = article(
        '<pubStatus qcode="stat:canceled"/><versionCreated>neulich</versionCreated>'
        "<firstCreated>gestern</firstCreated>",
        "<urgency>viel</urgency>",
        attributes='guid="urn:test:1" version="999999999999999999999999999"',
        kind="picture",
        contents="",
    )
    assert found.pubstatus == "canceled"
    assert found.versioncreated == dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("element", "status"),
    [
        ("", "usable"),
        ("<pubStatus/>", "usable"),
        ('<pubStatus qcode="stat:usable"/>', "usable"),
        ('<pubStatus qcode="pubstatus:withheld"/>', "withheld"),
        ('<pubStatus uri="http://cv.example.org/pubstatusg2/withheld"/>', "withheld"),
        ('<pubStatus literal="Usable"/>', "usable"),
        ("<pubStatus>canceled</pubStatus>", "canceled"),
    ],
)
def test_status(element: str, status: str) -> None:
    assert article(element).pubstatus == status


@pytest.mark.parametrize("version", ["0", "1542761538"])
def test_a_version_is_any_integer(version: str) -> None:
    assert article(attributes=f'guid="urn:test:1" version="{version}"').version == int(version)


@pytest.mark.parametrize("version", ["", "1.2", "-1", "neu"])
def test_a_version_that_is_none_is_absent(version: str) -> None:
    assert article(attributes=f'guid="urn:test:1" version="{version}"').version is None


def test_a_time_without_a_zone_is_the_agencys() -> None:
    time = "<versionCreated>2031-02-16T17:36:20</versionCreated>"
    found = article(f'<provider literal="STT"/>{time}')
    assert found.versioncreated == dt.datetime(2031, 2, 16, 15, 36, 20, tzinfo=dt.UTC)
    assert refused(item(f'<provider literal="Nobody"/>{time}')).where.field == "versioncreated"


def test_only_what_orders_versions_must_be_readable() -> None:
    found = article(
        "<firstCreated>gestern</firstCreated>",
        "<contentCreated>2031-13-01T00:00:00Z</contentCreated><urgency>hoch</urgency>",
    )
    assert (found.firstcreated, found.contentcreated, found.urgency) == (None, None, None)
    assert refused(item("<versionCreated>gestern</versionCreated>")).where.field == "versioncreated"


def test_a_version_that_says_no_time_has_its_contents() -> None:
    content = (
        "<contentCreated>2031-02-16T17:00:00Z</contentCreated>"
        "<contentModified>2031-02-22T18:00:00Z</contentModified>"
    )
    found = article('<provider literal="STT"/><versionCreated/><firstCreated/>', content)
    assert found.versioncreated == dt.datetime(2031, 2, 22, 18, tzinfo=dt.UTC)
    assert found.firstcreated is None


def test_tts_items_are_created_with_their_content() -> None:
    content = "<contentCreated>2031-02-16T17:00:00Z</contentCreated>"
    found = article('<provider literal="TT"/>', content)
    assert found.firstcreated == found.contentcreated is not None


def test_a_programs_word_for_nothing_is_no_term() -> None:
    assert article(rights="<usageTerms>None</usageTerms>").usageterms is None


def test_of_several_rights_each_counts_and_of_translations_the_first() -> None:
    found = article(
        rights='<copyrightHolder qcode="nprov:dpa"/><copyrightHolder literal="B"/>'
        "<usageTerms/><usageTerms>\n   Nur\n   intern\n  </usageTerms><usageTerms>B</usageTerms>"
        '<copyrightNotice xml:lang="de">Alle Rechte bei B</copyrightNotice>'
        '<copyrightNotice xml:lang="en">All rights with B</copyrightNotice>'
    )
    assert (found.copyrightholder, found.usageterms) == ("nprov:dpa", "Nur intern\nB")
    assert found.copyrightnotice == "Alle Rechte bei B"


def test_an_embargo_beats_the_status() -> None:
    found = article(
        '<embargoed>2031-10-22T11:30:00+02:00</embargoed><pubStatus qcode="stat:usable"/>'
    )
    assert found.embargoed == dt.datetime(2031, 10, 22, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize("embargo", ["<embargoed/>", "<embargoed>bald</embargoed>"])
def test_an_embargo_without_an_end_holds(embargo: str) -> None:
    found = article(f'{embargo}<pubStatus qcode="stat:usable"/>')
    assert (found.pubstatus, found.embargoed) == ("withheld", None)


def test_a_note_whose_role_is_an_embargo_orders_one_where_no_time_is_told() -> None:
    note = '<edNote role="dpaednoterole:embargo">Nicht vor {} verwenden</edNote>'
    provider = '<provider qcode="nprov:dpa"/>'
    told = article(provider + note.format("22.10.2031, 11:30 Uhr"))
    assert told.embargoed == dt.datetime(2031, 10, 22, 9, 30, tzinfo=dt.UTC)
    assert article(provider + note.format("der Rede")).pubstatus == "withheld"
    both = article(
        f"{provider}{note.format('22.10.2031, 11:30 Uhr')}"
        "<embargoed>2031-10-22T12:00:00Z</embargoed>"
    )
    assert both.embargoed == dt.datetime(2031, 10, 22, 12, tzinfo=dt.UTC)


# --- items that replace or cancel others ---------------------------------------------------------


def test_tt_replaces_by_number() -> None:
    new, old = articles(
        item(
            '<provider literal="TT"/><versionCreated>2031-12-20T14:46:21+01:00</versionCreated>'
            '<signal qcode="tt_sig:replace"/>',
            '<altId type="tt:uno">20311220:TT:2:0</altId>'
            '<altId type="tt:refuno">20311220:TT:1:0</altId><headline>Dammen håller</headline>',
            attributes='guid="urn:newsml:tt.se:20311220:TT:2:0"',
        )
    )
    assert new.replaces == ["urn:newsml:tt.se:20311220:TT:1:0"]
    assert (old.uri, old.pubstatus, old.provider) == (new.replaces[0], "canceled", "tt")
    assert old.versioncreated == new.versioncreated


def test_tts_numbers_alone_replace_nothing() -> None:
    found = article(
        content='<altId type="tt:uno">1:0</altId><altId type="tt:refuno">0:0</altId>',
        attributes='guid="urn:newsml:tt.se:1:0"',
    )
    assert found.replaces == []


@pytest.mark.parametrize(
    ("link", "replaces", "withdrawn"),
    [
        ('<link rel="irel:replaces" residref="urn:test:0"/>', ["urn:test:0"], ["urn:test:0"]),
        ('<link rel="irel:previousVersion" residref="urn:test:1"/>', [], []),
        ('<link rel="irel:cancels" residref="urn:test:0"/>', [], ["urn:test:0"]),
        ('<link rel="irel:seeAlso" residref="urn:test:0"/>', [], []),
        ('<link rel="irel:derivedFrom" residref="urn:test:0"/>', [], []),
        (
            '<provider literal="STT"/><signal qcode="sig:update"/><link guidref="urn:test:0"/>',
            ["urn:test:0"],
            ["urn:test:0"],
        ),
        ('<signal qcode="sig:update"/><link guidref="urn:test:0"/>', [], []),
        ('<link guidref="urn:test:0"/>', [], []),
    ],
)
def test_links_to_other_items(link: str, replaces: list[str], withdrawn: list[str]) -> None:
    new, *others = articles(item(link))
    assert new.replaces == replaces
    assert [(other.uri, other.pubstatus) for other in others] == [
        (uri, "canceled") for uri in withdrawn
    ]


@pytest.mark.parametrize(("relation", "kinds"), [("irel:replaces", []), ("irel:cancels", ["kill"])])
def test_a_notice_without_a_text_takes_others_out_of_use(relation: str, kinds: list[str]) -> None:
    link = f'<link rel="{relation}" residref="urn:test:0"/>'
    own, other = read(item(f"{link}<versionCreated>2031-01-04T15:00:00Z</versionCreated>", body=""))
    assert isinstance(own, Skipped)
    assert isinstance(other, Article)
    assert (other.uri, other.pubstatus, other.update_kind) == ("urn:test:0", "canceled", kinds)
    assert other.versioncreated == dt.datetime(2031, 1, 4, 15, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "held", ['<pubStatus qcode="stat:withheld"/>', "<embargoed>2031-01-05T00:00:00Z</embargoed>"]
)
def test_what_is_replaced_stays_until_there_is_something_in_its_place(held: str) -> None:
    links = '<link rel="irel:{}" residref="urn:test:{}"/>'
    found = articles(item(held + links.format("replaces", "0") + links.format("cancels", "9")))
    assert [one.uri for one in found] == ["urn:test:1", "urn:test:9"]
    assert found[0].replaces == ["urn:test:0"]


def test_what_an_unreadable_item_replaces_stays_and_what_it_cancels_does_not() -> None:
    links = '<link rel="irel:{}" residref="urn:test:{}"/>'
    meta = links.format("replaces", "0") + links.format("cancels", "9")
    own, other = read(item(f"{meta}<versionCreated>neulich</versionCreated>"))
    assert isinstance(own, InputError)
    assert isinstance(other, Article)
    assert (other.uri, other.pubstatus) == ("urn:test:9", "canceled")


@pytest.mark.parametrize("meta", ['<pubStatus qcode="stat:withheld"/>', "<embargoed/>"])
def test_a_notice_without_a_text_that_holds_its_story_back_is_never_skipped(meta: str) -> None:
    found = article(meta, body="")
    assert (found.pubstatus, found.body_text) == ("withheld", None)


@pytest.mark.parametrize(
    "entry",
    [
        {"replaces": {"signal": "sig:new"}},
        {"replaces": {"signal": "sig:new", "own": "a"}},
        {"replaces": {"signal": "sig:new", "link": "guidref", "own": "a", "other": "b"}},
        {"routing": ["("]},
    ],
)
def test_a_providers_own_ways_are_checked_when_they_are_loaded(entry: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        providers.load({"acme": entry})


# --- whose item it is ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "key", "declared"),
    [
        ('<provider literal="reuters.com"/>', "reuters", "reuters.com"),
        ('<provider qcode="nprov:REUTERS"/>', "reuters", "REUTERS"),
        ('<provider qcode="x:apa"><name>Die Agentur</name></provider>', "apa", "apa"),
        ('<provider qcode="x:1"><name>Die Agentur</name></provider>', "die-agentur", "Die Agentur"),
        ('<provider uri="http://cv.iptc.org/newscodes/newsprovider/DPA"/>', "dpa", "DPA"),
        ('<provider uri="http://www.example.com/about/"/>', "example-com", "example.com"),
        ("<provider>ANSA</provider>", "ansa", "ANSA"),
        ("", "afp", "AFP"),
    ],
)
def test_provider(provider: str, key: str, declared: str) -> None:
    found = article(provider, '<infoSource literal="Zeitung"/><infoSource literal="AFP"/>')
    assert (found.provider, found.provider_declared) == (key, declared)


def test_a_cancellation_has_the_provider_of_its_story_though_that_says_more() -> None:
    header = "<sender>wire.example</sender>"
    sources = '<infoSource literal="Reuters"/>'
    rights = '<copyrightHolder literal="AFP"/>'
    (story,) = articles(message(item(content=sources, rights=rights), header=header))
    kill = item('<pubStatus qcode="stat:canceled"/>', contents="")
    (notice,) = articles(message(kill, header=header))
    assert story.provider == notice.provider == "wire-example"


def test_the_sender_stands_in_for_the_provider() -> None:
    (found,) = articles(message(item(), header="<sender>ansa.it</sender>"))
    assert found.provider == "ansa"


def test_the_header_may_be_written_with_capitals() -> None:
    (found,) = articles(message(item()).replace("header>", "Header>"))
    assert found.priority is None
    (found,) = articles(
        message(item(), header="<priority>4</priority>").replace("header>", "Header>")
    )
    assert (found.priority, found.urgency) == (4, None)


# --- headlines, bylines, datelines, notes --------------------------------------------------------


@pytest.mark.parametrize(
    ("headlines", "headline"),
    [
        ("<headline>A</headline><headline>B</headline>", "A"),
        ('<headline role="hld:subHeadline">A</headline><headline>B</headline>', "B"),
        ('<headline role="apahltype:subtitle">A</headline>', None),
        ('<headline role="dpaheadlinerole:7901">A</headline><headline>B</headline>', "B"),
        ('<headline role="apahltype:title">A</headline>', "A"),
        ('<headline role="x:title">A</headline><headline>B</headline>', "B"),
        ('<headline rank="3">A</headline><headline rank="1">B</headline>', "B"),
        ('<headline rank="zwei">A</headline>', "A"),
        ("<headline/><headline>B</headline>", "B"),
        ("<headline>\n   A\n   B\n  </headline>", "A B"),
    ],
)
def test_the_headline_is_the_one_that_heads_the_story(headlines: str, headline: str | None) -> None:
    assert article(content=headlines).headline == headline


def test_headings_that_are_headlines_are_no_copy() -> None:
    found = article(
        content='<headline>Kopf</headline><headline role="x:subtitle">Unterzeile</headline>',
        body="<h1>Kopf</h1><h2>Unterzeile</h2><h2>Zwischen</h2><p>Der Damm hält.</p>",
    )
    assert found.body_text == "Zwischen\n\nDer Damm hält."


def test_a_headline_that_only_the_copy_has() -> None:
    assert article(body="<h1>Kopf</h1><p>Text.</p>").headline == "Kopf"
    assert article(body="<h2>Zwischen</h2><p>Text.</p>").headline is None


@pytest.mark.parametrize(
    ("element", "text", "city"),
    [
        ("Musterstadt (dpa) - ", "Musterstadt (dpa)", "Musterstadt"),
        ("Helsinki", "Helsinki", "Helsinki"),
        ("MOSCOW, Monday (Reuters)", "MOSCOW, Monday (Reuters)", "Moscow"),
        ("2031-07-16 13:00:03 GMT+00:00", "2031-07-16 13:00:03 GMT+00:00", None),
    ],
)
def test_a_dateline_of_its_own(element: str, text: str, city: str | None) -> None:
    found = article(content=f"<dateline>{element}</dateline>").dateline
    assert found is not None
    assert (found.text, found.city) == (text, city)


def test_a_dateline_in_the_copy_says_more_than_a_timestamp() -> None:
    found = article(
        content="<dateline>2031-07-16 13:00:03 GMT+00:00</dateline>",
        body="<p>BEIRUT (Reuters) - The dam holds.</p>",
    )
    assert found.dateline is not None
    assert (found.dateline.city, found.body_text) == ("Beirut", "The dam holds.")


def test_byline_and_dateline_below_what_a_desk_says_of_the_version() -> None:
    found = article(
        body="<p>(Adds governor's words, detail)</p><p>* Dam holds\n* Rain goes on</p>"
        "<p>By Jane Doe</p><p>NEW YORK, Jan 21 (Reuters) - The dam holds.</p>",
    )
    assert found.byline == "By Jane Doe"
    assert found.dateline is not None
    assert found.dateline.city == "New York"
    assert found.body_text is not None
    assert found.body_text.startswith("(Adds governor's words, detail)")
    assert found.body_text.endswith("\n\nThe dam holds.")


def test_a_note_in_brackets_at_the_top_takes_nothing_off_a_story() -> None:
    body = "<p>(Der Damm hält)</p><p>Von hier an steigt er.</p>"
    assert article(body=body).body_text == "(Der Damm hält)\n\nVon hier an steigt er."


def test_italian_datelines_begin_with_the_source() -> None:
    found = article(
        '<provider literal="ANSA"/>', body="<p>(ANSA) - NAPOLI, 24 FEB - La diga tiene.</p>"
    )
    assert found.dateline is not None
    assert found.dateline.text == "(ANSA) - NAPOLI, 24 FEB"
    assert (found.dateline.city, found.dateline.date) == ("Napoli", "24 FEB")
    assert found.body_text == "La diga tiene."


@pytest.mark.parametrize(
    "attributes",
    [
        'pubconstraint="dpapconstraint:nonpublic"',
        'role="sttnote:private"',
        'role="dpaednoterole:dpacontacts"',
    ],
)
def test_notes_that_are_not_for_publication(attributes: str) -> None:
    found = article(f"<edNote {attributes}>Tel. 030 12345</edNote><edNote>Foto folgt</edNote>")
    assert (found.ednote, found.ednote_nonpublic) == ("Foto folgt", "Tel. 030 12345")


def test_words_may_say_that_a_note_is_not_for_publication() -> None:
    found = article("<edNote>Nicht zur Veröffentlichung bestimmt: Tel. 030 12345</edNote>")
    assert found.ednote is None
    assert found.ednote_nonpublic is not None


NOTEPAD = (
    '<edNote role="dpaednoterole:notepad"><section xmlns="http://www.w3.org/1999/xhtml">'
    '<header><h3>Notizblock</h3></header><section class="np-public"><p>Foto folgt</p></section>'
    '<section class="np-nonpublic"><p>Tel. 030 12345</p></section></section></edNote>'
)


def test_a_notepad_counts_where_no_other_note_says_it() -> None:
    found = article(NOTEPAD)
    assert (found.ednote, found.ednote_nonpublic) == ("Foto folgt", "Tel. 030 12345")
    both = article(f"{NOTEPAD}<edNote>Foto folgt</edNote>")
    assert (both.ednote, both.ednote_nonpublic) == ("Foto folgt", None)


def test_lines_of_a_note_are_the_writers_and_not_the_programs() -> None:
    assert article("<edNote>Bilder:\nDamm\nDeich</edNote>").ednote == "Bilder:\nDamm\nDeich"
    assert article("<edNote>\n      Bilder vom\n      Damm\n    </edNote>").ednote == (
        "Bilder vom Damm"
    )


def test_descriptions_for_machines_and_of_pictures_are_none() -> None:
    found = article(
        content='<description role="descRole:caption">SLUG:Kopf</description>'
        '<description role="semantics">{"x": 1}</description>'
        '<description role="MWdrole:abstract">Kurz.</description>'
    )
    assert found.description_text == "Kurz."


def test_the_language_is_the_contents_or_else_the_items() -> None:
    assert article(attributes='guid="a" xml:lang="fi-FI"').language == "fi-FI"
    found = article(content='<language tag="sv"/>', attributes='guid="a" xml:lang="swe"')
    assert (found.language, found.language_declared) == ("sv", "sv")


# --- concepts ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ('<subject qcode="N2:WEA"/>', ("N2", "WEA", None, "N2:WEA")),
        ('<subject qcode="WEA"/>', (None, "WEA", None, "WEA")),
        ('<subject qcode="a:b:c"/>', ("a", "b:c", None, "a:b:c")),
        (
            '<subject uri="http://cv.iptc.org/newscodes/mediatopic/20001071"/>',
            ("medtop", "20001071", None, "medtop:20001071"),
        ),
        (
            '<subject uri="http://example.org/cv/wetter"/>',
            ("http://example.org/cv", "wetter", None, None),
        ),
        ('<subject literal="CRO" type="cptype:cat"/>', (None, "CRO", "CRO", None)),
        ('<subject literal="TT:02000000:LAG"/>', ("TT", "02000000", "LAG", "TT:02000000:LAG")),
        (
            '<subject qcode="x:1"><name role="nrol:mnemonic">w</name><name>Wetter</name></subject>',
            ("x", "1", "Wetter", "x:1"),
        ),
        (
            '<subject><mainConcept qcode="medtop:1"><name>Ski</name></mainConcept>'
            '<facetConcept qcode="f:2"/></subject>',
            ("medtop", "1", "Ski", "medtop:1"),
        ),
    ],
)
def test_code_and_scheme_of_a_subject(
    subject: str, expected: tuple[str | None, str | None, str | None, str | None]
) -> None:
    (found,) = article(content=subject).subject
    assert (found.scheme, found.code, found.name, found.qcode) == expected


def test_a_subject_counts_once_and_an_empty_one_not_at_all() -> None:
    found = article(content='<subject qcode="a:1"/><subject qcode="a:1"/><subject/>')
    assert [c.qcode for c in found.subject] == ["a:1"]


def test_people_organisations_and_places_have_their_own_fields() -> None:
    places = (
        '<subject type="cpnat:person" qcode="p:1"><name>Erika Muster</name></subject>'
        '<subject type="cpnat:organisation" literal="Muster AG"/>'
        '<subject type="cpnat:geoArea" qcode="geo:1"><name>Musterland</name>'
        '<sameAs qcode="iso3166-1a2:DE"/></subject>'
        '<subject type="cpnat:poi" literal="id0"><name>Am Damm</name></subject>'
        '<subject type="cpnat:geoArea" qcode="geo:2"/>'
        '<subject type="cptType:5" qcode="N2:US"><name>United States</name></subject>'
    )
    lies = (
        '<assert literal="id0"><POIDetails><position latitude="52.5" longitude="13.4"/>'
        '</POIDetails></assert><assert qcode="geo:1"><geoAreaDetails>'
        '<position latitude="91" longitude="nan"/></geoAreaDetails></assert>'
    )
    plain = item('<provider literal="dpa"/>', places).replace("<contentSet>", f"{lies}<contentSet>")
    (found,) = articles(plain)
    assert [(n.name, n.code, n.creator) for n in found.person] == [("Erika Muster", "1", "dpa")]
    assert [n.name for n in found.organisation] == ["Muster AG"]
    assert [(n.name, n.country_code) for n in found.place] == [
        ("Musterland", "DE"), ("Am Damm", None), ("United States", None),
    ]  # fmt: skip
    lies_at = found.place[1].location
    assert lies_at is not None
    assert (lies_at.lat, lies_at.lon) == (52.5, 13.4)
    assert found.place[0].location is None
    # Where there is no name to show, or the type is an agency's own, the code stays a subject.
    assert [c.qcode for c in found.subject] == ["geo:2", "N2:US"]


def test_other_ids_are_told_apart_by_their_environment() -> None:
    found = article(
        content='<altId type="x:id7901" environment="srv:bdt">bdt:1</altId>'
        '<altId type="x:id7901" environment="srv:bid">bid:2</altId>'
        '<altId>APA0379</altId><altId type="x:tsn" id="t-1"/><altId type="x:none"/>'
    )
    assert found.altids == {
        "id7901 bdt": "bdt:1", "id7901 bid": "bid:2", "altid": "APA0379", "tsn": "t-1",
    }  # fmt: skip


# --- the copy ------------------------------------------------------------------------------------


def test_dpas_xhtml_says_again_what_the_metadata_say() -> None:
    found = article(
        content="<headline>Kopf</headline><dateline>Musterstadt (dpa) - </dateline>",
        body="<header><time>28.4.</time><ul><li>Wetter</li></ul><h1>Kopf</h1>"
        '<p class="byline">Von Max Muster</p></header><section class="main">'
        '<p class="teaser">Kurz.</p><p><span class="dateline">Musterstadt <span>(dpa)</span> - '
        "</span>Erster.</p><h2>Zwischen</h2><p>Zweiter.</p></section>",
    )
    assert found.body_text == "Erster.\n\nZwischen\n\nZweiter."
    assert found.crossheads == ["Zwischen"]


def test_a_header_holds_copy_too() -> None:
    found = article(body="<header><h1>Kopf</h1><p>Vorspann.</p></header><p>Der Damm hält.</p>")
    assert (found.headline, found.body_text) == ("Kopf", "Vorspann.\n\nDer Damm hält.")


APART = (
    '<p><strong class="embargoed"{}>Nicht vor 22.10.2031, 11:30 Uhr verwenden</strong></p>'
    '<p class="teaser">Kurz.</p><p>Der Damm hält.</p><section class="notepad">'
    '<section class="np-public"><p>Foto folgt</p></section>'
    '<section class="np-nonpublic"><p>Tel. 030 12345</p></section></section>'
)


@pytest.mark.parametrize("exactly", ["", ' data-datetime="2031-10-22T11:30:00+02:00"'])
def test_what_only_the_copy_says_apart_is_not_lost(exactly: str) -> None:
    found = article('<provider literal="dpa"/>', body=APART.format(exactly))
    assert found.body_text == "Der Damm hält."
    assert found.description_text == "Kurz."
    assert found.embargoed == dt.datetime(2031, 10, 22, 9, 30, tzinfo=dt.UTC)
    assert found.ednote == "Nicht vor 22.10.2031, 11:30 Uhr verwenden\nFoto folgt"
    assert found.ednote_nonpublic == "Tel. 030 12345"


def test_an_embargo_in_the_copy_without_a_time_holds() -> None:
    found = article(body='<p class="embargoed">Nicht vor der Rede</p><p>Der Damm hält.</p>')
    assert (found.pubstatus, found.body_text) == ("withheld", "Der Damm hält.")


def test_what_the_metadata_say_beats_what_the_copy_says_apart() -> None:
    found = article(
        "<embargoed>2031-10-22T12:00:00Z</embargoed><edNote>Bilder folgen</edNote>",
        '<description role="drol:summary">Länger.</description>',
        APART.format(""),
    )
    assert found.embargoed == dt.datetime(2031, 10, 22, 12, tzinfo=dt.UTC)
    assert (found.description_text, found.ednote) == ("Länger.", "Bilder folgen")
    assert found.ednote_nonpublic is None


@pytest.mark.parametrize(
    "fragment",
    [
        "<div {}><p>Der Damm hält.</p></div>",
        "<article {}><section><p>Der Damm hält.</p></section></article>",
        "<div {}><table><tr><td>Der Damm hält.</td></tr></table></div>",
        "<story><p>Der Damm hält.</p></story>",
        "<section {}><h2>Der Damm hält.</h2></section>",
    ],
)
def test_a_fragment_of_xhtml_is_copy(fragment: str) -> None:
    inner = fragment.format('xmlns="http://www.w3.org/1999/xhtml"')
    found = article(contents=f"<inlineXML>{inner}</inlineXML>")
    assert found.body_text == "Der Damm hält."


def test_data_in_an_xml_of_its_own_are_no_copy() -> None:
    sports = "<sports><table><td>1:0</td></table></sports>"
    found = skipped(item(contents=f'<inlineXML><x xmlns="urn:x">{sports}</x></inlineXML>'))
    assert found.reason == "newsItem without text"


def test_a_byline_that_only_the_copy_has() -> None:
    found = article(body='<p class="byline">Max Muster</p><p>Der Damm hält.</p>')
    assert (found.byline, found.body_text) == ("Max Muster", "Der Damm hält.")


def test_rows_of_a_table_are_lines() -> None:
    found = article(
        body="<p>Tabelle:</p><table><tr><td>Nord</td><td>1:0</td></tr>"
        "<tr><td>Süd</td><td>2:2</td></tr></table>"
    )
    assert found.body_text == "Tabelle:\n\nNord\t1:0\nSüd\t2:2"


def test_lines_that_a_wire_broke_are_one_paragraph() -> None:
    found = article(body="<p>The dam will\nhold <b>until</b>\nMonday.</p>\n  <p>So they say.</p>")
    assert found.body_text == "The dam will hold until Monday.\n\nSo they say."


def test_one_paragraph_that_was_laid_out_by_hand() -> None:
    found = article(
        body="<p>(Adds detail)\n    * Dam holds\n\n    By Jane Doe\n"
        "    Jan 30 (Reuters) - The dam rose on Tuesday on increased\n"
        "rain, as people\nsaid.\n    It may rise again, by\n12 feet.\n    \n"
        "  Place          Feet       Change\n  Upper end      12.50      +0.30\n"
        "  Lower end       9.10      -0.20\n\n (Reporting by Jane Doe)</p>"
    )
    assert found.byline == "By Jane Doe"
    assert found.dateline is not None
    assert found.dateline.date == "Jan 30"
    assert found.body_text is not None
    assert found.body_text.split("\n\n")[1:] == [
        "The dam rose on Tuesday on increased rain, as people said.",
        "It may rise again, by 12 feet.",
        "Place          Feet       Change\nUpper end      12.50      +0.30\n"
        "Lower end       9.10      -0.20",
        "(Reporting by Jane Doe)",
    ]


def test_what_a_program_has_indented_was_not_laid_out() -> None:
    found = article(body="\n  <p>\n      The dam\n      holds.\n  </p>\n  <p>So they\n  say.</p>\n")
    assert found.body_text == "The dam holds.\n\nSo they say."


def test_a_body_without_any_markup_is_plain_text() -> None:
    found = article(body="Der Damm hält.\n\nNoch steigt das Wasser.")
    assert found.body_text == "Der Damm hält.\n\nNoch steigt das Wasser."


def test_nitf_in_g2() -> None:
    found = article(
        contents='<inlineXML contenttype="application/nitf+xml"><nitf><body><body.head><hedline>'
        "<hl1>Kopf</hl1></hedline><byline>By Jane Doe</byline></body.head><body.content>"
        "<p>Der Damm hält.</p><hl2>Zwischen</hl2><p>Noch.</p></body.content></body></nitf>"
        "</inlineXML>"
    )
    assert (found.headline, found.byline) == ("Kopf", "By Jane Doe")
    assert found.body_text == "Der Damm hält.\n\nZwischen\n\nNoch."


def test_tts_own_form() -> None:
    found = article(
        content="<headline>Dammen håller</headline>",
        contents='<inlineXML contenttype="application/ttnitf+xml"><BODY xmlns=""><TEXT>'
        "<RUBRIK>Dammen håller</RUBRIK><DAT><ORT>Umeå</ORT><SOURCE>TT</SOURCE></DAT><INGRESS>"
        "<P>Det regnar.</P></INGRESS><BRODTEXT><CITAT>Den håller.</CITAT><MELLIS>Mer</MELLIS>"
        "<P>Slut.</P></BRODTEXT><BYLINE>Anna Prov/TT</BYLINE><BILD><BILDFIL>http://tt.se/1"
        "</BILDFIL><BILDTEXT><P>Dammen.</P></BILDTEXT><BILDSKAPARE>A. Prov</BILDSKAPARE></BILD>"
        "</TEXT><TEXT><RUBRIK>Fakta</RUBRIK><BRODTEXT><P>Byggd 1931.</P></BRODTEXT></TEXT></BODY>"
        "</inlineXML>",
    )
    assert found.body_text == "Det regnar.\n\nDen håller.\n\nMer\n\nSlut.\n\nFakta\n\nByggd 1931."
    assert found.crossheads == ["Mer", "Fakta"]
    assert found.byline == "Anna Prov/TT"
    assert found.dateline is not None
    assert found.dateline.city == "Umeå"
    assert [(a.uri, a.caption, a.creditline) for a in found.associations] == [
        ("http://tt.se/1", "Dammen.", "A. Prov")
    ]


def test_characters_that_only_look_like_tags_stay() -> None:
    data = '<inlineData contenttype="text/plain">{}</inlineData>'
    told = "Der Wert lag &lt;5 Prozent, in Vik bei &gt;7 Prozent."
    found = article(contents=data.format(told))
    assert found.body_text == "Der Wert lag <5 Prozent, in Vik bei >7 Prozent."
    found = article(contents=data.format("&lt;p&gt;Damm &amp;amp; Deich&lt;/p&gt;"))
    assert found.body_text == "Damm & Deich"


def test_text_in_characters() -> None:
    plain = (
        '<inlineData contenttype="text/plain"><![CDATA[\n<p>\n\n      (ANSA) - ROMA, 1 LUG - La '
        "diga tiene\nancora, dicono.\n   Piove.(ANSA).\n    </p>]]></inlineData>"
    )
    found = article('<provider literal="ANSA"/>', contents=plain)
    assert found.body_text == "La diga tiene ancora, dicono.\n\nPiove.(ANSA)."
    marked = (
        '<inlineData contenttype="text/html">&lt;p&gt;Eins.&lt;/p&gt;'
        "&lt;p&gt;Zwei.&lt;/p&gt;</inlineData>"
    )
    assert article(contents=marked).body_text == "Eins.\n\nZwei."
    coded = '<inlineData contenttype="image/png" encoding="enc:base64">aGFsbG8=</inlineData>'
    assert skipped(item(contents=coded)).reason == "newsItem without text"


def test_of_several_contents_the_first_that_is_text() -> None:
    found = article(
        contents='<remoteContent contenttype="image/jpeg" residref="urn:pic:1"/>'
        '<remoteContent contenttype="image/jpeg" residref="urn:pic:1"/>'
        '<inlineXML contenttype="application/nitf+xml"/>'
        "<inlineXML><html><body><p>Eins.</p></body></html></inlineXML>"
        "<inlineData>Zwei.</inlineData>"
    )
    assert found.body_text == "Eins."
    assert [a.uri for a in found.associations] == ["urn:pic:1"]


def test_data_are_no_copy() -> None:
    events = "<inlineXML><events><event><name>Treffen</name></event></events></inlineXML>"
    assert skipped(item(kind="composite", contents=events)).reason == "composite without text"
    assert article(content="<headline>Kopf</headline>", contents=events).body_text is None


def test_pictures_that_an_item_links_to() -> None:
    found = article(
        '<link rel="irel:seeAlso" residref="urn:pic:1"><itemClass qcode="ninat:picture"/>'
        '<title>Damm</title></link><link residref="urn:pic:2" contenttype="image/jpeg"/>'
        '<link rel="featuremedia" residref="a.jpg"/>'
        '<link rel="irel:seeAlso" href="http://example.org/"><title>Mehr</title></link>'
    )
    assert [(a.uri, a.caption) for a in found.associations] == [
        ("urn:pic:1", "Damm"), ("urn:pic:2", None), ("a.jpg", None),
    ]  # fmt: skip


def test_ansas_routing_is_no_copy_but_another_agencys_last_line_is() -> None:
    ansa = '<provider literal="ANSA"/>'
    routing = "<p>La diga tiene.</p>51 77 03 CRO01 1113 APE4800 GEST MAE03 QBXB"
    assert article(ansa, body=routing).body_text == "La diga tiene."
    scores = article(body="<p>Die Punkte:</p><p>USA 100 GER 98 FRA 95 ITA9</p>")
    assert scores.body_text == "Die Punkte:\n\nUSA 100 GER 98 FRA 95 ITA9"
    numbers = article(ansa, body="<p>I numeri:</p><p>12 34 56 78 90</p>")
    assert numbers.body_text == "I numeri:\n\n12 34 56 78 90"


# --- any bytes -----------------------------------------------------------------------------------

WHOLE = message(
    item('<pubStatus qcode="stat:usable"/>' + NOTEPAD, "<headline>Kopf</headline>"), item()
).encode()


@given(st.binary(max_size=60), st.integers(0, len(WHOLE)), st.integers(0, 80))
@settings(max_examples=300, deadline=None)
def test_damage_is_an_error_and_no_crash(junk: bytes, start: int, length: int) -> None:
    for found in read(WHOLE[:start] + junk + WHOLE[start + length :]):
        assert isinstance(found, Article | Skipped | InputError)
        assert "parser failed" not in str(found)


@pytest.mark.parametrize(
    "body",
    [
        "<p>" * 200 + "x" + "</p>" * 200,
        "<p>" + "a\n" * 50_000 + "</p>",
        "<p>" + "a   b\n   " * 20_000 + "</p>",
        "<p>x</p>" + "CRO01 12 " * 20_000,
        "<p>(" + "(a) " * 20_000 + "</p><p>x</p>",
    ],
    ids=["deep", "lines", "columns", "routing", "brackets"],
)
@pytest.mark.timeout(20)
def test_hostile_copy_takes_no_long_time(body: str) -> None:
    assert article(body=body).body_text is not None


# --- addresses in place of codes, and contradictions ---------------------------------------------


def test_a_relation_may_be_an_address() -> None:
    relation = "http://cv.iptc.org/newscodes/itemrelation/previousVersion"
    own, other = articles(item(f'<link reluri="{relation}" residref="urn:test:0"/>'))
    assert (own.replaces, other.uri, other.pubstatus) == (["urn:test:0"], "urn:test:0", "canceled")


def test_of_two_statuses_the_one_that_hides_counts() -> None:
    both = '<pubStatus qcode="stat:usable"/><pubStatus qcode="stat:{}"/>'
    assert article(both.format("canceled")).pubstatus == "canceled"
    assert article(both.format("withheld")).pubstatus == "withheld"


def test_a_note_to_editors_kills_where_no_status_is_sent() -> None:
    kill = "<edNote>MANDATORY KILL. Do not use.</edNote>"
    assert article(kill).pubstatus == "canceled"
    declared = article(f'{kill}<pubStatus qcode="stat:usable"/>')
    assert (declared.pubstatus, declared.update_kind) == ("usable", ["kill"])


def test_what_is_no_item_is_counted() -> None:
    first, second = read(message(item(), "<parcel/>"))
    assert isinstance(first, Article)
    assert isinstance(second, Skipped)
    assert "parcel" in second.reason
