"""``make demo``: the whole pipeline on real servers, and the story of what becomes of the seeds.

Run as ``python -m dateline.cli.demo``. Whatever the story says (``story.toml``) is read back from
the running Kafka and Elasticsearch; what does not hold is named, and the exit status is 1. Nothing
of the user's is touched: the servers live in a temporary folder, on free ports of the loopback,
and end with this process.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import importlib
import os
import shutil
import signal
import sys
import tempfile
import textwrap
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.cli.run import Pipeline
from dateline.cli.story import (
    SEEDS,
    Embargo,
    Look,
    Search,
    Step,
    Story,
    counted,
    load_story,
    moved,
    newest,
)
from dateline.connections import elasticsearch_client, kafka_admin
from dateline.errors import DatelineError, InputError, UsageError, Where
from dateline.records import RawDocument, sha256, utc_now
from dateline.settings import PREFIX, Settings

if TYPE_CHECKING:
    from rich.console import Console

    from dateline.formats import Item
    from sinks.search import SearchResult

#: wide enough for the text, narrow enough for a terminal of eighty columns
WIDTH = 80
INDENT = "   "
#: An embargo must still be running when its step has been looked at, and on a slow machine that
#: takes longer: so it lies this many times the slowest step so far ahead, in seconds at least:
EMBARGO_STEPS = 6
EMBARGO_LEAST = 7.0
#: how long after its time an embargoed story may appear; the filter's ``now`` is the server's
OPENS_WITHIN = 10.0
_POLL = 0.1


class Narrator:
    """Says what happens; keeps what did not hold."""

    def __init__(self, out: Console) -> None:
        self.out = out
        self.failures: list[str] = []
        self._step = 0

    def title(self, title: str, told: str) -> None:
        """A step begins."""
        from rich.text import Text

        self._step += 1
        self.out.print()
        self.out.print(Text(f"{self._step}. {title}", style="bold cyan"))
        self.say(told)

    def say(self, told: str, style: str = "", hang: str = "") -> None:
        """One paragraph, indented; ``hang`` stands before all its lines but the first."""
        from rich.text import Text

        for line in textwrap.wrap(
            told, self.out.width, initial_indent=INDENT, subsequent_indent=INDENT + hang
        ):
            self.out.print(Text(line, style=style), soft_wrap=True)

    def check(self, holds: bool, told: str, wanted: str = "") -> bool:
        """One thing that was looked at, and whether it is as the story says."""
        style = "green" if holds else "bold red"
        self.say(f"{'✓' if holds else '✗'} {told}", style=style, hang="  ")
        if not holds:
            self.failures.append(f"{told}; expected {wanted}" if wanted else told)
            if wanted:
                self.say(f"  expected {wanted}", style="red", hang="  ")
        return holds


class Witness:
    """What the servers hold, read back from them: never what we believe to have sent."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._stack = contextlib.ExitStack()
        self._client = self._stack.enter_context(elasticsearch_client(settings))
        self._admin = self._stack.enter_context(kafka_admin(settings))

    def close(self) -> None:
        """Close the connections."""
        self._stack.close()

    def search(
        self,
        query: str,
        *,
        language: str | None = None,
        person: str | None = None,
        place: str | None = None,
    ) -> SearchResult:
        """As anybody would."""
        from sinks.search import search

        return search(
            self._client, self.settings, query, language=language, person=person, place=place
        )

    def dead_letters(self) -> list[tuple[str, str]]:
        """(location, message) of each."""
        from dateline.records import DeadLetter

        letters = (
            DeadLetter.read(value, headers, position)
            for position, value, headers in self._records("dead")
        )
        return [(letter.location or "", letter.error) for letter in letters]

    def outcomes(self, files: dict[str, Path]) -> dict[str, Counter[str]]:
        """How the items of each file (name to path) stand now."""
        dead = Counter(location for location, _ in self.dead_letters())
        skipped = self._skipped()
        items = {name: list(_items(path)) for name, path in files.items()}
        shown = self._shown(item for found in items.values() for _, item in found)
        now = utc_now()
        return {
            name: Counter(
                self._outcome(location, item, dead, skipped, shown, now) for location, item in found
            )
            for name, found in items.items()
        }

    def _outcome(
        self,
        location: str,
        item: Item,
        dead: Counter[str],
        skipped: set[str | None],
        shown: dict[str, _Shown],
        now: dt.datetime,
    ) -> str:
        from dateline.article import Article
        from dateline.formats import Skipped
        from dateline.versions import content_hash, shown_as

        if isinstance(item, Skipped):
            return "skipped" if item.uri in skipped else "lost"
        if not isinstance(item, Article):
            return "dead" if dead[location] else "lost"
        there = shown.get(item.uri)
        if there is None:
            return "lost"
        if there.content != content_hash(item):
            return "superseded"
        if there.location != location:
            return "duplicate"
        outcome = shown_as(item, now)
        # The aliases must agree: what is hidden from one of them is what the outcome says.
        visible = {
            "indexed": (True, True),
            "withheld": (False, True),
            "embargoed": (False, True),
            "withdrawn": (False, False),
        }[outcome]
        return outcome if (there.public, there.desk) == visible else f"{outcome}, but misplaced"

    def _shown(self, items: Iterable[Item]) -> dict[str, _Shown]:
        from dateline.article import Article
        from dateline.identity import document_id, identity_of
        from sinks.generations import alias, desk_alias, serving

        ids = {
            item.uri: document_id(identity_of(item)) for item in items if isinstance(item, Article)
        }
        generation = serving(self._client, self.settings)
        if not ids or generation is None:
            return {}
        wanted = list(ids.values())
        documents = self._client.mget(
            index=generation.index, ids=wanted, source_includes=["provenance"]
        )["docs"]

        def behind(name: str) -> set[str]:
            hits = self._client.search(
                index=name, query={"ids": {"values": wanted}}, size=len(wanted), source=False
            )
            return {hit["_id"] for hit in hits["hits"]["hits"]}

        public, desk = behind(alias(self.settings)), behind(desk_alias(self.settings))
        found = {doc["_id"]: doc["_source"]["provenance"] for doc in documents if doc.get("found")}
        return {
            uri: _Shown(
                content=found[id_].get("content", ""),
                location=found[id_].get("location", ""),
                public=id_ in public,
                desk=id_ in desk,
            )
            for uri, id_ in ids.items()
            if id_ in found
        }

    def _skipped(self) -> set[str | None]:
        from dateline.records import SkippedNotice

        return {SkippedNotice.decode(value).uri for _, value, _ in self._records("skipped")}

    def _records(self, which: str) -> Iterator[tuple[Any, bytes, Any]]:
        from dateline.offsets import ends
        from dateline.reading import read_topic
        from dateline.topics import Topics

        topic = getattr(Topics.of(self.settings), which)
        for record in read_topic(self.settings, topic, ends(self._admin, topic)):
            yield record.position, record.value, record.headers


