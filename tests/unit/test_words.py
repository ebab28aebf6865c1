"""What editors say in words is read in many languages, from data that a desk extends; a story that
speaks of the same things is a story."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline import headlines, providers, words
from dateline.article import Article
from dateline.errors import UsageError
from dateline.formats import wirecopy
from tests.unit.test_format_ninjs import article as ninjs
from tests.unit.test_format_plaintext import article

ROOT = Path(__file__).parents[2]
STORY = "Am Hafen wird gebaut. The harbour is being rebuilt. El puerto crece. Hamnen byggs om."


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A working folder with a dateline.toml of these lines."""

    def settle(toml: str) -> None:
        (tmp_path / "dateline.toml").write_text(toml, "utf-8")
        monkeypatch.chdir(tmp_path)
        words.lexicon.cache_clear()
        providers.catalogue.cache_clear()

    yield settle
    monkeypatch.undo()
    words.lexicon.cache_clear()
    providers.catalogue.cache_clear()


# --- kinds of versions ---------------------------------------------------------------------------

LEADING = [
    # de, en, fr: test_text_headlines has more
    ("AKTUALISIERUNG 1-Hafen", "update", 1),
    ("ROUNDUP 2: Hafen", "summary", 2),
    ("MISE A JOUR: Hafen", "update", None),
    # es
    ("CORRECCIÓN: Hafen", "correction", None),
    ("CORRECCION - Hafen", "correction", None),
    ("CORREGIDO-Hafen", "correction", None),
    ("Rectificación: Hafen", "correction", None),
    ("(Corrección) Hafen", "correction", None),
    ("ACTUALIZA 2-Hafen", "update", 2),
    ("(AMPLIACIÓN) Hafen", "update", None),
    ("(Ampliación 3) Hafen", "update", 3),
    ("2ª AMPLIACIÓN Hafen", "update", 2),
    ("AMPLÍA: Hafen", "update", None),
    ("RESUMEN 1-Hafen", "summary", 1),
    ("REPETICIÓN - Hafen", "repeat", None),
    ("URGENTE: Hafen", "alert", None),
    ("Urgente: Hafen", "alert", None),
    ("AVANCE - Hafen", "alert", None),
    ("ÚLTIMA HORA: Hafen", "alert", None),
    # it
    ("CORREZIONE: Hafen", "correction", None),
    ("Rettifica: Hafen", "correction", None),
    ("AGGIORNAMENTO - Hafen", "update", None),
    ("PUNTO 1-Hafen", "update", 1),
    ("RIEPILOGO: Hafen", "summary", None),
    ("(Ripetizione) Hafen", "repeat", None),
    ("++ Hafen ++", "alert", None),
    ("ULTIM'ORA: Hafen", "alert", None),
    # pt
    ("CORREÇÃO: Hafen", "correction", None),
    ("CORRECAO: Hafen", "correction", None),
    ("CORRIGIDO-Hafen", "correction", None),
    ("ATUALIZA 3-Hafen", "update", 3),
    ("(ATUALIZADA) Hafen", "update", None),
    ("RESUMO: Hafen", "summary", None),
    ("REPETIÇÃO: Hafen", "repeat", None),
    # nl
    ("CORRECTIE: Hafen", "correction", None),
    ("Rectificatie: Hafen", "correction", None),
    ("RECHTZETTING - Hafen", "correction", None),
    ("(aanvulling) Hafen", "update", None),
    ("SAMENVATTING: Hafen", "summary", None),
    ("HERHALING: Hafen", "repeat", None),
    ("SPOED: Hafen", "alert", None),
    # sv
    ("RÄTTELSE: Hafen", "correction", None),
    ("RATTELSE: Hafen", "correction", None),
    ("RAETTELSE: Hafen", "correction", None),
    ("Rättelse: Hafen", "correction", None),
    ("UPPDATERAD: Hafen", "update", None),
    ("SAMMANFATTNING - Hafen", "summary", None),
    ("OMSÄNDNING: Hafen", "repeat", None),
    ("FLASH: Hafen", "alert", None),
    # no, da, fi, pl
    ("RETTELSE: Hafen", "correction", None),
    ("(Oppdatert) Hafen", "update", None),
    ("HAST: Hafen", "alert", None),
    ("OPDATERING - Hafen", "update", None),
    ("GENTAGELSE: Hafen", "repeat", None),
    ("KORJAUS: Hafen", "correction", None),
    ("PÄIVITYS: Hafen", "update", None),
    ("KOOSTE: Hafen", "summary", None),
    ("KOREKTA: Hafen", "correction", None),
    ("UZUPELNIENIE: Hafen", "update", None),
    ("PILNE: Hafen", "alert", None),
]


