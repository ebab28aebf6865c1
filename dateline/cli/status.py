"""``dateline status``: servers, topics, lag of each stage, counts."""

from __future__ import annotations

from typing import Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import console
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import Unavailable
from dateline.offsets import committed, ends, existing, lag
from dateline.settings import Settings
from dateline.topics import Topics


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@with_settings
def status(as_json: bool, settings: Settings) -> int:
    """Whether the servers answer, how far each stage has come, what the index holds.

    Exit status 3 when a server cannot be reached.
    """
    facts, unreachable = gather(find_servers(settings))
    if as_json:
        click.echo(msgspec.json.encode(facts).decode())
    else:
        _show(facts)
    if unreachable:
        raise unreachable[0]
    return 0


def gather(settings: Settings) -> tuple[dict[str, Any], list[Unavailable]]:
    """Facts for JSON, and the servers that did not answer."""
    facts: dict[str, Any] = {
        "servers": {
            "kafka": {"address": settings.kafka_bootstrap_servers, "up": False},
            "elasticsearch": {"address": settings.elasticsearch_url, "up": False},
        },
        "topics": {},
        "lag": {},
        "documents": {},
    }
    unreachable: list[Unavailable] = []
    fed: list[Any] = []
    try:
        fed = _elasticsearch(settings, facts)
    except Unavailable as error:
        unreachable.append(error)
    try:
        _kafka(settings, facts, fed)
    except Unavailable as error:
        unreachable.insert(0, error)
    return facts, unreachable


def _kafka(settings: Settings, facts: dict[str, Any], fed: list[Any]) -> None:
    from processors.app import group_of as processor_group
    from sinks.generations import group_of as sink_group

    topics = Topics.of(settings)
    with kafka_admin(settings) as admin:
        facts["servers"]["kafka"]["up"] = True
        present = existing(admin)
        for name in msgspec.structs.astuple(topics):
            if name in present:
                facts["topics"][name] = sum(ends(admin, name).values())
        if topics.raw in present:
            passed = committed(admin, processor_group(settings), topics.raw)
            facts["lag"]["processor"] = lag(ends(admin, topics.raw), passed)
        if topics.enriched in present:
            for generation in fed:
                group = sink_group(settings, generation)
                passed = committed(admin, group, topics.enriched)
                name = f"sink, generation {generation.number}"
                facts["lag"][name] = lag(ends(admin, topics.enriched), passed)


def _elasticsearch(settings: Settings, facts: dict[str, Any]) -> list[Any]:
    from elasticsearch import ApiError, TransportError

    from sinks import generations

    try:
        with elasticsearch_client(settings, timeout=10.0) as client:
            facts["servers"]["elasticsearch"]["health"] = client.cluster.health()["status"]
            facts["servers"]["elasticsearch"]["up"] = True
            found = generations.list_generations(client, settings)
            for one in found:
                if one.serving:
                    facts["documents"] = _documents(client, one.index)
                    facts["documents"]["generation"] = one.number
            return found
    except (ApiError, TransportError) as error:
        raise Unavailable(
            f"Elasticsearch at {settings.elasticsearch_url} does not answer",
            found=f"{type(error).__name__}: {error}",
            remedy="start it, or correct the address.",
        ) from error


def _documents(client: Any, index: str) -> dict[str, Any]:
    """Stories of one generation by what is shown of them."""
    later = {"range": {"embargoed": {"gt": "now"}}}
    usable = {"term": {"pubstatus": "usable"}}
    queries: dict[str, Any] = {
        "indexed": {"bool": {"filter": [usable], "must_not": [later]}},
        "embargoed": {"bool": {"filter": [usable, later]}},
        "withheld": {"term": {"pubstatus": "withheld"}},
        "withdrawn": {"term": {"pubstatus": "canceled"}},
    }
    return {
        name: client.count(index=index, query=query)["count"] for name, query in queries.items()
    }


def _show(facts: dict[str, Any]) -> None:
    from rich.table import Table

    out = console()
    table = Table(box=None, pad_edge=False, show_header=False)
    for name, server in facts["servers"].items():
        state = "[green]up[/]" if server["up"] else "[red]does not answer[/]"
        table.add_row(name, str(server["address"]), state)
    for name, records in facts["topics"].items():
        table.add_row("topic", name, f"{records} records")
    for stage, waiting in facts["lag"].items():
        table.add_row("lag", stage, f"{waiting} waiting" if waiting else "none")
    documents = dict(facts["documents"])
    generation = documents.pop("generation", None)
    if generation is not None:
        told = ", ".join(f"{count} {name}" for name, count in documents.items())
        table.add_row("index", f"generation {generation}", told)
    out.print(table)
