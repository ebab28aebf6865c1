"""Elasticsearch goes away in mid-stream and comes back: the sink waits, tells, and goes on."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from dateline.article import Article, Provenance, encode
from dateline.connections import elasticsearch_client, kafka_admin, kafka_options
from dateline.offsets import committed, ends
from dateline.records import EnrichedHeaders, Position
from dateline.settings import Settings
from dateline.topics import ensure_topics
from dateline.versions import content_hash
from sinks import generations
from sinks.stage import run_sink

pytestmark = pytest.mark.servers

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
PATIENCE = 90.0


class Cable:
    """Forwards a port to another one, until it is pulled out."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._plugged = True
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            if not self._plugged:
                client.close()
                continue
            server = socket.create_connection(self._target)
            self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._forward, args=(source, sink), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pull(self) -> None:
        self._plugged = False
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def plug(self) -> None:
        self._plugged = True

    def close(self) -> None:
        self.pull()
        self._listener.close()


@pytest.fixture
def cable(settings: Settings) -> Iterator[Cable]:
    address = urlsplit(settings.elasticsearch_url or "")
    laid = Cable(address.hostname or "", address.port or 0)
    yield laid
    laid.close()


def articles(first: int, count: int) -> Iterator[Article]:
    for number in range(first, first + count):
        plain = Article(uri=f"urn:np:{number}", title="A", provider="np", versioncreated=T0)
        provenance = Provenance(received=T0, content=content_hash(plain))
        yield msgspec.structs.replace(plain, provenance=provenance)


def wait_until(condition: Callable[[], Any], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"in vain waited for {what}"
        time.sleep(0.05)


def test_it_waits_and_goes_on_without_losing_its_place_in_the_group(
    settings: Settings, cable: Cable
) -> None:
    from kafka import KafkaProducer

    settings = msgspec.structs.replace(settings, session_timeout=6.0, sink_batch=50)
    through = msgspec.structs.replace(settings, elasticsearch_url=f"http://127.0.0.1:{cable.port}")
    told: list[str] = []
    stop = threading.Event()
    with (
        kafka_admin(settings) as admin,
        elasticsearch_client(settings) as client,
        ThreadPoolExecutor(1) as thread,
    ):
        topics = ensure_topics(admin, settings)
        producer = KafkaProducer(**kafka_options(settings))

        def publish(first: int, count: int) -> None:
            for one in articles(first, count):
                given = EnrichedHeaders(
                    enriched=1, raw=Position("articles.raw", 0, 0), item=0, items=1
                )
                producer.send(topics.enriched, value=encode(one), headers=given.headers())
            producer.flush()

        def done() -> int:
            found = generations.list_generations(client, settings)
            if not found:
                return 0
            group = generations.group_of(settings, found[0])
            return sum(committed(admin, group, topics.enriched).values())

        try:
            publish(0, 100)
            sink = thread.submit(
                run_sink,
                through,
                stop=stop,
                rules=lambda _provider: "versioncreated",
                report=told.append,
            )
            wait_until(lambda: sink.done() or done() == 100, "the first hundred")
            cable.pull()
            publish(100, 200)
            wait_until(lambda: sink.done() or any("waits" in line for line in told), "a word")
            assert done() == 100
            # Longer than the session lasts: the group must still know the sink.
            away = time.monotonic() + 1.5 * settings.session_timeout
            wait_until(lambda: sink.done() or time.monotonic() > away, "time to pass")
            (fed,) = generations.list_generations(client, settings)
            (group,) = admin.describe_groups([generations.group_of(settings, fed)]).values()
            assert len(group["members"]) == 1
            cable.plug()
            wait_until(lambda: sink.done() or done() == 300, "the rest")
            assert any("goes on" in line for line in told)
            # ... and asked to stop while it is away again, it does so without an error.
            cable.pull()
            publish(300, 10)
            wait_until(
                lambda: sink.done() or sum("waits" in line for line in told) == 2, "a second word"
            )
            stop.set()
            sink.result(PATIENCE)
        finally:
            stop.set()
            producer.close()
        assert sum(ends(admin, topics.enriched).values()) == 310
        index = generations.index_of(settings, 1)
        client.indices.refresh(index=index)
        assert client.count(index=index)["count"] == 300
        client.indices.delete(index=index)
