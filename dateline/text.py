"""From bytes to text, and what text is made of: characters, lines, paragraphs, sentences, words.

Pure functions. The rules for character sets and layout come from real agency files: a guesser
was wrong on every Latin-script file it was tried on, so there is none here.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise

import msgspec

from dateline.errors import InputError

_BOMS = (
    # UTF-32 first: its little-endian mark begins with UTF-16's.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Python calls these text encodings; as a declared character set they are nonsense or an attack.
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "utf_7"})
# Everybody who declares these and uses 80-9F means Windows-1252 (as browsers have it).
_REALLY_CP1252 = frozenset({"iso8859-1", "ascii"})


class Decoded(msgspec.Struct, frozen=True):
    """Text, and the character set it was read with."""

    text: str
    charset: str


def decode(data: bytes, declared: str | None = None) -> Decoded:
    """Bytes as text: byte order mark, strict UTF-8, the declared, Windows-1252; the first to fit.

    UTF-8 comes before the declaration because declarations lie (an AFP file says ISO-8859-1 and
    holds UTF-8) while text in another character set is practically never valid UTF-8.

    Raises InputError where UTF-8 is damaged (reading it as Windows-1252 would spoil every umlaut)
    and where nothing fits; ``found`` names the first bad byte and its position, counted from 0.
    """
    for bom, charset in _BOMS:
        if data.startswith(bom):
            return Decoded(_strictly(data[len(bom) :], charset, len(bom)), charset)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        damaged, at = _mostly_utf8(data), error.start
    known = _known_charset(declared)
    if known is not None and known not in _REALLY_CP1252:
        try:
            return Decoded(data.decode(known), known)
        except UnicodeDecodeError:
            pass
    if damaged:
        raise InputError(
            "damaged UTF-8", found=_byte(data, at), expected="UTF-8, as the rest of the document"
        )
    return Decoded(_strictly(data, "cp1252", 0), "cp1252")


def _strictly(data: bytes, charset: str, skipped: int) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        raise InputError(
            "not text in any character set that was tried",
            found=_byte(data, error.start, skipped),
            expected=charset,
        ) from error


def _byte(data: bytes, at: int, skipped: int = 0) -> str:
    return f"byte 0x{data[at]:02x} at position {at + skipped}"


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")


def _mostly_utf8(data: bytes) -> bool:
    read = data.decode("utf-8", "replace")
    bad = read.count("\ufffd")
    good = len(_BEYOND_ASCII.findall(read)) - bad
    return good > 4 * bad


def _known_charset(declared: str | None) -> str | None:
    try:
        info = codecs.lookup((declared or "").strip())
    except (LookupError, ValueError):
        return None
    is_text: bool = getattr(info, "_is_text_encoding", True)
    name = info.name.replace("-", "_")
    return info.name if is_text and name not in _NOT_CHARSETS else None


def _cleaning() -> dict[int, str | None]:
    table: dict[int, str | None] = dict.fromkeys(range(0x20))
    table[0x7F] = None
    del table[0x09], table[0x0A]
    for code in range(0x80, 0xA0):
        # C1 controls in text are Windows-1252 that somebody converted as if it were ISO-8859-1.
        try:
            table[code] = bytes([code]).decode("cp1252")
        except UnicodeDecodeError:
            table[code] = None
    # Invisible, and they cut words in two for the index: soft hyphen, zero-width space, marks.
    table.update(dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF, 0xFFFE, 0xFFFF)))
    table.update(dict.fromkeys(range(0xD800, 0xE000)))
    table.update(dict.fromkeys(range(0xFDD0, 0xFDF0)))
    table.update({0x2028: "\n", 0x2029: "\n\n"})
    return table


_CLEAN = _cleaning()
_UNCLEAN = re.compile("[" + "".join(map(re.escape, map(chr, _CLEAN))) + "]")


def clean(text: str) -> str:
    """Line ends as ``\\n``, control and invisible characters gone, NFC. Tabs stay."""
    if text.isprintable():  # nothing of what follows is; most fields of a wire are
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n").replace("\v", "\n")
    # Rarely: translating costs more than looking, and looking at each character most.
    if not text.replace("\n", "").replace("\t", "").isprintable() and _UNCLEAN.search(text):
        text = text.translate(_CLEAN)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def one_line(text: str) -> str | None:
    """Cleaned, runs of white space as one space; None where nothing is left."""
    return " ".join(clean(text).split()) or None


def block(text: str) -> str | None:
    """Cleaned, its lines kept, white space around lines and more than one blank line gone."""
    lines = (line.strip() for line in clean(text).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() or None


# --- paragraphs ----------------------------------------------------------------------------------

#: lines longer than this were not broken by hand or by a wire's line length (69 to 80)
LONGEST_WRAPPED = 120
#: and no wire breaks lines before this
SHORTEST_WRAPPED = 40
_MORE_THAN_HALF = 0.6
_CLOSING = "\"'»«“”’)"
_COLUMNS = re.compile(r"\t|\S {3,}\S|\S ?\.{4,} ?\S|\S \| \S")
_INDENTED = re.compile(r"(?: {2,}|\t)\S")
_LIST_ITEM = re.compile(r"\s*(?:[-*•–—+]|\d{1,2}[.)]|\(\w\))\s+\S")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of plain text; ``text`` must be `clean`.

    Blank lines always end one. Within a block, a line end is a *wrap* (becomes a space) where the
    next line's first word would not have fitted on the line, the width being the longest line's
    of the whole text; or where a sentence goes on, in small letters or, in a block that is mostly
    wrapped or ends like prose, on a line that is more than half full; else, in a block that has
    wraps, it ends a paragraph. A block without any wrap, or with columns, is layout (a table, a
    list, results): its line ends stay. Blocks of long lines are not wrapped at all: each line is
    a paragraph.
    """
    blocks = [
        [line.rstrip() for line in found.split("\n")]
        for found in re.split(r"\n(?:[ \t\xa0]*\n)+", text.strip("\n"))
        if found.strip()
    ]
    wrapped = [len(line) for lines in blocks if len(lines) > 1 for line in lines]
    width = max((length for length in wrapped if length <= LONGEST_WRAPPED), default=0)
    return [part for lines in blocks for part in _parts(lines, width)]


