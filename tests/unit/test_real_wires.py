"""Real wire files come out as what is known of them; skipped where they are not at hand."""

from __future__ import annotations

import itertools

import pytest

from dateline.article import Article
from dateline.errors import DatelineError
from dateline.formats import Skipped
from dateline.versions import merge, standing_of
from tests.wires.__main__ import GOAL, share, unexplained
from tests.wires.comparing import RECEIVED, hold, read
from tests.wires.known import WIRES, facts, files, stories

pytestmark = pytest.mark.skipif(
    not WIRES.is_dir(), reason="the real wire files are not beside this checkout"
)
#: what one story's articles must have alike, whichever format brought it
ALIKE = (
    "uri", "version", "pubstatus", "versioncreated", "embargoed", "headline", "title", "slugline",
    "byline", "dateline", "body_text", "crossheads", "ednote", "ednote_nonpublic", "urgency",
    "language", "keywords", "signal", "update_kind", "provider", "copyrightnotice", "usageterms",
    "creditline",
)  # fmt: skip


def test_known_values_come_out() -> None:
    found = [hold(fact) for fact in facts()]
    assert len(found) > 1500
    assert share(found) >= GOAL
    assert unexplained(found) == []


def test_no_file_crashes_and_each_that_yields_nothing_says_why() -> None:
    for path in files():
        _, items = read(path)
        assert items, path.name
        for item in items:
            if isinstance(item, DatelineError):
                assert "parser failed" not in item.what, f"{path.name}: {item}"
                assert item.what and (item.found or item.expected), f"{path.name}: {item}"
            elif isinstance(item, Skipped):
                assert item.reason


@pytest.mark.parametrize("story", stories() if WIRES.is_dir() else [], ids=lambda row: row["story"])
def test_a_story_is_one_article_whichever_format_brought_it(story: dict[str, str]) -> None:
    articles = [_first(story["digitalwires_json"]), _first(story["newsml_g2"])]
    for name in ALIKE:
        values = [getattr(article, name) for article in articles]
        assert values[0] == values[1], name
    assert articles[0].uri == story["urn"]


def test_a_story_that_reuters_canceled_ends_withdrawn_in_either_order() -> None:
    pair = [
        item
        for path in files()
        if "L1N14N0FF" in path.name
        for item in read(path)[1]
        if isinstance(item, Article)
    ]
    assert {article.pubstatus for article in pair} == {"usable", "canceled"}
    for first, second in itertools.permutations(pair, 2):
        assert first.uri == second.uri
        standing = standing_of(first, enriched=0, rule="versioncreated")
        decided = merge(
            standing,
            second,
            enriched=1,
            rule="versioncreated",
            now=RECEIVED,
            stored_pubstatus=first.pubstatus,
        )
        shown = second if decided.action == "replace" else first
        if first.pubstatus != second.pubstatus:
            assert shown.pubstatus == "canceled"


def _first(name: str) -> Article:
    return next(item for item in read(WIRES / name)[1] if isinstance(item, Article))
