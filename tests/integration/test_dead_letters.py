"""Dead letters on the real servers: seen, retried without resurrecting anything, dropped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client, kafka_admin
from dateline.errors import DatelineError, InputError, TooManyBad
from dateline.identity import partition_of, raw_key
from dateline.offsets import committed, ends
from dateline.reading import TopicRecord, read_topic
from dateline.records import DeadLetter, Headers, Position, RawDocument, sha256
from dateline.seeking import Seeker
from dateline.settings import Settings
from dateline.settled import read_settled
from dateline.topics import Topics, ensure_topics
from processors.app import group_of
from processors.stage import run_processor
from producers.publisher import kafka_producer
from producers.retry import Chosen, retry
from tests.integration.whole import account, dateline, documents, ninjs, write

pytestmark = pytest.mark.servers

RECEIVED = dt.datetime(2026, 5, 1, 9, 30, 0, 123456, tzinfo=dt.UTC)
DIED = dt.datetime(2026, 5, 1, 9, 31, tzinfo=dt.UTC)
V1, V2 = {"versioncreated": "2026-05-01T10:00:00Z"}, {"versioncreated": "2026-05-02T10:00:00Z"}


@pytest.fixture
def topics(settings: Settings) -> Topics:
    with kafka_admin(settings) as admin:
        return ensure_topics(admin, settings)


def send(
    settings: Settings, topic: str, records: Sequence[tuple[bytes, Headers]], partition: int = 0
) -> list[int]:
    """Offsets of records in one partition."""
    with kafka_producer(settings) as producer:
        sent = [
            producer.send(topic, value=value, headers=headers, partition=partition)
            for value, headers in records
        ]
        return [future.get(timeout=30).offset for future in sent]


def records(settings: Settings, topic: str) -> list[TopicRecord]:
    with kafka_admin(settings) as admin:
        until = ends(admin, topic)
    return list(read_topic(settings, topic, until))


def raw_ends(settings: Settings) -> dict[int, int]:
    with kafka_admin(settings) as admin:
        return ends(admin, Topics.of(settings).raw)


def document(value: bytes, location: str = "inbox/a.json") -> RawDocument:
    return RawDocument(
        value=value,
        feed="inbox",
        format="ninjs",
        location=location,
        received=RECEIVED,
        sha256=sha256(value),
    )


def letter(value: bytes, location: str = "inbox/a.json", **given: Any) -> DeadLetter:
    made = DeadLetter.of(
        InputError("not a wire format that Dateline reads"),
        value,
        stage=given.pop("stage", "produce"),
        died=DIED,
        document=document(value, location),
    )
    return msgspec.structs.replace(made, **given)


def bury(settings: Settings, *letters: DeadLetter) -> list[int]:
    return send(settings, Topics.of(settings).dead, [(one.value, one.headers()) for one in letters])


def item(uri: str, text: str = "Ein Satz.", **more: Any) -> bytes:
    return msgspec.json.encode(ninjs(uri, text, **more))


def listed(settings: Settings, *options: str) -> list[dict[str, Any]]:
    ended = dateline(settings, "dead", "list", "--json", *options)
    assert ended.returncode == 0, ended.stderr.decode()
    return [msgspec.json.decode(line) for line in ended.stdout.splitlines()]


def test_what_the_producer_refused_and_can_be_read_now_comes_as_it_would_have_come_then(
    settings: Settings, topics: Topics
) -> None:
    value = item("urn:test:late", "Nun lesbar. " * 150_000)  # larger than one fetch
    short = letter(b"{" + b" " * 90, "inbox/cut.json", size=4_000_000)
    bury(settings, letter(value, format=None), letter(b"[still not", "inbox/b.json"), short)
    assert len(listed(settings)) == 3

    ended = dateline(settings, "dead", "retry", "--every")
    assert ended.returncode == 1
    (again,) = records(settings, topics.raw)
    partition = partition_of("urn:test:late", settings.topic_partitions)
    assert ended.stdout.decode() == f"0-0 retried as {topics.raw}[{partition}]@0\n"
    told = ended.stderr.decode()
    assert "0-1: inbox/b.json" in told and "JSON" in told  # the present reason
    assert "0-2: " in told and "of 4000000 bytes" in told and "--again` inbox/cut.json" in told
    assert again.value == value
    assert again.key == raw_key("urn:test:late", sha256(value))
    assert again.position.partition == partition
    expected = [*document(value).headers(), ("retry_of", f"{topics.dead}|0|0".encode())]
    assert again.headers == expected

    assert [one["id"] for one in listed(settings)] == ["0-1", "0-2"]
    first, *rest = listed(settings, "--all")
    assert first["settled"]["how"] == "retried"
    assert first["settled"]["raw"] == f"{topics.raw}[{partition}]@0"
    assert not any("settled" in one for one in rest)
    (mark,) = records(settings, topics.settled)
    assert mark.key == f"{topics.dead}|0|0".encode()

    # by accident once more
    ended = dateline(settings, "dead", "retry", "0-0")
    assert ended.returncode == 1 and "0-0: it was retried" in ended.stderr.decode()
    assert len(records(settings, topics.raw)) == 1
    assert dateline(settings, "dead", "retry", "0-0", "--again").returncode == 0
    assert [record.value for record in records(settings, topics.raw)] == [value, value]


def test_several_items_of_one_document_are_published_once_and_all_settled(
    settings: Settings, topics: Topics
) -> None:
    """As after a better parser: the letters say that two items died, and now they can be read."""
    both = b"[" + item("urn:test:1") + b"," + item("urn:test:2") + b"]"
    broken = b"[" + item("urn:test:3") + b', {"uri": 7}]'
    send(
        settings,
        topics.raw,
        [(value, document(value).headers()) for value in (b"none", both, broken)],
        partition=2,
    )
    at: dict[str, Any] = {"stage": "process", "format": "ninjs", "items": 2, "sha256": sha256(both)}
    bury(
        settings,
        letter(both, raw=Position(topics.raw, 2, 1), item=0, **at),
        letter(both[:9], raw=Position(topics.raw, 2, 1), item=1, size=len(both), **at),
        letter(broken, raw=Position(topics.raw, 2, 2), item=1, **(at | {"sha256": sha256(broken)})),
        # the topic was made anew: another document lies there
        letter(b"?", raw=Position(topics.raw, 2, 0), stage="process", received=None),
        letter(b"?", raw=Position(topics.raw, 2, 99), stage="process"),
        letter(b"?", stage="sink"),
    )
    ended = dateline(settings, "dead", "retry", "--match", "wire format")
    told = ended.stderr.decode()
    assert ended.returncode == 1, told
    assert "retried 2 dead letters, published 1 documents, 4 left as they are" in told
    for said in (
        f"0-2: inbox/a.json, item 1, field uri, {topics.raw}[2]@2: a value of",
        f"0-3: {topics.raw}[2]@0: the raw record is not the document that died",
        f"0-4: {topics.raw}[2]@99: the raw record of this dead letter is not there",
        f"0-5: {topics.dead}[0]@5: no raw record is known",
    ):
        assert said in told, told
    found = records(settings, topics.raw)
    assert [record.value for record in found].count(both) == 2
    assert len(found) == 4
    marks = read_settled(settings)
    assert set(marks) == {(0, 0), (0, 1)}
    assert marks[0, 0].raw == marks[0, 1].raw
    assert marks[0, 0].raw in {record.position for record in found if record.value == both}


def test_a_crash_between_publishing_and_the_mark_leaves_the_letter_open(
    settings: Settings, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    bury(settings, letter(item("urn:test:1")))
    (found,) = records(settings, topics.dead)
    chosen = Chosen.of(DeadLetter.read(found.value, found.headers, found.position))

    def crash(_self: Any, mark: Any) -> None:
        assert len(records(settings, topics.raw)) == 1  # it is safe before the letter is settled
        raise RuntimeError("the machine is gone")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError, match="gone"):
        broken.setattr("producers.retry._Marks.write", crash)
        retry(settings, [chosen])
    assert read_settled(settings) == {}
    assert retry(settings, [chosen]).settled == 1
    first, second = records(settings, topics.raw)
    assert (first.value, first.headers) == (second.value, second.headers)


def test_an_old_version_that_is_retried_after_the_kill_resurrects_nothing(
    settings: Settings, topics: Topics, tmp_path: Path
) -> None:
    old = item("urn:test:killed", "Eine falsche Meldung.", **V1)
    bury(settings, letter(old, "inbox/old.json"), letter(item("urn:test:other", **V1)))
    inbox = tmp_path / "inbox"
    write(inbox, "kill.json", ninjs("urn:test:killed", "", **V2, pubstatus="canceled"))
    assert dateline(settings, "run", inbox, "--once").returncode == 0

    assert dateline(settings, "dead", "retry", "--every").returncode == 0
    assert dateline(settings, "run", inbox, "--once").returncode == 0
    with elasticsearch_client(settings) as client:
        found = documents(client, f"{settings.index_prefix}articles-000001")
    shown = {source["uri"]: source["pubstatus"] for source in found.values()}
    assert shown == {"urn:test:killed": "canceled", "urn:test:other": "usable"}
    assert account(settings)["faults"] == {}


def test_drop_takes_what_the_filter_means_and_deletes_nothing(
    settings: Settings, topics: Topics
) -> None:
    evil = b"\x1b[2Jno wire copy \x00\xff\r\n"
    later = {"died": DIED + dt.timedelta(days=1)}
    bury(
        settings,
        letter(evil, "inbox/\x1b[31mevil"),
        letter(b"two", "inbox/two", **later),
        letter(b"three", "other/three", feed="other"),
    )
    assert [one["id"] for one in listed(settings, "--since", "2026-05-02")] == ["0-1"]
    ended = dateline(settings, "dead", "drop", "--feed", "inbox", "--note", "a test of theirs")
    assert (ended.returncode, ended.stdout) == (0, b"0-0 dropped\n0-1 dropped\n")
    assert [one["id"] for one in listed(settings)] == ["0-2"]
    dropped = listed(settings, "--all")[0]["settled"]
    assert (dropped["how"], dropped["note"]) == ("dropped", "a test of theirs")
    assert dateline(settings, "dead", "drop", "0-0", "0-2").returncode == 1
    assert listed(settings) == []
    assert len(records(settings, topics.dead)) == 3

    ended = dateline(settings, "dead", "show", "0-0", "--raw")
    assert (ended.returncode, ended.stdout) == (0, evil)
    ended = dateline(settings, "dead", "show", "0-0")
    assert ended.stdout.endswith(b"\n\n" + evil + b"\n")
    facts = ended.stdout[: -len(evil) - 1].decode()
    assert "\x1b" not in facts and "\\x1b[31mevil" in facts
    assert f"position     {topics.dead}[0]@0" in facts
    assert "dropped " in facts and "(a test of theirs)" in facts
    table = dateline(settings, "dead", "list", "--all").stdout
    assert b"\x1b" not in table and b"evil" in table
    for absent in ("0-3", "1-0", "0-12x"):
        assert dateline(settings, "dead", "show", absent).returncode == 2


def test_a_record_is_found_at_its_position_and_nowhere_else(
    settings: Settings, topics: Topics
) -> None:
    send(settings, topics.raw, [(b"%d" % n, []) for n in range(40)], partition=1)
    send(settings, topics.raw, [(b"x" * 3_000_000, []), (b"y", [])], partition=3)
    with Seeker(settings) as seeker:
        for partition, offset, value in (
            (1, 7, b"7"),
            (1, 8, b"8"),
            (1, 2, b"2"),
            (3, 0, b"x" * 3_000_000),
            (3, 1, b"y"),
            (1, 39, b"39"),
        ):
            found = seeker.get(Position(topics.raw, partition, offset))
            assert found is not None and found.value == value
        for place in (
            Position(topics.raw, 1, 40),
            Position(topics.raw, 0, 0),
            Position(topics.raw, 99, 0),
            Position(f"{topics.raw}.not", 0, 0),
        ):
            assert seeker.get(place) is None


def test_a_flood_of_bad_records_stops_the_processor_until_somebody_lets_it_through(
    settings: Settings, topics: Topics
) -> None:
    few = msgspec.structs.replace(settings, breaker_window=20, nlp_batch=5)
    flood = [f"[broken {n}".encode() for n in range(60)]
    good = item("urn:test:good", language="und")
    send(settings, topics.raw, [(v, document(v).headers()) for v in [good, *flood]])
    until = {0: len(flood) + 1}

    with pytest.raises(TooManyBad) as stopped:
        run_processor(few, until=until, languages=())
    assert "of 20 (" in str(stopped.value) and f"as {topics.raw}[0]@" in str(stopped.value)
    buried = len(records(settings, topics.dead))
    assert 0 < buried < 20

    def position() -> int:
        with kafka_admin(settings) as admin:
            return committed(admin, group_of(settings), topics.raw).get(0, 0)

    stood = position()
    assert stood <= buried + 1

    # a supervisor starts it again
    ended = dateline(few, "process", "--until", f'{{"0": {until[0]}}}')
    assert ended.returncode == TooManyBad.exit_status, ended.stderr.decode()
    told = ended.stderr.decode()
    assert "right after the last stop" in told and "DATELINE_BREAKER_SHARE=1" in told
    assert "Traceback" not in told
    # nothing but what was not yet committed may have died, and that only at the first stop
    assert len(records(settings, topics.dead)) == buried
    assert position() == stood

    through = msgspec.structs.replace(few, breaker_share=1)
    assert run_processor(through, until=until, languages=()) == 0
    assert {record.value for record in records(settings, topics.dead)} == set(flood)
    assert not list(Path(settings.data_dir).glob("breaker-*"))


def test_errors_of_a_retry_are_told_by_letter(settings: Settings, topics: Topics) -> None:
    bury(settings, letter(b"nothing", stage="process", raw=None))
    told: list[tuple[int, DatelineError]] = []
    (found,) = records(settings, topics.dead)
    chosen = Chosen.of(DeadLetter.read(found.value, found.headers, found.position))
    result = retry(
        settings, [chosen], refused=lambda one, error: told.append((one.dead.offset, error))
    )
    assert (result.documents, result.settled, result.refused) == (0, 0, 1)
    assert [at for at, _ in told] == [0]
    assert records(settings, topics.raw) == [] and read_settled(settings) == {}
    assert raw_ends(settings) == dict.fromkeys(range(settings.topic_partitions), 0)
