"""An index mapping, read: the fields that it has, and whether a query can ask for a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def fields_of(mappings: Mapping[str, Any]) -> dict[str, str]:
    """Full names of all fields of an index mapping, multi-fields included, to their types.

    What is not enabled (``entities``) has the type ``object``: it is in the document alone.
    """
    return dict(_fields(mappings, ""))


def has(fields: Mapping[str, str], name: str, *, objects: bool) -> bool:
    """Whether a query can look into what it calls by this name: a field, or a key of one that takes
    any (``altids.link``).

    fields: as `fields_of` has them. objects: one that holds fields will do, too: whether there is
    any of it can be asked (``_exists_:person``), though it has no value of its own.
    """
    if name in fields or (objects and any(one.startswith(f"{name}.") for one in fields)):
        return True
    parts = name.split(".")
    return all(parts) and any(
        fields.get(".".join(parts[:end])) == "flattened" for end in range(1, len(parts))
    )


def _fields(node: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, str]]:
    for part in ("properties", "fields"):
        for name, mapped in node.get(part, {}).items():
            full = f"{prefix}{name}"
            if "properties" in mapped:
                yield from _fields(mapped, f"{full}.")
                continue
            yield full, mapped.get("type", "object")
            yield from _fields({"fields": mapped.get("fields", {})}, f"{full}.")
