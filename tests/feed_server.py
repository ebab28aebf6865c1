"""An HTTP server for tests of feeds: it answers as it is told, however badly, and remembers what it
was asked.

`Time` is the clock that such tests inject: waiting moves it on, and takes no time.
"""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, NamedTuple, Self

Raw = Callable[[socket.socket], None]


class Asked(NamedTuple):
    """One request. headers: names in small letters."""

    path: str
    headers: dict[str, str]


class Reply(NamedTuple):
    """One answer. length: whether it says how long its body is; else the connection's end says."""

    body: bytes = b""
    status: int = 200
    headers: Sequence[tuple[str, str]] = ()
    length: bool = True


class Server:
    """A server on this machine. What `answers` holds of a path is given in order, the last again
    and again: a `Reply`, or a function that writes to the socket itself. Use as a context manager.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, list[Reply | Raw]] = {}
        self.asked: list[Asked] = []
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = outer._next(self.path, dict(self.headers.items()))
                if not isinstance(answer, Reply):
                    self.close_connection = True
                    self.wfile.flush()
                    answer(self.connection)
                    return
                self.send_response(answer.status)
                for name, value in answer.headers:
                    self.send_header(name, value)
                if answer.length:
                    self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: Any) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_: Any) -> None:
                pass  # clients that leave in the middle are what is tested

        self._server = Quiet(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._scheme = "http" if context is None else "https"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        """The address of a path; localhost is another host by its name."""
        return f"{self._scheme}://{host}:{self._server.server_address[1]}{path}"

    def on(self, path: str, *answers: Reply | Raw) -> None:
        """Answer so from now on."""
        with self._lock:
            self.answers[path] = list(answers)

    def paths(self) -> list[str]:
        """What was asked for, in order."""
        return [one.path for one in self.asked]

    def _next(self, path: str, headers: dict[str, str]) -> Reply | Raw:
        with self._lock:
            self.asked.append(Asked(path, {name.lower(): value for name, value in headers.items()}))
            waiting = self.answers.get(path) or self.answers.get(path.partition("?")[0])
            if not waiting:
                return Reply(b"nothing here", 404)
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Time:
    """A clock that waiting moves on. waited: for how long each time."""

    def __init__(self) -> None:
        self.seconds = 1_750_000_000.0
        self.waited: list[float] = []
        self._lock = threading.Lock()

    def now(self) -> dt.datetime:
        """Of the wall."""
        return dt.datetime.fromtimestamp(self.seconds, dt.UTC)

    def monotonic(self) -> float:
        """Seconds since some time."""
        return self.seconds

    def wait(self, seconds: float) -> bool:
        """Nobody ever asks to stop."""
        with self._lock:
            if seconds > 0:
                self.seconds += seconds
                self.waited.append(seconds)
        return False
