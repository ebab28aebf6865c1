"""``dateline run`` keeps its stages alive, and says so when that cannot help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest
from kafka import KafkaProducer

from dateline.cli import run_command
from dateline.cli.status import gather
from dateline.connections import kafka_admin, kafka_connected
from dateline.errors import TooManyBad
from dateline.records import RawDocument, sha256, utc_now
from dateline.settings import Settings, as_environment
from dateline.topics import ensure_topics
from tests.integration.whole import ninjs, wait_for, write


class Running:
    """``dateline run`` on a folder, with what it says."""

    def __init__(self, settings: Settings, folder: Path, said: Path) -> None:
        self._said = said
        with said.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dateline", "run", str(folder)],
                env={**os.environ, **as_environment(settings)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )

    def said(self) -> str:
        return self._said.read_text(encoding="utf-8")

    def stage(self, name: str) -> psutil.Process | None:
        """The child that runs a stage now."""
        for child in psutil.Process(self.process.pid).children():
            try:
                if name in child.cmdline() and child.status() != psutil.STATUS_ZOMBIE:
                    return child
            except psutil.NoSuchProcess:
                continue
        return None


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


@pytest.fixture
def running(settings: Settings, inbox: Path, tmp_path: Path) -> Iterator[Running]:
    settings = msgspec.structs.replace(settings, breaker_window=3, breaker_share=0.5)
    started = Running(settings, inbox, tmp_path / "said")
    yield started
    if started.process.poll() is None:
        started.process.terminate()
        try:
            started.process.wait(30)
        except subprocess.TimeoutExpired:
            started.process.kill()
            started.process.wait()


def indexed(settings: Settings) -> int:
    return gather(settings)[0].documents.get("indexed", 0)


def test_a_killed_sink_is_started_again_and_ctrl_c_ends_all(
    settings: Settings, inbox: Path, running: Running
) -> None:
    write(inbox, "one.json", ninjs("urn:test:1", "Der Rat hat entschieden. Alles bleibt."))
    wait_for(lambda: indexed(settings) == 1, what="the first article", pause=1)
    first = running.stage("sink")
    assert first is not None
    first.send_signal(signal.SIGKILL)
    second = wait_for(
        lambda: (now := running.stage("sink")) is not None and now.pid != first.pid and now,
        what="another sink",
    )
    assert "the sink stage ended (signal 9); it starts again in 0." in running.said()
    write(inbox, "two.json", ninjs("urn:test:2", "Der Hafen ist offen. Die Schiffe fahren."))
    wait_for(lambda: indexed(settings) == 2, what="the second article", pause=1)
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(60) == 130
    assert not second.is_running() or second.status() == psutil.STATUS_ZOMBIE


def test_a_stage_that_refuses_too_much_ends_the_run(settings: Settings, running: Running) -> None:
    with kafka_admin(settings) as admin:
        topics = ensure_topics(admin, settings)
    nonsense = b'{"uri": "urn:test:1", }'
    document = RawDocument(
        value=nonsense,
        feed="test",
        format="ninjs",
        location="test",
        received=utc_now(),
        sha256=sha256(nonsense),
    )
    with kafka_connected(KafkaProducer, settings) as producer:
        for _ in range(10):
            producer.send(
                topics.raw, nonsense, key=b"1", headers=document.headers(), partition=0
            ).get(timeout=30)
    assert running.process.wait(120) == TooManyBad.exit_status
    assert "dateline: the processor stage stopped itself" in running.said()
    # At most the first few were buried, where they came one by one: what the stage did not pass
    # waits for whoever mends the cause.
    facts, _ = gather(settings)
    buried = facts.topics[topics.dead]
    assert buried < 3 and facts.lag["processor"] == 10 - buried


@pytest.mark.parametrize("command", ["run", "produce"])
def test_feeds_of_which_none_exists_are_wrong_usage(
    command: str, settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    servers = ["--kafka", "127.0.0.1:9", "--elasticsearch", "http://127.0.0.1:9"]
    nowhere = [str(tmp_path / "nowhere"), str(tmp_path / "elsewhere.json")]
    assert run_command([command, *nowhere, *servers]) == 2
    said = capsys.readouterr().err
    assert all(path in said for path in nowhere)
    assert "which do not exist" in said


def test_of_several_feeds_the_missing_one_is_named_and_read_once_it_comes(
    settings: Settings, inbox: Path, tmp_path: Path
) -> None:
    write(inbox, "one.json", ninjs("urn:test:1", "Der Rat hat entschieden. Alles bleibt."))
    ended = subprocess.Popen(
        [sys.executable, "-m", "dateline", "produce", str(tmp_path / "nowhere"), str(inbox)],
        env={**os.environ, **as_environment(settings)},
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    wait_for(lambda: sum(gather(settings)[0].topics.values()) == 1, what="the article", pause=1)
    (tmp_path / "nowhere").mkdir()
    write(tmp_path / "nowhere", "two.json", ninjs("urn:test:2", "Es regnet."))
    wait_for(lambda: sum(gather(settings)[0].topics.values()) == 2, what="the later one", pause=1)
    ended.send_signal(signal.SIGINT)
    _, errors = ended.communicate(timeout=60)
    assert ended.returncode == 130
    assert f"{tmp_path / 'nowhere'} does not exist yet; it is read once it does" in errors.decode()
