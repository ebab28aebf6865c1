"""A whole pipeline for one test: its settings, its stages, its wire, and what must come of it."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from dateline.connections import elasticsearch_client
from dateline.embedded import EmbeddedStack
from dateline.settings import Settings
from sinks import generations, ledger
from tests.faults.crew import Crew, Member, wait_through, wait_until
from tests.faults.oracle import World, check
from tests.faults.proxy import Proxy
from tests.faults.wire import Wire
from tests.integration.whole import account

#: `max_document_bytes` here: an oversized document need not be large
LIMIT = 150_000
#: the shortest that Kafka is asked for
SESSION = 6.0


class Pipeline:
    """settings: reach the servers directly. through: those of a sink behind the proxy."""

    def __init__(self, settings: Settings, folder: Path, crew: Crew, proxy: Proxy) -> None:
        self.settings = settings
        self.through = msgspec.structs.replace(settings, elasticsearch_url=proxy.url)
        self.crew = crew
        self.proxy = proxy
        self.worlds: list[World] = []
        self._folder = folder
        #: of all wires so far, for ``dateline produce``
        self.folders: list[Path] = []

    def start(self, stage: str, *arguments: str | Path, **faults: Any) -> Member:
        """Start a stage: see `Crew.start`. Sinks are behind the proxy."""
        settings = self.through if stage == "sink" else self.settings
        return self.crew.start(stage, *arguments, settings=settings, **faults)

    def replace(self, stage: str, **faults: Any) -> Member:
        """The same, in the place of all of that stage that run."""
        for member in self.crew.of(stage):
            assert self.crew.leave(member) == 0, member.said()
        return self.start(stage, **faults)

    def world(self, stories: int, *, poison: int = 0) -> World:
        """More stories than there were, laid before nobody yet."""
        number = len(self.worlds) + 1
        world = World(number, stories, limit=LIMIT, name=self.settings.topic_prefix, poison=poison)
        self.worlds.append(world)
        return world

    def lay(self, world: World) -> list[Path]:
        """Its deliveries into new folders, for ``dateline produce``."""
        wire = Wire(self._folder / f"wire-{len(self.folders)}", seed=world.seed)
        wire.lay(world.deliveries)
        self.folders += wire.folders
        return wire.folders

    def publish(self, world: World) -> None:
        """All of it, by a producer that nothing happens to."""
        producer = self.start("produce", "--once", *self.lay(world))
        assert producer.wait() in (0, 1), producer.said()

    def assert_holds(self) -> dict[str, Any]:
        """Everything passes; then every story shows its newest version, withdrawn ones are gone,
        dead letters are accounted for and `reconcile` agrees. Returns its account."""
        wait_through(self.crew)
        # The ledger is the last to hear of dead letters and skipped items.
        told: dict[str, Any] = {}
        wait_until(lambda: not told_by(told, self.settings)["in_flight"], "the account is closed")
        found = check(self.settings, *self.worlds)
        assert not found.faults, f"{dict(found.faults)}: {found.listed}"
        assert told["faults"] == {}, told
        return told

    def dismiss(self) -> None:
        """All stages end in order, by SIGTERM, with status 0 (a producer: 130, it was told to)."""
        ended = self.crew.dismiss(signal.SIGTERM)
        ended.pop("produce", None)
        assert {status for one in ended.values() for status in one} <= {0}, ended


def told_by(into: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """``into``, filled with what ``dateline reconcile`` says now."""
    into |= account(settings)
    return into


@contextmanager
def pipeline(stack: EmbeddedStack, folder: Path, **changed: Any) -> Iterator[Pipeline]:
    """On the servers of ``stack``, with topics and indices of its own. changed: settings."""
    unique = uuid.uuid4().hex[:8]
    small = {"max_document_bytes": LIMIT, "session_timeout": SESSION, "nlp_processes": 1}
    settings = msgspec.structs.replace(
        Settings(),
        kafka_bootstrap_servers=stack.kafka_bootstrap,
        elasticsearch_url=stack.elasticsearch_url,
        data_dir=str(folder / "data"),
        topic_prefix=f"f{unique}.",
        index_prefix=f"f{unique}-",
        **(small | changed),
    )
    with ExitStack() as open_:
        proxy = open_.enter_context(Proxy(stack.elasticsearch_url))
        crew = open_.enter_context(Crew(settings, folder / "logs"))
        # Here, with a minute's patience: a stage may be given little (`FAULTS_TIMEOUT`).
        with elasticsearch_client(settings) as client:
            generations.ensure(client, settings)
            ledger.ensure(client, settings)
        yield Pipeline(settings, folder, crew, proxy)