def _parts(lines: list[str], width: int) -> list[str]:
    lines = [line for line in lines if line.strip()]
    if len(lines) < 2:
        return [line.strip() for line in lines]
    if sum(1 for line in lines if _has_columns(line)) * 2 > len(lines):
        return [_as_layout(lines)]
    if max(map(len, lines)) > LONGEST_WRAPPED:
        return [line.strip() for line in lines]
    wraps = [_is_wrap(line, after, width) for line, after in pairwise(lines)]
    if sum(wraps) * 2 >= len(wraps) or _ended(lines[-1]):
        # Lines that are not full: a word too long for the rest, a dateline that was cut off.
        wraps = [
            wrap or _goes_on(line, after, width)
            for wrap, (line, after) in zip(wraps, pairwise(lines), strict=True)
        ]
    if not any(wraps):
        ended = all(line.rstrip("\"'»“”’)").endswith((".", "!", "?")) for line in lines)
        return [line.strip() for line in lines] if ended else [_as_layout(lines)]
    parts = [[lines[0].strip()]]
    for line, wrap in zip(lines[1:], wraps, strict=True):
        if wrap:
            parts[-1].append(line.strip())
        else:
            parts.append([line.strip()])
    return [" ".join(part) for part in parts]


def _begins(line: str, after: str) -> bool:
    """Whether an indent or a list's bullet says that ``after`` begins something."""
    if _INDENTED.match(after) and not _INDENTED.match(line):
        return True
    return _LIST_ITEM.match(after) is not None and not after.lstrip()[0].isdigit()


def _goes_on(line: str, after: str, width: int) -> bool:
    enough = width >= SHORTEST_WRAPPED and len(line) >= width * _MORE_THAN_HALF
    # A number is short and would have fitted; in a table it begins a row.
    worded = after[0].isalpha() or after[0] in "\"'»«„“”‘’("
    return enough and worded and not _begins(line, after) and not _stopped(line)


def _is_wrap(line: str, after: str, width: int) -> bool:
    if _begins(line, after) or width < SHORTEST_WRAPPED:
        return False
    if len(line) + 1 + len(after.split(maxsplit=1)[0]) > width:
        return True
    # One overlong line must not unwrap the others: a sentence that goes on is a wrap too.
    going_on = len(line) >= SHORTEST_WRAPPED and after[0].islower()
    return going_on and not _stopped(line)


