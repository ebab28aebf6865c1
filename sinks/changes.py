"""What differs between the documents of two generations, gathered as they go by. Pure.

Memory does not grow with the archive: of each kind of change a few examples are kept, and counts by
a key (a name, a day) are kept for so many keys only (`Tally`).
"""

from __future__ import annotations

import datetime as dt
from bisect import insort
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from dateline.versions import shown_as

Document = Mapping[str, Any]

#: examples of each kind of change; characters of a value that an example shows
EXAMPLES, SHOWN = 5, 300
#: keys of which a tally keeps count
KEYS = 20_000
#: fields that are told apart
FIELDS = 1_000
#: the sink's own fields, and what is told apart from the others
_APART = ("standing", "text", "@timestamp", "entities", "provenance")
_MADE = ("parser", "model", "model_version", "config")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One document. old, new: what was found there, shortened for people; None where absent."""

    uri: str
    title: str | None
    old: str | None = None
    new: str | None = None


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """How often something was met."""

    key: str
    count: int


class Side(msgspec.Struct, kw_only=True):
    """Documents of one kind: how many, and some of them: the first by their uri, so that the same
    two generations always show the same."""

    count: int = 0
    examples: list[Example] = []

    def take(self, example: Example) -> None:
        """One more."""
        self.count += 1
        if len(self.examples) == EXAMPLES and example.uri >= self.examples[-1].uri:
            return
        insort(self.examples, example, key=lambda one: one.uri)
        del self.examples[EXAMPLES:]


class Field(msgspec.Struct, kw_only=True):
    """A field whose value differs: dotted for parts of an object."""

    field: str
    documents: Side


class Entities(msgspec.Struct, kw_only=True):
    """Entities of one label. gained, lost: how often a document has, or has no more, an entity that
    the other generation's does not have; names: the most frequent of those."""

    label: str
    before: int = 0
    after: int = 0
    gained: int = 0
    lost: int = 0
    names_gained: list[Count] = []
    names_lost: list[Count] = []
    examples_gained: list[Example] = []
    examples_lost: list[Example] = []


class Row(msgspec.Struct, kw_only=True):
    """Documents by provider or by day: in the old generation, in the new one, and those of both
    that differ."""

    key: str
    old: int = 0
    new: int = 0
    changed: int = 0

    @property
    def differing(self) -> int:
        """Documents that differ, and by how many there are more or fewer."""
        return self.changed + abs(self.new - self.old)


class Turn(msgspec.Struct, kw_only=True):
    """From one value to another: of a language, of what made a document, of what is seen of it."""

    old: str
    new: str
    documents: Side


class Changes(msgspec.Struct, kw_only=True):
    """The whole of it. ``old`` is the generation that serves (or stands for it), ``new`` the one
    that would.

    shown_old, shown_new: documents that a search through the alias finds. lost: those that it
    finds in the old generation and would not find in the new one, whether they are gone, withdrawn,
    withheld or under embargo there; found: the other way round. same: documents without
    any difference but of when and by what they were made. seen: what became of documents whose
    visibility changes; made: by what parser and model. rounded: documents that differ in floating
    point alone. pruned: some counts by name or day are of the most frequent only.
    """

    old: int
    new: int
    documents_old: int
    documents_new: int
    shown_old: int
    shown_new: int
    same: int
    changed: int
    rounded: int
    added: Side
    gone: Side
    lost: Side
    found: Side
    seen: list[Turn]
    fields: list[Field]
    entities: list[Entities]
    languages: list[Turn]
    made: list[Turn]
    providers: list[Row]
    days: list[Row]
    pruned: bool

    @property
    def share_lost(self) -> float:
        """Of what is found now, how much would not be any more: 0 to 1."""
        return self.lost.count / self.shown_old if self.shown_old else 0.0

    @property
    def identical(self) -> bool:
        """Whether a switch would change nothing that anybody could see."""
        return not (self.changed or self.added.count or self.gone.count)


