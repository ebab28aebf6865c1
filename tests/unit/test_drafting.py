"""What all formats do alike with what they declare: embargoes, notes, cancellations."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from dateline.article import Article
from dateline.errors import InputError
from dateline.formats.drafting import Draft, each
from dateline.versions import declared_order
from tests.unit.test_format_ninjs import article

RECEIVED = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
OPENS = dt.datetime(2035, 5, 12, 16, tzinfo=dt.UTC)
ORDER = "Sperrfrist: 12. Mai 2035, 16.00 GMT"
COPY = "Der Damm hält.\n\nDas sagt die Behörde."


# --- embargoes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headline",
    [
        "EMBARGOED UNTIL 12 May 2035 16:00 GMT - Dam holds",
        "(Sperrfrist 12. Mai 2035, 16.00 Uhr GMT) Damm hält",
        "Damm hält (Sperrfrist: 12. Mai 2035, 16.00 GMT)",
    ],
)
def test_an_embargo_in_the_headline_holds(headline: str) -> None:
    found = article(headline=headline, body_text=COPY)
    assert (found.embargoed, found.headline) == (OPENS, headline)


def test_an_embargo_in_a_headline_that_tells_no_end_withholds() -> None:
    assert article(headline="SPERRFRIST! Damm hält", body_text=COPY).pubstatus == "withheld"


@pytest.mark.parametrize(
    "fields",
    [
        {"body_text": f"{COPY}\n\n# Notizblock\n\n{ORDER}"},
        {"body_text": COPY, "ednote": f"Nicht zur Veröffentlichung: Bild folgt. {ORDER}"},
    ],
)
def test_an_embargo_in_a_note_that_is_not_public_holds_and_stays_there(
    fields: dict[str, Any],
) -> None:
    found = article(headline="Damm", **fields)
    assert found.embargoed == OPENS
    assert ORDER not in f"{found.body_text} {found.ednote}"


@pytest.mark.parametrize("sent", ["2035-05-12", "2035-05"])
def test_an_embargo_that_names_no_hour_opens_for_nobody_too_early(sent: str) -> None:
    found = article(headline="Damm", embargoed=sent)
    assert (found.pubstatus, found.embargoed) == ("withheld", None)


def test_a_day_that_is_over_everywhere_holds_nothing_back() -> None:
    assert article(headline="Damm", embargoed="2025-12-24").pubstatus == "usable"
    assert article(headline="Damm", embargoed="2026-01-01").pubstatus == "withheld"


def test_an_embargo_that_a_format_has_read_itself() -> None:
    draft = Draft("urn:test:1", None, RECEIVED)
    draft.embargo(OPENS)
    assert draft.embargoed == OPENS


@pytest.mark.parametrize(
    "lead",
    [
        "CUBA, sous embargo américain depuis le 3 février 1962, a reçu à 14h00 un cargo.",
        "KUBA, seit dem 3. Februar 1962 mit einer Sperrfrist belegt, empfing um 14.00 Uhr ein "
        "Schiff.",
    ],
)
def test_a_story_that_tells_of_an_old_embargo_is_shown(lead: str) -> None:
    found = article(headline="Cargo", body_text=f"{lead}\n\nMehr.")
    assert (found.pubstatus, found.embargoed) == ("usable", None)
    assert found.body_text == f"{lead}\n\nMehr."


def test_an_order_that_may_be_prose_is_obeyed_and_kept() -> None:
    lead = (
        "Under embargo until 2030, the documents lie in a vault below the harbour, which the "
        "council opened for the first time in years on Monday."
    )
    found = article(headline="Vault", body_text=f"{lead}\n\nMore.")
    assert (found.pubstatus, found.body_text) == ("withheld", f"{lead}\n\nMore.")


# --- notes to editors ----------------------------------------------------------------------------


def test_what_is_for_editors_only_may_begin_within_a_note() -> None:
    found = article(
        headline="Damm",
        ednote="Foto folgt. Nicht zur Veröffentlichung: Tel 030 5550142\nErika Muster",
    )
    assert found.ednote == "Foto folgt."
    assert found.ednote_nonpublic == ("Nicht zur Veröffentlichung: Tel 030 5550142\nErika Muster")


@pytest.mark.parametrize("heading", ["Kontakt", "Kontakte"])
def test_a_heading_is_no_notepad_unless_somebody_can_be_reached(heading: str) -> None:
    told = f"{COPY}\n\n{heading}\n\nDie Behörde sucht ihn zu den Nachbarn.\n\nEnde."
    assert article(headline="Damm", body_text=told).ednote_nonpublic is None
    html = f"<p>Eins.</p><h2>{heading}</h2><p>Zwei, von 1914-1918.</p><p>Drei.</p>"
    assert (article(headline="Damm", body_html=html).body_text or "").endswith("Drei.")
    reached = f"{COPY}\n\n{heading}\n\nErika Muster, +49 30 5550142"
    assert article(headline="Damm", body_text=reached).body_text == COPY
    lines = f"{COPY}\n\n{heading}\nErika Muster\nAm Markt 1\nerika@example.org"
    assert article(headline="Damm", body_text=lines).body_text == COPY


def test_a_lead_that_quotes_such_an_order_is_the_story() -> None:
    draft = Draft("urn:test:1", None, RECEIVED)
    lead = (
        "Not for publication: that is what the minister's letter said, which the harbour board "
        "read out."
    )
    draft.paragraphs = [lead, "More."]
    draft.read_copy()
    assert (draft.body, draft.notes) == (f"{lead}\n\nMore.", [])


@pytest.mark.parametrize(
    "order",
    [
        "Nicht zur Veröffentlichung",
        "NOT FOR PUBLICATION: the desk plans to send a photographer to the harbour on Monday night",
        "Not for publication: the desk can be reached on Monday night as usual, +49 30 5550142, or "
        "at the harbour",
    ],
)
def test_a_copy_that_is_for_editors_only_is_theirs(order: str) -> None:
    draft = Draft("urn:test:1", None, RECEIVED)
    draft.paragraphs = [order, "Mehr."]
    draft.read_copy()
    assert (draft.body, draft.notes) == (None, [order, "Mehr."])


# --- cancellations -------------------------------------------------------------------------------


def test_a_cancellation_without_a_time_is_newer_than_what_was_received_before() -> None:
    story = article(headline="Damm", versioncreated="2025-12-31T10:00:00Z", version=3)
    kill = article(pubstatus="canceled", version=4)
    assert kill.versioncreated == RECEIVED
    assert declared_order(kill, "versioncreated") > declared_order(story, "versioncreated")


def test_a_story_without_a_time_gets_none() -> None:
    draft = Draft("urn:test:1", None, RECEIVED)
    draft.read_copy()
    draft.order(None, None)
    draft.created_at(None)
    assert draft.article().versioncreated is None


def test_what_an_item_withdraws_besides_itself() -> None:
    draft = Draft("urn:test:2", None, RECEIVED)
    draft.headline = "Storno"
    killed = draft.withdrawal("urn:test:1")
    assert (killed.uri, killed.pubstatus) == ("urn:test:1", "canceled")
    assert (killed.update_kind, killed.versioncreated) == (["kill"], RECEIVED)
    assert draft.withdrawal("urn:test:1", replaced=True).update_kind == []


# --- several items -------------------------------------------------------------------------------


def test_a_bug_on_one_item_costs_no_other() -> None:
    def read(number: int) -> Article:
        return Article(uri=f"urn:test:{8 // number}", title="Damm")

    first, second, third = each([1, 0, 2], read)
    assert isinstance(first, Article)
    assert isinstance(third, Article)
    assert isinstance(second, InputError)
    assert "parser failed" in second.what
    assert "ZeroDivisionError" in str(second)
