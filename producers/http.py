"""Asking for documents over HTTP, politely and without trust.

Polite: one request at a time to each host, and a pause between two; a host that wants to be left
alone for a while is. Without trust: the size, the time and the number of redirects are bounded,
each hop is looked at before it is taken, certificates are verified, and what was packed is unpacked
no further than the limit.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import os
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPException
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dateline import __version__
from dateline.errors import InputError
from dateline.records import utc_now
from dateline.settings import Settings
from producers import pacing
from producers.access import Access, origin_of

#: hops that one request follows at most
REDIRECTS = 5
#: hosts that are remembered; redirects may name any number of them
HOSTS = 1_000
#: characters of a validator (ETag, Last-Modified) that is sent back; longer ones are left alone
VALIDATOR = 1_000
ACCEPT = (
    "application/feed+json, application/atom+xml, application/rss+xml, application/json;q=0.9, "
    "application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5"
)
_AGENT = f"Dateline/{__version__}"
_CHUNK = 64 * 1024
#: bytes of a body that are held in memory; what is more lies in a temporary file
_IN_MEMORY = 1024 * 1024
_TICK = 0.2
_PERMANENT, _TEMPORARY = frozenset({301, 308}), frozenset({302, 303, 307})
_ERRORS = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    HTTPException,
    OSError,
    ValueError,
    zlib.error,
)

Clock = Callable[[], dt.datetime]
#: waits so many seconds; whether it was told to stop meanwhile
Wait = Callable[[float], bool]


class Stopped(Exception):
    """This process is to end."""


class FetchFailed(InputError):
    """A feed's server did not give its document: to be named, and asked again later.

    asked: seconds for which the server wants to be left alone. status: what it answered, None
    where it did not. postponed: it was not even asked, since it wants to be left alone.
    """

    retriable = True
    asked: float = 0.0
    status: int | None = None
    postponed: bool = False


class Answer(msgspec.Struct, kw_only=True):
    """What came. status: 200, or 304 or 204 where there is nothing new. body: of 200, at its
    beginning; size: its bytes. headers: names in small letters. whole: whether the end of the body
    was marked, so that nothing can be missing. url: where it was in the end. asked: where it was
    asked for."""

    status: int
    url: str
    asked: str = ""
    headers: Mapping[str, str]
    body: IO[bytes] | None = None
    size: int = 0
    whole: bool = True

    @property
    def etag(self) -> str | None:
        """As it is to be sent back."""
        return _validator(self.headers.get("etag"))

    @property
    def modified(self) -> str | None:
        """``Last-Modified``, likewise."""
        return _validator(self.headers.get("last-modified"))

    def read(self) -> bytes:
        """The body; it is gone afterwards."""
        if self.body is None:
            return b""
        with self.body as body:
            return body.read()


def _validator(value: str | None) -> str | None:
    return value if value and len(value) <= VALIDATOR and value.isprintable() else None


# --- hosts ---------------------------------------------------------------------------------------


class _Host:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.free_at = 0.0
        self.left_alone_until = 0.0


class Hosts:
    """Whose turn it is at each host. For use by many threads.

    gap: seconds between two requests. monotonic, wait: see `Fetcher`.
    """

    def __init__(self, gap: float, monotonic: Callable[[], float], wait: Wait) -> None:
        self._gap = gap
        self._monotonic = monotonic
        self._wait = wait
        self._hosts: dict[str, _Host] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self, name: str) -> Iterator[None]:
        """Alone with a host, and not too soon. Raises Stopped, or FetchFailed where it wants to be
        left alone."""
        host = self._of(name)
        while not host.lock.acquire(timeout=_TICK):
            if self._wait(0):
                raise Stopped
        try:
            if (left := host.left_alone_until - self._monotonic()) > 0:
                error = FetchFailed(
                    "the server wants to be left alone",
                    found=f"a Retry-After of {name} that ends in {left:.0f} s",
                )
                error.asked, error.postponed = left, True
                raise error
            if (pause := host.free_at - self._monotonic()) > 0 and self._wait(pause):
                raise Stopped
            try:
                yield
            finally:
                host.free_at = self._monotonic() + self._gap
        finally:
            host.lock.release()

    def leave_alone(self, name: str, seconds: float) -> None:
        """Nobody asks this host before so many seconds have passed."""
        host = self._of(name)
        host.left_alone_until = max(host.left_alone_until, self._monotonic() + seconds)

    def _of(self, name: str) -> _Host:
        with self._lock:
            if len(self._hosts) >= HOSTS and name not in self._hosts:
                now = self._monotonic()
                self._hosts = {
                    other: host
                    for other, host in self._hosts.items()
                    if host.lock.locked() or max(host.free_at, host.left_alone_until) > now
                }
            return self._hosts.setdefault(name, _Host())


# --- connections ---------------------------------------------------------------------------------


class _Limit:
    """What one request may do: how long it lasts, and whom it reaches.

    Time-outs of sockets start anew with each byte; this ends a request in the middle of whatever it
    does, as its connection is closed under it. public: a host of an internal network is refused.
    """

    def __init__(self, seconds: float, *, public: bool) -> None:
        self.ended = False
        self.reached: str | None = None
        self.refused: str | None = None
        self._public = public
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self.end)
        self._timer.daemon = True

    def __enter__(self) -> _Limit:
        _current.limit = self
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        _current.limit = None
        with self._lock:
            for one in self._sockets:
                one.close()
            self._sockets.clear()

    def connected(self, sock: socket.socket, *, proxied: bool) -> None:
        """A connection was made. Raises OSError where it must not be used."""
        with contextlib.suppress(OSError, ValueError):
            # Where a proxy is says nothing of whom it asks.
            self.reached = None if proxied else str(sock.getpeername()[0]).partition("%")[0]
        if self._public and self.reached and _is_private(self.reached):
            self.refused = self.reached
            sock.close()
            raise OSError("a host of an internal network")
        with self._lock:
            # A copy: TLS takes the descriptor away from the socket that was made here.
            self._sockets.append(sock.dup())
        if self.ended:
            self.end()

    def end(self) -> None:
        """Close the connection under whoever waits for it."""
        self.ended = True
        with self._lock:
            for one in self._sockets:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)


_current = threading.local()


#: networks whose addresses end in one of IPv4: of NAT64 (RFC 6052), and an old form (RFC 4291)
_EMBEDDING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


def _is_private(address: str) -> bool:
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if any(found in network for network in _EMBEDDING):
            inner = ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
        return not (inner or found).is_global or found.is_site_local
    return not found.is_global


class _Limited:
    """A connection that its request's limit knows of."""

    proxy: Any

    def _new_conn(self) -> socket.socket:
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        limit: _Limit | None = getattr(_current, "limit", None)
        if limit is not None:
            limit.connected(sock, proxied=self.proxy is not None)
        return sock


