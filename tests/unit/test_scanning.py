"""Reading a whole index: every document once, in pages whose bytes are bounded."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from dateline import scanning
from dateline.scanning import every_document


class Index:
    """An Elasticsearch with documents of these sizes; a fake, to look at what is asked of it."""

    def __init__(self, sizes: list[int], told: bool = True) -> None:
        self.sizes, self.told = sizes, told
        self.pages: list[tuple[int, int]] = []
        self.indices = SimpleNamespace(refresh=lambda index: None)

    def open_point_in_time(self, **_: Any) -> dict[str, str]:
        return {"id": "view"}

    def close_point_in_time(self, **_: Any) -> None:
        pass

    def search(self, *, size: int, search_after: list[int] | None, **_: Any) -> Any:
        begin = search_after[0] + 1 if search_after else 0
        some = list(range(begin, min(begin + size, len(self.sizes))))
        length = sum(self.sizes[n] for n in some)
        self.pages.append((size, length))
        hits = [{"_id": str(n), "_source": {"n": n}, "sort": [n]} for n in some]
        answer = {"_shards": {"failed": 0}, "timed_out": False, "pit_id": "view"}
        headers = {"content-length": str(length)} if self.told else {}

        class Found(dict[str, Any]):
            meta = SimpleNamespace(headers=headers)

        return Found(answer, hits={"hits": hits})


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 250, 1001])
@pytest.mark.parametrize("told", [True, False])
def test_every_document_comes_once(count: int, told: bool) -> None:
    index: Any = Index([1000] * count, told)
    assert [one for one, _ in every_document(index, "i", page=100)] == [
        str(n) for n in range(count)
    ]


def test_pages_grow_to_what_was_asked_for_and_shrink_where_documents_are_large() -> None:
    large = 4_000_000
    index: Any = Index([1000] * 2000 + [large] * 200 + [1000] * 2000)
    assert sum(1 for _ in every_document(index, "i", page=500)) == 4200
    sizes = [size for size, _ in index.pages]
    assert sizes[:3] == [scanning._FIRST, 200, 500]
    # One page may be met unawares; from then on each holds about what it may.
    over = [length for _, length in index.pages if length > 2 * scanning._BYTES]
    assert len(over) <= 1
    assert 500 in sizes[-6:]
