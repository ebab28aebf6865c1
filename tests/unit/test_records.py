"""What others' programs write into our topics: read where it can be, else named; never a crash."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest

from dateline import article
from dateline.errors import InputError, NewerSchema
from dateline.ledger import of_dead, of_skipped
from dateline.records import (
    DeadLetter,
    EnrichedHeaders,
    Headers,
    Position,
    RawDocument,
    SkippedNotice,
    schema_headers,
)

HERE = Position("articles.dead", 0, 7)
NOW = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FAR = str(2**63)


def dead(**changed: str) -> Headers:
    """Headers of a dead letter."""
    known = {
        "schema": "1",
        "stage": "process",
        "kind": "InputError",
        "error": "no text",
        "died": "2026-03-01T11:00:00+00:00",
        "received": "2026-03-01T10:00:00+00:00",
        "sha256": "0" * 64,
        "size": "3",
        "raw": "articles.raw|0|5",
        "item": "0/1",
    } | changed
    return [(name, value.encode()) for name, value in known.items()]


def test_times_without_a_zone_are_utc() -> None:
    naive = dead(died="2026-03-01T11:00:00", received="2026-03-01T10:00:00")
    letter = DeadLetter.read(b"abc", naive, HERE)
    assert letter == DeadLetter.read(b"abc", dead(), HERE)
    assert of_dead(letter, written=NOW).id == of_dead(letter, written=NOW).id
    notice = SkippedNotice.decode(
        b'{"reason":"a picture","raw":{"topic":"articles.raw","partition":0,"offset":5},'
        b'"item":0,"items":1,"received":"2026-03-01T10:00:00"}'
    )
    assert notice.received == dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
    assert of_skipped(notice, otherwise=NOW, written=NOW).received == notice.received


@pytest.mark.parametrize(
    "changed",
    [
        {"raw": f"articles.raw|0|{FAR}"},
        {"raw": f"articles.raw|{2**31}|5"},
        {"raw": "articles.raw|-1|5"},
        {"item": f"{FAR}/1"},
        {"item": f"0/{2**31}"},
    ],
)
def test_numbers_that_nothing_can_hold_are_refused(changed: dict[str, str]) -> None:
    with pytest.raises(InputError):
        DeadLetter.read(b"abc", dead(**changed), HERE)
    with pytest.raises(InputError):
        EnrichedHeaders.read(dead(enriched="1", **changed), HERE)


def test_an_enrichment_time_that_nothing_can_hold_is_refused() -> None:
    with pytest.raises(InputError):
        EnrichedHeaders.read(dead(enriched=FAR), HERE)


def test_articles_have_a_number_of_their_own_and_older_ones_are_read() -> None:
    headers = EnrichedHeaders(enriched=1, raw=HERE, item=0, items=1)
    told = dict(headers.headers())
    assert told["schema"] == str(article.SCHEMA).encode() == b"2"
    assert EnrichedHeaders.read(headers.headers(), HERE) == headers
    older = [*headers.headers(), ("schema", b"1")]
    assert EnrichedHeaders.read(older, HERE) == headers
    name = b'{"name":"Putin","creator":"dateline","count":2}'
    first = b'{"uri":"u","title":"t","pubstatus":"usable","person":[' + name + b"]}"
    (person,) = article.decode(first).person
    assert (person.canonical, person.aliases, person.role) == (None, [], None)
    with pytest.raises(NewerSchema):
        EnrichedHeaders.read([*headers.headers(), ("schema", b"3")], HERE)


def test_other_records_are_as_they_were() -> None:
    assert dict(schema_headers())["schema"] == b"1"
    with pytest.raises(NewerSchema):
        DeadLetter.read(b"abc", dead(schema="2"), HERE)


@pytest.mark.parametrize("item", [-1, 2**31, 2**70])
def test_a_notice_of_such_numbers_is_refused(item: int) -> None:
    value = msgspec.json.encode(
        {
            "reason": "a picture",
            "raw": {"topic": "articles.raw", "partition": 0, "offset": 5},
            "item": 0,
            "items": 1,
        }
    ).replace(b'"item":0', b'"item":%d' % item)
    with pytest.raises(msgspec.DecodeError):
        SkippedNotice.decode(value)


def raw_document(**said: str) -> RawDocument:
    return RawDocument(
        value=b"{}",
        feed="wire",
        format="ninjs",
        location="https://wire.example/",
        received=dt.datetime(2025, 6, 15, tzinfo=dt.UTC),
        sha256="0" * 64,
        position=Position("raw", 0, 0),
        **said,
    )


def test_what_is_said_of_a_feed_goes_with_its_documents_and_need_not_be_there() -> None:
    for said in ({}, {"language": "de", "zone": "Europe/Berlin", "provider": "dpa"}):
        document = raw_document(**said)
        headers = document.headers()
        assert {name for name, _ in headers} >= set(said)
        assert len(headers) == 6 + len(said)
        assert RawDocument.read(b"{}", headers, Position("raw", 0, 0)) == document
        letter = DeadLetter.of(
            InputError("bad"), b"{}", stage="produce", died=document.received, document=document
        )
        again = DeadLetter.read(b"{}", letter.headers(), Position("dead", 0, 0))
        for name in ("language", "zone", "provider"):
            assert getattr(again, name) == said.get(name)


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "", "Europe"])
def test_a_zone_that_nobody_knows_is_refused(zone: str) -> None:
    headers = raw_document(zone=zone).headers()
    with pytest.raises(InputError, match="headers"):
        RawDocument.read(b"{}", headers, Position("raw", 0, 0))
