"""Arrays in blocks: whatever the text holds and wherever it is cut, the elements are the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annoport.core.errors import BrokenAnswerError
from annoport.core.pagination.blocks import ArrayBlocks

TRAPS = ['},{"id":', '"},{"id":', "]", "[{", "\\", '"', '\\"', "}, {", "\u2028", "é\n", "{", ","]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.sampled_from(TRAPS)
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.just("id"), st.sampled_from(TRAPS)), inner, max_size=3),
    ),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries({"id": st.integers(0, 99), "x": VALUES})
SPACES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t:")])


def read(text: bytes) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise BrokenAnswerError(str(error)) from None


def in_blocks(text: bytes, cuts: list[int], size: int) -> tuple[list[Any], int]:
    """Return all elements, and in how many blocks they came."""
    blocks, found, count, at = ArrayBlocks(size, size), list[Any](), 1, 0
    for cut in [*sorted(cuts), len(text)]:
        blocks.add(text[at:cut])
        at = cut
        taken = blocks.take(read) if blocks.is_full else None
        if taken is not None:
            assert taken, "an empty block"
            found += taken
            count += 1
    return found + blocks.rest(read), count


@given(
    st.lists(st.one_of(ROWS, VALUES), max_size=12),
    st.fixed_dictionaries({"separators": SPACES, "ensure_ascii": st.booleans()}),
    st.sampled_from(["", "\n "]),
    st.lists(st.floats(0, 1), max_size=20),
    st.integers(1, 120),
)
@settings(max_examples=300, deadline=None)
def test_the_elements_are_those_of_the_whole_text(
    elements: list[Any], style: dict[str, Any], around: str, cuts: list[float], size: int
) -> None:
    text = (around + json.dumps(elements, **style) + around).encode()
    found, _ = in_blocks(text, [int(cut * len(text)) for cut in cuts], size)
    assert found == elements


@given(st.integers(1, 400), st.integers(1, 3000))
def test_rows_come_in_many_blocks(size: int, step: int) -> None:
    rows = [{"id": i, "path": [{"id": i, "t": '},{"id":'}] * (i % 3)} for i in range(300)]
    text = json.dumps(rows).encode()
    found, count = in_blocks(text, list(range(0, len(text), step)), size)
    assert found == rows
    assert count >= len(text) / (size + 2 * step + 400)


@pytest.mark.parametrize(
    "text",
    [
        *('[{"a":1},]', '[{"a":1} {"a":2}]', '[{"a":1},,{"a":2}]', '[{"a":1}}]', '[{"a":1}]x'),
        *('[{"a":1}],{"a":2}]', '[{"a":1},{"a":2}', '[{"a":1},{"a', '[{"a":1},', '[{"a":1}', "["),
        *(
            '{"a":1}]',
            '[{"a":1},{"a":"',
            '[{"a":1},{"a":"\\',
            "",
            "[[1],[2]]]",
            '[[1],"a]',
            "[{,}]",
        ),
    ],
)
def test_what_is_no_array_or_ends_too_early_is_never_a_short_list(text: str) -> None:
    for size in (1, 5, 9, 100):
        for cuts in ([], list(range(len(text)))):
            with pytest.raises(BrokenAnswerError):
                in_blocks(text.encode(), cuts, size)


@pytest.mark.parametrize("text", ['{"message":"no"}', "5", '"[{},{}]"', "null"])
def test_what_is_no_array_is_read_as_it_is(text: str) -> None:
    blocks = ArrayBlocks(1, 1)
    for byte in text.encode():
        blocks.add(bytes([byte]))
        assert blocks.take(read) is None
    assert blocks.rest(read) == json.loads(text)


def test_guesses_end_where_they_are_always_wrong() -> None:
    """Each costs a decoding: after three in a row, brackets are counted."""
    # What has come nearly always ends within a note, after what looks like a separator.
    row = {"id": 1, "old": [{"id": 2}, {"id": 3}], "note": "a" * 5000}
    text = json.dumps([row] * 50, separators=(",", ":")).encode()
    tried: list[int] = []

    def counted(part: bytes) -> Any:
        tried.append(len(part))
        return read(part)

    blocks, found, count = ArrayBlocks(5500, 5500), list[Any](), 1
    for at in range(0, len(text), 1000):
        blocks.add(text[at : at + 1000])
        taken = blocks.take(counted) if blocks.is_full else None
        if taken is not None:
            found += taken
            count += 1
    found += blocks.rest(counted)
    assert found == [row] * 50
    assert len(tried) == count + 3


def test_a_huge_element_is_not_looked_through_again_and_again() -> None:
    blocks, rows = ArrayBlocks(10, 10), [{"id": 1, "x": "y" * 50_000}, {"id": 2}]
    text, looks = json.dumps(rows).encode(), 0
    for byte in range(0, len(text), 10):
        blocks.add(text[byte : byte + 10])
        if blocks.is_full:
            looks += 1
            assert blocks.take(read) is None
    assert looks < 20
    assert blocks.rest(read) == rows
