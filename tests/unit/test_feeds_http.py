"""Asking a feed's server: politely, within limits, and without giving anything away."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from email.utils import format_datetime
from pathlib import Path

import msgspec
import pytest

from dateline.settings import Settings
from producers import http
from producers.access import Access, Credentials, shown_url
from producers.http import Answer, Fetcher, FetchFailed, Hosts, Stopped
from tests.feed_server import Reply, Server, Time

#: seconds that anything may take on a busy machine
LONG = 60.0
SECRET = "hunter-two"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as started:
        yield started


@pytest.fixture
def clock() -> Time:
    return Time()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


Make = Callable[..., Fetcher]


@pytest.fixture
def make(clock: Time) -> Make:
    """Makes a fetcher with other settings, on an injected clock."""

    def made(**changed: object) -> Fetcher:
        settings = msgspec.structs.replace(Settings(), **changed)
        return Fetcher(settings, clock=clock.now, monotonic=clock.monotonic, wait=clock.wait)

    return made


@pytest.fixture
def fetcher(make: Make) -> Fetcher:
    return make()


def got(fetcher: Fetcher, url: str, **more: str) -> bytes:
    answer = fetcher.get(url, Access(url), **more)
    assert answer.status == 200
    return answer.read()


def refused(call: Callable[[], object]) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        call()
    return failed.value


# --- only what is new ----------------------------------------------------------------------------


def test_what_is_known_is_asked_for_only_if_it_has_changed(
    server: Server, fetcher: Fetcher
) -> None:
    since = "Sun, 15 Jun 2025 10:00:00 GMT"
    server.on(
        "/feed",
        Reply(b"one", headers=[("ETag", 'W/"1"'), ("Last-Modified", since)]),
        Reply(status=304),
        Reply(b"two"),
    )
    access = Access(server.url())
    first = fetcher.get(server.url(), access)
    assert (first.read(), first.etag, first.modified) == (b"one", 'W/"1"', since)
    second = fetcher.get(server.url(), access, etag=first.etag, modified=first.modified)
    assert (second.status, second.body) == (304, None)
    asked = server.asked[1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"1"', since)
    third = fetcher.get(server.url(), access, etag=first.etag)
    assert third.read() == b"two"
    assert third.etag is None


def test_nothing_new_is_no_answer_to_whoever_knows_nothing(
    server: Server, fetcher: Fetcher
) -> None:
    server.on("/feed", Reply(status=304))
    assert "status 304" in str(refused(lambda: got(fetcher, server.url())))


def test_a_validator_that_is_endless_or_odd_is_not_sent_back(
    server: Server, fetcher: Fetcher
) -> None:
    server.on("/feed", Reply(b"x", headers=[("ETag", f'"{"e" * 5000}"')]))
    assert fetcher.get(server.url(), Access(server.url())).etag is None


# --- being left alone ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_a_server_that_wants_to_be_left_alone_is(
    server: Server, fetcher: Fetcher, clock: Time, status: int, as_date: bool
) -> None:
    # The server's clock is an hour slow; what it means is two minutes from its own now.
    its_now = clock.now() - dt.timedelta(hours=1)
    until = format_datetime(its_now + dt.timedelta(seconds=120), usegmt=True)

    def overloaded(sock: socket.socket) -> None:
        told = until if as_date else "120"
        sock.sendall(
            f"HTTP/1.1 {status} No\r\nDate: {format_datetime(its_now, usegmt=True)}\r\n"
            f"Retry-After: {told}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    server.on("/feed", overloaded)
    server.on("/other", Reply(b"other"))
    error = refused(lambda: got(fetcher, server.url()))
    assert (error.status, error.asked, error.postponed) == (status, 120, False)
    assert "Retry-After 120 s" in str(error)
    # Another feed of the same host does not even ask.
    later = refused(lambda: got(fetcher, server.url("/other")))
    assert later.postponed
    assert 118 <= later.asked <= 120
    assert server.paths() == ["/feed"]
    clock.wait(120)
    assert got(fetcher, server.url("/other")) == b"other"


@pytest.mark.parametrize("told", ["soon", "-5", "99999999999999999999", "Mon, 99 Foo", ""])
def test_a_retry_after_that_makes_no_sense_is_bounded(
    server: Server, fetcher: Fetcher, told: str
) -> None:
    server.on("/feed", Reply(status=429, headers=[("Retry-After", told)]))
    assert refused(lambda: got(fetcher, server.url())).asked <= 86_400


def test_between_two_requests_to_one_host_there_is_a_pause(
    server: Server, make: Make, clock: Time
) -> None:
    fetcher = make(http_gap=5.0)
    server.on("/feed", Reply(b"x"))
    got(fetcher, server.url())
    assert clock.waited == []
    got(fetcher, server.url())
    assert clock.waited == [pytest.approx(5.0)]
    got(fetcher, server.url(host="localhost"))
    assert len(clock.waited) == 1, "another host need not wait"


def test_a_host_has_one_request_at_a_time(clock: Time) -> None:
    hosts = Hosts(1.0, clock.monotonic, clock.wait)
    order: list[str] = []

    def second() -> None:
        with hosts.turn("host"):
            order.append("second")

    with hosts.turn("host"):
        thread = threading.Thread(target=second)
        thread.start()
        with hosts.turn("another host"):
            order.append("another")
        order.append("first ends")
    thread.join(LONG)
    assert order == ["another", "first ends", "second"]


def test_whoever_waits_for_a_host_can_be_stopped(clock: Time) -> None:
    hosts = Hosts(1.0, clock.monotonic, lambda _seconds: True)
    with hosts.turn("host"):
        stopped: list[bool] = []

        def second() -> None:
            try:
                with hosts.turn("host"):
                    stopped.append(False)
            except Stopped:
                stopped.append(True)

        thread = threading.Thread(target=second)
        thread.start()
        thread.join(LONG)
    assert stopped == [True]


def test_not_every_host_that_ever_was_is_remembered(clock: Time) -> None:
    hosts = Hosts(1.0, clock.monotonic, clock.wait)
    hosts.leave_alone("kept", 3600)
    for number in range(3 * http.HOSTS):
        with hosts.turn(f"host {number}"):
            pass
        clock.wait(1.1)
    assert len(hosts._hosts) <= http.HOSTS
    with pytest.raises(FetchFailed), hosts.turn("kept"):
        pass


def test_the_server_is_told_who_asks(server: Server, make: Make) -> None:
    server.on("/feed", Reply(b"x"))
    got(make(), server.url())
    got(make(http_user_agent="Desk (desk@example.org)"), server.url())
    assert server.asked[0].headers["user-agent"].startswith("Dateline/")
    assert server.asked[1].headers["user-agent"] == "Desk (desk@example.org)"


# --- redirects -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "remembered"), [(301, True), (308, True), (302, False), (303, False), (307, False)]
)
def test_a_redirect_for_good_is_remembered_and_no_other(
    server: Server, fetcher: Fetcher, status: int, remembered: bool
) -> None:
    server.on("/feed", Reply(status=status, headers=[("Location", "new?a=1#part")]))
    server.on("/new", Reply(b"here"))
    access = Access(server.url())
    assert fetcher.get(server.url(), access).read() == b"here"
    assert fetcher.get(server.url(), access).read() == b"here"
    first = ["/feed", "/new?a=1"]
    assert server.paths() == first + (first[1:] if remembered else first)


def test_what_was_there_for_good_and_is_not_is_asked_for_at_its_old_place(
    server: Server, fetcher: Fetcher
) -> None:
    server.on("/feed", Reply(status=301, headers=[("Location", "/new")]), Reply(b"back"))
    server.on("/new", Reply(b"here"), Reply(status=404))
    access = Access(server.url())
    fetcher.get(server.url(), access)
    refused(lambda: fetcher.get(server.url(), access))
    assert fetcher.get(server.url(), access).read() == b"back"


def test_redirects_in_a_circle_end(server: Server, fetcher: Fetcher) -> None:
    server.on("/feed", Reply(status=302, headers=[("Location", "/feed")]))
    assert "too many redirects" in str(refused(lambda: got(fetcher, server.url())))
    assert len(server.asked) == http.REDIRECTS + 1


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/feed",
        "gopher://127.0.0.1/",
        "data:text/xml,<rss/>",
        "javascript:x",
        "http://[::1/feed",
        "http://127.0.0.1:port/feed",
        "http://user:pass@127.0.0.1/feed",
    ],
)
def test_a_redirect_leads_to_no_file_and_nowhere_else_than_http(
    server: Server, fetcher: Fetcher, target: str
) -> None:
    server.on("/feed", Reply(status=301, headers=[("Location", target)]))
    refused(lambda: got(fetcher, server.url()))
    assert server.paths() == ["/feed"]


def test_a_redirect_to_an_address_that_cannot_be_read_is_told_by_that(
    server: Server, fetcher: Fetcher
) -> None:
    location = "http://u:secret@[::1/feed?key=secret"
    server.on("/feed", Reply(status=302, headers=[("Location", location)]))
    told = str(refused(lambda: got(fetcher, server.url())))
    assert "a redirect to an address that cannot be read; found '[::1/feed'" in told
    assert "secret" not in told


def test_whoever_asks_with_tls_is_not_sent_on_without() -> None:
    access = Access("https://wire.example/feed")
    with pytest.raises(FetchFailed, match="without TLS"):
        http._see_that_it_may_be_asked("http://wire.example/feed", access)
    http._see_that_it_may_be_asked("https://other.example/feed", access)


def test_a_redirect_without_a_target_is_named(server: Server, fetcher: Fetcher) -> None:
    server.on("/feed", Reply(status=302))
    assert "status 302" in str(refused(lambda: got(fetcher, server.url())))


def test_a_public_server_sends_nobody_into_the_internal_network(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both are this machine; the first is taken for a public one.
    answers = iter([False, True])
    monkeypatch.setattr(http, "_is_private", lambda _address: next(answers))
    server.on("/feed", Reply(status=302, headers=[("Location", server.url("/x", "localhost"))]))
    error = refused(lambda: got(fetcher, server.url()))
    assert "internal network" in str(error)
    assert server.paths() == ["/feed"]


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("127.0.0.1", True),
        ("10.1.2.3", True),
        ("169.254.169.254", True),
        ("::1", True),
        ("fe80::1", True),
        ("::ffff:192.168.1.1", True),
        ("64:ff9b::a9fe:a9fe", True),
        ("64:ff9b::808:808", False),
        ("2002:a9fe:a9fe::1", True),
        ("::169.254.169.254", True),
        ("fec0::1", True),
        ("8.8.8.8", False),
        ("2001:4860:4860::8888", False),
    ],
)
def test_which_addresses_are_of_an_internal_network(address: str, private: bool) -> None:
    assert http._is_private(address) is private


@pytest.mark.parametrize(
    "target", ["127.0.0.1", "localhost", "[::1]", "2130706433", "169.254.169.254", "10.1"]
)
def test_behind_a_proxy_a_public_server_sends_nobody_there_either(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    # The proxy is in the internal network; that tells nothing of the feed's own server.
    monkeypatch.setenv("http_proxy", server.url(""))
    monkeypatch.setenv("no_proxy", "")
    away = Reply(status=302, headers=[("Location", f"http://{target}/x")])
    server.on("http://wire.example/feed", away)
    error = refused(lambda: got(fetcher, "http://wire.example/feed"))
    assert "internal network" in str(error)
    assert server.paths() == ["http://wire.example/feed"]


def test_a_public_server_whose_name_stands_for_an_internal_one_later_is_refused(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([False, True])
    monkeypatch.setattr(http, "_is_private", lambda _address: next(answers))
    server.on("/feed", Reply(b"x"))
    access = Access(server.url())
    assert fetcher.get(server.url(), access).read() == b"x"
    assert "internal network" in str(refused(lambda: fetcher.get(server.url(), access)))
    assert len(server.asked) == 1


# --- credentials ---------------------------------------------------------------------------------


def access_with(url: str, monkeypatch: pytest.MonkeyPatch, **way: object) -> Access:
    monkeypatch.setenv("WIRE_SECRET", SECRET)
    access = Access(url, Credentials(variable="WIRE_SECRET", **way))  # type: ignore[arg-type]
    access.renew()
    return access


@pytest.mark.parametrize(
    ("way", "header", "value"),
    [
        (
            {"basic": "désk"},
            "authorization",
            "Basic " + base64.b64encode(f"désk:{SECRET}".encode()).decode(),
        ),
        ({"bearer": True}, "authorization", f"Bearer {SECRET}"),
        ({"header": "X-Api-Key"}, "x-api-key", SECRET),
    ],
)
def test_credentials_go_to_the_feeds_own_server_alone(
    server: Server,
    fetcher: Fetcher,
    monkeypatch: pytest.MonkeyPatch,
    way: dict[str, object],
    header: str,
    value: str,
) -> None:
    server.on("/feed", Reply(status=302, headers=[("Location", server.url("/b", "localhost"))]))
    server.on("/b", Reply(status=302, headers=[("Location", server.url("/c"))]))
    server.on("/c", Reply(b"x"))
    fetcher.get(server.url(), access_with(server.url(), monkeypatch, **way))
    assert [one.headers.get(header) for one in server.asked] == [value, None, value]
    assert SECRET not in str(server.asked[1])


def test_a_secret_parameter_goes_to_the_feeds_own_server_alone(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Servers repeat what they were asked with, also in where they send to.
    away = server.url(f"/b?page=2&apikey={SECRET}", "localhost")
    server.on("/feed", Reply(status=302, headers=[("Location", away)]))
    server.on("/b", Reply(b"x"))
    access = access_with(server.url("/feed?a=1"), monkeypatch, query="apikey")
    fetcher.get(server.url("/feed?a=1"), access)
    assert server.paths() == [f"/feed?a=1&apikey={SECRET}", "/b?page=2"]

    server.on("/feed", Reply(status=302, headers=[("Location", away.replace("apikey", "k"))]))
    error = refused(lambda: fetcher.get(server.url("/feed?a=1"), access))
    assert "secret" in str(error)
    assert SECRET not in str(error)


def test_the_same_host_with_tls_is_the_feeds_own_server_and_no_other_port_is() -> None:
    access = Access("http://wire.example/feed")
    assert access.is_own("http://wire.example:80/x")
    assert access.is_own("https://wire.example/x")
    assert not access.is_own("http://wire.example:8080/x")
    assert not access.is_own("http://wire.example.evil/x")
    assert not Access("https://wire.example/feed").is_own("http://wire.example/x")


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:{port}\\@localhost:{port}/b",
        "http://localhost:{port}\\.127.0.0.1:{port}/b",
        "http://127.0.0.1:{port}@localhost:{port}/b",
        "http://local\thost:{port}/b",
        "//localhost:{port}/b",
        "http://localhost:{port}?@127.0.0.1:{port}/b",
        "http://localhost:{port}#@127.0.0.1:{port}/b",
    ],
)
def test_an_address_that_can_be_read_in_two_ways_gets_no_secret(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    port = server.url().split(":")[2].split("/")[0]
    server.on("/feed", Reply(status=302, headers=[("Location", target.format(port=port))]))
    access = access_with(server.url(), monkeypatch, header="X-Api-Key")
    with contextlib.suppress(FetchFailed):
        fetcher.get(server.url(), access)
    for one in server.asked[1:]:
        assert SECRET not in str(one), one
        assert one.headers["host"].startswith("localhost:")


@pytest.mark.parametrize("way", [{"query": "apikey"}, {"bearer": True}])
def test_a_host_that_two_readers_take_for_different_ones_is_not_asked(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, way: dict[str, object]
) -> None:
    # One of them reads strasse, the other xn--strae-oqa.
    url = "http://straße.example/feed"
    access = access_with(url, monkeypatch, **way)
    assert "two ways" in str(refused(lambda: fetcher.get(url, access)))


def test_a_secret_in_the_address_goes_to_its_own_server_and_is_kept_nowhere() -> None:
    access = Access(f"https://wire.example/feed?page=1&token={SECRET}")
    following = access.bare(f"https://wire.example/feed?page=2&token={SECRET}#x")
    assert following == "https://wire.example/feed?page=2"
    assert access.dressed(following) == (f"{following}&token={SECRET}", {})
    assert access.dressed("https://other.example/feed") == ("https://other.example/feed", {})
    # What a server gives for this page alone is not the feed's.
    signed = "https://wire.example/feed?page=2&token=other"
    assert access.bare(signed) == signed
    assert access.dressed(signed) == (signed, {})


def test_a_message_that_is_cut_holds_no_part_of_a_secret(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise OSError("x" * 180 + SECRET)

    monkeypatch.setattr(fetcher, "_send", fails)
    access = access_with(server.url(), monkeypatch, bearer=True)
    assert SECRET[:4] not in str(refused(lambda: fetcher.get(server.url(), access)))


def test_a_host_in_letters_of_the_world_is_the_one_it_stands_for() -> None:
    assert Access("https://köln.example/feed").is_own("https://xn--kln-sna.example/x")
    with pytest.raises(ValueError, match="label"):
        Access(f"https://{'ö' * 70}.example/feed")


def test_user_and_password_in_an_address_are_sent_and_never_shown(
    server: Server, fetcher: Fetcher
) -> None:
    server.on("/feed", Reply(status=500))
    url = server.url().replace("://", f"://desk:{SECRET}@")
    access = Access(url)
    error = refused(lambda: fetcher.get(access.location, access))
    sent = server.asked[0].headers["authorization"]
    assert sent == "Basic " + base64.b64encode(f"desk:{SECRET}".encode()).decode()
    for told in (str(error), repr(error), repr(access), access.shown(url), access.hide(sent)):
        assert SECRET not in told
        assert sent.split()[1] not in told


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/x?q=1#part", "https://a.example/x?q=1"),
        ("https://u:p@a.example/x", "https://a.example/x"),
        ("https://a.example/?apikey=1&b=2", "https://a.example/?apikey=***&b=2"),
        ("https://a.example/?access_token=1", "https://a.example/?access_token=***"),
        ("https://a.example/?X-Amz-Signature=1", "https://a.example/?X-Amz-Signature=***"),
        ("https://a.example/?%61pi_key=1", "https://a.example/?%61pi_key=***"),
        ("https://a.example/?mine=1&c", "https://a.example/?mine=***&c"),
        ("https://[::1", "an address that cannot be read"),
    ],
)
def test_addresses_are_shown_without_what_is_secret_in_them(url: str, shown: str) -> None:
    assert shown_url(url, ["mine"]) == shown


def test_a_secret_is_hidden_in_whichever_form_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ODD", "a b/c&d")
    access = Access("https://a.example/", Credentials(query="k", variable="ODD"))
    access.renew()
    for form in ("a b/c&d", "a%20b%2Fc%26d", "a+b%2Fc%26d"):
        assert access.hide(f"failed: k={form}!") == "failed: k=***!"


# --- limits --------------------------------------------------------------------------------------


def raw(*parts: bytes) -> Callable[[socket.socket], None]:
    """Writes these bytes, then hangs up."""

    def write(sock: socket.socket) -> None:
        for part in parts:
            sock.sendall(part)

    return write


def trickling(head: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Writes a head, and then a little every now and then for as long as anybody listens."""

    def write(sock: socket.socket) -> None:
        sock.sendall(head)
        while True:
            sock.sendall(drop)
            time.sleep(0.02)

    return write


