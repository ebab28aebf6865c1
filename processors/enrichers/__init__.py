"""Enrichers: small components that add to an article what its provider did not say.

An enricher is a class with the promise of `Enricher` and one line under
``[project.entry-points."dateline.enrichers"]``; a package of a user's own registers one the same
way. The entry point is called with the settings. Enrichers run in the order that their ``after``
asks for, each over a whole batch.

An enricher is pure given its models: the same article gives the same result, whatever else is in
the batch. It never changes an article in place, and never touches what the provider sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from graphlib import CycleError, TopologicalSorter
from importlib.metadata import entry_points
from typing import Protocol

import msgspec

from dateline.article import Article
from dateline.errors import Defect, InputError, UsageError
from dateline.settings import Settings
from processors import tally

GROUP = "dateline.enrichers"


class Enricher(Protocol):
    """One component.

    name: how others refer to it. version: raised when the same article comes out differently.
    after: names of those that must have run before (one that is not installed is no error).
    """

    name: str
    version: int
    after: tuple[str, ...]

    def setup(self, languages: Iterable[str]) -> None:
        """Load what is needed for articles in these languages now rather than at the first
        one. Called once, before `enrich`; may be called with nothing."""
        ...

    def config(self) -> dict[str, str]:
        """What else decides the result: data with their versions, but not the model that
        `UsesModel.model_of` tells."""
        ...

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        """The same articles, in order, with something added. May raise for a bad one: the
        batch is then bisected, so that the exception costs that one alone."""
        ...


class Refreshes(Protocol):
    """An enricher with data that may change while it works."""

    def refresh(self) -> None:
        """Look whether they have changed: called before each batch, so it must cost next to
        nothing. What `config` tells after it holds for the whole batch."""
        ...


class UsesModel(Protocol):
    """An enricher whose model goes into ``provenance.model``."""

    def model_of(self, article: Article) -> tuple[str, str] | None:
        """Name and version of the model that this article was given to, None where none was."""
        ...


def load(settings: Settings) -> list[Enricher]:
    """All registered enrichers, in the order in which they run. Raises UsageError."""
    return ordered([point.load()(settings) for point in entry_points(group=GROUP)])


def ordered(enrichers: Iterable[Enricher]) -> list[Enricher]:
    """By ``after``, and by name where that leaves it open. Raises UsageError for a circle."""
    known = {enricher.name: enricher for enricher in enrichers}
    graph = TopologicalSorter(
        {name: [a for a in known[name].after if a in known] for name in sorted(known)}
    )
    try:
        return [known[name] for name in graph.static_order()]
    except CycleError as error:
        raise UsageError(
            "enrichers that wait for each other",
            found=" after ".join(error.args[1]),
            remedy="correct `after` of the one that was added last.",
        ) from error


class Pipeline:
    """All enrichers, one after the other."""

    def __init__(self, enrichers: Iterable[Enricher]) -> None:
        self.enrichers = ordered(enrichers)
        self._config: tuple[list[dict[str, str]], str] | None = None

    @classmethod
    def of(cls, settings: Settings) -> Pipeline:
        """Those that are installed."""
        return cls(load(settings))

    def setup(self, languages: Iterable[str] = ()) -> None:
        """Warm everything that articles in these languages need."""
        wanted = tuple(languages)
        for enricher in self.enrichers:
            enricher.setup(wanted)

    @property
    def config(self) -> str:
        """Short hash of what decides the result: names and versions of enrichers, their data.

        Two articles enriched under the same value and by the same model are enriched alike. It
        changes only with a batch (`enrich`), where an enricher's data have changed.
        """
        changing = [e.config() for e in self.enrichers if hasattr(e, "refresh")]
        if self._config is None or self._config[0] != changing:
            told = [(e.name, e.version, sorted(e.config().items())) for e in self.enrichers]
            self._config = (changing, hashlib.sha256(msgspec.json.encode(told)).hexdigest()[:12])
        return self._config[1]

    def enrich(self, articles: Sequence[Article]) -> list[Article | InputError]:
        """Enriched articles in order; an InputError in the place of each that broke an enricher.

        A batch that fails is halved until the article is alone, so its neighbours are unharmed.
        """
        results: list[Article | InputError] = list(articles)
        for enricher in self.enrichers:
            refresh: Callable[[], None] | None = getattr(enricher, "refresh", None)
            if refresh is not None:
                refresh()
        config = self.config
        for enricher in self.enrichers:
            places = [at for at, result in enumerate(results) if isinstance(result, Article)]
            batch = [result for result in results if isinstance(result, Article)]
            with tally.timed(enricher.name):
                enriched = _bisect(enricher, batch)
            for at, result in zip(places, enriched, strict=True):
                results[at] = result
        return [self._signed(r, config) if isinstance(r, Article) else r for r in results]

    def model_of(self, article: Article) -> tuple[str, str] | None:
        """Name and version of the model that an article in its language is given to."""
        model: tuple[str, str] | None = None
        for enricher in self.enrichers:
            ask: Callable[[Article], tuple[str, str] | None] | None
            ask = getattr(enricher, "model_of", None)
            model = (ask(article) if ask else None) or model
        return model

    def _signed(self, article: Article, config: str) -> Article:
        model = self.model_of(article)
        provenance = msgspec.structs.replace(
            article.provenance,
            config=config,
            model=model[0] if model else None,
            model_version=model[1] if model else None,
        )
        return msgspec.structs.replace(article, provenance=provenance)


def _bisect(enricher: Enricher, batch: Sequence[Article]) -> list[Article | InputError]:
    if not batch:
        return []
    try:
        enriched = enricher.enrich(batch)
        if len(enriched) != len(batch):
            raise Defect(
                f"enricher {enricher.name} lost articles",
                found=str(len(enriched)),
                expected=str(len(batch)),
            )
        return list(enriched)
    except MemoryError:
        # No verdict on the article: the process is at its end, and another one tries again.
        raise
    except Exception as error:  # noqa: BLE001 - any bug in any enricher costs one article
        if len(batch) > 1:
            half = len(batch) // 2
            return _bisect(enricher, batch[:half]) + _bisect(enricher, batch[half:])
        return [
            InputError(
                f"the enricher {enricher.name} failed",
                found=f"{type(error).__name__}: {error}"[:500],
                remedy="please report it with the document; it is kept in the dead letters.",
            )
        ]