def _ended(line: str) -> bool:
    return line.rstrip(_CLOSING).endswith((".", "!", "?", "…"))


def _stopped(line: str) -> bool:
    return line.rstrip(_CLOSING).endswith((".", "!", "?", "…", ":", ";"))


def _has_columns(line: str) -> bool:
    may = "   " in line or "\t" in line or "...." in line or " | " in line
    return may and _COLUMNS.search(line) is not None


def _as_layout(lines: Iterable[str]) -> str:
    lines = list(lines)
    indent = min(len(line) - len(line.lstrip(" ")) for line in lines)
    return "\n".join(line[indent:] for line in lines).strip("\n")


def join(parts: Iterable[str]) -> str | None:
    """Paragraphs as a body: a blank line between two; None where there are none."""
    return "\n\n".join(part for part in parts if part.strip()) or None


# --- HTML ----------------------------------------------------------------------------------------

_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCK_NAMES = (
    "address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure "
    "footer form header hl2 hr html li main nav ol p pre section summary table tbody tfoot thead "
    "ul"
)
_BLOCKS = _HEADINGS | frozenset(_BLOCK_NAMES.split())
_CELLS = frozenset({"td", "th"})
_ENDS_CELL = _CELLS | {"tr", "tbody", "thead", "tfoot"}
#: of a cell of several paragraphs; a longer one is copy that a table lays out
_LONGEST_CELL = 200
DROPPED = frozenset({"script", "style", "head", "template", "svg", "math", "noscript", "title"})
_BLANKS = re.compile(r" {2,}")
_BLANK_LINES = re.compile(r"\n\n+")
# ``<https://...>`` and ``<a@example.org>`` are none.
_TAG_NAME = re.compile(r"</?([A-Za-z][\w.-]*+(?::[\w.-]++)*+)(?=[\s>]|/(?!/))", re.ASCII)
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>|&(?:[A-Za-z]{2,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")


class Markup(msgspec.Struct, frozen=True):
    """What stands in a piece of HTML: its paragraphs, and which of them are headings."""

    paragraphs: list[str]
    headings: list[str]


def has_markup(text: str) -> bool:
    """Whether a field that should be plain text holds tags or character references."""
    return _MARKUP.search(text) is not None


def read_html(source: str) -> Markup:
    """HTML or XHTML, however broken, as paragraphs.

    Block elements become paragraphs, ``br`` a line end (two: a paragraph), rows of a table lines
    with a tab between cells; scripts and styles are dropped, references resolved. One pass, in
    time proportional to the length whatever the input (the standard library's parser is not).
    """
    reader = Blocks()
    position, end = 0, len(source)
    closable = True
    while position < end:
        opened = source.find("<", position)
        if opened < 0 or not closable:
            reader.text(source[position:])
            break
        reader.text(source[position:opened])
        if source.startswith("<!--", opened):
            closed = source.find("-->", opened + 4)
            if closed < 0:
                break  # as browsers do: the comment goes on to the end
            position = closed + 3
            continue
        name = _TAG_NAME.match(source, opened)
        if name is None and not source.startswith(("<!", "<?"), opened):
            reader.text("<")
            position = opened + 1
            continue
        closed = source.find(">", opened)
        if closed < 0:
            closable = False
            position = opened
            continue
        for _ in range(4):  # a ">" inside a quoted attribute does not end the tag
            if source.count('"', opened, closed) % 2 == 0:
                break
            further = source.find(">", closed + 1)
            if further < 0:
                break
            closed = further
        position = closed + 1
        if name is None:
            continue
        tag = name.group(1).lower()
        closing = source[opened + 1] == "/"
        if tag in DROPPED and not closing and source[closed - 1] != "/":
            over = re.compile(rf"</{re.escape(tag)}[^<>]*>", re.IGNORECASE).search(source, position)
            position = over.end() if over else end
            continue
        # ``</br>`` is one, to browsers.
        reader.tag(tag, closing=closing and tag != "br")
    return reader.finish()


# Elements that make paragraphs, and those within a line.
_PARAGRAPHED = re.compile(
    r"</?(?:address|article|aside|blockquote|body|br|dd|div|dl|dt|figure|h[1-6]|hl2|hr|html|li|main"
    r"|nitf|ol|p|pre|script|section|style|table|td|th|tr|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_WITHIN_LINE = re.compile(
    r"</?(?:a|abbr|acronym|b|big|br|cite|code|del|em|font|i|iframe|img|input|ins|kbd|label|mark|q|s"
    r"|small|source|span|strike|strong|sub|sup|svg|time|tt|u|var|video|wbr)(?=[\s/>])[^<>]*>"
    r"|<!--.*?(?:-->|\Z)",
    re.IGNORECASE | re.DOTALL,
)
_LINE_END = re.compile(r"<br(?=[\s/>])[^<>]*>[ \t]*\n?", re.IGNORECASE)
_OTHER_TAG = re.compile(
    r"</?(?P<name>[A-Za-z][\w.-]*+(?::[\w.-]++)*+)(?=[\s>]|/>)[^<>]*?(?P<whole>/?)>", re.ASCII
)
_CLOSED = re.compile(r"</(?P<name>[A-Za-z][\w.:-]*)\s*>")
# With its semicolon: "a=1&copy=2" holds no reference.
_REFERENCE = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,31}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")


def is_html(source: str) -> bool:
    """Whether elements that make paragraphs stand there."""
    return "<" in source and _PARAGRAPHED.search(source) is not None


def has_tags(source: str) -> bool:
    """Whether any element that HTML knows stands there."""
    return "<" in source and (is_html(source) or _WITHIN_LINE.search(source) is not None)


def resolved(source: str) -> str:
    """References as the characters that they stand for."""
    if "&" not in source:
        return source
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), source)


