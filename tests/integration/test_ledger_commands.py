"""`history`, `stats` and `gaps` tell what came, on the real servers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.article import Article, Provenance, Transmission
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.ledger import Entry, of_article
from dateline.settings import Settings
from sinks import ledger, ledger_search
from tests.integration.whole import dateline, ninjs, write

pytestmark = pytest.mark.servers

T0 = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
URI = "urn:example:deich"


def lines(settings: Settings, *arguments: str, status: int = 0) -> list[dict[str, Any]]:
    """What a command prints with ``--json``."""
    ended = dateline(settings, *arguments, "--json")
    assert ended.returncode == status, ended.stderr.decode()
    return [msgspec.json.decode(line) for line in ended.stdout.splitlines()]


def entry(minute: float, outcome: str = "indexed", **more: Any) -> Entry:
    """One that came so many minutes after T0."""
    received = T0 + dt.timedelta(minutes=minute)
    offset = more.pop("offset", int(minute * 60))
    number, sent_by = more.pop("number", None), more.pop("sent_by", None)
    article = Article(
        uri=more.pop("uri", f"urn:example:{minute}"),
        title="T",
        transmission=Transmission(service=sent_by, number=number) if number else None,
        provenance=Provenance(
            received=received,
            content=more.pop("content", f"c{minute}"),
            feed=more.pop("feed", "inbox"),
            format="ninjs",
            topic="articles.raw",
            partition=0,
            offset=offset,
        ),
        **more,
    )
    return of_article(article, outcome, items=1, written=T0)


def put(settings: Settings, *entries: Entry) -> None:
    with elasticsearch_client(settings) as client:
        into = ledger.ensure(client, settings)
        ledger.record(client, into.index, entries, tries=3)
        client.indices.refresh(index=into.index)


def refresh(settings: Settings) -> None:
    with elasticsearch_client(settings) as client:
        client.indices.refresh(index=ledger.alias(settings))


@pytest.mark.parametrize("command", [["history"], ["history", URI], ["stats"], ["gaps"]])
def test_without_a_ledger_each_says_so(command: list[str], settings: Settings) -> None:
    for more in ([], ["--json"]):
        ended = dateline(settings, *command, *more)
        assert (ended.returncode, ended.stdout) == (3, b"")
        told = ended.stderr.decode()
        assert "there is no ledger yet" in told and "dateline sink" in told
        assert "Traceback" not in told


# --- history, through the whole pipeline ---------------------------------------------------------


@pytest.fixture
def story(settings: Settings, tmp_path: Path) -> tuple[Settings, Path]:
    """A report, a late older version, the report again, a correction, its kill; and others."""
    inbox = tmp_path / "inbox"

    def send(name: str, text: str, version: int, hour: int, **more: Any) -> None:
        created = f"2026-05-01T{hour:02}:00:00Z"
        write(inbox, name, ninjs(URI, text, version=str(version), versioncreated=created, **more))

    # Received in this order; the outcomes depend on the order in which they are enriched.
    first = "Der Deich hält. So sagt es das Amt.\n\nDer Pegel sinkt."
    write(inbox, "0.json", ninjs("urn:example:wetter", "Es regnet. Und es bleibt so."))
    (inbox / "1.json").write_bytes(b'{"uri": "urn:example:kaputt", ')
    send("2.json", first, 2, 12)
    send("3.json", "Der Deich wird beobachtet. Noch.", 1, 11)
    send("4.json", first, 2, 12)
    send("5.json", first.replace("sinkt", "steigt"), 3, 13, urgency=3)
    send("6.json", "Zurückgezogen.", 4, 14, pubstatus="canceled")
    ended = dateline(settings, "run", inbox, "--once")
    assert ended.returncode == 1, ended.stderr.decode()
    refresh(settings)
    return settings, inbox


def test_the_history_of_a_story(story: tuple[Settings, Path]) -> None:
    settings, inbox = story
    came = lines(settings, "history", URI)
    assert [one["version"] for one in came] == [2, 1, 2, 3, 4]
    assert [one["now"] for one in came] == [*["superseded"] * 4, "withdrawn"]
    assert came[4]["outcome"] == "withdrawn"
    assert all(one["uri"] == URI for one in came)

    ended = dateline(settings, "history", URI)
    shown = ended.stdout.decode()
    assert shown.count("version ") == 5 and "created 2026-05-01 13:00:00" in shown
    assert "came withdrawn" in shown and "now withdrawn" in shown
    assert "\x1b" not in shown
    assert f"{settings.topic_prefix}articles.raw[" in shown
    assert "urn:example:wetter" not in shown

    # What was shown, by what had been received.
    second = came[1]["received"]
    (held,) = lines(settings, "history", URI, "--at", second)
    assert (held["version"], held["held"]) == (2, "shown")
    assert held["id"] == came[0]["id"]
    (held,) = lines(settings, "history", URI, "--at", came[4]["received"])
    assert (held["version"], held["held"]) == (4, "withdrawn")
    ended = dateline(settings, "history", URI, "--at", "2020-01-01")
    assert ended.returncode == 1 and "nothing of it had come by 2020" in ended.stderr.decode()

    # A window and a version choose.
    since = dt.datetime.fromisoformat(came[3]["received"])
    late = lines(settings, "history", URI, "--since", since.isoformat())
    # To the millisecond, so one that came in the same may be among them.
    assert [one["version"] for one in late][-2:] == [3, 4]
    early = lines(settings, "history", URI, "--until", since.isoformat())
    assert [one["id"] for one in [*early, *late]] == [one["id"] for one in came]
    assert [one["version"] for one in lines(settings, "history", URI, "--limit", "2")] == [3, 4]
    assert len(lines(settings, "history", URI, "--version", "2")) == 2
    ended = dateline(settings, "history", URI, "--version", "9")
    assert ended.returncode == 1 and "no version" in ended.stderr.decode()

    # The original bytes.
    for options, file in (([], "6"), (["--version", "2"], "4"), (["--at", second], "2")):
        ended = dateline(settings, "history", URI, "--raw", *options)
        assert ended.returncode == 0, ended.stderr.decode()
        assert ended.stdout == (inbox / f"{file}.json").read_bytes()

    # What changed: the same text again is no step.
    steps = lines(settings, "history", URI, "--diff")
    versions = [(step["from"]["version"], step["to"]["version"]) for step in steps]
    assert versions == [(2, 1), (1, 2), (2, 3), (3, 4)]
    assert {"field": "urgency", "old": None, "new": 3} in steps[2]["changes"]
    assert "-Der Pegel sinkt." in steps[2]["body"] and "+Der Pegel steigt." in steps[2]["body"]
    assert {"field": "pubstatus", "old": "usable", "new": "canceled"} in steps[3]["changes"]
    ended = dateline(settings, "history", URI, "--diff", "--version", "3")
    assert ended.returncode == 0
    assert "version 2 received" in ended.stdout.decode().splitlines()[0]
    assert "  +Der Pegel steigt." in ended.stdout.decode().splitlines()

    # Without a URI: what came, the newest first; the unreadable one too.
    everything = lines(settings, "history")
    assert [one["outcome"] for one in everything].count("dead") == 1
    times = [one["received"] for one in everything]
    assert times == sorted(times, reverse=True) and len(everything) == 7
    assert [one["version"] for one in lines(settings, "history", "--limit", "1")] == [4]
    minute = dt.datetime.fromisoformat(times[0]).replace(second=0, microsecond=0)
    then = lines(settings, "history", "--at", minute.isoformat())
    assert then and all(one["received"] >= minute.isoformat()[:16] for one in then)
    dead = dateline(settings, "history", "--since", "7d").stdout.decode()
    assert "dateline dead show 0-0" in dead

    # A version of which the ledger says more than the topic has: it was made anew, or is gone.
    last = msgspec.convert({k: v for k, v in came[4].items() if k not in ("id", "now")}, Entry)
    soon = last.received + dt.timedelta(minutes=1)
    put(settings, msgspec.structs.replace(last, offset=10**6, received=soon, content="x"))
    for option in ("--raw", "--diff"):
        ended = dateline(settings, "history", URI, option)
        assert ended.returncode == 1, ended.stderr.decode()
        assert "is gone" in ended.stderr.decode() and "Traceback" not in ended.stderr.decode()
    assert ended.stdout.decode().count(" -> ") == 4  # what can be compared is
    soon += dt.timedelta(minutes=1)
    put(settings, msgspec.structs.replace(last, sha256="0" * 64, received=soon, content="y"))
    ended = dateline(settings, "history", URI, "--raw")
    assert ended.returncode == 1
    assert "not the bytes that were received" in ended.stderr.decode()

    # A refused document names no story; its bytes are among the dead letters.
    unread = dateline(settings, "history", "urn:example:kaputt")
    assert unread.returncode == 1
    assert "ear it: urn:example:deich, urn:example:wetter" in unread.stderr.decode()
    (refused,) = (one for one in everything if one["outcome"] == "dead")
    known = msgspec.convert({k: v for k, v in refused.items() if k not in ("id", "now")}, Entry)
    put(settings, msgspec.structs.replace(known, received=T0))
    moment = ("--since", T0.isoformat(), "--until", (T0 + dt.timedelta(minutes=1)).isoformat())
    ended = dateline(settings, "history", "--raw", *moment)
    assert ended.returncode == 0, ended.stderr.decode()
    assert ended.stdout == (inbox / "1.json").read_bytes()


def test_what_is_shown_is_the_first_sending_of_the_text_that_wins(
    settings: Settings, tmp_path: Path
) -> None:
    inbox = tmp_path / "inbox"
    item = ninjs(URI, "Der Deich hält. So das Amt.", versioncreated="2026-05-01T10:00:00Z")
    write(inbox, "a.json", item)
    assert dateline(settings, "run", inbox, "--once").returncode == 0
    write(inbox, "b.json", item)
    write(inbox, "c.json", {**item, "uri": "urn:example:held", "pubstatus": "withheld"})
    write(inbox, "d.json", {**item, "uri": "urn:example:soon", "embargoed": "2199-01-01T00:00:00Z"})
    (inbox / "e.json").write_bytes(b'{"uri": "urn:example:deich", ')
    write(inbox, "f.json", item)
    assert dateline(settings, "run", inbox, "--once").returncode == 1
    refresh(settings)
    assert [one["now"] for one in lines(settings, "history", URI)] == ["shown", "same", "same"]
    assert [one["now"] for one in lines(settings, "history", "urn:example:held")] == ["withheld"]
    assert [one["now"] for one in lines(settings, "history", "urn:example:soon")] == ["embargoed"]
    told = dateline(settings, "history", URI).stderr.decode()
    assert "1 unreadable document came with the same feeds meanwhile" in told


def test_wrong_usage(settings: Settings) -> None:
    for arguments in (["--diff"], ["--version", "1"], [URI, "--raw", "--json"],
                      [URI, "--diff", "--at", "14:05"], ["--since", "yesterday"]):  # fmt: skip
        ended = dateline(settings, "history", *arguments)
        assert (ended.returncode, ended.stdout) == (2, b""), arguments
    for arguments in (["--by", "weekday"], ["--time-zone", "Europe/Nowhere"]):
        assert dateline(settings, "stats", *arguments).returncode == 2


def test_control_characters_of_others_reach_no_terminal(settings: Settings) -> None:
    bad = "urn:example:\x1b[31mrot"
    put(settings, entry(1, uri=bad, provider="np\x1b[2J", feed="[bold]x" + "y" * 500))
    for command in (["history"], ["history", bad], ["stats"], ["stats", "--by", "feed"]):
        ended = dateline(settings, *command)
        assert ended.returncode == 0, ended.stderr.decode()
        assert b"\x1b" not in ended.stdout + ended.stderr
    shown = dateline(settings, "history").stdout.decode()
    assert "[bold]x" in shown and "y…" in shown and "y" * 100 not in shown


# --- stats ---------------------------------------------------------------------------------------


def test_counts_by_provider_service_and_day(settings: Settings) -> None:
    put(
        settings,
        entry(0, provider="np", service="bdt"),
        entry(1, "superseded", provider="np", service="bdt", update_kind=["correction", "lead"]),
        entry(2, "withdrawn", provider="np", service="bdt", update_kind=["kill"]),
        entry(3, provider="np", service="wir"),
        entry(13 * 60, provider="np", service="bdt"),  # 23:00 UTC
        entry(5, "dead"),
    )
    assert lines(settings, "stats") == [
        {
            "provider": "np",
            "service": "bdt",
            "day": "2026-05-01",
            "total": 4,
            "outcomes": {"indexed": 2, "superseded": 1, "withdrawn": 1},
        },
        {
            "provider": "np",
            "service": "wir",
            "day": "2026-05-01",
            "total": 1,
            "outcomes": {"indexed": 1},
        },
        {
            "provider": None,
            "service": None,
            "day": "2026-05-01",
            "total": 1,
            "outcomes": {"dead": 1},
        },
    ]
    berlin = lines(settings, "stats", "--by", "day", "--time-zone", "Europe/Berlin")
    assert [(one["day"], one["total"]) for one in berlin] == [("2026-05-01", 5), ("2026-05-02", 1)]
    kinds = lines(settings, "stats", "--by", "update_kind,outcome", "--provider", "np")
    assert kinds == [
        {"update_kind": "correction", "outcome": "superseded", "total": 1},
        {"update_kind": "kill", "outcome": "withdrawn", "total": 1},
        {"update_kind": "lead", "outcome": "superseded", "total": 1},
        {"update_kind": None, "outcome": "indexed", "total": 3},
    ]
    later = ("--since", "2026-05-01T10:02:00Z", "--until", "2026-05-01T10:05:00Z")
    assert [one["total"] for one in lines(settings, "stats", *later, "--by", "provider")] == [2]
    assert lines(settings, "stats", "--service", "wir", "--by", "feed") == [
        {"feed": "inbox", "total": 1, "outcomes": {"indexed": 1}}
    ]

    ended = dateline(settings, "stats")
    table = [line.split() for line in ended.stdout.decode().splitlines()]
    assert table[0] == "provider service day total indexed superseded withdrawn dead".split()
    assert table[1] == "np bdt 2026-05-01 4 2 1 1 -".split()
    assert table[3] == "- - 2026-05-01 1 - - - 1".split()
    assert ended.stderr.decode().strip() == "6 versions"


def test_more_rows_and_entries_than_one_page_hold(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(settings, *(entry(n, "indexed" if n % 3 else "dead", service=f"s{n}") for n in range(25)))
    monkeypatch.setattr(ledger_search, "_PAGE", 4)
    window = ledger_search.Window()
    with elasticsearch_client(settings) as client:
        rows = list(ledger_search.counts(client, settings, ["service"], window))
        assert sorted(row.values["service"] or "" for row in rows) == sorted(
            f"s{n}" for n in range(25)
        )
        (one,) = ledger_search.counts(client, settings, ["feed"], window)
        assert (one.total, one.outcomes) == (25, {"dead": 9, "indexed": 16})
        newest = list(ledger_search.in_window(client, settings, window, 10))
        assert [one.service for one in newest] == [f"s{n}" for n in range(24, 14, -1)]
        assert len(list(ledger_search.in_window(client, settings, window))) == 25


# --- gaps ----------------------------------------------------------------------------------------


def test_missing_numbers_for_each_provider_and_service(settings: Settings) -> None:
    def sent(minute: float, number: str, **more: Any) -> Entry:
        return entry(minute, number=number, **{"provider": "np", "sent_by": "bdt", **more})

    whole = [sent(n, f"bdt{n:04d}", content=f"t{n}") for n in range(1, 10)]
    put(settings, *whole, sent(10, "bdt0003", content="t3"), sent(11, "bdt0000"))
    ended = dateline(settings, "gaps")
    assert (ended.returncode, ended.stdout) == (0, b""), ended.stderr.decode()
    assert ended.stderr.decode().strip() == "no gaps"

    put(
        settings,
        sent(20, "bdt0013"),
        sent(21, "bdt0012"),  # late
        sent(22, "bdt0014", outcome="superseded"),
        # Another service, another provider, and one that names the service elsewhere.
        sent(2.5, "0001", sent_by="wir"),
        sent(3.5, "0004", sent_by="wir"),
        sent(4.5, "0001", provider="mm"),
        sent(5.5, "0003", provider="mm"),
        sent(6.5, "a0007", sent_by=None, service="desk"),
        sent(7.5, "a0009", sent_by=None, service="desk"),
    )
    found = lines(settings, "gaps", status=1)
    told = [(one["provider"], one["service"], one["first"], one["last"]) for one in found]
    assert told == [
        ("mm", "bdt", "0002", "0002"),
        ("np", "bdt", "bdt0010", "bdt0011"),
        ("np", "wir", "0002", "0003"),
        ("np", "desk", "a0008", "a0008"),
    ]
    assert found[1]["missing"] == 2
    assert found[1]["after"] == "2026-05-01T10:09:00Z"
    assert found[1]["before"] == "2026-05-01T10:20:00Z"

    ended = dateline(settings, "gaps", "--provider", "np", "--service", "wir")
    assert ended.returncode == 1
    assert ended.stdout.decode().splitlines()[1].split() == (
        "np wir 0002 0003 2 2026-05-01 10:02:30 2026-05-01 10:03:30".split()
    )
    assert "2 numbers missing in 1 gap" in ended.stderr.decode()
    assert dateline(settings, "gaps", "--until", "2026-05-01T10:02:40Z").returncode == 0


def test_a_server_that_is_not_there(settings: Settings, stack: EmbeddedStack) -> None:
    away = msgspec.structs.replace(settings, elasticsearch_url="http://127.0.0.1:9")
    for command in (["history"], ["stats"], ["gaps"]):
        ended = dateline(away, *command)
        assert (ended.returncode, ended.stdout) == (3, b"")
        assert "Traceback" not in ended.stderr.decode()
