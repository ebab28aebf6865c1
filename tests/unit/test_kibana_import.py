"""`dateline kibana import` against a server that answers as Kibana's import API does.

The server is a fake: it has Kibana's routes, reads the form as Kibana does, and gives the answers
that were read out of Kibana's source. No Kibana runs where the tests run.
"""

from __future__ import annotations

import base64
import email
import email.policy
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dateline.cli import run_command
from kibana import build, importer
from tests.local_server import dripping, listening
from tests.secured import Certificates

PASSWORD = "a-word-nobody-else-has"
KEY = "a-key-nobody-else-has"
BASIC = "Basic " + base64.b64encode(f"editor:{PASSWORD}".encode()).decode()
SHIPPED = [json.loads(line) for line in build.content().splitlines()]
NAMES = [f"{one['type']}:{one['id']}" for one in SHIPPED]


@dataclass
class FakeKibana:
    """Not Kibana: what it answers to these two requests.

    there: objects (``type:id``) that are there already. types: what can be imported. status: of
    the import instead of 200. known: headers that are let in; None: everybody.
    """

    version: str | None = "9.5.3"
    level: str = "available"
    base: str = ""
    space: str = ""
    there: set[str] = field(default_factory=set)
    types: tuple[str, ...] = ("index-pattern", "search", "map", "dashboard")
    views: bool = True
    broken: str = ""
    status: int = 200
    message: str = ""
    known: tuple[str, ...] | None = None
    location: str = ""
    kept: dict[str, Any] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def answer(
        self, method: str, target: str, headers: Any, body: bytes
    ) -> tuple[int, dict[str, str], Any]:
        path = urlsplit(target).path
        self.asked.append(f"{method} {target}")
        if self.location:
            return 302, {"Location": self.location}, {}
        if self.known is not None and headers.get("Authorization") not in self.known:
            return 401, {}, {"statusCode": 401, "error": "Unauthorized", "message": "[x] is unable"}
        if (method, path) == ("GET", f"{self.base}/api/status"):
            told: dict[str, Any] = {"status": {"overall": {"level": self.level}}}
            if self.version:
                told["version"] = {"number": self.version, "build_hash": "0"}
            return (503 if self.level in ("critical", "unavailable") else 200), {}, told
        if (method, path) != ("POST", f"{self.base}{self.space}/api/saved_objects/_import"):
            return 404, {}, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}
        if not headers.get("kbn-xsrf"):
            return 400, {}, {"message": "Request must contain a kbn-xsrf header."}
        if self.status != 200:
            return self.status, {}, {"statusCode": self.status, "message": self.message}
        overwrite = parse_qs(urlsplit(target).query)["overwrite"] == ["true"]
        return 200, {}, self._import(_file(headers["Content-Type"], body), overwrite)

    def _import(self, ndjson: str, overwrite: bool) -> dict[str, Any]:
        objects = [json.loads(line) for line in ndjson.split("\n") if line.strip()]
        errors: list[dict[str, Any]] = []

        def refuse(one: dict[str, Any], **error: Any) -> None:
            title = one["attributes"]["title"]
            told = {"id": one["id"], "type": one["type"], "meta": {"title": title}, "error": error}
            errors.append(told)

        fit: list[dict[str, Any]] = []
        for one in objects:
            name = f"{one['type']}:{one['id']}"
            if one["type"] not in self.types:
                refuse(one, type="unsupported_type")
            elif one["type"] != "index-pattern" and not self.views and one["references"]:
                lacking = {"type": "index-pattern", "id": "dateline-articles"}
                refuse(one, type="missing_references", references=[lacking])
            elif name == self.broken:
                refuse(one, type="unknown", statusCode=400, error="Bad Request", message="[tabs]")
            elif name in self.there and not overwrite:
                refuse(one, type="conflict")
            else:
                fit.append(one)
        resolvable = {"conflict", "ambiguous_conflict", "missing_references"}
        if not any(one["error"]["type"] in resolvable for one in errors):
            self.kept = {f"{one['type']}:{one['id']}": one for one in fit}
        results = [
            {
                "type": one["type"],
                "id": one["id"],
                "meta": {"title": one["attributes"]["title"]},
                **({"overwrite": True} if f"{one['type']}:{one['id']}" in self.there else {}),
            }
            for one in fit
        ]
        told: dict[str, Any] = {"success": not errors, "successCount": len(fit), "warnings": []}
        return {**told, "successResults": results, **({"errors": errors} if errors else {})}


