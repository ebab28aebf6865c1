"""Whatever goes wrong in a command ends in one message and the contract's exit status."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from dateline import cli
from dateline.cli import run_command


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


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams_are_no_error(closed: str) -> None:
    for command in ("models list", "models list --json", "--help"):
        line = f'exec "$0" -m dateline {command} {closed}'
        ended = subprocess.run(
            ["/bin/sh", "-c", line, sys.executable], capture_output=True, timeout=60, check=False
        )
        assert (ended.returncode, ended.stderr) == (0, b"")


def test_every_command_has_a_help_page(capsys: pytest.CaptureFixture[str]) -> None:
    for name in cli.COMMANDS:
        assert run_command([name, "--help"]) == 0
        command = cli.cli.get_command(click.Context(cli.cli), name)
        assert command is not None and command.help
    assert "Traceback" not in capsys.readouterr().err
