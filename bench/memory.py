"""Peak resident memory of each process of ``make demo``, and of all of them at one moment."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import psutil


def _role(process: psutil.Process) -> str:
    line = " ".join(process.cmdline())
    for mark, role in (
        ("kafka", "kafka"),
        ("lasticsearch", "elasticsearch"),
        ("dateline process", "processor"),
        ("dateline sink", "sink"),
        ("dateline.cli.demo", "demo"),
        (" -c ", "spaCy"),
    ):
        if mark in line:
            return role
    return str(process.name())


def measure() -> dict[str, Any]:
    """Run the demo and watch it; megabytes. Shared pages count in every process that has them."""
    demo = subprocess.Popen(
        [sys.executable, "-m", "dateline.cli.demo"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    begun = time.perf_counter()
    peaks: dict[tuple[str, int], int] = {}
    highest = 0
    while demo.poll() is None:
        total = 0
        try:
            family = [psutil.Process(demo.pid), *psutil.Process(demo.pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            break
        for process in family:
            try:
                resident = process.memory_info().rss
                key = (_role(process), process.pid)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
            if not resident:
                continue  # it is just ending
            total += resident
            peaks[key] = max(peaks.get(key, 0), resident)
        highest = max(highest, total)
        time.sleep(0.1)
    if demo.wait() != 0:
        raise SystemExit(f"bench: the demo ended with status {demo.returncode}")
    by_role: dict[str, list[float]] = {}
    for (role, _), resident in sorted(peaks.items()):
        by_role.setdefault(role, []).append(resident / 1e6)
    return {
        "seconds": time.perf_counter() - begun,
        "all at one moment, MB": highest / 1e6,
        "each, MB": by_role,
    }
