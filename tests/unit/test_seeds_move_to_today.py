"""The demo's copies of the seeds happen now, and are the seeds otherwise."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from dateline.cli.story import SEEDS, moved, newest

NOW = dt.datetime(2027, 11, 5, 9, 30, tzinfo=dt.UTC)
EMBARGO = NOW + dt.timedelta(seconds=8)


def test_the_newest_time_is_no_embargo() -> None:
    assert newest(SEEDS) == dt.datetime(2026, 3, 12, 10, 46, tzinfo=dt.UTC)


def test_all_times_move_by_the_same_span() -> None:
    by = NOW - newest(SEEDS)
    first = moved(b'{"versioncreated": "2026-03-12T10:46:00Z"}', by, EMBARGO)
    second = moved(b'{"versioncreated": "2026-03-12T10:45:00Z"}', by, EMBARGO)
    assert first == b'{"versioncreated": "2027-11-05T09:30:00Z"}'
    assert second == b'{"versioncreated": "2027-11-05T09:29:00Z"}'


def test_the_embargo_is_the_one_given() -> None:
    data = (SEEDS / "en/harvest-survey-embargo.json").read_bytes()
    assert b'"embargoed": "2027-11-05T09:30:08Z"' in moved(data, dt.timedelta(), EMBARGO)


def test_a_rights_line_moves_to_the_month() -> None:
    moved_line = moved(b" date 2026-03 Source: (c)", NOW - newest(SEEDS), EMBARGO)
    assert moved_line == b" date 2027-11 Source: (c)"


def test_what_is_broken_stays_as_broken() -> None:
    for path in sorted((SEEDS / "refused").iterdir()):
        data = path.read_bytes()
        again = moved(data, NOW - newest(SEEDS), EMBARGO)
        assert len(again) == len(data), path.name
        if path.suffix not in {".json", ".jsonl"}:
            assert again == data


def test_a_resend_stays_the_same_bytes() -> None:
    def copy(path: Path) -> bytes:
        return moved(path.read_bytes(), NOW - newest(SEEDS), EMBARGO)

    assert copy(SEEDS / "fr/dam-inspection.json") == copy(SEEDS / "fr/resend/dam-inspection.json")
