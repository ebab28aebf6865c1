"""The embedded servers start, stop, keep their data, and never outlive who started them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from elasticsearch import Elasticsearch
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic

from dateline.embedded import (
    DataDirInUse,
    EmbeddedError,
    EmbeddedStack,
    PortTaken,
    Servers,
    read_servers,
    run_detached,
    stop_servers,
)
from dateline.embedded.home import ensure_home
from dateline.embedded.jars import jars_of
from dateline.embedded.java_runtime import find_java

TOPIC = "kept"

#: A process that runs the servers and does nothing else, as ``dateline up`` does.
PARENT = """
import sys
from pathlib import Path
from dateline.embedded import run_foreground
run_foreground(Path(sys.argv[1]), on_up=lambda stack: print("up", flush=True))
"""

#: A main class on the leash whose shutdown never ends.
HANGING = """
package dateline.server;

public final class Hanging {
  public static void main(String[] args) throws Exception {
    Leash.attach(Long.parseLong(args[0]));
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      while (true) {
        Thread.onSpinWait();
      }
    }));
    System.out.println("up");
    new java.util.concurrent.CountDownLatch(1).await();
  }
}
"""


def until(holds: Callable[[], object], seconds: float) -> float:
    """Waits for it, and says how long it took."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s"
        time.sleep(0.1)
    return time.monotonic() - began


def javas_of(data_dir: Path) -> list[int]:
    """Live java processes that work in this folder."""
    found = []
    for process in psutil.process_iter(["name", "status"]):
        if process.info["name"] != "java" or process.info["status"] == psutil.STATUS_ZOMBIE:
            continue
        try:
            if Path(process.cwd()).is_relative_to(data_dir):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def write_to(stack: EmbeddedStack | Servers, number: int) -> None:
    """One record and one document, each confirmed."""
    producer = KafkaProducer(bootstrap_servers=stack.kafka_bootstrap, acks="all")
    producer.send(TOPIC, str(number).encode()).get(timeout=30)
    producer.close()
    with Elasticsearch(stack.elasticsearch_url) as client:
        client.index(index=TOPIC, id=str(number), document={"number": number})


