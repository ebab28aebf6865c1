"""What `index diff` tells of pairs of documents: what is lost, gained, changed, and what is not."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from sinks import changes
from sinks.changes import Changes, Gathering, Tally
from sinks.relevance import ndcg

NOW = dt.datetime(2026, 5, 2, tzinfo=dt.UTC)


def document(uri: str = "urn:np:1", **more: Any) -> dict[str, Any]:
    return {
        "uri": uri,
        "title": "Der Rat tagt",
        "pubstatus": "usable",
        "language": "de",
        "provider": "np",
        "@timestamp": "2026-05-01T10:00:00Z",
        "body_text": "Der Rat tagt in Dresden.",
        "entities": [entity("LOC", "Dresden")],
        "standing": "{}",
        "provenance": {"parser": "ninjs/1", "model": "de_dateline_news", "model_version": "1.0"},
        **more,
    }


def entity(label: str, text: str, start: int = 16) -> dict[str, Any]:
    end = start + len(text)
    return {"text": text, "label": label, "start": start, "end": end, "field": "body_text"}


def compared(*pairs: tuple[dict[str, Any] | None, dict[str, Any] | None]) -> Changes:
    gathering = Gathering(1, 2, NOW)
    for old, new in pairs:
        gathering.take(old, new)
    return gathering.changes()


def test_when_and_by_what_it_was_made_is_no_difference() -> None:
    made = {"parser": "ninjs/1", "model": "de_dateline_news", "model_version": "1.1", "offset": 9}
    found = compared((document(), document(standing='{"later": 1}', provenance=made)))
    assert (found.same, found.changed, found.identical) == (1, 0, True)
    (turn,) = found.made
    assert (turn.old, turn.new) == (
        "ninjs/1, de_dateline_news 1.0",
        "ninjs/1, de_dateline_news 1.1",
    )


def test_what_is_set_to_null_is_absent() -> None:
    assert compared((document(), document(byline=None))).identical


@pytest.mark.parametrize(
    ("old", "new", "lost", "resurfaced"),
    [
        (document(), None, True, False),
        (document(), document(pubstatus="canceled"), True, False),
        (document(), document(pubstatus="withheld"), True, False),
        (document(), document(embargoed="2026-05-03T00:00:00Z"), True, False),
        (document(embargoed="2026-05-01T00:00:00Z"), None, True, False),
        (document(pubstatus="canceled"), None, False, False),
        (document(pubstatus="canceled"), document(), False, True),
        (None, document(), False, True),
        (None, document(pubstatus="canceled"), False, False),
    ],
)
def test_lost_is_what_a_search_finds_now_and_would_not(
    old: dict[str, Any] | None, new: dict[str, Any] | None, lost: bool, resurfaced: bool
) -> None:
    found = compared((old, new), (document("urn:np:2"), document("urn:np:2")))
    assert (found.lost.count, found.found.count) == (int(lost), int(resurfaced))
    assert found.share_lost == (0.5 if lost else 0.0)
    assert not found.identical


def test_entities_are_counted_by_label_and_name() -> None:
    old = document(entities=[entity("LOC", "Dresden"), entity("LOC", "Dresden", 40)])
    new = document(entities=[entity("LOC", "Dresden"), entity("PER", "Rat", 4)])
    found = compared((old, new))
    loc, per = found.entities
    assert (loc.label, loc.before, loc.after, loc.gained, loc.lost) == ("LOC", 1, 1, 0, 0)
    assert (per.label, per.before, per.after, per.gained, per.lost) == ("PER", 0, 1, 1, 0)
    assert [(one.key, one.count) for one in per.names_gained] == [("Rat", 1)]
    assert per.examples_gained[0].uri == "urn:np:1" and per.examples_gained[0].new == "Rat"
    assert found.changed == 1 and found.fields == []


def test_fields_languages_providers_and_days() -> None:
    new = document(language="en", dateline={"city": "Dresden"})
    found = compared(
        (document(), new),
        (document("urn:np:2", provider="afp"), document("urn:np:2", provider="afp")),
        (None, document("urn:np:3", **{"@timestamp": "2026-05-02T10:00:00Z"})),
    )
    assert [(one.field, one.documents.count) for one in found.fields] == [
        ("dateline.city", 1),
        ("language", 1),
    ]
    (language,) = found.languages
    assert (language.old, language.new) == ("de", "en")
    rows = [(row.key, row.old, row.new, row.changed) for row in found.providers]
    assert rows == [("afp", 1, 1, 0), ("np", 1, 2, 1)]
    assert [(row.key, row.old, row.new) for row in found.days] == [
        ("2026-05-01", 2, 2),
        ("2026-05-02", 0, 1),
    ]


def test_the_last_digits_of_numbers_are_told_apart() -> None:
    old = document(language_detected={"code": "de", "confidence": 0.9999999})
    new = document(language_detected={"code": "de", "confidence": 0.9999998})
    found = compared((old, new))
    assert (found.rounded, found.changed, found.same) == (1, 0, 1)


def test_memory_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "KEYS", 10)
    monkeypatch.setattr(changes, "FIELDS", 10)
    pairs = []
    for number in range(100):
        told = {"provider": f"p{number}", "title": "x" * 10_000}
        pairs.append(
            (
                document(f"urn:np:{number}", **told),
                document(f"urn:np:{number}", **told, altids={f"key{number}": "a"}),
            )
        )
    found = compared(*pairs)
    assert found.pruned and len(found.providers) == 11 and len(found.fields) == 11
    assert sum(row.changed for row in found.providers) == 100
    assert len(found.fields[0].documents.examples) == changes.EXAMPLES


def test_a_tally_keeps_what_is_frequent() -> None:
    tally = Tally(keys=10)
    for number in range(200):
        tally.add("often")
        tally.add(f"once {number}")
    assert tally.pruned
    assert (tally.most(1)[0].key, tally.most(1)[0].count) == ("often", 200)
    assert len(tally.most()) <= 10


def test_ndcg() -> None:
    assert ndcg(["a", "b"], {"a", "b"}) == 1.0
    assert ndcg(["x", "a"], {"a"}) == pytest.approx(0.63093, abs=1e-5)
    assert ndcg(["x"], {"a"}) == 0.0
    assert ndcg(["x"], set()) == 1.0


def test_the_examples_do_not_depend_on_the_order_of_documents() -> None:
    shown = []
    for order in (range(40), reversed(range(40)), [*range(20, 40), *range(20)]):
        side = changes.Side()
        for n in order:
            side.take(changes.Example(uri=f"urn:{n:02}", title=None))
        assert side.count == 40
        shown.append([one.uri for one in side.examples])
    assert shown == [[f"urn:{n:02}" for n in range(changes.EXAMPLES)]] * 3
