"""The list of broken promises is whole, and whoever must notice one is there to notice it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.faults.mutants import MUTANTS
from tests.faults.points import IN, POINTS
from tests.faults.report import REPORT, WRITTEN, mutants_of

#: those without which the suite would prove little
LEAST = {"ack-before-confirm", "commit-before-bulk", "arrival-order", "item-error-ignored"}


def test_every_promise_has_a_mutant_and_every_stage_has_one() -> None:
    assert set(MUTANTS) >= LEAST
    assert {mutant.command for mutant in MUTANTS.values()} == set(IN)
    assert {point.partition(".")[0] for point in POINTS} == set(IN)


def test_every_mutants_test_exists() -> None:
    wanted = {mutant.test for mutant in MUTANTS.values()}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", *sorted(wanted)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout
    assert set(ended.stdout.splitlines()) >= wanted


def test_the_report_tells_who_caught_each() -> None:
    report = REPORT.read_text("utf-8") if REPORT.exists() else ""
    if WRITTEN not in report:
        pytest.skip("the suite has not written its report yet: `make test-faults` does")
    caught = mutants_of(report)
    assert set(caught) == set(MUTANTS)
    for name, told in caught.items():
        assert MUTANTS[name].test.partition("::")[2] in told