@pytest.mark.parametrize(("headline", "kind", "number"), LEADING)
def test_words_that_lead_a_headline_tell_the_kind_of_version(
    headline: str, kind: str, number: int | None
) -> None:
    found = headlines.read(headline, body=STORY)
    assert (found.kinds, found.number, found.title) == ([kind], number, "Hafen")
    assert found.withdraws is None


def test_several_words_may_lead_in_any_language() -> None:
    found = headlines.read("CORRECCIÓN-ACTUALIZA 2-Hafen", body=STORY)
    assert (found.kinds, found.number, found.title) == (["correction", "update"], 2, "Hafen")


@pytest.mark.parametrize(
    "headline",
    [
        # es
        "Ampliación: el puerto crece hacia el sur",
        "AMPLIACIÓN DEL PUERTO APROBADA",
        "Avance: la semana en el puerto",
        "Alerta por lluvias en la costa",
        "Urgente necesidad de barcos",
        "ANULADO: EL CONCIERTO DEL PUERTO",
        "Anulada: la regata de vela",
        "ANULADO EL PARTIDO POR LA LLUVIA",
        "RETIRADA: LAS TROPAS DEJAN EL PUERTO",
        # it
        "Punto: la squadra resta prima",
        "PUNTO - La squadra resta prima",
        "Corretto: così si scrive una lettera",
        "ANNULLATO: IL CONCERTO SUL MOLO",
        "+++ Hafen +++ Werft +++",
        "C++ und mehr C++",
        # pt
        "Resumo: a semana no porto",
        "Alerta: chuva forte no porto",
        "ANULADA: A REGATA DO TEJO",
        # nl
        "Spoed: artsen werken door",
        "Aanvulling: de kade krijgt lampen",
        "VERVALT: DE FERRY VAN ZES UUR",
        "INGETROKKEN: VERGUNNING VOOR DE WERF",
        # sv, no, da, fi, pl
        "STRUKEN: HÄSTEN STARTAR INTE",
        "Utgår: loppet på söndag",
        "UTGÅR: FÄRJAN KLOCKAN SEX",
        "TRUKKET: SØKNADEN OM NY KAI",
        "Hast på kaia: båten venter",
        "ANNULLERET: KONCERTEN PÅ KAJEN",
        "PERUTTU: KONSERTTI SATAMASSA",
        "ANULOWANE: KONCERT NA MOLO",
        # de, en, fr
        "RETTET DIE WERFT: Tausende auf der Straße",
        "(KORR-Bericht) Hafen",
        "Synthese: wie Stoffe entstehen",
    ],
)
def test_headlines_that_begin_alike_are_left_alone(headline: str) -> None:
    found = headlines.read(headline, body=STORY)
    assert (found.kinds, found.title, found.withdraws) == ([], headline, None)


def test_no_word_says_two_things() -> None:
    known: dict[str, str] = {}
    for language in words.lexicon().languages.values():
        for kind, word in language.of_kind():
            for spelt in words.spellings(word):
                assert known.setdefault(spelt, kind) == kind, word


def test_the_words_of_each_language_are_complete() -> None:
    """Eight languages at least, and each knows all that an editor may say in it."""
    languages = words.lexicon().languages
    assert {"en", "de", "fr", "es", "it", "pt", "nl", "sv"} <= set(languages)
    for language in ("de", "fr", "es", "it", "pt", "nl", "sv"):
        for name in ("correction", "update", "summary", "repeat", "alert", "kill", "embargo"):
            assert getattr(languages[language], name), (language, name)
        for name in ("desks", "confirms_kill", "confirms_hold", "notepad", "byline", "titled"):
            assert getattr(languages[language], name), (language, name)


def test_every_list_of_the_shipped_file_is_explained_there() -> None:
    text = files("dateline").joinpath("words.toml").read_text("utf-8")
    head = text[: text.index("\n[")]
    for name in words.Words.__struct_fields__:
        assert f" {name}" in head, name
    assert set(tomllib.loads(text)) == set(words.lexicon().languages)


