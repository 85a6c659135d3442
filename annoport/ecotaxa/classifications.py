"""Classifications of objects, as callers give them, checked and put into parts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from attrs import frozen

from annoport.core.values.type_guards import is_mapping
from annoport.ecotaxa.ids import id_of
from annoport.ecotaxa.taxon_names import Taxon
from annoport.ecotaxa.tsv import as_table
from annoport.errors import InvalidArgumentError

_T = TypeVar("_T")

KEEP = -1
"""What the server takes for "the taxon that it has"."""

_OBJECT_COLUMNS = ("object_ids", ("objid", "obj.objid"))
_TAXON_COLUMNS = ("taxon", ("display_name", "txo.display_name", "object_annotation_category"))
"""What the caller would call a column, and what tables of objects and of exports call it."""

_ID = re.compile(r"[0-9]+")

_SHOWN = 8

Classifications: TypeAlias = Mapping[Any, Taxon | None]
"""Object, or its id -> taxon; None keeps the taxon that the object has."""


@frozen
class Part:
    """What one request classifies: objects of one project.

    Attributes:
        objects: Ids of objects.
        taxa: Ids of their taxa, in the same order.
    """

    objects: list[int]
    taxa: list[int]


def listed(
    given: Any, object_column: str | None = None, taxon_column: str | None = None
) -> dict[int, Taxon | None]:
    """Return taxa by the ids of objects.

    Args:
        given: A mapping, or a table.
        object_column: The column of a table that has the ids of objects; None to find it.
        taxon_column: The column of a table that has the taxa; None to find it.

    Raises:
        InvalidArgumentError: There is none, something is no object, an object comes twice, or it is
            not clear which column has what.
    """
    pairs: Iterable[tuple[Any, Any]] = (
        given.items() if is_mapping(given) else _pairs(given, object_column, taxon_column)
    )
    found: dict[int, Taxon | None] = {}
    for thing, taxon in pairs:
        number = id_of(thing, "objid", "an object")
        if number in found:
            raise InvalidArgumentError(
                f"object {number} comes twice, as {found[number]!r} and as {taxon!r}: the server "
                "would take the first and say nothing"
            )
        found[number] = taxon
    if not found:
        raise InvalidArgumentError("there is nothing to classify: pass at least one object")
    return found


def _pairs(
    given: Any, object_column: str | None, taxon_column: str | None
) -> Iterable[tuple[Any, Any]]:
    table = as_table(given)
    objects = _column(table, "object_column", object_column, _OBJECT_COLUMNS)
    taxa = _column(table, "taxon_column", taxon_column, _TAXON_COLUMNS)
    return zip(map(_number, objects), taxa, strict=True)


def _column(
    table: Any, argument: str, name: str | None, usual: tuple[str, tuple[str, ...]]
) -> list[Any]:
    """Return the values of the column that is named, or else of the usual one."""
    first, others = usual
    if name is None:
        found = [one for one in (first, *others) if one in table.column_names]
        if len(found) > 1 and found[0] != first:
            raise InvalidArgumentError(
                f"{argument}: the table has {' and '.join(map(repr, found))}, and each of them "
                "could be meant: name one"
            )
        name = found[0] if found else first
    if name not in table.column_names:
        raise InvalidArgumentError(
            f"{argument}: the table has no column {name!r}; it has {', '.join(table.column_names)}"
        )
    values: list[Any] = table.column(name).to_pylist()
    return values


def _number(value: Any) -> Any:
    """Return an id; those in the table of an export are text."""
    return int(value) if isinstance(value, str) and _ID.fullmatch(value) else value


def parts(taxa: Mapping[int, int], projects: Mapping[int, int], size: int) -> list[Part]:
    """Return what to send: parts of one project each, in the order of the input.

    Args:
        taxa: Object -> taxon.
        projects: Object -> project.
        size: The most objects of a part.

    Raises:
        InvalidArgumentError: There is no such object.
    """
    missing = [number for number in taxa if number not in projects]
    if missing:
        shown = ", ".join(map(str, missing[:_SHOWN]))
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise InvalidArgumentError(f"there is no object {shown}{more}")
    by_project: dict[int, list[int]] = {}
    for number in taxa:
        by_project.setdefault(projects[number], []).append(number)
    return [
        Part(block, [taxa[number] for number in block])
        for numbers in by_project.values()
        for block in blocks(numbers, size)
    ]


def blocks(items: Sequence[_T], size: int) -> Iterator[list[_T]]:
    """Yield items in their order, so many at a time.

    Args:
        items: The items.
        size: The most of a block.
    """
    return (list(items[at : at + size]) for at in range(0, len(items), size))
