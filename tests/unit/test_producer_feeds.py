"""What a file or a line is taken for, and when a file in a watched folder is finished."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dateline.settings import Settings
from producers import feeds
from producers.feeds import Arrival, Folder, Reader, documents
from producers.writers import being_written

#: seconds that anything may take on a busy machine
LONG = 60.0
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who writes to a file")


def item(number: int, **fields: object) -> bytes:
    """A small ninjs item."""
    return json.dumps({"uri": f"urn:test:{number}", "headline": "Größe", **fields}).encode()


def read(path: Path) -> list[str]:
    """Format of each document of a file, or why it is refused."""
    return [getattr(found, "format", str(found)) for found in documents(str(path), Settings())]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"5", "a number"),
        (b"1.5", "a number"),
        (b"null", "null"),
        (b"true", "a boolean"),
        (b'"str"', "a string"),
        (b"[1,2]", "a list without an object"),
        (b"[]", "a list without an object"),
        (b"{nonsense", "no JSON value"),
        (b"Berlin (dpa) - Ein Satz.", "no JSON value"),
        ("{'ä': 1}".encode() * 9 + b"\xff", "damaged UTF-8"),
    ],
)
def test_a_line_that_is_no_document_is_refused_with_its_place(
    tmp_path: Path, line: bytes, found: str
) -> None:
    path = tmp_path / "wire.jsonl"
    path.write_bytes(item(1) + b"\n" + line + b"\n[" + item(2) + b"]\n")
    first, refused, last = read(path)
    assert (first, last) == ("ninjs", "ninjs")
    assert f"{path}:2" in refused
    assert f"found {found}" in refused
    assert "expected a JSON object" in refused


def test_a_line_is_read_in_the_character_sets_that_a_file_is(tmp_path: Path) -> None:
    value = json.dumps({"uri": "urn:test:1", "headline": "Größe"}, ensure_ascii=False)
    for name in ("whole.json", "lines.jsonl"):
        (tmp_path / name).write_bytes(value.encode("latin-1") + b"\n")
        assert read(tmp_path / name) == ["ninjs"]


@pytest.mark.parametrize(
    "content", [b"bad\n" + item(1) + b"\n" + item(2), b"5", b"[1,2]", b"Text."]
)
def test_a_file_named_json_is_never_taken_for_text(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "wire.JSON"
    path.write_bytes(content)
    (refused,) = read(path)
    assert str(path) in refused
    assert "expected a JSON object" in refused


def test_text_may_have_any_other_name(tmp_path: Path) -> None:
    for name in ("a.txt", "b", "c.wire"):
        (tmp_path / name).write_bytes(b"Berlin (dpa) - Ein Satz.\n")
        assert read(tmp_path / name) == ["plaintext"]


def test_a_format_that_is_named_is_believed(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(b"Berlin (dpa) - Ein Satz.\n")
    (found,) = documents(str(tmp_path / "a.json"), Settings(), format="plaintext")
    assert getattr(found, "format", None) == "plaintext"


# --- finished ------------------------------------------------------------------------------------


@linux
def test_who_writes_is_known_and_who_reads_does_not_count(tmp_path: Path) -> None:
    names = ("written", "appended", "read", "closed")
    paths = {name: tmp_path / name for name in names}
    for path in paths.values():
        path.write_bytes(b"x")
    link = tmp_path / "link"
    link.symlink_to(paths["written"])
    with (
        paths["written"].open("r+b"),
        paths["appended"].open("ab"),
        paths["read"].open("rb"),
    ):
        asked = [*paths.values(), link, tmp_path / "nowhere"]
        assert being_written(asked) == {paths["written"], paths["appended"], link}
    assert being_written(paths.values()) == set()


@linux
def test_a_file_written_under_another_name_first_is_still_being_written(tmp_path: Path) -> None:
    with (tmp_path / "a.part").open("wb") as file:
        file.write(b"x")
        (tmp_path / "a.part").rename(tmp_path / "a.json")
        assert being_written([tmp_path / "a.json"]) == {tmp_path / "a.json"}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Iterator[Arrival | None]]:
    """What comes of a watched folder."""
    stop = threading.Event()
    reader = Reader(Settings(), once=False, stop=stop)
    yield Folder(tmp_path).arrivals(reader)
    stop.set()


def following(watched: Iterator[Arrival | None]) -> bytes:
    """The document that comes next."""
    deadline = time.monotonic() + LONG
    for arrival in watched:
        assert time.monotonic() < deadline, "nothing came"
        if arrival is not None and arrival.document is not None:
            return arrival.document.value
    raise AssertionError("the folder is no longer watched")


@linux
def test_a_file_whose_writer_pauses_comes_once_and_whole(
    tmp_path: Path, watched: Iterator[Arrival | None]
) -> None:
    whole = item(1, body_text="Ein Satz. " * 20)
    with (tmp_path / "a-slow.json").open("wb") as file:
        file.write(whole[:40])
        file.flush()
        old = time.time() - 3600  # however long the writer pauses
        os.utime(tmp_path / "a-slow.json", (old, old))
        # Of those that are finished at one time it would be the first.
        (tmp_path / "b-quick.json").write_bytes(item(2))
        assert following(watched) == item(2)
        file.write(whole[40:])
    assert following(watched) == whole


@linux
def test_whole_lines_come_while_their_file_is_written(
    tmp_path: Path, watched: Iterator[Arrival | None]
) -> None:
    with (tmp_path / "wire.jsonl").open("wb") as file:
        file.write(item(1) + b"\n" + item(2)[:9])
        file.flush()
        assert following(watched) == item(1)
        file.write(item(2)[9:] + b"\n")
        file.flush()
        assert following(watched) == item(2)


def test_where_nobody_tells_who_writes_the_quiet_time_decides(
    tmp_path: Path, watched: Iterator[Arrival | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "being_written", lambda _paths: set())
    (tmp_path / "a.json").write_bytes(item(1))
    assert following(watched) == item(1)
