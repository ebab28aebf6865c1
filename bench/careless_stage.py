"""A stage that commits carelessly: the same work, with the waiting for confirmations taken out.

    python -m bench.careless_stage process

Only `bench.careless` starts it, to see what the guarantees cost. Killed, it loses articles.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import Any

from dateline.cli import run_command


def careless_processor() -> None:
    """Raw records are acknowledged as soon as their outputs are on the way."""
    from processors.stage import _Batches

    under_way: set[Any] = set()

    async def send(self: _Batches, outputs: Sequence[Any]) -> None:
        for output in outputs:
            task = asyncio.ensure_future(self._send_one(output))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.sleep(0)

    _Batches._send = send  # type: ignore[method-assign]


def careless_sink() -> None:
    """Offsets are committed as soon as a batch is read."""
    from sinks.stage import _Feeder

    gather = _Feeder._gather

    def gathered(self: _Feeder, consumer: Any, *, idle: bool) -> Any:
        batch = gather(self, consumer, idle=idle)
        if batch.offsets:
            self._commit(consumer, batch.offsets)
        return batch

    _Feeder._gather = gathered  # type: ignore[method-assign]
    commit = _Feeder._commit

    def once(self: Any, consumer: Any, offsets: Any) -> None:
        # What was committed at once need not be again after the write.
        new = {p: offset for p, offset in offsets.items() if offset > self._paid.get(p, 0)}
        if new:
            commit(self, consumer, new)

    _Feeder._commit = once  # type: ignore[method-assign]


def main() -> int:
    """Run the stage that is named; its exit status."""
    {"process": careless_processor, "sink": careless_sink}[sys.argv[1]]()
    return run_command(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
