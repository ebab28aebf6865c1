"""Options that many commands share, and the settings made of them."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from dateline.cli.output import hide_secrets, plain, tell
from dateline.errors import UsageError
from dateline.settings import load

if TYPE_CHECKING:
    from producers.table import Source

Command = TypeVar("Command", bound=Callable[..., Any])

_SERVERS = (
    click.option("--data-dir", type=click.Path(file_okay=False), help="Folder of Dateline's own."),
    click.option(
        "--kafka", "kafka_bootstrap_servers", metavar="HOST:PORT", help="Kafka's address."
    ),
    click.option(
        "--elasticsearch", "elasticsearch_url", metavar="URL", help="Elasticsearch's address."
    ),
    click.option("--topic-prefix", help="Put before the names of topics and groups."),
)
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_NAMES = ("data_dir", "kafka_bootstrap_servers", "elasticsearch_url", "topic_prefix")


class Instant(click.ParamType):
    """A day, a time (the local zone where it has none), or so long ago: 90m, 24h, 7d."""

    name = "T"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.datetime:
        """An instant that knows its zone. Raises click.BadParameter."""
        try:
            if (found := re.fullmatch(r"(\d+)([mhd])", value)) is not None:
                ago = dt.timedelta(**{_UNITS[found[2]]: int(found[1])})
                return dt.datetime.now(dt.UTC) - ago
            instant = dt.datetime.fromisoformat(value)
            return instant if instant.tzinfo else instant.astimezone()
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is none of 2026-03-01, 2026-03-01T12:00:00Z, 90m, 24h or 7d", param, ctx
            )


def with_settings(command: Command) -> Command:
    """Give a command the server options; it is called with ``settings`` in their place."""

    @functools.wraps(command)
    def called(*args: Any, **kwargs: Any) -> Any:
        flags = {name: kwargs.pop(name) for name in _NAMES}
        settings = load(flags)
        hide_secrets(settings)
        return command(*args, settings=settings, **kwargs)

    for option in reversed(_SERVERS):
        called = option(called)
    return called  # type: ignore[return-value]


class Feeds(msgspec.Struct, frozen=True, kw_only=True):
    """What ``run`` and ``produce`` are given. feeds: all that are listed in ``dateline.toml`` where
    none is named. format: None detects it."""

    feeds: tuple[Source, ...]
    once: bool
    format: str | None
    again: bool


def with_feeds(once: str) -> Callable[[Command], Command]:
    """Give a command [FEED]... and the options of reading them; it is called with ``feeds``.

    once: the help of ``--once``. The command raises UsageError where none of the feeds exists.
    """
    options = (
        click.argument("feeds", nargs=-1, metavar="[FEED]..."),
        click.option("--once", is_flag=True, help=once),
        click.option("--format", metavar="F", help="The wire format, instead of detecting it."),
        click.option(
            "--feed", "name", metavar="NAME", help="Name of the feed, instead of its folder."
        ),
        click.option("--again", is_flag=True, help="Publish what was published before, too."),
    )

    def given(command: Command) -> Command:
        @functools.wraps(command)
        def called(*args: Any, **kwargs: Any) -> Any:
            from producers import table

            sources = table.chosen(kwargs.pop("feeds"), table.load(), kwargs.pop("name"))
            given = {name: kwargs.pop(name) for name in ("once", "format", "again")}
            feeds = Feeds(feeds=tuple(sources), **given)
            _see_that_any_exists(feeds)
            return command(*args, feeds=feeds, **kwargs)

        for option in reversed(options):
            called = option(called)
        return called  # type: ignore[return-value]

    return given


def _see_that_any_exists(feeds: Feeds) -> None:
    """A slip in the name of a folder must not leave somebody watching nothing."""
    from producers.feeds import is_missing

    paths = (one.location for one in feeds.feeds if not one.polled and one.location != "-")
    missing = [one for one in paths if is_missing(Path(one))]
    if len(missing) == len(feeds.feeds):
        raise UsageError(
            "there is nothing to read",
            found=f"{plain(', '.join(missing), 500)}, "
            f"{'which does' if len(missing) == 1 else 'which do'} not exist",
            expected="files, folders, addresses, names of listed feeds, or - for standard input",
            remedy="correct the path, or make the folder first.",
        )
    for one in [] if feeds.once else missing:
        tell(f"{plain(one, 500)} does not exist yet; it is read once it does")
