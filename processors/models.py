"""Which model recognises entities in which language.

In this order: a pipeline of one's own (setting ``models_dir``), an official spaCy model that is
installed (``de_core_news_lg`` before ``_md`` before ``_sm``), the model that ships with Dateline,
nothing. A language without a model gets
everything but entities.

On package registries some names of official models are held by empty placeholders, so a name
proves nothing: a package counts only if it is a spaCy pipeline of the right language with a
recogniser, by its ``meta.json``. Nothing is loaded to find that out.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from functools import cache
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dateline.errors import Unavailable, UsageError
from dateline.settings import Settings

if TYPE_CHECKING:
    from spacy.language import Language

log = logging.getLogger(__name__)

#: sizes of official models, best first; ``trf`` would need a GPU to keep up with a wire
SIZES = ("lg", "md", "sm")
#: labels of official models (OntoNotes, CoNLL-like) as the article's; others are left out:
#: dates, sums and ordinals are no names
LABELS = {
    "PER": "PER",
    "PERSON": "PER",
    "persName": "PER",
    "PRS": "PER",
    "LOC": "LOC",
    "GPE": "LOC",
    "FAC": "LOC",
    "GPE_LOC": "LOC",
    "placeName": "LOC",
    "geogName": "LOC",
    "ORG": "ORG",
    "GPE_ORG": "ORG",
    "orgName": "ORG",
    "MISC": "MISC",
    "NORP": "MISC",
    "EVENT": "MISC",
    "PRODUCT": "MISC",
    "PROD": "MISC",
    "WORK_OF_ART": "MISC",
    "LAW": "MISC",
    "LANGUAGE": "MISC",
    "EVN": "MISC",
    "DRV": "MISC",
}
_OURS = "dateline_news"


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One usable model.

    origin: ``own``, ``official`` or ``dateline``. source: what spacy.load takes, a package's name
    or a folder. chosen: whether it is the one that is used for its language.
    """

    language: str
    name: str
    version: str
    origin: str
    source: str
    license: str | None = None
    chosen: bool = False


class _Meta(msgspec.Struct):
    """What counts of a pipeline's ``meta.json``; unknown fields are ignored."""

    lang: str
    name: str
    version: str
    pipeline: list[str] = []
    components: list[str] = []
    license: str = ""
    spacy_version: str = ""


@cache
def available(own: str | None = None) -> tuple[ModelInfo, ...]:
    """Every usable model, the chosen one of each language first.

    own: a folder of pipelines of one's own (setting ``models_dir``), one in each folder within.
    Raises UsageError where it is no folder.
    """
    found: list[ModelInfo] = []
    mine = _own(Path(own).expanduser()) if own is not None else []
    for info in mine + sorted(_official(), key=_rank) + _shipped():
        taken = any(other.language == info.language for other in found)
        found.append(msgspec.structs.replace(info, chosen=not taken))
    return tuple(sorted(found, key=lambda info: (info.language, not info.chosen)))


def chosen(settings: Settings) -> list[ModelInfo]:
    """The model of each language. Raises UsageError."""
    return [info for info in available(settings.models_dir) if info.chosen]


def model_for(language: str | None, own: str | None = None) -> ModelInfo | None:
    """The model for a BCP 47 tag, by its primary subtag; None where there is none. own: see
    `available`."""
    if language is None:
        return None
    primary = language.split("-")[0].lower()
    return next((i for i in available(own) if i.chosen and i.language == primary), None)


def use_fast_products() -> None:
    """Nets of this process that are loaded from now on multiply by NumPy's OpenBLAS.

    Its products take a third of the time of spaCy's own choice (BLIS) where the processor has wide
    registers (`python -m bench entities`). How many threads they use, the process's environment
    says (`processors.pool` sets one).
    """
    from thinc.api import NumpyOps, set_current_ops

    set_current_ops(NumpyOps(use_blis=False))


def load(info: ModelInfo) -> Language:
    """The pipeline with its recogniser, and only what that needs; it decides all words of a batch
    at once (`processors.recogniser`) where it is of that kind. Raises Unavailable."""
    import spacy

    # Registers the embedding of Dateline's own models, where the entry point that does so for
    # spaCy's other users is not known yet (an installation that is older than the model).
    from processors import recogniser, wordclasses  # noqa: F401

    use_fast_products()
    try:
        nlp = spacy.load(info.source, exclude=_unneeded(info))
    except Exception as error:
        # spacy.load executes a package: there is no end to what it may raise.
        raise Unavailable(
            f"the model {info.name} {info.version} does not load",
            found=f"{type(error).__name__}: {error}"[:500],
            remedy=f"{_mended(info)}, or take it away: then another is used, where there is one.",
        ) from error
    if "ner" not in nlp.pipe_names:
        raise Unavailable(f"the model {info.name} has no recogniser", found=str(nlp.pipe_names))
    recogniser.decide_at_once(nlp)
    return nlp


