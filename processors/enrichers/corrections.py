"""Corrections: what an editor's ``entities.toml`` says, applied to what the model found.

`Corrections` comes after the model: it adds the mentions that are ``always`` names, in the place of
any of the model's that they overlap, and gives those that the table knows better their label
(``is-a``). `Merges` comes last: it gives names their one form (``merge``), and sets aside what is
``never`` a name, which `processors.enrichers.names` does for single mentions before it merges them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec

from dateline.article import FOUND, Article, Entity, Name
from dateline.settings import Settings
from processors import corrections
from processors.corrections import Table
from processors.enrichers.entities import Field, paragraphs

_FIELDS: tuple[Field, ...] = ("headline", "body_text")
_LISTS = {"PER": "person", "ORG": "organisation", "LOC": "place"}


class Corrected:
    """What the enrichers that obey the table have in common."""

    def __init__(self, settings: Settings) -> None:
        """Raises UsageError where the table cannot be used."""
        self._watched = corrections.watched(settings)
        self._watched.start()

    @property
    def table(self) -> Table:
        """As it was at the last `refresh`."""
        return self._watched.table

    def refresh(self) -> None:
        """See whether the file has changed."""
        self._watched.look()

    def setup(self, languages: Iterable[str]) -> None:
        pass

    def config(self) -> dict[str, str]:
        return {} if self.table.hash is None else {corrections.FILE: self.table.hash}


class Corrections(Corrected):
    """Corrects ``entities``: ``always`` and ``is-a``."""

    name = "corrections"
    version = 1
    after: tuple[str, ...] = ("entities",)

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        table = self.table
        if not (table.always or table.is_a):
            return list(articles)
        return [_corrected(article, table) for article in articles]


class Merges(Corrected):
    """Corrects ``person``, ``organisation`` and ``place``: ``merge`` and ``never``."""

    name = "merges"
    version = 1
    after: tuple[str, ...] = ("names", "places")

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        table = self.table
        if not (table.merges or table.sets_aside):
            return list(articles)
        return [_merged(article, table) for article in articles]


def _corrected(article: Article, table: Table) -> Article:
    entities = article.entities
    if table.is_a:
        entities = [_labelled(entity, article.language, table) for entity in entities]
    if table.always:
        entities = [
            entity for field in _FIELDS for entity in _added(article, field, entities, table)
        ]
    return msgspec.structs.replace(article, entities=entities)


def _labelled(entity: Entity, language: str | None, table: Table) -> Entity:
    label = next(table.is_a.labels(" ".join(entity.text.split()), language), None)
    if label is None or label == entity.label:
        return entity
    return msgspec.structs.replace(
        entity, label=label, component=corrections.FILE, model=table.hash
    )


def _added(article: Article, field: Field, found: Sequence[Entity], table: Table) -> list[Entity]:
    """The entities of a field, the table's in the place of those that they overlap."""
    text = getattr(article, field) or ""
    mine = [entity for entity in found if entity.field == field]
    matches = table.always.find(text, article.language)
    if field == "body_text" and article.crossheads and matches:
        outside = _crossheads(text, article.crossheads)
        matches = [m for m in matches if not _within(m.start, outside)]
    if not matches:
        return mine
    starts = [match.start for match in matches]

    def overlaps(entity: Entity) -> bool:
        after = bisect_left(starts, entity.end)
        return after > 0 and matches[after - 1].end > entity.start

    kept = [entity for entity in mine if not overlaps(entity)]
    kept += [
        Entity(
            text=text[match.start : match.end],
            label=match.label,
            start=match.start,
            end=match.end,
            field=field,
            component=corrections.FILE,
            model=table.hash,
        )
        for match in matches
    ]
    return sorted(kept, key=lambda entity: entity.start)


def _crossheads(body: str, crossheads: Iterable[str]) -> list[tuple[int, int]]:
    left_out = {" ".join(crosshead.split()) for crosshead in crossheads}
    return [
        (start, start + len(paragraph))
        for start, paragraph in paragraphs(body)
        if " ".join(paragraph.split()) in left_out
    ]


def _within(start: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(first <= start < last for first, last in spans)


def _merged(article: Article, table: Table) -> Article:
    changed: dict[str, list[Name]] = {}
    for label, field in _LISTS.items():
        names: list[Name] = getattr(article, field)
        merged: list[Name] = []
        at: dict[str, int] = {}
        for name in names:
            if name.creator == FOUND:
                if table.is_never(name.name, label, article.language):
                    continue
                into = table.merged((name.name, name.canonical), label)
                if into is not None:
                    name = msgspec.structs.replace(name, canonical=into)
                    if into in at:
                        merged[at[into]] = joined(merged[at[into]], name)
                        continue
                    at[into] = len(merged)
            merged.append(name)
        changed[field] = merged
    return msgspec.structs.replace(article, **changed)


def joined(first: Name, other: Name) -> Name:
    """Two found names of one: the first, with the mentions and forms of both. What is known of a
    place is all of one of the two, the first that has a position."""
    place = max(
        (first, other),
        key=lambda name: (
            name.location is not None or name.geonames_id is not None,
            name.country_code is not None,
        ),
    )
    forms = dict.fromkeys((*first.aliases, other.name, *other.aliases))
    forms.pop(first.name, None)
    return msgspec.structs.replace(
        first,
        count=(first.count or 0) + (other.count or 0),
        aliases=list(forms),
        role=first.role if other.role == first.role else None,
        country_code=place.country_code,
        location=place.location,
        geonames_id=place.geonames_id,
        confidence=place.confidence,
    )
