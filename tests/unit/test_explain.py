"""``dateline annotate --explain``: who found what in an article, for people."""

from __future__ import annotations

import datetime as dt
import io
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from dateline.article import Article, Dateline, DetectedLanguage, Entity, Location, Name
from dateline.cli import run_command
from dateline.cli.explain import explanation, lines, show, write_page

BODY = "Minister Anna Brandt war in Lindau.\n\nDort sprach Brandt mit der Seewacht AG."


def entity(text: str, label: Any, **more: Any) -> Entity:
    """A mention where ``text`` first stands in the body."""
    start = BODY.index(text)
    given: dict[str, Any] = {"component": "ner", "model": "de_test/1.2", "field": "body_text"}
    return Entity(text=text, label=label, start=start, end=start + len(text), **given | more)


def story(**more: Any) -> Article:
    """An article as the pipeline leaves it."""
    fields: dict[str, Any] = {
        "uri": "urn:test:1",
        "title": "Brandt besucht Lindau",
        "headline": "Brandt besucht Lindau",
        "provider": "nordpress",
        "versioncreated": dt.datetime(2026, 3, 12, 9, 5, tzinfo=dt.UTC),
        "body_text": BODY,
        "language": "de",
        "language_declared": "de",
        "language_detected": DetectedLanguage(code="de", confidence=0.99),
        "dateline": Dateline(
            text="Lindau (Nordpress)",
            city="Lindau",
            country_code="DE",
            location=Location(lat=47.55, lon=9.68),
            geonames_id=2876185,
        ),
        "entities": [
            entity("Anna Brandt", "PER"),
            entity("Lindau", "LOC"),
            entity("Seewacht AG", "ORG", component="entities.toml", model="0a1b2c"),
        ],
        "person": [
            Name(name="Anna Brandt", creator="dateline", count=2, aliases=["Brandt"]),
            Name(name="Otto Kern", creator="nordpress", code="4711", scheme="np"),
        ],
        "organisation": [
            Name(name="Seewacht AG", creator="dateline", canonical="Seewacht", count=1)
        ],
        "place": [
            Name(
                name="Lindau",
                creator="dateline",
                count=2,
                country_code="DE",
                geonames_id=2876185,
                confidence=0.97,
            )
        ],
    }
    return Article(**fields | more)


def terminal(article: Article, **how: Any) -> str:
    """What a terminal is sent."""
    out = io.StringIO()
    show(explanation(article), Console(file=out, width=100, highlight=False, **how))
    return out.getvalue()


def page(tmp_path: Path, *articles: Article) -> str:
    """The text of the page."""
    path = tmp_path / "page.html"
    write_page(path, [explanation(article) for article in articles])
    return path.read_text("utf-8")


def test_a_terminal_without_colours_shows_what_is_an_entity() -> None:
    told = terminal(story())
    assert "Minister [Anna Brandt PER] war in [Lindau LOC]." in told
    assert "mit der [Seewacht AG ORG]." in told
    assert "\x1b" not in told


def test_a_terminal_with_colours_says_the_same() -> None:
    coloured = terminal(story(), force_terminal=True, color_system="standard", no_color=False)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == terminal(story())


def test_the_legend_names_component_and_model_of_every_label() -> None:
    told = terminal(story())
    assert re.search(r"PER +person +1 +ner +de_test/1\.2", told)
    assert re.search(r"ORG +organisation +1 +entities\.toml +0a1b2c", told)


def test_names_say_who_asserts_or_found_them() -> None:
    told = terminal(story())
    assert re.search(r"Anna Brandt +Brandt +2 +ner", told)
    assert re.search(r"Otto Kern +nordpress np:4711", told)
    assert re.search(r"Seewacht AG +Seewacht +1 +entities\.toml", told)
    assert re.search(r"Lindau +2 +DE +0\.97 +2876185 +ner, the dateline", told)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "Declared de, detected de (0.99), decided de: the two agree."),
        ({"language_declared": None}, "Declared nothing, detected de (0.99), decided de: that is"),
        (
            {"language_detected": None},
            "Declared de, detected nothing, decided de: there is too little text",
        ),
        (
            {"language_declared": "fr", "language": "fr"},
            "Declared fr, detected de (0.99), decided fr: the text is too short",
        ),
        (
            {"language_declared": "fr", "body_text": BODY * 3},
            "Declared fr, detected de (0.99), decided de: the text is long",
        ),
        (
            {"language_declared": "fr", "language": "fr", "body_text": BODY * 3},
            "Declared fr, detected de (0.99), decided fr: half of the text or more",
        ),
    ],
)
def test_the_language_is_explained_in_one_sentence(fields: dict[str, Any], told: str) -> None:
    assert told in explanation(story(entities=[], **fields)).language


@pytest.mark.parametrize(
    ("dateline", "told"),
    [
        (None, "no dateline"),
        (Dateline(text="(Nordpress)"), "names no city"),
        (Dateline(text="Neustadt (Nordpress)", city="Neustadt"), "where that is, is not sure"),
    ],
)
def test_a_dateline_without_a_place_says_so(dateline: Dateline | None, told: str) -> None:
    assert told in explanation(story(dateline=dateline)).dateline


def test_the_editors_notepad_is_never_shown(tmp_path: Path) -> None:
    article = story(ednote_nonpublic="Rückruf unter 555 0100")
    assert "555 0100" not in terminal(article)
    assert "555 0100" not in page(tmp_path, article)


