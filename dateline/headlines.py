"""What leading words of a headline or slug say about a story: update, correction, lead, kill, ...

Agencies put it in words in front of the headline (``UPDATE 2-``, ``2ND LEAD``, ``(Berichtigung:
...)``). The words are data, below. The headline itself stays as sent.
"""

from __future__ import annotations

import re
from typing import Literal

import msgspec

Withdraws = Literal["canceled", "withheld"]

# kind -> words. Before `_SIGN` (a dash, a colon) or in parentheses; upper or title case as listed
# in `_tag`. A number may stand before or after ("2. Zusammenfassung", "UPDATE 2-").
_WORDS: dict[str, str] = {
    "correction": "CORRECTED|CORRECTION|CORRECTING|CORRECTIVE|CORR|BERICHTIGUNG|BERICHTIGT|"
    "KORREKTUR|KORRIGIERT|KORR|RECTIFICATIF|RECTIFICATION|RECTIFIÉ|CORRIGÉ|CORRIGE|CORRECTIF",
    "refile": "REFILE|REFILED|REFILING",
    "update": "UPDATED|UPDATE|UPDATES|UPD|AKTUALISIERUNG|AKTUALISIERT|AKTUALISIERTE FASSUNG|"
    "NEUFASSUNG|NEU|ACTUALISATION|ACTUALISÉ|ACTUALISE|MISE À JOUR|MISE A JOUR",
    "lead": "LEAD|LD",
    "writethru": "WRITETHRU|WRITETHROUGH|WRITE-THRU",
    "summary": "WRAPUP|WRAP-UP|WRAP|ROUNDUP|ZUSAMMENFASSUNG|SYNTHÈSE|SYNTHESE|PAPIER GÉNÉRAL",
    "repeat": "REPEAT|REPEATING|REPEATED|RPT|WIEDERHOLUNG|WDH|RÉPÉTITION|REPETITION",
    "alert": "EILMELDUNG|EIL|BLITZ|FLASH|URGENT|ALERT|ALERTE|BREAKING|BULLETIN|SNAP|EXTRA",
    "kill": "WITHDRAWN|WITHDRAWAL|KILL|KILLED|STORNO|STORNIERT|STORNIERUNG|ZURÜCKGEZOGEN|"
    "RÜCKZUG|ANNULATION|ANNULÉ|ANNULE|ANNULER|RETRAIT",
    "hold": "HOLD|WITHHELD|ZURÜCKHALTEN",
}
_KINDS = {word: kind for kind, words in _WORDS.items() for word in words.split("|")}
_ANY = "|".join(sorted((re.escape(word) for word in _KINDS), key=len, reverse=True))
_ORDINAL = r"(?:ST|ND|RD|TH|\.|ER|E)"

# Reuters glues these to the headline with a hyphen; of the others some begin a compound.
_GLUED = "CORRECTED|CORRECTION|CORR|KORR|REFILE|UPDATE|WRAPUP|RPT|REPEAT|WITHDRAWN|LEAD|WDH"
# Without parentheses a tag is written in capitals, so that "Update on the talks" is none.
_BARE = re.compile(
    rf"\s*(?P<before>\d{{1,2}}){_ORDINAL}?\s?(?P<w1>LEAD|LD|WRITETHRU|SYNTHÈSE|ZUSAMMENFASSUNG)"
    rf"(?:\s+ALL)?(?:\s*[-–—:/]+\s*|\s+|$)"
    rf"|\s*(?P<w2>{_ANY})(?:\s+(?P<after>\d{{1,2}}))?"
    rf"(?:\s*[:/–—]\s*|\s+-+\s*|-+\s+|\s*$|(?<=\d)-+|(?<!\w)(?=\()|(?P<glued>-))"
)
_GLUED_WORDS = frozenset(_GLUED.split("|"))
# The same in title or lower case needs a colon or a dash, and is left to words that nobody
# begins a headline of another meaning with ("Kill: a film", "Lead: how it harms").
_TITLED_WORDS = (
    "CORRECTED|CORRECTION|BERICHTIGUNG|BERICHTIGT|KORREKTUR|KORRIGIERT|RECTIFICATIF|CORRIGÉ|"
    "UPDATE|UPDATED|AKTUALISIERUNG|AKTUALISIERT|ACTUALISATION|ACTUALISÉ|ZUSAMMENFASSUNG|SYNTHÈSE|"
    "WIEDERHOLUNG|EILMELDUNG|EIL|URGENT|BREAKING|ALERTE"
)
_TITLED = re.compile(
    rf"\s*(?:(?P<before>\d{{1,2}}){_ORDINAL}?\s*)?(?P<w>{_TITLED_WORDS})"
    r"(?:\s+(?P<after>\d{1,2}))?\s*(?::|\s[-–—])\s+",
    re.IGNORECASE,
)
_PARENTHESES = re.compile(
    rf"\s*\((?:(?P<before>\d{{1,2}}){_ORDINAL}?\s*)?(?P<w>{_ANY})\b(?:\s+(?P<after>\d{{1,2}})(?![\d.:]))?"
    r"(?P<rest>[^()]{0,300})\)\s*[-–—:]?\s*",
    re.IGNORECASE,
)
# Associated Press: "1st Ld-Writethru", in the slug or in front of the headline.
_WRITETHRU = re.compile(
    r"(?:\b|(?<=_))(?:(?P<n>\d{1,2})(?:st|nd|rd|th)\s?)?"
    r"(?:(?P<ld>Ld|Lead)(?P<wt>-Writethr[ou]+(?:gh)?)?|(?P<only>Writethr(?:u|ough)))\b"
)
# What desks put in front of a notice: "Achtung Redaktionen:", "ATTENTION EDITORS -".
_TO_DESKS = (
    r"(?i:(?:achtung|attention|att?n|wichtiger?|hinweis|an|f[üu]r|to|aux|die|alle|all|the|"
    r"redaktion(?:en)?|kunden|editors?|eds|r[ée]dactions?)\b\W*+){1,5}"
)
# Words that nothing but a notice begins with; in capitals, so that a story about one is none.
_NOTICED = re.compile(
    rf"\W*+(?:{_TO_DESKS})?(?:\b(?P<w>KILL|HOLD)\b(?:\W+(?P=w)\b)+\W*"
    r"|\bMANDATORY (?P<m>KILL|HOLD)\b(?:\s*[:!.,(]\s*|\s+[-–—]+\s*|\s*\Z))"
)
#: no desk piles up more; a hostile headline might
_TAGS_MOST = 10
_NOTICE = re.compile(
    r"withdraw|\bkill(?:ed|s)?\b|do(?:es)? not use|not be used|disregard|should not be published|"
    r"zur[üu]ckgezogen|ziehen wir|nicht (?:mehr )?(?:zu )?(?:verwenden|verwendet|ver[öo]ffentlich)|"
    r"(?:verwenden|ver[öo]ffentlichen|nutzen) sie\b[^.!?]{0,80}\bnicht\b|"
    r"storn|annul|ne pas (?:utiliser|publier|tenir compte)|retir",
    re.IGNORECASE,
)
_ON_HOLD = re.compile(
    r"\bhold\b|do not (?:use|publish)|zur[üu]ckh|vorerst nicht|nicht verwenden|"
    r"(?:verwenden|ver[öo]ffentlichen|nutzen) sie\b[^.!?]{0,80}\bnicht\b|"
    r"ne pas (?:utiliser|publier)|attente",
    re.IGNORECASE,
)


