"""The editor's entities.toml: what it corrects, how it is checked, and that a change is seen at the
next batch, without a restart."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dateline.article import Article, Entity, Label, Location, Name
from dateline.errors import UsageError
from dateline.settings import Settings
from processors import corrections
from processors.corrections import Watched, read
from processors.enrichers import Pipeline
from processors.enrichers.corrections import Corrections, Merges, joined
from processors.enrichers.names import Names
from processors.pool import Pool
from processors.provenance import Today
from tests.conftest import ROOT

PATH = Path("entities.toml")


def settings_of(folder: Path, table: str | bytes | None = None, **given: Any) -> Settings:
    """Settings whose data folder holds this table."""
    if table is not None:
        write(folder, table)
    return Settings(data_dir=str(folder), **given)


def write(folder: Path, table: str | bytes) -> None:
    """As an editor's program saves: another file in the place of the old one."""
    new = folder / "new"
    new.write_bytes(table if isinstance(table, bytes) else table.encode())
    new.replace(folder / "entities.toml")


def article(body: str, *found: tuple[str, Label], language: str | None = "de") -> Article:
    entities = [
        Entity(
            text=text,
            label=label,
            start=body.index(text),
            end=body.index(text) + len(text),
            field="body_text",
            component="ner",
            model="m/1",
        )
        for text, label in found
    ]
    return Article(uri="u", title="t", body_text=body, language=language, entities=entities)


def corrected(table: str, folder: Path, given: Article) -> list[tuple[str, str, str | None]]:
    (result,) = Corrections(settings_of(folder, table)).enrich([given])
    for one in result.entities:
        text = getattr(result, one.field)
        assert one.text == text[one.start : one.end]
    return [(one.text, one.label, one.component) for one in result.entities]


MINE = "entities.toml"


# --- always


@pytest.mark.parametrize(
    ("entry", "body", "language", "texts"),
    [
        ('text = "Quittel"', "Quittel, nicht Quittels oder Quittelei. (Quittel)", "de",
         ["Quittel", "Quittel"]),
        ('text = "Quittel"', "quittel QUITTEL Quittel", "de", ["Quittel"]),
        ('text = "Quittel"\nignore_case = true', "quittel QUITTEL", "de", ["quittel", "QUITTEL"]),
        ('text = ["Quittel", "Bo Roth"]', "Bo  Roth und Quittel", "de", ["Bo  Roth", "Quittel"]),
        # the longest
        ('text = ["Hafen", "Hafen Nord"]', "Der Hafen Nord, der Hafen", "de",
         ["Hafen Nord", "Hafen"]),
        # signs mean themselves
        ('text = "A.*B (x)"', "A.*B (x), AxxB x", "de", ["A.*B (x)"]),
        ('text = "Ya!"', "Das Ya! und Ya", "de", ["Ya!"]),
        # a hyphen makes one word, but in English before small letters
        ('text = "Quittel"', "Quittel-Chef, Ober-Quittel, Quittel", "de", ["Quittel"]),
        ('text = "Quittel"', "Quittel-run, pro-Quittel, Quittel-Smith", "en",
         ["Quittel", "Quittel"]),
        ('text = "Quittel"', "Quittel's and Quittel’s", "en", ["Quittel", "Quittel"]),
        # scripts without blanks
        ('text = "東京港"', "昨日東京港で火災", "ja", ["東京港"]),
        ('text = "Kyïv"', "Kyi\u0308v".replace("i\u0308", "ï"), "uk", ["Kyïv"]),
        # over no end of a line
        ('text = "Bo Roth"', "Bo\nRoth", "de", []),
        ('text = "Quittel"\nlanguage = "de"', "Quittel", "de-AT", ["Quittel"]),
        ('text = "Quittel"\nlanguage = "de-AT"', "Quittel", "de", []),
        ('text = "Quittel"\nlanguage = "de"', "Quittel", "en", []),
        ('text = "Quittel"\nlanguage = "de"', "Quittel", None, []),
    ],
)  # fmt: skip
def test_always_adds_what_stands_there_as_whole_words(
    entry: str, body: str, language: str | None, texts: list[str], tmp_path: Path
) -> None:
    found = corrected(
        f'[[always]]\n{entry}\nlabel = "ORG"\n', tmp_path, article(body, language=language)
    )
    assert found == [(text, "ORG", MINE) for text in texts]


