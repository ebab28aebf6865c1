"""A corpus reader that hides rare words, differently in every epoch.

A small training set teaches the net its rare words by heart, and a quarter of what it meets in
the news it has never seen. So a rare word now and then gets other letters within: its first
letter, its last three, its shape and its class stay, by which (and by the words around it) the
net must then judge it. What changes is the word's norm alone, the feature that is its whole form.
"""

from __future__ import annotations

import random
import string
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span
from spacy.training import Example

from processors import wordclasses

SHORTEST = 5  # of a word whose letters within can change: first + one + last three


@lru_cache(maxsize=4)
def _stored(path: str, lang: str) -> tuple[list[Doc], Counter[str]]:
    nlp = spacy.blank(lang)
    docs = list(DocBin().from_disk(path).get_docs(nlp.vocab))
    return docs, Counter(token.norm_ for doc in docs for token in doc)


def disguised(word: str) -> str:
    """The word with other letters within, of the same prefix, suffix and shape."""
    within = [
        random.choice(string.ascii_lowercase) if letter.islower() else letter
        for letter in word[1:-3]
    ]
    return word[0] + "".join(within) + word[-3:]


def varied_corpus(path: Path, rare: int, rate: float) -> Callable[[Language], Iterator[Example]]:
    """Training documents in new order; words seen up to `rare` times are disguised at `rate`."""

    def examples(nlp: Language) -> Iterator[Example]:
        docs, seen = _stored(str(path), nlp.lang)
        for doc in random.sample(docs, len(docs)):
            words = [token.text for token in doc]
            spaces = [bool(token.whitespace_) for token in doc]
            gold = Doc(nlp.vocab, words=words, spaces=spaces)
            read = Doc(nlp.vocab, words=words, spaces=spaces)
            for token in doc:
                if (
                    len(token.text) >= SHORTEST
                    and token.is_alpha
                    and seen[token.norm_] <= rare
                    and random.random() < rate
                ):
                    read[token.i].norm_ = disguised(token.text).lower()
                elif token.norm_ != read[token.i].norm_:
                    read[token.i].norm_ = token.norm_
            gold.set_ents(
                [Span(gold, span.start, span.end, label=span.label_) for span in doc.ents],
                missing=[gold[t.i : t.i + 1] for t in doc if not t.ent_iob],
                default="outside",
            )
            yield Example(read, gold)

    return examples


spacy.registry.readers.register("dateline.VariedCorpus.v1", func=varied_corpus)


def word_classes(path: Path) -> Callable[[Language], Language]:
    """Puts the table of word classes (`classes.py` makes it) into a net before it learns."""

    def put(nlp: Language) -> Language:
        table = Path(path).read_bytes()
        for node in nlp.get_pipe("ner").model.walk():
            if node.name == wordclasses.LAYER:
                node.attrs["table"] = table
        return nlp

    return put


spacy.registry.callbacks.register("dateline.word_classes.v1", func=word_classes)
