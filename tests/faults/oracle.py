"""Stories with all that happens to stories, and what must be shown of them: an independent word.

`World` makes documents from a seed. What must become of each is known when it is made, from the
two dates and numbers that the document itself declares; nothing here asks `dateline.versions`.
`check` then compares that with the index, the aliases, the ledger and the dead letters.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from dateline.connections import elasticsearch_client
from dateline.settings import Settings
from tests.faults.poison import HANGS, KILLS
from tests.integration.whole import dateline

#: far enough ahead that no test sees the embargo open
_FUTURE = "2199-01-01T00:00:00Z"
_PAST = "2026-01-01T00:00:00Z"
#: how many are listed of each kind of fault
_LISTED = 5

_WORDS = {
    "de": (
        "Der Hafen von Nordstadt bleibt gesperrt. Fassung {m}: Bürgermeisterin Erna Beispiel "
        "sprach in Hamburg mit der Reederei Musterline über die Bergung.",
        "In Dresden tagt der Rat der Stadt. Fassung {m}: Stadträtin Ada Probe kündigte an, die "
        "Brücke am Markt werde im Herbst geöffnet.",
        "Die Bahn fährt wieder nach Plan. Fassung {m}: Sprecher Kurt Muster nannte in Köln die "
        "Strecke nach Bonn »vollständig geräumt«.",
    ),
    "en": (
        "The ferry to Eastport sails again. Take {m}: Captain Jane Sample said in Dublin that the "
        "pier of Sample Lines had been repaired.",
        "The council of Northtown met on Monday. Take {m}: Mayor Tom Example promised in London "
        "that the old bridge would reopen.",
        "Trains run on time again. Take {m}: spokeswoman Ann Trial said in Leeds that the line to "
        "York was clear.",
    ),
}


class Delivery(NamedTuple):
    """One document as it is delivered."""

    data: bytes


class Expected(NamedTuple):
    """What must be shown of a story: its newest version."""

    created: str | None
    version: int | None
    status: str
    embargoed: str | None
    headline: str

    @property
    def order(self) -> tuple[str, int]:
        """Greater is newer; an absent date or number is lower than any."""
        return (self.created or "", -1 if self.version is None else self.version)

    @property
    def declared(self) -> str:
        """What tells this version from every other of its story."""
        return f"{self.created} {self.version} {self.status}"

    @property
    def public(self) -> bool:
        """Whether the readers' alias must show it."""
        return self.status == "usable" and self.embargoed in (None, _PAST)

    @property
    def desk(self) -> bool:
        """Whether the desk's alias must show it."""
        return self.status != "canceled"


class Found(msgspec.Struct):
    """What the check found: number of each kind of fault, and the first of each.

    dead: refusals among the dead letters; repeated: letters that say once more what one has said.
    """

    faults: Counter[str] = msgspec.field(default_factory=Counter)
    listed: list[str] = []
    dead: int = 0
    repeated: int = 0

    def add(self, kind: str, what: str) -> None:
        self.faults[kind] += 1
        if self.faults[kind] <= _LISTED:
            self.listed.append(f"{kind}: {what}")


