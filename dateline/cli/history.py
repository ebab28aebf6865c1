"""``dateline history``: every version that ever came, which of them is shown, what changed."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.letters import as_line
from dateline.cli.options import with_settings
from dateline.cli.output import console, plain, tell
from dateline.cli.window import SHOWN, Moment, seconds, with_window
from dateline.connections import elasticsearch_client, find_servers
from dateline.errors import DatelineError, InputError, UsageError
from dateline.ledger import Entry
from dateline.records import DeadLetter, Position, RawDocument, letter_place, sha256, utc_now
from dateline.scanning import chunks
from dateline.seeking import Seeker
from dateline.settings import Settings
from dateline.text import one_line
from dateline.topics import Topics

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch
    from rich.text import Text

    from dateline.article import Article
    from dateline.history import Change, Diff, Holding
    from sinks.ledger_search import Standing, Window

#: entries without a URI, unless told
_LATEST = 50
#: entries whose stories are looked up in the index at once
_AT_ONCE = 200
#: of outcomes and states that somebody may look for
_COLOURS = {
    "shown": "green",
    "withdrawn": "bold red",
    "withheld": "yellow",
    "embargoed": "yellow",
    "dead": "red",
}


@click.command()
@click.argument("uri", required=False)
@click.option("--at", type=Moment(), help="Which version was shown then: 2026-03-01T12:00Z, 14:05.")
@with_window("provider", "service", "feed", "since", "until")
@click.option("--version", type=int, metavar="N", help="Only entries of this version.")
@click.option("--raw", is_flag=True, help="The original bytes of the newest entry that is meant.")
@click.option("--diff", "as_diff", is_flag=True, help="What changed from one version to the next.")
@click.option("--limit", type=click.IntRange(1, 10_000), help="Only so many, the latest.")
@click.option("--json", "as_json", is_flag=True, help="As JSON Lines, for programs.")
@with_settings
def history(
    uri: str | None,
    at: dt.datetime | None,
    window: Window,
    version: int | None,
    raw: bool,
    as_diff: bool,
    limit: int | None,
    as_json: bool,
    settings: Settings,
) -> int:
    """Every version of a story that ever came, oldest first, and which one is shown now.

    URI is the story's as it was sent, or its identity. Without it: whatever came, newest first;
    `--at 14:05` then means what came in that minute. Times are UTC; those that you give without a
    zone are local.

    Exit status 1: nothing of it ever came, or an original is gone.
    """
    _check(uri, at, version, raw=raw, as_diff=as_diff, as_json=as_json)
    settings = find_servers(settings)
    with elasticsearch_client(settings) as client:
        from sinks import ledger_search

        if uri is None:
            if at is not None:
                minute = at + dt.timedelta(minutes=1)
                window = msgspec.structs.replace(window, since=at, until=minute)
            if raw:
                newest = next(ledger_search.in_window(client, settings, window, 1), None)
                if newest is None:
                    raise InputError("nothing came then")
                return _write_original(settings, newest)
            entries = ledger_search.in_window(client, settings, window, limit or _LATEST)
            if _show(client, settings, entries, as_json=as_json, uri=None) == 0:
                tell("nothing came")
            return 0
        names = spellings(uri)
        found = ledger_search.of_story(client, settings, names, ledger_search.Window(), newest=1)
        if next(found, None) is None:
            raise never(client, settings, uri)
        if as_diff:
            entries = ledger_search.of_story(client, settings, names, window)
            return _show_diffs(settings, entries, version, as_json=as_json)
        if at is not None:
            entries = ledger_search.of_story(client, settings, names, window, version)
            holdings = _holdings(entries, at)
            if raw:
                return _write_original(settings, _only(holdings, uri).entry)
            for holding in holdings:
                _show_holding(holding, at, uri, alone=len(holdings) == 1, as_json=as_json)
            return 0
        most = 1 if raw else limit
        entries = ledger_search.of_story(client, settings, names, window, version, most)
        if raw:
            entry = next(entries, None)
            if entry is None:
                raise _none_such(uri)
            return _write_original(settings, entry)
        seen = _Seen(entries)
        if _show(client, settings, seen.pass_on(), as_json=as_json, uri=uri) == 0:
            raise _none_such(uri)
        if not as_json:
            seen.tell_of_dead(client, settings)
    return 0


def _check(
    uri: str | None,
    at: dt.datetime | None,
    version: int | None,
    *,
    raw: bool,
    as_diff: bool,
    as_json: bool,
) -> None:
    """Raises UsageError."""
    given = {"--version": version is not None, "--diff": as_diff}
    asked = [name for name, there in given.items() if there]
    if uri is None and asked:
        raise UsageError(f"{asked[0]} without a URI", remedy="name the story whose is meant.")
    if raw and (as_diff or as_json):
        raise UsageError("--raw writes the bytes alone", remedy="leave --diff and --json out.")
    if as_diff and at is not None:
        raise UsageError("--at with --diff", remedy="name the version with --version.")


def spellings(uri: str) -> list[str]:
    """As it was typed, as it is read (without control characters, on one line), and both in their
    provider's one form: the ledger holds that. Raises InputError where it is longer than any that
    can be found."""
    from dateline.providers import catalogue
    from sinks.template import LONGEST

    if len(uri) > LONGEST:
        raise InputError(
            f"no uri can be found that is as long as {plain(uri, SHOWN)}",
            found=f"{len(uri)} characters",
            expected=f"at most {LONGEST}",
            remedy="a raw record is found by its place: 'articles.raw[2]@17'.",
        )
    known = catalogue()
    read = dict.fromkeys(one for one in (uri, one_line(uri)) if one)
    forms = [known.canonical(known.of_uri(one), one) for one in read]
    return list(dict.fromkeys([*read, *forms]))


def never(client: Elasticsearch, settings: Settings, uri: str) -> DatelineError:
    """What to raise for a story of which nothing came; it names what is near."""
    from sinks.ledger_search import near

    close = ", ".join(plain(one, SHOWN * 2) for one in near(client, settings, uri))
    return InputError(
        f"nothing with the uri {plain(uri, 300)} was ever received",
        remedy=f"near it: {close}" if close else "`dateline history` alone lists what came.",
    )


def _none_such(uri: str) -> DatelineError:
    return InputError(
        f"no version of {plain(uri, 300)} is meant by these options",
        remedy="without them, `dateline history` lists all that came.",
    )


def _holdings(entries: Iterable[Entry], at: dt.datetime) -> list[Holding]:
    """Of each story of that uri. Raises InputError where nothing had come by then."""
    from dateline.history import holdings_at
    from dateline.providers import order_of

    holdings = holdings_at(entries, at, order_of)
    if not holdings:
        raise InputError(f"nothing of it had come by {seconds(at)} UTC")
    return holdings


def _only(holdings: list[Holding], uri: str) -> Holding:
    """Raises UsageError where there are several: bytes cannot say whose they are."""
    if len(holdings) > 1:
        stories = ", ".join(_story(holding.entry) for holding in holdings)
        raise UsageError(
            f"--raw of {len(holdings)} stories with the uri {plain(uri, 300)}",
            found=stories,
            expected="one story",
            remedy="name one of them in place of the URI, in quotes, or choose with --provider or "
            "--feed.",
        )
    return holdings[0]


def _story(entry: Entry) -> str:
    """Its identity: where the uri is not absolute, that begins with the provider or feed."""
    return plain(entry.identity or entry.uri or entry.id, 300)


# --- entries -------------------------------------------------------------------------------------


def _show(
    client: Elasticsearch,
    settings: Settings,
    entries: Iterable[Entry],
    *,
    as_json: bool,
    uri: str | None,
) -> int:
    """Print entries and how they stand now; returns how many there were."""
    from sinks.ledger_search import standings

    count = 0
    for chunk in chunks(entries, _AT_ONCE):
        stories = list(dict.fromkeys(entry.identity for entry in chunk if entry.identity))
        known = standings(client, settings, stories, utc_now())
        for entry in chunk:
            now = _now(entry, known.get(entry.identity or ""))
            if as_json:
                click.echo(as_line({**_facts(entry), "now": now}))
            else:
                _print(_lines(entry, now, uri))
        count += len(chunk)
    return count


def _now(entry: Entry, standing: Standing | None) -> str | None:
    """What of it is shown now; None where it has no part in that, or nobody knows."""
    from dateline.history import OUTSIDE

    if standing is None or entry.outcome in OUTSIDE:
        return None
    return standing.of(entry) or "superseded"


def _facts(entry: Entry) -> dict[str, object]:
    facts: dict[str, object] = msgspec.to_builtins(entry)
    return {"id": entry.id, **facts}


def _lines(entry: Entry, now: str | None, uri: str | None) -> list[Text]:
    """When, which version, what became of it, how it stands; below, whatever else is known."""
    from rich.text import Text

    version = "-" if entry.version is None else f"version {entry.version}"
    first = Text.assemble(
        (f"{seconds(entry.received)}  ", "cyan"),
        f"{plain(version, 24):12} {plain(entry.pubstatus or '-', 12):10}",
        "came ",
        (f"{plain(entry.outcome, 12):12}", _COLOURS.get(entry.outcome, "")),
        *((" now ", (now, _COLOURS.get(now, "dim"))) if now else ()),
    )
    return [first, *(Text(f"    {line}", "dim") for line in _details(entry, uri))]


def _details(entry: Entry, uri: str | None) -> Iterator[str]:
    told = []
    if entry.uri is not None and entry.uri != uri:
        yield plain(entry.uri, 2 * SHOWN)
    if entry.versioncreated is not None:
        told.append(f"created {seconds(entry.versioncreated)}")
    if entry.embargoed is not None:
        told.append(f"embargoed until {seconds(entry.embargoed)}")
    if kinds := [
        *entry.update_kind,
        *(one for one in entry.signal if one not in entry.update_kind),
    ]:
        told.append(plain(", ".join(kinds), SHOWN))
    sent = entry.transmission
    service = (sent.service if sent else None) or entry.service
    number = sent.number if sent else None
    if whose := " ".join(part for part in (entry.provider, service, number) if part):
        told.append(plain(whose, SHOWN))
    if told:
        yield " · ".join(told)
    where = [plain(part, SHOWN) for part in (_feed(entry), _short(entry.location)) if part]
    if entry.raw is not None:
        place = str(entry.raw)
        if (entry.items or 1) > 1:
            place += f", item {entry.item or 0} of {entry.items}"
        where.append(place)
    if where:
        yield " · ".join(where)
    if entry.reason is not None:
        yield plain(entry.reason, 4 * SHOWN)
    if entry.dead is not None:
        yield f"dateline dead show {plain(entry.dead, SHOWN)}"


def _feed(entry: Entry) -> str | None:
    """Unless the location says it too."""
    said = entry.feed is not None and (entry.location or "").startswith(entry.feed)
    return None if said else entry.feed


def _short(location: str | None) -> str | None:
    """Of a long path its end tells more."""
    if location is None or len(location) <= SHOWN:
        return location
    return "…" + location[1 - SHOWN :]


def _print(lines: Iterable[Text]) -> None:
    out = console()
    for line in lines:
        out.print(line, soft_wrap=True)


class _Seen:
    """What is remembered of a story's entries while they pass: whence they came, and when."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = entries
        self._feeds: dict[str, None] = {}
        self._first: dt.datetime | None = None
        self._last: dt.datetime | None = None

    def pass_on(self) -> Iterator[Entry]:
        for entry in self._entries:
            self._first = self._first or entry.received
            self._last = entry.received
            if entry.feed is not None and len(self._feeds) < 100:
                self._feeds[entry.feed] = None
            yield entry

    def tell_of_dead(self, client: Elasticsearch, settings: Settings) -> None:
        """Of a document that nobody could read, nobody can say whose version it is."""
        from sinks.ledger_search import Window, count_dead

        if self._first is None or self._last is None or not self._feeds:
            return
        window = Window(since=self._first, until=self._last + dt.timedelta(seconds=1))
        if count := count_dead(client, settings, list(self._feeds), window):
            tell(
                f"{count} unreadable {'document' if count == 1 else 'documents'} came with the same"
                " feeds meanwhile, perhaps of this story: `dateline dead list`"
            )


