"""Names: mentions of one person, organisation or place become one."""

from __future__ import annotations

import re
from typing import Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.article import Article, Entity, Label, Name
from dateline.settings import Settings
from processors.compounds import Mention
from processors.enrichers.names import Names, _clean, merge
from processors.known import known

#: without an entities.toml of whoever runs the tests
PLAIN = Settings(data_dir="/nowhere")


def mentions(*texts: str, label: Label = "PER") -> list[Mention]:
    return [Mention(text=text, label=label) for text in texts]


def merged(*texts: str, label: Label = "PER") -> dict[str, int]:
    """As in German, where no noun follows the names."""
    found = merge(mentions(*texts, label=label), label, owners=(), language="de")
    return {one.name: one.count for one in found}


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (("Machthaber Kim Jong Un", "Kim", "Kim Jong Un"), {"Kim Jong Un": 3}),
        (("Wladimir Putin", "Putin", "Putins"), {"Wladimir Putin": 3}),
        (("Putins", "Wladimir Putin"), {"Wladimir Putin": 2}),
        (("Putins", "Putin"), {"Putin": 2}),
        (("Putin’s", "Putin"), {"Putin": 2}),
        (("Bundeskanzlerin Angela Merkel", "Merkel"), {"Angela Merkel": 2}),
        (("Ursula von der Leyen", "von der Leyen", "Leyen"), {"Ursula von der Leyen": 3}),
        # Two Bushes: nobody knows which one
        (("George Bush", "Jeb Bush", "Bush"), {"George Bush": 1, "Jeb Bush": 1, "Bush": 1}),
        # Thomas is a first name that ends in s, Thoma another name altogether
        (("Thomas Müller", "Hans Thoma"), {"Thomas Müller": 1, "Hans Thoma": 1}),
        (("Olaf Scholz", "OLAF SCHOLZ"), {"Olaf Scholz": 2}),
        (("Jean-Luc Mélenchon", "Mélenchon"), {"Jean-Luc Mélenchon": 2}),
        (("Mr. Smith", "John Smith"), {"John Smith": 2}),
        (("Xi Jinping", "Xi"), {"Xi Jinping": 2}),
        # who reigns goes by a first name, which is not the footballer's
        (("Prinz Harry", "Harry Kane", "Kane"), {"Prinz Harry": 1, "Harry Kane": 2}),
        (("Prinz Harry", "Harry Kane", "Harry"), {"Prinz Harry": 1, "Harry Kane": 1, "Harry": 1}),
        (("Papst Franziskus", "Franziskus"), {"Papst Franziskus": 2}),
        (("Papst Leo", "Papst Leo XIV.", "Leo"), {"Papst Leo XIV": 3}),
        (("Kronprinz Omar bin Salih", "Omar bin Salih"), {"Omar bin Salih": 2}),
        # Williams is no genitive beside a Serena Williams
        (
            ("Prinz William", "Serena Williams", "Williams", "William"),
            {"Prinz William": 2, "Serena Williams": 2},
        ),
        (("Merz' Sprecher", "Friedrich Merz"), {"Friedrich Merz": 2}),
        # a title names nobody, unless somebody is called so
        (("Kanzler", "Prime Minister", "Le roi", "Anna Roth"), {"Anna Roth": 1}),
        (("Aaron Judge", "Judge"), {"Aaron Judge": 2}),
        # first names, and a name that goes with its title
        (("Don Quitt", "Sen Quitto", "Sen. Roth"), {"Don Quitt": 1, "Sen Quitto": 1, "Roth": 1}),
        (("Lady Quitta", "Quitta"), {"Lady Quitta": 2}),
    ],
)
def test_persons(texts: tuple[str, ...], names: dict[str, int]) -> None:
    assert merged(*texts) == names


@pytest.mark.parametrize(
    ("texts", "names"),
    [
        (("Nordkoreas", "Nordkorea"), {"Nordkorea": 2}),
        (("Paris", "Paris"), {"Paris": 2}),
        (("New York", "York"), {"New York": 1, "York": 1}),
        (("New York", "Yorks"), {"New York": 1, "Yorks": 1}),
        (("U.S.", "U.S", "US"), {"U.S.": 3}),
        (("Washington D.C.", "Washington, D.C."), {"Washington D.C.": 1, "Washington, D.C.": 1}),
        (("Bremen.", "14"), {"Bremen": 1}),
    ],
)
def test_places(texts: tuple[str, ...], names: dict[str, int]) -> None:
    assert merged(*texts, label="LOC") == names


def article(
    text: str,
    *found: tuple[str, Label],
    person: list[Name] | None = None,
    language: str | None = None,
) -> Article:
    entities = []
    at = 0
    for name, label in found:
        at = text.index(name, at)
        entities.append(
            Entity(text=name, label=label, start=at, end=at + len(name), field="body_text")
        )
        at += len(name)
    return Article(
        uri="u",
        title="t",
        body_text=text,
        entities=entities,
        person=person or [],
        language=language,
    )


def enriched(given_article: Article, settings: Settings | None = None) -> Article:
    (result,) = Names(settings or PLAIN).enrich([given_article])
    return result


_MARKED = re.compile(r"\[(?P<label>[PLOM]):(?P<text>[^\]]+)\]")
_LABELS: dict[str, Label] = {"P": "PER", "L": "LOC", "O": "ORG", "M": "MISC"}


