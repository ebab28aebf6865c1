"""The models that ship: they load, say where they come from, and find what news is about."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language

MODELS = Path(__file__).resolve().parents[2] / "models"
FOLDERS = {"de": MODELS / "de_dateline_news", "en": MODELS / "en_dateline_news"}
TABLES = {
    "spacy-lookups-data": "MIT",
    "Faker": "MIT",
    "GeoNames": "CC BY 4.0",
    "pytickersymbols": "MIT",
}
LICENCES = {
    "de": {"GermEval 2014": "CC BY 4.0", **TABLES},
    "en": {
        **TABLES,
        "Wikigold": "CC BY 4.0",
        "CrossNER": "MIT",
        "Universal NER": "CC BY-SA 4.0",
        "GUM": "CC BY 4.0",
        "Broad Twitter Corpus": "CC BY 4.0",
    },
}
LOADED: dict[str, Language] = {}


def model(language: str) -> Language:
    if language not in LOADED:
        LOADED[language] = spacy.load(FOLDERS[language])
    return LOADED[language]


def read(language: str, name: str) -> Any:
    return json.loads((FOLDERS[language] / name).read_text("utf-8"))


@pytest.mark.parametrize("language", FOLDERS)
def test_it_is_a_small_pipeline_of_one_recogniser(language: str) -> None:
    nlp = model(language)
    assert nlp.lang == language
    assert nlp.pipe_names == ["ner"]
    assert sorted(nlp.get_pipe("ner").labels) == ["LOC", "MISC", "ORG", "PER"]
    size = sum(p.stat().st_size for p in FOLDERS[language].rglob("*") if p.is_file())
    assert size < 15_000_000


@pytest.mark.parametrize("language", FOLDERS)
def test_no_word_of_the_training_text_ships(language: str) -> None:
    blank = set(spacy.blank(language).vocab.strings)
    strings = set(json.loads((FOLDERS[language] / "vocab" / "strings.json").read_text("utf-8")))
    assert len(strings - blank) < 50


@pytest.mark.parametrize("language", FOLDERS)
def test_it_needs_nothing_but_spacy_and_an_installed_dateline(language: str) -> None:
    code = (
        "import sys, spacy; nlp = spacy.load(sys.argv[1]); nlp('Rom');"
        "sys.exit('spacy_lookups_data' in sys.modules or 'models' in sys.modules)"
    )
    folder = FOLDERS[language]
    subprocess.run([sys.executable, "-P", "-c", code, folder], check=True, cwd=folder)
    own = set(re.findall(r'"(dateline\.[^"]*)"', (folder / "config.cfg").read_text("utf-8")))
    assert own == {"dateline.WireEmbed.v1"}


@pytest.mark.parametrize("language", FOLDERS)
def test_card_and_meta_name_every_set_with_its_licence(language: str) -> None:
    card = (FOLDERS[language] / "MODEL_CARD.md").read_text("utf-8")
    meta = read(language, "meta.json")
    for name, licence in LICENCES[language].items():
        assert any(name in line and licence in line for line in card.splitlines())
        assert any(
            name in source["name"] and licence in source["license"] for source in meta["sources"]
        )
        assert name in meta["attribution"]
    assert len(meta["sources"]) == len(LICENCES[language])
    assert meta["version"] == "0.2.0"
    assert meta["license"] in card


@pytest.mark.parametrize("language", FOLDERS)
def test_meta_and_card_tell_the_scores_that_were_measured(language: str) -> None:
    scores = read(language, "scores.json")["scores"]
    first = next(rows for name, rows in scores.items() if name.startswith("test"))
    told = read(language, "meta.json")["performance"]
    assert [told["ents_p"], told["ents_r"], told["ents_f"]] == [first["all"][k] for k in "prf"]
    for label, row in told["ents_per_type"].items():
        assert row == {key: first[label][key] for key in "prf"}
    card = (FOLDERS[language] / "MODEL_CARD.md").read_text("utf-8")
    for name, rows in scores.items():
        for label, row in rows.items():
            numbers = " | ".join(f"{row[key]:.3f}" for key in "prf")
            assert f"| {name} | {label} | {numbers} | {row['mentions']} |" in card


SENTENCES = [
    ("de", "Die Kanzlerin Angela Merkel reiste am Montag nach Kiew.", "Angela Merkel/PER Kiew/LOC"),
    ("de", "In Moskau empfing Wladimir Putin eine Delegation.", "Moskau/LOC Wladimir Putin/PER"),
    ("de", "Putin lobte die Gespräche.", "Putin/PER"),
    ("de", "Kim Jong Un besuchte eine Fabrik.", "Kim Jong Un/PER"),
    ("de", "Truppen rückten am Abend auf Kursk vor.", "Kursk/LOC"),
    ("de", "In Seoul und in Tokio schlossen die Börsen im Plus.", "Seoul/LOC Tokio/LOC"),
    ("de", "Nordkorea testete eine Rakete.", "Nordkorea/LOC"),
    ("de", "Nordkoreas Staatschef drohte Südkorea.", "Nordkoreas/LOC Südkorea/LOC"),
    ("de", "Die Vereinten Nationen warnten am Freitag.", "Vereinten Nationen/ORG"),
    ("de", "Das teilte Volkswagen in Wolfsburg mit.", "Volkswagen/ORG Wolfsburg/LOC"),
    ("de", "Die russischen Truppen zogen ab.", ""),
    ("de", "Das Wetter bleibt am Wochenende mild.", ""),
    ("en", "Angela Merkel arrived in Paris on Monday.", "Angela Merkel/PER Paris/LOC"),
    ("en", "Vladimir Putin spoke in Moscow.", "Vladimir Putin/PER Moscow/LOC"),
    ("en", "Kim Jong Un visited a factory in Pyongyang.", "Kim Jong Un/PER Pyongyang/LOC"),
    ("en", "The United Nations sent food to Syria.", "United Nations/ORG Syria/LOC"),
    ("en", "The weather will stay mild this weekend.", ""),
]


@pytest.mark.parametrize(("language", "text", "expected"), SENTENCES)
def test_plain_sentences(language: str, text: str, expected: str) -> None:
    found = " ".join(f"{span.text}/{span.label_}" for span in model(language)(text).ents)
    assert found == expected


def test_a_blank_line_never_lies_inside_a_mention() -> None:
    text = "Merkel reiste nach\n\nParis\n\nPutin blieb in Moskau.\n\nBerlin\n\nHamburg"
    doc = model("de")(text)
    assert doc.ents
    assert not [span.text for span in doc.ents if "\n" in span.text]
