"""Which dead letters a person means, how they are shown, and the marks of those dealt with."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click
import msgspec
import pytest
from rich.console import Console

from dateline.cli import dead, run_command
from dateline.cli.dead import for_terminal
from dateline.cli.letters import Filter, Letter, as_line, facts_of, place_of
from dateline.cli.options import Instant
from dateline.errors import InputError, NewerSchema
from dateline.records import DeadLetter, Position, SkippedNotice, schema_headers
from dateline.settled import Settled

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def letter(**given: Any) -> DeadLetter:
    known: dict[str, Any] = {
        "value": b"{",
        "stage": "process",
        "kind": "InputError",
        "error": "inbox/a.json: not JSON; found Straße",
        "died": NOON,
        "sha256": "0" * 64,
        "size": 1,
        "feed": "inbox",
        "format": "ninjs",
        "location": "inbox/a.json",
        "item": 1,
        "items": 2,
        "raw": Position("articles.raw", 2, 7),
        "position": Position("articles.dead", 0, 12),
    }
    return DeadLetter(**(known | given))


@pytest.mark.parametrize(
    ("wanted", "takes"),
    [
        ({}, True),
        ({"stage": "process"}, True),
        ({"stage": "sink"}, False),
        ({"feed": "inbox"}, True),
        ({"feed": "other"}, False),
        ({"format": "ninjs"}, True),
        ({"format": "plaintext"}, False),
        ({"kind": "inputerror"}, True),
        ({"kind": "Input"}, False),
        ({"since": NOON}, True),
        ({"since": NOON + HOUR}, False),
        ({"until": NOON + HOUR}, True),
        ({"until": NOON}, False),
        ({"match": "not json"}, True),
        ({"match": "STRASSE"}, True),
        ({"match": "A.json"}, True),
        ({"match": "b.json"}, False),
        ({"generation": 0}, False),
        ({"stage": "process", "match": "b.json"}, False),
        ({"stage": "process", "feed": "inbox", "since": NOON - HOUR, "until": NOON + HOUR}, True),
    ],
)
def test_a_filter_takes_what_matches_in_everything_that_is_given(
    wanted: dict[str, Any], takes: bool
) -> None:
    assert Filter(**wanted).takes(letter()) is takes


def test_a_filter_for_a_replay_takes_its_letters_alone() -> None:
    assert Filter(generation=3).takes(letter(generation=3))
    assert not Filter(generation=3).takes(letter(generation=4))
    assert not Filter(format="ninjs", feed="inbox").takes(letter(format=None, feed=None))
    assert not Filter(match="a.json").takes(letter(error="", location=None))


def test_a_letter_that_knows_no_zone_breaks_no_filter() -> None:
    assert Filter(since=NOON, until=NOON + HOUR).takes(letter(died=NOON.replace(tzinfo=None)))


def test_an_instant_is_a_day_a_time_or_so_long_ago() -> None:
    def read(text: str) -> dt.datetime:
        found: dt.datetime = Instant().convert(text, None, None)
        assert found.tzinfo is not None
        return found

    assert read("2026-03-01T12:00:00Z") == NOON
    assert read("2026-03-01").date() == dt.date(2026, 3, 1)
    before = dt.datetime.now(dt.UTC)
    assert before - 2 * HOUR <= read("2h") <= dt.datetime.now(dt.UTC) - 2 * HOUR
    for bad in ("yesterday", "2h3", "99999999999d", "", "-1d"):
        with pytest.raises(click.BadParameter):
            read(bad)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["retry"], "no dead letter is named"),
        (["drop"], "no dead letter is named"),
        (["drop", "0-1", "--stage", "sink"], "ids and filters at once"),
        (["retry", "0-1", "--every"], "ids and filters at once"),
        (["list", "--since", "soon"], "none of 2026-03-01"),
        (["list", "--stage", "kitchen"], "kitchen"),
        (["show", "--kafka", "127.0.0.1:9", "--elasticsearch", "http://h:9", "7\x1b"], r"7\x1b"),
    ],
)
def test_what_nobody_can_mean_is_wrong_usage(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["dead", *arguments]) == 2
    ended = capsys.readouterr()
    assert told in ended.err
    assert "\x1b" not in ended.err


def test_where_says_feed_and_location_or_the_exact_position() -> None:
    assert place_of(letter()) == "inbox/a.json, item 1"
    assert place_of(letter(feed="api", item=0, items=1)) == "api: inbox/a.json"
    assert place_of(letter(location=None)) == "articles.raw[2]@7"
    origin = Position("articles.enriched", 0, 1)
    assert place_of(letter(location=None, raw=None, origin=origin)) == "articles.enriched[0]@1"


def test_a_terminal_obeys_nothing_that_stands_in_a_letter() -> None:
    evil = "\x1b]0;gone\x07 [bold]x[/nope] \x9b31m \u202e"
    shown = letter(error=evil, location=evil, feed=evil)
    out = Console(width=200, force_terminal=True, color_system="truecolor", record=True)
    mark = Settled(dead=Position("d", 0, 1), how="dropped", when=NOON, note=evil)
    with out.capture() as captured:
        out.print(dead._table([Letter("0-12", shown, mark)], with_settled=True))
    # what is left without the header's style
    text = captured.get().replace("\x1b[2m", "").replace("\x1b[0m", "")
    assert not set("\x1b\x07\x9b\u202e") & set(text)
    assert "[bold]x[/nope]" in text
    line = as_line(facts_of(Letter("0-12", shown, mark)))
    assert not set("\x1b\x07\x9b\u202e") & set(line)
    facts = msgspec.json.decode(line)
    assert (facts["error"], facts["location"], facts["settled"]["note"]) == (evil, evil, evil)
    assert for_terminal(b"a\tb\n\x1b[2J\xff\xc3\xa4\r\n") == "a\tb\n\\x1b[2J\\xff\u00e4\\r\n"


def test_the_facts_name_every_position_and_keep_their_keys() -> None:
    raw = Position("articles.raw", 2, 9)
    mark = Settled(dead=Position("articles.dead", 0, 12), how="retried", when=NOON, raw=raw)
    facts = facts_of(Letter("0-12", letter(origin=Position("articles.enriched", 1, 3)), mark))
    assert next(iter(facts)) == "id"
    assert facts["id"] == "0-12"
    assert facts["position"] == "articles.dead[0]@12"
    assert facts["raw"] == "articles.raw[2]@7"
    assert facts["origin"] == "articles.enriched[1]@3"
    assert facts["died"] == "2026-03-01T12:00:00Z"
    assert facts["settled"] == {
        "how": "retried",
        "when": "2026-03-01T12:00:00Z",
        "note": None,
        "raw": "articles.raw[2]@9",
    }
    assert "value" not in facts and "settled" not in facts_of(Letter("0-12", letter(), None))


def test_a_mark_is_read_as_it_was_written_and_keyed_by_its_letter() -> None:
    place = Position("articles.settled", 0, 0)
    for mark in (
        Settled(dead=Position("a.dead", 0, 12), how="dropped", when=NOON, note="a test of ours"),
        Settled(dead=Position("a.dead", 0, 13), how="retried", when=NOON, raw=place),
    ):
        assert Settled.read(mark.encode(), schema_headers(), place) == mark
    assert mark.key() == b"a.dead|0|13"


def test_a_mark_that_cannot_be_read_is_refused_and_a_newer_one_stops() -> None:
    place = Position("articles.settled", 0, 5)
    for value in (b"", b"\xff", b"{}", b'{"dead": 1}', b'{"how": "eaten"}'):
        with pytest.raises(InputError):
            Settled.read(value, schema_headers(), place)
    with pytest.raises(NewerSchema):
        Settled.read(b"{}", [("schema", b"99")], place)


def test_a_notice_of_an_older_dateline_is_still_read() -> None:
    old = b'{"reason":"a picture","raw":{"topic":"r","partition":0,"offset":1},"item":0,"items":1}'
    notice = SkippedNotice.decode(old)
    assert (notice.reason, notice.feed, notice.received) == ("a picture", None, None)
    told = msgspec.structs.replace(notice, feed="f", format="ninjs", location="l", received=NOON)
    assert SkippedNotice.decode(told.encode()) == told