def copy(body: str, language: str | None = "de", headline: str | None = None) -> Article:
    """An article with its entities marked: ``[P:Anna Roth] wohnt in [L:Bremen].``"""
    texts: dict[str, str | None] = {}
    entities: list[Entity] = []
    fields: tuple[tuple[Literal["headline", "body_text"], str | None], ...]
    fields = (("headline", headline), ("body_text", body))
    for field, marked in fields:
        plain = ""
        end = 0
        for match in _MARKED.finditer(marked or ""):
            plain += (marked or "")[end : match.start()]
            start, end = len(plain), match.end()
            plain += match["text"]
            entities.append(
                Entity(
                    text=match["text"],
                    label=_LABELS[match["label"]],
                    start=start,
                    end=len(plain),
                    field=field,
                )
            )
        texts[field] = plain + (marked or "")[end:] or None
    return Article(
        uri="u",
        title="t",
        language=language,
        entities=entities,
        headline=texts["headline"],
        body_text=texts["body_text"],
    )


def found(given_article: Article) -> dict[str, int | None]:
    """Every name of the three lists with its count."""
    result = enriched(given_article)
    assert result.entities == given_article.entities, "entities stay as they are"
    return {n.name: n.count for n in (*result.person, *result.organisation, *result.place)}


def canonical(given_article: Article, language: Literal["de", "en", "fr"] = "en") -> list[str]:
    result = enriched(given_article, msgspec.structs.replace(PLAIN, gazetteer_language=language))
    return [str(n.canonical) for n in (*result.person, *result.organisation, *result.place)]


def persons(text: str, *names: str, language: str) -> dict[str, int | None]:
    found = enriched(article(text, *[(name, "PER") for name in names], language=language))
    return {name.name: name.count for name in found.person}


def test_a_genitive_before_a_noun_is_shown_in_its_base_form() -> None:
    assert persons(
        "Wladimir Putins Rede war lang, Putin froh. Xis Besuch folgt, so Xi Jinping.",
        *("Wladimir Putins", "Putin", "Xis", "Xi Jinping"),
        language="de-DE",
    ) == {"Wladimir Putin": 2, "Xi Jinping": 2}
    assert persons(
        "Serena Williams gewann. William sah zu.", "Serena Williams", "William", language="de"
    ) == {"Serena Williams": 1, "William": 1}


@pytest.mark.parametrize("language", ["en", "fr", "en-GB"])
def test_only_german_has_a_genitive_without_an_apostrophe(language: str) -> None:
    assert persons(
        "Serena Williams Tour, then Adams Street, Adam.",
        *("Serena Williams", "Adams", "Adam"),
        language=language,
    ) == {"Serena Williams": 1, "Adams": 1, "Adam": 1}


def test_a_title_that_the_recogniser_left_out_still_tells_two_people_apart() -> None:
    assert persons(
        "Le pape François a reçu François Hollande. Hollande était ému.",
        *("François", "François Hollande", "Hollande"),
        language="fr",
    ) == {"François Hollande": 2, "Pape François": 1}


def test_thousands_of_names_still_come_to_their_own() -> None:
    names = [f"Kim Nr{n}" for n in range(3000)] + [f"Anna Muster{n}" for n in range(3000)]
    short = [f"Muster{n}" for n in range(3000)]
    found = merged("Kim", *names, *short)
    assert len(found) == 6001
    assert found["Anna Muster7"] == 2
    assert found["Kim"] == 1, "nobody knows which"


def test_an_acronym_joins_what_the_text_says_it_stands_for() -> None:
    result = enriched(
        article(
            "Die Vereinten Nationen (UN) warnen. Die UN helfen. Die CDU nicht.",
            ("Vereinten Nationen", "ORG"),
            ("UN", "ORG"),
            ("UN", "ORG"),
            ("CDU", "ORG"),
        )
    )
    assert [(n.name, n.count) for n in result.organisation] == [
        ("Vereinten Nationen", 3),
        ("CDU", 1),
    ]


def test_a_party_in_brackets_is_no_acronym() -> None:
    result = enriched(
        article("Angela Merkel (CDU) sprach.", ("Angela Merkel", "PER"), ("CDU", "ORG"))
    )
    assert [n.name for n in result.person] == ["Angela Merkel"]
    assert [n.name for n in result.organisation] == ["CDU"]


def test_what_the_provider_asserts_stays_as_it_is() -> None:
    asserted = Name(name="Putin, Wladimir", creator="dpa", code="123", scheme="dpaperson")
    before = article("Putin sprach.", ("Putin", "PER"), person=[asserted])
    after = enriched(before)
    found = Name(name="Putin", creator="dateline", canonical="Vladimir Putin", count=1)
    assert after.person == [asserted, found]
    assert after.entities == before.entities
    assert enriched(after) == after, "enriching again changes nothing"


@given(
    st.lists(
        st.sampled_from(
            (
                "Kim,Kim Jong Un,Papst Kim,Kims,Putin,Putins,Wladimir Putin,Wladimir Putins,"
                "A,s,'s,-, ,ß"
            ).split(",")
        ),
        max_size=12,
    )
)
def test_no_mention_is_lost_or_invented(texts: list[str]) -> None:
    named = [t for t in texts if t and t.strip(" -'s")]
    found = merge(mentions(*[t for t in texts if t]), "PER", owners={"putins", "kims"})
    total = sum(one.count for one in found)
    assert len(named) <= total <= len(texts)
    assert all(one.name and one.count > 0 for one in found)
    assert len({one.name for one in found}) == len(found)


# --- compounds and pairs


