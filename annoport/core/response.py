"""Answers: what the transport hands over, and what a caller gets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, TypeVar

import attrs

from annoport.core.operation import Operation

T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Headers by name, whatever the case. Values of a repeated header are joined with ", ".

    Made from pairs or a mapping. `get_all(name)` gives the values one by one.
    """

    def __init__(self, pairs: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None: ...
    def __getitem__(self, name: str) -> str: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...
    def get_all(self, name: str) -> list[str]: ...


@attrs.frozen
class RawResponse:
    """An answer as the transport read it, body decoded from its content encoding.

    url: absolute, of the request. elapsed: seconds. method: of the request.
    """

    status: int
    headers: Headers
    content: bytes
    url: str
    elapsed: float
    method: str = ""


@attrs.frozen
class Response(Generic[T]):
    """An answer with its body as the operation's type."""

    status: int
    headers: Headers
    content: bytes
    value: T
    request_id: str | None


def parse(
    operation: Operation[T], raw: RawResponse, *, strict: bool, platform: Any = None
) -> Response[T]: ...
