"""``make demo`` holds what its story says, says so when it does not, and leaves nothing running."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import psutil
import pytest
from rich.console import Console

from dateline.cli import demo as demo_module
from dateline.cli.demo import demo
from dateline.cli.story import load_story
from dateline.reconcile import OUTCOMES

pytestmark = pytest.mark.servers

COMMAND = [sys.executable, "-m", "dateline.cli.demo"]
DEADLINE = 240.0


class Running:
    """The demo as a child process, and every process that it was seen to start."""

    def __init__(self, folder: Path) -> None:
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self._output = folder / "output"
        environ = os.environ | {
            # None of these may reach it: nothing answers there, and the prefix is the user's.
            "DATELINE_KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
            "DATELINE_ELASTICSEARCH_URL": "http://127.0.0.1:1",
            "DATELINE_DATA_DIR": str(folder / "users-own"),
            "DATELINE_NO_SUCH_SETTING": "1",
            "TMPDIR": str(self.temporary),
        }
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environ,
                cwd=folder,
            )
        self.seen: dict[tuple[int, float], psutil.Process] = {}

    @property
    def output(self) -> str:
        return self._output.read_text("utf-8", "replace")

    def until(self, reached: Callable[[], bool]) -> None:
        deadline = time.monotonic() + DEADLINE
        while not reached():
            assert time.monotonic() < deadline, self.output
            self._look()
            time.sleep(0.05)

    def end(self) -> int:
        self.until(lambda: self._process.poll() is not None)
        return self._process.returncode

    def ask_to_stop(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def left_over(self) -> list[psutil.Process]:
        return [process for process in self.seen.values() if _runs(process)]

    def kill(self) -> None:
        """Whatever a failed test has left."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def _look(self) -> None:
        try:
            children = psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return
        for child in children:
            self.seen[child.pid, child.create_time()] = child


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture
def running(tmp_path: Path) -> Running:
    return Running(tmp_path)


def test_the_story_holds_and_the_account_adds_up(running: Running, tmp_path: Path) -> None:
    try:
        status = running.end()
        output = running.output
        assert status == 0, output
        assert "All as it should be" in output
        assert "✗" not in output
        # The account, as one sum over every outcome there is.
        account = " ".join(output[output.index("The account") :].split())
        for outcome in OUTCOMES:
            assert outcome in account
        for step in load_story().step:
            assert step.title in output
        assert "one-bad-line-of-three.jsonl" in output
        assert "\x1b" not in output, "colours belong on a terminal only"
        assert running.seen, "the servers and the stages were never seen"
        assert not running.left_over()
        assert not list(running.temporary.glob("dateline-demo-*"))
        assert not (tmp_path / "users-own").exists()
    finally:
        running.kill()


def test_stopped_in_the_middle_it_leaves_nothing_running(running: Running) -> None:
    try:
        first = load_story().step[0].title
        running.until(lambda: first in running.output and len(running.seen) >= 4)
        running.ask_to_stop()
        assert running.end() == 130, running.output
        assert not running.left_over()
        assert not list(running.temporary.glob("dateline-demo-*"))
    finally:
        running.kill()


def test_it_fails_when_something_else_happens_than_it_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    story = load_story()
    # The embargo's step cannot be the first: it would open while the models load.
    alert, _, _, embargo = story.step[1:5]
    assert story.embargo.file in embargo.files
    told = {**embargo.files, "de/steelworks-withheld.json": "indexed"}
    wrong = msgspec.structs.replace(
        story, step=[alert, msgspec.structs.replace(embargo, files=told)], search=[]
    )
    monkeypatch.setattr(demo_module, "load_story", lambda: wrong)
    output = io.StringIO()
    assert demo(Console(file=output, width=200)) == 1
    assert "de/steelworks-withheld.json: 1 withheld" in output.getvalue()
    assert "expected de/steelworks-withheld.json: 1 indexed" in output.getvalue()
    assert "Not as it should be" in output.getvalue()
    assert output.getvalue().count("✗") == 1, "nothing else was wrong"