@pytest.mark.parametrize(
    ("body", "language", "names"),
    [
        # whatever the recogniser calls it, or does not
        ("[P:Merkel] ging. Die [O:Merkel-Regierung] blieb.", "de", {"Merkel": 2}),
        ("[P:Angela Merkel] ging. Die [M:Merkel-Regierung] auch.", "de", {"Angela Merkel": 2}),
        ("[P:Angela Merkel] ging. Die Merkel-Regierung auch.", "de", {"Angela Merkel": 2}),
        ("[P:Dora Quitt] kam. Quitt-Vertraute schweigen.", "de", {"Dora Quitt": 2}),
        ("[P:Dora Quitt] kam. Die Quitt-Posse ist aus.", "de", {"Dora Quitt": 2}),
        ("[P:Dora Quitts] Haus. Nach der Quitt-Rede.", "de", {"Dora Quitt": 2}),
        ("[P:Angela Merkel] geht. [P:Angela Merkel-Regierung] auch.", "de", {"Angela Merkel": 2}),
        ("Im [L:Jemen] ruht der Jemen-Krieg.", "de", {"Jemen": 2}),
        ("[P:Quitt] und [P:Bode] beim Quitt-Bode-Treffen.", "de", {"Quitt": 2, "Bode": 2}),
        ("[P:Dora Quitt] siegt. Anti-Quitt-Proteste wachsen.", "de", {"Dora Quitt": 2}),
        # an acronym that is known needs no other mention
        ("Der UN-Gesandte sprach.", "de", {"UN": 1}),
        ("Ein SPD-Abgeordneter und die AfD-nahe Stiftung.", "de", {"SPD": 1, "AfD": 1}),
        ("Die [O:UN] rief den [O:UN-Sicherheitsrat] an.", "de", {"UN": 2}),
        ("Der UN-Sicherheitsrat tagt, die [O:Vereinten Nationen] auch.", "de",
         {"Vereinten Nationen": 2}),
        # a surname of three letters is no acronym
        ("[P:Kim Jong Un] sprach. Der UN-Sicherheitsrat tagt.", "de", {"Kim Jong Un": 1, "UN": 1}),
        ("[P:Kim Jong Un] sprach. Die [O:UN] schwieg zum UN-Bericht.", "de",
         {"Kim Jong Un": 1, "UN": 2}),
        # its own organisation where it is known as one
        ("Die EU-Kommission rügt. Die [O:EU] schweigt.", "de", {"EU-Kommission": 1, "EU": 1}),
        # not a mention of the country, nor of a person
        ("Der US-Präsident und der Ex-Minister.", "de", {}),
        # these are names
        ("In [L:Berlin-Mitte] und [L:Berlin].", "de", {"Berlin-Mitte": 1, "Berlin": 1}),
        ("[L:Berlin] wächst, auch um Berlin-Karow herum.", "de", {"Berlin": 1}),
        ("[L:Baden-Württemberg] und [L:Rheinland-Pfalz].", "de",
         {"Baden-Württemberg": 1, "Rheinland-Pfalz": 1}),
        ("In [L:Baden] und [L:Baden-Württemberg].", "de", {"Baden": 1, "Baden-Württemberg": 1}),
        ("[P:Ute Müller] sah [P:Müller-Westernhagen].", "de",
         {"Ute Müller": 1, "Müller-Westernhagen": 1}),
        ("[P:Ute Müller] sah Müller-Westernhagen.", "de", {"Ute Müller": 1}),
        ("[P:Jean] traf [P:Jean-Claude Roux].", "fr", {"Jean": 1, "Jean-Claude Roux": 1}),
        ("[P:Jean Petit] est à Saint-Jean-Bonnefonds.", "fr", {"Jean Petit": 1}),
        ("Die [O:Quitt-Stiftung] von [P:Dora Quitt].", "de",
         {"Dora Quitt": 1, "Quitt-Stiftung": 1}),
        # English hangs words in small letters onto names
        ("[P:Dora Quitt] won. A Quitt-backed bill and a NATO-led force.", "en",
         {"Dora Quitt": 2, "NATO": 1}),
        ("[P:Quitt] met [P:Bode] at the Quitt-Bode summit.", "en", {"Quitt": 2, "Bode": 2}),
        ("[P:Smith] saw Smith-Jones.", "en", {"Smith": 1}),
        ("La base pro-[P:Quitt] et les élus pro-Quitt.", "fr", {"Quitt": 2}),
    ],
)  # fmt: skip
def test_a_compound_counts_for_the_name_that_it_begins_with(
    body: str, language: str, names: dict[str, int]
) -> None:
    assert found(copy(body, language)) == names


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("[P:Krawall/Putz] siegten. [P:Kevin Krawall] lachte.", {"Kevin Krawall": 2, "Putz": 1}),
        ("[P:Anna Roth / Ute Blau] siegten.", {"Anna Roth": 1, "Ute Blau": 1}),
        ("[P:Krawall/Putz-Lang] siegten.", {"Krawall": 1, "Putz-Lang": 1}),
        ("Die [O:CDU/CSU] tagt, die [O:CSU] auch.", {"CDU/CSU": 1, "CSU": 1}),
        ("In [L:Halle/Saale] an der [L:Saale].", {"Halle/Saale": 1, "Saale": 1}),
        ("[L:Bonn/Kiel]: [L:Bonn] und [L:Kiel].", {"Bonn": 2, "Kiel": 2}),
        ("[O:ARD/ZDF] senden.", {"ARD": 1, "ZDF": 1}),
    ],
)
def test_a_pair_is_two(body: str, names: dict[str, int]) -> None:
    assert found(copy(body)) == names


