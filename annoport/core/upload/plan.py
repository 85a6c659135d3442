"""How files are sent, and how they are cut into chunks and parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from annoport.core.errors import InvalidArgumentError
from annoport.core.values.models import Model
from annoport.core.values.type_guards import is_array, is_mapping

CHUNK = 16 * 1024 * 1024
"""Bytes of a chunk or part, unless larger ones are needed."""

ONE_REQUEST = 1_000_000
"""The most bytes that go in one plain form: web servers refuse larger ones by default."""

_FILES_OF_A_FORM = 100  # web frameworks refuse more, to fend off floods of tiny files
_LEAST_PART, _MOST_PARTS = 5 * 1024 * 1024, 10_000  # what S3 stores allow
_MEBIBYTE = 1024 * 1024


def fits_one_request(sizes: Sequence[int], fields: Mapping[str, object]) -> bool:
    """Whether one plain form is enough: it saves round trips, but cannot be resumed.

    Values that are lists or objects need the JSON body of the finishing request, since servers
    differ in how they read them from a form.
    """
    small = sum(sizes) <= ONE_REQUEST and len(sizes) <= _FILES_OF_A_FORM
    plain = not any(
        is_array(value) or is_mapping(value) or isinstance(value, Model)
        for value in fields.values()
    )
    return small and plain


def chunk_size(wanted: int | None) -> int:
    """Return the number of bytes in a TUS chunk.

    Raises:
        InvalidArgumentError: `wanted` is not a positive number.
    """
    return CHUNK if wanted is None else _checked(wanted, 1)


def part_size(total: int, wanted: int | None) -> int:
    """Return the number of bytes in a part of a file of `total` bytes.

    Parts grow with the file, because stores limit their number.

    Raises:
        InvalidArgumentError: Stores do not take parts as small as `wanted`.
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
    """Return the bounds [start, stop) of each part; an empty file has one empty part."""
    return [(at, min(total, at + size)) for at in range(0, max(total, 1), size)]
