"""Providers as data: their names, zones, identifiers, and which of their versions wins.

The shipped ones stand in ``providers.toml`` beside this module; ``[providers.KEY]`` tables in
``dateline.toml`` of the working folder add to them or change single entries.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from dateline import settings, words
from dateline.errors import UsageError
from dateline.versions import Rule


class Replacing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an agency says in its own way which item a new one replaces."""

    signal: str
    link: str | None = None
    own: str | None = None
    other: str | None = None

    def __post_init__(self) -> None:
        if (self.link is None) is (self.own is None) or (self.own is None) is not (
            self.other is None
        ):
            raise ValueError("replaces: give `link`, or `own` and `other`")


class Provider(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One agency; the entries are explained in ``providers.toml``."""

    names: list[str] = []
    uris: list[str] = []
    identity: list[tuple[str, str]] = []
    zone: str | None = None
    order: Rule = "versioncreated"
    empty_embargo: Literal["hold", "ignore"] = "hold"
    first_created: Literal["contentcreated"] | None = None
    replaces: Replacing | None = None
    routing: list[str] = []
    dateline_ends: str = ""
    markers: words.Markers = words.NO_MARKERS


class Catalogue:
    """All known providers, looked up by key, declared name, or identifier."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = dict(providers)
        self._by_name = {
            _folded(name): key for key, known in providers.items() for name in [key, *known.names]
        }
        self._uris = [
            (re.compile(pattern), key) for key, known in providers.items() for pattern in known.uris
        ]
        self._identity = {
            key: [(re.compile(pattern), replacement) for pattern, replacement in known.identity]
            for key, known in providers.items()
        }

    def get(self, key: str | None) -> Provider:
        """The provider's entries; the defaults for one that nobody described."""
        return self._providers.get(key or "", _UNKNOWN)

    def names(self) -> list[str]:
        """All names that are described, folded."""
        return list(self._by_name)

    def known(self, declared: str) -> str | None:
        """The key of a declared name, only if it is described.

        Of several names (``dpa/lni``, ``Reuters/AFP``) the first that is.
        """
        whole = self._by_name.get(_folded(declared))
        if whole is not None:
            return whole
        parts = [part for part in re.split(r"[/,;&+]| und | and | et ", declared) if part.strip()]
        if len(parts) < 2:
            return None
        found = (self._by_name.get(_folded(part)) for part in parts)
        return next((key for key in found if key is not None), None)

    def normalise(self, declared: str | None) -> str | None:
        """The key of a declared name: a known provider's, else the name as a slug."""
        if declared is None:
            return None
        return self.known(declared) or slug(declared)

    def declared(self, *tiers: Iterable[str | None]) -> str | None:
        """Whose item it is, of the names that stand in it; all formats choose by this one rule.

        A cancellation must have the provider of its story, and comes without copy and rights. So
        tiers are in order: first what it carries too (who provides, sends, registers), last what
        only a story has (sources, holders of rights, the copy). The first tier that names anybody
        decides: by the first of its names that is known, else by its first.
        """
        for tier in tiers:
            if named := [name for name in tier if name]:
                return next((name for name in named if self.known(name)), named[0])
        return None

    def of_uri(self, uri: str) -> str | None:
        """Whose identifier this is, where its form tells."""
        return next((key for pattern, key in self._uris if pattern.search(uri)), None)

    def canonical(self, key: str | None, uri: str) -> str:
        """An identifier in its provider's one form."""
        for pattern, replacement in self._identity.get(key or "", ()):
            changed, count = pattern.subn(replacement, uri)
            if count:
                return changed
        return uri


_UNKNOWN = Provider()


def slug(name: str) -> str | None:
    """``TT Nyhetsbyrån`` is ``tt-nyhetsbyran``; None where no letter or digit is left."""
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", name.casefold())
        if not unicodedata.combining(character)
    )
    return re.sub(r"[\W_]+", "-", plain).strip("-") or None


def load(own: Mapping[str, Any] | None = None) -> Catalogue:
    """The shipped providers and a user's ``[providers]`` table. Raises UsageError."""
    shipped = tomllib.loads(files("dateline").joinpath("providers.toml").read_text("utf-8"))
    merged: dict[str, Any] = dict(shipped)
    for key, entries in (own or {}).items():
        if not isinstance(entries, dict):
            raise UsageError(
                f"{settings.FILE}: providers.{key}",
                found=type(entries).__name__,
                expected=f"a table [providers.{key}]",
            )
        merged[key] = {**shipped.get(key, {}), **entries}
    try:
        described = msgspec.convert(merged, dict[str, Provider])
        for key, provider in described.items():
            _check(key, provider)
    except msgspec.ValidationError as error:
        raise UsageError(f"{settings.FILE}: bad [providers]", found=str(error)) from error
    return Catalogue(described)


def _check(key: str, provider: Provider) -> None:
    try:
        patterns = [*provider.uris, *provider.routing]
        for pattern in [*patterns, *(pattern for pattern, _ in provider.identity)]:
            re.compile(pattern)
        if provider.zone is not None:
            ZoneInfo(provider.zone)
    except (re.error, KeyError, ValueError, OSError) as error:
        raise UsageError(f"{settings.FILE}: bad [providers.{key}]", found=str(error)) from error
    words.check(provider.markers, f"[providers.{key}.markers]")


@cache
def catalogue() -> Catalogue:
    """The providers of this process: shipped, and ``dateline.toml`` of the working folder."""
    return load(settings.document(Path.cwd() / settings.FILE).get("providers"))


def normalise(declared: str | None) -> str | None:
    """Key of a provider as declared in the wild; None for none."""
    return catalogue().normalise(declared)


def order_of(provider: str | None) -> Rule:
    """The rule by which this provider's versions are ordered."""
    return catalogue().get(provider).order


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
