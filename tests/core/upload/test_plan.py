"""How files are cut into chunks and parts."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from annoport.core.errors import InvalidArgumentError
from annoport.core.upload.plan import (
    CHUNK,
    GROUP,
    LEAST_REQUEST,
    PART,
    RequestLimit,
    chunk_size,
    cut,
    fits_one_request,
    grouped,
    part_size,
    smaller_part,
)
from annoport.core.upload.sources import LocalFile
from annoport.core.values.models import UploadFile

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
    assert part_size(MOST_PARTS * PART, None) == PART
    total = MOST_PARTS * PART + 1
    assert part_size(total, None) == PART + MIB
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
    assert not fits_one_request([101], {}, most=100)


def files(*sizes: int) -> list[LocalFile]:
    return [
        LocalFile(UploadFile(bytes(size)), name=str(place), given="", where="")
        for place, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("sizes", "most", "expected"),
    [
        ([], GROUP, []),
        ([0, 1, MIB], GROUP, [["0", "1", "2"]]),
        ([1, MIB + 1, 1], GROUP, [["1"], ["0", "2"]]),
        ([MIB] * 16, GROUP, [[str(place) for place in range(15)], ["15"]]),
        ([400_000] * 3, MIB, [["0", "1"], ["2"]]),
        ([400_000, 300_000], LEAST_REQUEST, [["0"], ["1"]]),
        ([1] * 1001, CHUNK, [[str(place) for place in range(1000)], ["1000"]]),
    ],
)
def test_small_files_are_put_together(sizes: list[int], most: int, expected: list[Any]) -> None:
    assert [[file.name for file in group] for group in grouped(files(*sizes), most)] == expected


@pytest.mark.parametrize(
    ("count", "parallel", "expected"),
    [
        (400, 4, [101, 101, 101, 97]),  # one round, not two
        (700, 4, [88] * 7 + [84]),  # 32 MiB are the most, so two rounds
        (60, 4, [60]),  # too few to share
        (400, 1, [134, 134, 132]),
    ],
)
def test_groups_make_as_few_rounds_as_possible(
    count: int, parallel: int, expected: list[int]
) -> None:
    groups = grouped(files(*[200_000] * count), CHUNK, parallel)
    assert [len(group) for group in groups] == expected


def test_a_request_that_was_too_large_lowers_the_limit() -> None:
    limit = RequestLimit(32 * MIB)
    assert limit.refuse(20 * MIB)
    assert limit.most == 5 * MIB
    assert limit.refuse(30 * MIB)  # was on its way already
    assert limit.most == 5 * MIB
    assert limit.refuse(LEAST_REQUEST + 1)
    assert limit.most == LEAST_REQUEST
    assert not limit.refuse(LEAST_REQUEST)


def test_parts_that_a_store_may_take_instead() -> None:
    assert smaller_part(100 * MIB, 64 * MIB) == 16 * MIB
    assert smaller_part(100 * MIB, 16 * MIB) == 5 * MIB
    assert smaller_part(100 * MIB, 5 * MIB) is None
    assert smaller_part(MOST_PARTS * 8 * MIB, 16 * MIB) == 8 * MIB
