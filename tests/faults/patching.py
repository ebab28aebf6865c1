"""Wrapping steps of the product by name, in the process of a test's own.

A name that is not there any more ends the process: a rename must not turn a fault into none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, make: Callable[[Any], Any]) -> None:
    """Replace ``owner.name`` by ``make(original)``. Raises SystemExit where it does not exist."""
    found = vars(owner).get(name)
    if found is None:
        raise SystemExit(f"faults: {owner!r} has no {name} any more; see tests/faults")
    setattr(owner, name, make(found))


def set_default(function: Any, name: str, value: Any) -> None:
    """Another default of a keyword parameter. Raises SystemExit where there is no such."""
    defaults = function.__kwdefaults__ or {}
    if name not in defaults:
        raise SystemExit(f"faults: {function!r} takes no {name} any more; see tests/faults")
    function.__kwdefaults__ = {**defaults, name: value}
