"""XML documents, read without trust, and the text that stands in them.

What every format in XML shares. libxml2 is told to fetch nothing, to expand nothing and to refuse
what is huge; the character set is decided here (declarations lie), and references that HTML knows
(``&nbsp;``) are resolved although no document type is read.
"""

from __future__ import annotations

import codecs
import copy
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
from dateline.errors import DatelineError, InputError
from dateline.formats import xmlrepair

Element = Any  # lxml has no types of its own

_DECLARED = re.compile(
    r"\s*<\?xml\b[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"'][^>]*\?>"
)
_PROLOG = re.compile(r"<\?xml\b[^>]*\?>", re.IGNORECASE)
# What XML 1.0 takes neither as a character nor as a reference to one.
_CONTROL_BYTES = bytes(code for code in range(0x20) if code not in b"\t\n\r")
_NONCHARACTERS = (b"\xef\xbf\xbe", b"\xef\xbf\xbf")
# Runs of NUL are text in UTF-16 without its mark, which is not read.
_WITHOUT_CONTROLS = dict.fromkeys(code for code in _CONTROL_BYTES if code)
_LEADING = _CONTROL_BYTES + b"\t\n\r "
_BEFORE_ALL = "".join(map(chr, _LEADING)) + "\ufeff"
_NUMBERED = re.compile(r"&#(?:x0*+(?P<hexadecimal>[0-9A-Fa-f]*+)|0*+(?P<decimal>[0-9]*+));")
# A character beyond the first 65,536, which a program has written in its UTF-16 halves.
_HALVES = re.compile(
    r"&#(?:x0*+(?P<x>d[89ab][0-9a-f]{2})|0*+(?P<d>5529[6-9]|55[3-9]\d\d|56[0-2]\d\d|563[01]\d));"
    r"&#(?:x0*+(?P<y>d[cdef][0-9a-f]{2})|0*+(?P<e>563[2-9]\d|56[4-9]\d\d|57[0-2]\d\d|573[0-3]\d"
    r"|5734[0-3]));",
    re.IGNORECASE,
)
_LONGEST_NUMBER = 7
# In a CDATA section an ampersand is an ampersand. One without end goes on to the end: looked for
# from each of a million openings, an end that never comes would take all day.
_CDATA = r"<!\[CDATA\[.*?(?:\]\]>|\Z)"
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
_ENTITY = re.compile(r"<!ENTITY\s++(?!%)\S{0,40}", re.IGNORECASE)
# With these a recovering parser ends elements where it likes.
_MISPLACED = frozenset({"ERR_TAG_NAME_MISMATCH", "ERR_DOCUMENT_END", "ERR_TAG_NOT_FINISHED"})
#: of the text of a document with mistakes, so much must be found in its tree
_ALL_THERE = 0.98
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
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        plain = head[: len(head) & ~3].decode("utf-32", "replace")
    elif head.startswith((b"\xff\xfe", b"\xfe\xff")):
        plain = head[: len(head) & ~1].decode("utf-16", "replace")
    else:
        opening = head[:_HEAD].lstrip(_LEADING).removeprefix(codecs.BOM_UTF8)
        plain = opening.decode("latin-1")
    plain = plain.lstrip(_BEFORE_ALL)
    if not plain.startswith("<"):
        return None
    plain = plain[:_HEAD]
    found = _OPENING.match(plain) or _OPENING.match(plain.translate(_WITHOUT_CONTROLS))
    return Root(found["name"], found["rest"]) if found else None


def read(data: bytes) -> Document:
    """The document. Raises InputError with the line.

    A document that is not well-formed is read where its mistakes can be mended and nothing of it
    is lost (see `dateline.formats.xmlrepair`), and says so in ``flaw``; entities of its own are
    refused, since nothing that a wire sends needs them and bombs are made of them.
    """
    plain = _plain(text.decode(data, _declared(data)).text)
    flaw = None
    try:
        root = etree.fromstring(plain, _parser(threading.get_ident(), recover=False))
    except etree.XMLSyntaxError as error:
        root = _recovered(plain, error)
        flaw = _told(error)
    if root is None:
        raise InputError("XML without an element", expected="one root element")
    return Document(root, flaw)


