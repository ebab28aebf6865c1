"""A consumer that began to join its group and forgot about it joins all the same."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest
from kafka.coordinator.base import BaseCoordinator
from kafka.coordinator.consumer import ConsumerCoordinator

from sinks.consuming import _finish_joining


@pytest.mark.parametrize(
    ("rebalancing", "rejoins", "asked"),
    [(True, False, 1), (True, True, 0), (False, False, 0), (False, True, 0)],
)
def test_only_a_forgotten_join_is_begun_anew(rebalancing: bool, rejoins: bool, asked: int) -> None:
    told: list[str] = []
    coordinator = SimpleNamespace(
        rebalance_in_progress=lambda: rebalancing,
        need_rejoin=lambda: rejoins,
        request_rejoin=lambda: told.append("rejoin"),
    )
    consumer: Any = SimpleNamespace(_coordinator=coordinator)
    _finish_joining(consumer)
    assert len(told) == asked


def test_the_library_is_as_it_was_when_this_was_seen() -> None:
    """Where it changes, look again whether this is needed."""
    for name in ("rebalance_in_progress", "need_rejoin", "request_rejoin"):
        assert list(inspect.signature(getattr(ConsumerCoordinator, name)).parameters) == ["self"]
    # What makes it forget: the loop asks `need_rejoin`, whose answer metadata may change.
    assert "while self.need_rejoin()" in inspect.getsource(BaseCoordinator.join_group_async)
    assert "metadata_snapshot" in inspect.getsource(ConsumerCoordinator.need_rejoin)
