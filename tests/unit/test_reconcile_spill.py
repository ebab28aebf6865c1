"""Notes come back as they were written, in little memory, and leave nothing behind."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.article import Article, Provenance, encode
from dateline.errors import Unavailable
from dateline.lineage import Lineage
from dateline.offsets import Offsets
from dateline.reading import TopicRecord
from dateline.reconcile import Account, Snapshot, join, spill
from dateline.reconcile.snapshot import Hit, Topic
from dateline.reconcile.spill import Spill, scratch
from dateline.records import EnrichedHeaders, Position
from dateline.versions import Seen, Standing, content_hash, micros
from tests.unit.reconciled import NOW, RAW, T0, TOPICS


class One(msgspec.Struct, array_like=True, tag=1):
    text: str


class Two(msgspec.Struct, array_like=True, tag=2):
    number: int


notes = st.builds(One, st.text(max_size=60)) | st.builds(Two, st.integers(-(2**62), 2**62))


@settings(max_examples=200, deadline=None)
@given(
    written=st.lists(st.tuples(st.sampled_from("abc"), notes), max_size=60),
    buffered=st.sampled_from([0, 50, 10_000]),
)
def test_a_bucket_gives_back_what_was_put_in_in_order(
    written: list[tuple[str, One | Two]], buffered: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("spill")
    kept: Spill[One | Two] = Spill(folder, "notes", One | Two, buffered)
    for bucket, note in written:
        kept.add(bucket, note)
    for bucket in "abc":
        assert list(kept.read(bucket)) == [note for name, note in written if name == bucket]
        assert list(kept.read(bucket)) == []
    assert list(folder.iterdir()) == []


def test_what_waits_in_memory_has_a_limit(tmp_path: Path) -> None:
    kept: Spill[One | Two] = Spill(tmp_path, "notes", One | Two, 10_000)
    for number in range(20_000):
        kept.add(str(number % 50), One("x" * 20))
        assert sum(map(len, kept._buffers.values())) <= 10_000 + 100
    assert sum(1 for bucket in range(50) for _ in kept.read(str(bucket))) == 20_000


def test_a_full_disk_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: Spill[One | Two] = Spill(tmp_path, "notes", One | Two, 0)

    def full(*_args: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(Unavailable, match="No space left") as caught:
        kept.add("a", Two(1))
    assert caught.value.exit_status == 3
    assert "TMPDIR" in str(caught.value)


def test_the_folder_is_gone_afterwards_however_it_ends(tmp_path: Path) -> None:
    with scratch(tmp_path) as folder:
        (folder / "notes-1").write_bytes(b"1")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(KeyboardInterrupt), scratch(tmp_path) as folder:
        (folder / "notes-1").write_bytes(b"1")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_without_a_data_folder_it_lies_in_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with scratch(tmp_path / "not there") as folder:
        assert folder.parent == tmp_path


def test_what_a_killed_account_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys, pathlib\n"
            "from dateline.reconcile.spill import scratch\n"
            "with scratch(pathlib.Path(sys.argv[1])) as folder:\n"
            "    (folder / 'notes-1').write_bytes(b'1')\n"
            "    os.kill(os.getpid(), 9)\n",
            str(tmp_path),
        ],
        check=False,
    )
    assert killed.returncode == -9
    (left,) = tmp_path.iterdir()
    (other := tmp_path / "somebody's").mkdir()
    running = tmp_path / "dateline-reconcile-running"
    running.mkdir()
    fresh = tmp_path / "dateline-reconcile-fresh"
    long_ago = time.time() - 3600
    with (running / "lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for folder in (left, other, running):
            os.utime(folder, (long_ago, long_ago))
        fresh.mkdir()  # its owner has not come to lock it
        with scratch(tmp_path) as own:
            assert set(tmp_path.iterdir()) == {other, running, fresh, own}


class Archive:
    """Stories of so many versions each, as the account's sources; holds nothing of them."""

    def __init__(self, stories: int, versions: int) -> None:
        self.stories, self.versions = stories, versions

    def snapshot(self) -> Snapshot:
        ends = {0: self.stories * self.versions}
        return Snapshot(
            index="articles-000001",
            raw_passed=ends,
            raw_end=ends,
            enriched_passed=ends,
            enriched_end=ends,
            lineage=Lineage(number=1),
            dead_end={},
            skipped_end={},
            ledger="ledger-000001",
        )

    def end(self, topic: Topic) -> Offsets:
        return self.snapshot().end(topic)

    def records(
        self, topic: Topic, until: Offsets, begin: Offsets | None = None
    ) -> Iterator[TopicRecord]:
        if topic != "enriched" or begin is not None:
            return
        for number in range(until[0]):
            article = self._article(number)
            raw = Position(RAW, 0, number)
            headers = EnrichedHeaders(enriched=number, raw=raw, item=0, items=1).headers()
            place = Position(TOPICS.enriched, 0, number)
            yield TopicRecord(place, None, encode(article), headers)  # type: ignore[arg-type]

    def _article(self, number: int) -> Article:
        version, story = divmod(number, self.stories)
        parsed = Article(
            uri=f"urn:np:{story}", title="A", provider="np", version=version, versioncreated=T0
        )
        return msgspec.structs.replace(
            parsed, provenance=Provenance(received=T0, content=content_hash(parsed))
        )

    def count(self) -> int:
        return self.stories

    def documents(self) -> Iterator[Hit]:
        from dateline.identity import document_id

        for story in range(self.stories):
            article = self._article(self.stories * (self.versions - 1) + story)
            shown = article.provenance.content or ""
            seen = Seen(first=0, last=0, enriched=0, config="", origin=Provenance())
            standing = Standing(
                declared=(micros(T0), micros(T0), self.versions - 1),
                shown=shown,
                config="",
                contents={shown: seen},
            )
            yield (
                document_id(article.uri),
                {
                    "uri": article.uri,
                    "pubstatus": "usable",
                    "standing": msgspec.json.encode(standing).decode(),
                },
            )

    def entries(self) -> Iterator[Hit]:
        for number in range(self.stories * self.versions):
            yield (
                str(number),
                {
                    "outcome": "indexed",
                    "received": T0.isoformat(),
                    "topic": RAW,
                    "partition": 0,
                    "offset": number,
                },
            )


def peak_of(archive: Archive, folder: Path) -> tuple[Account, int]:
    """The account of an archive, and the most bytes that it held at once."""
    folder.mkdir()
    tracemalloc.start()
    try:
        found = join(
            archive,
            archive.snapshot(),
            folder,
            topics=TOPICS,
            now=NOW,
            rules=lambda _provider: "versioncreated",
            ids=100,
            buffered=30_000,
        )
        return found, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "shape", [lambda size: (size, 1), lambda size: (1, size)], ids=["many stories", "one story"]
)
def test_ten_times_as_much_takes_no_more_memory(
    shape: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Be it more stories, or one story with so many more versions."""
    monkeypatch.setattr(spill, "_BLOCK", 2_000)
    assert callable(shape)
    peak_of(Archive(10, 1), tmp_path / "warm")  # what is imported and cached at first
    _, little = peak_of(Archive(*shape(600)), tmp_path / "little")
    peaks: list[int] = []
    for turn in "12":
        found, peak = peak_of(Archive(*shape(6_000)), tmp_path / f"much-{turn}")
        assert (found.items, found.faults) == (6_000, {})
        peaks.append(peak)
    # Twice: now and then a table of the interpreter's own (interned names) grows by megabytes.
    much = min(peaks)
    assert much < 1.5 * little, f"{much} bytes at most, after {little} for a tenth of it"
