"""Words and places that OpenAPI 3.0 fixes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