def test_its_mentions_take_the_place_of_the_model_s(tmp_path: Path) -> None:
    given = article(
        "Anna Quittel sprach in Bremen mit Quittel.", ("Anna Quittel", "PER"), ("Bremen", "LOC")
    )
    assert corrected('[[always]]\ntext = "Quittel"\nlabel = "ORG"', tmp_path, given) == [
        ("Quittel", "ORG", MINE),
        ("Bremen", "LOC", "ner"),
        ("Quittel", "ORG", MINE),
    ]


def test_headlines_are_read_and_crossheads_are_not(tmp_path: Path) -> None:
    given = Article(
        uri="u",
        title="t",
        headline="Quittel wächst",
        body_text="Es regnet.\n\nQuittel\n\nBei Quittel auch.",
        crossheads=["Quittel"],
    )
    (result,) = Corrections(
        settings_of(tmp_path, '[[always]]\ntext = "Quittel"\nlabel = "ORG"')
    ).enrich([given])
    assert [(e.field, e.start) for e in result.entities] == [("headline", 0), ("body_text", 25)]


def test_an_entity_tells_the_table_that_made_it(tmp_path: Path) -> None:
    enricher = Corrections(settings_of(tmp_path, '[[always]]\ntext = "Quittel"\nlabel = "ORG"'))
    (result,) = enricher.enrich([article("Quittel")])
    (entity,) = result.entities
    assert entity.model == enricher.config()["entities.toml"]


# --- is-a, never, merge


def test_is_a_gives_a_mention_its_label(tmp_path: Path) -> None:
    table = '[[is-a]]\ntext = "Quittel"\nlabel = "ORG"'
    given = article("Quittel und Quittel Nord", ("Quittel Nord", "LOC"))
    given = msgspec.structs.replace(
        given, entities=[*article("Quittel", ("Quittel", "LOC")).entities, *given.entities]
    )
    assert corrected(table, tmp_path, given) == [
        ("Quittel", "ORG", MINE),
        ("Quittel Nord", "LOC", "ner"),
    ]


def named(table: str, folder: Path, given: Article) -> Article:
    settings = settings_of(folder, table)
    steps = (Corrections(settings), Names(settings), Merges(settings))
    for step in steps:
        (given,) = step.enrich([given])
    return given


def test_what_an_editor_says_it_is_stays_so(tmp_path: Path) -> None:
    """Whatever the table of known names has."""
    table = '[[is-a]]\ntext = "NATO"\nlabel = "LOC"'
    result = named(table, tmp_path, article("Die NATO", ("NATO", "PER")))
    assert [n.name for n in result.place] == ["NATO"] and not result.organisation


def test_a_compound_that_an_editor_lists_is_a_name(tmp_path: Path) -> None:
    table = '[[always]]\ntext = "Quittel-Regierung"\nlabel = "ORG"'
    given = article("Quittel und die Quittel-Regierung", ("Quittel", "PER"))
    result = named(table, tmp_path, given)
    assert [(n.name, n.count) for n in (*result.person, *result.organisation)] == [
        ("Quittel", 1),
        ("Quittel-Regierung", 1),
    ]


def test_never_sets_a_name_aside_and_leaves_the_entities(tmp_path: Path) -> None:
    given = article(
        "Montag sprach Udo Montag in Ost. Ost siegte. Am Montag.",
        ("Montag", "PER"), ("Udo Montag", "PER"), ("Ost", "LOC"),
    )  # fmt: skip
    given = msgspec.structs.replace(
        given, person=[Name(name="Montag", creator="dpa")], place=[Name(name="Ost", creator="dpa")]
    )
    result = named('[[never]]\ntext = "Montag"\n[[never]]\ntext = "Ost"\nlabel = "PER"', tmp_path,
                   given)  # fmt: skip
    assert result.entities == given.entities
    assert [(n.name, n.creator, n.count) for n in result.person] == [
        ("Montag", "dpa", None),
        ("Udo Montag", "dateline", 1),
    ]
    assert [(n.name, n.creator) for n in result.place] == [("Ost", "dpa"), ("Ost", "dateline")]


