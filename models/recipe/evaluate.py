"""Precision, recall and F1 by type, split and domain; speed and size; as a table and JSON.

    python -m models.recipe.evaluate MODEL_FOLDER --data FOLDER [--json FILE] [--quick]

Scored on character offsets of the running text against every annotated mention, those spaCy's
tokenizer cannot reach too. Sets that do not know MISC are scored without it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.recipe.corpus import data_folder, load
from processors import models
from processors.scoring import (
    LABELS,
    Split,
    memory,
    score,
    size_of,
    speed,
    speed_to_names,
    stories,
    table,
    tests_in,
)


def splits(folder: Path, language: str) -> list[Split]:
    """The splits of one language; the first is the one that chooses the model."""
    dev = load(folder, language)[1]
    name = "dev (GermEval train, last 1000)" if language == "de" else "dev (mixed)"
    labels = LABELS if language == "de" else LABELS[:3]
    return [Split(name, dev, frozenset(labels)), *tests_in(folder, language)]


def evaluate(model: Path, folder: Path, quick: bool = False) -> dict[str, Any]:
    """Everything there is to say in numbers about one model."""
    nlp = models.load(models.at(model))
    language = nlp.lang
    parts = splits(folder, language)
    scores: dict[str, Any] = {}
    for part in parts:
        scores |= score(nlp, part, language)
    report: dict[str, Any] = {"language": language, "scores": scores}
    if not quick:
        texts = stories(parts[1].sentences, language)[:100]
        report |= {
            "words_per_second": speed(nlp, texts),
            "words_per_second_to_names": speed_to_names(model, texts, language),
            "bytes": size_of(model),
            "memory_bytes": memory(model, language, texts[0]),
        }
    return report


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.evaluate")
    parser.add_argument("model", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--json", type=Path, help="write the report here too")
    parser.add_argument("--quick", action="store_true", help="scores only")
    options = parser.parse_args(argv)
    report = evaluate(options.model, data_folder(options.data), options.quick)
    print(table(report["scores"]))
    print({key: value for key, value in report.items() if key != "scores"})
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
