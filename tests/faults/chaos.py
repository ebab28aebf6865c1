"""Faults at random, for as long as stories come: what a bad week does to the pipeline, in minutes.

The stages run as processes of their own behind the proxy, watched by a supervisor that starts again
what has ended. Stories are laid on the wire all the while. `Chaos.run` plays a plan that the seed
decides (which faults, in which order, on whom, for how long), some of them at the same time;
then everything passes, and `tests.faults.oracle` has its say.

The time to recover is that from the moment when the fault is over (the process or the server is
started again, the proxy lets pass) to the first commit after it, of the stage that it struck.
"""

from __future__ import annotations

import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import psutil

from dateline.embedded import EmbeddedStack
from dateline.errors import DatelineError
from dateline.settings import Settings
from tests.faults import proxy as faults_of
from tests.faults.crew import Gauge, Member, Stages, wait_through, wait_until
from tests.faults.oracle import World, check
from tests.faults.pipeline import LIMIT, Pipeline, pipeline, told_by
from tests.faults.points import POINTS
from tests.faults.servers import Servers, blocked, fill_disk_of, flood, look_at_the_disk_often
from tests.faults.wire import Wire

#: seconds between two looks at the stages, and two helpings of stories
LOOK, HELPING = 0.2, 0.4
#: stories in a helping at least, so that there is something to commit
LEAST = 4
#: seconds after which a stage that has not committed anything has not recovered
PATIENCE = 120.0
#: seconds that a sink waits for an answer, in the place of a minute
TIMEOUT = 5.0
#: most workers of a stage
WORKERS = 3
#: seconds for a stage to reach the point at which it is to end
REACHED = 30.0
JUMPS = "0 172800 -172800 /25"


class Event(msgspec.Struct, kw_only=True):
    """One fault as it happened; times in seconds since the run began.

    stage: whose first commit ends it. over: when the fault was. recovered: that commit; None where
    it did not come. note: what else there is to say. alone: no other fault was near.
    """

    kind: str
    what: str
    stage: str
    began: float
    over: float = 0.0
    recovered: float | None = None
    note: str = ""
    alone: bool = True

    @property
    def seconds(self) -> float | None:
        """The time to recover."""
        return None if self.recovered is None else self.recovered - self.over


class Outcome(msgspec.Struct, kw_only=True):
    """What a run came to. wrong: disagreements by kind (`tests.faults.oracle.check`), none where
    all is well. account: what `dateline reconcile` says. ended: how often a stage ended by itself,
    by stage and exit status. crashes: last words of those that ended with a traceback."""

    seed: int
    stories: int
    deliveries: int
    laid: int
    seconds: float
    events: list[Event]
    wrong: dict[str, int]
    listed: list[str]
    account: dict[str, Any]
    dead: int
    repeated: int
    ended: dict[str, int]
    crashes: list[str]
    unrecovered: int = 0

    @property
    def holds(self) -> bool:
        """Nothing lost, stale, doubled or resurrected; all accounted for; all recovered."""
        closed = not self.account.get("faults") and not self.account.get("in_flight")
        return not self.wrong and closed and not self.unrecovered and not self.crashes


#: does a fault; returns a note once it is over
Play = Callable[["Chaos", random.Random], str]


class Seat:
    """A place of a stage that somebody holds. held: somebody deals with it just now, so the
    supervisor leaves it alone."""

    def __init__(self, stage: str, arguments: list[Path | str]) -> None:
        self.stage = stage
        self.arguments = arguments
        self.member: Member | None = None
        self.held = False
        self.not_before = 0.0


class Planned(msgspec.Struct, frozen=True):
    """One fault of the plan; ``seed`` decides the rest of it."""

    kind: str
    seed: str


class Kind(msgspec.Struct, frozen=True):
    """A kind of fault. weight: how often among a hundred. needs: what two at a time may not
    share. stage: whose commit shows that all is well again."""

    weight: int
    what: str
    needs: frozenset[str]
    stage: str
    play: Play