# --- notices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headline", "body", "withdraws"),
    [
        ("ANULACIÓN: despacho 12", "Rogamos no publicar el despacho 12.", "canceled"),
        ("ANULADA: Hafen", "La noticia sobre el puerto queda anulada.", "canceled"),
        ("ANULADA ANULADA ANULADA", STORY, "canceled"),
        ("AVISO DE ANULACIÓN: Hafen", STORY, "canceled"),
        ("RETENER: Hafen", "No publicar hasta nuevo aviso.", "withheld"),
        ("ANNULLAMENTO: Hafen", "Si prega di non utilizzare il servizio 12.", "canceled"),
        ("ANNULLARE: Hafen", "La notizia delle 12 va annullata.", "canceled"),
        ("ANULAÇÃO: Hafen", "Pedimos que não utilizem o despacho 12.", "canceled"),
        ("ANULADA: Hafen", "A notícia sobre o porto foi anulada.", "canceled"),
        ("VERVALT: Hafen", "Dit bericht vervalt. Een nieuwe versie volgt.", "canceled"),
        ("INGETROKKEN: Hafen", "Het bericht over de haven is ingetrokken.", "canceled"),
        ("AANHOUDEN: Hafen", "Het bericht nog niet publiceren.", "withheld"),
        ("STRUKEN: Hafen", "Texten om hamnen ska inte användas.", "canceled"),
        ("UTGÅR: Hafen", "Telegrammet om hamnen utgår.", "canceled"),
        ("AVVAKTA: Hafen", "Publicera inte texten tills vidare.", "withheld"),
        ("TRUKKET: Hafen", "Meldingen om havnen er trukket.", "canceled"),
        ("NTB MELDING TRUKKET", STORY, "canceled"),
        ("TIL REDAKSJONENE: NTB MELDING TRUKKET", STORY, "canceled"),
        ("ANNULLERET: Hafen", "Telegrammet om havnen må ikke bruges.", "canceled"),
        ("PERUTTU: Hafen", "Juttua ei saa julkaista.", "canceled"),
        ("PERUTTU: uutinen 12", None, "canceled"),
        ("ANULOWANIE: Hafen", "Depesza o porcie została anulowana.", "canceled"),
        ("UWAGA REDAKCJE: KILL KILL KILL", STORY, "canceled"),
        ("ATENCIÓN EDITORES: KILL KILL KILL", STORY, "canceled"),
        ("¡ATENCIÓN! HOLD HOLD HOLD", STORY, "withheld"),
        ("ATTENZIONE ALLE REDAZIONI - KILL KILL KILL", STORY, "canceled"),
        ("LET OP REDACTIES: KILL KILL", STORY, "canceled"),
        ("OBS! TILL REDAKTIONERNA: KILL KILL", STORY, "canceled"),
        ("KILL: TT 12", "Texten om hamnen ska inte publiceras.", "canceled"),
        # Events, not copy: with nothing but a headline, too.
        ("ANULADO: EL CONCIERTO", "El concierto de hoy fue anulado por la lluvia.", None),
        ("ANULADO: EL CONCIERTO", None, None),
        ("ANNULLATO: IL CONCERTO", "Il concerto del molo è stato annullato.", None),
        ("PERUTTU: KONSERTTI", "Konsertti satamassa on peruttu.", None),
        ("PERUTTU: KONSERTTI", None, None),
        ("UTGÅR: FÄRJAN", "Färjan klockan sex utgår.", None),
        ("INGETROKKEN: VERGUNNING", "De vergunning van de werf is ingetrokken.", None),
        ("TRUKKET: SØKNADEN", "Søknaden om ny kai er trukket.", None),
        ("ANULADO, ANULADO: DOS GOLES QUE NO VALEN", STORY, None),
        # French words confirm French ones only.
        ("ANULAR: EL PLAN", "Las tropas se retiraron. Retirer, retirar.", None),
    ],
)
def test_only_what_speaks_of_copy_withdraws(
    headline: str, body: str | None, withdraws: str | None
) -> None:
    found = headlines.read(headline, body=body)
    assert found.withdraws == withdraws
    assert bool({"kill", "hold"} & set(found.kinds)) == (withdraws is not None)
    if withdraws is None:
        assert found.title == headline


def test_a_kill_in_spanish_hides_its_story() -> None:
    found = ninjs(headline="ANULADA: El puerto crece", body_text="Rogamos no usar la noticia.")
    assert (found.pubstatus, found.update_kind, found.title) == (
        "canceled",
        ["kill"],
        "El puerto crece",
    )


