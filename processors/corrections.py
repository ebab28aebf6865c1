"""The editor's table of entities, ``entities.toml``: what is always a name, never one, a name of
somebody known, or of another kind than the model says.

Read, checked as a whole, and watched here; `processors.enrichers.corrections` and
`processors.enrichers.names` apply it. A changed file is read again before the next batch. One that
cannot be used changes nothing while a process runs: the last good table stays in force, and the
reason is logged once. At a start it is an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec

from dateline.article import Label
from dateline.errors import UsageError
from dateline.settings import Settings

log = logging.getLogger(__name__)

#: the file's name in the data folder; also ``component`` of the entities that it makes
FILE = "entities.toml"
#: labels of the lists that names are merged in
Listed = Literal["PER", "ORG", "LOC"]
LISTED: tuple[Listed, ...] = ("PER", "ORG", "LOC")

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]+)*\Z")
#: Words, and each other character by itself. Chinese, Japanese, Korean and Thai put no blanks
#: between words, so there every character counts as one.
_UNSPACED = "\u0e00-\u0e7f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+|[^\w\s]")
_LETTER = re.compile(r"[^\W_]")
_HYPHENS = "-\u2010\u2011"
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*[\"']?([\w-]+)[\"']?[ \t]*\]\]", re.MULTILINE)


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    language: str | None = None
    ignore_case: bool = False


class _Labelled(_Entry, frozen=True, kw_only=True):
    """``[[always]]`` and ``[[is-a]]``."""

    text: str | list[str]
    label: Label


class _Never(_Entry, frozen=True, kw_only=True):
    text: str | list[str]
    label: Label | None = None


class _Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    into: str
    names: list[str]
    label: Listed | None = None


_KINDS: dict[str, type[_Labelled | _Never | _Merge]] = {
    "always": _Labelled,
    "never": _Never,
    "merge": _Merge,
    "is-a": _Labelled,
}


class Match(NamedTuple):
    """A text of the table that stands in an article; offsets in code points."""

    start: int
    end: int
    label: Label


class Texts:
    """Texts of one kind of entries with their labels, by spelling and language."""

    def __init__(self) -> None:
        #: those that are as they are spelt, and those in whatever case, folded
        self._exact = _Spellings()
        self._folded = _Spellings()

    def __bool__(self) -> bool:
        return bool(self._exact.labels or self._folded.labels)

    def add(self, text: str, label: Label | None, language: str | None, ignore_case: bool) -> None:
        """A text as the table has it, checked."""
        if ignore_case:
            self._folded.add(text.casefold(), label, language)
        else:
            self._exact.add(text, label, language)

    def labels(self, text: str, language: str | None) -> Iterator[Label | None]:
        """What the table says of a text in an article of this language, the closest first."""
        yield from self._exact.of(text, language)
        if self._folded.labels:
            yield from self._folded.of(text.casefold(), language)

    def find(self, text: str, language: str | None) -> list[Match]:
        """Where texts of the table stand as whole words, the longest at each place; none overlap.

        A hyphen joins words (``Merkel-Regierung`` is one), but for the English that hangs a word
        in small letters onto a name: ``Hamas-run``.
        """
        spans = [token.span() for token in _TOKEN.finditer(text)]
        exact, folded = self._exact.sizes, self._folded.sizes
        found: list[Match] = []
        end = 0
        for at, (start, first_end) in enumerate(spans):
            if start < end:
                continue
            word = text[start:first_end]
            sizes = exact.get(word, ())
            if folded:
                both = {*sizes, *folded.get(word.casefold(), ())}
                sizes = tuple(sorted(both, reverse=True))
            for size in sizes:
                if at + size > len(spans):
                    continue
                last = spans[at + size - 1][1]
                label = self._stands(text, start, last, language)
                if label is not None:
                    found.append(Match(start, last, label))
                    end = last
                    break
        return found

    def _stands(self, text: str, start: int, end: int, language: str | None) -> Label | None:
        written = text[start:end]
        if "  " in written or not written.isprintable():
            if "\n" in written:
                return None
            written = " ".join(written.split())
        for label in self.labels(written, language):
            if label is not None and _is_whole(text, start, end, language):
                return label
        return None


class _Spellings:
    """labels: text to language to label. sizes: first word of a text to how many words those that
    begin with it have, the most first."""

    def __init__(self) -> None:
        self.labels: dict[str, dict[str | None, Label | None]] = {}
        self.sizes: dict[str, tuple[int, ...]] = {}

    def add(self, text: str, label: Label | None, language: str | None) -> None:
        self.labels.setdefault(text, {})[language] = label
        words = _TOKEN.findall(text)
        sizes = self.sizes.get(words[0], ())
        if len(words) not in sizes:
            self.sizes[words[0]] = tuple(sorted((*sizes, len(words)), reverse=True))

    def of(self, text: str, language: str | None) -> Iterator[Label | None]:
        known = self.labels.get(text)
        if known is not None:
            tag = (language or "").lower()
            for told in dict.fromkeys((tag, tag.partition("-")[0], None)):
                if told in known:
                    yield known[told]


def _is_whole(text: str, start: int, end: int, language: str | None) -> bool:
    english = (language or "").partition("-")[0] == "en"
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    for beside, word in ((before[::-1], before[::-1][1:]), (after, after[1:])):
        if beside[:1] in _HYPHENS and word.isalpha() and not (english and word.islower()):
            return False
    return True


class Table:
    """All that an ``entities.toml`` says.

    hash: short hash of what it says, whatever its comments and order; None of an empty one.
    """

    def __init__(self) -> None:
        self.hash: str | None = None
        self.always = Texts()
        self.is_a = Texts()
        self._never = Texts()
        self._never_any = Texts()
        self._into: dict[tuple[str, str], str] = {}

    def is_never(self, text: str, label: str, language: str | None) -> bool:
        """Whether a name is to be set aside from person, organisation or place."""
        if any(True for _ in self._never_any.labels(text, language)):
            return True
        return bool(self._never) and any(
            said == label for said in self._never.labels(f"{label} {text}", language)
        )

    def merged(self, names: Iterable[str | None], label: str) -> str | None:
        """The name that an editor gives to somebody who has one of these."""
        for name in names if self._into else ():
            into = None if name is None else self._into.get((label, _folded(name)))
            if into is not None:
                return into
        return None

    @property
    def merges(self) -> bool:
        """Whether it merges anything."""
        return bool(self._into)

    @property
    def sets_aside(self) -> bool:
        """Whether there is a name that is never one."""
        return bool(self._never) or bool(self._never_any)


EMPTY = Table()


def read(data: bytes, path: Path) -> Table:
    """The table in a file's bytes. Raises UsageError with line, what was found and expected."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _bad(path, f"line {line}", f"byte {data[error.start]:#04x}", "UTF-8") from error
    try:
        document = tomllib.loads(text.replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        raise _bad(path, None, str(error), "TOML") from error
    except RecursionError as error:
        raise _bad(path, None, "brackets within brackets without end", "TOML") from error
    return _Reading(path, text).table(document)


class _Reading:
    """Checks a document entry by entry, with the line of each for its errors."""

    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text
        self._lines: dict[str, list[int]] | None = None
        self._table = Table()
        self._said: list[str] = []
        #: what is said of a text: (kind, spelling, language) to (label, place)
        self._of: dict[tuple[str, str, str | None], tuple[str | None, tuple[str, int]]] = {}
        self._names: dict[tuple[str, str], tuple[str, tuple[str, int]]] = {}

    def table(self, document: Mapping[str, Any]) -> Table:
        """Raises UsageError."""
        for kind, entries in document.items():
            if kind not in _KINDS:
                raise _bad(self._path, None, kind, ", ".join(f"[[{known}]]" for known in _KINDS))
            if not isinstance(entries, list):
                raise _bad(self._path, f"[{kind}]", "one table", f"[[{kind}]], in two brackets")
            for number, entry in enumerate(entries):
                self._add(kind, entry, (kind, number))
        self._contradictions()
        self._merge()
        if self._said:
            said = "\n".join(sorted(self._said))
            self._table.hash = hashlib.sha256(said.encode()).hexdigest()[:12]
        return self._table

    def _add(self, kind: str, given: Any, place: tuple[str, int]) -> None:
        try:
            entry = msgspec.convert(given, _KINDS[kind])
        except msgspec.ValidationError as error:
            allowed = ", ".join(_KINDS[kind].__struct_fields__)
            raise self._error(place, str(error), f"of [[{kind}]]: {allowed}") from error
        if isinstance(entry, _Merge):
            self._add_merge(entry, place)
            return
        language = entry.language
        if language is not None:
            language = language.lower().replace("_", "-")
            if not _LANGUAGE.match(language):
                raise self._error(place, repr(entry.language), "a language's tag, such as de")
        if entry.text == []:
            raise self._error(place, "no text", "a text, or a list of some")
        for text in [entry.text] if isinstance(entry.text, str) else entry.text:
            text = self._checked(text, place)
            self._add_text(kind, text, entry.label, language, entry.ignore_case, place)

    def _add_text(
        self,
        kind: str,
        text: str,
        label: Label | None,
        language: str | None,
        ignore_case: bool,
        place: tuple[str, int],
    ) -> None:
        table = self._table
        spelt = "i:" + text.casefold() if ignore_case else "=:" + text
        of = f"{kind} {label}" if kind == "never" else kind
        before = self._of.setdefault((of, spelt, language), (label, place))
        if before[1] is not place:
            if before[0] == label:
                raise self._error(place, f"{text!r} a second time", f"once; {self._at(before[1])}")
            raise self._error(
                place, f"{text!r} is {label}", f"{before[0]}, as {self._at(before[1])} says"
            )
        if kind != "never":
            (table.always if kind == "always" else table.is_a).add(
                text, label, language, ignore_case
            )
        elif label is None:
            table._never_any.add(text, None, language, ignore_case)
        else:
            table._never.add(f"{label} {text}", label, language, ignore_case)
        self._said.append(f"{kind}\t{text}\t{label}\t{language}\t{ignore_case}")

    def _contradictions(self) -> None:
        """What is always a name is not never one, nor another kind of name."""
        for (kind, spelt, language), (label, place) in self._of.items():
            if kind not in ("always", "is-a"):
                continue
            others = ["never None", f"never {label}"] + ["is-a"] * (kind == "always")
            for other in others:
                before = self._of.get((other, spelt, language))
                if before is not None and (other != "is-a" or before[0] != label):
                    raise self._error(
                        place, f"{spelt[2:]!r} is {label}", f"what {self._at(before[1])} says"
                    )

    def _add_merge(self, entry: _Merge, place: tuple[str, int]) -> None:
        into = self._checked(entry.into, place)
        names = [self._checked(name, place) for name in entry.names]
        if not names:
            raise self._error(place, "no names", "names that are to become one")
        for label in LISTED if entry.label is None else (entry.label,):
            for name in names:
                key = (label, _folded(name))
                before = self._names.setdefault(key, (into, place))
                if before[0] != into:
                    raise self._error(
                        place,
                        f"{name!r} becomes {into!r}",
                        f"{before[0]!r}, as {self._at(before[1])} says",
                    )
        self._said.append("\t".join(["merge", into, *sorted(names), str(entry.label)]))

    def _merge(self) -> None:
        """Each name to the last of its chain."""
        table = self._table._into
        for (label, name), (into, place) in self._names.items():
            seen = {name: None}
            while (next_ := self._names.get((label, step := _folded(into)))) is not None:
                if step in seen or _folded(next_[0]) == step:
                    way = " -> ".join([*seen, into])
                    raise self._error(place, f"names that become each other: {way}", "an end")
                if (label, step) in table:
                    into = table[label, step]
                    break
                seen[step] = None
                into = next_[0]
            table.update(((label, step), into) for step in seen)
            table.setdefault((label, _folded(into)), into)

    def _checked(self, text: str, place: tuple[str, int]) -> str:
        whole = " ".join(unicodedata.normalize("NFC", text).split())
        if not _LETTER.search(whole):
            raise self._error(place, repr(text), "a name")
        return whole

    def _at(self, place: tuple[str, int]) -> str:
        """``line 12``; the number of the entry where it has no line of its own."""
        kind, number = place
        if self._lines is None:
            self._lines = {}
            for header in _HEADER.finditer(self._text):
                line = self._text.count("\n", 0, header.start()) + 1
                self._lines.setdefault(header[1], []).append(line)
        lines = self._lines.get(kind, [])
        return f"line {lines[number]}" if number < len(lines) else f"entry {number + 1} of {kind}"

    def _error(self, place: tuple[str, int], found: str, expected: str) -> UsageError:
        return _bad(self._path, f"{self._at(place)}, [[{place[0]}]]", found, expected)


def _bad(path: Path, place: str | None, found: str, expected: str) -> UsageError:
    return UsageError(
        f"{path}: {place}" if place else f"{path} cannot be used",
        found=found,
        expected=expected,
        remedy="docs/enrichment.md (Corrections) explains the table; `dateline doctor` checks it.",
    )


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


# --- the file ------------------------------------------------------------------------------------


def path_of(settings: Settings) -> Path:
    """Where the table lies, or would."""
    if settings.entities_file is not None:
        return Path(settings.entities_file).expanduser().absolute()
    return settings.data_path / FILE


class Watched:
    """The table of this process, as the file says it now, or as it last said it rightly."""

    def __init__(self, path: Path, *, required: bool, copy: Path) -> None:
        """required: the file must be there at a start. copy: where the last good table is kept
        for processes that start while the file is bad."""
        self.path = path
        self.table = EMPTY
        self._required = required
        self._copy = copy
        self._seen: tuple[int, int, int] | Literal["never"] | None = "never"
        self._keeps = False
        self._told = False

    def start(self, *, keep: bool = False) -> None:
        """Read the file if it has changed. keep: for other processes, too. Raises UsageError."""
        self._keeps |= keep
        seen = self._signature()
        if seen == self._seen and not keep:
            return
        if seen is None and self._required:
            raise UsageError(
                "entities_file names a file that is not there",
                found=str(self.path),
                expected="an entities.toml (docs/enrichment.md, Corrections)",
            )
        self._read(seen)

    def resume(self) -> None:
        """As `start`, but a bad or missing file leaves the last good table in force."""
        self._keeps = True
        try:
            if self._signature() is None and self._copy.exists():
                raise UsageError(f"{self.path} is gone")
            self.start()
        except UsageError as error:
            self._seen = self._signature()
            with contextlib.suppress(OSError, UsageError):
                self.table = read(self._copy.read_bytes(), self._copy)
                self._told = True
            self._stays(error)

    def look(self) -> None:
        """Read the file again if it has changed; never raises."""
        seen = self._signature()
        if seen == self._seen:
            return
        try:
            if seen is None:
                self._seen = None
                raise UsageError(f"{self.path} is gone", remedy="an empty file corrects nothing.")
            self._read(seen)
        except UsageError as error:
            self._stays(error)
        else:
            log.info("%s was read again", self.path)

    def _stays(self, error: UsageError) -> None:
        log.warning(
            "%s; %s",
            error,
            "the table that was read before stays in force"
            if self._told
            else "no table was read before, so nothing is corrected until it is mended",
        )

    def _read(self, seen: tuple[int, int, int] | None) -> None:
        # Before the bytes: what is written meanwhile is seen at the next look.
        self._seen = seen
        if seen is not None and not self.path.is_file():
            # A pipe would be waited for.
            raise _bad(self.path, None, "something that is no file", "a readable file")
        try:
            data = b"" if seen is None else self.path.read_bytes()
        except OSError as error:
            raise _bad(self.path, None, str(error), "a readable file") from error
        self.table = read(data, self.path)
        self._told = True
        if self._keeps:
            self._keep(data, exists=seen is not None)

    def _keep(self, data: bytes, *, exists: bool) -> None:
        with contextlib.suppress(OSError):
            if not exists:
                self._copy.unlink(missing_ok=True)
                return
            self._copy.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._copy.parent, delete=False) as file:
                file.write(data)
            Path(file.name).replace(self._copy)

    def _signature(self) -> tuple[int, int, int] | None:
        try:
            told = os.stat(self.path)  # noqa: PTH116 - before every batch
        except OSError:
            return None
        return told.st_mtime_ns, told.st_size, told.st_ino


_watched: dict[tuple[Path, Path, bool], Watched] = {}


def watched(settings: Settings) -> Watched:
    """The one table of this process; whoever asks for it shares it, so that a batch is enriched
    by one table throughout. Nothing is read yet."""
    path = path_of(settings)
    required = settings.entities_file is not None
    key = (path, settings.data_path, required)
    if key not in _watched:
        copy = f"entities-{hashlib.sha256(str(path).encode()).hexdigest()[:8]}.toml"
        _watched[key] = Watched(path, required=required, copy=settings.data_path / "cache" / copy)
    return _watched[key]
