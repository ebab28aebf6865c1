"""Which version held at a time, and what changed from one to the next."""

from __future__ import annotations

import datetime as dt
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.article import Article, Concept, Dateline, Provenance
from dateline.history import Change, diff, holdings_at
from dateline.ledger import Entry, of_article
from dateline.versions import Rule, Standing, content_hash, merge

T0 = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
LATER = T0 + dt.timedelta(days=1)


def by_date(_provider: str | None) -> Rule:
    return "versioncreated"


def by_number(_provider: str | None) -> Rule:
    return "version"


def article(text: str, received: int = 0, **more: object) -> Article:
    """One version as it was parsed; received in minutes after T0."""
    plain = Article(
        **{"uri": "urn:np:1", "title": text, "body_text": text, "provider": "np", **more}  # type: ignore[arg-type]
    )
    origin = Provenance(
        received=T0 + dt.timedelta(minutes=received),
        content=content_hash(plain),
        topic="articles.raw",
        partition=0,
        offset=received,
        item=0,
    )
    return msgspec.structs.replace(plain, provenance=origin)


def entry(text: str, received: int = 0, outcome: str = "indexed", **more: object) -> Entry:
    return of_article(article(text, received, **more), outcome, items=1, written=LATER)


def created(minutes: int) -> dt.datetime:
    return T0 + dt.timedelta(minutes=minutes)


def text_at(minutes: int, *entries: Entry, rules=by_date) -> str | None:  # type: ignore[no-untyped-def]
    """Title's stand-in: the receipt (minutes) of the entry that held, and how."""
    holdings = holdings_at(entries, created(minutes), rules)
    if not holdings:
        return None
    (holding,) = holdings
    return f"{holding.entry.offset} {holding.held}"


def test_each_version_holds_until_the_next_has_come() -> None:
    versions = (
        entry("A", 0, version=1, versioncreated=created(0)),
        entry("B", 10, version=2, versioncreated=created(9)),
        entry("", 20, version=3, versioncreated=created(19), pubstatus="canceled"),
    )
    assert text_at(-1, *versions) is None
    assert text_at(0, *versions) == "0 indexed"
    assert text_at(9, *versions) == "0 indexed"
    assert text_at(10, *versions) == "10 indexed"
    assert text_at(25, *versions) == "20 withdrawn"


def test_a_late_older_version_never_holds() -> None:
    versions = (
        entry("B", 0, versioncreated=created(9)),
        entry("A", 10, "superseded", versioncreated=created(0)),
    )
    assert text_at(20, *versions) == "0 indexed"
    assert text_at(20, *reversed(versions)) == "0 indexed"


def test_the_providers_rule_decides_even_if_the_first_entry_names_no_provider() -> None:
    old = entry("A", 0, provider=None, version=2, versioncreated=created(0))
    new = entry("B", 1, version=1, versioncreated=created(5))
    assert text_at(9, old, new) == "1 indexed"
    assert text_at(9, old, new, rules=by_number) == "0 indexed"


def test_an_embargo_is_judged_at_the_time_that_is_asked_for() -> None:
    held = entry("A", 0, "embargoed", embargoed=created(30))
    assert text_at(5, held) == "0 embargoed"
    assert text_at(31, held) == "0 indexed"
    assert text_at(5, entry("A", 0, "withheld", pubstatus="withheld")) == "0 withheld"


def test_dead_skipped_and_refused_ones_hold_nothing() -> None:
    good = entry("A", 0, versioncreated=created(0))
    for outcome in ("dead", "skipped", "refused"):
        assert text_at(9, good, entry("B", 5, outcome, versioncreated=created(5))) == "0 indexed"


def test_a_text_that_comes_again_is_its_first_sending() -> None:
    assert text_at(9, entry("A", 0), entry("B", 1), entry("A", 2, "indexed")) == "0 indexed"
    assert text_at(1, entry("A", 0), entry("B", 1), entry("A", 2, "indexed")) == "1 indexed"


