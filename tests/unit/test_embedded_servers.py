"""Who runs servers on a folder, and what the errors about them say. No server is started."""

from __future__ import annotations

import json
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from dateline.cli import run_command
from dateline.embedded import (
    DataDirInUse,
    EmbeddedError,
    EmbeddedStack,
    PortTaken,
    Server,
    Servers,
    checks,
    doctor,
    fetch,
    foreground,
    read_servers,
    stop_servers,
)
from dateline.embedded import kafka as kafka_server
from dateline.embedded import stack as stack_module
from dateline.embedded.errors import FetchError
from dateline.embedded.home import Home, ensure_home
from dateline.embedded.jars import cache_dir
from dateline.embedded.locks import is_locked, open_lock, try_lock
from dateline.embedded.ports import free_port, is_free, remember, remembered
from dateline.embedded.processes import Launch
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


class _Reached(Exception):
    """The start got as far as fetching: lock and ports were found in order."""


def _nothing_beyond_fetching(monkeypatch: pytest.MonkeyPatch) -> None:
    def reached(_report: object) -> None:
        raise _Reached

    monkeypatch.setattr(stack_module, "ensure_fetched", reached)


def test_a_start_waits_until_dying_servers_let_go_of_lock_and_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _nothing_beyond_fetching(monkeypatch)
    descriptor = open_lock(tmp_path / "lock")
    assert try_lock(descriptor)
    (tmp_path / "lock").write_text(str(2**22 + 1))  # whoever ran them is gone
    dying = socket.create_server(("127.0.0.1", 0))
    said: list[str] = []

    def report(line: str) -> None:
        said.append(line)
        os.close(descriptor)
        dying.close()

    port = dying.getsockname()[1]
    with pytest.raises(_Reached):
        EmbeddedStack(tmp_path, kafka_port=port, report=report).start()
    assert said == ["waiting for servers to end whose parent was killed"]
    assert not is_locked(tmp_path / "lock")


def test_a_folder_in_use_is_said_to_be_so_even_when_the_port_is_taken_too(tmp_path: Path) -> None:
    descriptor = open_lock(tmp_path / "lock")
    try:
        assert try_lock(descriptor)
        (tmp_path / "lock").write_text(str(os.getppid()))
        with socket.create_server(("127.0.0.1", 0)) as running, pytest.raises(DataDirInUse):
            EmbeddedStack(tmp_path, kafka_port=running.getsockname()[1]).start()
    finally:
        os.close(descriptor)


def test_a_full_disk_ends_a_start_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "DISK_MB", 10**12)
    _nothing_beyond_fetching(monkeypatch)
    with pytest.raises(EmbeddedError, match="data folder's disk") as refusal:
        EmbeddedStack(tmp_path).start()
    assert "MB free" in (refusal.value.found or "")
    assert "make room" in (refusal.value.remedy or "")
    assert not is_locked(tmp_path / "lock")


def test_little_memory_is_told_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "MEMORY_MB", psutil.virtual_memory().total)
    _nothing_beyond_fetching(monkeypatch)
    said: list[str] = []
    with pytest.raises(_Reached):
        EmbeddedStack(tmp_path, report=said.append).start()
    assert [line for line in said if line.startswith("warning: memory")]


class _Launched(Exception):
    """The start got as far as its first server."""


def _ports_of_a_start(
    data: Path, monkeypatch: pytest.MonkeyPatch, **given: int
) -> tuple[dict[str, int], list[str]]:
    """Which ports the servers would be started on, and what was said."""
    monkeypatch.setattr(stack_module, "ensure_fetched", lambda _report: None)
    monkeypatch.setattr(stack_module, "ensure_home", lambda _report: Home(data))
    said: list[str] = []
    stack = EmbeddedStack(data, report=said.append, **given)
    ports: dict[str, int] = {}

    def launch(_self: object, slots: list[stack_module._Slot]) -> None:
        for slot in slots:

            def prepare(*args: object, name: str = slot.name) -> Launch:
                port = args[3]
                assert isinstance(port, int)
                ports[name] = port
                raise _Launched

            slot.prepare = prepare
            with pytest.raises(_Launched):
                stack._launch(slot)
        raise _Launched

    monkeypatch.setattr(EmbeddedStack, "_bring_up", launch)
    with pytest.raises(_Launched):
        stack.start()
    return ports, [line for line in said if not line.startswith("warning")]


def test_servers_take_the_ports_they_had_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = {"kafka": free_port(), "elasticsearch": free_port()}
    remember(tmp_path, ports)
    assert _ports_of_a_start(tmp_path, monkeypatch) == (ports, [])
    # What was asked for counts, and is left to whom it was given.
    given, said = _ports_of_a_start(tmp_path, monkeypatch, kafka_port=ports["elasticsearch"])
    assert given["kafka"] == ports["elasticsearch"] != given["elasticsearch"]
    assert said == []


def test_a_port_that_is_another_s_now_is_let_go_aloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stack_module, "PORT_LINGERS_SECONDS", 0.0)
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        ports = {"kafka": free_port(), "elasticsearch": taken}
        remember(tmp_path, ports)
        chosen, said = _ports_of_a_start(tmp_path, monkeypatch)
    assert chosen["kafka"] == ports["kafka"]
    assert chosen["elasticsearch"] not in ports.values()
    assert len(said) == 1
    assert f"listens on its last one, {taken}" in said[0]


