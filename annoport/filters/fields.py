"""Fields to be compared, by name: `F["name"]`."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any, TypeAlias, cast

import attrs

from annoport.core.errors import InvalidArgumentError
from annoport.core.support.suggestions import did_you_mean
from annoport.core.values.models import UNSET
from annoport.filters.expressions import AllOf, Comparison, Operator

Scalar: TypeAlias = (
    bool | int | float | str | datetime.datetime | datetime.date | datetime.time | Enum
)
"""What a field can be compared with."""


class Field:
    """A field of the rows of a list. Compare it with a value to get a condition."""

    __slots__ = ("_alias", "_choices", "_kind", "_name")
    __hash__ = None  # type: ignore[assignment]  # it is never equal, only compared

    def __init__(
        self, name: str, *, kind: str = "", alias: str | None = None, choices: tuple[str, ...] = ()
    ) -> None:
        """Make a field; `F["name"]` does.

        Args:
            name: What rows call it.
            kind: What its values are, such as "int" or "enum"; "" if that is not known.
            alias: What the platform calls it in filters, where that is not its name.
            choices: The values that it can have, if only some are allowed.
        """
        self._name = name
        self._kind = kind
        self._alias = alias
        self._choices = choices

    def __repr__(self) -> str:
        return f"F[{self._name!r}]"

    def __eq__(self, value: Scalar | None) -> Comparison:  # type: ignore[override]
        """Return the condition that the field has a value; with None, that it has none."""
        return self.is_null() if value is None else self._compared("==", value)

    def __ne__(self, value: Scalar | None) -> Comparison:  # type: ignore[override]
        """Return the condition that the field has not a value, or has none."""
        return self.not_null() if value is None else self._compared("!=", value)

    def __lt__(self, value: Scalar) -> Comparison:
        return self._compared("<", value)

    def __le__(self, value: Scalar) -> Comparison:
        return self._compared("<=", value)

    def __gt__(self, value: Scalar) -> Comparison:
        return self._compared(">", value)

    def __ge__(self, value: Scalar) -> Comparison:
        return self._compared(">=", value)

    def between(self, low: Scalar, high: Scalar) -> AllOf:
        """Return the condition that the value lies between two, or is one of them.

        Args:
            low: The least value.
            high: The greatest value.
        """
        return AllOf((self >= low, self <= high))

    def in_(self, values: Iterable[Scalar]) -> Comparison:
        """Return the condition that the field has one of several values.

        Args:
            values: The values, at least one.

        Raises:
            InvalidArgumentError: There is no value, or one is None.
        """
        if isinstance(values, str):
            raise InvalidArgumentError(f"{self!r}.in_({values!r}): expected a list of values")
        listed = tuple(self._checked("in", value) for value in values)
        if not listed:
            raise InvalidArgumentError(
                f"{self!r}.in_([]): no row has one of no values; skip the call"
            )
        return self._comparison("in", listed)

    def contains(self, text: str) -> Comparison:
        """Return the condition that a text contains another, in the same case.

        Args:
            text: The other text.

        Raises:
            InvalidArgumentError: It is no text, or empty, or the field is no text.
        """
        return self._text("contains", text)

    def icontains(self, text: str) -> Comparison:
        """Return the condition that a text contains another, whatever the case.

        Args:
            text: The other text.

        Raises:
            InvalidArgumentError: It is no text, or empty, or the field is no text.
        """
        return self._text("icontains", text)

    def startswith(self, text: str) -> Comparison:
        """Return the condition that a text begins with another, in the same case.

        Args:
            text: The other text.

        Raises:
            InvalidArgumentError: It is no text, or empty, or the field is no text.
        """
        return self._text("startswith", text)

    def istartswith(self, text: str) -> Comparison:
        """Return the condition that a text begins with another, whatever the case.

        Args:
            text: The other text.

        Raises:
            InvalidArgumentError: It is no text, or empty, or the field is no text.
        """
        return self._text("istartswith", text)

    def iexact(self, text: str) -> Comparison:
        """Return the condition that a text equals another, whatever the case.

        Args:
            text: The other text.

        Raises:
            InvalidArgumentError: It is no text, or empty, or the field is no text.
        """
        return self._text("iexact", text)

    def is_null(self) -> Comparison:
        """Return the condition that the field has no value."""
        return self._comparison("is_null", value=True)

    def not_null(self) -> Comparison:
        """Return the condition that the field has a value."""
        return self._comparison("is_null", value=False)

    def _text(self, operator: Operator, text: str) -> Comparison:
        if not isinstance(cast("object", text), str) or not text:
            raise InvalidArgumentError(f"{self!r}.{operator}({text!r}): expected a text")
        if self._kind and self._kind not in _TEXTS:
            raise InvalidArgumentError(
                f"{self!r}.{operator}({text!r}): the field is no text, but {self._kind}"
            )
        return self._comparison(operator, text)

    def _compared(self, operator: Operator, value: Scalar) -> Comparison:
        return self._comparison(operator, self._checked(operator, value))

    def _comparison(self, operator: Operator, value: Any) -> Comparison:
        return Comparison(self._name, operator, value, self._kind, self._alias)

    def _checked(self, operator: str, value: Any) -> Any:
        """Return a value as plain data.

        Raises:
            InvalidArgumentError: Nothing can have that value.
        """
        if isinstance(value, Enum):
            value = value.value
        elif hasattr(value, "tolist"):  # a NumPy scalar
            value = value.tolist()
        what = f"{self!r} {operator} {value!r}: "
        if not isinstance(value, _SCALARS):
            raise InvalidArgumentError(
                f"{what}expected text, a number, a boolean or a date, got {type(value).__name__}"
            )
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidArgumentError(f"{what}no field has that value")
        wanted = _FITTING.get(self._kind, _SCALARS)
        if not isinstance(value, wanted) or (isinstance(value, bool) and bool not in wanted):
            raise InvalidArgumentError(
                f"{what}the field is {self._kind}, got {type(value).__name__}"
            )
        if self._choices and operator in ("==", "!=", "in") and value not in self._choices:
            raise InvalidArgumentError(f"{what}{_unknown(str(value), self._choices)}")
        return value


_SCALARS = (bool, int, float, str, datetime.datetime, datetime.date, datetime.time)
_TEXTS = ("string", "enum", "text")
_FITTING: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "number": (int, float),
    "string": (str,),
    "text": (str,),
    "enum": (str,),
    "datetime": (datetime.datetime,),
}


def _unknown(name: str, known: Iterable[str]) -> str:
    listed = list(known)
    return did_you_mean(name, listed) or f"expected one of {listed}"


@attrs.frozen
class _Known:
    """What is known of a field."""

    kind: str
    alias: str | None = None
    choices: tuple[str, ...] = ()


class Fields:
    """Gives fields by name: `F["Species"]`. It knows no names, so a misspelt one is not noticed.

    `F.of(...)` gives fields whose names and values are checked at once.
    """

    def __init__(self, known: Mapping[str, _Known] | None = None) -> None:
        """Make what gives fields; `F` is one, and `F.of(...)` makes others.

        Args:
            known: Name of a field -> what is known of it; without, any name is a field.
        """
        self._known = known

    def __repr__(self) -> str:
        return "F" if self._known is None else f"F.of({len(self._known)} fields)"

    def __iter__(self) -> Iterator[str]:
        return iter(self._known or ())

    def __getitem__(self, name: str) -> Field:
        if not isinstance(cast("object", name), str) or not name:
            raise InvalidArgumentError(f"F[{name!r}]: expected the name of a field")
        if self._known is None or _is_built_in(name):
            return Field(name)
        known = self._known.get(name)
        if known is None:
            raise InvalidArgumentError(
                f"F[{name!r}]: there is no such field; {_unknown(name, self._known)}"
            )
        return Field(name, kind=known.kind, alias=known.alias, choices=known.choices)

    def of(self, *definitions: Any) -> Fields:
        """Return fields that know their names, and what their values are.

        Args:
            definitions: Types of Tator, whose attributes are known then, or a project of EcoTaxa,
                whose free columns are.

        Raises:
            InvalidArgumentError: One of them defines no fields.
        """
        known: dict[str, _Known] = {}
        for one in definitions:
            for name, found in _defined(one):
                same = known.get(name, found)
                known[name] = found if same == found else _Known("")
        return Fields(known)


F = Fields()
"""The fields of any list: `F["name"] == "dive 7"`."""


def _is_built_in(name: str) -> bool:
    """Whether a name is one of the platform's own, such as "$created_by" and "obj.objid"."""
    return name.startswith("$") or name.partition(".")[0] in ("obj", "txo")


