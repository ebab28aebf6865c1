"""``python -m tests.fuzz [--seconds S | --cases N] [--seed S]``: wires, damaged at random, read.

The originals are the real wires where they lie beside the checkout, and `seeds/`. Each case is one
of them, mutated by a random generator that is made of the seed and the case's number, so that
``--seed 7 --from 1234 --cases 1`` does just that one again. No case may crash the reader, make it
fail (a parser's own exception), give an article that breaks the schema, take longer than
`PATIENCE` or more memory than `MEMORY`. Cases run in a process of their own, which is watched: an
endless loop in C cannot be stopped from within.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import select
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import msgspec

from dateline import formats
from dateline.article import Article, decode, encode
from dateline.errors import DatelineError, Where
from tests.reading import read_as
from tests.wires.comparing import RECEIVED
from tests.wires.known import WIRES

#: seconds that one document may take
PATIENCE = 10.0
#: bytes that the process may take
MEMORY = 2 * 1024**3
#: of an original, at most so many bytes are mutated: speed
_LARGEST = 200_000
_SEEDS = Path(__file__).resolve().parents[1] / "seeds"
_TOKENS = (
    b"<",
    b">",
    b"</",
    b"&",
    b"&amp;",
    b"&#0;",
    b"&#x1F;",
    b"&#xD800;",
    b"&#55357;&#56832;",
    b"&#x110000;",
    b"&nbsp;",
    b"&bomb;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?xml version='1.0'?>",
    b"<!DOCTYPE a [<!ENTITY bomb 'b'>]>",
    b"\x00",
    b"\x01",
    b"\x02",
    b"\x1e",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc3",
    b'"',
    b"'",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"-1",
    b"1e309",
    b"NaN",
    b"99999999999999999999999",
    b"0000-00-00T00:00:00Z",
    b"9999-12-31T23:59:59-14:00",
    b"20140829T135002+9999",
    b"stat:canceled",
    b"KILL KILL KILL",
    b"Sperrfrist: ",
    b"(dpa) - ",
    b"\n\n",
    b"\r",
    b"\t",
    b" " * 2000,
    b"a" * 5000,
    b"(" * 3000,
    b"<a>" * 3000,
    b"[" * 3000,
    b"&" * 3000,
    b"-" * 3000,
    "ÄÖÜ»«‚".encode(),
    b"urn:",
)


def originals() -> list[bytes]:
    """Real wires (where they are) and the project's own samples, in a fixed order."""
    folders = [folder for folder in (WIRES, _SEEDS) if folder.is_dir()]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path.read_bytes()[:_LARGEST] for path in paths if path.suffix != ".tsv"]


def mutated(source: list[bytes], seed: str) -> bytes:
    """One damaged document."""
    chance = random.Random(seed)
    data = bytearray(chance.choice(source))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 5, 10, 40))):
        at, length = chance.randrange(len(data) + 1), int(chance.expovariate(1 / 40)) + 1
        match chance.randrange(9):
            case 0 if data:
                data[min(at, len(data) - 1)] ^= 1 << chance.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                data[at:at] = chance.choice(_TOKENS)
            case 3:
                again = chance.randrange(len(data) + 1)
                data[at : at + length] = data[again : again + length]
            case 4:
                data[at:at] = data[at : at + length] * chance.randrange(1, 50)
            case 5:
                del data[at:]
            case 6:
                other = chance.choice(source)
                cut = chance.randrange(len(other) + 1)
                data[at:at] = other[cut : cut + length * 10]
            case 7:
                data[at : at + length] = chance.randbytes(length)
            case _:
                data[at : at + 1] = chance.choice(_TOKENS)
    return bytes(data[: 4 * _LARGEST])


def read(data: bytes) -> str:
    """What came of a document, in a word; a fault of ours begins with ``FAULT``."""
    try:
        known = formats.detect(data, Where(location="fuzz"))
    except DatelineError:
        return "no format"
    outcome = "skipped"
    for item in read_as(known.name, data, received=RECEIVED, location="fuzz"):
        if isinstance(item, Article):
            if decode(encode(item)) != item:
                return f"FAULT: {known.name}: an article that is not what was written of it"
            outcome = "article"
        elif isinstance(item, DatelineError):
            str(item)
            if "parser failed" in item.what or "breaks the schema" in item.what:
                return f"FAULT: {known.name}: {item.what}: {item.found}"
            outcome = "refused" if outcome == "skipped" else outcome
    return outcome


def _child(seed: int, first: int, last: int | None) -> None:
    """Cases one after another, a line on standard output for each."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source = originals()
    number = first
    while last is None or number < last:
        try:
            outcome = read(mutated(source, f"{seed}:{number}"))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the find
            outcome = f"FAULT: {type(error).__name__}: {error}"
        print(number, outcome.replace("\n", " "), flush=True)
        number += 1


class Watched(msgspec.Struct):
    """What came of a run: outcomes, and the cases that were faults."""

    outcomes: Counter[str]
    faults: dict[int, str]


def run(seed: int, *, first: int, cases: int | None, seconds: float | None) -> Watched:
    """So many cases, or as many as the time allows."""
    found = Watched(Counter(), {})
    ends = time.monotonic() + seconds if seconds else None
    last = first + cases if cases else None
    number = first
    while (last is None or number < last) and (ends is None or time.monotonic() < ends):
        command = [sys.executable, "-m", "tests.fuzz", "--child", str(seed), str(number)]
        command += [str(last)] if last is not None else []
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            number = _watch(child, number, ends, found)
    return found


def _watch(child: subprocess.Popen[bytes], number: int, ends: float | None, found: Watched) -> int:
    """Until it ends, hangs or the time is up; the number of the next case."""
    if child.stdout is None:
        raise ValueError("a child without a pipe")
    left, patience = b"", PATIENCE + 20  # it has to start
    while True:
        ready, _, _ = select.select([child.stdout], [], [], patience)
        told = os.read(child.stdout.fileno(), 65_536) if ready else b""
        patience = PATIENCE
        if not told:
            if ready and child.wait() == 0:
                return number
            child.kill()
            status = child.wait()
            found.faults[number] = f"its process ended with {status}" if ready else "a hang"
            found.outcomes["FAULT"] += 1
            return number + 1
        *lines, left = (left + told).split(b"\n")
        for line in lines:
            case, _, outcome = line.decode().partition(" ")
            number = int(case) + 1
            if outcome.startswith("FAULT"):
                found.faults[int(case)] = outcome
                outcome = "FAULT"
            found.outcomes[outcome] += 1
        if ends is not None and time.monotonic() > ends:
            child.kill()
            return number


def main() -> int:
    """Exit status 1 where a case was a fault."""
    if sys.argv[1:2] == ["--child"]:
        seed, first, *last = map(int, sys.argv[2:])
        _child(seed, first, last[0] if last else None)
        return 0
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--from", dest="first", type=int, default=0, help="number of the first case"
    )
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seconds", type=float)
    given = parser.parse_args()
    seconds = given.seconds or (None if given.cases else 120.0)
    found = run(given.seed, first=given.first, cases=given.cases, seconds=seconds)
    print(
        f"seed {given.seed}:",
        ", ".join(f"{count} {what}" for what, count in found.outcomes.items()),
    )
    for number, what in found.faults.items():
        print(f"  case {number} (--seed {given.seed} --from {number} --cases 1): {what}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
