"""Names: mentions of one person, organisation or place become one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.article import Article, Entity, Label, Name
from dateline.settings import Settings
from processors.enrichers.names import Names, merge


def mentions(*texts: str, label: Label = "PER") -> list[Entity]:
    return [Entity(text=t, label=label, start=0, end=len(t), field="body_text") for t in texts]


def merged(*texts: str, label: Label = "PER") -> dict[str, int]:
    """As in German, where no noun follows the names."""
    return dict(merge(mentions(*texts, label=label), label, owners=()))


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


def enriched(given_article: Article) -> Article:
    (result,) = Names(Settings()).enrich([given_article])
    return result


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
    assert after.person == [asserted, Name(name="Putin", creator="dateline", count=1)]
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
    total = sum(count for _, count in found)
    assert len(named) <= total <= len(texts)
    assert all(name and count > 0 for name, count in found)
    assert len({name for name, _ in found}) == len(found)
