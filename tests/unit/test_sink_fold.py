"""Any order, any duplication, any split into batches leaves the same documents in the index."""

from __future__ import annotations

import datetime as dt

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline.article import Article, Provenance
from dateline.versions import content_hash
from sinks import documents
from sinks.writer import Incoming, Result, Stored, fold

T0 = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
NOW = T0 + dt.timedelta(days=30)


def article(
    text: str = "A",
    *,
    story: int = 1,
    received: int = 0,
    created: int | None = None,
    version: int | None = None,
    pubstatus: str = "usable",
    provider: str | None = "np",
    model: str = "m1",
    location: str | None = "a.json",
) -> Article:
    parsed = Article(
        uri=f"urn:np:{story}",
        title=text,
        body_text=f"{text} was said",
        version=version,
        versioncreated=None if created is None else T0 + dt.timedelta(seconds=created),
        provider=provider,
        language="en",
        pubstatus=pubstatus,  # type: ignore[arg-type]
    )
    return msgspec.structs.replace(
        parsed,
        provenance=Provenance(
            location=location,
            received=T0 + dt.timedelta(seconds=received),
            content=content_hash(parsed),
            topic="articles.raw",
            partition=0,
            offset=received,
            model=model,
        ),
    )


class Index:
    """A model of the index: what `write` does, with a dict for a server."""

    def __init__(self) -> None:
        self.held: dict[str, documents.Document] = {}

    def write(self, batch: list[Incoming]) -> list[Result]:
        results: dict[int, Result] = {}
        stories: dict[str, list[int]] = {}
        for position, one in enumerate(batch):
            stories.setdefault(one.article.uri, []).append(position)
        for identity, positions in stories.items():
            folded = fold(
                identity,
                self.stored(identity),
                [batch[at] for at in positions],
                lambda _provider: "versioncreated",
                NOW,
            )
            if folded.body is not None:
                self.held[identity] = (
                    folded.body
                    if folded.write == "index"
                    else documents.apply_amendment(self.held[identity], folded.body)
                )
            results.update(zip(positions, folded.results, strict=True))
        return [results[position] for position in range(len(batch))]

    def stored(self, identity: str) -> Stored | None:
        held = self.held.get(identity)
        if held is None:
            return None
        return Stored(
            standing=documents.decode_standing(held["standing"]),
            pubstatus=held["pubstatus"],
            dates=held,
            seq_no=0,
            primary_term=1,
        )

    def shown(self) -> dict[str, bytes]:
        """Without nulls: an amendment writes them where the new origin has no such part."""
        return {
            identity: documents.article_json(held)
            + held["@timestamp"].encode()
            + held["standing"].encode()
            for identity, held in self.held.items()
        }


streams = st.lists(
    st.builds(
        Incoming,
        article=st.builds(
            article,
            text=st.sampled_from("ABC"),
            story=st.integers(1, 2),
            received=st.integers(0, 5),
            created=st.none() | st.integers(0, 2),
            version=st.none() | st.integers(0, 2),
            pubstatus=st.sampled_from(["usable", "withheld", "canceled"]),
        ),
        enriched=st.integers(0, 5),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=400, deadline=None)
@given(stream=streams, data=st.data())
def test_order_duplication_and_batches_do_not_matter(
    stream: list[Incoming], data: st.DataObject
) -> None:
    one_by_one = Index()
    for one in stream:
        one_by_one.write([one])
    twice = stream + data.draw(st.lists(st.sampled_from(stream)))
    shuffled = data.draw(st.permutations(twice))
    batched = Index()
    while shuffled:
        size = data.draw(st.integers(1, len(shuffled)))
        batched.write(list(shuffled[:size]))
        shuffled = shuffled[size:]
    assert batched.shown() == one_by_one.shown()


@settings(max_examples=200, deadline=None)
@given(stream=streams)
def test_each_article_gets_one_result(stream: list[Incoming]) -> None:
    results = Index().write(stream)
    assert len(results) == len(stream)
    assert all(result.error is None for result in results)


def test_a_late_original_stays_dead_and_a_resend_changes_nothing_shown() -> None:
    index = Index()
    kill = Incoming(article=article(created=5, received=1, pubstatus="canceled"), enriched=1)
    late = Incoming(article=article("A", created=1, received=9), enriched=2)
    assert [result.outcome for result in index.write([kill, late])] == ["withdrawn", "superseded"]
    assert index.held["urn:np:1"]["pubstatus"] == "canceled"

    index = Index()
    index.write([Incoming(article=article("A", received=1), enriched=1)])
    before = dict(index.held["urn:np:1"])
    (again,) = index.write([Incoming(article=article("A", received=7), enriched=2)])
    after = dict(index.held["urn:np:1"])
    assert again.outcome == "duplicate"
    assert before.pop("standing") != after.pop("standing")
    assert after == before


def test_a_newer_usable_version_after_a_cancellation_is_flagged() -> None:
    index = Index()
    index.write([Incoming(article=article(created=1, pubstatus="canceled"), enriched=1)])
    (newer,) = index.write([Incoming(article=article("B", created=2, received=2), enriched=1)])
    assert newer.resurrected and newer.outcome == "indexed"


def test_another_providers_article_is_refused_with_the_reason() -> None:
    index = Index()
    index.write([Incoming(article=article("A", created=1, received=1), enriched=1)])
    theirs = article("B", created=9, received=2, provider="other", pubstatus="canceled")
    (result,) = index.write([Incoming(article=theirs, enriched=1)])
    assert result.outcome == "refused"
    assert result.error is not None and "np" in str(result.error)
    assert index.held["urn:np:1"]["title"] == "A"


def test_a_tombstone_of_another_provider_gives_way() -> None:
    ours = Incoming(article=article("A", created=1, received=2), enriched=1)
    theirs = article("B", created=9, received=1, provider="other", pubstatus="canceled")
    kill = Incoming(article=theirs, enriched=1)
    folded = fold("urn:np:1", None, [kill, ours], lambda _provider: "versioncreated", NOW)
    assert [result.outcome for result in folded.results] == ["refused", "indexed"]
    assert not folded.displaced  # nothing of it was ever in the index
    index = Index()
    index.write([kill])
    folded = fold(
        "urn:np:1", index.stored("urn:np:1"), [ours], lambda _provider: "versioncreated", NOW
    )
    assert folded.displaced and folded.body is not None and folded.body["title"] == "A"
