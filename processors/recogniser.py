"""spaCy's recogniser of names, deciding all words of a batch at once.

spaCy's own loop goes from word to word in C, and takes Python's lock at every call in it: half of
the time of recognising was spent there (`python -m bench entities` prints both). Its automaton is
simple enough to be read otherwise. What it sees of a word outside of a name is that word's vector
alone, whatever came before. So the decisions for all words, each as if it stood outside, are one
product of matrices. Every word at which a name may begin is then followed for some words, all of
them together. Last the names are taken from left to right: those that begin within another are
left out, those that have not ended are followed to their end. The names are spaCy's own, but where
two scores differ by less than rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import IS_SPACE, SENT_START
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.tokens import Doc, Span
from spacy.util import minibatch

NAME: Final = "dateline_recogniser"
#: Words for which every beginning is followed. Most names end before; of those that do not, many
#: begin within another, and following each to its end would take the square of their length.
_TOGETHER: Final = 8
#: in the place of an end that was not reached
_OPEN: Final = -1
#: what the automaton looks at: the next word, the first word of the open name, the last one
_SEEN: Final = 3

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]


class _Actions(NamedTuple):
    """Columns of the scores.

    outside: of leaving a word out. begin, unit, go_on, last: of each label, in the same order.
    """

    labels: list[int]
    outside: int
    begin: Numbers
    unit: Numbers
    go_on: Numbers
    last: Numbers


class Recogniser:
    """Stands in a pipeline after the recogniser whose weights it uses, which is switched off."""

    def __init__(self, ner: EntityRecognizer) -> None:
        self._vectors = ner.model.layers[0]
        self._net = _Net.of(ner.model)
        self._actions = _actions(ner)

    def __call__(self, doc: Doc) -> Doc:
        """The document with its names."""
        self._recognise([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int) -> Iterator[Doc]:
        """The documents with their names."""
        for docs in minibatch(stream, size=batch_size):
            self._recognise(docs)
            yield from docs

    def _recognise(self, docs: Sequence[Doc]) -> None:
        full = [doc for doc in docs if len(doc)]
        if not full:
            return
        # All documents, as spaCy does: what shares its layers with others counts them.
        vectors = self._vectors.predict(docs)
        starts, ends, labels = self._names(vectors, _Borders.of(full))
        at, begun = 0, 0
        for doc in full:
            after = begun + len(doc)
            names = []
            while at < len(starts) and starts[at] < after:
                label = self._actions.labels[labels[at]]
                names.append(Span(doc, starts[at] - begun, ends[at] - begun, label))
                at += 1
            doc.set_ents(names, default="outside")
            begun = after

    def _names(self, vectors: Floats, borders: _Borders) -> tuple[list[int], list[int], list[int]]:
        """First word, word after the last, and label's number of every name."""
        net, actions = self._net, self._actions
        scores = net.scores(net.word(vectors) + net.nothing)
        may_begin = ~(borders.space | borders.closes)
        units = np.where(borders.space[:, None], -np.inf, scores[:, actions.unit])
        begins = np.where(may_begin[:, None], scores[:, actions.begin], -np.inf)
        best_unit, best_begin = units.max(axis=1), begins.max(axis=1)
        named = np.flatnonzero(np.maximum(best_unit, best_begin) > scores[:, actions.outside])
        unit = best_unit[named] >= best_begin[named]
        label = np.where(unit, units[named].argmax(axis=1), begins[named].argmax(axis=1))
        end = named + 1
        opened = np.flatnonzero(~unit)
        end[opened] = self._follow(vectors, borders, named[opened], label[opened], _TOGETHER)
        starts: list[int] = []
        ends: list[int] = []
        labels: list[int] = []
        passed = 0
        for first, after, number in zip(named.tolist(), end.tolist(), label.tolist(), strict=True):
            if first >= passed:
                if after == _OPEN:
                    one, its = np.array([first]), np.array([number])
                    after = int(self._follow(vectors, borders, one, its, len(vectors))[0])
                starts.append(first)
                ends.append(after)
                labels.append(number)
                passed = after
        return starts, ends, labels

    def _follow(
        self, vectors: Floats, borders: _Borders, first: Numbers, label: Numbers, words: int
    ) -> Numbers:
        """The word after each name that begins with several words; `_OPEN` for those that have
        not ended after so many."""
        net = self._net
        end = np.full_like(first, _OPEN)
        going = np.arange(len(first))
        at = first + 1
        opener = net.opener(vectors[first])
        while len(going) and words:
            words -= 1
            seen = net.word(vectors[at]) + opener[going] + net.inner(vectors[at - 1])
            scores = net.scores(seen)
            rows = np.arange(len(going))
            on = scores[rows, self._actions.go_on[label[going]]]
            last = scores[rows, self._actions.last[label[going]]]
            goes_on = (on > last) & ~borders.closes[at]
            end[going[~goes_on]] = at[~goes_on] + 1
            going, at = going[goes_on], at[goes_on] + 1
        return end


