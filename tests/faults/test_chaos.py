"""Faults at random while stories come: nothing lost, nothing twice, nothing resurrected.

`make test-faults` plays the long runs, whose seeds and outcomes are in docs/faults.md.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dateline.embedded import EmbeddedStack
from tests.faults.chaos import KINDS, plan, run_chaos


@pytest.mark.servers
@pytest.mark.timeout(600)
def test_a_short_run_at_random_loses_nothing(
    stack: EmbeddedStack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(10**6)
    with capsys.disabled():
        print(f"\nfaults at random: seed {seed}", flush=True)
    outcome = run_chaos(seed, 150, 8, tmp_path, stack=stack, poison=0)
    assert outcome.wrong == {}, f"seed {seed}: {outcome.listed}"
    assert outcome.account["faults"] == {}, f"seed {seed}: {outcome.account}"
    assert outcome.crashes == [], f"seed {seed}"
    assert outcome.unrecovered == 0, f"seed {seed}: {outcome.events}"


def test_a_seed_plays_the_same_plan_again() -> None:
    assert plan(3, 100) == plan(3, 100) != plan(4, 100)


def test_a_plan_of_a_hundred_holds_every_kind_and_no_two_in_each_others_way() -> None:
    for seed in range(20):
        steps = plan(seed, 100)
        kinds = [one.kind for step in steps for one in step]
        assert len(kinds) == 100
        assert set(kinds) == set(KINDS)
        for step in steps:
            needs = [need for one in step for need in KINDS[one.kind].needs]
            assert len(needs) == len(set(needs))
