"""``/metrics``, ``/live`` and ``/ready`` over HTTP: one small server for each stage.

It answers GET and HEAD alone, reads no body, and tells no secret; but feeds' names and how much
comes are nobody's business outside, so it binds to this machine's loopback unless told otherwise.

Whoever asks has `PATIENCE` seconds for all of it, and `MOST` may ask at the same time: one more,
and the oldest of them is hung up on. So neither slow clients nor many keep a probe from its answer.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler

from dateline.closing import Closing
from dateline.errors import UsageError
from dateline.metrics.health import Health
from dateline.metrics.meter import Meter

#: copied for each answer: the server adds to what it is given
_TEXT = [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")]
#: seconds from the connection to the end of the answer
PATIENCE = 10.0
#: connections at the same time, each with a thread; a Prometheus and three probes need four
MOST = 32

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
        method = environ.get("REQUEST_METHOD")
        if method == "HEAD":
            return _without_body(self._answer, environ, start)
        if method != "GET":
            start("405 Method Not Allowed", [*_TEXT, ("Allow", "GET, HEAD")])
            return [b"GET and HEAD only\n"]
        return self._answer(environ, start)

    def _answer(self, environ: dict[str, Any], start: Start) -> Answer:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answer: Answer = self._metrics(self._meter.answer())(environ, start)
            return answer
        if path in ("/live", "/ready"):
            trouble = self._health.dead() if path == "/live" else self._health.hindered()
            start("200 OK" if trouble is None else "503 Service Unavailable", [*_TEXT])
            return [f"{trouble or path[1:]}\n".encode()]
        start("404 Not Found", [*_TEXT])
        return [b"/metrics, /live, /ready\n"]


def _without_body(
    answer: Callable[[dict[str, Any], Start], Answer], environ: dict[str, Any], start: Start
) -> Answer:
    """What GET would be answered, its length told, but nothing of it sent (RFC 9110, 9.3.2)."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    body = answer(
        {**environ, "REQUEST_METHOD": "GET"},
        lambda status, headers: begun.append((status, list(headers))),
    )
    length = sum(map(len, body))
    ((status, headers),) = begun
    start(status, [*headers, ("Content-Length", str(length))])
    return []


class _Handler(WSGIRequestHandler):
    """Quiet."""

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
        # The library's five are soon full, and a probe that comes then waits for seconds.
        request_queue_size = 128

        def __init__(self, *given: Any, **named: Any) -> None:
            #: who asks, oldest first, and until when
            self._asking: dict[socket.socket, float] = {}
            self._lock = threading.Lock()
            super().__init__(*given, **named)

        def process_request(self, request: Any, client_address: Any) -> None:
            with self._lock:
                if len(self._asking) >= MOST:
                    self._hang_up(next(iter(self._asking)))
                self._asking[request] = time.monotonic() + PATIENCE
            super().process_request(request, client_address)

        def service_actions(self) -> None:
            # The library calls it twice a second, and after each connection.
            super().service_actions()
            now = time.monotonic()
            with self._lock:
                for one in [one for one, until in self._asking.items() if until <= now]:
                    self._hang_up(one)

        def _hang_up(self, request: socket.socket) -> None:
            """Its thread, which waits for it, ends at once. The lock is held, so it is not yet
            closed, and its number is nobody else's."""
            del self._asking[request]
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

        def shutdown_request(self, request: Any) -> None:
            with self._lock:
                self._asking.pop(request, None)
            super().shutdown_request(request)

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
