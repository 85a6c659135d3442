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
        words: Those that may stand in place of a list, such as "all".
    """

    type: click.ParamType[Any]
    many: bool = False
    flag: bool = False
    words: tuple[str, ...] = ()

    def checked(self, ctx: click.Context, param: click.Parameter, value: Any) -> Any:
        """Return a value that was read; a word in place of a list stands by itself.

        Args:
            ctx: Where it was read.
            param: What it was read for.
            value: One value, or a tuple of those that were given.

        Raises:
            click.BadParameter: There is more beside such a word.
        """
        word = next((one for one in self.words if self.many and one in value), None)
        if word is None:
            return value
        if len(value) > 1:
            raise click.BadParameter(f"{word!r} goes with nothing else", ctx, param)
        return word


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


class WordOr(click.ParamType[Any]):
    """One of a few words, or else a value of another type."""

    def __init__(self, words: tuple[str, ...], other: click.ParamType[Any]) -> None:
        """Take what is read.

        Args:
            words: The words.
            other: Reads anything else.
        """
        self._words = words
        self._other = other
        self.name = other.name

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return how help writes a value."""
        return "|".join((self.name.upper(), *self._words))

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the word, or what the other type makes of the text."""
        if value in self._words:
            return value
        try:
            return self._other.convert(value, param, ctx)
        except click.BadParameter as error:
            words = " or ".join(map(repr, self._words))
            self.fail(f"{error.message.rstrip('.')}, nor {words}.", param, ctx)


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
    values = next((part for part in parts if part.startswith("Literal[")), None)
    words = () if values is None else tuple(ast.literal_eval(values.removeprefix("Literal")))
    if listed is not None:
        inner = kind_of(listed.removeprefix("Sequence[").removesuffix("]"))
        one = click.STRING if inner is None else inner.type
        return Kind(WordOr(words, one) if words else one, many=True, words=words)
    return Kind(click.Choice(words)) if words else _simple(parts)


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
