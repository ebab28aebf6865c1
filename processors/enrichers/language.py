"""The language of an article: declared, detected, and which of the two is believed.

Declared tags are often a desk's default ("de" over an English press release), and detection is
a guess on short text; so, in this order:

1. nothing detected (no text, figures only, fewer than four words): the declared tag, or none;
2. declared and detected agree (by primary language, or as near relatives that a detector cannot
   tell apart, such as ``no``/``nb``/``nn``): the declared tag, with its region;
3. nothing declared: the detected one where it is `sure` for a text of that length, else none;
4. declared otherwise: the detected one, for a text of `LONG` letters, a certainty of
   `VERY_SURE`, and if more than half of the text is nearer to it than to the declared one (a
   release in two languages stays what it was declared); else the declared tag.

The detector's probabilities are weighted by how often wires write in a language (`weight`). The
thresholds were measured: ``python -m bench language`` prints what they cost and what they save.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from dateline.article import Article, DetectedLanguage
from dateline.settings import Settings
from dateline.text import language_tag

#: characters of a text that the detector is shown; more would cost time and add nothing
SAMPLE = 320
#: Excerpts that a long text is sampled by: an opening or a boilerplate in another language must not
#: decide for all of it.
EXCERPTS = 4
#: fewer words, or letters, are not guessed at: an alert of three words is nobody's language
WORDS = 4
LETTERS = 10
#: From so many letters on a body is judged without its headline, and may be believed rather than
#: what is declared, at this certainty.
LONG = 120
VERY_SURE = 0.9
#: From how many letters on which certainty is enough where nothing is declared. The detector is
#: modest on short text; on a long one it is sure unless the text is in none of its languages.
SURE = ((LONG, 0.7), (40, 0.3), (20, 0.5), (LETTERS, 0.7))
#: of what is no space; below it is a table of figures
_SHARE_OF_LETTERS = 0.5

#: languages that many wires write in: twice as likely as the rest of `CANDIDATES`
FREQUENT = frozenset(
    "ar bg cs da de el en es fa fi fr he hi hr hu id it ja ko nl no pl pt ro ru sk sr sv th tr uk "
    "vi zh".split()
)
#: Languages of news wires. The detector knows more; each rare one (Latin, Occitan, Pidgin) only
#: takes short texts away from a likely one.
CANDIDATES = FREQUENT | frozenset(
    "af am az be bn bs ca cy et eu ga gl gu hy is ka kk km kn ky lo lt lv mk ml mn mr ms mt my ne "
    "nn pa ps si sl so sq sw ta te tg tl ur uz".split()
)
_FREQUENT, _CANDIDATE, _RARE = 2.0, 1.0, 0.3
#: probabilities that no weight makes one that counts
_UNLIKELY = 1e-4
#: what the detector calls other than BCP 47 would, or more finely than news does; ``zxx`` is text
#: in no language
_CODES = {"ary": "ar", "arz": "ar", "uzs": "uz", "wuu": "zh", "yue": "zh"}
_NO_LANGUAGE = "zxx"
#: what the detector calls a declared language
_DECLARED = {"nb": "no", "fil": "tl", "prs": "fa", "cmn": "zh", "sh": "hr"}
#: Groups that it takes for one another even in a whole article. Danish and Norwegian, Galician and
#: Portuguese are none: of 120 letters and more, none was mistaken at `VERY_SURE`.
_RELATIVES = (
    frozenset({"no", "nb", "nn"}),
    frozenset({"hr", "sr", "bs", "sh"}),
    frozenset({"id", "ms"}),
    frozenset({"tl", "fil"}),
    frozenset({"fa", "prs"}),
    frozenset({"zh", "yue", "cmn"}),
)

#: addresses of pages and people, whose words are nobody's language
_ADDRESS = re.compile(r"[!-~]*(?:://|@|www\.)[!-~]*")
#: Figures and signs. Not all that `str.isalpha` denies: the scripts of India have vowel signs.
_FIGURES = re.compile(
    r"[!-@\[-`{-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u0660-\u0669\u06f0-\u06f9"
    r"\u2000-\u2bff\u3000-\u303f\uff01-\uff20\U0001f000-\U0001faff]"
)
#: a word with what joins it, such as a hyphen, an apostrophe or a vowel sign
_WORD = re.compile(r"[^\W\d_][^\s.,;:!?/]*")
#: scripts that put no space between words, whose letters are syllables or words, or that are both
_IDEOGRAPHS = re.compile(r"[\u2e80-\ua4cf\uf900-\ufaff]")
_SYLLABLES = re.compile(r"[\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff]")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")


class Language:
    """Sets ``language`` and ``language_detected``."""

    name = "language"
    version = 2
    after: tuple[str, ...] = ()

    def __init__(self, settings: Settings) -> None:
        self._detector: Any = None

    def setup(self, languages: Iterable[str]) -> None:
        self._load()

    def config(self) -> dict[str, str]:
        from importlib.metadata import version

        return {"py3langid": version("py3langid")}

    def enrich(self, articles: Sequence[Article]) -> list[Article]:
        return [self._one(article) for article in articles]

    def _one(self, article: Article) -> Article:
        parts = sample(article)
        detected = self.detect("\n".join(parts))
        declared = article.language
        letters = sum(map(count_letters, parts))
        share = 1.0
        if declared and detected and contradicts(declared, detected, letters):
            share = self.share(parts, detected.code, _primary(declared))
        return msgspec.structs.replace(
            article,
            language=decide(declared, detected, letters, share),
            language_detected=detected,
        )

    def detect(self, text: str) -> DetectedLanguage | None:
        """The likeliest language; None where there is too little to go by. ``text`` is `clean`."""
        if not is_text(text):
            return None
        likely = self._likely(text)
        code = max(likely, key=likely.__getitem__)
        if code == _NO_LANGUAGE:
            return None
        confidence = likely[code] / sum(likely.values())
        return DetectedLanguage(code=code, confidence=round(confidence, 4))

    def share(self, parts: Sequence[str], detected: str, declared: str) -> float:
        """How much of a text (from 0 to 1, by letters) is nearer to the detected language than to
        the declared one; 0 where the detector does not know that one."""
        declared = _DECLARED.get(declared, declared)
        if declared not in self._load().labels:
            return 0.0
        nearer = total = 0
        for part in parts:
            likely = self._likely(part)
            letters = count_letters(part)
            total += letters
            if likely.get(detected, 0.0) > likely.get(declared, 0.0):
                nearer += letters
        return nearer / total if total else 0.0

    def _likely(self, text: str) -> dict[str, float]:
        """Languages and how likely each is, by text and by use; the sum is not 1."""
        found: dict[str, float] = {}
        for label, probability in self._load().rank(text):
            if probability < _UNLIKELY:
                break
            code = _CODES.get(label, label)
            found[code] = found.get(code, 0.0) + float(probability) * weight(label)
        return found

    def _load(self) -> Any:
        if self._detector is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            self._detector = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        return self._detector


def weight(label: str) -> float:
    """How often wires write in a language, as a factor to the detector's probability of it."""
    if label in FREQUENT:
        return _FREQUENT
    return _CANDIDATE if label in CANDIDATES or label == _NO_LANGUAGE else _RARE


