"""``servers.json``: where the servers of a data folder are, and who runs them."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from .errors import EmbeddedError
from .locks import is_locked
from .processes import write_file

FILE = "servers.json"
LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Server:
    """One running server. ``address`` is what a client is given."""

    address: str
    pid: int
    version: str


@dataclass(frozen=True, slots=True)
class Servers:
    """Both servers of a data folder and the process that runs them (``pid``).

    ``run`` names this start and stands in the servers' command lines. ``started`` is RFC 3339.
    """

    pid: int
    run: str
    started: str
    kafka: Server
    elasticsearch: Server

    @property
    def kafka_bootstrap(self) -> str:
        """``host:port``."""
        return self.kafka.address

    @property
    def elasticsearch_url(self) -> str:
        """``http://host:port``."""
        return self.elasticsearch.address


def write_servers(data_dir: Path, servers: Servers) -> None:
    """Tells other processes."""
    write_file(data_dir / FILE, json.dumps(asdict(servers), indent=1) + "\n")


def remove_servers(data_dir: Path) -> None:
    """Tells them that there are none. Raises EmbeddedError when the folder forbids it."""
    try:
        (data_dir / FILE).unlink()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise EmbeddedError(
            f"cannot remove {data_dir / FILE}",
            found=error.strerror or str(error),
            expected="a data folder that this user may write to",
            remedy="give another one with --data-dir, or mend its permissions",
        ) from error


def _recorded(data_dir: Path) -> Servers | None:
    """What the file says, true or not."""
    try:
        found = json.loads((data_dir / FILE).read_text(encoding="utf-8"))
        return Servers(
            pid=int(found["pid"]),
            run=str(found["run"]),
            started=str(found["started"]),
            kafka=Server(**found["kafka"]),
            elasticsearch=Server(**found["elasticsearch"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_alive(pid: int) -> bool:
    """Whether a process of this id runs; one that has ended and waits to be reaped does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def _is_ours(server: Server, servers: Servers) -> bool:
    """Whether that process is the server of this very run, and not a later one of the same id."""
    try:
        process = psutil.Process(server.pid)
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.ppid() == servers.pid
            and f"-Ddateline.run={servers.run}" in process.cmdline()
        )
    except psutil.Error:
        return False


def read_servers(data_dir: Path) -> Servers | None:
    """The servers of the folder, if both run now; None if not, or if another user's run there."""
    servers = _recorded(data_dir)
    if servers is None:
        return None
    both = (servers.kafka, servers.elasticsearch)
    return servers if all(_is_ours(server, servers) for server in both) else None


def holder_of(data_dir: Path) -> int | None:
    """The process that runs servers on the folder now or, if it is gone, that ran them last."""
    try:
        return int((data_dir / LOCK).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def stop_servers(data_dir: Path, timeout: float = 20.0) -> bool:
    """Ends whoever runs servers on the folder, and waits until they are gone.

    False when nothing runs there. Raises EmbeddedError when it is still there after the timeout,
    or when the folder is not this user's to read.
    """
    data_dir = data_dir.absolute()
    lock = data_dir / LOCK
    if not is_locked(lock):
        remove_servers(data_dir)  # left by a process that was killed
        return False
    pid = holder_of(data_dir)
    # The lock says that somebody is there, the number who. If that process is gone, its servers
    # are about to go as well, and only need waiting for.
    if pid is not None and pid != os.getpid() and is_alive(pid):
        try:
            os.kill(pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        except PermissionError as error:
            raise EmbeddedError(
                f"the servers on {data_dir} belong to another user",
                found=f"process {pid}",
                remedy="stop them as that user",
            ) from error
    deadline = time.monotonic() + timeout
    while is_locked(lock):
        if time.monotonic() >= deadline:
            raise EmbeddedError(
                f"the servers on {data_dir} did not stop",
                found=f"process {pid} still holds {lock}",
                expected=f"the end of them within {timeout:.0f} s",
                remedy=f"end process {pid}; its servers follow within 10 s",
            )
        time.sleep(0.1)
    remove_servers(data_dir)
    return True
