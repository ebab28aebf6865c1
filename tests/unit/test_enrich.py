"""The pipeline of enrichers, and the pure way from raw bytes to records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dateline.article import Article, decode
from dateline.errors import DatelineError, InputError, Unavailable, UsageError
from dateline.records import DeadLetter, EnrichedHeaders, Position, RawDocument, sha256
from dateline.settings import Settings
from processors import models, work
from processors.enrichers import Pipeline, ordered
from processors.enrichers.entities import Entities, pieces
from processors.work import Record, Worker, enrich_documents

WHEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


class Step:
    """An enricher for tests: writes its name into the keywords."""

    version = 1

    def __init__(self, name: str, *after: str, bad: str | None = None) -> None:
        self.name = name
        self.after = after
        self.bad = bad

    def setup(self, languages: Iterable[str]) -> None:
        pass

    def config(self) -> dict[str, str]:
        return {}

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        if any(article.uri == self.bad for article in articles):
            raise RuntimeError("cannot")
        return [
            msgspec.structs.replace(article, keywords=[*article.keywords, self.name])
            for article in articles
        ]


def article(uri: str, **fields: Any) -> Article:
    return Article(uri=uri, title="t", **fields)


def test_enrichers_run_in_the_order_that_they_ask_for() -> None:
    pipeline = Pipeline([Step("c", "b"), Step("a", "missing"), Step("b", "a")])
    (result,) = pipeline.enrich([article("u")])
    assert isinstance(result, Article)
    assert result.keywords == ["a", "b", "c"]


def test_a_circle_is_refused() -> None:
    with pytest.raises(UsageError, match="wait for each other"):
        ordered([Step("a", "b"), Step("b", "a")])


def test_an_exception_costs_the_article_that_caused_it_alone() -> None:
    pipeline = Pipeline([Step("a", bad="7"), Step("b", "a")])
    results = pipeline.enrich([article(str(n)) for n in range(11)])
    assert [at for at, r in enumerate(results) if isinstance(r, InputError)] == [7]
    assert "enricher a failed" in str(results[7])
    assert all(r.keywords == ["a", "b"] for r in results if isinstance(r, Article))


def test_the_config_names_everything_that_decides() -> None:
    one, same = Pipeline([Step("a")]), Pipeline([Step("a")])
    other = Pipeline([Step("a"), Step("b")])
    newer = Step("a")
    newer.version = 2
    assert one.config == same.config
    assert len({one.config, other.config, Pipeline([newer]).config}) == 3
    (result,) = one.enrich([article("u")])
    assert isinstance(result, Article)
    assert result.provenance.config == one.config


def test_those_that_ship_are_found_by_entry_point(tmp_path: Path) -> None:
    names = [e.name for e in Pipeline.of(Settings(data_dir=str(tmp_path))).enrichers]
    assert names == ["language", "entities", "corrections", "names", "places", "merges"]


# -- entities


@pytest.fixture
def ruled(monkeypatch: pytest.MonkeyPatch) -> models.ModelInfo:
    """A pipeline that knows a few names, in the place of a trained one."""
    import spacy

    info = models.ModelInfo(
        language="de", name="test", version="1", origin="official", source="", chosen=True
    )
    nlp = spacy.blank("de")
    ruler = nlp.add_pipe("entity_ruler", name="ner")
    ruler.add_patterns(
        [
            {"label": "PERSON", "pattern": "Putins"},
            {"label": "PER", "pattern": "KIM"},
            {"label": "GPE", "pattern": "Kursk"},
            {"label": "DATE", "pattern": "Montag"},
        ]
    )
    monkeypatch.setattr(
        models, "model_for", lambda language, own: info if language == "de" else None
    )
    monkeypatch.setattr(models, "load", lambda info: nlp)
    return info


def entities_of(**fields: Any) -> Article:
    (result,) = Entities(Settings()).enrich([article("u", **fields)])
    return result


def test_offsets_hold_around_crossheads_that_are_not_read(ruled: models.ModelInfo) -> None:
    body = "😀 Putins Rede in Kursk.\n\nPUTIN DANKT KIM\n\nAm Montag in Kursk.\n\nKIM sprach."
    result = entities_of(
        body_text=body, crossheads=["PUTIN DANKT KIM"], headline="KIM in Kursk", language="de"
    )
    told = [(e.field, e.text, e.label, e.start) for e in result.entities]
    assert told == [
        ("headline", "KIM", "PER", 0),
        ("headline", "Kursk", "LOC", 7),
        ("body_text", "Putins", "PER", 2),
        ("body_text", "Kursk", "LOC", body.index("Kursk")),
        ("body_text", "Kursk", "LOC", body.rindex("Kursk")),
        ("body_text", "KIM", "PER", body.rindex("KIM")),
    ]
    for entity in result.entities:
        assert getattr(result, entity.field)[entity.start : entity.end] == entity.text
        assert (entity.component, entity.model) == ("ner", "test/1")


def test_the_editors_notepad_is_never_read(ruled: models.ModelInfo) -> None:
    assert entities_of(ednote_nonpublic="KIM anrufen", ednote="KIM", language="de").entities == []


def test_a_language_without_a_model_has_no_entities(ruled: models.ModelInfo) -> None:
    assert entities_of(body_text="KIM", language="sw").entities == []
    assert entities_of(body_text="KIM").entities == []


@given(
    st.lists(st.text("ab \n\t😀é", min_size=1, max_size=12), max_size=6),
    st.sets(st.integers(0, 5)),
)
def test_every_character_of_a_piece_stands_where_it_says(parts: list[str], heads: set[int]) -> None:
    body = "\n\n".join(parts)
    crossheads = [parts[at] for at in heads if at < len(parts)]
    for piece in pieces(body, crossheads):
        for at, char in enumerate(piece.text):
            if char not in "\n":
                assert body[at + piece.shift(at)] == char


def test_a_text_without_end_is_read_in_pieces(ruled: models.ModelInfo) -> None:
    body = "Wort " * 50_000 + "Kursk"
    result = entities_of(body_text=body, language="de")
    assert [(e.text, e.start) for e in result.entities] == [("Kursk", 250_000)]


def test_a_long_run_of_signs_is_blanks_to_the_recogniser_and_offsets_hold() -> None:
    run = "»" * 50_000
    body = f"{run} Angela Merkel besucht Rom.\n\n{'*' * 30}\n\nKiew"
    (piece,) = pieces(body, ())
    assert len(piece.text) == len(body) and "»" not in piece.text and "*" * 30 in piece.text
    (found,) = Entities(Settings()).enrich(
        [Article(uri="urn:x:1", title="-", body_text=body, language="de")]
    )
    assert {one.text for one in found.entities} >= {"Angela Merkel", "Rom"}
    assert all(body[one.start : one.end] == one.text for one in found.entities)


def test_a_placeholder_named_like_a_model_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def package(name: str, meta: dict[str, Any] | None) -> None:
        info = tmp_path / f"{name}-3.8.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 3.8.0\n")
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('never imported')")
        if meta is not None:
            folder = tmp_path / name / f"{name}-3.8.0"
            folder.mkdir()
            (folder / "config.cfg").write_text("")
            (folder / "meta.json").write_text(json.dumps(meta))

    right = {"lang": "it", "name": "core_news_sm", "version": "3.8.0", "pipeline": ["ner"]}
    package("it_core_news_sm", right)
    package("es_core_news_sm", None)
    package("pt_core_news_sm", {**right, "lang": "en"})
    package("nl_core_news_sm", {**right, "lang": "nl", "pipeline": ["tagger"]})
    monkeypatch.syspath_prepend(str(tmp_path))
    models.available.cache_clear()
    try:
        found = {info.name for info in models.available()}
        assert "it_core_news_sm" in found
        assert not found & {"es_core_news_sm", "pt_core_news_sm", "nl_core_news_sm"}
        assert models.model_for("it-CH") is not None
        assert models.model_for("es") is None
    finally:
        models.available.cache_clear()


def test_a_folder_of_ones_own_that_holds_no_pipeline_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Copied by half, it would else be another model's entities, and nobody would know why."""
    whole = {"lang": "it", "name": "desk", "version": "1.0.0", "pipeline": ["ner"]}
    for name, meta in (
        ("whole", json.dumps(whole)),
        ("half", json.dumps(whole)[:30]),
        ("tagger", json.dumps({**whole, "pipeline": ["tagger"]})),
    ):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.cfg").write_text("")
        (tmp_path / name / "meta.json").write_text(meta)
    models.available.cache_clear()
    try:
        own = [info for info in models.available(str(tmp_path)) if info.origin == "own"]
    finally:
        models.available.cache_clear()
    assert [info.source for info in own] == [str(tmp_path / "whole")]
    told = " ".join(caplog.messages)
    assert str(tmp_path / "half") in told
    assert str(tmp_path / "tagger") in told
    assert str(tmp_path / "whole") not in told
    with pytest.raises(Unavailable, match=f"Copy {tmp_path / 'whole'} once more, or take it away"):
        models.load(own[0])


