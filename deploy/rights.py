"""The rights that each stage needs in Kafka and Elasticsearch, and no more.

    python -m deploy.rights kafka          kafka-topics and kafka-acls commands
    python -m deploy.rights elasticsearch  the roles, as _security/role takes them
    python -m deploy.rights markdown       the tables of docs/clusters.md

Prefixes and replication come from the settings (`DATELINE_*`, `dateline.toml`). Each user is called
as its stage; `tests/integration/test_clusters.py` runs the pipeline with exactly these.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from dateline.cli.output import plain
from dateline.errors import UsageError
from dateline.settings import Settings, load
from dateline.topics import Topics, required_config

Stage = Literal["producer", "processor", "sink", "operator", "scaler", "reader", "desk"]


class Right(NamedTuple):
    """One ACL of Kafka's. name: a topic's or group's, or where it begins (``prefixed``)."""

    resource: Literal["topic", "group"]
    name: str
    operation: Literal["Read", "Write", "Describe", "DescribeConfigs", "Create", "Delete"]
    why: str
    prefixed: bool = False


def in_kafka(stage: Stage, settings: Settings) -> list[Right]:
    """What a stage may do in Kafka. Read and Write hold Describe in them, so it is not listed
    beside them."""
    topics = Topics.of(settings)
    own = f"{settings.topic_prefix}dateline-"
    if stage in ("reader", "desk"):
        return []
    if stage == "scaler":
        return [
            Right("topic", topics.raw, "Describe", "how far the processor is behind (KEDA)"),
            Right("group", f"{own}process", "Describe", "how far the processor is behind (KEDA)"),
        ]
    rights = [
        Right("topic", name, "DescribeConfigs", "each start checks that nothing is lost")
        for name in topics_of(topics)
    ]
    read, write = _OF_TOPICS[stage]
    rights += [Right("topic", getattr(topics, n), "Read", why) for n, why in read.items()]
    rights += [Right("topic", getattr(topics, n), "Write", why) for n, why in write.items()]
    rights += [
        Right("topic", name, "Describe", "as above")
        for name in topics_of(topics)
        if not any(right.name == name and right.operation in ("Read", "Write") for right in rights)
    ]
    for group, exactly, why in _GROUPS[stage]:
        rights.append(Right("group", own + group, "Read", why, prefixed=not exactly))
    if stage == "operator":
        rights += [
            Right("topic", name, "Create", "the first start makes the topics")
            for name in topics_of(topics)
        ]
    return rights


#: stage to what it reads and what it writes, each with the reason
_OF_TOPICS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "producer": (
        dict.fromkeys(("raw", "dead"), "after a kill: what arrived all the same"),
        {"raw": "documents", "dead": "documents that cannot be read"},
    ),
    "processor": (
        {"raw": "documents"},
        {"enriched": "articles", "dead": "bad items", "skipped": "items without text"},
    ),
    "sink": (
        {
            "enriched": "articles",
            "dead": "for the ledger",
            "skipped": "for the ledger",
        },
        {"dead": "articles that Elasticsearch refuses"},
    ),
    "operator": (
        dict.fromkeys(
            ("raw", "enriched", "dead", "skipped", "settled"),
            "status, reconcile, history, replay, dead letters",
        ),
        {
            "raw": "dead retry",
            "enriched": "replay",
            "dead": "replay",
            "skipped": "replay",
            "settled": "dead retry, dead drop",
        },
    ),
}
#: stage to its groups (what follows ``dateline-``), whether that is the whole name, and why
_GROUPS: dict[str, list[tuple[str, bool, str]]] = {
    "producer": [],
    "processor": [("process", True, "its positions")],
    "sink": [
        ("sink-", False, "its positions, for each generation"),
        ("ledger-", False, "its positions, for the ledger"),
    ],
    "operator": [("", False, "status; replay sets and reads positions")],
}


def topics_of(topics: Topics) -> Sequence[str]:
    """All five names."""
    return [getattr(topics, name) for name in topics.__struct_fields__]


