"""``dateline annotate --explain``: an article as Dateline understands it, and who said so.

In the terminal its entities are marked in the text (``[Angela Merkel PER]``, in colours too where
the terminal has them); below it stand what found them, the persons, organisations and places that
came of them, the language and the dateline, each with its reason. The same goes into one HTML page.
The editor's notepad is in neither.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from dateline.article import FOUND, Article, Entity, Name
from dateline.cli import page
from dateline.cli.output import plain

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: what a label means, in the order of the legend; other components may bring others
MEANINGS: Final = {"PER": "person", "ORG": "organisation", "LOC": "place", "MISC": "other name"}
_STYLES: Final = {"PER": "bold magenta", "ORG": "bold cyan", "LOC": "bold green", "MISC": "yellow"}
#: the article's list for each label
_LISTS: Final = {"PER": "person", "ORG": "organisation", "LOC": "place"}
_HEADINGS: Final = {"person": "Persons", "organisation": "Organisations", "place": "Places"}
_FIELDS: Final = ("headline", "body_text")
_PRECISION: Final = {None: "%Y-%m-%d %H:%M %Z", "month": "%Y-%m", "day": "%Y-%m-%d"}
_RIGHT_TO_LEFT: Final = frozenset("ar ckb dv fa he ps sd ug ur yi".split())


class Run(msgspec.Struct, frozen=True):
    """A piece of a line, safe to show; ``label`` where it is an entity, and who found it."""

    text: str
    label: str | None = None
    finder: str = ""


class Finder(msgspec.Struct, frozen=True):
    """A line of the legend: how many mentions of a label a component found by which model."""

    label: str
    meaning: str
    mentions: int
    component: str
    model: str


class Row(msgspec.Struct, frozen=True):
    """One person, organisation or place; every value as it is shown, empty where there is none.

    said: the provider, or the components that found it.
    """

    name: str
    canonical: str
    aliases: str
    count: str
    role: str
    country: str
    confidence: str
    geonames: str
    said: str


class Explanation(msgspec.Struct, frozen=True):
    """An article as it is shown. Nothing in it can move a cursor; markup is still markup.

    headline, body: lines of runs. lists: heading and rows. direction: of the text, for a page.
    """

    uri: str
    title: str
    about: str
    direction: str
    headline: list[list[Run]]
    body: list[list[Run]]
    legend: list[Finder]
    lists: list[tuple[str, list[Row]]]
    language: str
    dateline: str


def explanation(article: Article) -> Explanation:
    """What is shown of an enriched article, control characters and the like escaped."""
    from processors.enrichers.language import why

    language = article.language or ""
    about = [article.provider or "unknown provider"]
    if article.versioncreated is not None:
        about.append(format(article.versioncreated, _PRECISION[article.date_precision]))
    if article.pubstatus != "usable":
        about.append(article.pubstatus.upper())
    return Explanation(
        uri=plain(article.uri),
        title=plain(article.title),
        about=plain(" · ".join(about)),
        direction="rtl" if language.split("-")[0] in _RIGHT_TO_LEFT else "ltr",
        headline=lines(article, "headline"),
        body=lines(article, "body_text"),
        legend=_legend(article.entities),
        lists=[
            (_HEADINGS[field], [_row(article, label, name) for name in getattr(article, field)])
            for label, field in _LISTS.items()
        ],
        language=plain(why(article)),
        dateline=plain(_dateline(article)),
    )


def lines(article: Article, field: str) -> list[list[Run]]:
    """The field's text, each line cut into what is an entity and what is not.

    Of entities that overlap, the first is shown; one whose offsets lie outside of the text is not.
    """
    text: str = getattr(article, field) or ""
    mentions = sorted(
        (entity for entity in article.entities if entity.field == field),
        key=lambda entity: (entity.start, -entity.end),
    )
    found: list[list[Run]] = [[]]

    def add(part: str) -> None:
        for number, line in enumerate(part.split("\n")):
            if number:
                found.append([])
            if line:
                found[-1].append(Run(plain(line)))

    at = 0
    for entity in mentions:
        if not at <= entity.start < entity.end <= len(text):
            continue
        add(text[at : entity.start])
        mention = " ".join(text[entity.start : entity.end].split("\n"))
        found[-1].append(Run(plain(mention), plain(entity.label), plain(_finder(entity))))
        at = entity.end
    add(text[at:])
    return found if text else []


def _finder(entity: Entity) -> str:
    return " ".join(filter(None, (entity.component, entity.model))) or "unknown"


def _legend(entities: Iterable[Entity]) -> list[Finder]:
    counts = Counter((e.label, e.component or "unknown", e.model or "") for e in entities)
    order = list(MEANINGS)
    return [
        Finder(plain(label), MEANINGS.get(label, ""), count, plain(component), plain(model))
        for (label, component, model), count in sorted(
            counts.items(),
            key=lambda item: (order.index(item[0][0]) if item[0][0] in order else 9, item[0]),
        )
    ]


def _row(article: Article, label: str, name: Name) -> Row:
    return Row(
        name=plain(name.name),
        canonical=plain(name.canonical or ""),
        aliases=plain(", ".join(name.aliases)),
        count="" if name.count is None else str(name.count),
        role=name.role or "",
        country=name.country_code or "",
        confidence="" if name.confidence is None else f"{name.confidence:.2f}",
        geonames="" if name.geonames_id is None else str(name.geonames_id),
        said=plain(_said(article, label, name)),
    )


def _said(article: Article, label: str, name: Name) -> str:
    """Who says that the article is about it."""
    if name.creator != FOUND:
        code = ":".join(filter(None, (name.scheme, name.code)))
        return f"{name.creator} {code}".strip()
    forms = {form.casefold() for form in (name.name, name.canonical or "", *name.aliases)}
    components = {
        entity.component or FOUND
        for entity in article.entities
        if entity.label == label and entity.text.casefold() in forms
    }
    city = article.dateline.city if article.dateline else None
    if label == "LOC" and city is not None and city.casefold() in forms:
        components.add("the dateline")
    return ", ".join(sorted(components)) or FOUND


def _dateline(article: Article) -> str:
    filed = article.dateline
    if filed is None:
        return "The text has no dateline."
    if filed.city is None:
        return f"The dateline “{filed.text}” names no city."
    if filed.location is None:
        return f"The dateline “{filed.text}” names {filed.city}; where that is, is not sure."
    where = [f"{filed.location.lat:.2f}, {filed.location.lon:.2f}"]
    if filed.country_code is not None:
        where.insert(0, filed.country_code)
    if filed.geonames_id is not None:
        where.append(f"GeoNames {filed.geonames_id}")
    return f"The dateline “{filed.text}” names {filed.city} ({', '.join(where)})."


# --- the terminal --------------------------------------------------------------------------------

_COLUMNS: Final = (
    "name", "canonical", "aliases", "count", "role", "country", "confidence", "geonames", "said",
)  # fmt: skip
_NUMBERS: Final = frozenset({"count", "mentions", "confidence", "geonames"})
_SHOWN: Final = {"said": "said by"}


def show(one: Explanation, out: Console) -> None:
    """For people; a terminal without colours has it all, too."""
    from rich.rule import Rule
    from rich.text import Text

    out.print(Rule(Text(one.uri, "dim"), align="left", characters="-"))
    for line in one.headline or [[Run(one.title)]]:
        out.print(_marked(line, "bold"))
    out.print(Text(one.about, "dim"))
    out.print()
    for line in one.body:
        out.print(_marked(line))
    out.print()
    if one.legend:
        _table(
            out,
            ("label", "means", "mentions", "component", "model"),
            [
                (Text(f.label, _style(f.label)), f.meaning, str(f.mentions), f.component, f.model)
                for f in one.legend
            ],
        )
    else:
        out.print(Text("no entities", "dim"))
    for heading, rows in one.lists:
        if rows:
            out.print(Text(f"\n{heading}", "bold"))
            kept = columns(rows)
            _table(
                out,
                [_SHOWN.get(name, name) for name in kept],
                [[getattr(row, name) for name in kept] for row in rows],
            )
    out.print(Text.assemble(("\nLanguage  ", "bold"), one.language))
    out.print(Text.assemble(("Place     ", "bold"), one.dateline))
    out.print()


def columns(rows: Sequence[Row]) -> list[str]:
    """Those of a table that say anything."""
    return [name for name in _COLUMNS if any(getattr(row, name) for row in rows)]


def _marked(line: Sequence[Run], style: str = "") -> Text:
    from rich.text import Text

    text = Text(style=style)
    for run in line:
        if run.label is None:
            text.append(run.text)
        else:
            text.append(f"[{run.text} {run.label}]", _style(run.label))
    return text


def _style(label: str) -> str:
    return _STYLES.get(label, "yellow")


def _table(out: Console, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in names:
        table.add_column(name, justify="right" if name in _NUMBERS else "left")
    for row in rows:
        # As Text, or rich reads square brackets as its own markup.
        table.add_row(*(value if isinstance(value, Text) else Text(value) for value in row))
    out.print(table)


# --- the page ------------------------------------------------------------------------------------

#: displaCy's own has its colours in it, which a dark page cannot change
_MARK: Final = '<mark class="{kind}" title="{finder}">{text}<span>{label}</span></mark>'


def write_page(path: Path, explained: Sequence[Explanation]) -> None:
    """One file that needs nothing else: no scripts, no fonts, no network. Raises Unavailable."""
    from markupsafe import Markup

    page.write_page(
        path,
        "explain.html",
        {
            "coloured": lambda text, one: Markup(coloured(text, one.direction)),  # noqa: S704
            "columns": columns,
        },
        explained=explained,
        meanings=MEANINGS,
        shown=_SHOWN,
        numbers=_NUMBERS,
    )


def coloured(text: Sequence[Sequence[Run]], direction: str) -> str:
    """Lines of runs as HTML, by spaCy's displaCy; everything of the article is escaped."""
    from spacy import displacy

    parts, entities, at = [], [], 0
    for run in _joined(text):
        if run.label is not None:
            entities.append(
                {
                    "start": at,
                    "end": at + len(run.text),
                    "label": html.escape(run.label),
                    # displaCy escapes the text alone
                    "params": {
                        "kind": run.label.lower() if run.label in MEANINGS else "misc",
                        "finder": html.escape(run.finder),
                    },
                }
            )
        parts.append(run.text)
        at += len(run.text)
    document = {"text": "".join(parts), "ents": entities, "settings": {"direction": direction}}
    markup: str = displacy.render(
        document, style="ent", manual=True, jupyter=False, options={"template": _MARK}
    )
    return markup


def _joined(text: Iterable[Iterable[Run]]) -> Iterator[Run]:
    for number, line in enumerate(text):
        if number:
            yield Run("\n")
        yield from line
