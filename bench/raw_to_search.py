"""From the raw topic to searchable, as a share of bare ``nlp.pipe``.

Both do the same texts with the same model in the same number of processes on the same cores, in
turn, in one run. Bare ``nlp.pipe(texts, n_process=N)`` only finds the entities, by spaCy's own loop
(with Dateline's products of matrices, which favours it), and gives them back;
the pipeline parses, enriches, sends, indexes and makes searchable, with Kafka and Elasticsearch
on the same cores.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Any

import msgspec

from bench import pipeline, texts
from dateline.embedded import EmbeddedStack


def bare(nlp: Any, bodies: list[str], processes: int, batch: int) -> float:
    """Seconds that bare ``nlp.pipe`` takes for all entities of these texts."""
    begun = time.perf_counter()
    entities = 0
    for doc in nlp.pipe(bodies, n_process=processes, batch_size=batch):
        entities += len(doc.ents)
    if not entities:
        raise SystemExit("bench: the model found nothing, so it measured nothing")
    return time.perf_counter() - begun


def measure(
    stack: EmbeddedStack, folder: Path, *, stories: int, rounds: int, processes: int
) -> dict[str, Any]:
    """Median seconds of both, and the share, round by round."""
    import spacy

    from processors.models import folder_of, model_for, use_fast_products

    model = model_for("de")
    folder_of_model = folder_of(model) if model else None
    if folder_of_model is None:
        raise SystemExit("bench: no German model")
    use_fast_products()
    nlp = spacy.load(folder_of_model)
    settings = pipeline.settings_for(stack, str(folder), processes)
    shares: list[float] = []
    ours: list[float] = []
    theirs: list[float] = []
    sender = pipeline.producer(settings)
    with pipeline.stages(settings, "process", "sink") as running:
        # A Java virtual machine is slow until it has compiled what is used.
        warm = texts.stories(stories, name="warm")
        pipeline.publish_raw(settings, warm, sender)
        total = len(warm)
        pipeline.wait_searchable(settings, total)
        bare(
            nlp, [msgspec.json.decode(d)["body_text"] for d in warm], processes, settings.nlp_batch
        )
        for number in range(rounds):
            documents = texts.stories(stories, name=f"round{number}")
            bodies = [msgspec.json.decode(document)["body_text"] for document in documents]
            theirs.append(bare(nlp, bodies, processes, settings.nlp_batch))
            with pipeline.paused(running["process"]):
                pipeline.publish_raw(settings, documents, sender)
                begun = time.perf_counter()
            total += stories
            ours.append(pipeline.wait_searchable(settings, total) - begun)
            shares.append(theirs[-1] / ours[-1])
    sender.close()
    return {
        "stories": stories,
        "processes": processes,
        "bare nlp.pipe, stories/s": stories / statistics.median(theirs),
        "pipeline, stories/s": stories / statistics.median(ours),
        "share": statistics.median(shares),
        "shares": shares,
    }
