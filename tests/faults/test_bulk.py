"""Elasticsearch answers a bulk badly, late, by half or not at all: everything is written, once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.pipeline import Pipeline, pipeline
from tests.faults.proxy import (
    CloseBeforeAnswer,
    CloseEarly,
    CloseInAnswer,
    Fault,
    Hang,
    Items,
    Status,
)

pytestmark = pytest.mark.servers

#: seconds that the sink waits for an answer, in the place of a minute
TIMEOUT = 2.0


class Case(NamedTuple):
    """A fault, where it strikes, and how often; outages last longer than the sink's first tries."""

    fault: Fault
    times: int
    nth: int = 1
    path: str = "/_bulk"


CASES = {
    "status-429": Case(Status(429), times=20),
    "status-503": Case(Status(503), times=45, path="articles-000001/_bulk"),
    "items-dropped": Case(Items(429, forwarded=False), times=8),
    "items-written": Case(Items(503, forwarded=True), times=8),
    "silent": Case(Hang(2 * TIMEOUT), times=3, nth=2),
    "silent-but-written": Case(Hang(2 * TIMEOUT, forwarded=True), times=3, nth=2),
    "closed-in-request": Case(CloseEarly(), times=6, nth=2),
    "closed-before-answer": Case(CloseBeforeAnswer(), times=6, nth=2),
    "closed-in-answer": Case(CloseInAnswer(), times=6, nth=2),
    "reading-503": Case(Status(503), times=10, path="/_mget"),
    "ledger-429": Case(Items(429, forwarded=False), times=8, path="ledger-000001/_bulk"),
}
QUICK = {"status-503", "items-dropped", "closed-before-answer"}


@pytest.fixture(scope="module")
def line(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    with pipeline(stack, tmp_path_factory.mktemp("bulk"), sink_batch=25) as laid:
        laid.start("process")
        laid.start("sink", timeout=TIMEOUT)
        yield laid


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, id=name, marks=[] if name in QUICK else [pytest.mark.faults])
        for name, case in CASES.items()
    ],
)
def test_a_bulk_that_fails_is_written_whole(case: Case, line: Pipeline) -> None:
    rule = line.proxy.add(case.fault, path=case.path, nth=case.nth, times=case.times)
    try:
        line.publish(line.world(60))
        line.assert_holds()
        assert rule.hits >= min(3, case.times), "the fault hardly happened"
    finally:
        line.proxy.clear()
    assert [member.alive for member in line.crew.of("sink")] == [True]
