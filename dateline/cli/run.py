"""``dateline run``: the whole pipeline on one machine, supervised."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self, TypeVar

import click
import msgspec

from dateline.cli.options import Feeds, with_feeds, with_settings
from dateline.cli.output import Progress, log_to_stderr, tell
from dateline.cli.supervisor import STAGES, Report, Stage, below
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import Unavailable
from dateline.metrics.stage import watching
from dateline.offsets import Offsets, committed, ends, lag
from dateline.progress import Facts
from dateline.settings import Settings
from dateline.topics import Topics, ensure_topics

if TYPE_CHECKING:
    from dateline.embedded import EmbeddedStack

__all__ = ["Pipeline", "Report", "Stage", "below", "run", "servers_for", "stop_on_signals"]

T = TypeVar("T")

_POLL = 0.1
#: seconds that a server may be away while somebody waits for the pipeline to be through
_PATIENCE = 60.0
#: seconds between two looks at how far a watching run has come: on a terminal, elsewhere
_LOOK, _LOOK_PLAIN = 3.0, 30.0


class Pipeline:
    """The processor and the sink as supervised child processes.

    settings must hold both addresses (`find_servers`). servers: where they are embedded ones of
    this process, which nobody but it looks after. Use as a context manager.
    """

    def __init__(
        self, settings: Settings, report: Report = tell, servers: EmbeddedStack | None = None
    ) -> None:
        self.settings = settings
        self._report = report
        self._servers = servers
        self._stages = [
            Stage("processor", ["process"], below(settings, 1), self._processed),
            Stage("sink", ["sink"], below(settings, STAGES), self._indexed),
        ]
        self._admin: Any = None

    def start(self) -> None:
        """Create the topics and start the stages; returns before they are ready."""
        self._admin = kafka_admin(self.settings)
        self.topics = ensure_topics(self._admin, self.settings)
        for stage in self._stages:
            stage.start()

    def stop(self) -> None:
        """End both stages; what is not committed is taken up by the next start."""
        for stage in self._stages:
            stage.ask_to_stop()
        for stage in self._stages:
            stage.stop()
        if self._admin is not None:
            self._admin.close()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def keep_alive(self) -> None:
        """Start again what has died, after a pause. Raises Unavailable or TooManyBad when
        that does not help, and ServerDied where an embedded server has ended."""
        if self._servers is not None and (died := self._servers.poll()) is not None:
            raise died
        for stage in self._stages:
            stage.keep_alive(self._report)

    def _processed(self) -> Hashable:
        """How far the processor has come."""
        from processors.app import group_of

        with kafka_admin(self.settings) as admin:
            passed = committed(admin, group_of(self.settings), self.topics.raw)
        return tuple(sorted(passed.items()))

    def _indexed(self) -> Hashable:
        """How far the sink has come with each generation, and with the ledger."""
        from dateline.cli.status import followers

        with elasticsearch_client(self.settings, timeout=10.0) as client:
            _, *groups = followers(client, self.settings)
        with kafka_admin(self.settings) as admin:
            return tuple(
                (one.group, topic, tuple(sorted(committed(admin, one.group, topic).items())))
                for one in groups
                for topic in one.topics
            )

    def wait_until_done(
        self,
        progress: Callable[[int, int], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Until all that is in the raw topic now has passed the processor's and the sink's
        committed offsets, all that became dead or was skipped is in the ledger, and both indices
        are refreshed.

        progress(raw records waiting, other records waiting) is called as that changes.
        """
        from processors.app import group_of as processor_group
        from sinks import generations, ledger

        raw, enriched = self.topics.raw, self.topics.enriched
        raw_end = self._patiently(lambda: ends(self._admin, raw))
        group = processor_group(self.settings)

        def processor_lag() -> int:
            return lag(raw_end, committed(self._admin, group, raw))

        self._wait(lambda: (processor_lag(), 0), progress, stop)
        enriched_end = self._patiently(lambda: ends(self._admin, enriched))
        with elasticsearch_client(self.settings) as client:

            def sink_lag() -> int:
                # All generations that are fed: one that is kept for a rollback must be up to
                # date. There is none before the sink has made the first.
                fed = generations.fed(client, self.settings)
                groups = [generations.group_of(self.settings, one) for one in fed]
                return max(
                    (lag(enriched_end, committed(self._admin, into, enriched)) for into in groups),
                    default=1,
                )

            # The sink has dead letters of its own: so their end is only known now.
            topics = (self.topics.dead, self.topics.skipped)

            def ledger_lag() -> int:
                # The sink makes it when it starts.
                into = ledger.find(client, self.settings)
                if into is None:
                    return 1
                groups = {topic: ledger.group_of(self.settings, into, topic) for topic in topics}
                return sum(
                    lag(refused[topic], committed(self._admin, group, topic))
                    for topic, group in groups.items()
                )

            def refresh() -> None:
                with generations.surroundings("refreshing the index"):
                    fed = [one.index for one in generations.fed(client, self.settings)]
                    client.indices.refresh(index=[*fed, ledger.alias(self.settings)])

            self._wait(lambda: (0, sink_lag()), progress, stop)
            refused: dict[str, Offsets] = self._patiently(
                lambda: {topic: ends(self._admin, topic) for topic in topics}
            )
            self._wait(lambda: (0, ledger_lag()), progress, stop)
            if stop is None or not stop.is_set():
                self._patiently(refresh)

    def _wait(
        self,
        waiting: Callable[[], tuple[int, int]],
        progress: Callable[[int, int], None] | None,
        stop: threading.Event | None,
    ) -> None:
        shown: tuple[int, int] | None = None
        while any(left := self._patiently(waiting)):
            if stop is not None and stop.is_set():
                return
            if progress is not None and left != shown:
                progress(*left)
                shown = left
            self.keep_alive()
            time.sleep(_POLL)

    def _patiently(self, call: Callable[[], T]) -> T:
        """Ask again while a server is away; raises Unavailable when it stays away."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return call()
            except Unavailable:
                self.keep_alive()
                if time.monotonic() >= deadline:
                    raise
            time.sleep(1.0)


def servers_for(
    settings: Settings, stack: ExitStack, report: Report = tell
) -> tuple[Settings, EmbeddedStack | None]:
    """Settings of servers that are there, or of embedded ones (second) that live as long as
    ``stack``."""
    try:
        return find_servers(settings), None
    except Unavailable:
        if settings.kafka_bootstrap_servers or settings.elasticsearch_url:
            raise  # one of the two was named: starting the other is not what the user meant
    from dateline.embedded import EmbeddedStack

    report("starting an own Kafka and Elasticsearch, which end with this command")
    started = stack.enter_context(EmbeddedStack(settings.data_path, report=report))
    known = msgspec.structs.replace(
        settings,
        kafka_bootstrap_servers=started.kafka_bootstrap,
        elasticsearch_url=started.elasticsearch_url,
    )
    return known, started


@click.command()
@with_feeds(once="End when all of it is searchable.")
@with_settings
def run(feeds: Feeds, settings: Settings) -> int:
    """Publish FEEDs (files, folders, addresses, - for standard input, or names of feeds that
    dateline.toml lists; all of those where none is given), enrich and index them.

    Uses the servers of the settings or of `dateline up`; where there are none it starts its own
    and stops them. Folders are watched and addresses polled until Ctrl-C unless --once is given.
    """
    from producers.producer import produce

    below(settings, STAGES)  # better said now than once servers run
    stop = threading.Event()
    stop_on_signals(stop)
    log_to_stderr(settings, "producer", service=False)
    with ExitStack() as stack:
        settings, servers = servers_for(settings, stack)
        pipeline = stack.enter_context(Pipeline(settings, servers=servers))
        died: list[Exception] = []
        finished = threading.Event()

        def watch() -> None:
            while not finished.wait(1.0):
                try:
                    pipeline.keep_alive()
                except Exception as error:  # noqa: BLE001 - raised in the main thread
                    died.append(error)
                    stop.set()
                    return

        watcher = threading.Thread(target=watch, name="supervisor", daemon=True)
        before = _records(settings)
        progress = Progress()
        stack.callback(progress.end)
        watcher.start()
        # Before the pipeline stops its stages, nobody may start them again.
        stack.callback(watcher.join)
        stack.callback(finished.set)
        if not feeds.once:
            tell(f"Kafka {settings.kafka_bootstrap_servers}, {settings.elasticsearch_url}")
            tell("reading the feeds; Ctrl-C ends")
            _Looker(settings, progress, before, finished).start()
        result = produce(
            settings,
            feeds.feeds,
            once=feeds.once,
            format=feeds.format,
            again=feeds.again,
            stop=stop,
            report=tell,
            watch=stack.enter_context(watching(settings, "producer")),
        )
        if feeds.once and not stop.is_set():
            tell(
                f"published {result.published}, refused {result.refused}, "
                f"unchanged {result.unchanged}; enriching and indexing"
            )
            pipeline.wait_until_done(lambda raw, rest: progress.show(_waiting(raw, rest)), stop)
        elif not stop.is_set():
            tell(f"published {result.published}, refused {result.refused}; Ctrl-C ends")
            stop.wait()
        if died:
            raise died[0]
        if stop.is_set():
            return 130
        refused = max(result.refused, _records(settings).dead - before.dead)
        progress.end()
        tell("done" if not refused else f"done, {refused} refused: see `dateline dead list`")
        if result.failing:
            tell(f"feeds that fail: {', '.join(result.failing)}: see `dateline status`")
        return 1 if refused or result.failing else 0


def _waiting(raw: int, rest: int) -> str:
    return f"{raw} to enrich" if raw else f"{rest} to index"


class _Looker(threading.Thread):
    """Says now and then how far a watching run has come, until ``finished``.

    before: records in the topics when it began.
    """

    def __init__(
        self, settings: Settings, progress: Progress, before: _Records, finished: threading.Event
    ) -> None:
        # Nobody waits for it at the end: in an outage a look takes a while.
        super().__init__(name="progress", daemon=True)
        self._settings = settings
        self._progress = progress
        self._before = before
        self._finished = finished

    def run(self) -> None:
        from dateline.cli.status import gather

        every = _LOOK if sys.stderr.isatty() else _LOOK_PLAIN
        while not self._finished.wait(every):
            facts, failed = gather(self._settings, brief=True)
            # What is away, the stages say already; half the facts would look like progress.
            if not failed and not self._finished.is_set():
                self._progress.show(self._told(facts))

    def _told(self, facts: Facts) -> str:
        topics = Topics.of(self._settings)
        sinks = [waiting for stage, waiting in facts.lag.items() if stage.startswith("sink")]
        told = [
            f"published {facts.topics.get(topics.raw, 0) - self._before.raw}",
            f"{facts.lag.get('processor', 0)} to enrich",
            f"{max(sinks, default=0)} to index",
        ]
        if dead := facts.topics.get(topics.dead, 0) - self._before.dead:
            told.append(f"{dead} dead")
        return ", ".join(told)


class _Records(NamedTuple):
    """How many lie in two of the topics."""

    raw: int
    dead: int


def _records(settings: Settings) -> _Records:
    topics = Topics.of(settings)
    with kafka_admin(settings) as admin:
        return _Records(*(sum(ends(admin, name).values()) for name in (topics.raw, topics.dead)))


def stop_on_signals(stop: threading.Event) -> None:
    """SIGINT and SIGTERM set ``stop``; a second one ends at once."""

    def asked(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt  # asked twice: do not wait for anything
        stop.set()

    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGTERM, asked)
