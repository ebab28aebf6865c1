"""``dateline kibana``: the saved objects for Kibana, checked and imported."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import hide_secrets, plain, tell
from dateline.connections import elasticsearch_client, find_servers
from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings, load

if TYPE_CHECKING:
    from kibana.kql import Fields
    from kibana.probe import Probed
    from kibana.rules.problem import Problem

_FILE = click.argument(
    "file", required=False, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)


@click.group()
def kibana() -> None:
    """What Kibana is given: data views, searches, dashboards."""


class Checked(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What ``check --json`` prints.

    objects: how many of each type. elasticsearch: whether queries were run there. queries: how
    many ran. recipes: of the cookbook, to the articles that each finds.
    """

    objects: dict[str, int]
    elasticsearch: bool
    problems: list[Any]
    queries: int = 0
    recipes: dict[str, int] = {}


@kibana.command()
@_FILE
@click.option("--offline", is_flag=True, help="Ask no Elasticsearch, though there is one.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
@with_settings
def check(file: Path | None, offline: bool, as_json: bool, settings: Settings) -> int:
    """Check saved objects: those that ship, or a FILE of your own that shall fit any Kibana.

    The rules of Kibana's importer, and whether each field, reference and query fits the index.
    Where an Elasticsearch is named or the embedded one runs, fields are those that the indices
    have there, and each query of a panel, a list, a map, a control and of the cookbook is run;
    else fields are those of the index template. Exit status 0: no problem; 1: problems, each named
    on standard error; 3: Elasticsearch is named and does not answer, or has no index yet.
    """
    from kibana.check import objects, problems
    from kibana.rules.problem import Problem

    text = _text(file, settings)
    online = None if offline else _elasticsearch(settings)
    probed: Probed | None = None
    if online is None:
        found = problems(text, _from_templates(settings))
    else:
        found, probed = _on(online, text)
    read = [one for _, one in objects(text) if not isinstance(one, Problem)]
    counts: dict[str, int] = {}
    for one in read:
        kind = plain(one.get("type"), 100)
        counts[kind] = counts.get(kind, 0) + 1
    report = Checked(objects=counts, elasticsearch=online is not None, problems=list(found))
    if probed is not None:
        report.queries, report.recipes = probed.panels, probed.recipes
        report.problems += probed.problems
    if as_json:
        click.echo(msgspec.json.encode(report).decode())
    else:
        _show(report)
    return 1 if report.problems else 0


def _text(file: Path | None, settings: Settings) -> str:
    """The objects, under the index prefix. Raises UsageError."""
    from kibana.build import TARGET
    from kibana.prefix import prefixed

    path = file or TARGET
    try:
        return prefixed(path.read_text(encoding="utf-8"), settings.index_prefix)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read", found=str(error), expected="NDJSON") from error


def _elasticsearch(settings: Settings) -> Settings | None:
    """Settings with an address, None where none is named and no embedded server runs."""
    from dateline.embedded import read_servers

    if not settings.elasticsearch_url and read_servers(settings.data_path) is None:
        return None
    return find_servers(settings, kafka=False)


def _aliases(settings: Settings) -> tuple[str, str, str]:
    from sinks import generations, ledger

    return generations.alias(settings), generations.desk_alias(settings), ledger.alias(settings)


def _from_templates(settings: Settings) -> Mapping[str, Fields]:
    from dateline.mappings import fields_of
    from sinks import ledger, template

    articles, desk, book = _aliases(settings)
    fields = template.leaves()
    return {articles: fields, desk: fields, book: fields_of(ledger.mappings())}


def _on(settings: Settings, text: str) -> tuple[list[Problem], Probed | None]:
    """The rules with the fields of the indices; if all hold, the queries too."""
    from elasticsearch import NotFoundError

    from kibana.check import objects, problems
    from kibana.probe import fields_there, probe
    from kibana.rules.problem import Problem
    from sinks.generations import surroundings

    with elasticsearch_client(settings) as client, surroundings("checking Kibana's queries"):
        try:
            indices = {alias: fields_there(client, alias) for alias in _aliases(settings)}
        except NotFoundError as error:
            raise Unavailable(
                "there is no index to check against yet",
                found=str(error),
                remedy="`dateline run` or `dateline sink` creates it; --offline checks without.",
            ) from error
        found = problems(text, indices)
        if found:
            return found, None
        read = [one for _, one in objects(text) if not isinstance(one, Problem)]
        return [], probe(client, read, indices)


def _show(report: Checked) -> None:
    for problem in report.problems:
        tell(plain(problem, 1000))
    kinds = ", ".join(f"{count} {kind}" for kind, count in report.objects.items()) or "no object"
    click.echo(f"{kinds}; {len(report.problems)} problems")
    if not report.elasticsearch:
        tell("no query was run: no Elasticsearch was asked; fields are those of the index template")
    elif report.queries:
        click.echo(f"{report.queries} queries of objects ran")
        for name, count in report.recipes.items():
            click.echo(f"  cookbook {name}: {count} found in both syntaxes")
    elif report.problems:
        tell("no query was run: the objects have to hold together first")


@kibana.command("import")
@_FILE
@click.option("--url", metavar="URL", help="Kibana's address, with its base path.")
@click.option("--space", metavar="S", help="The id of a space; without it, the default one.")
@click.option(
    "--overwrite/--no-overwrite",
    default=True,
    show_default=True,
    help="Over objects of the same id that are there.",
)
@click.option("--username", metavar="U", help="Its password: DATELINE_KIBANA_PASSWORD(_FILE).")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def import_(
    file: Path | None,
    url: str | None,
    space: str | None,
    overwrite: bool,
    username: str | None,
    as_json: bool,
) -> int:
    """Import the saved objects that ship, or a FILE, into a Kibana.

    Credentials come from the settings alone: kibana_username and kibana_password, or
    kibana_api_key (as environment variables, in files, in dateline.toml). Exit status 0: all are
    imported; 1: some were refused, each named on standard error; 3: Kibana does not answer, is not
    ready, or does not let us in.
    """
    from kibana.importer import MADE_FOR, Kibana, newer_major

    settings = load({"kibana_url": url, "kibana_username": username})
    hide_secrets(settings)
    text = _text(file, settings)
    with Kibana(settings, space=space) as target:
        done = target.add(text, overwrite=overwrite)
    if newer_major(done.version):
        running = plain(done.version, 50)
        tell(f"Kibana is {running}; the objects are made for {MADE_FOR} and were migrated")
    for one in done.refused:
        title = f" ({one.title})" if one.title else ""
        tell(plain(f"refused: {one.object}{title}: {one.reason}", 1000))
    if done.refused and not done.imported:
        tell("Kibana kept nothing of the file")
    if as_json:
        click.echo(msgspec.json.encode(done).decode())
    else:
        for name in done.imported:
            replaced = " (replaced)" if name in done.overwritten else ""
            click.echo(plain(f"imported: {name}{replaced}", 500))
        click.echo(f"{len(done.imported)} imported, {len(done.refused)} refused")
    return 1 if done.refused else 0
