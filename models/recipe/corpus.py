"""IOB2 files -> text with wire-like spacing -> spaCy's tokens -> DocBin.

    python -m models.recipe.corpus --data FOLDER [--language de|en]

The annotated text (`FOLDER`, or the environment variable DATELINE_NER_DATA) is tokenised by
other rules than spaCy's. So each sentence is written out as a newspaper would print it, cut by
spaCy's own tokenizer, and the labels are laid on again by character offset. What does not fall
on a token boundary becomes "missing" (no evidence either way) and is counted.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Final

import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin, Span

from models.recipe import names
from processors.scoring import DATA_VARIABLE, MISSING, Sentence, Text, read_iob2, spans_of

SEED: Final = 20240531
OUTPUT: Final = Path(__file__).resolve().parents[1] / "corpus"


@dataclass(frozen=True)
class Origin:
    """One annotated set: where it lies, how often it is repeated, whether it knows MISC."""

    name: str
    path: str
    times: int = 1
    has_misc: bool = True
    augment: bool = True


@dataclass
class Stats:
    """What became of the annotation on its way to spaCy's tokens."""

    sentences: int = 0
    words: int = 0
    entities: int = 0
    misaligned: int = 0
    masked: int = 0
    augmented: Counter[str] = field(default_factory=Counter)


def to_doc(nlp: Language, text: Text, stats: Stats) -> Doc:
    """The text cut by spaCy's tokenizer, the mentions laid on by offset."""
    doc = nlp.make_doc(text.text)
    found: list[Span] = []
    missing: list[Span] = []
    taken: set[int] = set()
    for start, end, label in text.mentions:
        stats.entities += 1
        span = doc.char_span(start, end, label=label, alignment_mode="strict")
        if span is not None:
            found.append(span)
            taken.update(range(span.start, span.end))
            continue
        stats.misaligned += 1
        wide = doc.char_span(start, end, alignment_mode="expand")
        if wide is not None:
            missing.append(wide)
    for start, end in text.unknown:
        wide = doc.char_span(start, end, alignment_mode="expand")
        if wide is not None:
            missing.append(wide)
    free = sorted({token.i for span in missing for token in span} - taken)
    stats.masked += len(free)
    doc.set_ents(found, missing=[doc[i : i + 1] for i in free], default="outside")
    stats.words += len(doc)
    return doc


# --- missing labels ---------------------------------------------------------------------------


def misc_words(sentences: Iterable[Sentence], share: float = 0.3) -> frozenset[str]:
    """Capitalised words of which a good share stands in a MISC mention (so not "The")."""
    seen: Counter[str] = Counter()
    misc: Counter[str] = Counter()
    for sentence in sentences:
        for token, tag in zip(sentence.tokens, sentence.tags, strict=True):
            if token[:1].isupper():
                seen[token] += 1
                misc[token] += tag.endswith("-MISC")
    return frozenset(word for word, count in misc.items() if count >= share * seen[word])


def mask_misc(sentence: Sentence, words: frozenset[str]) -> Sentence:
    """For a set that never labels MISC: no evidence where MISC is thinkable.

    That is where a word outside every mention is known as MISC from the other sets. Elsewhere
    "no entity" stands, which keeps the set useful against false alarms.
    """
    tags = tuple(
        MISSING if tag == "O" and token in words else tag
        for token, tag in zip(sentence.tokens, sentence.tags, strict=True)
    )
    return replace(sentence, tags=tags)


def mask_handles(sentence: Sentence) -> Sentence:
    """@names of tweets teach nothing about news."""
    tags = list(sentence.tags)
    for index, token in enumerate(sentence.tokens):
        if token.startswith("@"):
            tags[index] = MISSING
            if token == "@" and index + 1 < len(tags):
                tags[index + 1] = MISSING
    for index, tag in enumerate(tags):
        if tag.startswith("I-") and index and tags[index - 1] == MISSING:
            tags[index] = MISSING
    return replace(sentence, tags=tuple(tags))