class Tags(msgspec.Struct, frozen=True, kw_only=True):
    """What the words say. ``title`` is the headline without them (None where nothing is left);
    ``withdraws`` is set only where the item is clearly a notice."""

    kinds: list[str] = []
    number: int | None = None
    title: str | None = None
    withdraws: Withdraws | None = None


def read(headline: str | None, *, slug: str | None = None, body: str | None = None) -> Tags:
    """The update kinds that lead ``headline`` or stand in ``slug``, in the order found.

    Only leading words count: a story *about* a kill is none. ``KILL KILL KILL``, ``HOLD HOLD
    HOLD`` and ``MANDATORY KILL`` always make a notice, after a call to the desks too
    (``Achtung Redaktionen:``); a single ``WITHDRAWN-`` or ``KILL:`` only where ``body`` is empty
    or says in its first lines that something is withdrawn.
    """
    kinds: list[str] = []
    number: int | None = None
    rest = headline or ""
    withdraws: Withdraws | None = None

    noticed = _NOTICED.match(rest)
    if noticed:
        kind = (noticed["w"] or noticed["m"]).lower()
        withdraws = "canceled" if kind == "kill" else "withheld"
        _add(kinds, kind)
        rest = rest[noticed.end() :]

    for _ in range(_TAGS_MOST):
        found = _leading(rest)
        if found is None:
            break
        kind, counted, length = found
        _add(kinds, *kind)
        number = counted if number is None else number
        rest = rest[length:]

    for found_in in _WRITETHRU.finditer(slug or ""):
        _add(kinds, *_ap_kinds(found_in))
        number = int(found_in["n"]) if number is None and found_in["n"] else number

    if withdraws is None and (not body or len(body) < 5000):
        opening = (body or "")[:400]
        if "kill" in kinds and (not opening or _NOTICE.search(opening)):
            withdraws = "canceled"
        elif "hold" in kinds and (not opening or _ON_HOLD.search(opening)):
            withdraws = "withheld"
    return Tags(kinds=kinds, number=number, title=rest.strip() or None, withdraws=withdraws)


def _leading(text: str) -> tuple[list[str], int | None, int] | None:
    """The tag that leads ``text``: its kinds, its number, its length."""
    if found := _PARENTHESES.match(text):
        if not _explains(found["rest"]):
            return None
        counted = found["before"] or found["after"]
        return [_KINDS[found["w"].upper()]], int(counted) if counted else None, found.end()
    found = _BARE.match(text)
    if found and not (found["glued"] and found["w2"] not in _GLUED_WORDS):
        word = found["w1"] or found["w2"]
        counted = found["before"] or found["after"]
        return [_KINDS[word]], int(counted) if counted else None, found.end()
    if found := _TITLED.match(text):
        counted = found["before"] or found["after"]
        return [_KINDS[found["w"].upper()]], int(counted) if counted else None, found.end()
    found = _WRITETHRU.match(text)
    if found and (found["n"] or found["wt"] or found["only"]):
        end = found.end()
        sign = re.compile(r"\s*[-–—:,/]+\s*|\s+|$").match(text, end)
        if sign:
            return _ap_kinds(found), int(found["n"]) if found["n"] else None, sign.end()
    return None


def _explains(rest: str) -> bool:
    """``(Berichtigung: im 2. Absatz)``, ``(Zusammenfassung 14.00)``, ``(Eil)``; but not
    ``(Update on Ukraine talks)``, where the word begins a sentence of its own."""
    rest = rest.strip()
    return not rest or rest[0] in ":-–—,;" or rest[0].isdigit()


def _ap_kinds(found: re.Match[str]) -> list[str]:
    kinds = ["lead"] if found["ld"] else []
    return [*kinds, "writethru"] if found["wt"] or found["only"] else kinds


def _add(kinds: list[str], *more: str) -> None:
    kinds.extend(kind for kind in more if kind not in kinds)
