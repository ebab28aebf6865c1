"""A stage that refuses nearly everything stops before it dead-letters the rest."""

from __future__ import annotations

import asyncio
import logging
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from dateline.breaker import Bad, Breaker
from dateline.errors import TooManyBad
from dateline.records import Position
from dateline.settings import Settings
from processors.stage import _Batches
from processors.work import Outcome, Output, Record


def settings(share: float = 0.5, window: int = 10) -> Settings:
    return msgspec.structs.replace(Settings(), breaker_share=share, breaker_window=window)


def bad(offset: int, reason: str = "no format") -> Bad:
    return Bad(reason, Position("articles.raw", 0, offset))


def verdicts(pattern: str, first: int = 0) -> list[Bad | None]:
    """``x`` is a bad record, ``.`` a good one."""
    return [bad(first + at) if one == "x" else None for at, one in enumerate(pattern)]


def trips(breaker: Breaker, pattern: str) -> bool:
    try:
        breaker.check(verdicts(pattern))
    except TooManyBad:
        return True
    return False


def tripped(folder: Path) -> Path:
    """Leave the file of a breaker that tripped."""
    assert trips(Breaker("stage", settings(), folder), "xxxxxxxxxx")
    return folder / "breaker-stage.json"


@pytest.mark.parametrize(
    ("batches", "stops"),
    [
        (["xxxxxxxxx"], False),  # no whole window was seen
        (["xxxxxx..", ".."], True),  # 6 of 10, however they are cut into batches
        (["xxxxxx..", "."], False),
        (["xxxxx....."], False),  # half is not more than half
        (["..........xxxxx.x"], True),  # a window in the middle of a batch
        ([".........." * 50, "xxxxx"], False),  # what is long ago does not help nor hurt
        ([".........." * 50, "xxxxx", "x"], True),
        (["x." * 200], False),
    ],
)
def test_it_trips_when_more_than_the_share_of_the_last_window_is_bad(
    batches: list[str], stops: bool, tmp_path: Path
) -> None:
    breaker = Breaker("stage", settings(), tmp_path)
    before = [trips(breaker, batch) for batch in batches[:-1]]
    assert not any(before)
    assert trips(breaker, batches[-1]) is stops
    assert (tmp_path / "breaker-stage.json").exists() is stops


def test_the_error_says_how_many_why_where_and_what_to_do(tmp_path: Path) -> None:
    breaker = Breaker("stage", settings(), tmp_path / "not there yet")
    reasons = ["common"] * 4 + ["rare", "seldom", "seldom", "odd"]
    with pytest.raises(TooManyBad) as stopped:
        breaker.check([None, None, *(bad(7 + at, why) for at, why in enumerate(reasons))])
    error = stopped.value
    assert error.exit_status == 4
    told = str(error)
    assert "8 of 10" in told
    assert "4 times 'common', as articles.raw[0]@7;" in told
    assert "2 times 'seldom', as articles.raw[0]@12" in told
    assert told.count("articles.raw") == 3
    assert "1 other reasons" in told
    assert "DATELINE_BREAKER_SHARE=1" in told
    note = msgspec.json.decode((tmp_path / "not there yet/breaker-stage.json").read_bytes())
    assert (note["bad"], note["of"]) == (8, 10)
    assert list(tmp_path.glob("**/.*")) == []  # it was renamed into its place


def test_once_tripped_it_lets_nothing_pass(tmp_path: Path) -> None:
    breaker = Breaker("stage", settings(), tmp_path)
    assert trips(breaker, "xxxxxxxxxx")
    assert trips(breaker, "..")


def test_a_restart_after_a_trip_judges_each_batch_by_itself(tmp_path: Path) -> None:
    tripped(tmp_path)
    again = Breaker("stage", settings(), tmp_path)
    assert again.half_open
    assert trips(again, "xx")
    assert not trips(Breaker("stage", settings(), tmp_path), "x.")
    assert trips(Breaker("stage", settings(), tmp_path), "xx.")
    # another kind of worker is not meant
    assert not Breaker("other", settings(), tmp_path).half_open


def test_after_one_window_that_passed_it_closes_and_the_file_is_gone(tmp_path: Path) -> None:
    file = tripped(tmp_path)
    breaker = Breaker("stage", settings(), tmp_path)
    for _ in range(3):
        assert not trips(breaker, "..x")
    assert file.exists() and breaker.half_open
    assert not trips(breaker, ".")
    assert not file.exists() and not breaker.half_open
    assert not Breaker("stage", settings(), tmp_path).half_open
    # closed: a small batch alone does not trip it; a window does, with those that passed before
    assert not trips(breaker, "xx")
    assert trips(breaker, "xxxx")


def test_one_bad_record_alone_does_not_stop_a_stage_that_was_mended(tmp_path: Path) -> None:
    tripped(tmp_path)
    breaker = Breaker("stage", settings(), tmp_path)
    assert not trips(breaker, "x")
    assert not trips(breaker, ".") and not trips(breaker, ".")
    # but several one after the other do
    other = Breaker("stage", settings(), tmp_path)
    assert not trips(other, "x")
    assert trips(other, "x")


