"""Kafka away: the processor looks for it with pauses, not with a whole core."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiokafka.client import AIOKafkaClient

from processors import app


def test_a_look_for_brokers_in_vain_is_followed_by_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(AIOKafkaClient, "_metadata_update", AIOKafkaClient._metadata_update)
    app._look_for_brokers_with_patience()
    app._look_for_brokers_with_patience()  # each app asks for it; one pause is enough
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async def look() -> Any:
        client = AIOKafkaClient(bootstrap_servers="127.0.0.1:9")  # never connected: no brokers
        monkeypatch.setattr(asyncio, "sleep", pause)
        return await client._metadata_update(client.cluster, [])

    assert asyncio.run(look()) is False
    assert pauses == [app.BROKERS_AWAY]
