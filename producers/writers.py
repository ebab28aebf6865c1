"""Who still writes to a file. On Linux the kernel says so, at the price of a look through /proc.

It sees the processes that this user may look into: its own, or all of them where it is root.
Nothing is known of other hosts (a network share), of other users, of what runs outside this
container, and on other systems; there the quiet time alone tells that a file is finished.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

_PROCESSES = Path("/proc")


def being_written(paths: Iterable[Path]) -> set[Path]:
    """Those of these files that some process holds open for writing. Never raises."""
    sought: dict[tuple[int, int], set[Path]] = {}
    names: set[str] = set()
    for path in paths:
        with contextlib.suppress(OSError, RuntimeError):
            status = path.stat()
            sought.setdefault((status.st_dev, status.st_ino), set()).add(path)
            names.add(path.resolve(strict=True).name if path.is_symlink() else path.name)
    found: set[Path] = set()
    for descriptor in _descriptors() if sought else ():
        try:
            # First by name: `stat` on what others have open may wait for a dead network share.
            if os.path.basename(os.readlink(descriptor)) not in names:  # noqa: PTH115, PTH119
                continue
            status = os.stat(descriptor)  # noqa: PTH116 - of many, and a Path for each costs more
            file = (status.st_dev, status.st_ino)
            if file in sought and _writes(descriptor):
                found |= sought[file]
        except (OSError, ValueError):
            continue  # closed or ended in the meantime
    return found


def _descriptors() -> Iterator[str]:
    """``/proc/PID/fd/N`` of every process that may be looked into."""
    for process in _entries(str(_PROCESSES)):
        if process.isdigit():
            folder = f"{_PROCESSES}/{process}/fd"
            yield from (f"{folder}/{number}" for number in _entries(folder))


def _entries(folder: str) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - names are wanted
    except OSError:
        return []


def _writes(descriptor: str) -> bool:
    process, _, number = descriptor.rpartition("/fd/")
    for line in Path(f"{process}/fdinfo/{number}").read_text("ascii").splitlines():
        name, _, flags = line.partition(":")
        if name == "flags":
            return int(flags, 8) & os.O_ACCMODE != os.O_RDONLY
    return False
