"""`dateline models eval`: scores on one's own annotated text, and what it says of bad text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dateline.cli import run_command
from dateline.errors import InputError, UsageError
from processors import scoring

TEXT = """# source = made up
Erika\tB-PER
Mustermann\tI-PER
reiste\tO
nach\tO
Moskau\tB-LOC
.\tO

Das\tO
Wetter\tO
bleibt\tO
mild\tO
.\tO
"""


@pytest.fixture(autouse=True)
def no_other_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(scoring.DATA_VARIABLE, raising=False)


def run(*words: str) -> int:
    return run_command(["models", "eval", *words])


def told(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return reports


def test_without_annotated_text_it_prints_what_ships_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run("de") == 0
    out, err = capsys.readouterr()
    assert "PER+LOC+ORG" in out and "words/s on one core" in out
    assert "no annotated text at hand" in err


def test_all_models_in_use_are_told_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    reports = {report["language"]: report for report in told(capsys)}
    assert {"de", "en"} <= set(reports)
    for language in ("de", "en"):
        assert reports[language]["measured"] is False
        assert reports[language]["scores"]
        assert reports[language]["bytes"] < 15_000_000
        assert reports[language]["memory_bytes"] < 150_000_000


def test_it_measures_on_a_file_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.iob2"
    file.write_text(TEXT, "utf-8")
    assert run("de", "--data", str(file), "--json") == 0
    (report,) = told(capsys)
    rows = report["scores"][str(file)]
    assert report["measured"] is True
    assert set(rows) == {"PER", "LOC", "PER+LOC+ORG", "all"}
    assert rows["all"]["mentions"] == 2
    assert rows["LOC"] == {"p": 1.0, "r": 1.0, "f": 1.0, "mentions": 1}
    assert report["words_per_second_to_names"] > 0
    assert report["memory_bytes"] > 0


def test_a_folder_is_measured_like_a_model_that_is_installed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "own.iob2"
    file.write_text(TEXT, "utf-8")
    folder = Path(__file__).resolve().parents[2] / "models" / "de_dateline_news"
    assert run(str(folder), "--data", str(file)) == 0
    assert "own.iob2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["xx"], "there is no such model"),
        (["de", "--data", "nowhere.iob2"], "nowhere.iob2: the annotated text cannot be read"),
        (["--data", "nowhere.iob2"], "of which language"),
    ],
)
def test_wrong_usage_ends_with_status_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 2
    assert said in capsys.readouterr().err


def test_a_folder_without_a_model_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(str(tmp_path)) == 2
    assert "there is no model in" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("Erika\tB-PER\nMustermann B-PER\n", 2, "Mustermann B-PER"),
        ("Erika\tB-PER\n\nMoskau\tLOC\n", 3, "LOC"),
        ("Erika\tB-PER\nMoskau\tB-GPE\n", 2, "B-GPE"),
    ],
)
def test_what_is_no_iob2_is_refused_with_its_line(
    text: str, line: int, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.iob2"
    file.write_text(text, "utf-8")
    assert run("de", "--data", str(file)) == 1
    err = capsys.readouterr().err
    assert f"bad.iob2, line {line}: no IOB2" in err
    assert repr(found) in err


def test_text_in_another_encoding_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "latin.iob2"
    file.write_bytes("Köln\tB-LOC\n".encode("iso-8859-1"))
    with pytest.raises(InputError, match="no UTF-8"):
        list(scoring.read_iob2(file))


def test_a_folder_of_data_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(scoring.DATA_VARIABLE, "/nowhere/at/all")
    assert run("de") == 2


def test_the_folder_of_annotated_text_is_measured_by_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "germeval2014" / "dev.iob2"
    path.parent.mkdir()
    path.write_text(TEXT, "utf-8")
    (split,) = scoring.tests_in(tmp_path, "de")
    assert (split.name, len(split.sentences)) == ("test (GermEval dev)", 2)
    assert scoring.tests_in(tmp_path, "fr") == []


def test_a_part_takes_the_last_sentences_of_one_source(tmp_path: Path) -> None:
    file = tmp_path / "a.iob2"
    file.write_text(
        "".join(f"# source = {s}\n{w}\tO\n\n" for s, w in zip("aabab", "vwxyz", strict=True)),
        "utf-8",
    )
    part = scoring.Test("x", ("a.iob2",), last=2, source="a").split(tmp_path)
    assert [sentence.tokens for sentence in part.sentences] == [("w",), ("y",)]
    with pytest.raises(UsageError):
        scoring.Test("x", ("b.iob2",)).split(tmp_path)


def test_misc_counts_only_where_the_annotation_knows_it() -> None:
    none = [scoring.Sentence(("Erika",), ("B-PER",))]
    some = [*none, scoring.Sentence(("Tatort",), ("B-MISC",))]
    assert scoring.known_labels(none) == {"PER", "LOC", "ORG"}
    assert scoring.known_labels(some) == {"PER", "LOC", "ORG", "MISC"}
