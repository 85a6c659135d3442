"""Which images of objects to fetch, and what they are called on disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

from attrs import frozen

from annoport.core.download.file_names import safe_name

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
