"""The demo's story as data (``story.toml``), and the seeds moved to today. Pure but for reading."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections import Counter
from pathlib import Path

import msgspec

#: wire copy lies beside the packages in a checkout; an installed wheel has none
SEEDS = Path(__file__).resolve().parents[2] / "seeds"
STORY = Path(__file__).with_name("story.toml")

_SEEDED = dt.date(2026, 3, 12)
_MONTH = re.compile(rb"\A( date )2026-03(?= )")
_INSTANT = re.compile(rb"(2026-03-12|2099-01-01)T\d\d:\d\d:\d\dZ")


class Look(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One search as anybody could make it: how many hits, and what the first one's title shows."""

    query: str
    finds: int
    told: str = ""
    shows: str | None = None


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Files published together, and how each stands afterwards (see `Story.outcomes`)."""

    title: str
    told: str
    files: dict[str, str | dict[str, int]]
    before: Look | None = None
    look: list[Look] = []


class Embargo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file whose embargo ends while the viewer watches."""

    title: str
    told: str
    file: str
    look: Look


class Search(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search whose highlights are shown; ``marks`` is a word that must be among them."""

    told: str
    query: str
    marks: str
    shows: str
    language: str | None = None
    person: str | None = None
    place: str | None = None


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole story, in order."""

    step: list[Step]
    embargo: Embargo
    search: list[Search]

    @property
    def names(self) -> list[str]:
        """Every file, relative to the seeds, in the order of publication."""
        return [name for step in self.step for name in step.files]

    @property
    def outcomes(self) -> dict[str, Counter[str]]:
        """File to the outcomes of its items when its step is over."""
        return {name: counted(told) for step in self.step for name, told in step.files.items()}


def counted(told: str | dict[str, int]) -> Counter[str]:
    """``"dead"`` is one dead item; a table says how many of each."""
    return Counter([told] if isinstance(told, str) else told)


def load_story(path: Path = STORY) -> Story:
    """Raises OSError, tomllib.TOMLDecodeError or msgspec.ValidationError: it ships with us."""
    return msgspec.convert(tomllib.loads(path.read_text("utf-8")), Story)


def newest(seeds: Path) -> dt.datetime:
    """The latest time in any seed, embargoes aside."""
    found = (
        dt.datetime.fromisoformat(match.group().decode())
        for path in seeds.rglob("*")
        if path.is_file()
        for match in _INSTANT.finditer(path.read_bytes())
        if match.group(1) == _SEEDED.isoformat().encode()
    )
    return max(found, default=dt.datetime(2026, 3, 12, tzinfo=dt.UTC))


def moved(data: bytes, by: dt.timedelta, embargo: dt.datetime) -> bytes:
    """A seed as if it happened now: its times moved, its embargo set, a rights line's month too.

    The same bytes and arguments give the same bytes, so a re-send stays one.
    """

    def at(match: re.Match[bytes]) -> bytes:
        instant = dt.datetime.fromisoformat(match.group().decode())
        instant = embargo if instant.year == 2099 else instant + by
        return instant.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()

    month = (dt.datetime.combine(_SEEDED, dt.time(10), dt.UTC) + by).strftime("%Y-%m")
    return _MONTH.sub(rb"\g<1>" + month.encode(), _INSTANT.sub(at, data))
