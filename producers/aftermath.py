"""After a kill: which entries that were under way arrived in Kafka all the same.

A producer that dies between sending and its note of the confirmation does not know. The topics do:
each record holds its feed, the hash of its document, and when that came. Only what came since the
poll that was cut off tells something: a story that is changed back had the same document before.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Container

from dateline.connections import kafka_admin
from dateline.offsets import ends, since
from dateline.reading import read_topic
from dateline.settings import Settings
from dateline.topics import Topics
from producers import seen
from producers.positions import Positions

#: seconds by which the clocks of producer and broker may be apart
_SLACK = 300.0


def look_up(
    settings: Settings, topics: Topics, positions: Positions, polled: Container[int]
) -> None:
    """Let what arrived count as published, and the rest as never sent. polled: numbers of the feeds
    that this run has for itself. Raises Unavailable."""
    open_ones = seen.left_under_way(positions, polled)
    if not open_ones:
        return
    begun = min(one.began for one in open_ones) - _SLACK
    wanted = {(one.feed, one.sha256) for one in open_ones}
    came: dict[tuple[str, str], float] = {}
    for topic in (topics.raw, topics.dead):
        with kafka_admin(settings) as admin:
            until, begin = ends(admin, topic), since(admin, topic, begun)
        for record in read_topic(settings, topic, until, begin):
            headers = {name: value for name, value in record.headers if value is not None}
            known = _text(headers.get("feed")), _text(headers.get("sha256"))
            if known in wanted:
                came[known] = max(came.get(known, -math.inf), _instant(headers.get("received")))
    arrived: list[seen.UnderWay] = []
    lost: list[seen.UnderWay] = []
    for one in open_ones:
        last = came.get((one.feed, one.sha256), -math.inf)
        (arrived if last >= one.began else lost).append(one)
    seen.settle(positions, arrived, lost)


def _instant(value: bytes | None) -> float:
    try:
        return dt.datetime.fromisoformat(_text(value)).timestamp()
    except (ValueError, OverflowError):
        return -math.inf


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