# --- embargoes -----------------------------------------------------------------------------------

ORDERS = [
    ("efe", "EMBARGADA HASTA el 12 de mayo de 2035 a las 18.00 horas"),
    ("efe", "Embargo hasta el 12 de mayo de 2035, 18:00 horas"),
    ("efe", "Bajo embargo hasta las 18:00 h del 12 de mayo de 2035"),
    ("efe", "ATENCIÓN EDITORES: no difundir antes de las 18.00 horas del 12 de mayo de 2035"),
    ("efe", "Prohibida su difusión hasta el 12 may 2035, 18:00 (hora de Madrid)"),
    ("ansa", "EMBARGO FINO alle ore 18.00 del 12 maggio 2035"),
    ("ansa", "Sotto embargo fino al 12 maggio 2035, ore 18"),
    ("ansa", "Da non pubblicare prima delle ore 18 del 12 maggio 2035"),
    ("lusa", "EMBARGO ATÉ às 17h00 de 12 de maio de 2035"),
    ("lusa", "Sob embargo até 12 de maio de 2035, 17 horas"),
    ("lusa", "Não divulgar antes das 17h00 de 12 mai 2035"),
    ("anp", "EMBARGO TOT 12 mei 2035, 18.00 uur"),
    ("anp", "Onder embargo tot donderdag 12 mei 2035 18 uur"),
    ("anp", "Let op redacties: niet publiceren voor 12 mei 2035 om 18.00 uur"),
    ("tt", "SPÄRRTID: 12 maj 2035 kl 18.00"),
    ("tt", "Spärrtid 12 maj 2035 klockan 18"),
    ("tt", "OBS! Embargo till den 12 maj 2035 kl. 18.00"),
    ("tt", "Får ej publiceras före 12 maj 2035 kl 18.00 svensk tid"),
    ("ntb", "Sperrefrist: 12. mai 2035 kl. 18.00"),
    ("ntb", "KLAUSULERT TIL 12. mai 2035 kl 1800"),
    ("ritzau", "Klausuleret til den 12. maj 2035 kl. 18.00"),
    ("ritzau", "Må ikke offentliggøres før 12. maj 2035 kl. 18"),
    ("stt", "Julkaisuvapaa 12. toukokuuta 2035 klo 19.00"),
    ("stt", "EMBARGO: 12. toukokuuta 2035 kello 19"),
    ("pap", "EMBARGO DO 12 maja 2035, godz. 18.00"),
    ("pap", "UWAGA: nie publikować przed 12 maja 2035 r., godz. 18"),
    ("dpa", "Nicht vor 12.5.2035, 18.00 Uhr verwenden"),
]
OPENS = dt.datetime(2035, 5, 12, 16, tzinfo=dt.UTC)


@pytest.mark.parametrize(("provider", "order"), ORDERS)
def test_an_embargo_in_words_hides_a_story_until_its_time(provider: str, order: str) -> None:
    name = providers.catalogue().get(provider).names[0]
    found = article(f"Hafen gebaut\n{order}\n\nBerlin ({name}) - Der Hafen wächst. Mehr.\n")
    assert (found.provider, found.embargoed, found.pubstatus) == (provider, OPENS, "usable")
    assert found.ednote == order
    assert found.body_text == "Der Hafen wächst. Mehr."


@pytest.mark.parametrize(
    "order",
    [
        "EMBARGADA HASTA EL LUNES",
        "Embargo hasta mañana",
        "EMBARGO FINO A DOMANI",
        "Embargo até amanhã",
        "Embargo tot morgen 10 uur",
        "Spärrtid måndag",
        "SPERREFRIST",
        "Klausuleret: mandag",
        "Julkaisuvapaa klo 18",
        "EMBARGO DO PONIEDZIAŁKU",
        # Somebody else's clock
        "Bajo embargo hasta el 12 de mayo de 2035 a las 18.00, hora de Tokio",
        "Sotto embargo fino al 12 maggio 2035, ore 18 ora locale",
        "Onder embargo tot 12 mei 2035 18.00 uur plaatselijke tijd",
        "Spärrtid: 12 maj 2035 kl 18.00 lokal tid",
        "Embargo do 12 maja 2035, godz. 18 czasu lokalnego",
    ],
)
def test_an_order_without_a_readable_end_is_held(order: str) -> None:
    found = article(f"{order}\n\nBerlin (dpa) - Der Hafen wächst.\n")
    assert (found.pubstatus, found.embargoed, found.ednote) == ("withheld", None, order)


