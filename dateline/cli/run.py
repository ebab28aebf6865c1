"""``dateline run``: the whole pipeline on one machine, supervised."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import tell
from dateline.connections import elasticsearch_client, find_servers, kafka_admin
from dateline.errors import Unavailable
from dateline.lifeline import GRACE
from dateline.offsets import committed, ends, lag
from dateline.settings import PREFIX, Settings, as_environment
from dateline.topics import ensure_topics

if TYPE_CHECKING:
    from dateline.embedded import EmbeddedStack

Report = Callable[[str], None]
T = TypeVar("T")

#: a stage that ends this often within `_WINDOW` seconds is not going to recover by itself
_MOST_RESTARTS = 5
_WINDOW = 60.0
_POLL = 0.1
#: seconds that a server may be away while somebody waits for the pipeline to be through
_PATIENCE = 60.0


class Stage:
    """One stage as a child process that is started again when it dies.

    The child ends when this process does, however that ends (see `dateline.lifeline`).
    """

    def __init__(self, name: str, arguments: Sequence[str], settings: Settings) -> None:
        self.name = name
        self._arguments = list(arguments)
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None
        self._started: list[float] = []
        # Whoever waits and whoever watches may both find it dead.
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Of the running child."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the child."""
        reading, writing = os.pipe()
        environ = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        environ |= as_environment(self._settings)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dateline", *self._arguments, "--lifeline", str(reading)],
            stdin=subprocess.DEVNULL,
            pass_fds=(reading,),
            env=environ,
            # Ctrl-C goes to this process alone: it stops the stages in their order.
            start_new_session=True,
        )
        os.close(reading)
        if self._lifeline is not None:
            os.close(self._lifeline)
        self._lifeline = writing
        self._started = [*self._started[-_MOST_RESTARTS + 1 :], time.monotonic()]

    def keep_alive(self, report: Report) -> None:
        """Start the child again if it has ended; raises Unavailable when that does not help."""
        with self._lock:
            self._keep_alive(report)

    def _keep_alive(self, report: Report) -> None:
        if self._process is None or self._process.poll() is None:
            return
        status = self._process.returncode
        often = len(self._started) == _MOST_RESTARTS
        if often and time.monotonic() - self._started[0] < _WINDOW:
            raise Unavailable(
                f"the {self.name} stage does not stay up",
                found=f"exit status {status}, {_MOST_RESTARTS} starts within {_WINDOW:.0f} s",
                remedy="its messages are above; `dateline doctor` may know more.",
            )
        report(f"{self.name} ended with status {status}; starting it again")
        try:
            self.start()
        except OSError as error:
            raise Unavailable(
                f"the {self.name} stage cannot be started", found=str(error)
            ) from error

    def ended(self) -> int | None:
        """The child's exit status once it has ended."""
        return self._process.poll() if self._process else None

    def ask_to_stop(self) -> None:
        """SIGTERM: it finishes its batch, commits and leaves its group."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, grace: float = GRACE) -> None:
        """Wait for its end, and make sure of it."""
        if self._process is not None:
            self.ask_to_stop()
            try:
                self._process.wait(grace)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


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
            Stage("processor", ["process"], settings),
            Stage("sink", ["sink"], settings),
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
        """Start again what has died. Raises Unavailable when that does not help, and where an
        embedded server has ended."""
        if self._servers is not None and (died := self._servers.poll()) is not None:
            raise died
        for stage in self._stages:
            stage.keep_alive(self._report)

    def wait_until_done(
        self,
        progress: Callable[[int, int], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        """Until all that is in the raw topic now has passed the processor's and the sink's
        committed offsets and the index is refreshed.

        progress(raw records waiting, enriched records waiting) is called as that changes.
        """
        from processors.app import group_of as processor_group
        from sinks import generations

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

            def refresh() -> None:
                with generations.surroundings("refreshing the index"):
                    client.indices.refresh(
                        index=[one.index for one in generations.fed(client, self.settings)]
                    )

            self._wait(lambda: (0, sink_lag()), progress, stop)
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
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...")
@click.option("--once", is_flag=True, help="End when all of it is searchable.")
@click.option("--format", "format_", metavar="F", help="The wire format, instead of detecting it.")
@click.option("--feed", metavar="NAME", help="Name of the feed, instead of its folder.")
@click.option("--again", is_flag=True, help="Publish what was published before, too.")
@with_settings
def run(
    feeds: tuple[str, ...],
    once: bool,
    format_: str | None,
    feed: str | None,
    again: bool,
    settings: Settings,
) -> int:
    """Publish FEEDs (files, folders, or - for standard input), enrich and index them.

    Uses the servers of the settings or of `dateline up`; where there are none it starts its own
    and stops them. Folders are watched until Ctrl-C unless --once is given.
    """
    from producers.producer import produce

    stop = threading.Event()
    stop_on_signals(stop)
    with ExitStack() as stack:
        settings, servers = servers_for(settings, stack)
        pipeline = stack.enter_context(Pipeline(settings, servers=servers))
        died: list[Unavailable] = []
        finished = threading.Event()

        def watch() -> None:
            while not finished.wait(1.0):
                try:
                    pipeline.keep_alive()
                except Unavailable as error:
                    died.append(error)
                    stop.set()
                    return

        watcher = threading.Thread(target=watch, name="supervisor", daemon=True)
        dead_before = _dead(settings, pipeline)
        if not once:
            tell(f"Kafka {settings.kafka_bootstrap_servers}, {settings.elasticsearch_url}")
            tell("reading the feeds; Ctrl-C ends")
        # Before the pipeline stops its stages, nobody may start them again.
        stack.callback(watcher.join)
        stack.callback(finished.set)
        watcher.start()
        result = produce(
            settings,
            list(feeds),
            once=once,
            format=format_,
            feed=feed,
            again=again,
            stop=stop,
            report=tell,
        )
        if once and not stop.is_set():
            tell(
                f"published {result.published}, refused {result.refused}, "
                f"unchanged {result.unchanged}; enriching and indexing"
            )
            pipeline.wait_until_done(_progress, stop)
        elif not stop.is_set():
            tell(f"published {result.published}, refused {result.refused}; Ctrl-C ends")
            stop.wait()
        if died:
            raise died[0]
        if stop.is_set():
            return 130
        refused = max(result.refused, _dead(settings, pipeline) - dead_before)
        tell("done" if not refused else f"done, {refused} refused: see `dateline dead list`")
        return 1 if refused else 0


def _progress(raw: int, enriched: int) -> None:
    if sys.stderr.isatty():
        waiting = f"{raw} to enrich" if raw else f"{enriched} to index"
        sys.stderr.write(f"\r\x1b[K{waiting}" if raw or enriched else "\r\x1b[K")
        sys.stderr.flush()


def _dead(settings: Settings, pipeline: Pipeline) -> int:
    with kafka_admin(settings) as admin:
        return sum(ends(admin, pipeline.topics.dead).values())


def stop_on_signals(stop: threading.Event) -> None:
    """SIGINT and SIGTERM set ``stop``; a second one ends at once."""

    def asked(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt  # asked twice: do not wait for anything
        stop.set()

    signal.signal(signal.SIGINT, asked)
    signal.signal(signal.SIGTERM, asked)
