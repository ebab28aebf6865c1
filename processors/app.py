"""The Faust app: who it is, how it talks to Kafka, and which of its habits are off.

Faust is imported when an app is made: the name of the consumer group alone is asked for by
commands that must start at once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from dateline.connections import ssl_context
from dateline.errors import UsageError
from dateline.selection import Chosen
from dateline.settings import Settings
from dateline.topics import CODEC, OVERHEAD, Topics, max_record_bytes

if TYPE_CHECKING:
    import faust

#: Seconds until the producer gives up a record and says so (Faust's default is 20 minutes). The
#: stage then sends it again, so this only bounds how long an outage goes unnoticed.
PRODUCER_TIMEOUT = 30.0
#: Seconds between commits: what a crash repeats, and how late `run --once` sees the end.
COMMIT_INTERVAL = 0.5
#: Seconds between two looks for brokers of which none answers.
BROKERS_AWAY = 0.5
#: Seconds that a batch is waited for when records come one by one.
GATHER = 0.05
BATCH_BYTES = 256 * 1024

Accept = Callable[[Sequence[Any]], Awaitable[None]]


def group_of(settings: Settings, generation: int | None = None) -> str:
    """The consumer group: one for live articles, one for each replay into a generation."""
    if generation is None:
        return f"{settings.topic_prefix}dateline-process"
    return f"{settings.topic_prefix}dateline-replay-{generation:06d}"


def make_app(
    settings: Settings,
    accept: Accept,
    *,
    generation: int | None = None,
    gaps: set[Any],
    chosen: Chosen | None = None,
) -> faust.App:
    """An app with one agent that hands batches of raw events to ``accept``.

    ``accept`` must not raise: an exception in an agent would pass its events by. Nothing is
    committed but what is given to ``app.consumer.confirm`` (see `processors.confirmed`, also for
    ``gaps`` and ``chosen``). Must be called in a running event loop.
    """
    import faust

    from processors.confirmed import ConfirmedTransport

    # The consumer is a service of Faust's too, and tells of its life as those do. What aiokafka
    # has to say of an outage, many times a second, the stage says once.
    levels = dict.fromkeys(("faust", "mode", "processors.confirmed"), logging.WARNING)
    for name, level in {**levels, "aiokafka": logging.CRITICAL}.items():
        logger = logging.getLogger(name)
        if logger.level == logging.NOTSET:
            # At ``debug``, too: that is for following articles, and these say much of none.
            logger.setLevel(level)
    _look_for_brokers_with_patience()

    topics = Topics.of(settings)
    group = group_of(settings, generation)
    largest = max_record_bytes(settings) + OVERHEAD
    folder = settings.data_path / "faust" / group
    folder.parent.mkdir(parents=True, exist_ok=True)
    app = faust.App(
        group,
        broker=[f"kafka://{address.strip()}" for address in _addresses(settings)],
        broker_credentials=_credentials(settings),
        broker_client_id="dateline-process",
        broker_commit_interval=COMMIT_INTERVAL,
        broker_session_timeout=settings.session_timeout,
        broker_heartbeat_interval=settings.session_timeout / 3,
        broker_rebalance_timeout=max(30.0, settings.session_timeout),
        broker_request_timeout=max(40.0, settings.session_timeout + 10),
        consumer_auto_offset_reset="earliest",
        producer_acks=-1,
        producer_compression_type=CODEC,
        producer_max_request_size=largest,
        producer_max_batch_size=BATCH_BYTES,
        producer_request_timeout=PRODUCER_TIMEOUT,
        stream_buffer_maxsize=settings.nlp_batch * settings.nlp_in_flight,
        # An event in work would hang it at the end: it has no timeout.
        stream_wait_empty=False,
        # A web server on one fixed port: the second worker on a host would not start.
        web_enabled=False,
        # Topics are made and checked by dateline.topics; Faust would make them with its defaults.
        topic_allow_declare=False,
        topic_disable_leader=True,
        datadir=str(folder),
        store="memory://",
        autodiscover=False,
    )
    transport = ConfirmedTransport(app.conf.broker_consumer, app)
    transport.gaps = gaps
    transport.chosen = chosen
    app.transport = transport
    raw = app.topic(
        topics.raw,
        key_type=bytes,
        value_type=bytes,
        # A value that Faust decodes and cannot is passed by: so it gets to decode nothing.
        key_serializer="raw",
        value_serializer="raw",
    )

    async def enrich(stream: Any) -> AsyncIterator[None]:
        # take() would acknowledge its batch whatever became of it.
        async for events in stream.noack_take(settings.nlp_batch, within=GATHER):
            await accept(events)
            yield None

    # More than one at a time would finish out of order.
    app.agent(raw, name=f"{group}-enrich", concurrency=1)(enrich)
    return app


def _look_for_brokers_with_patience() -> None:
    """aiokafka 0.14 looks for the brokers again at once when it found none.

    In an outage that took a whole core. So each look in vain is followed by a pause.
    """
    from aiokafka.client import AIOKafkaClient

    look = AIOKafkaClient._metadata_update
    if getattr(look, "patient", False):
        return

    async def patient(self: Any, *given: Any) -> Any:
        updated = await look(self, *given)
        if not updated:
            await asyncio.sleep(BROKERS_AWAY)
        return updated

    patient.patient = True  # type: ignore[attr-defined]
    AIOKafkaClient._metadata_update = patient


def outputs(app: faust.App, settings: Settings) -> dict[str, Any]:
    """The topics that results go to, by the short names of `processors.work.Output`."""
    topics = Topics.of(settings)
    return {
        name: app.topic(
            getattr(topics, name),
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
        )
        for name in ("enriched", "dead", "skipped")
    }


def _addresses(settings: Settings) -> list[str]:
    if not settings.kafka_bootstrap_servers:
        raise UsageError("no Kafka address", remedy="set DATELINE_KAFKA_BOOTSTRAP_SERVERS.")
    return settings.kafka_bootstrap_servers.split(",")


def _credentials(settings: Settings) -> Any:
    """TLS and user as Faust wants them; None for neither."""
    protocol = settings.kafka_security_protocol
    if protocol == "PLAINTEXT":
        return None
    import faust

    context = ssl_context(settings)
    if protocol == "SSL":
        return faust.SSLCredentials(context)
    return faust.SASLCredentials(
        username=settings.kafka_sasl_username,
        password=settings.kafka_sasl_password,
        mechanism=settings.kafka_sasl_mechanism or "PLAIN",
        ssl_context=context,
    )
