"""The embedded Elasticsearch analyses text as a full server does, under the same names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError

from dateline.embedded import EmbeddedStack

LANGUAGES = (
    "arabic armenian basque bengali brazilian bulgarian catalan cjk czech danish dutch english "
    "estonian finnish french galician german greek hindi hungarian indonesian irish italian "
    "latvian lithuanian norwegian persian portuguese romanian russian serbian sorani spanish "
    "swedish turkish"
).split()

STEMMERS = (
    "arabic armenian basque bengali brazilian bulgarian catalan czech danish dutch english "
    "light_english lovins minimal_english porter porter2 possessive_english estonian finnish "
    "light_finnish french light_french minimal_french galician minimal_galician german german2 "
    "light_german minimal_german greek hindi hungarian light_hungarian indonesian irish italian "
    "light_italian kstem latvian lithuanian norwegian light_norwegian minimal_norwegian "
    "light_nynorsk minimal_nynorsk persian portuguese light_portuguese minimal_portuguese "
    "portuguese_rslp romanian russian light_russian serbian sorani spanish light_spanish "
    "spanish_plural swedish light_swedish turkish lightGerman"
).split()


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elasticsearch]:
    with (
        EmbeddedStack(tmp_path_factory.mktemp("stack")) as stack,
        Elasticsearch(stack.elasticsearch_url) as client,
    ):
        yield client


def terms(client: Elasticsearch, text: str, **how: Any) -> list[str]:
    return [token["token"] for token in client.indices.analyze(text=text, **how)["tokens"]]


def filtered(client: Elasticsearch, text: str, *filters: Any) -> list[str]:
    return terms(client, text, tokenizer="standard", filter=list(filters))


def analysing_index(client: Elasticsearch, name: str, analyzer: dict[str, Any]) -> str:
    client.options(ignore_status=404).indices.delete(index=name)
    client.indices.create(
        index=name,
        settings={"number_of_replicas": 0, "analysis": {"analyzer": {"copy": analyzer}}},
        mappings={"properties": {"body": {"type": "text", "analyzer": "copy"}}},
    )
    return name


def test_the_root_answers_like_a_full_server(client: Elasticsearch) -> None:
    assert client.ping()
    info = client.info()
    assert info["cluster_name"] == "dateline"
    assert info["version"]["number"] == "9.5.3"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_analyzer(client: Elasticsearch, language: str) -> None:
    assert terms(client, "Reuters 1946", analyzer=language)


def test_thai_is_there_or_is_refused(client: Elasticsearch) -> None:
    """The small Java runtime cannot break Thai into words; a full one can."""
    try:
        assert terms(client, "ภาษาไทย", analyzer="thai")
    except BadRequestError as refusal:
        assert "thai" in str(refusal)


def test_every_analyzer_takes_stopwords_in_an_index(client: Elasticsearch) -> None:
    analyzers = {name: {"type": name, "stopwords": ["dateline"]} for name in LANGUAGES}
    client.indices.create(index="languages", settings={"analysis": {"analyzer": analyzers}})
    for name in LANGUAGES:
        assert terms(client, "dateline", index="languages", analyzer=name) == []
    client.indices.delete(index="languages")


def test_german_without_stopwords_finds_die_and_stems(client: Elasticsearch) -> None:
    index = analysing_index(client, "no-stopwords", {"type": "german", "stopwords": "_none_"})
    client.index(index=index, document={"body": "Die Truppen rücken vor"}, refresh=True)
    for query in ("die", "Truppe", "truppen", "rücken"):
        assert client.count(index=index, query={"match": {"body": query}})["count"] == 1, query


def test_german_leaves_its_stopwords_out(client: Elasticsearch) -> None:
    assert terms(client, "Die Truppen und der Kanzler", analyzer="german") == ["trupp", "kanzl"]


def test_stopwords_of_another_language_by_name(client: Elasticsearch) -> None:
    index = analysing_index(client, "mixed", {"type": "german", "stopwords": "_english_"})
    assert terms(client, "the die", index=index, analyzer="copy") == ["die"]


def test_stem_exclusion_is_honoured(client: Elasticsearch) -> None:
    excluded = {"type": "german", "stem_exclusion": ["truppen"]}
    index = analysing_index(client, "exclusion", excluded)
    found = terms(client, "Truppen Banken", index=index, analyzer="copy")
    assert found == ["truppen", "bank"]


@pytest.mark.parametrize("language", sorted(set(STEMMERS) - {"lovins"}))
def test_stemmer_languages(client: Elasticsearch, language: str) -> None:
    assert len(filtered(client, "Regierungen", {"type": "stemmer", "language": language})) == 1


@pytest.mark.parametrize(
    ("language", "word", "stem"),
    [
        ("light_german", "häuser", "haus"),
        ("german", "häuser", "haus"),
        ("german2", "haeuser", "haus"),
        ("english", "generously", "gener"),
        ("porter2", "generously", "generous"),
        ("possessive_english", "minister's", "minister"),
        ("light_english", "elections", "election"),
        ("light_french", "gouvernements", "gouvern"),
        ("minimal_french", "journaux", "journal"),
    ],
)
def test_stemmers_stem(client: Elasticsearch, language: str, word: str, stem: str) -> None:
    assert filtered(client, word, {"type": "stemmer", "language": language}) == [stem]
    assert filtered(client, word, {"type": "stemmer", "name": language}) == [stem]


@pytest.mark.parametrize(
    "filter_",
    [
        {"type": "stemmer", "language": "klingon"},
        {"type": "stemmer", "language": "lovins"},
        {"type": "lowercase", "language": "klingon"},
        {"type": "asciifolding", "preserve_original": "perhaps"},
        {"type": "edge_ngram", "side": "klingon"},
        {"type": "elision"},
        {"type": "length", "min": "klingon"},
        {"type": "klingon"},
    ],
)
def test_a_value_that_is_unknown_is_refused(client: Elasticsearch, filter_: dict[str, str]) -> None:
    with pytest.raises(ApiError) as refusal:
        filtered(client, "text", filter_)
    assert any(value in str(refusal.value) for value in filter_.values())


def test_asciifolding(client: Elasticsearch) -> None:
    assert filtered(client, "Élysée Łódź", "asciifolding") == ["Elysee", "Lodz"]
    both = {"type": "asciifolding", "preserve_original": True}
    assert filtered(client, "Łódź", both) == ["Lodz", "Łódź"]


def test_german_normalization(client: Elasticsearch) -> None:
    assert filtered(client, "muenchen münchen straße", "german_normalization") == [
        "munchen",
        "munchen",
        "strasse",
    ]


def test_elision(client: Elasticsearch) -> None:
    assert filtered(client, "l'avion d’Orly", "elision") == ["avion", "Orly"]
    own = {"type": "elision", "articles": ["qu"], "articles_case": True}
    assert filtered(client, "Qu'il l'avion", own) == ["il", "l'avion"]


def test_lowercase_of_turkish(client: Elasticsearch) -> None:
    assert filtered(client, "IĞDIR", "lowercase") == ["iğdir"]
    assert filtered(client, "IĞDIR", {"type": "lowercase", "language": "turkish"}) == ["ığdır"]


def test_small_filters(client: Elasticsearch) -> None:
    assert filtered(client, "a bb ccc", {"type": "length", "min": 2, "max": 2}) == ["bb"]
    assert filtered(client, "a b a", "unique") == ["a", "b"]
    assert terms(client, " a ", tokenizer="keyword", filter=["trim"]) == ["a"]
    assert filtered(client, "abcdef", {"type": "truncate", "length": 3}) == ["abc"]
    ngrams = {"type": "edge_ngram", "min_gram": 2, "max_gram": 3}
    assert filtered(client, "merkel", ngrams) == ["me", "mer"]
    words = {"type": "dictionary_decompounder", "word_list": ["kanzler", "amt"]}
    assert filtered(client, "kanzleramt", words) == ["kanzleramt", "kanzler", "amt"]
    kept = {"type": "keyword_marker", "keywords": ["reuters"]}
    assert filtered(client, "reuters banks", kept, "porter_stem") == ["reuters", "bank"]
    ymd = {"type": "pattern_replace", "pattern": "-", "replacement": "", "all": False}
    assert terms(client, "2026-01-02", tokenizer="keyword", filter=[ymd]) == ["202601-02"]


def test_character_filters(client: Elasticsearch) -> None:
    standard = {"tokenizer": "standard"}
    assert terms(client, "<p>a &amp; b</p>", char_filter=["html_strip"], **standard) == ["a", "b"]
    mapping = {"type": "mapping", "mappings": ["ß => ss", "\\u00e4 => ae"]}
    assert terms(client, "Straße Bär", char_filter=[mapping], **standard) == ["Strasse", "Baer"]
    pattern = {"type": "pattern_replace", "pattern": "(\\d)\\.(\\d)", "replacement": "$1$2"}
    assert terms(client, "1.000", char_filter=[pattern], **standard) == ["1000"]


def test_a_normalizer_of_our_filters(client: Elasticsearch) -> None:
    client.indices.create(
        index="normalized",
        settings={
            "analysis": {
                "normalizer": {
                    "folded": {"type": "custom", "filter": ["lowercase", "asciifolding"]}
                }
            }
        },
        mappings={"properties": {"name": {"type": "keyword", "normalizer": "folded"}}},
    )
    client.index(index="normalized", document={"name": "Élysée"}, refresh=True)
    assert client.count(index="normalized", query={"term": {"name": "ELYSEE"}})["count"] == 1


def test_no_index_is_made_by_a_slip_of_the_pen(client: Elasticsearch) -> None:
    with pytest.raises(NotFoundError):
        client.index(index="never-made", document={"a": 1})


def test_a_codec_without_its_library_is_refused_at_once(client: Elasticsearch) -> None:
    with pytest.raises(BadRequestError, match="best_compression"):
        client.indices.create(index="compressed", settings={"codec": "best_compression"})
    client.indices.create(index="compressed", settings={"codec": "legacy_best_compression"})
    client.index(index="compressed", document={"a": "b"})
    client.indices.flush(index="compressed", force=True)
