"""Connections to Kafka and Elasticsearch from the settings, and finding the servers.

Client libraries are imported inside the functions: `dateline --help` must start at once.
"""

from __future__ import annotations

import base64
import contextlib
import itertools
import random
import re
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaAdminClient, KafkaProducer

    from dateline.refusals import Refusal


T = TypeVar("T")

#: characters of an error that are told
_TOLD = 500
#: how long a client may take to find a broker
_BOOTSTRAP_MS = 10_000


def find_servers(settings: Settings, *, kafka: bool = True, elasticsearch: bool = True) -> Settings:
    """Settings in which the addresses that are needed are set: given, or those of running embedded
    servers.

    kafka, elasticsearch: what is needed. A producer and a processor talk to Kafka alone, a search
    to Elasticsearch alone: each needs neither an address of the other nor a credential.
    Raises Unavailable (exit status 3).
    """
    missing = [
        name
        for name, needed, value in (
            ("Kafka", kafka, settings.kafka_bootstrap_servers),
            ("Elasticsearch", elasticsearch, settings.elasticsearch_url),
        )
        if needed and not value
    ]
    if not missing:
        return settings
    from dateline.embedded import read_servers

    servers = read_servers(settings.data_path)
    if servers is None:
        raise Unavailable(
            f"no {' and '.join(missing)} to talk to",
            found=f"no setting, and no embedded servers running on {settings.data_path}",
            remedy="start them with `dateline up --detach`, or set "
            "DATELINE_KAFKA_BOOTSTRAP_SERVERS and DATELINE_ELASTICSEARCH_URL.",
        )
    return msgspec.structs.replace(
        settings,
        kafka_bootstrap_servers=settings.kafka_bootstrap_servers or servers.kafka_bootstrap,
        elasticsearch_url=settings.elasticsearch_url or servers.elasticsearch_url,
    )


def kafka_options(settings: Settings) -> dict[str, Any]:
    """Keyword arguments that every kafka-python client takes: address, TLS, credentials.

    Raises UsageError, also where a certificate or key cannot be used.
    """
    if not settings.kafka_bootstrap_servers:
        raise UsageError("no Kafka address", remedy="set DATELINE_KAFKA_BOOTSTRAP_SERVERS.")
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
    }
    context = ssl_context(settings)
    if context is not None:
        options["ssl_context"] = context
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism or "PLAIN"
        options["sasl_plain_username"] = settings.kafka_sasl_username
        options["sasl_plain_password"] = settings.kafka_sasl_password
    return options


def kafka_connected(kind: Callable[..., T], settings: Settings, **options: Any) -> T:
    """A kafka-python client of this kind, connected: options beside `kafka_options`.

    Raises what its constructor raises, and then leaves nothing behind: kafka-python 3.0 leaves the
    thread of a client that could not connect, which goes on trying for ever. Whoever tries again
    through an outage would gather hundreds of them.
    """
    from kafka.net.compat import KafkaNetClient

    _checksums_in_c()
    _handshakes_end()
    made: list[Any] = []

    def client(*given: Any, **named: Any) -> Any:
        made.append(KafkaNetClient(*given, **named))
        _in_turn(made[-1]._manager)
        return made[-1]

    try:
        return kind(
            **kafka_options(settings),
            bootstrap_timeout_ms=_BOOTSTRAP_MS,
            kafka_client=client,
            **options,
        )
    except BaseException:
        for one in made:
            # `stop` joins the thread, `close` lets its sockets go.
            one._manager._net.stop(timeout_ms=_BOOTSTRAP_MS)
            one.close()
        raise


def _in_turn(manager: Any) -> None:
    """Let kafka-python ask one bootstrap address after the other, each for its share of the time.

    Its own (3.0.12) draws one at random and gives it all of the time: where one of two is silent,
    every other client would find no broker.
    """
    addresses = manager.cluster.bootstrap_brokers()
    share = _BOOTSTRAP_MS / max(1, len(addresses))
    begin = random.randrange(max(1, len(addresses)))
    turns = itertools.cycle([*addresses[begin:], *addresses[:begin]])
    ids = {one.node_id for one in addresses}
    connect = manager.get_connection

    def connection(node_id: Any, timeout_ms: float | None = None, **more: Any) -> Any:
        if node_id in ids:
            timeout_ms = share if timeout_ms is None else min(timeout_ms, share)
        return connect(node_id, timeout_ms=timeout_ms, **more)

    manager.get_connection = connection
    manager.cluster.bootstrap_brokers = lambda: [next(turns)]