def _plain(decoded: str) -> bytes:
    """A document in UTF-8 with nothing left in it that libxml2 would not know by itself."""
    decoded = decoded.lstrip(_BEFORE_ALL).lstrip()
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
    if "&" in decoded and _OTHER_REFERENCE.search(decoded):
        decoded = _REFERENCE.sub(_resolved, decoded)
    if "&#" in decoded:
        decoded = _NUMBERED.sub(_allowed, _HALVES.sub(_joined, decoded))
    plain = decoded.encode("utf-8", "ignore").translate(None, _CONTROL_BYTES)
    for noncharacter in _NONCHARACTERS:
        plain = plain.replace(noncharacter, b"")
    return plain


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
    """The tree of a document with mistakes, if they can be mended and all its text is in there.
    Raises InputError."""
    line = getattr(error, "lineno", None)
    refused = InputError(
        "XML that is not well-formed", found=_told(error), expected="well-formed XML"
    ).at(line=line or None)
    if "huge" in _told(error).lower():
        raise refused from error
    mended = xmlrepair.repaired(plain.decode())
    if mended is None:
        raise refused from error
    parser = _parser(threading.get_ident(), recover=True)
    try:
        root = etree.fromstring(mended.source.encode(), parser)
    except etree.XMLSyntaxError:
        raise refused from error
    if root is None or not isinstance(root.tag, str):
        raise refused from error
    if any(one.type_name in _MISPLACED for one in parser.error_log):
        raise refused from error
    if sum(map(xmlrepair.length, root.itertext())) < mended.length * _ALL_THERE:
        raise refused from error
    return root


def _told(error: Any) -> str:
    return str(error.msg or error)[:200]


def _joined(found: re.Match[str]) -> str:
    high = int(found["x"], 16) if found["x"] else int(found["d"])
    low = int(found["y"], 16) if found["y"] else int(found["e"])
    return f"&#{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)};"


def _allowed(found: re.Match[str]) -> str:
    """A reference to a character that XML 1.0 takes; empty for any other."""
    told = found["decimal"] if found["hexadecimal"] is None else found["hexadecimal"]
    if len(told) > _LONGEST_NUMBER:
        return ""
    code = int(told or "0", 10 if found["hexadecimal"] is None else 16)
    if code < 0x20:
        return found[0] if code in (0x9, 0xA, 0xD) else ""
    return found[0] if code < 0xD800 or 0xE000 <= code < 0xFFFE or 0xFFFF < code <= 0x10FFFF else ""


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
    found = _DECLARED.match(data[:400].translate(None, _CONTROL_BYTES).decode("latin-1"))
    return found[1] if found else None


# --- documents of many entries -------------------------------------------------------------------

# A prefix that nobody declared leaves no doubt about what stands where.
_HARMLESS = frozenset(
    {"NS_ERR_UNDEFINED_NAMESPACE", "NS_ERR_XML_NAMESPACE", "WAR_NS_URI", "WAR_NS_URI_RELATIVE"}
)
_PREFIXED = re.compile(r"[<\s/]([A-Za-z_][\w.-]{0,60}):")
# Counted from the entry's beginning, it would mislead.
_POSITION = re.compile(r",? line \d+(?:, column \d+)?")
#: of a namespace's name
_LONGEST_NAME = 500
_MARKER = "dateline-marker"


class Damage(msgspec.Struct, frozen=True):
    """What could not be read of a document of entries: it stood after so many whole ones."""

    after: int
    error: DatelineError
    source: str


class Entries(msgspec.Struct, frozen=True):
    """A document of entries. ``root``: of its tree, in which only whole ones stand."""

    root: Element
    flaw: str | None
    damage: list[Damage]


