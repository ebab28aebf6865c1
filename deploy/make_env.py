"""Makes what docker-compose.yml needs: `.env` with random passwords, readable by their owner only,
the inbox, and the folder of the feeds.

    python deploy/make_env.py

Runs on any Python 3.8 or newer without anything installed. A file that is there keeps what is in it
(the servers keep the passwords that they were first started with); what is missing is made.
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
import string
import sys
import uuid
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

# The folder that INBOX in .env names.
[feeds.inbox]
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


def content(*, example: bool = False) -> str:
    """The text of `.env`; as an example without any secret."""
    lines = [
        "# Copy nothing: `python deploy/make_env.py` makes .env like this, with random passwords."
        if example
        else "# Made by deploy/make_env.py. Keep it secret, keep it out of git, keep a copy.",
        "",
    ]
    for name, told in SECRETS:
        value = "" if example else cluster_id() if name == "KAFKA_CLUSTER_ID" else password()
        lines += [f"# {told}", f"{name}={value}"]
    lines.append("")
    for name, value, told in CHOICES:
        lines += [f"# {told}", f"{name}={value}"]
    return "\n".join(lines) + "\n"


def make(folder: Path) -> Path:
    """Make the folders, and `.env`. Raises FileExistsError where there is one (the folders are made
    all the same), and OSError."""
    _prepare(folder)
    path = folder / ".env"
    if not _write(path, content(), 0o600):
        raise FileExistsError(path)
    return path


def _prepare(folder: Path) -> None:
    """What the containers read, made so that they can: their users are others than this one, and
    its umask may be 077."""
    for name in (INBOX, FEEDS):
        (folder / name).mkdir(parents=True, exist_ok=True)
        _let(folder / name, 0o055)
    _write(folder / FEEDS / TABLE, _TABLE, 0o644)
    # Compose itself reads this one, as whoever calls it.
    _write(folder / FEEDS / VARIABLES, _VARIABLES, 0o600)
    for name in (f"{FEEDS}/{TABLE}", KIBANA):
        if (folder / name).is_file():
            _let(folder / name, 0o044)


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
    """Exit status 0: made; 1: there is one already, or it cannot be made."""
    try:
        path = make(ROOT)
    except FileExistsError:
        print(
            ".env is there already and stays as it is: the servers know its passwords.\n"
            "To start afresh, without any data: docker compose down --volumes, then delete .env.",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(f"make_env: {error.filename}: {error.strerror}", file=sys.stderr)
        return 1
    print(f"made {path.name}, {INBOX} and {FEEDS}; now: docker compose up --detach")
    return 0


if __name__ == "__main__":
    sys.exit(main())