class _Shown(msgspec.Struct, frozen=True):
    """Of the document of one story: whose content it shows, and who can see it."""

    content: str
    location: str
    public: bool
    desk: bool


def _items(path: Path) -> Iterator[tuple[str, Item]]:
    """(location, item) of a file as the producer publishes it: JSON Lines line by line."""
    from dateline.formats import detect, read

    data = path.read_bytes()
    lines = data.splitlines() if path.suffix == ".jsonl" else None
    documents = (
        [(str(path), data)]
        if lines is None
        else [(f"{path}:{number}", line) for number, line in enumerate(lines, start=1)]
    )
    for location, value in documents:
        try:
            known = detect(value, Where(location=location))
        except InputError as error:
            yield location, error
            continue
        document = RawDocument(
            value=value,
            feed="seeds",
            format=known.name,
            location=location,
            received=utc_now(),
            sha256=sha256(value),
        )
        for item in read(document):
            yield location, item


class Demo:
    """One telling of the story, on servers that run."""

    def __init__(
        self,
        story: Story,
        pipeline: Pipeline,
        say: Narrator,
        *,
        seeds: Path,
        copies: Path,
    ) -> None:
        """Copies of ``seeds`` that happen now are made in ``copies``."""
        self._story = story
        self._seeds = seeds
        self._copies = copies
        self._by = utc_now() - dt.timedelta(minutes=1) - newest(seeds)
        self._pipeline = pipeline
        self._say = say
        self._settings = pipeline.settings
        self._slowest = 0.0
        self._opens = utc_now()
        self.witness = Witness(self._settings)

    def tell(self) -> None:
        """All of it. What does not hold is in the narrator's failures."""
        for path in sorted(self._seeds.rglob("*")):
            if path.is_file():
                self._copy(path.relative_to(self._seeds).as_posix())
        for number, step in enumerate(self._story.step):
            self._step(step, first=number == 0)
        self._watch(self._story.embargo)
        self._searches(self._story.search)
        self._account()

    def _step(self, step: Step, *, first: bool) -> None:
        from producers.producer import produce

        self._say.title(step.title, step.told)
        if step.before is not None:
            self._look(step.before)
        if self._story.embargo.file in step.files:
            self._set_embargo()
        dead_before = len(self.witness.dead_letters()) if _refuses(step) else 0
        began = time.monotonic()
        with self._waiting("the first articles wait for the models" if first else "on the way"):
            produce(
                self._settings,
                [str(self._copies / name) for name in step.files],
                once=True,
                feed="seeds",
                stop=threading.Event(),
                report=lambda _: self._pipeline.keep_alive(),
            )
            self._pipeline.wait_until_done()
        took = time.monotonic() - began
        if not first:
            self._slowest = max(self._slowest, took)
        self._outcomes(step, took)
        if _refuses(step):
            self._refusals(dead_before)
        for look in step.look:
            self._look(look)

    def _outcomes(self, step: Step, took: float) -> None:
        found = self.witness.outcomes({name: self._copies / name for name in step.files})
        total: Counter[str] = Counter()
        wrong: list[str] = []
        wanted: list[str] = []
        for name, told in step.files.items():
            total += found[name]
            if found[name] != counted(told):
                wrong.append(f"{name}: {_told(found[name])}")
                wanted.append(f"{name}: {_told(counted(told))}")
        count = len(step.files)
        said = (
            f"{count} {'file' if count == 1 else 'files'} published, {took:.1f} s: {_told(total)}"
        )
        self._say.check(not wrong, "; ".join([said, *wrong]), "; ".join(wanted))

    def _refusals(self, before: int) -> None:
        for _, message in self.witness.dead_letters()[before:]:
            # Who looks at the demo has no use for the name of a temporary folder.
            self._say.say(f"- {message.replace(f'{self._copies}{os.sep}', '')}", "dim", "  ")

    def _look(self, look: Look) -> None:
        result = self.witness.search(look.query)
        first = result.hits[0].title if result.hits else ""
        count = {0: "no hit", 1: "1 hit"}.get(result.total, f"{result.total} hits")
        said = f"search {look.query}: {count}" + (f", “{first}”" if first else "")
        wanted = {0: "no hit", 1: "1 hit"}.get(look.finds, f"{look.finds} hits")
        wanted += f", titled “{look.shows}”" if look.shows else ""
        if look.told:
            self._say.say(look.told)
        holds = result.total == look.finds and (look.shows is None or look.shows in first)
        self._say.check(holds, said, wanted)

    def _set_embargo(self) -> None:
        """A few seconds ahead of now, counted when it is published."""
        lead = max(EMBARGO_LEAST, EMBARGO_STEPS * self._slowest)
        self._opens = (utc_now() + dt.timedelta(seconds=lead + 1)).replace(microsecond=0)
        self._copy(self._story.embargo.file)
        self._say.say(f"It opens at {self._opens:%H:%M:%S} UTC.")

    def _copy(self, name: str) -> None:
        copy = self._copies / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(moved((self._seeds / name).read_bytes(), self._by, self._opens))

    def _watch(self, embargo: Embargo) -> None:
        self._say.title(embargo.title, embargo.told)
        deadline = self._opens + dt.timedelta(seconds=OPENS_WITHIN)
        with self._waiting("the embargo is running") as update:
            while not self.witness.search(embargo.look.query).total and utc_now() < deadline:
                left = (self._opens - utc_now()).total_seconds()
                update(f"the embargo ends in {max(0.0, left):.0f} s")
                time.sleep(_POLL)
        seen = utc_now()
        self._say.check(
            seen >= self._opens,
            f"opened at {self._opens:%H:%M:%S} UTC, seen at {seen:%H:%M:%S}",
            "not before its time",
        )
        self._look(embargo.look)

    def _searches(self, searches: Iterable[Search]) -> None:
        from dateline.cli.search import show
        from sinks.search import MARK_END, MARK_START

        self._say.title("Three searches", "What is highlighted is why it was found.")
        for wanted in searches:
            filters = {
                name: value
                for name in ("language", "person", "place")
                if (value := getattr(wanted, name)) is not None
            }
            result = self.witness.search(wanted.query, **filters)
            flags = "".join(f" --{name} {value}" for name, value in filters.items())
            self._say.out.print()
            self._say.say(wanted.told)
            self._say.say(f"$ dateline search {wanted.query}{flags}", style="bold")
            show(result, self._say.out)
            marked = f"{MARK_START}{wanted.marks}{MARK_END}"
            hits = [hit for hit in result.hits if wanted.shows in hit.title]
            self._say.check(
                any(marked in fragment for hit in hits for fragment in hit.highlights),
                f"«{wanted.marks}» is marked in “{wanted.shows}...”"
                if hits
                else f"{result.total} hits",
                f"«{wanted.marks}» marked in a hit titled “{wanted.shows}”",
            )

    def _account(self) -> None:
        from dateline.cli.reconcile import account_of

        self._say.title("The account", "Every item that came in, and what became of it.")
        account = account_of(self._settings)
        self._say.check(account.balanced, account.line(), "both sides to be equal")
        for fault in account.listed:
            self._say.say(f"{fault.kind}: {fault.what}: {fault.detail}", style="red")
        # The index was asked story by story, the account comes from the topics: they must agree.
        names = self._story.names
        found = self.witness.outcomes({name: self._copies / name for name in names})
        total = sum(found.values(), Counter[str]())
        counted_too = {name: count for name, count in account.outcomes.items() if count}
        if dict(total) != counted_too:
            self._say.check(False, f"looked at one by one: {_told(total)}", _told(counted_too))

    def ask(self) -> None:
        """On a terminal: search until an empty line, or the end of input."""
        from dateline.cli.search import show

        out = self._say.out
        out.print()
        out.print("Now you: words to search for (an empty line ends).", style="bold cyan")
        while True:
            try:
                query = out.input("[bold]search> [/bold]").strip()
            except EOFError:
                out.print()
                return
            if not query:
                return
            try:
                show(self.witness.search(query), out)
            except UsageError as error:
                out.print(str(error), style="red", markup=False)

    @contextlib.contextmanager
    def _waiting(self, told: str) -> Iterator[Callable[[str], None]]:
        """A spinner on a terminal, nothing otherwise; yields what changes its text."""
        if not self._say.out.is_terminal:
            yield lambda _: None
            return
        with self._say.out.status(told) as status:
            yield status.update