class _Borders(NamedTuple):
    """space: words that are only white space. closes: last words, of a text or a sentence."""

    space: Truths
    closes: Truths

    @classmethod
    def of(cls, docs: Sequence[Doc]) -> _Borders:
        columns = np.concatenate([doc.to_array([IS_SPACE, SENT_START]) for doc in docs])
        # Of documents that nobody divided, only first words say so.
        closes = np.empty(len(columns), np.bool_)
        closes[:-1] = columns[1:, 1] == 1
        closes[np.cumsum([len(doc) for doc in docs]) - 1] = True
        return cls(columns[:, 0] != 0, closes)


class _Net(NamedTuple):
    """The two layers above the words' vectors; pieces of the maxout one after the other.

    weights: (what is seen, pieces x width, vector). nothing: what an outside state adds to a word.
    """

    weights: Floats
    nothing: Floats
    bias: Floats
    pieces: int
    upper: Floats
    upper_bias: Floats

    @classmethod
    def of(cls, model: Any) -> _Net:
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        weights = np.ascontiguousarray(lower.get_param("W").transpose(0, 2, 1, 3))
        seen, pieces, width, vector = weights.shape
        pad = lower.get_param("pad")[0].transpose(0, 2, 1).reshape(seen, -1)
        bias = lower.get_param("b").T.reshape(-1)
        return cls(
            weights.reshape(seen, pieces * width, vector),
            pad[1] + pad[2] + bias,
            bias,
            pieces,
            upper.get_param("W"),
            upper.get_param("b"),
        )

    def word(self, vectors: Floats) -> Floats:
        return cast("Floats", vectors @ self.weights[0].T)

    def opener(self, vectors: Floats) -> Floats:
        return cast("Floats", vectors @ self.weights[1].T + self.bias)

    def inner(self, vectors: Floats) -> Floats:
        return cast("Floats", vectors @ self.weights[2].T)

    def scores(self, seen: Floats) -> Floats:
        parts = np.split(seen, self.pieces, axis=1)
        hidden = parts[0]
        for part in parts[1:]:
            hidden = np.maximum(hidden, part)
        return cast("Floats", hidden @ self.upper.T + self.upper_bias)


def _actions(ner: EntityRecognizer) -> _Actions:
    names = [ner.moves.get_class_name(number) for number in range(ner.moves.n_moves)]
    labels = list(ner.labels)
    columns = {name: number for number, name in enumerate(names)}

    def of(move: str) -> Numbers:
        return np.array([columns[f"{move}-{label}"] for label in labels], np.int64)

    strings = ner.vocab.strings
    return _Actions(
        [strings[label] for label in labels], columns["O"], of("B"), of("U"), of("I"), of("L")
    )


def readable(component: Any) -> bool:
    """Whether a component is a recogniser of the kind that `Recogniser` can stand in for."""
    if type(component) is not EntityRecognizer or component.cfg.get("beam_width", 1) != 1:
        return False
    model = component.model
    return bool(
        model.attrs.get("has_upper")
        and not model.attrs.get("unseen_classes")
        and model.get_ref("lower").get_dim("nF") == _SEEN
        and model.get_ref("lower").get_dim("nP") >= 2
        and len(component.labels)
    )


def decide_at_once(nlp: Language) -> None:
    """Let a pipeline's recogniser decide all words of a batch at once, where it is of that kind."""
    if readable(nlp.get_pipe("ner")):
        nlp.add_pipe(NAME, after="ner")
        nlp.disable_pipe("ner")


def _make(nlp: Language, name: str) -> Recogniser:
    return Recogniser(nlp.get_pipe("ner"))


Language.factory(NAME, func=_make)
