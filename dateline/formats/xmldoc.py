"""XML documents, read without trust, and the text that stands in them.

What every format in XML shares. libxml2 is told to fetch nothing, to expand nothing and to refuse
what is huge; the character set is decided here (declarations lie), and references that HTML knows
(``&nbsp;``) are resolved although no document type is read.
"""

from __future__ import annotations

import html
import html.entities
import re
import threading
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec
from lxml import etree

from dateline import text
from dateline.errors import InputError

Element = Any  # lxml has no types of its own

_DECLARED = re.compile(
    r"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"'][^>]*\?>"
)
_PROLOG = re.compile(r"<\?xml\b[^>]*\?>", re.IGNORECASE)
# What XML 1.0 takes neither as a character nor as a reference to one.
_CONTROL_BYTES = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01])|x0*(?:[0-8BbCcEeFf]|1[0-9A-Fa-f]));"
)
# In a CDATA section an ampersand is an ampersand.
_CDATA = r"<!\[CDATA\[.*?\]\]>"
_REFERENCE = re.compile(rf"{_CDATA}|&(?P<name>[A-Za-z][A-Za-z0-9]{{1,31}});", re.DOTALL)
_OTHER_REFERENCE = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z]")
_XMLS_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_AMPERSAND = re.compile(
    rf"{_CDATA}|&(?:[A-Za-z][A-Za-z0-9]{{0,31}}|#[0-9]{{1,7}}|#[xX][0-9A-Fa-f]{{1,6}});|&",
    re.DOTALL,
)
_DOCTYPE = r"<!DOCTYPE\b[^\[>]*+(?:\[.*?\]\s*+)?>"
# Before the root or the document type. Possessive: white space without end costs one look.
_BEFORE = r"(?:\s++|<\?[^>]*+>|<!--.*?-->)*+"
_TYPED = re.compile(rf"(?P<before>{_BEFORE})(?P<doctype>{_DOCTYPE})", re.DOTALL | re.IGNORECASE)
_OPENING = re.compile(
    rf"{_BEFORE}(?:{_DOCTYPE}{_BEFORE})?<(?:[A-Za-z_][\w.-]*:)?(?P<name>[A-Za-z_][\w.-]*)"
    r"(?P<rest>[^>]*)",
    re.DOTALL | re.IGNORECASE,
)
_ENTITY = re.compile(r"<!ENTITY\s+(?!%)\S{0,40}", re.IGNORECASE)
#: how much of a document its root is looked for in
_HEAD = 16_384


class Root(msgspec.Struct, frozen=True):
    """The root of a document as its head shows it: local name, and the tag's attributes."""

    name: str
    attributes: str


class Document(msgspec.Struct, frozen=True):
    """A document: its root, and what was wrong where it is not well-formed and was read all the
    same."""

    root: Element
    flaw: str | None


