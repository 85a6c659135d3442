"""What the downloads within a block have put into a store.

Their digests are known while they pass, and would cost another download afterwards.
"""

from __future__ import annotations

import contextlib
import contextvars
from collections.abc import Generator

import attrs


@attrs.frozen
class Stored:
    """An object that is whole.

    Attributes:
        url: Its URL.
        size: Its size in bytes.
        sha256: The SHA-256 of its content, in hexadecimal.
    """

    url: str
    size: int
    sha256: str


_noting = contextvars.ContextVar[list[Stored] | None]("annoport_stored", default=None)


@contextlib.contextmanager
def noting_stored() -> Generator[list[Stored]]:
    """Yield a list of what the downloads within the block put into a store."""
    found: list[Stored] = []
    before = _noting.set(found)
    try:
        yield found
    finally:
        _noting.reset(before)


def note_stored(url: str, size: int, sha256: str) -> None:
    """Note an object that is whole, if somebody wants to know.

    Args:
        url: Its URL.
        size: Its size in bytes.
        sha256: The SHA-256 of its content, in hexadecimal.
    """
    found = _noting.get()
    if found is not None:
        found.append(Stored(url, size, sha256))
