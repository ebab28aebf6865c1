"""A producer killed in mid-stream and started again: nothing skipped, positions right."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from dateline.connections import kafka_admin
from dateline.offsets import ends
from dateline.reading import read_topic
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics
from producers.producer import produce

pytestmark = pytest.mark.servers
LINES = 20_000
FILES = 300

PROGRAM = """
import sys, threading
import msgspec
from dateline.settings import Settings
from producers.producer import produce
settings = msgspec.json.decode(sys.argv[1], type=Settings)
produce(settings, sys.argv[2:], once=True, stop=threading.Event())
"""


def test_killed_in_mid_stream_nothing_is_skipped(settings: Settings, tmp_path: Path) -> None:
    import msgspec

    inbox = tmp_path / "inbox"
    inbox.mkdir()
    expected = []
    with (inbox / "wire.jsonl").open("w") as file:
        for number in range(LINES):
            file.write(json.dumps({"uri": f"urn:line:{number}", "headline": "x" * 200}) + "\n")
            expected.append(f"urn:line:{number}")
    for number in range(FILES):
        path = inbox / f"{number:04}.json"
        path.write_text(json.dumps({"uri": f"urn:file:{number}", "headline": "A file"}))
        expected.append(f"urn:file:{number}")
    given = msgspec.json.encode(settings).decode()
    topic = Topics.of(settings).raw
    kills = 0
    with kafka_admin(settings) as admin:
        ensure_topics(admin, settings)
        for share in (0.1, 0.4, 0.7):
            process = subprocess.Popen([sys.executable, "-c", PROGRAM, given, str(inbox)])
            deadline = time.monotonic() + 120
            while sum(ends(admin, topic).values()) < share * LINES and process.poll() is None:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            if process.poll() is None:
                kills += 1
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert kills == 3, "the test must kill a producer that is at work"

    produce(settings, [str(inbox)], once=True)

    with kafka_admin(settings) as admin:
        until = ends(admin, topic)
    found = Counter(
        json.loads(record.value)["uri"] for record in read_topic(settings, topic, until)
    )
    assert set(found) == set(expected)
    repeated = sum(found.values()) - len(found)
    assert repeated < (LINES + FILES) / 2, "positions are hardly kept"
    assert produce(settings, [str(inbox)], once=True).published == 0
