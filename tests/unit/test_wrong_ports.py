"""An address that is the other server's is told as that."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import msgspec
import pytest

from dateline import connections, refusals
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.embedded.ports import free_port
from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings
from sinks import generations
from tests.local_server import listening


@contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """The port of a server that answers whatever it is asked with this, and hangs up."""

    class Says(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1000)
            self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Says) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.shutdown()
            thread.join()


class Http(BaseHTTPRequestHandler):
    """Waits for the end of whatever is no request of HTTP's, as Elasticsearch does."""

    def log_message(self, *_told: object) -> None:
        """Nothing."""


def kafka_told(port: int, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(connections, "_BOOTSTRAP_MS", 300)
    monkeypatch.setattr(refusals, "_PATIENCE", 0.5)
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
