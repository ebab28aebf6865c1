"""What the commands say beside their results."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from dateline.settings import Settings


def tell(line: str) -> None:
    """Progress and reports go to standard error; results alone to standard output."""
    print(line, file=sys.stderr, flush=True)


def log_to_stderr(settings: Settings) -> None:
    """What the stages log, from ``log_level`` on; of the libraries only what matters."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for package in ("dateline", "producers", "processors", "sinks"):
        logging.getLogger(package).setLevel(settings.log_level.upper())


def console() -> Console:
    """For results on standard output: colours on a terminal only, its width or 100 columns."""
    from rich.console import Console

    return Console(
        file=sys.stdout,
        highlight=False,
        soft_wrap=False,
        width=None if sys.stdout.isatty() else 100,
    )
