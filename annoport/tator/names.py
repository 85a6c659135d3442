"""Things of a project by id, by name or as models; what is not there is told with what is."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Protocol, TypeVar

from annoport.core import Unset
from annoport.core.values.type_guards import is_iterable
from annoport.errors import InvalidArgumentError

_SHOWN = 12


class HasId(Protocol):
    """A model of something with an id."""

    @property
    def id(self) -> int | Unset:
        """Its id."""
        ...


class Named(Protocol):
    """A model of something with an id and a name."""

    @property
    def id(self) -> int | Unset:
        """Its id."""
        ...

    @property
    def name(self) -> str | Unset:
        """Its name."""
        ...


NamedT = TypeVar("NamedT", bound=Named)


def id_of(given: int | HasId, what: str) -> int:
    """Return the id of something that was given as an id or as a model.

    Args:
        given: The id or the model.
        what: What it is, for the message.

    Raises:
        InvalidArgumentError: It is neither.
    """
    number = given if isinstance(given, int) else getattr(given, "id", None)
    if isinstance(number, bool) or not isinstance(number, int):
        raise InvalidArgumentError(f"{what}: expected an id or a model, got {given!r}")
    return number


def ids_of(given: object, what: str) -> list[int]:
    """Return the ids of several things.

    Args:
        given: Ids or models.
        what: What they are, for the message.

    Raises:
        InvalidArgumentError: They are no collection of such, or one comes twice.
    """
    if isinstance(given, str) or not is_iterable(given):
        raise InvalidArgumentError(f"{what}: expected several ids or models, got {given!r}")
    numbers = [id_of(one, what) for one in given]
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            raise InvalidArgumentError(f"{what}: {number} comes twice")
        seen.add(number)
    return numbers


def find(rows: Iterable[NamedT], given: int | str | HasId, what: str, project: int) -> NamedT:
    """Return the row that an id, a name or a model means.

    Args:
        rows: All rows of the project.
        given: The id, the name or the model.
        what: What the rows are, for the message.
        project: Id of the project, for the message.

    Raises:
        InvalidArgumentError: There is none, or several have that name.
    """
    known = list(rows)
    if isinstance(given, str):
        found = [row for row in known if row.name == given]
    else:
        number = id_of(given, what)
        found = [row for row in known if row.id == number]
    if len(found) == 1:
        return found[0]
    shown = given if isinstance(given, str) else id_of(given, what)
    if found:
        numbers = ", ".join(str(row.id) for row in found)
        raise InvalidArgumentError(
            f"{what} {shown!r}: several are called so, with the ids {numbers}: pass one of these"
        )
    raise InvalidArgumentError(
        f"{what} {shown!r}: project {project} has none such; {listed(known, shown)}"
    )


def listed(rows: Iterable[Named], wanted: int | str = "") -> str:
    """Return which rows there are, those that look like what is wanted first.

    Args:
        rows: The rows.
        wanted: A name that none of them has.
    """
    known = list(rows)
    if not known:
        return "there is none at all"
    close = difflib.get_close_matches(str(wanted), [str(row.name) for row in known], n=_SHOWN)
    known.sort(key=lambda row: close.index(str(row.name)) if row.name in close else len(close))
    shown = ", ".join(f"{str(row.name)!r} ({row.id})" for row in known[:_SHOWN])
    more = len(known) - _SHOWN
    return f"it has {shown}{f' and {more} more' if more > 0 else ''}"
