"""What editors type finds what it should: the judged queries, in `dateline search` and in Kibana's
bar, and none of what a phrase, a stop word or a compound must not find."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from elasticsearch import Elasticsearch

from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings
from kibana import kql
from sinks import generations, template
from sinks.search import MARK_END, MARK_START, search
from tests.judged import search as judged

pytestmark = pytest.mark.servers

FIELDS = template.leaves()

#: generated articles around the judged ones: here enough that a wrong hit would show
AROUND = 300


class Indexed(msgspec.Struct, frozen=True):
    settings: Settings
    client: Any
    names: dict[str, str]


@pytest.fixture(scope="module")
def indexed(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexed]:
    settings = msgspec.structs.replace(
        Settings(),
        elasticsearch_url=stack.elasticsearch_url,
        index_prefix="typed-",
        data_dir=str(tmp_path_factory.mktemp("typed")),
    )
    with elasticsearch_client(settings) as client:
        names = judged.index(client, settings, AROUND)
        yield Indexed(settings, client, names)
        client.indices.delete(index=generations.index_of(settings, 1))


def test_the_judged_queries_find_what_answers_them(indexed: Indexed) -> None:
    """The floor is what was reached, less what one more query going wrong would cost: more of
    ``python -m tests.judged search``."""
    answered = [
        judged.ask(indexed.client, indexed.settings, indexed.names, one) for one in judged.queries()
    ]
    for group, _asked, gain, found, right in judged.means(answered):
        shown = [(one.query.typed, one.found) for one in answered if group == one.query.group]
        assert gain >= 0.95, (group, gain, shown)
        assert found >= 0.95, (group, found, shown)
        # IS is English, too.
        assert right >= (0.7 if group == "stop words" else 0.95), (group, right, shown)


def typed(indexed: Indexed, query: dict[str, Any]) -> set[str]:
    alias = generations.alias(indexed.settings)
    found = indexed.client.search(index=alias, query=query, size=100, source_includes=["uri"])
    return {indexed.names.get(hit["_source"]["uri"], "other") for hit in found["hits"]["hits"]}


def lucene(query: str) -> dict[str, Any]:
    """As Kibana sends what is typed in Lucene's syntax, with the settings for a desk."""
    return {
        "bool": {
            "must": [
                {
                    "query_string": {
                        "query": query,
                        "analyze_wildcard": True,
                        "default_operator": "AND",
                        "time_zone": "Europe/Berlin",
                    }
                }
            ]
        }
    }


def test_kibanas_bar_finds_what_dateline_search_finds(indexed: Indexed) -> None:
    for one in judged.queries():
        found = search(indexed.client, indexed.settings, one.typed, size=100)
        names = {indexed.names.get(hit.uri, "other") for hit in found.hits}
        assert typed(indexed, lucene(one.typed)) == names, one.typed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("Putin and Reuters", {"troops-de"}),
        ("Entsendung and Parlament", {"troops-de"}),
        ('"Die Linke"', {"linke-de"}),
        ("Selenskyj and Reuters", {"zelensky-en"}),
        ("person.name: Mueller and Vorstand", {"mueller-ascii-de"}),
    ],
)
def test_so_it_is_in_kql(indexed: Indexed, query: str, found: set[str]) -> None:
    assert typed(indexed, kql.translate(query, FIELDS)) == found


def test_a_compound_is_marked_where_a_part_of_it_was_found(indexed: Indexed) -> None:
    found = search(indexed.client, indexed.settings, "Entsendung Außenminister")
    (hit,) = found.hits
    shown = " ".join(hit.highlights)
    assert f"{MARK_START}Truppenentsendung{MARK_END}" in shown
    assert not set(shown) & {"\ue003", "\ue004"}


def test_a_name_is_found_with_its_umlaut_either_way_in_its_own_field(indexed: Indexed) -> None:
    for spelling in ("Müller", "Mueller", "Muller"):
        assert "mueller-en" in typed(indexed, lucene(f"person.name:{spelling}"))


def test_an_older_generation_takes_new_fields_and_keeps_its_own_analyzers(
    stack: EmbeddedStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = msgspec.structs.replace(
        Settings(), elasticsearch_url=stack.elasticsearch_url, index_prefix="older-"
    )

    def of_old() -> dict[str, Any]:
        mapping = now()
        del (
            mapping["properties"]["urgency"],
            mapping["properties"]["dateline"]["properties"]["city"],
        )
        mapping["properties"]["title"]["analyzer"] = template.FOLDED
        for field in mapping["properties"]["text"]["properties"].values():
            del field["search_quote_analyzer"]
        return mapping

    now = template.mappings
    monkeypatch.setattr(template, "mappings", of_old)
    monkeypatch.setattr(template, "VERSION", template.VERSION - 1)
    with elasticsearch_client(settings) as client:
        index = generations.ensure(client, settings).index
        monkeypatch.undo()
        generations.ensure(client, settings)
        found = properties(client, index)
        client.indices.delete(index=index)
    assert found["urgency"] and found["dateline"]["properties"]["city"]
    assert found["title"]["analyzer"] == template.FOLDED


def properties(client: Elasticsearch, index: str) -> dict[str, Any]:
    return dict(client.indices.get_mapping(index=index)[index]["mappings"]["properties"])
