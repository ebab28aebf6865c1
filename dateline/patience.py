"""HTTP connections on which a whole answer comes in bounded time.

The timeouts of HTTP clients count from one byte to the next: a server that sends a byte a second
is waited for as long as it likes. Here the time that was given for a byte is given for the answer,
its headers included, and more only to what comes at a fair pace.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

#: Bytes a second that lengthen the wait by that second. A modem's pace: no link between a newsroom
#: and its servers is slower, and a large answer over a slow one is never cut off.
_PACE = 4_000


class _Timed(io.RawIOBase):
    """The bytes of one answer, until its time is up."""

    def __init__(self, raw: io.RawIOBase, connection: socket.socket) -> None:
        self._raw = raw
        self._connection = connection
        #: None: as long as it takes
        self._patience: float | None = connection.gettimeout()
        self._began = time.monotonic()
        self._came = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """As a socket's file does. Raises TimeoutError."""
        if self._patience is not None:
            end = self._began + self._patience + self._came / _PACE
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"{self._came} bytes in {self._patience:.0f} s, and no end")
            self._connection.settimeout(min(left, self._patience))
        count = self._raw.readinto(buffer)
        self._came += count or 0
        return count

    def close(self) -> None:
        """The connection stays open where the next answer comes over it."""
        if not self.closed:
            self._raw.close()
            super().close()


class _Answer(http.client.HTTPResponse):
    """Read through `_Timed`."""

    def __init__(self, sock: socket.socket, *given: Any, **named: Any) -> None:
        super().__init__(sock, *given, **named)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))


class _Plain(HTTPConnection):
    response_class = _Answer


class _Secured(HTTPSConnection):
    response_class = _Answer


class PlainPool(HTTPConnectionPool):
    """Of ``http://``."""

    ConnectionCls = _Plain


class SecuredPool(HTTPSConnectionPool):
    """Of ``https://``."""

    ConnectionCls = _Secured


def timed(pool: HTTPConnectionPool) -> None:
    """Let the connections of a pool that somebody else made wait so."""
    pool.ConnectionCls = _Secured if isinstance(pool, HTTPSConnectionPool) else _Plain
