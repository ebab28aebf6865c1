"""Shapes: what a part of a saved object may look like, as data.

A shape is one of these; what Kibana calls things is written in them in `kibana.rules.vocabulary`.

- a type: ``str``, ``bool``, ``float`` (any number), ``list``, ``dict``; ``object`` is anything
- a tuple: one of these texts
- ``Span``, ``Such``, ``Either``: a number in bounds, a text of some form, one of some types
- ``[shape]``: a list of such
- ``{"key": shape, "other?": shape}``: an object with these keys, those with ``?`` where it has them
  (null is as good as nothing there). Further keys are Kibana's business: its versions add some.
- ``Each(shape)``: an object whose keys are names, with such values
- ``By(key, shapes)``: an object whose shape is told by the text under one of its keys

JSON Schema would say of an alternative that none of its branches fits; an editor of an object wants
to hear which word is wrong there, and what the words are. And null means absent here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

import msgspec


class Span(msgspec.Struct, frozen=True):
    """A number from low to high; whole: without a fraction."""

    low: float = -math.inf
    high: float = math.inf
    whole: bool = False


class Such(msgspec.Struct, frozen=True):
    """A text for which ``holds`` is true; told: what that is."""

    holds: Callable[[str], bool]
    told: str


class Either(msgspec.Struct, frozen=True):
    """A value of any of some types."""

    types: tuple[type, ...]


class Each(msgspec.Struct, frozen=True):
    """An object whose keys are names."""

    shape: Shape


class By(msgspec.Struct, frozen=True):
    """An object whose shape is told by one of its texts. usual: the text that is meant where there
    is none."""

    key: str
    shapes: Mapping[str, Shape]
    usual: str | None = None


Shape: TypeAlias = (
    "type | tuple[str, ...] | Span | Such | Either | list[Shape] | Mapping[str, Shape] | Each | By"
)
#: where in the part, what was found, what was expected
Fault: TypeAlias = tuple[str, str, str]

_TYPES: dict[type, str] = {
    str: "a text",
    bool: "true or false",
    float: "a number",
    list: "a list",
    dict: "an object",
    object: "a value",
}
#: longest value that is shown, in characters
_SHOWN = 200


def faults(value: Any, shape: Shape, at: str = "") -> Iterator[Fault]:
    """Where a value has not that shape. at: the path that leads to it."""
    if isinstance(shape, Mapping):
        yield from _object(value, shape, at)
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield at, shown(value), expected(shape)
            return
        for number, item in enumerate(value):
            yield from faults(item, shape[0], f"{at}[{number}]")
    elif isinstance(shape, Each):
        if not isinstance(value, dict):
            yield at, shown(value), expected(shape)
            return
        for name, item in value.items():
            yield from faults(item, shape.shape, _join(at, name))
    elif isinstance(shape, By):
        yield from _by(value, shape, at)
    elif not _fits(value, shape):
        yield at, shown(value), expected(shape)


def _object(value: Any, shape: Mapping[str, Shape], at: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield at, shown(value), expected(shape)
        return
    for key, inner in shape.items():
        name = key.removesuffix("?")
        given = value.get(name)
        if given is not None:
            yield from faults(given, inner, _join(at, name))
        elif name == key:
            yield _join(at, name), "nothing", expected(inner)


def _by(value: Any, shape: By, at: str) -> Iterator[Fault]:
    key = shape.key if shape.usual is None else f"{shape.key}?"
    wrong = list(faults(value, {key: tuple(shape.shapes)}, at))
    yield from wrong or faults(value, shape.shapes[value.get(shape.key) or str(shape.usual)], at)


def _fits(value: Any, shape: type | tuple[str, ...] | Span | Such | Either) -> bool:
    if isinstance(shape, tuple):
        return isinstance(value, str) and value in shape
    if isinstance(shape, Such):
        return isinstance(value, str) and shape.holds(value)
    if isinstance(shape, Either):
        return any(_fits(value, one) for one in shape.types)
    if isinstance(shape, Span):
        return (
            _number(value)
            and shape.low <= value <= shape.high
            and (not shape.whole or isinstance(value, int) or value.is_integer())
        )
    return _number(value) if shape is float else isinstance(value, shape)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def expected(shape: Shape) -> str:
    """A shape in words, without what is inside it."""
    if isinstance(shape, tuple):
        return f"one of {', '.join(shape)}" if len(shape) > 1 else shape[0]
    if isinstance(shape, Such):
        return shape.told
    if isinstance(shape, Either):
        return " or ".join(_TYPES[one] for one in shape.types)
    if isinstance(shape, Span):
        return _span(shape)
    if isinstance(shape, list):
        return "a list"
    return _TYPES[shape] if isinstance(shape, type) else "an object"


def _span(shape: Span) -> str:
    kind = "a whole number" if shape.whole else "a number"
    if shape.low > -math.inf and shape.high < math.inf:
        return f"{kind} from {shape.low:g} to {shape.high:g}"
    if shape.low > -math.inf:
        return f"{kind}, {shape.low:g} at least"
    return kind


def shown(value: object) -> str:
    """A value as it is told; long ones cut."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
