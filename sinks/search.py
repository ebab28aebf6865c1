"""Searching the articles: Lucene's query syntax, filters, and highlights.

Asks the alias, so that embargoed, withheld and withdrawn articles do not appear.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.connections import (
    elasticsearch_foreign,
    elasticsearch_refuses,
    elasticsearch_silent,
    elasticsearch_told,
)
from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings
from sinks import generations, template, typed
from sinks.asides import without
from sinks.documents import instant
from sinks.spellings import written
from sinks.template import UNDETERMINED, named

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

#: What is around a word that was found. Private-use characters: no wire copy holds them, so
#: whoever shows a fragment can tell marks from text.
MARK_START, MARK_END = "\ue000", "\ue001"
_SEARCHING = "searching"
#: a fragment's length in characters, about, and how many of them a hit shows
_FRAGMENT, _FRAGMENTS = 160, 3
#: Elasticsearch's own limit (`index.highlight.max_analyzed_offset`): longer texts are marked so far
_HIGHLIGHTED = 999_999
#: Seconds after which Elasticsearch gives a search up, and after which whoever asks does: some of
#: what makes a query slow is not interrupted there.
_PATIENCE, _END = 20, 30
#: seconds for a question that costs it nothing
_PING = 5
#: a name's words may stand in any order, but within one name (the gap between two is 100)
_SLOP = 8


class UnreadableQuery(UsageError):
    """A query that Elasticsearch cannot read."""


class Hit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One article found.

    timestamp: `@timestamp` of the index. city: the dateline's. highlights: passages of the text
    with `MARK_START` and `MARK_END` around what was found; none where nothing was asked in words.
    """

    uri: str
    title: str
    timestamp: dt.datetime
    pubstatus: str
    score: float
    provider: str | None = None
    language: str | None = None
    headline: str | None = None
    version: int | None = None
    versioncreated: dt.datetime | None = None
    embargoed: dt.datetime | None = None
    urgency: int | None = None
    city: str | None = None
    country_code: str | None = None
    highlights: list[str] = []


class _Total(msgspec.Struct):
    value: int


class _Hits(msgspec.Struct):
    total: _Total
    hits: list[dict[str, Any]]


class _Answer(msgspec.Struct):
    """What is read of Elasticsearch's."""

    took: int
    hits: _Hits


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """total: how many articles match, exact; hits: the best of them; took: milliseconds."""

    total: int
    hits: list[Hit]
    took: int


def search(
    client: Elasticsearch,
    settings: Settings,
    query: str,
    *,
    language: str | None = None,
    person: str | None = None,
    place: str | None = None,
    since: dt.datetime | None = None,
    size: int = 10,
    desk: bool = False,
    index: str | None = None,
) -> SearchResult:
    """Articles that match, best first, and the newest first among equals.

    query: words (all must match, in any inflection of the article's language, and as parts of
    German compounds), what must stand so in quotation marks, ``field:word``, ``AND``/``OR``/
    ``NOT``, ``*``; empty for everything (`sinks.typed`).
    language: BCP 47; ``de`` finds ``de-AT`` too. person, place: whole names or words of them, in
    any form that the article, a table or the gazetteer has.
    since: `@timestamp` from then on. desk: withheld and embargoed articles too. index: of one
    generation, in place of the alias; what the alias hides is hidden there, too.
    Raises UsageError where the query cannot be read or names a field that does not exist,
    Unavailable, also where it takes too long.
    """
    asked = query.strip()
    alias = (generations.desk_alias if desk else generations.alias)(settings)
    request = _request(asked, language, person, place, since)
    if index is not None:
        hidden = generations.alias_filters(settings)[alias]
        request["query"]["bool"]["filter"].append(hidden)
    with _asking(client), unreadable(query):
        _known_fields(client, index or alias, asked)
        response = client.options(request_timeout=_END).search(
            index=index or alias,
            **request,
            size=size,
            timeout=f"{_PATIENCE}s",
            allow_partial_search_results=False,
        )
    answer = elasticsearch_told(response.body, _Answer, _SEARCHING)
    return SearchResult(
        total=answer.hits.total.value,
        hits=[_hit(hit) for hit in answer.hits.hits],
        took=answer.took,
    )


