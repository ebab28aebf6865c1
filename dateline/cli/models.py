"""``dateline models``: which entity model serves which language, and how good it is."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from dateline.cli.output import console, plain, tell
from dateline.errors import UsageError
from dateline.settings import load

if TYPE_CHECKING:
    from processors.models import ModelInfo
    from processors.scoring import Split

#: of each part of the annotated text, for words a second
_STORIES = 60


@click.group()
def models() -> None:
    """Entity models."""


@models.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def list_(as_json: bool) -> int:
    """The models that are installed; a language without one gets everything but entities."""
    from rich.table import Table

    from processors.models import available

    found = available(load().models_dir)
    if as_json:
        click.echo(msgspec.json.encode(found).decode())
        return 0
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("language", "model", "version", "licence", "from", "used"):
        table.add_column(name)
    for model in found:
        table.add_row(
            model.language,
            model.name,
            model.version,
            model.license or "",
            model.origin,
            "yes" if model.chosen else "",
        )
    console().print(table)
    return 0


class Report(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What is known of one model.

    measured: now, on annotated text; else what it ships with, measured when it was made. scores:
    by part of the text and label: precision, recall, F1, gold mentions. Speeds are spaCy's tokens
    a second on one core. memory_bytes: what a process grows by when it loads the model and reads a
    first text.
    """

    model: str
    version: str
    language: str
    measured: bool
    scores: dict[str, dict[str, dict[str, float]]] = {}
    words_per_second: int | None = None
    words_per_second_to_names: int | None = None
    bytes: int | None = None
    memory_bytes: int | None = None


@models.command("eval")
@click.argument("targets", nargs=-1, metavar="[MODEL|LANGUAGE]...")
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE.iob2",
    help="Annotated text to measure on; may be given more than once.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def eval_(targets: tuple[str, ...], data: tuple[Path, ...], as_json: bool) -> int:
    """How good, fast and large models are: by type, in words a second on one core, in bytes.

    A model is a folder or a name of `dateline models list`, a language means the model that is
    used for it; without any, all that are used. Measured on the FILEs, else on the folder of
    annotated text that DATELINE_NER_DATA names; without either, the scores that a model ships with
    are shown. The first run on an unknown set takes minutes.
    """
    from processors import scoring
    from processors.pool import ONE_THREAD

    # Read by the libraries when they are loaded, so before spaCy is: speeds are for one core.
    os.environ.update(ONE_THREAD)
    folder = os.environ.get(scoring.DATA_VARIABLE)
    if data and not targets:
        raise UsageError(
            "annotated text, but of which language?",
            expected="a model or a language before --data",
            remedy="say `dateline models eval de --data FILE`.",
        )
    if folder is not None and not Path(folder).is_dir():
        raise UsageError(f"no such folder: {folder}", remedy=f"correct {scoring.DATA_VARIABLE}.")
    # A mistake in the last file is told before minutes go into the first.
    given = [_split(path) for path in data]
    reports: list[Report] = []
    for info in _models(targets):
        parts = given
        if not parts and folder is not None:
            parts = scoring.tests_in(Path(folder), info.language)
        if parts:
            tell(f"{info.name} {info.version}: measuring ...")
            reports.append(_measured(info, parts))
        else:
            reports.append(_shipped(info))
    if as_json:
        click.echo(msgspec.json.encode(reports).decode())
    else:
        for report in reports:
            _print(report)
    return 0


def _models(targets: Sequence[str]) -> list[ModelInfo]:
    """The models meant. Raises UsageError for what is neither folder, name nor language."""
    from processors.models import at, available

    known = available(load().models_dir)
    if not targets:
        return [info for info in known if info.chosen]
    found: list[ModelInfo] = []
    for target in targets:
        named = [info for info in known if target == info.name]
        named += [info for info in known if info.chosen and target.lower() == info.language]
        if named:
            found.append(named[0])
        elif Path(target).is_dir():
            found.append(at(Path(target)))
        else:
            raise UsageError(
                "there is no such model",
                found=plain(target, 100),
                expected="a folder, or one of "
                + ", ".join(sorted({i.name for i in known} | {i.language for i in known})),
            )
    return found


def _split(path: Path) -> Split:
    from processors import scoring

    sentences = list(scoring.read_iob2(path))
    return scoring.Split(str(path), sentences, scoring.known_labels(sentences))


def _measured(info: ModelInfo, parts: Sequence[Split]) -> Report:
    from processors import models as installed
    from processors import scoring

    nlp = installed.load(info)
    labels = installed.labels_of(nlp)
    scores: dict[str, dict[str, dict[str, float]]] = {}
    texts: list[str] = []
    for part in parts:
        scores |= scoring.score(nlp, part, info.language, labels)
        texts += scoring.stories(part.sentences, info.language)[:_STORIES]
    folder = installed.folder_of(info)
    report = Report(
        model=info.name, version=info.version, language=info.language, measured=True, scores=scores
    )
    if texts:
        report.words_per_second = scoring.speed(nlp, texts)
    if folder is not None and texts:
        report.words_per_second_to_names = scoring.speed_to_names(folder, texts, info.language)
        report.bytes = scoring.size_of(folder)
        report.memory_bytes = scoring.memory(folder, info.language, texts[0])
    return report


def _shipped(info: ModelInfo) -> Report:
    """The scores beside the model, if it has any."""
    from processors import models as installed

    told: dict[str, Any] = {}
    folder = installed.folder_of(info)
    if folder is not None and (folder / "scores.json").is_file():
        told = json.loads((folder / "scores.json").read_text("utf-8"))
    fields = {"model": info.name, "version": info.version, "measured": False}
    return msgspec.convert({**told, **fields, "language": info.language}, Report)


def _print(report: Report) -> None:
    out = console()
    name = f"{report.model} {report.version}"
    if not report.measured:
        tell(
            f"{name}: no annotated text at hand (--data or DATELINE_NER_DATA); "
            + ("the scores that it ships with" if report.scores else "it ships without scores")
        )
    if not report.scores:
        return
    out.print(f"{name} ({report.language})", style="bold")
    out.print()
    head = ("", "P", "R", "F1", "mentions")
    width = max(len(label) for rows in report.scores.values() for label in rows) + 4
    for part, rows in report.scores.items():
        out.print(plain(part), markup=False)
        out.print(f"{head[0]:{width}}" + "".join(f"{word:>9}" for word in head[1:]), style="dim")
        for label, row in rows.items():
            numbers = "".join(f"{row[key]:9.3f}" for key in "prf")
            out.print(f"  {label:{width - 2}}{numbers}{row['mentions']:9.0f}", markup=False)
        out.print()
    for label, value, unit in (
        ("recogniser alone", report.words_per_second, "words/s on one core"),
        ("to merged names", report.words_per_second_to_names, "words/s on one core"),
        ("on disk", report.bytes and report.bytes / 1e6, "MB"),
        ("in memory", report.memory_bytes and report.memory_bytes / 1e6, "MB"),
    ):
        if value:
            out.print(f"{label:20}{value:>10,.{0 if unit != 'MB' else 1}f} {unit}", markup=False)
    out.print()
