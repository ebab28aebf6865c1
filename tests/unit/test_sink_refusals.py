"""Every item of a bulk response is looked at: what is retried, what is a dead letter, what ends.

The server here is a fake: a few dozen lines that keep documents in a dict, check ``if_seq_no``
as Elasticsearch does, and misbehave as they are told. What the real server does with these
requests is in ``tests/integration/test_sink_writer.py``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from dateline.article import Article, Provenance, PubStatus
from dateline.errors import Defect, Unavailable
from dateline.identity import document_id
from dateline.versions import content_hash
from sinks import bulk, documents
from sinks.writer import RACES, Displaced, Incoming, Result, write

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)

Item = dict[str, Any]
Fault = Callable[[str, dict[str, Any]], Item | None]


def _refused(status: int, kind: str, reason: str = "because") -> Item:
    return {"status": status, "error": {"type": kind, "reason": reason}}


class FakeElasticsearch:
    """Not Elasticsearch. ``faults`` are asked for each write (id, document) and may answer
    instead of it; ``whole`` are raised or answered instead of whole requests, first come."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.seq = 0
        self.faults: list[Fault] = []
        self.whole: list[tuple[str, Exception, bool]] = []
        self.requests: list[tuple[str, list[str]]] = []

    def perform_request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any | None = None,
    ) -> Any:
        assert method == "POST" and isinstance(body, bytes)
        kind = path.rsplit("/", 1)[1]
        fault = next((one for one in self.whole if one[0] == kind), None)
        if fault is not None:
            self.whole.remove(fault)
            if fault[2]:
                self.answer(kind, body)  # done, but nobody hears of it
            raise fault[1]
        return SimpleNamespace(body=self.answer(kind, body))

    def answer(self, kind: str, body: bytes) -> dict[str, Any]:
        if kind == "_mget":
            ids = msgspec.json.decode(body)["ids"]
            self.requests.append((kind, ids))
            return {"docs": [self.get(one) for one in ids]}
        lines = [msgspec.json.decode(line) for line in body.splitlines()]
        pairs = list(zip(lines[::2], lines[1::2], strict=True))
        self.requests.append((kind, [next(iter(action.values()))["_id"] for action, _ in pairs]))
        return {"items": [self.write(action, source) for action, source in pairs]}

    def get(self, document: str) -> Item:
        if document not in self.held:
            return {"found": False}
        held = self.held[document]
        return {
            "found": True,
            "_seq_no": held["seq"],
            "_primary_term": 1,
            "_source": held["source"],
        }

    def write(self, action: dict[str, Any], source: dict[str, Any]) -> Item:
        ((kind, place),) = action.items()
        document = place["_id"]
        for fault in list(self.faults):
            answer = fault(document, source)
            if answer is not None:
                return {kind: answer}
        held = self.held.get(document)
        if kind == "create" and held is not None:
            return {kind: _refused(409, "version_conflict_engine_exception")}
        if kind != "create" and (held is None or held["seq"] != place["if_seq_no"]):
            return {kind: _refused(409, "version_conflict_engine_exception")}
        if kind == "update":
            assert held is not None
            source = documents.apply_amendment(held["source"], source["doc"])
        self.seq += 1
        self.held[document] = {"source": source, "seq": self.seq}
        return {kind: {"status": 201 if held is None else 200}}

    def title(self, uri: str) -> str | None:
        held = self.held.get(document_id(uri))
        title: str | None = held["source"].get("title") if held else None
        return title


def once(answer: Item, match: Callable[[dict[str, Any]], bool] = lambda _source: True) -> Fault:
    answers = [answer]

    def fault(_document: str, source: dict[str, Any]) -> Item | None:
        return answers.pop() if answers and match(source) else None

    return fault


def incoming(
    text: str,
    *,
    story: int = 1,
    created: int = 0,
    received: int = 0,
    provider: str = "np",
    pubstatus: PubStatus = "usable",
) -> Incoming:
    article = Article(
        uri=f"urn:np:{story}",
        title=text,
        pubstatus=pubstatus,
        provider=provider,
        versioncreated=T0 + dt.timedelta(seconds=created),
    )
    provenance = Provenance(
        received=T0 + dt.timedelta(seconds=received), content=content_hash(article)
    )
    return Incoming(article=msgspec.structs.replace(article, provenance=provenance), enriched=1)


