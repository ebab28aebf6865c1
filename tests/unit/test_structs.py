"""Every type is known to msgspec before threads meet it."""

from __future__ import annotations

import subprocess
import sys

import msgspec
import pytest

from dateline.structs import prepare


def test_types_can_be_read_into_afterwards() -> None:
    prepare()

    class Late(msgspec.Struct):
        number: int

    prepare()
    assert msgspec.json.decode(b'{"number": 1}', type=Late).number == 1


def run(code: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


#: Imports what a stage begins with, then, again and again, what functions of all that is there
#: import when they are called; prints the types that came with those.
LATER = """
import ast, importlib, sys
from pathlib import Path
import msgspec

OURS = ("dateline", "producers", "processors", "sinks")

def types():
    found, waiting = set(), [msgspec.Struct]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        found.add(f"{kind.__module__}.{kind.__qualname__}")
    return {one for one in found if one.startswith(OURS)}

def imported_later(module):
    for function in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for one in ast.walk(function):
                if isinstance(one, ast.ImportFrom) and (one.module or "").startswith(OURS):
                    yield one.module
                    yield from (f"{one.module}.{name.name}" for name in one.names)

for name in BEGINS:
    importlib.import_module(name)
known, seen = types(), set()
while fresh := {n: m for n, m in sys.modules.items() if n.startswith(OURS) and n not in seen}:
    for name, module in fresh.items():
        seen.add(name)
        if getattr(module, "__file__", None):
            for later in set(imported_later(module)) - sys.modules.keys():
                try:
                    importlib.import_module(later)
                except ModuleNotFoundError:
                    pass  # the name of a function
print(*sorted(types() - known))
"""


@pytest.mark.parametrize(
    "begins",
    [
        ["sinks.stage"],
        ["processors.stage"],
        # Before it polls, it prepares once more, with what speaks HTTP.
        ["producers.producer", "producers.network", "producers.aftermath"],
    ],
)
def test_no_type_of_a_stage_is_learnt_once_its_threads_run(begins: list[str]) -> None:
    """The sink's rules of providers were, by two writers at once: it died of that."""
    assert run(f"BEGINS = {begins}\n{LATER}").split() == []


def test_all_that_the_stages_know_is_learnt_without_a_word() -> None:
    code = "import sinks.stage, processors.stage, producers.producer\n"
    run(code + "from dateline.structs import prepare\nprepare()\n")
