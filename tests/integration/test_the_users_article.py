"""The main job on real input: the user's own German article becomes one findable document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.connections import elasticsearch_client
from dateline.settings import Settings
from tests.integration.whole import account, dateline, documents

pytestmark = pytest.mark.servers


@pytest.fixture
def article(shared: Path, settings: Settings) -> dict[str, Any]:
    """The one document that `dateline run` makes of the folder."""
    files = sorted((shared / "seeds").iterdir())
    ended = dateline(settings, "run", *files, "--once")
    assert ended.returncode == 0, ended.stderr.decode()
    with elasticsearch_client(settings) as client:
        (document,) = documents(client, f"{settings.index_prefix}articles").values()
    return document


def names(document: dict[str, Any], field: str) -> set[str]:
    return {name["name"] for name in document.get(field, [])}


def test_it_is_read_enriched_and_found(
    article: dict[str, Any], shared: Path, settings: Settings
) -> None:
    assert article["language"] == "de"
    assert article["provider"] == "reuters"
    dateline_ = article["dateline"]
    assert (dateline_["city"], dateline_["source"], dateline_["country_code"]) == (
        "Seoul",
        "Reuters",
        "KR",
    )
    assert dateline_["location"]["lat"] == pytest.approx(37.566, abs=0.05)
    assert dateline_["location"]["lon"] == pytest.approx(126.978, abs=0.05)
    assert "Seoul (Reuters)" not in article["body_text"]
    assert article["body_text"].startswith("Nach monatelangen")
    assert "headline" not in article
    assert article["title"].startswith("Nach monatelangen")
    assert article["title"].endswith("bestätigt.")
    assert article["crossheads"] == ["PUTIN DANKT KIM"]
    assert (article["versioncreated"], article["date_precision"]) == (
        "2025-04-01T00:00:00Z",
        "month",
    )
    assert article["@timestamp"] == "2025-04-01T00:00:00Z"
    assert article["copyrightholder"] == "Thomson Reuters"
    assert "agency.reuters.com" in article["usageterms"]

    assert "Kim Jong Un" in names(article, "person")
    assert any("Putin" in name for name in names(article, "person"))
    assert {"Kursk", "Seoul", "Moskau"} <= names(article, "place")

    body = article["body_text"]
    crosshead = body.index("PUTIN DANKT KIM")
    for entity in article["entities"]:
        assert entity["text"] == body[entity["start"] : entity["end"]]
        assert not crosshead <= entity["start"] < crosshead + len("PUTIN DANKT KIM")

    # a word typed without a field name finds its inflections
    for word in ("Truppe", "Soldat", "Streitkraft", "Sanktion", "Putin Reuters"):
        found = dateline(settings, "search", word, "--json")
        assert found.returncode == 0
        assert msgspec.json.decode(found.stdout)["total"] == 1, word
    nothing = dateline(settings, "search", "Waschmaschine", "--json")
    assert msgspec.json.decode(nothing.stdout)["total"] == 0

    # a second run changes nothing
    again = dateline(settings, "run", *sorted((shared / "seeds").iterdir()), "--once")
    assert again.returncode == 0, again.stderr.decode()
    with elasticsearch_client(settings) as client:
        (same,) = documents(client, f"{settings.index_prefix}articles").values()
    assert same == article
    assert account(settings)["outcomes"]["indexed"] == 1

    # ... even where it is published again
    once_more = dateline(
        settings, "run", *sorted((shared / "seeds").iterdir()), "--once", "--again"
    )
    assert once_more.returncode == 0, once_more.stderr.decode()
    with elasticsearch_client(settings) as client:
        (same,) = documents(client, f"{settings.index_prefix}articles").values()
    same.pop("standing"), article.pop("standing")
    assert same == article
    told = account(settings)
    assert (told["items"], told["outcomes"]["duplicate"], told["faults"]) == (2, 1, {})
