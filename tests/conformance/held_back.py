"""Examples that are valid, but that no client of ours sends: the guards of the overlays.

The clients have code of their own for that; this is a second opinion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from annoport.core.values.models import UNSET
from generator.json_values import is_list, is_object
from generator.python.guards import pointers
from generator.python.names import snake_case
from generator.python.raw_operation import RawOperation
from tests.documents import Spec

_KEY = "x-annoport-guard"
_EMPTY: tuple[Any, ...] = ([], {}, "", None, UNSET)


def is_refused(parameter: Mapping[str, Any]) -> bool:
    """Whether no value of a parameter is sent."""
    return _KEY in parameter


def is_held_back(spec: Spec, raw: RawOperation, arguments: Mapping[str, Any], body: Any) -> bool:
    """Whether a call is refused, or answered without a request."""
    selection = raw.data.get(_KEY)
    if selection is not None and _selects_nothing(selection, arguments, body):
        return True
    return any(
        _is_about(node[_KEY], holder, key)
        for pointer, node, _ in pointers(raw, spec.parser)
        for holder, key in _holders(body, pointer.split("/")[1:])
    )


def _selects_nothing(selection: Mapping[str, Any], arguments: Mapping[str, Any], body: Any) -> bool:
    fields = {**body, "": body} if is_object(body) else {"": body}
    for name, value in selection.get("unless", {}).items():
        if arguments.get(snake_case(name)) == value:
            return False
    empty = any(fields.get(name) == [] for name in selection["by"])
    if empty or "answer" in selection:
        return empty
    if snake_case(selection.get("count", "")) in arguments:
        return False
    return not any(
        arguments.get(snake_case(name)) not in _EMPTY or fields.get(name) not in _EMPTY
        for name in selection["by"]
    )


def _is_about(guard: Mapping[str, Any], holder: Mapping[str, Any], key: str) -> bool:
    match guard["rule"]:
        case "placeholder":
            return bool(holder[key] == guard["value"])
        case "same":
            return any(item.get(guard["key"]) != holder.get(guard["key"]) for item in holder[key])
        case _:
            return guard["pattern"].rpartition(")")[2] in holder[key]


def _holders(node: Any, tokens: list[str]) -> Iterator[tuple[Mapping[str, Any], str]]:
    token, rest = tokens[0], tokens[1:]
    if token == "*":
        for item in node if is_list(node) else ():
            yield from _holders(item, rest)
    elif is_object(node) and token in node:
        if rest:
            yield from _holders(node[token], rest)
        else:
            yield node, token
