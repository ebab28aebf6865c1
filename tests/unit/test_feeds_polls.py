"""Polled feeds: each entry is published once, when it is new or has changed, whatever happens."""

from __future__ import annotations

import datetime as dt
import json
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from dateline import formats
from dateline.article import Article
from dateline.errors import Unavailable
from dateline.formats import entries
from dateline.reading import TopicRecord
from dateline.records import DeadLetter, Position, RawDocument
from dateline.settings import Settings
from dateline.topics import Topics
from producers import aftermath, network, pacing, polling, producer, seen
from producers.access import Credentials
from producers.feeds import Arrival, Reader
from producers.http import Fetcher
from producers.positions import Positions
from producers.producer import ProduceResult
from producers.publisher import Confirmed
from producers.seen import Row, Seen, State, short_hash
from producers.table import Source
from tests.feed_server import Reply, Server, Time
from tests.waiting import LONG, until

DAY = 86_400
TOPICS = Topics.of(Settings())


class Written(NamedTuple):
    """A record that a producer sent."""

    topic: str
    value: bytes
    headers: dict[str, str]
    at: float


class Kafka:
    """A broker that injects faults: only so many records are confirmed, and then it is silent."""

    def __init__(self, clock: Time) -> None:
        self.clock = clock
        self.written: list[Written] = []
        self.confirms: int | None = None
        self._waiting: deque[Confirmed] = deque()
        self._confirmed = 0

    def send(
        self,
        topic: str,
        *,
        value: bytes,
        headers: list[tuple[str, bytes]],
        confirmed: Confirmed,
        **_: Any,
    ) -> None:
        told = {name: held.decode() for name, held in headers}
        self.written.append(Written(topic, value, told, self.clock.seconds))
        self._waiting.append(confirmed)

    def poll(self) -> None:
        while self._waiting and (self.confirms is None or self._confirmed < self.confirms):
            self._confirmed += 1
            self._waiting.popleft()(0, self._confirmed)

    def drain(self) -> bool:
        self.poll()
        return not self._waiting

    def close(self) -> None:
        """What is not confirmed now, this client never tells; it has arrived all the same."""
        self._waiting.clear()
        self._confirmed, self.confirms = 0, None

    @property
    def values(self) -> list[bytes]:
        """Of the raw topic."""
        return [one.value for one in self.written if one.topic == TOPICS.raw]

    def uris(self) -> list[str]:
        """Of the articles in the raw topic, in order."""
        return [article.uri for article in self.articles()]

    def articles(self) -> list[Article]:
        """In the raw topic, as the processor will read them."""
        found: list[Article] = []
        for number, one in enumerate(self.written):
            if one.topic == TOPICS.raw:
                headers = [(name, value.encode()) for name, value in one.headers.items()]
                position = Position(one.topic, 0, number)
                items = formats.read(RawDocument.read(one.value, headers, position))
                found += [item for item in items if isinstance(item, Article)]
        return found


