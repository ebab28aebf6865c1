"""Entities: every mention of a name, as it stands in the text, by a spaCy recogniser.

Read are ``headline`` and ``body_text`` without its crossheads: lines in capitals are unreliable,
and a crosshead ends no sentence. The editor's notepad is never read. Offsets count code points
of the whole field.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from dateline.article import Article, Entity, Label
from dateline.settings import Settings
from processors import models

if TYPE_CHECKING:
    from spacy.language import Language

COMPONENT = "ner"
#: characters given to the recogniser as one text: bounds its memory, far above any real story
PIECE = 100_000
#: New words after which a pipeline is loaded anew. spaCy keeps every word of every text for as
#: long as the pipeline lives. Its memory zones forget them after each batch, and with them what
#: the tokenizer has learnt: tokenizing took sixty times as long, and all a fifth longer
#: (`make bench` has the whole). To load anew takes a fraction of a second.
NEW_WORDS = 200_000
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
#: longer than any row of stars or dashes that a desk sets as a rule
_RUN = re.compile(r"[^\w\s]{100,}")
_EDGE = " \t\r\n\u00a0\u202f\u2009"

Field = Literal["headline", "body_text"]


class Piece(msgspec.Struct, frozen=True):
    """A text for the recogniser, and where its parts stand in the field.

    starts[i] is the offset in ``text`` from which ``shifts[i]`` is to be added.
    """

    text: str
    starts: list[int]
    shifts: list[int]

    def shift(self, offset: int) -> int:
        """What to add to an offset in ``text`` for the offset in the field."""
        return self.shifts[bisect_right(self.starts, offset) - 1]


class Entities:
    """Sets ``entities``; clears them where there is no model for the article's language."""

    name = "entities"
    version = 2
    after = ("language",)

    def __init__(self, settings: Settings) -> None:
        self._own = settings.models_dir
        self._loaded: dict[str, _Recogniser] = {}

    def setup(self, languages: Iterable[str]) -> None:
        for language in languages:
            info = models.model_for(language, self._own)
            if info is not None:
                # The first text costs more than the next thousand: tables are built on demand.
                list(self._load(info).nlp.pipe(["Dateline"]))

    def config(self) -> dict[str, str]:
        # The model is told apart from it (`model_of`): another one for German changes nothing of
        # what is English.
        return {}

    def model_of(self, article: Article) -> tuple[str, str] | None:
        """The model that this article was (or would be) given to."""
        info = models.model_for(article.language, self._own)
        return (info.name, info.version) if info else None

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        found: list[list[Entity]] = [[] for _ in articles]
        work: dict[models.ModelInfo, list[tuple[int, Field, Piece]]] = defaultdict(list)
        for at, article in enumerate(articles):
            info = models.model_for(article.language, self._own)
            if info is None:
                continue
            if article.headline:
                work[info].append((at, "headline", Piece(quiet(article.headline), [0], [0])))
            for piece in pieces(article.body_text or "", article.crossheads):
                work[info].append((at, "body_text", piece))
        for info, tasks in work.items():
            using = self._load(info)
            docs = using.nlp.pipe([piece.text for _, _, piece in tasks], batch_size=len(tasks))
            for (at, field, piece), doc in zip(tasks, docs, strict=True):
                mentions = _mentions(doc, using.labels, piece)
                model = f"{info.name}/{info.version}"
                found[at] += [_entity(*mention, field, model) for mention in mentions]
            if using.new_words > NEW_WORDS:
                del self._loaded[info.name]
        return [
            msgspec.structs.replace(article, entities=entities)
            for article, entities in zip(articles, found, strict=True)
        ]

    def _load(self, info: models.ModelInfo) -> _Recogniser:
        if info.name not in self._loaded:
            self._loaded[info.name] = _Recogniser(models.load(info))
        return self._loaded[info.name]


class _Recogniser:
    """A loaded pipeline, what its labels are called here, and how many words it has learnt."""

    def __init__(self, nlp: Language) -> None:
        self.nlp = nlp
        self.labels = models.labels_of(nlp)
        self._born_with = len(nlp.vocab.strings)

    @property
    def new_words(self) -> int:
        """Strings (words and their forms) that the texts have added."""
        return len(self.nlp.vocab.strings) - self._born_with


def pieces(body: str, crossheads: Iterable[str]) -> list[Piece]:
    """The body without its crossheads, as texts of at most about `PIECE` characters."""
    left_out = {" ".join(crosshead.split()) for crosshead in crossheads}
    texts: list[str] = []
    starts: list[int] = []
    shifts: list[int] = []
    size = 0
    result: list[Piece] = []

    def close() -> None:
        nonlocal size
        if texts:
            result.append(Piece("\n\n".join(texts), list(starts), list(shifts)))
        texts.clear()
        starts.clear()
        shifts.clear()
        size = 0

    for start, paragraph in paragraphs(body):
        if " ".join(paragraph.split()) in left_out:
            continue
        for offset, part in _parts(paragraph):
            if size and size + len(part) > PIECE:
                close()
            starts.append(size)
            shifts.append(start + offset - size)
            texts.append(quiet(part))
            size += len(part) + 2
    close()
    return result


def quiet(text: str) -> str:
    """The text with blanks for long runs of signs: spaCy's tokenizer takes the square of their
    length. Offsets stay."""
    return _RUN.sub(lambda run: " " * len(run[0]), text)


def paragraphs(body: str) -> Iterable[tuple[int, str]]:
    """Paragraphs with their offsets in the body."""
    start = 0
    for gap in _PARAGRAPH.finditer(body):
        if gap.start() > start:
            yield start, body[start : gap.start()]
        start = gap.end()
    if start < len(body):
        yield start, body[start:]


def _parts(paragraph: str) -> Iterable[tuple[int, str]]:
    start = 0
    while len(paragraph) - start > PIECE:
        cut = paragraph.rfind(" ", start + PIECE // 2, start + PIECE)
        cut = cut + 1 if cut > 0 else start + PIECE
        yield start, paragraph[start:cut]
        start = cut
    yield start, paragraph[start:]


def _mentions(doc: Any, labels: dict[str, str], piece: Piece) -> Iterable[tuple[str, str, int]]:
    """(text, label, start in the field) of each mention."""
    for span in doc.ents:
        label = labels.get(span.label_)
        if label is None:
            continue
        # A recogniser may run over the end of a paragraph or take spaces along: cut at the
        # line, so that offsets hold whatever stood between.
        text = span.text
        lead = len(text) - len(text.lstrip(_EDGE))
        text = text[lead:].split("\n", 1)[0].rstrip(_EDGE)
        if not any(char.isalnum() for char in text):
            continue
        start = span.start_char + lead
        yield text, label, start + piece.shift(start)


def _entity(text: str, label: str, start: int, field: Field, model: str) -> Entity:
    return Entity(
        text=text,
        label=cast(Label, label),
        start=start,
        end=start + len(text),
        field=field,
        component=COMPONENT,
        model=model,
    )
