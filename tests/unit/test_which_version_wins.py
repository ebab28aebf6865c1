"""Which version wins is a total order: any order, duplication or batching ends the same."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.article import Article, Name, Provenance
from dateline.versions import (
    Decision,
    Rule,
    Standing,
    content_hash,
    merge,
    micros,
    rule_for,
    with_origin,
)

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
NOW = T0 + dt.timedelta(days=30)


def article(
    text: str = "A",
    *,
    received: int = 0,
    created: int | None = None,
    version: int | None = None,
    provider: str | None = "np",
    pubstatus: str = "usable",
    offset: int = 0,
    model: str = "m1",
) -> Article:
    """One version as it comes out of the processor; times in seconds after T0."""
    parsed = Article(
        uri="urn:np:1",
        title=text,
        body_text=text,
        version=version,
        versioncreated=None if created is None else T0 + dt.timedelta(seconds=created),
        provider=provider,
        pubstatus=pubstatus,  # type: ignore[arg-type]
    )
    return msgspec.structs.replace(
        parsed,
        provenance=Provenance(
            received=T0 + dt.timedelta(seconds=received),
            content=content_hash(parsed),
            topic="articles.raw",
            partition=0,
            offset=offset,
            model=model,
        ),
    )


Record = tuple[Article, int]


def index(records: list[Record], rule: Rule = "versioncreated") -> tuple[Article, Standing]:
    """The document that a model of the index holds after these records, one at a time."""
    shown: Article | None = None
    standing: Standing | None = None
    for incoming, enriched in records:
        decision = merge(
            standing,
            incoming,
            enriched=enriched,
            rule=rule,
            now=NOW,
            stored_pubstatus=shown.pubstatus if shown else None,
        )
        shown, standing = apply(shown, decision, incoming), decision.standing
    assert shown is not None and standing is not None
    return shown, standing


def apply(shown: Article | None, decision: Decision, incoming: Article) -> Article:
    if decision.action == "replace":
        return with_origin(incoming, decision.origin)
    assert shown is not None
    if decision.action == "amend":
        return with_origin(shown, decision.origin)
    return shown


records_of_one_story = st.lists(
    st.tuples(
        st.builds(
            article,
            text=st.sampled_from("ABC"),
            received=st.integers(0, 6),
            created=st.none() | st.integers(0, 2),
            version=st.none() | st.integers(0, 2),
            pubstatus=st.sampled_from(["usable", "withheld", "canceled"]),
            provider=st.sampled_from(["np", None]),
            offset=st.integers(0, 9),
        ),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=600, deadline=None)
@given(
    records=records_of_one_story,
    data=st.data(),
    rule=st.sampled_from(["versioncreated", "version"]),
)
def test_any_order_and_any_duplication_give_the_same_document(
    records: list[Record], data: st.DataObject, rule: Rule
) -> None:
    shuffled = data.draw(st.permutations(records + data.draw(st.lists(st.sampled_from(records)))))
    assert index(shuffled, rule) == index(records, rule)


@settings(max_examples=300, deadline=None)
@given(records=records_of_one_story)
def test_the_winner_is_the_greatest_by_the_contract(records: list[Record]) -> None:
    """Against the contract's sentence, written down a second time without any of our code."""

    def says(a: Article) -> tuple[object, ...]:
        return (a.title, a.versioncreated, a.version, a.pubstatus, a.provider)

    last: dict[tuple[object, ...], int] = {}
    for a, _ in records:
        last[says(a)] = max(last.get(says(a), 0), micros(a.provenance.received))

    def order(record: Record) -> tuple[object, ...]:
        a, _enriched = record
        created = a.versioncreated.timestamp() if a.versioncreated else float("-inf")
        version = a.version if a.version is not None else -1
        return (created, version, last[says(a)], a.provenance.content)

    winner, _ = max(records, key=order)
    shown, _ = index(records)
    assert says(shown) == says(winner)


def test_a_resend_changes_nothing_shown_but_is_ordered_by_its_receipt() -> None:
    first, again = article("A", received=1, offset=1), article("A", received=5, offset=9)
    shown, standing = index([(first, 1), (again, 2)])
    assert shown == first
    other = article("B", received=3, offset=5)
    assert index([(first, 1), (again, 2), (other, 3)])[0].title == "A"
    assert standing.contents[standing.shown].last == micros(again.provenance.received)


def test_other_content_with_the_same_dates_wins_by_receipt() -> None:
    a, b = article("A", received=1, created=0), article("B", received=2, created=0)
    for order in ([(a, 1), (b, 1)], [(b, 1), (a, 1)]):
        assert index(order)[0].title == "B"


def test_a_late_original_stays_dead() -> None:
    original = article("A", received=9, created=1)
    kill = article("A", received=2, created=5, pubstatus="canceled")
    for order in ([(kill, 1), (original, 2)], [(original, 1), (kill, 2)]):
        assert index(order)[0].pubstatus == "canceled"


def test_a_newer_usable_version_is_shown_again_and_reported() -> None:
    kill = article("A", received=1, created=1, pubstatus="canceled")
    newer = article("B", received=2, created=2)
    _, standing = index([(kill, 1)])
    decision = merge(
        standing, newer, enriched=1, rule="versioncreated", now=NOW, stored_pubstatus="canceled"
    )
    assert decision.resurrected and decision.outcome == "indexed"


def test_opaque_numbers_do_not_beat_dates_unless_the_provider_says_so() -> None:
    older = article("old", created=1, version=1_542_761_538)
    newer = article("new", created=2, version=159_588_122)
    assert index([(older, 1), (newer, 1)])[0].title == "new"
    assert index([(older, 1), (newer, 1)], rule="version")[0].title == "old"


