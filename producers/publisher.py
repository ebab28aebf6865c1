"""The publisher: records to Kafka, in order, each confirmed, none skipped.

Sends are asynchronous and bounded. What was sent waits in a queue in the order it was sent; only
from its front, and only when Kafka has confirmed the record there, is anything said to be done. So
whoever remembers a position by that knows that all before it is safe.

An outage is waited out: the client retries for as long as it takes, and where it gives a record up
(a new epoch, a broker that forgot it) a new client sends again all that is not confirmed. Repeats
are harmless, gaps are not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.connections import close_producer, kafka_connected, kafka_silent
from dateline.errors import Unavailable, UsageError
from dateline.records import Headers
from dateline.settings import Settings
from dateline.topics import CODEC, max_record_bytes

if TYPE_CHECKING:
    from producers.observer import Observer

Report = Callable[[str], None]
#: called with (partition, offset) of the confirmed record
Confirmed = Callable[[int, int], None]

#: sent and not yet confirmed, at most
RECORDS_IN_FLIGHT = 2_000
BYTES_IN_FLIGHT = 32 * 1024 * 1024
#: after so many seconds without a confirmation somebody is told
PATIENCE = 10.0
#: how long (seconds) a producer that was told to stop waits for what is under way
GRACE = 5.0
_FOREVER_MS = 2**31 - 1


class _Sent(msgspec.Struct):
    topic: str
    partition: int | None
    key: bytes
    value: bytes
    headers: Headers
    confirmed: Confirmed
    since: float
    future: Any = None

    @property
    def size(self) -> int:
        return len(self.value) + len(self.key) + 1024


class Publisher:
    """Sends to Kafka; not for use by several threads. Raises Unavailable, UsageError."""

    def __init__(
        self,
        settings: Settings,
        *,
        report: Report,
        stop: threading.Event,
        connect: Callable[[Settings], Any] | None = None,
        observer: Observer | None = None,
    ) -> None:
        self._settings = settings
        self._report = report
        self._stop = stop
        self._connect = connect or kafka_producer
        self._waiting: deque[_Sent] = deque()
        self._bytes = 0
        self._progress = time.monotonic()
        self._told = False
        self._observer = observer
        #: why Kafka takes nothing now
        self.trouble: str | None = None
        self._client = self._connect(settings)

    def send(
        self,
        topic: str,
        *,
        key: bytes,
        value: bytes,
        headers: Headers,
        confirmed: Confirmed,
        partition: int | None = None,
    ) -> None:
        """Queue a record. Blocks while too much is in flight; returns early (the record then
        waits unsent, never confirmed) only when told to stop."""
        if not self._waiting:
            self._progress = time.monotonic()
        sent = _Sent(topic, partition, key, value, headers, confirmed, time.monotonic())
        self._waiting.append(sent)
        self._bytes += sent.size
        self._hand_over(sent)
        self.poll()
        while len(self._waiting) > RECORDS_IN_FLIGHT or self._bytes > BYTES_IN_FLIGHT:
            if self._stop.is_set():
                return
            self._wait_for_front(0.1)
            self.poll()

    @property
    def unconfirmed(self) -> tuple[int, float | None]:
        """Records that wait, and since when the oldest does (by the clock that only grows)."""
        try:
            return len(self._waiting), self._waiting[0].since
        except IndexError:
            return 0, None

    def _turned(self) -> None:
        if self._observer is not None:
            self._observer.turned()

    def poll(self) -> None:
        """Take what is confirmed off the queue; look after what failed."""
        self._turned()
        while self._waiting:
            front = self._waiting[0]
            if front.future is None or not front.future.is_done:
                break
            if front.future.failed():
                self._recover(front.future.exception)
                break
            self._waiting.popleft()
            self._bytes -= front.size
            metadata = front.future.value
            front.confirmed(metadata.partition, metadata.offset)
            self._progress = time.monotonic()
            if self._told:
                self._told, self.trouble = False, None
                self._report("Kafka answers again")
        if self._waiting and time.monotonic() - self._progress > PATIENCE:
            self._tell("no confirmation yet")

    def drain(self) -> bool:
        """Wait until all is confirmed; whether it is. Told to stop, it waits `GRACE` at most."""
        deadline: float | None = None
        while self._waiting:
            self.poll()
            if self._stop.is_set():
                deadline = deadline or time.monotonic() + GRACE
                if time.monotonic() > deadline:
                    return False
            self._wait_for_front(0.1)
        return True

    def close(self) -> None:
        """Give up what is not confirmed; the next run sends it again."""
        close_producer(self._client, timeout=1 if self._waiting else 10)

    def _hand_over(self, sent: _Sent) -> None:
        from kafka.errors import KafkaError

        while True:
            try:
                sent.future = self._client.send(
                    sent.topic,
                    value=sent.value,
                    key=sent.key,
                    headers=sent.headers,
                    partition=sent.partition,
                )
                return
            except KafkaError as error:
                _refuse_fatal(error, sent)
                self._tell(f"{type(error).__name__}: {error}")
                self._turned()
                if self._stop.wait(0.5):
                    return

    def _recover(self, error: BaseException) -> None:
        """Begin anew with another client, and send again all that is not confirmed."""
        from kafka.errors import KafkaError

        _refuse_fatal(error, self._waiting[0])
        self._tell(f"{type(error).__name__}: {error}")
        if self._observer is not None:
            self._observer.sent_again(len(self._waiting))
        close_producer(self._client, timeout=1)
        while not self._stop.wait(0.5):
            self._turned()
            try:
                self._client = self._connect(self._settings)
                break
            except (Unavailable, KafkaError, OSError):
                continue
        else:
            return
        for sent in self._waiting:
            if sent.future is None or not sent.future.succeeded():
                self._hand_over(sent)

    def _wait_for_front(self, seconds: float) -> None:
        from kafka.errors import KafkaError

        future = self._waiting[0].future if self._waiting else None
        if future is None:
            self._stop.wait(seconds)
            if self._waiting and not self._stop.is_set():
                self._hand_over(self._waiting[0])
            return
        try:
            future.get(timeout=seconds)
        except KafkaError:
            pass  # not yet, or failed: `poll` sees to it
        if self._stop.is_set():
            time.sleep(0.01)

    def _tell(self, reason: str) -> None:
        self.trouble = f"Kafka does not take the records ({reason})"
        if not self._told:
            self._told = True
            self._report(f"Kafka does not take the records ({reason}); waiting, nothing is skipped")


def _refuse_fatal(error: BaseException, sent: _Sent) -> None:
    """What no patience cures. Raises UsageError or Unavailable."""
    from kafka import errors

    if isinstance(error, errors.MessageSizeTooLargeError | errors.RecordListTooLargeError):
        raise UsageError(
            f"Kafka refuses a record of {sent.size} bytes in {sent.topic}",
            found=str(error),
            remedy="raise max.message.bytes of the topic (and of the broker), or lower "
            "max_document_bytes.",
        ) from error
    if isinstance(error, errors.AuthorizationError | errors.SaslAuthenticationFailedError):
        raise Unavailable(
            f"Kafka does not let this user write to {sent.topic}",
            found=f"{type(error).__name__}: {error}",
            remedy="give it the right to write and to describe.",
        ) from error


def kafka_producer(settings: Settings) -> Any:
    """An idempotent producer that never gives a record up by time. Raises Unavailable."""
    from kafka import KafkaProducer
    from kafka.errors import KafkaError

    try:
        return kafka_connected(
            KafkaProducer,
            settings,
            client_id="dateline-producer",
            enable_idempotence=True,
            acks="all",
            compression_type=CODEC,
            linger_ms=5,
            batch_size=128 * 1024,
            max_request_size=max_record_bytes(settings),
            max_block_ms=5_000,
            delivery_timeout_ms=_FOREVER_MS,
            reconnect_backoff_max_ms=1_000,
            allow_auto_create_topics=False,
            metrics_enabled=False,
        )
    except (KafkaError, OSError) as error:
        raise kafka_silent(settings, error) from error