def drop_common_nouns(sentence: Sentence) -> Sentence:
    """A mention of MISC without a capital ("loss function") is a term, not a name."""
    tags = list(sentence.tags)
    for start, end, label in spans_of(sentence.tags):
        words = sentence.tokens[start:end]
        if label == "MISC" and all(word == word.lower() for word in words):
            tags[start:end] = ["O"] * (end - start)
    return replace(sentence, tags=tuple(tags))


def unify_demonyms(sentence: Sentence) -> Sentence:
    """English "Russian" alone is MISC, where the sets say MISC, LOC, ORG or nothing."""
    tags = list(sentence.tags)
    taken = {i for start, end, _ in spans_of(tags) if end - start > 1 for i in range(start, end)}
    for index, token in enumerate(sentence.tokens):
        word = token[:-1] if token.endswith("ns") else token
        if word in names.DEMONYMS and index not in taken and not tags[index].endswith("-PER"):
            tags[index] = "B-MISC"
            before = sentence.tokens[index - 1] if index else ""
            if word == "Korean" and before in ("North", "South") and tags[index - 1] in ("O", "-"):
                tags[index - 1 : index + 1] = ["B-MISC", "I-MISC"]
    return replace(sentence, tags=tuple(tags))


# --- augmentation -----------------------------------------------------------------------------

UMLAUTS: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"}
)


@dataclass(frozen=True)
class Augmentation:
    """How often each feature of wire text is put into a training sentence."""

    place: float = 0.2
    demonym: float = 0.0  # 0.3 has been prepared, but no shipped model was trained with it yet
    genitive: float = 0.6
    person: float = 0.2
    organisation: float = 0.15
    dateline: float = 0.04
    pair: float = 0.03
    dateline_pair: float = 0.2
    quotes: float = 0.3
    ascii_umlauts: float = 0.03
    headline: float = 0.05
    capitals: float = 0.02
    crosshead: float = 0.03
    paragraph: float = 0.4


