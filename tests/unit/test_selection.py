"""The selection of a partial replay: a file that is whole or of no use, asked in rising order."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dateline import selection
from dateline.errors import Unavailable
from dateline.selection import Chosen, Selection


def story(n: int) -> str:
    return hashlib.sha256(str(n).encode()).hexdigest()


def test_stories_are_followed_once(tmp_path: Path) -> None:
    with Selection(tmp_path / "s", create=True) as made:
        made.add_stories(map(story, range(5)))
        made.add_stories([story(3), "an id of another program's"])
        assert made.stories() == 6
        first = made.to_follow(4)
        made.followed(first)
        rest = made.to_follow(4)
        assert set(first) | set(rest) == {*map(story, range(5)), "an id of another program's"}
        made.followed(rest)
        # One that is selected again was followed before.
        made.add_stories([story(1)])
        assert made.to_follow(4) == []
        assert made.among([story(4), story(5), "an id of another program's"]) == {
            story(4),
            "an id of another program's",
        }


def test_an_unfinished_one_is_of_no_use(tmp_path: Path) -> None:
    path = tmp_path / "s"
    for found in ("unable to open", "not finished"):
        with pytest.raises(Unavailable, match=found):
            Selection(path)
        with Selection(path, create=True) as made:
            made.add_raw([(0, 1)])
    with Selection(path, create=True) as made:
        assert made.records() == 0  # begun anew
        made.add_raw([(1, 7)])
        made.finish()
    with Selection(path) as read:
        assert read.bounds() == {1: (7, 8)}


@settings(deadline=None)
@given(
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 60))),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60))),
)
def test_it_answers_as_a_set_would(
    tmp_path_factory: pytest.TempPathFactory,
    chosen: set[tuple[int, int]],
    asked: list[tuple[int, int]],
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(selection, "_CHUNK", 3)
        path = tmp_path_factory.mktemp("selection") / "s"
        with Selection(path, create=True) as made:
            made.add_raw(chosen)
            made.add_raw(chosen)
            made.finish()
        with Selection(path) as read:
            worker = Chosen(read)
            for partition, offset in [*sorted(asked), *asked]:
                later = [o for p, o in chosen if p == partition and o >= offset]
                assert worker.next(partition, offset) == min(later, default=None)
                assert ((partition, offset) in worker) == ((partition, offset) in chosen)
                assert read.waiting(partition, offset) == len(later)
            assert read.records() == len(chosen)
            for partition in range(3):
                mine = sorted(o for p, o in chosen if p == partition)
                assert read.bounds().get(partition) == ((mine[0], mine[-1] + 1) if mine else None)


def test_what_is_left_as_it_is_is_not_selected(tmp_path: Path) -> None:
    with Selection(tmp_path / "s", create=True) as made:
        made.add_stories(map(story, range(4)))
        made.add_raw([(0, 1), (0, 2), (1, 7)])
        made.leave([story(1)])
        made.followed(map(story, range(4)))
        # Selected again by another of its records: it stays left.
        made.add_stories([story(1)])
        assert made.to_follow(10) == []
        assert (made.stories(), made.left(), list(made.left_stories())) == (3, 1, [story(1)])
        assert made.among(list(map(story, range(4)))) == {story(0), story(2), story(3)}
        made.remove_raw([(0, 2), (1, 8)])
        assert made.records_among([(0, 1), (0, 2), (1, 7), (2, 1)]) == {(0, 1), (1, 7)}
        assert made.records_among([]) == set()
