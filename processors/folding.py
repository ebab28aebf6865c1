"""How place names are compared: without case, kinds of spaces and hyphens, or accents."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

_SPACES = re.compile(r"[\s\-–‐‑]+")
#: An article asks for the same names again and again, and the next one for many of them. A name
#: that is longer is not remembered: memory would have no bound.
_REMEMBERED: Final = 1 << 14
_LONGEST: Final = 80


def folded(name: str) -> str:
    """Case and kinds of spaces and hyphens do not matter: STOCKHOLM, Neu Delhi, Neu-Delhi."""
    return _folded(name) if len(name) <= _LONGEST else _folded.__wrapped__(name)


def plain(name: str) -> str:
    """Without accents."""
    if name.isascii():
        return name
    return _plain(name) if len(name) <= _LONGEST else _plain.__wrapped__(name)


@lru_cache(maxsize=_REMEMBERED)
def _folded(name: str) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", name)).strip(" .'’").casefold()


@lru_cache(maxsize=_REMEMBERED)
def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char))
