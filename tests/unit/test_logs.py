"""What the stages log: one event a line, followed by identity, without a secret."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from dateline.cli import output
from dateline.cli.output import log_to_stderr, tell
from dateline.logs import PACKAGES, Note, Redaction, at, step
from dateline.records import Position
from dateline.settings import SECRETS, Settings

PLACE = Position("articles.raw", 2, 17)
log = logging.getLogger("dateline.test")


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers)
    yield
    for handler in root.handlers:
        if handler not in before:
            root.removeHandler(handler)
    for package in PACKAGES:
        logging.getLogger(package).setLevel(logging.NOTSET)
    logging.captureWarnings(False)
    output.as_lines()


def begin(capsys: pytest.CaptureFixture[str], service: bool = True, **more: Any) -> None:
    capsys.readouterr()
    log_to_stderr(Settings(**more), "sink", service=service)


def events(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_a_service_without_a_terminal_writes_one_event_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin(capsys)
    log.warning("two\nlines of %s", "others")
    logging.getLogger("a.library").warning("a library speaks")
    tell("and a report")
    try:
        raise ValueError("it broke")
    except ValueError:
        log.exception("a trace")
    found = events(capsys)
    assert [one["message"] for one in found] == [
        "two\nlines of others", "a library speaks", "and a report", "a trace"
    ]  # fmt: skip
    assert {one["stage"] for one in found} == {"sink"}
    assert [one["level"] for one in found] == ["warning", "warning", "info", "error"]
    assert [one["logger"] for one in found] == [
        "dateline.test", "a.library", "dateline", "dateline.test"
    ]  # fmt: skip
    assert "ValueError: it broke" in found[-1]["exception"]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", one["time"]) for one in found)


def test_an_article_is_followed_by_its_identity(capsys: pytest.CaptureFixture[str]) -> None:
    begin(capsys, log_level="debug")
    step(log, "indexed", uri="urn:x:1", raw=PLACE, **at(PLACE), generation="1", reason=None)
    (found,) = events(capsys)
    found.pop("time")
    assert found == {
        "level": "debug",
        "logger": "dateline.test",
        "stage": "sink",
        "message": "indexed",
        "event": "indexed",
        "uri": "urn:x:1",
        "raw": "articles.raw[2]@17",
        "topic": "articles.raw",
        "partition": 2,
        "offset": 17,
        "generation": "1",
    }
    begin(capsys)
    step(log, "indexed", uri="urn:x:1")
    assert events(capsys) == []


def test_a_report_keeps_its_facts(capsys: pytest.CaptureFixture[str]) -> None:
    note = Note("refused kim.txt: odd", event="refused", raw=PLACE, line=None)
    begin(capsys)
    tell(note)
    (found,) = events(capsys)
    assert (found["message"], found["event"], found["raw"]) == (note, "refused", str(PLACE))
    assert found["level"] == "warning"
    assert "line" not in found
    begin(capsys, log_format="text")
    tell(note)
    assert capsys.readouterr().err == "refused kim.txt: odd\n"


def test_progress_is_no_warning_and_what_ends_a_command_is_an_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    begin(capsys)
    tell("reading the feeds")
    tell("dateline: Kafka does not answer", fatal=True)
    assert [event["level"] for event in events(capsys)] == ["info", "error"]


@pytest.mark.parametrize(
    ("service", "log_format", "as_json"),
    [(True, "auto", True), (False, "auto", False), (True, "text", False), (False, "json", True)],
)
def test_who_reads_it_decides_the_shape(
    service: bool, log_format: str, as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    begin(capsys, service, log_format=log_format)
    log.warning("hello")
    assert capsys.readouterr().err.startswith("{") == as_json


def test_on_a_terminal_it_is_text(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    begin(capsys, log_level="debug")
    step(log, "indexed", uri="urn:x:\x1b[2J", raw=PLACE, generation="1")
    told = "indexed  uri=urn:x:\\x1b[2J  raw=articles.raw[2]@17  generation=1\n"
    assert capsys.readouterr().err == told


def test_text_of_others_is_one_line_and_any_text_can_be_written(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    # What pytest gathers for its own report must be UTF-8 to reach it from another process.
    gathering = pytestconfig.pluginmanager.getplugin("logging-plugin")
    monkeypatch.setattr(gathering.report_handler, "emit", lambda _record: None)
    begin(capsys, log_format="text")
    log.warning("a\nb\x1b[31m")
    assert capsys.readouterr().err == "a\\nb\\x1b[31m\n"
    begin(capsys)
    log.warning("half a character \ud800", extra={"number": 2**70})
    (found,) = events(capsys)
    assert (found["message"], found["number"]) == ("half a character \ud800", 2**70)


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_no_secret_is_written_wherever_it_stands(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = 'pä"ss\\wort'
    begin(
        capsys,
        log_format=log_format,
        kafka_sasl_password=secret,
        elasticsearch_api_key="key-of-the-desk",
    )
    log.warning("with %s", secret, extra={"found": f"x{secret}y"})
    tell(f"told key-of-the-desk and https://user:word@host/path {secret}")
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("broke")
    told = capsys.readouterr().err
    for one in (secret, json.dumps(secret)[1:-1], "key-of-the-desk", "user:word", "ss\\\\wort"):
        assert one not in told, one
    assert told.count("(hidden)") >= 5
    assert "host/path" in told


def test_settings_without_secrets_hide_nothing() -> None:
    assert Redaction.of(Settings()).hide("plain text") == "plain text"
    every: dict[str, Any] = dict.fromkeys(SECRETS, "secret-value")
    hiding = Redaction.of(msgspec.structs.replace(Settings(), **every))
    assert hiding.hide("a secret-value b") == "a (hidden) b"
