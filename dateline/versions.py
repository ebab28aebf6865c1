"""Which version of a story wins: one total order, and what the index must remember for it.

The order (lowest first) is the provider's rule, then ``versioncreated``, ``version`` (absent is
lowest), the raw record's receipt, the content's hash, and last the later enrichment.

The same content received again changes nothing that is shown; only the receipt it is ordered by
moves on to the latest. That alone would make the order of arrival matter: think of A, then other
content B with the same dates, then A again. A wins by its second receipt, but what is shown of it
(its first receipt is its time, when it has no other) was overwritten by B. So a `Standing` keeps
the first receipt of every content that is tied with the winner, and `merge` is a join: any order,
any duplication, any split into batches of one provider's records ends in the same standing and the
same article. Tests hold it to that. Two things are decided by who is first instead, and both are
rare: which of two providers a URI belongs to, and which of two models enriched a text that was
overtaken and sent again before both had been through.

Nothing here talks to a server.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Literal, Protocol

import msgspec

from dateline.article import FOUND, Article, Provenance, to_builtins
from dateline.errors import Defect

Rule = Literal["versioncreated", "version"]
Outcome = Literal[
    "indexed", "withdrawn", "withheld", "embargoed", "superseded", "duplicate", "refused"
]

#: Contents tied with the winner that one standing remembers. Ties need an agency that changes a
#: story without a new time or number; a hundred silent changes of one story were never seen.
TIED = 100

# Written by the enrichers, or saying how a document came rather than what it says.
_NOT_CONTENT = ("provenance", "transmission", "language", "language_detected", "entities")
# The provider's assertions stand beside what the enrichers found.
_NAMES = ("person", "organisation", "place")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def content_hash(article: Article) -> str:
    """Hash of what a parsed article says, before any enrichment.

    A re-send differs from the first sending in its receipt and its transmission number at most,
    so neither counts. Shortened SHA-256, 32 hexadecimal digits.
    """
    plain = to_builtins(article)
    for name in _NOT_CONTENT:
        plain.pop(name, None)
    for name in _NAMES:
        asserted = [one for one in plain.pop(name, ()) if one["creator"] != FOUND]
        if asserted:
            plain[name] = asserted
    digest = hashlib.sha256(msgspec.json.encode(plain, order="deterministic"))
    return digest.hexdigest()[:32]


def micros(instant: dt.datetime | None) -> int:
    """Microseconds since 1970, exact; an absent instant is lower than any."""
    if instant is None:
        return -(2**62)
    delta = instant - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


class Seen(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """One content as it was received: all instants in microseconds since 1970.

    ``first`` and ``origin`` are of the record received first: that is what is shown of it.
    ``last`` is the latest receipt: that is what it is ordered by. ``enriched`` and ``config``
    are of the latest enrichment.
    """

    first: int
    last: int
    enriched: int
    config: str
    origin: Provenance

    def join(self, other: Seen) -> Seen:
        """What is known after both, whichever came first."""
        origin = min(self, other, key=lambda seen: (seen.first, _position(seen.origin)))
        enrichment = max(self, other, key=lambda seen: (seen.enriched, seen.config))
        return Seen(
            first=origin.first,
            last=max(self.last, other.last),
            enriched=enrichment.enriched,
            config=enrichment.config,
            origin=origin.origin,
        )


class Standing(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What the index remembers of a story's order, stored with its document.

    declared: (provider's rule, versioncreated, version) of the newest; contents: everything
    received with just that order, by content hash; shown: the content that wins among them;
    config: what enriched the document as it is shown; provider: who owns the identity; owned:
    whether that provider ever sent more of it than cancellations.
    """

    declared: tuple[int, int, int]
    shown: str
    config: str
    contents: dict[str, Seen]
    provider: str | None = None
    owned: bool = False


class Decision(msgspec.Struct, kw_only=True, frozen=True):
    """What to do with an incoming article.

    action: ``replace`` writes the document from the incoming article (`with_origin`); ``amend``
    changes only the standing, and what of the origin is shown, of the stored document; ``keep``
    writes nothing. origin: provenance of the raw record to show.
    displaced: the stored tombstone is another provider's, and must go to the dead letters.
    resurrected: a usable version newer than a cancellation is shown again; report it.
    overruled: a cancellation that is older than what stands, and so withdraws nothing; report it.
    """

    outcome: Outcome
    action: Literal["replace", "amend", "keep"]
    standing: Standing
    origin: Provenance
    displaced: bool = False
    resurrected: bool = False
    overruled: bool = False


def rule_for(
    stored: Standing | None, article: Article, rules: Callable[[str | None], Rule]
) -> Rule:
    """The rule that `merge` needs: that of the provider whose story it is.

    rules: provider's key (None: unknown) to its rule. An article that names no provider belongs
    to the story, so its own (unknown) rule is not asked.
    """
    owner = stored.provider if stored is not None else None
    return rules(article.provider or owner)


def declared_order(article: Article, rule: Rule) -> tuple[int, int, int]:
    """The part of the order that the provider declares; greater is newer."""
    created = micros(article.versioncreated)
    version = -1 if article.version is None else article.version
    return _by(rule, created, version)


def _by(rule: Rule, created: int, version: int) -> tuple[int, int, int]:
    return (version if rule == "version" else created, created, version)


