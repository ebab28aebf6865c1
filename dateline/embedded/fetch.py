"""Brings the servers' jars into the user's cache, once. ``python -m dateline.embedded.fetch``.

A download goes to a ``.part`` file beside its final place and is resumed with an HTTP range when
it was cut off; it gets its name only when its SHA-256 is the locked one. So every file in the
cache that has a jar's name was whole when it got it, and it is checked again at each start.
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from http import HTTPStatus
from pathlib import Path
from typing import Protocol

from .errors import EmbeddedError, FetchError
from .jars import Jar, cache_dir, locked_jars
from .locks import held
from .repository import local_repository, repository_urls

PARALLEL = 4
#: Together, a repository that is away for half a minute is lived through.
ATTEMPTS = 5
FIRST_PAUSE = 2.0
#: Seconds to connect, and seconds without a byte, before an attempt counts as failed.
TIMEOUTS = (10.0, 30.0)
CHUNK = 1 << 16

Report = Callable[[str], None]


class Progress(Protocol):
    """Told of each piece of a download as it comes, from several threads."""

    def advance(self, size: int) -> None:
        """So many bytes more, or fewer when a download had to begin again."""


class _Cut(Exception):
    """An attempt failed in a way that another may not."""


def is_whole(path: Path, jar: Jar) -> bool:
    """Whether the file is there with the locked size and sum. Raises OSError if unreadable."""
    try:
        if path.stat().st_size != jar.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except (FileNotFoundError, NotADirectoryError):
        return False


def missing_jars() -> list[Jar]:
    """The locked jars that are not whole in the cache, each once. Reads every file.

    Raises OSError where the cache cannot be read.
    """
    unique = {jar.name: jar for jar in locked_jars()}.values()
    with ThreadPoolExecutor(PARALLEL) as pool:
        whole = pool.map(lambda jar: is_whole(jar.path, jar), unique)
        return [jar for jar, there in zip(unique, whole, strict=True) if not there]


def absent_jars() -> list[Jar]:
    """The locked jars that the cache lacks, by name and size only: no content is read.

    Raises FetchError where the cache cannot be read.
    """

    def lacks(jar: Jar) -> bool:
        try:
            return jar.path.stat().st_size != jar.size
        except (FileNotFoundError, NotADirectoryError):
            return True

    unique = {jar.name: jar for jar in locked_jars()}.values()
    try:
        return [jar for jar in unique if lacks(jar)]
    except OSError as error:
        raise _unusable_cache(error) from error


def ensure_fetched(report: Report | None = None) -> None:
    """Makes every locked jar lie whole in the cache. Quick when they do.

    ``report`` gets plain lines; without it there is a progress bar on a terminal, and plain lines
    on standard error otherwise. Two processes that fetch at once do it in turn. Raises FetchError.
    """
    try:
        if not missing_jars():
            return
        with held(cache_dir() / "fetch.lock"):
            missing = missing_jars()  # another process may have fetched them meanwhile
            if missing:
                _fetch_with_progress(missing, report)
    except OSError as error:
        raise _unusable_cache(error) from error


def _unusable_cache(error: OSError) -> FetchError:
    return FetchError(
        f"cannot use the cache folder {cache_dir()}",
        found=str(error),
        expected=f"a folder that this user may read and write, {_megabytes(locked_jars())} MB free",
        remedy="mend its permissions, make room, or let XDG_CACHE_HOME name another folder",
    )


def fetch_jars(jars: Iterable[Jar], urls: list[str], progress: Progress) -> None:
    """Downloads these jars, some at a time. Raises FetchError for the first that cannot be had."""
    stop = threading.Event()
    with ThreadPoolExecutor(PARALLEL) as pool:
        largest_first = sorted(jars, key=lambda jar: -jar.size)
        futures = [pool.submit(_fetch, jar, urls, progress, stop) for jar in largest_first]
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
        except BaseException:  # Ctrl-C, too, must not wait for the whole queue
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise
        failed = next((error for f in done if (error := f.exception()) is not None), None)
        if failed is not None:
            stop.set()
            pool.shutdown(cancel_futures=True)
            raise failed


def _fetch(jar: Jar, urls: list[str], progress: Progress, stop: threading.Event) -> None:
    jar.path.parent.mkdir(parents=True, exist_ok=True)
    if _take_from_local_repository(jar):
        progress.advance(jar.size)
        return
    part = jar.path.with_name(jar.name + ".part")
    failures: list[str] = []
    for attempt in range(ATTEMPTS):
        if attempt and stop.wait(FIRST_PAUSE * 2 ** (attempt - 1)):
            break
        for url in urls:
            if stop.is_set():
                return
            try:
                _download(f"{url}/{jar.repository_path}", jar, part, progress, stop)
                part.replace(jar.path)
                return
            except _Cut as failure:
                failures.append(f"{failure} ({url})")
    raise FetchError(
        f"cannot fetch {jar.coordinate}",
        found=failures[-1] if failures else "no repository is configured",
        expected=f"{jar.size} bytes with SHA-256 {jar.sha256[:12]}... from {' or '.join(urls)}",
        remedy="check the network (a proxy goes into HTTPS_PROXY, a mirror into jgo's settings as "
        "[repositories] central = its address) and try again: what has come so far is kept",
    )


def _download(url: str, jar: Jar, part: Path, progress: Progress, stop: threading.Event) -> None:
    """One attempt; what it got stays in ``part``. Raises _Cut unless part is whole at the end."""
    import requests

    there = part.stat().st_size if part.exists() else 0
    if there > jar.size:
        part.unlink()
        there = 0
    headers = {"Range": f"bytes={there}-"} if 0 < there < jar.size else {}
    progress.advance(there)
    come = there
    try:
        if there < jar.size:
            with requests.get(url, headers=headers, stream=True, timeout=TIMEOUTS) as response:
                if there and response.status_code == HTTPStatus.OK:  # it does not do ranges
                    part.unlink()
                    progress.advance(-there)
                    come = 0
                elif response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT):
                    raise _Cut(f"HTTP status {response.status_code}")
                with part.open("ab") as file:
                    for chunk in response.iter_content(CHUNK):
                        file.write(chunk)
                        come += len(chunk)
                        progress.advance(len(chunk))
                        if come > jar.size or stop.is_set():
                            break
    except (requests.RequestException, OSError) as error:
        progress.advance(-come)
        # requests' own errors are OSErrors too; what the disk says ends the fetch.
        if not isinstance(error, requests.RequestException) and error.errno in _OF_THE_DISK:
            raise
        raise _Cut(_plainly(error)) from error
    except _Cut:
        progress.advance(-come)
        raise
    if come < jar.size:
        progress.advance(-come)
        raise _Cut(f"the connection ended after {come} of {jar.size} bytes")
    if not is_whole(part, jar):
        part.unlink()  # nothing in it can be trusted, so the next attempt starts from nothing
        progress.advance(-come)
        raise _Cut(f"{jar.name} came with another SHA-256 than the locked one")


_OF_THE_DISK = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EDQUOT, errno.EIO, errno.EPERM)


def _plainly(error: BaseException) -> str:
    """The innermost cause, which says more than the layers around it."""
    cause = error
    while (inner := cause.__cause__ or cause.__context__) is not None:
        cause = inner
    return f"{type(cause).__name__}: {cause}"


def _take_from_local_repository(jar: Jar) -> bool:
    """Copies the jar from the user's own Maven repository where that has it."""
    source = local_repository() / jar.repository_path
    try:
        if not is_whole(source, jar):
            return False
    except OSError:  # somebody else's, and only a short cut
        return False
    copy = jar.path.with_name(f"{jar.name}.copy")
    shutil.copyfile(source, copy)
    if not is_whole(copy, jar):
        copy.unlink()
        return False
    copy.replace(jar.path)
    return True


