"""An index mapping, read: the fields that it has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def fields_of(mappings: Mapping[str, Any]) -> dict[str, str]:
    """Full names of all fields of an index mapping, multi-fields included, to their types.

    What is not enabled (``entities``) has the type ``object``: it is in the document alone.
    """
    return dict(_fields(mappings, ""))


def _fields(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for part in ("properties", "fields"):
        for name, mapped in node.get(part, {}).items():
            full = f"{prefix}{name}"
            if "properties" in mapped:
                yield from _fields(mapped, f"{full}.")
                continue
            yield full, mapped.get("type", "object")
            yield from _fields({"fields": mapped.get("fields", {})}, f"{full}.")
