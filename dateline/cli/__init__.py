"""The command line: one command a file, loaded only when it is called.

Here alone the stages meet. Exit status: 0 done; 1 done, but some input was refused; 2 wrong
usage; 3 a server cannot be reached; 4 nearly all input was bad; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any, TextIO, cast

import click
from click.utils import PacifyFlushWrapper

from dateline import __version__
from dateline.cli.output import as_lines, hide_secrets, plain, tell
from dateline.errors import DatelineError, Unavailable

#: command to (module, attribute, one line of help): the list is shown without loading any
COMMANDS: dict[str, tuple[str, str, str]] = {
    "up": ("up", "up", "Start the embedded Kafka and Elasticsearch."),
    "down": ("up", "down", "Stop the embedded servers."),
    "status": ("status", "status", "Servers, topics, lag of each stage, counts."),
    "doctor": ("doctor", "doctor", "What is missing on this machine."),
    "run": ("run", "run", "The whole pipeline on one machine."),
    "produce": ("produce", "produce", "Publish feeds to the raw topic."),
    "feeds": ("feeds", "feeds", "The feeds of dateline.toml: list, check."),
    "process": ("stages", "process", "Parse and enrich: one worker of the processor."),
    "sink": ("stages", "sink", "Index: one worker of the sink."),
    "parse": ("parse", "parse", "Files as articles, JSON Lines on standard output."),
    "annotate": ("parse", "annotate", "Files as enriched articles, or explained for people."),
    "search": ("search", "search", "Search the articles."),
    "replay": ("replay", "replay", "Build the next generation of the index from the topics."),
    "index": ("index", "index", "Generations: list, switch, rollback, drop."),
    "dead": ("dead", "dead", "Dead letters: list, show, retry, drop."),
    "reconcile": ("reconcile", "reconcile", "Account for every id that ever came."),
    "trace": ("trace", "trace", "The way of one article through all stages, with times."),
    "history": ("history", "history", "Every version of a story that ever came; what changed."),
    "stats": ("stats", "stats", "How much came, from whom, and what became of it."),
    "gaps": ("gaps", "gaps", "Missing transmission numbers."),
    "kibana": ("kibana", "kibana", "Kibana's saved objects: check, import."),
    "models": ("models", "models", "Entity models: list."),
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(
            importlib.import_module(f"dateline.cli.{module}"), attribute
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, _, told) in COMMANDS.items()])


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="dateline")
def cli() -> None:
    """From the news wire to the search box in seconds."""


def run_command(arguments: Sequence[str]) -> int:
    """One command line; returns the exit status, prints errors on standard error."""
    _open_standard_streams()
    as_lines()
    hide_secrets(None)
    for stream in (sys.stdout, sys.stderr):
        # UTF-8 whatever the locale says; a terminal that cannot show a letter must not stop a run.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    results = _Results(sys.stdout, [])
    sys.stdout = cast("TextIO", results)
    for client in ("kafka", "elastic_transport"):
        # They tell of each attempt; commands and stages say once what is away, and that it is back.
        logging.getLogger(client).setLevel(logging.CRITICAL)
    try:
        result: Any = cli.main(list(arguments), prog_name="dateline", standalone_mode=False)
        status = result if isinstance(result, int) else 0
        sys.stdout.flush()
        return status
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return 2
    except (click.Abort, KeyboardInterrupt):
        tell("dateline: interrupted")
        return 130
    except BrokenPipeError:
        return 0  # the reader (head, less) has seen enough
    except SystemExit:
        if isinstance(sys.stdout, PacifyFlushWrapper):
            return 0  # so click ends such a command, but with status 1
        raise
    except DatelineError as error:
        # It may quote a server, a feed, or what was typed.
        tell(f"dateline: {plain(error, _TOLD)}", fatal=True)
        return error.exit_status
    except Exception as error:
        if isinstance(error, OSError) and error in results.failures:
            tell(f"dateline: standard output cannot be written; found {error.strerror}", fatal=True)
            return 1
        if type(error).__module__.partition(".")[0] not in _CLIENTS:
            raise
        # A server that goes away in the middle of a command is no bug of ours.
        tell(
            f"dateline: a server did not answer; found {type(error).__name__}: "
            f"{plain(error, _TOLD)}. See `dateline status`.",
            fatal=True,
        )
        return Unavailable.exit_status
    finally:
        sys.stdout, sys.stderr = results.stream, getattr(sys.stderr, "wrapped", sys.stderr)
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                # Python tries once more at its end, and would complain and change the status.
                with contextlib.suppress(OSError, ValueError):
                    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class _Results:
    """Standard output that remembers why it could not be written."""

    def __init__(self, stream: Any, failures: list[OSError]) -> None:
        self.stream = stream
        self.failures = failures

    def write(self, data: Any) -> int:
        """As the stream does."""
        with self._remembering():
            return int(self.stream.write(data))

    def flush(self) -> None:
        """As the stream does."""
        with self._remembering():
            self.stream.flush()

    @property
    def buffer(self) -> _Results:
        """For bytes."""
        return _Results(self.stream.buffer, self.failures)

    @contextlib.contextmanager
    def _remembering(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failures.append(error)
            raise

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def _open_standard_streams() -> None:
    """Whoever started this may have closed them. Left so, Python has None in their place, and the
    first socket or file that is opened gets their number."""
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


#: characters of an error that are told
_TOLD = 4_000
#: packages of the clients of Kafka and Elasticsearch
_CLIENTS = frozenset({"kafka", "aiokafka", "elasticsearch", "elastic_transport"})