def _checksums_in_c() -> None:
    """Give kafka-python a CRC-32C in C, for what it sends and what it reads.

    Its own is in Python (3 MB/s on one core, which is what then limits a producer or a scan) unless
    a package named crc32c is there, which is under the LGPL. No setting takes another.
    """
    from kafka.record import default_records, util

    if util.crc32c_c is not None:
        return
    import google_crc32c

    def checksum(data: memoryview) -> int:
        value: int = google_crc32c.value(bytes(data))  # takes nothing but bytes
        return value

    default_records.calc_crc32c = checksum


class _Waiting:
    """kafka-python's loop as a handshake uses it; no wait goes beyond ``end`` (monotonic)."""

    def __init__(self, net: Any, end: float) -> None:
        self._net = net
        self._end = end

    def wait_read(self, sock: Any) -> Any:
        """Raises kafka-python's KafkaTimeoutError into who awaits it."""
        return self._net.wait_read(sock, self._end)

    def wait_write(self, sock: Any) -> Any:
        """As `wait_read`."""
        return self._net.wait_write(sock, self._end)


def _handshakes_end() -> None:
    """Let no TLS handshake of kafka-python take longer than finding a broker may.

    Its own (3.0.12) waits for ever at a port that accepts and then says nothing, as a proxy without
    a broker behind it does, whatever the timeouts of the client say.
    """
    from kafka.net.transport import KafkaSSLTransport

    handshake = KafkaSSLTransport.handshake
    if getattr(handshake, "ends", False):
        return

    async def ending(transport: Any) -> None:
        net = transport._net
        transport._net = _Waiting(net, time.monotonic() + _BOOTSTRAP_MS / 1000)
        try:
            await handshake(transport)
        finally:
            transport._net = net

    ending.ends = True  # type: ignore[attr-defined]
    KafkaSSLTransport.handshake = ending


def ssl_context(settings: Settings) -> ssl.SSLContext | None:
    """For Kafka; None where its protocol has no TLS. Certificates and host names are verified, and
    there is no setting against that. Raises UsageError."""
    if "SSL" not in settings.kafka_security_protocol.split("_"):
        return None
    return _context(
        settings,
        authority="kafka_ssl_cafile",
        certificate="kafka_ssl_certfile",
        key="kafka_ssl_keyfile",
        password="kafka_ssl_keyfile_password",  # noqa: S106 - the name of a setting
    )


def _elasticsearch_context(settings: Settings) -> ssl.SSLContext | None:
    """For Elasticsearch, as `ssl_context`; None for ``http://``."""
    if not (settings.elasticsearch_url or "").lower().startswith("https:"):
        return None
    return _context(
        settings,
        authority="elasticsearch_ca_certs",
        certificate="elasticsearch_client_cert",
        key="elasticsearch_client_key",
        password="elasticsearch_client_key_password",  # noqa: S106 - the name of a setting
    )


def _context(
    settings: Settings, *, authority: str, certificate: str, key: str, password: str
) -> ssl.SSLContext:
    """The arguments are names of settings. Where an authority is named, it alone is trusted; else
    those of this system. Raises UsageError that names the setting."""
    given = {name: getattr(settings, name) for name in (authority, certificate, key, password)}
    trusted = given[authority]
    try:
        context = ssl.create_default_context(cafile=trusted and str(Path(trusted).expanduser()))
    except (OSError, ssl.SSLError) as error:
        raise _unreadable(authority, trusted, error, "certificates, in PEM") from error
    if not given[certificate]:
        return context
    files = [
        None if given[name] is None else str(Path(given[name]).expanduser())
        for name in (certificate, key)
    ]
    try:
        # Without a password for a key that has one, OpenSSL would ask the terminal for it.
        context.load_cert_chain(files[0] or "", files[1], password=lambda: given[password] or "")
    except (OSError, ssl.SSLError, ValueError) as error:
        about = f"{certificate} with {key}"
        found = ", ".join(file for file in files if file)
        expected = f"a certificate and its key, in PEM, and the key's password in {password}"
        raise _unreadable(about, found, error, expected) from error
    return context


def _unreadable(name: str, path: str, error: Exception, expected: str) -> UsageError:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return UsageError(f"{name} cannot be used", found=f"{path} ({reason})", expected=expected)