class _Plain(_Limited, HTTPConnection):
    pass


class _Secure(_Limited, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Adapter(HTTPAdapter):
    """Of requests: without its retries, cookies, redirects and netrc, and with limits."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._limit(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._limit(manager)
        return manager

    @staticmethod
    def _limit(manager: Any) -> None:
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


# --- requests ------------------------------------------------------------------------------------


class Fetcher:
    """Asks for documents, for all feeds of a run. For use by many threads.

    clock: tells dates. monotonic: seconds, for pauses. wait: waits so many seconds (0: not at all),
    and tells whether to stop.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Wait | None = None,
    ) -> None:
        self.clock = clock
        self._settings = settings
        self._hosts = Hosts(settings.http_gap, monotonic, wait or threading.Event().wait)
        self._under_way: set[_Limit] = set()
        self._closed = False
        self._lock = threading.Lock()

    def get(
        self,
        url: str,
        access: Access,
        *,
        etag: str | None = None,
        modified: str | None = None,
        ca_certs: str | None = None,
    ) -> Answer:
        """The document at an address, through redirects.

        etag, modified: of what is known already. Raises FetchFailed (without secrets), Stopped.
        """
        target, left = url, self._settings.http_timeout
        try:
            for _ in range(REDIRECTS + 1):
                target = access.moved.get(target, target)
                _see_that_it_may_be_asked(target, access)
                scheme, host, port = origin_of(target)
                with self._hosts.turn(f"{scheme}://{host}:{port}"):
                    began = time.monotonic()
                    headers = _conditions(etag, modified)
                    found = self._once(target, access, headers, left, ca_certs)
                    left = max(0.1, left - (time.monotonic() - began))
                if isinstance(found, Answer):
                    found.asked = url
                    return found
                status, location = found
                hop = _hop(access, target, location)
                if status in _PERMANENT and len(access.moved) < HOSTS:
                    access.moved[target] = hop
                target = hop
            raise FetchFailed(
                "too many redirects",
                found=f"{REDIRECTS + 1}, the last to {access.shown(target)!r}",
                expected=f"at most {REDIRECTS}",
            )
        except FetchFailed as error:
            if not error.postponed:
                access.moved.clear()  # what was said to be there for good may not be
            raise error.at(location=access.shown(url)) from None
        except ValueError:
            raise FetchFailed(
                "an address that cannot be read", found=repr(access.shown(target)[:200])
            ).at(location=access.shown(url)) from None

    def close(self) -> None:
        """End what is under way: it raises Stopped."""
        self._closed = True
        with self._lock:
            for limit in self._under_way:
                limit.end()

    def _once(
        self,
        url: str,
        access: Access,
        conditions: dict[str, str],
        seconds: float,
        ca_certs: str | None,
    ) -> Answer | tuple[int, str]:
        """One request: an answer, or a redirect's status and location. Raises FetchFailed."""
        own_host = access.is_own_host(url)
        if not own_host:
            _see_that_no_proxy_is_misused(url, access)
        # A name that has stood for a public host stands for no other later on.
        public = access.private is False if own_host else not access.private
        limit = _Limit(seconds, public=public)
        with self._lock:
            self._under_way.add(limit)
        adapter = _Adapter()
        try:
            with limit:
                if self._closed:
                    raise Stopped
                try:
                    response = self._send(adapter, url, access, conditions, seconds, ca_certs)
                    if own_host and limit.reached and access.private is None:
                        access.private = _is_private(limit.reached)
                    with contextlib.closing(response):
                        return self._answer(response, url, limit, bool(conditions))
                except FetchFailed:
                    raise
                except _ERRORS as error:
                    raise self._failure(error, limit, access) from None
        finally:
            adapter.close()
            with self._lock:
                self._under_way.discard(limit)

    def _send(
        self,
        adapter: _Adapter,
        url: str,
        access: Access,
        conditions: dict[str, str],
        seconds: float,
        ca_certs: str | None,
    ) -> requests.Response:
        dressed, headers = access.dressed(url)
        request = requests.Request(
            "GET",
            dressed,
            headers={
                "User-Agent": self._settings.http_user_agent or _AGENT,
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip",
                "Connection": "close",
                **conditions,
                **headers,
            },
        ).prepare()
        if origin_of(request.url or "") != origin_of(dressed):
            # Where two readers of addresses disagree, secrets would go to the wrong host.
            raise FetchFailed("an address that can be read in two ways", found="another host")
        return adapter.send(
            request,
            stream=True,
            timeout=(
                min(self._settings.http_connect_timeout, seconds),
                min(self._settings.http_read_timeout, seconds),
            ),
            verify=ca_certs or os.environ.get("REQUESTS_CA_BUNDLE") or True,
            proxies=get_environ_proxies(url),
        )

    def _answer(
        self, response: requests.Response, url: str, limit: _Limit, asked_for_news: bool
    ) -> Answer | tuple[int, str]:
        headers = {name.lower(): value for name, value in response.headers.items()}
        status = response.status_code
        if status == 200:
            body, size = _body(response, headers, self._settings.http_max_bytes)
            if limit.ended:
                body.close()
                raise OSError("ended")  # a body whose end is not marked looks whole then
            whole = "content-length" in headers or "transfer-encoding" in headers
            return Answer(status=200, url=url, headers=headers, body=body, size=size, whole=whole)
        if status == 204 or (status == 304 and asked_for_news):
            return Answer(status=status, url=url, headers=headers)
        if status in _PERMANENT | _TEMPORARY and (location := headers.get("location")):
            return status, location
        raise self._refusal(status, response.reason or "", headers, url)

    def _refusal(
        self, status: int, reason: str, headers: Mapping[str, str], url: str
    ) -> FetchFailed:
        error = FetchFailed(
            "the server does not give the document",
            found=f"status {status} {reason[:60]!a}",
            expected="status 200",
            remedy=_REMEDIES.get(status),
        )
        error.status = status
        if status in (429, 503):
            asked = pacing.retry_after(headers, self.clock())
            if asked is not None:
                scheme, host, port = origin_of(url)
                self._hosts.leave_alone(f"{scheme}://{host}:{port}", asked)
                error.asked = asked
                error.found = f"{error.found}, Retry-After {asked:.0f} s"
        return error

    def _failure(self, error: Exception, limit: _Limit, access: Access) -> Exception:
        if self._closed:
            return Stopped()
        if limit.refused:
            return _into_the_internal_network(limit.refused)
        if limit.ended:
            return FetchFailed(
                "the server takes too long",
                found="no whole answer",
                expected=f"all of it within {self._settings.http_timeout:g} s",
                remedy="raise http_timeout if it is to be waited for.",
            )
        return FetchFailed(_what(error), found=_ascii(access.hide(_told(error))))


