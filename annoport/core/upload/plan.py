"""Which way files are sent, and how they are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annoport.core.errors import InvalidArgumentError
from annoport.core.values.guards import is_array, is_mapping
from annoport.core.values.models import Model

CHUNK = 16 * 1024 * 1024
"""Bytes of one chunk or part, where a larger one is not needed."""

ONE_REQUEST = 1_000_000
"""Bytes that go in one plain form: just what web servers take at most unless told otherwise."""

_FILES_OF_A_FORM = 100  # web frameworks refuse more, against floods of tiny ones
_LEAST_PART, _MOST_PARTS = 5 * 1024 * 1024, 10_000  # what S3 stores allow
_MEBIBYTE = 1024 * 1024


def fits_one_request(sizes: Sequence[int], fields: Mapping[str, object]) -> bool:
    """Whether one plain form does: it saves round trips, but starts anew when it breaks.

    Values that are lists or objects go the long way, in the JSON of the finishing request:
    servers differ in how they read them from a form.
    """
    small = sum(sizes) <= ONE_REQUEST and len(sizes) <= _FILES_OF_A_FORM
    plain = not any(
        is_array(value) or is_mapping(value) or isinstance(value, Model)
        for value in fields.values()
    )
    return small and plain


def chunk_size(wanted: int | None) -> int:
    """Return the bytes of a TUS chunk.

    Raises:
        InvalidArgumentError: `wanted` is no number of bytes.
    """
    return CHUNK if wanted is None else _checked(wanted, 1)


def part_size(total: int, wanted: int | None) -> int:
    """Return the bytes of a part of a file: so many that there are not too many parts.

    Raises:
        InvalidArgumentError: Stores do not take parts of the `wanted` size.
    """
    least = -(-total // _MOST_PARTS)
    if wanted is None:
        return max(CHUNK, -(-least // _MEBIBYTE) * _MEBIBYTE)
    if wanted < total:  # the last part may be smaller
        least = max(least, _LEAST_PART)
    return _checked(wanted, least)


def _checked(wanted: int, least: int) -> int:
    if isinstance(wanted, bool) or wanted < max(1, least):
        raise InvalidArgumentError(f"chunk_size is {wanted!r}: expected at least {max(1, least)}")
    return wanted


def cut(total: int, size: int) -> list[tuple[int, int]]:
    """Return [start, stop) of each part; an empty file is one empty part."""
    return [(at, min(total, at + size)) for at in range(0, max(total, 1), size)]