def kafka_admin(settings: Settings) -> KafkaAdminClient:
    """An admin client. Raises Unavailable."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin: KafkaAdminClient = kafka_connected(KafkaAdminClient, settings)
        return admin
    except (KafkaError, OSError) as error:
        raise kafka_silent(settings, error) from error


def kafka_silent(settings: Settings, error: Exception) -> Unavailable:
    """What to raise where no client of Kafka could be made; asks Kafka why (up to ten seconds)."""
    from dateline import refusals

    return _silent(
        f"Kafka at {settings.kafka_bootstrap_servers}",
        refusals.of_kafka(settings, ssl_context(settings)),
        error,
        remedy="see `dateline status`; start it, or correct the address.",
    )


def _silent(
    server: str, refusal: Refusal | None, error: Exception, *, remedy: str, during: str = ""
) -> Unavailable:
    """refusal: why it does not let us in, where that is known. remedy: where it is just silent."""
    if refusal is not None:
        return Unavailable(
            f"{server} does not let us in{during}", found=refusal.found, remedy=refusal.remedy
        )
    return Unavailable(
        f"{server} does not answer{during}",
        found=_told(error),
        remedy=remedy,
    )


def _told(error: Exception) -> str:
    """What a client says. Elasticsearch's keeps what happened (connection refused, by whom) to
    itself, and would say "Connection error" alone."""
    name, told = type(error).__name__, str(error)
    if error.args and isinstance(error.args[0], str) and not told.endswith(error.args[0]):
        within = re.sub(r"\A\w+\(host='([^']*)', port=(\d+)\)", r"\1:\2", error.args[0])
        told = f"{told}: {within}"
    return (told if told.startswith(f"{name}: ") else f"{name}: {told}")[:_TOLD]


def close_producer(client: KafkaProducer, timeout: float) -> None:
    """Close a producer whatever it still holds.

    Where that is not confirmed in time, kafka-python 3.0 raises before it has closed anything, and
    would again: so what is left is given up first.
    """
    from kafka.errors import KafkaError

    try:
        client.close(timeout=timeout)
    except KafkaError:
        client._sender.force_close()
        with contextlib.suppress(KafkaError):
            client.close(timeout=1)


def elasticsearch_client(settings: Settings, *, timeout: float = 60.0) -> Elasticsearch:
    """A client that does not retry by itself: whoever calls knows what may be repeated.

    timeout: seconds for a whole answer. What is no answer of Elasticsearch's is a TransportError
    (`dateline.answers`). Raises UsageError, also where a certificate or key cannot be used.
    """
    from elasticsearch import Elasticsearch

    from dateline import answers

    if not settings.elasticsearch_url:
        raise UsageError("no Elasticsearch address", remedy="set DATELINE_ELASTICSEARCH_URL.")
    options: dict[str, Any] = {
        "request_timeout": timeout,
        "max_retries": 0,
        "transport_class": answers.Exchange,
        "node_class": answers.Node,
    }
    if settings.elasticsearch_api_key:
        options["api_key"] = settings.elasticsearch_api_key
    elif settings.elasticsearch_username:
        # Encoded here: the client would write ASCII, and end at an umlaut.
        options["basic_auth"] = basic_auth(
            settings.elasticsearch_username, settings.elasticsearch_password
        )
    context = _elasticsearch_context(settings)
    if context is not None:
        options["ssl_context"] = context
    return Elasticsearch(settings.elasticsearch_url, **options)


def basic_auth(user: str | None, password: str | None) -> str:
    """Both as HTTP's Basic scheme sends them (RFC 7617), in UTF-8."""
    return base64.b64encode(f"{user or ''}:{password or ''}".encode()).decode()


def elasticsearch_silent(error: Exception, what: str) -> Unavailable:
    """What to raise where Elasticsearch gave no answer, or what answers is none. what: that was
    under way."""
    from dateline import refusals
    from dateline.answers import Foreign

    if isinstance(error, Foreign):
        return elasticsearch_foreign(error.message, what)
    if refusals.speaks_no_http(error):
        return elasticsearch_foreign("an answer that is no HTTP", what)
    return _silent(
        "Elasticsearch",
        refusals.of_elasticsearch(error),
        error,
        during=f": {what}",
        remedy="see `dateline status`; start it, or correct elasticsearch_url (https:// where it "
        "speaks TLS; its HTTP port, since others, Kafka's too, hang up).",
    )


def elasticsearch_foreign(found: str, what: str) -> Unavailable:
    """What to raise where the answer is none of Elasticsearch's."""
    return Unavailable(
        f"what answers is no Elasticsearch, or a broken one: {what}",
        found=found,
        expected="an answer of Elasticsearch's",
        remedy="correct elasticsearch_url (scheme, port and path), or see what stands in front of "
        "it.",
    )


def elasticsearch_told(told: Any, shape: type[T], what: str) -> T:
    """An answer in the shape that it is read in. what: that was under way.

    Raises Unavailable where it has another.
    """
    try:
        return msgspec.convert(told, shape)
    except msgspec.ValidationError as error:
        raise elasticsearch_foreign(str(error), what) from error


def elasticsearch_refuses(error: Exception, what: str) -> Unavailable:
    """What to raise where it does not know who asks (status 401)."""
    return Unavailable(
        f"Elasticsearch does not let us in: {what}",
        found=str(error)[:500],
        remedy="correct elasticsearch_api_key, or elasticsearch_username and "
        "elasticsearch_password; where both are set, the key counts.",
    )
