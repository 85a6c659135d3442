"""Which walk suits a list: by page, by id or by position, as its extension says."""

from __future__ import annotations

from typing import Any

from annoport.core.contract.extensions import (
    AfterIdPagination,
    NextUrlPagination,
    PageNumberPagination,
    StartStopPagination,
    WindowPagination,
)
from annoport.core.contract.operation import Operation
from annoport.core.errors import InvalidArgumentError
from annoport.core.pagination.arguments import Arguments, Given, Positions
from annoport.core.pagination.base import Walk
from annoport.core.pagination.by_id import AfterIdWalk, IdFilterWalk, StreamWalk
from annoport.core.pagination.by_page import NextUrlWalk, PageNumberWalk
from annoport.core.pagination.by_position import OrderedRangeWalk, RangeWalk, WholeWalk
from annoport.core.pagination.page import not_paginated


def walk(
    operation: Operation[Any],
    arguments: Arguments,
    limit: int | None = None,
    page_size: int | None = None,
) -> Walk:
    """Return a walk over the list that `operation` returns for `arguments`.

    Args:
        operation: The operation to call for each page.
        arguments: The caller's arguments, by Python name.
        limit: The most items wanted; no larger page is requested.
        page_size: How many items each request is to ask for; None for what is fastest.

    Raises:
        InvalidArgumentError: The operation is not paginated, or a paging argument is invalid.
    """
    given = Given(operation, arguments, limit, page_size)
    _check_page_size(given)
    match operation.pagination:
        case NextUrlPagination() as style:
            return _linked(style, given)
        case PageNumberPagination() as style:
            return PageNumberWalk(style, given)
        case StartStopPagination() as style:
            return _ranges(
                style, Positions(given, style.start_parameter, stop_parameter=style.stop_parameter)
            )
        case WindowPagination() as style:
            return _ranges(
                style, Positions(given, style.start_parameter, size_parameter=style.size_parameter)
            )
        case AfterIdPagination() as style:
            return _after_id(style, given)
        case None:
            raise not_paginated(operation)


def _linked(style: NextUrlPagination, given: Given) -> Walk:
    rule = style.id_filter
    if rule is None or given.value(style.page_parameter) is not None:
        return NextUrlWalk(style, given)
    orders = {None: rule.descending, rule.variable: False, f"-{rule.variable}": True}
    descending = orders.get(given.value(rule.sort_parameter))
    if descending is None:
        return NextUrlWalk(style, given)
    return IdFilterWalk(style, rule, given, descending=descending)


def _after_id(style: AfterIdPagination, given: Given) -> Walk:
    if given.overrides(style.fixed):
        stop = style.size_parameter
        return _whole(style, Positions(given, style.start_parameter, stop_parameter=stop))
    if style.streamed and given.page_size is None:
        return StreamWalk(style, given)
    return AfterIdWalk(style, given)


def _ranges(style: StartStopPagination | WindowPagination, positions: Positions) -> Walk:
    own_order = positions.given.overrides(style.fixed)
    if own_order and not style.breaks_ties:
        return _whole(style, positions)
    if own_order or not style.fixed or style.item_id is None:
        return RangeWalk(style, positions)
    return OrderedRangeWalk(style, positions, style.item_id)


def _whole(
    style: AfterIdPagination | StartStopPagination | WindowPagination, positions: Positions
) -> Walk:
    given = positions.given
    if given.page_size is not None:
        order = " or ".join(given.python_name(wire) for wire in style.fixed)
        raise InvalidArgumentError(
            f"{given.operation.id}: page_size is {given.page_size}, but a list in an order of your "
            "own is one request, because the server puts equal items in another order each time: "
            f"leave out page_size or {order}"
        )
    return WholeWalk(positions)


def _check_page_size(given: Given) -> None:
    match given.operation.pagination:
        case NextUrlPagination() | PageNumberPagination() as style:
            # With other styles, it is the caller's own size that says where the list is to end.
            given.check_page_size(style.size_parameter, settable=style.size_parameter is not None)
        case _:
            given.check_page_size(None)