_REMEDIES = {
    401: "see the feed's credentials.",
    403: "see the feed's credentials, and whether this address may be asked from here.",
    404: "correct the location.",
    410: "take the feed out, or correct its location: the server says that it is gone for good.",
}


def _conditions(etag: str | None, modified: str | None) -> dict[str, str]:
    conditions = {}
    if etag:
        conditions["If-None-Match"] = etag
    if modified:
        conditions["If-Modified-Since"] = modified
    return conditions


def _see_that_it_may_be_asked(target: str, access: Access) -> None:
    """Raises FetchFailed for an address that a server must not send us to, ValueError."""
    parts = urlsplit(target)
    scheme, host, _ = origin_of(target)
    why = None
    if scheme not in ("http", "https"):
        why = f"an address of {scheme[:20]!r}"
    elif not host:
        why = "an address without a host"
    elif scheme == "http" and origin_of(access.location)[0] == "https":
        why = "an address without TLS, from one with it"
    elif "@" in parts.netloc:
        why = "an address with a user and a password"
    elif access.gives_away(target):
        why = "an address of another host with the feed's secret in it"
    if why is not None:
        raise FetchFailed(
            "the server sends us to where we do not go",
            found=why,
            expected="http(s)://host/path",
        )


def _see_that_no_proxy_is_misused(target: str, access: Access) -> None:
    """Raises FetchFailed for an internal address that is told in figures, where the feed's own
    server is none: behind a proxy nobody sees whom a name stands for."""
    own = access.private
    if own is None:
        own = _is_internal(origin_of(access.location)[1])
    host = origin_of(target)[1]
    if not own and _is_internal(host):
        raise _into_the_internal_network(host)


