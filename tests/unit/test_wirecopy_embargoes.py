"""An embargo in words hides a story until its time, wherever its line stands and however it is put;
a headline on an embargo hides nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.article import Article
from dateline.formats import wirecopy
from tests.unit.test_format_plaintext import article

ORDERS = [
    "Sperrfrist: 12. Mai 2035, 18.00 Uhr",
    "SPERRFRIST 12. MAI 2035, 18 UHR",
    "Bitte Sperrfrist beachten: 12. Mai 2035, 18.00 Uhr",
    "Mit Sperrfrist 12. Mai 2035, 18 Uhr",
    "ACHTUNG REDAKTIONEN: Sperrfrist 12.5.2035, 18.00 Uhr",
    "Es gilt eine Sperrfrist bis 12. Mai 2035, 18 Uhr",
    "Gesperrt bis 12. Mai 2035, 18 Uhr",
    "Nicht zur Veröffentlichung vor dem 12. Mai 2035, 18 Uhr",
    "EMBARGOED: 16:00 GMT 12 May 2035",
    "STRICTLY EMBARGOED: 16:00 GMT 12 May 2035",
    "Eds: Embargoed until noon; that is 12 p.m. EDT, May 12, 2035",
    "Embargo: 12 May 2035 16:00 GMT",
    "Not for publication before 12 May 2035, 16:00 GMT",
    "Ne pas diffuser avant le 12 mai 2035 à 18h00",
    "NE PAS PUBLIER AVANT LE 12 MAI 2035, 16H00 GMT",
    "À ne pas publier avant le 12 mai 2035 à 18h00",
    "Sous embargo jusqu'au 12 mai 2035 à 18h00",
]
OPENS = dt.datetime(2035, 5, 12, 16, tzinfo=dt.UTC)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "copy",
    [
        "{order}\n\nBerlin (dpa) - Der Damm hält. Mehr.\n",
        "Damm geprüft\n{order}\nVon Erika Muster, dpa\n\nBerlin (dpa) - Der Damm hält. Mehr.\n",
        "Hamburg (dpa) - {order}\n\nDer Damm hält. Mehr.\n",
        "Berlin (dpa) -\n{order}\nDer Damm hält. Mehr.\n",
        "Berlin (dpa) - Der Damm hält. Mehr.\n\n{order}\n\nZwei.\n\nDrei.\n\nVier.\n",
        "Berlin (dpa) - Der Damm hält. Mehr.\n\nZwei.\n\nDrei.\n\n{order}\n",
    ],
    ids=["alone", "in the head", "first paragraph", "below the dateline", "second", "last"],
)
def test_an_order_hides_the_story_until_its_time(order: str, copy: str) -> None:
    found = article(copy.format(order=order))
    assert (found.pubstatus, found.embargoed, found.ednote) == ("usable", OPENS, order)
    assert order not in _shown(found)
    assert (found.body_text or "").startswith("Der Damm hält. Mehr.")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "copy",
    [
        "{order}\n\nDer Damm hält. Mehr.\n",
        "Damm geprüft\n{order}\n\nDer Damm hält. Mehr.\n",
        "Damm geprüft\n\nPegel sinkt\n\n{order}\n\nDer Damm hält. Mehr.\n",
    ],
)
def test_without_a_dateline_it_is_seen_in_the_first_blocks(order: str, copy: str) -> None:
    found = article(copy.format(order=order))
    # No provider, no zone: what names none itself is held, and never opens by a guess.
    opens = OPENS if "GMT" in order or "EDT" in order else None
    assert (found.embargoed, found.pubstatus) == (opens, "usable" if opens else "withheld")
    assert order not in _shown(found)
    assert "Der Damm hält. Mehr." in (found.body_text or "")


def _shown(found: Article) -> str:
    return " ".join([found.headline or "", found.description_text or "", found.body_text or ""])


@pytest.mark.parametrize(
    "order", ["Embargo until Monday", "Sperrfrist bis Montag", "EMBARGO: SEE NOTE", "EMBARGOED"]
)
def test_an_order_without_a_readable_end_is_held(order: str) -> None:
    found = article(f"{order}\n\nBerlin (dpa) - Der Damm hält.\n")
    assert (found.pubstatus, found.embargoed, found.ednote) == ("withheld", None, order)


@pytest.mark.parametrize(
    "headline",
    [
        "Embargo: Niemand darf mehr Öl liefern",
        "Embargo until 2030 agreed by ministers",
        "Embargo gegen Inselstaat verschärft",
        "Gesperrt bis Sonntag: die Brücke am Hafen",
        "Sperrfrist für Aktien der Werft endet am Montag",
        "Sous embargo depuis dix ans, l'île change",
        "Ne pas publier les photos, un choix difficile",
    ],
)
def test_a_headline_on_an_embargo_is_shown(headline: str) -> None:
    for dateline in ("Berlin (dpa) - ", ""):
        found = article(f"{headline}\n\n{dateline}Der Handel ruht. Mehr am Abend.\n")
        assert (found.headline, found.pubstatus, found.ednote) == (headline, "usable", None)


def test_prose_that_happens_to_begin_a_line_is_no_order() -> None:
    found = article(
        "London (AFP) - The court spoke of goods that had been\n"
        "embargoed for years and of ships that nobody had seen\n"
        "since.\n"
    )
    assert found.pubstatus == "usable"
    assert "been embargoed for years" in (found.body_text or "")


def test_text_on_the_same_line_is_not_lost() -> None:
    line = "SPERRFRIST: 12. Mai 2035, 16.00 GMT. " + "Der Damm hält nach Ansicht aller. " * 8
    found = article(f"Damm geprüft\n\n{line}\n\nZwei.\n")
    assert found.pubstatus == "usable"
    assert found.embargoed == OPENS
    assert (found.body_text or "").count("Der Damm hält") == 8


def test_orders_that_contradict_each_other_are_held() -> None:
    found = article(
        "EMBARGOED: 16:00 GMT 12 May 2035\n\nBerlin (dpa) - Text.\n\nMehr.\n\n"
        "EMBARGOED: 16:00 GMT 13 May 2035\n"
    )
    assert (found.pubstatus, found.embargoed) == ("withheld", None)


def test_a_hostile_line_takes_time_in_proportion() -> None:
    # Quadratic would not come back.
    for hostile in ("BITTE " * 200_000, "(" * 1_000_000, "Embargo:" + "1." * 500_000):
        wirecopy.is_embargo(hostile)
        wirecopy.opens_notepad(hostile)
        wirecopy.embargo_end(hostile, "Europe/Berlin")