def sample(article: Article) -> list[str]:
    """What the detector is shown: excerpts of the body, and headline and description before it
    where it is short. Each is `clean`; together they are at most about `SAMPLE` characters."""
    parts = [clean(part) for part in excerpts(article.body_text or "")]
    if sum(map(count_letters, parts)) < LONG:
        # Not the title: that is the headline, or the body's first sentence again.
        before = [article.headline or "", article.description_text or ""]
        parts = [clean(part[:SAMPLE]) for part in before] + parts
    return [part for part in parts if part]


def excerpts(text: str) -> list[str]:
    """The whole of a short text; of a long one `EXCERPTS`, evenly spread, in whole words."""
    if len(text) <= SAMPLE:
        return [text]
    size = SAMPLE // EXCERPTS
    found = []
    for start in range(0, EXCERPTS * (len(text) // EXCERPTS), len(text) // EXCERPTS):
        excerpt = text[start : start + size]
        words = excerpt.split(None, 1)
        if start and len(words) > 1 and not text[start - 1].isspace():
            excerpt = words[1]
        rest = excerpt.rsplit(None, 1)
        found.append(rest[0] if len(rest) > 1 and not text[start + size].isspace() else excerpt)
    return found


def clean(text: str) -> str:
    """Without addresses, and in small letters where it is written in capitals."""
    text = " ".join(_ADDRESS.sub(" ", text).split())
    # The detector was taught on text that is not in capitals.
    if sum(map(str.isupper, text)) > sum(map(str.islower, text)):
        text = text.lower()
    return text


def count_letters(text: str) -> int:
    """Letters of `clean` text, as many as an alphabet would need: one of a script of words or
    syllables is 3."""
    letters = len(text) - text.count(" ") - len(_FIGURES.findall(text))
    return letters + 2 * len(_SYLLABLES.findall(text))


def count_words(text: str) -> int:
    """Different words that hold a letter: a headline that stands in the body, too, counts once. In
    scripts without spaces, about as many as there would be."""
    spaced = _UNSPACED.sub(" ", _IDEOGRAPHS.sub(" ", text.casefold()))
    words = set(_WORD.findall(spaced))
    return len(words) + len(_IDEOGRAPHS.findall(text)) // 2 + len(_UNSPACED.findall(text)) // 5


def is_text(text: str) -> bool:
    """Whether there is enough to tell a language by, and it is not a table of figures."""
    if count_words(text) < WORDS or count_letters(text) < LETTERS:
        return False
    shown = len(text) - text.count(" ")
    return len(_FIGURES.findall(text)) <= (1 - _SHARE_OF_LETTERS) * shown


def sure(confidence: float, letters: int) -> bool:
    """Whether a detected language is believed where none is declared."""
    enough = next((enough for least, enough in SURE if letters >= least), None)
    return enough is not None and confidence >= enough


def contradicts(declared: str, detected: DetectedLanguage, letters: int) -> bool:
    """Whether what is detected could be believed rather than the declared tag."""
    return (
        not _related(_primary(declared), detected.code)
        and letters >= LONG
        and detected.confidence >= VERY_SURE
    )


def decide(
    declared: str | None, detected: DetectedLanguage | None, letters: int, share: float = 1.0
) -> str | None:
    """The rule of the module's docstring.

    declared: a normalised tag. letters: of the sample. share: how much of it is nearer to the
    detected language than to the declared one.
    """
    if detected is None:
        return declared
    if declared is None:
        return detected.code if sure(detected.confidence, letters) else None
    if contradicts(declared, detected, letters) and share > 0.5:
        return detected.code
    return declared


def why(article: Article) -> str:
    """One sentence about an enriched article: what was declared and detected, what was decided and
    by which part of the rule."""
    detected, decided = article.language_detected, article.language
    declared = language_tag(article.language_declared or "")
    letters = sum(map(count_letters, sample(article)))
    told = f"Declared {declared or 'nothing'}, detected "
    told += f"{detected.code} ({detected.confidence:.2f})" if detected else "nothing"
    told += f", decided {decided or 'nothing'}: "
    if detected is None:
        return told + "there is too little text to tell a language by."
    if declared is None:
        believed = sure(detected.confidence, letters)
        return (
            told + f"that is {'sure' if believed else 'not sure'} enough for its {letters} letters."
        )
    if _related(_primary(declared), detected.code):
        return told + "the two agree."
    if not contradicts(declared, detected, letters):
        return told + "the text is too short or the detector not sure enough to contradict."
    if decided == detected.code:
        return told + "the text is long and the detector very sure."
    return told + "half of the text or more is nearer to what is declared."


def _primary(tag: str) -> str:
    return tag.split("-", maxsplit=1)[0].lower()


def _related(one: str, other: str) -> bool:
    return one == other or any(one in group and other in group for group in _RELATIVES)
