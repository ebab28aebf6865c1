"""A proxy in front of Elasticsearch that does what it is told: the faults of a network, on order.

    with Proxy("http://127.0.0.1:9200") as proxy:
        rule = proxy.add(Status(429), nth=2)       # every second bulk request
        ...
        proxy.clear()

Requests that match no rule pass. Rules count how often they took effect, so that a test can say
that its fault happened.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

_JSON = "application/vnd.elasticsearch+json;compatible-with=9"


class Answer(msgspec.Struct):
    """What Elasticsearch said, or what is said in its place."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


class Request(msgspec.Struct):
    """One request as it came, and the way on."""

    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    upstream: http.client.HTTPConnection

    def forward(self, body: bytes | None = None) -> Answer:
        """Ask Elasticsearch. Raises OSError, http.client.HTTPException where it is away."""
        sent = self.body if body is None else body
        headers = {name: value for name, value in self.headers if name.lower() not in _OURS}
        # Whoever rewrites an answer must be able to read it.
        headers["Accept-Encoding"] = "identity"
        headers["Content-Length"] = str(len(sent))
        try:
            self.upstream.request(self.method, self.path, body=sent, headers=headers)
            response = self.upstream.getresponse()
            read = response.read()
        except (OSError, http.client.HTTPException):
            self.upstream.close()
            raise
        kept = [(n, v) for n, v in response.getheaders() if n.lower() not in _OURS]
        return Answer(response.status, kept, read)


_OURS = frozenset(
    {"connection", "content-length", "transfer-encoding", "keep-alive", "accept-encoding", "host"}
)


class Cut(Exception):
    """Close the connection now, after ``sent`` of the answer."""

    def __init__(self, sent: bytes = b"") -> None:
        self.sent = sent


class Fault:
    """What happens to a request."""

    #: whether it must see the request before its body is read
    early = False

    def answer(self, request: Request) -> Answer:
        """What the client gets. Raises Cut where it gets no whole answer."""
        raise NotImplementedError


class Status(Fault):
    """The whole request is answered with a status, and not forwarded."""

    def __init__(self, status: int) -> None:
        self.status = status

    def answer(self, request: Request) -> Answer:
        kinds = {429: "es_rejected_execution_exception", 503: "unavailable_shards_exception"}
        error = {"type": kinds.get(self.status, "faults"), "reason": "by order of a test"}
        body = msgspec.json.encode({"error": error, "status": self.status})
        return Answer(self.status, [("Content-Type", _JSON), _PRODUCT], body)


_PRODUCT = ("X-Elastic-Product", "Elasticsearch")


class Items(Fault):
    """Single items of a bulk are answered with a status.

    forwarded: Elasticsearch wrote them all the same (a shard that answered too late); otherwise
    it never sees them. share: of the items that it befalls, at least one.
    """

    def __init__(self, status: int, *, forwarded: bool, share: float = 0.5, seed: int = 0) -> None:
        self.status = status
        self.forwarded = forwarded
        self.share = share
        self._random = random.Random(seed)

    def answer(self, request: Request) -> Answer:
        lines = request.body.split(b"\n")
        pairs = [(lines[at], lines[at + 1]) for at in range(0, len(lines) - 1, 2)]
        struck = {at for at in range(len(pairs)) if self._random.random() < self.share}
        struck = struck or {0}
        kept = [pair for at, pair in enumerate(pairs) if self.forwarded or at not in struck]
        answers: list[Any] = []
        answer = Answer(200, [("Content-Type", _JSON), _PRODUCT], b"")
        if kept:
            answer = request.forward(b"".join(b"%b\n%b\n" % pair for pair in kept))
            if answer.status != 200:
                return answer
            answers = msgspec.json.decode(answer.body)["items"]
        waiting = iter(answers)
        items = []
        for at, (action, _source) in enumerate(pairs):
            told = next(waiting) if self.forwarded or at not in struck else None
            (kind,) = msgspec.json.decode(action)
            error = {"type": "es_rejected_execution_exception", "reason": "by order of a test"}
            refusal = {kind: {"status": self.status, "error": error}}
            items.append(refusal if at in struck else told)
        answer.body = msgspec.json.encode({"errors": True, "items": items})
        return answer


