"""Why a server does not let us in, and which setting that is about.

The clients say little: kafka-python ends a refused password, a foreign certificate and a server
that is off with the same "unable to bootstrap". So once a client has failed, one connection is made
here and taken through the same steps, TLS, log-in, first request, and the step that fails is named.
Nothing here decides anything: it only explains what has failed already.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from http.client import BadStatusLine, RemoteDisconnected
from typing import NamedTuple

from dateline.settings import Settings

#: seconds for all of it, however many addresses there are: a stage asks at each of its tries
_PATIENCE = 10.0
_CLIENT = b"dateline-why"
#: Kafka's numbers of requests and errors
_METADATA, _SASL_HANDSHAKE, _SASL_AUTHENTICATE = 3, 17, 36
_ILLEGAL_SASL_STATE = 34
#: OpenSSL's verdicts on a certificate (X509_V_ERR_...)
_NOT_YET, _EXPIRED = 9, 10
_UNKNOWN_AUTHORITY = frozenset({18, 19, 20, 21})
_OTHER_NAME = frozenset({62, 64})


class Refusal(NamedTuple):
    """What the server did not like, and what to do: it names the setting."""

    found: str
    remedy: str


class _HungUp(Exception):
    """The server closed the connection instead of answering."""


class _Time:
    """What is left of the patience with all addresses together."""

    def __init__(self) -> None:
        self._end = time.monotonic() + _PATIENCE

    def wait(self) -> float:
        """How long (seconds) to wait for one thing: half of all at most, so that a port that does
        not answer Kafka's request can be asked whether it speaks HTTP. Raises TimeoutError."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, _PATIENCE / 2)


def of_kafka(settings: Settings, context: ssl.SSLContext | None) -> Refusal | None:
    """Why Kafka refuses these settings; None where no broker refuses (or none is there at all).

    It takes ten seconds at most, finding the addresses of names apart. context: as
    `dateline.connections.ssl_context` makes it; None without TLS.
    """
    left = _Time()
    for address in (settings.kafka_bootstrap_servers or "").split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            found = _of_broker(host.strip("[]"), int(port), settings, context, left)
        except TimeoutError:
            return None  # one that is silent: the others most likely are, too
        except (OSError, ValueError, struct.error):
            continue
        if found is not None:
            return found
    return None


def of_elasticsearch(error: BaseException) -> Refusal | None:
    """What in TLS an error of its client comes from; None where it is something else."""
    for one in _causes(error):
        if isinstance(one, ssl.SSLError):
            return _of_tls(one, _ELASTICSEARCH)
    return None


