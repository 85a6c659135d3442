"""Signatures as a page shows them: on one line if that is short, else one line per argument."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

import attrs

_WIDTH = 88
_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_ALWAYS_GIVEN = ("self", "cls")


@attrs.frozen
class Signature:
    """What a function takes and returns, as source.

    Attributes:
        arguments: Each as it is written in the parentheses, including a lone `*`, without `self`.
        annotations: Argument -> its type.
        optional: The arguments that have a default.
    """

    arguments: Sequence[str]
    annotations: Mapping[str, str]
    optional: frozenset[str]
    returns: str = ""

    def formatted(self, name: str) -> str:
        """Return the signature after a name."""
        arrow = f" -> {self.returns}" if self.returns else ""
        line = f"{name}({', '.join(self.arguments)}){arrow}"
        if len(line) <= _WIDTH or not self.arguments:
            return line
        rows = "".join(f"    {argument},\n" for argument in self.arguments)
        return f"{name}(\n{rows}){arrow}"

    def accepted(self, argument: str) -> str:
        """Return the type of an argument, without the part that says that it may be left out."""
        return self.annotations[argument].removesuffix(" | Unset")


def parse(arguments: str, returns: str = "") -> Signature:
    """Read the source between the parentheses of a `def`."""
    [function] = ast.parse(f"def _({arguments}): ...").body
    if not isinstance(function, ast.FunctionDef):
        raise TypeError(f"{arguments!r} are not the arguments of a function")
    given = [item for item in _arguments(function.args) if item.name not in _ALWAYS_GIVEN]
    return Signature(
        arguments=[item.source for item in given],
        annotations={item.name: item.annotation for item in given if item.annotation},
        optional=frozenset(item.name for item in given if item.default),
        returns=double_quoted(returns),
    )


def double_quoted(source: str) -> str:
    """Return the source with the quotes that our code uses, where they need no backslash."""

    def changed(found: re.Match[str]) -> str:
        content = found[0][1:-1]
        return found[0] if '"' in content or "\\" in content else f'"{content}"'

    return _TEXT.sub(changed, source)


@attrs.frozen
class _Argument:
    name: str
    annotation: str = ""
    default: str = ""
    star: str = ""

    @property
    def source(self) -> str:
        annotation = f": {self.annotation}" if self.annotation else ""
        equals = " = " if annotation else "="
        default = equals + self.default if self.default else ""
        return f"{self.star}{self.name}{annotation}{default}"


def _arguments(given: ast.arguments) -> Iterator[_Argument]:
    positional = [*given.posonlyargs, *given.args]
    without = len(positional) - len(given.defaults)
    for position, item in enumerate(positional):
        yield _argument(item, given.defaults[position - without] if position >= without else None)
    if given.vararg:
        yield _argument(given.vararg, star="*")
    elif given.kwonlyargs:
        yield _Argument("", star="*")
    for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        yield _argument(item, default)
    if given.kwarg:
        yield _argument(given.kwarg, star="**")


def _argument(item: ast.arg, default: ast.expr | None = None, star: str = "") -> _Argument:
    return _Argument(item.arg, _source(item.annotation), _source(default), star)


def _source(node: ast.expr | None) -> str:
    return double_quoted(ast.unparse(node)) if node else ""
