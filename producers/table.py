"""``[feeds]`` of ``dateline.toml``: where each feed lies, and what is known of it beforehand.

A feed is a folder, a file or an address. What a document does not say itself (language, zone,
provider) its feed may say here; it goes with every document of it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from dateline import formats, providers, settings, text
from dateline.errors import UsageError
from producers.access import Credentials, names_secret, origin_of, shown_url

#: seconds between two polls of one feed: never fewer, never more, unless the feed says otherwise
FASTEST, SLOWEST = 60.0, 3600.0
#: pages that one poll follows at most
PAGES = 10

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://")
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One feed. name: as it is called in records and reports, None for a path that nobody named.
    location: a path, an address, or ``-`` for standard input.

    fastest, slowest: seconds between two polls. pages: followed in one poll. next, items: key
    paths in JSON (``data.next_page``) to the next page's address, and to the list of items that
    are a record each. resume: the next poll goes on where the last page pointed, instead of
    beginning at the location again. by_link: its entries are known by their links, since their ids
    are other ones each time. listed: whether it stands in ``dateline.toml``.
    """

    name: str | None = None
    location: str
    format: str | None = None
    language: str | None = None
    zone: str | None = None
    provider: str | None = None
    fastest: float = FASTEST
    slowest: float = SLOWEST
    pages: int = PAGES
    next: str | None = None
    items: str | None = None
    resume: bool | None = None
    by_link: bool = False
    credentials: Credentials | None = None
    ca_certs: str | None = None
    listed: bool = False

    @property
    def polled(self) -> bool:
        """Whether it is asked for over the network."""
        return _URL.match(self.location) is not None

    @property
    def shown(self) -> str:
        """The location for people: without secrets."""
        if not self.polled:
            return self.location
        also = [self.credentials.query] if self.credentials and self.credentials.query else []
        return shown_url(self.location, also)

    @property
    def feed(self) -> str:
        """The name under which what is polled comes."""
        return self.name or self.shown

    def __repr__(self) -> str:
        return f"Source({self.name!r}, {self.shown!r})"


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A feed as it stands in the file."""

    location: str
    format: str | None = None
    language: str | None = None
    zone: str | None = None
    provider: str | None = None
    fastest: str | int | float = FASTEST
    slowest: str | int | float | None = None
    pages: msgspec.UnsetType | int = msgspec.UNSET
    next: str | None = None
    items: str | None = None
    resume: bool | None = None
    by_link: bool = False
    credentials: Credentials | None = None
    ca_certs: str | None = None


def load(folder: Path | None = None) -> dict[str, Source]:
    """The feeds of ``dateline.toml`` in the working folder by name, {} without any.

    Raises UsageError that names the feed.
    """
    path = (folder or Path.cwd()) / settings.FILE
    listed = settings.document(path).get("feeds", {})
    if not isinstance(listed, dict):
        raise UsageError(f"{settings.FILE}: bad [feeds]", expected="a table [feeds.NAME] for each")
    return {name: _read(name, entry) for name, entry in listed.items()}


def chosen(arguments: Sequence[str], listed: dict[str, Source], name: str | None) -> list[Source]:
    """What arguments of the command line mean: the name of a listed feed, else a path, an address
    or ``-``; all that are listed where there are none. name: of those that are not listed.

    Raises UsageError.
    """
    if not arguments:
        if not listed:
            raise UsageError(
                "no feed",
                expected="files, folders, addresses, or - for standard input",
                remedy=f"name one, or list your feeds under [feeds] in {settings.FILE}.",
            )
        found = list(listed.values())
    else:
        found = [listed.get(one) or given(one) for one in dict.fromkeys(arguments)]
    return [
        msgspec.structs.replace(one, name=name) if name and not one.listed else one for one in found
    ]


def given(argument: str) -> Source:
    """A feed that is named by nothing but its location. Raises UsageError."""
    source = Source(location=argument)
    if flaw := _address_flaw(source):
        raise UsageError(f"feed {source.shown} cannot be read", found=flaw, expected=_EXPECTED)
    return source


_EXPECTED = "a file, a folder, http(s)://host/path, or - for standard input"


def _address_flaw(source: Source) -> str | None:
    found = _URL.match(source.location)
    if found is None:
        return None
    if found["scheme"].lower() not in ("http", "https"):
        return f"an address of {found['scheme'][:40]}"
    try:
        _, host, _ = origin_of(source.location)
    except ValueError:
        return "an address that cannot be read"
    if not host or any(char.isspace() or ord(char) < 0x20 for char in source.location):
        return "an address without a host, or with white space in it"
    return None


def _read(name: str, entry: Any) -> Source:
    if isinstance(entry, str):
        entry = {"location": entry}
    if isinstance(entry, dict):
        _spelled(name, entry, _Entry.__struct_fields__)
        if isinstance(entry.get("credentials"), dict):
            _spelled(name, entry["credentials"], Credentials.__struct_fields__)
    try:
        read = msgspec.convert(entry, _Entry)
    except msgspec.ValidationError as error:
        raise _bad(name, str(error)) from error
    if not name.strip() or not name.isprintable() or _URL.match(name):
        raise _bad(name, "no name for a feed", "one line of text")
    fastest = _seconds(name, "fastest", read.fastest)
    slowest = max(fastest, SLOWEST)
    if read.slowest is not None:
        slowest = _seconds(name, "slowest", read.slowest)
    if not 1 <= fastest <= slowest:
        raise _bad(
            name, f"fastest {fastest:g} s, slowest {slowest:g} s", "1s or more, in this order"
        )
    pages = PAGES if read.pages is msgspec.UNSET else read.pages
    if not 1 <= pages <= 1000:
        raise _bad(name, f"pages {pages}", "1 to 1000")
    if read.format is not None:
        try:
            formats.by_name(read.format)
        except UsageError as error:
            raise _bad(name, error.what, error.expected) from error
    language = text.language_tag(read.language) if read.language else None
    if read.language and language is None:
        raise _bad(name, f"language {read.language!r}", "a tag such as de or de-AT")
    if read.zone is not None:
        try:
            ZoneInfo(read.zone)
        except (KeyError, ValueError, OSError) as error:
            raise _bad(name, f"zone {read.zone!r}", "a zone such as Europe/Berlin") from error
    source = Source(
        name=name,
        location=read.location,
        format=read.format,
        language=language,
        zone=read.zone,
        provider=providers.normalise(read.provider) if read.provider else None,
        fastest=fastest,
        slowest=slowest,
        pages=pages,
        next=read.next,
        items=read.items,
        resume=read.resume,
        by_link=read.by_link,
        credentials=read.credentials,
        ca_certs=read.ca_certs,
        listed=True,
    )
    if not read.location.strip() or read.location == "-":
        raise _bad(name, f"location {read.location!r}", "a file, a folder or an address")
    if flaw := _address_flaw(source):
        raise _bad(name, f"location {source.shown}: {flaw}", _EXPECTED)
    if source.polled and (secret := names_secret(read.location)):
        raise _bad(
            name,
            f"{secret} in the location",
            "an address alone",
            "put the secret into a variable or a file, and name that under credentials.",
        )
    if read.credentials is not None and (flaw := read.credentials.flaw()):
        raise _bad(name, f"credentials: {flaw}", 'such as {bearer = true, variable = "WIRE_TOKEN"}')
    return source


def _spelled(name: str, entry: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in entry:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1, cutoff=0.6)
            raise _bad(name, f"unknown key {key}", close[0] if close else ", ".join(known))


def _seconds(name: str, key: str, value: str | float) -> float:
    if isinstance(value, int | float):
        return float(value)
    found = _SPAN.fullmatch(value.strip())
    if found is None:
        raise _bad(name, f"{key} {value!r}", "seconds, or a span such as 30s, 5m, 2h")
    return float(found[1]) * _UNITS[found[2]]


def _bad(
    name: str, found: str, expected: str | None = None, remedy: str | None = None
) -> UsageError:
    return UsageError(
        f"{settings.FILE}: bad [feeds.{name}]", found=found, expected=expected, remedy=remedy
    )
