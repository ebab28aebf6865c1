"""What stands inside wire copy whatever its format: dateline, byline, crossheads, embargo words,
notepads for editors only. Each is recognised by form, from real agency copy, and taken off.

Pure functions over text that is `dateline.text.clean`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

import msgspec

from dateline import headlines
from dateline.article import Dateline
from dateline.providers import catalogue
from dateline.times import HOUR, MONTH, WEEKDAY, ZONE, find_instant
from dateline.words import Lexicon, Phrases, any_of, lexicon, spellings

_DATE = (
    rf"(?:(?i:{MONTH})\s\d{{1,2}}(?:,\s\d{{4}})?|"
    rf"\d{{1,2}}(?:\.|er|st|nd|rd|th)?\s(?i:{MONTH})(?:\s\d{{4}})?|"
    r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?|\d{1,2}/\d{1,2}(?:/(?:\d{4}|\d{2}))?)"
)
# One bracket may belong to the name: "Frankfurt (Oder)".
_PLACE = (
    r"(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>/]{0,40}(?:/[^()\n:;!?\"»«„“”=<>]{1,40})?"
    r"(?:\s\((?P<within>[^\W\d_][^()\n]{1,30})\))?)"
)
_DASH = r"(?:\.?[-–—_]{1,3})"
# Those besides a dash end the datelines of few agencies, see `Provider.dateline_ends`.
_END = rf"(?:{_DASH}|[=:])"
_BRACKETED = re.compile(
    rf"\s*{_PLACE}(?<=[\w.)])\s*(?:--)?\s*\((?P<source>[^()\n]{{2,40}})\)\s*"
    rf"(?:(?P<dash>{_END})(?=\s|$)|(?=\s))\s*"
)
# Without a space before the copy: "SEATTLE--(BUSINESS WIRE)--", with a date behind it or not.
_GLUED = re.compile(
    r"\s*(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>/]{0,80}?)\s*(?:--)?\s*\((?P<source>[^()\n]{2,40})\)\s?"
    rf"(?P<dash>(?:[-–—]{{1,3}}(?:{_DATE})\s?)?[-–—]{{1,3}})(?=\S)"
)
_LONG_PLACE = re.compile(
    r"\s*(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>]{0,80}?)\s*\((?P<source>[^()\n]{2,40})\)\s*"
    rf"(?P<dash>{_DASH})(?=\s|$)\s*"
)
_SLASHED = re.compile(
    r"\s*(?P<place>[^\W\d_][^()\n/:;!?]{0,80}?)\.?\s*/(?P<source>[^/()\n]{2,40}?)\s?/\s*"
    rf"(?:(?P<dash>{_DASH})(?=\s|$)|[.:](?=\s))\s*"
)
_BARE_SOURCE = re.compile(
    rf"\s*(?P<place>[^\W\d_][^()\n:;!?]{{0,60}}?),?\s(?P<date>{_DATE}),?\s"
    r"(?P<source>[A-Z]{2,8}|[A-Z][\w-]{1,20}(?:\s[A-Z]\w{1,20})?)\s"
    rf"(?P<dash>{_DASH})(?=\s|$)\s*"
)
_NO_PLACE = re.compile(
    rf"\s*(?P<text>(?:(?P<date>{_DATE}),?\s*)?\((?P<source>[^()\n]{{2,40}})\))"
    rf"\s*(?P<dash>{_END})(?=\s)\s*"
)
# Italian order, whose months are abbreviated in capitals.
_SOURCE_FIRST = re.compile(
    r"\s*\((?P<source>[^()\n]{2,40})\)\s*[-–—]\s*(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>,]{0,60}),\s"
    rf"(?P<date>{_DATE}|\d{{1,2}}\s[A-Z]{{3,9}}|[A-Z]{{3,9}}\s\d{{1,2}})\s*(?P<dash>{_DASH})(?=\s|$)\s*"
)
# As in Japan: "東京（共同）".
_FULL_WIDTH = re.compile(
    r"\s*(?P<text>(?P<place>[^\W\d_]{1,12})（(?P<source>[^（）\n]{2,20})）)\s*(?=\S)"
)
_ONLY_DATE = re.compile(rf"{_DATE}\Z")
_DATED = re.compile(rf"(?P<place>.+?),?\s+(?P<date>{_DATE})\Z")
_PARTICLES = frozenset(
    "a am an and auf au aux bei da das de del der des di do du el en et i im in l la las le les "
    "los ob of on op over sur the und under unter upon van von vor y zu".split()
)
_ONE_PLACE = re.compile(r"(?:Trinidad|Tobago|Antigua|Bosni|Brighton|St\.? Kitts)", re.IGNORECASE)


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A dateline and what follows it. ``provider`` is the key of a known source, ``service`` a
    desk within it (``dpa/lni``)."""

    dateline: Dateline
    rest: str
    provider: str | None = None
    service: str | None = None


