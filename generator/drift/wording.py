"""Places and values in plain words, for the one sentence of a finding."""

from __future__ import annotations

import json
from typing import Any

from generator.json_pointers import split

_LONGEST_VALUE = 60


def spoken(pointer: str) -> str:
    """Return a JSON Pointer in a maintainer's words: ``TaskRead.jobs[]``, ``body of POST /x``."""
    match split(pointer):
        case ["components", "schemas", name, *rest]:
            return f"`{name}{_inside(rest)}`"
        case ["components", "parameters", name, *_]:
            return f"parameter `{name}` of the components"
        case ["paths", path, "parameters", *rest]:
            return _in_operation(path, ["parameters", *rest])
        case ["paths" | "x-webhooks" as kind, path, method, *rest]:
            return _in_some_operation(kind, path, method, rest)
        case _:
            return f"`{pointer}`"


def _in_some_operation(kind: str, path: str, method: str, rest: list[str]) -> str:
    match rest:
        case ["callbacks", name, _, method, *inner]:
            return _in_operation(f"{method.upper()} of the callback {name}", inner)
        case _ if kind == "x-webhooks":
            return _in_operation(f"{method.upper()} of the webhook {path}", rest)
        case _:
            return _in_operation(f"{method.upper()} {path}", rest)


def _in_operation(operation: str, rest: list[str]) -> str:
    inside = _inside(rest[rest.index("schema") + 1 :]) if "schema" in rest else ""
    lead = f"`{inside.lstrip('.')}` in " if inside else ""
    match rest:
        case ["requestBody", *_]:
            return f"{lead}the body of {operation}"
        case ["responses", _, "headers", name, *_]:
            return f"{lead}header `{name}` of {operation}"
        case ["responses", status, *_]:
            return f"{lead}the {status} answer of {operation}"
        case ["parameters", name, *_]:
            return f"{lead}parameter `{name.partition(':')[2]}` of {operation}"
        case _:
            return operation


def printable(text: str) -> str:
    """Return text of an upstream spec on one line, so that it cannot pose as a line of its own."""
    return "".join(character if character.isprintable() else " " for character in text)


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
        elif part == "x-prefixItems" and position + 1 < len(parts):
            text += f"[{parts[next(skip)]}]"
        elif part == "x-patternProperties" and position + 1 < len(parts):
            text += f"{{{parts[next(skip)]}}}"
        elif part in {"oneOf", "anyOf", "allOf"} and position + 1 < len(parts):
            next(skip)
    return text


def backquoted(value: Any) -> str:
    """Return a value in back quotes, short enough for a sentence."""
    text = value if isinstance(value, str) and value else json.dumps(value, default=str)
    return f"`{text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 3] + '...'}`"
