"""How the embedded Kafka is set up, and how to see that it answers."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

from .home import Home
from .ports import HOST
from .processes import Launch, write_file

NAME = "kafka"

_JVM = (
    "-Xms256m",
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
)

TEN_YEARS_IN_MINUTES = 10 * 365 * 24 * 60

#: Whatever a newspaper sends in one piece, with room.
MAX_MESSAGE_BYTES = 64 * 1024 * 1024

#: After a kill the controller refuses the broker's new life until the old one's session is over,
#: so this is nearly the whole time of a restart. Kafka's default of 9000 is for a network.
SESSION_MS = 6_000


def properties(port: int, controller_port: int) -> dict[str, str]:
    """One node, both broker and controller. Paths are relative to the server's own folder."""
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@{HOST}:{controller_port}",
        "listeners": f"PLAINTEXT://{HOST}:{port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": "data",
        "broker.session.timeout.ms": str(SESSION_MS),
        "num.recovery.threads.per.data.dir": "2",
        # Topics are made on purpose, with settings that were thought about.
        "auto.create.topics.enable": "false",
        "message.max.bytes": str(MAX_MESSAGE_BYTES),
        "replica.fetch.max.bytes": str(MAX_MESSAGE_BYTES),
        "fetch.max.bytes": str(MAX_MESSAGE_BYTES),
        # Nothing is ever thrown away unless a topic says so, and no group's position is.
        "log.retention.ms": "-1",
        "offsets.retention.minutes": str(TEN_YEARS_IN_MINUTES),
        # There is one node, so one replica.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "4",
        # Nobody else is coming: a group need not wait for more members.
        "group.initial.rebalance.delay.ms": "0",
        # The default of 128 MB would be a quarter of the heap.
        "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    }


def prepare(data_dir: Path, home: Home, run: str, port: int, controller_port: int) -> Launch:
    """Writes the configuration and says how to start."""
    folder = data_dir / NAME
    lines = (f"{key}={value}\n" for key, value in properties(port, controller_port).items())
    write_file(folder / "config" / "server.properties", "".join(lines))
    return Launch(
        name=NAME,
        folder=folder,
        run=run,
        jvm_options=(*_JVM, "-cp", home.kafka_class_path),
        main_class="dateline.server.KafkaServer",
        arguments=("config/server.properties",),
    )


def answers(port: int) -> bool:
    """Whether a broker there knows itself to be part of the cluster, and coordinates groups.

    A Metadata request (version 4, for no topics) as any client sends first: a broker that only
    listens yet, or that the controller does not let in yet, answers with no brokers. Then a
    FindCoordinator request (version 1): the first one lets a new broker make its topic of group
    positions, and groups that are joined meanwhile were seen to lose their members. Written out
    since a client library takes half a second to import and logs each refused connection.
    """
    group = b"dateline-up"
    try:
        with socket.create_connection((HOST, port), timeout=2) as connection:
            answer = _ask(connection, 3, 4, struct.pack(">i?", 0, False))
            _correlation, _throttle, brokers = struct.unpack_from(">iii", answer)
            if brokers < 1:
                return False
            asked = struct.pack(f">h{len(group)}sb", len(group), group, 0)
            answer = _ask(connection, 10, 1, asked)
            _correlation, _throttle, error = struct.unpack_from(">iih", answer)
    except (OSError, struct.error):
        return False
    return bool(error == 0)


def _ask(connection: socket.socket, key: int, version: int, body: bytes) -> bytes:
    """Raises OSError, or struct.error where the answer is cut off."""
    client = b"dateline-up"
    header = struct.pack(f">hhih{len(client)}s", key, version, 1, len(client), client)
    connection.sendall(struct.pack(">i", len(header + body)) + header + body)
    with connection.makefile("rb") as stream:
        (size,) = struct.unpack(">i", stream.read(4))
        return stream.read(min(size, 1 << 16))