def take_dateline(paragraph: str) -> Filed | None:
    """The dateline that a paragraph begins with: ``Seoul (Reuters) - ``, ``Waghäusel (dpa) - ``,
    ``STOCKHOLM, Aug 29, 2014 (AFP) -``, ``NEW YORK (AP) _ ``, ``PARIS, 3 mars (AFP) - ``,
    ``Berlin/Moskau (dpa/lni) - ``, ``BRISBANE, Oct 12 AAP - ``, ``LONDON /PRNewswire/ --``,
    ``Jan 3 (Reuters) - ``, ``(ANSA) - ROMA, 1 LUG - ``, ``MOSCOW, May 3. /TASS/. ``,
    ``SEATTLE--(BUSINESS WIRE)--``, ``TOKYO, May 3, Kyodo - ``. Its text is as sent, the tag of
    ``UPDATE 2-Berlin (Reuters)`` included.

    The source must be a known agency, or a date must stand there: ``Angela Merkel (CDU) - `` is
    no dateline. Without a dash the source must be known and a sentence begin after it.
    """
    opening = paragraph[:220]
    for pattern in (_BRACKETED, _LONG_PLACE, _SLASHED, _BARE_SOURCE, _SOURCE_FIRST, _GLUED):
        found = pattern.match(opening)
        filed = _filed(found, paragraph) if found else None
        if filed is not None:
            return filed
    found = _NO_PLACE.match(opening)
    if found and (key := _agency(found["source"])) and _may_end(found["dash"], key):
        return Filed(
            dateline=Dateline(
                text=found["text"], date=found["date"], source=found["source"].strip()
            ),
            rest=paragraph[found.end() :],
            provider=key,
            service=_service(found["source"]),
        )
    found = _FULL_WIDTH.match(opening)
    if found and (key := _agency(found["source"])):
        return Filed(
            dateline=Dateline(text=found["text"], city=found["place"], source=found["source"]),
            rest=paragraph[found.end() :],
            provider=key,
        )
    return None


def _agency(source: str) -> str | None:
    """The key of a known agency; of several (``ANSA-AFP``), all of them known, the first's."""
    known = catalogue().known
    if (key := known(source)) or "-" not in source:
        return key
    keys = [known(part) for part in source.split("-")]
    return keys[0] if all(keys) else None


def _may_end(dash: str | None, key: str | None) -> bool:
    """Whether such a dash ends the datelines of an agency."""
    return dash not in ("=", ":") or dash in catalogue().get(key).dateline_ends


def after_place(paragraph: str, dateline: Dateline) -> str | None:
    """What follows the place of a dateline that is told elsewhere, where a paragraph begins with
    it and a dash, without a source: ``OTTAWA - ``. None where it does not."""
    opening = paragraph.lstrip()
    for place in (dateline.text, dateline.city):
        if place and opening[: len(place)].casefold() == place.casefold():
            rest = opening[len(place) :].lstrip()
            copy = rest.lstrip("-–—_")
            if copy != rest and copy[:1].isspace():
                return copy.lstrip()
    return None