# --- short forms


@pytest.mark.parametrize(
    ("headline", "body", "language", "names"),
    [
        ("[P:Quitt] tritt zurück", "[P:Dora Quitt] geht.", "de", {"Dora Quitt": 2}),
        ("[P:QUITT] RESIGNS", "[P:Dora Quitt] left.", "en", {"Dora Quitt": 2}),
        ("[P:DORA QUITT] DÉMISSIONNE", "[P:Dora Quitt] part.", "fr", {"Dora Quitt": 2}),
        ("[P:Soeder] redet", "[P:Markus Söder] sprach, [P:Söder] lang.", "de",
         {"Markus Söder": 3}),
        ("[P:US-Präsident Joe Biden] reist", "[P:Biden] fliegt.", "de", {"Joe Biden": 2}),
        ("[P:EZB-Präsidentin Christine Lagarde] mahnt", "[P:Lagarde] spricht.", "de",
         {"Christine Lagarde": 2}),
        ("[P:Prime Minister Dora Quitt] quits", "[P:Quitt] left.", "en", {"Dora Quitt": 2}),
        ("[P:Le président Luc Roux] part", "[P:Roux] s'en va.", "fr", {"Luc Roux": 2}),
        (None, "[P:Quitt] redet, [P:Dora Quitt] und [P:Udo Quitt] nicht.", "de",
         {"Quitt": 1, "Dora Quitt": 1, "Udo Quitt": 1}),
        # the organisation, not the end of Kim Jong-un
        (None, "[P:Kim Jong-un] droht der [P:UN].", "de", {"Kim Jong-un": 1, "UN": 1}),
    ],
)  # fmt: skip
def test_a_headline_s_short_form_is_the_body_s_full_name(
    headline: str | None, body: str, language: str, names: dict[str, int]
) -> None:
    assert found(copy(body, language, headline)) == names


@pytest.mark.parametrize(
    ("body", "language", "name", "aliases"),
    [
        ("Die [O:Nordische Hafenbehörde (NHB)] warnt. Die [O:NHB] mahnt.", "de",
         "Nordische Hafenbehörde", ["NHB"]),
        ("Die [O:Nordische Hafenbehörde] ([O:NHB]) warnt. Die [O:NHB] mahnt.", "de",
         "Nordische Hafenbehörde", ["NHB"]),
        ("Die [O:NHB] ([O:Nordische Hafenbehörde]) warnt.", "de", "Nordische Hafenbehörde",
         ["NHB"]),
        ("The [O:Northern Harbour Board] ([O:NHB]) warned. [M:NHB] said.", "en",
         "Northern Harbour Board", ["NHB"]),
        ("[O:NHB] ([O:Northern Harbour Board]) warned.", "en", "Northern Harbour Board", ["NHB"]),
        ("L'[O:Office national des ports] ([O:ONP]) alerte. L'[O:ONP] insiste.", "fr",
         "Office national des ports", ["ONP"]),
        ("Die [O:Vereinten Nationen] ([O:UN]) helfen.", "de", "Vereinten Nationen", ["UN"]),
        # known without brackets
        ("Die [O:UN] tagen. Die [O:Vereinten Nationen] warnen.", "de", "Vereinten Nationen",
         ["UN"]),
        ("The [O:ECB] met. The [O:European Central Bank] cut rates.", "en",
         "European Central Bank", ["ECB"]),
        ("L'[O:OMS] alerte. L'[O:Organisation mondiale de la santé] agit.", "fr",
         "Organisation mondiale de la santé", ["OMS"]),
        # inflected, with an article, with a legal form
        ("Die [O:Ferne Bank] wächst. Der [O:Fernen Bank] fehlt Geld.", "de", "Ferne Bank", []),
        ("[O:The Harbour Post] and the [O:Harbour Post].", "en", "Harbour Post",
         ["The Harbour Post"]),
        ("Die [O:Quittwerke AG] und die [O:Quittwerke].", "de", "Quittwerke", ["Quittwerke AG"]),
    ],
)  # fmt: skip
def test_an_organisation_is_one_in_all_its_forms(
    body: str, language: str, name: str, aliases: list[str]
) -> None:
    (one,) = enriched(copy(body, language)).organisation
    assert (one.name, one.aliases) == (name, aliases)


def test_aliases_are_the_other_forms_but_no_endings() -> None:
    (one,) = enriched(
        copy("[P:Machthaber Kim Jong Un] lacht. [P:Kim] und [P:Kims] Leute. [P:Kim Jong Un] geht.")
    ).person
    assert (one.name, one.count, one.aliases) == ("Kim Jong Un", 4, ["Kim"])


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Der [L:russischen] Armee", "de"),
        ("l'armée [L:russe]", "fr"),
        ("el ejército [L:ruso]", "es"),
        ("la squadra [P:tedesca]", "it"),
    ],
)
def test_what_is_in_small_letters_is_no_place_and_no_person(body: str, language: str) -> None:
    assert found(copy(body, language)) == {}


# --- one form across articles


