"""The saved objects are what the code writes, and pass the importer's rules and ours."""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from dateline.settings import Settings
from kibana import build
from kibana.check import fields_of, problems
from sinks import generations, template

ROOT = Path(__file__).resolve().parents[2]
FIELDS = fields_of(template.mappings())
ALIASES = frozenset({generations.alias(Settings()), generations.desk_alias(Settings())})
OBJECTS: list[dict[str, Any]] = [json.loads(line) for line in build.content().splitlines()]


def broken(**changes: Any) -> list[str]:
    """Problems of the first data view alone, with attributes (or, as `_name`, keys) changed."""
    one = json.loads(json.dumps(OBJECTS[0]))
    for name, value in changes.items():
        target = one if name.startswith("_") else one["attributes"]
        if value is None:
            del target[name.removeprefix("_")]
        else:
            target[name.removeprefix("_")] = value
    return problems(json.dumps(one) + "\n", FIELDS, ALIASES)


def test_the_file_is_what_the_code_writes() -> None:
    assert build.TARGET.read_bytes() == build.content().encode("utf-8")


def test_the_file_has_no_problem() -> None:
    assert problems(build.TARGET.read_text(encoding="utf-8"), FIELDS, ALIASES) == []


def test_one_data_view_for_each_alias() -> None:
    assert {one["attributes"]["title"] for one in OBJECTS} == ALIASES
    assert {one["attributes"]["timeFieldName"] for one in OBJECTS} == {"@timestamp"}
    assert len({one["attributes"]["name"] for one in OBJECTS}) == len(OBJECTS)


def test_labels_are_english_and_german() -> None:
    for field, label in build.LABELS.items():
        english, slash, german = label.partition(" / ")
        assert english and slash and german, field


def test_what_is_of_no_use_to_readers_is_not_fetched_and_the_rest_is() -> None:
    def hidden(field: str) -> bool:
        return any(fnmatch.fnmatchcase(field, pattern) for pattern in build.HIDDEN)

    for field in ("entities", "provenance.feed", "provenance.sha256", "standing", "text.de"):
        assert field in FIELDS and hidden(field), field
    assert not any(hidden(field) for field in build.LABELS)


def test_the_default_view_of_kibana_is_one_of_them() -> None:
    settings = yaml.safe_load((ROOT / "deploy" / "kibana.yml").read_text(encoding="utf-8"))
    overrides = settings["uiSettings.overrides"]
    assert overrides["defaultIndex"] in {one["id"] for one in OBJECTS}
    for name in ("query:queryString:options", "timepicker:timeDefaults"):
        assert isinstance(json.loads(overrides[name]), dict)


def test_multi_fields_and_what_is_only_kept_are_known() -> None:
    assert FIELDS["person.name"] == "text"
    assert FIELDS["person.name.keyword"] == "keyword"
    assert FIELDS["dateline.location"] == "geo_point"
    assert FIELDS["entities"] == "object"
    assert "person" not in FIELDS


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": "articels"}, "title 'articels' is none of"),
        ({"timeFieldName": "versioncreatd"}, "is no date of the index"),
        ({"timeFieldName": "title"}, "is no date of the index"),
        ({"name": ""}, "has no name"),
        ({"fieldAttrs": '{"titel":{"customLabel":"x"}}'}, "no field titel"),
        ({"fieldAttrs": '{"title":{"label":"x"}}'}, "fieldAttrs: title has more than"),
        (
            {"fieldAttrs": '{"title":{"customLabel":"x"},"uri":{"customLabel":"x"}}'},
            "uri and title have the same label",
        ),
        ({"fieldAttrs": "{"}, "fieldAttrs holds no JSON"),
        ({"fields": "{}"}, "fields holds no list"),
        ({"sourceFilters": '[{"value":"entites*"}]'}, "entites* matches no field"),
        ({"sourceFilters": '["entities*"]'}, "has no value"),
        ({"fieldFormatMap": {}}, "attribute fieldFormatMap is no str"),
        ({"fieldFormatMap": '{"words":{}}'}, "fieldFormatMap: the index has no field words"),
        ({"colour": "red"}, "attribute colour is unknown"),
        ({"_typeMigrationVersion": "10.1.0"}, "is newer than 8.0.0"),
        ({"_coreMigrationVersion": "9.0.0"}, "is newer than 8.8.0"),
        ({"_coreMigrationVersion": "8"}, "is no version"),
        ({"_references": None}, "lacks references"),
        ({"_references": [{"type": "search", "id": "x", "name": "n"}]}, "refers to search:x"),
        ({"_updated_at": "now"}, "has updated_at"),
        ({"_type": "canvas"}, "no rule here says how to check it"),
        ({"_id": ""}, "the id is no text"),
    ],
)
def test_each_rule_can_be_broken(changes: dict[str, Any], told: str) -> None:
    assert any(told in line for line in broken(**changes)), broken(**changes)


def test_lines_that_are_no_objects_and_ids_that_come_twice() -> None:
    line = build.content().splitlines()[0]
    assert "comes twice" in problems(f"{line}\n{line}\n", FIELDS, ALIASES)[0]
    assert "not JSON" in problems(f"{line}\n{{\n", FIELDS, ALIASES)[0]
    assert "not an object" in problems(f"{line}\n[]\n", FIELDS, ALIASES)[0]
    assert problems("\n", FIELDS, ALIASES) == ["no saved object"]
    # As Kibana's own exports end.
    assert problems(f'{line}\n\n{{"exportedCount":1}}\n', FIELDS, ALIASES) == []