def _show_holding(
    holding: Holding, at: dt.datetime, uri: str, *, alone: bool, as_json: bool
) -> None:
    """alone: no other story has that uri, so nobody asks which one this is."""
    from rich.text import Text

    state = "shown" if holding.held == "indexed" else holding.held
    if as_json:
        click.echo(as_line({**_facts(holding.entry), "at": at, "held": state}))
        return
    story = _story(holding.entry)
    if not alone:
        _print([Text(story, "bold")])
    _print(_lines(holding.entry, state, uri))
    said = "was shown" if state == "shown" else f"was {state}, so nothing of it was shown,"
    whose = "this version" if alone else f"this version of {story}"
    tell(f"{whose} {said} at {seconds(at)} UTC, by what had been received")


# --- originals -----------------------------------------------------------------------------------


class _Original(msgspec.Struct, frozen=True, kw_only=True):
    """The bytes as they came. document: with their headers, where they lie in the raw topic.
    size: of all of it, where only the beginning was kept. strange: why they are not the ones."""

    value: bytes
    size: int
    document: RawDocument | None = None
    strange: str | None = None


def _original(seeker: Seeker, settings: Settings, entry: Entry) -> _Original:
    """Raises InputError where they are gone, Unavailable."""
    if entry.raw is not None:
        record = seeker.get(entry.raw)
        if record is None:
            raise _gone(entry, entry.raw)
        document = RawDocument.read(record.value, record.headers, entry.raw)
        strange = None
        if (found := sha256(record.value)) != (entry.sha256 or document.sha256):
            strange = f"SHA-256 {found}, received was {entry.sha256 or document.sha256}"
        elif document.received != entry.received:
            strange = f"received {document.received.isoformat()}"
        return _Original(
            value=record.value, size=len(record.value), document=document, strange=strange
        )
    place = _dead_place(settings, entry)
    record = seeker.get(place)
    if record is None:
        raise _gone(entry, place)
    letter = DeadLetter.read(record.value, record.headers, place)
    strange = None
    if not letter.truncated and (found := sha256(letter.value)) != entry.sha256:
        strange = f"SHA-256 {found}, received was {entry.sha256}"
    return _Original(value=letter.value, size=letter.size, strange=strange)


