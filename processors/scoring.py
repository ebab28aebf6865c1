"""How good and how fast a recogniser is: annotated text, exact spans, words a second, memory.

Annotated text is IOB2: ``TOKEN<tab>TAG`` a line, an empty line after each sentence, lines of
``# source = ...`` before it if known. A sentence is written out as a newspaper would print it, and
scored on character offsets against every annotated mention, those that spaCy's tokenizer cannot
reach too. Used by ``dateline models eval``, the recipe in ``models/`` and ``make bench``.
"""

from __future__ import annotations

import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dateline.errors import InputError, UsageError, Where

if TYPE_CHECKING:
    from spacy.language import Language

LABELS: Final = ("PER", "LOC", "ORG", "MISC")
MISSING: Final = "-"
DATA_VARIABLE: Final = "DATELINE_NER_DATA"
_TAG: Final = re.compile(r"O|-|[BI]-[A-Z]+")
#: words of a story, for speed
STORY: Final = 420


@dataclass(frozen=True)
class Sentence:
    """Tokens with one IOB2 tag each; MISSING where the annotation says nothing."""

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    origin: str = ""
    source: str = ""


# --- reading ----------------------------------------------------------------------------------


def read_iob2(path: Path, origin: str = "") -> Iterator[Sentence]:
    """The sentences of one IOB2 file; `# source = ...` lines name their source.

    Raises UsageError where there is no such file, InputError (with the line) for what is no IOB2.
    """
    tokens: list[str] = []
    tags: list[str] = []
    source = ""
    for number, line in enumerate(_lines(path), 1):
        if "\t" in line:
            token, tag = line.split("\t")[:2]
            tag = tag.strip()
            if not _TAG.fullmatch(tag):
                raise _malformed(path, number, tag, "O, B-LABEL, I-LABEL, or - for unknown")
            if tag[2:] and tag[2:] not in LABELS:
                raise _malformed(path, number, tag, f"a label of {', '.join(LABELS)}")
            token = "".join(token.split()).replace("\u00ad", "").replace("\ufe0f", "")
            if token:
                tokens.append(token)
                tags.append(tag)
        elif line.startswith("# source = "):
            source = line.removeprefix("# source = ")
        elif not line.strip():
            if tokens:
                yield Sentence(tuple(tokens), repaired(tags), origin, source)
            tokens, tags, source = [], [], ""
        elif not line.startswith("#"):
            raise _malformed(path, number, line[:60], "a token, a tab and a tag")
    if tokens:
        yield Sentence(tuple(tokens), repaired(tags), origin, source)


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield line.rstrip("\n")
    except OSError as error:
        raise UsageError(
            "the annotated text cannot be read",
            where=Where(location=str(path)),
            found=error.strerror,
            expected="a file of IOB2: a token, a tab and a tag on each line",
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(
            "no UTF-8", where=Where(location=str(path)), found=error.reason, expected="IOB2 as text"
        ) from error


def _malformed(path: Path, line: int, found: str, expected: str) -> InputError:
    return InputError(
        "no IOB2", where=Where(location=str(path), line=line), found=repr(found), expected=expected
    )


def repaired(tags: Sequence[str]) -> tuple[str, ...]:
    """IOB2 in which every mention begins with B- (a dropped token may have carried it)."""
    out: list[str] = []
    for tag in tags:
        before = out[-1] if out else "O"
        out.append("B-" + tag[2:] if tag[:2] == "I-" and before[2:] != tag[2:] else tag)
    return tuple(out)


def spans_of(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """(first token, token after the last, label) of every mention."""
    spans: list[tuple[int, int, str]] = []
    for index, tag in enumerate(tags):
        if tag.startswith("B-"):
            spans.append((index, index + 1, tag[2:]))
        elif tag.startswith("I-") and spans and spans[-1][1] == index:
            start, _, label = spans[-1]
            spans[-1] = (start, index + 1, label)
    return spans


# --- writing a sentence out -------------------------------------------------------------------

CLOSING: Final = frozenset([*".,;:!?)]}%…”’", "...", "..", "!!", "!!!", "??", "''", "°", "‘‘"])
OPENING: Final = frozenset([*"([{„‚$£#@§", "``", "†"])
GLUE: Final = frozenset(["/", "_", "\\"])
ENGLISH_TAILS: Final = frozenset(
    f"{mark}{tail}" for mark in "'’" for tail in ("s", "S", "re", "ve", "ll", "d", "m", "D", "M")
) | {"n't", "n’t", "N'T"}


def write_out(tokens: Sequence[str], language: str) -> tuple[str, list[tuple[int, int]]]:
    """The sentence as it would be printed, and where each token lies in it."""
    text = ""
    places: list[tuple[int, int]] = []
    open_quotes: dict[str, bool] = {}
    inward = _points_inward(tokens)
    glue = True
    for index, word in enumerate(tokens):
        left = right = False  # attach to the token before, to the token after
        if word in ('"', "'"):
            opened = open_quotes.get(word, False)
            left, right = opened, not opened
            open_quotes[word] = not opened
            if word == "'" and tokens[index + 1 : index + 2] in (("s",), ["s"]):
                left = right = True  # a genitive cut in two
                open_quotes[word] = opened
            elif word == "'" and not opened and "'" not in tokens[index + 1 :]:
                left, right = True, False  # an apostrophe: the workers' union
                open_quotes[word] = False
        elif word in ("»", "«"):
            opens = (word == "»") == inward
            left, right = not opens, opens
        elif word == "“":
            # closes in German („ “), opens in English (“ ”)
            closes = language == "de" and "”" not in tokens[index + 1 :]
            left, right = closes, not closes
        elif word == "‘":
            left, right = language == "de", language != "de"
        elif word in CLOSING or word in ENGLISH_TAILS:
            left = True
        elif word in OPENING:
            right = True
        elif word in GLUE or (word == "-" and language == "en" and _joins(tokens, index)):
            left = right = True
        if text and not glue and not left:
            text += " "
        places.append((len(text), len(text) + len(word)))
        text += word
        glue = right
    return text, places


def _points_inward(tokens: Sequence[str]) -> bool:
    """Whether » opens, as in German books and papers (« opens in Swiss ones)."""
    for word in tokens:
        if word in ("»", "«"):
            return word == "»"
    return True


def _joins(tokens: Sequence[str], index: int) -> bool:
    """An English lone hyphen between two words was cut out of a compound."""
    around = [*tokens[max(0, index - 1) : index], *tokens[index + 1 : index + 2]]
    return len(around) == 2 and all(word[:1].isalnum() for word in around)


@dataclass
class Text:
    """A document being put together from sentences."""

    text: str = ""
    mentions: list[tuple[int, int, str]] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)

    def add(self, sentence: Sentence, language: str, joiner: str) -> None:
        body, places = write_out(sentence.tokens, language)
        if self.text:
            self.text += joiner
        base = len(self.text)
        self.text += body
        for start, end, label in spans_of(sentence.tags):
            self.mentions.append((base + places[start][0], base + places[end - 1][1], label))
        for (start, end), tag in zip(places, sentence.tags, strict=True):
            if tag == MISSING:
                self.unknown.append((base + start, base + end))


# --- scores -----------------------------------------------------------------------------------


WEB: Final = ("answers", "email", "reviews")


@dataclass(frozen=True)
class Split:
    """Sentences scored together, and the labels that their annotation knows."""

    name: str
    sentences: list[Sentence]
    labels: frozenset[str] = frozenset(LABELS)
    by_domain: bool = False


@dataclass
class Count:
    """Gold, predicted and agreeing mentions by label."""

    gold: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, gold: set[tuple[int, int, str]], found: set[tuple[int, int, str]]) -> None:
        self.gold.update(label for *_, label in gold)
        self.found.update(label for *_, label in found)
        self.right.update(label for *_, label in gold & found)

    def scores(self) -> dict[str, dict[str, float]]:
        """Precision, recall, F1 and the number of gold mentions: by label, of people, places and
        organisations together, of all."""
        rows = {
            label: _prf(self.gold[label], self.found[label], self.right[label])
            for label in LABELS
            if self.gold[label]
        }
        for name, labels in (("PER+LOC+ORG", LABELS[:3]), ("all", LABELS)):
            rows[name] = _prf(
                *(sum(c[label] for label in labels) for c in (self.gold, self.found, self.right))
            )
        return rows