@pytest.mark.parametrize(
    "headline",
    [
        "Embargo hasta 2040 para la isla del norte",
        "Embargada: la mansión del banquero ante la playa",
        "Embargados los bienes de la naviera del puerto",
        "Embargo fino al 2040 deciso dai ministri",
        "Embargo até 2040 para a ilha do norte",
        "Niet gebruiken voor het jaar om is, zegt de fabriek",
        "Embargo tot 2040 voor het eiland in het noorden",
        "Embargo till 2040 för ön i norr",
        "Publiceras tidigast nästa år: boken om hamnen",
        "Klausuleret til helårsbeboelse: husene ved havnen",
        "Embargo til 2040 for øya i nord",
        "Embargo do 2040 roku dla wyspy na północy",
        "Nicht vor 2040: der Hafen wird später fertig",
    ],
)
def test_a_headline_on_an_embargo_is_shown(headline: str) -> None:
    found = article(f"{headline}\n\nBerlin (dpa) - Der Handel ruht. Mehr am Abend.\n")
    assert (found.headline, found.pubstatus, found.ednote) == (headline, "usable", None)


def test_a_seizure_at_its_day_and_hour_is_no_order() -> None:
    found = article(
        "Madrid (EFE) - Los bienes, embargados el 12 de mayo de 2035 a las 10.00 horas, son muchos."
    )
    assert (found.pubstatus, found.embargoed, found.ednote) == ("usable", None, None)


# --- notepads and bylines ------------------------------------------------------------------------

REACHED = "Erika Muster, +49 30 5550142, muster@example.org"


@pytest.mark.parametrize(
    "opening",
    [
        "No para publicación:",
        "NO DESTINADO A SU PUBLICACION",
        "Solo para información de la redacción",
        "Non destinato alla pubblicazione",
        "Le seguenti informazioni non sono destinate alla pubblicazione",
        "Ad uso interno",
        "Não é para publicação",
        "As seguintes informações não são destinadas a publicação",
        "Noot voor de redactie",
        "(Niet voor publicatie)",
        "Ej för publicering",
        "Följande information är inte avsedd för publicering",
        "Til redaksjonen:",
        "Ikke for publisering",
        "Ikke til offentliggørelse",
        "Ei julkaistavaksi",
        "Nie do publikacji",
        "UWAGA: poniższe informacje nie są przeznaczone do publikacji",
        f"ATENCIÓN EDITORES: no para publicación - {REACHED}",
    ],
)
def test_a_notepad_is_for_editors_only(opening: str) -> None:
    found = article(f"Berlin (dpa) - Der Damm hält.\n\nMehr.\n\n{opening}\n\n{REACHED}\n")
    assert found.body_text == "Der Damm hält.\n\nMehr."
    assert (found.ednote_nonpublic or "").startswith(opening)
    assert (found.ednote_nonpublic or "").endswith(REACHED)


@pytest.mark.parametrize(
    "line",
    [
        "No para de llover en la costa",
        "Da non pubblicare più: così il direttore sui nomi dei minori",
        "Noot van de dirigent: zo klinkt de zee",
        "Til redaksjonen kom det i går mange brev",
        "Ei julkista lukua laivoista",
        "Niet voor iedereen: de kade is smal",
    ],
)
def test_what_is_no_notepad(line: str) -> None:
    assert not wirecopy.opens_notepad(line)


@pytest.mark.parametrize(
    "line",
    [
        "Por Clara Ejemplo y Juan Muestra",
        "Di Chiara Esempio e Carlo Prova",
        "DI CHIARA ESEMPIO",
        "Por Clara Exemplo e João Amostra, Lusa",
        "Door Jan Voorbeeld en Piet Proef",
        "Av Anna Exempel och Björn Prov",
        "Af Anne Eksempel og Bo Prøve",
        "Przez Jana Przykład i Annę Próba",
    ],
)
def test_names_behind_an_introduction_are_a_byline(line: str) -> None:
    assert wirecopy.is_byline(line)


@pytest.mark.parametrize(
    "line",
    [
        "Por la tarde llovió en Madrid",
        "Di Marzo parlano tutti, anche al porto",
        "Door de regen liep de kade onder",
        "Av alla hamnar är Göteborg störst",
        "Af med huen, siger havnen",
        "Przez port przeszły tysiące ludzi",
    ],
)
def test_a_sentence_that_begins_alike_is_none(line: str) -> None:
    assert not wirecopy.is_byline(line)


