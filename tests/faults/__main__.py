"""``python -m tests.faults``: the parts of the fault suite, and its report.

python -m tests.faults --seed 1 --stories 10000 --faults 100
python -m tests.faults --tests --mutants --seed 1 --seed 2 --seed 3 --report docs/faults.md
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import click
import msgspec

from dateline.settings import PREFIX
from tests.conftest import ROOT
from tests.faults.chaos import Outcome, run_chaos
from tests.faults.mutants import MUTANTS
from tests.faults.report import Caught, Results, Tests, write


def say(line: str) -> None:
    """Progress, on standard error."""
    print(line, file=sys.stderr, flush=True)


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, help="Play a run; may be given again.")
@click.option("--stories", type=int, default=10_000, show_default=True, help="Of each run.")
@click.option("--faults", type=int, default=100, show_default=True, help="Of each run.")
@click.option("--tests", is_flag=True, help="Run the tests of tests/faults/, the long ones too.")
@click.option("--mutants", is_flag=True, help="Break each promise, and see its test fail.")
@click.option("--mutant", "named", multiple=True, type=click.Choice(list(MUTANTS)), help="Only it.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep the results of each part here; those of earlier calls come into the report, too.",
)
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Write it there.")
def main(
    seeds: tuple[int, ...],
    stories: int,
    faults: int,
    tests: bool,
    mutants: bool,
    named: tuple[str, ...],
    results: Path | None,
    report: Path | None,
) -> None:
    """Play faults on the real servers. Exit status 1 where anything does not hold."""
    with tempfile.TemporaryDirectory(prefix="dateline-faults-") as scratch:
        kept = results or Path(scratch) / "results"
        kept.mkdir(parents=True, exist_ok=True)
        if tests:
            _keep(kept / "tests.json", _tests(Path(scratch)))
        for seed in seeds:
            folder = Path(scratch) / f"seed-{seed}"
            outcome = run_chaos(seed, stories, faults, folder, say=say)
            _keep(kept / f"seed-{seed}.json", outcome)
            _tell(outcome)
        for name in named or (MUTANTS if mutants else ()):
            _keep(kept / f"mutant-{name}.json", _mutant(name, Path(scratch)))
        found = _results(kept)
        if report is not None:
            write(found, report)
            say(f"the report is in {report}")
    sys.exit(0 if found.hold else 1)


def _keep(path: Path, result: msgspec.Struct) -> None:
    path.write_bytes(msgspec.json.encode(result))


def _results(kept: Path) -> Results:
    def read(pattern: str) -> list[bytes]:
        return [path.read_bytes() for path in sorted(kept.glob(pattern))]

    found = {caught.name: caught for caught in map(_caught, read("mutant-*.json"))}
    outcomes = [msgspec.json.decode(one, type=Outcome) for one in read("seed-*.json")]
    run = [msgspec.json.decode(one, type=Tests) for one in read("tests.json")]
    return Results(
        tests=run[0] if run else None,
        outcomes=sorted(outcomes, key=lambda one: one.seed),
        mutants=[found[name] for name in MUTANTS if name in found],
    )


def _caught(data: bytes) -> Caught:
    return msgspec.json.decode(data, type=Caught)


def _tell(outcome: Outcome) -> None:
    state = "holds" if outcome.holds else "DOES NOT HOLD"
    say(f"seed {outcome.seed} {state} after {outcome.seconds / 60:.1f} minutes: {outcome.wrong}")
    for line in [*outcome.listed, *outcome.crashes]:
        say(f"  {line}")


def _pytest(arguments: list[str], log: Path, mutant: str | None = None) -> ElementTree.Element:
    """Run tests; their results as JUnit writes them."""
    environ = {name: told for name, told in os.environ.items() if not name.startswith(PREFIX)}
    if mutant is not None:
        environ["FAULTS_MUTANT"] = mutant
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={log}", *arguments]
    subprocess.run(
        command, cwd=ROOT, env=environ, check=False, stdout=None if mutant is None else sys.stderr
    )
    if not log.exists():
        raise SystemExit(f"faults: pytest did not come to its end: {' '.join(arguments)}")
    return ElementTree.parse(log).getroot()


def _tests(scratch: Path) -> Tests:
    began = time.monotonic()
    found = _pytest(["tests/faults"], scratch / "tests.xml")
    failed, passed = [], 0
    for case in found.iter("testcase"):
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(f"{case.get('classname')}::{case.get('name')}")
        elif case.find("skipped") is None:
            passed += 1
    return Tests(passed=passed, failed=failed, seconds=time.monotonic() - began)


def _mutant(name: str, scratch: Path) -> Caught:
    test = MUTANTS[name].test
    found = _pytest(["-x", "--tb=short", test], scratch / f"{name}.xml", name)
    failures = list(found.iter("failure"))
    assertion: str | None = None
    if failures:
        message = failures[0].get("message") or ""
        # What disagrees by kind says enough; the stories themselves are in the test's output.
        assertion = message.partition("}: [")[0] + ("}" if "}: [" in message else "")
    say(f"{name}: {'NOT CAUGHT' if assertion is None else f'caught by {test}: {assertion[:200]}'}")
    return Caught(name=name, test=test, assertion=assertion)


if __name__ == "__main__":
    main()