def in_elasticsearch(stage: Stage, settings: Settings) -> dict[str, Any] | None:
    """The role of a stage, as ``PUT _security/role/NAME`` takes it; None for no access at all."""
    prefix = settings.index_prefix
    ours = [f"{prefix}{name}" for name in ("articles", "articles-*", "ledger", "ledger-*")]
    everything = ["read", "write", "manage"]
    roles: dict[str, dict[str, Any] | None] = {
        "producer": None,
        "processor": None,
        "scaler": None,
        "sink": {
            "cluster": ["manage_index_templates"],
            "indices": [{"names": ours, "privileges": everything}],
        },
        "operator": {
            "cluster": ["monitor", "manage_index_templates"],
            "indices": [{"names": ours, "privileges": everything}],
        },
        # On the alias alone: its filter is what hides embargoed and withheld articles.
        "reader": {
            "cluster": [],
            "indices": [{"names": [f"{prefix}articles"], "privileges": _READER}],
        },
        "desk": {
            "cluster": [],
            "indices": [
                {"names": [f"{prefix}articles", f"{prefix}articles-desk"], "privileges": _READER}
            ],
        },
    }
    return roles[stage]


_READER = ["read", "view_index_metadata"]
STAGES: tuple[Stage, ...] = (
    *("producer", "processor", "sink", "operator"),
    *("scaler", "reader", "desk"),
)


def commands(settings: Settings) -> Iterator[str]:
    """What an administrator types, with Kafka's own tools and ``--command-config`` left to them."""
    topics = Topics.of(settings)
    to = ["--bootstrap-server", settings.kafka_bootstrap_servers or "kafka:9092"]
    for name in topics_of(topics):
        partitions = settings.topic_partitions if name in (topics.raw, topics.enriched) else 1
        configs = [f"--config={key}={value}" for key, value in required_config(settings).items()]
        yield shlex.join(
            [
                *("kafka-topics.sh", *to, "--create", "--if-not-exists", "--topic", name),
                *("--partitions", str(partitions)),
                *("--replication-factor", str(settings.topic_replication), *configs),
            ]
        )
    for stage in STAGES:
        for right in in_kafka(stage, settings):
            pattern = ["--resource-pattern-type", "prefixed"] if right.prefixed else []
            yield shlex.join(
                [
                    *("kafka-acls.sh", *to, "--add", "--allow-principal", f"User:{stage}"),
                    *("--operation", right.operation, f"--{right.resource}", right.name, *pattern),
                ]
            )


def tables(settings: Settings) -> Iterator[str]:
    """The tables of the manual."""
    yield "| Stage | Kafka's right | on | for |"
    yield "|---|---|---|---|"
    for stage in STAGES:
        merged: dict[tuple[str, str], list[str]] = {}
        for right in in_kafka(stage, settings):
            name = f"{right.resource} `{right.name}{'*' if right.prefixed else ''}`"
            merged.setdefault((right.operation, right.why), []).append(name)
        for (operation, why), names in merged.items():
            yield f"| {stage} | {operation} | {', '.join(names)} | {why} |"
    yield ""
    yield "| Stage | Elasticsearch's role |"
    yield "|---|---|"
    for stage in STAGES:
        role = in_elasticsearch(stage, settings)
        yield f"| {stage} | {'none' if role is None else _told(role)} |"


def _told(role: dict[str, Any]) -> str:
    return f"`{json.dumps(role)}`"


def main(arguments: Sequence[str]) -> int:
    """Print one of the three. Exit status 2: anything else was asked for, or a setting is wrong; 1:
    it could not be written."""
    try:
        lines = list(_asked(arguments))
    except UsageError as error:
        print(f"rights: {plain(error)}", file=sys.stderr)
        return error.exit_status
    try:
        print("\n".join(lines), flush=True)
    except OSError as error:
        # Python would try once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 0  # the reader (head, less) has seen enough
        print(f"rights: standard output cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _asked(arguments: Sequence[str]) -> Iterator[str]:
    """Lines to print. Raises UsageError."""
    settings = load()
    match list(arguments):
        case ["kafka"]:
            yield from commands(settings)
        case ["elasticsearch"]:
            roles = {f"dateline_{stage}": in_elasticsearch(stage, settings) for stage in STAGES}
            yield json.dumps({n: role for n, role in roles.items() if role}, indent=2)
        case ["markdown"]:
            yield from tables(settings)
        case _:
            raise UsageError(
                "nothing to print",
                found=" ".join(arguments) or None,
                expected="kafka, elasticsearch or markdown",
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
