"""A feed over HTTP into the real Kafka: killed in mid-poll, nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest

from dateline.connections import kafka_admin
from dateline.offsets import ends
from dateline.reading import read_topic
from dateline.records import RawDocument
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics
from producers import seen
from producers.producer import produce
from producers.table import Source
from tests.feed_server import Reply, Server

pytestmark = pytest.mark.servers

PAGES, ENTRIES = 6, 1_500
PROGRAM = """
import sys
import msgspec
from dateline.settings import Settings
from producers.producer import produce
from producers.table import Source
settings = msgspec.json.decode(sys.argv[1], type=Settings)
source = msgspec.json.decode(sys.argv[2], type=Source)
produce(settings, [source], once=True)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server() as started:
        yield started


def entry(number: int, version: int = 1) -> dict[str, object]:
    """A small ninjs item."""
    return {"uri": f"urn:test:{number}", "version": version, "headline": f"{number} {'x' * 300}"}


def page(number: int, version: int = 1) -> Reply:
    """One of the pages, with a link to the next one."""
    first = number * ENTRIES
    items = [entry(one, version) for one in range(first, first + ENTRIES)]
    following = {"next": f"/{number + 1}"} if number + 1 < PAGES else {}
    return Reply(json.dumps({"items": items, **following}).encode())


def in_raw(settings: Settings) -> list[RawDocument]:
    """All that was published."""
    topic = Topics.of(settings).raw
    with kafka_admin(settings) as admin:
        until = ends(admin, topic)
    return [
        RawDocument.read(record.value, record.headers, record.position)
        for record in read_topic(settings, topic, until)
    ]


def test_killed_in_mid_poll_nothing_is_lost_and_nothing_comes_twice(
    settings: Settings, server: Server
) -> None:
    settings = msgspec.structs.replace(settings, http_gap=0.0)
    for number in range(PAGES):
        server.on(f"/{number}", page(number))
    source = Source(
        name="wire", location=server.url("/0"), language="de", provider="dpa", listed=True
    )
    given = [msgspec.json.encode(one).decode() for one in (settings, source)]
    topic = Topics.of(settings).raw
    kills = 0
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
        for share in (0.05, 0.3, 0.6):
            process = subprocess.Popen([sys.executable, "-c", PROGRAM, *given], env=os.environ)
            deadline = time.monotonic() + 120
            while sum(ends(admin, topic).values()) < share * PAGES * ENTRIES:
                assert time.monotonic() < deadline
                assert process.poll() is None, "it must be killed while it is at work"
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
    assert kills == 3
    (_, _, state) = seen.remembered(settings.data_path, topic)[0]
    assert state.unfinished

    result = produce(settings, [source], once=True)
    assert result.failing == []
    documents = in_raw(settings)
    found = Counter(json.loads(document.value)["uri"] for document in documents)
    assert set(found) == {f"urn:test:{number}" for number in range(PAGES * ENTRIES)}
    assert set(found.values()) == {1}
    assert {(one.feed, one.format, one.language, one.provider) for one in documents} == {
        ("wire", "ninjs", "de", "dpa")
    }

    # What has changed comes once more, and nothing else does.
    changed = json.loads(page(0).body)
    changed["items"][7] = entry(7, version=2)
    server.on("/0", Reply(json.dumps(changed).encode()))
    assert produce(settings, [source], once=True).published == 1
    assert produce(settings, [source], once=True).published == 0
    assert [json.loads(one.value)["version"] for one in in_raw(settings)].count(2) == 1
