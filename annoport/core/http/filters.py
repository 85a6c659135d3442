"""Conditions among the arguments or in the body of a call, written as the platform takes them."""

from __future__ import annotations

import base64
import copy
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from annoport.core.codec.json import encode
from annoport.core.contract.filters import Filter
from annoport.core.errors import AnnoportError, InvalidArgumentError
from annoport.core.values.models import Model, model_fields
from annoport.core.values.pointers import tokens
from annoport.core.values.type_guards import is_mapping

if TYPE_CHECKING:
    from annoport.core.contract.extensions import FilterRule
    from annoport.core.contract.operation import Operation


def written(rule: FilterRule, value: Any, where: str) -> Any:
    """Return a condition as it is sent; any other value as it is.

    Args:
        rule: How it is written.
        value: What was passed.
        where: The operation and the argument, for messages.

    Raises:
        InvalidArgumentError: The platform cannot say it.
    """
    if not isinstance(value, Filter):
        return value
    try:
        plain = value.compile_filter(rule.dialect)
    except AnnoportError as error:
        raise InvalidArgumentError(f"{where}: {error}") from None
    return base64.b64encode(encode(plain)).decode() if rule.base64 else plain


def in_arguments(operation: Operation[Any], arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments of a call with conditions written out.

    Raises:
        InvalidArgumentError: The platform cannot say one of them.
    """
    changed = {
        parameter.name: written(
            parameter.filter,
            arguments[parameter.name],
            f"{operation.id}: argument {parameter.name!r}",
        )
        for parameter in operation.parameters
        if parameter.filter is not None and parameter.name in arguments
    }
    return {**arguments, **changed} if changed else arguments


def in_body(operation: Operation[Any], body: Any) -> Any:
    """Return the body of a call with conditions written out; it is itself not changed.

    Raises:
        InvalidArgumentError: The platform cannot say one of them.
    """
    for pointer, rule in operation.filters.items():
        place = f": ${pointer.replace('/', '.')}" if pointer else ""
        body = _replaced(body, tokens(pointer), rule, f"{operation.id}{place}")
    return body


def _replaced(value: Any, path: tuple[str, ...], rule: FilterRule, where: str) -> Any:
    if not path:
        return written(rule, value, where)
    token, *rest = path
    if is_mapping(value) and token in value:
        return {**value, token: _replaced(value[token], tuple(rest), rule, where)}
    if isinstance(value, Model):
        for field in model_fields(type(value)):
            if field.wire == token:
                found = getattr(value, field.name)
                made = _replaced(found, tuple(rest), rule, where)
                return value if made is found else _changed(value, field.name, made)
    return value


def _changed(value: Model, name: str, found: Any) -> Model:
    twin = copy.copy(value)
    setattr(twin, name, found)
    return twin
