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
            "january januar jänner janvier jan janv",
            "february februar février fevrier feb févr fév",
            "march märz maerz mars mar mär",
            "april avril apr avr",
            "may mai",
            "june juni juin jun",
            "july juli juillet jul juil",
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
_MONTH_WORD = "(" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"),
    re.compile(r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.\s?(?P<y>\d{4}|\d{2})\b"),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er)?\s+(?P<w>{_MONTH_WORD}),?\s+(?P<y>\d{{4}})\b",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?P<w>{_MONTH_WORD})\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b",
        re.IGNORECASE,
    ),
)
# Abbreviations are ambiguous in the world at large, not in the copy of these agencies.
_ZONES = {
    "utc": 0, "gmt": 0, "z": 0, "mez": 60, "cet": 60, "mesz": 120, "cest": 120, "bst": 60,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "jst": 540, "aest": 600, "aedt": 660,
}  # fmt: skip
_ZONE = re.compile(
    r"(?P<name>\b(?:" + "|".join(_ZONES) + r")\b)|(?<=\d)(?P<offset>[+-]\d{2}:?\d{2})",
    re.IGNORECASE,
)
_CLOCKS = (
    re.compile(
        r"\b(?P<h>\d{1,2})(?:[:.](?P<n>\d{2}))?\s*(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE
    ),
    re.compile(r"\b(?P<h>\d{1,2})[:.](?P<n>\d{2})(?::\d{2})?(?!\d|\.\d)"),
    re.compile(r"\b(?P<h>\d{1,2})\s?h\s?(?P<n>\d{2})?\b", re.IGNORECASE),
    re.compile(r"\b(?P<h>\d{1,2})\s+(?:Uhr|heures?)\b", re.IGNORECASE),
    re.compile(
        r"\b(?P<h>\d{2})(?P<n>\d{2})(?=\s*(?:Uhr\b|" + "|".join(_ZONES) + r"))", re.IGNORECASE
    ),
)


def find_instant(words: str, *, zone: str | None) -> dt.datetime | None:
    """The instant that a sentence names, such as ``Sperrfrist: 12. Mai 2025, 18.00 Uhr``.

    It needs day, month, year and hour, and a zone: in the words, or else ``zone`` (a name such as
    ``Europe/Berlin``). None where any is missing: a time is never guessed.
    """
    date = next((found for pattern in _DATES if (found := pattern.search(words))), None)
    if date is None:
        return None
    parts = date.groupdict()
    month = int(parts["m"]) if parts.get("m") else _MONTHS[parts["w"].rstrip(".").lower()]
    year = int(parts["y"]) + (2000 if len(parts["y"]) == 2 else 0)
    rest = words[: date.start()] + "\x00" + words[date.end() :].lstrip("T")
    clock = next((found for pattern in _CLOCKS if (found := pattern.search(rest))), None)
    if clock is None:
        return None
    told = clock.groupdict()
    hour, minute = int(told["h"]), int(told.get("n") or 0)
    if told.get("half"):
        hour = hour % 12 + (12 if told["half"].lower() == "p" else 0)
    try:
        naive = dt.datetime(year, month, int(parts["d"]), hour, minute)  # noqa: DTZ001
    except ValueError:
        return None
    said = _ZONE.search(rest)
    if said is None:
        return _fixed(naive.replace(tzinfo=ZoneInfo(zone))) if zone else None
    if said["name"]:
        minutes = _ZONES[said["name"].lower()]
    else:
        digits = said["offset"].replace(":", "")
        minutes = (int(digits[1:3]) * 60 + int(digits[3:])) * (-1 if digits[0] == "-" else 1)
    if abs(minutes) >= 24 * 60:
        return None
    return naive.replace(tzinfo=dt.timezone(dt.timedelta(minutes=minutes)))
