"""Runs the servers until somebody says stop: in the foreground, or behind in a process of its own.

``python -m dateline.embedded.foreground`` is what ``run_detached`` starts; it says how it goes on
the descriptor it is given, one JSON object a line: ``report`` lines, then ``up`` or ``error``.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import IO, Any

from .errors import EmbeddedError
from .servers import Servers, read_servers
from .stack import EmbeddedStack, Report, report_to_stderr

#: What the background process prints, errors above all.
LOG = "up.log"

#: The first start fetches 94 MB; a slow line needs minutes for that. It says so as it goes, and
#: only silence this long is taken for an end.
SILENCE_SECONDS = 300.0

_STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class _Stopped(BaseException):
    """Unwinds whatever was going on when a signal came."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


@contextlib.contextmanager
def _signals_stop() -> Iterator[None]:
    """Within it SIGINT, SIGTERM and SIGHUP raise _Stopped in the main thread."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise _Stopped(number)

    before = {number: signal.getsignal(number) for number in _STOPPING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as nohup and background jobs of scripts have it
            signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_foreground(
    data_dir: Path,
    kafka_port: int | None = None,
    elasticsearch_port: int | None = None,
    report: Report = report_to_stderr,
    on_up: Callable[[EmbeddedStack], None] | None = None,
) -> int:
    """Starts both, calls ``on_up`` when both answer, and stops both at SIGINT, SIGTERM or SIGHUP.

    Returns the number of that signal. To be called in the main thread. Raises EmbeddedError when
    they do not start, and ServerDied when one ends by itself; then both are stopped.
    """
    stack = EmbeddedStack(data_dir, kafka_port, elasticsearch_port, report)
    try:
        with _signals_stop():
            stack.start()
            if on_up is not None:
                on_up(stack)
            while (death := stack.poll()) is None:
                time.sleep(0.5)
            raise death
    except _Stopped as signalled:
        return signalled.number
    finally:
        stack.stop()


def run_detached(
    data_dir: Path,
    kafka_port: int | None = None,
    elasticsearch_port: int | None = None,
    report: Report = report_to_stderr,
) -> Servers:
    """Starts both in a background process that outlives this one and its terminal.

    Returns when both answer. Raises the EmbeddedError that the background process ended with.
    """
    data_dir = Path(data_dir).absolute()
    log = _open_log(data_dir)
    before = log.tell()
    ours, theirs = os.pipe()
    command = [sys.executable, "-m", "dateline.embedded.foreground", "--status", str(theirs)]
    for flag, port in (("--kafka-port", kafka_port), ("--elasticsearch-port", elasticsearch_port)):
        if port is not None:
            command += [flag, str(port)]
    try:
        with log:
            child = subprocess.Popen(
                [*command, "--", str(data_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=(theirs,),
            )
        os.close(theirs)
        try:
            _await_up(ours, child, data_dir / LOG, before, report)
        except BaseException:
            child.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(15)
            raise
    finally:
        os.close(ours)
    # It is meant to outlive us; nobody here will wait for it.
    threading.Thread(target=child.wait, daemon=True).start()
    servers = read_servers(data_dir)
    if servers is None:
        raise EmbeddedError("the servers started and ended at once", remedy=f"see {data_dir / LOG}")
    return servers


def _open_log(data_dir: Path) -> IO[bytes]:
    """Added to, never replaced: it may be that of running servers. Raises EmbeddedError."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        return (data_dir / LOG).open("ab")
    except OSError as error:
        raise EmbeddedError(
            f"cannot write {data_dir / LOG}",
            found=error.strerror or str(error),
            expected="a data folder that this user may write to",
            remedy="give another one with --data-dir, or mend its permissions",
        ) from error


def _await_up(
    status: int, child: subprocess.Popen[bytes], log: Path, before: int, report: Report
) -> None:
    """Returns once it is up. ``before``: where in the log its own lines begin."""
    for message in _messages(status):
        match message:
            case {"report": str(line)}:
                report(line)
            case {"up": True}:
                return
            case {"error": dict(fields)}:
                child.wait(20)
                raise EmbeddedError.from_json(fields)
    with log.open("rb") as file:
        file.seek(before)
        lines = file.read().decode("utf-8", "replace").splitlines()[-15:]
    raise EmbeddedError(
        "the background process ended before the servers were up",
        found=" | ".join(lines) or "nothing in its log",
        remedy=f"its log is {log}",
    )


def _messages(status: int) -> Iterator[dict[str, Any]]:
    """The objects that come, until the other end is closed or silent for too long."""
    pending = b""
    while select.select([status], [], [], SILENCE_SECONDS)[0]:
        piece = os.read(status, 1 << 16)
        if not piece:
            return
        *lines, pending = (pending + piece).split(b"\n")
        for line in lines:
            yield json.loads(line)


def main(arguments: list[str] | None = None) -> int:
    """The background process."""
    parser = argparse.ArgumentParser(prog="python -m dateline.embedded.foreground")
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--kafka-port", type=int)
    parser.add_argument("--elasticsearch-port", type=int)
    parser.add_argument("--status", type=int, required=True, help="a descriptor to write to")
    given = parser.parse_args(arguments)
    os.set_inheritable(given.status, False)
    status: int | None = given.status

    def tell(message: dict[str, object]) -> None:
        if status is not None:
            with contextlib.suppress(BrokenPipeError):  # whoever asked has gone away
                os.write(status, json.dumps(message).encode() + b"\n")

    def say(line: str) -> None:
        report_to_stderr(line)
        tell({"report": line})

    def up(stack: EmbeddedStack) -> None:
        nonlocal status
        report_to_stderr(f"Kafka {stack.kafka_bootstrap}")
        report_to_stderr(f"Elasticsearch {stack.elasticsearch_url}")
        tell({"up": True})
        os.close(given.status)
        status = None

    report_to_stderr(f"{datetime.now(UTC).isoformat(timespec='seconds')} starting")
    try:
        run_foreground(given.data_dir, given.kafka_port, given.elasticsearch_port, say, up)
    except EmbeddedError as error:
        report_to_stderr(f"error: {error}")
        tell({"error": error.as_json()})
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
