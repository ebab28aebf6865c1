"""The jars that the servers are made of: which, how large, which sum, and where they lie.

``jars.lock`` is the only list. A line of it is ``role coordinate sha256 size``; the role says
what the jar is for, the coordinate is Maven's ``group:artifact:version``. Made by
``python -m dateline.embedded.lock``, never by hand.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("jars.lock")

#: role -> what a jar of it does
ROLES = {
    "kafka": "Kafka's class path",
    "elasticsearch": "Elasticsearch's module path",
    "transport": "the bundle with Elasticsearch's HTTP and transport layers",
    "compiler": "compiles our Java sources on a runtime that has no compiler",
}

_LINE = re.compile(r"(\w+) ([\w.-]+):([\w.-]+):([\w.-]+) ([0-9a-f]{64}) (\d+)")


@dataclass(frozen=True, slots=True)
class Jar:
    """One artifact, as locked. ``size`` is in bytes."""

    role: str
    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def name(self) -> str:
        """Its file name, in the repository and in the cache."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        """``group:artifact:version``."""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def repository_path(self) -> str:
        """Where any Maven repository has it, relative to the repository's address."""
        return f"{self.group.replace('.', '/')}/{self.artifact}/{self.version}/{self.name}"

    @property
    def path(self) -> Path:
        """Where it lies on this machine once fetched."""
        return jars_dir() / self.name

    def line(self) -> str:
        """Its line in the lock file."""
        return f"{self.role} {self.coordinate} {self.sha256} {self.size}"


def parse_lock(text: str) -> tuple[Jar, ...]:
    """The jars of a lock file's text. Raises ValueError that names the line it cannot read."""
    jars: list[Jar] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None or match[1] not in ROLES:
            raise ValueError(f"jars.lock, line {number}: cannot read {line!r}")
        role, group, artifact, version, sha256, size = match.groups()
        jars.append(Jar(role, group, artifact, version, sha256, int(size)))
    return tuple(jars)


@cache
def locked_jars() -> tuple[Jar, ...]:
    """Every jar that the servers need."""
    return parse_lock(LOCK_FILE.read_text(encoding="utf-8"))


def jars_of(role: str) -> tuple[Jar, ...]:
    """The jars of one role, in the order of the lock file."""
    return tuple(jar for jar in locked_jars() if jar.role == role)


def version_of(artifact: str) -> str:
    """The locked version of the artifact, such as ``kafka_2.13`` or ``elasticsearch``."""
    return next(jar.version for jar in locked_jars() if jar.artifact == artifact)


def cache_dir() -> Path:
    """Dateline's folder in the user's cache; it may not exist yet.

    ``$XDG_CACHE_HOME/dateline``, else ``~/.cache/dateline`` (on macOS too: one place to look).
    A relative ``XDG_CACHE_HOME`` is ignored, as the XDG base directory specification asks.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    root = Path(base) if Path(base).is_absolute() else Path.home() / ".cache"
    return root / "dateline"


def jars_dir() -> Path:
    """Where fetched jars lie."""
    return cache_dir() / "jars"
