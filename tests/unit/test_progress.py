"""Since when a record has waited, by what it says of itself."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest

from dateline.progress import _came
from dateline.records import Headers
from producers.retry import RETRY_OF

THEN = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
RECEIVED = ("received", THEN.isoformat().encode())
DIED = ("died", (THEN + WEEK / 2).isoformat().encode())
AGAIN = (RETRY_OF, b"articles.dead|0|3")


@pytest.mark.parametrize(
    ("headers", "since"),
    [
        ([RECEIVED], THEN),
        ([RECEIVED, AGAIN], THEN + WEEK),
        ([RECEIVED, DIED], THEN + WEEK / 2),
        ([RECEIVED, DIED, AGAIN], THEN + WEEK / 2),
        ([], THEN + WEEK),
    ],
)
def test_a_retried_record_waits_since_it_was_published_again(
    headers: Headers, since: dt.datetime
) -> None:
    in_kafka = int((THEN + WEEK).timestamp() * 1000)
    assert _came(SimpleNamespace(headers=headers, timestamp=in_kafka)) == since


def test_nobody_knows_of_a_retried_record_without_kafkas_time() -> None:
    assert _came(SimpleNamespace(headers=[RECEIVED, AGAIN], timestamp=-1)) is None
