"""Times are read as instants or refused, never guessed and never shifted."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline import times
from dateline.errors import InputError


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2025-04-28T07:15:00+02:00", "2025-04-28T07:15:00+02:00"),
        ("2017-08-24T01:58:40+0000", "2017-08-24T01:58:40+00:00"),
        ("20170824T015840Z", "2017-08-24T01:58:40+00:00"),
        ("2025-04-28t07:15:00.123456789z", "2025-04-28T07:15:00.123456+00:00"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00+00:00"),
    ],
)
def test_instants(sent: str, expected: str) -> None:
    assert times.parse(sent, field="f") == times.Declared(dt.datetime.fromisoformat(expected))


def test_a_month_or_a_day_is_not_shifted_by_a_zone() -> None:
    month = times.parse("2025-04", field="f", zone="Europe/Berlin")
    day = times.parse("2025-04-28", field="f", zone="Asia/Tokyo")
    assert month == times.Declared(dt.datetime(2025, 4, 1, tzinfo=dt.UTC), "month")
    assert day == times.Declared(dt.datetime(2025, 4, 28, tzinfo=dt.UTC), "day")


def test_a_time_without_zone_needs_the_providers() -> None:
    with pytest.raises(InputError, match="without a zone"):
        times.parse("2025-07-01T12:00:00", field="versioncreated")
    summer = times.parse("2025-07-01T12:00:00", field="f", zone="Europe/Berlin").instant
    winter = times.parse("2025-01-01T12:00:00", field="f", zone="Europe/Berlin").instant
    assert summer.utcoffset() == dt.timedelta(hours=2)
    assert winter.utcoffset() == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    "sent",
    [
        "Last Tuesday",
        "2025-13-01",
        "2025-02-30T00:00:00Z",
        "9999-12-31T23:59:59-05:00",
        "1745824500",
    ],
)
def test_what_is_no_time_is_refused_by_its_field(sent: str) -> None:
    with pytest.raises(InputError) as caught:
        times.parse(sent, field="expires")
    assert caught.value.where.field == "expires"
    assert sent in (caught.value.found or "")


@given(st.text(max_size=40))
def test_any_string_is_read_or_refused(anything: str) -> None:
    try:
        assert times.parse(anything, field="f").instant.tzinfo is not None
    except InputError:
        pass
    times.find_instant(anything, zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Sperrfrist: 12. Mai 2025, 18.00 Uhr", "2025-05-12T18:00:00+02:00"),
        ("Sperrfrist 24.12.2025 10:00", "2025-12-24T10:00:00+01:00"),
        ("Sperrfrist: Montag, 5. Mai 2025, 18 Uhr MESZ", "2025-05-05T18:00:00+02:00"),
        ("HOLD FOR RELEASE until 12:01 a.m. EDT, May 5, 2025", "2025-05-05T00:01:00-04:00"),
        ("EMBARGOED UNTIL 0001 GMT 5 May 2025", "2025-05-05T00:01:00+00:00"),
        ("sous embargo jusqu'au 5 mai 2025 à 18h00", "2025-05-05T18:00:00+02:00"),
        ("Embargo until 2025-05-05T18:00+02:00", "2025-05-05T18:00:00+02:00"),
        ("Embargoed until 6 p.m. ET, May 12, 2035", "2035-05-12T18:00:00-04:00"),
        ("Embargoed until 6 p.m. PT, Jan 12, 2035", "2035-01-12T18:00:00-08:00"),
        ("6 p.m. Eastern Time, May 12, 2035", "2035-05-12T18:00:00-04:00"),
        ("6 p.m. Eastern, May 12, 2035", "2035-05-12T18:00:00-04:00"),
        ("12 May 2035 18:00 UTC-5", "2035-05-12T18:00:00-05:00"),
        ("12 May 2035 18:00 GMT+5:30", "2035-05-12T18:00:00+05:30"),
        ("12 mai 2035 à 18h00, heure de Paris", "2035-05-12T18:00:00+02:00"),
        ("18:00 on 12 May 2035 GMT", "2035-05-12T18:00:00+00:00"),
        ("2035-05-12T18:00:00.000Z", "2035-05-12T18:00:00+00:00"),
        # The zone of another clock is not this one's.
        ("12. Mai 2035, 18.00 Uhr (16.00 GMT)", "2035-05-12T18:00:00+02:00"),
        ("12. Mai 2035, 18 Uhr, Rede um 10.00 Uhr", "2035-05-12T18:00:00+02:00"),
        # A zone that is not known is no reason to take another.
        ("12 May 2035 18:00 IST", None),
        ("12 May 2035, 6 p.m. local time", None),
        ("12 May 2035, 6 p.m. Central European Time", None),
        ("12. Mai 2035, 18.00 Uhr Ortszeit", None),
        ("12. Mai 2035, 18.00 Uhr in Tokio", None),
        ("12 mai 2035 à 18 heures (heure locale)", None),
        ("12 mai 2035 à 18h00, heure de Tokyo", None),
        ("12 de mayo de 2035, 18.00 horas", "2035-05-12T18:00:00+02:00"),
        ("12 de mayo de 2035 a las 18:00 (hora de Madrid)", "2035-05-12T18:00:00+02:00"),
        ("12 de mayo de 2035 a las 18:00 en Lima", None),
        ("12 maggio 2035, ore 18.30", "2035-05-12T18:30:00+02:00"),
        ("12 de maio de 2035, 19h, hora do Leste", None),
        ("12 mei 2035 18 uur", "2035-05-12T18:00:00+02:00"),
        ("12 mei 2035 18.00 uur Nederlandse tijd", "2035-05-12T18:00:00+02:00"),
        ("den 12 maj 2035 kl 0600", "2035-05-12T06:00:00+02:00"),
        ("12. maj 2035 kl. 18.30 i Nuuk", None),
        ("12. toukokuuta 2035 klo 18.00 Suomen aikaa", "2035-05-12T18:00:00+03:00"),
        ("12 maja 2035, godz. 18.00 GMT", "2035-05-12T18:00:00+00:00"),
        ("Sperrfrist (GMT): 12. Mai 2035, 18.00 Uhr", None),
        ("12 May 2035 10:00-12:00 Uhr", None),
        ("from 10 May 2035 until 12 May 2035, 18:00 GMT", None),
        ("9999-12-31 23:00 UTC-5", None),
        ("Sperrfrist: 12.5. 18.00 Uhr", None),
        ("Sperrfrist bis Montag", None),
        ("Sperrfrist: 12. Mai 2025", None),
        ("Sperrfrist: 31. Februar 2025, 18 Uhr", None),
    ],
)
def test_times_in_words(words: str, expected: str | None) -> None:
    found = times.find_instant(words, zone="Europe/Berlin")
    assert (found.isoformat() if found else None) == expected


def test_words_without_a_zone_need_the_providers() -> None:
    assert times.find_instant("12. Mai 2025, 18.00 Uhr", zone=None) is None
    assert times.find_instant("12. Mai 2025, 18.00 Uhr GMT", zone=None) is not None
    assert times.find_instant("12. Mai 2025, 18.00 Uhr (16.00 GMT)", zone=None) is None