@pytest.mark.parametrize(
    ("body", "language", "name"),
    [
        ("[P:Selenskyj] sprach.", "de", "Volodymyr Zelensky"),
        ("[P:Wolodymyr Selenskyj] sprach.", "de", "Volodymyr Zelensky"),
        ("[P:Zelenskyy] spoke.", "en", "Volodymyr Zelensky"),
        ("[P:Volodymyr Zelensky] parle.", "fr", "Volodymyr Zelensky"),
        ("[P:Poutine] parle.", "fr", "Vladimir Putin"),
        ("[P:Putins] Rede.", "de", "Vladimir Putin"),
        ("[P:PUTIN] SPRICHT", "de", "Vladimir Putin"),
        ("[P:Kim Jong-un] droht.", "de", "Kim Jong Un"),
        ("[P:Papst Franziskus] betet.", "de", "Pope Francis"),
        ("[O:Putin] spricht mit [O:Wladimir Putin].", "de", "Vladimir Putin"),
        ("Der [O:Europäischen Zentralbank] fehlt Geld.", "de", "European Central Bank"),
        ("La [O:BCE] attend.", "fr", "European Central Bank"),
        ("Die [O:Nato] wartet.", "de", "NATO"),
        ("L'[O:Otan] attend.", "fr", "NATO"),
        ("[M:UNHCR] warnt.", "de", "UNHCR"),
        ("[P:Emmanuel Macron] part, [O:Macron] revient à [L:Macron].", "fr", "Emmanuel Macron"),
        ("[O:Macron] vend des maillots.", "fr", "Macron"),
        # wrong is worse than none
        ("[P:Kim] lacht.", "de", "Kim"),
        ("[P:Scholz] lacht.", "de", "Scholz"),
        ("[O:BCE] sells phones.", "en", "BCE"),
        ("[O:The Who] played.", "en", "The Who"),
        ("[L:Bad Quittingen] feiert.", "de", "Bad Quittingen"),
    ],
)
def test_facets_have_one_form(body: str, language: str, name: str) -> None:
    assert name in canonical(copy(body, language))


def test_the_form_is_in_the_gazetteer_s_language() -> None:
    given_article = copy("[P:Zelensky] is in the [O:EU].", "en")
    assert canonical(given_article, "de") == ["Wolodymyr Selenskyj", "Europäische Union"]
    assert canonical(given_article, "fr") == ["Volodymyr Zelensky", "Union européenne"]


def test_a_surname_is_nobody_s_where_somebody_else_has_it() -> None:
    names = enriched(copy("[P:Mary Trump], [P:Ivanka Trump] and [P:Trump] met.", "en")).person
    assert {n.name: n.canonical for n in names}["Trump"] == "Trump"
    names = enriched(copy("[P:Mary Trump] wrote it. [P:Trump] lives.", "en")).person
    assert {n.name: n.canonical for n in names} == {"Mary Trump": "Mary Trump", "Trump": "Trump"}


def test_two_spellings_of_one_who_is_known_are_one() -> None:
    (one,) = enriched(
        copy("[P:Wolodymyr Selenskyj] sprach. [P:Volodymyr Zelenskyy] und [P:Zelensky] auch.")
    ).person
    assert one.count == 3
    assert set(one.aliases) == {"Volodymyr Zelenskyy", "Zelensky"}


# --- who is only cited


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Das Beben war stark, laut [O:KCNA].", "de"),
        ("Es brannte ([O:Reuters]).", "de"),
        ("Bonn ([O:dpa/lno]) - Es regnet.", "de"),
        ("„Nein“, sagte sie der Nachrichtenagentur [O:dpa].", "de"),
        ("„Nein“, sagte [P:Anna Roth] am Montag der [O:Deutschen Presse-Agentur].", "de"),
        ("Das sagte Ministerin [P:Anna Roth] der [O:dpa] in Bonn.", "de"),
        ("Wie die Agentur [O:Interfax] meldete, ruht der Hafen.", "de"),
        ("Der Hafen ruht, berichtete der „[O:Spiegel]“.", "de"),
        ("Das Schiff sank, meldete die staatliche Nachrichtenagentur [O:Xinhua].", "de"),
        ("[O:Yonhap] zufolge sank das Schiff.", "de"),
        ("Dem „[O:Neustädter Anzeiger]“ zufolge sank es.", "de"),
        ("Das berichtet die Zeitung „[O:Hafenwelt]“.", "de"),
        ("Nach [O:Reuters]-Informationen sank es. So meldet [O:Reuters].", "de"),
        ("The ship sank, the minister told [O:Reuters].", "en"),
        ("He told the [O:Financial Times] it sank.", "en"),
        ("It sank, according to the [O:Xinhua] news agency.", "en"),
        ("It sank, [O:KCNA] reported on Monday.", "en"),
        ("It sank, state-run news agency [O:Yonhap] said.", "en"),
        ("It sank, she said in an interview with the [O:Harbour Gazette].", "en"),
        ("MOSCOW ([O:Reuters]) - It sank.", "en"),
        ("« Non », a indiqué la ministre à l'[O:AFP].", "fr"),
        ("« Non », a déclaré [P:Luc Roux] mardi à l'[O:AFP].", "fr"),
        ("Le navire a coulé, selon l'agence [O:Interfax].", "fr"),
        ("Le navire a coulé, rapporte [O:Le Monde].", "fr"),
        ("El barco se hundió, según [O:EFE].", "es"),
        ("El ministro dijo este lunes a [O:Efe] que se hundió.", "es"),
        ("La nave è affondata, riferisce l'[O:Ansa].", "it"),
        ("Het schip zonk, meldt persbureau [O:ANP].", "nl"),
        ("Statek zatonął, podała agencja [O:PAP].", "pl"),
        ("O navio afundou, segundo a [O:Lusa].", "pt"),
        ("Fartyget sjönk, enligt nyhetsbyrån [O:TT].", "sv"),
    ],
)
def test_an_agency_that_is_only_cited_is_a_source(body: str, language: str) -> None:
    assert {n.role for n in enriched(copy(body, language)).organisation} == {"source"}


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Die [O:dpa] stellt dreißig Leute ein.", "de"),
        ("Der Reuters-Chef geht. „Schade“, sagte er [O:Reuters].", "de"),
        ("Das sagte der Chef der [O:dpa] in Bonn.", "de"),
        ("Firmen wie [O:Reuters] sparen.", "de"),
        ("[O:Reuters] to cut jobs, [O:Reuters] reported.", "en"),
        ("The owner of [O:Reuters] sold its shares.", "en"),
        ("Hackers attacked the [O:Financial Times].", "en"),
        ("L'[O:AFP] recrute trente journalistes.", "fr"),
        # neither agencies nor papers
        ("Das sagte sie der [O:EU].", "de"),
        ("The minister told the [O:European Commission].", "en"),
        ("Die Partei ([O:SPD]) gewann.", "de"),
        ("Laut [O:Greenpeace] sank es.", "de"),
    ],
)
def test_one_that_a_story_is_about_is_none(body: str, language: str) -> None:
    names = enriched(copy(body, language)).organisation
    assert names and all(n.role is None for n in names)


