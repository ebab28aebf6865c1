"""Times as agencies write them: into instants that know their zone, and never a guessed one.

Pure functions. What cannot be read as a time raises, or is None where words are searched.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from dateline.errors import InputError

Precision = Literal["month", "day"]

_MONTH = re.compile(r"(\d{4})-(\d{2})\Z")
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})\Z")
_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}[T ]\d{2}(?::?\d{2})?", re.IGNORECASE)
_LEAP = re.compile(r"(T\d{2}:?\d{2}:?)60")
_EXPECTED = "an RFC 3339 time with offset, such as 2025-04-28T07:15:00+02:00"


class Declared(msgspec.Struct, frozen=True):
    """A time as a provider declared it. ``precision`` is set where it gave no more than that;
    the instant is then the beginning of that month or day in UTC, shifted by no zone."""

    instant: dt.datetime
    precision: Precision | None = None


def parse(text: str, *, field: str, zone: str | None = None) -> Declared:
    """RFC 3339 or ISO 8601, whole or only a month or a day.

    zone: name of the zone of times without one (the provider's); without it such a time is
    refused. Raises InputError that names the field.
    """
    text = text.strip()
    try:
        if found := _MONTH.match(text):
            start = dt.datetime(int(found[1]), int(found[2]), 1, tzinfo=dt.UTC)
            return Declared(start, "month")
        if found := _DAY.match(text):
            start = dt.datetime(*map(int, found.groups()), tzinfo=dt.UTC)  # type: ignore[misc,arg-type]
            return Declared(start, "day")
        if not _ISO.match(text):
            raise ValueError("not ISO 8601")
        upper = text.upper().replace(",", ".")
        leap = _LEAP.search(upper) is not None
        instant = dt.datetime.fromisoformat(_LEAP.sub(r"\g<1>59", upper))
        if instant.tzinfo is None and zone is not None:
            instant = _fixed(instant.replace(tzinfo=ZoneInfo(zone)))
        if instant.tzinfo is None:
            raise InputError("a time without a zone", found=repr(text), expected=_EXPECTED).at(
                field=field
            )
        if leap:
            instant += dt.timedelta(seconds=1)
        instant.astimezone(dt.UTC)  # what overflows here would crash somebody later
    except (ValueError, OverflowError) as error:
        raise InputError(
            "a time that cannot be read", found=repr(text[:60]), expected=_EXPECTED
        ).at(field=field) from error
    return Declared(instant)


def _fixed(instant: dt.datetime) -> dt.datetime:
    """With the offset that the zone has at that instant, so that it survives a round trip."""
    return instant.replace(tzinfo=dt.timezone(instant.utcoffset() or dt.timedelta()))


# --- times in words ------------------------------------------------------------------------------

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner janvier jan janv jän",
            "february februar février fevrier feb febr févr fév fevr",
            "march märz maerz mars mar mär mrz",
            "april avril apr avr",
            "may mai",
            "june juni juin jun",
            "july juli juillet jul juil juill",
            "august août aout aug",
            "september septembre sept sep",
            "october oktober octobre oct okt",
            "november novembre nov",
            "december dezember décembre decembre dec dez déc",
        ),
        start=1,
    )
    for name in names.split()
}
#: a month's name or abbreviation; for patterns that ignore case
MONTH = "(?:" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
#: a day's name; likewise
WEEKDAY = (
    r"(?:(?:Mon|Diens|Donners|Frei|Sams|Sonn)tag|Mittwoch|Sonnabend|"
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)\b"
)
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"),
    # "12.5. 18.00 Uhr" holds no year.
    re.compile(
        r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s(?=\d{4}))?(?P<y>\d{4}|\d{2})\b(?![.:]\d)"
    ),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s+(?P<w>{MONTH}),?\s+(?P<y>\d{{4}})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<w>{MONTH})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b",
        re.IGNORECASE,
    ),
)
# Minutes, or the name of a zone with daylight saving. Abbreviations are ambiguous in the world at
# large, not in the copy of these agencies; "IST" is even there, so it is none of them.
_ZONES: dict[str, int | str] = {
    "UTC": 0, "GMT": 0, "Z": 0, "MEZ": 60, "CET": 60, "MESZ": 120, "CEST": 120, "BST": 60,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360,
    "PST": -480, "PDT": -420, "JST": 540, "AEST": 600, "AEDT": 660,
    "ET": "America/New_York", "CT": "America/Chicago",
    "MT": "America/Denver", "PT": "America/Los_Angeles",
    "Paris": "Europe/Paris", "Berlin": "Europe/Berlin", "Berliner": "Europe/Berlin",
    "London": "Europe/London", "New York": "America/New_York",
}  # fmt: skip
_AMERICAN = {"eastern": "ET", "central": "CT", "mountain": "MT", "pacific": "PT"}
_NAMED = re.compile(r"\b(?P<name>" + "|".join(_ZONES) + r")\b")
# Before the clock; a city there is only where something happens.
_NAMED_BEFORE = re.compile(
    r"\b(?:" + "|".join(name for name in _ZONES if name.isupper() and len(name) > 2) + r")\b"
)
# "Eastern Time", "Eastern"; but not "Central European Time", which is another.
_AMERICAN_TIME = re.compile(
    r"(?P<name>eastern|central|mountain|pacific)"
    r"(?:\s+(?:(?:standard|daylight)\s+)?time\b|(?![\s-]*[^\W\d_]))",
    re.IGNORECASE,
)
_FROM_UTC = re.compile(
    r"(?:UTC|GMT)\s?(?P<sign>[+−-])\s?(?P<h>\d{1,2})(?::?(?P<n>\d{2}))?(?![\d:.])"
)
_OFFSET = re.compile(
    r"\s?(?P<sign>[+−-])(?P<h>\d{2}):?(?P<n>\d{2})(?!\d|\s*(?:Uhr|[ap]\.?m)\b)", re.IGNORECASE
)
_SIGNED = re.compile(r"\s?(?:UTC|GMT)?\s?[+−–-]\s?\d")
# What may stand between a clock and its zone; \0 is the date.
_BETWEEN = re.compile(
    r"(?:[\s,(\[\0]|\b(?:Uhr|heures?|hrs?|hours?|o'clock|on|in|am|at|den|des?|le|à)\b|"
    rf"\b{WEEKDAY})*",
    re.IGNORECASE,
)
_LIKE_A_ZONE = re.compile(
    r"[A-Z]{2,5}\b|(?i:(?:[^\W\d_]+[\s-]+){0,3}[^\W\d_]*(?:time|zeit|locale?)\b)"
)
_CLOCKS = (
    re.compile(
        r"\b(?P<h>\d{1,2})(?:[:.](?P<n>\d{2}))?\s*(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE
    ),
    re.compile(r"\b(?P<h>\d{1,2})[:.](?P<n>\d{2})(?::\d{2}(?:\.\d+)?)?(?![\d:]|\.\d)"),
    re.compile(r"\b(?P<h>\d{1,2})\s?h\s?(?P<n>\d{2})?\b", re.IGNORECASE),
    re.compile(r"\b(?P<h>\d{1,2})\s+(?:Uhr|heures?)\b", re.IGNORECASE),
    re.compile(
        r"\b(?P<h>\d{2})(?P<n>\d{2})(?=\s*(?:Uhr\b|" + "|".join(_ZONES) + r"))", re.IGNORECASE
    ),
)


def find_instant(words: str, *, zone: str | None) -> dt.datetime | None:
    """The instant that a sentence names, such as ``Sperrfrist: 12. Mai 2025, 18.00 Uhr``.

    It needs day, month, year and hour, and a zone: the one that stands behind the clock, or else
    ``zone`` (a name such as ``Europe/Berlin``). None where any is missing, where a zone is named
    that is not known, and where two dates are named: a time is never guessed.
    """
    dates: set[tuple[int, int, int]] = set()

    def take(found: re.Match[str]) -> str:
        told = found.groupdict()
        month = int(told["m"]) if told.get("m") else _MONTHS[told["w"].rstrip(".").lower()]
        year = int(told["y"]) + (2000 if len(told["y"]) == 2 else 0)
        dates.add((year, month, int(told["d"])))
        return "\0"

    rest = words.replace("\0", " ")
    for pattern in _DATES:
        rest = pattern.sub(take, rest)
    rest = re.sub("\0[Tt]", "\0", rest)
    clocks = [found for pattern in _CLOCKS if (found := pattern.search(rest))]
    if len(dates) != 1 or not clocks:
        return None
    clock = min(clocks, key=lambda found: found.start())
    told = clock.groupdict()
    hour, minute = int(told["h"]), int(told.get("n") or 0)
    if told.get("half"):
        hour = hour % 12 + (12 if told["half"].lower() == "p" else 0)
    if _NAMED_BEFORE.search(rest, 0, clock.start()):
        return None  # whose clock is meant then?
    said = _zone_behind(rest[clock.end() :], zone)
    if said is None:
        return None
    try:
        instant = _fixed(dt.datetime(*dates.pop(), hour, minute, tzinfo=said))
        instant.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return instant


def _zone_behind(clock: str, default: str | None) -> dt.tzinfo | None:
    """The zone that is named right behind a clock, or the default where none is; None where the
    one is not known, or there is no other."""
    between = _BETWEEN.match(clock)
    behind = clock[between.end() :] if between else clock
    if offset := _OFFSET.match(clock) or _FROM_UTC.match(behind):
        minutes = int(offset["h"]) * 60 + int(offset["n"] or 0)
        if minutes > 14 * 60:
            return None
        return dt.timezone(dt.timedelta(minutes=minutes if offset["sign"] == "+" else -minutes))
    if _SIGNED.match(clock) or _SIGNED.match(behind):
        return None
    name: int | str | None = default
    if american := _AMERICAN_TIME.match(behind):
        name = _ZONES[_AMERICAN[american["name"].lower()]]
    elif named := _NAMED.match(behind):
        name = _ZONES[named["name"]]
    elif _LIKE_A_ZONE.match(behind) or (between and "," not in between[0] and behind[:1].isupper()):
        return None
    if isinstance(name, int):
        return dt.timezone(dt.timedelta(minutes=name))
    return ZoneInfo(name) if name else None
