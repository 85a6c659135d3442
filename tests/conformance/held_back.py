"""Examples that are valid, but that no client of ours sends: the guards of the overlays.

The clients have code of their own for that; this is a second opinion.
"""

from __future__ import annotations

import re
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
    found = [(pointer, node[_KEY]) for pointer, node, _ in pointers(raw, spec.parser)]
    found += raw.data.get("x-annoport-body-guards", {}).items()
    return any(
        _is_about(guard, holder, key)
        for pointer, guards in found
        for guard in (guards if is_list(guards) else [guards])
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
        case "only":
            return not _is_known(guard, str(holder[key] or ""))
        case "beside":
            return _is_misplaced(guard, holder, key)
        case _:
            return guard["pattern"].rpartition(")")[2] in holder[key]


def _is_known(guard: Mapping[str, Any], text: str) -> bool:
    parts = text.split(guard["separator"]) if "separator" in guard else [text]
    if "pattern" in guard:
        return all(not part or re.fullmatch(guard["pattern"], part) for part in parts)
    return all(not part or part in guard["values"] for part in parts)


def _is_misplaced(guard: Mapping[str, Any], holder: Mapping[str, Any], key: str) -> bool:
    if holder[key] in _EMPTY or holder[key] not in guard.get("values", [holder[key]]):
        return False
    if any(holder.get(name) not in _EMPTY for name in guard.get("excludes", ())):
        return True
    return any(
        holder.get(name) in _EMPTY if wanted is None else holder.get(name) != wanted
        for name, wanted in guard.get("needs", {}).items()
    )


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