class Augmenter:
    """Puts features of wire text into sentences, deterministically from one seed."""

    def __init__(
        self,
        language: str,
        how: Augmentation,
        rng: random.Random,
        seen: Iterable[Sentence] = (),
    ) -> None:
        self.language = language
        self.how = how
        self.rng = rng
        self.places = (*names.COUNTRIES[language], *names.CITIES[language])
        two = ("North Korean", "South Korean", "Saudi Arabian", "New Zealand", "Sri Lankan") * 4
        self.demonyms = [tuple(name.split()) for name in (*sorted(names.DEMONYMS), *two)]
        self.seen = {"LOC": set(self.places), "PER": set(names.FAMILY[language])}
        for sentence in seen:
            for _, end, label in spans_of(sentence.tags):
                if label in self.seen:
                    self.seen[label].add(sentence.tokens[end - 1])
        self.counts: Counter[str] = Counter()

    def _draw(self, name: str, probability: float) -> bool:
        if probability > 0 and self.rng.random() < probability:
            self.counts[name] += 1
            return True
        return False

    def sentence(self, sentence: Sentence) -> Sentence:
        sentence = self._pair(self._swap(sentence))
        if any(mark in sentence.tokens for mark in ('"', "“", "„")) and self._draw(
            "quotes", self.how.quotes
        ):
            sentence = replace(sentence, tokens=self._quotes(sentence.tokens))
        if len(sentence.tokens) <= 14 and self._draw("headline", self.how.headline):
            sentence = self._headline(sentence)
        elif len(sentence.tokens) <= 12 and self._draw("capitals", self.how.capitals):
            sentence = replace(sentence, tokens=tuple(t.upper() for t in sentence.tokens))
        elif self.language == "de" and self._draw("ascii_umlauts", self.how.ascii_umlauts):
            sentence = replace(
                sentence, tokens=tuple(t.translate(UMLAUTS) for t in sentence.tokens)
            )
        if self._draw("dateline", self.how.dateline):
            sentence = self._dateline(sentence)
        return sentence

    def _quotes(self, tokens: tuple[str, ...]) -> tuple[str, ...]:
        german = (("„", "“"), ("»", "«"), ("«", "»"), ('"', '"'))
        english = (("“", "”"), ("‘", "’"), ('"', '"'))
        pair = self.rng.choice(german if self.language == "de" else english)
        out: list[str] = []
        opened = False
        for token in tokens:
            if token in ('"', "“", "”", "„"):
                out.append(pair[1] if opened else pair[0])
                opened = not opened
            else:
                out.append(token)
        return tuple(out)

    def _swap(self, sentence: Sentence) -> Sentence:
        tokens: list[str] = []
        tags: list[str] = []
        done = 0
        for start, end, label in spans_of(sentence.tags):
            before = sentence.tokens[start - 1].lower() if start else ""
            other = self._other_name(sentence.tokens[start:end], label, before)
            if other is None:
                continue
            new, label = other
            tokens += [*sentence.tokens[done:start], *new]
            tags += [*sentence.tags[done:start], "B-" + label, *["I-" + label] * (len(new) - 1)]
            done = end
        if not done:
            return sentence
        tokens += sentence.tokens[done:]
        tags += sentence.tags[done:]
        return replace(sentence, tokens=tuple(tokens), tags=tuple(tags))

    def _pair(self, sentence: Sentence) -> Sentence:
        """``Merkel/Macron``, ``Berlin/Paris``: a second name of one word beside the first, as
        German wires have it."""
        if self.language != "de":
            return sentence
        single = [
            (start, label)
            for start, end, label in spans_of(sentence.tags)
            if end - start == 1 and label in ("PER", "LOC") and sentence.tokens[start].istitle()
        ]
        if not single or not self._draw("pair", self.how.pair):
            return sentence
        at, label = self.rng.choice(single)
        others = names.FAMILY[self.language] if label == "PER" else self.places
        return replace(
            sentence,
            tokens=(
                *sentence.tokens[: at + 1],
                "/",
                self.rng.choice(others),
                *sentence.tokens[at + 1 :],
            ),
            tags=(*sentence.tags[: at + 1], "O", f"B-{label}", *sentence.tags[at + 1 :]),
        )

    def _other_name(
        self, mention: Sequence[str], label: str, before: str
    ) -> tuple[tuple[str, ...], str] | None:
        last = mention[-1]
        if label == "ORG" and self._draw("organisation", self.how.organisation):
            lists = names.ORGANISATIONS[self.language]
            return tuple(self.rng.choice(lists.get(before, lists[""])).split("~")), label
        if self.language == "en" and label == "MISC" and tuple(mention) in self.demonyms:
            if self._draw("demonym", self.how.demonym):
                return self.rng.choice(self.demonyms), label
            return None
        single = len(mention) == 1 and last[:1].isupper() and len(last) > 3
        genitive = (
            self.language == "de" and last[-1:] == "s" and last[:-1] in self.seen.get(label, ())
        )
        if single and genitive:
            return self._genitive(label)
        if label == "LOC" and single and self._draw("place", self.how.place):
            return (self.rng.choice(self.places),), label
        # a last letter s may be a genitive's, which another name would lose
        plain = last[:1].isupper() and last[1:].islower() and last[-1] != "s"
        if label == "PER" and plain and self._draw("person", self.how.person):
            return self._person(len(mention)), label
        return None

    def _genitive(self, label: str) -> tuple[tuple[str, ...], str] | None:
        """German genitives: a country's where a place's or a person's stood, or a person's."""
        if not self._draw("genitive", self.how.genitive):
            return None
        if label == "PER" and self.rng.random() < 0.5:
            stems: tuple[str, ...] = names.FAMILY["de"]
        else:
            label, stems = "LOC", names.COUNTRIES["de"]
        return (self.rng.choice([s for s in stems if s[-1] not in "sxz"]) + "s",), label

    def _person(self, length: int) -> tuple[str, ...]:
        choice = self.rng.choice
        family = choice(names.FAMILY[self.language])
        if length == 1:
            if self.rng.random() < 0.15:
                return (choice(names.EAST_ASIAN_FAMILY),)
            return (family,)
        if self.rng.random() < 0.25:
            clan, given = choice(names.EAST_ASIAN_FAMILY), choice(names.EAST_ASIAN_GIVEN)
            if self.rng.random() < 0.5:
                return (clan, given.split("-")[0], choice(names.EAST_ASIAN_SECOND))
            return (clan, given)
        return (choice(names.GIVEN[self.language]), family)

    def _headline(self, sentence: Sentence) -> Sentence:
        """No full stop; in English the longer words with a capital."""
        tokens, tags = list(sentence.tokens), list(sentence.tags)
        if len(tokens) > 1 and tokens[-1] == ".":
            tokens, tags = tokens[:-1], tags[:-1]
        if self.language == "en":
            tokens = [t[:1].upper() + t[1:] if len(t) > 3 else t for t in tokens]
        return replace(sentence, tokens=tuple(tokens), tags=tuple(tags))

    def _dateline(self, sentence: Sentence) -> Sentence:
        city = self.rng.choice(names.CITIES[self.language])
        if self.language == "en" and self.rng.random() < 0.5:
            city = city.upper()
        head: tuple[str, ...] = (city, "(", self.rng.choice(names.AGENCIES), ")")
        head = (*head, self.rng.choice("-–"))
        tags: tuple[str, ...] = ("B-LOC", "O", "B-ORG", "O", "O")
        if self.language == "de" and self._draw("dateline_pair", self.how.dateline_pair):
            head = (city, "/", self.rng.choice(names.CITIES["de"]), *head[1:])
            tags = ("B-LOC", "O", *tags)
        return replace(sentence, tokens=(*head, *sentence.tokens), tags=(*tags, *sentence.tags))

    def crosshead(self, sentence: Sentence) -> Sentence | None:
        """A few words without a mention, in capitals, as a crosshead between paragraphs."""
        if not self._draw("crosshead", self.how.crosshead):
            return None
        size = self.rng.randint(2, 4)
        for start in range(len(sentence.tokens) - size):
            words = sentence.tokens[start : start + size]
            if all(t == "O" for t in sentence.tags[start : start + size]) and all(
                w.isalpha() for w in words
            ):
                return Sentence(tuple(w.upper() for w in words), ("O",) * size)
        return None


