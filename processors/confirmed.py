"""A Faust consumer that commits nothing but what the stage has confirmed, in order.

Faust keeps its own account of acknowledged messages, and several ways lead past a message that
is still in work: a gap before the first commit, a cancelled stream, a message skipped in a
rebalance, the end of a ``take``. So that account is cut off here. The stage calls `confirm` for
each event once all its outputs are confirmed; only that moves a partition's position.

Raw offsets are consecutive (nothing is compacted, no transactions), so a jump means that
something was passed by, or that the log truly has a hole. The first time, `Gap` makes the stage
start again from what is committed; the same jump seen again is a hole, and is stepped over. What
was deleted from the log's beginning is none: there the stage does not start (`positions.check`).

A worker of a partial replay is given some records only (`chosen`): what lies between them is no
work, and no jump either.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable
from typing import Any, ClassVar

from faust.transport.drivers.aiokafka import Consumer, Transport

from dateline.selection import Chosen
from processors import positions

log = logging.getLogger(__name__)

#: (topic, partition, expected offset, offset that came)
Jump = tuple[str, int, int, int]


class Gap(Exception):
    """An offset came that is not the next of its partition."""


class ConfirmedConsumer(Consumer):  # type: ignore[misc]
    """Faust's consumer with an account of its own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._confirmed: dict[Any, int] = {}
        #: lost, and not assigned again yet: until then `assignment` still shows them
        self._revoked: set[Any] = set()
        self._gaps: set[Jump] = getattr(self.transport, "gaps", set())
        self._chosen: Chosen | None = getattr(self.transport, "chosen", None)
        #: records that were not chosen, as a sign of life
        self.passed_over = 0
        #: partition to the offset that came last, through all assignments
        self._came: dict[Any, int] = {}

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[Any, Any]]:
        """Faust's; raises Defect where the log ends before what was committed, and was read again
        from its beginning: Faust would drop that as done, up to the old position.

        The stage's own look is too late for it where others have filled the log up again.
        """
        async for tp, message in super().getmany(timeout):
            known = self._committed_offset.get(tp) or 0
            # Behind both: a seek goes to what is committed, and what a fetch of an earlier
            # assignment still brings goes on from what came last.
            if message.offset < min(known, self._came.get(tp, known)):
                found = f"offset {message.offset}, which came next"
                raise positions.missing(tp.topic, tp.partition, known, self.app.conf.id, found)
            self._came[tp] = message.offset
            if self._chosen is None or (tp.partition, message.offset) in self._chosen:
                yield tp, message
            else:
                self.passed_over += 1

    async def _add_gap(self, tp: Any, offset_from: int, offset_to: int) -> None:
        """Faust's account of what it did not see: nobody asks, and it costs more with each."""

    def confirm(self, message: Any) -> None:
        """All outputs of this message are safe, and those of every earlier one. Raises Gap.

        A message of an earlier assignment is passed over: its partition was read again from
        what was committed, by this worker or another.
        """
        tp = message.tp
        if (
            message.generation_id != self.app.consumer_generation_id
            or tp in self._revoked
            or tp not in self.assignment()
        ):
            return
        # No commit so far means from the beginning.
        expected = self._confirmed.get(tp)
        if expected is None:
            expected = self._committed_offset[tp] or 0
        if message.offset < expected:
            return
        if self._chosen is not None:
            following = self._chosen.next(tp.partition, expected)
            expected = message.offset if following is None else following
        if message.offset > expected:
            jump = (tp.topic, tp.partition, expected, message.offset)
            if jump not in self._gaps:
                self._gaps.add(jump)
                raise Gap(f"{tp.topic}[{tp.partition}] jumped from {expected} to {message.offset}")
            log.error(
                "records %d to %d are missing from %s[%d]: the processor goes on behind them. Find "
                "out who deleted them, and publish what they held again: `dateline produce "
                "--again`.",
                *(expected, message.offset - 1, tp.topic, tp.partition),
            )
        self._confirmed[tp] = message.offset + 1

    def ack(self, message: Any) -> bool:
        """Faust's own acknowledgement: without effect."""
        return False

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterable[Any]:
        return [
            tp for tp in self._confirmed if topics is None or tp in topics or tp.topic in topics
        ]

    def _new_offset(self, tp: Any) -> int | None:
        return self._confirmed.get(tp)

    async def on_partitions_revoked(self, revoked: Any) -> None:
        # Before Faust forgets what was committed. A commit is too late here: others may read on.
        for tp in revoked:
            self._confirmed.pop(tp, None)
        # Nor may what is in work still confirm: with the account gone it would look like a jump,
        # and be remembered as a hole that is stepped over.
        self._revoked.update(revoked)
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: Any, generation_id: int = 0) -> None:
        self._revoked.difference_update(assigned)
        await super().on_partitions_assigned(assigned, generation_id)


class ConfirmedTransport(Transport):  # type: ignore[misc]
    """Makes such consumers. ``gaps`` outlives them: see the module's docstring."""

    Consumer: ClassVar[type] = ConfirmedConsumer
    gaps: set[Jump]
    chosen: Chosen | None = None
