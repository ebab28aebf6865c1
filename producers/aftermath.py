"""After a kill: which entries that were under way arrived in Kafka all the same.

A producer that dies between sending and its note of the confirmation does not know. The topics do:
each record holds its feed and the hash of its document. Read is only what came since the poll that
was cut off.
"""

from __future__ import annotations

from dateline.connections import kafka_admin
from dateline.offsets import ends, since
from dateline.reading import read_topic
from dateline.settings import Settings
from dateline.topics import Topics
from producers import seen
from producers.positions import Positions

#: seconds by which clocks of several hosts, and a poll's whole seconds, may be apart
_SLACK = 300.0


def look_up(settings: Settings, topics: Topics, positions: Positions) -> None:
    """Let what arrived count as published, and the rest as never sent. Raises Unavailable."""
    open_ones = seen.left_under_way(positions)
    if not open_ones:
        return
    begun = min(one.poll for one in open_ones) - _SLACK
    wanted = {(one.feed, one.sha256) for one in open_ones}
    found: set[tuple[str, str]] = set()
    for topic in (topics.raw, topics.dead):
        with kafka_admin(settings) as admin:
            until, begin = ends(admin, topic), since(admin, topic, begun)
        for record in read_topic(settings, topic, until, begin):
            headers = {name: value for name, value in record.headers if value is not None}
            known = _text(headers.get("feed")), _text(headers.get("sha256"))
            if known in wanted:
                found.add(known)
    arrived = [one for one in open_ones if (one.feed, one.sha256) in found]
    lost = [one for one in open_ones if (one.feed, one.sha256) not in found]
    seen.settle(positions, arrived, lost)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")