def _prf(gold: int, found: int, right: int) -> dict[str, float]:
    p = right / found if found else 0.0
    r = right / gold if gold else 0.0
    f = 2 * p * r / (p + r) if p + r else 0.0
    return {"p": round(p, 4), "r": round(r, 4), "f": round(f, 4), "mentions": gold}


@dataclass(frozen=True)
class Test:
    """A part of the folder of annotated text on which models are measured.

    paths: files in that folder. last: only so many sentences from the end (of one source).
    misc: whether the annotation knows MISC. by_domain: scored by domain, too.
    """

    name: str
    paths: tuple[str, ...]
    last: int = 0
    source: str = ""
    misc: bool = True
    by_domain: bool = False

    def split(self, folder: Path) -> Split:
        """The sentences. Raises UsageError where a file is missing."""
        found = [sentence for path in self.paths for sentence in read_iob2(folder / path)]
        if self.source:
            found = [sentence for sentence in found if sentence.source == self.source]
        labels = LABELS if self.misc else LABELS[:3]
        return Split(self.name, found[-self.last :], frozenset(labels), self.by_domain)


SMARTDATA: Final = "evaluation_only/smartdata_de"
#: What no model that ships was trained on, by language.
TESTS: Final[dict[str, tuple[Test, ...]]] = {
    "de": (
        Test("test (GermEval dev)", ("germeval2014/dev.iob2",), by_domain=True),
        Test(
            "compare (SmartData)",
            (f"{SMARTDATA}/train.iob2", f"{SMARTDATA}/dev.iob2"),
            misc=False,
        ),
    ),
    "en": (
        Test("test (UNER EWT test)", ("uner_en_ewt/test.iob2",), misc=False, by_domain=True),
        Test("test (wikigold, last 200)", ("wikigold/all.iob2",), last=200),
        Test("test (CrossNER politics, 300)", ("crossner/dev.iob2",), 300, "politics"),
    ),
}