# --- the sets ---------------------------------------------------------------------------------

TRAINING: Final[dict[str, tuple[Origin, ...]]] = {
    "de": (Origin("germeval", "germeval2014/train.iob2"),),
    "en": (
        Origin("wikigold", "wikigold/all.iob2", times=3),
        Origin("crossner", "crossner/train.iob2"),
        Origin("crossner", "crossner/dev.iob2"),
        Origin("crossner", "crossner/test.iob2"),
        Origin("uner", "uner_en_ewt/dev.iob2", has_misc=False),
        Origin("gum", "gum_en/train.iob2"),
        Origin("btc", "btc/all.iob2", has_misc=False),
    ),
}


@dataclass(frozen=True)
class HeldOut:
    """What is kept out of training: the last sentences of a file (of one source of it).

    Those before the last `test` choose the model, the last `test` are only measured.
    """

    dev: int
    test: int = 0
    source: str = ""


HELD_OUT: Final[dict[str, HeldOut]] = {
    "germeval2014/train.iob2": HeldOut(1000),
    "wikigold/all.iob2": HeldOut(150, 200),
    "crossner/dev.iob2": HeldOut(200, 300, "politics"),
    "uner_en_ewt/dev.iob2": HeldOut(400),
}


def split(sentences: Sequence[Sentence], path: str) -> tuple[list[Sentence], ...]:
    """(train, dev, test) of one training file."""
    held = HELD_OUT.get(path, HeldOut(0))
    places = [i for i, s in enumerate(sentences) if held.source in ("", s.source)]
    out = places[len(places) - held.dev - held.test :]
    gone = set(out)
    return (
        [s for i, s in enumerate(sentences) if i not in gone],
        [sentences[i] for i in out[: held.dev]],
        [sentences[i] for i in out[held.dev :]],
    )


