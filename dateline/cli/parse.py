"""``dateline parse`` and ``dateline annotate``: files as articles, without any server."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from dateline import article as articles
from dateline import formats
from dateline.article import Article
from dateline.cli.options import with_settings
from dateline.cli.output import console, plain, tell
from dateline.errors import DatelineError
from dateline.formats import Skipped
from dateline.records import RawDocument
from dateline.settings import Settings

_FILES = click.argument("files", nargs=-1, required=True, metavar="FILE...")
_FORMAT = click.option("--format", "format_", metavar="F", help="The format, not detecting it.")


@click.command()
@_FILES
@_FORMAT
@with_settings
def parse(files: tuple[str, ...], format_: str | None, settings: Settings) -> int:
    """Read FILEs (or - for standard input) and write their articles as JSON Lines."""
    refused = False
    for found in _documents(files, format_, settings):
        items = [found] if isinstance(found, DatelineError) else formats.read(found)
        for item in items:
            refused |= _put(item)
    return 1 if refused else 0


@click.command()
@_FILES
@_FORMAT
@click.option("--explain", is_flag=True, help="For people: entities marked, and who found what.")
@click.option(
    "--html",
    "page",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="PAGE",
    help="Write the explanation as one HTML page.",
)
@with_settings
def annotate(
    files: tuple[str, ...],
    format_: str | None,
    explain: bool,
    page: Path | None,
    settings: Settings,
) -> int:
    """Like parse, with language, entities, names and places."""
    from dateline.cli import explain as explaining
    from processors.work import enrich_documents

    refused = False
    explained: list[explaining.Explanation] = []

    def readable() -> Iterator[RawDocument]:
        nonlocal refused
        for found in _documents(files, format_, settings):
            if isinstance(found, DatelineError):
                refused |= _put(found)
            else:
                yield found

    for item in enrich_documents(readable(), settings):
        if not isinstance(item, Article) or not (explain or page):
            refused |= _put(item)
            continue
        one = explaining.explanation(item)
        if explain:
            explaining.show(one, console())
        if page is not None:
            explained.append(one)
    if page is not None:
        explaining.write_page(page, explained)
        tell(f"the page is {plain(page)}")
    return 1 if refused else 0


def _documents(
    files: tuple[str, ...], format_: str | None, settings: Settings
) -> Iterator[RawDocument | DatelineError]:
    from producers.feeds import documents

    if format_ is not None:
        formats.by_name(format_)  # a wrong name is wrong usage, not bad input
    for file in files:
        yield from documents(file, settings, format=format_)


def _put(item: Article | Skipped | DatelineError) -> bool:
    """Write one item; whether it was refused."""
    if isinstance(item, Article):
        sys.stdout.write(articles.encode(item).decode() + "\n")
        return False
    if isinstance(item, Skipped):
        tell(f"skipped {item.uri or 'an item'}: {item.reason}")
        return False
    tell(f"refused {item}")
    return True