def test_records_that_passed_do_not_make_a_half_open_one_lenient(tmp_path: Path) -> None:
    tripped(tmp_path)
    breaker = Breaker("stage", settings(), tmp_path)
    assert not trips(breaker, ".........")
    with pytest.raises(TooManyBad, match=r"right after the last stop; found 2 of 3 "):
        breaker.check(verdicts("xx."))


def test_share_1_lets_everything_through_and_forgets_the_trip(tmp_path: Path) -> None:
    file = tripped(tmp_path)
    off = Breaker("stage", settings(share=1), tmp_path)
    assert not any(trips(off, "xxxxxxxxxx") for _ in range(20))
    assert not file.exists()


def test_share_0_tolerates_nothing_in_a_whole_window(tmp_path: Path) -> None:
    breaker = Breaker("stage", settings(share=0), tmp_path)
    assert not trips(breaker, "x........")
    assert trips(breaker, ".")


def test_a_folder_that_takes_no_file_hides_no_trip(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    breaker = Breaker("stage", settings(), tmp_path / "file")
    with caplog.at_level(logging.WARNING):
        assert trips(breaker, "xxxxxxxxxx")
        assert trips(breaker, "x")
    assert sum("cannot be written" in record.message for record in caplog.records) == 1


def test_threads_share_one_window(tmp_path: Path) -> None:
    breaker = Breaker("stage", settings(share=0.5, window=4_000), tmp_path)
    errors: list[str] = []

    def feed() -> None:
        for _ in range(1_000):
            try:
                breaker.check([None, bad(1)])
            except TooManyBad as error:
                errors.append(str(error))

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert breaker._bad == sum(one is not None for one in breaker._window) == 2_000


# --- in the processor: batches end in any order, and are judged in theirs


class Work:
    """A pool whose batches end when the test says so, and topics that note what is sent."""

    def __init__(self, folder: Path) -> None:
        self.settings = msgspec.structs.replace(settings(window=4), data_dir=str(folder))
        self.waiting: list[asyncio.Future[list[Outcome]]] = []
        self.sent: list[tuple[str, bytes]] = []
        self.confirmed: list[int] = []
        ready: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        ready.set_result(None)
        self.batches = _Batches(self.settings, None, self, ready)  # type: ignore[arg-type]
        consumer = SimpleNamespace(confirm=lambda message: self.confirmed.append(message.offset))
        topics = {name: self._topic(name) for name in ("enriched", "dead")}
        self.batches.attach(SimpleNamespace(consumer=consumer), topics)

    def _topic(self, name: str) -> Any:
        async def send(*, key: Any, value: bytes, headers: Any) -> Any:
            self.sent.append((name, value))
            done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done

        return SimpleNamespace(send=send)

    async def run(self, records: list[Record]) -> list[Outcome]:
        self.waiting.append(asyncio.get_running_loop().create_future())
        return await self.waiting[-1]

    async def take(self, *offsets: int) -> None:
        await self.batches.accept([SimpleNamespace(message=_message(at)) for at in offsets])
        await self.settle()

    async def end(self, batch: int, pattern: str) -> None:
        self.waiting[batch].set_result(
            [
                Outcome([Output("dead", None, b"%d" % batch, [])], bad="broken")
                if one == "x"
                else Outcome([Output("enriched", b"k", b"%d" % batch, [])])
                for one in pattern
            ]
        )
        await self.settle()

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)


def _message(offset: int) -> Any:
    return SimpleNamespace(topic="raw", partition=0, offset=offset, value=b"", headers=[])


def test_dead_letters_wait_for_the_verdict_on_the_batches_before_and_nothing_else_does(
    tmp_path: Path,
) -> None:
    async def scenario() -> None:
        work = Work(tmp_path)
        for at in range(3):
            await work.take(2 * at, 2 * at + 1)
        await work.end(2, "..")  # a good one sends at once
        assert work.sent == [("enriched", b"2")] * 2
        await work.end(1, "x.")  # one with a dead letter only after the first is judged
        assert len(work.sent) == 2 and work.confirmed == []
        await work.end(0, ".x")
        assert sorted(work.sent) == sorted(
            [("enriched", b"0"), ("dead", b"0"), ("dead", b"1"), ("enriched", b"1")]
            + [("enriched", b"2")] * 2
        )
        assert work.confirmed == [0, 1, 2, 3, 4, 5]
        assert work.batches.failure is None

    asyncio.run(scenario())


def test_of_the_batch_that_trips_it_nothing_is_sent_and_nothing_confirmed(tmp_path: Path) -> None:
    async def scenario() -> None:
        work = Work(tmp_path)
        await work.take(0, 1)
        await work.take(2, 3)
        await work.take(4, 5)
        await work.end(2, "xx")
        await work.end(1, "xx")
        await work.end(0, "x.")
        assert sorted(work.sent) == [("dead", b"0"), ("enriched", b"0")]
        assert work.confirmed == [0, 1]
        assert isinstance(work.batches.failure, TooManyBad)
        await work.batches.finish(0)

    asyncio.run(scenario())


def test_a_good_batch_that_fills_the_window_stops_the_stage_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        work = Work(tmp_path)
        await work.take(0, 1, 2)
        await work.take(3)
        await work.end(0, "xxx")
        await work.end(1, ".")
        assert work.confirmed == [0, 1, 2]
        assert isinstance(work.batches.failure, TooManyBad)

    asyncio.run(scenario())
