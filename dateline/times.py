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
            "january januar jänner janvier jan janv jän januari enero ene gennaio gen janeiro "
            "tammikuuta stycznia января янв січня يناير",
            "february februar février fevrier feb febr févr fév fevr februari febrero febbraio "
            "fevereiro fev helmikuuta lutego февраля фев лютого فبراير",
            "march märz maerz mars mar mär mrz marzo março maart mrt marts maaliskuuta marca "
            "марта мар березня مارس",
            "april avril apr avr abril abr aprile huhtikuuta kwietnia апреля апр "
            "квітня أبريل إبريل",
            "may mai mayo maggio mag maio mei maj toukokuuta maja мая травня مايو",
            "june juni juin jun junio giugno giu junho kesäkuuta czerwca июня июн червня يونيو",
            "july juli juillet jul juil juill julio luglio lug julho heinäkuuta lipca июля июл "
            "липня يوليو",
            "august août aout aug agosto ago augustus augusti elokuuta sierpnia августа "
            "авг серпня أغسطس",
            "september septembre sept sep septiembre setiembre settembre setembro set syyskuuta "
            "września сентября сент сен вересня سبتمبر",
            "october oktober octobre oct okt octubre ottobre ott outubro out lokakuuta "
            "października октября окт жовтня أكتوبر",
            "november novembre nov noviembre novembro marraskuuta listopada "
            "ноября нояб ноя листопада نوفمبر",
            "december dezember décembre decembre dec dez déc diciembre dicembre dic dezembro "
            "desember joulukuuta grudnia декабря дек грудня ديسمبر",
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
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|"
    r"lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo|"
    r"(?:lune|marte|mercole|giove|vener)d[ìi]|sabato|domenica|"
    r"(?:segunda|ter[çc]a|quarta|quinta|sexta)-feira|"
    r"(?:maan|dins|woens|donder|vrij|zater|zon)dag|"
    r"m[åa]ndag|tirsdag|tisdag|onsdag|torsdag|fredag|l[öø]rdag|s[öø]ndag|"
    r"(?:maanan|tiis|tors|perjan|lauan|sunnun)tai(?:na)?|keskiviikko(?:na)?|"
    r"poniedziałek|wtorek|środ[aęy]|czwartek|piątek|sobot[aęy]|niedziel[aęi])\b"
)
_DATES = (
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})(?!\d)"),
    # "12.5. 18.00 Uhr" holds no year.
    re.compile(
        r"\b(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s(?=\d{4}))?(?P<y>\d{4}|\d{2})\b(?![.:]\d)"
    ),
    re.compile(
        rf"\b(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|er|º|°)?\s+(?:de\s+|di\s+)?(?P<w>{MONTH}),?\s+"
        r"(?:del?\s+)?(?P<y>\d{4})\b",
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
# What only stands behind a clock: other cities, and the time of a land.
_PLACES: dict[str, int | str] = {
    "Madrid": "Europe/Madrid", "Lisboa": "Europe/Lisbon", "Roma": "Europe/Rome",
    "Amsterdam": "Europe/Amsterdam", "Brussel": "Europe/Brussels", "Bruxelles": "Europe/Brussels",
    "Stockholm": "Europe/Stockholm", "Oslo": "Europe/Oslo", "København": "Europe/Copenhagen",
    "Helsinki": "Europe/Helsinki", "Warszawa": "Europe/Warsaw",
}  # fmt: skip
_LANDS = {
    "peninsular": "Europe/Madrid", "italiana": "Europe/Rome", "française": "Europe/Paris",
    "nederlandse tijd": "Europe/Amsterdam", "svensk tid": "Europe/Stockholm",
    "norsk tid": "Europe/Oslo", "dansk tid": "Europe/Copenhagen",
    "suomen aikaa": "Europe/Helsinki", "czasu polskiego": "Europe/Warsaw",
}  # fmt: skip
_AMERICAN = {"eastern": "ET", "central": "CT", "mountain": "MT", "pacific": "PT"}
_BY_NAME = _ZONES | _PLACES
_NAMED = re.compile(r"\b(?P<name>" + "|".join(_BY_NAME) + r")\b")
_OF_A_LAND = re.compile("(?P<name>" + "|".join(_LANDS) + r")\b", re.IGNORECASE)
#: the name of a zone, as it stands behind a clock
ZONE = "(?:" + "|".join(_ZONES) + ")"
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
    r"(?:[\s,(\[\0]|\b(?:Uhr|uur|heures?|horas?|ora|ore|hrs?|hours?|h|o'clock|on|in|am|at|den|des?|"
    r"le|à|a|del|el|di|do|em|en|op|i|w|no|dnia|da)\b|"
    rf"\b{WEEKDAY})*",
    re.IGNORECASE,
)
# "hora de Tokio", "ora locale": whose time it is comes next, whatever stands before.
_TIME_OF = re.compile(
    r"\b(?:(?:heure|hora|ora)s?\s+(?:del?|do|da|di|d['’])|heure|hora|ora)\s*\Z", re.IGNORECASE
)
_LIKE_A_ZONE = re.compile(
    r"[A-Z]{2,5}\b|(?i:(?:[^\W\d_]+[\s-]+){0,3}(?:[^\W\d_]*(?:time|zeit|locale?|tid|tijd)|aikaa|czasu)\b)"
)
# Before the figures of a clock, in the languages that put it there.
_AT = r"(?:kl|klockan|klokk[ea]n?|klo|kello|godz|godzin[aey]|godzinie|ore)\b\.?"
#: words that tell an hour, though perhaps no instant
HOUR = re.compile(
    r"\d\s?(?:Uhr|uur|h|heures?|horas?|hours?|hrs?|o'clock|[ap]\.?m|GMT|UTC|CES?T|MES?Z|BST|E[SD]?T)\b"
    rf"|\d\s?h\s?\d\d\b|\d:\d\d|\b{_AT}\s?\d",
    re.IGNORECASE,
)
_CLOCKS = (
    re.compile(
        r"\b(?P<h>\d{1,2})(?:[:.](?P<n>\d{2}))?\s*(?P<half>[ap])\.?\s?m\b\.?", re.IGNORECASE
    ),
    re.compile(r"\b(?P<h>\d{1,2})[:.](?P<n>\d{2})(?::\d{2}(?:\.\d+)?)?(?![\d:]|\.\d)"),
    re.compile(r"\b(?P<h>\d{1,2})\s?h\s?(?P<n>\d{2})?\b", re.IGNORECASE),
    re.compile(r"\b(?P<h>\d{1,2})\s+(?:Uhr|uur|heures?|horas?)\b", re.IGNORECASE),
    re.compile(
        rf"\b{_AT}\s*(?P<h>\d{{1,2}})(?:[:.h]?(?P<n>\d{{2}}))?(?![\d:]|\.\d)", re.IGNORECASE
    ),
    re.compile(
        r"\b(?P<h>\d{2})(?P<n>\d{2})(?=\s*(?:Uhr\b|" + "|".join(_ZONES) + r"))", re.IGNORECASE
    ),
)