def standing_of(article: Article, *, enriched: int, rule: Rule) -> Standing:
    """The standing of an article alone.

    enriched: when it was enriched (microseconds since 1970). Its provenance must hold
    ``received`` and ``content``, or Defect is raised.
    """
    origin = article.provenance
    if origin.content is None or origin.received is None:
        raise Defect(f"article {article.uri} has no receipt or content hash in its provenance")
    received = micros(origin.received)
    seen = Seen(
        first=received, last=received, enriched=enriched, config=_config(origin), origin=origin
    )
    return Standing(
        declared=declared_order(article, rule),
        shown=origin.content,
        config=seen.config,
        contents={origin.content: seen},
        provider=article.provider,
        owned=article.pubstatus != "canceled",
    )


def merge(
    stored: Standing | None,
    article: Article,
    *,
    enriched: int,
    rule: Rule,
    now: dt.datetime,
    stored_pubstatus: str | None = None,
) -> Decision:
    """Decide between what stands and what comes. Pure; see the module's docstring.

    now tells embargoed from indexed in the outcome; nothing that is stored depends on it.
    """
    new = standing_of(article, enriched=enriched, rule=rule)
    arrived = Decision(
        outcome=shown_as(article, now),
        action="replace",
        standing=new,
        origin=article.provenance,
        resurrected=stored_pubstatus == "canceled" and article.pubstatus == "usable",
    )
    if stored is None:
        return arrived

    # Only the same provider supersedes or withdraws: the story is whose article was indexed first.
    # But nobody withdraws what another has not sent yet: a tombstone alone owns nothing.
    owner = stored.provider or new.provider
    if new.provider not in (None, owner):
        if stored_pubstatus == "canceled" and not stored.owned and new.owned:
            return msgspec.structs.replace(arrived, displaced=True, resurrected=False)
        return Decision(
            outcome="refused", action="keep", standing=stored, origin=article.provenance
        )

    owned = stored.owned or new.owned
    as_stored, declared = stored, _by(rule, *stored.declared[1:])
    if declared != stored.declared:
        # Written under another rule: before anybody said whose it is, or how they number.
        stored = msgspec.structs.replace(stored, declared=declared)
    if new.declared > stored.declared:
        standing = msgspec.structs.replace(new, provider=owner, owned=owned)
        return msgspec.structs.replace(arrived, standing=standing)

    ties = new.declared == stored.declared
    ours = new.shown
    contents = stored.contents
    before = contents.get(ours) if ties else None
    if ties:
        mine = new.contents[ours]
        contents = _bounded({**contents, ours: before.join(mine) if before else mine})
    shown = max(contents, key=lambda content: (contents[content].last, content))
    wins = ties and shown == ours
    better = wins and new.config == contents[ours].config != stored.config
    replace = wins and (stored.shown != ours or better)
    standing = Standing(
        declared=stored.declared,
        shown=shown,
        config=new.config if replace else stored.config,
        contents=contents,
        provider=owner,
        owned=owned,
    )
    # A record that is read again (a crash, a replay) is what it was the first time, no re-send.
    again = before is not None and not _same_record(before.origin, article.provenance)
    withdraws = article.pubstatus == "canceled" and stored_pubstatus not in (None, "canceled")
    return Decision(
        outcome="duplicate" if again else arrived.outcome if wins else "superseded",
        action="replace" if replace else "keep" if standing == as_stored else "amend",
        standing=standing,
        origin=contents[shown].origin,
        resurrected=replace and arrived.resurrected,
        overruled=withdraws and not wins,
    )


def with_origin(article: Article, origin: Provenance) -> Article:
    """The article as it is shown: enriched as it is, but received when ``origin`` was."""
    enriched_by = {name: getattr(article.provenance, name) for name in _ENRICHED_BY}
    return msgspec.structs.replace(
        article, provenance=msgspec.structs.replace(origin, **enriched_by)
    )


class Visible(Protocol):
    """What decides whether a story is shown: of an article, an entry of the ledger, a document."""

    @property
    def pubstatus(self) -> str | None: ...
    @property
    def embargoed(self) -> dt.datetime | None: ...


def shown_as(article: Visible, now: dt.datetime) -> Outcome:
    """How the newest version of a story is counted."""
    if article.pubstatus == "canceled":
        return "withdrawn"
    if article.pubstatus == "withheld":
        return "withheld"
    if article.embargoed is not None and article.embargoed > now:
        return "embargoed"
    return "indexed"


_ENRICHED_BY = ("parser", "model", "model_version", "config")


def _config(provenance: Provenance) -> str:
    return "|".join(getattr(provenance, name) or "" for name in _ENRICHED_BY)


def _same_record(one: Provenance, other: Provenance) -> bool:
    return one.offset is not None and _position(one) == _position(other)


def _position(origin: Provenance) -> tuple[str, int, int, int, str]:
    """Any fixed order will do: two records can share a receipt to the microsecond."""
    return (
        origin.topic or "",
        origin.partition or 0,
        origin.offset or 0,
        origin.item or 0,
        origin.sha256 or "",
    )


def _bounded(contents: dict[str, Seen]) -> dict[str, Seen]:
    if len(contents) <= TIED:
        return contents
    newest = sorted(contents, key=lambda content: (contents[content].last, content))[-TIED:]
    return {content: contents[content] for content in newest}