class Desk:
    """A producer, its broker and its data folder, through any number of runs."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, clock: Time) -> None:
        self.kafka = Kafka(clock)
        self.told: list[str] = []
        self.clock = clock
        self.settings = msgspec.structs.replace(Settings(), data_dir=str(folder))
        self.stop = threading.Event()
        patch.setattr(producer, "raw_topic", lambda _: (TOPICS, 1, f"c/t/{TOPICS.raw}"))
        patch.setattr(producer, "Publisher", lambda *_, **__: self.kafka)
        patch.setattr(aftermath, "kafka_admin", lambda _: threading.Lock())
        patch.setattr(aftermath, "ends", lambda *_: {0: len(self.kafka.written)})
        patch.setattr(aftermath, "since", self._since)
        patch.setattr(aftermath, "read_topic", self._read)
        made = network.Network

        def on_our_clock(*args: Any, **named: Any) -> network.Network:
            fetcher = Fetcher(
                self.settings, clock=clock.now, monotonic=clock.monotonic, wait=clock.wait
            )
            return made(*args, **named, fetcher=fetcher, chance=lambda: 0.5, wait=self._waited)

        patch.setattr(network, "Network", on_our_clock)

    def _waited(self, seconds: float) -> bool:
        time.sleep(0.005)  # other threads are to have their turn
        return self.clock.wait(seconds) or self.stop.is_set()

    def once(self, *feeds: str | Source, **more: Any) -> ProduceResult:
        """One poll of each feed."""
        return producer.produce(
            self.settings,
            feeds,
            once=True,
            report=self.told.append,
            clock=self.clock.now,
            stop=self.stop,
            **more,
        )

    def states(self) -> dict[str, State]:
        """What is remembered, by feed."""
        remembered = seen.remembered(self.settings.data_path, TOPICS.raw)
        return {feed: state for feed, _, state in remembered}

    def _since(self, _admin: Any, _topic: str, instant: float) -> dict[int, int]:
        times = [one.at for one in self.kafka.written]
        later = (number for number, at in enumerate(times) if at >= instant)
        return {0: next(later, len(times))}

    def _read(
        self, _settings: Settings, topic: str, _until: Any, begin: dict[int, int]
    ) -> Iterator[TopicRecord]:
        for number, one in enumerate(self.kafka.written):
            if one.topic == topic and number >= begin[0]:
                headers: list[tuple[str, bytes | None]] = [
                    (name, value.encode()) for name, value in one.headers.items()
                ]
                yield TopicRecord(Position(topic, 0, number), None, one.value, headers)


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, clock: Time) -> Desk:
    monkeypatch.setenv("no_proxy", "*")
    return Desk(monkeypatch, tmp_path / "data", clock)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


def rss(*entries: tuple[str, str], head: str = "") -> bytes:
    """A feed with entries of these guids and titles."""
    items = "".join(
        f"<item><guid isPermaLink='false'>{guid}</guid><title>{title}</title>"
        f"<link>https://news.example/{guid}</link></item>"
        for guid, title in entries
    )
    return f"<rss version='2.0'><channel><title>Wire</title>{head}{items}</channel></rss>".encode()


def item(number: int, headline: str = "Der Rat tagt") -> dict[str, Any]:
    """A small ninjs item."""
    return {"uri": f"urn:test:{number}", "headline": f"{headline} ({number})"}


def items(*numbers: int, **more: Any) -> bytes:
    """A page of them."""
    return json.dumps({"items": [item(number) for number in numbers], **more}).encode()


def urns(*numbers: int) -> list[str]:
    return [f"urn:test:{number}" for number in numbers]


# --- new and changed -----------------------------------------------------------------------------


def test_each_entry_is_a_record_and_comes_again_only_when_it_changes(
    server: Server, desk: Desk
) -> None:
    server.on(
        "/feed",
        Reply(rss(("a", "Erste"), ("b", "Zweite"))),
        Reply(rss(("c", "Dritte"), ("a", "Erste"), ("b", "Zweite, berichtigt"))),
        Reply(rss(("c", "Dritte"), ("a", "Erste"), ("b", "Zweite, berichtigt"))),
    )
    assert desk.once(server.url()).published == 2
    assert desk.once(server.url()).published == 2
    assert desk.once(server.url()).published == 0
    assert [article.headline for article in desk.kafka.articles()] == [
        "Erste",
        "Zweite",
        "Dritte",
        "Zweite, berichtigt",
    ]
    first = desk.kafka.written[0].headers
    assert first["feed"] == server.url()
    assert first["format"] == "rss"
    assert first["location"].startswith(f"{server.url()}#")


def test_what_changes_around_the_entries_is_no_news(server: Server, desk: Desk) -> None:
    for minute in range(3):
        head = f"<lastBuildDate>Sun, 15 Jun 2025 10:0{minute}:00 GMT</lastBuildDate>"
        server.on("/feed", Reply(rss(("a", "Erste"), head=head)))
        desk.once(server.url())
    assert len(desk.kafka.values) == 1


def test_a_story_that_is_changed_back_is_news(server: Server, desk: Desk) -> None:
    for title in ("So", "Anders", "So", "So"):
        server.on("/feed", Reply(rss(("a", title))))
        desk.once(server.url())
    assert [article.headline for article in desk.kafka.articles()] == ["So", "Anders", "So"]


def test_stories_under_one_key_do_not_come_again_and_again(server: Server, desk: Desk) -> None:
    page = json.dumps([{**item(1), "headline": text} for text in ("Eins", "Zwei")]).encode()
    server.on("/feed", Reply(page))
    assert [desk.once(server.url()).published for _ in range(3)] == [2, 0, 0]


def test_an_entry_that_is_gone_for_a_while_is_still_known(
    server: Server, desk: Desk, clock: Time
) -> None:
    for numbers in ([1, 2], [2], [1, 2]):
        server.on("/feed", Reply(items(*numbers)))
        desk.once(server.url())
        clock.seconds += DAY
    assert desk.kafka.uris() == urns(1, 2)


def test_keys_that_are_new_at_every_poll_duplicate_nothing(server: Server, desk: Desk) -> None:
    def page(poll: int, title: str) -> Reply:
        entries = "".join(
            f"<item><guid isPermaLink='false'>{poll}-{number}</guid><title>{told}</title>"
            f"<link>https://news.example/{number}</link></item>"
            for number, told in enumerate((title, "Zweite"))
        )
        return Reply(f"<rss version='2.0'><channel>{entries}</channel></rss>".encode())

    for poll in range(4):
        server.on("/feed", page(poll, "Erste"))
        assert desk.once(server.url()).published == (2 if poll == 0 else 0)
    # From then on an entry is known by its link, so a change is one of the same story.
    for poll in range(4, 7):
        server.on("/feed", page(poll, f"Erste, berichtigt {min(poll, 5)}"))
        desk.once(server.url())
    assert desk.kafka.uris()[2:] == ["https://news.example/0"] * 2


def test_what_is_no_feed_is_published_whole_when_it_changes(server: Server, desk: Desk) -> None:
    first, second = (json.dumps(item(1, title)).encode() for title in ("So", "Anders"))
    server.on("/item", Reply(first), Reply(first), Reply(second))
    assert [desk.once(server.url("/item")).published for _ in range(4)] == [1, 0, 1, 0]
    assert desk.kafka.values == [first, second]


def test_a_document_behind_ever_new_addresses_is_published_once(server: Server, desk: Desk) -> None:
    server.on("/file", Reply(json.dumps(item(1)).encode()))
    for number in range(3):
        server.on("/item", Reply(status=302, headers=[("Location", f"/file?sig={number}")]))
        desk.once(server.url("/item"))
    assert desk.kafka.uris() == urns(1)


def test_one_entry_under_another_key_does_not_make_links_the_keys(
    server: Server, desk: Desk
) -> None:
    def page(guid: str, title: str = "Zweite") -> Reply:
        entries = "".join(
            f"<item><guid isPermaLink='false'>{one}</guid><title>{told}</title>"
            f"<link>https://news.example/{number}</link></item>"
            for number, (one, told) in enumerate([(guid, "Erste"), ("b", title), ("c", "Dritte")])
        )
        return Reply(f"<rss version='2.0'><channel>{entries}</channel></rss>".encode())

    for guid in ("a", "z", "z", "y", "x", "w"):
        server.on("/feed", page(guid))
        desk.once(server.url())
    server.on("/feed", page("w", "Zweite, berichtigt"))
    desk.once(server.url())
    assert desk.kafka.uris() == ["a", "b", "c", "b"]


def test_lines_that_may_be_cut_off_are_published_without_the_last(
    server: Server, desk: Desk
) -> None:
    whole = b'{"uri":"urn:test:1","headline":"A"}\n{"uri":"urn:test:2","headline":"B"}'
    server.on(
        "/lines.jsonl",
        Reply(whole[:-9], length=False, headers=[("ETag", '"1"')]),
        Reply(whole, length=False),
    )
    first = desk.once(server.url("/lines.jsonl"))
    assert (first.published, first.refused) == (1, 0)
    assert first.failing == [server.url("/lines.jsonl")]
    assert desk.once(server.url("/lines.jsonl")).failing == []
    assert desk.kafka.uris() == urns(1, 2)


def test_a_feed_that_has_moved_is_asked_where_it_is(server: Server, desk: Desk) -> None:
    server.on("/old", ap_page("/old?seq=2", ap(1, href=None)))
    server.on("/old?seq=2", ap_page("/old?seq=2"))
    server.on("/new", ap_page("/new?seq=2", ap(1, href=None), ap(2, href=None)))
    server.on("/new?seq=2", ap_page("/new?seq=2"))
    source = Source(name="ap", location=server.url("/old"), listed=True)
    desk.once(source)
    server.asked.clear()
    desk.once(msgspec.structs.replace(source, location=server.url("/new")))
    assert server.paths() == ["/new", "/new?seq=2"]
    # The entries are the same, so what has come before does not come again.
    assert len(desk.kafka.written) == 2


def test_items_of_a_list_are_records_byte_by_byte(server: Server, desk: Desk) -> None:
    one, two = b'{ "uri":"urn:test:1",\n "headline" : "Gr\xc3\xb6\xc3\x9fe" }', b'{"uri":"urn:2"}'
    server.on("/list", Reply(b"\xef\xbb\xbf[" + one + b" ,\n" + two + b"]\n"))
    server.on("/page", Reply(b'{"count": 2, "items": [' + one + b"," + two + b"]}"))
    server.on("/lines.jsonl", Reply(one.replace(b"\n", b"") + b"\n" + two + b"\n"))
    desk.once(server.url("/list"))
    assert desk.kafka.values == [one, two]
    desk.once(server.url("/page"))
    assert desk.kafka.values[2:] == [one, two]
    desk.once(server.url("/lines.jsonl"))
    assert desk.kafka.values[4:] == [one.replace(b"\n", b""), two]


def test_a_list_that_needs_what_is_around_it_stays_whole(server: Server, desk: Desk) -> None:
    value = json.dumps({"uri": "urn:test:1", "headline": "A", "items": [{"caption": "x"}]}).encode()
    server.on("/item", Reply(value))
    desk.once(server.url("/item"))
    assert desk.kafka.values == [value]


def test_again_publishes_once_more(server: Server, desk: Desk) -> None:
    server.on("/feed", Reply(items(1, 2), headers=[("ETag", '"1"')]))
    desk.once(server.url())
    assert desk.once(server.url(), again=True).published == 2
    assert desk.once(server.url()).published == 0
    assert "if-none-match" not in server.asked[1].headers


def test_what_is_said_of_a_feed_reaches_the_parser(server: Server, desk: Desk) -> None:
    value = {**item(1), "versioncreated": "2025-06-15T10:00:00"}
    server.on("/feed", Reply(json.dumps([value]).encode()))
    source = Source(
        name="desk",
        location=server.url(),
        language="de-AT",
        zone="Europe/Vienna",
        provider="apa",
        listed=True,
    )
    desk.once(source)
    (article,) = desk.kafka.articles()
    assert (article.language, article.provider) == ("de-AT", "apa")
    assert (article.language_declared, article.provider_declared) == (None, None)
    assert article.versioncreated is not None
    assert article.versioncreated.isoformat() == "2025-06-15T10:00:00+02:00"
    assert article.provenance.feed == "desk"


def test_what_a_document_says_itself_goes_before_what_is_said_of_its_feed(
    server: Server, desk: Desk
) -> None:
    value = {
        **item(1),
        "versioncreated": "2025-06-15T10:00:00Z",
        "language": "fr",
        "provider": "AFP",
    }
    server.on("/feed", Reply(json.dumps([value]).encode()))
    desk.once(Source(location=server.url(), language="de", zone="Asia/Tokyo", provider="dpa"))
    (article,) = desk.kafka.articles()
    assert (article.language, article.provider) == ("fr", "afp")
    assert article.versioncreated is not None
    assert article.versioncreated.isoformat() == "2025-06-15T10:00:00+00:00"


# --- asking only for what is new -----------------------------------------------------------------


def test_validators_are_remembered_from_run_to_run(server: Server, desk: Desk) -> None:
    server.on(
        "/feed",
        Reply(items(1), headers=[("ETag", '"1"'), ("Last-Modified", "yesterday")]),
        Reply(status=304),
    )
    desk.once(server.url())
    desk.once(server.url())
    assert server.asked[1].headers["if-none-match"] == '"1"'
    assert server.asked[1].headers["if-modified-since"] == "yesterday"
    # They are of an address, not of a name.
    listed = Source(name="desk", location=server.url(), listed=True)
    server.on("/feed", Reply(items(1), headers=[("ETag", '"1"')]))
    server.on("/moved", Reply(items(1)))
    desk.once(listed)
    desk.once(msgspec.structs.replace(listed, location=server.url("/moved")))
    assert "if-none-match" not in server.asked[-1].headers
    assert desk.kafka.uris() == urns(1, 1), "once under each name; moving repeats nothing"


def test_validators_count_only_once_everything_is_confirmed(server: Server, desk: Desk) -> None:
    server.on("/feed", Reply(items(1, 2, 3), headers=[("ETag", '"1"')]))
    killed(desk, server.url(), confirmed=1)
    desk.once(server.url())
    assert "if-none-match" not in server.asked[1].headers


# --- kills ---------------------------------------------------------------------------------------


def killed(desk: Desk, *feeds: str | Source, confirmed: int) -> None:
    """A run that ends when so many records are confirmed, with the others on their way."""
    desk.kafka.confirms = confirmed
    before = len(desk.kafka.written)
    thread = threading.Thread(target=lambda: desk.once(*feeds))
    thread.start()
    until(
        lambda: len(desk.kafka.written) > before + confirmed and desk.kafka._confirmed >= confirmed
    )
    desk.stop.set()
    thread.join(LONG)
    assert not thread.is_alive()
    desk.stop.clear()


def test_a_stop_while_the_last_text_is_fetched_loses_nothing(server: Server, desk: Desk) -> None:
    def stopping(sock: socket.socket) -> None:
        desk.stop.set()
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(NITF) + NITF)

    page = ap_page(None, ap(1), ap(2))
    server.on("/feed", Reply(page.body, headers=[("ETag", '"1"')]))
    server.on("/text/1", Reply(NITF))
    server.on("/text/2", stopping, Reply(NITF))
    assert desk.once(server.url()).published == 0
    desk.stop.clear()
    assert desk.once(server.url()).published == 2
    asked = [one for one in server.asked if one.path == "/feed"]
    assert "if-none-match" not in asked[1].headers


def test_a_second_producer_leaves_alone_what_the_first_has_under_way(
    server: Server, desk: Desk
) -> None:
    server.on("/feed", Reply(items(1, 2)))
    server.on("/other", Reply(items(3)))
    desk.kafka.confirms = 0
    first = threading.Thread(target=lambda: desk.once(server.url()))
    first.start()
    until(lambda: len(desk.kafka.written) == 2)
    positions = Positions(desk.settings.data_path, f"c/t/{TOPICS.raw}")
    polled = network.Network(
        [Source(location=server.url()), Source(location=server.url("/other"))],
        positions,
        desk.settings,
    )
    assert seen.left_under_way(positions, polled.polled) == []
    assert polled.failing == [server.url()], "it is polled elsewhere"
    positions.close()
    desk.kafka.confirms = None
    first.join(LONG)
    assert desk.once(server.url()).published == 0
    assert desk.once(server.url("/other")).published == 1


def test_a_feed_that_another_producer_polls_is_named_and_left_alone(
    server: Server, desk: Desk
) -> None:
    server.on("/feed", Reply(items(1)))
    server.on("/other", Reply(items(2)))
    desk.once(server.url())
    positions = Positions(desk.settings.data_path, f"c/t/{TOPICS.raw}")
    others = network.Network([Source(location=server.url())], positions, desk.settings)
    server.asked.clear()
    result = desk.once(server.url(), server.url("/other"))
    assert (result.published, result.failing) == (1, [server.url()])
    assert server.paths() == ["/other"]
    assert "another producer polls it" in desk.told[0]
    positions.close()
    assert others.polled
    assert desk.once(server.url()).failing == []


def test_after_a_kill_the_same_document_of_an_earlier_poll_counts_for_nothing(
    server: Server, desk: Desk, clock: Time
) -> None:
    for title in ("So", "Anders"):
        server.on("/feed", Reply(rss(("a", title))))
        desk.once(server.url())
        clock.seconds += 10
    server.on("/feed", Reply(rss(("a", "So"))))
    kill_before(desk, server.url(), written=1)
    desk.kafka.written.pop()  # it never arrived
    assert desk.once(server.url()).published == 1


def test_after_a_kill_what_arrived_is_found_although_the_clock_was_set_back(
    server: Server, desk: Desk, clock: Time
) -> None:
    server.on("/feed", Reply(items(1)))
    clock.seconds += 3600
    desk.once(server.url())
    clock.seconds -= 3600
    server.on("/feed", Reply(items(1, 2)))
    kill_before(desk, server.url(), written=1)
    assert desk.once(server.url()).published == 0
    assert desk.kafka.uris() == urns(1, 2)


def test_after_a_kill_at_the_last_page_that_may_be_followed_those_behind_it_are_read(
    server: Server, desk: Desk
) -> None:
    source = Source(location=server.url(), pages=2)
    server.on("/feed", Reply(items(1)))
    desk.once(source)
    four_pages(server)
    kill_before(desk, source, written=4)
    for _ in range(3):
        desk.once(source)
    assert sorted(desk.kafka.uris()) == urns(*range(1, 10))


def test_a_poll_that_was_cut_off_fetches_no_archive(server: Server, desk: Desk) -> None:
    source = Source(location=server.url(), pages=2)
    server.on("/feed", Reply(items(9, next="/2")))
    server.on("/2", Reply(items(8, next="/3")))
    server.on("/3", Reply(items(7)))
    desk.once(source)
    server.on("/feed", Reply(items(10, 9, next="/2")))
    kill_before(desk, source, written=1)
    for _ in range(3):
        desk.once(source)
    assert desk.kafka.uris() == urns(9, 8, 10)


def test_an_address_to_go_on_at_that_is_gone_leads_to_the_beginning_and_behind(
    server: Server, desk: Desk
) -> None:
    source = Source(location=server.url(), pages=2)
    server.on("/feed", Reply(items(1)))
    desk.once(source)
    server.on("/feed", Reply(items(9, 8, next="/2")))
    server.on("/2", Reply(items(7, 6, next="/3?old")))
    server.on("/3", Reply(status=410), Reply(items(5, 4, next="/4")))
    server.on("/4", Reply(items(3, 2, 1)))
    for _ in range(4):
        desk.once(source)
    assert sorted(desk.kafka.uris()) == urns(*range(1, 10))


def test_an_answer_without_content_ends_no_poll_that_was_cut_off(
    server: Server, desk: Desk
) -> None:
    server.on("/feed", Reply(items(1)))
    desk.once(server.url())
    page = Reply(items(3, next="/2"))
    server.on("/feed", page, Reply(status=204), page)
    server.on("/2", Reply(status=500), Reply(items(2)))
    for _ in range(3):
        desk.once(server.url())
    assert desk.kafka.uris() == urns(1, 3, 2)


def kill_before(desk: Desk, feed: str | Source, *, written: int) -> None:
    """A run that ends when so many records were sent, and none is confirmed."""
    desk.kafka.confirms, before = 0, len(desk.kafka.written)
    thread = threading.Thread(target=lambda: desk.once(feed))
    thread.start()
    until(lambda: len(desk.kafka.written) == before + written)
    desk.stop.set()
    thread.join(LONG)
    assert not thread.is_alive()
    desk.stop.clear()


@pytest.mark.parametrize("arrived", [True, False])
def test_after_a_kill_nothing_is_lost_and_nothing_comes_twice(
    server: Server, desk: Desk, arrived: bool
) -> None:
    numbers = range(1, 31)
    server.on("/feed", Reply(items(*numbers)))
    killed(desk, server.url(), confirmed=10)
    if not arrived:
        del desk.kafka.written[10:]
    desk.once(server.url())
    assert sorted(desk.kafka.uris()) == sorted(urns(*numbers))
    assert desk.once(server.url()).published == 0


def test_after_a_kill_pages_behind_those_that_were_published_are_read(
    server: Server, desk: Desk
) -> None:
    server.on("/feed", Reply(items(1, 2, next=server.url("/2"))))
    server.on("/2", Reply(items(3, 4)), Reply(items(3, 4, 5)))
    desk.once(server.url())
    server.on("/feed", Reply(items(6, 1, 2, next=server.url("/2"))))
    killed(desk, server.url(), confirmed=0)
    desk.once(server.url())
    assert desk.kafka.uris() == urns(1, 2, 3, 4, 6, 5)


def test_dead_letters_come_once_too(server: Server, desk: Desk) -> None:
    bad = json.dumps([{"headline": "keine Kennung"}, item(1)]).encode()
    server.on("/feed", Reply(bad))
    result = desk.once(server.url())
    assert (result.published, result.refused) == (1, 1)
    result = desk.once(server.url())
    assert (result.published, result.refused) == (0, 0)
    (dead,) = (one for one in desk.kafka.written if one.topic == TOPICS.dead)
    assert dead.value == json.dumps({"headline": "keine Kennung"}).encode()


def test_a_dead_letter_keeps_what_was_said_of_its_feed(server: Server, desk: Desk) -> None:
    server.on("/feed", Reply(b'[{"headline": "keine Kennung"}]'))
    desk.once(Source(location=server.url(), language="de", zone="Europe/Berlin", provider="dpa"))
    (dead,) = desk.kafka.written
    headers = [(name, value.encode()) for name, value in dead.headers.items()]
    letter = DeadLetter.read(dead.value, headers, Position(TOPICS.dead, 0, 0))
    assert (letter.language, letter.zone, letter.provider) == ("de", "Europe/Berlin", "dpa")


def test_an_entry_above_the_size_limit_is_a_dead_letter_of_its_beginning(
    server: Server, desk: Desk
) -> None:
    desk.settings = msgspec.structs.replace(desk.settings, max_document_bytes=100_000)
    large = {**item(1), "body_text": "x" * 150_000}
    server.on("/feed", Reply(json.dumps([large, item(2)]).encode()))
    result = desk.once(server.url())
    assert (result.published, result.refused) == (1, 1)
    dead, _ = desk.kafka.written
    assert len(dead.value) == 65_536
    assert int(dead.headers["size"]) == len(json.dumps(large))


# --- pages ---------------------------------------------------------------------------------------


def test_pages_are_followed_until_one_holds_no_news(server: Server, desk: Desk) -> None:
    for number in range(1, 6):
        following = {"next": f"/{number + 1}"} if number < 5 else {}
        server.on(f"/{number}", Reply(items(10 - number, **following)))
    server.on("/feed", Reply(items(10, next="/1")))
    desk.once(server.url())
    assert desk.kafka.uris() == urns(10, 9, 8, 7, 6, 5)
    server.asked.clear()
    server.on("/feed", Reply(items(11, 10, next="/1")))
    desk.once(server.url())
    assert desk.kafka.uris()[6:] == urns(11)
    assert server.paths() == ["/feed", "/1"]


@pytest.mark.parametrize(
    ("form", "more", "headers"),
    [
        ("json-feed", {"version": "https://jsonfeed.org/version/1.1", "next_url": "/2"}, ()),
        ("links", {"links": {"next": "/2"}}, ()),
        ("hal", {"_links": {"next": {"href": "/2"}}}, ()),
        ("header", {}, [("Link", '</1>; rel="prev", </2>; rel="next"')]),
    ],
)
def test_the_next_page_is_found_wherever_it_is_said(
    server: Server,
    desk: Desk,
    form: str,
    more: dict[str, Any],
    headers: Sequence[tuple[str, str]],
) -> None:
    def page(number: int, **rest: Any) -> bytes:
        entry = {"id": f"urn:test:{number}", "content_text": "Ein Satz."}
        one = entry if form == "json-feed" else item(number)
        return json.dumps({"items": [one], **rest}).encode()

    server.on("/feed", Reply(page(1, **more), headers=headers))
    version = {"version": more["version"]} if "version" in more else {}
    server.on("/2", Reply(page(2, **version)))
    desk.once(server.url())
    assert desk.kafka.uris() == urns(1, 2)


def test_the_next_page_of_an_atom_feed_is_in_its_head(server: Server, desk: Desk) -> None:
    def page(number: int, link: str = "") -> bytes:
        return (
            f"<feed xmlns='http://www.w3.org/2005/Atom'><title>W</title><id>urn:f</id>{link}"
            f"<entry><id>urn:test:{number}</id><title>Titel {number}</title>"
            f"<updated>2025-06-15T10:00:00Z</updated></entry></feed>"
        ).encode()

    server.on("/feed", Reply(page(1, "<link rel='next' href='/2?a=1&amp;b=2'/>")))
    server.on("/2", Reply(page(2)))
    desk.once(server.url())
    assert desk.kafka.uris() == urns(1, 2)
    assert server.paths() == ["/feed", "/2?a=1&b=2"]


def test_where_next_page_and_items_are_can_be_said(server: Server, desk: Desk) -> None:
    page = {"meta": {"more": "/2"}, "result": {"rows": [item(1)]}}
    server.on("/feed", Reply(json.dumps(page).encode()))
    server.on("/2", Reply(json.dumps({"result": {"rows": [item(2)]}}).encode()))
    desk.once(Source(location=server.url(), next="meta.more", items="result.rows"))
    assert desk.kafka.uris() == urns(1, 2)


def test_a_page_that_is_looked_at_once_in_a_while_holds_no_news_for_that(
    server: Server, desk: Desk, clock: Time
) -> None:
    server.on("/2", Reply(items(3, 2, 1)))
    for number in (4, 5, 6):
        server.on("/feed", Reply(items(*range(number, 3, -1), next="/2")))
        desk.once(server.url())
        # Quiet for two months: only the first page is looked at.
        for _ in range(60):
            clock.seconds += DAY
            desk.once(server.url())
    assert sorted(desk.kafka.uris()) == urns(*range(1, 7))


def test_versions_of_a_story_on_several_pages_come_once_each(server: Server, desk: Desk) -> None:
    def page(*versions: int, **more: Any) -> Reply:
        stories = [{**item(1), "version": version} for version in versions]
        return Reply(json.dumps({"items": stories, **more}).encode())

    server.on("/feed", page(3, next="/2"))
    server.on("/2", page(2, 1))
    desk.once(server.url())
    for newest in (4, 5, 6):
        server.on("/feed", page(newest, newest - 1, next="/2"))
        server.on("/2", page(*range(newest - 2, 0, -1)))
        desk.once(server.url())
        desk.once(server.url())
    versions = [article.version for article in desk.kafka.articles()]
    assert sorted(versions, key=str) == [1, 2, 3, 4, 5, 6]


def test_old_versions_on_a_later_page_do_not_come_again(
    server: Server, desk: Desk, clock: Time
) -> None:
    def page(*versions: int, **more: Any) -> Reply:
        stories = [{**item(1), "version": version} for version in versions]
        return Reply(json.dumps({"items": stories, **more}).encode())

    server.on("/feed", page(3, next="/2"))
    server.on("/2", page(2, 1))
    desk.once(server.url())
    # The first page alone is looked at, and what is on it noted as still there.
    clock.seconds += DAY + 5
    desk.once(server.url())
    clock.seconds += 10
    server.on("/feed", Reply(items(9, next="/2")))
    server.on("/2", page(3, 2, 1))
    desk.once(server.url())
    assert [article.version for article in desk.kafka.articles()] == [3, 2, 1, None]


@pytest.mark.parametrize("following", ["cursor-2", "2", "javascript:x"])
def test_what_is_called_next_and_is_no_address_is_none(
    server: Server, desk: Desk, following: str
) -> None:
    server.on("/feed", Reply(items(1, next=following)))
    assert desk.once(server.url()).failing == []
    assert server.paths() == ["/feed"]


def test_a_next_page_that_is_not_there_is_the_end(server: Server, desk: Desk) -> None:
    server.on("/feed", Reply(items(1, next="/2")))
    assert desk.once(server.url()).failing == []
    server.on("/feed", Reply(items(2, 1, next="/3")))
    server.on("/3", Reply(status=500))
    assert desk.once(server.url()).failing == [server.url()]
    assert "the next page: " in desk.told[0]
    assert "pages = 1" in desk.told[0]


def test_no_more_pages_are_followed_than_are_allowed(server: Server, desk: Desk) -> None:
    # Each page leads to another for ever.
    numbers = iter(range(10_000))

    def page(_number: int) -> Reply:
        number = next(numbers)
        return Reply(items(number, next=f"/feed?{number}"))

    server.on("/feed", *(page(number) for number in range(500)))
    desk.once(Source(location=server.url(), pages=4))
    assert len(server.asked) == 4


def test_pages_in_a_circle_end(server: Server, desk: Desk) -> None:
    server.on("/feed", Reply(items(1, next="/2")))
    server.on("/2", Reply(items(2, next="/feed")))
    desk.once(server.url())
    assert server.paths() == ["/feed", "/2"]


def test_after_an_outage_what_lies_behind_the_last_page_is_taken_up_by_the_next_poll(
    server: Server, desk: Desk
) -> None:
    source = Source(location=server.url(), pages=2)
    server.on("/feed", Reply(items(1)))
    desk.once(source)
    four_pages(server)
    for _ in range(3):
        desk.once(source)
    assert sorted(desk.kafka.uris()) == urns(*range(1, 10))
    assert server.paths()[1:] == ["/feed", "/2", "/3", "/4", "/feed"]


def test_a_page_of_another_host_is_asked_for_without_credentials(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIRE_SECRET", "hunter-two")
    server.on("/feed", Reply(items(1, next=server.url("/2", "localhost"))))
    server.on("/2", Reply(items(2)))
    credentials = Credentials(bearer=True, variable="WIRE_SECRET")
    desk.once(Source(location=server.url(), credentials=credentials))
    assert [one.headers.get("authorization") for one in server.asked] == [
        "Bearer hunter-two",
        None,
    ]


# --- the AP's API --------------------------------------------------------------------------------

NITF = (
    "<?xml version='1.0' encoding='iso-8859-1'?><nitf><body><body.head><hedline><hl1>Kurze Rede"
    "</hl1></hedline></body.head><body.content><block><p>Der Größte hielt sie am Morgen.</p>"
    "</block></body.content></body></nitf>"
).encode("latin-1")


def ap(number: int, etag: str = "1", href: str | None = "/text") -> dict[str, Any]:
    """An item as the AP's feed holds it, invented."""
    code = f"{number:032x}"
    story: dict[str, Any] = {
        "uri": f"https://api.example/media/v/content/{code}?qt=x&et=y",
        "altids": {"itemid": code, "etag": f"{code}_{etag}"},
        "version": 1,
        "type": "text",
        "pubstatus": "usable",
        "signals": ["newscontent"],
        "versioncreated": "2025-06-15T10:00:00Z",
        "headline": f"Kurze Rede {number}",
    }
    if href:
        story["renditions"] = {"nitf": {"href": f"{href}/{number}", "mimetype": "text/xml"}}
    return {"meta": {}, "item": story}


