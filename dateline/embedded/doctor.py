"""What the embedded servers need of this machine, looked at one thing after the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psutil

from .errors import EmbeddedError
from .fetch import absent_jars
from .home import home_dir
from .jars import cache_dir, locked_jars
from .java_runtime import OLDEST, find_java
from .locks import is_locked
from .ports import free_port, holder, is_free
from .servers import LOCK, holder_of, read_servers

#: Both heaps at their largest, and what Java needs beside them (560 MB once up, says
#: ``python -m bench servers``).
MEMORY_MB = 1500
#: Elasticsearch stops to allocate below 500 MB; beside it there is Kafka.
DISK_MB = 1000
DISK_COMFORTABLE_MB = 3000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. ``remedy`` says what to do unless ``status`` is ok."""

    name: str
    status: Literal["ok", "warn", "fail"]
    found: str
    expected: str
    remedy: str | None = None


def checks(
    data_dir: Path, kafka_port: int | None = None, elasticsearch_port: int | None = None
) -> list[Check]:
    """Everything, in the order in which it matters. Starts nothing and writes nothing."""
    return [
        _java(),
        _jars(),
        _memory(),
        *_folder("data folder", Path(data_dir).absolute(), DISK_MB),
        *_cache(),
        _servers(Path(data_dir).absolute()),
        *_ports(data_dir, {"kafka": kafka_port, "elasticsearch": elasticsearch_port}),
    ]


def shortages(data_dir: Path) -> list[Check]:
    """What the machine is short of for the servers: disk (``fail`` when too little to start), and
    memory, which is a warning only since the system may swap. Empty when there is enough."""
    looked_at = [*_folder("data folder", Path(data_dir).absolute(), DISK_MB), _memory()]
    return [check for check in looked_at if check.status != "ok"]


def _java() -> Check:
    expected = f"Java {OLDEST} or newer"
    try:
        java = find_java()
    except EmbeddedError as error:
        return Check("java", "fail", error.found or error.what, expected, error.remedy)
    return Check("java", "ok", f"Java {java.version} ({java.origin}: {java.executable})", expected)


def _still_to_fetch_mb() -> int:
    return round(sum(jar.size for jar in absent_jars()) / 1e6)


def _jars() -> Check:
    expected = f"{len(locked_jars())} jars in {cache_dir()}"
    try:
        absent = absent_jars()
    except EmbeddedError as error:
        return Check("servers", "fail", error.found or error.what, expected, error.remedy)
    if not absent:
        return Check("servers", "ok", "fetched", expected)
    return Check(
        "servers",
        "warn",
        f"{len(absent)} jars are not fetched yet",
        expected,
        f"the first start fetches {_still_to_fetch_mb()} MB: it needs the network",
    )


def _memory() -> Check:
    free = psutil.virtual_memory().available // 1_000_000
    expected, found = f"{MEMORY_MB} MB free for both servers", f"{free} MB free"
    if free >= MEMORY_MB:
        return Check("memory", "ok", found, expected)
    return Check("memory", "warn", found, expected, "close other programs, or expect it to be slow")


def _cache() -> Iterator[Check]:
    try:
        needed_mb = _still_to_fetch_mb()
        complete = not needed_mb and home_dir().is_dir()
    except (EmbeddedError, OSError) as error:
        found = error.found if isinstance(error, EmbeddedError) else None
        expected = "a folder that this user may read"
        remedy = "mend its permissions, or name another with XDG_CACHE_HOME"
        yield Check("cache folder", "fail", found or str(error), expected, remedy)
        return
    if complete:  # then it may be read-only and full
        expected = "all that is fetched and built, or room for it"
        yield Check("cache folder", "ok", str(cache_dir()), expected)
    else:
        yield from _folder("cache folder", cache_dir(), needed_mb)


def _folder(name: str, folder: Path, needed_mb: int) -> Iterator[Check]:
    existing = folder
    expected = "a folder that this user may write to"
    remedy = "mend its permissions, or name another"
    try:
        while not os.path.lexists(existing) and existing != existing.parent:
            existing = existing.parent
        if not existing.is_dir() or not os.access(existing, os.R_OK | os.W_OK | os.X_OK):
            yield Check(name, "fail", f"{existing} cannot be written to", expected, remedy)
            return
        free = shutil.disk_usage(existing).free // 1_000_000
    except OSError as error:
        yield Check(name, "fail", str(error), expected, remedy)
        return
    yield Check(name, "ok", str(folder), expected)
    expected, found = f"{needed_mb} MB free", f"{free} MB free"
    disk = f"{name}'s disk"
    if free < needed_mb:
        yield Check(disk, "fail", found, expected, "make room, or name a folder elsewhere")
    elif free < needed_mb + DISK_COMFORTABLE_MB - DISK_MB:
        yield Check(disk, "warn", found, expected, "enough to start; make room before much comes")
    else:
        yield Check(disk, "ok", found, expected)


def _servers(data_dir: Path) -> Check:
    expected = "running, or not; never half"
    if (servers := read_servers(data_dir)) is not None:
        found = f"run by process {servers.pid} since {servers.started}"
        return Check("running servers", "ok", found, expected)
    try:
        locked = is_locked(data_dir / LOCK)
    except EmbeddedError as error:
        remedy = error.remedy
        return Check("running servers", "fail", f"{error.what}: {error.found}", expected, remedy)
    if locked:
        return Check(
            "running servers",
            "warn",
            f"process {holder_of(data_dir)} holds the data folder, but not both servers run",
            expected,
            "wait for it to start or stop them, else run dateline down",
        )
    return Check("running servers", "ok", "none", expected)


def _ports(data_dir: Path, given: dict[str, int | None]) -> Iterator[Check]:
    running = read_servers(data_dir)
    in_use = () if running is None else (running.kafka.address, running.elasticsearch.address)
    for name, port in given.items():
        if port is None:
            continue
        expected = "nobody listens there, or our own server"
        if is_free(port) or any(address.endswith(f":{port}") for address in in_use):
            yield Check(f"port {port}", "ok", "free or ours", expected)
        else:
            found = f"{holder(port)} listens there"
            yield Check(f"port {port}", "fail", found, expected, f"give another --{name}-port")
    if not any(given.values()):
        try:
            free_port()
        except OSError as error:
            remedy = "end something that listens"
            yield Check("ports", "fail", str(error), "free ports on 127.0.0.1", remedy)
        else:
            yield Check("ports", "ok", "free ports on 127.0.0.1", "free ports on 127.0.0.1")