class Hang(Fault):
    """No answer for so many seconds, then the connection closes. forwarded: was it written?"""

    def __init__(self, seconds: float, *, forwarded: bool = False) -> None:
        self.seconds = seconds
        self.forwarded = forwarded

    def answer(self, request: Request) -> Answer:
        if self.forwarded:
            request.forward()
        time.sleep(self.seconds)
        raise Cut


class CloseEarly(Fault):
    """The connection closes in the middle of the request: Elasticsearch never sees it."""

    early = True


class CloseBeforeAnswer(Fault):
    """It closes after the request was forwarded: written, and nobody is told."""

    def answer(self, request: Request) -> Answer:
        request.forward()
        raise Cut


class CloseInAnswer(Fault):
    """It closes in the middle of the answer."""

    def answer(self, request: Request) -> Answer:
        answer = request.forward()
        raise Cut(_head(answer) + answer.body[: len(answer.body) // 2])


class Latency(Fault):
    """Everything takes so many seconds longer."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def answer(self, request: Request) -> Answer:
        time.sleep(self.seconds)
        return request.forward()


class Rule:
    """A fault and the requests that it befalls; ``hits`` counts them."""

    def __init__(self, fault: Fault, path: str, nth: int, times: int | None) -> None:
        self.fault = fault
        self.hits = 0
        self._path = path
        self._nth = nth
        self._times = times
        self._seen = 0

    def takes(self, path: str) -> bool:
        if self._path not in path or (self._times is not None and self.hits >= self._times):
            return False
        self._seen += 1
        if self._seen % self._nth:
            return False
        self.hits += 1
        return True


class Proxy:
    """Listens on a loopback port of its own. Use as a context manager."""

    def __init__(self, target: str) -> None:
        address = urlsplit(target)
        self._target = (address.hostname or "", address.port or 0)
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def add(
        self, fault: Fault, *, path: str = "/_bulk", nth: int = 1, times: int | None = None
    ) -> Rule:
        """Lay a fault on every nth request whose path holds ``path``, so many times at most."""
        rule = Rule(fault, path, nth, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """That fault is over."""
        with self._lock:
            self._rules.remove(rule)

    def clear(self) -> None:
        """All pass from now on."""
        with self._lock:
            self._rules.clear()

    def fault_for(self, path: str) -> Fault | None:
        """What the next request to this path gets; counts as a hit."""
        with self._lock:
            return next((rule.fault for rule in self._rules if rule.takes(path)), None)

    def upstream(self) -> http.client.HTTPConnection:
        """A connection to Elasticsearch, not opened yet."""
        return http.client.HTTPConnection(*self._target, timeout=120)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A connection that a hang holds must not hold up the end of the test.
    block_on_close = False
    request_queue_size = 64

    def __init__(self, proxy: Proxy) -> None:
        self.proxy = proxy
        super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is what many faults look like from here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._upstream = self.server.proxy.upstream()

    def finish(self) -> None:
        self._upstream.close()
        with contextlib.suppress(OSError):
            super().finish()

    def _pass_on(self) -> None:
        fault = self.server.proxy.fault_for(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if fault is not None and fault.early:
            self.rfile.read(length // 2)
            self._cut()
            return
        body = self._body(length)
        request = Request(self.command, self.path, self.headers.items(), body, self._upstream)
        try:
            answer = request.forward() if fault is None else fault.answer(request)
        except Cut as cut:
            self.wfile.write(cut.sent)
            self._cut()
            return
        except (OSError, http.client.HTTPException):
            self._cut()  # Elasticsearch is away, and so are we
            return
        self.wfile.write(_head(answer) + (b"" if self.command == "HEAD" else answer.body))

    def _body(self, length: int) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(length)
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _cut(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base
        """Nothing: a test has its own account."""

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _pass_on


def _head(answer: Answer) -> bytes:
    length = ("Content-Length", str(len(answer.body)))
    lines = [f"{name}: {value}" for name, value in [*answer.headers, length]]
    reason = http.client.responses.get(answer.status, "")
    return "\r\n".join([f"HTTP/1.1 {answer.status} {reason}", *lines, "", ""]).encode("latin-1")
