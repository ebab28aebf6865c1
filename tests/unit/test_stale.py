"""What is stale: what another parser, model, enricher or configuration made than today's."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline import formats
from dateline.errors import UsageError
from dateline.records import RawDocument, sha256
from dateline.settings import Settings
from processors import models
from processors.enrichers import Pipeline
from processors.provenance import Today
from processors.work import enrich_documents
from tests.conftest import ROOT

GERMAN = b'{"uri": "urn:x:1", "language": "de", "headline": "Der Rat tagt heute", "type": "text"}'
ENGLISH = b'{"uri": "urn:x:2", "language": "en", "headline": "Council meets here", "type": "text"}'


def made(value: bytes, settings: Settings) -> tuple[dict[str, Any], str | None]:
    document = RawDocument(
        value=value,
        feed="f",
        format="ninjs",
        location="l",
        received=dt.datetime(2026, 5, 1, tzinfo=dt.UTC),
        sha256=sha256(value),
    )
    (article,) = enrich_documents([document], settings)
    plain = msgspec.to_builtins(article)
    return plain["provenance"], plain.get("language")


def test_what_was_made_today_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings()
    for value in (GERMAN, ENGLISH):
        provenance, language = made(value, settings)
        assert not Today(settings).stale(provenance, language)
        for name in ("parser", "model_version", "config"):
            assert Today(settings).stale({**provenance, name: "another"}, language), name
        # Where it came from and when says nothing.
        assert not Today(settings).stale({**provenance, "feed": "another"}, language)
        assert not Today(settings).stale({**provenance, "format": "not installed"}, language)
    provenance, language = made(GERMAN, settings)
    monkeypatch.setattr(formats.by_name("ninjs"), "version", 99)
    assert Today(settings).stale(provenance, language)


def test_another_enricher_makes_all_stale() -> None:
    settings = Settings()
    pipeline = Pipeline.of(settings)
    pipeline.enrichers[0].version += 1
    for value in (GERMAN, ENGLISH):
        assert Today(settings, pipeline=pipeline).stale(*made(value, settings))


def test_another_model_makes_its_language_stale(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(ROOT / "models" / "de_dateline_news", folder / "better")
    meta = folder / "better" / "meta.json"
    meta.write_bytes(
        msgspec.json.encode({**msgspec.json.decode(meta.read_bytes()), "version": "9.9"})
    )
    (folder / "notes.txt").write_text("no model")
    settings = Settings(models_dir=str(folder))
    german = models.model_for("de-AT", str(folder))
    assert german is not None and (german.origin, german.version) == ("own", "9.9")
    assert not any(info.chosen for info in models.available(str(folder)) if info.origin == (
        "dateline"
    ) and info.language == "de")  # fmt: skip
    before, language = made(GERMAN, Settings())
    assert Today(settings).stale(before, language)
    assert not Today(settings).stale(*made(ENGLISH, Settings()))
    after, language = made(GERMAN, settings)
    assert after["model_version"] == "9.9"
    assert not Today(settings).stale(after, language)
    with pytest.raises(UsageError, match="no folder of models"):
        models.available(str(tmp_path / "missing"))