def hints(client: Elasticsearch, settings: Settings, query: str) -> list[str]:
    """What may be meant otherwise in a query that found nothing, a sentence each."""
    from elasticsearch import ApiError, BadRequestError, TransportError

    told = [
        f'"{word}" is looked for as a word here; between words, capitals make it an operator: '
        f"{typed.operator(word)}"
        for word in typed.words_meant_as_operators(query)
    ]
    strict = words(query.strip())
    # What fits no field's type finds nothing, so that the rest of a query is found all the same.
    strict.get("query_string", {}).pop("lenient", None)
    try:
        client.options(request_timeout=_END).search(
            index=generations.alias(settings), query=strict, size=0, timeout=f"{_PATIENCE}s"
        )
    except BadRequestError as error:
        told.append(f"a part of it can find nothing: {_reason(error, query)}")
    except (ApiError, TransportError):
        pass  # a hint is not worth a failure
    return told


@contextmanager
def _asking(client: Elasticsearch) -> Iterator[None]:
    """Elasticsearch's errors as ours."""
    from elasticsearch import ApiError, ConnectionTimeout, NotFoundError, TransportError
    from urllib3.exceptions import ConnectTimeoutError

    from dateline import answers

    slow = (
        "ask for less: fewer words, wildcards (*, ?) and ~; or see `dateline status`, whether "
        "the server has much else to do."
    )
    try:
        yield
    except NotFoundError as error:
        raise Unavailable(
            "there is no index to search yet",
            found=str(error),
            remedy="`dateline run` or `dateline sink` creates it.",
        ) from error
    except ConnectionTimeout as error:
        # The client calls it the same where not even a connection came about.
        no_connection = any(isinstance(one, ConnectTimeoutError) for one in error.errors)
        if no_connection or not _answers(client):
            raise elasticsearch_silent(error, _SEARCHING) from error
        raise Unavailable(
            "the search takes too long", found=f"nothing after {_END} s", remedy=slow
        ) from error
    except TransportError as error:
        raise elasticsearch_silent(error, _SEARCHING) from error
    except ApiError as error:
        if error.meta.status == 401:
            raise elasticsearch_refuses(error, _SEARCHING) from error
        if error.meta.status in (429, 504):
            raise Unavailable(
                "Elasticsearch gives the search up", found=_reason(error), remedy=slow
            ) from error
        if not answers.is_its_own(error.meta):
            raise elasticsearch_foreign(answers.outline(error.meta), _SEARCHING) from error
        raise Unavailable(
            "Elasticsearch does not answer the search",
            found=f"{type(error).__name__}: {error}"[:500],
            remedy="see `dateline status`.",
        ) from error


def _answers(client: Elasticsearch) -> bool:
    """Whether it answers a question that costs nothing."""
    from elasticsearch import ApiError, TransportError

    try:
        client.options(request_timeout=_PING).info()
    except TransportError:
        return False
    except ApiError:
        pass  # with a refusal, but it does
    return True


def _known_fields(client: Elasticsearch, index: str, query: str) -> None:
    """Raises UsageError where it names fields that there are not."""
    known = template.leaves()
    unknown = typed.unknown(query, known)
    if not unknown:
        return
    # Another Dateline's index may have fields that this one does not know.
    asking = client.options(request_timeout=_END)
    there = asking.field_caps(index=index, fields=unknown).body.get("fields")
    if missing := [name for name in unknown if not isinstance(there, dict) or name not in there]:
        raise typed.no_such_field(missing, known)


@contextmanager
def unreadable(query: str) -> Iterator[None]:
    """What Elasticsearch says of a query that it cannot read, as UsageError."""
    from elasticsearch import BadRequestError

    try:
        yield
    except BadRequestError as error:
        found = _reason(error, query)
        if "maxClauseCount" in found:
            raise UnreadableQuery(
                f"the query {typed.shortened(query)} is too long",
                found=f"{len(query.split())} words",
                remedy="use fewer: each is looked for in all fields and languages.",
            ) from error
        raise UnreadableQuery(
            f"the query {typed.shortened(query)} cannot be read",
            found=found,
            expected='words, "phrases", field:word, AND, OR, NOT, * (no regular expressions)',
            remedy=r"put text that holds + - = & | > < ! ( ) { } [ ] ^ \" ~ * ? : \ or / in "
            r"quotation marks, or a \ before the character.",
        ) from error


def words(query: str) -> dict[str, Any]:
    """What somebody typed, as Elasticsearch asks for it; nothing, or ``*``, finds all.

    As Kibana's bar asks in Lucene's syntax with the settings for a desk: both find the same, but
    for what `sinks.typed` reads otherwise. Raises UsageError.
    """
    if query in ("", "*"):
        return {"match_all": {}}
    return {
        "query_string": {
            "query": typed.lucene(query),
            "default_operator": "AND",
            "analyze_wildcard": True,
            "lenient": True,
        }
    }


