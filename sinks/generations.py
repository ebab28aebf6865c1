"""Generations: complete indices, of which one at a time stands behind the aliases.

``articles`` shows what anybody may see: usable, and no embargo running. ``articles-desk`` shows
withheld and embargoed articles too. Neither shows the tombstones of withdrawn ones. The filters
are evaluated at each search, so an embargo opens by itself.

Every generation that was begun is fed, each through a consumer group of its own: the one that
serves, one being built, and those kept for a rollback (which would otherwise bring withdrawn
articles back). `drop` ends that.

A consumer group remembers how far one index came, so its name holds that index's UUID, which
Elasticsearch draws anew for every index that it creates or restores. An Elasticsearch that was
wiped, a snapshot, or a second one on the same topics has the same numbers, and must not go on
where another index was.

State lies in the mapping's ``_meta.dateline``: number, state, created, template (version),
previous (the generation that served before this one), highest (number that was ever dropped: it
is not given again, since records of a replay are marked with it), replay (whatever `note` was
given). A generation is ``positioning`` until somebody has said where its group begins, then
``building``, and ``complete`` once it may serve.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from dateline.connections import (
    elasticsearch_refuses,
    elasticsearch_silent,
    elasticsearch_told,
)
from dateline.errors import NewerSchema, Unavailable, UsageError
from dateline.records import utc_now
from dateline.settings import Settings
from sinks import template

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

State = Literal["positioning", "building", "complete"]
Clock = Callable[[], dt.datetime]


class _Meta(msgspec.Struct, kw_only=True, omit_defaults=True):
    """``_meta.dateline`` of an index; unknown keys (a newer program's) are ignored."""

    generation: int
    state: State
    created: dt.datetime
    template: int
    previous: int | None = None
    highest: int = 0
    replay: dict[str, Any] = {}


class _Ours(msgspec.Struct):
    dateline: _Meta | None = None


class _Mapped(msgspec.Struct):
    meta: _Ours = msgspec.field(name="_meta", default_factory=_Ours)


class _Named(msgspec.Struct):
    uuid: str


class _Set(msgspec.Struct):
    index: _Named


class Described(msgspec.Struct):
    """What Elasticsearch says of an index, as far as it is asked for."""

    settings: _Set
    aliases: dict[str, Any] = {}
    mappings: _Mapped = msgspec.field(default_factory=_Mapped)


class Generation(msgspec.Struct, frozen=True, kw_only=True):
    """One complete index.

    id: the index's UUID. serving: behind the aliases now. previous: a rollback would serve it
    again. replay: what was said when it was begun.
    """

    number: int
    id: str
    index: str
    state: State
    created: dt.datetime
    template: int
    serving: bool = False
    previous: bool = False
    before: int | None = None
    highest: int = 0
    replay: dict[str, Any] = {}


def alias(settings: Settings) -> str:
    """Of all that anybody may see now."""
    return f"{settings.index_prefix}articles"


def desk_alias(settings: Settings) -> str:
    """Of all but what was withdrawn."""
    return f"{settings.index_prefix}articles-desk"


def index_of(settings: Settings, number: int) -> str:
    """Name of a generation's index."""
    return f"{settings.index_prefix}articles-{number:06d}"


def group_of(settings: Settings, generation: Generation) -> str:
    """Name of the consumer group that feeds a generation."""
    return f"{settings.topic_prefix}dateline-sink-{generation.number:06d}-{generation.id}"


def alias_filters(settings: Settings) -> dict[str, dict[str, Any]]:
    """Filter of each alias."""
    return {
        alias(settings): {
            "bool": {
                "filter": [{"term": {"pubstatus": "usable"}}],
                "must_not": [{"range": {"embargoed": {"gt": "now"}}}],
            }
        },
        desk_alias(settings): {"bool": {"must_not": [{"term": {"pubstatus": "canceled"}}]}},
    }


@contextmanager
def surroundings(what: str) -> Iterator[None]:
    """Elasticsearch's errors as ours: not there or overloaded is Unavailable."""
    from elasticsearch import ApiError, TransportError

    try:
        yield
    except TransportError as error:
        raise elasticsearch_silent(error, what) from error
    except ApiError as error:
        if error.meta.status == 401:
            raise elasticsearch_refuses(error, what) from error
        if error.meta.status in (408, 429) or error.meta.status >= 500:
            raise Unavailable(
                f"Elasticsearch cannot now: {what}", found=str(error)[:2000]
            ) from error
        raise UsageError(
            f"Elasticsearch refuses: {what}",
            found=str(error)[:2000],
            remedy="where it is a right that is missing: docs/clusters.md says what each stage "
            "needs.",
        ) from error


def ensure(client: Elasticsearch, settings: Settings, *, clock: Clock = utc_now) -> Generation:
    """See that the template and a serving generation are there and up to date; returns it.

    Several sinks may start at once. Raises NewerSchema where a newer program was here, Unavailable,
    or UsageError where Elasticsearch refuses.
    """
    with surroundings("preparing the index"):
        ensure_template(client, settings)
        current = serving(client, settings)
        if current is None:
            _create_first(client, settings, clock)
            current = serving(client, settings)
        if current is None:
            raise Unavailable(
                f"no generation stands behind the alias {alias(settings)}",
                remedy="`dateline index switch` names the one that shall.",
            )
        existing = list_generations(client, settings)
        for generation in existing:
            _upgrade(client, generation)
        raise_replicas(client, settings, [one.index for one in existing])
        return current


def raise_replicas(client: Elasticsearch, settings: Settings, indices: Sequence[str]) -> None:
    """Give existing indices as many replicas as `index_replicas` says, where they have fewer.

    Never fewer than they have: whoever set more by hand meant it. (Shards are what they were when
    an index was made; the next generation gets the setting's.)
    """
    found = client.indices.get_settings(
        index=list(indices), name="index.number_of_replicas", expand_wildcards=["open", "closed"]
    )
    few = [
        index
        for index, described in found.body.items()
        if int(described["settings"]["index"]["number_of_replicas"]) < settings.index_replicas
    ]
    if few:
        client.indices.put_settings(
            index=few, settings={"index": {"number_of_replicas": settings.index_replicas}}
        )


def ensure_template(client: Elasticsearch, settings: Settings) -> None:
    """Put the index template where it is missing or older. Raises NewerSchema."""
    name = template.template_name(settings)
    present = client.options(ignore_status=404).indices.get_index_template(name=name)
    known = 0
    for found in present.body.get("index_templates", []):
        meta = found["index_template"].get("_meta", {})
        known = meta.get("dateline", {}).get("template", 0)
    not_newer(known, template.VERSION, f"template {name}")
    # Equal versions are put again: shards, replicas and refresh come from the settings.
    client.indices.put_index_template(name=name, **template.index_template(settings))


def _create_first(client: Elasticsearch, settings: Settings, clock: Clock) -> None:
    from elasticsearch import BadRequestError

    existing = list_generations(client, settings)
    if existing:
        return  # somebody removed the aliases, or is switching them: not ours to choose
    meta = _Meta(generation=1, state="complete", created=clock(), template=template.VERSION)
    try:
        client.indices.create(
            index=index_of(settings, 1),
            mappings={"_meta": _meta(meta)},
            aliases={name: {"filter": rule} for name, rule in alias_filters(settings).items()},
        )
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise


def _upgrade(client: Elasticsearch, generation: Generation) -> None:
    """New fields before new code writes. Raises NewerSchema."""
    not_newer(generation.template, template.VERSION, f"index {generation.index}")
    if generation.template == template.VERSION:
        return
    meta = msgspec.structs.replace(_read_meta(client, generation.index), template=template.VERSION)
    found = client.indices.get_mapping(index=generation.index).body[generation.index]["mappings"]
    # Only what lacks: a field that is there keeps the analyzers that its index knows.
    lacking = _lacking(template.mappings()["properties"], found.get("properties", {}))
    client.indices.put_mapping(index=generation.index, properties=lacking, meta=_meta(meta))


def _lacking(wanted: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """Fields that a mapping lacks, those within objects too. Pure."""
    lacking: dict[str, Any] = {}
    for name, field in wanted.items():
        if name not in found:
            lacking[name] = field
        elif inner := _lacking(field.get("properties", {}), found[name].get("properties", {})):
            lacking[name] = {"properties": inner}
    return lacking


def not_newer(found: int, expected: int, what: str) -> None:
    """Raises NewerSchema where ``what`` holds a template's version above the one expected."""
    if found > expected:
        raise NewerSchema(
            f"the {what} was written by a newer Dateline",
            found=f"template version {found}",
            expected=f"at most {expected}",
            remedy="upgrade Dateline here; nothing was lost.",
        )


def list_generations(client: Elasticsearch, settings: Settings) -> list[Generation]:
    """All that exist, oldest first. Raises Unavailable."""
    pattern = re.compile(re.escape(f"{settings.index_prefix}articles-") + r"(\d{6,})\Z")
    with surroundings("listing the generations"):
        found = client.indices.get(
            index=f"{settings.index_prefix}articles-*",
            features=["aliases", "mappings", "settings"],
            filter_path="*.aliases,*.mappings._meta,*.settings.index.uuid",
            allow_no_indices=True,
            expand_wildcards=["open", "closed"],
        )
    told = elasticsearch_told(found.body, dict[str, Any], "listing the generations")
    generations: list[Generation] = []
    for index, one in told.items():
        if pattern.match(index) is None:
            continue  # another's, whose name begins so
        described = elasticsearch_told(one, Described, f"looking at the index {index}")
        known = described.mappings.meta.dateline
        if known is None:
            continue
        generations.append(
            Generation(
                number=known.generation,
                id=described.settings.index.uuid,
                index=index,
                state=known.state,
                created=known.created,
                template=known.template,
                serving=alias(settings) in described.aliases,
                before=known.previous,
                highest=known.highest,
                replay=known.replay,
            )
        )
    generations.sort(key=lambda one: one.number)
    before = next((one.before for one in generations if one.serving), None)
    return [
        msgspec.structs.replace(one, previous=one.number == before and not one.serving)
        for one in generations
    ]


def serving(client: Elasticsearch, settings: Settings) -> Generation | None:
    """The generation behind the alias, None before the first sink has started."""
    return next((one for one in list_generations(client, settings) if one.serving), None)


def previous(client: Elasticsearch, settings: Settings) -> Generation | None:
    """The generation that a rollback would serve again."""
    return next((one for one in list_generations(client, settings) if one.previous), None)


def fed(client: Elasticsearch, settings: Settings) -> list[Generation]:
    """The generations that sinks must feed: all that were begun."""
    return [one for one in list_generations(client, settings) if one.state != "positioning"]


def create_next(
    client: Elasticsearch,
    settings: Settings,
    *,
    replay: dict[str, Any] | None = None,
    clock: Clock = utc_now,
) -> Generation:
    """Create the next generation, empty and in state ``positioning``.

    No sink feeds it before `begin`, so its group can be told where to start meanwhile. replay: as
    for `note`.
    """
    from elasticsearch import BadRequestError

    with surroundings("creating a generation"):
        ensure_template(client, settings)
        while True:
            number = next_number(client, settings)
            meta = _Meta(
                generation=number,
                state="positioning",
                created=clock(),
                template=template.VERSION,
                replay=replay or {},
            )
            try:
                client.indices.create(
                    index=index_of(settings, number), mappings={"_meta": _meta(meta)}
                )
            except BadRequestError as error:
                if error.error == "resource_already_exists_exception":
                    continue  # somebody else took the number
                raise
            return by_number(client, settings, number)


def note(client: Elasticsearch, settings: Settings, number: int, replay: dict[str, Any]) -> None:
    """Remember something with a generation. replay: JSON, whatever whoever builds it must know."""
    one = by_number(client, settings, number)
    with surroundings("noting how a generation is built"):
        _write_meta(client, one.index, replay=replay)


def begin(client: Elasticsearch, settings: Settings, number: int) -> Generation:
    """Let sinks feed a generation that `create_next` made: they find it from now on.

    Raises UsageError for a generation that is missing or was begun before.
    """
    one = by_number(client, settings, number)
    if one.state != "positioning":
        raise UsageError(
            f"generation {number} was begun before", found=one.state, expected="positioning"
        )
    with surroundings("beginning a generation"):
        _write_meta(client, one.index, state="building")
    return by_number(client, settings, number)


def next_number(client: Elasticsearch, settings: Settings) -> int:
    """The number that the next generation gets: never one that was used before."""
    existing = list_generations(client, settings)
    return max((max(one.number, one.highest) for one in existing), default=0) + 1


def by_number(client: Elasticsearch, settings: Settings, number: int) -> Generation:
    """Raises UsageError that lists those that exist."""
    existing = list_generations(client, settings)
    for one in existing:
        if one.number == number:
            return one
    raise UsageError(
        f"there is no generation {number}",
        expected="one of " + (", ".join(str(one.number) for one in existing) or "none so far"),
        remedy="`dateline index list` shows them.",
    )


def mark_complete(client: Elasticsearch, settings: Settings, number: int) -> Generation:
    """All that it must hold is in it and can be searched: it may serve now.

    Raises UsageError for a generation that is missing or was not begun.
    """
    one = by_number(client, settings, number)
    if one.state == "positioning":
        raise not_begun(one)
    with surroundings("marking a generation complete"):
        client.indices.refresh(index=one.index)
        _write_meta(client, one.index, state="complete")
    return by_number(client, settings, number)


def not_begun(generation: Generation) -> UsageError:
    """What to say of a generation whose `begin` never came."""
    return UsageError(
        f"generation {generation.number} was never fed",
        found=generation.state,
        expected="building or complete",
        remedy="drop it (`dateline index drop`), and run `dateline replay` again.",
    )


def target(client: Elasticsearch, settings: Settings, to: int | None = None) -> Generation:
    """The generation that a `switch` would let serve: the newest complete one unless told.

    Raises UsageError for one that is missing or not complete.
    """
    if to is None:
        complete = [one for one in list_generations(client, settings) if one.state == "complete"]
        if not complete:
            raise UsageError("no generation is complete", remedy="`dateline replay` builds one.")
        return complete[-1]
    wanted = by_number(client, settings, to)
    if wanted.state == "positioning":
        raise not_begun(wanted)
    if wanted.state != "complete":
        raise UsageError(
            f"generation {to} is not complete",
            found=wanted.state,
            expected="complete",
            remedy="wait for its `dateline replay`, or run that again.",
        )
    return wanted


def switch(client: Elasticsearch, settings: Settings, to: int | None = None) -> tuple[int, int]:
    """Let a generation serve (see `target`), in one atomic step.

    Returns the numbers of the one that served before and of the one that serves now (the same
    where nothing changed). Raises UsageError for a generation that is missing or not complete.
    """
    wanted = target(client, settings, to)
    existing = list_generations(client, settings)
    current = next((one for one in existing if one.serving), None)
    if current is not None and current.number != wanted.number:
        with surroundings("noting which generation served before"):
            _write_meta(client, wanted.index, previous=current.number)
    _point(client, settings, existing, wanted)
    return (current.number if current else wanted.number, wanted.number)


def rollback(client: Elasticsearch, settings: Settings) -> tuple[int, int]:
    """Let the generation serve that served before; returns numbers as `switch` does."""
    existing = list_generations(client, settings)
    current = next((one for one in existing if one.serving), None)
    before = next((one for one in existing if one.previous), None)
    if current is None or before is None:
        raise UsageError(
            "there is no generation to go back to",
            found=", ".join(f"{one.number} ({one.state})" for one in existing) or "no generation",
            remedy="`dateline index switch N` serves any complete one.",
        )
    _point(client, settings, existing, before)
    return current.number, before.number


def drop(
    client: Elasticsearch, settings: Settings, number: int, *, give_up_rollback: bool = False
) -> None:
    """Delete a generation with all it holds; sinks stop feeding it.

    Raises UsageError for the one that serves, and for the one that `rollback` would go back to,
    unless that is given up.
    """
    one = by_number(client, settings, number)
    if one.previous and not give_up_rollback:
        raise UsageError(
            f"`dateline index rollback` would go back to generation {number}",
            remedy="where nobody will want to, `--no-rollback` drops it all the same.",
        )
    if one.serving:
        raise UsageError(
            f"generation {number} serves searches",
            remedy="switch to another one first (`dateline index switch`).",
        )
    others = [other for other in list_generations(client, settings) if other.number != number]
    with surroundings("deleting a generation"):
        for other in others:
            _write_meta(client, other.index, highest=max(number, other.highest, one.highest))
        client.options(ignore_status=404).indices.delete(index=one.index)


def _point(
    client: Elasticsearch, settings: Settings, existing: list[Generation], target: Generation
) -> None:
    actions: list[dict[str, Any]] = []
    for name, rule in alias_filters(settings).items():
        others = [one.index for one in existing if one.index != target.index]
        if others:
            actions.append({"remove": {"indices": others, "alias": name, "must_exist": False}})
        actions.append({"add": {"index": target.index, "alias": name, "filter": rule}})
    with surroundings("switching the aliases"):
        # One call: a search sees the old generation or the new one, never both and never none.
        client.indices.update_aliases(actions=actions)


def _read_meta(client: Elasticsearch, index: str) -> _Meta:
    found = client.indices.get_mapping(index=index, filter_path="*.mappings._meta")
    return msgspec.convert(found.body[index]["mappings"]["_meta"]["dateline"], _Meta)


def _write_meta(client: Elasticsearch, index: str, **changes: Any) -> None:
    changed = msgspec.structs.replace(_read_meta(client, index), **changes)
    client.indices.put_mapping(index=index, meta=_meta(changed))


def _meta(meta: _Meta) -> dict[str, Any]:
    return {"dateline": msgspec.to_builtins(meta)}