def test_never_holds_for_a_name_that_the_text_has_in_another_form(tmp_path: Path) -> None:
    given = article("Quittels Reise. Quittel kam.", ("Quittels", "PER"), ("Quittel", "PER"))
    assert not named('[[never]]\ntext = "Quittel"', tmp_path, given).person


def test_merge_makes_one_of_many_names(tmp_path: Path) -> None:
    table = """
        [[merge]]
        into = "Dora Quittel"
        names = ["D. Quitl", "Quyttel", "Volodymyr Zelensky"]
        label = "PER"
    """
    given = article(
        "D. Quitl, Quyttel, Selenskyj und Roth; Quyttel",
        ("D. Quitl", "PER"), ("Quyttel", "PER"), ("Selenskyj", "PER"), ("Roth", "PER"),
    )  # fmt: skip
    result = named(table, tmp_path, given)
    assert [(n.name, n.canonical, n.count) for n in result.person] == [
        ("D. Quitl", "Dora Quittel", 3),
        ("Roth", "Roth", 1),
    ]
    assert result.person[0].aliases == ["Quyttel", "Selenskyj"]
    # of another kind it is another
    (other,) = named(table, tmp_path, article("Quyttel", ("Quyttel", "ORG"))).organisation
    assert other.canonical == "Quyttel"


def test_a_chain_of_merges_ends_at_its_end(tmp_path: Path) -> None:
    table = '[[merge]]\ninto = "B"\nnames = ["A"]\n[[merge]]\ninto = "C"\nnames = ["B"]'
    result = named(table, tmp_path, article("A und B", ("A", "PER"), ("B", "PER")))
    assert [(n.canonical, n.count) for n in result.person] == [("C", 2)]


def test_merged_places_keep_their_position_and_a_provider_s_names_are_no_one_s(
    tmp_path: Path,
) -> None:
    here = Location(lat=1, lon=2)
    places = [
        Name(name="Quitt", creator="dateline", canonical="Quitt", count=1),
        Name(name="Quitte", creator="dpa"),
        Name(name="Quitte", creator="dateline", count=2, location=here, confidence=0.9),
    ]
    table = '[[merge]]\ninto = "Quitten"\nnames = ["Quitt", "Quitte"]'
    (result,) = Merges(settings_of(tmp_path, table)).enrich(
        [Article(uri="u", title="t", place=places)]
    )
    assert [(n.name, n.creator, n.canonical, n.count) for n in result.place] == [
        ("Quitt", "dateline", "Quitten", 3),
        ("Quitte", "dpa", None, None),
    ]
    assert (result.place[0].location, result.place[0].confidence) == (here, 0.9)


