"""Jars come whole or not at all, whatever the network does."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from dateline.embedded import fetch, jars
from dateline.embedded.errors import FetchError
from dateline.embedded.jars import Jar

CONTENT = bytes(range(256)) * 4096  # 1 MB


class Repository(http.server.BaseHTTPRequestHandler):
    """Serves one content under every name, and cuts the connection as often as it is told to."""

    protocol_version = "HTTP/1.1"
    content = CONTENT
    cuts = 0
    ranges_work = True
    status = 200
    url = ""
    asked: ClassVar[list[str | None]] = []

    def do_GET(self) -> None:
        kind = type(self)
        wanted = self.headers.get("Range")
        kind.asked.append(wanted)
        if kind.status != 200:
            self.send_error(kind.status)
            return
        start = 0
        if wanted and kind.ranges_work:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            self.send_response(206)
            last = len(kind.content) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(kind.content)}")
        else:
            self.send_response(200)
        body = kind.content[start:]
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if kind.cuts > 0:
            kind.cuts -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Counter:
    def __init__(self) -> None:
        self.come = 0
        self._lock = threading.Lock()

    def advance(self, size: int) -> None:
        with self._lock:
            self.come += size


@pytest.fixture
def repository() -> Iterator[type[Repository]]:
    class Fresh(Repository):
        asked: ClassVar[list[str | None]] = []

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Fresh) as server:
        Fresh.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Fresh
        server.shutdown()


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "FIRST_PAUSE", 0.0)


def jar_of(content: bytes, artifact: str = "example") -> Jar:
    digest = hashlib.sha256(content).hexdigest()
    return Jar("kafka", "org.example", artifact, "1.0", digest, len(content))


def fetch_from(repository: type[Repository], *wanted: Jar) -> int:
    counter = Counter()
    fetch.fetch_jars(wanted, [repository.url], counter)
    return counter.come


def test_a_jar_comes_whole(repository: type[Repository]) -> None:
    jar = jar_of(CONTENT)
    assert fetch_from(repository, jar) == len(CONTENT)
    assert jar.path.read_bytes() == CONTENT
    assert list(jar.path.parent.iterdir()) == [jar.path]


def test_a_cut_download_goes_on_where_it_was_cut(repository: type[Repository]) -> None:
    repository.cuts = 2
    jar = jar_of(CONTENT)
    assert fetch_from(repository, jar) == len(CONTENT)
    assert jar.path.read_bytes() == CONTENT
    half = len(CONTENT) // 2
    assert repository.asked == [None, f"bytes={half}-", f"bytes={half + half // 2}-"]


def test_what_an_earlier_run_left_is_used(repository: type[Repository]) -> None:
    jar = jar_of(CONTENT)
    jar.path.parent.mkdir(parents=True)
    jar.path.with_name(jar.name + ".part").write_bytes(CONTENT[:1000])
    assert fetch_from(repository, jar) == len(CONTENT)
    assert jar.path.read_bytes() == CONTENT
    assert repository.asked == ["bytes=1000-"]


def test_a_repository_without_ranges_starts_again(repository: type[Repository]) -> None:
    repository.cuts, repository.ranges_work = 1, False
    jar = jar_of(CONTENT)
    assert fetch_from(repository, jar) == len(CONTENT)
    assert jar.path.read_bytes() == CONTENT


def test_a_wrong_start_is_thrown_away(repository: type[Repository]) -> None:
    jar = jar_of(CONTENT)
    jar.path.parent.mkdir(parents=True)
    jar.path.with_name(jar.name + ".part").write_bytes(b"x" * 1000)
    fetch_from(repository, jar)
    assert jar.path.read_bytes() == CONTENT
    assert repository.asked == ["bytes=1000-", None]


def test_another_content_than_locked_is_refused(repository: type[Repository]) -> None:
    repository.content = b"x" + CONTENT[1:]
    jar = jar_of(CONTENT)
    with pytest.raises(FetchError, match="another SHA-256") as refusal:
        fetch_from(repository, jar)
    assert refusal.value.remedy
    assert not jar.path.exists()
    assert len(repository.asked) == fetch.ATTEMPTS


def test_offline_says_what_where_and_what_to_do() -> None:
    jar = jar_of(CONTENT)
    with pytest.raises(FetchError) as refusal:
        fetch.fetch_jars([jar], ["http://127.0.0.1:9"], Counter())
    assert "org.example:example:1.0" in refusal.value.what
    assert "refused" in (refusal.value.found or "")
    assert "127.0.0.1:9" in (refusal.value.found or "")
    assert "network" in (refusal.value.remedy or "")


def test_the_local_maven_repository_serves_too(tmp_path: Path) -> None:
    jar = jar_of(CONTENT)
    local = tmp_path / "m2" / jar.repository_path
    local.parent.mkdir(parents=True)
    local.write_bytes(CONTENT)
    fetch.fetch_jars([jar], [], Counter())
    assert jar.path.read_bytes() == CONTENT


def test_a_corrupt_jar_in_the_cache_is_found_and_fetched_again(
    repository: type[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, corrupt = jar_of(CONTENT, "whole"), jar_of(CONTENT, "corrupt")
    monkeypatch.setattr(fetch, "locked_jars", lambda: (whole, corrupt))
    url = repository.url
    monkeypatch.setattr(fetch, "repository_urls", lambda: [url])
    said: list[str] = []
    fetch.ensure_fetched(said.append)
    assert said[0].startswith("fetching") and "2 files" in said[0]

    corrupt.path.write_bytes(b"x" + CONTENT[1:])  # of the right size
    assert fetch.missing_jars() == [corrupt]
    fetch.ensure_fetched(said.append)
    assert corrupt.path.read_bytes() == CONTENT
    assert len(repository.asked) == 3

    fetch.ensure_fetched(said.append)
    assert len(repository.asked) == 3


def test_two_at_once_fetch_once(
    repository: type[Repository], monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = jar_of(CONTENT)
    monkeypatch.setattr(fetch, "locked_jars", lambda: (jar,))
    url = repository.url
    monkeypatch.setattr(fetch, "repository_urls", lambda: [url])
    both = [threading.Thread(target=fetch.ensure_fetched, args=(print,)) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert repository.asked == [None]


def test_the_lock_file_is_whole() -> None:
    locked = jars.locked_jars()
    assert {jar.role for jar in locked} == set(jars.ROLES)
    names = [(jar.name, jar.sha256) for jar in locked]
    assert len({name for name, _ in names}) == len(set(names))
    assert jars.version_of("kafka_2.13") == "4.3.1"
    assert jars.version_of("elasticsearch") == "9.5.3"
    text = jars.LOCK_FILE.read_text(encoding="utf-8")
    assert "://" not in text


def test_a_broken_lock_file_is_named_by_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        jars.parse_lock("# fine\nkafka org.example:example sum 12\n")
