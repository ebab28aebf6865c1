"""What stands inside wire copy whatever its format: dateline, byline, crossheads, embargo words,
notepads for editors only. Each is recognised by form, from real agency copy, and taken off.

Pure functions over text that is `dateline.text.clean`.
"""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from dateline import headlines
from dateline.article import Dateline
from dateline.providers import catalogue
from dateline.times import MONTH, WEEKDAY, find_instant

_DATE = (
    rf"(?:(?i:{MONTH})\s\d{{1,2}}(?:,\s\d{{4}})?|"
    rf"\d{{1,2}}(?:\.|er|st|nd|rd|th)?\s(?i:{MONTH})(?:\s\d{{4}})?|"
    r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?)"
)
# One bracket may belong to the name: "Frankfurt (Oder)".
_PLACE = (
    r"(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>/]{0,40}(?:/[^()\n:;!?\"»«„“”=<>]{1,40})?"
    r"(?:\s\((?P<within>[^\W\d_][^()\n]{1,30})\))?)"
)
_DASH = r"(?:[-–—_]{1,3})"
_BRACKETED = re.compile(
    rf"\s*{_PLACE}(?<=[\w.)])\s*\((?P<source>[^()\n]{{2,40}})\)\s*(?:(?P<dash>{_DASH})(?=\s|$)|(?=\s))\s*"
)
_LONG_PLACE = re.compile(
    r"\s*(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>]{0,80}?)\s*\((?P<source>[^()\n]{2,40})\)\s*"
    rf"(?P<dash>{_DASH})(?=\s|$)\s*"
)
_SLASHED = re.compile(
    r"\s*(?P<place>[^\W\d_][^()\n/:;!?]{0,80}?)\s*/(?P<source>[^/()\n]{2,40}?)\s?/\s*"
    rf"(?P<dash>{_DASH})(?=\s|$)\s*"
)
_BARE_SOURCE = re.compile(
    rf"\s*(?P<place>[^\W\d_][^()\n:;!?]{{0,60}}?),?\s(?P<date>{_DATE})\s(?P<source>[A-Z]{{2,8}})\s"
    rf"(?P<dash>{_DASH})(?=\s|$)\s*"
)
_NO_PLACE = re.compile(
    rf"\s*(?P<text>(?:(?P<date>{_DATE}),?\s*)?\((?P<source>[^()\n]{{2,40}})\))"
    rf"\s*(?P<dash>{_DASH})(?=\s)\s*"
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
    ``Jan 3 (Reuters) - ``. Its text is as sent, the tag of ``UPDATE 2-Berlin (Reuters)`` included.

    The source must be a known agency, or a date must stand there: ``Angela Merkel (CDU) - `` is
    no dateline. Without a dash the source must be known and a sentence begin after it.
    """
    opening = paragraph[:220]
    for pattern in (_BRACKETED, _LONG_PLACE, _SLASHED, _BARE_SOURCE):
        found = pattern.match(opening)
        filed = _filed(found, paragraph) if found else None
        if filed is not None:
            return filed
    found = _NO_PLACE.match(opening)
    if found and (key := catalogue().known(found["source"])):
        return Filed(
            dateline=Dateline(
                text=found["text"], date=found["date"], source=found["source"].strip()
            ),
            rest=paragraph[found.end() :],
            provider=key,
            service=_service(found["source"]),
        )
    return None


def _filed(found: re.Match[str], paragraph: str) -> Filed | None:
    place, source = found["place"].strip(" ,"), found["source"].strip()
    date = found["date"] if "date" in found.re.groupindex else None
    if date is None and (dated := _DATED.match(place)):
        place, date = dated["place"].strip(" ,"), dated["date"]
    tagged = headlines.read(place)
    if tagged.kinds and tagged.title:
        place = tagged.title
    rest = paragraph[found.end() :]
    known = catalogue().known
    key = known(source)
    within = found.groupdict().get("within")
    if within and (known(within) or (within.isupper() and not place.isupper())):
        return None  # "Angela Merkel (CDU) (dpa)"
    if _ONLY_DATE.match(place):
        return None
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
    if not _ONE_PLACE.match(city):
        city = re.split(r"\s(?:und|and|et|&)\s", city, maxsplit=1, flags=re.IGNORECASE)[0].strip()
    if city.isupper() and len(city) > 3:
        words = re.split(r"([\s'’-]+)", city.lower())
        city = "".join(
            word if index and word in _PARTICLES else word[:1].upper() + word[1:]
            for index, word in enumerate(words)
        )
    elif city.isupper():
        city = city if len(city) < 3 else city.capitalize()
    return city or None


# --- bylines -------------------------------------------------------------------------------------

_BYLINE = re.compile(r"\s*(?:By|BY|Von|VON|Par|PAR|Por|Door)\s+(?P<names>[^\n]{3,90}?)\s*=?\Z")
_BETWEEN_NAMES = frozenset({"and", "und", "et", "y", "e", "in", "mit", "with", "à", "en", "&"})


def is_byline(line: str) -> bool:
    """Whether a line is ``By JOHN DOE`` or ``Von Andrej Sokolow, dpa``: names, and no sentence."""
    found = _BYLINE.match(line)
    if not found or found["names"].endswith((".", "!", "?", ":")):
        return False
    words = re.split(r"[\s,/]+", found["names"])
    known = catalogue().known
    return words[0][:1].isupper() and all(
        not word[:1].islower()
        or word in _BETWEEN_NAMES
        or word in _PARTICLES - {"zu", "auf", "unter"}
        or known(word) is not None
        for word in words
        if word
    )


# --- embargoes -----------------------------------------------------------------------------------

# Words that address the newsroom and lead an order.
_ADDRESSED = (
    r"[\s*#!=<(\[–—-]*(?:(?i:ACHTUNG|BITTE|WICHTIG|HINWEIS|MIT|DIE|DER|AN|REDAKTION(?:EN)?|INTERN|"
    r"EDS|EDITORS?['’]?|NOTES?|TO|ATTENTION|IMPORTANT|PLEASE|STRICTLY|STRICT|"
    r"AVIS|AUX|R[ÉE]DACTIONS?)\b[\s,:.!–—-]*){0,5}"
)
# What only an order says, in whatever case.
_ORDER = re.compile(
    _ADDRESSED + r"(?:"
    r"Sperrfrist\s*(?:[:!]|\Z|bis\b|\d|heute|morgen|beachten|[a-z]+tag\b)|"
    r"EMBARGOED\s*(?:[:!]|\Z|\d|(?:UNTIL|TILL|FOR|TO)\b)|UNDER\s+EMBARGO\s+(?:UNTIL|TILL)\b|"
    r"SOUS\s+EMBARGO\s*(?::|\Z|JUSQU)|HOLD\s+FOR\s+RELEASE\b|"
    r"NOT\s+(?:INTENDED\s+)?(?:TO\s+BE\s+|FOR\s+)(?:RELEASED?|PUBLI[A-Z]+)\s+(?:BEFORE|UNTIL|TILL|PRIOR)\b|"
    r"(?:[AÀ]\s+)?NE\s+PAS\s+(?:DIFFUSER|PUBLIER)\s+AVANT\b|"
    r"NICHT\s+(?:ZUR\s+VER(?:Ö|OE|O)FFENTLICHUNG|(?:ZU\s+)?VER(?:Ö|OE|O)FFENTLICHEN)\s+"
    r"(?:VOR|BIS)\b)",
    re.IGNORECASE,
)
# What a headline may say too, but not in capitals, with a clock, or with nothing but a time.
_PERHAPS = (
    _ADDRESSED + r"(?:SPERRFRIST\b|GESPERRT\s+BIS\b|EMBARGO\s*(?::|UNTIL\b|BIS\b|JUSQU\w*)|"
    r"SOUS\s+EMBARGO\b)"
)
_IN_CAPITALS = re.compile(_PERHAPS)
_IN_ANY_CASE = re.compile(_PERHAPS, re.IGNORECASE)
# "die Sperrfrist endet am ...", "FOR RELEASE 6 p.m. ...": orders if day and hour are told.
_SPOKEN_OF = re.compile(
    r"\bSperrfrist\b|\bembargoed\b|\b(?:under|sous)\s+embargo\b|\A\W*for\s+release\b", re.IGNORECASE
)
_CLOCK = re.compile(r"\d\s?(?:Uhr|h|[ap]\.?m|GMT|UTC)\b|\d:\d\d", re.IGNORECASE)
_WHEN = re.compile(
    rf"(?:[\W\d_]|\b{WEEKDAY}|\b{MONTH}|"
    r"\b(?:heute|morgen|früh|mittag|abend|today|tomorrow|noon|midnight|Uhr|the|on|am|à|au|le)\b)*\Z",
    re.IGNORECASE,
)
_LONGEST_ORDER = 200


def is_embargo(line: str) -> bool:
    """Whether a line orders an embargo: ``Sperrfrist: ...``, ``HOLD FOR RELEASE``, ``sous
    embargo``, ``EMBARGOED UNTIL``; where that is in doubt, it does. A headline on an embargo
    (``Embargo until 2030 agreed``) is none."""
    opening = line[:_LONGEST_ORDER]
    if _ORDER.match(opening) or _IN_CAPITALS.match(opening):
        return True
    if perhaps := _IN_ANY_CASE.match(opening):
        told = opening[perhaps.end() :]
        return _CLOCK.search(told) is not None or _WHEN.match(told) is not None
    # Any zone will do to see that there is a time.
    return _SPOKEN_OF.search(opening) is not None and find_instant(opening, zone="UTC") is not None


def embargo_end(line: str, zone: str | None) -> dt.datetime | None:
    """When it ends, None where the words do not say so."""
    return find_instant(line, zone=zone)


# --- notes to editors ----------------------------------------------------------------------------

_NOTEPAD = re.compile(
    _ADDRESSED + r"(?:"
    r"(?:dpa-)?Notizblock\W*\Z|(?:dpa-)?Kontakte?\s*:?\s*\Z|"
    r"(?:(?:Diese|(?:Die\s+|Nach)?folgenden?)\s+(?:Informationen|Angaben|Hinweise)\s+sind\s+)?"
    r"nicht\s+(?:zur|für\s+die)\s+Ver(?:ö|oe|o)ffentlichung|"
    r"Nur\s+zur\s+Information\s+der\s+Redaktion|"
    r"(?:The\s+following\s+(?:information|details)\s+(?:is|are)\s+)?not\s+(?:intended\s+)?"
    r"for\s+publication|"
    r"(?:Les\s+informations\s+(?:suivantes|ci-dessous)\s+(?:ne\s+sont\s+)?)?(?:pas|non)\s+"
    r"destin[ée]e?s?\s+[àa]\s+(?:la\s+)?publication|[àa]\s+ne\s+pas\s+publier\b)",
    re.IGNORECASE,
)
# In a long line, which may be prose: the order ends here, or somebody can be reached.
_REACHED = re.compile(r"\s*(?:bestimmt|intended)?\s*[:.)\]–—-]|[^\n]{0,400}?(?:@|\d[\d /()-]{5})")
_LONGEST_PLAIN = 160


def opens_notepad(line: str) -> bool:
    """Whether a line opens a section for editors only, which goes on to the end of the copy."""
    found = _NOTEPAD.match(line)
    if not found or is_embargo(line):
        return False
    return len(line) <= _LONGEST_PLAIN or _REACHED.match(line, found.end()) is not None


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
