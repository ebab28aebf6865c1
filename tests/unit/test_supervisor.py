"""A stage that dies is started again with patience, and only where that can help."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import pytest

from dateline.cli.supervisor import (
    JITTER,
    MOST_DEATHS,
    PAUSE_FIRST,
    PAUSE_LAST,
    STAGES,
    STEADY,
    WINDOW,
    Restarts,
    Stage,
    below,
)
from dateline.errors import TooManyBad, Unavailable, UsageError
from dateline.settings import Settings

CRASH, KILLED = 1, -9


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def restarts(clock: Clock, jitter: float = 0.0) -> Restarts:
    return Restarts("sink", clock=clock, jitter=lambda: jitter)


def test_pauses_double_up_to_the_last(clock: Clock) -> None:
    moving = count()
    rule = restarts(clock)
    pauses = [rule.died(KILLED, lambda: next(moving)) for _ in range(20)]
    assert pauses[:7] == [0.5, 1, 2, 4, 8, 16, 30]
    assert set(pauses[7:]) == {PAUSE_LAST}


def test_stages_that_died_together_do_not_start_together(clock: Clock) -> None:
    assert restarts(clock, 1.0).died(KILLED) == PAUSE_FIRST * (1 + JITTER)


def test_who_stayed_up_begins_with_the_first_pause_again(clock: Clock) -> None:
    rule = restarts(clock)
    for lived, pause in ((1.0, 0.5), (1.0, 1.0), (STEADY - 1, 2.0), (STEADY, 0.5), (1.0, 1.0)):
        rule.began()
        clock.now += lived
        assert rule.died(KILLED) == pause


def test_a_stage_that_its_breaker_stopped_is_left_alone(clock: Clock) -> None:
    with pytest.raises(TooManyBad, match="the sink stage stopped itself"):
        restarts(clock).died(TooManyBad.exit_status)


def test_wrong_usage_is_not_tried_again(clock: Clock) -> None:
    with pytest.raises(Unavailable, match="cannot run like this"):
        restarts(clock).died(UsageError.exit_status)


def _deaths(rule: Restarts, clock: Clock, lives: float, position: object) -> Iterator[int]:
    for number in range(1, 50):
        rule.began()
        clock.now += lives
        assert position is None or callable(position)
        clock.now += rule.died(CRASH, position)
        yield number


@pytest.mark.parametrize("position", [None, lambda: (7,)])
def test_many_deaths_without_progress_are_the_end(clock: Clock, position: object) -> None:
    survived: list[int] = []
    with pytest.raises(Unavailable, match=f"exit status 1, {MOST_DEATHS} deaths"):
        survived.extend(_deaths(restarts(clock), clock, 5.0, position))
    assert survived == list(range(1, MOST_DEATHS))


def _away() -> object:
    raise Unavailable("Kafka does not answer")


def _forbidden() -> object:
    raise UsageError("may not read the positions")


def test_a_stage_that_comes_on_is_started_for_ever(clock: Clock) -> None:
    moving = count()
    assert len(list(_deaths(restarts(clock), clock, 5.0, lambda: next(moving) // 7))) == 49


def test_an_outage_is_waited_for_as_long_as_it_takes(clock: Clock) -> None:
    assert len(list(_deaths(restarts(clock), clock, 5.0, _away))) == 49


def test_a_position_that_nobody_may_see_is_no_progress(clock: Clock) -> None:
    with pytest.raises(Unavailable, match="does not stay up"):
        list(_deaths(restarts(clock), clock, 5.0, _forbidden))


def test_rare_deaths_are_not_many(clock: Clock) -> None:
    lives = WINDOW / (MOST_DEATHS - 1)
    assert len(list(_deaths(restarts(clock), clock, lives, lambda: 7))) == 49


# --- the child process ---------------------------------------------------------------------------


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for ``dateline``: notes each start, and ends with the status in ``status``."""
    script = tmp_path / "stage.sh"
    script.write_text(
        f'#!/bin/sh\necho started >>"{tmp_path}/starts"\nread status <"{tmp_path}/status"\n'
        'if [ "$status" = killed ]; then kill -9 $$; fi\n'
        'if [ "$status" = stays ]; then exec sleep 60; fi\nexit "$status"\n'
    )
    script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(script))
    return tmp_path