def of_language(tag: str) -> dict[str, Any]:
    """A language with its variants: ``de`` finds ``de-AT``, too."""
    tag = tag.replace("_", "-")
    variants = {"prefix": {"language": {"value": f"{tag}-", "case_insensitive": True}}}
    exact = {"term": {"language": {"value": tag, "case_insensitive": True}}}
    return {"bool": {"should": [exact, variants]}}


def _request(
    query: str,
    language: str | None,
    person: str | None,
    place: str | None,
    since: dt.datetime | None,
) -> dict[str, Any]:
    must = words(query)
    filters: list[dict[str, Any]] = []
    if language:
        filters.append(of_language(language))
    if person:
        filters.append(_named("person", typed.normal(person), *named("person")))
    if place:
        filters.append(_named("place", typed.normal(place), *named("place"), "dateline.city"))
    if since is not None:
        filters.append({"range": {"@timestamp": {"gte": instant(since)}}})
    return {
        "query": {"bool": {"must": [must], "filter": filters}},
        "track_total_hits": True,
        "sort": [{"_score": "desc"}, {"@timestamp": "desc"}, {"uri": "asc"}],
        "source_includes": [
            "uri",
            "title",
            "headline",
            "@timestamp",
            "pubstatus",
            "provider",
            "language",
            "version",
            "versioncreated",
            "embargoed",
            "urgency",
            "dateline.city",
            "dateline.country_code",
        ],
        "highlight": {
            "type": "unified",
            "pre_tags": [MARK_START],
            "post_tags": [MARK_END],
            "fragment_size": _FRAGMENT,
            "number_of_fragments": _FRAGMENTS,
            "max_analyzed_offset": _HIGHLIGHTED,
            "order": "score",
            # Words that a filter names are no words of the query.
            "highlight_query": must,
            "fields": {"text.*": {}, "headline": {"number_of_fragments": 0}, "body_text": {}},
        },
    }


def _named(kind: str, name: str, *fields: str) -> dict[str, Any]:
    """Under any spelling that the table knows."""
    return {
        "bool": {
            "should": [
                {"match_phrase": {field: {"query": form, "slop": _SLOP}}}
                for form in written(kind, name)
                for field in fields
            ],
        }
    }


def _hit(hit: dict[str, Any]) -> Hit:
    """Raises Unavailable where it has another shape."""
    source = elasticsearch_told(hit.get("_source"), dict[str, Any], _SEARCHING)
    dateline = elasticsearch_told(source.pop("dateline", {}), dict[str, Any], _SEARCHING)
    marked = elasticsearch_told(hit.get("highlight", {}), dict[str, list[str]], _SEARCHING)
    return elasticsearch_told(
        {
            **source,
            "timestamp": source.pop("@timestamp", None),
            "score": hit.get("_score") or 0.0,
            "city": dateline.get("city"),
            "country_code": dateline.get("country_code"),
            "highlights": _passages(marked),
        },
        Hit,
        _SEARCHING,
    )


def _passages(highlight: dict[str, list[str]]) -> list[str]:
    """The language's own field first: it knows the inflections. Then what only stands in others:
    phrases, and all where it has none."""
    own = [name for name in highlight if name.startswith("text.")]
    own.sort(key=lambda name: name == f"text.{UNDETERMINED}")
    passages: list[str] = []
    for name in (*own, "body_text", "headline"):
        for passage in highlight.get(name, ()):
            shown = without(passage, _mark, MARK_START)
            # Nothing is left where a name was found by another spelling.
            if MARK_START in shown and not _told(shown, passages):
                passages.append(shown)
    return passages[:_FRAGMENTS]


def _told(passage: str, passages: list[str]) -> bool:
    """Whether the same words are shown: fields cut their passages differently."""
    plain = _plain(passage)
    return any(plain in _plain(shown) or _plain(shown) in plain for shown in passages)


def _mark(word: str) -> str:
    return f"{MARK_START}{word}{MARK_END}"


def _plain(passage: str) -> str:
    return passage.replace(MARK_START, "").replace(MARK_END, "")


def _reason(error: Any, query: str = "") -> str:
    """What a shard says, else the whole error; the query in it shortened."""
    told = str(error)
    try:
        reason = error.body["error"]["failed_shards"][0]["reason"]
        told = str(reason.get("caused_by", reason)["reason"])
    except (AttributeError, IndexError, KeyError, TypeError):
        pass  # another error than one of a search's
    # Lucene's parser goes on with all that it would have taken instead, a line for each.
    told = told.partition("\n")[0]
    if asked := query.strip():
        told = told.replace(typed.lucene(asked) or asked, typed.shortened(query)[1:-1])
    return told[:300]
