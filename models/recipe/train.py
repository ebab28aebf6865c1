"""Train one language's model: fixed seed, one thread, so that a rerun gives the same scores.

python -m models.recipe.train de [--seed 1] [--set training.dropout=0.3] [--name trial]
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from spacy.training.initialize import init_nlp
from spacy.training.loop import train
from spacy.util import load_config
from thinc.api import NumpyOps, set_current_ops

from models.recipe import reader

HERE: Final = Path(__file__).resolve().parent
CORPUS: Final = HERE.parent / "corpus"
TRAINING: Final = HERE.parent / "training"
READER: Final = reader.varied_corpus  # the configuration names it; importing registers it


def overrides_of(settings: Sequence[str]) -> dict[str, object]:
    """`section.key=value` pairs, the value read as JSON where it is JSON."""
    out: dict[str, object] = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        try:
            out[key] = json.loads(value)
        except ValueError:
            out[key] = value
    return out


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.train")
    parser.add_argument("language", choices=("de", "en"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", default="", help="folder name of a trial")
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    parser.add_argument("--output", type=Path, default=TRAINING)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args(argv)
    output = options.output / (options.name or options.language)
    shutil.rmtree(output, ignore_errors=True)
    began = time.perf_counter()
    config = load_config(
        HERE / "config" / f"{options.language}.cfg",
        overrides={
            "paths.train": str(options.corpus / f"{options.language}_train.spacy"),
            "paths.dev": str(options.corpus / f"{options.language}_dev.spacy"),
            "paths.classes": str(options.corpus / f"{options.language}_classes.bin"),
            "system.seed": options.seed,
            **overrides_of(options.set),
        },
        interpolate=False,
    )
    # spaCy's own command would go back to BLIS, whose products take three times as long as
    # NumPy's on processors with wide registers.
    set_current_ops(NumpyOps(use_blis=False))
    output.mkdir(parents=True)
    train(init_nlp(config), output)
    shutil.rmtree(output / "model-last", ignore_errors=True)
    print(f"{output / 'model-best'} in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
