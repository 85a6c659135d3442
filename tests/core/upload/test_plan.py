"""How files are cut into chunks and parts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from annoport.core.errors import InvalidArgumentError
from annoport.core.upload.plan import CHUNK, chunk_size, cut, fits_one_request, part_size

MIB = 1024 * 1024
MOST_PARTS = 10_000


def test_a_chunk_is_at_least_one_byte() -> None:
    assert chunk_size(None) == CHUNK
    assert chunk_size(1) == 1
    wrong: tuple[Any, ...] = (0, -1, True)
    for wanted in wrong:
        with pytest.raises(InvalidArgumentError, match="expected at least 1"):
            chunk_size(wanted)


def test_parts_are_as_large_as_stores_demand() -> None:
    assert part_size(100 * MIB, 5 * MIB) == 5 * MIB
    with pytest.raises(InvalidArgumentError, match=f"expected at least {5 * MIB}"):
        part_size(100 * MIB, 5 * MIB - 1)
    # The only part is the last one, too.
    assert part_size(100, 100) == 100


def test_there_are_never_too_many_parts() -> None:
    assert part_size(MOST_PARTS * CHUNK, None) == CHUNK
    total = MOST_PARTS * CHUNK + 1
    assert part_size(total, None) == CHUNK + MIB
    assert len(cut(total, part_size(total, None))) <= MOST_PARTS
    total = MOST_PARTS * 6 * MIB
    assert part_size(total, 6 * MIB) == 6 * MIB
    with pytest.raises(InvalidArgumentError, match=f"expected at least {6 * MIB}"):
        part_size(total, 6 * MIB - 1)


@pytest.mark.parametrize(("total", "size"), [(0, 4), (1, 4), (4, 4), (5, 4), (8, 4)])
def test_parts_follow_each_other(total: int, size: int) -> None:
    parts = cut(total, size)
    assert (parts[0][0], parts[-1][1]) == (0, total)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(parts))
    assert all(stop - start <= size for start, stop in parts)
    assert len(parts) == max(1, -(-total // size))


def test_small_files_with_plain_fields_go_in_one_request() -> None:
    assert fits_one_request([1_000_000], {"name": "a"})
    assert not fits_one_request([1_000_000, 1], {})
    assert fits_one_request([1] * 100, {})
    assert not fits_one_request([1] * 101, {})
    assert not fits_one_request([1], {"names": ["a"]})
    assert not fits_one_request([1], {"size": {"width": 1}})
