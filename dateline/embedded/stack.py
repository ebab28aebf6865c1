"""Kafka and Elasticsearch together, as one thing that is started and stopped."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from . import elasticsearch, kafka
from .doctor import shortages
from .errors import DataDirInUse, EmbeddedError, PortTaken, ServerDied
from .fetch import ensure_fetched
from .home import Home, ensure_home
from .jars import version_of
from .locks import open_lock, try_lock
from .ports import HOST, free_port, holder, is_free, remember, remembered
from .processes import Launch, ServerProcess
from .servers import (
    LOCK,
    Server,
    Servers,
    holder_of,
    is_alive,
    remove_servers,
    write_servers,
)

Report = Callable[[str], None]

#: Servers whose parent was killed are gone within ten seconds; thrice that is certain.
DYING_SECONDS = 30.0
#: A process that was killed is still there for a moment; one that is there after this lives.
KILLED_SECONDS = 1.0
#: They take four seconds here; a slow disk with much data to recover takes longer.
START_SECONDS = 120.0
#: Above the servers' own hard stop of eight seconds, below the fifteen that ``up`` may take.
STOP_SECONDS = 11.0
#: How long to hold back the good news for indices that are still being recovered.
RECOVERY_SECONDS = 30.0
#: The kernel frees a dying server's lock an instant before its port.
PORT_LINGERS_SECONDS = 1.0
#: A port found free may be taken before the server binds it; thrice in a row is no accident.
PORT_TRIES = 3


def report_to_stderr(line: str) -> None:
    """Plain lines on standard error."""
    print(line, file=sys.stderr, flush=True)


@dataclass(slots=True)
class _Slot:
    """One of the two servers: its ports and, when it runs, its process."""

    name: str
    prepare: Callable[[Path, Home, str, int, int], Launch]
    wanted: int | None
    last: int | None = None  # of an earlier start, taken again where nothing else is wanted
    port: int = 0
    inner_port: int = 0  # Kafka's controller, Elasticsearch's transport: nobody's business
    process: ServerProcess | None = None
    pid: int = 0
    began: float = 0.0
    tries: int = field(default=0)


class EmbeddedStack:
    """A Kafka and an Elasticsearch that live as long as this process, at most.

    Their data lies in ``data_dir`` and survives stops, kills and other ports. Of that folder only
    ``kafka/``, ``elasticsearch/``, ``servers.json``, ``ports.json`` and ``lock`` are touched. A
    port that is not given is the one of the last start, so that whoever was connected finds the
    server again; where that is taken, another one.

    Not for use by several threads at once.
    """

    def __init__(
        self,
        data_dir: Path,
        kafka_port: int | None = None,
        elasticsearch_port: int | None = None,
        report: Report = report_to_stderr,
    ) -> None:
        self.data_dir = Path(data_dir).absolute()
        self._report = report
        self._kafka = _Slot(kafka.NAME, kafka.prepare, kafka_port)
        self._elasticsearch = _Slot(elasticsearch.NAME, elasticsearch.prepare, elasticsearch_port)
        self._lock: int | None = None
        self._home: Home | None = None
        self._run = ""
        self._started = ""

    @property
    def kafka_bootstrap(self) -> str:
        """``127.0.0.1:PORT``, once started."""
        return f"{HOST}:{self._kafka.port}"

    @property
    def elasticsearch_url(self) -> str:
        """``http://127.0.0.1:PORT``, once started."""
        return f"http://{HOST}:{self._elasticsearch.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Fetches what is missing, starts both servers and returns when both answer.

        Raises DataDirInUse, PortTaken, FetchError, JavaMissing, ServerDied or, when the disk is
        full or a folder forbids it, EmbeddedError; then nothing is left running.
        """
        if self._lock is not None:
            raise RuntimeError("this stack is started already")
        self._check_two_ports()
        # First of all: until the folder's earlier servers are gone, their ports are theirs.
        self._lock = self._take_lock()
        try:
            self._check_given_ports()
            self._recall_ports()
            self._check_room()
            ensure_fetched(None if self._report is report_to_stderr else self._report)
            self._home = ensure_home(self._report)
            self._run = secrets.token_hex(8)
            self._started = datetime.now(UTC).isoformat(timespec="seconds")
            self._bring_up([self._kafka, self._elasticsearch])
            self._announce()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stops both, within 15 s. Harmless when nothing runs."""
        if self._lock is None:
            return
        with contextlib.suppress(
            EmbeddedError
        ):  # a record of servers that are gone is not believed
            remove_servers(self.data_dir)
        running = [s.process for s in (self._kafka, self._elasticsearch) if s.process is not None]
        try:
            for process in running:
                process.ask_to_stop()
            deadline = time.monotonic() + STOP_SECONDS
            for process in running:
                process.wait(deadline)
        finally:  # a second Ctrl-C lands here as well
            for process in running:
                process.kill()
            self._kafka.process = self._elasticsearch.process = None
            os.close(self._lock)
            self._lock = None

    def poll(self) -> ServerDied | None:
        """None while both are well; else which died, how, and its last words.

        A server that was ended by ``kill_kafka`` or ``kill_elasticsearch`` is not missed.
        """
        for slot in (self._kafka, self._elasticsearch):
            if slot.process is not None and slot.process.exit_status is not None:
                return _died(slot, slot.process)
        return None

    def kill_kafka(self) -> None:
        """SIGKILL, for tests of what survives it."""
        self._kill(self._kafka)

    def kill_elasticsearch(self) -> None:
        """SIGKILL, for tests of what survives it."""
        self._kill(self._elasticsearch)

    def start_kafka(self) -> None:
        """Starts a killed Kafka on its old ports, and returns when it answers."""
        self._restart(self._kafka)

    def start_elasticsearch(self) -> None:
        """Starts a killed Elasticsearch on its old ports, and returns when it answers."""
        self._restart(self._elasticsearch)

    def _kill(self, slot: _Slot) -> None:
        if slot.process is None:
            raise RuntimeError(f"{slot.name} does not run")
        slot.process.kill()
        slot.process = None

    def _restart(self, slot: _Slot) -> None:
        if self._lock is None:
            raise RuntimeError("this stack is not started")
        if slot.process is not None:
            raise RuntimeError(f"{slot.name} runs")
        wanted, slot.wanted = slot.wanted, slot.port
        try:
            self._bring_up([slot])
        finally:
            slot.wanted = wanted
        self._announce()

    def _check_two_ports(self) -> None:
        if self._kafka.wanted and self._kafka.wanted == self._elasticsearch.wanted:
            raise PortTaken(
                f"both servers were given port {self._kafka.wanted}",
                expected="two different ports",
            )

    def _check_given_ports(self) -> None:
        deadline = time.monotonic() + PORT_LINGERS_SECONDS
        for slot in (self._kafka, self._elasticsearch):
            while slot.wanted and not is_free(slot.wanted):
                if time.monotonic() >= deadline:
                    raise _taken(slot.name, slot.wanted)
                time.sleep(0.05)

    def _recall_ports(self) -> None:
        slots = (self._kafka, self._elasticsearch)
        others = {slot.wanted for slot in slots}
        deadline = time.monotonic() + PORT_LINGERS_SECONDS
        for slot in slots:
            slot.last = None
            port = remembered(self.data_dir, slot.name)
            if slot.wanted is not None or port is None or port in others:
                continue
            while not is_free(port) and time.monotonic() < deadline:
                time.sleep(0.05)
            if is_free(port):
                slot.last = port
                others.add(port)
            else:
                self._report(
                    f"{slot.name} gets another port: {holder(port)} listens on its last one, {port}"
                )

    def _check_room(self) -> None:
        """Below its watermark Elasticsearch gives a new index no shard, and says so to nobody."""
        for short in shortages(self.data_dir):
            if short.status == "fail":
                raise EmbeddedError(
                    f"too little room for the servers: {short.name}",
                    found=short.found,
                    expected=short.expected,
                    remedy=short.remedy,
                )
            self._report(
                f"warning: {short.name}: {short.found}, expected {short.expected}; {short.remedy}"
            )

    def _take_lock(self) -> int:
        try:
            return self._wait_for_lock()
        except OSError as error:
            raise EmbeddedError(
                f"cannot use the data folder {self.data_dir}",
                found=error.strerror or str(error),
                expected="a folder that this user may write to",
                remedy="give another one with --data-dir, or mend its permissions",
            ) from error

    def _wait_for_lock(self) -> int:
        descriptor = open_lock(self.data_dir / LOCK)
        began = time.monotonic()
        waiting = False
        try:
            while not try_lock(descriptor):
                pid = holder_of(self.data_dir)
                waited = time.monotonic() - began
                if pid is not None and is_alive(pid):
                    if waited < KILLED_SECONDS:
                        time.sleep(0.05)
                        continue
                    raise DataDirInUse(
                        f"the data folder {self.data_dir} is in use",
                        found=f"servers run by process {pid}",
                        remedy="use those, or stop them with dateline down, or give another folder "
                        "with --data-dir",
                    )
                if waited >= DYING_SECONDS:
                    raise DataDirInUse(
                        f"the data folder {self.data_dir} is still in use",
                        found=f"servers left by process {pid}",
                        expected=f"their end within {DYING_SECONDS:.0f} s",
                        remedy="look for java processes whose command line has dateline.run",
                    )
                if not waiting:
                    self._report("waiting for servers to end whose parent was killed")
                    waiting = True
                time.sleep(0.2)
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode("ascii"), 0)
            remove_servers(self.data_dir)
        except BaseException:
            os.close(descriptor)
            raise
        return descriptor

    def _launch(self, slot: _Slot) -> None:
        assert self._lock is not None
        assert self._home is not None
        slots = (self._kafka, self._elasticsearch)
        ours = {s.port for s in slots} | {s.inner_port for s in slots}
        ours |= {port for s in slots for port in (s.wanted, s.last) if port is not None}
        if slot.wanted is None:
            slot.port = slot.last or free_port(ours)
        else:
            slot.port = slot.wanted
            if not is_free(slot.port):
                raise _taken(slot.name, slot.port)
        if not slot.inner_port or not is_free(slot.inner_port):
            slot.inner_port = free_port(ours | {slot.port})
        launch = slot.prepare(self.data_dir, self._home, self._run, slot.port, slot.inner_port)
        slot.process = ServerProcess(launch, self._lock)
        slot.pid = slot.process.pid
        slot.began = time.monotonic()

    def _bring_up(self, slots: list[_Slot]) -> None:
        for slot in slots:
            slot.tries = 0
            self._launch(slot)
        waiting = list(slots)
        while waiting:
            for slot in list(waiting):
                if self._is_up(slot):
                    waiting.remove(slot)
            time.sleep(0.05)

    def _is_up(self, slot: _Slot) -> bool:
        process = slot.process
        assert process is not None
        age = time.monotonic() - slot.began
        if process.exit_status is not None:
            self._after_death_at_start(slot, process)
            return False
        if slot is self._kafka:
            up = kafka.answers(slot.port)
        else:
            up = elasticsearch.answers(slot.port, recovered=age < RECOVERY_SECONDS)
        if not up and age > START_SECONDS:
            raise ServerDied(
                f"{slot.name} does not answer",
                found=process.tail(),
                expected=f"an answer on port {slot.port} within {START_SECONDS:.0f} s",
                remedy=f"its log is in {process.launch.folder / 'logs'}",
            )
        # What answers must be ours: another server may have got the port first.
        return up and process.exit_status is None

    def _after_death_at_start(self, slot: _Slot, process: ServerProcess) -> None:
        """Tries again when a port was taken in between, else raises."""
        said = process.said()
        slot.tries += 1
        if "Address already in use" not in said and "BindException" not in said:
            raise _died(slot, process)
        if slot.wanted is not None and not is_free(slot.wanted):
            raise _taken(slot.name, slot.wanted)
        if slot.tries >= PORT_TRIES:
            raise _died(slot, process)
        slot.last = None  # somebody else was faster
        slot.inner_port = 0
        self._launch(slot)

    def _announce(self) -> None:
        write_servers(
            self.data_dir,
            Servers(
                pid=os.getpid(),
                run=self._run,
                started=self._started,
                kafka=Server(self.kafka_bootstrap, self._kafka.pid, version_of("kafka_2.13")),
                elasticsearch=Server(
                    self.elasticsearch_url, self._elasticsearch.pid, version_of("elasticsearch")
                ),
            ),
        )
        remember(self.data_dir, {s.name: s.port for s in (self._kafka, self._elasticsearch)})


def _taken(name: str, port: int) -> PortTaken:
    return PortTaken(
        f"port {port}, given for {name}, is taken",
        found=f"{holder(port)} listens there",
        remedy=f"give another with --{name}-port, or none for a free one",
    )


def _died(slot: _Slot, process: ServerProcess) -> ServerDied:
    status = process.exit_status
    how = f"signal {-status}" if status is not None and status < 0 else f"exit status {status}"
    return ServerDied(
        f"{slot.name} ended by itself ({how})",
        found=process.tail() or "nothing in its log",
        remedy=f"its log is in {process.launch.folder / 'logs'}",
    )
