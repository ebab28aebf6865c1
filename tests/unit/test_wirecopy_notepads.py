"""What is for editors only stays with the editors: never in the body, never in a headline."""

from __future__ import annotations

import pytest

from dateline.formats import wirecopy
from tests.unit.test_format_plaintext import article

REACHED = "Erika Muster, +49 30 5550142, muster@example.org"


@pytest.mark.parametrize(
    "opening",
    [
        "Notizblock",
        "# dpa-Notizblock:",
        "Die folgenden Hinweise sind nicht zur Veröffentlichung bestimmt",
        "Diese Angaben sind nicht zur Veröffentlichung bestimmt.",
        "NICHT ZUR VEROEFFENTLICHUNG",
        f"(Nicht zur Veröffentlichung: {REACHED})",
        f"[NOT FOR PUBLICATION - {REACHED}]",
        f"Editors: not for publication - call {REACHED}",
        f"Les informations suivantes ne sont pas destinées à la publication : {REACHED}",
        f"À ne pas publier : {REACHED}",
        "Nicht zur Veröffentlichung: Ansprechpartnerin in der Redaktion Innenpolitik am Standort "
        f"Neustadt an der Musterau ist bis zum späten Abend {REACHED}, danach der Chef vom Dienst",
    ],
)
def test_a_notepad_goes_on_to_the_end(opening: str) -> None:
    for head in ("Berlin (dpa) - ", "Damm geprüft\n\n"):
        found = article(f"{head}Der Damm hält.\n\nMehr.\n\n{opening}\n\n{REACHED}\n")
        assert found.body_text == "Der Damm hält.\n\nMehr."
        assert (found.ednote_nonpublic or "").startswith(opening)
        assert (found.ednote_nonpublic or "").endswith(REACHED)


def test_a_notepad_above_the_dateline_ends_there() -> None:
    found = article(f"Damm geprüft\n\nNotizblock\n\n{REACHED}\n\nBerlin (dpa) - Der Damm hält.\n")
    assert (found.headline, found.description_text) == ("Damm geprüft", None)
    assert found.body_text == "Der Damm hält."
    assert found.ednote_nonpublic == f"Notizblock\n\n{REACHED}"


@pytest.mark.parametrize(
    "line",
    [
        "Notizblock des Ministers gefunden",
        "Notizblock und Stift genügen, um hier zu zeichnen.",
        "Nicht zur Veröffentlichung bestimmte Briefe des Dichters, die ein Enkel auf dem Dachboden "
        "fand und dem Archiv der Stadt überließ, sind nun in einer Ausstellung am Markt zu sehen.",
        "Ne pas publier les photos, un choix difficile",
        "Not for publication before 12 May 2035, 16:00 GMT",
        "À ne pas publier avant le 12 mai 2035 à 18h00",
    ],
)
def test_what_is_no_notepad(line: str) -> None:
    assert not wirecopy.opens_notepad(line)
