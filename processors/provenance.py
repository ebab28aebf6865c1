"""Whether an article would be made otherwise today, told from its provenance alone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from dateline.article import Article
from dateline.formats import registered
from dateline.settings import Settings
from processors.enrichers import Pipeline

#: of the provenance what says how an article was made
_MADE = ("parser", "config", "model", "model_version")


class Today:
    """The parsers, enrichers and models that are installed here; loads none of them."""

    def __init__(self, settings: Settings, *, pipeline: Pipeline | None = None) -> None:
        self._pipeline = pipeline or Pipeline.of(settings)
        self._parsers = {one.name: f"{one.name}/{one.version}" for one in registered().values()}
        # A model is chosen by language, of which an archive has few.
        self._model = lru_cache(maxsize=1000)(self._model_of)

    def _model_of(self, language: str | None) -> tuple[str, str] | None:
        return self._pipeline.model_of(Article(uri="", title="", language=language))

    def stale(self, provenance: Mapping[str, Any], language: str | None) -> bool:
        """Whether another parser, model, enricher version or configuration made it than today's.

        provenance: as the index stores it. language: the decided one. What is of a format that is
        not installed here cannot be made anew, and is not stale.
        """
        parser = self._parsers.get(str(provenance.get("format")))
        if parser is None:
            return False
        model = self._model(language) or (None, None)
        made = tuple(
            provenance.get(name) for name in ("parser", "config", "model", "model_version")
        )
        return made != (parser, self._pipeline.config, *model)
