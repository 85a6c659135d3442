"""Conditions as values: comparisons of fields, joined by `&`, `|` and `~`."""

from __future__ import annotations

import contextlib
import datetime
import importlib
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeAlias

import attrs

from annoport.core.errors import InvalidArgumentError
from annoport.core.support.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from annoport.core.contract.filters import Dialect

Operator: TypeAlias = Literal[
    "==", "!=", "<", "<=", ">", ">=", "in",
    "contains", "icontains", "startswith", "istartswith", "iexact", "is_null",
]  # fmt: skip
"""How a field is compared. What begins with an i ignores case."""

_SIGNS = ("==", "!=", "<", "<=", ">", ">=")


class Expression:
    """A condition. Join several by `&` and `|`, and negate one by `~`.

    A field without a value fulfils no comparison but `!=` and `is_null()`.
    """

    __slots__ = ()

    def __and__(self, other: Expression) -> AllOf:
        return AllOf(_joined(self, other, AllOf, "&"))

    def __or__(self, other: Expression) -> AnyOf:
        return AnyOf(_joined(self, other, AnyOf, "|"))

    def __invert__(self) -> Expression:
        return Not(self)

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(
            f"{self!r} is a condition, which is true or false for each row, not by itself: join "
            "conditions by & | ~ instead of and, or, not, put each in parentheses, and do not "
            "chain comparisons"
        )

    def compile_filter(self, dialect: Dialect) -> Any:
        """Return the condition as plain data, as a platform takes it.

        Args:
            dialect: "json-logic" (CVAT), "attribute-search" (Tator) or "object-filters"
                (EcoTaxa).

        Raises:
            InvalidArgumentError: The dialect has no words for a part of the condition.
        """
        names = {
            "json-logic": "json_logic",
            "attribute-search": "attribute_search",
            "object-filters": "object_filters",
        }
        if dialect not in names:
            raise InvalidArgumentError(
                f"unknown dialect {dialect!r}; expected one of {', '.join(map(repr, names))}"
            )
        return importlib.import_module(f"annoport.filters.{names[dialect]}").compiled(self)


def _joined(
    left: Expression, right: object, kind: type[AllOf | AnyOf], sign: str
) -> tuple[Expression, ...]:
    if not isinstance(right, Expression):
        raise InvalidArgumentError(
            f"{left!r} {sign} {right!r}: the right side is no condition; put comparisons in "
            f"parentheses: (F['a'] == 1) {sign} (F['b'] == 2)"
        )
    return tuple(
        part
        for side in (left, right)
        for part in (side.parts if isinstance(side, kind) else [side])
    )


@attrs.frozen(repr=False, eq=False)
class Comparison(Expression):
    """A field compared with a value.

    Attributes:
        field: The name of the field.
        operator: How it is compared.
        value: What it is compared with; a tuple for "in", True or False for "is_null".
        kind: What is known of the field's values, such as "int" or "enum"; "" if nothing.
        alias: What the platform calls the field, where that is not its name.
    """

    field: str
    operator: Operator
    value: Any
    kind: str = ""
    alias: str | None = None

    def __repr__(self) -> str:
        left = f"F[{self.field!r}]"
        if self.operator in _SIGNS:
            return f"({left} {self.operator} {self.value!r})"
        if self.operator == "in":
            return f"{left}.in_({list(self.value)!r})"
        if self.operator == "is_null":
            return f"{left}.is_null()" if self.value else f"{left}.not_null()"
        return f"{left}.{self.operator}({self.value!r})"


@attrs.frozen(repr=False, eq=False)
class AllOf(Expression):
    """All of several conditions.

    Attributes:
        parts: The conditions.
    """

    parts: tuple[Expression, ...]

    def __repr__(self) -> str:
        return f"({' & '.join(map(repr, self.parts))})"


@attrs.frozen(repr=False, eq=False)
class AnyOf(Expression):
    """At least one of several conditions.

    Attributes:
        parts: The conditions.
    """

    parts: tuple[Expression, ...]

    def __repr__(self) -> str:
        return f"({' | '.join(map(repr, self.parts))})"


@attrs.frozen(repr=False, eq=False)
class Not(Expression):
    """The opposite of a condition.

    Attributes:
        part: The condition.
    """

    part: Expression

    def __repr__(self) -> str:
        return f"~{self.part!r}"


_NEAR = 0.82
"""How much a name must be like another; below are mostly other columns that exist, too."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Return what to add to a message that lists fields, for one that seems misspelt.

    Args:
        name: A field that is none of them; its prefix, as "obj." is one, may be missing.
        known: The fields.
    """
    listed = list(known)
    whole = {one.lstrip("$").rpartition(".")[2]: one for one in listed}
    question = did_you_mean(whole.get(name, name), listed, cutoff=_NEAR)
    return f"; {question}" if question else ""


def read(kind: type[datetime.date | datetime.time], value: object) -> object:
    """Return the day or time that an ISO 8601 text names, and anything else as it is.

    Args:
        kind: What to read it as.
        value: What a field is compared with.
    """
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return kind.fromisoformat(value)
    return value


def lacking(platform: str, expression: Expression, why: str) -> InvalidArgumentError:
    """Return the error for what a platform cannot say.

    Args:
        platform: Whose filters they are.
        expression: What they lack.
        why: What to do, or why not.
    """
    return InvalidArgumentError(f"{platform} cannot filter by {expression!r}: {why}")
