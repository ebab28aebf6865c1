"""Tries are bounded and jittered, and whatever goes wrong in between, order and account stay right.

Generated schedules of faults meet the real writer of the sink and the real publisher of the
producer. Elasticsearch is a dict that checks ``if_seq_no`` and misbehaves as planned: whole
requests refused, done without an answer, done in part, done late; single items overloaded; another
writer that comes first. Whatever the schedule, the index must end as the pure fold of all articles
over an empty one. Kafka is a list whose client confirms in any order, gives up and comes anew.
"""

from __future__ import annotations

import datetime as dt
import random
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, Literal

import msgspec
import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import ApiError, ConnectionTimeout
from hypothesis import given, settings
from hypothesis import strategies as st
from kafka import errors as kafka_errors

from dateline.article import Article, Provenance, PubStatus
from dateline.errors import Unavailable
from dateline.identity import document_id, identity_of
from dateline.settings import Settings
from dateline.versions import content_hash
from producers import publisher as publishing
from producers.publisher import Publisher
from sinks import documents
from sinks.writer import RACES, TRIES, Incoming, Odds, Result, write

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
NOW = T0 + dt.timedelta(days=1)
Clock = Callable[[], dt.datetime]

# -- the sink's writer


#: what befalls one request
Fault = Literal[
    "none",
    "silent",  # no answer, and nothing was done
    "unheard",  # no answer, but all was done
    "half",  # no answer, and the first half was done
    "late",  # no answer, and it is done just before the next request but one
    "busy",  # 429 for the whole request
    "down",  # 503 for the whole request
    "items",  # 429 or 503 for some of the items
    "raced",  # another writer comes first
]
FAULTS: list[Fault] = [
    "none",
    "silent",
    "unheard",
    "half",
    "late",
    "busy",
    "down",
    "items",
    "raced",
]


def _error(status: int) -> ApiError:
    meta = ApiResponseMeta(status, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "localhost", 1))
    return ApiError("told so", meta, {"error": "told so"})


class Index:
    """Elasticsearch as far as the writer sees it. ``plan``: the faults of the requests to come.
    another: called where a plan says that another writer comes first."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.seq = 0
        self.plan: deque[tuple[Fault, int]] = deque()
        self.another: Callable[[], None] = lambda: None
        self.late: bytes | None = None
        self.requests: Counter[str] = Counter()

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
        self.requests[kind] += 1
        fault, seed = self.plan.popleft() if self.plan else ("none", 0)
        if kind == "_bulk" and self.late is not None:
            late, self.late = self.late, None
            self.bulk(late, {})
        if fault == "busy":
            raise _error(429)
        if fault == "down":
            raise _error(503)
        if fault == "silent" or (kind == "_mget" and fault in ("unheard", "half", "late")):
            raise ConnectionTimeout("no answer")
        if kind == "_mget":
            ids = msgspec.json.decode(body)["ids"]
            return SimpleNamespace(body={"docs": [self.get(one) for one in ids]})
        lines = body.splitlines(keepends=True)
        if fault == "late":
            self.late = body
        elif fault == "half":
            self.bulk(b"".join(lines[: len(lines) // 4 * 2]), {})
        elif fault == "unheard":
            self.bulk(body, {})
        if fault in ("late", "half", "unheard"):
            raise ConnectionTimeout("no answer")
        refused: dict[int, int] = {}
        if fault == "items":
            chance = random.Random(seed)
            refused = {
                at: chance.choice([429, 503])
                for at in range(len(lines) // 2)
                if chance.random() < 0.5
            }
        if fault == "raced":
            self.another()
        return SimpleNamespace(body={"items": self.bulk(body, refused)})

    def get(self, document: str) -> dict[str, Any]:
        if document not in self.held:
            return {"found": False}
        held = self.held[document]
        return {
            "found": True,
            "_seq_no": held["seq"],
            "_primary_term": 1,
            "_source": held["source"],
        }

    def bulk(self, body: bytes, refused: Mapping[int, int]) -> list[dict[str, Any]]:
        lines = [msgspec.json.decode(line) for line in body.splitlines()]
        answers: list[dict[str, Any]] = []
        for at, (action, source) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
            ((kind, place),) = action.items()
            if at in refused:
                reason = {"type": "es_rejected_execution_exception", "reason": "full"}
                answers.append({kind: {"status": refused[at], "error": reason}})
            else:
                answers.append({kind: self.write(kind, place, source)})
        return answers

    def write(self, kind: str, place: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
        held = self.held.get(place["_id"])
        known = None if held is None else held["seq"]
        expected = None if kind == "create" else place["if_seq_no"]
        if known != expected:
            reason = {"type": "version_conflict_engine_exception", "reason": "changed"}
            return {"status": 409, "error": reason}
        if kind == "update":
            assert held is not None
            source = documents.apply_amendment(held["source"], source["doc"])
        self.seq += 1
        self.held[place["_id"]] = {"source": source, "seq": self.seq}
        return {"status": 201 if held is None else 200}

    def shown(self) -> dict[str, bytes]:
        """Every document as it is, without the nulls that an amendment leaves."""
        return {
            document: documents.article_json(held["source"])
            + held["source"]["@timestamp"].encode()
            + held["source"]["standing"].encode()
            for document, held in self.held.items()
        }


class Writing:
    """One writer; remembers how long it paused, as the stage's thread would."""

    def __init__(self, index: Index, odds: Odds | None) -> None:
        self.index = index
        self.odds = odds
        self.pauses: list[float] = []
        self.unavailable = 0

    def __call__(self, batch: list[Incoming]) -> list[Result]:
        """As the stage does: the same batch again for as long as it takes."""
        while True:
            before = self.index.requests.copy()
            paused = len(self.pauses)
            try:
                return write(
                    self.index,
                    "articles-000001",
                    batch,
                    lambda _provider: "versioncreated",
                    lambda: NOW,
                    pause=self.pauses.append,
                    odds=self.odds,
                )
            except Unavailable:
                self.unavailable += 1
                assert self.unavailable < 100
            finally:
                asked = self.index.requests - before
                rounds = max(asked["_mget"], asked["_bulk"])
                # Each round but the last pauses, unless it got on without trouble.
                assert len(self.pauses) - paused < TRIES + RACES
                assert rounds <= TRIES + RACES + len(batch) + 1


