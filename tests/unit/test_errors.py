"""Every error says where, what was found, what was expected and what to do."""

from __future__ import annotations

import pickle

from dateline.errors import InputError, NewerSchema, Unavailable, UsageError, Where


def test_an_error_tells_everything_it_knows() -> None:
    error = InputError(
        "not a date",
        where=Where(field="versioncreated"),
        found="'soon'",
        expected="RFC 3339",
        remedy="ask the agency.",
    ).at(location="inbox/a.json", line=3)
    assert str(error) == (
        "inbox/a.json, line 3, field versioncreated: not a date; found 'soon'; "
        "expected RFC 3339. Ask the agency."
    )


def test_the_inner_place_is_the_truer_one() -> None:
    error = InputError("bad", where=Where(line=7)).at(line=1, location="f")
    assert (error.where.line, error.where.location) == (7, "f")


def test_errors_survive_the_way_between_processes() -> None:
    error = InputError("bad", where=Where(feed="x", item=2), found="1", expected="2", remedy="3")
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), copy.where) == (type(error), str(error), error.where)


def test_exit_status_and_retriability_belong_to_the_kind() -> None:
    assert (InputError("x").exit_status, UsageError("x").exit_status) == (1, 2)
    assert (Unavailable("x").exit_status, NewerSchema("x").exit_status) == (3, 3)
    assert Unavailable("x").retriable and not InputError("x").retriable
