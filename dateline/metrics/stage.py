"""What watches one stage of one process: its meter, its health, what waits for it.

``metrics_port`` decides whether there is anybody to tell: without it, nothing is counted and no
port is opened.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from dateline import __version__, article
from dateline.metrics.catalogue import BUILD, LOOP_AGE, READY
from dateline.metrics.health import Health
from dateline.metrics.meter import Meter
from dateline.metrics.waiting import Waiting
from dateline.settings import Settings

log = logging.getLogger(__name__)

#: in the data folder: one file for each stage that can be asked
FOLDER = "stages"


class Watch:
    """Given to a stage, which tells it what happens. Silent unless ``counting``."""

    def __init__(self, settings: Settings, stage: str, *, counting: bool = False) -> None:
        self.stage = stage
        self.meter = Meter(stage, counting=counting)
        self.health = Health()
        self.waiting = Waiting(settings, self.meter)
        self.meter.set(BUILD, 1, version=__version__, schema=str(article.SCHEMA))
        self.meter.before_each_answer(self._tell_health)

    def _tell_health(self) -> None:
        self.meter.set(READY, self.health.hindered() is None)
        for loop, age in self.health.ages.items():
            self.meter.set(LOOP_AGE, age, loop=loop)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that runs on this machine and can be asked. started: by its process, seconds."""

    stage: str
    pid: int
    url: str
    started: float


@contextlib.contextmanager
def watching(settings: Settings, stage: str) -> Iterator[Watch]:
    """Watch a stage while it runs; with ``metrics_port`` others can ask how it does.

    Raises UsageError where that port cannot be had.
    """
    if settings.metrics_port is None:
        yield Watch(settings, stage)
        return
    from dateline.metrics.endpoint import Endpoint

    watch = Watch(settings, stage, counting=True)
    try:
        with (
            Endpoint(
                settings.metrics_address, settings.metrics_port, watch.meter, watch.health
            ) as endpoint,
            _listed(settings.data_path, stage, endpoint.url),
        ):
            log.info(
                "the %s can be asked at %s/metrics, /live, /ready",
                *(stage, endpoint.url),
                extra={"event": "listening", "url": endpoint.url},
            )
            try:
                yield watch
            finally:
                watch.health.ends()
    finally:
        watch.waiting.close()


@contextlib.contextmanager
def _listed(data_path: Path, stage: str, url: str) -> Iterator[None]:
    """While it runs, `dateline status` finds it. A disk that takes nothing stops no stage."""
    path = data_path / FOLDER / f"{stage}-{os.getpid()}.json"
    note = Listed(stage=stage, pid=os.getpid(), url=url, started=_started(os.getpid()) or 0.0)
    hidden = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden.write_bytes(msgspec.json.encode(note) + b"\n")
        hidden.replace(path)
    except OSError as error:
        log.warning("%s cannot be written (%s): `dateline status` will not show it", path, error)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def running(data_path: Path) -> list[Listed]:
    """The stages with this data folder that can be asked; what a crash left behind is removed."""
    found: list[Listed] = []
    with contextlib.suppress(OSError):
        for path in sorted((data_path / FOLDER).glob("*.json")):
            try:
                one = msgspec.json.decode(path.read_bytes(), type=Listed)
            except (OSError, msgspec.DecodeError):
                continue
            if _started(one.pid) == one.started:
                found.append(one)
            else:
                with contextlib.suppress(OSError):
                    path.unlink()
    return found


def _started(pid: int) -> float | None:
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def readiness(one: Listed, patience: float = 2.0) -> str:
    """What its ``/ready`` says: ``ready``, or why not."""
    import http.client
    import urllib.parse

    address = urllib.parse.urlsplit(one.url)
    connection = http.client.HTTPConnection(
        _reachable(address.hostname or ""), address.port, timeout=patience
    )
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().read(500).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        return f"does not answer ({type(error).__name__})"
    finally:
        connection.close()


def _reachable(host: str) -> str:
    """Bound to every address, it is asked at the loopback."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - asked, not bound
