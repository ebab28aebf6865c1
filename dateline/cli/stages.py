"""``dateline process`` and ``dateline sink``: one worker of a stage each."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import log_to_stderr, tell
from dateline.connections import find_servers
from dateline.offsets import Offsets
from dateline.settings import Settings
from dateline.watchdog import Stalled


def _worker(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every stage's worker takes beside the servers."""
    command = click.option("--lifeline", type=int, hidden=True)(command)
    return click.option(
        "--until", metavar="JSON", hidden=True, help="End at these offsets, by partition."
    )(command)


def _offsets(until: str | None) -> Offsets | None:
    return None if until is None else msgspec.json.decode(until, type=dict[int, int])


def _hold(lifeline: int | None) -> None:
    if lifeline is not None:
        from dateline.lifeline import watch

        watch(lifeline)


@click.command()
@click.option("--replay", "generation", type=int, hidden=True, help="Enrich for this generation.")
@_worker
@with_settings
def process(
    generation: int | None, until: str | None, lifeline: int | None, settings: Settings
) -> int:
    """Parse and enrich what lies in the raw topic, until SIGTERM. Start as many as you want."""
    from processors.stage import run_processor

    _hold(lifeline)
    log_to_stderr(settings)
    return run_processor(find_servers(settings), generation=generation, until=_offsets(until))


@click.command()
@click.option("--generation", type=int, help="Feed only this generation of the index.")
@_worker
@with_settings
def sink(
    generation: int | None, until: str | None, lifeline: int | None, settings: Settings
) -> int:
    """Index what lies in the enriched topic, until SIGTERM. Start as many as you want."""
    from sinks.stage import run_sink

    _hold(lifeline)
    log_to_stderr(settings)
    stop = threading.Event()
    interrupted = threading.Event()

    def asked(number: int, _frame: object) -> None:
        if number == signal.SIGINT:
            interrupted.set()
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, asked)
    try:
        run_sink(
            find_servers(settings),
            generations=None if generation is None else [generation],
            stop=stop,
            until=_offsets(until),
            report=tell,
        )
    except Stalled as error:
        # Its threads hang, and Python would wait for them.
        tell(f"dateline: {error}")
        os._exit(error.exit_status)
    return 130 if interrupted.is_set() else 0
