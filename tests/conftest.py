"""Fixtures that several promises share: the real servers, and settings that collide with nobody."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from dateline.embedded import EmbeddedStack
from dateline.settings import PREFIX, Settings
from processors.gazetteer import Gazetteer

ROOT = Path(__file__).resolve().parent.parent
#: real wire files and annotated text that tests may read but the project does not hold
SHARED = Path(os.environ.get("DATELINE_TEST_SHARED") or ROOT.parent / "shared")

for _name in [name for name in os.environ if name.startswith(PREFIX)]:
    # A developer's own settings must never reach a test: it would talk to their servers.
    if _name != "DATELINE_TEST_SHARED":
        del os.environ[_name]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The reference shelf beside the checkout; tests that need it skip where it is not."""
    # Not any folder of that name: "shared" is a common one.
    if not (SHARED / "wires/MANIFEST.tsv").is_file() or not (SHARED / "seeds").is_dir():
        pytest.skip(f"needs the reference files in {SHARED.name}/ beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedStack]:
    """The real Kafka and the real Elasticsearch, started once."""
    with EmbeddedStack(tmp_path_factory.mktemp("stack")) as started:
        yield started


@pytest.fixture(scope="session")
def gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The index of the gazetteer, built once: it takes seconds, and each test has a data folder
    of its own."""
    folder = tmp_path_factory.mktemp("gazetteer")
    Gazetteer(folder).load()
    (index,) = folder.iterdir()
    return index


@pytest.fixture
def settings(stack: EmbeddedStack, gazetteer: Path, tmp_path: Path) -> Settings:
    """Settings for the real servers, with topics, groups and indices of the test's own."""
    unique = uuid.uuid4().hex[:8]
    cache = tmp_path / "data" / "cache"
    cache.mkdir(parents=True)
    # It is replaced as a whole where it changes, so one file may serve all.
    (cache / gazetteer.name).hardlink_to(gazetteer)
    return msgspec.structs.replace(
        Settings(),
        kafka_bootstrap_servers=stack.kafka_bootstrap,
        elasticsearch_url=stack.elasticsearch_url,
        data_dir=str(tmp_path / "data"),
        topic_prefix=f"t{unique}.",
        index_prefix=f"t{unique}-",
        nlp_processes=1,
    )
