"""``python -m tests.wires [--report FILE]``: the table by format and field, and each difference."""

from __future__ import annotations

import argparse
import fnmatch
import sys
import tomllib
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import msgspec

from dateline.article import Article
from dateline.errors import DatelineError
from dateline.formats import Skipped
from tests.wires.comparing import Found, hold, read
from tests.wires.known import FIELDS, FORMATS, WIRES, facts, files

_EXPLAINED = Path(__file__).with_name("explained.toml")
#: of all facts about text items
GOAL = 0.98


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0 where the goal is met and each difference explained, 1 where not, 2 where
    the files are not there."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", type=Path, help="write the table to this file too")
    parser.add_argument("--values", action="store_true", help="show values (agency text) as well")
    given = parser.parse_args(arguments)
    if not WIRES.is_dir():
        print("no real wire files beside this checkout", file=sys.stderr)
        return 2
    found = [hold(fact) for fact in facts()]
    text = "\n".join([*_table(found), "", *_differences(found), "", *_files()])
    print(text)
    if given.values:
        for one in found:
            if one.verdict in ("wrong", "refused"):
                fact = one.fact
                print(f"\n{fact.file} [{fact.item}] {fact.field} ({fact.table} {fact.how})")
                print(f"  known: {str(fact.value)[:200]!r}\n  read:  {(one.value or '')[:300]!r}")
    if given.report:
        given.report.write_text(f"{_HEAD}\n{text}\n", encoding="utf-8")
    return 0 if share(found) >= GOAL and not unexplained(found) else 1


_HEAD = """# Real wires against what is known about them

Printed by `python -m tests.wires --report docs/wires.md`, from files that are not part of the
project. A cell is `right/known`, over text items; where no cell is shown nothing is known.
"""


def share(found: list[Found]) -> float:
    """Right ones of the facts about text items, less those that are not what the file says."""
    counted = [one for one in found if one.verdict != "no text"]
    right = sum(one.verdict == "right" for one in counted)
    return right / (len(counted) - sum(map(_theirs, counted)))


def unexplained(found: list[Found]) -> list[Found]:
    """Differences that nobody has explained."""
    return [one for one in found if one.verdict in ("wrong", "refused") and not _why(one)]


class _Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of ``explained.toml``."""

    file: str
    fields: list[str]
    why: str
    table: str | None = None
    theirs: bool = False


@cache
def _reasons() -> list[_Reason]:
    told = tomllib.loads(_EXPLAINED.read_text("utf-8"))["explained"]
    return msgspec.convert(told, list[_Reason])


def _why(one: Found) -> _Reason | None:
    fact = one.fact
    for reason in _reasons():
        fits = fnmatch.fnmatch(fact.file, reason.file) and fact.field in reason.fields
        if fits and reason.table in (None, fact.table):
            return reason
    return None


def _theirs(one: Found) -> bool:
    reason = _why(one) if one.verdict in ("wrong", "refused") else None
    return reason is not None and reason.theirs


def _table(found: list[Found]) -> list[str]:
    right: Counter[tuple[str, str]] = Counter()
    known: Counter[tuple[str, str]] = Counter()
    for one in found:
        if one.verdict == "no text":
            continue
        for format_ in (one.fact.format, "all"):
            for field in (one.fact.field, "all"):
                known[format_, field] += 1
                right[format_, field] += one.verdict == "right"
    shown = [*(name for name in FORMATS if known[name, "all"]), "all"]
    lines = ["| Field | " + " | ".join(shown) + " |", "|---" * (len(shown) + 1) + "|"]
    for field in (*FIELDS, "all"):
        cells = (
            f"{right[name, field]}/{known[name, field]}" if known[name, field] else ""
            for name in shown
        )
        lines.append(f"| `{field}` | " + " | ".join(cells) + " |")
    skipped = sum(one.verdict == "no text" for one in found)
    whole = 100 * right["all", "all"] / known["all", "all"]
    return [
        *lines,
        "",
        f"{whole:.1f} of 100 known values come out, {100 * share(found):.1f} of 100 of those that "
        f"are the file's own. {skipped} more are known of items without text.",
    ]


def _differences(found: list[Found]) -> list[str]:
    lines = ["## Differences", ""]
    by_why: defaultdict[str, list[str]] = defaultdict(list)
    for one in found:
        if one.verdict in ("wrong", "refused"):
            reason = _why(one)
            why = "NOT EXPLAINED"
            if reason is not None:
                why = ("(not the file's own) " if reason.theirs else "") + reason.why
            by_why[why].append(f"`{one.fact.file}` {one.fact.field}")
    for why, places in sorted(by_why.items()):
        counted = Counter(places)
        named = ", ".join(
            place if count == 1 else f"{place} (x{count})" for place, count in counted.items()
        )
        lines.append(f"- {why}: {named}")
    return lines if by_why else [*lines, "None."]


def _files() -> list[str]:
    lines = ["## What each folder gives", "", "| Folder | Files | Articles | Skipped | Refused |"]
    lines.append("|---|---|---|---|---|")
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    silent = []
    for path in files():
        place = path.relative_to(WIRES)
        _, items = read(path)
        count = counts[place.parts[0]]
        count["files"] += 1
        for item in items:
            if isinstance(item, Article):
                count["articles"] += 1
            elif isinstance(item, Skipped):
                count["skipped"] += 1
            else:
                count["refused"] += 1
                silent.append((str(place), item))
    for folder, count in sorted(counts.items()):
        cells = (count[name] for name in ("files", "articles", "skipped", "refused"))
        lines.append(f"| {folder} | " + " | ".join(map(str, cells)) + " |")
    lines += ["", "Refused, of the formats that are read:", ""]
    for name, error in silent:
        if name.partition("/")[0] in FORMATS and isinstance(error, DatelineError):
            lines.append(f"- `{name}`: {error.what}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
