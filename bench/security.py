"""What TLS and passwords cost: the same work over Kafka's listeners, in turn, in one run.

Kafka is the real one with several listeners (`tests.secured`); each round does the same on each, so
that what else the machine does meets all of them. Elasticsearch's TLS is measured on the tests' own
gate before it, with TLS and without: the gate itself costs more than either.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline, texts
from dateline.connections import elasticsearch_client, kafka_admin, kafka_connected
from dateline.reading import read_topic
from dateline.settings import Settings
from dateline.topics import CODEC, Topics, ensure_topics
from tests.secured import API_KEY, HOST, Certificates, Gate, SecuredStack, api_key, serving

#: how each is called, and its listener with what is special about it
WAYS: dict[str, tuple[str | None, dict[str, Any]]] = {
    "plain": (None, {}),
    "TLS": ("TLS", {}),
    "SASL_SSL, SCRAM-SHA-512": ("SASL", {"kafka_sasl_mechanism": "SCRAM-SHA-512"}),
}


def measure(folder: Path, *, documents: int, stories: int, rounds: int) -> dict[str, Any]:
    """Rates over the plain listener, and the others as shares of them (medians of the rounds).

    documents: to publish and to read in a round, of some 4 kB. stories: for a round of the whole
    pipeline; 0 leaves that out.
    """
    (folder / "certificates").mkdir(parents=True)
    certificates = Certificates(folder / "certificates")
    with SecuredStack(folder / "servers", certificates) as stack:
        ways = {
            name: msgspec.structs.replace(
                stack.settings(listener, **more)
                if listener
                else msgspec.structs.replace(
                    Settings(), kafka_bootstrap_servers=stack.kafka_bootstrap
                ),
                topic_prefix="secured.",
            )
            for name, (listener, more) in WAYS.items()
        }
        found: dict[str, Any] = {"rounds": rounds, "documents": documents}
        values = texts.stories(documents, name="secured")
        found["a new client, ms"] = _each(ways, rounds, _connect, as_rate=False)
        found["publishing, documents/s"] = _each(
            ways, rounds, lambda settings: documents / _publish(settings, values)
        )
        found["reading, documents/s"] = _each(
            ways, rounds, lambda settings: documents / _read(settings, documents)
        )
        if stories:
            found["the pipeline, stories/s"] = _pipeline(ways, stack, folder, stories, rounds)
        found["bulk through the gate, documents/s"] = _bulk(
            stack, certificates, values[: documents // 4], rounds
        )
    return found


def _each(
    ways: dict[str, Settings],
    rounds: int,
    call: Callable[[Settings], float],
    *,
    as_rate: bool = True,
) -> dict[str, Any]:
    """The first way's median, and each other's as a share of it (a rate) or as it is."""
    measured: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, settings in ways.items():
            value = call(settings)
            if number:  # the first round warms up
                measured[name].append(value)
    first, *others = ways
    told: dict[str, Any] = {first: statistics.median(measured[first])}
    for name in others:
        if as_rate:
            pairs = zip(measured[name], measured[first], strict=True)
            told[f"{name}, share"] = statistics.median(one / base for one, base in pairs)
        else:
            told[name] = statistics.median(measured[name])
    return told


def _connect(settings: Settings) -> float:
    begun = time.perf_counter()
    with kafka_admin(settings):
        return (time.perf_counter() - begun) * 1000


def _publish(settings: Settings, values: list[bytes]) -> float:
    """Seconds until all are confirmed; the client is connected before."""
    from kafka import KafkaProducer

    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
    producer = kafka_connected(
        KafkaProducer, settings, compression_type=CODEC, linger_ms=5, batch_size=1 << 17
    )
    begun = time.perf_counter()
    sent = [producer.send(topics.raw, value) for value in values]
    for future in sent:
        future.get(60)
    seconds = time.perf_counter() - begun
    producer.close()
    return seconds


def _read(settings: Settings, count: int) -> float:
    """Seconds from the first of ``count`` records to the last: a client's start is told apart."""
    share = count // settings.topic_partitions
    until = dict.fromkeys(range(settings.topic_partitions), share)
    records = read_topic(settings, Topics.of(settings).raw, until)
    next(records)
    begun = time.perf_counter()
    for _record in records:
        pass
    return time.perf_counter() - begun


def _pipeline(
    ways: dict[str, Settings], stack: SecuredStack, folder: Path, stories: int, rounds: int
) -> dict[str, Any]:
    """From the raw topic to searchable with one spaCy process."""
    measured: dict[str, list[float]] = {"plain": [], "SASL_SSL, SCRAM-SHA-512": []}
    with ExitStack() as open_ones:
        running: dict[str, tuple[Settings, Any, Any, int]] = {}
        for name in measured:
            settings = msgspec.structs.replace(
                pipeline.settings_for(stack, str(folder / name[:4]), 1),
                **{
                    key: getattr(ways[name], key)
                    for key in Settings.__struct_fields__
                    if key.startswith("kafka_")
                },
            )
            stages = open_ones.enter_context(pipeline.stages(settings, "process", "sink"))
            sender = open_ones.enter_context(pipeline.producer(settings))
            running[name] = (settings, stages, sender, 0)
        for number in range(rounds + 1):
            for name, (settings, stages, sender, total) in running.items():
                documents = texts.stories(stories, name=f"{name}{number}")
                with pipeline.paused(stages["process"]):
                    pipeline.publish_raw(settings, documents, sender)
                    begun = time.perf_counter()
                total += stories
                seconds = pipeline.wait_searchable(settings, total) - begun
                running[name] = (settings, stages, sender, total)
                if number:
                    measured[name].append(stories / seconds)
    plain, secured = measured.values()
    shares = [one / base for one, base in zip(secured, plain, strict=True)]
    return {"plain": statistics.median(plain), "SASL_SSL, share": statistics.median(shares)}


def _bulk(
    stack: SecuredStack, certificates: Certificates, values: list[bytes], rounds: int
) -> dict[str, Any]:
    known = {api_key(): None}
    certificate = certificates.server("elasticsearch", HOST)
    lines = b"".join(b'{"index":{}}\n' + value + b"\n" for value in values)
    headers = {
        "accept": "application/vnd.elasticsearch+json; compatible-with=9",
        "content-type": "application/vnd.elasticsearch+x-ndjson; compatible-with=9",
    }
    with ExitStack() as open_ones:
        clients: dict[str, Any] = {}
        for name, tls in (("plain", None), ("TLS", certificate)):
            gate = open_ones.enter_context(serving(Gate(stack.elasticsearch_url, tls, known)))
            settings = msgspec.structs.replace(
                Settings(),
                elasticsearch_url=gate.url,
                elasticsearch_ca_certs=certificates.authority if tls else None,
                elasticsearch_api_key=API_KEY,
            )
            clients[name] = open_ones.enter_context(elasticsearch_client(settings))
        clients["plain"].indices.create(index="bench-secured", mappings={"enabled": False})
        measured: dict[str, list[float]] = {name: [] for name in clients}
        for number in range(rounds + 1):
            for name, client in clients.items():
                begun = time.perf_counter()
                client.perform_request("POST", "/bench-secured/_bulk", headers=headers, body=lines)
                if number:
                    measured[name].append(len(values) / (time.perf_counter() - begun))
        clients["plain"].indices.delete(index="bench-secured")
    shares = [one / base for one, base in zip(measured["TLS"], measured["plain"], strict=True)]
    return {
        "plain": statistics.median(measured["plain"]),
        "TLS, share": statistics.median(shares),
    }
