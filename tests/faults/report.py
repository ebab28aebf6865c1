"""docs/faults.md: what the fault suite did and found, written from the results of its runs."""

from __future__ import annotations

import datetime as dt
import os
import platform
import re
import statistics
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import psutil

from dateline import __version__
from dateline.embedded.jars import version_of
from tests.conftest import ROOT
from tests.faults.chaos import KINDS, Event, Outcome
from tests.faults.mutants import MUTANTS
from tests.faults.points import POINTS

REPORT = ROOT / "docs" / "faults.md"
#: what is promised (seconds from the end of a fault to the first commit)
PROMISED = 15.0
COMMAND = "make test-faults"
#: tells its report from a page that somebody wrote
WRITTEN = "Written by the fault suite; do not edit."


class Tests(msgspec.Struct, kw_only=True):
    """The pytest part: how many passed, and the ids of those that did not."""

    passed: int
    failed: list[str]
    seconds: float


class Caught(msgspec.Struct, kw_only=True):
    """What became of a mutant: the assertion that failed, None where none did."""

    name: str
    test: str
    assertion: str | None


class Results(msgspec.Struct, kw_only=True):
    """All that a report is made of."""

    tests: Tests | None = None
    outcomes: list[Outcome] = []
    mutants: list[Caught] = []

    @property
    def hold(self) -> bool:
        """Whether all is as promised, but for the time to recover."""
        tests = self.tests is None or not self.tests.failed
        caught = all(one.assertion is not None for one in self.mutants)
        return tests and caught and all(outcome.holds for outcome in self.outcomes)


def write(results: Results, path: Path) -> None:
    """The report of these results."""
    path.write_text("\n".join(_lines(results)) + "\n", encoding="utf-8")


def mutants_of(report: str) -> dict[str, str]:
    """From a report: mutant to the rest of its row."""
    rows = re.findall(r"^\| `([a-z-]+)` \|(.*)$", report, re.MULTILINE)
    return {name: rest for name, rest in rows if name in MUTANTS}


def _lines(results: Results) -> Iterator[str]:
    yield from _TOP.format(command=COMMAND, written=WRITTEN, **_machine()).splitlines()
    if results.tests is not None:
        yield ""
        failed = len(results.tests.failed)
        yield (
            f"The tests of `tests/faults/`: {results.tests.passed} passed, {failed} failed, in "
            f"{results.tests.seconds / 60:.0f} minutes."
        )
        yield from (f"- failed: `{one}`" for one in results.tests.failed)
    if results.outcomes:
        yield from _runs(results.outcomes)
    if results.mutants:
        yield from _mutants(results.mutants)
    yield ""
    yield from _END.strip().splitlines()


def _machine() -> dict[str, str]:
    memory = psutil.virtual_memory().total / 2**30
    return {
        "date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}",
        "version": __version__,
        "kafka": version_of("kafka_2.13"),
        "elasticsearch": version_of("elasticsearch"),
        "python": platform.python_version(),
        "system": platform.system(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f}",
    }