def _dead_place(settings: Settings, entry: Entry) -> Position:
    """Of what the producer refused: it came to no other topic."""
    try:
        return Position(Topics.of(settings).dead, *letter_place(entry.dead or ""))
    except ValueError as error:
        raise InputError(
            "the ledger does not say where the original lies", found=f"entry {entry.id}"
        ) from error


def _gone(entry: Entry, place: Position) -> DatelineError:
    return InputError(
        f"the original received {seconds(entry.received)} is gone",
        found=f"no record {place}",
        expected="topics that are kept for ever, and never made anew",
    )


def _write_original(settings: Settings, entry: Entry) -> int:
    with Seeker(settings) as seeker:
        original = _original(seeker, settings, entry)
    sys.stdout.flush()
    sys.stdout.buffer.write(original.value)
    sys.stdout.buffer.flush()
    if (entry.items or 1) > 1:
        tell(f"the whole document; the story is item {entry.item or 0} of {entry.items}")
    if len(original.value) < original.size:
        tell(f"only the first {len(original.value)} of {original.size} bytes were kept")
    if original.strange is not None:
        tell(f"these are not the bytes that were received: found {original.strange}")
        return 1
    return 0


def _parsed(seeker: Seeker, settings: Settings, entry: Entry) -> Article:
    """The version as this program reads it. Raises InputError, Unavailable."""
    from dateline.article import Article
    from dateline.formats import read

    original = _original(seeker, settings, entry)
    if original.strange is not None or original.document is None:
        raise InputError(
            f"the record {entry.raw} is another than was received", found=original.strange
        )
    items = read(original.document)
    number = entry.item or 0
    if number >= len(items) or not isinstance(items[number], Article):
        failed = items[number] if number < len(items) else f"{len(items)} items"
        raise InputError(
            f"item {number} of {entry.raw} is not read as an article now",
            found=str(failed)[:500],
        )
    article: Article = items[number]  # type: ignore[assignment] # looked at above
    return article