def ap_page(following: str | None, *stories: dict[str, Any]) -> Reply:
    data = {"updated": "x", "items": list(stories)} | (
        {"next_page": following} if following else {}
    )
    return Reply(json.dumps({"api_version": "1.1", "data": data}).encode())


def test_an_item_comes_with_its_text_as_one_record(server: Server, desk: Desk) -> None:
    server.on("/feed", ap_page(None, ap(1), ap(2)))
    server.on("/text/1", Reply(NITF))
    server.on("/text/2", Reply(NITF))
    assert desk.once(server.url()).published == 2
    for number, value in enumerate(desk.kafka.values, 1):
        story = json.loads(value)["data"]["item"]
        assert story["renditions"]["nitf"]["content"] == NITF.decode("latin-1")
        assert {**story, "renditions": None} == {**ap(number)["item"], "renditions": None}
    assert [article.body_text for article in desk.kafka.articles()] == [
        "Der Größte hielt sie am Morgen."
    ] * 2


def test_a_poll_goes_on_where_the_last_page_pointed(server: Server, desk: Desk) -> None:
    server.on("/feed", ap_page("/feed?seq=2", ap(1)))
    server.on("/feed?seq=2", ap_page("/feed?seq=3", ap(2)))
    server.on("/feed?seq=3", ap_page("/feed?seq=3"), ap_page("/feed?seq=4", ap(3)))
    server.on("/feed?seq=4", ap_page("/feed?seq=4"))
    for number in (1, 2, 3):
        server.on(f"/text/{number}", Reply(NITF))
    desk.once(server.url())
    desk.once(server.url())
    assert len(desk.kafka.values) == 3
    asked = [path for path in server.paths() if path.startswith("/feed")]
    assert asked == ["/feed", "/feed?seq=2", "/feed?seq=3", "/feed?seq=3", "/feed?seq=4"]
    # An address that its server has forgotten is given up for the first one.
    server.on("/feed?seq=4", Reply(status=410), ap_page("/feed?seq=4"))
    server.asked.clear()
    assert desk.once(server.url()).failing == []
    seq = [f"/feed?seq={number}" for number in (4, 2, 3, 4)]
    assert server.paths() == [seq[0], "/feed", *seq[1:]]
    assert len(desk.kafka.values) == 3


