"""KQL becomes the query that Kibana makes of it; what this part of it lacks is refused."""

from __future__ import annotations

from typing import Any

import pytest

from kibana import kql
from kibana.kql import UnreadableKql

FIELDS = {"title": "text", "provider": "keyword", "urgency": "byte", "@timestamp": "date"}


def anywhere(value: str, how: str = "best_fields") -> dict[str, Any]:
    return {"multi_match": {"type": how, "query": value, "lenient": True}}


def term(field: str, value: str) -> dict[str, Any]:
    return {"term": {field: {"value": value}}}


def either(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"should": list(parts), "minimum_should_match": 1}}


def both(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"filter": list(parts)}}


def no(part: dict[str, Any]) -> dict[str, Any]:
    return {"bool": {"must_not": [part]}}


@pytest.mark.parametrize(
    ("query", "translated"),
    [
        ("", {"match_all": {}}),
        ("fire", anywhere("fire")),
        # Words side by side are one value, of which any may match.
        ("fire harbour", anywhere("fire harbour")),
        ('"fire harbour"', anywhere("fire harbour", "phrase")),
        ('"say \\"no\\""', anywhere('say "no"', "phrase")),
        ("fire and harbour", both(anywhere("fire"), anywhere("harbour"))),
        ("fire or harbour", either(anywhere("fire"), anywhere("harbour"))),
        ("FIRE AND NOT harbour", both(anywhere("FIRE"), no(anywhere("harbour")))),
        # `and` binds closer than `or`.
        ("a or b and c", either(anywhere("a"), both(anywhere("b"), anywhere("c")))),
        ("(a or b) and c", both(either(anywhere("a"), anywhere("b")), anywhere("c"))),
        ("provider: afp", term("provider", "afp")),
        ('provider: "afp"', term("provider", "afp")),
        ("provider:(afp or not dpa)", either(term("provider", "afp"), no(term("provider", "dpa")))),
        ("title: fire", {"match": {"title": "fire"}}),
        ('title: "a fire"', {"match_phrase": {"title": "a fire"}}),
        ("title: a fire", {"match": {"title": "a fire"}}),
        ("title: fi*", {"query_string": {"fields": ["title"], "query": "fi*"}}),
        ("title: fi-re*", {"query_string": {"fields": ["title"], "query": "fi\\-re*"}}),
        ("provider: af*", {"wildcard": {"provider": {"value": "af*"}}}),
        ("title: *", {"exists": {"field": "title"}}),
        ("fi*", {"query_string": {"query": "fi*"}}),
        ("urgency <= 3", {"range": {"urgency": {"lte": "3"}}}),
        ("urgency>3", {"range": {"urgency": {"gt": "3"}}}),
        ("@timestamp >= now-1d", {"range": {"@timestamp": {"gte": "now-1d"}}}),
        ("@timestamp: 2026-03-01", {"range": {"@timestamp": {"gte": "2026-03-01",
                                                            "lte": "2026-03-01"}}}),
        # A value may hold what would end it, after a backslash.
        ("title: a\\:b", {"match": {"title": "a:b"}}),
        ("title: a\\*b", {"match": {"title": "a*b"}}),
        ("a provider: afp", None),
    ],
)  # fmt: skip
def test_as_kibana_translates_it(query: str, translated: dict[str, Any] | None) -> None:
    if translated is None:
        with pytest.raises(UnreadableKql):
            kql.translate(query, FIELDS)
    else:
        assert kql.translate(query, FIELDS) == translated


@pytest.mark.parametrize(
    "query",
    ['"no end', "(a", "a)", "a and", "or a", "title:", "title: (a", "person: { name: x }",
     "tit*: x", "urgency <", "not", "a\\"],
)  # fmt: skip
def test_what_it_cannot_read_is_refused_with_the_place(query: str) -> None:
    with pytest.raises(UnreadableKql) as told:
        kql.translate(query, FIELDS)
    assert repr(query) in str(told.value) and told.value.found


def test_the_fields_that_a_query_names() -> None:
    assert kql.names('title: (a or b) and not urgency > 3 or "x: y"') == {"title", "urgency"}
    assert kql.names("") == kql.existing("") == set()
    both = 'person: * and title: (* or a) and role: "*" and lang: d*'
    assert kql.names(both) == {"title", "role", "lang"}
    assert kql.existing(both) == {"person", "title"}
