"""Metrics: named once, told in one document, bounded, and served beside the stage's health."""

from __future__ import annotations

import datetime as dt
import re
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dateline.errors import InputError, UsageError
from dateline.metrics import catalogue, document
from dateline.metrics import endpoint as endpoint_
from dateline.metrics.catalogue import CATALOGUE, LABELS, Metric
from dateline.metrics.endpoint import Endpoint
from dateline.metrics.health import Health
from dateline.metrics.meter import Meter, reason_of
from dateline.metrics.stage import FOLDER, Watch, readiness, running, watching
from dateline.metrics.waiting import Waiting
from dateline.records import Position
from dateline.settings import Settings
from tests.waiting import LONG, until

ROOT = Path(__file__).resolve().parents[2]


# --- the catalogue


def test_names_are_prometheus_s_and_each_is_one() -> None:
    names = [metric.name for metric in CATALOGUE]
    assert len(names) == len(set(names))
    ours = [one for one in vars(catalogue).values() if isinstance(one, Metric)]
    assert {one.name for one in ours} == set(names), "defined, but not in the catalogue"
    for metric in CATALOGUE:
        assert re.fullmatch(r"dateline_[a-z_]+", metric.name)
        assert (metric.kind == "counter") == metric.name.endswith("_total"), metric.name
        assert bool(metric.buckets) == (metric.kind == "histogram"), metric.name
        assert list(metric.buckets) == sorted(metric.buckets)
        assert metric.meaning.endswith(".") and metric.remedy.endswith("."), metric.name
        assert "stage" not in metric.labels
        assert set(metric.stages) <= {"producer", "processor", "sink"}


def test_the_document_is_made_of_it() -> None:
    """`make metrics` renews it."""
    assert (ROOT / "docs/metrics.md").read_text(encoding="utf-8") == document.text()


def test_names_stand_nowhere_else_in_the_code() -> None:
    for folder in ("dateline", "producers", "processors", "sinks"):
        for path in (ROOT / folder).rglob("*.py"):
            if path.name not in ("catalogue.py", "document.py"):
                found = re.findall(
                    r"[\"']dateline_\w+_(?:total|seconds|records|info)", path.read_text("utf-8")
                )
                assert not found, path


# --- counting


def samples(meter: Meter, metric: Metric) -> dict[tuple[str, ...], float]:
    """Values by labels, without the stage."""
    from prometheus_client import generate_latest

    text = generate_latest(meter.answer()).decode()
    return {
        tuple(sample.labels[label] for label in metric.labels): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in (metric.name, f"{metric.name}_count")
    }


def test_a_meter_counts_and_a_silent_one_does_not() -> None:
    meter = Meter("producer", counting=True)
    for _ in range(3):
        meter.add(catalogue.FEED_DOCUMENTS, feed="inbox", outcome="published")
    meter.set(catalogue.FEED_FAILURES, 2, feed="inbox")
    meter.observe(catalogue.LATENCY, 0.5)
    assert samples(meter, catalogue.FEED_DOCUMENTS) == {("inbox", "published"): 3}
    assert samples(meter, catalogue.FEED_FAILURES) == {("inbox",): 2}
    assert samples(meter, catalogue.LATENCY) == {(): 1}
    silent = Meter("producer", counting=False)
    silent.add(catalogue.FEED_DOCUMENTS, feed="inbox", outcome="published")
    assert silent.registry is None


def test_labels_of_others_making_are_bounded_in_number_and_length() -> None:
    meter = Meter("sink", counting=True)
    most = LABELS["provider"]
    for number in range(most + 50):
        meter.add(catalogue.ARTICLES, provider=f"p{number}", generation="1")
    found = samples(meter, catalogue.ARTICLES)
    assert len(found) == most + 1
    assert found["other", "1"] == 50
    meter = Meter("sink", counting=True)
    meter.add(catalogue.ARTICLES, provider="x" * 10_000, generation="1")
    ((provider, _),) = samples(meter, catalogue.ARTICLES)
    assert len(provider) == 100


def test_what_is_gone_is_told_no_more() -> None:
    meter = Meter("sink", counting=True)
    meter.set(catalogue.GENERATION, 1, generation="1")
    meter.set(catalogue.GENERATION, 1, generation="2")
    meter.forget(catalogue.GENERATION, generation="1")
    meter.forget(catalogue.GENERATION, generation="3")
    assert samples(meter, catalogue.GENERATION) == {("2",): 1}


