"""Why a search ends without an answer: a server that is away is told from a query that is slow."""

from __future__ import annotations

from typing import Any, NoReturn, Self

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from elasticsearch import BadRequestError, ConnectionTimeout
from urllib3.exceptions import ConnectTimeoutError, ReadTimeoutError

from dateline.errors import Unavailable
from dateline.settings import Settings
from sinks import search
from sinks.search import UnreadableQuery


class Failing:
    """A client whose every request fails; it notes how long each would have been waited for."""

    def __init__(self, error: Exception, info: Exception | None = None) -> None:
        self.error = error
        self._info = info
        self.waits: list[float | None] = []
        self._patience: float | None = None

    def options(self, *, request_timeout: float) -> Self:
        self._patience = request_timeout
        return self

    def search(self, **_: Any) -> NoReturn:
        self.waits.append(self._patience)
        raise self.error

    field_caps = search

    def info(self) -> None:
        if self._info is not None:
            raise self._info


def timeout(cause: Exception) -> ConnectionTimeout:
    return ConnectionTimeout("Connection timed out during request", errors=(cause,))


def refused(query: str, error: Exception) -> Exception:
    with pytest.raises((Unavailable, UnreadableQuery)) as raised:
        search.search(Failing(error), Settings(), query)  # type: ignore[arg-type]
    return raised.value


def test_a_server_that_no_connection_reaches_is_away() -> None:
    told = str(refused("Hafen", timeout(ConnectTimeoutError("nobody there"))))
    assert "too long" not in told and "elasticsearch_url" in told


def test_an_answer_that_does_not_come_is_a_slow_query() -> None:
    slow = ReadTimeoutError(None, "/", "no answer")  # type: ignore[arg-type]
    assert "the search takes too long" in str(refused("Hafen", timeout(slow)))


def test_a_server_that_accepts_and_never_says_a_word_is_no_slow_query() -> None:
    silent = timeout(ReadTimeoutError(None, "/", "no answer"))  # type: ignore[arg-type]
    with pytest.raises(Unavailable) as raised:
        search.search(Failing(silent, info=silent), Settings(), "Hafen")  # type: ignore[arg-type]
    assert "too long" not in str(raised.value) and "elasticsearch_url" in str(raised.value)


@pytest.mark.parametrize("query", ["Hafen", "nosuch:Hafen"])
def test_no_question_is_waited_for_longer_than_is_told(query: str) -> None:
    client = Failing(timeout(TimeoutError()))
    with pytest.raises(Unavailable, match="nothing after 30 s"):
        search.search(client, Settings(), query)  # type: ignore[arg-type]
    assert client.waits == [30]


@pytest.mark.parametrize("query", ["  ", "?", "("])
def test_what_elasticsearch_says_is_told_as_it_says_it(query: str) -> None:
    meta = ApiResponseMeta(400, "1.1", HttpHeaders(), 0.0, NodeConfig("http", "localhost", 9200))
    reason = {"caused_by": {"reason": "nobody knows"}}
    error = BadRequestError("x", meta, {"error": {"failed_shards": [{"reason": reason}]}})
    assert "found nobody knows;" in str(refused(query, error))
