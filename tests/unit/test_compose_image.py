"""The Dockerfile copies only what is there and let through, and runs as nobody in particular."""

from __future__ import annotations

import fnmatch
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import yaml

from deploy import make_build_lock

ROOT = Path(__file__).resolve().parents[2]
INSTRUCTIONS = {"FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "ENTRYPOINT", "CMD"}


def steps() -> list[tuple[str, str]]:
    """Instructions of the Dockerfile, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n", " ", "\n".join(lines))
    found = []
    for line in joined.splitlines():
        if line.strip():
            instruction, rest = line.split(maxsplit=1)
            found.append((instruction, rest))
    return found


def copied() -> Iterator[str]:
    """What is copied out of the checkout."""
    for instruction, rest in steps():
        if instruction == "COPY" and not rest.startswith("--from="):
            yield from shlex.split(rest)[:-1]


def excluded(path: str) -> bool:
    """Whether .dockerignore keeps a path out: the last pattern that matches it or a parent."""
    out = False
    for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        parents = [path, *(str(parent) for parent in Path(path).parents if str(parent) != ".")]
        names = [Path(path).name] if pattern.startswith("**/") else []
        if any(
            fnmatch.fnmatchcase(candidate, pattern.removeprefix("**/"))
            for candidate in [*parents, *names]
        ):
            out = not line.startswith("!")
    return out


def tracked(path: str) -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", path], cwd=ROOT, capture_output=True, check=True
    )
    return [name for name in listed.stdout.decode().split("\0") if name]


def test_only_known_instructions() -> None:
    assert {instruction for instruction, _ in steps()} <= INSTRUCTIONS


def test_all_that_is_copied_is_there_and_let_through() -> None:
    for source in copied():
        assert (ROOT / source).exists(), source
        names = tracked(source)
        assert names, f"{source} is not in git"
        kept_out = [name for name in names if excluded(name)]
        assert not kept_out


def test_secrets_and_the_like_are_kept_out() -> None:
    for path in (".env", ".git/config", ".venv/bin/python", "deploy/inbox/story.xml", "tests/a.py"):
        assert excluded(path), path
    for path in ("models/corpus/de_train.spacy", "models/training/x", "dateline/a.pyc"):
        assert excluded(path), path


def test_the_context_holds_what_the_wheel_is_made_of() -> None:
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    [packages] = re.findall(r"^packages = (\[.*\])$", pyproject, re.MULTILINE)
    [licences] = re.findall(r"^license-files = (\[.*\])$", pyproject, re.MULTILINE)
    [readme] = re.findall(r'^readme = "(.*)"$', pyproject, re.MULTILINE)
    needed = {*yaml.safe_load(packages), *yaml.safe_load(licences), readme, "pyproject.toml"}
    assert needed <= set(copied())


def test_packages_come_with_hashes_and_nothing_is_compiled() -> None:
    installs = [rest for instruction, rest in steps() if "pip" in rest and "install" in rest]
    assert len(installs) == 3
    for command in installs:
        if "--requirement" in command:
            assert "--require-hashes" in command
            assert "--only-binary=:all:" in command
            assert "dev" not in command
        else:
            assert "--no-deps --no-index" in command


def test_the_last_stage_runs_as_a_user_without_rights() -> None:
    last = max(number for number, (name, _) in enumerate(steps()) if name == "FROM")
    final = steps()[last:]
    assert dict(final)["USER"] == "10001:10001"
    assert dict(final)["ENTRYPOINT"] == '["dateline"]'
    bases = {rest.split()[0].partition("@")[0] for name, rest in steps() if name == "FROM"}
    assert bases == {"python:3.12-slim-trixie"}, "a virtual environment moves only to its own base"
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    for mount in compose["services"]["processor"]["tmpfs"]:
        if mount.startswith("/data:"):
            assert "uid=10001,gid=10001" in mount


def test_the_one_shots_find_their_files() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    inside = {
        f"{rest.split()[-1]}{Path(source).name}"
        for name, rest in steps()
        if name == "COPY" and rest.endswith("share/")
        for source in rest.split()[:-1]
    }
    named = {
        word
        for service in compose["services"].values()
        for word in service.get("entrypoint", [])
        if word.startswith("/opt/")
    }
    assert named == inside


def test_a_checkout_that_only_its_owner_may_read_makes_an_image_that_works() -> None:
    build = [rest for name, rest in steps()]
    last_copy = max(number for number, rest in enumerate(build) if rest.endswith("share/"))
    opened = build.index("chmod -R a+rX /opt/dateline")
    taken = build.index("--from=build /opt/dateline /opt/dateline")
    assert last_copy < opened < taken


def test_the_wheel_is_built_by_what_is_locked() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    assert make_build_lock.TARGET.read_text(encoding="utf-8") == make_build_lock.content(lock)
    assert "hatchling==" in make_build_lock.content(lock)


def test_the_check_without_docker_takes_the_same_steps() -> None:
    script = (ROOT / "deploy" / "check_image_steps.sh").read_text(encoding="utf-8")
    for name, rest in steps():
        if name == "RUN" and ("pip" in rest or "hatchling" in rest):
            for step in rest.split(" && "):
                # From the words on that do not name a place.
                _, _, told = step.rpartition(" install ") if " install " in step else ("", "", "")
                if told:
                    assert told in script.replace("--quiet ", ""), told
                elif "hatchling" in step:
                    assert "-m hatchling build --target wheel --directory dist" in script