def _mended(info: ModelInfo) -> str:
    if info.origin == "own":
        return f"copy {info.source} once more"
    return "install Dateline once more" if info.origin == "dateline" else "install it once more"


def _unneeded(info: ModelInfo) -> list[str]:
    """Components that the recogniser does not listen to (tagger, parser, lemmatizer, ...)."""
    folder = folder_of(info)
    meta = _meta(folder) if folder else None
    if meta is None or folder is None:
        return []
    needed = {"ner"}
    try:
        config = (folder / "config.cfg").read_text(encoding="utf-8")
        ner = config.split("[components.ner.model", 1)[1].split("[components.", 1)[0]
        after = config.split("[components.ner.model.tok2vec", 1)
        if "Tok2VecListener" in ner or (
            len(after) > 1 and "Tok2VecListener" in after[1].split("\n[", 1)[0]
        ):
            needed.add("tok2vec")
    except (OSError, IndexError):
        needed.add("tok2vec")
    return [name for name in (meta.components or meta.pipeline) if name not in needed]


def _rank(info: ModelInfo) -> tuple[str, int]:
    return info.language, SIZES.index(info.name.rsplit("_", 1)[1])


def _official() -> Iterable[ModelInfo]:
    for distribution in _models_among(distributions()):
        name = distribution.metadata["Name"].lower().replace("-", "_")
        folder = _package_folder(name)
        meta = _meta(folder) if folder else None
        if meta is None or f"{meta.lang}_{meta.name}" != name:
            log.warning("%s is installed, but it is no spaCy model: ignored", name)
        elif "ner" in (meta.components or meta.pipeline):
            yield _info(meta, "official", name)


def _models_among(installed: Iterable[Distribution]) -> Iterable[Distribution]:
    for distribution in installed:
        name = (distribution.metadata["Name"] or "").lower().replace("-", "_")
        parts = name.split("_")
        if len(parts) == 4 and parts[1] == "core" and parts[3] in SIZES:
            yield distribution


def _own(folder: Path) -> list[ModelInfo]:
    if not folder.is_dir():
        raise UsageError(
            f"there is no folder of models {folder}",
            expected="a folder that holds spaCy pipelines, each in a folder of its own",
            remedy="correct the setting models_dir.",
        )
    found: list[ModelInfo] = []
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.name.startswith("."):
            continue
        meta = _meta(path)
        if meta is None or "ner" not in (meta.components or meta.pipeline):
            log.warning("%s is no spaCy pipeline with a recogniser: ignored", path)
            continue
        found.append(_info(meta, "own", str(path.resolve())))
    return found


def _shipped() -> list[ModelInfo]:
    """Those in the installed package, else those of the checkout."""
    import dateline

    package = Path(dateline.__file__).parent
    found: list[ModelInfo] = []
    for root in (package / "_models", package.parent / "models"):
        for folder in sorted(root.glob(f"*_{_OURS}")):
            meta = _meta(folder)
            if meta is not None and all(meta.lang != info.language for info in found):
                found.append(_info(meta, "dateline", str(folder)))
    return found


def _info(meta: _Meta, origin: str, source: str) -> ModelInfo:
    return ModelInfo(
        language=meta.lang,
        name=f"{meta.lang}_{meta.name}",
        version=meta.version,
        origin=origin,
        source=source,
        license=meta.license or None,
    )


def at(folder: Path) -> ModelInfo:
    """The pipeline in a folder, chosen or not. Raises UsageError where there is none with a
    recogniser."""
    meta = _meta(folder)
    if meta is None or "ner" not in (meta.components or meta.pipeline):
        raise UsageError(
            f"there is no model in {folder}",
            expected="a spaCy pipeline with a recogniser (config.cfg, meta.json)",
            remedy="see `dateline models list`.",
        )
    return _info(meta, "own", str(folder.resolve()))


def folder_of(info: ModelInfo) -> Path | None:
    """The folder that holds ``config.cfg``."""
    return _package_folder(info.source) if info.origin == "official" else Path(info.source)


def _package_folder(name: str) -> Path | None:
    """An installed model's data: the folder ``NAME-VERSION`` inside its package."""
    try:
        spec = find_spec(name)
    except (ImportError, ValueError):
        return None
    if spec is None or not spec.origin:
        return None
    root = Path(spec.origin).parent
    return next((p.parent for p in sorted(root.glob(f"{name}-*{os.sep}meta.json"))), None)


def _meta(folder: Path) -> _Meta | None:
    """None where there is no readable pipeline in the folder."""
    try:
        if not (folder / "config.cfg").is_file():
            return None
        return msgspec.json.decode((folder / "meta.json").read_bytes(), type=_Meta)
    except (OSError, msgspec.MsgspecError):
        return None


def labels_of(nlp: Any) -> dict[str, str]:
    """The recogniser's labels that are names, as the article's labels."""
    return {label: LABELS[label] for label in nlp.get_pipe("ner").labels if label in LABELS}