def without_tags(source: str, *, within: str = "") -> str:
    """Text of one line or several without tags that HTML knows, and those of other names that are
    closed; references resolved. ``a < b``, ``<3`` and ``<https://...>`` are no tags.

    within: what stands for an element that makes paragraphs.
    """
    if "<" in source:
        source = _WITHIN_LINE.sub("", _PARAGRAPHED.sub(within, source) if within else source)
        closed = {found["name"] for found in _CLOSED.finditer(source)}
        if closed or "/>" in source:
            source = _OTHER_TAG.sub(
                lambda found: (
                    _apart(found) if found["whole"] or found["name"] in closed else found[0]
                ),
                source,
            )
            source = _BLANKS.sub(" ", source)
    return resolved(source)


def _apart(tag: re.Match[str]) -> str:
    """What a tag leaves behind: a space where words would grow together."""
    around = tag.string[max(0, tag.start() - 1) : tag.start()] + tag.string[tag.end() :][:1]
    return " " if len(around) == 2 and not re.search(r"[\s.,;:!?)(]", around) else ""


def read_marked(source: str) -> Markup:
    """A field for plain text in which markup may be left standing: HTML where elements make its
    paragraphs, and its line ends mean nothing; else its own lines make them."""
    lines = as_lines(source)
    return read_html(source) if lines is None else Markup(paragraphs(clean(lines)), [])


def as_lines(source: str) -> str | None:
    """Such a field as its own lines; None where elements make its paragraphs."""
    if "<" in source:
        source = _LINE_END.sub("\n", source)
    return None if is_html(source) else without_tags(source)


def collapsed(text: str) -> str:
    """Runs of spaces, tabs and line ends as one space, as HTML has it; other white space stays."""
    text = text.replace("\n", " ").replace("\t", " ")
    return _BLANKS.sub(" ", text) if "  " in text else text


