"""How long to wait before a feed is asked again: pure functions of what its server said.

A feed that had news is asked sooner, a quiet one later, within its bounds. What the server asks for
is kept: it is not asked before its answer is stale, nor before the time that it names when it is
overloaded.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

SOONER, LATER = 0.5, 1.5
#: a wait varies by this share either way, so that feeds that were started together drift apart
JITTER = 0.1
#: seconds that a server is believed to want, at most: one that says ten years is mistaken
LONGEST = 86_400.0
#: seconds after a first failure, and that failures alone make one wait at most
FIRST_FAILURE, LAST_FAILURE = 30.0, 3600.0

_TTL = re.compile(rb"<ttl>\s*(\d{1,6})\s*</ttl>")
_MAX_AGE = re.compile(r"(?:\A|[\s,])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)
_FRESH_ONLY = re.compile(r"(?:\A|[\s,])no-(?:cache|store)\b", re.IGNORECASE)


def next_interval(interval: float, *, news: bool, fastest: float, slowest: float) -> float:
    """Seconds from one poll to the next, from those before it."""
    wanted = interval * (SOONER if news else LATER)
    return min(max(wanted, fastest), slowest)


def wait(interval: float, *, asked: float, slowest: float, chance: float) -> float:
    """Seconds until the next poll. asked: for so long the server's answer holds; ``slowest`` goes
    before that. chance: from 0 to 1."""
    return max(_varied(interval, chance), min(asked, slowest))


def after_failure(
    failures: int, *, fastest: float, slowest: float, asked: float, chance: float
) -> float:
    """Seconds until a feed is asked again that has failed so many times in a row.

    asked: what the server wants; not even ``slowest`` goes before that.
    """
    first = max(FIRST_FAILURE, fastest)
    doubled = first * 2.0 ** min(failures - 1, 20)
    pause = min(doubled, max(slowest, LAST_FAILURE))
    # Full jitter would let some come back at once; half of it spreads well enough.
    return max(pause * (0.5 + 0.5 * chance), min(asked, LONGEST) * (1 + JITTER * chance))


def _varied(seconds: float, chance: float) -> float:
    return seconds * (1 + JITTER * (2 * chance - 1))


def freshness(headers: Mapping[str, str], now: dt.datetime) -> float:
    """For how many seconds an answer holds, by ``Cache-Control`` and ``Expires`` (RFC 9111).

    headers: names in small letters.
    """
    control = headers.get("cache-control", "")
    if _FRESH_ONLY.search(control):
        return 0.0
    if found := _MAX_AGE.search(control):
        age = headers.get("age", "").strip()
        spent = int(age) if age.isascii() and age.isdigit() and len(age) < 13 else 0
        return float(max(0, int(found[1]) - spent))
    expires = _date(headers.get("expires"))
    if expires is None:
        return 0.0
    # By the server's own clock, where it tells it.
    return max(0.0, (expires - (_date(headers.get("date")) or now)).total_seconds())


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Seconds that ``Retry-After`` asks for, given as seconds or as a date; None without one."""
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit():
        return min(float(told[:12]), LONGEST)
    until = _date(told)
    if until is None:
        return None
    since = _date(headers.get("date")) or now
    return min(max(0.0, (until - since).total_seconds()), LONGEST)


def ttl(head: bytes) -> float:
    """Seconds that an RSS channel asks for in ``ttl`` (minutes there); 0 without it."""
    channel, _, _ = head[:65_536].partition(b"<item")
    found = _TTL.search(channel)
    return int(found[1]) * 60.0 if found else 0.0


def _date(told: str | None) -> dt.datetime | None:
    if not told:
        return None
    try:
        found = parsedate_to_datetime(told)
        if found.tzinfo is None:
            found = found.replace(tzinfo=dt.UTC)
        return found.astimezone(dt.UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
