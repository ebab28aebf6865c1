"""XML that is not well-formed, where what was meant is beyond doubt.

Left to itself, a recovering parser ends an element with any end tag, so one too many closes the
story's body, and the paragraphs behind it are lost or stand where nobody looks for them. Here tags
are balanced first: what is forgotten within a paragraph is added, what is said twice is dropped,
and where text could belong to one element or another nothing is guessed.
"""

from __future__ import annotations

import html
import re
from collections import Counter

import msgspec

# One alternative for each thing that begins with "<"; the last is a "<" that begins none of them.
# What has no end goes on to the end of the document. Quoted values are bounded: a quotation mark
# without its second must not be looked for from every tag again.
_SIGN = re.compile(
    r"(?P<comment><!--.*?(?:-->|\Z))|(?P<cdata><!\[CDATA\[.*?(?:\]\]>|\Z))|"
    r"(?P<instruction><\?.*?(?:\?>|\Z))|"
    r"(?P<tag><(?P<end>/?)(?P<name>[^\W\d][\w.-]*+(?::[\w.-]++)?)(?=[\s/>])"
    r"(?P<told>(?:[^<>\"']++|\"[^\"]{0,2000}+\"|'[^']{0,2000}+')*+)>)|(?P<sign><)",
    re.DOTALL,
)
_ENDS = {"comment": "-->", "cdata": "]]>", "instruction": "?>"}
_UNQUOTED = re.compile(
    r"(?P<name>\s[^\W\d][\w.:-]*+)\s*+(?:=\s*+(?P<value>[^\s\"'<>=][^\s\"'<>]*+))"
    r"|\"[^\"]*+\"|'[^']*+'"
)
_AMPERSAND = re.compile(
    r"&(?:[A-Za-z][A-Za-z0-9]{0,31}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});|&", re.IGNORECASE
)
# Elements whose end is often forgotten or said twice, and in which nothing but a paragraph or a
# piece of one stands: wherever they end, the same is read.
_WITHIN_PARAGRAPHS = frozenset(
    "a abbr b br cite code em font hr i img mark p q s small span strong sub sup u".split()
)


class Repaired(msgspec.Struct, frozen=True):
    """A document whose tags are balanced, and how many characters of text, besides white space,
    must be found in it."""

    source: str
    length: int


def length(words: str) -> int:
    """Characters besides white space."""
    return len("".join(words.split()))


def repaired(source: str) -> Repaired | None:
    """None where it is in doubt what was meant: comments and the like without end, several roots,
    end tags that would cut text off from what it stands in, elements without end."""
    parts: list[str] = []
    words: list[str] = []
    # Of each name: how many are open, and how much text there was at its last end.
    opened: list[str] = []
    count: Counter[str] = Counter()
    ended: dict[str, int] = {}
    seen = position = 0

    def take(text: str) -> None:
        nonlocal seen
        text = _AMPERSAND.sub(_escaped, text)
        parts.append(text)
        words.append(html.unescape(text))
        seen += length(text)

    for sign in _SIGN.finditer(source):
        between, position = source[position : sign.start()], sign.end()
        if between:
            if not opened and between.strip():
                return None
            take(between)
        kind = sign.lastgroup or ""
        if kind in _ENDS:
            if not sign[0].endswith(_ENDS[kind]):
                return None
            if kind == "cdata":
                if not opened:
                    return None
                take(html.escape(sign[0][9:-3], quote=False))
            continue
        if sign["sign"]:
            if not opened:
                return None
            take("&lt;")
            continue
        name = sign["name"]
        if not sign["end"]:
            if not opened and count:
                return None
            if name == "p" and opened[-1:] == ["p"]:
                parts.append(f"</{opened.pop()}>")
                count[name] -= 1
            whole = sign["told"].endswith("/")
            parts.append(f"<{name}{_quoted(sign['told'])}>")
            if not whole:
                opened.append(name)
            count[name] += not whole
        elif not count[name]:
            if name not in _WITHIN_PARAGRAPHS and ended.get(name) != seen:
                return None
        else:
            while (last := opened.pop()) != name:
                if last not in _WITHIN_PARAGRAPHS:
                    return None
                count[last] -= 1
                ended[last] = seen
                parts.append(f"</{last}>")
            count[name] -= 1
            ended[name] = seen
            parts.append(f"</{name}>")
    if opened or source[position:].strip():
        return None
    return Repaired("".join(parts), length("".join(words)))


def _escaped(found: re.Match[str]) -> str:
    return "&amp;" if found[0] == "&" else found[0]


def _quoted(told: str) -> str:
    """Attributes, whose values are in quotation marks."""
    ending = "/" * told.endswith("/")
    if "=" not in told:
        return ending
    quoted = _UNQUOTED.sub(
        lambda found: f'{found["name"]}="{found["value"]}"' if found["value"] else found[0],
        told.removesuffix("/"),
    )
    return quoted + ending
