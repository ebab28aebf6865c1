"""``dateline index``: generations behind the alias."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import console, tell
from dateline.cli.run import Stage
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import Unavailable
from dateline.offsets import committed, ends, lag
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from sinks.generations import Generation


@click.group()
def index() -> None:
    """Generations of the index: complete copies, of which the alias shows one."""


@index.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@with_settings
def list_(as_json: bool, settings: Settings) -> int:
    """Every generation, its state and its documents; the serving one is marked."""
    from rich.table import Table

    from sinks import generations

    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        found = generations.list_generations(client, settings)
        with generations.surroundings("counting documents"):
            rows = [
                {
                    "generation": one.number,
                    "index": one.index,
                    "state": one.state,
                    "serving": one.serving,
                    "previous": one.previous,
                    "documents": client.count(index=one.index)["count"],
                    "created": one.created.isoformat(),
                }
                for one in found
            ]
    if as_json:
        click.echo(msgspec.json.encode(rows).decode())
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("", "generation", "index", "state", "documents", "created"):
        table.add_column(name)
    for row in rows:
        mark = "serving" if row["serving"] else "rollback" if row["previous"] else ""
        table.add_row(
            mark,
            *(str(row[name]) for name in ("generation", "index", "state", "documents", "created")),
        )
    console().print(table)
    return 0


@index.command()
@click.argument("generation", type=int, required=False)
@with_settings
def switch(generation: int | None, settings: Settings) -> int:
    """Let the alias show GENERATION (the newest complete one), in one atomic step.

    What it lacks of the newest articles is indexed first.
    """
    from sinks import generations

    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        chosen = generations.target(client, settings, generation)
        catch_up(settings, client, chosen)
        before, after = generations.switch(client, settings, chosen.number)
    tell(
        f"generation {after} serves; `dateline index rollback` goes back to {before}"
        if before != after
        else f"generation {after} serves already"
    )
    return 0


@index.command()
@with_settings
def rollback(settings: Settings) -> int:
    """Let the alias show the generation that served before.

    What it lacks of the newest articles is indexed first: nothing withdrawn comes back.
    """
    from sinks import generations

    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        for one in generations.list_generations(client, settings):
            if one.previous:
                catch_up(settings, client, one)
        before, after = generations.rollback(client, settings)
    tell(f"generation {after} serves again, instead of {before}")
    return 0


@index.command()
@click.argument("generation", type=int)
@with_settings
def drop(generation: int, settings: Settings) -> int:
    """Delete GENERATION with all it holds; never the serving one. Topics are left alone."""
    from sinks import generations

    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        generations.drop(client, settings, generation)
    tell(f"generation {generation} dropped")
    return 0


def catch_up(settings: Settings, client: Elasticsearch, generation: Generation) -> None:
    """Let a generation take what it lacks, by a sink of its own. Raises Unavailable."""
    from sinks.generations import group_of, surroundings

    topics = Topics.of(settings)
    group = group_of(settings, generation)
    with kafka_admin(settings) as admin:
        end = ends(admin, topics.enriched)
        waiting = lag(end, committed(admin, group, topics.enriched))
    if not waiting:
        return
    tell(f"generation {generation.number} first takes the {waiting} records it lacks")
    until = msgspec.json.encode({str(p): offset for p, offset in end.items()}).decode()
    arguments = ["sink", "--generation", str(generation.number), "--until", until]
    stage = Stage("sink", arguments, settings)
    stage.start()
    try:
        while (status := stage.ended()) is None:
            time.sleep(0.1)
    finally:
        stage.stop()
    if status != 0:
        raise Unavailable(
            f"generation {generation.number} could not catch up",
            found=f"its sink ended with status {status}",
            remedy="its message is above; nothing was switched.",
        )
    with surroundings("refreshing a generation"):
        client.indices.refresh(index=generation.index)