def test_a_text_that_cannot_be_had_holds_the_item_back_and_no_other(
    server: Server, desk: Desk
) -> None:
    server.on("/feed", ap_page("/next", ap(1), ap(2), ap(3)))
    server.on("/text/1", Reply(NITF))
    server.on("/text/2", Reply(status=503), Reply(NITF))
    server.on("/text/3", Reply(NITF))
    server.on("/next", ap_page("/next"))
    first = desk.once(server.url())
    assert (first.published, first.failing) == (2, [server.url()])
    assert desk.once(server.url()).failing == []
    assert len(desk.kafka.values) == 3


def test_a_text_that_is_nowhere_holds_the_feed_up_for_a_few_polls_only(
    server: Server, desk: Desk
) -> None:
    server.on("/feed", ap_page("/next", ap(1)))
    server.on("/text/1", Reply(status=404))
    server.on("/next", ap_page("/next"))
    results = [desk.once(server.url()) for _ in range(polling.PATIENCE + 1)]
    assert [bool(one.failing) for one in results] == [True] * polling.PATIENCE + [False]
    (dead,) = desk.kafka.written
    assert dead.topic == TOPICS.dead
    assert json.loads(dead.value)["data"]["item"]["altids"]["itemid"].endswith("1")


@pytest.mark.parametrize("status", [401, 403, 429])
def test_a_text_that_may_not_be_had_now_makes_no_dead_letter(
    server: Server, desk: Desk, status: int
) -> None:
    server.on("/feed", ap_page("/next", ap(1)))
    server.on("/text/1", Reply(status=status))
    server.on("/next", ap_page("/next"))
    for _ in range(polling.LONG_PATIENCE + 2):
        assert desk.once(server.url()).failing
    server.on("/text/1", Reply(NITF))
    assert desk.once(server.url()).published == 1
    assert [one.topic for one in desk.kafka.written] == [TOPICS.raw]


