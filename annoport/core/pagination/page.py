"""Pages: what an answer contains, and where the next one is."""

from __future__ import annotations

from typing import Any, Generic, TypeVar, cast
from urllib.parse import urlsplit

import attrs

from annoport.core.codec.shapes import shape_of
from annoport.core.contract.extensions import (
    AfterIdPagination,
    Pagination,
    StartStopPagination,
    WindowPagination,
)
from annoport.core.contract.operation import Operation
from annoport.core.errors import DecodeError, InvalidArgumentError, PaginationError
from annoport.core.http.origin import BaseUrl
from annoport.core.http.request import Request
from annoport.core.http.response import Response
from annoport.core.redact import redact_url
from annoport.core.support.type_variables import AnswerT
from annoport.core.values.models import UNSET, model_fields
from annoport.core.values.pointers import resolve, tokens

T = TypeVar("T")


@attrs.frozen
class Page(Generic[T, AnswerT]):
    """One page of a list; `AnswerT` is the type of the whole answer.

    Attributes:
        items: The items, in the server's order.
        total: Number of items in the whole list, if the server reports it.
        response: The response that contained the page, without items that were there before.
    """

    items: list[T]
    total: int | None
    response: Response[AnswerT] = attrs.field(repr=False)  # it repeats the items


def read_page(operation: Operation[Any], response: Response[Any]) -> Page[Any]:
    """Return the page in `response`.

    Raises:
        DecodeError: The items are not a list, or do not match the values that belong to them.
    """
    style = operation.pagination
    if style is None:
        raise not_paginated(operation)
    items = _list_at(operation, response.value, style.items)
    if isinstance(style, WindowPagination):
        for pointer in style.parallel:
            _check_parallel(operation, response.value, pointer, len(items))
    total = None
    if not isinstance(style, AfterIdPagination | StartStopPagination) and style.total is not None:
        found = resolve(response.value, style.total)
        total = found if isinstance(found, int) else None
    return Page(items, total, response)


def item_type(operation: Operation[Any]) -> Any:
    """Return the type of the items of a list; Any if the contract does not say."""
    style = operation.pagination
    declared = [
        read()
        for status, bodies in operation.responses.items()
        if status.startswith("2")
        for read in bodies.values()
    ]
    found: Any = declared[0] if style is not None and declared else Any
    for token in () if style is None else tokens(style.items):
        shape = shape_of(found)
        fields = model_fields(shape.type) if shape.kind == "model" else ()
        found = next((field.type for field in fields if field.wire == token), Any)
    shape = shape_of(found)
    return shape.args[0] if shape.kind == "list" else Any


def keep(style: Pagination, page: Page[Any], part: slice) -> None:
    """Reduce a page to a part of its items.

    The answer is reduced too, so that its rows and parallel lists still match the items.
    """
    beside = (style.rows, *style.parallel) if isinstance(style, WindowPagination) else ()
    for pointer in (style.items, *beside):
        found = UNSET if pointer is None else resolve(page.response.value, pointer)
        if isinstance(found, list):
            values: list[Any] = cast("Any", found)
            values[:] = values[part]


def follow(base: BaseUrl, request: Request, next_url: str) -> Request:
    """Return the request for the page at `next_url`, to be sent where `request` went.

    Only the query of `next_url` is used: servers behind a proxy often get their own host wrong.

    Raises:
        PaginationError: `next_url` has another path than `request`.
    """
    path = request.url.partition("?")[0]
    if not base.same_path(request.url, next_url):
        raise PaginationError(
            f"{request.operation_id}: the server names {redact_url(next_url)} as the next page, "
            f"but the list is at {path!r}: check that base_url is the address of the API"
        )
    query = urlsplit(next_url).query
    return attrs.evolve(request, url=f"{path}?{query}" if query else path)


def not_paginated(operation: Operation[Any]) -> InvalidArgumentError:
    """Return the error for an operation that does not answer pages."""
    return InvalidArgumentError(f"{operation.id} is not paginated: use client.call()")


def was_last(page: Page[Any], seen: int, asked: int) -> bool:
    """Tell whether a page ends its list.

    Args:
        page: The page.
        seen: Number of items up to its end.
        asked: Number of items that were requested.
    """
    # The total outweighs a short page: servers cap the page size without saying so.
    if not page.items:
        return True
    return len(page.items) < asked if page.total is None else seen >= page.total


def check_size(operation: Operation[Any], page: Page[Any], asked: int) -> None:
    """Check that a page has no more items than were requested.

    Raises:
        PaginationError: It has more.
    """
    if len(page.items) > asked:
        raise PaginationError(
            f"{operation.id}: the server sent {len(page.items)} items where {asked} were "
            "requested: it ignores the paging parameters, so the list would never end; check that "
            "nothing between you and the server changes addresses"
        )


def _list_at(operation: Operation[Any], value: object, pointer: str) -> list[Any]:
    found = resolve(value, pointer)
    if found is None:
        return []
    if not isinstance(found, list):
        raise DecodeError(
            f"{operation.id}: expected a list at ${pointer}, got {type(found).__name__}"
        )
    items: list[Any] = cast("Any", found)
    return items


def _check_parallel(operation: Operation[Any], value: object, pointer: str, expected: int) -> None:
    if resolve(value, pointer) in (None, UNSET):
        return
    found = len(_list_at(operation, value, pointer))
    if found != expected:
        raise DecodeError(
            f"{operation.id}: ${pointer} has {found} entries for {expected} items, "
            "so they cannot be matched"
        )