def _is_internal(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    with contextlib.suppress(OSError):
        host = socket.inet_ntoa(socket.inet_aton(host))  # also 127.1, and 2130706433
    try:
        return _is_private(host)
    except ValueError:
        return False


def _into_the_internal_network(host: str) -> FetchFailed:
    return FetchFailed(
        "a link into an internal network",
        found=host,
        expected="a public address, since the feed's own server has one",
    )


def _hop(access: Access, target: str, location: str) -> str:
    """Where a redirect leads to. Raises FetchFailed."""
    try:
        return access.bare(urljoin(target, _as_sent(location)))
    except ValueError:
        # What may be a secret in it cannot be told apart.
        told = location.partition("?")[0].rpartition("@")[2]
        raise FetchFailed(
            "a redirect to an address that cannot be read", found=repr(access.hide(told)[:200])
        ) from None


def _as_sent(location: str) -> str:
    """A header's bytes, which http.client takes for Latin-1, as UTF-8 where they are that."""
    try:
        return location.encode("latin-1").decode()
    except UnicodeError:
        return location


def _what(error: Exception) -> str:
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate is not good, or it speaks no TLS"
    if isinstance(error, requests.exceptions.Timeout | urllib3.exceptions.TimeoutError):
        return "the server does not answer in time"
    if isinstance(error, requests.ConnectionError | OSError) and not _broken(error):
        return "the server cannot be reached"
    return "the answer stops in the middle, or cannot be read"


def _broken(error: Exception) -> bool:
    kinds = (urllib3.exceptions.ProtocolError, urllib3.exceptions.DecodeError)
    return isinstance(error, kinds) or any(isinstance(arg, kinds) for arg in error.args)


def _told(error: BaseException) -> str:
    """The innermost reason: what is around it repeats the address, secrets included."""
    reason = error
    for _ in range(10):
        inner = getattr(reason, "reason", None)
        inner = inner if isinstance(inner, BaseException) else reason.__cause__
        if inner is None:
            inner = next((arg for arg in reason.args if isinstance(arg, BaseException)), None)
        if inner is None:
            break
        reason = inner
    told = getattr(reason, "strerror", None) or str(reason)
    return f"{type(reason).__name__}: {told}"


def _ascii(told: str) -> str:
    return told[:200].encode("ascii", "backslashreplace").decode()


# --- bodies --------------------------------------------------------------------------------------


def _body(
    response: requests.Response, headers: Mapping[str, str], most: int
) -> tuple[IO[bytes], int]:
    """The body, unpacked, and its size. Raises FetchFailed where that is too large, and where it
    is packed otherwise."""
    unpack = _unpacker(headers.get("content-encoding", "").strip().lower())
    kept: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - is returned
    try:
        size = packed = 0
        for chunk in response.raw.stream(_CHUNK, decode_content=False):
            packed += len(chunk)
            for part in unpack.feed(chunk):
                size += len(part)
                if max(size, packed) > most:
                    raise FetchFailed(
                        "an answer above the size limit",
                        found=f"more than {most} bytes",
                        expected=f"at most {most}",
                        remedy="raise http_max_bytes if it is wanted.",
                    )
                kept.write(part)
        unpack.end()
        kept.seek(0)
    except BaseException:
        kept.close()
        raise
    return kept, size


class _Unpacked:
    """Bytes as they are."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Unpacked parts, each a little at a time."""
        yield data

    def end(self) -> None:
        """Nothing more comes. Raises zlib.error where something is missing."""


class _Gzip(_Unpacked):
    """gzip, of one part or several (RFC 1952), or zlib's own form."""

    def __init__(self) -> None:
        self._begun = False
        self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._begun = self._begun or bool(data)
        while True:
            if self._inflate.eof:
                if not data.strip(b"\0"):
                    return  # padding
                self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)
            part = self._inflate.decompress(data, _CHUNK)
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            if part:
                yield part
            # All that went in may have been taken while there is more to come out.
            if not data and len(part) < _CHUNK:
                return

    def end(self) -> None:
        if self._begun and not self._inflate.eof:
            raise zlib.error("the packed answer stops in the middle")


def _unpacker(encoding: str) -> _Unpacked:
    if encoding in ("", "identity"):
        return _Unpacked()
    if encoding in ("gzip", "x-gzip", "deflate"):
        return _Gzip()
    raise FetchFailed(
        "an answer that is packed as was not asked for",
        found=f"Content-Encoding {encoding[:40]!a}",
        expected="gzip, or none",
    )
