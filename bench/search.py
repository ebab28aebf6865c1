"""How fast what editors type is answered while articles come in, against the quiet index.

The archive is generated: stories of `seeds/`' sentences, enriched, then given other paragraphs and
identities until there are as many as asked for. The queries are those of the judged set. The bare
query is the request that Kibana's bar makes, without highlights, on the quiet index.
"""

from __future__ import annotations

import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bench import enriched_to_search, pipeline
from dateline.article import Article
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: articles a second while it is measured: some forty times what a large agency sends
RATE = 20
#: articles of texts of their own
_UNLIKE = 400
_PART = 2000
#: seconds without a merge, and how long they are waited for
_REST, _PATIENCE = 10, 300.0


def archive(made: list[Article], count: int, name: str) -> Iterator[Article]:
    """``count`` articles, each with paragraphs of several, and an identity of its own."""
    chance = random.Random(name)
    paragraphs = [part for one in made for part in (one.body_text or "").split("\n\n")]
    for number in range(count):
        one = made[number % len(made)]
        size = (one.body_text or "").count("\n\n") + 1
        yield msgspec.structs.replace(
            one,
            uri=f"urn:dateline:bench:{name}:{number}",
            body_text="\n\n".join(chance.choices(paragraphs, k=size)),
            # Offsets of another text would be wrong; nobody searches them.
            entities=[],
        )


def measure(stack: EmbeddedStack, folder: Path, *, documents: int, rounds: int) -> dict[str, Any]:
    """p95 in milliseconds, and ratios; ``rounds`` passes over all queries each time."""
    from sinks import generations
    from sinks.search import search
    from tests.judged.search import queries

    settings = pipeline.settings_for(stack, str(folder), 1)
    typed = [one.typed for one in queries()]
    made = enriched_to_search.enriched(_UNLIKE, "search")
    sender = pipeline.producer(settings)
    with (
        pipeline.stages(settings, "sink"),
        elasticsearch_client(settings) as client,
    ):
        part: list[Article] = []
        for one in archive(made, documents, "archive"):
            part.append(one)
            if len(part) == _PART:
                enriched_to_search.publish(settings, part, sender)
                part = []
        enriched_to_search.publish(settings, part, sender)
        pipeline.wait_searchable(settings, documents, patience=7200)

        alias = generations.alias(settings)
        _at_rest(client, alias)

        def bare(query: str) -> None:
            client.search(
                index=alias, query=_bare(query), size=10, source_includes=["uri", "title"]
            )

        def ours(query: str) -> None:
            search(client, settings, query)

        for ask in (bare, ours):
            _pass(ask, typed)
        quiet_bare = _times(bare, typed, rounds)
        quiet = _times(ours, typed, rounds)
        with _ComingIn(settings, made, sender) as came:
            busy_bare = _times(bare, typed, rounds)
            busy = _times(ours, typed, rounds)
        stored = _size(client, alias)
    sender.close()
    return {
        "articles": documents,
        "index, bytes an article": stored / (documents + came.count),
        "queries": len(typed),
        "coming in, articles/s": came.rate,
        "bare query, quiet, p50 and p95 ms": [_share(quiet_bare, 50), _share(quiet_bare, 95)],
        "bare query, coming in, p95 ms": _share(busy_bare, 95),
        "ratio": _share(busy_bare, 95) / _share(quiet_bare, 95),
        "dateline search, quiet, p95 ms": _share(quiet, 95),
        "dateline search, coming in, p95 ms": _share(busy, 95),
        "ratio, dateline search": _share(busy, 95) / _share(quiet, 95),
    }


def _bare(query: str) -> dict[str, Any]:
    return {"query_string": {"query": query, "default_operator": "AND", "analyze_wildcard": True}}


def _pass(ask: Callable[[str], None], typed: list[str]) -> list[float]:
    taken = []
    for query in typed:
        begun = time.perf_counter()
        ask(query)
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def _times(ask: Callable[[str], None], typed: list[str], rounds: int) -> list[float]:
    return [taken for _ in range(rounds) for taken in _pass(ask, typed)]


def _share(taken: list[float], percent: int) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[percent - 1]


def _at_rest(client: Elasticsearch, alias: str) -> None:
    """Until nothing has been merged for some seconds: what came in so fast is merged for a while,
    and a quiet index is one where that is over."""
    rest, deadline = 0, time.monotonic() + _PATIENCE
    while rest < _REST and time.monotonic() < deadline:
        time.sleep(1.0)
        merges = client.indices.stats(index=alias, metric="merge")["_all"]["primaries"]["merges"]
        rest = rest + 1 if merges["current"] == 0 else 0


def _size(client: Elasticsearch, alias: str) -> int:
    client.indices.flush(index=alias)
    return int(client.indices.stats(index=alias)["_all"]["primaries"]["store"]["size_in_bytes"])


class _ComingIn:
    """Articles that are published at `RATE` while it lasts."""

    def __init__(self, settings: Settings, made: list[Article], sender: Any) -> None:
        self._settings, self._made, self._sender = settings, made, sender
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._publish)
        self.count, self.rate, self._begun = 0, 0.0, 0.0

    def __enter__(self) -> _ComingIn:
        self._begun = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()
        self.rate = self.count / (time.monotonic() - self._begun)

    def _publish(self) -> None:
        more = archive(self._made, 10**9, "live")
        while not self._stop.is_set():
            part = [next(more) for _ in range(RATE)]
            enriched_to_search.publish(self._settings, part, self._sender)
            self.count += len(part)
            self._stop.wait(max(0.0, self._begun + self.count / RATE - time.monotonic()))
