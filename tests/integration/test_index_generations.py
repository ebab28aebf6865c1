"""Generations: created once, upgraded before they are written to, switched in one atomic step."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from dateline.article import Article, Provenance
from dateline.connections import elasticsearch_client
from dateline.errors import NewerSchema, UsageError
from dateline.settings import Settings
from dateline.versions import content_hash
from sinks import generations, template
from sinks.writer import Incoming, Result, write

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

pytestmark = pytest.mark.servers

NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def client(settings: Settings) -> Iterator[Elasticsearch]:
    with elasticsearch_client(settings) as connected:
        yield connected
        names = list(connected.indices.get(index=f"{settings.index_prefix}*").body)
        if names:
            connected.indices.delete(index=",".join(names))


def article(text: str = "A", **changes: Any) -> Incoming:
    plain = Article(**{"uri": "urn:np:1", "title": text, "language": "en", **changes})
    provenance = Provenance(received=NOW, content=content_hash(plain))
    return Incoming(article=msgspec.structs.replace(plain, provenance=provenance), enriched=1)


def index(client: Elasticsearch, name: str, *batch: Incoming) -> list[Result]:
    results = write(client, name, batch, lambda _provider: "versioncreated")
    client.indices.refresh(index=name)
    return results


def titles(client: Elasticsearch, alias: str) -> list[str]:
    found = client.search(index=alias, size=100, sort="uri")
    return [hit["_source"]["title"] for hit in found["hits"]["hits"]]


def wait_until(condition: Any, seconds: float = 30) -> None:
    pause = threading.Event()
    deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)
    while not condition():
        assert dt.datetime.now(dt.UTC) < deadline, "it did not come to pass in time"
        pause.wait(0.05)


def test_two_sinks_that_start_at_once_make_one_generation(
    client: Elasticsearch, settings: Settings
) -> None:
    with ThreadPoolExecutor(4) as starting:
        made = list(starting.map(lambda _: generations.ensure(client, settings), range(4)))
    assert {one.number for one in made} == {1}
    (only,) = generations.list_generations(client, settings)
    assert only.serving and only.state == "complete"
    assert only.index == f"{settings.index_prefix}articles-000001"


def test_no_alias_no_index_and_unknown_fields_are_refused(
    client: Elasticsearch, settings: Settings
) -> None:
    from elasticsearch import ApiError

    generation = generations.ensure(client, settings)
    for unknown in ({"colour": "red"}, {"dateline": {"colour": "red"}}, {"text": {"xx": ["a"]}}):
        with pytest.raises(ApiError) as refused:
            client.index(index=generation.index, document={"uri": "urn:x", **unknown})
        assert refused.value.error == "strict_dynamic_mapping_exception"
    with pytest.raises(ApiError):
        client.index(index=f"{settings.index_prefix}articles-000777", document={"uri": "urn:x"})
    # ... whatever the cluster's own setting is
    stored = client.indices.get_index_template(name=template.template_name(settings))
    assert stored["index_templates"][0]["index_template"]["allow_auto_create"] is False


def test_what_the_mapping_refuses_comes_back_as_a_dead_letter(
    client: Elasticsearch, settings: Settings
) -> None:
    generation = generations.ensure(client, settings)
    client.indices.put_mapping(index=generation.index, dynamic="strict")
    far = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    good, bad = article("good"), article("bad", uri="urn:np:2", version=2**70, versioncreated=far)
    outcomes = [(one.outcome, str(one.error)) for one in index(client, generation.index, good, bad)]
    assert outcomes[0][0] == "indexed"
    assert outcomes[1][0] == "refused" and "version" in outcomes[1][1]


def test_new_fields_are_added_before_anything_is_written(
    client: Elasticsearch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    generations.ensure(client, settings)
    with_more = template.mappings()
    with_more["properties"]["mood"] = {"type": "keyword"}
    monkeypatch.setattr(template, "VERSION", template.VERSION + 1)
    monkeypatch.setattr(template, "mappings", lambda: with_more)
    upgraded = generations.list_generations(client, settings)[0]
    assert upgraded.template == template.VERSION - 1
    generations.ensure(client, settings)
    upgraded = generations.list_generations(client, settings)[0]
    assert upgraded.template == template.VERSION
    client.index(index=upgraded.index, document={"uri": "urn:x", "mood": "bright"})
    # An older program must not write into it any more.
    monkeypatch.undo()
    with pytest.raises(NewerSchema):
        generations.ensure(client, settings)


def test_an_embargo_opens_by_itself_and_withheld_is_for_the_desk(
    client: Elasticsearch, settings: Settings
) -> None:
    generation = generations.ensure(client, settings)
    public, desk = generations.alias(settings), generations.desk_alias(settings)
    opens = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=4)
    index(
        client,
        generation.index,
        article("usable", uri="urn:np:1"),
        article("withheld", uri="urn:np:2", pubstatus="withheld"),
        article("embargoed", uri="urn:np:3", embargoed=opens),
        article("canceled", uri="urn:np:4", pubstatus="canceled"),
        article("opened", uri="urn:np:5", embargoed=NOW - dt.timedelta(days=1)),
    )

    def shown() -> list[str]:
        # A count of its own, without hits, is what a cache would answer. The embargo may open
        # between the two: then they are looked at again.
        while True:
            before, count = titles(client, public), client.count(index=public)["count"]
            if (after := titles(client, public)) == before:
                assert count == len(after)
                return after

    before = shown()
    if dt.datetime.now(dt.UTC) < opens:
        assert before == ["usable", "opened"]
    assert titles(client, desk) == ["usable", "withheld", "embargoed", "opened"]
    wait_until(lambda: shown() == ["usable", "embargoed", "opened"])
    assert dt.datetime.now(dt.UTC) >= opens


def test_switch_and_rollback(client: Elasticsearch, settings: Settings) -> None:
    first = generations.ensure(client, settings)
    with pytest.raises(UsageError):
        generations.rollback(client, settings)
    second = generations.create_next(client, settings)
    assert (second.number, second.state) == (2, "positioning")
    assert [one.number for one in generations.fed(client, settings)] == [1]
    for too_early in (generations.mark_complete, generations.switch):
        with pytest.raises(UsageError, match="positioning"):
            too_early(client, settings, 2)
    generations.note(client, settings, 2, {"since": "2026"})
    begun = generations.begin(client, settings, 2)
    assert (begun.id, begun.state, begun.replay) == (second.id, "building", {"since": "2026"})
    with pytest.raises(UsageError, match="begun before"):
        generations.begin(client, settings, 2)
    with pytest.raises(UsageError, match="not complete"):
        generations.switch(client, settings, 2)
    assert generations.switch(client, settings) == (1, 1)
    assert generations.mark_complete(client, settings, 2).state == "complete"
    assert generations.switch(client, settings) == (1, 2)
    before = generations.previous(client, settings)
    assert before is not None and before.index == first.index
    with pytest.raises(UsageError, match="serves"):
        generations.drop(client, settings, 2)
    with pytest.raises(UsageError, match="rollback"):
        generations.drop(client, settings, 1)
    assert generations.rollback(client, settings) == (2, 1)
    assert [one.number for one in generations.fed(client, settings)] == [1, 2]
    generations.drop(client, settings, 2)
    # Records of its replay are marked with it: the number is not given again.
    assert generations.create_next(client, settings).number == 3


def test_a_group_belongs_to_one_index_and_no_other(
    client: Elasticsearch, settings: Settings
) -> None:
    first = generations.ensure(client, settings)
    group = generations.group_of(settings, first)
    assert generations.group_of(settings, generations.ensure(client, settings)) == group
    assert group.startswith(f"{settings.topic_prefix}dateline-sink-000001-")
    # Another set of indices on the same topics, ...
    beside = msgspec.structs.replace(settings, index_prefix=f"{settings.index_prefix}b-")
    assert generations.group_of(beside, generations.ensure(client, beside)) != group
    # ... two replays at once, ...
    replays = [generations.create_next(client, settings) for _ in range(2)]
    assert len({generations.group_of(settings, one) for one in replays}) == 2
    # ... and an Elasticsearch that was wiped.
    client.indices.delete(
        index=[one.index for one in generations.list_generations(client, settings)]
    )
    again = generations.ensure(client, settings)
    assert again.index == first.index
    assert generations.group_of(settings, again) != group


def test_searches_never_see_none_or_both(client: Elasticsearch, settings: Settings) -> None:
    first = generations.ensure(client, settings)
    second = generations.create_next(client, settings)
    generations.begin(client, settings, second.number)
    generations.mark_complete(client, settings, second.number)
    index(client, first.index, article("old"))
    index(client, second.index, article("new"))
    seen: list[tuple[str, ...]] = []
    done = threading.Event()

    def look() -> None:
        with elasticsearch_client(settings) as looking:
            while not done.is_set():
                seen.append(tuple(titles(looking, generations.alias(settings))))

    with ThreadPoolExecutor(1) as looking:
        future = looking.submit(look)
        for _ in range(10):
            generations.switch(client, settings, 2)
            generations.rollback(client, settings)
        wait_until(lambda: len(seen) >= 50 or future.done())
        done.set()
        future.result()
    assert set(seen) <= {("old",), ("new",)}
    assert len(set(seen)) == 2
