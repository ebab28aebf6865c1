"""A pipeline that is watched: what it counts, whether it works, what it logs; one article's way.

One start of the three stages as services, with any free port, their logs in files.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dateline.cli.status import running_stages
from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.metrics.catalogue import CATALOGUE
from dateline.settings import Settings, as_environment
from dateline.topics import Topics
from tests.integration.whole import dateline, ninjs, wait_for, write

URI, DEAD_FILE = "urn:example:watched:1", "broken.json"
STAGES = ("produce", "process", "sink")


class Watched(NamedTuple):
    settings: Settings
    inbox: Path
    logs: Path

    def url(self, stage: str) -> str:
        (one,) = [each for each in running_stages(self.settings) if each.stage == stage]
        return one.url

    def samples(self, stage: str) -> dict[str, list[tuple[dict[str, str], float]]]:
        with urllib.request.urlopen(f"{self.url(stage)}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found: dict[str, list[tuple[dict[str, str], float]]] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found.setdefault(sample.name, []).append((sample.labels, sample.value))
        return found

    def value(self, stage: str, name: str, **labels: str) -> float:
        """The sum of all samples with these labels."""
        return sum(
            value
            for known, value in self.samples(stage).get(name, [])
            if labels.items() <= known.items()
        )

    def events(self, command: str) -> list[dict[str, Any]]:
        lines = (self.logs / command).read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def watched(stack: EmbeddedStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder = tmp_path_factory.mktemp("watched")
    unique = uuid.uuid4().hex[:8]
    settings = msgspec.structs.replace(
        Settings(),
        kafka_bootstrap_servers=stack.kafka_bootstrap,
        elasticsearch_url=stack.elasticsearch_url,
        data_dir=str(folder / "data"),
        topic_prefix=f"t{unique}.",
        index_prefix=f"t{unique}-",
        nlp_processes=1,
        metrics_port=0,
        log_level="debug",
    )
    inbox, logs = folder / "inbox", folder / "logs"
    inbox.mkdir()
    logs.mkdir()
    with ExitStack() as ends:
        for command in STAGES:
            log = ends.enter_context((logs / command).open("wb"))
            arguments = [command, *([str(inbox)] if command == "produce" else [])]
            process = subprocess.Popen(
                [sys.executable, "-m", "dateline", *arguments],
                env={**os.environ, **as_environment(settings)},
                stdin=subprocess.DEVNULL,
                stderr=log,
            )
            ends.callback(process.wait, 60)
            ends.callback(process.terminate)
        one = Watched(settings, inbox, logs)
        wait_for(
            lambda: (
                {s.stage: s.ready for s in running_stages(settings)}
                == dict.fromkeys(("producer", "processor", "sink"), "ready")
            ),
            patience=150,
            what="all three stages are ready",
        )
        write(inbox, "first.json", ninjs(URI, "Der Rat in Kiel hat entschieden.", version=1))
        write(inbox, "picture.json", {"uri": "urn:x:2", "type": "picture", "headline": "Bild"})
        (inbox / DEAD_FILE).write_bytes(b'{"uri": "urn:x:3", }')
        wait_for(lambda: one.value("sink", "dateline_searchable_seconds_count"), what="searchable")
        second = ninjs(URI, "Der Rat in Kiel hat neu entschieden.", version=2)
        write(inbox, "second.json", second)
        wait_for(
            lambda: one.value("sink", "dateline_outcomes_total", outcome="indexed") >= 2,
            what="the second version",
        )
        yield one


def test_every_stage_counts_what_becomes_of_it(watched: Watched) -> None:
    def outcomes(stage: str) -> dict[str, float]:
        found: dict[str, float] = {}
        for labels, value in watched.samples(stage)["dateline_outcomes_total"]:
            found[labels["outcome"]] = found.get(labels["outcome"], 0) + value
        return found

    assert outcomes("producer") == {"published": 3, "refused": 1}
    assert outcomes("processor") == {"enriched": 2, "skipped": 1}
    assert outcomes("sink") == {"indexed": 2}
    assert watched.value("producer", "dateline_feed_documents_total", outcome="published") == 3
    assert watched.value("processor", "dateline_batch_records_sum") == 3
    assert watched.value("processor", "dateline_latency_seconds_count") == 3
    assert watched.value("processor", "dateline_model_seconds_total", step="entities") > 0
    assert watched.value("processor", "dateline_model_seconds_total", step="parse") > 0
    assert watched.value("processor", "dateline_nlp_processes") == 1
    assert watched.value("processor", "dateline_nlp_memory_bytes") > 1e7
    assert watched.value("sink", "dateline_latency_seconds_count") == 2
    assert watched.value("sink", "dateline_articles_total") == 2
    assert watched.value("sink", "dateline_generation_fed", generation="1") == 1


def test_only_what_the_catalogue_names_is_told(watched: Watched) -> None:
    known = {name: metric for metric in CATALOGUE for name in metric.series}
    for stage in ("producer", "processor", "sink"):
        for name, samples in watched.samples(stage).items():
            if name.startswith("dateline_") and not name.endswith("_created"):
                metric = known[name]
                for labels, _ in samples:
                    assert set(labels) - {"le"} == {"stage", *metric.labels}, name
                    assert labels["stage"] == stage


def test_lag_and_age_are_told_of_every_topic_and_end_at_nothing(watched: Watched) -> None:
    topics = Topics.of(watched.settings)

    def waits() -> dict[str, float]:
        return {
            labels["topic"]: value
            for stage in ("producer", "processor", "sink")
            for name in ("dateline_lag_records", "dateline_oldest_waiting_seconds")
            for labels, value in watched.samples(stage).get(name, [])
            if stage != "producer"
        }

    nothing = dict.fromkeys((topics.raw, topics.enriched, topics.dead, topics.skipped), 0)
    wait_for(lambda: waits() == nothing, what="nothing waits")
    assert watched.value("producer", "dateline_lag_records") == 0
    assert watched.value("sink", "dateline_topic_records", topic=topics.dead) == 1


def test_status_lists_the_stages_that_can_be_asked(watched: Watched) -> None:
    facts = json.loads(dateline(watched.settings, "status", "--json").stdout)
    assert {one["stage"]: one["ready"] for one in facts["stages"]} == dict.fromkeys(
        ("processor", "producer", "sink"), "ready"
    )
    shown = dateline(watched.settings, "status").stdout.decode()
    assert watched.url("sink") in shown
    for stage in ("producer", "processor", "sink"):
        with urllib.request.urlopen(f"{watched.url(stage)}/live", timeout=10) as answer:
            assert answer.read() == b"live\n"


def test_an_article_is_followed_through_the_logs_by_its_identity(watched: Watched) -> None:
    def way() -> list[str]:
        return [
            str(event["event"])
            for command in STAGES
            for event in watched.events(command)
            if event.get("uri") == URI
        ]

    wait_for(
        lambda: way() == ["published", "published", "enriched", "enriched", "indexed", "indexed"],
        what="each step of both versions once",
    )
    steps = [e for command in STAGES for e in watched.events(command) if e.get("uri") == URI]
    # The same document in every stage.
    assert len({step["raw"] for step in steps}) == 2
    (refused,) = [e for e in watched.events("produce") if e.get("event") == "refused"]
    assert DEAD_FILE in refused["location"] and refused["message"].startswith("refused ")
    # Whoever speaks, it is one event a line, with the same keys.
    for command in STAGES:
        for event in watched.events(command):
            assert {"time", "level", "logger", "stage", "message"} <= set(event)


def test_trace_tells_the_way_with_times(watched: Watched) -> None:
    with elasticsearch_client(watched.settings) as client:
        client.indices.refresh(index=f"{watched.settings.index_prefix}*")
    ended = dateline(watched.settings, "trace", URI, "--json")
    assert ended.returncode == 0, ended.stderr.decode()
    first, second = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (first["version"], second["version"]) == (1, 2)
    topics = Topics.of(watched.settings)
    for passage in (first, second):
        steps = {step["event"]: step for step in passage["steps"]}
        times = [
            dt.datetime.fromisoformat(steps[name]["at"])
            for name in ("received", "published", "enriched", "indexed")
        ]
        # Kafka's times are whole milliseconds.
        times[1] += dt.timedelta(milliseconds=1)
        assert times == sorted(times)
        assert steps["published"]["position"] == passage["raw"]
        assert steps["enriched"]["position"]["topic"] == topics.enriched
    assert [step["event"] for step in first["steps"]][-1] == "superseded"
    assert [step["event"] for step in second["steps"]][-2:] == ["shown", "searchable"]

    shown = dateline(watched.settings, "trace", URI).stdout.decode()
    assert f"{URI}  version 2  usable" in shown
    raw = second["raw"]
    place = f"{raw['topic']}[{raw['partition']}]@{raw['offset']}"
    assert place in shown
    by_place = dateline(watched.settings, "trace", place, "--json")
    assert json.loads(by_place.stdout) == second

    skipped = json.loads(dateline(watched.settings, "trace", "urn:x:2", "--json").stdout)
    assert skipped["steps"][-1]["event"] == "skipped"
    assert skipped["steps"][-1]["reason"]

    never = dateline(watched.settings, "trace", "urn:example:watched:9")
    assert (never.returncode, never.stdout) == (1, b"")
    assert f"Near it: {URI}" in never.stderr.decode()


def test_trace_finds_what_waits(watched: Watched) -> None:
    """With settings under which no stage runs."""
    settings = msgspec.structs.replace(
        watched.settings,
        topic_prefix=f"{watched.settings.topic_prefix}waits.",
        index_prefix=f"{watched.settings.index_prefix}waits-",
        data_dir=f"{watched.settings.data_dir}-waits",
        metrics_port=None,
    )
    nothing = dateline(settings, "trace", URI)
    assert nothing.returncode == 1
    ended = dateline(settings, "produce", watched.inbox / "second.json", "--once")
    assert ended.returncode == 0, ended.stderr.decode()
    assert not ended.stderr.startswith(b"{"), "whoever waits for it reads text"
    (line,) = dateline(settings, "trace", URI, "--json").stdout.splitlines()
    steps = json.loads(line)["steps"]
    assert [(step["stage"], step["event"]) for step in steps] == [
        ("producer", "received"),
        ("producer", "published"),
        ("processor", "waits"),
    ]
