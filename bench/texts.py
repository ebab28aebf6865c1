"""Stories to measure with, made from the sentences of `seeds/`: the same on every machine.

Every story has some 350 words, as a wire's report has, in German unless said otherwise.
"""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import msgspec

from dateline import formats
from dateline.article import Article
from dateline.errors import Where
from dateline.records import RawDocument, sha256
from dateline.text import first_sentence

ROOT = Path(__file__).resolve().parent.parent
WORDS = 350
_BEGUN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _sentences(language: str) -> list[str]:
    found: list[str] = []
    for path in sorted((ROOT / "seeds" / language).glob("*.*")):
        if path.suffix == ".jsonl":
            continue
        value = path.read_bytes()
        document = RawDocument(
            value=value,
            feed="bench",
            format=formats.detect(value, Where()).name,
            location=path.name,
            received=_BEGUN,
            sha256=sha256(value),
        )
        for item in formats.read(document):
            if isinstance(item, Article) and item.body_text:
                for paragraph in item.body_text.split("\n\n"):
                    rest = paragraph
                    while sentence := first_sentence(rest):
                        found.append(sentence)
                        rest = rest[len(sentence) :].strip()
    return found


def stories(count: int, *, name: str, language: str = "de") -> list[bytes]:
    """ninjs documents, each a story of its own; ``name`` keeps one set apart from another."""
    sentences = _sentences(language)
    chance = random.Random(f"{name} {language}")
    made: list[bytes] = []
    for number in range(count):
        paragraphs: list[str] = []
        words = 0
        while words < WORDS:
            paragraph = " ".join(chance.choice(sentences) for _ in range(3))
            words += paragraph.count(" ") + 1
            paragraphs.append(paragraph)
        made.append(
            msgspec.json.encode(
                {
                    "uri": f"urn:dateline:bench:{name}:{number}",
                    "type": "text",
                    "version": "1",
                    "versioncreated": (_BEGUN + dt.timedelta(seconds=number)).isoformat(),
                    "language": language,
                    "body_text": "\n\n".join(paragraphs),
                }
            )
        )
    return made
