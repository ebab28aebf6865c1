"""Bulk requests: cut by size, sent, and every item's result looked at.

The client's own helper passes by a document's 429; here each item gets a verdict, and whoever sent
it decides what follows.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

import msgspec

from dateline.errors import Defect

Pause = Callable[[float], None]
Verdict = Literal["waiting", "done", "raced", "overloaded", "unknown", "refused"]

#: Overloaded or silent: seconds of the first pause, doubled up to the longest, with jitter.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
#: bytes of one bulk request at most (a full server takes 100 MB by default)
REQUEST_BYTES = 8 * 1024 * 1024
#: statuses after which the same may succeed, unchanged
_OVERLOADED = frozenset({408, 429, 500, 502, 503, 504})
_PRESSURE = re.compile(
    r"\b(?P<role>coordinating|primary|replica)_operation_bytes=(?P<operation>\d+),"
    r"\s*max_(?P=role)_bytes=(?P<most>\d+)"
)
#: characters of the server's explanation that an error keeps: it may quote the whole document
EXPLAINED = 1500
JSON = "application/vnd.elasticsearch+json; compatible-with=9"
_LINES = "application/vnd.elasticsearch+x-ndjson; compatible-with=9"


class Client(Protocol):
    """What of an Elasticsearch client is used here."""

    def perform_request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any | None = None,
    ) -> Any:
        """The response, with ``.body``. Raises elasticsearch.ApiError or TransportError."""
        ...


class Item(msgspec.Struct, kw_only=True):
    """One line of action and one of source, ready to be sent, and what came of it.

    raced: what it was written under has changed meanwhile. overloaded: the same may succeed later.
    unknown: no answer came, it may be written or not. refused: never as it is; see ``explained``.
    """

    data: bytes
    verdict: Verdict = "waiting"
    explained: str = ""


class Retry(Exception):
    """The same request may succeed later; args[0] says what was found."""


AnyItem = TypeVar("AnyItem", bound=Item)


def backoff(failed: int) -> float:
    """Seconds to wait after so many failures in a row: doubled, bounded, with jitter."""
    longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (failed - 1))
    return longest * random.uniform(0.5, 1.0)


def requests(operations: Sequence[AnyItem]) -> Iterator[list[AnyItem]]:
    """Cut by size: one article can be megabytes."""
    request: list[AnyItem] = []
    size = 0
    for one in operations:
        if request and size + len(one.data) > REQUEST_BYTES:
            yield request
            request, size = [], 0
        request.append(one)
        size += len(one.data)
    if request:
        yield request


def send(client: Client, index: str, request: Sequence[Item]) -> None:
    """One bulk request; every operation gets its verdict. Raises Retry."""
    for one in request:
        one.verdict = "unknown"
    try:
        response = perform(
            client,
            f"/{index}/_bulk",
            {
                "filter_path": "errors,items.*.status,items.*.error.type,items.*.error.reason,"
                "items.*.error.caused_by.reason"
            },
            _LINES,
            b"".join(one.data for one in request),
        )
    except TooLarge as error:
        _send_halves(client, index, request, str(error))
        return
    items = response.get("items", [])
    if len(items) != len(request):
        raise Defect(
            "a bulk response without a result for each item",
            found=f"{len(items)} results",
            expected=str(len(request)),
        )
    for one, item in zip(request, items, strict=True):
        (result,) = item.values()
        one.verdict, one.explained = _verdict(result)
    too_much = [one for one in request if never_fits(one.explained)]
    if too_much:
        _send_halves(client, index, too_much, too_much[0].explained)


def _send_halves(client: Client, index: str, request: Sequence[Item], explained: str) -> None:
    """What was too much for the server at once; a single item is refused."""
    if len(request) == 1:
        request[0].verdict, request[0].explained = "refused", explained
        return
    half = len(request) // 2
    send(client, index, request[:half])
    send(client, index, request[half:])


def never_fits(explained: str) -> bool:
    """Whether the server turned an operation away that alone is more than it ever takes at once.

    Its status is 429, as that of an operation which came at a bad moment. It counts several bytes
    for each of a large document (eight, in 9.5) against a tenth of its heap
    (``indexing_pressure.memory.limit``); whoever tried again would do so for ever.
    """
    found = _PRESSURE.search(explained)
    return found is not None and int(found["operation"]) > int(found["most"])


def persist(
    client: Client,
    index: str,
    items: Sequence[Item],
    refused: Callable[[Item], Item],
    gives_up: Callable[[str], Exception],
    *,
    stop: Callable[[], bool],
    pause: Pause,
    tries: int,
) -> None:
    """Send items until each is there, or was before (``raced``).

    refused: what to send in place of one that is refused as it is, or it raises. gives_up: what is
    raised, by what was found, after so many failed tries, or after one where ``stop`` says so.
    """
    waiting = list(items)
    failed = 0
    while waiting:
        trouble: str | None = None
        for request in requests(waiting):
            try:
                send(client, index, request)
            except Retry as error:
                trouble = str(error)
        again: list[Item] = []
        for item in waiting:
            if item.verdict in ("done", "raced"):
                continue
            if item.verdict == "refused":
                again.append(refused(item))
                continue
            trouble = trouble or item.explained
            again.append(item)
        waiting = again
        if trouble is not None:
            failed += 1
            if failed >= tries or stop():
                raise gives_up(trouble)
            pause(backoff(failed))


def _verdict(
    result: Mapping[str, Any],
) -> tuple[Literal["done", "raced", "overloaded", "refused"], str]:
    status = int(result["status"])
    if status in (200, 201):
        return "done", ""
    error = result.get("error", {})
    cause = error.get("caused_by", {}).get("reason")
    explained = f"{status} {error.get('type')}: {error.get('reason')}"
    if cause:
        explained += f" ({cause})"
    if error.get("type") in _GONE or status in (401, 403):
        # No such index, a closed or a blocked one (a full disk): no fault of the article.
        return "overloaded", explained
    if status in (404, 409):
        return "raced", explained
    if status in _OVERLOADED:
        return "overloaded", explained
    return "refused", explained


_GONE = frozenset(
    {"index_not_found_exception", "index_closed_exception", "cluster_block_exception"}
)


class TooLarge(Exception):
    """The request exceeds what the server takes."""


def perform(
    client: Client, path: str, params: Mapping[str, str], content: str, body: bytes
) -> dict[str, Any]:
    """One POST. Raises Retry, TooLarge, or Unavailable where waiting a moment cannot help."""
    from elasticsearch import ApiError, TransportError

    headers = {"accept": JSON, "content-type": content}
    try:
        response = client.perform_request("POST", path, params=params, headers=headers, body=body)
    except TransportError as error:
        raise Retry(f"{type(error).__name__}: {error}") from error
    except ApiError as error:
        status = error.meta.status
        if status == 413:
            raise TooLarge(f"413: the server takes no request of {len(body)} bytes") from error
        if never_fits(str(error)):
            raise TooLarge(str(error)[:EXPLAINED]) from error
        if status in _OVERLOADED or status in (401, 403, 404):
            raise Retry(str(error)) from error
        raise Defect(
            "Elasticsearch does not understand the sink",
            found=str(error)[:EXPLAINED],
            expected="status 200",
        ) from error
    answer: dict[str, Any] = response.body
    return answer
