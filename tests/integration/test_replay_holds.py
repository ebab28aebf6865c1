"""A replay that is killed goes on; and however it is run, it makes the same index."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client
from dateline.settings import Settings
from sinks import generations
from sinks.comparison import compare
from tests.integration.test_replay_selection import (
    FIRST,
    LAST,
    LATER,
    faults,
    index,
    made_by,
    older_model,
    replay,
    run,
)
from tests.integration.whole import ninjs, start, wait_for, write

pytestmark = pytest.mark.servers

TEXT = (
    "Der Rat der Stadt Dresden hat am Freitag über den Haushalt beraten. Oberbürgermeisterin Anna "
    "Wiesner sagte, die Lage sei ernst. Auch aus Bonn und Kiel kamen Vertreter von Siemens."
)


def state(settings: Settings, number: int) -> str | None:
    with elasticsearch_client(settings) as client:
        found = {one.number: one.state for one in generations.list_generations(client, settings)}
    return found.get(number)


def _is(settings: Settings, reached: str) -> bool:
    return state(settings, 2) == reached


def test_a_killed_replay_goes_on(settings: Settings, tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    older = msgspec.structs.replace(settings, models_dir=str(older_model(tmp_path / "models")))
    lines = [
        ninjs(f"urn:de:{n}", f"Meldung {n}. {TEXT}", versioncreated=FIRST) for n in range(150)
    ] + [
        ninjs(f"urn:en:{n}", f"Report {n}. The council meets in London.", language="en")
        for n in range(150)
    ]
    inbox.mkdir()
    encoded = b"\n".join(msgspec.json.encode(line) for line in lines)
    (inbox / "all.jsonl").write_bytes(encoded + b"\n")
    run(older, inbox)
    before = index(settings, 1)
    assert len(before) == 300

    # Killed while it selects or takes over; then while it enriches. Its children end with it.
    for reached in ("positioning", "building"):
        process = start(settings, "replay", "--stale", "--workers", "2")
        wait_for(partial(_is, settings, reached), what=reached, pause=0.02)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        write(inbox, f"{reached}.json", ninjs(f"urn:live:{reached}", "Inzwischen. Eine Meldung."))
        kill = {"versioncreated": LATER, "pubstatus": "canceled"}
        write(inbox, f"k-{reached}.json", ninjs(f"urn:de:{len(reached)}", "Weg.", **kill))
        run(settings, inbox)
        assert state(settings, 2) == reached
    said = replay(settings)
    assert "going on with generation 2" in said and "is complete: 302 stories" in said
    after, served = index(settings, 2), index(settings, 1)
    assert after.keys() == served.keys()
    for uri, document in after.items():
        if uri.startswith("urn:en:"):
            assert document == served[uri]
        elif uri.startswith("urn:de:"):
            assert made_by(document) not in (None, "0.0.1")
    for n in (len("positioning"), len("building")):
        assert after[f"urn:de:{n}"]["pubstatus"] == "canceled"
    faults(settings, 2)


def test_it_makes_the_same_index_however_it_is_run(settings: Settings, tmp_path: Path) -> None:
    """Three workers or one, this order of arrival or the reverse."""
    items: list[dict[str, Any]] = []
    for n in range(40):
        text = f"Meldung {n}. {TEXT}"
        items.append(ninjs(f"urn:x:{n}", text, versioncreated=FIRST))
        if n % 3 == 0:
            items.append(ninjs(f"urn:x:{n}", f"Neu: {text}", versioncreated=LATER))
        if n % 8 == 0:
            kill = {"versioncreated": LAST, "pubstatus": "canceled"}
            items.append(ninjs(f"urn:x:{n}", "Weg.", **kill))
        if n % 5 == 0:
            words = f"Report {n}. The parliament in London debates on Friday, says Anne Smith."
            items.append(ninjs(f"urn:en:{n}", words, language="en", versioncreated=FIRST))
    mine = msgspec.structs.replace(settings, nlp_batch=3)
    other = msgspec.structs.replace(
        settings,
        topic_prefix=f"{settings.topic_prefix}r.",
        index_prefix=f"{settings.index_prefix}r-",
        data_dir=str(tmp_path / "other"),
        nlp_batch=17,
    )
    for one, ordered in ((mine, items), (other, items[::-1])):
        inbox = tmp_path / f"inbox-{one.nlp_batch}"
        inbox.mkdir()
        encoded = b"\n".join(msgspec.json.encode(item) for item in ordered)
        (inbox / "all.jsonl").write_bytes(encoded + b"\n")
        run(one, inbox)
    replay(mine, "--workers", "3")
    replay(msgspec.structs.replace(mine, nlp_batch=11))
    with elasticsearch_client(settings) as client:
        known = {one.number: one for one in generations.list_generations(client, settings)}
        for pair in ((1, 2), (2, 3)):
            found = compare(client, known[pair[0]], known[pair[1]])
            assert found.identical, found
            assert found.same == 48
            # Ties of floating point would be told here.
            assert found.rounded == 0
    # The other way round: the same but for when and where it was received.
    first, second = ({u: _said(d) for u, d in index(one, 1).items()} for one in (mine, other))
    assert first == second


def _said(document: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in document.items() if name not in ("standing", "provenance")
    }
