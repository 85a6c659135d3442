"""Versions of servers: their order, and how people say them."""

from __future__ import annotations

import re

_SPOKEN = 2


def numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, in whose order versions are."""
    return tuple(int(number) for number in re.findall(r"\d+", version))


def spoken(version: str, other: str | None) -> str:
    """Return as little of a version as tells it from another: 2.48 for 2.48.1, after 2.47.0."""
    ours, theirs = numbers(version), numbers(other or "")
    length = _SPOKEN
    while length < len(ours) and ours[:length] == theirs[:length]:
        length += 1
    return ".".join(map(str, ours[:length]))


def follows(version: str, other: str) -> bool:
    """Whether nothing but patches can be between a version and the one before it."""
    ours, theirs = numbers(version), numbers(other)
    for mine, yours in zip(ours[:_SPOKEN], theirs[:_SPOKEN], strict=False):
        if mine != yours:
            return mine == yours + 1
    return True
