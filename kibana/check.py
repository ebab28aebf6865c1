"""What Kibana's importer would say, and what it would not: a check without a Kibana.

The rules were read out of Kibana's source. The importer refuses a line that is no object, a type
that cannot be imported and two objects of one id. It does not notice a field that no index has,
a string that should hold JSON and does not, or an alias that nobody makes: those are checked too.

    python -m kibana.check
"""

from __future__ import annotations

import fnmatch
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

#: the newest versions that may be claimed, by type; older ones are migrated forward
KNOWN = {"index-pattern": (8, 0, 0)}
CORE = (8, 8, 0)

_KEYS = frozenset(
    {"id", "type", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion"}
)
#: attributes of a data view that Kibana 9 knows, and what each must be
_DATA_VIEW: dict[str, type] = {
    "title": str,
    "name": str,
    "timeFieldName": str,
    "allowNoIndex": bool,
    "allowHidden": bool,
    "type": str,
    "typeMeta": str,
    "fields": str,
    "fieldAttrs": str,
    "fieldFormatMap": str,
    "runtimeFieldMap": str,
    "sourceFilters": str,
}
_JSON_TEXTS: dict[str, type] = {
    "fields": list,
    "fieldAttrs": dict,
    "fieldFormatMap": dict,
    "runtimeFieldMap": dict,
    "sourceFilters": list,
    "typeMeta": dict,
}
_ATTRS = frozenset({"customLabel", "customDescription", "count"})
#: longest description of a field that Kibana accepts
_LONGEST_DESCRIPTION = 300


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


def problems(
    ndjson: str, fields: Mapping[str, str], indices: frozenset[str] | set[str]
) -> list[str]:
    """What is wrong with a file of saved objects, one line each.

    fields: as `fields_of` gives them. indices: the names that a data view may stand for.
    """
    found: list[str] = []
    objects: list[tuple[str, dict[str, Any]]] = []
    for number, line in enumerate(ndjson.split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            one = json.loads(line)
        except json.JSONDecodeError as error:
            found.append(f"{where}: not JSON: {error}")
            continue
        if not isinstance(one, dict):
            found.append(f"{where}: not an object")
        elif "exportedCount" not in one:
            objects.append((where, one))
    present = {(one.get("type"), one.get("id")) for _, one in objects}
    seen: set[tuple[Any, Any]] = set()
    for where, one in objects:
        key = (one.get("type"), one.get("id"))
        if key in seen:
            found.append(f"{where}: {key[0]}:{key[1]} comes twice")
        seen.add(key)
        found += [f"{where}: {told}" for told in _object(one, present, fields, indices)]
    if not objects:
        found.append("no saved object")
    return found


def _object(
    one: dict[str, Any],
    present: set[tuple[Any, Any]],
    fields: Mapping[str, str],
    indices: frozenset[str] | set[str],
) -> Iterator[str]:
    if missing := _KEYS - one.keys():
        yield f"lacks {', '.join(sorted(missing))}"
    if unknown := one.keys() - _KEYS:
        yield f"has {', '.join(sorted(unknown))}, which only a Kibana of one's own understands"
    if not isinstance(one.get("id"), str) or not one["id"]:
        yield "the id is no text"
    kind = one.get("type")
    if kind not in KNOWN:
        yield f"type {kind!r}: no rule here says how to check it"
        return
    yield from _version("coreMigrationVersion", one.get("coreMigrationVersion"), CORE)
    yield from _version("typeMigrationVersion", one.get("typeMigrationVersion"), KNOWN[kind])
    references = one.get("references")
    if not isinstance(references, list):
        yield "references is no list"
    else:
        for reference in references:
            key = (reference.get("type"), reference.get("id"))
            if not reference.get("name"):
                yield f"the reference to {key[0]}:{key[1]} has no name"
            if key not in present:
                yield f"refers to {key[0]}:{key[1]}, which is not in the file"
    attributes = one.get("attributes")
    if not isinstance(attributes, dict):
        yield "attributes is no object"
        return
    yield from _data_view(attributes, fields, indices)


def _version(name: str, value: Any, newest: tuple[int, ...]) -> Iterator[str]:
    try:
        claimed = tuple(int(part) for part in str(value).split("."))
    except ValueError:
        claimed = ()
    if len(claimed) != 3:
        yield f"{name} {value!r} is no version"
    elif claimed > newest:
        yield f"{name} {value} is newer than {'.'.join(map(str, newest))}, so it is refused"


def _data_view(
    attributes: dict[str, Any], fields: Mapping[str, str], indices: frozenset[str] | set[str]
) -> Iterator[str]:
    for name, value in attributes.items():
        if name not in _DATA_VIEW:
            yield f"attribute {name} is unknown"
        elif not isinstance(value, _DATA_VIEW[name]):
            yield f"attribute {name} is no {_DATA_VIEW[name].__name__}"
    if attributes.get("title") not in indices:
        yield f"title {attributes.get('title')!r} is none of {', '.join(sorted(indices))}"
    if not attributes.get("name"):
        yield "has no name"
    time_field = attributes.get("timeFieldName")
    if fields.get(str(time_field)) not in ("date", "date_nanos"):
        yield f"timeFieldName {time_field!r} is no date of the index"
    parsed: dict[str, Any] = {}
    for name, kind in _JSON_TEXTS.items():
        if name not in attributes:
            continue
        try:
            parsed[name] = json.loads(attributes[name])
        except (json.JSONDecodeError, TypeError):
            yield f"{name} holds no JSON"
            continue
        if not isinstance(parsed[name], kind):
            yield f"{name} holds no {kind.__name__}"
            del parsed[name]
    for name in ("fieldAttrs", "fieldFormatMap"):
        for field in parsed.get(name, {}):
            if field not in fields and field not in parsed.get("runtimeFieldMap", {}):
                yield f"{name}: the index has no field {field}"
    yield from _labels(parsed.get("fieldAttrs", {}))
    for entry in parsed.get("sourceFilters", []):
        pattern = entry.get("value") if isinstance(entry, dict) else None
        if not isinstance(pattern, str):
            yield f"sourceFilters: {entry!r} has no value"
        elif not any(fnmatch.fnmatchcase(field, pattern) for field in fields):
            yield f"sourceFilters: {pattern} matches no field of the index"


def _labels(attrs: Mapping[str, Any]) -> Iterator[str]:
    labels: dict[str, str] = {}
    for field, given in attrs.items():
        if not isinstance(given, dict) or given.keys() - _ATTRS:
            yield f"fieldAttrs: {field} has more than {', '.join(sorted(_ATTRS))}"
            continue
        if len(given.get("customDescription", "")) > _LONGEST_DESCRIPTION:
            yield f"fieldAttrs: the description of {field} is too long"
        label = given.get("customLabel")
        if label is None:
            continue
        if label in labels:
            yield f"fieldAttrs: {field} and {labels[label]} have the same label"
        labels[label] = field


def main() -> int:
    """Check the file that ships against the index template; exit status 1 if it has problems."""
    from dateline.settings import Settings
    from sinks.generations import alias, desk_alias
    from sinks.template import mappings

    plain = Settings()
    found = problems(
        Path(__file__).with_name("dateline.ndjson").read_text(encoding="utf-8"),
        fields_of(mappings()),
        {alias(plain), desk_alias(plain)},
    )
    for line in found:
        print(line, file=sys.stderr)
    print(f"kibana: {len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