def test_a_counter_follows_what_somebody_else_counts() -> None:
    counted = [3.0]
    meter = Meter("processor", counting=True)
    meter.follow(catalogue.NLP_ENDED, lambda: counted[0], how="died")
    assert samples(meter, catalogue.NLP_ENDED) == {("died",): 3}
    counted[0] = 5
    assert samples(meter, catalogue.NLP_ENDED) == {("died",): 5}
    counted[0] = 1  # begun anew: a counter never falls
    assert samples(meter, catalogue.NLP_ENDED) == {("died",): 5}


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("the file is empty", "the file is empty"),
        ("the identity urn:x:1 belongs to another provider",
         "the identity … belongs to another provider"),
        ("element 'NewsItem' at line 17", "element … at line …"),
        ("feed inbox/kim.txt is odd", "feed … is odd"),
    ],
)  # fmt: skip
def test_a_reason_holds_nothing_of_the_one_case(what: str, reason: str) -> None:
    assert reason_of(InputError(what, found="secret")) == reason


def test_the_age_of_the_oldest_grows_until_it_has_passed(tmp_path: Path) -> None:
    meter = Meter("processor", counting=True)
    waiting = Waiting(Settings(data_dir=str(tmp_path)), meter)
    waiting.look("t", "", {0: 5}, {0: 5, 1: 0})
    assert samples(meter, catalogue.LAG) == {("t", ""): 0}
    assert samples(meter, catalogue.OLDEST) == {("t", ""): 0}
    assert samples(meter, catalogue.TOPIC) == {("t",): 5}
    # As if the thread had read it: it has no Kafka here.
    waiting._thread = threading.Thread()
    waiting.look("t", "", {0: 5}, {0: 7, 1: 1})
    assert samples(meter, catalogue.LAG) == {("t", ""): 3}
    came = dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    waiting._note({("t", ""): [Position("t", 0, 5)]}, {Position("t", 0, 5): came})
    assert samples(meter, catalogue.OLDEST)["t", ""] == pytest.approx(7200, abs=60)
    waiting.look("t", "", {0: 7, 1: 1}, {0: 7, 1: 1})
    assert samples(meter, catalogue.OLDEST) == {("t", ""): 0}
    waiting.forget("t", "")
    assert samples(meter, catalogue.LAG) == samples(meter, catalogue.OLDEST) == {}


# --- health


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_live_is_who_turns_and_ready_is_who_works() -> None:
    clock = _Clock()
    health = Health(clock)
    loop = health.loop("feeds", 30)
    assert (health.dead(), health.hindered()) == (None, "starting")
    away: list[str | None] = ["Kafka is away"]
    health.ready_unless(lambda: away[0])
    assert (health.dead(), health.hindered()) == (None, "Kafka is away")
    away[0] = None
    assert health.hindered() is None
    clock.now += 31
    assert health.dead() == "a loop stands still (feeds: 31 s, at most 30)"
    assert health.hindered() == health.dead()
    loop.turned()
    assert health.dead() is None
    health.ends()
    assert (health.dead(), health.hindered()) == (None, "ending")


@pytest.fixture
def served() -> Iterator[tuple[Endpoint, Watch]]:
    watch = Watch(Settings(), "sink", counting=True)
    with Endpoint("127.0.0.1", 0, watch.meter, watch.health) as endpoint:
        yield endpoint, watch


def get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_three_questions_over_http(served: tuple[Endpoint, Watch]) -> None:
    endpoint, watch = served
    assert get(f"{endpoint.url}/live") == (200, "live\n")
    assert get(f"{endpoint.url}/ready") == (503, "starting\n")
    assert 'dateline_ready{stage="sink"} 0.0' in get(f"{endpoint.url}/metrics")[1]
    watch.health.ready_unless(lambda: None)
    assert get(f"{endpoint.url}/ready") == (200, "ready\n")
    status, text = get(f"{endpoint.url}/metrics")
    assert status == 200 and 'dateline_ready{stage="sink"} 1.0' in text
    assert 'dateline_build_info{schema="' in text
    watch.health.loop("main", -1)
    assert get(f"{endpoint.url}/live")[0] == 503
    assert get(f"{endpoint.url}/elsewhere")[0] == 404


def raw(endpoint: Endpoint, request: bytes) -> bytes:
    """All that comes back."""
    with socket.create_connection(("127.0.0.1", endpoint.port), timeout=30) as connection:
        connection.sendall(request)
        return connection.makefile("rb").read()


