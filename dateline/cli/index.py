"""``dateline index``: generations behind the alias."""

from __future__ import annotations

import datetime as dt
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.options import Instant, with_settings
from dateline.cli.output import Progress, console, plain, tell
from dateline.cli.run import Stage, below
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import Unavailable, UsageError
from dateline.offsets import committed, ends, lag
from dateline.selection import path_of
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from sinks.generations import Generation


#: seconds that a generation has for what it lacks, unless told
WITHIN = 600.0
_within = click.option(
    "--within",
    type=click.FloatRange(min=0),
    default=WITHIN,
    show_default=True,
    metavar="SECONDS",
    help="Give up where catching up takes longer.",
)


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
@click.option("--against", type=int, metavar="N", help="Compare with N, not the serving one.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write one HTML page, too.",
)
@click.option(
    "--queries",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help='Judged queries, one a line: {"query": "...", "relevant": ["uri", ...]}',
)
@with_settings
def diff(
    generation: int | None,
    against: int | None,
    as_json: bool,
    page: Path | None,
    queries: Path | None,
    settings: Settings,
) -> int:
    """What a switch to GENERATION (the newest complete one) would change.

    What it lacks of the newest articles is indexed first. Where GENERATION serves already, it is
    compared with the one that served before.
    """
    from dateline.cli import diff as shown
    from sinks import relevance
    from sinks.comparison import compare

    settings = find_servers(settings)
    judged = relevance.read_judged(queries) if queries is not None else None
    with elasticsearch_client(settings) as client:
        old, new = _pair(client, settings, generation, against)
        for one in (old, new):
            catch_up(settings, client, one)
        progress = Progress()
        changes = compare(client, old, new, progress=lambda n: progress.show(f"{n} compared"))
        progress.end()
        measured = None
        if judged is not None:
            measured = relevance.measure(client, settings, judged, old.index, new.index)
    if page is not None:
        shown.write_page(page, changes, measured)
    if as_json:
        click.echo(shown.as_json(changes, measured))
    else:
        shown.show(changes, measured, console())
    if page is not None:
        tell(f"the page is {plain(page)}")
    return 0


def _pair(
    client: Elasticsearch, settings: Settings, generation: int | None, against: int | None
) -> tuple[Generation, Generation]:
    """The generation to compare with, and the one that is compared. Raises UsageError."""
    from sinks import generations

    new = generations.target(client, settings, generation)
    if against is not None:
        old: Generation | None = generations.by_number(client, settings, against)
    elif new.serving:
        old = generations.previous(client, settings)
    else:
        old = generations.serving(client, settings)
    if old is None or old.number == new.number:
        raise UsageError(
            f"there is nothing to compare generation {new.number} with",
            found="it serves, and none served before" if new.serving else "none serves",
            expected="two generations",
            remedy="`dateline replay` builds another; `--against N` names any other.",
        )
    return old, new


class _Share(click.ParamType):
    """A share of all: ``0.1%``, or ``0.001``."""

    name = "share"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        try:
            text = str(value).strip()
            number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            self.fail(f"{value!r} is no share; expected one such as 0.1% or 0.001", param, ctx)
        return number


@index.command()
@click.argument("generation", type=int, required=False)
@click.option(
    "--max-lost",
    type=_Share(),
    default="0.1%",
    show_default=True,
    metavar="SHARE",
    help="Refuse where more of what is found now would not be; 100% does not look.",
)
@_within
@with_settings
def switch(generation: int | None, max_lost: float, within: float, settings: Settings) -> int:
    """Let the alias show GENERATION (the newest complete one), in one atomic step.

    What it lacks of the newest articles is indexed first. Then both are compared: a generation that
    loses documents does not serve.
    """
    from sinks import generations

    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        chosen = generations.target(client, settings, generation)
        catch_up(settings, client, chosen, within)
        current = generations.serving(client, settings)
        if current is not None and current.number != chosen.number and max_lost < 1:
            _refuse_losses(client, current, chosen, max_lost)
        before, after = generations.switch(client, settings, chosen.number)
    tell(
        f"generation {after} serves; `dateline index rollback` goes back to {before}"
        if before != after
        else f"generation {after} serves already"
    )
    return 0


