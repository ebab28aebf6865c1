"""``dateline reconcile``: every id accounted for."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import Progress, plain
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import Unavailable, UsageError
from dateline.offsets import Offsets, committed, ends, existing
from dateline.settings import Settings
from dateline.topics import Topics

if TYPE_CHECKING:
    from dateline.reconcile import Account


@click.command()
@click.option("--generation", type=int, help="Instead of the serving one.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@with_settings
def reconcile(generation: int | None, as_json: bool, settings: Settings) -> int:
    """Account for everything that ever came: one line, then whatever does not add up.

    All topics, the index and the ledger are read, which takes minutes where there are millions of
    articles; notes of it lie on disk meanwhile, in the data folder (TMPDIR, where there is none).

    Exit status 0: all of it is; 1: something is missing, stale, resurrected, unknown or not
    recorded; 3: unreachable.
    """
    with _ended_in_order(), _progress() as told:
        account = account_of(find_servers(settings), generation, told)
    if as_json:
        click.echo(msgspec.json.encode(account).decode())
    else:
        click.echo(account.line())
        for fault in [*account.in_flight_listed, *account.listed]:
            click.echo(plain(f"{fault.kind}: {fault.what}: {fault.detail}"))
        for kind, count in account.faults.items():
            listed = sum(fault.kind == kind for fault in account.listed)
            if count > listed:
                click.echo(f"{kind}: and {count - listed} more")
    return 0 if account.balanced else 1


def account_of(
    settings: Settings,
    generation: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Account:
    """The account of a generation, the serving one unless told.

    progress: told what is done, how many so far, of how many. Raises Unavailable, UsageError.
    """
    from dateline.lineage import VERDICTS, results
    from dateline.lineage import read as read_lineage
    from dateline.reconcile import Snapshot
    from dateline.reconcile import reconcile as compare
    from processors.app import group_of as processor_group
    from sinks import generations, ledger

    topics = Topics.of(settings)
    with elasticsearch_client(settings) as client, kafka_admin(settings) as admin:
        known = {one.number: one for one in generations.list_generations(client, settings)}
        serving = next((one.number for one in known.values() if one.serving), None)
        number = serving if generation is None else generation
        if number is None or number not in known:
            raise Unavailable(
                "there is no index to reconcile"
                if number is None
                else f"there is no generation {number}",
                found=", ".join(map(str, known)) or "none",
                remedy="`dateline sink` creates the first, `dateline replay` the next.",
            )
        one = known[number]
        if one.state != "complete":
            raise UsageError(
                f"generation {number} is being built",
                found=one.state,
                remedy="its account can be made when `dateline replay` has completed it.",
            )
        book = ledger.find(client, settings)

        def recorded(topic: str) -> Offsets:
            if book is None:
                return {}
            return committed(admin, ledger.group_of(settings, book, topic), topic)

        lineage = read_lineage(number, one.replay)
        snapshot = Snapshot(
            lineage=lineage,
            index=one.index,
            ledger=book.index if book is not None else None,
            # The order matters. Committed offsets before the ends: what comes in between is in
            # flight, never missing. The raw topic's end last: whatever has an outcome came in.
            raw_passed=committed(admin, processor_group(settings), topics.raw),
            enriched_passed=committed(admin, generations.group_of(settings, one), topics.enriched),
            ledger_dead_passed=recorded(topics.dead),
            ledger_skipped_passed=recorded(topics.skipped),
            enriched_end=ends(admin, topics.enriched),
            dead_end=ends(admin, topics.dead),
            skipped_end=ends(admin, topics.skipped),
            settled_end=ends(admin, topics.settled) if topics.settled in existing(admin) else {},
            raw_end=ends(admin, topics.raw),
        )
        reprocessed = results(
            settings,
            lineage,
            snapshot.raw_end,
            {topic: snapshot.end(topic) for topic in VERDICTS},
        )
        snapshot = msgspec.structs.replace(snapshot, results=reprocessed)
        with generations.surroundings("comparing index and ledger with the topics"):
            return compare(
                settings, client, snapshot, lambda topic: ends(admin, topic), progress=progress
            )


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None] | None]:
    """On a terminal a line that tells how far it is; elsewhere nothing."""
    if not sys.stderr.isatty():
        yield None
        return
    line = Progress(terminal=True)
    try:
        yield lambda what, done, of: line.show(f"{what}: {done:,} of {max(done, of):,}")
    finally:
        line.end()


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """SIGTERM as Ctrl-C: whoever watches ends what takes too long, and the notes must go."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
