"""``dateline replay``: build the next generation of the index from the topics.

The order of the first steps is what makes it whole:

1. the end of the enriched topic is noted: from there on the new generation takes every live
   article, as the serving one does;
2. the end of the raw topic is noted: all before it is parsed and enriched again, and marked for
   the new generation alone;
3. the index is created, with both in it, and not fed by anybody yet; its consumer group is set to
   (1), so that whoever is killed here is taken up by the next call;
4. only then may sinks feed it.

A raw record after (2) was not enriched before (1), so the live processor's article of it lies
after (1). What is in both ways is the same article twice, which the sink's order settles.

Where only a part is reprocessed, the serving generation first takes all that lies before (1);
then stories are selected, and all others taken over from it; (4) comes after that. A replay from
enriched records writes what lies before (1) by itself, before (4), too.
"""

from __future__ import annotations

import fcntl
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal

import click
import msgspec

from dateline.cli.index import catch_up
from dateline.cli.options import with_settings
from dateline.cli.output import Progress, tell
from dateline.cli.run import Stage, below, stop_on_signals
from dateline.cli.window import Moment
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import UsageError
from dateline.lineage import Lineage
from dateline.lineage import read as read_lineage
from dateline.offsets import Offsets, begins, committed, ends, lag, set_committed
from dateline.selection import Selection, path_of
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

    from sinks.generations import Generation
    from sinks.selecting import Wanted

_POLL = 0.5
_TOLD_EVERY = 5.0
#: how many times longer than a live one a batch may take before it counts as hanging
_PATIENCE = 5

From = Literal["raw", "enriched"]

_SELECTION = (
    click.option("--since", type=Moment(), help="Received from then on: 2026-03-01, 14:05, 7d."),
    click.option("--until", type=Moment(), help="Received before then."),
    click.option("--provider", metavar="P", help="Only this agency's (dpa, afp, ...)."),
    click.option("--feed", metavar="NAME", help="Only what came with this feed."),
    click.option("--format", metavar="F", help="Only this wire format."),
    click.option("--language", metavar="L", help="Only this language: de finds de-AT, too."),
    click.option("--identity", metavar="URI", help="Only this story."),
    click.option("--query", metavar="Q", help="Only what this search finds now."),
    click.option(
        "--stale",
        is_flag=True,
        help="Only what another parser, model, enricher or configuration made than today's.",
    ),
    click.option("--dead", is_flag=True, help="Dead letters; with --stale, those as well."),
)


class _Stopped(Exception):
    """Somebody asked for it."""


