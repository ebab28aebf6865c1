"""``dateline feeds``: those that ``dateline.toml`` lists, and whether each can be read."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import console, plain, tell
from dateline.cli.status import clock, count, polled_feeds
from dateline.settings import FILE, Settings

if TYPE_CHECKING:
    from dateline.progress import PolledFeed
    from producers.table import Source


@click.group()
def feeds() -> None:
    """The feeds that dateline.toml lists: folders, files, addresses."""


@feeds.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@with_settings
def list_(as_json: bool, settings: Settings) -> int:
    """Every feed: where it lies, what is said of it, when it was read last. Asks no server."""
    from rich.table import Table
    from rich.text import Text

    from producers import table

    listed = table.load()
    known = {one.name: one for one in polled_feeds(settings)}
    if as_json:
        facts = [_facts(name, one, known.get(name)) for name, one in listed.items()]
        click.echo(msgspec.json.encode(facts).decode())
        return 0
    if not listed:
        tell(f"no feeds; list them in {FILE} of this folder, under [feeds.NAME]")
        return 0
    out = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("feed", "location", "format", "said of it", "polled every", "last answered"):
        out.add_column(name, overflow="fold")
    for name, one in listed.items():
        said = filter(None, (one.language, one.zone, one.provider))
        polled = known.get(name)
        row = (
            name,
            one.shown,
            one.format or "",
            ", ".join(said),
            f"{_span(one.fastest)} to {_span(one.slowest)}" if one.polled else "",
            _last(polled) if polled else "",
        )
        out.add_row(*(Text(plain(cell)) for cell in row))
    console().print(out)
    return 0


def _last(polled: PolledFeed) -> str:
    if polled.error is not None:
        return f"fails: {polled.error}"
    return clock(polled.last_success) if polled.last_success else "never"


def _span(seconds: float) -> str:
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


def _facts(name: str, one: Source, polled: PolledFeed | None) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "name": name,
        "location": one.shown,
        "format": one.format,
        "language": one.language,
        "zone": one.zone,
        "provider": one.provider,
        "polled": one.polled,
    }
    if one.polled:
        facts |= {
            "fastest": one.fastest,
            "slowest": one.slowest,
            "credentials": str(one.credentials) if one.credentials else None,
        }
    if polled is not None:
        told = msgspec.to_builtins(polled)
        facts |= {key: told[key] for key in told if key not in facts}
    return facts


class Checked(msgspec.Struct, kw_only=True):
    """What came of reading a feed once. error: why it cannot be read. formats: documents by format.
    articles, skipped, refused: items in them; why: of the first that was refused."""

    name: str
    location: str
    error: str | None = None
    documents: int = 0
    formats: dict[str, int] = {}
    articles: int = 0
    skipped: int = 0
    refused: int = 0
    why: str | None = None

    @property
    def well(self) -> bool:
        """Whether all of it can be read."""
        return self.error is None and not self.refused


@feeds.command()
@click.argument("names", nargs=-1, metavar="[FEED]...")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def check(names: tuple[str, ...], as_json: bool, settings: Settings) -> int:
    """Read each feed once, its first page, and tell what would come of it. Publishes nothing.

    FEED: a name from dateline.toml, an address or a path; all that are listed where none is given.
    Exit status 1 where one cannot be read, or something in it is refused.
    """
    from producers import table

    well = True
    for source in table.chosen(names, table.load(), None):
        found = _check(source, settings)
        well &= found.well
        if as_json:
            click.echo(msgspec.json.encode(found).decode())
        else:
            click.echo(_told(found))
    return 0 if well else 1


def _check(source: Source, settings: Settings) -> Checked:
    from dateline import formats
    from dateline.article import Article
    from dateline.errors import DatelineError
    from producers.feeds import Reader, open_feed
    from producers.polling import Glance

    found = Checked(name=source.name or source.shown, location=source.shown)
    counted: Counter[str] = Counter()
    opened = Glance(source) if source.polled else open_feed(source.location, source.name)
    for arrival in opened.arrivals(Reader(settings).of(source)):
        if arrival is None or arrival.unchanged:
            continue
        if arrival.document is None:
            found.error = found.error or str(arrival.refused)
            continue
        found.documents += 1
        counted[arrival.document.format] += 1
        items = [arrival.refused] if arrival.refused else formats.read(arrival.document)
        for item in items:
            if isinstance(item, DatelineError):
                found.refused += 1
                found.why = found.why or str(item)
            elif isinstance(item, Article):
                found.articles += 1
            else:
                found.skipped += 1
    found.formats = dict(counted)
    return found


def _told(found: Checked) -> str:
    if found.error is not None:
        error = found.error
        return plain(error if error.startswith(found.name) else f"{found.name}: {error}")
    if not found.documents:
        return plain(f"{found.name}: ok, nothing in it now")
    counts = found.formats.items()
    forms = ", ".join(form if len(counts) == 1 else f"{number} {form}" for form, number in counts)
    told = [f"{count(found.documents, 'document')} ({forms})", count(found.articles, "article")]
    if found.skipped:
        told.append(f"{found.skipped} skipped")
    if found.refused:
        told.append(f"{found.refused} refused, the first: {found.why}")
    return plain(f"{found.name}: {'ok, ' if found.well else ''}{', '.join(told)}")
