"""``dateline process`` and ``dateline sink``: one worker of a stage each."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import log_to_stderr, tell
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.courtesy import give_way
from dateline.metrics.stage import watching
from dateline.offsets import Offsets, ends
from dateline.selection import Chosen, Selection
from dateline.settings import Settings
from dateline.topics import Topics
from dateline.watchdog import Stalled

if TYPE_CHECKING:
    from sinks.stage import History


def _worker(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every stage's worker takes beside the servers."""
    command = click.option("--give-way", "patient", is_flag=True, hidden=True)(command)
    command = click.option("--lifeline", type=int, hidden=True)(command)
    return click.option(
        "--until", metavar="JSON", hidden=True, help="End at these offsets, by partition."
    )(command)


def _offsets(until: str | None) -> Offsets | None:
    return None if until is None else msgspec.json.decode(until, type=dict[int, int])


def _hold(lifeline: int | None, patient: bool) -> None:
    if lifeline is not None:
        from dateline.lifeline import watch

        watch(lifeline)
    if patient:
        give_way()


@click.command()
@click.option("--replay", "generation", type=int, hidden=True, help="Enrich for this generation.")
@click.option("--only", type=click.Path(path_type=Path), hidden=True, help="This selection.")
@_worker
@with_settings
def process(
    generation: int | None,
    only: Path | None,
    until: str | None,
    lifeline: int | None,
    patient: bool,
    settings: Settings,
) -> int:
    """Parse and enrich what lies in the raw topic, until SIGTERM. Start as many as you want."""
    from processors.stage import run_processor

    _hold(lifeline, patient)
    log_to_stderr(settings, "processor")
    # Before it is watched: the watch asks the servers, too.
    settings = find_servers(settings, elasticsearch=False)
    with watching(settings, "processor") as watch:
        return run_processor(
            settings,
            generation=generation,
            until=_offsets(until),
            only=only,
            watch=watch,
        )


@click.command()
@click.option("--generation", type=int, help="Feed only this generation of the index.")
@click.option("--history", is_flag=True, hidden=True, help="With what it was begun for.")
@click.option("--only", type=click.Path(path_type=Path), hidden=True, help="This selection.")
@_worker
@with_settings
def sink(
    generation: int | None,
    history: bool,
    only: Path | None,
    until: str | None,
    lifeline: int | None,
    patient: bool,
    settings: Settings,
) -> int:
    """Index what lies in the enriched topic, until SIGTERM. Start as many as you want."""
    from sinks.stage import run_sink

    _hold(lifeline, patient)
    log_to_stderr(settings, "sink")
    settings = find_servers(settings)
    before = None
    if history and generation is not None:
        before = _history(settings, generation, only)
    stop = threading.Event()
    interrupted = threading.Event()

    def asked(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            interrupted.set()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    try:
        with watching(settings, "sink") as watch:
            run_sink(
                settings,
                generations=None if generation is None else [generation],
                stop=stop,
                until=_offsets(until),
                history=before,
                report=tell,
                watch=watch,
            )
    except Stalled as error:
        # Its threads hang, and Python would wait for them.
        tell(f"dateline: {error}", fatal=True)
        os._exit(error.exit_status)
    return 130 if interrupted.is_set() else 0


def _history(settings: Settings, number: int, only: Path | None) -> History:
    """What a generation that was begun from enriched records is built from."""
    from dateline import lineage
    from sinks import generations, ledger
    from sinks.stage import History

    topics = Topics.of(settings)
    with elasticsearch_client(settings) as client, kafka_admin(settings) as admin:
        one = generations.by_number(client, settings, number)
        base = lineage.read(number, one.replay).base
        if base is None:
            raise generations.not_begun(one)
        known = lineage.results(
            settings,
            base,
            ends(admin, topics.raw),
            {name: ends(admin, getattr(topics, name)) for name in lineage.VERDICTS},
        )
        refused = ledger.refused_by_sinks(client, settings)
    chosen = None if only is None else Chosen(Selection(only))
    return History(number, base, known, chosen, refused)
