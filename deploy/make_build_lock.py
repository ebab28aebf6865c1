"""Makes `requirements-build.lock`: what builds the wheel, picked out of requirements-dev.lock.

python -m deploy.make_build_lock

The image builds the wheel with the pinned backend and with nothing else of the tools of
development.
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import requires
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "requirements-dev.lock"
TARGET = ROOT / "deploy" / "requirements-build.lock"
BACKEND = "hatchling"
_HEADER = "# Picked out of requirements-dev.lock by: python -m deploy.make_build_lock\n"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def closure(name: str) -> set[str]:
    """A package and all that it needs, by normal names; extras left out."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = _normal(waiting.pop())
        if current in found:
            continue
        found.add(current)
        for line in requires(current) or ():
            requirement, _, marker = line.partition(";")
            matched = re.match(r"[A-Za-z0-9._-]+", requirement.strip())
            # tomli is for Python 3.10 and older; we begin at 3.11.
            if matched and "extra ==" not in marker and "python_version" not in marker:
                waiting.append(matched.group())
    return found


def content(lock: str) -> str:
    """The build lock: those entries of ``lock`` (with hashes) that the backend needs."""
    entries = re.findall(r"^[A-Za-z0-9].*?(?=^[A-Za-z0-9#]|\Z)", lock, re.MULTILINE | re.DOTALL)
    by_name = {_normal(re.split(r"[=\s]", entry, maxsplit=1)[0]): entry for entry in entries}
    return _HEADER + "".join(by_name[name] for name in sorted(closure(BACKEND)))


def main() -> int:
    """Write the file."""
    TARGET.write_text(content(SOURCE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