class Writing:
    """Calls `write` on the fake, without waiting; remembers the pauses."""

    def __init__(self) -> None:
        self.server = FakeElasticsearch()
        self.pauses: list[float] = []

    def __call__(self, *batch: Incoming, **options: Any) -> list[Result]:
        return write(
            self.server,
            "articles-000001",
            batch,
            lambda _provider: "versioncreated",
            lambda: T0 + dt.timedelta(days=1),
            pause=self.pauses.append,
            **options,
        )


@pytest.fixture
def writing() -> Writing:
    return Writing()


def timeout() -> Exception:
    from elasticsearch import ConnectionTimeout

    return ConnectionTimeout("no answer")


def status(code: int) -> Exception:
    from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
    from elasticsearch import ApiError

    meta = ApiResponseMeta(code, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "localhost", 1))
    return ApiError("told so", meta, {"error": "told so"})


def outcomes(results: list[Result]) -> list[str]:
    return [result.outcome for result in results]


def test_a_lost_race_is_looked_at_again(writing: Writing) -> None:
    newer = incoming("newer", created=5)

    def somebody_else(_document: str, _source: dict[str, Any]) -> Item | None:
        writing.server.faults.clear()
        writing(newer)
        return None  # the server itself finds the conflict

    writing.server.faults.append(somebody_else)
    assert outcomes(writing(incoming("older", created=1))) == ["superseded"]
    assert writing.server.title("urn:np:1") == "newer"


def test_races_without_end_are_a_fault_of_the_surroundings(writing: Writing) -> None:
    writing.server.faults.append(lambda *_: _refused(409, "version_conflict_engine_exception"))
    with pytest.raises(Unavailable):
        writing(incoming("A"))


@pytest.mark.parametrize("code", [429, 500, 503])
def test_only_the_overloaded_items_are_sent_again(writing: Writing, code: int) -> None:
    writing.server.faults.append(
        once(_refused(code, "rejected"), lambda source: source["title"] == "B")
    )
    results = writing(incoming("A", story=1), incoming("B", story=2))
    assert outcomes(results) == ["indexed", "indexed"]
    assert len(writing.pauses) == 1 and writing.pauses[0] > 0
    bulks = [ids for kind, ids in writing.server.requests if kind == "_bulk"]
    assert bulks[1] == [document_id("urn:np:2")]


def test_overload_without_end_is_told(writing: Writing) -> None:
    writing.server.faults.append(lambda *_: _refused(429, "es_rejected_execution_exception"))
    with pytest.raises(Unavailable, match="es_rejected_execution_exception"):
        writing(incoming("A"), tries=4)
    assert len(writing.pauses) == 3
    assert writing.pauses == sorted(writing.pauses)


def test_what_the_mapping_refuses_is_a_dead_letter_and_the_rest_is_written(
    writing: Writing,
) -> None:
    writing.server.faults.append(
        lambda _id, source: (
            _refused(400, "document_parsing_exception", "[1:2] failed to parse")
            if source["title"] == "bad"
            else None
        )
    )
    results = writing(
        incoming("good", story=1),
        incoming("fine", story=2, created=1),
        incoming("bad", story=2, created=2),
    )
    assert outcomes(results) == ["indexed", "indexed", "refused"]
    assert "failed to parse" in str(results[2].error)
    # The story's other version does not go down with the bad one.
    assert writing.server.title("urn:np:2") == "fine"


def test_a_full_disk_is_no_fault_of_the_article(writing: Writing) -> None:
    writing.server.faults.append(once(_refused(403, "cluster_block_exception")))
    assert outcomes(writing(incoming("A"))) == ["indexed"]


def test_a_request_that_was_done_but_not_answered_is_not_counted_twice(writing: Writing) -> None:
    writing.server.whole.append(("_bulk", timeout(), True))
    assert outcomes(writing(incoming("A"), incoming("B", story=2))) == ["indexed", "indexed"]
    assert len(writing.server.held) == 2


@pytest.mark.parametrize("kind", ["_bulk", "_mget"])
def test_requests_without_an_answer_are_repeated_then_told(writing: Writing, kind: str) -> None:
    writing.server.whole = [(kind, timeout(), False)] * 2
    assert outcomes(writing(incoming("A"))) == ["indexed"]
    writing.server.whole = [(kind, timeout(), False)] * 99
    with pytest.raises(Unavailable):
        writing(incoming("A", created=1), tries=3)


def test_a_stop_ends_the_waiting(writing: Writing) -> None:
    writing.server.whole = [("_mget", timeout(), False)] * 99
    with pytest.raises(Unavailable):
        writing(incoming("A"), stop=lambda: True)
    assert writing.pauses == []


