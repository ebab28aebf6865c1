"""The recipe: text as a wire prints it, labels where they belong, honest scores."""

import json
import random
from dataclasses import fields, replace
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from models.recipe import corpus, names, reader
from models.recipe.corpus import Augmentation, Augmenter, Stats
from processors import scoring
from processors.scoring import Sentence, Text

NOTHING = Augmentation(*[0.0] * len(fields(Augmentation)))


def sentence(marked: str) -> Sentence:
    """`Berlin/B-LOC ist groß` -> a sentence; no slash means O."""
    pairs = [word.rpartition("/") for word in marked.split()]
    return Sentence(
        tuple(token if bar else tag for token, bar, tag in pairs),
        tuple(tag if bar else "O" for _, bar, tag in pairs),
    )


@pytest.mark.parametrize(
    ("language", "tokens", "printed"),
    [
        ("de", 'Er sagte : " Ja , gern . "', 'Er sagte: "Ja, gern."'),
        ("de", "Er las » Die Zeit « ( Hamburg ) .", "Er las »Die Zeit« (Hamburg)."),
        ("de", "Er las « Die Zeit » .", "Er las «Die Zeit»."),
        ("de", "Das „ Haus “ brennt !", "Das „Haus“ brennt!"),
        ("en", "The “ house ” wo n't burn", "The “house” won't burn"),
        ("en", "Ann 's co - author left .", "Ann's co-author left."),
        ("en", "Talks - at last - began", "Talks-at last-began"),
        ("en", "the workers ' union", "the workers' union"),
        ("en", "It cost $ 5 .", "It cost $5."),
    ],
)
def test_sentences_are_written_out_as_printed(language: str, tokens: str, printed: str) -> None:
    words = tokens.split()
    text, places = scoring.write_out(words, language)
    assert text == printed
    assert [text[start:end] for start, end in places] == words


def test_reading_drops_nothing_and_repairs_a_mention_without_a_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.iob2"
    path.write_text(
        "# source = here\nIn\tO\nBad\tB-LOC\nTölz\tI-LOC\n\n#\tO\nYork\tI-LOC\n", "utf-8"
    )
    first, second = scoring.read_iob2(path, "set")
    assert (first.tokens, first.source, first.origin) == (("In", "Bad", "Tölz"), "here", "set")
    assert scoring.spans_of(first.tags) == [(1, 3, "LOC")]
    assert (second.tokens, second.tags, second.source) == (("#", "York"), ("O", "B-LOC"), "")


def test_labels_lie_on_the_same_words_after_spacys_tokenizer() -> None:
    nlp = spacy.blank("de")
    text = Text()
    text.add(sentence('" Bad/B-LOC Tölz/I-LOC " , sagte Meier/B-PER .'), "de", "")
    text.add(sentence("Kiews/B-LOC Antwort"), "de", "\n\n")
    stats = Stats()
    doc = corpus.to_doc(nlp, text, stats)
    assert doc.text == '"Bad Tölz", sagte Meier.\n\nKiews Antwort'
    assert [(e.text, e.label_) for e in doc.ents] == [
        ("Bad Tölz", "LOC"),
        ("Meier", "PER"),
        ("Kiews", "LOC"),
    ]
    assert (stats.entities, stats.misaligned, stats.masked) == (3, 0, 0)


def test_a_mention_inside_a_token_becomes_missing_and_is_counted() -> None:
    text = Text(text="die US-Wahl kam", mentions=[(4, 6, "LOC")])
    stats = Stats()
    doc = corpus.to_doc(spacy.blank("de"), text, stats)
    assert not doc.ents
    assert [t.ent_iob for t in doc] == [2, 0, 2]
    assert (stats.misaligned, stats.masked) == (1, 1)


