"""Answers: what the transport hands over, and what a caller gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar, cast

import attrs

from annoport.core.redact import redact_url
from annoport.core.values.guards import is_mapping

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Headers by name, whatever the case. Values of a repeated header are joined with ", ".

    Made from pairs or a mapping. `get_all(name)` gives the values one by one.
    """

    __slots__ = ("_values",)

    def __init__(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, list[str]] = {}
        if is_mapping(pairs):
            pairs = pairs.items()
        for name, value in cast("Iterable[tuple[str, str]]", pairs):
            self._values.setdefault(name.lower(), []).append(value)

    def __getitem__(self, name: str) -> str:
        return ", ".join(self._values[name.lower()])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Headers({list(self._values)})"

    def get_all(self, name: str) -> list[str]:
        """Each value of a header that may come more than once (Set-Cookie, Link)."""
        return list(self._values.get(name.lower(), ()))


@attrs.frozen
class RawResponse:
    """An answer as the transport read it, body decoded from its content encoding.

    url: absolute, of the request. elapsed: seconds. method: of the request.
    """

    status: int
    headers: Headers
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")
    url: str = attrs.field(repr=redact_url)
    elapsed: float
    method: str = ""


@attrs.frozen
class Response(Generic[T]):
    """An answer with its body as the operation's type."""

    status: int
    headers: Headers
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")
    value: T
    request_id: str | None = None
