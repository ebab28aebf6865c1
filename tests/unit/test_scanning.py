"""Reading a whole index: every document once, in pages whose bytes are bounded."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from elasticsearch import NotFoundError

from dateline import scanning
from dateline.errors import Unavailable
from dateline.scanning import every_document


class Index:
    """An Elasticsearch with documents of these sizes; a fake, to look at what is asked of it."""

    def __init__(self, sizes: list[int]) -> None:
        self.sizes = sizes
        self.pages: list[tuple[int, int]] = []
        self.gone = False
        self.indices = SimpleNamespace(refresh=lambda index: None)

    def open_point_in_time(self, **_: Any) -> dict[str, str]:
        return {"id": "view"}

    def close_point_in_time(self, **_: Any) -> None:
        pass

    def search(self, *, size: int, search_after: list[int] | None, **_: Any) -> Any:
        if self.gone:
            meta: Any = SimpleNamespace(status=404)
            raise NotFoundError("search_context_missing_exception", meta, {})
        begin = search_after[0] + 1 if search_after else 0
        some = list(range(begin, min(begin + size, len(self.sizes))))
        self.pages.append((size, sum(self.sizes[n] for n in some)))
        hits = [
            {"_id": str(n), "_source": {"text": "x" * self.sizes[n]}, "sort": [n]} for n in some
        ]
        return {
            "_shards": {"failed": 0},
            "timed_out": False,
            "pit_id": "view",
            "hits": {"hits": hits},
        }


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 250, 1001])
def test_every_document_comes_once(count: int) -> None:
    index: Any = Index([100] * count)
    assert [one for one, _ in every_document(index, "i", page=100)] == [
        str(n) for n in range(count)
    ]


def test_pages_grow_to_what_was_asked_for_and_shrink_where_documents_are_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scanning, "_BYTES", 80_000)
    index: Any = Index([1] * 2000 + [40_000] * 200 + [1] * 2000)
    assert sum(1 for _ in every_document(index, "i", page=500)) == 4200
    sizes = [size for size, _ in index.pages]
    assert sizes[:3] == [scanning._FIRST, 200, 500]
    # One page may be met unawares; from then on each holds about what it may.
    assert len([length for _, length in index.pages if length > 160_000]) <= 1
    assert 500 in sizes[-6:]


def test_a_view_that_is_gone_is_an_outage() -> None:
    index: Any = Index([100] * 200)
    reading = every_document(index, "i")
    next(reading)
    index.gone = True
    with pytest.raises(Unavailable, match="is gone"):
        list(reading)