def test_failures_of_the_feed_are_none_of_its_texts(server: Server, desk: Desk) -> None:
    server.on("/feed", *[Reply(status=500)] * 5, ap_page("/next", ap(1)))
    server.on("/text/1", Reply(status=404), Reply(NITF))
    server.on("/next", ap_page("/next"))
    for _ in range(7):
        desk.once(server.url())
    assert [one.topic for one in desk.kafka.written] == [TOPICS.raw]


@pytest.mark.parametrize(
    ("answer", "polls"),
    [
        (Reply(b"not found, sorry"), polling.PATIENCE),
        (Reply(status=410), polling.PATIENCE),
        (Reply(status=500), polling.LONG_PATIENCE),
    ],
)
def test_one_item_whose_text_is_bad_for_good_stops_its_feed_for_a_while_only(
    server: Server, desk: Desk, answer: Reply, polls: int
) -> None:
    server.on("/feed", ap_page("/next", ap(1), ap(2)))
    server.on("/text/1", answer)
    server.on("/text/2", Reply(NITF))
    server.on("/next", ap_page("/next"))
    for _ in range(polls):
        assert desk.once(server.url()).failing
        assert [one.topic for one in desk.kafka.written] == [TOPICS.raw], "the other one came"
    assert desk.once(server.url()).failing == []
    assert [one.topic for one in desk.kafka.written] == [TOPICS.raw, TOPICS.dead]


