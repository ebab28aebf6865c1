"""What an account takes: time, and memory that must not grow with the archive.

The topics, the index and the ledger are generated on the fly, record by record, and go through all
that ``dateline reconcile`` does below the clients of Kafka and Elasticsearch: decoding, notes on
disk, the joins. A few documents and entries are left out, and must be found. Each size is measured
in a process of its own, since the peak of a process never falls.

``python -m bench.reconcile 10000000`` measures one size and prints JSON.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from dateline.lineage import Lineage
from dateline.offsets import Offsets
from dateline.reading import TopicRecord
from dateline.reconcile import Account, Snapshot, join
from dateline.reconcile.snapshot import Hit, Topic
from dateline.records import DeadLetter, EnrichedHeaders, Position, SkippedNotice, schema_headers
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.versions import micros

SIZES = (100_000, 1_000_000)
LARGE = 10_000_000

_T0 = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
_PARTITIONS = 4
#: Every so many stories have an update, a withdrawal after it, and a re-send of the same content.
_UPDATED, _WITHDRAWN, _RESENT = 4, 100, 50
#: of so many stories, a picture and a document that cannot be read come along
_SKIPPED, _DEAD = 100, 200
#: documents and entries that are left out
_LOST, _UNRECORDED = 3, 2
_TOPICS = Topics.of(Settings())
_BODY = "Die Mitteilung nennt keine Einzelheiten, kündigt aber weitere Angaben an. " * 12
_ARTICLE = (
    '{"uri":"urn:example:story:%d","title":"Meldung %d","pubstatus":"%s",'
    f'"body_text":"{_BODY}",'
    '"versioncreated":"%s","provider":"example","language":"de","wordcount":120,'
    '"provenance":{"feed":"wire","format":"ninjs","location":"wire/%d.json","received":"%s",'
    '"sha256":"%064x","content":"%s","item":0,"parser":"ninjs/1","model":"de_dateline_news",'
    '"model_version":"1.0","config":"0123456789abcdef","topic":"articles.raw","partition":%d,'
    '"offset":%d}}'
)


class Generated:
    """An archive of so many stories as the account's sources; it holds nothing of it."""

    def __init__(self, stories: int) -> None:
        self.stories = stories
        self.articles = sum(1 for _ in self._articles())
        self.skips = stories // _SKIPPED
        self.deaths = stories // _DEAD

    def _articles(self) -> Iterator[tuple[int, int]]:
        """(story, version): first all firsts, so that no story's versions lie together."""
        yield from ((story, 0) for story in range(self.stories))
        yield from ((story, 1) for story in range(0, self.stories, _UPDATED))
        yield from ((story, 2) for story in range(0, self.stories, _WITHDRAWN))
        yield from ((story, 0) for story in range(1, self.stories, _RESENT))

    def snapshot(self) -> Snapshot:
        """Of stages that are through with everything."""
        raw = _spread(self.articles + self.skips + self.deaths)
        enriched = _spread(self.articles)
        dead, skipped = {0: self.deaths}, {0: self.skips}
        return Snapshot(
            index="articles-000001",
            raw_passed=raw,
            raw_end=raw,
            enriched_passed=enriched,
            enriched_end=enriched,
            lineage=Lineage(number=1),
            dead_end=dead,
            skipped_end=skipped,
            ledger="ledger-000001",
            ledger_dead_passed=dead,
            ledger_skipped_passed=skipped,
        )

    def expected(self) -> dict[str, int]:
        """Outcomes that are not 0."""
        updated = -(-self.stories // _UPDATED)
        withdrawn = -(-self.stories // _WITHDRAWN)
        return {
            "indexed": self.stories - withdrawn,
            "superseded": updated + withdrawn,
            "withdrawn": withdrawn,
            "duplicate": -(-(self.stories - 1) // _RESENT),
            "dead": self.deaths,
            "skipped": self.skips,
        }

    def end(self, topic: Topic) -> Offsets:
        """See `Sources`: nothing comes any more."""
        return self.snapshot().end(topic)

    def records(
        self, topic: Topic, until: Offsets, begin: Offsets | None = None
    ) -> Iterator[TopicRecord]:
        """See `Sources`."""
        if begin is None:
            yield from getattr(self, f"_{topic}")()

    def _settled(self) -> Iterator[TopicRecord]:
        yield from ()

    def _enriched(self) -> Iterator[TopicRecord]:
        for number, (story, version) in enumerate(self._articles()):
            partition, offset = number % _PARTITIONS, number // _PARTITIONS
            at = _received(number)
            value = _ARTICLE % (
                story,
                story,
                "canceled" if version == 2 else "usable",
                _created(story, version).isoformat(),
                number,
                at.isoformat(),
                number,
                _content(story, version),
                partition,
                offset,
            )
            headers = EnrichedHeaders(
                enriched=micros(at),
                raw=Position(_TOPICS.raw, partition, offset),
                item=0,
                items=1,
            ).headers()
            place = Position(_TOPICS.enriched, partition, offset)
            yield TopicRecord(place, None, value.encode(), headers)  # type: ignore[arg-type]

    def _skipped(self) -> Iterator[TopicRecord]:
        for number in range(self.skips):
            raw = self._raw(self.articles + number)
            at = _received(self.articles + number)
            notice = SkippedNotice(reason="a picture", raw=raw, item=0, items=1, received=at)
            place = Position(_TOPICS.skipped, 0, number)
            headers: Any = schema_headers()
            yield TopicRecord(place, None, notice.encode(), headers)

    def _dead(self) -> Iterator[TopicRecord]:
        for number in range(self.deaths):
            nth = self.articles + self.skips + number
            letter = DeadLetter(
                value=b"?",
                stage="process",
                kind="InputError",
                error="no text",
                died=_NOW,
                sha256="0",
                size=1,
                received=_received(nth),
                item=0,
                items=1,
                raw=self._raw(nth),
            )
            headers: Any = letter.headers()
            yield TopicRecord(Position(_TOPICS.dead, 0, number), None, b"?", headers)

    def _raw(self, number: int) -> Position:
        return Position(_TOPICS.raw, number % _PARTITIONS, number // _PARTITIONS)

    def count(self) -> int:
        """See `Sources`."""
        return self.stories

    def documents(self) -> Iterator[Hit]:
        """See `Sources`: the newest version of each story but the last few."""
        for story in range(self.stories - _LOST):
            newest = 2 if story % _WITHDRAWN == 0 else 1 if story % _UPDATED == 0 else 0
            created = micros(_created(story, newest))
            standing = {
                "declared": (created, created, -1),
                "shown": _content(story, newest),
                "config": "ninjs/1|de_dateline_news|1.0|0123456789abcdef",
                "contents": {_content(story, newest): {"first": 0, "last": 0}},
            }
            uri = f"urn:example:story:{story}"
            yield (
                hashlib.sha256(uri.encode()).hexdigest(),
                {
                    "uri": uri,
                    "pubstatus": "canceled" if newest == 2 else "usable",
                    "standing": msgspec.json.encode(standing).decode(),
                },
            )

    def entries(self) -> Iterator[Hit]:
        """See `Sources`: one for each item but the last few."""
        items = self.articles + self.skips + self.deaths
        for number in range(items - _UNRECORDED):
            raw = self._raw(number)
            kind = "indexed" if number < self.articles else "skipped"
            yield (
                str(number),
                {
                    "outcome": kind if number < self.articles + self.skips else "dead",
                    "received": _received(number).isoformat(),
                    "topic": raw.topic,
                    "partition": raw.partition,
                    "offset": raw.offset,
                    "item": 0,
                },
            )


def _spread(records: int) -> Offsets:
    return {p: (records - p + _PARTITIONS - 1) // _PARTITIONS for p in range(_PARTITIONS)}


def _received(number: int) -> dt.datetime:
    return _T0 + dt.timedelta(milliseconds=number)


def _created(story: int, version: int) -> dt.datetime:
    return _T0 + dt.timedelta(seconds=story, days=version)


def _content(story: int, version: int) -> str:
    return hashlib.md5(b"%d %d" % (story, version)).hexdigest()


class _Watch:
    """Notes how much lay on disk when everything was read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bytes = 0

    def __call__(self, what: str, done: int, of: int) -> None:
        if what == "comparing stories" and done == 1:
            self.bytes = sum(path.stat().st_size for path in self.folder.iterdir())
        if sys.stderr.isatty():
            print(f"\r{what}: {done:,} of {of:,}\x1b[K", end="", file=sys.stderr, flush=True)


def _peak() -> float:
    """Peak resident memory of this process, MB."""
    try:
        # Linux's getrusage has the peak of whoever started this process, if that was higher.
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / 1024
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def account(stories: int) -> tuple[Account, dict[str, float]]:
    """The account of a generated archive, checked; and what it took."""
    generated = Generated(stories)
    with tempfile.TemporaryDirectory(prefix="dateline-bench-") as folder:
        watch = _Watch(Path(folder))
        idle = _peak()
        begun = time.perf_counter()
        found = join(
            generated,
            generated.snapshot(),
            Path(folder),
            topics=_TOPICS,
            now=_NOW,
            rules=lambda _provider: "versioncreated",
            progress=watch,
        )
        seconds = time.perf_counter() - begun
    outcomes = {name: count for name, count in found.outcomes.items() if count}
    if outcomes != generated.expected() or found.items != sum(outcomes.values()):
        raise SystemExit(f"bench: a wrong account: {found.line()}, not {generated.expected()}")
    if found.faults != {"missing": _LOST, "unrecorded": _UNRECORDED}:
        raise SystemExit(f"bench: what was left out was not found: {found.faults}")
    return found, {
        "ids": stories,
        "items": found.items,
        "seconds": seconds,
        "ids/s": stories / seconds,
        "before it, MB": idle,
        "peak, MB": _peak(),
        "notes on disk, MB": watch.bytes / 1e6,
    }


def measure(sizes: tuple[int, ...] = SIZES) -> dict[str, Any]:
    """Each size in its own process; the ratio of peaks is what counts."""
    facts: dict[str, Any] = {}
    peaks: list[float] = []
    for stories in sizes:
        ended = subprocess.run(
            [sys.executable, "-m", "bench.reconcile", str(stories)],
            stdout=subprocess.PIPE,
            check=True,
        )
        told = msgspec.json.decode(ended.stdout, type=dict[str, float])
        peaks.append(told["peak, MB"])
        facts[f"{stories:,} ids"] = {name: told[name] for name in told if name != "ids"}
    for stories, peak in zip(sizes[1:], peaks[1:], strict=True):
        facts[f"peak, {stories:,} over {sizes[0]:,}"] = peak / peaks[0]
    return facts


if __name__ == "__main__":
    _found, _told = account(int(sys.argv[1]))
    print(msgspec.json.encode(_told).decode())