OK = b"HTTP/1.1 200 OK\r\n"


def test_an_endless_body_ends_at_the_limit(server: Server, make: Make) -> None:
    def endless(sock: socket.socket) -> None:
        sock.sendall(OK + b"\r\n")
        while True:
            sock.sendall(b"x" * 65_536)

    server.on("/feed", endless)
    error = refused(lambda: got(make(http_max_bytes=1_000_000), server.url()))
    assert "more than 1000000 bytes" in str(error)
    server.on("/feed", Reply(b"x" * 1_000_000))
    assert len(got(make(http_max_bytes=1_000_000), server.url())) == 1_000_000


def test_a_bomb_is_unpacked_no_further_than_the_limit(
    server: Server, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts: list[int] = []
    plain = http._Gzip.feed

    def watched(self: http._Gzip, data: bytes) -> Iterator[bytes]:
        for part in plain(self, data):
            parts.append(len(part))
            yield part

    monkeypatch.setattr(http._Gzip, "feed", watched)
    bomb = gzip.compress(b"\0" * 40_000_000)
    server.on("/feed", Reply(bomb, headers=[("Content-Encoding", "gzip")]))
    refused(lambda: got(make(http_max_bytes=1_000_000), server.url()))
    assert sum(parts) < 1_200_000
    assert max(parts) <= 65_536


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"a" * 300_000)),
        ("x-gzip", gzip.compress(b"a" * 150_000) + gzip.compress(b"a" * 150_000) + b"\0\0"),
        ("deflate", zlib.compress(b"a" * 300_000)),
        ("GZIP", gzip.compress(b"a" * 300_000)),
    ],
)
def test_a_packed_body_is_unpacked(
    server: Server, fetcher: Fetcher, encoding: str, packed: bytes
) -> None:
    server.on("/feed", Reply(packed, headers=[("Content-Encoding", encoding)]))
    assert got(fetcher, server.url()) == b"a" * 300_000
    assert server.asked[0].headers["accept-encoding"] == "gzip"