def test_a_server_that_has_no_text_at_all_is_not_asked_for_each(server: Server, desk: Desk) -> None:
    server.on("/feed", ap_page("/next", *(ap(number) for number in range(100))))
    for number in range(100):
        server.on(f"/text/{number}", Reply(status=500))
    desk.once(server.url())
    assert len(server.asked) == 1 + network._TEXTS


def test_a_text_is_asked_for_with_the_feeds_credentials_on_its_own_server_alone(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIRE_SECRET", "hunter-two")
    server.on("/feed", ap_page(None, ap(1), ap(2, href=server.url("/text", "localhost"))))
    server.on("/text/1", Reply(NITF))
    server.on("/text/2", Reply(NITF))
    credentials = Credentials(query="apikey", variable="WIRE_SECRET")
    desk.once(Source(location=server.url("/feed?q=1"), credentials=credentials))
    assert server.paths() == [
        "/feed?q=1&apikey=hunter-two",
        "/text/1?apikey=hunter-two",
        "/text/2",
    ]
    assert "hunter-two" not in str(desk.kafka.written) + str(desk.states())


# --- what fails ----------------------------------------------------------------------------------


def test_a_feed_that_fails_is_named_and_stops_no_other(server: Server, desk: Desk) -> None:
    server.on("/good", Reply(items(1)))
    server.on("/bad", Reply(status=500))
    bad = Source(name="bad", location=server.url("/bad"), listed=True)
    result = desk.once(bad, server.url("/good"))
    assert (result.published, result.failing) == (1, ["bad"])
    (told,) = desk.told
    assert told.startswith(f"feed bad: {server.url('/bad')}: ")
    assert "found status 500" in told
    assert "expected status 200" in told
    state = desk.states()["bad"]
    assert (state.failures, state.success) == (1, None)
    assert state.error is not None and "500" in state.error
    server.on("/bad", Reply(items(2)))
    assert desk.once(bad).failing == []
    state = desk.states()["bad"]
    assert (state.failures, state.error, state.items) == (0, None, 1)


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (b"", "application/rss+xml", "an empty document"),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "text/html", "text/html"),
        (b"Service temporarily unavailable", "text/plain", "plaintext"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "image/png", "image/png"),
    ],
)
def test_what_is_no_feed_fails_and_leaves_nothing(
    server: Server, desk: Desk, body: bytes, kind: str, told: str
) -> None:
    server.on("/feed", Reply(body, headers=[("Content-Type", kind)]))
    assert desk.once(server.url()).failing == [server.url()]
    assert desk.kafka.written == []
    assert told in desk.told[0]


@pytest.mark.parametrize(
    "kind", ["text/html", "text/plain", "application/octet-stream", "a/b;c=\x07"]
)
def test_a_wrong_content_type_hinders_nothing(server: Server, desk: Desk, kind: str) -> None:
    server.on("/feed", Reply(rss(("a", "Erste")), headers=[("Content-Type", kind)]))
    assert desk.once(server.url()).published == 1


def test_text_is_copy_where_somebody_says_so(server: Server, desk: Desk) -> None:
    server.on("/copy", Reply(b"Berlin (dpa) - Der Rat hat entschieden."))
    server.on("/copy.txt", Reply(b"Berlin (dpa) - Der Rat hat entschieden."))
    server.on("/flag", Reply(b"Berlin (dpa) - Der Rat hat entschieden."))
    assert desk.once(server.url("/copy.txt")).published == 1
    assert desk.once(Source(location=server.url("/copy"), format="plaintext")).published == 1
    assert desk.once(server.url("/flag"), format="plaintext").published == 1


@pytest.mark.parametrize("form", ["nitf", "rss", "ninjs"])
def test_a_document_of_another_format_than_the_feed_has_fails(
    server: Server, desk: Desk, form: str
) -> None:
    server.on("/item", Reply(b"<!DOCTYPE html><html><body>Please log in</body></html>"))
    assert desk.once(Source(location=server.url("/item"), format=form)).failing
    assert desk.kafka.written == []


def test_a_feed_that_has_moved_for_good_is_told_of(server: Server, desk: Desk) -> None:
    server.on("/feed", Reply(status=301, headers=[("Location", "/new?token=hunter-two")]))
    server.on("/new", Reply(items(1)))
    source = Source(name="desk", location=server.url(), listed=True)
    assert desk.once(source).failing == []
    assert desk.told == [f"feed desk: has moved for good to {server.url('/new?token=***')}"]


