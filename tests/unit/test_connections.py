"""A client that finds no broker says so, and leaves nothing behind that goes on looking for one."""

from __future__ import annotations

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from dateline import connections
from dateline.connections import find_servers, kafka_admin, kafka_connected
from dateline.embedded.ports import free_port
from dateline.errors import Unavailable
from dateline.settings import Settings
from tests.waiting import LONG, until


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a Kafka that is not there."""
    monkeypatch.setattr(connections, "_BOOTSTRAP_MS", 300)
    address = f"127.0.0.1:{free_port()}"
    return msgspec.structs.replace(Settings(), kafka_bootstrap_servers=address)


@pytest.mark.parametrize("kind", [KafkaAdminClient, KafkaConsumer, KafkaProducer])
def test_no_thread_is_left_of_a_client_that_could_not_connect(
    kind: Callable[..., Any], nowhere: Settings
) -> None:
    before = set(threading.enumerate())
    for _ in range(3):
        with pytest.raises(KafkaError):
            kafka_connected(kind, nowhere)
    assert set(threading.enumerate()) - before == set()


@pytest.fixture
def silent(nowhere: Settings) -> Iterator[Settings]:
    """Settings of a port that accepts, and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        yield msgspec.structs.replace(nowhere, kafka_bootstrap_servers=address)


@pytest.mark.parametrize("protocol", ["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"])
def test_a_port_that_says_nothing_is_given_up(silent: Settings, protocol: str) -> None:
    settings = msgspec.structs.replace(
        silent,
        kafka_security_protocol=protocol,
        kafka_sasl_username="desk",
        kafka_sasl_password="desk's own",
    )
    before = set(threading.enumerate())
    given_up = threading.Event()

    def connect() -> None:
        with pytest.raises(KafkaError):
            kafka_connected(KafkaProducer, settings)
        given_up.set()

    threading.Thread(target=connect, daemon=True).start()
    # Which would be never; how soon, depends on how busy the machine is.
    assert given_up.wait(LONG)
    until(lambda: set(threading.enumerate()) == before)


def test_a_silent_address_does_not_take_the_time_of_the_others(nowhere: Settings) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        ports = [listening.getsockname()[1] for listening in (one, other)]
        addresses = ",".join(f"127.0.0.1:{port}" for port in ports)
        for _ in range(3):
            with pytest.raises(KafkaError):
                kafka_connected(
                    KafkaProducer,
                    msgspec.structs.replace(nowhere, kafka_bootstrap_servers=addresses),
                )
            for listening in (one, other):
                listening.settimeout(LONG)
                listening.accept()[0].close()  # each was asked, each time


def test_it_is_told_with_the_address(nowhere: Settings) -> None:
    with pytest.raises(Unavailable, match=str(nowhere.kafka_bootstrap_servers)):
        kafka_admin(nowhere)


def test_only_what_is_needed_must_have_an_address() -> None:
    nowhere = msgspec.structs.replace(Settings(), data_dir="/nowhere")
    kafka = msgspec.structs.replace(nowhere, kafka_bootstrap_servers="kafka:9092")
    search = msgspec.structs.replace(nowhere, elasticsearch_url="https://search:9200")
    assert find_servers(kafka, elasticsearch=False) == kafka
    assert find_servers(search, kafka=False) == search
    for settings, missing in ((kafka, "Elasticsearch"), (search, "Kafka")):
        with pytest.raises(Unavailable, match=f"no {missing} to talk to"):
            find_servers(settings)
    with pytest.raises(Unavailable, match="no Kafka and Elasticsearch to talk to"):
        find_servers(nowhere)


def test_checksums_in_c_are_kafkas() -> None:
    """A batch that is built with them is valid by kafka-python's own sums, and the other way
    round; one with a changed byte is not."""
    from kafka.record import default_records, util

    from dateline.connections import _checksums_in_c

    def batch() -> bytearray:
        builder = default_records.DefaultRecordBatchBuilder(2, 0, True, -1, -1, -1, 1 << 20)
        builder.append(0, 1, b"urn:example:1", "Überschwemmung".encode() * 100, [])
        return bytearray(builder.build())

    theirs = batch()
    _checksums_in_c()
    assert default_records.calc_crc32c is not util.calc_crc32c
    assert batch() == theirs
    assert default_records.DefaultRecordBatch(theirs).validate_crc()
    theirs[-1] ^= 1
    assert not default_records.DefaultRecordBatch(theirs).validate_crc()


def test_names_and_passwords_are_sent_as_utf_8(nowhere: Settings) -> None:
    own = msgspec.structs.replace(
        nowhere,
        elasticsearch_url="http://127.0.0.1:9",
        elasticsearch_username="müller",
        elasticsearch_password="日本 geheim",
    )
    with connections.elasticsearch_client(own) as client:
        sent = client._headers["authorization"]
    assert base64.b64decode(sent.removeprefix("Basic ")).decode() == "müller:日本 geheim"
