"""On the real Elasticsearch: the promises of the fold hold, with several writers at once."""

from __future__ import annotations

import datetime as dt
import random
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from dateline.article import Article, Provenance
from dateline.connections import elasticsearch_client
from dateline.identity import document_id, identity_of
from dateline.settings import Settings
from dateline.versions import content_hash
from sinks import documents, generations
from sinks.bulk import Client
from sinks.writer import Incoming, fold, write

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

pytestmark = pytest.mark.servers

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.fixture
def index(settings: Settings) -> Iterator[tuple[Elasticsearch, str]]:
    with elasticsearch_client(settings) as client:
        generation = generations.ensure(client, settings)
        yield client, generation.index
        client.indices.delete(index=generation.index)


def incoming(
    text: str,
    *,
    uri: str = "urn:np:1",
    created: int | None = None,
    version: int | None = None,
    received: int = 0,
    enriched: int = 1,
    **changes: Any,
) -> Incoming:
    plain = Article(
        **{
            "uri": uri,
            "title": text,
            "body_text": f"{text} was said",
            "provider": "np",
            "language": "en",
            "version": version,
            "versioncreated": None if created is None else T0 + dt.timedelta(seconds=created),
            **changes,
        }
    )
    provenance = Provenance(
        received=T0 + dt.timedelta(seconds=received),
        content=content_hash(plain),
        topic="articles.raw",
        partition=0,
        offset=received,
        model="m",
    )
    return Incoming(
        article=msgspec.structs.replace(plain, provenance=provenance), enriched=enriched
    )


def put(client: Client, index: str, *batch: Incoming) -> list[str]:
    results = write(client, index, batch, lambda _provider: "versioncreated")
    return [result.outcome for result in results]


def stored(client: Elasticsearch, index: str, uri: str = "urn:np:1") -> dict[str, Any]:
    source: dict[str, Any] = client.get(index=index, id=document_id(uri))["_source"]
    return source


class Slow:
    """A client that dawdles between looking and writing, as a loaded machine does."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client

    def perform_request(self, method: str, path: str, **given: Any) -> Any:
        answer = self._client.perform_request(method, path, **given)
        if path.endswith("_mget"):
            time.sleep(random.uniform(0, 0.03))
        return answer


def shown(document: dict[str, Any]) -> Any:
    return msgspec.json.decode(documents.article_json(document))


def random_stream(seed: int, stories: int, length: int) -> list[Incoming]:
    chosen = random.Random(seed)
    return [
        incoming(
            chosen.choice("ABC"),
            uri=f"urn:np:{chosen.randrange(stories)}",
            created=chosen.choice([None, 0, 0, 0]),
            received=chosen.randrange(6),
            enriched=chosen.randrange(3),
            pubstatus=chosen.choice(["usable", "usable", "withheld", "canceled"]),
        )
        for _ in range(length)
    ]


def expected(stream: list[Incoming]) -> dict[str, documents.Document]:
    """All of it in one fold, which the unit tests hold to the contract."""
    stories: dict[str, list[Incoming]] = {}
    for one in stream:
        stories.setdefault(identity_of(one.article), []).append(one)
    folded = {
        uri: fold(uri, None, versions, lambda _provider: "versioncreated", T0).body
        for uri, versions in stories.items()
    }
    return {uri: body for uri, body in folded.items() if body is not None}


def test_any_order_duplication_and_batching_with_writers_at_once(
    index: tuple[Elasticsearch, str],
) -> None:
    client, name = index
    stream = random_stream(seed=7, stories=4, length=240)
    chosen = random.Random(8)
    twice = stream + chosen.sample(stream, 30)
    chosen.shuffle(twice)
    # Each record has one writer: what a race loses, nobody else makes good.
    shares = [twice[number::4] for number in range(4)]

    def one_writer(mine: list[Incoming]) -> None:
        while mine:
            put(Slow(client), name, *mine[:3])
            del mine[:3]

    with ThreadPoolExecutor(4) as writers:
        list(writers.map(one_writer, shares))
    client.indices.refresh(index=name)
    should = expected(stream)
    assert client.count(index=name)["count"] == len(should)
    for uri, body in should.items():
        held = stored(client, name, uri)
        # Without nulls: an amendment leaves one where the former origin had more to tell.
        assert shown(held) == shown(body)
        assert (held["@timestamp"], held["standing"]) == (body["@timestamp"], body["standing"])


def test_a_resend_changes_nothing_that_is_shown(index: tuple[Elasticsearch, str]) -> None:
    client, name = index
    assert put(client, name, incoming("A", received=1)) == ["indexed"]
    before = stored(client, name)
    assert put(client, name, incoming("A", received=5, enriched=9)) == ["duplicate"]
    after = stored(client, name)
    assert before.pop("standing") != after.pop("standing")
    assert after == before


def test_a_withdrawn_story_leaves_a_tombstone_and_its_late_original_stays_dead(
    index: tuple[Elasticsearch, str],
) -> None:
    client, name = index
    original = incoming("secret", created=1, received=1)
    kill = incoming("KILL", created=5, received=2, pubstatus="canceled")
    assert put(client, name, original) == ["indexed"]
    assert put(client, name, kill) == ["withdrawn"]
    late = incoming("secret", created=1, received=9)
    assert put(client, name, late) == ["superseded"]
    tombstone = stored(client, name)
    assert tombstone["pubstatus"] == "canceled"
    assert "secret" not in str(tombstone) and "text" not in tombstone and "title" not in tombstone
    newer = incoming("shown again", created=9, received=10)
    (result,) = write(client, name, [newer], lambda _provider: "versioncreated")
    assert (result.outcome, result.resurrected) == ("indexed", True)


def test_a_large_batch_of_new_and_known_stories(index: tuple[Elasticsearch, str]) -> None:
    client, name = index
    prefix = uuid.uuid4().hex
    batch = [incoming("A", uri=f"urn:{prefix}:{n}", created=1) for n in range(300)]
    assert set(put(client, name, *batch)) == {"indexed"}
    again = [incoming("B", uri=f"urn:{prefix}:{n}", created=2) for n in range(150, 450)]
    assert set(put(client, name, *again)) == {"indexed"}
    client.indices.refresh(index=name)
    assert client.count(index=name)["count"] == 450
    assert client.count(index=name, query={"match": {"title": "B"}})["count"] == 300