def _refuses(step: Step) -> bool:
    return any(counted(told)["dead"] for told in step.files.values())


def _told(outcomes: Counter[str] | dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in outcomes.items()) or "nothing"


def _prepare_clients() -> None:
    """Import the clients while the servers start: both take seconds, and mostly of waiting."""
    for name in ("kafka", "elasticsearch", "producers.producer", "sinks.search", "rich.console"):
        # What is really missing will say so where it is used.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def demo(out: Console, *, interactive: bool = False, seeds: Path = SEEDS) -> int:
    """Tell the whole story; 0, or 1 when something did not hold. Leaves nothing running.

    interactive: let the viewer search at the end. Raises DatelineError where the servers cannot
    be had at all.
    """
    from dateline.embedded import EmbeddedStack

    began = time.monotonic()
    if not seeds.is_dir():
        raise UsageError("there are no seeds to publish", remedy="run it in a checkout.")
    story = load_story()
    say = Narrator(out)
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="dateline-demo-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        threading.Thread(target=_prepare_clients, name="imports", daemon=True).start()
        out.print("Dateline: from the wire to the search box", style="bold")
        say.say("A real Kafka and a real Elasticsearch start in a temporary folder.", style="dim")
        servers = stack.enter_context(
            EmbeddedStack(folder / "data", report=lambda line: say.say(line, style="dim"))
        )
        say.say(
            f"Both answer after {time.monotonic() - began:.1f} s; the models are loading.",
            style="dim",
        )
        settings = Settings(
            kafka_bootstrap_servers=servers.kafka_bootstrap,
            elasticsearch_url=servers.elasticsearch_url,
            data_dir=str(folder / "data"),
            # One is enough for sixty items, and each loads every model anew.
            nlp_processes=1,
            log_level="error",
        )
        pipeline = stack.enter_context(
            Pipeline(settings, report=lambda line: say.say(line, style="red"), servers=servers)
        )
        telling = Demo(story, pipeline, say, seeds=seeds, copies=folder / "seeds")
        stack.callback(telling.witness.close)
        telling.tell()
        out.print()
        took = f"{time.monotonic() - began:.0f} s in all"
        if say.failures:
            out.print(f"Not as it should be ({took}):", style="bold red")
            for failure in say.failures:
                say.say(f"- {failure}", style="red", hang="  ")
        else:
            out.print(f"All as it should be; {took}.", style="bold green")
        if interactive:
            telling.ask()
    return 1 if say.failures else 0


def main() -> int:
    """The command; returns the exit status."""
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        # The demo must never reach servers of the user's.
        del os.environ[name]
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        # As Ctrl-C: leave through every `with`, so that nothing is left running.
        signal.signal(number, signal.default_int_handler)
    from rich.console import Console

    terminal = sys.stdout.isatty()
    out = Console(highlight=False, width=None if terminal else WIDTH)
    if terminal and out.width > 100:
        out = Console(highlight=False, width=100)
    try:
        return demo(out, interactive=terminal and sys.stdin.isatty())
    except KeyboardInterrupt:
        print("dateline: interrupted", file=sys.stderr)
        return 130
    except DatelineError as error:
        print(f"dateline: {error}", file=sys.stderr)
        return error.exit_status


if __name__ == "__main__":
    sys.exit(main())
