"""``dateline up`` and ``dateline down``: the embedded servers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dateline.cli.output import tell
from dateline.settings import load

if TYPE_CHECKING:
    from dateline.embedded import EmbeddedStack, Servers


def _data_path(data_dir: str | None) -> Path:
    """The folder; the servers' addresses in the settings, right or wrong, are of no concern."""
    theirs = {"kafka_bootstrap_servers": "", "elasticsearch_url": ""}
    return load({"data_dir": data_dir, **theirs}).data_path


@click.command()
@click.option("--detach", is_flag=True, help="Return when both answer; stop with `down`.")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Folder of the servers' data.")
@click.option("--kafka-port", type=click.IntRange(1, 65535), help="Instead of the last one.")
@click.option("--elasticsearch-port", type=click.IntRange(1, 65535), help="Likewise.")
def up(
    detach: bool, data_dir: str | None, kafka_port: int | None, elasticsearch_port: int | None
) -> int:
    """Start the embedded Kafka and Elasticsearch on loopback and print their addresses.

    Stays in the foreground until SIGINT or SIGTERM, unless --detach is given.
    """
    from dateline.embedded import run_detached, run_foreground

    path = _data_path(data_dir)
    if detach:
        servers = run_detached(path, kafka_port, elasticsearch_port, report=tell)
        _addresses(servers)
        return 0

    run_foreground(path, kafka_port, elasticsearch_port, report=tell, on_up=_addresses)
    return 0


@click.command()
@click.option("--data-dir", type=click.Path(file_okay=False), help="Folder of the servers' data.")
def down(data_dir: str | None) -> int:
    """Stop the embedded servers; nothing running is no error."""
    from dateline.embedded import stop_servers

    stopped = stop_servers(_data_path(data_dir), timeout=30.0)
    tell("stopped" if stopped else "nothing was running")
    return 0


def _addresses(servers: EmbeddedStack | Servers) -> None:
    click.echo(f"Kafka          {servers.kafka_bootstrap}")
    click.echo(f"Elasticsearch  {servers.elasticsearch_url}")
    sys.stdout.flush()
