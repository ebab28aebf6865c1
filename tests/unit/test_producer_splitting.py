"""JSON Lines are split exactly, however the bytes come in."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from producers.splitting import Line, Splitter, is_json_lines

pieces = st.lists(
    st.sampled_from(
        [b"{}", b"\n", b"\r\n", b"\r", b" ", b"abc", b"x" * 30, b"\n\n", b"\xef\xbb\xbf"]
    ),
    max_size=30,
)


def split(chunks: list[bytes], limit: int = 20) -> list[Line]:
    """All lines of a stream that comes in these chunks."""
    splitter = Splitter(limit)
    found = [line for chunk in chunks for line in splitter.feed(chunk)]
    return [*found, *splitter.end()]


@given(pieces, st.integers(1, 7))
def test_chunks_do_not_matter(parts: list[bytes], size: int) -> None:
    whole = b"".join(parts)
    chunks = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert split(chunks) == split([whole])


@given(pieces)
def test_each_line_is_its_bytes_and_knows_its_place(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    expected = whole.split(b"\n")
    for line in split([whole]):
        sent = expected[line.number - 1]
        sent = sent.removesuffix(b"\r") if line.complete else sent
        assert line.size == len(sent)
        assert line.sha256 == hashlib.sha256(sent).hexdigest()
        assert line.oversized == (len(sent) > 20)
        if not line.oversized:
            assert line.data == sent
        assert line.prefix == hashlib.sha256(whole[: line.end]).hexdigest()
        assert whole[: line.end].endswith(b"\n") == line.complete


@given(pieces, st.integers(0, 30))
def test_going_on_after_a_line_gives_the_rest(parts: list[bytes], stop: int) -> None:
    whole = b"".join(parts)
    lines = split([whole])
    if not lines:
        return
    last = lines[stop % len(lines)]
    if not last.complete:
        return
    splitter = Splitter(20)
    splitter.skip(whole[: last.end], last.number)
    rest = [*splitter.feed(whole[last.end :]), *splitter.end()]
    assert rest == lines[stop % len(lines) + 1 :]


def test_what_json_lines_are() -> None:
    assert is_json_lines("a.jsonl", b"")
    assert is_json_lines("a.ndjson", b"anything")
    assert is_json_lines("a.json", b'{"a": 1}\n{"b": 2}\n')
    assert not is_json_lines("a.json", b'{"a": 1}\n')
    assert not is_json_lines("a.json", b'{\n{"b": 2}\n')
    assert not is_json_lines("a.txt", b"Text\nText\n")