# -- from bytes to records


def document(value: bytes, offset: int = 0) -> RawDocument:
    return RawDocument(
        value=value,
        feed="f",
        format="ninjs",
        location="here",
        received=WHEN,
        sha256=sha256(value),
        position=Position("raw", 0, offset),
    )


def record(value: bytes, offset: int = 0) -> Record:
    origin = document(value, offset)
    assert origin.position is not None
    return Record(value, [*origin.headers()], origin.position)


def ninjs(uri: str) -> bytes:
    return json.dumps(
        {"uri": uri, "headline": "Kopf", "body_text": "Text.", "type": "text"}
    ).encode()


def worker(*steps: Step, **options: Any) -> Worker:
    return Worker(Settings(), pipeline=Pipeline(steps), clock=lambda: WHEN, **options)


def test_every_record_has_an_outcome_in_its_order() -> None:
    values = [ninjs("urn:a:1"), b"nothing", ninjs("urn:a:2")]
    outcomes = worker(Step("a")).process([record(v, n) for n, v in enumerate(values)])
    assert [[o.topic for o in outcome.outputs] for outcome in outcomes] == [
        ["enriched"],
        ["dead"],
        ["enriched"],
    ]
    (output,) = outcomes[2].outputs
    assert output.key == b"urn:a:2"
    assert decode(output.value).keywords == ["a"]
    headers = EnrichedHeaders.read(output.headers, Position("enriched", 0, 0))
    assert headers.raw == Position("raw", 0, 2)
    assert headers.enriched == 1_767_225_600_000_000


