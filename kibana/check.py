"""What Kibana's importer would say, and what it would not: a check without a Kibana.

The rules were read out of Kibana's source. The importer refuses a line that is no object, a type
that cannot be imported, two objects of one id, an attribute that a type's schema lacks, and a
reference to a data view or search that is not there. It does not notice a field that no index has,
a string that should hold JSON and does not, or a panel that refers to nothing: those are checked
too. What only a running Elasticsearch can tell is in `kibana.probe`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kibana.rules import dashboard, data_view, search
from kibana.rules import map as maps
from kibana.rules.problem import Context, Fields, Found, One, Problem, read_json
from kibana.rules.shape import faults, shown
from kibana.rules.vocabulary import REFERENCES
from kibana.saved import CORE_VERSION, VERSIONS

_CHECKS = {
    "index-pattern": data_view.check,
    "search": search.check,
    "map": maps.check,
    "dashboard": dashboard.check,
}
_KEYS = frozenset(
    {"id", "type", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion"}
)
_MARK = "\ufeff"


def objects(ndjson: str) -> Iterator[tuple[str, dict[str, Any] | Problem]]:
    """The lines that hold objects, with where they stand; a line that holds none, as a problem.

    As Kibana reads it: blank lines and the one with ``exportedCount`` are passed over. The mark of
    byte order that some editors begin a file with is no JSON to Kibana; what comes behind it is.
    """
    if ndjson.startswith(_MARK):
        yield "line 1", _line("line 1", "a byte order mark (U+FEFF)", "UTF-8 without one")
    for number, line in enumerate(ndjson.removeprefix(_MARK).split("\n"), 1):
        if not line.strip():
            continue
        where = f"line {number}"
        try:
            one = read_json(line)
        except ValueError as error:
            yield where, _line(where, str(error))
            continue
        if not isinstance(one, dict):
            yield where, _line(where, type(one).__name__)
        elif "exportedCount" not in one:
            yield where, one


def _line(where: str, found: str, expected: str = "an object") -> Problem:
    return Problem(object=where, rule="json", at="line", found=found, expected=expected)


def problems(ndjson: str, indices: Mapping[str, Fields]) -> list[Problem]:
    """What is wrong with a file of saved objects.

    indices: the names that a data view may stand for, with the fields of each
    (`dateline.mappings`).
    """
    found: list[Problem] = []
    read: list[tuple[str, dict[str, Any]]] = []
    for where, one in objects(ndjson):
        if isinstance(one, Problem):
            found.append(one)
        else:
            read.append((where, one))
    if not read:
        found.append(
            Problem(object="file", rule="envelope", at="lines", found="none", expected="an object")
        )
    context = _context([one for _, one in read], indices)
    seen: set[tuple[str, str]] = set()
    for where, one in read:
        key = (str(one.get("type")), str(one.get("id")))
        if key in seen:
            found.append(
                Problem(
                    object=f"{key[0]}:{key[1]}",
                    rule="unique",
                    at=where,
                    found="type and id of another line",
                    expected="each once",
                )
            )
        seen.add(key)
        found += _shaped(where, one, context)
    return found


def _shaped(where: str, one: dict[str, Any], context: Context) -> Found:
    """The rules read what objects look like; one that looks otherwise is a problem, no crash."""
    try:
        yield from _object(where, one, context)
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        yield Problem(
            object=f"{one.get('type')}:{one.get('id')}",
            rule="shape",
            at=where,
            found=f"{type(error).__name__}: {error}",
            expected="parts as in what Kibana exports",
        )


def _context(read: list[dict[str, Any]], indices: Mapping[str, Fields]) -> Context:
    views: dict[str, Fields] = {}
    for one in read:
        attributes = one.get("attributes")
        title = attributes.get("title") if isinstance(attributes, dict) else None
        if one.get("type") == "index-pattern" and isinstance(title, str) and title in indices:
            views[str(one.get("id"))] = indices[title]
    present = frozenset((str(one.get("type")), str(one.get("id"))) for one in read)
    return Context(indices=indices, views=views, present=present)


def _object(where: str, one: dict[str, Any], context: Context) -> Found:
    kind = one.get("type")
    name = f"{kind}:{one.get('id')}"

    def problem(rule: Any, at: str, found: object, expected: str) -> Problem:
        told = (found if isinstance(found, str) else shown(found)) or "nothing"
        return Problem(object=name, rule=rule, at=at, found=told, expected=expected)

    for missing in sorted(_KEYS - one.keys()):
        yield problem("envelope", missing, "nothing", f"each of {', '.join(sorted(_KEYS))}")
    for unknown in sorted(one.keys() - _KEYS):
        yield problem("envelope", unknown, "a key of one Kibana's own", "only what all understand")
    if not isinstance(one.get("id"), str) or not one["id"]:
        yield problem("envelope", f"{where}: id", shown(one.get("id")), "a text")
    if not isinstance(kind, str) or kind not in _CHECKS:
        yield problem("type", where, shown(kind), f"one of {', '.join(_CHECKS)}")
        return
    for key, newest in (
        ("coreMigrationVersion", CORE_VERSION),
        ("typeMigrationVersion", VERSIONS[kind]),
    ):
        if key in one and not _not_newer(one[key], newest):
            yield problem("version", key, one[key], f"{newest} or older")
    if not isinstance(one.get("attributes"), dict) or not isinstance(one.get("references"), list):
        yield problem("envelope", "attributes, references", "others", "an object and a list")
        return
    wrong = list(faults(one["references"], REFERENCES))
    for path, found, expected in wrong:
        yield problem("shape", f"references{path}", found, expected)
    if wrong:
        return
    names: set[str] = set()
    for reference in one["references"]:
        target = f"{reference['type']}:{reference['id']}"
        if not reference["name"] or reference["name"] in names:
            yield problem(
                "reference", f"references: {target}", reference["name"], "a name of its own"
            )
        names.add(reference["name"])
        if (reference["type"], reference["id"]) not in context.present:
            yield problem(
                "reference", f"references: {reference['name']}", target, "an object of the file"
            )
    yield from _CHECKS[kind](One(one, context))


def _not_newer(value: Any, newest: str) -> bool:
    try:
        claimed = tuple(int(part) for part in str(value).split("."))
    except ValueError:
        return False
    return len(claimed) == 3 and claimed <= tuple(int(part) for part in newest.split("."))
