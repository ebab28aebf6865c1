"""Writing batches of articles into one generation, by the total order.

One round: read what stands (`mget`, realtime), fold every story's incoming versions onto it
(`dateline.versions.merge`), write with one bulk request that succeeds only where nothing changed
in between (`create`, or `if_seq_no` with `if_primary_term`). Whatever lost a race is looked at
again. No order, duplication or number of writers changes what ends up in the index.

`fold` is pure; `write` talks to the server and looks at every item's result.
"""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from dateline.article import Article, Provenance
from dateline.errors import Defect, InputError, Unavailable
from dateline.identity import document_id, identity_of
from dateline.records import utc_now
from dateline.versions import Decision, Outcome, Rule, Standing, merge, rule_for, with_origin
from sinks import documents
from sinks.bulk import EXPLAINED, JSON, Client, Item, Pause, Retry, backoff, perform, requests, send

#: provider's key (None: unknown) to the rule that orders its versions
Rules = Callable[[str | None], Rule]
Clock = Callable[[], dt.datetime]

#: what a round reads of a stored document
_READ = ("standing", "pubstatus", "versioncreated", "embargoed")
#: Lost races of one batch in a row: each means that another writer got on, so many are a fault.
RACES = 20
#: tries before the caller is told; with the pauses above some half a minute
TRIES = 8


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """One article to be written. enriched: when it was (microseconds since 1970)."""

    article: Article
    enriched: int


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """What a round reads of a document: its standing and dates, and which write made it."""

    standing: Standing
    pubstatus: str
    dates: Mapping[str, str]
    seq_no: int
    primary_term: int


class Result(msgspec.Struct, kw_only=True):
    """What became of one `Incoming`.

    error: why it is a dead letter (outcome ``refused``). resurrected: a withdrawn story is shown
    again by it; overruled: it would withdraw a story, but is older than what is shown. Report both.
    """

    outcome: Outcome
    error: InputError | None = None
    resurrected: bool = False
    overruled: bool = False


class Displaced(msgspec.Struct, frozen=True, kw_only=True):
    """A stored document that gives way to the provider that owns its identity: a dead letter."""

    identity: str
    article: bytes
    provenance: Provenance
    error: InputError


class Folded(msgspec.Struct, kw_only=True):
    """What a round does with one story.

    body: a whole document (write ``index``) or a partial one (``update``). standing: afterwards.
    winner: which of the incoming is written whole. displaced: the stored document is another
    provider's.
    """

    results: list[Result]
    write: Literal["index", "update"] | None = None
    body: documents.Document | None = None
    standing: Standing | None = None
    winner: int | None = None
    displaced: bool = False


def fold(
    identity: str,
    stored: Stored | None,
    incoming: Sequence[Incoming],
    rules: Rules,
    now: dt.datetime,
) -> Folded:
    """Lay the incoming versions of one story onto what stands, in the order they came. Pure.

    Each result says what would have become of it, had it been written alone.
    """
    standing = stored.standing if stored else None
    pubstatus = stored.pubstatus if stored else None
    folded = Folded(results=[])
    written: Decision | None = None
    for position, one in enumerate(incoming):
        article = one.article
        decision = merge(
            standing,
            article,
            enriched=one.enriched,
            rule=rule_for(standing, article, rules),
            now=now,
            stored_pubstatus=pubstatus,
        )
        result = Result(
            outcome=decision.outcome,
            resurrected=decision.resurrected,
            overruled=decision.overruled,
        )
        if decision.outcome == "refused":
            result = _foreign(identity, article.provider, standing)
        if decision.displaced:
            # All that this batch brought before was the other provider's, or it would own it.
            folded.displaced = stored is not None and stored.standing.provider not in (
                None,
                article.provider,
            )
            for earlier in range(position):
                theirs = incoming[earlier].article.provider
                if theirs not in (None, article.provider):
                    folded.results[earlier] = _foreign(identity, theirs, decision.standing)
        if decision.action == "replace":
            folded.winner, pubstatus = position, article.pubstatus
        if decision.action != "keep":
            written = decision
        standing = decision.standing
        folded.results.append(result)
    folded.standing = standing
    if written is None or standing is None:
        return folded
    if folded.winner is not None:
        winner = incoming[folded.winner].article
        folded.write = "index"
        folded.body = documents.document(with_origin(winner, written.origin), standing)
    elif stored is not None:
        folded.write = "update"
        folded.body = documents.amendment(written, stored.standing, stored.dates)
    else:
        raise Defect(f"story {identity} is amended, but neither stored nor brought")
    return folded


