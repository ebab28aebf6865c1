"""The wheel works where it is installed, outside any checkout, with the models that ship."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import msgspec
import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (
    "Den Haag (dpa) - Außenministerin Erna Beispiel ist am Montag in Moskau mit Wladimir Putin "
    "zusammengetroffen.\n\nDie Vereinten Nationen begrüßten das Gespräch in Kiew.\n"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``dateline`` command of an environment that has the wheel, and nothing of the checkout.

    The dependencies are borrowed from this environment, by a path file: path files in there, such
    as that of the checkout, are not obeyed.
    """
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    environment = folder / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    subprocess.run(
        [
            sys.executable, "-m", "pip", "--python", python, "install", "--quiet",
            "--no-deps", "--no-index", wheel,
        ],
        check=True,
    )  # fmt: skip
    (site,) = (environment / "lib").glob("python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return environment / "bin" / "dateline"


def test_it_knows_its_own_models_and_formats(installed: Path, tmp_path: Path) -> None:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("DATELINE_", "PYTHONPATH"))}
    listed = subprocess.run(
        [installed, "models", "list", "--json"],
        cwd=tmp_path, env=environ, check=True, capture_output=True,
    )  # fmt: skip
    models = {model["language"]: model for model in msgspec.json.decode(listed.stdout)}
    assert models["de"]["name"] == "de_dateline_news"
    assert models["en"]["name"] == "en_dateline_news"
    for language in ("de", "en"):
        assert str(ROOT) not in models[language]["source"]
    (tmp_path / "wire.txt").write_text(TEXT, encoding="utf-8")
    annotated = subprocess.run(
        [installed, "annotate", "wire.txt"],
        cwd=tmp_path, env=environ, check=True, capture_output=True,
    )  # fmt: skip
    article = msgspec.json.decode(annotated.stdout)
    assert article["dateline"]["city"] == "Den Haag"
    assert article["dateline"]["country_code"] == "NL"
    assert article["provenance"]["model"] == "de_dateline_news"
    assert "Moskau" in {place["name"] for place in article["place"]}