def read_entries(data: bytes, *names: str, within: frozenset[str]) -> Entries:
    """A document that consists of entries (elements of these local names) which have nothing to
    do with one another, such as a feed. within: local names, in small letters, of what they stand
    in. Raises InputError where nothing of it can be read.

    Where it is not well-formed or ends too early, every entry that is whole by itself is read and
    the others are damage: nothing is guessed of them. So a mistake in one entry costs that one.
    """
    decoded, broken = _decoded_entries(data)
    plain = _plain(decoded)
    if not broken:
        try:
            root, flaw = _leniently(plain)
            return Entries(root, flaw, [])
        except etree.XMLSyntaxError as error:
            told = _told(error)
            line = getattr(error, "lineno", None)
    else:
        told, line = "damaged UTF-8", None
    source = plain.decode()
    pieces = list(_pieces(source, names))
    refused = InputError("XML that is not well-formed", found=told, expected="well-formed XML").at(
        line=line or None
    )
    parent = _opened(source[: pieces[0].start], within) if pieces else None
    if parent is None:
        raise refused
    return _whole_ones(source, pieces, parent, told, broken=broken)


def _decoded_entries(data: bytes) -> tuple[str, bool]:
    """The text, and whether some of it (marked by U+FFFD) is damaged."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return text.decode(data[: len(data) & ~1]).text, False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            data = data[: error.start]  # cut off within a character
    try:
        return text.decode(data, _declared(data)).text, False
    except InputError:
        return data.decode("utf-8", "replace").removeprefix("\ufeff"), True


def _leniently(plain: bytes) -> tuple[Element, str | None]:
    """The tree, and what was wrong where that is harmless. Raises XMLSyntaxError."""
    thread = threading.get_ident()
    try:
        return etree.fromstring(plain, _parser(thread, recover=False)), None
    except etree.XMLSyntaxError as error:
        escaped = _AMPERSAND.sub(_escaped, plain.decode()).encode()
        parser = _parser(thread, recover=True)
        root = etree.fromstring(escaped, parser)
        if root is None or any(one.type_name not in _HARMLESS for one in parser.error_log):
            raise
        return root, _told(error)


class _Piece(msgspec.Struct, frozen=True):
    """Where an entry stands; ``whole`` if it has an end."""

    start: int
    end: int
    whole: bool


def _pieces(source: str, names: tuple[str, ...]) -> Iterator[_Piece]:
    """Entries by their tags alone, CDATA sections and comments left out."""
    known = "|".join(map(re.escape, names))
    tag = re.compile(rf"<(?:!\[CDATA\[|!--|(/?)((?:[\w.-]{{1,40}}:)?(?:{known}))(?=[\s/>]))")
    start: int | None = None
    name = None
    position = 0
    while found := tag.search(source, position):
        position = found.end()
        if found[2] is None:
            end = source.find("]]>" if found[0] == "<![CDATA[" else "-->", position)
            if end < 0:
                break
            position = end + 3
            continue
        if start is not None and found[2] != name:
            continue
        closing = source.find(">", position)
        if closing < 0:
            break
        position = closing + 1
        if found[1]:
            if start is not None:
                yield _Piece(start, position, True)
            start = None
            continue
        if start is not None:
            yield _Piece(start, found.start(), False)
        start, name = found.start(), found[2]
        if source[closing - 1] == "/":
            yield _Piece(start, position, True)
            start = None
    if start is not None:
        yield _Piece(start, len(source), False)


def _opened(head: str, names: frozenset[str]) -> Element | None:
    """The element of these names that is open where the first entry begins; None where there is
    none."""
    marked = f"{_AMPERSAND.sub(_escaped, head)}<{_MARKER}/>".encode()
    try:
        root = etree.fromstring(marked, _parser(threading.get_ident(), recover=True))
    except etree.XMLSyntaxError:
        return None
    marker = next(root.iter(f"{{*}}{_MARKER}"), None) if root is not None else None
    if marker is None:
        return None
    around = list(marker.iterancestors())
    if around:
        around[0].remove(marker)
    return next((one for one in around if local(one).lower() in names), None)


def _whole_ones(
    source: str, pieces: list[_Piece], parent: Element, told: str, *, broken: bool
) -> Entries:
    names = {prefix or "": uri for prefix, uri in parent.nsmap.items() if len(uri) < _LONGEST_NAME}
    damage: list[Damage] = []
    count, line, at = 0, 1, 0
    for piece in pieces:
        line += source.count("\n", at, piece.start)
        at = piece.start
        part = source[piece.start : piece.end]
        entry, why = None, "it has no end"
        if broken and "\ufffd" in part:
            why = "damaged UTF-8"
        elif piece.whole:
            try:
                entry = _entry(part, names)
            except etree.XMLSyntaxError as error:
                why = _POSITION.sub("", _told(error))
        if entry is not None:
            parent.append(entry)
            count += 1
            continue
        refused = InputError("an entry that cannot be read", found=why, expected="well-formed XML")
        damage.append(Damage(count, refused.at(line=line), part))
    rest = source[pieces[-1].end :]
    ending = f"</{parent.prefix + ':' if parent.prefix else ''}{local(parent)}"
    if not damage and re.search(rf"{re.escape(ending)}\s*>", rest) is None:
        refused = InputError(
            "a document that is cut off",
            found=f"no end after {count} entries",
            expected=f"{ending}>",
        )
        damage.append(Damage(count, refused.at(line=line + source.count("\n", at)), rest))
    return Entries(parent.getroottree().getroot(), told, damage)


def _entry(part: str, names: dict[str, str]) -> Element:
    """An entry by itself, with the namespaces of the document. Raises XMLSyntaxError."""
    used = {"", *_PREFIXED.findall(part)} & names.keys()
    declared = "".join(
        f' xmlns{prefix and ":"}{prefix}="{html.escape(names[prefix])}"' for prefix in sorted(used)
    )
    wrapped, _ = _leniently(f"<{_MARKER}{declared}>{part}</{_MARKER}>".encode())
    entry = wrapped[0]
    entry.tail = None
    return entry


# --- the tree ------------------------------------------------------------------------------------


def local(element: Element) -> str:
    """An element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Element, *names: str) -> Iterator[Element]:
    """Child elements of these local names, in order; all where none is given."""
    found: Iterator[Element] = element.iterchildren(*_tags(names))
    return found