def test_a_document_that_may_be_cut_off_is_not_published(server: Server, desk: Desk) -> None:
    whole = json.dumps(item(1)).encode()
    server.on("/item", Reply(whole[:-9], length=False), Reply(whole, length=False))
    assert desk.once(server.url("/item")).failing
    assert desk.kafka.written == []
    assert desk.once(server.url("/item")).published == 1


def test_of_a_feed_that_may_be_cut_off_the_whole_entries_are_published(
    server: Server, desk: Desk
) -> None:
    whole = rss(("a", "Erste"), ("b", "Zweite"))
    server.on("/feed", Reply(whole[:-60], length=False), Reply(whole, length=False))
    first = desk.once(server.url())
    assert (first.published, first.refused, first.failing) == (1, 0, [server.url()])
    assert desk.once(server.url()).failing == []
    assert [article.headline for article in desk.kafka.articles()] == ["Erste", "Zweite"]


def test_a_server_that_wants_to_be_left_alone_is_also_by_the_next_run(
    server: Server, desk: Desk, clock: Time
) -> None:
    server.on("/feed", Reply(status=429, headers=[("Retry-After", "600")]), Reply(items(1)))
    desk.once(server.url())
    result = desk.once(server.url())
    assert (len(server.asked), result.failing) == (1, [server.url()])
    assert "left alone" in desk.told[1]
    assert desk.states()[server.url()].failures == 1, "it was not asked, so it did not fail"
    clock.seconds += 600
    assert desk.once(server.url()).published == 1


def test_credentials_that_are_not_there_are_named(server: Server, desk: Desk) -> None:
    credentials = Credentials(bearer=True, variable="NOWHERE_TO_BE_FOUND")
    source = Source(name="desk", location=server.url(), credentials=credentials, listed=True)
    assert desk.once(source).failing == ["desk"]
    assert "NOWHERE_TO_BE_FOUND" in desk.told[0]
    assert server.asked == []