def declared_dateline(line: str) -> Dateline | None:
    """A dateline that a format declares to be one, so that its source may be anybody and its dash
    missing; a time (some systems put one there) has no city. None where nothing is left."""
    filed = take_dateline(f"{line} ")
    if filed is not None and not filed.rest.strip():
        return filed.dateline
    told = line.strip().rstrip("-–—_").rstrip()
    if not told:
        return None
    if _ONLY_DATE.match(told):
        return Dateline(text=told, date=told)
    place, bracket, _ = told.partition("(")
    source = told.rpartition("(")[2]
    dated = _DATED.match(place.strip(" ,"))
    place = (dated["place"] if dated else place).strip(" ,")
    return Dateline(
        text=told,
        city=city_of(place) if place[:1].isalpha() and _is_place(place) else None,
        date=dated["date"] if dated else None,
        source=source.rstrip(" )") or None if bracket else None,
    )


# From its first bracket to the one that closes it.
_BRACKETED_NOTE = re.compile(r"\s*+\((?:[^()\n]++|\([^()\n]*+\))++\)\s*+\Z")
_POINT = re.compile(r"\s*[*•]\s+\S")
_PREFACE_MOST = 8


def preface(paragraphs: list[str]) -> int:
    """How many paragraphs stand before the copy itself, with its byline and dateline: what a desk
    says of this version, ``(Adds quotes, background)``, and points that sum it up,
    ``* Dollar index down``. At least one is left."""
    found = 0
    while (
        found < min(len(paragraphs) - 1, _PREFACE_MOST)
        and len(paragraphs[found]) < 2000
        and all(
            _POINT.match(line) or _BRACKETED_NOTE.match(line)
            for line in paragraphs[found].split("\n")
        )
    ):
        found += 1
    return found


def _filed(found: re.Match[str], paragraph: str) -> Filed | None:
    place, source = found["place"].strip(" ,"), found["source"].strip()
    if not source:
        return None
    date = found["date"] if "date" in found.re.groupindex else None
    if date is None and (dated := _DATED.match(place)):
        place, date = dated["place"].strip(" ,"), dated["date"]
    known = catalogue().known
    key = _agency(source)
    tagged = headlines.read(place, markers=catalogue().get(key).markers)
    if tagged.kinds and tagged.title:
        place = tagged.title
    rest = paragraph[found.end() :]
    within = found.groupdict().get("within")
    if within and (known(within) or (within.isupper() and not place.isupper())):
        return None  # "Angela Merkel (CDU) (dpa)"
    if _ONLY_DATE.match(place) or not _may_end(found["dash"], key):
        return None
    if found.re is _GLUED:
        # "Ein (dpa)-Bericht" is a compound.
        if key is None or (len(found["dash"]) == 1 and not place.isupper()):
            return None
        if (dated := re.search(_DATE, found["dash"])) is not None:
            date = date or dated[0]
    if key is None and (date is None or "date" in found.re.groupindex or not found["dash"]):
        return None
    if not found["dash"] and (not rest or not (rest[0].isupper() or rest[0] in "\"'»«„“”‘")):
        return None
    if not place or not _is_place(place):
        return None
    text = paragraph[: found.end()].strip()
    if found["dash"]:
        text = text[: text.rfind(found["dash"])].strip()
    return Filed(
        dateline=Dateline(text=text, city=city_of(place), date=date, source=source),
        rest=rest,
        provider=key,
        service=_service(source) if key else None,
    )


def _is_place(place: str) -> bool:
    words = re.split(r"[\s,/'’()-]+", place)
    return len(words) <= 9 and all(
        not word or not word[0].islower() or word.rstrip(".") in _PARTICLES for word in words
    )


def _service(source: str) -> str | None:
    _, slash, desk = source.partition("/")
    desk = desk.strip()
    known = catalogue().known(desk) if desk else None
    return desk if slash and desk and known is None and re.fullmatch(r"[a-z]{2,6}", desk) else None


