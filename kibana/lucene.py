"""Lucene's query syntax, as Kibana sends it: whether it can be read, which fields it names, and
the request."""

from __future__ import annotations

import re
from typing import Any

from dateline import lucene
from dateline.lucene import BLANK, PHRASE, REGEX

#: as `query:queryString:options` of deploy/kibana.yml has it
OPTIONS = {"analyze_wildcard": True, "default_operator": "AND"}
#: what separates Lucene's operators from the rest
_END = rf'(?=[{BLANK}()\[\]{{}}"^:~/]|$)'
_BOUND = rf'(?:"[^"]*+"|[^{BLANK}"\]}}]++)'
_TOKEN = re.compile(
    rf"""[{BLANK}]*+(?:
    (?P<phrase>{PHRASE}) | (?P<regex>{REGEX})
    | (?P<range>[\[{{][{BLANK}]*+{_BOUND}[{BLANK}]++TO[{BLANK}]++{_BOUND}[{BLANK}]*+[\]}}])
    | (?P<open>\() | (?P<close>\)) | (?P<colon>:) | (?P<suffix>\^[\d.]++|~[\d.]*+)
    | (?P<joined>(?:AND|OR|&&|\|\|){_END})
    | (?P<before>NOT{_END} | [-+!](?![{BLANK}]))
    | (?P<word>(?:[^{BLANK}()\[\]{{}}"^:~/\\]++|\\.)++)
    )""",
    re.VERBOSE | re.DOTALL,
)
#: what a clause can end with
_COMPLETE = frozenset({"phrase", "regex", "range", "close", "suffix", "word"})
#: kind of a part to those that it can come after; any others: anywhere but after a word's colon
_AFTER = {
    "joined": _COMPLETE,
    "close": _COMPLETE,
    "suffix": _COMPLETE,
    "colon": frozenset({"word"}),
    "before": _COMPLETE | {"", "open", "joined"},
}


def fault(query: str) -> str | None:
    """What Lucene cannot read in a query, and where; None: nothing that shows without asking it."""
    at, depth, last, name = 0, 0, "", False
    end = len(query.rstrip(BLANK))
    while at < end:
        found = _TOKEN.match(query, at)
        if found is None:
            return f"{query[at : at + 40].strip()!r} at {at}"
        kind = found.lastgroup or ""
        here = f"{found.group(kind)[:40]!r} at {found.start(kind)}"
        if (kind in _AFTER and last not in _AFTER[kind]) or (kind == "colon" and name):
            return here
        depth += (kind == "open") - (kind == "close")
        if depth < 0:
            return here
        # What stands behind a colon is a value: another colon cannot follow it.
        name = last == "colon" and kind == "word"
        at, last = found.end(), kind
    if depth or (last and last not in _COMPLETE):
        return "its end"
    return None


def translate(query: str) -> dict[str, Any]:
    """The query that Kibana sends, less the time zone; an empty one finds all."""
    if not query.strip():
        return {"match_all": {}}
    return {"query_string": {"query": query, **OPTIONS}}


def names(query: str) -> set[str]:
    """The fields that a query looks into, but for those with wildcards or a backslash in it."""
    return set(lucene.fields(query))


def existing(query: str) -> set[str]:
    """The fields that it asks for with ``_exists_``, which may be objects; but for the same."""
    return set(lucene.existing(query))