def articles(stories: int) -> st.SearchStrategy[Incoming]:
    def made(
        text: str,
        story: int,
        created: int | None,
        received: int,
        pubstatus: PubStatus,
        enriched: int,
    ) -> Incoming:
        article = Article(
            uri=f"urn:np:{story}",
            title=text,
            body_text=f"{text} was said",
            pubstatus=pubstatus,
            provider="np",
            versioncreated=None if created is None else T0 + dt.timedelta(seconds=created),
        )
        provenance = Provenance(
            received=T0 + dt.timedelta(seconds=received),
            content=content_hash(article),
            topic="articles.raw",
            partition=0,
            offset=received,
            model="m1",
        )
        article = msgspec.structs.replace(article, provenance=provenance)
        return Incoming(article=article, enriched=enriched)

    return st.builds(
        made,
        text=st.sampled_from("ABC"),
        story=st.integers(1, stories),
        created=st.none() | st.integers(0, 3),
        received=st.integers(0, 9),
        pubstatus=st.sampled_from(["usable", "usable", "withheld", "canceled"]),
        enriched=st.integers(0, 5),
    )


def batches(most: int) -> st.SearchStrategy[list[list[Incoming]]]:
    return st.lists(st.lists(articles(5), min_size=1, max_size=8), min_size=1, max_size=most)


def plans(faults: list[Fault], most: int) -> st.SearchStrategy[list[tuple[Fault, int]]]:
    return st.lists(st.tuples(st.sampled_from(faults), st.integers(0, 999)), max_size=most)


def fold_of(all_of_it: list[Incoming]) -> dict[str, bytes]:
    index = Index()
    Writing(index, None)(all_of_it)
    return index.shown()


@pytest.mark.timeout(900)  # a failure is made as small as can be first
@settings(max_examples=250, deadline=None, print_blob=True)
@given(
    ours=batches(4),
    theirs=batches(4),
    plan=plans(FAULTS, 40),
    guessing=st.booleans(),
)
def test_whatever_goes_wrong_the_index_is_the_fold_of_all_articles(
    ours: list[list[Incoming]],
    theirs: list[list[Incoming]],
    plan: list[tuple[Fault, int]],
    guessing: bool,
) -> None:
    index = Index()
    index.plan = deque(plan)
    odds = Odds()
    odds.likely_new = guessing
    writing, other = Writing(index, odds), Writing(index, None)
    left = deque(theirs)

    def another() -> None:
        if left:
            batch = left.popleft()
            kept, index.plan = index.plan, deque()
            assert len(other(batch)) == len(batch)
            index.plan = kept

    index.another = another
    for batch in ours:
        results = writing(batch)
        assert len(results) == len(batch)
        assert all(result.error is None for result in results)
    if index.late is not None:
        index.bulk(index.late, {})
    while left:
        another()
    assert index.shown() == fold_of([one for batch in [*ours, *theirs] for one in batch])
    assert all(0 <= pause <= 5.0 for pause in writing.pauses)
    assert other.unavailable == 0


