"""Classifications of objects, as callers give them, checked and put into parts."""

from __future__ import annotations

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


def listed(given: Any, object_column: str, taxon_column: str) -> dict[int, Taxon | None]:
    """Return taxa by the ids of objects.

    Args:
        given: A mapping, or a table.
        object_column: The column of a table that has the ids of objects.
        taxon_column: The column of a table that has the taxa.

    Raises:
        InvalidArgumentError: There is none, something is no object, or an object comes twice.
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


def _pairs(given: Any, object_column: str, taxon_column: str) -> Iterable[tuple[Any, Any]]:
    table = as_table(given)
    for argument, name in (("object_column", object_column), ("taxon_column", taxon_column)):
        if name not in table.column_names:
            raise InvalidArgumentError(
                f"{argument}: the table has no column {name!r}; it has "
                f"{', '.join(table.column_names)}"
            )
    objects: list[Any] = table.column(object_column).to_pylist()
    return zip(objects, table.column(taxon_column).to_pylist(), strict=True)


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
