"""``/metrics``, ``/live`` and ``/ready`` over HTTP: one small server for each stage.

It answers GET alone, reads no body, and tells no secret; but feeds' names and how much comes are
nobody's business outside, so it binds to this machine's loopback unless told otherwise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from dateline.closing import Closing
from dateline.errors import UsageError
from dateline.metrics.health import Health
from dateline.metrics.meter import Meter

#: copied for each answer: the server adds to what it is given
_TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
#: seconds that a client may take to say what it wants
_PATIENCE = 10

Answer = Iterable[bytes]
Start = Callable[[str, list[tuple[str, str]]], Any]


class Endpoint(Closing):
    """Serves one stage in a thread of its own, until it is closed; a context manager.

    port: 0 takes any that is free. Raises UsageError where it is taken.
    """

    def __init__(self, address: str, port: int, meter: Meter, health: Health) -> None:
        from wsgiref.simple_server import make_server

        from prometheus_client import make_wsgi_app

        self._meter = meter
        self._health = health
        self._metrics = make_wsgi_app
        try:
            self._server = make_server(
                address, port, self._app, _server_class(address), handler_class=_Handler
            )
        except (OSError, OverflowError) as error:
            raise UsageError(
                f"metrics_port {port} at {address} cannot be had",
                found=str(error),
                expected="a port that nobody uses, at an address of this machine",
                remedy="choose another, or 0 for any that is free.",
            ) from error
        self.port = int(self._server.server_port)
        host = f"[{address}]" if ":" in address else address
        self.url = f"http://{host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()

    def _app(self, environ: dict[str, Any], start: Start) -> Answer:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD")
        if method not in ("GET", "HEAD"):
            start("405 Method Not Allowed", [*_TEXT, ("Allow", "GET, HEAD")])
            return [b"GET only\n"]
        if path == "/metrics":
            answer: Answer = self._metrics(self._meter.answer())(environ, start)
            return answer
        if path in ("/live", "/ready"):
            trouble = self._health.dead() if path == "/live" else self._health.hindered()
            start("200 OK" if trouble is None else "503 Service Unavailable", [*_TEXT])
            return [f"{trouble or path[1:]}\n".encode()]
        start("404 Not Found", [*_TEXT])
        return [b"/metrics, /live, /ready\n"]


class _Handler(WSGIRequestHandler):
    """Quiet, and with an end to its patience."""

    timeout = _PATIENCE

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Nobody wants a line for each probe."""

    def get_stderr(self) -> Any:
        """Where a client that hung up is told of: nowhere."""
        return _Nowhere()


class _Nowhere:
    def write(self, _text: str) -> None:
        """Dropped."""

    def flush(self) -> None:
        """Nothing to do."""


def _server_class(address: str) -> Any:
    import socket

    from prometheus_client.exposition import ThreadingWSGIServer

    class Server(ThreadingWSGIServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        # A stage that is started again takes its port again at once.
        allow_reuse_address = True
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hung up is no event."""

        def server_bind(self) -> None:
            # The library asks a name server for the address's name, which may take seconds.
            import socketserver

            socketserver.TCPServer.server_bind(self)
            self.server_name = address
            self.server_port = self.server_address[1]
            self.setup_environ()

    return Server