def city_of(place: str) -> str | None:
    """The (first) city of a dateline's place, capitals as in running text: ``NEW YORK, N.Y.`` is
    ``New York``, ``Berlin/Moskau`` and ``Berlin und Moskau`` are ``Berlin``."""
    city = re.split(r"[,/]", place, maxsplit=1)[0].strip()
    city = re.sub(r"(?<=\w{3})\.\Z", "", city)  # a sentence's: "KYIV. Jan 5 (Interfax)"
    if not _ONE_PLACE.match(city):
        city = re.split(r"\s(?:und|and|et|&)\s", city, maxsplit=1, flags=re.IGNORECASE)[0].strip()
    if city.isupper() and len(city) > 3:
        words = re.split(r"([\s'’.-]+)", city.lower())
        city = "".join(
            word if index and word in _PARTICLES else word[:1].upper() + word[1:]
            for index, word in enumerate(words)
        )
    elif city.isupper():
        city = city if len(city) < 3 else city.capitalize()
    return city or None


# --- bylines -------------------------------------------------------------------------------------


class _Bylines:
    """How bylines begin (as listed or in capitals), and what stands between their names."""

    def __init__(self, words: Lexicon) -> None:
        listed = words.every("byline")
        self.begin = re.compile(
            rf"\s*(?:{any_of([*listed, *map(str.upper, listed)])})\s+"
            r"(?P<names>[^\n]{3,90}?)\s*=?\Z"
        )
        self.joins = frozenset({"&", *words.every("byline_joins"), *_PARTICLES}) - {
            "zu", "auf", "unter",
        }  # fmt: skip


@cache
def _bylines(words: Lexicon) -> _Bylines:
    return _Bylines(words)


def is_byline(line: str) -> bool:
    """Whether a line is ``By JOHN DOE`` or ``Von Andrej Sokolow, dpa``: names, and no sentence."""
    bylines = _bylines(lexicon())
    found = bylines.begin.match(line)
    if not found or found["names"].endswith((".", "!", "?", ":")):
        return False
    words = re.split(r"[\s,/]+", found["names"])
    known = catalogue().known
    return words[0][:1].isupper() and all(
        not word[:1].islower() or word in bylines.joins or known(word) is not None
        for word in words
        if word
    )


# --- embargoes -----------------------------------------------------------------------------------

_NEXT = re.compile(r"(\w+)[\s,:.!'’–—-]*")
_FIRST = re.compile(r"[\s*#!¡/=<(\[–—-]*" + _NEXT.pattern)
_CALLS_MOST = 5
#: figures that are no year: "EMBARGO 0001"
_CLOCK_ALONE = re.compile(r"\W*(?:(?!(?:19|20)\d\d\b)\d{4}\W*)?")
_APART = re.compile(r"(?:[:;.)\]]\s*|\s[-–—]+\s+)\Z")
# Where a sentence begins, a remark in brackets, or what stands behind a dash.
_PART = re.compile(r"\A|[.!?;:]\s+|\s[-–—]+\s|\s(?=[(\[])")
_PART_MOST = 200
_FIGURES = re.compile(r"\d{4}|\d\.\s?\d{1,2}\.\s?\d\d")
_OPENING = 200
#: a line that is longer may be prose, whatever it begins with
LONGEST_ORDER = 120


