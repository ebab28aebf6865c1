"""Reading one topic as a member of a consumer group, through outages, rebalances and slow writes.

kafka-python's own commits and resets are off: nothing is committed that was not asked for here, a
commit that failed is owed until it succeeds, and an offset that is not there any more is an alarm.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING, Any

from dateline.connections import kafka_connected
from dateline.errors import Defect, Unavailable
from dateline.topics import max_record_bytes

if TYPE_CHECKING:
    from kafka import KafkaConsumer

    from sinks.stage import Run

#: seconds between two tries while a server stays away
RETRY = 1.0
#: seconds one poll waits for records
POLL = 0.25
#: seconds between two polls of a consumer that waits for a write: far below max_poll_interval_ms
_KEEP_ALIVE = 2.0
#: bytes one fetch brings at most, from all partitions: what waits in memory is a few of these
_FETCH_BYTES = 8 * 1024 * 1024
#: seconds Kafka has to confirm a commit or a dead letter before it counts as away
KAFKA_PATIENCE = 30.0


class _Dropped(Exception):
    """See `Consuming.join_again`."""


def _finish_joining(consumer: KafkaConsumer) -> None:
    """kafka-python 3.0 may begin to join its group and forget about it: when metadata that made it
    rejoin (a new topic) changes back before the next poll, nobody awaits the join any more.

    It then sends no heartbeats, polls without a pause (a whole core), and is dropped by its group.
    """
    coordinator = consumer._coordinator
    if coordinator.rebalance_in_progress() and not coordinator.need_rejoin():
        coordinator.request_rejoin()


class Consuming(threading.Thread):
    """A thread that reads one topic; `work` is what it does with the records.

    what: how messages name it. Errors end the run (`Run.fail`).
    """

    def __init__(self, run: Run, *, name: str, what: str, topic: str, group: str) -> None:
        super().__init__(name=name, daemon=True)
        self.run_ = run
        self.what = what
        self.topic = topic
        self.group = group
        #: number of the one that is fed, as a label; empty for the ledger
        self.generation = ""
        #: whether its last poll succeeded, be it without records
        self._reads = False
        self._left = threading.Event()
        #: records that a poll brought while their batch had no room or was not wanted yet
        self._backlog: list[Any] = []
        #: partition to the offset that is yet to be committed, and to the one that was last
        self._owed: dict[int, int] = {}
        self._paid: dict[int, int] = {}
        self._commit_failed = False
        #: a server that keeps it from writing; that keeps it from reading
        self._waiting_for: str | None = None
        self._unheard: str | None = None
        self._dropped = threading.Event()
        #: for who looks from outside: the partitions read now, how often something was tried
        self.assigned: frozenset[int] = frozenset()
        self.attempts = 0

    @property
    def waits(self) -> bool:
        """Whether a server that is away keeps it from writing. Whether Kafka can be read is asked
        by who looks from outside: a consumer that believes it is away may be what hangs."""
        return self._waiting_for is not None

    @property
    def hindered(self) -> str | None:
        """What keeps it from working now; None where nothing does."""
        trouble = self._waiting_for
        if trouble is None and not self._reads:
            trouble = self._unheard or "connecting"
        return None if trouble is None else f"{self.what}: {trouble}"

    def ends(self) -> None:
        """Called when it works no more."""

    def leave(self) -> None:
        """Stop without an error: what it fed is gone."""
        self._left.set()

    def work(self, consumer: KafkaConsumer) -> None:
        """Until `_stopping`; must commit what is done. Raises DatelineError."""
        raise NotImplementedError

    def join_again(self) -> None:
        """Begin anew with another consumer: the group has lost this one, and it does not know."""
        self._dropped.set()

    def run(self) -> None:
        try:
            while self._one_life():
                self.run_.observer.retried("join")
                self.run_.report(f"{self.what}: its group had lost it; it joins again")
        except Unavailable as error:
            if not self._stopping():
                self.run_.fail(error)
            else:
                # Asked to stop while a server is away: what is not written is read again.
                self.run_.report(f"{self.what} stopped with records waiting: {error}")
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.run_.fail(error)
        finally:
            self._reads = False
            self.run_.observer.left(self.topic, self.generation)
            self.ends()

    def _one_life(self) -> bool:
        """Work with one consumer to the end; whether another one is needed."""
        self._dropped.clear()
        # What was read and is not committed is read again.
        self._backlog.clear()
        self._owed.clear()
        self._paid.clear()
        consumer = self._consumer()
        try:
            self.work(consumer)
        except _Dropped:
            return True
        finally:
            # Leaves the group, so that another sink takes over at once.
            consumer.close(autocommit=False, timeout_ms=5000)
            self.assigned = frozenset()
        return False

    def _stopping(self) -> bool:
        return self._left.is_set() or self.run_.stopping()

    def _consumer(self) -> KafkaConsumer:
        from kafka import KafkaConsumer
        from kafka.errors import KafkaError

        settings = self.run_.settings
        while True:
            try:
                consumer: KafkaConsumer = kafka_connected(
                    KafkaConsumer,
                    settings,
                    group_id=self.group,
                    enable_auto_commit=False,
                    # An offset that is not there any more is an alarm, not a jump; a new group
                    # is set to the beginning in `_poll`.
                    auto_offset_reset="none",
                    session_timeout_ms=int(settings.session_timeout * 1000),
                    heartbeat_interval_ms=int(settings.session_timeout * 1000 / 4),
                    max_poll_records=settings.sink_batch,
                    fetch_max_bytes=_FETCH_BYTES,
                    max_partition_fetch_bytes=_FETCH_BYTES // 4,
                    receive_message_max_bytes=2 * max_record_bytes(settings) + 4 * _FETCH_BYTES,
                    fetch_max_wait_ms=100,
                    allow_auto_create_topics=False,
                )
                consumer.subscribe([self.topic])
                return consumer
            except (KafkaError, OSError) as error:
                self._silent(error)
                if self._stopping():
                    raise Unavailable(
                        "Kafka does not answer", found=f"{type(error).__name__}: {error}"
                    ) from error

    def _poll(self, consumer: KafkaConsumer, seconds: float) -> None:
        """Records go to the backlog. Raises Defect where an offset is out of range."""
        if self._dropped.is_set():
            raise _Dropped
        from kafka.errors import KafkaError, NoOffsetForPartitionError, OffsetOutOfRangeError

        _finish_joining(consumer)
        try:
            polled = consumer.poll(timeout_ms=int(seconds * 1000))
        except NoOffsetForPartitionError as error:
            # A new group, or a new partition: begin at the beginning. (A listener would do too,
            # but 3.0 has lost partitions that were assigned while one ran.)
            consumer.seek_to_beginning(*error.args[0])
            return
        except OffsetOutOfRangeError as error:
            raise Defect(
                f"records are missing from {self.topic}: the place where {self.what} goes on "
                "is not there",
                found=str(error),
                expected="a topic that keeps everything for ever",
                remedy="find out who deleted records; `dateline replay` builds a new generation.",
            ) from error
        except (KafkaError, OSError) as error:
            if not getattr(error, "retriable", False):
                raise Unavailable(
                    f"the sink may not read {self.topic}",
                    found=f"{type(error).__name__}: {error}",
                    remedy="see that this user may read the topic and its consumer groups.",
                ) from error
            self._silent(error)
            return
        if polled and self._unheard is not None:
            self._unheard = None
            self.run_.report(f"{self.what} reads on")
        self._reads = True
        for records in polled.values():
            self._backlog.extend(records)
        self.assigned = frozenset(place.partition for place in consumer.assignment())

    def _positions(self, consumer: KafkaConsumer) -> dict[int, int]:
        """Where each partition goes on; with nothing in hand, all before it is dealt with.

        That it differs from what was committed last is rare: a commit that failed, or one for a
        partition that was another sink's meanwhile and had come further.
        """
        from kafka.errors import KafkaError

        if self._backlog:
            return {}  # the positions are past what lies there, and nobody has dealt with that
        found: dict[int, int] = {}
        for place in consumer.assignment():
            try:
                position = consumer.position(place, timeout_ms=0)
            except (KafkaError, OSError):
                continue
            known = self._paid.get(place.partition)
            if known is not None and position is not None and position != known:
                found[place.partition] = position
        return found

    def _commit(self, consumer: KafkaConsumer, offsets: Mapping[int, int]) -> None:
        """Everything before these offsets is in the index or among the dead letters.

        A commit that fails costs no article; it is owed, and tried again with the next one. Who
        waits for the group's position must not wait for ever.
        """
        from kafka import TopicPartition
        from kafka.errors import KafkaError
        from kafka.structs import OffsetAndMetadata

        self._owed.update(offsets)
        assigned = {place.partition for place in consumer.assignment()}
        # What is another sink's now is read again by it, from where it was committed.
        self._owed = {p: offset for p, offset in self._owed.items() if p in assigned}
        if not self._owed:
            return
        try:
            consumer.commit(
                {
                    TopicPartition(self.topic, partition): OffsetAndMetadata(offset, "", -1)
                    for partition, offset in self._owed.items()
                },
                timeout_ms=int(KAFKA_PATIENCE * 1000),
            )
        except (KafkaError, OSError) as error:
            if not self._commit_failed:
                self.run_.report(
                    f"{self.what}: offsets not committed yet ({type(error).__name__}: {error})"
                )
            self._commit_failed = True
            self.run_.observer.retried("kafka_commit")
            return
        self._commit_failed = False
        self._paid.update(self._owed)
        self._owed.clear()

    def _pause(self, seconds: float) -> None:
        """Between two attempts to write."""
        self.attempts += 1
        self.run_.observer.retried("elasticsearch_write")
        time.sleep(seconds)

    def _away(self, what: str) -> None:
        """Say once that what is written to is away, and wait a moment."""
        if self._waiting_for is None:
            self.run_.report(f"{self.what} waits: {what}")
        self._waiting_for = what
        self._moment()

    def _silent(self, error: Exception) -> None:
        """Say once that Kafka cannot be read, and wait a moment."""
        told = f"Kafka: {type(error).__name__}: {error}"
        if self._unheard is None:
            self.run_.report(f"{self.what} waits: {told}")
        self._unheard, self._reads = told, False
        self.run_.observer.retried("kafka_read")
        self._moment()

    def _moment(self) -> None:
        deadline = time.monotonic() + RETRY
        while not self._stopping() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _back(self) -> None:
        if self._waiting_for is not None:
            self._waiting_for = None
            self.run_.report(f"{self.what} goes on")

    def _await(self, consumer: KafkaConsumer, in_hand: Future[None]) -> None:
        """Until the write is done; the group must see that this consumer lives."""
        paused: set[Any] = set()
        while not wait([in_hand], timeout=_KEEP_ALIVE).done:
            paused = set(consumer.assignment())
            consumer.pause(*paused)
            # A rebalance may bring partitions that are not paused: nothing they bring is lost.
            self._poll(consumer, 0.1)
        if paused:
            consumer.resume(*(paused & set(consumer.assignment())))
