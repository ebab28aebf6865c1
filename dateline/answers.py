"""A client of Elasticsearch's that knows an answer of Elasticsearch's from any other.

In front of it, or at a mistyped address, stands whatever speaks HTTP: a log-in page, a proxy that
sends elsewhere, a server of something else. The client's own checks end with what fits none of it
(a product that is not supported, a KeyError, the parser's recursion). Here all of it is one error
of the surroundings: who waits for a server waits for this one, too.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from elastic_transport import (
    ApiResponseMeta,
    HttpHeaders,
    NodeConfig,
    SerializationError,
    Transport,
    TransportApiResponse,
    TransportError,
    Urllib3HttpNode,
)
from elastic_transport._node import NodeApiResponse
from elastic_transport.client_utils import DEFAULT, DefaultType

from dateline.errors import Defect
from dateline.patience import timed

#: the header with which Elasticsearch says what it is
_PRODUCT = "x-elastic-product"
#: what a proxy in front of Elasticsearch answers for it: nobody is let in, too much, not now
_OF_PROXIES = frozenset({401, 403, 407, 408, 413, 429})
#: the longest of an answer that is shown
_SHOWN = 200


class Foreign(TransportError):
    """What answers does not answer as Elasticsearch does. message: what it does instead."""


class Exchange(Transport):
    """Requests, and answers that are Elasticsearch's: an object in JSON, by a server that says so.

    Errors of Elasticsearch's, and of a proxy that cannot reach it, pass: they are for whoever
    asked.
    """

    def perform_request(self, method: str, target: str, **more: Any) -> TransportApiResponse:
        """As the client's own. Raises TransportError, of which Foreign is one; Defect where the
        request itself cannot be written down."""
        try:
            response = super().perform_request(method, target, **more)
        except RecursionError:
            raise Foreign("JSON of more levels than can be read") from None
        except SerializationError as error:
            # It shows all that came, and not what was wrong with it.
            why = "; ".join(f"{type(one).__name__}: {one}" for one in error.errors)
            told = (why or error.message)[:_SHOWN]
            if error.message.startswith("Unable to serialize"):
                raise Defect("a request to Elasticsearch that is no JSON", found=told) from error
            raise Foreign(f"not JSON: {told}") from error
        meta = response.meta
        if meta.status < 300 and method != "HEAD" and not isinstance(response.body, dict):
            raise Foreign(f"{outline(meta)}, and no object in JSON")
        return response


class Node(Urllib3HttpNode):
    """urllib3's node, which waits for an answer as a whole (`dateline.patience`), knows whose it
    is, and trusts whom the TLS context says and nobody else.

    elastic-transport 9 adds the public authorities of certifi to any context that it is given, and
    those of the system to a file of its own option.
    """

    def __init__(self, config: NodeConfig) -> None:
        super().__init__(config)
        timed(self.pool)
        if config.scheme == "https":
            self.pool.ca_certs = None  # type: ignore[attr-defined]

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: float | DefaultType | None = DEFAULT,
    ) -> NodeApiResponse:
        """As urllib3's. Raises TransportError, of which Foreign is one."""
        response = super().perform_request(method, target, body, headers, request_timeout)
        meta = response.meta
        if 300 <= meta.status < 400:
            # What follows the question mark may be a secret.
            elsewhere = (meta.headers.get("location") or "nowhere").partition("?")[0]
            raise Foreign(f"{meta.status}, a redirect to {elsewhere}"[:_SHOWN])
        if is_its_own(meta):
            return response
        if meta.status < 500 and meta.status not in _OF_PROXIES:
            raise Foreign(f"{outline(meta)}, and no header {_PRODUCT}")
        # Its status counts, whatever else it says, and in whatever form.
        text = response.body[:_SHOWN].decode("utf-8", "replace").encode()
        plain = HttpHeaders({**meta.headers, "content-type": "text/plain"})
        return NodeApiResponse(dataclasses.replace(meta, headers=plain), text)


def is_its_own(meta: ApiResponseMeta) -> bool:
    """Whether Elasticsearch says that the answer is its own."""
    return meta.headers.get(_PRODUCT) == "Elasticsearch"


def outline(meta: ApiResponseMeta) -> str:
    """What an answer is, in a few words: status and content type."""
    return f"{meta.status}, {meta.headers.get('content-type', 'no content type')}"[:_SHOWN]
