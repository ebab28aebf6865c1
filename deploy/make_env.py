"""Makes what docker-compose.yml needs: `.env` with random passwords, readable by their owner only,
the inbox, and the folder of the feeds.

    python deploy/make_env.py

Runs on any Python 3.8 or newer without anything installed. A file that is there keeps what is in it
(the servers keep the passwords that they were first started with); what is missing is made, where
INBOX and FEEDS in `.env` say, and passwords that `.env` lacks are added to it.
"""

from __future__ import annotations

import base64
import os
import re
import secrets
import stat
import string
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INBOX = "./deploy/inbox"
FEEDS = "./deploy/feeds"
#: in FEEDS: what the stages read, and the variables that hold secrets of feeds
TABLE, VARIABLES = "dateline.toml", "secrets.env"
#: mounted into a container as it lies in the checkout
KIBANA = "deploy/kibana.yml"

_LETTERS = string.ascii_letters + string.digits
#: 32 letters and digits: some 190 bits, and nothing that a shell, YAML or JAAS would read
LENGTH = 32

#: name, what it is; made at random
SECRETS = (
    ("ELASTIC_PASSWORD", "Elasticsearch's superuser, elastic: log in to Kibana with it"),
    ("KIBANA_SYSTEM_PASSWORD", "Kibana's own user in Elasticsearch"),
    ("ELASTICSEARCH_DATELINE_PASSWORD", "the stages' user in Elasticsearch, dateline"),
    ("KAFKA_DATELINE_PASSWORD", "the stages' user in Kafka, dateline"),
    ("KIBANA_ENCRYPTION_KEY", "sessions and secrets that Kibana stores"),
    ("KAFKA_CLUSTER_ID", "Kafka's cluster: its data belongs to this id"),
)
#: name, value unless set, what it is
CHOICES = (
    ("INBOX", INBOX, "the folder that the producer watches (it only reads it)"),
    ("FEEDS", FEEDS, f"the folder with {TABLE} (feeds, providers) and {VARIABLES}"),
    ("KIBANA_PORT", "5601", "of http://localhost:5601"),
    ("DESK_TIME_ZONE", "Browser", "times in Kibana: Browser, or a name such as Europe/Berlin"),
)


_TABLE = """\
# Feeds (docs/feeds.md), rules of providers and settings, for all stages in docker-compose.yml.
# After a change: docker compose restart producer processor sink

# The folder that INBOX in .env names. The feed is called as `produce /inbox` calls it: under that
# name it is remembered what was read, and items without an identity of their own are known. Under
# another one all files of the inbox would be published again, some as new articles.
[feeds."/inbox"]
location = "/inbox"

# [feeds.harbour]
# location = "https://wire.example/feed.xml"
# credentials = { bearer = true, variable = "HARBOUR_TOKEN" }
"""
_VARIABLES = """\
# Secrets of feeds that dateline.toml names as variables, one a line, in single quotes:
# HARBOUR_TOKEN='...'
# After a change: docker compose up --detach
"""


def password() -> str:
    """Letters and digits only."""
    return "".join(secrets.choice(_LETTERS) for _ in range(LENGTH))


def cluster_id() -> str:
    """A UUID in URL-safe base64 without padding; Kafka refuses one that looks like an option."""
    while True:
        made = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not made.startswith("-"):
            return made


def _random(name: str) -> str:
    return cluster_id() if name == "KAFKA_CLUSTER_ID" else password()


def content(*, example: bool = False) -> str:
    """The text of `.env`; as an example without any secret."""
    lines = [
        "# Copy nothing: `python deploy/make_env.py` makes .env like this, with random passwords."
        if example
        else "# Made by deploy/make_env.py. Keep it secret, keep it out of git, keep a copy.",
        "",
    ]
    for name, told in SECRETS:
        value = "" if example else _random(name)
        lines += [f"# {told}", f"{name}={value}"]
    lines.append("")
    for name, value, told in CHOICES:
        lines += [f"# {told}", f"{name}={value}"]
    return "\n".join(lines) + "\n"


class MakeError(Exception):
    """What cannot be made, and why: one line."""


