"""Checks that a downloaded file is complete and the expected one."""

from __future__ import annotations

import hashlib
import string
from pathlib import Path

from annoport.core.download import zips
from annoport.core.errors import CorruptFileError, InvalidArgumentError

_SHA256_DIGITS = 64
_ZIP_TYPES = frozenset({"application/zip", "application/x-zip-compressed", "application/x-zip"})


def normal_sha256(expected: str | None) -> str | None:
    """Return a SHA-256 in lower-case hexadecimal.

    Raises:
        InvalidArgumentError: `expected` is not a SHA-256 in hexadecimal.
    """
    if expected is None:
        return None
    digest = expected.strip().lower()
    if len(digest) != _SHA256_DIGITS or not set(digest) <= set(string.hexdigits):
        raise InvalidArgumentError(
            f"expected_sha256 is {expected!r}: expected 64 hexadecimal digits"
        )
    return digest


def check_file(path: Path, *, name: str, media_type: str, expected_sha256: str | None) -> None:
    """Check every entry of a zip archive, and the digest of any file if one is expected.

    Args:
        path: The file.
        name: Its name according to the server.
        media_type: Its media type according to the server; "" if unknown.
        expected_sha256: SHA-256 in lower-case hexadecimal.

    Raises:
        CorruptFileError: The archive is damaged, or the digest differs.
    """
    if _claims_to_be_zip(path, name, media_type):
        zips.check(path)
    if expected_sha256 is not None:
        with path.open("rb") as file:
            compare_sha256(hashlib.file_digest(file, "sha256").hexdigest(), expected_sha256, name)


def compare_sha256(found: str, expected: str, name: str) -> None:
    """Raise CorruptFileError if two digests differ."""
    if found != expected:
        raise CorruptFileError(
            f"{name} is not the expected file: its SHA-256 is {found}, not {expected}"
        )


def _claims_to_be_zip(path: Path, name: str, media_type: str) -> bool:
    if media_type in _ZIP_TYPES:
        return True
    return name.lower().endswith(".zip") and (not media_type or zips.looks_like_zip(path))