WHOLE = gzip.compress(bytes(range(256)) * 200)


@pytest.mark.parametrize(
    "answer",
    [
        raw(OK + b"Content-Length: 100\r\n\r\n", b"x" * 50),
        raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n"),
        raw(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"zz\r\nhello\r\n"),
        raw(OK + b"Content-Encoding: gzip\r\n\r\n", WHOLE[:-20]),
        raw(OK + b"Content-Encoding: gzip\r\n\r\n", b"no gzip at all"),
        raw(OK + b"Content-Encoding: br\r\nContent-Length: 3\r\n\r\nabc"),
        raw(b""),
        raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
        raw(OK + b"X: y\r\n" * 500 + b"\r\n"),
        raw(OK + b"X: " + b"y" * 100_000 + b"\r\n\r\n"),
    ],
)
def test_a_body_that_stops_in_the_middle_is_no_document(
    server: Server, fetcher: Fetcher, answer: Callable[[socket.socket], None]
) -> None:
    server.on("/feed", answer)
    error = refused(lambda: got(fetcher, server.url()))
    assert error.retriable
    assert server.url() in str(error)


def test_whether_the_end_of_a_body_was_marked_is_told(server: Server, fetcher: Fetcher) -> None:
    server.on("/feed", Reply(b"x"), Reply(b"x", length=False))
    access = Access(server.url())
    answers: list[Answer] = [fetcher.get(server.url(), access) for _ in range(2)]
    assert [one.whole for one in answers] == [True, False]


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"x"),
        (OK, b"X-More: y\r\n"),
        (OK + b"Content-Length: 1000000\r\n\r\n", b"x"),
        (OK + b"\r\n", b"x"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_body_that_trickles_in_ends_in_time(
    server: Server, make: Make, head: bytes, drop: bytes
) -> None:
    """Each byte comes well within the time for reading; all of them together never end."""
    fetcher = make(http_timeout=0.5, http_read_timeout=LONG)
    server.on("/feed", trickling(head, drop))
    error = refused(lambda: got(fetcher, server.url()))
    assert "too long" in str(error) or "cannot be read" in str(error)


def test_a_server_that_says_nothing_is_given_up(server: Server, make: Make) -> None:
    done = threading.Event()

    def silent(_sock: socket.socket) -> None:
        done.wait(LONG)

    server.on("/feed", silent)
    try:
        error = refused(lambda: got(make(http_read_timeout=0.2), server.url()))
    finally:
        done.set()
    assert "in time" in str(error)


def test_what_is_under_way_ends_when_everything_does(server: Server, fetcher: Fetcher) -> None:
    asked, done = threading.Event(), threading.Event()

    def silent(_sock: socket.socket) -> None:
        asked.set()
        done.wait(LONG)

    server.on("/feed", silent)
    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            got(fetcher, server.url())
        except (Stopped, FetchFailed) as error:
            ended.append(type(error))

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(LONG)
    fetcher.close()
    thread.join(LONG)
    done.set()
    assert ended == [Stopped]


def test_a_server_that_is_not_there_is_named_without_what_is_secret(
    fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/feed"
    access = access_with(url, monkeypatch, query="apikey")
    error = refused(lambda: fetcher.get(url, access))
    assert "cannot be reached" in str(error)
    assert "refused" in str(error)
    assert SECRET not in str(error) + repr(error) + repr(error.__cause__)
    assert error.exit_status == 1


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (401, "credentials"),
        (403, "credentials"),
        (404, "location"),
        (410, "for good"),
        (500, "500"),
    ],
)
def test_each_refusal_says_what_to_do(
    server: Server, fetcher: Fetcher, status: int, told: str
) -> None:
    server.on("/feed", Reply(status=status))
    error = refused(lambda: got(fetcher, server.url()))
    assert error.status == status
    assert told in str(error)


