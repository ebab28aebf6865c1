"""Feeds write times in every way there is; each is read as meant, or not at all."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.times import Declared, parse_feed, parse_rfc822


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        # as RFC 822 has it
        ("Thu, 12 Mar 2026 07:40:00 GMT", "2026-03-12T07:40:00+00:00"),
        ("12 Mar 26 07:40 EST", "2026-03-12T07:40:00-05:00"),
        ("Thu, 12 Mar 2026 07:40:00 +0530", "2026-03-12T07:40:00+05:30"),
        # the day of the week is wrong, or in another language, as the month is
        ("Mon, 12 Mar 2026 07:40:00 GMT", "2026-03-12T07:40:00+00:00"),
        ("Do, 12 Mär 2026 07:40:00 +0100", "2026-03-12T07:40:00+01:00"),
        ("Seg, 14 Set 2026 07:40:00 -0300", "2026-09-14T07:40:00-03:00"),
        ("jeu., 13 août 2026 07:40:00 +0200", "2026-08-13T07:40:00+02:00"),
        ("Чт, 12 мар 2026 07:40:00 +0300", "2026-03-12T07:40:00+03:00"),
        # no seconds, half days, remarks, no space, no leading zeros
        ("Thu, 12 Mar 2026 7:40 PM PST", "2026-03-12T19:40:00-08:00"),
        ("March 12, 2026 7:40 am EDT", "2026-03-12T07:40:00-04:00"),
        ("Thu, 12 Mar 2026 07:40:00 +0000 (UTC)", "2026-03-12T07:40:00+00:00"),
        ("Thu,12-Mar-2026 07:40:00+1:00", "2026-03-12T07:40:00+01:00"),
        ("Thu Mar 12 07:40:00 UTC 2026", "2026-03-12T07:40:00+00:00"),
        ("Thu, 12 Mar 2026 24:00:00 GMT", "2026-03-13T00:00:00+00:00"),
        # ISO 8601, nearly
        ("2026-03-12 07:40:00 +0100", "2026-03-12T07:40:00+01:00"),
        ("2026/03/12 07:40 CET", "2026-03-12T07:40:00+01:00"),
        ("2026-03-12T07:40:00.123456789Z", "2026-03-12T07:40:00.123456+00:00"),
        ("  2026-03-12T07:40Z\n", "2026-03-12T07:40:00+00:00"),
    ],
)
def test_what_it_means(sent: str, meant: str) -> None:
    found = parse_feed(sent)
    assert found is not None
    assert found == Declared(dt.datetime.fromisoformat(meant))


@pytest.mark.parametrize(
    ("year", "meant"), [("26", 2026), ("02", 2002), ("49", 2049), ("50", 1950), ("99", 1999)]
)
def test_a_year_of_two_digits_is_of_this_century_up_to_49(year: str, meant: int) -> None:
    found = parse_rfc822(f"12 Mar {year} 07:40 GMT")
    assert found is not None
    assert found.instant.year == meant


def test_a_time_without_zone_is_in_the_one_that_is_given() -> None:
    sent = "Sun, 12 Jul 2026 07:40:00"
    assert parse_feed(sent) is None
    summer = parse_feed(sent, zone="Europe/Berlin")
    assert summer is not None
    assert summer.instant.isoformat() == "2026-07-12T07:40:00+02:00"


def test_a_zone_whose_name_is_several_is_known_only_of_who_lives_in_it() -> None:
    sent = "Thu, 12 Mar 2026 07:40:00 IST"
    assert parse_feed(sent) is None
    assert parse_feed(sent, zone="Etc/UTC") is None
    indian = parse_feed(sent, zone="Asia/Kolkata")
    assert indian is not None
    assert indian.instant.utcoffset() == dt.timedelta(hours=5, minutes=30)


def test_a_day_alone_is_shifted_by_no_zone() -> None:
    for sent in ("2026-03-12", "Thu, 12 Mar 2026", "12.03.2026"):
        found = parse_feed(sent, zone="Asia/Tokyo")
        assert found == Declared(dt.datetime(2026, 3, 12, tzinfo=dt.UTC), "day"), sent


@pytest.mark.parametrize(
    "sent",
    [
        "yesterday",
        "1773301200",
        "Thu, 31 Feb 2026 07:40:00 GMT",
        "Thu, 12 Foo 2026 07:40:00 GMT",
        "Thu, 12 Mar 2026 25:00:00 GMT",
        "Thu, 12 Mar 2026 07:40:00 +2500",
        "0000-00-00T00:00:00Z",
        # the first instant of a program's clock is how it writes that it has no date
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Thu, 01 Jan 1970 00:00:00 +0000",
        "Fri, 31 Dec 9999 23:59:59 -0500",
    ],
)
def test_what_is_no_time_is_absent(sent: str) -> None:
    assert parse_feed(sent, zone="Etc/UTC") is None


@given(st.text())
def test_no_words_break_it(words: str) -> None:
    found = parse_feed(words, zone="Europe/Berlin")
    assert found is None or found.instant.tzinfo is not None