class World:
    """Deliveries and what must become of them. ``name`` keeps the stories of two worlds apart.

    limit: `max_document_bytes` of the stages, for documents above it. poison: how many articles
    end their spaCy process.
    """

    def __init__(
        self, seed: int, stories: int, *, limit: int, name: str = "w", poison: int = 0
    ) -> None:
        self.seed = seed
        self.stories = stories
        self.expected: dict[str, Expected] = {}
        #: each version that comes to the index, (uri, declared), to how often it is delivered
        self.versions: Counter[tuple[str, str]] = Counter()
        #: must lie among the dead letters: (SHA-256 of the document, number of the item or None);
        #: of what the index refuses, whose letters hold the enriched article, (uri, None)
        self.dead: set[tuple[str, int | None]] = set()
        self.skipped = 0
        self._name = name
        self._random = random.Random(f"{seed}/{name}")
        self.deliveries: list[Delivery] = []
        drawn = [self._story(number) for number in range(stories)]
        loose = [one for versions in drawn for one in versions]
        self._random.shuffle(loose)
        self.deliveries += self._documents(loose)
        self.deliveries += self._unreadable(limit)
        self.deliveries += [self._poisoned(number) for number in range(poison)]
        self._random.shuffle(self.deliveries)

    @property
    def records(self) -> int:
        """Documents to be delivered."""
        return len(self.deliveries)

    def again(self, number: int) -> Delivery:
        """A delivery once more, byte for byte; any number will do."""
        return self.deliveries[number % len(self.deliveries)]

    def add(self, *items: dict[str, Any]) -> None:
        """Deliver these items, in this order, each as a document of its own."""
        for item in items:
            expected = _expected(item)
            known = self.expected.get(item["uri"])
            if known is None or expected.order > known.order:
                self.expected[item["uri"]] = expected
            self.versions[item["uri"], expected.declared] += 1
            self.deliveries.append(Delivery(msgspec.json.encode(item)))

    def refuse(self, data: bytes) -> None:
        """Deliver a document that must end among the dead letters."""
        self.deliveries.append(self._refused(data))

    def claim(self, uri: str) -> None:
        """Deliver an article of another provider for a story that is there already."""
        item = {"uri": uri, "pubstatus": "usable", "copyrightholder": "Otherwire"}
        item |= {"headline": "Anspruch", "versioncreated": "2026-03-01T00:00:00Z"}
        self.dead.add((uri, None))
        self.deliveries.append(Delivery(msgspec.json.encode(item)))

    # -- making

    def _story(self, number: int) -> list[dict[str, Any]]:
        """All items of one story, each as often as it is delivered, in no order."""
        draw = self._random
        uri = f"urn:faults:{self._name}:{self.seed}:{number}"
        kind = draw.choices(*zip(*_KINDS, strict=True))[0]
        language = draw.choice(("de", "en"))
        made: list[tuple[dict[str, Any], Expected]] = []

        def version(at: int, status: str = "usable", **more: Any) -> None:
            headline = f"Story {number} version {at} {status}"
            text = draw.choice(_WORDS[language]).format(m=f"{number}.{at}")
            clock = f"{at % 24:02d}:{draw.randrange(60):02d}"
            item: dict[str, Any] = {
                "uri": uri,
                "type": "text",
                "pubstatus": status,
                "language": language,
                "copyrightholder": "Faultwire",
                "versioncreated": f"2026-02-01T{clock}:00Z",
                "version": str(at),
                "headline": headline,
                "body_text": text,
            } | more
            item = {name: value for name, value in item.items() if value is not None}
            made.append((item, _expected(item)))

        last = draw.randrange(2, 6)
        if kind == "single":
            version(1)
        elif kind == "updates":
            for at in range(last):
                version(at)
        elif kind == "corrected":
            version(1)
            version(2, signal=[{"code": "correction"}], ednote="Berichtigt wird die Zahl.")
        elif kind == "numbered":  # no dates: the number alone orders
            for at in range(last):
                version(at, versioncreated=None)
        elif kind == "dated":  # one number for all: the date alone orders
            for at in range(last):
                version(at, version="7")
        elif kind == "same-time":  # one date for all: the number decides
            for at in range(last):
                version(at, versioncreated="2026-02-03T04:05:06Z")
        elif kind == "killed":
            for at in range(last):
                version(at)
            version(last, "canceled", body_text=None)
        elif kind == "revived":
            version(1)
            version(2, "canceled", body_text=None)
            version(3)
        elif kind == "killed-late":  # the kill is older than what stands
            version(1)
            version(2, "canceled", body_text=None)
            version(4)
            version(5)
        elif kind == "withheld":
            version(1)
            version(2, "withheld")
        elif kind == "released":
            version(1, "withheld")
            version(2)
        elif kind == "embargoed":
            version(1)
            version(2, embargoed=_FUTURE)
        elif kind == "opened":
            version(1, embargoed=_FUTURE)
            version(2, embargoed=_PAST)
        newest = max((expected for _item, expected in made), key=lambda one: one.order)
        self.expected[uri] = newest
        items: list[dict[str, Any]] = []
        for item, expected in made:
            times = draw.choices((1, 2, 3), (85, 12, 3))[0]
            items += [item] * times
            self.versions[uri, expected.declared] += times
        return items

    def _documents(self, items: list[dict[str, Any]]) -> Iterator[Delivery]:
        """Most documents hold one item; some several, and with them pictures and bad ones."""
        draw = self._random
        at = 0
        while at < len(items):
            size = draw.choices((1, 2, 5), (97, 2, 1))[0]
            chunk: list[Any] = items[at : at + size]
            at += size
            if size == 1:
                yield Delivery(msgspec.json.encode(chunk[0]))
                continue
            bad: list[int] = []
            if draw.random() < 0.3:
                chunk.append({"uri": f"urn:faults:bild:{at}", "type": "picture", "headline": "B"})
                self.skipped += 1
            if draw.random() < 0.3:
                bad.append(len(chunk))
                chunk.append({"type": "text", "headline": f"Ohne Kennung {self._name} {at}"})
            data = msgspec.json.encode(chunk)
            self.dead |= {(_sha256(data), number) for number in bad}
            yield Delivery(data)

    def _unreadable(self, limit: int) -> Iterator[Delivery]:
        few = max(3, self.stories // 150) if self.stories else 0
        for number in range(few):
            told = f"{self._name} {self.seed} {number}"
            yield self._refused(b'{"uri": "urn:faults:kaputt", "headline": "%b' % told.encode())
            yield self._refused(msgspec.json.encode({"headline": f"Ohne Kennung {told}"}))
            item = {"uri": f"urn:faults:falsch:{told}", "headline": "F", "pubstatus": "vielleicht"}
            yield self._refused(msgspec.json.encode(item))
        for number in range(-(-few // 10)):
            begun = b'{"uri": "urn:faults:lang:%d", "body_text": "%d %d ' % (
                number,
                self.seed,
                limit,
            )
            yield self._refused(begun + b"lang " * (limit // 5) + b'"}')

    def _refused(self, data: bytes) -> Delivery:
        self.dead.add((_sha256(data), None))
        return Delivery(data)

    def _poisoned(self, number: int) -> Delivery:
        return self._refused(poisoned(f"urn:faults:gift:{self._name}:{self.seed}:{number}", KILLS))


def check(settings: Settings, *worlds: World) -> Found:
    """Everything is through: compare what is shown with what all these worlds expect.

    ``settings`` must reach the servers directly.
    """
    found = Found()
    expected = {uri: one for world in worlds for uri, one in world.expected.items()}
    with elasticsearch_client(settings) as client:
        _check_index(client, settings, expected, found)
        versions = sum((world.versions for world in worlds), Counter[tuple[str, str]]())
        _check_ledger(client, settings, versions, found)
    _check_dead(settings, {key for world in worlds for key in world.dead}, found)
    return found


def _check_index(
    client: Any, settings: Settings, stories: dict[str, Expected], found: Found
) -> None:
    index = f"{settings.index_prefix}articles-000001"
    client.indices.refresh(index=index)
    shown: dict[str, dict[str, Any]] = {}
    names = ["uri", "version", "versioncreated", "pubstatus", "headline", "body_text"]
    for source in _sources(client, index, names):
        if source["uri"] in shown:
            found.add("doubled", f"{source['uri']} stands twice in the index")
        shown[source["uri"]] = source
    public, desk = (
        {source["uri"] for source in _sources(client, f"{settings.index_prefix}{alias}", ["uri"])}
        for alias in ("articles", "articles-desk")
    )
    for uri in (shown.keys() | public | desk) - stories.keys():
        found.add("unknown", f"{uri} was never delivered")
    for uri, expected in stories.items():
        source = shown.get(uri, {})
        if not source:
            found.add("lost", f"{uri} is not in the index")
        elif expected.status == "canceled" and source["pubstatus"] != "canceled":
            found.add("resurrected", f"{uri}: withdrawn, but shown: {source}")
        elif _declared(source) != expected.declared:
            found.add("stale", f"{uri} shows {source}, newest is {expected}")
        elif expected.status == "canceled" and ("body_text" in source or "headline" in source):
            found.add("resurrected", f"{uri}: its tombstone holds text: {source}")
        elif expected.status != "canceled" and source.get("headline") != expected.headline:
            found.add("stale", f"{uri} shows the text of another version: {source}")
        elif (uri in public, uri in desk) != (expected.public, expected.desk):
            found.add("alias", f"{uri}: public {uri in public}, desk {uri in desk}, is {expected}")


def _check_ledger(
    client: Any, settings: Settings, versions: Counter[tuple[str, str]], found: Found
) -> None:
    """Each delivery of each version has an entry of its own, at least."""
    index = f"{settings.index_prefix}ledger"
    client.indices.refresh(index=index)
    entries: Counter[tuple[str, str]] = Counter()
    names = ["uri", "pubstatus", "version", "versioncreated", "outcome"]
    for source in _sources(client, index, names):
        if source["outcome"] not in ("dead", "skipped"):
            entries[source["uri"], _declared(source)] += 1
    for key, times in versions.items():
        if entries[key] < times:
            found.add("ledger", f"{key}: delivered {times} times, {entries[key]} entries")
    for key in entries.keys() - versions.keys():
        found.add("ledger", f"{key} was never delivered")


def _check_dead(settings: Settings, dead: set[tuple[str, int | None]], found: Found) -> None:
    ended = dateline(settings, "dead", "list", "--json")
    assert ended.returncode == 0, ended.stderr.decode()
    letters: Counter[tuple[str, int | None]] = Counter()
    for line in ended.stdout.splitlines():
        letter = msgspec.json.decode(line)
        claimed = _CLAIMED.search(letter["error"]) if letter["stage"] == "sink" else None
        key = (claimed[1], None) if claimed else (letter["sha256"], letter.get("item"))
        letters[key] += 1
    for key in dead - letters.keys():
        found.add("dead", f"no dead letter for document {key}")
    for key in letters.keys() - dead:
        found.add("dead", f"a dead letter that nothing explains: {key}")
    found.dead, found.repeated = len(letters), letters.total() - len(letters)


def _sources(client: Any, index: str, names: list[str]) -> Iterator[dict[str, Any]]:
    from elasticsearch.helpers import scan

    for hit in scan(client, index=index, query={"_source": names}, size=2000):
        yield hit["_source"]


def _declared(source: dict[str, Any]) -> str:
    return f"{source.get('versioncreated')} {source.get('version')} {source['pubstatus']}"


_KINDS = (
    ("single", 34),
    ("updates", 24),
    ("killed", 10),
    ("corrected", 6),
    ("numbered", 4),
    ("dated", 4),
    ("same-time", 4),
    ("withheld", 3),
    ("released", 2),
    ("embargoed", 3),
    ("opened", 2),
    ("revived", 2),
    ("killed-late", 2),
)


_CLAIMED = re.compile(r"the identity (\S+) belongs to another provider")


def poisoned(uri: str, word: str) -> bytes:
    """A document whose article kills (`KILLS`) or hangs (`HANGS`) its spaCy process."""
    assert word in (KILLS, HANGS)
    item = {
        "uri": uri,
        "type": "text",
        "pubstatus": "usable",
        "language": "de",
        "copyrightholder": "Faultwire",
        "headline": "Gift",
        "body_text": f"In diesem Text steht {word}.",
    }
    return msgspec.json.encode(item)


def _expected(item: dict[str, Any]) -> Expected:
    version = item.get("version")
    return Expected(
        created=item.get("versioncreated"),
        version=None if version is None else int(version),
        status=item["pubstatus"],
        embargoed=item.get("embargoed"),
        headline=item["headline"],
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
