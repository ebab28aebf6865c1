"""``dateline feeds list`` and ``check``, and the commands that read feeds over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dateline.cli import run_command
from dateline.settings import Settings
from dateline.topics import Topics
from producers.positions import Positions
from producers.seen import Seen
from tests.feed_server import Reply, Server

SECRET = "hunter-two"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder; data lies in it, too, and no server is near."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("DATELINE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("DATELINE_HTTP_GAP", "0")
    monkeypatch.setenv("WIRE_SECRET", SECRET)
    return tmp_path


@pytest.fixture
def table(folder: Path, server: Server) -> Path:
    """Two feeds over HTTP, and a folder."""
    (folder / "inbox").mkdir()
    (folder / "inbox" / "a.json").write_text('{"uri": "urn:a", "headline": "Ein Titel"}')
    path = folder / "dateline.toml"
    path.write_text(
        f"""
        [feeds.wire]
        location = "{server.url()}"
        language = "de"
        zone = "Europe/Berlin"
        provider = "dpa"
        fastest = "30s"
        slowest = "2h"
        credentials = {{query = "apikey", variable = "WIRE_SECRET"}}

        [feeds.other]
        location = "{server.url("/other")}"

        [feeds]
        inbox = "inbox"
        """.replace('[feeds]\n        inbox = "inbox"', '[feeds.inbox]\n        location = "inbox"')
    )
    return path


RSS = (
    b"<rss version='2.0'><channel><title>W</title>"
    b"<item><guid>urn:1</guid><title>Erste</title></item>"
    b"<item><guid>urn:2</guid><title>Zweite</title></item></channel></rss>"
)


def test_feeds_are_listed_without_any_server(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["feeds", "list"]) == 0
    shown = capsys.readouterr().out
    for told in ("wire", "de, Europe/Berlin, dpa", "30 s to 2 h", "inbox", "never"):
        assert told in shown
    assert run_command(["feeds", "list", "--json"]) == 0
    text = capsys.readouterr().out
    wire, _, inbox = json.loads(text)
    assert (wire["name"], wire["fastest"], wire["slowest"]) == ("wire", 30, 7200)
    assert wire["credentials"] == "parameter apikey, from WIRE_SECRET"
    assert (wire["last_success"], wire["next_poll"]) == (None, None)
    assert (inbox["name"], inbox["polled"]) == ("inbox", False)
    assert SECRET not in shown + text


def test_a_folder_without_feeds_says_how_to_list_them(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["feeds", "list"]) == 0
    assert "[feeds.NAME]" in capsys.readouterr().err


def test_a_mistake_in_the_table_is_wrong_usage_for_every_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "dateline.toml").write_text('[feeds.a]\nlocation = "x"\nlanguage = 5')
    for command in ("feeds list", "feeds check", "produce --once", "run --once"):
        assert run_command(command.split()) == 2
        assert "bad [feeds.a]" in capsys.readouterr().err


def test_each_feed_is_read_once_and_told_of(
    table: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("/feed", Reply(RSS))
    server.on("/other", Reply(b'[{"uri": "urn:a", "headline": "A"}, {"headline": "B"}]'))
    assert run_command(["feeds", "check"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "wire: ok, 2 documents (rss), 2 articles"
    assert shown[1].startswith("other: 2 documents (ninjs), 1 article, 1 refused, the first: ")
    assert shown[2] == "inbox: ok, 1 document (ninjs), 1 article"
    assert server.paths() == [f"/feed?apikey={SECRET}", "/other"]
    assert run_command(["feeds", "check", "wire", "inbox"]) == 0


def test_a_feed_that_cannot_be_read_is_status_1_and_the_others_are_checked(
    table: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("/feed", Reply(status=403))
    server.on("/other", Reply(RSS))
    assert run_command(["feeds", "check", "--json"]) == 1
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["name"] for line in lines] == ["wire", "other", "inbox"]
    assert "status 403" in lines[0]["error"]
    assert [line["error"] for line in lines[1:]] == [None, None]
    assert lines[1]["formats"] == {"rss": 2}
    assert SECRET not in str(lines)


def test_an_address_is_checked_that_nobody_listed(
    folder: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("/feed", Reply(RSS))
    assert run_command(["feeds", "check", server.url()]) == 0
    assert capsys.readouterr().out == f"{server.url()}: ok, 2 documents (rss), 2 articles\n"
    assert run_command(["feeds", "check", str(folder / "nowhere")]) == 1
    assert "cannot be read" in capsys.readouterr().out


def test_an_address_is_parsed_like_a_file(
    folder: Path, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("/feed", Reply(RSS))
    assert run_command(["parse", server.url()]) == 0
    articles = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [article["headline"] for article in articles] == ["Erste", "Zweite"]
    server.on("/feed", Reply(status=500))
    assert run_command(["parse", server.url()]) == 1
    assert capsys.readouterr().err.startswith(f"refused {server.url()}: ")


@pytest.mark.parametrize("command", ["produce", "run"])
def test_without_a_feed_and_without_a_list_nothing_begins(
    folder: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command([command]) == 2
    told = capsys.readouterr().err
    assert "no feed" in told
    assert "[feeds]" in told


@pytest.mark.parametrize("address", ["ftp://wire.example/", "file:///etc/passwd", "http://"])
def test_an_address_that_nobody_can_poll_is_wrong_usage(
    folder: Path, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["produce", address]) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_feed_that_is_listed_is_named_by_its_name(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from producers import producer

    given: list[Any] = []

    def publish(_settings: Settings, feeds: Any, **_: Any) -> producer.ProduceResult:
        given.append([one.name for one in feeds])
        return producer.ProduceResult(failing=["wire"] if len(given) > 1 else [])

    monkeypatch.setattr(producer, "produce", publish)
    monkeypatch.setenv("DATELINE_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9")
    monkeypatch.setenv("DATELINE_ELASTICSEARCH_URL", "http://127.0.0.1:9")
    assert run_command(["produce", "wire", "--once"]) == 0
    assert run_command(["produce", "--once"]) == 1, "a feed that fails is status 1"
    assert given == [["wire"], ["wire", "other", "inbox"]]


def test_status_tells_how_each_feed_does(
    table: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = Topics.of(Settings()).raw
    positions = Positions(folder / "data", f"cluster/id/{topic}")
    wire = Seen(positions, "wire", "", "https://wire.example/?apikey=***")
    wire.state.success, wire.state.failure = 1_750_000_000.5, 1_750_000_100.0
    wire.state.error, wire.state.failures = "the server does not answer in time", 3
    wire.state.due, wire.state.items = 1_750_000_200.0, 7
    wire.save()
    Seen(positions, "forgotten", "", "https://gone.example/").save()
    Seen(positions, "https://once.example/", "abc", "https://once.example/").save()
    positions.close()
    assert run_command(["status", "--json"]) == 3, "no server is there"
    feeds = json.loads(capsys.readouterr().out)["feeds"]
    assert [feed["name"] for feed in feeds] == ["wire", "other", "https://once.example/"]
    assert feeds[0] == {
        "name": "wire",
        "location": "https://wire.example/?apikey=***",
        "last_success": "2025-06-15T15:06:40Z",
        "last_error": "2025-06-15T15:08:20Z",
        "error": "the server does not answer in time",
        "failures": 3,
        "next_poll": "2025-06-15T15:10:00Z",
        "items": 7,
    }
    assert feeds[1]["next_poll"] is None
    run_command(["status"])
    shown = " ".join(capsys.readouterr().out.split())
    assert "fails (3 times): the server does not answer in time" in shown
    assert "never polled" in shown