def make(folder: Path) -> list[str]:
    """Make what is missing, and tell each thing that was made. Raises MakeError, OSError."""
    path = folder / ".env"
    there = path.exists() or path.is_symlink()
    env = assignments(path.read_text("utf-8-sig", errors="surrogateescape")) if there else {}
    made = _prepare(folder, _place(env, "INBOX", INBOX), _place(env, "FEEDS", FEEDS))
    if there:
        lacking = [name for name, _ in SECRETS if not env.get(name)]
        _add(path, lacking)
        made += [f"{name} in .env" for name in lacking]
    elif _write(path, content(), 0o600):
        made.append(".env")
    return made


_ASSIGNED = re.compile(r"\s*(?:export\s+)?(?P<name>\w+)\s*=(?P<value>.*)")
_QUOTED = re.compile(r"""\s*(?:'(?P<single>[^']*)'|"(?P<double>(?:[^"\\]|\\.)*)")\s*(?:#.*)?""")


def assignments(text: str) -> Mapping[str, str]:
    """The variables of an `.env`, as Compose reads those that are each a line: values bare or in
    quotes, with a comment after a blank; the last of a name counts."""
    found = {}
    for line in text.splitlines():
        assigned = _ASSIGNED.fullmatch(line)
        if not assigned:
            continue
        quoted = _QUOTED.fullmatch(assigned["value"])
        if not quoted:
            value = re.split(r"\s#", assigned["value"])[0].strip()
        elif quoted["single"] is not None:
            value = quoted["single"]
        else:
            value = re.sub(r"\\(.)", r"\1", quoted["double"])
        found[assigned["name"]] = value
    return found


def _place(env: Mapping[str, str], name: str, default: str) -> str:
    """The folder that a variable names, as Compose takes it. Raises MakeError."""
    value = env.get(name) or default
    if "$" in value or not value.isprintable():
        raise MakeError(f"{name} in .env: found {value!a}; expected a path without variables")
    return os.path.expanduser(value)  # noqa: PTH111 - "./" at the beginning is to be shown


def _prepare(folder: Path, inbox: str, feeds: str) -> list[str]:
    """What the containers read, made so that they can: their users are others than this one, and
    its umask may be 077. Folders elsewhere that are there keep their rights: they are the user's.
    Returns what was made."""
    made = []
    for name in (inbox, feeds):
        new = not (folder / name).is_dir()
        (folder / name).mkdir(parents=True, exist_ok=True)
        if new:
            made.append(name)
        if new or Path(name) in (Path(INBOX), Path(FEEDS)):
            _let(folder / name, 0o055)
    table, variables = f"{feeds}/{TABLE}", f"{feeds}/{VARIABLES}"
    if _write(folder / table, _TABLE, 0o644):
        made.append(table)
        _let(folder / table, 0o044)
    # Compose itself reads this one, as whoever calls it.
    if _write(folder / variables, _VARIABLES, 0o600):
        made.append(variables)
    for name in (f"{FEEDS}/{TABLE}", KIBANA):
        if (folder / name).is_file():
            _let(folder / name, 0o044)
    return made


def _add(path: Path, names: list[str]) -> None:
    """Passwords to an `.env`: what follows counts where a name stands there without a value."""
    if not names:
        return
    # A copy of .env.example is everybody's to read.
    path.chmod(stat.S_IMODE(path.stat().st_mode) & 0o770)
    before = path.read_bytes()
    lines = [] if before.endswith(b"\n") or not before else [""]
    lines += [f"{name}={_random(name)}" for name in names]
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")


def _let(path: Path, rights: int) -> None:
    """Add rights to those that are there."""
    mode = path.stat().st_mode
    if mode & rights != rights:
        path.chmod(stat.S_IMODE(mode) | rights)


def _write(path: Path, text: str, mode: int) -> bool:
    """Whether it was made; one that is there stays."""
    try:
        # Made with its final rights: there is no moment at which others could read a secret.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    return True


def main() -> int:
    """Exit status 0: all that is needed is there; 1: something cannot be made."""
    try:
        made = make(ROOT)
    except MakeError as error:
        print(f"make_env: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"make_env: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    if ".env" not in made:
        print(".env is there and keeps its passwords: the servers know them.")
    print(f"made {', '.join(made)}" if made else "all else is there, too: nothing was made")
    print("now: docker compose up --detach")
    return 0


if __name__ == "__main__":
    sys.exit(main())
