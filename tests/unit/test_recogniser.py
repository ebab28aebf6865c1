"""The recogniser that decides all words at once finds what spaCy's own loop finds."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from bench import texts
from processors import models, recogniser

MODELS = Path(__file__).resolve().parents[2] / "models"
WORDS = ["Kim", "Jong", "Un", "besucht", " ", "\n", "Putins", "UN", "der", "Stadt", ".", "Rom", "»"]


def names(docs: list[Doc]) -> list[list[tuple[int, int, str]]]:
    return [[(one.start, one.end, one.label_) for one in doc.ents] for doc in docs]


def tags(docs: list[Doc]) -> list[list[str]]:
    return [[word.ent_iob_ for word in doc] for doc in docs]


def untrained(seed: int, **model: Any) -> Language:
    """A net of random weights, whose decisions are of every kind and its names of any length."""
    spacy.util.fix_random_seed(seed)
    nlp = spacy.blank("de")
    architecture = {
        "@architectures": "spacy.TransitionBasedParser.v2",
        "state_type": "ner",
        "extra_state_tokens": False,
        "hidden_width": 16,
        "maxout_pieces": 3,
        "use_upper": True,
        "nO": None,
        "tok2vec": {
            "@architectures": "spacy.HashEmbedCNN.v2",
            "width": 16,
            "depth": 1,
            "embed_size": 200,
            "window_size": 1,
            "maxout_pieces": 2,
            "subword_features": True,
            "pretrained_vectors": None,
        },
    } | model
    ner = nlp.add_pipe("ner", config={"model": architecture})
    for label in ("PER", "LOC", "ORG"):
        ner.add_label(label)
    examples = [
        Example.from_dict(nlp.make_doc("Kim in Rom"), {"entities": [(0, 3, "PER"), (7, 10, "LOC")]})
    ]
    nlp.initialize(lambda: examples)
    chance = np.random.default_rng(seed)
    for layer in ("lower", "upper"):
        net = ner.model.get_ref(layer)
        for name in net.param_names:
            shape = net.get_param(name).shape
            net.set_param(name, chance.normal(size=shape).astype("f"))
    return nlp


def both(nlp: Language, docs: list[Doc]) -> tuple[list[Doc], list[Doc]]:
    ours = recogniser.Recogniser(nlp.get_pipe("ner"))
    at_once = list(ours.pipe([doc.copy() for doc in docs], batch_size=7))
    return list(nlp.get_pipe("ner").pipe([doc.copy() for doc in docs], batch_size=7)), at_once


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_models_that_ship_find_the_same_names(language: str) -> None:
    models.use_fast_products()
    nlp = spacy.load(MODELS / f"{language}_dateline_news")
    stories = texts.stories(30, name="recogniser", language=language)
    loop, at_once = both(nlp, [nlp.make_doc(story.decode()) for story in stories])
    assert sum(len(doc.ents) for doc in loop) > 300
    assert names(at_once) == names(loop)
    assert tags(at_once) == tags(loop)


@pytest.mark.parametrize("seed", range(12))
def test_nets_of_random_weights_find_the_same_names(seed: int) -> None:
    nlp = untrained(seed)
    chance = random.Random(seed)
    docs = []
    for _ in range(40):
        words = chance.choices(WORDS, k=chance.choice([0, 1, 2, 3, 5, 30]))
        starts = [chance.random() < 0.2 for _ in words] if chance.random() < 0.5 else None
        docs.append(Doc(nlp.vocab, words=words, sent_starts=starts))
    loop, at_once = both(nlp, docs)
    assert sum(len(doc.ents) for doc in loop) > 10
    assert names(at_once) == names(loop)
    assert tags(at_once) == tags(loop)


def test_texts_without_words_have_no_names() -> None:
    nlp = untrained(1)
    for texts_ in ([], [""], ["", "  ", ""]):
        assert names(both(nlp, [nlp.make_doc(text) for text in texts_])[1]) == [[] for _ in texts_]


def test_what_is_loaded_decides_at_once() -> None:
    info = models.model_for("de")
    assert info is not None
    nlp = models.load(info)
    assert nlp.pipe_names == [recogniser.NAME]
    assert [(one.text, one.label_) for one in nlp("Angela Merkel besucht Rom.").ents] == [
        ("Angela Merkel", "PER"),
        ("Rom", "LOC"),
    ]
    assert set(models.labels_of(nlp)) == {"PER", "LOC", "ORG", "MISC"}


@pytest.mark.parametrize("net", [{"extra_state_tokens": True}, {"use_upper": False}])
def test_recognisers_of_other_kinds_are_left_as_they_are(net: dict[str, Any]) -> None:
    nlp = untrained(1, **net)
    recogniser.decide_at_once(nlp)
    assert nlp.pipe_names == ["ner"]


def test_recognisers_that_look_ahead_are_left_as_they_are() -> None:
    nlp = spacy.blank("de")
    nlp.add_pipe("beam_ner").add_label("PER")
    nlp.rename_pipe("beam_ner", "ner")
    nlp.initialize()
    recogniser.decide_at_once(nlp)
    assert nlp.pipe_names == ["ner"]


def test_names_without_end_are_followed_once() -> None:
    """Every beginning to the end of its name would take the square of its length."""
    nlp = spacy.load(MODELS / "de_dateline_news")
    docs = [nlp.make_doc("New York " * 1500), nlp.make_doc("Angela Merkel Olaf Scholz " * 300)]
    loop, at_once = both(nlp, docs)
    assert max(len(name) for doc in loop for name in doc.ents) > 50
    assert names(at_once) == names(loop)
    seen: list[int] = []

    class Counted(recogniser._Net):
        def scores(self, seen_: Any) -> Any:
            seen.append(len(seen_))
            return super().scores(seen_)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recogniser, "_Net", Counted)
        list(recogniser.Recogniser(nlp.get_pipe("ner")).pipe(docs, batch_size=2))
    assert sum(seen) < 12 * sum(map(len, docs)), "states looked at"
