"""Deliveries laid before the producer: lines of growing files, and files of their own."""

from __future__ import annotations

import random
from collections.abc import Iterable
from pathlib import Path

from tests.faults.oracle import Delivery

#: lines after which another file is begun
_LINES = 400


class Wire:
    """Two folders: ``lines/`` grows by lines, into ``files/`` whole files are moved.

    share: of the deliveries that come as files of their own.
    """

    def __init__(self, folder: Path, *, seed: int, share: float = 0.12) -> None:
        self.lines = folder / "lines"
        self.files = folder / "files"
        for one in (self.lines, self.files):
            one.mkdir(parents=True, exist_ok=True)
        self._random = random.Random(seed)
        self._share = share
        self._count = 0
        self._lines = 0

    @property
    def folders(self) -> list[Path]:
        """Both, for ``dateline produce``."""
        return [self.lines, self.files]

    def lay(self, deliveries: Iterable[Delivery]) -> None:
        """Deliver."""
        lines: list[bytes] = []
        for one in deliveries:
            self._count += 1
            if self._random.random() < self._share:
                hidden = self.files / f".{self._count:06d}.json"
                hidden.write_bytes(one.data)
                hidden.rename(self.files / f"{self._count:06d}.json")
                continue
            lines.append(one.data + b"\n")
            self._lines += 1
            if self._lines % _LINES == 0:
                self._write(lines)
                lines = []
        self._write(lines)

    def _write(self, lines: list[bytes]) -> None:
        if lines:
            number = (self._lines - 1) // _LINES
            with (self.lines / f"wire-{number:03d}.jsonl").open("ab") as file:
                file.write(b"".join(lines))
