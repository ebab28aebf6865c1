"""A walk that a reader types along: the ``console`` blocks of a page of docs/, run as they stand.

    python -m tests.walk docs/replay.md

runs every command of the page in one shell, from the first block to the last, and writes what each
printed under it. The tests run the same and compare: what differs from run to run (times, ports,
rates) is set aside by `plain`, nothing else.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from dateline.settings import PREFIX
from tests.conftest import ROOT

_BLOCK = re.compile(r"^```console\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_PROMPT = "$ "
_END = "---the end of a command---"
#: what depends on the machine or the moment, and what stands for it
_VARIES = [
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:PORT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b\d+(\.\d+)? m?s\b"), "SECONDS"),
    (re.compile(r"[ \t]+"), " "),
]
#: lines that come or do not, by how long something takes
_PASSING = re.compile(
    r"to be (enriched|indexed), |^\d+ to (enrich|index)$|wait(s|ing)?: |starting|looked at$"
    r"|taken over, or"
)


class Command(NamedTuple):
    """One command of the page and what is printed under it."""

    line: str
    output: str


def commands(page: str) -> list[Command]:
    """All of a page, in order."""
    return [one for block in _BLOCK.findall(page) for one in _read(block)]


def _read(block: str) -> Iterator[Command]:
    for part in re.split(rf"^{re.escape(_PROMPT)}", block, flags=re.MULTILINE)[1:]:
        line, _, output = part.partition("\n")
        while line.endswith("\\"):
            more, _, output = output.partition("\n")
            line += f"\n{more}"
        yield Command(line, output.rstrip("\n"))


def rewritten(page: str, outputs: list[str]) -> str:
    """The page with these outputs in place of its own."""
    rest = iter(outputs)

    def anew(block: re.Match[str]) -> str:
        shown = []
        for one in _read(block[1]):
            output = next(rest)
            shown.append(_PROMPT + one.line + "\n" + (output + "\n" if output else ""))
        return "```console\n" + "".join(shown) + "```"

    return _BLOCK.sub(anew, page)


def plain(output: str) -> list[str]:
    """Its lines, without what varies."""
    lines = []
    for line in output.splitlines():
        for pattern, instead in _VARIES:
            line = pattern.sub(instead, line)
        if line.strip() and not _PASSING.search(line):
            lines.append(line.strip())
    return lines


class Walk:
    """One shell in an empty folder beside ``seeds`` and ``docs``."""

    def __init__(self, shell: subprocess.Popen[str]) -> None:
        self._shell = shell

    def type(self, line: str) -> str:
        """Run a command to its end; what it printed, errors included, as a terminal shows it."""
        assert self._shell.stdin is not None and self._shell.stdout is not None
        self._shell.stdin.write(f"{line}\necho; echo '{_END}'\n")
        self._shell.stdin.flush()
        printed: list[str] = []
        for found in self._shell.stdout:
            if found.rstrip("\n") == _END:
                return "".join(printed).strip("\n")
            printed.append(found)
        raise AssertionError(f"the shell ended at: {line}")


@contextmanager
def walking(folder: Path) -> Iterator[Walk]:
    """folder: an empty one. Servers that the walk leaves are stopped."""
    for name in ("seeds", "docs"):
        (folder / name).symlink_to(ROOT / name)
    here = folder / "walk"
    here.mkdir()
    environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    environ |= {
        "DATELINE_DATA_DIR": str(folder / "data"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{environ['PATH']}",
        "COLUMNS": "100",
        "LC_ALL": "C.UTF-8",
    }
    shell = subprocess.Popen(
        ["bash", "--noprofile", "--norc"],
        cwd=here,
        env=environ,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Walk(shell)
    finally:
        shell.kill()
        shell.wait()
        subprocess.run(
            [sys.executable, "-m", "dateline", "down"],
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )


def main() -> None:
    """Write the outputs into the page."""
    page = Path(sys.argv[1])
    text = page.read_text(encoding="utf-8")
    with (
        tempfile.TemporaryDirectory(prefix="dateline-walk-") as folder,
        walking(Path(folder)) as on,
    ):
        outputs = []
        for one in commands(text):
            print(f"$ {one.line}", file=sys.stderr)
            outputs.append(on.type(one.line))
            print(outputs[-1], file=sys.stderr)
    page.write_text(rewritten(text, outputs), encoding="utf-8")


if __name__ == "__main__":
    main()
