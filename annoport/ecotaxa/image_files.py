"""Which images of objects to fetch, and what they are called on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal, TypeAlias

from attrs import frozen

from annoport.core import Filter
from annoport.core.download.file_names import safe_name
from annoport.core.http.filters import in_body
from annoport.core.values.type_guards import is_mapping
from annoport.ecotaxa.ids import id_of
from annoport.errors import InvalidArgumentError
from annoport_ecotaxa import models
from annoport_ecotaxa.operations.objects import GET_OBJECT_SET

FoldersBy: TypeAlias = Literal["none", "taxon", "sample"]
"""Whether images go into folders, and of what."""

FIELDS = ("img.file_name", "obj.imgcount", "txo.display_name", "sam.orig_id")
"""What the query of objects tells of the images."""

_NO_TAXON = "unclassified"


@frozen
class Picture:
    """An image of an object.

    Attributes:
        object (int): Id of the object.
        path (Path): Where it is on disk.
        address (str): Where it is on the server.
    """

    object: int
    path: Path
    address: str


@frozen
class Row:
    """An object, as the query tells of it.

    Attributes:
        object: Its id.
        first: The file of its first image; None if it has none.
        count: How many images it has.
        taxon: The name of its taxon; None if it is not classified.
        sample: The name of its sample.
    """

    object: int
    first: str | None
    count: int
    taxon: str | None
    sample: str | None


def selection(
    filters: models.ProjectFilters | Mapping[str, Any] | Filter | None,
    *,
    taxa: Sequence[int] = (),
    children: bool = True,
    status: str | None = None,
    samples: Sequence[int] = (),
) -> dict[str, Any]:
    """Return filters for the query of objects.

    Args:
        filters: Those of the caller.
        taxa: Ids of taxa.
        children: The taxa below them too.
        status: Of the objects.
        samples: Ids of samples.

    Raises:
        InvalidArgumentError: A filter is given twice.
    """
    given: Any = in_body(GET_OBJECT_SET, {} if filters is None else filters)
    found: dict[str, Any] = dict(given if is_mapping(given) else _as_dict(given))
    added: dict[str, Any] = {}
    if taxa:
        added |= {"taxo": _joined(taxa), "taxochild": "Y" if children else "N"}
    if status is not None:
        added["statusfilter"] = str(models.StatusFilter(status))
    if samples:
        added["samples"] = _joined(samples)
    twice = sorted(added.keys() & found.keys())
    if twice:
        raise InvalidArgumentError(
            f"filters has {twice[0]!r}, which another argument says too: leave one of them out"
        )
    return found | added


def _as_dict(filters: models.ProjectFilters) -> dict[str, Any]:
    from annoport.convert import to_builtins

    found: dict[str, Any] = to_builtins(filters)
    return found


def _joined(numbers: Iterable[int]) -> str:
    return ",".join(map(str, numbers))


def sample_ids(
    samples: Sequence[str | int | models.SampleModel], known: Sequence[models.SampleModel]
) -> list[int]:
    """Return the ids of samples that are given by name, id or model.

    Args:
        samples: What the caller gave.
        known: The samples of the project.

    Raises:
        InvalidArgumentError: The project has no such sample, or several of a name.
    """
    by_name: dict[str, list[int]] = {}
    for one in known:
        by_name.setdefault(one.orig_id, []).append(one.sampleid)
    numbers = {one.sampleid for one in known}
    found: list[int] = []
    for sample in samples:
        ids = (
            by_name.get(sample, [])
            if isinstance(sample, str)
            else [id_of(sample, "sampleid", "a sample, its name")]
        )
        if not ids or not numbers.issuperset(ids):
            names = ", ".join(sorted(by_name)[:20])
            raise InvalidArgumentError(
                f"samples: the project has no sample {sample!r}; it has {names}"
            )
        found += ids
    return found


def vault_of(base_url: str) -> str:
    """Return where a server has its images: beside its API, as its own pages know them."""
    return f"{base_url.removesuffix('/api')}/vault"


def pictures(
    rows: Sequence[Row],
    further: Mapping[int, Sequence[str]],
    folder: Path,
    folders_by: FoldersBy,
    *,
    vault: str,
    thumbnails: bool = False,
) -> list[Picture]:
    """Return what to fetch, and where to put it.

    Args:
        rows: The objects.
        further: Object -> files of all its images, where they are more than one.
        folder: The folder for all of them.
        folders_by: What the folders in it are.
        vault: Where the server has its images.
        thumbnails: The server's small pictures instead.
    """
    places = _folders(rows, folders_by)
    found: list[Picture] = []
    for row in rows:
        files = further.get(row.object, [row.first] if row.first else [])
        for rank, name in enumerate(files):
            ending = PurePosixPath(name).suffix
            if thumbnails:
                name = f"{name.removesuffix(ending)}_mini.jpg"  # noqa: PLW2901
                ending = ".jpg"
            own = f"{row.object}_{rank}{ending}" if rank else f"{row.object}{ending}"
            path = folder / places[_group(row, folders_by)] / own
            found.append(Picture(row.object, path, f"{vault}/{name}"))
    return found


def _group(row: Row, folders_by: FoldersBy) -> str:
    if folders_by == "none":
        return ""
    name = row.taxon if folders_by == "taxon" else row.sample
    return name or _NO_TAXON


def _folders(rows: Sequence[Row], folders_by: FoldersBy) -> dict[str, str]:
    """Return the folder of each group; groups whose names differ have folders that differ."""
    names = sorted({_group(row, folders_by) for row in rows})
    taken: dict[str, int] = {}
    found: dict[str, str] = {}
    for name in names:
        own = safe_name(name, _NO_TAXON) if name else ""
        count = taken[own.lower()] = taken.get(own.lower(), 0) + 1
        found[name] = own if count == 1 else f"{own}_{count}"
    return found
