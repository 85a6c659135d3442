"""How files are sent, and how they are cut into chunks and parts or put together in groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from annoport.core.errors import InvalidArgumentError
from annoport.core.upload.sources import LocalFile
from annoport.core.values.models import Model
from annoport.core.values.type_guards import is_array, is_mapping

_MEBIBYTE = 1024 * 1024

PART = 16 * _MEBIBYTE
"""Bytes of a part in a store, unless larger ones are needed."""

CHUNK = 32 * _MEBIBYTE
"""The most bytes of a TUS chunk: each costs a round trip, and is lost whole if it is cut off."""

GROUP = 16 * _MEBIBYTE
"""Bytes of a group of files, unless larger ones make a round less: enough that round trips do not
count."""

_LARGEST_GROUP = 32 * _MEBIBYTE

ONE_REQUEST = 1_000_000
"""The most bytes that go in one plain form: web servers refuse larger ones by default."""

LEAST_REQUEST = 256 * 1024
"""Smaller requests are not tried: no server is known that refuses this one as too large."""

_SMALL = _MEBIBYTE  # the most bytes of a file that goes with others
_FILES_OF_A_GROUP = 1000  # servers are known to take 1,100
_FILES_OF_A_FORM = 100  # web frameworks refuse more, to fend off floods of tiny files
_PART_HEAD = 512  # more bytes than stand before and after a file in a form
_LEAST_PART, _MOST_PARTS = 5 * _MEBIBYTE, 10_000  # what S3 stores allow
_STEP_DOWN = 4


def fits_one_request(
    sizes: Sequence[int], fields: Mapping[str, object], most: int = ONE_REQUEST
) -> bool:
    """Whether one plain form is enough: it saves round trips, but cannot be resumed.

    Values that are lists or objects need the JSON body of the finishing request, since servers
    differ in how they read them from a form.

    Args:
        sizes: Bytes of each file.
        fields: What else is sent.
        most: The most bytes in one request, if the caller limits them.
    """
    small = sum(sizes) <= min(ONE_REQUEST, most) and len(sizes) <= _FILES_OF_A_FORM
    plain = not any(
        is_array(value) or is_mapping(value) or isinstance(value, Model)
        for value in fields.values()
    )
    return small and plain


# --------------------------------------------------------------------------- sizes of requests


@attrs.define
class RequestLimit:
    """The most bytes of a file in one request; less once a server refused that as too large.

    Attributes:
        most: That number.
    """

    most: int

    def refuse(self, size: int) -> bool:
        """Note that `size` bytes were too many, and return whether fewer may be tried."""
        if size <= LEAST_REQUEST:
            return False
        if size <= self.most:  # otherwise, that was learned meanwhile
            self.most = max(LEAST_REQUEST, size // _STEP_DOWN)
        return True


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
        return max(PART, -(-least // _MEBIBYTE) * _MEBIBYTE)
    if wanted < total:  # the last part may be smaller
        least = max(least, _LEAST_PART)
    return _checked(wanted, least)


def smaller_part(total: int, refused: int) -> int | None:
    """Return the size of parts to try after a store refused one as too large; None for none."""
    least = max(_LEAST_PART, -(-total // _MOST_PARTS))
    return max(least, refused // _STEP_DOWN) if refused > least else None


def _checked(wanted: int, least: int) -> int:
    if isinstance(wanted, bool) or wanted < max(1, least):
        raise InvalidArgumentError(f"chunk_size is {wanted!r}: expected at least {max(1, least)}")
    return wanted


def cut(total: int, size: int) -> list[tuple[int, int]]:
    """Return the bounds [start, stop) of each part; an empty file has one empty part."""
    return [(at, min(total, at + size)) for at in range(0, max(total, 1), size)]


# --------------------------------------------------------------------------- groups


def grouped(files: Iterable[LocalFile], most: int, parallel: int = 1) -> list[list[LocalFile]]:
    """Return the files in the groups in which they are sent; a large file is alone.

    Args:
        files: The files, in order.
        most: The most bytes of a request.
        parallel: How many requests are sent at a time.
    """
    listed = list(files)
    most = min(most, _group_size([file for file in listed if is_small(file, most)], parallel))
    batches: list[list[LocalFile]] = []
    group: list[LocalFile] = []
    size = 0
    for file in listed:
        if not is_small(file, most):
            batches.append([file])
            continue
        if group and (size + _weight(file) > most or len(group) == _FILES_OF_A_GROUP):
            batches.append(group)
            group, size = [], 0
        group.append(file)
        size += _weight(file)
    return [*batches, group] if group else batches


def _group_size(files: Sequence[LocalFile], parallel: int) -> int:
    """Return the bytes of a group with which as few rounds of requests as possible are full."""
    weights = list(map(_weight, files))
    total, largest = sum(weights), max(weights, default=0)
    rounds = -(-total // (parallel * _LARGEST_GROUP)) or 1
    # Files are not cut, so a group needs room for one more.
    share = -(-total // (rounds * parallel)) + largest
    return min(max(share, GROUP), _LARGEST_GROUP)


def fits_one_form(files: Sequence[LocalFile], most: int) -> bool:
    """Whether files that were put together go in one form of at most `most` bytes."""
    return all(is_small(file, most) for file in files) and sum(map(_weight, files)) <= most


def is_small(file: LocalFile, most: int) -> bool:
    """Whether a file goes in a form of at most `most` bytes rather than in chunks."""
    return file.size <= _SMALL and _weight(file) <= most and file.fits_form


def _weight(file: LocalFile) -> int:
    return file.size + _PART_HEAD
