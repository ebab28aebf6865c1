"""Ports on the loopback interface."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

import psutil

from .processes import write_file

HOST = "127.0.0.1"
#: in the data folder: the ports that its servers had last
FILE = "ports.json"

#: Below the range that Linux (32768) and macOS (49152) give to outgoing connections. A client
#: that keeps trying a server's port within that range while the server is down can, by and by,
#: be connected to itself, and then holds the port.
_RANGE = range(20_000, 32_000)


def is_free(port: int) -> bool:
    """Whether a server can listen there now."""
    with socket.socket() as probe:
        # As Java does on POSIX: connections that linger from a stopped server do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port(besides: set[int] | None = None) -> int:
    """A port where nobody listens; somebody may take it before you do. Raises OSError."""
    taken = besides or set()
    for _ in range(1000):
        port = random.choice(_RANGE)
        if port not in taken and is_free(port):
            return port
    raise OSError(f"no free port between {_RANGE.start} and {_RANGE.stop}")


def holder(port: int) -> str:
    """Who listens on the port, as far as this user may know it."""
    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status != psutil.CONN_LISTEN or connection.laddr.port != port:
                continue
            if connection.pid is not None:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        pass
    return "another process"


def remember(data_dir: Path, ports: dict[str, int]) -> None:
    """Keep each server's port for the next start. Raises EmbeddedError."""
    write_file(data_dir / FILE, json.dumps(ports, indent=1) + "\n")


def remembered(data_dir: Path, name: str) -> int | None:
    """The port that a server of this folder had last; None where nobody knows."""
    try:
        port = json.loads((data_dir / FILE).read_text(encoding="utf-8"))[name]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None
    # A bool is an int, too.
    return port if type(port) is int and 0 < port < 2**16 else None
