"""The judged places: what is asked, and what the enricher answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dateline.article import Article, Entity, Label, Name
from dateline.formats.wirecopy import take_dateline
from processors.enrichers.places import Places

BANDS = ((0.9, 0.93), (0.93, 0.95), (0.95, 0.97), (0.97, 0.99), (0.99, 1.01))
_MARKED = re.compile(r"\[(=?)([^\]]+)\]|\{([^}]+)\}")


class Case(NamedTuple):
    """A line of ``places.txt``. meant: as its head says."""

    line: int
    language: str
    dateline: str
    text: str
    meant: str

    @property
    def shown(self) -> str:
        return f"{self.language} {self.dateline} {self.text}"


def cases() -> Iterator[Case]:
    """All of them."""
    lines = Path(__file__).with_name("places.txt").read_text("utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            language, dateline, text, meant = (part.strip() for part in line.split("|"))
            yield Case(number, language, dateline, text, meant)


def answers(places: Places, case: Case) -> tuple[str, float]:
    """(what the enricher says, as the case's ``meant`` would have it, its confidence)."""
    text, entities, asked = _read(case.text)
    filed = take_dateline(f"{case.dateline} {text}") if case.dateline else None
    article = Article(
        uri="u",
        title="t",
        language=case.language,
        body_text=text,
        dateline=filed.dateline if filed else None,
        entities=entities,
        place=[
            Name(name=name, canonical=name, creator="dateline", count=1)
            for name in dict.fromkeys(entity.text for entity in entities if entity.label == "LOC")
        ],
    )
    (enriched,) = places.enrich([article])
    if not asked and filed is not None:
        asked = filed.dateline.city or ""
    for found in enriched.place:
        if asked in (found.name, *found.aliases) or asked.casefold() == found.name.casefold():
            return _as_meant(found, case.meant), found.confidence or 0.0
    return "drop", 0.0


def _as_meant(found: Name, meant: str) -> str:
    """An id, unless a country or a part is asked for and it is one without."""
    if found.country_code is None:
        return "-"
    if meant.isdigit() or found.location is not None:
        return str(found.geonames_id or found.country_code)
    if "-" in meant and meant != "-":
        return meant if _names_part(found, meant) else found.country_code
    return found.country_code


def _names_part(found: Name, meant: str) -> bool:
    from processors import countries, folding

    code, _, admin = meant.partition("-")
    known = countries.by_name(folding.folded(found.canonical or ""))
    return found.country_code == code and any(
        (large.code, large.admin) == (code, admin) for large in known
    )


def _read(marked: str) -> tuple[str, list[Entity], str]:
    """(text, entities, the name asked for)."""
    text, entities, asked, at = "", [], "", 0
    for match in _MARKED.finditer(marked):
        text += marked[at : match.start()]
        at = match.end()
        name = match[2] or match[3]
        label: Label = "LOC" if match[2] else "PER"
        start = len(text)
        text += name
        entities.append(
            Entity(text=name, label=label, start=start, end=len(text), field="body_text")
        )
        asked = name if match[1] else asked
    return text + marked[at:], entities, asked
