"""An address that is the other server's is told as that."""

from __future__ import annotations

import gc
import socketserver
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import msgspec
import pytest
import trustme

from dateline import connections, refusals
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.embedded.ports import free_port
from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings
from sinks import generations
from tests.local_server import listening, running


@contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """The port of a server that answers whatever it is asked with this, and hangs up."""

    class Says(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(answer)

    with running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Says)) as port:
        yield port


@contextmanager
def silent(drop: bytes = b"") -> Iterator[tuple[int, list[str]]]:
    """The port of a server that takes connections and says nothing, or this again and again; and
    what became of each connection."""
    became: list[str] = []

    class Holds(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            became.append("open")
            at = len(became) - 1
            self.request.settimeout(0.02)
            for _ in range(500):
                try:
                    self.request.sendall(drop)
                    if not self.request.recv(1000):
                        break
                except TimeoutError:
                    continue
                except OSError:
                    break
            else:
                became[at] = "heard to the end"
                return
            became[at] = "left"

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = False  # closing it waits for what became of them

    with running(Server(("127.0.0.1", 0), Holds)) as port:
        yield port, became


class Http(BaseHTTPRequestHandler):
    """Waits for the end of whatever is no request of HTTP's, as Elasticsearch does."""

    def log_message(self, *_told: object) -> None:
        """Nothing."""


def kafka_told(port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(connections, "_BOOTSTRAP_MS", 300)
    monkeypatch.setattr(refusals, "_PATIENCE", 1.0)
    with pytest.raises(Unavailable) as refused:
        kafka_admin(
            msgspec.structs.replace(Settings(), kafka_bootstrap_servers=f"127.0.0.1:{port}")
        )
    return str(refused.value)


def elasticsearch_told(port: int) -> str:
    settings = msgspec.structs.replace(Settings(), elasticsearch_url=f"http://127.0.0.1:{port}")
    with (
        pytest.raises((Unavailable, UsageError)) as refused,
        elasticsearch_client(settings) as client,
        generations.surroundings("searching"),
    ):
        client.info()
    return str(refused.value)


def test_a_kafka_address_at_which_http_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(Http) as waiting:
        told = kafka_told(waiting, monkeypatch)
    assert "the port speaks HTTP" in told and "kafka_bootstrap_servers" in told
    with saying(b"HTTP/1.1 400 Bad Request\r\n\r\n") as refusing:
        assert "the port speaks HTTP" in kafka_told(refusing, monkeypatch)


def test_a_kafka_address_at_which_something_else_is_spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    with saying(b"") as port:
        assert "HTTP" not in kafka_told(port, monkeypatch)


def kafka(*ports: int, **given: str) -> Settings:
    addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
    return msgspec.structs.replace(Settings(), kafka_bootstrap_servers=addresses, **given)


def test_of_several_silent_addresses_one_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_PATIENCE", 0.2)
    with ExitStack() as stack:
        servers = [stack.enter_context(silent()) for _ in range(3)]
        assert refusals.of_kafka(kafka(*(port for port, _ in servers)), None) is None
    first, *others = [became for _, became in servers]
    assert first and not any(others)


def test_an_answer_byte_by_byte_is_not_heard_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_PATIENCE", 0.2)
    with silent(b"\x00\x00\x10\x00") as (port, became):
        assert refusals.of_kafka(kafka(port), None) is None
    assert became and set(became) == {"left"}


def test_an_address_that_is_off_does_not_hide_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_PATIENCE", 1.0)
    with listening(Http) as port:
        refusal = refusals.of_kafka(kafka(free_port(), port), None)
    assert refusal is not None and "speaks HTTP" in refusal.found


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL"])
def test_a_kafka_address_at_which_https_is_spoken(
    protocol: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "_PATIENCE", 1.0)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    chain = authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem
    chain.write_to_path(tmp_path / "server.pem")
    with (
        listening(Http, tmp_path / "server.pem") as port,
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always", ResourceWarning)
        settings = kafka(port, kafka_security_protocol=protocol)
        if protocol == "SSL":
            ca = str(tmp_path / "ca.pem")
            settings = msgspec.structs.replace(settings, kafka_ssl_cafile=ca)
        refusal = refusals.of_kafka(settings, connections.ssl_context(settings))
        gc.collect()
    assert refusal is not None and "speaks HTTP" in refusal.found
    # Each connection was closed by whoever opened it.
    client = [one for one in warned if f"raddr=('127.0.0.1', {port})" in str(one.message)]
    assert not client, [str(one.message) for one in client]


def test_an_elasticsearch_address_at_which_no_http_is_spoken() -> None:
    with saying(b"\x00\x00\x00\x04\x1b[31") as port:
        told = elasticsearch_told(port)
    assert "no HTTP" in told and "elasticsearch_url" in told and told.isprintable()


def test_an_elasticsearch_address_that_hangs_up_like_a_kafka() -> None:
    with saying(b"") as port:
        told = elasticsearch_told(port)
    assert "without response" in told and "elasticsearch_url" in told


def test_an_elasticsearch_that_is_not_there_is_told_with_its_address() -> None:
    port = free_port()
    told = elasticsearch_told(port)
    assert f"127.0.0.1:{port}: " in told and "refused" in told
