"""What the one-shot services do: certificates that clients accept, users, saved objects."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from dateline.settings import Settings
from deploy import setup
from sinks import generations
from tests.local_server import listening

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
SECRETS = {"KIBANA_SYSTEM_PASSWORD": "kibana-word", "ELASTICSEARCH_DATELINE_PASSWORD": "our-word"}


def shake_hands(folder: Path, server_name: str, authority: Path) -> None:
    """One TLS handshake with a server that holds the certificates. Raises ssl.SSLError."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "elasticsearch.crt", folder / "elasticsearch.key")
    calling = ssl.create_default_context(cafile=str(authority))
    # What Python 3.13 does by default.
    calling.verify_flags |= ssl.VERIFY_X509_STRICT
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            serving.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    server = threading.Thread(target=serve)
    server.start()
    try:
        calling.wrap_socket(ours, server_hostname=server_name).close()
    finally:
        ours.close()
        server.join(10)


@needs_openssl
def test_clients_accept_the_certificate_by_the_names_it_is_called_by(tmp_path: Path) -> None:
    assert setup.certificates(tmp_path)
    for name in ("elasticsearch", "localhost", "127.0.0.1"):
        shake_hands(tmp_path, name, tmp_path / "ca.crt")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tmp_path, "kafka", tmp_path / "ca.crt")


@needs_openssl
def test_another_installation_is_not_believed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        setup.certificates(tmp_path / name)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(tmp_path / "one", "elasticsearch", tmp_path / "two" / "ca.crt")


@needs_openssl
def test_the_authority_s_key_is_kept_nowhere_and_the_server_s_from_others(tmp_path: Path) -> None:
    setup.certificates(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(setup.FILES)
    assert (tmp_path / "elasticsearch.key").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "ca.crt").stat().st_mode & 0o777 == 0o644


@needs_openssl
def test_good_certificates_stay_and_broken_ones_are_made_again(tmp_path: Path) -> None:
    setup.certificates(tmp_path)
    before = {name: (tmp_path / name).read_bytes() for name in setup.FILES}
    assert not setup.certificates(tmp_path)
    assert {name: (tmp_path / name).read_bytes() for name in setup.FILES} == before
    # As after a stop between two of the files.
    other = tmp_path / "other"
    other.mkdir()
    setup.certificates(other)
    for name in setup.FILES:
        (tmp_path / name).write_bytes((other / name).read_bytes())
        if name != setup.FILES[-1]:
            assert setup.certificates(tmp_path), name
            shake_hands(tmp_path, "elasticsearch", tmp_path / "ca.crt")


@needs_openssl
def test_certificates_that_end_soon_are_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup.certificates(tmp_path)
    monkeypatch.setattr(setup, "RENEWED_BEFORE", (setup.DAYS + 1) * 24 * 3600)
    with pytest.raises(setup.SetupError):  # even new ones end too soon by then: no endless loop
        setup.certificates(tmp_path)
    monkeypatch.setattr(setup, "RENEWED_BEFORE", (setup.DAYS - 1) * 24 * 3600)
    assert not setup.certificates(tmp_path)


class Server:
    """Answers from a script; the last answer stays."""

    def __init__(self, *answers: tuple[int, bytes] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, bytes | None, Mapping[str, str]]] = []

    def __call__(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        self.asked.append((method, path, body, headers))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


def users(server: Server, environ: Mapping[str, str] = SECRETS) -> list[float]:
    paused: list[float] = []
    setup.users(server, environ, sleep=paused.append)
    return paused


def test_users_and_role_are_set() -> None:
    server = Server((200, b"{}"))
    assert users(server) == []
    bodies: dict[str, Any] = {path: json.loads(body or b"") for _, path, body, _ in server.asked}
    assert bodies["/_security/user/kibana_system/_password"] == {"password": "kibana-word"}
    assert bodies["/_security/user/dateline"]["password"] == "our-word"
    assert bodies["/_security/user/dateline"]["roles"] == ["dateline"]
    paths = [path for _, path, _, _ in server.asked]
    assert paths.index("/_security/role/dateline") < paths.index("/_security/user/dateline")


def test_the_role_covers_the_stages_indices_and_no_more() -> None:
    [entry] = setup.ROLE["indices"]
    settings = Settings()
    names = [generations.alias(settings), generations.desk_alias(settings)]
    names.append(generations.index_of(settings, 1))

    def covered(name: str) -> bool:
        return any(
            name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1]))
            for pattern in entry["names"]
        )

    assert all(covered(name) for name in [*names, "ledger"])
    assert not any(covered(name) for name in (".security-7", ".kibana", "other", "articlesque"))
    assert "all" not in setup.ROLE["cluster"]