# --- a desk's own, and a provider's --------------------------------------------------------------


def test_a_desk_adds_words_to_a_language_and_languages(desk: Any) -> None:
    desk(
        '[words.es]\nalert = ["AL MINUTO"]\ntitled = ["AL MINUTO"]\n'
        'embargo = ["solo a partir de"]\nnotepad = ["para la mesa"]\n'
        '[words.ca]\ncorrection = ["CORRECCIÓ"]\nbyline = ["Text de"]\n'
    )
    assert headlines.read("Al minuto: Hafen", body=STORY).kinds == ["alert"]
    assert headlines.read("URGENTE: Hafen", body=STORY).kinds == ["alert"]
    assert headlines.read("CORRECCIÓ: Hafen", body=STORY).kinds == ["correction"]
    assert wirecopy.is_embargo("Solo a partir de mañana")
    assert wirecopy.opens_notepad("Para la mesa")
    assert wirecopy.is_byline("Text de Anna Exemple")


def test_a_desk_takes_words_away_or_gives_them_another_meaning(desk: Any) -> None:
    assert headlines.read("EXTRA: Hafen", body=STORY).kinds == ["alert"]
    desk(
        '[words.de]\nwithout = ["EXTRA", "Notizblock", "Korr"]\nsummary = ["NEU"]\n'
        '[words.sv]\nwithout = ["EXTRA", "KORR"]\n'
    )
    assert headlines.read("EXTRA: Hafen", body=STORY).kinds == []
    assert headlines.read("KORR - Hafen", body=STORY).kinds == []
    assert headlines.read("NEU: Hafen", body=STORY).kinds == ["summary"]
    assert not wirecopy.opens_notepad("Notizblock")


def test_a_provider_s_markers_count_for_its_items_only(desk: Any) -> None:
    desk(
        '[providers.acme]\nnames = ["Acme"]\nzone = "Europe/Berlin"\n'
        'markers = {alert = ["TOP"], update = ["... (v#)"], kill = ["RUECKRUF"]}\n'
    )

    def of(provider: str, **fields: Any) -> Article:
        return ninjs(provider=provider, body_text=STORY, **fields)

    found = of("Acme", headline="TOP - Hafen (v3)")
    assert (found.update_kind, found.update_number) == (["update", "alert"], 3)
    assert (found.headline, found.title) == ("TOP - Hafen (v3)", "Hafen")
    other = of("Other", headline="TOP - Hafen (v3)")
    assert (other.update_kind, other.update_number) == ([], None)
    assert other.title == "TOP - Hafen (v3)"
    killed = ninjs(provider="Acme", headline="RUECKRUF-Hafen", body_text="Bitte nicht verwenden.")
    assert killed.pubstatus == "canceled"
    text = article("TOP - Hafen\n\nBerlin (Acme) - Der Hafen wächst.\n")
    assert (text.update_kind, text.title) == (["alert"], "Hafen")


def test_what_reuters_lists_behind_a_slug_counts_too() -> None:
    found = headlines.read("Hafen", slug="HAFEN-BAU/ (UPDATE 2, PIX, CORRECTED)", body=STORY)
    assert (found.kinds, found.number, found.title) == (["update", "correction"], 2, "Hafen")
    assert headlines.read("Hafen", slug="HOLD/ (KILL)", body=STORY) == headlines.Tags(title="Hafen")


def test_a_dutch_version_is_numbered_at_the_headline_s_end() -> None:
    found = article("Hafen wächst (2)\n\nRotterdam (ANP) - De haven groeit.\n")
    assert (found.headline, found.title) == ("Hafen wächst (2)", "Hafen wächst")
    assert (found.update_kind, found.update_number) == (["update"], 2)
    other = article("Hafen wächst (2)\n\nRotterdam (dpa) - Der Hafen wächst.\n")
    assert (other.title, other.update_kind) == ("Hafen wächst (2)", [])


def test_the_example_in_the_documentation_holds(desk: Any) -> None:
    chapter = (ROOT / "docs" / "formats.md").read_text("utf-8").split("\n## Words\n")[1]
    desk(chapter.split("```toml\n")[1].split("```")[0])
    assert headlines.read("Al minuto: Hafen", body=STORY).kinds == ["alert"]
    assert headlines.read("AVANCE: Hafen", body=STORY).kinds == []
    assert wirecopy.is_embargo("Solo a partir de mañana")
    assert headlines.read("CORRECCIÓ: Hafen", body=STORY).kinds == ["correction"]