#: after which the writer must know what it has done itself
KNOWABLE: list[Fault] = ["none", "silent", "unheard", "half", "busy", "down", "items"]


@pytest.mark.timeout(900)
@settings(max_examples=150, deadline=None, print_blob=True)
@given(ours=batches(3), plan=plans(KNOWABLE, TRIES - 2), guessing=st.booleans())
def test_each_article_gets_the_result_it_gets_where_nothing_goes_wrong(
    ours: list[list[Incoming]], plan: list[tuple[Fault, int]], guessing: bool
) -> None:
    """What was written, but not answered, is not taken for a duplicate when it is met again.

    Nor is, where the writer guessed that the stories are new, what was there before and is the
    very same: nobody can tell the two apart.
    """
    odds = Odds()
    odds.likely_new = guessing
    index, undisturbed = Index(), Index()
    index.plan = deque(plan)
    writing, calm = Writing(index, odds), Writing(undisturbed, None)
    for batch in ours:
        before = undisturbed.shown()
        mine, theirs = writing(batch), calm(batch)
        fresh = Writing(Index(), None)(batch)
        for incoming, one, other, anew in zip(batch, mine, theirs, fresh, strict=True):
            if one.outcome != other.outcome:
                story = document_id(identity_of(incoming.article))
                assert guessing and one.outcome == anew.outcome
                assert before[story] == undisturbed.shown()[story]
    assert writing.unavailable == 0
    assert index.shown() == undisturbed.shown()


@settings(max_examples=60, deadline=None, print_blob=True)
@given(
    faults=st.lists(st.sampled_from(["silent", "busy", "down"]), min_size=1, max_size=TRIES + 3),
    seed=st.integers(0, 2**32),
)
def test_pauses_double_within_their_bounds_and_tries_end(faults: list[Fault], seed: int) -> None:
    random.seed(seed)
    index = Index()
    index.plan = deque((fault, 0) for fault in faults)
    pauses: list[float] = []
    one = Incoming(
        article=Article(
            uri="urn:np:1",
            title="A",
            provenance=Provenance(received=T0, content="x"),
        ),
        enriched=1,
    )

    def attempt() -> None:
        write(index, "i", [one], lambda _: "versioncreated", lambda: NOW, pause=pauses.append)

    if len(faults) >= TRIES:
        with pytest.raises(Unavailable):
            attempt()
        assert sum(index.requests.values()) == TRIES
        assert len(pauses) == TRIES - 1
    else:
        attempt()
        assert len(pauses) == len(faults)
    for number, pause in enumerate(pauses):
        longest = min(5.0, 0.2 * 2**number)
        assert longest / 2 <= pause <= longest
    # Several sinks that lost the server together do not come back together.
    shares = {round(pause / min(5.0, 0.2 * 2**number), 9) for number, pause in enumerate(pauses)}
    assert len(shares) == len(pauses)


# -- the producer's publisher


class Pending:
    """The part of kafka-python's future that is used. Waiting for it lets the world go on."""

    def __init__(self, world: Broker, value: bytes) -> None:
        self.world = world
        self.sent = value
        self.is_done = False
        self.exception: Exception | None = None
        self.value: Any = None

    def failed(self) -> bool:
        return self.is_done and self.exception is not None

    def succeeded(self) -> bool:
        return self.is_done and self.exception is None

    def get(self, timeout: float) -> Any:
        self.world.go_on()
        if not self.is_done:
            raise kafka_errors.KafkaTimeoutError
        if self.exception is not None:
            raise self.exception
        return self.value

    def write(self) -> int:
        self.world.log.append(self.sent)
        return len(self.world.log) - 1

    def succeed(self) -> None:
        self.is_done = True
        self.value = SimpleNamespace(partition=0, offset=self.write())

    def fail(self, error: Exception, written: bool) -> None:
        if written:
            self.write()
        self.is_done, self.exception = True, error


#: what happens while the publisher waits or sends
Event = Literal["confirm", "confirm_last", "fail", "fail_written", "nothing", "refuse", "stop"]