#: a time in words is not told at greater length
_LONGEST_SENTENCE = 4000


def find_instant(words: str, *, zone: str | None) -> dt.datetime | None:
    """The instant that a sentence names, such as ``Sperrfrist: 12. Mai 2025, 18.00 Uhr``.

    It needs day, month, year and hour, and a zone: the one that stands behind the clock, or else
    ``zone`` (a name such as ``Europe/Berlin``). None where any is missing, where a zone is named
    that is not known, and where two dates are named: a time is never guessed.
    """
    dates: set[tuple[int, int, int]] = set()

    def take(found: re.Match[str]) -> str:
        told = found.groupdict()
        month = int(told["m"]) if told.get("m") else _MONTHS.get(told["w"].rstrip(".").lower())
        if month is None:
            return found[0]  # letters that are alike, but not the same
        year = int(told["y"]) + (2000 if len(told["y"]) == 2 else 0)
        dates.add((year, month, int(told["d"])))
        return "\0"

    rest = words[:_LONGEST_SENTENCE].replace("\0", " ")
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
        name = _BY_NAME[named["name"]]
    elif land := _OF_A_LAND.match(behind):
        name = _LANDS.get(land["name"].lower())
    elif _LIKE_A_ZONE.match(behind) or _names(behind, between[0] if between else ","):
        return None
    if isinstance(name, int):
        return dt.timezone(dt.timedelta(minutes=name))
    return ZoneInfo(name) if name else None


