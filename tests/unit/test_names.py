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
    return dict(merge(mentions(*texts, label=label), label))


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
    ],
)
def test_places(texts: tuple[str, ...], names: dict[str, int]) -> None:
    assert merged(*texts, label="LOC") == names


def article(text: str, *found: tuple[str, Label], person: list[Name] | None = None) -> Article:
    entities = []
    at = 0
    for name, label in found:
        at = text.index(name, at)
        entities.append(
            Entity(text=name, label=label, start=at, end=at + len(name), field="body_text")
        )
        at += len(name)
    return Article(uri="u", title="t", body_text=text, entities=entities, person=person or [])


def enriched(given_article: Article) -> Article:
    (result,) = Names(Settings()).enrich([given_article])
    return result


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
        st.sampled_from("Kim,Kim Jong Un,Putin,Putins,Wladimir Putin,Kims,A,s,'s,-, ,ß".split(",")),
        max_size=12,
    )
)
def test_no_mention_is_lost_or_invented(texts: list[str]) -> None:
    named = [t for t in texts if t and t.strip(" -'s")]
    found = merge(mentions(*[t for t in texts if t]), "PER")
    total = sum(count for _, count in found)
    assert len(named) <= total <= len(texts)
    assert all(name and count > 0 for name, count in found)
    assert len({name for name, _ in found}) == len(found)
