"""``dateline`` and ``python -m dateline``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run one command; the process's exit status is the contract's."""
    from dateline.cli import run_command

    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
