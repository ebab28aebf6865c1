"""Each stage ends at each of its named points, and is started again: nothing is lost by it."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.pipeline import Pipeline, pipeline
from tests.faults.points import POINTS

pytestmark = pytest.mark.servers

#: which of them `make test` runs, too
QUICK = {"produce.before-send", "process.committed", "sink.read", "sink.after-bulk"}
#: passages before the end, where it is not the second: positions are saved twice a second, and a
#: batch has hundreds of outputs
NTH = {"produce.before-send": 30, "produce.after-send": 30, "produce.acknowledged": 20}
NTH |= {"produce.confirmed": 1, "produce.saved": 1, "process.sending": 20, "sink.after-bury": 1}
ENDINGS = [(point, signal.SIGKILL) for point in POINTS] + [
    ("produce.after-send", signal.SIGTERM),
    ("process.sending", signal.SIGTERM),
    ("process.confirmed", signal.SIGTERM),
    ("sink.before-bulk", signal.SIGTERM),
    ("sink.before-commit", signal.SIGTERM),
]


@pytest.fixture(scope="module")
def line(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    """A pipeline in small batches, so that there is a middle to end in."""
    folder = tmp_path_factory.mktemp("points")
    with pipeline(stack, folder, nlp_batch=8, sink_batch=20) as laid:
        yield laid


def _ending(point: str, number: signal.Signals) -> object:
    marks = [] if point in QUICK and number == signal.SIGKILL else [pytest.mark.faults]
    return pytest.param(point, number, id=f"{point}-{number.name}", marks=marks)


@pytest.mark.parametrize(("point", "number"), [_ending(*one) for one in ENDINGS])
def test_a_stage_that_ends_there_loses_nothing(
    point: str, number: signal.Signals, line: Pipeline
) -> None:
    victim = point.partition(".")[0]
    at = f"{point}:{NTH.get(point, 2)}:{number.name}"
    for stage in ("process", "sink"):
        if stage != victim and not line.crew.of(stage):
            line.start(stage)
    world = line.world(40)
    if point == "sink.after-bury":
        # Nothing of the ordinary is refused by the index: so one story is claimed by another.
        world.claim(next(iter(world.expected)))
    folders = line.lay(world)

    if victim == "produce":
        ended = line.start("produce", "--once", *folders, at=at)
        status = ended.wait()
        again = line.start("produce", "--once", *folders)
        assert again.wait() == 1, again.said()
    else:
        ended = line.replace(victim, at=at)
        producer = line.start("produce", "--once", *folders)
        assert producer.wait() == 1, producer.said()
        status = ended.wait()
        line.start(victim)

    interrupted = 130 if victim == "produce" else 0
    assert status == (-number if number == signal.SIGKILL else interrupted), ended.said()
    assert f"faults: {number.name} at {point}" in ended.said()
    line.assert_holds()