def read_from(stack: EmbeddedStack | Servers) -> tuple[list[int], list[int]]:
    """The numbers in the topic and those in the index."""
    consumer = KafkaConsumer(bootstrap_servers=stack.kafka_bootstrap)
    partition = TopicPartition(TOPIC, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    records: list[int] = []
    deadline = time.monotonic() + 30
    while len(records) < end and time.monotonic() < deadline:
        for batch in consumer.poll(timeout_ms=500).values():
            records += [int(record.value) for record in batch]
    consumer.close()
    with Elasticsearch(stack.elasticsearch_url) as client:
        client.indices.refresh(index=TOPIC)
        hits = client.search(index=TOPIC, sort="number", size=100)["hits"]["hits"]
    return records, [hit["_source"]["number"] for hit in hits]


def create_in(stack: EmbeddedStack | Servers) -> None:
    admin = KafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    admin.create_topics([NewTopic(TOPIC, num_partitions=1, replication_factor=1)])
    admin.close()
    with Elasticsearch(stack.elasticsearch_url) as client:
        client.indices.create(index=TOPIC, settings={"number_of_replicas": 0})


@pytest.fixture
def parent(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Starts a process that runs the servers on ``tmp_path``; returns when they are up."""
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
    until(lambda: not javas_of(tmp_path), 15)


def test_start_stop_and_start_again_in_the_same_place(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    stack = EmbeddedStack(tmp_path)
    stack.start()
    first = (stack.kafka_bootstrap, stack.elasticsearch_url)
    try:
        servers = read_servers(tmp_path)
        assert servers is not None
        assert servers.pid == os.getpid()
        assert (servers.kafka_bootstrap, servers.elasticsearch_url) == first
        assert {servers.kafka.pid, servers.elasticsearch.pid} == set(javas_of(tmp_path))
        create_in(stack)
        write_to(stack, 1)
    finally:
        began = time.monotonic()
        stack.stop()
    # The one length of time that is itself a promise: `up` ends within 15 s.
    assert time.monotonic() - began < 15
    assert javas_of(tmp_path) == []
    assert read_servers(tmp_path) is None
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "elasticsearch",
        "kafka",
        "lock",
        "notes.txt",
        "ports.json",
    ]

    with EmbeddedStack(tmp_path) as again:
        # Who was connected finds them again.
        assert (again.kafka_bootstrap, again.elasticsearch_url) == first
        assert read_from(again) == ([1], [1])

    said: list[str] = []
    port = int(first[0].rpartition(":")[2])
    with (
        socket.create_server(("127.0.0.1", port)),
        EmbeddedStack(tmp_path, report=said.append) as elsewhere,
    ):
        assert elsewhere.kafka_bootstrap != first[0]
        assert elsewhere.elasticsearch_url == first[1]
        assert read_from(elsewhere) == ([1], [1])
    assert [
        line for line in said if f"kafka gets another port: python (process {os.getpid()})" in line
    ]


def test_data_survives_a_kill_of_each_server(tmp_path: Path) -> None:
    with EmbeddedStack(tmp_path) as stack:
        addresses = (stack.kafka_bootstrap, stack.elasticsearch_url)
        create_in(stack)
        write_to(stack, 1)
        stack.kill_kafka()
        assert stack.poll() is None
        stack.start_kafka()
        write_to(stack, 2)
        stack.kill_elasticsearch()
        stack.start_elasticsearch()
        assert (stack.kafka_bootstrap, stack.elasticsearch_url) == addresses
        assert read_from(stack) == ([1, 2], [1, 2])

        servers = read_servers(tmp_path)
        assert servers is not None
        assert {servers.kafka.pid, servers.elasticsearch.pid} == set(javas_of(tmp_path))

        os.kill(servers.kafka.pid, signal.SIGKILL)
        until(lambda: stack.poll() is not None, 5)
        death = stack.poll()
        assert death is not None
        assert death.what == "kafka ended by itself (signal 9)"
        assert read_servers(tmp_path) is None


def test_a_killed_parent_leaves_no_server_and_loses_no_data(
    tmp_path: Path, parent: Callable[[], subprocess.Popen[str]]
) -> None:
    process = parent()
    servers = read_servers(tmp_path)
    assert servers is not None
    create_in(servers)
    write_to(servers, 1)
    process.send_signal(signal.SIGKILL)
    assert read_servers(tmp_path) is None or process.poll() is None

    # At once, while the servers still die: the next one waits for them.
    with EmbeddedStack(tmp_path) as stack:
        assert not {servers.kafka.pid, servers.elasticsearch.pid} & set(javas_of(tmp_path))
        assert read_from(stack) == ([1], [1])


def test_a_parent_killed_while_it_starts_leaves_no_server(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)])
    until(lambda: len(javas_of(tmp_path)) == 2, 30)
    process.kill()
    process.wait()
    until(lambda: not javas_of(tmp_path), 12)


def test_a_pipe_that_somebody_inherited_keeps_no_server(
    tmp_path: Path, parent: Callable[[], subprocess.Popen[str]]
) -> None:
    """A child that the parent forked holds the pipe open, so it does not close with the parent."""
    process = parent()
    servers = read_servers(tmp_path)
    assert servers is not None
    pipe = Path(f"/proc/{servers.kafka.pid}/fd/0")
    if not pipe.exists():
        pytest.skip("needs /proc")
    inherited = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        process.kill()
        process.wait()
        until(lambda: not javas_of(tmp_path), 12)
    finally:
        os.close(inherited)


def test_a_shutdown_that_hangs_is_cut_off(tmp_path: Path) -> None:
    source = tmp_path / "dateline" / "server" / "Hanging.java"
    source.parent.mkdir(parents=True)
    source.write_text(HANGING)
    java = str(find_java().executable)
    classes = ensure_home().elasticsearch_class_path
    compiler = jars_of("compiler")[0].path
    compiling = [java, "-cp", str(compiler), "org.eclipse.jdt.internal.compiler.batch.Main"]
    subprocess.run(
        [*compiling, "-source", "21", "-target", "21", "-nowarn", "-cp", classes, str(source)],
        check=True,
    )
    hanging = subprocess.Popen(
        [java, "-cp", f"{classes}:{tmp_path}", "dateline.server.Hanging", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert hanging.stdin is not None
    assert hanging.stdout is not None
    assert hanging.stdout.readline() == b"up\n"
    hanging.stdin.close()
    assert hanging.wait(12) == 75
    hanging.stdout.close()


def test_sigterm_ends_all_within_fifteen_seconds(
    tmp_path: Path, parent: Callable[[], subprocess.Popen[str]]
) -> None:
    process = parent()
    process.terminate()
    assert process.wait(15) == 0
    assert javas_of(tmp_path) == []
    assert not (tmp_path / "servers.json").exists()


def test_two_stacks_at_once_and_one_folder_only_once(tmp_path: Path) -> None:
    with EmbeddedStack(tmp_path / "a") as one, EmbeddedStack(tmp_path / "b") as other:
        create_in(one)
        create_in(other)
        write_to(one, 1)
        write_to(other, 2)
        assert read_from(one) == ([1], [1])
        assert read_from(other) == ([2], [2])
        with pytest.raises(DataDirInUse, match=f"process {os.getpid()}"):
            EmbeddedStack(tmp_path / "a").start()
        port = int(one.kafka_bootstrap.rpartition(":")[2])
        with pytest.raises(PortTaken, match=f"port {port}, given for kafka, is taken"):
            EmbeddedStack(tmp_path / "c", kafka_port=port).start()


def test_detached_servers_run_until_they_are_stopped(tmp_path: Path) -> None:
    data_dir = tmp_path / "with space, comma, ünlaut"
    servers = run_detached(data_dir, report=lambda _: None)
    try:
        assert servers == read_servers(data_dir)
        assert servers.pid != os.getpid()
        assert os.getsid(servers.pid) == servers.pid
        create_in(servers)
        write_to(servers, 1)
        assert read_from(servers) == ([1], [1])
        with pytest.raises(EmbeddedError, match=f"process {servers.pid}"):
            run_detached(data_dir, report=lambda _: None)
    finally:
        assert stop_servers(data_dir) is True
    assert stop_servers(data_dir) is False
    assert javas_of(data_dir) == []


def test_the_record_is_plain_json(tmp_path: Path) -> None:
    with EmbeddedStack(tmp_path) as stack:
        record = json.loads((tmp_path / "servers.json").read_text(encoding="utf-8"))
        assert record["kafka"]["address"] == stack.kafka_bootstrap
        assert record["elasticsearch"]["address"] == stack.elasticsearch_url
        assert record["pid"] == os.getpid()