def test_a_request_that_is_too_large_is_cut(writing: Writing) -> None:
    writing.server.whole = [("_bulk", status(413), False)] * 2
    results = writing(*(incoming(str(n), story=n) for n in range(4)))
    assert outcomes(results) == ["indexed"] * 4
    assert [len(ids) for kind, ids in writing.server.requests if kind == "_bulk"] == [1, 1, 2]


def test_one_article_that_is_too_large_is_a_dead_letter(writing: Writing) -> None:
    writing.server.whole = [("_bulk", status(413), False)]
    (result,) = writing(incoming("huge"))
    assert result.outcome == "refused" and "413" in str(result.error)


def _under_pressure(role: str, operation: int, most: int) -> str:
    return (
        f"rejected execution of {role} operation [coordinating_and_primary_bytes=0, all_bytes=0, "
        f"{role}_operation_bytes={operation}, max_{role}_bytes={most}]"
    )


@pytest.mark.parametrize("role", ["coordinating", "primary", "replica"])
def test_what_is_more_than_the_server_ever_takes_at_once_is_never_tried_again(role: str) -> None:
    """Elasticsearch answers 429 to that as well; trying again would block all for ever."""
    assert bulk.never_fits(_under_pressure(role, 67_112_396, 51_897_958))
    assert not bulk.never_fits(_under_pressure(role, 1_000, 51_897_958))


def test_only_the_article_that_never_fits_is_a_dead_letter(writing: Writing) -> None:
    answer = _refused(429, "es_rejected_execution_exception")
    answer["error"]["reason"] = _under_pressure("primary", 67_112_396, 51_897_958)
    writing.server.faults.append(
        lambda _id, source: answer if source.get("title") == "huge" else None
    )
    results = writing(incoming("A"), incoming("huge", story=2), incoming("B", story=3))
    assert outcomes(results) == ["indexed", "refused", "indexed"]
    assert "67112396" in str(results[1].error)
    assert writing.pauses == []


def test_a_request_that_never_fits_is_cut(writing: Writing) -> None:
    """The server turns all of one request away; alone each of them fits."""
    answer = _refused(429, "es_rejected_execution_exception")
    answer["error"]["reason"] = _under_pressure("primary", 9, 5)
    left = [answer] * 4
    writing.server.faults.append(lambda _id, _source: left.pop() if left else None)
    assert outcomes(writing(*(incoming(str(n), story=n) for n in range(4)))) == ["indexed"] * 4
    assert [len(ids) for kind, ids in writing.server.requests if kind == "_bulk"] == [4, 2, 2]


def test_a_request_that_the_server_does_not_understand_is_our_defect(writing: Writing) -> None:
    writing.server.whole = [("_bulk", status(400), False)]
    with pytest.raises(Defect):
        writing(incoming("A"))


def test_large_articles_go_in_requests_of_their_own(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "REQUEST_BYTES", 1)
    assert outcomes(writing(*(incoming("A", story=n) for n in range(3)))) == ["indexed"] * 3
    assert [len(ids) for kind, ids in writing.server.requests if kind == "_bulk"] == [1, 1, 1]


def test_many_refused_versions_of_one_story_are_no_lost_races(writing: Writing) -> None:
    """One round takes one of them out; the story stays in work until the last."""
    writing.server.faults.append(lambda _id, _document: _refused(400, "document_parsing_exception"))
    versions = [incoming(f"v{n}", created=n, received=n) for n in range(1, 2 * RACES)]
    assert outcomes(writing(*versions)) == ["refused"] * len(versions)


def test_a_displaced_tombstone_is_handed_over_before_it_goes(writing: Writing) -> None:
    """Nobody withdraws what another has not sent yet: a tombstone alone owns nothing."""
    writing(incoming("theirs", created=9, received=5, provider="other", pubstatus="canceled"))
    displaced: list[Displaced] = []

    def take(given: list[Displaced]) -> None:
        assert writing.server.title("urn:np:1") is None
        displaced.extend(given)

    writing(incoming("ours", created=1, received=1), on_displaced=take)
    assert writing.server.title("urn:np:1") == "ours"
    (one,) = displaced
    assert b'"canceled"' in one.article and "other" in str(one.error)


def test_a_usable_article_gives_way_to_no_other_provider(writing: Writing) -> None:
    writing(incoming("theirs", created=1, received=5, provider="other"))
    (result,) = writing(incoming("ours", created=9, received=1), on_displaced=pytest.fail)
    assert result.outcome == "refused" and "another provider" in str(result.error)
    assert writing.server.title("urn:np:1") == "theirs"
