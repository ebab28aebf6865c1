"""The broker's settings in docker-compose.yml, in the real broker: it starts and asks for a
password.

The image turns the environment into a configuration with a class that is part of Kafka itself
(`kafka.docker.KafkaDockerWrapper`), so the same class does it here. Only addresses and folders
differ, since there is no network of containers.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from dateline.connections import kafka_admin, kafka_options
from dateline.embedded.jars import jars_of
from dateline.embedded.java_runtime import find_java
from dateline.errors import Unavailable
from dateline.settings import Settings, load
from dateline.topics import ensure_topics
from deploy import make_env

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60.0
pytestmark = pytest.mark.servers


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]
    finally:
        for one in sockets:
            one.close()


def filled(value: str, env: dict[str, str]) -> str:
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda match: env[match[1]], value)


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    lines = make_env.content().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, env: dict[str, str]
) -> Iterator[tuple[str, str]]:
    """Addresses of the listener with a password and of the local one."""
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    folder = tmp_path_factory.mktemp("compose-kafka")
    client, local, controller = free_ports(3)
    environ = {
        name: filled(value, env)
        .replace("kafka:9092", f"127.0.0.1:{client}")
        .replace("0.0.0.0:9092", f"127.0.0.1:{client}")
        .replace("127.0.0.1:9091", f"127.0.0.1:{local}")
        .replace("127.0.0.1:9093", f"127.0.0.1:{controller}")
        .replace("/var/lib/kafka/data", str(folder / "data"))
        for name, value in compose["services"]["kafka"]["environment"].items()
    }
    for name in ("default", "mounted", "final"):
        (folder / name).mkdir()
    (folder / "final" / "server.properties").touch()
    java = find_java()
    assert java is not None
    java_call = [
        *(str(java.executable), "-Xmx512m", "-XX:+UseSerialGC", "-cp"),
        os.pathsep.join(str(jar.path) for jar in jars_of("kafka")),
    ]
    log = folder / "log"
    with log.open("wb") as output:
        subprocess.run(
            [*java_call, "kafka.docker.KafkaDockerWrapper", "setup"]
            + [f"--{name}-configs-dir={folder / name}" for name in ("default", "mounted", "final")],
            env=environ,
            stdout=output,
            stderr=output,
            check=True,
            timeout=DEADLINE,
        )
        server = subprocess.Popen(
            [*java_call, "kafka.Kafka", str(folder / "final" / "server.properties")],
            stdout=output,
            stderr=output,
            stdin=subprocess.DEVNULL,
        )
    try:
        until = time.monotonic() + DEADLINE
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", client)) == 0:
                    break
            alive = server.poll() is None and time.monotonic() < until
            assert alive, log.read_text("utf-8", "replace")[-3000:]
            time.sleep(0.1)
        yield f"127.0.0.1:{client}", f"127.0.0.1:{local}"
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def stage(broker: tuple[str, str], env: dict[str, str]) -> Settings:
    """The settings that a stage gets, but for the address."""
    compose: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    environ = compose["services"]["producer"]["environment"]
    given = load(environ={key: filled(value, env) for key, value in environ.items()}, folder=ROOT)
    return msgspec.structs.replace(given, kafka_bootstrap_servers=broker[0])


def test_a_stage_gets_in_and_finds_its_topics_possible(stage: Settings) -> None:
    from kafka import KafkaProducer

    with kafka_admin(stage) as admin:
        topics = ensure_topics(admin, stage)
        assert topics.raw in set(admin.list_topics())
    with KafkaProducer(**kafka_options(stage)) as producer:
        sent = producer.send(topics.raw, key=b"k", value=b"a story").get(timeout=30)
    assert sent.offset == 0


@pytest.mark.parametrize(
    "changed",
    [
        {"kafka_sasl_password": "guessed"},
        {"kafka_sasl_username": "admin"},
        {"kafka_security_protocol": "PLAINTEXT", "kafka_sasl_mechanism": None},
    ],
    ids=["another password", "another user", "no password"],
)
def test_nobody_else_gets_in(stage: Settings, changed: dict[str, Any]) -> None:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    other = msgspec.structs.replace(stage, **changed)
    options = {**kafka_options(other), "request_timeout_ms": 4000, "bootstrap_timeout_ms": 4000}
    with pytest.raises((KafkaError, Unavailable)), KafkaAdminClient(**options) as admin:
        admin.list_topics()


def test_the_health_check_s_listener_answers(broker: tuple[str, str]) -> None:
    local = msgspec.structs.replace(Settings(), kafka_bootstrap_servers=broker[1])
    with kafka_admin(local) as admin:
        admin.list_topics()
