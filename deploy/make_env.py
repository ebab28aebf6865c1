"""Makes `.env` for docker-compose.yml: random passwords, readable by their owner only.

    python deploy/make_env.py

Runs on any Python 3.8 or newer without anything installed. An existing file is never touched:
the servers keep the passwords that they were first started with.
"""

from __future__ import annotations

import base64
import os
import secrets
import string
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
INBOX = "./deploy/inbox"

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
    ("KIBANA_PORT", "5601", "of http://localhost:5601"),
    ("DESK_TIME_ZONE", "Browser", "times in Kibana: Browser, or a name such as Europe/Berlin"),
)


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
    """Write `.env` and make the inbox. Raises FileExistsError where there is one."""
    path = folder / ".env"
    # Made with its final rights: there is no moment at which others could read it.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
        file.write(content())
    (folder / INBOX).mkdir(parents=True, exist_ok=True)
    return path


def main() -> int:
    """Exit status 0: made; 1: there is one already."""
    try:
        path = make(ROOT)
    except FileExistsError:
        print(
            ".env is there already and stays as it is: the servers know its passwords.\n"
            "To start afresh, without any data: docker compose down --volumes, then delete .env.",
            file=sys.stderr,
        )
        return 1
    print(f"made {path.name} and {INBOX}; now: docker compose up --detach")
    return 0


if __name__ == "__main__":
    sys.exit(main())
