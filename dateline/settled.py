"""What people did with the dead letters: the marks in ``articles.settled``.

A dead letter itself never changes and is never deleted. Whoever retries it or drops it writes a
mark beside it; a letter without one is open.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Literal

import msgspec

from dateline.connections import kafka_admin
from dateline.errors import InputError
from dateline.offsets import ends, existing
from dateline.reading import read_topic
from dateline.records import Position, decode_headers, where_of
from dateline.settings import Settings
from dateline.topics import Topics

How = Literal["retried", "dropped"]


class Settled(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """One mark, the value (JSON) of its record.

    dead: the letter's position. how: ``retried``, the original was published again (``raw`` is
    where), or ``dropped``, it no longer counts as open. note: why, if somebody said so.
    """

    dead: Position
    how: How
    when: dt.datetime
    note: str | None = None
    raw: Position | None = None

    def key(self) -> bytes:
        """Of its record: the dead letter's position."""
        return self.dead.coded.encode()

    def encode(self) -> bytes:
        """As JSON."""
        return msgspec.json.encode(self)

    @classmethod
    def read(
        cls, value: bytes, headers: Iterable[tuple[str, bytes | None]], position: Position
    ) -> Settled:
        """From a record. Raises NewerSchema, or InputError."""
        decode_headers(headers, position)
        try:
            return msgspec.json.decode(value, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InputError(
                "a mark on a dead letter that cannot be read",
                where=where_of(position),
                found=str(error),
                expected="JSON with dead, how, when",
            ) from error


def read_settled(settings: Settings) -> dict[tuple[int, int], Settled]:
    """The last mark of each settled letter, by (partition, offset) in ``articles.dead``.

    Held in memory whole, a few hundred bytes each. A mark that nobody can read settles nothing.
    Raises Unavailable, NewerSchema.
    """
    topics = Topics.of(settings)
    with kafka_admin(settings) as admin:
        if topics.settled not in existing(admin):
            return {}
        until = ends(admin, topics.settled)
    found: dict[tuple[int, int], Settled] = {}
    for record in read_topic(settings, topics.settled, until):
        try:
            mark = Settled.read(record.value, record.headers, record.position)
        except InputError:
            continue
        if mark.dead.topic == topics.dead:
            found[mark.dead.partition, mark.dead.offset] = mark
    return found