def test_a_fault_of_ours_costs_one_feed(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("nobody thought of that")

    monkeypatch.setattr(entries, "split", fails)
    server.on("/feed", Reply(rss(("a", "Erste"))))
    server.on("/good", Reply(items(1)))
    result = desk.once(server.url(), server.url("/good"))
    assert (result.published, result.failing) == (1, [server.url()])
    assert "ZeroDivisionError: nobody thought of that" in desk.told[0]


def test_a_fault_of_ours_costs_a_glance_no_more(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("nobody thought of that")

    monkeypatch.setattr(entries, "split", fails)
    server.on("/feed", Reply(rss(("a", "Erste"))))
    source = Source(location=server.url())
    (arrival,) = polling.Glance(source).arrivals(Reader(desk.settings).of(source))
    assert arrival is not None and "ZeroDivisionError" in str(arrival.refused)


def test_a_secret_that_a_server_repeats_is_in_no_record_and_no_file(
    server: Server, desk: Desk
) -> None:
    secret = "hunter-two"
    own = server.url(f"/feed?page=1&amp;token={secret}")
    link = f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='{own}'/>"
    server.on("/feed", Reply(rss(("a", "Erste"), head=link)))
    server.on(
        "/json",
        Reply(
            json.dumps(
                {
                    "version": "https://jsonfeed.org/version/1.1",
                    "feed_url": server.url(f"/json?token={secret}"),
                    "items": [{"id": "1", "content_text": "Ein Satz."}],
                }
            ).encode()
        ),
    )
    following = f"/ap?seq=2&token={secret}"
    server.on(f"/ap?token={secret}", ap_page(following, ap(1, href=None)))
    server.on(following, ap_page(following))
    for path in ("/feed", "/json", "/ap"):
        for _ in range(2):
            assert desk.once(server.url(f"{path}?token={secret}")).failing == []
    assert len(desk.kafka.written) == 3
    assert server.paths()[-1] == following, "it is sent all the same"
    assert secret not in str(desk.kafka.written)
    assert secret.encode() not in (desk.settings.data_path / "positions.sqlite3").read_bytes()


# --- pace ----------------------------------------------------------------------------------------


def test_a_feed_with_news_is_polled_sooner_and_a_quiet_one_later(
    server: Server, desk: Desk, clock: Time
) -> None:
    source = Source(location=server.url(), fastest=60, slowest=600)
    intervals = []
    for number in range(12):
        server.on("/feed", Reply(items(number if number in (0, 9) else 0)))
        desk.once(source)
        state = desk.states()[server.url()]
        assert state.due == pytest.approx(clock.seconds + state.interval)
        intervals.append(state.interval)
    assert intervals[0] == 60
    assert intervals[1:4] == [90, 135, 202.5]
    assert intervals[8:12] == [600, 300, 450, 600]


@pytest.mark.parametrize(
    ("head", "headers", "wait"),
    [
        ("", (), 60),
        ("<ttl>30</ttl>", (), 1800),
        ("<ttl>9999</ttl>", (), 3600),
        ("", [("Cache-Control", "public, max-age=900")], 900),
        ("", [("Cache-Control", "max-age=900"), ("Age", "300")], 600),
        ("", [("Cache-Control", "max-age=900, no-cache")], 60),
        ("", [("Expires", "0")], 60),
        ("", [("Cache-Control", "max-age=99999999999")], 3600),
    ],
)
def test_what_a_server_says_of_its_answer_is_kept_within_the_bounds(
    server: Server,
    desk: Desk,
    clock: Time,
    head: str,
    headers: Sequence[tuple[str, str]],
    wait: float,
) -> None:
    server.on("/feed", Reply(rss(("a", "Erste"), head=head), headers=headers))
    desk.once(Source(location=server.url(), fastest=60, slowest=3600))
    state = desk.states()[server.url()]
    assert state.due - clock.seconds == pytest.approx(wait)


def test_an_answer_holds_until_it_expires_by_its_servers_own_clock() -> None:
    now = dt.datetime(2025, 6, 15, 12, tzinfo=dt.UTC)
    headers = {
        "expires": "Sun, 15 Jun 2025 16:00:00 GMT",
        "date": "Sun, 15 Jun 2025 15:45:00 GMT",
    }
    assert pacing.freshness(headers, now) == 900
    assert pacing.freshness({"expires": headers["expires"]}, now) == 4 * 3600
    assert pacing.freshness({"expires": "Sunday, 99-Foo-25"}, now) == 0


def test_a_feed_that_fails_is_asked_less_and_less_often(
    server: Server, desk: Desk, clock: Time
) -> None:
    server.on("/feed", Reply(status=500))
    source = Source(location=server.url(), fastest=10, slowest=600)
    pauses = []
    for _ in range(10):
        desk.once(source)
        pauses.append(desk.states()[server.url()].due - clock.seconds)
    # By chance from half of it to all of it; this chance is one half.
    assert pauses[:4] == [pytest.approx(0.75 * pause) for pause in (30, 60, 120, 240)]
    assert pauses[-1] == pytest.approx(0.75 * 3600)
    spread = {pacing.after_failure(3, fastest=10, slowest=600, asked=0, chance=c) for c in (0, 1)}
    assert spread == {60, 120}


def test_what_a_server_asks_for_goes_before_the_bounds() -> None:
    asked = pacing.after_failure(1, fastest=1, slowest=2, asked=7200, chance=0)
    assert asked == 7200
    for_ever = pacing.after_failure(1, fastest=1, slowest=2, asked=10**9, chance=1)
    assert for_ever == pytest.approx(1.1 * pacing.LONGEST)


# --- a run that goes on --------------------------------------------------------------------------


class Going:
    """A producer that polls until it is told to stop, in a thread of its own."""

    def __init__(self, desk: Desk, *feeds: str | Source) -> None:
        self.result: ProduceResult | None = None
        self._desk = desk
        self._thread = threading.Thread(target=self._run, args=(feeds,), daemon=True)
        self._thread.start()

    def _run(self, feeds: Sequence[str | Source]) -> None:
        desk = self._desk
        self.result = producer.produce(
            desk.settings,
            feeds,
            once=False,
            report=desk.told.append,
            clock=desk.clock.now,
            stop=desk.stop,
        )

    def end(self) -> ProduceResult:
        """Stop it; it must end by itself, and well."""
        self._desk.stop.set()
        self._thread.join(LONG)
        assert self.result is not None
        return self.result


def four_pages(server: Server) -> None:
    """Nine entries, the newest first."""
    server.on("/feed", Reply(items(9, 8, next="/2")))
    server.on("/2", Reply(items(7, 6, next="/3")))
    server.on("/3", Reply(items(5, 4, next="/4")))
    server.on("/4", Reply(items(3, 2, 1)))


def test_feeds_are_polled_until_the_end_and_an_outage_is_told_once(
    server: Server, desk: Desk
) -> None:
    server.on("/good", Reply(items(1)), Reply(items(2, 1)))
    server.on("/bad", *[Reply(status=500)] * 5, Reply(items(3)))
    going = Going(desk, server.url("/good"), server.url("/bad"))
    until(lambda: len(desk.kafka.values) == 3)
    until(lambda: server.paths().count("/good") > 3)
    until(lambda: len(desk.told) == 2)
    assert going.end().published == 3
    assert desk.told[0].startswith(f"feed {server.url('/bad')}: ")
    assert desk.told[1] == f"feed {server.url('/bad')}: answers again"


def test_a_feed_that_hangs_holds_up_no_other(server: Server, desk: Desk) -> None:
    done = threading.Event()

    def silent(_sock: Any) -> None:
        done.wait(LONG)

    server.on("/silent", silent)
    server.on("/feed", Reply(items(1)), Reply(items(2, 1)))
    going = Going(desk, server.url("/silent", "localhost"), server.url())
    try:
        until(lambda: desk.kafka.uris() == urns(1, 2))
        going.end()
    finally:
        done.set()


def test_while_kafka_takes_nothing_feeds_are_not_read_on(server: Server, desk: Desk) -> None:
    desk.kafka.confirms = 0
    server.on("/feed", Reply(items(1)))
    going = Going(desk, server.url())
    until(lambda: len(desk.kafka.written) == 1)
    desk.clock.seconds += DAY
    assert len(server.asked) == 1
    going.end()
    state = desk.states()[server.url()]
    assert (state.success, state.unfinished) == (None, True)


def test_a_feed_that_always_has_something_lets_others_have_their_turn() -> None:
    def busy() -> Iterator[Arrival | None]:
        while True:
            yield Arrival(note="busy")

    turns = producer._interleaved([busy(), iter([Arrival(note="quiet"), None])], threading.Event())
    some = [one.note for one, _ in zip(turns, range(3 * producer.TURN), strict=False) if one]
    assert some.count("quiet") == 1


def test_a_disk_that_fails_ends_the_run(
    server: Server, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise Unavailable("the positions of the feeds cannot be kept")

    monkeypatch.setattr(Seen, "under_way", full)
    server.on("/feed", Reply(items(1)))
    with pytest.raises(Unavailable):
        desk.once(server.url())
    assert desk.kafka.written == []


# --- what is kept --------------------------------------------------------------------------------


def test_what_waits_to_be_published_is_bounded(desk: Desk) -> None:
    belt = network._Belt(1000, desk.stop)

    def arrival(number: int) -> Arrival:
        document = RawDocument(
            value=bytes([number]) * 800,
            feed="f",
            format="ninjs",
            location="l",
            received=desk.clock.now(),
            sha256="",
        )
        return Arrival(document=document)

    put: list[int] = []

    def fill() -> None:
        for number in range(5):
            belt.put(arrival(number))
            put.append(number)

    thread = threading.Thread(target=fill)
    thread.start()
    until(lambda: len(put) == 2)
    for number in range(5):
        one = belt.take(LONG)
        assert one is not None and one.document is not None
        assert one.document.value[0] == number
        assert len(put) <= number + 3
    thread.join(LONG)
    assert belt.take(0) is None


@pytest.fixture
def positions(tmp_path: Path) -> Iterator[Positions]:
    opened = Positions(tmp_path, f"c/t/{TOPICS.raw}")
    yield opened
    opened.close()


def row(key: str, fingerprint: str = "1") -> Row:
    return Row(short_hash(key), short_hash(fingerprint))


def poll(remembered: Seen, number: int, *rows: Row) -> list[Row]:
    """One poll that finds these; returns which of them are news."""
    news = [one for one in rows if remembered.is_news(one, number)]
    remembered.under_way([(one, b"") for one in news], number)
    remembered.confirmed(news)
    remembered.still_there([one for one in rows if one not in news], number)
    remembered.state.touched = number
    remembered.finished(number)
    return news


def test_entries_that_are_long_gone_are_forgotten(positions: Positions) -> None:
    remembered = Seen(positions, "feed", "", "shown")
    assert poll(remembered, 1000, row("a"), row("b")) == [row("a"), row("b")]
    assert poll(remembered, 1000 + seen.KEPT, row("a")) == []
    assert poll(remembered, 1001 + seen.KEPT, row("a")) == []
    assert poll(remembered, 1002 + seen.KEPT, row("a"), row("b")) == [row("b")]


def test_of_one_feed_only_so_much_is_kept_beside_what_it_holds(
    positions: Positions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "MOST", 10)
    remembered = Seen(positions, "feed", "", "shown")
    other = Seen(positions, "other", "", "shown")
    poll(other, 1, row("x"))
    for number in range(1, 31):
        poll(remembered, number, row(f"{number}"))
    with positions.reading() as database:
        assert database.execute("SELECT count(*) FROM entry").fetchone() == (11,)
    # What it holds is known, however much that is.
    many = [row(f"many {number}") for number in range(40)]
    assert poll(remembered, 31, *many) == many
    assert poll(remembered, 32, *many) == []


def test_what_is_under_way_is_not_seen(positions: Positions) -> None:
    remembered = Seen(positions, "feed", "", "shown")
    remembered.under_way([(row("a"), b"\1" * 32), (row("b"), b"\2" * 32)], 5)
    again = Seen(positions, "feed", "", "shown")
    assert again.state.unfinished
    one, two = seen.left_under_way(positions, {again.number})
    assert {one.sha256, two.sha256} == {"01" * 32, "02" * 32}
    arrived = one if one.row == row("a") else two
    seen.settle(positions, [arrived], [two if arrived is one else one])
    assert again.is_news(row("a"), 6) is False
    assert again.is_news(row("b"), 6) is True
    assert seen.left_under_way(positions, {again.number}) == []


def test_positions_of_files_and_of_another_topic_are_others(tmp_path: Path) -> None:
    first, second = Positions(tmp_path, "c/1/raw"), Positions(tmp_path, "c/2/raw")
    poll(Seen(first, "feed", "", "shown"), 1, row("a"))
    assert Seen(second, "feed", "", "shown").is_news(row("a"), 2)
    first.close()
    second.close()
    assert [state.poll for _, _, state in seen.remembered(tmp_path, "raw")] == [1]
    assert seen.remembered(tmp_path, "other.raw") == []
    assert seen.remembered(tmp_path / "nowhere", "raw") == []
