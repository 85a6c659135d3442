"""What to ask an export for, and the table in what comes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from annoport.core import Filter
from annoport.core.download.zips import unzipping
from annoport.core.http.filters import in_body
from annoport.ecotaxa.table_rules import is_table_name
from annoport.ecotaxa.tsv import table_of
from annoport.tables.arrow import Table, arrow
from annoport_ecotaxa import models
from annoport_ecotaxa.operations.objects import EXPORT_OBJECT_SET_GENERAL


def export_filters(filters: models.ProjectFilters | Mapping[str, Any] | Filter | None) -> Any:
    """Return the filters of an export with a condition written out.

    Raises:
        InvalidArgumentError: EcoTaxa has no filter for it.
    """
    return in_body(EXPORT_OBJECT_SET_GENERAL, {"filters": filters})["filters"]


def export_body(
    project: int,
    filters: Mapping[str, Any],
    *,
    only_annotations: bool = False,
    with_internal_ids: bool = False,
    with_images: models.ExportImages = models.ExportImages.NONE,
) -> dict[str, Any]:
    """Return the body of a general export into one table.

    Args:
        project: Id of the project.
        filters: Which objects; empty for all.
        only_annotations: Only the last classification of each object.
        with_internal_ids: The server's own ids too.
        with_images: Which images.
    """
    request = models.GeneralExportReq(
        project_id=project,
        split_by=models.ExportSplit.NONE,
        with_images=with_images,
        with_types_row=True,
        only_annotations=only_annotations,
        with_internal_ids=with_internal_ids,
    )
    return {"filters": filters, "request": request}


def table_in(export: Path) -> Table:
    """Return the table of an export; if no object matched, there is none in it.

    Args:
        export: The zip.

    Raises:
        CorruptFileError: It cannot be unpacked.
    """
    with unzipping(f"{export.name} is", export), zipfile.ZipFile(export) as archive:
        names = [name for name in archive.namelist() if is_table_name(Path(name).name)]
        found = [(archive.read(name), name) for name in sorted(names)]
    tables = [table_of(content, name) for content, name in found]
    if not tables:
        return arrow().table({})
    return arrow().concat_tables(tables, promote_options="permissive")
