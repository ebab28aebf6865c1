"""Every type is known to msgspec before threads meet it."""

from __future__ import annotations

import subprocess
import sys

import msgspec

from dateline.structs import prepare


def test_types_can_be_read_into_afterwards() -> None:
    prepare()

    class Late(msgspec.Struct):
        number: int

    prepare()
    assert msgspec.json.decode(b'{"number": 1}', type=Late).number == 1


def test_all_that_the_sink_knows_is_learnt_without_a_word() -> None:
    code = "import sinks.stage, processors.stage, producers.producer\n"
    code += "from dateline.structs import prepare\nprepare()\n"
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
