"""What an argument of a generated method takes, read from its annotation."""

from __future__ import annotations

import ast
import datetime
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import attrs
import click

_NOTHING: Final = ("Unset", "None")
_OPENING, _CLOSING = "[(", "])"
_UNSAID: Final = ("ProgressOption", "Limits")


@attrs.frozen
class Kind:
    """How the texts of a command line become one argument.

    Attributes:
        type: Reads one text.
        many: Whether it may be given several times, for a list.
        flag: Whether it is one of two flags.
    """

    type: click.ParamType[Any]
    many: bool = False
    flag: bool = False


class Moment(click.ParamType[datetime.datetime]):
    """A point in time."""

    name = "time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime.datetime:
        """Return the point in time that an ISO 8601 text names."""
        try:
            return datetime.datetime.fromisoformat(value)
        except ValueError:
            self.fail(
                f"{value!r} is no time: expected one such as 2026-05-01T12:00:00Z", param, ctx
            )


class Json(click.ParamType[Any]):
    """A JSON document."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return what a JSON text says."""
        try:
            return json.loads(value)
        except ValueError as error:
            self.fail(f"this is no JSON: {error}", param, ctx)


class NumberOrText(click.ParamType[Any]):
    """A whole number, or else a text."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a number if the text is one."""
        return int(value) if re.fullmatch(r"-?\d+", value) else value


_TYPES: Final[dict[str, click.ParamType[Any]]] = {
    "int": click.INT,
    "float": click.FLOAT,
    "TakeUp": click.FLOAT,  # seconds
    "StallTimeout": click.FLOAT,
    "datetime.datetime": Moment(),
    "Overwrite": click.Choice(["error", "replace", "resume"]),
    "Mapping[str, Any]": Json(),
}


def kind_of(annotation: str) -> Kind | None:
    """Return how an argument is given on a command line.

    Args:
        annotation: The source of its annotation, in a generated method.

    Returns:
        The kind; None for what a command line has no words for: a function, or limits.
    """
    parts = [part for part in alternatives(annotation) if part not in _NOTHING]
    listed = next((part for part in parts if part.startswith("Sequence[")), None)
    if listed is not None:
        inner = kind_of(listed.removeprefix("Sequence[").removesuffix("]"))
        return Kind(click.STRING if inner is None else inner.type, many=True)
    values = next((part for part in parts if part.startswith("Literal[")), None)
    if values is not None:
        return Kind(click.Choice(ast.literal_eval(f"[{values.removeprefix('Literal[')}")))
    return _simple(parts)


def _simple(parts: list[str]) -> Kind | None:
    if parts == ["int", "str"]:
        return Kind(NumberOrText())
    if len(parts) != 1:
        return Kind(click.STRING)
    [part] = parts
    if part in _UNSAID or part.startswith("Callable["):
        return None
    if part == "bool":
        return Kind(click.BOOL, flag=True)
    return Kind(_TYPES.get(part, click.STRING))


def alternatives(annotation: str) -> Iterator[str]:
    """Yield the members of a union; a `|` within brackets or quotes joins none of them.

    Args:
        annotation: The source of the union, or of a type by itself.
    """
    depth, begun, quoted = 0, 0, ""
    for place, character in enumerate(annotation):
        if quoted:
            quoted = "" if character == quoted else quoted
        elif character in "'\"":
            quoted = character
        elif character in _OPENING:
            depth += 1
        elif character in _CLOSING:
            depth -= 1
        elif character == "|" and depth == 0:
            yield annotation[begun:place].strip()
            begun = place + 1
    yield annotation[begun:].strip()
