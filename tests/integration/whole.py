"""The commands as a user runs them, for the tests of the whole way."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from dateline.settings import Settings, as_environment


def dateline(
    settings: Settings, *arguments: str | Path, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run one command to its end; its status and what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "dateline", *map(str, arguments)],
        env={**os.environ, **as_environment(settings)},
        input=stdin if stdin is not None else b"",
        capture_output=True,
        timeout=240,
        check=False,
    )


def start(settings: Settings, *arguments: str | Path) -> subprocess.Popen[bytes]:
    """Start a command in the background."""
    return subprocess.Popen(
        [sys.executable, "-m", "dateline", *map(str, arguments)],
        env={**os.environ, **as_environment(settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def account(settings: Settings) -> dict[str, Any]:
    """What ``dateline reconcile --json`` says."""
    found = account_if_any(settings)
    assert found is not None, "there is no index yet"
    return found


def account_if_any(settings: Settings) -> dict[str, Any] | None:
    """The same; None before a sink has made the first index."""
    ended = dateline(settings, "reconcile", "--json")
    if ended.returncode == 3 and b"no index to reconcile" in ended.stderr:
        return None
    assert ended.returncode in (0, 1), ended.stderr.decode()
    return msgspec.json.decode(ended.stdout, type=dict[str, Any])


def documents(client: Any, index: str) -> dict[str, dict[str, Any]]:
    """Every document of an index by its id."""
    client.indices.refresh(index=index)
    hits = client.search(index=index, size=10_000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"] for hit in hits}


def ninjs(uri: str, text: str, **more: Any) -> dict[str, Any]:
    """A small wire item."""
    return {
        "uri": uri,
        "type": "text",
        "pubstatus": "usable",
        "language": "de",
        "headline": text.split(".", maxsplit=1)[0],
        "body_text": text,
        **more,
    }


def write(folder: Path, name: str, item: dict[str, Any]) -> Path:
    """One file, finished at once: renamed into place."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    hidden = folder / f".{name}"
    hidden.write_bytes(msgspec.json.encode(item))
    hidden.rename(path)
    return path


def wait_for(
    condition: Callable[[], Any], patience: float = 90.0, what: str = "", pause: float = 0.1
) -> Any:
    """Look every ``pause`` seconds until it is true; fails with ``what`` after ``patience``."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(pause)
    raise AssertionError(f"not within {patience:.0f} s: {what}")
