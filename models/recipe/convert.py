"""The annotated sets as their makers publish them -> the IOB2 files that `corpus.py` reads.

    python -m models.recipe.convert SET FOLDER --data FOLDER [--check]

SET is crossner, uner, wikigold, btc or germeval; the first FOLDER is a copy of what its makers
publish (models/README.md says where), the second that of the annotated text. `--check` writes
nothing, and says how the sentences differ from those that lie there.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from models.recipe.corpus import data_folder
from processors.scoring import Sentence, read_iob2, repaired

CROSSNER_DOMAINS: Final = ("politics", "science", "music", "literature", "ai")
#: CrossNER's types that are names, folded into the four; a term (algorithm, protein, genre, task,
#: ...) is no name in a newspaper's sense, and becomes no entity
CROSSNER_TYPES: Final = {
    **dict.fromkeys(
        ("person", "politician", "scientist", "researcher", "writer", "musicalartist"), "PER"
    ),
    **dict.fromkeys(("location", "country"), "LOC"),
    **dict.fromkeys(("organisation", "politicalparty", "university", "band"), "ORG"),
    **dict.fromkeys(
        (
            *("misc", "event", "election", "award", "conference", "product", "programlang"),
            *("album", "song", "book", "poem", "magazine", "academicjournal"),
        ),
        "MISC",
    ),
}
GERMEVAL_TYPES: Final = {"PER": "PER", "LOC": "LOC", "ORG": "ORG", "OTH": "MISC"}
BTC_SECTIONS: Final = "abefgh"


def columns(path: Path, token: int, tag: int, separator: str) -> Iterator[Sentence]:
    """Sentences of a file of one token a line, which name their source if the file does."""
    tokens: list[str] = []
    tags: list[str] = []
    source = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if not line:
            if tokens:
                yield Sentence(tuple(tokens), tuple(tags), source=source)
            tokens, tags, source = [], [], ""
        elif line.startswith("# sent_id = "):  # Universal NER
            source = line.removeprefix("# sent_id = ")
        elif line.startswith("#\t") and "://" in line:  # GermEval: address [day]
            source = line[2:].partition(" [")[0]
        elif len(parts := line.split(separator)) > max(token, tag):
            tokens.append(parts[token])
            tags.append(parts[tag])


def folded(sentence: Sentence, types: dict[str, str], source: str = "") -> Sentence:
    """Another set's types as ours; what is not among them is no entity."""
    tags = []
    for tag in sentence.tags:
        mark, _, kind = tag.partition("-")
        tags.append(f"{mark}-{types[kind]}" if kind in types else "O")
    return Sentence(sentence.tokens, repaired(tags), source=source or sentence.source)


def crossner(raw: Path) -> Iterator[tuple[str, list[Sentence]]]:
    """`ner_data/DOMAIN/PART.txt`, the domains one after the other."""
    for part in ("train", "dev", "test"):
        yield (
            f"crossner/{part}.iob2",
            [
                folded(sentence, CROSSNER_TYPES, domain)
                for domain in CROSSNER_DOMAINS
                for sentence in columns(raw / "ner_data" / domain / f"{part}.txt", 0, 1, "\t")
            ],
        )


def uner(raw: Path) -> Iterator[tuple[str, list[Sentence]]]:
    """`en_ewt-ud-PART.iob2`: number, token, tag. PER, LOC and ORG already; no MISC."""
    for part in ("dev", "test"):
        yield f"uner_en_ewt/{part}.iob2", list(columns(raw / f"en_ewt-ud-{part}.iob2", 1, 2, "\t"))


def wikigold(raw: Path) -> Iterator[tuple[str, list[Sentence]]]:
    """`wikigold.conll.txt`: IOB1 becomes IOB2; the marks between documents go."""
    sentences = columns(raw / "wikigold.conll.txt", 0, 1, " ")
    yield (
        "wikigold/all.iob2",
        [
            Sentence(sentence.tokens, repaired(sentence.tags))
            for sentence in sentences
            if sentence.tokens[0] != "-DOCSTART-"
        ],
    )


def btc(raw: Path) -> Iterator[tuple[str, list[Sentence]]]:
    """`a.conll` to `h.conll`, one after the other. PER, LOC and ORG already; no MISC."""
    yield (
        "btc/all.iob2",
        [s for section in BTC_SECTIONS for s in columns(raw / f"{section}.conll", 0, 1, "\t")],
    )


def germeval(raw: Path) -> Iterator[tuple[str, list[Sentence]]]:
    """`NER-de-PART.tsv`: number, token, outer tag, inner tag. Outer mentions only; OTH is MISC;
    derivations (`LOCderiv`) and parts (`LOCpart`) are no entities."""
    for part in ("train", "dev"):
        yield (
            f"germeval2014/{part}.iob2",
            [folded(s, GERMEVAL_TYPES) for s in columns(raw / f"NER-de-{part}.tsv", 1, 2, "\t")],
        )


SETS: Final[dict[str, Callable[[Path], Iterator[tuple[str, list[Sentence]]]]]] = {
    "crossner": crossner,
    "uner": uner,
    "wikigold": wikigold,
    "btc": btc,
    "germeval": germeval,
}


def write_iob2(path: Path, sentences: list[Sentence]) -> None:
    """One token and its tag a line, an empty line after each sentence."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as out:
        for sentence in sentences:
            if sentence.source:
                out.write(f"# source = {sentence.source}\n")
            out.writelines(
                f"{token}\t{tag}\n"
                for token, tag in zip(sentence.tokens, sentence.tags, strict=True)
            )
            out.write("\n")


def difference(made: list[Sentence], there: list[Sentence]) -> str:
    """How many sentences are alike (tokens and tags), and how many only here or only there.

    "" when all are, in the same order: the last ones of a file are held out, so it matters.
    """
    ours = [(s.tokens, s.tags) for s in made]
    theirs = [(s.tokens, s.tags) for s in there]
    if ours == theirs:
        return ""
    same = Counter(ours) & Counter(theirs)
    return (
        f"{same.total()} alike, {len(ours) - same.total()} only made now, "
        f"{len(theirs) - same.total()} only there before, or in another order"
    )


def main(argv: list[str] | None = None) -> int:
    """Convert one set; with --check exit status 1 when what lies there differs."""
    parser = argparse.ArgumentParser(prog="python -m models.recipe.convert")
    parser.add_argument("set", choices=sorted(SETS))
    parser.add_argument("raw", type=Path, help="the set as its makers publish it")
    parser.add_argument("--data", help="folder of annotated text (or DATELINE_NER_DATA)")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(argv)
    folder = data_folder(options.data)
    differs = False
    for name, sentences in SETS[options.set](options.raw):
        if not options.check:
            write_iob2(folder / name, sentences)
            print(f"{name}: {len(sentences)} sentences")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            # Through a file, since reading cleans tokens of spaces and soft hyphens.
            write_iob2(Path(scratch, "made.iob2"), sentences)
            made = list(read_iob2(Path(scratch, "made.iob2")))
        told = difference(made, list(read_iob2(folder / name)))
        differs = differs or bool(told)
        print(f"{name}: {told or f'{len(made)} sentences, all alike'}")
    return 1 if differs else 0


if __name__ == "__main__":
    sys.exit(main())