@pytest.mark.parametrize("path", ["/metrics", "/live", "/ready", "/elsewhere"])
def test_head_is_answered_as_get_without_the_body(
    path: str, served: tuple[Endpoint, Watch]
) -> None:
    endpoint, _ = served
    heads = []
    for method in ("GET", "HEAD"):
        answer = raw(endpoint, f"{method} {path} HTTP/1.0\r\n\r\n".encode())
        head, _, body = answer.partition(b"\r\n\r\n")
        assert bool(body) == (method == "GET")
        # A loop's age and the like have other lengths the next time.
        heads.append(re.sub(rb"(Date|Content-Length): .*", rb"\1", head))
    assert heads[0] == heads[1] and b"Content-Length" in heads[0]


def wait_for_the_end(connection: socket.socket) -> None:
    """Until the server hangs up; raises TimeoutError where it does not."""
    connection.settimeout(LONG)
    try:
        while connection.recv(1000):
            pass
    except ConnectionError:
        pass


def test_many_who_never_ask_keep_nobody_from_an_answer(
    served: tuple[Endpoint, Watch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint_, "PATIENCE", 3600.0)  # so none of them ends by that
    endpoint, _ = served
    before = threading.active_count()
    idle = [
        socket.create_connection(("127.0.0.1", endpoint.port)) for _ in range(2 * endpoint_.MOST)
    ]
    try:
        assert get(f"{endpoint.url}/live") == (200, "live\n")
        # The older half and one more were hung up on, so their threads have ended or do so.
        for connection in idle[: endpoint_.MOST + 1]:
            wait_for_the_end(connection)
        until(lambda: threading.active_count() - before <= endpoint_.MOST)
    finally:
        for connection in idle:
            connection.close()


def test_a_request_that_never_ends_is_ended(
    served: tuple[Endpoint, Watch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoint_, "PATIENCE", 0.1)
    endpoint, _ = served
    with socket.create_connection(("127.0.0.1", endpoint.port)) as slow:
        slow.sendall(b"GET /live HTTP/1.1\r\nX-Never-Ending: ")
        # Whatever trickles in, it is the time since the connection that counts.
        with pytest.raises(ConnectionError):
            for _ in range(int(LONG / 0.01)):
                slow.sendall(b"x")
                time.sleep(0.01)
    assert get(f"{endpoint.url}/live")[0] == 200


def test_nothing_but_get_is_answered_and_a_silent_client_hinders_nobody(
    served: tuple[Endpoint, Watch],
) -> None:
    endpoint, _ = served
    request = urllib.request.Request(f"{endpoint.url}/metrics", data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="405"):
        urllib.request.urlopen(request, timeout=10)
    with socket.create_connection(("127.0.0.1", endpoint.port)):
        assert get(f"{endpoint.url}/live")[0] == 200


def test_a_port_that_is_taken_is_wrong_usage(served: tuple[Endpoint, Watch]) -> None:
    endpoint, watch = served
    with pytest.raises(UsageError, match=f"metrics_port {endpoint.port} at 127.0.0.1"):
        Endpoint("127.0.0.1", endpoint.port, watch.meter, watch.health)


def test_without_a_port_there_is_no_server_and_nothing_is_counted(tmp_path: Path) -> None:
    with watching(Settings(data_dir=str(tmp_path)), "sink") as watch:
        assert not watch.meter.counting
        assert running(tmp_path) == []


def test_stages_with_any_port_are_found_while_they_run(tmp_path: Path) -> None:
    settings = Settings(data_dir=str(tmp_path), metrics_port=0)
    with watching(settings, "sink") as one, watching(settings, "processor"):
        one.health.ready_unless(lambda: None)
        found = running(tmp_path)
        assert [each.stage for each in found] == ["processor", "sink"]
        assert [readiness(each) for each in found] == ["starting", "ready"]
        assert len({each.url for each in found}) == 2
    assert running(tmp_path) == []


def test_what_a_crash_left_behind_is_no_stage(tmp_path: Path) -> None:
    left = tmp_path / FOLDER / "sink-1.json"
    left.parent.mkdir()
    left.write_text('{"stage":"sink","pid":1,"url":"http://127.0.0.1:9","started":1.5}')
    (tmp_path / FOLDER / "odd.json").write_text("no JSON")
    assert running(tmp_path) == []
    assert not left.exists()


def test_asking_costs_little_however_much_was_counted() -> None:
    """The registry is bounded, so the answer is."""
    meter = Meter("producer", counting=True)
    for number in range(5_000):
        meter.add(catalogue.OUTCOMES, outcome="refused", reason=f"reason {number}", generation="")
        meter.add(catalogue.FEED_DOCUMENTS, feed=f"feed {number}", outcome="published")
    from prometheus_client import generate_latest

    assert len(generate_latest(meter.answer())) < 100_000
