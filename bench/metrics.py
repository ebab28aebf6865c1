"""What metrics cost: the pipeline whose stages are asked all the time, against the same without.

In turn, on the same servers, in one run; who goes first alternates. Throughput varies by more than
the cost, and so does the processor time of the language processes, in which nothing is counted. So
two more figures stand beside it: the processor time of the worker and the sink alone, where all
counting is, as a share of what the whole pipeline takes; and that of the counting alone, called as
the stages call it.
"""

from __future__ import annotations

import statistics
import threading
import time
import urllib.request
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline, texts
from dateline.article import Article, Provenance
from dateline.cli.status import running_stages
from dateline.embedded import EmbeddedStack
from dateline.metrics.stage import Watch
from dateline.records import EnrichedHeaders, Position, RawDocument, sha256, utc_now
from dateline.settings import Settings

#: stories that are worked through first: models are loaded, Java has compiled
WARM = 200
#: seconds between two looks of a Prometheus that looks often
SCRAPED = 5.0
_ANSWERS = 20


def _scrape(settings: Settings, over: threading.Event) -> None:
    urls = [f"{one.url}/metrics" for one in running_stages(settings)]
    while not over.wait(SCRAPED):
        for url in urls:
            with urllib.request.urlopen(url, timeout=10) as answer:
                answer.read()


def _round(
    stack: EmbeddedStack, folder: Path, stories: int, processes: int, *, asked: bool
) -> tuple[float, pipeline.Spent]:
    """Seconds, and seconds of processor time."""
    settings = pipeline.settings_for(stack, str(folder), processes)
    settings = msgspec.structs.replace(settings, metrics_port=0 if asked else None)
    sender = pipeline.producer(settings)
    load = texts.stories(stories, name=folder.name)
    over = threading.Event()
    with pipeline.stages(settings, "process", "sink") as running:
        pipeline.publish_raw(settings, texts.stories(WARM, name="warm"), sender)
        pipeline.wait_searchable(settings, WARM)
        scraper = threading.Thread(target=_scrape, args=(settings, over), daemon=True)
        if asked:
            scraper.start()
        with pipeline.paused(running["process"]):
            pipeline.publish_raw(settings, load, sender)
            before = pipeline.spent(running.values())
            begun = time.perf_counter()
        took = pipeline.wait_searchable(settings, WARM + stories) - begun
        spent = pipeline.spent(running.values()).since(before)
        over.set()
        if asked:
            scraper.join()
    sender.close()
    return took, spent


def counting(articles: int = 20_000, batch: int = 32) -> tuple[float, float]:
    """Seconds of processor time that counting one article costs, in all three stages together; and
    that one answer of all three to Prometheus does."""
    from prometheus_client import generate_latest

    from processors.observer import Observer as Processing
    from processors.work import Outcome, Output, Record
    from producers.observer import Observer as Producing
    from sinks.observer import Observer as Sinking
    from sinks.writer import Result

    settings = Settings()
    document = RawDocument(
        value=b"x" * 2000,
        feed="bench",
        format="ninjs",
        location="bench:1",
        received=utc_now(),
        sha256=sha256(b"x"),
    )
    place = Position("articles.raw", 0, 1)
    article = Article(
        uri="urn:bench:1",
        title="bench",
        provider="bench",
        provenance=Provenance(received=document.received, content="c", feed="bench"),
    )
    headers = EnrichedHeaders(enriched=1, raw=place, item=0, items=1)
    record = Record(document.value, [(n, v) for n, v in document.headers()], place)
    outcome = Outcome([Output("enriched", b"k", b"v", [], uri="urn:bench:1")])
    result = Result(
        outcome="superseded"
    )  # of new ones some are looked for, which is Elasticsearch's
    watches = [Watch(settings, name, counting=True) for name in ("producer", "processor", "sink")]
    producing = Producing(watches[0], place.topic)
    processing = Processing(watches[1], place.topic, None)
    sink = Sinking(watches[2], settings)
    sinking = sink.feeding(1, "articles-000001", lambda: False, live=True)
    begun = time.process_time()
    for _ in range(articles // batch):
        for _ in range(batch):
            producing.published(document, b"k\0h", place)
        processing.confirmed([record] * batch, [outcome] * batch, 0.5)
        sinking.wrote([(article, headers, place, result)] * batch, [], batch, 0.1)
    counted = time.process_time()
    for _ in range(_ANSWERS):
        for watch in watches:
            generate_latest(watch.meter.answer())
    answered = time.process_time()
    return (counted - begun) / articles, (answered - counted) / _ANSWERS


def measure(
    stack: EmbeddedStack, folder: Path, *, stories: int, rounds: int, processes: int
) -> dict[str, Any]:
    """Stories a second of both and the share, round by round; processor time of both; the cost of
    counting as a share of that."""
    times: dict[bool, list[float]] = {True: [], False: []}
    spent: dict[bool, list[pipeline.Spent]] = {True: [], False: []}
    for number in range(rounds):
        for asked in (True, False) if number % 2 else (False, True):
            place = folder / f"{'asked' if asked else 'silent'}-{number}"
            took, cpu = _round(stack, place, stories, processes, asked=asked)
            times[asked].append(took)
            spent[asked].append(cpu)
    shares = [without / with_ for with_, without in zip(times[True], times[False], strict=True)]
    a_story = statistics.median(sum(one) for one in spent[False]) / stories
    own = {asked: statistics.median(one.own for one in spent[asked]) for asked in spent}
    counted = [counting() for _ in range(5)]
    one, answer = (statistics.median(values) for values in zip(*counted, strict=True))
    return {
        "stories": stories,
        "processes": processes,
        "without, stories/s": stories / statistics.median(times[False]),
        "with metrics, stories/s": stories / statistics.median(times[True]),
        "share": statistics.median(shares),
        "shares": shares,
        "without, processor ms/story": 1e3 * a_story,
        "worker and sink of it": 1e3 * own[False] / stories,
        "with metrics, worker and sink": 1e3 * own[True] / stories,
        "cost, share of all": (own[True] - own[False]) / stories / a_story,
        "counting alone, processor ms/story": 1e3 * one,
        "counting alone, share": one / a_story,
        "one answer of all stages, processor ms": 1e3 * answer,
        "an answer every 5 s, share of a core": answer / SCRAPED,
    }