class Blocks:
    """Gathers paragraphs from text and tags in the order of a document.

    references: whether ``&eacute;`` in a text stands for a character, as it does in HTML that
    nothing has parsed yet. ``_line`` is the current line, ``_lines`` those before it; ``_row`` the
    cells of the current row of a table, of which the last gathers what comes while ``_in_cell``.
    Tables within a cell (``_depth``) make no rows.
    """

    def __init__(self, *, references: bool = True, within_cell: bool = False) -> None:
        self._references = references
        self._within_cell = within_cell
        self._broken = False
        self._row: list[Blocks] = []
        self._in_cell = False
        self._depth = 0
        self._paragraphs: list[str] = []
        self._headings: list[str] = []
        self._lines: list[str] = []
        self._line: list[str] = []
        self._pre = 0
        self._heading = False

    def text(self, text: str) -> None:
        if not text:
            return
        if self._in_cell:
            self._row[-1].text(text)
            return
        text = clean(html.unescape(text) if self._references else text)
        if not self._pre:
            self._line.append(collapsed(text))
            return
        first, *rest = text.split("\n")
        self._line.append(first)
        for line in rest:
            self._end_line()
            self._line.append(line)

    def tag(self, tag: str, *, closing: bool) -> None:
        if not self._within_cell and self._of_table(tag, closing=closing):
            return
        if tag in _BLOCKS or tag == "br":
            self._broken = True
        if tag in _BLOCKS:
            self._end_paragraph()
            if tag == "pre":
                self._pre = max(0, self._pre + (-1 if closing else 1))
            self._heading = tag in _HEADINGS and not closing
        elif tag == "br":
            if not closing:  # in XML every one is closed, too
                self._end_line()
        elif tag == "tr":
            if any(part.strip() for part in self._line):
                self._end_line()
        elif tag in {"td", "th"} and not closing and any(part.strip() for part in self._line):
            self._line.append("\t")

    def _of_table(self, tag: str, *, closing: bool) -> bool:
        """Whether a tag has made a cell, or belongs to what stands in one."""
        if self._in_cell:
            self._depth += (-1 if closing else 1) if tag == "table" else 0
            if self._depth > 0 or (self._depth == 0 and tag not in _ENDS_CELL):
                self._row[-1].tag(tag, closing=closing)
                return True
            self._in_cell, self._depth = False, 0
        if tag in _CELLS:
            if not closing:
                self._row.append(Blocks(references=self._references, within_cell=True))
                self._in_cell = True
            return True
        if self._row:
            self._end_row()
        return False

    def _end_row(self) -> None:
        """The cells as a line, apart by tabs; as what they are where a table makes the layout: one
        cell to a row, or long ones of several paragraphs."""
        cells = [(cell, cell.finish()) for cell in self._row]
        self._row = []
        told = [found for found in cells if found[1].paragraphs]
        lengths = (sum(map(len, found.paragraphs)) for cell, found in told if cell._broken)
        longest = max(lengths, default=0)
        if longest > (_LONGEST_CELL if len(told) > 1 else 0):
            self._end_paragraph()
            for _, found in told:
                self._paragraphs += found.paragraphs
                self._headings += found.headings
            return
        if any(part.strip() for part in self._line):
            self._end_line()
        row = "\t".join(" ".join(" ".join(found.paragraphs).split()) for _, found in cells)
        self._lines.append(row.strip())

    def _end_line(self) -> None:
        line = "".join(self._line)
        if self._pre:
            self._lines.append(line.rstrip())
        else:
            if "  " in line or "\t" in line:
                cells = [_BLANKS.sub(" ", cell).strip(" ") for cell in line.split("\t")]
                line = "\t".join(cells)
            self._lines.append(line.strip())
        self._line = []

    def _end_paragraph(self) -> None:
        if not self._line and not self._lines:
            return
        self._end_line()
        for found in _BLANK_LINES.split("\n".join(self._lines)):
            if found.strip():
                whole = found.strip("\n") if self._pre else found.strip()
                self._paragraphs.append(whole)
                if self._heading:
                    self._headings.append(whole)
        self._lines = []

    def finish(self) -> Markup:
        if self._row:
            self._end_row()
        self._end_paragraph()
        nfc = [unicodedata.normalize("NFC", part) for part in self._paragraphs]
        return Markup(nfc, [unicodedata.normalize("NFC", part) for part in self._headings])


#: version of the normalisation that the identity of a text without one is hashed from
NORMALISATION = "dateline-text-1"


def text_hash(cleaned: str) -> str:
    """Hash of a text that has no identity of its own: white space does not count, nor does the
    character set; the version of this rule does."""
    normalised = f"{NORMALISATION}\n{' '.join(cleaned.split())}"
    return hashlib.sha256(normalised.encode()).hexdigest()


