"""How place names are compared: without case, kinds of spaces and hyphens, or accents."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"[\s\-–‐‑]+")


def folded(name: str) -> str:
    """Case and kinds of spaces and hyphens do not matter: STOCKHOLM, Neu Delhi, Neu-Delhi."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip(" .'’").casefold()


def plain(name: str) -> str:
    """Without accents."""
    if name.isascii():
        return name
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