def tests_in(folder: Path, language: str) -> list[Split]:
    """What can be measured with the files that lie in the folder.

    SmartData's terms are not clear: who does not have it, need not.
    """
    return [
        test.split(folder)
        for test in TESTS.get(language, ())
        if all((folder / path).is_file() for path in test.paths)
    ]


def known_labels(sentences: Iterable[Sentence]) -> frozenset[str]:
    """The labels that an annotation knows: MISC only where it stands somewhere."""
    stand = {tag[2:] for sentence in sentences for tag in sentence.tags if tag[2:]}
    return frozenset(LABELS) if "MISC" in stand else frozenset(LABELS[:3])


def domain_of(sentence: Sentence) -> str:
    """Wikipedia, news or other text of the web, by the address of the source or (Universal NER's
    newsgroups and weblogs, which mostly tell of the news) by its kind."""
    if "wikipedia.org" in sentence.source:
        return "wikipedia"
    return "web" if sentence.source.startswith(WEB) else "news"


def score(
    nlp: Language, part: Split, language: str, labels: dict[str, str] | None = None
) -> dict[str, dict[str, dict[str, float]]]:
    """Scores of one split, and of its domains where they are told apart.

    labels: what the recogniser's labels are called here; those that are missing are no names.
    """
    texts: list[Text] = []
    for sentence in part.sentences:
        text = Text()
        text.add(sentence, language, "")
        texts.append(text)
    told = labels or {label: label for label in LABELS}
    total = Count()
    domains: dict[str, Count] = {}
    docs = nlp.pipe((text.text for text in texts), batch_size=256)
    for sentence, text, doc in zip(part.sentences, texts, docs, strict=True):
        gold = {mention for mention in text.mentions if mention[2] in part.labels}
        found = {(e.start_char, e.end_char, told.get(e.label_, "")) for e in doc.ents}
        found = {mention for mention in found if mention[2] in part.labels}
        total.add(gold, found)
        if part.by_domain:
            domains.setdefault(domain_of(sentence), Count()).add(gold, found)
    out = {part.name: total.scores()}
    for name in sorted(domains):
        out[f"{part.name}: {name}"] = domains[name].scores()
    return out


