"""What stands inside wire copy whatever its format: dateline, byline, crossheads, embargo words,
notepads for editors only. Each is recognised by form, from real agency copy, and taken off.

Pure functions over text that is `dateline.text.clean`.
"""

from __future__ import annotations

import datetime as dt
import re

import msgspec

from dateline.article import Dateline
from dateline.providers import catalogue
from dateline.times import find_instant

_MONTHS = (
    r"(?:Jan|Feb|Febr|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mai|Okt|Dez|Mär|März|Maerz|Jänner|"
    r"January|February|March|April|June|July|August|September|October|November|December|"
    r"Januar|Februar|Juni|Juli|Oktober|Dezember|"
    r"janv|févr?|janvier|février|mars|avril|mai|juin|juillet|juil|août|septembre|octobre|novembre|"
    r"décembre|déc)\.?"
)
_DATE = (
    rf"(?:{_MONTHS}\s\d{{1,2}}(?:,\s\d{{4}})?|\d{{1,2}}(?:\.|er|st|nd|rd|th)?\s{_MONTHS}(?:\s\d{{4}})?|"
    r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?)"
)
_PLACE = r"(?P<place>[^\W\d_][^()\n:;!?\"»«„“”=<>/]{0,40}(?:/[^()\n:;!?\"»«„“”=<>]{1,40})?)"
_DASH = r"(?:[-–—_]{1,3})"
_BRACKETED = re.compile(
    rf"\s*{_PLACE}(?<=[\w.])\s*\((?P<source>[^()\n]{{2,40}})\)\s*(?:(?P<dash>{_DASH})(?=\s|$)|(?=\s))\s*"
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
_SOURCE_ONLY = re.compile(rf"\s*\((?P<source>[^()\n]{{2,40}})\)\s*(?P<dash>{_DASH})(?=\s)\s*")
_DATED = re.compile(rf"(?P<place>.+?),?\s+(?P<date>{_DATE})\Z")
_PARTICLES = frozenset(
    "a am an and auf au aux bei da das de del der des di do du el en et i im in l la las le les "
    "los ob of on op over sur the und under unter upon van von vor y zu".split()
)


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
    ``Berlin/Moskau (dpa/lni) - ``, ``BRISBANE, Oct 12 AAP - ``, ``LONDON /PRNewswire/ --``.

    The source must be a known agency, or a date must stand there: ``Angela Merkel (CDU) - `` is
    no dateline. Without a dash the source must be known and a sentence begin after it.
    """
    opening = paragraph[:220]
    for pattern in (_BRACKETED, _LONG_PLACE, _SLASHED, _BARE_SOURCE):
        found = pattern.match(opening)
        filed = _filed(found, paragraph) if found else None
        if filed is not None:
            return filed
    found = _SOURCE_ONLY.match(opening)
    if found and (key := catalogue().known(found["source"])):
        shown = Dateline(text=f"({found['source']})", source=found["source"].strip())
        return Filed(
            dateline=shown,
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
    rest = paragraph[found.end() :]
    key = catalogue().known(source)
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
    words = re.split(r"[\s,/'’-]+", place)
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
    ``New York``, ``Berlin/Moskau`` is ``Berlin``."""
    city = re.split(r"[,/]", place, maxsplit=1)[0].strip()
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

_EMBARGO = re.compile(
    r"[\s*#!=(-]*(?:ACHTUNG,?\s+)?(?:"
    r"Sperrfrist\s*(?::|\Z|bis\b|\d|f[üu]r\b.{0,40}\bbis\b|heute|morgen|\w+tag\b)|SPERRFRIST\b|"
    r"Gesperrt\s+bis\b|"
    r"(?:STRICTLY\s+)?EMBARGOED\s+(?:UNTIL|TILL|FOR|TO)\b|UNDER\s+EMBARGO\s+UNTIL\b|"
    r"EMBARGO\s*(?::|UNTIL|BIS\b|JUSQU)|SOUS\s+EMBARGO\b|"
    r"HOLD\s+FOR\s+RELEASE\b|NOT\s+FOR\s+(?:RELEASE|PUBLICATION)\s+(?:BEFORE|UNTIL|PRIOR)\b)",
    re.IGNORECASE,
)


def is_embargo(line: str) -> bool:
    """Whether a line orders an embargo: ``Sperrfrist: ...``, ``HOLD FOR RELEASE``, ``sous
    embargo``, ``EMBARGOED UNTIL``."""
    return len(line) <= 200 and _EMBARGO.match(line) is not None


def embargo_end(line: str, zone: str | None) -> dt.datetime | None:
    """When it ends, None where the words do not say so."""
    return find_instant(line, zone=zone)


# --- notes to editors ----------------------------------------------------------------------------

_NOTEPAD = re.compile(
    r"[\s#*=–—-]*(?:"
    r"(?:dpa-)?Notizblock\b.{0,40}\Z|(?:dpa-)?Kontakte?\s*:?\s*\Z|"
    r"(?:(?:Die\s+|Diese\s+|Nach)?folgenden?\s+(?:Informationen|Angaben|Hinweise)\s+sind\s+)?"
    r"(?:NICHT|nicht|Nicht)\s+(?:zur|für\s+die)\s+Ver[öo]ffentlichung|"
    r"Nur\s+zur\s+Information\s+der\s+Redaktion|"
    r"(?:The\s+following\s+(?:information|details)\s+(?:is|are)\s+)?not\s+(?:intended\s+)?"
    r"for\s+publication(?!\s+(?:before|until|prior))|"
    r"(?:Les\s+informations\s+(?:suivantes|ci-dessous)\s+(?:ne\s+sont\s+)?)?(?:pas|non)\s+"
    r"destin[ée]e?s?\s+[àa]\s+(?:la\s+)?publication|[àa]\s+ne\s+pas\s+publier\b)",
    re.IGNORECASE,
)


def opens_notepad(line: str) -> bool:
    """Whether a line opens a section for editors only, which goes on to the end of the copy."""
    return len(line) <= 160 and _NOTEPAD.match(line) is not None


# --- crossheads ----------------------------------------------------------------------------------


def crossheads(paragraphs: list[str]) -> list[str]:
    """Paragraphs in capitals between others: ``PUTIN DANKT KIM``. They head what follows, so
    the first and the last are none."""
    return [part for part in paragraphs[1:-1] if _is_crosshead(part)]


def _is_crosshead(paragraph: str) -> bool:
    if len(paragraph) > 80 or "\n" in paragraph or paragraph.endswith((".", ":", ";", ",")):
        return False
    letters = sum(map(str.isalpha, paragraph))
    return (
        letters >= 4
        and letters * 2 > len(paragraph.replace(" ", ""))
        and paragraph.upper() == paragraph
        and paragraph.lower() != paragraph
        and len(paragraph.split()) <= 10
    )