@lru_cache(maxsize=1000)
def _tags(names: tuple[str, ...]) -> tuple[str, ...]:
    # libxml2 compares names ten times as fast as a loop here.
    return tuple(f"{{*}}{name}" for name in names) or ("*",)


def child(element: Element | None, *path: str) -> Element | None:
    """The first child of that local name, its first child of the next one, and so on."""
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren(*_tags((name,))), None)
    return element


def value(element: Element | None) -> str | None:
    """All text within an element on one line, cleaned; None where there is none."""
    if element is None:
        return None
    return text.one_line("".join(element.itertext()) if len(element) else element.text or "")


def lines(element: Element | None) -> str | None:
    """All text within an element, its lines kept."""
    if element is None:
        return None
    return text.block("\n\n".join(markup(element).paragraphs))


def inner_html(element: Element) -> str:
    """What stands within an element (XHTML) as HTML: without prefixes, which it does not know."""
    if any(one.prefix is not None for one in element.iter()):
        element = copy.deepcopy(element)
        for one in element.iter():
            if isinstance(one.tag, str):
                one.tag = local(one)
    parts = (etree.tostring(one, encoding="unicode") for one in element)
    return html.escape(element.text or "", quote=False) + "".join(parts)


def attribute(element: Element | None, name: str) -> str | None:
    """An attribute (a local name) on one line; None where it is absent or empty."""
    if element is None:
        return None
    found = element.get(name)
    if found is None:
        ending = "}" + name
        key = next((key for key in element.keys() if key.endswith(ending)), None)  # noqa: SIM118
        found = element.get(key) if key is not None else None
    return text.one_line(found) if found else None


def markup(
    element: Element,
    *,
    drop: frozenset[str] = frozenset(),
    skip: Callable[[Element], bool] | None = None,
    rename: Callable[[Element], str] | None = None,
) -> text.Markup:
    """The paragraphs within an element, as `dateline.text.read_html` finds them in HTML.

    drop: local names of elements that are no part of the copy; skip: tells others. rename: gives
    the name of the HTML element that another stands for.
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
        if (
            not name
            or name.lower() in text.DROPPED
            or name in drop
            or (skip is not None and skip(one))
        ):
            reader.text(one.tail or "")
            continue
        reader.tag((rename(one) if rename else name).lower(), closing=False)
        reader.text(one.text or "")
        walk.append((one, True))
        walk += [(inner, False) for inner in reversed(one)]
    return reader.finish()
