"""Leading words of a headline say what kind of version it is; a story about a kill is none."""

from __future__ import annotations

from typing import Any

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


TAKEN_BACK = "This story has been withdrawn. Please do not use."


@pytest.mark.parametrize(
    ("told", "withdraws"),
    [
        ({"body": f"KILL KILL KILL\n\n{STORY}"}, "canceled"),
        ({"body": f"MANDATORY KILL\n\n{STORY}"}, "canceled"),
        ({"body": f"{STORY}\nACHTUNG REDAKTIONEN: KILL KILL KILL dpa 157"}, "canceled"),
        ({"body": "KILL KILL KILL - Please kill the story. It was sent in error."}, "canceled"),
        ({"body": f"HOLD HOLD HOLD\n\n{STORY}"}, "withheld"),
        ({"slug": "KILL KILL KILL", "body": STORY}, "canceled"),
        ({"slug": "BC-KILL KILL-Foo", "body": STORY}, "canceled"),
        ({"slug": "BC-US--Mandatory Kill", "body": STORY}, "canceled"),
        ({"note": "KILL KILL KILL - do not use", "body": STORY}, "canceled"),
        ({"note": "Foto folgt. MANDATORY KILL. Do not use.", "body": STORY}, "canceled"),
        ({"note": "HOLD HOLD HOLD", "body": STORY}, "withheld"),
        ({"body": '"KILL KILL KILL", the crowd sang.'}, None),
        ({"body": "KILL! KILL! KILL! So klang es am Montag."}, None),
        ({"body": "The crowd sang: KILL KILL KILL"}, None),
        ({"slug": "KILL-BILL/", "body": STORY}, None),
        ({"slug": "US-MANDATORY KILL SWITCH", "body": STORY}, None),
        ({"note": "UPDATES with killing. Kill 4th graf.", "body": STORY}, None),
        ({"note": "See also: Kill Bill", "body": STORY}, None),
    ],
)
def test_a_notice_may_stand_below_an_ordinary_headline(
    told: dict[str, Any], withdraws: str | None
) -> None:
    found = headlines.read("Minister said so", **told)
    assert (found.title, found.withdraws) == ("Minister said so", withdraws)


@pytest.mark.parametrize(
    ("headline", "withdraws"),
    [
        ("MANDATORY KILL-Foo", "canceled"),
        ("MANDATORY KILL Foo", "canceled"),
        ("MANDATORY HOLD-Foo", "withheld"),
        ("KILL-Foo", "canceled"),
        ("KILL Foo", "canceled"),
        ("BC-KILL-Foo", "canceled"),
        ("HOLD-Foo", "withheld"),
        ("WITHDRAWN Foo", "canceled"),
        ("RETRACTED: Foo", "canceled"),
        ("AVIS D'ANNULATION Foo", "canceled"),
    ],
)
def test_without_a_colon_it_is_a_notice_where_copy_is_taken_back(
    headline: str, withdraws: str
) -> None:
    found = headlines.read(headline, body=TAKEN_BACK)
    assert (found.withdraws, found.title) == (withdraws, "Foo")
    assert headlines.read(headline, body=STORY).withdraws is None
    assert headlines.read(headline, body=TAKEN_BACK + STORY * 100).withdraws is None


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("Police kill 3", "Police killed three people on Monday."),
        ("KILLED: 3 people in raid", "Police killed three people. Two were killed in the town."),
        ("KILL BILL RETURNS", "The film returns. It was withdrawn in May."),
        ("KILL: THE STORY OF A SONG", "Kill is a song that tells how police killed a man."),
        ("KILL-SWITCH LAW PASSED", "Police can kill engines. Objections were withdrawn."),
        ("KILL SWITCH RECALL", "Do not use the cars, the maker says."),
        ("HOLD-UP IN PARIS", "Robbers told staff to hold still. Police hold two men."),
        ("HOLD: TALKS IN GENEVA", "Ministers hold talks on Monday."),
        ("They sang 'KILL KILL KILL'", "The crowd sang on Monday."),
        ("AVIS D'ANNULATION DU CONCERT", "Le concert est annulé."),
        ("ANNULATION: le festival", "Le festival est annulé, dit la mairie."),
        ("RETRACTED: harbour plan", "The council retracted its plan."),
    ],
)
def test_a_story_about_killing_is_no_notice(headline: str, body: str) -> None:
    assert headlines.read(headline, body=body).withdraws is None


@pytest.mark.parametrize("headline", ["Foo - KILL KILL KILL", "Foo (KILL KILL KILL)"])
def test_a_notice_may_end_a_headline(headline: str) -> None:
    found = headlines.read(headline, body=STORY)
    assert (found.kinds, found.title, found.withdraws) == (["kill"], "Foo", "canceled")


def test_a_desk_that_repeats_its_tags_for_ever_is_not_followed() -> None:
    found = headlines.read("UPDATE 1-" * 100_000 + "Foo")
    assert (found.kinds, found.number) == (["update"], 1)


@given(st.text(max_size=80))
def test_any_headline_is_read(anything: str) -> None:
    headlines.read(anything, slug=anything, body=anything, note=anything)
