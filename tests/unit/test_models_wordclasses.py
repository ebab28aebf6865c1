"""Word classes: a model knows of a word what raw text knew, however the word is spelt."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from spacy.strings import get_string_id
from thinc.api import Model

from processors import wordclasses
from processors.wordclasses import LAST_PART, OTHER_FORM, UNKNOWN, Lookup, WireEmbed, WordClasses

#: word: class (its path in the tree), frequency, gazetteer
WORDS = {
    "Musterfrau": (0b1011, 3, 2),
    "Testhausen": (0b0111, 5, 4),
    "Minister": (0b11010, 9, 0),
    "Möller": (0b1011, 2, 2),
}


def table(words: dict[str, tuple[int, int, int]] | None = None) -> WordClasses:
    words = WORDS if words is None else words
    paths = sorted({0, *(path for path, _, _ in words.values())})
    rows = sorted(
        (get_string_id(word) & 0xFFFFFFFF, paths.index(path), frequency, gazetteer)
        for word, (path, frequency, gazetteer) in words.items()
    )
    columns = np.array(rows)
    return WordClasses(
        columns[:, 0].astype(np.uint32),
        columns[:, 1].astype(np.uint16),
        columns[:, 2].astype(np.uint8),
        columns[:, 3].astype(np.uint8),
        np.array(paths, np.uint32),
    )


def looked_up(*words: str) -> list[list[int]]:
    strings = spacy.blank("de").vocab.strings
    hashes = np.array([strings.add(word) for word in words], np.uint64)
    found: list[list[int]] = Lookup(table(), [2]).features(hashes, strings).tolist()
    return found


def test_a_known_word_has_its_class_the_branch_above_its_frequency_and_its_gazetteer() -> None:
    assert looked_up("Minister", "Musterfrau") == [[0b11010, 0b10, 9, 0], [0b1011, 0b11, 3, 2]]


@pytest.mark.parametrize(
    ("word", "kind", "path"),
    [
        ("Musterfraus", OTHER_FORM, 0b1011),  # German genitive
        ("Musterfrau's", OTHER_FORM, 0b1011),  # English genitive
        ("MUSTERFRAU", OTHER_FORM, 0b1011),  # a headline in capitals
        ("Moeller", OTHER_FORM, 0b1011),  # a wire without umlauts
        ("Vizeminister", LAST_PART, 0b11010),  # a compound
        ("US-Minister", LAST_PART, 0b11010),
        ("Xyzzy", UNKNOWN, 0),
        ("X" + 100_000 * "a" + "minister", UNKNOWN, 0),  # no wire's word, and no minute's work
        ("ministerial", UNKNOWN, 0),
    ],
)
def test_another_spelling_is_found_by_what_it_is_made_of(word: str, kind: int, path: int) -> None:
    ((found, _, told, _),) = looked_up(word)
    assert (told, found) == (kind, path)


def test_a_table_comes_back_from_its_bytes_as_it_was() -> None:
    made = table()
    back = WordClasses.from_bytes(made.to_bytes())
    for name in ("keys", "classes", "frequency", "gazetteer", "paths"):
        assert getattr(back, name).tolist() == getattr(made, name).tolist()
    assert WordClasses.from_bytes(b"").rows_of(np.array([1], np.uint64)).tolist() == [-1]


def embedding(*, without: float = 0.0) -> Model[list[spacy.tokens.Doc], list[object]]:
    model = WireEmbed(8, ["NORM", "SHAPE"], [50, 50], prefixes=[2], without=without)
    model.attrs["table"] = table().to_bytes()
    model.initialize(X=[spacy.blank("de")("Die Minister reden")])
    return model


def test_a_word_is_embedded_alike_wherever_it_stands() -> None:
    nlp = spacy.blank("de")
    model = embedding()
    docs = [nlp("Musterfrau lobt Musterfrau"), nlp(""), nlp("Der Minister lobt Testhausen")]
    together = model.predict(docs)
    assert [len(rows) for rows in together] == [len(doc) for doc in docs]
    assert np.allclose(together[0][0], together[0][2])
    assert np.allclose(together[0][1], together[2][2])
    assert not np.allclose(together[0][0], together[0][1])
    for doc, rows in zip(docs, together, strict=True):
        assert np.allclose(model.predict([doc])[0], rows, atol=1e-6)
    assert [rows.shape for rows in model.predict([nlp("")])] == [(0, 8)]


def test_a_step_of_training_changes_what_the_words_are_embedded_as() -> None:
    nlp = spacy.blank("de")
    docs = [nlp("Musterfrau lobt Musterfrau in Testhausen")]
    model = embedding(without=0.5)
    rows, backprop = model.begin_update(docs)
    backprop([np.ones_like(rows[0])])
    assert any(node.has_grad("E") for node in model.walk() if node.has_param("E"))


def test_the_table_travels_with_the_weights() -> None:
    model = embedding()
    doc = spacy.blank("de")("Musterfrau lobt Testhausen")
    other = WireEmbed(8, ["NORM", "SHAPE"], [50, 50], prefixes=[2])
    other.initialize()
    other.from_bytes(model.to_bytes())
    assert other.attrs["table"] == model.attrs["table"]
    assert np.allclose(other.predict([doc])[0], model.predict([doc])[0])


def test_words_without_a_row_are_remembered_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wordclasses, "REMEMBERED", 3)
    strings = spacy.blank("de").vocab.strings
    lookup = Lookup(table(), [2])
    hashes = np.array([strings.add(f"Xyzzy{n}") for n in range(10)], np.uint64)
    assert lookup.features(hashes, strings)[:, 2].tolist() == [UNKNOWN] * 10
    assert len(lookup._others) <= 3
