"""The seeds are what `docs/seeds.md` and the demo's story say, and nobody else's text."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from dateline.article import Article
from dateline.cli.story import SEEDS, Story, load_story
from dateline.errors import InputError
from dateline.formats import Item, Skipped, detect, read
from dateline.records import RawDocument, sha256

RECEIVED = dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC)
FILES = sorted(path for path in SEEDS.rglob("*") if path.is_file())
NAMES = [path.relative_to(SEEDS).as_posix() for path in FILES]
GOOD = [name for name in NAMES if not name.startswith("refused/")]
REFUSED = [name for name in NAMES if name.startswith("refused/")]


@pytest.fixture(scope="module")
def story() -> Story:
    return load_story()


def documents(name: str) -> Iterator[tuple[str, bytes]]:
    """(location, bytes) as the producer publishes them: JSON Lines line by line."""
    data = (SEEDS / name).read_bytes()
    if not name.endswith(".jsonl"):
        yield name, data
        return
    for number, line in enumerate(data.splitlines(), start=1):
        yield f"{name}:{number}", line


def items(name: str) -> list[Item]:
    found: list[Item] = []
    for location, value in documents(name):
        document = RawDocument(
            value=value,
            feed="seeds",
            format="",
            location=location,
            received=RECEIVED,
            sha256=sha256(value),
        )
        try:
            known = detect(value, document.where)
        except InputError as error:
            found.append(error)
            continue
        found += read(
            RawDocument(
                value=value,
                feed="seeds",
                format=known.name,
                location=location,
                received=RECEIVED,
                sha256=document.sha256,
            )
        )
    return found


def article(name: str) -> Article:
    (only,) = items(name)
    assert isinstance(only, Article), only
    return only


@pytest.mark.parametrize("name", GOOD)
def test_every_seed_reads_into_the_expected_items(name: str, story: Story) -> None:
    expected = story.outcomes[name]
    found = items(name)
    assert len(found) == expected.total()
    for item in found:
        if isinstance(item, Skipped):
            assert expected["skipped"] == 1
            continue
        if name.startswith("formats/") and isinstance(item, Article) and item.dateline is None:
            assert item.body_text  # feeds have no dateline
            continue
        assert isinstance(item, Article), item
        assert item.body_text or item.pubstatus == "canceled"
        assert item.title
        if item.body_text:
            assert item.dateline is not None, item.body_text[:60]
            assert item.dateline.city
            assert item.dateline.source
            assert "(" + item.dateline.source + ")" not in item.body_text


@pytest.mark.parametrize("name", REFUSED)
def test_every_refused_seed_is_refused_by_name_with_found_and_expected(
    name: str, story: Story
) -> None:
    errors = [item for item in items(name) if isinstance(item, InputError)]
    assert len(errors) == story.outcomes[name]["dead"] == 1
    (error,) = errors
    assert error.where.location is not None
    assert error.where.location.startswith(name)
    assert error.found
    assert error.expected


def test_the_good_lines_around_a_bad_one_are_read() -> None:
    first, bad, last = items("refused/one-bad-line-of-three.jsonl")
    assert isinstance(first, Article)
    assert isinstance(last, Article)
    assert isinstance(bad, InputError)
    assert bad.where.location == "refused/one-bad-line-of-three.jsonl:2"


def test_the_alert_has_no_headline_and_its_title_is_its_first_sentence() -> None:
    alert = article("de/harbour-fire-1-alert.json")
    assert alert.headline is None
    assert alert.title == "Im Hafen von Bremerhaven brennt ein Frachtschiff."


def test_versions_of_a_story_share_its_identity_and_its_provider() -> None:
    stories: dict[str, list[Article]] = {}
    for name in GOOD:
        for item in items(name):
            if isinstance(item, Article):
                stories.setdefault(item.uri, []).append(item)
    several = {uri: versions for uri, versions in stories.items() if len(versions) > 1}
    assert set(several) == {
        "urn:nordpress:2026:harbour-fire",
        "urn:meridian:2026:bank-merger",
        "urn:meridian:2026:ferry-strike",
        "urn:agence-littoral:2026:dam-inspection",
    }
    for versions in several.values():
        assert len({version.provider for version in versions}) == 1


def test_tags_are_named_and_taken_off_the_title() -> None:
    lead = article("de/harbour-fire-3-lead.json")
    assert "lead" in lead.update_kind
    assert lead.title == "Frachter in Bremerhaven gelöscht - dreizehn Verletzte"
    assert "correction" in article("de/harbour-fire-4-correction.json").update_kind
    assert "correction" in article("fr/dakar-fishing.json").update_kind
    twice = article("en/ferry-strike-4-corrected.json")
    assert {"correction", "update"} <= set(twice.update_kind)
    assert twice.update_number == 2
    assert twice.title == "Irish Sea ferry crews to strike, Blue Skerry offers talks"
    assert twice.headline is not None
    assert twice.headline.startswith("CORRECTED-UPDATE 2-")


def test_the_kill_is_canceled_and_empty() -> None:
    kill = article("en/bank-merger-3-kill.json")
    assert kill.pubstatus == "canceled"
    assert kill.body_text is None


def test_the_resend_is_the_same_bytes_in_another_place() -> None:
    again = SEEDS / "fr/resend/dam-inspection.json"
    assert again.read_bytes() == (SEEDS / "fr/dam-inspection.json").read_bytes()


def test_the_embargo_lies_far_ahead() -> None:
    embargoed = article("en/harvest-survey-embargo.json").embargoed
    assert embargoed == dt.datetime(2099, 1, 1, tzinfo=dt.UTC)


def test_the_notepad_never_reaches_the_text() -> None:
    observatory = article("de/moskau-observatory.txt")
    assert observatory.ednote_nonpublic is not None
    assert "555 0142" in observatory.ednote_nonpublic
    assert "555 0142" not in (observatory.body_text or "")


def test_a_rights_line_gives_the_month_and_no_more() -> None:
    trains = article("de/kiew-grain-trains.txt")
    assert trains.versioncreated == dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    assert trains.date_precision == "month"
    assert trains.crossheads == ["BAUERN HOFFEN AUF PREISE"]


def test_character_sets_and_line_ends_leave_no_trace() -> None:
    zoo = article("de/koeln-zoo.txt").body_text or ""
    assert "Tierärztin Mareike Böll" in zoo
    assert "\r" not in zoo
    ship = article("en/geneva-vaccine-ship.txt").body_text or ""
    assert "floating cold store for vaccines" in ship


def test_there_are_enough_seeds_in_enough_languages() -> None:
    languages = Counter(
        item.language.partition("-")[0]
        for name in GOOD
        for item in items(name)
        if isinstance(item, Article) and item.language
    )
    assert {"de", "en", "fr", "es", "nl", "pl", "pt", "uk"} <= set(languages)
    assert 50 <= len(GOOD) <= 70


def test_the_story_names_every_seed_once_and_nothing_else(story: Story) -> None:
    assert sorted(story.outcomes) == NAMES
    assert len(story.names) == len(set(story.names))
    assert story.embargo.file in story.outcomes


def test_json_seeds_are_valid_ninjs(shared: Path) -> None:
    schema_file = shared / "wires/ninjs/schema/ninjs-schema_1.6.json"
    if not schema_file.is_file():
        pytest.skip("needs the ninjs schemas beside the checkout")
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft7Validator(json.loads(schema_file.read_text("utf-8")))
    for name in GOOD:
        if name.endswith((".json", ".jsonl")) and not name.startswith("formats/"):
            for location, value in documents(name):
                wrong = [error.message for error in validator.iter_errors(json.loads(value))]
                assert not wrong, (location, wrong)


#: What is no sentence, and must be as the agencies send it for a test to mean anything: the line
#: of rights that is read off a text, and an identifier.
NO_SENTENCES = (
    "date Quelle: (c) Copyright Thomson Reuters. Click For Restrictions - https",
    "tag:reuters.com,2016:newsml_L1N14N0FF",
)


def written_here() -> Iterator[Path]:
    """The text that the project brings: seeds, tests, the manual, the README."""
    root = SEEDS.parent
    for folder in ("seeds", "tests", "docs"):
        for path in sorted((root / folder).rglob("*")):
            # What is said of the real files names them, and says nothing of theirs.
            if path.is_file() and path.suffix != ".pyc" and path.name != "wires.md":
                yield path
    yield root / "README.md"


def test_no_agency_s_sentence_is_in_what_the_project_ships(shared: Path) -> None:
    """No eight words in a row stand in any reference text, whatever its format."""
    ours: dict[str, str] = {}
    for path in written_here():
        data = path.read_bytes()
        if b"\0" in data[:8192] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            continue
        for shingle in shingles(data):
            ours.setdefault(shingle, path.relative_to(SEEDS.parent).as_posix())
    for text in NO_SENTENCES:
        for shingle in shingles(text.encode()):
            ours.pop(shingle, None)
    looked_at = 0
    for folder in ("seeds", "wires", "ner/news_text"):
        for path in (shared / folder).rglob("*"):
            if not path.is_file() or path.suffix in {".xz", ".tsv"} or "schema" in path.parts:
                continue
            looked_at += 1
            for shingle in shingles(path.read_bytes()):
                assert shingle not in ours, (ours[shingle], path.name, shingle)
    assert looked_at, "the reference folder holds no text to compare with"


def shingles(data: bytes, length: int = 8) -> Iterator[str]:
    """Runs of words of letters, in lower case; keys of JSON and tags stand between them, and those
    are everybody's (namespaces, document types)."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    text = re.sub(r"<[/?!]?[A-Za-z][^<>]{0,2000}>", " § ", text)
    text = re.sub(r'"[A-Za-z_$]+"\s*:', " § ", text)
    for run in re.split(r"[§<>{}\[\]|]", text.lower()):
        words = re.findall(r"[^\W\d_]+", run)
        for start in range(len(words) - length + 1):
            yield " ".join(words[start : start + length])