HOSTILE = "<b onload=x>\x1b[31m & \u202eEve\x07 [bold]"


def hostile() -> Article:
    """Markup and control characters wherever an article has text."""
    mention = Entity(
        text=HOSTILE,
        label="PER",
        start=0,
        end=len(HOSTILE),
        field="body_text",
        component='"><script>',
        model="\x1b]0;x\x07",
    )
    return story(
        uri=HOSTILE,
        title=HOSTILE,
        provider=HOSTILE,
        headline=HOSTILE,
        body_text=HOSTILE,
        language="<i>",
        language_declared=HOSTILE,
        dateline=Dateline(text=HOSTILE, city=HOSTILE),
        entities=[mention],
        person=[Name(name=HOSTILE, creator=HOSTILE, aliases=[HOSTILE], canonical=HOSTILE)],
    )


def test_control_characters_and_markup_reach_no_terminal() -> None:
    told = terminal(hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)
    assert r"[<b onload=x>\x1b[31m & \u202eEve\x07 [bold] PER]" in told.replace("\n", " ")


def test_control_characters_and_markup_reach_no_page(tmp_path: Path) -> None:
    told = page(tmp_path, hostile(), hostile())
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", told)
    assert "<b" not in told.replace("<body", "").replace("<br", "")
    assert "<script" not in told
    assert "<i>" not in told


class _Read(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    told = page(tmp_path, story(), story(uri="urn:test:2"))
    reader = _Read()
    reader.feed(told)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in reader.tags}
    assert not re.search(r"url\(|@import|https?://", told)


def test_the_page_marks_entities_and_tells_of_each_what_found_it(tmp_path: Path) -> None:
    told = page(tmp_path, story())
    assert (
        '<mark class="per" title="ner de_test/1.2">Anna Brandt<span>PER</span></mark> war in'
    ) in told
    assert "Brandt besucht Lindau" in told
    assert "entities.toml" in told
    assert "<nav" not in told


def test_a_page_of_several_articles_has_a_table_of_contents(tmp_path: Path) -> None:
    told = page(tmp_path, story(), story(uri="urn:test:2", headline=None, title="Ein zweiter"))
    reader = _Read()
    reader.feed(told)
    links = [attrs["href"] for tag, attrs in reader.tags if tag == "a"]
    assert links == ["#article-1", "#article-2"]
    assert [attrs["id"] for tag, attrs in reader.tags if tag == "article"] == [
        "article-1",
        "article-2",
    ]
    assert "Ein zweiter</a>" in told


def test_text_that_runs_from_right_to_left_does_so_on_the_page(tmp_path: Path) -> None:
    assert "direction: rtl" in page(tmp_path, story(language="ar"))
    assert "direction: rtl" not in page(tmp_path, story())


def test_of_overlapping_entities_the_first_is_shown() -> None:
    article = story(entities=[entity("Anna Brandt", "PER"), entity("Brandt", "PER")])
    assert "[Anna Brandt PER] war" in terminal(article)


@given(
    body=st.text(st.sampled_from("aé \n🙂"), min_size=1, max_size=30),
    spans=st.lists(st.tuples(st.integers(0, 35), st.integers(1, 8)), max_size=5),
)
def test_no_text_is_lost_or_doubled_wherever_entities_lie(
    body: str, spans: list[tuple[int, int]]
) -> None:
    entities = [
        Entity(text="x", label="PER", start=start, end=start + size, field="body_text")
        for start, size in spans
    ]
    article = story(body_text=body, entities=entities)
    shown = "\n".join("".join(run.text for run in line) for line in lines(article, "body_text"))
    assert shown.replace("\n", " ") == body.replace("\n", " ")


@pytest.fixture
def enriched(monkeypatch: pytest.MonkeyPatch) -> list[Article]:
    """What the pipeline gives for any file, without its models."""
    found = [story()]

    def enrich(documents: Iterator[Any], settings: Any) -> Iterator[Article]:
        list(documents)
        yield from found

    monkeypatch.setattr("processors.work.enrich_documents", enrich)
    return found


@pytest.fixture
def wire(tmp_path: Path) -> str:
    """A file to name on the command line."""
    path = tmp_path / "wire.txt"
    path.write_text("Kurz gemeldet.\n", encoding="utf-8")
    return str(path)


@pytest.mark.usefixtures("enriched")
def test_annotate_explains_only_when_asked(
    wire: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["annotate", wire]) == 0
    assert capsys.readouterr().out.startswith("{")
    assert run_command(["annotate", "--explain", wire]) == 0
    assert "[Anna Brandt PER]" in capsys.readouterr().out
    page = tmp_path / "found.html"
    assert run_command(["annotate", "--html", str(page), wire]) == 0
    assert capsys.readouterr().out == ""
    assert "Anna Brandt" in page.read_text("utf-8")


@pytest.mark.usefixtures("enriched")
def test_a_page_that_cannot_be_written_is_said(
    wire: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "no" / "page.html")
    assert run_command(["annotate", "--html", missing, wire]) == 3
    assert "cannot be written" in capsys.readouterr().err


def test_help_loads_nothing_heavy() -> None:
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, dateline.cli.parse; print({'rich', 'jinja2', 'spacy'} & set(sys.modules))",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "set()"
