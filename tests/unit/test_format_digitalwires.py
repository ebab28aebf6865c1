"""dpa digitalwires: the entry of a wire in JSON, with notes that may and may not be published."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline import formats
from dateline.article import Article, encode
from dateline.errors import DatelineError, InputError, Where
from dateline.formats import Skipped
from dateline.formats.digitalwires import Digitalwires
from tests.reading import read_as

RECEIVED = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)


def entry(**fields: Any) -> dict[str, Any]:
    """An entry, whose keys stand there whether they say something or not."""
    return {
        "format": "digitalwires@0.9.1",
        "type": "composite",
        "entry_id": "x1",
        "updated": "2026-01-01T09:30:00Z",
        "urn": "urn:newsml:dpa.com:20090101:260101-930-1",
        "version_created": "2026-01-01T10:00:00+01:00",
        "version": 2,
        "pubstatus": "usable",
        "signal": None,
        "embargoed": None,
        "content_created": None,
        "language": "de",
        "urgency": 3,
        "kicker": None,
        "headline": "Brücke wieder offen",
        "teaser": None,
        "byline": None,
        "dateline": None,
        "article_html": '<section class="main"><p>Die Brücke ist offen.</p></section>',
        "infobox_html": None,
        "linkbox_html": None,
        "creditline": "dpa",
        "copyrightnotice": None,
        "usageterms": None,
        "notepad": None,
        "ednotes": [],
        "descriptions": None,
        "associations": [],
        "categories": [{"type": "dnltype:provider", "name": "dpa", "qcode": "dnlprov:dpa"}],
        **fields,
    }


def read(value: bytes) -> list[formats.Item]:
    """Items of a document."""
    return read_as("digitalwires", value, received=RECEIVED, location="test.json")


def one(**fields: Any) -> formats.Item:
    """What becomes of an entry with these fields."""
    (item,) = read(json.dumps(entry(**fields), ensure_ascii=False).encode())
    return item


def article(**fields: Any) -> Article:
    """The article of these fields."""
    item = one(**fields)
    assert isinstance(item, Article), item
    return item


def refused(**fields: Any) -> DatelineError:
    """Why these fields are refused."""
    item = one(**fields)
    assert isinstance(item, InputError), item
    return item


def category(kind: str, name: str | None, qcode: str | None = None, **more: Any) -> dict[str, Any]:
    """One entry of ``categories``."""
    return {"type": f"dnltype:{kind}", "name": name, "qcode": qcode, **more}


def note(role: str, told: str, *, public: Any = True) -> dict[str, Any]:
    """One entry of ``ednotes``."""
    return {"role": f"dpaednoterole:{role}", "ednote": told, "is_publishable": public}


def test_a_whole_entry() -> None:
    found = article(
        signal="sig:update",
        content_created="2025-12-31",
        headline="Brücke &amp; Tunnel offen",
        kicker="Verkehr",
        teaser="Nach drei Jahren rollt der Verkehr.",
        byline="Von Erika Muster, dpa",
        dateline="Neustadt/Holm (dpa/lno) - ",
        article_html="<section><p></p><p>Erster Absatz.</p><h2>Wie es weitergeht</h2>"
        '<p>Zweiter.</p><dnl-image ref="urn:x" caption="Bild"></dnl-image></section>',
        infobox_html="<section><h2>Die Brücke</h2><p>312 Meter lang.</p></section>",
        linkbox_html='<section><ul><li><a href="https://example.org">Seite</a></li></ul></section>',
        creditline="dpa",
        copyrightnotice="Copyright 2026, dpa",
        usageterms="Nur nach Vereinbarung\nOnly by agreement",
        associations=[
            {"type": "image", "urn": "urn:pic:1", "headline": "Brücke", "caption": "Die Brücke",
             "creditline": "Max Muster/dpa"},
        ],
        categories=[
            category("signal", "update", "sig:update"),
            category("wire", "bdt", "dpasrv:bdt"),
            category("wire", "bid", "dpasrv:bid"),
            category("dpasubject", "Bahn", "medtop:20000340", rank=1),
            category("desk", "vm", "dpacat:vm"),
            category("keyword", "Brücken", rank=1),
            category("genre", "Meldung", "dpatextgenre:1"),
            category("geosubject", "Deutschland", "dpacountry:1"),
            category("person", "Erika Beispiel"),
            category("located", "Neustadt"),
            category("infosource", "dpa", "dpasupplier:dpa", role="dpaisrol:supplier"),
            category("infosource", None),
            category("provider", "dpa", "dnlprov:dpa"),
        ],
    )  # fmt: skip
    assert (found.uri, found.version) == ("urn:newsml:dpa.com:20090101:260101-930-1", 2)
    assert found.versioncreated == dt.datetime(2026, 1, 1, 9, tzinfo=dt.UTC)
    assert found.contentcreated == dt.datetime(2025, 12, 31, tzinfo=dt.UTC)
    assert (found.headline, found.urgency, found.language) == ("Brücke & Tunnel offen", 3, "de")
    assert found.description_text == "Nach drei Jahren rollt der Verkehr."
    assert found.byline == "Von Erika Muster, dpa"
    assert found.dateline is not None
    assert (found.dateline.text, found.dateline.city) == ("Neustadt/Holm (dpa/lno)", "Neustadt")
    assert found.body_text == (
        "Erster Absatz.\n\nWie es weitergeht\n\nZweiter.\n\nDie Brücke\n\n312 Meter lang."
    )
    assert found.crossheads == ["Wie es weitergeht", "Die Brücke"]
    assert found.usageterms == "Nur nach Vereinbarung\nOnly by agreement"
    assert (found.copyrightnotice, found.creditline) == ("Copyright 2026, dpa", "dpa")
    assert (found.signal, found.update_kind) == (["sig:update"], ["update"])
    assert found.service == "bdt"
    assert [(s.code, s.scheme, s.name, s.qcode) for s in found.subject] == [
        ("vm", "dpacat", "vm", "dpacat:vm"),
        ("20000340", "medtop", "Bahn", "medtop:20000340"),
    ]
    assert found.keywords == ["Brücken"]
    assert [g.qcode for g in found.genre] == ["dpatextgenre:1"]
    assert [(p.name, p.code, p.scheme, p.creator) for p in found.place] == [
        ("Deutschland", "1", "dpacountry", "dpa")
    ]
    assert [p.name for p in found.person] == ["Erika Beispiel"]
    assert found.located == "Neustadt"
    assert [(s.name, s.rel) for s in found.infosource] == [("dpa", "supplier")]
    assert [(a.uri, a.caption, a.creditline) for a in found.associations] == [
        ("urn:pic:1", "Die Brücke", "Max Muster/dpa")
    ]
    assert (found.provider, found.provider_declared) == ("dpa", "dpa")


def test_null_is_absent() -> None:
    found = article(pubstatus=None, urgency=None, language=None, headline=None)
    assert found.pubstatus == "usable"  # the standards' default
    assert (found.urgency, found.headline, found.title) == (None, None, "Die Brücke ist offen.")
    assert b"null" not in encode(found)


def test_what_is_not_for_publication_stays_out_of_sight() -> None:
    found = article(
        ednotes=[
            note("closingline", "dpa em yyno n1"),
            note("editorialnote", "Bilder folgen:\nBrücke  von oben"),
            note("contacts", "Amt, +49 30 1234, <amt@example.org>", public=False),
            note("dpacontacts", "Redaktion, +49 30 5678", public=None),
            {"role": None, "ednote": "", "is_publishable": True},
        ],
        notepad={"public_html": "<p>Auch hier: Bilder</p>", "nonpublic_html": "<p>+49</p>"},
    )
    assert found.ednote == "dpa em yyno n1\nBilder folgen:\nBrücke von oben"
    assert found.ednote_nonpublic == "Amt, +49 30 1234, <amt@example.org>\nRedaktion, +49 30 5678"


def test_the_notepad_counts_where_there_are_no_notes() -> None:
    found = article(
        notepad={
            "header_html": "<header><h3>Notizblock</h3></header>",
            "public_html": "<section><h4>Internet</h4><ul><li>Seite der Stadt</li></ul></section>",
            "nonpublic_html": "<section><p>Erika Muster, +49 30 1234</p></section>",
        }
    )
    assert found.ednote == "Internet\n\nSeite der Stadt"
    assert found.ednote_nonpublic == "Erika Muster, +49 30 1234"


def test_an_embargo_is_a_time_and_beats_usable() -> None:
    found = article(
        embargoed="2026-01-01T19:00:00+01:00",
        ednotes=[note("embargo", "Nicht vor heute Abend verwenden")],
    )
    assert found.embargoed == dt.datetime(2026, 1, 1, 18, tzinfo=dt.UTC)
    assert found.pubstatus == "usable"


@pytest.mark.parametrize(
    ("told", "ends", "status"),
    [
        ("Nicht vor 22.10.2026, 11:30 Uhr verwenden",
         dt.datetime(2026, 10, 22, 9, 30, tzinfo=dt.UTC), "usable"),
        ("Bitte bis heute Abend nicht verwenden", None, "withheld"),
    ],
)  # fmt: skip
def test_a_note_whose_role_is_an_embargo_orders_one(
    told: str, ends: dt.datetime | None, status: str
) -> None:
    found = article(ednotes=[note("embargo", told)])
    assert (found.embargoed, found.pubstatus) == (ends, status)


def test_an_embargo_that_is_no_time_withholds() -> None:
    assert article(embargoed="").pubstatus == "withheld"
    assert article(embargoed="heute").pubstatus == "withheld"
    assert refused(embargoed=5).where.field == "embargoed"


def test_a_cancellation_is_obeyed_without_a_text_and_whatever_else_is_wrong() -> None:
    found = article(
        pubstatus="canceled", article_html=[1], headline=5, categories="x", ednotes=7, urgency="x",
        associations=[{"type": "image", "urn": "urn:newsml:dpa.com:20090101:260101-930-1"}],
    )  # fmt: skip
    assert (found.pubstatus, found.body_text, found.version) == ("canceled", None, 2)
    late = article(pubstatus="canceled", version_created="gestern")
    assert late.versioncreated == RECEIVED


def test_pictures_and_sounds_are_skipped() -> None:
    urn = "urn:newsml:dpa.com:20090101:260101-935-7"
    for kind, said in (("image", "picture without text"), ("audio", "audio without text")):
        skipped = one(
            urn=urn,
            article_html=None,
            descriptions=[{"role": "drol:caption", "description": "Die Brücke"}],
            associations=[{"type": kind, "urn": urn, "caption": "Die Brücke"}],
        )
        assert skipped == Skipped(reason=said, uri=urn)


def test_an_alert_with_a_picture_is_an_article() -> None:
    found = article(article_html=None, associations=[{"type": "image", "urn": "urn:other"}])
    assert (found.title, found.body_text) == ("Brücke wieder offen", None)
    assert found.associations[0].uri == "urn:other"


def test_points_of_interest_are_places_with_coordinates() -> None:
    found = article(
        categories=[
            category(
                "poi", "Brücke, Am Fluss 1, Neustadt",
                geojson={
                    "type": "Feature",
                    "properties": {"name": "Brücke", "country": "Deutschland"},
                    "geometry": {"type": "Point", "coordinates": [10.5, 53.25]},
                },
            ),
            category("poi", "Nirgends", geojson={"geometry": None}),
            category("poi", "Falsch", geojson={"type": "Point", "coordinates": [10.5, 95]}),
        ]
    )  # fmt: skip
    assert [(p.name, p.location and (p.location.lat, p.location.lon)) for p in found.place] == [
        ("Brücke", (53.25, 10.5)),
        ("Nirgends", None),
        ("Falsch", None),
    ]


def test_a_partners_copy_is_the_partners() -> None:
    found = article(
        urn="urn:newsml:ap.org:20230101:0123456789abcdef0123456789abcdef",
        categories=[category("provider", "ap", "dnlprov:ap"), category("signal", "x", "apsig:x")],
    )
    assert (found.provider, found.signal) == ("ap", ["apsig:x"])


def test_a_dateline_needs_no_known_agency() -> None:
    found = article(dateline="MADRID, 21 Nov. 2026 (Prensa Ejemplo) -").dateline
    assert found is not None
    assert (found.text, found.city) == ("MADRID, 21 Nov. 2026 (Prensa Ejemplo)", "Madrid")
    assert (found.date, found.source) == ("21 Nov. 2026", "Prensa Ejemplo")
    within = article(article_html="<p><span>Neustadt (dpa) - </span>Text.</p>", dateline=None)
    assert within.dateline is not None
    assert within.body_text == "Text."


def test_lines_within_a_paragraph_and_tables_keep_their_layout() -> None:
    found = article(
        article_html="<p>Dienstag:<br/>Nord - Süd 1:2</p>"
        "<table><tr><td>1.</td><td>Nord</td></tr><tr><td>2.</td><td>Süd</td></tr></table>"
    )
    assert found.body_text == "Dienstag:\nNord - Süd 1:2\n\n1.\tNord\n2.\tSüd"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"urn": None}, "urn"),
        ({"urn": 5}, "urn"),
        ({"pubstatus": "commissioned"}, "pubstatus"),
        ({"version": True}, "version"),
        ({"version_created": "gestern"}, "versioncreated"),
        ({"version_created": 5}, "version_created"),
        ({"headline": ["x"]}, "headline"),
        ({"article_html": ["x"]}, "article_html"),
    ],
)
def test_what_decides_is_refused_by_name(fields: dict[str, Any], field: str) -> None:
    assert refused(**fields).where.field == field


@pytest.mark.parametrize(
    "fields",
    [
        {"urgency": "hoch"},
        {"urgency": 12},
        {"content_created": "irgendwann", "language": 5, "teaser": [], "creditline": {}},
        {"categories": [5, "x", {"type": 7, "name": {}}], "ednotes": "x", "notepad": "x"},
        {"associations": {"type": "image"}, "descriptions": 5, "signal": 7},
    ],
)
def test_what_only_describes_is_absent_where_it_cannot_be_read(fields: dict[str, Any]) -> None:
    found = article(**fields)
    assert found.body_text == "Die Brücke ist offen."
    assert found.urgency in (None, 3)


def test_a_bad_entry_does_not_stop_the_rest() -> None:
    good = entry(urn="urn:newsml:dpa.com:20090101:260101-930-2")
    for sent in ([{"urn": ""}, 5, good], {"entries": [entry(urn=None), [], good]}):
        first, second, third = read(json.dumps(sent).encode())
        assert isinstance(first, InputError)
        assert isinstance(second, InputError)
        assert isinstance(third, Article)
        assert second.where.item == 1


@pytest.mark.parametrize("sent", [b"[]", b'{"entries": []}', b'"x"', b"{}", b"{", b"[[]]"])
def test_what_is_no_entry_is_refused(sent: bytes) -> None:
    (item,) = read(sent)
    assert isinstance(item, InputError)


def test_it_is_recognised_by_its_keys_before_other_json() -> None:
    sent = json.dumps(entry()).encode()
    assert formats.detect(sent, Where()).name == "digitalwires"
    assert formats.detect(b"[" + sent + b"]", Where()).name == "digitalwires"
    assert formats.detect(b'{"entries": [' + sent + b"]}", Where()).name == "digitalwires"
    bare = b'{"urn": "urn:x", "version_created": "2026-01-01T10:00:00Z", "pubstatus": "canceled"}'
    assert formats.detect(bare.decode().encode("utf-16"), Where()).name == "digitalwires"
    for other in (b'{"uri": "urn:x"}', b'{"urn": "urn:x"}', b"<urn/>", b"", b"{"):
        assert not Digitalwires().recognises(other)


@given(st.binary(max_size=300))
def test_any_bytes_are_recognised_or_not(head: bytes) -> None:
    assert Digitalwires().recognises(head) in (True, False)


def test_many_notes_are_no_more_work_than_their_number() -> None:
    # 20,000 notes compared with each other would take minutes.
    found = article(ednotes=[note("contacts", f"Nr. {n}", public=n % 2) for n in range(20_000)])
    assert found.ednote_nonpublic is not None
    assert found.ednote_nonpublic.endswith("Nr. 19999")


def test_a_usable_entry_that_says_nothing_is_skipped_and_does_not_blank_its_story() -> None:
    empty = {"article_html": "", "infobox_html": None, "headline": "", "teaser": None}
    found = one(**empty, descriptions=[])
    assert isinstance(found, Skipped)
    assert found.reason == "entry without text"
    assert article(**empty, descriptions=[], pubstatus="withheld").pubstatus == "withheld"


def test_many_concepts_take_no_long_time() -> None:
    categories = [
        {"type": "dnltype:subject", "qcode": f"x:{n}", "name": f"{n}"} for n in range(20_000)
    ]
    started = time.process_time()
    assert len(article(categories=categories).subject) == 20_000
    assert time.process_time() - started < 5