def table(scores: dict[str, dict[str, dict[str, float]]]) -> str:
    """Scores as a Markdown table."""
    lines = ["| Split | Type | P | R | F1 | Mentions |", "|---|---|---|---|---|---|"]
    for name, rows in scores.items():
        for label, row in rows.items():
            numbers = " | ".join(f"{row[key]:.3f}" for key in "prf")
            lines.append(f"| {name} | {label} | {numbers} | {row['mentions']} |")
    return "\n".join(lines)


# --- speed, size, memory ----------------------------------------------------------------------


def stories(sentences: Sequence[Sentence], language: str, words: int = STORY) -> list[str]:
    """The sentences strung together to texts of a news story's length."""
    out: list[str] = []
    text, size = Text(), 0
    for sentence in sentences:
        text.add(sentence, language, "\n\n" if size % 3 == 0 else " ")
        size += len(sentence.tokens)
        if size >= words:
            out.append(text.text)
            text, size = Text(), 0
    if text.text:
        out.append(text.text)
    return out


def rate(words: int, work: Callable[[], Any], rounds: int = 5) -> int:
    """Words a second of one core's time: the median of the rounds after one to warm up.

    Time is the process's own, so that a neighbour on the machine costs little.
    """
    rates: list[float] = []
    for _ in range(rounds + 1):
        began = time.process_time()
        work()
        rates.append(words / (time.process_time() - began))
    return round(statistics.median(rates[1:]))


def speed(nlp: Language, texts: Sequence[str], rounds: int = 5) -> int:
    """spaCy's tokens a second, tokenizer and recogniser."""
    words = sum(len(nlp.make_doc(text)) for text in texts)
    return rate(words, lambda: list(nlp.pipe(texts, batch_size=32)), rounds)


def speed_to_names(folder: Path, texts: Sequence[str], language: str, rounds: int = 5) -> int:
    """spaCy's tokens a second from the text to merged names: the enrichers entities and names."""
    import spacy

    from dateline.article import Article
    from dateline.settings import Settings
    from processors.enrichers.entities import Entities
    from processors.enrichers.names import Names

    blank = spacy.blank(language)
    words = sum(len(blank.make_doc(text)) for text in texts)
    articles = [
        Article(uri=f"urn:dateline:scoring:{number}", title="-", body_text=text, language=language)
        for number, text in enumerate(texts)
    ]
    with tempfile.TemporaryDirectory() as own:
        # A folder of models of one's own goes before those that are installed.
        Path(own, folder.name).symlink_to(folder.resolve(), target_is_directory=True)
        settings = Settings(models_dir=own)
        entities, names = Entities(settings), Names(settings)

        def work() -> None:
            for at in range(0, len(articles), 32):
                names.enrich(entities.enrich(articles[at : at + 32]))

        return rate(words, work, rounds)


_MEASURE_MEMORY: Final = r"""
import sys, psutil, spacy
from processors import models
spacy.blank(sys.argv[1])
before = psutil.Process().memory_info().rss
nlp = models.load(models.ModelInfo(language=sys.argv[1], name="", version="", origin="own",
                                   source=sys.argv[2]))
nlp(sys.stdin.read())
print(psutil.Process().memory_info().rss - before)
"""


def memory(folder: Path, language: str, text: str) -> int:
    """Bytes that a process grows by when it loads the model and reads a first text."""
    told = subprocess.run(
        [sys.executable, "-c", _MEASURE_MEMORY, language, str(folder)],
        input=text.encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(told.stdout)


def size_of(folder: Path) -> int:
    """Bytes of a model's files, its card and its scores left aside."""
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".md" and path.stem != "scores"
    )
