"""A little HTTP server of a test, on a loopback port of its own, with TLS if wanted."""

from __future__ import annotations

import socketserver
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_given: object) -> None:
        """A client that does not like our certificate hangs up: that is what is tested."""


@contextmanager
def running(server: socketserver.TCPServer) -> Iterator[int]:
    """The port of a server that answers meanwhile; then it is closed."""
    # Asked so often whether to end: a test should not wait half a second for it.
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def listening(
    handler: type[BaseHTTPRequestHandler],
    certificate: Path | str | None = None,
    authority: Path | str | None = None,
) -> Iterator[int]:
    """Its port. certificate: with its key; TLS is spoken with it. authority: of certificates that
    clients must have."""
    server = _Server(("127.0.0.1", 0), handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        if authority is not None:
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED
        # Handshakes in the threads of the requests: one that stays silent must not stop the others.
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    with running(server) as port:
        yield port


@contextmanager
def dripping(body: bytes, headers: Mapping[str, str] | None = None) -> Iterator[int]:
    """The port of a server that answers everything with this, after blanks, each sent alone: it
    takes ten seconds, or until whoever asked hangs up."""
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            blanks = 200
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(blanks + len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            for _ in range(blanks):
                self.wfile.write(b" ")
                if stopped.wait(0.05):
                    return
            self.wfile.write(body)

        do_GET = do_POST = _any

        def log_message(self, *_given: object) -> None:
            pass

    with listening(Handler) as port:
        try:
            yield port
        finally:
            stopped.set()