class Broker:
    """A log, the one client that is connected, and what is to happen."""

    def __init__(self, plan: list[tuple[Event, int]], stop: threading.Event) -> None:
        self.plan = deque(plan)
        self.stop = stop
        self.log: list[bytes] = []
        self.under_way: list[Pending] = []
        self.refusing = 0
        self.connects = 0
        #: what the publisher thinks is under way, at most
        self.most = 0

    def go_on(self) -> None:
        event, seed = self.plan.popleft() if self.plan else ("confirm", 0)
        chance = random.Random(seed)
        if event == "refuse":
            self.refusing = chance.randint(1, 3)
        elif event == "stop":
            self.stop.set()
        if event in ("nothing", "refuse", "stop") or not self.under_way:
            return
        last = len(self.under_way) - 1
        at = last if event == "confirm_last" else 0 if not self.plan else chance.randint(0, last)
        pending = self.under_way.pop(at)
        if event in ("fail", "fail_written"):
            error = chance.choice(
                [
                    kafka_errors.KafkaTimeoutError(),
                    kafka_errors.OutOfOrderSequenceNumberError(),
                    kafka_errors.KafkaConnectionError(),
                ]
            )
            pending.fail(error, written=event == "fail_written")
        else:
            pending.succeed()

    def connect(self, _settings: Settings) -> Client:
        self.connects += 1
        if self.refusing:
            self.refusing -= 1
            raise Unavailable("nobody answers")
        return Client(self)


class Client:
    """A producer of kafka-python as far as the publisher sees it."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.closed = False

    def send(self, topic: str, *, value: bytes, **_: Any) -> Pending:
        assert not self.closed or self.broker.stop.is_set(), "sent to a closed client"
        if self.closed:
            raise kafka_errors.IllegalStateError("closed")
        if self.broker.refusing:
            self.broker.refusing -= 1
            raise kafka_errors.KafkaTimeoutError
        pending = Pending(self.broker, value)
        self.broker.under_way.append(pending)
        if self.broker.plan and self.broker.plan[0][1] % 3 == 0:
            self.broker.go_on()
        return pending

    def close(self, timeout: float) -> None:
        """What it still holds was written, or not; nobody is told."""
        self.closed = True
        for number, pending in enumerate(self.broker.under_way):
            pending.fail(kafka_errors.KafkaTimeoutError(), written=number % 2 == 0)
        self.broker.under_way.clear()


class Told(threading.Event):
    """An event for which nobody waits: waiting lets the world go on."""

    broker: Broker

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self.broker.go_on()
        return self.is_set()


EVENTS: list[Event] = [
    "confirm",
    "confirm",
    "confirm_last",
    "confirm_last",
    "fail",
    "fail_written",
    "nothing",
    "refuse",
]


@pytest.mark.timeout(900)
@settings(max_examples=200, deadline=None, print_blob=True)
@given(
    count=st.integers(1, 40),
    plan=st.lists(st.tuples(st.sampled_from(EVENTS), st.integers(0, 999)), max_size=80),
    stop_at=st.none() | st.integers(0, 60),
)
def test_confirmations_come_in_the_order_of_sends_and_none_is_invented(
    count: int, plan: list[tuple[Event, int]], stop_at: int | None
) -> None:
    if stop_at is not None:
        plan = [*plan[:stop_at], ("stop", 0), *plan[stop_at:]]
    stop = Told()
    broker = stop.broker = Broker(plan, stop)
    confirmed: list[bytes] = []
    values = [b"%d" % number for number in range(count)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publishing, "RECORDS_IN_FLIGHT", 6)
        patched.setattr(publishing, "GRACE", 0.0)
        publisher = Publisher(Settings(), report=lambda _: None, stop=stop, connect=broker.connect)
        for value in values:

            def done(partition: int, offset: int, value: bytes = value) -> None:
                assert broker.log[offset] == value, "confirmed at a place where it does not lie"
                confirmed.append(value)

            publisher.send("t", key=b"k", value=value, headers=[], confirmed=done, partition=0)
            if stop.is_set():
                break
            assert len(publisher._waiting) <= 6
        drained = publisher.drain()
        publisher.close()
    # In order, none skipped, none twice; and each lies in the log.
    assert confirmed == values[: len(confirmed)]
    assert set(confirmed) <= set(broker.log)
    if stop_at is None:
        assert drained and confirmed == values
    if drained and not stop.is_set():
        assert len(confirmed) == count
