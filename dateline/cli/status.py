"""``dateline status``: servers, topics, lag of each stage, what became of what came."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click
import msgspec

from dateline import progress
from dateline.cli.options import with_settings
from dateline.cli.output import console, plain
from dateline.connections import (
    elasticsearch_client,
    elasticsearch_told,
    find_servers,
    kafka_admin,
)
from dateline.errors import DatelineError, Unavailable
from dateline.metrics import READY
from dateline.progress import Facts, Follower, PolledFeed, RunningStage
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option("--here", is_flag=True, help="Only whether the stages on this machine work.")
@with_settings
def status(as_json: bool, here: bool, settings: Settings) -> int:
    """Whether the servers answer, how far each stage has come, what became of what came.

    --here asks no server, but the stages that run with this data folder and a `metrics_port`: for
    health checks.

    Exit status 3 when a server cannot be reached, or with --here a stage is not ready, or none
    runs; what is known is printed all the same.
    """
    if here:
        return _here(settings, as_json=as_json)
    unknown: list[DatelineError] = []
    try:
        settings = find_servers(settings)
    except Unavailable as error:
        unknown.append(error)
    facts, failed = gather(settings)
    if as_json:
        click.echo(msgspec.json.encode(facts).decode())
    else:
        _show(facts)
    if unknown or failed:
        raise [*unknown, *failed][0]
    return 0


def _here(settings: Settings, *, as_json: bool) -> int:
    stages = running_stages(settings)
    if as_json:
        click.echo(msgspec.json.encode({"stages": stages}).decode())
    else:
        for one in stages:
            click.echo(f"{one.stage}, process {one.pid}: {plain(one.ready)}, {one.url}/metrics")
    if not stages:
        raise Unavailable(
            f"no stage with the data folder {settings.data_path} can be asked",
            remedy="see that one runs, and that metrics_port is set for it.",
        )
    return 0 if all(one.ready == READY for one in stages) else Unavailable.exit_status


def gather(settings: Settings, *, brief: bool = False) -> tuple[Facts, list[DatelineError]]:
    """What can be known now, and why the rest cannot. A server without address is not asked.

    brief: only servers, topics and lag, which cost little and may be asked for again and again.
    """
    facts = progress.nothing_known(settings)
    failed: list[DatelineError] = []
    if not brief:
        facts.stages = running_stages(settings)
        try:
            facts.feeds = polled_feeds(settings)
        except DatelineError as error:
            failed.append(error)
    watched = [_processor(settings)]
    if settings.elasticsearch_url:
        try:
            _elasticsearch(settings, facts, watched, brief)
        except DatelineError as error:
            failed.append(error)
    if settings.kafka_bootstrap_servers:
        try:
            with kafka_admin(settings) as admin:
                waiting = progress.from_kafka(facts, settings, admin, watched)
            if not brief:
                facts.oldest = progress.oldest(settings, waiting)
                facts.dead_open = progress.dead_open(settings, facts.topics)
        except DatelineError as error:
            failed.insert(0, error)
    return facts, failed


def running_stages(settings: Settings) -> list[RunningStage]:
    """The stages of this machine that tell how they do (``metrics_port``)."""
    from dateline.metrics.stage import readiness, running

    return [
        RunningStage(stage=one.stage, pid=one.pid, url=one.url, ready=readiness(one))
        for one in running(settings.data_path)
    ]


def polled_feeds(settings: Settings) -> list[PolledFeed]:
    """Feeds over HTTP: what is remembered here of each, and those that are listed and were never
    polled. Raises UsageError, Unavailable."""
    from producers import seen, table

    listed = {one.name: one for one in table.load().values() if one.polled}
    found = {
        name: PolledFeed(name=name, location=one.shown) for name, one in listed.items() if name
    }
    for name, address, state in seen.remembered(settings.data_path, Topics.of(settings).raw):
        if not address and name not in listed:
            continue  # it is listed no more
        found[name if not address else f"{name} {address}"] = PolledFeed(
            name=name,
            location=state.location,
            last_success=_instant(state.success),
            last_error=_instant(state.failure),
            error=state.error,
            failures=state.failures,
            next_poll=_instant(state.due or None),
            items=state.items,
        )
    return list(found.values())


def _instant(seconds: float | None) -> dt.datetime | None:
    if seconds is None:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=0)


def _processor(settings: Settings) -> Follower:
    from processors.app import group_of

    return Follower(stage="processor", group=group_of(settings), topics=(Topics.of(settings).raw,))


def followers(client: Elasticsearch, settings: Settings) -> list[Follower]:
    """Every group that must pass what is published: the processor, the sink of each generation
    that is fed, the ledger. Raises Unavailable."""
    from sinks import generations, ledger

    topics = Topics.of(settings)
    found = [_processor(settings)]
    found += [
        Follower(
            stage=f"sink, generation {one.number}",
            group=generations.group_of(settings, one),
            topics=(topics.enriched,),
        )
        for one in generations.fed(client, settings)
    ]
    into = ledger.find(client, settings)
    if into is not None:
        found += [
            Follower(stage="ledger", group=ledger.group_of(settings, into, topic), topics=(topic,))
            for topic in (topics.dead, topics.skipped)
        ]
    return found


class _Health(msgspec.Struct):
    status: str


def _elasticsearch(settings: Settings, facts: Facts, watched: list[Follower], brief: bool) -> None:
    """Its facts, and the followers that only it knows of. Raises DatelineError."""
    from sinks import generations, ledger

    server = facts.servers["elasticsearch"]
    with (
        elasticsearch_client(settings, timeout=10.0) as client,
        generations.surroundings(f"looking at {settings.elasticsearch_url}"),
    ):
        health = client.cluster.health().body
        server.health = elasticsearch_told(health, _Health, "asking how it does").status
        server.up = True
        watched += followers(client, settings)[1:]
        if brief:
            return
        serving = generations.serving(client, settings)
        if serving is not None:
            facts.documents = progress.documents(client, serving.index)
            facts.documents["generation"] = serving.number
        facts.outcomes = progress.outcomes(client, ledger.alias(settings))


def _show(facts: Facts) -> None:
    from rich.table import Table
    from rich.text import Text

    out = console()
    table = Table(box=None, pad_edge=False, show_header=False)

    def row(kind: str, name: object, told: str, style: str = "") -> None:
        # Text: an IPv6 address in brackets would be taken for a style.
        table.add_row(kind, Text(plain(name)), Text(plain(told), style=style))

    for name, server in facts.servers.items():
        if server.address is None:
            row(name, "no address", "not asked", "red")
        else:
            up = ("up", "green") if server.up else ("does not answer", "red")
            row(name, server.address, *up)
    for name, records in facts.topics.items():
        row("topic", name, count(records, "record"))
    for one in facts.stages:
        style = "green" if one.ready == READY else "red"
        row("stage", f"{one.stage}, process {one.pid}", f"{one.ready}, {one.url}/metrics", style)
    for stage, waiting in facts.lag.items():
        row("lag", stage, _waiting(waiting, facts.oldest.get(stage)))
    for name, counts in zip(("all", "last 24 h"), facts.outcomes.values(), strict=True):
        if facts.outcomes["total"]:
            row("outcomes", name, _counts(counts) or "nothing came")
    if facts.dead_open:
        row("dead", "open", f"{count(facts.dead_open, 'letter')}: see `dateline dead list`", "red")
    for feed in facts.feeds:
        row("feed", feed.name, _polled(feed), "red" if feed.error else "")
    documents = dict(facts.documents)
    generation = documents.pop("generation", None)
    if generation is not None:
        row("index", f"generation {generation}", _counts(documents))
    out.print(table)


def _polled(feed: PolledFeed) -> str:
    if feed.next_poll is None:
        return "never polled"
    told = [count(feed.items, "item")]
    if feed.last_success is not None:
        told.append(f"last answered {clock(feed.last_success)}")
    if feed.error is not None:
        times = f" ({feed.failures} times)" if feed.failures > 1 else ""
        told.append(f"fails{times}: {feed.error}")
    return ", ".join([*told, f"next {clock(feed.next_poll)}"])


def clock(instant: dt.datetime) -> str:
    """By the clock of this machine."""
    return f"{instant.astimezone():%Y-%m-%d %H:%M:%S}"


def count(number: int, what: str) -> str:
    """``1 record``, ``2 records``."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items())


def _waiting(records: int, oldest: float | None) -> str:
    if not records:
        return "none"
    return f"{records} waiting" + (f", the oldest for {span(oldest)}" if oldest is not None else "")


def span(seconds: float) -> str:
    """``12 s``, ``3 min``, ``2 h 5 min``, ``4 d 3 h``."""
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    if minutes < 1:
        return f"{int(seconds)} s"
    if hours < 1:
        return f"{minutes} min"
    if hours < 24:
        return f"{hours} h {minutes % 60} min"
    return f"{hours // 24} d {hours % 24} h"
