"""What is known of each file: the tables beside the wires, brought to the article's fields."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

#: beside the checkout
WIRES = Path(__file__).resolve().parents[3] / "shared" / "wires"
#: formats that are read (folders of the wires)
FORMATS = (
    "newsml-g2",
    "newsml-1.0",
    "newsml-1.2",
    "nitf",
    "ninjs",
    "dpa-digitalwires-json",
    "ap-media-json",
    "rss",
    "atom",
    "json-feed",
    "press-release-rss",
    "wordpress-wxr",
    "feeds-encodings",
)
#: an article's fields that are compared
FIELDS = (
    "uri",
    "version",
    "versioncreated",
    "firstcreated",
    "contentcreated",
    "pubstatus",
    "headline",
    "urgency",
    "language",
    "byline",
    "slugline",
    "creditline",
    "copyrightholder",
    "copyrightnotice",
    "usageterms",
    "embargoed",
)
_NAMES = {
    "guid": "uri",
    "urn": "uri",
    "version_created": "versioncreated",
    "credit_line": "creditline",
}
#: characters after which the tables cut a value
_CUT = 300
_REVISION = re.compile(r"(?<=:)([^:]+):\d+[A-Z]?\Z")
_ITEM = re.compile(r"item(\d+)\.(.+)|\[(\d+)\]\.(.+)|(.+)")
_DRESSED = re.compile(r"str\((?:\[0\]\.)?(\w+)\)|(\w+)\|isoformat")


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One value that is known: ``value`` of ``field`` of the item with that number (from 0) in
    ``file``. how: ``==``, ``contains``, ...; cut: only the beginning of it is known."""

    file: str
    item: int
    field: str
    value: Any
    how: str
    table: str
    cut: bool = False

    @property
    def format(self) -> str:
        return self.file.partition("/")[0]


def facts() -> Iterator[Fact]:
    """All facts about the formats that are read and the fields that are compared."""
    for row in _rows("LITERAL.tsv"):
        name, field, value, where = row[:4]
        cut = "first 300" in where or len(value) >= _CUT
        yield from _fact(name, field, "==", value, "LITERAL", cut=cut)
    for row in _rows("EXPECTED.tsv"):
        name, field, how, value = row[:4]
        yield from _fact(name, field, how, value, "EXPECTED")


def _fact(
    file: str, field: str, how: str, value: str, table: str, *, cut: bool = False
) -> Iterator[Fact]:
    found = _ITEM.fullmatch(field)
    if found is None or file.partition("/")[0] not in FORMATS:
        return
    number = int(found[1]) - 1 if found[1] else int(found[3] or 0)
    name = found[2] or found[4] or found[5]
    if dressed := _DRESSED.fullmatch(name):
        name = dressed[1] or dressed[2]
    name = _NAMES.get(name, name)
    if name in FIELDS:
        told = json.loads(value)
        if name == "uri" and file.startswith("newsml-1.") and isinstance(told, str):
            # What stands there names the revision too, which is no part of the identity.
            told = _REVISION.sub(r"\1", told)
        yield Fact(
            file=file,
            item=number,
            field=name,
            value=told,
            how=how,
            table=table,
            cut=cut,
        )


def stories() -> list[dict[str, str]]:
    """Stories that came in several formats."""
    header, *rows = _rows("CROSSFORMAT.tsv", header=True)
    return [dict(zip(header, row, strict=False)) for row in rows]


def files() -> list[Path]:
    """Every wire file, of the formats that are not read too."""
    return sorted(path for path in WIRES.rglob("*") if path.is_file() and path.suffix != ".tsv")


def _rows(table: str, *, header: bool = False) -> Iterator[list[str]]:
    csv.field_size_limit(sys.maxsize)
    with (WIRES / table).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if not header:
            next(rows)
        yield from (row for row in rows if row)
