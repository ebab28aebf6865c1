"""``dateline`` and ``python -m dateline``."""

from __future__ import annotations

import contextlib
import faulthandler
import sys


def main() -> None:
    """Run one command; the process's exit status is the contract's."""
    from dateline.cli import run_command

    # Of a crash in a library's C nothing else would be known. Whoever has no standard error (None,
    # or a closed one) goes without.
    with contextlib.suppress(AttributeError, OSError, ValueError, RuntimeError):
        faulthandler.enable(sys.stderr)
    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
