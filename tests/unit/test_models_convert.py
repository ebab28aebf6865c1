"""Annotated sets as their makers publish them come out as the recipe reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.recipe import convert
from processors.scoring import read_iob2

Rows = list[tuple[str, list[str], list[str]]]


def converted(name: str, raw: Path) -> dict[str, Rows]:
    return {
        path: [(s.source, list(s.tokens), list(s.tags)) for s in sentences]
        for path, sentences in convert.SETS[name](raw)
    }


def test_germeval_keeps_outer_mentions_and_no_derivations(tmp_path: Path) -> None:
    text = (
        "#\thttp://example.org/a [2009-10-17]\n1\tDer\tO\tO\n2\tBonner\tB-LOCderiv\tO\n"
        "3\tFC\tB-ORG\tO\n4\tBonn\tI-ORG\tB-LOC\n5\tEuro-Zone\tB-OTHpart\tO\n6\tFaust\tB-OTH\tO\n\n"
    )
    for part in ("train", "dev"):
        (tmp_path / f"NER-de-{part}.tsv").write_text(text, encoding="utf-8")
    ((source, _, tags),) = converted("germeval", tmp_path)["germeval2014/dev.iob2"]
    assert source == "http://example.org/a"
    assert tags == ["O", "O", "B-ORG", "I-ORG", "O", "B-MISC"]


def test_wikigold_becomes_iob2_without_marks_between_documents(tmp_path: Path) -> None:
    (tmp_path / "wikigold.conll.txt").write_text(
        "Ann I-PER\nBee I-PER\nof O\nRome I-LOC\n\n-DOCSTART- O\n\nIt O\n", encoding="utf-8"
    )
    assert converted("wikigold", tmp_path)["wikigold/all.iob2"] == [
        ("", ["Ann", "Bee", "of", "Rome"], ["B-PER", "I-PER", "O", "B-LOC"]),
        ("", ["It"], ["O"]),
    ]


def test_crossner_folds_names_and_drops_terms(tmp_path: Path) -> None:
    for domain in convert.CROSSNER_DOMAINS:
        for part in ("train", "dev", "test"):
            path = tmp_path / "ner_data" / domain / f"{part}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("Ann\tB-politician\nran\tO\nSVM\tB-algorithm\n\n", encoding="utf-8")
    made = converted("crossner", tmp_path)["crossner/train.iob2"]
    assert [source for source, _, _ in made] == list(convert.CROSSNER_DOMAINS)
    assert made[0][2] == ["B-PER", "O", "O"]


def test_what_lies_there_is_compared_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wikigold.conll.txt").write_text("Rome I-LOC\n\nIt O\n", encoding="utf-8")
    given = ["wikigold", str(tmp_path), "--data", str(tmp_path)]
    assert convert.main(given) == 0
    written = tmp_path / "wikigold" / "all.iob2"
    assert [s.tags for s in read_iob2(written)] == [("B-LOC",), ("O",)]
    assert convert.main([*given, "--check"]) == 0
    written.write_text("Rome\tB-PER\n\nIt\tO\n", encoding="utf-8")
    assert convert.main([*given, "--check"]) == 1
    assert "1 alike" in capsys.readouterr().out
    assert written.read_text(encoding="utf-8").startswith("Rome\tB-PER")
