"""Templates for file names, such as `task_{id}_{type}[_{number:06d}]`."""

from __future__ import annotations

import re
from collections.abc import Mapping

_FIELD = re.compile(r"\{(?P<name>[\w.-]+)(?::0(?P<width>[1-9])d)?\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")


def fields(template: str) -> list[str]:
    """Return the names of the values that a template takes, in order.

    Raises:
        ValueError: The template is malformed.
    """
    rest = _FIELD.sub("", _OPTIONAL.sub(r"\1", template))
    if any(letter in rest for letter in "{}[]/\\"):
        raise ValueError(
            f"{template!r} is no template: expected text, {{name}}, {{name:06d}}, and parts that "
            "may be left out in brackets"
        )
    return [match["name"] for match in _FIELD.finditer(template)]


def written(value: object) -> str:
    """Return a value as part of a name: it names no folder."""
    return re.sub(r"[/\\]", "_", str(value))


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return a template with its values; a part in brackets that lacks one is left out.

    Args:
        template: The template.
        values: The values by name. One that is missing outside of brackets is empty.
    """

    def part(match: re.Match[str]) -> str:
        named = [field["name"] for field in _FIELD.finditer(match[1])]
        return match[1] if all(name in values for name in named) else ""

    def value(match: re.Match[str]) -> str:
        given = values.get(match["name"], "")
        width = int(match["width"] or 0) if isinstance(given, int) else 0
        return f"{given:0{width}d}" if width else written(given)

    return _FIELD.sub(value, _OPTIONAL.sub(part, template))