def test_what_a_server_says_is_shown_and_not_obeyed(server: Server, fetcher: Fetcher) -> None:
    server.on("/feed", raw(b"HTTP/1.1 500 \x1b[2J\xff\r\nContent-Length: 0\r\n\r\n"))
    assert "\x1b" not in str(refused(lambda: got(fetcher, server.url())))


# --- TLS -----------------------------------------------------------------------------------------


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path, fetcher: Fetcher) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        f"-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -keyout {key} "
        f"-out {certificate}".split(),
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with Server(context) as server:
        server.on("/feed", Reply(b"sealed"))
        error = refused(lambda: got(fetcher, server.url()))
        assert "certificate" in str(error)
        assert server.asked == []
        assert got(fetcher, server.url(), ca_certs=str(certificate)) == b"sealed"
        # The right authority, another name.
        with pytest.raises(FetchFailed, match="certificate"):
            got(fetcher, server.url(host="localhost"), ca_certs=str(certificate))
        server.on("/feed", trickling(OK + b"\r\n", b"x"))
        slow = Fetcher(msgspec.structs.replace(Settings(), http_timeout=0.5, http_gap=0))
        assert "too long" in str(
            refused(lambda: got(slow, server.url(), ca_certs=str(certificate)))
        )


def test_a_handshake_that_never_ends_does(make: Make) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        fetcher = make(http_timeout=0.5, http_connect_timeout=LONG)
        error = refused(lambda: got(fetcher, f"https://127.0.0.1:{port}/feed"))
    assert "too long" in str(error) or "in time" in str(error)