def load(folder: Path, language: str) -> tuple[list[Sentence], list[Sentence]]:
    """(training sentences with repetition, sentences that choose the model)."""
    train: list[tuple[Origin, list[Sentence]]] = []
    dev: list[Sentence] = []
    for origin in TRAINING[language]:
        sentences = list(read_iob2(folder / origin.path, origin.name))
        keep, choose, _ = split(sentences, origin.path)
        dev += choose
        train.append((origin, [drop_common_nouns(sentence) for sentence in keep]))
    if language == "en":
        dev = [unify_demonyms(sentence) for sentence in dev]
        train = [(origin, [unify_demonyms(s) for s in part]) for origin, part in train]
    words = misc_words(s for origin, part in train if origin.has_misc for s in part)
    out: list[Sentence] = []
    for origin, part in train:
        if not origin.has_misc:
            part = [mask_misc(mask_handles(s), words) for s in part]
        out += part * origin.times
    return out, [s if _knows_misc(s, language) else mask_misc(s, words) for s in dev]


def _knows_misc(sentence: Sentence, language: str) -> bool:
    return all(o.has_misc for o in TRAINING[language] if o.name == sentence.origin)


def documents(
    nlp: Language, sentences: Sequence[Sentence], language: str, how: Augmentation, stats: Stats
) -> Iterator[Doc]:
    """Training documents of one to four sentences, with the features of wire text."""
    rng = random.Random(SEED)
    augmenter = Augmenter(language, how, rng, sentences)
    order = list(sentences)
    rng.shuffle(order)
    position = 0
    while position < len(order):
        size = rng.choice((1, 1, 2, 3, 4))
        text = Text()
        for sentence in order[position : position + size]:
            stats.sentences += 1
            joiner = "\n\n" if rng.random() < how.paragraph else " "
            head = augmenter.crosshead(sentence)
            if head is not None:
                text.add(head, language, "\n\n")
                joiner = "\n\n"
            text.add(augmenter.sentence(sentence), language, joiner)
        position += size
        yield to_doc(nlp, text, stats)
    stats.augmented = augmenter.counts


def plain_documents(
    nlp: Language, sentences: Sequence[Sentence], language: str, stats: Stats
) -> Iterator[Doc]:
    """One document a sentence, as it is."""
    for sentence in sentences:
        stats.sentences += 1
        text = Text()
        text.add(sentence, language, "")
        yield to_doc(nlp, text, stats)


def data_folder(given: str | None) -> Path:
    """The folder of annotated text, from the command line or the environment."""
    name = given or os.environ.get(DATA_VARIABLE)
    if not name:
        sys.exit(f"say where the annotated text lies: --data FOLDER or {DATA_VARIABLE}")
    folder = Path(name)
    if not folder.is_dir():
        sys.exit(f"no such folder: {folder}")
    return folder


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m models.recipe.corpus")
    parser.add_argument("--data", help=f"folder of annotated text (or {DATA_VARIABLE})")
    parser.add_argument("--language", choices=sorted(TRAINING), action="append")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--plain", action="store_true", help="no augmentation")
    parser.add_argument("--no-swap", action="store_true", help="no other names in mentions")
    options = parser.parse_args(argv)
    folder = data_folder(options.data)
    how = Augmentation()
    if options.no_swap:
        how = replace(how, place=0, demonym=0, genitive=0, person=0, organisation=0)
    if options.plain:
        how = Augmentation(*[0.0] * len(fields(Augmentation)))
    options.output.mkdir(parents=True, exist_ok=True)
    for language in options.language or sorted(TRAINING):
        nlp = spacy.blank(language)
        train, dev = load(folder, language)
        for name, part in (("train", train), ("dev", dev)):
            stats = Stats()
            docs = (
                documents(nlp, part, language, how, stats)
                if name == "train"
                else plain_documents(nlp, part, language, stats)
            )
            DocBin(docs=docs).to_disk(options.output / f"{language}_{name}.spacy")
            report = {**vars(stats), "augmented": dict(sorted(stats.augmented.items()))}
            print(language, name, json.dumps(report))


if __name__ == "__main__":
    main()