_FREE_COLUMNS = {
    "obj_free_cols": ("fre", "o"),
    "sample_free_cols": ("sam", "s"),
    "acquisition_free_cols": ("acq", "a"),
    "process_free_cols": ("prc", "p"),
}
_BUILT_IN_COLUMNS = {"sam.sampleid": _Known("int")}


def _defined(definition: Any) -> Iterator[tuple[str, _Known]]:
    attributes = getattr(definition, "attribute_types", None)
    if attributes is not None and attributes is not UNSET:
        for one in attributes:
            choices = one.choices if one.dtype == "enum" and one.choices else ()
            kind = "" if one.dtype is UNSET else str(one.dtype)
            yield str(one.name), _Known(kind, choices=tuple(map(str, choices)))
        return
    if not isinstance(getattr(definition, "obj_free_cols", None), Mapping):
        raise InvalidArgumentError(
            "F.of: expected a type with attribute_types or a project with free columns, got "
            f"{type(definition).__name__}"
        )
    yield from _BUILT_IN_COLUMNS.items()
    for place, (prefix, letter) in _FREE_COLUMNS.items():
        aliases: Mapping[str, str] = getattr(definition, place, None) or {}
        for name, alias in aliases.items():
            kind = "number" if alias.startswith("n") else "text"
            yield f"{prefix}.{name}", _Known(kind, f"{letter}{alias}")
