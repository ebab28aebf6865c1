"""What must be done to msgspec's types before threads share them."""

from __future__ import annotations

import contextlib

import msgspec


def prepare() -> None:
    """Let msgspec learn every type that is known by now, while one thread runs.

    It learns a type when that is first read into, and another thread that comes meanwhile meets
    half of it and dies with the whole process (a segmentation fault in 0.22, seen in the sink whose
    threads began at the same moment). To be called by a stage before its threads start, and again
    before those that use modules which were imported since.
    """
    waiting = [msgspec.Struct]
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        # Some hold what no document holds (functions, clients): nobody reads into those.
        with contextlib.suppress(TypeError, NotImplementedError, NameError, AttributeError):
            msgspec.json.Decoder(kind)