def test_each_story_of_a_uri_that_is_not_absolute_holds_by_itself() -> None:
    def rules(provider: str | None) -> Rule:
        return "version" if provider == "afp" else "versioncreated"

    entries = (
        entry("A", 0, uri="4711", version=1, versioncreated=created(0)),
        entry("a", 5, uri="4711", provider="afp", version=2, versioncreated=created(5)),
        entry("b", 6, uri="4711", provider="afp", version=1, versioncreated=created(6)),
        entry("B", 7, uri="4711", version=2, versioncreated=created(4)),
        entry("", 8, uri="4711", provider="afp", version=3, pubstatus="canceled"),
        entry("0", 9, "refused", uri="4711", provider="dpa"),
    )

    def held(minutes: int) -> list[tuple[str | None, int | None, str]]:
        holdings = holdings_at(entries, created(minutes), rules)
        return [(one.entry.identity, one.entry.offset, one.held) for one in holdings]

    assert held(-1) == []
    assert held(4) == [("np|4711", 0, "indexed")]
    assert held(6) == [("np|4711", 0, "indexed"), ("afp|4711", 5, "indexed")]
    assert held(9) == [("np|4711", 7, "indexed"), ("afp|4711", 8, "withdrawn")]


@given(st.integers(0, 10_000), st.sampled_from(["versioncreated", "version"]))
@settings(max_examples=300, deadline=None)
def test_it_is_what_the_order_of_versions_shows(seed: int, rule: Rule) -> None:
    """Against the fold that the index is made by, for the same articles in the same order."""
    chosen = random.Random(seed)
    articles = [
        article(
            chosen.choice("ABC"),
            received,
            version=chosen.choice([None, 1, 2]),
            versioncreated=chosen.choice([None, created(0), created(1)]),
            pubstatus=chosen.choice(["usable", "usable", "withheld", "canceled"]),
        )
        for received in range(chosen.randint(1, 8))
    ]
    at = chosen.randrange(len(articles))
    standing: Standing | None = None
    for one in articles[: at + 1]:
        standing = merge(standing, one, enriched=1, rule=rule, now=LATER).standing
    assert standing is not None
    entries = [of_article(one, "indexed", items=1, written=LATER) for one in articles]
    chosen.shuffle(entries)
    (holding,) = holdings_at(entries, created(at), lambda _: rule)
    assert holding.entry.content == standing.shown
    origin = standing.contents[standing.shown].origin
    assert (holding.entry.received, holding.entry.offset) == (origin.received, origin.offset)


# --- what changed --------------------------------------------------------------------------------


def test_fields_that_came_went_and_changed() -> None:
    old = article(
        "Titel",
        headline="Brücke gesperrt",
        slugline="Brücke",
        dateline=Dateline(text="Aalen (np)", city="Aalen"),
        subject=[Concept(code="A1")],
    )
    new = article(
        "Titel",
        received=5,
        headline="Brücke wieder offen",
        urgency=4,
        dateline=Dateline(text="Aalen (np)", city="Aalen", country_code="DE"),
        subject=[Concept(code="A1"), Concept(code="B2")],
    )
    found = diff(old, new)
    assert {change.field: (change.old, change.new) for change in found.changes} == {
        "headline": ("Brücke gesperrt", "Brücke wieder offen"),
        "slugline": ("Brücke", None),
        "urgency": (None, 4),
        "dateline.country_code": (None, "DE"),
        "subject": ([{"code": "A1"}], [{"code": "A1"}, {"code": "B2"}]),
    }
    assert found.body == []


def test_paragraphs_that_came_and_went() -> None:
    old = article("T", body_text="Erster Absatz.\n\nZweiter.\n\nDritter.\n\nVierter.")
    new = article("T", body_text="Erster Absatz.\n\nZweiter.\n\nVierter, neu.")
    assert diff(old, new).body == [
        "@@ -2,3 +2,2 @@",
        " Zweiter.",
        "-Dritter.",
        "-Vierter.",
        "+Vierter, neu.",
    ]


def test_a_withdrawal_takes_the_whole_text() -> None:
    found = diff(
        article("T", body_text="Falsch.\n\nAlles."),
        article("T", body_text=None, pubstatus="canceled"),
    )
    assert found.changes == [Change(field="pubstatus", old="usable", new="canceled")]
    assert found.body == ["@@ -1,2 +0,0 @@", "-Falsch.", "-Alles."]


@pytest.mark.parametrize("text", ["", "A", "A\n\nB\nC"])
def test_the_same_text_received_again_is_no_change(text: str) -> None:
    assert diff(article("T", body_text=text), article("T", received=9, body_text=text)).same
