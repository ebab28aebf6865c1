"""The judged searches: articles, what editors type, and what ought to come up (``search.txt``).

The judged articles and the seeds go through the real enrichers and the real sink, among generated
ones that answer nothing. Measures are nDCG at ten with graded gains (Järvelin and Kekäläinen 2002)
and recall at fifty; what may find nothing counts one where nothing is found.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from dateline import formats
from dateline.article import Article, Provenance
from dateline.errors import InputError, Where
from dateline.formats.wirecopy import take_dateline
from dateline.records import RawDocument, sha256
from dateline.settings import Settings
from dateline.versions import content_hash

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ROOT = Path(__file__).resolve().parents[2]
#: generated articles around the judged ones
AROUND = 2000
DEPTH, FAR = 10, 50
_BEGUN = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
_NAMED = "urn:dateline:judged:"


class Query(NamedTuple):
    """What is typed, and the names of what answers it with their grades, 1 or 2."""

    group: str
    typed: str
    answers: dict[str, int]


class Answered(NamedTuple):
    """A query, the names of its first `FAR` hits, and the measures, 0 to 1."""

    query: Query
    found: list[str]
    ndcg: float
    recall: float


def queries() -> list[Query]:
    """All of ``search.txt``."""
    found = []
    for group, typed, answers in _lines("?"):
        told = () if answers == "-" else (one.rpartition(":") for one in answers.split())
        found.append(Query(group, typed, {name: int(grade) for name, _, grade in told}))
    return found


def _lines(mark: str) -> Iterator[list[str]]:
    for line in Path(__file__).with_name("search.txt").read_text("utf-8").splitlines():
        if line.startswith(mark):
            yield [part.strip() for part in line[1:].split(" | ")]


def judged() -> Iterator[Article]:
    """The articles of ``search.txt``."""
    for name, language, provider, title, text in _lines("="):
        filed = take_dateline(text)
        yield Article(
            uri=f"{_NAMED}{name}",
            title=title,
            headline=title,
            language=language,
            provider=provider,
            body_text=filed.rest if filed else text,
            dateline=filed.dateline if filed else None,
        )


def seeds() -> Iterator[tuple[str, Article]]:
    """What `seeds/` holds, by file, in the order in which it was written."""
    for path in sorted((ROOT / "seeds").glob("*/*.*")):
        value = path.read_bytes()
        if path.parent.name == "refused":
            continue
        for line in value.splitlines() if path.suffix == ".jsonl" else [value]:
            try:
                document = RawDocument(
                    value=line,
                    feed="seeds",
                    format=formats.detect(line, Where()).name,
                    location=path.name,
                    received=_BEGUN,
                    sha256=sha256(line),
                )
            except InputError:
                continue
            for item in formats.read(document):
                if isinstance(item, Article):
                    yield path.name.partition(".")[0], item


_SUBJECTS = {
    "de": (
        "Der Gemeinderat|Die Volkshochschule|Der Chor|Die Bäckerinnung|Das Theater|Der Verein",
        "berät über|freut sich auf|plant|verschiebt|lobt|bezahlt",
        "den Spielplan|das Sommerfest|die Bibliothek|neue Fahrräder|den Wochenmarkt|die Turnhalle",
        "Das sagte die Leiterin.|Der Beginn ist offen.|Anmelden kann man sich im Rathaus.",
    ),
    "en": (
        "The council|A choir|The bakery|A school|The theatre|The club",
        "talks about|plans|delays|praises|pays for|looks forward to",
        "a summer fair|new bicycles|the market|the gym|the playground|the orchestra",
        "The head said so.|The start is open.|Tickets are free.",
    ),
    "fr": (
        "La commune|Une chorale|La boulangerie|Une école|Le club",
        "prépare|reporte|salue|finance|attend",
        "la fête|le marché|le gymnase|des vélos|l'orchestre",
        "La directrice l'a dit.|L'entrée est libre.",
    ),
}


def around(count: int) -> Iterator[Article]:
    """Articles that answer none of the queries."""
    chance = random.Random("judged")
    for number in range(count):
        language = chance.choice(["de", "de", "en", "fr"])
        lists = [words.split("|") for words in _SUBJECTS[language]]
        texts = [" ".join(map(chance.choice, lists[:3])) + "." for _ in range(12)]
        texts.insert(1, chance.choice(lists[3]))
        yield Article(
            uri=f"urn:dateline:around:{number}",
            title=texts[0].rstrip("."),
            headline=texts[0].rstrip("."),
            language=language,
            provider=chance.choice(["townwire", "localpost"]),
            body_text="\n\n".join(texts),
        )


def index(client: Elasticsearch, settings: Settings, count: int = AROUND) -> dict[str, str]:
    """Write all of it into the first generation; returns names by uri."""
    from processors.enrichers import Pipeline
    from sinks import generations
    from sinks.writer import Incoming, write

    generation = generations.ensure(client, settings)
    from_seeds = list(seeds())
    enriched = Pipeline.of(settings).enrich([*judged(), *(one for _, one in from_seeds)])
    names = {article.uri: article.uri.removeprefix(_NAMED) for article in judged()}
    for stem, article in from_seeds:
        hashed = article.uri.startswith("urn:dateline:sha256:")
        names[article.uri] = stem if hashed else article.uri.rpartition(":")[2]
    batch = []
    for number, one in enumerate([*enriched, *around(count)]):
        assert isinstance(one, Article), one
        provenance = Provenance(
            received=_BEGUN + dt.timedelta(seconds=number), content=content_hash(one)
        )
        article = msgspec.structs.replace(one, provenance=provenance)
        batch.append(Incoming(article=article, enriched=0))
    for start in range(0, len(batch), 500):
        write(client, generation.index, batch[start : start + 500], lambda _: "versioncreated")
    client.indices.refresh(index=generation.index)
    return names


def ask(
    client: Elasticsearch, settings: Settings, names: Mapping[str, str], query: Query
) -> Answered:
    """As `dateline search` asks it, and Kibana's bar."""
    from sinks.search import search

    result = search(client, settings, query.typed, size=FAR)
    found = [names.get(hit.uri, hit.uri) for hit in result.hits]
    return Answered(query, found, ndcg(found, query.answers), recall(found, query.answers))


