"""An article held against a fact, as a reader would: times as instants, tags as languages."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from dateline import formats, text, times
from dateline.article import INSTANTS, Article
from dateline.errors import DatelineError, InputError, Where
from dateline.formats import Item
from dateline.providers import catalogue
from tests.reading import read_as
from tests.wires.known import WIRES, Fact

#: any will do, as long as it is always the same
RECEIVED = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)

Verdict = Literal["right", "wrong", "no text", "refused"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a fact's field holds, and whether that is what the fact says."""

    fact: Fact
    verdict: Verdict
    value: str | None


@cache
def read(path: Path) -> tuple[str | None, list[Item]]:
    """Format and items of a file; a file of no format is one InputError."""
    data = path.read_bytes()
    where = Where(location=str(path.relative_to(WIRES)))
    try:
        known = formats.detect(data, where)
    except DatelineError as error:
        return None, [error]
    return known.name, read_as(known.name, data, received=RECEIVED, location=str(where))


def hold(fact: Fact) -> Found:
    """A fact against the article that its file gives."""
    _, items = read(WIRES / fact.file)
    item = items[fact.item] if fact.item < len(items) else None
    if isinstance(item, Article):
        value = getattr(item, fact.field)
        right = _is(fact, value, item)
        return Found(
            fact=fact,
            verdict="right" if right else "wrong",
            value=None if value is None else str(value),
        )
    refused = item is None or isinstance(item, DatelineError)
    return Found(fact=fact, verdict="refused" if refused else "no text", value=str(item))


def _repaired(value: Any) -> Any:
    """Of a file that lies about its character set the tables hold UTF-8 read as Latin-1."""
    try:
        return value.encode("cp1252").decode() if isinstance(value, str) else value
    except UnicodeError:
        return value


def _is(fact: Fact, value: Any, article: Article) -> bool:
    expected = _normal(fact.field, _repaired(fact.value), article)
    found = _normal(fact.field, value, article)
    if fact.how == "==":
        if fact.cut and isinstance(expected, str) and isinstance(found, str):
            return found.startswith(expected)
        return bool(expected == found)
    said, shown = str(fact.value), str(value or "")
    if fact.how.endswith("regex"):
        return bool(re.search(said, shown)) is not fact.how.startswith("not")
    checks = {"contains": said in shown, "startswith": shown.startswith(said)}
    checks["endswith"] = shown.endswith(said)
    return checks[fact.how.removeprefix("not ")] is not fact.how.startswith("not")


def _normal(field: str, value: Any, article: Article) -> Any:
    """Both sides in one form; absent and empty are one."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC)
    if field in INSTANTS:
        zone = catalogue().get(article.provider).zone
        try:
            return times.parse(str(value), field=field, zone=zone or "Etc/UTC").instant.astimezone(
                dt.UTC
            )
        except InputError:
            return str(value)
    if field == "language":
        return text.language_tag(str(value)) or str(value)
    if field == "pubstatus":
        return re.split(r"[:/]", str(value))[-1].lower()
    if field == "uri":
        return catalogue().canonical(article.provider, str(value))
    if field in ("version", "urgency"):
        return str(value)
    return text.one_line(str(value))