def _starts(child: Path) -> int:
    return len((child / "starts").read_text().splitlines())


def _wait(stage: Stage) -> None:
    assert stage._process is not None
    stage._process.wait(30)


@pytest.fixture
def stage(child: Path, clock: Clock) -> Iterator[Stage]:
    made = Stage("sink", ["sink"], Settings(), clock=clock)
    yield made
    made.stop()


def test_a_dead_stage_is_started_when_its_pause_is_over_and_not_before(
    stage: Stage, child: Path, clock: Clock
) -> None:
    said: list[str] = []
    (child / "status").write_text("killed\n")
    stage.start()
    _wait(stage)
    (child / "status").write_text("stays\n")
    for _ in range(20):
        stage.keep_alive(said.append)
    clock.now += PAUSE_FIRST - 0.01
    stage.keep_alive(said.append)
    assert (stage.ended(), _starts(child)) == (-9, 1)
    clock.now += PAUSE_FIRST * JITTER + 0.02
    for _ in range(20):
        stage.keep_alive(said.append)
    assert stage.ended() is None
    (line,) = said
    assert line.startswith("the sink stage ended (signal 9); it starts again in 0.")


def test_a_stage_that_runs_is_let_run(stage: Stage, child: Path, clock: Clock) -> None:
    (child / "status").write_text("stays\n")
    stage.start()
    pid = stage.pid
    for _ in range(20):
        clock.now += 100
        stage.keep_alive(pytest.fail)
    assert stage.pid == pid


def test_no_stage_is_started_after_its_breaker_stopped_it(
    stage: Stage, child: Path, clock: Clock
) -> None:
    (child / "status").write_text(f"{TooManyBad.exit_status}\n")
    stage.start()
    _wait(stage)
    for _ in range(5):
        with pytest.raises(TooManyBad):
            stage.keep_alive(pytest.fail)
        clock.now += 100
    assert _starts(child) == 1


def test_a_child_that_cannot_be_started_is_tried_again_later(
    stage: Stage, child: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    (child / "status").write_text("3\n")
    stage.start()
    _wait(stage)
    stage.keep_alive(said.append)
    good = sys.executable
    monkeypatch.setattr(sys, "executable", str(child / "gone"))
    clock.now += 1
    stage.keep_alive(said.append)
    monkeypatch.setattr(sys, "executable", good)
    clock.now += 2
    (child / "status").write_text("stays\n")
    stage.keep_alive(said.append)
    assert stage.ended() is None
    assert any("cannot be started" in line for line in said)


def test_a_first_start_that_fails_is_one_error(
    stage: Stage, child: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(child / "gone"))
    with pytest.raises(Unavailable, match="cannot be started"):
        stage.start()


def test_the_pauses_are_those_of_the_rule() -> None:
    """A minute of dying at once is met by a handful of starts."""
    clock = Clock()
    moving = count()
    rule = restarts(clock)
    times = [clock.now]
    while clock.now < 1060:
        clock.now += rule.died(KILLED, lambda: next(moving))
        times.append(clock.now)
    assert len(times) <= 8
    assert all(later - earlier >= PAUSE_FIRST for earlier, later in pairwise(times))


@pytest.mark.parametrize("first", [65_534, 65_535])
def test_stages_whose_ports_would_be_none_are_refused_at_the_start(first: int) -> None:
    with pytest.raises(UsageError, match="metrics_port") as refused:
        below(Settings(metrics_port=first), STAGES)
    assert "65533 at most" in str(refused.value)


def test_each_stage_takes_the_next_port_or_any_that_is_free() -> None:
    assert below(Settings(metrics_port=65_533), STAGES).metrics_port == 65_535
    assert below(Settings(metrics_port=0), STAGES).metrics_port == 0
    assert below(Settings(metrics_port=9464)).metrics_port == 0
    assert below(Settings(), STAGES).metrics_port is None