def ndcg(found: Sequence[str], answers: Mapping[str, int]) -> float:
    """At ten: 1 for the best order. What is found though nothing answers counts zero."""
    if not answers:
        return float(not found)
    best = sorted(answers.values(), reverse=True)
    return _gain([answers.get(name, 0) for name in found]) / _gain(best)


def _gain(grades: Sequence[int]) -> float:
    return sum(((1 << grade) - 1) / math.log2(at + 2) for at, grade in enumerate(grades[:DEPTH]))


def recall(found: Sequence[str], answers: Mapping[str, int]) -> float:
    """Of all that answers, the share among the first fifty."""
    if not answers:
        return 1.0
    return len(answers.keys() & set(found[:FAR])) / len(answers)


def precision(found: Sequence[str], answers: Mapping[str, int]) -> float:
    """Of the first fifty, the share that answers."""
    return sum(name in answers for name in found) / len(found) if found else 1.0


def means(answered: Sequence[Answered]) -> Iterator[tuple[str, int, float, float, float]]:
    """(group, queries, nDCG, recall, precision) of each group, and of ``all``."""
    groups = dict.fromkeys(one.query.group for one in answered)
    for group in (*groups, "all"):
        some = [one for one in answered if group in (one.query.group, "all")]
        yield (
            group,
            len(some),
            sum(one.ndcg for one in some) / len(some),
            sum(one.recall for one in some) / len(some),
            sum(precision(one.found, one.query.answers) for one in some) / len(some),
        )