def _megabytes(jars: Iterable[Jar]) -> int:
    return round(sum(jar.size for jar in jars) / 1e6)


def _fetch_with_progress(jars: list[Jar], report: Report | None) -> None:
    title = f"fetching Kafka and Elasticsearch, once: {len(jars)} files, {_megabytes(jars)} MB"
    if report is None and sys.stderr.isatty():
        _fetch_with_bar(jars, title)
        return
    say = report or (lambda line: print(line, file=sys.stderr, flush=True))
    say(title)
    fetch_jars(jars, repository_urls(), _Lines(sum(jar.size for jar in jars), say))
    say("fetched")


class _Lines:
    """A line now and then, for logs: at most one for each tenth, and not within two seconds."""

    def __init__(self, total: int, say: Report) -> None:
        self._total, self._say, self._come, self._tenths = total, say, 0, 0
        self._lock, self._next = threading.Lock(), 0.0

    def advance(self, size: int) -> None:
        with self._lock:
            self._come += size
            tenths, now = self._come * 10 // self._total, time.monotonic()
            if self._tenths < tenths < 10 and now >= self._next:
                self._tenths, self._next = tenths, now + 2
                self._say(f"  {self._come / 1e6:.0f} of {self._total / 1e6:.0f} MB")


def _fetch_with_bar(jars: list[Jar], title: str) -> None:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    console = Console(stderr=True)
    console.print(title)
    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn(" "), *columns, console=console) as bar:
        task = bar.add_task("", total=sum(jar.size for jar in jars))

        class Bar:
            def advance(self, size: int) -> None:
                bar.advance(task, size)

        fetch_jars(jars, repository_urls(), Bar())


def main() -> int:
    """Fetches, and builds what is built from it, so that nothing is left to the first start."""
    from .home import ensure_home

    try:
        ensure_fetched()
        ensure_home()
    except EmbeddedError as error:
        print(f"error: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print("interrupted; what has come so far is kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