def _runs(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield from ("", "## Runs", "")
    yield "| | " + " | ".join(f"seed {one.seed}" for one in outcomes) + " |"
    yield "|---|" + "---|" * len(outcomes)
    rows = {
        "stories": [one.stories for one in outcomes],
        "documents delivered": [one.laid for one in outcomes],
        "items in the account": [one.account["items"] for one in outcomes],
        "faults": [len(one.events) for one in outcomes],
        "**lost**": [one.wrong.get("lost", 0) for one in outcomes],
        "**stale**": [one.wrong.get("stale", 0) for one in outcomes],
        "**resurrected**": [one.wrong.get("resurrected", 0) for one in outcomes],
        "twice in the index": [one.wrong.get("doubled", 0) for one in outcomes],
        "unknown, or behind the wrong alias": [
            one.wrong.get("unknown", 0) + one.wrong.get("alias", 0) for one in outcomes
        ],
        "versions that the ledger lacks": [one.wrong.get("ledger", 0) for one in outcomes],
        "dead letters that lack, or that nothing explains": [
            one.wrong.get("dead", 0) for one in outcomes
        ],
        "`reconcile` disagrees": [sum(one.account["faults"].values()) for one in outcomes],
        "refusals, all among the dead letters": [one.dead for one in outcomes],
        "of those said more than once": [one.repeated for one in outcomes],
        "duplicates (sent again, or published again)": [
            one.account["outcomes"]["duplicate"] for one in outcomes
        ],
        "faults from which a stage did not recover": [one.unrecovered for one in outcomes],
        "stages that ended with a traceback": [len(one.crashes) for one in outcomes],
        "minutes": [f"{one.seconds / 60:.1f}" for one in outcomes],
    }
    for name, values in rows.items():
        yield f"| {name} | " + " | ".join(map(str, values)) + " |"
    ended = {name: 0 for one in outcomes for name in one.ended}
    for one in outcomes:
        for name, count in one.ended.items():
            ended[name] += count
    if ended:
        yield ""
        told = ", ".join(f"{name}: {count}" for name, count in sorted(ended.items()))
        yield (
            "Stages that ended by themselves and were started again by the supervisor, with their "
            f"exit status (3: a server is away): {told}."
        )
    for one in outcomes:
        for line in [*one.listed, *one.crashes]:
            yield f"- seed {one.seed}: {_clean(line)}"
    yield from _recoveries([event for one in outcomes for event in one.events])


def _recoveries(events: Sequence[Event]) -> Iterator[str]:
    yield from ("", "## Time to recover", "")
    yield from (
        "Seconds from the end of the fault (the process is started again, the server answers, the",
        "proxy lets pass) to the first commit of the stage in the last column. *Alone*: no other",
        "fault was played from its beginning to that commit; the rest overlap with others, so that",
        "their time is not theirs alone.",
        "",
        "| Fault | Times | Alone | Median | Longest | Longest of all | Stage |",
        "|---|---|---|---|---|---|---|",
    )
    late = alone = 0
    for name, kind in KINDS.items():
        ours = [event for event in events if event.kind == name]
        if not ours:
            continue
        undisturbed = [e.seconds for e in ours if e.alone and e.seconds is not None]
        alone += len(undisturbed)
        late += sum(seconds > PROMISED for seconds in undisturbed)
        told = ["", ""]  # none of them came alone
        if undisturbed:
            told = [f"{statistics.median(undisturbed):.1f}", f"{max(undisturbed):.1f}"]
        longest = max((e.seconds for e in ours if e.seconds is not None), default=None)
        yield (
            f"| {kind.what} | {len(ours)} | {len(undisturbed)} | {' | '.join(told)} | "
            f"{'never' if longest is None else f'{longest:.1f}'} | {kind.stage} |"
        )
    yield ""
    yield (
        f"Of {alone} faults that came alone, {alone - late} were followed by a commit within "
        f"{PROMISED:.0f} s, {late} later."
    )
    answered = [
        float(found[1])
        for event in events
        if (found := re.search(r"^(?:Kafka|Elasticsearch) answered after ([\d.]+) s", event.note))
    ]
    if answered:
        yield (
            f"Servers answered {statistics.median(answered):.1f} s (at most {max(answered):.1f} s) "
            "after they were started again; that comes before the times above."
        )


def _mutants(mutants: Sequence[Caught]) -> Iterator[str]:
    yield from (
        "",
        "## Each promise broken once",
        "",
        "Each row is one run of one test, with that promise broken in the stages that it starts;",
        "unbroken, the same test passes.",
        "",
        "| Broken | Promise | Caught by | Its assertion |",
        "|---|---|---|---|",
    )
    for one in mutants:
        assertion = "**NOT CAUGHT**" if one.assertion is None else f"`{_clean(one.assertion)}`"
        yield (f"| `{one.name}` | {MUTANTS[one.name].promise} | `{one.test}` | {assertion} |")


def _clean(line: str) -> str:
    """On one line, without a path of this machine, as a cell of a table."""
    plain = " ".join(line.replace(f"{ROOT}/", "").split())
    plain = re.sub(r"/(?:tmp|home|root|var)/\S*/", "", plain)
    return plain.replace("|", "/").replace("`", "'")[:400]


_TOP = """\
# Faults: what was broken, and what held

{written} The command:

    {command}

Its parts: `python -m tests.faults --tests`, `--mutants`, and for one run `--seed N --stories 10000
--faults 100`; `--help` lists the rest. A seed decides the stories, their order on the wire and the
plan of the faults (which, on whom, at which point, for how long, which at the same time), so it can
be played again; when exactly the processes get to what is the machine's.

Run on {date}: Dateline {version}, Kafka {kafka}, Elasticsearch {elasticsearch}, Python {python},
{system}, {cores} cores, {memory} GB of memory."""

_END = (
    """
## What a run does

The stages run as processes of their own, one to three of each, under a supervisor that starts
again what has ended; Kafka and Elasticsearch are real, and a scriptable proxy stands between the
sinks and Elasticsearch. Stories come all the while, each in up to five versions and in every order:
updates, corrections, kills with late originals, kills that are older than what stands, stories
revived after a kill, withheld and released ones, embargoes, versions with only a number or only a
date, duplicates, several items in a document; and between them documents that cannot be read, are
too large, or kill their spaCy process.

What must be shown of each story is known from the dates and numbers in its documents alone; nothing
of that asks `dateline.versions`. At the end it is compared with the index, both aliases, the ledger
(an entry for each delivery) and the dead letters; and `dateline reconcile` must agree with nothing
in flight.

The named points at which a stage ends, by SIGKILL or SIGTERM:

| Point | What has happened, and what has not |
|---|---|
"""
    + "\n".join(f"| `{point}` | {told} |" for point, told in POINTS.items())
    + """

## What stands in for what

- **A full disk.** For Kafka and for a producer's positions a limit to the size of their files
  (`RLIMIT_FSIZE`): the same writes fail, with `EFBIG` in the place of `ENOSPC`. Kafka then gives up
  by itself, as it does on a full disk. For Elasticsearch its own watermarks, set above any disk: it
  makes the index read-only by itself, and takes that back by itself.
- **A clock that jumps** is handed to the stages in the place of the system's, so it is seen by
  receipts, dead letters, enrichment times and outcomes. The servers' clocks and timers do not jump.
- **Networks.** Elasticsearch's fails in the proxy: statuses, single items refused (whether they
  were written or not), no answer, connections closed before, in and after a bulk. The sink waits
  5 s (2 s in single tests) for an answer there, in the place of a minute. Kafka's does not fail by
  itself; SIGSTOP and SIGKILL of the broker stand in for it.
- **An article that kills or hangs** sends SIGKILL to its own spaCy process, or never returns.
- **Loss of power** is not played: SIGKILL ends a process, and what it had written stays with the
  kernel. Both servers are single nodes, so nothing is said of the loss of a replica.

## Known limits

- The account of a run closes at its end. That a story is shown in an older version for a moment,
  while the newer one is on its way, is no fault here.
- The times are those of the machine above, with all processes of the pipeline, both servers and the
  test itself on its cores.
- Which of two providers a story belongs to is decided by the first article that is indexed. It is
  tested in order (`test_dead.py`), not at random.
"""
)
