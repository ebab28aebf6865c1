"""What `dateline trace` and `history` are asked for, and how times are told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from dateline.cli import run_command
from dateline.cli.history import spellings
from dateline.cli.trace import _since

START = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("urn:x:a\x1bb", "urn:x:ab"),
        ("urn:x:a\u200bb", "urn:x:ab"),
        ("urn:x:a\tb", "urn:x:a b"),
        (" urn:x:ab\n", "urn:x:ab"),
        ("urn:x:Mu\u0308ller", "urn:x:M\u00fcller"),
    ],
)
def test_a_uri_is_found_as_it_was_sent(sent: str, kept: str) -> None:
    assert spellings(sent) == [sent, kept]
    assert spellings(kept) == [kept]


@pytest.mark.parametrize("command", ["trace", "history"])
def test_one_that_is_too_long_to_be_found_is_told_so(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("DATELINE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
    assert run_command([command, "urn:x:" + "a" * 100_000]) == 1
    err = capsys.readouterr().err
    assert "found 100006 characters; expected at most 8191" in err
    assert len(err) < 400


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.0, ""),
        (0.004, "+0.00 s"),
        (-0.004, "+0.00 s"),
        (-0.006, "-0.01 s"),
        (1.5, "+1.50 s"),
        (90, "+1 min"),
        (-90, "-1 min"),
    ],
)
def test_how_long_since_the_receipt(seconds: float, told: str) -> None:
    assert _since(START + dt.timedelta(seconds=seconds), START) == told
