"""What recognising entities costs, language by language, on one core.

``recogniser`` is tokenizer and recogniser alone, ``to names`` the enrichers entities and names.
``spaCy's loop`` is the recogniser with spaCy's own way of deciding, word by word
(`processors.recogniser`), and ``as spaCy loads it`` also has its products of matrices, BLIS
(`processors.models.use_fast_products`).
"""

from __future__ import annotations

import os
from typing import Any

import msgspec

from bench import texts
from processors import models, scoring
from processors.pool import ONE_THREAD

LANGUAGES = ("de", "en")
_STORIES = 60


def measure(*, rounds: int) -> dict[str, Any]:
    """By language: words a second, each a median of the rounds."""
    # Read by the libraries when they are loaded, so before spaCy is.
    os.environ.update(ONE_THREAD)
    import spacy
    from thinc.api import NumpyOps, set_current_ops

    found: dict[str, Any] = {}
    for language in LANGUAGES:
        info = models.model_for(language)
        folder = models.folder_of(info) if info else None
        if info is None or folder is None:
            continue
        bodies = [
            msgspec.json.decode(story)["body_text"]
            for story in texts.stories(_STORIES, name="entities", language=language)
        ]
        set_current_ops(NumpyOps(use_blis=True))
        blis = scoring.speed(spacy.load(folder), bodies, rounds)
        models.use_fast_products()
        loop = scoring.speed(spacy.load(folder), bodies, rounds)
        alone = scoring.speed(models.load(info), bodies, rounds)
        merged = scoring.speed_to_names(folder, bodies, language, rounds)
        found[f"{info.name} {info.version}"] = {
            "recogniser, words/s": alone,
            "to names, words/s": merged,
            "spaCy's loop, words/s": loop,
            "as spaCy loads it, words/s": blis,
            "names' share of the time": 1 - merged / alone,
        }
    return found