# --- sentences and words -------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"[.!?…][\"'»«“”’)\]]*(?=\s+[^\s])")
_ABBREVIATED = (
    # German
    "abs abt allg bd betr bspw bzgl bzw ca chr co d.h dez dipl dr etc evtl feb geb gegr gen ggf "
    "hbf hl hr hrsg ing inkl jan jh kap kath mill min mio mr mrd nov nr okt orig prof rd s.o "
    "sen sept sog sr st std str tel u.a u.s.w usw v.a vgl vs z.b z.t zzgl "
    # English
    "adm apr aug ave bros capt cmdr col corp dec dept e.g est ft gov i.e inc jr ltd lt "
    "maj messrs mrs ms mt no oct op pres rep rev sec sep sgt supt u.k u.n u.s "
    # French
    "av bd boul c.-à-d cf env février janv juil m mgr mlle mm mme ste"
)
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_LONGEST_TITLE = 300
_LETTER = re.compile(r"[^\W_]")


def first_sentence(text: str) -> str | None:
    """The first sentence of a body, for lists of stories without a headline.

    Full stops after abbreviations, initials, in numbers and after German ordinals (``am 3. Mai``)
    end none. Cut at a word, with an ellipsis, where it is longer than 300 characters.
    """
    paragraph = next((part for part in text.split("\n\n") if part.strip()), "")
    line = " ".join(paragraph.split())
    if not line:
        return None
    sentence = line
    for found in _SENTENCE_END.finditer(line):
        if found.start() > _LONGEST_TITLE:
            break
        if _ends_sentence(line, found.start(), found.end()):
            sentence = line[: found.end()]
            break
    if len(sentence) <= _LONGEST_TITLE:
        return sentence
    cut = sentence[:_LONGEST_TITLE]
    return (cut[: cut.rfind(" ")] if " " in cut else cut).rstrip(" ,;:–-") + " …"


def _ends_sentence(line: str, stop: int, end: int) -> bool:
    after = line[end:].lstrip()[:1]
    if after.islower():
        return False
    if line[stop] != ".":
        return True
    word = re.split(r"[\s(\"'»«„“/]", line[:stop])[-1]
    if word.isdigit() and len(word) <= 2:
        return False
    if len(word) == 1 and word.isalpha():
        return False
    if re.fullmatch(r"(?:\w\.)+\w", word):
        return False
    return word.casefold().lstrip("-–") not in _ABBREVIATIONS


def count_words(text: str) -> int:
    """Runs of non-space that hold a letter or a digit."""
    words = text.split()
    odd = [word for word in words if not word[0].isalnum()]
    return len(words) - sum(1 for word in odd if not _LETTER.search(word))


# --- language tags -------------------------------------------------------------------------------

_ISO_639_2 = {
    "ara": "ar", "bul": "bg", "cat": "ca", "ces": "cs", "cze": "cs", "chi": "zh", "zho": "zh",
    "dan": "da", "deu": "de", "ger": "de", "dut": "nl", "nld": "nl", "ell": "el", "gre": "el",
    "eng": "en", "est": "et", "fas": "fa", "per": "fa", "fin": "fi", "fra": "fr", "fre": "fr",
    "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "ita": "it", "jpn": "ja",
    "kor": "ko", "lav": "lv", "lit": "lt", "nob": "nb", "nno": "nn", "nor": "no", "pol": "pl",
    "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl",
    "spa": "es", "srp": "sr", "swe": "sv", "tha": "th", "tur": "tr", "ukr": "uk", "vie": "vi",
}  # fmt: skip
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis"})
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*\Z")


def language_tag(declared: str) -> str | None:
    """A declared language as a BCP 47 tag in its usual spelling: ``de_at`` is ``de-AT``,
    ``eng`` is ``en``. None for tags that name none (``und``), and for what is no tag."""
    declared = declared.strip()
    if not _LANGUAGE.match(declared):
        return None
    first, *rest = re.split(r"[-_]", declared)
    primary = _ISO_639_2.get(first.lower(), first.lower())
    if primary in _NO_LANGUAGE:
        return None
    shown = [primary]
    extended = False
    for part in rest:
        if extended or len(part) == 1:
            extended = True
            shown.append(part.lower())
        elif len(part) == 4 and part.isalpha():
            shown.append(part.title())
        elif len(part) == 2 and part.isalpha():
            shown.append(part.upper())
        else:
            shown.append(part.lower())
    return "-".join(shown)
