"""How fast each wire format is read on one core, beside a library that reads the same bytes.

The documents are those of `seeds/formats/`, each lengthened to a report of some 350 words. A peer
does less than Dateline does (it finds fields; it decides nothing), so the share says what the
meaning of a wire costs. ``items/s`` counts what is read: of a feed its entries, and a picture that
is skipped too.
"""

from __future__ import annotations

import html
import io
import json
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec

from bench import texts
from dateline import formats
from dateline.article import Article
from dateline.errors import Where
from dateline.records import RawDocument, sha256, utc_now

_FOLDER = texts.ROOT / "seeds" / "formats"
#: seconds for one measurement
_LONG = 0.5


def measure(*, rounds: int) -> dict[str, Any]:
    """By format: bytes of the document, items/s, a peer's rate in the same items, share."""
    paragraphs = msgspec.json.decode(texts.stories(1, name="formats")[0])["body_text"].split("\n\n")
    found: dict[str, Any] = {}
    for path in sorted(path for path in _FOLDER.iterdir() if path.is_file()):
        data = _lengthened(path.read_bytes(), paragraphs)
        known = formats.detect(data, Where(location=path.name))
        document = RawDocument(
            value=data,
            feed="bench",
            format=known.name,
            location=path.name,
            received=utc_now(),
            sha256=sha256(data),
        )
        items = formats.read(document)
        count = len(items)
        if not any(isinstance(item, Article) for item in items):
            raise SystemExit(f"bench: {path.name} gives no article")
        told: dict[str, Any] = {"bytes": len(data)}
        ours = [_rate(partial(formats.read, document)) * count for _ in range(rounds)]
        told["items/s"] = statistics.median(ours)
        for name, peer in _peers(data).items():
            theirs = statistics.median(_rate(peer) * count for _ in range(rounds))
            told[name] = theirs
            told[f"share of {name}"] = told["items/s"] / theirs
        found[f"{known.name} ({path.name.partition('.')[0]})"] = told
    return found


def _lengthened(data: bytes, paragraphs: list[str]) -> bytes:
    """More paragraphs after the first one of the document's own."""
    charset = "iso-8859-1" if b"ISO-8859-1" in data[:100] else "utf-8"
    source = data.decode(charset)
    if "</p>" in source:
        more = "".join(f"<p>{html.escape(part, quote=False)}</p>" for part in paragraphs)
        if source.lstrip().startswith("{"):
            more = json.dumps(more, ensure_ascii=False)[1:-1]
        changed = source.replace("</p>", f"</p>{more}", 1)
    else:
        more = json.dumps("\n\n".join(paragraphs), ensure_ascii=False)[1:-1]
        changed = source.replace("\\n\\n", f"\\n\\n{more}\\n\\n", 1)
    return changed.encode(charset, "xmlcharrefreplace")


def _peers(data: bytes) -> dict[str, Callable[[], Any]]:
    """What else reads these bytes, by name."""
    from lxml import etree

    def walk() -> int:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
        return sum(len(element.text or "") for element in root.iter())

    if data.lstrip().startswith(b"{"):
        return {"json.loads": lambda: json.loads(data)}
    peers: dict[str, Callable[[], Any]] = {"a bare lxml walk": walk}
    if b"iptc.org/std/nar" in data:
        from NewsMLG2.document import NewsMLG2Document

        peers["newsmlg2"] = lambda: NewsMLG2Document(data).get_item()
    if b"<rss" in data or b"2005/Atom" in data:
        import feedparser

        peers["feedparser"] = lambda: feedparser.parse(io.BytesIO(data))
    return peers


def _rate(what: Callable[[], Any]) -> float:
    """Times a second."""
    begun, times = time.process_time(), 0
    while (took := time.process_time() - begun) < _LONG:
        what()
        times += 1
    return times / took