class Chaos:
    """One run. Use `run_chaos`."""

    def __init__(
        self,
        line: Pipeline,
        servers: Servers,
        world: World,
        folder: Path,
        say: Callable[[str], None],
    ) -> None:
        self.line = line
        self.servers = servers
        self._folder = folder
        self.world = world
        self.say = say
        self.wire = Wire(folder / "wire", seed=world.seed)
        self.events: list[Event] = []
        self.ended: Counter[str] = Counter()
        self.crashes: list[str] = []
        self.laid = 0
        self._history: list[tuple[float, Stages]] = []
        self.stages: Stages | None = None
        self._seen = 0.0
        self._share = 0.0
        self._began = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.RLock()
        self._seats: list[Seat] = []

    @property
    def now(self) -> float:
        """Seconds since the run began."""
        return time.monotonic() - self._began

    # -- the play

    def play(self, plan: list[list[Planned]]) -> None:
        """All of the plan, step by step; the faults of a step at the same time."""
        for folder in self.wire.folders:
            self._seats.append(Seat("produce", [folder]))
        self._seats += [Seat("process", []), Seat("sink", []), Seat("sink", [])]
        for seat in self._seats:
            self.begin(seat)
        threads = [
            threading.Thread(target=work, daemon=True)
            for work in (self._look, self._feed, self._supervise)
        ]
        for thread in threads:
            thread.start()
        try:
            self.wait_for("sink", 0)
            done, total = 0, sum(map(len, plan))
            for step in plan:
                playing = [threading.Thread(target=self._one, args=(one,)) for one in step]
                for thread in playing:
                    thread.start()
                    time.sleep(random.Random(step[0].seed).random())
                for thread in playing:
                    thread.join()
                done += len(step)
                self._share = done / total
        finally:
            self._over.set()
            for thread in threads:
                thread.join()

    def _one(self, planned: Planned) -> None:
        kind = KINDS[planned.kind]
        event = Event(kind=planned.kind, what=kind.what, stage=kind.stage, began=self.now)
        self.events.append(event)
        try:
            event.note = kind.play(self, random.Random(planned.seed))
        except Exception as error:  # noqa: BLE001 - the run goes on; the report says so
            event.note = f"{type(error).__name__}: {error}"
            self.crashes.append(f"the fault {planned.kind}: {event.note}"[:600])
        event.over = self.now
        event.recovered = self.wait_for(kind.stage, None)
        took = "NOT RECOVERED" if event.seconds is None else f"recovered in {event.seconds:.1f} s"
        self.say(f"{event.over:7.1f} s  {planned.kind}: {took} {event.note}")

    def wait_for(self, stage: str, above: int | None) -> float | None:
        """When the stage had committed more than ``above`` (None: than now); None if never."""
        deadline = self.now + PATIENCE
        asked = self.now
        while self.now < deadline:
            found, seen = self.stages, self._seen
            if found is not None and seen >= asked:
                if above is None:
                    above = found.of(stage)
                elif found.of(stage) > above:
                    return seen
            time.sleep(LOOK / 4)
        return None

    # -- seats

    @contextmanager
    def seat(self, stage: str, draw: random.Random) -> Iterator[Seat]:
        """A seat of the stage that the supervisor leaves to the caller for as long."""
        seat = self._take(stage, draw)
        try:
            yield seat
        finally:
            seat.held = False

    def _take(self, stage: str, draw: random.Random) -> Seat:
        while True:
            with self._lock:
                free = [seat for seat in self._seats if seat.stage == stage and not seat.held]
                if free:
                    seat = draw.choice(free)
                    seat.held = True
                    return seat
            time.sleep(LOOK)

    def begin(self, seat: Seat, **faults: Any) -> Member:
        """Somebody takes the seat."""
        with self._lock:
            member = self.line.start(seat.stage, *seat.arguments, timeout=TIMEOUT, **faults)
            seat.member = member
            return member

    def end(self, seat: Seat, number: signal.Signals, *, meant: bool = False) -> None:
        """Whoever sits there ends by a signal; one that has ended already, and was not meant to,
        is noted."""
        with self._lock:
            member, seat.member = seat.member, None
        if member is None:
            return
        if not member.alive and not meant:
            self._note(member)
        member.signal(number)
        status = member.wait()
        if number == signal.SIGTERM and status not in (0, 130, -signal.SIGTERM):
            self._note(member)
        with self._lock:
            self.line.crew.members.remove(member)

    def add(self, stage: str) -> Seat | None:
        """Another seat; None where there are enough."""
        with self._lock:
            if sum(seat.stage == stage for seat in self._seats) >= WORKERS:
                return None
            seat = Seat(stage, [])
            self._seats.append(seat)
        self.begin(seat)
        return seat

    def remove(self, stage: str, draw: random.Random) -> bool:
        """A worker leaves, unless it is the last."""
        with self._lock:
            if sum(seat.stage == stage for seat in self._seats) < 2:
                return False
        with self.seat(stage, draw) as seat:
            self.end(seat, signal.SIGTERM)
            with self._lock:
                self._seats.remove(seat)
        return True

    def _note(self, member: Member) -> None:
        status = member.wait()
        self.ended[f"{member.name} {status}"] += 1
        if "Traceback" in (said := member.said()):
            self.crashes.append(f"{member.name} ended with {status}: {said[-1500:]}")

    # -- in threads of their own

    def _supervise(self) -> None:
        while not self._over.wait(LOOK):
            with self._lock:
                seats = [seat for seat in self._seats if not seat.held]
                for seat in seats:
                    member = seat.member
                    if member is not None and not member.alive:
                        self._note(member)
                        self.line.crew.members.remove(member)
                        seat.member = None
                        # As any supervisor does: not without a pause.
                        seat.not_before = self.now + 1.0
                    if seat.member is None and self.now >= seat.not_before:
                        self.begin(seat)

    def _feed(self) -> None:
        """Stories in step with the plan, and a few whatever happens: something is to be lost."""
        total = self.world.records
        while not self._over.wait(HELPING):
            behind = int(total * min(1.0, self._share + 0.02)) - self.laid
            self.lay(max(LEAST, min(behind, total // 20 + LEAST)))

    def lay(self, count: int) -> None:
        """The next deliveries; after the last, the first come once more."""
        deliveries = [self.world.again(self.laid + number) for number in range(count)]
        self.wire.lay(deliveries)
        self.laid += count

    def _look(self) -> None:
        gauge = Gauge(self.line.settings)
        while not self._over.is_set():
            began = self.now
            with suppress(DatelineError, OSError):
                self.stages = gauge.look()
                self._seen = began
                self._history.append((began, self.stages))
            self._over.wait(LOOK)
        gauge.close()
        (self._folder / "stages.json").write_bytes(msgspec.json.encode(self._history))


# --- the faults ----------------------------------------------------------------------------------


def _ends(stage: str, number: signal.Signals) -> Play:
    def play(chaos: Chaos, draw: random.Random) -> str:
        with chaos.seat(stage, draw) as seat:
            chaos.end(seat, number)
            time.sleep(draw.random())
            chaos.begin(seat)
        return ""

    return play


def _at_a_point(stage: str) -> Play:
    """Ends at a named point; started again clean."""
    points = [name for name in POINTS if name.startswith(stage) and name != "sink.after-bury"]

    def play(chaos: Chaos, draw: random.Random) -> str:
        point = draw.choice(points)
        number = draw.choice((signal.SIGKILL, signal.SIGKILL, signal.SIGTERM))
        with chaos.seat(stage, draw) as seat:
            chaos.end(seat, signal.SIGTERM)
            member = chaos.begin(seat, at=f"{point}:{draw.randint(1, 3)}:{number.name}")
            deadline = time.monotonic() + REACHED
            while member.alive and time.monotonic() < deadline:
                time.sleep(LOOK)
            told = f"{number.name} at {point}"
            note = told if f"faults: {told}" in member.said() else f"{point} was not reached"
            chaos.end(seat, signal.SIGKILL, meant=True)
            chaos.begin(seat)
        return note

    return play


def _spacy_process(chaos: Chaos, draw: random.Random) -> str:
    with chaos.seat("process", draw) as seat:
        children = seat.member.children() if seat.member else []
        for child in children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
    return f"{len(children)} processes"


def _pause(stage: str) -> Play:
    """Longer than the session, while another takes over."""

    def play(chaos: Chaos, draw: random.Random) -> str:
        chaos.add(stage)
        with chaos.seat(stage, draw) as seat:
            member = seat.member
            if member is None:
                return "it had ended"
            member.signal(signal.SIGSTOP)
            time.sleep(chaos.line.settings.session_timeout + 3)
            member.signal(signal.SIGCONT)
        return ""

    return play


def _comes(stage: str) -> Play:
    def play(chaos: Chaos, draw: random.Random) -> str:
        if chaos.add(stage) is None:
            chaos.remove(stage, draw)
            return "left"
        return "came"

    return play


def _goes(stage: str) -> Play:
    def play(chaos: Chaos, draw: random.Random) -> str:
        if chaos.remove(stage, draw):
            return "left"
        chaos.add(stage)
        return "came"

    return play


def _clock(chaos: Chaos, draw: random.Random) -> str:
    stage = draw.choice(("produce", "process", "sink"))
    with chaos.seat(stage, draw) as seat:
        chaos.end(seat, signal.SIGTERM)
        chaos.begin(seat, clock=JUMPS)
    return stage


def _positions_full(chaos: Chaos, draw: random.Random) -> str:
    with chaos.seat("produce", draw) as seat:
        note = "it had ended"
        if seat.member is not None and seat.member.alive:
            note = f"exit status {_until_full(seat.member)}"
        chaos.end(seat, signal.SIGKILL, meant=True)
        chaos.begin(seat)
    return note


def _until_full(member: Member) -> int | None:
    fill_disk_of(member.pid)
    deadline = time.monotonic() + 20
    while member.alive and time.monotonic() < deadline:
        time.sleep(LOOK)
    return member.process.poll()


def _kafka_killed(chaos: Chaos, draw: random.Random) -> str:
    return f"Kafka answered after {chaos.servers.restart_kafka(draw.uniform(0, 2)):.1f} s"


def _kafka_full(chaos: Chaos, draw: random.Random) -> str:
    return f"Kafka answered after {chaos.servers.fill_kafkas_disk():.1f} s"


def _elasticsearch_killed(chaos: Chaos, draw: random.Random) -> str:
    took = chaos.servers.restart_elasticsearch(draw.uniform(0, 3))
    return f"Elasticsearch answered after {took:.1f} s"


def _server_pauses(name: str) -> Play:
    def play(chaos: Chaos, draw: random.Random) -> str:
        seconds = draw.uniform(3, 8)
        chaos.servers.pause(name, seconds)
        return f"{seconds:.1f} s"

    return play


def _flood(chaos: Chaos, draw: random.Random) -> str:
    settings = chaos.line.settings
    with flood(settings):
        time.sleep(draw.uniform(1, 3))
    ebb = time.monotonic()
    index = f"{settings.index_prefix}articles-000001"
    wait_until(lambda: not blocked(settings, index), "the flood is over", pause=0.2)
    return f"Elasticsearch saw that there was room again after {time.monotonic() - ebb:.1f} s"


def _proxy(make: Callable[[random.Random], faults_of.Fault], path: str = "/_bulk") -> Play:
    def play(chaos: Chaos, draw: random.Random) -> str:
        rule = chaos.line.proxy.add(make(draw), path=path, nth=draw.randint(1, 3))
        time.sleep(draw.uniform(2, 5))
        chaos.line.proxy.remove(rule)
        return f"{rule.hits} requests"

    return play


def _kind(weight: int, what: str, needs: str, stage: str, play: Play) -> Kind:
    return Kind(weight, what, frozenset(needs.split()), stage, play)


def _forwarded(draw: random.Random) -> bool:
    return draw.random() < 0.5


KINDS: dict[str, Kind] = {
    "produce-killed": _kind(
        7, "a producer, SIGKILL", "produce", "produce", _ends("produce", signal.SIGKILL)
    ),
    "produce-ended": _kind(
        3, "a producer, SIGTERM", "produce", "produce", _ends("produce", signal.SIGTERM)
    ),
    "produce-at-a-point": _kind(
        5, "a producer, at a named point", "produce", "produce", _at_a_point("produce")
    ),
    "process-killed": _kind(
        8, "a processor, SIGKILL", "process", "process", _ends("process", signal.SIGKILL)
    ),
    "process-ended": _kind(
        3, "a processor, SIGTERM", "process", "process", _ends("process", signal.SIGTERM)
    ),
    "process-at-a-point": _kind(
        8, "a processor, at a named point", "process", "process", _at_a_point("process")
    ),
    "spacy-killed": _kind(
        3, "the spaCy processes of a processor, SIGKILL", "process", "process", _spacy_process
    ),
    "process-paused": _kind(
        1, "a processor, paused longer than its session", "process", "process", _pause("process")
    ),
    "process-comes": _kind(
        2, "a processor comes (or goes, where there are 3)", "process", "process", _comes("process")
    ),
    "process-goes": _kind(
        2, "a processor goes (or comes, where it is the last)", "process", "process",
        _goes("process"),
    ),
    "sink-killed": _kind(8, "a sink, SIGKILL", "sink", "sink", _ends("sink", signal.SIGKILL)),
    "sink-ended": _kind(3, "a sink, SIGTERM", "sink", "sink", _ends("sink", signal.SIGTERM)),
    "sink-at-a-point": _kind(10, "a sink, at a named point", "sink", "sink", _at_a_point("sink")),
    "sink-paused": _kind(
        3, "a sink, paused longer than its session", "sink", "sink", _pause("sink")
    ),
    "sink-comes": _kind(2, "a sink comes (or goes)", "sink", "sink", _comes("sink")),
    "sink-goes": _kind(2, "a sink goes (or comes)", "sink", "sink", _goes("sink")),
    "kafka-killed": _kind(3, "Kafka, SIGKILL", "servers", "sink", _kafka_killed),
    "kafka-paused": _kind(
        1, "Kafka stands still for 3 to 8 s", "servers", "sink", _server_pauses("kafka")
    ),
    "kafka-full": _kind(1, "Kafka's disk is full", "servers", "sink", _kafka_full),
    "elasticsearch-killed": _kind(
        3, "Elasticsearch, SIGKILL", "servers", "sink", _elasticsearch_killed
    ),
    "elasticsearch-paused": _kind(
        1, "Elasticsearch stands still for 3 to 8 s", "servers", "sink",
        _server_pauses("elasticsearch"),
    ),
    "elasticsearch-flood": _kind(
        1, "Elasticsearch read-only, at its flood stage", "servers proxy", "sink", _flood
    ),
    "positions-full": _kind(
        1, "the disk of a producer's positions is full", "produce", "produce", _positions_full
    ),
    "clock": _kind(
        2, "a stage whose clock jumps by two days, forth and back", "produce process sink", "sink",
        _clock,
    ),
    "bulk-429": _kind(
        3, "bulks answered with 429", "proxy", "sink", _proxy(lambda _draw: faults_of.Status(429))
    ),
    "bulk-503": _kind(
        2, "bulks answered with 503", "proxy", "sink", _proxy(lambda _draw: faults_of.Status(503))
    ),
    "items-429": _kind(
        4, "single items of a bulk answered with 429, written or not", "proxy", "sink",
        _proxy(
            lambda draw: faults_of.Items(429, forwarded=_forwarded(draw), seed=draw.randint(0, 99))
        ),
    ),
    "bulk-silent": _kind(
        2, "bulks without an answer (time-out), written or not", "proxy", "sink",
        _proxy(lambda draw: faults_of.Hang(TIMEOUT + 2, forwarded=_forwarded(draw))),
    ),
    "closed-in-request": _kind(
        2, "connections closed in the middle of a bulk", "proxy", "sink",
        _proxy(lambda _draw: faults_of.CloseEarly()),
    ),
    "closed-before-answer": _kind(
        2, "connections closed after a bulk, before its answer", "proxy", "sink",
        _proxy(lambda _draw: faults_of.CloseBeforeAnswer()),
    ),
    "closed-in-answer": _kind(
        1, "connections closed in the middle of an answer", "proxy", "sink",
        _proxy(lambda _draw: faults_of.CloseInAnswer()),
    ),
    "reads-503": _kind(
        1, "reads of what stands answered with 503", "proxy", "sink",
        _proxy(lambda _draw: faults_of.Status(503), "/_mget"),
    ),
    "slow": _kind(
        2, "every request takes up to a second longer", "proxy", "sink",
        _proxy(lambda draw: faults_of.Latency(draw.uniform(0.2, 1.0)), "/"),
    ),
}  # fmt: skip


# --- the plan ------------------------------------------------------------------------------------


def plan(seed: int, faults: int, *, servers: bool = True) -> list[list[Planned]]:
    """Steps of one to three faults that do not get into each other's way, by the seed.

    Every kind comes by its weight; where there are fewer faults than kinds, the weightiest come.
    servers: whether the two servers may be struck, too.
    """
    draw = random.Random(f"plan/{seed}")
    kinds = {name: kind for name, kind in KINDS.items() if servers or "servers" not in kind.needs}
    total = sum(kind.weight for kind in kinds.values())
    exact = {name: kind.weight * faults / total for name, kind in kinds.items()}
    counts = {name: int(share) for name, share in exact.items()}
    left = sorted(kinds, key=lambda name: counts[name] - exact[name] - draw.random() * 1e-3)
    for name in left[: faults - sum(counts.values())]:
        counts[name] += 1
    waiting = [name for name, count in counts.items() for _ in range(count)]
    draw.shuffle(waiting)
    steps: list[list[Planned]] = []
    number = 0
    while waiting:
        size = draw.choices((1, 2, 3), (45, 35, 20))[0]
        step: list[Planned] = []
        taken: frozenset[str] = frozenset()
        for name in list(waiting):
            if len(step) < size and not KINDS[name].needs & taken:
                taken |= KINDS[name].needs
                waiting.remove(name)
                number += 1
                step.append(Planned(name, f"{seed}/{number}/{name}"))
        steps.append(step)
    return steps


def run_chaos(
    seed: int,
    stories: int,
    faults: int,
    folder: Path,
    *,
    stack: EmbeddedStack | None = None,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr, flush=True),
    poison: int = 1,
    **changed: Any,
) -> Outcome:
    """A run on servers of its own in ``folder``, or on those of ``stack``, which are then not
    struck. poison: how many articles end their spaCy process. changed: settings."""
    with ExitStack() as open_:
        servers = stack is None
        if stack is None:
            stack = open_.enter_context(EmbeddedStack(folder / "servers", report=say))
        # Batches are small, so that there is a middle to be struck in; the session is the default.
        # Faust gives each worker a share that is rounded up, so of four partitions a third worker
        # gets none; six suit one, two and three.
        small = {
            "nlp_batch": 16,
            "sink_batch": 100,
            "topic_partitions": 6,
            "session_timeout": Settings().session_timeout,
        }
        line = open_.enter_context(pipeline(stack, folder, **(small | changed)))
        if servers:
            look_at_the_disk_often(line.settings)
        world = World(seed, stories, limit=LIMIT, poison=poison)
        line.worlds.append(world)
        say(f"seed {seed}: {stories} stories in {world.records} documents, {faults} faults")
        chaos = Chaos(line, Servers(stack), world, folder, say)
        began = time.monotonic()
        chaos.play(plan(seed, faults, servers=servers))
        return _outcome(chaos, began)


def _outcome(chaos: Chaos, began: float) -> Outcome:
    line, world = chaos.line, chaos.world
    line.proxy.clear()
    chaos.lay(max(0, world.records - chaos.laid))
    for seat in list(chaos._seats):
        if seat.stage == "produce":
            chaos.end(seat, signal.SIGTERM)
        elif seat.member is None or not seat.member.alive:
            chaos.end(seat, signal.SIGKILL)
            chaos.begin(seat)
    producer = line.start("produce", "--once", *chaos.wire.folders)
    assert producer.wait(600) in (0, 1), producer.said()[-2000:]
    wait_through(line.crew, 600)
    account: dict[str, Any] = {}
    wait_until(lambda: not told_by(account, line.settings)["in_flight"], "the account is closed")
    found = check(line.settings, world)
    for seat in chaos._seats:
        if seat.stage != "produce":
            chaos.end(seat, signal.SIGTERM)
    _mark_alone(chaos.events)
    return Outcome(
        seed=world.seed,
        stories=world.stories,
        deliveries=world.records,
        laid=chaos.laid,
        seconds=time.monotonic() - began,
        events=chaos.events,
        wrong=dict(found.faults),
        listed=found.listed,
        account=account,
        dead=found.dead,
        repeated=found.repeated,
        ended=dict(chaos.ended),
        crashes=chaos.crashes,
        unrecovered=sum(event.recovered is None for event in chaos.events),
    )


def _mark_alone(events: list[Event]) -> None:
    def overlap(one: Event, other: Event) -> bool:
        ends = (one.recovered or one.over, other.recovered or other.over)
        return one.began < ends[1] and other.began < ends[0]

    for event in events:
        event.alone = not any(overlap(event, other) for other in events if other is not event)


def by_kind(outcome: Outcome) -> Iterator[tuple[str, list[Event]]]:
    """Events of each kind that there were, in the order of `KINDS`."""
    for kind in KINDS:
        events = [event for event in outcome.events if event.kind == kind]
        if events:
            yield kind, events