def test_sets_without_misc_say_nothing_where_misc_is_thinkable() -> None:
    known = [sentence("The/B-MISC Times/I-MISC"), sentence("The man"), sentence("The dog")]
    words = corpus.misc_words([*known, sentence("The end")])
    assert words == {"Times"}
    assert corpus.mask_misc(sentence("The Times of Ann/B-PER"), words).tags == (
        "O",
        "-",
        "O",
        "B-PER",
    )


def test_handles_of_tweets_are_masked() -> None:
    assert corpus.mask_handles(sentence("@ ann/B-PER lee/I-PER met Bob/B-PER")).tags == (
        *"---",
        "O",
        "B-PER",
    )


@pytest.mark.parametrize("language", ["de", "en"])
def test_augmentation_repeats_itself_and_keeps_labels_whole(language: str) -> None:
    always = replace(Augmentation(*[1.0] * len(fields(Augmentation))), pair=0.0, dateline_pair=0.0)
    plain = sentence('" Berlins/B-LOC Anna/B-PER Weber/I-PER kam " nach Ulm/B-LOC Süd/I-LOC')
    runs = [Augmenter(language, always, random.Random(7)).sentence(plain) for _ in range(2)]
    assert runs[0] == runs[1]
    out = runs[0]
    assert len(out.tokens) == len(out.tags)
    labels = [label for *_, label in scoring.spans_of(out.tags)]
    assert labels == ["LOC", "ORG", "LOC", "PER", "LOC"]  # dateline: city (agency)
    assert scoring.repaired(out.tags) == out.tags


def test_a_headline_has_no_full_stop_and_keeps_its_labels() -> None:
    only = replace(NOTHING, headline=1.0)
    plain = sentence("Rain stops play in Leeds/B-LOC .")
    english = Augmenter("en", only, random.Random(7)).sentence(plain)
    german = Augmenter("de", only, random.Random(7)).sentence(plain)
    assert english.tokens == ("Rain", "Stops", "Play", "in", "Leeds")
    assert german.tokens == ("Rain", "stops", "play", "in", "Leeds")
    assert english.tags == german.tags == plain.tags[:-1]


def test_terms_without_a_capital_are_no_names() -> None:
    plain = sentence("a/B-MISC loss/I-MISC and Java/B-MISC code/I-MISC in ulm/B-LOC")
    tags = ("O", "O", "O", "B-MISC", "I-MISC", "O", "B-LOC")
    assert corpus.drop_common_nouns(plain).tags == tags


def test_demonyms_are_misc_wherever_they_stand_alone() -> None:
    plain = sentence("North Korean troops and Russian/B-LOC ones of Russian/B-ORG Rail/I-ORG")
    assert corpus.unify_demonyms(plain).tags == (
        *("B-MISC", "I-MISC", "O", "O", "B-MISC", "O", "O", "B-ORG", "I-ORG"),
    )
    assert corpus.unify_demonyms(sentence("Ed/B-PER English/I-PER and Americans")).tags == (
        *("B-PER", "I-PER", "O", "B-MISC"),
    )


def test_an_organisation_is_swapped_for_one_that_fits_the_article() -> None:
    only = replace(NOTHING, organisation=1.0)
    plain = sentence("Das sagte die SPD/B-ORG")
    for seed in range(20):
        out = Augmenter("de", only, random.Random(seed)).sentence(plain)
        assert "~".join(out.tokens[3:]) in names.ORGANISATIONS["de"]["die"]
        assert scoring.spans_of(out.tags) == [(3, len(out.tokens), "ORG")]


def test_a_german_genitive_stays_one_and_may_become_a_countrys() -> None:
    only = replace(NOTHING, genitive=1.0)
    known = [sentence("Wulff/B-PER kam")]
    plain = sentence("Das war Wulffs/B-PER Rede")
    labels = set()
    for seed in range(20):
        out = Augmenter("de", only, random.Random(seed), known).sentence(plain)
        assert out.tokens[2].endswith("s")
        stem, label = out.tokens[2][:-1], out.tags[2][2:]
        assert stem in names.COUNTRIES["de"] if label == "LOC" else stem in names.FAMILY["de"]
        labels.add(label)
    assert labels == {"LOC", "PER"}
    assert Augmenter("de", only, random.Random(1)).sentence(plain) == plain  # Wulff is not known