@pytest.mark.parametrize(
    ("toml", "told"),
    [
        ("words = 5", "words"),
        ("[words]\nes = 5", "es"),
        ('[words.es]\ncorection = ["X"]', "corection"),
        ('[words.es]\ncorrection = "URGENTE"', "correction"),
        ("[words.es]\ncorrection = [5]", "correction"),
        ('[words."Español"]\nalert = ["YA"]', "Español"),
        ('[words.es]\nalert = ["YA"]\nupdate = ["ya"]', "two things"),
        ('[words.es]\nalert = [" "]', "alert"),
        ('[words.es]\nalert = ["..."]', "alert"),
        (f'[words.es]\nalert = ["{"A" * 100}"]', "alert"),
        ('[words.es]\ntitled = ["YA MISMO"]', "titled"),
        ('[words.es]\nwithout = ["YA MISMO"]', "without"),
        ('[words.es]\nembargo = ["[hasta|desde"]', "brackets"),
        ('[words.es]\nembargo = ["hasta | desde"]', "brackets"),
        ('[words.es]\nembargo = ["*"]', "embargo"),
        ('[words.es]\nembargo = ["a** b"]', "end of a word"),
        ('[words.es]\nembargo = ["a ... b ... c"]', "once"),
        ('[words.es]\nembargo = ["(hasta)"]', "beginning"),
        ('[words.es]\ndesks = ["[mesa|mesas]"]', "plain"),
        (f'[words.es]\nembargo = ["a{"[b|c]" * 12}"]', "variants"),
    ],
)
def test_a_bad_table_is_named(desk: Any, toml: str, told: str) -> None:
    desk(toml)
    with pytest.raises(UsageError) as caught:
        words.lexicon()
    assert "dateline.toml" in caught.value.what
    assert told in f"{caught.value.what} {caught.value.found} {caught.value.expected}"


@pytest.mark.parametrize(
    ("markers", "told"),
    [
        ('{corection = ["X"]}', "corection"),
        ('{alert = [""]}', "markers"),
        ('{alert = ["X"], kill = ["x"]}', "two things"),
    ],
)
def test_bad_markers_are_named(desk: Any, markers: str, told: str) -> None:
    desk(f"[providers.acme]\nmarkers = {markers}")
    with pytest.raises(UsageError) as caught:
        providers.catalogue()
    assert told in f"{caught.value.what} {caught.value.found}"


# --- hostile copy --------------------------------------------------------------------------------


def test_a_hostile_line_takes_time_in_proportion() -> None:
    # Quadratic, or worse, would not come back.
    for hostile in (
        "ATENCIÓN " * 200_000,
        "Embargo: " + "mai." * 200_000 + "x",
        "(CORRECCIÓN " + " " * 500_000,
        "++ " + "+ " * 500_000,
        "Hafen " + "(2" * 500_000,
        "ANULADA " * 100_000,
        "KILL " * 100_000,
        "x - KILL! " * 100_000,
        "EMBARGO " + "6 JANVIER " * 100_000,
        "Por " + "A " * 500_000,
        "No " + "para " * 200_000,
        "12 de " + "mayo de " * 100_000,
        "kl " * 300_000,
        "SPÄRRTID " + "18.00 " * 100_000,
    ):
        headlines.read(hostile, slug=hostile, body=hostile, note=hostile)
        wirecopy.is_embargo(hostile)
        wirecopy.opens_notepad(hostile)
        wirecopy.is_byline(hostile)
        wirecopy.embargo_end(hostile, "Europe/Berlin")


@given(st.text(max_size=80))
def test_any_line_is_read(anything: str) -> None:
    wirecopy.is_embargo(anything)
    wirecopy.opens_notepad(anything)
    wirecopy.is_byline(anything)
    headlines.read(f"{anything}: {anything}", body=anything)


def test_letters_that_only_look_alike_are_no_error() -> None:
    # Ignoring case, patterns take İ for i.
    assert headlines.read("Rettİfica: Hafen", body=STORY).kinds == []
    assert wirecopy.embargo_end("12 maİ 2035, 18.00 Uhr", "Europe/Berlin") is None