def _names(behind: str, between: str) -> bool:
    """Whether a place, which is not known, is named behind a clock: "Tokio", "hora de Tokio"."""
    if _TIME_OF.search(between):
        return behind[:1].isalpha()
    return "," not in between and behind[:1].isupper()


# --- times as feeds write them -------------------------------------------------------------------

# By how they begin, in the languages of Europe; "set" is no September to an Englishman, but no
# other month either. Where beginnings are alike, the longer ones decide.
_BEGINNINGS = {
    name: number
    for number, names in enumerate(
        (
            "jan jän jän ene gen янв sty ian oca tammi",
            "feb fév fev fév фев lut şub helmi",
            "mar mär mär mrz mrt мар maalis",
            "apr avr abr апр kwi nis huhti",
            "may mai maj mei mag май мая touko",
            "jun juin giu июн cze haz kesä",
            "jul juil lug июл lip tem heinä",
            "aug aoû aou ago авг sie ağu elo",
            "sep set сен wrz eyl syys",
            "oct okt ott out окт paź eki loka",
            "nov noi ноя lis kas marras",
            "dec déc dez dic des дек gru ara joulu",
        ),
        start=1,
    )
    for name in names.split()
}
_TIME_OF_DAY = (
    r"(?P<h>\d{1,2})(?::(?P<n>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?|(?P<run>\d{2}))"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
)
_ZONE = r"\s*(?P<zone>(?:(?:UTC|GMT|UT)?\s?[+−-]\s?\d{1,2}(?::?\d{2})?|[A-Za-z]{1,5})\b)?"
_DAY_NAME = r"(?:[^\W\d_]{2,12}\.?(?:\s?,\s?|\s))?"
_REMARK = r"\s*(?:\([^()]{0,40}\))?\s*\Z"
_LOOSE = (
    # RFC 822: "Wed, 02 Oct 2002 13:00:00 GMT", and "2-Oct-02", "3. März 2020", "3 de mayo de 2020"
    re.compile(
        rf"{_DAY_NAME}(?P<d>\d{{1,2}})(?:\.|st|nd|rd|th|º)?[\s-]*(?:de\s)?(?P<w>[^\W\d_]{{3,12}})\.?,?"
        rf"[\s-]+(?:de\s)?(?P<y>\d{{4}}|\d{{2}})(?:[\s,]+(?:at\s)?{_TIME_OF_DAY}{_ZONE})?{_REMARK}"
    ),
    # "Oct 2, 2002 1:00 PM EST"
    re.compile(
        rf"{_DAY_NAME}(?P<w>[^\W\d_]{{3,12}})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})"
        rf"(?:[\s,]+(?:at\s)?{_TIME_OF_DAY}{_ZONE})?{_REMARK}"
    ),
    # C's: "Wed Oct  2 13:00:00 2002", "Wed Oct 02 13:00:00 GMT 2002"
    re.compile(
        rf"{_DAY_NAME}(?P<w>[^\W\d_]{{3,12}})\s+(?P<d>\d{{1,2}})\s+{_TIME_OF_DAY}{_ZONE}\s+"
        rf"(?P<y>\d{{4}}){_REMARK}"
    ),
    # ISO 8601 with a space, or slashes
    re.compile(
        r"(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"
        rf"(?:[Tt\s]\s*{_TIME_OF_DAY}{_ZONE})?{_REMARK}"
    ),
    # "28.09.2018 11:45"
    re.compile(
        r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})"
        rf"(?:,?\s+{_TIME_OF_DAY}{_ZONE})?{_REMARK}"
    ),
)
# Beyond those that copy speaks of: RFC 822's, and what servers call the zone that they stand in.
_ZONE_MINUTES = {name: told for name, told in _ZONES.items() if isinstance(told, int)} | {
    "UT": 0, "WET": 0, "WEST": 60, "WESZ": 60, "EET": 120, "EEST": 180, "OEZ": 120, "OESZ": 180,
    "MSK": 180, "SAST": 120, "PKT": 300, "HKT": 480, "SGT": 480, "AWST": 480, "KST": 540,
    "ACST": 570, "ACDT": 630, "NZST": 720, "NZDT": 780, "AKST": -540, "AKDT": -480, "HST": -600,
    "NST": -210, "NDT": -150, "ADT": -180, "BRT": -180, "ART": -180,
}  # fmt: skip
#: what programs write that have no date: the first instant of their clock
_NO_DATE = frozenset(
    (dt.date(*day), dt.time())
    for day in ((1, 1, 1), (1970, 1, 1), (1900, 1, 1), (1899, 12, 30), (1899, 12, 31))
)
_LONGEST_DATE = 100


