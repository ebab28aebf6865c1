"""A document read as a stage reads it, for whoever holds a format to its promises."""

from __future__ import annotations

import datetime as dt

from dateline import formats
from dateline.records import RawDocument, sha256


def raw(
    format_name: str,
    value: bytes,
    *,
    received: dt.datetime,
    location: str = "test",
    feed: str = "test",
) -> RawDocument:
    """A raw document of these bytes."""
    return RawDocument(
        value=value,
        feed=feed,
        format=format_name,
        location=location,
        received=received,
        sha256=sha256(value),
    )


def read_as(
    format_name: str, value: str | bytes, *, received: dt.datetime, location: str = "test"
) -> list[formats.Item]:
    """The items of a document, which is of that format."""
    data = value.encode() if isinstance(value, str) else value
    return formats.read(raw(format_name, data, received=received, location=location))
