"""Whatever goes wrong in a command ends in one message and the contract's exit status."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from dateline import cli
from dateline.cli import run_command
from dateline.cli.output import Progress, plain


@pytest.mark.parametrize("since", ["99999999d", "yesterday", "2026-13-01", ""])
def test_a_time_that_cannot_be_read_is_wrong_usage(
    since: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DATELINE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
    assert run_command(["search", "*", "--since", since]) == 2
    assert "--since" in capsys.readouterr().err


def _elasticsearch() -> Exception:
    from elastic_transport import ConnectionError as Gone

    return Gone("connection refused")


def _kafka() -> Exception:
    from kafka.errors import KafkaConnectionError

    gone: Exception = KafkaConnectionError("broker gone")
    return gone


@pytest.mark.parametrize("error", [_elasticsearch, _kafka])
def test_a_server_that_goes_away_in_the_middle_is_status_3(
    error: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_given: object, **_named: object) -> None:
        assert callable(error)
        raise error()

    monkeypatch.setattr(cli.cli, "main", fails)
    assert run_command(["status"]) == 3
    said = capsys.readouterr().err
    assert "dateline status" in said and "Traceback" not in said


def test_a_bug_of_ours_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_given: object, **_named: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli.cli, "main", fails)
    with pytest.raises(ZeroDivisionError):
        run_command(["status"])


_PRINTING = ("models list", "models list --json", "--help", "run --help")


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", _PRINTING)
def test_a_reader_that_has_seen_enough_is_no_failure(command: str, unbuffered: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "dateline", *command.split()],
            stdout=writing,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", _PRINTING)
def test_a_full_disk_under_standard_output_is_one_message(command: str, unbuffered: str) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "dateline", *command.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.decode().startswith("dateline: standard output cannot be written; found ")
    assert ended.stderr.count(b"\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_messages_that_nobody_can_read_change_no_status() -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "dateline", "status", "--kafka", "no address"],
            stderr=full,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 2


def test_text_of_others_is_shown_and_not_obeyed() -> None:
    assert plain("Köln – 5\u202f% »so« 👩‍🚒") == "Köln – 5\u202f% »so« 👩‍🚒"
    assert plain("a\x1b[2Jb\nc\x9b\x7f") == r"a\x1b[2Jb\nc\x9b\x7f"
    assert plain("evil\u202egpj.exe \ud800") == r"evil\u202egpj.exe \ud800"
    assert plain("a" * 10**7, 5) == "aaaa…"
    assert plain("\x1b" * 5, 5) == "\\x1b…"
    assert plain("fünf.", 5) == "fünf."
    assert plain(7) == "7"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_error(closed: str) -> None:
    for command in ("models list", "models list --json", "--help"):
        line = f'exec "$0" -m dateline {command} {closed}'
        ended = subprocess.run(
            ["/bin/sh", "-c", line, sys.executable], capture_output=True, timeout=60, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b"")


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_beside_a_terminal_is_told_now_and_then_and_only_as_news(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = _Clock()
    progress = Progress(terminal=False, every=30, clock=clock)
    for seconds, line in ((29, "1 waiting"), (1, "2 waiting"), (29, "3 waiting"), (1, "3 waiting")):
        clock.now += seconds
        progress.show(line)
    clock.now += 300
    progress.show("3 waiting")
    progress.end()
    assert capsys.readouterr().err == "2 waiting\n3 waiting\n"


def test_progress_on_a_terminal_is_one_line_written_over(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = Progress(terminal=True, clock=_Clock())
    for line in ("1 waiting", "2 waiting", "2 waiting"):
        progress.show(line)
    progress.end()
    erase = "\r\x1b[K"
    assert capsys.readouterr().err == f"{erase}1 waiting\r{erase}2 waiting\r{erase}"


def test_every_command_has_a_help_page(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.COMMANDS:
        assert run_command([name, "--help"]) == 0
        command = cli.cli.get_command(click.Context(cli.cli), name)
        assert command is not None and command.help
    assert "Traceback" not in capsys.readouterr().err