def test_a_story_is_ordered_by_its_owners_rule_alone() -> None:
    """Whoever names no provider has no rule of its own; nor has what was stored before."""

    def rules(provider: str | None) -> Rule:
        return "version" if provider == "np" else "versioncreated"

    unnamed = article("unnamed", created=9, version=5, provider=None)
    newer = article("newer", created=1, version=6)
    older = article("older", created=99, version=4)
    for order in ([newer, unnamed, older], [unnamed, newer, older], [older, unnamed, newer]):
        standing: Standing | None = None
        for one in order:
            rule = rule_for(standing, one, rules)
            decision = merge(standing, one, enriched=1, rule=rule, now=NOW)
            standing = decision.standing
        assert standing is not None and standing.shown == newer.provenance.content


def test_a_withdrawal_that_withdraws_nothing_is_told() -> None:
    story = article("A", received=1, created=5)
    kill = article("A", received=2, created=None, pubstatus="canceled")
    _, standing = index([(story, 1)])
    decision = merge(
        standing, kill, enriched=1, rule="versioncreated", now=NOW, stored_pubstatus="usable"
    )
    assert (decision.outcome, decision.overruled) == ("superseded", True)
    late = article("B", received=2, created=1)
    decision = merge(
        standing, late, enriched=1, rule="versioncreated", now=NOW, stored_pubstatus="usable"
    )
    assert (decision.outcome, decision.overruled) == ("superseded", False)


def test_only_the_same_provider_supersedes_or_withdraws() -> None:
    ours = article("A", received=1, created=1, provider="np")
    kill = article("B", received=2, created=9, provider="neighbour", pubstatus="canceled")
    update = article("C", received=3, created=9, provider="neighbour")
    _, standing = index([(ours, 1)])
    for theirs in (kill, update):
        decision = merge(standing, theirs, enriched=2, rule="versioncreated", now=NOW)
        assert (decision.outcome, decision.action) == ("refused", "keep")
        assert decision.standing == standing


def test_nobody_withdraws_what_another_has_not_sent_yet() -> None:
    kill = article("B", received=1, created=9, provider="neighbour", pubstatus="canceled")
    ours = article("A", received=2, created=1, provider="np")
    _, standing = index([(kill, 1)])
    decision = merge(
        standing, ours, enriched=2, rule="versioncreated", now=NOW, stored_pubstatus="canceled"
    )
    assert (decision.outcome, decision.action, decision.displaced) == ("indexed", "replace", True)
    assert decision.standing.provider == "np"


@pytest.mark.parametrize("late", [False, True])
def test_a_story_that_its_owner_withdrew_stays_his(late: bool) -> None:
    """Also where the kill came first, and its story after it: he has sent both."""
    story = article("A", received=1, created=1, provider="np")
    kill = article("K", received=2, created=5, provider="np", pubstatus="canceled")
    _, standing = index([(kill, 1), (story, 1)] if late else [(story, 1), (kill, 1)])
    theirs = article("B", received=3, created=9, provider="neighbour")
    decision = merge(
        standing, theirs, enriched=2, rule="versioncreated", now=NOW, stored_pubstatus="canceled"
    )
    assert (decision.outcome, decision.action) == ("refused", "keep")
    assert decision.standing == standing


def test_an_article_without_a_provider_belongs_to_the_story() -> None:
    named, unnamed = article("A", created=1), article("B", created=2, provider=None)
    for order in ([(named, 1), (unnamed, 1)], [(unnamed, 1), (named, 1)]):
        shown, standing = index(order)
        assert (shown.title, standing.provider) == ("B", "np")


def test_what_is_shown_and_what_enriched_it_agree() -> None:
    """A, overtaken by B, comes back enriched by an older model; the newer one is still let in."""
    a_new, b = article("A", received=1, model="m2"), article("B", received=2, model="m2")
    a_old = article("A", received=3, model="m1")
    again = article("A", received=4, model="m2")
    shown, _ = index([(a_new, 20), (b, 20), (a_old, 10)])
    assert shown.provenance.model == "m1"
    shown, _ = index([(a_new, 20), (b, 20), (a_old, 10), (again, 20)])
    assert shown.provenance.model == "m2"


def test_a_better_model_replaces_the_same_article_once() -> None:
    first, better = article("A", model="m1"), article("A", model="m2")
    for order in ([(first, 1), (better, 2)], [(better, 2), (first, 1)]):
        shown, _ = index(order)
        assert shown.provenance.model == "m2"


def test_what_the_provider_asserts_is_content_and_what_was_found_is_not() -> None:
    plain = article("A")
    asserted = msgspec.structs.replace(plain, person=[Name(name="Erna", creator="np")])
    found = msgspec.structs.replace(plain, person=[Name(name="Erna", creator="dateline")])
    assert content_hash(asserted) != content_hash(plain)
    assert content_hash(found) == content_hash(plain)


@pytest.mark.parametrize("change", ["transmission", "language", "entities", "provenance"])
def test_how_it_came_is_not_content(change: str) -> None:
    from dateline.article import Entity, Transmission

    other: dict[str, object] = {
        "transmission": Transmission(number="0157"),
        "language": "de",
        "entities": [Entity(text="A", label="PER", start=0, end=1, field="body_text")],
        "provenance": Provenance(feed="x"),
    }
    plain = article("A")
    changed = msgspec.structs.replace(plain, **{change: other[change]})
    assert content_hash(plain) == content_hash(changed)
    assert content_hash(plain) != content_hash(article("B"))
