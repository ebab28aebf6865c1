"""Who runs servers on a folder, and what the errors about them say. No server is started."""

from __future__ import annotations

import os
import pickle
import socket
from pathlib import Path

import pytest

from dateline.embedded import (
    DataDirInUse,
    EmbeddedError,
    EmbeddedStack,
    PortTaken,
    Server,
    Servers,
    checks,
    read_servers,
    stop_servers,
)
from dateline.embedded import kafka as kafka_server
from dateline.embedded.locks import is_locked, open_lock, try_lock
from dateline.embedded.ports import free_port, is_free
from dateline.embedded.servers import write_servers


def test_a_record_of_dead_servers_is_not_believed(tmp_path: Path) -> None:
    dead = Servers(
        pid=2**22 + 1,
        run="0",
        started="2026-01-01T00:00:00+00:00",
        kafka=Server("127.0.0.1:1", 2**22 + 2, "4.3.1"),
        elasticsearch=Server("http://127.0.0.1:2", 2**22 + 3, "9.5.3"),
    )
    write_servers(tmp_path, dead)
    assert read_servers(tmp_path) is None


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"pid": 1}', "null"])
def test_a_broken_record_is_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "servers.json").write_text(content)
    assert read_servers(tmp_path) is None


def test_nothing_to_stop_is_no_error(tmp_path: Path) -> None:
    assert stop_servers(tmp_path) is False
    assert stop_servers(tmp_path / "never made") is False
    assert not (tmp_path / "never made").exists()


def test_a_folder_in_use_says_by_whom(tmp_path: Path) -> None:
    descriptor = open_lock(tmp_path / "lock")
    try:
        assert try_lock(descriptor)
        (tmp_path / "lock").write_text(str(os.getppid()))
        assert is_locked(tmp_path / "lock")
        with pytest.raises(DataDirInUse, match=str(os.getppid())):
            EmbeddedStack(tmp_path).start()
    finally:
        os.close(descriptor)
    assert not is_locked(tmp_path / "lock")


def test_a_given_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"port {port}, given for kafka"):
            EmbeddedStack(tmp_path, kafka_port=port).start()
        with pytest.raises(PortTaken, match=f"port {port}, given for elasticsearch"):
            EmbeddedStack(tmp_path, elasticsearch_port=port).start()
        assert not is_free(port)


def test_one_port_is_not_enough_for_two(tmp_path: Path) -> None:
    with pytest.raises(PortTaken, match="two different"):
        EmbeddedStack(tmp_path, kafka_port=20001, elasticsearch_port=20001).start()


def test_free_ports_are_free() -> None:
    port = free_port()
    assert is_free(port)
    assert free_port({port}) != port


def test_a_port_without_kafka_does_not_answer() -> None:
    assert not kafka_server.answers(free_port())


def test_errors_cross_processes() -> None:
    error = PortTaken("port taken", found="nginx", expected="nobody", remedy="another")
    assert str(error) == "port taken; found nginx; expected nobody. Another"
    assert str(EmbeddedError.from_json(error.as_json())) == str(error)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_every_check_that_fails_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = checks(tmp_path, kafka_port=port)
    by_name = {check.name: check for check in found}
    assert {"java", "servers", "memory", "data folder", "cache folder"} <= set(by_name)
    assert by_name[f"port {port}"].status == "fail"
    assert all(check.remedy for check in found if check.status != "ok")
    assert not list(tmp_path.iterdir())