def test_an_article_that_breaks_an_enricher_is_a_dead_letter_with_its_bytes() -> None:
    value = ninjs("urn:a:bad")
    good, bad = worker(Step("a", bad="urn:a:bad")).process(
        [record(ninjs("urn:a:1")), record(value)]
    )
    assert [o.topic for o in good.outputs] == ["enriched"]
    (output,) = bad.outputs
    assert (output.topic, output.value) == ("dead", value)
    headers = dict(output.headers)
    assert headers["item"] == b"0/1"
    assert b"cannot" in headers["error"]


def test_only_the_first_dead_letter_of_a_document_has_the_whole_of_it() -> None:
    value = b"[" + b",".join([b'{"headline": "without identity"}'] * 300) + b"]"
    (outcome,) = worker(Step("a")).process([record(value, 5)])
    letters = [DeadLetter.read(o.value, o.headers, Position("d", 0, 0)) for o in outcome.outputs]
    assert [(o.topic, letter.item) for o, letter in zip(outcome.outputs, letters, strict=True)] == [
        ("dead", number) for number in range(300)
    ]
    assert letters[0].value == value
    assert not letters[0].truncated
    for letter in letters[1:]:
        assert letter.truncated
        assert value.startswith(letter.value)
        assert (letter.size, letter.sha256) == (len(value), sha256(value))
        assert letter.raw == Position("raw", 0, 5)
    assert len(letters[1].value) == work.EXCERPT
    assert sum(len(letter.value) for letter in letters) <= 2 * len(value)


def test_a_document_of_nothing_but_bad_items_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dateline.formats.REFUSED_MOST", 3)
    value = b"[1,1," + ninjs("urn:a:1") + b",1,1,1," + ninjs("urn:a:2") + b"]"
    (outcome,) = worker(Step("a")).process([record(value)])
    assert [o.topic for o in outcome.outputs] == [
        "dead", "dead", "enriched", "dead", "enriched", "dead"
    ]  # fmt: skip
    headers = [dict(o.headers) for o in outcome.outputs]
    assert [h["item"] for h in headers] == [f"{n}/6".encode() for n in range(6)]
    assert b"2 more" in headers[-1]["error"]


def test_a_newer_schema_is_a_stop_and_nothing_else() -> None:
    one = record(ninjs("urn:a:1"))
    newer = msgspec.structs.replace(
        one, headers=[(n, b"99" if n == "schema" else v) for n, v in one.headers]
    )
    first, second = worker(Step("a")).process([one, newer])
    assert first.stop is None
    assert second.stop is not None
    assert second.outputs == []


def test_documents_are_enriched_without_a_server() -> None:
    items = list(
        enrich_documents(
            (document(v, n) for n, v in enumerate([ninjs("urn:a:1"), b"bad", ninjs("urn:a:2")])),
            msgspec.structs.replace(Settings(), nlp_batch=2),
            pipeline=Pipeline([Step("a")]),
        )
    )
    assert [type(i).__name__ for i in items] == ["Article", "InputError", "Article"]
    assert isinstance(items[1], DatelineError)