class _Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a generation remembers of how it is built (see `sinks.generations.note`).

    wanted: what is reprocessed, None for everything. until: the end of the raw topic then. placed:
    the consumer groups were told where they begin. selected: the selection was made, here.
    """

    lineage: Lineage
    until: Offsets
    source: From = "raw"
    wanted: dict[str, Any] | None = None
    placed: bool = False
    selected: bool = False

    def noted(self) -> dict[str, Any]:
        """As JSON has it."""
        plain: dict[str, Any] = msgspec.to_builtins(self, str_keys=True)
        return plain


def _with_selection(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_SELECTION):
        command = option(command)
    return command


@click.command()
@_with_selection
@click.option(
    "--from",
    "source",
    type=click.Choice(["raw", "enriched"]),
    default="raw",
    show_default=True,
    help="raw: parse and enrich again. enriched: index again (the mapping has changed).",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True)
@with_settings
def replay(source: From, workers: int, settings: Settings, **chosen: Any) -> int:
    """Build a new generation of the index: parse and enrich everything again, or what is chosen.

    All options that choose must hold of one version of a story; the whole story is then
    reprocessed, and every other one taken over as it is. Searches see nothing of it until
    `dateline index switch`; `dateline index diff` shows before what that will change. Live
    articles go into both meanwhile. A replay that was stopped or killed goes on where it was.
    """
    from sinks import generations
    from sinks.selecting import Wanted
    from sinks.takeover import Stopped

    wanted = Wanted(**chosen)
    _see_that_it_makes_sense(wanted, source)
    settings = find_servers(settings)
    stop = threading.Event()
    stop_on_signals(stop)
    with ExitStack() as stack:
        admin = stack.enter_context(kafka_admin(settings))
        client = stack.enter_context(elasticsearch_client(settings))
        topics = ensure_topics(admin, settings)
        generations.ensure(client, settings)
        known = _unfinished(client, settings)
        if known is None:
            known = _begin(admin, client, settings, topics, wanted, source)
            tell(f"generation {known[0].number} begun")
        else:
            _see_that_it_is_the_same(known, wanted, source)
            tell(f"going on with generation {known[0].number}: {_described(known[1])}")
        building = _Building(
            settings, admin, client, topics, *known, workers=workers, stop=stop, stack=stack
        )
        try:
            with _alone(settings, known[0]):
                return building.complete()
        except (_Stopped, Stopped):
            tell("stopped; `dateline replay` goes on from here")
            return 130


def _see_that_it_makes_sense(wanted: Wanted, source: From) -> None:
    if source == "enriched" and (wanted.stale or wanted.dead):
        raise UsageError(
            "there is nothing to read from enriched records",
            found="--stale" if wanted.stale else "--dead",
            expected="--from raw",
            remedy="what is stale or dead must be parsed and enriched again.",
        )
    if wanted.dead and wanted.query is not None:
        raise UsageError(
            "a search finds no dead letters",
            found="--dead and --query",
            remedy="choose them by time, feed or format.",
        )


def _see_that_it_is_the_same(known: tuple[Generation, _Plan], wanted: Wanted, source: From) -> None:
    one, plan = known
    if wanted.everything and source == "raw":
        return  # nothing was asked for but to go on
    asked, planned = msgspec.to_builtins(wanted), dict(plan.wanted or {})
    for moment in ("since", "until"):
        # `7d` means another instant each time.
        if moment in asked and moment in planned:
            asked[moment] = planned[moment]
    if (asked, source) != (planned, plan.source):
        raise UsageError(
            f"generation {one.number} is being built, with another selection",
            found=_described(plan),
            remedy="let it be completed first (`dateline replay`), or drop it "
            f"(`dateline index drop {one.number}`).",
        )


@contextmanager
def _alone(settings: Settings, generation: Generation) -> Iterator[None]:
    """Two that build the same generation would each undo what the other has begun."""
    path = path_of(settings, generation.id).with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(
                f"another `dateline replay` is building generation {generation.number}",
                remedy="wait for its end, or stop it first.",
            ) from error
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _described(plan: _Plan) -> str:
    told = ", ".join(f"{name} {value}" for name, value in (plan.wanted or {}).items())
    return f"{told or 'everything'} from {plan.source} records"


def _unfinished(client: Elasticsearch, settings: Settings) -> tuple[Generation, _Plan] | None:
    from sinks import generations

    found = [
        one
        for one in generations.list_generations(client, settings)
        if one.state != "complete" and "lineage" in one.replay
    ]
    if not found:
        return None
    return found[-1], msgspec.convert(found[-1].replay, _Plan, str_keys=True, strict=False)


def _begin(
    admin: Any,
    client: Elasticsearch,
    settings: Settings,
    topics: Topics,
    wanted: Wanted,
    source: From,
) -> tuple[Generation, _Plan]:
    """The first steps of the module's docstring."""
    from sinks import generations

    serving = generations.serving(client, settings)
    whole = wanted.everything and source == "raw"
    base = None
    if not whole and serving is not None:
        base = read_lineage(serving.number, serving.replay)
    enriched_from = ends(admin, topics.enriched)
    until = ends(admin, topics.raw)
    plan = _Plan(
        lineage=Lineage(
            number=0,  # is given when it is created
            enriched_from=enriched_from,
            raw_until=until if whole else {},
            dead_from=ends(admin, topics.dead),
            skipped_from=ends(admin, topics.skipped),
            reprocessed="all" if whole else "some" if source == "raw" else "none",
            base=base,
        ),
        until=until,
        source=source,
        wanted=None if wanted.everything else msgspec.to_builtins(wanted),
    )
    return generations.create_next(client, settings, replay=plan.noted()), plan