# --- a bad table


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[[always]]\ntext = "A"\n', ("line 1", "label")),
        ('[[always]]\ntext = "A"\nlabel = "PERS"', ("line 1", "PERS")),
        ('\n[[always]]\ntext = "A"\nlabel = "PER"\n\n[[always]]\ntext = ""\nlabel = "PER"',
         ("line 6", "''")),
        ('[[always]]\ntext = " . "\nlabel = "PER"', ("line 1", "a name")),
        ('[[always]]\ntxt = "A"\nlabel = "PER"', ("txt", "ignore_case")),
        ('[[allways]]\ntext = "A"', ("allways", "[[always]]")),
        ('[always]\ntext = "A"', ("[always]", "two brackets")),
        ('always = [{text = "A", label = "PER"}, {text = 5, label = "PER"}]',
         ("entry 2 of always", "int")),
        ('[[always]]\ntext = "A"\nlabel = "PER"\nlanguage = "German"', ("line 1", "German")),
        ('[[always]]\ntext = "A"\nlabel = "PER"\n[[always]]\ntext = "A"\nlabel = "ORG"',
         ("line 4", "'A' is ORG", "PER, as line 1")),
        ('[[always]]\ntext = "A"\nlabel = "PER"\n[[always]]\ntext = "A"\nlabel = "PER"',
         ("line 4", "a second time", "line 1")),
        ('[[always]]\ntext = "A"\nlabel = "PER"\n[[never]]\ntext = "A"', ("line 1", "line 4")),
        ('[[is-a]]\ntext = "A"\nlabel = "PER"\n[[never]]\ntext = "A"\nlabel = "PER"',
         ("line 1", "line 4")),
        ('[[always]]\ntext = "A"\nlabel = "PER"\n[[is-a]]\ntext = "A"\nlabel = "ORG"',
         ("line 1", "line 4")),
        ('[[merge]]\ninto = "A"\nnames = ["B"]\n[[merge]]\ninto = "B"\nnames = ["A"]',
         ("become each other", "an end")),
        ('[[merge]]\ninto = "A"\nnames = ["a"]', ("become each other",)),
        ('[[merge]]\ninto = "A"\nnames = ["B"]\n[[merge]]\ninto = "C"\nnames = ["B"]\n'
         'label = "PER"', ("line 4", "'A', as line 1")),
        ('[[merge]]\ninto = "A"\nnames = []', ("line 1", "no names")),
        ('[[always]]\ntext = []\nlabel = "PER"', ("line 1", "no text")),
        (f"x = {'[' * 100_000}", ("brackets within brackets",)),
        ('[[merge]]\ninto = "A"\nnames = ["B"]\nlabel = "MISC"', ("line 1", "MISC")),
        ('[[always]]\ntext = "A"\nlabel = \n', ("line 3", "TOML")),
        (b'[[always]]\ntext = "M\xfcller"\nlabel = "PER"', ("line 2", "0xfc", "UTF-8")),
    ],
)  # fmt: skip
def test_a_bad_table_is_refused_with_its_line(table: str | bytes, told: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        read(table if isinstance(table, bytes) else table.encode(), PATH)
    for words in ("entities.toml", *told):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    "table",
    [
        "",
        "# nothing yet\n",
        '\ufeff[[never]]\r\ntext = "A"\r\n',
        # a language's own word comes before what holds for all
        '[[always]]\ntext = "A"\nlabel = "PER"\n[[always]]\ntext = "A"\nlabel = "ORG"\n'
        'language = "de"',
        '[[always]]\ntext = "A"\nlabel = "PER"\n[[never]]\ntext = "A"\nlabel = "ORG"',
    ],
)
def test_these_are_good(table: str) -> None:
    read(table.encode(), PATH)


def test_the_hash_is_of_what_it_says() -> None:
    one = read(b'[[never]]\ntext = "A"\n[[never]]\ntext = "B"', PATH)
    same = read(b'# mine\n[[never]]\ntext = "B"\n\n[[never]]\ntext="A"', PATH)
    other = read(b'[[never]]\ntext = "A"\n[[never]]\ntext = "B"\nlabel = "PER"', PATH)
    assert one.hash == same.hash != other.hash
    assert read(b"# nothing", PATH).hash is None


def test_a_huge_table_takes_the_longest_of_many_that_begin_alike() -> None:
    texts = [f"Amt Nord {n}" for n in range(20_000)] + ["Amt Nord 7 der Stadt Quitt"]
    listed = msgspec.json.encode(texts).decode()
    table = read(f'[[always]]\ntext = {listed}\nlabel = "ORG"'.encode(), PATH)
    found = table.always.find("Das Amt Nord 7 der Stadt Quitt und das Amt Nord 8", "de")
    assert [(m.start, m.end) for m in found] == [(4, 30), (39, 49)]


# --- seen without a restart

QUITTEL = '[[always]]\ntext = "Quittel"\nlabel = "ORG"\n'
BODO = '[[always]]\ntext = "Bodo"\nlabel = "PER"\n'


def pipeline_of(settings: Settings) -> Pipeline:
    return Pipeline([Corrections(settings), Names(settings), Merges(settings)])


def enriched(pipeline: Pipeline) -> tuple[list[str], str | None]:
    """What is found in a text, and the configuration that the article names."""
    (result,) = pipeline.enrich([article("Quittel und Bodo")])
    assert isinstance(result, Article)
    return [e.text for e in result.entities], result.provenance.config