class Tally:
    """Counts by key. With more than `KEYS` keys the rarest half is forgotten, again and again, so
    that what is frequent is counted (nearly) whole."""

    def __init__(self, keys: int = KEYS) -> None:
        self._counts: Counter[str] = Counter()
        self._keys = keys
        self.pruned = False

    def add(self, key: str) -> None:
        """One more of a key."""
        self._counts[key] += 1
        if len(self._counts) > self._keys:
            self.pruned = True
            self._counts = Counter(dict(self._counts.most_common(self._keys // 2)))

    def most(self, number: int | None = None) -> list[Count]:
        """The most frequent; among equals in the order of their names."""
        ordered = sorted(self._counts.items(), key=lambda item: (-item[1], item[0]))
        return [Count(key=key, count=count) for key, count in ordered[:number]]


class _Label:
    def __init__(self) -> None:
        self.before = self.after = self.gained = self.lost = 0
        self.names_gained, self.names_lost = Tally(), Tally()
        self.examples_gained, self.examples_lost = Side(), Side()


class _Rows:
    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.pruned = False

    def of(self, key: str) -> Row:
        # Days are a few thousand, providers a few hundred; whoever invents one for each document
        # must not fill the memory.
        if key not in self._rows and len(self._rows) >= KEYS:
            self.pruned = True
            key = "others"
        return self._rows.setdefault(key, Row(key=key))

    def sorted(self) -> list[Row]:
        return [self._rows[key] for key in sorted(self._rows)]


class Gathering:
    """Takes pairs of documents; `changes` tells what they came to."""

    def __init__(self, old: int, new: int, now: dt.datetime) -> None:
        self._old, self._new, self._now = old, new, now
        self._documents = [0, 0]
        self._shown = [0, 0]
        self._same = self._changed = self._rounded = 0
        self._added, self._gone, self._lost, self._found = Side(), Side(), Side(), Side()
        self._seen: dict[tuple[str, str], Side] = {}
        self._fields: dict[str, Side] = {}
        self._labels: dict[str, _Label] = {}
        self._languages: dict[tuple[str, str], Side] = {}
        self._made: dict[tuple[str, str], Side] = {}
        self._providers, self._days = _Rows(), _Rows()

    def take(self, old: Document | None, new: Document | None) -> None:
        """One document as it is in both; None where it is not there."""
        some = new or old
        assert some is not None
        about = Example(uri=some["uri"], title=some.get("title"))
        states = (self._state(old), self._state(new))
        rows: list[Row] = []
        for at, (one, state) in enumerate(zip((old, new), states, strict=True)):
            if one is None:
                continue
            self._documents[at] += 1
            self._shown[at] += state == "shown"
            mine = (
                self._providers.of(one.get("provider") or "unknown"),
                self._days.of(str(one.get("@timestamp") or "unknown")[:10]),
            )
            for row in mine:
                row.old += at == 0
                row.new += at == 1
            rows = rows or list(mine)
        turned = msgspec.structs.replace(about, old=states[0], new=states[1])
        if "shown" in states and states[0] != states[1]:
            (self._lost if states[0] == "shown" else self._found).take(turned)
        if old is None or new is None:
            (self._added if old is None else self._gone).take(about)
            return
        if states[0] != states[1]:
            self._seen.setdefault(states, Side()).take(turned)
        if self._differ(old, new, about):
            self._changed += 1
            for row in rows:
                row.changed += 1
        else:
            self._same += 1

    def _state(self, document: Document | None) -> str:
        if document is None:
            return "absent"
        outcome = shown_as(_Visible(document), self._now)
        return "shown" if outcome == "indexed" else outcome

    def _differ(self, old: Document, new: Document, about: Example) -> bool:
        made = _made(old), _made(new)
        if made[0] != made[1]:
            self._made.setdefault(made, Side()).take(about)
        before, after = dict(_dotted(old)), dict(_dotted(new))
        changed = [
            name
            for name in {**before, **after}
            if name not in before or name not in after or before[name] != after[name]
        ]
        if changed and all(_rounds(before.get(name), after.get(name)) for name in changed):
            self._rounded += 1
            changed = []
        for name in changed:
            example = msgspec.structs.replace(
                about, old=_told(before.get(name)), new=_told(after.get(name))
            )
            # Keys of `altids` are the providers' own, and may be many.
            if name not in self._fields and len(self._fields) >= FIELDS:
                name = "others"
            self._fields.setdefault(name, Side()).take(example)
        if "language" in changed:
            turn = str(before.get("language", "none")), str(after.get("language", "none"))
            self._languages.setdefault(turn, Side()).take(about)
        entities = self._entities(old, new, about)
        return bool(changed) or entities

    def _entities(self, old: Document, new: Document, about: Example) -> bool:
        before, after = _entities_of(old), _entities_of(new)
        for label in sorted(before.keys() | after.keys()):
            had, has = before.get(label, set()), after.get(label, set())
            one = self._labels.setdefault(label, _Label())
            one.before += len(had)
            one.after += len(has)
            for name in sorted(has - had):
                one.gained += 1
                one.names_gained.add(name)
                one.examples_gained.take(msgspec.structs.replace(about, new=_told(name)))
            for name in sorted(had - has):
                one.lost += 1
                one.names_lost.add(name)
                one.examples_lost.take(msgspec.structs.replace(about, old=_told(name)))
        # Where they stand may differ, too: a name that is found in the headline as well.
        return before != after or old.get("entities") != new.get("entities")

    def changes(self, *, names: int = 20) -> Changes:
        """All of it so far. names: the most frequent that are listed of each kind."""
        tallies = [
            tally for one in self._labels.values() for tally in (one.names_gained, one.names_lost)
        ]
        return Changes(
            old=self._old,
            new=self._new,
            documents_old=self._documents[0],
            documents_new=self._documents[1],
            shown_old=self._shown[0],
            shown_new=self._shown[1],
            same=self._same,
            changed=self._changed,
            rounded=self._rounded,
            added=self._added,
            gone=self._gone,
            lost=self._lost,
            found=self._found,
            seen=_turns(self._seen),
            fields=[
                Field(field=name, documents=side)
                for name, side in sorted(
                    self._fields.items(), key=lambda item: (-item[1].count, item[0])
                )
            ],
            entities=[
                Entities(
                    label=label,
                    before=one.before,
                    after=one.after,
                    gained=one.gained,
                    lost=one.lost,
                    names_gained=one.names_gained.most(names),
                    names_lost=one.names_lost.most(names),
                    examples_gained=one.examples_gained.examples,
                    examples_lost=one.examples_lost.examples,
                )
                for label, one in sorted(self._labels.items())
            ],
            languages=_turns(self._languages),
            made=_turns(self._made),
            providers=self._providers.sorted(),
            days=self._days.sorted(),
            pruned=self._providers.pruned
            or self._days.pruned
            or any(tally.pruned for tally in tallies),
        )


class _Visible:
    """What `shown_as` asks of a document."""

    def __init__(self, document: Document) -> None:
        self.pubstatus: str | None = document.get("pubstatus")
        embargoed = document.get("embargoed")
        self.embargoed = None if embargoed is None else msgspec.convert(embargoed, dt.datetime)


def _turns(found: Mapping[tuple[str, str], Side]) -> list[Turn]:
    ordered = sorted(found.items(), key=lambda item: (-item[1].count, item[0]))
    return [Turn(old=old, new=new, documents=side) for (old, new), side in ordered]


def _made(document: Document) -> str:
    """By what it was made, as people name it: parser, model and its version, configuration."""
    origin = document.get("provenance") or {}
    parser, model, version, config = (origin.get(name) for name in _MADE)
    parts = [parser, f"{model} {version}" if model and version else model]
    if config:
        parts.append(f"configuration {str(config)[:8]}")
    return ", ".join(part for part in parts if part) or "unknown"


def _entities_of(document: Document) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in document.get("entities") or ():
        found.setdefault(one["label"], set()).add(one["text"])
    return found


def _dotted(document: Document, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in document.items():
        # A partial update sets to null what is absent otherwise.
        if value is None or (not prefix and name in _APART):
            continue
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _rounds(old: Any, new: Any) -> bool:
    """Whether two values are the same but for the last digits of floating point."""
    if isinstance(old, float) and isinstance(new, float):
        return abs(old - new) <= 1e-5 * max(1.0, abs(old), abs(new))
    return bool(old == new)


def _told(value: Any) -> str | None:
    if value is None:
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