@index.command()
@_within
@with_settings
def rollback(within: float, settings: Settings) -> int:
    """Let the alias show the generation that served before.

    What it lacks of the newest articles is indexed first: nothing withdrawn comes back.
    """
    from sinks import generations

    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        for one in generations.list_generations(client, settings):
            if one.previous:
                catch_up(settings, client, one, within)
        before, after = generations.rollback(client, settings)
    tell(f"generation {after} serves again, instead of {before}")
    return 0


def _refuse_losses(
    client: Elasticsearch, current: Generation, chosen: Generation, max_lost: float
) -> None:
    """Raises UsageError where too much that is found now would not be."""
    from sinks.comparison import compare

    progress = Progress()
    found = compare(
        client,
        current,
        chosen,
        texts=False,
        progress=lambda n: progress.show(f"{n} compared"),
    )
    progress.end()
    if found.share_lost <= max_lost:
        return
    some = ", ".join(plain(one.uri, 60) for one in found.lost.examples)
    raise UsageError(
        f"generation {chosen.number} would lose {found.lost.count} of {found.shown_old} articles "
        "that are found now",
        found=f"{found.share_lost:.2%}: {some}{', ...' if found.lost.count > 5 else ''}",
        expected=f"at most {max_lost:.2%}",
        remedy=f"see `dateline index diff {chosen.number}`; where it is meant so, "
        "`--max-lost` allows it.",
    )


@index.command()
@click.argument("generation", type=int, required=False)
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="All but the newest N.")
@click.option(
    "--older-than",
    type=Instant(),
    metavar="AGE",
    help="Those that were begun longer ago: 12h, 30d.",
)
@click.option("--no-rollback", is_flag=True, help="Also the one that `rollback` goes back to.")
@with_settings
def drop(
    generation: int | None,
    keep: int | None,
    older_than: dt.datetime | None,
    no_rollback: bool,
    settings: Settings,
) -> int:
    """Delete GENERATION with all it holds; never the serving one. Topics are left alone.

    The one that `rollback` goes back to is only dropped by its number, with --no-rollback.

    With --keep or --older-than (or both: what either spares is spared) those it means, and never
    the serving one nor the one that `rollback` goes back to.
    """
    from sinks import generations

    if (generation is None) == (keep is None and older_than is None):
        raise UsageError(
            "what to drop is not clear",
            expected="the number of a generation, or --keep or --older-than",
            remedy="`dateline index list` shows them.",
        )
    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        if generation is not None:
            numbers = [generation]
        else:
            existing = generations.list_generations(client, settings)
            spared = {one.number for one in existing[len(existing) - keep :]} if keep else set()
            numbers = [
                one.number
                for one in existing
                if not (one.serving or one.previous or one.number in spared)
                and (older_than is None or one.created < older_than)
            ]
        for number in numbers:
            selection = path_of(settings, generations.by_number(client, settings, number).id)
            generations.drop(client, settings, number, give_up_rollback=no_rollback)
            selection.unlink(missing_ok=True)
            tell(f"generation {number} dropped")
    if not numbers:
        tell("no generation to drop")
    return 0


def catch_up(
    settings: Settings,
    client: Elasticsearch,
    generation: Generation,
    within: float = WITHIN,
    stop: threading.Event | None = None,
) -> None:
    """Let a generation take what it lacks, by a sink of its own; or until ``stop`` is set.

    Raises Unavailable where that fails, or takes longer than ``within`` seconds.
    """
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
    stage = Stage("sink", arguments, below(settings))
    deadline = time.monotonic() + within
    stage.start()
    try:
        while (status := stage.ended()) is None:
            if time.monotonic() >= deadline:
                with kafka_admin(settings) as admin:
                    waiting = lag(end, committed(admin, group, topics.enriched))
                raise Unavailable(
                    f"generation {generation.number} did not catch up within {within:.0f} s",
                    found=f"{waiting} records left",
                    remedy="nothing was switched; start a sink and try again, or allow more time "
                    "(--within).",
                )
            if stop is not None and stop.is_set():
                return
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
