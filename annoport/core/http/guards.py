"""What must never be sent: an empty selection, what the server misreads, a placeholder."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING, Any

import msgspec

from annoport.core.contract.extensions import (
    ArgumentGuard,
    Beside,
    FieldGuard,
    Ignored,
    Only,
    Placeholder,
    Same,
    Selection,
)
from annoport.core.errors import InvalidArgumentError, InvalidBodyError
from annoport.core.http.parameters import text_of
from annoport.core.values.models import UNSET, Model, model_fields
from annoport.core.values.pointers import tokens
from annoport.core.values.type_guards import is_array, is_list, is_mapping

if TYPE_CHECKING:
    from annoport.core.contract.operation import Operation

_NOTHING: tuple[Any, ...] = ([], {}, "", None)
_BLANK = re.compile(rb"\s*[\[{\"]\s*[\]}\"]\s*")
_SHORT = 64
_SHOWN = 6
_WHOLE_BODY = ""


def check_argument(where: str, name: str, guard: ArgumentGuard, value: Any) -> None:
    """Refuse an argument that the server would ignore or misread.

    Raises:
        InvalidArgumentError: The guard is about this value.
    """
    if isinstance(guard, Only):
        fault = _misread(guard, value)
        if fault:
            raise InvalidArgumentError(f"{where}: argument {name!r}: {fault}")
    elif _is_ignored(guard, value):
        raise InvalidArgumentError(
            f"{where}: argument {name!r} is refused: {guard.why}; use {guard.instead!r}"
        )


def _is_ignored(guard: Ignored, value: Any) -> bool:
    if guard.pattern is None:
        return True
    texts: list[Any] = [*value] if is_array(value) else [value]
    return any(re.search(guard.pattern, str(text)) for text in texts)


def _misread(guard: Only, value: Any) -> str | None:
    """Return what is wrong with a value that the server would misread, and what it would take."""
    whole: list[Any] = [*value] if is_array(value) else [value]
    texts = [text_of(item) for item in whole if item is not None]
    parts = [one.split(guard.separator) if guard.separator else [one] for one in texts]
    for text in chain.from_iterable(parts):
        if guard.pattern is None:
            known, expected = text in guard.values, _listed(guard.values)
        else:
            known = re.fullmatch(guard.pattern, text) is not None
            expected = guard.expected or guard.pattern
        if text and not known:
            return f"{text!r} is refused: {guard.why}; expected {expected}"
    return None


def _listed(values: Iterable[str]) -> str:
    *most, last = [repr(value) for value in values if value]
    return f"{', '.join(most)} or {last}" if most else last


# ------------------------------------------------------------------------------ selections


def answer_to_nothing(
    operation: Operation[Any], rules: Selection, arguments: Mapping[str, Any], content: Any
) -> bytes | None:
    """Return the answer to an empty selection, or None if the request has to be sent.

    Args:
        operation: The operation to call.
        rules: What selects.
        arguments: Python name of a parameter -> value.
        content: The encoded body, or None.

    Raises:
        InvalidBodyError: An empty list, or nothing at all, selects what the operation changes.
        InvalidArgumentError: As before, where no body could select anything.
    """
    unless = rules.unless.items()
    given = {
        parameter.wire: value
        for parameter in operation.parameters
        if _is_given(value := arguments.get(parameter.name, UNSET))
    }
    if any(str(given.get(name)).lower() == text_of(harmless) for name, harmless in unless):
        return None
    body = _read(operation.id, content)
    empty = [name for name in rules.by if body.get(name) == []]
    selects = any(name in given or body.get(name) not in _NOTHING for name in rules.by)
    if rules.answer is not None:
        if empty and selects:
            raise InvalidBodyError(
                f"{operation.id}: {_place(empty[0])}: the server ignores an empty list beside "
                "other filters; leave it out if you mean no filter, or skip the call"
            )
        return rules.answer.encode() if empty else None
    if empty:
        raise InvalidBodyError(
            f"{operation.id}: {_place(empty[0])}: an empty list would select everything; "
            "skip the call if there is nothing to change"
        )
    if not selects and rules.count not in given:
        raise _nothing_selects(operation, rules)
    return None


def _is_given(value: Any) -> bool:
    """Whether an argument says anything; an empty list of them is refused elsewhere."""
    return value is not UNSET and value is not None and not (isinstance(value, str) and not value)


def _read(where: str, content: Any) -> dict[str, Any]:
    """Return the top level of a JSON body; the body itself is under "".

    Large values are not decoded: that they are not empty is all that matters.
    """
    if content is None:
        return {}
    if not isinstance(content, bytes):
        raise InvalidBodyError(
            f"{where}: cannot see what the content of a file selects; pass a model or a dict"
        )
    try:
        whole = {_WHOLE_BODY: _value(content)}
        if not content.lstrip().startswith(b"{"):
            return whole
        fields = msgspec.json.decode(content, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError as error:
        raise InvalidBodyError(f"{where}: the body is not JSON: {error}") from None
    return whole | {name: _value(bytes(value)) for name, value in fields.items()}


def _value(raw: bytes) -> Any:
    return msgspec.json.decode(raw) if len(raw) < _SHORT or _BLANK.fullmatch(raw) else True


def _nothing_selects(
    operation: Operation[Any], rules: Selection
) -> InvalidBodyError | InvalidArgumentError:
    parameters = {parameter.wire: parameter.name for parameter in operation.parameters}
    fields = [name for name in rules.by if name not in parameters]
    named = [parameters[name] for name in rules.by if name in parameters]
    shown = ", ".join([*(_place(name) for name in fields), *named][:_SHOWN])
    hint = f", or {rules.count}=N if you mean all N of them" if rules.count else ""
    kind = InvalidBodyError if fields else InvalidArgumentError
    return kind(
        f"{operation.id}: nothing selects what to change, so that the server would change "
        f"everything; pass one of {shown}{'' if len(rules.by) <= _SHOWN else ', ...'}{hint}"
    )


def _place(name: str) -> str:
    return f"$.{name}" if name else "$"


# ------------------------------------------------------------------------------ fields


def checked(operation: Operation[Any], content: bytes, value: Any, *, strict: bool) -> bytes:
    """Return a JSON body without placeholders; refuse what must not be sent.

    Args:
        operation: The operation to call.
        content: The encoded body. It is decoded only if it may hold what a guard is about.
        value: What it was encoded from.
        strict: Refuse placeholders too.

    Raises:
        InvalidBodyError: The body holds what must not be sent. The message says where.
    """
    if isinstance(value, Model) or is_mapping(value):
        concerned = any(_may_reach(value, pointer) for pointer in operation.guards)
    else:
        concerned = any(
            _may_name(content, pointer, guard)
            for pointer, found in operation.guards.items()
            for guard in found
        )
    if not concerned:
        return content
    try:
        document = json.loads(content)
    except ValueError:
        return content  # bytes of the caller's own, which the server will refuse
    if not apply(operation, document, strict=strict):
        return content
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def apply(operation: Operation[Any], document: Any, *, strict: bool) -> bool:
    """Take placeholders out of a decoded body, and return whether there were any.

    Args:
        operation: The operation to call.
        document: The body; it is changed.
        strict: Refuse placeholders instead.

    Raises:
        InvalidBodyError: The body holds what must not be sent. The message says where.
    """
    changed = False
    for pointer, guards in operation.guards.items():
        for holder, key, place in list(_places(document, tokens(pointer), "$")):
            where = f"{operation.id}: {place}"
            for guard in guards:
                if isinstance(guard, Placeholder):
                    changed |= _take_out(holder, key, guard, where, strict=strict)
                else:
                    _refuse(holder, key, guard, where)
    return changed


def _refuse(
    holder: dict[str, Any], key: str, guard: Ignored | Same | Only | Beside, where: str
) -> None:
    if isinstance(guard, Same):
        _compare(holder, key, guard, where)
    elif isinstance(guard, Beside):
        _look_beside(holder, key, guard, where)
    elif isinstance(guard, Only):
        fault = _misread(guard, holder[key])
        if fault:
            raise InvalidBodyError(f"{where}: {fault}")
    elif _is_ignored(guard, holder[key]):
        raise InvalidBodyError(f"{where}: is refused: {guard.why}; use {guard.instead!r}")


def _look_beside(holder: dict[str, Any], key: str, guard: Beside, where: str) -> None:
    value = holder[key]
    if value in _NOTHING or (guard.values and value not in guard.values):
        return
    for name in guard.excludes:
        if holder.get(name) not in _NOTHING:
            raise InvalidBodyError(f"{where}: is refused beside {name!r}: {guard.why}")
    for name, wanted in guard.needs.items():
        given = holder.get(name)
        if given in _NOTHING if wanted is None else given != wanted:
            shown = f"{value!r} " if guard.values else ""
            needed = repr(name) if wanted is None else f"{name}={wanted!r}"
            raise InvalidBodyError(f"{where}: {shown}needs {needed} beside it: {guard.why}")


def _take_out(
    holder: dict[str, Any], key: str, guard: Placeholder, where: str, *, strict: bool
) -> bool:
    if holder[key] != guard.value:
        return False
    if strict:
        raise InvalidBodyError(
            f"{where}: {guard.value!r} is what the server shows in place of the value, and "
            "would become the value; leave it out"
        )
    del holder[key]
    return True


def _compare(holder: dict[str, Any], key: str, guard: Same, where: str) -> None:
    expected = holder.get(guard.key)
    items: list[Any] = holder[key] if is_list(holder[key]) else []
    for number, item in enumerate(items):
        if is_mapping(item) and item.get(guard.key, expected) != expected:
            raise InvalidBodyError(
                f"{where}[{number}].{guard.key}: is {item[guard.key]}, but the object that holds "
                f"it has {expected}; {guard.why}"
            )


def _may_reach(value: Any, pointer: str) -> bool:
    """Whether anything that is not empty may stand in a body where a pointer leads to.

    Bodies can be long, and most of them hold nothing there: this asks thousands of items at once.
    """
    *between, last = tokens(pointer)
    found: list[Any] = [value]
    try:
        for token in between:
            found = _items(found) if token == "*" else [*filter(None, _fields(found, token))]
        return any(_items(found) if last == "*" else _fields(found, last))
    except (AttributeError, TypeError, ValueError):
        return True  # models among dicts, say: a closer look will tell


def _items(lists: list[Any]) -> list[Any]:
    return lists[0] if len(lists) == 1 and is_list(lists[0]) else [*chain.from_iterable(lists)]


def _may_name(content: bytes, pointer: str, guard: FieldGuard) -> bool:
    """Whether JSON text that nobody made from a value here has a field of that name."""
    name = msgspec.json.encode(tokens(pointer)[-1])
    wanted = rb"\[\s*\{" if isinstance(guard, Same) else b""
    return re.search(re.escape(name) + rb"\s*:\s*" + wanted, content) is not None


def _fields(holders: list[Any], token: str) -> Iterable[Any]:
    """Return the field of each holder, asked for without a step of Python for each."""
    if not holders:
        return ()
    first = holders[0]
    if not isinstance(first, Model):
        return map(methodcaller("get", token), holders)
    names = [field.name for field in model_fields(type(first)) if field.wire == token]
    return map(attrgetter(*names), holders) if names else ()


def _places(
    node: Any, path: tuple[str, ...], place: str
) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield each object that has the field to which the path leads, its key, and where it is."""
    token, rest = path[0], path[1:]
    if token == "*":
        for number, item in enumerate(node if is_list(node) else ()):
            yield from _places(item, rest, f"{place}[{number}]")
    elif isinstance(node, dict) and token in node:
        here = f"{place}.{token}"
        if rest:
            yield from _places(node[token], rest, here)
        else:
            yield node, token, here