def test_an_agency_that_is_cited_is_no_person_and_no_place() -> None:
    result = enriched(copy("It sank, according to [L:Xinhua] and [P:TASS].", "en"))
    assert not result.person and not result.place
    assert [(n.name, n.role) for n in result.organisation] == [
        ("Xinhua", "source"),
        ("TASS", "source"),
    ]


def test_a_provider_s_own_agencies_are_cited_too() -> None:
    (one,) = enriched(copy("Es brannte, meldete [O:Nordpress].")).organisation
    assert one.role == "source"


# --- what is not one


@pytest.mark.parametrize(
    ("body", "language", "names"),
    [
        ("President [P:Biden] pardoned his son [P:Hunter Biden]. [P:Biden] said so.", "en",
         {"Biden": 2, "Hunter Biden": 1}),
        ("[P:Trump] spoke. First lady [P:Melania Trump] did not.", "en",
         {"Trump": 1, "Melania Trump": 1}),
        ("[P:Michelle Obama] wrote a book. [P:Obama] read it.", "en",
         {"Michelle Obama": 1, "Obama": 1}),
        ("[P:Brigitte Macron] est là, [P:Macron] aussi.", "fr",
         {"Brigitte Macron": 1, "Macron": 1}),
        ("Kanzler [P:Merz] kam mit [P:Charlotte Merz]. [P:Merz] sprach.", "de",
         {"Merz": 2, "Charlotte Merz": 1}),
        ("Bundeskanzler [P:Friedrich Merz] kam mit [P:Charlotte Merz]. Kanzler [P:Merz] sprach.",
         "de", {"Friedrich Merz": 2, "Charlotte Merz": 1}),
        ("[P:Kims] Schwester [P:Kim Yo Jong] drohte. Machthaber [P:Kim] schwieg.", "de",
         {"Kim": 2, "Kim Yo Jong": 1}),
        ("[P:Quitt]'s sister [P:Dora Quitt] left. [P:Quitt] stayed.", "en",
         {"Quitt": 2, "Dora Quitt": 1}),
        ("[P:Quitt] kam mit seiner Tochter [P:Dora Quitt].", "de", {"Quitt": 1, "Dora Quitt": 1}),
        ("[P:Donald Trump] and [P:Donald Trump Jr.] met.", "en",
         {"Donald Trump": 1, "Donald Trump Jr": 1}),
        # they still are one
        ("[P:Donald Trump] kam mit [P:Melania Trump]. [P:Trump] sprach.", "de",
         {"Donald Trump": 2, "Melania Trump": 1}),
        ("[P:Dora Quitt], die Präsidentin, kam. Präsidentin [P:Quitt] ging.", "de",
         {"Dora Quitt": 2}),
        ("[P:Friedrich Merz] reist. Bundeskanzler [P:Merz] fliegt.", "de", {"Friedrich Merz": 2}),
        ("[P:Wolodimir Selenskyj] kam. [P:Selenskyj] sprach.", "de", {"Wolodimir Selenskyj": 2}),
    ],
)  # fmt: skip
def test_a_surname_is_not_a_relative_s(body: str, language: str, names: dict[str, int]) -> None:
    assert found(copy(body, language)) == names


def test_whoever_holds_an_office_is_known_beside_a_relative() -> None:
    body = "President [P:Biden] pardoned his son [P:Hunter Biden]. [P:Biden] said so."
    assert canonical(copy(body, "en")) == ["Joe Biden", "Hunter Biden"]


@pytest.mark.parametrize(
    ("body", "language", "name"),
    [
        ("First lady [P:Melania Quitt] spoke.", "en", "Melania Quitt"),
        ("First Lady [P:Melania Quitt] sprach.", "de", "Melania Quitt"),
        ("[P:First Lady Melania Quitt] spoke.", "en", "Melania Quitt"),
        ("The chess king [P:Magnus Quitt] won.", "en", "Magnus Quitt"),
        ("The drag queen [P:Bimini] won.", "en", "Bimini"),
        ("Drag Queen [P:Bimini] siegte.", "de", "Bimini"),
        ("Then King [P:Omar] spoke.", "en", "King Omar"),
        ("Dann sprach König [P:Omar].", "de", "König Omar"),
        ("Le roi [P:Omar] parle.", "fr", "Roi Omar"),
        # initials are no "Monsieur"
        ("[P:M. K. Stalin] spoke.", "en", "M. K. Stalin"),
        ("[P:M. Night Shyamalan] dreht.", "de", "M. Night Shyamalan"),
        ("[P:M. Roux] parle.", "fr", "Roux"),
    ],
)
def test_titles_are_what_the_language_has_for_them(body: str, language: str, name: str) -> None:
    (one,) = enriched(copy(body, language)).person
    assert one.name == name


