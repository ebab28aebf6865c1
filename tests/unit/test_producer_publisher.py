"""The publisher waits out an outage, sends again what is not confirmed, and skips nothing."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from kafka import errors

from dateline.errors import UsageError
from dateline.settings import Settings
from producers import publisher as publishing
from producers.publisher import Publisher


class Future:
    """The part of kafka-python's future that is used."""

    def __init__(self, error: Exception | None, offset: int) -> None:
        self.is_done = True
        self.exception = error
        self.value = type("Metadata", (), {"partition": 0, "offset": offset})

    def failed(self) -> bool:
        return self.exception is not None

    def succeeded(self) -> bool:
        return self.exception is None

    def get(self, timeout: float) -> Any:
        if self.exception is not None:
            raise self.exception
        return self.value


class Client:
    """A client that follows a script: each entry is what becomes of one send (None: written),
    or an exception that ``send`` itself raises."""

    def __init__(self, log: list[bytes], script: list[Exception | None], raising: bool) -> None:
        self._log = log
        self._script = script
        self._raising = raising
        self.closed = False

    def send(self, topic: str, *, value: bytes, **_: Any) -> Future:
        outcome = self._script.pop(0) if self._script else None
        if outcome is not None and self._raising:
            raise outcome
        if outcome is None:
            self._log.append(value)
        return Future(outcome, len(self._log) - 1)

    def close(self, timeout: float) -> None:
        self.closed = True


def publish(
    script: list[Exception | None], *, raising: bool = False, count: int = 5
) -> tuple[list[bytes], list[bytes], list[str]]:
    """What was written, what was confirmed (in order), what was told."""
    written: list[bytes] = []
    confirmed: list[bytes] = []
    told: list[str] = []
    publisher = Publisher(
        Settings(),
        report=told.append,
        stop=threading.Event(),
        connect=lambda _: Client(written, script, raising),
    )
    for number in range(count):
        value = b"%d" % number

        def done(_partition: int, _offset: int, value: bytes = value) -> None:
            confirmed.append(value)

        publisher.send("t", key=b"k", value=value, headers=[], confirmed=done, partition=0)
    assert publisher.drain()
    publisher.close()
    return written, confirmed, told


ALL = [b"0", b"1", b"2", b"3", b"4"]


def test_all_is_written_and_confirmed_in_order() -> None:
    assert publish([]) == (ALL, ALL, [])


@pytest.mark.parametrize(
    "error", [errors.KafkaTimeoutError(), errors.OutOfOrderSequenceNumberError()]
)
def test_a_record_that_the_client_gave_up_is_sent_again(error: Exception) -> None:
    written, confirmed, told = publish([None, error, None, error])
    assert confirmed == ALL
    assert set(written) == set(ALL)
    assert any("nothing is skipped" in message for message in told)
    assert told[-1] == "Kafka answers again"


def test_a_client_that_cannot_take_a_record_is_asked_again() -> None:
    written, confirmed, told = publish([errors.KafkaTimeoutError()] * 2, raising=True)
    assert (written, confirmed) == (ALL, ALL)
    assert "nothing is skipped" in told[0]


def test_what_no_patience_cures_ends_the_producer() -> None:
    with pytest.raises(UsageError, match="refuses a record"):
        publish([errors.MessageSizeTooLargeError()])


def test_told_to_stop_in_an_outage_it_ends_and_confirms_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publishing, "GRACE", 0.2)
    stop = threading.Event()
    confirmed: list[int] = []
    publisher = Publisher(
        Settings(),
        report=lambda _: stop.set(),
        stop=stop,
        connect=lambda _: Client([], [errors.KafkaTimeoutError()] * 1000, True),
    )
    publisher.send(
        "t", key=b"k", value=b"v", headers=[], confirmed=lambda _, o: confirmed.append(o)
    )
    assert not publisher.drain()
    publisher.close()
    assert confirmed == []