def peek(head: bytes) -> Root | None:
    """The root of a document that begins with these bytes; None where it is no XML."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head[: len(head) & ~1].decode("utf-16", "replace")
    else:
        plain = head.removeprefix(b"\xef\xbb\xbf")[:_HEAD].decode("latin-1")
    if not plain.lstrip().startswith("<"):
        return None
    found = _OPENING.match(plain[:_HEAD])
    return Root(found["name"], found["rest"]) if found else None


def read(data: bytes) -> Document:
    """The document. Raises InputError with the line.

    A document that is not well-formed is read with recovery where its end is there (so nothing
    is cut off) and says so in ``flaw``; entities of its own are refused, since nothing that a
    wire sends needs them and bombs are made of them.
    """
    decoded = text.decode(data, _declared(data)).text.lstrip()
    decoded = _PROLOG.sub("", decoded, count=1) if decoded.startswith("<?") else decoded
    if typed := _TYPED.match(decoded):
        if entity := _ENTITY.search(typed["doctype"]):
            raise InputError(
                "a document that declares entities of its own",
                found=entity[0],
                expected="plain characters, or references that XML or HTML knows",
            )
        # It is not read, and its references are resolved here; lines are to be counted right.
        kept = typed["before"] + "\n" * typed["doctype"].count("\n")
        decoded = kept + decoded[typed.end() :]
    if _OTHER_REFERENCE.search(decoded):
        decoded = _REFERENCE.sub(_resolved, decoded)
    if _CONTROL_REFERENCE.search(decoded):
        decoded = _CONTROL_REFERENCE.sub("", decoded)
    plain = decoded.encode("utf-8", "ignore").translate(None, _CONTROL_BYTES)
    for noncharacter in _NONCHARACTERS:
        plain = plain.replace(noncharacter, b"")
    flaw = None
    try:
        root = etree.fromstring(plain, _parser(threading.get_ident(), recover=False))
    except etree.XMLSyntaxError as error:
        root = _recovered(plain, error)
        flaw = _told(error)
    if root is None:
        raise InputError("XML without an element", expected="one root element")
    return Document(root, flaw)


@lru_cache(maxsize=16)
def _parser(thread: int, *, recover: bool) -> Any:
    # One a thread: libxml2 takes longer to set one up than to read a story with it.
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        recover=recover,
    )


def _recovered(plain: bytes, error: Any) -> Element:
    """The tree of a document with mistakes, if it is all there. Raises InputError."""
    line = getattr(error, "lineno", None)
    refused = InputError(
        "XML that is not well-formed", found=_told(error), expected="well-formed XML"
    ).at(line=line or None)
    opened = peek(plain[:_HEAD])
    ended = re.search(rb"</(?:[\w.-]+:)?([\w.-]+)\s*>\s*\Z", plain[-200:])
    if (
        "huge" in _told(error).lower()
        or opened is None
        or ended is None
        or ended[1].decode() != opened.name
    ):
        raise refused from error
    try:
        escaped = _AMPERSAND.sub(
            lambda found: "&amp;" if found[0] == "&" else found[0], plain.decode()
        )
        root = etree.fromstring(escaped.encode(), _parser(threading.get_ident(), recover=True))
    except etree.XMLSyntaxError:
        raise refused from error
    if root is None or not isinstance(root.tag, str):
        raise refused from error
    return root


def _told(error: Any) -> str:
    return str(error.msg or error)[:200]


def _resolved(found: re.Match[str]) -> str:
    name = found["name"]
    if name is None or name in _XMLS_OWN:
        return found[0]
    character = html.entities.html5.get(f"{name};")
    if character is None:
        return f"&amp;{name};"
    return html.escape(character, quote=False)


def _escaped(found: re.Match[str]) -> str:
    return "&amp;" if found[0] == "&" else found[0]


def _declared(data: bytes) -> str | None:
    found = _DECLARED.match(data[:400].decode("latin-1"))
    return found[1] if found else None


# --- the tree ------------------------------------------------------------------------------------


def local(element: Element) -> str:
    """An element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Child elements of these local names, in order; all where none is given."""
    for child in element:
        name = local(child)
        if name and (not names or name in names):
            yield child


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of that local name, its first child of the next one, and so on."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def value(element: Element | None) -> str | None:
    """All text within an element on one line, cleaned; None where there is none."""
    return None if element is None else text.one_line("".join(element.itertext()))


def lines(element: Element | None) -> str | None:
    """All text within an element, its lines kept."""
    if element is None:
        return None
    return text.block("\n\n".join(markup(element).paragraphs))


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute (a local name) on one line; None where it is absent or empty."""
    if element is None:
        return None
    found = element.get(name)
    if found is None:
        ending = "}" + name
        found = next((v for k, v in element.attrib.items() if k.endswith(ending)), None)
    return text.one_line(found) if found else None


def markup(
    element: Element,
    *,
    drop: frozenset[str] = frozenset(),
    rename: Callable[[Element], str] | None = None,
) -> text.Markup:
    """The paragraphs within an element, as `dateline.text.read_html` finds them in HTML.

    drop: local names of elements that are no part of the copy. rename: gives the name of the HTML
    element that another stands for.
    """
    reader = text.Blocks(references=False)
    reader.text(element.text or "")
    walk: list[tuple[Element, bool]] = [(one, False) for one in reversed(element)]
    while walk:
        one, done = walk.pop()
        name = local(one)
        if done:
            reader.tag(name, closing=True) if rename is None else reader.tag(
                rename(one).lower(), closing=True
            )
            reader.text(one.tail or "")
            continue
        if not name or name.lower() in text.DROPPED or name in drop:
            reader.text(one.tail or "")
            continue
        reader.tag((rename(one) if rename else name).lower(), closing=False)
        reader.text(one.text or "")
        walk.append((one, True))
        walk += [(inner, False) for inner in reversed(one)]
    return reader.finish()
