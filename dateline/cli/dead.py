"""``dateline dead``: what was refused, why, and the original bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import console, tell
from dateline.connections import find_servers, kafka_admin
from dateline.errors import InputError, UsageError
from dateline.offsets import ends, existing
from dateline.reading import read_topic
from dateline.records import DeadLetter
from dateline.settings import Settings
from dateline.topics import Topics


@click.group()
def dead() -> None:
    """Dead letters: documents and items that could not be read or indexed."""


@dead.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def list_(as_json: bool, settings: Settings) -> int:
    """One line for each dead letter: its number, when, which stage, where, why."""
    from rich.table import Table

    letters = _letters(find_servers(settings))
    if as_json:
        for number, letter in letters:
            click.echo(msgspec.json.encode(_facts(number, letter)).decode())
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "when", "stage", "bytes", "why"):
        table.add_column(
            name,
            justify="right" if name == "bytes" else "left",
            overflow="fold",
            no_wrap=name != "why",
        )
    for number, letter in letters:
        table.add_row(
            number, f"{letter.died:%Y-%m-%d %H:%M:%S}", letter.stage, str(letter.size), letter.error
        )
    if not table.rows:
        tell("no dead letters")
        return 0
    console().print(table)
    return 0


@dead.command()
@click.argument("number", metavar="ID")
@click.option("--raw", is_flag=True, help="Only the original bytes, as they came.")
@with_settings
def show(number: str, raw: bool, settings: Settings) -> int:
    """All that is known of one dead letter, and its original bytes."""
    for known, letter in _letters(find_servers(settings)):
        if known != number:
            continue
        if not raw:
            for name, value in _facts(known, letter).items():
                click.echo(f"{name:12} {value}")
            click.echo()
        sys.stdout.flush()
        sys.stdout.buffer.write(letter.value)
        if not raw:
            click.echo()
            if letter.truncated:
                tell(f"only the first {len(letter.value)} of {letter.size} bytes were kept")
        return 0
    raise UsageError(f"no dead letter {number}", remedy="`dateline dead list` shows their ids.")


def _letters(settings: Settings) -> Iterator[tuple[str, DeadLetter]]:
    topic = Topics.of(settings).dead
    with kafka_admin(settings) as admin:
        if topic not in existing(admin):
            return
        until = ends(admin, topic)
    for record in read_topic(settings, topic, until):
        place = record.position
        try:
            letter = DeadLetter.read(record.value, record.headers, place)
        except InputError as error:
            tell(str(error))
            continue
        yield f"{place.partition}-{place.offset}", letter


def _facts(number: str, letter: DeadLetter) -> dict[str, object]:
    facts = msgspec.to_builtins(letter, builtin_types=())
    for name in ("value", "position"):
        facts.pop(name)
    for name in ("raw", "origin"):
        place = getattr(letter, name)
        facts[name] = str(place) if place else None
    return {"id": number, **{k: v for k, v in facts.items() if v is not None}}