class _Orders:
    """What `dateline.words` says of embargoes and notepads, as patterns."""

    def __init__(self, words: Lexicon) -> None:
        days = any_of(spelt for word in words.every("days") for spelt in spellings(word))
        clock = any_of(spelt for word in words.every("clock") for spelt in spellings(word))
        #: addresses the newsroom and leads an order
        self.desks = words.desks()
        self.order = Phrases(words.every("embargo"))
        self.word = Phrases(
            words.every("embargo_word"),
            behind=rf"\s*(?:[:!)\]]|\.(?!\w)|\Z|\d|(?:{days})(?!\w)|{WEEKDAY}|{MONTH}\s*\d)",
        )
        self.in_capitals = Phrases(words.every("embargo_capitals"), capitals=True)
        self.in_any_case = Phrases(words.every("embargo_capitals"))
        # By language: of "embargo" and "embargo absolu" both may be meant.
        self._before_a_time = [Phrases(told.embargo_time) for told in words.languages.values()]
        self._before_a_day = Phrases(words.every("embargo_day"))
        self._before_either = Phrases([*words.every("embargo_time"), *words.every("embargo_day")])
        self.dated = Phrases(words.every("embargo_dated"))
        self._time = re.compile(
            # Possessive: a month's full stop may be read in two ways.
            rf"(?:\b\d{{1,2}}(?:[ap]m|h\d{{0,2}}|st|nd|rd|th|er)\b|[\W\d_]"
            rf"|\b(?:{WEEKDAY}|{MONTH}|(?:{days}|{clock}|{ZONE})\b))*+",
            re.IGNORECASE,
        )
        self._day = re.compile(
            rf"\b(?:{WEEKDAY}|{MONTH}|(?:{days})\b)|\d\.\s?\d{{1,2}}\.|\d{{4}}-\d\d-\d\d|\d/\d",
            re.IGNORECASE,
        )
        self.notepad = Phrases(words.every("notepad"))
        self.notepad_line = Phrases(words.every("notepad_line"), behind=r"\W*\Z")
        self.notepad_contact = Phrases(words.every("notepad_contact"), behind=r"\W*\Z")

    def tells_time(self, told: str) -> bool:
        """Whether words tell an hour, or nothing but a time."""
        return HOUR.search(told) is not None or self._time.fullmatch(told) is not None

    def before_time(self, line: str, at: int, word: str) -> bool:
        """Whether an order stands there (where this word begins) that is one before a time."""
        if not self._before_either.may_begin(word):
            return False
        kinds = [*((kind, True) for kind in self._before_a_time), (self._before_a_day, False)]
        found = ((kind.match(line, at, word), certain) for kind, certain in kinds)
        return any(order and self._time_follows(line, order, certain) for order, certain in found)

    def _time_follows(self, line: str, order: re.Match[str], certain: bool) -> bool:
        """Whether a time follows an order at once: a day and an hour, or nothing else; behind one
        that is certain an hour, a day that is set apart from what follows, or nothing at all."""
        told, capitals = line[order.end() :], order[0].isupper()
        found = self._time.match(told)
        time = found[0] if found else ""
        day, hour = self._day.search(time), HOUR.search(time)
        if len(time) == len(told):
            # A year alone is no time: "Embargo 2030".
            return bool(day or hour or (certain and _CLOCK_ALONE.fullmatch(time)))
        if certain:
            return bool(hour or (capitals and day and _APART.search(time)))
        return bool(hour and day)

    def starts(self, line: str) -> list[tuple[int, str]]:
        """Where an order may begin, and with what word: at the first one of the line, or behind
        calls to the desks."""
        starts: list[tuple[int, str]] = []
        found = _FIRST.match(line)
        while found is not None:
            word = found[1].upper()
            starts.append((found.start(1), word))
            if word not in self.desks or len(starts) > _CALLS_MOST:
                break
            found = _NEXT.match(line, found.end())
        return starts


@cache
def _orders(words: Lexicon) -> _Orders:
    return _Orders(words)


def is_embargo(line: str, *, since: dt.datetime | None = None) -> bool:
    """Whether a line orders an embargo: ``Sperrfrist: ...``, ``HOLD FOR RELEASE``, ``sous
    embargo``, ``EMBARGOED UNTIL``; where that is in doubt, it does. A headline on an embargo
    (``Embargo until 2030 agreed``) is none.

    since: prose that names an hour before it (``sous embargo depuis 1962``) is none either.
    """
    orders, opening = _orders(lexicon()), line[:_OPENING]
    always = (orders.order, orders.word, orders.in_capitals)
    starts = orders.starts(opening)
    if any(kind.match(opening, *start) for start in starts for kind in always):
        return True
    # A headline may say it too, but not with an hour, or with nothing but a time.
    perhaps = (orders.in_any_case.match(opening, *start) for start in starts)
    found = next(filter(None, perhaps), None)
    if found is not None and orders.tells_time(opening[found.end() :]):
        return True
    if any(orders.before_time(opening, *start) for start in starts):
        return since is None or not _long_ago(opening, since)
    # "die Sperrfrist endet am ...", "FOR RELEASE 6 p.m. ...": orders if day and hour are told. Any
    # zone will do to see that there is a time.
    if _FIGURES.search(opening) is None or orders.dated.search(opening) is None:
        return False
    instant = find_instant(opening, zone="UTC")
    return instant is not None and (since is None or instant >= since)


