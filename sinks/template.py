"""The index template: what Elasticsearch may hold, and how text is cut into words.

One template serves the embedded server and a full one. Mappings are strict: a field that is not
listed here is refused, never guessed. What changes a mapping raises `VERSION`; a generation whose
``_meta`` names an older one gets the new fields before anything is written to it.

Text lies in the index twice, never more: at the top level, each field by itself, folded and
unstemmed (`FOLDED`, `SPELT`), and all of it together in the one field of ``text`` that analyses the
article's own language. So both words of a query meet in one field, an inflection is found where it
is one, and what is in quotation marks is found as it stands there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from dateline.mappings import fields_of
from dateline.settings import Settings

#: raised with every change of mappings; new analyzers need a new generation as well
VERSION = 3
#: the analyzer of what has no language: lower case, without accents, nothing stemmed
FOLDED = "dateline_folded"
#: the same for short texts, such as names, with umlauts either way
SPELT = "dateline_spelt"
#: the analyzer of ``text`` for what is in quotation marks: no words at all (see `mappings`)
QUOTED = "dateline_quoted"
#: the field of ``text`` for languages that Lucene does not know, and for none
UNDETERMINED = "und"

Mapping = dict[str, Any]

#: BCP 47 primary language to the analyzer of ``text.{language}``, without ``dateline_``
ANALYZERS: dict[str, str] = {
    "ar": "arabic",
    "hy": "armenian",
    "eu": "basque",
    "bn": "bengali",
    "bg": "bulgarian",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "nl": "dutch",
    "en": "english",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "gl": "galician",
    "de": "german",
    "el": "greek",
    "hi": "hindi",
    "hu": "hungarian",
    "id": "indonesian",
    "ga": "irish",
    "it": "italian",
    "lv": "latvian",
    "lt": "lithuanian",
    "no": "norwegian",
    "fa": "persian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "ckb": "sorani",
    "es": "spanish",
    "sv": "swedish",
    "tr": "turkish",
    "th": "thai",
    "zh": "cjk",
    "ja": "cjk",
    "ko": "cjk",
}
#: tags that name one of the above by another code
_ALIASES = {"nb": "no", "nn": "no", "yue": "zh", "cmn": "zh"}

#: characters; a term of Lucene's takes 32,766 bytes: longer ones are kept and shown, but not found
LONGEST = 8191
KEYWORD: Mapping = {"type": "keyword", "ignore_above": LONGEST}
STORED: Mapping = {"type": "keyword", "index": False, "doc_values": False}
DATE: Mapping = {"type": "date", "format": "strict_date_optional_time"}
_LOCATION: Mapping = {"type": "geo_point"}
_TEXT: Mapping = {"type": "text", "analyzer": FOLDED}
_NAMED: Mapping = {"type": "text", "analyzer": SPELT, "fields": {"keyword": KEYWORD}}


def language_field(language: str | None) -> str:
    """The field of ``text`` for a BCP 47 tag: ``de`` for ``de-AT``, ``und`` for the unknown."""
    if not language:
        return UNDETERMINED
    primary = language.lower().replace("_", "-").split("-")[0]
    primary = _ALIASES.get(primary, primary)
    return primary if primary in ANALYZERS else UNDETERMINED


def _object(**properties: Mapping) -> Mapping:
    return {"dynamic": "strict", "properties": properties}


def _concept() -> Mapping:
    return _object(code=KEYWORD, scheme=KEYWORD, name=_NAMED, rel=KEYWORD, qcode=KEYWORD)


def _name() -> Mapping:
    return _object(
        name=_NAMED,
        canonical=_NAMED,
        aliases=_NAMED,
        creator=KEYWORD,
        role=KEYWORD,
        count={"type": "integer"},
        code=KEYWORD,
        scheme=KEYWORD,
        rel=KEYWORD,
        country_code=KEYWORD,
        location=_LOCATION,
        geonames_id={"type": "long"},
        confidence={"type": "float"},
    )


def mappings() -> Mapping:
    """The strict mapping of every generation, without its ``_meta``.

    What is in quotation marks is looked for as it stands there: in the fields by themselves, which
    are unstemmed, and not in ``text``, whose words have lost their endings.
    """
    languages: Mapping = {
        language: {
            "type": "text",
            "analyzer": analyzer_of(language),
            "search_quote_analyzer": QUOTED,
        }
        for language in (*ANALYZERS, UNDETERMINED)
    }
    properties: Mapping = {
        "@timestamp": DATE,
        "uri": KEYWORD,
        "title": _NAMED,
        "pubstatus": KEYWORD,
        "version": {"type": "long"},
        "versioncreated": DATE,
        "firstcreated": DATE,
        "contentcreated": DATE,
        "embargoed": DATE,
        "expires": DATE,
        "date_precision": KEYWORD,
        "headline": _TEXT,
        "slugline": _NAMED,
        "byline": _NAMED,
        "description_text": _TEXT,
        "keywords": _NAMED,
        "ednote": _TEXT,
        "body_text": _TEXT,
        "crossheads": STORED,
        "dateline": _object(
            text=_TEXT,
            city=_NAMED,
            date=KEYWORD,
            source=KEYWORD,
            country_code=KEYWORD,
            location=_LOCATION,
            geonames_id={"type": "long"},
        ),
        "located": _NAMED,
        "urgency": {"type": "byte"},
        "priority": {"type": "byte"},
        "genre": _concept(),
        "subject": _concept(),
        "provider": KEYWORD,
        "provider_declared": KEYWORD,
        "service": KEYWORD,
        "transmission": _object(service=KEYWORD, number=KEYWORD),
        # Any key may come: one field for all of them, or each provider's would add its own.
        "altids": {"type": "flattened", "ignore_above": 8000},
        "copyrightholder": KEYWORD,
        "copyrightnotice": STORED,
        "usageterms": STORED,
        "creditline": KEYWORD,
        "infosource": _name(),
        "signal": KEYWORD,
        "update_kind": KEYWORD,
        "update_number": {"type": "long"},
        "replaces": KEYWORD,
        "associations": _object(uri=KEYWORD, caption=_TEXT, creditline=KEYWORD),
        "language": KEYWORD,
        "language_declared": KEYWORD,
        "language_detected": _object(code=KEYWORD, confidence={"type": "float"}),
        "entities": {"type": "object", "enabled": False},
        "person": _name(),
        "organisation": _name(),
        "place": _name(),
        "wordcount": {"type": "long"},
        "charcount": {"type": "long"},
        "provenance": _object(
            feed=KEYWORD,
            format=KEYWORD,
            location=STORED,
            received=STORED,
            sha256=STORED,
            content=STORED,
            item=STORED,
            parser=STORED,
            model=KEYWORD,
            model_version=KEYWORD,
            config=STORED,
            topic=STORED,
            partition=STORED,
            offset=STORED,
        ),
        # One opaque string, so that a partial update replaces it whole instead of merging it.
        "standing": STORED,
        "text": _object(**languages),
    }
    return {"dynamic": "strict", "date_detection": False, "properties": properties}


@cache
def leaves() -> Mapping:
    """Every field of a generation and its type, those within objects and of several kinds too."""
    return fields_of(mappings())


def analyzer_of(language: str) -> str:
    """Name of the analyzer behind ``text.{language}``."""
    return f"dateline_{ANALYZERS[language]}" if language in ANALYZERS else FOLDED


# Elisions: l'élection, dell'accordo, d'Espanya, m'fhear.
_ELISIONS = {
    "ca": "d l m n s t",
    "fr": "l m t qu n s j d c jusqu quoiqu lorsqu puisqu",
    "ga": "d m b",
    "it": "c l all dall dell nell sull coll pell gl agl dagl degl negl sugl un m t s v d",
}
# Lucene's analyzers of these languages leave accents alone, or fold them in long words only. So
# each is put together here from the same filters, with `asciifolding`: before the stemmer where
# that does not look at accents, after it where it does. ``stem:`` and ``elision:`` name filters
# that `analysis` defines.
_CHAINS = {
    "basque": "lowercase stem:basque asciifolding",
    "catalan": "elision:ca lowercase stem:catalan asciifolding",
    "czech": "lowercase stem:czech asciifolding",
    "danish": "lowercase stem:danish asciifolding",
    "dutch": "lowercase asciifolding stem:dutch",
    "english": "stem:possessive_english lowercase asciifolding stem:english",
    "estonian": "lowercase stem:estonian asciifolding",
    "finnish": "lowercase stem:finnish asciifolding",
    "french": "elision:fr lowercase asciifolding stem:light_french",
    "galician": "lowercase stem:galician asciifolding",
    "german": "lowercase german_normalization stem:light_german asciifolding",
    "hungarian": "lowercase stem:hungarian asciifolding",
    "indonesian": "lowercase asciifolding stem:indonesian",
    "irish": "elision:ga lowercase:irish stem:irish asciifolding",
    "italian": "elision:it lowercase asciifolding stem:light_italian",
    "latvian": "lowercase stem:latvian asciifolding",
    "lithuanian": "lowercase stem:lithuanian asciifolding",
    "norwegian": "lowercase stem:norwegian asciifolding",
    "portuguese": "lowercase stem:light_portuguese asciifolding",
    "romanian": "lowercase stem:romanian asciifolding",
    "spanish": "lowercase asciifolding stem:light_spanish",
    "swedish": "lowercase stem:swedish asciifolding",
    "turkish": "apostrophe lowercase:turkish stem:turkish asciifolding",
}

# What has an umlaut is indexed and looked for with and without its e (Köln: koln and koeln), so
# that *poet* does not become *pot*. For short fields: all text would take as long again to analyse,
# and there the sink does it (`sinks.asides`).
_SPELT = "lowercase both umlaut_a umlaut_o umlaut_u ring asciifolding remove_duplicates"
_DEFINED: dict[str, Mapping] = {
    "both": {"type": "asciifolding", "preserve_original": True},
    "umlaut_a": {"type": "pattern_replace", "pattern": "[äæ]", "replacement": "ae"},
    "umlaut_o": {"type": "pattern_replace", "pattern": "[öø]", "replacement": "oe"},
    "umlaut_u": {"type": "pattern_replace", "pattern": "ü", "replacement": "ue"},
    "ring": {"type": "pattern_replace", "pattern": "å", "replacement": "aa"},
    "nothing": {"type": "length", "max": 0},
}

# Thai is written without blanks. Lucene's own analyzer cuts it by a dictionary of Java's, which a
# small runtime lacks; overlapping pairs of written syllables, as `cjk` makes them of characters,
# need none and are the same on every server. A cluster is a consonant with what stands around it.
_THAI = r"[\u0e00-\u0e7f]"
_THAI_CLUSTER = r"[\u0e40-\u0e44]?[\u0e01-\u0e2e][\u0e30-\u0e3a\u0e45\u0e47-\u0e4e]*"


def analysis() -> Mapping:
    """Analyzers for each language, without stop words (``IS``, ``Die Linke``), and their filters.

    Every filter is one that a full server and the embedded one know under the same name.
    """
    filters: Mapping = {}
    analyzers: Mapping = {}
    for name in sorted(set(ANALYZERS.values()) - {"thai"}):
        if name in _CHAINS:
            analyzer = _custom(_CHAINS[name], filters)
        else:
            analyzer = {"type": name, "stopwords": "_none_"}
        analyzers[f"dateline_{name}"] = analyzer
    analyzers["dateline_thai"] = {
        "type": "custom",
        "char_filter": ["dateline_thai_pairs", "dateline_thai_last"],
        "tokenizer": "standard",
        "filter": ["lowercase", "decimal_digit"],
    }
    analyzers[FOLDED] = _custom("lowercase asciifolding", filters)
    analyzers[SPELT] = _custom(_SPELT, filters)
    analyzers[QUOTED] = _custom("nothing", filters)
    char_filters: Mapping = {
        "dateline_thai_pairs": {
            "type": "pattern_replace",
            "pattern": f"({_THAI_CLUSTER})(?=({_THAI_CLUSTER}))",
            "replacement": "$1$2 ",
        },
        "dateline_thai_last": {
            "type": "pattern_replace",
            "pattern": f"(?<={_THAI} ){_THAI_CLUSTER}(?!{_THAI})",
            "replacement": "",
        },
    }
    return {"analyzer": analyzers, "filter": filters, "char_filter": char_filters}


def _custom(chain: str, filters: Mapping) -> Mapping:
    """An analyzer of words, by a chain of filters."""
    names = [_filter(written, filters) for written in chain.split()]
    return {"type": "custom", "tokenizer": "standard", "filter": names}


def _filter(written: str, filters: Mapping) -> str:
    """The name of a filter in a chain; one that has parameters is defined on the way."""
    if written in _DEFINED:
        name = f"dateline_{written}"
        filters[name] = _DEFINED[written]
        return name
    kind, _, parameter = written.partition(":")
    if not parameter:
        return written
    name = f"dateline_{kind}_{parameter}"
    if kind == "elision":
        articles = _ELISIONS[parameter].split()
        filters[name] = {"type": kind, "articles": articles, "articles_case": True}
    else:
        filters[name] = {"type": "stemmer" if kind == "stem" else kind, "language": parameter}
    return name


def named(kind: str) -> tuple[str, ...]:
    """The fields that hold a name's forms: the article's, its others, the one across articles.

    kind: ``person``, ``organisation`` or ``place``.
    """
    return tuple(f"{kind}.{form}" for form in ("name", "aliases", "canonical"))


#: what a word typed without a field name searches
DEFAULT_FIELDS = (
    "title",
    "headline",
    "description_text",
    "body_text",
    "slugline",
    "keywords",
    "byline",
    *named("person"),
    *named("organisation"),
    *named("place"),
    "associations.caption",
    "text.*",
)


def sizes(settings: Settings) -> Mapping:
    """Shards, replicas and refresh of every index of ours, as the settings say."""
    return {
        "number_of_shards": settings.index_shards,
        "number_of_replicas": settings.index_replicas,
        "refresh_interval": settings.index_refresh_interval,
    }


def index_settings(settings: Settings) -> Mapping:
    """Settings of a generation when it is created."""
    return {
        "index": {
            **sizes(settings),
            "query": {"default_field": list(DEFAULT_FIELDS)},
        },
        "analysis": analysis(),
    }


def template_name(settings: Settings) -> str:
    """Name of the index template under this prefix."""
    return f"{settings.index_prefix}articles"


def index_template(settings: Settings) -> Mapping:
    """Body of ``PUT _index_template``."""
    return {
        "index_patterns": [f"{settings.index_prefix}articles-*"],
        "priority": 500,
        "version": VERSION,
        # Full servers create any index that is written to: a dropped generation would come back.
        "allow_auto_create": False,
        "template": {"settings": index_settings(settings), "mappings": mappings()},
        "_meta": {"dateline": {"template": VERSION}},
    }