@pytest.mark.parametrize(
    ("body", "language", "names"),
    [
        ("[P:Wafa Nasser] fled. According to [P:Wafa], it burned.", "en", {"Wafa Nasser": 2}),
        ("[P:Evan Spiegel] ging. „Gut“, berichtete [P:Spiegel].", "de", {"Evan Spiegel": 2}),
        ("„I saw it“, she told [P:Sana].", "en", {"Sana": 1}),
        ("„Es brannte“, so [P:Petra].", "de", {"Petra": 1}),
        ("[P:Michael Bloomberg] ran. [O:Bloomberg] said so.", "en", {"Michael Bloomberg": 2}),
        # what is surely an agency stays one
        ("[P:Michael Bloomberg] ran ([O:Bloomberg]).", "en",
         {"Michael Bloomberg": 1, "Bloomberg": 1}),
        ("[P:Evan Spiegel] ging, berichtet der [O:Spiegel].", "de",
         {"Evan Spiegel": 1, "Spiegel": 1}),
    ],
)  # fmt: skip
def test_a_person_is_no_agency(body: str, language: str, names: dict[str, int]) -> None:
    assert found(copy(body, language)) == names
    agencies = {n.name for n in enriched(copy(body, language)).organisation}
    assert agencies == ({"Bloomberg", "Spiegel"} & set(names))


def test_a_person_in_capitals_is_an_agency() -> None:
    result = enriched(copy("It sank, [P:REUTERS] reported.", "en"))
    assert [(n.name, n.role) for n in result.organisation] == [("REUTERS", "source")]


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("[O:Canada Post] said the strike was over.", "en"),
        ("[O:Royal Mail] said it would cut jobs.", "en"),
        ("[O:American Express] reported a loss.", "en"),
        ("Profits fell, according to [O:American Express].", "en"),
        ("Laut [O:Deutscher Post] steigt das Porto.", "de"),
        ("Laut [O:Deutsche Post] steigt das Porto.", "de"),
        ("[O:Reuters] said it would cut jobs.", "en"),
        ("[O:Reuters] said on Monday that its profit rose.", "en"),
    ],
)
def test_a_company_that_speaks_is_no_source(body: str, language: str) -> None:
    (one,) = enriched(copy(body, language)).organisation
    assert one.role is None


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("She told the [O:Harbour Post] it sank.", "en"),
        ("It sank, the [O:Harbour Mail] reported on Monday.", "en"),
        ("It sank, according to the newspaper [O:Harbour Express].", "en"),
        ("It sank ([O:Harbour Star]).", "en"),
        ("Es sank, berichtete die „[O:Hafen Post]“.", "de"),
        ("Laut der Zeitung [O:Hafen Post] sank es.", "de"),
        ("« Non », a-t-il dit au [O:Port Mail].", "fr"),
    ],
)
def test_a_paper_that_is_called_as_companies_are_is_a_source_where_it_is_sure(
    body: str, language: str
) -> None:
    (one,) = enriched(copy(body, language)).organisation
    assert one.role == "source"


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("[P:Andreas Roth] und [P:Andrea] kamen. [P:Andreas] ging.",
         {"Andreas Roth": 2, "Andrea": 1}),
        ("[P:Lukas] und [P:Luka] spielten. [P:Lukas] traf.", {"Lukas": 2, "Luka": 1}),
        ("[P:Jonas] und [P:Jona] kamen.", {"Jonas": 1, "Jona": 1}),
        ("[P:Hans] und [P:Han] kamen.", {"Hans": 1, "Han": 1}),
        ("[P:Quitts] Rede war lang, [P:Quitt] froh.", {"Quitt": 2}),
        ("[O:Siemens] und [O:Siemen] liefern.", {"Siemens": 1, "Siemen": 1}),
        ("[P:Siemens] Erfolg und [P:Siemen].", {"Siemens": 1, "Siemen": 1}),
        ("[L:Quittlands] Norden und [L:Quittland].", {"Quittland": 2}),
    ],
)  # fmt: skip
def test_a_name_that_ends_in_s_is_no_genitive(body: str, names: dict[str, int]) -> None:
    assert found(copy(body)) == names


@pytest.mark.parametrize(
    ("body", "language", "place"),
    [
        ("Der Flughafen [L:Willy Brandt] ruht.", "de", True),
        ("[P:Willy Brandt] kam zum Flughafen „[L:Willy Brandt]“.", "de", True),
        ("L'aéroport [L:Charles de Gaulle] ferme.", "fr", True),
        ("The [L:Ronald Reagan] Airport closed.", "en", True),
        ("[L:Arafat] lies near Mecca.", "en", True),
        ("[L:Reagan] is a town.", "en", True),
        ("[P:Ronald Reagan] spoke. [L:Reagan] left.", "en", False),
        ("[L:Willy Brandt] sprach.", "de", False),
    ],
)
def test_what_is_called_after_somebody_is_no_person(body: str, language: str, place: bool) -> None:
    assert bool(enriched(copy(body, language)).place) is place


