"""What somebody types into a search, as Lucene's query syntax has it.

Nearly the same; but what people type, paste and mean otherwise than Lucene reads it is put right:
typographic quotation marks, addresses of pages, times and results (10:30, 2 : 1), German words for
women and men alike (Lehrer:innen, Lehrer*innen), the marks at a question's or a call's end, and the
slash, which begins a regular expression there. None is offered: a short one can occupy a server for
minutes, which nothing then stops (no timeout, no limit of states; Elasticsearch 9.5).
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from dateline import lucene as syntax
from dateline.errors import UsageError
from dateline.mappings import has

#: A word's wildcards cost the square of their number, in each of forty languages' fields.
_STARS, _WILD = 10, 50
#: characters of a query; far more words than any server takes
_LONGEST = 5_000
#: characters of a query that a message shows, and fields that are named at most
_SHOWN, _NEAR = 100, 4

_KEPT = rf"{syntax.PHRASE}|\\.|{syntax.RANGE}"
_ADDRESS = r"(?<!\w)[A-Za-z][A-Za-z0-9+.-]*+://[^\s\"()\[\]{}„“”»«‚‘’‹›]++"
# As German, English, French, Swiss, Danish and Swedish copy has them. An apostrophe closes nothing;
# a mark that opens another ends what was no quotation; only the French put blanks inside.
_QUOTED = (
    r"(?<!\w)(?:«[^«»]++»|(?=.\S)(?:„[^„“”\"]++[“”\"]|“[^“”]++”|”[^”]++”|»[^«»]++[«»]|‹[^‹›]++›"
    r"|›[^‹›]++‹|‚(?:[^‚‘’]++|’(?=\w))++[‘’]|‘(?:[^‘’]++|’(?=\w))++’)(?<!\s.))(?!\w)"
)
_COLON = rf"[{syntax.BLANK}]*+:"
# No field's name begins with a capital letter, as German nouns do.
_GENDERED = (
    r"(?<![\w*?])(?:[A-ZÄÖÜ][\w\-]*+:|\w[\w\-]*+\*)(?i:in(?:nen)?+)(?![\w*])"
    rf"(?:-[\w\-]*+)?+(?:{_COLON})?+"
)
# Nor does one hold a slash, with a backslash before it or without.
_SLASHED = rf"\\?+/(?:[^{syntax.ENDS}]++|\\[^/])*+{_COLON}"
# No field's name is a number. Behind a comparison, a phrase would be another word.
_FIGURE = r"\d[\w.,+\-–—]*+"
_TIME = (
    rf"(?:(?<![\w\\*?.,+\-–—])|(?<=[{syntax.BLANK}(][+\-])|(?<=\A[+\-]))"
    rf"{_FIGURE}(?:{_COLON}[{syntax.BLANK}]*+{_FIGURE})++(?P<wild>(?=\*|\?++[^{syntax.BLANK}?]))?+"
)
_PIECE = re.compile(
    rf"(?P<slashed>{_SLASHED})|(?P<kept>{_KEPT})|(?P<address>{_ADDRESS})|(?P<time>{_TIME})"
    rf"|(?P<quoted>{_QUOTED})|(?P<gendered>{_GENDERED})|(?P<slash>/)|\w[\w+.\-]*+",
    re.DOTALL,
)
#: marks at a sentence's end, alone where French puts a blank before them; no value's wildcards
_MARKED = re.compile(
    rf'{_KEPT}|:[{syntax.BLANK}]*+(?:\\.|[^{syntax.BLANK}"\\!]++)*+'
    rf"|(?P<marks>[?!]++)(?::(?=[{syntax.BLANK}]|\Z))?+"
    rf"(?P<end>(?=[,.;:…]*+[“”»«’‘›‹]?+(?:[{syntax.BLANK}]|\Z)))?+",
    re.DOTALL,
)
#: before a ! that Lucene takes for NOT, and after one that has nothing to deny
_BEFORE_NOT = f"{syntax.BLANK}(:+-&|"
_LAST = re.compile(rf"[{syntax.BLANK}]*+(?:\)|\Z)")
#: blanks that do not break are blanks, and a soft hyphen is none
_UNSEEN = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2007": " ", "\u00ad": None})
_AROUND = re.compile(rf"[{syntax.BLANK}]*+:[{syntax.BLANK}]*+")
_BACKSLASHED = re.compile(r"\\.", re.DOTALL)
#: what many type between two words, and Lucene knows in capitals and English alone
_OPERATORS = {"or": "OR", "oder": "OR", "and": "AND", "und": "AND", "not": "NOT", "nicht": "NOT"}


def normal(text: str) -> str:
    """What somebody typed or pasted, as articles are written: composed (NFC), without soft hyphens,
    and with blanks that break for those that do not."""
    return unicodedata.normalize("NFC", text.translate(_UNSEEN))


def lucene(typed: str) -> str:
    """The query to ask. Raises UsageError where it is longer, or has more wildcards, than a server
    can bear."""
    if len(typed) > _LONGEST:
        raise UsageError(
            f"the query {shortened(typed)} is too long",
            found=f"{len(typed)} characters",
            expected=f"{_LONGEST} at most",
            remedy="look for a few words of it, or for a sentence in quotation marks.",
        )
    query = _read(typed)
    stars = [count for count in map(_wildcards, syntax.parts(query)) if count is not None]
    if max(stars, default=0) > _STARS:
        raise _too_many(typed, f"{max(stars)} * in a word", _STARS)
    if len(stars) > _WILD:
        raise _too_many(typed, f"{len(stars)} words with * or ?", _WILD)
    return query


def _wildcards(part: syntax.Part) -> int | None:
    """How many ``*`` a word holds; None where it holds no wildcard at all."""
    bare = _BACKSLASHED.sub("", part.text) if part.kind in ("term", "field") else ""
    return bare.count("*") if set(bare) & {"*", "?"} else None


def _too_many(typed: str, found: str, limit: int) -> UsageError:
    return UsageError(
        f"the query {shortened(typed)} has too many wildcards",
        found=found,
        expected=f"{limit} at most",
    )


def _read(typed: str) -> str:
    return _MARKED.sub(_marks, _PIECE.sub(_piece, normal(typed)))


def _piece(found: re.Match[str]) -> str:
    piece = found.group()
    match found.lastgroup:
        case "quoted":
            return _phrase(piece[1:-1].strip())
        case "address" if "*" not in piece:
            return _phrase(piece)
        case "time" if found["wild"] is None and not _compared(found):
            return _phrase(_AROUND.sub(":", piece))
        case "gendered":
            return re.sub(r"([:*])", r"\\\1", _AROUND.sub(":", piece))
        case "address" | "time" | "slash" | "slashed":
            return re.sub(r"(\\.)|([:/?&|])", _escaped, _AROUND.sub(":", piece))
        case _:
            return piece


def _escaped(found: re.Match[str]) -> str:
    return found[1] or f"\\{found[2]}"


def _marks(found: re.Match[str]) -> str:
    """Nothing in place of marks that end a sentence, with the colon of a speaker behind them."""
    marks = found["marks"]
    if marks is None:
        return found[0]
    if "!" not in marks:
        return found[0] if found["end"] is None else ""
    if _LAST.match(found.string, found.end()):
        return ""
    begins = found.start() == 0 or found.string[found.start() - 1] in _BEFORE_NOT
    denies = begins and marks[0] == "!"
    return found[0] if denies or found["end"] is None else ""


def _compared(found: re.Match[str]) -> bool:
    """Whether a comparison stands right before it."""
    return found.string.endswith(("<", ">", "="), 0, found.start())


def _phrase(text: str) -> str:
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def shortened(typed: str) -> str:
    """A query as a message shows it, in quotation marks."""
    return repr(typed if len(typed) <= _SHOWN else f"{typed[: _SHOWN - 1]}…")


def unknown(typed: str, known: Mapping[str, str]) -> list[str]:
    """The fields that a query names and that are none of these, each once; of Elasticsearch's own
    (``_id``) and of names with wildcards nothing is said.

    known: field to type (`sinks.template.leaves`).
    """
    read = _read(typed)
    named = [name for name in syntax.fields(read) if not has(known, name, objects=False)]
    named += [name for name in syntax.existing(read) if not has(known, name, objects=True)]
    return [one for one in dict.fromkeys(named) if one[0] != "_"]


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
    words = [
        one.text if one.kind == "term" and not one.field else ""
        for one in syntax.parts(_read(typed))
        if one.kind in ("term", "phrase", "range")
    ]
    inner = words[:-1] if words and words[0].lower() in ("not", "nicht") else words[1:-1]
    return list(
        dict.fromkeys(
            word for word in inner if word.lower() in _OPERATORS and word not in _OPERATORS.values()
        )
    )


def operator(word: str) -> str:
    """What to type in place of such a word."""
    return _OPERATORS[word.lower()]
