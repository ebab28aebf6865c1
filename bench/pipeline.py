"""The stages as processes, paused while a load is laid before them, then timed until searchable."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import psutil

from dateline.cli.supervisor import Stage
from dateline.connections import elasticsearch_client, kafka_admin, kafka_options
from dateline.embedded import EmbeddedStack
from dateline.identity import partition_of, raw_key
from dateline.records import Position, RawDocument, sha256, utc_now
from dateline.settings import PREFIX, Settings, as_environment
from dateline.topics import CODEC, Topics, ensure_topics

_POLL = 0.05


def settings_for(stack: EmbeddedStack, data_dir: str, processes: int) -> Settings:
    """Settings with topics and indices of their own."""
    unique = uuid.uuid4().hex[:6]
    return msgspec.structs.replace(
        Settings(),
        kafka_bootstrap_servers=stack.kafka_bootstrap,
        elasticsearch_url=stack.elasticsearch_url,
        data_dir=data_dir,
        topic_prefix=f"bench{unique}.",
        index_prefix=f"bench{unique}-",
        nlp_processes=processes,
        log_level="warning",
    )


def producer(settings: Settings) -> Any:
    """A plain kafka-python producer with the stages' codec."""
    from kafka import KafkaProducer

    return KafkaProducer(
        **kafka_options(settings), compression_type=CODEC, linger_ms=5, batch_size=1 << 18
    )


def publish_raw(settings: Settings, documents: Sequence[bytes], to: Any) -> list[Position]:
    """Lay documents into the raw topic as `dateline produce` does; returns where they lie."""
    topic = Topics.of(settings).raw
    sent = []
    for number, value in enumerate(documents):
        identity = msgspec.json.decode(value)["uri"]
        digest = sha256(value)
        document = RawDocument(
            value=value,
            feed="bench",
            format="ninjs",
            location=f"bench:{number}",
            received=utc_now(),
            sha256=digest,
        )
        sent.append(
            to.send(
                topic,
                value=value,
                key=raw_key(identity, digest),
                headers=document.headers(),
                partition=partition_of(identity, settings.topic_partitions),
            )
        )
    to.flush()
    told = [future.get(60) for future in sent]
    return [Position(topic, one.partition, one.offset) for one in told]


@contextmanager
def stages(settings: Settings, *names: str, module: str = "dateline") -> Iterator[dict[str, Stage]]:
    """The named stages (``process``, ``sink``) as processes, ended afterwards.

    module: one that takes the command line's arguments.
    """
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
    started = {name: Stage(name, [name], settings, module=module) for name in names}
    try:
        for stage in started.values():
            stage.start()
        yield started
    finally:
        for stage in started.values():
            stage.stop()


def environment(settings: Settings) -> dict[str, str]:
    """Of a command that obeys these settings, and none of the caller's."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
    return environ | as_environment(settings)


@contextmanager
def producing(
    settings: Settings, path: Path, *, once: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """``dateline produce PATH`` as a process; a folder is watched unless ``once``."""
    process = subprocess.Popen(
        [sys.executable, "-m", "dateline", "produce", str(path), "--format", "ninjs"]
        + ["--once"] * once,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(settings),
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def tree(stage: Stage | subprocess.Popen[bytes]) -> list[psutil.Process]:
    """A stage's process and its children."""
    if stage.pid is None:
        return []
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(stage.pid)
        return [process, *process.children(recursive=True)]
    return []


class Spent(NamedTuple):
    """Seconds of processor time: of stages themselves, and of the language processes below them."""

    own: float
    language: float

    def since(self, before: Spent) -> Spent:
        """What came since then."""
        return Spent(self.own - before.own, self.language - before.language)


def spent(stages: Iterable[Stage]) -> Spent:
    """What these stages have had until now; of a child that has ended, nothing."""
    own = language = 0.0
    for stage in stages:
        for number, process in enumerate(tree(stage)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                if number == 0:
                    own += times.user + times.system
                else:
                    language += times.user + times.system
    return Spent(own, language)


@contextmanager
def paused(stage: Stage) -> Iterator[None]:
    """Stop a stage while its load is laid before it (shorter than its session time-out)."""
    processes = tree(stage)
    for process in processes:
        process.suspend()
    try:
        yield
    finally:
        for process in processes:
            process.resume()


def reached(counted: Callable[[], int], count: float, what: str, patience: float = 600.0) -> float:
    """Wait until there are ``count``; returns the clock's time then.

    what: they have done by then. patience: seconds without one more. counted: an error of a
    server's is asked again.
    """
    from elasticsearch import ApiError, TransportError
    from kafka.errors import KafkaError

    found, moved, trouble = 0, time.perf_counter(), ""
    while time.perf_counter() < moved + patience:
        before = found
        try:
            found = counted()
        except (ApiError, TransportError, KafkaError) as error:
            trouble = f" ({error})"
        if found >= count:
            return time.perf_counter()
        if found != before:
            moved = time.perf_counter()
        time.sleep(_POLL)
    raise SystemExit(f"bench: only {found} of {count:.0f} {what}{trouble}")


def wait_searchable(settings: Settings, count: int, patience: float = 600.0) -> float:
    """Wait until a search sees ``count`` articles; returns the clock's time then."""
    alias = f"{settings.index_prefix}articles"
    with elasticsearch_client(settings) as client:
        return reached(
            lambda: int(client.count(index=alias)["count"]), count, "became searchable", patience
        )


def megabytes(processes: list[psutil.Process]) -> float:
    """What these processes have for themselves; resident memory where that is not told."""
    total = 0
    for process in processes:
        try:
            total += process.memory_full_info().uss
        except psutil.NoSuchProcess:
            continue
        except (psutil.AccessDenied, AttributeError):
            with suppress(psutil.Error):
                total += process.memory_info().rss
    return total / 1e6