# --- differences ---------------------------------------------------------------------------------


def _show_diffs(
    settings: Settings, entries: Iterable[Entry], version: int | None, *, as_json: bool
) -> int:
    """Print what changed at each step, or at those to ``version``; returns the exit status."""
    from dateline.history import diff

    refused = shown = 0
    with Seeker(settings) as seeker:
        steps = _Steps(seeker, settings)
        for old, new in _pairs(entries):
            if version is not None and new.version != version:
                continue
            try:
                found = diff(steps.article(old), steps.article(new))
            except InputError as error:
                tell(plain(error))
                refused += 1
                continue
            shown += 1
            if as_json:
                click.echo(as_line(_diff_facts(old, new, found)))
            else:
                _print(_diff_lines(old, new, found))
    if not shown and not refused:
        tell("there is no earlier version to compare with")
    return 1 if refused or not shown else 0


def _pairs(entries: Iterable[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """Each version and the one received before it; the same text sent again is no version."""
    from dateline.history import OUTSIDE

    # One URI may be several stories, of providers whose identifiers are not absolute.
    before: dict[str | None, Entry] = {}
    for entry in entries:
        if entry.outcome in OUTSIDE:
            continue
        old = before.get(entry.identity)
        if old is not None and old.content == entry.content and entry.content is not None:
            continue
        if old is not None:
            yield old, entry
        before[entry.identity] = entry


class _Steps:
    """Articles by entry; the last one is asked for twice, as new and then as old."""

    def __init__(self, seeker: Seeker, settings: Settings) -> None:
        self._seeker = seeker
        self._settings = settings
        self._last: tuple[str, Article] | None = None

    def article(self, entry: Entry) -> Article:
        if self._last is None or self._last[0] != entry.id:
            self._last = (entry.id, _parsed(self._seeker, self._settings, entry))
        return self._last[1]


def _diff_facts(old: Entry, new: Entry, found: Diff) -> dict[str, object]:
    return {
        "from": _which(old),
        "to": _which(new),
        "changes": [{"field": one.field, "old": one.old, "new": one.new} for one in found.changes],
        "body": found.body,
    }


def _which(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.id,
        "identity": entry.identity,
        "version": entry.version,
        "received": entry.received,
    }


def _diff_lines(old: Entry, new: Entry, found: Diff) -> Iterator[Text]:
    from rich.text import Text

    yield Text(f"{_heading(old)} -> {_heading(new)}", "bold")
    for change in found.changes:
        yield Text(f"  {plain(change.field, SHOWN)}", "cyan")
        gone, came = _values(change)
        yield from (Text(f"  - {plain(value)}", "red") for value in gone)
        yield from (Text(f"  + {plain(value)}", "green") for value in came)
    if found.body:
        yield Text("  body_text", "cyan")
        colours = {"-": "red", "+": "green", "@": "dim"}
        yield from (Text(f"  {plain(line)}", colours.get(line[0], "")) for line in found.body)
    if found.same:
        yield Text("  nothing that was read from it", "dim")
    yield Text("")


def _heading(entry: Entry) -> str:
    version = "no version" if entry.version is None else f"version {entry.version}"
    return f"{version} received {seconds(entry.received)}"


def _values(change: Change) -> tuple[list[str], list[str]]:
    """What went and what came; of lists, only the elements that differ."""
    old, new = (_elements(value) for value in (change.old, change.new))
    if not isinstance(change.old, list) or not isinstance(change.new, list):
        return old, new
    gone = [one for one in old if one not in new]
    came = [one for one in new if one not in old]
    return (gone, came) if gone or came else (old, new)  # only their order differs


def _elements(value: Any) -> list[str]:
    if value is None:
        return []
    return [
        one if isinstance(one, str) else msgspec.json.encode(one).decode()
        for one in (value if isinstance(value, list) else [value])
    ]
