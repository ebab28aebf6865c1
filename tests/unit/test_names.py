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
from processors.enrichers.names import Names, merge

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
    (one,) = enriched(copy("[P:Mary Trump] wrote it. [P:Trump] lives.", "en")).person
    assert (one.name, one.canonical, one.count) == ("Mary Trump", "Mary Trump", 2)


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
    result = enriched(copy("It sank, according to [L:Xinhua] and [P:Tass].", "en"))
    assert not result.person and not result.place
    assert [(n.name, n.role) for n in result.organisation] == [
        ("Xinhua", "source"),
        ("Tass", "source"),
    ]


def test_a_provider_s_own_agencies_are_cited_too() -> None:
    (one,) = enriched(copy("Es brannte, meldete [O:Nordpress].")).organisation
    assert one.role == "source"
