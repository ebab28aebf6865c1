"""``dateline doctor``: what is missing on this machine, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator

import click
import msgspec

from dateline.cli.options import with_settings
from dateline.cli.output import console
from dateline.errors import UsageError
from dateline.settings import Settings

_SIGNS = {"ok": "[green]ok[/]  ", "warn": "[yellow]warn[/]", "fail": "[red]FAIL[/]"}
#: languages of the wires that Dateline is made for; others are read, but have no entities
_EXPECTED_MODELS = ("de", "en", "fr")


class Finding(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing looked at. state: ``ok``, ``warn`` or ``fail``."""

    name: str
    state: str
    found: str
    expected: str = ""
    remedy: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs: a list of findings.")
@click.option(
    "--settings",
    "show_settings",
    is_flag=True,
    help="List every setting, too; with --json, an object of findings and settings.",
)
@with_settings
def doctor(as_json: bool, show_settings: bool, settings: Settings) -> int:
    """Look at Java, memory, disk, ports, models, formats, and your own providers, words and
    entities; exit status 1 if one is missing or wrong."""
    findings = [
        *_embedded(settings),
        *_connections(settings),
        *_models(settings),
        *_formats(),
        *_lists(),
        *_corrections(settings),
    ]
    if as_json:
        told = {"findings": findings, "settings": settings.shown()} if show_settings else findings
        click.echo(msgspec.json.encode(told).decode())
    else:
        out = console()
        for finding in findings:
            out.print(f"{_SIGNS[finding.state]}  {finding.name}: ", end="")
            out.print(finding.found, markup=False)
            if finding.state != "ok":
                if finding.expected:
                    out.print(f"      expected {finding.expected}", markup=False)
                if finding.remedy:
                    out.print(f"      {finding.remedy}", markup=False)
    if show_settings and not as_json:
        for name, value in settings.shown().items():
            click.echo(f"{name} = {value!r}")
    return 1 if any(finding.state == "fail" for finding in findings) else 0


def _embedded(settings: Settings) -> Iterator[Finding]:
    from dateline.embedded import checks

    for check in checks(settings.data_path):
        yield Finding(
            check.name, check.status, check.found, check.expected or "", check.remedy or ""
        )


def _connections(settings: Settings) -> Iterator[Finding]:
    """Credentials that would not be used, or that anybody on the way could read."""
    kafka = settings.kafka_security_protocol
    url = settings.elasticsearch_url or ""
    user, password = settings.elasticsearch_username, settings.elasticsearch_password
    known = bool(settings.elasticsearch_api_key or (user and password))
    # Not both: what has no effect is not sent either.
    for flaw, found, remedy in (
        (
            settings.kafka_sasl_password and not kafka.startswith("SASL"),
            f"kafka_sasl_password has no effect with kafka_security_protocol {kafka}",
            "set that to SASL_SSL.",
        ),
        (
            kafka == "SASL_PLAINTEXT" and not _is_local(settings.kafka_bootstrap_servers or ""),
            "the password for Kafka crosses the network unencrypted (SASL_PLAINTEXT)",
            "set kafka_security_protocol to SASL_SSL, unless nobody else is on that network.",
        ),
        (
            bool(user) != bool(password) and not settings.elasticsearch_api_key,
            "elasticsearch_username or elasticsearch_password is set, one without the other",
            "set both, or elasticsearch_api_key.",
        ),
        (
            known and url.startswith("http:") and not _is_local(url),
            "the credentials for Elasticsearch cross the network unencrypted (http://)",
            "set elasticsearch_url to https://..., unless nobody else is on that network.",
        ),
    ):
        if flaw:
            yield Finding("connections", "warn", found, remedy=remedy)


def _is_local(addresses: str) -> bool:
    """Whether all of them are this machine's own."""
    places = [one.rpartition("://")[2].partition("/")[0].strip() for one in addresses.split(",")]
    hosts = [place.rpartition(":")[0] for place in places]
    return all(host in ("localhost", "127.0.0.1", "[::1]") for host in hosts)


def _models(settings: Settings) -> Iterator[Finding]:
    from processors.models import available

    models = {model.language: model for model in available(settings.models_dir) if model.chosen}
    for language, model in sorted(models.items()):
        yield Finding(f"entity model {language}", "ok", f"{model.name} {model.version}")
    for language in _EXPECTED_MODELS:
        if language not in models:
            yield Finding(
                f"entity model {language}",
                "warn",
                "none",
                expected="a spaCy pipeline with entities",
                remedy="articles in this language get everything but entities; "
                "models/README.md says how to train one.",
            )
    yield Finding(
        "entity models of other languages",
        "ok",
        "none: their articles get everything but entities",
    )


def _formats() -> Iterator[Finding]:
    from dateline import formats

    yield Finding("wire formats", "ok", ", ".join(formats.registered()))


def _lists() -> Iterator[Finding]:
    """The tables of dateline.toml that are no settings, which every stage would stumble over."""
    from dateline.providers import catalogue
    from dateline.words import lexicon

    try:
        catalogue()
        known = ", ".join(sorted(lexicon().languages))
    except UsageError as error:
        yield Finding(
            "providers and words",
            "fail",
            f"{error.what} ({error.found})" if error.found else error.what,
            expected=error.expected or "",
            remedy=error.remedy or "",
        )
    else:
        yield Finding("providers and words", "ok", f"editors' words in {known}")


def _corrections(settings: Settings) -> Iterator[Finding]:
    """The editor's table of entities, which a running processor would go on without."""
    from processors import corrections

    path = corrections.path_of(settings)
    table = corrections.watched(settings)
    try:
        table.start()
    except UsageError as error:
        yield Finding(
            "corrections of entities",
            "fail",
            f"{error.what} ({error.found})" if error.found else error.what,
            expected=error.expected or "",
            remedy=error.remedy or "",
        )
    else:
        hash_ = table.table.hash
        told = f"{path}, {hash_}" if hash_ else f"none in {path}"
        yield Finding("corrections of entities", "ok", told)
