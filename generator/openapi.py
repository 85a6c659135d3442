"""Words and places that OpenAPI 3.0 fixes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

PARAMETER_PLACES = ("path", "query", "header", "cookie")

SCHEMA_REF = "#/components/schemas/"
"""What a reference to a named schema starts with."""


def iterate(spec: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (path, method, operation) of every operation of a spec."""
    for path, item in spec["paths"].items():
        if path.startswith("x-"):
            continue
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def successes(statuses: Iterable[str]) -> list[str]:
    """Return the statuses that count as a success, in order.

    Where the contract names none, these are its redirects; else `default`, which is about errors
    otherwise.

    Args:
        statuses: All statuses that an operation declares.
    """
    known = sorted(statuses)
    for first in ("2", "3", "default"):
        found = [status for status in known if status.startswith(first)]
        if found and found != ["304"]:  # that it has not changed is no answer
            return found
    return []
