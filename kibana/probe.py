"""What only a running Elasticsearch can tell: whether each query of the saved objects runs there.

And whether each recipe of the cookbook finds as many articles in one syntax as in the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.connections import elasticsearch_foreign, elasticsearch_told
from dateline.mappings import fields_of
from kibana import queries
from kibana.kql import Fields
from kibana.queries import Request
from kibana.rules.problem import Problem
from kibana.saved import Object

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch


class Probed(msgspec.Struct, frozen=True, kw_only=True):
    """panels: queries of objects that ran. recipes: name to the articles found."""

    panels: int
    recipes: dict[str, int]
    problems: list[Problem]


class _Index(msgspec.Struct):
    mappings: dict[str, Any]


class _Shards(msgspec.Struct):
    failures: list[dict[str, Any]] = []


class _Total(msgspec.Struct):
    value: int


class _Hits(msgspec.Struct):
    total: _Total


class _Answer(msgspec.Struct, rename={"shards": "_shards"}):
    shards: _Shards
    hits: _Hits


def fields_there(client: Elasticsearch, index: str) -> Fields:
    """The fields that an index (or alias) has now. Raises elasticsearch.NotFoundError, and
    Unavailable where the answer is none of Elasticsearch's."""
    asked = "asking for the fields of the index"
    told = elasticsearch_told(
        client.indices.get_mapping(index=index).body, dict[str, _Index], asked
    )
    found: dict[str, str] = {}
    try:
        for described in told.values():
            found |= fields_of(described.mappings)
    except (AttributeError, TypeError) as error:
        raise elasticsearch_foreign(f"a mapping that is none ({error})", asked) from error
    return found


def probe(
    client: Elasticsearch, objects: Sequence[Object], indices: Mapping[str, Fields]
) -> Probed:
    """Run them all. objects: have passed `kibana.check` against these indices.

    Raises elasticsearch.TransportError, ApiError and Unavailable where it is no query's fault.
    """
    known = queries.views(objects, indices)
    problems: list[Problem] = []
    ran = 0
    for request in queries.of_objects(objects, known):
        answer = _ask(client, request)
        if isinstance(answer, Problem):
            problems.append(answer)
        else:
            ran += 1
    recipes: dict[str, int] = {}
    for name, *both in queries.of_cookbook(known):
        counts: list[int] = []
        for request in both:
            answer = _ask(client, request)
            if isinstance(answer, Problem):
                problems.append(answer)
            else:
                counts.append(answer.hits.total.value)
        if len(counts) == 2:
            recipes[name] = counts[0]
            if counts[0] != counts[1]:
                problems.append(
                    Problem(
                        object="cookbook",
                        rule="cookbook",
                        at=name,
                        found=f"{counts[0]} by Lucene's syntax, {counts[1]} by KQL",
                        expected="as many",
                    )
                )
    return Probed(panels=ran, recipes=recipes, problems=problems)


def _ask(client: Elasticsearch, request: Request) -> _Answer | Problem:
    from elasticsearch import BadRequestError

    try:
        response = client.search(index=request.index, body=request.body)
    except BadRequestError as error:
        return _problem(request, _reason(error.body) or str(error))
    answer = elasticsearch_told(response.body, _Answer, f"running {request.at}")
    if failures := answer.shards.failures:
        return _problem(request, str(failures[0].get("reason"))[:300])
    return answer


def _problem(request: Request, found: str) -> Problem:
    return Problem(
        object=request.object,
        rule="elasticsearch",
        at=request.at,
        found=found,
        expected="a query that Elasticsearch can run",
    )


def _reason(body: Any) -> str:
    """What a shard says, else what stands above: the innermost is the clearest."""
    told = body.get("error") if isinstance(body, dict) else None
    if not isinstance(told, dict):
        return ""
    for cause in told.get("root_cause") or [told]:
        if cause.get("reason"):
            return str(cause["reason"]).partition("\n")[0][:300]
    return ""
