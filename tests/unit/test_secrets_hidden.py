"""Secrets of the settings stand in nothing that a command says, whatever goes wrong.

Every command runs with all secrets set, against servers that refuse it: an Elasticsearch that sends
back in its errors what it was sent, as some proxies do, and a Kafka that is not there. What the
stages write on the real servers is searched in `tests/integration/test_clusters.py`.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from dateline import connections
from dateline.cli import COMMANDS, run_command
from dateline.embedded.ports import free_port
from dateline.settings import NAMES, PREFIX, SECRETS, Settings, load

#: a word of its own for each, so that a leak says which
VALUES = {name: f"{name.replace('_', '')}Sesame" for name in SECRETS}
FEED_PASSWORD = "feedpasswordSesame"


@pytest.fixture(scope="module")
def echo() -> Iterator[str]:
    """Refuses every request, and sends its headers back."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = str(self.headers).encode()
            self.send_response(500 if self.command == "PUT" else 401)
            self.send_header("Content-Type", "text/plain")
            self.send_header("X-Elastic-Product", "Elasticsearch")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _any

        def log_message(self, *_given: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def set_up(
    echo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[None]:
    """All secrets in the environment; the test fails where one of them was said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(connections, "_BOOTSTRAP_MS", 100)
    key = tmp_path / "key.pem"
    key.write_text("no key")
    values = {
        **VALUES,
        "kafka_bootstrap_servers": f"127.0.0.1:{free_port()}",
        "kafka_security_protocol": "SASL_PLAINTEXT",
        "kafka_sasl_username": "dateline",
        "elasticsearch_url": f"http://{echo}",
        "elasticsearch_username": "dateline",
        "data_dir": str(tmp_path / "data"),
        "log_level": "debug",
    }
    # These belong to TLS, which the two servers here do not speak.
    for name in ("kafka_ssl_keyfile_password", "elasticsearch_client_key_password"):
        del values[name]
    for name, value in values.items():
        monkeypatch.setenv(PREFIX + name.upper(), value)
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    yield
    said = capfd.readouterr()
    credentials = f"dateline:{VALUES['elasticsearch_password']}"
    for secret in (
        *VALUES.values(),
        FEED_PASSWORD,
        base64.b64encode(credentials.encode()).decode(),
    ):
        assert secret not in said.out and secret not in said.err


#: command to arguments with which it reaches for the servers, where it has any business there
CALLS: dict[str, list[list[str]]] = {
    "up": [["--data-dir", "key.pem"]],
    "down": [[]],
    "status": [[], ["--json"]],
    "doctor": [["--settings"], ["--settings", "--json"]],
    "run": [["key.pem", "--once"]],
    "produce": [
        ["key.pem", "--once"],
        [f"https://someone:{FEED_PASSWORD}@127.0.0.1:9/feed", "--once"],
    ],
    "feeds": [["list"], ["check", f"https://someone:{FEED_PASSWORD}@127.0.0.1:9/feed"]],
    "process": [[]],
    "sink": [[]],
    "parse": [["key.pem"]],
    "annotate": [["key.pem"]],
    "search": [["Seoul"], ["Seoul", "--json"]],
    "replay": [[]],
    "index": [["list"], ["diff"], ["switch"], ["rollback"], ["drop", "2"]],
    "dead": [["list"], ["show", "1"], ["retry"]],
    "reconcile": [[], ["--json"]],
    "trace": [["urn:example:1"]],
    "history": [[], ["urn:example:1"]],
    "stats": [[]],
    "gaps": [[]],
    "models": [["list"]],
    "kibana": [["check"]],
}


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_says_a_secret(command: str) -> None:
    calls = CALLS.get(command)
    assert calls is not None, f"say here how {command} reaches for the servers"
    for arguments in calls:
        assert run_command([command, *arguments]) in (0, 1, 2, 3)


@pytest.mark.usefixtures("set_up")
def test_with_the_password_alone_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a key the client sends user and password, encoded."""
    monkeypatch.delenv(f"{PREFIX}ELASTICSEARCH_API_KEY")
    for command in (["search", "Seoul"], ["status"], ["index", "list"]):
        assert run_command(command) == 3


@pytest.mark.usefixtures("set_up")
@pytest.mark.parametrize("option", ["--elasticsearch", "--kafka"])
def test_an_address_with_a_password_is_not_said_either(option: str) -> None:
    address = f"https://dateline:{VALUES['elasticsearch_password']}@127.0.0.1:9200"
    assert run_command(["status", option, address]) == 2


def test_no_option_takes_a_secret() -> None:
    """Whoever lists processes sees arguments."""
    for command in COMMANDS:
        for name in SECRETS:
            flag = f"--{name.replace('_', '-')}"
            assert run_command([command, flag, "x"]) == 2


def test_doctor_warns_of_credentials_that_are_not_safe_or_not_used(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    def told(**given: str) -> list[str]:
        for name in list(NAMES):
            monkeypatch.delenv(PREFIX + name.upper(), raising=False)
        monkeypatch.setenv(f"{PREFIX}DATA_DIR", str(tmp_path))
        for name, value in given.items():
            monkeypatch.setenv(PREFIX + name.upper(), value)
        run_command(["doctor", "--json"])
        found = json.loads(capsys.readouterr().out)
        return [one["found"] for one in found if one["name"] == "connections"]

    sasl = {
        "kafka_sasl_username": "u",
        "kafka_sasl_password": "p",
        "kafka_bootstrap_servers": "kafka:9092",
    }
    (unused,) = told(**sasl)
    assert "no effect" in unused
    (open_,) = told(**sasl, kafka_security_protocol="SASL_PLAINTEXT")
    assert "unencrypted" in open_
    assert told(**sasl, kafka_security_protocol="SASL_SSL") == []
    key = {"elasticsearch_api_key": "k"}
    assert len(told(**key, elasticsearch_url="http://search.example:9200/behind")) == 1
    assert told(**key, elasticsearch_url="https://search.example:9200") == []
    assert told(**key, elasticsearch_url="http://127.0.0.1:9200") == []
    (half,) = told(elasticsearch_username="u")
    assert "one without the other" in half


def test_settings_hide_all_of_them() -> None:
    settings = Settings(**VALUES)  # type: ignore[arg-type]
    for told in (repr(settings), str(settings.shown())):
        assert not any(value in told for value in VALUES.values())


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_each_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{VALUES[name]}\n")
    needed = {
        "kafka_sasl_password": {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_USERNAME": "u"},
        "kafka_ssl_keyfile_password": {
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_SSL_CERTFILE": "c",
            "KAFKA_SSL_KEYFILE": "k",
        },
        "elasticsearch_password": {"ELASTICSEARCH_USERNAME": "u"},
        "elasticsearch_client_key_password": {
            "ELASTICSEARCH_CLIENT_CERT": "c",
            "ELASTICSEARCH_CLIENT_KEY": "k",
        },
    }.get(name, {})
    environ = {PREFIX + key: value for key, value in needed.items()}
    environ[f"{PREFIX}{name.upper()}_FILE"] = str(tmp_path / "secret")
    assert getattr(load(environ=environ, folder=tmp_path), name) == VALUES[name]