def test_a_change_holds_from_the_next_batch_on(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    pipeline = pipeline_of(settings)
    texts, without = enriched(pipeline)
    assert texts == [] and without == pipeline.config
    write(tmp_path, QUITTEL)
    assert pipeline.config == without, "nothing was made by it yet"
    texts, with_quittel = enriched(pipeline)
    assert texts == ["Quittel"] and with_quittel == pipeline.config != without
    write(tmp_path, BODO)
    texts, with_bodo = enriched(pipeline)
    assert texts == ["Bodo"]
    assert len({without, with_quittel, with_bodo}) == 3
    write(tmp_path, "# nothing any more\n")
    assert enriched(pipeline) == ([], without)
    write(tmp_path, QUITTEL)
    assert enriched(pipeline) == (["Quittel"], with_quittel)


@pytest.mark.parametrize("bad", [b"[[alwys]]", b"\xff", b"x = " + 5000 * b"[", None])
def test_a_bad_or_missing_file_leaves_the_last_good_table_in_force(
    bad: bytes | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pipeline = pipeline_of(settings_of(tmp_path, QUITTEL))
    good = enriched(pipeline)
    if bad is None:
        (tmp_path / "entities.toml").unlink()
    else:
        write(tmp_path, bad)
    with caplog.at_level(logging.WARNING):
        assert enriched(pipeline) == good
        assert enriched(pipeline) == good
    assert len(caplog.records) == 1, "said once"
    assert "stays in force" in caplog.text and "entities.toml" in caplog.text
    write(tmp_path, BODO)
    assert enriched(pipeline)[0] == ["Bodo"]


def test_a_file_written_in_place_is_seen_too(tmp_path: Path) -> None:
    pipeline = pipeline_of(settings_of(tmp_path, QUITTEL))
    enriched(pipeline)
    path = tmp_path / "entities.toml"
    before = path.stat()
    path.write_text(QUITTEL.replace("Quittel", "Und Bod").replace("Und Bod", "Bodo   "))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert path.stat().st_size == before.st_size
    assert enriched(pipeline)[0] == ["Bodo"]


def test_at_a_start_a_bad_table_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        Pipeline.of(settings_of(tmp_path, "[[alwys]]"))
    missing = tmp_path / "missing.toml"
    with pytest.raises(UsageError, match="not there"):
        Pipeline.of(settings_of(tmp_path, entities_file=str(missing)))


def test_a_pipe_is_no_table_and_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(UsageError, match="no file"):
        Pipeline.of(settings_of(tmp_path, entities_file=str(pipe)))


def test_a_table_may_lie_elsewhere(tmp_path: Path) -> None:
    other = tmp_path / "mine.toml"
    other.write_text(BODO)
    settings = settings_of(tmp_path, QUITTEL, entities_file=str(other))
    assert enriched(pipeline_of(settings))[0] == ["Bodo"]


def test_replay_knows_what_another_table_made(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, QUITTEL)
    pipeline = Pipeline.of(settings)
    (result,) = pipeline.enrich([article("Quittel", language=None)])
    assert isinstance(result, Article)
    made = {**msgspec.to_builtins(result.provenance), "format": "ninjs"}
    today = Today(settings, pipeline=pipeline)
    made["parser"] = today._parsers["ninjs"]
    assert not today.stale(made, None)
    write(tmp_path, BODO)
    assert not today.stale(made, None), "what began under one table ends under it"
    assert Today(settings).stale(made, None)


# --- in the processes of the stage


def process_target(config: dict[str, Any]) -> Any:
    """What `processors.work.make` does with the table, for a pool."""
    settings: Settings = config["settings"]
    corrections.watched(settings).resume()
    pipeline = pipeline_of(settings)
    return lambda items: [enriched(pipeline) for _ in items]


def test_every_process_sees_a_change_and_one_that_starts_late_the_last_good_table(
    tmp_path: Path,
) -> None:
    settings = settings_of(tmp_path, QUITTEL)
    corrections.watched(settings).start(keep=True)

    async def all_of_it() -> None:
        pool = Pool(
            "tests.unit.test_corrections:process_target",
            {"settings": settings},
            processes=2,
            timeout=60,
            memory_mb=2000,
        )

        async def texts() -> set[str]:
            batches = await asyncio.gather(*[pool.run([1, 2]) for _ in range(4)])
            return {text for results in batches for found, _ in results for text in found}

        await pool.start()
        try:
            assert await texts() == {"Quittel"}
            write(tmp_path, BODO)
            assert await texts() == {"Bodo"}
            write(tmp_path, "[[alwys]]")
            for pid in pool.pids:
                os.kill(pid, signal.SIGKILL)
            assert await texts() == {"Bodo"}
        finally:
            pool.close()

    asyncio.run(all_of_it())


def run(*words: str, data: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dateline", *words],
        capture_output=True,
        text=True,
        cwd=data,
        env={**os.environ, "DATELINE_DATA_DIR": str(data), "PYTHONPATH": str(ROOT)},
        check=False,
    )


def test_annotate_applies_it_and_tells_what_is_wrong_with_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy.json"
    copy.write_text('{"uri":"urn:x:1","type":"text","language":"eo","body_text":"Ĉe Quittel."}')
    write(tmp_path, QUITTEL)
    done = run("annotate", str(copy), data=tmp_path)
    assert done.returncode == 0, done.stderr
    assert msgspec.json.decode(done.stdout)["organisation"][0]["name"] == "Quittel"
    write(tmp_path, "\n[[alwys]]\n")
    done = run("annotate", str(copy), data=tmp_path)
    assert done.returncode == 2
    assert "entities.toml" in done.stderr and "alwys" in done.stderr


def test_doctor_checks_it(tmp_path: Path) -> None:
    write(tmp_path, '[[always]]\ntext = ""\nlabel = "ORG"')
    done = run("doctor", "--json", data=tmp_path)
    (finding,) = [one for one in msgspec.json.decode(done.stdout) if "corrections" in one["name"]]
    assert finding["state"] == "fail" and "line 1" in finding["found"]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_of_merges_is_read_at_once(step: int) -> None:
    steps = [
        f'[[merge]]\ninto = "Quitt {n + 1}"\nnames = ["Quitt {n}"]\nlabel = "PER"'
        for n in range(5000)
    ][::step]
    table = read("\n".join(steps).encode(), PATH)
    assert {table.merged((f"Quitt {n}",), "PER") for n in range(5001)} == {"Quitt 5000"}
    ring = [*steps, '[[merge]]\ninto = "Quitt 17"\nnames = ["Quitt 5000"]\nlabel = "PER"']
    with pytest.raises(UsageError, match="become each other"):
        read("\n".join(ring).encode(), PATH)


def test_two_places_that_are_one_have_the_position_of_one() -> None:
    bare = Name(name="Quitt", creator="dateline", count=1, country_code="FR")
    placed = Name(
        name="Quitten",
        creator="dateline",
        count=2,
        country_code="DE",
        location=Location(lat=1.0, lon=2.0),
        geonames_id=7,
        confidence=0.9,
    )
    other = msgspec.structs.replace(
        placed, country_code="US", location=None, geonames_id=8, confidence=0.4
    )

    def told(name: Name) -> tuple[object, ...]:
        return name.country_code, name.location, name.geonames_id, name.confidence

    assert told(joined(bare, placed)) == told(placed)
    assert told(joined(placed, bare)) == told(placed)
    assert told(joined(other, placed)) == told(other)
    assert told(joined(placed, other)) == told(placed)
    assert told(joined(bare, msgspec.structs.replace(bare, country_code="DE"))) == told(bare)
    assert joined(bare, placed).count == 3


def test_one_that_starts_beside_a_bad_table_says_what_is_in_force(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, copy = tmp_path / "entities.toml", tmp_path / "copy.toml"
    path.write_text("[[alwys]]")
    with caplog.at_level(logging.WARNING):
        Watched(path, required=False, copy=copy).resume()
    assert "nothing is corrected" in caplog.text and "stays in force" not in caplog.text
    caplog.clear()
    copy.write_text(QUITTEL)
    kept = Watched(path, required=False, copy=copy)
    with caplog.at_level(logging.WARNING):
        kept.resume()
    assert kept.table.always and "stays in force" in caplog.text