def speaks_no_http(error: BaseException) -> bool:
    """Whether an error of Elasticsearch's client comes from an answer that is no HTTP."""
    # One that hangs up without a word (a subclass) may be an Elasticsearch that is just ending.
    return any(
        isinstance(one, BadStatusLine) and not isinstance(one, RemoteDisconnected)
        for one in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and all that it says it comes from."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [*one.args, *getattr(one, "errors", ()), one.__cause__, one.__context__]
        waiting.append(getattr(one, "reason", None))


class _Names(NamedTuple):
    """What the settings of one server are called."""

    server: str
    address: str
    authority: str
    certificate: str
    protocol: str


_KAFKA = _Names(
    "the broker",
    "kafka_bootstrap_servers",
    "kafka_ssl_cafile",
    "kafka_ssl_certfile",
    "kafka_security_protocol",
)
_ELASTICSEARCH = _Names(
    "Elasticsearch",
    "elasticsearch_url",
    "elasticsearch_ca_certs",
    "elasticsearch_client_cert",
    "elasticsearch_url (http:// or https://)",
)


def _of_broker(
    host: str, port: int, settings: Settings, context: ssl.SSLContext | None, left: _Time
) -> Refusal | None:
    """Raises OSError, ValueError and struct.error where nothing can be said; TimeoutError where
    it is silent."""
    plain = _connected(host, port, left)
    stream = plain if context is None else _handshake(plain, host, context)
    if isinstance(stream, Refusal):
        return stream
    with stream:
        try:
            if settings.kafka_security_protocol.startswith("SASL"):
                return _log_in(stream, settings, left)
            _ask(stream, _METADATA, 4, struct.pack(">i?", 0, False), left)
            return None  # it answers: another address is the trouble
        except (_HungUp, TimeoutError) as error:
            if _speaks_http(host, port, left, tls=context is not None):
                return _SPEAKS_HTTP
            if isinstance(error, TimeoutError):
                raise
        except ssl.SSLError as error:
            return _of_tls(error, _KAFKA)
    if context is None and _speaks_tls(host, port, left):
        if _speaks_http(host, port, left, tls=True):
            return _SPEAKS_HTTP
        return Refusal("the port speaks TLS", "set kafka_security_protocol to SSL or SASL_SSL.")
    if settings.kafka_security_protocol.startswith("SASL"):
        # It says so where it can; older brokers and a full listener hang up without a word.
        return _wrong_password(settings, "it hung up during the log-in")
    return Refusal(
        "it hung up at the first request without credentials",
        "set kafka_security_protocol to SASL_SSL (or SASL_PLAINTEXT) if this listener asks for a "
        "password.",
    )


_SPEAKS_HTTP = Refusal(
    "the port speaks HTTP, as Elasticsearch's does and Kafka's does not",
    "correct kafka_bootstrap_servers.",
)


def _connected(host: str, port: int, left: _Time) -> socket.socket:
    """A connection to the first address of a host that takes one. Raises OSError."""
    failed = OSError("no address")
    for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        try:
            # A name would be given as much time for each of its addresses.
            return socket.create_connection((str(address[0]), port), timeout=left.wait())
        except OSError as error:
            failed = error
    raise failed


def _handshake(plain: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket | Refusal:
    """The TLS connection, or why there is none."""
    try:
        return _wrapped(plain, host, context)
    except ssl.SSLError as error:
        return _of_tls(error, _KAFKA)
    except (ConnectionError, TimeoutError) as error:
        return Refusal(
            f"the TLS handshake failed ({error})",
            f"see that {_KAFKA.protocol} fits the port: it may speak no TLS.",
        )


def _of_tls(error: ssl.SSLError, names: _Names) -> Refusal:
    """An error of the handshake, or an alert that came after it."""
    if isinstance(error, ssl.SSLCertVerificationError):
        told = error.verify_message.rstrip(".")
        found = f"the certificate of {names.server} is not accepted: {told}"
        code = error.verify_code
        if code in _UNKNOWN_AUTHORITY:
            return Refusal(
                found,
                f"set {names.authority} to the PEM file of the authority that signed it (without "
                "it, those of this system count).",
            )
        if code in _OTHER_NAME:
            return Refusal(
                found,
                f"call it in {names.address} by a name that its certificate holds, or give it a "
                "certificate with this name.",
            )
        if code == _EXPIRED:
            return Refusal(found, f"renew the certificate of {names.server}.")
        if code == _NOT_YET:
            return Refusal(found, "see that the clocks of both machines are right.")
        return Refusal(found, f"see that certificate, and {names.authority}.")
    if isinstance(error, ssl.SSLEOFError):
        return Refusal(
            f"{names.server} hung up during TLS",
            f"see that {names.protocol} fits the port; set {names.certificate} if it asks for a "
            "certificate.",
        )
    reason = error.reason or str(error)
    told = reason.lower().replace("_", " ")
    if "ALERT" in reason:
        return Refusal(
            f"{names.server} does not accept us: {told}",
            f"set {names.certificate} and its key to a certificate that it trusts.",
        )
    return Refusal(f"no TLS: {told}", f"see that {names.protocol} fits the port.")


def _speaks_tls(host: str, port: int, left: _Time) -> bool:
    """Whether a port that we talk to in the clear does. Nothing is sent over it."""
    with contextlib.suppress(OSError), _trusting(_connected(host, port, left), host):
        return True
    return False


def _trusting(plain: socket.socket, host: str) -> socket.socket:
    """TLS with whomever it may be: nothing of ours is told over it. Raises OSError; closes what it
    was given then."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return _wrapped(plain, host, context)


def _wrapped(plain: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket:
    """The TLS connection, which alone is to be closed; ``plain`` is closed where there is none.
    Raises OSError."""
    with plain:  # holds nothing any more once it is wrapped
        return context.wrap_socket(plain, server_hostname=host)


def _speaks_http(host: str, port: int, left: _Time, *, tls: bool) -> bool:
    """Whether a port does. It is asked for ``/``, and told nothing."""
    with contextlib.suppress(OSError, _HungUp):
        plain = _connected(host, port, left)
        with _trusting(plain, host) if tls else plain as stream:
            stream.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return _exactly(stream, 5, left) == b"HTTP/"
    return False


def _log_in(stream: socket.socket, settings: Settings, left: _Time) -> Refusal | None:
    """The steps of SASL as kafka-python takes them. Raises _HungUp, OSError, struct.error."""
    from kafka.net.sasl import get_sasl_mechanism

    mechanism = settings.kafka_sasl_mechanism or "PLAIN"
    name = mechanism.encode()
    asked = struct.pack(f">h{len(name)}s", len(name), name)
    answer = _ask(stream, _SASL_HANDSHAKE, 1, asked, left)
    (error, count), at = struct.unpack_from(">hi", answer), 6
    if error == _ILLEGAL_SASL_STATE:
        return Refusal(
            "this listener asks for no password",
            "set kafka_security_protocol to SSL (or PLAINTEXT), or take another port.",
        )
    if error:
        offered = []
        for _ in range(count):
            (size,) = struct.unpack_from(">h", answer, at)
            offered.append(answer[at + 2 : at + 2 + size].decode("utf-8", "replace"))
            at += 2 + size
        return Refusal(
            f"it does not know {mechanism}; it offers {', '.join(sorted(offered)) or 'nothing'}",
            "set kafka_sasl_mechanism to one of those.",
        )
    talk = get_sasl_mechanism(mechanism)(
        host="",
        sasl_plain_username=settings.kafka_sasl_username or "",
        sasl_plain_password=settings.kafka_sasl_password or "",
        sasl_mechanism=mechanism,
        security_protocol=settings.kafka_security_protocol,
    )
    while not talk.is_done():
        token = talk.auth_bytes()
        asked = struct.pack(">i", len(token)) + token
        answer = _ask(stream, _SASL_AUTHENTICATE, 0, asked, left)
        error, size = struct.unpack_from(">hh", answer)
        told = answer[4 : 4 + max(size, 0)].decode("utf-8", "replace")
        if error:
            return _wrong_password(settings, told or f"error {error}")
        at = 4 + max(size, 0)
        (size,) = struct.unpack_from(">i", answer, at)
        talk.receive(answer[at + 4 : at + 4 + max(size, 0)])
    return None


def _wrong_password(settings: Settings, found: str) -> Refusal:
    return Refusal(
        f"it refuses user {settings.kafka_sasl_username} ({found})",
        "correct kafka_sasl_username and kafka_sasl_password "
        f"({settings.kafka_sasl_mechanism or 'PLAIN'}).",
    )


def _ask(stream: socket.socket, key: int, version: int, body: bytes, left: _Time) -> bytes:
    """One request of Kafka's, and the body of its answer. Raises _HungUp, OSError."""
    header = struct.pack(f">hhih{len(_CLIENT)}s", key, version, 1, len(_CLIENT), _CLIENT)
    try:
        stream.sendall(struct.pack(">i", len(header + body)) + header + body)
        (size,) = struct.unpack(">i", _exactly(stream, 4, left))
        return _exactly(stream, min(size, 1 << 20), left)[4:]
    except (ConnectionError, BrokenPipeError) as error:
        raise _HungUp from error


def _exactly(stream: socket.socket, count: int, left: _Time) -> bytes:
    """Raises _HungUp, OSError; TimeoutError in time, too, where it comes byte by byte."""
    found = b""
    while len(found) < count:
        stream.settimeout(left.wait())
        more = stream.recv(count - len(found))
        if not more:
            raise _HungUp
        found += more
    return found
