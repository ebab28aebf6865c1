"""Connections to Kafka and Elasticsearch from the settings, and finding the servers.

Client libraries are imported inside the functions: `dateline --help` must start at once.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from kafka import KafkaAdminClient, KafkaProducer


T = TypeVar("T")

#: how long a client may take to find a broker
_BOOTSTRAP_MS = 10_000


def find_servers(settings: Settings) -> Settings:
    """Settings in which both addresses are set: given, or those of running embedded servers.

    Raises Unavailable (exit status 3).
    """
    if settings.kafka_bootstrap_servers and settings.elasticsearch_url:
        return settings
    from dateline.embedded import read_servers

    servers = read_servers(settings.data_path)
    if servers is None:
        missing = " and ".join(
            name
            for name, value in (
                ("Kafka", settings.kafka_bootstrap_servers),
                ("Elasticsearch", settings.elasticsearch_url),
            )
            if not value
        )
        raise Unavailable(
            f"no {missing} to talk to",
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
    """Keyword arguments that every kafka-python client takes: address, TLS, credentials."""
    if not settings.kafka_bootstrap_servers:
        raise UsageError("no Kafka address", remedy="set DATELINE_KAFKA_BOOTSTRAP_SERVERS.")
    options: dict[str, Any] = {
        "bootstrap_servers": settings.kafka_bootstrap_servers.split(","),
        "security_protocol": settings.kafka_security_protocol,
    }
    if "SSL" in settings.kafka_security_protocol.split("_"):
        options["ssl_context"] = ssl_context(settings)
    if settings.kafka_sasl_mechanism:
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
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
    made: list[Any] = []

    def client(*given: Any, **named: Any) -> Any:
        made.append(KafkaNetClient(*given, **named))
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


def ssl_context(settings: Settings) -> ssl.SSLContext:
    """For Kafka: certificates and host names are verified."""
    context = ssl.create_default_context(cafile=settings.kafka_ssl_cafile)
    if settings.kafka_ssl_certfile:
        context.load_cert_chain(settings.kafka_ssl_certfile, settings.kafka_ssl_keyfile)
    return context


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
    """What to raise where no client of Kafka could be made."""
    return Unavailable(
        f"Kafka at {settings.kafka_bootstrap_servers} does not answer",
        found=f"{type(error).__name__}: {error}",
        remedy="see `dateline status`; start it, or correct the address.",
    )


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
    """A client that does not retry by itself: whoever calls knows what may be repeated."""
    from elasticsearch import Elasticsearch

    if not settings.elasticsearch_url:
        raise UsageError("no Elasticsearch address", remedy="set DATELINE_ELASTICSEARCH_URL.")
    options: dict[str, Any] = {"request_timeout": timeout, "max_retries": 0}
    if settings.elasticsearch_api_key:
        options["api_key"] = settings.elasticsearch_api_key
    elif settings.elasticsearch_username:
        options["basic_auth"] = (
            settings.elasticsearch_username,
            settings.elasticsearch_password or "",
        )
    if settings.elasticsearch_ca_certs:
        options["ca_certs"] = settings.elasticsearch_ca_certs
    return Elasticsearch(settings.elasticsearch_url, **options)
