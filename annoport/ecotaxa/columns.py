"""Columns of objects: what people call them, and what the object query calls them."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import frozen

from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models

AllColumns = Literal["all"]
"""Every column that the query of objects has."""

_OWN: Mapping[str, tuple[str, ...]] = {
    "obj": (
        *("objid", "orig_id", "objdate", "objtime", "latitude", "longitude"),
        *("depth_min", "depth_max", "sunpos", "object_link", "classif_qual", "classif_id"),
        *("classif_who", "classif_when", "classif_auto_id", "classif_auto_score"),
        *("classif_auto_when", "random_value"),
    ),
    "txo": ("display_name",),
    "usr": ("name", "email"),
    "sam": ("orig_id", "dataportal_descriptor", "latitude", "longitude"),
    "acq": ("orig_id", "instrument"),
    "img": ("file_name", "orig_file_name", "width", "height"),
}
"""Columns that every project has, in the order of a table that has them all."""

_ORDER = ("obj", "fre", "sam", "acq", "txo", "usr", "img")
"""Where a name without a table is looked for: the first table that has it, has it."""


@frozen
class Column:
    """A column of a table of objects.

    Attributes:
        name: What the caller calls it.
        field: What the query calls it.
        kind: "n" a number, "t" a text, "" whatever its values are.
    """

    name: str
    field: str
    kind: str = ""


def wanted_columns(
    project: models.ProjectModel, wanted: Sequence[str] | AllColumns
) -> list[Column]:
    """Return the columns that are asked for.

    Args:
        project: The project, which knows the names of free columns.
        wanted: Their names, or "all".

    Raises:
        InvalidArgumentError: The project has no such column, the query cannot give it, or it comes
            twice.
    """
    known = {column.name: column for column in _known(project)}
    if wanted == "all":
        return list(known.values())
    if isinstance(wanted, str):
        raise InvalidArgumentError(
            f"columns is {wanted!r}: expected a list of names, or 'all' for every column"
        )
    found = [_column(project, known, name) for name in wanted]
    names, fields = [one.name for one in found], [one.field for one in found]
    for place, name in enumerate(names):
        if name in names[:place] or fields[place] in fields[:place]:
            raise InvalidArgumentError(f"columns: {name!r} comes twice")
    return found


def _known(project: models.ProjectModel) -> Iterator[Column]:
    free = _free(project)
    for table, names in _OWN.items():
        yield from (Column(f"{table}.{name}", f"{table}.{name}") for name in names)
        yield from free.get(table, ())
        if table == "obj":
            yield from free["fre"]


def _free(project: models.ProjectModel) -> dict[str, list[Column]]:
    """Return the free columns of each table; those of samples and acquisitions go by alias."""
    return {
        "fre": [Column(f"fre.{n}", f"fre.{n}", a[:1]) for n, a in project.obj_free_cols.items()],
        "sam": [Column(f"sam.{n}", f"sam.{a}", a[:1]) for n, a in project.sample_free_cols.items()],
        "acq": [
            Column(f"acq.{n}", f"acq.{a}", a[:1]) for n, a in project.acquisition_free_cols.items()
        ],
    }


def _column(project: models.ProjectModel, known: Mapping[str, Column], name: Any) -> Column:
    if not isinstance(name, str) or not name or "," in name:
        raise InvalidArgumentError(f"columns: {name!r} is not the name of a column")
    if name in known:
        return known[name]
    table, dot, rest = name.partition(".")
    for place in () if dot and table in _ORDER else _ORDER:
        if f"{place}.{name}" in known:
            return Column(name, known[f"{place}.{name}"].field, known[f"{place}.{name}"].kind)
    if name in project.process_free_cols or (
        table in ("prc", "process") and rest in project.process_free_cols
    ):
        raise InvalidArgumentError(
            f"columns: {name!r} belongs to the process of an acquisition, which the server's query "
            "of objects does not know: export_table has it"
        )
    if dot and table in _ORDER and table != "fre":
        return Column(name, name)  # perhaps one of the server's own, which it tells
    raise InvalidArgumentError(
        f"columns: project {project.projid} has no column {name!r}; {_look_alikes(name, known)}"
    )


def _look_alikes(name: str, known: Mapping[str, Column]) -> str:
    rests = {one.partition(".")[2]: one for one in reversed([*known])}
    near = difflib.get_close_matches(name, [*known, *rests], n=3)
    if near:
        meant = dict.fromkeys(repr(rests.get(one, one)) for one in near)
        return f"did you mean {' or '.join(meant)}?"
    return f"it has {', '.join(known)}"