def _foreign(identity: str, provider: str | None, standing: Standing | None) -> Result:
    error = InputError(
        f"the identity {identity} belongs to another provider",
        found=f"provider {provider}",
        expected=f"provider {standing.provider if standing else None}, whose article came first",
        remedy="only the same provider supersedes or withdraws; correct the feed's provider.",
    )
    return Result(outcome="refused", error=error)


class _Operation(Item, kw_only=True):
    """One story's share of a bulk request."""

    identity: str
    folded: Folded


class Odds:
    """Whether the stories of the next batch are likely to be new, judged by the last one.

    Of new stories there is nothing to read: a ``create`` finds out just as well whether one is
    there, and costs the server one look instead of two. Where the guess is wrong, the story is
    read and decided as ever.
    """

    #: share of new stories from which the reading is left out
    ENOUGH = 0.9

    def __init__(self) -> None:
        self.likely_new = False

    def learn(self, new: int, stories: int) -> None:
        """After a batch: how many of its stories were new."""
        if stories:
            self.likely_new = new >= self.ENOUGH * stories


def write(
    client: Client,
    index: str,
    batch: Sequence[Incoming],
    rules: Rules,
    clock: Clock = utc_now,
    *,
    on_displaced: Callable[[list[Displaced]], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    pause: Pause = time.sleep,
    tries: int = TRIES,
    odds: Odds | None = None,
) -> list[Result]:
    """Write a batch into the index of a generation; one result for each article, in order.

    on_displaced gets stored documents that give way, before they do (and once more, should the
    round be repeated); what it raises ends the write. stop: asked before each pause, so that a
    stage can end while a server is away. odds: learns, batch by batch, whether reading first is
    worth it. Writing the same batch again is harmless.
    Raises Unavailable when Elasticsearch stays away, stays overloaded, or lacks the index.
    """
    results: list[Result | None] = [None] * len(batch)
    pending: dict[str, list[int]] = {}
    for position, one in enumerate(batch):
        pending.setdefault(identity_of(one.article), []).append(position)
    # What a request without an answer may have written: it must not be counted as a duplicate.
    uncertain: dict[str, Folded] = {}
    failed = raced = 0
    stories = len(pending)
    unread = odds is not None and odds.likely_new

    def settle(identity: str, folded: Folded) -> None:
        for position, result in zip(pending.pop(identity), folded.results, strict=True):
            results[position] = result

    while pending:
        trouble: str | None = None
        before = len(pending)
        refused = False
        operations: list[_Operation] = []
        try:
            guessed, unread = unread, False
            stored = {} if guessed else read(client, index, list(pending))
            if odds is not None and not guessed and len(pending) == stories:
                odds.learn(stories - len(stored), stories)
            now = clock()
            for identity, positions in list(pending.items()):
                there = stored.get(identity)
                tried = uncertain.pop(identity, None)
                # Ours; or, after a guess, one that stood there before and is the very same, which
                # nobody can tell apart: it is counted once more as what it was then.
                if tried is not None and there is not None and there.standing == tried.standing:
                    settle(identity, tried)
                    continue
                folded = fold(identity, there, [batch[at] for at in positions], rules, now)
                if folded.write is None:
                    settle(identity, folded)
                else:
                    operations.append(_operation(identity, there, folded))
            giving_way = [one for one in operations if one.folded.displaced]
            if giving_way and on_displaced is not None:
                on_displaced(_displaced(client, index, giving_way))
        except Retry as error:
            trouble, operations = str(error), []
        for request in requests(operations):
            try:
                send(client, index, request)
            except Retry as error:
                trouble = str(error)
        if odds is not None and guessed and operations:
            odds.learn(sum(one.verdict == "done" for one in operations), stories)
        for operation in operations:
            if operation.verdict == "done":
                settle(operation.identity, operation.folded)
            elif operation.verdict == "unknown":
                uncertain[operation.identity] = operation.folded
            elif operation.verdict == "overloaded":
                trouble = trouble or operation.explained
            elif operation.verdict == "refused":
                refused = True
                _refuse(operation, pending, results)
        if trouble is not None:
            failed += 1
            if failed >= tries or stop():
                raise Unavailable(
                    f"Elasticsearch cannot write to {index}",
                    found=trouble[:EXPLAINED],
                    remedy="nothing is lost: what was not written is read again.",
                )
            pause(backoff(failed))
        elif refused or len(pending) < before:
            raced = 0
        elif not guessed:
            raced += 1
            if raced >= RACES:
                raise Unavailable(
                    f"others keep changing the same stories in {index}",
                    found=f"{before} stories, {raced} lost races",
                )
            pause(random.uniform(0, 0.01 * raced))
    return [result for result in results if result is not None]


def _refuse(
    operation: _Operation, pending: dict[str, list[int]], results: list[Result | None]
) -> None:
    """The winner's document is bad: a dead letter. The story's other versions try without it."""
    positions = pending[operation.identity]
    winner = operation.folded.winner
    if winner is None:
        raise Defect(
            f"Elasticsearch refuses to amend the story {operation.identity}",
            found=operation.explained[:EXPLAINED],
        )
    error = InputError(
        "an article that the index refuses",
        found=operation.explained[:EXPLAINED],
        expected="what the index template allows",
        remedy="it lies in the dead letters; please report it.",
    )
    results[positions.pop(winner)] = Result(outcome="refused", error=error)
    if not positions:
        del pending[operation.identity]


def _operation(identity: str, stored: Stored | None, folded: Folded) -> _Operation:
    # Whatever stands now must still stand when this is written: else it is looked at again.
    place: dict[str, Any] = {"_id": document_id(identity)}
    if stored is not None:
        place |= {"if_seq_no": stored.seq_no, "if_primary_term": stored.primary_term}
    kind = "create" if stored is None else folded.write
    body = {"doc": folded.body} if folded.write == "update" else folded.body
    data = msgspec.json.encode({kind: place}) + b"\n" + msgspec.json.encode(body) + b"\n"
    folded.body = None  # written down; a batch of large articles would lie in memory twice
    return _Operation(identity=identity, folded=folded, data=data)


def read(client: Client, index: str, identities: Sequence[str]) -> dict[str, Stored]:
    """What stands now of these stories, refreshed or not; absent ones are absent."""
    found: dict[str, Stored] = {}
    for identity, item in _get(client, index, identities, ",".join(_READ)):
        source = item["_source"]
        found[identity] = Stored(
            standing=documents.decode_standing(source["standing"]),
            pubstatus=source["pubstatus"],
            dates=source,
            seq_no=item["_seq_no"],
            primary_term=item["_primary_term"],
        )
    return found


def _displaced(client: Client, index: str, giving_way: list[_Operation]) -> list[Displaced]:
    owners = {one.identity: one.folded.standing for one in giving_way}
    found: list[Displaced] = []
    for identity, item in _get(client, index, list(owners), "*"):
        source = item["_source"]
        result = _foreign(identity, source.get("provider"), owners[identity])
        assert result.error is not None
        found.append(
            Displaced(
                identity=identity,
                article=documents.article_json(source),
                provenance=documents.provenance_of(source),
                error=result.error,
            )
        )
    return found


def _get(
    client: Client, index: str, identities: Sequence[str], fields: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    ids = [document_id(identity) for identity in identities]
    answer = perform(
        client,
        f"/{index}/_mget",
        {
            "_source_includes": fields,
            "filter_path": "docs.found,docs._seq_no,docs._primary_term,docs._source,docs.error",
        },
        JSON,
        msgspec.json.encode({"ids": ids}),
    )
    for identity, item in zip(identities, answer.get("docs", []), strict=True):
        if "error" in item:
            raise Retry(str(item["error"]))
        if item.get("found"):
            yield identity, item
