"""What comes is in the raw topic byte for byte, once, and a restart goes on where it was."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from pathlib import Path

import msgspec
import pytest

from dateline.connections import kafka_admin
from dateline.errors import UsageError
from dateline.identity import partition_of, raw_key
from dateline.offsets import ends
from dateline.reading import TopicRecord, read_topic
from dateline.records import DeadLetter, RawDocument, sha256
from dateline.settings import Settings
from dateline.topics import Topics
from producers.producer import ProduceResult, produce

pytestmark = pytest.mark.servers


def item(number: int, **fields: object) -> bytes:
    """A small ninjs item."""
    value = {"uri": f"urn:test:{number}", "headline": f"Nachricht {number}", **fields}
    return json.dumps(value, ensure_ascii=False).encode()


def records(settings: Settings, topic: str) -> list[TopicRecord]:
    """All that lies in a topic."""
    with kafka_admin(settings) as admin:
        until = ends(admin, topic)
    return list(read_topic(settings, topic, until))


def raw(settings: Settings) -> list[RawDocument]:
    """All raw documents, by location."""
    found = [
        RawDocument.read(record.value, record.headers, record.position)
        for record in records(settings, Topics.of(settings).raw)
    ]
    return sorted(found, key=lambda document: document.location)


def dead(settings: Settings) -> list[DeadLetter]:
    """All dead letters, by location."""
    found = [
        DeadLetter.read(record.value, record.headers, record.position)
        for record in records(settings, Topics.of(settings).dead)
    ]
    return sorted(found, key=lambda letter: letter.location or "")


def once(settings: Settings, *paths: Path | str, **more: object) -> tuple[ProduceResult, list[str]]:
    """Produce to the end; the result, and what was reported."""
    told: list[str] = []
    result = produce(settings, [str(p) for p in paths], once=True, report=told.append, **more)  # type: ignore[arg-type]
    return result, told


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An empty folder."""
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def test_the_value_is_exactly_the_bytes_and_the_headers_say_where_they_came_from(
    settings: Settings, inbox: Path
) -> None:
    copy = "Rīga (dpa) - Größe\r\n\r\nzählt.\r\n".encode()
    (inbox / "sub").mkdir()
    (inbox / "sub" / "ä.txt").write_bytes(copy)
    (inbox / "one.json").write_bytes(item(1))

    result, told = once(settings, inbox)

    assert (result.published, result.refused, told) == (2, 0, [])
    first, second = raw(settings)
    assert (first.value, first.format, first.location) == (item(1), "ninjs", f"{inbox}/one.json")
    assert (second.value, second.format) == (copy, "plaintext")
    assert {first.feed, second.feed} == {str(inbox)}
    assert second.sha256 == sha256(copy)


def test_key_and_partition_are_the_first_items_identity(settings: Settings, inbox: Path) -> None:
    both = b"[" + item(7) + b"," + item(8) + b"]"
    (inbox / "two.json").write_bytes(both)
    result, _ = once(settings, inbox)
    (record,) = records(settings, Topics.of(settings).raw)
    assert record.key == raw_key("urn:test:7", sha256(both))
    partition = partition_of("urn:test:7", settings.topic_partitions)
    assert record.position.partition == partition
    assert result.end_offsets == {partition: 1}


def test_a_second_run_publishes_nothing_and_again_publishes_everything(
    settings: Settings, inbox: Path
) -> None:
    (inbox / "a.json").write_bytes(item(1))
    (inbox / "b.jsonl").write_bytes(item(2) + b"\n" + item(3) + b"\n")
    assert once(settings, inbox)[0].published == 3
    second, _ = once(settings, inbox)
    assert (second.published, second.unchanged, second.end_offsets) == (0, 2, {})
    os.utime(inbox / "a.json")  # another time, the same content
    assert once(settings, inbox)[0].published == 0
    assert once(settings, inbox, again=True)[0].published == 3


def test_changed_content_under_the_same_name_is_published_anew(
    settings: Settings, inbox: Path
) -> None:
    (inbox / "a.json").write_bytes(item(1))
    once(settings, inbox)
    (inbox / "a.json").write_bytes(item(1, version="2"))
    assert once(settings, inbox)[0].published == 1
    assert len(raw(settings)) == 2


def test_json_lines_go_on_from_the_last_whole_line(settings: Settings, inbox: Path) -> None:
    lines = inbox / "wire.jsonl"
    lines.write_bytes(item(1) + b"\n" + item(2) + b"\r\n\n")
    assert once(settings, inbox)[0].published == 2
    with lines.open("ab") as file:
        file.write(item(3) + b"\n")
    assert once(settings, inbox)[0].published == 1
    found = raw(settings)
    assert [d.value for d in found] == [item(1), item(2), item(3)]
    assert [d.location.rsplit(":", 1)[1] for d in found] == ["1", "2", "4"]

    lines.write_bytes(item(9) + b"\n" + item(2) + b"\n" + item(3) + b"\n" + item(4) + b"\n")
    assert once(settings, inbox)[0].published == 4  # its beginning is another