def _file(content_type: str, body: bytes) -> str:
    """The file of a form; Kibana takes one with this extension alone."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    form = email.message_from_bytes(head + body, policy=email.policy.HTTP)
    (part,) = form.iter_parts()
    assert part.get_param("name", header="content-disposition") == "file"
    assert str(part.get_filename()).endswith(".ndjson")
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found.decode("utf-8")


@contextmanager
def serving(fake: FakeKibana, certificate: str | None = None) -> Iterator[FakeKibana]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, told = fake.answer(self.command, self.path, self.headers, body)
            content = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _any

        def log_message(self, *_given: object) -> None:
            pass

    scheme = "http" if certificate is None else "https"
    with listening(Handler, certificate) as port:
        fake.url = f"{scheme}://localhost:{port}{fake.base}"
        yield fake


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def imported(fake: FakeKibana, *more: str) -> int:
    return run_command(["kibana", "import", "--url", fake.url, *more])


def test_all_objects_are_imported_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FakeKibana(there={NAMES[0]})) as fake:
        assert imported(fake) == 0
    assert list(fake.kept.values()) == SHIPPED
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"imported: {NAMES[0]} (replaced)"
    assert out[1:] == [f"imported: {n}" for n in NAMES[1:]] + [f"{len(NAMES)} imported, 0 refused"]
    assert fake.asked[0] == "GET /api/status"


def test_a_file_of_one_s_own_a_space_a_base_path_and_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.ndjson").write_text(json.dumps(SHIPPED[0]) + "\n", encoding="utf-8")
    with serving(FakeKibana(base="/kibana", space="/s/desk")) as fake:
        fake.url += "/"
        assert imported(fake, "mine.ndjson", "--space", "desk", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {
        "version": "9.5.3", "imported": [NAMES[0]], "overwritten": [], "refused": [],
    }  # fmt: skip
    assert fake.asked[1] == "POST /kibana/s/desk/api/saved_objects/_import?overwrite=true"


def test_under_an_index_prefix_the_data_views_stand_for_its_aliases(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATELINE_INDEX_PREFIX", "desk1-")
    with serving(FakeKibana()) as fake:
        assert imported(fake) == 0
    titles = {
        one["attributes"]["title"] for one in fake.kept.values() if one["type"] == "index-pattern"
    }
    assert titles == {"desk1-articles", "desk1-articles-desk", "desk1-ledger"}


def test_what_is_there_is_kept_where_that_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FakeKibana(there={NAMES[0]})) as fake:
        assert imported(fake, "--no-overwrite") == 1
    told = capsys.readouterr()
    assert f"refused: {NAMES[0]} (articles): is there already" in told.err
    # Kibana lists the others as successes, and keeps none of them.
    assert fake.kept == {} and "Kibana kept nothing of the file" in told.err
    assert told.out == "0 imported, 1 refused\n"


def test_an_object_that_lacks_what_it_refers_to(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FakeKibana(views=False)) as fake:
        assert imported(fake) == 1
    told = capsys.readouterr().err
    assert "refers to what is not there: index-pattern:dateline-articles" in told
    assert fake.kept == {} and "kept nothing" in told


def test_a_type_that_is_not_imported_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(FakeKibana(types=("index-pattern", "search", "dashboard"))) as fake:
        assert imported(fake) == 1
    told = capsys.readouterr()
    assert "refused: map:dateline-map-datelines" in told.err and "type" in told.err
    assert "kept nothing" not in told.err
    assert f"{len(NAMES) - 1} imported, 1 refused" in told.out
    assert len(fake.kept) == len(NAMES) - 1


def test_an_object_that_a_schema_refuses_is_named_with_why(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(FakeKibana(broken="search:dateline-ticker")) as fake:
        assert imported(fake) == 1
    assert "refused: search:dateline-ticker (Ticker / Ticker): [tabs]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("status", "message", "exit_status", "told"),
    [
        (400, "Invalid file extension .txt", 2, "400 Invalid file extension .txt"),
        (401, "unable to authenticate", 3, "does not let us in"),
        (403, "Unable to bulk_create dashboard", 2, "Saved Objects Management"),
        (404, "Not Found", 2, "no such API or space"),
        (413, "Payload too large", 2, "savedObjects.maxImportPayloadBytes"),
        (429, "Too Many Requests", 3, "is not ready"),
        (500, "An internal server error occurred", 3, "fails; found 500 An internal server error"),
        (503, "License is not available.", 3, "is not ready"),
    ],
)
def test_what_each_status_means(
    status: int,
    message: str,
    exit_status: int,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with serving(FakeKibana(status=status, message=message)) as fake:
        assert imported(fake) == exit_status
    assert told in capsys.readouterr().err


DEEP = b"[" * 100_000 + b"]" * 100_000


class Broken(FakeKibana):
    """Answers the one route with this instead."""

    def __init__(self, route: str, told: Any, status: int = 200) -> None:
        super().__init__()
        self.instead = (route, status, told)

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> Any:
        route, status, told = self.instead
        if urlsplit(target).path.endswith(route):
            return status, {}, told
        return super().answer(method, target, headers, body)


@pytest.mark.parametrize("route", ["/api/status", "/_import"])
@pytest.mark.parametrize(
    "told",
    [b"<html>Welcome</html>", b"[]", b"null", b"5", b"\xff\xfe", DEEP, b'{"a":' + DEEP + b"}"],
    ids=["html", "list", "null", "number", "no-utf-8", "deep", "deep-within"],
)
def test_what_no_kibana_answers_is_one_line(
    route: str, told: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Broken(route, told)) as fake:
        assert imported(fake) == 2
    err = capsys.readouterr().err
    assert err.startswith("dateline: what answers is no Kibana") and err.count("\n") == 1
    assert len(err) < 500


@pytest.mark.parametrize(
    "told",
    [
        {"status": 5},
        {"status": {"overall": []}},
        {"version": "9.5"},
        {"version": {"number": 9}},
    ],
)
def test_a_status_of_another_shape(told: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Broken("/api/status", told)) as fake:
        assert imported(fake) == 2
    assert "what answers is no Kibana" in capsys.readouterr().err


@pytest.mark.parametrize(
    "told",
    [
        {"errors": 5},
        {"errors": ["boom"]},
        {"errors": [{"error": "boom"}]},
        {"errors": [{"type": "map", "id": "x", "error": {"type": "missing", "references": 5}}]},
        {"success": True, "successResults": [{"id": "x"}]},
        {"success": True, "successResults": {"x": 1}},
    ],
)
def test_an_import_s_answer_of_another_shape(told: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Broken("/_import", told)) as fake:
        assert imported(fake) == 2
    assert "what answers is no Kibana" in capsys.readouterr().err


def test_nothing_that_it_says_is_obeyed_by_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rude = "\x1b]0;pwned\x07\x1b[2J\u202e"
    error = {"type": rude, "message": rude}
    refusal = {"errors": [{"type": rude, "id": rude, "title": rude, "error": error}]}
    for fake in (
        Broken("/api/status", {"message": rude}, 500),
        Broken("/api/status", {"version": {"number": f"11.0{rude}"}}),
        Broken("/_import", rude.encode(), 400),
        Broken("/_import", refusal),
        FakeKibana(status=400, message=rude),
        FakeKibana(status=403, message=rude),
    ):
        with serving(fake):
            imported(fake)
    told = capsys.readouterr()
    assert "pwned" in told.err
    assert not set(told.out + told.err) & set("\x1b\x07\u202e")


def test_an_answer_that_comes_a_byte_at_a_time_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(importer, "_TIMEOUT", (10, 0.3))
    with dripping(b'{"version": {"number": "9.0.0"}}') as port:
        url = f"http://127.0.0.1:{port}"
        assert run_command(["kibana", "import", "--url", url]) == 3
    assert "does not answer" in capsys.readouterr().err


def test_one_that_is_just_starting_is_not_ready(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FakeKibana(level="unavailable")) as fake:
        assert imported(fake) == 3
    assert "is not ready" in capsys.readouterr().err
    assert not any("POST" in one for one in fake.asked)


@pytest.mark.parametrize(
    ("version", "exit_status", "told"),
    [
        ("8.5.1", 2, "this Kibana is older than the objects; found Kibana 8.5.1"),
        ("8.8.0", 0, ""),
        ("9.0.0", 0, ""),
        ("10.1.0", 0, "Kibana is 10.1.0; the objects are made for 9"),
        # To those who are not logged in it does not say.
        (None, 0, ""),
    ],
)
def test_versions(
    version: str | None, exit_status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(FakeKibana(version=version)) as fake:
        assert imported(fake) == exit_status
    err = capsys.readouterr().err
    assert told in err if told else err == ""
    assert bool(fake.kept) is (exit_status == 0)


def test_credentials_come_from_settings_and_are_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(FakeKibana(known=(BASIC, f"ApiKey {KEY}"))) as fake:
        assert imported(fake) == 3
        assert imported(fake, "--username", "editor") == 3
        monkeypatch.setenv("DATELINE_KIBANA_USERNAME", "editor")
        (tmp_path / "secret").write_text(PASSWORD + "\n", encoding="utf-8")
        monkeypatch.setenv("DATELINE_KIBANA_PASSWORD_FILE", str(tmp_path / "secret"))
        assert imported(fake) == 0
        monkeypatch.setenv("DATELINE_KIBANA_API_KEY", KEY + "-no-longer")
        # Where both are set, the key counts.
        assert imported(fake) == 3
        monkeypatch.setenv("DATELINE_KIBANA_API_KEY", KEY)
        assert imported(fake) == 0
    # A server that sends back what it was sent.
    with serving(FakeKibana(status=400, message=f"no use for {KEY}")) as fake:
        assert imported(fake) == 2
    monkeypatch.delenv("DATELINE_KIBANA_API_KEY")
    with serving(FakeKibana(status=400, message=f"no use for {BASIC}")) as fake:
        assert imported(fake) == 2
    told = capsys.readouterr()
    assert KEY not in told.out + told.err and PASSWORD not in told.out + told.err
    assert BASIC.split()[1] not in told.out + told.err


def test_an_import_of_nothing_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    class Idle(FakeKibana):
        def answer(self, method: str, target: str, headers: Any, body: bytes) -> Any:
            if method == "POST":
                return 200, {}, {"success": True, "successCount": 0}
            return super().answer(method, target, headers, body)

    with serving(Idle()) as fake:
        assert imported(fake) == 2
    assert "does not say that it imported anything" in capsys.readouterr().err


def test_its_certificate_is_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    certificates = Certificates(tmp_path)
    with serving(FakeKibana(), certificates.server("kibana", "localhost")) as fake:
        assert imported(fake) == 3
        assert "a certificate that is not trusted" in capsys.readouterr().err
        monkeypatch.setenv("DATELINE_KIBANA_CA_CERTS", certificates.other_authority)
        assert imported(fake) == 3
        monkeypatch.setenv("DATELINE_KIBANA_CA_CERTS", certificates.authority)
        assert imported(fake) == 0
    with serving(FakeKibana(), certificates.server("wrong", "kibana.example")) as fake:
        assert imported(fake) == 3
    monkeypatch.setenv("DATELINE_KIBANA_CA_CERTS", str(tmp_path / "absent.pem"))
    assert run_command(["kibana", "import", "--url", "https://localhost:1"]) == 2


def test_nobody_there_and_somebody_else(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(FakeKibana()) as fake:
        pass
    assert imported(fake) == 3
    assert "does not answer" in capsys.readouterr().err
    with serving(FakeKibana(location="https://login.example/?token=secret")) as fake:
        assert imported(fake) == 2
    told = capsys.readouterr().err
    assert "302 to https://login.example/" in told and "secret" not in told


def test_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["kibana", "import"]) == 2
    assert "DATELINE_KIBANA_URL" in capsys.readouterr().err
    for given in ("localhost:5601", "http://editor:word@localhost:5601", "http://localhost:56x"):
        assert run_command(["kibana", "import", "--url", given]) == 2
    assert run_command(["kibana", "import", "--url", "http://localhost", "--space", "a/b"]) == 2
