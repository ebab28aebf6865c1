"""Stories that share a URI which is not absolute are never taken for one, on the real servers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client
from dateline.settings import Settings
from sinks import ledger
from tests.integration.whole import dateline, ninjs, write

pytestmark = pytest.mark.servers

URI = "4711"
LATER = (dt.datetime.now(dt.UTC) + dt.timedelta(days=1)).isoformat()


def held(settings: Settings, *arguments: str) -> dict[str, tuple[int, str]]:
    """Of each identity which version held, and how."""
    ended = dateline(settings, "history", *arguments, "--at", LATER, "--json")
    assert ended.returncode == 0, ended.stderr.decode()
    found: list[dict[str, Any]] = [msgspec.json.decode(line) for line in ended.stdout.splitlines()]
    shown = {one["identity"]: (one["version"], one["held"]) for one in found}
    assert len(shown) == len(found)
    return shown


def test_at_a_time_each_story_is_shown_under_its_feed(settings: Settings, tmp_path: Path) -> None:
    north, south = tmp_path / "north", tmp_path / "south"
    send = {
        north: ("Der Deich hält. So das Amt.", "usable"),
        south: ("Der Zug fährt. So die Bahn.", "canceled"),
    }
    for number, (folder, (text, pubstatus)) in enumerate(send.items(), 1):
        item = ninjs(URI, text, version=str(number), pubstatus=pubstatus)
        write(folder, "a.json", {**item, "versioncreated": f"2026-05-01T1{number}:00:00Z"})
    ended = dateline(settings, "run", north, south, "--once")
    assert ended.returncode == 0, ended.stderr.decode()
    with elasticsearch_client(settings) as client:
        client.indices.refresh(index=ledger.alias(settings))
    mine, other = f"{north}|{URI}", f"{south}|{URI}"

    assert held(settings, URI) == {mine: (1, "shown"), other: (2, "withdrawn")}
    assert held(settings, URI, "--feed", str(north)) == {mine: (1, "shown")}
    assert held(settings, other) == {other: (2, "withdrawn")}

    ended = dateline(settings, "history", URI, "--at", LATER)
    shown, told = ended.stdout.decode().splitlines(), ended.stderr.decode()
    assert ended.returncode == 0
    assert shown.index(mine) + 1 == next(n for n, x in enumerate(shown) if "version 1 " in x)
    assert shown.index(other) + 1 == next(n for n, x in enumerate(shown) if "version 2 " in x)
    assert f"of {mine} was shown" in told and f"of {other} was withdrawn" in told
    ended = dateline(settings, "history", mine, "--at", LATER)
    assert mine not in ended.stdout.decode().splitlines()
    assert "this version was shown" in ended.stderr.decode()

    # Bytes cannot say whose they are.
    ended = dateline(settings, "history", URI, "--at", LATER, "--raw")
    assert (ended.returncode, ended.stdout) == (2, b"")
    told = ended.stderr.decode()
    assert mine in told and other in told and "--feed" in told and "in place of the URI" in told
    for chosen in ((mine,), (URI, "--feed", str(north))):
        ended = dateline(settings, "history", *chosen, "--at", LATER, "--raw")
        assert ended.returncode == 0, ended.stderr.decode()
        assert ended.stdout == (north / "a.json").read_bytes()