_KAFKA = (b'"1"', b"true", b"0", b"65536", b"2.5", b"null")
_BROKEN = (b"", b"{}", b"[1]", b"null", b"\xff", b"[" * 10**5)


@pytest.mark.parametrize("content", [*_BROKEN, *(b'{"kafka": %s}' % port for port in _KAFKA)])
def test_ports_that_cannot_be_read_are_forgotten(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ports.json").write_bytes(content)
    assert remembered(tmp_path, "kafka") is None
    (tmp_path / "ports.json").unlink()
    assert remembered(tmp_path, "kafka") is None


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


# A link that leads to itself cannot be read or written by anybody, root included.


def loop(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(path.name)
    return path


def test_a_cache_that_cannot_be_used_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cache = loop(tmp_path / "dateline")
    with pytest.raises(FetchError, match=str(cache)) as refusal:
        fetch.ensure_fetched(print)
    assert "XDG_CACHE_HOME" in (refusal.value.remedy or "")
    with pytest.raises(EmbeddedError, match=str(cache)):
        ensure_home()
    failed = {check.name for check in checks(tmp_path / "data") if check.status == "fail"}
    assert {"servers", "cache folder"} <= failed


def test_a_file_in_the_place_of_the_cache_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "dateline").write_text("a file")
    with pytest.raises(FetchError, match=str(tmp_path / "dateline")):
        fetch.ensure_fetched(print)
    by_name = {check.name: check for check in checks(tmp_path / "data")}
    assert by_name["servers"].status == "warn"
    assert by_name["cache folder"].status == "fail"


def test_a_whole_cache_may_be_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "absent_jars", list)
    monkeypatch.setattr(doctor, "home_dir", lambda: tmp_path)
    monkeypatch.setattr(os, "access", lambda path, _mode: path != cache_dir())
    by_name = {check.name: check for check in checks(tmp_path)}
    assert by_name["cache folder"].status == "ok"


def test_a_data_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    loop(data / "lock")
    for use in (EmbeddedStack(data).start, lambda: stop_servers(data)):
        with pytest.raises(EmbeddedError) as refusal:
            use()
        assert str(data) in str(refusal.value)
        assert "--data-dir" in (refusal.value.remedy or "")
    by_name = {check.name: check for check in checks(data)}
    assert by_name["running servers"].status == "fail"


def test_a_file_in_the_place_of_the_data_folder_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.write_text("a file")
    with pytest.raises(EmbeddedError, match=str(data)):
        EmbeddedStack(data).start()
    with pytest.raises(EmbeddedError, match=str(data)):
        foreground.run_detached(data)
    assert stop_servers(data) is False
    by_name = {check.name: check for check in checks(data)}
    assert by_name["data folder"].status == "fail"
    assert data.read_text() == "a file"


def test_a_folder_that_a_server_may_not_write_to_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As left by a start as another user: the folder is ours, what is in it is not."""
    monkeypatch.setattr(stack_module, "ensure_fetched", lambda _report: None)
    monkeypatch.setattr(stack_module, "ensure_home", lambda _report: Home(tmp_path))
    launch = Launch("kafka", tmp_path / "kafka", "run", (), "Main", ())
    (tmp_path / "kafka").mkdir()
    (tmp_path / "kafka" / "logs").write_text("in the way")
    stack = EmbeddedStack(tmp_path)
    monkeypatch.setattr(stack._kafka, "prepare", lambda *_: launch)
    with pytest.raises(EmbeddedError, match="cannot start kafka"):
        stack.start()
    assert not is_locked(tmp_path / "lock")


def test_a_detached_start_on_a_folder_in_use_leaves_its_log_alone(tmp_path: Path) -> None:
    descriptor = open_lock(tmp_path / "lock")
    try:
        assert try_lock(descriptor)
        (tmp_path / "lock").write_text(str(os.getpid()))
        (tmp_path / foreground.LOG).write_text("what the running servers said\n")
        with pytest.raises(EmbeddedError, match="in use"):
            foreground.run_detached(tmp_path, report=lambda _: None)
    finally:
        os.close(descriptor)
    log = (tmp_path / foreground.LOG).read_text(encoding="utf-8")
    assert log.startswith("what the running servers said\n")
    assert "in use" in log


def test_the_server_settings_are_no_business_of_up_and_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", "http://user:secret@example.org")
    monkeypatch.setenv("DATELINE_KAFKA_BOOTSTRAP_SERVERS", "user@example.org:9092")
    assert run_command(["down", "--data-dir", str(tmp_path)]) == 0
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DATELINE_DATA_DIR", str(tmp_path / "file"))
    assert run_command(["up"]) == 3  # got as far as the folder
    assert "secret" not in capsys.readouterr().err


def test_doctor_prints_one_json_value(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["doctor", "--json", "--data-dir", str(tmp_path)]) in (0, 1)
    plain = json.loads(capsys.readouterr().out)
    assert run_command(["doctor", "--json", "--settings", "--data-dir", str(tmp_path)]) in (0, 1)
    both = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in both["findings"]] == [one["name"] for one in plain]
    assert both["settings"]["data_dir"] == str(tmp_path)


@pytest.mark.parametrize("module", ["fetch", "foreground", "lock"])
def test_what_is_run_as_a_module_was_not_loaded_before(module: str) -> None:
    """Python warns of it, and a newcomer's first command would print the warning."""
    code = "import sys, dateline.embedded; sys.exit(sys.argv[1] in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code, f"dateline.embedded.{module}"]).returncode == 0
    )
