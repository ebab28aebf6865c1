"""Whether searches find what people judged to be right, in one generation and in another.

Judged queries are JSON Lines: ``{"query": "Truppe Nordkorea", "relevant": ["urn:..."]}``, the uris
of the articles that answer it. The measures are those of the trade: precision at ten, and nDCG at
ten (Järvelin and Kekäläinen 2002) with every judged article worth the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from dateline.errors import InputError, Where
from dateline.settings import Settings
from sinks.search import search

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: hits that count
DEPTH = 10


class Judged(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query, and the uris of what answers it."""

    query: str
    relevant: list[str]


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """What one query came to in both generations: nDCG at ten, 0 to 1, and the judged articles that
    only one of them has among its first ten."""

    query: str
    old: float
    new: float
    gained: list[str]
    lost: list[str]


class Relevance(msgspec.Struct, frozen=True, kw_only=True):
    """Means over all queries: nDCG and precision at ten. queries: those whose measure differs, the
    worst first."""

    asked: int
    ndcg_old: float
    ndcg_new: float
    precision_old: float
    precision_new: float
    queries: list[Judgement]


def read_judged(path: Path) -> list[Judged]:
    """Raises InputError with the line that is none."""
    judged: list[Judged] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise InputError(
            "the judged queries cannot be read",
            where=Where(location=str(path)),
            found=error.strerror or str(error),
        ) from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            judged.append(msgspec.json.decode(line, type=Judged))
        except msgspec.DecodeError as error:
            raise InputError(
                "a line that is no judged query",
                where=Where(location=str(path), line=number),
                found=str(error),
                expected='{"query": "...", "relevant": ["uri", ...]}',
            ) from error
    return judged


def measure(
    client: Elasticsearch, settings: Settings, judged: Sequence[Judged], old: str, new: str
) -> Relevance:
    """Ask all queries of both indices, as `dateline search` asks them.

    Raises UsageError where a query cannot be read, Unavailable.
    """
    found: list[Judgement] = []
    precisions = [0.0, 0.0]
    for one in judged:
        relevant = set(one.relevant)
        first = [
            [hit.uri for hit in search(client, settings, one.query, size=DEPTH, index=index).hits]
            for index in (old, new)
        ]
        for at, uris in enumerate(first):
            precisions[at] += len(relevant.intersection(uris)) / DEPTH
        had, has = (relevant.intersection(uris) for uris in first)
        found.append(
            Judgement(
                query=one.query,
                old=ndcg(first[0], relevant),
                new=ndcg(first[1], relevant),
                gained=sorted(has - had),
                lost=sorted(had - has),
            )
        )
    asked = len(found)
    differing = [one for one in found if one.old != one.new or one.gained or one.lost]
    return Relevance(
        asked=asked,
        ndcg_old=sum(one.old for one in found) / max(asked, 1),
        ndcg_new=sum(one.new for one in found) / max(asked, 1),
        precision_old=precisions[0] / max(asked, 1),
        precision_new=precisions[1] / max(asked, 1),
        queries=sorted(differing, key=lambda one: (one.new - one.old, one.query)),
    )


def ndcg(ranked: Sequence[str], relevant: set[str]) -> float:
    """nDCG at ten: 1 where all that is relevant comes first, and where nothing is relevant."""
    if not relevant:
        return 1.0
    gain = sum(
        1 / math.log2(place + 2) for place, uri in enumerate(ranked[:DEPTH]) if uri in relevant
    )
    best = sum(1 / math.log2(place + 2) for place in range(min(len(relevant), DEPTH)))
    return gain / best
