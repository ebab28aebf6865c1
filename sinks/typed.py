"""What somebody types into a search, as Lucene's query syntax has it.

Nearly the same; but what people type, paste and mean otherwise than Lucene reads it is put right:
typographic quotation marks, addresses of pages, and the slash, which begins a regular expression
there. None is offered: a short one can occupy a server for minutes, which nothing then stops (no
timeout, no limit of states; Elasticsearch 9.5).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence

from dateline.errors import UsageError

#: A word's wildcards cost the square of their number, in each of forty languages' fields.
_STARS, _WILD = 10, 50
#: characters of a query that a message shows, and fields that are named at most
_SHOWN, _NEAR = 100, 4

# As Kibana's bar and Lucene take them.
_KEPT = r'"(?:[^"\\]|\\.)*"|\\.|[\[{][^\]}]*[\]}]'
_ADDRESS = r"(?<!\w)[A-Za-z][A-Za-z0-9+.-]*://[^\s\"()\[\]{}„“”»«‚‘’‹›]+"
# As German, English, French, Swiss, Danish and Swedish copy has them. An apostrophe closes nothing.
_QUOTED = (
    r"(?<!\w)(?:„[^“”\"]+[“”\"]|“[^”]+”|”[^”]+”|»[^«»]+[«»]|«[^»]+»|‹[^›]+›|›[^‹]+‹"
    r"|‚(?:[^‘’]|’(?=\w))+[‘’]|‘(?:[^’]|’(?=\w))+’)(?!\w)"
)
_PIECE = re.compile(
    rf"(?P<kept>{_KEPT})|(?P<address>{_ADDRESS})|(?P<quoted>{_QUOTED})|(?P<slash>/)", re.DOTALL
)
_ASIDE = re.compile(_KEPT, re.DOTALL)
#: stands for a character behind a backslash; no text that is typed holds it
_ESCAPED = "\ue005"
_FIELD = re.compile(r'(?<![^\s()!+\-])([^\s()!+\-"^~:<>=][^\s()!"^~:]*):')
_EXISTS = re.compile(r"_exists_:\s*([^\s()]+)")
#: what many type between two words, and Lucene knows in capitals and English alone
_OPERATORS = {"or": "OR", "oder": "OR", "and": "AND", "und": "AND", "not": "NOT", "nicht": "NOT"}


def lucene(typed: str) -> str:
    """The query to ask. Raises UsageError where it has more wildcards than a server can bear."""
    query = _PIECE.sub(_read, typed)
    wild = [word.count("*") for word in _bare(query).split() if "*" in word or "?" in word]
    if max(wild, default=0) > _STARS or len(wild) > _WILD:
        raise UsageError(
            f"the query {shortened(typed)} has too many wildcards",
            found=f"{max(wild)} in a word, {len(wild)} such words",
            expected=f"{_STARS} in a word at most, {_WILD} such words",
        )
    return query


def _read(found: re.Match[str]) -> str:
    piece = found.group()
    match found.lastgroup:
        case "kept":
            return piece
        case "quoted":
            return _phrase(piece[1:-1])
        case "address" if "*" not in piece:
            return _phrase(piece)
        case _:
            return re.sub(r"([:/?&|])", r"\\\1", piece)


def _phrase(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def _bare(query: str) -> str:
    """Without phrases and ranges, and with a mark for whatever has a backslash."""
    return _ASIDE.sub(lambda found: _ESCAPED if found[0][0] == "\\" else ' "" ', query)


def shortened(typed: str) -> str:
    """A query as a message shows it, in quotation marks."""
    return repr(typed if len(typed) <= _SHOWN else f"{typed[: _SHOWN - 1]}…")


def unknown(typed: str, known: Mapping[str, str]) -> list[str]:
    """The fields that a query names and that are none of these, each once; of Elasticsearch's own
    (``_id``) and of names with wildcards nothing is said.

    known: field to type (`sinks.template.leaves`).
    """
    bare = _bare(_PIECE.sub(_read, typed))
    named = [name for name in _FIELD.findall(bare) if name not in known and not _key(name, known)]
    # Whether there is any of it may be asked of an object, too.
    named += [
        name
        for name in _EXISTS.findall(bare)
        if not any(f"{one}.".startswith(f"{name}.") for one in known)
    ]
    special = {"*", "?", _ESCAPED}
    return [one for one in dict.fromkeys(named) if one[0] != "_" and not set(one) & special]


def _key(name: str, known: Mapping[str, str]) -> bool:
    """Whether it is a key of a field that takes any."""
    parts = name.split(".")
    return any(known.get(".".join(parts[:n])) == "flattened" for n in range(1, len(parts)))


def near(field: str, known: Collection[str]) -> list[str]:
    """Fields that may be meant by one that does not exist, the likeliest first."""
    small = field.lower()
    if small in known:
        return [small]
    if within := [one for one in known if one.startswith(f"{small}.") and one.count(".") == 1]:
        return within[:_NEAR]
    last = [one for one in known if one.endswith(f".{small}")]
    alike = difflib.get_close_matches(small, known, n=_NEAR, cutoff=0.75)
    return list(dict.fromkeys([*alike, *last]))[:_NEAR]


def no_such_field(names: Sequence[str], known: Collection[str]) -> UsageError:
    """What to raise of fields that do not exist."""
    told = []
    for name in names[:_NEAR]:
        close = ", ".join(near(name, known))
        told.append(f"{shortened(name)}, near {close}" if close else shortened(name))
    return UsageError(
        "there is no such field to search",
        found="; ".join(told),
        expected="before a colon a field of an article (docs/article.md)",
        remedy="text that holds a colon belongs in quotation marks, an article's own address in "
        'uri:"...".',
    )


def words_meant_as_operators(typed: str) -> list[str]:
    """``or``, ``und`` and the like between two words, as they were typed, each once."""
    words = _bare(_PIECE.sub(_read, typed)).split()
    inner = words[:-1] if words and words[0].lower() in ("not", "nicht") else words[1:-1]
    return list(
        dict.fromkeys(
            word for word in inner if word.lower() in _OPERATORS and word not in _OPERATORS.values()
        )
    )


def operator(word: str) -> str:
    """What to type in place of such a word."""
    return _OPERATORS[word.lower()]
