"""Places and values in plain words, for the one sentence of a finding."""

from __future__ import annotations

import json
from typing import Any

from generator.drift.schema_view import split

_LONGEST_VALUE = 60


def spoken(pointer: str) -> str:
    """A JSON pointer as a maintainer would say it: ``TaskRead.jobs[]``, ``body of POST /x``."""
    parts = split(pointer)
    if parts[:2] == ["components", "schemas"] and len(parts) > 2:
        return f"`{parts[2]}{_inside(parts[3:])}`"
    if parts[:1] == ["paths"] and len(parts) > 2:
        return _in_operation(parts[1], parts[2], parts[3:])
    return f"`{pointer}`"


def _in_operation(path: str, method: str, rest: list[str]) -> str:
    if method == "parameters":
        return f"the parameters of {path}"
    operation = f"{method.upper()} {path}"
    if not rest:
        return operation
    if "schema" in rest:
        inside = _inside(rest[rest.index("schema") + 1 :])
    else:
        inside = ""
    lead = f"`{inside.lstrip('.')}` in " if inside else ""
    if rest[0] == "requestBody":
        return f"{lead}the body of {operation}"
    if rest[0] == "responses" and len(rest) > 1:
        return f"{lead}the {rest[1]} answer of {operation}"
    if rest[0] == "parameters" and len(rest) > 1:
        return f"{lead}parameter `{rest[1].partition(':')[2]}` of {operation}"
    return operation


def _inside(parts: list[str]) -> str:
    text = ""
    skip = iter(range(len(parts)))
    for position in skip:
        part = parts[position]
        if part == "properties" and position + 1 < len(parts):
            text += f".{parts[next(skip)]}"
        elif part == "items":
            text += "[]"
        elif part == "additionalProperties":
            text += "{}"
        elif part in {"oneOf", "anyOf", "allOf"} and position + 1 < len(parts):
            next(skip)
    return text


def shown(value: Any) -> str:
    """A value, short enough for a sentence."""
    text = value if isinstance(value, str) and value else json.dumps(value, default=str)
    return f"`{text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + '...'}`"
