"""``dateline index diff``: what a switch would change, as a table, as JSON, as one HTML page."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.cli import page
from dateline.cli.output import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from sinks.changes import Changes, Example, Row, Side
    from sinks.relevance import Relevance

#: characters of a title, and of a value, in the table
_TITLE, _VALUE = 60, 70
#: rows of days and of providers that the table lists, those with the most changes; and fields
_ROWS, _FIELDS = 10, 25
#: rows of the page's tables: an archive has thousands of days
_DAYS = 120


def as_json(changes: Changes, relevance: Relevance | None) -> str:
    """One line, for programs."""
    found = {"changes": changes, "share_lost": changes.share_lost, "relevance": relevance}
    return msgspec.json.encode(found).decode()


def sentence(changes: Changes) -> str:
    """The whole of it in one line."""
    if changes.identical:
        return (
            f"a switch from generation {changes.old} to {changes.new} changes nothing: "
            f"{changes.same} documents, each the same"
        )
    return (
        f"from generation {changes.old} to {changes.new}: {changes.added.count} added, "
        f"{changes.gone.count} gone, {changes.changed} changed, {changes.same} the same; "
        f"{changes.lost.count} that are found now would not be ({changes.share_lost:.2%})"
    )


def show(changes: Changes, relevance: Relevance | None, out: Console) -> None:
    """For people, the gravest first."""
    out.print(sentence(changes), style="bold")
    _examples(out, "found now, and not after the switch", changes.lost)
    _examples(out, "found after the switch, and not now", changes.found)
    if changes.made:
        table = _table("made by", "becomes", "documents")
        for turn in changes.made:
            table.add_row(plain(turn.old), plain(turn.new), str(turn.documents.count))
        _section(out, "Made by", table)
    if any(one.gained or one.lost for one in changes.entities):
        _entities(changes, out)
    if changes.languages:
        table = _table("language", "becomes", "documents", "for example")
        for turn in changes.languages:
            table.add_row(
                plain(turn.old, 20),
                plain(turn.new, 20),
                str(turn.documents.count),
                _name(turn.documents.examples[0]),
            )
        _section(out, "Languages", table)
    if changes.fields:
        table = _table("field", "documents", "for example", "is", "becomes")
        for field in changes.fields[:_FIELDS]:
            one = field.documents.examples[0]
            table.add_row(
                plain(field.field, 40),
                str(field.documents.count),
                _name(one, 30),
                plain(one.old or "—", 30),
                plain(one.new or "—", 30),
            )
        _section(out, "Fields", table)
        _left(out, len(changes.fields) - _FIELDS, "fields")
    _rows(out, "Providers", "provider", changes.providers)
    _rows(out, "Days", "day", changes.days)
    if relevance is not None:
        _relevance(relevance, out)
    if changes.rounded:
        out.print(
            f"\n{changes.rounded} documents differ in the last digits of numbers alone; they "
            "count as the same.",
            style="dim",
        )
    if changes.pruned:
        out.print("\nCounts by name, provider or day are of the most frequent.", style="dim")


def _entities(changes: Changes, out: Console) -> None:
    table = _table("entities", "now", "then", "gained", "lost", "most of them")
    for one in changes.entities:
        names = [f"+ {count.key} ({count.count})" for count in one.names_gained[:4]]
        names += [f"- {count.key} ({count.count})" for count in one.names_lost[:4]]
        table.add_row(
            one.label,
            str(one.before),
            str(one.after),
            str(one.gained),
            str(one.lost),
            plain(", ".join(names), 200),
        )
    _section(out, "Entities", table)


def _rows(out: Console, title: str, key: str, rows: list[Row]) -> None:
    """Those with the most changes; none where nothing differs."""
    differing = [row for row in rows if row.differing]
    if not differing:
        return
    differing.sort(key=lambda row: (-row.differing, row.key))
    table = _table(key, "now", "then", "changed")
    for row in differing[:_ROWS]:
        table.add_row(plain(row.key, 40), str(row.old), str(row.new), str(row.changed))
    _section(out, title, table)
    _left(out, len(differing) - _ROWS, title.lower())


def _relevance(relevance: Relevance, out: Console) -> None:
    table = _table("relevance", "now", "then")
    table.add_row("nDCG at 10", f"{relevance.ndcg_old:.3f}", f"{relevance.ndcg_new:.3f}")
    table.add_row("precision at 10", *_two(relevance.precision_old, relevance.precision_new))
    _section(out, f"Relevance of {relevance.asked} judged queries", table)
    if relevance.queries:
        table = _table("query", "now", "then", "loses", "gains")
        for one in relevance.queries[:_ROWS]:
            table.add_row(
                plain(one.query, _VALUE),
                *_two(one.old, one.new),
                plain(", ".join(one.lost), _VALUE),
                plain(", ".join(one.gained), _VALUE),
            )
        out.print(table)
        _left(out, len(relevance.queries) - _ROWS, "queries")


def _two(old: float, new: float) -> tuple[str, str]:
    return f"{old:.3f}", f"{new:.3f}"


def _examples(out: Console, title: str, side: Side) -> None:
    if not side.count:
        return
    out.print(f"\n{side.count} {title}", style="bold")
    table = _table("", "title", "is", "becomes")
    for one in side.examples:
        table.add_row(
            plain(one.uri, 50), plain(one.title or "", _TITLE), one.old or "", one.new or ""
        )
    out.print(table)
    _left(out, side.count - len(side.examples), "documents")


def _name(example: Example, limit: int = _TITLE) -> str:
    return plain(example.title or example.uri, limit)


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in columns:
        table.add_column(name, justify="right" if name in _NUMBERS else "left")
    return table


_NUMBERS = ("documents", "now", "then", "gained", "lost", "changed")


def _section(out: Console, title: str, table: Table) -> None:
    out.print(f"\n{title}", style="bold")
    out.print(table)


def _left(out: Console, count: int, what: str) -> None:
    if count > 0:
        out.print(f"and {count} more {what} (--json has all)", style="dim")


# --- the page ------------------------------------------------------------------------------------


def write_page(path: Path, changes: Changes, relevance: Relevance | None) -> None:
    """One file that needs nothing else: no scripts, no fonts, no network. Raises Unavailable."""
    page.write_page(
        path,
        "diff.html",
        {"share": _share},
        changes=changes,
        relevance=relevance,
        sentence=sentence(changes),
        providers=_differing(changes.providers),
        days=_differing(changes.days),
        most=max((row.differing for row in changes.days), default=0),
    )


def _differing(rows: Iterable[Row]) -> list[Row]:
    """Those that differ, the most of them, in their order."""
    differing = [row for row in rows if row.differing]
    most = sorted(differing, key=lambda row: row.differing, reverse=True)
    kept = {row.key for row in most[:_DAYS]}
    return [row for row in differing if row.key in kept]


def _share(part: Any, whole: Any) -> str:
    return f"{part / whole:.2%}" if whole else "0 %"
