"""The stages as processes that are started, killed, paused and looked at; and how far each is."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Self

import msgspec
import psutil

from dateline.connections import elasticsearch_client, kafka_admin
from dateline.errors import Unavailable
from dateline.offsets import committed, ends
from dateline.settings import PREFIX, Settings, as_environment
from dateline.topics import Topics
from processors.app import group_of as processor_group
from sinks import generations
from tests.conftest import ROOT

#: seconds for anything that is waited for; a busy machine takes long
PATIENCE = 150.0


class Member:
    """One process of a stage."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path, leash: int) -> None:
        # Through a pipe: a process that may not write to files (a full disk) must still have a say.
        self._copier = threading.Thread(target=_copy, args=(process.stdout, log), daemon=True)
        self._copier.start()
        self.name = name
        self.process = process
        #: whether somebody has waited for its end, and so knows of it
        self.missed = True
        self.log = log
        self._leash = leash

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    @property
    def stopped(self) -> bool:
        """Whether it stands still after SIGSTOP."""
        return bool(psutil.Process(self.pid).status() == psutil.STATUS_STOPPED)

    def signal(self, number: signal.Signals) -> None:
        """To this process alone; spaCy processes follow their parent by themselves."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)

    def children(self) -> list[psutil.Process]:
        """Its spaCy processes."""
        with contextlib.suppress(psutil.NoSuchProcess):
            return list(psutil.Process(self.pid).children(recursive=True))
        return []

    def wait(self, patience: float = PATIENCE) -> int:
        """Its exit status (negative: the signal). Raises AssertionError with its last words."""
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} goes on: {self.said()[-2000:]}") from None
        self._copier.join(5)
        self.missed = False
        if self._leash >= 0:
            os.close(self._leash)
            self._leash = -1
        return status

    def said(self) -> str:
        """What it wrote, to standard error above all."""
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""


def _copy(stream: IO[bytes] | None, log: Path) -> None:
    assert stream is not None
    with stream, log.open("wb", buffering=0) as file:
        while chunk := os.read(stream.fileno(), 65536):
            file.write(chunk)


class Crew:
    """Processes of one pipeline; ends all that still run, each by its own id."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._started = 0
        self.members: list[Member] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_told: object) -> None:
        self.dismiss(signal.SIGKILL)

    def start(
        self,
        stage: str,
        *arguments: str | Path,
        settings: Settings | None = None,
        at: str = "",
        clock: str = "",
        timeout: float = 0.0,
    ) -> Member:
        """Start ``dateline STAGE ARGUMENTS``; the rest is what `tests.faults.stage` reads.

        at: of `FAULTS_AT`. clock: of `FAULTS_CLOCK`. timeout: of `FAULTS_TIMEOUT`. A mutant
        that this process was given is handed on.
        """
        reading, writing = os.pipe()
        environ = {name: told for name, told in os.environ.items() if not name.startswith(PREFIX)}
        environ |= as_environment(settings or self.settings)
        environ |= {"FAULTS_LIFELINE": str(reading), "PYTHONPATH": str(ROOT)}
        told = {"FAULTS_AT": at, "FAULTS_CLOCK": clock, "FAULTS_TIMEOUT": str(timeout or "")}
        environ |= {name: value for name, value in told.items() if value}
        self._started += 1
        log = self._folder / f"{self._started:03d}-{stage}.log"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.stage", stage, *map(str, arguments)],
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(reading,),
            start_new_session=True,
        )
        os.close(reading)
        member = Member(stage, process, log, writing)
        self.members.append(member)
        return member

    def of(self, stage: str) -> list[Member]:
        """Those of a stage that run."""
        return [member for member in self.members if member.name == stage and member.alive]

    def assert_up(self) -> None:
        """None has ended that nobody asked to."""
        for member in self.members:
            if member.missed and not member.alive:
                status = member.process.returncode
                raise AssertionError(f"{member.name} ended with {status}: {member.said()[-2000:]}")

    def leave(self, member: Member, number: signal.Signals = signal.SIGTERM) -> int:
        """End one, and wait; its exit status."""
        member.signal(number)
        status = member.wait()
        self.members.remove(member)
        return status

    def dismiss(self, number: signal.Signals = signal.SIGTERM) -> dict[str, list[int]]:
        """End all; exit statuses by stage."""
        for member in self.members:
            member.signal(signal.SIGCONT)
            member.signal(number)
        statuses: dict[str, list[int]] = {}
        for member in self.members:
            statuses.setdefault(member.name, []).append(member.wait())
        self.members.clear()
        return statuses


class Stages(msgspec.Struct, frozen=True):
    """Records that each stage has passed, and how many there are. Of all partitions together.

    published: in the raw topic. refused: in the dead topic. processed, indexed: committed.
    enriched: in the enriched topic.
    """

    published: int
    refused: int
    processed: int
    enriched: int
    indexed: int

    @property
    def through(self) -> bool:
        """Whether nothing waits."""
        return self.processed >= self.published and self.indexed >= self.enriched

    def of(self, stage: str) -> int:
        """What grows when this stage gets on."""
        return {
            "produce": self.published + self.refused,
            "process": self.processed,
            "sink": self.indexed,
        }[stage]


class Gauge:
    """Reads `Stages`, through outages; not for use by several threads."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._admin: Any = None
        self._group: str | None = None

    def look(self) -> Stages:
        """Raises Unavailable."""
        topics = Topics.of(self._settings)
        try:
            if self._admin is None:
                self._admin = kafka_admin(self._settings)
            indexed = committed(self._admin, self._sink_group(), topics.enriched)
            group = processor_group(self._settings)
            processed = committed(self._admin, group, topics.raw)
            found = [ends(self._admin, name) for name in (topics.raw, topics.dead, topics.enriched)]
        except Unavailable:
            self.close()
            raise
        published, refused, enriched = (sum(one.values()) for one in found)
        done = sum(processed.values()), enriched, sum(indexed.values())
        return Stages(published, refused, *done)

    def _sink_group(self) -> str:
        if self._group is None:
            with elasticsearch_client(self._settings) as client:
                for one in generations.list_generations(client, self._settings):
                    self._group = generations.group_of(self._settings, one)
        return self._group or "no-sink-yet"

    def close(self) -> None:
        """Leave; may be used again."""
        if self._admin is not None:
            with contextlib.suppress(Exception):
                self._admin.close()
            self._admin = None


@contextmanager
def gauge(settings: Settings) -> Iterator[Gauge]:
    """A gauge for the length of a block."""
    opened = Gauge(settings)
    try:
        yield opened
    finally:
        opened.close()


def wait_until(
    condition: Callable[[], Any], what: str, patience: float = PATIENCE, pause: float = 0.1
) -> Any:
    """Look until it is true, through outages; fails with ``what``."""
    deadline = time.monotonic() + patience
    trouble = ""
    while time.monotonic() < deadline:
        try:
            if found := condition():
                return found
        except Unavailable as error:
            trouble = f" ({error})"
        time.sleep(pause)
    raise AssertionError(f"not within {patience:.0f} s: {what}{trouble}")


def wait_through(crew: Crew, patience: float = PATIENCE) -> None:
    """Until all that is published has passed the commits of processor and sink.

    Raises AssertionError, at once where a stage has ended by itself.
    """

    def through() -> bool:
        crew.assert_up()
        return now.look().through

    with gauge(crew.settings) as now:
        wait_until(through, "everything passes all stages", patience, 0.25)
