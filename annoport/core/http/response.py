"""Answers, as the transport reads them and as the caller receives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar, cast

import attrs

from annoport.core.redact import redact_url
from annoport.core.values.type_guards import is_mapping

T = TypeVar("T")

FIRST_ERROR_STATUS = 400
NO_CONTENT_STATUSES = (204, 205)
"""Statuses of answers that have no body, whatever their headers say."""


class Headers(Mapping[str, str]):
    """A read-only mapping of headers whose names are case-insensitive.

    The values of a repeated header are joined with ", "; `get_all` returns them one by one.

    Args:
        pairs: Names and values, as a mapping or as pairs.
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
        """Return every value of a header that may be repeated (Set-Cookie, Link).

        Args:
            name: The name of the header, in any case.

        Returns:
            The values in the order received; an empty list if the header is absent.
        """
        return list(self._values.get(name.lower(), ()))


@attrs.frozen
class RawResponse:
    """An answer as the transport read it.

    Attributes:
        status: The HTTP status.
        headers: The headers as received.
        content: The body, decoded from its content encoding.
        url: The absolute URL of the request.
        elapsed: Seconds from sending the request to the end of the answer.
        method: The method of the request.
        anonymous: Whether it was sent without credentials because the client has none.
    """

    status: int
    headers: Headers
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")
    url: str = attrs.field(repr=redact_url)
    elapsed: float
    method: str = ""
    anonymous: bool = False


def without_asking(answer: bytes) -> RawResponse:
    """Return the response to a request that need not be sent.

    Args:
        answer: JSON text of the answer.
    """
    headers = Headers({"content-type": "application/json"})
    return RawResponse(status=200, headers=headers, content=answer, url="", elapsed=0.0)


@attrs.frozen
class Response(Generic[T]):
    """An answer with its body as the type of the operation.

    Attributes:
        status: The HTTP status.
        headers: The headers as received.
        content: The body, decoded from its content encoding.
        value: The body as the type of the operation; None if there is none.
        request_id: The X-Request-Id header, if the server sent one.
        elapsed: Seconds from sending the request to the end of the answer.
    """

    status: int
    headers: Headers
    content: bytes = attrs.field(repr=lambda content: f"<{len(content)} bytes>")
    value: T
    request_id: str | None = None
    elapsed: float = 0.0
