"""Word classes for the recogniser: what raw text knows of a word that training never saw.

A training set of some 20,000 sentences holds a small part of the names of the news. Word classes
learnt from very much raw text (Brown clusters) put ``Lukaschenko`` beside ``Merkel`` all the same,
and a gazetteer knows first names, surnames and places. `WireEmbed` feeds both to the net beside
spaCy's usual features of a word (its form, its first letter, its last three, its shape).

The table lies within the model's weights, so that a model is one folder. It is kept by hashes of
words: sorted keys, found by bisection, a whole batch at once. Every word of a batch is embedded
once, however often it stands there.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray
from spacy.attrs import NORM, ORTH, intify_attr
from spacy.strings import StringStore, get_string_id
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import HashEmbed, Maxout, Model, chain, concatenate

LAYER: Final = "word_classes"
#: how a class was found, beside how frequent the word is (0 to 11): of another spelling, of the
#: last part of a compound, not at all
OTHER_FORM: Final = 13
LAST_PART: Final = 14
UNKNOWN: Final = 15
#: shortest last part of a compound, and longest word that is looked through for one, in letters
TAIL: Final = 4
LONGEST: Final = 60
_UMLAUTS: Final = (("ae", "ä"), ("oe", "ö"), ("ue", "ü"))
#: words without a row whose features are remembered
REMEMBERED: Final = 100_000
#: bits of a word's key that are kept; of a million words, one in four thousand others is taken
#: for one of them
_KEY: Final = np.uint64(0xFFFFFFFF)
_MIX: Final = np.uint64(0x9E3779B97F4A7C15)

Features = NDArray[np.uint64]


@dataclass(frozen=True)
class WordClasses:
    """Words by the hash of their form.

    keys: low half of spaCy's hash of the word, ascending. classes: row of ``paths``. frequency: 0
    (rare) to 11. gazetteer: bits, as the recipe that made the table wrote them. paths: Brown
    clusters as integers whose low bits are the upper branches of the tree; 0 means none.
    """

    keys: NDArray[np.uint32]
    classes: NDArray[np.uint16]
    frequency: NDArray[np.uint8]
    gazetteer: NDArray[np.uint8]
    paths: NDArray[np.uint32]

    def to_bytes(self) -> bytes:
        """Compressed: the differences of the keys, then the columns; a third of what it takes in
        memory."""
        steps = np.diff(self.keys, prepend=np.uint32(0)).astype("<u4")
        head = np.array([len(self.keys), len(self.paths)], "<u4").tobytes()
        columns = steps.view(np.uint8).reshape(-1, 4).T.copy().tobytes()
        wide = self.classes.astype("<u2").view(np.uint8).reshape(-1, 2).T.copy().tobytes()
        rest = self.frequency.tobytes() + self.gazetteer.tobytes()
        return zlib.compress(head + columns + wide + rest + self.paths.astype("<u4").tobytes(), 9)

    @classmethod
    def from_bytes(cls, packed: bytes) -> WordClasses:
        """What `to_bytes` wrote; an empty table for no bytes."""
        if not packed:
            none = np.zeros(0, np.uint32)
            small = np.zeros(0, np.uint8)
            return cls(none, np.zeros(0, np.uint16), small, small, np.zeros(1, np.uint32))
        raw = np.frombuffer(zlib.decompress(packed), np.uint8)
        words, classes = (int(n) for n in raw[:8].view("<u4"))
        parts = np.split(raw[8:], np.cumsum([4 * words, 2 * words, words, words]))
        steps = parts[0].reshape(4, words).T.copy().view("<u4")[:, 0]
        rows = parts[1].reshape(2, words).T.copy().view("<u2")[:, 0]
        paths = parts[4].copy().view("<u4")
        assert len(paths) == classes
        return cls(np.cumsum(steps, dtype=np.uint32), rows, parts[2].copy(), parts[3].copy(), paths)

    def rows_of(self, hashes: Features) -> NDArray[np.int64]:
        """The row of each word, -1 for those that are not there."""
        if not len(self.keys):
            return np.full(len(hashes), -1)
        keys = (hashes & _KEY).astype(np.uint32)
        rows = np.searchsorted(self.keys, keys)
        rows[rows == len(self.keys)] = 0
        return cast("NDArray[np.int64]", np.where(self.keys[rows] == keys, rows, -1))


class Lookup:
    """Features of words by a table, with what has been found for words that are not in it."""

    def __init__(self, table: WordClasses, prefixes: Sequence[int]) -> None:
        self.table = table
        self.prefixes = tuple(prefixes)
        self._others: dict[int, tuple[int, int]] = {}

    @cached_property
    def _branches(self) -> NDArray[np.uint64]:
        """For each class: its own path, then the upper branches of it."""
        paths = self.table.paths.astype(np.uint64)
        columns = [paths, *(paths & np.uint64((1 << n) - 1) for n in self.prefixes)]
        return np.stack(columns, axis=1)

    def features(self, words: Features, strings: StringStore) -> Features:
        """(words, class + branches + kind + gazetteer) for hashes of words."""
        rows = self.table.rows_of(words)
        kind = np.full(len(words), UNKNOWN, np.uint64)
        found = rows >= 0
        kind[found] = self.table.frequency[rows[found]]
        for at in np.flatnonzero(~found):
            word = int(words[at])
            other = self._others.get(word)
            if other is None:
                if len(self._others) >= REMEMBERED:
                    self._others.clear()
                other = self._others[word] = self._other(strings[word])
            rows[at], kind[at] = other
        out = np.zeros((len(words), len(self.prefixes) + 3), np.uint64)
        out[:, -2] = kind
        found = rows >= 0
        if found.any():
            out[found, :-2] = self._branches[self.table.classes[rows[found]]]
            out[found, -1] = self.table.gazetteer[rows[found]]
        return out

    def _other(self, word: str) -> tuple[int, int]:
        """The row of another spelling of the word, or of its last part, and which it was."""
        forms = list(other_forms(word))
        for kind, spellings in ((OTHER_FORM, forms), (LAST_PART, list(last_parts(word)))):
            if spellings:
                hashes = np.array([get_string_id(form) for form in spellings], np.uint64)
                rows = self.table.rows_of(hashes)
                known = rows[rows >= 0]
                if len(known):
                    return int(known[0]), kind
        return -1, UNKNOWN


def other_forms(word: str) -> list[str]:
    """Spellings under which a table may know a word: without a genitive's ending, with umlauts,
    in small letters but the first, wholly in small letters."""
    forms: list[str] = []
    if word[-2:] in ("'s", "’s"):
        forms.append(word[:-2])
    elif word[-1:] in ("s", "'", "’") and len(word) > 3:
        forms.append(word[:-1])
    if word.isupper() and len(word) > 1:
        forms += [word.capitalize(), "-".join(part.capitalize() for part in word.split("-"))]
    for ascii_, umlaut in _UMLAUTS:
        if ascii_ in word.lower():
            changed = word.replace(ascii_, umlaut).replace(ascii_.capitalize(), umlaut.upper())
            forms.append(changed)
    if word != word.lower():
        forms.append(word.lower())
    return forms


def last_parts(word: str) -> list[str]:
    """What ends a compound and may say what it is: after the last hyphen, else ever shorter tails
    with a capital."""
    if len(word) > LONGEST:
        return []
    _, hyphen, last = word.rpartition("-")
    if hyphen:
        return [last] if len(last) > 1 else []
    if not word.isalpha() or not word[:1].isupper() or word.isupper():
        return []
    return [word[at:].capitalize() for at in range(3, len(word) - TAIL + 1)]


def WireEmbed(
    width: int,
    attrs: list[str],
    rows: list[int],
    prefixes: list[int],
    class_rows: int = 1500,
    gazetteer: bool = True,
    without: float = 0.1,
) -> Model[list[Doc], list[Any]]:
    """spaCy's MultiHashEmbed with word classes beside the word's own attributes.

    width: of each table and of what comes out. attrs, rows: as for MultiHashEmbed. prefixes: how
    many upper branches of the classes' tree are features beside the class. class_rows: of the
    table of classes. gazetteer: whether its bits are a feature. without: share of words that stand
    without class and gazetteer in training, so that the net does not lean on them alone.
    """
    if len(rows) != len(attrs):
        raise ValueError(f"{len(attrs)} attributes, but {len(rows)} numbers of rows")
    sizes = [*rows, class_rows, *(min(1 << n, class_rows) for n in prefixes), 64]
    if gazetteer:
        sizes.append(512)
    tables = [
        HashEmbed(width, size, column=at, seed=8 + at, dropout=0.0) for at, size in enumerate(sizes)
    ]
    mix = chain(
        concatenate(*tables), Maxout(width, width * len(tables), nP=3, dropout=0.0, normalize=True)
    )
    return Model(
        LAYER,
        _forward,
        init=_initialize,
        layers=[mix],
        dims={"nO": width},
        attrs={
            "columns": [intify_attr(name) for name in attrs],
            "prefixes": list(prefixes),
            "gazetteer": gazetteer,
            "without": without,
            "table": b"",
        },
    )


@lru_cache(maxsize=4)
def _lookup(packed: bytes, prefixes: tuple[int, ...]) -> Lookup:
    """The table that lies in the weights, unpacked once; a model that is loaded anew finds it."""
    return Lookup(WordClasses.from_bytes(packed), prefixes)


def _initialize(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:
    mix = model.layers[0]
    docs = [doc for doc in X or [] if len(doc)][:2]
    if docs:
        mix.initialize(X=_unique(model, docs, is_train=False)[0])
    else:
        mix.initialize()


def _unique(
    model: Model[Any, Any], docs: Sequence[Doc], is_train: bool
) -> tuple[Features, NDArray[np.int64]]:
    """Features of every different word of the documents, and each token's row among them."""
    columns = [ORTH, NORM, *model.attrs["columns"]]
    tokens = np.concatenate([doc.to_array(columns) for doc in docs])
    # A token's norm need not be its word's: a tokenizer's exception, or the recipe's disguise.
    keys = tokens[:, 0] + tokens[:, 1] * _MIX
    bare: NDArray[np.bool_] | None = None
    if is_train and model.attrs["without"]:
        # NumPy's own generator, which spaCy seeds before it trains.
        bare = np.random.random(len(keys)) < model.attrs["without"]
        keys = keys ^ bare.astype(np.uint64)
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    words = tokens[first]
    lookup = _lookup(model.attrs["table"], tuple(model.attrs["prefixes"]))
    classes = lookup.features(words[:, 0], docs[0].vocab.strings)
    if bare is not None:
        classes[bare[first]] = 0
    if not model.attrs["gazetteer"]:
        classes = classes[:, :-1]
    return np.ascontiguousarray(np.concatenate([words[:, 2:], classes], axis=1)), inverse


def _forward(
    model: Model[Any, Any], docs: Sequence[Doc], is_train: bool
) -> tuple[list[Any], Callable[[list[Any]], list[Any]]]:
    lengths = [len(doc) for doc in docs]
    full = [doc for doc in docs if len(doc)]
    if not full:
        empty = model.ops.alloc2f(0, model.get_dim("nO"))
        return [empty for _ in docs], lambda _: []
    features, inverse = _unique(model, full, is_train)
    vectors, backprop_mix = model.layers[0](features, is_train)
    rows = model.ops.as_contig(vectors[inverse])

    def backprop(d_rows: list[Any]) -> list[Any]:
        d_flat = model.ops.flatten(d_rows)
        d_vectors = model.ops.alloc2f(*vectors.shape)
        model.ops.scatter_add(d_vectors, inverse.astype("i"), d_flat)
        backprop_mix(d_vectors)
        return []

    return model.ops.unflatten(rows, model.ops.asarray1i(lengths)), backprop


registry.architectures.register("dateline.WireEmbed.v1", func=WireEmbed)
