"""Leading words of a headline say what kind of version it is; a story about a kill is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline import headlines

STORY = "Die Polizei sucht Zeugen. Der Vorfall ereignete sich am Abend in der Innenstadt."


@pytest.mark.parametrize(
    ("headline", "kinds", "number", "title"),
    [
        ("UPDATE 2-Bank raises rates", ["update"], 2, "Bank raises rates"),
        ("CORRECTED-UPDATE 1-Foo", ["correction", "update"], 1, "Foo"),
        ("REFILE-Foo", ["refile"], None, "Foo"),
        ("RPT-Foo", ["repeat"], None, "Foo"),
        ("WRAPUP 3-Foo", ["summary"], 3, "Foo"),
        ("2ND LEAD Foo", ["lead"], 2, "Foo"),
        ("1stLd-Writethru Foo", ["lead", "writethru"], 1, "Foo"),
        ("(Berichtigung: im 2. Absatz) Foo", ["correction"], None, "Foo"),
        ("(Korrektur) Foo", ["correction"], None, "Foo"),
        ("KORREKTUR: Foo", ["correction"], None, "Foo"),
        ("Korrektur: Foo", ["correction"], None, "Foo"),
        ("KORR - Foo", ["correction"], None, "Foo"),
        ("(Zusammenfassung 14.00) Foo", ["summary"], None, "Foo"),
        ("(2. Zusammenfassung - Neu: Zahlen) Foo", ["summary"], 2, "Foo"),
        ("EILMELDUNG: Foo", ["alert"], None, "Foo"),
        ("(Eil) Foo", ["alert"], None, "Foo"),
        ("URGENT - Foo", ["alert"], None, "Foo"),
        ("RECTIFICATIF: Foo", ["correction"], None, "Foo"),
        ("SYNTHÈSE - Foo", ["summary"], None, "Foo"),
        # none of these is a tag
        ("Update on the talks", [], None, "Update on the talks"),
        ("(Update on Ukraine) talks", [], None, "(Update on Ukraine) talks"),
        ("Repeat offender jailed", [], None, "Repeat offender jailed"),
        ("Lead in water: a study", [], None, "Lead in water: a study"),
        ("Kill Bill kehrt zurück", [], None, "Kill Bill kehrt zurück"),
        ("KILL-DISKUSSION", [], None, "KILL-DISKUSSION"),
        ("HOLD-UP IN PARIS", [], None, "HOLD-UP IN PARIS"),
        ("Neu: Rente für alle", [], None, "Neu: Rente für alle"),
        ("EXTRA-Rente", [], None, "EXTRA-Rente"),
    ],
)
def test_tags(headline: str, kinds: list[str], number: int | None, title: str) -> None:
    found = headlines.read(headline, body=STORY)
    assert (found.kinds, found.number, found.title) == (kinds, number, title)
    assert found.withdraws is None


def test_the_slug_counts_too() -> None:
    found = headlines.read("Foo", slug="BC-BKN--Heat-Hawks 2nd Ld-Writethru")
    assert (found.kinds, found.number, found.title) == (["lead", "writethru"], 2, "Foo")


@pytest.mark.parametrize(
    ("headline", "body", "withdraws"),
    [
        ("KILL KILL KILL", STORY, "canceled"),
        ("KILL! KILL! KILL! dpa 157", None, "canceled"),
        ("HOLD HOLD HOLD", "Bitte die Meldung vorerst nicht verwenden.", "withheld"),
        ("WITHDRAWN-Foo buys Bar", None, "canceled"),
        ("WITHDRAWN-Foo buys Bar", "The story is withdrawn. A new one will come.", "canceled"),
        (
            "KILL: dpa 157",
            "Bitte verwenden Sie die Meldung nicht. Sie ist zurückgezogen.",
            "canceled",
        ),
        ("ANNULATION: dépêche 12", "Prière de ne pas utiliser la dépêche.", "canceled"),
        ("RÜCKZUG: dpa 157", "Bitte verwenden Sie die Meldung nicht.", "canceled"),
        ("MANDATORY KILL", STORY, "canceled"),
        ("MANDATORY KILL: Foo buys Bar", STORY, "canceled"),
        ("MANDATORY HOLD - Foo buys Bar", STORY, "withheld"),
        ("Achtung Redaktionen: KILL KILL KILL", STORY, "canceled"),
        ("ATTENTION EDITORS - HOLD HOLD HOLD", STORY, "withheld"),
        ("Hinweis an die Redaktionen: KILL KILL KILL dpa 157", None, "canceled"),
        ("WITHDRAWN-Foo buys Bar", STORY, None),
        ("KILL: THE STORY OF A SONG", STORY, None),
        ("Kill order withdrawn, police say", "Police have withdrawn an order.", None),
        ("Why 'KILL KILL KILL' was sung", STORY, None),
        ("RÜCKZUG: Trainerin geht nach zehn Jahren", STORY, None),
        ("MANDATORY KILL SWITCH LAW PASSED", STORY, None),
        ("MANDATORY KILL-SWITCH LAW PASSED", STORY, None),
        ("Mandatory kill: why a farm must cull", STORY, None),
        ("Achtung Redaktionen: Foo", STORY, None),
        ("Attention, editors kill stories", STORY, None),
    ],
)
def test_only_notices_withdraw(headline: str, body: str | None, withdraws: str | None) -> None:
    assert headlines.read(headline, body=body).withdraws == withdraws


def test_a_desk_that_repeats_its_tags_for_ever_is_not_followed() -> None:
    found = headlines.read("UPDATE 1-" * 100_000 + "Foo")
    assert (found.kinds, found.number) == (["update"], 1)


@given(st.text(max_size=80))
def test_any_headline_is_read(anything: str) -> None:
    headlines.read(anything, slug=anything, body=anything)
