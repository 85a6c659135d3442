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
from annoport.core.pagination.arguments import Arguments, Given, Positions
from annoport.core.pagination.base import Walk
from annoport.core.pagination.by_id import AfterIdWalk, IdFilterWalk
from annoport.core.pagination.by_page import NextUrlWalk, PageNumberWalk
from annoport.core.pagination.by_position import OrderedRangeWalk, RangeWalk, WholeWalk
from annoport.core.pagination.page import not_paginated


def walk(operation: Operation[Any], arguments: Arguments, limit: int | None = None) -> Walk:
    """Return a walk over the list that `operation` returns for `arguments`.

    Args:
        operation: The operation to call for each page.
        arguments: The caller's arguments, by Python name.
        limit: The most items wanted; no larger page is requested.

    Raises:
        InvalidArgumentError: The operation is not paginated, or a paging argument is invalid.
    """
    given = Given(operation, arguments, limit)
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
            if given.overrides(style.fixed):
                stop = style.size_parameter
                return WholeWalk(Positions(given, style.start_parameter, stop_parameter=stop))
            return AfterIdWalk(style, given)
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


def _ranges(style: StartStopPagination | WindowPagination, positions: Positions) -> Walk:
    own_order = positions.given.overrides(style.fixed)
    if own_order and not style.breaks_ties:
        return WholeWalk(positions)
    if own_order or not style.fixed or style.item_id is None:
        return RangeWalk(style, positions)
    return OrderedRangeWalk(style, positions, style.item_id)