def test_no_augmentation_leaves_the_sentence_alone() -> None:
    plain = sentence("Anna/B-PER Weber/I-PER kam nach Ulm/B-LOC")
    assert Augmenter("de", NOTHING, random.Random(7)).sentence(plain) == plain


def test_held_out_sentences_are_in_one_part_only() -> None:
    sentences = [
        Sentence((str(i),), ("O",), source="politics" if i % 2 else "ai") for i in range(2000)
    ]
    for path in corpus.HELD_OUT:
        train, dev, test = corpus.split(sentences, path)
        assert sorted(s.tokens for s in [*train, *dev, *test]) == sorted(
            s.tokens for s in sentences
        )
        assert len(dev) == corpus.HELD_OUT[path].dev
        assert len(test) == corpus.HELD_OUT[path].test


def test_nothing_for_evaluation_only_is_trained_on() -> None:
    paths = [origin.path for part in corpus.TRAINING.values() for origin in part]
    assert not [p for p in paths if "evaluation_only" in p or "test" in p.split("/")[0]]
    assert "uner_en_ewt/test.iob2" not in paths
    assert "germeval2014/dev.iob2" not in paths


def test_a_disguised_word_keeps_its_ends_and_its_shape() -> None:
    random.seed(3)
    word = reader.disguised("Stadtteilfest")
    assert word != "Stadtteilfest"
    assert (word[0], word[-3:], len(word)) == ("S", "est", 13)
    assert word[1:].islower()


def test_scores_count_whole_mentions_only() -> None:
    count = scoring.Count()
    count.add({(0, 3, "PER"), (5, 9, "LOC")}, {(0, 3, "PER"), (5, 8, "LOC"), (10, 12, "LOC")})
    scores = count.scores()
    assert scores["PER"] == {"p": 1.0, "r": 1.0, "f": 1.0, "mentions": 1}
    assert scores["LOC"]["f"] == 0.0
    assert scores["all"] == {"p": 0.3333, "r": 0.5, "f": 0.4, "mentions": 2}
    assert "ORG" not in scores
    report = {"x": scores}
    assert "| x | PER | 1.000 | 1.000 | 1.000 | 1 |" in scoring.table(
        json.loads(json.dumps(report))
    )


def test_name_lists_hold_no_word_twice_and_both_languages() -> None:
    for lists in (names.COUNTRIES, names.CITIES, names.GIVEN, names.FAMILY):
        assert set(lists) == {"de", "en"}
        for words in lists.values():
            assert sorted(set(words)) == sorted(words)


def test_two_names_with_a_slash_are_two_mentions() -> None:
    how = replace(NOTHING, pair=1.0)
    out = Augmenter("de", how, random.Random(3)).sentence(
        sentence("Merkel/B-PER traf Ministerinnen")
    )
    assert out.tokens[1] == "/"
    assert out.tags == ("B-PER", "O", "B-PER", "O", "O")
    assert scoring.write_out(out.tokens, "de")[0].startswith(f"Merkel/{out.tokens[2]} ")


def test_a_hidden_word_keeps_its_form_and_loses_its_norm(tmp_path: Path) -> None:
    nlp = spacy.blank("de")
    doc = nlp("Stadtteilfest")
    doc.set_ents([], default="outside")
    DocBin(docs=[doc]).to_disk(tmp_path / "a.spacy")
    random.seed(1)
    (example,) = reader.varied_corpus(tmp_path / "a.spacy", rare=3, rate=1.0)(nlp)
    (token,) = example.predicted
    assert token.text == "Stadtteilfest"
    assert token.norm_ != "stadtteilfest"
    assert (token.norm_[0], token.norm_[-3:]) == ("s", "est")
