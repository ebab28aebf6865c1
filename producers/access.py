"""Who we are to a feed's server, and what of that is never shown.

Secrets come from the environment or from files, and are read anew for each poll, so that one that
was renewed is used without a restart. They go to the server that the feed names (scheme, host and
port), to no other, whatever a redirect or a link says.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlencode, urlsplit, urlunsplit

import msgspec

from dateline.errors import InputError

HIDDEN = "***"
#: parameters whose values nobody is shown: ``apikey``, ``access_token``, ``X-Amz-Signature``
_SECRET_NAME = re.compile(
    r"(?:key|token|secret|password|passwd|pwd|pass|signature|sig|credential|auth)\Z", re.IGNORECASE
)
_PORTS = {"http": 80, "https": 443}


class Credentials(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a feed's server knows us: one of ``basic`` (the user), ``bearer``, ``header`` and
    ``query`` (their names). The secret is in ``variable`` of the environment, or in ``file``."""

    basic: str | None = None
    bearer: bool = False
    header: str | None = None
    query: str | None = None
    variable: str | None = None
    file: str | None = None

    def flaw(self) -> str | None:
        """What is wrong with them as they are written."""
        ways = [self.basic is not None, self.bearer, bool(self.header), bool(self.query)]
        if sum(ways) != 1:
            return "one of basic, bearer, header and query is needed"
        if (self.variable is None) == (self.file is None):
            return "the secret must be in a variable or in a file: one of the two"
        if self.header and not re.fullmatch(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+", self.header):
            return f"no name of a header: {self.header!r}"
        return None

    def secret(self) -> str:
        """Raises InputError, without anything of the secret."""
        if self.variable is not None:
            value = os.environ.get(self.variable, "").strip()
            place = f"environment variable {self.variable}"
        else:
            place = f"file {self.file}"
            try:
                value = Path(self.file or "").expanduser().read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise InputError(
                    "the feed's credentials cannot be read",
                    found=f"{place}: {getattr(error, 'strerror', None) or type(error).__name__}",
                    remedy="correct the path, or the rights of the file.",
                ) from None
        if not value or not value.isprintable():
            raise InputError(
                "the feed's credentials are not there",
                found=f"{place} is {'not one line of text' if value else 'empty or not set'}",
                expected="the secret, in one line",
            )
        return value

    def __str__(self) -> str:
        way = (
            f"basic, user {self.basic}"
            if self.basic is not None
            else f"header {self.header}"
            if self.header
            else f"parameter {self.query}"
            if self.query
            else "bearer"
        )
        return f"{way}, from {self.variable or self.file}"


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port. Raises ValueError."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    if not host.isascii():
        host = host.encode("idna").decode()
    return scheme, host, parts.port or _PORTS.get(scheme, 0)


def shown_url(url: str, also: Iterable[str] = ()) -> str:
    """An address for people: no user, no password, no fragment, no value of a parameter that is
    named like a secret, or in ``also``."""
    names = set(also)
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        query = "&".join(
            f"{pair.partition('=')[0]}={HIDDEN}"
            if "=" in pair and _is_secret(_name(pair), names)
            else pair
            for pair in parts.query.split("&")
        )
    except ValueError:
        return "an address that cannot be read"
    return urlunsplit((parts.scheme, host, parts.path, query, ""))


def _name(pair: str) -> str:
    return unquote(pair.partition("=")[0])


def _is_secret(name: str, also: set[str]) -> bool:
    return name in also or _SECRET_NAME.search(name) is not None


def names_secret(url: str) -> str | None:
    """What part of an address is a secret by its place or its name; None where none is."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        return "user and password"
    pairs = parse_qsl(parts.query)
    return next((f"parameter {name}" for name, _ in pairs if _is_secret(name, set())), None)


class Access:
    """What goes with requests to the server of one feed. `renew` reads the secret.

    location: where the feed lies; a user and a password in it are taken as such. moved: where
    parts of it lie for good, as its server said in this run. private: whether it is a host of an
    internal network, known after the first request.
    """

    def __init__(self, location: str, credentials: Credentials | None = None) -> None:
        parts = urlsplit(location)
        user_and_password, _, host = parts.netloc.rpartition("@")
        self.location = urlunsplit(parts._replace(netloc=host))
        self.moved: dict[str, str] = {}
        self.private: bool | None = None
        self._origin = origin_of(self.location)
        self._credentials = credentials
        self._header: tuple[str, str] | None = None
        self._parameter: tuple[str, str] | None = None
        self._hidden: list[str] = []
        self._also = {credentials.query} if credentials and credentials.query else set()
        self._given = [
            pair
            for pair in parts.query.split("&")
            if "=" in pair and _is_secret(_name(pair), self._also)
        ]
        self._own = {value for pair in self._given for _, value in parse_qsl(pair)}
        if user_and_password:
            user, _, password = user_and_password.partition(":")
            self._own |= {unquote(password), self._basic(unquote(user), unquote(password))}
        self._hide(self._own)

    def renew(self) -> None:
        """Read the secret. Raises InputError."""
        if self._credentials is None:
            return
        secret = self._credentials.secret()
        if self._credentials.basic is not None:
            self._basic(self._credentials.basic, secret)
        elif self._credentials.header:
            self._header = (self._credentials.header, secret)
        elif self._credentials.query:
            self._parameter = (self._credentials.query, secret)
        else:
            self._header = ("Authorization", f"Bearer {secret}")
        user = self._credentials.basic or ""
        self._hide({*self._own, secret, _token(user, secret)})

    def _basic(self, user: str, password: str) -> str:
        token = _token(user, password)
        self._header = ("Authorization", f"Basic {token}")
        return token

    def _hide(self, values: set[str]) -> None:
        forms = {form for value in values for form in (value, quote(value, ""), quote_plus(value))}
        self._hidden = sorted((form for form in forms if len(form) > 2), key=len, reverse=True)

    def is_own(self, url: str) -> bool:
        """Whether an address is of the feed's own server; the same host with TLS is, too."""
        scheme, host, port = self._origin
        return origin_of(url) in {
            self._origin,
            ("https", host, 443) if (scheme, port) == ("http", 80) else self._origin,
        }

    def is_own_host(self, url: str) -> bool:
        """Whether it is the host that the feed names, whatever the port."""
        return origin_of(url)[1] == self._origin[1]

    def dressed(self, url: str) -> tuple[str, dict[str, str]]:
        """An address with what its server must be given, and the headers that do so."""
        url = self.bare(url)
        if not self.is_own(url):
            return url, {}
        if self._parameter is not None:
            parts = urlsplit(url)
            given = urlencode([self._parameter])
            url = urlunsplit(parts._replace(query=f"{parts.query}&{given}".lstrip("&")))
        if self._given:
            parts = urlsplit(url)
            there = {_name(pair) for pair in parts.query.split("&")}
            given = "&".join(pair for pair in self._given if _name(pair) not in there)
            url = urlunsplit(parts._replace(query=f"{parts.query}&{given}".strip("&")))
        return url, dict([self._header]) if self._header else {}

    def bare(self, url: str) -> str:
        """An address without the parameters that hold the feed's secrets, and without a fragment:
        servers send back what they were asked with. So it may be kept, and asked of others."""
        parts = urlsplit(url)
        query = "&".join(
            pair
            for pair in parts.query.split("&")
            if _name(pair) not in self._also and pair not in self._given
        )
        return urlunsplit(parts._replace(query=query, fragment=""))

    def gives_away(self, url: str) -> bool:
        """Whether an address that is not of the feed's own server holds the secret."""
        return not self.is_own(url) and any(hidden in url for hidden in self._hidden)

    def shown(self, url: str) -> str:
        """An address for people."""
        return self.hide(shown_url(url, self._also))

    def hide(self, told: str) -> str:
        """Text without the secrets, wherever they stand in it."""
        for hidden in self._hidden:
            told = told.replace(hidden, HIDDEN)
        return told

    def __repr__(self) -> str:
        return f"Access({self.shown(self.location)})"


def _token(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()