def parse_feed(words: str, *, zone: str | None = None) -> Declared | None:
    """A time in a feed: ISO 8601 or RFC 822, whichever its format prescribes, since feeds mix them
    up. None where it cannot be read or is no date at all (see `parse_rfc822`)."""
    words = words.strip()
    try:
        found: Declared | None = parse(words, field="date", zone=zone)
    except InputError:
        found = parse_rfc822(words, zone=zone)
    if found is None or (found.instant.date(), found.instant.time()) in _NO_DATE:
        return None
    return found


def parse_rfc822(words: str, *, zone: str | None = None) -> Declared | None:
    """A time by RFC 822 (and 2822), and by what is taken for it: month names of other languages,
    wrong or no days of the week, years of two digits, no seconds, ISO 8601 with spaces in it.

    zone: name of the zone of times without one. None where the words cannot be read, and where
    they name a zone that is not known.
    """
    words = " ".join(words[:_LONGEST_DATE].split())
    found = next((found for pattern in _LOOSE if (found := pattern.match(words))), None)
    if found is None:
        return None
    told = found.groupdict()
    month = int(told["m"]) if told.get("m") else _month(told["w"])
    year = int(told["y"])
    if len(told["y"]) == 2:
        year += 2000 if year < 50 else 1900  # RFC 2822, 4.3
    try:
        day = dt.datetime(year, month or 0, int(told["d"]), tzinfo=dt.UTC)
        if told["h"] is None:
            return Declared(day, "day")
        hour, minute = int(told["h"]), int(told["n"] or told["run"])
        second = min(int(told["s"] or 0), 59)
        if told["half"]:
            hour = hour % 12 + (12 if told["half"][0] in "Pp" else 0)
        whole_day = hour == 24 and minute == 0
        naive = day.replace(hour=0 if whole_day else hour, minute=minute, second=second)
        naive = naive.replace(tzinfo=None) + dt.timedelta(days=int(whole_day))
        instant = _placed(naive, told["zone"], zone)
        if instant is None:
            return None
        instant.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return Declared(instant)


def _month(word: str) -> int | None:
    lower = word.lower()
    lengths = range(min(len(lower), 6), 2, -1)
    return next((m for n in lengths if (m := _BEGINNINGS.get(lower[:n])) is not None), None)


def _placed(naive: dt.datetime, said: str | None, zone: str | None) -> dt.datetime | None:
    """A clock's time in the zone that was said (an offset or a name), or else in ``zone``."""
    told = (said or "").replace("−", "-").replace(" ", "").upper()
    if number := re.search(r"([+-])(\d{1,2})(?::?(\d{2}))?\Z", told):
        minutes = int(number[2]) * 60 + int(number[3] or 0)
        if minutes > 14 * 60:
            return None
        offset = dt.timedelta(minutes=minutes if number[1] == "+" else -minutes)
        return naive.replace(tzinfo=dt.timezone(offset))
    if told in _ZONE_MINUTES:
        offset = dt.timedelta(minutes=_ZONE_MINUTES[told])
        return naive.replace(tzinfo=dt.timezone(offset))
    if zone is None:
        return None
    instant = naive.replace(tzinfo=ZoneInfo(zone))
    # "IST" is India's time, Israel's and Ireland's: only who sends it tells which.
    return _fixed(instant) if not told or instant.tzname() == told else None
