"""An embargo in words hides a story until its time, wherever its line stands and however it is put;
a headline on an embargo hides nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from dateline.article import Article
from dateline.formats import wirecopy
from tests.unit.test_format_ninjs import article as ninjs
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
# Word, hour and day in whatever order; nothing but the word.
IN_WORDS = """\
EMBARGO 18:00 GMT 6 Jan 2035
EMBARGO 6 JANUARY 2035 18:00 GMT
EMBARGO - 18:00 GMT 6 Jan 2035
EMBARGO 18H00 GMT
EMBARGO LUNDI 6 JANVIER 18H00
EMBARGO SUNDAY
EMBARGO SUNDAY - Dam holds
EMBARGO 0001 MONDAY
EMBARGO
*** Embargo ***
EMBARGOED COPY
(EMBARGOED.)
EMBARGO ABSOLU JUSQU'AU 6 JANVIER 2035 18H
Embargo 6. Januar 2035, 18.00 Uhr
Embargo ore 18 del 6 gennaio 2035
Embargado para las 18.00 h del 6 de enero de 2035
Under strict embargo, Sunday
MEDIA EMBARGO: 18:00 on Sunday
Bitte Embargo beachten: 6. Januar 2035, 18 Uhr
Please observe the embargo of 18:00 GMT on 6 January 2035
Merci de respecter l'embargo du 6 janvier, 18h
This story is embargoed until Monday
Diese Mitteilung ist bis Sonntag gesperrt
STRICTLY EMBARGOED. Not for public use before Friday
Do not publish before 18:00 GMT 6 Jan 2035
Do not use until Sunday
Not before 18:00 GMT 6 Jan 2035
For publication after 18:00 GMT on 6 Jan 2035
ADVANCE FOR USE SUNDAY, JAN. 6, 2035, AND THEREAFTER
Advance for Sunday, Jan. 6
HOLD UNTIL 6 P.M. SUNDAY
Nicht vor dem 6.1.2035 18 Uhr veröffentlichen
Nicht vor Montag, 18 Uhr, senden
Veröffentlichung erst ab 6.1.2035 18 Uhr
Frei ab 6.1.2035 18 Uhr
Frei zur Veröffentlichung ab Montag, 18 Uhr
Diffusion interdite avant le 6 janvier 2035 18h
À publier à partir du lundi
Difusión a partir de las 18:00 del 6 de enero de 2035
Non prima delle ore 18 del 6 gennaio 2035
Não antes das 18h00 de 6 de janeiro de 2035
Niet voor 6 januari 2035 18.00 uur publiceren
Får publiceras först 6 januari 2035 kl 18
Kan publiseres fra mandag kl. 18.00
Må først offentliggøres mandag den 6. januar 2035 kl. 18
Vapaa julkaistavaksi 6. tammikuuta 2035 klo 18
Publikacja od 6 stycznia 2035, godz. 18
""".splitlines()

# Trade, arms and islands; and what begins like an order.
STORIES = """\
Embargo against Russia extended until 2030
EMBARGO AGAINST RUSSIA EXTENDED UNTIL 2030
Embargo on the island to end on Sunday, 6 January
Embargo 2030
Embargo: 60 years on
Embargo may end at 6 p.m. today
EU lifts embargo
Island embargo: 60 years
Oil embargo from Monday, 6 January 2035
Embargoed oil reaches port
Under embargo for sixty years, the island looks ahead
Respect the embargo, UN tells states
The embargo lifts at last
Hold for ransom: the pirates of 1720
Not before 2030: the new harbour
Not until Monday will the harbour open
Not for use in pregnancy
For publication, the poet said, he had no time
For release of hostages, talks begin on Monday
FOR IMMEDIATE RELEASE January 6, 2035
Advance for women in science
Embargo gegen Russland bis 2030 verlängert
Embargo tritt am Montag in Kraft
Embargo ab 5. Dezember: Was Verbraucher wissen müssen
Frei ab 12
Frei ab 18 Uhr: Eintritt ins Museum
Nicht vor Montag: Sturm hält Fähren fest
Nicht vor 18 Uhr: Feuerwerk verboten
Veröffentlichung von Akten verlangt
Embargo sur le gaz russe
Embargo : soixante ans après
Pas avant lundi, dit le ministre
Publication à partir de 2030 des archives
Sin embargo, el puerto crece
Embargo total a Rusia
Embargado para pagar deudas, el barco sigue en puerto
Difusión a partir de redes sociales
Embargo alla Russia prorogato fino al 2030
Non prima del 2030, dice il ministro
Embargo à ilha faz sessenta anos
Embargo tegen Rusland verlengd tot 2030
Niet voor maandag: de brug blijft dicht
Niet voor het eerst publiceren wetenschappers cijfers
Embargo mot Ryssland förlängs till 2030
Ikke før mandag: brua er stengt
Embargo mod Rusland forlænges til 2030
Embargo Venäjää vastaan jatkuu vuoteen 2030
Embargo na rosyjską ropę do 2030 roku
""".splitlines()
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
        *STORIES,
        "Sous embargo depuis dix ans, l'île change",
        "Ne pas publier les photos, un choix difficile",
    ],
)
def test_a_headline_on_an_embargo_is_shown(headline: str) -> None:
    for dateline in ("Berlin (dpa) - ", ""):
        found = article(f"{headline}\n\n{dateline}Der Handel ruht. Mehr am Abend.\n")
        assert (found.headline, found.pubstatus, found.ednote) == (headline, "usable", None)


@pytest.mark.parametrize(
    "fields",
    [
        {"headline": "Dam", "body_text": "{order}\n\nThe dam holds.\n\nMore."},
        {"headline": "Dam", "body_text": "The dam holds.\n\nMore.\n\nEven more.\n\n{order}"},
        {"headline": "Dam", "ednote": "Picture follows. {order}", "body_text": "The dam holds."},
        {"headline": "Dam holds ({order})", "body_text": "The dam holds."},
        {"headline": "Dam holds - {order}", "body_text": "The dam holds."},
    ],
    ids=["above", "below", "note", "headline", "behind a dash"],
)
def test_an_order_in_words_is_obeyed_wherever_it_stands(fields: dict[str, str]) -> None:
    for order in IN_WORDS:
        found = ninjs(**{name: told.format(order=order) for name, told in fields.items()})
        assert found.embargoed is not None or found.pubstatus == "withheld", order


@pytest.mark.parametrize(
    "copy",
    [
        "{order}\n\nBerlin (dpa) - Der Damm hält. Mehr.\n",
        "Damm geprüft ({order})\n\nBerlin (dpa) - Der Damm hält. Mehr.\n",
    ],
)
def test_an_order_in_words_is_obeyed_in_plain_text(copy: str) -> None:
    for order in IN_WORDS:
        found = article(copy.format(order=order))
        assert found.embargoed is not None or found.pubstatus == "withheld", order


@pytest.mark.parametrize(
    "fields",
    [
        {"headline": "{told}", "body_text": "Der Handel ruht.\n\nMehr."},
        {"headline": "Ships wait - {told}", "body_text": "Der Handel ruht.\n\nMehr."},
        {"headline": "Handel", "body_text": "{told}\n\nDer Handel ruht.\n\nMehr."},
        {"headline": "Handel", "body_text": "Der Handel ruht.\n\n{told}"},
        {"headline": "Handel", "ednote": "See also: {told}", "body_text": "Der Handel ruht."},
    ],
    ids=["headline", "behind a dash", "above", "below", "note"],
)
def test_a_story_about_an_embargo_is_shown(fields: dict[str, str]) -> None:
    for told in STORIES:
        found = ninjs(**{name: text.format(told=told) for name, text in fields.items()})
        assert (found.pubstatus, found.embargoed) == ("usable", None), told


def test_an_hour_long_ago_is_a_story_s() -> None:
    lead = "Not before 18:00 GMT on 6 January 1991 did the ships leave."
    assert ninjs(headline="Ships", body_text=f"{lead}\n\nMore.").pubstatus == "usable"


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