def test_a_carrier_is_no_president() -> None:
    result = enriched(copy("Le porte-avions [O:Charles de Gaulle] part.", "fr"))
    assert not result.person and len(result.organisation) == 1


@pytest.mark.timeout(10)
@pytest.mark.parametrize("text", ["a." * 50_000 + " x-y", "a&" * 50_000, "a-" * 50_000 + "/"])
def test_a_long_text_without_blanks_ends_at_once(text: str) -> None:
    assert enriched(Article(uri="u", title="t", body_text=text, language="de")).person == []


@pytest.mark.timeout(20)
def test_thousands_of_agencies_and_persons_end_at_once() -> None:
    body = " ".join(f"[P:Anna Muster{n}] told [O:Reuters] of [O:Macron]." for n in range(4000))
    assert {n.name for n in enriched(copy(body, "en")).organisation} == {"Reuters", "Macron"}


@pytest.mark.parametrize("label", ["PER", "ORG"])
def test_every_known_form_is_found_in_a_text(label: Label) -> None:
    index = known().person if label == "PER" else known().organisation
    lost = [
        form
        for entry in index.entries
        for form, language in entry.forms()
        if index.full(_clean(form, label, language), language) is not entry
    ]
    assert lost == []


def test_one_who_is_known_with_a_title_keeps_it() -> None:
    assert canonical(copy("[P:Sheikh Hasina] fled.", "en")) == ["Sheikh Hasina"]
    assert canonical(copy("[P:Sheikh Quitta Roth] fled.", "en")) == ["Quitta Roth"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("[O:Bundesanstalt für Finanzdienstleistungsaufsicht] (Bafin) rügt. [O:Bafin] mahnt.",
         {"Bundesanstalt für Finanzdienstleistungsaufsicht": 2}),
        ("Die [O:Bundesanstalt für Finanzdienstleistungsaufsicht (Bafin)] rügt. [O:Bafin] prüft.",
         {"Bundesanstalt für Finanzdienstleistungsaufsicht": 2}),
        ("Die [O:Bundesanstalt für Wasserbau] (Bonn) rügt. Die [O:Bafin] prüft.",
         {"Bundesanstalt für Wasserbau": 1, "Bafin": 1}),
        ("Der [O:Bund für Orts- und Nahverkehr] ([L:Bonn]) rügt. In [L:Bonn] regnet es.",
         {"Bund für Orts- und Nahverkehr": 1, "Bonn": 2}),
        ("[P:Maria Magdalena Lehmann] (Mann) ging. [P:Mann] blieb.",
         {"Maria Magdalena Lehmann": 1, "Mann": 1}),
    ],
)  # fmt: skip
def test_a_short_form_in_brackets_needs_one_capital(body: str, names: dict[str, int]) -> None:
    assert found(copy(body)) == names


@pytest.mark.parametrize(
    ("body", "language", "names"),
    [
        # letters of the party that happen to stand in the name, in their order
        ("[P:Serpil Midyatli] ([O:SPD]) warnt. Die [O:SPD] auch.", "de",
         {"SPD": 2, "Serpil Midyatli": 1}),
        ("[P:Christian Baldauf] ([O:CDU]) warnt. Die [O:CDU] auch.", "de",
         {"CDU": 2, "Christian Baldauf": 1}),
        ("[P:António Guterres] ([O:UN]) sprach. Die [O:UN] half.", "de",
         {"UN": 2, "António Guterres": 1}),
        ("[P:Fabrice Martin] (FRA), [P:Pierre Rolland] ([O:FRA])", "de",
         {"Fabrice Martin": 1, "Pierre Rolland": 1, "FRA": 1}),
        ("The [O:UN] ([L:Geneva]) met. The [O:UN] left. [L:Austria] ([O:UN]) came.", "en",
         {"UN": 3, "Geneva": 1, "Austria": 1}),
        ("[L:Germany] ([O:NATO]) sent envoys. [O:NATO] was silent.", "en",
         {"NATO": 2, "Germany": 1}),
        # but these are
        ("[P:Alexandria Ocasio-Cortez] ([P:AOC]) spoke. [P:AOC] left.", "en",
         {"Alexandria Ocasio-Cortez": 3}),
        ("[P:Mohammed bin Salman] ([P:MBS]) spoke. [P:MBS] left.", "en",
         {"Mohammed bin Salman": 3}),
    ],
)  # fmt: skip
def test_what_stands_in_brackets_behind_people_and_places(
    body: str, language: str, names: dict[str, int]
) -> None:
    assert found(copy(body, language)) == names


def test_an_acronym_s_last_letter_is_no_genitive() -> None:
    assert canonical(copy("Die [O:DWS] meldet Zuflüsse. Die [O:DWS] stieg.")) == ["DWS"]
    assert canonical(copy("[O:RTS] streicht. [O:RTS] gehört zur [O:SRG].")) == ["RTS", "SRG"]
    assert canonical(copy("[P:Putins] Rede.")) == ["Vladimir Putin"]


def test_the_text_s_own_expansion_counts_for_more_than_the_table() -> None:
    body = "The [O:American Psychological Association] ([O:APA]) met. The [O:APA] said."
    assert canonical(copy(body, "en")) == ["American Psychological Association"]
    known = "Die [O:Europäischen Zentralbank] ([O:EZB]) tagt. Die [O:EZB] schweigt."
    assert canonical(copy(known)) == ["European Central Bank"]


def test_a_word_of_hyphens_is_looked_at_once() -> None:
    for letters in ("a", "Ab"):
        assert found(copy("-".join([letters] * 20_000))) == {}