def _long_ago(line: str, since: dt.datetime) -> bool:
    instant = find_instant(line, zone="UTC")
    return instant is not None and instant < since


def embargoes_in(notes: Iterable[str], since: dt.datetime | None) -> Iterator[str]:
    """From where a part of a headline or note orders an embargo: ``Foto folgt. Sperrfrist: ...``,
    ``Dam holds (EMBARGO 18:00 GMT)``."""
    for line in (line for note in notes for line in note.split("\n")):
        for start in _PART.finditer(line):
            part = line[start.end() : start.end() + _PART_MOST]
            if is_embargo(part, since=since):
                yield part


def embargo_end(line: str, zone: str | None) -> dt.datetime | None:
    """When it ends, None where the words do not say so."""
    return find_instant(line, zone=zone)


# --- notes to editors ----------------------------------------------------------------------------

# In a long line, which may be prose: the order ends here, or somebody can be reached.
_REACHED = re.compile(r"\s*[:.)\]–—-]|[^\n]{0,400}?(?:@|\d[\d /()-]{5})")
# Where the first line of a copy says so, it may begin with a quotation of those words.
_CALLED = re.compile(r"\W*\Z|[^\n]{0,400}?(?:@|\d[\d /()-]{5})")
_CONTACT = re.compile(r"@\w|\+\d|\b0\d{2,}|\b(?:tel|fon|mobil|phone)\b|https?://|www\.", re.I)
_LONGEST_PLAIN = 160
_LONGEST_LEAD_ORDER = 80
#: no notepad begins further to the right
_LONGEST_OPENER = 600


def opens_notepad(line: str, below: Sequence[str] = (), *, lead: bool = False) -> bool:
    """Whether a line opens a section for editors only, which goes on to the end of the copy.

    below: some of what follows it. lead: whether it is the first of a copy, where prose that begins
    with those words would otherwise leave nothing of the story.
    """
    orders, opening = _orders(lexicon()), line[:_LONGEST_OPENER]
    end = None
    for start in orders.starts(opening):
        if orders.notepad_line.match(opening, *start) or (
            orders.notepad_contact.match(opening, *start) and any(map(_reaches, below))
        ):
            end = len(opening)
        elif found := orders.notepad.match(opening, *start):
            end = found.end()
    if end is None or is_embargo(line):
        return False
    if lead and len(line) > _LONGEST_LEAD_ORDER and not opening[:end].isupper():
        return _CALLED.match(line, end) is not None
    return len(line) <= _LONGEST_PLAIN or _REACHED.match(line, end) is not None


def _reaches(line: str) -> bool:
    """Whether a short line tells how somebody is reached."""
    return len(line) <= _LONGEST_PLAIN and _CONTACT.search(line) is not None


# --- crossheads ----------------------------------------------------------------------------------


def crossheads(paragraphs: list[str]) -> list[str]:
    """Paragraphs in capitals between others: ``PUTIN DANKT KIM``. They head what follows, so
    the first and the last are none."""
    return [part for part in paragraphs[1:-1] if _is_crosshead(part)]


def _is_crosshead(paragraph: str) -> bool:
    if len(paragraph) > 80 or "\n" in paragraph or paragraph.endswith((".", ":", ";", ",")):
        return False
    letters = sum(map(str.isalpha, paragraph))
    plain = paragraph.replace("ß", "")  # capitals often keep it
    return (
        letters >= 4
        and letters * 2 > len(paragraph.replace(" ", ""))
        and plain.upper() == plain
        and plain.lower() != plain
        and len(paragraph.split()) <= 10
    )