def test_what_cannot_be_read_is_named_and_kept_and_the_rest_goes_on(
    settings: Settings, inbox: Path
) -> None:
    (inbox / "a.json").write_bytes(b'{"uri": "urn:x", }')
    (inbox / "b.bin").write_bytes(bytes(range(256)) * 8)
    (inbox / "c.txt").write_bytes(b"")
    (inbox / "d.jsonl").write_bytes(item(1) + b"\n{nonsense\n" + item(2) + b"\n")
    (inbox / "e.json").write_bytes(b"[" + item(3) + b', {"headline": "no identity"}]')
    os.mkfifo(inbox / "f.json")
    (inbox / "g.json").symlink_to(inbox / "g.json")
    missing = inbox / "nowhere.json"

    result, told = once(settings, inbox, missing)

    assert result.published == 3
    assert result.refused == 8 == len(told)
    for name in ("a.json", "b.bin", "c.txt", "d.jsonl:2", "e.json", "f.json", "g.json", "nowhere"):
        assert any(f"{inbox}/{name}" in message for message in told), name
    letters = {Path(letter.location or "").name: letter for letter in dead(settings)}
    assert sorted(letters) == ["a.json", "b.bin", "c.txt", "d.jsonl:2"]
    assert letters["b.bin"].value == bytes(range(256)) * 8
    assert letters["d.jsonl:2"].line == 2
    assert {letter.stage for letter in letters.values()} == {"produce"}
    assert once(settings, inbox)[0].published == 0


def test_what_is_too_large_is_refused_without_being_loaded(settings: Settings, inbox: Path) -> None:
    small = msgspec.structs.replace(settings, max_document_bytes=200_000)
    (inbox / "big.txt").write_bytes(b"Berlin (dpa) - " + b"x" * 3_000_000)
    (inbox / "lines.jsonl").write_bytes(
        item(1) + b"\n" + item(2, body_text="x" * 250_000) + b"\n" + item(3) + b"\n"
    )
    result, told = once(small, inbox)
    assert (result.published, result.refused) == (2, 2)
    assert "3000015 bytes; expected at most 200000" in told[0]
    whole, line = dead(small)
    assert (len(whole.value), whole.size, whole.truncated) == (65536, 3_000_015, True)
    assert line.line == 2
    assert whole.sha256 == sha256((inbox / "big.txt").read_bytes())
    assert line.sha256 == sha256(item(2, body_text="x" * 250_000))


def test_a_half_line_at_the_end_is_refused_but_not_passed(settings: Settings, inbox: Path) -> None:
    lines = inbox / "wire.jsonl"
    lines.write_bytes(item(1) + b"\n" + item(2)[:20])
    result, _ = once(settings, inbox)
    assert (result.published, result.refused) == (1, 1)
    assert once(settings, inbox)[0].refused == 0  # it was told once
    with lines.open("ab") as file:
        file.write(item(2)[20:] + b"\n")
    assert once(settings, inbox)[0].published == 1
    assert raw(settings)[-1].value == item(2)


def test_hidden_and_unfinished_names_are_left_alone(settings: Settings, inbox: Path) -> None:
    for name in (".hidden.json", "a.json.tmp", "b.part", "c.json~", ".git/d.json"):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_bytes(item(1))
    result, told = once(settings, inbox)
    assert (result.published, result.refused, told) == (0, 0, [])


def test_standard_input_is_one_document_or_lines(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for given, expected in (
        (item(1), 1),
        (item(2) + b"\n" + item(3) + b"\n", 2),
        (b"Berlin (dpa) - Ein Satz.\n", 1),
        (b"", 0),
    ):
        stream = io.TextIOWrapper(io.BytesIO(given))
        monkeypatch.setattr(sys, "stdin", stream)
        result, _ = once(settings, "-")
        assert (result.published, result.refused) == (expected, 0)
    assert {document.feed for document in raw(settings)} == {"stdin"}


def test_an_address_of_a_kind_that_is_not_read_is_a_mistake_and_nothing_is_done(
    settings: Settings, inbox: Path
) -> None:
    (inbox / "a.json").write_bytes(item(1))
    with pytest.raises(UsageError, match="ftp"):
        once(settings, inbox, "ftp://example.org/feed")
    assert once(settings, inbox)[0].published == 1


def test_positions_do_not_outlive_the_topic(settings: Settings, inbox: Path) -> None:
    (inbox / "a.json").write_bytes(item(1))
    once(settings, inbox)
    elsewhere = msgspec.structs.replace(settings, topic_prefix=f"{settings.topic_prefix}b.")
    assert once(elsewhere, inbox)[0].published == 1


def test_two_producers_share_the_positions(settings: Settings, tmp_path: Path) -> None:
    folders = []
    for name in ("one", "two"):
        folders.append(tmp_path / name)
        folders[-1].mkdir()
        for number in range(50):
            (folders[-1] / f"{number}.json").write_bytes(item(number))
    threads = [threading.Thread(target=once, args=(settings, folder)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(raw(settings)) == 100
    assert once(settings, *folders)[0].unchanged == 100
