"""The processors' tables of names -> ``sinks/spellings.txt``: what else each name is written as.

    python -m models.recipe.spellings

The sink puts these spellings beside the names that it finds in an article, and must not import the
processors. A test holds the file to what this makes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from processors import cities, countries
from processors.known import known

OUTPUT = Path(__file__).resolve().parents[2] / "sinks" / "spellings.txt"


def lines() -> Iterator[str]:
    """KIND, the canonical forms in German, English and French, and all others; each of the three
    separated by tabulators, forms by ``|``."""
    for kind, index in (("person", known().person), ("organisation", known().organisation)):
        for entry in index.entries:
            canonical = [entry.name(language) for language in countries.LANGUAGES]
            # One that is confined to a language means another in the others.
            others = [form for form, only in entry.forms() if only is None]
            yield _line(kind, canonical, [*others, *entry.alone])
    last: tuple[str, str, str] | None = None
    names: dict[tuple[str, str, str], list[str]] = {}
    listed = [line.split(" ", 1)[1] for line in countries.COUNTRIES.strip().splitlines()]
    listed += [line.split(" ", 2)[2] for line in countries.REGIONS.strip().splitlines()]
    listed += countries.ELSEWHERE.strip().splitlines()
    listed += [line.split(" ", 2)[2] for line in cities.TABLE.strip().splitlines()]
    for line in listed:
        canonical_, read = countries.columns(line)
        if canonical_[0] or last is None:
            last = canonical_
        names.setdefault(last, []).extend(read)
    for forms, read in names.items():
        yield _line("place", forms, read)


def _line(kind: str, canonical: list[str] | tuple[str, ...], others: list[str]) -> str:
    more = [form for form in dict.fromkeys(others) if form not in canonical]
    return "\t".join((kind, "|".join(canonical), "|".join(more)))


def text() -> str:
    """The whole file. What has one form only is left out: there is nothing to add to it."""
    told = [line for line in lines() if len({*line.replace("\t", "|").split("|")} - {""}) > 2]
    return "\n".join(told) + "\n"


def main() -> None:
    OUTPUT.write_text(text(), encoding="utf-8")
    print(f"{OUTPUT.name}: {text().count(chr(10))} names")


if __name__ == "__main__":
    main()
