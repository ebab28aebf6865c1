"""What the commands say beside their results."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


def tell(line: str) -> None:
    """Progress and reports go to standard error; results alone to standard output."""
    print(line, file=sys.stderr, flush=True)


def console() -> Console:
    """For results on standard output: colours on a terminal only, its width or 100 columns."""
    from rich.console import Console

    return Console(
        file=sys.stdout,
        highlight=False,
        soft_wrap=False,
        width=None if sys.stdout.isatty() else 100,
    )
