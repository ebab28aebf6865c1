"""Precision, recall and F1 by type, split and domain; speed and size; as a table and JSON.

    python -m models.recipe.evaluate MODEL_FOLDER --data FOLDER [--json FILE] [--quick]

Scored on character offsets of the running text against every annotated mention, those spaCy's
tokenizer cannot reach too. Sets that do not know MISC are scored without it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import spacy
from spacy.language import Language

from models.recipe.corpus import LABELS, Sentence, Text, data_folder, load, read_iob2, split

NO_MISC: Final = frozenset(LABELS[:3])
ALL: Final = frozenset(LABELS)


@dataclass(frozen=True)
class Split:
    """Sentences scored together, and the labels their annotation knows."""

    name: str
    sentences: list[Sentence]
    labels: frozenset[str] = ALL
    by_domain: bool = False


@dataclass
class Count:
    """Gold, predicted and agreeing mentions by label."""

    gold: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, gold: set[tuple[int, int, str]], found: set[tuple[int, int, str]]) -> None:
        self.gold.update(label for *_, label in gold)
        self.found.update(label for *_, label in found)
        self.right.update(label for *_, label in gold & found)

    def scores(self) -> dict[str, dict[str, float]]:
        rows = {
            label: _prf(self.gold[label], self.found[label], self.right[label])
            for label in LABELS
            if self.gold[label]
        }
        for name, labels in (("PER+LOC+ORG", LABELS[:3]), ("all", LABELS)):
            rows[name] = _prf(
                *(sum(c[label] for label in labels) for c in (self.gold, self.found, self.right))
            )
        return rows


def _prf(gold: int, found: int, right: int) -> dict[str, float]:
    p = right / found if found else 0.0
    r = right / gold if gold else 0.0
    f = 2 * p * r / (p + r) if p + r else 0.0
    return {"p": round(p, 4), "r": round(r, 4), "f": round(f, 4), "mentions": gold}


def domain_of(sentence: Sentence) -> str:
    """Wikipedia or news, by the address of the source."""
    return "wikipedia" if "wikipedia.org" in sentence.source else "news"


def splits(folder: Path, language: str) -> list[Split]:
    """The splits of one language; the first is the one that chooses the model.

    SmartData is measured where it lies, and left out where it does not.
    """

    def rest(path: str) -> list[Sentence]:
        return split(list(read_iob2(folder / path)), path)[2]

    def whole(path: str) -> list[Sentence]:
        return list(read_iob2(folder / path))

    dev = load(folder, language)[1]
    if language == "de":
        parts = [
            Split("dev (GermEval train, last 1000)", dev),
            Split("test (GermEval dev)", whole("germeval2014/dev.iob2"), by_domain=True),
        ]
        smartdata = "evaluation_only/smartdata_de"
        # Only for comparison, and its terms are not clear: who does not have it, need not.
        if (folder / smartdata).is_dir():
            compare = whole(f"{smartdata}/train.iob2") + whole(f"{smartdata}/dev.iob2")
            parts.append(Split("compare (SmartData)", compare, NO_MISC))
        return parts
    return [
        Split("dev (mixed)", dev, NO_MISC),
        Split("test (UNER EWT test)", whole("uner_en_ewt/test.iob2"), NO_MISC),
        Split("test (wikigold, last 200)", rest("wikigold/all.iob2")),
        Split("test (CrossNER politics, 300)", rest("crossner/dev.iob2")),
    ]


def score(nlp: Language, part: Split, language: str) -> dict[str, dict[str, dict[str, float]]]:
    """Scores of one split, and of its domains where they are told apart."""
    texts: list[Text] = []
    for sentence in part.sentences:
        text = Text()
        text.add(sentence, language, "")
        texts.append(text)
    total = Count()
    domains: dict[str, Count] = {}
    docs = nlp.pipe((text.text for text in texts), batch_size=256)
    for sentence, text, doc in zip(part.sentences, texts, docs, strict=True):
        gold = {mention for mention in text.mentions if mention[2] in part.labels}
        found = {(e.start_char, e.end_char, e.label_) for e in doc.ents if e.label_ in part.labels}
        total.add(gold, found)
        if part.by_domain:
            domains.setdefault(domain_of(sentence), Count()).add(gold, found)
    out = {part.name: total.scores()}
    for name in sorted(domains):
        out[f"{part.name}: {name}"] = domains[name].scores()
    return out


def articles(sentences: Sequence[Sentence], language: str, words: int = 420) -> list[str]:
    """The sentences strung together to texts of a news story's length."""
    out: list[str] = []
    text, size = Text(), 0
    for sentence in sentences:
        text.add(sentence, language, "\n\n" if size % 3 == 0 else " ")
        size += len(sentence.tokens)
        if size >= words:
            out.append(text.text)
            text, size = Text(), 0
    return out


def speed(nlp: Language, texts: Sequence[str], rounds: int = 5) -> dict[str, float]:
    """spaCy tokens a second on one core (median and best of the rounds)."""
    rates: list[float] = []
    for _ in range(rounds + 1):
        began = time.perf_counter()
        words = sum(len(doc) for doc in nlp.pipe(texts, batch_size=32))
        rates.append(words / (time.perf_counter() - began))
    return {
        "words_per_second": round(statistics.median(rates[1:])),
        "words_per_second_best": round(max(rates[1:])),
        "documents": len(texts),
    }


def size_of(folder: Path, skip: Callable[[Path], bool] = lambda path: False) -> int:
    """Bytes of a folder's files."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not skip(p))


def evaluate(model: Path, folder: Path, quick: bool = False) -> dict[str, Any]:
    """Everything there is to say in numbers about one model."""
    nlp = spacy.load(model)
    language = nlp.lang
    parts = splits(folder, language)
    scores: dict[str, Any] = {}
    for part in parts:
        scores |= score(nlp, part, language)
    report: dict[str, Any] = {"language": language, "scores": scores}
    if not quick:
        report["speed"] = speed(nlp, articles(parts[1].sentences, language)[:100])
        report["bytes"] = size_of(model, lambda path: path.suffix == ".md" or path.stem == "scores")
    return report


def table(report: dict[str, Any]) -> str:
    """The report as a Markdown table."""
    lines = ["| Split | Type | P | R | F1 | Mentions |", "|---|---|---|---|---|---|"]
    for name, rows in report["scores"].items():
        for label, row in rows.items():
            numbers = " | ".join(f"{row[key]:.3f}" for key in "prf")
            lines.append(f"| {name} | {label} | {numbers} | {row['mentions']} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.evaluate")
    parser.add_argument("model", type=Path)
    parser.add_argument("--data")
    parser.add_argument("--json", type=Path, help="write the report here too")
    parser.add_argument("--quick", action="store_true", help="scores only")
    options = parser.parse_args(argv)
    report = evaluate(options.model, data_folder(options.data), options.quick)
    print(table(report))
    print({key: value for key, value in report.items() if key != "scores"})
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
