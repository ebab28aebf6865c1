"""Whatever answers in Elasticsearch's place is told in one clear line, with status 3, and never as
a crash, a missing right or an empty index."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.cli import run_command
from dateline.cli.status import gather
from dateline.connections import elasticsearch_client
from dateline.errors import DatelineError, Defect, Unavailable, UsageError
from dateline.records import utc_now
from dateline.settings import Settings
from kibana.probe import fields_there
from sinks import bulk, generations, ledger, ledger_search, search
from tests.local_server import dripping, listening

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}
JSON = {"Content-Type": "application/json"}
ITS_OWN = {**JSON, **PRODUCT}
DEEP = b"[" * 100_000 + b"]" * 100_000
Answer = tuple[int, dict[str, str], bytes]

NONSENSE: dict[str, Answer] = {
    "html": (200, {"Content-Type": "text/html"}, b"<html>Welcome"),
    "its own html": (200, {"Content-Type": "text/html", **PRODUCT}, b"<html>Welcome"),
    "another type": (200, {"Content-Type": "image/png", **PRODUCT}, b"\x89PNG"),
    "no json": (200, ITS_OWN, b"{'hits'"),
    "no utf-8": (200, ITS_OWN, b'{"a": "\xff"}'),
    "list": (200, ITS_OWN, b"[]"),
    "null": (200, ITS_OWN, b"null"),
    "nothing": (200, ITS_OWN, b""),
    "deep": (200, ITS_OWN, b'{"hits":' + DEEP + b"}"),
    "deep error": (404, ITS_OWN, b'{"error":' + DEEP + b"}"),
    "another's json": (200, JSON, b'{"hits": {}}'),
    "redirect": (302, {"Location": "https://login.example/?token=secret"}, b""),
    "plain to tls": (400, {"Content-Type": "text/html"}, b"plain HTTP sent to HTTPS port"),
    "not found": (404, {"Content-Type": "text/html"}, b"404"),
}
#: JSON objects of Elasticsearch's that are not what was asked for
SHAPES: list[Any] = [
    {"hits": 5},
    {"took": 1, "hits": {"total": {"value": 1}, "hits": [5]}},
    {"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_source": {"title": 5}}]}},
    {"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_source": {"dateline": 5}}]}},
    {"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_source": {}, "highlight": 5}]}},
]


@contextmanager
def answering(answer: Answer) -> Iterator[Settings]:
    """Settings of a server that answers everything so."""
    status, headers, body = answer

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _any

        def log_message(self, *_given: object) -> None:
            pass

    with listening(Handler) as port:
        yield at(port)


def at(port: int) -> Settings:
    return msgspec.structs.replace(
        Settings(), elasticsearch_url=f"http://127.0.0.1:{port}", data_dir="/nowhere"
    )


def searched(settings: Settings) -> DatelineError:
    with elasticsearch_client(settings) as client, pytest.raises(DatelineError) as told:
        search.search(client, settings, "Hafen")
    return told.value


@pytest.mark.parametrize("answer", NONSENSE.values(), ids=NONSENSE.keys())
def test_what_is_no_answer_of_elasticsearch_s(answer: Answer) -> None:
    """To a search, to `status`, and to what `trace` and the stages ask first."""
    with answering(answer) as settings:
        told = [searched(settings)]
        _, failed = gather(settings)
        told += failed
        with elasticsearch_client(settings) as client:
            for asked in (generations.fed, ledger.find, generations.ensure):
                with pytest.raises(DatelineError) as raised:
                    asked(client, settings)
                told.append(raised.value)
    assert len(told) == 5
    for error in told:
        assert isinstance(error, Unavailable), error
        assert "is no Elasticsearch, or a broken one" in str(error)
        assert len(str(error)) < 500 and "secret" not in str(error)


@pytest.mark.parametrize("body", SHAPES, ids=json.dumps)
def test_a_search_s_answer_of_another_shape(body: Any) -> None:
    with answering((200, ITS_OWN, json.dumps(body).encode())) as settings:
        assert "is no Elasticsearch, or a broken one" in str(searched(settings))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"articles-000001": 5, "status": "green"},
        {"articles-000001": {"settings": {"index": {"uuid": 5}}}, "status": "green"},
        {"status": 5},
        {"status": "green", "count": "many"},
        {"status": "green", "aggregations": {"total": {}}},
    ],
    ids=json.dumps,
)
def test_facts_of_another_shape_are_no_crash_of_status(body: dict[str, Any]) -> None:
    with answering((200, ITS_OWN, json.dumps(body).encode())) as settings:
        _, failed = gather(settings)
    assert [type(error) for error in failed] == [Unavailable]


@pytest.mark.parametrize(
    "body",
    [
        {"id": 5},
        {"id": "x"},
        {"id": "x", "_shards": {"failed": 0}, "timed_out": False, "pit_id": "x", "hits": {}},
        {
            "id": "x",
            "_shards": {"failed": 0},
            "timed_out": False,
            "pit_id": "x",
            "hits": {"hits": [{"_source": {"received": 5}, "sort": []}]},
        },
    ],
    ids=json.dumps,
)
def test_entries_of_another_shape_are_no_crash_of_trace(body: dict[str, Any]) -> None:
    window = ledger_search.Window()
    with (
        answering((200, ITS_OWN, json.dumps(body).encode())) as settings,
        elasticsearch_client(settings) as client,
        pytest.raises(Unavailable),
    ):
        list(ledger_search.of_story(client, settings, ["urn:x:1"], window))


@pytest.mark.parametrize(
    "document",
    [5, {"found": True, "_source": 5}, {"found": True, "_source": {"standing": "{"}}],
    ids=json.dumps,
)
def test_documents_of_another_shape_are_no_crash_of_trace(document: Any) -> None:
    now = utc_now()
    with (
        answering((200, ITS_OWN, json.dumps({"docs": [document]}).encode())) as settings,
        elasticsearch_client(settings) as client,
        pytest.raises(Unavailable),
    ):
        ledger_search.standings_in(client, "articles-000001", ["urn:x:1"], now)


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ((413, {"Content-Type": "application/octet-stream"}, b"\x00\xff"), bulk.TooLarge),
        ((413, {"Content-Type": "text/html; charset=latin-1"}, b"zu gro\xdf"), bulk.TooLarge),
        ((413, {}, b""), bulk.TooLarge),
        ((429, {"Content-Type": "text/html"}, b"<html>"), bulk.Retry),
        ((503, {"Content-Type": "application/json"}, b"{nonsense"), bulk.Retry),
        ((403, {"Content-Type": "image/png"}, b"\x89PNG"), bulk.Retry),
        ((404, {"Content-Type": "text/html"}, b"<html>"), bulk.Retry),
        ((400, ITS_OWN, b'{"error":{"type":"x","reason":"y"},"status":400}'), Defect),
    ],
)
def test_a_proxy_s_status_counts_for_the_sink_whatever_else_it_says(
    answer: Answer, raised: type[Exception]
) -> None:
    with (
        answering(answer) as settings,
        elasticsearch_client(settings) as client,
        pytest.raises(raised),
    ):
        bulk.perform(client, "/articles/_bulk", {}, bulk.JSON, b"{}")


def test_a_request_of_ours_that_is_no_json_is_our_fault() -> None:
    with (
        answering((200, ITS_OWN, b"{}")) as settings,
        elasticsearch_client(settings) as client,
        pytest.raises(Defect, match="no JSON; found TypeError"),
    ):
        client.search(query={"term": {1, 2}})


@pytest.mark.parametrize(
    "body",
    [
        {"articles-000001": 5},
        {"articles-000001": {"mappings": 5}},
        {"articles-000001": {"mappings": {"properties": {"uri": 5}}}},
        {"articles-000001": {"mappings": {"properties": 5}}},
    ],
    ids=json.dumps,
)
def test_mappings_of_another_shape_are_no_crash_of_kibana_check(body: dict[str, Any]) -> None:
    with (
        answering((200, ITS_OWN, json.dumps(body).encode())) as settings,
        elasticsearch_client(settings) as client,
        pytest.raises(Unavailable),
    ):
        fields_there(client, "articles")


def test_an_index_of_others_whose_name_begins_so_is_no_generation() -> None:
    own = {
        "settings": {"index": {"uuid": "x"}},
        "mappings": {
            "_meta": {
                "dateline": {
                    "generation": 1,
                    "state": "complete",
                    "created": "2026-03-01T12:00:00Z",
                    "template": 3,
                }
            }
        },
    }
    for name, wrong in (("articles-import", False), ("articles-000002", True)):
        told = {"articles-000001": own, name: {"mappings": {"_meta": {"dateline": "a copy"}}}}
        with (
            answering((200, ITS_OWN, json.dumps(told).encode())) as settings,
            elasticsearch_client(settings) as client,
        ):
            if not wrong:
                assert [one.number for one in generations.list_generations(client, settings)] == [1]
                continue
            with pytest.raises(Unavailable, match=f"looking at the index {name}"):
                generations.list_generations(client, settings)


def test_the_command_ends_with_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rude = (302, {"Location": "https://x.example/\x1b[2J"}, b"")
    with answering(rude) as settings:
        monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", str(settings.elasticsearch_url))
        assert run_command(["search", "Hafen"]) == 3
    err = capsys.readouterr().err
    assert err.startswith("dateline: what answers is no Elasticsearch") and err.count("\n") == 1
    assert "302, a redirect to https://x.example/" in err and "\x1b" not in err


def test_a_hit_s_control_characters_are_not_obeyed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    rude = "pwned\x1b[2J\x9b31m"
    hit = {
        "_source": {
            **dict.fromkeys(("uri", "title", "pubstatus", "provider", "language"), rude),
            "@timestamp": "2026-03-01T12:00:00Z",
            "dateline": {"city": rude},
        },
        "highlight": {"body_text": [f"{search.MARK_START}{rude}{search.MARK_END} {rude}"]},
    }
    body = json.dumps({"took": 1, "hits": {"total": {"value": 1}, "hits": [hit]}}).encode()
    with answering((200, ITS_OWN, body)) as settings:
        monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", str(settings.elasticsearch_url))
        assert run_command(["search", "Hafen"]) == 0
    out = capsys.readouterr().out
    assert "«pwned" in out and not set(out) & set("\x1b\x9b")


def test_what_a_proxy_says_for_a_server_that_is_away_is_left_as_it_is() -> None:
    for status, told in (
        (501, "is no Elasticsearch, or a broken one: searching; found 501, text/"),
        (502, "found 502"),
        (401, "does not let us in"),
        (429, "gives the search up"),
    ):
        with answering((status, {"Content-Type": "text/html"}, b"<html>no")) as settings:
            error = searched(settings)
        assert isinstance(error, Unavailable) and told in str(error)
        assert status in (401, 429) or "<html>" not in str(error)


def test_an_answer_that_comes_a_byte_at_a_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "_END", 0.3)
    monkeypatch.setattr(search, "_PING", 0.3)
    body = json.dumps({"took": 1, "hits": {"total": {"value": 0}, "hits": []}}).encode()
    with dripping(body, PRODUCT) as port:
        settings = at(port)
        assert "does not answer: searching" in str(searched(settings))
        with elasticsearch_client(settings, timeout=0.3) as client, pytest.raises(Unavailable):
            generations.fed(client, settings)


def test_headers_that_come_so_are_not_waited_for_either() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for number in range(200):
                self.wfile.write(f"X-{number}: a\r\n".encode())
                time.sleep(0.05)
            self.wfile.write(b"Content-Length: 2\r\nX-Elastic-Product: Elasticsearch\r\n\r\n{}")

        def log_message(self, *_given: object) -> None:
            pass

    with listening(Handler) as port:
        settings = at(port)
        with elasticsearch_client(settings, timeout=0.3) as client, pytest.raises(Unavailable):
            generations.fed(client, settings)


def test_a_large_answer_may_take_longer_where_it_comes_at_a_fair_pace() -> None:
    filler = json.dumps({"count": 7, "filler": "x" * 400_000}).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            for name, value in {**ITS_OWN, "Content-Length": str(len(filler))}.items():
                self.send_header(name, value)
            self.end_headers()
            for begin in range(0, len(filler), 50_000):
                self.wfile.write(filler[begin : begin + 50_000])
                time.sleep(0.1)

        def log_message(self, *_given: object) -> None:
            pass

    with listening(Handler) as port, elasticsearch_client(at(port), timeout=0.5) as client:
        assert client.count(index="x")["count"] == 7


def test_a_search_that_elasticsearch_gives_up_is_told_so() -> None:
    reason = {"type": "circuit_breaking_exception", "reason": "Data too large, data for [query]"}
    error = {"root_cause": [reason], "failed_shards": [{"reason": reason}]}
    for status in (429, 504):
        body = json.dumps({"error": error, "status": status}).encode()
        with answering((status, ITS_OWN, body)) as settings:
            told = searched(settings)
        assert isinstance(told, Unavailable)
        assert "gives the search up; found Data too large" in str(told)
        assert "fewer words, wildcards" in str(told)


def test_too_many_words_are_counted_and_not_all_shown() -> None:
    reason = {"reason": "too many nested clauses; maxClauseCount is set to 7904"}
    body = json.dumps({"error": {"failed_shards": [{"reason": reason}]}, "status": 400}).encode()
    with (
        answering((400, ITS_OWN, body)) as settings,
        elasticsearch_client(settings) as client,
        pytest.raises(UsageError) as told,
    ):
        search.search(client, settings, "Wort " * 900)
    assert "is too long; found 900 words" in str(told.value) and len(str(told.value)) < 400
