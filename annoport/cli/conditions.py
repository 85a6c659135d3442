"""Conditions as text: `status == completed and (size > 5 or name contains dive)`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import click
import msgspec

from annoport.cli.spoken import in_conditions
from annoport.cli.verb import Verb
from annoport.core.errors import AnnoportError
from annoport.core.values.models import UNSET
from annoport.filters import Expression, F, Field

_TOKEN: Final = re.compile(
    r"""\s*(?:
        (?P<sign>==|!=|<=|>=|<|>|[()\[\],])
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<word>[^\s()\[\],=<>!"']+)
    )""",
    re.VERBOSE,
)
_SIGNS: Final[dict[str, Callable[[Field, Any], Any]]] = {
    "==": lambda field, value: field == value,
    "!=": lambda field, value: field != value,
    "<": lambda field, value: field < value,
    "<=": lambda field, value: field <= value,
    ">": lambda field, value: field > value,
    ">=": lambda field, value: field >= value,
}
_WORDS: Final = ("contains", "icontains", "startswith", "istartswith", "iexact")
_HELP: Final = (
    "expected comparisons such as 'status == completed', 'size > 5', "
    "\"name contains 'two words'\", 'subset in [train, val]' or 'assignee is null', "
    "joined by and, or, not and parentheses"
)


def parse(text: str) -> Expression:
    """Return the condition that a text says.

    Args:
        text: Comparisons, joined by `and`, `or`, `not` and parentheses. A value is a number,
            `true`, `false`, a word, or any text in quotes.

    Raises:
        click.UsageError: It says none; the message shows where it stops making sense.
    """
    return _Reader(text).whole()


def put(verb: Verb, arguments: dict[str, Any], body: Any, what: Any) -> Any:
    """Put a condition where an operation takes one, and return the body.

    Args:
        verb: The method.
        arguments: The arguments, which are changed if one of them is for conditions.
        body: The body so far, or UNSET.
        what: The condition.

    Raises:
        click.UsageError: There is another condition already.
    """
    name = verb.condition_parameter
    if name is not None:
        if name in arguments:
            raise click.UsageError(f"--where and --{name.replace('_', '-')} say the same: give one")
        arguments[name] = what
        return body
    [pointer] = verb.operation.filters
    field = pointer.removeprefix("/")
    if not field:
        if body is not UNSET:
            raise click.UsageError("--where and --body say the same: give one")
        return what
    body = {} if body is UNSET else body
    if field in body:
        raise click.UsageError(f"--where and the field {field!r} of the body say the same")
    return {**body, field: what}


class _Reader:
    """Reads a condition from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._token: tuple[str, str] | None = None
        self._advance()

    def whole(self) -> Expression:
        found = self._any()
        if self._token is not None:
            raise self._fault()
        return found

    def _any(self) -> Expression:
        found = self._all()
        while self._takes("or"):
            found |= self._all()
        return found

    def _all(self) -> Expression:
        found = self._one()
        while self._takes("and"):
            found &= self._one()
        return found

    def _one(self) -> Expression:
        if self._takes("not"):
            return ~self._one()
        if self._takes("("):
            found = self._any()
            self._expect(")")
            return found
        name = self._value(of_field=True)
        field = F[str(name)]
        try:
            return self._comparison(field)
        except AnnoportError as error:
            raise click.UsageError(f"--where: {in_conditions(str(error))}") from None

    def _comparison(self, field: Field) -> Expression:
        if self._takes("is"):
            negated = self._takes("not")
            self._expect("null")
            return field.not_null() if negated else field.is_null()
        if self._takes("in"):
            return field.in_(self._list())
        for sign, compare in _SIGNS.items():
            if self._takes(sign):
                found: Expression = compare(field, self._value())
                return found
        for operator in _WORDS:
            if self._takes(operator):
                made: Expression = getattr(field, operator)(str(self._value()))
                return made
        raise self._fault()

    def _list(self) -> list[Any]:
        closing = {"[": "]", "(": ")"}
        opened = next((one for one in closing if self._takes(one)), None)
        if opened is None:
            raise self._fault()
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        self._expect(closing[opened])
        return values

    def _value(self, *, of_field: bool = False) -> Any:
        if self._token is None or self._token[0] == "sign":
            raise self._fault()
        kind, text = self._token
        self._advance()
        if kind == "text":
            return re.sub(r"\\(.)", r"\1", text[1:-1])
        if of_field:
            return text
        try:
            value = msgspec.json.decode(text)
        except msgspec.DecodeError:
            return text
        return value if isinstance(value, (bool, int, float)) else text

    def _takes(self, wanted: str) -> bool:
        if self._token is None or self._token[0] == "text" or self._token[1] != wanted:
            return False
        self._advance()
        return True

    def _expect(self, wanted: str) -> None:
        if not self._takes(wanted):
            raise self._fault()

    def _advance(self) -> None:
        self._begun = self._place
        rest = self._text[self._place :]
        found = _TOKEN.match(rest)
        if found is None:
            if rest.strip():
                raise self._fault()
            self._token = None
            return
        self._place += found.end()
        kind = str(found.lastgroup)
        self._token = (kind, found[kind])

    def _fault(self) -> click.UsageError:
        rest = self._text[self._begun :].strip()
        where = f"at {rest!r}" if rest else "at its end"
        return click.UsageError(f"--where {self._text!r} makes no sense {where}: {_HELP}")
