"""``dateline search``: hits with highlights, as a table people read or as JSON."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import click
import msgspec

from dateline.cli.options import Instant, with_settings
from dateline.cli.output import console, plain, tell
from dateline.connections import elasticsearch_client, find_servers
from dateline.settings import Settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from sinks.search import SearchResult


class _Search(click.Command):
    """A word to leave out (``-Hafen``) looks like an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            if not error.option_name.startswith("--"):
                error.message += ". To leave out a word: dateline search -- Hamburg -Hafen"
            raise


@click.command(cls=_Search)
@click.argument("query", nargs=-1, required=True)
@click.option("--language", metavar="L", help="Only articles in this language (de, en, fr, ...).")
@click.option("--person", metavar="P", help="Only articles about this person.")
@click.option("--place", metavar="P", help="Only articles about this place.")
@click.option("--since", type=Instant(), help="Only articles from then on: 2026-03-01, or 24h, 7d.")
@click.option("--size", type=click.IntRange(1, 1000), default=10, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@with_settings
def search(
    query: tuple[str, ...],
    language: str | None,
    person: str | None,
    place: str | None,
    since: dt.datetime | None,
    size: int,
    as_json: bool,
    settings: Settings,
) -> int:
    """Search the articles: words (all must match), "phrases", field:word, AND, OR, NOT, * for
    everything. Before a query with words to leave out: -- (dateline search -- Hamburg -Hafen).
    """
    from sinks.search import hints
    from sinks.search import search as find

    settings = find_servers(settings, kafka=False)
    asked = " ".join(query)
    with elasticsearch_client(settings) as client:
        result = find(
            client,
            settings,
            asked,
            language=language,
            person=person,
            place=place,
            since=since,
            size=size,
        )
        for hint in hints(client, settings, asked) if result.total == 0 else ():
            tell(plain(hint))
    if as_json:
        click.echo(msgspec.json.encode(result).decode())
    else:
        show(result, console())
    return 0


def show(result: SearchResult, out: Console) -> None:
    """The hits: when, who, where; the title; the passages that match, marked."""
    from rich.padding import Padding
    from rich.text import Text

    for hit in result.hits:
        about = [hit.provider or "unknown", hit.language or "?"]
        if hit.city:
            about.append(hit.city)
        if hit.pubstatus != "usable":
            about.append(hit.pubstatus.upper())
        out.print(
            Text.assemble(
                (f"{hit.timestamp:%Y-%m-%d %H:%M}  ", "cyan"), (plain(" · ".join(about)), "green")
            )
        )
        out.print(Padding(Text(plain(hit.title), style="bold"), (0, 0, 0, 2)))
        for fragment in dict.fromkeys(" ".join(passage.split()) for passage in hit.highlights):
            out.print(Padding(_marked(plain(fragment)), (0, 0, 0, 4)))
        out.print()
    shown = len(result.hits)
    out.print(Text("no article" if result.total == 0 else f"{shown} of {result.total}", "dim"))


def _marked(text: str) -> Text:
    """Marks of the highlighter as colours; on a plain pipe they stay visible as « »."""
    from rich.text import Text

    from sinks.search import MARK_END, MARK_START

    line = Text()
    for part in text.split(MARK_START):
        marked, found, rest = part.partition(MARK_END)
        if found:
            line.append(f"«{marked}»", style="bold yellow")
            line.append(rest)
        else:
            line.append(part)
    return line