class _Building:
    """One generation on its way to be complete; may be done by several calls, one after another."""

    def __init__(
        self,
        settings: Settings,
        admin: Any,
        client: Elasticsearch,
        topics: Topics,
        generation: Generation,
        plan: _Plan,
        *,
        workers: int,
        stop: threading.Event,
        stack: ExitStack,
    ) -> None:
        from processors.app import group_of as processor_group
        from sinks import generations

        self.settings, self.admin, self.client, self.topics = settings, admin, client, topics
        self.generation, self.plan = generation, plan
        self.number = str(generation.number)
        self.workers, self.stop, self.stack = workers, stop, stack
        self.stages: list[Stage] = []
        self.path = path_of(settings, generation.id)
        self.selection: Selection | None = None
        self.live = processor_group(settings)
        self.enriching = processor_group(settings, generation=generation.number)
        self.feeding = generations.group_of(settings, generation)

    def complete(self) -> int:
        """All of it. Raises _Stopped, Stopped, DatelineError."""
        from sinks import generations

        if not self.plan.placed:
            self._place()
        if self.plan.wanted is not None and not self._select():
            self._give_up()
            tell("nothing is to be reprocessed; no generation was made")
            return 0
        enriching = self.plan.source == "raw"
        until = self._until()
        if enriching and self._to_enrich(until):
            self._start("replay", ["process", "--replay", self.number, *_ends(until)], self.workers)
        if self.generation.state == "positioning":
            if self.selection is not None:
                self._take_over()
            if not enriching:
                self._bring_history()
            generations.begin(self.client, self.settings, self.generation.number)

        def to_index() -> int:
            return self._lag(enriched, self.topics.enriched, self.feeding)

        enriched = ends(self.admin, self.topics.enriched)
        if enriching or to_index():
            # A sink of its own: others find the generation, too, where there are any.
            self._start("sink", ["sink", "--generation", self.number], 1, only=False)
        if enriching:
            self._wait(lambda: self._to_enrich(until), "enriched")
            enriched = ends(self.admin, self.topics.enriched)
        self._wait(to_index, "indexed")
        generations.mark_complete(self.client, self.settings, self.generation.number)
        self.path.unlink(missing_ok=True)
        with generations.surroundings("counting documents"):
            stories = self.client.count(index=self.generation.index)["count"]
        tell(
            f"generation {self.number} is complete: {stories} stories; "
            "`dateline index diff` shows what it changes, `dateline index switch` lets it serve"
        )
        return 0

    def _place(self) -> None:
        """Say where the consumer groups begin."""
        begin = self.plan.lineage.enriched_from
        set_committed(self.admin, self.feeding, self.topics.enriched, begin)
        # The number may have been another generation's, of an Elasticsearch that is gone.
        set_committed(
            self.admin, self.enriching, self.topics.raw, dict.fromkeys(self.plan.until, 0)
        )
        self._note(placed=True)

    def _note(self, **changes: bool) -> None:
        """Remember how far it is."""
        from sinks import generations

        self.plan = msgspec.structs.replace(self.plan, **changes)
        generations.note(self.client, self.settings, self.generation.number, self.plan.noted())

    def _give_up(self) -> None:
        from sinks import generations

        generations.drop(self.client, self.settings, self.generation.number)
        self.path.unlink(missing_ok=True)

    def _select(self) -> bool:
        """Which stories are reprocessed; False where nothing is."""
        from sinks import generations

        if not self.plan.selected:
            self._make_selection()
        self.selection = self.stack.enter_context(Selection(self.path))
        stories, records = self.selection.stories(), self.selection.records()
        if records and self.generation.state == "positioning":
            with generations.surroundings("counting documents"):
                known = self.client.count(index=self._source().index)["count"]
            again = "enriched" if self.plan.source == "raw" else "indexed"
            tell(
                f"{records:,} records are {again} again, of {stories:,} stories; "
                f"of {known:,} stories all others are taken over"
            )
            if left := self.selection.left():
                tell(f"{left:,} stories stay as they are: an original is not in the raw topic")
        return records > 0

    def _make_selection(self) -> None:
        from processors.provenance import Today
        from sinks.search import UnreadableQuery
        from sinks.selecting import Wanted, select

        source = self._source()
        # All that the new generation is not fed with must be in what is taken over.
        catch_up(self.settings, self.client, source, math.inf, self.stop)
        self._record_refusals(source)
        self._go_on()
        raw = self.topics.raw
        begin, end = begins(self.admin, raw), ends(self.admin, raw)
        there = {partition: (begin[partition], end[partition]) for partition in begin}
        line = Progress()
        with Selection(self.path, create=True) as into:
            try:
                select(
                    self.client,
                    self.settings,
                    source,
                    msgspec.convert(self.plan.wanted, Wanted),
                    into,
                    stale=Today(self.settings).stale,
                    there=there if self.plan.source == "raw" else None,
                    progress=lambda count: self._told(line, f"{count:,} looked at"),
                )
            except UnreadableQuery:
                # Whoever corrects it must not have to drop something first.
                self._give_up()
                raise
            line.end()
            # From the first to the last that is chosen; where none is, there is nothing to do.
            first = {p: bound[0] for p, bound in into.bounds().items()}
        set_committed(self.admin, self.enriching, raw, {**self.plan.until, **first})
        self._note(selected=True)

    def _record_refusals(self, source: Generation) -> None:
        """What is dead or was skipped must be in the ledger; where no sink runs, by one of ours."""
        from sinks import ledger
        from sinks.selecting import no_ledger

        book = ledger.find(self.client, self.settings)
        if book is None:
            self._give_up()
            raise no_ledger()
        topics = (self.topics.dead, self.topics.skipped)
        until = {topic: ends(self.admin, topic) for topic in topics}

        def waiting() -> int:
            groups = {topic: ledger.group_of(self.settings, book, topic) for topic in topics}
            return sum(self._lag(until[topic], topic, group) for topic, group in groups.items())

        if waiting():
            arguments = ["sink", "--generation", str(source.number)]
            with self._for_a_while("ledger", arguments, 1, only=False):
                self._wait(waiting, "recorded")

    def _source(self) -> Generation:
        """The generation that is taken over."""
        from sinks import generations

        assert self.plan.lineage.base is not None
        return generations.by_number(self.client, self.settings, self.plan.lineage.base.number)

    def _take_over(self) -> None:
        from sinks.takeover import take_over

        assert self.selection is not None
        line = Progress()
        source = self._source()
        copied = take_over(
            self.client,
            self.settings,
            source,
            self.generation,
            self.selection,
            progress=lambda count: self._told(line, f"{count:,} stories taken over, or passed by"),
            stop=self.stop.is_set,
        )
        line.end()
        tell(f"{copied:,} stories taken over from generation {source.number}")

    def _bring_history(self) -> None:
        from sinks.stage import history_group
        from sinks.takeover import unrefreshed

        until = self.plan.lineage.enriched_from
        group = history_group(self.feeding)

        def waiting() -> int:
            return self._lag(until, self.topics.enriched, group)

        if waiting():
            arguments = ["sink", "--generation", self.number, "--history", *_ends(until)]
            with (
                unrefreshed(self.client, self.settings, self.generation.index),
                self._for_a_while("history", arguments, self.workers),
            ):
                self._wait(waiting, "indexed")

    @contextmanager
    def _for_a_while(
        self, name: str, arguments: list[str], count: int, *, only: bool = True
    ) -> Iterator[None]:
        stages = self._start(name, arguments, count, only=only)
        yield
        for stage in stages:
            self.stages.remove(stage)
            stage.stop()

    def _start(
        self, name: str, arguments: list[str], count: int, *, only: bool = True
    ) -> list[Stage]:
        arguments = [*arguments, "--give-way"]
        if only and self.selection is not None:
            arguments += ["--only", str(self.path)]
        # At low priority the clock runs faster than the work: an article must not die of that.
        settings = msgspec.structs.replace(
            self.settings, nlp_timeout=_PATIENCE * self.settings.nlp_timeout
        )
        started = [Stage(name, arguments, below(settings)) for _ in range(count)]
        for stage in started:
            self.stack.callback(stage.stop)
            stage.start()
        self.stages += started
        return started

    def _until(self) -> Offsets:
        """Where the workers that enrich are done, by partition."""
        if self.selection is None:
            return self.plan.until
        return {
            **dict.fromkeys(self.plan.until, 0),
            **{partition: end for partition, (_, end) in self.selection.bounds().items()},
        }

    def _to_enrich(self, until: Offsets) -> int:
        position = self._position(self.enriching, self.topics.raw)
        if self.selection is None:
            return lag(until, position)
        return sum(
            self.selection.waiting(partition, position.get(partition, 0)) for partition in until
        )

    def _lag(self, until: Offsets, topic: str, group: str) -> int:
        return lag(until, self._position(group, topic))

    def _position(self, group: str, topic: str) -> Offsets:
        """What was deleted from a topic's beginning is nobody's to wait for."""
        first = begins(self.admin, topic)
        position = committed(self.admin, group, topic)
        return {p: max(position.get(p, 0), begin) for p, begin in first.items()}

    def _wait(self, waiting: Callable[[], int], done: str) -> None:
        """Until nothing waits. Raises _Stopped."""
        begun = told = time.monotonic()
        first = left = waiting()
        while left:
            self._go_on()
            if self.stop.wait(_POLL):
                raise _Stopped
            left = waiting()
            now = time.monotonic()
            if left and now - told >= _TOLD_EVERY:
                told = now
                rate = (first - left) / (now - begun)
                remaining = f", about {left / rate:.0f} s left" if rate > 0 else ""
                live = self._lag(ends(self.admin, self.topics.raw), self.topics.raw, self.live)
                tell(f"{left:,} to be {done}, {rate:.0f}/s{remaining}; {live:,} live ones wait")
        tell(f"all {done}")

    def _told(self, line: Progress, what: str) -> None:
        self._go_on()
        line.show(what)

    def _go_on(self) -> None:
        """Start again what has died. Raises _Stopped."""
        if self.stop.is_set():
            raise _Stopped
        for stage in self.stages:
            if stage.ended() != 0:
                stage.keep_alive(tell)


def _ends(until: Offsets) -> list[str]:
    return ["--until", msgspec.json.encode({str(p): end for p, end in until.items()}).decode()]
