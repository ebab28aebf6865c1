"""``dateline models``: which entity model serves which language."""

from __future__ import annotations

import click
import msgspec

from dateline.cli.output import console
from dateline.settings import load


@click.group()
def models() -> None:
    """Entity models."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_(as_json: bool) -> int:
    """The models that are installed; a language without one gets everything but entities."""
    from rich.table import Table

    from processors.models import available

    found = available(load().models_dir)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("language", "model", "version", "licence", "from", "used"):
        table.add_column(name)
    for model in found:
        table.add_row(
            model.language,
            model.name,
            model.version,
            model.license or "",
            model.origin,
            "yes" if model.chosen else "",
        )
    console().print(table)
    return 0
