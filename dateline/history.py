"""What can be said of a story from all its versions: which one held at a time, and what changed.

Pure: over entries of the ledger and over articles as they were parsed.
"""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, get_args

import msgspec

from dateline.article import Article, to_builtins
from dateline.ledger import Entry
from dateline.versions import Rule, declared_order, shown_as

Held = Literal["indexed", "withdrawn", "withheld", "embargoed"]

#: what became of items that have no part in the order of versions
OUTSIDE = frozenset({"dead", "skipped", "refused"})
#: how a body's paragraphs are told apart in an article
_PARAGRAPH = "\n\n"
# Of the record rather than of the text, or shown as paragraphs.
_APART = ("provenance", "body_text")


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """The entry whose text was the newest, and how it stood: ``indexed`` is shown to all."""

    entry: Entry
    held: Held


def holdings_at(
    entries: Iterable[Entry], at: dt.datetime, rules: Callable[[str | None], Rule]
) -> list[Holding]:
    """Which version of each story held at ``at``, in the order of their first entries; empty where
    none had come. One URI may be several stories, of providers or feeds whose identifiers are not
    absolute: each identity is folded by itself.

    The order of `dateline.versions` over what had been received by then: the provider's rule with
    ``versioncreated`` and ``version``; among versions equal in that the text that was received
    last, and of that text the first sending. Dead letters, skipped items and another provider's
    refused copies have no part in it. An embargo ran or was over at ``at``, not now.

    Receipt counts, so this is what should have been shown, some seconds early; a time when the
    pipeline stood still does not show. rules: provider's key to its rule. Entries may come in any
    order; memory holds two for each text that is tied with the newest of its story.
    """
    stories: dict[str | None, _Story] = {}
    for entry in entries:
        if entry.received <= at and entry.outcome not in OUTSIDE:
            stories.setdefault(entry.identity, _Story()).take(entry)
    return [
        Holding(entry=shown, held=shown_as(shown, at))  # type: ignore[arg-type] # one alone never loses
        for shown in (story.shown(rules) for story in stories.values())
    ]


class _Story:
    """What one identity's entries come to."""

    def __init__(self) -> None:
        # Whose story it is may be told by a later entry than the first, so both rules are kept up.
        self._newest: dict[Rule, _Newest] = {rule: _Newest(rule) for rule in get_args(Rule)}
        self._provider: str | None = None

    def take(self, entry: Entry) -> None:
        self._provider = self._provider or entry.provider
        for one in self._newest.values():
            one.take(entry)

    def shown(self, rules: Callable[[str | None], Rule]) -> Entry:
        return self._newest[rules(self._provider)].shown()


class _Newest:
    """The entries tied for the newest under one rule: of each text its first and its last."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._declared: tuple[int, int, int] | None = None
        self._tied: dict[str | None, tuple[Entry, Entry]] = {}

    def take(self, entry: Entry) -> None:
        declared = declared_order(_article(entry), self._rule)
        if self._declared is not None and declared < self._declared:
            return
        if declared != self._declared:
            self._declared, self._tied = declared, {}
        first, last = self._tied.get(entry.content, (entry, entry))
        self._tied[entry.content] = (min(first, entry, key=_place), max(last, entry, key=_place))

    def shown(self) -> Entry:
        wins = max(self._tied, key=lambda content: (self._tied[content][1].received, content or ""))
        return self._tied[wins][0]


def _place(entry: Entry) -> tuple[dt.datetime, str, int, int, int]:
    """Two records may share a receipt."""
    return (
        entry.received, entry.topic or "", entry.partition or 0, entry.offset or 0, entry.item or 0
    )  # fmt: skip


def _article(entry: Entry) -> Article:
    """As much of the article as its order needs."""
    return Article(
        uri=entry.uri or entry.id,
        title=entry.uri or entry.id,
        pubstatus=entry.pubstatus or "usable",  # type: ignore[arg-type]
        version=entry.version,
        versioncreated=entry.versioncreated,
        embargoed=entry.embargoed,
    )


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One field that differs. field: dotted for parts of an object. old, new: as in the article's
    JSON; None where it is absent."""

    field: str
    old: Any = None
    new: Any = None


class Diff(msgspec.Struct, frozen=True, kw_only=True):
    """What changed from one version to the next. body: a unified diff of the paragraphs, one
    line each, beginning with ``@@``, a blank, ``-`` or ``+``; empty where none changed."""

    changes: list[Change]
    body: list[str]

    @property
    def same(self) -> bool:
        """Whether both say the same."""
        return not self.changes and not self.body


def diff(old: Article, new: Article) -> Diff:
    """Compare two versions as they were parsed, field by field and paragraph by paragraph."""
    before, after = _flat(old), _flat(new)
    names = [*before, *(name for name in after if name not in before)]
    changes = [
        Change(field=name, old=before.get(name), new=after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]
    lines = difflib.unified_diff(_paragraphs(old), _paragraphs(new), lineterm="", n=1)
    return Diff(changes=changes, body=list(lines)[2:])  # without names of files


def _flat(article: Article) -> dict[str, Any]:
    plain = {k: v for k, v in to_builtins(article).items() if k not in _APART}
    return dict(_dotted(plain, ""))


def _dotted(node: dict[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in node.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _paragraphs(article: Article) -> list[str]:
    # A table's lines are one paragraph; each is compared by itself.
    body = article.body_text or ""
    return [line for part in body.split(_PARAGRAPH) for line in part.split("\n") if line]
