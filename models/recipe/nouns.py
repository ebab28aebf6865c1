"""German nouns with their frequencies, from a package of PyPI's -> ``sinks/nouns.txt.gz``.

    pip download --no-deps -d wheels spacy-lookups-data==1.0.5
    python -m models.recipe.nouns --wheels wheels

spacy-lookups-data (MIT) has the logarithms of the frequencies of a million German word forms, as
they are spelt. What is mostly written with a capital is taken for a noun. The same input gives the
same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import re
from pathlib import Path
from typing import Final

from models.recipe.classes import lookups, wheel

OUTPUT = Path(__file__).resolve().parents[2] / "sinks" / "nouns.txt.gz"
#: logarithm of a word's frequency, from which on it is kept: about the forty thousandth
KEPT: Final = -14.5
#: how much more frequent in small letters a noun may be (``Recht``, ``Wert`` and ``Kraft`` are)
SMALL: Final = 1.0
_WORD = re.compile(r"[A-ZÄÖÜ][a-zäöüß]{2,}|Öl")


def nouns(logs: dict[str, float]) -> dict[str, float]:
    """In small letters, ``ss`` for ``ß``; the higher frequency where two become one."""
    found: dict[str, float] = {}
    for word, log in logs.items():
        small = logs.get(word[0].lower() + word[1:], -99.0)
        if log < KEPT or not _WORD.fullmatch(word) or small > log + SMALL:
            continue
        key = word.lower().replace("ß", "ss")
        found[key] = max(found.get(key, -99.0), log)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.nouns", description=__doc__)
    parser.add_argument("--wheels", type=Path, required=True, help="folder of the wheel")
    given = parser.parse_args()
    found = nouns(lookups(wheel(given.wheels, "spacy_lookups_data"), "de_lexeme_prob"))
    # In tenths, without the sign, which is always the same.
    lines = "".join(f"{word} {round(-10 * log)}\n" for word, log in sorted(found.items()))
    OUTPUT.write_bytes(gzip.compress(lines.encode(), 9, mtime=0))
    print(f"{OUTPUT.name}: {len(found)} nouns, {OUTPUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