def test_a_server_that_is_just_starting_is_waited_for() -> None:
    server = Server(ConnectionRefusedError(), (503, b"starting"), (200, b"{}"))
    assert len(users(server)) == 2


def test_waiting_ends_and_says_what_was_seen() -> None:
    with pytest.raises(setup.SetupError, match="503 starting"):
        users(Server((503, b"starting")))


def test_a_wrong_password_and_a_refusal_are_told_at_once() -> None:
    with pytest.raises(setup.SetupError, match=r"ELASTIC_PASSWORD of \.env"):
        users(Server((401, b"no")))
    with pytest.raises(setup.SetupError, match="400 too short"):
        users(Server((400, b"too short")))
    with pytest.raises(setup.SetupError, match=r"make_env\.py"):
        users(Server((200, b"{}")), {})


def test_objects_are_imported_as_a_file_of_a_form() -> None:
    server = Server((200, b'{"success": true, "successCount": 2}'))
    assert setup.kibana(server, b'{"id": "a"}\n') == 2
    [(method, path, body, headers)] = server.asked
    assert (method, path) == ("POST", "/api/saved_objects/_import?overwrite=true")
    assert headers["kbn-xsrf"]
    boundary = headers["Content-Type"].split("boundary=")[1].encode()
    parts = (body or b"").split(b"--" + boundary)
    assert parts[0] == b"" and parts[2] == b"--\r\n"
    head, _, file = parts[1].partition(b"\r\n\r\n")
    assert b'name="file"; filename="dateline.ndjson"' in head
    assert file == b'{"id": "a"}\n\r\n'


def test_the_superuser_s_password_goes_to_no_other_server() -> None:
    seen: list[str | None] = []

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_told: object) -> None:
            """Nothing."""

    with listening(Other) as other:

        class Redirects(Other):
            def do_GET(self) -> None:
                self.send_response(302)
                self.send_header("Location", f"http://127.0.0.1:{other}/")
                self.end_headers()

        with listening(Redirects) as port:
            send = setup.sender(f"http://127.0.0.1:{port}", "elastic-word", None)
            assert send("GET", "/", None, {})[0] == 302
    assert seen == []


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b"null"])
def test_a_server_that_is_no_kibana_is_told_in_a_line(answer: bytes) -> None:
    with pytest.raises(setup.SetupError, match="KIBANA_URL"):
        setup.kibana(Server((200, answer)), b"")


def test_an_import_that_fails_is_no_success() -> None:
    with pytest.raises(setup.SetupError, match="conflict"):
        setup.kibana(Server((200, b'{"success": false, "errors": ["conflict"]}')), b"{}")


def test_what_a_server_says_reaches_no_terminal_as_it_is(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    class Odd(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(400)
            self.end_headers()
            self.wfile.write(b"\x1b[31mno\x07")

        def log_message(self, *_told: object) -> None:
            """Nothing."""

    (tmp_path / "objects").write_bytes(b"{}")
    with listening(Odd) as port:
        environ = {"KIBANA_URL": f"http://127.0.0.1:{port}", "ELASTIC_PASSWORD": "elastic-word"}
        assert setup.main(["kibana", str(tmp_path / "objects")], environ) == 1
    told = capsys.readouterr().err
    assert "400" in told and told.strip().isprintable()


def test_the_exit_status_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main([], {}) == 2
    assert setup.main(["users"], {}) == 1
    assert "ELASTICSEARCH_URL is not set" in capsys.readouterr().err
    assert setup.main(["certificates", str(tmp_path / "absent")], {}) == 1
