"""The rights of each stage: what the manual says is what `deploy.rights` prints, and no more."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from dateline.settings import NAMES, Settings
from dateline.topics import Topics
from deploy.rights import STAGES, commands, in_elasticsearch, in_kafka, main, tables

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "clusters.md").read_text("utf-8")


def test_the_manual_has_the_tables_as_they_are_printed() -> None:
    assert "\n".join(tables(Settings())) in MANUAL


def test_the_manual_names_settings_that_exist() -> None:
    table = MANUAL[MANUAL.index("| Setting | Is |") : MANUAL.index("### Secrets")]
    named = set(re.findall(r"`((?:kafka|elasticsearch|topic|index)_\w+)`", table))
    assert len(named) > 15
    assert named <= NAMES
    connecting = {name for name in NAMES if re.match(r"kafka_|elasticsearch_", name)}
    assert connecting <= named


def test_nobody_may_delete_alter_or_see_the_cluster() -> None:
    for stage in STAGES:
        operations = {right.operation for right in in_kafka(stage, Settings())}
        assert operations <= {"Read", "Write", "Describe", "DescribeConfigs", "Create"}
        if stage != "operator":
            assert "Create" not in operations


def test_prefixes_bound_every_right() -> None:
    settings = msgspec.structs.replace(Settings(), topic_prefix="desk.", index_prefix="desk-")
    for stage in STAGES:
        assert all(right.name.startswith("desk.") for right in in_kafka(stage, settings))
        role = in_elasticsearch(stage, settings) or {"indices": []}
        for entry in role["indices"]:
            assert all(name.startswith("desk-") for name in entry["names"])


@pytest.mark.parametrize(("stage", "hidden"), [("reader", "articles-desk"), ("desk", "ledger")])
def test_readers_get_aliases_alone(stage: str, hidden: str) -> None:
    role = in_elasticsearch(stage, Settings())  # type: ignore[arg-type]
    assert role is not None
    (entry,) = role["indices"]
    assert hidden not in entry["names"] and not any("*" in name for name in entry["names"])
    assert set(entry["privileges"]) == {"read", "view_index_metadata"} and role["cluster"] == []


def test_the_commands_make_the_topics_as_a_start_would_check_them() -> None:
    settings = msgspec.structs.replace(Settings(), topic_replication=3, topic_partitions=8)
    made = [line for line in commands(settings) if line.startswith("kafka-topics.sh")]
    assert len(made) == len(Topics.__struct_fields__)
    for line in made:
        assert "--replication-factor 3" in line and "min.insync.replicas=2" in line
        assert "retention.ms=-1" in line and "cleanup.policy=delete" in line
    assert sum("--partitions 8" in line for line in made) == 2


def test_it_prints_all_three_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    for what in ("kafka", "elasticsearch", "markdown"):
        assert main([what]) == 0
        assert capsys.readouterr().out
    assert main(["everything"]) == 2


@pytest.mark.parametrize(("name", "value"), [("NLP_BATCH", "many"), ("TOPIC_PREFIX", "the desk")])
def test_a_setting_that_is_wrong_is_told_in_a_line(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(f"DATELINE_{name}", value)
    assert main(["kafka"]) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and f"DATELINE_{name}" in printed.err


def test_a_reader_that_has_seen_enough_is_no_failure() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        done = subprocess.run(
            [sys.executable, "-m", "deploy.rights", "kafka"],
            cwd=ROOT,
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")
