"""An older model for the walk in docs/replay.md: a list of names, as a spaCy pipeline.

    python older_model.py FOLDER

makes FOLDER/de, which knows seven cities and nobody by name. Any folder with spaCy pipelines in it
will do for the setting `models_dir`; this one is made in a second, and the same everywhere.
"""

import sys
from pathlib import Path

import spacy

CITIES = ("Berlin", "Den Haag", "Genf", "Kiew", "Köln", "Moskau", "Prag")

nlp = spacy.blank("de")
names = nlp.add_pipe("entity_ruler", name="ner")
names.add_patterns([{"label": "LOC", "pattern": city} for city in CITIES])
nlp.meta.update(name="list_of_names", version="1.0.0", license="Apache-2.0")
folder = Path(sys.argv[1]) / "de"
folder.mkdir(parents=True, exist_ok=True)
nlp.to_disk(folder)
