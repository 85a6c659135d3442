"""Headers of range requests."""

from __future__ import annotations

import pytest

from annoport.core.http.ranges import (
    ContentRange,
    parse_content_range,
    parse_length,
    range_header,
    strong_etag,
)


@pytest.mark.parametrize(
    ("header", "parsed"),
    [
        ("bytes 0-9/10", ContentRange(0, 10, 10)),
        (" Bytes  5 - 9 / 10 ", ContentRange(5, 10, 10)),
        ("bytes 5-9/*", ContentRange(5, 10, None)),
        ("bytes */10", ContentRange(None, None, 10)),
        ("bytes 5-4/5", ContentRange(5, 5, 5)),
        ("bytes 5-/10", None),
        ("items 0-9/10", None),
        ("bytes 0-9", None),
        ("bytes \u0660-\u0669/10", None),
        ("", None),
        (None, None),
    ],
)
def test_content_ranges(header: str | None, parsed: ContentRange | None) -> None:
    assert parse_content_range(header) == parsed


@pytest.mark.parametrize(
    ("found", "consistent"),
    [
        (ContentRange(0, 10, 10), True),
        (ContentRange(5, 5, 5), True),
        (ContentRange(5, 10, None), True),
        (ContentRange(None, None, 10), True),
        (ContentRange(None, None, None), False),
        (ContentRange(6, 5, 10), False),
        (ContentRange(0, 11, 10), False),
    ],
)
def test_ranges_that_no_file_has(found: ContentRange, consistent: bool) -> None:
    assert found.consistent is consistent


@pytest.mark.parametrize("tag", ['"a"', ' "a-1:2" ', '""'])
def test_strong_tags(tag: str) -> None:
    assert strong_etag(tag) == tag.strip()


@pytest.mark.parametrize("tag", ['W/"a"', 'w/"a"', "a", '"a', 'a"', '"a b"', '"a""b"', "", None])
def test_tags_that_prove_nothing(tag: str | None) -> None:
    assert strong_etag(tag) is None


def test_lengths() -> None:
    found = [parse_length(text) for text in ("7", " 7 ", "", "-7", "7.0", "\u0667", None)]
    assert found == [7, 7, None, None, None, None, None]


def test_a_range_is_asked_for() -> None:
    assert range_header(7) == "bytes=7-"
    assert range_header(7, 9) == "bytes=7-8"
